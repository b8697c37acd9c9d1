"""Asking LinkedIn's versioned API: addresses, versions, quotas, and what an answer is worth.

Facts are those of learn.microsoft.com/linkedin (Community Management: comments, reactions, organization social action
notifications, error handling, rate limits, versioning). In Rest.li 2.0 the parentheses, commas and colons of an
address are structure, and those of a value are escaped: addresses are made here and not by the client.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cminbox.errors import AuthError, Denied, NotThere, Refused, Retryable, SourceError
from cminbox.model import MINUTE
from cminbox.sources.auth import Bearer
from cminbox.sources.contract import Account, ApiVersion
from cminbox.sources.json_values import dig, identifier, string, whole_number
from cminbox.sources.ledger import Allowance
from cminbox.sources.newest_first import Listed
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.http import Answer, Client

HOST = "https://api.linkedin.com"
LOGIN_HOST = "https://www.linkedin.com"
VERSION = ApiVersion("202607", date(2027, 7, 1), "https://learn.microsoft.com/en-us/linkedin/marketing/versioning")
API_VERSION = "api_version"
CALLS = Allowance("calls", 20_000, "calls", "day", reserve=200, option="daily_calls", shared=True)
"""LinkedIn counts calls by day in UTC and shows the limits in its developer portal alone."""
THROTTLED = MINUTE
QUOTA = 15 * MINUTE
"""How long a limit is waited for of which no end is told: of what is written LinkedIn allows so much in a minute, of
what is read so much in a day; to ask again after a quarter of an hour costs little of that."""
HINT = "cminbox sources login NAME"
_COMMENT = re.compile(r"urn:li:comment:\((?:urn:li:)?(?P<kind>\w+):(?P<post>[^,()\s]+),(?P<id>[^,()\s]+)\)")
_URN = re.compile(r"urn:li:[A-Za-z]+:[^\s/?#]{1,300}")


@dataclass(frozen=True, slots=True)
class CommentName:
    """What a comment's URN names."""

    post: str
    id: str

    @property
    def urn(self) -> str:
        """The comment's name, as LinkedIn writes it."""
        return f"urn:li:comment:({self.post},{self.id})"


def named(urn: str) -> CommentName | None:
    """The post and the number of a comment's URN; None where it is none."""
    found = _COMMENT.fullmatch(urn)
    return None if found is None else CommentName(f"urn:li:{found['kind']}:{found['post']}", found["id"])


def spelled(urn: str) -> str:
    """A comment's URN in the one spelling that is kept: LinkedIn has two for the post in it. Others as they are."""
    found = named(urn)
    return urn if found is None else found.urn


def comment_name(urn: str) -> CommentName:
    """As `named`.

    Raises:
        Refused: it is no comment's.
    """
    found = named(urn)
    if found is None:
        raise Refused(f"{one_line(clean(urn, 60))!r} is no comment on LinkedIn")
    return found


def is_urn(text: str) -> bool:
    """Whether it is a URN that can stand in an address."""
    return _URN.fullmatch(text) is not None


def escaped(value: str) -> str:
    """A value as it stands in an address."""
    return quote(value, safe="")


@dataclass(frozen=True, slots=True)
class Api:
    """LinkedIn, as one account asks it."""

    client: Client
    account: Account

    @property
    def base(self) -> str:
        """The address before `/rest`."""
        return (self.account.base_url or HOST).rstrip("/")

    async def ask(
        self,
        path: str,
        query: str = "",
        *,
        method: str = "GET",
        json: Mapping[str, object] | None = None,
        for_people: bool = False,
    ) -> Answer:
        """What an address answers.

        Args:
            path: behind `/rest/`, escaped.
            query: escaped.
            for_people: it is for a reply or an act.

        Raises:
            Retryable: with `maybe_done` when something may have been changed.
            SourceError: by what to do next.
        """
        token = self.account.credentials.access_token
        if not token:
            raise AuthError(f"{self.account.source} has no token", hint=HINT)
        await self.account.ledger.spend(CALLS, 1, for_people=for_people)
        version = string(self.account.options.get(API_VERSION)) or VERSION.name
        return await self.client.request(
            method,
            f"{self.base}/rest/{path}{'?' if query else ''}{query}",
            json=json,
            auth=Bearer(token),
            headers={"LinkedIn-Version": version, "X-Restli-Protocol-Version": "2.0.0"},
            judge=judge,
        )

    async def one(self, path: str, query: str = "", *, for_people: bool = False) -> Mapping[str, Any]:
        """The object at an address.

        Raises:
            SourceError: by what to do next.
        """
        answer = await self.ask(path, query, for_people=for_people)
        if not isinstance(answer.data, dict):
            raise Retryable(f"{answer.host} answered with no object", hint="is base_url right?")
        return answer.data

    async def listed(self, path: str, query: str, at: str, count: int) -> Listed[Mapping[str, Any]]:
        """One page of a list; `at` is where it begins, empty for the start.

        Raises:
            SourceError: by what to do next.
        """
        start = int(at) if at.isdecimal() else 0
        both = "&".join(part for part in (query, f"start={start}", f"count={count}") if part)
        data = await self.one(path, both)
        elements = data.get("elements")
        if not isinstance(elements, list):
            raise Retryable("LinkedIn answered with no list", hint="is base_url right?")
        size = whole_number(dig(data, "paging", "count")) or count
        total = whole_number(dig(data, "paging", "total"))
        following = any(dig(link, "rel") == "next" for link in (dig(data, "paging", "links") or []))
        further = following or (start + size < total if total is not None else len(elements) >= size)
        return Listed(
            [each if isinstance(each, dict) else {"": each} for each in elements], str(start + size) if further else ""
        )

    async def comment(self, name: CommentName, *, for_people: bool = False) -> Mapping[str, Any]:
        """One comment.

        Raises:
            NotThere: it is gone.
            SourceError: by what to do next.
        """
        path = f"socialActions/{escaped(name.post)}/comments/{escaped(name.id)}"
        found = await self.one(path, for_people=for_people)
        if identifier(found.get("id")) not in ("", name.id):
            raise Retryable("LinkedIn answered with another comment")
        return found


def judge(answer: Answer) -> SourceError | None:
    """What an answer means, by its status and code; a page of somebody else's says nothing of a comment."""
    status = answer.status
    if status < 400:
        return None
    code = one_line(clean(string(dig(answer.data, "code")), 60))
    said = f"{answer.host} refused ({status}{', ' if code else ''}{code})"
    if status == 429:
        if "retry-after" in answer.headers:
            return answer.limited()
        return answer.limited(answer.at + (THROTTLED if answer.changes else QUOTA))
    if status == 426 or code in ("NONEXISTENT_VERSION", "VERSION_MISSING"):
        return Refused(
            f"{answer.host} no longer speaks this version of its API ({code or status})",
            hint=f"a newer cminbox, or {API_VERSION} with a version (YYYYMM) that LinkedIn still has",
        )
    if status == 401:
        return AuthError(f"{answer.host} refused the token ({code or status})", hint=HINT)
    if status == 403:
        return Denied(said, hint="does whoever logged in still administer the page, and has the app the permission?")
    if status in (404, 410):
        if not code or code == "RESOURCE_NOT_FOUND":
            return Refused(said, hint="does base_url name LinkedIn's API?")
        return NotThere(said)
    return None

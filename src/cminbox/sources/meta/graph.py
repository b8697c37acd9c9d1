"""Asking a Graph API of Meta's: addresses, the token, pages, fields, and what is left of the budget.

The token goes into a header, never into an address. `paging.next` holds it: of that address only what asks for a page
is taken.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from cminbox.errors import AuthError, Denied, Retryable, SourceError
from cminbox.model import Instant
from cminbox.sources.auth import Bearer
from cminbox.sources.contract import LONGEST_BACKFILL, Account, ApiVersion
from cminbox.sources.json_values import dig, string
from cminbox.sources.meta.judge import code_of, judge
from cminbox.sources.newest_first import Listed

if TYPE_CHECKING:
    from cminbox.sources.http import Answer, Client

Item = Mapping[str, Any]

_VERSIONS = "https://developers.facebook.com/docs/graph-api/changelog/versions"
GRAPH = ApiVersion("v26.0", None, _VERSIONS)
GRAPH_BEFORE = ApiVersion("v21.0", date(2027, 1, 21), _VERSIONS)
"""The oldest version that Meta still answers: what later ones have no more is asked for with it."""
THREADS = ApiVersion("v1.0", None, "https://developers.facebook.com/docs/threads/changelog")

BUSY = 75
"""Percent of a budget from which on nothing is asked for that can wait."""
_PAGE_KEYS = ("after", "until", "__paging_token", "offset", "cursor")
_USAGES = ("x-business-use-case-usage", "x-app-usage", "x-page-usage")
_HAS_VERSION = re.compile(r"/v\d+\.\d+\Z")
_NAME = re.compile(r"\w+")
_ID = re.compile(r"[^\s\x00-\x20\x7f]{1,300}")
_TOO_MUCH = 1
"""Graph's code for an unknown error, which is what it says of a question that asks for too much, too."""


@dataclass(slots=True)
class Wanted:
    """The fields that are asked for; what is refused is left away, until only the needed ones are left.

    Args:
        needed: always asked for.
        spare: left away one after another, the first of them first, where one that is refused is not named.
        limit: how many items of a page; halved where they are too many.
        without: names of spare fields that were refused before.
    """

    needed: Sequence[str]
    spare: Sequence[str] = ()
    limit: int = 0
    without: set[str] = field(default_factory=set)

    def text(self) -> str:
        """As the query has them."""
        return ",".join((*self.needed, *(each for each in self.spare if _name(each) not in self.without)))

    def shed(self, error: SourceError) -> bool:
        """Leave something away after a refusal; False where the refusal means something else, or nothing is left."""
        code, sub = code_of(error)
        if code == _TOO_MUCH and self.limit > 5:
            self.limit = max(5, self.limit // 2)
            return True
        refused = code in (_TOO_MUCH, 12, 2500) or (code == 100 and sub != 33) or isinstance(error, Denied)
        left = [name for each in self.spare if (name := _name(each)) not in self.without]
        if not refused or not left:
            return False
        # Only the text says which field it was; where it does not, they go in order.
        named = _NAME.findall(string(dig(error.said, "error", "message")))
        self.without.add(next((name for name in left if name in named), left[0]))
        return True


def _name(expression: str) -> str:
    found = _NAME.match(expression)
    return found[0] if found else expression


@dataclass(slots=True)
class Graph:
    """A Graph API, asked with an account's token.

    Args:
        host: its address, where the source names no other.
        version: of the API.
        plain_cursors: its pages name the next one by a cursor alone, without an address (Threads).
    """

    client: Client
    account: Account
    host: str
    version: str
    plain_cursors: bool = False
    used: float = field(default=0.0, init=False)
    """Percent of the budget that was used up, as the newest answer said."""

    @property
    def base(self) -> str:
        """The address of the server, without the version."""
        found = self.account.base_url.strip().rstrip("/") or self.host
        return found if "://" in found else f"https://{found}"

    def url(self, *parts: str, version: str | None = None) -> str:
        """An address; ids are quoted, for they may hold anything."""
        base = self.base
        if not _HAS_VERSION.search(base):
            base = f"{base}/{self.version if version is None else version}"
        return "/".join((base, *(quote(part, safe="", errors="replace") for part in parts)))

    async def get(self, *parts: str, version: str | None = None, **params: str) -> Item:
        """One object, or a page of a list."""
        return await self._ask("GET", self.url(*parts, version=version), params)

    async def with_fields(self, *parts: str, wanted: Wanted, version: str | None = None, **params: str) -> Item:
        """`get` with fields, less those that are refused."""
        while True:
            query = {**params, "fields": wanted.text(), **({"limit": str(wanted.limit)} if wanted.limit else {})}
            try:
                return await self.get(*parts, version=version, **query)
            except SourceError as error:
                if not wanted.shed(error):
                    raise

    async def listed(
        self, *parts: str, wanted: Wanted, at: str = "", version: str | None = None, **params: str
    ) -> Listed[Item]:
        """One page of a list, with what asks for the page behind it."""
        query = {**params, **dict(parse_qsl(at))}
        return page_of(await self.with_fields(*parts, wanted=wanted, version=version, **query), self.plain_cursors)

    async def post(self, *parts: str, form: Mapping[str, str]) -> Item:
        """Have something done. Whatever fails after it may have been done all the same.

        Raises:
            Retryable: with `maybe_done`.
            SourceError: by what to do next.
        """
        data = await self._ask("POST", self.url(*parts), {}, form=form)
        if data.get("success") is False:
            raise Retryable(f"{urlsplit(self.base).hostname} says that it did not succeed", maybe_done=True)
        return data

    async def delete(self, *parts: str, **params: str) -> Item:
        """Have the thing at this path removed."""
        return await self._ask("DELETE", self.url(*parts), params)

    async def _ask(
        self,
        method: str,
        url: str,
        params: Mapping[str, str],
        form: Mapping[str, str] | None = None,
    ) -> Item:
        token, proof = self._token()
        query = {**params, **proof} if form is None else {}
        body = None if form is None else {**form, **proof}
        try:
            answer = await self.client.request(method, url, params=query, form=body, auth=Bearer(token), judge=judge)
        except SourceError as error:
            if len(token) > 6 and token in error.message:
                error.message = error.message.replace(token, "…")
                error.args = (error.message,)
            raise
        self.used = _used(answer)
        if not isinstance(answer.data, dict):
            raise Retryable(
                f"{urlsplit(url).hostname} answered with no object",
                maybe_done=answer.changes,
                hint="does base_url name a Graph API?",
            )
        return answer.data

    def _token(self) -> tuple[str, dict[str, str]]:
        """The token, and the proof that we have the app's secret, where we have it (docs: securing requests)."""
        found = self.account.credentials
        if not found.access_token:
            raise AuthError(
                f"{self.account.source} has no access token", hint=f"cminbox sources login {self.account.source}"
            )
        if not found.client_secret:
            return found.access_token, {}
        proof = hmac.new(found.client_secret.encode(), found.access_token.encode(), hashlib.sha256).hexdigest()
        return found.access_token, {"appsecret_proof": proof}


def floor_of(graph: Graph) -> Instant:
    """The time at which a first poll ends."""
    return graph.client.clock() - min(graph.account.backfill_ms, LONGEST_BACKFILL)


def page_of(data: object, plain_cursors: bool = False) -> Listed[Item]:
    """A page, with what asks for the next: of its address only that, for the rest holds the token."""
    items = dig(data, "data")
    if not isinstance(items, list):
        raise Retryable("the answer holds no list", hint="does base_url name a Graph API?")
    address, after = string(dig(data, "paging", "next")), string(dig(data, "paging", "cursors", "after"))
    at = ""
    if address:
        try:
            query = dict(parse_qsl(urlsplit(address).query))
        except ValueError:
            query = {}
        at = urlencode({key: query[key] for key in _PAGE_KEYS if key in query})
    if not at and after and items and (address or plain_cursors):
        at = urlencode({"after": after})
    return Listed([each if isinstance(each, dict) else {"no object": each} for each in items], at)


def checked_id(value: object) -> str:
    """An id that can stand in an address and in the store; empty where it is none."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if _ID.fullmatch(text) and text not in (".", "..") and text.isprintable() else ""


def _used(answer: Answer) -> float:
    """Percent of the budgets that are used up, the fullest of them; 0 where the headers say none."""
    most = 0.0
    for name in _USAGES:
        try:
            usage = json.loads(answer.headers.get(name, "null"))
        except (ValueError, RecursionError):
            continue
        if not isinstance(usage, dict):
            continue
        lists = [entry for value in usage.values() if isinstance(value, list) for entry in value]
        for entry in (usage, *lists):
            for key in ("call_count", "total_time", "total_cputime"):
                share = dig(entry, key)
                if isinstance(share, int | float) and not isinstance(share, bool):
                    most = max(most, float(share))
    return most

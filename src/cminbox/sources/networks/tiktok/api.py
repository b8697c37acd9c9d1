"""Asking TikTok's API for Business: addresses, the token's header, codes inside a 200, limits without an end.

Facts are those of business-api.tiktok.com/portal/docs (Accounts API: comments, mentions, business messaging; return
codes; rate limits), as its clients copied them (bububa/tiktok-business, pytiktok).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cminbox.errors import AuthError, Denied, NotThere, RateLimited, Refused, Retryable, SourceError
from cminbox.model import DAY, MINUTE, SECOND, Instant
from cminbox.sources.auth import NO_AUTH, Headers
from cminbox.sources.contract import Account, ApiVersion
from cminbox.sources.json_values import dig, identifier, string, whole_number
from cminbox.sources.ledger import Allowance
from cminbox.sources.newest_first import Listed
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.http import Answer, Client

HOST = "https://business-api.tiktok.com"
VERSION = ApiVersion("v1.3", source="https://business-api.tiktok.com/portal/docs")
CALLS = Allowance("calls in a minute", 600, "calls", "minute", reserve=30, shared=True)
TOO_FAST = Allowance("answers that say too fast", 10_000, "calls", "hour")
"""Counts how often TikTok said so lately: it tells no end, so each time is waited for longer."""
PATIENCE = 6
"""After so many in an hour it is the day's limit."""
HINT = "cminbox sources login NAME"
PAGE = 30
MOST_PAGES = 20
Item = Mapping[str, Any]

_TOKEN = frozenset({40102, 40103, 40104, 40105})
_NO_PERMISSION = frozenset({40001, 40101})
_GONE = frozenset({40007})
_TOO_FAST = frozenset({40016, 40100, 40133})


def business_of(account: Account) -> str:
    """An account's id there.

    Raises:
        AuthError: neither the login nor the source says it.
    """
    kept = account.credentials
    found = identifier(account.options.get("business_id")) or kept.more.get("open_id", "")
    found = found or kept.more.get("business_id", "") or account.account_id
    if not found:
        raise AuthError(f"{account.source} has no business_id", hint=f"{HINT}, or set business_id")
    return found


@dataclass(frozen=True, slots=True)
class Api:
    """TikTok, as one account asks it."""

    client: Client
    account: Account

    @property
    def base(self) -> str:
        """The address before `/business`."""
        return f"{(self.account.base_url or HOST).rstrip('/')}/open_api/{VERSION.name}"

    @property
    def business(self) -> str:
        """The account's id there.

        Raises:
            AuthError: neither the login nor the source says it.
        """
        return business_of(self.account)

    async def get(self, path: str, params: Mapping[str, object], *, for_people: bool = False) -> Item:
        """The data at an address behind `/business/`; lists are sent as JSON.

        Raises:
            SourceError: by what to do next.
        """
        asked = [("business_id", self.business), *((name, _text(value)) for name, value in params.items())]
        return await self._ask("GET", f"business/{path}", params=asked, for_people=for_people)

    async def post(self, path: str, body: Mapping[str, object]) -> Item:
        """The data that TikTok answers to what is to be changed.

        Raises:
            Retryable: with `maybe_done` when it may have been.
            SourceError: by what to do next.
        """
        whole = {"business_id": self.business, **body}
        return await self._ask("POST", f"business/{path}", json=whole, for_people=True)

    async def token(self, path: str, body: Mapping[str, object]) -> Answer:
        """What the login's addresses answer.

        Raises:
            SourceError: by what to do next.
        """
        url = f"{self.base}/tt_user/oauth2/{path}/"
        return await self.client.request("POST", url, json=dict(body), auth=NO_AUTH, judge=judge)

    async def listed(self, path: str, name: str, params: Mapping[str, object], at: str) -> Listed[Item]:
        """One page of a list that is named in the data.

        Raises:
            SourceError: by what to do next.
        """
        return page_of(await self.get(path, {**params, **({"cursor": at} if at else {})}), name)

    async def _ask(self, method: str, path: str, *, for_people: bool, **more: Any) -> Item:
        token = self.account.credentials.access_token
        if not token:
            raise AuthError(f"{self.account.source} has no token", hint=HINT)
        await self.account.ledger.spend(CALLS, 1, for_people=for_people)
        auth = Headers({"Access-Token": token})
        try:
            answer = await self.client.request(method, f"{self.base}/{path}", auth=auth, judge=judge, **more)
        except RateLimited as error:
            if whole_number(dig(error.said, "code")) in _TOO_FAST:
                raise await self._slower(error) from None
            raise
        data = dig(answer.data, "data")
        return data if isinstance(data, dict) else {}

    async def _slower(self, error: RateLimited) -> RateLimited:
        """The same error with a wait that grows: a second, five minutes, to the end of TikTok's day."""
        ledger, present = self.account.ledger, self.client.clock()
        before = ledger.limit(TOO_FAST) - ledger.left(TOO_FAST)
        await ledger.spend(TOO_FAST, 1, for_people=True)
        longer = RateLimited(f"{one_line(error.message)}", until=waited_until(before, present), hint=error.hint)
        longer.answered(error)
        return longer


def waited_until(before: int, present: Instant) -> Instant:
    """Until when to wait where TikTok said "too fast" so often before in this hour."""
    if before == 0:
        return present + SECOND
    return present + 5 * MINUTE if before < PATIENCE else present - present % DAY + DAY


def judge(answer: Answer) -> SourceError | None:
    """What an answer means by the code inside it: TikTok answers 200 to everything."""
    said = answer.data if isinstance(answer.data, dict) else None
    code = said.get("code") if said is not None else None
    if isinstance(code, bool) or not isinstance(code, int):
        if answer.status == 200:
            return Retryable(f"{answer.host} answered without a code", maybe_done=answer.changes)
        return None
    if code == 0:
        return None
    words = one_line(clean(string(dig(said, "message")), 200))
    told = f"{answer.host} refused ({code}){': ' if words else ''}{words}"
    if code in _TOO_FAST:
        return answer.limited(answer.at + SECOND)
    if code in _TOKEN:
        return AuthError(f"{answer.host} refused the token ({code})", hint=HINT)
    if code in _NO_PERMISSION:
        return Denied(told, hint="is the permission granted, and is it yours? only our own comments can be deleted")
    if code in _GONE:
        return NotThere(told)
    if 50_000 <= code < 60_000:
        return Retryable(f"{answer.host} is in trouble ({code})", maybe_done=answer.changes)
    return Refused(told)


def page_of(data: Item, name: str) -> Listed[Item]:
    """A page of a list, and what asks for the next one."""
    items = data.get(name)
    if items is not None and not isinstance(items, list):
        raise Retryable("TikTok answered with no list")
    following = identifier(data.get("cursor")) if data.get("has_more") is True else ""
    return Listed([each if isinstance(each, dict) else {"": each} for each in items or []], following)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, separators=(",", ":")) if isinstance(value, list | dict) else str(value)

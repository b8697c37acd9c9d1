"""Asking X: addresses, the two ways to log in, what an answer is worth, and what each call costs.

Facts are those of docs.x.com (x-api: posts, users, direct messages, fundamentals) and of X's own description of its
API. Prices are in thousandths of a US dollar. The same post or user is paid once in a day (UTC), however often it is
read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cminbox.errors import AuthError, Denied, NotThere, RateLimited, Refused, Retryable, SourceError
from cminbox.model import HOUR, SECOND, Instant
from cminbox.sources.auth import Auth, Bearer, OAuth1, Pairs, Signed
from cminbox.sources.bodies import complaint
from cminbox.sources.contract import Account
from cminbox.sources.json_values import dig, string
from cminbox.sources.ledger import Allowance
from cminbox.sources.limits import LONGEST
from cminbox.sources.newest_first import Listed
from cminbox.sources.oauth import OAuth2
from cminbox.sources.paging import load_cursor
from cminbox.when import local_time

if TYPE_CHECKING:
    from cminbox.sources.http import Answer, Client

HOST = "https://api.x.com"
BASE_URL_HELP = "the API's address, only to test against another server"
HOW_TO_LOG_IN = (
    "an app of your own in X's developer console (console.x.com), with credits, and the account's keys and tokens; "
    "`cminbox sources login NAME` asks for them"
)
OWN_APP = "own_app"
SPENDING = Allowance(
    "spending", 10_000, unit="money", period="month", reserve=500, option="monthly_limit_usd", shared=True
)
"""What a source may cost in a month; what is kept for people is enough for fifty replies without a link."""
POST, OWN_POST, USER, MESSAGE = 5, 1, 10, 10
"""What is paid for one that is read; the second where the account owns the app."""
REPLY, REPLY_WITH_LINK, SEND_MESSAGE, MANAGE = 10, 200, 15, 5
PAGE = 100
LEAST = 10
"""The fewest posts that every list can be asked for."""
MOST_IDS = 100
MOST_PAID = 4000

Item = Mapping[str, Any]
Params = Sequence[tuple[str, str]]

FIELDS = "attachments,author_id,conversation_id,created_at,entities,in_reply_to_user_id,lang"
_VOCABULARIES = (("tweet.fields", "referenced_tweets,note_tweet,edit_history_tweet_ids"), ("post.fields", "note_post"))
"""What posts are called in parameters, and further fields: as it was for long, and as the newest description has it."""
_NOT_FOUND, _NOT_ALLOWED = "resource-not-found", "not-authorized-for-resource"
_ID = re.compile(r"[0-9]{1,19}")


def base(account: Account) -> str:
    """The API's address without a slash at its end."""
    return re.sub(r"(?:/2)?/*\Z", "", account.base_url.strip()) or HOST


def login(account: Account, *, has_secret: bool) -> OAuth2:
    """X's login with OAuth 2, or that of the server that stands in for it.

    Args:
        has_secret: whether the app has a client secret, which then has to be sent.
    """
    there = base(account)
    return OAuth2(
        "https://x.com/i/oauth2/authorize" if there == HOST else f"{there}/i/oauth2/authorize",
        f"{there}/2/oauth2/token",
        (
            "tweet.read",
            "tweet.write",
            "tweet.moderate.write",
            "users.read",
            "dm.read",
            "dm.write",
            "offline.access",
        ),
        client="basic" if has_secret else "form",
    )


def auth_of(account: Account) -> Auth:
    """Who asks: by OAuth 1.0a where there is a token's secret, else by a bearer token.

    Raises:
        AuthError: there is no token.
    """
    kept = account.credentials
    if not kept.access_token:
        raise AuthError(f"{account.source} has no token", hint=f"cminbox sources login {account.source}")
    if secret := kept.more.get("token_secret", "").strip():
        consumer = kept.more.get("consumer_key", "").strip(), kept.more.get("consumer_secret", "").strip()
        return OAuth1(*consumer, kept.access_token, secret)
    return Bearer(kept.access_token)


@dataclass(frozen=True, slots=True)
class _AtEndpoint:
    """Who asks at one endpoint: X counts the calls to each of them apart."""

    auth: Auth
    endpoint: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """Those of who asks, after what tells the endpoint's budget from others."""
        return (f"{self.endpoint} {self.auth.secrets[0]}", *self.auth.secrets)

    def sign(self, method: str, url: str, params: Pairs) -> Signed:
        """As it is signed anywhere."""
        return self.auth.sign(method, url, params)


def at_endpoint(auth: Auth, method: str, path: str) -> Auth:
    """Who asks, with a budget of this endpoint alone."""
    return _AtEndpoint(auth, f"{method} {re.sub(r'[0-9]+(?:-[0-9]+)?', ':id', path)}")


def is_id(value: object) -> bool:
    """Whether X takes it where it wants an id."""
    return isinstance(value, str) and bool(_ID.fullmatch(value))


def path_of(own: str) -> str:
    """An id as a part of a path."""
    return quote(own, safe="")


def judge(answer: Answer) -> SourceError | None:
    """What an answer means, by its status and the type of its problem."""
    status, said = answer.status, answer.data if isinstance(answer.data, dict) else {}
    if status < 400:
        found = problems(said)
        return _of_problem(answer, found[0]) if answer.changes and found and not said.get("data") else None
    kind = kind_of(said)
    words = _words(said)
    if status == 402 or kind in ("credits", "credits-depleted"):
        until = answer.at + HOUR
        return RateLimited(
            f"{answer.host}: the app's credits are used up", until=until, hint="add credits in X's console"
        )
    if status == 429:
        if kind == "usage-capped":
            until = answer.at + HOUR
            hint = "raise the spending limit in X's console"
            return RateLimited(f"{answer.host}: the app's limit for a month is used up", until=until, hint=hint)
        return answer.limited(_day_over(answer))
    if status in (403, 404, 410) and not said:
        return Refused(f"{answer.host} answered {status} without its API", hint="does base_url name X's API?")
    if status == 403:
        if re.search(r"duplicate content|status is a duplicate", words, re.IGNORECASE):
            # No code tells it from other refusals; these are X's own words, in English whatever one speaks.
            return Refused(f"{answer.host} refused: the same text was posted before", hint="say it in other words")
        return Denied(f"{answer.host} does not permit it (403){complaint(answer.data)}", hint=_hint(kind))
    return None


def _of_problem(answer: Answer, problem: Item) -> SourceError:
    """A problem in place of what was asked for, in an answer that says 200."""
    said = f"{answer.host} refused{complaint(problem)}"
    kind = kind_of(problem)
    if _is_not_found(problem):
        return NotThere(said)
    if kind in (_NOT_ALLOWED, "disallowed-resource", "client-forbidden") or string(problem.get("title")) in (
        "Authorization Error",
        "Forbidden",
    ):
        return Denied(said)
    if kind in ("internal-error", "resource-unavailable"):
        return Retryable(f"{answer.host} could not do it", maybe_done=answer.changes)
    return Refused(said)


def _hint(kind: str) -> str:
    if kind in ("client-forbidden", "unsupported-authentication", "client-not-enrolled"):
        return "the app needs read and write permission and a plan; make the tokens anew after a change"
    return "X lets programs answer only where the author named or quoted the account"


def _words(said: Item) -> str:
    each = [said, *problems(said)]
    return " ".join(string(one.get(name)) for one in each for name in ("title", "detail", "message"))


def _day_over(answer: Answer) -> Instant | None:
    """When a limit of 24 hours that is used up ends; None where none is."""
    for who in ("user", "app"):
        left, ends = (answer.headers.get(f"x-{who}-limit-24hour-{name}", "") for name in ("remaining", "reset"))
        if left.strip() == "0" and re.fullmatch(r"\d{10}", ends.strip()):
            return min(max(int(ends) * SECOND, answer.at), answer.at + LONGEST)
    return None


def kind_of(problem: Item) -> str:
    """The last part of the address that is a problem's type."""
    return string(problem.get("type")).rpartition("/problems/")[2][:60]


def problems(said: object) -> list[Item]:
    """What an answer says went wrong with a part of it."""
    found = dig(said, "errors")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _is_not_found(problem: Item) -> bool:
    kind = kind_of(problem)
    return kind == _NOT_FOUND if kind and kind != "about:blank" else string(problem.get("title")) == "Not Found Error"


@dataclass(slots=True)
class Memory:
    """What is remembered of asking X: what was paid today already, and which names of parameters it takes.

    Args:
        day: in UTC.
        vocabulary: the number of those names.
    """

    day: str = ""
    ids: dict[str, None] = field(default_factory=dict)
    vocabulary: int = 0

    @classmethod
    def load(cls, cursor: str, present: Instant) -> Memory:
        """As it was kept; on another day nothing is paid."""
        raw, today = load_cursor(cursor), local_time(present, UTC).date().isoformat()
        ids, vocabulary = raw.get("ids"), 1 if raw.get("vocabulary") == 1 else 0
        if raw.get("day") != today or not isinstance(ids, list):
            return cls(today, vocabulary=vocabulary)
        return cls(today, {each: None for each in ids if isinstance(each, str)}, vocabulary)

    def dump(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {"day": self.day, "ids": list(self.ids)[-MOST_PAID:], "vocabulary": self.vocabulary}

    def cost(self, data: object, price: int) -> int:
        """What an answer costs, with its users; it counts as paid from then on."""
        listed = dig(data, "data")
        items = listed if isinstance(listed, list) else [listed]
        users = dig(data, "includes", "users")
        found = [(string(dig(each, "id")), price) for each in items]
        found += [(f"u{string(dig(each, 'id'))}", USER) for each in users] if isinstance(users, list) else []
        total = 0
        for own, each in found:
            if own.removeprefix("u") and own not in self.ids:
                self.ids[own] = None
                total += each
        return total


@dataclass(slots=True)
class Desk:
    """Asks X for one source, and notes what it costs before.

    Args:
        for_people: it is for a reply or an act, which may use what is kept for them.
    """

    client: Client
    account: Account
    memory: Memory
    for_people: bool = False

    async def write(self, method: str, path: str, body: object, price: int) -> Answer:
        """Change something.

        Raises:
            RateLimited: the month's money is used up, or X asks to wait.
            Retryable: with `maybe_done` when it may have been carried out.
            SourceError: by what to do next.
        """
        return await self._paying(method, path, (), body, price, None)

    async def me(self) -> Item:
        """The account whose token this is.

        Raises:
            SourceError: by what to do next.
        """
        answer = await self._paying("GET", "users/me", (), None, USER, USER)
        found = dig(answer.data, "data")
        if not isinstance(found, dict) or not string(found.get("id")):
            raise Retryable(f"{answer.host} does not say who we are", hint="does base_url name X's API?")
        return found

    async def posts(self, path: str, params: Params, price: int, most: int = PAGE) -> tuple[Listed[Item], Item]:
        """One page of a list of posts, and what came along with them.

        Raises:
            SourceError: by what to do next.
        """
        params = [*params, ("max_results", str(most))]
        answer = await self._asked_for_posts(path, params, price, most)
        return _listed(answer), _includes(answer.data)

    async def by_ids(self, ids: Sequence[str]) -> tuple[dict[str, Item], Item, set[str]]:
        """Single posts by their ids, what came along, and which of them X says are not there.

        Raises:
            SourceError: by what to do next.
        """
        answer = await self._asked_for_posts("tweets", [("ids", ",".join(ids))], POST, len(ids))
        found = {string(item.get("id")): item for item in _listed(answer).items}
        gone = {
            own
            for each in problems(answer.data)
            if _is_not_found(each) and (own := string(each.get("resource_id")) or string(each.get("value"))) in ids
        }
        return found, _includes(answer.data), gone - set(found)

    async def messages(self, path: str, params: Params, most: int) -> tuple[Listed[Item], Item]:
        """One page of direct messages, and what came along.

        Raises:
            SourceError: by what to do next.
        """
        params = [
            *params,
            ("max_results", str(most)),
            ("event_types", "MessageCreate"),
            ("dm_event.fields", "attachments,created_at,dm_conversation_id,entities,event_type,id,text"),
            ("expansions", "sender_id,attachments.media_keys"),
            ("user.fields", "name,username"),
            ("media.fields", "alt_text,preview_image_url,type,url"),
        ]
        answer = await self._paying("GET", path, params, None, most * (MESSAGE + USER), MESSAGE)
        return _listed(answer), _includes(answer.data)

    def affordable(self, price: int) -> int:
        """How many posts a list is asked for: as many as there is money for, within what X takes."""
        ledger = self.account.ledger
        left = ledger.left(SPENDING) - (0 if self.for_people else SPENDING.reserve)
        return max(LEAST, min(PAGE, left // (price + USER)))

    async def _asked_for_posts(self, path: str, params: Params, price: int, most: int) -> Answer:
        while True:
            name, more = _VOCABULARIES[self.memory.vocabulary]
            asked = [
                *params,
                (name, f"{FIELDS if name == 'tweet.fields' else _newest_fields()},{more}"),
                ("expansions", "author_id,attachments.media_keys"),
                ("user.fields", "name,public_metrics,username"),
                ("media.fields", "alt_text,preview_image_url,type,url,variants"),
            ]
            try:
                answer = await self._paying("GET", path, asked, None, most * (price + USER), price)
                if self.memory.vocabulary or not _lacks_fields(answer.data):
                    return answer
            except Refused as error:
                if error.status != 400 or self.memory.vocabulary or not names_parameter(error.said, name):
                    raise
            self.memory.vocabulary = 1

    async def _paying(
        self, method: str, path: str, params: Params, body: object, most: int, price: int | None
    ) -> Answer:
        """Ask, with the most that it may cost noted before; what it did not cost is given back.

        Args:
            price: of each thing that is read; None where the cost is known before.
        """
        there, auth = base(self.account), at_endpoint(auth_of(self.account), method, path)
        ledger = self.account.ledger
        await ledger.spend(SPENDING, most, for_people=self.for_people)
        ends = ledger.resets_at(SPENDING)
        cost = most
        try:
            answer = await self.client.request(
                method, f"{there}/2/{path}", params=params, json=body, auth=auth, judge=judge
            )
            if price is not None:
                cost = min(most, self.memory.cost(answer.data, price))
            return answer
        except BaseException as error:
            # What was read and got lost on the way is paid once a day, so with the next try.
            if price is not None or (isinstance(error, SourceError) and not _maybe_done(error)):
                cost = 0
            raise
        finally:
            if cost < most and ledger.resets_at(SPENDING) == ends:
                await ledger.spend(SPENDING, cost - most, for_people=True)


def _maybe_done(error: SourceError) -> bool:
    return isinstance(error, Retryable) and error.maybe_done


def _newest_fields() -> str:
    """The fields that the newest description has; what is left out there comes without being asked for."""
    return ",".join(each for each in FIELDS.split(",") if each not in ("author_id", "in_reply_to_user_id"))


def names_parameter(said: object, name: str) -> bool:
    """Whether a refusal is about a parameter of this name."""
    return any(name in string(each.get("message")) or name in (each.get("parameters") or ()) for each in problems(said))


def _lacks_fields(data: object) -> bool:
    """Whether posts came without what was asked for: their names were not understood."""
    items = dig(data, "data")
    posts = [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []
    return bool(posts) and not any("created_at" in each or "author_id" in each for each in posts)


def _listed(answer: Answer) -> Listed[Item]:
    items = dig(answer.data, "data")
    if not isinstance(answer.data, dict) or not isinstance(items, list | None):
        raise Retryable(f"{answer.host} answered with no list", hint="does base_url name X's API?")
    shown = [each if isinstance(each, dict) else {"is": each} for each in items or ()]
    return Listed(shown, string(dig(answer.data, "meta", "next_token")))


def _includes(data: object) -> Item:
    found = dig(data, "includes")
    return found if isinstance(found, dict) else {}


def earliest(client: Client, account: Account, sent_before: Instant) -> Instant:
    """X's time from which on a reply can be there that was first tried at `sent_before` by our clock."""
    skew = client.skew(base(account))
    return sent_before - HOUR if skew is None else sent_before + skew - 30 * SECOND

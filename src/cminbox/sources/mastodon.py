"""Mastodon and what speaks its API: GoToSocial, Pixelfed, Pleroma, Akkoma, snac.

Facts are those of docs.joinmastodon.org (methods/notifications, methods/statuses, methods/accounts, entities/Status)
where nothing else is said. Three streams: `own` (what our account wrote, on whatever device), `mentions` (what was said
to us, direct messages among it: each of them mentions us), and `watch` (what the engine asks to see again).

A status belongs to the conversation of its thread: under a status of ours, the first one below that is not ours; else
the thread's root; a direct message to the peer. The thread above a status is asked for with `/context`, and what was
learnt is kept in the cursor, so that a busy thread costs one call.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from json import dumps
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from cminbox.errors import AuthError, DataError, NotThere, Refused, Retryable
from cminbox.model import MINUTE, Instant, Message
from cminbox.sources.base import (
    LONGEST_BACKFILL,
    Account,
    Action,
    Capabilities,
    Counting,
    Identity,
    Info,
    Outgoing,
    Page,
    Sent,
)
from cminbox.sources.glyphs import GLYPHS
from cminbox.sources.json_values import dig, identifier, instant, web_address
from cminbox.sources.limits import remaining
from cminbox.sources.mastodon_status import (
    MENTION,
    chain,
    is_ours,
    objects,
    parse,
    peer,
    same_text,
    unwrapped,
)
from cminbox.sources.paging import Item, Place, Walk, id_of, load_cursor
from cminbox.text import clean
from cminbox.text_html import html_to_text

if TYPE_CHECKING:
    from cminbox.sources.http import Client

__all__ = ["INFO", "act", "compose", "find_sent", "identify", "pages", "parse", "send"]

_HOW_TO_LOG_IN = (
    "an access token with read:accounts, read:notifications, read:statuses, write:statuses and write:favourites, "
    "from Preferences → Development → New application"
)

INFO = Info(
    network="mastodon",
    title="Mastodon",
    glyph=GLYPHS["mastodon"],
    secret=_HOW_TO_LOG_IN,
    base_url=True,
    base_url_help="the server's address, such as https://mastodon.social",
    capabilities=Capabilities(
        reply=True,
        dm=True,
        like=True,
        delete=True,
        edits=True,
        deletions=True,
        find_sent=True,
        duplicate_guard="key",
        counting=Counting("url-weighted", limit=500, url_weight=23),
        min_interval=MINUTE // 2,
    ),
)

WANTED = frozenset({"mention", "quote"})
"""Notifications that carry what somebody said to us; servers that know no filter send the others too."""
PAGE = 40
MOST_WATCHED = 40
RESERVE = 100
"""Watching ends where fewer calls than these are left of the server's budget (300 in 5 minutes, usually)."""
MOST_ROOTS = 200
CLOCK_SKEW = 5 * MINUTE
"""How far a server's clock may be behind ours when a reply is looked up."""

_VISIBILITIES = {"limited": "direct", "": "public"}


@dataclass(slots=True)
class _Threads:
    """Which conversation a status belongs to.

    Attributes:
        above: what is known of statuses: their conversation, or `""` for a status of ours with none of theirs above.
        ours: statuses of ours that were met on the way, to be read back.
    """

    client: Client
    account: Account
    above: dict[str, str] = field(default_factory=dict)
    ours: dict[str, Message] = field(default_factory=dict)

    async def conversation(self, status: Item) -> str:
        """The key of a status's conversation; asks the network only where nothing is known of its parent."""
        if status.get("visibility") == "direct":
            return peer(status, self.account.account_id)
        parent = identifier(status.get("in_reply_to_id"))
        if parent and parent not in self.above:
            await self._learn(status, parent)
        return self._note(status)

    async def _learn(self, status: Item, parent: str) -> None:
        url = _url(self.account, "statuses", id_of(status), "context")
        try:
            ancestors = dig((await self.client.get_json(url, bearer=_token(self.account))).data, "ancestors")
        except NotThere:
            ancestors = None
        line = chain(
            parent, [each for each in ancestors if isinstance(each, dict)] if isinstance(ancestors, list) else []
        )
        top = identifier(line[0].get("in_reply_to_id")) if line else parent
        if top:
            # The thread's head is gone or hidden; what is left still has its id in common.
            self.above.setdefault(top, top)
        for each in line:
            key = self._note(each)
            if is_ours(each, self.account) and each.get("visibility") != "direct":
                try:
                    self.ours[id_of(each)] = parse(each, self.account, conversation=key)
                except DataError:
                    continue  # it is context alone, and will be counted where it is listed

    def _note(self, status: Item) -> str:
        """Works out a status's conversation from its parent's, and keeps it for those below."""
        own, parent = id_of(status), identifier(status.get("in_reply_to_id"))
        key = self.above.get(parent, "") if parent else ""
        if not key and not is_ours(status, self.account):
            key = own
        self.above.pop(own, None)
        self.above[own] = key
        return key or own

    def newest(self) -> dict[str, str]:
        """The part that is worth keeping in a cursor."""
        return dict(list(self.above.items())[-MOST_ROOTS:])


async def identify(client: Client, account: Account) -> Identity:
    """Who we are, and the server's limits (`/api/v2/instance`, or v1 where there is no v2)."""
    try:
        answer = await client.get_json(_url(account, "accounts", "verify_credentials"), bearer=_token(account))
    except NotThere as error:
        raise Refused(error.message, hint="does base_url name a Mastodon server?") from None
    except Refused as error:  # snac answers 422 to a token that it does not know
        raise AuthError(error.message, hint=f"cminbox sources login {account.source}") from None
    me = answer.data
    if not isinstance(me, dict) or not id_of(me):
        raise Retryable("the server did not say who we are", hint="does base_url name a Mastodon server?")
    limits: dict[str, int] = {}
    for version in ("v2", "v1"):
        try:
            instance = await client.get_json(f"{_base(account)}/api/{version}/instance", bearer=_token(account))
        except (Refused, Retryable, AuthError):
            continue
        statuses = dig(instance.data, "configuration", "statuses")
        for name, key in (("characters", "max_characters"), ("url", "characters_reserved_per_url")):
            value = dig(statuses, key)
            if isinstance(value, int) and 0 < value <= 1_000_000:
                limits[name] = value
        break
    return Identity(id_of(me), clean(str(me.get("acct") or me.get("username") or ""), 200), limits)


async def pages(client: Client, account: Account, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
    """What is new: first what we wrote, so that threads are known, then what was said to us, then what is watched."""
    if not account.account_id:
        account = replace(account, account_id=(await identify(client, account)).id)
    threads = _Threads(client, account)
    kept = {stream: _resume(cursors.get(stream, ""), account) for stream in ("own", "mentions")}
    for raw in kept.values():
        roots = raw.get("roots")
        if isinstance(roots, dict):
            threads.above.update({str(key): str(value) for key, value in roots.items()})
    async for page in _listed(threads, "own", kept["own"]):
        yield page
    async for page in _listed(threads, "mentions", kept["mentions"]):
        yield page
    if account.watch:
        yield await _watched(threads)


async def _listed(threads: _Threads, stream: str, kept: Mapping[str, Any]) -> AsyncIterator[Page]:
    """The pages of one of the two lists."""
    client, account = threads.client, threads.account
    if stream == "own":
        url = _url(account, "accounts", account.account_id, "statuses")
        fixed = [("limit", str(PAGE)), ("exclude_reblogs", "true")]
    else:
        url = _url(account, "notifications")
        fixed = [("limit", str(PAGE)), ("include_filtered", "true"), *(("types[]", kind) for kind in sorted(WANTED))]

    async def fetch(params: Mapping[str, str]) -> Sequence[Item]:
        answer = await client.get_json(url, params=[*fixed, *params.items()], bearer=_token(account))
        if not isinstance(answer.data, list):
            raise Retryable(f"{urlsplit(url).hostname} answered with no list", hint="is it a Mastodon server?")
        return objects(answer.data)

    floor = client.clock() - min(account.backfill_ms, LONGEST_BACKFILL)
    walk = Walk(fetch, floor, lambda item: instant(item.get("created_at")))
    async for items, place in walk.steps(Place.load(kept.get("place"))):
        messages, skipped = await _read(threads, stream, items)
        cursor = {"of": _whose(account), "place": place.dump(), "roots": threads.newest()}
        yield Page(messages, stream, dumps(cursor, ensure_ascii=False), skipped=skipped)


async def _read(
    threads: _Threads, stream: str, items: Sequence[Item]
) -> tuple[tuple[Message, ...], tuple[DataError, ...]]:
    """The messages of a list, each once, with the statuses of ours that were met above them."""
    messages: dict[str, Message] = {}
    skipped: list[DataError] = []
    newest = threads.client.clock() + CLOCK_SKEW
    for status in sorted(_statuses(stream, items, skipped), key=lambda each: instant(each.get("created_at")) or 0):
        try:
            parse(status, threads.account)  # what cannot be read must not cost a call
            message = parse(status, threads.account, conversation=await threads.conversation(status))
        except DataError as error:
            skipped.append(error)
            continue
        messages.update(threads.ours)
        threads.ours.clear()
        messages[message.id] = message._replace(created_at=min(message.created_at, newest))
    return tuple(messages.values()), tuple(skipped)


def _statuses(stream: str, items: Sequence[Item], skipped: list[DataError]) -> Iterator[Item]:
    """The statuses inside the items of a list, without boosts."""
    for item in items:
        status: object = item
        if stream == "mentions":
            if item.get("type") not in WANTED:
                continue
            status = item.get("status")
        if not isinstance(status, dict):
            skipped.append(DataError(f"notification {clean(id_of(item), 80)!r} has no status"))
            continue
        status = unwrapped(status)
        if status.get("reblog") is None:
            yield status


async def _watched(threads: _Threads) -> Page:
    """Looks at single statuses again: 404 means deleted, `edited_at` that its text may be new."""
    client, account = threads.client, threads.account
    messages: list[Message] = []
    deleted: list[str] = []
    skipped: list[DataError] = []
    for wanted in account.watch[:MOST_WATCHED]:
        try:
            answer = await client.get_json(_url(account, "statuses", wanted), bearer=_token(account))
        except NotThere:
            deleted.append(wanted)
            continue
        left = remaining(answer.headers)
        status = unwrapped(answer.data) if isinstance(answer.data, dict) else {}
        try:
            if status.get("edited_at"):
                messages.append(parse(status, account, conversation=await threads.conversation(status)))
        except DataError as error:
            skipped.append(error)
        if left is not None and left < RESERVE:
            break  # the budget is for reading and answering first
    return Page(tuple(messages), "watch", "", tuple(deleted), tuple(skipped))


def compose(parent: Message, text: str) -> str:
    """The text as it is posted: the author, and who else was mentioned, are mentioned if they are not yet.

    A server notifies only those who are mentioned; clients put the names in front.
    """
    names = [parent.author.handle, *parent.extra.get("mentions", "").split()]
    present = {name.lower() for name in MENTION.findall(text)}
    missing = [name for name in dict.fromkeys(names) if name and name.lower() not in present]
    return " ".join([*(f"@{name}" for name in missing), text])


async def send(client: Client, account: Account, outgoing: Outgoing) -> Sent:
    """Posts a reply with its parent's visibility, once; the key makes a repeated call return the first result."""
    parent = outgoing.parent
    body: dict[str, object] = {
        "status": compose(parent, outgoing.text),
        "in_reply_to_id": parent.id,
        "visibility": _VISIBILITIES.get(parent.visibility, parent.visibility),
    }
    if parent.title:
        body["spoiler_text"] = parent.title
    lang = outgoing.lang.partition("-")[0].lower()
    if re.fullmatch(r"[a-z]{2,3}", lang):
        body["language"] = lang
    headers = {"Idempotency-Key": outgoing.key}
    try:
        answer = await client.post_json(_url(account, "statuses"), body, headers=headers, bearer=_token(account))
    except NotThere:
        raise Refused("the message that is answered is no longer on the network") from None
    if not isinstance(answer.data, dict) or not id_of(answer.data):
        raise Retryable("the server took the reply but did not say what it became", maybe_done=True)
    return _sent(answer.data, outgoing, client.clock())


async def find_sent(client: Client, account: Account, outgoing: Outgoing) -> Sent | None:
    """Looks for a reply below its parent, then among what our account wrote last."""
    wanted = compose(outgoing.parent, outgoing.text)
    earliest = outgoing.sent_before - CLOCK_SKEW
    candidates: list[Item] = []
    try:
        url = _url(account, "statuses", outgoing.parent.id, "context")
        candidates += objects(dig((await client.get_json(url, bearer=_token(account))).data, "descendants"))
    except NotThere:
        pass  # the parent is gone; our reply to it may stand
    url = _url(account, "accounts", account.account_id, "statuses")
    own = await client.get_json(url, params={"limit": str(PAGE)}, bearer=_token(account))
    candidates += objects(own.data)
    for status in candidates:
        if (
            is_ours(status, account)
            and id_of(status) not in outgoing.known
            and identifier(status.get("in_reply_to_id")) == outgoing.parent.id
            and (instant(status.get("created_at")) or 0) >= earliest
            and same_text(wanted, html_to_text(str(status.get("content") or "")))
        ):
            return _sent(status, outgoing, client.clock())
    return None


async def act(client: Client, account: Account, action: Action, message_id: str) -> None:
    """Favourites a status, or deletes one of ours."""
    if action == "like":
        await client.post_json(_url(account, "statuses", message_id, "favourite"), bearer=_token(account))
    elif action == "delete":
        await client.post_json(_url(account, "statuses", message_id), method="DELETE", bearer=_token(account))
    else:
        raise Refused(f"nothing can be done as {action!r} on Mastodon")


def _sent(status: Item, outgoing: Outgoing, present: Instant) -> Sent:
    created = instant(status.get("created_at"))
    return Sent(
        id=id_of(status),
        url=web_address(status.get("url")),
        created_at=present if created is None else created,
        conversation=outgoing.conversation,
    )


def _token(account: Account) -> str:
    if not account.secret:
        raise AuthError(f"{account.source} has no access token", hint=f"cminbox sources login {account.source}")
    return account.secret


def _base(account: Account) -> str:
    base = account.base_url.strip().rstrip("/")
    if not base:
        raise Refused(f"{account.source} has no base_url", hint=INFO.base_url_help)
    return base if "://" in base else f"https://{base}"


def _url(account: Account, *parts: str) -> str:
    """An address of version 1 of the API; ids are quoted, for they may hold anything."""
    return "/".join((_base(account), "api/v1", *(quote(part, safe="") for part in parts)))


def _whose(account: Account) -> str:
    """What a cursor belongs to: ids mean nothing on another server or to another account."""
    return f"{_base(account)} {account.account_id}"


def _resume(cursor: str, account: Account) -> dict[str, Any]:
    kept = load_cursor(cursor)
    return kept if kept.get("of") == _whose(account) else {}

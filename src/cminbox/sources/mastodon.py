"""Mastodon and what speaks its API: GoToSocial, Pixelfed, Pleroma, Akkoma, snac.

Facts are those of docs.joinmastodon.org (methods/notifications, methods/statuses, methods/accounts, entities/Status)
where nothing else is said. Streams: `own` (what our account wrote, on whatever device), `mentions` (what was said to
us, direct messages among it: each of them mentions us), `threads` (those that could not be read), and `watch` (what the
engine asks to see again).

A status belongs to the conversation of its thread: under a status of ours, the first one below that is not ours; else
the thread's root; a direct message to the peer.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from json import dumps
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cminbox.errors import AuthError, DataError, NotThere, RateLimited, Refused, Retryable, SourceError
from cminbox.model import HOUR, MINUTE, SECOND, Instant, Message, is_plausible
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
    Unsure,
)
from cminbox.sources.glyphs import GLYPHS
from cminbox.sources.items import one_item
from cminbox.sources.json_values import dig, identifier, instant, string, web_address
from cminbox.sources.limits import remaining
from cminbox.sources.mastodon_api import BASE_URL_HELP, base, in_its_own_words, limits, verify
from cminbox.sources.mastodon_api import address as _url
from cminbox.sources.mastodon_api import token as _token
from cminbox.sources.mastodon_status import MENTION, is_ours, is_posted, objects, parse, same_text, unwrapped
from cminbox.sources.mastodon_threads import MOST_FAILURES, Threads
from cminbox.sources.paging import Item, Place, Walk, id_of, load_cursor, mark_of
from cminbox.text import clean, one_line
from cminbox.text_html import html_to_text

if TYPE_CHECKING:
    from cminbox.sources.http import Client

__all__ = ["INFO", "act", "compose", "find_sent", "identify", "is_sent", "limits", "pages", "parse", "send", "warning"]

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
    base_url_help=BASE_URL_HELP,
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
MOST_LISTS = 25
LONGEST_OLDER = 10 * SECOND
"""Of what is older and was not read yet a poll asks for so many lists, and begins none after so long: the next poll,
which follows soon, begins with what is new."""
THREADS = "threads"
CLOCK_SKEW = 5 * MINUTE
"""How far a server's clock may be ahead of ours when its messages are read."""
CLOCK_ERROR = 30 * SECOND
"""How far the times of a server may lie from the clock that its answers show."""
CLOCK_UNKNOWN = HOUR
"""How far the clock of a server may be behind ours that never said what it shows."""
MOST_LISTED = 10
"""Pages of our own posts that a look-up reads; where they do not reach back to the try, the thread has to answer."""

_VISIBILITIES = {"limited": "direct", "": "public"}


async def identify(client: Client, account: Account) -> Identity:
    """Who we are, and the server's limits."""
    me = await verify(client, account)
    if not id_of(me):
        raise Retryable("the server did not say who we are", hint="does base_url name a Mastodon server?")
    handle = clean(string(me.get("acct")) or string(me.get("username")), 200)
    return Identity(id_of(me), handle, await limits(client, account))


async def pages(client: Client, account: Account, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
    """What is new: first what we wrote, so that threads are known, then what was said to us. After it what is older and
    was not read yet, threads that could not be read before, and what is watched."""
    if not account.account_id:
        account = replace(account, account_id=id_of(await verify(client, account)))
    threads = Threads(client, account)
    kept = {stream: _resume(cursors.get(stream, ""), account) for stream in ("own", "mentions", THREADS)}
    for raw in kept.values():
        roots = raw.get("roots")
        if isinstance(roots, dict):
            threads.above.update({str(key): str(value) for key, value in roots.items()})
    threads.load(kept[THREADS])
    before = threads.dump()
    own, mentions = (_Listed(threads, stream, kept[stream]) for stream in ("own", "mentions"))
    try:
        try:
            async for page in own.newest():
                yield page
        except SourceError as error:
            await own.give_up(error)
        async for page in mentions.newest():
            yield page
        async for page in mentions.older():
            yield page
        try:
            async for page in own.older():
                yield page
        except SourceError as error:
            await own.give_up(error)
        await threads.ask_again()
    except RateLimited:
        if threads.dump() != before:
            yield _threads_page(threads)
        raise
    if threads.notes or threads.dump() != before:
        yield _threads_page(threads)
    if account.watch or account.missing:
        yield await _watched(threads)


def _threads_page(threads: Threads) -> Page:
    """What came of threads that could not be read."""
    cursor = {"of": _whose(threads.account), "roots": threads.newest(), **threads.dump()}
    return Page(tuple(threads.ours.values()), THREADS, dumps(cursor), notes=threads.told(), moved=dict(threads.moved))


class _Listed:
    """One of the two lists, during one poll."""

    def __init__(self, threads: Threads, stream: str, kept: Mapping[str, Any]) -> None:
        account, client = threads.account, threads.client
        self._threads = threads
        self._stream = stream
        self._params = [("limit", str(PAGE))]
        if stream == "own":
            self._url = _url(account, "accounts", account.account_id, "statuses")
            self._params.append(("exclude_reblogs", "true"))
        else:
            self._url = _url(account, "notifications")
            self._params += [("include_filtered", "true"), *(("types[]", kind) for kind in sorted(WANTED))]
        floor = client.clock() - min(account.backfill_ms, LONGEST_BACKFILL)
        self._walk = Walk(self._fetch, floor, _time_of, most=MOST_LISTS, enough=self._enough)
        self._place = Place.load(kept.get("place"))
        self._left: float | None = None
        self._ends = 0.0
        self._skipped: list[DataError] = []
        self._given_up = False

    async def give_up(self, error: SourceError) -> None:
        """Go on without the rest of this list: what was said to us may be had all the same.

        Raises:
            AuthError, RateLimited: there is nothing more to be had now.
        """
        if isinstance(error, RateLimited):
            raise error
        refused = await self._threads.denied(error) if isinstance(error, AuthError) else error
        self._threads.notes.append(f"what our account wrote could not be read: {refused.message}")
        self._given_up = True

    async def newest(self) -> AsyncIterator[Page]:
        """What is new; one page, whatever is behind."""
        async for page in self._pages(self._walk.newest(self._place)):
            yield page

    async def older(self) -> AsyncIterator[Page]:
        """What is older and was not read yet, as far as time and the server's budget allow in one poll."""
        if self._given_up:
            return
        self._ends = time.monotonic() + LONGEST_OLDER / SECOND
        behind = bool(self._place.gaps)
        async for page in self._pages(self._walk.older(self._place)):
            behind = False
            yield page
        if behind:
            yield Page((), self._stream, self._cursor(self._place), more=True)

    async def _pages(self, steps: AsyncIterator[tuple[list[Item], Place]]) -> AsyncIterator[Page]:
        async for items, place in steps:
            messages, limited = await self._read(items)
            if limited is None:
                self._place = place
            # Where the network asks to wait, what was read is kept, and the same list is read again later.
            skipped, self._skipped = tuple(self._skipped), []
            cursor, more = self._cursor(self._place), bool(self._place.gaps)
            yield Page(messages, self._stream, cursor, skipped=skipped, notes=self._threads.told(), more=more)
            if limited is not None:
                raise limited

    async def _fetch(self, params: Mapping[str, str]) -> Sequence[Item]:
        account = self._threads.account
        query = [*self._params, *params.items()]
        answer = await self._threads.client.get_json(self._url, params=query, bearer=_token(account))
        if not isinstance(answer.data, list):
            raise Retryable(f"{urlsplit(self._url).hostname} answered with no list", hint="is it a Mastodon server?")
        self._left = remaining(answer.headers)
        return [unwrapped(each) if isinstance(each, dict) else {"no object": each} for each in answer.data]

    def _enough(self) -> bool:
        return time.monotonic() > self._ends or (self._left is not None and self._left < RESERVE)

    def _cursor(self, place: Place) -> str:
        return dumps({"of": _whose(self._threads.account), "place": place.dump(), "roots": self._threads.newest()})

    async def _read(self, items: Sequence[Item]) -> tuple[tuple[Message, ...], RateLimited | None]:
        """The messages of a list, each once, with the statuses of ours that were met above them; and whether the
        network asked to wait before all were read."""
        threads = self._threads
        messages: dict[str, Message] = {}
        present = threads.client.clock()
        newest = present + CLOCK_SKEW
        found = _statuses(self._stream, items, self._skipped)
        for status in sorted(found, key=lambda each: instant(each.get("created_at")) or 0):
            try:
                with one_item(self._skipped):
                    parse(status, threads.account, fetched_at=present)  # what cannot be read must not cost a call
                    key = await threads.conversation(status)
                    message = parse(status, threads.account, conversation=key, fetched_at=present)
                    messages.update(threads.ours)
                    threads.ours.clear()
                    messages[message.id] = message._replace(created_at=min(message.created_at, newest))
            except RateLimited as error:
                return tuple(messages.values()), error
        return tuple(messages.values()), None


def _time_of(item: Item) -> Instant | None:
    return instant(item.get("created_at"))


def _statuses(stream: str, items: Sequence[Item], skipped: list[DataError]) -> list[Item]:
    """The statuses inside the items of a list, without boosts."""
    found: list[Item] = []
    for item in items:
        with one_item(skipped):
            status: object = item
            if stream == "mentions":
                kind = item.get("type")
                if not isinstance(kind, str):
                    raise DataError(f"notification {clean(id_of(item), 80)!r} has no type")
                if kind not in WANTED:
                    continue
                status = item.get("status")
                if status is None:
                    continue  # what mentioned us was deleted, or is hidden from us
            if not isinstance(status, dict):
                raise DataError(f"notification {clean(id_of(item), 80)!r} has no status")
            status = unwrapped(status)
            if status.get("reblog") is None:
                found.append(status)
    return found


async def _watched(threads: Threads) -> Page:
    """Looks at single statuses again: whether they were deleted, edited, or are there again."""
    client, account = threads.client, threads.account
    wanted = [*account.watch[:MOST_WATCHED], *account.missing[:MOST_WATCHED]]
    messages: list[Message] = []
    gone: list[str] = []
    there = failures = 0
    for own in wanted:
        try:
            answer = await client.get_json(_url(account, "statuses", own), bearer=_token(account), tries=1)
            status = unwrapped(answer.data) if isinstance(answer.data, dict) else {}
            if id_of(status) != own:
                raise DataError("the answer is another")
            there += 1
            if status.get("edited_at") or own in account.missing:
                key = await threads.conversation(status)
                messages.append(parse(status, account, conversation=key, fetched_at=client.clock()))
        except RateLimited:
            break  # the next poll obeys it
        except NotThere as error:
            if in_its_own_words(error):
                gone.append(own)
            continue
        except SourceError as error:
            refused = await threads.denied(error) if isinstance(error, AuthError) else error
            threads.notes.append(f"status {own} could not be looked at again: {refused.message}")
            failures += isinstance(error, Retryable)
            if failures >= MOST_FAILURES:
                break
            continue
        left = remaining(answer.headers)
        if left is not None and left < RESERVE:
            break  # the budget is for reading and answering first
    deleted = [own for own in gone if own in account.watch]
    if deleted and not there and not await _answers_for_others(threads, deleted):
        deleted = []
    return Page(tuple(messages), "watch", "", tuple(deleted), notes=threads.told())


async def _answers_for_others(threads: Threads, missing: Sequence[str]) -> bool:
    """Whether the server still knows single statuses, where it said of all that it was asked for that they are gone:
    it is a route that is away where a list shows one of them, or where another one is not to be had either."""
    client, account = threads.client, threads.account
    try:
        listed: list[Item] = []
        for parts in (("accounts", account.account_id, "statuses"), ("notifications",)):
            answer = await client.get_json(_url(account, *parts), params={"limit": str(PAGE)}, bearer=_token(account))
            listed += _statuses("own" if parts[0] == "accounts" else "mentions", objects(answer.data), [])
        ids = [own for each in listed if (own := mark_of(each))]
        if set(ids) & set(missing):
            return False
        if ids:
            await client.get_json(_url(account, "statuses", ids[0]), bearer=_token(account))
    except SourceError:
        return False
    return True


def compose(parent: Message, text: str) -> str:
    """The text as it is posted: the author, and who else was mentioned, are mentioned if they are not yet.

    A server notifies only those who are mentioned; clients put the names in front.
    """
    names = [parent.author.handle, *parent.extra.get("mentions", "").split()]
    present = {name.lower() for name in MENTION.findall(text)}
    missing = [name for name in dict.fromkeys(names) if name and name.lower() not in present]
    return " ".join([*(f"@{name}" for name in missing), text])


def warning(parent: Message) -> str:
    """The content warning of the message that is answered: the answer is shown behind it too, and counts with it."""
    return parent.title


async def send(client: Client, account: Account, outgoing: Outgoing) -> Sent:
    """Posts a reply with its parent's visibility, once; the key makes a repeated call return the first result."""
    parent = outgoing.parent
    body: dict[str, object] = {
        "status": compose(parent, outgoing.text),
        "in_reply_to_id": parent.id,
        "visibility": _VISIBILITIES.get(parent.visibility, parent.visibility),
    }
    if spoiler := warning(parent):
        body["spoiler_text"] = spoiler
    lang = outgoing.lang.partition("-")[0].lower()
    if re.fullmatch(r"[a-z]{2,3}", lang):
        body["language"] = lang
    headers = {"Idempotency-Key": outgoing.key}
    try:
        answer = await client.post_json(_url(account, "statuses"), body, headers=headers, bearer=_token(account))
    except NotThere as error:
        raise Refused(f"{error.message}; the message that it answers may be no longer on the network") from None
    posted = answer.data if isinstance(answer.data, dict) else {}
    by_another = isinstance(posted.get("account"), dict) and account.account_id and not is_ours(posted, account)
    answers = identifier(posted.get("in_reply_to_id"))
    if not id_of(posted) or by_another or answers not in ("", parent.id):
        raise Retryable("the server took the reply but did not say what it became", maybe_done=True)
    return _sent(posted, outgoing, client.clock())


async def find_sent(client: Client, account: Account, outgoing: Outgoing) -> Sent | Unsure | None:
    """Looks for a reply among what our account wrote since it was first tried, and below its parent.

    Our own list has all of it that is public, so it alone says that nothing is there; a thread can be cut, hidden or
    forbidden. Where the list does not reach back, or leaves out what is not public, the thread has to answer too.
    """
    wanted = compose(outgoing.parent, outgoing.text)
    found: dict[str, Item] = {}
    trouble: SourceError | None = None
    try:
        listed, whole = await _own_since(client, account, outgoing.sent_before)
        # Some servers (snac) leave out of it what not everybody may see.
        whole = whole and outgoing.parent.visibility in ("", "public", "unlisted")
        found |= {id_of(each): each for each in listed}
        trouble = (
            None if whole else Retryable("our account's own list does not show all, and the thread cannot be read")
        )
    except SourceError as error:
        trouble, whole = error, True
    earliest = _earliest(client, account, outgoing.sent_before)
    ours = [each for each in found.values() if _answers(each, account, outgoing)]
    if not any(_in_time(each, earliest) and is_posted(wanted, each) for each in ours):
        try:
            url = _url(account, "statuses", outgoing.parent.id, "context")
            thread = objects(dig((await client.get_json(url, bearer=_token(account))).data, "descendants"))
            ours += [each for each in thread if id_of(each) not in found and _answers(each, account, outgoing)]
            trouble = trouble if whole else None
        except NotThere:
            # Answers to a message that was deleted answer nothing any more.
            orphans = (each for each in found.values() if _answers(each, account, outgoing, parent=""))
            ours += [each for each in orphans if _in_time(each, earliest) and is_posted(wanted, each)]
        except SourceError:
            pass  # what our own list says stands
    unsure: Item | None = None
    for status in sorted(ours, key=lambda each: instant(each.get("created_at")) or 0):
        same, in_time = is_posted(wanted, status), _in_time(status, earliest)
        if in_time and (same or await _typed(client, account, status) == _spaced(wanted)):
            return _sent(status, outgoing, client.clock())
        unsure = status if same or in_time else unsure
    if unsure is not None:
        text = one_line(html_to_text(string(unsure.get("content")), 2000))
        return Unsure(id_of(unsure), text, web_address(unsure.get("url")))
    if trouble is not None:
        raise trouble
    return None


def is_sent(outgoing: Outgoing, message: Message) -> bool:
    """Whether a message of ours has the text and the parent of a reply."""
    wanted = compose(outgoing.parent, outgoing.text)
    return message.parent == outgoing.parent.id and same_text(wanted, message.text)


def _earliest(client: Client, account: Account, sent_before: Instant) -> Instant:
    """The server's time from which on a reply can be there that was first tried at `sent_before` by our clock."""
    skew = client.skew(base(account))
    return sent_before - CLOCK_UNKNOWN if skew is None else sent_before + skew - CLOCK_ERROR


async def _own_since(client: Client, account: Account, sent_before: Instant) -> tuple[list[Item], bool]:
    """What our account wrote from a time of our clock on, newest first, and whether that is all of it.

    Raises:
        SourceError: it cannot be read.
    """
    url = _url(account, "accounts", account.account_id, "statuses")
    found: dict[str, Item] = {}
    params = {"limit": str(PAGE)}
    for _ in range(MOST_LISTED):
        answer = await client.get_json(url, params=params, bearer=_token(account))
        if not isinstance(answer.data, list):
            raise Retryable(f"{urlsplit(url).hostname} answered with no list", hint="is it a Mastodon server?")
        new = {id_of(each): each for each in objects(answer.data) if id_of(each) not in found}
        found |= new
        oldest = min((instant(each.get("created_at")) or 0 for each in new.values()), default=0)
        if not new or oldest < _earliest(client, account, sent_before):
            return list(found.values()), True
        params = {"limit": str(PAGE), "max_id": list(new)[-1]}
    return list(found.values()), False


def _answers(status: Item, account: Account, outgoing: Outgoing, parent: str | None = None) -> bool:
    """Whether it is an answer of our account to the same message (or to `parent`), and no other reply's."""
    return (
        is_ours(status, account)
        and id_of(status) not in outgoing.known
        and identifier(status.get("in_reply_to_id")) == (outgoing.parent.id if parent is None else parent)
    )


def _in_time(status: Item, earliest: Instant) -> bool:
    return (instant(status.get("created_at")) or 0) >= earliest


async def _typed(client: Client, account: Account, status: Item) -> str:
    """A status's text as it was typed, where the server tells it; it may show something else."""
    try:
        answer = await client.get_json(
            _url(account, "statuses", id_of(status), "source"), bearer=_token(account), tries=1
        )
    except SourceError:
        return ""
    return _spaced(clean(string(dig(answer.data, "text"))))


def _spaced(text: str) -> str:
    """A text with one blank for all white space between two words."""
    return " ".join(text.split())


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
        created_at=present if created is None or not is_plausible(created, present) else created,
        conversation=outgoing.conversation,
    )


def _whose(account: Account) -> str:
    """What a cursor belongs to: ids mean nothing on another server or to another account."""
    return f"{base(account)} {account.account_id}"


def _resume(cursor: str, account: Account) -> dict[str, Any]:
    kept = load_cursor(cursor)
    return kept if kept.get("of") == _whose(account) else {}

"""Direct messages of X, as far as an API may read them: the last 30 days, and none that are encrypted.

A list of all of them is newest first and knows no `since`, so that its first page is paid once a day.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from cminbox.errors import AuthError, DataError, RateLimited, Retryable, SourceError
from cminbox.model import DAY, TIME_UNKNOWN, Instant, Message
from cminbox.sources.contract import Account, Outgoing, Page, Sent, Unsure
from cminbox.sources.items import created_or_seen, one_item
from cminbox.sources.json_values import dig, instant, string
from cminbox.sources.networks.x import api
from cminbox.sources.networks.x.api import Desk, Item
from cminbox.sources.networks.x.post import Place, along, attachment, checked_id, person, text_of
from cminbox.sources.newest_first import Listed, NewestFirst, Reached
from cminbox.sources.paging import load_cursor
from cminbox.text import one_line

STREAM = "messages"
OPTION = "dms"
PAGE = 20
MOST_PAGES = 20
KEPT_FOR = 30 * DAY


def is_message(message: Message) -> bool:
    """Whether it is a direct message."""
    return bool(message.extra.get("dm"))


async def pages(desk: Desk, cursor: str) -> AsyncIterator[Page]:
    """What is new in direct messages, where they are wanted."""
    account = desk.account
    if account.options.get(OPTION) is not True:
        return
    raw = load_cursor(cursor)
    kept = raw if raw.get("of") == account.account_id else {}
    reached, told = Reached.load(kept.get("reached")), string(kept.get("told"))
    now = desk.client.clock()
    includes: Item = {}

    async def fetch(at: str) -> Listed[Item]:
        nonlocal includes
        found, includes = await desk.messages("dm_events", [("pagination_token", at)] if at else [], PAGE)
        return found

    def dump(note: str) -> str:
        return json.dumps({"of": account.account_id, "reached": reached.dump(), "told": note})

    walk = NewestFirst[Item](
        fetch, lambda item: string(item.get("id")), _time, now - min(account.backfill_ms, KEPT_FOR), most=MOST_PAGES
    )
    note = ""
    try:
        async for items, now_reached in walk.steps(reached):
            skipped, messages = list[DataError](), list[Message]()
            users, media = along(includes)
            for item in reversed(items):
                if string(item.get("event_type")) not in ("", "MessageCreate"):
                    continue
                with one_item(skipped):
                    messages.append(parse(item, account, Place(users, media), fetched_at=now))
            changed, reached = now_reached != reached, now_reached
            if items or changed:
                yield Page(tuple(messages), STREAM, dump(told), skipped=tuple(skipped), more=bool(reached.gaps))
    except SourceError as error:
        if isinstance(error, AuthError | RateLimited):
            raise
        note = f"direct messages could not be read: {error.message}"
    if note != told:
        # It is said once, and not with each poll.
        yield Page((), STREAM, dump(note), notes=(note,) if note else ())


def _time(item: Item) -> Instant | None:
    return instant(item.get("created_at"))


def parse(raw: object, account: Account, place: Place, *, fetched_at: Instant = 0) -> Message:
    """A direct message.

    Raises:
        DataError: it has no id, no sender, no text.
    """
    if not isinstance(raw, dict):
        raise DataError("a message that is no object")
    own, sender = checked_id(raw.get("id")), checked_id(raw.get("sender_id"))
    where = checked_id(raw.get("dm_conversation_id"))
    if not isinstance(raw.get("text"), str):
        raise DataError(f"message {own!r} has no text")
    created, known = created_or_seen(_time(raw), fetched_at, f"message {own!r}")
    keys = dig(raw, "attachments", "media_keys")
    listed = [key for key in keys if isinstance(key, str)] if isinstance(keys, list) else []
    ours = sender == account.account_id
    return Message(
        id=f"dm/{own}",
        conversation=f"dm:{where}",
        author=person(place.users.get(sender, {}), sender),
        text=text_of(raw),
        created_at=created,
        kind="dm",
        direction="out" if ours else "in",
        url=f"https://x.com/messages/{where}" if api.is_id(where.replace("-", "")[:19]) else "",
        visibility="direct",
        answerable=not ours,
        attachments=tuple(attachment(place.media.get(key, {}), key) for key in listed[:20]),
        can=frozenset(),
        extra={"dm": where, **({} if known else TIME_UNKNOWN)},
    )


async def send(desk: Desk, outgoing: Outgoing) -> Sent:
    """Sends a direct message, once; X knows no key."""
    where = outgoing.parent.extra["dm"]
    path = f"dm_conversations/{api.path_of(where)}/messages"
    answer = await desk.write("POST", path, {"text": outgoing.text}, api.SEND_MESSAGE)
    own = string(dig(answer.data, "data", "dm_event_id"))
    if not own:
        raise Retryable("X took the message but did not say what it became", maybe_done=True)
    return Sent(f"dm/{own}", outgoing.parent.url, desk.client.clock(), outgoing.conversation)


async def find_sent(desk: Desk, outgoing: Outgoing) -> Sent | Unsure | None:
    """Looks for a message among those of its conversation since it was first tried.

    Raises:
        Retryable: it cannot be read so far back.
        SourceError: it cannot be read now.
    """
    where = outgoing.parent.extra["dm"]
    since = api.earliest(desk.client, desk.account, outgoing.sent_before)
    at, unsure, shown = "", None, False
    for _ in range(MOST_PAGES):
        params = [("pagination_token", at)] if at else []
        found, _ = await desk.messages(f"dm_conversations/{api.path_of(where)}/dm_events", params, PAGE)
        shown = shown or bool(found.items)
        for item in found.items:
            own, sent = f"dm/{string(item.get('id'))}", _time(item)
            if item.get("sender_id") not in (None, desk.account.account_id) or own in outgoing.known:
                continue
            if sent is not None and sent < since:
                continue
            if sent is not None and item.get("sender_id") and spaced(text_of(item)) == spaced(outgoing.text):
                return Sent(own, outgoing.parent.url, sent, outgoing.conversation)
            unsure = unsure or Unsure(own, one_line(text_of(item)), outgoing.parent.url)
        oldest = min((_time(item) or since for item in found.items), default=since)
        if found.next in ("", at) or oldest < since:
            if not shown:
                raise Retryable("X does not show the conversation")
            return unsure
        at = found.next
    raise Retryable("the conversation cannot be read back to the first try")


def spaced(text: str) -> str:
    """A text to be compared: whatever stands between its words, and a slash at the end of a link, aside."""
    return " ".join(word.rstrip("/") if "://" in word else word for word in text.split())

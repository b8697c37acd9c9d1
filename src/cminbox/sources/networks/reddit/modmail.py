"""Modmail: what people write to the moderators of a subreddit, and what moderators answer, as direct messages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from cminbox.errors import DataError, NotThere, Refused, Retryable
from cminbox.model import TIME_UNKNOWN, Author, Instant, Message
from cminbox.sources.contract import Account, Outgoing, Sent, Unsure
from cminbox.sources.json_values import dig, identifier, instant, string, web_address
from cminbox.sources.networks.reddit import api
from cminbox.sources.networks.reddit.thing import is_nobody
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.http import Client

LIST = "/api/mod/conversations"
MARK = "modmail:"
MOST_PAGES = 10
MOST_READ = 25
MOST_KEPT = 1000
CLOCK_ERROR = 60_000

Mail = Mapping[str, Any]
"""`{"conversation": {…}, "message": {…}}`."""


async def steps(
    client: Client, account: Account, kept: Mapping[str, Any], floor: Instant, copies: set[str]
) -> AsyncIterator[tuple[list[Mail], dict[str, Any], list[DataError]]]:
    """The messages of each conversation that changed, the one that changed first before the others; what to keep; and
    why the one is left out that Reddit refuses to show, which it does until it changes again.

    Args:
        copies: the name of the message that begins the copy of each conversation is added, before the first step:
            Reddit keeps one among the private messages of those who wrote in it.

    Raises:
        SourceError: by what to do next.
    """
    raw = kept.get("changed")
    changed = {str(own): str(when) for own, when in raw.items()} if isinstance(raw, dict) else {}
    due: list[tuple[str, str]] = []
    after = ""
    for _ in range(MOST_PAGES):
        params = [
            ("sort", "recent"),
            ("state", "all"),
            ("limit", str(api.MOST)),
            *([("after", after)] if after else []),
        ]
        data = await api.get(client, account, LIST, params)
        found, order = dig(data, "conversations"), dig(data, "conversationIds")
        if not isinstance(found, dict):
            raise Retryable("Reddit answered with no modmail")
        ids = [identifier(each) for each in (order if isinstance(order, list) and order else list(found))]
        listed = [(own, string(dig(found.get(own), "lastUpdated"))) for own in ids if own.isalnum()]
        copies |= {f"t4_{old}" for own in ids if (old := identifier(dig(found.get(own), "legacyFirstMessageId")))}
        fresh = [(own, when) for own, when in listed if changed.get(own) != when]
        due += [(own, when) for own, when in fresh if (instant(when) or floor) >= floor]
        if len(fresh) < len(listed) or len(listed) < api.MOST or (instant(listed[-1][1]) or floor) < floor:
            break
        after = listed[-1][0]
    # The oldest change first: a cut leaves what is newer to the next poll.
    for own, when in list(reversed(due))[:MOST_READ]:
        mails: list[Mail] = []
        refused: list[DataError] = []
        try:
            mails = await _one(client, account, own)
        except NotThere:
            pass
        except Refused as error:
            # Its person is gone, or its subreddit's mail is no longer ours: no reason to keep the others back.
            refused.append(DataError(f"conversation {own!r} of modmail: {error.message}"))
        changed.pop(own, None)
        changed[own] = when
        yield mails, {"changed": dict(list(changed.items())[-MOST_KEPT:])}, refused


async def _one(client: Client, account: Account, own: str) -> list[Mail]:
    """The messages of a conversation, the oldest first."""
    data = await api.get(client, account, f"{LIST}/{own}", [("markRead", "false")])
    messages = dig(data, "messages")
    found = [each for each in messages.values() if isinstance(each, dict)] if isinstance(messages, dict) else []
    mails = [{"conversation": dig(data, "conversation"), "message": each} for each in found]
    return sorted(mails, key=lambda mail: instant(dig(mail, "message", "date")) or 0)


def parse_mail(raw: Mail, account: Account, *, fetched_at: Instant = 0) -> Message:
    """A message of modmail; what moderators write is ours, whoever of them wrote it.

    Raises:
        DataError: it has no id or no text.
    """
    message = dig(raw, "message")
    own, talk = identifier(dig(message, "id")), identifier(dig(raw, "conversation", "id"))
    body = dig(message, "bodyMarkdown")
    if not own.isalnum() or not talk.isalnum():
        raise DataError("a modmail message without an id")
    if not isinstance(body, str):
        raise DataError(f"modmail message {own!r} has no text")
    created = instant(dig(message, "date"))
    if created is None and not fetched_at:
        raise DataError(f"modmail message {own!r} has no time")
    name = one_line(clean(string(dig(message, "author", "name")), 100))
    gone = is_nobody(name) or dig(message, "author", "isDeleted") is True
    # A moderator may also write to a subreddit as anybody does.
    side = string(dig(message, "participatingAs"))
    is_mod = dig(message, "author", "isMod") is True and dig(message, "author", "isParticipant") is not True
    for_us = side == "moderator" if side else is_mod
    ours = for_us or (not gone and name.casefold() == account.account_id.casefold())
    internal = dig(message, "isInternal") is True
    return Message(
        id=f"{MARK}{own}",
        conversation=f"{MARK}{talk}",
        author=Author(f"unknown:{own}") if gone else Author(name.casefold(), name),
        text=clean(body),
        created_at=min(created, fetched_at) if created and fetched_at else created or fetched_at,
        kind="dm",
        direction="out" if ours else "in",
        url=web_address(f"https://mod.reddit.com/mail/all/{talk}"),
        visibility="internal" if internal else "direct",
        title=one_line(clean(string(dig(raw, "conversation", "subject")), 300)),
        answerable=not ours and dig(raw, "conversation", "isRepliable") is not False,
        can=frozenset() if ours or gone else frozenset({"block"}),
        extra={"modmail": talk, **(TIME_UNKNOWN if created is None else {})},
    )


async def send(client: Client, account: Account, outgoing: Outgoing) -> Sent:
    """Answers in a conversation, under our own name.

    Raises:
        Retryable: with `maybe_done` when it may have been written.
        SourceError: by what to do next.
    """
    talk = _talk(outgoing)
    form = {"body": outgoing.text, "isAuthorHidden": "false", "isInternal": "false"}
    data = await api.post(client, account, f"{LIST}/{talk}", form)
    messages = dig(data, "messages")
    known = {outgoing.parent.id, *outgoing.known}
    for raw in _newest(messages):
        own = f"{MARK}{identifier(raw.get('id'))}"
        if own not in known and _same(raw, outgoing, account):
            return _sent(raw, outgoing, client.clock())
    raise Retryable("Reddit took the answer but did not say what it became", maybe_done=True)


async def find_sent(client: Client, account: Account, outgoing: Outgoing) -> Sent | Unsure | None:
    """Looks for an answer of our own among the messages of its conversation.

    Raises:
        SourceError: nothing can be said now.
    """
    data = await api.get(client, account, f"{LIST}/{_talk(outgoing)}", [("markRead", "false")])
    if not isinstance(dig(data, "messages"), dict):
        raise Retryable("Reddit did not show the conversation")
    unsure: Unsure | None = None
    skew = client.skew(api.base(account)) or 0
    for raw in _newest(data["messages"]):
        own = f"{MARK}{identifier(raw.get('id'))}"
        by = string(dig(raw, "author", "name")).casefold()
        if by != account.account_id.casefold() or own in outgoing.known:
            continue
        in_time = (instant(raw.get("date")) or 0) >= outgoing.sent_before + skew - CLOCK_ERROR
        if in_time and _same(raw, outgoing, account):
            return _sent(raw, outgoing, client.clock())
        if in_time or _same(raw, outgoing, account):
            unsure = unsure or Unsure(own, one_line(clean(string(raw.get("bodyMarkdown")), 300)))
    return unsure


def _talk(outgoing: Outgoing) -> str:
    talk = outgoing.parent.extra.get("modmail", "")
    if not talk.isalnum():
        raise Refused("the message that it answers is not of modmail")
    return talk


def _newest(messages: object) -> list[dict[str, Any]]:
    found = [each for each in messages.values() if isinstance(each, dict)] if isinstance(messages, dict) else []
    return sorted(found, key=lambda raw: instant(raw.get("date")) or 0, reverse=True)


def _same(raw: Mapping[str, Any], outgoing: Outgoing, account: Account) -> bool:
    text = " ".join(clean(string(raw.get("bodyMarkdown"))).split())
    ours = string(dig(raw, "author", "name")).casefold() == account.account_id.casefold()
    return ours and text == " ".join(clean(outgoing.text).split()) and raw.get("isInternal") is not True


def _sent(raw: Mapping[str, Any], outgoing: Outgoing, present: Instant) -> Sent:
    own = f"{MARK}{identifier(raw.get('id'))}"
    return Sent(own, outgoing.parent.url, instant(raw.get("date")) or present, outgoing.conversation)

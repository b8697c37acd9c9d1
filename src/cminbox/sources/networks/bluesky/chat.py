"""Direct messages, which another service keeps (lexicons chat.bsky.convo): our server passes the calls on to it.

An app password reads them only where its box for direct messages was ticked. A conversation is one with a person, or a
group. Each that changed since it was read last is read down to what is known.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from cminbox.errors import AuthError, DataError, Denied, NotThere, RateLimited, Refused, Retryable, SourceError
from cminbox.model import TIME_UNKNOWN, Author, Instant, Message, is_plausible
from cminbox.sources.contract import LONGEST_BACKFILL, Account, Outgoing, Page, Sent, Unsure
from cminbox.sources.items import one_item
from cminbox.sources.json_values import dig, instant, string
from cminbox.sources.networks.bluesky import api
from cminbox.sources.networks.bluesky.post import checked_id, embedded, handle_of, told_text
from cminbox.sources.newest_first import Listed, NewestFirst, Reached
from cminbox.sources.paging import load_cursor
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.http import Answer, Client

STREAM = "messages"
SERVICE = "did:web:api.bsky.chat#bsky_chat"
NOT_ALLOWED = (
    "direct messages are not read: the app password does not allow it; make one with the box for direct messages "
    "ticked, or set dms = false"
)
MOST_KNOWN = 100
MOST_CONVERSATIONS = 200
MOST_LISTED = 10
MOST_READ = 50
"""Conversations that are read in one poll."""


def judge(answer: Answer) -> SourceError | None:
    """As `api.judge`; but here `InvalidToken` means that this session may not do it, while the account is well."""
    if answer.status in (400, 403) and string(dig(answer.data, "error")) in ("InvalidToken", "ScopeMissingError"):
        return Denied(f"{answer.host} refused ({answer.status}): {NOT_ALLOWED}")
    return api.judge(answer)


async def pages(client: Client, account: Account, cursor: str) -> AsyncIterator[Page]:
    """What is new in direct messages; nothing, and said once, where they may not be read."""
    if account.options.get("dms", True) is False:
        return
    kept = load_cursor(cursor)
    told = string(kept.get("told"))
    mailbox = _Mailbox(client, account, kept if kept.get("of") == account.account_id else {})
    if not api.reads_messages(account):
        note = NOT_ALLOWED
    else:
        try:
            async for page in mailbox.pages():
                yield page
            note = ""
        except Denied:
            note = NOT_ALLOWED
        except SourceError as error:
            if isinstance(error, AuthError | RateLimited):
                raise
            # Another service keeps them: what is public is read whatever became of it.
            note = f"direct messages could not be read: {error.message}"
    if note != told:
        # It is said once, and not with each poll.
        notes = (note,) if note else ()
        yield Page((), STREAM, json.dumps({**mailbox.cursor(), "told": note}), notes=notes)


class _Mailbox:
    """The conversations of one account, during one poll."""

    def __init__(self, client: Client, account: Account, kept: Mapping[str, Any]) -> None:
        self._client = client
        self._account = account
        raw = kept.get("convos")
        self._reached: dict[str, tuple[str, Reached]] = {}
        for own, each in raw.items() if isinstance(raw, dict) else ():
            self._reached[own] = string(dig(each, "rev")), Reached.load(dig(each, "reached"))
        self._behind = kept.get("behind") is True
        self._told = string(kept.get("told"))
        self._floor = client.clock() - min(account.backfill_ms, LONGEST_BACKFILL)

    def cursor(self) -> dict[str, Any]:
        """What the next poll needs to go on."""
        newest = list(self._reached.items())[-MOST_CONVERSATIONS:]
        convos = {own: {"rev": rev, "reached": _shorter(reached).dump()} for own, (rev, reached) in newest}
        return {"of": self._account.account_id, "convos": convos, "behind": self._behind, "told": self._told}

    async def pages(self) -> AsyncIterator[Page]:
        """What is new, conversation by conversation; of many that changed those that did last, the others later."""
        changed: list[dict[str, Any]] = []
        at = ""
        for _ in range(MOST_LISTED):
            params = [("limit", "100"), *([("cursor", at)] if at else [])]
            data = await self._query("listConvos", params)
            convos = data.get("convos")
            listed = [each for each in convos if isinstance(each, dict)] if isinstance(convos, list) else []
            fresh = [each for each in listed if self._changed(each)]
            changed += fresh
            at = string(data.get("cursor"))
            if not at or not (fresh or self._behind):
                break
        self._behind = len(changed) > MOST_READ
        for convo in changed[:MOST_READ]:
            try:
                async for page in self._read(convo):
                    yield page
            except Refused as error:
                yield self._passed_over(convo, error)

    def _changed(self, convo: Mapping[str, Any]) -> bool:
        own, rev = string(convo.get("id")), string(convo.get("rev"))
        if not own or clean(own) != own:
            return False
        known = self._reached.get(own)
        last = instant(dig(convo, "lastMessage", "sentAt"))
        if known is None and last is not None and last < self._floor:
            return False
        return known is None or known[0] != rev or bool(known[1].gaps)

    async def _read(self, convo: Mapping[str, Any]) -> AsyncIterator[Page]:
        own = string(convo.get("id"))

        async def fetch(at: str) -> Listed[Mapping[str, Any]]:
            params = [("convoId", own), ("limit", "100"), *([("cursor", at)] if at else [])]
            data = await self._query("getMessages", params)
            found = data.get("messages")
            items = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
            return Listed(items, string(data.get("cursor")))

        before, reached = self._reached.pop(own, ("", Reached()))
        walk: NewestFirst[Mapping[str, Any]] = NewestFirst(
            fetch, lambda each: string(each.get("id")), lambda each: instant(each.get("sentAt")), floor=self._floor
        )
        self._reached[own] = before, reached
        async for items, now in walk.steps(reached):
            skipped: list[DataError] = []
            messages: list[Message] = []
            for item in reversed(items):
                # What was deleted, and what the service itself says in a group, is nobody's word.
                if not (string(item.get("$type")) or "#messageView").endswith("#messageView"):
                    continue
                with one_item(skipped):
                    messages.append(parse(item, convo, self._account, self._client.clock()))
            self._reached[own] = before, now
            yield Page(tuple(messages), STREAM, json.dumps(self.cursor()), skipped=tuple(skipped), more=bool(now.gaps))
        # Only now: a cut before it has the conversation read again.
        self._reached[own] = string(convo.get("rev")), self._reached[own][1]
        yield Page((), STREAM, json.dumps(self.cursor()))

    def _passed_over(self, convo: Mapping[str, Any], error: Refused) -> Page:
        """What is said where one conversation may not be read: it keeps no other back, and is asked for again once it
        changes.
        """
        own = string(convo.get("id"))
        reached = self._reached[own][1]
        self._reached[own] = string(convo.get("rev")), Reached(reached.known, reached.newest)
        note = f"a conversation of direct messages could not be read: {error.message}"
        return Page((), STREAM, json.dumps(self.cursor()), notes=(note,))

    async def _query(self, method: str, params: list[tuple[str, str]]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = await api.query(
            self._client, self._account, f"chat.bsky.convo.{method}", params, proxy=SERVICE, judged_by=judge, tries=1
        )
        return found


def _shorter(reached: Reached) -> Reached:
    return Reached(reached.known[:MOST_KNOWN], reached.newest, reached.gaps)


def parse(raw: object, convo: Mapping[str, Any], account: Account, fetched_at: Instant) -> Message:
    """A direct message.

    Raises:
        DataError: it has no id, no sender, no text.
    """
    own, sender, text = dig(raw, "id"), checked_id(dig(raw, "sender", "did")), dig(raw, "text")
    place = checked_id(convo.get("id"))
    if not isinstance(text, str):
        raise DataError(f"message {clean(string(own), 60)!r} has no text")
    sent = instant(dig(raw, "sentAt"))
    known = sent is not None and is_plausible(sent, fetched_at)
    members = convo.get("members")
    listed = [each for each in members if isinstance(each, dict)] if isinstance(members, list) else []
    people = {string(each.get("did")): each for each in listed}
    others = [did for did in people if did and did != account.account_id]
    # Of a group not all members are told.
    group = string(dig(convo, "kind", "$type")).endswith("#groupConvo")
    peer = others[0] if len(others) == 1 and not group else ""
    person = people.get(sender, {})
    ours = sender == account.account_id
    return Message(
        id=checked_id(f"{place}/{checked_id(own)}"),
        conversation=f"dm:{peer or place}",
        author=Author(
            id=sender,
            handle=handle_of(person),
            name=one_line(clean(string(dig(person, "displayName")), 200)),
            url=f"https://bsky.app/profile/{sender}",
        ),
        text=told_text(text, dig(raw, "facets")),
        created_at=min(sent, fetched_at) if known and sent is not None else fetched_at,
        kind="dm",
        direction="out" if ours else "in",
        url=f"https://bsky.app/messages/{place}",
        visibility="direct",
        answerable=not ours and not string(dig(convo, "kind", "lockStatus")).startswith("locked"),
        attachments=embedded(dig(raw, "embed"), sender),
        can=frozenset() if ours else frozenset({"block", "mute", "report-spam"}),
        extra={"convo": place, **({} if known else TIME_UNKNOWN)},
    )


async def send(client: Client, account: Account, outgoing: Outgoing, facets: list[dict[str, Any]]) -> Sent:
    """Sends a direct message, once; the network knows no key."""
    place = outgoing.parent.extra["convo"]
    message: dict[str, object] = {"text": outgoing.text, **({"facets": facets} if facets else {})}
    body = {"convoId": place, "message": message}
    try:
        made = await api.procedure(client, account, "chat.bsky.convo.sendMessage", body, proxy=SERVICE, judged_by=judge)
    except NotThere as error:
        raise Refused(f"{error.message}; the conversation may be no longer there") from None
    own, sent = string(dig(made, "id")), instant(dig(made, "sentAt"))
    if not own:
        raise Retryable("the server took the message but did not say what it became", maybe_done=True)
    return Sent(f"{place}/{own}", f"https://bsky.app/messages/{place}", sent or client.clock(), outgoing.conversation)


async def find_sent(client: Client, account: Account, outgoing: Outgoing) -> Sent | Unsure | None:
    """Looks for a message among those of its conversation since it was first tried.

    Raises:
        Retryable: the conversation is too long to be read back to the first try.
        SourceError: it cannot be read now.
    """
    place = outgoing.parent.extra["convo"]
    since = api.earliest(client, account, outgoing.sent_before)
    at, unsure, shown = "", None, False
    wanted = _spaced(outgoing.text)
    for _ in range(MOST_LISTED):
        params = [("convoId", place), ("limit", "100"), *([("cursor", at)] if at else [])]
        data = await api.query(client, account, "chat.bsky.convo.getMessages", params, proxy=SERVICE, judged_by=judge)
        found = data.get("messages")
        items = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
        shown = shown or bool(items)
        for each in items:
            own, text = f"{place}/{string(each.get('id'))}", string(each.get("text"))
            sent = instant(each.get("sentAt"))
            if string(dig(each, "sender", "did")) != account.account_id or own in outgoing.known:
                continue
            if sent is not None and sent < since:
                continue
            url = f"https://bsky.app/messages/{place}"
            if sent is not None and _spaced(text) == wanted:
                return Sent(own, url, sent, outgoing.conversation)
            unsure = unsure or Unsure(own, one_line(clean(text, 2000)), url)
        at = string(data.get("cursor"))
        oldest = min((instant(each.get("sentAt")) or 0 for each in items), default=0)
        if not at or oldest < since:
            if not shown:
                raise Retryable("the network does not show the conversation")
            return unsure
    raise Retryable("the conversation cannot be read back to the first try")


def _spaced(text: str) -> str:
    return " ".join(clean(text).split())

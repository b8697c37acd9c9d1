"""Private messages of a Page (Messenger) and of an Instagram account: one conversation for each person.

Facts are those of docs/messenger-platform/conversations, reference/send-api and policy/policy-overview: of each
conversation the 20 newest messages can be read; a person may be answered for 24 hours after they wrote, and for 7 days
by somebody whose app has the Human Agent feature.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from json import dumps
from typing import Any, Protocol

from cminbox.errors import AuthError, DataError, Refused, Retryable, SourceError
from cminbox.model import DAY, WEEK, Attachment, AttachmentKind, Author, Instant, Message, is_plausible
from cminbox.sources.contract import Account, Outgoing, Page, Sent, Unsure
from cminbox.sources.items import one_item
from cminbox.sources.json_values import dig, identifier, instant, string, web_address, whole_number
from cminbox.sources.look_up import Candidate, chosen
from cminbox.sources.meta.graph import Graph, Item, Wanted, checked_id, floor_of, page_of
from cminbox.sources.meta.judge import code_of
from cminbox.sources.meta.posts import key_of, resume
from cminbox.sources.meta.sent import earliest
from cminbox.sources.newest_first import Listed, NewestFirst, Reached
from cminbox.sources.times import read_time
from cminbox.text import clean, one_line

CONVERSATIONS = "conversations"
MOST_MESSAGES = 20
MOST_KNOWN = 60
WINDOW = DAY
AGENT_WINDOW = WEEK
PRIVATE_REPLY = WEEK
"""How long after a comment its author may be written to in private, once."""
HUMAN_AGENT = "human_agent"

_FIELDS = "id,created_time,from,to,message,attachments,shares,sticker"
_PLAIN = "id,created_time,from,to,message"
_ANSWERED = 10900
"""Meta's code: this comment was answered in private before."""


class ParseMessage(Protocol):
    """Understands a private message."""

    def __call__(self, raw: Item, others: Sequence[Item]) -> Message:
        """The message, in a conversation in which these others take part."""


@dataclass(slots=True)
class Direct:
    """The private messages of an account.

    Args:
        node: whose they are: the Page, or the Instagram account where there is no Page.
        platform: `messenger` or `instagram`.
        parse: a message of a conversation.
        ours: ids and handles that are our own account there.
        longest: the longest text, in characters or, on Instagram, in bytes.
        plain: whether to ask for texts alone.
    """

    graph: Graph
    node: str
    platform: str
    parse: ParseMessage
    ours: frozenset[str]
    longest: int
    plain: bool = False

    async def pages(self, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
        """What is new, conversation by conversation, the newest first."""
        account = self.graph.account
        kept = resume(cursors.get(CONVERSATIONS, ""), account)
        floor = floor_of(self.graph)
        # Later, what is older than the first poll reached is passed over: it would be taken for new.
        since = whole_number(kept.get("since")) or 0
        walk = NewestFirst[Item](
            self._listed, _changed, lambda item: read_time(item.get("updated_time")), floor, most=20
        )
        async for items, reached in walk.steps(Reached.load(kept)):
            skipped: list[DataError] = []
            for item in items:
                page = None
                with one_item(skipped):
                    page = self._conversation(item, cursors, since)
                if page is not None:
                    yield page
            cursor = dumps({"of": account.account_id, "since": since or floor, **reached.dump()})
            if items or cursor != cursors.get(CONVERSATIONS, ""):
                yield Page((), CONVERSATIONS, cursor, skipped=tuple(skipped), more=bool(reached.gaps))

    async def send(self, outgoing: Outgoing) -> Sent:
        """Sends an answer, once; a private one to a comment goes by the comment, into its author's conversation."""
        self._check_length(outgoing.text)
        now = self.graph.client.clock()
        if outgoing.private:
            try:
                return self._sent(await self._to_author(outgoing.parent, outgoing.text), outgoing, now)
            except Refused as error:
                if code_of(error)[0] != _ANSWERED:
                    raise
                refusal = Refused("its author was written to in private before, and the network allows that once")
                refusal.answered(error)
                raise refusal from None
        late = now >= outgoing.parent.created_at + WINDOW
        form = {} if self.platform == "instagram" else {"messaging_type": "RESPONSE"}
        if late and self.graph.account.options.get(HUMAN_AGENT) is True:
            form = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        recipient = dumps({"id": _peer_of(outgoing.parent)})
        message = dumps({"text": outgoing.text}, ensure_ascii=False)
        said = await self.graph.post(self.node, "messages", form={"recipient": recipient, "message": message, **form})
        return self._sent(said, outgoing, now)

    def _sent(self, said: Item, outgoing: Outgoing, now: Instant) -> Sent:
        own, peer = checked_id(said.get("message_id")), checked_id(said.get("recipient_id"))
        if not own:
            raise Retryable("the network took the message but did not say what it became", maybe_done=True)
        return Sent(own, "", now, f"dm:{peer}" if outgoing.private and peer else outgoing.conversation)

    async def told(self, comment: Message, text: str) -> str:
        """Writes to the author of a comment in private, as far as the network lets us.

        Returns:
            Why they were not told: a comment is hidden or deleted all the same. Empty where they were.

        Raises:
            SourceError: nobody knows, or another time.
        """
        if self.graph.client.clock() >= comment.created_at + PRIVATE_REPLY:
            return "its author was not told: the comment is older than 7 days"
        try:
            self._check_length(text)
            await self._to_author(comment, text)
        except (Refused, AuthError) as error:
            if code_of(error)[0] == _ANSWERED:
                return await self._told_before(comment, text)
            return f"its author was not told: {error.message}"
        return ""

    async def _told_before(self, comment: Message, text: str) -> str:
        """As `told`, where the author was written to before: by a try whose answer was lost, or with other words."""
        before = "they were written to in private before, and the network allows that once"
        sought = Outgoing("", text, comment.conversation, comment, sent_before=comment.created_at, private=True)
        try:
            found = await self.find(sought)
        except SourceError:
            return f"nobody knows whether its author was told this: {before}"
        return "" if isinstance(found, Sent) else f"its author was not told: {before}"

    async def _to_author(self, message: Message, text: str) -> Item:
        """What the network says to a private message to the author of a comment, or of a post of theirs."""
        recipient = {"post_id" if message.kind == "post" else "comment_id": message.id}
        form = {"recipient": dumps(recipient), "message": dumps({"text": text}, ensure_ascii=False)}
        return await self.graph.post(self.node, "messages", form=form)

    async def find(self, outgoing: Outgoing) -> Sent | Unsure | None:
        """Looks for an answer among the newest messages of its conversation.

        Raises:
            SourceError: nothing can be said now, as where not even the conversation is given.
        """
        peer = _peer_of(outgoing.parent)
        named = _is_named(peer)
        found = await (self._listed(user_id=peer) if named else self._listed())
        listed = [each for item in found.items for each in _messages(item)]
        if not listed:
            raise Retryable("the network does not show the conversation")
        since = earliest(self.graph, outgoing.sent_before)
        messages, skipped = list[Message](), list[DataError]()
        for item in listed:
            with one_item(skipped):
                messages.append(self.parse(item, ()))
        ours = [Candidate(each) for each in messages if each.direction == "out" and each.created_at >= since]
        if (sent := chosen(ours, outgoing, since)) is not None:
            return sent
        if not named:
            raise Retryable("the network does not say whose conversation it is, and the newest ones do not show it")
        if skipped:
            raise Retryable("some messages of the conversation cannot be read")
        times = [each.created_at for each in messages]
        if len(listed) >= MOST_MESSAGES and min(times, default=0) >= since:
            raise Retryable("the conversation does not reach back to when the answer was sent")
        return None

    async def _listed(self, at: str = "", **params: str) -> Listed[Item]:
        """A page of conversations; with `user_id` that of one person alone."""
        while True:
            fields = f"{_FIELDS},story" if self.platform == "instagram" else _FIELDS
            nested = f"messages.limit({MOST_MESSAGES}){{{_PLAIN if self.plain else fields}}}"
            wanted = Wanted(("id", "updated_time", "participants", nested), (), 20)
            try:
                return await self.graph.listed(
                    self.node, "conversations", wanted=wanted, at=at, platform=self.platform, **params
                )
            except Refused as error:
                if self.plain or code_of(error)[0] != 100:
                    raise
                self.plain = True  # one field is refused: what was said comes without what was attached

    def _conversation(self, item: Item, cursors: Mapping[str, str], since: Instant) -> Page | None:
        own = checked_id(item.get("id"))
        if not own:
            raise DataError("a conversation without an id")
        stream = f"direct {own}"
        account = self.graph.account
        kept = resume(cursors.get(stream, ""), account)
        known = [str(each) for each in kept.get("known", [])] if isinstance(kept.get("known"), list) else []
        others = [each for each in _people(item.get("participants")) if not is_ours(each, self.ours)]
        listed = _messages(item)
        fresh = [each for each in listed if key_of(each) not in known]
        messages, skipped = list[Message](), list[DataError]()
        for each in reversed(fresh):
            with one_item(skipped):
                message = self.parse(each, others)
                if message.created_at >= since:
                    messages.append(message)
        notes: tuple[str, ...] = ()
        if known and fresh and len(fresh) == len(listed) >= MOST_MESSAGES:
            notes = ("20 messages or more came at once from one person; the network gives the newest 20",)
        now = [*(key_of(each) for each in fresh), *known][:MOST_KNOWN]
        if not fresh:
            return None
        cursor = dumps({"of": account.account_id, "known": now})
        return Page(tuple(messages), stream, cursor, skipped=tuple(skipped), notes=notes)

    def _check_length(self, text: str) -> None:
        size, unit = (len(text.encode()), "bytes") if self.platform == "instagram" else (len(text), "characters")
        if size > self.longest:
            raise Refused(f"a private message there may have {self.longest} {unit}, and this has {size}")


def is_ours(person: object, ours: frozenset[str]) -> bool:
    """Whether a person of a message is our own account, by id or by handle."""
    names = (checked_id(dig(person, "id")), checked_id(dig(person, "user_id")), string(dig(person, "username")))
    return any(name and name in ours for name in names)


def parse_message(
    raw: object,
    account: Account,
    ours: frozenset[str],
    others: Sequence[Item] = (),
    fetched_at: Instant = 0,
) -> Message:
    """A private message.

    Args:
        others: who else takes part in its conversation.
        fetched_at: the present, which no message is newer than by much; 0: not looked at.

    Raises:
        DataError: it has no id, no time, or nobody it can belong to.
    """
    own = checked_id(dig(raw, "id"))
    if not isinstance(raw, dict) or not own:
        raise DataError("a message without an id")
    when = instant(raw.get("created_time"))
    if when is None or (fetched_at and not is_plausible(when, fetched_at)):
        raise DataError(f"message {own[:80]!r} has no time")
    writer = raw.get("from")
    out = is_ours(writer, ours)
    receivers = [each for each in _people(raw.get("to")) if not is_ours(each, ours)]
    peer = next((found for each in (receivers if out else [writer]) if (found := checked_id(dig(each, "id")))), "")
    peer = peer or next((found for each in others if (found := checked_id(dig(each, "id")))), "")
    author_id = checked_id(dig(writer, "id")) or (peer if not out else "") or f"unknown:{own}"
    text = clean(string(raw.get("message")))
    attachments, title = _attachments(raw)
    if not text.strip() and not attachments:
        title = title or "A message that can be seen in the app alone"
    window = AGENT_WINDOW if account.options.get(HUMAN_AGENT) is True else WINDOW
    return Message(
        id=own,
        conversation=f"dm:{peer or author_id}",
        author=Author(
            id=author_id,
            handle=one_line(clean(string(dig(writer, "username")), 200)),
            name=one_line(clean(string(dig(writer, "name")), 200)),
        ),
        text=text,
        created_at=when,
        kind="dm",
        direction="out" if out else "in",
        visibility="direct",
        title=title,
        answerable=not out and bool(peer),
        attachments=attachments,
        can=frozenset(),
        answer_until=None if out else when + window,
    )


def _attachments(raw: Mapping[str, Any]) -> tuple[tuple[Attachment, ...], str]:
    """What a message brings beside its text, and what that is in words where it is no file of theirs."""
    found: list[Attachment] = []
    title = ""
    for name, words in (("mention", "Mentioned you in a story"), ("reply_to", "Answer to your story")):
        if isinstance(story := dig(raw, "story", name), dict):
            title = words
            link = web_address(story.get("link"))
            # A story ends after a day, and its picture with it; the message stays.
            found.append(Attachment("picture", link, "story", gone=not link))
    for each in _data(raw.get("attachments")):
        found.append(_attachment(each))
    for each in _data(raw.get("shares")):
        if link := web_address(each.get("link")):
            found.append(Attachment("file", link, one_line(clean(string(each.get("name")), 500)) or "shared post"))
    if sticker := web_address(raw.get("sticker")):
        found.append(Attachment("picture", sticker, "sticker"))
    return tuple(found), title


def _attachment(each: Item) -> Attachment:
    kind = _KINDS.get(string(each.get("mime_type")).partition("/")[0])
    address = web_address(each.get("file_url"))
    for name, one in _DATA_KINDS.items():
        if isinstance(each.get(name), dict):
            kind = kind or one
            address = web_address(dig(each, name, "url")) or web_address(dig(each, name, "preview_url")) or address
    return Attachment(kind or "file", address, one_line(clean(string(each.get("name")), 500)), gone=not address)


_KINDS: Mapping[str, AttachmentKind] = {"image": "picture", "video": "film", "audio": "sound"}
_DATA_KINDS: Mapping[str, AttachmentKind] = {"image_data": "picture", "video_data": "film"}


def _messages(item: Item) -> list[Item]:
    """The messages within a conversation, newest first."""
    nested = item.get("messages")
    if not isinstance(nested, dict):
        return []
    return list(page_of(nested).items)


def _data(value: object) -> list[Item]:
    listed = dig(value, "data")
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


_people = _data


def _changed(item: Item) -> str:
    """A conversation as it was when something came last: it is new again with the next message."""
    return f"{key_of(item)} {identifier(item.get('updated_time'))}"


def _peer_of(message: Message) -> str:
    return message.conversation.removeprefix("dm:") if message.direction == "out" else message.author.id


def in_conversation(outgoing: Outgoing, message: Message) -> bool:
    """Whether a message that was read back stands in the conversation into which this goes."""
    if not outgoing.private:
        return message.conversation == outgoing.conversation
    peer = outgoing.parent.author.id
    return message.kind == "dm" and (message.conversation == f"dm:{peer}" or not _is_named(peer))


def _is_named(person: str) -> bool:
    """Whether this is a person's id; the network keeps back who wrote some comments."""
    return not person.startswith(("unknown:", "user:"))

"""Verbs on the network: like, hide, delete and the others, given to the outbox for the message that a person chose.

Each is held for the undo countdown, like a reply. What stands already is taken back by the same verb. Nothing here says
that it was done: that is the network's word, which the engine stores.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self, Unpack

from cminbox.desk.action import Action, ActionContext, Change, Reversal
from cminbox.desk.context import DeskContext
from cminbox.duration import format_duration
from cminbox.errors import ActionError, ConfigError, UsageError
from cminbox.members import MAY_MANAGE
from cminbox.model import (
    CHOSEN_MESSAGE,
    DOING,
    DONE,
    OF_AUTHORS,
    SECOND,
    TAKING,
    Conversation,
    Instant,
    NetworkAction,
    StoredMessage,
    Verb,
)
from cminbox.outbox_states import EventName, accepted_until
from cminbox.sources import registry
from cminbox.sources.contract import Info, VerbInfo
from cminbox.store import Connection, conversations, events, messages, network_actions, outgoing, sources
from cminbox.store.changes import NewOutgoing, OutgoingChanges
from cminbox.text import clean, one_line


@dataclass(frozen=True)
class OnNetwork(Action):
    """A verb on a message of each conversation, or on its author; taken back where it stands already.

    Attributes:
        reason: why, for what takes something from a person: a title of `reasons.toml`, or the member's own words.
        message_id: which message of the conversation; None for its newest that waits.
    """

    reason: str = ""
    message_id: int | None = None
    verb: ClassVar[Verb]
    remembered: ClassVar[tuple[str, ...]] = ("reason", "message_id")

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        """From the words of a reason; `message:12` before them chooses the message with that id."""
        words, chosen = list(args), None
        if words and words[0].startswith(CHOSEN_MESSAGE):
            number = words.pop(0).removeprefix(CHOSEN_MESSAGE)
            if not (number.isascii() and number.isdigit()):
                raise UsageError(f"{number!r} is no message's number")
            chosen = int(number)
        return cls(one_line(clean(" ".join(words))), chosen)

    def prepare(self, ctx: ActionContext) -> None:
        if ctx.member.role not in MAY_MANAGE:
            raise ActionError(f"a {ctx.member.role} cannot {self.verb} on the network", "a lead or a responder can")

    def prefetch(self, ctx: ActionContext, ids: Sequence[int]) -> None:
        """Of many, what is not yet so is done; only where all stand so, all are taken back."""
        if "undo" not in ctx.memo:
            targets = [target for number in ids if (target := self._target(ctx.conn, number)) is not None]
            ctx.memo["undo"] = bool(targets) and all(self._is_wanted(ctx.conn, target) for target in targets)

    def _is_wanted(self, conn: Connection, target: StoredMessage) -> bool:
        """Whether it stands so, or is about to."""
        action = network_actions.on_its_way(conn, target, self.verb)
        return network_actions.stands(conn, target, self.verb) if action is None else not action.undo

    def _target(self, conn: Connection, conversation_id: int) -> StoredMessage | None:
        """The message that it is for."""
        if self.message_id is not None:
            chosen = messages.get(conn, self.message_id)
            return chosen if chosen is not None and chosen.conversation_id == conversation_id else None
        theirs = messages.inbound(conn, conversation_id)
        if self.verb == "release":
            theirs = [message for message in theirs if message.held]
        return theirs[-1] if theirs else None

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        target = self._target(ctx.conn, row.id)
        if target is None:
            if self.message_id is not None:
                return "that message is of another conversation"
            return "nothing here is held for review" if self.verb == "release" else "there is no message of theirs"
        info, why = verb_info(row.network, self.verb)
        if info is None:
            return why
        undo = bool(ctx.memo.get("undo"))
        return self._why_not(ctx.conn, row, target, info, undo=undo)

    def _why_not(
        self, conn: Connection, row: Conversation, target: StoredMessage, info: VerbInfo, *, undo: bool
    ) -> str | None:
        source = sources.get(conn, row.source_id)
        if source is None or not source.polled:
            return f"nothing is sent through {row.source}: config.toml does not name it"
        if not (info.others if target.inbound else info.own):
            whose = "our own messages" if target.inbound else "messages of others"
            return f"{row.network} lets one {self.verb} only {whose}"
        last = network_actions.last_done(conn, target, self.verb)
        restored = self.verb == "delete" and undo and info.undo and last is not None and not last.undo
        if target.deleted_at is not None and self.verb not in OF_AUTHORS and not restored:
            return "it was deleted on the network"
        if not undo and target.can is not None and self.verb not in target.can:
            why = f": {info.only}" if info.only else ""
            return f"{row.network} does not let us {self.verb} this one{why}"
        action = network_actions.on_its_way(conn, target, self.verb)
        if action is not None and action.undo is undo:
            return f"{action.member} is {DOING[self.verb]} it already"
        if action is not None:
            return None if action.status == "held" else f"it is on its way to the network ({action.status})"
        if self.verb == "release" and not target.held and (last is None or not info.undo):
            return "it is not held for review"
        if network_actions.stands(conn, target, self.verb) is not undo:
            return "already so"
        if undo and not info.undo:
            return f"{row.network} cannot take it back: {DONE[self.verb]} is {DONE[self.verb]}"
        if self.verb in TAKING and target.inbound and not undo and not self.reason:
            return f"say why: {self.verb} REASON"
        return None

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        target = self._target(ctx.conn, row.id)
        assert target is not None  # noqa: S101 - `refuse` has seen that there is one
        action = network_actions.on_its_way(ctx.conn, target, self.verb)
        if action is not None:
            network_actions.move(ctx.conn, action.id, "withdrawn", ctx.now, held_until=None)
            return Change(undo_data={"withdrawn": action.id})
        number = self._give(ctx, row, target, undo=bool(ctx.memo.get("undo")))
        return Change(undo_data={"action": number})

    def _give(self, ctx: ActionContext, row: Conversation, target: StoredMessage, *, undo: bool) -> int:
        """Give it to the outbox; its id."""
        book = None if ctx.desk.reasons is None or not self.reason else ctx.desk.reasons.load()
        reason = None if book is None else book.get(self.reason)
        values: NewOutgoing = {
            "conversation_id": row.id,
            "source_id": row.source_id,
            "message_id": target.id,
            "status": "held",
            "member": ctx.member.handle,
            "verb": self.verb,
            "undo": undo,
            "reason": reason.title if reason is not None else self.reason,
            "text": "" if reason is None or undo else reason.text_for(target.lang or row.lang),
            "key": uuid.uuid4().hex,
            "created_at": ctx.now,
            "updated_at": ctx.now,
            "held_until": ctx.now + ctx.desk.config.undo_ms,
        }
        return network_actions.insert(ctx.conn, values)

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        """Withdraw what is still held; what was done is undone on the network, where that is possible."""
        conn, now = undo.ctx.conn, undo.ctx.now
        withdrawn = undo.undo_data.get("withdrawn")
        action = network_actions.get(conn, withdrawn or undo.undo_data["action"])
        if action is None:
            undo.too_late = "it is not in the outbox any more"
            return
        if withdrawn:
            _give_again(undo, action, undo=action.undo)
            return
        if action.status == "cancelled":
            # It was withdrawn and given again: what stands for it now is taken back.
            target = messages.get(conn, action.message_id)
            other = None if target is None else network_actions.on_its_way(conn, target, action.verb)
            action = other if other is not None and other.undo is action.undo else action
        if action.status in ("held", "queued", "failed"):
            network_actions.move(conn, action.id, "withdrawn", now, held_until=None)
            conversations.touch(conn, undo.row.id)
        elif action.status in ("sent", "sending", "unknown"):
            info, _ = verb_info(undo.row.network, action.verb)
            if info is None or not info.undo:
                done = "has done it" if action.status == "sent" else "is being asked for it"
                undo.too_late = f"{undo.row.network} {done} and cannot take it back"
            else:
                # What is under way ends first; then this way back is looked at.
                _give_again(undo, action, undo=not action.undo)


def _give_again(reversal: Reversal, action: NetworkAction, *, undo: bool) -> None:
    """Give an action like this one to the outbox; it goes out at once."""
    conn, now = reversal.ctx.conn, reversal.ctx.now
    target = messages.get(conn, action.message_id)
    other = None if target is None else network_actions.on_its_way(conn, target, action.verb)
    if other is not None and other.id != action.id:
        reversal.changed_since.append(f"the {action.verb} (by {other.member})")
        return
    fresh = _like_it(action, member=reversal.ctx.member.handle, undo=undo, now=now)
    network_actions.insert(conn, fresh)
    conversations.touch(conn, reversal.row.id)


def _like_it(action: NetworkAction, *, member: str, undo: bool, now: Instant) -> NewOutgoing:
    """The columns of a new action on the same message."""
    return {
        "conversation_id": action.conversation_id,
        "source_id": action.source_id,
        "message_id": action.message_id,
        "status": "held",
        "member": member,
        "verb": action.verb,
        "undo": undo,
        "reason": action.reason,
        "text": "" if undo else action.text,
        "key": uuid.uuid4().hex,
        "created_at": now,
        "updated_at": now,
        "held_until": now,
    }


def verb_info(network: str, verb: Verb) -> tuple[VerbInfo | None, str]:
    """How a network has a verb; None where it has not, with the reason in words."""
    try:
        info: Info = registry.info(network)
    except ConfigError as error:
        return None, error.message
    found = info.capabilities.verbs.get(verb)
    return found, "" if found else info.capabilities.cannot.get(verb) or f"{info.title} has no {verb}"


def note_of(network: str, verb: Verb) -> str:
    """What a person should know before they do this on a network; may be empty."""
    info, _ = verb_info(network, verb)
    return "" if info is None else "; ".join(filter(None, (info.note, info.only)))


def tells_on(network: str, verb: Verb) -> bool:
    """Whether a network lets us send the text of a reason to the author along."""
    info, _ = verb_info(network, verb)
    return info is not None and info.tells


def needs_reason(conn: Connection, action: OnNetwork, ids: Sequence[int]) -> bool:
    """Whether a person has to say why before this is done: something is taken from somebody, and could be."""
    if action.verb not in TAKING or action.reason:
        return False
    given = replace(action, reason="any")
    for row in conversations.many(conn, ids).values():
        target, (info, _) = given._target(conn, row.id), verb_info(row.network, action.verb)
        if target is None or not target.inbound or info is None or given._is_wanted(conn, target):
            continue
        if given._why_not(conn, row, target, info, undo=False) is None:
            return True
    return False


class Like(OnNetwork):
    """Like the message, as our account."""

    verb, name, done = "like", "like", "on the way: like"


class Boost(OnNetwork):
    """Show the message to who follows our account."""

    verb, name, done = "boost", "boost", "on the way: boost"


class Hide(OnNetwork):
    """Hide the message from others."""

    verb, name, done = "hide", "hide", "on the way: hide"


class DeleteThere(OnNetwork):
    """Delete it on the network."""

    verb, name, done = "delete", "delete-there", "on the way: delete"


class Release(OnNetwork):
    """Let what the network holds for review be seen."""

    verb, name, done = "release", "release", "on the way: release"


class ReportSpam(OnNetwork):
    """Tell the network that it is spam."""

    verb, name, done = "report-spam", "report-spam", "on the way: report-spam"


class Block(OnNetwork):
    """Have its author blocked from our account."""

    verb, name, done = "block", "block", "on the way: block"


class Mute(OnNetwork):
    """See no more of its author."""

    verb, name, done = "mute", "mute", "on the way: mute"


class Pin(OnNetwork):
    """Pin the message to the top of our profile."""

    verb, name, done = "pin", "pin", "on the way: pin"


VERB_ACTIONS: tuple[type[OnNetwork], ...] = (Like, Boost, Hide, DeleteThere, Release, ReportSpam, Block, Mute, Pin)


class VerbDesk:
    """Ends verbs that failed, or of which nobody knows whether they were done.

    Args:
        desk: who works here.
    """

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk

    def cancel(self, action_id: int, *, dry_run: bool = False) -> NetworkAction:
        """Withdraw an action that is held, queued or failed, or unknown and can no longer be accepted.

        Raises:
            ActionError: it is being sent or done, the network may still accept it, or it is another member's.
        """

        def work(conn: Connection) -> NetworkAction:
            action = self._get(conn, action_id)
            self._check_over(action)
            if action.status not in ("held", "queued", "failed", "unknown"):
                raise ActionError(f"the {action.verb} is {action.status}: it can no longer be withdrawn")
            return action if dry_run else self._move(conn, action, "withdrawn", "take back", held_until=None)

        return self._desk.write(work)

    def retry(self, action_id: int, *, dry_run: bool = False) -> NetworkAction:
        """Try an action again that failed, or that is unknown and not there.

        Raises:
            ActionError: it did not fail, the network may still accept it, or another one is on its way.
        """

        def work(conn: Connection) -> NetworkAction:
            action = self._get(conn, action_id)
            if action.status not in ("failed", "unknown"):
                raise ActionError(
                    f"the {action.verb} is {action.status}: only a failed or an unknown one is tried again"
                )
            self._check_over(action)
            target = messages.get(conn, action.message_id)
            other = None if target is None else network_actions.on_its_way(conn, target, action.verb)
            if other is not None and other.id != action.id:
                raise ActionError(f"{other.member} is {DOING[action.verb]} it already")
            if dry_run:
                return action
            new: OutgoingChanges = {**outgoing.NEW_TRIES, "held_until": self._desk.clock()}
            return self._move(conn, action, "retried", "retry", **new)

        return self._desk.write(work)

    def arrived(self, action_id: int, *, dry_run: bool = False) -> NetworkAction:
        """Say of an unknown action that it stands on the network; the engine stores it as done.

        Raises:
            ActionError: it is not unknown, or it is another member's.
        """

        def work(conn: Connection) -> NetworkAction:
            action = self._get(conn, action_id)
            if action.status != "unknown":
                raise ActionError(f"the {action.verb} is {action.status}: only of an unknown one it can be said")
            if dry_run:
                return action
            return self._move(conn, action, "said to be there", "arrived", arrived_by=self._desk.member.handle)

        return self._desk.write(work)

    def _get(self, conn: Connection, action_id: int) -> NetworkAction:
        action, member = network_actions.get(conn, action_id), self._desk.member
        if action is None:
            raise ActionError(f"there is no action {action_id}")
        if action.member != member.handle and member.role != "lead":
            raise ActionError(f"the {action.verb} is {action.member}'s", "a lead can do that for another")
        return action

    def _check_over(self, action: NetworkAction) -> None:
        """What is unknown is left alone as long as the network may accept it."""
        now = self._desk.clock()
        left = accepted_until(action, now) - now
        if action.status == "unknown" and left >= 0:
            raise ActionError(
                f"the {action.verb} is unknown, and the network may still accept it for"
                f" {format_duration(left + SECOND)}",
                "it is looked up until then; :arrived says that it is done",
            )

    def _move(
        self, conn: Connection, action: NetworkAction, event: EventName, logged: str, **changes: Unpack[OutgoingChanges]
    ) -> NetworkAction:
        moved = network_actions.move(conn, action.id, event, self._desk.clock(), **changes)
        event_id = self._desk.add_event(conn, logged, {"outgoing": action.id, "verb": action.verb})
        events.add_item(conn, event_id, action.conversation_id)
        conversations.touch(conn, action.conversation_id)
        return moved

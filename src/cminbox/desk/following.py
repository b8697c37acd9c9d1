"""What people want to hear of later: what comes back when they do not answer, and what they watch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from cminbox.desk.action import Action, ActionContext, Change, Reversal
from cminbox.duration import YEAR, format_duration, parse_duration
from cminbox.errors import ActionError, UsageError
from cminbox.model import MINUTE, Conversation, Instant, Reply
from cminbox.outbox_states import IN_FLIGHT
from cminbox.store import Connection, coming_back, replies, watchers

_LENGTHS = "such as 2d, 12h or 1w; off lets it be"


def read_back(typed: str) -> int | None:
    """After how many milliseconds without an answer something comes back; None for `off`.

    Raises:
        UsageError: it is neither a length of time nor `off`, or less than a minute, or more than a year.
    """
    word = typed.strip().casefold()
    if word in ("off", "no"):
        return None
    try:
        length = parse_duration(word.removeprefix("in "))
    except ValueError:
        raise UsageError(f"{typed!r} is no length of time", _LENGTHS) from None
    if not MINUTE <= length <= YEAR:
        raise UsageError(f"{typed!r} is too {'short' if length < MINUTE else 'long'}", "from a minute to a year")
    return length


@dataclass(frozen=True)
class Back(Action):
    """Bring it back to the queue when they have not written by then; None: no longer.

    Where a reply is on its way, the time counts from when it is sent; else from now.
    """

    after: int | None
    name: ClassVar[str] = "back"
    done: ClassVar[str] = "set"
    remembered: ClassVar[tuple[str, ...]] = ("after",)
    yields_to: ClassVar[frozenset[str]] = frozenset({"back"})

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        """From a length of time, or `off`."""
        return cls(read_back(" ".join(args)))

    def prepare(self, ctx: ActionContext) -> None:
        if self.after is not None and not MINUTE <= self.after <= YEAR:
            raise ActionError("that is no length of time for an answer", _LENGTHS)

    def state_after(self, ctx: ActionContext) -> str:
        if self.after is None:
            return "does not come back"
        return f"comes back after {format_duration(self.after)} without an answer"

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        """Leave alone where they do not owe us an answer, or it is so already."""
        sending = _on_its_way(ctx.conn, row.id)
        if self.after is None:
            set_already = row.back_at is not None or any(reply.back_after is not None for reply in sending)
            return None if set_already else "already so"
        if sending:
            return "already so" if all(reply.back_after == self.after for reply in sending) else None
        if row.status == "spam":
            return "it is spam"
        if row.waiting_since is not None:
            return "they wait for us: it is in the queue"
        return "we wrote nothing there that they could answer" if row.outbound_at is None else None

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        sending = _on_its_way(ctx.conn, row.id)
        before = {str(reply.id): reply.back_after for reply in sending}
        for reply in sending:
            replies.come_back_after(ctx.conn, reply.id, self.after)
        kept = {"replies": before, "after": self.after}
        if self.after is None:
            return Change({"back_at": None, "back_why": ""}, undo_data=kept)
        if sending:
            return Change(undo_data=kept)
        return Change(coming_back.columns(ctx.now, self.after), undo_data=kept)

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        """Let it come back as before, unless they wrote or somebody said otherwise since."""
        undo.restore("when it comes back", "back_at", "back_why")
        for number, before in undo.undo_data["replies"].items():
            reply = replies.get(undo.ctx.conn, int(number))
            if reply is None or reply.back_after != undo.undo_data["after"]:
                undo.changed_since.append("when it comes back")
            else:
                replies.come_back_after(undo.ctx.conn, reply.id, before)
                if reply.status == "sent":
                    _as_if_sent_with(undo, reply, before)


def _on_its_way(conn: Connection, conversation_id: int) -> list[Reply]:
    return [reply for reply in replies.of(conn, conversation_id) if reply.status in IN_FLIGHT]


def _as_if_sent_with(undo: Reversal, reply: Reply, before: int | None) -> None:
    """A reply was sent since: the conversation comes back as it would if it had been sent as it was before."""
    sent_at, after = reply.sent_at or reply.updated_at, undo.undo_data["after"]
    if after is not None and undo.row.back_at == sent_at + after:
        undo.columns |= {"back_at": None, "back_why": ""} if before is None else coming_back.columns(sent_at, before)


@dataclass(frozen=True)
class Watch(Action):
    """Be told of what happens in it."""

    name: ClassVar[str] = "watch"
    done: ClassVar[str] = "watched"

    def state_after(self, ctx: ActionContext) -> str:
        return f"watched by {ctx.member.handle}"

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        return "already so" if ctx.member.handle in row.watchers else None

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        watchers.watch(ctx.conn, row.id, ctx.member.handle, ctx.now)
        now = tuple(sorted({*row.watchers, ctx.member.handle}))
        return Change({"watchers": now}, undo_data={"member": ctx.member.handle})

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        member = undo.undo_data["member"]
        watchers.unwatch(undo.ctx.conn, undo.row.id, member)
        undo.columns["watchers"] = tuple(handle for handle in undo.row.watchers if handle != member)


@dataclass(frozen=True)
class Unwatch(Action):
    """Be told no more of what happens in it."""

    name: ClassVar[str] = "unwatch"
    done: ClassVar[str] = "no longer watched"

    def state_after(self, ctx: ActionContext) -> str:
        return f"not watched by {ctx.member.handle}"

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        return None if ctx.member.handle in row.watchers else "already so"

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        member = ctx.member.handle
        since = watchers.unwatch(ctx.conn, row.id, member)
        now = tuple(handle for handle in row.watchers if handle != member)
        return Change({"watchers": now}, undo_data={"member": member, "since": since})

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        member = undo.undo_data["member"]
        watchers.watch(undo.ctx.conn, undo.row.id, member, undo.undo_data["since"] or undo.ctx.now)
        undo.columns["watchers"] = tuple(sorted({*undo.row.watchers, member}))

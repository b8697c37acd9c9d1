"""Promises on the desk: what a member told a person they would do, whose it is to do, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, ClassVar, Self

from cminbox.desk.action import Action, ActionContext, Change, Reversal
from cminbox.errors import ActionError, UsageError
from cminbox.model import CHOSEN_PROMISE, Conversation, Instant, ToPromise, to_iso
from cminbox.store import promises
from cminbox.store.promises import Promise, PromiseStatus
from cminbox.text import clean, one_line
from cminbox.when import HOST, is_time, parse_when

MOST_TEXT = 200
"""Characters of a promise's text."""
_HINT = "such as: refund booked by Thursday 18:00, or … by tomorrow @jo"
_TIME_WORDS = 3
"""A time has so many words at most."""


def read_promise(typed: str, now: Instant, zone: tzinfo = HOST) -> ToPromise:
    """A promise as people type it: `refund booked by Thursday 18:00`, with `@jo` at its beginning or end where it is
    jo's to keep.

    Args:
        typed: what, `by`, and a time as `when.parse_when` reads it; the `by` may be missing.

    Returns:
        The promise, with an empty owner where none is named.

    Raises:
        UsageError: it says not what, or not by when, or a time that is past.
    """
    words, owner = one_line(clean(typed)).split(), ""
    if len(words) > 1 and words[-1].startswith("@") and len(words[-1]) > 1:
        owner = words.pop().removeprefix("@")
    elif len(words) > 1 and words[0].startswith("@") and len(words[0]) > 1:
        owner = words.pop(0).removeprefix("@")
    text, when = what_and_when(words)
    if not when:
        raise UsageError("by when is it promised?", _HINT)
    if not text:
        raise UsageError("what is promised?", _HINT)
    if len(text) > MOST_TEXT:
        raise UsageError(f"a promise has {MOST_TEXT} characters at most, this one {len(text)}", "say it shorter")
    return ToPromise(text, parse_when(when, now, zone), owner)


def what_and_when(words: Sequence[str]) -> tuple[str, str]:
    """What is to be done, and by when: `refund by thu 18:00`; the time is empty where none stands at the end."""
    places = [place for place, word in enumerate(words) if word.casefold() == "by"]
    for place in reversed(places):
        if is_time(when := " ".join(words[place + 1 :])):
            return " ".join(words[:place]), when
    for many in range(min(_TIME_WORDS, len(words)), 0, -1):
        if is_time(when := " ".join(words[-many:])):
            return " ".join(words[:-many]), when
    return " ".join(words), ""


def typed_promise(promise: ToPromise) -> str:
    """A promise as `read_promise` reads it, its time as one instant wherever it is read."""
    return f"{promise.text} by {to_iso(promise.due_at)}" + (f" @{promise.owner}" if promise.owner else "")


def check_owner(ctx: ActionContext, owner: str) -> None:
    """Look whether a member can have promises.

    Raises:
        ActionError: there is no such member.
    """
    handles = [member.handle for member in ctx.team()]
    if owner not in handles:
        raise ActionError(f"no member {owner!r}", f"members: {', '.join(handles)}")


@dataclass(frozen=True)
class MakePromise(Action):
    """Write down what was promised to a person, and by when; the conversation stays as it is.

    Attributes:
        owner: whose it is to keep; empty: of who writes it down.
    """

    text: str
    due_at: Instant
    owner: str = ""
    name: ClassVar[str] = "promise"
    done: ClassVar[str] = "promised"

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        """From `refund booked by Thursday 18:00`; see `read_promise`."""
        return cls(*read_promise(" ".join(args), now))

    def prepare(self, ctx: ActionContext) -> None:
        if self.due_at <= ctx.now:
            raise ActionError("that time is past", "name one that lies ahead")
        if not self.text.strip():
            raise ActionError("what is promised?", _HINT)
        check_owner(ctx, self._owner(ctx))

    def _owner(self, ctx: ActionContext) -> str:
        return self.owner or ctx.member.handle

    def state_after(self, ctx: ActionContext) -> str:
        return f"promised, {self._owner(ctx)}'s to keep"

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        owner = self._owner(ctx)
        number = promises.add(ctx.conn, row.id, self.text, self.due_at, owner, ctx.member.handle, ctx.now)
        return Change(undo_data={"promise": number, "owner": owner})

    def detail(self) -> dict[str, Any]:
        return {"text": self.text, "until": self.due_at, "to": self.owner}

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        """Take it away, unless somebody ended it or gave it to another since."""
        promise = promises.get(undo.ctx.conn, undo.undo_data["promise"])
        if promise is None or promise.status != "open" or promise.owner != undo.undo_data["owner"]:
            undo.changed_since.append("the promise")
        else:
            promises.remove(undo.ctx.conn, promise)


class _OfPromise(Action):
    """What is done to an open promise: that which is due first, unless another one is named."""

    yields_to: ClassVar[frozenset[str]] = frozenset({"kept", "broken", "withdraw"})

    def prefetch(self, ctx: ActionContext, ids: Sequence[int]) -> None:
        ctx.memo["promises"] = promises.open_in(ctx.conn, ids)

    @property
    def chosen(self) -> int | None:
        """Id of the promise that is meant; None: the one that is due first."""
        return None

    def promise_of(self, row: Conversation, ctx: ActionContext) -> Promise | None:
        """The promise of a conversation that is meant, where it is open."""
        known: list[Promise] = ctx.memo["promises"].get(row.id, [])
        return next((promise for promise in known if self.chosen in (None, promise.id)), None)

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        if self.promise_of(row, ctx) is not None:
            return None
        known = None if self.chosen is None else promises.get(ctx.conn, self.chosen)
        if self.chosen is None:
            return "nothing is promised there"
        if known is None:
            return f"there is no promise {self.chosen}"
        if known.conversation_id != row.id:
            return f"promise {self.chosen} is of conversation {known.conversation_id}"
        return f"the promise is {known.status}"


def _chosen(args: Sequence[str]) -> tuple[int | None, str]:
    """The promise that is named before other words, and these.

    Raises:
        UsageError: what stands where its number should is none.
    """
    first, _, rest = " ".join(args).partition(" ")
    number = first.removeprefix(CHOSEN_PROMISE)
    if number == first:
        return None, " ".join(args)
    if not (number.isascii() and number.isdigit()):
        raise UsageError(f"{number!r} is no promise's number", "cminbox show tells the numbers: promise:2")
    return int(number), rest.strip()


@dataclass(frozen=True)
class EndPromise(_OfPromise):
    """Say how a promise ended.

    Attributes:
        word: what is said of it.
        promise_id: which; None: the one that is due first.
    """

    word: str = ""
    promise_id: int | None = None
    status: ClassVar[PromiseStatus] = "kept"

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        """From what is said of it; `promise:12` before that names the promise with that id."""
        number, word = _chosen(args)
        return cls(one_line(clean(word))[:MOST_TEXT], number)

    @property
    def chosen(self) -> int | None:
        return self.promise_id

    def state_before(self, row: Conversation) -> str:
        return "promised"

    def state_after(self, ctx: ActionContext) -> str:
        return self.status

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        promise = self.promise_of(row, ctx)
        if promise is None:
            raise ActionError("nothing is promised there")
        promises.end(ctx.conn, promise, self.status, ctx.now, ctx.member.handle, self.word)
        return Change(undo_data={"promise": promise.id, "status": self.status, "at": ctx.now})

    def detail(self) -> dict[str, Any]:
        return {"text": self.word} if self.word else {}

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        """Let it be open again, unless somebody changed that since."""
        promise, kept = promises.get(undo.ctx.conn, undo.undo_data["promise"]), undo.undo_data
        if promise is None or (promise.status, promise.ended_at) != (kept["status"], kept["at"]):
            undo.changed_since.append("the promise")
        else:
            promises.reopen(undo.ctx.conn, promise)


@dataclass(frozen=True)
class Kept(EndPromise):
    """Say that a promise was kept."""

    name: ClassVar[str] = "kept"
    done: ClassVar[str] = "kept"


@dataclass(frozen=True)
class Broken(EndPromise):
    """Say that a promise was broken."""

    name: ClassVar[str] = "broken"
    done: ClassVar[str] = "said to be broken"
    status: ClassVar[PromiseStatus] = "broken"


@dataclass(frozen=True)
class Withdraw(EndPromise):
    """Take a promise back: it is neither kept nor broken."""

    name: ClassVar[str] = "withdraw"
    done: ClassVar[str] = "withdrawn"
    status: ClassVar[PromiseStatus] = "withdrawn"


@dataclass(frozen=True)
class GivePromise(_OfPromise):
    """Make a promise another member's to keep.

    Attributes:
        promise_id: which; None: the one that is due first.
    """

    to: str
    promise_id: int | None = None
    name: ClassVar[str] = "promise-to"
    done: ClassVar[str] = "given"
    remembered: ClassVar[tuple[str, ...]] = ("to",)

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        """From `jo` or `@jo`; `promise:12` before that names the promise with that id."""
        number, to = _chosen(args)
        return cls(to.removeprefix("@"), number)

    @property
    def chosen(self) -> int | None:
        return self.promise_id

    def prepare(self, ctx: ActionContext) -> None:
        check_owner(ctx, self.to)

    def state_before(self, row: Conversation) -> str:
        return row.promise_owner

    def state_after(self, ctx: ActionContext) -> str:
        return self.to

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        promise = self.promise_of(row, ctx)
        already = promise is not None and promise.owner == self.to
        return "already theirs" if already else super().refuse(row, ctx)

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        promise = self.promise_of(row, ctx)
        if promise is None:
            raise ActionError("nothing is promised there")
        promises.give(ctx.conn, promise, self.to)
        return Change(undo_data={"promise": promise.id, "owner": promise.owner, "given": self.to})

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        """Give it back to who had it, unless it was given on or ended since."""
        promise, kept = promises.get(undo.ctx.conn, undo.undo_data["promise"]), undo.undo_data
        if promise is None or promise.status != "open" or promise.owner != kept["given"]:
            undo.changed_since.append("the promise")
        else:
            promises.give(undo.ctx.conn, promise, kept["owner"])

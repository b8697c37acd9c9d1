"""What people correct of what the program found: sentiment, language, signals, whether an answer is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, cast

from cminbox.desk.action import (
    RESCORE_NOW,
    Action,
    ActionContext,
    Change,
    Reversal,
    life_columns,
    sla_of,
)
from cminbox.desk.arguments import is_on, number_between
from cminbox.errors import ActionError, UsageError
from cminbox.model import (
    CORRECTABLE,
    Conversation,
    Instant,
    SentimentClass,
    StoredMessage,
)
from cminbox.store import lifecycle_rows, messages
from cminbox.store.changes import ConversationChanges, MessageChanges

_CORRECTIONS = "write negative, neutral, positive, lang:es, signal:refund, -signal:spam, needs-answer or -needs-answer"
_SENTIMENTS: Mapping[str, float] = {"negative": -0.6, "neutral": 0.0, "positive": 0.6}


def sentiment_class(score: float) -> SentimentClass:
    """The class of a score that a person gave; the thresholds are VADER's own (±0.05)."""
    if score <= -0.05:
        return "negative"
    return "positive" if score >= 0.05 else "neutral"


@dataclass(frozen=True)
class Correct(Action):
    """Correct what was heard in a message of theirs: its sentiment (−1…1), its language, what it does and wants,
    whether it needs an answer.

    Attributes:
        add, remove: signals that it has, and that it has not.
        message_id: which message; None for the newest inbound one.
    """

    sentiment: float | None = None
    lang: str | None = None
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    needs: bool | None = None
    message_id: int | None = None
    name: ClassVar[str] = "correct"
    done: ClassVar[str] = "corrected"
    remembered: ClassVar[tuple[str, ...]] = ("sentiment", "lang", "add", "remove", "needs", "message_id")
    yields_to: ClassVar[frozenset[str]] = frozenset({"correct", "needs-answer"})

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        """From words as a query has them: `negative`, `sentiment:-0.4`, `lang:es`, `signal:refund`, `-signal:spam`,
        `needs-answer`, `-needs-answer`; `message:12` before them names the message with that id."""
        sentiment: float | None = None
        lang: str | None = None
        needs: bool | None = None
        number: int | None = None
        signals: dict[str, bool] = {}
        for word in args:
            kind, _, value = word.removeprefix("-").partition(":")
            off = word.startswith("-")
            if kind in ("needs-answer", "is") and value in ("", "needs-answer"):
                needs = not off
            elif kind == "signal" and value:
                signals[_signal(value)] = not off
            elif off:
                raise UsageError(f"{word!r} is no correction", _CORRECTIONS)
            elif kind == "message" and value.isascii() and value.isdigit():
                number = int(value)
            elif kind in ("lang", "language") and value:
                lang = value
            elif kind == "sentiment" or word.casefold() in _SENTIMENTS:
                sentiment = cls.parse_sentiment([value or word], now).sentiment
            else:
                raise UsageError(f"{word!r} is no correction", _CORRECTIONS)
        add = tuple(sorted(one for one, on in signals.items() if on))
        return cls(sentiment, lang, add, tuple(sorted(signals.keys() - set(add))), needs, number)

    @classmethod
    def parse_sentiment(cls, args: Sequence[str], now: Instant) -> Self:
        """From a number from −1 to 1, or `negative`, `neutral`, `positive`."""
        word = args[0].casefold().replace("−", "-")
        return cls(sentiment=_SENTIMENTS[word] if word in _SENTIMENTS else number_between(word, -1, 1))

    @classmethod
    def parse_language(cls, args: Sequence[str], now: Instant) -> Self:
        """From a language tag."""
        return cls(lang=args[0])

    def prepare(self, ctx: ActionContext) -> None:
        if self.sentiment is None and self.lang is None and self.needs is None and not self.add + self.remove:
            raise ActionError(
                "nothing to correct", "name a sentiment, a language, a signal, or whether it needs an answer"
            )
        if self.sentiment is not None and not -1 <= self.sentiment <= 1:
            raise ActionError(f"{self.sentiment} is not a sentiment", "a sentiment is a number from -1 to 1")

    def _message(self, row: Conversation, ctx: ActionContext) -> StoredMessage | None:
        """The message that it is about; None where there is none of theirs."""
        if self.message_id is None:
            return next(iter(messages.inbound(ctx.conn, row.id, 1)), None)
        chosen = messages.get(ctx.conn, self.message_id)
        mine = chosen is not None and chosen.conversation_id == row.id and chosen.inbound
        return chosen if mine else None

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        message = self._message(row, ctx)
        if message is None:
            return "there is no message of theirs" if self.message_id is None else "that is no message of theirs here"
        if self.needs is None:
            return None
        if row.waiting_since is None or message not in _who_wait(row, ctx):
            return "nobody waits" if row.waiting_since is None else "nobody waits with that message"
        late = not self.needs and row.due_at is not None and row.due_at < ctx.now
        return "it is late: a miss stays one" if late else None

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        message = self._message(row, ctx)
        if message is None:
            raise ActionError("there is no message of theirs")
        newest = message.id == messages.inbound(ctx.conn, row.id, 1)[-1].id
        changes: MessageChanges = {}
        columns: ConversationChanges = {}
        if self.sentiment is not None:
            label = sentiment_class(self.sentiment)
            changes |= {"sentiment": self.sentiment, "sentiment_class": label, "sentiment_by": ctx.by}
            if newest:
                columns |= {"sentiment": self.sentiment, "sentiment_class": label}
        if self.lang is not None:
            changes |= {"lang": self.lang, "lang_by": ctx.by}
            if newest:
                columns |= {"lang": self.lang}
                lifecycle_rows.set_measure_language(ctx.conn, row.id, self.lang)
        if self.add or self.remove:
            signals = tuple(sorted((set(message.signals) | set(self.add)) - set(self.remove)))
            words = {name: said for name, said in message.signal_words.items() if name in signals}
            changes |= {"signals": signals, "signal_words": words, "signals_by": ctx.by}
        if self.needs is not None:
            changes |= {"needs_answer": self.needs, "needs_by": ctx.by}
        before = {name: getattr(message, name) for name in changes}
        kept = {"message_id": message.id, "message": before, "corrected": changes}
        if self.needs is not None:
            kept["waited"] = sorted(lifecycle_rows.waited(ctx.conn, row.id))
        messages.update(ctx.conn, message.id, changes)
        if self.needs is not None:
            life = lifecycle_rows.replay(ctx.conn, row, sla_of(row, ctx.desk))
            columns |= life_columns(row, life, ctx.desk)
        return Change(columns, undo_data=kept)

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        """Give the message what it had before, unless somebody corrected it since."""
        conn, kept = undo.ctx.conn, undo.undo_data
        corrected, before = _from_json(kept["corrected"]), _from_json(kept["message"])
        message = messages.get(conn, kept["message_id"])
        if message is None or any(getattr(message, name) != value for name, value in corrected.items()):
            undo.changed_since.append("the correction")
            return
        messages.update(conn, message.id, cast("MessageChanges", before))
        if "lang" in undo.before:
            lifecycle_rows.set_measure_language(conn, undo.row.id, undo.before["lang"])
        heard = {name: value for name, value in undo.before.items() if name in ("sentiment", "sentiment_class", "lang")}
        undo.columns |= cast("ConversationChanges", heard)
        if "needs_answer" in corrected:
            if message.id not in kept["waited"]:
                # Nobody waited with it before: it is as if it had never been said.
                lifecycle_rows.forget_wait(conn, undo.row.id, message.id)
            life = lifecycle_rows.replay(conn, undo.row, sla_of(undo.row, undo.ctx.desk))
            undo.columns |= life_columns(undo.row, life, undo.ctx.desk)


def _signal(name: str) -> str:
    """A signal that a person can say a message has.

    Raises:
        UsageError: there is no such signal.
    """
    if name not in CORRECTABLE:
        raise UsageError(f"there is no signal {name!r} that a message has", f"there are {', '.join(CORRECTABLE)}")
    return name


def _from_json(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a message as an event kept them: lists are tuples again."""
    given = dict(kept)
    if "signals" in given:
        given["signals"] = tuple(given["signals"])
        given["signal_words"] = {name: tuple(said) for name, said in given["signal_words"].items()}
    return given


def _who_wait(row: Conversation, ctx: ActionContext) -> Sequence[StoredMessage]:
    """The messages that wait for an answer."""
    return messages.waiting(messages.inbound(ctx.conn, row.id), row.waiting_since, row.waiting)


@dataclass(frozen=True)
class NeedsAnswer(Action):
    """Say that those who wait need an answer, or that they need none; the rules leave that alone then."""

    on: bool = True
    name: ClassVar[str] = "needs-answer"
    done: ClassVar[str] = "judged"
    remembered: ClassVar[tuple[str, ...]] = ("on",)
    yields_to: ClassVar[frozenset[str]] = frozenset({"needs-answer", "close", "none-needed", "spam", "reply"})

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        """From `on` or `off`; nothing means on."""
        return cls(is_on(args))

    def state_after(self, ctx: ActionContext) -> str:
        return "needs an answer" if self.on else "needs none"

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        """Leave alone where nobody waits, and do not let go who was let wait for too long."""
        if row.waiting_since is None:
            return "nobody waits"
        if not self.on and row.due_at is not None and row.due_at < ctx.now:
            return "it is late: a miss stays one"
        theirs = messages.waiting(messages.inbound(ctx.conn, row.id), row.waiting_since, row.waiting)
        return "already so" if all(m.needs_answer == self.on and m.needs_by == ctx.by for m in theirs) else None

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        theirs = messages.waiting(messages.inbound(ctx.conn, row.id), row.waiting_since, row.waiting)
        waited = sorted(lifecycle_rows.waited(ctx.conn, row.id))
        for message in theirs:
            messages.update(ctx.conn, message.id, {"needs_answer": self.on, "needs_by": ctx.by})
        life = lifecycle_rows.replay(ctx.conn, row, sla_of(row, ctx.desk))
        before = {str(m.id): [m.needs_answer, m.needs_by] for m in theirs}
        undo_data = {"needs": before, "by": ctx.by, "waited": waited}
        return Change(life_columns(row, life, ctx.desk), undo_data=undo_data)

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        """Give the messages what they had before, unless somebody said otherwise since."""
        conn = undo.ctx.conn
        for number, (need, by) in undo.undo_data["needs"].items():
            message = messages.get(conn, int(number))
            if message is None or message.needs_by != undo.undo_data["by"]:
                undo.changed_since.append("the judgement")
                continue
            messages.update(conn, message.id, {"needs_answer": bool(need), "needs_by": by})
            if message.id not in undo.undo_data.get("waited", ()):
                # Nobody waited with it before: it is as if it had never been said.
                lifecycle_rows.forget_wait(conn, undo.row.id, message.id)
        life = lifecycle_rows.replay(conn, undo.row, sla_of(undo.row, undo.ctx.desk))
        undo.columns |= life_columns(undo.row, life, undo.ctx.desk)


@dataclass(frozen=True)
class Lift(Action):
    """Lift what a listening source brought: it waits for us like what is said to us."""

    name: ClassVar[str] = "lift"
    done: ClassVar[str] = "lifted"
    yields_to: ClassVar[frozenset[str]] = frozenset({"lift"})

    def state_before(self, row: Conversation) -> str:
        return "heard"

    def state_after(self, ctx: ActionContext) -> str:
        return "lifted"

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        return None if row.heard else "it is not only heard"

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        """Let its messages wait from when they were written."""
        lifted, newest = messages.lift(ctx.conn, row.id), messages.newest_id(ctx.conn, row.id)
        life = lifecycle_rows.replay(ctx.conn, row, sla_of(row, ctx.desk))
        columns: ConversationChanges = {**life_columns(row, life, ctx.desk), "heard": False, "rescore_at": RESCORE_NOW}
        return Change(columns, undo_data={"lifted": lifted, "newest": newest})

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        """Let it be only heard again, unless somebody answered since."""
        conn, kept = undo.ctx.conn, undo.undo_data
        if messages.answer_after(conn, undo.row.id, kept["newest"]) is not None:
            undo.too_late = "it was answered since"
            return
        messages.let_down(conn, kept["lifted"])
        life = lifecycle_rows.replay(conn, undo.row, sla_of(undo.row, undo.ctx.desk))
        undo.columns |= {**life_columns(undo.row, life, undo.ctx.desk), "heard": True}

"""What people say of conversations: labels, notes, priority, corrections, a crisis, a VIP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from cminbox import query
from cminbox.desk.action import RESCORE_NOW, Act, Action, Change
from cminbox.errors import ActionError
from cminbox.model import Conversation, Instant, Member, Reason, SentimentClass
from cminbox.store import (
    Connection,
    conversations,
    crises,
    labels,
    lifecycle_rows,
    messages,
    notes,
    people,
    search,
    timers,
)
from cminbox.store.changes import ConversationChanges, MessageChanges


@dataclass(frozen=True)
class Label(Action):
    """Put labels on and take labels off."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    name: ClassVar[str] = "label"
    done: ClassVar[str] = "labelled"
    yields_to: ClassVar[frozenset[str]] = frozenset({"label"})

    def prepare(self, act: Act) -> None:
        """Labels are short words."""
        for label in (*self.add, *self.remove):
            if not label.strip() or len(label) > 40 or label != " ".join(label.split()):
                raise ActionError(f"not a label: {label!r}", "a label is one to 40 characters, without line breaks")
        if not self.add and not self.remove:
            raise ActionError("no label named")

    def becomes(self, act: Act) -> str:
        """What is on it then, or no longer."""
        return " ".join([f"+{label}" for label in self.add] + [f"−{label}" for label in self.remove])

    def refuse(self, row: Conversation, act: Act) -> str | None:
        """Nothing to change."""
        new = (set(row.labels) | set(self.add)) - set(self.remove)
        return "has them" if new == set(row.labels) else None

    def change(self, row: Conversation, act: Act) -> Change:
        """The labels of the row."""
        new = tuple(sorted((set(row.labels) | set(self.add)) - set(self.remove)))
        moves = {**dict.fromkeys(self.add, True), **dict.fromkeys(self.remove, False)}
        known = labels.state(act.conn, row.id)
        kept = {label: (known.get(label), (act.by, not on)) for label, on in moves.items()}
        return Change({"labels": new}, labels=moves, kept={"labels": kept})

    def detail(self) -> dict[str, Any]:
        """Which."""
        return {"add": list(self.add), "remove": list(self.remove)}


@dataclass(frozen=True)
class Note(Action):
    """Write a note for the team."""

    text: str
    name: ClassVar[str] = "note"
    done: ClassVar[str] = "noted"

    def prepare(self, act: Act) -> None:
        """It says something."""
        if not self.text.strip():
            raise ActionError("the note is empty")

    def change(self, row: Conversation, act: Act) -> Change:
        """A note at the row."""
        note_id = notes.add(act.conn, row.id, act.member.handle, self.text.strip(), act.now)
        return Change(kept={"note_id": note_id})


@dataclass(frozen=True)
class SetPriority(Action):
    """Set the priority by hand (0–100), or give it back to the rules with None."""

    value: int | None
    name: ClassVar[str] = "priority"
    done: ClassVar[str] = "given a priority"
    yields_to: ClassVar[frozenset[str]] = frozenset({"priority"})

    def prepare(self, act: Act) -> None:
        """0 to 100."""
        if self.value is not None and not 0 <= self.value <= 100:
            raise ActionError(f"{self.value} is not a priority", "a priority is a number from 0 to 100")

    def becomes(self, act: Act) -> str:
        """What it has then."""
        return "what the rules say" if self.value is None else f"priority {self.value}"

    def refuse(self, row: Conversation, act: Act) -> str | None:
        """The rules set it already."""
        return "the rules set it" if self.value is None and not row.priority_by else None

    def change(self, row: Conversation, act: Act) -> Change:
        """The priority and who set it."""
        if self.value is None:
            return Change({"priority": row.priority, "priority_by": "", "reasons": row.reasons})
        reason = Reason(self.value, act.by, "set by hand")
        return Change({"priority": self.value, "priority_by": act.member.handle, "reasons": (reason,)})

    def detail(self) -> dict[str, Any]:
        """To what."""
        return {"value": self.value}


def sentiment_class(score: float) -> SentimentClass:
    """The class of a score that a person gave; the thresholds are VADER's own (±0.05)."""
    if score <= -0.05:
        return "negative"
    return "positive" if score >= 0.05 else "neutral"


@dataclass(frozen=True)
class Correct(Action):
    """Correct the sentiment (−1…1) or the language of the newest inbound message."""

    sentiment: float | None = None
    lang: str | None = None
    name: ClassVar[str] = "correct"
    done: ClassVar[str] = "corrected"
    yields_to: ClassVar[frozenset[str]] = frozenset({"correct"})

    def prepare(self, act: Act) -> None:
        """Something to correct, within bounds."""
        if self.sentiment is None and self.lang is None:
            raise ActionError("nothing to correct", "name a sentiment or a language")
        if self.sentiment is not None and not -1 <= self.sentiment <= 1:
            raise ActionError(f"{self.sentiment} is not a sentiment", "a sentiment is a number from -1 to 1")

    def refuse(self, row: Conversation, act: Act) -> str | None:
        """Nothing of theirs to correct."""
        return None if messages.texts(act.conn, row.id) else "there is no message of theirs"

    def change(self, row: Conversation, act: Act) -> Change:
        """The message and what the row shows of it."""
        newest = messages.texts(act.conn, row.id)[-1]
        changes: MessageChanges = {}
        columns: ConversationChanges = {}
        if self.sentiment is not None:
            label = sentiment_class(self.sentiment)
            changes |= {"sentiment": self.sentiment, "sentiment_class": label, "sentiment_by": act.by}
            columns |= {"sentiment": self.sentiment, "sentiment_class": label}
        if self.lang is not None:
            changes |= {"lang": self.lang, "lang_by": act.by}
            columns |= {"lang": self.lang}
            lifecycle_rows.set_language(act.conn, row.id, self.lang)
        before = {name: getattr(newest, name) for name in changes}
        messages.update(act.conn, newest.id, changes)
        return Change(columns, kept={"message_id": newest.id, "message": before, "corrected": changes})

    def detail(self) -> dict[str, Any]:
        """To what."""
        return {"sentiment": self.sentiment, "lang": self.lang}


@dataclass(frozen=True)
class Escalate(Action):
    """Attach to a crisis: a running or proposed one by its id, else a new one by its name."""

    crisis_id: int | None = None
    crisis_name: str = ""
    severity: int = 3
    reason: str = ""
    query: str = ""
    name: ClassVar[str] = "escalate"
    done: ClassVar[str] = "escalated"
    yields_to: ClassVar[frozenset[str]] = frozenset({"escalate"})

    def prepare(self, act: Act) -> None:
        """Find or declare the crisis."""
        crisis = None
        name = " ".join(self.crisis_name.split())
        if self.crisis_id is not None:
            crisis = crises.get(act.conn, self.crisis_id)
            if crisis is None or crisis.status not in ("running", "proposed"):
                raise ActionError(f"there is no running crisis {self.crisis_id}")
        elif name:
            crisis = crises.by_name(act.conn, name)
        else:
            raise ActionError("a crisis needs a name")
        if not 1 <= self.severity <= 4:
            raise ActionError(f"{self.severity} is not a severity", "1 is the highest, 4 the lowest")
        wanted = query.parse(self.query) if self.query.strip() else None
        act.memo["kept"] = {}
        if act.dry_run:
            act.memo["crisis"] = (crisis.id, crisis.name) if crisis else (0, name)
            return
        act.memo["crisis"] = self._join(act, crisis) if crisis else self._declare(act, name)
        if wanted is not None and crisis is None:
            attach_soon(act.conn, wanted, act.now, act.member)

    def go_on(self, act: Act) -> None:
        """It may have ended meanwhile."""
        crisis = crises.get(act.conn, act.memo["crisis"][0])
        if crisis is None or crisis.status != "running":
            raise ActionError(f"{act.memo['crisis'][1]} has ended meanwhile")
        act.memo["crisis"] = crisis.id, crisis.name

    def stands(self, row: Conversation) -> str:
        """In which crisis it is."""
        return f"in {row.crisis}" if row.crisis else "in no crisis"

    def becomes(self, act: Act) -> str:
        """In which it is then."""
        return f"in {act.memo['crisis'][1]}"

    def _join(self, act: Act, crisis: crises.Crisis) -> tuple[int, str]:
        if crisis.status == "proposed":
            changes = {
                "status": "running",
                "declared_by": act.member.handle,
                "declared_at": act.now,
                "lead": act.member.handle,
            }
            was = {name: getattr(crisis, name) for name in changes}
            crises.update(act.conn, crisis.id, changes)
            crises.tell(act.conn, crisis.id, act.now, act.member.handle, "confirmed", self.reason)
            act.memo["kept"] = {"confirmed": {str(crisis.id): was}}
        return crisis.id, crisis.name

    def _declare(self, act: Act, name: str) -> tuple[int, str]:
        crisis_id = crises.insert(
            act.conn,
            {
                "name": name,
                "severity": self.severity,
                "status": "running",
                "reason": self.reason,
                "query": self.query.strip(),
                "lead": act.member.handle,
                "declared_by": act.member.handle,
                "declared_at": act.now,
            },
        )
        crises.tell(act.conn, crisis_id, act.now, act.member.handle, "declared", self.reason)
        act.memo["kept"] = {"declared": crisis_id}
        return crisis_id, name

    def refuse(self, row: Conversation, act: Act) -> str | None:
        """Already there."""
        return "already in it" if row.crisis_id == act.memo["crisis"][0] else None

    def change(self, row: Conversation, act: Act) -> Change:
        """The row with its crisis."""
        crisis_id, name = act.memo["crisis"]
        return Change({"crisis_id": crisis_id, "crisis": name}, kept=act.memo["kept"])

    def detail(self) -> dict[str, Any]:
        """Why."""
        return {"name": self.crisis_name, "severity": self.severity, "reason": self.reason}


@dataclass(frozen=True)
class Vip(Action):
    """Mark the person behind the conversation as a VIP, or no longer."""

    on: bool = True
    name: ClassVar[str] = "vip"
    done: ClassVar[str] = "marked"
    yields_to: ClassVar[frozenset[str]] = frozenset({"vip"})

    def becomes(self, act: Act) -> str:
        """What the person is then."""
        return "VIP" if self.on else "no VIP"

    def refuse(self, row: Conversation, act: Act) -> str | None:
        """Nobody behind it, or already so."""
        if row.author_id is None:
            return "nobody is behind it"
        return "already so" if row.vip == self.on or row.id in act.memo.get("also", ()) else None

    def change(self, row: Conversation, act: Act) -> Change:
        """The contact, made where there is none, and the row."""
        act.memo.setdefault("also", set()).update(set_vip(act, row, self.on))
        return Change({"vip": self.on})


def set_vip(act: Act, row: Conversation, on: bool) -> Sequence[int]:
    """Mark the person behind a row; every conversation of theirs shows it. Which those are."""
    if row.author_id is None:
        return ()
    theirs = people.set_vip(act.conn, row.author_id, row.name or row.handle, on, act.now)
    for number in theirs:
        conversations.update(act.conn, number, {"vip": on, "rescore_at": RESCORE_NOW, "changed": act.changed})
    return theirs


def attach_soon(conn: Connection, wanted: query.Query, now: Instant, member: Member) -> None:
    """Have the engine look at what matches a crisis's query already, so that it joins as what comes later does."""
    timers.rescore_matching(conn, search.to_sql(wanted, query.Context(now, member.handle, member.teams)))

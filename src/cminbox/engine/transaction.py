"""What holds while the engine writes: what it needs to know, and one transaction of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cminbox import query
from cminbox.engine.scoring import Scoring
from cminbox.engine.their_past import TheirPast
from cminbox.errors import QueryError
from cminbox.lifecycle import BusinessHours, Sla
from cminbox.model import Conversation, Instant
from cminbox.store import Connection, change_numbers, crises, sources
from cminbox.store.crises import Crisis
from cminbox.store.duty import Available
from cminbox.store.intake import IntakeWriter


@dataclass(frozen=True, slots=True)
class Intake:
    """What take-in needs to know besides the page.

    Attributes:
        history_before: messages older than this are stored as history and open nothing; None: none are.
        sla_default: the SLA in milliseconds where no rule says otherwise.
        sla_business: these are of business hours.
        hours: the business hours of the team.
        teams: handles of the members of each team, for rules that assign to the least loaded or by turns.
        available: who of them can be given work; None: everybody.
    """

    scoring: Scoring
    now: Instant
    history_before: Instant | None = None
    sla_default: int | None = None
    teams: Mapping[str, tuple[str, ...]] | None = None
    sla_business: bool = False
    hours: BusinessHours | None = None
    available: Available | None = None

    def begin(self, conn: Connection, *, reading: bool = False) -> Transaction:
        """What holds within the transaction of `conn`.

        Args:
            reading: nothing is written yet; who writes in the end says that the change number is taken.
        """
        changed = change_numbers.newest(conn) + 1 if reading else change_numbers.advance(conn)
        running = [(c, _parsed(c.query)) for c in crises.all(conn, running_only=True)]
        writer = IntakeWriter(conn)
        past = TheirPast(conn, writer)
        return Transaction(conn, self, running, sources.handles(conn), changed, writer, past)


@dataclass(frozen=True, slots=True)
class Transaction:
    """What holds for one transaction of the engine's.

    Attributes:
        running: running crises with their queries.
        handles: our own handle on each source; a list need not repeat it before every text.
        changed: the change number that every row touched here carries.
        writer: new rows that are not written yet.
        past: what is known of the people who write.
    """

    conn: Connection
    intake: Intake
    running: Sequence[tuple[Crisis, query.Query | None]]
    handles: Mapping[int, str]
    changed: int
    writer: IntakeWriter
    past: TheirPast

    @property
    def now(self) -> Instant:
        """The time of everything that is written in it."""
        return self.intake.now

    @property
    def scoring(self) -> Scoring:
        """The rules in force."""
        return self.intake.scoring

    def sla_of(self, row: Conversation) -> Sla:
        """The SLA of a conversation; where no rule looked at it yet, that of the configuration."""
        if row.sla_target is None and not row.sla:
            return self.sla(self.intake.sla_default, business=self.intake.sla_business)
        return self.sla(row.sla_target, business=row.sla_business)

    def sla(self, target: int | None, *, business: bool) -> Sla:
        """An SLA of so many milliseconds, of all hours or of business hours."""
        return Sla(target, self.intake.hours if business else None)


def _parsed(text: str) -> query.Query | None:
    if not text.strip():
        return None
    try:
        return query.parse(text)
    except QueryError:
        return None  # it was checked when it was written; a newer version may have stored a field unknown here

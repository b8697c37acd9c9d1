"""Brings a conversation's row up to date with its life, its newest messages, and what the rules say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from cminbox import query, rules
from cminbox.engine.scoring import PREVIEW, Heard, Scoring, shown, subject
from cminbox.errors import QueryError
from cminbox.lifecycle import Lifecycle, due_at
from cminbox.model import Conversation, Instant, Reason
from cminbox.store import Connection, conversations, crises, events, labels, lifecycle_rows, messages, people, sources
from cminbox.store.bulk import Writing
from cminbox.store.changes import ConversationChanges
from cminbox.store.connection import next_changed
from cminbox.store.crises import Crisis
from cminbox.text import one_line

COOL_DOWN = 6 * 60 * 60 * 1000
"""A rule proposes the same crisis at most once in this time."""

FOREVER = 1 << 62


@dataclass
class Batch:
    """What holds for one transaction of the engine's.

    Attributes:
        sla_default: milliseconds promised where no rule says otherwise, or None.
        teams: handles of the members of each team.
        running: running crises with their queries.
        handles: our own handle on each source; a list need not repeat it before every text.
        changed: the change number that every row touched here carries.
        writing: new rows that are not written yet.
    """

    conn: Connection
    scoring: Scoring
    now: Instant
    sla_default: int | None
    teams: Mapping[str, tuple[str, ...]]
    running: Sequence[tuple[Crisis, query.Query | None]]
    handles: Mapping[int, str]
    changed: int
    writing: Writing

    @classmethod
    def begin(
        cls,
        conn: Connection,
        scoring: Scoring,
        now: Instant,
        sla_default: int | None,
        teams: Mapping[str, tuple[str, ...]],
        *,
        reading: bool = False,
    ) -> Batch:
        """A batch within the transaction of `conn`.

        Args:
            reading: nothing is written yet; who writes in the end says that the change number is taken.
        """
        changed = conversations.newest_change(conn) + 1 if reading else next_changed(conn)
        running = [(c, _parsed(c.query)) for c in crises.all(conn, running_only=True)]
        handles = sources.handles(conn)
        return cls(conn, scoring, now, sla_default, teams, running, handles, changed, Writing(conn))


def _parsed(text: str) -> query.Query | None:
    if not text.strip():
        return None
    try:
        return query.parse(text)
    except QueryError:
        return None  # it was checked when it was written; a newer version may have stored a field unknown here


class Told(Protocol):
    """What was said in a conversation, as its row needs it."""

    def waiting(self, since: Instant | None) -> Sequence[Heard]:
        """Messages of theirs that are still there, oldest first: from `since` on, or only the newest without it."""

    def newest(self) -> Heard | None:
        """The newest message, theirs or ours."""

    def behind(self, author_id: int | None) -> Mapping[str, Any]:
        """Columns that tell of the person behind an author."""

    def label(self, wanted: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """Set the rules' labels, each given with its rule; returns the labels that are on it then, sorted."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the store has of a conversation."""

    conn: Connection
    id: int

    def waiting(self, since: Instant | None) -> Sequence[Heard]:
        return messages.texts(self.conn, self.id, since)

    def newest(self) -> Heard | None:
        return next(iter(messages.thread(self.conn, self.id, limit=1)), None)

    def behind(self, author_id: int | None) -> Mapping[str, Any]:
        return people.behind(self.conn, author_id)

    def label(self, wanted: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        labels.by_rules(self.conn, self.id, wanted)
        return tuple(sorted(labels.of(self.conn, self.id)))


def refresh(batch: Batch, row: Conversation, life: Lifecycle, known: Mapping[str, Any] | None = None) -> Conversation:
    """Write the row as its life and its messages now are, with the rules' verdict, and return it.

    Args:
        row: the row as it stands in the store.
        life: the life that it should stand for.
        known: columns that the caller has worked out (counts and times of messages).
    """
    before = conversations.columns(row)
    after = {**before, **(known or {})}
    bring_up(batch, after, life, _Stored(batch.conn, row.id))
    changes = cast("ConversationChanges", {name: value for name, value in after.items() if before[name] != value})
    if changes:
        conversations.update(batch.conn, row.id, changes)
    return Conversation(**after)


def bring_up(batch: Batch, row: dict[str, Any], life: Lifecycle, told: Told) -> None:
    """Set a row's columns to what its life and its messages now are, with the rules' verdict.

    Args:
        row: the columns, as they were and with counts and times of messages brought up to date; changed in place.
        life: the life that they should stand for.
    """
    waiting = told.waiting(life.waiting_since)
    if not waiting and life.waiting_since is not None:
        waiting = told.waiting(None)
    promised = row["due_at"]
    row |= lifecycle_rows.columns(life)
    if waiting:
        row |= shown(waiting, batch.handles.get(row["source_id"], ""))
        row |= told.behind(waiting[-1].author_id)
    elif (ours := told.newest()) is not None:
        # Nothing of theirs (or nothing left): the list shows what we said.
        row |= {"preview": one_line(ours.searched)[:PREVIEW], "lang": ours.lang}
        row |= {"kind": ours.kind, "title": ours.title}
    row["due_at"] = due_at(life, batch.sla_default if row["sla_target"] is None else row["sla_target"])
    _join_crisis(batch, row, waiting)
    _apply_rules(batch, row, _judge(batch, row, waiting, told), life)
    if row["due_at"] != promised or life.waiting_since is None:
        row["warned_at"] = None  # another promise: it is warned of anew
    row["changed"] = batch.changed


def _join_crisis(batch: Batch, row: dict[str, Any], waiting: Sequence[Heard]) -> None:
    if not batch.running or row["crisis"] or row["status"] not in ("open", "snoozed"):
        return
    asked = subject(Conversation(**row), waiting)
    for crisis, wanted in batch.running:
        if wanted is not None and query.matches(wanted, asked, query.Context(batch.now)):
            row |= {"crisis_id": crisis.id, "crisis": crisis.name}
            crises.count_attached(batch.conn, crisis.id)
            return


def _apply_rules(batch: Batch, row: dict[str, Any], verdict: rules.Verdict, life: Lifecycle) -> None:
    row["rescore_at"] = verdict.rescore_at if row["status"] in ("open", "snoozed") else None
    if row["priority_by"]:
        row["reasons"] = (Reason(row["priority"], f"member:{row['priority_by']}", "set by hand"),)
    else:
        row["priority"], row["reasons"] = verdict.priority, verdict.reasons
    target, by = batch.sla_default, ""
    if verdict.sla is not None:
        target, by = verdict.sla[0], f"rule:{verdict.sla[1]}"
    row |= {"sla": by, "sla_target": target, "due_at": due_at(life, target)}
    if verdict.assign is not None and not row["assigned_by"].startswith("member:") and row["status"] == "open":
        _assign(batch, row, *verdict.assign)
    for rule in verdict.crisis:
        _propose(batch, row, rule)
    for who, rule in verdict.notify:
        _note_once(batch, row, f"rule:{rule}", "notify", {"to": who})


def _judge(batch: Batch, row: dict[str, Any], waiting: Sequence[Heard], told: Told) -> rules.Verdict:
    """Give the rules' labels, and return what the rules say of the messages that matter now.

    Labels speak of all that was said, so that an answer takes none of them away.
    """
    scoring, verdict = batch.scoring, None
    if row["inbound"] > len(waiting):
        everything = told.waiting(-FOREVER)
        wanted = scoring.labels(Conversation(**{**row, **shown(everything)}), everything, batch.now)
    else:
        verdict = scoring.judge(Conversation(**row), waiting, batch.now)
        wanted = verdict.labels
    if wanted or row["labels"]:
        before, row["labels"] = row["labels"], told.label(wanted)
        if row["labels"] != before and scoring.book.looks_at_labels:
            verdict = None
    return verdict or scoring.judge(Conversation(**row), waiting, batch.now)


def _assign(batch: Batch, row: dict[str, Any], to: str, rule: str) -> None:
    if row["assigned_by"] == f"rule:{rule}":
        return  # it did so before; who holds it now is as that ended
    member, team = to, ""
    if to.startswith("team:"):
        member, team = "", to.removeprefix("team:")
    elif to.startswith("least-loaded:"):
        team = to.removeprefix("least-loaded:")
        batch.writing.flush_rows()
        loads = people.loads(batch.conn, batch.teams.get(team, ()))
        member = min(loads, key=lambda handle: (loads[handle], handle), default="")
    if (member, team) == (row["assignee"], row["team"]):
        return
    event = events.add(batch.conn, batch.now, f"rule:{rule}", "assign", detail={"to": to})
    before = {"assignee": row["assignee"], "team": row["team"]}
    events.add_item(batch.conn, event, row["id"], before, {"assignee": member, "team": team})
    row |= {"assignee": member, "team": team, "assigned_by": f"rule:{rule}"}


def _propose(batch: Batch, row: dict[str, Any], rule: str) -> None:
    if crises.known_since(batch.conn, rule, batch.now - COOL_DOWN):
        return
    crisis_id = crises.insert(
        batch.conn,
        {
            "name": rule,
            "severity": 3,
            "status": "proposed",
            "reason": f"rule “{rule}” matched {row['handle'] or row['name']}: {row['preview'][:80]}",
            "declared_by": "",
            "declared_at": batch.now,
        },
    )
    crises.add_entry(batch.conn, crisis_id, batch.now, "", "proposed", f"by the rule {rule}")


def _note_once(batch: Batch, row: dict[str, Any], actor: str, action: str, detail: dict[str, Any]) -> None:
    """Write an event about a conversation, unless the same one was written for it in this cycle."""
    if events.happened(batch.conn, row["id"], actor, action, row["cycle_at"] or 0):
        return
    event = events.add(batch.conn, batch.now, actor, action, detail=detail)
    events.add_item(batch.conn, event, row["id"])

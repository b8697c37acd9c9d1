"""Brings a conversation's row up to date with its life, its newest messages, and what the rules say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cminbox import query, rules
from cminbox.engine.scoring import PREVIEW, Scoring, shown, subject_of
from cminbox.errors import QueryError
from cminbox.life import Life, due_at
from cminbox.model import Instant, Reason
from cminbox.store import Connection, conversations, crises, events, labels, lives, messages, people, sources
from cminbox.store.connection import next_changed
from cminbox.store.conversations import Conversation
from cminbox.store.crises import Crisis
from cminbox.store.messages import StoredMessage
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
    """

    conn: Connection
    scoring: Scoring
    now: Instant
    sla_default: int | None
    teams: Mapping[str, tuple[str, ...]]
    running: Sequence[tuple[Crisis, query.Query | None]]
    handles: Mapping[int, str]
    changed: int

    @classmethod
    def begin(
        cls,
        conn: Connection,
        scoring: Scoring,
        now: Instant,
        sla_default: int | None,
        teams: Mapping[str, tuple[str, ...]],
    ) -> Batch:
        """A batch within the transaction of `conn`."""
        running = [(c, _parsed(c.query)) for c in crises.all(conn, running_only=True)]
        handles = sources.handles(conn)
        return cls(conn, scoring, now, sla_default, teams, running, handles, next_changed(conn))


def _parsed(text: str) -> query.Query | None:
    if not text.strip():
        return None
    try:
        return query.parse(text)
    except QueryError:
        return None  # it was checked when it was written; a newer version may have stored a field unknown here


def refresh(batch: Batch, row: Conversation, life: Life, known: Mapping[str, Any] | None = None) -> Conversation:
    """Write the row as its life and its messages now are, with the rules' verdict, and return it.

    Args:
        row: the row as it stands in the store.
        life: the life that it should stand for.
        known: columns that the caller has worked out (counts and times of messages).
    """
    waiting = messages.texts(batch.conn, row.id, life.waiting_since)
    if not waiting and life.waiting_since is not None:
        waiting = messages.texts(batch.conn, row.id)
    changes: dict[str, Any] = {**(known or {}), **lives.columns(life)}
    if waiting:
        changes |= shown(waiting, batch.handles.get(row.source_id, ""))
        changes |= people.behind(batch.conn, waiting[-1].author_id)
    elif ours := messages.thread(batch.conn, row.id, limit=1):
        # Nothing of theirs (or nothing left): the list shows what we said.
        changes |= {"preview": one_line(ours[0].searched)[:PREVIEW], "lang": ours[0].lang}
        changes |= {"kind": ours[0].kind, "title": ours[0].title}
    target = row.sla_target if row.sla_target is not None else batch.sla_default
    changes["due_at"] = due_at(life, target)
    draft = replace(row, **changes)
    _join_crisis(batch, draft, [m.searched for m in waiting], changes)
    verdict = _judge(batch, replace(row, **changes), waiting, changes)
    _apply_rules(batch, replace(row, **changes), verdict, life, changes)
    if changes["due_at"] != row.due_at or life.waiting_since is None:
        changes["warned_at"] = None  # another promise: it is warned of anew
    changes["changed"] = batch.changed
    new = {name: value for name, value in changes.items() if getattr(row, name) != value}
    conversations.update(batch.conn, row.id, new)
    return replace(row, **changes)


def _join_crisis(batch: Batch, row: Conversation, texts: Sequence[str], changes: dict[str, Any]) -> None:
    if row.crisis_id is not None or row.status not in ("open", "snoozed"):
        return
    for crisis, wanted in batch.running:
        if wanted is not None and query.matches(wanted, subject_of(row, texts), query.Context(batch.now)):
            changes |= {"crisis_id": crisis.id, "crisis": crisis.name}
            crises.joined(batch.conn, crisis.id)
            return


def _apply_rules(batch: Batch, row: Conversation, verdict: rules.Verdict, life: Life, changes: dict[str, Any]) -> None:
    changes["rescore_at"] = verdict.rescore_at if row.status in ("open", "snoozed") else None
    if row.priority_by:
        changes["reasons"] = (Reason(row.priority, f"member:{row.priority_by}", "set by hand"),)
    else:
        changes["priority"] = verdict.priority
        changes["reasons"] = verdict.reasons
    if verdict.sla is not None:
        target, rule = verdict.sla
        changes |= {"sla": f"rule:{rule}", "sla_target": target, "due_at": due_at(life, target)}
    else:
        changes |= {"sla": "", "sla_target": batch.sla_default, "due_at": due_at(life, batch.sla_default)}
    if verdict.assign is not None and not row.assigned_by.startswith("member:") and row.status == "open":
        to, rule = verdict.assign
        _assign(batch, row, to, rule, changes)
    for rule in verdict.crisis:
        _propose(batch, row, rule)
    for who, rule in verdict.notify:
        _note_once(batch, row, f"rule:{rule}", "notify", {"to": who})


def _judge(batch: Batch, row: Conversation, waiting: Sequence[StoredMessage], changes: dict[str, Any]) -> rules.Verdict:
    """Give the rules' labels, and return what the rules say of the messages that matter now.

    Labels speak of all that was said, so that an answer takes none of them away.
    """
    whole, everything = row, waiting
    if row.inbound > len(waiting):
        everything = messages.texts(batch.conn, row.id, -FOREVER)
        whole = replace(row, **shown(everything))
    verdict = batch.scoring.judge(whole, [m.searched for m in everything], batch.now)
    if verdict.labels or row.labels:
        labels.by_rules(batch.conn, row.id, verdict.labels)
        changes["labels"] = tuple(sorted(labels.of(batch.conn, row.id)))
    now = replace(row, labels=changes.get("labels", row.labels))
    if everything is waiting and now.labels == row.labels:
        return verdict
    return batch.scoring.judge(now, [m.searched for m in waiting], batch.now)


def _assign(batch: Batch, row: Conversation, to: str, rule: str, changes: dict[str, Any]) -> None:
    if row.assigned_by == f"rule:{rule}":
        return  # it did so before; who holds it now is as that ended
    member, team = to, ""
    if to.startswith("team:"):
        member, team = "", to.removeprefix("team:")
    elif to.startswith("least-loaded:"):
        team = to.removeprefix("least-loaded:")
        loads = people.loads(batch.conn, batch.teams.get(team, ()))
        member = min(loads, key=lambda handle: (loads[handle], handle), default="")
    if (member, team) == (row.assignee, row.team):
        return
    event = events.add(batch.conn, batch.now, f"rule:{rule}", "assign", detail={"to": to})
    before = {"assignee": row.assignee, "team": row.team}
    events.add_item(batch.conn, event, row.id, before, {"assignee": member, "team": team})
    changes |= {"assignee": member, "team": team, "assigned_by": f"rule:{rule}"}


def _propose(batch: Batch, row: Conversation, rule: str) -> None:
    if crises.known_since(batch.conn, rule, batch.now - COOL_DOWN):
        return
    crisis_id = crises.insert(
        batch.conn,
        {
            "name": rule,
            "severity": 3,
            "status": "proposed",
            "reason": f"rule “{rule}” matched {row.handle or row.name}: {row.preview[:80]}",
            "declared_by": "",
            "declared_at": batch.now,
        },
    )
    crises.tell(batch.conn, crisis_id, batch.now, "", "proposed", f"by the rule {rule}")


def _note_once(batch: Batch, row: Conversation, actor: str, action: str, detail: dict[str, Any]) -> None:
    """Write an event about a conversation, unless the same one was written for it in this cycle."""
    if events.happened(batch.conn, row.id, actor, action, row.cycle_at or 0):
        return
    event = events.add(batch.conn, batch.now, actor, action, detail=detail)
    events.add_item(batch.conn, event, row.id)

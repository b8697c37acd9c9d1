"""Taking an action back: what it changed becomes what it was, save what somebody changed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cminbox.desk.action import Act, life_columns
from cminbox.desk.annotations import set_vip
from cminbox.desk.approval import take_back
from cminbox.lifecycle import Lifecycle
from cminbox.model import Conversation, Reason
from cminbox.outbox_states import MAY_HAVE_ARRIVED
from cminbox.store import crises, labels, lifecycle_rows, messages, notes, people, replies
from cminbox.store.events import Item

ASSIGNMENT = ("assignee", "assigned_by", "team")
LIFE = frozenset(lifecycle_rows.COLUMNS) | {"due_at"}


_PLAIN = frozenset({str, int, float, bool, type(None)})


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Columns as an event keeps them."""
    return {name: value if value.__class__ in _PLAIN else _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Reason):
        return [value.points, value.rule, value.why]
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


class TakingBack:
    """Takes one row of an action back.

    Args:
        event_id: the action's event.
        row: the conversation as it stands.
        item: what the action changed of it.
        as_left: nothing has happened in it since the action's step, which its caller takes back.
    """

    def __init__(self, act: Act, event_id: int, row: Conversation, item: Item, as_left: bool = False) -> None:
        self.act = act
        self.event_id = event_id
        self.row = row
        self.as_left = as_left
        self.before: Mapping[str, Any] = item.before.get("columns", {})
        self.after: Mapping[str, Any] = item.after.get("columns", {})
        self.kept: Mapping[str, Any] = item.before.get("kept", {})
        self.columns: dict[str, Any] = {}
        self.lost: list[str] = []
        self.sent = False

    def run(self) -> tuple[dict[str, Any], str]:
        """Take it back; the columns to set, and what stays as somebody else made it (or '')."""
        self._life()
        if "assignee" in self.before:
            self._assignment()
        if "priority_by" in self.before:
            self._priority()
        if "labels" in self.kept:
            self._labels()
        if "note_id" in self.kept:
            notes.remove(self.act.conn, self.kept["note_id"], self.act.now)
        if "message_id" in self.kept:
            self._correction()
        if "approved" in self.kept or "rejected" in self.kept:
            self._approval()
        if "crisis_id" in self.before:
            self._crisis()
        if "vip" in self.before:
            self._vip()
        if self.sent:
            return self.columns, "the reply is on the network: it can no longer be taken back"
        return self.columns, f"{', '.join(self.lost)} was changed meanwhile" if self.lost else ""

    def _is_as_left(self, names: Sequence[str]) -> bool:
        now = plain({name: getattr(self.row, name) for name in names})
        return all(now[name] == self.after[name] for name in names)

    def _life(self) -> None:
        if self.as_left:
            life = Lifecycle(**{name: self.before[name] for name in LIFE if name != "due_at"})
            self.columns |= life_columns(self.row, life)
            return
        if not lifecycle_rows.undo_steps(self.act.conn, self.event_id, self.row.id):
            return
        life = lifecycle_rows.replay(self.act.conn, self.row)
        self.columns |= life_columns(self.row, life)
        if not self._is_as_left(["status"]) and life.status != self.before["status"]:
            self.lost.append("status")

    def _assignment(self) -> None:
        names = [name for name in ASSIGNMENT if name in self.before]
        if not self._is_as_left(names):
            self.lost.append("assignee")
            return
        self.columns |= {name: self.before[name] for name in names}
        claim = people.claimed(self.act.conn, self.row.id, self.act.now)
        if claim is not None and claim.member == self.act.member.handle:
            people.release(self.act.conn, self.row.id)

    def _priority(self) -> None:
        # What the rules made of it in between is nobody's change.
        names = ["priority_by", "priority"] if self.after["priority_by"] else ["priority_by"]
        if not self._is_as_left(names):
            self.lost.append("priority")
            return
        reasons = tuple(Reason(*part) for part in self.before["reasons"])
        self.columns |= {"priority": self.before["priority"], "reasons": reasons}
        self.columns["priority_by"] = self.before["priority_by"]

    def _labels(self) -> None:
        conn, number = self.act.conn, self.row.id
        known = labels.state(conn, number)
        for label, (before, after) in self.kept["labels"].items():
            if known.get(label) != tuple(after):
                self.lost.append(f"label {label}")
            elif before is None:
                labels.forget(conn, number, label)
            else:
                labels.put(conn, number, label, before[0], removed=bool(before[1]))
        self.columns["labels"] = tuple(sorted(labels.of(conn, number)))

    def _approval(self) -> None:
        kept = self.kept
        number, left = (kept["approved"], "held") if "approved" in kept else (kept["rejected"], "draft")
        if not take_back(self.act, self.row, number, kept["text"], left, kept.get("said", kept["text"])):
            reply = replies.get(self.act.conn, number)
            self.sent = reply is not None and reply.status in MAY_HAVE_ARRIVED
            self.lost.append("the reply")

    def _correction(self) -> None:
        message = messages.get(self.act.conn, self.kept["message_id"])
        if message is None or any(getattr(message, name) != value for name, value in self.kept["corrected"].items()):
            self.lost.append("the correction")
            return
        messages.update(self.act.conn, message.id, self.kept["message"])
        if "lang" in self.before:
            lifecycle_rows.set_language(self.act.conn, self.row.id, self.before["lang"])
        self.columns |= {n: self.before[n] for n in ("sentiment", "sentiment_class", "lang") if n in self.before}

    def _crisis(self) -> None:
        if not self._is_as_left(["crisis_id"]):
            self.lost.append("crisis")
            return
        number = self.before["crisis_id"]
        crisis = crises.get(self.act.conn, number) if number is not None else None
        self.columns |= {"crisis_id": crisis.id if crisis else None, "crisis": crisis.name if crisis else ""}

    def _vip(self) -> None:
        if not self._is_as_left(["vip"]):
            self.lost.append("VIP")
            return
        set_vip(self.act, self.row, bool(self.before["vip"]))
        self.columns["vip"] = bool(self.before["vip"])


def settle_crises(act: Act, touched: set[int], items: Sequence[Item]) -> None:
    """After an escalation was taken back: count anew, and take back the crises that it declared or confirmed."""
    for crisis_id in touched:
        crises.recount(act.conn, crisis_id)
    made = {item.before["kept"]["declared"] for item in items if item.before["kept"].get("declared")}
    for crisis_id in made:
        crises.dismiss_if_empty(act.conn, crisis_id, act.now, act.member.handle)
    confirmed: dict[int, Mapping[str, Any]] = {}
    for item in items:
        for crisis_id, was in item.before["kept"].get("confirmed", {}).items():
            confirmed[int(crisis_id)] = was
    for crisis_id, was in confirmed.items():
        crises.propose_again_if_empty(act.conn, crisis_id, was, act.now, act.member.handle)

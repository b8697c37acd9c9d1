"""What other rules would change of what is stored. Everything happens in memory, and nothing is written.

A conversation can only change where one of the rules matches in which the old ones and the new ones differ, so only
there both are tried whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cminbox import rules
from cminbox.model import Conversation, band
from cminbox.query import Context
from cminbox.query.subject import Subject
from cminbox.rules import Rule, RuleBook, Verdict
from cminbox.rules.index import Index
from cminbox.store import Connection, conversations, messages

_STEP = 500
"""Conversations that are read at a time."""
_ANSWER = {True: "needs an answer", False: "needs no answer", None: "says nothing of an answer"}


@dataclass(frozen=True, slots=True)
class Difference:
    """What other rules would change of one conversation."""

    row: Conversation
    old: Verdict
    new: Verdict

    @property
    def labels(self) -> tuple[set[str], set[str]]:
        """Labels that would come, and labels that would go."""
        old, new = ({label for label, _ in verdict.labels} for verdict in (self.old, self.new))
        return new - old, old - new

    @property
    def words(self) -> str:
        """The difference in words; empty where there is none."""
        old, new = self.old, self.new
        parts = []
        if old.priority != new.priority:
            parts.append(f"{old.priority} → {new.priority} {band(new.priority)}")
        come, go = self.labels
        parts += [f"+{label}" for label in sorted(come)] + [f"-{label}" for label in sorted(go)]
        if first(old.assign) != first(new.assign):
            parts.append(f"assign {first(new.assign) or 'nobody'}")
        if (first(old.sla), old.sla_business) != (first(new.sla), new.sla_business):
            parts.append("another SLA")
        if first(old.answer) != first(new.answer):
            parts.append(_ANSWER[first(new.answer)])
        if first(old.role) != first(new.role):
            parts.append(f"role {first(new.role) or 'of no rule'}")
        if bool(old.lift) != bool(new.lift):
            parts.append("lifted into the queue" if new.lift else "only heard")
        if set(old.crisis) != set(new.crisis):
            parts.append("proposes a crisis" if new.crisis else "proposes no crisis")
        told, tell = ({to for to, _ in verdict.notify} for verdict in (old, new))
        parts += [f"tells {to}" for to in sorted(tell - told)] + [f"tells {to} no more" for to in sorted(told - tell)]
        return ", ".join(parts)


def first(pair: tuple[Any, str] | None) -> Any:
    """What a rule gave, without the rule; None where none gave anything."""
    return pair[0] if pair else None


def with_file(book: RuleBook, tried: RuleBook, name: str) -> RuleBook:
    """The rules as they would be with a file in the rules folder, in place of one of the same name."""
    kept = [rule for rule in book.rules if rule.file is None or rule.file.name != name]
    new = {rule.name for rule in tried.rules}
    both = [*(rule for rule in kept if rule.name not in new), *tried.rules]
    return RuleBook(tuple(sorted(both, key=lambda rule: rule.file.name if rule.file else "")))


class Trial:
    """Tries other rules on conversations of the store.

    Args:
        old: the rules in force.
        new: the other ones.
        context: when it is.
    """

    def __init__(self, old: RuleBook, new: RuleBook, context: Context) -> None:
        self._old, self._new, self._context = old, new, context
        self._differing = Index([rule.when for rule in _differing(old.rules, new.rules)])

    def run(self, conn: Connection, ids: Sequence[int]) -> Iterator[tuple[int, list[Difference]]]:
        """The conversations that would change, step by step, each with how many of `ids` were tried so far."""
        done = 0
        for part in conversations.chunks(ids, _STEP):
            rows = conversations.many(conn, part)
            asked = messages.judged(conn, rows)
            found = [self._tried(rows[number], asked[number]) for number in part if number in rows]
            done += len(part)
            yield done, [one for one in found if one is not None]

    def _tried(self, row: Conversation, theirs: Sequence[messages.Judged]) -> Difference | None:
        texts, folds = tuple([m.searched for m in theirs]), tuple([m.words for m in theirs])
        if next(self._differing.matching(Subject(row, texts, folds), self._context), None) is None:
            return None
        said = tuple([m.signal_words for m in theirs])
        asked = Subject(row, texts, folds, said, bool(theirs) and None not in [m.judged_with for m in theirs])
        one = Difference(row, *(rules.judge(book, asked, self._context) for book in (self._old, self._new)))
        return one if one.words else None


def _differing(old: Sequence[Rule], new: Sequence[Rule]) -> list[Rule]:
    """The rules that only one of the two has; all of them where those that both have stand in another order."""
    ours, theirs = ({rule.name: rule.said for rule in each} for each in (old, new))
    same = {name for name, said in ours.items() if theirs.get(name) == said}
    if [rule.name for rule in old if rule.name in same] != [rule.name for rule in new if rule.name in same]:
        return [*old, *new]
    return [rule for rule in (*old, *new) if rule.name not in same]

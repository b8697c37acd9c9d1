"""What the rules make of one conversation: its priority with the reasons, labels, SLA, assignment."""

from __future__ import annotations

from dataclasses import dataclass

from cminbox import handles, query
from cminbox.duration import format_duration
from cminbox.model import OF_CONVERSATIONS, Instant, Reason, band, band_ends, quoted
from cminbox.number_format import short_number, signed
from cminbox.query.subject import Subject
from cminbox.query.tree import Bound, Is, Leaf, Named, Range
from cminbox.query.values import Duration
from cminbox.rules.files import Rule, RuleBook

LOWEST = 0
HIGHEST = 100

_SHOWN = {"vip": "VIP", "due": "due soon", "ad": "under an ad"} | {
    word: word
    for word in ("question", "crisis", "overdue", "edited", "reply", "unassigned", "held", "hidden", "deleted", "heard")
}
_PARTS = 3
BOUNDS = "bounds"
"""What stands in place of a rule where points go beyond 0 or 100."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of a conversation now.

    Attributes:
        priority: 0–100, the sum of the reasons' points.
        reasons: what gave points, the weightiest first.
        rules: the names of all that match, in order.
        labels: each with the rule that gave it first.
        sla: the SLA in milliseconds (None: no SLA) and its rule; the last rule that speaks of it has its way.
        sla_business: whether it counts business hours; None where no rule says so.
        assign: to whom, and the rule; the last one has its way.
        role: of the person behind it, and the rule; the last one has its way.
        lift: the first rule that lifts what was only heard; empty where none does.
        answer: whether an answer is needed, and the rule that says so; the last one has its way.
        crisis: the rules that propose one.
        notify: whom to tell, each with the first rule that says so.
        rescore_at: when time alone may change all this; None if it never will.
    """

    priority: int
    reasons: tuple[Reason, ...] = ()
    rules: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    sla: tuple[int | None, str] | None = None
    sla_business: bool | None = None
    assign: tuple[str, str] | None = None
    answer: tuple[bool, str] | None = None
    role: tuple[str, str] | None = None
    lift: str = ""
    crisis: tuple[str, ...] = ()
    notify: tuple[tuple[str, str], ...] = ()
    rescore_at: Instant | None = None


def judge(book: RuleBook, subject: Subject, ctx: query.Context) -> Verdict:
    """Tries the rules in order on a conversation. Pure: the same book, subject and context give the same verdict."""
    rules = book.rules
    matched: list[str] = []
    reasons: list[Reason] = []
    within: list[Reason] = []
    most: tuple[int, Reason] | None = None
    labels: dict[str, str] = {}
    notify: dict[str, str] = {}
    crisis: list[str] = []
    lift = ""
    sla: tuple[int | None, str] | None = None
    business: bool | None = None
    assign: tuple[str, str] | None = None
    needs: tuple[bool, str] | None = None
    role: tuple[str, str] | None = None
    for number in book.index.matching(subject, ctx):
        rule = rules[number]
        matched.append(rule.name)
        if rule.priority:
            reason = rule.reason or Reason(rule.priority, rule.name, why(rule, subject))
            (within if rule.within_band else reasons).append(reason)
        if rule.urgency and (points := round(rule.urgency * subject.row.content.urgency)):
            reasons.append(Reason(points, rule.name, _urgent(rule, subject)))
        if rule.most is not None and (most is None or rule.most < most[0]):
            most = rule.most, Reason(0, rule.name, why(rule, subject))
        for label in rule.labels:
            labels.setdefault(label, rule.name)
        for name in rule.notify:
            notify.setdefault(name, rule.name)
        if rule.sla is not None:
            sla = (rule.sla or None, rule.name)
        if rule.sla_hours:
            business = rule.sla_hours == "business"
        if rule.answer is not None:
            needs = (rule.answer, rule.name)
        if rule.assign:
            assign = (rule.assign, rule.name)
        if rule.role:
            role = (rule.role, rule.name)
        if rule.lift:
            lift = lift or rule.name
        if rule.propose_crisis:
            crisis.append(rule.name)
        if rule.stop:
            break
    priority = _settled(reasons, within, most)
    reasons.sort(key=_weight, reverse=True)
    return Verdict(
        priority=priority,
        reasons=tuple(reasons),
        rules=tuple(matched),
        labels=tuple(labels.items()),
        sla=sla,
        sla_business=business,
        assign=assign,
        answer=needs,
        role=role,
        lift=lift,
        crisis=tuple(crisis),
        notify=tuple(notify.items()),
        rescore_at=_rescore_at(book, subject, ctx),
    )


def _settled(reasons: list[Reason], within: list[Reason], most: tuple[int, Reason] | None) -> int:
    """The priority that reasons come to. What is cut off on the way becomes a reason too, so that all points sum to it.

    Args:
        reasons: of the rules whose points count in full; the others that there are then are added.
        within: of the rules whose points leave the band as it is.
        most: where it ends at most, and the reason of the rule that says so.
    """
    total = sum(reason.points for reason in reasons)
    priority = min(max(total, LOWEST), HIGHEST)
    if priority != total:
        reasons.append(Reason(priority - total, BOUNDS, f"ends at {priority}"))
    highest = HIGHEST
    if most is not None:
        highest, reason = most
        if priority > highest:
            reasons.append(reason._replace(points=highest - priority, why=f"{reason.why}: at most {highest}"))
            priority = highest
    for reason in within:
        low, high = band_ends(band(priority))
        held = min(max(priority + reason.points, low), high, highest)
        if held != priority:
            reasons.append(reason._replace(points=held - priority))
            priority = held
    return priority


def _urgent(rule: Rule, subject: Subject) -> str:
    """Why the points of service words count: the words."""
    said = quoted(subject.row.content.urgent_words)
    return f"{rule.name} {said}" if said else rule.name


def labelled(book: RuleBook, subject: Subject, ctx: query.Context) -> tuple[tuple[str, str], ...]:
    """The labels of `judge` alone, for less work."""
    labels: dict[str, str] = {}
    for number in book.index.matching(subject, ctx, book.labelling):
        rule = book.rules[number]
        for label in rule.labels:
            labels.setdefault(label, rule.name)
        if rule.stop:
            break
    return tuple(labels.items())


def answer(book: RuleBook, subject: Subject, ctx: query.Context) -> tuple[bool, str] | None:
    """Whether a message needs an answer, and the rule that says so; the last one that speaks of it has its way.

    Args:
        subject: the conversation, as if the message were all that is in it.
    """
    found: tuple[bool, str] | None = None
    for number in book.index.matching(subject, ctx, book.answering):
        rule = book.rules[number]
        if rule.answer is not None:
            found = (rule.answer, rule.name)
        if rule.stop:
            break
    return found


def _weight(reason: Reason) -> int:
    return abs(reason.points)


def _rescore_at(book: RuleBook, subject: Subject, ctx: query.Context) -> Instant | None:
    instants = [query.changes_at(book.rules[number].when, subject, ctx) for number in book.index.other_times]
    instants.append(book.index.next_moment(subject, ctx.now))
    return min((at for at in instants if at is not None), default=None)


def why(rule: Rule, subject: Subject) -> str:
    """A matching rule's reason in a few words: what it looks at, or its name where it looks at the text.

    It says nothing that a minute makes wrong ("waiting over 30m", not "waiting 56m"), because it is kept.
    """
    parts = dict.fromkeys(part for leaf in rule.conditions if (part := _shown(leaf, subject)))
    said = ", ".join(list(parts)[:_PARTS]) or rule.name
    return f"{said}, as what it answers" if subject.in_context and _heard(rule) else said


def _heard(rule: Rule) -> bool:
    """Whether a rule looks at what was heard in a text."""
    return any(
        leaf.value not in OF_CONVERSATIONS if isinstance(leaf, Named) else True
        for leaf in rule.conditions
        if isinstance(leaf, Named | Range) and leaf.field in ("signal", "sentiment")
    )


def _shown(leaf: Leaf, subject: Subject) -> str:
    match leaf:
        case Is(value):
            return _SHOWN.get(value, "")
        case Named("kind", _):
            return "DM" if subject.row.kind == "dm" else subject.row.kind
        case Named("from", _):
            return handles.written(subject.row.network, subject.row.handle)
        case Named("crisis", _):
            return f"crisis {subject.row.crises[-1]}" if subject.row.crises else ""
        case Named("signal", value, prefix):
            return _signals(value.lower(), prefix, subject)
        case Named("label" | "topic" | "role" | "network" | "source" | "lang", value):
            return value
        case Range("sentiment"):
            return _mood(subject.row.sentiment)
        case Range("followers"):
            return f"{short_number(subject.row.followers or 0)} followers"
        case Range("stars"):
            stars = subject.row.content.stars
            return "" if stars is None else f"{stars} star{'s' if stars != 1 else ''}"
        case Range("waiting", low, _):
            return _over("waiting", low)
        case Range("age", low, _):
            return _over("quiet", low)
        case Range("due"):
            return "due soon"
    return ""


def _signals(wanted: str, prefix: bool, subject: Subject) -> str:
    """A signal that is there, with the words that say so."""
    found = [one for one in subject.row.content.signals if (one.startswith(wanted) if prefix else one == wanted)]
    if not found:
        return ""
    said = quoted(subject.signal_words.get(found[0], ()))
    name = found[0].replace("-", " ")
    return f"{name} {said}" if said else name


def _mood(score: float | None) -> str:
    if score is None:
        return ""
    name = "negative" if score < 0 else "positive" if score > 0 else "neutral"
    return f"{name} {signed(score, 2)}"


def _over(word: str, low: Bound | None) -> str:
    if low is not None and isinstance(low.value, Duration):
        return f"{word} over {format_duration(low.value.ms)}"
    return ""

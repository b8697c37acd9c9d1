"""What each figure of a report means: its definition in one line, what it counts, what it leaves out, where it is from.

docs/metrics.md says the same; a test holds both to the report's keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from cminbox.model import DAY, HOUR, MINUTE, Instant
from cminbox.query import values

Cohort = Literal["ended", "written", "now"]
"""Which of them a period counts: what ended in it, what was written in it; or all, as it stands now."""
COHORTS: dict[Cohort, str] = {"ended": "by when it ended", "written": "by when they wrote", "now": "as it is now"}
"""The cohorts in words."""


class Definition(NamedTuple):
    """What one figure means.

    Attributes:
        key: its key in JSON.
        title: its name for people.
        means: its definition in one line.
        left_out: what it does not count.
        cohort: what a period counts, unless the report is asked for the other.
        query: the conversations behind it; `{replied}` and `{age}` stand for the field within the period.
        fixed: it is of that cohort, whatever the report is asked for.
    """

    key: str
    title: str
    means: str
    left_out: str
    cohort: Cohort
    query: str
    fixed: bool = False


_HISTORY = "history from before the first poll"

DEFINITIONS: tuple[Definition, ...] = (
    Definition(
        "first_response",
        "first response",
        "from the first message of a cycle to our first answer in it",
        f"{_HISTORY}; cycles without an answer so far",
        "ended",
        "{replied}",
    ),
    Definition(
        "first_useful",
        "first useful",
        "from the first message of a cycle to our first answer in it that is no holding answer",
        f"{_HISTORY}; cycles without such an answer so far",
        "ended",
        "{replied}",
    ),
    Definition(
        "reply",
        "reply",
        "from the oldest unanswered message to the answer that ends the wait",
        f"{_HISTORY}; second parts of an answer; waits without an answer so far",
        "ended",
        "{replied}",
    ),
    Definition(
        "first_act",
        "first act",
        "from the first message of a cycle to the first thing that a member did on it",
        "what rules and the engine did; what was undone; cycles that were answered elsewhere first",
        "ended",
        "{age}",
    ),
    Definition(
        "handle",
        "handle time",
        "how long a member wrote at a reply, from opening the composer to sending it",
        "pauses over 5 minutes; replies from the command line and those written elsewhere",
        "ended",
        "{replied}",
    ),
    Definition(
        "resolution",
        "resolution",
        "from the first message of a cycle to its closing",
        "cycles that were closed without an answer; spam",
        "ended",
        "is:closed is:answered {replied}",
    ),
    Definition(
        "touches",
        "touches",
        "how many things members did on a cycle until its end",
        "what rules and the engine did; what was undone; cycles that have not ended",
        "ended",
        "is:closed {age}",
    ),
    Definition(
        "back",
        "back in 7 days",
        "from the end of a cycle until the same person wrote about the same matter again",
        "of the rate: cycles that ended less than 7 days ago and are not back so far",
        "ended",
        "is:open {replied}",
    ),
    Definition(
        "sla",
        "SLA kept",
        "of the decided SLAs the share that was hit; closed unanswered is missed, for ever",
        "SLAs that still run; what needed no answer before it was late",
        "ended",
        "is:overdue OR (is:closed -is:answered {age})",
    ),
    Definition(
        "answer_rate",
        "answer rate",
        "of the waits that needed an answer the share that was answered; who was taken out of them was not",
        "what needed no answer when it came",
        "written",
        "(is:needs-answer OR is:answered OR is:closed) {age}",
    ),
    Definition(
        "ends",
        "ends",
        "how cycles ended: answered, none needed, closed unanswered",
        "spam; cycles that have not ended",
        "ended",
        "is:closed {age}",
    ),
    Definition(
        "waiting",
        "waiting now",
        "conversations in which somebody waits for an answer, and for how long the oldest has",
        "closed ones, and spam",
        "now",
        "waiting:>0s",
        fixed=True,
    ),
    Definition(
        "volume",
        "volume",
        "messages that people wrote to the brand",
        "those that the network no longer has",
        "written",
        "{age}",
        fixed=True,
    ),
    Definition(
        "answers",
        "answers",
        "messages that our side wrote, here and elsewhere; by member, those that they sent from here",
        _HISTORY,
        "ended",
        "{replied}",
        fixed=True,
    ),
)
"""All figures, in the order in which they are told."""
DEFINED: Mapping[str, Definition] = {one.key: one for one in DEFINITIONS}
"""The same by their keys."""


def behind(definition: Definition, since: Instant, until: Instant, now: Instant) -> str:
    """The query for the conversations behind a figure of a period, as it is asked now."""
    return definition.query.format(replied=_within("replied", since, until, now), age=_within("age", since, until, now))


def _within(field: str, since: Instant, until: Instant, now: Instant) -> str:
    """A field whose time lies in a period, by how long ago that was; to the minute where that is not long."""
    if now - until < MINUTE:
        return f"{field}:<={_ago(now - since)}"
    newest = max(0, now - until) // MINUTE * MINUTE
    return f"{field}:{_text(newest)}..{_ago(max(now - since, newest + MINUTE))}"


def _ago(length: int) -> str:
    """A length in a unit that suits it, never too short."""
    unit = MINUTE if length < 2 * DAY else HOUR if length < 30 * DAY else DAY
    return _text(-(-max(0, length) // unit) * unit)


def _text(length: int) -> str:
    return values.write_value(values.Duration(length))

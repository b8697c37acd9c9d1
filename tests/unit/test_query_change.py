"""When time alone changes an answer: never before the instant told, and at it."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone, tzinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.model import DAY, HOUR, MINUTE, WEEK
from cminbox.query import Context, Query, changes_at, matches, parse
from cminbox.query.subject import Subject
from profiles import examples
from subjects import about

START = 1_770_000_000_000
LATER = (*(n * 7 * MINUTE for n in range(1, 40)), *(n * 5 * HOUR for n in range(1, 60)), 3 * WEEK, 60 * WEEK)

terms = st.one_of(
    st.sampled_from(["is:open", "is:closed", "is:overdue", "is:due", "refund", "topic:late", "topic:none"]),
    st.builds(
        "{}:{}{}".format,
        st.sampled_from(["age", "waiting", "created", "replied"]),
        st.sampled_from(["<", "<=", ">", ">="]),
        st.sampled_from(["0s", "1s", "30m", "2h", "1d", "2d", "1w"]),
    ),
    st.builds("due:{}{}".format, st.sampled_from(["<", "<=", ">", ">="]), st.sampled_from(["-1h", "0s", "30m", "1d"])),
    st.builds(
        "{}:{}{}".format,
        st.sampled_from(["created", "replied"]),
        st.sampled_from(["", "<", "<=", ">", ">="]),
        st.sampled_from(["today", "yesterday", "2026-02-02", "2026-02"]),
    ),
    st.sampled_from(["waiting:1h..3h", "age:1d..2d", "due:-1h..1h", "created:yesterday..today", "created:1h..2d"]),
)
texts = st.recursive(
    terms,
    lambda inner: st.one_of(
        inner.map("-({})".format),
        st.builds("({} {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
    ),
    max_leaves=5,
)
instants = st.one_of(
    st.integers(START - 3 * DAY, START + 3 * DAY),
    st.sampled_from([START - DAY, START - HOUR, START - 1, START, START + 1, START + HOUR]),
)
subjects = st.builds(
    about,
    created_at=instants,
    newest_at=instants,
    waiting_since=st.one_of(st.none(), instants),
    outbound_at=st.one_of(st.none(), instants),
    due_at=st.one_of(st.none(), instants),
    texts=st.sampled_from([(), ("refund",)]),
)
zones = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))])


def context(now: int, zone: tzinfo) -> Context:
    return Context(now, topics={"late": parse("waiting:>1h -topic:late").tree}, zone=zone)


@settings(max_examples=examples(500))
@given(text=texts, subject=subjects, zone=zones, data=st.data())
def test_the_answer_stays_until_then_and_changes_then(
    text: str, subject: Subject, zone: tzinfo, data: st.DataObject
) -> None:
    query = parse(text)

    def says(now: int) -> bool:
        return matches(query, subject, context(now, zone))

    when = changes_at(query, subject, context(START, zone))
    steps = [START + step for step in LATER]
    if when is None:
        assert all(says(now) is says(START) for now in steps)
        return
    assert when > START
    assert says(when) is not says(START)
    between = data.draw(st.integers(START, when - 1))
    assert all(says(now) is says(START) for now in (between, when - 1, *(now for now in steps if now < when)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is:open waiting:>2h", START + 2 * HOUR + 1),
        ("is:closed waiting:>2h", None),
        ("is:open OR waiting:>2h", None),
        ("-waiting:>=2h", START + 2 * HOUR),
        ("due:<30m", START + HOUR - 30 * MINUTE + 1),
        ("is:overdue", START + HOUR + 1),
        ("is:due", None),
        ("priority:>5 network:x", None),
        ("created:today", 1_770_076_800_000),
        ("age:>1000000w", START + 1_000_000 * WEEK + 1),
    ],
)
def test_the_instant_is_exact(text: str, expected: int | None) -> None:
    subject = about(created_at=START, newest_at=START, waiting_since=START, due_at=START + HOUR)
    assert changes_at(parse(text), subject, Context(START)) == expected


def test_instants_beyond_the_calendar_break_nothing() -> None:
    query: Query = parse("created:today OR created:yesterday OR created:>2026-01-01")
    for odd in (-(10**17), 10**17):
        assert changes_at(query, about(created_at=odd, newest_at=odd), Context(START)) is None

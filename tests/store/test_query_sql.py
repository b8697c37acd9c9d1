"""The store and the memory give the same answer: random queries, random conversations, a real SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, timedelta, timezone, tzinfo
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_query_sql_cases import Case, Text, agree, by_sql, context, counting, made_store
from test_query_sql_trees import (
    HANDLES,
    LABELS,
    LANGS,
    NAMES,
    NUMBERS,
    PLACES,
    SIGNAL_NAMES,
    START,
    WORDS,
    any_text,
    leaves,
    trees,
)

from cminbox.errors import QueryError
from cminbox.model import DAY, HOUR, KINDS, STATUSES, searched_text
from cminbox.query import Context, parse
from cminbox.query.parser import MAX_DEPTH, MAX_TERMS
from cminbox.query.tree import Node
from cminbox.store.search import Condition, difference, plan, to_sql
from cminbox.store.search.plan import FEW, LISTED, SORTED
from profiles import examples
from subjects import about


@pytest.fixture(scope="module")
def conn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    made = made_store(tmp_path_factory.mktemp("query") / "cminbox.db")
    yield made
    made.close()


texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).flatmap(
    lambda found: st.sampled_from([" ", ", ", "\n", ""]).map(lambda between: between.join(found))
)
messages = st.builds(Text, texts, st.one_of(st.just(""), texts), st.integers(0, 3).map(lambda n: n == 0))
instants = st.one_of(
    st.integers(START - 40 * DAY, START + 2 * DAY),
    st.sampled_from([START, START - HOUR, START + HOUR, START - DAY, START - HOUR - 1, START + HOUR + 1]),
)
maybe_instants = st.one_of(st.none(), instants)
coming_back = st.one_of(
    st.just({}),
    st.builds(lambda at: {"back_at": at, "back_why": "no reply in 2d"}, maybe_instants),
)


@st.composite
def _in_crisis(draw: st.DrawFn) -> dict[str, object]:
    """In no crisis, in one that runs, or in one that has ended."""
    name = draw(st.sampled_from(["", "late parcels", *PLACES]))
    running = name if draw(st.booleans()) else ""
    past = draw(st.sampled_from([(), (), ("#2", "shop"), ("#2", "shop", "#7", "Mastodon")])) if name else ()
    now = ("#1", name) if name else ()
    return {"crisis_id": 1 if name else None, "crisis": running, "crises": (*past, *now)}


crises = _in_crisis()


@st.composite
def cases(draw: st.DrawFn) -> Case:
    thread = tuple(draw(st.lists(messages, max_size=3)))
    labels = draw(st.lists(st.sampled_from(LABELS), max_size=3, unique=True))
    removed = draw(st.lists(st.sampled_from(LABELS), max_size=2, unique=True))
    subject = about(
        source=draw(st.sampled_from(PLACES)),
        network=draw(st.sampled_from(PLACES)),
        kind=draw(st.sampled_from(KINDS)),
        status=draw(st.sampled_from(STATUSES)),
        handle=draw(st.sampled_from(HANDLES)),
        name=draw(st.sampled_from(NAMES)),
        role=draw(st.sampled_from(["", "journalist", *PLACES])),
        vip=draw(st.booleans()),
        followers=draw(st.sampled_from([None, 0, *NUMBERS, 20_000])),
        lang=draw(st.sampled_from(LANGS)),
        sentiment=draw(st.one_of(st.none(), st.sampled_from([-1.0, 0.0, 1.0]), st.floats(-1, 1))),
        priority=draw(st.sampled_from([0, 29, 30, 31, 60, 80, 99, 100])),
        labels=tuple(sorted(labels)),
        assignee=draw(st.sampled_from(["", "ana", "Ana", "bo"])),
        team=draw(st.sampled_from(["", "care", "Care", "press"])),
        **draw(crises),
        outbox=draw(st.sampled_from(["", "draft", "awaiting approval", "held", "failed", "unknown"])),
        waiting_since=draw(maybe_instants),
        created_at=draw(instants),
        newest_at=draw(instants),
        outbound_at=draw(maybe_instants),
        due_at=draw(maybe_instants),
        promise_at=draw(maybe_instants),
        promise_owner=draw(st.sampled_from(["", "ana", "Ana", "bo"])),
        **draw(coming_back),
        watchers=draw(st.sampled_from([(), ("ana",), ("Ana", "bo"), ("ana", "bo")])),
        question=draw(st.booleans()),
        edited=draw(st.booleans()),
        is_reply=draw(st.booleans()),
        held=draw(st.booleans()),
        hidden=draw(st.booleans()),
        ad=draw(st.booleans()),
        deleted=draw(st.booleans()),
        heard=draw(st.booleans()),
        colleague=draw(st.booleans()),
        stars=draw(st.sampled_from([None, 1, 2, 5])),
        needs_since=draw(maybe_instants),
        first_reply_at=draw(maybe_instants),
        end=draw(st.sampled_from(["", "answered", "none needed", "unanswered"])),
        signals=tuple(sorted(draw(st.lists(st.sampled_from(SIGNAL_NAMES), max_size=3, unique=True)))),
        texts=tuple(searched_text(m.title, m.text) for m in thread if not m.deleted),
    )
    return Case(subject, thread, tuple(label for label in removed if label not in labels))


@settings(max_examples=examples(300), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    tree_list=st.lists(trees, min_size=1, max_size=4),
    case_list=st.lists(cases(), min_size=1, max_size=4),
    now=instants,
    zone=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]),
)
def test_the_store_answers_as_the_memory_does(
    conn: sqlite3.Connection, tree_list: list[Node], case_list: list[Case], now: int, zone: tzinfo
) -> None:
    agree(conn, tree_list, case_list, context(now, zone))


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    leaf_list=st.lists(leaves, min_size=6, max_size=12),
    case_list=st.lists(cases(), min_size=3, max_size=4),
    now=st.sampled_from([START, START + HOUR]),
)
def test_each_term_alone_is_answered_alike(
    conn: sqlite3.Connection, leaf_list: list[Node], case_list: list[Case], now: int
) -> None:
    agree(conn, leaf_list, case_list, context(now))


@settings(max_examples=examples(300))
@given(text=any_text)
def test_no_text_breaks_the_search(conn: sqlite3.Connection, text: str) -> None:
    try:
        query = parse(text)
    except QueryError:
        return
    assert by_sql(conn, query, context(START)) == set()


@pytest.mark.parametrize(
    "text",
    [
        " ".join(f"word{n}" for n in range(MAX_TERMS)),
        " OR ".join(f"word{n}" for n in range(MAX_TERMS)),
        " ".join(f"-label:l{n}" for n in range(MAX_TERMS)),
        " OR ".join(f"(is:open label:l{n})" for n in range(MAX_TERMS // 2)),
        "(is:open -(is:vip OR " * (MAX_DEPTH // 3) + "a" + "))" * (MAX_DEPTH // 3),
        "-" * MAX_DEPTH + "a",
        "(" * (MAX_DEPTH - 1) + "-label:x" + ")" * (MAX_DEPTH - 1),
        "(label:x /y/ OR (" * (MAX_DEPTH // 2) + "topic:loop" + "))" * (MAX_DEPTH // 2),
    ],
)
def test_the_largest_queries_are_borne_by_the_database(conn: sqlite3.Connection, text: str) -> None:
    assert by_sql(conn, parse(text), context(START)) == set()
    assert by_sql(conn, parse(text), context(START), counting((2 * LISTED,))) == set()


def test_the_thresholds_are_told() -> None:
    page = (Path(__file__).parents[2] / "docs" / "dev" / "query.md").read_text(encoding="utf-8")
    for name in ("FEW", "WALKED", "SORTED", "LISTED"):
        assert f"| `{name}` | {getattr(plan, name):,} |" in page


def test_values_of_a_query_are_never_part_of_the_statement() -> None:
    evil = "x' OR 1=1 --"
    where = to_sql(parse(f'from:"{evil}" label:"{evil}" source:"{evil}" "{evil}" /x\' OR 1=1/'), Context(START))
    assert "1=1" not in where.sql
    assert "x'" not in where.sql
    assert where.sql.count("?") == len(where.params)


def test_rare_terms_are_fetched_and_common_ones_asked_of_each_conversation() -> None:
    ctx = Context(START)
    rare = to_sql(parse("is:open refund label:x"), ctx, counting((FEW // 2, 2 * LISTED)))
    assert rare.by_id
    assert rare.params == ['"refund"', "open", "x"]
    common = to_sql(parse("is:open refund"), ctx, counting((2 * LISTED,)))
    assert (common.by_id, common.status, common.params) == (False, "open", ["open", " refund "])
    assert common.walked > 0
    person = to_sql(parse("from:@ana"), ctx, counting((1,)))
    assert (person.by_id, person.params) == (True, ["ana", "ana@", "ana["])
    many = to_sql(parse("followers:>10 is:question"), ctx, counting((2 * LISTED,)))
    assert (many.by_id, many.params) == (False, [10])


def test_where_a_short_walk_does_not_fill_the_page_the_rarest_part_is_listed() -> None:
    ctx = Context(START)

    def otherwise(text: str, *sizes: int) -> Condition:
        first = to_sql(parse(text), ctx, counting((2 * LISTED,)))
        assert first.otherwise is not None
        return first.otherwise(counting(sizes))

    listed = otherwise("is:open refund", SORTED + 1)
    assert (listed.by_id, listed.lists, listed.params) == (False, True, ['"refund"', "open"])
    # With nothing left to ask, so many match that a walk soon meets a page of them.
    nothing_left = otherwise("is:open refund", SORTED)
    assert (nothing_left.by_id, nothing_left.params) == (False, ['"refund"', "open"])
    # Rows have to be read for the rest, and those of ids in their order lie side by side.
    read = otherwise("refund is:question", SORTED)
    assert (read.by_id, read.params) == (True, ['"refund"'])
    rarest = otherwise("refund priority:>40", LISTED, LISTED - 1, 2 * LISTED)
    assert (rarest.by_id, rarest.params) == (False, [40, " refund "])
    endless = otherwise("the", LISTED + 1)
    assert (endless.by_id, endless.lists, endless.params) == (False, False, [" the "])
    either = otherwise("(refund OR priority:>90) is:question", SORTED - 1, 1)
    assert (either.by_id, sorted(map(str, either.params))) == (True, ['"refund"', "90"])
    nothing_to_list = otherwise("is:open is:question -the", 2 * LISTED)
    assert (nothing_to_list.by_id, nothing_to_list.lists) == (False, False)


def test_nothing_is_counted_further_than_it_matters() -> None:
    asked: list[tuple[str, int]] = []

    def count(sql: str, params: Sequence[object]) -> int:
        most = int(sql.rsplit(" ", 1)[1])
        asked.append((str(params[0]), most))
        return most

    first = to_sql(parse("refund label:billing -thanks"), Context(START), count)
    assert {name for name, _ in asked} == {'"refund"', '"thanks"', "billing"}
    assert {most for _, most in asked} == {FEW + 1}
    assert first.otherwise is not None
    made = first.otherwise(count)
    assert {most for name, most in asked if name == '"thanks"'} == {FEW + 1}
    assert max(most for _, most in asked) == LISTED + 1
    known = len(asked)
    assert first.otherwise(count) is made
    assert len(asked) == known


def test_a_comparison_is_listed_within_the_status_that_everything_has_that_matches() -> None:
    ctx = Context(START)
    asked: list[str] = []

    def count(sql: str, _params: Sequence[object]) -> int:
        asked.append(sql)
        return 1

    for text in ("priority:<10", "age:<2h", "due:<1h", "waiting:>2h"):
        asked.clear()
        assert to_sql(parse(f"is:open {text}"), ctx, count).by_id
        assert "k.status = 'open'" in asked[0]
        asked.clear()
        assert to_sql(parse(text), ctx, count).by_id
        assert "k.status" not in asked[0]


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("is:open is:unassigned", "is:open", "is:open assignee:*"),
        ("is:open -label:vip is:unassigned", "is:open", "is:open (label:vip OR assignee:*)"),
        ("-refund", "", "refund"),
    ],
)
def test_what_is_not_so_is_counted_as_a_difference(text: str, first: str, second: str) -> None:
    assert difference(parse(text)) == (parse(first), parse(second))


@pytest.mark.parametrize("text", ["is:open", "", "refund -label:x", "is:open OR -refund"])
def test_other_queries_are_no_difference(text: str) -> None:
    assert difference(parse(text)) is None


@pytest.mark.parametrize("text", ["is:open is:mine", "crisis:x is:open", "due:<1h is:open", "is:open priority:>50"])
def test_states_are_read_from_an_index(conn: sqlite3.Connection, text: str) -> None:
    where = to_sql(parse(text), context(START))
    sql = f"EXPLAIN QUERY PLAN SELECT c.id FROM conversations AS c WHERE c.gone = 0 AND {where.sql}"  # noqa: S608
    steps = " ".join(row[3] for row in conn.execute(sql, where.params))
    assert "SEARCH c USING" in steps

"""The store and the memory give the same answer: random queries, random conversations, a real SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, timedelta, timezone, tzinfo

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
from cminbox.store.search import Condition, difference, to_sql
from cminbox.store.search.candidates import Cover, common
from cminbox.store.search.plan import FEW, MORE, NESTED, SOME
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
        crisis=draw(st.sampled_from(["", "late parcels", *PLACES])),
        waiting_since=draw(maybe_instants),
        created_at=draw(instants),
        newest_at=draw(instants),
        outbound_at=draw(maybe_instants),
        due_at=draw(maybe_instants),
        question=draw(st.booleans()),
        edited=draw(st.booleans()),
        is_reply=draw(st.booleans()),
        texts=tuple(searched_text(m.title, m.text) for m in thread if not m.deleted),
    )
    return Case(subject, thread, tuple(label for label in removed if label not in labels))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
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


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    leaf_list=st.lists(leaves, min_size=6, max_size=12),
    case_list=st.lists(cases(), min_size=3, max_size=4),
    now=st.sampled_from([START, START + HOUR]),
)
def test_each_term_alone_is_answered_alike(
    conn: sqlite3.Connection, leaf_list: list[Node], case_list: list[Case], now: int
) -> None:
    agree(conn, leaf_list, case_list, context(now))


@settings(max_examples=300, deadline=None)
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
    assert by_sql(conn, parse(text), context(START), counting((2 * NESTED,))) == set()


def test_values_of_a_query_are_never_part_of_the_statement() -> None:
    evil = "x' OR 1=1 --"
    where = to_sql(parse(f'from:"{evil}" label:"{evil}" source:"{evil}" "{evil}" /x\' OR 1=1/'), Context(START))
    assert "1=1" not in where.sql
    assert "x'" not in where.sql
    assert where.sql.count("?") == len(where.params)


def test_rare_terms_are_fetched_and_common_ones_asked_of_each_conversation() -> None:
    ctx = Context(START)
    rare = to_sql(parse("is:open refund label:x"), ctx, counting((FEW // 2, 2 * NESTED)))
    assert rare.gathered
    assert rare.params == ['"refund"', "open", "x"]
    common = to_sql(parse("is:open refund"), ctx, counting((2 * NESTED,)))
    assert (common.gathered, common.status, common.params) == (False, "open", ["open", " refund "])
    assert common.walked > 0
    person = to_sql(parse("from:@ana"), ctx, counting((1,)))
    assert (person.gathered, person.params) == (True, ["ana", "ana@", "ana["])
    many = to_sql(parse("followers:>10 is:question"), ctx, counting((2 * NESTED,)))
    assert (many.gathered, many.params) == (False, [10])
    nothing_to_list = to_sql(parse("is:open is:question -the"), ctx, counting((2 * NESTED,)))
    assert nothing_to_list.instead is None


def test_where_a_short_walk_does_not_fill_the_page_all_that_can_be_is_listed() -> None:
    ctx = Context(START)

    def instead(text: str, *sizes: int, seen: bool = False) -> Condition:
        first = to_sql(parse(text), ctx, counting((2 * NESTED,)))
        assert first.instead is not None
        return first.instead(counting(sizes), seen=seen)

    listed = instead("is:open refund", SOME + 1)
    assert (listed.gathered, listed.listed, listed.params) == (False, True, ['"refund"', "open"])
    both = instead("refund priority:>40", SOME + 1, SOME + 2)
    assert (both.gathered, both.params) == (False, [40, '"refund"'])
    # Rows have to be read for the rest, and those of ids in their order lie side by side.
    read = instead("refund is:question", SOME)
    assert (read.gathered, read.params) == (True, ['"refund"'])
    few = instead("lang:es refund", MORE, 10_000_000)
    assert (few.gathered, few.params) == (True, ["es", " refund "])
    endless = instead("the", 10_000_000)
    assert (endless.gathered, endless.listed, endless.params) == (False, False, [" the "])
    either = instead("(refund OR priority:>90) is:question", SOME, 1)
    assert (either.gathered, sorted(map(str, either.params))) == (False, ['"refund"', "90"])
    # A list that would take longer than asking those that another one leaves is not made.
    label = instead("label:billing refund priority:>40", 4_000, 4_000, 40_000)
    assert label.params == ['"refund"', "billing", 40]
    assert label.sql.endswith(" AND c.priority > ?")
    # Where matches have been met, a walk meets more of them: only what is dear to ask is listed.
    met = instead("refund priority:>40 is:question", SOME, 20_000, seen=True)
    assert (met.gathered, met.params) == (False, ['"refund"', 40])
    assert " AND c.priority > ?" in met.sql
    # But what is gathered soon is gathered: nobody knows where a walk meets the next.
    sure = instead("refund priority:>40 is:question", SOME, 5_000, seen=True)
    assert (sure.gathered, sure.params) == (True, ['"refund"', 40])


def test_nothing_is_counted_again_that_was_counted_and_nothing_further_than_it_matters() -> None:
    asked: list[tuple[str, int]] = []

    def count(sql: str, params: Sequence[object]) -> int:
        most = int(sql.rsplit(" ", 1)[1])
        asked.append((str(params[0]), most))
        return min(most, {'"refund"': NESTED, '"thanks"': 10**7, "billing": 10**7}[str(params[0])])

    first = to_sql(parse("refund label:billing -thanks"), Context(START), count)
    assert first.instead is not None
    assert {name for name, _ in asked} == {'"refund"', '"thanks"', "billing"}
    began = len(asked)
    first.instead(count)
    # More than so many are never listed inside a negation; of the others there may be more than were looked for.
    assert {name for name, _ in asked[began:]} == {'"refund"', "billing"}
    assert all(most > 2 * NESTED for _, most in asked[began:])
    known = len(asked)
    first.instead(count, seen=True)
    assert len(asked) == known


@given(st.lists(st.lists(st.integers(1, 12)), min_size=1, max_size=4))
def test_what_lists_have_in_common_is_found_with_an_index_of_the_smallest_alone(lists: list[list[int]]) -> None:
    covers = [
        Cover(
            " UNION ALL ".join(["SELECT ? AS id"] * len(ids) or ["SELECT 1 WHERE 0"]),
            tuple(ids),
            len(ids),
            0,
            True,
            True,
        )
        for ids in lists
    ]
    sql, params = common(covers)
    with closing(sqlite3.connect(":memory:")) as db:
        found = {row[0] for row in db.execute(sql, params)}
        plan = [str(row[3]) for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", params)]
    assert found == set.intersection(*map(set, lists))
    assert sum(step.startswith("LIST SUBQUERY") for step in plan) == len(lists) - 1


def test_a_comparison_is_listed_within_the_status_that_everything_has_that_matches() -> None:
    ctx = Context(START)
    asked: list[str] = []

    def count(sql: str, _params: Sequence[object]) -> int:
        asked.append(sql)
        return 1

    for text in ("priority:<10", "age:<2h", "due:<1h", "waiting:>2h"):
        asked.clear()
        assert to_sql(parse(f"is:open {text}"), ctx, count).gathered
        assert "k.status = 'open'" in asked[0]
        asked.clear()
        assert to_sql(parse(text), ctx, count).gathered
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
    plan = " ".join(row[3] for row in conn.execute(sql, where.params))
    assert "SEARCH c USING" in plan

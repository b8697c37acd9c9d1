"""The queue by keyset: every row once, in order, from an index that already has the order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_rows import add_random, add_row, store_in

from cminbox import query
from cminbox.errors import StoreError
from cminbox.query import Context
from cminbox.query.tree import Bound, Range
from cminbox.query.values import Duration
from cminbox.store import change_numbers, conversations, search
from cminbox.store.conversations import SORTS
from cminbox.store.search.plan import SORTED
from profiles import examples

LAST = 1 << 62


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """A store with 240 conversations that share many values."""
    with store_in(tmp_path_factory.mktemp("paging")) as store:
        add_random(store, 240, seed=7)
        yield store


def where(text: str):
    return search.to_sql(query.parse(text), Context(0, "ana")) if text else None


def sorted_by_hand(rows, sort):
    """The order as product.md tells it: missing times last, ties by id."""

    def key(row):
        values = {
            "priority": (-row.priority, LAST if row.waiting_since is None else row.waiting_since),
            "due": (LAST if row.due_at is None else row.due_at,),
            "promise": (LAST if row.promise_at is None else row.promise_at,),
            "waiting": (LAST if row.waiting_since is None else row.waiting_since,),
            "newest": (-row.newest_at,),
        }
        return (*values[sort], row.id)

    return [row.id for row in sorted(rows, key=key)]


def walk(conn, condition, sort, size, backwards):
    """Ids of all pages, one after the other, each page asked for by the row that the last one ended with."""
    found, at = [], None
    while True:
        rows = conversations.page(conn, condition, sort, at, size, backwards)
        if not rows:
            return found
        ids = [row.id for row in rows]
        found = [*ids, *found] if backwards else [*found, *ids]
        at = rows[0] if backwards else rows[-1]


@settings(max_examples=examples(60))
@given(
    sort=st.sampled_from(sorted(SORTS)),
    size=st.integers(1, 60),
    backwards=st.booleans(),
    text=st.sampled_from(["", "is:open", "is:pending", "-is:open", "is:open priority:>2", "label:billing"]),
)
def test_walking_the_pages_meets_every_row_once_in_order(full, sort, size, backwards, text):
    conn = full.read()
    wanted = conversations.many(conn, range(1, 241)).values()
    condition = where(text)
    if condition is not None:
        kept = set(conversations.ids(conn, condition))
        wanted = [row for row in wanted if row.id in kept]
    expected = sorted_by_hand([row for row in wanted if not row.gone], sort)
    assert walk(conn, condition, sort, size, backwards) == expected


@pytest.mark.parametrize("sort", sorted(SORTS))
def test_ids_and_counts_agree_with_the_pages(full, sort):
    conn = full.read()
    walked = walk(conn, where("is:open"), sort, 50, False)
    assert conversations.ids(conn, where("is:open"), sort=sort) == walked
    assert conversations.ids(conn, where("is:open"), 7, sort) == walked[:7]
    assert conversations.count(conn, where("is:open")) == len(walked)
    assert conversations.count(conn, where("is:open"), limit=5) == 5


@pytest.mark.parametrize("sort", sorted(SORTS))
def test_a_page_starts_where_a_key_says_though_its_row_is_gone(full, sort):
    conn = full.read()
    rows = conversations.page(conn, where("is:open"), sort, None, 30)
    key = SORTS[sort].key_of(rows[9])
    assert conversations.page(conn, where("is:open"), sort, key, 20) == rows[10:30]
    assert conversations.page(conn, where("is:open"), sort, key, 9, backwards=True) == rows[:9]


@pytest.mark.parametrize("sort", sorted(SORTS))
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("deep", [False, True])
def test_a_page_comes_from_an_index_and_nothing_is_sorted(full, sort, backwards, deep):
    conn = full.read()
    after = conversations.page(conn, where("is:open"), sort, None, 20)[-1] if deep else None
    asked: list[str] = []
    conn.set_trace_callback(asked.append)
    conversations.page(conn, where("is:open"), sort, after, 50, backwards)
    conn.set_trace_callback(None)
    assert asked
    for statement in asked:
        plan = [row["detail"] for row in conn.execute(f"EXPLAIN QUERY PLAN {statement}")]
        assert not [step for step in plan if "TEMP B-TREE" in step], plan
        assert all(step.startswith(f"SEARCH c USING INDEX conversations_{sort}") for step in plan), plan


def test_an_unknown_sort_order_is_told_with_those_that_there_are(full):
    with pytest.raises(StoreError, match="no sort order 'age'") as told:
        conversations.page(full.read(), None, "age")
    assert "priority" in told.value.hint


def test_a_row_comes_back_as_it_was_put_in(full):
    row = conversations.get(full.read(), 1)
    assert (row.reasons[0].points, row.reasons[0].why) == (35, "reembolso")
    assert isinstance(row.gone, bool)
    assert conversations.get(full.read(), 99_999) is None
    assert conversations.many(full.read(), [1, 99_999, 2]).keys() == {1, 2}


def test_screens_learn_which_rows_changed_in_the_order_of_their_changes(tmp_path):
    with store_in(tmp_path) as store:
        first, second = add_row(store, 1), add_row(store, 2)
        seen = change_numbers.newest(store.read())
        store.write(lambda conn: conversations.touch(conn, second))
        store.write(lambda conn: conversations.touch(conn, first))
        found = conversations.many(store.read(), [first, second]).values()
        rows = sorted((row for row in found if row.changed > seen), key=lambda row: row.changed)
        assert [row.id for row in rows] == [second, first]
        newest = change_numbers.newest(store.read())
        assert newest == rows[-1].changed
        assert conversations.newer(store.read(), None, newest, "newest", None, 9) == []


QUERIES = [
    "is:open",
    "",
    "label:billing",
    "is:open label:billing",
    "refund",
    "is:open refund OR label:billing",
    "-is:spam",
]


@pytest.mark.parametrize("sort", sorted(SORTS))
@pytest.mark.parametrize("text", QUERIES)
@pytest.mark.parametrize("backwards", [False, True])
def test_where_terms_are_common_the_order_comes_from_an_index_too(full, sort, text, backwards):
    conn = full.read()
    plenty = search.to_sql(query.parse(text), Context(0, "ana"), lambda sql, params: 1_000_000)
    if plenty.otherwise is not None:
        # What is asked when the first way was too short is made once.
        plenty.otherwise(lambda sql, params: 1_000_000)
    asked: list[str] = []
    conn.set_trace_callback(asked.append)
    conversations.page(conn, plenty, sort, None, 50, backwards)
    conn.set_trace_callback(None)
    # The index of words asks for its own rows too.
    statements = [line for line in asked if line.startswith("SELECT c.id,")]
    assert statements
    for statement in statements:
        plan = [row["detail"] for row in conn.execute(f"EXPLAIN QUERY PLAN {statement}")]
        assert not [step for step in plan if "TEMP B-TREE" in step], plan
        assert "USING INDEX conversations_" in plan[0], plan


@pytest.mark.parametrize("sort", sorted(SORTS))
@pytest.mark.parametrize("text", QUERIES)
@pytest.mark.parametrize("rows", [1, 20_000, 1_000_000])
def test_how_common_a_term_is_changes_no_page(full, sort, text, rows):
    conn = full.read()
    planned = search.to_sql(query.parse(text), Context(0, "ana"), lambda sql, params: rows)
    counted = search.to_sql(query.parse(text), Context(0, "ana"), conversations.counter(conn))
    expected = conversations.page(conn, where(text), sort, None, 300)
    assert conversations.page(conn, planned, sort, None, 300) == expected
    assert conversations.page(conn, counted, sort, None, 300) == expected
    wanted = {row.id for row in expected}
    assert conversations.among(conn, planned, range(1, 241)) == wanted
    assert conversations.count(conn, counted) == len(wanted)
    assert set(conversations.ids(conn, counted)) == wanted


NOW = 1_700_000_000_010


@st.composite
def ranges(draw):
    """A comparison of a column by which there is an order, around the values that the rows have."""
    name = draw(st.sampled_from(["priority", "due", "waiting", "age"]))
    values = st.sampled_from([0, 1, 2, 2.5, 3, 5, 6] if name == "priority" else range(4, 12))
    ends = sorted(draw(st.lists(values, min_size=1, max_size=2)))
    if name == "due":
        ends = sorted(-end for end in ends)
    bounds = [Bound(end if name == "priority" else Duration(end), draw(st.booleans())) for end in ends]
    if len(bounds) == 2:
        return Range(name, *bounds)
    return Range(name, bounds[0], None) if draw(st.booleans()) else Range(name, None, bounds[0])


@settings(max_examples=examples(300))
@given(
    sort=st.sampled_from(sorted(SORTS)),
    size=st.integers(1, 40),
    backwards=st.booleans(),
    found=ranges(),
    walked=st.integers(1, 90),
)
def test_an_order_begins_where_a_comparison_of_its_column_lets_it(full, sort, size, backwards, found, walked):
    conn, ctx, wanted = full.read(), Context(NOW, "ana"), query.Query(found, "a comparison")
    planned = search.to_sql(wanted, ctx, lambda sql, params: 10_000_000)
    assert planned.within
    tried = planned._replace(walked=walked)
    assert walk(conn, tried, sort, size, backwards) == walk(conn, search.to_sql(wanted, ctx), sort, 300, backwards)


@settings(max_examples=examples(120))
@given(
    sort=st.sampled_from(sorted(SORTS)),
    size=st.integers(1, 40),
    backwards=st.booleans(),
    text=st.sampled_from(
        ["label:billing", "is:open priority:>2", "refund OR label:billing", "priority:>1 -label:billing"]
    ),
    walked=st.integers(1, 90),
    rows=st.sampled_from([SORTED, SORTED + 1, 10_000_000]),
)
def test_however_short_a_way_is_walked_first_the_pages_are_the_same(full, sort, size, backwards, text, walked, rows):
    conn = full.read()
    planned = search.to_sql(query.parse(text), Context(0, "ana"), lambda sql, params: 10_000_000)
    assert planned.otherwise is not None
    otherwise = planned.otherwise(lambda sql, params: rows)
    tried = planned._replace(walked=walked, otherwise=lambda count: otherwise)
    assert walk(conn, tried, sort, size, backwards) == walk(conn, where(text), sort, 300, backwards)


def test_a_page_begun_by_a_short_walk_is_filled_by_what_is_listed(full):
    conn = full.read()
    planned = search.to_sql(query.parse("priority:>0"), Context(0, "ana"), lambda sql, params: 10_000_000)
    asked = []
    tried = planned._replace(walked=30, otherwise=lambda count: asked.append(1) or where("priority:>0"))
    found = conversations.page(conn, tried, "newest", None, 60)
    assert found == conversations.page(conn, where("priority:>0"), "newest", None, 60)
    assert len(found) == 60
    assert asked
    asked.clear()
    assert conversations.page(conn, tried, "newest", None, 10) == found[:10]
    assert not asked


def test_what_is_new_before_a_row_is_found_by_its_change(tmp_path):
    with store_in(tmp_path) as store:
        numbers = [add_row(store, number) for number in range(1, 9)]
        conn = store.read()
        seen = change_numbers.newest(conn)
        order = [row.id for row in conversations.page(conn, where("is:open"), "priority")]
        last = conversations.get(conn, order[4])
        assert conversations.newer(conn, where("is:open"), seen, "priority", last, 10) == []
        for number in (order[1], order[6]):
            store.write(lambda conn, number=number: conversations.touch(conn, number))
        assert set(numbers) == set(order)
        assert conversations.newer(conn, where("is:open"), seen, "priority", last, 10) == [order[1]]
        assert set(conversations.newer(conn, where("is:open"), seen, "priority", None, 10)) == {order[1], order[6]}
        assert len(conversations.newer(conn, where("is:open"), seen, "priority", None, 1)) == 1

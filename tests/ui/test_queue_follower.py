"""What others commit comes into the list, and what waits is counted, without a screen around them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
from queue_parts import Parts
from ui_world import World

from cminbox.desk import Close, Take
from cminbox.screens.queue import counting, follow

HOUR = 3_600.0


@pytest.fixture
async def parts(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Parts]:
    """The list of all that is open, sorted by how long they wait, with the first of them under the cursor."""
    monkeypatch.setattr(counting, "COUNT_SECONDS", 0.0)
    made = Parts(world)
    made.state.go(4)
    made.state.sort = "waiting"
    made.opener.open()
    made.follower.begin()
    yield made
    await made.beside.done()
    made.loader.close()


async def test_what_is_on_the_screen_is_read_again_where_it_stands(world: World, parts: Parts) -> None:
    before = parts.handles
    world.desk_of("jo").do(Take(), [parts.rows.rows[0].id, parts.rows.rows[1].id])
    world.desk_of("jo").presence.viewing(parts.rows.rows[0].id)
    parts.follower.store_changed()
    assert [row.assignee for row in parts.rows.on_screen] == ["jo"]
    assert [someone.member for someone in parts.state.people[parts.rows.rows[0].id]] == ["jo"]
    assert parts.handles == before
    # What is out of sight is read when it comes into sight.
    assert not parts.rows.rows[1].assignee
    parts.rows.go_to(parts.rows.rows[0])
    parts.rows.scroll_rows(1)
    parts.follower.read_unseen()
    assert parts.rows.rows[1].assignee == "jo"


async def test_new_rows_are_counted_and_come_in_when_they_are_asked_for(world: World, parts: Parts) -> None:
    world.say([("early_bird", "en", "hello?", 500)], prefix="new")
    parts.follower.store_changed()
    await parts.beside.done()
    assert parts.state.new == 1
    assert parts.state.counts["All"] == 15
    assert "early_bird" not in parts.handles
    row = parts.rows.row
    parts.follower.do_view_refresh()
    assert parts.handles[0] == "early_bird"
    assert (parts.rows.row, parts.state.new) == (row, 0)


async def test_they_come_in_at_rest_but_not_into_a_range_of_marks(world: World, parts: Parts) -> None:
    world.say([("early_bird", "en", "hello?", 500)], prefix="new")
    parts.follower.store_changed()
    await parts.beside.done()
    parts.key_times.key_at = time.monotonic()
    parts.follower.reopen_at_rest()
    parts.key_times.key_at = time.monotonic() - 2 * follow.REST_SECONDS
    parts.row_commands.do_mark_range()
    parts.follower.reopen_at_rest()
    parts.row_commands.do_mark_range()
    parts.follower.pause()
    parts.follower.reopen_at_rest()
    assert "early_bird" not in parts.handles
    parts.follower.resume()
    assert parts.handles[0] == "early_bird"


async def test_coming_back_reads_the_list_only_where_something_has_changed(world: World, parts: Parts) -> None:
    source = parts.state.source
    parts.follower.pause()
    assert parts.follower.away
    parts.follower.resume()
    assert parts.state.source is source
    assert not parts.follower.away
    parts.follower.pause()
    world.desk_of("jo").do(Close(), [parts.rows.rows[0].id])
    parts.follower.resume()
    assert parts.state.source is not source
    assert len(parts.handles) == 13


async def test_an_empty_list_fills_by_itself(world: World, parts: Parts) -> None:
    parts.search.filter_by("lang:tr")
    assert parts.handles == []
    world.say([("mehmet", "tr", "Merhaba", 3)], prefix="tr")
    parts.follower.store_changed()
    assert parts.handles == ["mehmet"]


async def test_what_is_drawn_from_the_time_is_drawn_again(world: World, parts: Parts) -> None:
    world.now += 60_000
    parts.follower.time_passed()
    assert parts.state.now == world.now


async def test_counting_waits_for_a_pause_unless_the_numbers_are_wanted_now(
    world: World, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "PAUSE_SECONDS", HOUR)
    monkeypatch.setattr(counting, "LATEST_SECONDS", HOUR)
    parts.key_times.key_at = time.monotonic()
    parts.counter.count_soon(patient=True)
    assert parts.counter.counting
    assert parts.state.overview is None
    changes = len(parts.changes)
    parts.counter.count_soon()
    await parts.beside.done()
    assert not parts.counter.counting
    assert parts.state.overview is not None
    assert parts.state.overview.counts == {"Mine": 0, "Unassigned": 14, "Overdue": 1, "Crisis": 0, "All": 14}
    assert parts.state.overview.health == ("well", "2 sources")
    # New rows are not counted where nothing has come.
    assert len(parts.changes) == changes + 1


async def test_what_is_asked_for_meanwhile_is_counted_once_more(world: World, parts: Parts) -> None:
    parts.counter.count_soon()
    world.desk_of("jo").do(Close(), [parts.rows.rows[0].id])
    parts.counter.count_soon()
    await parts.beside.done()
    assert parts.state.counts["All"] == 13

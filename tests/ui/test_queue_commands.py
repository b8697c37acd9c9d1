"""Moving, marking, opening and finding: the commands of the queue's parts, with a list in a terminal of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from queue_parts import ListApp, Parts
from ui_world import World

from cminbox.desk import Close, Take
from cminbox.errors import QueryError, UsageError


@pytest.fixture
async def parts(world: World) -> AsyncIterator[Parts]:
    """The list of all that is open, the longest waiting first, ten lines high."""
    made = Parts(world)
    made.state.go(4)
    made.state.sort = "waiting"
    async with ListApp(made).run_test(size=(80, 10)):
        made.opener.open()
        yield made
        made.loader.close()


async def test_moves_take_counts(parts: Parts) -> None:
    commands, typed = parts.row_commands, parts.typed
    first = parts.here
    commands.do_move_down()
    typed.count, typed.counted = 3, True
    commands.do_move_down()
    assert parts.rows.index == 4
    commands.do_move_up()
    commands.do_move_bottom()
    assert parts.rows.index == 2
    typed.count, typed.counted = 1, False
    commands.do_move_half_down()
    assert parts.rows.index == 7
    commands.do_move_page_up()
    assert parts.here == first
    commands.do_move_bottom()
    assert parts.rows.index == 13
    commands.do_move_top()
    assert parts.rows.index == 0


async def test_the_top_is_where_new_rows_are(world: World, parts: Parts) -> None:
    world.say([("early_bird", "en", "hello?", 500)], prefix="new")
    parts.row_commands.do_move_top()
    assert parts.here != "early_bird"
    parts.state.new = 1
    parts.row_commands.do_move_top()
    assert parts.here == "early_bird"


async def test_a_command_acts_on_marks_else_on_the_cursor_and_as_many_as_were_counted(parts: Parts) -> None:
    commands, ids = parts.row_commands, [row.id for row in parts.rows.rows]
    assert commands.targets() == (ids[0],)
    parts.typed.count, parts.typed.counted = 2, True
    assert commands.targets() == (ids[0], ids[1])
    parts.typed.count, parts.typed.counted = 1, False
    commands.do_move_down()
    commands.do_mark_toggle()
    commands.do_mark_toggle()
    assert set(commands.targets()) == {ids[1], ids[2]}
    commands.do_mark_range()
    assert parts.rows.ranging
    assert commands.unmark()
    assert not parts.rows.ranging
    assert commands.unmark()
    assert not parts.rows.marks
    assert not commands.unmark()
    commands.do_mark_all()
    assert parts.rows.marks == set(ids)
    commands.do_mark_all()
    assert not parts.rows.marks
    assert parts.changes


async def test_walking_for_another_screen_ends_at_the_ends(parts: Parts) -> None:
    ids = [row.id for row in parts.rows.rows]
    assert parts.row_commands.walk(1) == ids[1]
    assert parts.row_commands.walk(-1) == ids[0]
    assert parts.row_commands.walk(-1) is None
    assert parts.row_commands.move_past((ids[0], ids[1], ids[3]))
    assert parts.rows.row is not None
    assert parts.rows.row.id == ids[2]


async def test_the_conversation_of_the_cursor_is_opened(parts: Parts) -> None:
    commands = parts.row_commands
    assert parts.rows.row is not None
    number = parts.rows.row.id
    for command in (commands.do_move_open, commands.do_reply_write, commands.do_reply_write_next):
        command()
    commands.do_conversation_open_url()
    assert parts.links == [(("the message on its network", "https://social.example/m0"),)]
    assert parts.conversations == [(number, False, False), (number, True, False), (number, True, True)]


async def test_a_reply_goes_to_a_marked_one_and_to_no_other_while_any_are_marked(parts: Parts) -> None:
    commands, ids = parts.row_commands, [row.id for row in parts.rows.rows]
    parts.rows.set_marks(ids[1:4])
    for command in (commands.do_reply_write, commands.do_reply_write_next):
        command()
    assert parts.conversations == []
    assert {error.line() for error in parts.refused} == {
        "3 are marked, this one is not — :mark-none takes the marks off"
    }
    parts.rows.move(1)
    commands.do_reply_write()
    assert parts.conversations == [(ids[1], True, False)]
    assert parts.notices == ["to this one of 3 marked"]


async def test_views_and_orders(parts: Parts) -> None:
    search, state = parts.search, parts.state
    search.do_view_next()
    assert state.here == 0
    search.do_view_previous()
    assert (state.view.name, len(parts.handles)) == ("All", 14)
    search.do_view_go("over")
    assert parts.handles == ["ana_lopez"]
    with pytest.raises(UsageError, match="there is no view 'nowhere'"):
        search.do_view_go("nowhere")
    search.do_view_sort("newest")
    assert state.order == "newest"
    search.do_view_sort()
    assert state.order == "priority"
    assert parts.said == ["ordered by newest", "ordered by priority"]
    with pytest.raises(UsageError, match="there is no order"):
        search.do_view_sort("sideways")


async def test_a_filter_narrows_and_is_left_again(parts: Parts) -> None:
    parts.rows.toggle_mark()
    parts.search.do_find_filter("lang:en")
    assert len(parts.handles) == 4
    assert not parts.rows.marks
    with pytest.raises(QueryError):
        parts.search.filter_by("lang:(")
    assert parts.state.filter == "lang:en"
    parts.search.do_find_filter()
    assert parts.asked[0][:2] == ("\\", "lang:en")
    parts.asked[0][2]("lang:fr")
    assert parts.handles == ["jean_b"]
    assert parts.search.leave()
    assert len(parts.handles) == 14
    assert not parts.search.leave()
    assert parts.queries == ["lang:en", "lang:fr"]


async def test_hits_go_round(parts: Parts) -> None:
    search = parts.search
    search.do_find_next()
    assert parts.said == ["nothing is searched for: <find.search> searches"]
    search.do_find_search("lang:en")
    places = [parts.here]
    for _ in range(3):
        search.do_find_next()
        places.append(parts.here)
    assert places == [handle for handle in parts.handles if handle in places]
    assert parts.said[-1] == "4 hits"
    search.do_find_next()
    assert (parts.here, parts.said[-1]) == (places[0], "4 hits; past the end, from the start again")
    search.do_find_previous()
    assert (parts.here, parts.said[-1]) == (places[3], "4 hits; past the start, from the end again")
    search.search_for("nobody said this")
    assert parts.said[-1] == "no hit for nobody said this in this view"
    assert parts.here == places[3]
    assert search.leave()
    assert parts.state.search == ""


async def test_what_this_member_changed_leaves_the_list_at_once(world: World, parts: Parts) -> None:
    first, second, *_ = [row.id for row in parts.rows.rows]
    world.desk.do(Close(), [first])
    world.desk.do(Take(), [second])
    source = parts.state.source
    parts.opener.refresh([first, second])
    assert parts.state.source is source
    assert parts.rows.rows[0].id == second
    assert parts.rows.rows[0].assignee == "ana"
    # One that is not loaded: the list is read anew.
    world.desk.undo()
    world.desk.undo()
    parts.opener.refresh([first, second])
    assert parts.state.source is not source
    assert [row.id for row in parts.rows.rows][:2] == [first, second]

"""What the queue shows beside its rows."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from driving import lines, press, until
from queue_parts import Parts
from ui_world import World

from cminbox.screens.queue.overview import read_overview
from cminbox.screens.queue.state import QueueState, first_with_something
from cminbox.when import HOST


def test_what_is_given_up_is_asked_for_no_more(world: World) -> None:
    state = Parts(world).state
    state.go(2)
    state.search = "refund"
    state.confirm()
    state.go(-1)
    state.filter, state.sort = "lang:en", "due"
    assert (state.view.name, state.order) == ("All", "due")
    state.revert()
    assert (state.view.name, state.filter, state.search, state.order) == ("Overdue", "", "refund", "priority")


def test_views_are_found_by_their_names_or_the_only_one_that_begins_so(world: World) -> None:
    state = Parts(world).state
    assert [state.index_of(name) for name in ("Mine", " mIn ", "a", "", "x")] == [0, 0, 4, None, None]


def test_an_empty_list_says_why_of_what_is_shown(world: World) -> None:
    state = Parts(world).state

    def why() -> str:
        return state.why_empty(lambda command, context: f"<{command}>")

    assert why() == "Nothing waits in Mine.\n\n<view.next> goes to the next view."
    state.overview = read_overview(world.store.read(), world.config.views, state.context())
    assert why() == "Nothing waits in Mine.\n\nUnassigned has 14. <view.next> goes to the next view."
    assert state.tabs()[2].alarm
    state.filter = "lang:en"
    assert "Mine" in why(), "it is asked for, and not shown yet"
    state.confirm()
    assert why() == "Nothing here matches lang:en\n\n<app.back> shows the whole view again."


def test_where_nothing_has_come_in_it_says_what_to_do(make_store) -> None:
    world = make_store(())
    state = Parts(world).state
    state.overview = read_overview(world.store.read(), world.config.views, state.context())
    assert state.why_empty(lambda *_: "").startswith("Nothing has come in yet.\n\nThe engine polls")
    bare = QueueState(world.config._replace(sources=()), state.member, world.clock, lambda: None)
    bare.overview = state.overview
    assert "cminbox init" in bare.why_empty(lambda *_: "")


def test_it_begins_where_something_waits(world: World) -> None:
    state = Parts(world).state
    assert first_with_something(world.store.read(), state) == 1


def test_days_of_queries_are_those_of_the_calendar(make_store) -> None:
    calendar = '\n[calendar]\nzone = "Europe/Madrid"\nmon = ["09:00-18:00"]\n'
    assert Parts(make_store(extra_config=calendar)).state.context().zone == ZoneInfo("Europe/Madrid")
    assert Parts(make_store()).state.context().zone is HOST


async def test_a_view_with_a_mistake_in_its_query_shows_it_and_the_others_open(make_store) -> None:
    views = """
[[view]]
name = "Slip"
query = "is:opne"

[[view]]
name = "Good"
query = "is:open"
"""
    world = make_store(extra_config=views)
    text = world.config.paths.config_file.read_text("utf-8").splitlines()
    line = text.index('query = "is:opne"') + 1
    app = world.app()

    def shown() -> str:
        return " ".join(" ".join(lines(app)).split())

    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: bool(app.front.queue.rows))
        assert app.front.state.view.name == "Good"
        await press(pilot, "shift+tab")
        await until(pilot, lambda: "did you mean is:open?" in shown())
        assert f"The query of Slip has a mistake (config.toml:{line})" in shown()
        assert "column 4: is: knows no" in shown()
        await press(pilot, "backslash", *"lang:en", "enter")
        await until(pilot, lambda: app.front.state.filter == "lang:en")
        assert "did you mean is:open?" in shown()
        await press(pilot, "escape", "tab")
        await until(pilot, lambda: bool(app.front.queue.rows))

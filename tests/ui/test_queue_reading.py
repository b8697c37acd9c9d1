"""While the store looks for something, no key acts on rows that the person no longer means."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from driving import lines, press, queue_of, said, until
from textual.widgets import Input
from ui_world import World

from cminbox.errors import StoreError
from cminbox.screens.queue import loader
from cminbox.screens.queue.rows import QueueRows
from cminbox.screens.queue.screen import QueueScreen
from cminbox.store import conversations

VIEWS = """
[[view]]
name = "All"
query = "is:open"

[[view]]
name = "Tea"
query = "is:open lang:en"
sort = "newest"

[[view]]
name = "Rest"
query = "is:open -lang:en"
"""


class Gate:
    """Holds reads beside until it is opened."""

    def __init__(self) -> None:
        self.closed = False
        self.waiting = 0
        self._open = threading.Event()

    def close(self) -> None:
        """From now on reads wait."""
        self.closed = True
        self._open.clear()

    def open(self) -> None:
        """Let them all go on."""
        self.closed = False
        self._open.set()

    def __call__(self) -> None:
        """Where a read waits; one that nobody wants any more is let go, as the store does."""
        if self.closed and threading.current_thread() is not threading.main_thread():
            self.waiting += 1
            self._open.wait(20)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """Reads of lists and hits are as slow as the test wants them, and nothing is waited for on the loop."""
    made = Gate()
    around, narrowed, ids = QueueRows.around, QueueRows.narrowed, conversations.ids

    def slow(function):
        def held(*given, **named):
            made()
            return function(*given, **named)

        return held

    monkeypatch.setattr(QueueRows, "around", slow(around))
    monkeypatch.setattr(QueueRows, "narrowed", slow(narrowed))
    monkeypatch.setattr(conversations, "ids", slow(ids))
    monkeypatch.setattr(loader, "UNNOTICED_SECONDS", 0.0)
    yield made
    made.open()


@pytest.fixture
def shop(make_store: Callable[..., World]) -> World:
    return make_store(extra_config=VIEWS)


def status(world: World) -> dict[str, str]:
    """Who is in which state."""
    conn = world.store.read()
    return {row.handle: row.status for row in conversations.page(conn, None, limit=1000) if row.status != "open"}


async def settle(pilot) -> None:
    """Until nothing is read any more and everything that was typed is done."""
    await until(
        pilot,
        lambda: (
            isinstance(pilot.app.screen, QueueScreen)
            and not pilot.app.screen.loader.pending
            and not len(pilot.app.key_queue)
        ),
    )
    await press(pilot)
    await pilot.app.workers.wait_for_complete(
        [worker for worker in pilot.app.workers if worker.group in ("read", "commands") and not worker.is_finished]
    )
    await pilot.pause()


async def test_keys_typed_after_another_view_act_on_its_rows(shop: World, gate: Gate) -> None:
    app = shop.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        old = [row.handle for row in screen.queue.rows]
        gate.close()
        await pilot.press("tab", "j", "e", "e")
        assert screen.loader.pending
        assert [row.handle for row in screen.queue.rows] == old
        assert screen.queue.index == 0
        assert not status(shop)
        gate.open()
        await settle(pilot)
        new = ["carla", "matt", "tea_nerd", "steeped"]
        # The second of the new list, and none of the old one.
        assert status(shop) == {new[1]: "closed"}
        assert [row.handle for row in screen.queue.rows] == [new[0], *new[2:]]
        assert screen.queue.index == 1


async def test_escape_stops_it_and_everything_is_as_it_was(shop: World, gate: Gate) -> None:
    app = shop.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await pilot.press("j", "space")
        marked, shown = set(screen.queue.marks), [row.id for row in screen.queue.rows]
        under = screen.queue.row
        gate.close()
        await pilot.press("tab", "e", "e")
        await until(pilot, lambda: "looking for Tea … Esc stops" in said(app))
        assert screen.state.here == 1
        await pilot.press("escape")
        assert not screen.loader.pending
        assert (screen.state.here, screen.queue.row, screen.queue.marks) == (0, under, marked)
        assert "stopped; 2 keys did nothing" in said(app)
        gate.open()
        await settle(pilot)
        assert [row.id for row in screen.queue.rows] == shown
        assert not status(shop)
        await press(pilot, "e", "e")
        assert len(status(shop)) == 1
        assert shop.ids()[next(iter(status(shop)))] in marked


async def test_a_newer_wish_takes_the_place_of_an_older_one(shop: World, gate: Gate) -> None:
    app = shop.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        gate.close()
        await pilot.press("tab", "tab", "e", "e")
        assert screen.state.here == 2
        gate.open()
        await settle(pilot)
        assert {row.lang for row in screen.queue.rows}.isdisjoint({"en"})
        closed = [shop.row(handle) for handle in status(shop)]
        assert len(closed) == 1
        assert closed[0].lang != "en"


async def test_a_filter_that_is_being_looked_for_gives_way_to_another_view(shop: World, gate: Gate) -> None:
    app = shop.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        gate.close()
        screen.search.filter_by("lang:fr")
        assert screen.loader.pending
        await pilot.press("tab")
        gate.open()
        await settle(pilot)
        assert (screen.state.here, screen.state.filter) == (1, "")
        assert {row.lang for row in screen.queue.rows} == {"en"}
        assert "lang:fr" not in "".join(lines(app))


async def test_marks_are_of_the_list_that_is_shown(shop: World, gate: Gate) -> None:
    app = shop.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await pilot.press("space", "space")
        gate.close()
        await pilot.press("tab", "e", "e")
        assert len(screen.queue.marks) == 2
        gate.open()
        await settle(pilot)
        assert not screen.queue.marks
        assert status(shop) == {"carla": "closed"}


async def test_all_that_match_are_marked_before_the_next_key_acts(shop: World, gate: Gate) -> None:
    app = shop.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await pilot.press("tab")
        await settle(pilot)
        gate.close()
        await pilot.press("*", "e", "e")
        assert not screen.queue.marks
        gate.open()
        await settle(pilot)
        assert sorted(status(shop)) == ["carla", "matt", "steeped", "tea_nerd"]


async def test_a_key_after_the_next_hit_acts_on_the_hit(shop: World, gate: Gate) -> None:
    app = shop.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        screen.state.search = "Canada"
        assert screen.queue.row is not None
        assert screen.queue.row.handle != "carla"
        gate.close()
        await pilot.press("n", "e", "e")
        assert not status(shop)
        gate.open()
        await settle(pilot)
        assert status(shop) == {"carla": "closed"}


async def test_what_is_typed_behind_a_key_that_asks_goes_to_its_picker(shop: World, gate: Gate) -> None:
    app = shop.app()
    async with app.run_test(size=(80, 24)) as pilot:
        gate.close()
        await pilot.press("tab", "l", "e", "e")
        gate.open()
        await until(pilot, lambda: any(field.value == "ee" for field in app.screen.query(Input)))
        assert not status(shop)
        await pilot.press("escape")


async def test_counts_belong_to_the_key_that_they_were_typed_for(shop: World, gate: Gate) -> None:
    app = shop.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        gate.close()
        await pilot.press("tab", "2", "j", "k")
        gate.open()
        await settle(pilot)
        assert screen.queue.index == 1


async def test_the_same_list_read_anew_keeps_no_key_waiting(shop: World, gate: Gate) -> None:
    app = shop.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        shop.say([("late_one", "en", "and where is mine?", 1)], prefix="late")
        gate.close()
        await pilot.press(app.services.keys_for("view.refresh", "queue"))
        assert not screen.loader.pending
        await pilot.press("j", "j")
        assert screen.queue.index == 2
        under = screen.queue.row
        gate.open()
        await until(pilot, lambda: any(row.handle == "late_one" for row in screen.queue.rows))
        assert screen.queue.row is not None
        assert screen.queue.row.id == under.id


async def test_an_error_brings_back_what_was_shown(shop: World, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        gate()
        raise StoreError("the disk is gone")

    app = shop.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        monkeypatch.setattr(QueueRows, "around", broken)
        gate.close()
        await pilot.press("tab", "e")
        assert screen.state.here == 1
        gate.open()
        await until(pilot, lambda: "the disk is gone" in said(app))
        await settle(pilot)
        # The key was for the list that never came.
        assert screen.state.here == 0
        assert not status(shop)


async def test_leaving_while_something_is_read_is_no_trouble(shop: World, gate: Gate) -> None:
    app = shop.app()
    async with app.run_test(size=(80, 24)) as pilot:
        gate.close()
        await pilot.press("tab")
        threading.Timer(0.2, gate.open).start()
        await pilot.press("ctrl+q")
    assert app.return_code == 0

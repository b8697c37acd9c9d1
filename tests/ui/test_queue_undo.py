"""Undo brings rows back at once, with the cursor on the first of them, whatever happened to them meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from driving import lines, press, queue_of, said, until
from ui_world import World

from cminbox.store import conversations

MANY = [(f"user{number:03}", "en", f"parcel {number}", number) for number in range(300)]
MINE = '[[view]]\nname = "Mine"\nquery = "is:open is:unassigned"\n'


def judged_anew(world: World, ids: Iterable[int]) -> None:
    """The engine has judged conversations as they stand: what is done or put off counts for less."""

    def work(conn: object) -> None:
        for number in ids:
            conversations.update(conn, number, {"priority": 1, "reasons": ()})

    world.store.write(work)


@pytest.mark.parametrize(
    "keys", [("e", "e"), ("d", *"chatter", "enter"), ("s", *"2h", "enter"), ("A",), (":", *"spam", "enter")]
)
@pytest.mark.parametrize("down", [0, 7, 40])
async def test_a_row_stands_there_again_with_the_cursor_on_it(
    make_store: Callable[..., World], keys: tuple[str, ...], down: int
) -> None:
    world = make_store(MANY, extra_config=MINE)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        queue = queue_of(app).queue
        for _ in range(down):
            queue.move(1)
        row = queue.row
        assert row is not None
        await pilot.press(*keys)
        await until(pilot, lambda: queue.row is not None and queue.row.id != row.id)
        judged_anew(world, [row.id])
        await press(pilot, "u")
        await until(pilot, lambda: queue.row is not None and queue.row.id == row.id)
        assert (queue.row.priority, queue.row.status) == (row.priority, "open")
        assert "1 undone" in said(app)
        assert any(row.handle in line and line.startswith("▌") for line in lines(app))
        around = [one.id for one in queue.rows[queue.index - 1 : queue.index + 2]]
        wanted = [one.id for one in conversations.page(world.store.read(), None, "priority", limit=500)]
        place = wanted.index(row.id)
        assert around == wanted[max(0, place - 1) : place + 2] or queue.index == 0


async def test_rows_that_were_marked_come_back_together(make_store: Callable[..., World]) -> None:
    world = make_store(MANY)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        queue = queue_of(app).queue
        ids = [row.id for row in queue.rows]
        await press(pilot, "j", "j", "space", "j", "space", "space")
        await pilot.press("e", "e")
        await until(pilot, lambda: "3 closed" in said(app))
        judged_anew(world, (ids[2], ids[4], ids[5]))
        await press(pilot, "G", "u")
        await until(pilot, lambda: queue.row is not None and queue.row.id == ids[2])
        assert {ids[2], ids[4], ids[5]} <= {row.id for row in queue.rows}
        assert not queue.marks


async def test_what_a_person_has_set_meanwhile_stays(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        row = queue_of(app).queue.row
        assert row is not None
        await pilot.press("e", "e")
        await until(pilot, lambda: "1 closed" in said(app))
        world.store.write(lambda conn: conversations.update(conn, row.id, {"priority": 7, "priority_by": "jo"}))
        await press(pilot, "u")
        await until(pilot, lambda: world.row(row.handle).status == "open")
        assert world.row(row.handle).priority == 7


async def test_what_is_typed_behind_undo_acts_on_what_came_back(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        queue = queue_of(app).queue
        await press(pilot, "j")
        row = queue.row
        assert row is not None
        await pilot.press("e", "e")
        await until(pilot, lambda: "1 closed" in said(app))
        await pilot.press("u", "A")
        await until(pilot, lambda: world.row(row.handle).assignee == "ana")

"""What others do comes into the queue, and never under the cursor."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from driving import lines, press, queue_of, said, until
from ui_world import NOW, World

from cminbox.desk import Assign, Close, Escalate, Take
from cminbox.screens.queue import follow
from cminbox.store import Store, engine, sources


async def test_new_arrivals_are_counted_and_come_in_when_asked(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await press(pilot, "j", "j")
        before = lines(app)[2:8]
        world.say([("furious", "en", "SCAM! Refund me now, this is theft, I will sue you", 1)] * 3, prefix="new")
        await until(pilot, lambda: screen.query_line.new == 3)
        assert lines(app)[2:8] == before
        assert "↑ 3 new" in lines(app)[1]
        row = screen.queue.row
        await press(pilot, "ctrl+r")
        assert screen.queue.row == row
        assert [found.handle for found in screen.queue.rows].count("furious") == 3
        assert screen.query_line.new == 0


async def test_they_come_in_by_themselves_at_rest(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await press(pilot, "j")
        row = screen.queue.row
        assert row is not None
        world.say([("furious", "en", "SCAM! Refund me now, this is theft", 1)], prefix="new")
        await until(pilot, lambda: screen.query_line.new == 1)
        monkeypatch.setattr(follow, "REST_SECONDS", 0.2)
        await until(pilot, lambda: len(screen.queue.rows) == 15)
        assert screen.queue.row is not None
        assert screen.queue.row.id == row.id


async def test_what_another_member_does_is_seen_where_it_stands(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await press(pilot, "j", "j", "j")
        jo = world.desk_of("jo")
        jo.do(Assign("jo"), [world.ids()["ana_lopez"]])
        jo.presence.replying(world.ids()["rahul_k"])
        jo2 = world.desk_of("lena")
        jo2.do(Close(), [world.ids()["matt"]])
        await until(pilot, lambda: "jo" in lines(app)[4])
        await until(pilot, lambda: "✎ jo" in lines(app)[5])
        assert "✓" in lines(app)[3]
        assert screen.queue.index == 3
        await press(pilot, "ctrl+r")
        assert "matt" not in [row.handle for row in screen.queue.rows]
        assert screen.queue.row is not None
        assert screen.queue.row.handle == "gurpreet"


async def test_the_engine_and_the_sources_are_told_apart(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await until(pilot, lambda: screen.views_line.health == ("well", "2 sources"))
        shop = sources.by_name(world.store.read(), "shop")
        assert shop is not None
        world.store.write(lambda conn: sources.update(conn, shop.id, {"health": "failing", "error": "time-out"}))
        await until(pilot, lambda: screen.views_line.health == ("ill", "shop failing"))
        world.store.write(lambda conn: engine.stop(conn, NOW))
        await until(pilot, lambda: screen.views_line.health == ("ill", "no engine runs"))


async def test_a_crisis_stands_across_the_top(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "j")
        world.desk_of("jo").do(Escalate(crisis_name="Late [b]parcels", severity=2), [world.ids()["matt"]])
        await until(pilot, lambda: "SEV 2  Late [b]parcels  1 message" in lines(app)[0])
        assert "Crisis" in lines(app)[1]


async def test_time_makes_lines_older(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert " 10m late " in lines(app)[4]
        world.now += 25 * 60_000
        app.screen.minute_passed()
        await pilot.pause()
        assert " 35m late " in lines(app)[4]


async def test_nothing_at_all_says_what_to_do(make_store: Callable[..., World]) -> None:
    app = make_store(()).app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: any("Nothing has come in yet" in line for line in lines(app)))


async def test_all_done_is_not_taken_for_nothing_come_in(world: World) -> None:
    world.desk.do(Close(), [*world.ids().values()])
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Mine 0" in lines(app)[0])
        assert any("Nothing waits in Mine" in line for line in lines(app))
        assert not any("come in yet" in line for line in lines(app))


async def test_the_loop_answers_while_the_store_is_slow(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    app = world.app()
    app.key_queue.patience = 0.5
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await press(pilot, "j")
        write = Store.write

        def slow(self: Store, work: object, *, durable: bool = True) -> object:
            time.sleep(1.2)
            return write(self, work, durable=durable)

        monkeypatch.setattr(Store, "write", slow)
        await press(pilot, "e")
        began = time.monotonic()
        await pilot.press("e")
        await pilot.press("j")
        await pilot.press("j")
        # A moment they wait for the action, so that they find the list that it leaves; no longer.
        await until(pilot, lambda: screen.queue.index == 3)
        assert time.monotonic() - began < 1.2
        await until(pilot, lambda: "1 closed" in lines(app)[-1])
        assert world.row("ana_lopez").status == "closed"


async def test_what_many_changes_leave_is_read_aside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cminbox.screens.queue.opening.FEW", 2)
    monkeypatch.setattr("cminbox.screens.desk_actions.LONG_FROM", 2)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "space", "space", "space")
        left = [row.id for row in queue_of(app).queue.rows][3:]
        await press(pilot, "e", "e")
        await until(pilot, lambda: [row.id for row in queue_of(app).queue.rows] == left)
        assert "closed 3" in said(app) or "3 closed" in said(app)
        await press(pilot, "u")
        await until(pilot, lambda: len(queue_of(app).queue.rows) == len(left) + 3)
        await press(pilot, "asterisk", "e", "e")
        await until(pilot, lambda: not queue_of(app).queue.rows)
        assert "Nothing waits in" in "\n".join(lines(app))


async def test_what_others_did_out_of_sight_is_shown_where_it_comes_into_sight(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(120, 14)) as pilot:
        screen = queue_of(app)
        far = screen.queue.rows[-1]
        assert far not in screen.queue.on_screen
        await press(pilot, "j")
        jo = world.desk_of("jo")
        jo.do(Take(), [far.id])
        jo.presence.viewing(far.id)
        await until(pilot, lambda: app._data_version == world.store.data_version())
        await pilot.pause(0.1)
        assert not screen.queue.rows[-1].assignee
        await press(pilot, "G")
        await until(pilot, lambda: screen.queue.rows[-1].assignee == "jo")
        await until(pilot, lambda: screen.state.people.get(far.id))
        assert "jo" in next(line for line in lines(app) if line.startswith("▌"))

"""The sources screen: health in words, when, how much, what is wrong and what to do; polling by a key."""

from __future__ import annotations

import pytest
from driving import until
from textual.pilot import Pilot

from cminbox.model import MINUTE, SECOND
from cminbox.screens.sources.screen import SourcesScreen
from cminbox.store import engine, sources
from cminbox.widgets.facts import Facts
from cminbox.widgets.item_list import ItemList
from cminbox.widgets.keys_line import KeysLine


async def shown(pilot: Pilot) -> SourcesScreen:
    """The sources, by their key."""
    await until(pilot, lambda: pilot.app.screen.query("#keys-line"))
    await pilot.pause()
    await pilot.press("f4")
    await until(pilot, lambda: isinstance(pilot.app.screen, SourcesScreen))
    await pilot.pause()
    return pilot.app.screen


def update(world, name: str, **changes) -> None:
    world.store.write(lambda conn: sources.update(conn, sources.by_name(conn, name).id, changes))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_health_times_and_counts_in_one_line(world, size) -> None:
    now = world.now
    update(world, "shop", last_poll_at=now - 2 * MINUTE, next_poll_at=now + 30 * SECOND, taken=1204, skipped=3)
    app = world.app()
    async with app.run_test(size=size) as pilot:
        screen = await shown(pilot)
        line = next(line for line in screen.query_one(ItemList).text.split("\n") if "shop" in line)
        for words in ("● ok", "mastodon", "2m ago", "next in 30s", "1,204 taken", "3 skipped"):
            assert words in line
        assert "engine alive" in str(screen.query_one("#sources-head").render())


async def test_a_failure_shows_its_line_and_what_to_do(world) -> None:
    update(
        world,
        "shop",
        health="paused",
        error="social.example refused the token [/b]",
        hint="cminbox sources login shop",
        failures=4,
    )
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await shown(pilot)
        text = screen.query_one(ItemList).text
        assert "■ paused" in text
        assert "social.example refused the token [/b]" in text
        assert "cminbox sources login shop" in text
        assert "waits for you" in text
        await pilot.press("j", "enter")
        assert "4 in a row" in screen.query_one(Facts).plain
        assert screen.query_one("#sources-facts").display
        await pilot.press("enter")
        assert not screen.query_one("#sources-facts").display


async def test_a_note_stands_below_a_source_that_is_well(world) -> None:
    update(world, "shop", note="the thread above 7 could not be read [/b]", noted_at=world.now)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await shown(pilot)
        text = screen.query_one(ItemList).text
        assert "● ok" in text
        assert "the thread above 7 could not be read [/b]" in text
        await pilot.press("j", "enter")
        assert "the thread above 7 could not be read [/b] (" in screen.query_one(Facts).plain


async def test_p_asks_for_a_poll_of_the_one_under_the_cursor(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await shown(pilot)
        await pilot.press("j", "p")
        await until(pilot, lambda: sources.by_name(world.store.read(), "shop").wanted_at == world.now)
        assert sources.by_name(world.store.read(), "blog").wanted_at is None
        await until(pilot, lambda: "shop: to be polled now" in screen.query_one(KeysLine).message)
        assert "poll now" in [word for _, word in screen.footer()]


async def test_without_an_engine_it_says_how_to_start_one(world) -> None:
    world.store.write(lambda conn: engine.stop(conn, world.now))
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await shown(pilot)
        assert "cminbox poll starts one" in str(screen.query_one("#sources-head").render())


async def test_no_source_says_what_to_do(make_store) -> None:
    world = make_store(())
    world.store.write(lambda conn: conn.execute("DELETE FROM sources"))
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await shown(pilot)
        assert "cminbox init" in screen.query_one(ItemList).text
        await pilot.press("p", "enter", "j", "q")
        await until(pilot, lambda: app.screen is not screen)


async def test_an_imported_source_is_not_polled(world) -> None:
    world.store.write(lambda conn: sources.ensure(conn, "archive", "jsonl", polled=False))
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await shown(pilot)
        assert "not polled" in screen.query_one(ItemList).text
        await pilot.press("p")
        await until(pilot, lambda: "nothing to poll" in screen.query_one(KeysLine).message)

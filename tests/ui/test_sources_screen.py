"""The sources screen: health in words, when, how much, what is wrong and what to do; polling by a key."""

from __future__ import annotations

from datetime import date

import pytest
from driving import until
from textual.pilot import Pilot

from cminbox import paths
from cminbox.engine import source_words
from cminbox.model import DAY, HOUR, MINUTE, SECOND, from_iso
from cminbox.screens.queue.overview import health_of
from cminbox.screens.sources.screen import SourcesScreen
from cminbox.screens.sources.try_out import try_out
from cminbox.sources import registry
from cminbox.sources.contract import ApiVersion, Capabilities, Info
from cminbox.sources.ledger import Allowance
from cminbox.store import allowances, deliveries, engine, sources
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
        await until(pilot, lambda: "4 in a row" in screen.query_one(Facts).plain)
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
        await until(pilot, lambda: "the thread above 7 could not be read [/b] (" in screen.query_one(Facts).plain)


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


async def test_pausing_and_going_on(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await shown(pilot)
        await pilot.press("j", "P")
        await until(pilot, lambda: sources.by_name(world.store.read(), "shop").paused_by == "ana")
        await until(pilot, lambda: "paused by ana; P lets it go on" in screen.query_one(ItemList).text)
        assert "shop is paused" in screen.query_one(KeysLine).message
        await pilot.press("p")
        await until(pilot, lambda: "shop is paused by ana" in screen.query_one(KeysLine).message)
        assert sources.by_name(world.store.read(), "shop").wanted_at is None
        await pilot.press("P")
        await until(pilot, lambda: sources.by_name(world.store.read(), "shop").paused_by == "")
        await until(pilot, lambda: "shop is polled again" in screen.query_one(KeysLine).message)


async def test_testing_a_source_shows_what_it_answers(world, monkeypatch) -> None:
    async def tried(paths, name: str) -> str:
        assert paths == world.config.paths
        return f"{name}: answers as [/b], 3 messages on its first page"

    monkeypatch.setattr("cminbox.screens.sources.screen.try_out", tried)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await shown(pilot)
        await pilot.press("j", "t")
        await until(pilot, lambda: "shop: answers as [/b], 3 messages" in screen.query_one(KeysLine).message)


async def test_the_command_that_tries_a_source_says_one_line(home) -> None:
    folder = home / "config"
    folder.mkdir()
    text = '[[source]]\nname = "lines"\nnetwork = "jsonl"\npath = "nothing.jsonl"\n'
    (folder / "config.toml").write_text(text)
    assert (await try_out(paths.find(), "lines")).startswith("lines: nothing.jsonl is neither a file nor a folder")
    assert "no source" in await try_out(paths.find(), "--help")


async def test_why_a_source_is_off(world) -> None:
    update(world, "shop", off="each post that is read costs money")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await shown(pilot)
        text = screen.query_one(ItemList).text
        assert "· off" in text
        assert "each post that is read costs money" in text
        assert "set enabled = true in its [[source]]" in text
        await pilot.press("j", "p")
        await until(pilot, lambda: "shop is off: each post" in screen.query_one(KeysLine).message)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_is_known_of_a_source(world, monkeypatch, size) -> None:
    now, real = world.now, registry.info
    able = Capabilities(
        allowances=(Allowance("units", 10_000, reserve=2_000), Allowance("money", 5_000, "money", "month")),
        brings={"comments": "yes", "comments on advertisements": "no: partners alone see them [/b]"},
        cannot={"pin": "not through its interface"},
    )
    info = Info("mastodon", "Masto", "MA", api=(ApiVersion("v3", date(2026, 12, 1)),), capabilities=able)
    monkeypatch.setattr(registry, "info", lambda network: info if network == "mastodon" else real(network))
    update(
        world,
        "shop",
        lag=42 * SECOND,
        told={"limit": 300, "remaining": 288, "resets_at": now + 4 * MINUTE},
        token_ends_at=now + 9 * DAY,
        silence="nothing new for 36h",
    )
    shop = sources.by_name(world.store.read(), "shop").id
    world.store.write(lambda conn: allowances.change(conn, shop, "units", lambda kept: (8_000, now + 5 * HOUR)))
    app = world.app()
    async with app.run_test(size=size) as pilot:
        screen = await shown(pilot)
        await pilot.press("j", *(["enter"] if size[0] < 120 else []))
        await until(pilot, lambda: "advertisements" in screen.query_one(Facts).plain)
        said = " ".join(screen.query_one(Facts).plain.split())
        for words in (
            "lag 42s",
            "nothing new for 36h",
            "288 of 300 calls left, whole again in 4m",
            "2,000 of 10,000 left (2,000 kept for replies), whole again in 5h",
            "$5.00 of $5.00 left",
            "in 9d; nothing renews it",
            "comments: yes",
            "comments on advertisements: no: partners alone see them [/b]",
            "pin: not through its interface",
            "v3 until 2026-12-01",
        ):
            assert words in said, words
        text = " ".join(screen.query_one(ItemList).text.split())
        assert "its token ends in 9d and nothing renews it: cminbox sources login shop" in text
        box = screen.query_one("#sources-facts")
        if box.max_scroll_y:  # all of it can be read
            await pilot.press("pagedown", "pagedown", "pagedown")
            await until(pilot, lambda: box.scroll_y == box.max_scroll_y)
            assert screen.here.name == "shop"
            await pilot.press("k")
            await until(pilot, lambda: box.scroll_y == 0)


def test_budgets_that_are_over_or_nonsense_are_not_shown(world) -> None:
    for told in (
        {"limit": 300, "remaining": 2, "resets_at": world.now},
        {"limit": "x", "remaining": "y"},
        {},
    ):
        update(world, "shop", told=told)
        assert source_words.budget_left(sources.by_name(world.store.read(), "shop"), world.now) == ""


def test_the_interfaces_end_is_told_60_days_ahead() -> None:
    info = Info("x", "X", "X", api=(ApiVersion("v1", date(2026, 3, 1)), ApiVersion("v2")))
    ends = from_iso("2026-03-01T00:00:00+00:00")
    for at, found in ((ends - 60 * DAY - 1, []), (ends - 60 * DAY, [False]), (ends - 1, [False]), (ends, [True])):
        assert [over for _, over in source_words.api_warning(info, at)] == found


@pytest.mark.parametrize(("ahead", "said"), [(15, False), (14, True), (1, True), (0, True)])
def test_a_tokens_end_is_told_14_days_ahead(world, ahead: int, said: bool) -> None:
    update(world, "shop", token_ends_at=world.now + ahead * DAY)
    row = sources.by_name(world.store.read(), "shop")
    assert bool(source_words.token_warning(row, world.now)) == said
    update(world, "shop", token_renewed=True)
    assert source_words.token_warning(sources.by_name(world.store.read(), "shop"), world.now) == ""


async def test_a_poll_that_has_to_wait_says_so(world) -> None:
    update(world, "shop", health="limited", limited_until=world.now + 4 * MINUTE)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await shown(pilot)
        await pilot.press("j", "p")
        await until(pilot, lambda: "shop: to be polled in 4m, when its network" in screen.query_one(KeysLine).message)


async def test_a_channel_that_tells_nobody_stands_there_and_in_the_queue(world) -> None:
    problem, hint = "127.0.0.1 refuses the login: 401 [/b]", "cminbox channels login ops"
    world.store.write(
        lambda conn: deliveries.note_channel(conn, "ops", problem=problem, hint=hint, since=world.now - HOUR)
    )
    assert health_of(world.store.read(), world.now) == ("ill", "channel ops tells nobody")
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await shown(pilot)
        head = str(screen.query_one("#sources-head").render())
        assert f"▲ channel ops tells nobody anything for 1h: {problem} — {hint}" in head

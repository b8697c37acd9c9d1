"""A stranger's address is read before it is opened."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from driving import lines, press, said, until
from textual import events
from ui_world import World

from cminbox.screens.pickers.link import LinkQuestion

OWN = "https://social.example/m0"
STRANGE = "https://social.example@evil.example/login"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that a browser was given, on a host that has one."""
    found: list[str] = []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.setattr("cminbox.app.CminboxApp.open_url", lambda app, url, **more: found.append(url))
    return found


def with_address(make_store: Callable[..., World], url: str) -> World:
    world = make_store((("ana_lopez", "es", "Mi pedido", 5),))
    world.store.write(lambda conn: conn.execute("UPDATE messages SET url = ?", (url,)))
    return world


@pytest.mark.parametrize("where", [(), ("enter",)])
async def test_what_is_on_the_networks_own_host_is_opened_at_once(
    make_store: Callable[..., World], opened: list[str], where: tuple[str, ...]
) -> None:
    app = with_address(make_store, OWN).app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, *where, "o")
        await until(pilot, lambda: opened == [OWN])
        assert OWN in said(app)


@pytest.mark.parametrize("where", [(), ("enter",)])
@pytest.mark.parametrize("answer", ["y", "enter", "o", "escape", "n"])
async def test_any_other_address_is_shown_whole_and_asked_about(
    make_store: Callable[..., World], opened: list[str], where: tuple[str, ...], answer: str
) -> None:
    app = with_address(make_store, STRANGE).app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, *where)
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, LinkQuestion) and any("evil" in each for each in lines(app)))
        shown = " ".join(line.strip() for line in lines(app))
        assert f"{STRANGE}, which is evil.example" in shown
        assert opened == []
        await pilot.press(answer)
        await until(pilot, lambda: not isinstance(app.screen, LinkQuestion))
        await pilot.pause()
        assert opened == ([STRANGE] if answer == "y" else [])


async def test_what_was_typed_before_it_stood_there_opens_nothing(
    make_store: Callable[..., World], opened: list[str]
) -> None:
    app = with_address(make_store, STRANGE).app()
    async with app.run_test(size=(80, 24)) as pilot:
        for key in "oyy":
            app.post_message(events.Key(key, key))
        await until(pilot, lambda: isinstance(app.screen, LinkQuestion) and any("evil" in each for each in lines(app)))
        await pilot.pause()
        assert opened == []
        assert isinstance(app.screen, LinkQuestion)
        await pilot.press("y")
        await until(pilot, lambda: opened == [STRANGE])


async def test_over_ssh_it_is_printed(
    make_store: Callable[..., World], opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "a 1 b 2")
    app = with_address(make_store, STRANGE).app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "o")
        assert f"{STRANGE}, which is evil.example" in said(app)
        assert opened == []

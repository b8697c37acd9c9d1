"""Attachments shown above a conversation: drawn where that can be, else in words; and what keys do there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from driving import lines, press, said, until
from rich.color import ColorSystem
from ui_world import NOW, World

from cminbox.errors import CminboxError
from cminbox.model import MINUTE, Attachment, Author, Message
from cminbox.screens.conversation.screen import ConversationScreen
from cminbox.screens.picture import screen as picture_screen
from cminbox.screens.picture.screen import PictureScreen
from cminbox.widgets.picture import Pixels

FIRST = "https://cdn.example/1.png"
ATTACHED = (
    Attachment("picture", FIRST, "a crushed parcel [/b] \x1b[31m"),
    Attachment("film", "https://cdn.example/2.mp4"),
    Attachment("picture", "", "", gone=True),
)
GREY = Pixels(8, 6, bytes(range(144)))


@pytest.fixture
def world(make_store: Callable[..., World]) -> World:
    """A message with attachments, and one of the same person without any below it."""
    world = make_store(())
    mina, at = Author("mina", "mina"), NOW - 20 * MINUTE
    world.take(
        Message("m1", "m1", mina, "My box came like this", at, attachments=ATTACHED),
        Message("m2", "m1", mina, "What now?", at + 1, parent="m1"),
    )
    return world


class Loader:
    """Stands in the place of the process beside.

    Attributes:
        asked: addresses with columns and lines.
        gives: what comes of it; an error is raised.
        go: lets it be answered.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, int]] = []
        self.gives: Pixels | CminboxError = GREY
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, folder: object, address: str, columns: int, lines: int) -> Pixels:
        self.asked.append((address, columns, lines))
        await self.go.wait()
        if isinstance(self.gives, CminboxError):
            raise self.gives
        return self.gives


@pytest.fixture
def loader(monkeypatch: pytest.MonkeyPatch) -> Loader:
    loader = Loader()
    monkeypatch.setattr(picture_screen, "load_picture", loader)
    return loader


def text(app: object) -> str:
    return "\n".join(lines(app))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_key_draws_the_picture_and_the_next_shows_what_cannot_be(
    world: World, loader: Loader, size: tuple[int, int]
) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        app.console._color_system = ColorSystem.TRUECOLOR
        await press(pilot, "enter", "K", "i")
        await until(pilot, lambda: "▀" * 8 in text(app))
        assert text(app).count("▀" * 8) == 3
        assert "1 of 3, from @mina" in text(app)
        assert "picture: a crushed parcel [/b]" in text(app)
        assert FIRST in text(app)
        ((address, columns, rows),) = set(loader.asked)
        assert (address, columns) == (FIRST, size[0] - 2)
        assert size[1] - 8 <= rows <= size[1] - 4
        await press(pilot, "j")
        await until(pilot, lambda: "a film is not shown here" in text(app))
        assert "▀" not in text(app)
        assert "film without words" in text(app)
        await press(pilot, "j", "j")
        await until(pilot, lambda: "it has no address" in text(app))
        assert "it is gone" in text(app)
        await press(pilot, "k", "k")
        await until(pilot, lambda: "▀" in text(app))
        await press(pilot, "escape")
        assert isinstance(app.screen, ConversationScreen)


async def test_what_cannot_be_shown_is_said_in_one_line_with_words_and_address(world: World, loader: Loader) -> None:
    loader.gives = CminboxError("it is no picture that can be read", "ask them")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        app.console._color_system = ColorSystem.TRUECOLOR
        await press(pilot, "enter", "i")
        await until(pilot, lambda: "not shown: it is no picture that can be read — ask them" in text(app))
        assert "a crushed parcel" in text(app)
        assert FIRST in text(app)
        copied = []
        app.copy_to_clipboard = copied.append
        await press(pilot, "c")
        assert copied == [FIRST]
        assert "clipboard" in text(app)


async def test_a_terminal_of_few_colours_gets_words_and_nothing_is_fetched(world: World, loader: Loader) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        app.console._color_system = ColorSystem.STANDARD
        await press(pilot, "enter", "i")
        await until(pilot, lambda: "this terminal has too few colours" in text(app))
        assert loader.asked == []


async def test_no_key_waits_for_a_picture(world: World, loader: Loader) -> None:
    loader.go.clear()
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        app.console._color_system = ColorSystem.TRUECOLOR
        await press(pilot, "enter", "i")
        await until(pilot, lambda: loader.asked and "it is fetched …" in text(app))
        await press(pilot, "j")
        assert "2 of 3" in text(app)
        loader.go.set()
        await pilot.pause()
        assert "▀" not in text(app)
        await press(pilot, "escape", "q")
        assert "@mina" in text(app)


async def test_a_message_without_any_says_so(world: World, loader: Loader) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "enter", "K", "J", "i")
        assert said(app) == "nothing is attached to this message"
        assert not isinstance(app.screen, PictureScreen)


async def test_a_conversation_without_any_says_so(make_store: Callable[..., World], loader: Loader) -> None:
    app = make_store().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "enter", "i")
        assert said(app) == "nothing is attached here"

"""What messages carry, on screen: pictures, stars, what is held or hidden, their post, until when to answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from driving import lines, press, said, until
from ui_world import NOW, World

from cminbox.model import HOUR, LABELLED, MINUTE, Attachment, Author, Message, Post
from cminbox.screens.pickers.address import AddressPicker

PICTURE = Attachment("picture", "https://cdn.example/1.png", "a crushed parcel")
POST = Post("p1", "Spring sale: all tins 20 % off", "https://brand.example/p1")


@pytest.fixture
def carrying(make_store: Callable[..., World]) -> World:
    """Conversations of which each carries something."""
    world = make_store(())
    at = NOW - 20 * MINUTE

    def one(key: str, handle: str, text: str, **more: object) -> Message:
        return Message(key, key, Author(handle, handle), text, at, url=f"https://social.example/{key}", **more)

    gone = Attachment("film", "", "", gone=True)
    world.take(
        one(
            "m1",
            "mina",
            "My box came like this, what now?",
            attachments=(PICTURE, gone),
            post=POST,
            ad=True,
            extra={LABELLED: "rude"},
        ),
        one("m2", "olaf", "Never again. Two weeks late and cold.", stars=2, kind="review", title="Late"),
        one("m3", "petra", "buy cheap followers at my place?", held=True),
        one("m4", "quim", "Is anybody there?", kind="dm", answer_until=NOW + 2 * HOUR),
        one("m5", "rosa", "Is anybody there at all?", kind="dm", answer_until=NOW - HOUR),
        one("m6", "sven", "", attachments=(PICTURE,), hidden=True),
    )
    return world


def line_of(app: object, handle: str) -> str:
    return next(line for line in lines(app) if f"@{handle}" in line)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_line_says_what_its_message_carries(carrying: World, size: tuple[int, int]) -> None:
    app = carrying.app()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "@mina" in "\n".join(lines(app)))
        assert "‹ad› ▣2 My box came" in line_of(app, "mina")
        assert "★★☆☆☆ " in line_of(app, "olaf")
        assert "‹held› buy" in line_of(app, "petra")
        assert "‹hidden› ▣ picture: a" in line_of(app, "sven")


async def open_at(pilot: object, app: object, handle: str) -> None:
    await press(pilot, "\\", *f"from:@{handle}", "enter")
    await until(pilot, lambda: f"@{handle}" in lines(app)[3] or f"@{handle}" in lines(app)[2])
    await press(pilot, "enter")
    await until(pilot, lambda: "‹ " in lines(app)[0])


async def test_a_thread_shows_pictures_by_their_words_and_the_post_above(carrying: World) -> None:
    app = carrying.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_at(pilot, app, "mina")
        shown = "\n".join(lines(app))
        assert "▣ picture: a crushed parcel" in shown
        assert "▣ film (gone)" in shown
        assert "on “Spring sale: all tins 20 % off”  https://brand.example/p1" in shown
        assert "under an ad" in shown
        assert "labelled rude" in shown


@pytest.mark.parametrize("where", [(), ("enter",)])
async def test_o_lets_one_choose_among_link_picture_and_post(
    carrying: World, where: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "1 2 3 4")
    app = carrying.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "\\", *"from:@mina", "enter", *where)
        await press(pilot, "o")
        await until(pilot, lambda: isinstance(app.screen, AddressPicker))
        await press(pilot, *"crushed", "enter")
        await until(pilot, lambda: "https://cdn.example/1.png" in said(app))


async def test_how_long_one_can_answer_is_told(carrying: World) -> None:
    app = carrying.app()
    async with app.run_test(size=(100, 24)) as pilot:
        await open_at(pilot, app, "quim")
        assert "can be answered for 2h" in lines(app)[1]


async def test_what_the_network_takes_no_answer_to_any_more_is_refused(carrying: World) -> None:
    app = carrying.app()
    async with app.run_test(size=(100, 24)) as pilot:
        await open_at(pilot, app, "rosa")
        assert "too late to answer" in lines(app)[1]
        await press(pilot, "r", *"hello", "ctrl+s")
        await until(pilot, lambda: "too late: mastodon takes no answer to this since 1h" in said(app))

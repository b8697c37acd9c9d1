"""Closing: what was answered at once, what needs an answer after a second key, what needs none with its reason."""

from __future__ import annotations

import pytest
from driving import lines, press, queue_of, said, until
from ui_world import NOW, World

from cminbox.model import MINUTE, Author, Message
from cminbox.screens.conversation.screen import ConversationScreen
from cminbox.screens.pickers.confirm_line import ConfirmLine
from cminbox.screens.queue.screen import QueueScreen

ASKED = "close? it needs an answer and has none: e does it, any other key leaves it"


def on(app, handle: str) -> None:
    """Put the cursor on a person's conversation."""
    queue = queue_of(app).queue
    queue.move([row.handle for row in queue.rows].index(handle) - queue.index)


async def test_the_same_key_again_closes_unanswered(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        on(app, "carla")
        await press(pilot, "e")
        assert isinstance(app.screen, ConfirmLine)
        assert lines(app)[-1].strip() == ASKED
        assert world.row("carla").status == "open"
        await press(pilot, "e")
        assert (world.row("carla").status, world.row("carla").end) == ("closed", "unanswered")
        assert "1 closed, unanswered" in said(app)
        await press(pilot, "u")
        assert (world.row("carla").status, world.row("carla").end) == ("open", "")


@pytest.mark.parametrize("key", ["j", "escape", "enter", "S", "q", "space", "5", "f2", "ctrl+p", "colon", "Q"])
async def test_any_other_key_leaves_it_and_does_nothing_else(world: World, key: str) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "j")
        index = queue_of(app).queue.index
        await press(pilot, "e", key)
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))
        await pilot.pause()
        queue = queue_of(app)
        assert (queue.queue.index, queue.queue.marks, queue.key_reader.pending) == (index, set(), "")
        assert world.row("ana_lopez").status == "open"
        assert not queue.prompting


async def test_it_asks_in_a_conversation_too(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        on(app, "carla")
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        await press(pilot, "e")
        await until(pilot, lambda: isinstance(app.screen, ConfirmLine))
        await press(pilot, "e")
        await until(pilot, lambda: world.row("carla").status == "closed")


async def test_what_was_answered_is_closed_at_once(world: World) -> None:
    carla = world.row("carla")
    answer = Message("a1", carla.remote_id, Author("us", "us"), "It is 12 €", NOW - MINUTE, direction="out")
    world.take(answer)
    thanks = Message("t1", carla.remote_id, Author("m-carla", "carla"), "Thank you!", NOW - MINUTE + 1)
    world.take(thanks)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        on(app, "carla")
        await press(pilot, "e")
        assert (world.row("carla").status, world.row("carla").end) == ("closed", "answered")


async def test_what_has_a_reply_on_its_way_is_closed_at_once(world: World) -> None:
    world.desk.outbox.send(world.ids()["carla"], "It is 12 €")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        on(app, "carla")
        await press(pilot, "e")
        assert world.row("carla").status == "closed"


async def test_several_are_asked_about_together(world: World) -> None:
    world.say([("fan", "en", "lol 😂", 1)], prefix="fan")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        on(app, "fan")
        await press(pilot, "space", "g", "space", "e")
        assert "close? 1 of 2 need an answer and have none: e does it" in lines(app)[-1]
        await press(pilot, "e")
        assert (world.row("fan").end, world.row("matt").end) == ("none needed", "unanswered")
        assert "2 closed, 1 of them unanswered" in said(app)


async def test_none_needed_asks_for_its_reason(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        on(app, "familia")
        await press(pilot, "d")
        screen = "\n".join(lines(app))
        for reason in ("chatter", "thanks", "not for us", "handled elsewhere", "duplicate"):
            assert reason in screen
        await press(pilot, *"than", "enter")
        await until(pilot, lambda: world.row("familia").status == "closed")
        assert (world.row("familia").end, world.row("familia").end_reason) == ("none needed", "thanks")
        await press(pilot, "u")
        await until(pilot, lambda: world.row("familia").status == "open")


async def test_none_needed_left_with_escape_changes_nothing(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "d", "escape")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))
        assert {world.row(handle).status for handle in world.ids()} == {"open"}

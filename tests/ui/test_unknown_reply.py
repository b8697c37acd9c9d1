"""A reply of which nobody knows whether it arrived: what the screen says of it, and how a person ends it."""

from __future__ import annotations

import pytest
from driving import press, queue_of, said, until

from cminbox.model import MINUTE
from cminbox.screens.conversation.screen import ConversationScreen
from cminbox.screens.pickers.confirm import ConfirmMany
from cminbox.store import replies


def unknown(world, minutes: int) -> int:
    """A reply to Rahul whose try was cut so many minutes ago."""
    reply = world.desk_of("ana").outbox.send(world.ids()["rahul_k"], "We are looking into it")
    cut = world.clock() - minutes * MINUTE
    tried = {"sending_at": cut, "first_try_at": cut, "try_ended_at": cut, "cause": "the line was cut", "look_ups": 4}
    for event in ("countdown over", "begun", "no sure answer"):
        world.store.write(lambda conn, event=event: replies.move(conn, reply.id, event, cut, **tried))
    world.store.write(lambda conn: conn.execute("UPDATE outgoing SET error = cause"))
    return reply.id


async def opened(pilot, world) -> ConversationScreen:
    pilot.app.open_conversation(world.ids()["rahul_k"])
    await until(pilot, lambda: isinstance(pilot.app.screen, ConversationScreen))
    await pilot.pause()
    return pilot.app.screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_thread_says_why_and_until_when(world, size) -> None:
    unknown(world, 1)
    app = world.app()
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot, world)
        shown = " ".join(screen.pane.text.replace("▎", " ").split())
        assert "unknown whether it arrived" in shown
        assert "the line was cut; looked up 4 times" in shown
        assert "not sent again within the next 4m" in shown
        await press(pilot, ":", *"retry", "enter")
        await until(pilot, lambda: "may still accept it" in said(app))


async def test_retry_warns_first_and_escape_leaves_it(world) -> None:
    number = unknown(world, 6)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, world)
        assert ":arrived if it is there, :retry sends it again, :cancel makes it a draft" in " ".join(
            screen.pane.text.replace("▎", " ").split()
        )
        for answer, status in (("escape", "unknown"), ("enter", "held")):
            await press(pilot, ":", *"retry", "enter")
            await until(pilot, lambda: isinstance(app.screen, ConfirmMany))
            await press(pilot, answer)
            await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
            await until(pilot, lambda status=status: replies.get(world.store.read(), number).status == status)


async def test_a_person_says_that_it_is_there(world) -> None:
    number = unknown(world, 6)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, world)
        await press(pilot, ":", *"arrived", "enter")
        await until(pilot, lambda: replies.get(world.store.read(), number).arrived_by == "ana")
        await until(pilot, lambda: "says that it is there" in " ".join(screen.pane.text.replace("▎", " ").split()))


@pytest.mark.parametrize(
    ("name", "minutes", "told", "ended"),
    [
        ("retry", 1, "may still accept it", lambda reply: reply.status == "unknown"),
        ("arrived", 6, "", lambda reply: reply.arrived_by == "ana"),
        ("cancel", 6, "it is a draft again", lambda reply: reply.status == "draft"),
    ],
)
async def test_the_queue_ends_what_is_unknown_under_its_cursor(world, name, minutes, told, ended) -> None:
    number = unknown(world, minutes)
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, ":", *"view failed", "enter")
        await until(pilot, lambda: [row.handle for row in queue_of(app).queue.on_screen] == ["rahul_k"])
        await press(pilot, ":", *name, "enter")
        await until(pilot, lambda: told in said(app) and ended(replies.get(world.store.read(), number)))


async def test_the_queue_says_what_no_command_of_a_reply_can_end(world) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        for name, told in (
            ("retry", "no failed reply here"),
            ("arrived", "no unknown reply here"),
            ("cancel", "no reply of yours is held here"),
        ):
            await press(pilot, ":", *name, "enter")
            await until(pilot, lambda told=told: told in said(app))
        await press(pilot, "space", ":", *"retry", "enter")
        await until(pilot, lambda: "1 is marked, this one is not" in said(app))

"""Promises and follow-ups on screen: asked for, shown above a conversation and in its line, written with a reply."""

from __future__ import annotations

import pytest
from driving import lines, queue_of, said, until
from test_compose_screen import outbox, writing

from cminbox.desk import Back, MakePromise, Watch
from cminbox.model import DAY, HOUR, Author, Message
from cminbox.screens.compose.screen import ComposeScreen
from cminbox.screens.conversation.pane import ConversationPane
from cminbox.screens.conversation.screen import ConversationScreen
from cminbox.screens.pickers.promise import PromisePicker, WhichPromise
from cminbox.store import promises
from cminbox.widgets.picker import Picker


async def opened(pilot, world, handle: str) -> ConversationPane:
    pilot.app.open_conversation(world.ids()[handle])
    await until(pilot, lambda: isinstance(pilot.app.screen, ConversationScreen))
    await pilot.pause()
    return pilot.app.screen.pane


def known(world, handle: str) -> list[tuple[str, str, str]]:
    found = promises.of(world.store.read(), world.ids()[handle])
    return [(promise.text, promise.owner, promise.status) for promise in found]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_key_asks_what_is_promised_and_it_stands_above_the_conversation(world, size) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        pane = await opened(pilot, world, "carla")
        await pilot.press("P")
        await until(pilot, lambda: isinstance(app.screen, PromisePicker))
        await pilot.press(*"the refund is booked")
        await pilot.pause()
        assert app.screen.highlighted is None
        await pilot.press("enter")
        assert isinstance(app.screen, PromisePicker), "there is no time yet"
        await pilot.press(*" by 3h", "enter")
        await until(pilot, lambda: "promised: the refund is booked by" in pane.around)
        assert "in 3h, you" in pane.around
        assert "1 promised" in said(app)
        await pilot.press("u")
        await until(pilot, lambda: "◆ promised" not in pane.around)


async def test_which_of_several_is_asked(world) -> None:
    app = world.app()
    for text, hours in (("first", 2), ("second", 5)):
        world.desk.do(MakePromise(text, world.now + hours * HOUR), [world.ids()["carla"]])
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await opened(pilot, world, "carla")
        assert pane.around.index("first") < pane.around.index("second")
        await pilot.press(*":kept", "enter")
        await until(pilot, lambda: isinstance(app.screen, WhichPromise))
        await pilot.press("down", "enter")
        await until(pilot, lambda: known(world, "carla")[1][2] == "kept")
        assert known(world, "carla") == [("first", "ana", "open"), ("second", "ana", "kept")]
        await pilot.press(*":promise-to jo", "enter")
        await until(pilot, lambda: known(world, "carla")[0][1] == "jo")
        await pilot.press(*":broken no stock", "enter")
        await until(pilot, lambda: "◆ promised" not in pane.around)
        assert "broken" in pane.around
        assert "no stock" in pane.around


async def test_a_line_counts_down_and_a_view_has_them_in_order(world) -> None:
    ids = world.ids()
    world.desk.do(MakePromise("a new cup", world.now + 5 * DAY), [ids["carla"]])
    world.desk.do(MakePromise("the refund", world.now + 2 * DAY), [ids["lin"]])
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "Promised 2" in lines(app)[0])
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press(*"prom", "enter")
        await until(pilot, lambda: queue_of(app).state.view.name == "Promised")
        await until(pilot, lambda: len(queue_of(app).queue.on_screen) == 2)
        assert [row.handle for row in queue_of(app).queue.on_screen] == ["lin", "carla"]
        drawn = "\n".join(lines(app))
        assert "2d the refund" in drawn
        assert "5d a new cup" in drawn


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_reply_brings_a_promise_and_comes_back(world, size) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        screen = await writing(pilot, world, "carla")
        await pilot.press(*"yes, we do", "alt+b")
        head = screen.query_one("#compose-to")
        assert "back if no reply in 2d" in str(head.render())
        await pilot.press("alt+b")
        assert "back if no reply in 4d" in str(head.render())
        await pilot.press("alt+b", "alt+b")
        assert "back if" not in str(head.render())
        await pilot.press("alt+b", "alt+p")
        await until(pilot, lambda: isinstance(app.screen, PromisePicker))
        await pilot.press(*"the menu by 4h", "enter")
        await until(pilot, lambda: "promises the menu by" in str(head.render()))
        assert screen.area.text == "yes, we do"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        reply = outbox(world, "carla")[0]
        assert (reply.status, reply.back_after) == ("held", 2 * DAY)
        assert [(one.text, one.owner) for one in reply.promises] == [("the menu", "ana")]
        assert known(world, "carla") == []
        pane = app.screen.query_one(ConversationPane)
        await until(pilot, lambda: "promises the menu" in pane.text)
        await pilot.press("u")
        await until(pilot, lambda: outbox(world, "carla")[0].status == "draft")
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen))
        await pilot.pause()
        assert "promises the menu" in str(app.screen.query_one("#compose-to").render())


async def test_what_it_brings_is_kept_with_the_draft(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await writing(pilot, world, "carla")
        await pilot.press(*"yes", "alt+b")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        assert outbox(world, "carla")[0].back_after == 2 * DAY
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen))
        await pilot.pause()
        assert "back if no reply in 2d" in str(app.screen.query_one("#compose-to").render())


async def test_who_watches_and_what_comes_back_stand_in_the_head(world) -> None:
    ids = world.ids()
    answer = Message(
        id="out1",
        conversation=world.row("carla").remote_id,
        author=Author("us", "kettle"),
        text="yes",
        created_at=world.now,
        direction="out",
        kind="reply",
    )
    world.take(answer)
    world.desk.do(Watch(), [ids["carla"]])
    world.desk_of("jo").do(Watch(), [ids["carla"]])
    world.desk.do(Back(2 * DAY), [ids["carla"]])
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await opened(pilot, world, "carla")
        assert "◉ you, jo" in pane.around
        assert "back in 2d if they do not answer" in pane.around
        await pilot.press(*":unwatch", "enter")
        await until(pilot, lambda: "◉ jo" in pane.around)
        await pilot.press("W")
        await until(pilot, lambda: "◉ you, jo" in pane.around)

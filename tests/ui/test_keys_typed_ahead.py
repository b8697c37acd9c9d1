"""Keys that come faster than what they set off: each acts on what the person means."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from driving import lines, press, queue_of, said, until
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input
from ui_world import World

from cminbox.app import CminboxApp
from cminbox.screens.compose.screen import ComposeScreen
from cminbox.screens.conversation.screen import ConversationScreen
from cminbox.screens.metrics.screen import MetricsScreen
from cminbox.screens.queue.screen import QueueScreen
from cminbox.store import conversations, crises, replies
from cminbox.terminal.compat import EscAndKey


def burst(app: CminboxApp, *keys: str) -> None:
    """Keys as a terminal gives them in one read: nothing happens in between."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


def closed(world: World) -> set[str]:
    return {row.handle for row in conversations.page(world.store.read(), None, limit=100) if row.status == "closed"}


async def test_closing_three_times_closes_three(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        queue = queue_of(app).queue
        handles = [row.handle for row in queue.rows]
        burst(app, *"eeeeee", "j", "e", "e")
        await until(pilot, lambda: len(closed(world)) == 4)
        assert closed(world) == {*handles[:3], handles[4]}
        await until(pilot, lambda: queue.row.handle == handles[5])
        burst(app, "u", "u", "u", "u")
        await until(pilot, lambda: not closed(world))


async def test_a_repeat_typed_at_once_repeats_what_was_typed_before_it(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        handles = [row.handle for row in queue_of(app).queue.rows]
        burst(app, "e", "e", "2", ".", "e")
        await until(pilot, lambda: closed(world) == set(handles[:3]) and "2 closed" in said(app))


async def test_a_macro_typed_twice_runs_twice(make_store: Callable[..., World]) -> None:
    world = make_store(keys='[[macro]]\nname = "done"\nkeys = "x"\ndo = ["label done", "close", "next"]\n')
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        handles = [row.handle for row in queue_of(app).queue.rows]
        burst(app, "x", "x", "x")
        await until(pilot, lambda: closed(world) == set(handles[:3]) and app.macros.running is None)


async def test_what_is_typed_behind_a_command_that_asks_goes_into_its_picker(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        row = queue_of(app).queue.row
        burst(app, "l", *"eeS", "enter")
        await until(pilot, lambda: "eeS" in conversations.get(world.store.read(), row.id).labels)
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))
        assert not closed(world)


async def test_what_is_typed_behind_a_search_is_its_text(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        burst(app, "/", *"refund", "enter")
        await until(pilot, lambda: queue_of(app).state.search == "refund")
        burst(app, ":", *"close", "enter", "e")
        await until(pilot, lambda: len(closed(world)) == 1)


async def test_a_long_action_lets_the_keys_go(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    app = world.app()
    app.key_queue.patience = 0.05
    async with app.run_test(size=(80, 24)) as pilot:
        screen, go_on = queue_of(app), asyncio.Event()
        held = screen.desk_actions.carry_out

        async def slow(*args: object, **more: object) -> object:
            await go_on.wait()
            return await held(*args, **more)

        monkeypatch.setattr(screen.desk_actions, "carry_out", slow)
        burst(app, "e", "e", "j", "j")
        await until(pilot, lambda: screen.queue.index == 2)
        assert not closed(world)
        go_on.set()
        await until(pilot, lambda: len(closed(world)) == 1)
        await press(pilot, "j")
        assert "1 closed" in said(app)


async def test_what_is_typed_behind_a_command_of_a_conversation_goes_into_its_picker(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        row = queue_of(app).queue.row
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        burst(app, "l", *"eeS", "enter")
        await until(pilot, lambda: "eeS" in conversations.get(world.store.read(), row.id).labels)
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        burst(app, "s", *"to")
        await until(pilot, lambda: any(field.value == "to" for field in app.screen.query(Input)))
        assert len(app.screen_stack) == 3
        assert not closed(world)


async def test_a_burst_goes_from_conversation_to_conversation_and_back_into_the_queue(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        queue = queue_of(app).queue
        handles = [row.handle for row in queue.rows]
        for _ in range(2):  # the screen of conversations stays, and is opened again
            await press(pilot, "enter")
            await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
            burst(app, *"ee]eeqee")
            await until(pilot, lambda: isinstance(app.screen, QueueScreen))
            await until(pilot, lambda: len(closed(world)) % 3 == 0)
            await until(pilot, lambda: queue.row is not None and queue.row.handle not in closed(world))
        await until(pilot, lambda: closed(world) == set(handles[:6]))


@pytest.mark.parametrize("key", ["r", "R"])
async def test_what_is_typed_behind_a_reply_stands_in_it(world: World, key: str) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        before = [row.status for row in queue_of(app).queue.rows]
        burst(app, key, *"see jejeq")
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen) and app.screen.area.text == "see jejeq")
        burst(app, "escape", "q")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))
        assert [row.status for row in queue_of(app).queue.rows] == before


async def test_a_text_that_is_pasted_behind_a_reply_stands_in_it(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        burst(app, "r", "a")
        app.post_message(events.Paste("b c"))
        burst(app, "d")
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen) and app.screen.area.text == "ab cd")


async def test_a_reply_is_written_sent_and_left_in_one_burst(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        first, second = queue_of(app).queue.rows[:2]
        burst(app, "enter", "r", *"on its way", "ctrl+s", *"e]eeq")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen) and len(closed(world)) == 2)
        assert closed(world) == {first.handle, second.handle}
        assert [reply.text for reply in replies.of(world.store.read(), first.id)] == ["on its way"]


async def test_a_command_behind_a_search_acts_on_the_hit(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        burst(app, "/", *"Canada", "enter", "e", "e")
        await until(pilot, lambda: closed(world) == {"carla"})
        burst(app, ":", *"label x", "enter", "e", "e")
        await until(pilot, lambda: len(closed(world)) == 2)


async def test_what_is_typed_behind_the_palette_finds_a_command(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        burst(app, "ctrl+p", *"close")
        await until(pilot, lambda: any(field.value == "close" for field in app.screen.query(Input)))
        assert not closed(world)


async def test_keys_go_to_the_list_that_a_figure_opens(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "f3")
        await until(pilot, lambda: isinstance(app.screen, MetricsScreen) and app.screen.is_open)
        await until(pilot, lambda: "reading" not in "".join(lines(app)))
        burst(app, *"jjjj", "enter", "e", "e", "/", *"zzz")
        await until(pilot, lambda: len(closed(world)) == 1)
        await until(pilot, lambda: any(field.value == "zzz" for field in app.screen.query(Input)))
        assert isinstance(app.screen, QueueScreen)


async def test_what_is_typed_behind_a_quick_template_follows_it(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        burst(app, "enter", "1", *" and 2")
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen) and app.screen.area.text.endswith(" and 2"))
        assert len(app.screen.area.text) > 40


@pytest.mark.parametrize("keys", [("r",), ("R",), ("enter", "r"), ("enter", "3")])
@pytest.mark.parametrize("slowly", [False, True])
async def test_what_is_typed_for_a_reply_that_cannot_be_written_runs_nothing(
    make_store: Callable[..., World], keys: tuple[str, ...], slowly: bool
) -> None:
    world = make_store(())
    world.say([("blogger", "en", "An article", 5)], source="blog", prefix="b")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: queue_of(app).queue.row is not None)
        typed = [*keys, *"Hello there my friend", "enter", *"ee]AQ"]
        if slowly:
            for key in typed:
                await pilot.press(key)
                await pilot.pause(0.03)
        else:
            burst(app, *typed)
        await until(pilot, lambda: "cannot be sent through blog" in said(app) and not len(app.key_queue))
        for key in "bp":  # Alt+b and Alt+p are meant for the reply: no Esc, and neither b nor p.
            app.post_message(EscAndKey(events.Key(key, key)))
        burst(app, "e")
        await pilot.pause(0.1)
        assert "Esc goes on" in lines(app)[-1]
        row = world.row("blogger")
        assert (row.status, row.assignee, row.labels) == ("open", "", ())
        assert app.is_running
        await press(pilot, "escape", "A")
        await until(pilot, lambda: world.row("blogger").assignee == "ana")


async def test_what_is_typed_where_there_is_nothing_to_act_on_runs_nothing(make_store: Callable[..., World]) -> None:
    world = make_store(())
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        burst(app, "l", *"Queen", "enter")
        await until(pilot, lambda: "nothing to act on" in said(app))
        await pilot.pause(0.1)
        assert app.is_running
        assert isinstance(app.screen, QueueScreen)
        await press(pilot, "escape", "?")
        assert not isinstance(app.screen, QueueScreen)


OBSERVER = '[[member]]\nhandle = "guest"\nrole = "observer"\n'
ASKING = (
    ((), "rRasPdlm!cB"),
    (("enter",), "rR1asPdlm!cBh"),
    (("C",), "mselMxX"),
    (("f2",), "+uEs"),
    (("H",), "esi"),
)
"""Keys that lead to a place, and those that ask for words there."""


async def assert_words_run_nothing(app: CminboxApp, pilot: Pilot[Any], keys: Sequence[str]) -> None:
    """What is typed behind the keys in one burst does nothing, the line says why, and Esc goes on."""
    burst(app, *keys, *"Quit A", "enter")
    await until(pilot, lambda: app.front.last_line.refusing and not len(app.key_queue))
    assert app.is_running
    assert app.screen is app.front, keys
    assert "Esc goes on" in lines(app)[-1]
    await press(pilot, "escape", "f1")


@pytest.mark.parametrize("place", ASKING, ids=["queue", "conversation", "contact", "crisis", "handover"])
async def test_what_is_typed_where_one_only_looks_on_runs_nothing(make_store: Callable[..., World], place: Any) -> None:
    world = make_store(extra_config=OBSERVER, member="guest")
    world.desk_of("ana").crises.declare("Late", severity=2, reason="the depot is shut")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        for key in place[1]:
            await assert_words_run_nothing(app, pilot, [*place[0], key])


@pytest.mark.parametrize("keys", [("r",), ("R",), ("m",), ("enter", "r"), ("enter", "1"), ("enter", "m"), ("C", "m")])
async def test_what_is_typed_over_a_store_that_is_gone_runs_nothing(world: World, keys: tuple[str, ...]) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, *keys[:-1])
        await until(pilot, lambda: len(app.screen_stack) == len(keys))
        other = world.store.path.with_name("other.db")
        shutil.copy(world.store.path, other)
        other.replace(world.store.path)
        await assert_words_run_nothing(app, pilot, keys[-1:])


@pytest.mark.parametrize("key", ["r", "R", "p", "a", "m"])
async def test_what_is_typed_where_nobody_is_runs_nothing(make_store: Callable[..., World], key: str) -> None:
    app = make_store(()).app()
    async with app.run_test(size=(80, 24)) as pilot:
        await assert_words_run_nothing(app, pilot, [key])


@pytest.mark.parametrize("keys", [("h",), ("enter", "h"), ("p",), ("enter", "p"), ("D",)])
async def test_words_for_what_cannot_be_here_run_nothing(world: World, keys: tuple[str, ...]) -> None:
    """Mastodon hides nothing and deletes what is ours alone; they wrote nothing else."""
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await assert_words_run_nothing(app, pilot, keys)


@pytest.mark.parametrize("slowly", [False, True])
async def test_what_is_typed_for_the_next_where_nobody_else_waits_runs_nothing(
    make_store: Callable[..., World], slowly: bool
) -> None:
    world = make_store((("one", "en", "Where is it?", 30),), extra_config='[sending]\nundo = "1h"\n')
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        burst(app, "R", *"One", "ctrl+s")
        if slowly:
            await until(pilot, lambda: "nobody else waits" in said(app))
        await assert_words_run_nothing(app, pilot, [])
        (reply,) = replies.of(world.store.read(), world.ids()["one"])
        assert (reply.status, reply.text) == ("held", "One")
        burst(app, "enter", "u")
        await until(pilot, lambda: replies.of(world.store.read(), reply.conversation_id)[-1].status == "draft")


@pytest.mark.parametrize("name", ["take", "mark-all", "metrics"])
async def test_enter_in_the_palette_runs_what_was_typed_and_nothing_else(world: World, name: str) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        burst(app, "ctrl+p", *name, "enter")
        if name == "metrics":
            await until(pilot, lambda: isinstance(app.screen, MetricsScreen))
        elif name == "take":
            await until(pilot, lambda: sum(world.row(handle).assignee == "ana" for handle in world.ids()) == 1)
        else:
            await until(pilot, lambda: isinstance(app.screen, QueueScreen) and len(queue_of(app).queue.marks) == 14)
        assert not closed(world)


async def test_a_crisis_is_declared_in_one_burst_from_the_queue(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        name, reason = "Queue e", "see A; Q"
        burst(app, "f2", "enter", *name, "enter", "backspace", "2", "enter", *reason, "enter", *"tin", "enter")
        await until(pilot, lambda: crises.all(world.store.read()))
        (crisis,) = crises.all(world.store.read())
        assert (crisis.name, crisis.severity, crisis.reason, crisis.query) == (name, 2, reason, "tin")
        burst(app, "f3", "f4", "f1", "j", "A")
        await until(pilot, lambda: sum(world.row(handle).assignee == "ana" for handle in world.ids()) == 1)
        assert not closed(world)


@pytest.mark.parametrize("key", ["u", "E", "s"])
async def test_words_for_a_crisis_that_does_not_run_run_nothing(world: World, key: str) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        burst(app, "f2", key, *"We know; Queen", "enter")
        await until(pilot, lambda: "needs a running crisis" in said(app))
        await pilot.pause(0.1)
        assert app.is_running
        assert not crises.all(world.store.read())


async def test_what_is_typed_behind_the_search_of_help_is_its_text(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        burst(app, "?", "/", *"quick", "enter", "escape", "escape", "A")
        await until(pilot, lambda: sum(world.row(handle).assignee == "ana" for handle in world.ids()) == 1)
        assert isinstance(app.screen, QueueScreen)
        assert not closed(world)


async def test_what_is_pasted_into_a_field_turns_no_line_around(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        burst(app, "/")
        app.post_message(events.Paste("tin\u202e\x1b[2J lid\nmore"))
        await until(pilot, lambda: any(field.value for field in app.screen.query(Input)))
        (field,) = app.screen.query(Input)
        assert field.value == "tin[2J lid"


async def test_escape_and_a_key_in_one_packet_is_alt_only_where_that_is_a_command(
    make_store: Callable[..., World],
) -> None:
    world = make_store(keys='[queue]\nconversation.take = ["Alt+."]\n')
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        row = queue_of(app).queue.row
        app.post_message(EscAndKey(events.Key("full_stop", ".")))
        await until(pilot, lambda: conversations.get(world.store.read(), row.id).assignee != "")
        burst(app, "r")
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen))
        app.post_message(EscAndKey(events.Key("1", "1")))
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen) and app.screen.area.text != "")
        app.post_message(EscAndKey(events.Key("l", "l")))
        burst(app, *"eeS", "enter")
        await until(
            pilot, lambda: any("eeS" in row.labels for row in conversations.page(world.store.read(), None, limit=100))
        )
        assert not closed(world)

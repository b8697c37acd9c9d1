"""What the first conversation and the first reply need is mounted in a rest, and shows the same then."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from driving import lines, queue_of, until
from ui_world import World

from cminbox.model import MINUTE, Author, Message
from cminbox.screens.compose.screen import ComposeScreen
from cminbox.screens.conversation.screen import ConversationScreen
from cminbox.screens.kept import make_ready

KEPT = (ConversationScreen, ComposeScreen)


def long_thread(world: World) -> None:
    """Sixty messages of one conversation, the last of them long."""
    author = Author("z", "zoe", "Zoe")
    said = [f"Where is parcel {number}?" for number in range(59)] + ["Is nobody there? " * 20]
    first = world.now - 30 * MINUTE
    world.take(*(Message(f"z{at}", "z", author, text, first + at, parent="z0") for at, text in enumerate(said)))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_was_mounted_before_shows_what_is_mounted_when_it_is_opened(
    make_store: Callable[..., World], size: tuple[int, int]
) -> None:
    world = make_store()
    long_thread(world)
    when_opened = await walked(world, size, ahead=False)
    world.desk.outbox.draft(world.ids()["zoe"], "")
    assert "Is nobody there?" in "\n".join(when_opened[0])
    assert await walked(world, size, ahead=True) == when_opened


async def walked(world: World, size: tuple[int, int], *, ahead: bool) -> list[list[str]]:
    """What stands on the screen in the conversation, in its composer, and in the conversation again."""
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: queue_of(app).queue.rows)
        for kept in KEPT if ahead else ():
            make_ready(kept, app, app.services)
            await pilot.pause()
        assert len(app.screen_stack) == 1
        seen = []
        for key, kept in ((None, ConversationScreen), ("r", ComposeScreen), ("escape", ConversationScreen)):
            if key is None:
                app.open_conversation(world.ids()["zoe"])
            else:
                await pilot.press(key)
            await until(pilot, lambda kept=kept: isinstance(app.screen, kept) and not len(app.key_queue))
            await pilot.pause(0.3)
            seen.append(lines(app))
    return seen


async def test_they_are_mounted_in_a_rest_and_what_is_typed_then_stands_in_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for rest in ("LOAD_REST", "LOAD_LONGER_REST"):
        monkeypatch.setattr(f"cminbox.screens.queue.screen.{rest}", 0.0)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        names = [kept.CONTEXT for kept in KEPT]
        await until(pilot, lambda: all(app.is_screen_installed(name) for name in names))
        made = [app.get_screen(name) for name in names]
        await pilot.press("enter", "r", *"Hello")
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen) and app.screen.area.text == "Hello")
        assert [app.screen_stack[1], app.screen_stack[2]] == made


async def test_what_was_mounted_and_never_opened_ends_with_the_program(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        for kept in KEPT:
            make_ready(kept, app, app.services)
        await pilot.pause()
        await pilot.resize_terminal(100, 30)
        app.app_commands.do_app_theme("")
        await pilot.pause()
        await pilot.press("Q")
    assert app.return_code == 0

"""Hostile text through the real take-in, on every screen, picker and palette: nothing runs, nothing crashes."""

from __future__ import annotations

import unicodedata

import pytest
from driving import until
from textual.pilot import Pilot

from cminbox.desk import Escalate, Label, Note
from cminbox.model import DAY, MINUTE, Author, Message
from cminbox.screens.compose.screen import ComposeScreen
from cminbox.screens.conversation.screen import ConversationScreen
from cminbox.store import conversations, crises, sources
from cminbox.text import clean

PIECES = (
    "[/b]",
    "[@click=app.quit]x[/]",
    "[@click=app.bell()]y[/] [link=file:///etc/passwd]z[/link] [$error]e[/]",
    "\x1b]0;pwned\x07",
    "\x1b[2J\x1b[31m\x9b31m\x90q\x9c",
    "\u202egnihton\u202c \u2066isolate\u2069",
    "\ud800 lone \udfff",
    "👩\u200d👩\u200d👧\u200d👦 \u200d\u200d\u200d",
    "a" + "\u0301" * 400,
    "\x00\x01\x02\x7f\x85",
    "{{ config }} {% raw %}",
    "x" * 20_000,
    "漢" * 3_000,
)
EVERYTHING = " ".join(PIECES)


def bad(text: str) -> set[str]:
    """Characters that must never be drawn."""
    return {
        char
        for char in text
        if (unicodedata.category(char) in ("Cc", "Cs") and char != "\n") or 0x202A <= ord(char) <= 0x202E
    }


@pytest.fixture
def hostile(make_store):
    """A store whose people, texts, labels, notes, crises and sources are all out to hurt a terminal."""
    world = make_store(())
    said = []
    for number, piece in enumerate((*PIECES, EVERYTHING)):
        # What an adapter does with every string, and nothing more.
        text, name = clean(piece), clean(piece, 200)
        author = Author(id=f"a{number}", handle=name, name=name, url=clean(f"https://x.example/{piece}", 300))
        said.append(
            Message(
                id=f"h{number}", conversation=f"h{number}", author=author, text=text, title=clean(piece, 200),
                created_at=world.now - number * MINUTE, url=f"https://x.example/{name}", lang="en",
                visibility="public",
            )
        )  # fmt: skip
        said.append(
            Message(
                id=f"o{number}", conversation=f"h{number}", author=Author("us", name, name), text=text,
                created_at=world.now - DAY, direction="out", kind="post",
            )
        )  # fmt: skip
    world.take(*said)

    def work(conn) -> None:
        shop = sources.by_name(conn, "shop")
        changes = {"health": "failing", "error": clean(EVERYTHING, 400), "hint": clean(PIECES[1]), "failures": 2}
        sources.update(conn, shop.id, changes)
        sources.update(conn, sources.by_name(conn, "blog").id, {"account_handle": clean(PIECES[0])})

    world.store.write(work)
    ids = list(world.ids().values())
    crisis = world.desk.crises.declare(clean(PIECES[1]), severity=1, reason=clean(EVERYTHING, 500))
    world.desk.crises.update(crisis.id, clean(EVERYTHING, 500))
    world.desk.do(Escalate(crisis_id=crisis.id), ids[:5])
    world.desk.do(Label((clean("[/b]"), clean("[@click=app.quit]x[/]"))), ids)
    world.desk.do(Note(clean(EVERYTHING)), ids)
    world.desk_of("jo").outbox.send(ids[0], clean(PIECES[2]))
    world.desk.outbox.draft(ids[1], clean(PIECES[3] + PIECES[0] + " draft"))
    return world


def drawn(app) -> str:
    """Everything that the terminal would be given now, as text."""
    width, height = app.size
    lines = app.screen._compositor.render_strips(app.size) if width and height else []
    return "\n".join(strip.text for strip in lines)


async def check(pilot: Pilot) -> None:
    """What is on the screen is literal and harmless, and the program still runs."""
    await pilot.pause()
    text = drawn(pilot.app)
    assert not bad(text), sorted(map(hex, map(ord, bad(text))))
    assert pilot.app.is_running
    assert pilot.app.return_code in (None, 0)


async def press(pilot: Pilot, *keys: str) -> None:
    await pilot.press(*keys)
    await check(pilot)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_queue_and_every_conversation(hostile, size) -> None:
    app = hostile.app()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.screen.query("#queue-list"))
        await check(pilot)
        rows = conversations.page(hostile.store.read(), None, limit=50)
        assert len(rows) == len(PIECES) + 1
        for row in rows:
            app.open_conversation(row.id)
            await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
            await check(pilot)
            assert "[" not in row.handle[:1] or row.handle[:8] in drawn(app)
            await press(pilot, "w", "g", "ctrl+d", "o")
            await pilot.press("q")
            await until(pilot, lambda: not isinstance(app.screen, ConversationScreen))


async def test_every_picker(hostile) -> None:
    app = hostile.app()
    first = next(iter(hostile.ids().values()))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.open_conversation(first)
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        screen = app.screen
        for key in ("a", "l", "s", "!", "m", "t"):
            await pilot.press(key)
            await until(pilot, lambda: app.screen is not screen)
            await check(pilot)
            await press(pilot, *"[/b]", "down", "up")
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is screen)


async def test_the_composer_with_a_hostile_draft_name_and_template(hostile) -> None:
    app = hostile.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.open_conversation(list(hostile.ids().values())[1])
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        await pilot.press("1")
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen))
        await check(pilot)
        await press(pilot, *"[/b]", "ctrl+t")
        await press(pilot, "escape")


async def test_crises_metrics_sources_help_palette_and_the_command_line(hostile) -> None:
    app = hostile.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.screen.query("#queue-list"))
        for key in ("f2", "f3", "f4"):
            await pilot.press(key)
            await pilot.pause(0.3)
            await check(pilot)
            await press(pilot, "tab", "j", "j", "k", "enter")
            await press(pilot, "escape", "f1")
        await pilot.press("f2")
        await pilot.pause(0.1)
        await press(pilot, "c")
        await press(pilot, "f1", "?")
        await press(pilot, "escape")
        await pilot.press("ctrl+p")
        await press(pilot, *"[/b]")
        await press(pilot, "escape")
        await pilot.press(":")
        await press(pilot, *"label [/b]", "enter")
        await press(pilot, "/")
        await press(pilot, *'"[/b]"', "enter")
        await press(pilot, "n", "\\")
        await press(pilot, *"label:[/b]", "enter")
        assert crises.all(hostile.store.read())


async def test_a_click_on_such_a_text_runs_nothing(hostile) -> None:
    app = hostile.app()
    target = next(row for row in conversations.page(hostile.store.read(), None) if "@click=app.quit" in row.handle)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.open_conversation(target.id)
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        await pilot.pause()
        for y in range(2, 20):
            await pilot.click(offset=(6, y))
            await pilot.click(offset=(30, y))
        await check(pilot)


async def test_both_themes_draw_it(hostile) -> None:
    app = hostile.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.open_conversation(next(iter(hostile.ids().values())))
        await pilot.pause(0.1)
        for theme in ("cminbox-light", "cminbox-dark"):
            app.theme = theme
            await check(pilot)

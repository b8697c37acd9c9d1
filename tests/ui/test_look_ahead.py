"""A conversation that is made ready before it is opened: there at once, and never other than it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from driving import press, queue_of, until
from textual.pilot import Pilot
from ui_world import World

from cminbox.desk import Assign, Close, Label, Note, SetPriority, Take, Vip
from cminbox.engine.takein import Intake, take_in
from cminbox.model import HOUR, SECOND, Author, Message
from cminbox.screens.conversation import data
from cminbox.screens.conversation.data import View
from cminbox.screens.conversation.pane import ConversationPane
from cminbox.screens.conversation.screen import ConversationScreen
from cminbox.store import messages, sources

WIDE = (120, 40)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The conversations that were read whole."""
    found: list[int] = []
    load = data.load

    def counted(conn, conversation_id: int, **rest) -> View | None:
        found.append(conversation_id)
        return load(conn, conversation_id, **rest)

    monkeypatch.setattr(data, "load", counted)
    return found


def now_in_store(world: World, app, number: int) -> View:
    """The conversation as it is."""
    found = data.load(
        world.store.read(), number, me="ana", brand=data.brand_name(world.config.brand), now=world.clock(),
        session=app.desk.session,
    )  # fmt: skip
    assert found is not None
    return found


async def rest_on_a_line(pilot: Pilot) -> int:
    """The cursor stands still on a line, and what is under it is made ready."""
    await press(pilot, "enter", "q", "j")
    queue = queue_of(pilot.app)
    queue.look_ahead()
    await pilot.pause()
    assert queue.queue.row is not None
    return queue.queue.row.id


def shown(app) -> View:
    """What is on the screen."""
    assert isinstance(app.screen, ConversationScreen)
    assert app.screen.pane.view is not None
    return app.screen.pane.view


async def test_a_conversation_under_the_cursor_is_not_read_again_when_it_is_opened(
    world: World, reads: list[int]
) -> None:
    app = world.app()
    async with app.run_test(size=WIDE) as pilot:
        number = await rest_on_a_line(pilot)
        assert number in reads
        reads.clear()
        await press(pilot, "enter")
        assert not reads
        assert shown(app) == now_in_store(world, app, number)


def wrote_again(world: World, number: int) -> None:
    row = next(row for row in [world.row(handle) for handle in world.ids()] if row.id == number)
    remote = messages.thread(world.store.read(), number, 1)[0].remote_id
    message = Message(
        id="again", conversation=remote, author=Author(id="x", handle=row.handle), text="Hello? Anybody?",
        created_at=world.now, visibility="public",
    )  # fmt: skip

    def work(conn) -> None:
        source = sources.by_name(conn, "shop")
        take_in(conn, source, [world.scoring.score(message)], Intake(world.scoring, world.now, sla_default=4 * HOUR))

    world.store.write(work)


def later(world: World, number: int) -> None:
    world.now += 20 * SECOND


MEANWHILE: dict[str, Callable[[World, int], object]] = {
    "takes it": lambda world, number: world.desk_of("jo").do(Take(), [number]),
    "closes it": lambda world, number: world.desk_of("jo").do(Close(), [number]),
    "assigns it": lambda world, number: world.desk_of("jo").do(Assign("lena"), [number]),
    "labels it": lambda world, number: world.desk_of("jo").do(Label(add=("legal",)), [number]),
    "leaves a note": lambda world, number: world.desk_of("jo").do(Note("call them"), [number]),
    "sets its priority": lambda world, number: world.desk_of("jo").do(SetPriority(7), [number]),
    "says who it is": lambda world, number: world.desk_of("jo").do(Vip(), [number]),
    "looks at it": lambda world, number: world.desk_of("jo").viewing(number),
    "begins to reply": lambda world, number: world.desk_of("jo").replying(number),
    "replies": lambda world, number: world.desk_of("jo").send(number, "We are on it."),
    "drafts for us": lambda world, number: world.desk.draft(number, "Dear customer"),
    "writes again": wrote_again,
    "waits": later,
}


@pytest.mark.parametrize("what", MEANWHILE)
async def test_what_happens_before_it_is_opened_is_shown(world: World, what: str) -> None:
    app = world.app()
    async with app.run_test(size=WIDE) as pilot:
        number = await rest_on_a_line(pilot)
        before = now_in_store(world, app, number)
        MEANWHILE[what](world, number)
        after = now_in_store(world, app, number)
        assert after != before
        await press(pilot, "enter")
        # The screen itself begins nothing that would show here before it has been open for a moment.
        assert replace(shown(app), now=0) == replace(after, now=0)


async def test_what_was_made_ready_opens_at_its_newest_message_and_fits_the_terminal(world: World) -> None:
    long = "\n".join(f"line {number}" for number in range(40))
    world.say([("wordy", "en", long, 1)], prefix="w")
    app = world.app()
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        queue = queue_of(app)
        await press(pilot, "enter", "q")
        while queue.queue.row.handle != "wordy":
            await press(pilot, "j")
        for _ in range(2):
            queue.look_ahead()
            await press(pilot, "enter")
            assert "line 39" in "".join(strip.text for strip in app.screen.pane.drawn)
            await press(pilot, "g", "w")
            assert "line 39" not in "".join(strip.text for strip in app.screen.pane.drawn)
            assert not app.screen.pane.side_shown
            await press(pilot, "q")
        queue.look_ahead()
        await pilot.resize_terminal(80, 24)
        await press(pilot, "enter")
        assert app.screen.pane.size.width == 80
        assert not app.screen.pane.side_shown
        assert "line 39" in "".join(strip.text for strip in app.screen.pane.drawn)


async def test_the_first_conversation_of_a_session_is_ready_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    open_anew = ConversationPane.open

    def counted(pane: ConversationPane, view: View, *rest) -> None:
        opened.append(view.row.id)
        open_anew(pane, view, *rest)

    monkeypatch.setattr(ConversationPane, "open", counted)
    app = world.app()
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        queue = queue_of(app)
        ConversationScreen.warm(app)
        await pilot.pause()
        queue.look_ahead()
        await pilot.pause()
        ready = ConversationScreen.ready(app).pane
        assert queue.queue.row is not None
        number = queue.queue.row.id
        assert (opened, ready.size.width, app.screen) == ([number], WIDE[0], queue)
        await press(pilot, "enter")
        assert opened == [number]
        assert app.screen.pane is ready
        assert shown(app) == now_in_store(world, app, number)
        first = [strip.text for strip in ready.drawn]
        await press(pilot, "q", "enter")
        assert [strip.text for strip in ready.drawn] == first


async def test_lines_of_the_next_page_are_drawn_before_it_is_asked_for(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 14)) as pilot:
        listed = queue_of(app).queue
        height = listed.size.height
        assert len(listed.rows) >= 2 * height > 10
        drawn: list[int] = []
        draw = listed._draw
        listed._draw = lambda row, width, look: (drawn.append(row.id), draw(row, width, look))[1]
        await press(pilot, "j")
        await until(pilot, lambda: {row.id for row in listed.rows[height : 2 * height]} <= set(drawn))
        assert len(drawn) == height + 2  # and the two lines that the cursor changed
        top = listed.on_screen[0]
        drawn.clear()
        await press(pilot, "ctrl+f")
        await until(pilot, lambda: drawn)
        assert listed.on_screen[0] is not top
        assert listed.row is not None
        assert listed.row.id in drawn
        assert not {row.id for row in listed.on_screen if row is not listed.row} & set(drawn)

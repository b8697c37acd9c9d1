"""The cursor over the messages of a conversation: which one is answered, liked, hidden, opened."""

from __future__ import annotations

import pytest
from driving import press, said, until

from cminbox.desk import Note
from cminbox.model import MINUTE, Author, Message
from cminbox.screens.compose.screen import ComposeScreen
from cminbox.screens.conversation.screen import ConversationScreen
from cminbox.screens.pickers.verb_reason import VerbReasonPicker
from cminbox.store import messages, network_actions, notes, replies


def three(world) -> int:
    """A conversation of three messages of two people; its id."""
    for number, (who, text) in enumerate((("eva", "first of all"), ("tom", "second thought"), ("eva", "third time"))):
        world.take(
            Message(
                f"x{number}",
                "x",
                Author(who, who, who.title()),
                text,
                world.now - (30 - number) * MINUTE,
                url=f"https://social.example/x{number}",
                visibility="public",
            )
        )
    return (
        next(row.id for row in world.rows() if row.remote_id == "x") if hasattr(world, "rows") else world.ids()["eva"]
    )


async def opened(pilot, number) -> ConversationScreen:
    pilot.app.open_conversation(number)
    await until(pilot, lambda: isinstance(pilot.app.screen, ConversationScreen))
    await pilot.pause()
    return pilot.app.screen


def at_bar(screen) -> str:
    """The lines with the cursor's bar."""
    lines = [line for line in screen.pane.text.splitlines() if line.startswith("▌")]
    return " ".join(" ".join(lines).replace("▌", " ").split())


def text_of(world, action) -> str:
    return messages.get(world.store.read(), action.message_id).text


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_cursor_begins_at_the_newest_and_stays_on_its_message(world, size) -> None:
    number = three(world)
    app = world.app()
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot, number)
        assert "third time" in at_bar(screen)
        await press(pilot, "K")
        await until(pilot, lambda: "second thought" in at_bar(screen))
        world.take(Message("x9", "x", Author("eva", "eva", "Eva"), "and a fourth", world.now, visibility="public"))
        await until(pilot, lambda: "and a fourth" in screen.pane.text)
        assert "second thought" in at_bar(screen)
        await press(pilot, "K", "K")
        await until(pilot, lambda: "first message" in said(app))
        assert "first of all" in at_bar(screen)
        await press(pilot, "J", "J", "J", "J")
        await until(pilot, lambda: "newest message" in said(app))
        assert "and a fourth" in at_bar(screen)


async def test_the_chosen_message_is_answered_and_its_draft_remembers_it(world) -> None:
    number = three(world)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, number)
        await press(pilot, "K", "r")
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen))
        shown = str(app.screen.recipient_line.content)
        assert "to @tom" in shown
        assert "answers: second thought" in shown
        assert "second thought" in at_bar(app.screen)
        await press(pilot, *"Hi", "escape")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        await press(pilot, "J")
        app.screen.shown.chosen_by_hand = False
        await press(pilot, "r")
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen))
        assert "answers: second thought" in str(app.screen.recipient_line.content)
        await press(pilot, "ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        (reply,) = [each for each in replies.of(world.store.read(), number) if each.status == "held"]
        assert messages.get(world.store.read(), reply.message_id).text == "second thought"


async def test_a_message_that_cannot_be_answered_says_why(world) -> None:
    number = three(world)
    world.take(
        Message("x8", "x", Author("us", "us", "Us"), "our word", world.now, direction="out", visibility="public")
    )
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, number)
        await press(pilot, "J", "r")
        await until(pilot, lambda: "our own message" in said(app))


async def test_verbs_are_about_the_chosen_message_and_say_nothing_is_done_yet(world) -> None:
    number = three(world)
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, number)
        await press(pilot, "K", "L")
        await until(pilot, lambda: "liking …" in at_bar(screen))
        (action,) = network_actions.of(world.store.read(), number)
        assert text_of(world, action) == "second thought"
        assert "liked" not in screen.pane.text
        await press(pilot, "u")
        await until(pilot, lambda: "liking" not in screen.pane.text)
        assert network_actions.get(world.store.read(), action.id).status == "cancelled"


async def test_what_takes_something_asks_why_and_takes_own_words(world) -> None:
    number = three(world)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, number)
        await press(pilot, "B")
        await until(pilot, lambda: isinstance(app.screen, VerbReasonPicker))
        await press(pilot, "escape")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        assert network_actions.of(world.store.read(), number) == []
        await press(pilot, "B")
        await until(pilot, lambda: isinstance(app.screen, VerbReasonPicker))
        await press(pilot, *"keeps shouting", "enter")
        await until(pilot, lambda: "blocking …" in screen.pane.text)
        (action,) = network_actions.of(world.store.read(), number)
        assert (action.reason, action.text) == ("keeps shouting", "")


def test_a_reason_says_before_it_is_chosen_whether_its_author_is_told(world) -> None:
    context = world.desk.context
    previews = [
        [choice.preview for choice in VerbReasonPicker("hide", context, tells=on).choices()]
        for on in ((), ("facebook",))
    ]
    assert set(previews[0]) == {"nobody is told"}
    assert previews[1][0].startswith("they are told in private, on facebook: We removed this")


async def test_what_was_done_to_somebody_stands_beside_their_next_conversation(world) -> None:
    number = three(world)
    world.desk.do(*_block(world, number))
    world.store.write(lambda conn: conn.execute("UPDATE outgoing SET status = 'sent', sent_at = ?", (world.now,)))
    world.take(Message("y1", "y", Author("eva", "eva", "Eva"), "me again", world.now, visibility="public"))
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        other = next(row for row in _rows(world) if row.remote_id == "y")
        screen = await opened(pilot, other.id)
        assert "blocked (insult or hate), you" in screen.pane.around


def _rows(world):
    from cminbox.store import conversations

    return conversations.page(world.store.read(), None, sort="newest", limit=100)


def _block(world, number):
    from cminbox.desk import Block

    return Block("insult or hate"), [number]


async def test_in_the_queue_a_verb_is_about_the_newest_that_waits_and_hiding_says_why_not(world) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.screen.query("#queue-list"))
        await pilot.pause()
        await press(pilot, "L")
        await until(pilot, lambda: "on the way: like" in said(app))
        (action,) = network_actions.outbox(world.store.read())
        await press(pilot, "y")
        await until(pilot, lambda: "nothing here is held for review" in said(app))
        await press(pilot, "u")
        await until(pilot, lambda: network_actions.get(world.store.read(), action.id).status == "cancelled")


async def test_a_note_is_about_the_message_that_was_chosen(world) -> None:
    number = three(world)
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, number)
        await press(pilot, "K", "m")
        await press(pilot, *"called", "enter")
        await until(pilot, lambda: "note you on @tom “second thought”: called" in " ".join(screen.pane.text.split()))
        (note,) = notes.of(world.store.read(), number)
        assert messages.get(world.store.read(), note.message_id).text == "second thought"
        await press(pilot, "u")
        await until(pilot, lambda: not notes.of(world.store.read(), number))


async def test_a_note_where_nobody_chose_a_message_is_about_the_conversation(world) -> None:
    number = three(world)
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, number)
        await press(pilot, "m")
        await press(pilot, *"hello", "enter")
        await until(pilot, lambda: notes.of(world.store.read(), number))
        assert [(note.text, note.message_id) for note in notes.of(world.store.read(), number)] == [("hello", None)]


def test_a_note_names_no_message_of_another_conversation(world) -> None:
    number = three(world)
    foreign = messages.thread(world.store.read(), world.ids()["carla"])[0]
    outcome = world.desk.do(Note("called", foreign.id), [number])
    assert "another conversation" in outcome.summary
    assert notes.of(world.store.read(), number) == []

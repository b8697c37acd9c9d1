"""The conversation screen with keys alone: open, see why, act, undo, walk on."""

from __future__ import annotations

import pytest
from driving import said, until
from textual.pilot import Pilot

from cminbox.desk import Assign, Note
from cminbox.model import DAY, HOUR, MINUTE, Author, Message
from cminbox.screens.conversation.screen import ConversationScreen
from cminbox.store import conversations, events
from cminbox.widgets.picker import Picker
from cminbox.widgets.styled_lines import plain

SIZES = [(80, 24), (120, 40), (200, 50)]


async def opened(pilot: Pilot, world, handle: str) -> ConversationScreen:
    """The conversation of an author, opened from the queue's screen."""
    pilot.app.open_conversation(world.ids()[handle])
    await until(pilot, lambda: isinstance(pilot.app.screen, ConversationScreen))
    await pilot.pause()
    return pilot.app.screen


def state(screen) -> str:
    return plain(screen.pane.summary.head(screen.app.size.width - 2)[0])


@pytest.mark.parametrize("size", SIZES)
async def test_enter_in_the_queue_opens_the_thread_with_its_state(world, size) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.screen.query("#queue-list"))
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        await pilot.pause()
        row = conversations.get(world.store.read(), app.screen.shown.id)
        line = state(app.screen)
        for word in (row.network, f"@{row.handle}", row.status, str(row.priority)):
            assert word in line
        assert row.preview[:20] in " ".join(app.screen.pane.text.split())


async def test_w_tells_why_with_points_and_words_in_a_narrow_terminal(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, world, "rahul_k")
        line = plain(screen.pane.summary.foot(78))
        row = world.row("rahul_k")
        heaviest = max(row.reasons, key=lambda reason: reason.points)
        assert f"why {row.priority}:" in line
        assert (heaviest.why or heaviest.rule) in line
        assert not screen.pane.side.where
        await pilot.press("w")
        assert screen.pane.side.where
        why = screen.pane.around
        assert f"why {row.priority}" in why
        for reason in row.reasons:
            assert f"{reason.points:+d}".replace("-", "−") in why
        await pilot.press("w")
        assert not screen.pane.side.where


async def test_a_wide_terminal_has_why_contact_and_events_beside_the_thread(world) -> None:
    world.desk_of("jo").do(Note("parcel lost, refund approved"), [world.ids()["rahul_k"]])
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, world, "rahul_k")
        assert screen.pane.side.where
        assert "@rahul_k" in screen.pane.around
        assert "jo left a note" in screen.pane.around
        assert "note  jo: parcel lost, refund approved" in screen.pane.text


async def test_edits_deletions_and_our_own_posts_are_told_apart(world) -> None:
    shop = Author("us", "kettle")
    world.take(
        Message(id="p0", conversation="m1", author=shop, text="Sale!", created_at=world.now - DAY, direction="out"),
        Message(
            id="m1", conversation="m1", author=Author("m-rahul_k", "rahul_k"), text="मेरा पैसा कब आएगा?",
            created_at=world.now - 56 * MINUTE, lang="hi",
        ),
        Message(
            id="m1b", conversation="m1", author=Author("m-rahul_k", "rahul_k"), text="never mind",
            created_at=world.now - 20 * MINUTE,
        ),
    )  # fmt: skip
    world.take(deleted=("m1b",))
    app = world.app()
    async with app.run_test(size=(80, 40)) as pilot:
        screen = await opened(pilot, world, "rahul_k")
        text = screen.pane.text
        assert "▎BRAND" in text
        assert "edited just now" in text
        assert "before: मेरा पैसा वापस करो" in text
        assert "deleted on the network just now" in text


async def test_brackets_walk_along_the_queue_and_say_where_it_ends(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.query("#queue-list"))
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        screen = app.screen
        first = screen.shown.id
        await pilot.press("]")
        second = screen.shown.id
        assert second != first
        await pilot.press("[")
        assert screen.shown.id == first
        await pilot.press("[")
        assert "first one" in said(app)
        await pilot.press("q")
        await until(pilot, lambda: app.screen is not screen)


async def test_close_and_undo(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, world, "carla")
        await pilot.press("e", "e")
        await until(pilot, lambda: world.row("carla").status == "closed")
        await until(pilot, lambda: "closed" in state(screen))
        await pilot.press("u")
        await until(pilot, lambda: world.row("carla").status == "open")
        await until(pilot, lambda: " open " in state(screen))


async def test_assign_by_picking_a_member(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, world, "carla")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press("j", "o", "enter")
        await until(pilot, lambda: world.row("carla").assignee == "jo")


async def test_a_team_can_be_picked_too_and_escape_changes_nothing(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, world, "carla")
        before = events.of(world.store.read(), world.ids()["carla"])
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, Picker))
        assert events.of(world.store.read(), world.ids()["carla"]) == before
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press(*"team care", "enter")
        await until(pilot, lambda: world.row("carla").team == "care")


async def test_snooze_by_typing_a_time(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, world, "carla")
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press(*"45m", "enter")
        await until(pilot, lambda: world.row("carla").status == "snoozed")
        assert world.row("carla").snoozed_until == world.now + 45 * MINUTE
        await until(pilot, lambda: "snoozed" in state(screen))


async def test_snooze_until_a_morning(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, world, "carla")
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press(*"tomorrow", "enter")
        await until(pilot, lambda: world.row("carla").status == "snoozed")
        snoozed_until = world.row("carla").snoozed_until
        assert snoozed_until % DAY == 9 * HOUR
        assert 0 < snoozed_until - world.now <= 2 * DAY


async def test_labels_are_put_on_and_taken_off(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, world, "carla")
        for keys in (("billing", "enter"), ("wholesale", "enter")):
            await pilot.press("l")
            await until(pilot, lambda: isinstance(app.screen, Picker))
            await pilot.press(*keys[0], keys[1])
            await until(pilot, lambda name=keys[0]: name in world.row("carla").labels)
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press(*"billing", "enter")
        await until(pilot, lambda: "billing" not in world.row("carla").labels)
        assert "wholesale" in world.row("carla").labels


async def test_several_labels_at_once_with_tab(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, world, "carla")
        used = [label for row in conversations.page(world.store.read(), None) for label in row.labels]
        first, second = sorted(set(used) - set(world.row("carla").labels))[:2]
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        for label in (first, second):
            await pilot.press(*label, "tab", *["backspace"] * len(label))
        await pilot.press("enter")
        await until(pilot, lambda: {first, second} <= set(world.row("carla").labels))


async def test_a_note_is_written_and_stands_in_the_thread(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, world, "carla")
        await pilot.press("m")
        await until(pilot, lambda: app.screen is not screen)
        await pilot.press(*"ask the shop [/b]", "enter")
        await until(pilot, lambda: "you: ask the shop [/b]" in screen.pane.text)


async def test_escalate_declares_a_crisis_and_the_next_one_joins_it(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, world, "carla")
        await pilot.press("!")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press(*"Late parcels", "enter")
        await until(pilot, lambda: app.screen.query("#crisis-reason"))
        await pilot.press("backspace", "2", "enter", *"the depot burnt down", "enter")
        await until(pilot, lambda: world.row("carla").crisis == "Late parcels")
        await until(pilot, lambda: "crisis Late parcels" in screen.pane.around)
        screen.shown.show(world.ids()["petra"])
        await pilot.press("!")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press("enter")
        await until(pilot, lambda: world.row("petra").crisis == "Late parcels")


async def test_who_else_looks_or_writes_is_shown(world) -> None:
    world.desk_of("jo").presence.replying(world.ids()["carla"])
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, world, "carla")
        assert "✎ jo is replying" in screen.pane.around


async def test_a_members_own_other_window_is_theirs(world) -> None:
    world.desk_of(world.desk.context.member.handle).presence.replying(world.ids()["carla"])
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, world, "carla")
        assert "✎ you, in another window" in screen.pane.around


async def test_nobody_is_replying_once_the_composer_is_left(world) -> None:
    app = world.app()

    def doing() -> set[str]:
        return {row[0] for row in world.store.read().execute("SELECT doing FROM presence")}

    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, world, "carla")
        await pilot.press("r")
        await until(pilot, lambda: "replying" in doing())
        await pilot.press("escape", "q")
        await until(pilot, lambda: "replying" not in doing())


async def test_what_others_do_appears_without_a_key(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, world, "carla")
        world.desk_of("jo").do(Note("I called them"), [world.ids()["carla"]])
        await until(pilot, lambda: "jo: I called them" in screen.pane.text)


async def test_the_link_is_shown(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, world, "carla")
        await pilot.press("o")
        assert said(app) == world.row("carla").remote_id.join(("https://social.example/", ""))


async def test_a_conversation_that_is_gone_says_so(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.open_conversation(999_999)
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        await pilot.pause()
        assert "q goes back" in said(app)
        await pilot.press("r", *"whq", "escape", "w", "]", "j", "e", "q")
        await until(pilot, lambda: not isinstance(app.screen, ConversationScreen))


@pytest.mark.parametrize("columns", [60, 80, 100])
async def test_a_narrow_first_line_keeps_when_and_who(make_store, columns) -> None:
    handle = "a_rather_long_handle_of_somebody@a.server.with.a.long.name.example"
    world = make_store(((handle, "en", "Where is my refund?", 300),))
    world.desk.do(Assign("jo"), list(world.ids().values()))
    app = world.app()
    async with app.run_test(size=(columns, 24)) as pilot:
        screen = await opened(pilot, world, handle)
        line = state(screen)
        assert "overdue by 1h" in line
        assert line.rstrip().endswith("assigned to jo")
        assert "@a_" in line
        assert "long.name.example" not in line
        assert len(line) <= columns - 2
        assert "messages" in screen.pane.around
        assert "1, 1 of theirs" in screen.pane.around


async def test_ctrl_c_says_how_to_leave(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, world, "carla")
        await pilot.press("ctrl+c")
        await until(pilot, lambda: "Q leaves" in said(app))


async def test_an_answer_of_the_same_second_stands_behind_what_it_answers(world) -> None:
    """Networks that give whole seconds bring the newest first, and our own words have their milliseconds."""
    at = world.now - 5 * MINUTE
    said = {
        "x": (None, "in", at),
        "x1": ("x", "out", at + 1_700),
        "x2": ("x1", "in", at + 1_000),
        "x3": ("x2", "in", at + 1_000),
    }
    for own in ("x3", "x2", "x1", "x"):
        parent, direction, when = said[own]
        author = Author("us", "kettle") if direction == "out" else Author("eva", "eva", "Eva")
        world.take(
            Message(own, "x", author, f"words {own}", when, parent=parent, direction=direction, visibility="public")
        )
    number = next(row.id for row in conversations.page(world.store.read(), None, limit=99) if row.remote_id == "x")
    app = world.app()
    async with app.run_test(size=(80, 40)) as pilot:
        app.open_conversation(number)
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        await pilot.pause()
        shown = [word for word in app.screen.pane.text.split() if word in said]
        assert shown == ["x", "x1", "x2", "x3"]

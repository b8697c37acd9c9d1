"""Macros under the fingers: in the queue and in a conversation, with marks, counts, pickers, undo and repeat."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from driving import lines, press, queue_of, said, until
from ui_world import World

from cminbox.desk import Take
from cminbox.screens.compose.screen import ComposeScreen
from cminbox.screens.conversation.screen import ConversationScreen
from cminbox.screens.pickers.confirm import ConfirmMany
from cminbox.screens.queue.screen import QueueScreen
from cminbox.store import conversations, replies

KEYS = """
[[macro]]
name = "thanks"
keys = "x"
footer = "thanks"
do = ["label thanks", "close", "next"]

[[macro]]
name = "tag"
keys = "X"
do = ["label seen", "next"]

[[macro]]
name = "sort-out"
keys = "y"
do = ["label", "close"]

[[macro]]
name = "hand-on"
keys = "Y"
do = ["label to-jo", "assign nobody", "close", "next"]

[[macro]]
name = "late"
keys = "f"
do = ["filter", "mark-all", "label late"]

[[macro]]
name = "answer"
keys = "v"
where = ["conversation"]
do = ["reply", "close", "next"]

[[macro]]
name = "written"
keys = "F9"
do = ["open", "reply", "send", "close", "queue"]
"""


OURS = {"thanks", "seen", "spring", "to-jo", "late"}
"""Labels that only these macros give; rules give others."""


class Seen(NamedTuple):
    status: str
    labels: tuple[str, ...]


def rows_of(world: World) -> dict[str, Seen]:
    """By author, with the labels of macros alone."""
    rows = conversations.page(world.store.read(), None, limit=100)
    return {row.handle: Seen(row.status, tuple(sorted(OURS & {*row.labels}))) for row in rows}


async def test_it_does_its_steps_and_one_undo_takes_them_back(make_store: Callable[..., World]) -> None:
    world = make_store(keys=KEYS)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        queue = queue_of(app).queue
        await press(pilot, "j")
        first, second, third = (row.handle for row in queue.rows[1:4])
        await press(pilot, "x")
        assert queue.row is not None
        # What was closed has left the list: the next one is under the cursor, and no other is jumped over.
        assert queue.row.handle == second
        assert (rows_of(world)[first].status, rows_of(world)[first].labels) == ("closed", ("thanks",))
        assert said(app).startswith("thanks: 1 ")
        await press(pilot, "x")
        assert queue.row.handle == third
        await press(pilot, "u")
        assert said(app) == f"1 undone (thanks: @{second})"
        assert (rows_of(world)[second].status, rows_of(world)[second].labels) == ("open", ())
        assert rows_of(world)[first].status == "closed"
        await press(pilot, "u")
        assert (rows_of(world)[first].status, rows_of(world)[first].labels) == ("open", ())


async def test_next_goes_past_what_stays_in_the_list(make_store: Callable[..., World]) -> None:
    world = make_store(keys=KEYS)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        queue = queue_of(app).queue
        await press(pilot, "X")
        assert queue.index == 1
        await press(pilot, "3", "X")
        assert queue.index == 4
        assert [rows_of(world)[row.handle].labels for row in queue.rows[:5]] == [("seen",)] * 4 + [()]
        await press(pilot, "G", "X")
        assert queue.index == 13


async def test_a_count_and_marks_are_what_all_its_steps_act_on(make_store: Callable[..., World]) -> None:
    world = make_store(keys=KEYS)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        queue = queue_of(app).queue
        wanted = [row.handle for row in queue.rows[:3]]
        await press(pilot, "3", "x")
        closed = [handle for handle, row in rows_of(world).items() if row.status == "closed"]
        assert sorted(closed) == sorted(wanted)
        assert all(rows_of(world)[handle].labels == ("thanks",) for handle in wanted)
        await press(pilot, "space", "j", "space", "g", "x")
        assert len([row for row in rows_of(world).values() if row.status == "closed"]) == 5
        await press(pilot, "u", "u")
        assert not any(row.labels or row.status == "closed" for row in rows_of(world).values())


async def test_repeat_does_it_again_with_what_was_answered(make_store: Callable[..., World]) -> None:
    world = make_store(keys=KEYS)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        queue = queue_of(app).queue
        first, second, third, fourth = (row.handle for row in queue.rows[:4])
        await pilot.press("y")
        await until(pilot, lambda: not isinstance(app.screen, QueueScreen))
        await pilot.press(*"spring", "enter")
        await until(pilot, lambda: rows_of(world)[first].status == "closed")
        assert rows_of(world)[first].labels == ("spring",)
        await until(pilot, lambda: app.macros.running is None)
        await press(pilot, ".")
        assert (rows_of(world)[second].status, rows_of(world)[second].labels) == ("closed", ("spring",))
        await press(pilot, "2", ".")
        assert [rows_of(world)[handle].labels for handle in (third, fourth)] == [("spring",), ("spring",)]


async def test_leaving_a_picker_stops_it(make_store: Callable[..., World]) -> None:
    world = make_store(keys=KEYS)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("y")
        await until(pilot, lambda: not isinstance(app.screen, QueueScreen))
        await press(pilot, "escape")
        assert said(app) == "sort-out stopped at label (step 1): it was not answered"
        assert not any(row.labels or row.status == "closed" for row in rows_of(world).values())


async def test_it_stops_at_the_first_step_that_fails_and_says_which(make_store: Callable[..., World]) -> None:
    world = make_store(keys=KEYS)
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        first = queue_of(app).queue.rows[0].handle
        await press(pilot, "Y")
        assert said(app).startswith("hand-on stopped at assign (step 2): ")
        assert "nobody" in said(app)
        assert (rows_of(world)[first].status, rows_of(world)[first].labels) == ("open", ("to-jo",))
        await press(pilot, "u")
        assert rows_of(world)[first].labels == ()


async def test_what_one_step_was_refused_the_later_ones_leave_alone(make_store: Callable[..., World]) -> None:
    text = '[[macro]]\nname = "mine"\nkeys = "x"\ndo = ["take", "close"]\n'
    world = make_store(keys=text)
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "shift+tab", "shift+tab")
        assert "is:open  " in lines(app)[1]
        first, second = (row.handle for row in queue_of(app).queue.rows[:2])
        world.desk_of("jo").do(Take(), [world.ids()[first]])
        await press(pilot, "2", "x")
        assert rows_of(world)[first].status == "open"
        assert rows_of(world)[second].status == "closed"
        await press(pilot, "g", "x")
        assert "jo holds it" in said(app)
        assert rows_of(world)[first].status == "open"


async def test_a_prompt_in_it_is_waited_for(make_store: Callable[..., World]) -> None:
    world = make_store(keys=KEYS)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f")
        await until(pilot, lambda: queue_of(app).prompting)
        await pilot.press(*"lang:en", "enter")
        await until(pilot, lambda: app.macros.running is None)
        late = [handle for handle, row in rows_of(world).items() if row.labels == ("late",)]
        assert sorted(late) == ["carla", "matt", "steeped", "tea_nerd"]
        await pilot.press("f")
        await until(pilot, lambda: queue_of(app).prompting)
        await pilot.press("escape")
        await until(pilot, lambda: app.macros.running is None)
        assert "late stopped at filter (step 1)" in said(app)


async def test_many_are_asked_for_once(make_store: Callable[..., World]) -> None:
    world = make_store([(f"user{number}", "en", f"thank you {number}", number) for number in range(60)], keys=KEYS)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "*")
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, ConfirmMany))
        await press(pilot, "escape")
        assert said(app) == "thanks stopped at label (step 1): you left it"
        await press(pilot, "*")
        await press(pilot, "*")
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, ConfirmMany))
        await press(pilot, "enter")
        await until(pilot, lambda: app.macros.running is None)
        assert said(app).startswith("thanks: 60 ")
        assert {row.status for row in rows_of(world).values()} == {"closed"}
        await press(pilot, "u")
        assert {row.status for row in rows_of(world).values()} == {"open"}


async def test_in_a_conversation_next_shows_the_next_one(make_store: Callable[..., World]) -> None:
    world = make_store(keys=KEYS)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        ids = [row.id for row in queue_of(app).queue.rows]
        await press(pilot, "enter", "x")
        screen = app.screen
        assert isinstance(screen, ConversationScreen)
        assert screen.shown.id == ids[1]
        await press(pilot, ".")
        assert screen.shown.id == ids[2]
        assert len([row for row in rows_of(world).values() if row.status == "closed"]) == 2
        assert "thanks: 1 " in said(app)
        await press(pilot, "u", "u")
        assert not any(row.status == "closed" for row in rows_of(world).values())


async def test_it_waits_while_a_reply_is_written(make_store: Callable[..., World]) -> None:
    world = make_store(keys=KEYS)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        ids = [row.id for row in queue_of(app).queue.rows]
        await press(pilot, "enter")
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen))
        await pilot.press(*"Thank you", "ctrl+s")
        await until(pilot, lambda: app.macros.running is None)
        assert isinstance(app.screen, ConversationScreen)
        assert app.screen.shown.id == ids[1]
        row = conversations.get(world.store.read(), ids[0])
        assert row is not None
        assert row.status == "closed"
        assert [reply.status for reply in replies.of(world.store.read(), ids[0])] == ["held"]
        # Keeping the draft instead ends it, and nothing is closed.
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen))
        await pilot.press(*"Later", "escape")
        await until(pilot, lambda: app.macros.running is None)
        assert said(app) == "answer stopped at close (step 2): the reply was not sent"
        row = conversations.get(world.store.read(), ids[1])
        assert row is not None
        assert row.status == "open"


async def test_a_step_that_cannot_send_stops_it_before_anything_is_closed(make_store: Callable[..., World]) -> None:
    world = make_store(keys=KEYS)
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("f9")
        await until(pilot, lambda: app.macros.running is None and isinstance(app.screen, ComposeScreen))
        assert said(app).startswith("written stopped at send (step 3): nothing is written yet")
        assert not any(row.status == "closed" for row in rows_of(world).values())


async def test_it_is_in_help_palette_last_line_and_the_typed_line(make_store: Callable[..., World]) -> None:
    world = make_store(keys=KEYS)
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        first = queue_of(app).queue.rows[0].handle
        assert "x thanks" in lines(app)[-1]
        assert "r reply" in lines(app)[-1]
        await pilot.press(":", *"than", "tab")
        assert any("thanks   label thanks; close; next" in line for line in lines(app))
        await press(pilot, "enter")
        await until(pilot, lambda: rows_of(world)[first].status == "closed")
        await pilot.press(":", *"thnaks", "enter")
        await until(pilot, lambda: any("did you mean thanks?" in line for line in lines(app)))
        await press(pilot, "escape", "?", "/")
        await pilot.press(*"label", "enter")
        await pilot.pause()
        assert any("Your macros" in line for line in lines(app))
        assert any("sort-out" in line and "label; close" in line for line in lines(app))
        await press(pilot, "escape", "escape")
        await pilot.press("ctrl+p", *"hand-on")
        await until(pilot, lambda: any("assign nobody" in line for line in lines(app)))


async def test_a_broken_file_leaves_the_default_keys(make_store: Callable[..., World]) -> None:
    world = make_store(keys=KEYS.replace('"close", "next"', '"clsoe", "next"', 1))
    app = world.app()
    async with app.run_test(size=(200, 40)) as pilot:
        await until(pilot, lambda: "did you mean close?" in said(app))
        assert "keys.toml:6: macro thanks: step 2: there is no command 'clsoe'" in said(app)
        await press(pilot, "e", "e")
        assert any(row.status == "closed" for row in rows_of(world).values())

"""The handover with keys alone: the shift so far, words, signing, ticking, taking, undo, what left the list."""

from __future__ import annotations

from driving import lines, until
from textual.pilot import Pilot

from cminbox.app import CminboxApp
from cminbox.desk import Close, Take
from cminbox.model import HOUR, MINUTE
from cminbox.screens.handover.form import WordsForm
from cminbox.screens.handover.screen import HandoverScreen
from cminbox.screens.pickers.text import TextPrompt
from cminbox.store import handovers, promises
from cminbox.textwidth import width_of
from cminbox.widgets.item_list import ItemList
from cminbox.widgets.keys_line import KeysLine


async def opened(pilot: Pilot) -> HandoverScreen:
    """The handover, by its key."""
    await until(pilot, lambda: pilot.app.screen.query("#keys-line"))
    await pilot.pause()
    await pilot.press("H")
    await until(pilot, lambda: isinstance(pilot.app.screen, HandoverScreen) and pilot.app.screen.shown is not None)
    await pilot.pause()
    return pilot.app.screen


def shift(world) -> dict[str, int]:
    """A shift of ana's."""
    ids = world.ids()
    world.desk.do(Take(), [ids["rahul_k"], ids["matt"]])
    world.desk.crises.declare("Late parcels", severity=2, reason="the depot is shut", next_update_at=world.now + HOUR)
    world.store.write(
        lambda conn: promises.add(conn, ids["rahul_k"], "refund booked", world.now + 4 * HOUR, "ana", "ana", world.now)
    )
    return ids


def app_of(world, handle: str) -> CminboxApp:
    """Another member's app."""
    return CminboxApp(world.config, world.store, world.desk_of(handle), clock=world.clock)


def offered(screen: HandoverScreen) -> list[str]:
    """What the last line offers."""
    return [word for _, word in screen.query_one(KeysLine).keys]


def head(screen: HandoverScreen) -> str:
    return str(screen.query_one("#handover-head").render())


async def test_the_shift_so_far_is_there_and_says_what_to_do(world) -> None:
    shift(world)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        assert "handover so far   you → whoever takes it" in head(screen)
        text = screen.query_one(ItemList).text
        assert "● burning  SEV 2 Late parcels: next word" in text
        assert "refund booked promised by" in text
        assert all(width_of(line) <= 80 for line in text.splitlines())
        assert "no words of yours yet: e" in str(screen.query_one("#handover-words").render())
        # Nothing is signed: there is nothing to tick, and nothing to have.
        assert offered(screen) == ["open", "my words", "sign", "if … then", "help"]


async def test_words_are_kept_as_they_are_typed_and_signed(world) -> None:
    shift(world)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, WordsForm))
        await pilot.press(*"the depot")
        await until(pilot, lambda: handovers.words_of(world.store.read(), "ana").worries == "the depot")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await until(pilot, lambda: "the depot" in str(screen.query_one("#handover-words").render()))
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, WordsForm))
        assert app.screen.written.worries == "the depot"
        await pilot.press("enter", *"no Friday", "enter", "enter")
        await until(pilot, lambda: handovers.waiting(world.store.read()))
        (one,) = handovers.waiting(world.store.read())
        assert (one.leaving, one.worries, one.next) == ("ana", "the depot", "")
        await until(pilot, lambda: "signed; all stays with you" in head(screen))
        assert any("goes back to the queue" in line for line in lines(app)), "the line is not cut"
        await pilot.press("y")
        await until(pilot, lambda: "is yours: another member takes it" in screen.query_one(KeysLine).message)
        await pilot.press("escape", "w")
        await until(pilot, lambda: not handovers.waiting(world.store.read()))
        await pilot.pause()
        await pilot.press("u")
        await until(pilot, lambda: handovers.waiting(world.store.read()))


async def test_the_next_one_ticks_reads_back_and_has_it_and_one_undo_gives_it_back(world) -> None:
    ids = shift(world)
    made = world.desk.handovers.sign(words=handovers.Words("jo", "the depot", "", "promise Friday"))
    app = app_of(world, "jo")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        many = len(handovers.items(world.store.read(), made.id))
        assert f"{many} items, {many} not yet yours" in head(screen)
        assert "all stays with ana until you have it" in head(screen)
        await pilot.press("y")
        await until(pilot, lambda: "not ticked yet" in screen.query_one(KeysLine).message)
        await pilot.press("escape")
        for left in range(many - 1, -1, -1):
            await pilot.press("space")
            words = f"{left} not yet yours" if left else "all ticked"
            await until(pilot, lambda words=words: words in head(screen))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, TextPrompt))
        await pilot.press(*"depot refund friday", "enter")
        await until(pilot, lambda: world.row("rahul_k").assignee == "jo")
        (promise,) = promises.of(world.store.read(), ids["rahul_k"])
        assert promise.owner == "jo"
        await until(pilot, lambda: "you took it at" in head(screen))
        assert "read back: depot refund friday" in head(screen)
        await pilot.press("u")
        await until(pilot, lambda: world.row("rahul_k").assignee == "ana")
        assert handovers.get(world.store.read(), made.id).status == "signed"


async def test_what_left_the_list_and_what_began_to_burn_since_is_shown(world) -> None:
    ids = shift(world)
    world.desk.handovers.sign()
    world.desk.do(Close(), [ids["ana_lopez"]])
    world.now += MINUTE
    app = app_of(world, "jo")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        text = screen.query_one(ItemList).text
        assert "closed unanswered: @ana_lopez" in text
        await pilot.press("tab")
        await until(pilot, lambda: "so far" in head(screen))
        assert "to be taken: Tab" in head(screen)
        await pilot.press("l")
        await until(pilot, lambda: "closed unanswered" in screen.query_one(ItemList).text)
        await pilot.press("escape")
        await until(pilot, lambda: "SEV 2" in screen.query_one(ItemList).text)


async def test_enter_opens_the_conversation_or_the_list(world) -> None:
    shift(world)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        while screen.here.conversation_id is None:
            await pilot.press("j")
            await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.CONTEXT == "conversation")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("G", "enter")
        await until(pilot, lambda: app.screen.CONTEXT == "queue")


async def test_the_last_line_offers_what_this_member_can_do_now(world) -> None:
    shift(world)
    world.desk.handovers.sign()
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await until(pilot, lambda: screen.shown.one.id)
        await until(pilot, lambda: "tick" not in offered(screen))
        assert "I have it" not in offered(screen)
        assert "sign" in offered(screen)
    app = app_of(world, "lena")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await until(pilot, lambda: offered(screen)[:3] == ["open", "tick", "I have it"])

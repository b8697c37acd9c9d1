"""The crisis console with keys alone: declare, update, set, end, confirm; and what it says when nothing burns."""

from __future__ import annotations

from driving import until
from textual.pilot import Pilot

from cminbox.desk import Escalate
from cminbox.model import MINUTE
from cminbox.query import Context
from cminbox.screens.crisis import data
from cminbox.screens.crisis.screen import CrisisScreen
from cminbox.screens.pickers.member import MemberPicker
from cminbox.screens.pickers.snooze import SnoozePicker
from cminbox.screens.queue.screen import QueueScreen
from cminbox.store import conversations, crises, deliveries
from cminbox.store.deliveries import Target
from cminbox.terminal.compat import BrokenEsc
from cminbox.widgets.banner import CrisisBanner
from cminbox.widgets.facts import Facts
from cminbox.widgets.item_list import ItemList
from cminbox.widgets.keys_line import KeysLine
from cminbox.widgets.picker import Picker
from cminbox.widgets.thread_view import ThreadView


async def console(pilot: Pilot) -> CrisisScreen:
    """The crisis screen, by its key."""
    await until(pilot, lambda: pilot.app.screen.query("#keys-line"))
    await pilot.pause()
    await pilot.press("f2")
    await until(pilot, lambda: isinstance(pilot.app.screen, CrisisScreen))
    await pilot.pause()
    return pilot.app.screen


def burning(world, name: str = "Late parcels", severity: int = 2) -> crises.Crisis:
    made = world.desk.crises.declare(
        name, severity=severity, reason="the depot burnt down", next_update_at=world.now + 18 * MINUTE
    )
    ids = world.ids()
    world.desk.do(Escalate(crisis_id=made.id), [ids["carla"], ids["matt"]])
    return made


async def test_nothing_burns_and_the_screen_says_what_it_is_for(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await console(pilot)
        assert "none runs" in str(screen.query_one("#crisis-head").render())
        assert "Declare a new crisis" in screen.query_one(ItemList).text
        assert "Declare one here with Enter" in screen.query_one(Facts).plain


async def test_a_crisis_is_declared_with_a_query_that_attaches(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await console(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.query("#crisis-query"))
        await pilot.press(*"Tin lids", "enter", "backspace", "1", "enter", *"two people hurt", "enter", *"tin", "enter")
        await until(pilot, lambda: app.screen is screen)
        await until(pilot, lambda: crises.all(world.store.read()))
        made = crises.all(world.store.read())[0]
        assert (made.name, made.severity, made.reason, made.query) == ("Tin lids", 1, "two people hurt", "tin")
        await until(pilot, lambda: "SEV 1" in screen.query_one(ItemList).text)
        assert "two people hurt" in screen.query_one(ThreadView).text


async def test_a_form_without_a_reason_is_not_taken(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await console(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.query("#crisis-query"))
        await pilot.press(*"Tin lids", "enter", "enter", "enter", "enter")
        assert app.screen.focused.id == "crisis-reason"
        wrong = app.screen.query_one(".dialog--wrong")
        assert "needs a reason" in str(wrong.render())
        await pilot.press("x")
        await pilot.pause()
        assert not wrong.display
        await pilot.press("enter", *"is:nonsense", "enter")
        await pilot.pause()
        assert app.screen.focused.id == "crisis-query"
        assert wrong.display
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        assert crises.all(world.store.read()) == []


async def test_a_crisis_is_led_by_name_from_the_queue(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.query("#keys-line"))
        line = app.screen.query_one(KeysLine)

        async def typed(text: str) -> None:
            await pilot.press(":")
            await pilot.pause()
            app.screen.focused.value = text
            await pilot.press("enter")
            await pilot.pause()

        await typed('declare "Late parcels"')
        await until(pilot, lambda: "the reason is missing" in line.message)
        await typed("crisis-update known: nothing")
        await until(pilot, lambda: "no crisis runs" in line.message)
        await typed('declare "Late parcels" 2 the depot is closed')
        await until(pilot, lambda: crises.all(world.store.read()))
        made = crises.all(world.store.read())[0]
        assert (made.name, made.severity, made.reason) == ("Late parcels", 2, "the depot is closed")
        banner = app.screen.query_one(CrisisBanner)
        await until(pilot, lambda: "SEV 2  Late parcels" in banner.text)
        before = len(crises.timeline(world.store.read(), made.id))
        await typed("crisis-update the carrier answers [/b]")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, Picker))
        await pilot.pause()
        assert len(crises.timeline(world.store.read(), made.id)) == before
        await typed("crisis-update the carrier answers [/b]")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press(*"none", "enter")
        await until(pilot, lambda: "noted" in line.message)
        assert crises.timeline(world.store.read(), made.id)[-1].text == "the carrier answers [/b]"
        await typed("crisis-end all delivered")
        await until(pilot, lambda: "has ended" in line.message)
        await until(pilot, lambda: not banner.text)
        assert crises.all(world.store.read())[0].status == "ended"


async def test_the_banner_says_how_much_is_said_on_every_screen_at_once(world) -> None:
    made = burning(world)
    world.say((("late_one", "en", "and my parcel?", 5), ("late_two", "en", "mine too", 8)), prefix="n")
    ids = world.ids()
    world.desk.do(Escalate(crisis_id=made.id), [ids["late_one"], ids["late_two"], ids["tea_nerd"]])
    app = world.app()
    async with app.run_test(size=(100, 24)) as pilot:
        await until(pilot, lambda: app.screen.query(CrisisBanner))
        words = "SEV 2  Late parcels  5 messages, +2 an hour  next update in 18m  lead: ana"
        await until(pilot, lambda: app.screen.query_one(CrisisBanner).text == words)
        for key in ("f2", "f3", "f4", "question_mark"):
            await pilot.press(key)
            await pilot.pause()
            assert app.screen.query_one(CrisisBanner).text == words, key
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        assert app.screen.query_one(CrisisBanner).text == "SEV 2  Late parcels  next update in 18m  lead: ana"


async def test_the_banner_stands_on_screens_that_stay_too(world) -> None:
    """The conversation and its composer were opened before the crisis, and are shown again behind its beginning."""
    app = world.app()
    async with app.run_test(size=(100, 24)) as pilot:
        await until(pilot, lambda: app.screen.query("#queue-list"))
        await pilot.press("r")
        await until(pilot, lambda: app.screen.query("#compose-text"))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.screen.query("#queue-list"))
        burning(world)
        await until(pilot, lambda: app.screen.query_one(CrisisBanner).text)
        for key, widget in (("enter", "ConversationPane"), ("r", "#compose-text")):
            await pilot.press(key)
            await until(pilot, lambda: app.screen.query(widget) and not app.screen.query("#queue-list"))  # noqa: B023
            await pilot.pause()
            assert "Late parcels" in app.screen.query_one(CrisisBanner).text


async def test_facts_numbers_and_timeline_of_a_running_one(world) -> None:
    burning(world)
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await console(pilot)
        facts = " ".join(screen.query_one(Facts).plain.split())
        for words in ("the depot burnt down", "SEV 2, running", "next update in 18m", "lead", "ana"):
            assert words in facts
        assert "conversations 2" in facts
        assert "negative 1 of 2 (50 %)" in facts
        assert "declared" in screen.query_one(ThreadView).text
        assert "Late parcels" in screen.query_one(CrisisBanner).text


async def test_who_could_not_be_read_is_not_counted_as_calm(world) -> None:
    # In languages that nobody has word lists of.
    world.say((("nino", "ka", "სად არის ჩემი შეკვეთა?", 30), ("anahit", "hy", "Ո՞ւր է իմ պատվերը", 40)), prefix="u")
    ids = world.ids()
    made = world.desk.crises.declare("Late parcels", severity=2, reason="the depot burnt down")
    conn = world.store.read()
    read, unread = (
        [row.id for row in conversations.many(conn, ids.values()).values() if (row.sentiment is None) is missing]
        for missing in (False, True)
    )
    assert read
    assert len(unread) > 1
    context = Context(world.now)

    def told() -> str:
        crisis = crises.get(world.store.read(), made.id)
        return dict(data.numbers(world.store.read(), crisis, context))["negative"]

    world.desk.do(Escalate(crisis_id=made.id), unread)
    assert told() == f"{len(unread)} unknown"
    world.desk.do(Escalate(crisis_id=made.id), read[:1])
    assert told().endswith(f" %), {len(unread)} unknown")
    assert " of 1 (" in told()


async def test_an_update_is_told_and_the_next_one_promised(world) -> None:
    made = burning(world)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await console(pilot)
        await pilot.press("u")
        await until(pilot, lambda: app.screen is not screen)
        await pilot.press(*"known: the depot [/b]", "enter")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press(*"30m", "enter")
        await until(pilot, lambda: "known: the depot [/b]" in screen.query_one(ThreadView).text)
        assert crises.get(world.store.read(), made.id).next_update_at == world.now + 30 * MINUTE


async def test_severity_lead_and_approval_are_set(world) -> None:
    made = burning(world)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await console(pilot)
        for words, wanted in (
            ("SEV 1", ("severity", 1)),
            ("approval", ("approval", True)),
            ("another", ("lead", "jo")),
        ):
            await pilot.press("s")
            await until(pilot, lambda: isinstance(app.screen, Picker))
            await pilot.press(*words, "enter")
            if words == "another":
                await until(pilot, lambda: isinstance(app.screen, MemberPicker))
                await pilot.pause()
                await pilot.press(*"jo", "enter")
            await until(pilot, lambda w=wanted: getattr(crises.get(world.store.read(), made.id), w[0]) == w[1])
            await until(pilot, lambda: app.screen is screen)


async def test_it_ends_with_a_reason_and_can_no_longer_be_updated(world) -> None:
    made = burning(world)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await console(pilot)
        await pilot.press("E")
        await until(pilot, lambda: app.screen is not screen)
        await pilot.press(*"all parcels arrived", "enter")
        await until(pilot, lambda: crises.get(world.store.read(), made.id).status == "ended")
        await until(pilot, lambda: "ended" in screen.query_one(Facts).plain)
        await pilot.press("u")
        await until(pilot, lambda: "needs a running crisis" in screen.query_one(KeysLine).message)


async def test_a_proposed_one_is_confirmed_with_a_reason(world) -> None:
    def propose(conn) -> None:
        crises.insert(
            conn,
            {"name": "Wave", "severity": 3, "status": "proposed", "reason": "40 an hour", "declared_at": world.now},
        )

    world.store.write(propose)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await console(pilot)
        assert "proposed" in screen.query_one(ItemList).text
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.query(".dialog--title"))
        await pilot.press(*"yes", "enter")
        await until(pilot, lambda: crises.all(world.store.read())[0].status == "running")


async def test_an_arrow_that_came_apart_leaves_no_question_behind_another(world) -> None:
    """Its Esc closes the second question; it stands there again with what was typed, and nothing is done twice."""
    made = burning(world)
    before = len(crises.timeline(world.store.read(), made.id))
    app = world.app()

    async def broken_left() -> None:
        asked = app.screen
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is not asked)
        app.post_message(BrokenEsc())
        await pilot.press("left")
        await until(pilot, lambda: type(app.screen) is type(asked))
        await pilot.pause()

    async with app.run_test(size=(80, 24)) as pilot:
        await console(pilot)
        await pilot.press("u")
        await until(pilot, lambda: app.screen.query(".dialog--title"))
        await pilot.press(*"nw")
        await broken_left()
        await pilot.press(*"e", "enter")
        await until(pilot, lambda: isinstance(app.screen, SnoozePicker))
        await pilot.press(*"0m")
        for digit in "13":
            await broken_left()
            await pilot.press("left", digit) if digit == "1" else await pilot.press("delete", digit)
        await pilot.press("enter")
        await until(pilot, lambda: len(crises.timeline(world.store.read(), made.id)) > before)
        await pilot.pause()
        told = crises.timeline(world.store.read(), made.id)[before:]
        assert [one.text for one in told if one.text] == ["new"]


async def test_enter_opens_its_conversations_and_q_comes_back(world) -> None:
    burning(world)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await console(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))
        await until(pilot, lambda: {row.handle for row in app.screen.queue.rows} == {"carla", "matt"})
        await pilot.press("q")
        await until(pilot, lambda: app.screen is screen)


async def test_a_name_with_quotes_and_markup_is_only_a_name(world) -> None:
    burning(world, 'say "hi" [/b] OR is:open')
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await console(pilot)
        assert "[/b] OR is:open" in screen.query_one(ItemList).text
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))
        await pilot.pause()


def told_of(world, crisis: int, *, member: str = "", status: str = "sent") -> int:
    """Somebody was told of a crisis, or nobody could be; the delivery."""

    def work(conn) -> int:
        (notice,) = (row[0] for row in conn.execute("SELECT id FROM notices WHERE crisis_id = ?", (crisis,)))
        delivery = deliveries.add(conn, Target("ops", member=member), world.now, world.now, urgent=True)
        conn.execute(
            "UPDATE deliveries SET status = ?, error = ? WHERE id = ?",
            (status, "" if status == "sent" else "the line was cut", delivery),
        )
        deliveries.carry(conn, delivery, notice)
        return delivery

    return world.store.write(work)


def knows(world, crisis: int) -> list[str]:
    return [one.acknowledged_by for one in deliveries.of_crisis(world.store.read(), crisis)]


async def test_opening_a_crisis_acknowledges_what_one_was_told_and_ack_a_room(world) -> None:
    made = burning(world)
    me = world.desk.context.member.handle
    told_of(world, made.id, member=me)
    told_of(world, made.id)
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await console(pilot)
        await until(pilot, lambda: knows(world, made.id) == [me, ""])
        await pilot.press(*":ack", "enter")
        await until(pilot, lambda: knows(world, made.id) == [me, me])
        await until(pilot, lambda: "Late parcels: 1 notice acknowledged" in screen.query_one(KeysLine).message)
        await until(pilot, lambda: f"acknowledged by {me}" in " ".join(screen.query_one(Facts).plain.split()))


async def test_the_console_says_what_could_not_be_told_and_what_to_do(world) -> None:
    made = burning(world)
    number = told_of(world, made.id, member="olga", status="unknown")
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await console(pilot)
        facts = " ".join(screen.query_one(Facts).plain.split())
        assert f"maybe told olga (ops): the line was cut; cminbox channels retry {number}" in facts
        await pilot.press("f4")
        await until(pilot, lambda: app.screen.query("#sources-head"))
        head = str(app.screen.query_one("#sources-head").render())
        assert "1 delivery unknown: cminbox channels list says why" in head

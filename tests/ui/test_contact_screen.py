"""The contact screen with keys alone: who they are, what is changed there, and what nobody may break."""

from __future__ import annotations

import asyncio

import pytest
from driving import lines, press, said, until
from textual.pilot import Pilot
from ui_world import HOSTILE

from cminbox.engine.contact_matching import ContactMatching
from cminbox.model import DAY, HOUR, MINUTE, Author, Message
from cminbox.reports import trend
from cminbox.screens.contact.screen import PAGE, ContactScreen
from cminbox.screens.conversation.screen import ConversationScreen
from cminbox.screens.queue.screen import QueueScreen
from cminbox.store import contact_suggestions, contacts
from cminbox.store.contacts import PersonKey
from cminbox.widgets.item_list import ItemList
from cminbox.widgets.picker import Picker


def head(app) -> str:
    return str(app.screen.query_one("#contact-head").render())


async def contact(pilot: Pilot, world, handle: str = "ana_lopez") -> ContactScreen:
    """The contact behind the first conversation, or behind that of a handle."""
    await until(pilot, lambda: pilot.app.screen.query("#keys-line") and pilot.app.screen.queue.rows)
    rows = pilot.app.screen.queue.rows
    place = next(n for n, row in enumerate(rows) if row.handle == handle)
    await press(pilot, *"j" * place, "C")
    await until(pilot, lambda: isinstance(pilot.app.screen, ContactScreen))
    await pilot.pause()
    return pilot.app.screen


def who(world, handle: str = "ana_lopez") -> PersonKey:
    return PersonKey(author=world.row(handle).author_id)


def known(world, handle: str = "ana_lopez") -> contacts.Contact:
    found = contacts.of(world.store.read(), who(world, handle))
    assert found is not None
    return found


def write(world, number: int, days: float, text: str = "hello", *, handle: str = "ana_lopez", **more) -> None:
    """Another conversation of somebody, so many days ago."""
    person = Author(f"m-{handle}", handle, handle.title())
    message = Message(f"x{number}", f"x{number}", person, text, world.now - round(days * DAY), **more)
    world.take(message)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_who_they_are_stands_in_the_head(world, size) -> None:
    world.take(Message("o1", "m0", Author("us", "shop"), "sorry", world.now - HOUR, direction="out", parent="m0"))
    write(world, 1, 40, "terrible, broken, awful")
    write(world, 2, 20, "so so")
    world.desk.contacts.set(who(world), vip=True, role="customer", tags=["tea"], interests=["oolong"])
    world.desk.contacts.note(who(world), "prefers mail; allergic to nuts")
    world.desk.contacts.follow_up(who(world), "refund", world.now + 2 * HOUR)
    world.desk.contacts.put_on_list(who(world), "press")
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await contact(pilot, world)
        text = "\n".join(lines(app))
        for words in ("Ana_Lopez ★ VIP · customer", "next: ", "refund", "mastodon @ana_lopez", "3 conversations"):
            assert words in text, words
        for words in ("prefers mail; allergic to nuts", "tea", "oolong", "press", "answer"):
            assert words in text, words
        assert all(len(line) <= size[0] for line in lines(app))
        assert any("so so" in line and " 20d" in line for line in lines(app))


async def test_their_conversations_open_and_the_way_back_leads_back(world) -> None:
    write(world, 1, 3, "where is my tea?")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await contact(pilot, world)
        assert "where is my tea?" in screen.query_one(ItemList).text
        await press(pilot, "j", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        await until(pilot, lambda: "where is my tea?" in "\n".join(lines(app)))
        await press(pilot, "C")
        await until(pilot, lambda: isinstance(app.screen, ContactScreen))
        await press(pilot, "q", "q")
        await until(pilot, lambda: app.screen is screen)
        await press(pilot, "q")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))


async def test_keys_write_what_is_known_and_u_takes_it_back(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await contact(pilot, world)
        await press(pilot, "m")
        await until(pilot, lambda: app.screen.query("Input"))
        await press(pilot, *"nuts", "enter")
        await until(pilot, lambda: "ana: nuts" in head(app))
        await press(pilot, "v")
        await until(pilot, lambda: "★ VIP" in head(app))
        assert world.row("ana_lopez").vip
        await press(pilot, "u")
        await until(pilot, lambda: "★ VIP" not in head(app))
        await press(pilot, "u")
        await until(pilot, lambda: "nuts" not in head(app))
        await press(pilot, "e")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await press(pilot, *"role", "enter")
        await until(pilot, lambda: isinstance(app.screen, Picker) and "Who are they" in app.screen.asks)
        await press(pilot, *"jour", "enter")
        await until(pilot, lambda: "journalist" in head(app))
        assert (known(world).role, known(world).role_by) == ("journalist", "member:ana")


async def test_commands_typed_with_their_words(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await contact(pilot, world)
        for line, shown in (
            (":contact-note met at the fair", "met at the fair"),
            (":contact-change tags tea, wholesale", "tea, wholesale"),
            (":contact-change writes-at the Sunday paper", "writes at the Sunday paper"),
            (":contact-next 2d ask again", "ask again"),
            (":contact-next a refund by 3d", "a refund"),
            (":contact-list press", "on press"),
            (":role troll", "troll"),
            (":vip", "★ VIP"),
            (":contact-change name Ana López", "Ana López"),
        ):
            await press(pilot, *line, "enter")
            await until(pilot, lambda shown=shown: shown in head(app), 5)
        await press(pilot, *":contact-next none", "enter")
        await until(pilot, lambda: "a refund" not in head(app))
        for line, told in (
            (":contact-change shoe 44", "'shoe' is nothing of a contact"),
            (":contact-next never", "when is it next?"),
            (":contact-change role boss", "'boss' is no role"),
            (":contact-merge nobody", "nobody here is called nobody"),
            (":contact-merge ana_lopez", "Ana López is one person already"),
        ):
            await press(pilot, *line, "enter")
            await until(pilot, lambda told=told: told in said(app), 5)


async def test_what_is_next_is_asked_for_and_is_red_once_it_is_due(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await contact(pilot, world)
        await press(pilot, "s")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await press(pilot, *"refund by 2h", "enter")
        await until(pilot, lambda: "refund" in head(app))
        assert known(world).follow_up_at == world.now + 2 * HOUR
        world.now += 5 * HOUR
        screen.minute_passed()
        assert "due since 3h: refund" in head(app)


def compare(world) -> None:
    asyncio.run(ContactMatching(world.store, rest=lambda seconds: None).run())


def elsewhere(world, handle: str = "ana_lopez", *, name: str = "Ana_Lopez") -> int:
    """Somebody of this handle writes on the blog; their author's id."""
    world.take(Message("b1", "b1", Author("b1", handle, name), "muy rico", world.now - DAY), source="blog")
    row = world.store.read().execute("SELECT id FROM authors WHERE remote_id = 'b1'").fetchone()
    return int(row[0])


async def test_who_may_be_the_same_is_merged_by_a_key_and_undone(world) -> None:
    other = elsewhere(world)
    await asyncio.to_thread(compare, world)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await contact(pilot, world)
        assert any("seen before as" in line and "same handle and name" in line for line in lines(app))
        await press(pilot, "M")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await press(pilot, "enter")
        await until(pilot, lambda: "2 conversations" in head(app))
        assert "feed ana_lopez" in head(app)
        assert not any("seen before as" in line for line in lines(app))
        await press(pilot, "u")
        await until(pilot, lambda: "1 conversation" in head(app))
        await press(pilot, "M")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await press(pilot, "down", "enter")
        await until(pilot, lambda: not any("seen before as" in line for line in lines(app)))
        assert contact_suggestions.of(world.store.read(), PersonKey(author=other)) == []


async def test_an_account_is_split_off(world) -> None:
    one = who(world)
    other = elsewhere(world)
    world.desk.contacts.merge(one, PersonKey(author=other))
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await contact(pilot, world)
        await press(pilot, "x")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await press(pilot, "down", "enter")
        await until(pilot, lambda: "1 conversation" in head(app))
        assert contacts.of(world.store.read(), PersonKey(author=other)) is None


async def test_how_far_the_looking_is_stands_in_place_of_a_suggestion(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await contact(pilot, world)
        assert any("looking for the same people: 0 of 14 authors" in line for line in lines(app))


async def test_many_conversations_come_by_pages(make_store) -> None:
    world = make_store((("ana_lopez", "en", "hello", 5),))
    person = Author("m-ana_lopez", "ana_lopez", "Ana")
    world.take(
        *(
            Message(f"x{n}", f"x{n}", person, f"number {n}", world.now - n * MINUTE - HOUR)
            for n in range(PAGE + PAGE // 2)
        )
    )
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await contact(pilot, world)
        assert len(screen._rows) == PAGE
        await press(pilot, "G")
        await until(pilot, lambda: len(screen._rows) == PAGE + PAGE // 2 + 1)
        assert f"number {PAGE + PAGE // 2 - 1}" in "\n".join(lines(app))
        await press(pilot, "g", "ctrl+d")
        assert screen.query_one(ItemList).cursor > 1


async def test_who_only_looks_on_is_told_before_they_type(make_store) -> None:
    world = make_store(extra_config='[[member]]\nhandle = "olga"\nrole = "observer"\n', member="olga")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await contact(pilot, world)
        for key in ("m", "v", "s", "e", "l", "M", "x"):
            await press(pilot, key)
            await until(pilot, lambda: "olga is an observer" in said(app), 5)
            if app.screen.last_line.refusing:
                await press(pilot, "escape")
            assert isinstance(app.screen, ContactScreen)


async def test_who_was_forgotten_while_they_were_shown(world) -> None:
    from cminbox.store import erasing

    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await contact(pilot, world)
        (person,) = erasing.people(world.store.read(), "ana_lopez")
        world.store.write(lambda conn: erasing.forget(conn, person, world.now))
        screen.show_person()
        assert "Lopez" not in head(app)
        await press(pilot, "m")
        await pilot.pause()


NAMES = (
    *(handle for handle, *_ in HOSTILE),
    "x" * 10_000,
    "\u202eevil",
    "👨‍👩‍👧‍👦" * 500,
    "=cmd()",
    "",
    "\u200d\u200d",
    "[bold]b[/]",
)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_names_that_are_meant_to_hurt_are_shown_literally(make_store, size) -> None:
    world = make_store(())
    for number, name in enumerate(NAMES):
        from cminbox.text import clean

        person = Author(f"a{number}", clean(name, 200), clean(name, 200))
        world.take(Message(f"n{number}", f"n{number}", person, "hello", world.now - MINUTE * number))
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.screen.query("#keys-line"))
        for (number,) in world.store.read().execute("SELECT id FROM authors").fetchall():
            world.desk.contacts.note(PersonKey(author=number), "\u202e" + "wide 漢" * 200 + " [red]x[/]")
            app.push_screen(ContactScreen.of_author(app.services, number))
            await until(pilot, lambda: isinstance(app.screen, ContactScreen) and app.screen.is_open)
            await pilot.pause()
            text = "\n".join(lines(app))
            assert "\u202e" not in text
            assert "\x1b" not in text
            assert "[red]x" in text or "wide" in text
            await press(pilot, "q")


def test_a_trend_says_since_when() -> None:
    month = 30 * DAY
    points = [(n * month, value) for n, value in enumerate((0.3, 0.2, -0.8, -0.4, 0.1, 0.6))]
    found = trend.steps([(1_700_000_000_000 + at, value) for at, value in points])
    assert len(found) == 6
    assert trend.direction(found).startswith("getting better since Jan")
    assert trend.arrow(found).startswith("↗ since Jan")
    assert trend.direction(trend.steps([(1, 0.5), (2, 0.5)])) == ""
    assert trend.mood_words([]) == ""
    assert trend.bars([-1, 0, 1], -1, 1) == "▁▅█"
    assert trend.answer_words(trend.steps([(1, 2 * HOUR), (2, 4 * HOUR)])) == "3h (median of 2 answers)"

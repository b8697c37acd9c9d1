"""The composer: from a template in their language to the outbox, with nothing lost and nobody answered twice."""

from __future__ import annotations

import asyncio
import threading

import pytest
from driving import said, until
from textual.pilot import Pilot

from cminbox.commands import by_id
from cminbox.desk.reply_draft import begin, missing
from cminbox.desk.reply_length import counting_of
from cminbox.model import MINUTE, Author, Message
from cminbox.screens.compose.screen import ComposeScreen
from cminbox.screens.conversation.pane import ConversationPane
from cminbox.screens.conversation.screen import ConversationScreen
from cminbox.screens.pickers.template import TemplatePicker
from cminbox.store import events, messages, replies, sources
from cminbox.widgets.counter import CounterLine
from cminbox.widgets.picker import Picker

OWN_TEMPLATE = """
[[template]]
name = "order-status"
title = "Where the order is"
quick = 9

[template.text]
en = "Hello {{ author.first_name }}, order {{ order.number }} is on its way."
hi = "नमस्ते {{ author.first_name }} जी, ऑर्डर {{ order.number }} रास्ते में है।"
"""


async def writing(pilot: Pilot, world, handle: str, key: str = "r") -> ComposeScreen:
    """The composer on the conversation of an author."""
    pilot.app.open_conversation(world.ids()[handle])
    await until(pilot, lambda: isinstance(pilot.app.screen, ConversationScreen))
    await pilot.pause()
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))
    await pilot.pause()
    return pilot.app.screen


def outbox(world, handle: str) -> list[replies.Reply]:
    return [reply for reply in replies.of(world.store.read(), world.ids()[handle]) if reply.status != "cancelled"]


def answer_elsewhere(world, conversation: str, text: str) -> None:
    """The brand's own account answers on a phone, and the engine reads it back."""
    message = Message(
        id=f"{conversation}-phone",
        conversation=conversation,
        author=Author("us", "kettle"),
        text=text,
        created_at=world.now,
        direction="out",
    )
    world.take(message)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_template_in_their_language_goes_to_the_outbox(world, size) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        screen = await writing(pilot, world, "rahul_k")
        head = str(screen.query_one("#compose-to").render())
        assert "to @rahul_k on mastodon, public, hi" in head
        assert "Alt+1 " in head
        await pilot.press("alt+1")
        text = screen.area.text
        assert any("\u0900" <= char <= "\u097f" for char in text)
        assert "{{" not in text
        assert f"{screen.written.draft.count(text)} / 500" in screen.query_one(CounterLine).plain
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        reply = outbox(world, "rahul_k")[0]
        assert (reply.status, reply.lang, reply.text) == ("held", "hi", text)
        assert reply.held_until == world.now + app.services.config.undo_ms
        await until(pilot, lambda: "goes out in 10 s" in app.screen.query_one(ConversationPane).text)
        assert "goes out in 10 s" in said(app)


async def test_a_digit_in_the_conversation_opens_the_composer_with_its_template(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await writing(pilot, world, "ana_lopez", key="1")
        assert screen.area.text
        assert "to @ana_lopez on mastodon, public, es" in str(screen.query_one("#compose-to").render())


@pytest.mark.parametrize("text", ["3 days at most", "1", "a 12 b", "99 %"])
async def test_digits_are_text_wherever_they_stand(world, text: str) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await writing(pilot, world, "carla")
        await pilot.press(*text)
        assert screen.area.text == text
        await pilot.press("ctrl+u", "7")
        assert screen.area.text == "7"


async def test_the_countdown_runs_and_u_takes_the_reply_back_as_a_draft(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await writing(pilot, world, "carla")
        await pilot.press(*"yes, we do", "ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        world.now += 4_000
        pane = app.screen.query_one(ConversationPane)
        await until(pilot, lambda: "goes out in 6 s, u takes it back" in pane.text)
        await pilot.press("u")
        await until(pilot, lambda: outbox(world, "carla")[0].status == "draft")
        await until(pilot, lambda: "draft, not sent" in pane.text)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen))
        await pilot.pause()
        assert app.screen.area.text == "yes, we do"


async def test_escape_keeps_the_draft_and_typing_alone_stores_it(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await writing(pilot, world, "carla")
        await pilot.press(*"half a se")
        await until(pilot, lambda: [reply.text for reply in outbox(world, "carla")] == ["half a se"])
        await until(pilot, lambda: "draft kept" in screen.query_one(CounterLine).plain)
        await pilot.press(*"ntence", "escape")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        assert [(reply.status, reply.text) for reply in outbox(world, "carla")] == [("draft", "half a sentence")]
        assert "half a sentence" in app.screen.query_one(ConversationPane).text


async def test_leaving_the_program_while_writing_loses_nothing(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await writing(pilot, world, "carla")
        await pilot.press(*"typed just now", "ctrl+q")
        await pilot.pause()
    assert [reply.text for reply in outbox(world, "carla")] == ["typed just now"]


async def test_a_missing_variable_is_shown_and_never_sent(make_store) -> None:
    world = make_store()
    world.config.paths.templates.mkdir(parents=True)
    (world.config.paths.templates / "own.toml").write_text(OWN_TEMPLATE, encoding="utf-8")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await writing(pilot, world, "carla")
        await pilot.press("alt+9")
        assert "{{ order.number }}" in screen.area.text
        assert "⚠ order.number is empty" in screen.query_one(CounterLine).plain
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "not sent: order.number is empty" in said(app))
        assert app.screen is screen
        assert all(reply.status == "draft" for reply in outbox(world, "carla"))


async def test_the_picker_previews_the_text_and_finds_by_words(make_store) -> None:
    world = make_store()
    world.config.paths.templates.mkdir(parents=True)
    (world.config.paths.templates / "own.toml").write_text(OWN_TEMPLATE, encoding="utf-8")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await writing(pilot, world, "rahul_k")
        await pilot.press("ctrl+t")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press(*"order-status")
        await pilot.pause()
        preview = str(app.screen.query_one(".picker--preview").render())
        assert "ऑर्डर {{ order.number }} रास्ते में है" in preview
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        assert "रास्ते में है" in screen.area.text
        assert "order-status ▾" in str(screen.query_one("#compose-to").render())


async def test_too_long_is_told_and_not_sent(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await writing(pilot, world, "carla")
        screen.area.load("x" * 520)
        await pilot.pause()
        # The mention that the network needs in front counts too.
        assert "527 / 500, 27 too long" in screen.query_one(CounterLine).plain
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "27 too long for mastodon" in said(app))
        assert not [reply for reply in outbox(world, "carla") if reply.status != "draft"]


async def test_links_count_as_the_server_counts_them(world) -> None:
    def limits(conn) -> None:
        sources.update(conn, sources.by_name(conn, "shop").id, {"limits": {"characters": 300, "url": 23}})

    world.store.write(limits)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await writing(pilot, world, "carla")
        screen.area.load("see https://shop.example/" + "a" * 400)
        await pilot.pause()
        assert " / 300" in screen.query_one(CounterLine).plain
        assert (
            screen.written.draft.count("see https://shop.example/" + "a" * 400)
            == screen.written.draft.count("see ") + 23
        )


async def test_nothing_written_is_not_sent(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await writing(pilot, world, "carla")
        await pilot.press("space", "ctrl+s")
        await until(pilot, lambda: "nothing is written yet" in said(app))


async def test_an_answer_given_meanwhile_stops_the_sending_once_and_is_shown(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await writing(pilot, world, "carla")
        await pilot.press(*"my answer")
        answer_elsewhere(world, "m4", "We do ship to Canada, from 9 dollars.")
        await until(pilot, lambda: "answered" in screen.query_one(CounterLine).plain)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "answered since you opened this" in said(app))
        assert "We do ship to Canada" in said(app)
        assert "We do ship to Canada" in screen.query_one(ConversationPane).text
        assert [reply.status for reply in outbox(world, "carla")] == ["draft"]
        await pilot.press("ctrl+s")
        await until(pilot, lambda: [reply.status for reply in outbox(world, "carla")] == ["held"])


async def test_another_members_reply_on_its_way_stops_the_sending(world) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await writing(pilot, world, "carla")
        await pilot.press(*"my answer")
        world.desk_of("jo").outbox.send(world.ids()["carla"], "Jo was quicker")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "jo's reply is on its way" in said(app))
        assert [reply.member for reply in outbox(world, "carla") if reply.status == "held"] == ["jo"]


@pytest.mark.parametrize("opened", [(), ("enter",)], ids=["from the queue", "from the conversation"])
async def test_reply_and_next_writes_to_the_next_and_u_still_takes_it_back(world, opened) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.query("#queue-list"))
        await pilot.pause()
        for key in opened:
            await pilot.press(key)
            await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        await pilot.press("R")
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen))
        await pilot.pause()
        first = app.screen.shown.details.row.id
        await pilot.press(*"on it", "ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen) and app.screen.shown.details.row.id != first)
        await until(pilot, lambda: "goes out in 10 s" in said(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        assert app.screen.shown.id != first
        await pilot.press("u")
        await until(pilot, lambda: replies.of(world.store.read(), first)[-1].status == "draft")
        await until(pilot, lambda: app.screen.shown.id == first)


async def test_reply_and_next_passes_over_who_does_not_wait_and_ends_with_the_view(make_store) -> None:
    world = make_store((("one", "en", "Where is it?", 30), ("two", "en", "Where is it?", 20)))
    world.say((("three", "", "news", 10),), source="blog", prefix="b")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.query("#queue-list"))
        await pilot.press("R")
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen))
        for handle in ("one", "two"):
            await until(pilot, lambda: isinstance(app.screen, ComposeScreen))
            await until(pilot, lambda: app.screen.shown.details.row.handle == handle)  # noqa: B023
            await pilot.pause()
            await pilot.press(*"on it", "ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        await until(pilot, lambda: "nobody else waits" in said(app))


async def test_alt_and_a_digit_takes_a_template_and_is_never_text(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await writing(pilot, world, "carla")
        await pilot.press("alt+1")
        await pilot.pause()
        once = screen.area.text
        assert once
        await pilot.press("x", "alt+2")
        await pilot.pause()
        assert screen.area.text.startswith(f"{once}x\n\n")
        assert len(screen.area.text) > len(once) + 2
        assert "¡" not in screen.area.text


@pytest.mark.parametrize("kept", ["Dear Carla", "Dear Carla ", "Dear Carla\n", "Dear Carla\n\n"])
async def test_a_template_stands_behind_a_blank_line(world, kept) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await writing(pilot, world, "carla")
        screen.area.load(kept)
        await pilot.press("alt+1")
        await pilot.pause()
        first, _, rest = screen.area.text.partition("\n\n")
        assert first == kept.rstrip("\n")
        assert rest[:1].strip()


async def test_what_is_pasted_is_cleaned(world) -> None:
    from textual import events

    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await writing(pilot, world, "carla")
        app.post_message(events.Paste("\x1b]0;pwned\x07fine \u202etxet [/b]"))
        await until(pilot, lambda: "fine" in screen.area.text)
        assert not {"\x1b", "\x07", "\u202e"} & set(screen.area.text)
        assert "[/b]" in screen.area.text


async def test_a_source_that_cannot_answer_says_where_to(make_store) -> None:
    world = make_store(())
    world.say([("reader", "en", "A review of your tea", 20)], source="blog", prefix="b")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.open_conversation(world.ids()["reader"])
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        await pilot.pause()
        await pilot.press("r")
        await until(pilot, lambda: "cannot be sent through blog" in said(app))
        assert "o opens it" in said(app)


async def test_the_draft_can_be_thrown_away(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await writing(pilot, world, "carla")
        await pilot.press(*"no good")
        await until(pilot, lambda: outbox(world, "carla"))
        screen.run_command(by_id("reply.discard"))
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        assert outbox(world, "carla") == []
        assert messages.thread(world.store.read(), world.ids()["carla"])


def test_what_is_left_open_in_a_text_is_found_once_each() -> None:
    assert missing("{{ order.number }} {{order.number}} {% if x %}") == ("order.number", "{% if x %}")
    assert missing("{{}}") == ("a variable",)
    assert missing("braces } { alone") == ()


def test_digits_are_given_to_who_asks_then_to_the_fittest() -> None:
    from cminbox.replies import Template, TemplateBook

    ranked = [Template("a", ""), Template("b", "", quick=1), Template("c", "")]
    assert {number: template.name for number, template in TemplateBook(tuple(ranked)).picks(ranked).items()} == {
        1: "b",
        2: "a",
        3: "c",
    }


async def test_the_counter_and_the_templates_count_what_will_be_posted(world) -> None:
    """The content warning that goes along counts, and so does the mention in front, by the limit that holds now."""
    warning = "a long warning about the news"
    world.take(Message("w1", "w1", Author("zoe", "zoe"), "where is it?", world.now - MINUTE, title=warning, lang="en"))
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await writing(pilot, world, "zoe")
        await pilot.press(*"hello")
        counted = len("@zoe hello") + len(warning)
        await until(pilot, lambda: f"{counted} / 500" in screen.query_one(CounterLine).plain)
        fewer = {"limits": {"characters": counted - 1}}
        world.store.write(lambda conn: sources.update(conn, sources.by_name(conn, "shop").id, fewer))
        number = world.ids()["zoe"]
        assert begin(world.store.read(), number, world.config, app.services.member).left("hello") == -1
        assert any("too long" in choice.detail for choice in TemplatePicker(app.services, number).choices())


def test_the_servers_own_limits_win() -> None:
    from cminbox.sources import registry

    rule = counting_of(registry.load("mastodon"), None)
    assert (rule.limit, rule.url_weight) == (500, 23)


async def test_opening_it_is_an_event_and_the_time_until_it_is_sent_is_known(make_store) -> None:
    world = make_store()
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await writing(pilot, world, "matt")
        number = world.ids()["matt"]
        await until(pilot, lambda: [e.action for e in events.of(world.store.read(), number)][-1:] == ["compose"])
        world.now += 25_000
        await pilot.press(*"Sorry!", "ctrl+s")
        await until(pilot, lambda: outbox(world, "matt"))
        await until(pilot, lambda: outbox(world, "matt")[-1].status == "held")
        found = world.store.read().execute("SELECT handle_ms FROM outgoing").fetchall()
        assert [row[0] for row in found] == [25_000]


async def test_the_composer_stays_and_nothing_of_one_reply_comes_into_another(world) -> None:
    """The screen is made once; text, undo, cursor, template, notices are those of the reply that is open."""
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await writing(pilot, world, "rahul_k", key="1")
        await pilot.press(*"for rahul", "up", "home")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        rahul = outbox(world, "rahul_k")[0]
        assert rahul.text.endswith("for rahul")
        await pilot.press("escape")
        assert await writing(pilot, world, "carla") is screen
        assert screen.area.text == ""
        await pilot.press("ctrl+z")
        assert screen.area.text == ""
        assert "@carla" in str(screen.query_one("#compose-to").render())
        assert "@rahul_k" not in screen.pane.text
        assert (screen.written.template, screen.written.lang) == ("", "en")
        await pilot.press(*"for carla")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        assert [(reply.text, reply.template) for reply in outbox(world, "carla")] == [("for carla", "")]
        assert outbox(world, "rahul_k") == [rahul]
        await pilot.press("escape")
        await writing(pilot, world, "rahul_k")
        assert screen.area.text == rahul.text
        assert screen.area.cursor_location == screen.area.document.end


@pytest.mark.parametrize("handle", ["carla", "rahul_k"])
async def test_a_reply_left_by_another_way_is_kept_however_soon_the_next_one_opens(world, handle) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await writing(pilot, world, "carla")
        await pilot.press(*"half")
        screen = app.screen
        screen.area.insert(" a text")
        # As the palette does; no message is delivered before the next one is begun.
        app.app_commands.do_go_queue()
        app.open_conversation(world.ids()[handle], reply=True)
        await until(pilot, lambda: app.screen is screen and screen.shown.id == world.ids()[handle])
        await pilot.pause()
        assert screen.area.text == ("half a text" if handle == "carla" else "")
        await until(pilot, lambda: [reply.text for reply in outbox(world, "carla")] == ["half a text"])
        await pilot.press(*"x", "escape")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        texts = {"carla": "half a textx" if handle == "carla" else "half a text", "rahul_k": "x"}
        assert [reply.text for reply in outbox(world, handle)] == [texts[handle]]
        assert [reply.text for reply in outbox(world, "carla")] == [texts["carla"]]


async def test_a_reply_that_is_sent_slowly_does_nothing_to_the_one_that_is_open_by_then(world) -> None:
    app, busy = world.app(), threading.Event()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await writing(pilot, world, "carla")
        await pilot.press(*"for carla")
        before = screen._commands
        held = asyncio.ensure_future(app.services.desk_threads.run(lambda: busy.wait(20)))
        sending = asyncio.ensure_future(before.do_reply_send())
        await asyncio.sleep(0)
        app.app_commands.do_go_queue()
        app.open_conversation(world.ids()["rahul_k"], reply=True)
        await until(pilot, lambda: app.screen is screen and screen.shown.id == world.ids()["rahul_k"])
        await pilot.press(*"for rahul")
        busy.set()
        await asyncio.gather(held, sending)
        await before.do_reply_keep()
        await before.do_reply_discard()
        await before.do_reply_send()
        before.insert("1")
        await pilot.pause()
        assert app.screen is screen
        assert screen.area.text == "for rahul"
        assert [(reply.status, reply.text) for reply in outbox(world, "carla")] == [("held", "for carla")]
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        assert [(reply.status, reply.text) for reply in outbox(world, "rahul_k")] == [("draft", "for rahul")]

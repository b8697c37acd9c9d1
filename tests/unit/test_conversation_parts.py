"""The parts of the conversation's screen and of the composer, each without a screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cminbox.commands.action import action_of
from cminbox.desk import Snooze
from cminbox.errors import ActionError
from cminbox.model import HOUR, MINUTE, Conversation, Reason, from_iso
from cminbox.replies import Rendered
from cminbox.rules.language_files import FOLDER
from cminbox.screens.compose.written import WrittenReply
from cminbox.screens.conversation.data import ConversationDetails
from cminbox.screens.conversation.shown import ShownConversation
from cminbox.screens.conversation.summary import ConversationSummary
from cminbox.screens.conversation.words import contact_rows, due_words, language_words
from cminbox.screens.pickers.snooze import SnoozePicker
from cminbox.store.questions import Question
from cminbox.widgets.styled_lines import plain, size

NOW = 1_780_000_000_000
ROW = Conversation(
    7, 1, "c7", "shop", "mastodon", "mention", "open", created_at=NOW - HOUR, newest_at=NOW, changed=1, handle="ana",
    priority=82, reasons=(Reason(35, "refund words"),), waiting_since=NOW - HOUR, due_at=NOW + 8 * MINUTE,
)  # fmt: skip
DETAILS = ConversationDetails(
    row=ROW, me="jo", now=NOW, entries=(), events=(), replies=(), newest=3, claim=None, others=(), url="", earlier=0
)


class Pane:
    """Remembers what it was told to show."""

    def __init__(self) -> None:
        self.details: ConversationDetails | None = None
        self.calls: list[str] = []

    def open(self, details: ConversationDetails | None, columns: int) -> None:
        self.details = details
        self.calls.append(f"open {columns}")

    def show(self, details: ConversationDetails) -> None:
        self.details = details
        self.calls.append("show")


def test_what_is_shown_is_read_anew_and_what_is_gone_stays_and_is_told() -> None:
    pane, told = Pane(), []
    known = {7: DETAILS, 8: replace(DETAILS, newest=9)}
    shown = ShownConversation(pane, known.get, lambda: told.append("gone"), lambda: told.append("moved"))
    shown.id = 7
    shown.open(80)
    assert (pane.details, pane.calls, told) == (DETAILS, ["open 80"], [])
    shown.show(8)
    assert (shown.details, told) == (known[8], ["moved"])
    del known[8]
    shown.refresh()
    assert (shown.id, shown.details.newest, told) == (8, 9, ["moved", "gone"])
    shown.open(80)
    assert (shown.details, told) == (None, ["moved", "gone", "gone"])


def test_it_goes_along_its_list_and_says_where_that_ends() -> None:
    pane, said = Pane(), []
    shown = ShownConversation(pane, {5: DETAILS}.get, say=said.append)
    assert not shown.go(1)
    assert "no list" in said.pop()
    shown.step = {1: 5, -1: None}.get
    assert shown.go(1)
    shown.do_move_previous()
    assert (shown.id, pane.calls, said) == (5, ["show"], ["this is the first one of this view"])


class Clock:
    """Textual's `set_timer`, whose time passes when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def after(self, seconds: float, work: Callable[[], None]) -> Any:
        self.waiting.append(work)
        timer = type("Timer", (), {"stop": lambda timer: self.waiting.remove(work)})
        return timer()

    def pass_(self) -> None:
        waiting, self.waiting = self.waiting, []
        for work in waiting:
            work()


class Draft:
    """A reply to somebody who writes Spanish, on a network that takes twenty characters."""

    lang, row = "es", ROW

    def left(self, text: str) -> int:
        return 20 - len(text)

    def template(self, name: str) -> str | None:
        return SimpleNamespace(name="sorry") if name in ("1", "sorry") else None

    def filled(self, template: object) -> tuple[str, str]:
        return Rendered("perdón"), "es"


class Area:
    """What is typed into."""

    cursor_location = (0, 0)
    """Where the cursor stands: always at the end of the text, whatever this says."""

    def __init__(self) -> None:
        self.text = ""

    def load(self, text: str) -> None:
        self.text = text

    def insert(self, text: str) -> None:
        self.text += text

    def get_text_range(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        return self.text


def written(area: Area, clock: Clock, stored: list[tuple[str, str, str]]) -> WrittenReply:
    async def store(text: str, template: str, lang: str, *_: object) -> str:
        stored.append((text, template, lang))
        return ""

    return WrittenReply(Draft(), area, clock.after, asyncio.run, store)


def test_a_draft_is_stored_once_after_the_last_key_and_what_is_stored_is_not_stored_again() -> None:
    area, clock, stored = Area(), Clock(), []
    reply = written(area, clock, stored)
    area.text = "from before"
    reply.assume_stored()
    for text in ("a", "ab", "abc"):
        area.text = text
        reply.changed()
        assert not reply.all_stored
    clock.pass_()
    assert (stored, reply.all_stored) == ([("abc", "", "es")], True)
    asyncio.run(reply.save())
    area.text = "abcd"
    asyncio.run(reply.save_known())
    assert len(stored) == 1
    asyncio.run(reply.save())
    assert stored[1:] == [("abcd", "", "es")]


def test_nothing_of_a_reply_that_is_being_sent_becomes_a_draft_beside_it() -> None:
    area, clock, stored = Area(), Clock(), []
    reply = written(area, clock, stored)
    area.text = "on its way"
    reply.changed()
    reply.on_its_way = True
    clock.pass_()
    asyncio.run(reply.save())
    assert stored == []
    reply.on_its_way = False  # it could not be sent
    asyncio.run(reply.save())
    assert stored == [("on its way", "", "es")]


def test_a_template_replaces_what_is_empty_or_one_and_joins_what_was_written() -> None:
    area, stored = Area(), []
    reply = written(area, Clock(), stored)
    assert not reply.insert("7")
    assert reply.insert("1")
    assert reply.insert("sorry")
    assert (reply.text, reply.template) == ("perdón", "sorry")
    area.text += ", Ana. "
    reply.insert("1")
    assert reply.text == "perdón, Ana. \n\nperdón"


def test_what_stands_around_a_thread_fits_its_room_and_keeps_when_and_who() -> None:
    summary = ConversationSummary("‹ queue   ")
    assert not summary.head(80)
    summary.details = replace(DETAILS, row=ROW._replace(handle="ana@a.very.long.name.of.a.server", assignee="lena"))
    for room in (50, 80, 120):
        state = summary.head(room)[0]
        assert size(state) <= room
        assert "due in 8m" in plain(state)
        assert plain(state).endswith("assigned to lena")
    assert plain(summary.foot(80)) == "why 82: refund words +35"
    one, two = summary.side(30, 1), summary.side(30, 2)
    assert (len(one), len(two)) == (1, 2)
    assert "refund words" in "".join(map(plain, two[0]))


def test_whom_a_conversation_waits_for_is_said_in_its_head() -> None:
    summary = ConversationSummary()
    asked = Question(1, "cm-a", 7, "anna", "is it?", "jo", NOW - 2 * HOUR, "open", None, None, None, 0, None, None, "")
    summary.details = replace(DETAILS, asked=(asked,))
    assert "anna was asked 2h ago, no answer yet" in plain(summary.head(80)[1])


def test_what_stands_against_sending_is_told_and_stops_it() -> None:
    area = Area()
    reply = written(area, Clock(), [])
    area.text = "hola"
    reply.check()
    assert reply.warnings(written_since=False) == ()
    area.text, reply.lang = "order {{ order.number }}", "en"
    assert reply.warnings(written_since=True) == (
        "they wrote again, or somebody answered", "order.number is empty", "the text is en, they write es",
    )  # fmt: skip
    for text, word in ((" ", "nothing is written"), ("{{ x }}", "x is empty"), ("x" * 23, "3 too long for mastodon")):
        area.text = text
        with pytest.raises(ActionError, match=word):
            reply.check()


def test_times_are_shown_and_chosen_in_one_zone() -> None:
    """What a person snoozes until nine o'clock says nine o'clock, wherever the host is."""
    madrid, now = ZoneInfo("Europe/Madrid"), from_iso("2026-11-26T10:00:00Z")
    picker = SnoozePicker(lambda: now, zone=madrid)
    tomorrow = next(choice for choice in picker.choices() if choice.title == "tomorrow 9:00")
    assert (tomorrow.value, tomorrow.detail) == ("2026-11-27T08:00:00+00:00", "Fri 2026-11-27 09:00 CET")
    typed = action_of("snooze", ["tomorrow", "9:00"], now, madrid)
    assert typed == Snooze(from_iso(tomorrow.value))
    row = ROW._replace(status="snoozed", snoozed_until=typed.until, first_reply_at=typed.until)
    assert due_words(row, now, madrid) == "until Fri 2026-11-27 09:00 CET"
    assert ("answered", "first Fri 2026-11-27 09:00 CET") in contact_rows(row, now, madrid)


def test_a_language_is_said_by_its_code_and_in_words() -> None:
    assert language_words("hi") == "hi, Hindi"
    assert language_words("gu-Latn") == "gu-Latn, Gujarati in Latin letters"
    assert language_words("pt-BR") == "pt-BR, Portuguese"
    assert language_words("xx-Latn") == "xx-Latn"
    assert language_words("") == "unknown"
    shipped = {path.stem for path in FOLDER.glob("*.toml")}
    assert [code for code in shipped if "," not in language_words(code)] == []

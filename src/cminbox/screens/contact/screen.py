"""A contact: who somebody is, their conversations on all networks, and what is known of them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.widgets import Static

from cminbox.errors import ActionError
from cminbox.model import Conversation
from cminbox.screens.base import BaseScreen
from cminbox.screens.contact import data
from cminbox.screens.contact.changes import ContactChanges
from cminbox.screens.contact.data import Person
from cminbox.screens.list_movement import ListMovement, PageMovement, PagesBeside
from cminbox.screens.services import Services
from cminbox.store import contact_history
from cminbox.store.contacts import PersonKey
from cminbox.widgets.facts import Facts
from cminbox.widgets.item_list import ItemList
from cminbox.widgets.styled_lines import content

if TYPE_CHECKING:
    from textual import events

WIDE = 120
"""Columns from which all that is known stands beside the list."""
FACTS = 44
"""Columns of that; as the style sheet has it."""
PAGE = 100
"""Conversations that are read at a time, as the cursor comes near the end of those that are there."""
REST = 20
"""So many times as long as reading took, the store may change before they are read again."""


class ContactScreen(BaseScreen):
    """Somebody, and all that they wrote.

    Args:
        key: who.
    """

    CONTEXT: ClassVar[str] = "contact"
    CSS_PATH = "screen.tcss"

    def __init__(self, services: Services, key: PersonKey) -> None:
        super().__init__(services)
        self._key = key
        self._head = Static("", id="contact-head", markup=False)
        self._talks = ItemList(id="contact-talks")
        self._facts_box = VerticalScroll(id="contact-facts", can_focus=False)
        self._facts = Facts("known")
        self._suggestion = Static("", id="contact-suggestion", markup=False)
        self._person: Person | None = None
        self._rows: list[Conversation] = []
        self._facts_wanted = False
        self._again = 0.0
        pages = PagesBeside(self._talks, self._facts_box, self._move)
        self.command_parts = (
            ListMovement(self.key_reader, self._move),
            PageMovement(pages.move, pages.sizes),
            ContactChanges(services, self),
        )

    @classmethod
    def of_author(cls, services: Services, author_id: int) -> ContactScreen:
        """The screen of the person behind an author."""
        return cls(services, PersonKey(author=author_id))

    def compose_body(self) -> ComposeResult:
        yield self._head
        with Container(id="contact-body"):
            yield self._talks
            with self._facts_box:
                yield self._facts
        yield self._suggestion

    def footer(self) -> Iterable[tuple[str, str]]:
        for key, word in super().footer():
            yield key, "talk" if word == "open" else word

    @property
    def person(self) -> Person:
        """Who is shown.

        Raises:
            ActionError: they are gone from the store.
        """
        if self._person is None:
            raise ActionError("this person is gone from the store", "q goes back")
        return self._person

    def on_mount(self) -> None:
        self.show_person()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= WIDE, "-wide")
        self.call_after_refresh(self._draw)

    def on_screen_resume(self) -> None:
        if self.is_open:
            self.show_person()

    def store_changed(self) -> None:
        if time.monotonic() >= self._again:
            self.show_person()

    def minute_passed(self) -> None:
        self.show_person()

    def show_person(self) -> None:
        """Read and show them again."""
        began = time.monotonic()
        conn, here = self.services.store.read(), self._row
        self._person = data.load(conn, self._key)
        if self._person is None:
            self._rows = []
            self.say("this person is gone from the store: q goes back", error=True, keep=True)
        else:
            wanted = max(PAGE, len(self._rows))
            self._rows = contact_history.rows(conn, self._person.history.talks[:wanted])
            if here is not None:
                self._talks.cursor = next((n for n, row in enumerate(self._rows) if row.id == here.id), 0)
        self._again = time.monotonic() + REST * (time.monotonic() - began)
        self._draw()

    do_view_refresh = show_person

    @property
    def _row(self) -> Conversation | None:
        """The conversation under the cursor."""
        return self._rows[self._talks.cursor] if self._talks.cursor < len(self._rows) else None

    def _draw(self) -> None:
        person, now, zone = self._person, self.services.clock(), self.services.config.zone
        width = max(self.size.width - 2, 40)
        if person is None:
            self._head.update("")
            self._talks.show([])
            return
        wide = self.has_class("-wide")
        lines = [data.title(person, "‹ back   ", now, zone, width)]
        lines += data.head(person, now, zone, width, short=not wide)
        self._head.update(content(lines))
        room = self.size.width - (FACTS if wide else 0) - 3
        empty = ("", "Nothing of theirs is here yet.", "", "What they write on these accounts will be.")
        self._talks.show([[data.talk_line(row, room, now)] for row in self._rows], empty=empty)
        self._facts_box.display = wide or self._facts_wanted
        self._facts.show(data.facts(person, now, zone), person.name)
        line = data.suggestion_line(person, self.services.keys_for("contact.merge", self.CONTEXT), width)
        self._suggestion.set_class(not line, "-none")
        self._suggestion.update(content([line]))

    def _move(self, lines: int) -> None:
        person = self._person
        wanted = self._talks.cursor + lines + PAGE // 4
        if person is not None and wanted >= len(self._rows) < len(person.history.talks):
            many = max(len(self._rows) + PAGE, min(wanted, len(person.history.talks)))
            more = person.history.talks[len(self._rows) : many]
            self._rows += contact_history.rows(self.services.store.read(), more)
            self._draw()
        self._talks.move(lines)

    def _walk(self, lines: int) -> int | None:
        """Move the cursor for a conversation above; the id that it is then on, or None at the end."""
        before = self._row
        self._move(lines)
        row = self._row
        return row.id if row is not None and row != before else None

    def do_move_open(self) -> None:
        """Open the conversation under the cursor."""
        row = self._row
        if row is not None:
            self.services.navigator.open_conversation(row.id, walk=self._walk)

    def do_contact_details(self) -> None:
        """Show or hide all that is known of them."""
        self._facts_wanted = not self._facts_wanted
        self._draw()

    def targets(self) -> tuple[int, ...]:
        """The newest conversation that is theirs: what is done to it as a person, such as VIP, is done to them."""
        mine = {known.id for known in self._person.authors} if self._person is not None else set()
        return tuple(row.id for row in self._rows if row.author_id in mine)[:1]

    def after_action(self, outcome: Any) -> None:
        self.show_person()

"""The handover: its items, ticked and taken by the next one; the words and the signature of who leaves."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.widgets import Static

from cminbox.commands import by_id
from cminbox.config import ViewConfig
from cminbox.screens.base import BaseScreen
from cminbox.screens.handover import data
from cminbox.screens.handover.acts import HandoverActs
from cminbox.screens.handover.data import Shown
from cminbox.screens.handover.reader import HandoverReader
from cminbox.screens.last_line import keys_that_matter
from cminbox.screens.list_movement import ListMovement, PageMovement
from cminbox.screens.services import Services
from cminbox.store import handovers
from cminbox.store.handovers import Item
from cminbox.widgets.item_list import ItemList
from cminbox.widgets.styled_lines import MUTED, Line, content

if TYPE_CHECKING:
    from textual import events

WIDE = 120
"""Columns from which all of an item, and the words, stand beside the list."""
DETAILS = 4
"""Lines of an item's details below the list."""


class HandoverScreen(BaseScreen):
    """One handover: the shift so far, one that waits to be taken, or one of before."""

    CONTEXT: ClassVar[str] = "handover"
    CSS_PATH = "screen.tcss"

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._head = Static("", id="handover-head", markup=False)
        self._list = ItemList(id="handover-list")
        self._details = Static("", id="handover-details", markup=False)
        self._words = Static("", id="handover-words", markup=False)
        self.shown: Shown | None = None
        self._reader = HandoverReader(services, self._begin, self.show, self.say_error)
        self.side = "items"
        """What the list shows: the items, what left it, or what happened since this member was last here."""
        self.command_parts = (
            ListMovement(self.key_reader, self.move),
            PageMovement(self.move, self._list.page_sizes),
            HandoverActs(services, self, self._reader),
        )

    def compose_body(self) -> ComposeResult:
        yield self._head
        with Container(id="handover-body"):
            yield self._list
            with VerticalScroll(id="handover-beside", can_focus=False):
                yield self._details
                yield self._words

    def footer(self) -> Iterable[tuple[str, str]]:
        """Those that do something with the handover that is shown."""
        return keys_that_matter(self.services, self.CONTEXT, data.useless(self.shown, self.services.member))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self.run_worker(work, group="reading")

    def on_mount(self) -> None:
        self._head.update(content([(("‹ queue   ", MUTED), ("handover   ", "bold"), ("reading …", ""))]))
        self._reader.read()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= WIDE, "-wide")
        self.call_after_refresh(self._draw)

    def store_changed(self) -> None:
        self._reader.read()

    def minute_passed(self) -> None:
        self._reader.read()

    def after_action(self, outcome: Any) -> None:
        self._reader.read()

    def do_view_refresh(self) -> None:
        self._reader.read()

    def show(self, shown: Shown) -> None:
        """Show what was read."""
        fresh = self.shown is None or self.shown.one.id != shown.one.id
        self.shown = shown
        if self.is_open:
            self._draw()
            if fresh and shown.one.id:
                # What this member was told of it is acknowledged by that.
                key = handovers.notice_key(shown.one.id)
                self.in_worker(self.call(self.services.desk.presence.reads, key))

    # showing

    @property
    def _me(self) -> str:
        return self.services.member.handle

    def _draw(self) -> None:
        shown = self.shown
        if shown is None:
            return
        self.last_line.widget.keys = tuple(self.footer())
        now, zone, width = self.services.clock(), self.services.config.zone, max(self.size.width - 2, 40)
        self._head.update(content(data.head(shown, self._me, now, zone, width)))
        room = max(self._list.size.width - 3, 30)
        if self.side == "left":
            lines = [[data.left_line(item, room)] for item in shown.left]
            self._list.show(lines, empty=("Nothing left the list since the handover before.",))
        elif self.side == "news":
            rows = [[line] for line in data.news_lines(shown.news, room)]
            self._list.show(rows, empty=("Nothing happened since you were last here.",))
        else:
            self._list.show(data.rows(shown.items, shown, self._me, room), empty=data.EMPTY)
        self._draw_beside()

    def _draw_beside(self) -> None:
        shown = self.shown
        if shown is None:
            return
        services, wide = self.services, self.has_class("-wide")
        width = max(self._details.size.width, 30)
        now, zone = services.clock(), services.config.zone
        # The list has the line already, where there is no room beside it.
        details = data.details(self.here, shown, self._me, now, zone, width, titled=wide)
        shown_details = details if wide else details[:DETAILS]
        self._details.update(content(shown_details))
        self._details.display = bool(shown_details)
        key = services.keys_for("handover.left", self.CONTEXT)
        words: list[Line] = [*data.words_lines(shown, self._me, width)]
        if last := data.last_row(shown, key):
            words.append(last)
        self._words.update(content(words))

    @property
    def here(self) -> Item | None:
        """The item under the cursor; None where there is none, or the list shows something else."""
        rows = self._rows
        return rows[min(self._list.cursor, len(rows) - 1)] if rows else None

    @property
    def _rows(self) -> tuple[Item, ...]:
        if self.shown is None or self.side == "news":
            return ()
        return self.shown.left if self.side == "left" else self.shown.items

    def targets(self) -> tuple[int, ...]:
        """The conversation of the item."""
        here = self.here
        return (here.conversation_id,) if here is not None and here.conversation_id is not None else ()

    def move(self, lines: int) -> None:
        self._list.move(lines)
        self._draw_beside()

    def _turn(self, steps: int) -> None:
        """Show the next handover that there is."""
        if self.shown is not None:
            numbers = self.shown.numbers
            place = numbers.index(self.shown.one.id) if self.shown.one.id in numbers else 0
            self.side = "items"
            self._list.move(-self._list.cursor)
            self._reader.choose(numbers[(place + steps) % len(numbers)])

    def do_view_next(self) -> None:
        """Show the next one: those that wait, the shift so far, those of before."""
        self._turn(1)

    def do_view_previous(self) -> None:
        """Show the one before."""
        self._turn(-1)

    def do_handover_left(self) -> None:
        """Show what left the list since the handover before, or the items again."""
        self._show_side("left")

    def do_handover_news(self) -> None:
        """Show what happened since this member was last here, or the items again."""
        self._show_side("news")

    def _show_side(self, side: str) -> None:
        self.side = "items" if self.side == side else side
        self._list.move(-self._list.cursor)
        self._draw()

    def do_app_back(self) -> None:
        """Back to the items, then to where one came from."""
        if self.side != "items":
            self._show_side(self.side)
        else:
            super().do_app_back()

    def do_move_open(self) -> None:
        """Open what an item is about: a conversation, the list that it stands for, the sources."""
        here = self.here
        if here is None:
            return
        if here.conversation_id is not None:
            self.services.navigator.open_conversation(here.conversation_id)
        elif here.query or here.ids:
            ids = frozenset(here.ids) if here.ids else None
            self.services.navigator.open_list(ViewConfig("handover", here.query, ids=ids, about=here.line))
        elif here.kind == "source" and (command := by_id("go.sources", self.services.commands)) is not None:
            self.run_command(command)

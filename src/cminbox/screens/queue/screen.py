"""The queue: views, list, preview. What it finds is in `queue_find`, how it stays alive in `queue_live`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual import events, getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.strip import Strip

from cminbox.model import Conversation
from cminbox.screens.base import BaseScreen
from cminbox.screens.queue.follow import Living
from cminbox.screens.queue.opening import Opening
from cminbox.screens.queue.preview_text import preview_of
from cminbox.screens.queue.rows import QueueRows
from cminbox.screens.queue.search import Finding
from cminbox.screens.queue.session import Keeping
from cminbox.screens.queue.side import QueueSide
from cminbox.screens.queue.state import QueueState, first_with_something
from cminbox.store import conversations
from cminbox.terminal.diff_app import FrugalApp
from cminbox.widgets.preview import PreviewPane
from cminbox.widgets.queue_columns import paint
from cminbox.widgets.queue_row import STYLES, Someone
from cminbox.widgets.status import KeysLine
from cminbox.widgets.status_header import QueryLine, ViewsLine
from cminbox.widgets.windowed_list import Look, WindowedList

if TYPE_CHECKING:
    from cminbox.desk import Outcome

WIDE = 120
"""From this many columns on, the conversation of the cursor stands beside the list."""
FIRST_REST = 0.01
PREVIEW_DELAY = 0.08
"""Without a key for so long, the conversation of the cursor is shown: longer than the 30 to 50 milliseconds between the
repeats of a key that is held, so that a slow line carries only the rows that the cursor passes."""
SIDE_DELAY = 0.03
"""Beside the list there is more to draw than below it: so much longer."""
FEW = 500
"""Rows that an action changed are read one by one up to this many; more, and the list is read anew."""


class QueueList(WindowedList[Conversation]):
    """The list of the queue, with the styles of its lines."""

    app = getters.app(FrugalApp)
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"queue--{name}" for name in STYLES}

    def styles_of_lines(self) -> dict[str, Style]:
        """The styles by the names that `queue_columns.paint` uses."""
        lines = {name: self.get_component_rich_style(f"queue--{name}", partial=True) for name in STYLES}
        return {**lines, "line": self.rich_style, "cursor": self.rich_style + lines["cursor"]}

    def drawn_ahead(self, strip: Strip) -> None:
        """Its cells can be worked out before it is shown."""
        self.app.expect((strip,))


class QueueScreen(Finding, Living, Keeping, Opening, BaseScreen):
    """Where one starts, and comes back to."""

    CONTEXT = "queue"
    COUNTS = True

    def __init__(self) -> None:
        super().__init__()
        # The first frame is right already; from then on the breakpoints keep it so.
        self.set_class(self.app.size.width >= WIDE, "-wide", update=False)
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide"), (200, "-widest")]
        self.state = QueueState(self.app.config, self.app.member)
        self.source: QueueRows | None = None
        self.people: Mapping[int, Sequence[Someone]] = {}
        self.views_line = ViewsLine(id="views")
        self.query_line = QueryLine(id="query")
        self.queue = QueueList(self._draw, id="queue-list")
        self.side = QueueSide(id="queue-side")
        self._lines: dict[str, Style] = {}
        self._now = self.app.clock()
        self.count_now = asyncio.Event()
        self.note_shown()

    def compose_body(self) -> ComposeResult:
        """Two lines, the list with room beside it, the preview."""
        yield self.views_line
        yield self.query_line
        with Horizontal(id="queue-body"):
            yield self.queue
            yield self.side
        yield PreviewPane(id="preview")

    def on_mount(self) -> None:
        """Show the first page before anything else is looked at."""
        super().on_mount()
        known = self.take_up()
        if not known:
            self._begin()
        self.open_view(keep=self.was, then=partial(self._taken_up, known))
        # A moment of rest: the thread that writes to the terminal has the interpreter for itself.
        self.call_after_refresh(self.set_timer, FIRST_REST, self.come_alive)

    def _taken_up(self, known: bool) -> None:
        if self.was is not None:
            self.queue.show_on_line(self.was_line)
        if known and not self.queue.rows and not self.state.filter:
            # What waited there is done: there is something else.
            self._begin()
            self.open_view()

    def _begin(self) -> None:
        self.state.go(first_with_something(self.app.store.read(), self.state, self._now))

    def _draw(self, row: Conversation, width: int, look: Look) -> Strip:
        if not self._lines:
            self._lines = self.queue.styles_of_lines()
        return paint(
            row,
            width,
            self._lines,
            now=self._now,
            me=self.app.member.handle,
            present=self.people.get(row.id, ()),
            cursor=look.cursor,
            marked=look.marked,
            columns=self.state.columns,
        )

    def notify_style_update(self) -> None:
        """Another theme, other styles."""
        super().notify_style_update()
        self._lines = {}

    def show_head(self, new: int | None = None) -> None:
        """Bring the first two lines and what is marked up to date."""
        state = self.state
        self.views_line.here = state.here
        self.views_line.tabs = state.tabs()
        line = self.query_line
        line.view = state.config.views[state.here].query or "everything"
        line.filter, line.search, line.order = state.filter, state.search, state.order
        if new is not None:
            line.new = new
        self.show_marks()

    def show_marks(self) -> None:
        """Say in the last line how many are marked."""
        marked = len(self.queue.marks)
        words = f"{marked:,} marked" if marked else ""
        if self.queue.ranging:
            words += " range"
        self.query_one("#keys-line", KeysLine).aside = words

    @on(WindowedList.CursorMoved)
    def _cursor_moved(self) -> None:
        self.preview_soon(PREVIEW_DELAY)

    def show_preview(self) -> None:
        """Show the conversation of the cursor below the list, or beside it."""
        self.read_what_came()
        row = self.queue.row
        wide = self.size.width >= WIDE
        if not wide:
            pane = self.query_one("#preview", PreviewPane)
            people = () if row is None else self.people.get(row.id, ())
            me, now = self.app.member.handle, self.app.clock()
            pane.shown = None if row is None else preview_of(row, people, me, now)
        self.side_soon(row, SIDE_DELAY if wide else None)

    def targets(self) -> tuple[int, ...]:
        """What is marked; else the conversation of the cursor, and with a count those after it."""
        if self.queue.marks:
            return tuple(self.queue.marks)
        rows = self.queue.rows[self.queue.index : self.queue.index + (self.count if self.counted else 1)]
        return tuple(row.id for row in rows)

    def after_action(self, outcome: Outcome) -> None:
        """What left the view leaves the list; what stays is shown as it is now."""
        # What it did not come to stays marked, and so does what was marked while it ran.
        self.queue.set_marks(self.queue.marks.difference(outcome.changed, (number for number, _ in outcome.skipped)))
        self.show_marks()
        self.refresh_changed(outcome.changed)
        self.count_soon()

    def refresh_changed(self, ids: Sequence[int]) -> None:
        """Bring what this member changed into the list, and out of it, at once."""
        if self.source is None or not ids:
            return
        known = {row.id for row in self.queue.rows}
        here = [number for number in ids if number in known]
        if len(ids) > FEW:
            self.open_view(keep=self.queue.row, quiet=True)
            return
        if len(here) < len(ids):
            self.open_view(keep=self.queue.row)
            return
        stay = self.source.still_in(here)
        self.queue.replace(conversations.many(self.app.store.read(), stay))
        self.queue.take_out(set(here) - stay)
        self.show_empty()

    def on_resize(self, event: events.Resize) -> None:
        """The conversation moves beside the list, or back below."""
        if self.source is not None:
            self.preview_soon(PREVIEW_DELAY)

    def walk(self, step: int) -> int | None:
        """Move the cursor for a screen above; the id that it is then on, or None at the end."""
        before = self.queue.row
        self.queue.move(step)
        row = self.queue.row
        return row.id if row is not None and (before is None or row.id != before.id) else None

    def go_past(self, ids: tuple[int, ...]) -> bool:
        """Down to the first that is none of these. What left the list has made room for it already."""
        done = set(ids)
        for _ in range(FEW):
            row = self.queue.row
            if row is None or row.id not in done:
                break
            self.queue.move(1)
            if self.queue.row is row:
                break
        return True

    def do_move_down(self) -> None:
        """Next line, or as many as were counted."""
        self.queue.move(self.count)

    def do_move_up(self) -> None:
        """Line before."""
        self.queue.move(-self.count)

    do_move_next = do_move_down
    do_move_previous = do_move_up

    def do_move_top(self) -> None:
        """First line; with a count, that line."""
        if self.counted:
            self.queue.home()
            self.queue.move(self.count - 1)
        elif self.query_line.new or not self.queue.begins:
            self.open_view()
        else:
            self.queue.home()

    def do_move_half_down(self) -> None:
        """Half a page down."""
        self.queue.move(self.count * max(1, self.queue.size.height // 2))

    def do_move_half_up(self) -> None:
        """Half a page up."""
        self.queue.move(-self.count * max(1, self.queue.size.height // 2))

    def do_move_page_down(self) -> None:
        """A page down."""
        self.queue.move(self.count * max(1, self.queue.size.height - 1))

    def do_move_page_up(self) -> None:
        """A page up."""
        self.queue.move(-self.count * max(1, self.queue.size.height - 1))

    @on(WindowedList.RowChosen)
    def do_move_open(self) -> None:
        """Open the conversation of the cursor."""
        if self.queue.row is not None:
            self.open_conversation(self.queue.row.id, walk=self.walk)

    def do_reply_write(self) -> None:
        """Open it with its composer."""
        if self.queue.row is not None:
            self.open_conversation(self.queue.row.id, reply=True, walk=self.walk)

    def do_reply_write_next(self) -> None:
        """Open it with its composer; the next one follows."""
        if self.queue.row is not None:
            self.open_conversation(self.queue.row.id, reply=True, then_next=True, walk=self.walk)

    def do_mark_toggle(self) -> None:
        """Mark and go on to the next, so that marking in a row is one key."""
        for _ in range(self.count):
            self.queue.toggle_mark()
            self.queue.move(1)
        self.show_marks()

    def do_mark_range(self) -> None:
        """Begin or end a range of marks."""
        self.queue.toggle_range()
        self.show_marks()

    def do_mark_none(self) -> None:
        """Take all marks off."""
        self.queue.set_marks(())
        self.show_marks()

    def do_look_why(self) -> None:
        """Show every reason for the priority, or one line again."""
        if self.size.width >= WIDE:
            self.side_why()
        else:
            pane = self.query_one("#preview", PreviewPane)
            pane.why = not pane.why

    def do_conversation_open_url(self) -> None:
        """Show where the newest message is on the network, and open it where there is a browser."""
        if self.queue.row is not None:
            self.open_link(self.queue.row.id)

    def do_app_back(self) -> None:
        """Drop the range, the marks, the search, the filter, one after the other."""
        if self.app.stop_deed():
            return
        if self.queue.ranging:
            self.queue.toggle_range()
        elif self.queue.marks:
            self.queue.set_marks(())
        elif self.state.search:
            self.state.search = ""
            self.note_shown()
        elif self.state.filter:
            self.state.filter = ""
            self.open_view(keep=self.queue.row)
        else:
            self.say(f"this is the queue; {self.app.keys_for('app.quit', 'queue') or ':quit'} leaves")
        self.show_head()

"""A conversation as one widget: state, who, thread, why, contact, last events. Used wherever one is shown."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from cminbox.model import band
from cminbox.screens import conversation_data as data
from cminbox.widgets.cells import counted
from cminbox.widgets.cells import width as cells
from cminbox.widgets.contact import Facts, Why, why_line
from cminbox.widgets.message_view import ACCENT, ALARM, CARE, MUTED, fit, literal
from cminbox.widgets.thread import ThreadView

WIDE, HUGE = 120, 180
"""Columns from which the side stands beside the thread, and from which the contact has a column of its own."""


class ConversationPane(Container):
    """Shows a `View`; a narrow one shows the side only when asked (`show_side`)."""

    DEFAULT_CSS = """
    ConversationPane { height: 1fr; width: 1fr; layout: vertical; }
    ConversationPane .pane--line {
        height: 1; width: 1fr; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis;
    }
    ConversationPane .pane--body { layout: horizontal; height: 1fr; margin-top: 1; }
    ConversationPane ThreadView { width: 1fr; height: 1fr; }
    ConversationPane .pane--side {
        display: none; width: 36; height: 1fr; margin-left: 2; padding: 0 1 0 1;
        border-left: solid $border-blurred; scrollbar-size-vertical: 1;
    }
    ConversationPane.-side .pane--side { display: block; }
    ConversationPane.-side .pane--why-line { display: none; }
    ConversationPane.-huge .pane--side { width: 84; layout: horizontal; }
    ConversationPane .pane--column { height: auto; width: 1fr; }
    """

    def __init__(self, *, crumb: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self._crumb = crumb
        self._toggled = False
        self._columns = 0
        self._me = ""
        self._complete = False
        self.view: data.View | None = None

    def on_mount(self) -> None:
        """What was to be shown before there was anything to show it in."""
        self._complete = True
        if self.view is not None:
            self.show(self.view, self._me)

    def compose(self) -> ComposeResult:
        """State and who in a line each, then the thread with the side beside it."""
        yield Static("", classes="pane--line pane--state", markup=False)
        yield Static("", classes="pane--line pane--who", markup=False)
        with Container(classes="pane--body"):
            yield ThreadView()
            with VerticalScroll(classes="pane--side", can_focus=False):
                with Vertical(classes="pane--column"):
                    yield Why(classes="pane--why")
                with Vertical(classes="pane--column"):
                    yield Facts("contact", classes="pane--contact")
                    yield Facts("last events", classes="pane--events")
        yield Static("", classes="pane--line pane--why-line", markup=False)

    def fit_to(self, columns: int) -> None:
        """Fits the layout to the width of the screen it is on."""
        self._columns = columns
        self.set_class((columns >= WIDE) != self._toggled, "-side")
        self.set_class(columns >= HUGE, "-huge")
        self._draw_lines()

    def toggle_side(self) -> None:
        """Shows or hides why, contact and events beside the thread."""
        self._toggled = not self._toggled
        self.fit_to(self._columns)

    @property
    def side_shown(self) -> bool:
        """Whether the whole why can be read."""
        return self.has_class("-side")

    @property
    def thread(self) -> ThreadView:
        """The thread."""
        return self.query_one(ThreadView)

    def show(self, view: data.View, me: str) -> None:
        """Shows a conversation; the same one again keeps the reader's place."""
        again = self.view is not None and self.view.row.id == view.row.id
        self.view, self._me = view, me
        if not self._complete:
            return
        row = view.row
        self.query_one(".pane--who", Static).update(self._who(view))
        empty = "Every message of it was deleted on the network." if row.gone else ""
        self.thread.show(view.entries, view.now, keep=again, empty=empty)
        self.query_one(".pane--contact", Facts).show(data.contact_rows(view))
        self.query_one(".pane--events", Facts).show(data.event_rows(view.events, me, view.now))
        self.query_one(Why).explain(row.priority, band(row.priority), row.reasons, by=row.priority_by)
        self._draw_lines()

    def _who(self, view: data.View) -> Content:
        row = view.row
        words = [literal(data.who_words(row), MUTED)] if data.who_words(row) else []
        if row.crisis:
            words.append(literal(f"crisis {row.crisis}", ALARM))
        if row.labels:
            words.append(literal(" ".join(row.labels), ACCENT))
        if view.earlier:
            words.append(Content.styled(counted(view.earlier, "earlier message"), MUTED))
        if others := data.others_words(view):
            words.append(literal(others, CARE))
        return Content("   ").join(words) if words else Content.styled(f"{row.kind} on {row.source}", MUTED)

    def _state(self, view: data.View, room: int) -> Content:
        """The first line. Where it is narrow its context gives way; when a reply is due and who holds it never do."""
        row = view.row
        who = f"@{row.handle}" if row.handle else row.name
        due = data.due_words(row, view.now)
        parts = {
            "network": literal(row.network),
            "who": literal(who, "bold"),
            "status": literal(row.status),
            "priority": literal(f"{row.priority} {band(row.priority)}"),
            "due": literal(due, f"bold {ALARM}" if data.overdue(row, view.now) else ""),
            "holder": literal(data.holder_words(view, self._me)),
        }

        crumb = self._crumb

        def line() -> Content:
            shown = [part for part in parts.values() if part.plain]
            return Content.styled(crumb, MUTED) + Content.styled(" · ", MUTED).join(shown)

        def over() -> int:
            return line().cell_length - room

        local, _, server = who[1:].partition("@")
        if over() > 0 and row.handle and server:
            parts["who"] = literal(f"@{local}", "bold")
        if over() > 0:
            del parts["network"]
        if over() > 0 and row.status == "open":
            del parts["status"]
        if over() > 0:
            parts["priority"] = literal(str(row.priority))
        if over() > 0:
            crumb = crumb[:2]
        if over() > 0 and due.startswith("reply "):
            parts["due"] = literal(due.removeprefix("reply "))
        if over() > 0:
            name = parts["who"].plain
            parts["who"] = literal(fit(name, max(cells(name) - over(), 10)), "bold")
        return line()

    def _draw_lines(self) -> None:
        if self.view is not None and self._complete:
            row, room = self.view.row, max(self.size.width - 2, 20)
            self.query_one(".pane--state", Static).update(self._state(self.view, room))
            self.query_one(".pane--why-line", Static).update(why_line(row.priority, row.reasons, room))

    def on_resize(self) -> None:
        """The why line is cut to the width there is."""
        self._draw_lines()

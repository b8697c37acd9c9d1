"""A conversation as one widget: state, who, thread, why, contact, last events. Used wherever one is shown."""

from __future__ import annotations

from collections.abc import Sequence

from cminbox.model import band
from cminbox.screens.conversation import data
from cminbox.widgets.cells import counted, cut
from cminbox.widgets.contact import facts_lines, why_line, why_lines
from cminbox.widgets.conversation_view import TalkView
from cminbox.widgets.lines import Line, Piece, plain, safe, size
from cminbox.widgets.message_view import ACCENT, ALARM, CARE, MUTED, fit

WIDE, HUGE = 120, 180
"""Columns from which the side stands beside the thread, and from which the contact has a column of its own."""


class ConversationPane(TalkView):
    """Shows a `View`; a narrow one shows the side only when asked.

    Args:
        crumb: what stands before the state: where going back leads.
        footed: whether the reasons stand in the last line where the side is not shown.
        narrow: columns of a side beside the thread, where the contact has none of its own.
    """

    def __init__(self, *, crumb: str = "", footed: bool = True, narrow: int = 36, id: str | None = None) -> None:
        super().__init__(id=id)
        self.footed = footed
        self._crumb, self._narrow = crumb, narrow
        self._toggled = False
        self._columns = 0
        self._stacked = False
        self._me = ""
        self.view: data.View | None = None

    def fit_to(self, columns: int, *, stacked: bool = False) -> None:
        """Fits the layout to the width of the screen it is on; `stacked`: the side stands below the thread."""
        if self._fit(columns, stacked=stacked):
            self.lay_out(again=True)

    def _fit(self, columns: int, *, stacked: bool = False) -> bool:
        before = (self.side, self.side_width)
        self._columns, self._stacked = columns, stacked
        shown = (stacked or columns >= WIDE) != self._toggled
        self.side = ("below" if stacked else "beside") if shown else ""
        self.side_columns = 2 if columns >= HUGE else 1
        self.side_width = 84 if columns >= HUGE else self._narrow
        return before != (self.side, self.side_width)

    def toggle_side(self) -> None:
        """Shows or hides why, contact and events beside the thread."""
        self._toggled = not self._toggled
        self.fit_to(self._columns, stacked=self._stacked)

    def clear(self) -> None:
        """Shows nothing, as it was made."""
        self.view, self._toggled = None, False
        self.show_thread((), 0)

    @property
    def side_shown(self) -> bool:
        """Whether the whole why can be read."""
        return bool(self.side)

    def open(self, view: data.View, me: str, columns: int) -> None:
        """Shows a conversation from its newest message on, on a screen so wide, with the side if there is room."""
        self.view, self._toggled = None, False
        self._fit(columns)
        self.show(view, me)

    def show(self, view: data.View, me: str) -> None:
        """Shows a conversation; the same one again keeps the reader's place."""
        if view is self.view:
            return
        again = self.view is not None and self.view.row.id == view.row.id
        self.view, self._me = view, me
        empty = "Every message of it was deleted on the network." if view.row.gone else ""
        self.show_thread(view.entries, view.now, again=again, empty=empty)

    @property
    def text(self) -> str:
        """The thread as plain text, as wide as it is drawn."""
        return "\n".join(plain(line).rstrip() for line in self.tail.whole)

    @property
    def around(self) -> str:
        """What stands around the thread, or would where there is room, as plain text."""
        lines = [*self.head(max(self.size.width - 2, 20)), self.foot(max(self.size.width - 2, 20))]
        return "\n".join(map(plain, [*lines, *(line for column in self.aside(40) for line in column)]))

    def head(self, room: int) -> Sequence[Line]:
        """State and who, in a line each."""
        return (self._state(self.view, room), self._who(self.view, room)) if self.view is not None else ()

    def foot(self, room: int) -> Line:
        """The reasons in one line."""
        return why_line(self.view.row.priority, self.view.row.reasons, room) if self.view is not None else ()

    def aside(self, room: int) -> Sequence[Sequence[Line]]:
        """Why; contact and last events, in a column of their own where there is room for it."""
        view = self.view
        if view is None:
            return ()
        row = view.row
        why = why_lines(row.priority, band(row.priority), row.reasons, room, by=row.priority_by)
        known = facts_lines("contact", data.contact_rows(view), room)
        if log := data.event_rows(view.events, self._me, view.now):
            known = [*known, (), *facts_lines("last events", log, room)]
        return ([*why, (), *known],) if self.side_columns == 1 else (why, known)

    def _who(self, view: data.View, room: int) -> Line:
        row = view.row
        words: list[Piece] = []
        if about := data.who_words(row):
            words.append(safe(about, MUTED))
        if row.crisis:
            words.append(safe(f"crisis {row.crisis}", ALARM))
        if row.labels:
            words.append(safe(" ".join(row.labels), ACCENT))
        if view.earlier:
            words.append((counted(view.earlier, "earlier message"), MUTED))
        if others := data.others_words(view):
            words.append(safe(others, CARE))
        if not words:
            words.append(safe(f"{row.kind} on {row.source}", MUTED))
        return _fitted(_joined(words, ("   ", "")), room)

    def _state(self, view: data.View, room: int) -> Line:
        """The first line. Where it is narrow its context gives way; when a reply is due and who holds it never do."""
        row = view.row
        who = f"@{row.handle}" if row.handle else row.name
        due = data.due_words(row, view.now)
        late = f"bold {ALARM}" if data.overdue(row, view.now) else ""
        parts = {
            "network": safe(row.network),
            "who": safe(who, "bold"),
            "status": safe(row.status),
            "priority": safe(f"{row.priority} {band(row.priority)}"),
            "due": safe(due, late),
            "holder": safe(data.holder_words(view, self._me)),
        }
        crumb = self._crumb

        def line() -> Line:
            return (crumb, MUTED), *_joined([part for part in parts.values() if part[0]], (" · ", MUTED))

        def over() -> int:
            return size(line()) - room

        local, _, server = who[1:].partition("@")
        if over() > 0 and row.handle and server:
            parts["who"] = safe(f"@{local}", "bold")
        if over() > 0:
            del parts["network"]
        if over() > 0 and row.status == "open":
            del parts["status"]
        if over() > 0:
            parts["priority"] = (str(row.priority), "")
        if over() > 0:
            crumb = crumb[:2]
        if over() > 0 and due.startswith("reply "):
            parts["due"] = safe(due.removeprefix("reply "), late)
        if over() > 0:
            name = parts["who"][0]
            parts["who"] = safe(fit(name, max(size((parts["who"],)) - over(), 10)), "bold")
        return _fitted(line(), room)


def _joined(pieces: Sequence[Piece], between: Piece) -> Line:
    found: list[Piece] = []
    for piece in pieces:
        found += [between, piece] if found else [piece]
    return tuple(found)


def _fitted(line: Line, room: int) -> Line:
    """A line cut with an ellipsis where it is longer."""
    if size(line) <= room:
        return line
    found: list[Piece] = []
    for text, style in line:
        left = room - size(tuple(found))
        found.append((cut(text, left), style))
        if size((found[-1],)) < size(((text, style),)):
            break
    return tuple(found)

"""A conversation as one widget: its thread, and around it state, who, why, contact and last events."""

from __future__ import annotations

from cminbox.screens.conversation.data import ConversationDetails
from cminbox.screens.conversation.summary import ConversationSummary
from cminbox.widgets.styled_lines import plain
from cminbox.widgets.thread_view import SideLayout, SideWhere, ThreadView

WIDE, HUGE = 120, 180
"""Columns from which the side stands beside the thread, and from which the contact has a column of its own."""


class ConversationPane(ThreadView):
    """Shows `ConversationDetails`; a narrow one shows the side only when asked.

    Args:
        crumb: what stands before the state: where going back leads.
        footed: whether the reasons stand in the last line where the side is not shown.
        narrow: columns of a side beside the thread, where the contact has none of its own.
        talks_key: the key that leads to the other conversations of the same person; empty for none.
    """

    def __init__(
        self, *, crumb: str = "", footed: bool = True, narrow: int = 36, talks_key: str = "", id: str | None = None
    ) -> None:
        self.summary = ConversationSummary(crumb, footed=footed, talks_key=talks_key)
        super().__init__(self.summary, id=id)
        self.chosen: int | None = None
        """Id of the message that the cursor is on; None: no cursor is shown."""
        self._narrow = narrow
        self._toggled = False
        self._columns = 0
        self._stacked = False

    @property
    def details(self) -> ConversationDetails | None:
        """The conversation that is shown; None before one is."""
        return self.summary.details

    @property
    def around(self) -> str:
        """What stands around the thread, or would where there is room, as plain text."""
        room = max(self.size.width - 2, 20)
        lines = [*self.summary.head(room), self.summary.foot(room)]
        lines += [line for column in self.summary.side(40, self.side.columns) for line in column]
        return "\n".join(map(plain, lines))

    def fit_to(self, columns: int, *, stacked: bool = False) -> None:
        """Fit the layout to the width of the screen it is on; `stacked`: the side stands below the thread."""
        before = self.side
        self._choose_side(columns, stacked=stacked)
        if self.side != before:
            self.lay_out(keep=True)

    def _choose_side(self, columns: int, *, stacked: bool = False) -> None:
        self._columns, self._stacked = columns, stacked
        shown = (stacked or columns >= WIDE) != self._toggled
        where: SideWhere = ("below" if stacked else "beside") if shown else ""
        self.side = SideLayout(where, 84, 2) if columns >= HUGE else SideLayout(where, self._narrow)

    def toggle_side(self) -> None:
        """Show or hide why, contact and events beside the thread."""
        self._toggled = not self._toggled
        self.fit_to(self._columns, stacked=self._stacked)

    def open(self, details: ConversationDetails | None, columns: int) -> None:
        """Show a conversation from its newest message on, on a screen so wide; None: nothing, as it was made."""
        self.summary.details, self._toggled = None, False
        self._choose_side(columns)
        if details is None:
            self.show_entries((), 0)
        else:
            self.show(details)

    def show(self, details: ConversationDetails) -> None:
        """Show a conversation; the same one again keeps the reader's place."""
        before, self.summary.details = self.summary.details, details
        same = before is not None and before.row.id == details.row.id
        empty = "Every message of it was deleted on the network." if details.row.gone else ""
        chosen = "" if self.chosen is None else f"message {self.chosen}"
        self.show_entries(details.entries, details.now, keep=same, empty=empty, chosen=chosen)

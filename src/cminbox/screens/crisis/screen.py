"""Crises: those that run, what is known of one, its timeline; declaring, updating, ending."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from cminbox.screens.base import BaseScreen
from cminbox.screens.crisis.board import CrisisBoard
from cminbox.screens.crisis.commands import CrisisCommands
from cminbox.screens.list_movement import ListMovement
from cminbox.screens.services import Services
from cminbox.widgets.styled_lines import ALARM, MUTED, content

if TYPE_CHECKING:
    from textual import events

WIDE = 120
"""Columns from which list, timeline and facts stand side by side."""
HALF_PAGE = 5
"""Lines by which half a page moves the timeline."""


class CrisisScreen(BaseScreen):
    """The list of crises, and the one under the cursor."""

    CONTEXT: ClassVar[str] = "crisis"
    CSS_PATH = "screen.tcss"

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._head = Static("", id="crisis-head", markup=False)
        self.board = CrisisBoard(self.services.member, id="crisis-columns")
        self.command_parts = (
            ListMovement(self.key_reader, self._move),
            CrisisCommands(self, lambda: self.board.here, self.show_crises, self._go_to),
        )

    def compose_body(self) -> ComposeResult:
        """A heading, and the crises."""
        yield self._head
        yield self.board

    def on_mount(self) -> None:
        """Show them."""
        super().on_mount()
        self.show_crises()

    def on_resize(self, event: events.Resize) -> None:
        """Side by side where there is room."""
        self.set_class(event.size.width >= WIDE, "-wide")
        self.call_after_refresh(self.show_crises)

    def on_screen_resume(self) -> None:
        """Back from its conversations."""
        if self.is_open:
            self.show_crises()

    def store_changed(self) -> None:
        """Somebody updated one, or conversations joined it."""
        self.show_crises()

    def minute_passed(self) -> None:
        """Countdowns run."""
        self.show_crises()

    def show_crises(self) -> None:
        """Read and show them again."""
        self.board.refresh_from(self.services.store.read(), self.services.clock())
        running = self.board.running
        state = (f"   {running} running", ALARM) if running else ("   none runs", MUTED)
        self._head.update(content([(("‹ queue   ", MUTED), ("crises", "bold"), state)]))

    def _move(self, lines: int) -> None:
        self.board.move(lines, self.services.store.read(), self.services.clock())

    def _go_to(self, crisis_id: int) -> None:
        self.board.move_to(crisis_id, self.services.store.read(), self.services.clock())

    def do_move_half_down(self) -> None:
        """Scroll the timeline down."""
        self.board.timeline.move(HALF_PAGE)

    def do_move_half_up(self) -> None:
        """Scroll the timeline up."""
        self.board.timeline.move(-HALF_PAGE)

    def do_view_refresh(self) -> None:
        """Read again now."""
        self.show_crises()

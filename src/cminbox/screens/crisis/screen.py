"""Crises: those that run, what is known of one, its timeline; declaring, updating, ending."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from cminbox.config import ViewConfig
from cminbox.errors import ActionError
from cminbox.number_format import count_of
from cminbox.screens.base import BaseScreen
from cminbox.screens.crisis import data, lead
from cminbox.screens.crisis.board import CrisisBoard
from cminbox.screens.list_movement import ListMovement, PageMovement
from cminbox.screens.pickers.crisis_form import SEVERITIES
from cminbox.screens.pickers.member import MemberPicker
from cminbox.screens.pickers.text import TextPrompt
from cminbox.screens.place_to_type import NoPlaceToType
from cminbox.screens.services import Services
from cminbox.store.crises import Crisis, notice_key
from cminbox.widgets.picker import Choice, Picker
from cminbox.widgets.styled_lines import ALARM, MUTED, content

if TYPE_CHECKING:
    from textual import events

WIDE = 120
"""Columns from which list, timeline and facts stand side by side."""


class CrisisScreen(BaseScreen):
    """The list of crises, and the one under the cursor: its conversations, updates, its end, what holds meanwhile."""

    CONTEXT: ClassVar[str] = "crisis"
    CSS_PATH = "screen.tcss"

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._head = Static("", id="crisis-head", markup=False)
        self.board = CrisisBoard(services, id="crisis-columns")
        timeline = self.board.timeline
        self.command_parts = (
            ListMovement(self.key_reader, self._move),
            PageMovement(timeline.move, timeline.page_sizes),
        )

    def compose_body(self) -> ComposeResult:
        yield self._head
        yield self.board

    def on_mount(self) -> None:
        self.show_crises()
        self._say_reading()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= WIDE, "-wide")
        self.call_after_refresh(self.show_crises)

    def on_screen_resume(self) -> None:
        if self.is_open:
            self.show_crises()
            self._say_reading()

    def store_changed(self) -> None:
        self.show_crises()

    def minute_passed(self) -> None:
        self.show_crises()

    def show_crises(self) -> None:
        """Read and show them again."""
        self.board.show()
        running = self.board.running
        state = (f"   {running} running", ALARM) if running else ("   none runs", MUTED)
        self._head.update(content([(("‹ queue   ", MUTED), ("crises", "bold"), state)]))

    def _move(self, lines: int) -> None:
        self.board.move(lines)
        self._say_reading()

    def _say_reading(self) -> None:
        """What this member was told of the crisis under the cursor is acknowledged by that: they are at the keys."""
        here = self.board.here
        if here is not None:
            self.in_worker(self.call(self.services.desk.presence.reads, notice_key(here.id)))

    def do_view_refresh(self) -> None:
        """Read and show them again."""
        self.show_crises()
        self._say_reading()

    async def do_conversation_ack(self) -> None:
        """Say that one knows of what was told of the crisis."""
        here = self.board.here
        if here is None:
            raise ActionError("no crisis under the cursor")
        many = await self.call(self.services.desk.crises.acknowledge, here.id)
        if many is not None:
            self.say(f"{here.name}: {count_of(many, 'notice')} acknowledged", undo=True)
            self.show_crises()

    def _running_here(self) -> Crisis:
        here = self.board.here
        if here is None or here.status != "running":
            raise NoPlaceToType(
                "that needs a running crisis", "move to one, or declare one with Enter on the last line"
            )
        return here

    async def do_move_open(self) -> None:
        """Its conversations; on the last line a declaration; on a proposed one, confirming or dismissing."""
        here = self.board.here
        if here is None:
            await self.do_crisis_declare()
        elif here.status == "proposed":
            await self._decide(here)
        else:
            self.do_crisis_conversations()

    def do_crisis_conversations(self) -> None:
        """Show its conversations, as a queue."""
        here = self.board.here
        if here is None:
            raise ActionError("no crisis under the cursor")
        self.services.navigator.open_list(ViewConfig(here.name, data.crisis_query(here)))

    async def do_crisis_declare(self, *words: str) -> None:
        """Declare one, and go to it."""
        made = await lead.declare(self, words)
        if made is not None and self.is_open:
            self.show_crises()
            self.board.move_to(made.id)

    async def _decide(self, crisis: Crisis) -> None:
        choices = [
            Choice("confirm", "Confirm: it is a crisis", "with a reason"),
            Choice("dismiss", "Dismiss: it is none", "with a reason"),
            Choice("look", "Look at its conversations"),
        ]
        chosen = await self.ask(Picker(f"{crisis.name} is proposed", choices))
        if chosen == "look":
            self.do_crisis_conversations()
        elif chosen is not None:
            reason = await self.ask(TextPrompt(f"{chosen} {crisis.name}: why?"))
            if reason:
                desk = self.services.desk.crises
                await self.call(desk.confirm if chosen == "confirm" else desk.dismiss, crisis.id, reason)
                self.show_crises()

    async def do_crisis_update(self, *words: str) -> None:
        """Write into the timeline, and promise the next update."""
        await lead.update(self, self._running_here(), words)
        self.show_crises()

    async def do_crisis_end(self, *words: str) -> None:
        """End it, with a reason."""
        await lead.end(self, self._running_here(), words)
        self.show_crises()

    async def do_crisis_set(self) -> None:
        """Change its severity, who leads it, or whether replies wait for approval."""
        here = self._running_here()
        self.services.check_may_write(asks=True)
        gate = "Replies go out as usual" if here.approval else "Replies wait for another member's approval"
        choices = [
            *(Choice(f"sev {n}", f"SEV {words}", marked=n == here.severity) for n, words in SEVERITIES.items()),
            Choice("lead", "Another lead…", here.lead),
            Choice("approval", gate),
        ]
        chosen = await self.ask(Picker(f"{here.name}: change", choices))
        if chosen is None:
            return
        update = self.services.desk.crises.update
        if chosen == "lead":
            handle = await self.ask(MemberPicker(self.services, here.lead))
            if handle and not handle.startswith("team:"):
                await self.call(update, here.id, lead=handle)
        elif chosen == "approval":
            await self.call(update, here.id, approval=not here.approval)
        else:
            await self.call(update, here.id, severity=int(chosen.removeprefix("sev ")))
        self.show_crises()

"""Crises: those that run, what is known of one, its timeline; declaring, updating, ending."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from cminbox.config import ViewConfig
from cminbox.errors import ActionError
from cminbox.query import Context
from cminbox.screens.base import BaseScreen
from cminbox.screens.crisis import data, lead
from cminbox.screens.list_movement import ListMovement
from cminbox.screens.queue.screen import QueueScreen
from cminbox.store import crises
from cminbox.widgets.charts_rows import Rows
from cminbox.widgets.contact import Facts
from cminbox.widgets.message_view import ACCENT, ALARM, MUTED, literal
from cminbox.widgets.picker import Choice, Picker
from cminbox.widgets.thread_view import ThreadView

if TYPE_CHECKING:
    from textual import events

    from cminbox.store.crises import Crisis

WIDE = 120


class CrisisScreen(BaseScreen):
    """The list of crises, and the one under the cursor."""

    CONTEXT: ClassVar[str] = "crisis"
    CSS_PATH = "screen.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.command_parts = (ListMovement(lambda: self.count, self.move),)
        self._crises: list[Crisis] = []
        self._shown = 0

    def compose_body(self) -> ComposeResult:
        """The list, the facts, the timeline."""
        yield Static("", id="crisis-head", markup=False)
        with Container(id="crisis-columns"):
            yield Rows(id="crisis-list")
            with VerticalScroll(id="crisis-facts", can_focus=False):
                yield Facts("crisis")
            with Container(id="crisis-time"):
                yield Static("timeline", id="crisis-time-head", markup=False)
                yield ThreadView(id="crisis-timeline")

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
        if self.standing:
            self.show_crises()

    def store_changed(self) -> None:
        """Somebody updated one, or conversations joined it."""
        self.show_crises()

    def minute_passed(self) -> None:
        """Countdowns run."""
        self.show_crises()

    @property
    def rows(self) -> Rows:
        """The list."""
        return self.query_one(Rows)

    @property
    def here(self) -> Crisis | None:
        """The crisis under the cursor; None on the line that declares a new one."""
        place = self.rows.cursor
        return self._crises[place] if place < len(self._crises) else None

    def show_crises(self) -> None:
        """Read and show them again."""
        conn, now = self.app.store.read(), self.app.clock()
        self._crises = crises.all(conn)
        running = sum(crisis.status == "running" for crisis in self._crises)
        self.query_one("#crisis-head", Static).update(
            Content.assemble(
                Content.styled("‹ queue   ", MUTED),
                Content.styled("crises", "bold"),
                Content.styled(f"   {running} running", ALARM) if running else Content.styled("   none runs", MUTED),
            )
        )
        width = max(self.rows.size.width - 3, 30)
        lines = [data.crisis_lines(crisis, width, now) for crisis in self._crises]
        self.rows.show([*lines, [literal(data.NEW, ACCENT)]])
        self._show_here()

    def _show_here(self) -> None:
        conn, now, here = self.app.store.read(), self.app.clock(), self.here
        facts, thread = self.query_one(Facts), self.query_one(ThreadView)
        if here is None:
            rows = [
                ("", "A crisis gathers the conversations of one incident, puts a line across every screen, and keeps"),
                ("", "a timeline. Declare one here with Enter, or with ! on conversations in the queue."),
            ]
            facts.show([("", " ".join(text for _, text in rows))], "nothing declared" if not self._crises else "new")
            thread.show_entries((), now, empty="Its timeline begins with the declaration.")
            self._shown = 0
            return
        member = self.app.member
        context = Context(now=now, member=member.handle, teams=member.teams)
        facts.show(data.facts(here, data.numbers(conn, here, context), now), here.name)
        entries = data.timeline_entries(crises.timeline(conn, here.id), member.handle)
        thread.show_entries(entries, now, keep=self._shown == here.id)
        self._shown = here.id

    def move(self, steps: int) -> None:
        """Move the cursor down by so many lines, or up where negative."""
        self.rows.move(steps)
        self._show_here()

    def do_move_half_down(self) -> None:
        """Half a page down the timeline."""
        self.query_one(ThreadView).move(5)

    def do_move_half_up(self) -> None:
        """Half a page up the timeline."""
        self.query_one(ThreadView).move(-5)

    def do_view_refresh(self) -> None:
        """Read again now."""
        self.show_crises()

    def _under_way(self) -> Crisis:
        here = self.here
        if here is None or here.status != "running":
            raise ActionError("that needs a running crisis", "move to one, or declare one with Enter on the last line")
        return here

    async def do_move_open(self) -> None:
        """Its conversations; on the last line a declaration; on a proposed one, confirming or dismissing."""
        here = self.here
        if here is None:
            await self.do_crisis_declare()
        elif here.status == "proposed":
            await self._decide(here)
        else:
            self.do_crisis_conversations()

    def do_crisis_conversations(self) -> None:
        """Its conversations, as a queue."""
        here = self.here
        if here is None:
            raise ActionError("no crisis under the cursor")
        self.app.push_screen(QueueScreen(ViewConfig(here.name, data.crisis_query(here))))

    async def do_crisis_declare(self, *words: str) -> None:
        """Declare one, and go to it."""
        made = await lead.declare(self, words)
        if made is not None and self.standing:
            self.show_crises()
            self.move([crisis.id for crisis in self._crises].index(made.id) - self.rows.cursor)

    async def _decide(self, crisis: Crisis) -> None:
        from cminbox.screens.pickers.pickers import TextPrompt

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
                desk = self.app.desk.crises
                await self.call(desk.confirm if chosen == "confirm" else desk.dismiss, crisis.id, reason)
                self.show_crises()

    async def do_crisis_update(self, *words: str) -> None:
        """Write into the timeline, and promise the next update."""
        await lead.update(self, self._under_way(), words)
        self.show_crises()

    async def do_crisis_end(self, *words: str) -> None:
        """End it, with a reason."""
        await lead.end(self, self._under_way(), words)
        self.show_crises()

    async def do_crisis_set(self) -> None:
        """Change its severity, who leads it, or whether replies wait for approval."""
        from cminbox.screens.pickers.crisis import SEVERITIES
        from cminbox.screens.pickers.pickers import MemberPicker

        here, desk = self._under_way(), self.app.desk.crises
        gate = "Replies go out as usual" if here.approval else "Replies wait for another member's approval"
        choices = [
            *(Choice(f"sev {n}", f"SEV {words}", marked=n == here.severity) for n, words in SEVERITIES.items()),
            Choice("lead", "Another lead…", here.lead),
            Choice("approval", gate),
        ]
        chosen = await self.ask(Picker(f"{here.name}: change", choices))
        if chosen is None:
            return
        if chosen == "lead":
            lead = await self.ask(MemberPicker(here.lead))
            if lead and not lead.startswith("team:"):
                await self.call(desk.update, here.id, lead=lead)
        elif chosen == "approval":
            await self.call(desk.update, here.id, approval=not here.approval)
        else:
            await self.call(desk.update, here.id, severity=int(chosen.removeprefix("sev ")))
        self.show_crises()

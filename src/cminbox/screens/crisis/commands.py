"""Leading the crisis under the cursor: its conversations, updates, its end, what holds while it runs."""

from __future__ import annotations

from collections.abc import Callable

from cminbox.config import ViewConfig
from cminbox.errors import ActionError
from cminbox.screens.base import BaseScreen
from cminbox.screens.crisis import data, lead
from cminbox.screens.pickers.crisis_form import SEVERITIES
from cminbox.screens.pickers.member import MemberPicker
from cminbox.screens.pickers.text import TextPrompt
from cminbox.screens.queue.screen import QueueScreen
from cminbox.store.crises import Crisis
from cminbox.widgets.picker import Choice, Picker


class CrisisCommands:
    """The commands of the crisis screen about the crisis under its cursor.

    Args:
        screen: asks, says, and runs what the desk does.
        here: the crisis under the cursor; None on the line that declares a new one.
        changed: shows the crises again.
        go_to: puts the cursor on the crisis of an id, once it is shown.
    """

    def __init__(
        self,
        screen: BaseScreen,
        here: Callable[[], Crisis | None],
        changed: Callable[[], None],
        go_to: Callable[[int], None],
    ) -> None:
        self._screen, self._here, self._changed, self._go_to = screen, here, changed, go_to

    def _running(self) -> Crisis:
        here = self._here()
        if here is None or here.status != "running":
            raise ActionError("that needs a running crisis", "move to one, or declare one with Enter on the last line")
        return here

    async def do_move_open(self) -> None:
        """Its conversations; on the last line a declaration; on a proposed one, confirming or dismissing."""
        here = self._here()
        if here is None:
            await self.do_crisis_declare()
        elif here.status == "proposed":
            await self._decide(here)
        else:
            self.do_crisis_conversations()

    def do_crisis_conversations(self) -> None:
        """Show its conversations, as a queue."""
        here = self._here()
        if here is None:
            raise ActionError("no crisis under the cursor")
        self._screen.app.push_screen(QueueScreen(self._screen.services, ViewConfig(here.name, data.crisis_query(here))))

    async def do_crisis_declare(self, *words: str) -> None:
        """Declare one, and go to it."""
        made = await lead.declare(self._screen, words)
        if made is not None and self._screen.is_open:
            self._changed()
            self._go_to(made.id)

    async def _decide(self, crisis: Crisis) -> None:
        choices = [
            Choice("confirm", "Confirm: it is a crisis", "with a reason"),
            Choice("dismiss", "Dismiss: it is none", "with a reason"),
            Choice("look", "Look at its conversations"),
        ]
        screen = self._screen
        chosen = await screen.ask(Picker(f"{crisis.name} is proposed", choices))
        if chosen == "look":
            self.do_crisis_conversations()
        elif chosen is not None:
            reason = await screen.ask(TextPrompt(f"{chosen} {crisis.name}: why?"))
            if reason:
                desk = screen.services.desk.crises
                await screen.call(desk.confirm if chosen == "confirm" else desk.dismiss, crisis.id, reason)
                self._changed()

    async def do_crisis_update(self, *words: str) -> None:
        """Write into the timeline, and promise the next update."""
        await lead.update(self._screen, self._running(), words)
        self._changed()

    async def do_crisis_end(self, *words: str) -> None:
        """End it, with a reason."""
        await lead.end(self._screen, self._running(), words)
        self._changed()

    async def do_crisis_set(self) -> None:
        """Change its severity, who leads it, or whether replies wait for approval."""
        screen, here = self._screen, self._running()
        gate = "Replies go out as usual" if here.approval else "Replies wait for another member's approval"
        choices = [
            *(Choice(f"sev {n}", f"SEV {words}", marked=n == here.severity) for n, words in SEVERITIES.items()),
            Choice("lead", "Another lead…", here.lead),
            Choice("approval", gate),
        ]
        chosen = await screen.ask(Picker(f"{here.name}: change", choices))
        if chosen is None:
            return
        update = screen.services.desk.crises.update
        if chosen == "lead":
            handle = await screen.ask(MemberPicker(self._screen.services, here.lead))
            if handle and not handle.startswith("team:"):
                await screen.call(update, here.id, lead=handle)
        elif chosen == "approval":
            await screen.call(update, here.id, approval=not here.approval)
        else:
            await screen.call(update, here.id, severity=int(chosen.removeprefix("sev ")))
        self._changed()

"""Leading a crisis from any screen: declare it, tell its timeline, end it; asking for what was not said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cminbox.errors import ActionError, UsageError
from cminbox.screens.pickers.crisis_form import CrisisForm
from cminbox.screens.pickers.snooze import SnoozePicker
from cminbox.screens.pickers.text import TextPrompt
from cminbox.screens.place_to_type import NoPlaceToType
from cminbox.store import crises
from cminbox.when import parse_when
from cminbox.widgets.picker import Choice, Picker

if TYPE_CHECKING:
    from cminbox.screens.base import BaseScreen
    from cminbox.store.crises import Crisis

_USAGE = 'usage: declare "NAME" [SEVERITY] REASON'


def declaration(words: Sequence[str]) -> tuple[str, int, str]:
    """Name, severity (3 where none is said) and reason from what was typed: `"Late parcels" 2 the depot is closed`.

    Raises:
        UsageError: the reason is missing, or the severity is none.
    """
    name, *rest = words
    severity = 3
    if rest and rest[0].isascii() and rest[0].isdigit():
        severity, rest = int(rest[0]), rest[1:]
    if not 1 <= severity <= 4:
        raise UsageError("declare: severity is 1 (highest) to 4", _USAGE)
    if not rest:
        raise UsageError("declare: the reason is missing", _USAGE)
    return name, severity, " ".join(rest)


async def declare(screen: BaseScreen, words: Sequence[str] = ()) -> Crisis | None:
    """Declare a crisis from what was typed, or from a form where nothing was; None where it was left.

    Raises:
        UsageError: what was typed is not enough.
    """
    screen.services.check_may_write(asks=not words)
    attach = ""
    if words:
        name, severity, reason = declaration(words)
    else:
        form = await screen.ask(CrisisForm(attach=True))
        if form is None:
            return None
        name, said, reason, attach = form
        severity = int(said)
    made = await screen.call(screen.services.desk.crises.declare, name, severity=severity, reason=reason, attach=attach)
    if made is not None:
        screen.services.crisis_watch.refresh()
        how = screen.services.keys_for("crisis.update", "crisis") if screen.CONTEXT == "crisis" else ":crisis-update"
        screen.say(f"declared: SEV {made.severity} {made.name}; {how} writes the first update")
    return made


async def running(screen: BaseScreen, words: Sequence[str] = ()) -> Crisis | None:
    """The crisis that runs; asked for where several do.

    Args:
        words: what is to be said of it; asked for where there are none.

    Raises:
        ActionError: none runs.
    """
    found = crises.all(screen.services.store.read(), running_only=True)
    if not found:
        none = ActionError("no crisis runs", "declare starts one")
        raise none if words else NoPlaceToType.because(none)
    if len(found) == 1:
        return found[0]
    choices = [Choice(crisis, crisis.name, f"SEV {crisis.severity}") for crisis in found]
    return await screen.ask(Picker("Which crisis?", choices))


async def update(screen: BaseScreen, crisis: Crisis, words: Sequence[str] = ()) -> None:
    """Write into its timeline, and promise the next update."""
    screen.services.check_may_write(asks=not words)
    text = " ".join(words) or await screen.ask(TextPrompt(f"Update on {crisis.name}: what is known, done, next"))
    if not text:
        return
    clock = screen.services.clock
    hint = "Enter takes it   Esc leaves, and nothing is written"
    zone = screen.services.config.zone
    when = await screen.ask(
        SnoozePicker(clock, "Next update promised for", hint=hint, zone=zone, never="none is promised")
    )
    if when is None:
        return
    until = parse_when(when, clock()) if when else None
    if await screen.call(screen.services.desk.crises.update, crisis.id, text, next_update_at=until) is not None:
        screen.say(f"{crisis.name}: noted")
        screen.services.crisis_watch.refresh()


async def end(screen: BaseScreen, crisis: Crisis, words: Sequence[str] = ()) -> None:
    """End it, with a reason."""
    screen.services.check_may_write(asks=not words)
    reason = " ".join(words) or await screen.ask(TextPrompt(f"End {crisis.name}: why is it over?"))
    if reason and await screen.call(screen.services.desk.crises.end, crisis.id, reason) is not None:
        screen.say(f"{crisis.name} has ended")
        screen.services.crisis_watch.refresh()

"""Asking for the argument that a command lacks, with the picker that fits it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.screen import ModalScreen

    from cminbox.commands.registry import Command
    from cminbox.screens.base import BaseScreen


async def ask_for(screen: BaseScreen, command: Command, ids: tuple[int, ...]) -> tuple[str, ...] | None:
    """Ask for a command's first argument; None where the person left.

    Args:
        screen: where; only within a worker.
        command: it takes an argument.
        ids: what it will act on.
    """
    from cminbox.screens.pickers import pickers

    picker: ModalScreen[Any]
    match command.args[0].kind:
        case "member":
            picker = pickers.MemberPicker(screen.services)
        case "label":
            picker = pickers.LabelPicker(screen.services.store, labels_of(screen, ids))
        case "when":
            picker = pickers.SnoozePicker(screen.services.clock)
        case "crisis":
            picker = pickers.CrisisPicker(screen.services.store)
        case _:
            picker = pickers.TextPrompt(command.help)
    chosen: Any = await screen.ask(picker)
    if chosen is None or chosen in ("", ()):
        return None
    return chosen if isinstance(chosen, tuple) else (str(chosen),)


def labels_of(screen: BaseScreen, ids: tuple[int, ...]) -> tuple[str, ...]:
    """The labels that the first of these conversations has."""
    from cminbox.store import conversations

    first = conversations.get(screen.services.store.read(), ids[0])
    return first.labels if first else ()

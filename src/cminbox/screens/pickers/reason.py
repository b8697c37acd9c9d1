"""Choosing why a conversation needs no answer."""

from __future__ import annotations

from cminbox.desk import REASONS
from cminbox.widgets.picker import Choice, Picker


class ReasonPicker(Picker[str]):
    """One of the reasons that the desk knows."""

    def __init__(self) -> None:
        choices = [Choice(reason, reason) for reason in REASONS]
        super().__init__("It needs no answer:", choices, hint="Enter closes it   ↑ ↓ move   Esc leave")

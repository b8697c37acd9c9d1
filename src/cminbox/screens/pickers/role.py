"""Choosing what a person is to us."""

from __future__ import annotations

from cminbox.model import CONTACT_ROLES
from cminbox.widgets.picker import Choice, Picker

_WHO = {
    "customer": "bought something, or wants to",
    "journalist": "writes for others: press first",
    "influencer": "many listen",
    "partner": "sells or makes it with us",
    "employee": "one of us, in private",
    "troll": "wants a fight, not an answer",
}


class RolePicker(Picker[str]):
    """One of the roles of contacts, or `auto`.

    Args:
        now: the role that the person has.
    """

    def __init__(self, now: str = "") -> None:
        choices = [Choice(role, role, _WHO.get(role, ""), marked=role == now) for role in CONTACT_ROLES]
        choices.append(Choice("auto", "auto", "what lists and rules say"))
        super().__init__("Who are they to us?", choices, hint="Enter sets it   ↑ ↓ move   Esc leave")

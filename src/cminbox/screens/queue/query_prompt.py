"""Asking for a query in the last line of the queue, with completion of its fields and their values."""

from __future__ import annotations

from collections.abc import Callable

from cminbox import query
from cminbox.errors import CminboxError
from cminbox.screens.base import BaseScreen
from cminbox.screens.command_line import field_values
from cminbox.widgets.prompt import Completion


def ask_query(screen: BaseScreen, sign: str, value: str, then: Callable[[str], None]) -> None:
    """Ask for a query.

    Args:
        screen: where it is asked.
        sign: what stands before it: `/` or `\\`.
        value: what it begins as.
        then: told the query; what it raises is said, and the query is asked for again.
    """
    services = screen.services

    def complete(text: str, cursor: int) -> Completion:
        found = query.complete(text, cursor, lambda field: field_values(services.store.read(), field, services.config))
        return Completion(found.start, found.options)

    def problem(text: str) -> str:
        try:
            then(text)
        except CminboxError as error:
            return error.line()
        return ""

    screen.prompt(sign, value, problem, complete=complete, history=services.query_history)

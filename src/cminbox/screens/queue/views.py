"""Going to a view by its name, and to what no view shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual.screen import ModalScreen

from cminbox import query
from cminbox.config import ViewConfig
from cminbox.query.views import query_of
from cminbox.screens.queue.state import QueueState
from cminbox.screens.services import Services

EVERY_STATE = ("priority", "due", "state", "network", "author", "text", "language", "people")
"""The columns of a list in which conversations of all states stand side by side."""


class ViewCommands:
    """The commands that choose a view from a list, and that show what matches whatever its state.

    Args:
        ask: shows a picker and gives what was chosen; None where the person left it.
        go: shows the view of that index.
    """

    def __init__(
        self,
        services: Services,
        state: QueueState,
        ask: Callable[[ModalScreen[int | None]], Awaitable[int | None]],
        go: Callable[[int], None],
    ) -> None:
        self._services, self._state, self._ask, self._go = services, state, ask, go

    async def do_view_choose(self) -> None:
        """Choose a view by typing: its name, or words of its query."""
        from cminbox.screens.pickers.view import ViewPicker

        chosen = await self._ask(ViewPicker(self._state))
        if chosen is not None:
            self._go(chosen)

    def do_find_everywhere(self) -> None:
        """Show what the list asks for in every state, as a list over this one."""
        state = self._state
        hidden = state.out_of_sight
        here = (state.shown, state.shown._replace(search=state.search))
        ids = state.view.ids
        if hidden is not None and hidden.shown in here and hidden.counts:
            wanted = hidden.query
            ids = None if hidden.elsewhere else ids
        else:
            typed = query.both(query.parse(state.filter), query.parse(state.search))
            wanted = str(query.both(query.without_states(query_of(state.config, state.here)), typed))
        about = state.view.about if ids is not None else ""
        self._services.navigator.open_list(ViewConfig("Every state", wanted, state.order, EVERY_STATE, ids, about))

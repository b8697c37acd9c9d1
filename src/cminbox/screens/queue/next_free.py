"""The next conversation of the list that nobody has, taken in the moment in which it is found free."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cminbox.query import parse
from cminbox.screens.queue.rows import QueueRows
from cminbox.screens.queue.state import QueueState
from cminbox.screens.services import Services

if TYPE_CHECKING:
    from cminbox.desk import Outcome
    from cminbox.screens.base import BaseScreen

FREE = parse("is:open is:unassigned")
AT_ONCE = 50
"""So many are offered to the desk at once; it takes the first of them that is still free."""


class NextFree:
    """Takes what the list has first that is free.

    Args:
        after: told what the desk did, to show it in the list.
    """

    def __init__(self, services: Services, state: QueueState, after: Callable[[Outcome], None]) -> None:
        self._services, self._state, self._after = services, state, after

    async def take(self, screen: BaseScreen) -> int | None:
        """Take it; the conversation, or None where there is none, which was said on the screen in front."""
        services, source = self._services, self._state.source
        services.check_may_write()
        if source is None:
            return None
        outcome = await screen.call(self._take, source)
        if outcome is None:
            return None
        if not outcome.changed:
            shown = self._state.filter or self._state.view.name
            screen.say(f"nothing is free in {shown}: somebody has or holds all that is open there")
            return None
        self._after(outcome)
        return outcome.changed[0]

    def _take(self, source: QueueRows) -> Outcome:
        """On the desk's thread: go along the list as it is now until one could be taken."""
        from cminbox.desk import Outcome, TakeFree

        last, store = None, self._services.store
        rows = source.on(store.read()).narrowed(FREE)
        while page := rows.page(last, AT_ONCE):
            outcome = self._services.desk.do(TakeFree(), [row.id for row in page])
            if outcome.changed:
                return outcome
            last = page[-1]
        return Outcome(None, (), (), "")

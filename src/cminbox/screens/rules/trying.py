"""Tries what switching a rule would change, on a thread beside."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from cminbox.engine.rule_trial import Trial
from cminbox.query import Context
from cminbox.rules import Rule, RuleBook
from cminbox.screens.rules import data
from cminbox.screens.services import Services
from cminbox.store import conversations

TRIED = 2_000
"""The newest conversations on which a rule is tried."""


class Trying:
    """What was tried last.

    Args:
        services: the store, and whether somebody types.
        changed: called when there is something else to show.

    Attributes:
        tried: what was found; None before anything was tried.
    """

    def __init__(self, services: Services, changed: Callable[[], None]) -> None:
        self._services, self._changed = services, changed
        self.tried: data.Tried | None = None

    def forget(self) -> None:
        """The rules changed: what was tried says nothing any more."""
        self.tried = None

    async def run(self, book: RuleBook, rule: Rule) -> str:
        """Try a rule, and say in one line what was found; empty where that is not wanted any more."""
        services = self._services
        begun = self.tried = data.Tried(rule.name, any(each.name == rule.name for each in book.rules))
        self._changed()
        trial = Trial(book, data.switched(book, rule), Context(services.clock(), zone=services.config.zone))
        stop = False

        def work() -> data.Tried:
            conn, now = services.store.read(), begun
            for done, some in trial.run(conn, conversations.ids(conn, None, TRIED, "newest")):
                kept = (*now.examples, *some)[: data.EXAMPLES]
                now = now._replace(done=done, changed=now.changed + len(some), examples=kept)
                while services.key_times.typing and not stop:
                    time.sleep(0.01)
                if stop:
                    break
            return now

        try:
            found = await asyncio.to_thread(work)
        finally:
            stop = True
        if self.tried is not begun:
            return ""
        self.tried = found
        self._changed()
        return f"{rule.name} {found.rows()[0][1]}; nothing is changed"

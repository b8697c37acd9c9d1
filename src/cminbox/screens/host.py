"""What the app gives to its screens: store, desk, keys, clock, the desk's thread, the log of our mistakes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from textual.app import App

from cminbox import model
from cminbox.commands import COMMANDS as REGISTRY
from cminbox.commands import Command, by_id
from cminbox.commands.keys import KeyMap

if TYPE_CHECKING:
    from cminbox.config import Config
    from cminbox.desk import Desk
    from cminbox.store import Store

T = TypeVar("T")


class Host(App[None], inherit_bindings=False):
    """The part of the app that screens know.

    Args:
        config: the user's configuration.
        store: the open store; the app reads it and leaves closing it to whoever opened it.
        member: who works here.
        desk: makes the door through which this member changes state; asked for it when it is first needed, so that
            nothing of it is loaded before the first page is on the screen.
        keymap: which key runs what.
        clock: now in epoch milliseconds.
    """

    def __init__(
        self,
        config: Config,
        store: Store,
        member: model.Member,
        desk: Callable[[], Desk],
        keymap: KeyMap,
        clock: Callable[[], model.Instant],
    ) -> None:
        super().__init__()
        self.config = config
        self.store = store
        self.member = member
        self._make_desk = desk
        self.keymap = keymap
        self.clock = clock
        self.commands = REGISTRY
        self.last_action: tuple[Command, tuple[str, ...]] | None = None
        self.line_history: list[str] = []
        self.query_history: list[str] = []
        self._desk_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk")

    @cached_property
    def desk(self) -> Desk:
        """The door through which this member changes state."""
        return self._make_desk()

    async def on_desk_thread(self, work: Callable[[], T]) -> T:
        """Run what writes on the one thread of the desk, so that actions happen in the order of their keys."""
        return await asyncio.get_running_loop().run_in_executor(self._desk_thread, work)

    def keys_for(self, command_id: str, context: str) -> str:
        """The first key of a command in a context, as people write it; empty if it has none."""
        command = by_id(command_id)
        found = self.keymap.keys_of(command, context) if command else []
        return found[0] if found else ""

    def log_bug(self, error: BaseException) -> None:
        """Keep a mistake of ours with its traceback in the log file."""
        import logging
        from logging.handlers import RotatingFileHandler

        path = self.config.paths.log
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handler = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=2, encoding="utf-8")
        except OSError:
            return
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        logger = logging.Logger("cminbox.screen")
        logger.addHandler(handler)
        logger.error("a mistake of ours", exc_info=error)
        handler.close()

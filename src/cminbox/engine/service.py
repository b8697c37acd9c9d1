"""The engine as a service: it goes on with the file that stands at the store's path, whatever became of another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from cminbox import config as configuration
from cminbox.config import Config
from cminbox.engine.lock import AnotherRuns
from cminbox.engine.loop import Engine
from cminbox.errors import CminboxError, Replaced
from cminbox.store import Store
from cminbox.store.sqlite.file_watch import is_whole

LOG = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
"""How often it is looked whether there is a store again."""


class Service:
    """Runs engines one after the other: another one when the store's file was replaced.

    Args:
        config: where the store is, and what the engine does.
        by_hand: started by a person or as a service; it does not leave when no screen is open.
        for_reply: started to send one reply from the shell.
        make: makes the engine of a store that is open.
    """

    def __init__(
        self,
        config: Config,
        *,
        by_hand: bool = True,
        for_reply: bool = False,
        make: Callable[[Store, Config, bool], Engine] | None = None,
    ) -> None:
        self._config = config
        self._by_hand = by_hand
        self._make = make or (
            lambda store, config, by_hand: Engine(store, config, by_hand=by_hand, for_reply=for_reply)
        )
        self._engine: Engine | None = None
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Ask it to leave after what it is doing."""
        self._stopping.set()
        if self._engine is not None:
            self._engine.stop()

    async def run(self) -> None:
        """Serve until stopped or idle.

        Raises:
            AnotherRuns: an engine already serves this store.
            CminboxError: the store cannot be opened.
        """
        store: Store | None = self._open()
        first, told = True, ""
        while store is not None and not self._stopping.is_set():
            self._engine = self._make(store, self._config, self._by_hand)
            try:
                await self._engine.run()
                return
            except Replaced as error:
                LOG.error("%s", error.message)
            except AnotherRuns as error:
                # Of another file than the one that it began with: there it takes over once the other has left.
                if first or not self._by_hand:
                    raise
                told = self._log_once(error.message, told)
                await self._rest()
            finally:
                first = False
                await asyncio.to_thread(store.close)
            store = await self._opened_again()
            self._read_config()

    def _read_config(self) -> None:
        """What the engine before has read of the configuration went with it; a broken one is told by the next."""
        with suppress(CminboxError):
            self._config = configuration.load(self._config.paths)

    def _open(self) -> Store:
        return Store.open(self._config.paths.store, group=self._config.group)

    async def _opened_again(self) -> Store | None:
        """The store that stands there now, once there is one; None where it is not waited for."""
        told = ""
        while not self._stopping.is_set():
            problem = f"{self._config.paths.store}: there is no store any more"
            if self._config.paths.store.exists():
                if not is_whole(self._config.paths.store):
                    problem = f"{self._config.paths.store}: the file is not whole yet"
                    told = self._log_once(problem, told)
                    await self._rest()
                    continue
                try:
                    store = await asyncio.to_thread(self._open)
                except CminboxError as error:
                    problem = error.line()
                else:
                    LOG.info("%s: serving the file that stands there now", store.path)
                    return store
            elif not self._by_hand:
                LOG.warning("%s: leaving", problem)
                return None
            told = self._log_once(problem, told)
            await self._rest()
        return None

    def _log_once(self, problem: str, told: str) -> str:
        """Write into the log why it waits, once."""
        if problem != told:
            LOG.warning("%s; waiting", problem)
        return problem

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), LOOK_SECONDS)
        except TimeoutError:
            return

"""The files that an engine works by: the configuration, rules and word lists, read again where they changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from cminbox import config as configuration
from cminbox.config import Config
from cminbox.engine.reading_again import ReadingAgain
from cminbox.engine.scoring import Scoring
from cminbox.errors import CminboxError
from cminbox.sources import registry
from cminbox.store import Connection, Store, deliveries, engine, people, sources, timers

LOG = logging.getLogger(__name__)


class ConfigFiles:
    """Reads the files again while an engine runs. A broken one leaves the last good one in force, and is told once.

    Args:
        config: as it was read before.
        use: called with each new configuration, before anything of it is stored.
    """

    def __init__(
        self, store: Store, config: Config, scoring: Scoring, again: ReadingAgain, use: Callable[[Config], None]
    ) -> None:
        self._store, self._config, self._scoring, self._again, self._use = store, config, scoring, again, use
        self._stamp = _stamp(config)
        self._problem = ""
        self._logged = ""

    @property
    def problem(self) -> str:
        """The mistake in a file that is broken now; empty where there is none."""
        return self._problem or self._scoring.problem

    @property
    def written_at(self) -> int:
        """When the configuration was written, in nanoseconds; less than 0 where there is no file."""
        return self._stamp[0]

    def begin(self, conn: Connection) -> None:
        """Store what the configuration says, and have judged and analysed again what other files judged before."""
        # While a file is broken, the last good rules stay in force: what they said stays.
        if not self._scoring.problem and engine.note_judging(conn, self._scoring.judged_by(self._config)):
            timers.rescore_all(conn)
        self._again.want(conn)
        self._keep(conn)

    async def reload(self) -> None:
        """Read the files again that changed."""
        if await asyncio.to_thread(self._scoring.reload_lexicons):
            await self._store.awrite(self._again.want, durable=False)
        if self._scoring.reload():
            await self._store.awrite(self._judge_all, durable=False)
        self.log_problem()
        stamp = _stamp(self._config)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            new = configuration.load(self._config.paths)
        except CminboxError as error:
            self._problem = error.line()
            self.log_problem()
            return
        self._problem = ""
        old, self._config = self._config, new
        self._use(new)
        if await asyncio.to_thread(self._scoring.name_competitors, new.competitors):
            await self._store.awrite(self._again.want, durable=False)
        await self._store.awrite(self._keep, durable=False)
        await self._store.awrite(lambda conn: self._look_at_changed(conn, old), durable=False)
        if (old.sla_default, old.sla_business, old.calendar) != (new.sla_default, new.sla_business, new.calendar):
            await self._store.awrite(self._judge_all, durable=False)

    def log_problem(self) -> None:
        """Write a broken file into the log, once."""
        if self.problem and self.problem != self._logged:
            LOG.warning("%s; the last good one stays in force", self.problem)
        self._logged = self.problem

    def _keep(self, conn: Connection) -> None:
        """Store the team, the sources and the channels that there are."""
        people.save(conn, self._config.team)
        for source in self._config.sources:
            row = sources.ensure(conn, source.name, source.network, base_url=source.base_url, owned=source.owned)
            off = registry.why_off(source.network, source.enabled)
            if row.off != off:
                sources.update(conn, row.id, {"off": off})
        sources.forget_unconfigured(conn, [source.name for source in self._config.sources])
        deliveries.forget_unconfigured(conn, [channel.name for channel in self._config.tell.channels])

    def _look_at_changed(self, conn: Connection, old: Config) -> None:
        """Poll the sources soon of which the configuration says something new: a limit may have been raised."""
        before = {source.name: source for source in old.sources}
        for source in self._config.sources:
            row = sources.by_name(conn, source.name)
            if row is not None and source != before.get(source.name):
                sources.update(conn, row.id, {"limited_until": None, "next_poll_at": None})

    def _judge_all(self, conn: Connection) -> None:
        """Have all judged again: the rules, or the SLA where they say nothing, changed."""
        engine.note_judging(conn, self._scoring.judged_by(self._config))
        timers.rescore_all(conn)


def _stamp(config: Config) -> tuple[int, ...]:
    """Changes when one of the configuration's files does."""
    stamps: list[int] = []
    for path in (config.paths.config_file, config.paths.brand_file):
        try:
            found = path.stat()
        except OSError:
            stamps.append(-1)
            continue
        stamps += (found.st_mtime_ns, found.st_size)
    return tuple(stamps)

"""The engine's process: one per store, elected by a lock; polls, sends, does the chores, beats, leaves when idle."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from cminbox import __version__, model
from cminbox import config as configuration
from cminbox.config import Config, SourceConfig
from cminbox.duration import format_rough
from cminbox.engine import late_handovers, put_back, returning, scheduled
from cminbox.engine.accounts import Accounts
from cminbox.engine.clock_jumps import ClockJumps, boot_id, passed_of
from cminbox.engine.colleagues import Colleagues
from cminbox.engine.contact_matching import ContactMatching
from cminbox.engine.outbox_worker import OutboxWorker
from cminbox.engine.own_accounts import OwnAccounts
from cminbox.engine.poll_schedule import is_due, is_limited
from cminbox.engine.polling import Polled, Poller, StepHook
from cminbox.engine.polls import Polls
from cminbox.engine.reading_again import ReadingAgain
from cminbox.engine.scoring import Scoring
from cminbox.engine.takein import Taken
from cminbox.engine.telling.worker import Teller
from cminbox.errors import CminboxError, RateLimited, Refused, Replaced, StoreError
from cminbox.model import HOUR, SECOND, Instant
from cminbox.outbox_states import DEFAULT_TIMING, Timing
from cminbox.sources import registry
from cminbox.sources.http import Client
from cminbox.store import (
    Connection,
    Store,
    deliveries,
    duty,
    engine,
    handovers,
    notices,
    outgoing,
    people,
    sources,
    timers,
)
from cminbox.store.sqlite.errors import of_system
from cminbox.store.sqlite.file_watch import FileWatch
from cminbox.when import full_time

LOG = logging.getLogger(__name__)
REST = 0.01
"""Seconds between two transactions of chores, in which others get at the store."""
MOST_THREADS = 256
MOST_STEPS = 100
"""Steps in which a single round compares authors; the rest waits for the next one."""
BEAT_EVERY = 3 * SECOND
LOOK_AT_FILES_EVERY = 2 * SECOND
RETURN_EVERY = 10 * SECOND
LONG_AWAY = 15 * 60 * SECOND
"""Without an engine for longer than this, nobody is taken for silent in that time."""
COLLEAGUES_EVERY = 5 * SECOND


class AnotherRuns(StoreError):
    """An engine already serves this store."""


class Engine:
    """An engine for one store.

    Args:
        by_hand: started by a person or as a service; it does not leave when no screen is open.
        for_reply: started to send one reply from the shell; where no screen needs it, it leaves soon after.
        clock: epoch milliseconds.
        passed: the milliseconds that the host was awake since its start; None: the host's own, or `clock` where that is
            another than the host's.
        step: told the name of each step of polling and sending before it is made.
        timing: how long the outbox waits for what.
        sleep: waits some seconds, between two tries of a request.
        connect: makes the HTTP client that all its requests go through, of `clock` and `sleep`.
    """

    def __init__(
        self,
        store: Store,
        config: Config,
        *,
        by_hand: bool = True,
        for_reply: bool = False,
        clock: Callable[[], Instant] = model.now,
        passed: Callable[[], int] | None = None,
        step: StepHook = lambda name: None,
        timing: Timing = DEFAULT_TIMING,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        connect: Callable[..., Client] = Client,
    ) -> None:
        self.store = store
        self.config = config
        self.by_hand = by_hand
        self.for_reply = for_reply
        self.clock = clock
        self.timing = timing
        self.sleep = sleep
        self.connect = connect
        self.scoring = Scoring(
            config.paths.rules, config.paths.lexicons, zone=config.zone, competitors=config.competitors
        )
        accounts = Accounts(store, clock)
        self.poller = Poller(store, config, accounts, self.scoring, clock, step)
        self.again = ReadingAgain(store, self.scoring, self.poller.intake)
        self.contacts = ContactMatching(store)
        self._jumps = ClockJumps(clock, passed or passed_of(clock), boot_id())
        own, follow = OwnAccounts(accounts), self._follow_clock
        self.outbox = OutboxWorker(store, config, own, self.poller.intake, clock, step, timing, follow)
        self.colleagues = Colleagues(store, config, clock)
        self.teller = Teller(store, config, clock, step)
        self._busy: dict[str, asyncio.Task[Any]] = {}
        self._stopping = asyncio.Event()
        self._problem = ""
        self._config_problem = ""
        self._logged_problem = ""
        self._config_stamp = _stamp(config)
        self._lock_watch = FileWatch(Path(f"{store.path}.engine"))
        self._last: dict[str, float] = {}
        self._seen_version = -1
        self._idle_since = time.monotonic()

    def stop(self) -> None:
        """Ask the engine to leave after what it is doing."""
        self._stopping.set()

    async def run(self) -> None:
        """Serve until stopped or idle.

        Raises:
            AnotherRuns: an engine already serves this store.
            Replaced: the store's file was replaced or removed; another engine may serve what is there now.
        """
        async with self._elected() as client:
            self._log_broken_file()
            polls, recovered = Polls(lambda source: self.poller.poll(source, client), self._start), False
            while not self._stopping.is_set():
                try:
                    self._check_files()
                    if not recovered:
                        # Nothing is sent before it is known what the engine before has left.
                        await self.outbox.recover()
                        await self.teller.recover()
                        recovered = True
                    await self._tick(client, polls)
                    if self._idle():
                        LOG.info("nobody has needed this engine for a while: leaving")
                        break
                except Replaced:
                    polls.want(())
                    await self._finish()
                    raise
                except StoreError as error:
                    # A full disk or a store in use: say so, keep what is in memory, and try again.
                    self._problem = error.line()
                    LOG.error("%s", error.line())
                    await asyncio.sleep(2)
                try:
                    await asyncio.wait_for(self._stopping.wait(), self.timing.tick / SECOND)
                except TimeoutError:
                    continue
            polls.want(())
            await self._finish()

    async def once(self, only: str | None = None) -> list[Polled]:
        """Poll each source (or one) once, send what is due, do the chores, and return.

        Raises:
            AnotherRuns: an engine already serves this store.
        """
        async with self._elected() as client:
            await self.outbox.recover()
            await self.teller.recover()
            named = [source for source in self.config.sources if only is None or source.name == only]
            stopped = {source.name: why for source in named if (why := self._stopped(source))}
            asked_to_wait = {source.name: wait for source in named if (wait := self._asked_to_wait(source))}
            wanted = [source for source in named if source.name not in {**stopped, **asked_to_wait}]
            polls = Polls(lambda source: self.poller.poll(source, client), self._start)
            polled = [*await polls.all(wanted), *asked_to_wait.values()]
            # A look-up of a host that does not answer takes long: what waits to be sent goes first.
            for due in sorted(outgoing.due(self.store.read(), self.clock()), key=lambda each: each.status == "unknown"):
                await self.outbox.look_up_due(due, client)
                await self.outbox.send_due(due, client)
            await self.again.run(history=False)
            await self._chores()
            await self.contacts.run(MOST_STEPS)
            await self._return_work()
            await self.colleagues.run(at_once=True)
            await self.teller.plan()
            await asyncio.gather(*(self.teller.serve(due) for due in self.teller.due()))
            self._log_broken_file()
            now = self.clock()
            await self.store.awrite(lambda conn: engine.beat(conn, now, "", self._problem_line()), durable=False)
            if only is None:
                return polled
            return polled + [
                Polled(name, Taken(), 0, error=Refused(f"source {name} is not polled: {why}", hint))
                for name, (why, hint) in stopped.items()
            ]

    def _asked_to_wait(self, source: SourceConfig) -> Polled | None:
        """What a poll comes to of a source whose network asked to wait, or whose budget is kept for replies; None where
        it may be polled now."""
        row, now = sources.by_name(self.store.read(), source.name), self.clock()
        if row is None or row.limited_until is None or not is_limited(row.limited_until, now):
            return None
        until, written = row.limited_until, self._config_stamp[:1] or (0,)
        if written[0] > (row.last_poll_at or 0) * 1_000_000:
            return None  # the configuration was changed since: a limit may have been raised
        when = f"before {full_time(until, self.config.zone)}"
        if row.health == "limited":
            return Polled(
                source.name, Taken(), 0, error=RateLimited(f"{source.name} is not polled {when}", until=until)
            )
        return Polled(source.name, Taken(), 0, (f"not polled {when}: what is left of its budget is kept for replies",))

    def _stopped(self, source: SourceConfig) -> tuple[str, str] | None:
        """Why a source is not polled, and what to do; None where it is."""
        row = sources.by_name(self.store.read(), source.name)
        if row is not None and row.paused_by:
            return f"paused by {row.paused_by}", "P on the sources screen lets it go on"
        off = registry.why_off(source.network, source.enabled)
        return (off, f"set enabled = true in the [[source]] of {source.name}") if off else None

    @asynccontextmanager
    async def _elected(self) -> AsyncIterator[Client]:
        """Hold the store's engine lock while this engine serves, and give it its HTTP client.

        Raises:
            AnotherRuns: another process holds the lock.
        """
        lock = self._lock()
        # Names are looked up in threads: those that no name server answers for must not hold up the others.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="engine"))
        try:
            _ = (
                self.scoring.book,
                self.scoring.analysed_by,
                self.scoring.problem,
            )  # reading the files holds up nobody who writes
            await self.store.awrite(self._announce, durable=False)
            client = self.connect(clock=self.clock, sleep=self.sleep)
            try:
                yield client
            finally:
                await client.aclose()
                now = self.clock()
                # What it could not write (a full disk, a file that is gone) the next one finds out by the lock.
                with suppress(StoreError):
                    await self.store.awrite(lambda conn: engine.stop(conn, now), durable=False)
        finally:
            lock.release()

    def _check_files(self) -> None:
        """Look whether the store and the lock are still the ones that this engine began with.

        Raises:
            Replaced: another engine may serve what stands there now.
        """
        self.store.check_file()
        try:
            self._lock_watch.check()
        except Replaced:
            raise Replaced(self.store.path, "lost the lock of its engine") from None

    def _lock(self) -> FileLock:
        path = self.store.path
        lock = FileLock(f"{path}.engine", timeout=0, mode=0o660 if self.config.group else 0o600)
        try:
            lock.acquire()
        except Timeout:
            row = engine.get(self.store.read())
            who = f" (process {row.pid} on {row.host})" if row else ""
            raise AnotherRuns(f"an engine already serves {path}{who}", "it polls and sends; nothing is to do") from None
        except OSError as error:
            raise of_system(error, Path(f"{path}.engine")) from error
        self._lock_watch = FileWatch(Path(f"{path}.engine"))
        return lock

    def _announce(self, conn: Connection) -> None:
        """Write into the store who serves it, and what the configuration says; look whether a copy was put back."""
        self._jumps.resume(conn)
        if engine.note_file(conn, self.store.inode()):
            put_back.look_up_what_waits(conn, self.clock())
        before = engine.get(conn)
        if before is not None and self.clock() - before.beat_at > LONG_AWAY:
            duty.note_gap(conn, before.beat_at, self.clock(), jump=False)
        engine.start(conn, os.getpid(), socket.gethostname(), __version__, self.clock(), by_hand=self.by_hand)
        # While a file is broken, the last good rules stay in force: what they said stays.
        if not self.scoring.problem and engine.note_judging(conn, self.scoring.judged_by(self.config)):
            timers.rescore_all(conn)
        self.again.want(conn)
        self._store_config(conn)

    def _store_config(self, conn: Connection) -> None:
        people.save(conn, self.config.team)
        for source in self.config.sources:
            row = sources.ensure(conn, source.name, source.network, base_url=source.base_url, owned=source.owned)
            off = registry.why_off(source.network, source.enabled)
            if row.off != off:
                sources.update(conn, row.id, {"off": off})
        sources.forget_unconfigured(conn, [source.name for source in self.config.sources])
        deliveries.forget_unconfigured(conn, [channel.name for channel in self.config.tell.channels])

    async def _tick(self, client: Client, polls: Polls) -> None:
        now = self.clock()
        if self._due("beat", BEAT_EVERY):
            doing = _doing(sorted(self._busy))
            await self.store.awrite(lambda conn: engine.beat(conn, now, doing, self._problem_line()), durable=False)
        if self._due("files", LOOK_AT_FILES_EVERY):
            await self._reload_files()
        version = self.store.data_version()
        if version != self._seen_version or self._due("look", self.timing.look_every):
            self._seen_version = version
            polls.want(self._due_sources(now))
            await self._follow_clock()
            self._start_sending(client, now)
            self._start_telling()
            if self.again.wanted:
                self._start("reading again", self.again.run())
            if self.contacts.wanted:
                self._start("contacts", self.contacts.run())
            if self._due("colleagues", COLLEAGUES_EVERY) and self.colleagues.due():
                self._start("colleagues", self.colleagues.run())
            if timers.any_due(self.store.read(), now):
                self._start("chores", self._chores())
            if handovers.late(self.store.read(), now):
                config = self.config
                self._start("handovers", self.store.awrite(lambda conn: late_handovers.run(conn, config, now)))
        if self._due("returning", RETURN_EVERY):
            self._start("returning", self._return_work())

    def _due(self, what: str, every: int) -> bool:
        """Whether something is to be done that is done every so many milliseconds, whatever becomes of the clock."""
        now = time.monotonic() * SECOND
        if now - self._last.get(what, -every) < every:
            return False
        self._last[what] = now
        return True

    def _start(self, name: str, work: Coroutine[Any, Any, Any]) -> bool:
        """Run something beside the loop, once at a time; its failure is its own. Whether it was begun."""
        if name in self._busy:
            work.close()
            return False
        task = asyncio.create_task(work, name=name)
        self._busy[name] = task
        task.add_done_callback(lambda done: self._done(name, done))
        return True

    def _done(self, name: str, task: asyncio.Task[Any]) -> None:
        self._busy.pop(name, None)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, CminboxError):
            self._problem = error.line()
            LOG.error("%s: %s", name, error.line())
        elif error is not None:
            LOG.error("%s failed", name, exc_info=error)
            self._problem = f"{name} failed ({type(error).__name__}); the log has the details"
        elif name == "chores" or name.startswith("poll "):
            self._problem = ""

    def _due_sources(self, now: Instant) -> list[SourceConfig]:
        """The sources to poll now: those that a person asked for, then those that have waited longest."""
        plans = sources.schedules(self.store.read())
        due: list[tuple[bool, Instant, SourceConfig]] = []
        for source in self.config.sources:
            plan = plans.get(source.name)
            if is_due(plan, self.poller.longest_interval(source), now):
                wanted = plan is not None and (plan.wanted_at or 0) > (plan.last_poll_at or 0)
                due.append((not wanted, (plan.next_poll_at or 0) if plan is not None else 0, source))
        return [source for _, _, source in sorted(due, key=lambda each: each[:2])]

    def _start_sending(self, client: Client, now: Instant) -> None:
        for due in outgoing.due(self.store.read(), now):
            # A look-up of a host that does not answer takes long: what waits to be sent does not wait for it.
            if due.status == "unknown":
                self._start(f"look up {due.source_id}", self.outbox.look_up_due(due, client))
            else:
                self._start(f"send {due.source_id}", self.outbox.send_due(due, client))

    def _start_telling(self) -> None:
        if notices.any_unplanned(self.store.read(), self.clock()):
            self._start("plan what is told", self.teller.plan())
        for due in self.teller.due():
            self._start(f"{'look up' if due.status == 'unknown' else 'tell'} {due.channel}", self.teller.serve(due))

    async def _follow_clock(self) -> None:
        """Keep the outbox's waits as long as they were where this host's clock was set, or the host slept."""
        now = self.clock()
        ahead, back = self._jumps.ahead(), outgoing.of_a_later_clock(self.store.read(), now)
        if not ahead and not back:
            return
        if back:
            LOG.warning("the clock was set back by %s: the outbox waits no longer for it", format_rough(back))
        elif ahead > 0 and outgoing.any_unknown(self.store.read()):
            LOG.warning("the clock went ahead by %s: unknown replies wait as long as before", format_rough(ahead))

        def work(conn: Connection) -> None:
            if back:
                outgoing.set_back(conn, back, now)
            elif ahead > 0:
                outgoing.wait_longer(conn, ahead, now)
                duty.note_gap(conn, now - ahead, now, jump=True)
            self._jumps.keep(conn, settled=True)

        await self.store.awrite(work)

    async def _chores(self) -> None:
        intake = self.poller.intake()
        for _ in range(20):
            if not await self.store.awrite(lambda conn: scheduled.run(conn, intake), durable=False):
                return
            await asyncio.sleep(REST)

    async def _return_work(self) -> None:
        """Let what absent or silent members have come back to the queue, for a while; the rest does the next round."""
        now = self.clock()
        for _ in range(50):
            if not returning.any_due(self.store.read(), self.config, now):
                return
            await self.store.awrite(lambda conn: returning.run(conn, self.config, now))
            await asyncio.sleep(REST)

    async def _reload_files(self) -> None:
        """Re-read rule files and the configuration when they changed; broken ones leave the last good ones in force."""
        if await asyncio.to_thread(self.scoring.reload_lexicons):
            await self.store.awrite(self.again.want, durable=False)
        if self.scoring.reload():
            await self.store.awrite(self._judge_all, durable=False)
        self._log_broken_file()
        stamp = _stamp(self.config)
        if stamp == self._config_stamp:
            return
        self._config_stamp = stamp
        try:
            new = configuration.load(self.config.paths)
        except CminboxError as error:
            self._config_problem = error.line()
            self._log_broken_file()
            return
        self._config_problem = ""
        old, self.config = self.config, new
        self.poller.config = self.outbox.config = self.colleagues.config = self.teller.config = new
        if await asyncio.to_thread(self.scoring.name_competitors, new.competitors):
            await self.store.awrite(self.again.want, durable=False)
        await self.store.awrite(self._store_config, durable=False)
        await self.store.awrite(lambda conn: self._look_at_changed(conn, old), durable=False)
        if (old.sla_default, old.sla_business, old.calendar) != (new.sla_default, new.sla_business, new.calendar):
            await self.store.awrite(self._judge_all, durable=False)

    def _look_at_changed(self, conn: Connection, old: Config) -> None:
        """Poll the sources soon of which the configuration says something new: a limit may have been raised."""
        before = {source.name: source for source in old.sources}
        for source in self.config.sources:
            row = sources.by_name(conn, source.name)
            if row is not None and source != before.get(source.name):
                sources.update(conn, row.id, {"limited_until": None, "next_poll_at": None})

    def _judge_all(self, conn: Connection) -> None:
        """Have all judged again: the rules, or the SLA where they say nothing, changed."""
        engine.note_judging(conn, self.scoring.judged_by(self.config))
        timers.rescore_all(conn)

    def _log_broken_file(self) -> None:
        """Write a broken file into the log, once."""
        line = self._config_problem or self.scoring.problem
        if line and line != self._logged_problem:
            LOG.warning("%s; the last good one stays in force", line)
        self._logged_problem = line

    def _problem_line(self) -> str:
        return self._problem or self._config_problem or self.scoring.problem or self.colleagues.problem

    def _idle(self) -> bool:
        """Whether a screen or a reply started this engine, and none has needed it for a while. That it polls keeps it
        from leaving no more than that it could."""
        now, conn = time.monotonic(), self.store.read()
        screens = people.open_screens(conn, self.clock())
        if screens:
            self.for_reply = False  # it is as any that a screen started
        sending = any(name.startswith(("send ", "look up ", "tell ", "plan ")) for name in self._busy)
        waiting = outgoing.next_due(conn) is not None or deliveries.next_due(conn) is not None
        if self.by_hand or screens or sending or waiting or notices.any_unplanned(conn, self.clock() + HOUR):
            self._idle_since = now
        longest = self.config.idle_exit_ms
        return (now - self._idle_since) * SECOND >= (min(self.timing.linger, longest) if self.for_reply else longest)

    async def _finish(self) -> None:
        """Let running work end, within reason; what is cut is recovered at the next start."""
        tasks = list(self._busy.values())
        if tasks:
            _, pending = await asyncio.wait(tasks, timeout=5)
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)


def _doing(busy: list[str]) -> str:
    """What runs, in a few words."""
    return ", ".join(busy) if len(busy) <= 5 else f"{', '.join(busy[:4])} and {len(busy) - 4} more"


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

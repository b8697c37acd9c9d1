"""The engine's process: one per store, elected by a lock; polls, sends, does the chores, beats, leaves when idle."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress

from cminbox import __version__, model
from cminbox.config import Config, SourceConfig
from cminbox.engine import late_handovers, put_back, returning, scheduled
from cminbox.engine.accounts import Accounts
from cminbox.engine.clock_jumps import ClockJumps, OutboxClock, boot_id, passed_of
from cminbox.engine.colleagues import Colleagues
from cminbox.engine.config_files import ConfigFiles
from cminbox.engine.contact_matching import ContactMatching
from cminbox.engine.jobs import Jobs
from cminbox.engine.lock import EngineLock
from cminbox.engine.outbox_worker import OutboxWorker
from cminbox.engine.own_accounts import OwnAccounts
from cminbox.engine.poll_schedule import is_due, is_limited
from cminbox.engine.polling import Polled, Poller, StepHook
from cminbox.engine.polls import Polls
from cminbox.engine.reading_again import ReadingAgain
from cminbox.engine.scoring import Scoring
from cminbox.engine.takein import Taken
from cminbox.engine.telling.worker import Teller
from cminbox.errors import RateLimited, Refused, Replaced, StoreError
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
        self.outbox_clock = OutboxClock(store, self._jumps, clock)
        own, follow = OwnAccounts(accounts), self.outbox_clock.follow
        self.outbox = OutboxWorker(store, config, own, self.poller.intake, clock, step, timing, follow)
        self.colleagues = Colleagues(store, config, clock)
        self.teller = Teller(store, config, clock, step)
        self.files = ConfigFiles(store, config, self.scoring, self.again, self._use)
        self._lock = EngineLock(store, group=bool(config.group))
        self._jobs = Jobs()
        self._stopping = asyncio.Event()
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
            self.files.log_problem()
            polls, recovered = Polls(lambda source: self.poller.poll(source, client), self._jobs.start), False
            while not self._stopping.is_set():
                try:
                    self._lock.check()
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
                    await self._jobs.finish()
                    raise
                except StoreError as error:
                    # A full disk or a store in use: say so, keep what is in memory, and try again.
                    self._jobs.problem = error.line()
                    LOG.error("%s", error.line())
                    await asyncio.sleep(2)
                try:
                    await asyncio.wait_for(self._stopping.wait(), self.timing.tick / SECOND)
                except TimeoutError:
                    continue
            polls.want(())
            await self._jobs.finish()

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
            polls = Polls(lambda source: self.poller.poll(source, client), self._jobs.start)
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
            self.files.log_problem()
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
        until = row.limited_until
        if self.files.written_at > (row.last_poll_at or 0) * 1_000_000:
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
        self._lock.acquire()
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
            self._lock.release()

    def _announce(self, conn: Connection) -> None:
        """Write into the store who serves it, and what the configuration says; look whether a copy was put back."""
        self._jumps.resume(conn)
        if engine.note_file(conn, self.store.inode()):
            put_back.look_up_what_waits(conn, self.clock())
        before = engine.get(conn)
        if before is not None and self.clock() - before.beat_at > LONG_AWAY:
            duty.note_gap(conn, before.beat_at, self.clock(), jump=False)
        engine.start(conn, os.getpid(), socket.gethostname(), __version__, self.clock(), by_hand=self.by_hand)
        self.files.begin(conn)

    async def _tick(self, client: Client, polls: Polls) -> None:
        now = self.clock()
        if self._jobs.is_time("beat", BEAT_EVERY):
            doing = self._jobs.words()
            await self.store.awrite(lambda conn: engine.beat(conn, now, doing, self._problem_line()), durable=False)
        if self._jobs.is_time("files", LOOK_AT_FILES_EVERY):
            await self.files.reload()
        version = self.store.data_version()
        if version != self._seen_version or self._jobs.is_time("look", self.timing.look_every):
            self._seen_version = version
            polls.want(self._due_sources(now))
            await self.outbox_clock.follow()
            self._start_sending(client, now)
            self._start_telling()
            if self.again.wanted:
                self._jobs.start("reading again", self.again.run())
            if self.contacts.wanted:
                self._jobs.start("contacts", self.contacts.run())
            if self._jobs.is_time("colleagues", COLLEAGUES_EVERY) and self.colleagues.due():
                self._jobs.start("colleagues", self.colleagues.run())
            if timers.any_due(self.store.read(), now):
                self._jobs.start("chores", self._chores())
            if handovers.late(self.store.read(), now):
                config = self.config
                self._jobs.start("handovers", self.store.awrite(lambda conn: late_handovers.run(conn, config, now)))
        if self._jobs.is_time("returning", RETURN_EVERY):
            self._jobs.start("returning", self._return_work())

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
                self._jobs.start(f"look up {due.source_id}", self.outbox.look_up_due(due, client))
            else:
                self._jobs.start(f"send {due.source_id}", self.outbox.send_due(due, client))

    def _start_telling(self) -> None:
        if notices.any_unplanned(self.store.read(), self.clock()):
            self._jobs.start("plan what is told", self.teller.plan())
        for due in self.teller.due():
            what = "look up" if due.status == "unknown" else "tell"
            self._jobs.start(f"{what} {due.channel}", self.teller.serve(due))

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

    def _use(self, config: Config) -> None:
        """Work by a new configuration from now on."""
        self.config = config
        self.poller.config = self.outbox.config = self.colleagues.config = self.teller.config = config

    def _problem_line(self) -> str:
        return self._jobs.problem or self.files.problem or self.colleagues.problem

    def _idle(self) -> bool:
        """Whether a screen or a reply started this engine, and none has needed it for a while. That it polls keeps it
        from leaving no more than that it could."""
        now, conn = time.monotonic(), self.store.read()
        screens = people.open_screens(conn, self.clock())
        if screens:
            self.for_reply = False  # it is as any that a screen started
        sending = self._jobs.any("send ", "look up ", "tell ", "plan ")
        waiting = outgoing.next_due(conn) is not None or deliveries.next_due(conn) is not None
        if self.by_hand or screens or sending or waiting or notices.any_unplanned(conn, self.clock() + HOUR):
            self._idle_since = now
        longest = self.config.idle_exit_ms
        return (now - self._idle_since) * SECOND >= (min(self.timing.linger, longest) if self.for_reply else longest)

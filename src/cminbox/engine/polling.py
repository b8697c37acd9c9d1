"""Polls one source: page by page into the store, each page with its cursor, and its health after it."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial
from json import dumps
from typing import cast

from cminbox.business_hours import Calendar
from cminbox.config import Config, SourceConfig
from cminbox.engine.accounts import Accounts
from cminbox.engine.held_answers import HeldAnswers
from cminbox.engine.poll_schedule import DEFAULT_INTERVAL, RAREST, adapted, after_error, kept_for_people
from cminbox.engine.scoring import Scored, Scoring
from cminbox.engine.silence import SHORTEST, silence
from cminbox.engine.source_trouble import tell_of_trouble
from cminbox.engine.takein import Taken, take_in
from cminbox.engine.transaction import Intake
from cminbox.errors import AuthError, CminboxError, ConfigError, DataError, SourceError
from cminbox.hours import CalendarConfig
from cminbox.links import without_credentials
from cminbox.model import DAY, SECOND, Instant
from cminbox.number_format import count_of
from cminbox.sources import registry
from cminbox.sources.auth import on_this_machine
from cminbox.sources.contract import Account, Adapter, Page
from cminbox.sources.credentials import judged
from cminbox.sources.http import Client, HostBudget
from cminbox.sources.items import one_item
from cminbox.sources.json_values import whole_number
from cminbox.sources.ledger import Allowance
from cminbox.sources.paging import load_cursor
from cminbox.sources.push import Pushed, Receiver
from cminbox.store import Connection, Store, allowances, messages, sources, spool
from cminbox.store.duty import Available
from cminbox.store.sources import SourceChanges, SourceRow
from cminbox.store.spool import Spooled

LOG = logging.getLogger(__name__)
SOON = SECOND
"""The next poll of a source whose older messages still come in."""
WATCH_EVERY = 45 * SECOND
WATCHED = 16
SETTLED = 4
MISSING = 4
"""Messages re-checked for edits and deletions in one poll: those of open conversations, those of pending and closed
ones, and deleted ones that may be there again."""
SETTLED_WHERE_COUNTED = 8
"""Where the network counts units, settled ones are among every eighth look alone; where it asks money, among none."""
LIMITS_EVERY = 5 * SECOND
NOTE_STAYS = DAY
MOST_TOLD = 200
LOOKED_AT = "looked at again"
"""The engine's own cursor: how far it is through what it looks at again."""

StepHook = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll of a source came to.

    Attributes:
        skipped: items that could not be understood.
        notes: what went wrong and cost no more than an item; none that was told before.
        error: None when it went well.
    """

    source: str
    taken: Taken
    skipped: int
    notes: tuple[str, ...] = ()
    error: CminboxError | None = None


class _Rotation:
    """Goes through many things a few at a time, one look after another, and begins again at its end."""

    def __init__(self, size: int, find: Callable[[Connection, int, int, int | None], list[tuple[int, str]]]) -> None:
        self._size = size
        self._find = find

    def next(self, conn: Connection, source_id: int, reached: int | None) -> tuple[tuple[str, ...], int | None]:
        """The network's ids of the next of a source, and how far it is through them then; None: it begins again."""
        found = self._find(conn, source_id, self._size, reached)
        last = None if len(found) < self._size else found[-1][0]
        return tuple(remote for _, remote in found), last


@dataclass(slots=True)
class _Poll:
    """One poll under way: what it has come to so far.

    Attributes:
        more: whether older messages wait, by stream.
        watched: how far it is through what is looked at again, as its cursor keeps it; empty: nothing was.
        found: what else is to be kept of the source.
        budget: the tightest that the network told of.
        newest: when the newest message of the others was written, of the pages that brought something.
    """

    source: SourceConfig
    row: SourceRow
    started: Instant
    taken: Taken
    skipped: list[DataError]
    notes: list[str]
    more: dict[str, bool]
    watched: str = ""
    error: CminboxError | None = None
    found: SourceChanges = field(default_factory=SourceChanges)
    newest: Instant | None = None
    budget: HostBudget | None = None

    def token(self, changes: SourceChanges, *notes: str) -> None:
        """Note what is known of the token."""
        self.found |= changes
        self.notes += [note for note in notes if note]

    def saw(self, page: Page, taken: Taken) -> None:
        """Note how new it is what a page brought."""
        if taken.new:
            theirs = [message.created_at for message in page.messages if message.direction == "in"]
            self.newest = max([*theirs, *([] if self.newest is None else [self.newest])], default=None)


class Poller:
    """Polls sources for an engine.

    Args:
        accounts: makes what adapters are given.
        step: told the name of each step before it is made; tests end the process there.
    """

    def __init__(
        self,
        store: Store,
        config: Config,
        accounts: Accounts,
        scoring: Scoring,
        clock: Callable[[], Instant],
        step: StepHook,
    ) -> None:
        self.store = store
        self.accounts = accounts
        self.config = config
        self.scoring = scoring
        self.clock = clock
        self.step = step
        self._hours: tuple[CalendarConfig, Calendar] | None = None
        self._watched: dict[str, float] = {}
        self._limits_asked: dict[str, float] = {}
        self._live = _Rotation(WATCHED, messages.to_watch)
        self._settled = _Rotation(SETTLED, messages.settled)
        self._deleted = _Rotation(MISSING, messages.deleted)
        self._told: dict[str, tuple[str, ...]] = {}
        self._held_answers = HeldAnswers(store, self.intake)
        self._floors: dict[str, int] = {}

    def intake(self, history_before: Instant | None = None) -> Intake:
        """What take-in needs, now."""
        config, hours = self.config, self._hours
        if config.calendar is None:
            hours = None
        elif hours is None or hours[0] != config.calendar:
            hours = config.calendar, Calendar(config.calendar)
        self._hours = hours
        return Intake(
            *(self.scoring, self.clock(), history_before, config.sla_default, config.teams),
            config.sla_business,
            hours[1] if hours else None,
            Available(config, self.clock()),
        )

    def interval(self, source: SourceConfig) -> int:
        """The time between two polls of a source, in milliseconds; never shorter than its network bears."""
        floor = SECOND if on_this_machine(source.base_url) else self._floor(source.network)
        return max(source.interval or DEFAULT_INTERVAL, floor)

    def longest_interval(self, source: SourceConfig) -> int:
        """The longest time between two polls of a source that is well."""
        return self.interval(source) * (1 if source.interval is not None else RAREST)

    def _wait(self, source: SourceConfig, row: SourceRow, last_new_at: Instant | None) -> int:
        """The time to the next poll of a source that is well. An interval that a person set is kept."""
        interval = self.interval(source)
        if source.interval is not None:
            return interval
        since = last_new_at or row.first_ok_at
        floor = SECOND if on_this_machine(source.base_url) else self._floor(source.network)
        return adapted(interval, floor, None if since is None else self.clock() - since)

    async def poll(self, source: SourceConfig, client: Client) -> Polled:
        """Poll a source once. Never raises what a network or a configuration can cause: it is the source's health."""
        started, client = self.clock(), client.with_own_budgets()
        self.step("poll: begin")
        row = await self._row(source)
        poll = _Poll(source, row, started, Taken(), [], [], {})
        try:
            adapter = registry.load(source.network)
            watch: tuple[str, ...] = ()
            missing: tuple[str, ...] = ()
            if adapter.INFO.capabilities.deletions:
                kept = sources.cursors(self.store.read(), row.id)
                watch, missing, poll.watched = self._to_watch(
                    row, kept.get(LOOKED_AT, ""), adapter.INFO.capabilities.allowances
                )
            await self.accounts.keep_again(self.config.paths, source.name)
            account = self.accounts.of(self.config, source, row, adapter, watch, missing)
            account, note = await self.accounts.renewed_in_time(self.config.paths, account, adapter, client)
            poll.token(*self.accounts.token(account, adapter, row), note)
            try:
                await self._ask(poll, adapter, client, account)
            except AuthError:
                again = await self.accounts.renewed_refused(self.config.paths, account, adapter, client)
                if again is None:
                    raise
                poll.token(*self.accounts.token(again, adapter, row))
                await self._ask(poll, adapter, client, again)
        except CminboxError as failure:
            poll.error = failure
            # The client that met it knows the host, not what the source is called here.
            failure.hint = failure.hint.replace("login NAME", f"login {source.name}")
        except Exception as failure:
            LOG.exception("polling %s", source.name)
            poll.error = SourceError(
                f"source {source.name}: the adapter failed ({type(failure).__name__})", "the log has the details"
            )
        poll.budget = budget = client.tightest()
        if budget is not None:
            poll.found["told"] = {"limit": budget.limit, "remaining": budget.remaining, "resets_at": budget.resets_at}
        notes = self._new_notes(poll)
        changes, arrived = self._health(poll), poll.taken.new if row.first_ok_at is not None else 0

        def keep(conn: Connection) -> None:
            sources.update(conn, row.id, changes)
            tell_of_trouble(conn, row, changes, self.clock())
            if arrived:
                allowances.count_arrivals(conn, row.id, arrived, self.clock())

        await self.store.awrite(keep, durable=False)
        self.step("poll: end")
        return Polled(source.name, poll.taken, len(poll.skipped), notes, poll.error)

    async def _row(self, source: SourceConfig) -> SourceRow:
        """The source's row, made or brought up to what the configuration says where it differs."""
        row = sources.by_name(self.store.read(), source.name)
        wanted = (source.network, without_credentials(source.base_url), source.owned, True)
        if row is not None and (row.network, row.base_url, row.owned, row.polled) == wanted:
            return row
        return await self.store.awrite(
            lambda conn: sources.ensure(
                conn, source.name, source.network, base_url=source.base_url, owned=source.owned
            ),
            durable=False,
        )

    async def _identified(self, row: SourceRow, adapter: Adapter, client: Client, account: Account) -> Account:
        """The account as the network knows it; kept, with the server's limits."""
        identity = await adapter.identify(client, account)
        known: SourceChanges = {"account_id": identity.id, "account_handle": identity.handle}
        if identity.limits:  # a server that tells none now keeps those that it told before
            known["limits"] = dict(identity.limits)
        await self._update(row, known)
        self._limits_asked[row.name] = time.monotonic()
        return replace(account, account_id=identity.id)

    async def _ask(self, poll: _Poll, adapter: Adapter, client: Client, account: Account) -> None:
        """Ask who we are, where that is not known, and for all that is new.

        Raises:
            AuthError: the credentials are condemned.
            CminboxError: by what to do next.
        """
        if not poll.row.account_id and adapter.INFO.has_account:
            account = await self._identified(poll.row, adapter, client, account)
        try:
            await self._read(poll, adapter, client, account)
        except AuthError as refused:
            raise await self._judged(refused, adapter, client, account) from None

    async def _read(self, poll: _Poll, adapter: Adapter, client: Client, account: Account) -> None:
        """Take in all that is new, page by page."""
        row = poll.row
        cursors = sources.cursors(self.store.read(), row.id)
        cursors.pop(LOOKED_AT, None)
        history = None if row.first_ok_at is not None else poll.started - poll.source.backfill
        await self._read_pushed(poll, adapter, client, account, history)
        async with aclosing(cast("AsyncGenerator[Page]", adapter.pages(client, account, cursors))) as pages:
            async for page in pages:
                self.step("poll: page read")
                skipped = list(page.skipped)
                taken = await self._store_page(row, page, history, skipped)
                self.step("poll: page stored")
                poll.taken += taken
                poll.saw(page, taken)
                poll.skipped += [*skipped, *taken.errors]
                poll.notes += page.notes
                poll.more[page.stream] = page.more
        if poll.watched:
            now = self.clock()
            await self.store.awrite(
                lambda conn: sources.set_cursor(conn, row.id, LOOKED_AT, poll.watched, now), durable=False
            )
        await self._ask_limits(row, adapter, client, account)
        await self._held_answers.look(row, adapter, client, account)

    async def _read_pushed(
        self, poll: _Poll, adapter: Adapter, client: Client, account: Account, history: Instant | None
    ) -> None:
        """Take in what the network pushed, the oldest first. What cannot be read costs no other, and no poll."""
        receiver = registry.receiver(adapter)
        if receiver is None:
            return
        while waiting := spool.waiting(self.store.read(), poll.row.id, self.clock()):
            for each in waiting:
                wrong, later = "", False
                try:
                    await self._read_one_pushed(poll, receiver, client, account, each, history)
                except DataError as error:
                    wrong = error.message
                except SourceError as error:
                    wrong, later = error.message, True
                except CminboxError:
                    raise
                except Exception as error:
                    LOG.exception("reading what was pushed to %s", poll.source.name)
                    wrong = f"it cannot be read ({type(error).__name__})"
                if wrong:
                    poll.notes.append(f"pushed {each.id}: {wrong}")
                self.step("poll: pushed read")
                await self.store.awrite(partial(_settle, spool_id=each.id, now=self.clock(), wrong=wrong, later=later))

    async def _read_one_pushed(
        self,
        poll: _Poll,
        receiver: Receiver,
        client: Client,
        account: Account,
        each: Spooled,
        history: Instant | None,
    ) -> None:
        """Take in what one pushed request brings.

        Raises:
            DataError: it cannot be understood.
            SourceError: the network must be asked, and does not answer now.
        """
        pushed = Pushed(each.method, each.body, each.headers, at=each.received_at)
        async with aclosing(cast("AsyncGenerator[Page]", receiver.pushed_pages(client, account, pushed))) as pages:
            async for page in pages:
                skipped = list(page.skipped)
                taken = await self._store_page(poll.row, page, history, skipped)
                poll.taken += taken
                poll.saw(page, taken)
                poll.skipped += skipped
                poll.notes += page.notes

    async def _ask_limits(self, row: SourceRow, adapter: Adapter, client: Client, account: Account) -> None:
        """Ask the server for its limits again: they change."""
        limiter, now = registry.limiter(adapter), time.monotonic()
        asked = self._limits_asked.get(row.name)
        if limiter is None or (asked is not None and now - asked < LIMITS_EVERY / SECOND):
            return
        self._limits_asked[row.name] = now
        limits = dict(await limiter.limits(client, account))
        if limits and limits != row.limits:
            await self._update(row, {"limits": limits})

    async def _judged(self, error: AuthError, adapter: Adapter, client: Client, account: Account) -> SourceError:
        """What a refusal in the middle of a poll means."""
        if account.secret is None:
            return await judged(error, None)
        return await judged(error, lambda: adapter.identify(client, account))

    async def _update(self, row: SourceRow, changes: SourceChanges) -> None:
        await self.store.awrite(lambda conn: sources.update(conn, row.id, changes), durable=False)

    def _to_watch(
        self, row: SourceRow, cursor: str, allowances: Sequence[Allowance]
    ) -> tuple[tuple[str, ...], tuple[str, ...], str]:
        """The next messages to re-check, the next deleted ones, and the cursor to go on from; all of them in turn.

        Args:
            allowances: what the network counts of what is asked.
        """
        now = time.monotonic()
        if now - self._watched.get(row.name, -WATCH_EVERY) < WATCH_EVERY / SECOND:
            return (), (), ""
        self._watched[row.name] = now
        conn, kept = self.store.read(), load_cursor(cursor)
        live, live_to = self._live.next(conn, row.id, whole_number(kept.get("live")))
        settled: tuple[str, ...] = ()
        settled_to, look = whole_number(kept.get("settled")), whole_number(kept.get("look")) or 0
        free = all(each.unit != "money" for each in allowances)
        counted = any(each.unit in ("units", "calls") for each in allowances)
        if free and look % (SETTLED_WHERE_COUNTED if counted else 1) == 0:
            settled, settled_to = self._settled.next(conn, row.id, settled_to)
        deleted, deleted_to = self._deleted.next(conn, row.id, whole_number(kept.get("deleted")))
        cursor = dumps({"live": live_to, "settled": settled_to, "look": look + 1, "deleted": deleted_to})
        return (*live, *settled), deleted, cursor

    def _scored(self, page: Page, skipped: list[DataError]) -> list[Scored]:
        """The messages of a page with what is heard in them; one that cannot be scored is added to `skipped`."""
        scored: list[Scored] = []
        for message in page.messages:
            with one_item(skipped, f"message {message.id}"):
                scored.append(self.scoring.score(message))
        return scored

    async def _store_page(self, row: SourceRow, page: Page, history: Instant | None, skipped: list[DataError]) -> Taken:
        """Score a page and take it in, with its cursor, in one transaction.

        An item that cannot be scored or stored is added to `skipped`; the others come in.
        """
        # Word lists and the detector take up to a second to load: beats and sends do not wait for that.
        scored = await self.scoring.beside(lambda: self._scored(page, skipped)) if page.messages else []
        intake = self.intake(history)

        def whole(conn: Connection, items: Sequence[Scored]) -> Taken:
            return take_in(
                conn,
                row,
                items,
                intake,
                deleted=page.deleted,
                cursor=(page.stream, page.cursor) if page.stream else None,
                skipped=len(skipped),
                moved=page.moved,
            )

        try:
            return await self.store.awrite(lambda conn: whole(conn, scored), durable=False, late=True)
        except CminboxError:
            raise
        except Exception:
            LOG.exception("a page of %s is stored message by message", row.name)
        taken = Taken()
        for item in scored:
            with one_item(skipped, f"message {item.message.id}"):
                alone = partial(take_in, source=row, page=[item], intake=intake)
                taken += await self.store.awrite(alone, durable=False)
        return taken + await self.store.awrite(lambda conn: whole(conn, []), durable=False)

    def _new_notes(self, poll: _Poll) -> tuple[str, ...]:
        """What went wrong in a poll and was not told before, each in one line; it is written into the log."""
        lines = [*(f"skipped: {error.line()}" for error in poll.skipped), *poll.notes]
        before = self._told.get(poll.row.name, (poll.row.note,))
        new = tuple(line for line in dict.fromkeys(lines) if line not in before)
        for line in new:
            LOG.warning("%s: %s", poll.row.name, line)
        self._told[poll.row.name] = (*before, *new)[-MOST_TOLD:]
        poll.notes = lines
        return new

    def _health(self, poll: _Poll) -> SourceChanges:
        """How a poll went, and when the next one is due."""
        row, now = poll.row, self.clock()
        interval = self.interval(poll.source)
        changes: SourceChanges = {"last_poll_at": poll.started, **poll.found, **_noted(poll, now)}
        if poll.error is not None:
            failures = row.failures + 1
            told: SourceChanges = {"error": poll.error.message, "hint": poll.error.hint, "failures": failures}
            return {**changes, **told, **after_error(poll.error, now, interval, failures)}
        behind = any(poll.more.values())
        # Where a poll brought nothing of what waits, the network gives no more of it for now.
        last_new_at = now if poll.taken.new else row.last_new_at
        if poll.taken.new:
            changes |= {"last_new_at": now, "silence": ""}
            if poll.newest is not None and row.first_ok_at is not None:
                changes["lag"] = max(0, now - poll.newest)
        elif last_new_at is not None and now - last_new_at >= SHORTEST:
            changes["silence"] = silence(allowances.arrivals(self.store.read(), row.id), now)
        wait = min(interval, SOON) if behind and poll.taken.new else self._wait(poll.source, row, last_new_at)
        changes |= {"health": "ok", "error": "", "hint": "", "failures": 0}
        changes["limited_until"] = kept_for_people(poll.budget, now)
        changes |= {"last_ok_at": now, "next_poll_at": now + wait}
        if row.first_ok_at is None and not behind:
            changes["first_ok_at"] = now
        return changes

    def _floor(self, network: str) -> int:
        """The shortest time between two polls that the network bears; asked of its adapter once."""
        if network not in self._floors:
            try:
                self._floors[network] = registry.info(network).capabilities.min_interval
            except ConfigError:
                return DEFAULT_INTERVAL
        return self._floors[network]


def _settle(conn: Connection, *, spool_id: int, now: Instant, wrong: str, later: bool) -> None:
    """Write down what became of a pushed request."""
    if later:
        spool.try_later(conn, spool_id, now, wrong)
    else:
        spool.read(conn, spool_id, now, wrong)


def _noted(poll: _Poll, now: Instant) -> SourceChanges:
    """The note that stays in the source's row: of this poll, or of one before for a day."""
    if poll.notes:
        more = f" (and {count_of(len(poll.notes) - 1, 'other')})" if len(poll.notes) > 1 else ""
        return {"note": f"{poll.notes[0]}{more}", "noted_at": now}
    if poll.row.noted_at is not None and not 0 <= now - poll.row.noted_at < NOTE_STAYS:
        return {"note": "", "noted_at": None}
    return {}

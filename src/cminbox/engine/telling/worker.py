"""Tells people: takes what is planned through the channels, each message once.

Each try and each look-up ends in an event, and `delivery_states` says what that makes of the delivery;
`store.deliveries.move` writes it. `sending` is on the disk before the first byte leaves, so whatever breaks after it
makes it *unknown*, and it is never sent again by itself. Carriers block: each runs in a thread of its own, one for a
channel at a time, so that none keeps another waiting.
"""

from __future__ import annotations

import asyncio
import logging
import secrets as randomness
import socket
from collections.abc import Callable
from typing import Any

from cminbox import model, secrets
from cminbox.channels import ChannelConfig, quiet_until
from cminbox.config import Config
from cminbox.delivery_states import Event, Timing
from cminbox.engine.polling import StepHook
from cminbox.engine.telling import planning
from cminbox.engine.telling.carrier import Carrier, Carriers, Unreachable, scheme_of
from cminbox.engine.telling.letter import Letter, written
from cminbox.engine.telling.mail import SCHEMES, MailCarrier
from cminbox.engine.telling.services import ServiceCarrier
from cminbox.engine.telling.whom import quiet_of
from cminbox.errors import AuthError, CminboxError, ConfigError, RateLimited, Refused, Retryable
from cminbox.model import SECOND, Instant
from cminbox.store import Connection, Store, deliveries, notices
from cminbox.store.deliveries import Delivery
from cminbox.text import one_line

LOG = logging.getLogger(__name__)
AT_ONE_GO = 20
"""Deliveries of one channel, before the engine looks at what else there is."""
LONGEST = 60 * SECOND
"""The longest try; what goes on for longer may be delivered."""
MOST_CHANNELS = 32
"""Channels that are served at once."""
ENGINE_ENDED = Event("engine ended", "the engine ended while it was on its way")
NO_CHANNEL = "config.toml has no such [[channel]] any more"


def carrier_of(channel: ChannelConfig, url: str) -> Carrier:
    """The carrier of a channel whose address this is.

    Raises:
        AuthError: the address is none.
    """
    return MailCarrier(channel, url) if scheme_of(url) in SCHEMES else ServiceCarrier(channel, url)


class Teller:
    """Plans and delivers for an engine.

    Args:
        step: told the name of each step before it is made; tests end the process there.
        longest: milliseconds that a try may take.
    """

    def __init__(
        self,
        store: Store,
        config: Config,
        clock: Callable[[], Instant],
        step: StepHook = lambda name: None,
        timing: Timing = Timing(),  # noqa: B008 - it cannot be changed
        carriers: Carriers = carrier_of,
        longest: int = LONGEST,
    ) -> None:
        self.store = store
        self.config = config
        self.clock = clock
        self.step = step
        self.timing = timing
        self._carriers = carriers
        self._longest = longest
        self._kept: dict[str, tuple[ChannelConfig, str, Carrier]] = {}
        self._threads: dict[str, asyncio.Task[Any]] = {}

    async def recover(self) -> None:
        """What an engine left in `sending` when it was killed: nobody knows whether it was told."""

        def work(conn: Connection) -> None:
            for item in deliveries.left_sending(conn):
                self._write(conn, item, ENGINE_ENDED)

        if deliveries.left_sending(self.store.read()):
            await self.store.awrite(work)

    async def plan(self) -> None:
        """Find whom the notices reach that nobody was found for yet."""
        while notices.any_unplanned(self.store.read(), self.clock()):
            self.step("tell: plan")
            await self.store.awrite(lambda conn: planning.plan(conn, self.config, self.clock()))

    def due(self) -> list[Delivery]:
        """What is to be looked at now: of each channel one delivery to send and one to look up."""
        conn, now = self.store.read(), self.clock()
        found = deliveries.due(conn, now)
        if not found:
            return []
        health, busy = deliveries.channels(conn), set(self._threads)
        ready = []
        for item in found:
            known = health.get(item.channel)
            waits = known is not None and known.retry_at is not None and now < known.retry_at <= now + self._most()
            if item.status == "queued" and waits and not (item.urgent and item.tries == 0):
                continue
            if _lane(item) not in busy:
                ready.append(item)
        return ready[: max(0, MOST_CHANNELS - len(busy))]

    def _most(self) -> int:
        """The longest that a channel waits; a time that is farther away was written by another clock."""
        return 2 * 60 * 60 * SECOND

    async def serve(self, item: Delivery) -> None:
        """Take deliveries of a channel as far as they go now. Never raises what a channel can cause."""
        lane = _lane(item)
        for _ in range(AT_ONE_GO):
            if item.status == "unknown":
                await self._look_up(item)
            elif item.status == "sending":
                # Left so by a try that could not be written down (a full disk): none is under way.
                await self._apply(item, ENGINE_ENDED)
            else:
                await self._send(item)
            following = next((one for one in self.due() if _lane(one) == lane), None)
            if following is None:
                return
            item = following

    async def _send(self, item: Delivery) -> None:
        channel = self.config.tell.channel(item.channel)
        if channel is None:
            await self._apply(item, Event("refused", NO_CHANNEL))
            return
        try:
            carrier = await asyncio.to_thread(self._carrier, channel)
        except CminboxError as error:
            await self._apply(item, _without_address(item, error))
            return
        self.step("tell: begin")
        letter = await self.store.awrite(lambda conn: self._begin(conn, item, channel))
        if letter is None:
            return
        begun = deliveries.get(self.store.read(), item.id)
        if begun is None:
            return
        self.step("tell: marked")
        event = await self._tried(carrier, begun, letter)
        self.step("tell: answered")
        await self._apply(begun, event)
        self.step("tell: stored")

    def _begin(self, conn: Connection, item: Delivery, channel: ChannelConfig) -> Letter | None:
        """Mark a delivery as being sent, unless it moved on meanwhile, or something else is to happen instead."""
        fresh, now = deliveries.get(conn, item.id), self.clock()
        if fresh is None or fresh.status != "queued":
            return None
        found = deliveries.carried(conn, fresh.id, unread=True)
        if not found:
            self._write(conn, fresh, Event("read already"))
            return None
        if not fresh.urgent:
            until = quiet_until(quiet_of(self.config, fresh.target), now, self.config.zone)
            if until > now:
                self._write(conn, fresh, Event("quiet", fresh.error, until=until))
                return None
        message_id = fresh.message_id or _message_id(fresh.id, channel)
        columns = {
            "tries": fresh.tries + 1,
            "sending_at": now,
            "first_try_at": fresh.first_try_at or now,
            "message_id": message_id,
            "look_ups": 0,
        }
        self._write(conn, fresh, Event("begun"), columns)
        return written(found, self.config.zone, message_id)

    async def _tried(self, carrier: Carrier, item: Delivery, letter: Letter) -> Event:
        """What a try to send comes to."""
        name = f"delivery {item.id} by {item.channel}"
        try:
            await self._in_thread(_lane(item), lambda: carrier.send(letter, item.address))
        except TimeoutError:
            return Event("no sure answer", "no answer in time")
        except CminboxError as error:
            self._kept.pop(item.channel, None)
            return _failed(error, self.clock())
        except Exception as error:  # noqa: BLE001 - a service's own code may raise anything
            # An address may stand in it: no more than its kind is written down.
            LOG.error("%s failed: %s", name, type(error).__name__)
            self._kept.pop(item.channel, None)
            return Event("no sure answer", f"the carrier failed ({type(error).__name__})")
        return Event("accepted")

    async def _look_up(self, item: Delivery) -> None:
        channel = self.config.tell.channel(item.channel)
        try:
            if channel is None:
                raise Refused(NO_CHANNEL)
            if item.sending_at is None or not item.message_id:
                raise Refused("it cannot be looked up")
            carrier = await asyncio.to_thread(self._carrier, channel)
            self.step("tell: look up")
            found = await self._in_thread(_lane(item), lambda: carrier.look_up(item.message_id))
            late = self.clock() - item.sending_at > self.timing.look_for
            event = Event("looked up") if found else Event("cannot be asked" if late else "not there", item.error)
        except TimeoutError:
            event = Event("could not ask", item.error)
        except Refused:
            event = Event("cannot be asked", item.error)
        except CminboxError as error:
            LOG.info("delivery %s could not be looked up: %s", item.id, one_line(error.message))
            event = Event("could not ask", item.error)
        except Exception as error:  # noqa: BLE001 - what a server says may make a library raise anything
            LOG.error("looking up delivery %s failed: %s", item.id, type(error).__name__)
            event = Event("could not ask", item.error)
        columns = {"look_ups": item.look_ups + 1}
        await self.store.awrite(lambda conn: self._write(conn, item, event, columns))

    async def _in_thread(self, lane: str, work: Callable[[], Any]) -> Any:
        """What blocking work of a channel comes to.

        Raises:
            TimeoutError: it takes too long; it goes on nevertheless, and the channel is not served until it ended.
        """
        task = asyncio.ensure_future(asyncio.to_thread(work))
        self._threads[lane] = task
        task.add_done_callback(lambda done: self._ended(lane, done))
        done, _ = await asyncio.wait([task], timeout=self._longest / SECOND)
        if not done:
            raise TimeoutError
        return task.result()

    def _ended(self, lane: str, task: asyncio.Task[Any]) -> None:
        if self._threads.get(lane) is task:
            del self._threads[lane]
        if not task.cancelled():
            task.exception()  # who waited for it has it; nobody else need hear of it

    def _carrier(self, channel: ChannelConfig) -> Carrier:
        """The carrier of a channel; the one of the letter before, as long as the address is the same.

        Raises:
            AuthError: there is no address, or it is none.
            ConfigError: the file of secrets is broken.
        """
        url = secrets.get(channel.name, self.config.paths)
        if not url:
            raise AuthError("no address is kept for it", f"cminbox channels login {channel.name}")
        kept = self._kept.get(channel.name)
        if kept is None or kept[:2] != (channel, url):
            kept = channel, url, self._carriers(channel, url)
            self._kept[channel.name] = kept
        return kept[2]

    async def _apply(self, item: Delivery, event: Event) -> None:
        await self.store.awrite(lambda conn: self._write(conn, item, event))

    def _write(
        self, conn: Connection, item: Delivery, event: Event, columns: dict[str, Any] | None = None
    ) -> Delivery | None:
        """Write what an event makes of a delivery, and of its channel; all that the engine ever writes of them.

        Returns:
            It as it is now, or None when it moved on otherwise meanwhile.
        """
        fresh = deliveries.get(conn, item.id)
        if fresh is None or (fresh.status, fresh.sending_at) != (item.status, item.sending_at):
            return None
        now = self.clock()
        event = self._ended_for_good(conn, fresh, event, now)
        moved = deliveries.move(conn, fresh, event, now, self.timing, columns or {})
        self._note_channel(conn, moved, event, now)
        if event.name == "given up":
            for other in deliveries.waiting_since(conn, fresh.channel, now - self.timing.give_up):
                deliveries.move(conn, other, event, now, self.timing)
        return moved

    def _ended_for_good(self, conn: Connection, item: Delivery, event: Event, now: Instant) -> Event:
        """An event that lets a delivery wait, or its end where it waited for too long, or somebody waits for it."""
        if event.name not in ("unavailable", "limited", "login needed"):
            return event
        tried = any(one.kind == "test" for one in deliveries.carried(conn, item.id))
        began = item.first_try_at or item.created_at
        if not tried and now - began <= self.timing.give_up:
            return event
        return Event("given up", event.error, event.hint, event.until)

    def _note_channel(self, conn: Connection, item: Delivery, event: Event, now: Instant) -> None:
        """Keep how a channel is, as far as an event tells it."""
        name = item.channel
        before = deliveries.channel(conn, name)
        if event.name == "accepted":
            deliveries.note_channel(
                conn, name, tried_at=now, told_at=now, problem="", hint="", since=None, retry_at=None
            )
            if before.problem:
                LOG.info("channel %s delivers again", name)
                deliveries.try_soon(conn, name, now)
            return
        if event.hint == _THE_LETTER or event.name not in ("unavailable", "limited", "login needed", "given up"):
            if event.name in ("refused", "no sure answer"):
                deliveries.note_channel(conn, name, tried_at=now)
            return
        retry_at = item.next_try_at or now + self.timing.for_a_person
        deliveries.note_channel(
            conn,
            name,
            tried_at=now,
            problem=event.error,
            hint=event.hint.replace("login NAME", f"login {name}"),
            since=before.since or now,
            retry_at=retry_at,
        )
        deliveries.first_tried(conn, name, now)
        if not before.problem:
            LOG.warning("channel %s delivers nothing: %s", name, one_line(event.error))


_THE_LETTER = "the letter"
"""Stands as the hint of an event that says nothing of the channel: another letter may be delivered."""


def _lane(item: Delivery) -> str:
    """What is done one at a time."""
    return f"{'look up' if item.status == 'unknown' else 'tell'} {item.channel}"


def _failed(error: CminboxError, now: Instant) -> Event:
    """The event that an error of a try is."""
    if isinstance(error, Retryable) and error.maybe_done:
        return Event("no sure answer", error.message)
    if isinstance(error, RateLimited):
        # The wait is by this host's clock; ours may be another.
        return Event("limited", error.message, error.hint, now + max(SECOND, error.until - model.now()))
    if isinstance(error, AuthError):
        return Event("login needed", error.message, error.hint)
    if isinstance(error, Unreachable):
        return Event("unavailable", error.message, error.hint)
    if isinstance(error, Retryable):
        return Event("unavailable", error.message, _THE_LETTER)
    return Event("refused", error.line())


def _without_address(item: Delivery, error: CminboxError) -> Event:
    """The event that it is when a channel's address cannot be used."""
    message = error.message if not isinstance(error, ConfigError) else "the file of secrets is broken"
    return Event("login needed", message, error.hint)


def _message_id(number: int, channel: ChannelConfig) -> str:
    domain = channel.sender.rpartition("@")[2].rstrip(">") or socket.gethostname() or "localhost"
    domain = domain if domain.isascii() else "localhost"
    return f"<cminbox.{number}.{randomness.token_hex(8)}@{domain}>"

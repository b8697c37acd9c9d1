"""Hundreds of notices through receivers that are down, slow, refuse and come back, and engines that are killed."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from pathlib import Path

import pytest
from telling_desk import NOW, all_deliveries, configured, notice, plain

from cminbox import paths
from cminbox.channels import ChannelConfig, Quiet
from cminbox.engine.telling.carrier import Unreachable
from cminbox.engine.telling.letter import Letter
from cminbox.engine.telling.worker import Teller
from cminbox.errors import AuthError, RateLimited, Refused, Retryable
from cminbox.model import DAY, HOUR, MINUTE, SECOND
from cminbox.model import now as host_now
from cminbox.store import Store, deliveries, events, notices
from stores import new_store

STEPS = ("tell: plan", "tell: begin", "tell: marked", "tell: answered", "tell: stored", "tell: look up")
CHANNELS = ("alone", "together", "calm")
SHAKY = ("up", "lost after", "lost before", "killed after", "killed before", "no", "once")
NIGHT = (Quiet(frozenset(range(7)), 22 * 60, 7 * 60),)


class Killed(BaseException):
    """The engine was killed here."""


class World:
    """Channels that behave by chance, and what arrived through them.

    Attributes:
        arrived: how often each notice did, by channel and title.
        calm: everything works from now on.
    """

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.arrived: Counter[tuple[str, str]] = Counter()
        self.letters: dict[str, str] = {}
        self.calm = False
        self.now = NOW
        self.mood: dict[str, str] = {}

    def step(self, name: str) -> None:
        if not self.calm and self.chance.random() < 0.02:
            raise Killed

    def carrier(self, channel: ChannelConfig, url: str) -> Carrier:
        return Carrier(self, channel.name)

    def behaves(self, channel: str) -> str:
        if self.calm:
            return "up"
        if self.chance.random() < 0.1 or channel not in self.mood:
            self.mood[channel] = self.chance.choice(["up", "up", "up", "down", "refusing", "busy", "shaky"])
        mood = self.mood[channel]
        if mood == "shaky":
            return self.chance.choice(
                ["up", "lost after", "lost before", "killed after", "killed before", "no", "once"]
            )
        return mood


class Carrier:
    def __init__(self, world: World, channel: str) -> None:
        self.world = world
        self.channel = channel

    def send(self, letter: Letter, address: str) -> None:
        what = self.world.behaves(self.channel)
        if what in ("up", "lost after", "killed after"):
            for title in sorted(set(re.findall(r"\bn\d+\b", f"{letter.title}\n{letter.text}"))):
                self.world.arrived[self.channel, title] += 1
            self.world.letters[letter.message_id] = self.channel
        match what:
            case "down":
                raise Unreachable("it cannot be reached: connection refused")
            case "refusing":
                raise AuthError("it refuses the login: 401")
            case "busy":
                raise RateLimited("it asks to wait: 429", until=host_now() + 20 * SECOND)
            case "lost after" | "lost before":
                raise Retryable("the connection was cut", maybe_done=True)
            case "killed after" | "killed before":
                raise Killed
            case "no":
                raise Refused("it refuses it: 404")
            case "once":
                raise Retryable("it does not take it now: 451")

    def look_up(self, message_id: str) -> bool:
        if self.channel != "together":
            raise Refused("it cannot be looked up")
        return message_id in self.world.letters


def walk(folder: Path, seed: int, many: int) -> None:
    world = World(seed)
    channels = (
        ChannelConfig("alone", digest=0),
        ChannelConfig("together", digest=2 * MINUTE),
        ChannelConfig("calm", quiet=NIGHT, digest=10 * MINUTE),
    )
    config = configured(plain(paths.find()), channels=channels)
    with new_store(folder / "data" / "cminbox.db") as store:
        told: dict[str, int] = {}

        def engine() -> Teller:
            return Teller(store, config, lambda: world.now, world.step, carriers=world.carrier)

        async def work(teller: Teller) -> None:
            await teller.plan()
            await asyncio.gather(*(teller.serve(due) for due in teller.due()))

        teller = engine()
        while True:
            if len(told) < many:
                for _ in range(world.chance.randint(1, 12)):
                    title = f"n{len(told)}"
                    who = world.chance.sample(CHANNELS, world.chance.randint(1, 3))
                    told[title] = notice(store, "rule", title=title, recipients=who, at=world.now)
            else:
                world.calm = True
            try:
                asyncio.run(work(teller))
            except Killed:
                teller = engine()
                asyncio.run(teller.recover())
            world.now += world.chance.choice([SECOND, 5 * SECOND, MINUTE, 10 * MINUTE, HOUR])
            if world.calm and world.now > NOW + 30 * DAY:
                break
            if world.calm:
                world.now += HOUR
                waits = {one.status for one in all_deliveries(store)} & {"queued", "sending"}
                if not waits and not notices.any_unplanned(store.read(), world.now):
                    break
        check(store, world, told)


def check(store: Store, world: World, told: dict[str, int]) -> None:
    """Each notice arrived once or is said not to have, or not to be known; and nothing is said that was not so."""
    assert max(world.arrived.values()) == 1
    conn = store.read()
    fates: Counter[str] = Counter()
    for title, number in told.items():
        found = deliveries.of_notice(conn, number)
        assert found, title
        for one in found:
            item = one.delivery
            fates[item.status] += 1
            arrived = world.arrived[item.channel, title]
            match item.status:
                case "sent":
                    assert arrived == 1, (title, item)
                case "failed":
                    assert (arrived, bool(item.error)) == (0, True), (title, item)
                case "unknown":
                    assert item.error, item
                case _:
                    raise AssertionError(f"{title} is {item.status} for ever")
    said = Counter(event.action for event in events.newest(conn, 1_000_000))
    by_status = Counter(one.status for one in all_deliveries(store))
    assert said["told"] == by_status["sent"]
    assert said["not told"] == by_status["failed"]
    assert said["maybe told"] >= by_status["unknown"]
    assert fates["sent"] > len(told) / 4


@pytest.mark.parametrize("seed", range(4))
def test_each_is_told_once_or_said_not_to_be_known(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    for name in CHANNELS:
        monkeypatch.setenv(f"CMINBOX_SECRET_{name.upper()}", "json://127.0.0.1:9/")
    walk(tmp_path, seed, 500 if seed == 0 else 80)

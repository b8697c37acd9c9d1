"""A walk of many replies through every fault that a seed brings, with engines that are killed in between.

Time runs faster for all who take part: the servers, the engines and the desk see a clock that makes `FASTER` seconds
of one, so that the waits of the outbox are those of real life and a walk takes seconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cminbox import config as configuration
from cminbox import paths
from cminbox.config import Config
from cminbox.desk import Desk
from cminbox.model import Conversation, Instant, Member
from cminbox.store import Store, conversations, messages, network_actions, replies
from demo_network import DemoNetwork, Fault, Faults

FASTER = 150
REPLIES = int(os.environ.get("CMINBOX_WALK", "100"))
"""Replies of a walk; `make soak` walks 1,000."""
SEEDS = (1, 2, 3)
KILLS = 6
ANA = Member("ana", "Ana", "lead", ("care",))

POST_FAULTS = (
    ("", 30),
    ("cut-before", 10),
    ("cut-after", 12),
    ("bad-json-after", 6),
    ("500", 6),
    ("html-after", 9),
    ("500-after", 5),
    ("empty-after", 3),
    ("429", 5),
    ("late", 13),
)
GET_FAULTS = ("cut-before", "500", "html", "bad-json", "429")
LATEST = 25
"""Seconds after which a late server accepts at last."""


def quick(began: float) -> Callable[[], Instant]:
    """The clock of a walk that began at this time (seconds since the epoch)."""
    return lambda: round((began + (time.time() - began) * FASTER) * 1000)


class RandomFaults(Faults):
    """A fault for each request, or none, as a seed says.

    Args:
        late: whether requests are carried out late, too.
        gets: which share of what is read fails.
    """

    def __init__(self, seed: int, *, late: bool, gets: float = 0.15) -> None:
        super().__init__()
        self._random = random.Random(seed)
        self._kinds = [kind for kind, _ in POST_FAULTS if late or kind != "late"]
        self._weights = [weight for kind, weight in POST_FAULTS if late or kind != "late"]
        self._gets = gets

    def hit(self, method: str, path: str) -> Fault | None:
        """The fault that hits this request, if any."""
        with self._lock:
            if method == "GET":
                kind = self._random.choice(GET_FAULTS) if self._random.random() < self._gets else ""
            else:
                kind = self._random.choices(self._kinds, self._weights)[0]
            seconds = self._random.choice((4, 8, LATEST)) / FASTER if kind == "late" else 1.0
        return Fault(kind, seconds=seconds) if kind else None


class Network(Protocol):
    """A server of a walk."""

    sources: Sequence[tuple[str, str, str]]
    """Name, address and token of each account."""

    def posted(self) -> Counter[str]:
        """How often each text stands there."""

    def favourites(self) -> set[str]:
        """The ids of what our account likes there."""


class OurNetwork:
    """The demo network, with people who ask."""

    def __init__(self, server: DemoNetwork, name: str, people: int) -> None:
        self._server = server
        self.sources = ((name, server.url, server.token),)
        for number in range(people):
            server.post_as(f"p{number}{name}", f"@saffronheron {name} where is my order number {number}?")

    def posted(self) -> Counter[str]:
        """How often each text stands there, without who is mentioned."""
        return Counter(str(each["text"]).partition(" ")[2] for each in self._server.accepted())

    def favourites(self) -> set[str]:
        """The ids of what our account likes there."""
        with self._server.world.lock:
            return {str(each.id) for each in self._server.world._statuses.values() if each.favourited}


class LateNetwork:
    """A server in a process of its own, whose record says what it accepted."""

    def __init__(self, port: int, record: Path, name: str, accounts: int) -> None:
        self._record = record
        url = f"http://127.0.0.1:{port}"
        self.sources = tuple((f"{name}a{number}", url, f"tok-{number}") for number in range(accounts))

    def posted(self) -> Counter[str]:
        """How often each text was accepted, without who is mentioned."""
        lines = (json.loads(line) for line in self._record.read_text("utf-8").splitlines())
        return Counter(line["text"].partition(" ")[2] for line in lines if line["ev"] == "accept")

    def favourites(self) -> set[str]:
        """Nothing: it keeps no record of these."""
        return set()


_FAST_SERVER = textwrap.dedent(
    """
    import asyncio, runpy, sys, time

    faster, began, sys.argv = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    slow_sleep, slow_time = asyncio.sleep, time.time

    async def sleep(seconds, *rest):
        await slow_sleep(seconds / faster, *rest)

    asyncio.sleep = sleep
    time.time = lambda: began + (slow_time() - began) * faster
    runpy.run_path(sys.argv[0], run_name="__main__")
    """
)


@contextmanager
def late_network(script: Path, folder: Path, began: float, seed: int, people: int, *args: str) -> Iterator[LateNetwork]:
    """The late server of that seed, until the end of the block."""
    accounts = 2
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    record = folder / f"record{seed}.jsonl"
    record.touch()
    more = ("--seed", str(seed), "--accounts", str(accounts), "--people", str(-(-people // accounts)), *args)
    command = [sys.executable, "-c", _FAST_SERVER, str(FASTER), str(began), str(script), str(port), str(record), *more]
    with subprocess.Popen(command) as process:
        try:
            for _ in range(200):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield LateNetwork(port, record, f"s{seed}", accounts)
        finally:
            process.kill()


_ENGINES = textwrap.dedent(
    """
    import asyncio, functools, logging, os, signal, sys, time

    import httpx
    from cminbox import config, paths
    from cminbox.engine.loop import Engine
    from cminbox.outbox_states import Timing
    from cminbox.sources.http import Client
    from cminbox.store import Store

    faster, began = float(sys.argv[1]), float(sys.argv[2])

    async def nap(seconds):
        await asyncio.sleep(seconds / faster)

    def run():
        loaded = config.load(paths.find())._replace(undo_ms=0)
        timing = Timing(tick=20, look_within=1500)
        connect = functools.partial(Client, read_timeout=400, total_timeout=1000)
        clock = lambda: round((began + (time.time() - began) * faster) * 1000)
        with Store.open(loaded.paths.store) as store:
            asyncio.run(Engine(store, loaded, clock=clock, timing=timing, sleep=nap, connect=connect).run())

    logging.disable()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            run()
            os._exit(0)
        print(child, flush=True)
    """
)


@contextmanager
def engines(began: float) -> Iterator[Callable[[], int]]:
    """What starts an engine in a process of its own, and gives its number; all end with the block."""
    command = [sys.executable, "-c", _ENGINES, str(FASTER), str(began)]
    started: list[int] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def start() -> int:
            assert process.stdin is not None
            assert process.stdout is not None
            print("run", file=process.stdin, flush=True)
            started.append(int(process.stdout.readline()))
            return started[-1]

        try:
            yield start
        finally:
            kill(started[-1] if started else 0)


def kill(number: int) -> None:
    """Kill an engine, and wait until it is gone."""
    if number <= 0:
        return
    try:
        os.kill(number, signal.SIGKILL)
        while True:
            os.kill(number, 0)
            time.sleep(0.005)
    except ProcessLookupError:
        return


def configure(home: Path, networks: Sequence[Network], patch: Callable[[str, str], None]) -> Config:
    """A configuration with every account of the networks as a source."""
    folder = home / "config"
    folder.mkdir(exist_ok=True)
    tables = []
    for network in networks:
        for name, url, token in network.sources:
            tables.append(f'[[source]]\nname = "{name}"\nnetwork = "mastodon"\nbase_url = "{url}"\ninterval = "2m"\n')
            patch(f"CMINBOX_SECRET_{name.upper()}", token)
    (folder / "config.toml").write_text("\n".join(tables))
    return configuration.load(paths.find())._replace(undo_ms=0)


@dataclass
class Walked:
    """What a walk came to.

    Attributes:
        statuses: how many replies ended how.
        lost: texts that are nowhere, though their reply is none that failed.
        doubled: texts that stand on a server more than once.
        false: texts whose reply says *failed* and that stand there, or says *sent* and that do not.
        unread: texts that are not once among the messages of their conversation.
        unknown: how often a reply was unknown.
        seconds: how long it took, by the clock on the wall.
        unliked: messages whose like says *sent* and that are not liked there, or the other way round.
    """

    statuses: Counter[str]
    lost: list[str]
    doubled: list[str]
    false: list[str]
    unread: list[str]
    unknown: int
    seconds: float
    unliked: list[str]

    @property
    def faultless(self) -> bool:
        """Nothing was lost or doubled, and nothing is said that is not so."""
        return not (self.lost or self.doubled or self.false or self.unread or self.unliked)


LIKED = 4
"""Each so many-th message is liked too."""


def _like(store: Store, rows: Sequence[Conversation], now: Instant) -> dict[int, str]:
    """Give a like of the newest message of each to the outbox; the network's ids of them, by the actions' ids."""
    found = {}
    for row in rows:
        message = messages.thread(store.read(), row.id)[-1]
        values = {
            "conversation_id": row.id,
            "source_id": row.source_id,
            "message_id": message.id,
            "status": "held",
            "member": "ana",
            "verb": "like",
            "key": f"like {message.id}",
            "created_at": now,
            "updated_at": now,
            "held_until": 0,
        }
        found[store.write(lambda conn, v=values: network_actions.insert(conn, v))] = message.remote_id
    return found


async def walk(store: Store, config: Config, networks: Sequence[Network], began: float, seed: int) -> Walked:
    """Answer everybody who asks, with engines that are killed, until nothing is on its way; then judge."""
    desk, chance, start_at = Desk(store, config, ANA, clock=quick(began)), random.Random(seed), time.monotonic()
    with engines(began) as start:
        engine = start()
        wanted = REPLIES
        async with asyncio.timeout(180 + REPLIES / 2):
            while len(rows := conversations.page(store.read(), None, sort="newest", limit=wanted + 100)) < wanted:
                await asyncio.sleep(0.1)
        said = {}
        for number, row in enumerate(rows):
            reply = desk.outbox.send(row.id, f"Order {number}: it leaves today, with our apologies.", lang="en")
            said[reply.id] = (row.id, reply.text)
        liked = _like(store, rows[::LIKED], quick(began)())
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.1, 0.9))
            kill(engine)
            engine = start()
        async with asyncio.timeout(180 + REPLIES / 2):
            while any(reply.status != "failed" for reply in replies.outbox(store.read())):
                await asyncio.sleep(0.1)
            while any(action.status != "failed" for action in network_actions.outbox(store.read())):
                await asyncio.sleep(0.1)
        await asyncio.sleep(2 * LATEST / FASTER)
    posted: Counter[str] = sum((network.posted() for network in networks), Counter())
    conn = store.read()
    ended = {reply_id: replies.get(conn, reply_id) for reply_id in said}
    out = {
        number: [m.text.partition(" ")[2] for m in messages.thread(conn, number, 1000) if not m.inbound]
        for number, _ in said.values()
    }
    favourites: set[str] = set().union(*(network.favourites() for network in networks))
    claimed = {of for number, of in liked.items() if getattr(network_actions.get(conn, number), "status", "") == "sent"}
    return Walked(
        unliked=sorted(claimed ^ (favourites & set(liked.values()))),
        statuses=Counter(reply.status for reply in ended.values()),
        lost=[text for i, (_, text) in said.items() if not posted[text] and ended[i].status not in ("failed", "sent")],
        doubled=[text for text, count in posted.items() if count > 1],
        false=[text for i, (_, text) in said.items() if (ended[i].status == "sent") != bool(posted[text])],
        unread=[text for i, (number, text) in said.items() if ended[i].status == "sent" and len(out[number]) != 1],
        unknown=conn.execute("SELECT COUNT(*) FROM events WHERE action = 'reply unknown'").fetchone()[0],
        seconds=time.monotonic() - start_at,
    )


def our_networks(stack: ExitStack, began: float, *, keys: str, late: bool, skew: int) -> list[Network]:
    """A demo network for each seed, with its share of the people."""
    found: list[Network] = []
    for seed in SEEDS:
        clock = quick(began)
        server = DemoNetwork(
            token=f"tok-{seed}",
            clock=lambda clock=clock: clock() + skew,
            rate_limit=10**9,
            keys=keys,
            faults=RandomFaults(seed, late=late),
        )
        stack.enter_context(server)
        found.append(OurNetwork(server, f"s{seed}", -(-REPLIES // len(SEEDS))))
    return found

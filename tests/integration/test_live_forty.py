"""Forty accounts of all networks polled by one engine while servers fail, limit and die: none starves, nothing is lost.

The simulator that `start-sim.sh` starts is taken from where it lies; skipped, aloud, where it is not there. It lasts as
many minutes as `CMINBOX_MINUTES` says (`make soak`: ten), and is skipped where that says nothing.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from cminbox import config as configuration
from cminbox import paths
from cminbox.desk import Desk
from cminbox.errors import ActionError
from cminbox.model import Member, now
from cminbox.sources import registry
from cminbox.store import Store, messages, network_actions, sources
from cminbox.store.sources import SourceRow
from live_servers import ON_THE_SIMULATOR, SCRIPTS
from stores import new_store

pytestmark = ON_THE_SIMULATOR
SIMULATOR = SCRIPTS / "sim.py"
HOSTS = Path(__file__).with_name("forty_hosts.py")
# As it was when the tests began: in a test no setting of the caller is left.
TOLD = "CMINBOX_MINUTES" in os.environ
MINUTES = float(os.environ.get("CMINBOX_MINUTES") or 1)
SEED = int(os.environ.get("CMINBOX_SEED") or 13)
INTERVAL = 10 if MINUTES < 5 else 20
"""Seconds between two polls of a source."""
BUSY_MACHINE = 0.5 * INTERVAL
"""Seconds that a poll may take and wait for its turn, where other work runs beside it."""
SETTLES = 40 + 3 * INTERVAL
"""Seconds that all may take to come in after the last fault."""
VERBS = {
    "facebook": "hide",
    "instagram": "hide",
    "threads": "hide",
    "youtube": "hide",
    "x": "hide",
    "reddit": "hide",
    "mastodon": "like",
    "bluesky": "like",
    "tiktok": "like",
}
"""What is done to messages: a verb that the account's server knows."""
ANA = Member("ana", "Ana", "lead", ())
UNHEARD = ("gone", "hanging", "dead token")


@dataclass
class Said:
    """Something that the public said: when, and when it was in the store (0: it is not)."""

    source: str
    at: float
    seen: float = 0.0
    times: int = 0


@dataclass
class Watch:
    """What was seen of a source.

    Attributes:
        troubles: stretches in which it failed or was limited, as (from, to) in seconds since the epoch.
        polls: when it was polled, in milliseconds; `read`: when that went well, in order.
    """

    troubles: list[tuple[float, float]] = field(default_factory=list)
    polls: set[int] = field(default_factory=set)
    read: list[int] = field(default_factory=list)
    healths: Counter[str] = field(default_factory=Counter)

    def longest_unread(self) -> float:
        """The most seconds between two polls that went well."""
        return max((later - sooner for sooner, later in pairwise(self.read)), default=0) / 1000

    def troubled(self, begin: float, end: float) -> float:
        """Seconds between two moments in which it was in trouble."""
        return sum(max(0.0, min(end, to) - max(begin, since)) for since, to in self.troubles)


class Forty:
    """The servers, the engine and what is seen of both."""

    def __init__(self, told: dict[str, Any], store: Store, engine: int) -> None:
        self.accounts: dict[str, Any] = told["accounts"]
        self.control = httpx.Client(base_url=f"http://127.0.0.1:{told['control']}", timeout=20)
        self.store, self.engine = store, engine
        self.chance = random.Random(SEED)
        self.said: dict[str, Said] = {}
        self.watches = {name: Watch() for name in self.accounts}
        self.desk = Desk(store, configuration.load(paths.find()), ANA)
        self.replies: dict[int, str] = {}
        self.actions: list[int] = []
        self.to_speak: list[str] = []
        self.taken_to = 0
        self.answerable: list[messages.StoredMessage] = []
        self.memory: list[tuple[float, int]] = []

    def ask(self, path: str, **body: Any) -> Any:
        return self.control.post(path, json=body).json()

    def say(self) -> None:
        """Somebody says something somewhere; nobody can where a server is gone or hangs, or the token is dead."""
        if not self.to_speak:
            self.to_speak = [n for n, each in self.accounts.items() if each["special"] not in UNHEARD]
            self.chance.shuffle(self.to_speak)
        source = self.to_speak.pop()
        mark = f"m{len(self.said):05d}x"
        at = time.time()
        self.ask("/say", source=source, text=f"@brand where is my tea {mark} please?")
        self.said[mark] = Said(source, at)

    def look(self) -> None:
        """Note what came into the store, and how each source is."""
        conn, present = self.store.read(), time.time()
        found = conn.execute(
            "SELECT m.id, m.text, m.direction, s.name FROM messages m JOIN sources s ON s.id = m.source_id "
            "WHERE m.id > ?",
            (self.taken_to,),
        ).fetchall()
        for own, text, direction, name in found:
            self.taken_to = max(self.taken_to, own)
            if direction != "in" or " tea m" not in text:
                continue
            said = self.said[text.partition(" tea ")[2].split()[0]]
            assert said.source == name
            said.times += 1
            said.seen = said.seen or present
            stored = messages.get(conn, own)
            # A reply would be paid from what is kept for people, and the count there is to show what polling spent.
            if stored is not None and self.special(name) != "thrifty":
                self.answerable.append(stored)
        for row in sources.all(conn):
            self._look_at(row, present)
        self.memory.append((present, resident(self.engine)))

    def _look_at(self, row: SourceRow, present: float) -> None:
        watch = self.watches[row.name]
        watch.healths[row.health] += 1
        if row.last_poll_at is not None:
            watch.polls.add(row.last_poll_at)
        limited = row.limited_until is not None and row.limited_until > present * 1000
        if row.last_ok_at is not None and row.last_ok_at not in watch.read[-1:]:
            watch.read.append(row.last_ok_at)
        if row.health == "ok" and not limited:
            return
        since = watch.troubles.pop()[0] if watch.troubles and watch.troubles[-1][1] > present - 2 else present
        # It began with the poll that failed, however late that is seen.
        begun = (row.last_poll_at or 0) / 1000
        watch.troubles.append((min(since, begun) if begun > present - INTERVAL else since, present))

    def answer(self) -> None:
        """Reply to something that came, or do something to it."""
        if not self.answerable:
            return
        stored = self.answerable.pop(self.chance.randrange(len(self.answerable)))
        source = self.source_of(stored.source_id)
        able = registry.info(source.network).capabilities
        verb = VERBS.get(source.network)
        if verb and self.chance.random() < 0.3:
            self.actions.append(self.store.write(lambda conn: network_actions.insert(conn, self._action(stored, verb))))
        elif able.reply and stored.answerable:
            text = f"Sorry! We look into it {uuid.uuid4().hex[:10]}"
            try:
                sent = self.desk.outbox.send(stored.conversation_id, text, lang="en", answers=stored.id)
            except ActionError:
                return  # one is on its way there already
            self.replies[sent.id] = text

    def _action(self, stored: messages.StoredMessage, verb: str) -> dict[str, Any]:
        return {
            "conversation_id": stored.conversation_id,
            "source_id": stored.source_id,
            "message_id": stored.id,
            "status": "held",
            "member": "ana",
            "verb": verb,
            "undo": False,
            "key": uuid.uuid4().hex,
            "created_at": now(),
            "updated_at": now(),
            "held_until": 0,
        }

    def source_of(self, source_id: int) -> SourceRow:
        return next(row for row in sources.all(self.store.read()) if row.id == source_id)

    def missing(self) -> list[Said]:
        return [each for each in self.said.values() if not each.seen and not self.special(each.source)]

    def on_its_way(self) -> int:
        """How much of what goes out has not come to an end."""
        query = "SELECT count(*) FROM outgoing WHERE status IN ('held', 'queued', 'sending')"
        return int(self.store.read().execute(query).fetchone()[0])

    def special(self, source: str) -> str:
        return str(self.accounts[source]["special"])


def resident(process: int) -> int:
    """Bytes of memory that a process holds."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def used(process: int) -> float:
    """Seconds of processor time that a process used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def write_config(accounts: dict[str, Any]) -> dict[str, str]:
    """A configuration of all accounts; the environment with their secrets."""
    lines, secrets = ['[sending]\nundo = "0s"\n'], {}
    for name, each in accounts.items():
        table = {"name": name, "network": each["network"], "base_url": f"http://127.0.0.1:{each['port']}"}
        table |= {"interval": f"{INTERVAL}s", "enabled": True, **each["options"]}
        if each["network"] == "feed":
            table["base_url"] += "/comments.xml"
        lines.append("[[source]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items()))
        if each["secret"]:
            secrets[f"CMINBOX_SECRET_{name.upper()}"] = each["secret"]
    folder = paths.find().config
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text("\n".join(lines))
    return secrets


@contextmanager
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Forty]:
    """Servers and engine, each a process of its own."""
    command = [sys.executable, str(HOSTS), str(SIMULATOR), str(SEED), "1" if MINUTES >= 5 else "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as hosts:
        assert hosts.stdout is not None
        told = json.loads(hosts.stdout.readline())
        for name, secret in write_config(told["accounts"]).items():
            monkeypatch.setenv(name, secret)
        try:
            with (
                new_store(paths.find().store) as store,
                subprocess.Popen([sys.executable, "-m", "cminbox", "poll"], stderr=subprocess.DEVNULL) as engine,
            ):
                try:
                    yield Forty(told, store, engine.pid)
                    assert engine.poll() is None
                finally:
                    engine.terminate()
        finally:
            hosts.kill()


def percent(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def run(forty: Forty) -> dict[str, Any]:
    """Live for so many minutes; the figures."""
    began, last_say, last_answer = time.time(), 0.0, 0.0
    until = began + 60 * MINUTES
    killed = 0.0
    while time.time() < until:
        present = time.time()
        if present - last_say > forty.chance.uniform(0.1, 1.2) and present < until - 2 * INTERVAL:
            forty.say()
            last_say = present
        if present - last_answer > 4:
            forty.answer()
            last_answer = present
        if not killed and present > began + 0.4 * 60 * MINUTES:
            forty.ask("/kill", source="facebook3")
            killed = present
        forty.look()
        time.sleep(0.2)
    processor = used(forty.engine)
    forty.ask("/calm")
    while time.time() < until + SETTLES and (forty.missing() or forty.on_its_way()):
        forty.look()
        time.sleep(0.2)
    forty.look()
    # By then each language has been met, whose words are loaded when it is met first.
    early = [size for at, size in forty.memory if at - began <= 60 * 0.4 * MINUTES]
    late = [size for at, size in forty.memory if at > until - 30 * min(1, MINUTES)]
    return {
        "memory": (early[-1], statistics.median(late), max(size for _, size in forty.memory)),
        "by the minute": [_near(forty.memory, began + 60 * minute) for minute in range(round(MINUTES) + 1)],
        "processor": processor / (60 * MINUTES),
        "killed": killed,
    }


def test_forty_accounts_of_all_networks(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not SIMULATOR.is_file():
        pytest.skip(f"the simulator is not there: no {SIMULATOR}")
    if not TOLD:
        pytest.skip("as long as CMINBOX_MINUTES says; make soak takes ten")
    with running(monkeypatch) as forty:
        figures = run(forty)
        report = forty.ask("/report")
        texts = forty.ask("/texts")
        rows = {row.name: row for row in sources.all(forty.store.read())}
        tell(forty, figures, report, rows)
        check_limits(report)
        check_what_came(forty)
        check_sources(forty, report, rows)
        check_what_went_out(forty, texts)
        first, last, _ = figures["memory"]
        assert last <= (1.2 if MINUTES >= 5 else 1.4) * first


def _near(memory: list[tuple[float, int]], at: float) -> int:
    """Megabytes at a moment."""
    return round(min(memory, key=lambda one: abs(one[0] - at))[1] / 1e6)


def waits(forty: Forty) -> list[tuple[float, float, str, str]]:
    """Of each message: how long it took without its source's own troubles, how long in all, source and mark."""
    found = []
    for mark, each in forty.said.items():
        if each.seen and not forty.special(each.source):
            took = each.seen - each.at
            found.append((took - forty.watches[each.source].troubled(each.at, each.seen), took, each.source, mark))
    return found


def tell(forty: Forty, figures: dict[str, Any], report: dict[str, Any], rows: dict[str, SourceRow]) -> None:
    """Print the figures."""
    found = waits(forty)
    own, took = [each[0] / INTERVAL for each in found], [each[1] / INTERVAL for each in found]
    lines = [
        f"{len(forty.said)} said, {len(forty.missing())} missing, interval {INTERVAL} s; waits in intervals, without "
        f"own troubles: p50 {percent(own, 0.5):.2f} p95 {percent(own, 0.95):.2f} most {max(own):.2f}; "
        f"with: p50 {percent(took, 0.5):.2f} p95 {percent(took, 0.95):.2f} most {max(took):.2f}",
        f"memory {[round(size / 1e6) for size in figures['memory']]} MB, by the minute {figures['by the minute']}, "
        f"processor {figures['processor']:.0%}, "
        f"load {os.getloadavg()}",
        f"faults {dict(sum((Counter(each['faults']) for each in report.values()), Counter()))}; "
        f"replies {len(forty.replies)}, verbs {len(forty.actions)}",
    ]
    for name, each in report.items():
        row, watch = rows[name], forty.watches[name]
        troubled = sum(to - since for since, to in watch.troubles)
        lines.append(
            f"{name:12} {each['special']:10} asked {each['asked']:5} polls {len(watch.polls):3} {row.health:8} "
            f"troubled {troubled:4.0f} s, unread for {watch.longest_unread():3.0f} s, early {each['early']} "
            f"over {each['over']} most {each['most']} of {each['limit']} {each.get('units', '')} {each['faults']} "
            f"{row.error[:70]}"
        )
    lines += [f"late: {one:.1f} s of {whole:.1f} s {source} {mark}" for one, whole, source, mark in sorted(found)[-8:]]
    lines += [f"missing: {each.source} {each.at}" for each in forty.missing()]
    sys.stdout.write("\n".join(("", *lines, "")))
    sys.stdout.flush()


def check_what_came(forty: Forty) -> None:
    assert not forty.missing()
    assert [mark for mark, each in forty.said.items() if each.times > 1] == []
    assert [each for each in waits(forty) if each[0] > INTERVAL + BUSY_MACHINE] == []
    heard = {each.source for each in forty.said.values() if each.seen}
    assert {forty.accounts[name]["network"] for name in heard} == {each["network"] for each in forty.accounts.values()}


def check_limits(report: dict[str, Any]) -> None:
    # X counts each endpoint by itself, and its adapter too: these hosts count all of them together.
    early = {name: each["early"] for name, each in report.items() if each["early"] and not name.startswith("x")}
    assert early == {}
    assert {name: each["over"] for name, each in report.items() if each["over"]} == {}
    # Fifteen are left to polling of what it may use; the account's name is asked for from what is kept for people.
    assert 10 <= report["youtube3"]["units"] <= 17


def check_sources(forty: Forty, report: dict[str, Any], rows: dict[str, SourceRow]) -> None:
    for name, watch in forty.watches.items():
        special = forty.special(name)
        if special in ("gone", "hanging"):
            assert rows[name].health == "failing"
        elif special == "dead token":
            assert rows[name].health == "paused"
        else:
            assert watch.healths["paused"] == 0, f"{name}: {rows[name].error}"
        if not special and not report[name]["faults"]:
            assert set(watch.healths) <= {"ok", "new"}
        if not special:
            # A told limit and the waits after failures cost polls; more than half of them are left, well spread.
            assert len(watch.polls) >= 0.5 * 60 * MINUTES / INTERVAL - 1, name
            assert watch.longest_unread() <= 5 * INTERVAL, name


def check_what_went_out(forty: Forty, texts: dict[str, list[str]]) -> None:
    statuses: Counter[str] = Counter()
    conn = forty.store.read()
    for own, text in forty.replies.items():
        status, source = conn.execute(
            "SELECT o.status, s.name FROM outgoing o JOIN sources s ON s.id = o.source_id WHERE o.id = ?", (own,)
        ).fetchone()
        statuses[status] += 1
        times = sum(text in each for each in texts[source])
        assert times <= 1, f"{source}: {times} of {text}"
        assert times == 1 or status != "sent", f"{source}: {text} is said to be sent"
    for own in forty.actions:
        action = network_actions.get(conn, own)
        statuses[f"verb {action.status if action else 'gone'}"] += 1
    sys.stdout.write(f"{dict(statuses)}\n")

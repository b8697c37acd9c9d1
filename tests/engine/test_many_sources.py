"""Many sources, some of which hang: whoever answers is read in time, and a new mention is there with the next poll."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cminbox import config as configuration
from cminbox import paths
from cminbox.engine.loop import Engine
from cminbox.store import Store, messages, sources
from stores import new_store

MANY = int(os.environ.get("CMINBOX_SOURCES") or 200)
"""Sources, a tenth of which hangs; `make soak` takes 1,000, and 50,000 mentions."""
SCRIPT = Path(__file__).with_name("many_hosts.py")


@contextmanager
def many_hosts(hosts: int, behind: int) -> Iterator[list[int]]:
    """The ports of so many hosts, then that of a Mastodon with so many notifications."""
    with subprocess.Popen(
        [sys.executable, str(SCRIPT), str(hosts), str(behind)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield [int(port) for port in process.stdout.readline().split()]
        finally:
            process.kill()


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def table(name: str, network: str, place: str, interval: int) -> str:
    """A source in the configuration."""
    lines = (f'name = "{name}"', f'network = "{network}"', f'base_url = "http://127.0.0.1:{place}"')
    return "\n".join(("[[source]]", *lines, f'interval = "{interval}s"', ""))


def write_config(count: int, ports: list[int], interval: int) -> set[str]:
    """So many feeds, spread over the hosts, and the Mastodon; returns the names of the feeds that answer."""
    *feeds, mastodon = ports
    names = {n: f"feed{n}" for n in range(count)}
    text = "".join(table(names[n], "feed", f"{feeds[n % len(feeds)]}/feed/{n}", interval) for n in range(count))
    text += table("brand", "mastodon", f"{mastodon}", interval)
    folder = paths.find().config
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(text)
    return {names[n] for n in range(count) if n % len(feeds) % 10}


async def mention(port: int) -> str:
    """A new mention; its id."""
    url = f"http://127.0.0.1:{port}/mention"
    answer = await asyncio.to_thread(lambda: urllib.request.urlopen(url, timeout=10).read())
    return str(json.loads(answer)["id"])


async def run_many(store: Store, well: set[str], mastodon: int, interval: int) -> dict[str, float]:
    """Run an engine until every source that answers was read; seconds that it took, and that a mention took."""
    config = configuration.load(paths.find())
    engine = Engine(store, config)
    before, began = resident(), time.monotonic()
    task = asyncio.create_task(engine.run())
    found: dict[str, float] = {}
    waits: list[float] = []
    wanted, asked = "", 0.0
    try:
        while "all read" not in found or len(waits) < 3:
            await asyncio.sleep(0.1)
            assert not task.done()
            now = time.monotonic()
            assert now - began < 3 * interval + 60, found
            conn = store.read()
            rows = {row.name: row for row in sources.all(conn)}
            if "all read" not in found and all(name in rows and rows[name].last_ok_at for name in well):
                found["all read"] = now - began
            brand = rows.get("brand")
            if brand is None or not brand.account_id:
                continue
            if not wanted:
                wanted, asked = await mention(mastodon), now
            elif messages.by_remote(conn, brand.id, wanted) is not None:
                waits.append(now - asked)
                wanted = ""
        found["memory"] = (resident() - before) / 1e6
        found["mention"] = max(waits)
        found["behind"] = 0 if rows["brand"].first_ok_at else 1
    finally:
        engine.stop()
        await asyncio.wait_for(task, 30)
    return found


async def check_many(count: int, hosts: int, behind: int, interval: int, most_memory: int) -> None:
    with many_hosts(hosts, behind) as ports:
        well = write_config(count, ports, interval)
        with new_store(paths.find().store) as store:
            found = await run_many(store, well, ports[-1], interval)
            failing = {row.name for row in sources.all(store.read()) if row.health == "failing"}
    sys.stdout.write(f"{found}\n")
    assert found["all read"] <= 3 * interval
    # A poll that reads what is behind lasts up to ten seconds; the next one begins with what is new.
    assert found["mention"] <= interval + 15
    assert found["memory"] < most_memory
    assert not failing & well


async def test_whoever_answers_is_read_in_time(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CMINBOX_SECRET_BRAND", "let-me-in")
    if MANY > 200:
        await check_many(MANY, hosts=MANY * 3 // 10, behind=50 * MANY, interval=30, most_memory=250)
    else:
        await check_many(MANY, hosts=60, behind=3000, interval=10, most_memory=150)

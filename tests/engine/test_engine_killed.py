"""An engine killed between any two steps: nothing is missing, nothing is double, nobody is answered twice.

Each run starts an engine in a process of its own, which kills itself with SIGKILL before its n-th step; then engines
without a killer run until the outbox is empty. n walks over every step that an undisturbed run makes.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from cminbox.desk import Close
from cminbox.model import MINUTE, now
from cminbox.store import messages, network_actions, replies

_ENGINES = textwrap.dedent(
    """
    import asyncio, os, signal, sys
    import httpx
    from cminbox import config, paths
    from cminbox.engine.loop import Engine
    from cminbox.store import Store

    def run(left):
        def step(name):
            nonlocal left
            print(name, flush=True)
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        loaded = config.load(paths.find())._replace(undo_ms=0)
        with Store.open(loaded.paths.store) as store:
            asyncio.run(Engine(store, loaded, step=step).once())

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(int(line))
            os._exit(0)
        print("exit", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    """
)
"""Runs an engine in a process of its own for each line that it is told; what takes long to import, it has."""


@contextmanager
def engines() -> Iterator[Callable[[int], tuple[list[str], int]]]:
    """What runs an engine that is killed before a step: gives the steps that it made, and its exit status."""
    with subprocess.Popen(
        [sys.executable, "-c", _ENGINES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def run(kill_before: int) -> tuple[list[str], int]:
            print(kill_before, file=process.stdin, flush=True)
            steps: list[str] = []
            while not (line := process.stdout.readline()).startswith("exit "):
                assert line, "the engines ended"
                steps.append(line.removesuffix("\n"))
            status = int(line.split()[1])
            assert status in (0, -9)
            return steps, status

        yield run


async def settle(bench):
    """Undisturbed engines until nothing is on its way."""
    engine = bench.engine()
    task = asyncio.create_task(engine.run())
    async with asyncio.timeout(60):
        while replies.outbox(bench.store.read()):
            await asyncio.sleep(0.05)
    engine.stop()
    await task
    await bench.poll()


async def test_killed_before_any_step(bench, monkeypatch):
    for name in ("CMINBOX_CONFIG", "CMINBOX_DATA"):
        assert os.environ[name]
    with engines() as run_engine:
        await kill_before_each_step(bench, run_engine)


async def kill_before_each_step(bench, run_engine):
    walked: list[str] = []
    number = 1
    while True:
        tag = f"r{number}"
        first = bench.network.post_as(f"{tag}mina", f"@saffronheron {tag} where is it?", at=now() - 5 * MINUTE)
        await bench.poll()
        row = next(r for r in bench.rows() if r.handle == f"{tag}mina")
        reply = bench.desk.outbox.send(row.id, f"{tag} we are looking", lang="en")
        bench.network.post_as(f"{tag}ravi", f"@saffronheron {tag} thank you!")
        bench.network.post_as(f"{tag}mina", f"@saffronheron {tag} hello?", in_reply_to=first)
        steps, status = run_engine(number)
        await settle(bench)
        thread = [(m.direction, m.text) for m in messages.thread(bench.store.read(), row.id)]
        where = f"killed before step {number} ({steps[-1] if steps else 'none'})"
        assert sorted(d for d, _ in thread) == ["in", "in", "out"], where
        assert sum(f"{tag} we are looking" in p["text"] for p in bench.network.accepted()) == 1, where
        assert replies.get(bench.store.read(), reply.id).status == "sent", where
        assert [r.handle for r in bench.rows()].count(f"{tag}ravi") == 1, where
        total = bench.store.read().execute("SELECT COUNT(*), COUNT(DISTINCT remote_id) FROM messages").fetchone()
        assert total[0] == total[1], where
        bench.desk.do(Close(), [r.id for r in bench.rows()])
        if status == 0:
            walked = steps
            break
        number += 1
    for name in ("poll: begin", "poll: page read", "poll: page stored", "poll: end"):
        assert name in walked
    for name in ("send: queue", "send: begin", "send: marked", "send: answered", "send: stored"):
        assert name in walked
    assert number == len(walked) + 1


async def test_verbs_of_an_engine_killed_before_any_step(bench):
    with engines() as run_engine:
        await kill_verbs_before_each_step(bench, run_engine)


async def kill_verbs_before_each_step(bench, run_engine):
    number, walked = 1, []
    while True:
        status = bench.network.post_as(f"v{number}mina", f"@saffronheron v{number} hello?", at=now() - 5 * MINUTE)
        await bench.poll()
        row = next(r for r in bench.rows() if r.handle == f"v{number}mina")
        (message,) = messages.thread(bench.store.read(), row.id)
        values = {
            "conversation_id": row.id,
            "source_id": row.source_id,
            "message_id": message.id,
            "status": "held",
            "member": "ana",
            "verb": "boost",
            "key": f"v{number}",
            "created_at": now(),
            "updated_at": now(),
            "held_until": 0,
        }
        action = bench.store.write(lambda conn, v=values: network_actions.insert(conn, v))
        steps, ended = run_engine(number)
        async with asyncio.timeout(60):
            while network_actions.outbox(bench.store.read()):
                await bench.poll()
        where = f"killed before step {number} ({steps[-1] if steps else 'none'})"
        assert network_actions.get(bench.store.read(), action).status == "sent", where
        assert bench.network.world.status(int(status)).reblogged, where
        if ended == 0:
            walked = steps
            break
        number += 1
    for name in ("send: queue", "send: begin", "send: marked", "send: answered", "send: stored"):
        assert name in walked


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_an_engine_that_is_asked_to_end_leaves_a_reply_that_is_looked_up(bench, number):
    status = bench.network.post_as("mina", "@saffronheron hello?", at=now() - MINUTE)
    await bench.poll()
    reply = bench.desk.outbox.send(bench.only().id, "Good day to you")
    bench.network.fail("slow", "/api/v1/statuses", method="POST", times=1, seconds=8)
    command = [sys.executable, "-m", "cminbox", "poll"]
    engine = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    async with asyncio.timeout(30):
        while replies.get(bench.store.read(), reply.id).status != "sending":
            await asyncio.sleep(0.05)
        engine.send_signal(number)
        said = (await engine.communicate())[1].decode()
    assert engine.returncode == 0
    assert "Traceback" not in said
    assert replies.get(bench.store.read(), reply.id).status in ("sending", "unknown", "sent")
    async with asyncio.timeout(30):
        while replies.get(bench.store.read(), reply.id).status != "sent":
            await bench.poll()
            await asyncio.sleep(0.1)
    assert len(bench.network.accepted()) == 1
    assert status

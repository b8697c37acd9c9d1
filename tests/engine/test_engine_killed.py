"""An engine killed between any two steps: nothing is missing, nothing is double, nobody is answered twice.

Each run starts an engine in a process of its own, which kills itself with SIGKILL before its n-th step; then engines
without a killer run until the outbox is empty. n walks over every step that an undisturbed run makes.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap

from cminbox.desk import Close
from cminbox.model import MINUTE, now
from cminbox.store import messages, replies

_ENGINE = textwrap.dedent(
    """
    import asyncio, os, signal, sys
    from dataclasses import replace
    from cminbox import config, paths
    from cminbox.engine.loop import Engine
    from cminbox.store import Store

    left = int(sys.argv[1])

    def step(name):
        global left
        print(name, flush=True)
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    loaded = config.load(paths.find())._replace(undo_ms=0)
    with Store.open(loaded.paths.store) as store:
        asyncio.run(Engine(store, loaded, step=step).once())
    """
)


def run_engine(kill_before: int) -> tuple[list[str], int]:
    """The steps that an engine made, and its exit status."""
    done = subprocess.run([sys.executable, "-c", _ENGINE, str(kill_before)], capture_output=True, text=True, timeout=60)
    assert done.returncode in (0, -9), done.stderr
    return done.stdout.split("\n")[:-1], done.returncode


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

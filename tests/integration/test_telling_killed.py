"""Real engines that are killed while they tell: each notice is told once, or said to be unknown."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from shell import write

from cminbox.model import now
from cminbox.store import Store, deliveries, notices
from telling_receivers import webhook

MANY = int(os.environ.get("CMINBOX_NOTICES", "24"))


def test_engines_killed_while_they_tell_repeat_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home / "config" / "config.toml", '[[channel]]\nname = "ops"\ndigest = "0s"\n')
    chance = random.Random(7)
    with webhook() as hook, Store.open(home / "data" / "cminbox.db") as store:
        monkeypatch.setenv("CMINBOX_SECRET_OPS", hook.url())
        hook.behave = lambda number: chance.choice([200, 200, 200, 200, 200, 200, "cut", 404])

        def tell(conn) -> None:
            for number in range(MANY):
                notices.tell(conn, now(), "rule", f"n{number}", key=f"n{number}", recipients=["ops"])

        store.write(tell)
        end, kills = time.monotonic() + 60 + MANY, 0
        while time.monotonic() < end:
            engine = subprocess.Popen(
                [sys.executable, "-m", "cminbox", "poll"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            try:
                seen = hook.seen
                # Three are killed soon after they sent something; the last one is let be.
                while kills < 3 and hook.seen < seen + 3 and time.monotonic() < end:
                    time.sleep(0.005)
                while kills >= 3 and time.monotonic() < end and waiting(store):
                    time.sleep(0.05)
            finally:
                engine.send_signal(signal.SIGKILL)
                engine.wait()
            kills += 1
            if not waiting(store):
                break
        arrived = Counter(hook.titles)
        assert kills >= 3
        assert max(arrived.values()) == 1
        fates = Counter()
        for number in range(MANY):
            (one,) = deliveries.of_notice(store.read(), number + 1)
            item, came = one.delivery, arrived[f"n{number}"]
            fates[item.status] += 1
            assert (item.status, came) in {("sent", 1), ("failed", 0), ("unknown", 0), ("unknown", 1)}, item
            assert item.status == "sent" or item.error
        assert fates["sent"] > MANY / 2
        assert hook.seen <= MANY


def waiting(store: Store) -> bool:
    """Whether anything is left to tell."""
    left = any(status in ("queued", "sending") for _, status in deliveries.counts(store.read()))
    return left or notices.any_unplanned(store.read(), now())

"""Many replies through many faults and kills: none is lost, none stands there twice, and nothing false is said."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack

import pytest
from outbox_walk import REPLIES, SEEDS, configure, late_network, our_networks, walk

from cminbox.model import MINUTE
from stores import new_store

pytestmark = pytest.mark.xdist_group("walk")  # one worker waits for them all, and the others work meanwhile


async def judge(home, networks, monkeypatch, began):
    config = configure(home, networks, monkeypatch.setenv)
    with new_store(config.paths.store) as store:
        walked = await walk(store, config, networks, began, SEEDS[0])
    sys.stderr.write(f"{walked}\n")
    assert walked.faultless, walked
    assert sum(walked.statuses.values()) >= REPLIES
    assert walked.statuses["sent"] >= 0.98 * REPLIES
    assert walked.unknown > REPLIES / 4


@pytest.mark.parametrize(
    ("keys", "late", "skew"),
    [
        ("kept", True, 0),
        ("none", True, 0),
        ("late", True, 0),
        ("none", False, -7 * MINUTE),
        ("late", True, 7 * MINUTE),
    ],
    ids=["late", "no-key", "race", "clock-behind", "clock-ahead"],
)
async def test_our_network(home, monkeypatch, keys, late, skew):
    began = time.time()
    with ExitStack() as stack:
        await judge(home, our_networks(stack, began, keys=keys, late=late, skew=skew), monkeypatch, began)


@pytest.mark.parametrize(
    "args",
    [
        ("--mix", "late"),
        ("--mix", "late", "--no-key"),
        ("--mix", "late", "--race"),
        ("--mix", "late", "--no-key", "--skew", "-420"),
        ("--mix", "late", "--race", "--skew", "420"),
    ],
    ids=["late", "no-key", "race", "clock-behind", "clock-ahead"],
)
async def test_a_server_that_accepts_late(home, shared, tmp_path, monkeypatch, args):
    script = shared / "servers" / "late_mastodon.py"
    if not script.is_file():
        pytest.skip(f"there is no {script}")
    began = time.time()
    people = -(-REPLIES // len(SEEDS))
    with ExitStack() as stack:
        networks = [stack.enter_context(late_network(script, tmp_path, began, seed, people, *args)) for seed in SEEDS]
        await judge(home, networks, monkeypatch, began)

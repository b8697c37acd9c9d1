"""An engine whose store is replaced lets go of it, and serves what stands there now; nobody is answered twice."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from test_engine_sending import one

from cminbox.config import Config
from cminbox.desk import Desk
from cminbox.engine import lock_holder, put_back
from cminbox.engine.loop import Engine
from cminbox.engine.service import Service
from cminbox.model import now
from cminbox.store import Store, engine, events, replies


def copied(path: Path) -> Path:
    """A backup of a store beside it."""
    copy = path.with_name("copy.db")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def put_in_place(copy: Path, path: Path) -> None:
    for end in ("-wal", "-shm"):
        Path(f"{path}{end}").unlink(missing_ok=True)
    copy.replace(path)


def remove(path: Path) -> None:
    path.unlink()


@asynccontextmanager
async def serving(bench, *, by_hand: bool = True) -> AsyncIterator[asyncio.Task[None]]:
    """A service on the bench's store while the block runs."""

    def make(store: Store, config: Config, by_hand: bool) -> Engine:
        like = bench.engine()
        return Engine(store, config, by_hand=by_hand, timing=like.timing, sleep=like.sleep)

    service = Service(bench.config, by_hand=by_hand, make=make)
    task = asyncio.create_task(service.run())
    try:
        yield task
    finally:
        service.stop()
        await asyncio.wait_for(task, 20)


async def until(what: Callable[[], bool], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not what():
            await asyncio.sleep(0.05)


def beats(path: Path) -> bool:
    """Whether an engine serves this very file."""
    if not path.exists():
        return False
    with Store.open(path) as store:
        row = engine.get(store.read())
    return row is not None and row.alive(now())


def sent(path: Path, desk_of: Callable[[Store], Desk], conversation: int, text: str) -> int:
    with Store.open(path) as store:
        return desk_of(store).outbox.send(conversation, text).id


def status(path: Path, reply: int) -> str:
    with Store.open(path) as store:
        found = replies.get(store.read(), reply)
    return found.status if found else "none"


async def test_replies_before_and_after_a_store_was_replaced_are_each_sent_once(bench, caplog):
    caplog.set_level(logging.INFO)
    _, row = await one(bench)
    path = bench.store.path
    desk = lambda store: Desk(store, bench.config, bench.desk.context.member)  # noqa: E731
    async with serving(bench):
        await until(lambda: beats(path))
        put_in_place(copied(path), path)
        first = sent(path, desk, row.id, "the first")
        await until(lambda: status(path, first) == "sent")
        with Store.open(path) as store:
            assert events.latest(store.read(), put_back.EVENT) is not None
    assert [post["text"].split(" ", 1)[1] for post in bench.network.accepted()] == ["the first"]
    assert "was replaced by another file while it was open" in caplog.text
    assert "serving the file that stands there now" in caplog.text


async def test_what_was_sent_after_the_copy_was_made_is_not_sent_again(bench):
    """The copy was made while a reply waited; it was sent; then the copy was put back."""
    _, row = await one(bench)
    path = bench.store.path
    reply = bench.desk.outbox.send(row.id, "We are looking into it")
    async with serving(bench):
        copy = copied(path)
        await until(lambda: status(path, reply.id) == "sent")
        put_in_place(copy, path)
        assert status(path, reply.id) in ("held", "queued", "unknown")
        await until(lambda: status(path, reply.id) == "sent")
    assert len(bench.network.accepted()) == 1


async def test_what_had_not_been_sent_is_sent_after_the_network_was_asked(bench):
    _, row = await one(bench)
    path = bench.store.path
    async with serving(bench):
        await until(lambda: beats(path))
    reply = bench.holding.outbox.send(row.id, "still to go")
    put_in_place(copied(path), path)
    async with serving(bench):
        await until(lambda: status(path, reply.id) == "sent")
    assert len(bench.network.accepted()) == 1


async def test_a_store_that_is_removed_is_waited_for(bench, caplog):
    caplog.set_level(logging.INFO)
    path = bench.store.path
    async with serving(bench) as task:
        await until(lambda: beats(path))
        shutil.rmtree(path.parent)
        await until(lambda: "there is no store any more; waiting" in caplog.text)
        assert not path.exists()  # it makes none by itself
        assert not task.done()
        Store.open(path).close()
        await until(lambda: beats(path))


async def test_an_engine_that_a_screen_started_leaves_with_its_store(bench):
    async with serving(bench, by_hand=False) as task:
        await until(lambda: beats(bench.store.path))
        bench.store.path.unlink()
        await asyncio.wait_for(asyncio.shield(task), 20)


async def test_the_lock_is_let_go_of(bench):
    path = bench.store.path
    lock = Path(f"{path}.engine")
    async with serving(bench):
        await until(lambda: beats(path))
        assert lock_holder.holder(lock) is not None
        shutil.rmtree(path.parent)
        with Store.open(path) as store:
            # Another engine can serve what was made anew.
            assert await Engine(store, bench.config, timing=bench.engine().timing).once() is not None
        remove(lock)
    assert lock_holder.holder(lock) is None


async def test_an_engine_whose_lock_was_removed_takes_part_in_the_election_again(bench, caplog):
    caplog.set_level(logging.INFO)
    path = bench.store.path
    async with serving(bench):
        await until(lambda: beats(path))
        remove(Path(f"{path}.engine"))
        await until(lambda: "lost the lock of its engine" in caplog.text)
        await until(lambda: lock_holder.holder(Path(f"{path}.engine")) is not None)


@pytest.mark.parametrize("corrupt", [b"", b"half a file" * 100])
async def test_a_file_that_is_no_store_yet_is_tried_again(bench, corrupt, caplog):
    caplog.set_level(logging.INFO)
    path = bench.store.path
    async with serving(bench):
        await until(lambda: beats(path))
        copy = copied(path)
        path.unlink()
        if corrupt:
            path.write_bytes(corrupt)
            await until(lambda: "not a store" in caplog.text or "not whole" in caplog.text)
        put_in_place(copy, path)
        await until(lambda: beats(path))

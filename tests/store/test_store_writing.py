"""Writing: all or nothing, one after the other, told in one line when it cannot be."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import threading
import time

import pytest
from store_rows import add_row, store_in

from cminbox.errors import ActionError, Full, Locked, StoreError
from cminbox.store import Store, conversations, notes, sources
from cminbox.store.sqlite import errors


@pytest.fixture
def store(tmp_path):
    with store_in(tmp_path) as opened:
        yield opened


def names(store) -> list[str]:
    return [row.name for row in sources.all(store.read())]


def test_a_write_gives_back_what_its_work_returns(store):
    assert store.write(lambda conn: sources.ensure(conn, "second", "feed").name) == "second"
    assert names(store) == ["brand", "second"]


def test_whatever_the_work_raises_rolls_everything_back_and_is_raised(store):
    def work(conn):
        sources.ensure(conn, "half", "feed")
        raise ActionError("no")

    with pytest.raises(ActionError, match="no"):
        store.write(work)
    assert names(store) == ["brand"]
    assert store.write(lambda conn: 7) == 7


def test_a_wrong_statement_rolls_back_and_is_a_store_error(store):
    def work(conn):
        sources.ensure(conn, "half", "feed")
        conn.execute("INSERT INTO sources (name, network) VALUES ('brand', 'again')")

    with pytest.raises(StoreError, match=r"cminbox\.db: UNIQUE"):
        store.write(work)
    assert names(store) == ["brand"]


def test_what_points_nowhere_is_refused(store):
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        store.write(lambda conn: notes.add(conn, 999, "ana", "to nobody", 1))


def test_readers_cannot_write(store):
    for statement in ("DELETE FROM sources", "CREATE TABLE x (y)", "PRAGMA user_version = 7"):
        with pytest.raises(StoreError, match="readonly"):
            store.read().execute(statement)
    assert names(store) == ["brand"]


def test_each_thread_has_a_reader_of_its_own_and_keeps_it(store):
    mine, theirs = store.read(), []
    thread = threading.Thread(target=lambda: theirs.extend([store.read(), store.read()]))
    thread.start()
    thread.join()
    assert mine is store.read()
    assert theirs[0] is theirs[1]
    assert theirs[0] is not mine


def test_the_data_version_changes_when_anybody_commits_and_only_then(store):
    before = store.data_version()
    assert store.data_version() == before
    add_row(store, 1)
    after = store.data_version()
    assert after != before
    with Store.open(store.path) as another:
        another.write(lambda conn: sources.ensure(conn, "second", "feed"))
    assert store.data_version() != after


def test_closing_waits_for_what_was_handed_in(tmp_path):
    store = store_in(tmp_path)
    begun = threading.Event()

    def slow(conn):
        begun.set()
        time.sleep(0.3)
        sources.ensure(conn, "slow", "feed")

    thread = threading.Thread(target=store.write, args=(slow,))
    thread.start()
    begun.wait(10)
    for number in range(5):
        store._writer.submit(lambda conn, n=number: sources.ensure(conn, f"s{n}", "feed"), durable=True, late=False)
    store.close()
    with Store.open(store.path) as again:
        assert names(again) == ["brand", "s0", "s1", "s2", "s3", "s4", "slow"]
    thread.join(10)


async def test_an_asynchronous_write_does_not_hold_the_loop(store):
    ticks = 0

    def slow(conn):
        time.sleep(0.3)
        return "done"

    waiting = asyncio.create_task(store.awrite(slow))
    while not waiting.done():
        await asyncio.sleep(0.01)
        ticks += 1
    assert await waiting == "done"
    assert ticks > 5


async def test_a_write_that_nobody_waits_for_any_more_is_not_begun(store):
    held = asyncio.create_task(store.awrite(lambda conn: time.sleep(0.2)))
    await asyncio.sleep(0.05)
    left = asyncio.create_task(store.awrite(lambda conn: sources.ensure(conn, "left", "feed")))
    await asyncio.sleep(0.01)
    left.cancel()
    await held
    store.write(lambda conn: None)
    assert names(store) == ["brand"]


HOLDER = textwrap.dedent(
    """
    import sqlite3, sys
    conn = sqlite3.connect(sys.argv[1], isolation_level=None)
    conn.execute(sys.argv[2])
    conn.execute("BEGIN IMMEDIATE")
    print(flush=True)
    sys.stdin.read()
    conn.execute("ROLLBACK")
    """
)


def test_a_store_that_another_process_writes_to_is_waited_for_then_told(tmp_path, monkeypatch):
    monkeypatch.setattr(errors, "BUSY_SECONDS", 0.1)
    with store_in(tmp_path) as store:
        command = [sys.executable, "-c", HOLDER, str(store.path), "PRAGMA user_version"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            holder.stdout.readline()
            with pytest.raises(Locked, match="another program holds the store"):
                store.write(lambda conn: sources.ensure(conn, "second", "feed"))
            assert names(store) == ["brand"]  # readers read on
            holder.stdin.close()
        store.write(lambda conn: sources.ensure(conn, "second", "feed"))
        assert names(store) == ["brand", "second"]


def test_a_store_that_another_process_has_for_itself_alone_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(errors, "BUSY_SECONDS", 0.1)
    path = tmp_path / "data" / "cminbox.db"
    store_in(tmp_path).close()
    command = [sys.executable, "-c", HOLDER, str(path), "PRAGMA locking_mode = EXCLUSIVE"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        with pytest.raises(Locked, match="another program holds the store"):
            Store.open(path)
        holder.stdin.close()


FULL_DISK = textwrap.dedent(
    """
    import resource, sys
    from pathlib import Path
    from cminbox.errors import Full
    from cminbox.store import Store, sources

    path = Path(sys.argv[1])
    with Store.open(path) as store:
        wal = path.with_name(path.name + "-wal")
        store.write(lambda conn: sources.ensure(conn, "before", "feed"))
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (wal.stat().st_size + 4096, limit[1]))

        def much(conn):
            for number in range(3000):
                sources.ensure(conn, f"much-{number}", "feed")

        try:
            store.write(much)
        except Full as error:
            print(error.line())
        print([row.name for row in sources.all(store.read())])
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        store.write(lambda conn: sources.ensure(conn, "after", "feed"))
        print([row.name for row in sources.all(store.read())])
        print(store.read().execute("PRAGMA integrity_check").fetchone()[0])
    """
)


def test_a_disk_that_takes_no_more_is_told_nothing_is_lost_and_writing_goes_on_when_there_is_room(tmp_path):
    """The operating system refuses to let the files grow, as a full disk would."""
    path = tmp_path / "data" / "cminbox.db"
    done = subprocess.run([sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    told, during, after, sound = done.stdout.splitlines()
    assert "cannot be written" in told
    assert "free some disk space" in told
    assert during == "['before']"
    assert after == "['after', 'before']"
    assert sound == "ok"


def test_a_store_that_may_not_grow_is_full(store):
    """SQLite's own limit: the same error as that of a disk without room."""
    store.write(lambda conn: conn.execute(f"PRAGMA max_page_count = {conn.execute('PRAGMA page_count').fetchone()[0]}"))

    def much(conn):
        for number in range(500):
            sources.ensure(conn, f"much-{number}", "feed")

    with pytest.raises(Full, match="cannot be written"):
        store.write(much)
    assert names(store) == ["brand"]


def test_a_change_is_shown_to_all_readers_at_once_and_whole(store):
    """A reader sees the row and its number of change together."""
    number = add_row(store, 1)

    def work(conn):
        notes.add(conn, number, "ana", "hello", 5)
        conversations.touch(conn, number)
        with Store.open(store.path) as another:
            assert conversations.get(another.read(), number).notes == 0

    store.write(work)
    assert conversations.get(store.read(), number).notes == 1


def test_who_writes_late_lets_others_write_before_and_then_begins_anew(store):
    seen = []

    def work(conn):
        seen.append([row.name for row in sources.all(conn)])
        if len(seen) == 1:
            with Store.open(store.path) as another:
                another.write(lambda other: sources.ensure(other, "second", "feed"))
        return sources.ensure(conn, "third", "feed").name

    assert store.write(work, late=True) == "third"
    assert seen == [["brand"], ["brand", "second"]]
    assert names(store) == ["brand", "second", "third"]


def test_who_writes_late_and_is_let_be_works_once(store):
    seen = []
    store.write(lambda conn: (seen.append(1), sources.ensure(conn, "second", "feed")), late=True)
    assert (seen, names(store)) == ([1], ["brand", "second"])
    with pytest.raises(ActionError):
        store.write(lambda conn: (sources.ensure(conn, "third", "feed"), _no()), late=True)
    assert names(store) == ["brand", "second"]


def _no():
    raise ActionError("no")

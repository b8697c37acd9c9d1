"""Reads beside: the newest is the only one that is wanted, and an unwanted one ends in the middle of its statement."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from store_rows import add_row, store_in

from cminbox.errors import Stopped
from cminbox.store import Connection, Store, change_numbers
from cminbox.store.sqlite.reader import Reader, yielding_to_keys

ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT COUNT(*) FROM n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_in(tmp_path) as made:
        add_row(made, 1)
        yield made


@pytest.fixture
def reader(store: Store) -> Iterator[Reader]:
    made = Reader(store)
    yield made
    made.close()


def endless(began: threading.Event):
    def work(conn: Connection) -> object:
        began.set()
        return conn.execute(ENDLESS).fetchone()

    return work


def test_a_read_gives_its_answer(reader: Reader) -> None:
    read = reader.begin(change_numbers.newest)
    assert read.ready(20)
    assert isinstance(read.answer.result(), int)


def test_a_newer_read_ends_the_statement_of_an_older_one(reader: Reader) -> None:
    began = threading.Event()
    older = reader.begin(endless(began))
    assert began.wait(20)
    assert not older.ready(0.01)
    newer = reader.begin(lambda conn: 7)
    assert newer.answer.result(20) == 7
    with pytest.raises(Stopped):
        older.answer.result(20)


def test_a_read_that_is_stopped_between_two_statements_begins_no_other(reader: Reader) -> None:
    began, go_on, asked = threading.Event(), threading.Event(), []

    def work(conn: Connection) -> None:
        began.set()
        go_on.wait(20)
        asked.append(conn)
        conn.execute("SELECT 1")

    read = reader.begin(work)
    assert began.wait(20)
    read.stop()
    go_on.set()
    with pytest.raises(Stopped):
        read.answer.result(20)
    assert asked


def test_what_was_never_begun_is_not_begun_any_more(reader: Reader) -> None:
    began, done = threading.Event(), []
    reader.begin(endless(began))
    assert began.wait(20)
    waiting = reader.begin(done.append)
    last = reader.begin(lambda conn: "there")
    assert last.answer.result(20) == "there"
    with pytest.raises(Stopped):
        waiting.answer.result(20)
    assert not done


def test_an_error_is_for_whoever_waits(reader: Reader) -> None:
    def work(conn: Connection) -> None:
        raise ValueError("not so")

    with pytest.raises(ValueError, match="not so"):
        reader.begin(work).answer.result(20)
    assert reader.begin(lambda conn: 1).answer.result(20) == 1


def test_closing_ends_what_is_being_read(store: Store) -> None:
    reader, began = Reader(store), threading.Event()
    read = reader.begin(endless(began))
    assert began.wait(20)
    reader.close()
    assert read.answer.done()


def test_a_statement_rests_while_somebody_else_wants_the_processor(store: Store) -> None:
    some = ENDLESS.replace("FROM n)", "FROM n WHERE x < 200000)")
    left, asked = [True] * 5, []
    conn = store.read()

    def busy() -> bool:
        asked.append(True)
        return bool(left and left.pop())

    with yielding_to_keys(conn, busy):
        assert conn.execute(some).fetchone()[0] == 200_000
    assert not left
    assert len(asked) > 5
    before = len(asked)
    assert conn.execute(some).fetchone()[0] == 200_000
    assert len(asked) == before


def test_a_statement_that_rests_does_not_end_before_it_may(store: Store) -> None:
    held, done = threading.Event(), threading.Event()
    held.set()

    def read() -> None:
        with yielding_to_keys(store.read(), held.is_set):
            store.read().execute(ENDLESS.replace("FROM n)", "FROM n WHERE x < 200000)")).fetchone()
        done.set()

    thread = threading.Thread(target=read)
    thread.start()
    assert not done.wait(0.3)
    held.clear()
    assert done.wait(30)
    thread.join()

"""A store whose file is replaced or removed while it is open: noticed, and nothing is written to the ghost."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cminbox.errors import Replaced
from cminbox.store import Store, notes, sources


def put(store: Store, name: str) -> None:
    store.write(lambda conn: sources.ensure(conn, name, "feed", polled=False))


def names(path: Path) -> list[str]:
    with Store.open(path) as store:
        return [row.name for row in sources.all(store.read())]


def copy_over(path: Path) -> None:
    """A backup is moved in place of the store, as people do it."""
    copy = path.with_name("copy.db")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    remove_log(path)
    copy.replace(path)


def remove_log(path: Path) -> None:
    for end in ("-wal", "-shm"):
        Path(f"{path}{end}").unlink(missing_ok=True)


def remove_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def make_again(path: Path) -> None:
    shutil.rmtree(path.parent)
    Store.open(path).close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "cminbox.db"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (copy_over, "was replaced by another file"),
        (make_again, "was replaced by another file"),
        (Path.unlink, "was removed"),
        (remove_folder, "was removed"),
        (remove_log, "lost its log"),
    ],
)
@pytest.mark.parametrize("used", [True, False], ids=["used", "only-opened"])
def test_nothing_is_written_to_a_file_that_is_gone(
    path: Path, change: Callable[[Path], object], told: str, used: bool
) -> None:
    with Store.open(path) as store:
        if used:
            put(store, "before")
            assert store.data_version()
        if change is remove_log and not used:
            pytest.skip("no connection is open, so there is no log")
        change(path)
        with pytest.raises(Replaced, match=told) as error:
            put(store, "after")
        assert "start again" in error.value.hint
        with pytest.raises(Replaced):
            store.check_file()
        if used:  # what was there can still be read
            assert [row.name for row in sources.all(store.read())] == ["before"]
    if path.exists():
        assert "after" not in names(path)


def test_a_file_that_is_replaced_while_it_is_written_is_told(path: Path) -> None:
    with Store.open(path) as store:
        put(store, "before")

        def work(conn: object) -> None:
            copy_over(path)
            sources.ensure(conn, "lost", "feed", polled=False)

        with pytest.raises(Replaced):
            store.write(work)
    assert names(path) == ["before"]


def test_what_stands_in_a_log_that_was_removed_is_kept(path: Path) -> None:
    with Store.open(path) as store:
        put(store, "one")
        assert Path(f"{path}-wal").stat().st_size
        remove_log(path)
        with pytest.raises(Replaced):
            put(store, "two")
    assert names(path) == ["one"]


def test_many_processes_that_come_and_go_replace_nothing(path: Path) -> None:
    with Store.open(path) as store:
        for number in range(5):
            put(store, f"s{number}")
            with Store.open(path) as other:
                put(other, f"o{number}")
            store.check_file()
            assert store.data_version()
        assert len(sources.all(store.read())) == 10


def test_a_store_that_only_reads_notices_too(path: Path) -> None:
    Store.open(path).close()
    with Store.open(path) as store:
        assert notes.of(store.read(), 1) == []
        store.check_file()
        copy_over(path)
        with pytest.raises(Replaced):
            store.check_file()

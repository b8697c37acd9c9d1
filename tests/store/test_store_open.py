"""Opening a store: made, brought up to date with a copy kept, shared with a group, or refused in one clear line."""

from __future__ import annotations

import grp
import multiprocessing
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from cminbox.errors import ConfigError, Corrupt, Full, Locked, StoreError, TooNew
from cminbox.store import Store, conversations, sources
from cminbox.store.sqlite import errors, schema

OLDER = tuple(schema.scripts())
NEWER = (*OLDER, ("0099_artificial", "CREATE TABLE artificial (x TEXT);\nINSERT INTO artificial VALUES ('moved; on');"))
BROKEN = (*OLDER, ("0099_artificial", "CREATE TABLE artificial (x TEXT);\nINSERT INTO nowhere VALUES (1);"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "cminbox.db"


def newer_program(monkeypatch, scripts=NEWER):
    """From here on the program knows one migration more."""
    monkeypatch.setattr(schema, "scripts", lambda: scripts)
    monkeypatch.setattr(schema, "VERSION", len(scripts))


def older_program(monkeypatch):
    """From here on the program is as old as the oldest one."""
    monkeypatch.setattr(schema, "scripts", lambda: OLDER[:1])
    monkeypatch.setattr(schema, "VERSION", 1)


def version(path) -> int:
    with sqlite3.connect(path) as conn:
        return conn.execute("PRAGMA user_version").fetchone()[0]


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_fresh_store_has_every_table_and_the_newest_version(path):
    with Store.open(path) as store:
        tables = {row[0] for row in store.read().execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert {"conversations", "messages", "message_words", "events", "outgoing", "measures"} <= tables
        assert store.read().execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert version(path) == schema.VERSION


def test_the_scripts_are_numbered_and_counted():
    assert [name[:5] for name, _ in OLDER] == [f"{number:04}_" for number in range(1, schema.VERSION + 1)]


def test_opening_again_changes_nothing(path):
    with Store.open(path) as store:
        store.write(lambda conn: sources.ensure(conn, "brand", "mastodon"))
    before = path.read_bytes()
    with Store.open(path) as store:
        assert sources.by_name(store.read(), "brand").network == "mastodon"
    assert path.read_bytes() == before
    assert not [p.name for p in path.parent.iterdir() if ".before-" in p.name]


def schema_and_records(path) -> tuple[list, list]:
    with sqlite3.connect(path) as conn:
        made = conn.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name").fetchall()
        return made, conn.execute("SELECT id, migration_set, name FROM _sqlite_migrations ORDER BY id").fetchall()


def test_a_new_store_is_what_the_migrations_would_have_made_one_by_one(path, monkeypatch):
    Store.open(path).close()
    other = path.with_name("other.db")
    with monkeypatch.context() as then:
        older_program(then)
        Store.open(other).close()
    Store.open(other).close()
    assert schema_and_records(path) == schema_and_records(other)
    with sqlite3.connect(path, isolation_level=None) as conn:
        schema.migrate(conn)
    assert schema_and_records(path) == schema_and_records(other)


def test_a_store_whose_making_was_cut_off_is_made(path):
    path.parent.mkdir()
    with sqlite3.connect(path) as conn:
        for statement in schema.statements(schema._RECORDS):
            conn.execute(statement)
    Store.open(path).close()
    assert version(path) == schema.VERSION


def test_an_older_store_is_brought_up_to_date_and_a_copy_of_it_kept(path, monkeypatch):
    with Store.open(path) as store:
        store.write(lambda conn: sources.ensure(conn, "brand", "mastodon"))
    newer_program(monkeypatch)
    with Store.open(path) as store:
        assert store.read().execute("SELECT x FROM artificial").fetchone()[0] == "moved; on"
        assert sources.by_name(store.read(), "brand") is not None
    copy = path.with_name(f"cminbox.db.before-{len(NEWER)}")
    assert (version(path), version(copy), mode(copy)) == (len(NEWER), len(OLDER), 0o600)
    with sqlite3.connect(copy) as conn:
        assert conn.execute("SELECT name FROM sources").fetchall() == [("brand",)]


def test_every_store_there_ever_was_can_be_brought_up_to_date(path, monkeypatch):
    with monkeypatch.context() as then:
        older_program(then)
        Store.open(path).close()
        assert version(path) == 1
    Store.open(path).close()
    assert version(path) == schema.VERSION


def test_a_migration_that_fails_leaves_the_store_as_it_was(path, monkeypatch):
    Store.open(path).close()
    with monkeypatch.context() as then:
        newer_program(then, BROKEN)
        with pytest.raises(StoreError, match="nowhere"):
            Store.open(path)
    with Store.open(path) as store:
        assert not store.read().execute("SELECT 1 FROM sqlite_master WHERE name = 'artificial'").fetchall()
    newer_program(monkeypatch)
    Store.open(path).close()
    assert version(path) == len(NEWER)


def _open_and_add(path, name, gate):
    gate.wait()
    with Store.open(path) as store:
        store.write(lambda conn: sources.ensure(conn, name, "feed"))


def test_processes_that_open_at_once_make_one_store(path):
    spawn = multiprocessing.get_context("spawn")
    gate = spawn.Event()
    tasks = [spawn.Process(target=_open_and_add, args=(path, f"s{n}", gate)) for n in range(3)]
    for task in tasks:
        task.start()
    gate.set()
    for task in tasks:
        task.join(30)
    assert [task.exitcode for task in tasks] == [0, 0, 0]
    with Store.open(path) as store:
        assert [row.name for row in sources.all(store.read())] == ["s0", "s1", "s2"]


def test_a_store_of_a_newer_version_is_refused_and_left_alone(path, monkeypatch):
    with monkeypatch.context() as then:
        newer_program(then)
        Store.open(path).close()
    before = path.read_bytes()
    with pytest.raises(TooNew, match=f"store version {len(NEWER)}, this program knows {schema.VERSION}") as told:
        Store.open(path)
    assert "update cminbox" in told.value.hint
    assert path.read_bytes() == before


def test_what_is_no_database_is_refused_and_left_alone(path):
    path.parent.mkdir()
    path.write_text("Dear diary, this is certainly not a database, however long it may be.\n" * 50)
    with pytest.raises(Corrupt, match="not a store, or a damaged one"):
        Store.open(path)
    assert path.read_text().startswith("Dear diary")


def test_another_programs_database_is_refused_and_left_alone(path):
    path.parent.mkdir()
    with sqlite3.connect(path) as conn:
        conn.execute("CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()
    with pytest.raises(Corrupt, match="not a store of cminbox"):
        Store.open(path)
    assert path.read_bytes() == before


def test_a_folder_in_the_stores_place_is_told(path):
    path.mkdir(parents=True)
    with pytest.raises(StoreError, match=r"cminbox\.db"):
        Store.open(path)


def test_a_file_in_the_folders_place_is_told(path):
    path.parent.write_text("a file")
    with pytest.raises(StoreError, match=r"cminbox\.db") as told:
        Store.open(path)
    assert not isinstance(told.value, Full)


def test_a_damaged_store_is_told_by_reading_and_by_writing(path):
    with Store.open(path) as store:
        for number in range(300):
            store.write(lambda conn, n=number: sources.ensure(conn, f"s{n}", "feed"), durable=False)
    raw = bytearray(path.read_bytes())
    raw[8192:] = b"\x7f" * (len(raw) - 8192)
    path.write_bytes(bytes(raw))
    with Store.open(path) as store:
        with pytest.raises(Corrupt, match="damaged"):
            store.write(lambda conn: sources.ensure(conn, "x", "feed"))
        with pytest.raises(Corrupt, match="damaged"):
            sources.all(store.read())


def test_damage_in_the_middle_of_a_result_is_told_too(path):
    with Store.open(path) as store:
        many = [(f"k{number:05}", "v" * 200) for number in range(2000)]
        store.write(lambda conn: conn.executemany("INSERT INTO settings VALUES (?, ?)", many))
    raw = bytearray(path.read_bytes())
    raw[-40 * 4096 :] = b"\x7f" * (40 * 4096)
    path.write_bytes(bytes(raw))
    with Store.open(path) as store:
        read = store.read().execute("SELECT value FROM settings ORDER BY key")
        assert read.fetchone()["value"]
        with pytest.raises(Corrupt, match="damaged"):
            read.fetchall()
        read = store.read().execute("SELECT value FROM settings ORDER BY key")
        with pytest.raises(Corrupt, match="damaged"):
            list(read)


def test_whoever_brings_the_store_up_to_date_is_waited_for_and_told(path, monkeypatch):
    monkeypatch.setattr(errors, "BUSY_SECONDS", 0.05)
    Store.open(path).close()
    newer_program(monkeypatch)
    script = (
        "import sys; from filelock import FileLock\nwith FileLock(sys.argv[1]):\n print(flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, f"{path}.migrating"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        with pytest.raises(Locked, match="bringing the store up to date"):
            Store.open(path)
        holder.stdin.close()
    Store.open(path).close()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_store_is_its_owners_alone(path, umask):
    old = os.umask(umask)
    try:
        with Store.open(path) as store:
            store.write(lambda conn: sources.ensure(conn, "brand", "mastodon"))
            assert {mode(p) for p in path.parent.iterdir()} == {0o600}
            assert (path.parent / "cminbox.db-wal").exists()
    finally:
        os.umask(old)
    assert mode(path.parent) == 0o700


def _a_group() -> str:
    """A group that files of ours can be given to: besides our own, if there is one."""
    mine = {*os.getgroups(), os.getegid()}
    known = [entry for entry in grp.getgrall() if os.geteuid() == 0 or entry.gr_gid in mine]
    if not known:
        pytest.skip("none of our groups has a name on this host")
    return max(known, key=lambda entry: entry.gr_gid != os.getegid()).gr_name


@pytest.mark.parametrize("before", ["nothing", "a folder", "a store of one"])
def test_a_shared_store_is_its_groups_whatever_it_was_before(path, before):
    group = _a_group()
    if before == "a folder":
        path.parent.mkdir(mode=0o700)
    elif before == "a store of one":
        Store.open(path).close()
    old = os.umask(0o077)
    try:
        with Store.open(path, group=group) as store:
            store.write(lambda conn: sources.ensure(conn, "brand", "mastodon"))
            assert {p.name: mode(p) for p in path.parent.iterdir()} == {p.name: 0o660 for p in path.parent.iterdir()}
            assert {p.group() for p in (path.parent, *path.parent.iterdir())} == {group}
    finally:
        os.umask(old)
    assert mode(path.parent) == 0o2770
    Store.open(path).close()
    assert mode(path) == 0o600


def test_a_group_that_this_host_does_not_have_is_told(path):
    with pytest.raises(ConfigError, match="no group 'nobodys-friends'"):
        Store.open(path, group="nobodys-friends")
    assert not path.parent.exists()


SOMEBODY_ELSE = textwrap.dedent(
    """
    import os, sys
    import urllib.parse  # pathlib imports it late, and the other account may not read root's Python then
    from pathlib import Path
    from cminbox.store import Store, conversations, sources
    gid, group = int(sys.argv[2]), sys.argv[3]
    os.umask(0o077)
    os.setgroups([gid])
    os.setegid(65534)
    os.seteuid(65534)
    with Store.open(Path(sys.argv[1]), group=group) as store:
        store.write(lambda conn: sources.ensure(conn, "theirs", "feed"))
    """
)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_two_accounts_of_the_group_write_to_one_store_whoever_makes_its_files():
    group = _a_group()
    # Not below pytest's folder: each pytest that starts meanwhile closes that to others.
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, os.stat(folder).st_mode | stat.S_IXOTH)
        _two_accounts_write(Path(folder) / "data" / "cminbox.db", group)


def _two_accounts_write(path, group):
    script = [sys.executable, "-c", SOMEBODY_ELSE, str(path), str(grp.getgrnam(group).gr_gid), group]
    Store.open(path, group=group).close()
    for _ in range(2):
        done = subprocess.run(script, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        with Store.open(path, group=group) as store:
            assert [row.name for row in sources.all(store.read())][-1] == "theirs"
            store.write(lambda conn: sources.ensure(conn, "ours", "feed"))


def test_a_closed_store_says_so(path):
    store = Store.open(path)
    conversations.count(store.read(), None)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="is closed"):
        store.read()
    with pytest.raises(StoreError, match="is closed"):
        store.write(lambda conn: None)

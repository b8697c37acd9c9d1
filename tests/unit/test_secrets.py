"""Secrets: the environment, else the keyring, else a file for its owner alone; and nowhere in what is printed."""

from __future__ import annotations

import logging
import stat
import string
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator

import keyring
import keyring.backend
import keyring.errors
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox import config, paths, secrets
from cminbox.errors import CminboxError, ConfigError, UsageError

SECRET = 's3cr3t-Zürich-"quoted"-\\back'


class Memory(keyring.backend.KeyringBackend):
    """A keyring that works."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Null(Memory):
    """A keyring that takes everything and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class Broken(Memory):
    """A keyring whose backend fails in its own way."""

    problem: type[Exception] = RuntimeError

    def get_password(self, service: str, username: str) -> str | None:
        raise self.problem("no bus")

    set_password = delete_password = get_password


@pytest.fixture(autouse=True)
def _same_keyring_after() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def memory() -> Memory:
    backend = Memory()
    keyring.set_keyring(backend)
    return backend


def test_without_a_keyring_the_file_keeps_it() -> None:
    found = paths.find()
    assert secrets.get("care", found) is None
    assert secrets.put("care", SECRET, found) == "file"
    assert secrets.put("other", "x", found) == "file"
    assert secrets.find("care", found) == (SECRET, "file")
    assert secrets.get("other", found) == "x"
    assert stat.S_IMODE(found.secrets_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(found.config.stat().st_mode) == 0o700
    assert [path.name for path in found.config.iterdir()] == ["secrets.toml"]


def test_a_keyring_keeps_it_and_the_file_does_not(memory: Memory) -> None:
    found = paths.find()
    assert secrets.put("care", SECRET, found) == "keyring"
    assert secrets.find("care", found) == (SECRET, "keyring")
    assert list(memory.kept.values()) == [SECRET]
    assert not found.secrets_file.exists()


def test_two_configurations_do_not_share_a_keyrings_secret(memory: Memory, home: object) -> None:
    one, two = paths.find(f"{home}/one"), paths.find(f"{home}/two")
    secrets.put("main", "first", one)
    assert secrets.get("main", two) is None
    secrets.put("main", "second", two)
    assert (secrets.get("main", one), secrets.get("main", two)) == ("first", "second")


def test_the_environment_comes_first_then_the_keyring_then_the_file(
    monkeypatch: pytest.MonkeyPatch, memory: Memory
) -> None:
    found = paths.find()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    secrets.put("my-shop.2", "from file", found)
    keyring.set_keyring(memory)
    assert secrets.find("my-shop.2", found) == ("from file", "file")
    memory.set_password("cminbox", f"my-shop.2 in {found.config}", "from keyring")
    assert secrets.find("my-shop.2", found) == ("from keyring", "keyring")
    monkeypatch.setenv("CMINBOX_SECRET_MY_SHOP_2", " from environment\n")
    assert secrets.find("my-shop.2", found) == ("from environment", "environment")
    monkeypatch.setenv("CMINBOX_SECRET_MY_SHOP_2", "")
    assert secrets.find("my-shop.2", found) == ("from keyring", "keyring")


def test_moving_to_a_keyring_empties_the_file() -> None:
    found = paths.find()
    secrets.put("care", "old", found)
    secrets.put("other", "kept", found)
    keyring.set_keyring(Memory())
    assert secrets.put("care", "new", found) == "keyring"
    assert tomllib.loads(found.secrets_file.read_text()) == {"other": "kept"}


@pytest.mark.parametrize("problem", [RuntimeError, OSError, keyring.errors.KeyringLocked, keyring.errors.InitError])
def test_a_keyring_that_fails_is_none(problem: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Broken, "problem", problem)
    keyring.set_keyring(Broken())
    found = paths.find()
    assert secrets.get("care", found) is None
    assert secrets.put("care", SECRET, found) == "file"
    assert secrets.get("care", found) == SECRET
    assert secrets.forget("care", found)


def test_a_keyring_that_keeps_nothing_is_none() -> None:
    keyring.set_keyring(Null())
    assert secrets.put("care", SECRET, paths.find()) == "file"


def test_no_keyring_installed_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert secrets.put("care", SECRET, paths.find()) == "file"
    assert secrets.get("care", paths.find()) == SECRET


def test_forgetting(memory: Memory) -> None:
    found = paths.find()
    assert not secrets.forget("care", found)
    secrets.put("care", SECRET, found)
    assert secrets.forget("care", found)
    assert secrets.get("care", found) is None
    keyring.set_keyring(keyring.backends.fail.Keyring())
    secrets.put("care", SECRET, found)
    assert secrets.forget("care", found)
    assert not secrets.forget("care", found)
    assert SECRET not in found.secrets_file.read_text()


def test_a_file_open_to_others_is_closed_and_told(caplog: pytest.LogCaptureFixture) -> None:
    found = paths.find()
    secrets.put("care", SECRET, found)
    found.secrets_file.chmod(0o644)
    with caplog.at_level(logging.WARNING):
        assert secrets.get("care", found) == SECRET
    assert stat.S_IMODE(found.secrets_file.stat().st_mode) == 0o600
    assert "was open to others (mode 644)" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("bad", ["", "  \n", "two\nlines", "esc\x1b[31m", "nul\x00"])
def test_what_cannot_be_a_secret(bad: str) -> None:
    with pytest.raises(UsageError, match="the secret of") as caught:
        secrets.put("care", bad, paths.find())
    assert not bad.strip() or bad not in caught.value.line()


def test_a_pasted_line_end_is_no_part_of_it() -> None:
    secrets.put("care", " abc\n", paths.find())
    assert secrets.get("care", paths.find()) == "abc"


def test_a_broken_file_is_told_without_what_is_in_it() -> None:
    found = paths.find()
    found.config.mkdir(parents=True)
    for broken in (f"# mine\ncare = [{len(SECRET)}]\n", 'care = "hunter2\n', "care = hunter2\n"):
        found.secrets_file.write_text(broken)
        found.secrets_file.chmod(0o600)
        with pytest.raises(ConfigError, match=r"secrets\.toml:\d") as caught:
            secrets.get("care", found)
        assert "hunter2" not in caught.value.line()


def test_a_file_that_cannot_be_written_is_told() -> None:
    found = paths.find()
    found.config.parent.mkdir(parents=True, exist_ok=True)
    found.secrets_file.mkdir(parents=True)
    with pytest.raises(CminboxError) as caught:
        secrets.put("care", SECRET, found)
    assert SECRET not in caught.value.line()


def test_no_secret_in_what_is_printed_of_a_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    found = paths.find()
    monkeypatch.setenv("CMINBOX_SECRET_CARE", SECRET)
    secrets.put("care", SECRET, found)
    found.config_file.write_text('[[source]]\nname = "care"\nnetwork = "mastodon"\n')
    assert SECRET not in repr(config.load(found))
    assert SECRET not in repr(found)


def test_reading_an_environments_secret_loads_no_keyring() -> None:
    code = (
        "import sys\nfrom cminbox import paths, secrets\n"
        "assert secrets.get('care', paths.find()) == 'x'\nprint('keyring' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], env={"CMINBOX_SECRET_CARE": "x"}, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "False"


printable = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=40)


@given(st.dictionaries(st.text(string.ascii_letters + "-_.é", min_size=1, max_size=8), printable, min_size=1))
def test_what_was_put_is_got(kept: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = paths.find(folder, folder)
        for name, secret in kept.items():
            secrets.put(name, secret, found)
        for name, secret in kept.items():
            assert secrets.find(name, found) == (secret, "file")


def test_secrets_kept_at_the_same_moment_are_all_kept() -> None:
    """Each process writes the file again with what it adds: none loses another's."""
    found = paths.find()
    script = (
        "import sys; from cminbox import paths, secrets\n"
        "for n in range(25): secrets.put(f'{sys.argv[1]}{n}', 'x', paths.find())"
    )
    writers = [subprocess.Popen([sys.executable, "-c", script, name]) for name in ("a", "b", "c")]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert len(tomllib.loads(found.secrets_file.read_text("utf-8"))) == 75

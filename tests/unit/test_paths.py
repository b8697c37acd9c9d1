"""Where the files are, and that nobody else can look into them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from cminbox import paths
from cminbox.errors import CminboxError, UsageError


def test_the_usual_folders(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CMINBOX_CONFIG")
    monkeypatch.delenv("CMINBOX_DATA")
    found = paths.find()
    assert found.config == home / "xdg-config" / "cminbox"
    assert found.data == home / "xdg-data" / "cminbox"
    assert found.state == home / "xdg-state" / "cminbox"


def test_the_environment_comes_before_the_usual_folders(home: Path) -> None:
    found = paths.find()
    assert (found.config, found.data) == (home / "config", home / "data")


def test_what_is_given_comes_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    found = paths.find("~/here", "there")
    assert found.config == home / "here"
    assert found.data == home / "there"
    # A throw-away store leaves no log elsewhere.
    assert found.log == home / "there" / "cminbox.log"


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("CMINBOX_DATA", "")
    assert paths.find().data == home / "xdg-data" / "cminbox"


def test_names_in_the_folders() -> None:
    found = paths.Paths(Path("/c"), Path("/d"), Path("/s"))
    assert [str(path) for path in (found.config_file, found.brand_file, found.keys_file, found.secrets_file)] == [
        "/c/config.toml",
        "/c/brand.toml",
        "/c/keys.toml",
        "/c/secrets.toml",
    ]
    assert [path.name for path in (found.rules, found.lexicons, found.templates)] == [
        "rules",
        "lexicons",
        "templates",
    ]
    assert [str(path) for path in (found.store, found.log)] == [
        "/d/cminbox.db",
        "/s/cminbox.log",
    ]


def test_finding_makes_nothing(home: Path) -> None:
    paths.find()
    assert list(home.iterdir()) == []


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_are_made_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = paths.make_private(tmp_path / "a" / "b" / "c")
    finally:
        os.umask(before)
    assert [mode(folder) for folder in (made, made.parent, made.parent.parent)] == [0o700] * 3


def test_a_folder_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o2770)
    assert paths.make_private(tmp_path) == tmp_path
    assert mode(tmp_path) == 0o2770


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(CminboxError, match="cannot make the folder") as caught:
            paths.make_private(folder)
        assert "--data" in caught.value.hint


def test_an_account_without_a_home_is_told_and_gets_no_folder_called_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "CMINBOX_CONFIG", "CMINBOX_DATA", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)

    def nobody(uid: int) -> object:
        raise KeyError(uid)

    monkeypatch.setattr("pwd.getpwuid", nobody)
    with pytest.raises(UsageError, match="no home folder") as error:
        paths.find()
    assert "--data" in error.value.hint
    with pytest.raises(UsageError, match="no such home folder"):
        paths.find("~/config", "/data")
    assert str(paths.find("/config", "/data").store) == "/data/cminbox.db"


def test_a_folder_beside_one_that_is_gone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(UsageError, match="the folder that you are in is gone"):
        paths.find("/config", "beside")

"""A terminal that cannot show the queue is refused in one line that says why."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from cminbox.cli import terminal
from cminbox.errors import UsageError


class Stream(io.StringIO):
    """A stream that is a terminal, or is none."""

    def __init__(self, tty: bool = True, encoding: str = "utf-8") -> None:
        super().__init__()
        self._tty, self._encoding = tty, encoding

    @property
    def encoding(self) -> str:
        return self._encoding

    def isatty(self) -> bool:
        return self._tty


@pytest.fixture
def usable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that can show the queue."""
    streams = SimpleNamespace(stdin=Stream(), stdout=Stream(), stderr=Stream())
    monkeypatch.setattr(terminal, "sys", streams)  # pytest puts its own in place of the real ones
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(terminal.shutil, "get_terminal_size", lambda fallback=(80, 24): os.terminal_size((80, 24)))


def told() -> str:
    with pytest.raises(UsageError) as error:
        terminal.check()
    assert error.value.hint
    assert error.value.exit_status == 2
    return error.value.message


def test_a_usable_terminal_is_used(usable: None) -> None:
    terminal.check()


@pytest.mark.parametrize(
    ("name", "words"),
    [("stdin", "standard input"), ("stdout", "standard output"), ("stderr", "standard error")],
)
@pytest.mark.parametrize("stream", [None, Stream(tty=False)])
def test_each_stream_has_to_be_one(
    usable: None, monkeypatch: pytest.MonkeyPatch, name: str, words: str, stream: Stream | None
) -> None:
    monkeypatch.setattr(terminal.sys, name, stream)
    assert words in told()


@pytest.mark.parametrize("term", ["dumb", "", "unknown", None])
def test_one_that_moves_no_cursor(usable: None, monkeypatch: pytest.MonkeyPatch, term: str | None) -> None:
    monkeypatch.setenv("TERM", term) if term is not None else monkeypatch.delenv("TERM")
    assert f"TERM is {term}" in told() if term else "TERM is not set" in told()


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1", "koi8-r"])
def test_one_without_utf8(usable: None, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    monkeypatch.setattr(terminal.sys, "stdout", Stream(encoding=encoding))
    assert encoding in told()


@pytest.mark.parametrize(("size", "right"), [((39, 24), False), ((80, 9), False), ((40, 10), True), ((500, 10), True)])
def test_one_that_is_too_small(
    usable: None, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], right: bool
) -> None:
    monkeypatch.setattr(terminal.shutil, "get_terminal_size", lambda fallback=(80, 24): os.terminal_size(size))
    if right:
        terminal.check()
    else:
        assert f"{size[0]}×{size[1]}" in told()


@pytest.mark.parametrize("locale", ["C", "POSIX", ""])
def test_commands_work_in_every_locale(locale: str) -> None:
    environment = {**os.environ, "LC_ALL": locale, "LANG": locale}
    command = [sys.executable, "-m", "cminbox", "score", "¿dónde está mi reembolso?"]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr

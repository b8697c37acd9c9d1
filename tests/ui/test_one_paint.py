"""A screen comes in one piece and in few bytes, and leaves on the terminal what drawing all of it anew would leave."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from emulator import Emulator
from real import SILENCE, Terminal, environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of Unix")

PAINT = re.compile(rb"\x1b\[\?2026h(.*?)\x1b\[\?2026l", re.DOTALL)
"""Textual puts each update between these where the terminal says that it knows them."""
KNOWN = b"\x1b[?2026;2$y"
SIZES = [(80, 24), (120, 40)]


class Shown:
    """The program, the paints that a key brings, and what they leave on the screen."""

    def __init__(self, columns: int, lines: int, **variables: str) -> None:
        self.terminal = Terminal({**environment(), **variables}, columns, lines)
        self.screen = Emulator(columns, lines)
        self.terminal.read(30, until=b"\x1b[?2026$p")
        os.write(self.terminal.main, KNOWN)
        self.terminal.read(30, until=b"help")
        self._fed = 0
        self.terminal.quiet(0.6)
        self._feed()

    def _feed(self) -> list[bytes]:
        new, self._fed = self.terminal.bytes[self._fed :], len(self.terminal.bytes)
        self.screen.feed(new.decode())
        return PAINT.findall(new)

    def press(self, key: str) -> list[bytes]:
        """Press a key; the paints that it brings within a time in which all else comes too."""
        os.write(self.terminal.main, key.encode())
        self.terminal.read(0.6)
        return self._feed()

    def type(self, keys: str) -> None:
        """Press keys, each after what the one before brought."""
        for key in keys:
            self.terminal.press(key)
        self._feed()

    def repainted(self) -> Emulator:
        """The same screen, drawn anew as after a change of the window."""
        self.screen = Emulator(self.screen.columns, self.screen.lines)
        self.terminal.process.send_signal(signal.SIGWINCH)
        self.terminal.quiet(SILENCE, begun=5)
        self._feed()
        return self.screen


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of thirty conversations of three messages."""
    folder = tmp_path_factory.mktemp("filled")
    file = folder / "messages.jsonl"
    with file.open("w", encoding="utf-8") as out:
        for number in range(90):
            message = {
                "id": f"m{number}", "conversation": f"c{number // 3}", "source": "inbox", "network": "jsonl",
                "author": {"id": f"a{number // 3}", "handle": f"person{number // 3}"}, "kind": "dm",
                "text": f"Where is order {number * 7919}? " + "It has not come, and nobody answers. " * (number % 7),
                "created_at": f"2026-11-20T10:{number % 60:02}:00+00:00",
            }  # fmt: skip
            out.write(json.dumps(message) + "\n")
    own = {**environment(), "HOME": str(folder), "CMINBOX_CONFIG": str(folder / "config")}
    command = [sys.executable, "-m", "cminbox", "import", str(file), "--data", str(folder / "data")]
    subprocess.run(command, env=own, check=True, capture_output=True)
    return folder / "data"


@pytest.fixture
def conversations(home: Path, filled: Path) -> None:
    """A copy of that store is this test's own."""
    shutil.copytree(filled, home / "data")


@pytest.fixture(params=SIZES, ids=["80", "120"])
def shown(request: pytest.FixtureRequest, conversations: None) -> Iterator[Shown]:
    found = Shown(*request.param, CMINBOX_PLAIN="")
    yield found
    found.press("Q")
    assert found.terminal.close() == 0


def one_piece(paints: list[bytes], most: int) -> bytes:
    """The first of the paints, which has to hold nearly all of what they hold together."""
    sizes = list(map(len, paints))
    assert sizes, "nothing was painted"
    assert sum(sizes) <= most, sizes
    assert sum(sizes[1:]) <= 400, sizes
    return paints[0]


def test_a_conversation_comes_in_one_piece_and_so_does_the_next(shown: Shown) -> None:
    for key in ("\r", "]", "]", "["):
        painted = one_piece(shown.press(key), 9_000)
        number = re.search(r"@person(\d+)", shown.screen.text[0])
        assert number, shown.screen.text[0]
        last = (int(number[1]) * 3 + 2) * 7919
        assert any(f"Where is order {last}?" in line for line in shown.screen.text)
        assert str(last % 1000).encode()[-1:] in painted
    one_piece(shown.press("w"), 9_000)
    one_piece(shown.press("w"), 9_000)
    one_piece(shown.press("q"), 14_000)


def test_a_move_writes_two_lines_and_then_the_conversation_of_the_cursor_once(shown: Shown) -> None:
    shown.press("j")
    moved, *rest = shown.press("j")
    assert len(moved) <= 1_000
    assert len(rest) <= 2, list(map(len, rest))
    assert sum(map(len, rest)) <= 3_000, list(map(len, rest))


def test_what_was_written_in_pieces_is_what_all_of_it_would_be(shown: Shown) -> None:
    # A field's cursor blinks: what stands below a picker is looked at once that is closed.
    for keys in ("jj ", "\r", "]", "w", "kk", "q", "\x06", "?", "\x1b", "\ra\x1b", "q", "*"):
        shown.type(keys)
        before = shown.screen.shown()
        after = shown.repainted().shown()
        assert before == after, keys
        assert not any(cell[0] == "?" and not cell[3] for line in after for cell in line)


def test_ctrl_r_draws_the_whole_screen_again(shown: Shown) -> None:
    for keys in ("\x12", "\r\x12"):
        shown.type(keys)
        # Whatever else was written to the terminal meanwhile.
        before = shown.screen.shown()
        shown.screen = Emulator(shown.screen.columns, shown.screen.lines)
        shown.type("\x12")
        assert shown.screen.shown() == before


def test_written_as_textual_does_it_is_the_same_screen_in_more_bytes(conversations: None, home: Path) -> None:
    screens, sizes = [], []
    for plain in ("", "1"):
        shown = Shown(80, 24, CMINBOX_PLAIN=plain)
        found = []
        for keys in ("jj ", "\r", "]", "wk", "q", "?", "\x1b"):
            shown.type(keys)
            found.append(shown.screen.shown())
        screens.append(found)
        sizes.append(len(shown.terminal.bytes))
        shown.press("Q")
        assert shown.terminal.close() == 0
        for session in (home / "data").glob("queue-*.json"):
            session.unlink()
    assert screens[0] == screens[1]
    assert sizes[1] > 2 * sizes[0]

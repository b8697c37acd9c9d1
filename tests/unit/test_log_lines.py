"""What a network sent stands in one line of the log and steers no terminal."""

from __future__ import annotations

from pathlib import Path

from cminbox.screens import screen_log


def test_a_message_is_one_line_and_has_no_control_characters(tmp_path: Path) -> None:
    log = tmp_path / "cminbox.log"
    screen_log.write(log, "shop: \x1b[2J\x9bm bad\n2026-11-27 INFO all is well\r\u202eolleh")
    screen_log.write(log, "a mistake", ValueError("one\n\x1b]0;owned\x07two"))
    text = log.read_text(encoding="utf-8")
    assert not {"\x1b", "\x9b", "\x07", "\r", "\u202e"} & {*text}
    first, second, *_ = text.splitlines()
    assert "all is well" in first
    assert second.endswith("a mistake")

"""The real program in a pseudo-terminal: of hostile texts, not one control byte reaches it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from real import Terminal, environment

OWN = re.compile(
    rb"\x1b\[[0-9;:?<>=$]*[ !-/]*[@-~]"  # CSI
    rb"|\x1bP[+$>=]?[qpr|][0-9a-fA-F;]*\x1b\\"  # questions to the terminal
    rb"|\x1b[=>78]"
    rb"|\x1b\]22;[a-z-]*\x07"  # the shape of the pointer
)
"""What Textual itself writes: CSI sequences, questions about what the terminal can, the pointer's shape."""

HOSTILE = (
    "\x1b]0;pwned\x07 title",
    "\x1b]52;c;cHduZWQ=\x1b\\ clipboard",
    "\x1b[7;7;7m\x1b[66;66H pwned-csi",
    "\x9b7;7;7m \x90qpwned\x9c c1",
    "\u202epwned-bidi\u202c \u2066x\u2069",
    "bell \x07 back \x08 tab \x0b del \x7f",
    "[@click=app.quit]markup[/] [/b]",
    "\ud83d lone",
)


def line(number: int, text: str) -> str:
    """One message as JSON Lines has it, hostile in every part; `json` keeps controls and lone surrogates as escapes."""
    return json.dumps(
        {
            "id": f"h{number}", "conversation": f"h{number}",
            "author": {"id": f"a{number}", "handle": text, "name": text},
            "text": f"{text} body", "title": text, "created_at": f"2026-11-20T10:{number:02}:00+00:00",
            "url": f"https://x.example/{text}", "kind": "dm", "source": "inbox", "network": "jsonl",
        }
    )  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of Unix")
def test_no_control_byte_of_a_text_reaches_the_terminal(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "hostile.jsonl"
    file.write_text("\n".join(line(number, text) for number, text in enumerate(HOSTILE)) + "\n", encoding="utf-8")
    own = environment()
    done = subprocess.run(
        [sys.executable, "-m", "cminbox", "import", str(file)], env=own, capture_output=True, timeout=120
    )
    assert done.returncode in (0, 3), done.stderr.decode()
    assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", done.stdout + done.stderr)

    terminal = Terminal(own)
    terminal.read(20, until=b"help")
    terminal.quiet(0.5)
    for _ in HOSTILE:
        for key in "\rwqj":
            terminal.press(key)
    for keys in ("\x1bOQ", "\x1bOR", "\x1bOS", "\x1bOP", "a", "\x1b", "l", "\x1b", "?", "\x1b", "\x10", "\x1b"):
        terminal.press(keys)
    terminal.press("Q")
    status = terminal.close()

    assert status == 0, terminal.bytes[-2000:].decode(errors="replace")
    written = terminal.bytes
    assert b"pwned" in written, "the hostile texts were never shown: the test proves nothing"
    for injected in (b"\x1b]0;", b"\x1b]52", b"\x1b[7;7;7m", b"\x1b[66;66H", b"\x08", b"\x7f"):
        assert injected not in written
    rest = OWN.sub(b"", written)
    assert b"\x1b" not in rest, rest[max(0, rest.find(b"\x1b") - 40) :][:120]
    text = rest.decode("utf-8")
    controls = {char for char in text if (ord(char) < 32 and char not in "\r\n") or 0x7F <= ord(char) < 0xA0}
    assert not controls
    assert not any(0x202A <= ord(char) <= 0x202E or 0x2066 <= ord(char) <= 0x2069 for char in text)

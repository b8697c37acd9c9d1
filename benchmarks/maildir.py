"""The same messages as mail, for the programs that read mail: `python benchmarks/maildir.py 10000 FOLDER`.

One file a message, as a mail server would have delivered it: threads by `In-Reply-To`, names and subjects encoded where
they are not ASCII.
"""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from generator import messages

SUBJECT = 60
"""Characters of a text that become its subject."""
_WORD = 10
"""Characters in one encoded word: with four bytes each it stays within the 75 columns that are allowed."""


def write(folder: Path, rows: Iterable[dict[str, Any]]) -> int:
    """Write messages into a new maildir; returns how many."""
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True)
    number = 0
    for number, row in enumerate(rows, 1):
        (folder / "cur" / f"{number}.M{number}.bench:2,S").write_bytes(_mail(row))
    return number


def _mail(row: dict[str, Any]) -> bytes:
    author = row["author"]
    lines = [
        f"From: {_encoded(author.get('handle') or author['id'])} <{author['id']}@people.example>",
        f"To: {_encoded(row['source'])} <{row['source']}@brand.example>",
        f"Subject: {_encoded(' '.join(row['text'][:SUBJECT].split()))}",
        f"Date: {format_datetime(datetime.fromisoformat(row['created_at']))}",
        f"Message-ID: <{row['id']}@network.example>",
        *([f"In-Reply-To: <{row['parent']}@network.example>"] if row.get("parent") else ()),
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        row["text"],
        "",
    ]
    return "\n".join(lines).encode("utf-8", "replace")


def _encoded(text: str) -> str:
    if text.isascii():
        return text
    parts = (text[at : at + _WORD] for at in range(0, len(text), _WORD))
    return "\n ".join(f"=?utf-8?b?{b64encode(part.encode()).decode()}?=" for part in parts)


if __name__ == "__main__":
    write(Path(sys.argv[2]), messages(int(sys.argv[1])))

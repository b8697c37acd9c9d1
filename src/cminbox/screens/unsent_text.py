"""A text that the store cannot take is kept in a file of its own, so that nobody has to write it twice."""

from __future__ import annotations

import os
import re
from pathlib import Path

from cminbox.errors import CminboxError
from cminbox.paths import make_private


class UnsentText:
    """The file of one text in the making.

    Args:
        folder: where such files are.
        member: who writes.
        what: what it is, by letters, digits and - in the file's name: the conversation that a reply is for.
        head: its first line, which says whom the text is for.
    """

    def __init__(self, folder: Path, member: str, what: str, head: str) -> None:
        name = re.sub(r"[^\w.-]", "_", member)
        self.path = folder / f"unsent-{name}-{what}.txt"
        self._head = head

    def keep(self, text: str) -> bool:
        """Write the text, with mode 0600; whether that could be done."""
        try:
            make_private(self.path.parent)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            with open(os.open(self.path, flags, 0o600), "w", encoding="utf-8") as file:
                file.write(f"{self._head}\n\n{text}\n")
        except (OSError, CminboxError):
            return False
        return True

    def remove(self) -> None:
        """The store has the text after all, or nobody wants it."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError:
            return

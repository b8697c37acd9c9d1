"""The rules as their files say now, with what the screen does to the files."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from cminbox import rules
from cminbox.errors import CminboxError
from cminbox.rules import Rule, switches
from cminbox.rules.files import SHIPPED
from cminbox.screens.rules import editor


class RulesInForce:
    """Every rule, on or off.

    Args:
        folder: the user's rule files; it need not exist.

    Attributes:
        book: as it was read last.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.book = rules.load(folder)

    def read_again(self) -> bool:
        """Read the files again that changed; whether any did."""
        before = self.book
        self.book = before.reload()
        return self.book is not before

    def is_on(self, rule: Rule) -> bool:
        """Whether a rule is on."""
        return rule.name not in {each.name for each in self.book.off}

    def find(self, name: str, here: Rule | None) -> Rule:
        """The rule of a name, or where none is named the one under the cursor.

        Raises:
            CminboxError: there is none.
        """
        found = next((rule for rule in self.book.all if rule.name == name), None) if name else here
        if found is None:
            raise CminboxError(f"no rule is called {name!r}" if name else "there is no rule here")
        return found

    def switch(self, rule: Rule) -> bool:
        """Switch a rule off, or on again; whether it is on now."""
        on = not self.is_on(rule)
        switches.switch(self._folder, rule.name, on=on)
        self.read_again()
        return on

    def edit(self, rule: Rule, suspended: Callable[[], AbstractContextManager[None]]) -> tuple[Path, bool]:
        """Open a rule's file in the person's editor; of a shipped one a copy, which goes again if nothing is changed.

        Args:
            suspended: gives the terminal to another program for so long.

        Returns:
            The file, and whether what it says has changed.

        Raises:
            CminboxError: it cannot be edited.
        """
        if rule.file is None:
            raise CminboxError(f"{rule.name} stands in no file")
        path, shipped = self._own(rule.file), rule.file.parent == SHIPPED
        try:
            editor.run(editor.command(os.environ, path, rule.line or 1), suspended())
        finally:
            if shipped and _same(path, rule.file):
                path.unlink(missing_ok=True)
        return path, self.read_again()

    def _own(self, file: Path) -> Path:
        """The file to edit."""
        if file.parent != SHIPPED:
            return file
        own = self._folder / file.name
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not own.exists():
                own.write_bytes(file.read_bytes())
        except OSError as error:
            raise CminboxError(f"{own}: {error.strerror}", "is the configuration folder yours?") from None
        return own


def _same(one: Path, other: Path) -> bool:
    """Whether two files say the same."""
    try:
        return one.read_bytes() == other.read_bytes()
    except OSError:
        return False

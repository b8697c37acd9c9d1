"""From keys to commands: sequences such as `g q`, and counts such as the 5 of `5j`."""

from __future__ import annotations

from cminbox.commands.keys import COUNTING, KeyMap
from cminbox.commands.registry import Command

MOST_DIGITS = 6


class KeyReader:
    """Reads the keys of one screen.

    Args:
        keymap: which key runs what.
        context: where: a context of `commands.registry`. In some of them digits are counts (`commands.keys.COUNTING`).

    Attributes:
        count: the number typed before the last command's key, or 1.
        counted: whether one was typed.
    """

    def __init__(self, keymap: KeyMap, context: str) -> None:
        self._keymap = keymap
        self._context = context
        self._counts = context in COUNTING
        self._pressed: list[str] = []
        self._digits = ""
        self.count = 1
        self.counted = False

    @property
    def pending(self) -> str:
        """What was typed and is no command yet: a count, the beginning of a sequence, or nothing."""
        return self._digits + " ".join(self._pressed)

    def read(self, key: str) -> Command | None:
        """Take the next key; the command that it completes, if it does.

        A key that begins nothing drops what is pending; so does Esc, which then does nothing else.

        Args:
            key: as `terminal.keys.pressed_key` spells it.
        """
        if self._counts and not self._pressed and key.isascii() and key.isdigit() and (self._digits or key != "0"):
            self._digits = (self._digits + key)[:MOST_DIGITS]
            return None
        command = self.command_for(key)
        if command is None and self._keymap.begins(self._context, [*self._pressed, key]):
            self._pressed.append(key)
            return None
        left, digits = bool(self.pending) and key == "escape", self._digits
        self.clear()
        if command is None or left:
            return None
        self.count, self.counted = int(digits or 1), bool(digits)
        return command

    def command_for(self, key: str) -> Command | None:
        """The command that a key would run now, alone or as the last of a sequence."""
        return self._keymap.find(self._context, [*self._pressed, key])

    def means(self, key: str) -> bool:
        """Whether a key runs a command now, or begins a sequence that does."""
        return self.command_for(key) is not None or self._keymap.begins(self._context, [*self._pressed, key])

    def clear(self) -> None:
        """Forget what is pending."""
        self._pressed, self._digits = [], ""

    def forget_count(self) -> None:
        """The next command has no count."""
        self.count, self.counted = 1, False

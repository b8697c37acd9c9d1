"""Writes the tables of `docs/keys.md` from the registry of commands; what stands above them is written by hand.

Run it with the project's Python after a command or a key was added or changed: `python docs/dev/make_keys.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from string import ascii_letters

from cminbox.commands.entries import COMMANDS
from cminbox.commands.keys import KeyMap, build
from cminbox.commands.registry import CONTEXTS, CONVERSATIONS, GROUPS, Command

PAGE = Path(__file__).parents[1] / "keys.md"


def page(old: str) -> str:
    """The whole page, from the page as it was."""
    keymap = build()
    parts = [old.partition(f"\n## {next(iter(GROUPS.values()))}\n")[0]]
    for group in GROUPS:
        rows = [_row(command, keymap) for command in COMMANDS if command.group == group]
        if rows:
            head = f"\n## {GROUPS[group]}\n\n| command | key | where | what it does |\n| --- | --- | --- | --- |\n"
            parts += [head, *rows]
    return "".join((*parts, f"\nNo command of the queue or a conversation has {' '.join(_free(keymap))}.\n"))


def _free(keymap: KeyMap) -> list[str]:
    """The letters that are free where conversations are acted on."""
    taken = {key for command in COMMANDS for context in CONVERSATIONS for key in keymap.keys_of(command, context)}
    return [f"`{letter}`" for letter in ascii_letters if letter not in taken]


def differences(key_set: str) -> list[str]:
    """How a key set differs from the default one in the queue: a part of a sentence for each command."""
    default, other = build(), build(key_set)
    found = []
    for command in COMMANDS:
        here, there = default.keys_of(command, "queue"), other.keys_of(command, "queue")
        if here != there:
            found.append(f"`{command.name}` is {_unique(f'`{key}`' for key in there)}")
    return found


def _row(command: Command, keymap: KeyMap) -> str:
    cells = (
        f"`{command.usage()}`" + (" ●" if command.desk else ""),
        _unique(f"`{key}`" for context in CONTEXTS for key in keymap.keys_of(command, context)),
        ", ".join(command.contexts()),
        command.help,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _unique(keys: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(keys))


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

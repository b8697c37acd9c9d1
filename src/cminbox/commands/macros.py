"""Macros: lists of commands that a person gives a name and a key, in `keys.toml`.

```toml
[[macro]]
name = "thanks"
keys = "x"
do = ["label thanks", "close", "next"]
```

A macro becomes a command like any other; what it does is checked here, before any key of it holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cminbox.commands.entries import COMMANDS
from cminbox.commands.lookup import near_name
from cminbox.commands.registry import CONVERSATIONS, Command
from cminbox.commands.typed import check, parse_line
from cminbox.errors import QueryError, UsageError

if TYPE_CHECKING:
    from cminbox.errors import ConfigError
    from cminbox.tomlfile import Mistakes, Table

MOST_STEPS = 100
NOT_STEPS = frozenset({"act.undo", "act.repeat", "app.line", "app.palette"})
"""Commands that mean something to a person at the keys only."""
_NAME = re.compile(r"[^\W\d_][\w-]*")
_LEADS_TO: Mapping[str, str] = {
    "move.open": "conversation",
    "reply.write": "compose",
    "reply.write_next": "compose",
    "reply.template": "compose",
    **{f"reply.quick_{number}": "compose" for number in range(1, 10)},
    "reply.send": "conversation",
    "reply.keep": "conversation",
    "go.queue": "queue",
    "go.crisis": "crisis",
    "go.metrics": "metrics",
    "go.sources": "sources",
    "go.rules": "rules",
    "app.help": "help",
}
"""Commands that show another screen, with its context."""
_UNKNOWN_PLACE = ""


@dataclass(frozen=True)
class _MacroTable:
    table: Table
    name: str
    do: tuple[str, ...]
    keys: tuple[str, ...]
    where: tuple[str, ...]
    help: str
    footer: str

    def error(self, key: str, message: str, hint: str = "") -> ConfigError:
        return self.table.error(key, f"macro {self.name}: {message}", hint)


class _LeftOut(Exception):
    """The macro cannot be: what is wrong is told."""


def read(tables: Sequence[Table], gather: Mistakes) -> tuple[Command, ...]:
    """The macros of a file as commands, in its order, without those that cannot be.

    Args:
        gather: told a name that is taken or none, a step that is no command or cannot be run where it stands, a macro
            that runs itself, and whatever else is wrong; with the line. Who runs one that cannot be cannot be either.
    """
    written: dict[str, _MacroTable] = {}
    for table in tables:
        if (one := _read(table, gather)) is None:
            continue
        taken = next((c for c in COMMANDS if one.name.casefold() in (c.name, c.id)), None)
        if taken is not None:
            gather.found.append(one.error("name", f"{taken.name} is a command already", "choose another name"))
        elif one.name.casefold() in written:
            gather.found.append(one.error("name", "the name is used twice"))
        else:
            written[one.name.casefold()] = one
    steps = _Steps(written, gather)
    found = []
    for one in written.values():
        with suppress(_LeftOut):
            found += gather.each((one,), steps.command)
    return tuple(found)


def _read(table: Table, gather: Mistakes) -> _MacroTable | None:
    """One table as it is written; None where it has no name."""
    none: tuple[str, ...] = ()

    def named() -> str:
        name = table.text("name")
        if not _NAME.fullmatch(name):
            hint = "use letters, digits, - and _; a letter first"
            raise table.error("name", f'"{name}" is no name for a macro', hint)
        return name

    def place(name: str) -> str:
        if name not in CONVERSATIONS:
            raise one.error("where", f"it cannot be run in {name!r}", f"only in {', '.join(CONVERSATIONS)}")
        return name

    keys: Any = table.values.get("keys") if table.has("keys") else []
    one = _MacroTable(
        table=table,
        name=gather.of(named, ""),
        do=gather.of(lambda: table.texts("do"), none) if table.has("do") else (),
        keys=(keys,) if isinstance(keys, str) else gather.of(lambda: table.texts("keys"), none),
        where=gather.of(lambda: table.texts("where"), none),
        help=gather.of(lambda: table.text("help", ""), ""),
        footer=gather.of(lambda: table.text("footer", ""), ""),
    )
    gather.found += table.unknown()
    gather.each(one.where, place)
    if isinstance(table.values.get("do", []), list) and not any(
        str(step).strip() for step in table.values.get("do", [])
    ):
        gather.found.append(one.error("do", "it does nothing", 'write do = ["label thanks", "close", "next"]'))
    return one if one.name else None


class _Steps:
    """Makes commands of macros.

    Args:
        written: all macros by their names, for a macro may run those that stand below it.
        gather: told what is wrong in their steps.
    """

    def __init__(self, written: Mapping[str, _MacroTable], gather: Mistakes) -> None:
        self._written, self._gather = written, gather
        named = (Command(f"macro.{one.name}", one.name, "", "macro") for one in written.values())
        self._known = (*COMMANDS, *named)
        self._left_out: set[str] = set()

    def command(self, one: _MacroTable) -> Command:
        """One macro.

        Raises:
            ConfigError: it can be run nowhere, or not where it says.
            _LeftOut: a step is wrong, of it or of a macro that it runs.
        """
        if any(place not in CONVERSATIONS for place in one.where):
            raise _LeftOut
        steps = self._of(one, (one.name,))
        wrong = {place: _first_impossible(steps, place) for place in one.where or CONVERSATIONS}
        right = tuple(place for place, step in wrong.items() if not step)
        if len(right) < len(wrong) and (one.where or not right):
            place, step = next((place, step) for place, step in wrong.items() if step)
            raise one.error("do", f"{step} cannot be run there, beginning in the {place}")
        words = f"{one.help or '; '.join(one.do)}"
        return Command(
            id=f"macro.{one.name}",
            name=one.name,
            help=words,
            group="macro",
            keys=dict.fromkeys(right, one.keys) if one.keys else {},
            footer=one.footer,
            where=right,
            steps=steps,
        )

    def _of(self, one: _MacroTable, path: tuple[str, ...]) -> tuple[tuple[Command, tuple[str, ...]], ...]:
        """All the steps of a macro, with those of the macros that it runs; `path`: those that run it, itself last."""
        if one.name in self._left_out or not any(step.strip() for step in one.do):
            raise _LeftOut
        before = len(self._gather.found)
        try:
            parts = self._gather.each(range(len(one.do)), lambda at: self._step(one, at, path))
        except _LeftOut:
            self._left_out.add(one.name)
            raise
        found = tuple(step for part in parts for step in part)
        if len(found) > MOST_STEPS:
            self._gather.found.append(one.error("do", f"it has more than {MOST_STEPS} steps"))
        if len(self._gather.found) > before:
            self._left_out.add(one.name)
            raise _LeftOut
        return found

    def _step(self, one: _MacroTable, at: int, path: tuple[str, ...]) -> Sequence[tuple[Command, tuple[str, ...]]]:
        line, number, known = one.do[at], at + 1, self._known
        if not line.strip():
            raise one.error("do", f"step {number} is empty")
        try:
            # A name that only begins so may begin another command tomorrow.
            command, args = parse_line(line, known)
            word = line.split()[0].casefold()
            if word not in (command.name.casefold(), command.id.casefold()):
                raise UsageError(f"there is no command {line.split()[0]!r}", near_name(word, known))
            check(command, args)
        except (UsageError, QueryError) as error:
            raise one.error("do", f"step {number}: {error}", error.hint) from None
        if command.id in NOT_STEPS:
            raise one.error("do", f"step {number}: {command.name} cannot be a step", "it is for a person at the keys")
        inner = self._written.get(command.name.casefold()) if command.group == "macro" else None
        if inner is None:
            return ((command, args),)
        if inner.name in path:
            round_ = " → ".join((*path, inner.name))
            raise one.error("do", f"step {number}: it would never end ({round_})")
        return self._of(inner, (*path, inner.name))


def _first_impossible(steps: Sequence[tuple[Command, tuple[str, ...]]], place: str) -> str:
    """The first step that cannot be run where the steps before it lead, begun in a place; empty where all can."""
    for number, (command, _) in enumerate(steps, start=1):
        usable = command.contexts()
        # What the composer has no use for waits until the reply is on its way.
        if place == "compose" and place not in usable and "anywhere" not in usable:
            place = "conversation"
        if place != _UNKNOWN_PLACE and place not in usable and "anywhere" not in usable:
            return f"step {number} ({command.name})"
        place = _after(command, place)
    return ""


def _after(command: Command, place: str) -> str:
    if command.id == "move.open" and place not in ("queue", _UNKNOWN_PLACE):
        return _UNKNOWN_PLACE
    if command.id == "app.back":
        return {"compose": "conversation", "queue": "queue"}.get(place, _UNKNOWN_PLACE)
    return _LEADS_TO.get(command.id, place)

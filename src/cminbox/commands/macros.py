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
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cminbox.commands.entries import COMMANDS
from cminbox.commands.lookup import near_name
from cminbox.commands.registry import CONVERSATIONS, Command
from cminbox.commands.typed import check, parse_line
from cminbox.errors import QueryError, UsageError

if TYPE_CHECKING:
    from cminbox.errors import ConfigError
    from cminbox.tomlfile import Table

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


def read(tables: Sequence[Table]) -> tuple[Command, ...]:
    """The macros of a file as commands, in its order.

    Raises:
        ConfigError: a name that is taken or none, a step that is no command or cannot be run where it stands, or a
            macro that runs itself; with the line.
    """
    written: dict[str, _MacroTable] = {}
    for table in tables:
        one = _read(table)
        taken = next((c for c in COMMANDS if one.name.casefold() in (c.name, c.id)), None)
        if taken is not None:
            raise one.error("name", f"{taken.name} is a command already", "choose another name")
        if one.name.casefold() in written:
            raise one.error("name", "the name is used twice")
        written[one.name.casefold()] = one
    # A macro may run those that stand below it.
    named = {name: Command(f"macro.{one.name}", one.name, "", "macro") for name, one in written.items()}
    return tuple(_command(one, named, written) for one in written.values())


def _read(table: Table) -> _MacroTable:
    name = table.text("name")
    if not _NAME.fullmatch(name):
        raise table.error("name", f'"{name}" is no name for a macro', "use letters, digits, - and _; a letter first")
    keys: Any = table.values.get("keys") if table.has("keys") else []
    do = table.texts("do") if table.has("do") else ()
    one = _MacroTable(
        table=table,
        name=name,
        do=do,
        keys=(keys,) if isinstance(keys, str) else table.texts("keys"),
        where=table.texts("where"),
        help=table.text("help", ""),
        footer=table.text("footer", ""),
    )
    table.done()
    if not any(step.strip() for step in do):
        raise one.error("do", "it does nothing", 'write do = ["label thanks", "close", "next"]')
    for place in one.where:
        if place not in CONVERSATIONS:
            raise one.error("where", f"it cannot be run in {place!r}", f"only in {', '.join(CONVERSATIONS)}")
    return one


def _command(one: _MacroTable, named: Mapping[str, Command], written: Mapping[str, _MacroTable]) -> Command:
    steps = _steps(one, named, written, (one.name,))
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


def _steps(
    one: _MacroTable, named: Mapping[str, Command], written: Mapping[str, _MacroTable], path: tuple[str, ...]
) -> tuple[tuple[Command, tuple[str, ...]], ...]:
    known = (*COMMANDS, *named.values())
    found: list[tuple[Command, tuple[str, ...]]] = []
    for number, line in enumerate(one.do, start=1):
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
        inner = written.get(command.name.casefold()) if command.group == "macro" else None
        if inner is None:
            found.append((command, args))
        elif inner.name in path:
            round_ = " → ".join((*path, inner.name))
            raise one.error("do", f"step {number}: it would never end ({round_})")
        else:
            found += _steps(inner, named, written, (*path, inner.name))
        if len(found) > MOST_STEPS:
            raise one.error("do", f"it has more than {MOST_STEPS} steps")
    return tuple(found)


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

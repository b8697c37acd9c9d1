"""Keys: from how people write them to what a terminal sends, and the map from keys to commands.

A key is kept in one spelling: a character as itself (`j`, `G`, `?`), anything else by its name in lower case with its
modifiers in front (`ctrl+d`, `shift+tab`, `escape`). `keys.toml` is checked against the registry before anything of it
holds, because the terminal library takes unknown commands, nonsense keys and clashes in silence.

```toml
set = "vim"                      # or "default"

[queue]
conversation.close = ["x", "e"]  # instead of its own keys there
view.sort = []                   # no key
```

Macros stand in the same file; `commands.macros` reads them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from cminbox.commands.entries import COMMANDS
from cminbox.commands.registry import CONTEXTS, Command
from cminbox.errors import ConfigError
from cminbox.suggest import nearest
from cminbox.tomlfile import Mistakes, Table, first_of, locate, read_toml

KeyChanges = Mapping[str, Mapping[str, Sequence[str]]]
"""A user's keys: context → command id → keys as written."""

SETS: tuple[str, ...] = ("default", "vim")
"""Names of the key sets."""

_NAMES: Mapping[str, str] = {
    "esc": "escape",
    "return": "enter",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "bksp": "backspace",
}
_NAMED = frozenset(
    ("escape", "enter", "tab", "space", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown"),
) | {"up", "down", "left", "right", *(f"f{number}" for number in range(1, 25))}
_MODIFIERS = ("ctrl", "alt", "shift")
_SHOWN: Mapping[str, str] = {"escape": "Esc", "pageup": "PageUp", "pagedown": "PageDown"}
_COUNT_DIGITS = frozenset("0123456789")
COUNTING = ("queue",)
"""Contexts in which digits are counts and can be no command's key."""
_SAME: Mapping[str, str] = {"ctrl+i": "Tab", "ctrl+m": "Enter", "ctrl+[": "Esc", "ctrl+h": "Backspace"}
"""Keys that a terminal sends as another one."""
_HOW_TO_WRITE = "write keys like j, G, Ctrl+d, Space, g g"
_WRITTEN_IN = ("compose",)
"""Contexts in which a character is text."""


class KeyClash(ValueError):
    """A key that cannot be given to a command, with whose it is.

    Args:
        message: one line.
        context, command_id: where it was to be given, and to which command.
    """

    def __init__(self, message: str, context: str, command_id: str) -> None:
        super().__init__(message)
        self.context = context
        self.command_id = command_id


def parse_key(text: str) -> str:
    """One key or a sequence in the spelling that is kept.

    Raises:
        ValueError: there is no such key; the message says which part.
    """
    parts = [" "] if text == " " else text.split()
    if not parts:
        raise ValueError("a key is empty")
    return " ".join(_parse_one(part) for part in parts)


def _parse_one(text: str) -> str:
    if len(text) == 1:
        if text == " ":
            return "space"
        if unicodedata.category(text)[0] in "CZ":
            raise ValueError(f"{text!r} is no key")
        return text
    *modifiers, base = text.split("+") if not text.endswith("++") else [*text[:-2].split("+"), "+"]
    found = {modifier.casefold() for modifier in modifiers}
    unknown = found - set(_MODIFIERS)
    if unknown or len(found) != len(modifiers):
        raise ValueError(f"{text!r} is no key: use Ctrl+, Alt+ or Shift+ before it")
    if len(base) > 1:
        base = _NAMES.get(base.casefold(), base.casefold())
        if base not in _NAMED:
            raise ValueError(f"{text!r} is no key")
    elif not base.isprintable() or not base:
        raise ValueError(f"{text!r} is no key")
    elif "shift" in found:
        # A terminal sends the character itself; Shift is in it.
        found.discard("shift")
        base = base.upper()
    elif "ctrl" in found:
        base = base.lower()
    key = "+".join([*(modifier for modifier in _MODIFIERS if modifier in found), base])
    if key in _SAME:
        raise ValueError(f"{text!r} is no key of its own: a terminal sends it as {_SAME[key]}")
    return key


def show_key(key: str) -> str:
    """A key as people write it: `Ctrl+d`, `Shift+Tab`, `g g`."""
    return " ".join(_show_one(part) for part in key.split(" "))


def _show_one(key: str) -> str:
    if len(key) == 1:
        return key
    *modifiers, base = key.split("+") if not key.endswith("++") else [*key[:-2].split("+"), "+"]
    name = base if len(base) == 1 else _SHOWN.get(base, base.capitalize())
    return "+".join([*(modifier.capitalize() for modifier in modifiers), name])


class KeyMap(NamedTuple):
    """Which command a key runs, by context.

    Attributes:
        bound: context → key in kept spelling → command.
        macros: the user's own commands.
    """

    bound: Mapping[str, Mapping[str, Command]]
    macros: tuple[Command, ...] = ()

    def find(self, context: str, keys: Sequence[str]) -> Command | None:
        """What the keys pressed so far run in a context; its own keys come before those for anywhere."""
        pressed = " ".join(keys)
        return self.bound.get(context, {}).get(pressed) or self.bound.get("anywhere", {}).get(pressed)

    def begins(self, context: str, keys: Sequence[str]) -> bool:
        """Whether a longer sequence begins with the keys pressed so far."""
        pressed = " ".join(keys) + " "
        return any(key.startswith(pressed) for where in (context, "anywhere") for key in self.bound.get(where, {}))

    def keys_of(self, command: Command, context: str) -> list[str]:
        """The keys that run a command in a context, as people write them."""
        own, anywhere = self.bound.get(context, {}), self.bound.get("anywhere", {})
        found = [key for key, bound in own.items() if bound.id == command.id]
        found += [key for key, bound in anywhere.items() if bound.id == command.id and key not in own]
        return [show_key(key) for key in found]


def build(key_set: str = "default", changes: KeyChanges | None = None, macros: Sequence[Command] = ()) -> KeyMap:
    """The map of a key set, with a user's changes and macros.

    Raises:
        ValueError: an unknown set, or a key that is none; the message is one line.
        KeyClash: two commands on one key, or a key that can never be pressed.
    """
    if key_set not in SETS:
        raise ValueError(f"there is no key set {key_set!r}: use {' or '.join(SETS)}")
    bound: dict[str, dict[str, Command]] = {context: {} for context in CONTEXTS}
    for context in CONTEXTS:
        mine: dict[str, Sequence[str]] = {m.id: m.keys[context] for m in macros if context in m.keys}
        mine |= (changes or {}).get(context, {})
        # The user's keys first: they take the key from the command that has it by default.
        for command in sorted((*COMMANDS, *macros), key=lambda command: command.id not in mine):
            for written in mine.get(command.id, _defaults(command, context, key_set)):
                _place(bound[context], parse_key(written), command, context, mine)
    _reachable(bound, (changes or {}).get("anywhere", {}))
    return KeyMap(bound, tuple(macros))


def _reachable(bound: Mapping[str, Mapping[str, Command]], mine: Container[str]) -> None:
    """Whether each key that the user gave to a command anywhere means it somewhere."""
    places = [context for context in CONTEXTS if context not in ("anywhere", *_WRITTEN_IN)]
    for key, command in bound["anywhere"].items():
        if command.id in mine and all(key in bound[context] for context in places):
            message = f"[anywhere] {show_key(key)} ({command.id}) can never be pressed: every screen has that key"
            raise KeyClash(message, "anywhere", command.id)


def _defaults(command: Command, context: str, key_set: str) -> tuple[str, ...]:
    if key_set == "vim" and context in command.vim:
        return command.vim[context]
    return command.keys.get(context, ())


def _place(bound: dict[str, Command], key: str, command: Command, context: str, mine: Container[str]) -> None:
    """Give a key to a command in a context; `mine` are the commands that the user gave their keys there."""
    if context in COUNTING and key.split(" ")[0] in _COUNT_DIGITS:
        message = f"[{context}] {command.id}: digits are counts there and can be no key"
        raise KeyClash(message, context, command.id)
    changed, other = command.id in mine, bound.get(key)
    if other is None:
        clash = next((have for have in bound if have.startswith(key + " ") or key.startswith(have + " ")), None)
        if clash is None:
            bound[key] = command
        elif changed or bound[clash].id not in mine:
            message = (
                f"[{context}] {show_key(key)} ({command.id}) and {show_key(clash)} ({bound[clash].id})"
                " cannot both be keys: one begins with the other"
            )
            raise KeyClash(message, context, command.id if changed else bound[clash].id)
    elif changed == (other.id in mine) and (changed or other.id != command.id):
        message = f"[{context}] {show_key(key)} is given to both {other.id} and {command.id}"
        raise KeyClash(message, context, command.id)


def load(path: Path, key_set: str = "") -> KeyMap:
    """The map that `keys.toml` asks for; the default one where there is no such file. As `read`.

    Raises:
        ConfigError: the first mistake, and how many more there are.
    """
    keymap, mistakes = read(path, key_set)
    if mistakes:
        raise first_of(mistakes)
    return keymap


def read(path: Path, key_set: str = "") -> tuple[KeyMap, tuple[ConfigError, ...]]:
    """The map that `keys.toml` asks for as far as it is right, and every mistake in it.

    What has a mistake is left out: that command has its own keys there. Mistakes are broken TOML (then nothing of the
    file holds), an unknown context or command, a bad key, a clash, and a macro that cannot be.

    Args:
        path: the file; it need not exist.
        key_set: the set named in the configuration; the file's own `set` wins.
    """
    gather, usual = Mistakes(), key_set or "default"
    if not path.exists():
        return build(usual), ()
    raw: dict[str, object] = gather.of(lambda: read_toml(path), {})

    def error(place: Sequence[str | int], message: str, hint: str = "") -> ConfigError:
        return ConfigError(message, file=path, line=locate(path, place), hint=hint)

    chosen = raw.pop("set", usual)
    if not isinstance(chosen, str) or chosen not in SETS:
        gather.found.append(error(("set",), f"set = {chosen!r}: there is no such key set", f"use {' or '.join(SETS)}"))
        chosen = usual
    tables = gather.of(lambda: Table(raw, path).tables("macro"), list[Table]()) if "macro" in raw else []
    macros = _macros(tables, gather)
    # One that has a mistake is known all the same: a key for it is none.
    broken = {str(table.values.get("name")) for table in tables} - {macro.name for macro in macros}
    commands = (*COMMANDS, *macros)
    changes: dict[str, dict[str, tuple[str, ...]]] = {}
    places: dict[tuple[str, str], tuple[str | int, ...]] = {}
    for context, table in raw.items():
        if context == "macro":
            continue
        if context not in CONTEXTS or not isinstance(table, Mapping):
            hint = _meant(context, (*CONTEXTS, "set", "macro"))
            gather.found.append(error((context,), f"[{context}]: there is no such place for keys", hint))
            continue
        for command_id, keys in _flat(table):
            place = (context, *command_id.split("."))
            command = next((known for known in commands if command_id in (known.id, known.name)), None)
            if command is None:
                if command_id.removeprefix("macro.") not in broken:
                    hint = _meant(command_id, [known.id for known in commands])
                    gather.found.append(error(place, f"[{context}] {command_id}: there is no such command", hint))
                continue
            for given in gather.each((keys,), partial(_keys, context, command, partial(error, place))):
                changes.setdefault(context, {})[command.id] = given
                places[context, command.id] = place
    for index, name in enumerate(table.values.get("name") for table in tables):
        for macro in (macro for macro in macros if macro.name == name):
            for context in macro.contexts():
                places.setdefault((context, macro.id), ("macro", index, "keys"))
    while True:
        try:
            return build(chosen, changes, macros), gather.in_order
        except KeyClash as clash:
            gather.found.append(error(places.get((clash.context, clash.command_id), ()), str(clash)))
            if changes.get(clash.context, {}).pop(clash.command_id, None) is None:
                macros = tuple(_without(macro, clash) for macro in macros)


def _without(macro: Command, clash: KeyClash) -> Command:
    """A macro without the keys that cannot be its own."""
    if macro.id != clash.command_id:
        return macro
    return macro._replace(keys={context: keys for context, keys in macro.keys.items() if context != clash.context})


def _macros(tables: Sequence[Table], gather: Mistakes) -> tuple[Command, ...]:
    """The macros that have no mistake in what they do, with those of their keys that are some."""
    from cminbox.commands.macros import read

    right: dict[object, list[str]] = {}
    for table in tables:
        written = table.values.get("keys", [])
        keys = [written] if isinstance(written, str) else written if isinstance(written, list) else []
        right.setdefault(table.values.get("name"), gather.each(map(str, keys), partial(_macro_key, table)))
    return tuple(
        macro._replace(keys=dict.fromkeys(macro.keys, tuple(right[macro.name]))) for macro in read(tables, gather)
    )


def _macro_key(table: Table, key: str) -> str:
    try:
        parse_key(key)
    except ValueError as error:
        raise table.error("keys", f"{table.name}: {error}", _HOW_TO_WRITE) from None
    return key


def _keys(context: str, command: Command, error: Callable[..., ConfigError], keys: object) -> tuple[str, ...]:
    """The keys that a person gives to a command in a context; `error` makes what is raised of a message and a hint."""
    written = [keys] if isinstance(keys, str) else keys
    if not isinstance(written, list) or not all(isinstance(key, str) for key in written):
        raise error(f"[{context}] {command.id}: keys are a text or a list of texts")
    usable = command.contexts()
    if context not in usable and "anywhere" not in usable:
        raise error(f"[{context}] {command.id}: it cannot be run there", f"only in {', '.join(usable)}")
    for key in written:
        try:
            parse_key(key)
        except ValueError as problem:
            raise error(f"[{context}] {command.id}: {problem}", _HOW_TO_WRITE) from None
    return tuple(written)


def _meant(word: str, names: Iterable[str]) -> str:
    near = nearest(word, names)
    return f"did you mean {near}?" if near else ""


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterable[tuple[str, object]]:
    # TOML reads `conversation.close = "x"` as a table in a table.
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}.")
        else:
            yield name, value

"""What a command is: its name, keys, arguments and help, as data. `entries` has them all, `lookup` finds one.

Key bindings, the last line, the help screen, the palette, the `:` line, `cminbox do` and the keys
page of the documentation are made from it, so that none of them can say something else than another. What a command
runs is found by its name in `desk.catalog` where the desk does it, and by its id on the screen (a method
`do_<area>_<verb>`) where it moves or shows something.

A *context* is a place where keys mean something: the name of a screen, or `anywhere` for all of them. Keys are written
as people write them: `j`, `G`, `Ctrl+d`, `Shift+Tab`, `Enter`, `Space`; a sequence is keys with spaces between (`g g`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

ArgKind = Literal[
    "text",
    "member",
    "label",
    "when",
    "promise",
    "length",
    "crisis",
    "query",
    "number",
    "reason",
    "correction",
    "expert",
    "screen",
    "view",
    "sort",
    "role",
    "word",
]

CONTEXTS: tuple[str, ...] = (
    "anywhere",
    "queue",
    "conversation",
    "compose",
    "contact",
    "crisis",
    "handover",
    "metrics",
    "sources",
    "rules",
    "help",
)
"""Where keys mean something. `anywhere` holds on every screen unless the screen's own context says otherwise."""

GROUPS: Mapping[str, str] = {
    "act": "Act on a conversation",
    "move": "Move",
    "find": "Find",
    "mark": "Mark, undo, repeat",
    "answer": "Answer",
    "look": "Look",
    "program": "Program",
    "macro": "Your macros",
}
"""Groups of commands with their headings on the help screen and in the documentation, in order."""

LISTS: tuple[str, ...] = (
    "queue",
    "conversation",
    "contact",
    "crisis",
    "handover",
    "metrics",
    "sources",
    "rules",
    "help",
)
"""Contexts in which the keys that move have something to move."""

CONVERSATIONS: tuple[str, ...] = ("queue", "conversation")
"""Contexts in which there is a conversation to act on."""

_NO_KEYS: Mapping[str, tuple[str, ...]] = {}


class Arg(NamedTuple):
    """One argument of a command.

    Attributes:
        name: how help and error lines call it.
        kind: what it is, for completion and checking.
        required: whether the command line refuses to run without it; a screen asks for it with a picker.
        many: it takes all words that are left.
    """

    name: str
    kind: ArgKind = "text"
    required: bool = True
    many: bool = False


class Command(NamedTuple):
    """One thing that the program can be told to do.

    Attributes:
        id: `area.verb`; `keys.toml` and the screens know it by this.
        name: what a person types on the `:` line and after `cminbox do`.
        help: one line, starting with what it does.
        group: one of `GROUPS`.
        keys: by context, the keys of the default key set.
        vim: by context, the keys that the key set `vim` has instead.
        args: what it takes.
        footer: the word beside its key in the last line; empty to leave it out.
        desk: it changes conversations through the desk, one or many, and `cminbox do` knows it.
        where: the contexts in which it can be run; empty for those that its keys name.
        steps: for a macro, the commands that it runs in order, each with its arguments.
    """

    id: str
    name: str
    help: str
    group: str
    keys: Mapping[str, tuple[str, ...]] = _NO_KEYS
    vim: Mapping[str, tuple[str, ...]] = _NO_KEYS
    args: tuple[Arg, ...] = ()
    footer: str = ""
    desk: bool = False
    where: tuple[str, ...] = ()
    steps: tuple[tuple[Command, tuple[str, ...]], ...] = ()

    @property
    def method(self) -> str:
        """The name of the screen's method that runs it."""
        return "do_" + self.id.replace(".", "_")

    def usage(self) -> str:
        """The command as one would type it: `assign MEMBER`, `snooze WHEN`."""
        words = [self.name]
        for arg in self.args:
            word = arg.name.upper() + ("…" if arg.many else "")
            words.append(word if arg.required else f"[{word}]")
        return " ".join(words)

    def contexts(self) -> tuple[str, ...]:
        """Where it can be run."""
        return self.where or tuple(self.keys) or ("anywhere",)


def on(*keys: str, where: tuple[str, ...] = ("queue",)) -> dict[str, tuple[str, ...]]:
    """The same keys in several contexts."""
    return dict.fromkeys(where, keys)

"""The documentation's page of keys and commands, made from the registry."""

from __future__ import annotations

from collections.abc import Iterable

from cminbox.commands.entries import COMMANDS
from cminbox.commands.keys import KeyMap, build
from cminbox.commands.registry import CONTEXTS, GROUPS, Command

_HEAD = """# Keys and commands

Everything is a command. A key runs a command; so do the `:` line, the palette (`Ctrl+p`) and, for those marked ●,
`cminbox do`. This page is made from the registry (`python -m cminbox.commands.page`).

Digits before a key are a count in the queue: `5j` goes five down, `3e` closes three. With marks set, an action is done
to all that are marked, in one step that one `u` undoes. Keys typed faster than an action is done wait a moment for it:
`eee` closes three.

## Your own keys

`keys.toml` in the configuration folder gives commands other keys, place by place. It is checked when the program
opens: an unknown command, a key that there is not or that can never be pressed, or two commands on one key are told in
one line, and the default keys hold meanwhile.

```toml
set = "vim"                       # or "default": where it begins

[queue]                           # the place: {places}
conversation.close = ["x", "e"]   # instead of its own keys there
view.sort = []                    # no key
```

Keys are written `j`, `G`, `?`, `Ctrl+d`, `Alt+1`, `Shift+Tab`, `Space`, `Enter`, `Esc`, `F5`; a sequence has spaces:
`g g`. The key set `vim` differs in: {vim}.

## Macros

A macro is a list of commands with a name, and with a key if you like. It stands in `keys.toml` too:

```toml
[[macro]]
name = "thanks"
keys = "X"
do = ["label thanks", "close", "next"]

[[macro]]
name = "answer"                   # a template, sent, done with, and on to the next
keys = "Z"
footer = "answer"
help = "Thank them, close, go on"
do = ["template thanks", "send", "close", "next"]

[[macro]]
name = "parcel"                   # the labels are asked for; then it goes to whom you choose
keys = ["P", "F6"]
do = ["label", "assign", "next"]

[[macro]]
name = "sweep"                    # all that wait no more, whatever the view
do = ["view All", "filter is:pending age:>14d", "mark-all", "close"]
```

Its steps are written as on the `:` line. It is a command like any other: in the palette, on the `:` line, in the help,
and in the last line where it has a word for it (`footer`).

- **On what.** Its first action is done to what you marked, to as many as you counted (`3X`), or to the conversation of
  the cursor; the actions after it to the same ones. After a step that moves or searches, to what is there then.
- **`next`** goes to the first conversation that the macro did not act on. So what an action took out of the list is not
  jumped over.
- **Asking.** A step that lacks something asks for it, as it does without a macro; `reply` waits until you have sent.
  Leave without an answer, and the macro ends there.
- **Failing.** It stops at the first step that fails, and says which and why. A conversation that one step had to leave
  alone, because somebody else holds it, is left alone by those after it.
- **Undo.** One `u` takes back all that it changed. A reply that it sent has a `u` of its own, as long as it is held.
- **`.`** does it again, with the answers that you gave.
- **Where.** Wherever all its steps can be done, of the queue and a conversation. `undo`, `repeat`, `line` and `palette`
  cannot be steps. A macro may run another, never itself.

`CMINBOX_WIDTHS=clusters` or `codepoints` tells how the terminal draws vowel signs and skin tones, where columns do not
stand below each other. `CMINBOX_PLAIN=1` writes whole lines to the terminal instead of the cells that differ, where
something drawn wrongly stays until Ctrl+R.
"""


def page() -> str:
    """The whole page as Markdown."""
    keymap, vim = build(), build("vim")
    parts = [_HEAD.replace("{places}", ", ".join(CONTEXTS)).replace("{vim}", _differences(keymap, vim))]
    for group in GROUPS:
        rows = [_row(command, keymap) for command in COMMANDS if command.group == group]
        if rows:
            head = f"\n## {GROUPS[group]}\n\n| command | key | where | what it does |\n| --- | --- | --- | --- |\n"
            parts += [head, *rows]
    return "".join(parts)


def _row(command: Command, keymap: KeyMap) -> str:
    cells = (
        f"`{command.usage()}`" + (" ●" if command.desk else ""),
        _unique(f"`{key}`" for context in CONTEXTS for key in keymap.keys_of(command, context)),
        ", ".join(command.contexts()),
        command.help,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _differences(default: KeyMap, other: KeyMap) -> str:
    found = []
    for command in COMMANDS:
        here, there = default.keys_of(command, "queue"), other.keys_of(command, "queue")
        if here != there:
            found.append(f"`{command.name}` is {_unique(f'`{key}`' for key in there)}")
    return "; ".join(found) or "nothing"


def _unique(keys: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(keys))


if __name__ == "__main__":
    import sys

    sys.stdout.write(page())

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
to all that are marked, in one step that one `u` undoes.

## Your own keys

`keys.toml` in the configuration folder gives commands other keys, place by place. It is checked when the program
opens: an unknown command, a key that there is not, or two commands on one key are told in one line, and the default
keys hold meanwhile.

```toml
set = "vim"                       # or "default": where it begins

[queue]                           # the place: {places}
conversation.close = ["x", "e"]   # instead of its own keys there
view.sort = []                    # no key
```

Keys are written `j`, `G`, `?`, `Ctrl+d`, `Alt+1`, `Shift+Tab`, `Space`, `Enter`, `Esc`, `F5`; a sequence has spaces:
`g g`. The key set `vim` differs in: {vim}.

`CMINBOX_WIDTHS=clusters` or `codepoints` tells how the terminal draws vowel signs and skin tones, where columns do not
stand below each other.
"""


def page() -> str:
    """The whole page as Markdown."""
    keymap, vim = build(), build("vim")
    parts = [_HEAD.replace("{places}", ", ".join(CONTEXTS)).replace("{vim}", _differences(keymap, vim))]
    for group in GROUPS:
        parts.append(f"\n## {GROUPS[group]}\n\n| command | key | where | what it does |\n| --- | --- | --- | --- |\n")
        parts += [_row(command, keymap) for command in COMMANDS if command.group == group]
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

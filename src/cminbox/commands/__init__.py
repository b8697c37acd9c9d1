"""Commands: what the program can be told to do, and the keys that tell it.

`registry` and `entries` are data; `lookup` finds one; `keys` compiles them with the user's `keys.toml`; `action` makes
of one what the desk is to do. Only `action` loads the desk, so that the start, help and documentation stay light.
"""

from __future__ import annotations

from cminbox.commands.entries import COMMANDS
from cminbox.commands.lookup import by_id, by_name
from cminbox.commands.registry import CONTEXTS, GROUPS, Arg, Command

__all__ = ["COMMANDS", "CONTEXTS", "GROUPS", "Arg", "Command", "by_id", "by_name"]

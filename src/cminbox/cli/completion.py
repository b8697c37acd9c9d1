"""`completion`: what a shell needs to complete our commands, and what could stand at its cursor."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Annotated, Any

import typer

from cminbox import query, replies
from cminbox.cli import output
from cminbox.cli.reply_ends import ENDS
from cminbox.cli.session import Session
from cminbox.commands import COMMANDS, Arg, by_name
from cminbox.config import SORTS
from cminbox.errors import CminboxError, UsageError
from cminbox.model import CONTACT_ROLES
from cminbox.store import crises, labels, people, reporting, sources
from cminbox.suggest import suggest

_SCRIPTS = {
    "bash": """_cminbox() {
    local IFS=$'\\n'
    COMPREPLY=($(cminbox completion candidates bash -- "${COMP_LINE:0:COMP_POINT}" 2>/dev/null))
    [[ ${COMPREPLY[0]} == *[:=] && ${#COMPREPLY[@]} == 1 ]] && compopt -o nospace
}
complete -o default -F _cminbox cminbox
""",
    "zsh": """#compdef cminbox
_cminbox() {
    local -a found
    found=("${(@f)$(cminbox completion candidates zsh -- "${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
    if [[ -n "${found[1]}" ]]; then compadd -Q -a found; else _files; fi
}
if [[ $funcstack[1] == _cminbox ]]; then _cminbox "$@"; else compdef _cminbox cminbox; fi
""",
    "fish": """complete -c cminbox -f -a '(cminbox completion candidates fish -- (commandline -cp) 2>/dev/null)'
complete -c cminbox -n '__fish_seen_subcommand_from import backup' -F
""",
}
_WHERE = {
    "bash": "cminbox completion bash > ~/.local/share/bash-completion/completions/cminbox",
    "zsh": "cminbox completion zsh > ~/.zfunc/_cminbox   (a folder of your fpath)",
    "fish": "cminbox completion fish > ~/.config/fish/completions/cminbox.fish",
}
_WHEN = ("30m", "2h", "tomorrow", "mon", "1w")
_SHARED = ("--config", "--data", "--as")
_QUERIES = ("list", "export")


def add(app: typer.Typer) -> None:
    """Make the commands known."""
    group = typer.Typer(help="Let a shell complete our commands: bash, zsh or fish.", rich_markup_mode=None)
    for shell in _SCRIPTS:
        group.command(shell, help=f"Print the script for {shell}: {_WHERE[shell]}.")(_printer(shell))
    group.command("candidates", hidden=True)(candidates)
    app.add_typer(group, name="completion")


def _printer(shell: str) -> Any:
    def print_() -> None:
        sys.stdout.write(_SCRIPTS[shell])

    return print_


def candidates(
    ctx: typer.Context,
    shell: Annotated[str, typer.Argument(metavar="SHELL")],
    line: Annotated[str, typer.Argument(metavar="LINE", help="The line up to the cursor.")] = "",
) -> None:
    """Print what could stand at the cursor, one a line."""
    if shell not in _SCRIPTS:
        raise UsageError(f"no such shell: {shell}", suggest(shell, _SCRIPTS))
    words, typed = split(line)
    cut = typed.rfind(":") + 1 if shell == "bash" else 0  # bash takes what follows a colon for a word of its own
    for found in possible(Session.of(ctx), words[1:], typed):
        output.say(found[cut:] if found.startswith(typed[:cut]) else found)


def split(line: str) -> tuple[list[str], str]:
    """The words of a line that are finished, and the one at its end, without the quotation mark that it begins with."""
    try:
        words = shlex.split(line)
    except ValueError:  # a quotation that is still open
        for mark in ("'", '"'):
            try:
                words = shlex.split(line + mark)
                break
            except ValueError:
                continue
        else:
            words = line.split()
        return words[:-1], words[-1] if words else ""
    return (words, "") if not words or line[-1:].isspace() else (words[:-1], words[-1])


def possible(session: Session, words: list[str], typed: str) -> list[str]:
    """What could stand in place of the word at the cursor.

    Args:
        words: those before it, without the program's name.
        typed: the word so far.
    """
    try:
        return [found for found in _possible(session, words, typed) if found.casefold().startswith(typed.casefold())]
    except CminboxError:  # a broken configuration is told by whatever is run in the end
        return []


def _possible(session: Session, words: list[str], typed: str) -> Iterable[str]:
    from cminbox.cli.main import COMMANDS as GROUPS

    before = words[-1] if words else ""
    if before in _SHARED:
        return [member.handle for member in session.config.members] if before == "--as" else ()
    plain = [word for place, word in enumerate(words) if word not in _SHARED and words[place - 1 : place] not in
             ([name] for name in _SHARED)]  # fmt: skip
    if not plain:
        return [*GROUPS, *_SHARED, "--help", "--version"]
    entry = GROUPS.get(plain[0])
    if entry is None:
        return ()
    app = typer.Typer(add_completion=False)
    app.callback()(lambda: None)
    import_module(f"cminbox.cli.{entry.module}").add(app)
    command: Any = typer.main.get_command(app)
    given = list(plain)
    while given and given[0] in getattr(command, "commands", {}):
        command = command.commands[given.pop(0)]
    inner = getattr(command, "commands", {})
    if inner:
        return [name for name, each in inner.items() if not each.hidden]
    options = {name: each for each in command.params for name in each.opts if name.startswith("--") and not each.hidden}
    if before in options and not options[before].is_flag:
        return _values(session, before, options[before], typed)
    if typed.startswith("-"):
        return [*options, "--help", *_SHARED]
    return _arguments(session, plain, given, typed)


def _values(session: Session, name: str, option: Any, typed: str) -> Iterable[str]:
    """What an option may be, as far as that can be listed."""
    choices = getattr(option.type, "choices", None)
    if choices:
        return [str(getattr(choice, "value", choice)) for choice in choices]
    match name:
        case "--source":
            return [source.name for source in session.config.sources]
        case "--template":
            return [template.name for template in replies.load(session.paths.templates).templates]
        case "--sort":
            return SORTS
        case "--query":
            return _query(session, typed)
    return ()


def _arguments(session: Session, plain: list[str], given: list[str], typed: str) -> Iterable[str]:
    """What an argument may be."""
    match plain[:2]:
        case ["sources", "test" | "login"]:
            return [source.name for source in session.config.sources]
        case ["channels", "test" | "login"]:
            return [channel.name for channel in session.config.tell.channels]
        case ["do", *_]:
            if not given:
                return [*(command.name for command in COMMANDS if command.desk), *ENDS]
            command = by_name(given[0])
            place = len(given) - 1
            return _argument(session, command.args[place]) if command and place < len(command.args) else ()
        case [name, *_] if name in _QUERIES:
            return _query(session, typed)
    return ()


def _argument(session: Session, arg: Arg) -> Iterable[str]:
    match arg.kind:
        case "member":
            return [*_field(session, "assignee"), *(f"team:{team}" for team in _field(session, "team"))]
        case "label":
            return _field(session, "label")
        case "when":
            return _WHEN
        case "crisis":
            return [f"#{crisis.id}" for crisis in crises.all(session.conn, running_only=True)]
        case "role":
            return (*CONTACT_ROLES, "auto")
    return ()


def _query(session: Session, typed: str) -> Iterable[str]:
    """The query at the cursor, completed in each way that there is."""
    found = query.complete(typed, len(typed), lambda field: _field(session, field))
    return [typed[: found.start] + option for option in found.options]


def _field(session: Session, name: str) -> Iterable[str]:
    """The values of a field of the query language that the store or the configuration has."""
    match name:
        case "source":
            return [source.name for source in sources.all(session.conn)]
        case "network":
            return sorted({source.network for source in sources.all(session.conn)})
        case "assignee":
            return [member.handle for member in people.team(session.conn, session.config.team).values()]
        case "team":
            return sorted(session.config.teams)
        case "label":
            return dict.fromkeys([*labels.used(session.conn), *reporting.labels(session.conn)])
        case "crisis":
            return [crisis.name for crisis in crises.all(session.conn)]
    return ()

"""The `:` line: a command is typed, completed and run."""

from __future__ import annotations

from collections.abc import Iterable

from cminbox import query
from cminbox.commands import Arg, Command, by_name
from cminbox.commands.typed import parse_line
from cminbox.config import SORTS, Config
from cminbox.errors import UsageError
from cminbox.screens.base import BaseScreen
from cminbox.screens.services import Services
from cminbox.store import Connection, crises, people, reporting, sources
from cminbox.widgets.prompt import Completion

SNOOZES = ("30m", "1h", "2h", "4h", "tomorrow", "tomorrow 9:00", "mon", "1w")


def ask_command(screen: BaseScreen, text: str = "") -> None:
    """Ask for a command, beginning with a text, and run it on the screen."""
    services, history = screen.services, screen.services.line_history

    def run(line: str) -> str:
        line = line.strip()
        if not line:
            return ""
        try:
            command, args = parse_line(line, services.commands)
        except UsageError as error:
            return error.line()
        if line in history:
            history.remove(line)
        history.append(line)
        del history[:-200]
        run_soon(screen, command, args)
        return ""

    screen.prompt(":", text, run, complete=lambda line, cursor: complete_line(services, line, cursor), history=history)


def run_soon(screen: BaseScreen, command: Command, args: Iterable[str] = ()) -> None:
    """Run a command once what stands before the screen, and asked for it, is gone; keys wait for it."""
    hold = screen.services.key_queue.hold()

    def run() -> None:
        try:
            screen.run_command(command, args)
        finally:
            hold.release()

    screen.call_after_refresh(run)


def complete_line(services: Services, line: str, cursor: int) -> Completion:
    """What could stand at the cursor of a `:` line: a command's name, or an argument's value."""
    head = line[:cursor]
    name, space, rest = head.lstrip().partition(" ")
    if not space:
        names = sorted(known.name for known in services.commands if known.name.startswith(name))
        found = by_name(name, services.commands)
        note = f"{found.usage()}   {found.help}" if found else "no such command"
        return Completion(cursor - len(name), tuple(names) if len(names) > 1 or names != [name] else (), note)
    command = by_name(name, services.commands)
    if command is None:
        return Completion(cursor, (), f"there is no command {name}")
    note = f"{command.usage()}   {command.help}"
    if not command.args:
        return Completion(cursor, (), note)
    first = command.args[0]
    start = cursor - len(rest.lstrip())
    if first.kind == "query":
        found_query = complete_query(services, rest.lstrip(), len(rest.lstrip()))
        return Completion(start + found_query.start, found_query.options, note)
    words = rest.split(" ")
    place = min(len([word for word in words[:-1] if word]), len(command.args) - 1)
    typed = rest.lstrip() if first.kind in ("when", "view") else words[-1]
    sign = typed[:1] if first.kind == "label" and typed[:1] in "+-" else ""
    wanted = typed.removeprefix(sign).casefold()
    options = tuple(
        sign + value
        for value in values_for(services, command, command.args[place])
        if value.casefold().startswith(wanted)
    )
    return Completion(cursor - len(typed), options if options != (typed,) else (), note)


def complete_query(services: Services, text: str, cursor: int) -> Completion:
    """What could stand at the cursor of a query: a field, or a value of one."""
    found = query.complete(text, cursor, lambda field: field_values(services.store.read(), field, services.config))
    return Completion(found.start, found.options)


def values_for(services: Services, command: Command, arg: Arg) -> Iterable[str]:
    """What an argument may be, as far as that can be listed."""
    conn = services.store.read
    match arg.kind:
        case "member":
            members = people.members(conn())
            teams = sorted({team for member in members for team in member.teams})
            return [*(member.handle for member in members), *(f"team:{team}" for team in teams)]
        case "label":
            return reporting.labels(conn())
        case "when":
            return SNOOZES
        case "crisis":
            return [f"#{crisis.id}" for crisis in crises.all(conn(), running_only=True)]
        case "view":
            return [view.name for view in services.config.views]
        case "sort":
            return SORTS
        case "number":
            return ("1", "2", "3", "4")
        case "word" if arg.name == "sentiment":
            return ("negative", "neutral", "positive")
        case "word" if arg.name == "source":
            return [source.name for source in sources.all(conn()) if source.polled]
        case "word" if arg.name == "theme":
            return ("dark", "light")
        case "word" if arg.name == "on|off":
            return ("on", "off")
    return ()


def field_values(conn: Connection, field: str, config: Config) -> Iterable[str]:
    """Values that a field has in the store or the configuration; none for fields whose values are their own."""
    match field:
        case "source":
            return [source.name for source in sources.all(conn)]
        case "network":
            return sorted({source.network for source in sources.all(conn)})
        case "assignee":
            return [member.handle for member in people.members(conn)]
        case "team":
            return sorted({team for member in people.members(conn) for team in member.teams})
        case "label":
            return reporting.labels(conn)
        case "crisis":
            return [crisis.name for crisis in crises.all(conn)]
        case "topic":
            return [view.name for view in config.views]
    return ()

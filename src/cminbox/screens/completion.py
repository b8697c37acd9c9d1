"""What could stand at the cursor of a `:` line or of a query."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from cminbox import query
from cminbox.commands import Arg, by_name
from cminbox.config import SORTS
from cminbox.model import CONTACT_ROLES, CORRECTABLE
from cminbox.screens.services import Services
from cminbox.store import crises, people, reporting, sources
from cminbox.widgets.prompt import Completion

SNOOZES = ("30m", "1h", "2h", "4h", "tomorrow", "tomorrow 9:00", "mon", "1w")


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
    typed = rest.lstrip() if first.kind in ("when", "view", "reason", "length") else words[-1]
    sign = typed[:1] if first.kind == "label" and typed[:1] in "+-" else ""
    wanted = typed.removeprefix(sign).casefold()
    options = tuple(
        sign + value for value in argument_values(services, command.args[place]) if value.casefold().startswith(wanted)
    )
    return Completion(cursor - len(typed), options if options != (typed,) else (), note)


def complete_query(services: Services, text: str, cursor: int) -> Completion:
    """What could stand at the cursor of a query: a field, or a value of one."""
    found = query.complete(text, cursor, partial(field_values, services))
    return Completion(found.start, found.options)


def argument_values(services: Services, arg: Arg) -> Iterable[str]:
    """What an argument may be, as far as that can be listed."""
    conn = services.store.read()
    match arg.kind:
        case "member":
            return [*field_values(services, "assignee"), *(f"team:{team}" for team in field_values(services, "team"))]
        case "label":
            return field_values(services, "label")
        case "view":
            return [view.name for view in services.config.queue_views]
        case "when":
            return SNOOZES
        case "length":
            return ("1d", "2d", "3d", "1w", "off")
        case "crisis":
            return [f"#{crisis.id}" for crisis in crises.all(conn, running_only=True)]
        case "sort":
            return SORTS
        case "role":
            return (*CONTACT_ROLES, "auto")
        case "reason":
            from cminbox.desk import REASONS

            return REASONS
        case "expert":
            known = services.desk.context.experts
            return [] if known is None else [one.name for one in known.load().experts]
        case "correction":
            answers = ("needs-answer", "-needs-answer")
            return ("negative", "neutral", "positive", *answers, *(f"signal:{one}" for one in CORRECTABLE))
        case "number":
            return ("1", "2", "3", "4")
        case "word" if arg.name == "sentiment":
            return ("negative", "neutral", "positive")
        case "word" if arg.name == "source":
            return [source.name for source in sources.all(conn) if source.polled]
        case "word" if arg.name == "theme":
            return ("dark", "light")
        case "word" if arg.name == "on|off":
            return ("on", "off")
    return ()


def field_values(services: Services, field: str) -> Iterable[str]:
    """Values that a field has in the store or the configuration; none for fields whose values are their own."""
    conn = services.store.read()
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
    return ()

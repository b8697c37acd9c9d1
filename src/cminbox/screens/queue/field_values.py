"""Values that there are for the fields of a query, for completion."""

from __future__ import annotations

from collections.abc import Iterable

from cminbox.config import Config
from cminbox.store import Connection, crises, people, reporting, sources


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

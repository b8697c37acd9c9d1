"""Sources of one API project: what a network allows the project is counted for all of them together.

A source says with its option `project` which one it logs in with. Those of a network that say the same share what is
used up, which the one that is known longest keeps, and a limit that one of them was given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cminbox.config import SourceConfig
from cminbox.sources.contract import PROJECT, Info
from cminbox.store import Connection, allowances, sources


def partners(every: Iterable[SourceConfig], source: SourceConfig) -> list[SourceConfig]:
    """The other sources of a source's project."""
    project = source.options.get(PROJECT.name)
    if not isinstance(project, str) or not project.strip():
        return []
    return [
        each
        for each in every
        if each.name != source.name and each.network == source.network and each.options.get(PROJECT.name) == project
    ]


def keeper(conn: Connection, others: Sequence[SourceConfig], own: int) -> int:
    """The id of the source that keeps what is used up of a project's allowances.

    Args:
        others: the other sources of the project.
        own: the source's own id.
    """
    known = (sources.by_name(conn, each.name) for each in others)
    return min([own, *(row.id for row in known if row is not None)])


def used(conn: Connection, info: Info, others: Sequence[SourceConfig], own: int) -> dict[str, allowances.UsedUp]:
    """What is used up of what a network allows, by the allowance's name."""
    found = allowances.of(conn, own)
    if (kept := keeper(conn, others, own)) != own:
        shared = allowances.of(conn, kept)
        for each in info.capabilities.allowances:
            if each.shared:
                found.pop(each.name, None)
                found |= {each.name: shared[each.name]} if each.name in shared else {}
    return found


def options(info: Info, others: Sequence[SourceConfig], source: SourceConfig) -> Mapping[str, object]:
    """A source's options, with the limits of its project that another one of it was given."""
    names = {each.option for each in info.capabilities.allowances if each.shared and each.option}
    lent = {name: each.options[name] for each in reversed(others) for name in names if name in each.options}
    return {**lent, **source.options}

"""The conversations that a figure of a report counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cminbox.reports.report import UNKNOWN, Dimension, Report
from cminbox.store import Connection, counted, labels, sources


class Behind(NamedTuple):
    """The conversations that a figure counts.

    Attributes:
        listed: those that a list can show.
        gone: how many more there were, of which their network has nothing any more.
    """

    listed: frozenset[int]
    gone: int


def behind(
    conn: Connection, report: Report, keys: Iterable[str], group: Dimension | None = None, name: str = ""
) -> Behind:
    """The conversations that any of these figures counts.

    Args:
        report: tells period and cohort.
        keys: as `definitions` has them.
        group, name: only what the report counts under that name, as in its `by`.
    """
    known = {source.id: source for source in sources.all(conn)}

    def counts(one: counted.Counted) -> bool:
        source = known.get(one.source_id)
        match group:
            case "source":
                return source is not None and source.name == name
            case "network":
                return source is not None and source.network == name
            case "member":
                return one.member == name
            case "language":
                return (one.lang or UNKNOWN) == name
        return True

    found = {
        one.conversation_id
        for key in keys
        for one in counted.counted(conn, key, report.since, report.until, report.now, report.cohort)
        if counts(one)
    }
    if group == "label":
        found = {number for number, carried in labels.of_many(conn, found).items() if name in carried}
    gone = counted.gone(conn, found)
    return Behind(frozenset(found - gone), len(gone))

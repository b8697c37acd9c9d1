"""What waits in each view, how engine and sources are, how many SLAs were hit: counted for the first two lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from cminbox.config import Config, ViewConfig
from cminbox.errors import QueryError
from cminbox.model import SECOND, WEEK, Instant
from cminbox.query import Context
from cminbox.query.views import asked
from cminbox.store import Connection, analysing, conversations, deliveries, duty, engine, reporting, sources
from cminbox.widgets.header_lines import Health

_FOLDERS = re.compile(r"^/(?:[^/:]+/)*(?=[^/:]+: |[^/:]+:\d)")


class Overview(NamedTuple):
    """What the first two lines say.

    Attributes:
        counts: how many conversations each view has, by its name.
        health: how engine and sources are, as a glyph's state and in words.
        sla: the share of the last week's SLAs that were hit, with its span; empty when there were none.
        empty: whether nothing has come in at all.
        duty: the members on duty; empty where neither a shift nor anybody's word says anything of it.
    """

    counts: dict[str, int]
    health: tuple[Health, str]
    sla: str
    empty: bool
    duty: tuple[str, ...] = ()


def read_overview(
    conn: Connection, views: Iterable[ViewConfig], context: Context, config: Config | None = None
) -> Overview:
    """Count what the first two lines say. Slow on a large store: never on the loop's thread."""
    counts: dict[str, int] = {}
    for view in views:
        # One with a mistake says so when somebody goes to it.
        with suppress(QueryError):
            counts[view.name] = conversations.tally(conn, asked(view), context)
    empty = not any(counts.values()) and not conversations.count(conn, None, 1)
    on = duty_of(conn, config, context.now) if config is not None else ()
    return Overview(counts, health_of(conn, context.now), sla_of(conn, context.now), empty, on)


def duty_of(conn: Connection, config: Config, now: Instant) -> tuple[str, ...]:
    """The members on duty, as the configuration has them in order; nobody where nothing says who is."""
    if not config.shifts and not duty.said(conn, now):
        return ()
    handles = [member.handle for member in config.members]
    on = duty.on_duty(conn, config, handles, now)
    return tuple(handle for handle in handles if handle in on)


def health_of(conn: Connection, now: Instant) -> tuple[Health, str]:
    """How engine and sources are, in a glyph's state and words."""
    polled = [source for source in sources.all(conn) if source.polled and not source.off]
    ill = [source for source in polled if source.state in ("failing", "paused") and not source.paused_by]
    row = engine.get(conn)
    if row is None or not row.alive(now):
        return ("ill" if polled else "resting"), "no engine runs"
    if row.problem:
        # The folder of a file that is wrong is known; what is wrong in it is not.
        return "ill", _FOLDERS.sub("", row.problem)[:40]
    if ill:
        one = ill[0].name
        return "ill", f"{one} {ill[0].health}" if len(ill) == 1 else f"{len(ill)} of {len(polled)} sources failing"
    if troubled := deliveries.troubled(conn):
        return "ill", f"channel {troubled[0].name} tells nobody"[:40]
    if not_told := sum(deliveries.count_not_told(conn).values()):
        return "ill", f"{not_told:,} not surely told: F4"
    if (again := analysing.progress(conn)) is not None:
        return "well", f"reading again {100 * again.done // max(again.total, 1)} %"
    return "well", f"{len(polled)} source{'' if len(polled) == 1 else 's'}"


def sla_of(conn: Connection, now: Instant) -> str:
    """The share of the SLAs of the last week that were hit, with its span; empty when none was hit or missed.

    It is the one that the metrics of a week and `report --since 7d` show. An SLA is missed at its time, whatever
    becomes of who waited, so that neither ignoring nor closing anybody makes it look better.
    """
    hit, missed = reporting.sla_counts(conn, now - WEEK, now + SECOND, now)
    return f"{100 * hit // (hit + missed)} % 7d" if hit + missed else ""

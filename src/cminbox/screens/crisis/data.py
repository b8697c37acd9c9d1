"""A crisis as the console shows it: its lines, its facts, its numbers, its timeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from cminbox import query
from cminbox.duration import format_ago, format_rough
from cminbox.model import Instant
from cminbox.number_format import count_of
from cminbox.store import conversations
from cminbox.textwidth import cut_line
from cminbox.when import HOST, full_time
from cminbox.widgets.styled_lines import ALARM, MUTED, Line, safe, spread
from cminbox.widgets.thread_entry import ThreadEntry

if TYPE_CHECKING:
    from cminbox.query import Context
    from cminbox.store import Connection
    from cminbox.store.crises import Crisis, TimelineEntry
    from cminbox.store.deliveries import Told

NEW = "Declare a new crisis…"


def crisis_query(crisis: Crisis) -> str:
    """The conversations of a crisis, whatever it is called, and whether or not it has ended."""
    return f"crisis:#{crisis.id}"


def update_words(crisis: Crisis, now: Instant) -> str:
    """When the next update is promised, in words."""
    if crisis.next_update_at is None:
        return "no update promised"
    if crisis.next_update_at < now:
        return f"update overdue by {format_rough(now - crisis.next_update_at)}"
    return f"next update in {format_rough(crisis.next_update_at - now)}"


def crisis_lines(crisis: Crisis, width: int, now: Instant) -> list[Line]:
    """A crisis in the list: severity, name, state, how many conversations."""
    running = crisis.status == "running"
    name = safe(cut_line(crisis.name, max(width - 40, 12)), "bold" if running else "")
    state = "" if running else f"{crisis.status}  "
    first = spread(
        ((f"SEV {crisis.severity}  ", f"bold {ALARM}" if running else MUTED), name),
        ((state + count_of(crisis.conversation_count, "conversation"), MUTED),),
        width,
    )
    if running:
        late = crisis.next_update_at is not None and crisis.next_update_at < now
        lead = f" · lead {crisis.lead}" if crisis.lead else ""
        words = cut_line(update_words(crisis, now) + lead, width - 7)
        return [first, ((" " * 7, ""), safe(words, ALARM if late else MUTED))]
    when = crisis.ended_at or crisis.declared_at
    return [first, ((" " * 7 + format_ago(now - when), MUTED),)]


def facts(
    crisis: Crisis, numbers: Sequence[tuple[str, str]], now: Instant, zone: tzinfo = HOST
) -> list[tuple[str, str]]:
    """What is known of a crisis."""
    promised = update_words(crisis, now) if crisis.status == "running" else ""
    who = f" by {crisis.declared_by}" if crisis.declared_by else ""
    ended, took = crisis.ended_at, (crisis.ended_at or now) - crisis.declared_at
    rows = [
        ("", crisis.reason),
        ("state", f"SEV {crisis.severity}, {crisis.status}"),
        ("next update", promised.removeprefix("next update ").removeprefix("update ")),
        ("lead", crisis.lead),
        (
            "proposed" if crisis.status == "proposed" else "declared",
            f"{full_time(crisis.declared_at, zone)}, {format_ago(now - crisis.declared_at)}{who}",
        ),
        ("ended", "" if ended is None else f"{full_time(ended, zone)}, after {format_rough(took)}"),
        ("attaches", crisis.query),
        ("replies", "wait for another member's approval" if crisis.approval else "go out as usual"),
    ]
    return [*((word, what) for word, what in rows if what), *numbers]


def numbers(conn: Connection, crisis: Crisis, context: Context) -> list[tuple[str, str]]:
    """Its conversations: how many, how many wait, are overdue, sound negative."""
    base = crisis_query(crisis)

    def count(more: str = "") -> int:
        return conversations.tally(conn, query.parse(f"{base} {more}"), context)

    total = count()
    if not total:
        return [("", "No conversation is in it yet: ! on one in the queue attaches it.")]
    negative, unknown = count("sentiment:<0"), count("sentiment:unknown")
    known = total - unknown
    mood = f"{negative:,} of {known:,} ({negative / known * 100:.0f} %)" if known else ""
    # What nobody could read is not calm.
    silent = f"{unknown:,} unknown" if unknown else ""
    return [
        ("conversations", f"{total:,}"),
        (
            "open",
            f"{count('is:open'):,}, overdue {count('is:overdue'):,}, unassigned {count('is:open is:unassigned'):,}",
        ),
        ("negative", ", ".join(filter(None, (mood, silent)))),
    ]


def told_rows(told: Sequence[Told], zone: tzinfo = HOST) -> list[tuple[str, str]]:
    """Who was told of it last, through what, and who knows of it; the newest of each, by whom it tells."""
    newest = {item.delivery.target: item for item in told}
    return [("told" if place == 0 else " ", item.words(zone)) for place, item in enumerate(newest.values())]


def timeline_entries(timeline: Sequence[TimelineEntry], me: str) -> list[ThreadEntry]:
    """The timeline as a thread, newest last."""
    return [
        ThreadEntry(
            "in" if entry.what in ("declared", "update", "ended", "confirmed") else "note",
            "you" if entry.member == me else entry.member or "engine",
            entry.text or entry.what,
            entry.at,
            (entry.what,),
        )
        for entry in timeline
    ]

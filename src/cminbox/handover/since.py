"""What happened since somebody was last here, for who joins late."""

from __future__ import annotations

from datetime import tzinfo
from typing import NamedTuple

from cminbox.handover.words import clock, done_words, person, said
from cminbox.model import Instant
from cminbox.number_format import count_of
from cminbox.store import Connection, conversations, handover_reading, handovers

NAMED = 5


class News(NamedTuple):
    """What happened from an instant on.

    Attributes:
        lines: in words, what matters most first; empty where nothing happened.
        given: the conversations that somebody gave to this member.
    """

    since: Instant
    lines: tuple[str, ...]
    figures: dict[str, int]
    given: tuple[int, ...] = ()


def news(conn: Connection, member: str, since: Instant, now: Instant, zone: tzinfo) -> News:
    """What happened since an instant, as it matters to a member.

    Args:
        now: up to when; what is written in this very moment is among it.
    """
    until = now + 1
    lines = []
    for name, who, what, text in handover_reading.crisis_news(conn, since, until)[:NAMED]:
        lines.append(f"crisis {said(name)}: {what} by {who or 'a rule'}{f': {said(text, 90)}' if text else ''}")
    given = handover_reading.given_to(conn, member, since, until)
    if given:
        rows = conversations.many(conn, given[:NAMED])
        names = ", ".join(person(rows[number]) for number in given[:NAMED] if number in rows)
        more = f" and {len(given) - NAMED:,} more" if len(given) > NAMED else ""
        lines.append(f"{count_of(len(given), 'conversation')} given to you: {names}{more}")
    noted = handover_reading.noted_to(conn, member, since, until)
    rows = conversations.many(conn, [number for number, _, _ in noted[:NAMED]])
    for number, who, text in noted[:NAMED]:
        whose = f" at {person(rows[number])}" if number in rows else ""
        lines.append(f"{who} wrote to you{whose}: {said(text, 90)}")
    for one in reversed(handovers.newest(conn, NAMED)):
        if since <= one.signed_at < until or (one.taken_at is not None and since <= one.taken_at < until):
            ended = f"taken by {one.taken_by}" if one.status == "taken" else one.status
            lines.append(f"handover {one.id} of {one.leaving}, {clock(one.signed_at, now, zone)}: {ended}")
    figures = handover_reading.figures(conn, since, until)
    if figures:
        lines.append(done_words(figures))
    did = handover_reading.did(conn, since, until)
    others = [f"{who} {count_of(count, 'act')}" for who, count in did.items() if who != member]
    if others:
        lines.append(f"who did how much: {', '.join(others[: 2 * NAMED])}")
    return News(since, tuple(lines), figures, tuple(given))

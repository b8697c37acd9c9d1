"""Who is on duty: what somebody said by hand, and the calendar of shifts where nobody did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cminbox.config import Config
from cminbox.model import Instant
from cminbox.store import rows
from cminbox.store.sqlite import Connection


class DutyWord(NamedTuple):
    """What somebody said of a member: on duty, or absent.

    Attributes:
        until: when it ends; None: when somebody says otherwise.
        by: `member:<handle>` or `engine`.
    """

    id: int
    member: str
    on_duty: bool
    since: Instant
    until: Instant | None
    by: str
    reason: str
    ended_at: Instant | None


_DUTY = rows.table("duty", DutyWord, on_duty=bool)


def say(
    conn: Connection, member: str, on_duty: bool, now: Instant, until: Instant | None, by: str, reason: str = ""
) -> int:
    """Say that a member is on duty or absent from now on; what was said before ends. The id of the word."""
    conn.execute("UPDATE duty SET ended_at = ? WHERE member = ? AND ended_at IS NULL", (now, member))
    word = {"member": member, "on_duty": on_duty, "since": now, "until": until, "by": by, "reason": reason}
    return rows.insert(conn, "duty", word)


def said(conn: Connection, now: Instant) -> Mapping[str, DutyWord]:
    """By member, the word that is in force."""
    in_force = "WHERE ended_at IS NULL AND since <= ? AND (until IS NULL OR until > ?) ORDER BY id"
    return {word.member: word for word in _DUTY.all(conn, in_force, now, now)}


def on_duty(conn: Connection, config: Config, handles: Iterable[str], now: Instant) -> frozenset[str]:
    """Those of these members who are on duty now.

    Who said nothing is on duty as the calendar of shifts has it; who stands in no shift, always.
    """
    words = said(conn, now)
    return frozenset(handle for handle in handles if handle not in words or words[handle].on_duty)

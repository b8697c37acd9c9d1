"""`do arrived`, `do retry`, `do cancel`: how a person ends a reply that is held, failed or unknown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from cminbox.desk import Desk
from cminbox.desk.outbox import Outbox
from cminbox.errors import ActionError
from cminbox.model import OutgoingStatus, Reply
from cminbox.store import Connection, conversations, replies


class End(NamedTuple):
    """One way to end a reply.

    Attributes:
        statuses: of which replies it is said.
        how: what of the outbox does it to a reply.
        done: in words, behind «1 reply».
    """

    statuses: tuple[OutgoingStatus, ...]
    how: Callable[[Outbox], Callable[..., Reply]]
    done: str


ENDS: dict[str, End] = {
    "arrived": End(("unknown",), lambda outbox: outbox.arrived, "said to be there"),
    "retry": End(("failed", "unknown"), lambda outbox: outbox.retry, "to be sent again"),
    "cancel": End(("held", "awaiting approval", "queued", "unknown"), lambda outbox: outbox.cancel, "taken back"),
}
"""By the command's name."""


def end_replies(
    desk: Desk, conn: Connection, name: str, ids: Sequence[int], *, dry_run: bool = False
) -> tuple[list[int], list[tuple[int, str]]]:
    """End the newest reply of each conversation that can be ended so.

    Returns:
        The conversations in which it was done, and the others, each with why not.
    """
    end = ENDS[name]
    changed: list[int] = []
    skipped: list[tuple[int, str]] = []
    for number in dict.fromkeys(ids):
        try:
            end.how(desk.outbox)(_newest(conn, number, end.statuses).id, dry_run=dry_run)
        except ActionError as error:
            skipped.append((number, f"{error.message} ({error.hint})" if error.hint else error.message))
        else:
            changed.append(number)
    return changed, skipped


def _newest(conn: Connection, number: int, statuses: Sequence[OutgoingStatus]) -> Reply:
    """The newest reply of a conversation that stands so.

    Raises:
        ActionError: there is none.
    """
    if conversations.get(conn, number) is None:
        raise ActionError("there is no such conversation")
    for reply in reversed(replies.of(conn, number)):
        if reply.status in statuses:
            return reply
    *others, last = statuses
    raise ActionError(f"no reply here is {', '.join(others)} or {last}" if others else f"no reply here is {last}")

"""`do arrived`, `do retry`, `do cancel`: how a person ends a reply or a verb that is held, failed or unknown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from cminbox.desk import Desk
from cminbox.desk.outbox import Outbox
from cminbox.errors import ActionError
from cminbox.model import OutgoingStatus, Reply
from cminbox.store import Connection, conversations, network_actions, replies


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


MANY = {"reply": "replies", "verb": "verbs", "reply or verb": "replies and verbs"}
"""What was ended, in a word, and that of many."""


def end_replies(
    desk: Desk, conn: Connection, name: str, ids: Sequence[int], *, dry_run: bool = False
) -> tuple[list[int], list[tuple[int, str]], str]:
    """End the newest reply, or else the newest verb, of each conversation that can be ended so.

    Returns:
        The conversations in which it was done, the others, each with why not, and what was ended, in a word.
    """
    changed: list[int] = []
    kinds: set[str] = set()
    skipped: list[tuple[int, str]] = []
    for number in dict.fromkeys(ids):
        try:
            kinds.add(_end(desk, conn, name, number, dry_run=dry_run))
        except ActionError as error:
            skipped.append((number, f"{error.message} ({error.hint})" if error.hint else error.message))
        else:
            changed.append(number)
    return changed, skipped, kinds.pop() if len(kinds) == 1 else "reply" if not kinds else "reply or verb"


def _end(desk: Desk, conn: Connection, name: str, number: int, *, dry_run: bool) -> str:
    """End the newest reply of a conversation that stands so; where there is none, its newest verb. Which it was.

    Raises:
        ActionError: there is neither, or it cannot be ended so.
    """
    end = ENDS[name]
    try:
        reply = _newest(conn, number, end.statuses)
    except ActionError:
        for action in reversed(network_actions.of(conn, number)):
            if action.status in (*end.statuses, *(("failed",) if name == "cancel" else ())):
                verbs = {"arrived": desk.verbs.arrived, "retry": desk.verbs.retry, "cancel": desk.verbs.cancel}
                verbs[name](action.id, dry_run=dry_run)
                return "verb"
        raise
    end.how(desk.outbox)(reply.id, dry_run=dry_run)
    return "reply"


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

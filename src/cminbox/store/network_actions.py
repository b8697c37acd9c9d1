"""Network actions: verbs on their way to a network, and those that were done there. Rows of the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Unpack, cast

from cminbox.errors import ActionError
from cminbox.model import OF_AUTHORS, Instant, NetworkAction, StoredMessage, Verb
from cminbox.outbox_states import DEFAULT_TIMING, IN_FLIGHT, Event, EventName, Move, step
from cminbox.store import messages, outgoing, rows
from cminbox.store.changes import NewOutgoing, OutgoingChanges
from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection

_ACTIONS = rows.table(outgoing.TABLE, NetworkAction, undo=bool)
_KIND = "outgoing.kind = 'action'"
_OF_AUTHOR = "message_id IN (SELECT id FROM messages WHERE author_id = (SELECT author_id FROM messages WHERE id = ?))"


def get(conn: Connection, action_id: int) -> NetworkAction | None:
    """The action with this id, or None."""
    return _ACTIONS.one(conn, f"WHERE id = ? AND {_KIND}", action_id) if abs(action_id) <= rows.LARGEST_ID else None


def of(conn: Connection, conversation_id: int) -> list[NetworkAction]:
    """The actions of a conversation, oldest first; those that were withdrawn too."""
    return _ACTIONS.all(conn, f"WHERE conversation_id = ? AND {_KIND} ORDER BY id", conversation_id)


def outbox(conn: Connection) -> list[NetworkAction]:
    """Every action that is neither done nor withdrawn, oldest first."""
    return _ACTIONS.all(conn, f"WHERE {outgoing.IN_OUTBOX} AND {_KIND} ORDER BY id")


def unsent(conn: Connection, conversation_id: int) -> list[NetworkAction]:
    """The actions of a conversation that failed, or of which nobody knows whether they were done; oldest first."""
    return [each for each in of(conn, conversation_id) if each.status in ("failed", "unknown")]


def of_subject(conn: Connection, message: StoredMessage, verb: Verb) -> list[NetworkAction]:
    """What was and is done with a verb to a message, or to whoever wrote it where the verb is of authors; oldest first,
    withdrawn ones left out."""
    which = _OF_AUTHOR if verb in OF_AUTHORS and message.author.id is not None else "message_id = ?"
    condition = f"WHERE {which} AND {_KIND} AND verb = ? AND status <> 'cancelled' ORDER BY id"
    return _ACTIONS.all(conn, condition, message.id, verb)


def on_its_way(conn: Connection, message: StoredMessage, verb: Verb) -> NetworkAction | None:
    """The action with a verb on a message, or on its author, that is under way; None where none is."""
    return next((each for each in of_subject(conn, message, verb) if each.status in IN_FLIGHT), None)


def comes_after(conn: Connection, action: NetworkAction) -> bool:
    """Whether an earlier action with the same verb on the same message, or its author, is not over yet."""
    message = messages.get(conn, action.message_id)
    found = () if message is None else of_subject(conn, message, action.verb)
    return any(each.id < action.id and each.status in IN_FLIGHT for each in found)


def last_done(conn: Connection, message: StoredMessage, verb: Verb) -> NetworkAction | None:
    """The newest action with a verb on a message, or on its author, that the network carried out."""
    done = [each for each in of_subject(conn, message, verb) if each.status == "sent"]
    return max(done, key=lambda each: (each.sent_at or 0, each.id), default=None)


def stands(conn: Connection, message: StoredMessage, verb: Verb) -> bool:
    """Whether a message, or its author, stands on the network as the verb would have it, as far as the store knows."""
    match verb:
        case "delete":
            return message.deleted_at is not None
        case "hide":
            return message.hidden
        case "release":
            return not message.held
        case "like" | "boost" | "pin":
            return verb in message.done
    last = last_done(conn, message, verb)
    return verb in message.done if last is None else not last.undo


def done_to_author(conn: Connection, author_id: int, verbs: Iterable[Verb]) -> list[NetworkAction]:
    """What was done to somebody with these verbs through this outbox and stands on the network, oldest first."""
    sql = (
        f"WHERE {_KIND} AND status = 'sent' AND verb {AMONG}"
        " AND message_id IN (SELECT id FROM messages WHERE author_id = ?) ORDER BY sent_at, id"
    )
    return _ACTIONS.all(conn, sql, listed(sorted(verbs)), author_id)


def insert(conn: Connection, values: NewOutgoing) -> int:
    """Store an action and return its id."""
    return outgoing.insert(conn, "action", values)


def move(
    conn: Connection, action_id: int, event: EventName, now: Instant, **changes: Unpack[OutgoingChanges]
) -> NetworkAction:
    """What a person did to an action: bring it into the status that follows, setting columns with it.

    Raises:
        ActionError: it is gone, or nothing of the kind can be done to it as it stands.
    """
    action = get(conn, action_id)
    if action is None:
        raise ActionError(f"there is no action {action_id}")
    next_move = step(action, Event(event), now, DEFAULT_TIMING)
    if next_move is None:
        raise ActionError(f"the {action.verb} is {action.status}: it cannot be {event}")
    return write(conn, action, next_move, now, **changes)


def write(
    conn: Connection, action: NetworkAction, move: Move, now: Instant, **changes: Unpack[OutgoingChanges]
) -> NetworkAction:
    """Write a move of an action with the columns that come with it."""
    outgoing.write(conn, action.id, action.conversation_id, move, now, changes)
    return cast(NetworkAction, get(conn, action.id))

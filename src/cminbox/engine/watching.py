"""Telling watchers what happened in the conversations that they watch, once each, and never of what they did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cminbox.engine.transaction import Transaction
from cminbox.model import Conversation, Instant
from cminbox.store import conversations, messages, notices, watchers
from cminbox.store.broken_values import parsed
from cminbox.store.watchers import TOLD, Happened
from cminbox.text import one_line
from cminbox.textwidth import cut_line

ONE_BY_ONE = 3
"""What happened in more conversations at once is told in one notice."""
QUOTED = 120
"""Cells of what they wrote that a notice quotes."""


def tell(tx: Transaction) -> None:
    """Tell watchers of all that happened since they were told last."""
    if not watchers.any_news(tx.conn, tx.now):
        return
    after, until = watchers.seen(tx.conn), watchers.newest(tx.conn, tx.now)
    until = max(after[0], until[0]), max(after[1], until[1])
    watchers.keep_seen(tx.conn, *until)
    happened: dict[int, list[Happened]] = {}
    for one in watchers.news(tx.conn, after, until):
        happened.setdefault(one.conversation_id, []).append(one)
    rows = conversations.many(tx.conn, happened)
    theirs: dict[str, list[tuple[Conversation, str, str]]] = {}
    for number, known in watchers.of(tx.conn, happened).items():
        for member, since in known if number in rows else ():
            words, text = _words(tx, rows[number], happened[number], member, since)
            if words:
                theirs.setdefault(member, []).append((rows[number], words, text))
    for member, told in theirs.items():
        _tell(tx, member, told, f"{until[0]}-{until[1]}")


def _tell(tx: Transaction, member: str, told: Sequence[tuple[Conversation, str, str]], mark: str) -> None:
    watching: Mapping[notices.Part, Sequence[str]] = {"watchers": [member]}
    if len(told) > ONE_BY_ONE:
        title = f"{len(told)} conversations that you watch: {told[0][1]}, …"
        text = "\n".join(f"{notices.named(row)}: {words}" for row, words, _ in told)
        notices.tell(tx.conn, tx.now, "watched", title, key=f"watched:{mark}:{member}", text=text, people=watching)
        return
    for row, words, text in told:
        notices.tell(
            tx.conn,
            tx.now,
            "watched",
            f"{notices.named(row)}: {words}",
            key=f"watched:{row.id}:{mark}:{member}",
            text=text,
            conversation_id=row.id,
            people=watching,
        )


def _words(
    tx: Transaction, row: Conversation, happened: Sequence[Happened], member: str, since: Instant
) -> tuple[str, str]:
    """What others did in a conversation since a member watches it, in a phrase; and what they wrote last."""
    words: dict[str, None] = {}
    text = ""
    for one in happened:
        if one.at <= since or one.actor == f"member:{member}":
            continue
        if one.action == "wrote":
            message = messages.get(tx.conn, int(one.detail))
            # As long as nobody answered, more of theirs is not told again.
            if message is not None and not watchers.wrote_before(tx.conn, row, message.id, since):
                words["they wrote"] = None
                text = text or cut_line(one_line(message.searched), QUOTED)
        else:
            words[_did(one)] = None
    return ", ".join(words), text


def _did(one: Happened) -> str:
    """Something that our side did: `closed by jo`, `assigned to lena by the rule angry`."""
    kind, _, who = one.actor.partition(":")
    by = f" by {who}" if kind == "member" else f" by the rule {who}" if kind == "rule" else ""
    if one.action == "answered":
        return f"answered{by}"
    to = parsed(one.detail, _NOTHING).get("to") if one.action == "assign" else None
    return f"{TOLD[one.action]}{f' to {to}' if to else ''}{by}"


_NOTHING: dict[str, str] = {}

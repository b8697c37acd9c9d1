"""From a query or ids on the command line to conversations in the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cminbox import query
from cminbox.cli.session import Session
from cminbox.errors import ActionError, UsageError
from cminbox.model import Conversation, Member, now
from cminbox.store import conversations, search
from cminbox.store.search import Condition
from cminbox.suggest import suggest

QUERY_WORDS = {"ignore_unknown_options": True}
"""Settings of a command that takes a query: `-from:@troll` is a part of it, not an option."""

_PAGE = 500


def query_text(words: Sequence[str] | None) -> str | None:
    """The query that the words make; None where there are none.

    Raises:
        UsageError: a word is an option that the command does not have.
    """
    if not words:
        return None
    for word in words:
        if word.startswith("--"):
            raise UsageError(f"no such option: {word}", "a query negates with one -, as in -from:@troll")
    return " ".join(words)


def where(session: Session, text: str) -> Condition:
    """The condition of a query, asked by this member now.

    Raises:
        QueryError: the query has a mistake.
    """
    return search.to_sql(query.parse_typed(text), _context(session))


def in_other_states(session: Session, text: str) -> str:
    """What a query that finds nothing would find in other states: `2 snoozed, 1 closed`; nothing where that is none."""
    wanted = query.parse_typed(text)
    found = conversations.by_state(session.conn, query.without_states(wanted), _context(session))
    return ", ".join(f"{number:,} {status}" for status, number in found.items())


def _context(session: Session) -> query.Context:
    """For whom and when a query is asked: for this member, now, in this host's zone."""
    try:
        member = session.member
    except UsageError:
        # Whoever is no member may read; nothing is theirs.
        if session.shared.member is not None:
            raise
        member = Member("")
    return query.Context(now(), member.handle, member.teams, zone=session.config.zone)


def rows(session: Session, text: str, sort: str, limit: int | None) -> Iterator[Conversation]:
    """Conversations that match, page by page.

    Raises:
        QueryError: the query has a mistake.
        UsageError: there is no such sort order.
    """
    if sort not in conversations.SORTS:
        raise UsageError(f'no sort order "{sort}"', suggest(sort, conversations.SORTS))
    condition = where(session, text)
    left, last = limit, None
    while left is None or left > 0:
        size = _PAGE if left is None else min(left, _PAGE)
        page = conversations.page(session.conn, condition, sort, last, size)
        yield from page
        if len(page) < size:
            return
        last = page[-1]
        left = None if left is None else left - size


def one(session: Session, conversation_id: int) -> Conversation:
    """A conversation by its id.

    Raises:
        ActionError: there is none.
    """
    row = conversations.get(session.conn, conversation_id)
    if row is None:
        raise ActionError(f"there is no conversation {conversation_id}", "cminbox list shows their ids")
    return row

"""Terms of a query that an index answers: a word, a label, a name, a comparison.

Each such term can be written in two ways: as a SELECT of its conversations' ids from an index, or as a test of one
conversation's row.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from cminbox.query.context import Context, lower_ascii
from cminbox.query.fields import STATUS_VALUES
from cminbox.query.meaning import DUE_SOON, field_of, interval, phrase
from cminbox.query.tree import Among, Is, Named, Node, Range, Words
from cminbox.query.values import Number
from cminbox.store import rows
from cminbox.store.sqlite.schema import LAST
from cminbox.text import words

Param = str | Number
_NUMBERED = "SELECT value FROM json_each(?)"

# The labels that are the same but for case are found by leaping through the index from one label to the next: as many
# steps as there are different labels.
_LABELLED = (
    "WITH RECURSIVE each(label) AS (SELECT MIN(label) FROM labels UNION ALL SELECT (SELECT MIN(l.label) "
    "FROM labels l WHERE l.label > each.label) FROM each WHERE each.label IS NOT NULL) SELECT l.conversation_id "
    "FROM labels l WHERE l.removed = 0 AND l.label IN (SELECT each.label FROM each WHERE "
)
_HAS_LABEL = "EXISTS (SELECT 1 FROM labels l WHERE l.conversation_id = c.id AND l.removed = 0 AND "
# FTS5 keeps what was indexed in this table (`c0` is the first column); asking it is quicker than asking FTS5.
_HAS_WORDS = (
    "EXISTS (SELECT 1 FROM messages m CROSS JOIN message_words_content w ON w.id = m.id "
    "WHERE m.conversation_id = c.id AND "
)
# The narrow table says whose a message is; the rows of messages and of words are wide.
_OF_WORDS = (
    "SELECT h.conversation_id FROM message_words w CROSS JOIN message_homes h ON h.id = w.rowid WHERE w.words MATCH ?"
)
_SIGNALLED = "SELECT s.conversation_id FROM signals s"
_SIGNAL_NAME = re.compile("[a-z-]*")
_OF_THESE = "SELECT k.id FROM conversations k WHERE "
_OF_SOURCES = _OF_THESE + "k.source_id IN (SELECT s.id FROM sources s WHERE "
_GONE_OR_NOT = "k.gone IN (0, 1) AND "
_RUNNING = _GONE_OR_NOT + "k.due_at IS NOT NULL AND "
# A name of plain letters has each of its words as it was typed; only other names have to be folded.
_FOREIGN = "length({0}.name) <> length(CAST({0}.name AS BLOB))"


_BEFORE_COMPARISON = {
    "priority": _GONE_OR_NOT,
    "followers": "k.followers IS NOT NULL AND ",
    "stars": "k.stars IS NOT NULL AND ",
    "age": _GONE_OR_NOT,
    "waiting": _GONE_OR_NOT,
    "due": _RUNNING,
    "promise": "k.promise_at IS NOT NULL AND ",
    "back": "k.back_at IS NOT NULL AND ",
    "replied": "k.outbound_at IS NOT NULL AND ",
}
"""What has to stand before a comparison for its index to be used, by the field's name; nothing for the others."""
_INDEXED_BY_STATUS = frozenset({"priority", "age", "waiting", "due"})
"""Fields with a pair of indexes: (status, gone, column) and (gone, column)."""


class IndexTerm(NamedTuple):
    """A term that an index answers.

    Attributes:
        ids: a SELECT of the ids of its conversations; one may come more than once.
        ids_params: the values of its question marks.
        test: a condition on the alias `c`.
        test_params: the values of its question marks.
        counted: a SELECT with as many rows as `ids` and the same values, which reads less; empty where counting
            takes as long as listing.
        lookup: whether the test looks into other tables than the conversation's row.
    """

    ids: str
    ids_params: tuple[Param, ...]
    test: str
    test_params: tuple[Param, ...]
    counted: str
    lookup: bool = False


def of_words(leaves: list[Words]) -> IndexTerm:
    """Those with at least one of the words or phrases; each has to have letters or digits.

    The words reach MATCH between quotation marks; being folded they are letters, marks and digits, so that nothing in
    them needs escaping. In the index they are joined by one space, so that a phrase is also a part of that text.
    """
    match = " OR ".join(f'"{" ".join(words(leaf.text))}"{"*" if leaf.prefix else ""}' for leaf in leaves)
    parts = " OR ".join("instr(' ' || w.c0 || ' ', ?) > 0" for _ in leaves)
    return IndexTerm(
        _OF_WORDS,
        (match,),
        f"{_HAS_WORDS}({parts}))",
        tuple(phrase(leaf.text, leaf.prefix) for leaf in leaves),
        "SELECT w.rowid FROM message_words w WHERE w.words MATCH ?",
        lookup=True,
    )


def indexed(parts: tuple[Node, ...]) -> list[Words]:
    """Those of the nodes that the index of words can answer."""
    return [part for part in parts if isinstance(part, Words) and words(part.text)]


def of(node: Node, ctx: Context, status: str = "") -> IndexTerm | None:
    """The term that a leaf is; None where no index answers it.

    Args:
        status: list only what has this status, where the term's index begins with it.
    """
    match node:
        case Words(text) if words(text):
            return of_words([node])
        case Is(value):
            return _is(value, ctx)
        case Named("assignee", value, False) if lower_ascii(value) == "me":
            return _is("mine", ctx)
        case Named(name, value, prefix):
            return _named(name, lower_ascii(value), prefix, ctx)
        case Range():
            return _range(node, ctx, status)
        case Among(ids):
            numbers = rows.listed(sorted(ids))
            return IndexTerm(_NUMBERED, (numbers,), f"c.id IN ({_NUMBERED})", (numbers,), _NUMBERED)
    return None


def _is(value: str, ctx: Context) -> IndexTerm | None:
    if value in STATUS_VALUES:
        return _rows("{0}.status = ?", (value,))
    match value:
        case "vip" | "edited" | "held" | "hidden" | "deleted" | "ad" | "heard" | "colleague":
            return _rows(f"{{0}}.{value} <> 0")
        case "crisis":
            return _rows("{0}.crisis <> ''")
        case "awaiting":
            return _rows("{0}.outbox = 'awaiting approval'", (), "k.outbox <> '' AND ")
        case "rejected":
            return _rows("{0}.outbox = 'rejected'", (), "k.outbox <> '' AND ")
        case "failed":
            return _rows(
                "{0}.outbox IN ('failed', 'unknown', 'action failed', 'action unknown')", (), "k.outbox <> '' AND "
            )
        case "needs-answer":
            return _rows("{0}.needs_since IS NOT NULL")
        case "promised":
            return _rows("{0}.promise_at IS NOT NULL")
        case "back":
            return _rows("{0}.back_why <> '' AND ({0}.back_at IS NOT NULL OR {0}.status = 'open')")
        case "watched" if ctx.member:
            watched = "{0}.watchers <> '[]' AND EXISTS (SELECT 1 FROM json_each({0}.watchers) j WHERE j.value = ?)"
            return _rows(watched, (ctx.member,))
        case "mine" if ctx.member:
            mine = "{0}.assignee <> '' AND {0}.assignee = ? COLLATE NOCASE AND {0}.assignee = ?"
            return _rows(mine, (ctx.member, ctx.member))
        case "overdue" | "due":
            sign, until = ("<", ctx.now) if value == "overdue" else ("<=", ctx.now + DUE_SOON)
            return _rows(f"{{0}}.due_at {sign} ? AND {{0}}.waiting_since IS NOT NULL", (until,), _RUNNING)
    return None


def _rows(condition: str, params: tuple[Param, ...] = (), before: str = "") -> IndexTerm:
    """The term of the rows that meet a condition, in which `{0}` stands for the alias.

    Args:
        before: what has to stand before it, on the alias `k`, for its index to be used.
    """
    listed = _OF_THESE + before + condition.format("k")
    return IndexTerm(listed, params, condition.format("c"), params, listed)


def _named(field: str, wanted: str, prefix: bool, ctx: Context) -> IndexTerm | None:
    match field:
        case "from":
            return _from(wanted, prefix)
        case "label":
            condition, params = same("{0}.label", wanted, prefix)
            listed = f"{_LABELLED}{condition.format('each')})"
            return IndexTerm(listed, params, f"{_HAS_LABEL}{condition.format('l')})", params, listed, lookup=True)
        case "signal":
            return _signal(wanted, prefix)
        case "source":
            condition, params = same("{0}", wanted, prefix)
            listed = f"{_OF_SOURCES}{condition.format('s.name')})"
            return IndexTerm(listed, params, condition.format("c.source"), params, listed)
        case "kind" if not prefix and wanted != "mention":
            return _rows("{0}.kind = ?", (wanted,), "k.kind <> 'mention' AND ")
        case "sentiment":
            return _rows("{0}.sentiment IS NULL")
        case "lang" if wanted == "unknown" and not prefix:
            return _rows("{0}.lang = '' COLLATE NOCASE")
        case "team" if wanted == "mine" and not prefix:
            teams = tuple(team for team in ctx.teams if team)
            return _rows(f"{{0}}.team IN ({', '.join('?' * len(teams))})", teams, "k.team <> '' AND ")
        case "promised" if wanted == "me" and not prefix:
            if not ctx.member:
                return _rows("{0}.id IS NULL")
            mine = "{0}.promise_owner <> '' AND {0}.promise_owner = ? COLLATE NOCASE AND {0}.promise_owner = ?"
            return _rows(mine, (ctx.member, ctx.member))
        case "lang" | "network":
            return _rows(*same(f"{{0}}.{field}", wanted, prefix))
        case "crisis":
            return _in_crisis(wanted, prefix)
        case "role" | "team" | "assignee" | "promised":
            column = field_of(field).column
            return _rows(*same(f"{{0}}.{column}", wanted, prefix), f"k.{column} <> '' AND ")
    return None


def _signal(wanted: str, prefix: bool) -> IndexTerm:
    """Those with this signal.

    A row has a list of its own signals, in which a name stands between quotation marks; where many rows would be asked,
    the table of signals lists them faster.
    """
    if not _SIGNAL_NAME.fullmatch(wanted):
        return _rows("{0}.id IS NULL")
    if prefix and not wanted:
        return IndexTerm(_SIGNALLED, (), "c.signals <> '[]'", (), _SIGNALLED, lookup=True)
    if prefix:
        listed, last = f"{_SIGNALLED} WHERE s.signal >= ? AND s.signal < ?", f"{wanted}{chr(0x7F)}"
        test = "(c.signals <> '[]' AND instr(c.signals, '\"' || ?) > 0)"
        return IndexTerm(listed, (wanted, last), test, (wanted,), listed, lookup=True)
    listed = f"{_SIGNALLED} WHERE s.signal = ?"
    return IndexTerm(listed, (wanted,), "instr(c.signals, '\"' || ? || '\"') > 0", (wanted,), listed, lookup=True)


def _in_crisis(wanted: str, prefix: bool) -> IndexTerm:
    """Those in a crisis of this name or number, and those that were in it as it ended."""
    condition, params = same("j.value", wanted, prefix)
    within = f"{{0}}.crises <> '[]' AND EXISTS (SELECT 1 FROM json_each({{0}}.crises) j WHERE {condition})"
    return _rows(within, params)


def _from(wanted: str, prefix: bool) -> IndexTerm:
    condition, params = (same if prefix else _handle)("{0}.handle", wanted.lstrip("@"), prefix)
    if wanted.startswith("@") or not words(wanted):
        return _rows(condition, params)
    name, values = _name(wanted, prefix)
    listed = f"{_OF_THESE}{condition.format('k')} UNION ALL {_OF_THESE}k.name <> '' AND {name.format('k')}"
    params = (*params, *values)
    return IndexTerm(listed, params, f"({condition} OR {name})".format("c"), params, "", lookup=True)


def _name(wanted: str, prefix: bool) -> tuple[str, tuple[str, ...]]:
    """The condition that a name has these words, with its alias left open."""
    plain = max((word for word in words(wanted) if word.isascii()), key=len, default="")
    if not plain:
        return f"{_FOREIGN} AND cminbox_named({{0}}.name, ?)", (phrase(wanted, prefix),)
    condition = f"({{0}}.name LIKE ? OR {_FOREIGN}) AND cminbox_named({{0}}.name, ?)"
    return condition, (f"%{plain}%", phrase(wanted, prefix))


def _handle(column: str, handle: str, _prefix: bool) -> tuple[str, tuple[str, ...]]:
    """The column is this handle, with or without the host that remote ones have behind an @; case set aside."""
    # With the case of A–Z set aside nothing but an @ lies from @ up to [, so this is «begins with the handle and an @»,
    # in a form that an index can answer.
    remote = f"({column} >= ? COLLATE NOCASE AND {column} < ? COLLATE NOCASE)"
    return f"({column} = ? COLLATE NOCASE OR {remote})", (handle, f"{handle}@", f"{handle}[")


def same(column: str, value: str, prefix: bool) -> tuple[str, tuple[str, ...]]:
    """The column is this name or, with `prefix`, begins with it; the case of A–Z makes no difference."""
    wanted = lower_ascii(value)
    if prefix and not wanted:
        return f"{column} <> ''", ()
    if prefix:
        # No text has the byte FF, so what begins with the name lies before the name with that byte behind it.
        last = "? || CAST(x'ff' AS TEXT)"
        return f"({column} >= ? COLLATE NOCASE AND {column} < {last} COLLATE NOCASE)", (wanted, wanted)
    return f"{column} = ? COLLATE NOCASE", (wanted,)


def _range(node: Range, ctx: Context, status: str) -> IndexTerm:
    column, before = field_of(node.field).column, _BEFORE_COMPARISON.get(node.field, "")
    if status and node.field in _INDEXED_BY_STATUS:
        # One of our own words, which the statement may hold as it is.
        before = f"k.status = '{status}' AND {before}"
    condition, params = _between(f"{{0}}.{column}", node, ctx)
    if node.field != "waiting":
        return _rows(condition, params, before)
    waited = f"COALESCE(k.waiting_since, {LAST})"
    listed = f"{_OF_THESE}{before}{waited} < {LAST} AND {_between(waited, node, ctx)[0]}"
    return IndexTerm(listed, params, condition.format("c"), params, listed)


def _between(column: str, node: Range, ctx: Context) -> tuple[str, tuple[Number, ...]]:
    """The column is in the range. A missing one is in none."""
    wanted = interval(node, ctx)
    ends = (
        (f"{column} {'>' if wanted.low_open else '>='} ?", wanted.low),
        (f"{column} {'<' if wanted.high_open else '<='} ?", wanted.high),
    )
    return " AND ".join(sql for sql, end in ends if end is not None), tuple(end for _, end in ends if end is not None)

"""Conversations that the store can list from an index: those of a word, a label, a name, a comparison.

Each such term can be written in two ways. *Listed*, its conversations are fetched from an index first. *Seen*, each
conversation is asked as the queue is walked in its order. The second is fast where they are many, because the page is
soon full, and the first everywhere else.
"""

from __future__ import annotations

from typing import NamedTuple

from cminbox.query.bounds import DUE_SOON, field_of, interval
from cminbox.query.context import Context, lower_ascii
from cminbox.query.fields import STATUS_VALUES
from cminbox.query.memory import phrase
from cminbox.query.tree import Is, Named, Node, Range, Words
from cminbox.query.values import Number
from cminbox.text import words

Param = str | Number

WORD_COST, PHRASE_COST, LABEL_COST, ROW_COST = 0.8, 1.0, 0.4, 0.7
"""Microseconds that listing one conversation takes: of a word, of words that stand together, of a label, of an index of
rows."""
GUESSED = 1_000
"""How many are taken to be in a group that only listing it would count."""
GUESSED_PHRASE = 15_000
"""How many messages are taken to have a phrase that is not rare."""
LAST = 1 << 62
"""What the store's orders take a missing time for."""

# The labels that are the same but for case are found by leaping through the index from one label to the next: as many
# steps as there are different labels.
_LABELLED = (
    "WITH RECURSIVE each(label) AS (SELECT MIN(label) FROM labels UNION ALL SELECT (SELECT MIN(l.label) "
    "FROM labels l WHERE l.label > each.label) FROM each WHERE each.label IS NOT NULL) SELECT l.conversation_id "
    "FROM labels l WHERE l.removed = 0 AND l.label IN (SELECT each.label FROM each WHERE "
)
_HAS_LABEL = "EXISTS (SELECT 1 FROM labels l WHERE l.conversation_id = c.id AND l.removed = 0 AND "
# FTS5 keeps what was indexed in this table (`c0` is the first column). Asking it takes half as long as asking FTS5.
_HAS_WORDS = (
    "EXISTS (SELECT 1 FROM messages m CROSS JOIN message_words_content w ON w.id = m.id "
    "WHERE m.conversation_id = c.id AND "
)
# The narrow table says whose a message is; the rows of messages and of words are wide.
_OF_WORDS = (
    "SELECT h.conversation_id FROM message_words w CROSS JOIN message_homes h ON h.id = w.rowid WHERE w.words MATCH ?"
)
_OF_THESE = "SELECT k.id FROM conversations k WHERE "
_OF_SOURCES = _OF_THESE + "k.source_id IN (SELECT s.id FROM sources s WHERE "
_EITHER = "k.gone IN (0, 1) AND "
_RUNNING = _EITHER + "k.due_at IS NOT NULL AND "
# A name of plain letters has each of its words as it was typed; only other names have to be folded.
_FOREIGN = "length({0}) <> length(CAST({0} AS BLOB))"

_RANGES = {
    "sentiment": "",
    "priority": _EITHER,
    "followers": "k.followers IS NOT NULL AND ",
    "age": _EITHER,
    "due": _RUNNING,
    "created": "",
    "replied": "k.outbound_at IS NOT NULL AND ",
}
"""What stands before a comparison so that its index is used. `waiting` has a form of its own."""


class Group(NamedTuple):
    """The conversations of one term.

    Attributes:
        listed: a SELECT of their ids; one may come more than once.
        counted: a SELECT with as many rows, which reads less; empty where counting takes as long as listing.
        listed_params: the values of the question marks of either.
        seen: a condition on the alias `c`.
        seen_params: the values of its question marks.
        cost: microseconds that listing one takes.
        dear: whether asking one conversation reads more than its row.
    """

    listed: str
    counted: str
    listed_params: tuple[Param, ...]
    seen: str
    seen_params: tuple[Param, ...]
    cost: float = ROW_COST
    dear: bool = False


def of_words(leaves: list[Words]) -> Group:
    """Those with at least one of the words or phrases; each has to have letters or digits.

    The words reach MATCH between quotation marks; being folded they are letters, marks and digits, so that nothing in
    them needs escaping. In the index they are joined by one space, so that a phrase is also a part of that text.
    """
    match = " OR ".join(f'"{" ".join(words(leaf.text))}"{"*" if leaf.prefix else ""}' for leaf in leaves)
    parts = " OR ".join("instr(' ' || w.c0 || ' ', ?) > 0" for _ in leaves)
    return Group(
        _OF_WORDS,
        "SELECT w.rowid FROM message_words w WHERE w.words MATCH ?",
        (match,),
        f"{_HAS_WORDS}({parts}))",
        tuple(phrase(leaf.text, leaf.prefix) for leaf in leaves),
        PHRASE_COST if any(len(words(leaf.text)) > 1 for leaf in leaves) else WORD_COST,
        dear=True,
    )


def indexed(parts: tuple[Node, ...]) -> list[Words]:
    """Those of the nodes that the index of words can answer."""
    return [part for part in parts if isinstance(part, Words) and words(part.text)]


def of(node: Node, ctx: Context) -> Group | None:
    """The group that a leaf is, if it is one."""
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
            return _range(node, ctx)
    return None


def _is(value: str, ctx: Context) -> Group | None:
    if value in STATUS_VALUES:
        return _rows("k.status = ?", "c.status = ?", (value,))
    match value:
        case "vip" | "edited":
            return _rows(f"k.{value} <> 0", f"c.{value} <> 0")
        case "crisis":
            return _rows("k.crisis <> ''", "c.crisis <> ''")
        case "mine" if ctx.member:
            mine = "{0}.assignee <> '' AND {0}.assignee = ? COLLATE NOCASE AND {0}.assignee = ?"
            return _rows(mine.format("k"), mine.format("c"), (ctx.member, ctx.member))
        case "overdue" | "due":
            sign, until = ("<", ctx.now) if value == "overdue" else ("<=", ctx.now + DUE_SOON)
            late = f"{{0}}.due_at {sign} ? AND {{0}}.waiting_since IS NOT NULL"
            return _rows(_RUNNING + late.format("k"), late.format("c"), (until,))
    return None


def _rows(listed: str, seen: str, params: tuple[Param, ...] = ()) -> Group:
    """A group of rows that both conditions describe, with the same values."""
    return Group(_OF_THESE + listed, _OF_THESE + listed, params, seen, params)


def _named(field: str, wanted: str, prefix: bool, ctx: Context) -> Group | None:
    match field:
        case "from":
            return _from(wanted, prefix)
        case "label":
            condition, params = same("each.label", wanted, prefix)
            listed = f"{_LABELLED}{condition})"
            seen = f"{_HAS_LABEL}{same('l.label', wanted, prefix)[0]})"
            return Group(listed, listed, params, seen, params, LABEL_COST, dear=True)
        case "source":
            condition, params = same("s.name", wanted, prefix)
            listed = f"{_OF_SOURCES}{condition})"
            return Group(listed, listed, params, same("c.source", wanted, prefix)[0], params)
        case "kind" if not prefix and wanted != "mention":
            return _rows("k.kind <> 'mention' AND k.kind = ?", "c.kind = ? COLLATE NOCASE", (wanted,))
        case "sentiment":
            return _rows("k.sentiment IS NULL", "c.sentiment IS NULL")
        case "lang" if wanted == "unknown" and not prefix:
            return _rows("k.lang = '' COLLATE NOCASE", "c.lang = ''")
        case "team" if wanted == "mine" and not prefix:
            teams = tuple(team for team in ctx.teams if team)
            marks = f"team IN ({', '.join('?' * len(teams))})"
            return _rows(f"k.team <> '' AND k.{marks}", f"c.{marks}", teams)
        case "role" | "team" | "assignee" | "lang" | "network" | "crisis":
            condition, params = same(f"k.{field}", wanted, prefix)
            listed = condition if field in ("lang", "network") else f"k.{field} <> '' AND {condition}"
            return _rows(listed, same(f"c.{field}", wanted, prefix)[0], params)
    return None


def _from(wanted: str, prefix: bool) -> Group:
    by_handle = same if prefix else _handle
    condition, params = by_handle("k.handle", wanted.lstrip("@"), prefix)
    seen = by_handle("c.handle", wanted.lstrip("@"), prefix)[0]
    listed = _OF_THESE + condition
    if wanted.startswith("@") or not words(wanted):
        return Group(listed, listed, params, seen, params)
    name, values = _name(wanted, prefix)
    listed += f" UNION ALL {_OF_THESE}k.name <> '' AND {name.format('k.name')}"
    return Group(listed, "", (*params, *values), f"({seen} OR {name.format('c.name')})", (*params, *values), dear=True)


def _name(wanted: str, prefix: bool) -> tuple[str, tuple[str, ...]]:
    """The condition that a name has these words, with its column left open."""
    plain = max((word for word in words(wanted) if word.isascii()), key=len, default="")
    if not plain:
        return f"{_FOREIGN} AND cminbox_named({{0}}, ?)", (phrase(wanted, prefix),)
    return f"({{0}} LIKE ? OR {_FOREIGN}) AND cminbox_named({{0}}, ?)", (f"%{plain}%", phrase(wanted, prefix))


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


def _range(node: Range, ctx: Context) -> Group:
    seen, params = between(f"c.{field_of(node.field).column}", node, ctx)
    if node.field == "waiting":
        waited = f"COALESCE(k.waiting_since, {LAST})"
        listed, values = between(waited, node, ctx)
        listed = f"{_OF_THESE}{_EITHER}{waited} < {LAST} AND {listed}"
        return Group(listed, listed, values, seen, params)
    return _rows(_RANGES[node.field] + between(f"k.{field_of(node.field).column}", node, ctx)[0], seen, params)


def in_status(group: Group, node: Node, status: str) -> Group:
    """The group of a term as far as it has a status, listed from an index that begins with it where there is one."""
    if not isinstance(node, Range) or _EITHER not in group.listed:
        return group
    # One of our own words, which the statement may hold as it is.
    listed = group.listed.replace(_EITHER, f"k.status = '{status}' AND {_EITHER}")
    return group._replace(listed=listed, counted=listed)


def between(column: str, node: Range, ctx: Context) -> tuple[str, tuple[Number, ...]]:
    """The column is in the range. A missing one is in none."""
    wanted = interval(node, ctx)
    conditions, params = list[str](), list[Number]()
    if wanted.low is not None:
        conditions.append(f"{column} {'>' if wanted.low_open else '>='} ?")
        params.append(wanted.low)
    if wanted.high is not None:
        conditions.append(f"{column} {'<' if wanted.high_open else '<='} ?")
        params.append(wanted.high)
    return " AND ".join(conditions), tuple(params)

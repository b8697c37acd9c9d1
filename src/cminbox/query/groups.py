"""Conversations that the store can list from an index: those with a word, a label, a crisis, a handle, followers.

Each such term can be written in two ways. *Listed*, its conversations are fetched first, which is fast when they are
few. *Seen*, each conversation is asked as the queue is walked in its order, which is fast when they are many, because
the page is soon full. Measured at 1,000,000 messages, a page of 100: a word in 250,000 messages takes 260 ms listed
and 1 ms seen, one in 3,000 takes 8 ms listed and 125 ms seen.
"""

from __future__ import annotations

from dataclasses import dataclass

from cminbox.query.bounds import plain_interval
from cminbox.query.memory import phrase
from cminbox.query.subject import lower_ascii
from cminbox.query.tree import Is, Named, Node, Or, Range, Words
from cminbox.query.values import Number
from cminbox.text import words

FEW = 5_000
"""Up to this many are listed where nothing else is asked for; the two ways take the same 15 ms around there."""
SOME = 25_000
"""Up to this many are listed where other conditions may leave few of them: walking might not fill a page at all."""
MANY = 30_000
"""Counting stops here."""

# The labels that are the same but for case are found by leaping through the index from one label to the next: as many
# steps as there are different labels.
_LABELLED = (
    "WITH RECURSIVE each(label) AS (SELECT MIN(label) FROM labels UNION ALL SELECT (SELECT MIN(l.label) "
    "FROM labels l WHERE l.label > each.label) FROM each WHERE each.label IS NOT NULL) SELECT l.conversation_id "
    "FROM labels l WHERE l.removed = 0 AND l.label IN (SELECT each.label FROM each WHERE "
)
_HAS_LABEL = "EXISTS (SELECT 1 FROM labels l WHERE l.conversation_id = c.id AND l.removed = 0 AND "
_HAS_WORDS = (
    "EXISTS (SELECT 1 FROM messages m CROSS JOIN message_words w ON w.rowid = m.id WHERE m.conversation_id = c.id AND "
)
_OF_THESE = "SELECT k.id FROM conversations k WHERE "
# A conversation names its crisis exactly while it has the crisis's id, which is what the index knows.
_IN_CRISIS = "SELECT k.id FROM conversations k WHERE k.crisis_id IS NOT NULL AND "


@dataclass(frozen=True, slots=True)
class Group:
    """The conversations of one term.

    Attributes:
        listed: a SELECT of their ids.
        counted: a SELECT with as many rows, which reads less.
        listed_params: the values of the question marks of either.
        seen: a condition on the alias `c`.
        seen_params: the values of its question marks.
    """

    listed: str
    counted: str
    listed_params: tuple[str | Number, ...]
    seen: str
    seen_params: tuple[str | Number, ...]


def of_words(leaves: list[Words]) -> Group:
    """Those with at least one of the words or phrases; each has to have letters or digits.

    The words reach MATCH between quotation marks; being folded they are letters, marks and digits, so that nothing in
    them needs escaping. In the index they are joined by one space, so that a phrase is also a part of that text.
    """
    match = " OR ".join(f'"{" ".join(words(leaf.text))}"{"*" if leaf.prefix else ""}' for leaf in leaves)
    parts = " OR ".join("instr(' ' || w.words || ' ', ?) > 0" for _ in leaves)
    return Group(
        "SELECT w.conversation_id FROM message_words w WHERE w.words MATCH ?",
        "SELECT w.rowid FROM message_words w WHERE w.words MATCH ?",
        (match,),
        f"{_HAS_WORDS}({parts}))",
        tuple(phrase(leaf.text, leaf.prefix) for leaf in leaves),
    )


def of(node: Node) -> Group | None:
    """The group that a node is, if it is one."""
    match node:
        case Words(text) if words(text):
            return of_words([node])
        case Or(parts):
            found = indexed(parts)
            return of_words(found) if len(found) == len(parts) else None
        case Is("vip"):
            return _plain(_OF_THESE + "k.vip <> 0", (), "c.vip <> 0")
        case Named("from", value, prefix) if not prefix and (value.startswith("@") or not words(value)):
            condition, params = handle_is("k.handle", lower_ascii(value))
            return _plain(_OF_THESE + condition, params, handle_is("c.handle", "")[0])
        case Range("followers"):
            condition, counts = _between("k.followers", node)
            return _plain(_OF_THESE + condition, counts, _between("c.followers", node)[0])
        case Is("crisis"):
            return _plain(_IN_CRISIS + "k.crisis <> ''", (), "c.crisis <> ''")
        case Named("crisis", value, prefix):
            condition, params = same("k.crisis", value, prefix)
            return _plain(_IN_CRISIS + condition, params, same("c.crisis", value, prefix)[0])
        case Named("label", value, prefix):
            condition, params = same("each.label", value, prefix)
            return _plain(f"{_LABELLED}{condition})", params, f"{_HAS_LABEL}{same('l.label', value, prefix)[0]})")
    return None


def _between(column: str, node: Range) -> tuple[str, tuple[Number, ...]]:
    """The column is a number in the range. A missing one is in none."""
    wanted = plain_interval(node)
    if wanted is None:
        raise ValueError(f"{node.field} is no number")
    conditions, params = [f"{column} IS NOT NULL"], list[Number]()
    if wanted.low is not None:
        conditions.append(f"{column} {'>' if wanted.low_open else '>='} ?")
        params.append(wanted.low)
    if wanted.high is not None:
        conditions.append(f"{column} {'<' if wanted.high_open else '<='} ?")
        params.append(wanted.high)
    return " AND ".join(conditions), tuple(params)


def handle_is(column: str, wanted: str) -> tuple[str, tuple[str, ...]]:
    """The column is this handle, with or without the host that remote ones have behind an @; case set aside."""
    handle = wanted.lstrip("@")
    # With the case of A–Z set aside nothing but an @ lies from @ up to [, so this is «begins with the handle and an @»,
    # in a form that an index can answer.
    remote = f"({column} >= ? COLLATE NOCASE AND {column} < ? COLLATE NOCASE)"
    return f"({column} = ? COLLATE NOCASE OR {remote})", (handle, f"{handle}@", f"{handle}[")


def _plain(listed: str, params: tuple[str | Number, ...], seen: str) -> Group:
    """A group whose SELECT is its own count, and whose condition takes the same values."""
    return Group(listed, listed, params, seen, params)


def indexed(parts: tuple[Node, ...]) -> list[Words]:
    """Those of the nodes that the index of words can answer."""
    return [part for part in parts if isinstance(part, Words) and words(part.text)]


def same(column: str, value: str, prefix: bool) -> tuple[str, tuple[str, ...]]:
    """The column is this name or, with `prefix`, begins with it; the case of A–Z makes no difference."""
    wanted = lower_ascii(value)
    if prefix and not wanted:
        return f"{column} <> ''", ()
    if prefix:
        return f"substr({column}, 1, {len(wanted)}) = ? COLLATE NOCASE", (wanted,)
    return f"{column} = ? COLLATE NOCASE", (wanted,)

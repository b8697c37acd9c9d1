"""A query to a condition in SQL over the alias `c` of the table `conversations`.

Every value of the query is a bound parameter, and its words reach MATCH only between quotation marks and only as
letters and digits. A condition on a missing value is NULL, which a WHERE takes for false; negations are written
`IS NOT TRUE`, so that they are true there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cminbox.query.bounds import DUE_SOON, field_of, interval
from cminbox.query.fields import STATUS_VALUES
from cminbox.query.memory import cost, needle, phrase
from cminbox.query.subject import Context, lower_ascii
from cminbox.query.tree import And, Everything, Is, Leaf, Named, Node, Not, Or, Pattern, Range, Words
from cminbox.text import words

_TEXT = "CASE WHEN m.title = '' THEN m.text ELSE m.title || char(10) || m.text END"
_SOME_MESSAGE = "EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.deleted_at IS NULL AND "
_WITH_WORDS = "c.id IN (SELECT w.conversation_id FROM message_words w WHERE w.words MATCH ?)"
# The labels that are the same but for case are found by leaping through the index from one label to the next: as many
# steps as there are different labels.
_WITH_LABEL = (
    "c.id IN (WITH RECURSIVE each(label) AS (SELECT MIN(label) FROM labels UNION ALL SELECT (SELECT MIN(l.label) "
    "FROM labels l WHERE l.label > each.label) FROM each WHERE each.label IS NOT NULL) SELECT l.conversation_id "
    "FROM labels l WHERE l.removed = 0 AND l.label IN (SELECT each.label FROM each WHERE "
)
_FLAGS = {
    "unassigned": "c.assignee = ''",
    "vip": "c.vip <> 0",
    "crisis": "c.crisis <> ''",
    "question": "c.question <> 0",
    "reply": "c.is_reply <> 0",
    "edited": "c.edited <> 0",
}


@dataclass(frozen=True, slots=True)
class Where:
    """A condition and the values of its question marks, in order."""

    sql: str
    params: list[Any] = field(default_factory=list)


def to_sql(tree: Node, ctx: Context) -> Where:
    """The condition that holds for exactly the conversations that match at `ctx.now`."""
    params: list[Any] = []
    return Where(_condition(tree, ctx, params), params)


def _condition(node: Node, ctx: Context, params: list[Any]) -> str:
    match node:
        case And(parts):
            return " AND ".join(_grouped(part, ctx, params) for part in sorted(parts, key=cost))
        case Or(parts):
            return _or(parts, ctx, params)
        case Not(part):
            return f"({_condition(part, ctx, params)}) IS NOT TRUE"
        case _:
            return _leaf(node, ctx, params)


def _grouped(node: Node, ctx: Context, params: list[Any]) -> str:
    condition = _condition(node, ctx, params)
    return f"({condition})" if isinstance(node, Or) else condition


def _or(parts: tuple[Node, ...], ctx: Context, params: list[Any]) -> str:
    """Any of the parts; all that the index of words can answer is asked of it at once."""
    indexed = [part for part in parts if isinstance(part, Words) and words(part.text)]
    others = [part for part in parts if part not in indexed]
    conditions = [_condition(part, ctx, params) for part in sorted(others, key=cost)]
    if indexed:
        params.append(" OR ".join(_match(part) for part in indexed))
        conditions.append(_WITH_WORDS)
    return " OR ".join(conditions)


def _match(leaf: Words) -> str:
    """The words as a phrase of FTS5. Folded words are letters, marks and digits, so nothing in them needs escaping."""
    return f'"{" ".join(words(leaf.text))}"' + ("*" if leaf.prefix else "")


def _leaf(leaf: Leaf, ctx: Context, params: list[Any]) -> str:
    match leaf:
        case Words(text) if words(text):
            params.append(_match(leaf))
            return _WITH_WORDS
        case Words(text):
            params.append(needle(text))
            return f"{_SOME_MESSAGE}instr({_TEXT}, ?) > 0)"
        case Pattern(pattern):
            params.append(pattern)
            return f"{_SOME_MESSAGE}cminbox_found(?, {_TEXT}))"
        case Is(value):
            return _is(value, ctx, params)
        case Named():
            return _named(leaf, ctx, params)
        case Range():
            return _range(leaf, ctx, params)
        case Everything():
            return "1"


def _is(value: str, ctx: Context, params: list[Any]) -> str:
    if value in STATUS_VALUES:
        params.append(value)
        return "c.status = ?"
    if value == "mine":
        return _equal("c.assignee", ctx.member, params)
    if value == "overdue":
        params.append(ctx.now)
        return "c.due_at < ? AND c.waiting_since IS NOT NULL"
    if value == "due":
        params.append(ctx.now + DUE_SOON)
        return "c.due_at <= ? AND c.waiting_since IS NOT NULL"
    return _FLAGS[value]


def _equal(column: str, value: str, params: list[Any]) -> str:
    if not value:
        return "0"
    params.append(value)
    return f"{column} = ?"


def _range(leaf: Range, ctx: Context, params: list[Any]) -> str:
    column = f"c.{field_of(leaf.field).column}"
    wanted = interval(leaf, ctx)
    conditions = []
    if wanted.low is not None:
        conditions.append(f"{column} {'>' if wanted.low_open else '>='} ?")
        params.append(wanted.low)
    if wanted.high is not None:
        conditions.append(f"{column} {'<' if wanted.high_open else '<='} ?")
        params.append(wanted.high)
    return " AND ".join(conditions)


def _named(leaf: Named, ctx: Context, params: list[Any]) -> str:
    wanted = lower_ascii(leaf.value)
    match leaf.field, wanted, leaf.prefix:
        case "topic", _, _:
            query = ctx.topic(wanted)
            return "0" if query is None else f"({_condition(query.tree, ctx.without(wanted), params)})"
        case "from", _, _:
            return _from(wanted, leaf.prefix, params)
        case "label", _, _:
            return _WITH_LABEL + _same("each.label", wanted, leaf.prefix, params) + "))"
        case "sentiment", _, _:
            return "c.sentiment IS NULL"
        case "assignee", "me", False:
            return _equal("c.assignee", ctx.member, params)
        case "team", "mine", False:
            teams = [team for team in ctx.teams if team]
            params.extend(teams)
            return f"c.team IN ({', '.join('?' * len(teams))})"
        case "lang", "unknown", False:
            return "c.lang = ''"
    return _same(f"c.{field_of(leaf.field).column}", wanted, leaf.prefix, params)


def _same(column: str, wanted: str, prefix: bool, params: list[Any]) -> str:
    """The column is the wanted name or, with `prefix`, begins with it; the case of A–Z makes no difference."""
    if prefix and not wanted:
        return f"{column} <> ''"
    params.append(wanted)
    if prefix:
        return f"substr({column}, 1, {len(wanted)}) = ? COLLATE NOCASE"
    return f"{column} = ? COLLATE NOCASE"


def _from(wanted: str, prefix: bool, params: list[Any]) -> str:
    handle = wanted.lstrip("@")
    conditions = [_same("c.handle", handle, prefix, params)]
    if not prefix:
        # With the case of A–Z set aside nothing but an @ lies from @ up to [, so this is «begins with the handle and
        # an @», in a form that an index can answer.
        params.extend((f"{handle}@", f"{handle}["))
        conditions.append("(c.handle >= ? COLLATE NOCASE AND c.handle < ? COLLATE NOCASE)")
    if not wanted.startswith("@") and words(wanted):
        params.append(phrase(wanted, prefix))
        conditions.append("cminbox_named(c.name, ?)")
    return f"({' OR '.join(conditions)})"

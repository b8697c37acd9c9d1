"""One term: a token to its leaf, with everything about it checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NoReturn

from cminbox.errors import QueryError
from cminbox.query import patterns
from cminbox.query.fields import COMPARED, FIELDS, IS, Field, find
from cminbox.query.lexer import Token
from cminbox.query.tree import Bound, Is, Leaf, Named, Pattern, Range, Words
from cminbox.query.values import (
    Days,
    Duration,
    NamedDay,
    Value,
    looks_like_day,
    read_days,
    read_duration,
    read_number,
)
from cminbox.suggest import nearest
from cminbox.text import words

_OPERATOR = re.compile(r"<=|>=|<|>|=")
_LOOSE_COMPARISON = re.compile(r"([A-Za-z]+)(<=|>=|<|>|=)")
# Names that people bring from other programs.
_OTHER_NAMES = {
    other: name
    for name, others in {
        "created": "after before date since",
        "from": "author sender user",
        "assignee": "assigned owner",
        "source": "channel",
        "lang": "language",
        "sentiment": "mood",
        "due": "sla",
        "is": "state status",
        "label": "tag",
        "signal": "intent intents signals wants",
        "kind": "type",
    }.items()
    for other in others.split()
}
_FORMS = {
    "number": "write a number as in {0}:>5",
    "elapsed": "write a duration as in {0}:>2h (s, m, h, d, w)",
    "until": "write a duration as in {0}:<30m (s, m, h, d, w)",
    "moment": "write a day as in {0}:2026-05-01 or how long ago as in {0}:<2d",
}


def _meant(word: str, names: Sequence[str]) -> str | None:
    """The name that was probably meant: the nearest one, or one that begins so."""
    begins = (name for name in names if len(word) > 1 and name.startswith(word.lower()))
    return nearest(word, names) or next(begins, None)


def read(token: Token) -> Leaf:
    """The leaf that a word, phrase, pattern or field stands for.

    Raises:
        QueryError: the field, its value or the pattern is wrong.
    """
    if token.kind == "pattern":
        return _pattern(token)
    if token.kind == "field":
        return _field(token)
    return _words(token)


def _words(token: Token) -> Words:
    text = token.text
    if not text.strip():
        message = "nothing stands between these quotation marks" if token.kind == "phrase" else "a * needs letters"
        raise QueryError(message, column=token.column, hint="as in refund* or “money ba”*" if token.prefix else "")
    loose = _LOOSE_COMPARISON.match(text) if token.kind == "word" else None
    if loose is not None and (field := find(loose[1])) is not None and field.type in COMPARED:
        written = f"{field.name}:{text[loose.end(1) :]}"
        raise QueryError("a field needs its colon", column=token.column + loose.end(1), hint=f"write {written}")
    return Words(text, token.prefix and bool(words(text)))


def _pattern(token: Token) -> Pattern:
    if not token.text:
        raise QueryError("this regular expression is empty", column=token.column)
    try:
        patterns.compiled(token.text)
    except patterns.BadPattern as error:
        column = token.column + 1 + min(error.position, len(token.text))
        raise QueryError(str(error), column=column) from None
    return Pattern(token.text)


def _field(token: Token) -> Leaf:
    field = find(token.name)
    if field is None:
        _unknown_field(token)
    if not token.text and not token.prefix:
        hint = f"as in {field.example}; without a space after the colon"
        raise QueryError(f"{field.name}: needs a value", column=token.value_column, hint=hint)
    if field.type in COMPARED:
        return _comparison(field, token)
    chosen = field.type in ("choice", "signal") and not token.prefix
    value = token.text.lower() if chosen or (field.type == "is" and not token.prefix) else token.text
    if field.type == "is" or chosen:
        if value not in field.values or token.prefix:
            _unknown_value(field, token)
        return Is(value) if field.type == "is" else Named(field.name, value)
    if field.type == "topic" and token.prefix:
        raise QueryError("a topic is named in full", column=token.value_column)
    if field.type == "person" and not token.text.lstrip("@") and not token.prefix:
        raise QueryError("from: needs a handle or a name", column=token.value_column, hint=f"as in {field.example}")
    return Named(field.name, value, token.prefix)


def _unknown_field(token: Token) -> NoReturn:
    names = [field.name for field in FIELDS]
    near = _OTHER_NAMES.get(token.name.lower()) or _meant(token.name, names)
    if token.name.lower() in IS:
        hint = f"did you mean is:{token.name.lower()}?"
    elif near:
        hint = f"did you mean {near}:?"
    else:
        hint = f"fields are {', '.join(names)}"
    quoted = f'; or put it in quotation marks to search for "{token.name}:"'
    raise QueryError(f"there is no field {token.name}:", column=token.column, hint=hint + quoted)


def _unknown_value(field: Field, token: Token) -> NoReturn:
    near = _meant(token.text, field.values)
    hint = f"did you mean {field.name}:{near}?" if near else f"values are {', '.join(field.values)}"
    raise QueryError(f"{field.name}: knows no “{token.text}”", column=token.value_column, hint=hint)


def _comparison(field: Field, token: Token) -> Leaf:
    text, column = token.text, token.value_column
    if text.lower() in field.values and not token.prefix:
        return Named(field.name, text.lower())
    found = _OPERATOR.match(text)
    operator = found.group() if found else ""
    if not operator and ".." in text:
        return _range(field, token)
    value = _value(field, text[len(operator) :], column + len(operator))
    if operator in ("", "="):
        if isinstance(value, Duration):
            hint = f"write {field.name}:<{text[len(operator) :]} or {field.name}:>{text[len(operator) :]}"
            raise QueryError("a duration is never met exactly", column=column, hint=hint)
        return Range(field.name, Bound(value), Bound(value))
    bound = Bound(value, operator in ("<", ">"))
    return Range(field.name, bound, None) if operator[0] == ">" else Range(field.name, None, bound)


def _range(field: Field, token: Token) -> Range:
    first, _, last = token.text.partition("..")
    column = token.value_column
    if not first and not last:
        raise QueryError("a range needs an end", column=column, hint=_FORMS[field.type].format(field.name))
    low = _value(field, first, column) if first else None
    high = _value(field, last, column + len(first) + 2) if last else None
    if low is not None and high is not None:
        if isinstance(low, Duration) is not isinstance(high, Duration):
            raise QueryError("a range goes between two days or two durations", column=column)
        if _upside_down(low, high):
            raise QueryError("this range ends before it begins", column=column, hint=f"write {last}..{first}")
    return Range(field.name, None if low is None else Bound(low), None if high is None else Bound(high))


def _upside_down(low: Value, high: Value) -> bool:
    match low, high:
        case Duration(first), Duration(last):
            return first >= last
        case Days(first_day), Days(last_day):
            return first_day > last_day
        case NamedDay(first_offset), NamedDay(last_offset):
            return first_offset > last_offset
        case ((int() | float() as first_number), (int() | float() as last_number)):
            return first_number > last_number
    return False


def _value(field: Field, text: str, column: int) -> Value:
    value: Value | None
    if field.type == "number":
        value = read_number(text)
        if value is not None and not (
            (field.low is None or value >= field.low) and (field.high is None or value <= field.high)
        ):
            upto = f" to {field.high:g}" if field.high is not None else " up"
            raise QueryError(f"{field.name} goes from {field.low:g}{upto}", column=column)
    else:
        value = read_duration(text)
        if value is not None and value.ms < 0 and field.type != "until":
            raise QueryError("nothing is less than no time ago", column=column)
        if value is None and field.type == "moment":
            value = read_days(text)
    if value is None:
        if field.type == "moment" and looks_like_day(text):
            raise QueryError(f"there is no day {text}", column=column)
        what = f"“{text}” is no value for {field.name}:" if text else f"{field.name}: needs a value"
        raise QueryError(what, column=column, hint=_FORMS[field.type].format(field.name))
    return value

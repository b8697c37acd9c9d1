"""Random trees and texts: what is read can be written and read again. The other properties draw from here too."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.errors import QueryError
from cminbox.model import HOUR, KINDS
from cminbox.query import FIELDS, IS, Query, complete, parse
from cminbox.query.parser import MAX_DEPTH
from cminbox.query.tree import And, Bound, Is, Leaf, Named, Node, Not, Or, Pattern, Range, Words, to_text
from cminbox.query.values import Days, Duration, NamedDay, Value
from cminbox.text import words
from profiles import examples

# Few words in many scripts, so that random queries meet random texts often.
WORDS = (
    *("refund", "Refund!", "REFUNDS", "money", "back", "money back", "café", "cafe", "CAFE\u0301", "straße", "STRASSE"),
    *("İstanbul", "naïve", "रिफंड", "रिफ़ंड", "रीफंड", "क्\u200dष", "રિફંડ", "ਰਿਫੰਡ", "возврат", "Ёлка", "返金", "환불"),
    *("😡", "❤️", "❤", "👨‍👩‍👧", "😡😡", "C++", "it's", "a_b", "1st", "१२", "１２", "$5", "...", "or", "NOT", "/r/x"),
    *('say "hi"', "back\\slash", "(brackets)", "-5", "is:open", "star*", "\u202ebidi", "\x1b[31m", "zero\u200bwidth"),
)
HANDLES = ("ana", "Ana", "ana@mastodon.example", "anab", "ana_b", "ana[x", "ANA@example.org", "José", "")
NAMES = ("Ana López", "ANA LOPEZ", "José", "रमेश कुमार", "Anabel", "李雷", "", "😡 Ana")
PEOPLE = (*HANDLES, *NAMES, "@ana", "@Ana@Mastodon.example", "@José", "lopez", "कुमार", "@", "lóp")
LABELS = ("billing", "Billing", "late parcels", "VIP", "été", "Été", "a*b", 'with "quotes"', "शिकायत")
SIGNAL_NAMES = ("bad-before", "broken", "refund", "several", "question")
PLACES = ("mastodon", "Mastodon", "feed", "shop-main", "shop", "naïve", "Ünï")
LANGS = ("en", "hi", "hi-Latn", "")
PATTERNS = (
    "ref.nd",
    "^refund",
    "back$",
    r"\d+",
    "a/b",
    "caf[eé]",
    "(?i)MONEY",
    r"\/",
    "रि.*ड",
    "x?",
    r"\bback\b",
    "[/]",
)
NUMBERS = (30, 60, 80, 500)
START = 1_770_000_000_000

durations = st.one_of(
    st.sampled_from([0, HOUR, 2 * HOUR, 24 * HOUR]).map(Duration),
    st.integers(0, 10**6).map(lambda n: Duration(n * 1000)),
)
days = st.one_of(
    st.sampled_from([NamedDay(0), NamedDay(-1)]),
    st.integers(0, 60).map(lambda n: date(2026, 1, 10) + timedelta(days=n)).map(lambda d: Days(d, d + timedelta(1))),
    st.integers(1, 12).map(lambda m: Days(date(2026, m, 1), date(2026 + m // 12, m % 12 + 1, 1))),
)
blank_free = st.text(min_size=1, max_size=12).filter(
    lambda t: bool(t.strip()) and not any("\ud800" <= c <= "\udfff" or c == "\0" for c in t)
)


@st.composite
def some_words(draw: st.DrawFn) -> Words:
    text = draw(st.one_of(st.sampled_from(WORDS), st.lists(st.sampled_from(WORDS), min_size=2).map(" ".join)))
    text = draw(st.one_of(st.just(text), st.just(text[:3]).filter(lambda t: bool(t.strip())), blank_free))
    return Words(text, draw(st.booleans()) and bool(words(text)))


@st.composite
def named(draw: st.DrawFn) -> Named:
    field = draw(st.sampled_from([f for f in FIELDS if f.type in ("name", "label", "signal", "person", "choice")]))
    pools = {
        "from": PEOPLE,
        "label": LABELS,
        "kind": KINDS,
        "signal": SIGNAL_NAMES,
        "lang": (*LANGS, "unknown"),
        "team": ("care", "mine"),
    }
    pools["assignee"] = pools["promised"] = ("me", "ana", "Ana", "bo")
    pools["crisis"] = (*PLACES, "late parcels", "#1", "#2")
    value = draw(st.sampled_from(pools.get(field.name, (*PLACES, "late parcels"))))
    prefix = draw(st.booleans())
    if prefix:
        value = value[: draw(st.integers(0, 4))]
    elif not value.strip("@"):
        value = "ana"
    return Named(field.name, value, prefix)


@st.composite
def ranges(draw: st.DrawFn) -> Range:
    field = draw(st.sampled_from([f for f in FIELDS if f.low is not None or f.type in ("elapsed", "until", "moment")]))
    values: st.SearchStrategy[Value]
    if field.type == "number":
        low, high = int(field.low or 0), int(field.high or 20_000)
        values = st.sampled_from([low, high, *(n for n in NUMBERS if low < n < high)])
        if field.name == "sentiment":
            values = st.one_of(values, st.floats(-1, 1, allow_subnormal=False).map(lambda x: round(x, 6) or 0))
    else:
        values = draw(st.sampled_from([durations, days])) if field.type == "moment" else durations
        if field.type == "until":
            values = durations.flatmap(lambda d: st.sampled_from([d, Duration(-d.ms)]))
    first, last = draw(values), draw(values)
    shape = draw(st.sampled_from(["low", "high", "both", "equal"]))
    if shape == "low":
        return Range(field.name, Bound(first, draw(st.booleans())), None)
    if shape == "high":
        return Range(field.name, None, Bound(first, draw(st.booleans())))
    if shape == "equal" and not isinstance(first, Duration):
        return Range(field.name, Bound(first), Bound(first))
    return _ordered(field.name, first, last)


def _ordered(name: str, first: Value, last: Value) -> Range:
    """A range with its smaller end first; one with an end where they cannot be told apart."""
    key = {
        Duration: lambda v: v.ms,
        Days: lambda v: v.first,
        NamedDay: lambda v: v.offset,
    }.get(type(first), lambda v: v)
    if isinstance(first, (Days, NamedDay)) and type(first) is not type(last):
        return Range(name, Bound(first), Bound(last))
    if isinstance(first, Duration) and first == last:
        return Range(name, Bound(first), None)
    low, high = sorted((first, last), key=key)
    return Range(name, Bound(low), Bound(high))


leaves: st.SearchStrategy[Leaf] = st.one_of(
    some_words(),
    some_words(),
    st.sampled_from(PATTERNS).map(Pattern),
    st.sampled_from(sorted(IS)).map(Is),
    named(),
    ranges(),
    st.just(Named("sentiment", "unknown")),
    st.sampled_from(["Shipping", "loop", "none"]).map(lambda name: Named("topic", name)),
)


def _gather(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, (And, Or)) and type(part) is kind else [part])
    return kind(tuple(flat))


trees: st.SearchStrategy[Node] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: _gather(And, parts)),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: _gather(Or, parts)),
    ),
    max_leaves=8,
)

_PIECES = (*WORDS, *(f"{f.name}:" for f in FIELDS), *(f.example for f in FIELDS), *'()"/-*:<>=. @\\', "OR", "and", "..")
any_text = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))


def normal(tree: Node) -> Node:
    """The tree as the parser makes it: slashes in patterns are never escaped, whole numbers are integers."""
    match tree:
        case And(parts):
            return And(tuple(map(normal, parts)))
        case Or(parts):
            return Or(tuple(map(normal, parts)))
        case Not(part):
            return Not(normal(part))
        case Pattern(pattern):
            return Pattern(pattern.replace("\\/", "/"))
    return tree


@given(trees)
def test_a_tree_is_written_and_read_again(tree: Node) -> None:
    text = to_text(normal(tree))
    assert parse(text).tree == normal(tree)


def understood(text: str) -> Query | QueryError:
    try:
        return parse(text)
    except QueryError as error:
        return error


@settings(max_examples=examples(300))
@given(any_text)
def test_every_text_is_read_or_refused_at_a_column(text: str) -> None:
    found = understood(text)
    if isinstance(found, QueryError):
        assert 1 <= found.column <= len(text) + 1
        assert found.message.startswith(f"column {found.column}: ")
    else:
        assert parse(str(found)).tree == found.tree


@given(any_text, st.integers(-2, 50))
def test_completion_takes_every_text(text: str, cursor: int) -> None:
    offered = complete(text, cursor, lambda _field: ("ana", "two words", 'a"b', ""))
    assert 0 <= offered.start <= max(0, min(cursor, len(text)))
    assert all(offered.options)


def test_the_deepest_tree_is_read() -> None:
    text = "-(a OR " * (MAX_DEPTH // 2) + "b" + ")" * (MAX_DEPTH // 2)
    assert str(parse(text)) == text

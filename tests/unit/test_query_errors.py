"""Every mistake is told at its column, with the nearest right name where there is one."""

from __future__ import annotations

import pytest

from cminbox.errors import QueryError
from cminbox.query import both, parse
from cminbox.query.parser import MAX_DEPTH, MAX_LENGTH, MAX_TERMS

MISTAKES = [
    ("netwrok:mastodon", 1, "there is no field netwrok:", "did you mean network:?"),
    ("is:open (author:ana)", 10, "there is no field author:", "did you mean from:?"),
    ("overdue:yes", 1, "there is no field overdue:", "did you mean is:overdue?"),
    ("prio:>5", 1, "there is no field prio:", "did you mean priority:?"),
    ("zzz:1", 1, "there is no field zzz:", "fields are is, network"),
    ("is:opne", 4, "is: knows no “opne”", "did you mean is:open?"),
    ("x -is:Snozed", 7, "is: knows no “Snozed”", "did you mean is:snoozed?"),
    ("is:xyz", 4, "is: knows no “xyz”", "values are open, pending"),
    ("is:op*", 4, "is: knows no “op”", "is:open"),
    ("kind:coment", 6, "kind: knows no “coment”", "kind:comment"),
    ("label: x", 7, "label: needs a value", "as in label:billing"),
    ('label:""', 7, "label: needs a value", ""),
    ("from:@ x", 6, "from: needs a handle or a name", ""),
    ("topic:x*", 7, "a topic is named in full", ""),
    ("priority:high", 10, "“high” is no value for priority:", "priority:>5"),
    ("priority:>", 11, "priority: needs a value", "priority:>5"),
    ("priority:>101", 11, "priority goes from 0 to 100", ""),
    ("sentiment:<=-2", 13, "sentiment goes from -1 to 1", ""),
    ("followers:-5", 11, "followers goes from 0 up", ""),
    ("priority:90..10", 10, "this range ends before it begins", "write 10..90"),
    ("priority:1..x", 13, "“x” is no value", ""),
    ("priority:..", 10, "a range needs an end", ""),
    ("priority>50", 9, "a field needs its colon", "write priority:>50"),
    ("waiting:2h", 9, "a duration is never met exactly", "waiting:<2h or waiting:>2h"),
    ("age:>2y", 6, "“2y” is no value for age:", "age:>2h (s, m, h, d, w)"),
    ("age:>-1d", 6, "nothing is less than no time ago", ""),
    ("created:2026-02-30", 9, "there is no day 2026-02-30", ""),
    ("created:>soon", 10, "“soon” is no value for created:", "created:2026-05-01"),
    ("created:2026-01-01..3d", 9, "a range goes between two days or two durations", ""),
    ("created:2026-02-02..2026-02-01", 9, "this range ends before it begins", "2026-02-01..2026-02-02"),
    ("created:today..yesterday", 9, "this range ends before it begins", ""),
    ("age:3d..1d", 5, "this range ends before it begins", ""),
    ('a "money back', 3, "this quotation mark is not closed", ""),
    ("a /refund", 3, "this regular expression is not closed", "…"),
    ("//", 1, "this regular expression is empty", ""),
    ("/a/b", 4, "this follows a regular expression without a space", ""),
    ("x /re(fund/", 11, "bad regular expression: missing )", ""),
    ("/[z-a]/", 6, "bad regular expression: bad character range", ""),
    ("/((x{100}){100}){100}/", 17, "the regular expression repeats too much", ""),
    ("(a OR b", 1, "this parenthesis is not closed", ""),
    ("a)", 2, "no parenthesis was opened for this one", ""),
    (")", 1, "no parenthesis was opened for this one", ""),
    ("a ()", 3, "nothing stands between these parentheses", ""),
    ("(a OR )", 4, "nothing follows OR", 'write "OR"'),
    ("OR a", 1, "nothing stands before OR", ""),
    ("is:open (", 9, "this parenthesis is not closed", "quotation marks"),
    ("a ((", 4, "this parenthesis is not closed", ""),
    ("a or and b", 3, "nothing follows OR", ""),
    ("a NOT", 3, "nothing follows NOT", ""),
    ("a - b", 3, "nothing follows the -", ""),
    ('""', 1, "nothing stands between these quotation marks", ""),
    ("a *", 3, "a * needs letters", ""),
    ("refund \ud800", 8, "this character cannot be part of a query", ""),
    ("a\0", 2, "this character cannot be part of a query", ""),
    ("-" * (MAX_DEPTH + 1) + "a", MAX_DEPTH + 2, "nested too deeply", f"at most {MAX_DEPTH} levels"),
    ("(" * 5_000 + "a" + ")" * 4_000, MAX_DEPTH + 2, "nested too deeply", ""),
    ("a " * (MAX_TERMS + 1), 2 * MAX_TERMS + 1, f"at most {MAX_TERMS} terms", ""),
    ("a" * (MAX_LENGTH + 1), MAX_LENGTH + 1, f"at most {MAX_LENGTH} characters", ""),
]


@pytest.mark.parametrize(("text", "column", "message", "hint"), MISTAKES)
def test_a_mistake_is_told_where_it_is(text: str, column: int, message: str, hint: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.column == column
    assert message in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  ", ""),
        ("a and b", "a b"),
        ("a b OR c d", "a b OR c d"),
        ("(a OR b) c", "(a OR b) c"),
        ("((a b) c)", "a b c"),
        ("a or (b or c)", "a OR b OR c"),
        ("not (a b)", "-(a b)"),
        ("not not a", "--a"),
        ('"or" "-x" "is:open" "/x"', '"or" "-x" "is:open" "/x"'),
        ('foo"bar baz"', 'foo "bar baz"'),
        ('label:"x" label:"two words"', 'label:x label:"two words"'),
        ('"money ba"* ref*', '"money ba"* ref*'),
        ("https://example.org/a?b=c", '"https://example.org/a?b=c"'),
        ("10:30 re-open", '"10:30" re-open'),
        (r"/a\/b/", r"/a\/b/"),
        (r"/\\/", r"/\\/"),
        ("priority:=5 followers:>10k", "priority:5 followers:>10000"),
        ("waiting:>120m age:>14d", "waiting:>2h age:>2w"),
        ("sentiment:<-.5 sentiment:UNKNOWN", "sentiment:<-0.5 sentiment:unknown"),
        ("created:>=2026-5-1 created:2026-05..2026-06", "created:>=2026-05-01 created:2026-05..2026-06"),
        ("Created:Yesterday..today due:<-1h", "created:yesterday..today due:<-1h"),
        ("NETWORK:Mastodon source:*", "network:Mastodon source:*"),
        ("created:2026-05-01", "created:2026-05-01"),
    ],
)
def test_a_query_is_read_and_written_plainly(text: str, plain: str) -> None:
    assert str(parse(text)) == plain
    assert parse(plain).tree == parse(text).tree


@pytest.mark.parametrize(
    ("first", "second", "plain"),
    [
        ("is:open", "refund OR money", "is:open (refund OR money)"),
        ("is:open x", "y z", "is:open x y z"),
        (" ", "is:open", "is:open"),
        ("is:open", "", "is:open"),
        ("", "", ""),
    ],
)
def test_two_queries_are_joined_into_one(first: str, second: str, plain: str) -> None:
    joined = both(parse(first), parse(second))
    assert str(joined) == plain
    assert parse(joined.text).tree == joined.tree

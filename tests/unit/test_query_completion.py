"""Completion while a query is typed: fields, states, values of the store."""

from __future__ import annotations

import pytest

from cminbox.query import Completions, complete

STORE = {"source": ("shop-main", "shop-two", "late parcels"), "label": ("billing", 'say "hi"'), "from": ("ana", "bo")}


def at_end(text: str) -> Completions:
    return complete(text, len(text), lambda field: STORE.get(field, ()))


@pytest.mark.parametrize(
    ("text", "start", "options"),
    [
        ("net", 0, ("network:",)),
        ("is:open NET", 8, ("network:",)),
        ("is:open -(ne", 10, ("network:", "is:needs-answer")),
        ("du", 0, ("due:", "is:due")),
        ("is:o", 3, ("open", "overdue")),
        ("-is:O", 4, ("open", "overdue")),
        ("source:", 7, ("shop-main", "shop-two", '"late parcels"')),
        ("source:shop-t", 7, ("shop-two",)),
        ('source:"la', 7, ('"late parcels"',)),
        ('source:"late par', 7, ('"late parcels"',)),
        ("label:s", 6, (r'"say \"hi\""',)),
        ("from:@a", 5, ("ana",)),
        ("kind:m", 5, ("mention",)),
        ("assignee:m", 9, ("me",)),
        ("lang:u", 5, ("unknown",)),
        ("created:to", 8, ("today",)),
        ("sentiment:", 10, ("unknown", "<", ">", "<=", ">=", "=")),
        ("nofield:x", 9, ()),
        ('"two wor', 8, ()),
        ('"two words" zi', 12, ()),
        ('"two words" se', 12, ("sentiment:",)),
        ("/re gex", 7, ()),
        ("/re gex/ wai", 9, ("waiting:",)),
        ('label:"two words" wai', 18, ("waiting:",)),
        ("zzz", 0, ()),
    ],
)
def test_what_is_offered(text: str, start: int, options: tuple[str, ...]) -> None:
    assert at_end(text) == Completions(start, options)


def test_an_empty_query_offers_every_field() -> None:
    offered = at_end("").options
    assert offered[0] == "is:"
    assert "created:" in offered


def test_the_rest_behind_the_cursor_is_left_alone() -> None:
    assert complete("is:op refund", 5, lambda _field: ()) == Completions(3, ("open",))
    assert complete("net refund", 3, lambda _field: ()) == Completions(0, ("network:",))

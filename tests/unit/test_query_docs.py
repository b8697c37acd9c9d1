"""The page of the query language knows every field and state, and every query on it is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cminbox.errors import QueryError
from cminbox.model import KINDS
from cminbox.query import FIELDS, IS, Field, parse
from cminbox.query.parser import MAX_DEPTH, MAX_LENGTH, MAX_TERMS

PAGE = (Path(__file__).parents[2] / "docs" / "query.md").read_text(encoding="utf-8")
CODE = re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))
NO_QUERY = {"AND", "OR", "NOT", "@", "<", "<=", ">", ">=", "=", '\\"', "\\\\", "\\/", "^", "$", "waiting:2h"}


def table(head: str, rows: list[str]) -> str:
    return "\n".join([head, re.sub(r"[^|]+", " --- ", head), *rows])


def test_the_tables_of_fields_and_states_are_those_of_the_program() -> None:
    fields = [f"| `{field.name}:` | {field.help} | `{field.example}` |" for field in FIELDS]
    states = [f"| `is:{value}` | {meaning} |" for value, meaning in IS.items()]
    assert table("| field | asks | example |", fields) in PAGE
    assert table("| state | means |", states) in PAGE


def test_every_field_and_every_fixed_value_is_told() -> None:
    assert all(f"`{field.name}:`" in PAGE for field in FIELDS)
    assert all(f"`is:{value}`" in PAGE for value in IS)
    assert all(f"`{kind}`" in PAGE for kind in KINDS)


def test_the_limits_are_told() -> None:
    assert f"{MAX_DEPTH} levels" in PAGE
    assert f"{MAX_TERMS}\nterms and {MAX_LENGTH:,} characters" in PAGE


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_the_example_of_a_field_is_a_query_on_that_field(field: Field) -> None:
    assert str(parse(field.example)).startswith(f"{field.name}:")


@pytest.mark.parametrize("text", [text for text in CODE if text not in NO_QUERY and not text.endswith(":")])
def test_every_query_on_the_page_is_read(text: str) -> None:
    parse(text)


def test_the_mistakes_on_the_page_are_mistakes() -> None:
    with pytest.raises(QueryError, match="column 9: there is no field netwrok:") as caught:
        parse("is:open netwrok:mastodon")
    assert caught.value.line() in PAGE
    with pytest.raises(QueryError):
        parse("waiting:2h")

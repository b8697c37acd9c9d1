"""One bad item costs no other: the guard that every adapter reads with, and JSON that nobody means."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.errors import AuthError, DataError, Retryable
from cminbox.sources.bodies import Undecodable, read_json
from cminbox.sources.items import one_item


def test_whatever_is_wrong_with_an_item_is_kept_and_the_next_is_read() -> None:
    skipped: list[DataError] = []
    read: list[int] = []
    for number in range(5):
        with one_item(skipped, f"entry {number}"):
            if number == 1:
                raise DataError("it has no text")
            if number == 2:
                {}["no such key"]
            if number == 3:
                raise RecursionError
            read.append(number)
    assert read == [0, 4]
    assert [error.line() for error in skipped] == [
        "entry 1: it has no text",
        "entry 2: it cannot be read (KeyError)",
        "entry 3: it cannot be read (RecursionError)",
    ]


@pytest.mark.parametrize("error", [AuthError("no"), Retryable("later"), KeyboardInterrupt(), MemoryError()])
def test_what_is_no_fault_of_the_item_is_raised(error: BaseException) -> None:
    skipped: list[DataError] = []
    with pytest.raises(type(error)), one_item(skipped):
        raise error
    assert skipped == []


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


BAD = {
    "lists": nested(100_000),
    "objects": '{"a":' * 5000 + "1" + "}" * 5000,
    "number": "9" * 5000,
    "negative": "-" + "9" * 9000,
}


@pytest.mark.parametrize("name", BAD)
def test_a_value_that_nobody_means_is_null_and_the_rest_is_there(name: str) -> None:
    body = f'[{{"id": "1", "x": "]}}[{{ \\" "}}, {{"id": "2", "x": {BAD[name]}}}, {{"id": "3"}}]'.encode()
    found = read_json(body)
    assert [each["id"] for each in found] == ["1", "2", "3"]
    assert found[0]["x"] == ']}[{ " '
    assert not json.dumps(found[1]["x"]).strip('[]{}a":nul ')


def test_what_no_text_has_in_json_is_read_all_the_same() -> None:
    body = rb'[{"id": "1", "x": "a \x \u12 \ud83d\ude00 \\\" \/ c"}, {"id": "2", "x": "tab ' + b"\x09 nul \x00" + b'"}]'
    found = read_json(body)
    assert found == [
        {"id": "1", "x": 'a \ufffdx \ufffd \U0001f600 \\" / c'},
        {"id": "2", "x": "tab \t nul \x00"},
    ]


@pytest.mark.parametrize("body", [b"[" * 90_000, b'[{"a": ' + b"[" * 2000 + b"]" * 1999 + b"}]", b'["' + b"9" * 6000])
def test_what_breaks_off_is_no_json(body: bytes) -> None:
    with pytest.raises(Undecodable):
        read_json(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(before=JSON, after=JSON)
def test_all_around_it_is_read_as_ever(before: Any, after: Any) -> None:
    body = f"[{json.dumps(before)}, {nested(3000)}, {json.dumps(after)}]"
    found = read_json(body.encode("utf-8", "replace"))
    assert (found[0], found[2]) == (before, after)

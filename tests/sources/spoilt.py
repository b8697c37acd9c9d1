"""Spoiling one place of a JSON value, however deep it lies."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st
from loopback import Reply

Place = tuple[str | int, ...]
JUNK: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.lists(st.none() | st.text(max_size=4), max_size=2),
    st.dictionaries(st.text(max_size=4), st.none() | st.integers(), max_size=2),
    st.sampled_from(["\x1b[31m", "at://", "https://[", "9999-99-99T99:99:99Z", "\ud800", "\u202e", "1" * 400]),
)


def places(value: Any, before: Place = ()) -> list[Place]:
    """Each place of a value, outermost first, without the value itself."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, each in inner for found in [(*before, key), *places(each, (*before, key))]]


def spoilt_answer(reply: Reply, number: int, junk: Any) -> Reply:
    """An answer with something else at one of its places; `number` says at which."""
    body = json.loads(reply.data or b"null")
    if found := places(body):
        spoil(body, found[number % len(found)], junk)
    return Reply(json.dumps(body).encode(), reply.status, reply.headers)


def spoil(value: Any, place: Place, junk: Any) -> None:
    """Put something else at a place."""
    *way, last = place
    for key in way:
        value = value[key]
    value[last] = junk

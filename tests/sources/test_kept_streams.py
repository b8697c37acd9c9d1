"""What is kept of an account's streams from poll to poll."""

from __future__ import annotations

import json

from cminbox.errors import Denied
from cminbox.model import HOUR
from cminbox.sources.streams import REST, Streams

NOW = 1_700_000_000_000


def again(*cursors: tuple[str, str], now: int = NOW, whose: str = "us") -> Streams:
    return Streams(dict(cursors), whose, now, 3)


def test_what_one_stream_passed_on_is_new_in_none() -> None:
    streams = again()
    assert [streams.is_new("a", state) for state in ("x", "x", "", "")] == [True, False, True, True]
    assert not streams.is_new("b", "x")
    later = again(("a", streams.cursor("a", {"at": 7})), ("b", streams.cursor("b", {})))
    assert later.kept("a")["at"] == 7
    assert not later.is_new("b", "x")
    assert later.is_new("b", "y")


def test_the_newest_states_are_kept_and_no_others() -> None:
    streams = again()
    for state in "abcde":
        streams.is_new("a", state)
    assert json.loads(streams.cursor("a", {}))["passed"] == ["c", "d", "e"]


def test_what_is_kept_of_another_account_or_is_no_cursor_is_as_nothing() -> None:
    streams = again()
    streams.is_new("a", "x")
    cursor = streams.cursor("a", {"at": 7})
    assert not again(("a", cursor), whose="them").kept("a")
    assert again(("a", cursor), whose="them").is_new("a", "x")
    for broken in ("", "{", "[]", '{"of": "us", "passed": 7}', '{"of": "us", "passed": [7, null, ["x"]]}'):
        assert again(("a", broken)).is_new("a", "x")


def test_what_is_refused_rests_and_is_told_once() -> None:
    streams = again()
    assert not streams.rests("a")
    kept, notes = streams.refused("a", "the review queue", Denied("not for you"))
    assert notes == ("the review queue: not for you; asked again in 6 hours",)
    cursor = ("a", streams.cursor("a", kept))
    assert again(cursor, now=NOW + REST - HOUR).rests("a")
    later = again(cursor, now=NOW + REST)
    assert not later.rests("a")
    assert later.refused("a", "the review queue", Denied("not for you"))[1] == ()

"""A text cut around what was searched for in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from cminbox.model import Conversation
from cminbox.query import parse
from cminbox.screens.queue.hits import needles_of
from cminbox.sources.glyphs import glyph_of
from cminbox.text import clean
from cminbox.textwidth import width_of
from cminbox.widgets.hit_text import around_hit, find_hit
from cminbox.widgets.queue_columns import paint
from cminbox.widgets.queue_row import STYLES

PLAIN = Conversation(1, 1, "c", "shop", "mastodon", "mention", "open", created_at=0, newest_at=0, changed=0)


def hit(text: str, query: str) -> str | None:
    span = find_hit(text, needles_of(parse(query).tree))
    return None if span is None else text[span[0] : span[1]]


@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("I want a REFUND now", "refund", "REFUND"),
        ("Où est mon café ?", "cafe", "café"),
        ("मुझे रिफंड चाहिए", "रिफंड", "रिफंड"),
        ("मुझे रिफंड चाहिए", "रफंड", None),
        ("refunds are slow", "refund", None),
        ("refunds are slow", "refund*", "refunds"),
        ("give the money, back!", '"money back"', "money, back"),
        ("so angry 😡 now", "😡", "😡"),
        ("a refund", "-refund", None),
        ("a refund", "is:open (parcel OR refund) -from:@ana", "refund"),
        ("२४ घंटे", "24", "२४"),
        ("nothing", "refund", None),
    ],
)
def test_it_is_found_as_the_search_finds_it(text: str, query: str, found: str | None) -> None:
    assert hit(text, query) == found


def test_it_is_brought_into_sight_between_words() -> None:
    text = "Hello there, I have waited for two weeks now and I would like a refund for the whole order please"
    before, found, after = around_hit(text, 40, needles_of(parse("refund").tree))
    assert found == "refund"
    assert before.startswith("…")
    assert before[1:] in text
    assert text[: text.index(before[1:])].endswith(" ")
    assert after.endswith("…")
    assert around_hit(text, 40, needles_of(parse("hello").tree))[0] == ""


@given(
    text=st.lists(
        st.sampled_from(["refund", "👩‍👩‍👧‍👦", "पैसा", "漢字漢字", "a", "word", "…", "\u0301"]), max_size=40
    ).map(" ".join),
    room=st.integers(0, 60),
)
def test_it_never_takes_more_room_and_always_shows_the_hit(text: str, room: int) -> None:
    said = clean(text)
    pieces = around_hit(said, room, needles_of(parse("refund").tree))
    if pieces is None:
        assert "refund" not in said.split() or room < 8
    else:
        assert pieces[1] == "refund"
        assert sum(map(width_of, pieces)) <= room


@given(
    words=st.lists(st.sampled_from(["refund", "👩‍👩‍👧‍👦", "पैसा", "漢字", "a", "\u0301x", "Refund!"]), max_size=20),
    room=st.integers(1, 200),
    said=st.booleans(),
    crisis=st.sampled_from(["", "Late"]),
)
def test_a_line_with_a_hit_is_as_wide_as_its_room(words: list[str], room: int, said: bool, crisis: str) -> None:
    text = clean(" ".join(words))
    row = PLAIN._replace(preview="" if said else text, crisis=crisis, handle="ana")
    styles = {name: Style() for name in (*STYLES, "line")}
    needles = needles_of(parse("refund OR पैसा").tree)
    strip = paint(row, room, styles, now=0, glyph_of=glyph_of, needles=needles, said=text if said else None)
    assert cell_len("".join(segment.text for segment in strip)) == room


@pytest.mark.parametrize("room", [80, 120])
def test_what_is_held_or_hidden_says_so_however_far_the_hit(room: int) -> None:
    text = "one thing after the other, and in the end you are all idiots"
    row = PLAIN._replace(preview=text, content=PLAIN.content._replace(hidden=True, held=True))
    styles = {name: Style() for name in (*STYLES, "line")}
    needles = needles_of(parse('"all idiots"').tree)
    line = paint(row, room, styles, now=0, glyph_of=glyph_of, needles=needles).text
    assert "‹held› ‹hidden› …" in line
    assert "all idiots" in line

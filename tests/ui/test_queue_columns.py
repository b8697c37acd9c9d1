"""The columns of a view: what stands in them, and that every line is as wide as its room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from driving import lines, press, queue_of, until
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style
from ui_world import NOW, World

from cminbox import config
from cminbox.app import CminboxApp
from cminbox.desk import Close, Label, Snooze, Take
from cminbox.model import DAY, HOUR, MINUTE, Content
from cminbox.sources.glyphs import glyph_of
from cminbox.widgets.queue_columns import COLUMNS, LEAST_TEXT, USUAL, layout, paint
from cminbox.widgets.queue_row import STYLES, Someone

names = st.lists(st.sampled_from(sorted(COLUMNS)), unique=True, min_size=1).map(tuple)


class Row:
    """A conversation as a line sees it."""

    def __init__(self, **values: Any) -> None:
        usual = {
            "id": 1, "source": "shop", "network": "mastodon", "kind": "mention", "status": "open", "handle": "rahul_k",
            "name": "Rahul", "followers": 12_345, "vip": True, "preview": "मेरा पैसा वापस करो 😠", "lang": "hi",
            "sentiment_class": "negative", "priority": 88, "labels": ("billing", "angry"), "assignee": "jo",
            "team": "", "crisis": "", "waiting_since": NOW - 8 * MINUTE, "created_at": NOW - 3 * DAY,
            "newest_at": NOW - 8 * MINUTE, "snoozed_until": None, "due_at": NOW - 3 * HOUR, "messages": 3, "outbox": "",
            "content": Content(), "promise_at": None, "promise": "", "promise_owner": "", "came_back": False,
            "back_why": "",
        }  # fmt: skip
        self.__dict__.update({**usual, **values})


def line(columns: tuple[str, ...], room: int, row: Any = None, **more: Any) -> str:
    styles = {name: Style() for name in (*STYLES, "line")}
    strip = paint(row or Row(), room, styles, now=NOW, glyph_of=glyph_of, columns=columns, **more)
    return "".join(segment.text for segment in strip)


def test_the_configuration_knows_the_same_columns() -> None:
    assert tuple(COLUMNS) == config.COLUMNS
    assert set(USUAL) <= set(COLUMNS)


@given(
    columns=names,
    room=st.integers(1, 220),
    status=st.sampled_from(["open", "pending", "snoozed", "closed", "spam"]),
    times=st.tuples(*[st.integers(-(2**63), 2**63 - 1) | st.none()] * 6),
)
def test_no_time_of_a_conversation_stops_its_line(columns, room, status, times) -> None:
    row = Row(
        status=status, waiting_since=times[0], created_at=times[1] or 0, newest_at=times[2] or 0,
        snoozed_until=times[3], due_at=times[4], promise_at=times[5],
    )  # fmt: skip
    assert cell_len(line(columns, room, row)) == room


@given(
    columns=names,
    room=st.integers(1, 220),
    status=st.sampled_from(["open", "pending", "snoozed", "closed", "spam"]),
    sentiment=st.sampled_from(["negative", "neutral", "positive", "unknown"]),
    text=st.text(max_size=60),
    number=st.integers(0, 10**12) | st.none(),
)
def test_every_line_is_as_wide_as_its_room(columns, room, status, sentiment, text, number) -> None:
    from cminbox.text import clean

    said = clean(text)
    row = Row(
        status=status, sentiment_class=sentiment, preview=said, handle=said, assignee=said, labels=(said, said),
        crisis=said, source=said, lang=said, network=said, followers=number, waiting_since=number, messages=number or 0,
    )  # fmt: skip
    assert cell_len(line(columns, room, row)) == room
    assert cell_len(line((), room, row)) == room


@given(columns=names, room=st.integers(24, 220))
def test_the_text_keeps_its_room_and_the_last_columns_give_way(columns: tuple[str, ...], room: int) -> None:
    places = layout(columns, room)
    shown = [name for name in columns if any(place.column is COLUMNS[name] for place in places)]
    assert [COLUMNS[name] for name in shown] == [place.column for place in places]
    assert sum(place.room + place.gap for place in places) <= room - 1 or len(places) == 1
    if "text" in columns and columns != USUAL:
        (text,) = (place for place in places if place.column is COLUMNS["text"])
        assert text.room >= LEAST_TEXT
    others = [name for name in columns if name != "text"]
    assert [name for name in shown if name != "text"] == others[: len(shown) - ("text" in shown)]


@pytest.mark.parametrize(
    ("room", "cells"),
    [(80, [3, 8, 2, 13, 1, 30, 7, 7]), (72, [3, 8, 2, 12, 1, 23, 7, 7]), (110, [3, 8, 2, 20, 1, 49, 7, 11])],
)
def test_a_view_that_names_none_has_the_usual_ones(room: int, cells: list[int]) -> None:
    assert [place.room for place in layout((), room)] == cells
    assert layout(USUAL, room) == layout((), room)


@pytest.mark.parametrize(
    ("column", "row", "narrow", "wide"),
    [
        ("priority", {}, "88", "urgent  88"),
        ("due", {}, "3h late", "3h late"),
        ("due", {"promise_at": NOW + 2 * HOUR}, "3h late", "3h late"),
        ("due", {"promise_at": NOW + 2 * HOUR, "due_at": None}, "◆ 2h", "◆ 2h"),
        ("due", {"promise_at": NOW - 2 * DAY}, "◆ -2d", "◆ -2d"),
        ("due", {"promise_at": NOW + 2 * HOUR, "status": "pending"}, "◆ 2h", "◆ 2h"),
        ("promise", {"promise_at": NOW + 2 * HOUR, "promise": "a new cup"}, "2h a new cup", "2h a new cup"),
        ("promise", {"promise_at": NOW - 2 * DAY, "promise": "a new cup"}, "-2d a new cup", "-2d a new cup"),
        ("promise", {}, "", ""),
        ("text", {"promise_at": NOW + HOUR, "preview": "where is my parcel"}, "◆ where is…", "◆ where is my parcel"),
        (
            "text",
            {"came_back": True, "back_why": "no reply in 2d", "preview": "ok"},
            "‹no reply i…",
            "‹no reply in 2d› ok",
        ),
        ("waiting", {}, "8m", "8m"),
        ("created", {}, "3d", "3d"),
        ("newest", {}, "8m", "8m"),
        ("state", {"status": "closed"}, "✓", "✓ closed"),
        ("state", {"status": "open"}, "○", "○ open"),
        ("state", {"status": "snoozed"}, "z", "z snoozed"),
        ("network", {}, "ms", "mastodon"),
        ("source", {}, "shop", "shop"),
        ("kind", {}, "mention", "mention"),
        ("author", {}, "@rahul_k ★", "@rahul_k ★"),
        ("followers", {}, "12k", "12k"),
        ("followers", {"followers": 2_100_000}, "2M", "2M"),
        ("followers", {"followers": None}, "", ""),
        ("sentiment", {}, "↘", "↘ negative"),
        ("text", {"crisis": "Late", "preview": "where is my parcel"}, "‼ where is…", "‼ where is my parcel"),
        ("language", {"lang": "hi-Latn"}, "hi-Latn", "hi-Latn"),
        ("language", {"lang": "gu-Latn"}, "gu-Latn", "gu-Latn"),
        ("language", {"lang": "zh-Hant-TW"}, "zh-Hant", "zh-Hant"),
        ("labels", {}, "billing a…", "billing angry"),
        ("crisis", {"crisis": "Late parcels"}, "‼ Late…", "‼ Late parcels"),
        ("messages", {}, "3", "3"),
        ("assignee", {}, "jo", "jo"),
        ("assignee", {"assignee": "", "team": "care"}, "team c…", "team care"),
        ("people", {}, "jo", "jo"),
    ],
)
def test_what_stands_in_a_column(column: str, row: dict[str, Any], narrow: str, wide: str) -> None:
    least = COLUMNS[column].least
    assert line((column,), 1 + least, Row(**row)).strip() == narrow
    assert line((column,), 60, Row(**row)).strip() == wide


def test_who_is_on_it_is_with_the_people() -> None:
    there = (Someone("lena", True),)
    assert "✎ lena" in line(("text", "people"), 60, present=there)
    assert "✎ lena" not in line(("text", "assignee"), 60, present=there)
    assert "jo" in line(("text", "assignee"), 60, present=there)


VIEWS = """
[[view]]
name = "Everything"
columns = ["state", "priority", "waiting", "author", "text", "labels", "assignee"]

[[view]]
name = "Usual"
"""


def rows(app: CminboxApp) -> dict[str, str]:
    """The lines of the list by the author in them."""
    queue = queue_of(app).queue
    drawn = ["".join(segment.text for segment in queue.render_line(y)) for y in range(len(queue.on_screen))]
    assert {cell_len(text) for text in drawn} == {queue.size.width}
    return {row.handle: text for row, text in zip(queue.on_screen, drawn, strict=True)}


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_each_view_shows_its_own(make_store: Callable[..., World], size: tuple[int, int]) -> None:
    world = make_store(extra_config=VIEWS)
    ids = world.ids()
    world.desk.do(Take(), [ids["matt"]])
    world.desk.do(Label(add=("aaa",)), [ids["matt"]])
    world.desk.do(Close(), [ids["carla"]])
    world.desk.do(Snooze(NOW + 2 * DAY), [ids["lin"]])
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "Everything 14" in lines(app)[0])
        shown = rows(app)
        assert shown["matt"].rstrip().endswith(" ana")
        assert " aaa" in shown["matt"]
        assert shown["carla"][1:].startswith("✓ closed" if size[0] == 200 else "✓ ")
        assert shown["lin"][1] == "z"
        assert shown["matt"][1] == "○"
        await press(pilot, "tab")
        assert " ms @matt" in rows(app)["matt"]
        await press(pilot, "tab")
        assert " ms @matt" not in rows(app)["matt"]

"""The parts of the metrics screen without a screen: the cursor among figures and rows, and reading one at a time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cminbox.errors import CminboxError
from cminbox.screens.metrics import data, reader
from cminbox.screens.metrics.reader import MetricsReader
from cminbox.screens.metrics.selection import MetricsSelection
from cminbox.widgets.key_figures import KeyFigure

FIGURES = [KeyFigure("first", "8m", key="reply", sort="newest"), KeyFigure("waiting", "2", key="waiting")]
ROWS = {"source": [("shop", "12"), ("my blog", "3")], "network": [("mastodon", "12")]}
"""The rows of a table; the others have none."""


@pytest.fixture
def selection(monkeypatch: pytest.MonkeyPatch) -> MetricsSelection:
    monkeypatch.setattr(data, "figures", lambda metrics: FIGURES)
    monkeypatch.setattr(data, "rows", lambda metrics, dimension: ROWS.get(dimension, []))
    return MetricsSelection()


def test_the_cursor_goes_through_figures_and_rows_and_stops_at_both_ends(selection: MetricsSelection) -> None:
    selection.move(3)
    assert selection.chosen() is None
    metrics: Any = object()
    selection.take(metrics)
    # Members have no figures here: it begins with the first table that says something.
    assert (selection.tab, selection.figure, selection.row) == ("source", 0, None)
    assert selection.chosen() == ("first", ("reply",), None, "", "newest", "")
    selection.move(100)
    assert (selection.figure, selection.row) == (None, 1)
    assert selection.chosen() == ("my blog", data.ROW, "source", "my blog", "newest", "")
    selection.turn(1)
    assert (selection.tab, selection.row) == ("network", 0)
    selection.turn(1)
    assert (selection.rows, selection.row, selection.figure) == ([], None, 1)
    selection.move(-100)
    assert selection.figure == 0


def test_one_reading_at_a_time_and_the_span_that_was_chosen_meanwhile_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    spans, begun, done, failed = [], [], [], []

    async def read(span: str, written: bool) -> Any:
        spans.append(span)
        if span == "month":
            raise CminboxError("no room")
        found.next_span()
        return span

    found = MetricsReader(read, begun.append, done.append, failed.append)
    found.start()
    found.start()
    assert len(begun) == 1
    asyncio.run(begun.pop())
    assert (done, len(begun)) == (["week"], 1)
    asyncio.run(begun.pop())
    assert (spans, failed) == (["week", "month"], ["no room"])
    found.start_if_old()
    assert begun == []
    monkeypatch.setattr(reader, "AGAIN_SECONDS", -1.0)
    found.start_if_old()
    begun.pop().close()

"""Garbage is looked for at rest, and soon enough when nobody rests; a move draws only what it touches."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from driving import press, queue_of
from textual.widget import Widget
from ui_world import World

from cminbox.screens.tidy import LOOKS, MOST_LOOKS, REST_SECONDS, YOUNG, Tidy
from cminbox.widgets.windowed_list import WindowedList


class Knot:
    """An object that only the collector can free."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def tidy() -> Iterator[Tidy]:
    gc.collect()
    gc.disable()
    yield Tidy()
    gc.enable()
    gc.unfreeze()
    gc.collect()


def lost() -> weakref.ref[Knot]:
    """Garbage that nobody has seen yet."""
    return weakref.ref(Knot())


@pytest.mark.parametrize(("new", "freed"), [(YOUNG + 100, True), (100, False)])
def test_what_is_new_is_looked_at_between_keys_where_there_is_enough_of_it(tidy: Tidy, new: int, freed: bool) -> None:
    gc.collect()
    seen = lost()
    kept = [[] for _ in range(new)]
    tidy.look(0.0)
    assert (seen() is None) is freed
    assert len(kept) == new


def old(tidy: Tidy, looks: int) -> tuple[Knot, list[list[int]]]:
    """Something that outlives so many looks."""
    gc.collect()
    knot, kept = Knot(), []
    for _ in range(looks):
        kept += [[] for _ in range(YOUNG + 100)]
        tidy.look(0.0)
    return knot, kept


@pytest.mark.parametrize(
    ("looks", "rested", "freed"),
    [
        (LOOKS + 1, REST_SECONDS + 0.1, True),
        (LOOKS + 1, 0.1, False),
        (LOOKS - 1, REST_SECONDS + 0.1, False),
        (MOST_LOOKS + 1, 0.0, True),
    ],
)
def test_what_outlived_that_goes_at_rest_and_never_grows_without_end(
    tidy: Tidy, looks: int, rested: float, freed: bool
) -> None:
    knot, kept = old(tidy, looks)
    seen = weakref.ref(knot)
    del knot
    tidy.look(rested)
    assert (seen() is None) is freed
    assert kept


async def test_a_move_asks_the_list_for_two_lines_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str | None, int]] = []

    def watched(render):
        def seen(self: Widget, crop):
            asked.append((self.id, crop.height))
            return render(self, crop)

        return seen

    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "j")
        await pilot.pause(0.5)
        for kind in (Widget, WindowedList):
            monkeypatch.setattr(kind, "render_lines", watched(kind.render_lines))
        await pilot.press("j")
        moved = list(asked)
        assert queue_of(app).queue.index == 2
    lists = [height for name, height in moved if name == "queue-list"]
    assert lists
    assert max(lists) <= 2
    assert "query" not in {name for name, _ in moved}

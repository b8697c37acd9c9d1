"""Garbage is looked for at rest, and soon enough when nobody rests; a move draws only what it touches."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from driving import press, queue_of
from textual.widget import Widget

from cminbox.screens.tidy import FEW, MANY, Tidy
from cminbox.widgets.windowed_list import WindowedList
from conftest import World


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


@pytest.mark.parametrize(
    ("new", "rested", "freed"),
    [(FEW + 1_000, 1.0, True), (FEW + 1_000, 0.1, False), (100, 1.0, False), (MANY + 1_000, 0.0, True)],
)
def test_garbage_goes_while_nobody_types_and_never_grows_without_end(
    tidy: Tidy, new: int, rested: float, freed: bool
) -> None:
    gc.collect()
    knot = Knot()
    seen = weakref.ref(knot)
    del knot
    kept = [[] for _ in range(new)]
    tidy.look(rested)
    assert (seen() is None) is freed
    assert len(kept) == new


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

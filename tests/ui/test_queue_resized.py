"""The terminal gets another size while another screen is in front: the queue behind it is whole when it comes back."""

from __future__ import annotations

import pytest
from driving import press, queue_of
from textual._compositor import LayoutUpdate
from textual.strip import Strip
from ui_world import World

from cminbox.terminal.diff_app import DiffApp

SMALL, WIDE, WIDEST = (80, 24), (140, 40), (210, 50)


Lines = list[list[Strip | None]]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Lines]:
    """The whole screens that were drawn, as pieces of lines."""
    found: list[Lines] = []
    display = DiffApp._display

    def watched(self: DiffApp, screen, renderable) -> None:
        if isinstance(renderable, LayoutUpdate):
            found.append([list(line) for line in renderable.strips])
        display(self, screen, renderable)

    monkeypatch.setattr(DiffApp, "_display", watched)
    return found


@pytest.mark.parametrize(("before", "after"), [(SMALL, WIDE), (WIDE, SMALL), (SMALL, WIDEST), (WIDEST, WIDE)])
async def test_the_queue_is_drawn_whole_in_a_size_that_it_had_not_before(
    world: World, drawn: list[Lines], before: tuple[int, int], after: tuple[int, int]
) -> None:
    app = world.app()
    async with app.run_test(size=before) as pilot:
        await press(pilot, "j", "enter")
        await pilot.resize_terminal(*after)
        drawn.clear()
        await press(pilot, "q")
        assert queue_of(app).size == after
        row = queue_of(app).queue.row
        assert row is not None
        assert drawn
        for lines in drawn:
            for line in lines:
                assert None not in line
                assert sum(piece.cell_length for piece in line) == after[0]
            shown = ["".join(piece.text for piece in line) for line in lines]
            assert any(line.startswith("▌") and f"@{row.handle}" in line for line in shown)


async def test_a_widget_that_leaves_out_lines_ends_nothing(world: World, drawn: list[Lines]) -> None:
    app = world.app()
    async with app.run_test(size=SMALL) as pilot:
        queue = queue_of(app)
        queue.queue.render_lines = lambda crop: [Strip.blank(3)]
        drawn.clear()
        app.draw_anew()
        queue.refresh(layout=True)
        await pilot.pause()
        assert drawn
        assert {sum(piece.cell_length for piece in line) for lines in drawn for line in lines} == {80}

"""Lines of the list that are drawn before they are asked for."""

from __future__ import annotations

from driving import press, queue_of, until
from ui_world import World


async def test_lines_of_the_next_page_are_drawn_before_it_is_asked_for(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 14)) as pilot:
        listed = queue_of(app).queue
        height = listed.size.height
        assert len(listed.rows) >= 2 * height > 10
        drawn: list[int] = []
        draw = listed._draw
        listed._draw = lambda row, width, look: (drawn.append(row.id), draw(row, width, look))[1]
        await press(pilot, "j")
        await until(pilot, lambda: {row.id for row in listed.rows[height : 2 * height]} <= set(drawn))
        assert len(drawn) == height + 2  # and the two lines that the cursor changed
        top = listed.on_screen[0]
        drawn.clear()
        await press(pilot, "ctrl+f")
        await until(pilot, lambda: drawn)
        assert listed.on_screen[0] is not top
        assert listed.row is not None
        assert listed.row.id in drawn
        assert not {row.id for row in listed.on_screen if row is not listed.row} & set(drawn)

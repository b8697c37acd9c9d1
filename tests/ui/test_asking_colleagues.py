"""`:ask` without words asks whom, then what."""

from __future__ import annotations

from driving import said, until

from cminbox.screens.pickers.expert import ExpertPicker
from cminbox.screens.pickers.text import TextPrompt
from cminbox.store import questions

EXPERTS = """
[[expert]]
name = "ben"
about = "Depot"
channel = "mail:ben@example.com"

[[expert]]
name = "anna"
about = "Law"
topics = ["billing"]
channel = "mail:anna@example.com"
"""


async def test_whom_and_what_are_asked_for_one_after_the_other(world) -> None:
    folder = world.config.paths.config
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "experts.toml").write_text(EXPERTS)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.query("#queue-list"))
        await pilot.press(*":ask", "enter")
        await until(pilot, lambda: isinstance(app.screen, ExpertPicker))
        await pilot.press(*"law", "enter")
        await until(pilot, lambda: isinstance(app.screen, TextPrompt))
        assert app.screen.asks == "ask anna: question"
        await pilot.press(*"is it recalled?", "enter")
        await until(pilot, lambda: "no channel" in said(app))
    assert questions.open_ones(world.store.read(), 5) == []


async def test_who_leaves_asks_nobody(world) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.query("#queue-list"))
        await pilot.press(*":ask", "enter")
        await until(pilot, lambda: isinstance(app.screen, ExpertPicker))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ExpertPicker))
    assert questions.open_ones(world.store.read(), 5) == []

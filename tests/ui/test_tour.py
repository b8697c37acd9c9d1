"""From an empty store to the first answer on the network, at 80×24, with keys alone, over a real engine and HTTP."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest
from driving import lines, press, queue_of, said, until

from cminbox import config as configuration
from cminbox import paths
from cminbox.app import CminboxApp
from cminbox.demo.scenario import Scenario
from cminbox.desk import Desk
from cminbox.engine.loop import Engine
from cminbox.model import now
from cminbox.query import Context, parse
from cminbox.screens.conversation.screen import ConversationScreen
from cminbox.screens.metrics.screen import MetricsScreen
from cminbox.store import Store, conversations, crises, messages
from cminbox.store.search import to_sql
from demo_network import DemoNetwork

CONFIG = """
[[source]]
name = "heron"
network = "mastodon"
base_url = "{url}"
interval = "1s"
[[member]]
handle = "ana"
name = "Ana"
role = "lead"
teams = ["care"]
[[member]]
handle = "jo"
name = "Jo"
teams = ["care"]
[sending]
undo = "1s"
"""


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_a_first_session(home: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    scenario = Scenario(3, now(), conversations=120)
    monkeypatch.setenv("CMINBOX_SECRET_HERON", "let-me-in")
    with DemoNetwork(scenario, token="let-me-in") as network:
        (home / "config").mkdir()
        (home / "config" / "config.toml").write_text(CONFIG.format(url=network.url))
        config = configuration.load(paths.find())
        with Store.open(config.paths.store) as store:
            engine = Engine(store, config)
            running = asyncio.create_task(engine.run())
            desk = Desk(store, config, next(one.member for one in config.members if one.handle == "ana"))
            try:
                await session(CminboxApp(config, store, desk), store, network, size)
            finally:
                engine.stop()
                with contextlib.suppress(asyncio.CancelledError):
                    await running


def matching(store: Store, query: str) -> list[conversations.Conversation]:
    """What a query finds, as `ana` asks it."""
    return conversations.page(store.read(), to_sql(parse(query), Context(now(), "ana")), limit=500)


async def session(app: CminboxApp, store: Store, network: DemoNetwork, size: tuple[int, int]) -> None:
    """What a newcomer does in the first ten minutes."""
    async with app.run_test(size=size) as pilot:
        # A living queue.
        await until(pilot, lambda: len(matching(store, "is:open")) > 40, 20)
        await until(pilot, lambda: any("Unassigned has" in line for line in lines(app)), 10)
        await press(pilot, "tab")
        await until(pilot, lambda: queue_of(app).queue.row is not None, 10)

        # Only those who write Spanish; open the first one, and see why it is there.
        await press(pilot, "backslash", *"lang:es", "enter")
        await until(pilot, lambda: queue_of(app).queue.row is not None and queue_of(app).queue.row.lang == "es")
        talk = queue_of(app).queue.row
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        await press(pilot, "w")
        await until(pilot, lambda: all(any(r.why in line for line in lines(app)) for r in talk.reasons[:2]))

        # Answer from a template: it comes in their language, and stands on the network.
        await press(pilot, "2")
        await until(pilot, lambda: any("Hola" in line for line in lines(app)))
        await press(pilot, "ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        asked = messages.answerable(store.read(), talk.id)
        await until(pilot, lambda: [p for p in network.accepted() if p["in_reply_to_id"] == asked.remote_id], 20)
        await until(pilot, lambda: conversations.get(store.read(), talk.id).status == "pending", 10)
        assert len([p for p in network.accepted() if p["in_reply_to_id"] == asked.remote_id]) == 1

        # Back in the queue: assign one, escalate another.
        await press(pilot, "q", "escape", "g")
        await until(pilot, lambda: queue_of(app).queue.row is not None and queue_of(app).queue.row.lang != "es")
        first = queue_of(app).queue.row
        await pilot.press("a", *"jo")  # the picker is up until it is answered
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: conversations.get(store.read(), first.id).assignee == "jo")
        second = next(row for row in matching(store, "is:open is:unassigned") if row.id != first.id)
        await press(pilot, "colon", *"escalate Late-parcels 2 many since noon", "enter")
        await until(pilot, lambda: crises.all(store.read(), running_only=True))
        (crisis,) = crises.all(store.read(), running_only=True)
        assert (crisis.name, crisis.severity, crisis.conversation_count) == ("Late-parcels", 2, 1)
        await until(pilot, lambda: "Late-parcels" in lines(app)[0])
        assert second.status == "open"

        # Close ten marked at once, and take that back with one key.
        closed = len(matching(store, "is:closed"))
        await press(pilot, "g", *["space"] * 10, "e", "e")
        await until(pilot, lambda: len(matching(store, "is:closed")) == closed + 10)
        assert "10 closed" in said(app)
        await press(pilot, "u")
        await until(pilot, lambda: len(matching(store, "is:closed")) == closed)

        # And how fast are we?
        await press(pilot, "colon", *"metrics", "enter")
        await until(pilot, lambda: isinstance(app.screen, MetricsScreen))
        await until(pilot, lambda: any("first response" in line for line in lines(app)), 10)
        await press(pilot, "q")
        assert queue_of(app)

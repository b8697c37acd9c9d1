"""How the screens look, in both themes, at three sizes, with time frozen. After a wanted change:
`pytest tests/snapshots --snapshot-update`, and look at what changed.
"""

from __future__ import annotations

import sys

import pytest
from textual.pilot import Pilot

from cminbox.desk import Assign, Escalate, Label, Note
from cminbox.engine.takein import Intake, take_in
from cminbox.model import DAY, HOUR, MINUTE, SECOND, Author, Message
from cminbox.screens.compose import ComposeScreen
from cminbox.screens.conversation import ConversationScreen
from cminbox.screens.metrics import MetricsScreen
from cminbox.store import sources
from cminbox.widgets.charts_table import Figures

pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11),
    reason="snapshots are drawn on Python 3.11 only: other versions draw them otherwise",
)

ANSWERED = (4, 7, 12, 18, 25, 33, 48, 55, 70, 95, 130, 180, 260, 420, 700)
"""Minutes that answers took, around the promise of four hours."""


def told(world, messages: list[Message]) -> None:
    """A later poll brings these."""
    scored = [world.scoring.score(message) for message in messages]

    def work(conn) -> None:
        take_in(conn, sources.by_name(conn, "shop"), scored, Intake(world.scoring, world.now, sla_default=4 * HOUR))

    world.store.write(work)


@pytest.fixture
def lively(world):
    """The usual people, two days of answers, a note, a crisis, and somebody else at the same conversation."""
    us, messages = Author("us", "kettle"), []
    for number in range(45):
        at = world.now - (number + 2) * HOUR - number * 13 * MINUTE
        who = Author(f"p{number}", f"person{number}")
        messages.append(
            Message(
                id=f"q{number}", conversation=f"q{number}", author=who, text="Where is it?", created_at=at, lang="en"
            )
        )
        after = at + ANSWERED[number % len(ANSWERED)] * MINUTE
        if after < world.now:
            messages.append(
                Message(
                    id=f"z{number}", conversation=f"q{number}", author=us, text="On its way!", created_at=after,
                    direction="out", kind="reply",
                )
            )  # fmt: skip
    rahul = Author("m-rahul_k", "rahul_k", "Rahul K.")
    messages.append(
        Message(
            id="sale", conversation="m1", author=us, text="दिवाली सेल शुरू! 🪔", created_at=world.now - 3 * DAY,
            direction="out", kind="post", visibility="public",
        )
    )  # fmt: skip
    messages.append(
        Message(
            id="m1b", conversation="m1", author=rahul, text="कोई है? तीन दिन से इंतज़ार कर रहा हूँ 😠",
            created_at=world.now - 9 * MINUTE, lang="hi", visibility="public",
        )
    )  # fmt: skip
    told(world, messages)
    ids = world.ids()
    jo = world.desk_of("jo")
    jo.do(Note("parcel lost, refund approved by care"), [ids["rahul_k"]])
    jo.do(Label(("billing",)), [ids["rahul_k"]])
    world.desk.do(Assign("jo"), [ids["matt"]])
    jo.viewing(ids["rahul_k"])
    made = world.desk.declare(
        "Late parcels", severity=2, reason="The carrier's depot is closed", next_update_at=world.now + 18 * MINUTE
    )
    world.desk.do(Escalate(crisis_id=made.id), [ids["gurpreet"], ids["ana_lopez"]])
    world.desk.update_crisis(made.id, "Known: the depot is closed. Doing: new labels. Next: a statement at six.")

    def health(conn) -> None:
        times = {"last_poll_at": world.now - 40 * SECOND, "next_poll_at": world.now + 20 * SECOND}
        sources.update(conn, sources.by_name(conn, "shop").id, times)
        failing = {"health": "failing", "error": "blog.example did not answer within 20 s", "hint": "it is tried again"}
        sources.update(conn, sources.by_name(conn, "blog").id, {**times, **failing, "failures": 3})

    world.store.write(health)
    return world


async def until(pilot: Pilot, kind: type) -> None:
    """Wait for a screen to stand."""
    for _ in range(800):
        await pilot.pause(0.02)
        if isinstance(pilot.app.screen, kind):
            await pilot.pause()
            return
    raise AssertionError(f"no {kind.__name__} came")


def conversation(world, theme: str, *keys: str):
    """Opens the conversation of the picture, and presses keys."""

    async def before(pilot: Pilot) -> None:
        pilot.app.theme = theme
        await pilot.pause()
        pilot.app.screen.open_conversation(world.ids()["rahul_k"])
        await until(pilot, ConversationScreen)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.1)
        if "1" in keys:
            await until(pilot, ComposeScreen)
            await pilot.pause(1.0)
            pilot.app.screen.area.cursor_blink = False
            await pilot.pause()

    return before


@pytest.mark.parametrize(
    ("size", "theme"),
    [((80, 24), "cminbox-dark"), ((120, 40), "cminbox-light"), ((200, 50), "cminbox-dark")],
    ids=["80-dark", "120-light", "200-dark"],
)
def test_conversation(lively, snap_compare, size, theme) -> None:
    assert snap_compare(lively.app(), run_before=conversation(lively, theme), terminal_size=size)


@pytest.mark.parametrize(
    ("size", "theme"), [((80, 24), "cminbox-light"), ((120, 40), "cminbox-dark")], ids=["80-light", "120-dark"]
)
def test_composer(lively, snap_compare, size, theme) -> None:
    assert snap_compare(lively.app(), run_before=conversation(lively, theme, "1"), terminal_size=size)


def test_why_in_a_small_terminal(lively, snap_compare) -> None:
    assert snap_compare(lively.app(), run_before=conversation(lively, "cminbox-light", "w"), terminal_size=(80, 24))


def other(key: str, theme: str):
    """Opens one of the other screens by its key."""

    async def before(pilot: Pilot) -> None:
        pilot.app.theme = theme
        await pilot.pause()
        await pilot.press(key)
        await pilot.pause(0.2)
        if isinstance(pilot.app.screen, MetricsScreen):
            for _ in range(800):
                await pilot.pause(0.02)
                if pilot.app.screen.query_one(Figures).plain:
                    break
            await pilot.press("tab")
        await pilot.pause()

    return before


@pytest.mark.parametrize(
    ("key", "size", "theme"),
    [
        ("f2", (120, 40), "cminbox-dark"),
        ("f2", (80, 24), "cminbox-light"),
        ("f3", (120, 40), "cminbox-dark"),
        ("f3", (80, 24), "cminbox-light"),
        ("f4", (80, 24), "cminbox-dark"),
    ],
    ids=["crisis-120-dark", "crisis-80-light", "metrics-120-dark", "metrics-80-light", "sources-80-dark"],
)
def test_other_screens(lively, snap_compare, key, size, theme) -> None:
    assert snap_compare(lively.app(), run_before=other(key, theme), terminal_size=size)

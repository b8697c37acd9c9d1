"""How the screens look: at three sizes, in both themes, with texts in seven scripts, and with time frozen.

After a wanted change: `pytest tests/snapshots --snapshot-update`, and look at what changed.
"""

from __future__ import annotations

import asyncio
import sys

import pytest
from textual.pilot import Pilot

from cminbox.app import CminboxApp
from cminbox.desk import Assign, Escalate, Label, MakePromise, Note, Snooze, Take
from cminbox.engine.contact_matching import ContactMatching
from cminbox.model import DAY, HOUR, MINUTE, SECOND, Author, Message
from cminbox.screens.compose.screen import ComposeScreen
from cminbox.screens.contact.screen import ContactScreen
from cminbox.screens.conversation.screen import ConversationScreen
from cminbox.screens.handover.screen import HandoverScreen
from cminbox.screens.metrics.screen import MetricsScreen
from cminbox.sources import registry
from cminbox.sources.contract import ApiVersion, Capabilities, Info
from cminbox.sources.ledger import Allowance
from cminbox.store import conversations, sources
from cminbox.store.contacts import PersonKey
from cminbox.store.handovers import Words
from cminbox.widgets.key_figures import KeyFigures

pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11),
    reason="snapshots are drawn on Python 3.11 only: other versions draw them otherwise",
)

ANSWERED = (4, 7, 12, 18, 25, 33, 48, 55, 70, 95, 130, 180, 260, 420, 700)
"""Minutes that answers took, around the SLA of four hours."""


@pytest.fixture
def lively(world, monkeypatch):
    """The usual people, two days of answers, a note, a crisis, and somebody else at the same conversation.

    A draft is stored, and what was stored is shown, as soon as can be.
    """
    monkeypatch.setattr("cminbox.screens.compose.written.SAVE_SECONDS", 0.01)
    monkeypatch.setattr("cminbox.app.WATCH_SECONDS", 0.02)
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
    world.take(*messages)
    ids = world.ids()
    jo = world.desk_of("jo")
    jo.do(Note("parcel lost, refund approved by care"), [ids["rahul_k"]])
    jo.do(Label(("billing",)), [ids["rahul_k"]])
    world.desk.do(Assign("jo"), [ids["matt"]])
    jo.presence.viewing(ids["rahul_k"])
    made = world.desk.crises.declare(
        "Late parcels", severity=2, reason="The carrier's depot is closed", next_update_at=world.now + 18 * MINUTE
    )
    world.desk.do(Escalate(crisis_id=made.id), [ids["gurpreet"], ids["ana_lopez"]])
    world.desk.crises.update(made.id, "Known: the depot is closed. Doing: new labels. Next: a statement at six.")

    def health(conn) -> None:
        times = {"last_poll_at": world.now - 40 * SECOND, "next_poll_at": world.now + 20 * SECOND}
        sources.update(conn, sources.by_name(conn, "shop").id, times)
        failing = {"health": "failing", "error": "blog.example did not answer within 20 s", "hint": "it is tried again"}
        sources.update(conn, sources.by_name(conn, "blog").id, {**times, **failing, "failures": 3})

    world.store.write(health)
    return world


SIZES = {"80": (80, 24), "120": (120, 40), "200": (200, 50)}
BOTH = [(size, f"cminbox-{theme}") for theme in ("dark", "light") for size in SIZES]


def in_(cases: list[tuple[str, str]]):
    """Runs a test in these sizes and themes."""
    names = [f"{size}-{theme.removeprefix('cminbox-')}" for size, theme in cases]
    return pytest.mark.parametrize(("size", "theme"), [(SIZES[size], theme) for size, theme in cases], ids=names)


async def until(pilot: Pilot, kind: type) -> None:
    """Wait for a screen to stand."""
    for _ in range(800):
        await pilot.pause(0.02)
        if isinstance(pilot.app.screen, kind):
            await pilot.pause()
            return
    raise AssertionError(f"no {kind.__name__} came")


def lines(app) -> list[str]:
    """The screen as text."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


async def rest(pilot: Pilot) -> None:
    """Wait until nothing has changed for a while: what stands beside a list comes later than the list."""
    before, same = [], 0
    for _ in range(800):
        await pilot.pause(0.03)
        now = lines(pilot.app)
        same = same + 1 if now == before else 0
        before = now
        if same == 4:
            return
    raise AssertionError("the screen did not come to rest")


def opened(theme: str, *keys: str):
    """Presses keys from the queue on."""

    async def before(pilot: Pilot) -> None:
        pilot.app.theme = theme
        await rest(pilot)
        await pilot.press(*keys)
        await rest(pilot)

    return before


@in_(BOTH)
def test_queue(lively, snap_compare, size, theme) -> None:
    """The cursor on somebody whom another one is looking at, two marked."""
    before = opened(theme, "j", "space", "space")

    async def there(pilot: Pilot) -> None:
        await before(pilot)
        while pilot.app.screen.queue.row.handle != "rahul_k":
            await pilot.press("k")
        await rest(pilot)

    assert snap_compare(lively.app(), run_before=there, terminal_size=size)


def conversation(world, theme: str, *keys: str):
    """Opens the conversation of the picture, and presses keys."""

    async def before(pilot: Pilot) -> None:
        pilot.app.theme = theme
        await rest(pilot)
        pilot.app.open_conversation(world.ids()["rahul_k"])
        await until(pilot, ConversationScreen)
        for key in keys:
            await pilot.press(key)
        if "1" in keys:
            await until(pilot, ComposeScreen)
            area = pilot.app.screen.area
            while area._cursor_visible:  # the cursor stops blinking where it is not seen
                await pilot.pause(0.02)
            area.blink_timer.pause()
        await rest(pilot)

    return before


@in_(BOTH)
def test_conversation(lively, snap_compare, size, theme) -> None:
    assert snap_compare(lively.app(), run_before=conversation(lively, theme), terminal_size=size)


@in_(BOTH)
def test_composer(lively, snap_compare, size, theme) -> None:
    assert snap_compare(lively.app(), run_before=conversation(lively, theme, "1"), terminal_size=size)


@in_([("80", "cminbox-light")])
def test_why(lively, snap_compare, size, theme) -> None:
    assert snap_compare(lively.app(), run_before=conversation(lively, theme, "w"), terminal_size=size)


@in_(BOTH)
def test_crisis(lively, snap_compare, size, theme) -> None:
    assert snap_compare(lively.app(), run_before=opened(theme, "f2"), terminal_size=size)


@pytest.fixture
def known(lively):
    """One person on two networks of whom much is known, and a shift of ana's with something of most kinds in it."""
    rahul, ids, now = Author("blog-7", "rahul_k", "Rahul K.", url="https://rahul.example"), lively.ids(), lively.now
    lively.take(
        Message("b7", "b7", rahul, "The blue kettle is lovely, thank you", now - 20 * DAY, lang="en"),
        Message("b8", "b8", rahul, "Where can I buy a lid?", now - 3 * DAY, lang="en"),
        source="blog",
    )
    home = ids["rahul_k"]
    desk, key = lively.desk, PersonKey(author=conversations.get(lively.store.read(), home).author_id)
    desk.do(Take(), [home])
    desk.contacts.set(key, role="influencer", vip=True, tags=["tea"], interests=["kettles"], writes_at="a blog on tea")
    desk.contacts.note(key, "prefers to be called in the morning")
    desk.contacts.follow_up(key, "send a lid", now + 2 * DAY)
    desk.contacts.put_on_list(key, "press")
    asyncio.run(ContactMatching(lively.store, rest=lambda seconds: None).run())
    desk.do(MakePromise("refund booked", now + 3 * HOUR), [home])
    desk.do(Snooze(now + 5 * HOUR), [ids["carla"]])
    desk.handovers.keep_words(Words("jo", "the depot may reopen at five", "a call at four", "promise Friday"))
    return lively


@in_([(size, theme) for size, theme in BOTH if size != "200"])
def test_contact(known, snap_compare, size, theme) -> None:
    """Who wrote what the cursor is on: all networks, mood and answers over time, what is next, who may be the same."""

    async def there(pilot: Pilot) -> None:
        pilot.app.theme = theme
        await rest(pilot)
        while pilot.app.screen.queue.row.handle != "rahul_k" or pilot.app.screen.queue.row.network != "mastodon":
            await pilot.press("j")
        await pilot.press("C")
        await until(pilot, ContactScreen)
        await rest(pilot)

    assert snap_compare(known.app(), run_before=there, terminal_size=size)


def handover(theme: str):
    """The handover, once it was read."""

    async def before(pilot: Pilot) -> None:
        await opened(theme, "H")(pilot)
        await until(pilot, HandoverScreen)
        while pilot.app.screen.shown is None:
            await pilot.pause(0.02)
        await rest(pilot)

    return before


@in_([(size, theme) for size, theme in BOTH if size != "200"])
def test_handover_so_far(known, snap_compare, size, theme) -> None:
    assert snap_compare(known.app(), run_before=handover(theme), terminal_size=size)


@in_([("80", "cminbox-dark"), ("120", "cminbox-dark")])
def test_handover_to_be_taken(known, snap_compare, size, theme) -> None:
    """As the next one sees it, with the first item ticked."""
    known.desk.handovers.sign()
    app = CminboxApp(known.config, known.store, known.desk_of("jo"), clock=known.clock)

    async def there(pilot: Pilot) -> None:
        await handover(theme)(pilot)
        await pilot.press("space")
        await rest(pilot)

    assert snap_compare(app, run_before=there, terminal_size=size)


@in_(BOTH)
def test_metrics(lively, snap_compare, size, theme) -> None:
    before = opened(theme, "f3")

    async def there(pilot: Pilot) -> None:
        await before(pilot)
        await until(pilot, MetricsScreen)
        for _ in range(800):
            if pilot.app.screen.query_one(KeyFigures).plain:
                break
            await pilot.pause(0.02)
        await pilot.press("tab")
        await rest(pilot)

    assert snap_compare(lively.app(), run_before=there, terminal_size=size)


@in_(BOTH)
def test_sources(lively, snap_compare, monkeypatch, size, theme) -> None:
    """A source that is asked at times, one that fails, one that is off, and what is known of the first."""
    able = Capabilities(
        allowances=(Allowance("units", 10_000, reserve=2_000),),
        brings={"comments": "yes", "comments on advertisements": "no: partners alone see them"},
        cannot={"pin": "not through its interface"},
    )
    info = Info("feed", "Feed", "FE", api=(ApiVersion("v3"),), capabilities=able)
    monkeypatch.setattr(registry, "info", lambda network: info)

    def known(conn) -> None:
        told = {"limit": 300, "remaining": 288, "resets_at": lively.now + 4 * MINUTE}
        ends = {"token_ends_at": lively.now + 9 * DAY, "lag": 42 * SECOND, "told": told}
        sources.update(conn, sources.by_name(conn, "blog").id, ends)
        money = sources.ensure(conn, "money", "x")
        sources.update(conn, money.id, {"off": "each post that is read costs money"})

    lively.store.write(known)
    assert snap_compare(lively.app(), run_before=opened(theme, "f4"), terminal_size=size)


@in_(BOTH)
def test_help(lively, snap_compare, size, theme) -> None:
    assert snap_compare(lively.app(), run_before=opened(theme, "question_mark"), terminal_size=size)

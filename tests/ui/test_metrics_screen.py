"""The metrics screen: figures with their change, charts, the table, and the conversations behind each."""

from __future__ import annotations

import pytest
from driving import until
from textual.pilot import Pilot
from textual.widgets import Static

from cminbox.desk import MakePromise
from cminbox.model import DAY, HOUR, MINUTE, Author, Message
from cminbox.query import quoted
from cminbox.reports import compute
from cminbox.reports.definitions import DEFINITIONS
from cminbox.reports.text import share
from cminbox.screens.metrics import data
from cminbox.screens.metrics.screen import MetricsScreen
from cminbox.screens.queue.overview import sla_of
from cminbox.screens.queue.screen import QueueScreen
from cminbox.widgets.charts import Chart
from cminbox.widgets.header_lines import QueryLine
from cminbox.widgets.key_figures import KeyFigures, NumberTable


def exchange(world, number: int, asked: int, answered: int | None) -> None:
    """Somebody asks so many ms ago, and is answered after so many ms."""
    at = world.now - asked
    said = [
        Message(id=f"x{number}", conversation=f"x{number}", author=Author(f"p{number}", f"p{number}"), text="hello?",
                created_at=at, lang="en"),
    ]  # fmt: skip
    if answered is not None:
        said.append(
            Message(id=f"y{number}", conversation=f"x{number}", author=Author("us", "kettle"), text="yes",
                    created_at=at + answered, direction="out", kind="reply")
        )  # fmt: skip
    world.take(*said)


@pytest.fixture
def busy(make_store):
    """This week twice as quick as the one before, and two that wait."""
    world = make_store(())
    for number in range(10):
        exchange(world, number, (number + 1) * 12 * HOUR, 10 * MINUTE)
        exchange(world, 100 + number, 7 * DAY + (number + 1) * 12 * HOUR, 20 * MINUTE)
    exchange(world, 500, 3 * HOUR, None)
    exchange(world, 501, 30 * HOUR, None)
    return world


async def shown(pilot: Pilot) -> MetricsScreen:
    """The metrics, by their key, once they are read."""
    await until(pilot, lambda: pilot.app.screen.query("#keys-line"))
    await pilot.pause()
    await pilot.press("f3")
    await until(pilot, lambda: isinstance(pilot.app.screen, MetricsScreen))
    await until(pilot, lambda: pilot.app.screen.query_one(KeyFigures).plain)
    return pilot.app.screen


def chart(screen: MetricsScreen, which: str) -> str:
    return screen.query_one(f"#metrics-{which}", Chart).plain


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_five_figures_with_their_change(busy, size) -> None:
    app = busy.app()
    async with app.run_test(size=size) as pilot:
        screen = await shown(pilot)
        names, values, changes, notes, more = screen.query_one(KeyFigures).plain.split("\n")
        for name in ("first p50", "first p90", "reply p50", "SLA kept 7d", "waiting now"):
            assert name in names
        assert values.split()[:3] == ["▌", "10m", "10m"] or values.split()[:2] == ["10m", "10m"]
        assert "2" in values.split()[-1]
        assert changes.count("−50 % quicker") == 3
        assert "oldest 30h" in changes
        # Who still waits stands beside each time, so that leaving them out of it hides nothing.
        assert notes.count("2 wait") == 3
        assert "0 unanswered" in notes
        assert "0 none needed" in more
        assert "2 needing" in notes


async def test_volume_tells_the_answered_part_and_the_spread_marks_the_sla(busy) -> None:
    app = busy.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await shown(pilot)
        assert "answered 5" in chart(screen, "volume")
        assert "not yet 2" in chart(screen, "volume")
        assert "SLA 4h: 10 in time, 0 after" in chart(screen, "first")
        assert "Mon" in chart(screen, "heat")


async def test_tab_changes_what_the_table_is_by_and_s_the_span(busy) -> None:
    app = busy.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await shown(pilot)
        titles = []
        for _ in data.TABS:
            titles.append(screen.query_one(NumberTable).plain.split()[1])
            await pilot.press("tab")
        # Nobody of the team has answered here: it begins with the first table that says something.
        assert titles == [*data.TABS[1:], data.TABS[0]]
        row = screen.query_one(NumberTable).plain.split("\n")[2].split()
        assert row[:6] == ["shop", "12", "10", "2", "10m", "10m"]
        head = screen.query_one("#metrics-head")
        await pilot.press("s")
        await until(pilot, lambda: "28 days" in str(head.render()) and "messages" in str(head.render()))
        await pilot.press("s")
        await until(pilot, lambda: "24 hours" in str(head.render()) and "messages" in str(head.render()))


async def test_enter_opens_the_conversations_behind_a_figure(busy) -> None:
    app = busy.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await shown(pilot)
        await pilot.press("j", "j", "j", "j", "enter")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))
        await until(pilot, lambda: [row.handle for row in app.screen.queue.rows] == ["p501", "p500"])
        assert "2 conversations counted in waiting now, as it is now" in app.screen.query_one(QueryLine).plain
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("G", "enter")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))


async def test_the_list_behind_a_figure_can_be_narrowed_and_shown_in_every_state(busy) -> None:
    app = busy.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await shown(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))
        await until(pilot, lambda: len(app.screen.queue.rows) == 10)
        assert "10 conversations counted in first response, by when it ended" in app.screen.query_one(QueryLine).plain
        await pilot.press("backslash", *"from:@p3", "enter")
        await until(pilot, lambda: [row.handle for row in app.screen.queue.rows] == ["p3"])
        await pilot.press("F")
        await until(pilot, lambda: app.screen.state.view.name == "Every state")
        await until(pilot, lambda: [row.handle for row in app.screen.queue.rows] == ["p3"])


async def test_enter_opens_the_conversations_behind_a_row(busy) -> None:
    app = busy.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await shown(pilot)
        await pilot.press("G")
        assert "▌ shop" in screen.query_one(NumberTable).plain
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))
        # The week's own, not all that the source ever had.
        await until(pilot, lambda: len(app.screen.queue.rows) == 12)


async def test_an_empty_store_says_so_everywhere(make_store) -> None:
    world = make_store(())
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await shown(pilot)
        assert "nobody waits" in screen.query_one(KeyFigures).plain
        assert "no messages in this time" in chart(screen, "volume")
        assert "no answers in this time" in chart(screen, "first")
        assert "s shows another" in screen.query_one(NumberTable).plain
        await pilot.press("enter", "q")


async def test_what_happens_meanwhile_comes_in(busy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cminbox.screens.metrics.reader.AGAIN_SECONDS", 0.1)
    app = busy.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await shown(pilot)
        exchange(busy, 900, HOUR, None)
        await until(pilot, lambda: screen.query_one(KeyFigures).plain.split("\n")[1].split()[-1] == "3")


async def test_what_a_figure_is_stands_below_it_and_each_has_its_conversations(busy) -> None:
    app = busy.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await shown(pilot)
        meaning = screen.query_one("#metrics-meaning", Static)
        said = str(meaning.render())
        assert said.startswith("first response: from the first message of a cycle to our first answer in it")
        assert "by when it ended, n 10; left out: " in said
        await pilot.press("shift+tab", "shift+tab")
        table = screen.query_one(NumberTable)
        assert table.plain.startswith("all figures")
        assert len(table.plain.split("\n")) == 2 + len(DEFINITIONS)
        await pilot.press("G")
        assert str(meaning.render()).startswith(DEFINITIONS[-1].title)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))
        await until(pilot, lambda: len(app.screen.queue.rows) == 10)


async def test_the_share_in_the_queues_first_lines_is_the_one_of_the_metrics_and_of_the_report(busy) -> None:
    conn, now = busy.store.read(), busy.now
    figure = data.figures(data.read(conn, "week", now, None, 4 * HOUR))[3]
    assert (figure.name, figure.value) == ("SLA kept 7d", "90 %")
    assert sla_of(conn, now) == f"{figure.value} 7d"
    assert share(compute(conn, now - 7 * DAY, now, None, now).total) == figure.value
    app = busy.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "SLA 90 % 7d" in pilot.app.screen.query_one(QueryLine).plain)


async def test_c_counts_by_when_they_wrote(busy) -> None:
    # Written in the week before, answered in this one.
    exchange(busy, 700, 7 * DAY + HOUR, 2 * HOUR)
    app = busy.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await shown(pilot)
        meaning, head = screen.query_one("#metrics-meaning", Static), screen.query_one("#metrics-head", Static)
        assert "by when it ended, n 11;" in str(meaning.render())
        await pilot.press("c")
        await until(pilot, lambda: "by when they wrote, n 10;" in str(meaning.render()))
        assert "by when they wrote" in str(head.render())
        await pilot.press("c")
        await until(pilot, lambda: "by when it ended, n 11;" in str(meaning.render()))


def test_changes_in_words() -> None:
    assert data.change(8.0, 10.0) == "−20 % quicker"
    assert data.change(20.0, 10.0) == "+100 % slower"
    assert data.change(10.0, 10.0) == "= as before"
    # Rounded against us.
    assert (data.change(9.011, 10.0), data.change(10.01, 10.0)) == ("−9 % quicker", "+1 % slower")
    assert data.change(10.0, None) == "nothing before"
    assert data.change(None, 10.0) == ""


def test_a_value_is_quoted_where_the_query_language_would_misread_it() -> None:
    assert quoted("shop-main") == "shop-main"
    assert quoted('say "hi" OR x') == r'"say \"hi\" OR x"'


async def test_promises_have_a_table_by_member_and_enter_shows_where_one_is_open(busy) -> None:
    (number, *_) = busy.ids().values()
    busy.desk.do(MakePromise("refund", busy.now + HOUR), [number])
    me = busy.desk.context.member.handle
    app = busy.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await shown(pilot)
        table = screen.query_one(NumberTable)
        await pilot.press("shift+tab", "shift+tab", "shift+tab")
        await until(pilot, lambda: table.plain.startswith("what promises became"))
        lines = [line.split() for line in table.plain.split("\n")]
        assert lines[1] == ["made", "kept", "late", "broken", "withdrawn", "running"]
        assert lines[2:4] == [["all", "1", "0", "0", "0", "0", "1"], [me, "1", "0", "0", "0", "0", "1"]]
        await pilot.press("G", "enter")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))
        await until(pilot, lambda: [row.id for row in app.screen.queue.rows] == [number])

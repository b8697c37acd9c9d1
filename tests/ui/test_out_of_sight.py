"""Nobody falls out of sight: views beside, what an empty list hides, replies that wait for a person."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from driving import lines, press, queue_of, said, until
from ui_world import NOW, World

from cminbox.app import CminboxApp
from cminbox.commands import COMMANDS
from cminbox.config import SIDE_VIEWS, ViewConfig
from cminbox.desk import Close, Escalate, Reject, Snooze, Spam
from cminbox.model import HOUR, MINUTE, Author, Message
from cminbox.screens.queue.screen import QueueScreen
from cminbox.store import replies
from cminbox.widgets.header_lines import ViewsLine, ViewTab
from cminbox.widgets.picker import Picker
from cminbox.widgets.styled_lines import plain


def rows(app: CminboxApp) -> dict[str, str]:
    """The lines of the list by the author in them."""
    queue = queue_of(app).queue
    drawn = ["".join(segment.text for segment in queue.render_line(y)) for y in range(len(queue.on_screen))]
    return {row.handle: text for row, text in zip(queue.on_screen, drawn, strict=True)}


async def go_to(pilot, name: str) -> None:
    """Go to a view by its key and the first letters of its name."""
    await pilot.press("v")
    await until(pilot, lambda: isinstance(pilot.app.screen, Picker))
    await pilot.press(*name.lower()[:4], "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, QueueScreen) and pilot.app.screen.state.view.name == name)
    await pilot.pause()


def scattered(make_store: Callable[..., World], **more: str) -> World:
    """Conversations in every state, a reply that awaits approval, one that failed."""
    world = make_store(**more)
    ids = world.ids()
    world.desk.do(Snooze(NOW + 3 * HOUR), [ids["carla"], ids["lin"]])
    world.desk.do(Close(), [ids["matt"]])
    world.desk.do(Spam(), [ids["petra"]])
    world.desk_of("lena").outbox.send(ids["rahul_k"], "आपका रिफ़ंड आज जारी कर दिया गया है")
    failed = world.desk_of("jo").outbox.send(ids["yousef"], "غدا")
    for event in ("countdown over", "target gone"):
        world.store.write(lambda conn, event=event: replies.move(conn, failed.id, event, NOW))
    answer = Message(
        id="out1", conversation="m11", author=Author("us", "kettle"), text="Nous le remplaçons.", created_at=NOW,
        direction="out", kind="reply",
    )  # fmt: skip
    world.take(answer)
    return world


async def test_every_state_has_a_view_and_it_is_in_the_first_line_while_it_holds_something(make_store) -> None:
    app = scattered(make_store).app()
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "Done 1" in lines(app)[0])
        for tab in ("Approval 1", "Failed 1", "Snoozed 2", "Answered 1", "Done 1"):
            assert tab in lines(app)[0]
        shown = {}
        for view in SIDE_VIEWS:
            await go_to(pilot, view.name)
            shown[view.name] = sorted(rows(app))
        assert shown == {
            "Approval": ["rahul_k"], "Rejected": [], "Failed": ["yousef"], "Snoozed": ["carla", "lin"],
            "Answered": ["jean_b"], "Done": ["matt"], "Held": [], "Heard": [],
            "Asked": [], "Promised": [], "Back": [], "Watched": [],
        }  # fmt: skip
        await press(pilot, "tab")
        assert queue_of(app).state.view.name == "Mine"
        await press(pilot, "shift+tab")
        assert queue_of(app).state.view.name == "Done"


async def test_a_view_of_ones_own_takes_the_place_of_one_beside(make_store) -> None:
    mine = '[[view]]\nname = "All"\nquery = "is:open"\n\n[[view]]\nname = "snoozed"\nquery = "is:snoozed lang:zh"\n'
    app = scattered(make_store, extra_config=mine).app()
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "Done 1" in lines(app)[0])
        names = [view.name for view in queue_of(app).state.config.views]
        beside = ["Approval", "Rejected", "Failed", "Asked", "Held", "Promised", "Back", "Watched"]
        beside += ["Answered", "Done", "Heard"]
        assert names == ["All", "snoozed", *beside]


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_the_first_line_folds_what_matters_least_and_says_how_many_there_are(width: int) -> None:
    line = ViewsLine()
    beside = {
        "Approval": 3, "Rejected": 0, "Failed": 2, "Asked": 0, "Held": 4, "Promised": 0, "Back": 0, "Watched": 0,
        "Snoozed": 15, "Answered": 1200, "Done": 84_000,
        "Heard": 310,
    }  # fmt: skip
    side = {view.name for view in SIDE_VIEWS}
    assert side == set(beside)
    names = ("Mine", "Unassigned", "Overdue", "Crisis", "All", *(view.name for view in SIDE_VIEWS))
    counts = (12, 84, 7, 0, 1284, *(beside[view.name] for view in SIDE_VIEWS))
    line.set_reactive(
        ViewsLine.tabs,
        tuple(
            ViewTab(name, count, care=name in ("Approval", "Failed"), beside=name in side)
            for name, count in zip(names, counts, strict=True)
        ),
    )
    line.set_reactive(ViewsLine.health, ("well", "5 sources"))
    (drawn,) = line.lines(width - 2)
    text = plain(drawn)
    assert len(text) == width - 2
    shown = [name for name in names if f"{name} " in text]
    assert "Mine" in shown
    hidden = [name for name, count in zip(names, counts, strict=True) if name not in shown and count]
    assert (f"+{len(hidden)} " in text) == bool(hidden)
    if width >= 80:
        assert {"Unassigned", "Overdue", "Approval", "Failed"} <= set(shown)
        assert ("Crisis" in shown) == (width >= 100), "it holds nothing"
    if width == 200:
        assert hidden == []


async def test_what_awaits_approval_and_what_failed_is_told_in_its_row(make_store) -> None:
    app = scattered(make_store).app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "All 9" in lines(app)[0])
        await go_to(pilot, "All")
        assert "approve" in rows(app)["rahul_k"]
        assert "failed" in rows(app)["yousef"]


@pytest.mark.parametrize(("member", "told"), [("ana", True), ("jo", True), ("lena", False)])
async def test_a_reply_that_awaits_approval_is_told_to_who_may_approve_it(make_store, member, told) -> None:
    world = make_store(extra_config='[[member]]\nhandle = "olga"\nrole = "drafter"\n', member=member)
    writer = "olga" if member == "lena" else "lena"
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app._approvals is not None)
        world.desk_of(writer).outbox.send(world.ids()["carla"], "Nine euros, and yes")
        if told:
            await until(pilot, lambda: said(app) == f"{writer}'s reply to @carla awaits approval: view Approval")
        else:
            await pilot.pause(0.7)
            assert "approval" not in said(app)


async def test_its_writer_is_told_that_a_reply_was_rejected_and_why(make_store) -> None:
    world = make_store(member="lena")
    carla = world.ids()["carla"]
    world.desk_of("lena").outbox.send(carla, "Nine euros, and yes")
    app = world.app()
    async with app.run_test(size=(120, 24)) as pilot:
        await until(pilot, lambda: app._approvals is not None)
        world.desk_of("jo").do(Reject("it is ten"), [carla])
        told = "your reply to @carla was rejected by jo: it is ten; view Rejected"
        await until(pilot, lambda: said(app) == told)
        await until(pilot, lambda: "Rejected 1" in lines(app)[0])


async def test_a_rejection_is_told_at_each_start_until_its_writer_has_looked(make_store) -> None:
    world = make_store(member="lena")
    carla = world.ids()["carla"]
    world.desk_of("lena").outbox.send(carla, "Nine euros, and yes")
    world.desk_of("jo").do(Reject("it is ten"), [carla])
    told = "your reply to @carla was rejected by jo: it is ten; view Rejected"
    first = world.app()
    async with first.run_test(size=(120, 24)) as pilot:
        await until(pilot, lambda: said(first) == told)
    app = world.app()
    async with app.run_test(size=(120, 24)) as pilot:
        await until(pilot, lambda: said(app) == told)
        await go_to(pilot, "Rejected")
        assert list(rows(app)) == ["carla"]
        await press(pilot, "enter")
        (draft,) = replies.of(world.store.read(), carla)
        await until(pilot, lambda: not replies.get(world.store.read(), draft.id).rejected)
        await press(pilot, "q")
        await until(pilot, lambda: not rows(app))
    last = world.app()
    async with last.run_test(size=(120, 24)) as pilot:
        await until(pilot, lambda: last._approvals is not None)
        await pilot.pause(0.7)
        assert "rejected" not in said(last)


async def test_a_rejection_that_is_taken_back_is_none(make_store) -> None:
    world = make_store(member="lena")
    carla = world.ids()["carla"]
    world.desk_of("lena").outbox.send(carla, "Nine euros, and yes")
    desk = world.desk_of("jo")
    desk.do(Reject("it is ten"), [carla])
    assert replies.rejected(world.store.read(), "lena")
    desk.undo()
    assert not replies.rejected(world.store.read(), "lena")
    row = next(row for row in world_rows(world) if row.id == carla)
    assert row.outbox == "awaiting approval"


async def test_ones_own_reply_is_not_told(world: World) -> None:
    made = world.desk.crises.declare("Storm", reason="many")
    ids = world.ids()
    world.desk.do(Escalate(crisis_id=made.id), [ids["carla"]])
    world.desk.crises.update(made.id, approval=True)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app._approvals is not None)
        world.desk.outbox.send(ids["carla"], "Nine euros")
        await until(pilot, lambda: "approve" in rows(app).get("carla", ""))
        await pilot.pause(0.6)
        assert "awaits" not in said(app)


async def test_an_empty_list_says_which_state_hides_what_was_asked_for(make_store) -> None:
    world = scattered(make_store)
    twin = ("carla", "en", "And the large pack?", 30)
    world.say([twin], prefix="x")
    number = next(row.id for row in world_rows(world) if row.remote_id == "x0")
    world.desk.do(Close(), [number])
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "All 9" in lines(app)[0])
        await go_to(pilot, "All")
        queue_of(app).search.filter_by("from:@carla")
        await until(pilot, lambda: "1 snoozed, 1 closed" in queue_of(app).queue.empty)
        assert queue_of(app).queue.empty.split("\n")[0] == "Nothing open matches from:@carla — 1 snoozed, 1 closed"
        assert "F shows them" in queue_of(app).queue.empty
        await pilot.press("F")
        await until(pilot, lambda: queue_of(app).state.view.name == "Every state")
        await pilot.pause()
        assert [row.handle for row in queue_of(app).queue.rows] == ["carla", "carla"]
        await until(pilot, lambda: "Every state 2" in lines(app)[0])
        await pilot.press("q")
        await until(pilot, lambda: queue_of(app).state.filter == "from:@carla")


def world_rows(world: World):
    from cminbox.store import conversations

    return conversations.page(world.store.read(), None, limit=1000)


async def test_what_the_view_leaves_out_is_told_too(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "shift+tab")
        await go_to(pilot, "Mine")
        await until(pilot, lambda: "Nothing waits in Mine" in queue_of(app).queue.empty)
        queue_of(app).search.filter_by("from:@carla")
        await until(pilot, lambda: "elsewhere 1 open" in queue_of(app).queue.empty)
        assert "F shows it" in queue_of(app).queue.empty
        await pilot.press("F")
        await until(pilot, lambda: [row.handle for row in queue_of(app).queue.rows] == ["carla"])


@pytest.mark.parametrize(
    ("view", "typed", "words"),
    [
        ("All", "is:closed", "1 closed"),
        ("Snoozed", "is:open from:@carla", "1 snoozed"),
        ("Answered", "is:open is:mine", ""),
        ("Mine", "is:closed from:@matt", "elsewhere 1 closed"),
        ("Mine", "is:open from:@matt", "elsewhere 1 closed"),
    ],
)
async def test_a_state_that_was_typed_is_kept_as_long_as_it_has_something(make_store, view, typed, words) -> None:
    app = scattered(make_store).app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "All 9" in lines(app)[0])
        await go_to(pilot, view)
        queue_of(app).search.filter_by(typed)
        state = queue_of(app).state
        await until(pilot, lambda: not queue_of(app).queue.rows and state.out_of_sight is not None)
        await until(pilot, lambda: state.out_of_sight.shown.filter == typed)
        assert state.out_of_sight.words == words


async def test_what_matches_only_without_the_state_that_was_typed_is_told_as_that(make_store) -> None:
    app = scattered(make_store).app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "All 9" in lines(app)[0])
        await go_to(pilot, "All")
        queue_of(app).search.filter_by("is:snoozed thieves")
        await until(pilot, lambda: "match" in queue_of(app).queue.empty and "—" in queue_of(app).queue.empty)
        told = queue_of(app).queue.empty.split("\n")[0]
        assert told == "Nothing here matches is:snoozed thieves — 1 closed matches thieves"


async def test_a_search_without_a_hit_says_the_same(make_store) -> None:
    app = scattered(make_store).app()
    async with app.run_test(size=(80, 24)) as pilot:
        await go_to(pilot, "All")
        queue_of(app).search.search_for("thieves")
        await until(pilot, lambda: said(app).startswith("no hit for thieves"))
        assert said(app) == "no hit for thieves in this view — 1 closed: F shows"
        await pilot.press("F")
        await until(pilot, lambda: [row.handle for row in queue_of(app).queue.rows] == ["matt"])


async def test_what_is_shown_from_every_state_has_the_hit_in_sight(make_store) -> None:
    world = scattered(make_store)
    first, second = (
        Message(id=f"n{at}", conversation="n", author=Author("nadia", "nadia"), text=text, lang="en",
                created_at=NOW - (2 - at) * MINUTE)
        for at, text in enumerate(("The teapot came without its lid", "Still waiting. " * 20))
    )  # fmt: skip
    world.take(first, second)
    number = next(row.id for row in world_rows(world) if row.remote_id == "n")
    world.desk.do(Close(), [number])
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await go_to(pilot, "All")
        queue_of(app).search.search_for("teapot lid")
        await until(pilot, lambda: said(app).startswith("no hit for teapot lid"))
        await pilot.press("F")
        await until(pilot, lambda: [row.handle for row in queue_of(app).queue.rows] == ["nadia"])
        await until(pilot, lambda: "teapot" in rows(app)["nadia"])


async def test_a_list_over_another_screen_counts_its_own_view(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        app.open_list(ViewConfig("Shop in Spanish", "lang:es"))
        await until(pilot, lambda: lines(app) and "Shop in Spanish 1" in lines(app)[0])


async def test_a_topic_is_refused_where_it_is_typed(world: World) -> None:
    from cminbox.errors import QueryError

    app = world.app()
    async with app.run_test(size=(80, 24)):
        for ask in (queue_of(app).search.filter_by, queue_of(app).search.search_for):
            with pytest.raises(QueryError, match="there is no topic 'shipping'") as told:
                ask("is:open topic:shipping")
            assert told.value.column == 9
            assert "cannot be set up yet" in told.value.hint


async def test_rows_bring_the_hit_into_sight(make_store) -> None:
    long = "Hello, I have written to you three times in the last two weeks and nobody answers, so give me my refund"
    world = make_store([("ana_l", "en", long, 30), ("bo", "en", "A refund please", 20)])
    messages = [
        Message(id=f"t{n}", conversation="m1", author=Author("m-bo", "bo"), text=text, created_at=NOW - n * MINUTE)
        for n, text in ((9, "and by the way where do you keep the invoices"), (5, "it is about my order of last May"))
    ]
    world.take(*messages)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        assert "refund" not in rows(app)["ana_l"]
        queue_of(app).search.search_for("refund")
        await until(pilot, lambda: "refund" in rows(app)["ana_l"])
        assert "…" in rows(app)["ana_l"]
        # It stands in an older message than the one that the row shows.
        await until(pilot, lambda: "A refund please" in rows(app)["bo"])
        await press(pilot, "escape")
        assert "refund" not in rows(app)["bo"]
        queue_of(app).search.search_for("/ref.nd|invoices/")
        await until(pilot, lambda: "invoices" in rows(app)["bo"] and "refund" in rows(app)["ana_l"])


@pytest.mark.parametrize(("size", "heads"), [((80, 24), True), ((80, 20), True), ((80, 19), False), ((120, 40), True)])
async def test_columns_have_words_above_them_where_there_is_room(world: World, size, heads) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        words = lines(app)[2].split()
        assert (words[:6] == ["pr", "due", "on", "who", "says", "lang"]) == heads
        if heads:
            row = next(line for line in lines(app)[3:] if "@" in line)
            assert lines(app)[2].index("who") == row.index("@")


async def test_the_clock_says_its_unit(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await go_to(pilot, "All")
        assert " 10m late " in rows(app)["ana_lopez"]
        assert " in 50m " in rows(app)["meera.cooks"]
        assert " in 3h " in rows(app)["rahul_k"]


async def test_a_key_without_a_command_says_so_once(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.1)
        await press(pilot, "x")
        assert said(app) == "x is not bound here — ? lists the keys"
        queue_of(app).last_line.clear()
        await press(pilot, "z")
        assert said(app) == "", "it is not said again and again"


async def test_a_pasted_text_is_no_row_of_keys_that_are_not_bound(world: World) -> None:
    from textual import events

    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.1)
        for char in "xzxzxz":
            app.post_message(events.Key(char, char))
        await pilot.pause(0.2)
        assert said(app) == ""


async def test_the_undo_of_what_was_done_is_not_overwritten(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "A")
        await until(pilot, lambda: said(app) != "")
        before = said(app)
        await pilot.pause(0.05)
        await press(pilot, "x")
        assert said(app) == before


async def test_a_long_message_is_shown_with_its_advice(world: World) -> None:
    app = world.app()
    advice = "use letters, digits, - and _, and write what you look for in quotation marks"
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = queue_of(app)
        screen.say(f"column 17: this parenthesis is not closed and nothing stands behind it — {advice}", error=True)
        await pilot.pause()
        assert advice.split()[-1] in "\n".join(lines(app)[-3:])
        assert "marks" in lines(app)[-1]
        assert all(word in " ".join(lines(app)[-3:]) for word in advice.split())
        screen.last_line.clear()
        await pilot.pause()
        assert "help" in lines(app)[-1]
        assert "──" not in lines(app)[-1]


async def test_every_key_of_every_screen_does_something(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for key, context in (
            (None, "queue"),
            ("f2", "crisis"),
            ("f3", "metrics"),
            ("f4", "sources"),
            ("question_mark", "help"),
        ):
            if key:
                await press(pilot, key)
                await until(pilot, lambda context=context: getattr(app.screen, "CONTEXT", "") == context)
            keys = app.services.keymap.bound
            typed = (command for command in COMMANDS if context in command.contexts())
            for command in (*keys[context].values(), *keys["anywhere"].values(), *typed):
                assert command.desk or app.screen.runner.method_of(command), (context, command.id)


async def test_help_begins_with_the_keys_of_the_screen_and_is_searched(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 40)) as pilot:
        await press(pilot, "question_mark")
        await pilot.pause()
        assert "Keys here: queue" in "\n".join(lines(app)[:4])
        await press(pilot, "slash")
        await until(pilot, lambda: app.screen.prompting)
        await pilot.press(*"snooze", "enter")
        await pilot.pause()
        page = "\n".join(lines(app))
        assert "Hide until a time" in page
        assert "Take it: assign it" not in page
        assert "n N next, previous hit" in page
        names = [command.name for command in app.services.commands if "snooze" in f"{command.name} {command.help}"]
        await press(pilot, "n")
        assert said(app).startswith("hit 1 of ")
        first = said(app).partition(": ")[2]
        assert first in names
        assert any(line.lstrip().startswith("▌") and first in line for line in lines(app))
        await press(pilot, "n")
        assert said(app).startswith("hit 2 of ")
        await press(pilot, "N", "N")
        many = said(app).removeprefix("hit ").partition(":")[0].split(" of ")
        assert many[0] == many[1]  # past the first one from the end again
        await press(pilot, "escape")
        assert "Take it: assign it" in "\n".join(lines(app))
        await press(pilot, "escape")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))


async def test_the_band_has_its_word_and_colour_in_the_preview(world: World) -> None:
    from cminbox.desk import SetPriority
    from cminbox.widgets.preview import PreviewPane

    world.desk.do(SetPriority(95), [world.ids()["carla"]])
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "urgent" in app.screen.query_one(PreviewPane).plain)
        last = app.screen.query_one(PreviewPane).lines(78)[-1]
        assert ("urgent", "bold $warning") in last


async def test_an_ended_crisis_shows_its_conversations(world: World) -> None:
    made = world.desk.crises.declare('Late "express" parcels', reason="the depot is closed")
    ids = world.ids()
    world.desk.do(Escalate(crisis_id=made.id), [ids["carla"], ids["matt"]])
    world.desk.crises.end(made.id, "all delivered")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "f2")
        await until(pilot, lambda: getattr(app.screen, "CONTEXT", "") == "crisis")
        await pilot.pause()
        assert "2" in app.screen.board.facts.plain
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))
        await until(pilot, lambda: sorted(row.handle for row in queue_of(app).queue.rows) == ["carla", "matt"])

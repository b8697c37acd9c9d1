"""What every screen is made of, on a real store and desk, without a screen: commands, the desk, what is said."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from textual.events import Key
from ui_world import World

from cminbox.commands import by_id, keys
from cminbox.commands.registry import Command
from cminbox.desk.escalation import Escalate
from cminbox.errors import ActionError
from cminbox.screens import crisis_watch, desk_actions
from cminbox.screens.command_runner import CommandRunner
from cminbox.screens.crisis_watch import CrisisWatch
from cminbox.screens.desk_actions import DeskActions
from cminbox.screens.desk_threads import DeskThreads
from cminbox.screens.engine_starter import EngineStarter
from cminbox.screens.last_line import LastLine, keys_that_matter
from cminbox.screens.notices import Notices
from cminbox.screens.services import Services
from cminbox.screens.type_ahead import BackgroundHolds, KeyQueue
from cminbox.store import conversations
from cminbox.widgets.keys_line import KeysLine


class Line(LastLine):
    """A last line that remembers what was said."""

    def __init__(self, services: Services) -> None:
        super().__init__(services, "queue", KeysLine())
        self.said: list[str] = []

    def say(self, text: str, *, error: bool = False, undo: bool = False, keep: bool = False) -> None:
        super().say(text, error=error, undo=undo, keep=keep)
        self.said.append(f"{'! ' if error else ''}{text}{' (undo)' if undo else ''}")


class Stage:
    """The parts of a screen, what they ask of it, and what the app would do for it."""

    is_open = True

    def __init__(self, world: World) -> None:
        self.world = world
        self.ids: tuple[int, ...] = ()
        self.answers: list[Any] = []
        self.outcomes: list[Any] = []
        self.macros: list[str] = []
        self.drawn = 0
        self.wait: Awaitable[bool] | None = None
        self.command_parts: tuple[object, ...] = ()
        self.tasks: list[asyncio.Task[None]] = []
        self.key_queue = KeyQueue(lambda: self, lambda: None)
        threads = DeskThreads(lambda: world.desk)
        self.services = services = Services(
            config=world.config,
            store=world.store,
            member=world.desk.context.member,
            keymap=keys.build(),
            clock=world.clock,
            desk_threads=threads,
            key_queue=self.key_queue,
            crisis_watch=CrisisWatch(world.store, world.clock, lambda text: None, self.begin),
            engine_starter=EngineStarter(world.store, world.config, world.clock, allowed=False),
            navigator=self,
        )
        holds = BackgroundHolds(self.key_queue, self)
        self.line = Line(services)
        self.desk_actions = DeskActions(services, self, "queue", self.line, holds)
        self.runner = CommandRunner(services, self, self.desk_actions, self.line, holds, self.begin, raises=True)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine, as a screen's worker does."""
        self.tasks.append(asyncio.get_running_loop().create_task(work))

    async def done(self) -> None:
        """Wait until all that was begun is done."""
        while self.tasks:
            await self.tasks.pop()

    async def run(self, command_id: str, *args: str) -> None:
        """Run a command, and wait for what it began."""
        command = by_id(command_id)
        assert command is not None
        self.runner.run(command, args)
        await self.done()

    def status(self) -> set[str]:
        """Of the conversations that are acted on."""
        return {row.status for row in conversations.many(self.world.store.read(), self.ids).values()}

    # what a screen tells

    def targets(self) -> tuple[int, ...]:
        return self.ids

    def ready_for(self, command: Command) -> Awaitable[bool] | None:
        return self.wait

    def after_action(self, outcome: Any) -> None:
        self.outcomes.append(outcome)

    async def ask(self, picker: Any) -> Any:
        await asyncio.sleep(0)
        return self.answers.pop(0)

    # what the app does

    def open_conversation(self, conversation_id: int, **how: object) -> None:
        raise LookupError(conversation_id)

    def open_list(self, view: object) -> None:
        raise LookupError(view)

    def run_macro(self, macro: Command) -> None:
        self.macros.append(macro.name)

    def draw_anew(self) -> None:
        self.drawn += 1

    def method_of(self, command: Command) -> Callable[..., Any] | None:
        return {"app.quit": self._quit}.get(command.id)

    def _quit(self) -> None:
        self.line.say("left")


@pytest.fixture
def stage(world: World) -> Stage:
    made = Stage(world)
    made.ids = tuple(world.ids().values())[:2]
    return made


async def test_a_command_is_run_by_a_part_before_the_screen_before_the_app(stage: Stage) -> None:
    class Part:
        def do_move_down(self) -> None:
            stage.line.say("the part moved")

    await stage.run("app.quit")
    await stage.run("move.down")
    stage.command_parts = (Part(),)
    await stage.run("move.down")
    assert stage.line.said == ["left", "! down: not here", "the part moved"]


async def test_errors_of_ours_are_said_and_bugs_are_raised_where_tests_want_them(stage: Stage) -> None:
    class Part:
        def do_move_down(self) -> None:
            raise ActionError("not now", "wait")

        async def do_move_up(self) -> None:
            raise ZeroDivisionError

        def do_move_top(self, line: str = "") -> None:
            stage.line.say(f"at {line}")

    stage.command_parts = (Part(),)
    await stage.run("move.down")
    with pytest.raises(ZeroDivisionError):
        await stage.run("move.up")
    await stage.run("move.top", "3")
    await stage.run("move.top", "3", "4")
    assert stage.line.said == ["! not now — wait", "at 3", "! top takes: top"]


async def test_a_command_waits_until_the_screen_is_ready_for_it(stage: Stage) -> None:
    found: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    lost: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    command = by_id("app.quit")
    assert command is not None
    for stage.wait in (found, lost):
        stage.runner.run(command)
    await asyncio.sleep(0)
    assert stage.line.said == []
    lost.set_result(False)
    found.set_result(True)
    await stage.done()
    assert stage.line.said == ["left"]


async def test_the_desk_does_it_and_undoes_it(stage: Stage) -> None:
    stage.answers = [True]
    await stage.run("conversation.close")
    assert stage.status() == {"closed"}
    assert stage.line.said == ["2 closed, 2 of them unanswered (undo)"]
    await stage.run("act.undo")
    assert stage.status() == {"open"}
    assert stage.line.said[-1] == "2 undone (close)"
    assert [set(outcome.changed) for outcome in stage.outcomes] == [set(stage.ids)] * 2


async def test_what_is_done_again_is_what_was_done_last(stage: Stage, world: World) -> None:
    await stage.run("act.repeat")
    assert stage.line.said == ["nothing to repeat yet"]
    await stage.run("conversation.label", "vat")
    stage.ids = tuple(world.ids().values())[2:4]
    await stage.run("act.repeat")
    rows = conversations.many(world.store.read(), world.ids().values())
    assert len([row for row in rows.values() if "vat" in row.labels]) == 4


async def test_what_is_missing_is_asked_for_and_nothing_is_done_without_an_answer(stage: Stage, world: World) -> None:
    stage.answers = [None, ("vat", "-late"), ""]
    await stage.run("conversation.label")
    assert stage.line.said == []
    await stage.run("conversation.label")
    assert all("vat" in row.labels for row in conversations.many(world.store.read(), stage.ids).values())
    await stage.run("conversation.assign")
    assert len(stage.outcomes) == 1


async def test_many_are_asked_about_once_more(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_actions, "CONFIRMED_FROM", 1)
    stage.answers = [False, True]
    await stage.run("conversation.close")
    assert stage.status() == {"open"}
    await stage.run("conversation.close")
    assert stage.status() == {"closed"}


async def test_nothing_to_act_on_is_said(stage: Stage) -> None:
    stage.ids = ()
    await stage.run("conversation.close")
    assert stage.line.said == ["nothing to act on: the list is empty here"]


async def test_dry_changes_nothing(stage: Stage) -> None:
    await stage.run("act.dry", "close")
    assert stage.line.said == ["close 2 conversations: 2 open → closed, 2 unanswered"]
    assert stage.status() == {"open"}


async def test_keys_wait_for_what_a_command_began_but_not_for_a_long_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    close, reopen = by_id("conversation.close"), by_id("conversation.reopen")
    assert close is not None
    assert reopen is not None
    stage.answers = [True]
    stage.runner.run(close)
    stage.key_queue.put(Key("j", "j"))
    assert stage.key_queue.next() is None
    await stage.done()
    assert stage.key_queue.next() is not None
    monkeypatch.setattr(desk_actions, "LONG_FROM", 1)
    stage.runner.run(reopen)
    stage.key_queue.put(Key("j", "j"))
    while not stage.line.said[-1].startswith("reopen: 2 conversations"):
        await asyncio.sleep(0)
    assert stage.key_queue.next() is not None
    await stage.done()
    assert stage.line.said[-1] == "2 opened again (undo)"


def test_the_keys_that_matter_are_six_and_help(stage: Stage) -> None:
    shown = list(keys_that_matter(stage.services, "queue"))
    assert shown[-1] == ("?", "help")
    assert len(shown) == 7
    assert ("e", "close") in shown


async def test_the_desk_works_in_the_order_of_the_keys_and_beside_a_long_action(world: World) -> None:
    threads, order, go_on = DeskThreads(lambda: world.desk), [], threading.Event()
    assert threads.busy == ""
    assert threads.stop() == ""

    def long() -> None:
        go_on.wait(20)
        order.append("long")

    work = [threads.run(long, long=True), *(threads.run(lambda n=n: order.append(n)) for n in range(3))]
    running = asyncio.gather(*work)
    while len(order) < 3:
        await asyncio.sleep(0.001)
    go_on.set()
    await running
    assert order == [0, 1, 2, "long"]
    assert threads.desk is world.desk
    assert await threads.close() == ""


async def test_the_crisis_that_runs_is_shown_with_its_volume(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    beside: list[Coroutine[Any, Any, None]] = []
    watch = CrisisWatch(world.store, world.clock, shown.append, beside.append)
    assert watch.read() is None
    made = world.desk.crises.declare("Late parcels", severity=2, reason="the depot is closed")
    world.desk.do(Escalate(made.id), list(world.ids().values())[:3])
    watch.refresh()
    assert "3 messages" in shown[-1].fitted(200)
    # A larger one is counted aside, and shown once that is done.
    monkeypatch.setattr(crisis_watch, "FEW", 2)
    watch = CrisisWatch(world.store, world.clock, shown.append, beside.append)
    watch.refresh()
    assert "3 conversations" in shown[-1].fitted(200)
    await beside.pop()
    assert "3 messages" in shown[-1].fitted(200)
    assert beside == []


def test_notices_are_recorded_only_within(world: World) -> None:
    notices = Notices()
    notices.add("before", error=False)
    with notices.record() as said:
        notices.add("closed 2", error=False)
        notices.add("not yours", error=True)
    notices.add("after", error=True)
    assert (said.texts, said.problem) == (["closed 2"], "not yours")

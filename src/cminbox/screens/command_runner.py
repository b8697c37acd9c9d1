"""Running commands of the registry on a screen."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, Protocol

from cminbox.commands.registry import Command
from cminbox.errors import CminboxError
from cminbox.screens.desk_actions import DeskActions
from cminbox.screens.last_line import LastLine
from cminbox.screens.place_to_type import NoPlaceToType
from cminbox.screens.services import Services
from cminbox.screens.type_ahead import BackgroundHolds

Work = Coroutine[Any, Any, object]


class CommandRun:
    """One run of a command.

    Args:
        command: what is run, with its `args`.
        known: what its first questions are answered with, in order: an earlier run was told so.
    """

    def __init__(self, command: Command, args: tuple[str, ...], known: Iterable[object] = ()) -> None:
        self.command, self.args = command, args
        self._known = deque(known)
        self._answers: list[object] = []

    def known(self) -> object | None:
        """What the next question is answered with; None where the person has to be asked."""
        answer = self._known.popleft() if self._known else None
        if answer is not None:
            self.answered(answer)
        return answer

    def answered(self, answer: object) -> None:
        """A question of it was answered."""
        self._answers.append(answer)

    def again(self) -> CommandRun:
        """The same once more, with the answers that were given by now."""
        return CommandRun(self.command, self.args, self._answers)


class CommandScreen(Protocol):
    """What a screen tells of the commands on it.

    Attributes:
        command_parts: parts that have a method `do_<area>_<verb>` for some commands; they are asked before the screen.
    """

    command_parts: tuple[object, ...]

    def targets(self) -> tuple[int, ...]:
        """Ids of the conversations that a desk command acts on."""

    def ready_for(self, command: Command) -> Awaitable[bool] | None:
        """What to wait for before a command is run: True where it then can be; None where it can be at once."""


class CommandRunner:
    """Runs a command by a method of the screen's parts, of the screen or of the app, or else through the desk.

    What a command begins in the background holds the keys that follow it (`screens.type_ahead`).

    Args:
        services: the keys, the other screens.
        screen: whose commands are run.
        desk_actions: does what the desk does.
        line: says what went wrong.
        holds: let keys wait for what commands begin.
        begin: runs a coroutine in a worker of the screen.
        raises: whether our own mistakes are raised, as tests want them, or said and logged.
    """

    def __init__(
        self,
        services: Services,
        screen: CommandScreen,
        desk_actions: DeskActions,
        line: LastLine,
        holds: BackgroundHolds,
        begin: Callable[[Coroutine[Any, Any, None]], object],
        *,
        raises: bool,
    ) -> None:
        self._services = services
        self._screen = screen
        self._desk_actions = desk_actions
        self._line = line
        self.holds = holds
        self._begin = begin
        self._raises = raises
        self._running = False
        self.latest: CommandRun | None = None
        """That of the command that was run last."""

    def method_of(self, command: Command) -> Callable[..., Any] | None:
        """What runs a command; None where the desk does it, or nobody."""
        for owner in (*self._screen.command_parts, self._screen, self, self._desk_actions):
            found: Callable[..., Any] | None = getattr(owner, command.method, None)
            if found is not None:
                return found
        return self._services.navigator.method_of(command)

    def run(self, command: Command, args: Iterable[str] = ()) -> None:
        """Run a command here, now or once the screen is ready for it."""
        self.begin(CommandRun(command, tuple(args)))

    def begin(self, run: CommandRun) -> None:
        """Begin a run of a command."""
        self.latest, command, args = run, run.command, run.args
        self._running = True
        try:
            ready = self._screen.ready_for(command)
            if ready is None:
                self._run(command, args)
            else:
                self.in_worker(self._run_when(ready, command, args))
        finally:
            self._running = False

    async def _run_when(self, ready: Awaitable[bool], command: Command, args: tuple[str, ...]) -> None:
        if await ready:
            self._running = True
            try:
                self._run(command, args)
            finally:
                self._running = False

    def _run(self, command: Command, args: tuple[str, ...]) -> None:
        method = self.method_of(command)
        try:
            if command.id == "view.refresh":
                # Something else may have written over the screen.
                self._services.navigator.draw_anew()
            if command.steps:
                self._services.navigator.run_macro(command)
            elif method is not None:
                if inspect.iscoroutinefunction(method):
                    self.in_worker(method(*args))
                else:
                    method(*args)
            elif command.desk:
                self.in_worker(self._desk_actions.run(command, args, self._screen.targets()))
            else:
                self._line.say(f"{command.name}: not here", error=True)
        except NoPlaceToType as error:
            self._line.refuse(error)
        except CminboxError as error:
            self._line.say_error(error)
        except TypeError as error:
            # Arguments that a method does not take come from the `:` line; our own mistakes do not.
            if not args:
                raise
            self._services.log_bug(error)
            self._line.say(f"{command.name} takes: {command.usage()}", error=True)

    def in_worker(self, work: Work) -> None:
        """Run a coroutine in a worker of the screen; its errors are said, its bugs logged.

        Where a command began it, keys wait until it is done, for a while.
        """
        guarded = self._guarded(work)
        self._begin(self.holds.during(guarded) if self._running else guarded)

    async def _guarded(self, work: Work) -> None:
        try:
            await work
        except NoPlaceToType as error:
            self._line.refuse(error)
        except CminboxError as error:
            self._line.say_error(error)
        except Exception as error:
            self._services.log_bug(error)
            if self._raises:
                raise
            self._line.say(f"that was a mistake of ours; it is in {self._services.config.paths.log}", error=True)

    def do_act_repeat(self) -> None:
        """Do the last action again, on what is marked or under the cursor now."""
        last = self._services.last_action
        if last is None:
            self._line.say("nothing to repeat yet")
        elif last.command.steps:
            self._services.navigator.run_macro(last.command)
        # Which they are is settled now: the next key may move on before the desk comes to it.
        elif ids := self._screen.targets():
            self.in_worker(self._desk_actions.act(last.command, last.args, ids))

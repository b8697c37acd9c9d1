"""What every screen is built on.

A screen subclasses `BaseScreen`, sets `CONTEXT` (a context of `commands.registry`) and yields its widgets from
`compose_body`. It is made of parts, which it gives what they need; those that run commands stand in `command_parts`.

A key runs a command of the registry: by a method `do_<area>_<verb>(*args: str)` of one of its parts, of the screen or
of the app (plain or async; async ones run in a worker, so they may `await self.ask(…)`), else by the desk on
`self.targets()`, asking with a picker for a missing argument.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypeVar, cast

from textual import events, getters
from textual.app import ComposeResult
from textual.screen import ModalScreen, Screen

from cminbox.commands.keys import show_key
from cminbox.commands.registry import Command
from cminbox.errors import CminboxError
from cminbox.screens.command_runner import CommandRunner
from cminbox.screens.desk_actions import DeskActions
from cminbox.screens.key_reader import KeyReader
from cminbox.screens.last_line import LastLine, keys_that_matter
from cminbox.screens.services import Services
from cminbox.screens.type_ahead import BackgroundHolds
from cminbox.terminal.diff_app import DiffApp
from cminbox.terminal.keys import pressed_key
from cminbox.widgets.banner import CrisisBanner
from cminbox.widgets.filled_fields import Asks
from cminbox.widgets.keys_line import KeysLine

if TYPE_CHECKING:
    from cminbox.screens.prompt_line import PromptLine
    from cminbox.widgets.prompt import Completer

P = ParamSpec("P")
T = TypeVar("T")

NO_FIELD_KEYS = ("ctrl+p", "f1", "f2", "f3", "f4", "f5")
"""Keys of `anywhere` that no field has a use for: they run commands while one writes."""


class BaseScreen(Screen[None]):
    """A screen whose keys run commands of the registry.

    Args:
        services: what it works with.

    Attributes:
        last_line: says what was done.
        key_reader: makes commands of keys; `.count` is the number typed before the key, or 1.
        desk_actions: has the desk do things, and says so here.
        runner: runs commands.
        command_parts: parts that have methods for commands; the first that has one runs it, before the screen.
        prompt_line: the line that was asked for last.
    """

    CONTEXT: ClassVar[str] = "anywhere"
    app = getters.app(DiffApp)
    AUTO_FOCUS: ClassVar[str | None] = ""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self.command_parts: tuple[object, ...] = ()
        self.prompt_line: PromptLine | None = None
        holds = BackgroundHolds(services.key_queue, self)
        self.last_line = LastLine(services, self.CONTEXT, KeysLine(id="keys-line"))
        self.key_reader = KeyReader(services.keymap, self.CONTEXT)
        self.desk_actions = DeskActions(services, self, self.CONTEXT, self.last_line, holds)
        raises = self.app.is_headless
        begin = partial(self.run_worker, group="commands", exit_on_error=raises)
        self.runner = CommandRunner(services, self, self.desk_actions, self.last_line, holds, begin, raises=raises)

    def compose(self) -> ComposeResult:
        """The crisis banner, the screen's own widgets, the last line."""
        yield CrisisBanner()
        yield from self.compose_body()
        yield self.last_line.widget

    def compose_body(self) -> ComposeResult:
        """The screen's own widgets."""
        return iter(())

    def on_mount(self) -> None:
        """Show the keys that matter here, and the crisis that runs."""
        self.last_line.widget.keys = tuple(self.footer())
        self.query_one(CrisisBanner).crisis = self.services.crisis_watch.read()

    def footer(self) -> Iterable[tuple[str, str]]:
        """Key and word of the commands that the last line shows. Override where others matter more."""
        return keys_that_matter(self.services, self.CONTEXT)

    @property
    def is_open(self) -> bool:
        """Whether its widgets are there: it was mounted, and has not been left."""
        there = self.is_mounted and self.last_line.widget.is_attached and self.app.is_running
        return there and self in self.app.screen_stack

    # keys and commands

    def on_key(self, event: events.Key) -> None:
        """Run what the key stands for; what no widget with focus has taken comes here."""
        self.services.key_times.pressed()
        key = pressed_key(event)
        if self.last_line.refusing:
            event.stop()
            event.prevent_default()
            if key == "escape":
                self.last_line.clear()
            return
        if self.prompting or _is_for_field(self, key):
            return
        before = self.key_reader.pending
        command = self.key_reader.read(key)
        pending = self.last_line.widget.pending = self.key_reader.pending
        silent = command is not None or pending or key in ("escape", "ctrl+c")
        self.last_line.unbound_keys.came(event.time, "" if silent else f"{before} {show_key(key)}".strip())
        if command is not None or pending:
            event.stop()
            event.prevent_default()
        if command is not None:
            self.run_command(command)

    def has_use_for(self, key: str) -> bool:
        """Whether a key, as `terminal.keys.pressed_key` spells it, is a command's here and now."""
        taken = self.last_line.refusing or self.prompting or _is_for_field(self, key)
        return not taken and self.key_reader.means(key)

    def run_command(self, command: Command, args: Iterable[str] = ()) -> None:
        """Run a command here, as if its key was pressed."""
        self.runner.run(command, args)

    def ready_for(self, command: Command) -> Awaitable[bool] | None:
        """What to wait for before a command is run: True where it then can be. Override where some have to wait."""
        return None

    def in_worker(self, work: Coroutine[Any, Any, object]) -> None:
        """Run a coroutine in a worker of this screen; its errors are said, its bugs logged."""
        self.runner.in_worker(work)

    def do_app_back(self) -> None:
        """Go back to the screen before. Override to close something first."""
        if len(self.app.screen_stack) > 1:
            self.dismiss()

    # asking and saying

    def say(self, text: str, *, error: bool = False, undo: bool = False, keep: bool = False) -> None:
        """Show one line in place of the last line; with `undo`, the key that undoes it. `keep`: until the next."""
        self.last_line.say(text, error=error, undo=undo, keep=keep)

    def say_error(self, error: CminboxError) -> None:
        """Show an error's line: what is wrong and what to do."""
        self.last_line.say_error(error)

    async def ask(self, picker: ModalScreen[T | None]) -> T | None:
        """Show a modal of `screens.pickers` and wait for what is chosen; None where the person left.

        Only within a worker (every async `do_…` is in one).
        """
        kept, run = self.services.asked_text, self.runner.latest
        if run is not None and (known := run.known()) is not None:
            return cast("T", known)
        chosen: T | None
        if not isinstance(picker, Asks):
            chosen = await self.app.push_screen_wait(picker)
            if not chosen:
                kept.given_up()
            elif run is not None:
                run.answered(chosen)
            return chosen
        question = kept.ask(picker, self.targets())
        try:
            chosen = await self.app.push_screen_wait(picker)
        except BaseException:
            # The screen, or the program, ended under it.
            kept.rescue(question, picker.filled)
            raise
        if chosen is None:
            kept.left(question, picker)
            return None
        kept.answered(question, picker)
        if run is not None:
            run.answered(chosen)
        return chosen

    @property
    def prompting(self) -> bool:
        """Whether a line is being asked for: keys are its own then."""
        return self.prompt_line is not None and self.prompt_line.open

    def prompt(
        self,
        sign: str,
        value: str,
        then: Callable[[str], object],
        *,
        complete: Completer | None = None,
        history: Sequence[str] = (),
    ) -> None:
        """Ask for a line, unless one is asked for already.

        Args:
            sign: what stands before it.
            value: what it begins as.
            then: told the text; where it raises an error of ours, that is said and the text is asked for again.
            complete: what could stand at the cursor.
            history: earlier texts, oldest first.
        """
        from cminbox.screens.prompt_line import PromptLine

        if not self.prompting:
            self.prompt_line = PromptLine(sign, value, then, complete, history, self.services.key_queue)
            self.mount(self.prompt_line)

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Run a desk call on the desk's thread, after those before it; an error of ours is said and gives None."""
        return await self.desk_actions.call(function, *args, **kwargs)

    # what a screen overrides

    def targets(self) -> tuple[int, ...]:
        """Ids of the conversations that a desk command acts on."""
        return ()

    def after_action(self, outcome: Any) -> None:
        """The desk did something for this screen."""

    def move_past(self, ids: tuple[int, ...]) -> bool:
        """Go on to the next conversation that is none of these; False where there is no list to go along."""
        return False

    def store_changed(self) -> None:
        """Something was committed to the store. Called some times a second at most, on the screen in front."""

    def minute_passed(self) -> None:
        """Relative times are older now; called every 15 seconds."""


def _is_for_field(screen: BaseScreen, key: str) -> bool:
    """Whether somebody writes in a field, and has this key for it."""
    if screen.focused is None or not screen.focused.check_consume_key("x", "x"):
        return False
    own = screen.services.keymap.bound.get(screen.CONTEXT, {})
    return len(key) == 1 or (key not in own and key not in NO_FIELD_KEYS)

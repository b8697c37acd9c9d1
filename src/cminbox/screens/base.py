"""What every screen is built on.

A screen subclasses `BaseScreen`, sets `CONTEXT` (a context of `commands.registry`), yields its widgets from
`compose_body`, and gets:

- `self.app`: a `Host`, with `.store` (`store.read()` for small reads on the loop's thread), `.desk`, `.config`,
  `.member`, `.keymap`, `.clock()` (now in ms), `.log_bug(error)`.
- `self.open_conversation(id, reply=False, then_next=False, walk=None)`: shows the `ConversationScreen` with these;
  `walk(+1 or -1)` moves the queue's cursor and returns the id that it is then on, or None at the end (what `]`, `[`
  and reply-and-next do).
- keys: it binds none. A key runs a command of the registry: first a method `do_<area>_<verb>(*args: str)` of one of its
  `command_parts` or of the screen itself (plain or async; async ones run in a worker, so they may `await
  self.ask(…)`), else the desk does it (`desk=True`)
  on `self.targets()`, asking with a picker for a missing argument. `self.count` is the number typed before the key,
  or 1; `self.counted` whether one was typed. `await self.run_command(command, args)` runs one without a key.
- `self.say("closed 10", undo=True)`, `self.say_error(error)`: one line in place of the last line, for some seconds.
- `await self.ask(picker)`: shows a modal from `screens.pickers` and returns what was chosen, or None.
- `await self.call(function, *args)`: runs a desk call on the desk's own thread, in order, off the loop. Errors of ours
  are said and come back as None.
- `await self.aside(function, *args)`: runs a slow read on another thread (its own `store.read()`), off the loop.
- `self.targets()`: ids that a desk command acts on. Override; empty by default.
- `self.after_action(outcome)`: a desk command was done. Override to move on or refresh.
- `self.store_changed()`: somebody committed. Called at most every 250 ms on the screen in front. Override.
- `self.minute_passed()`: relative times have grown older; called every 15 s. Override.
- `do_app_back()`: pops the screen unless it is the queue. Override to close something first, then call super.

Pickers live in `screens.pickers` and return None when left with Esc:
`MemberPicker(current="") → str` (a handle, or `team:name`), `LabelPicker(have=()) → tuple[str, ...]` (`billing`,
`-angry`), `SnoozePicker() → str` (`2h`, `tomorrow 9:00`, an ISO time), `TemplatePicker(conversation_id) → str` (name),
`CrisisPicker() → tuple[str, ...]` (`("#3",)` to join; `(name, severity, reason)` to make one),
`TextPrompt(title, value="") → str`.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypeVar

from textual import events, getters
from textual.app import ComposeResult
from textual.screen import ModalScreen, Screen

from cminbox.commands.registry import Command
from cminbox.errors import CminboxError
from cminbox.screens.services import Repeatable, Services
from cminbox.screens.type_ahead import Hold
from cminbox.terminal.diff_app import DiffApp
from cminbox.terminal.keys import pressed_key
from cminbox.widgets.banner import CrisisBanner
from cminbox.widgets.keys_line import KeysLine

if TYPE_CHECKING:
    from cminbox.desk import Outcome

KEYS_SHOWN = 6
"""Keys that the last line shows beside help."""
MANY = 500
"""Conversations from which on an action says how far it is, beside what the person does meanwhile."""

P = ParamSpec("P")
T = TypeVar("T")


class BaseScreen(Screen[None]):
    """A screen whose keys run commands of the registry."""

    CONTEXT: ClassVar[str] = "anywhere"
    COUNTS: ClassVar[bool] = False
    """Whether digits are counts here (`5j`)."""
    app = getters.app(DiffApp)
    AUTO_FOCUS: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[Any]] = []

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self.left = asyncio.Event()
        """Set once the screen is gone."""
        self.command_parts: tuple[object, ...] = ()
        """Parts of the screen that have methods for commands; the first that has one runs it, before the screen."""
        self.prompting = False
        """Whether a line is being asked for: keys are its own then."""
        self._in_command = False
        self._begun: set[Hold] = set()
        """What keys wait for: the commands that still work in the background."""
        self._pressed: list[str] = []
        self._digits = ""
        self.count = 1
        self.counted = False

    def compose(self) -> ComposeResult:
        """The crisis banner, the screen's own widgets, the last line."""
        yield CrisisBanner()
        yield from self.compose_body()
        yield KeysLine(id="keys-line")

    def compose_body(self) -> ComposeResult:
        """The screen's own widgets."""
        return iter(())

    def on_mount(self) -> None:
        """Show the keys that matter here, and the crisis that runs."""
        self.show_keys()
        self.query_one(CrisisBanner).crisis = self.services.crises.read()

    async def on_unmount(self) -> None:
        """Whoever waits for the screen to go may go on."""
        self.left.set()

    def show_keys(self) -> None:
        """Fill the last line from the registry: the commands of this context that have a word for it."""
        self.query_one("#keys-line", KeysLine).keys = tuple(self.footer())

    def footer(self) -> Iterable[tuple[str, str]]:
        """Key and word of the commands that matter most here, at most six; help stands at the right end."""
        services, here = self.services, self.CONTEXT
        named = [
            known for known in services.commands if known.footer and here in known.contexts() and known.id != "app.help"
        ]
        # A person's own commands have a place for certain.
        own = [known for known in named if known.steps][:KEYS_SHOWN]
        left = KEYS_SHOWN - sum(bool(services.keymap.keys_of(known, here)) for known in own)
        for command in named:
            keys = services.keymap.keys_of(command, here)
            if keys and (command in own or (left > 0 and not command.steps)):
                left -= not command.steps
                yield keys[0], command.footer
        if help_key := services.keys_for("app.help", here):
            yield help_key, "help"

    async def on_key(self, event: events.Key) -> None:
        """Run what the key stands for; what no widget with focus has taken comes here."""
        self.services.key_times.pressed()
        key = pressed_key(event)
        if self._typing(key):
            return
        if self.COUNTS and not self._pressed and key.isascii() and key.isdigit() and (self._digits or key != "0"):
            self._digits = (self._digits + key)[:6]
            self.pending(self._digits)
            event.stop()
            event.prevent_default()
            return
        keys = [*self._pressed, key]
        command = self.services.keymap.find(self.CONTEXT, keys)
        if command is None and self.services.keymap.begins(self.CONTEXT, keys):
            self._pressed = keys
            self.pending(self._digits + " ".join(keys))
            event.stop()
            event.prevent_default()
            return
        waiting = bool(self._pressed or self._digits)
        digits, self._digits, self._pressed = self._digits, "", []
        if waiting:
            self.pending("")
        if command is None or (waiting and key == "escape"):
            return
        event.stop()
        event.prevent_default()
        self.counted, self.count = bool(digits), int(digits or 1)
        await self.run_command(command)

    def _typing(self, key: str) -> bool:
        # Somebody writes in a field: of the keys of anywhere, only those that no field has a use for are the screen's.
        if self.prompting:
            return True
        if not hasattr(self.focused, "cursor_blink"):
            return False
        own = self.services.keymap.bound.get(self.CONTEXT, {})
        return len(key) == 1 or (key not in own and key not in ("ctrl+p", "f1", "f2", "f3", "f4"))

    @property
    def standing(self) -> bool:
        """Whether its widgets are there: it was mounted, and has not been left."""
        return self.is_mounted and self.app.is_running and self in self.app.screen_stack and bool(self.query(KeysLine))

    def pending(self, keys: str) -> None:
        """Show a count or the beginning of a sequence."""
        self.query_one("#keys-line", KeysLine).pending = keys

    def method_of(self, command: Command) -> Callable[..., Any] | None:
        """The way of a part, the screen or the app to run a command; None where the desk does it, or nobody."""
        for owner in (*self.command_parts, self):
            found: Callable[..., Any] | None = getattr(owner, command.method, None)
            if found is not None:
                return found
        return self.services.navigator.method_of(command)

    def command_for(self, event: events.Key) -> Command | None:
        """The command that a key runs here, as the last of a sequence or alone."""
        return self.services.keymap.find(self.CONTEXT, [*self._pressed, pressed_key(event)])

    def clear_line(self) -> None:
        """Show the keys again, in place of what was said."""
        for line in self.query(KeysLine):
            line.clear()

    def run_soon(self, command: Command, args: Iterable[str] = ()) -> None:
        """Run a command once what stands before the screen, and asked for it, is gone; keys wait for it."""
        hold = self.services.keys.hold()

        async def begin() -> None:
            try:
                await self.run_command(command, args)
            finally:
                hold.release()

        self.call_after_refresh(begin)

    async def run_command(self, command: Command, args: Iterable[str] = ()) -> None:
        """Run a command here: by the screen's or the app's method for it, or through the desk.

        What it begins in the background holds the keys that follow (`screens.type_ahead`).
        """
        given = tuple(args)
        method = self.method_of(command)
        self._in_command = True
        try:
            if command.id == "view.refresh":
                # Something else may have written over the screen.
                self.app.draw_anew()
            if command.steps:
                self.services.navigator.run_macro(command)
            elif method is not None:
                if inspect.iscoroutinefunction(method):
                    self.in_worker(method(*given))
                else:
                    method(*given)
            elif command.desk:
                self.in_worker(self._act(command, given, self.targets()))
            else:
                self.say(f"{command.name}: not here", error=True)
        except CminboxError as error:
            self.say_error(error)
        except TypeError as error:
            # Arguments that a method does not take come from the `:` line; our own mistakes do not.
            if not given:
                raise
            self.services.log_bug(error)
            self.say(f"{command.name} takes: {command.usage()}", error=True)
        finally:
            self._in_command = False

    def in_worker(self, work: Any) -> None:
        """Run a coroutine in a worker of this screen; its errors are said, its bugs logged.

        Where a command began it, keys wait until it is done, for a while.
        """

        async def guarded() -> None:
            try:
                await work
            except CminboxError as error:
                self.say_error(error)
            except Exception as error:
                self.services.log_bug(error)
                if self.app.is_headless:
                    raise
                self.say(f"that was a mistake of ours; it is in {self.services.config.paths.log}", error=True)

        begun = self.holding_keys(guarded()) if self._in_command else guarded()
        self.run_worker(begun, group="commands", exit_on_error=self.app.is_headless)

    def holding_keys(self, work: Coroutine[Any, Any, None]) -> Coroutine[Any, Any, None]:
        """Work for which keys wait from now on."""
        hold = self.services.keys.hold(self)
        self._begun.add(hold)

        async def held() -> None:
            try:
                await work
            finally:
                self._begun.discard(hold)
                hold.release()

        return held()

    def let_keys_go(self) -> None:
        """Keys need not wait for what was begun here: it takes long, and what they do goes well beside it."""
        for hold in tuple(self._begun):
            hold.release()

    async def _act(self, command: Command, args: tuple[str, ...], ids: tuple[int, ...]) -> None:
        if not ids:
            self.say("nothing to act on: the list is empty here")
            return
        chosen = await self.arguments(command, args, ids)
        if chosen is not None:
            await self.act(command, chosen, ids)

    async def arguments(self, command: Command, args: tuple[str, ...], ids: tuple[int, ...]) -> tuple[str, ...] | None:
        """What a command is given, asking for what is missing; None where the person left."""
        if args or not any(arg.required for arg in command.args):
            return args
        from cminbox.screens.prompts import ask_for

        return await ask_for(self, command, ids)

    async def act(self, command: Command, args: tuple[str, ...], ids: tuple[int, ...]) -> None:
        """Let the desk do a command on conversations, say what it did, and remember it for `.`."""
        from cminbox.screens import bulk_prompt

        if not await bulk_prompt.agreed(self, command, args, ids):
            return
        outcome = await self.carry_out(command, args, ids)
        if outcome is not None:
            self.services.last_action = Repeatable(command, args)
            self.say(outcome.summary, undo=bool(outcome.changed))

    async def carry_out(
        self, command: Command, args: tuple[str, ...], ids: tuple[int, ...], *, group: str = ""
    ) -> Outcome | None:
        """Let the desk do a command on conversations, and show what it left; None where it could not.

        Args:
            group: those of one group are undone together.
        """
        from cminbox.commands.run import run
        from cminbox.screens import bulk_prompt

        desk, told = self.services.desk, bulk_prompt.progress(self, command.name, len(ids))
        outcome = await self.call_for(
            len(ids), lambda: run(command.name, args, ids, desk, self.services.clock(), progress=told, group=group)
        )
        if outcome is not None and self.standing:
            self.after_action(outcome)
        return outcome

    async def ask(self, picker: ModalScreen[T | None]) -> T | None:
        """Show a modal and wait for what is chosen. Only within a worker (every async `do_…` is in one)."""
        chosen: T | None = await self.app.push_screen_wait(picker)
        return chosen

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Run a desk call on the desk's thread, after those before it; an error of ours is said and gives None."""
        return await self.call_for(0, functools.partial(function, *args, **kwargs))

    async def call_for(self, many: int, work: Callable[[], T]) -> T | None:
        """Run a desk call on so many conversations; those after a long one do not wait for it."""
        try:
            return await self.services.desk_threads.run(work, long=many > MANY)
        except CminboxError as error:
            self.say_error(error)
            return None

    def open_conversation(
        self,
        conversation_id: int,
        *,
        reply: bool = False,
        then_next: bool = False,
        walk: Callable[[int], int | None] | None = None,
    ) -> None:
        """Show a conversation, with its composer open where a reply is wanted."""
        self.services.navigator.open_conversation(conversation_id, reply=reply, then_next=then_next, walk=walk)

    async def aside(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a slow read on another thread."""
        return await asyncio.to_thread(function, *args, **kwargs)

    def say(self, text: str, *, error: bool = False, undo: bool = False, keep: bool = False) -> None:
        """Show one line in place of the last line; with `undo`, the key that undoes it. `keep`: until the next."""
        self.services.notices.add(text, error=error)
        keys = self.services.keys_for("act.undo", self.CONTEXT) if undo else ""
        # What was asked for may be done after the screen was left.
        for line in self.query(KeysLine):
            line.show(text, "error" if error else "note", f"{keys} undo" if keys else "", None if keep else 6.0)

    def say_error(self, error: CminboxError) -> None:
        """Show an error's line: what is wrong and what to do."""
        self.say(error.line(), error=True)

    def targets(self) -> tuple[int, ...]:
        """Ids of the conversations that a desk command acts on."""
        return ()

    async def settled(self) -> None:
        """Wait until what was asked for is on the screen. Override where reading goes on aside."""

    def go_past(self, ids: tuple[int, ...]) -> bool:
        """Go on to the next conversation that is none of these; False where there is no list to go along."""
        return False

    def after_action(self, outcome: Any) -> None:
        """The desk did something for this screen."""

    def store_changed(self) -> None:
        """Something was committed to the store."""

    def minute_passed(self) -> None:
        """Relative times are older now."""

    async def do_act_undo(self) -> None:
        """Undo the member's last action of this session."""
        from cminbox.screens import bulk_prompt

        outcome = await bulk_prompt.undo(self)
        if outcome is not None:
            self.say(outcome.summary)
            if self.standing:
                self.after_action(outcome)

    async def do_act_dry(self, *words: str) -> None:
        """Say what a command would change here."""
        from cminbox.screens import bulk_prompt

        await bulk_prompt.dry(self, words)

    def do_act_repeat(self) -> None:
        """Do the last action again, on what is marked or under the cursor now."""
        if self.services.last_action is None:
            self.say("nothing to repeat yet")
            return
        command, args = self.services.last_action
        if command.steps:
            self.services.navigator.run_macro(command)
        # Which they are is settled now: the next key may move on before the desk comes to it.
        elif ids := self.targets():
            self.in_worker(self.act(command, args, ids))

    def stop_long_action(self) -> bool:
        """Stop the desk's long action, and say so; False where none is under way."""
        stopped = self.services.desk_threads.stop()
        if stopped:
            self.say(f"stopping {stopped} …", keep=True)
        return bool(stopped)

    def do_app_back(self) -> None:
        """Go back to the screen before."""
        if len(self.app.screen_stack) > 1:
            self.dismiss()

"""What a screen has the desk do: asked for what is missing, asked once more about many, said, undone."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

from cminbox.commands.registry import Command
from cminbox.errors import CminboxError, UsageError
from cminbox.model import CHOSEN_MESSAGE, CHOSEN_PROMISE, VERBS, StoredMessage
from cminbox.outbox_states import IN_FLIGHT
from cminbox.screens.last_line import LastLine
from cminbox.screens.pickers.confirm import ConfirmMany
from cminbox.screens.pickers.confirm_line import ConfirmLine
from cminbox.screens.place_to_type import NoPlaceToType
from cminbox.screens.services import Repeatable, Services
from cminbox.screens.type_ahead import OPENING_SECONDS, BackgroundHolds
from cminbox.store import conversations, promises

if TYPE_CHECKING:
    from textual.screen import ModalScreen

    from cminbox.desk import Outcome

CONFIRMED_FROM = 50
"""An action on more conversations first says what it would change, and asks."""
LONG_FROM = 500
"""An action on more conversations says how far it is, beside what the person does meanwhile."""
OF_PROMISES = frozenset({"kept", "broken", "withdraw", "promise-to"})
"""Commands that are about one promise of a conversation."""
PROGRESS_SECONDS = 0.25
"""How often it says so."""

P = ParamSpec("P")
T = TypeVar("T")


class ActingScreen(Protocol):
    """The screen that the desk acts for."""

    @property
    def is_open(self) -> bool:
        """Whether it is there, and was not left."""

    def targets(self) -> tuple[int, ...]:
        """Ids of the conversations that a desk command acts on."""

    async def ask(self, picker: ModalScreen[Any]) -> Any:
        """Show a modal and wait for what is chosen; None where the person left."""

    def after_action(self, outcome: Outcome) -> None:
        """The desk did something: show what it left."""


class DeskActions:
    """Has the desk do commands on conversations, for one screen.

    Args:
        services: the desk.
        screen: where things are asked, and what was done is shown.
        context: of the screen.
        line: says what was done.
        holds: what keys wait for; not for long actions.
    """

    def __init__(
        self, services: Services, screen: ActingScreen, context: str, line: LastLine, holds: BackgroundHolds
    ) -> None:
        self._services = services
        self._screen = screen
        self._context = context
        self._line = line
        self._holds = holds
        self._chosen: Callable[[], StoredMessage | None] = lambda: None
        self._by_hand: Callable[[], bool] = lambda: False

    def choose_by(self, chosen: Callable[[], StoredMessage | None], by_hand: Callable[[], bool]) -> None:
        """Say which message verbs are for, where a person chooses one; elsewhere it is the newest that waits.

        Args:
            by_hand: whether the person chose it; only then a note is about it, else about the conversation.
        """
        self._chosen, self._by_hand = chosen, by_hand

    async def run(self, command: Command, args: tuple[str, ...], ids: tuple[int, ...]) -> None:
        """Do a command, asking for an argument that is missing.

        Raises:
            NoPlaceToType: it asks for words, and could not.
        """
        asks = not args and (any(arg.required for arg in command.args) or _asks_for_reason(command))
        if not ids:
            nothing = NoPlaceToType("nothing to act on: the list is empty here")
            if asks:
                raise nothing
            self._line.say(nothing.line())
            return
        self._services.check_may_write(asks=asks)
        chosen = await self.arguments(command, args, ids)
        if chosen is not None:
            outcome = await self.act(command, chosen, ids)
            if asks and outcome is not None and not outcome.changed and chosen == self._of_chosen(command, args):
                # Nothing was asked, for it cannot be done.
                raise NoPlaceToType(outcome.summary)

    async def arguments(self, command: Command, args: tuple[str, ...], ids: tuple[int, ...]) -> tuple[str, ...] | None:
        """What a command is given, asking for what is missing; None where the person left."""
        if command.name in VERBS:
            return await self._verb_arguments(command, args, ids)
        chosen_promise = await self._which_promise(command, args, ids)
        if chosen_promise is None:
            return None
        if args or not any(arg.required for arg in command.args):
            return (*chosen_promise, *args)
        from cminbox.screens.pickers.argument import LEXICON, picker_for, teach

        about = self._chosen() if command.name == "correct" else None
        chosen = await self._screen.ask(picker_for(command, self._services, ids, about))
        if chosen is None or chosen in ("", ()):
            return None
        if command.name == "correct" and chosen[0] == LEXICON:
            written = await self.call(teach, self._services, *chosen[1:])
            if written is not None:
                self._services.taught = written
                self._line.say(written.words(), keep=True, undo=True)
            return None
        given = chosen if isinstance(chosen, tuple) else (*chosen_promise, str(chosen))
        return await self._with_rest(command, given)

    async def _which_promise(
        self, command: Command, args: tuple[str, ...], ids: tuple[int, ...]
    ) -> tuple[str, ...] | None:
        """Which promise a command is about, where a conversation has several; None where the person left."""
        named = bool(args) and args[0].startswith(CHOSEN_PROMISE)
        if command.name not in OF_PROMISES or len(ids) != 1 or named:
            return ()
        services = self._services
        known = promises.open_in(services.store.read(), ids).get(ids[0], [])
        if len(known) < 2:
            return ()
        from cminbox.screens.pickers.argument import WhichPromise

        title = f"{command.name}: which promise?"
        chosen = await self._screen.ask(WhichPromise(title, known, services.clock(), services.config.zone))
        return (str(chosen),) if chosen else None

    async def _with_rest(self, command: Command, given: tuple[str, ...]) -> tuple[str, ...] | None:
        """What was given, with the arguments that are needed behind it; None where the person left."""
        from cminbox.screens.pickers.argument import prompt_for_next

        while (prompt := prompt_for_next(command, given)) is not None:
            said = await self._screen.ask(prompt)
            if not said:
                return None
            given = (*given, str(said))
        return given

    def _of_chosen(self, command: Command, args: tuple[str, ...]) -> tuple[str, ...]:
        """The arguments of a verb, or of a note, with the message that the person chose, where they chose one."""
        about = command.name in (*VERBS, "correct") or (command.name == "note" and self._by_hand())
        chosen = self._chosen() if about else None
        if chosen is None or (args and args[0].startswith(CHOSEN_MESSAGE)):
            return args
        return f"{CHOSEN_MESSAGE}{chosen.id}", *args

    async def _verb_arguments(
        self, command: Command, args: tuple[str, ...], ids: tuple[int, ...]
    ) -> tuple[str, ...] | None:
        """A verb's message and, for what takes something from a person, the reason; None where the person left."""
        from cminbox.commands.action import asks_why

        services, args = self._services, self._of_chosen(command, args)
        if not asks_why(command.name, args, services.clock(), services.store.read(), ids):
            return args
        from cminbox.screens.pickers.argument import picker_for

        reason = await self._screen.ask(picker_for(command, services, ids))
        return (*args, str(reason)) if reason else None

    async def act(self, command: Command, args: tuple[str, ...], ids: tuple[int, ...]) -> Outcome | None:
        """Do a command, say what it did, and remember it for `.`; None where it was not done."""
        remembered, args = args, self._of_chosen(command, args)
        if remembered and remembered[0].startswith((CHOSEN_MESSAGE, CHOSEN_PROMISE)):
            remembered = remembered[1:]
        if not await self.confirmed(command, args, ids) or not await self._may_go_unanswered(command, ids):
            return None
        outcome = await self.carry_out(command, args, ids)
        if outcome is not None:
            self._services.last_action = Repeatable(command, remembered)
            self._line.say(outcome.summary, undo=bool(outcome.changed))
        return outcome

    async def confirmed(self, command: Command, args: tuple[str, ...], ids: tuple[int, ...]) -> bool:
        """Whether the person wants it, once they have read what would change. A few need no question."""
        if len(ids) <= CONFIRMED_FROM:
            return True
        key = self._services.keys_for(command.id, self._context)
        looking = f"{command.name} {len(ids):,}: looking what would change …"
        question = ConfirmMany(looking, key, others_leave=command.name == "close")

        async def preview() -> None:
            try:
                question.show((await self._preview(command.name, args, ids)).summary)
            except CminboxError as error:
                question.dismiss(False)
                self._line.say_error(error)

        reading = asyncio.create_task(preview())
        try:
            return await self._screen.ask(question) is True
        finally:
            reading.cancel()

    async def _may_go_unanswered(self, command: Command, ids: tuple[int, ...]) -> bool:
        """Whether these may be closed: asked where one of them needs an answer and has none. Of many it was said."""
        if command.name != "close" or len(ids) > CONFIRMED_FROM:
            return True
        hold = self._services.key_queue.hold(self._screen, seconds=OPENING_SECONDS)
        try:
            # On the desk's thread: what was done before this key comes first, a reply that is on its way too.
            without = await self.call(self._unanswered, ids)
            if not without:
                return without is not None
            one = "it needs an answer and has none"
            words = one if len(ids) == 1 else f"{without:,} of {len(ids):,} need an answer and have none"
            key = self._services.keys_for(command.id, self._context) or "Enter"
            return await self._screen.ask(ConfirmLine(f"close? {words}", key)) is True
        finally:
            hold.release()

    def _unanswered(self, ids: tuple[int, ...]) -> int:
        found = conversations.many(self._services.store.read(), ids).values()
        return sum(row.needs_since is not None and row.outbox not in IN_FLIGHT for row in found)

    async def _preview(self, name: str, args: tuple[str, ...], ids: tuple[int, ...]) -> Outcome:
        """What a command would change, read on another thread."""
        from cminbox.commands.action import action_of

        services = self._services
        action = action_of(name, args, services.clock(), services.config.zone)
        return await asyncio.to_thread(services.desk.do, action, ids, dry_run=True)

    async def carry_out(
        self, command: Command, args: tuple[str, ...], ids: tuple[int, ...], *, group: str = ""
    ) -> Outcome | None:
        """Do a command, and show what it left; None where it could not be done, which was said.

        Args:
            command: what, with its `args`.
            args: all that it needs.
            ids: on which conversations.
            group: those of one group are undone together.
        """
        from cminbox.commands.action import action_of

        services, progress = self._services, self.progress(command.name, len(ids))
        services.taught = None

        def work() -> Outcome:
            action = action_of(command.name, args, services.clock(), services.config.zone)
            return services.desk.do(action, ids, progress=progress, group=group)

        return await self._work(len(ids), work)

    async def _work(self, many: int, work: Callable[[], Outcome | None]) -> Outcome | None:
        outcome = await self._on_desk_thread(work, many)
        if outcome is not None and self._screen.is_open:
            self._screen.after_action(outcome)
        return outcome

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Run a desk call on the desk's thread, after those before it; an error of ours is said and gives None."""
        return await self._on_desk_thread(functools.partial(function, *args, **kwargs), 0)

    async def _on_desk_thread(self, work: Callable[[], T], many: int) -> T | None:
        try:
            done = await self._services.desk_threads.run(work, long=many > LONG_FROM)
            self._services.asked_text.done()
            return done
        except CminboxError as error:
            self._line.say_error(error)
            return None

    def progress(self, name: str, many: int) -> Callable[[int], None] | None:
        """What the desk's thread tells how far it is; the last line says it, some times a second. None for a few."""
        if many <= LONG_FROM:
            return None
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()
        key = self._services.keys_for("app.back", "queue") if self._context == "queue" else ""
        stops = f"{key or 'Ctrl+C'} stops it"
        self._line.say(f"{name}: {many:,} conversations …; {stops}", keep=True)
        self._holds.release()
        due = time.monotonic() + PROGRESS_SECONDS

        def say(done: int) -> None:
            if self._services.desk_threads.busy:
                self._line.say(f"{name}: {done:,} of {many:,} conversations …; {stops}", keep=True)

        def tell(done: int) -> None:
            nonlocal due
            if time.monotonic() >= due and done < many:
                due = time.monotonic() + PROGRESS_SECONDS
                loop.call_soon_threadsafe(functools.partial(say, done), context=context)

        return tell

    def stop(self) -> bool:
        """Stop the desk's long action, and say so; False where none is under way."""
        stopped = self._services.desk_threads.stop()
        if stopped:
            self._line.say(f"stopping {stopped} …", keep=True)
        return bool(stopped)

    async def do_act_undo(self) -> None:
        """Undo the member's last action of this session, or an entry of a lexicon written since; a long one is stopped
        first."""
        taught, self._services.taught = self._services.taught, None
        if taught is not None:
            from cminbox.screens.pickers.argument import take_back

            if (said := await self.call(take_back, taught)) is not None:
                self._line.say(said)
            return
        desk = self._services.desk
        many, in_front = desk.prepare_undo(), self._screen.targets()
        progress = self.progress("undo", many)
        outcome = await self._work(many, lambda: desk.undo(progress=progress, in_front=in_front))
        if outcome is not None:
            self._line.say(outcome.summary)

    def do_look_watchers(self) -> None:
        """Say who watches the conversation, or each of those that are marked."""
        me, ids = self._services.member.handle, self._screen.targets()
        found = conversations.many(self._services.store.read(), ids)
        told = [f"{row.id}: {_watchers(row.watchers, me)}" for row in found.values() if row.watchers]
        if len(ids) == 1 and told:
            self._line.say(f"watched by {told[0].partition(': ')[2]}")
        else:
            self._line.say(" · ".join(told) or "nobody watches it: W does", keep=len(told) > 1)

    async def do_act_dry(self, *words: str) -> None:
        """Say what a command would change, and change nothing: `:dry close`."""
        if not words:
            raise UsageError("dry: which command?", "such as: dry close, dry assign ana")
        ids = self._screen.targets()
        self._line.say((await self._preview(words[0], words[1:], ids)).summary, keep=True)


def _asks_for_reason(command: Command) -> bool:
    """Whether it asks why, where it takes something from a person."""
    return command.name in VERBS and any(arg.kind == "text" for arg in command.args)


def _watchers(watchers: Sequence[str], me: str) -> str:
    return ", ".join("you" if member == me else member for member in watchers)

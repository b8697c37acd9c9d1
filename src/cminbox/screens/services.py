"""What screens work with. The app makes it once; a screen has it as `self.services`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from cminbox import model
from cminbox.commands import COMMANDS as REGISTRY
from cminbox.commands import Command, by_id
from cminbox.commands.keys import KeyMap
from cminbox.errors import CminboxError
from cminbox.members import check_role
from cminbox.screens import screen_log
from cminbox.screens.asked_text import AskedText
from cminbox.screens.crisis_watch import CrisisWatch
from cminbox.screens.desk_threads import DeskThreads
from cminbox.screens.engine_starter import EngineStarter
from cminbox.screens.key_times import KeyTimes
from cminbox.screens.notices import Notices
from cminbox.screens.place_to_type import NoPlaceToType
from cminbox.screens.type_ahead import KeyQueue

if TYPE_CHECKING:
    from cminbox.config import Config, ViewConfig
    from cminbox.desk import Desk
    from cminbox.rules.lexicon_entry import Written
    from cminbox.screens.conversation.data import ConversationDetails, LongThread
    from cminbox.store import Store


class Navigator(Protocol):
    """What the app does for its screens, because it alone knows them all."""

    def open_conversation(
        self,
        conversation_id: int,
        *,
        reply: bool = False,
        then_next: bool = False,
        walk: Callable[[int], int | None] | None = None,
        notice: str = "",
    ) -> None:
        """Show a conversation, with its composer open where a reply is wanted.

        Args:
            conversation_id: which.
            reply: open the composer at once.
            then_next: after sending, go on to the next conversation, and answer that.
            walk: moves the cursor of the list below by so many lines and gives the conversation there; None at its
                end.
            notice: what the composer says when it opens.
        """

    def open_list(self, view: ViewConfig) -> None:
        """Show the conversations of a view, as the queue shows its own."""

    def run_macro(self, macro: Command) -> None:
        """Run a person's own list of commands, on what the first of them would act on, on the screen in front."""

    def draw_anew(self) -> None:
        """Write the whole screen again, whatever the terminal shows."""

    def method_of(self, command: Command) -> Callable[..., Any] | None:
        """How a command is run that is the same on all screens; None where it is no such command."""


class Repeatable(NamedTuple):
    """What `.` does again: a command with its arguments."""

    command: Command
    args: tuple[str, ...]


class History(list[str]):
    """Texts that were typed, oldest first, each once.

    Args:
        most: so many are remembered.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def add(self, text: str) -> None:
        """Remember a text as the newest."""
        self[:] = [*(known for known in self if known != text), text][-self._most :]


class Services:
    """What screens work with.

    Args:
        config: the user's configuration.
        store: `store.read()` for small reads on the loop's thread; whoever opened it closes it.
        member: who works here.
        keymap: which key runs what.
        clock: now in epoch milliseconds.
        desk_threads: the desk, and where its work runs.
        key_queue: keys that were typed ahead, and what they wait for.
        crisis_watch: the crisis that runs.
        engine_starter: starts an engine.
        navigator: shows other screens, and runs what is the same on all of them.
    """

    def __init__(
        self,
        *,
        config: Config,
        store: Store,
        member: model.Member,
        keymap: KeyMap,
        clock: Callable[[], model.Instant],
        desk_threads: DeskThreads,
        key_queue: KeyQueue,
        crisis_watch: CrisisWatch,
        engine_starter: EngineStarter,
        navigator: Navigator,
    ) -> None:
        self.config = config
        self.store = store
        self.member = member
        self.keymap = keymap
        self.clock = clock
        self.desk_threads = desk_threads
        self.key_queue = key_queue
        self.crisis_watch = crisis_watch
        self.engine_starter = engine_starter
        self.navigator = navigator
        self.commands: tuple[Command, ...] = (*REGISTRY, *keymap.macros)
        self.key_times = KeyTimes()
        self.notices = Notices()
        self.asked_text = AskedText(config.paths.state, member.handle)
        self.line_history = History(200)
        """What was typed behind `:`."""
        self.query_history = History(100)
        """What was searched and filtered for."""
        self.last_action: Repeatable | None = None
        self.taught: Written | None = None
        """The entry of a lexicon that was written after the last action: undo takes it back."""
        self._long_thread: list[LongThread] = []

    @property
    def desk(self) -> Desk:
        """The door through which this member changes state."""
        return self.desk_threads.desk

    def check_may_write(self, *, asks: bool = False) -> None:
        """Refuse at once, before anybody types, what could not be done.

        Args:
            asks: it goes on to ask for words; what is typed for them runs nothing then.

        Raises:
            ActionError: this member only looks on.
            Replaced: the store is not there any more.
            NoPlaceToType: one of these, where it asks for words.
        """
        try:
            check_role(self.member)
            self.store.check_file()
        except CminboxError as error:
            raise (NoPlaceToType.because(error) if asks else error) from None

    def keys_for(self, command_id: str, context: str) -> str:
        """The first key of a command in a context, as people write it; empty if it has none."""
        return next(iter(self.all_keys_for(command_id, context)), "")

    def all_keys_for(self, command_id: str, context: str) -> list[str]:
        """The keys of a command in a context, as people write them."""
        command = by_id(command_id, self.commands)
        return self.keymap.keys_of(command, context) if command else []

    def log(self, line: str) -> None:
        """Keep one line in the log file."""
        screen_log.write(self.config.paths.log, line)

    def log_bug(self, error: BaseException) -> None:
        """Keep a mistake of ours with its traceback in the log file."""
        screen_log.write(self.config.paths.log, "a mistake of ours", error)

    def details_of(
        self, conversation_id: int, *, drafts: bool = True, most: int | None = None
    ) -> ConversationDetails | None:
        """A conversation as it is shown to this member; None if there is none.

        Args:
            conversation_id: which.
            drafts: whether the member's own draft is in the thread.
            most: so many messages, the newest ones; as many as are usual unless given.
        """
        from cminbox.screens.conversation import data

        return data.load(
            self.store.read(),
            conversation_id,
            me=self.member.handle,
            brand=data.brand_name(self.config.brand),
            now=self.clock(),
            session=self.desk.context.session,
            drafts=drafts,
            zone=self.config.zone,
            most=data.THREAD if most is None else most,
            kept=self._long_thread,
        )

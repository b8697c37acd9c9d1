"""The composer: a reply is written below its conversation, kept as a draft while it is typed, and sent with a key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.css.scalar import Scalar
from textual.widgets import TextArea

from cminbox.desk.reply_draft import ReplyDraft
from cminbox.model import SECOND, Reply
from cminbox.screens.compose.commands import ComposeCommands
from cminbox.screens.compose.keeping import DraftKeeper
from cminbox.screens.compose.templates import QuickTemplates, quick_words
from cminbox.screens.compose.written import AsWritten, WrittenReply
from cminbox.screens.conversation.pane import ConversationPane
from cminbox.screens.conversation.shown import ShownConversation
from cminbox.screens.conversation.words import brings_words
from cminbox.screens.kept import KeptScreen
from cminbox.screens.services import Services
from cminbox.textwidth import cut_line
from cminbox.widgets.changing_lines import ChangingLines
from cminbox.widgets.counter import CounterLine
from cminbox.widgets.queue_row import PROMISE
from cminbox.widgets.reply_area import ReplyArea
from cminbox.widgets.styled_lines import ACCENT, MUTED, Line, safe, size, spread
from cminbox.widgets.thread_view import ThreadView

if TYPE_CHECKING:
    from textual import events


class ComposeScreen(KeptScreen):
    """Writes the reply to a conversation; `begin` says which one.

    Args:
        services: what screens work with.

    Attributes:
        written: the reply that is written.
    """

    CONTEXT: ClassVar[str] = "compose"
    CSS_PATH = "screen.tcss"
    written: WrittenReply
    _commands: ComposeCommands

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.pane = ConversationPane(crumb="‹ reply   ", footed=False)
        self.recipient_line = ChangingLines(id="compose-to")
        self.area = ReplyArea(id="compose-text")
        self.counter = CounterLine(id="compose-counter")
        self.shown = ShownConversation(self.pane, partial(services.details_of, drafts=False))
        self._begin_with: Callable[[], None] | None = None
        """Shows what `begin` said; None before the first time."""
        self._again: Callable[[AsWritten], None] | None = None
        self._keeper = DraftKeeper(services, partial(self.say, error=True, keep=True))

    def begin(
        self,
        draft: ReplyDraft,
        newest_seen: int,
        *,
        template: str = "",
        notice: str = "",
        done: Callable[[Reply], None] | None = None,
        again: Callable[[AsWritten], None] | None = None,
        written: AsWritten | None = None,
    ) -> None:
        """Say what is written when it comes to the front.

        Args:
            draft: what `reply_draft.begin` found out.
            newest_seen: id of the newest message that the person has seen.
            template: a template's name, or its number among the fittest, to begin with.
            notice: what to say when it opens.
            done: told the reply once it is on its way.
            again: opens another one for the same, with what was written in this.
            written: what was written in that one.
        """
        left = self._keeper.leave()
        if left is not None and self.written.draft.row.id == draft.row.id:
            written = written or left
        self.written = WrittenReply(draft, self.area, self.set_timer, self.in_worker, self._keeper.store)
        self._commands = ComposeCommands(self, self.written, self.shown, newest_seen, self._draw, done)
        self.command_parts = (self._commands, QuickTemplates(self._commands.insert))
        self._keeper.begin(self.written)
        self._again = again
        self.shown.id, self.pane.chosen = draft.row.id, draft.answers.id
        self._begin_with = partial(self._open, template, notice, written)
        if self.is_mounted:
            # At once, not when it comes to the front: its first picture is the right one.
            self._begin_with()

    def compose_body(self) -> ComposeResult:
        yield self.pane
        yield self.recipient_line
        yield self.area
        yield self.counter

    def on_mount(self) -> None:
        if self._begin_with is not None:
            self._begin_with()
            self.call_after_refresh(self.pane.reveal, f"message {self.pane.chosen}")

    def _open(self, template: str, notice: str, go_on_with: AsWritten | None) -> None:
        self.key_reader.clear()
        self.last_line.clear()
        self.last_line.widget.keys = tuple(self.footer())
        if self.focused is not self.area:
            self.area.focus()
        self.area.load_text("")
        self.shown.open(self.app.size.width)
        self.pane.reveal(f"message {self.pane.chosen}")
        if self.shown.details and (stored := self.shown.details.my_draft):
            self.written.restore(stored)
        if template:
            notice = self._commands.begin_with(template) or notice
        if go_on_with is not None:
            self.written.go_on_with(go_on_with)
        self.in_worker(self.call(self.services.desk.outbox.opened, self.shown.id))
        self._tell_replying()
        self._draw()
        if notice:
            self.say(notice)

    def left(self) -> None:
        self._keeper.leave()

    async def on_unmount(self) -> None:
        """Wait until what was written is kept."""
        self._keeper.leave()
        await self._keeper.finish()

    def reopener(self) -> Callable[[], None] | None:
        """What opens another one that goes on just here, should an Esc that is none close this one."""
        return None if self._again is None else partial(self._again, self.written.as_written)

    def _tell_replying(self) -> None:
        self.in_worker(self.call(self.services.desk.presence.replying, self.shown.id))

    def minute_passed(self) -> None:
        self._tell_replying()
        self.shown.refresh()

    def store_changed(self) -> None:
        self.shown.refresh()
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        self.pane.fit_to(event.size.width)
        self._draw()

    def _draw(self) -> None:
        """Show what stands around the text: whom it reaches, its template, its length, what stands against it."""
        written, draft = self.written, self.written.draft
        width = max(self.app.size.width - 2, 20)
        left = safe(draft.recipient(), "bold")
        quote = safe(cut_line(f"answers: {draft.quoted()}", width), MUTED)
        room = width - size((left,)) - 4
        name = f"{written.template} ▾" if written.template else ""
        key = self.services.keys_for("reply.quick_1", "compose").removesuffix("1")
        quick = "" if written.text else quick_words(draft.quick, key, room - len(name)) or "no template fits"
        line = spread((left,), (safe(name, ACCENT), (quick, MUTED)), width)
        lines: list[Line] = [line, (quote,)]
        now, zone = self.services.clock(), self.services.config.zone
        if brought := brings_words(written.brings, self.services.member.handle, now, zone):
            words = cut_line("once it is sent: " + " · ".join(brought), width - 2)
            lines.append(((f"{PROMISE} ", ACCENT), safe(words)))
        if self.recipient_line.styles.height != (height := Scalar.from_number(len(lines) + 1)):
            self.recipient_line.styles.height = height
        self.recipient_line.show(lines)
        kept = "draft kept" if written.text and written.all_stored else ""
        warnings = [*written.warnings(written_since=self._commands.written_since)]
        warnings += filter(None, [draft.length.byte_words(written.text)])
        self.counter.show(draft.count(written.text), draft.length.counting.limit or 0, warnings, kept)

    def footer(self) -> Iterable[tuple[str, str]]:
        """The keys that matter while writing; letters are text here."""
        keys = self.services.keys_for
        if self._begin_with is None:
            return
        yield keys("reply.send", "compose"), f"send ({self.services.config.undo_ms // SECOND} s to undo)"
        yield keys("reply.keep", "compose"), "keep draft"
        if self.written.draft.other_length is not None:
            yield keys("reply.private", "compose"), "in public" if self.written.draft.private else "in private"
        yield keys("reply.template", "compose"), "templates"
        yield keys("conversation.back", "compose"), "back if no reply"
        yield keys("conversation.promise", "compose"), "promise"
        yield f"{keys('reply.quick_1', 'compose')}…9", "quick ones"
        yield keys("app.palette", "compose"), "commands"

    @on(ThreadView.StartReached)
    def _start_reached(self, event: ThreadView.StartReached) -> None:
        self.shown.show_earlier(event.everything)

    @on(TextArea.Changed)
    def _text_changed(self) -> None:
        self.written.changed()
        self._draw()

    async def answered(self) -> bool:
        """Wait until it is left; whether the reply is on its way then."""
        commands = self._commands
        await self._keeper.left.wait()
        return commands.sent

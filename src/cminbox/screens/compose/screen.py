"""The composer: a reply is written below its conversation, kept as a draft while it is typed, and sent with a key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static, TextArea

from cminbox.desk.reply_draft import ReplyDraft
from cminbox.errors import CminboxError
from cminbox.model import SECOND, Reply
from cminbox.screens.base import BaseScreen
from cminbox.screens.compose.commands import ComposeCommands
from cminbox.screens.compose.templates import QuickTemplates, quick_words
from cminbox.screens.compose.written import AsWritten, WrittenReply
from cminbox.screens.conversation.pane import ConversationPane
from cminbox.screens.conversation.shown import ShownConversation
from cminbox.screens.services import Services
from cminbox.screens.unsent_text import UnsentText
from cminbox.textwidth import cut_line
from cminbox.widgets.counter import CounterLine
from cminbox.widgets.reply_area import ReplyArea
from cminbox.widgets.styled_lines import ACCENT, MUTED, apart, content, safe, size
from cminbox.widgets.thread_view import ThreadView

if TYPE_CHECKING:
    from textual import events


class ComposeScreen(BaseScreen):
    """Writes the reply to a conversation.

    Args:
        services: what screens work with.
        draft: what `reply_draft.begin` found out.
        newest_seen: id of the newest message that the person has seen.
        template: a template's name, or its number among the fittest, to begin with.
        notice: what to say when it opens.
        done: told the reply once it is on its way.
        again: opens another one for the same, with what was written in this.
        written: what was written in that one.
    """

    CONTEXT: ClassVar[str] = "compose"
    CSS_PATH = "screen.tcss"

    def __init__(
        self,
        services: Services,
        draft: ReplyDraft,
        newest_seen: int,
        *,
        template: str = "",
        notice: str = "",
        done: Callable[[Reply], None] | None = None,
        again: Callable[[AsWritten], None] | None = None,
        written: AsWritten | None = None,
    ) -> None:
        super().__init__(services)
        self.pane = ConversationPane(crumb="‹ reply   ", footed=False)
        self.recipient_line = Static("", id="compose-to", markup=False)
        self.area = ReplyArea(id="compose-text")
        self.counter = CounterLine(id="compose-counter")
        self.shown = ShownConversation(self.pane, partial(services.details_of, drafts=False))
        self.shown.id, self.pane.chosen = draft.row.id, draft.answers.id
        self.written = WrittenReply(draft, self.area, self.set_timer, self.in_worker, self._store_draft)
        self._commands = ComposeCommands(self, self.written, self.shown, newest_seen, self._draw, done)
        self.command_parts = (self._commands, QuickTemplates(self._commands.insert))
        row, paths = draft.row, services.config.paths
        head = f"{draft.recipient()}, conversation {row.id}"
        self._unsent = UnsentText(paths.state, services.member.handle, str(row.id), head)
        self._begin_with = template, notice
        self._again, self._go_on_with = again, written
        self._left = asyncio.Event()
        self._theme_shown = self.app.theme

    def compose_body(self) -> ComposeResult:
        yield self.pane
        yield self.recipient_line
        yield self.area
        yield self.counter

    def on_mount(self) -> None:
        self.pane.fit_to(self.app.size.width)
        self.shown.refresh()
        self.call_after_refresh(self.pane.reveal, f"message {self.pane.chosen}")
        if self.shown.details and (stored := self.shown.details.my_draft):
            self.written.restore(stored)
        template, notice = self._begin_with
        if template:
            notice = self._begun_from(template) or notice
        if self._go_on_with is not None:
            self.written.go_on_with(self._go_on_with)
        self.area.focus()
        self.in_worker(self.call(self.services.desk.outbox.opened, self.shown.id))
        self._tell_replying()
        self._draw()
        if notice:
            self.say(notice)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Each widget got its styles as it was mounted; only another theme changes them."""
        event.refresh_styles = self._theme_shown != self.app.theme
        self._theme_shown = self.app.theme

    def reopener(self) -> Callable[[], None] | None:
        """What opens another one that goes on just here, should an Esc that is none close this one."""
        return None if self._again is None else partial(self._again, self.written.as_written)

    def _begun_from(self, template: str) -> str:
        """Put a template into it; what is wrong where that cannot be: then the reply is written without one."""
        try:
            self._commands.insert(template)
        except CminboxError as error:
            return error.line()
        return ""

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
        line = apart((left,), (safe(name, ACCENT), (quick, MUTED)), width)
        self.recipient_line.update(content([line, (quote,)]), layout=False)
        kept = "draft kept" if written.text and written.all_stored else ""
        warnings = [*written.warnings(written_since=self._commands.written_since)]
        warnings += filter(None, [draft.length.byte_words(written.text)])
        self.counter.show(draft.count(written.text), draft.length.counting.limit or 0, warnings, kept)

    def footer(self) -> Iterable[tuple[str, str]]:
        """The keys that matter while writing; letters are text here."""
        keys = self.services.keys_for
        yield keys("reply.send", "compose"), f"send ({self.services.config.undo_ms // SECOND} s to undo)"
        yield keys("reply.keep", "compose"), "keep draft"
        if self.written.draft.other_length is not None:
            yield keys("reply.private", "compose"), "in public" if self.written.draft.private else "in private"
        yield keys("reply.template", "compose"), "templates"
        yield f"{keys('reply.quick_1', 'compose')}…9", "quick ones"
        yield keys("app.palette", "compose"), "commands"

    @on(ThreadView.StartReached)
    def _start_reached(self, event: ThreadView.StartReached) -> None:
        self.shown.show_earlier(event.everything)

    @on(TextArea.Changed)
    def _text_changed(self) -> None:
        self.written.changed()
        self._draw()

    async def _store_draft(self, text: str, template: str, lang: str) -> str | None:
        """Store the draft, or keep it in a file: that one, "" for the store, None where neither could be."""
        outbox, number = self.services.desk.outbox, self.shown.id
        draft = self.written.draft
        try:
            await self.services.desk_threads.run(
                lambda: outbox.draft(
                    number, text, template=template, lang=lang, answers=draft.answers.id, private=draft.private
                )
            )
        except CminboxError as error:
            kept = bool(text.strip()) and self._unsent.keep(text)
            where = f"your text is kept in {self._unsent.path}" if kept else "your text is nowhere but here"
            if self.is_open:
                self.say(f"{error.message}; {where}", error=True, keep=True)
            return str(self._unsent.path) if kept else None
        self._unsent.remove()
        return ""

    async def on_unmount(self) -> None:
        """However this ends, what was written is kept."""
        await self.written.save_known()
        self._left.set()
        presence, number = self.services.desk.presence, self.shown.id
        with suppress(CminboxError, RuntimeError):  # the desk may be closed: then nobody is here any more
            await self.services.desk_threads.run(lambda: presence.stopped_replying(number))

    async def answered(self) -> bool:
        """Wait until it is left; whether the reply is on its way then."""
        await self._left.wait()
        return self._commands.sent

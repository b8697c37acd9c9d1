"""The composer: a reply is written below its conversation, kept as a draft while it is typed, and sent with a key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static, TextArea

from cminbox.errors import CminboxError
from cminbox.model import SECOND
from cminbox.screens.base import BaseScreen
from cminbox.screens.compose import checks
from cminbox.screens.compose.saver import DraftSaver
from cminbox.screens.compose.templates import QuickTemplates, TemplateInserter, quick_words
from cminbox.screens.conversation.pane import ConversationPane
from cminbox.screens.pickers.pickers import TemplatePicker
from cminbox.screens.services import Services
from cminbox.widgets.counter import CounterLine
from cminbox.widgets.reply_area import ReplyArea
from cminbox.widgets.styled_lines import ACCENT, MUTED, literal, spread

if TYPE_CHECKING:
    from textual import events

    from cminbox.desk.reply_draft import ReplyDraft
    from cminbox.screens.conversation.data import ConversationDetails
    from cminbox.store.replies import Reply


class ComposeScreen(BaseScreen):
    """Writes the reply to a conversation.

    Args:
        draft: what `reply_draft.begin` found out.
        details: the conversation as it stands when the composer opens.
        template: a template's name, or its number among the fittest, to begin with.
        notice: what to say when it opens.
        done: told the reply once it is on its way.
    """

    CONTEXT: ClassVar[str] = "compose"
    CSS_PATH = "screen.tcss"

    def __init__(
        self,
        services: Services,
        draft: ReplyDraft,
        details: ConversationDetails,
        *,
        template: str = "",
        notice: str = "",
        done: Callable[[Reply], None] | None = None,
    ) -> None:
        super().__init__(services)
        self.draft, self.details = draft, details
        self.pane = ConversationPane(crumb="‹ reply   ", footed=False)
        self.recipient_line = Static("", id="compose-to", markup=False)
        self.area = ReplyArea(id="compose-text")
        self.counter = CounterLine(id="compose-counter")
        self._templates = TemplateInserter(draft, self.area)
        self._saver = DraftSaver(self.set_timer, self.in_worker, self._store_draft)
        self.command_parts = (QuickTemplates(self._insert_template),)
        self._begin_with, self._notice, self._done = template, notice, done
        self._newest_seen = details.newest
        self._sending = False
        self.sent = False
        """Whether the reply is on its way."""

    def compose_body(self) -> ComposeResult:
        """The conversation, whom the reply reaches, the text, its length."""
        yield self.pane
        yield self.recipient_line
        yield self.area
        yield self.counter

    def on_mount(self) -> None:
        """Bring back the draft, tell the others that we are replying, and write."""
        super().on_mount()
        self.pane.fit_to(self.app.size.width)
        self._refresh_conversation()
        if (stored := self.details.my_draft) is not None:
            self.area.load(stored.text, touched=True)
            self._saver.assume_stored(self.area.text)
            self._templates.restore(stored.template, stored.lang)
        if self._begin_with:
            self._insert_template(self._begin_with)
        self.area.focus()
        self._tell_replying()
        self._draw()
        if self._notice:
            self.say(self._notice)

    def _tell_replying(self) -> None:
        self.in_worker(self.call(self.services.desk.presence.replying, self.details.row.id))

    def minute_passed(self) -> None:
        """We are still replying; times have grown older."""
        self._tell_replying()
        self._refresh_conversation()

    def store_changed(self) -> None:
        """Somebody may have answered meanwhile."""
        self._refresh_conversation()
        self._draw()

    def _refresh_conversation(self) -> None:
        details = self.services.details_of(self.details.row.id, drafts=False)
        if details is not None:
            self.details = details
            self.pane.show(details)

    def on_resize(self, event: events.Resize) -> None:
        """A wide terminal keeps why and contact beside the thread."""
        self.pane.fit_to(event.size.width)
        self._draw()

    # what stands around the text

    def warnings(self) -> tuple[str, ...]:
        """What stands against sending, in words."""
        since = self.details.newest > self._newest_seen
        return checks.warnings(self.draft, self.area.text, self._templates.lang, written_since=since)

    def _draw(self) -> None:
        width = max(self.app.size.width - 2, 20)
        left = literal(self.draft.recipient(), "bold")
        room = width - left.cell_length - 4
        name = f"{self._templates.name} ▾" if self._templates.name else ""
        quick = ""
        if not (self.area.text or self.area.touched):
            quick = quick_words(self.draft.quick, room - len(name)) or "no template fits"
        right = Content.assemble(literal(name, ACCENT), Content.styled(quick, MUTED))
        self.recipient_line.update(spread(left, right, width), layout=False)
        kept = "draft kept" if self.area.text and self._saver.all_stored else ""
        limit = self.draft.counting.limit or 0
        self.counter.show(self.draft.count(self.area.text), limit, self.warnings(), kept)

    def footer(self) -> Iterable[tuple[str, str]]:
        """The keys that matter while writing; letters are text here."""
        keys = self.services.keys_for
        yield keys("reply.send", "compose"), f"send ({self.services.config.undo_ms // SECOND} s to undo)"
        yield keys("reply.keep", "compose"), "keep draft"
        yield keys("reply.template", "compose"), "templates"
        yield f"{keys('reply.quick_1', 'compose')}…9", "quick ones"
        yield keys("app.palette", "compose"), "commands"

    # the draft

    @on(TextArea.Changed)
    def _text_changed(self) -> None:
        self._saver.changed(self.area.text)
        self._draw()

    async def _store_draft(self, text: str) -> None:
        number, template, lang = self.details.row.id, self._templates.name, self._templates.lang
        await self.call(self.services.desk.outbox.draft, number, text, template=template, lang=lang)

    async def on_unmount(self) -> None:
        """However this ends, what was written is kept."""
        if not self._sending:
            await self._saver.save()

    # templates

    def _insert_template(self, name: str) -> None:
        if self._templates.insert(name):
            self._draw()
        else:
            self.say(f"there is no template {name} for this conversation", error=True)

    @on(ReplyArea.QuickAsked)
    def _quick_asked(self, message: ReplyArea.QuickAsked) -> None:
        self._insert_template(str(message.number))

    async def do_reply_template(self, name: str = "") -> None:
        """Choose a template."""
        chosen = name or await self.ask(TemplatePicker(self.services, self.details.row.id))
        if chosen:
            self._insert_template(chosen)
        self.area.focus()

    # ending

    async def do_reply_keep(self) -> None:
        """Keep the draft and go back."""
        await self._saver.save(self.area.text)
        self.dismiss()

    def do_app_back(self) -> None:
        """Going back keeps the draft."""
        self.in_worker(self.do_reply_keep())

    async def do_reply_discard(self) -> None:
        """Throw the draft away and go back."""
        self.area.load("", touched=True)
        await self.do_reply_keep()

    async def do_reply_send(self) -> None:
        """Send it: held for the countdown, then once. What is missing, too long or already answered stops it."""
        if self._sending:
            return
        text = self.area.text
        checks.check(self.draft, text)
        self._sending = True
        desk, number, seen = self.services.desk, self.details.row.id, self._newest_seen
        template, lang = self._templates.name, self._templates.lang
        try:
            reply = await self.services.desk_threads.run(
                lambda: desk.outbox.send(number, text, lang=lang, template=template, seen=seen)
            )
            self._draw()
        except CminboxError as error:
            self._sending = False
            await self._saver.save(text)
            # They saw it now: the next time it is theirs to decide.
            self._refresh_conversation()
            self._newest_seen = self.details.newest
            self._draw()
            self.say(error.line(), error=True, keep=True)
            return
        self._saver.assume_stored(text)
        self.sent = True
        self.dismiss()
        if self._done is not None:
            self._done(reply)

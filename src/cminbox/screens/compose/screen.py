"""The composer: a reply is written below its conversation, kept as a draft while it is typed, and sent with a key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static, TextArea

from cminbox.desk.reply_draft import missing
from cminbox.errors import ActionError, CminboxError
from cminbox.model import SECOND
from cminbox.screens.base import BaseScreen
from cminbox.screens.compose.quick_templates import QuickTemplates, quick_words
from cminbox.screens.conversation.pane import ConversationPane
from cminbox.text import clean
from cminbox.widgets.composer import ReplyArea
from cminbox.widgets.counter import CounterLine
from cminbox.widgets.message_view import ACCENT, MUTED, literal, spread

if TYPE_CHECKING:
    from textual import events

    from cminbox.desk.reply_draft import ReplyDraft
    from cminbox.replies import Template
    from cminbox.screens.conversation.data import ConversationDetails
    from cminbox.store.replies import Reply

SAVE_SECONDS = 0.4
"""How long after the last key the draft is stored."""


class ComposeScreen(BaseScreen):
    """Writes the reply to a conversation.

    Args:
        writing: what `writing.begin` found out.
        details: the conversation as it stands when the composer opens.
        template: a template's name, or its number among the fittest.
        notice: what to say when it opens.
        done: told the reply once it is on its way.
    """

    CONTEXT: ClassVar[str] = "compose"
    CSS_PATH = "screen.tcss"

    def __init__(
        self,
        writing: ReplyDraft,
        details: ConversationDetails,
        *,
        template: str = "",
        notice: str = "",
        done: Callable[[Reply], None] | None = None,
    ) -> None:
        super().__init__()
        self.command_parts = (QuickTemplates(self._use_named),)
        self.writing = writing
        self.details = details
        self._wanted, self._notice = template, notice
        self._done = done
        self._template = ""
        self._lang = writing.lang
        self._inserted = ""
        self._seen = self.details.newest
        self._saved = ""
        self._text = ""
        self._timer: Timer | None = None
        self._busy = False
        self.sent = False
        """Whether the reply is on its way."""

    def compose_body(self) -> ComposeResult:
        """The conversation, whom the reply reaches, the text, its length."""
        yield ConversationPane(crumb="‹ reply   ", footed=False)
        yield Static("", id="compose-to", markup=False)
        yield ReplyArea(id="compose-text")
        yield CounterLine(id="compose-counter")

    @property
    def area(self) -> ReplyArea:
        """The text."""
        return self.query_one(ReplyArea)

    @property
    def counter(self) -> CounterLine:
        """The line below it."""
        return self.query_one(CounterLine)

    def on_mount(self) -> None:
        """Bring back the draft, tell the others that we are replying, and write."""
        super().on_mount()
        self.query_one(ConversationPane).fit_to(self.app.size.width)
        self._refresh_conversation()
        draft = self.details.my_draft
        if draft is not None:
            self.area.load(draft.text, touched=True)
            self._saved = self._text = self.area.text
            self._template = draft.template
            self._lang = draft.lang or self._lang
        if self._wanted:
            self._use_named(self._wanted)
        self.area.focus()
        self._tell_presence()
        self._draw()
        if self._notice:
            self.say(self._notice)

    def _tell_presence(self) -> None:
        self.in_worker(self.call(self.app.desk.replying, self.details.row.id))

    def minute_passed(self) -> None:
        """We are still replying; times have grown older."""
        self._tell_presence()
        self._refresh_conversation()

    def store_changed(self) -> None:
        """Somebody may have answered meanwhile."""
        self._refresh_conversation()
        self._draw()

    def _refresh_conversation(self) -> None:
        details = self.app.details_of(self.details.row.id, drafts=False)
        if details is not None:
            self.details = details
            self.query_one(ConversationPane).show(details)

    def on_resize(self, event: events.Resize) -> None:
        """A wide terminal keeps why and contact beside the thread."""
        self.query_one(ConversationPane).fit_to(event.size.width)
        self._draw()

    # what stands around the text

    def warnings(self) -> tuple[str, ...]:
        """What stands against sending, in words."""
        found = [f"{name} is empty" for name in missing(self.area.text)]
        if self.details.newest > self._seen:
            found.insert(0, "they wrote again, or somebody answered")
        if self._lang and self.writing.lang and self._lang != self.writing.lang:
            found.append(f"the text is {self._lang}, they write {self.writing.lang}")
        return tuple(found)

    def _draw(self) -> None:
        width = max(self.app.size.width - 2, 20)
        left = literal(self.writing.recipient(), "bold")
        room = width - left.cell_length - 4
        name = f"{self._template} ▾" if self._template else ""
        quick = ""
        if not (self.area.text or self.area.touched):
            quick = quick_words(self.writing.quick, room - len(name)) or "no template fits"
        right = Content.assemble(literal(name, ACCENT), Content.styled(quick, MUTED))
        self.query_one("#compose-to", Static).update(spread(left, right, width), layout=False)
        limit = self.writing.counting.limit or 0
        self.counter.show(self.writing.count(self.area.text), limit, self.warnings(), self._kept())

    def _kept(self) -> str:
        """Says that nothing written would be lost."""
        return "draft kept" if self._saved and self._saved == self._text else ""

    def footer(self) -> Iterable[tuple[str, str]]:
        """The keys that matter while writing; letters are text here."""
        keys = self.app.keys_for
        yield keys("reply.send", "compose"), f"send ({self.app.config.undo_ms // SECOND} s to undo)"
        yield keys("reply.keep", "compose"), "keep draft"
        yield keys("reply.template", "compose"), "templates"
        yield f"{keys('reply.quick_1', 'compose')}…9", "quick ones"
        yield keys("app.palette", "compose"), "commands"

    @on(TextArea.Changed)
    def _typed(self) -> None:
        self._text = self.area.text
        self._draw()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(SAVE_SECONDS, self._save_soon)

    def _save_soon(self) -> None:
        self.in_worker(self.save())

    async def save(self) -> None:
        """Store the draft as it stands, if it changed."""
        text = self.area.text
        if text != self._saved:
            self._saved = text
            await self.call(self.app.desk.draft, self.details.row.id, text, template=self._template, lang=self._lang)

    async def on_unmount(self) -> None:
        """However this ends, what was written is kept."""
        if not self._busy and self._text != self._saved:
            text, self._saved = self._text, self._text
            desk, number, template, lang = self.app.desk, self.details.row.id, self._template, self._lang
            await self.app.on_desk_thread(lambda: desk.draft(number, text, template=template, lang=lang))

    # templates

    def use(self, template: Template) -> None:
        """Put a template, filled in, into the text: in place of an untouched one, else where the cursor is."""
        text, lang = self.writing.filled(template)
        text = clean(text)
        if not self.area.text.strip() or self.area.text == self._inserted:
            self.area.load(text, touched=True)
        else:
            self.area.insert(text)
        self._template, self._lang, self._inserted = template.name, lang, text
        self._draw()

    def _use_named(self, name: str) -> None:
        template = self.writing.template(name)
        if template is None:
            self.say(f"there is no template {name} for this conversation", error=True)
        else:
            self.use(template)

    @on(ReplyArea.QuickAsked)
    def _quick_asked(self, message: ReplyArea.QuickAsked) -> None:
        self._use_named(str(message.number))

    async def do_reply_template(self, name: str = "") -> None:
        """Choose a template."""
        from cminbox.screens.pickers.pickers import TemplatePicker

        chosen: str | None = name
        if not chosen:
            chosen = await self.ask(TemplatePicker(self.details.row.id))
        if chosen:
            self._use_named(chosen)
        self.area.focus()

    # ending

    async def do_reply_keep(self) -> None:
        """Keep the draft and go back."""
        await self.save()
        self.dismiss()

    def do_app_back(self) -> None:
        """Going back keeps the draft."""
        self.in_worker(self.do_reply_keep())

    async def do_reply_discard(self) -> None:
        """Throw the draft away and go back."""
        self.area.load("", touched=True)
        await self.save()
        self.dismiss()

    async def do_reply_send(self) -> None:
        """Send it: held for the countdown, then once. What is missing, too long or already answered stops it."""
        if self._busy:
            return
        text = self.area.text
        self._check(text)
        self._busy = True
        desk, number, seen = self.app.desk, self.details.row.id, self._seen
        try:
            reply = await self.app.on_desk_thread(
                lambda: desk.send(number, text, lang=self._lang, template=self._template, seen=seen)
            )
            self._draw()
        except CminboxError as error:
            self._busy = False
            await self.save()
            # They saw it now: the next time it is theirs to decide.
            self._refresh_conversation()
            self._seen = self.details.newest
            self._draw()
            self.say(error.line(), error=True, keep=True)
            return
        self._saved, self.sent = text, True
        self.dismiss()
        if self._done is not None:
            self._done(reply)

    def _check(self, text: str) -> None:
        if not text.strip():
            raise ActionError("nothing is written yet", "write, or take a template with a digit")
        names = missing(text)
        if names:
            raise ActionError(f"not sent: {', '.join(names)} is empty", "fill it in, or take it out")
        left = self.writing.left(text)
        if left is not None and left < 0:
            raise ActionError(f"not sent: {-left} too long for {self.details.row.network}", "shorten it")

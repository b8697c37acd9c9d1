"""One conversation: what was said, why it is here, what was done, and every action on it by a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult

from cminbox.errors import ActionError, CminboxError
from cminbox.screens.base import BaseScreen
from cminbox.screens.compose.quick_templates import QuickTemplates
from cminbox.screens.conversation.pane import ConversationPane
from cminbox.screens.open_link import follow
from cminbox.widgets.status import KeysLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.timer import Timer

    from cminbox.screens.conversation.data import ConversationDetails
    from cminbox.screens.services import Host
    from cminbox.store.replies import Reply

NAME = "conversation"
THERE_SECONDS = 0.3
"""How long a conversation is in front before others are told that we look at it."""


class ConversationScreen(BaseScreen):
    """A conversation. It stays when it is left, and shows the next one that is opened."""

    CONTEXT: ClassVar[str] = "conversation"

    def __init__(self) -> None:
        super().__init__()
        self.command_parts = (QuickTemplates(self.write),)
        self.pane = ConversationPane(crumb="‹ queue   ")
        self.conversation_id = 0
        self._compose_at_once: tuple[str, bool] | None = None
        self._walk: Callable[[int], int | None] | None = None
        self._held: int | None = None
        self._shown = False
        self._presence: Timer | None = None

    @classmethod
    def ready(cls, host: Host) -> ConversationScreen:
        """The one screen for conversations; another one where it is open already."""
        if not host.is_screen_installed(NAME):
            host.install_screen(cls(), NAME)
        kept = host.get_screen(NAME)
        return kept if isinstance(kept, cls) and kept not in host.screen_stack else cls()

    def begin(
        self,
        conversation_id: int,
        *,
        reply: bool = False,
        template: str = "",
        then_next: bool = False,
        walk: Callable[[int], int | None] | None = None,
    ) -> None:
        """Say what to show when it comes to the front.

        Args:
            conversation_id: which.
            reply: open the composer at once.
            template: a template's name to put into it.
            then_next: after sending, go to the next conversation.
            walk: moves the cursor of the list below by so many lines and gives the conversation there; None at its
                end.
        """
        self.conversation_id = conversation_id
        self._compose_at_once = (template, then_next) if reply or template else None
        self._walk, self._held = walk, None
        self._pressed, self._digits = [], ""
        if self.is_mounted:
            self.query_one(KeysLine).clear()
            details = self.app.details_of(conversation_id)
            self.pane.open(details, self.app.size.width)
            if details is None:
                self._say_gone()
            self._shown = True

    def compose_body(self) -> ComposeResult:
        """The conversation."""
        yield self.pane

    def on_mount(self) -> None:
        """Let the countdown run."""
        super().on_mount()
        self._css_update_count = self.app._css_update_count
        self.set_interval(1.0, self._tick)
        if self in self.app.screen_stack:
            self._arrive()

    def on_resize(self, event: events.Resize) -> None:
        """A wide terminal has the side beside the thread."""
        self.pane.fit_to(event.size.width)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """It is opened, or something above it was closed: what was written may be on its way."""
        # While it was away, only another theme can have changed its styles.
        event.refresh_styles = self._css_update_count != self.app._css_update_count
        self._css_update_count = self.app._css_update_count
        if self.standing:
            self._arrive()

    def on_screen_suspend(self) -> None:
        """What was begun here ends with it, as if it had gone."""
        if self not in self.app.screen_stack:
            self.workers.cancel_node(self)

    def _arrive(self) -> None:
        if not self._shown:
            self.pane.fit_to(self.app.size.width)
            self.refresh_view()
        self._shown = False
        self._tell_presence()
        if self._compose_at_once is not None:
            (template, then_next), self._compose_at_once = self._compose_at_once, None
            try:
                self.write(template, then_next=then_next)
            except CminboxError as error:
                self.say_error(error)

    def show_conversation(self, conversation_id: int) -> None:
        """Show this conversation from now on."""
        self.conversation_id = conversation_id
        self.refresh_view()
        self._tell_presence()

    def _tell_presence(self) -> None:
        # Who only passes by is not there, and a key that follows at once is not kept waiting.
        if self._presence is not None:
            self._presence.stop()
        self._presence = self.set_timer(THERE_SECONDS, self._tell)

    def _tell(self) -> None:
        if self.app.screen is self:
            self.in_worker(self.call(self.app.desk.viewing, self.conversation_id))

    def refresh_view(self) -> None:
        """Read it again."""
        self._show(self.app.details_of(self.conversation_id))

    def _show(self, details: ConversationDetails | None) -> None:
        if details is None:
            self._say_gone()
        else:
            self.pane.show(details)

    def _say_gone(self) -> None:
        self.say("this conversation is gone from the store: q goes back", error=True, keep=True)

    def _tick(self) -> None:
        """While a reply is held its countdown runs."""
        if self.standing and self.app.screen is self and self._my_held is not None:
            self.refresh_view()

    def store_changed(self) -> None:
        """Somebody wrote, or the engine did something."""
        self.refresh_view()

    def minute_passed(self) -> None:
        """Relative times, and our presence, are renewed."""
        self.refresh_view()
        self._tell()

    def targets(self) -> tuple[int, ...]:
        """The conversation shown."""
        return (self.conversation_id,)

    def after_action(self, outcome: Any) -> None:
        """Show what has changed."""
        self.refresh_view()

    # moving

    def do_move_down(self) -> None:
        """A line down."""
        self.pane.move(self.count)

    def do_move_up(self) -> None:
        """A line up."""
        self.pane.move(-self.count)

    def do_move_half_down(self) -> None:
        """Half a page down."""
        self.pane.move(max(1, self.pane.page // 2))

    def do_move_half_up(self) -> None:
        """Half a page up."""
        self.pane.move(-max(1, self.pane.page // 2))

    def do_move_page_down(self) -> None:
        """A page down."""
        self.pane.move(max(1, self.pane.page - 1))

    def do_move_page_up(self) -> None:
        """A page up."""
        self.pane.move(-max(1, self.pane.page - 1))

    def do_move_top(self) -> None:
        """The oldest message."""
        self.pane.home()

    def do_move_bottom(self) -> None:
        """The newest message."""
        self.pane.end()

    def do_move_next(self) -> None:
        """The next conversation of the queue."""
        self._go(1)

    def do_move_previous(self) -> None:
        """The conversation before."""
        self._go(-1)

    def _go(self, step: int) -> bool:
        if self._walk is None:
            self.say("there is no list here to go along; q goes back")
            return False
        found = self._walk(step)
        if found is None:
            self.say("that was the last one of this view" if step > 0 else "this is the first one of this view")
            return False
        self.show_conversation(found)
        return True

    # looking

    def do_view_refresh(self) -> None:
        """Read it again."""
        self.refresh_view()

    def do_look_why(self) -> None:
        """Why, contact and last events beside the thread, or not."""
        self.pane.toggle_side()

    def do_conversation_open_url(self) -> None:
        """Show where it is on the network, and open it where there is a browser."""
        follow(self, self.pane.details.url if self.pane.details else "")

    # answering

    def write(self, template: str = "", *, then_next: bool = False, notice: str = "") -> None:
        """Open the composer, with a template in it where one is named (or its number, from 1); it says `notice`."""
        from cminbox.desk.reply_draft import begin
        from cminbox.screens.compose.screen import ComposeScreen

        details = self.pane.details
        if details is None:
            return
        writing = begin(self.app.store.read(), details.row.id, self.app.config, self.app.member)
        self.app.push_screen(
            ComposeScreen(
                writing,
                details,
                template=template,
                notice=notice,
                done=lambda reply: self._written(reply, then_next),
            )
        )

    def _written(self, reply: Reply, then_next: bool) -> None:
        """The composer closed with a reply on its way."""
        self._held = reply.id
        self.refresh_view()
        seconds = max(0, ((reply.held_until or 0) - self.app.clock()) // 1000)
        words = f"reply goes out in {seconds} s" if reply.status == "held" else f"reply {reply.status}"
        if then_next:
            if self._answer_next(words):
                return
            words += "; nobody else waits in this view"
        self.say(words, undo=reply.status == "held")

    def _answer_next(self, words: str) -> bool:
        """Go on to the next conversation that can be answered, and open its composer; False where there is none."""
        back = self.app.keys_for("reply.keep", "compose")
        undo = self.app.keys_for("act.undo", "conversation")
        while self._go(1):
            row = self.pane.details.row if self.pane.details else None
            if row is None or row.waiting_since is None:
                continue
            try:
                self.write(then_next=True, notice=f"{words}; {back} {undo} takes it back")
            except ActionError:
                continue
            return True
        return False

    def do_reply_write(self, template: str = "") -> None:
        """Write a reply."""
        self.write(template)

    def do_reply_write_next(self) -> None:
        """Write a reply, then go to the next conversation."""
        self.write(then_next=True)

    async def do_reply_template(self, template: str = "") -> None:
        """Answer from a template."""
        from cminbox.screens.pickers.pickers import TemplatePicker

        chosen: str | None = template
        if not chosen:
            chosen = await self.ask(TemplatePicker(self.conversation_id))
        if chosen:
            self.write(chosen)

    @property
    def _my_held(self) -> Reply | None:
        return self.pane.details.my_held if self.pane.details else None

    async def do_reply_cancel(self) -> None:
        """Take back the reply that is still held; it is a draft again."""
        held = self._my_held
        if held is None:
            raise ActionError("no reply of yours is held here", "what was sent cannot be taken back")
        await self._cancel(held.id)

    async def _cancel(self, reply_id: int) -> None:
        reply = await self.call(self.app.desk.cancel, reply_id)
        if reply is None:
            return
        self._held = None
        if reply.conversation_id != self.conversation_id:
            self.show_conversation(reply.conversation_id)
        else:
            self.refresh_view()
        self.say("taken back: it is a draft again, r goes on with it")

    async def do_act_undo(self) -> None:
        """Take back the reply that is held, here or just sent from here; else undo the last action."""
        from cminbox.store import replies

        held = self._my_held
        reply_id = held.id if held else self._held
        if reply_id is not None:
            reply = replies.get(self.app.store.read(), reply_id)
            if reply is not None and reply.status == "held":
                await self._cancel(reply_id)
                return
        await super().do_act_undo()

    async def do_reply_retry(self) -> None:
        """Try the failed reply again."""
        failed = self.pane.details.failed if self.pane.details else None
        if failed is None:
            raise ActionError("no failed reply here")
        await self.call(self.app.desk.retry, failed.id)
        self.refresh_view()

    async def do_reply_discard(self) -> None:
        """Throw the draft away."""
        await self.call(self.app.desk.draft, self.conversation_id, "")
        self.refresh_view()
        self.say("draft thrown away")

"""One conversation: what was said, why it is here, what was done, and every action on it by a key."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult

from cminbox.screens.compose.templates import QuickTemplates
from cminbox.screens.conversation.data import addresses_of
from cminbox.screens.conversation.pane import ConversationPane
from cminbox.screens.conversation.replying import ReplyCommands
from cminbox.screens.conversation.shown import ListStep, ShownConversation
from cminbox.screens.kept import KeptScreen
from cminbox.screens.list_movement import ListMovement, PageMovement
from cminbox.screens.open_link import open_one_of
from cminbox.screens.other_talks import OtherTalks
from cminbox.screens.services import Services
from cminbox.screens.unsent_commands import UnsentCommands
from cminbox.widgets.thread_view import ThreadView

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.timer import Timer

THERE_SECONDS = 0.3
"""How long a conversation is in front before others are told that we look at it."""


class ConversationScreen(KeptScreen):
    """A conversation. It stays when it is left, and shows the next one that is opened."""

    CONTEXT: ClassVar[str] = "conversation"

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.pane = ConversationPane(
            crumb="‹ queue   ", talks_key=services.keys_for("conversation.others", self.CONTEXT)
        )
        self.shown = ShownConversation(
            self.pane,
            self.services.details_of,
            gone=self._say_gone,
            moved=self._tell_viewing_soon,
            say=self.say,
            choosing=True,
        )
        self.desk_actions.choose_by(lambda: self.shown.chosen, lambda: self.shown.chosen_by_hand)
        self._replies = ReplyCommands(self, self.shown)
        self.command_parts = (
            ListMovement(self.key_reader, self.pane.move),
            PageMovement(self.pane.move, self.pane.page_sizes),
            self.shown,
            self._replies,
            UnsentCommands(self, lambda: self.shown.id, lambda number: self.shown.refresh()),
            QuickTemplates(self._replies.begin),
            OtherTalks(
                services,
                lambda: self.shown.details.row if self.shown.details else None,
                self.ask,
                self.say,
                self.app.push_screen,
            ),
        )
        self._write_on_arrival: tuple[str, bool, str] | None = None
        self._viewing_timer: Timer | None = None
        self._fresh = False
        """Whether what is shown was read for this coming to the front."""

    def begin(
        self,
        conversation_id: int,
        *,
        reply: bool = False,
        template: str = "",
        then_next: bool = False,
        walk: ListStep | None = None,
        notice: str = "",
    ) -> None:
        """Say what to show when it comes to the front.

        Args:
            conversation_id: which.
            reply: open the composer at once.
            template: a template's name to put into it.
            then_next: after sending, go to the next conversation.
            walk: moves the cursor of the list below by so many lines and gives the conversation there; None at its
                end.
            notice: what the composer says when it opens.
        """
        self.shown.id = conversation_id
        self._write_on_arrival = (template, then_next, notice) if reply or template else None
        self.shown.step = walk
        self._replies.forget_sent()
        self.key_reader.clear()
        if self.is_mounted:
            # At once, not when it comes to the front: its first picture is the right one.
            self.last_line.clear()
            self.shown.open(self.app.size.width)
            self._fresh = True

    def compose_body(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        self.set_interval(1.0, self._count_down)
        if self in self.app.screen_stack:
            self._arrive()

    def on_resize(self, event: events.Resize) -> None:
        self.pane.fit_to(event.size.width)

    def arrived(self) -> None:
        """It is opened, or something above it was closed: what was written may be on its way."""
        if self.is_open:
            self._arrive()

    def reopener(self) -> Callable[[], None] | None:
        """What shows it again where it was, should an Esc that is none go back from it."""
        return self._come_back if self.app.is_screen_installed(self) else None

    def _come_back(self) -> None:
        if self not in self.app.screen_stack:
            self.app.push_screen(self)

    def _arrive(self) -> None:
        if not self._fresh:
            self.pane.fit_to(self.app.size.width)
            self.shown.refresh()
        self._fresh = False
        self._tell_viewing_soon()
        if self._write_on_arrival is not None:
            (template, then_next, notice), self._write_on_arrival = self._write_on_arrival, None
            self._replies.begin(template, then_next=then_next, notice=notice)

    def _tell_viewing_soon(self) -> None:
        # Who only passes by is not there, and a key that follows at once is not kept waiting.
        if self._viewing_timer is not None:
            self._viewing_timer.stop()
        self._viewing_timer = self.set_timer(THERE_SECONDS, partial(self._tell_viewing, opened=True))

    def _tell_viewing(self, *, opened: bool = False) -> None:
        if self.is_open and self.app.screen is self:
            presence = self.services.desk.presence
            self.in_worker(self.call(presence.opened if opened else presence.viewing, self.shown.id))
            details = self.shown.details
            if details is not None and details.my_draft is not None and details.my_draft.rejected:
                self.in_worker(self.call(self.services.desk.outbox.saw_rejection, self.shown.id))

    def _say_gone(self) -> None:
        self.say("this conversation is gone from the store: q goes back", error=True, keep=True)

    def _count_down(self) -> None:
        """While a reply is held its countdown runs."""
        if self.is_open and self.app.screen is self and self._replies.held is not None:
            self.shown.refresh()

    @on(ThreadView.StartReached)
    def _start_reached(self, event: ThreadView.StartReached) -> None:
        self.shown.show_earlier(event.everything)

    def do_conversation_open_url(self) -> None:
        """Show where the message at the bar, an attachment or their post is, and open it where there is a browser."""
        details, chosen = self.shown.details, self.shown.chosen
        own = addresses_of([chosen]) if chosen is not None and self.shown.chosen_by_hand else ()
        addresses = own or (details.addresses if details else ())
        open_one_of(self, addresses, details.row.source if details else "")

    def do_conversation_picture(self) -> None:
        """Show what is attached to the message at the bar; else what is attached to the newest message that has any."""
        from cminbox.screens.picture.screen import show_attachments

        details, chosen = self.shown.details, self.shown.chosen
        thread = reversed(details.thread) if details else ()
        own = chosen if chosen is not None and (self.shown.chosen_by_hand or chosen.attachments) else None
        message = own or next((message for message in thread if message.attachments), None)
        if message is None or not message.attachments:
            self.say("nothing is attached to this message" if own else "nothing is attached here")
            return
        show_attachments(self, message, details.row.network if details else "")

    def store_changed(self) -> None:
        self.shown.refresh()

    def minute_passed(self) -> None:
        self.shown.refresh()
        self._tell_viewing()

    def targets(self) -> tuple[int, ...]:
        return (self.shown.id,)

    def after_action(self, outcome: Any) -> None:
        self.shown.refresh()

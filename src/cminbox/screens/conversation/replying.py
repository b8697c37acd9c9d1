"""Answering the conversation in front: writing, and undoing what was just sent."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from cminbox.errors import ActionError, CminboxError
from cminbox.model import Reply
from cminbox.screens.base import BaseScreen
from cminbox.screens.conversation.shown import ShownConversation
from cminbox.store import replies

if TYPE_CHECKING:
    from cminbox.desk.reply_draft import ReplyDraft
    from cminbox.screens.compose.written import AsWritten


class ReplyCommands:
    """The commands about replies to a conversation.

    Args:
        screen: where it is shown; asks, says, and runs what the desk does.
        shown: which conversation is in front, and which comes next.
    """

    def __init__(self, screen: BaseScreen, shown: ShownConversation) -> None:
        self._screen, self._shown = screen, shown
        self._sent_here: int | None = None
        """The reply that was sent from here last, whatever is in front since; undo takes it back."""

    def forget_sent(self) -> None:
        """The screen is opened anew: undo is no longer about what was sent before."""
        self._sent_here = None

    @property
    def held(self) -> Reply | None:
        """The member's reply that can still be taken back."""
        return self._shown.details.my_held if self._shown.details else None

    def write(
        self, template: str = "", *, then_next: bool = False, notice: str = "", written: AsWritten | None = None
    ) -> None:
        """Open the composer, with a template (its name, or its digit) in it and a notice below.

        Args:
            then_next: go on to the next conversation once it is sent.
            written: what an earlier one had in it.

        Raises:
            ActionError: nobody can be answered there, or this member only looks on.
            Replaced: the store is not there any more.
        """
        from cminbox.desk.reply_draft import begin
        from cminbox.screens.compose.screen import ComposeScreen

        services, details = self._screen.services, self._shown.details
        services.check_may_write()
        if details is None:
            raise ActionError("this conversation is gone from the store: nobody can be answered here")
        draft = self._draft_of_chosen(partial(begin, clock=services.clock))
        sent = partial(self._sent, then_next=then_next)
        composer = ComposeScreen.shared(self._screen.app, services)
        composer.begin(
            draft,
            details.newest,
            template=template,
            notice=notice,
            done=sent,
            again=partial(self._write_again, then_next=then_next),
            written=written,
        )
        self._screen.app.push_screen(composer)

    def _write_again(self, written: AsWritten, then_next: bool) -> None:
        """What was closed by an Esc that was none goes on; where it cannot, what is typed for it runs nothing."""
        try:
            self.write(then_next=then_next, written=written)
        except CminboxError as error:
            self._screen.last_line.refuse(error)

    def _draft_of_chosen(self, begin: Callable[..., ReplyDraft]) -> ReplyDraft:
        """The reply to the message under the cursor: one that the person chose, else that of their draft, else the
        newest of theirs that can be answered.

        Raises:
            ActionError: it cannot be answered.
        """
        services, shown, details = self._screen.services, self._shown, self._shown.details
        conn, number = services.store.read(), shown.id
        kept = details.my_draft.message_id if details is not None and details.my_draft is not None else None
        chosen = shown.chosen.id if shown.chosen is not None else None
        if shown.chosen_by_hand and chosen is not None:
            return begin(conn, number, services.config, services.member, chosen)
        for wanted in (kept, chosen):
            if wanted is not None:
                with suppress(ActionError):
                    return begin(conn, number, services.config, services.member, wanted)
        return begin(conn, number, services.config, services.member)

    def _sent(self, reply: Reply, then_next: bool) -> None:
        """The composer closed with a reply on its way."""
        self._sent_here = reply.id
        self._screen.services.taught = None
        self._shown.refresh()
        seconds = max(0, ((reply.held_until or 0) - self._screen.services.clock()) // 1000)
        words = f"reply goes out in {seconds} s" if reply.status == "held" else f"reply {reply.status}"
        if then_next:
            if self._answer_next(words):
                return
            # The next text may be typed already.
            undo = self._undo_behind_esc if reply.status == "held" else ""
            nobody = CminboxError(f"{words}; nobody else waits in this view", undo)
            self._screen.last_line.refuse(nobody)
            return
        self._screen.say(words, undo=reply.status == "held")

    @property
    def _undo_behind_esc(self) -> str:
        back = self._screen.services.keys_for("reply.keep", "compose")
        undo = self._screen.services.keys_for("act.undo", "conversation")
        return f"{back} {undo} takes it back"

    def _answer_next(self, words: str) -> bool:
        """Go on to the next conversation that can be answered, and open its composer; False where there is none."""
        while self._shown.go(1):
            if self._shown.details is None or self._shown.details.row.waiting_since is None:
                continue
            try:
                self.write(then_next=True, notice=f"{words}; {self._undo_behind_esc}")
            except ActionError:
                continue
            return True
        return False

    def begin(self, template: str = "", *, then_next: bool = False, notice: str = "") -> None:
        """Open the composer, or say why it cannot be; what is typed for it runs nothing then. As `write`."""
        try:
            self.write(template, then_next=then_next, notice=notice)
        except CminboxError as error:
            self._screen.last_line.refuse(error)

    def do_reply_write(self, template: str = "") -> None:
        """Open the composer for this conversation."""
        self.begin(template)

    def do_reply_write_next(self) -> None:
        """Write a reply, then go to the next conversation."""
        self.begin(then_next=True)

    async def do_reply_template(self, template: str = "") -> None:
        """Open the composer with a template in it; the person chooses where none is named."""
        from cminbox.screens.pickers.template import TemplatePicker

        chosen = template or await self._screen.ask(TemplatePicker(self._screen.services, self._shown.id))
        if chosen:
            self.begin(chosen)

    async def _cancel(self, reply_id: int) -> None:
        reply = await self._screen.call(self._screen.services.desk.outbox.cancel, reply_id)
        if reply is not None:
            self._sent_here = None
            self._shown.show(reply.conversation_id)
            self._screen.say("taken back: it is a draft again, r goes on with it")

    async def do_act_undo(self) -> None:
        """Take back the reply that is held, here or just sent from here; else undo the last action, or entry."""
        held = self.held
        reply_id = held.id if held else self._sent_here
        if reply_id is not None and self._screen.services.taught is None:
            reply = replies.get(self._screen.services.store.read(), reply_id)
            if reply is not None and reply.status == "held":
                await self._cancel(reply_id)
                return
        await self._screen.desk_actions.do_act_undo()

    async def do_reply_discard(self) -> None:
        """Throw the member's draft of this conversation away."""
        await self._screen.call(self._screen.services.desk.outbox.draft, self._shown.id, "")
        self._shown.refresh()
        self._screen.say("draft thrown away")

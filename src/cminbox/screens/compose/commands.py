"""How writing a reply goes on and ends: a template, sent, kept as a draft, thrown away."""

from __future__ import annotations

from collections.abc import Callable

from cminbox.desk.following import read_back
from cminbox.desk.promising import read_promise
from cminbox.errors import CminboxError
from cminbox.model import DAY, WEEK, Reply
from cminbox.screens.base import BaseScreen
from cminbox.screens.compose.written import WrittenReply
from cminbox.screens.conversation.shown import ShownConversation
from cminbox.screens.pickers.promise import PromisePicker
from cminbox.screens.pickers.template import TemplatePicker

BACK_STEPS = (2 * DAY, 4 * DAY, WEEK)
"""How long an answer is waited for, from one press of the key to the next; then not at all."""


class ComposeCommands:
    """The commands of the composer.

    Args:
        screen: asks, says, and runs what the desk does.
        written: the reply.
        shown: the conversation that it answers.
        newest_seen: id of the newest message that the person has seen.
        changed: called when the text, or what stands against sending it, may have changed.
        done: told the reply once it is on its way.
    """

    def __init__(
        self,
        screen: BaseScreen,
        written: WrittenReply,
        shown: ShownConversation,
        newest_seen: int,
        changed: Callable[[], None],
        done: Callable[[Reply], None] | None,
    ) -> None:
        self._screen, self._written, self._shown, self._changed, self._done = screen, written, shown, changed, done
        self._newest_seen = newest_seen
        self.sent = False
        """Whether the reply is on its way."""
        self._warned = False
        """Whether the person was told that leaving loses what they wrote."""

    @property
    def written_since(self) -> bool:
        """Whether they wrote again, or somebody answered, since the person looked."""
        return self._newest > self._newest_seen

    @property
    def _newest(self) -> int:
        return self._shown.details.newest if self._shown.details else 0

    async def do_reply_template(self, name: str = "") -> None:
        """Choose a template, and put it into the text."""
        chosen = name or await self._screen.ask(TemplatePicker(self._screen.services, self._written.draft.row.id))
        if not self._written.here:
            return
        if chosen:
            self.insert(chosen)
        self._written.focus()

    def begin_with(self, template: str) -> str:
        """Put a template into it; what is wrong where that cannot be: then the reply is written without one."""
        try:
            self.insert(template)
        except CminboxError as error:
            return error.line()
        return ""

    def insert(self, name: str) -> None:
        """Put the template of a name, or of a digit, into the text."""
        if self._written.insert(name):
            self._changed()
        elif self._written.here:
            self._screen.say(f"there is no template {name} for this conversation", error=True)

    def do_reply_private(self) -> None:
        """Answer in private, or in public again."""
        self._written.turn_private()
        self._changed()
        key = self._screen.services.keys_for("reply.private", "compose")
        private = f"only its author will see it; {key} makes it public again"
        self._screen.say(private if self._written.draft.private else "everybody will see it again")

    def do_conversation_back(self, *words: str) -> None:
        """Let the conversation come back when they do not answer: after the next of the usual times, or that long."""
        brings = self._written.brings
        if words:
            after = read_back(" ".join(words))
        else:
            after = next((one for one in BACK_STEPS if one > (brings.back_after or 0)), None)
        self._written.bring(brings._replace(back_after=after))
        self._changed()

    async def do_conversation_promise(self, *words: str) -> None:
        """Promise something with the reply: what, and by when."""
        services, brings = self._screen.services, self._written.brings
        typed = " ".join(words) or await self._screen.ask(PromisePicker(services.clock, zone=services.config.zone))
        if typed:
            promise = read_promise(str(typed), services.clock(), services.config.zone)
            promise = promise._replace(owner=promise.owner or services.member.handle)
            self._written.bring(brings._replace(promises=(*brings.promises, promise)))
            self._changed()

    def do_conversation_withdraw(self, *words: str) -> None:
        """Promise the last that was promised with the reply no more."""
        brings = self._written.brings
        if not brings.promises:
            self._screen.say("nothing is promised with this reply", error=True)
            return
        self._written.bring(brings._replace(promises=brings.promises[:-1]))
        self._changed()

    async def do_reply_keep(self) -> None:
        """Keep the draft and go back."""
        await self._written.save()
        if not self._written.here:
            return
        if self._written.would_be_lost and not self._warned:
            self._warned = True
            self._screen.say("this text could not be kept anywhere: copy it; once more leaves without it", error=True)
            return
        self._screen.dismiss()

    def do_app_back(self) -> None:
        """Going back keeps the draft."""
        self._screen.in_worker(self.do_reply_keep())

    async def do_reply_discard(self) -> None:
        """Throw the draft away and go back."""
        self._written.clear()
        await self.do_reply_keep()

    async def do_reply_send(self) -> None:
        """Send it: held for the countdown, then once. What is missing, too long or already answered stops it."""
        if self._written.on_its_way or not self._written.here:
            return
        written, screen = self._written, self._screen
        text, template, lang = written.text, written.template, written.lang
        written.check()
        outbox, number, seen = screen.services.desk.outbox, written.draft.row.id, self._newest_seen
        answers, private, brings = written.draft.answers.id, written.draft.private, written.brings
        written.on_its_way = True
        try:
            reply = await screen.services.desk_threads.run(
                lambda: outbox.send(
                    number,
                    text,
                    lang=lang,
                    template=template,
                    seen=seen,
                    answers=answers,
                    private=private,
                    brings=brings,
                )
            )
        except Exception as error:
            written.on_its_way = False
            if not isinstance(error, CminboxError):
                raise
            await written.save()
            if written.here:
                # They saw it now: the next time it is theirs to decide.
                self._shown.refresh()
                self._newest_seen = self._newest
                self._changed()
            where = f"; your text is kept in {written.kept_in}" if written.kept_in else ""
            screen.say(f"{error.line()}{where}", error=True, keep=True)
            return
        written.assume_stored()
        self.sent = True
        if not written.here:
            return
        screen.dismiss()
        if self._done is not None:
            self._done(reply)

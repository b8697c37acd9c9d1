"""What colleagues answer, and that they are asked again: the mailbox of answers is read, reminders go out.

A mail is looked at once: what it came to and how far the mailbox is read are one transaction. Nothing in the mailbox is
changed, so what is not taken as an answer is still there for a person.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from cminbox import secrets
from cminbox.config import Config
from cminbox.duration import format_rough
from cminbox.errors import AuthError, CminboxError
from cminbox.experts import ExpertBook, ExpertFile
from cminbox.mail import answers, mailbox
from cminbox.mail.answers import Mail
from cminbox.mailbox_config import MailboxConfig
from cminbox.model import SECOND, Instant
from cminbox.store import Connection, Store, conversations, deliveries, events, notes, notices, questions
from cminbox.store.questions import MailboxState, Question

LOG = logging.getLogger(__name__)
MAILBOX = "answers"
"""The name under which the mailbox's password is kept."""
MOST_REMINDERS = 3
_AT_ONCE = 20

Look = Callable[[MailboxConfig, str, mailbox.Place, Instant], mailbox.Look]


class Colleagues:
    """Reads the mailbox of answers when it is time, and reminds who has not answered.

    Args:
        look: reads a mailbox; it is run in a thread.
    """

    def __init__(self, store: Store, config: Config, clock: Callable[[], Instant], look: Look = mailbox.look) -> None:
        self.config = config
        self.problem = ""
        """What is wrong with the mailbox, in a line; empty where nothing is."""
        self._store = store
        self._clock = clock
        self._look = look
        self._experts = ExpertFile(config.paths.experts)
        self._looked = -float("inf")

    def due(self) -> bool:
        """Whether there is something to do: a reminder, or a look into the mailbox."""
        conn, now = self._store.read(), self._clock()
        return bool(questions.to_remind(conn, now, 1)) or self._is_time(now)

    def _is_time(self, now: Instant) -> bool:
        box = self.config.answers
        if box is None or (time.monotonic() - self._looked) * SECOND < box.interval:
            return False
        return questions.expected_since(self._store.read(), now - questions.LATE_ANSWERS) is not None

    async def run(self, *, at_once: bool = False) -> None:
        """Remind, and read the mailbox if it is time.

        Args:
            at_once: it is time now.
        """
        if at_once:
            self._looked = -float("inf")
        now = self._clock()
        await self._store.awrite(lambda conn: self._remind(conn, now))
        if self._is_time(now):
            self._looked = time.monotonic()
            await self._read_mailbox()

    async def _read_mailbox(self) -> None:
        box, since = (
            self.config.answers,
            questions.expected_since(self._store.read(), self._clock() - questions.LATE_ANSWERS),
        )
        if box is None or since is None:
            return
        try:
            while await self._read_on(box, since):
                continue
        except CminboxError as error:
            problem = error.line()
            self._say(problem)
            state = questions.mailbox_state(self._store.read())
            failed = state._replace(looked_at=self._clock(), problem=problem)
            await self._store.awrite(lambda conn: questions.set_mailbox_state(conn, failed))
        else:
            self._say("")

    async def _read_on(self, box: MailboxConfig, since: Instant) -> bool:
        """Read what has come next; whether there is more."""
        name = f"{box.user}@{box.host}:{box.port}/{box.folder}"
        state = questions.mailbox_state(self._store.read())
        place = mailbox.Place(state.validity, state.uid) if state.mailbox == name else mailbox.Place()
        password = secrets.get(MAILBOX, self.config.paths)
        if password is None:
            raise AuthError(
                "the mailbox of answers has no password",
                f"cminbox channels login {MAILBOX}, or set {secrets.variable(MAILBOX)}",
            )
        found = await asyncio.to_thread(self._look, box, password, place, since)
        book, now = self._experts.load(), self._clock()
        mails = [answers.read(mail.raw, cut=mail.cut) for mail in found.mails]

        def take(conn: Connection) -> None:
            for mail in mails:
                take_mail(conn, mail, book, now)
            questions.set_mailbox_state(conn, MailboxState(name, *found.place, now))

        await self._store.awrite(take)
        return found.more

    def _say(self, problem: str) -> None:
        if problem and problem != self.problem:
            LOG.warning("%s", problem)
        self.problem = problem

    def _remind(self, conn: Connection, now: Instant) -> None:
        """Ask those again who have not answered, and tell who asked them. After some times nobody is asked again."""
        book = self._experts.load()
        for question in questions.to_remind(conn, now, _AT_ONCE):
            expert, count = book.by_name(question.expert), question.reminders + 1
            sent = notices.get(conn, question.notice_id) if question.notice_id is not None else None
            if expert is None or not expert.remind or count > MOST_REMINDERS or sent is None:
                questions.update(conn, question.id, {"remind_at": None})
                continue
            # Each time they are left twice as long.
            again = now + expert.remind * 2**count if count < MOST_REMINDERS else None
            questions.update(conn, question.id, {"reminders": count, "remind_at": again})
            waited = format_rough(now - question.asked_at)
            notices.tell(
                conn,
                now,
                "question",
                f"Once more: {sent.title}",
                text=sent.text,
                key=f"question:{question.token}:{count}",
                conversation_id=question.conversation_id,
                recipients=[expert.channel],
            )
            _tell_asker(conn, question, now, f"{question.expert} has not answered in {waited}", f"silent:{count}")
            _add_event(conn, question, now, "reminder", {"to": question.expert})


def take_mail(conn: Connection, mail: Mail, book: ExpertBook, now: Instant) -> None:
    """What becomes of a mail: an answer is a note; whatever else names a question of ours is said there."""
    if deliveries.is_ours(conn, mail.message_id):
        return  # a copy of what went out: the channel sends one to this mailbox
    question = next((one for token in mail.tokens if (one := questions.by_token(conn, token)) is not None), None)
    if question is None:
        if mail.tokens and questions.keep_mail(
            conn, mail.message_id, None, now, mail.sender, "refused", "no such question"
        ):
            LOG.warning("a mail names a question that nobody asked (%s); it is left in the mailbox", mail.tokens[0])
        return
    expert = book.by_name(question.expert)
    refused = _refused(mail, expert is not None and expert.writes_from(mail.sender))
    outcome: questions.MailOutcome = "refused" if refused and mail.outcome == "answer" else mail.outcome
    if not questions.keep_mail(conn, mail.message_id, question.id, now, mail.sender, outcome, refused):
        return  # it was looked at before
    if mail.outcome == "undeliverable":
        why = f"{question.expert} could not be reached: the mail came back"
        _refuse(conn, question, now, why, mail)
    elif mail.outcome == "automatic":
        _refuse(conn, question, now, f"{question.expert}'s mailbox answered by itself", mail)
    elif refused:
        _refuse(conn, question, now, refused, mail)
    else:
        _take_answer(conn, question, mail, now)


def _refused(mail: Mail, is_theirs: bool) -> str:
    """Why a mail is no answer; empty where it is one."""
    if mail.unreadable:
        return "it cannot be read here; it is in the mailbox"
    if not is_theirs:
        return f"it came from {mail.sender or 'nobody'}, and that is no address of theirs"
    if mail.doubted:
        return f"it says that it came from {mail.sender}, but {mail.doubted}"
    if not mail.text:
        return f"there was no text in it{f', only {mail.more}' if mail.more else ''}"
    return ""


def _refuse(conn: Connection, question: Question, now: Instant, why: str, mail: Mail) -> None:
    _add_event(conn, question, now, "answer refused", {"reason": why})
    _tell_asker(conn, question, now, f"No answer of {question.expert} was taken: {why}", f"refused:{mail.message_id}")


def _take_answer(conn: Connection, question: Question, mail: Mail, now: Instant) -> None:
    beside = f" (and {mail.more}, in the mailbox)" if mail.more else ""
    text = f"answered by mail{beside}: {mail.text}"
    note_id = notes.add(conn, question.conversation_id, question.expert, text, now)
    if question.status == "open":
        answered = {"status": "answered", "answered_at": now, "answer_note": note_id, "remind_at": None}
        questions.update(conn, question.id, answered)
    questions.show(conn, question.conversation_id)
    _add_event(conn, question, now, "answer taken", {"to": _asker(conn, question), "name": question.expert})
    _tell_asker(conn, question, now, f"{question.expert} answered: {question.text}", f"taken:{mail.message_id}", text)


def _tell_asker(conn: Connection, question: Question, now: Instant, title: str, key: str, text: str = "") -> None:
    notices.tell(
        conn,
        now,
        "answer",
        title,
        text=text,
        key=f"answer:{question.token}:{key}",
        conversation_id=question.conversation_id,
        people={"asker": [_asker(conn, question)]},
    )


def _asker(conn: Connection, question: Question) -> str:
    """Who hears of a question: who asked; after their shift was taken over whoever has the conversation, else who took
    it."""
    if not question.handed_to:
        return question.asked_by
    row = conversations.get(conn, question.conversation_id)
    return row.assignee if row is not None and row.assignee else question.handed_to


def _add_event(conn: Connection, question: Question, now: Instant, action: str, detail: dict[str, str]) -> None:
    event = events.add(conn, now, "engine", action, detail=detail)
    events.add_item(conn, event, question.conversation_id)

"""Asking a colleague who has no terminal: what goes out, what was answered, what is no longer asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from cminbox.desk.action import Action, ActionContext, Change, Reversal
from cminbox.errors import ActionError, UsageError
from cminbox.experts import Expert, ExpertBook
from cminbox.mail import answers, letters
from cminbox.model import Conversation, Instant
from cminbox.store import messages, notes, notices, questions
from cminbox.store.questions import Question

_LONGEST = 2_000


@dataclass(frozen=True)
class Ask(Action):
    """Ask a colleague: a message with the thread goes out by their channel, and the answer comes back as a note.

    Attributes:
        who: the name of an expert, or a topic.
    """

    who: str
    text: str
    name: ClassVar[str] = "ask"
    done: ClassVar[str] = "asked"
    remembered: ClassVar[tuple[str, ...]] = ("who",)

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        """From `anna is batch 12 recalled?`: a name or a topic, then the question."""
        return cls(*_who_and_words(args, "whom, and what?", 'as in ask anna "is batch 12 recalled?"'))

    def prepare(self, ctx: ActionContext) -> None:
        if len(self.text) > _LONGEST:
            raise ActionError(f"the question has {len(self.text):,} characters", f"{_LONGEST:,} is the most")
        expert, channels = self._expert(ctx), [one.name for one in ctx.desk.config.tell.channels]
        if ExpertBook((expert,)).without_channel(channels):
            hint = f'add a [[channel]] with name = "{expert.channel.partition(":")[0]}" to config.toml'
            raise ActionError(f'nothing reaches {expert.name}: there is no channel "{expert.channel}"', hint)

    def _expert(self, ctx: ActionContext) -> Expert:
        book = ctx.desk.experts.load() if ctx.desk.experts is not None else ExpertBook()
        try:
            return book.find(self.who)
        except UsageError as error:
            broken = book.problems[0].line() if book.problems else error.hint
            raise ActionError(error.message, broken) from None

    def warnings(self, row: Conversation, ctx: ActionContext) -> tuple[str, ...]:
        """Where the answer has to be pasted, because no mail of theirs can be told."""
        expert = self._expert(ctx)
        pasted = not expert.mail or ctx.desk.config.answers is None
        return (f"{expert.name}'s answer has to be pasted: answered {expert.name} …",) if pasted else ()

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        """Leave alone where they were asked the same already."""
        name = self._expert(ctx).name
        same = any(one.expert == name and one.text == self.text for one in questions.open_of(ctx.conn, row.id))
        return f"{name} was asked that already" if same else None

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        """The question, a note of it, and the notice that carries it."""
        expert, token, member = self._expert(ctx), answers.new_token(), ctx.member
        thread = messages.thread(ctx.conn, row.id, letters.SHOWN)
        note_id = notes.add(ctx.conn, row.id, member.handle, f"asked {expert.name}: {self.text}", ctx.now)
        notice_id = notices.tell(
            ctx.conn,
            ctx.now + ctx.desk.config.undo_ms,
            "question",
            answers.subject(token, self.text),
            text=letters.letter(token, self.text, member.name or member.handle, thread, ctx.desk.config.zone),
            key=f"question:{token}",
            conversation_id=row.id,
            recipients=[expert.channel],
        )
        question_id = questions.add(
            ctx.conn,
            {
                "token": token,
                "conversation_id": row.id,
                "expert": expert.name,
                "text": self.text,
                "asked_by": member.handle,
                "asked_at": ctx.now,
                "remind_at": ctx.now + expert.remind if expert.remind else None,
                "notice_id": notice_id,
                "note_id": note_id,
            },
        )
        return Change({"colleague": True}, undo_data={"question_id": question_id})

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        """Ask no more, while it has not gone out: for as long as a reply is held for its undo."""
        conn, question = undo.ctx.conn, questions.get(undo.ctx.conn, undo.undo_data["question_id"])
        if question is None or question.status != "open":
            undo.changed_since.append("the question")
            return
        if question.notice_id is not None and not notices.take_back(conn, question.notice_id, undo.ctx.now):
            undo.too_late = f"the question has gone out to {question.expert}; unask says that no answer is needed"
            return
        _withdraw(undo.ctx, question)
        if question.note_id is not None:
            notes.remove(conn, question.note_id, undo.ctx.now)
        undo.columns["colleague"] = bool(questions.open_of(conn, undo.row.id))


@dataclass(frozen=True)
class Answered(Action):
    """Write down what a colleague answered, where it did not come by mail."""

    who: str
    text: str
    name: ClassVar[str] = "answered"
    done: ClassVar[str] = "answered"
    remembered: ClassVar[tuple[str, ...]] = ("who",)

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        """From `anna yes, since Monday`: who was asked, then what they say."""
        return cls(*_who_and_words(args, "who answered, and what?", 'as in answered anna "yes, since Monday"'))

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        return None if _asked(row, ctx, self.who) else f"{self.who} was asked nothing here that is open"

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        """A note with the answer; the oldest open question to them is answered."""
        question = _asked(row, ctx, self.who)[0]
        text = f"{question.expert} answered: {self.text.strip()}"
        note_id = notes.add(ctx.conn, row.id, ctx.member.handle, text, ctx.now)
        answered = {"status": "answered", "answered_at": ctx.now, "answer_note": note_id}
        questions.update(ctx.conn, question.id, answered)
        kept = {"question_id": question.id, "note_id": note_id}
        return Change({"colleague": bool(questions.open_of(ctx.conn, row.id))}, undo_data=kept)

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        """The question is open again, unless another answer has come."""
        conn, kept = undo.ctx.conn, undo.undo_data
        question = questions.get(conn, kept["question_id"])
        notes.remove(conn, kept["note_id"], undo.ctx.now)
        if question is None or question.answer_note != kept["note_id"]:
            undo.changed_since.append("the question")
            return
        questions.update(conn, question.id, {"status": "open", "answered_at": None, "answer_note": None})
        undo.columns["colleague"] = True


@dataclass(frozen=True)
class Unask(Action):
    """Say that a colleague need not answer any more: nobody reminds them."""

    who: str = ""
    name: ClassVar[str] = "unask"
    done: ClassVar[str] = "no longer asked"
    remembered: ClassVar[tuple[str, ...]] = ("who",)

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        """From the name of an expert; without one, all who were asked."""
        return cls(" ".join(args))

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        return None if _asked(row, ctx, self.who) else "nobody is asked"

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        """The open questions are withdrawn."""
        ended = _asked(row, ctx, self.who)
        for question in ended:
            _withdraw(ctx, question)
            if question.notice_id is not None:
                notices.take_back(ctx.conn, question.notice_id, ctx.now)
        left = bool(questions.open_of(ctx.conn, row.id))
        return Change({"colleague": left}, undo_data={"questions": [one.id for one in ended]})

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        """They are asked again: what had not gone out goes now."""
        conn = undo.ctx.conn
        for number in undo.undo_data["questions"]:
            question = questions.get(conn, number)
            if question is None or question.status != "withdrawn":
                undo.changed_since.append("the question")
                continue
            questions.update(conn, number, {"status": "open"})
            if question.notice_id is not None:
                notices.tell_again(conn, question.notice_id)
        undo.columns["colleague"] = bool(questions.open_of(conn, undo.row.id))


def _who_and_words(args: Sequence[str], missing: str, example: str) -> tuple[str, str]:
    """A name and what stands behind it.

    Raises:
        UsageError: one of them is missing.
    """
    who, *words = " ".join(args).split()
    if not words:
        raise UsageError(missing, example)
    return who, " ".join(words)


def _asked(row: Conversation, ctx: ActionContext, who: str) -> list[Question]:
    """The open questions about a conversation, oldest first; of one expert where one is named."""
    wanted = who.removeprefix("@").casefold()
    return [one for one in questions.open_of(ctx.conn, row.id) if not wanted or one.expert.casefold() == wanted]


def _withdraw(ctx: ActionContext, question: Question) -> None:
    questions.update(ctx.conn, question.id, {"status": "withdrawn"})

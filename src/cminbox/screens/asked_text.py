"""What a person wrote in dialogs is kept until it was done: a note, a reason, the name of a label.

A dialog that is left, or whose text led to an error, has it again when the same is asked about the same
conversations. What an error or the end of the program would lose is kept in a file too.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple

from cminbox.screens.unsent_text import UnsentText
from cminbox.widgets.filled_fields import Asks, FilledFields

MOST = 50
"""So many are kept for dialogs that were left, the newest ones."""


class Question(NamedTuple):
    """What is asked, about which conversations."""

    words: str
    ids: tuple[int, ...]


class _Asked(NamedTuple):
    """What was written in answer to a question."""

    question: Question
    fields: FilledFields


_asked: ContextVar[_Asked | None] = ContextVar("asked", default=None)
"""What was written for what this task does: each command has its own."""


class AskedText:
    """Keeps what was written in dialogs.

    Args:
        folder: where files of unsent texts are.
        member: who writes.
    """

    def __init__(self, folder: Path, member: str) -> None:
        self._folder, self._member = folder, member
        self._kept: dict[Question, FilledFields] = {}

    def ask(self, dialog: Asks, ids: tuple[int, ...]) -> Question:
        """A dialog is about to be shown: it gets what was written in an earlier one, if that is kept."""
        question = Question(dialog.asks, ids)
        if (kept := self._kept.get(question)) is not None:
            dialog.begin_with(kept)
        return question

    def left(self, question: Question, dialog: Asks) -> None:
        """The person left it: it comes back when the same is asked, and so does what was written before for this."""
        self._keep(question, dialog.filled)
        self.given_up()

    def given_up(self) -> None:
        """The person left what this task was doing: what was written for it comes back when the same is asked."""
        if (asked := _asked.get()) is not None:
            self._keep(asked.question, asked.fields)

    def answered(self, question: Question, dialog: Asks) -> None:
        """There is an answer; what this task does now is done with it."""
        if dialog.filled.text:
            _asked.set(_Asked(question, dialog.filled))

    def failed(self) -> str:
        """What this task was doing failed. Keeps what was written for it; where, in words, empty for nothing."""
        asked = _asked.get()
        return self.rescue(asked.question, asked.fields) if asked is not None else ""

    def done(self) -> None:
        """What this task was doing is done: what was written for it need not be kept."""
        if (asked := _asked.get()) is not None:
            self._kept.pop(asked.question, None)
            self._file(asked.question).remove()

    def rescue(self, question: Question, fields: FilledFields) -> str:
        """Keep what would be lost, in a file too; where, in words, empty for nothing."""
        if not fields.text:
            return ""
        self._keep(question, fields)
        file = self._file(question)
        return f"your text is kept in {file.path}" if file.keep(fields.text) else ""

    def _keep(self, question: Question, fields: FilledFields) -> None:
        self._kept.pop(question, None)
        if fields.text:
            self._kept[question] = fields
            for old in list(self._kept)[:-MOST]:
                del self._kept[old]

    def _file(self, question: Question) -> UnsentText:
        name = re.sub(r"[^a-z0-9]+", "-", question.words.lower()).strip("-")[:30]
        about = "".join(f"-{number}" for number in question.ids[:1])
        about_words = f", conversation {question.ids[0]}" if len(question.ids) == 1 else ""
        return UnsentText(self._folder, self._member, f"{name}{about}", f"{question.words}{about_words}")

"""What the engine thinks of a message and of a conversation: language, sentiment, and the rules' verdict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import NamedTuple

from cminbox import rules
from cminbox.config import Config
from cminbox.model import (
    UNKNOWN_SENTIMENT,
    Conversation,
    Instant,
    Message,
    Sentiment,
    StoredMessage,
    searched_text,
    with_alt_texts,
)
from cminbox.query import Context
from cminbox.query.subject import Subject
from cminbox.rules import files, language, sentiment, signals
from cminbox.store.messages import folded
from cminbox.text import fold


class Scored(NamedTuple):
    """A message from a network with what we found in it, ready to be stored.

    Attributes:
        words: its text, and what its attachments show, as the search index keeps it.
        asks: whether it asks something; False for one of ours.
        needs: whether it needs an answer, as far as the text itself shows; False for one of ours.
    """

    message: Message
    lang: str
    lang_by: str
    sentiment: Sentiment
    words: str
    asks: bool
    needs: bool = True


class Scoring:
    """Language detection, sentiment and rules, each loaded when first needed; rules again when their files change.

    Args:
        folder: the user's rule files; None for the shipped ones alone.
        lexicons: the user's word lists; None for the shipped ones alone.
        zone: where the days are that rules name.
    """

    def __init__(self, folder: Path | None, lexicons: Path | None = None, *, zone: tzinfo = UTC) -> None:
        self._folder, self.zone = folder, zone
        self._book: rules.RuleBook | None = None
        self._sentiment = sentiment.Scorer(lexicons)

    @property
    def book(self) -> rules.RuleBook:
        """The rules in force."""
        if self._book is None:
            self._book = files.load(self._folder)
        return self._book

    def reload(self) -> bool:
        """Re-read rule files that changed; whether the rules in force did."""
        old = self.book
        self._book = old.reload()
        return self._book.rules != old.rules

    @property
    def problem(self) -> str:
        """One line on rule files and word lists that cannot be read, or ''."""
        problems = (*self.book.problems, *self._sentiment.problems)
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return f"{problems[0].line()}{more}" if problems else ""

    def judged_by(self, config: Config) -> str:
        """A mark of what conversations are judged by; it is the same as long as nothing of that changes."""
        return repr((self.book.digest, config.sla_default, config.sla_business, config.calendar))

    def score(self, message: Message) -> Scored:
        """What a message is written in and how it sounds. Our own side's messages are not judged."""
        text = searched_text(message.title, message.text)
        lang, by = language.detect(text, message.lang)
        words = fold(with_alt_texts(text, message.attachments) if message.attachments else text)
        if message.direction == "out":
            return Scored(message, lang, by, UNKNOWN_SENTIMENT, words, False, False)
        question = signals.question(message.text, lang)
        mood = self._sentiment.score(text, lang)
        need = signals.needs_answer(message.text, message.title, message.kind, lang, mood.label, question)
        return Scored(message, lang, by, mood, words, question, need)

    def judge(self, row: Conversation, messages: Sequence[StoredMessage], now: Instant) -> rules.Verdict:
        """The verdict of the rules on a conversation, by the messages that wait for an answer."""
        return rules.judge(self.book, subject(row, messages), Context(now, zone=self.zone))

    def labels(self, row: Conversation, messages: Sequence[StoredMessage], now: Instant) -> tuple[tuple[str, str], ...]:
        """The labels that the rules give a conversation, each with its rule, by all its messages."""
        return rules.labelled(self.book, subject(row, messages), Context(now, zone=self.zone))

    def answer(self, row: Conversation, message: StoredMessage, now: Instant) -> tuple[bool, str] | None:
        """Whether a message needs an answer as the rules say, with the rule; None where none says anything."""
        return rules.answer(self.book, subject(row, [message]), Context(now, zone=self.zone))


def subject(row: Conversation, messages: Sequence[StoredMessage]) -> Subject:
    """What a query is asked of: a conversation's row, and its messages."""
    return Subject(row, tuple([m.searched for m in messages]), tuple([folded(m) for m in messages]))


def asks(message: StoredMessage) -> bool:
    """Whether a message of theirs asks something."""
    return signals.question(message.text, message.lang) if message.asks is None else message.asks


def signals_need(message: StoredMessage) -> bool:
    """Whether a message of theirs needs an answer, as far as it shows that itself."""
    m = message
    return signals.needs_answer(m.text, m.title, m.kind, m.lang, m.sentiment_class, asks(m))

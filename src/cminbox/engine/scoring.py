"""What the engine thinks of a message and of a conversation: language, sentiment, and the rules' verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cminbox import rules
from cminbox.model import UNKNOWN_SENTIMENT, Conversation, Instant, Kind, Message, Sentiment, SentimentClass
from cminbox.query import Context
from cminbox.query.subject import Subject
from cminbox.rules import files, language, sentiment, signals
from cminbox.text import fold, one_line

PREVIEW = 240
"""Characters of a message that the queue keeps in the conversation's row."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A message from a network with what we found in it, ready to be stored.

    Attributes:
        folded: its words as the search knows them; None: not folded yet.
        question: whether it asks something; None: not looked at yet.
    """

    message: Message
    lang: str
    lang_by: str
    sentiment: Sentiment
    folded: str | None = None
    question: bool | None = None


class Heard(Protocol):
    """A message as far as its conversation's row tells of it: a stored one, or one about to be."""

    @property
    def kind(self) -> Kind: ...
    @property
    def author_id(self) -> int | None: ...
    @property
    def handle(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def parent(self) -> str | None: ...
    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def searched(self) -> str: ...
    @property
    def folded(self) -> str: ...
    @property
    def lang(self) -> str: ...
    @property
    def sentiment(self) -> float | None: ...
    @property
    def sentiment_class(self) -> SentimentClass: ...
    @property
    def question(self) -> bool | None: ...


class Scoring:
    """Language detection, sentiment and rules, each loaded when first needed; rules again when their files change.

    Args:
        folder: the user's rule files; None for the shipped ones alone.
        lexicons: the user's word lists; None for the shipped ones alone.
    """

    def __init__(self, folder: Path | None, lexicons: Path | None = None) -> None:
        self._folder = folder
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

    def score(self, message: Message) -> Scored:
        """What a message is written in and how it sounds. Our own side's messages are not judged."""
        text = f"{message.title}\n{message.text}" if message.title else message.text
        lang, by = language.detect(text, message.lang)
        if message.direction == "out":
            return Scored(message, lang, by, UNKNOWN_SENTIMENT, fold(text))
        asks = signals.question(message.text, lang)
        return Scored(message, lang, by, self._sentiment.score(text, lang), fold(text), asks)

    def judge(self, row: Conversation, heard: Sequence[Heard], now: Instant) -> rules.Verdict:
        """The verdict of the rules on a conversation, by the messages that wait for an answer."""
        return rules.judge(self.book, subject(row, heard), Context(now))

    def labels(self, row: Conversation, heard: Sequence[Heard], now: Instant) -> tuple[tuple[str, str], ...]:
        """The labels that the rules give a conversation, each with its rule, by all that was said in it."""
        return rules.labelled(self.book, subject(row, heard), Context(now))


def subject(row: Conversation, heard: Sequence[Heard]) -> Subject:
    """What a query is asked of: a conversation's row, and its messages."""
    return Subject(row, tuple([m.searched for m in heard]), tuple([m.folded for m in heard]))


def preview(text: str, handle: str) -> str:
    """The one line that a list shows of a text: without our own mention at its front, which says nothing there."""
    line = one_line(text)
    if handle and line.startswith("@"):
        first, _, rest = line.partition(" ")
        named = first[1:].partition("@")[0].rstrip(",:").casefold()
        if rest and named == handle.partition("@")[0].casefold():
            line = rest.lstrip(",: ")
    return line[:PREVIEW]


def _asks(heard: Heard) -> bool:
    return signals.question(heard.text, heard.lang) if heard.question is None else heard.question


def shown(waiting: Sequence[Heard], handle: str = "") -> dict[str, Any]:
    """What the inbound messages that matter now say of who, what and how: columns of the conversation's row.

    Args:
        waiting: those that wait for an answer (or, if none does, the newest one), oldest first; not empty.
        handle: our own handle on the source.
    """
    newest = waiting[-1]
    known = [(m.sentiment, m.sentiment_class) for m in waiting if m.sentiment is not None]
    score, label = min(known) if known else (None, "unknown")
    return {
        "kind": newest.kind,
        "author_id": newest.author_id,
        "handle": newest.handle,
        "name": newest.name,
        "title": newest.title,
        "preview": preview(newest.searched, handle),
        "lang": next((m.lang for m in reversed(waiting) if m.lang), ""),
        "sentiment": score,
        "sentiment_class": label,
        "question": any(map(_asks, waiting)),
        "is_reply": newest.parent is not None,
    }

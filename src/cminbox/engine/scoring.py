"""What the engine thinks of a message and of a conversation: language, sentiment, and the rules' verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from operator import itemgetter
from pathlib import Path
from typing import Any, Protocol

from cminbox import rules
from cminbox.model import Instant, Kind, Message, Sentiment, SentimentClass
from cminbox.query import Context, Subject
from cminbox.rules import files, language, sentiment, signals
from cminbox.store import conversations
from cminbox.store.conversations import Conversation
from cminbox.text import one_line

_ASKED = tuple(f.name for f in fields(Subject) if f.name != "texts")
_asked = itemgetter(*_ASKED)

PREVIEW = 240
"""Characters of a message that the queue keeps in the conversation's row."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A message from a network with what we found in it, ready to be stored."""

    message: Message
    lang: str
    lang_by: str
    sentiment: Sentiment


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
    def lang(self) -> str: ...
    @property
    def sentiment(self) -> float | None: ...
    @property
    def sentiment_class(self) -> SentimentClass: ...


class Scoring:
    """Language detection, sentiment and rules, loaded once and reloaded when rule files change.

    Args:
        folder: the user's rule files; None for the shipped ones alone.
        lexicons: the user's word lists; None for the shipped ones alone.
    """

    def __init__(self, folder: Path | None, lexicons: Path | None = None) -> None:
        self.book = files.load(folder)
        self._sentiment = sentiment.Scorer(lexicons)

    def reload(self) -> bool:
        """Re-read rule files that changed; whether the rules in force did."""
        old = self.book
        self.book = old.reload()
        return self.book.rules != old.rules

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
            return Scored(message, lang, by, Sentiment(None, "unknown"))
        return Scored(message, lang, by, self._sentiment.score(text, lang))

    def judge(self, columns: Mapping[str, Any], texts: Sequence[str], now: Instant) -> rules.Verdict:
        """The verdict of the rules on a conversation, by the texts that wait for an answer."""
        return rules.judge(self.book, subject(columns, texts), Context(now))

    def labels(self, columns: Mapping[str, Any], texts: Sequence[str], now: Instant) -> tuple[tuple[str, str], ...]:
        """The labels that the rules give a conversation, each with its rule, by all that was said in it."""
        return rules.labelled(self.book, subject(columns, texts), Context(now))


def subject_of(row: Conversation, texts: Sequence[str]) -> Subject:
    """What a query is asked of: the conversation's row and its texts."""
    return subject(conversations.columns(row), texts)


def subject(columns: Mapping[str, Any], texts: Sequence[str]) -> Subject:
    """`subject_of` for the columns of a row."""
    return Subject(**dict(zip(_ASKED, _asked(columns), strict=True)), texts=tuple(texts))


def preview(text: str, handle: str) -> str:
    """The one line that a list shows of a text: without our own mention at its front, which says nothing there."""
    line = one_line(text)
    if handle and line.startswith("@"):
        first, _, rest = line.partition(" ")
        named = first[1:].partition("@")[0].rstrip(",:").casefold()
        if rest and named == handle.partition("@")[0].casefold():
            line = rest.lstrip(",: ")
    return line[:PREVIEW]


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
        "question": any(signals.question(m.text, m.lang) for m in waiting),
        "is_reply": newest.parent is not None,
    }

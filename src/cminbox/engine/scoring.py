"""What the engine thinks of a message and of a conversation: language, sentiment, and the rules' verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cminbox import rules
from cminbox.model import Instant, Message, Sentiment
from cminbox.query import Context, Subject
from cminbox.rules import files, language, sentiment, signals
from cminbox.store.conversations import Conversation
from cminbox.store.messages import StoredMessage
from cminbox.text import one_line

PREVIEW = 240
"""Characters of a message that the queue keeps in the conversation's row."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A message from a network with what we found in it, ready to be stored."""

    message: Message
    lang: str
    lang_by: str
    sentiment: Sentiment


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

    def judge(self, row: Conversation, texts: Sequence[str], now: Instant) -> rules.Verdict:
        """The verdict of the rules on a conversation, by the texts that wait for an answer."""
        return rules.judge(self.book, subject_of(row, texts), Context(now))


def subject_of(row: Conversation, texts: Sequence[str]) -> Subject:
    """What a query is asked of: the conversation's row and its texts."""
    return Subject(
        source=row.source,
        network=row.network,
        kind=row.kind,
        status=row.status,
        handle=row.handle,
        name=row.name,
        role=row.role,
        vip=row.vip,
        followers=row.followers,
        lang=row.lang,
        sentiment=row.sentiment,
        priority=row.priority,
        labels=row.labels,
        assignee=row.assignee,
        team=row.team,
        crisis=row.crisis,
        waiting_since=row.waiting_since,
        created_at=row.created_at,
        newest_at=row.newest_at,
        inbound_at=row.inbound_at,
        outbound_at=row.outbound_at,
        due_at=row.due_at,
        snoozed_until=row.snoozed_until,
        question=row.question,
        edited=row.edited,
        is_reply=row.is_reply,
        texts=tuple(texts),
    )


def preview(text: str, handle: str) -> str:
    """The one line that a list shows of a text: without our own mention at its front, which says nothing there."""
    line = one_line(text)
    if handle and line.startswith("@"):
        first, _, rest = line.partition(" ")
        named = first[1:].partition("@")[0].rstrip(",:").casefold()
        if rest and named == handle.partition("@")[0].casefold():
            line = rest.lstrip(",: ")
    return line[:PREVIEW]


def shown(waiting: Sequence[StoredMessage], handle: str = "") -> dict[str, Any]:
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

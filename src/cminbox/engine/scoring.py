"""What the engine thinks of a message and of a conversation: language, sentiment, and the rules' verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, tzinfo
from pathlib import Path
from typing import NamedTuple, TypeVar

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
from cminbox.rules import analysed_by, files, language
from cminbox.rules.analysis import Analyser, Analysis
from cminbox.store.messages import folded
from cminbox.text import fold

T = TypeVar("T")


class Scored(NamedTuple):
    """A message from a network with what we found in it, ready to be stored.

    Attributes:
        words: its text, and what its attachments show, as the search index keeps it.
        heard: what was heard in it; of one of ours its language alone.
    """

    message: Message
    words: str
    heard: Analysis


class Scoring:
    """Language detection, sentiment and rules, each loaded when first needed; rules again when their files change.

    Args:
        folder: the user's rule files; None for the shipped ones alone.
        lexicons: the user's word lists; None for the shipped ones alone.
        zone: where the days are that rules name.
        competitors: names of other brands.
    """

    def __init__(
        self,
        folder: Path | None,
        lexicons: Path | None = None,
        *,
        zone: tzinfo = UTC,
        competitors: tuple[str, ...] = (),
    ) -> None:
        self._folder, self.zone = folder, zone
        self._book: rules.RuleBook | None = None
        self._lexicons, self._analysed_by = lexicons, ""
        self._competitors = competitors
        self._analyser = Analyser(lexicons, competitors)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="scoring")

    @property
    def book(self) -> rules.RuleBook:
        """The rules in force."""
        if self._book is None:
            self._book = files.load(self._folder)
        return self._book

    @property
    def analysed_by(self) -> str:
        """A mark of what messages are analysed by: the program, its word lists and the user's, and competitors."""
        if not self._analysed_by:
            self._analysed_by = analysed_by.mark(self._lexicons, self._competitors)
        return self._analysed_by

    def reload_lexicons(self) -> bool:
        """Re-read word lists that changed, and look for mistakes in them; whether any did. Large ones take a second."""
        if not self._analyser.reload():
            return False
        self._analysed_by = analysed_by.mark(self._lexicons, self._competitors)
        return True

    def name_competitors(self, names: tuple[str, ...]) -> bool:
        """Have other brands' names from now on; whether they are others than before. It reads the word lists anew."""
        if names == self._competitors:
            return False
        analyser = Analyser(self._lexicons, names)
        _ = analyser.problems
        self._competitors, self._analysed_by = names, analysed_by.mark(self._lexicons, names)
        self._analyser = analyser
        return True

    def reload(self) -> bool:
        """Re-read rule files that changed; whether the rules in force did."""
        old = self.book
        self._book = old.reload()
        return self._book.rules != old.rules

    @property
    def problem(self) -> str:
        """One line on rule files and word lists that cannot be read, or ''."""
        problems = (*self.book.problems, *self._analyser.problems)
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return f"{problems[0].line()}{more}" if problems else ""

    def judged_by(self, config: Config) -> str:
        """A mark of what conversations are judged by; it is the same as long as nothing of that changes."""
        return repr((self.book.digest, config.sla_default, config.sla_business, config.calendar))

    async def beside(self, work: Callable[[], T]) -> T:
        """Do what scores many messages on a thread, so that beats and sends do not wait; one such work after another.

        More threads would score no faster, since Python runs one at a time; each would take memory of its own, and
        among those that look names up it would wait for name servers.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def score(self, message: Message) -> Scored:
        """What is heard in a message. Our own side's messages are not judged."""
        text = searched_text(message.title, message.text)
        words = fold(with_alt_texts(text, message.attachments) if message.attachments else text)
        if message.direction == "out":
            lang, by = language.detect(text, message.lang)
            return Scored(message, words, Analysis(lang, by, UNKNOWN_SENTIMENT, needs=False))
        heard = self._analyser.analyse(message.text, title=message.title, kind=message.kind, hint=message.lang)
        return Scored(message, words, heard)

    def analyse(self, message: StoredMessage, answers: Sentiment | None = None) -> Analysis:
        """What is heard in a message of the store. A person's word for its language is taken.

        Args:
            answers: the sentiment of what it answers, where it is short.
        """
        hint = message.lang if message.lang_by == "network" else None
        lang = message.lang if message.lang_by.startswith("member:") else ""
        return self._analyser.analyse(
            message.text, title=message.title, kind=message.kind, hint=hint, lang=lang, answers=answers
        )

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
    return Subject(
        row,
        tuple([m.searched for m in messages]),
        tuple([folded(m) for m in messages]),
        tuple([m.signal_words for m in messages]),
        bool(messages) and None not in [m.judged_with for m in messages],
    )

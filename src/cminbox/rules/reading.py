"""A text read with the word lists of its language, in one pass over its words.

All that is known of a word stands in one place, worked out when the word is first met: most words of a text are words
of the texts before it. Asking several lists for each word took most of the time of an analysis.
"""

from __future__ import annotations

from typing import NamedTuple

from cminbox.rules.lexicon import Entry, Grammar, Leaning, Lexicon
from cminbox.rules.phrases import PhraseBook, Starts
from cminbox.rules.tokens import Tokens, Word, ends_clause

_MOST, _LONGEST = 1 << 14, 40
"""Pieces of texts that are kept; a long stranger is not."""


class Reading(NamedTuple):
    """The words of a text, and what its language's lists can say of them.

    Attributes:
        counting: the words with which entries of `Lexicon.words` can begin, by place.
        telling: the same for `Lexicon.signals`.
        roles: what its words do to their neighbours, all together.
        capitals: how many words are written in capitals.
        loud: whether a word is written in capitals, or drawn out.
    """

    words: list[Word]
    counting: list[tuple[int, Starts[Entry]]]
    telling: list[tuple[int, Starts[tuple[str, ...]]]]
    roles: int
    capitals: int
    loud: bool


NOTHING_READ = Reading([], [], [], 0, 0, False)


class _Met(NamedTuple):
    """A word that was met, and the entries that can begin with it."""

    word: Word
    counting: Starts[Entry] | None
    telling: Starts[tuple[str, ...]] | None
    plain: bool
    """It begins no entry, does nothing to its neighbours, and is not loud."""


_END: tuple[_Met, ...] = (_Met(Word("", "", False, False, False), None, None, True),)
"""In place of the words of a piece that ends a clause."""


class Reader:
    """Reads texts in one language.

    Args:
        lexicon: its word lists.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        grammar = lexicon.grammar
        self._tokens = Tokens(grammar.elision, grammar.accents_needed, lexicon.language or None, self._listed)
        self._beginning: dict[str, tuple[_Met, ...]] = {}
        """The words of each piece met where a clause begins."""
        self._inside: dict[str, tuple[_Met, ...]] = {}
        """The same elsewhere."""
        self._words: dict[tuple[str, bool], tuple[int, Starts[Entry] | None, Starts[tuple[str, ...]] | None]] = {}
        """What each word does and begins, however its letters stand and wherever; a drawn-out one is looked up more."""

    def read(self, text: str) -> Reading:
        """The words of a text, each looked up once."""
        words: list[Word] = []
        counting: list[tuple[int, Starts[Entry]]] = []
        telling: list[tuple[int, Starts[tuple[str, ...]]]] = []
        roles = capitals = 0
        loud = False
        known = self._beginning
        for piece in self._tokens.pieces(text):
            met = known.get(piece)
            if met is None:
                met = self._meet(piece, known)
            if met is _END:
                known = self._beginning
                continue
            for word, counts, tells, plain in met:
                if not plain:
                    place = len(words)
                    if counts is not None:
                        counting.append((place, counts))
                    if tells is not None:
                        telling.append((place, tells))
                    roles |= word.role
                    if word.capitals:
                        capitals += 1
                        loud = True
                    elif word.drawn_out:
                        loud = True
                words.append(word)
            if met:
                known = self._inside
        return Reading(words, counting, telling, roles, capitals, loud)

    def _meet(self, piece: str, known: dict[str, tuple[_Met, ...]]) -> tuple[_Met, ...]:
        """The words of a piece that was not met before."""
        if ends_clause(piece):
            met = _END
        else:
            met = tuple(map(self._look_up, self._tokens.cut(piece, known is self._beginning)))
        if len(piece) <= _LONGEST:
            if len(known) >= _MOST:
                known.clear()
            known[piece] = met
        return met

    def _look_up(self, word: Word) -> _Met:
        spelt = word.exact, word.drawn_out
        known = self._words.get(spelt)
        if known is None:
            lexicon = self.lexicon
            known = (
                lexicon.grammar.role(word.exact, word.key),
                lexicon.words.starting(word),
                lexicon.signals.starting(word),
            )
            if len(word.exact) <= _LONGEST:
                if len(self._words) >= _MOST:
                    self._words.clear()
                self._words[spelt] = known
        role, counting, telling = known
        if role:
            word = word._replace(role=role)
        plain = not (counting or telling or role or word.capitals or word.drawn_out)
        return _Met(word, counting, telling, plain)

    def _listed(self, word: str) -> bool:
        return self.lexicon.words.lists(word) or self.lexicon.signals.lists(word)


NO_LISTS = Lexicon("", Grammar(), PhraseBook(()), PhraseBook(()), Leaning())
"""What is known of the words of a language that has no word lists."""

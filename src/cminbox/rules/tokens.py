"""A text as its words: the normaliser before every word list.

Names and links are gone, hashtags are parted into their words, letters that are drawn out are squeezed, and every
script is brought to one spelling. Word lists are read through the same functions, so that both meet.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from cminbox.rules.hashtags import parted
from cminbox.text import fold

# Letters, digits and marks: `\w` leaves out the vowel signs of Indic scripts, and dandas end a sentence.
_MARKS = r"\u0300-\u036f\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0d83\u200c\u200d"
_LETTERS = rf"[\w{_MARKS}]+"
_ENDS = r"[.!?;:,،؛।॥…\n(){}\[\]\"“”«»—–|/]+"
_PIECE = re.compile(rf"{_LETTERS}(?:['’ʼ´`]{_LETTERS})*|{_ENDS}")
# The same for texts of ASCII alone, which most are: three times as fast.
_ASCII_PIECE = re.compile(r"[a-zA-Z0-9]+(?:['`][a-zA-Z0-9]+)*|[.!?;:,\n(){}\[\]\"|/]+")
_END = re.compile(_ENDS)
_NOBODY = re.compile(r"(?=[hw&@])(?:https?://\S+|www\.\S+|&\w+;|(?<!\w)@\w[\w.@-]*)")
_HASH = re.compile(r"#(\w+)")
# Digits are no drawn-out letters: 1000 is not 100.
_DRAWN_OUT = re.compile(r"(\D)\1{2,}")
_APOSTROPHES = str.maketrans("’ʼ´`", "''''")

# One spelling a script: nuktas and candrabindus are left out by many, and Arabic letters have several forms.
_SPELLING = str.maketrans(
    {
        **dict.fromkeys("\u093c\u0a3c\u0abc\u200c\u200d\u0640\u0670", ""),
        **dict(zip("\u0958\u0959\u095a\u095b\u095c\u095d\u095e\u095f", "कखगजडढफय", strict=True)),
        **dict(zip("\u0a33\u0a36\u0a59\u0a5a\u0a5b\u0a5e", "ਲਸਖਗਜਫ", strict=True)),
        **dict(zip("\u0901\u0a81\u0a01\u0a70", "\u0902\u0a82\u0a02\u0a02", strict=True)),
        **dict(zip("أإآٱىیېئؤةۃۂۀەہھکڪ", "اااايييي\u0648هههههههكك", strict=True)),
        **{"ٶ": "و", "ё": "е", "\u0972": "अॅ", "\u090d": "अॅ"},
    }
)
_MARKED = re.compile("[\u0610-\u061a\u064b-\u065f\u06d6-\u06ed]+")


class Word(NamedTuple):
    """A word of a text.

    Attributes:
        exact: lower-cased, with its accents; what drawn-out letters leave is two of each.
        key: as word lists are searched: folded, and in one spelling of its script.
        first: whether a clause begins with it.
        capitals: it is written in capitals, two letters or more.
        drawn_out: a letter stood three times or more.
        role: what it does to its neighbours, as `Grammar.role` has it; 0 where no language was asked.
    """

    exact: str
    key: str
    first: bool
    capitals: bool
    drawn_out: bool
    role: int = 0


_DIGRAPHS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def plain(word: str, umlauts: bool = False) -> str:
    """The key of a word: `fold`, and one spelling where a script has several. Words of a phrase stay apart.

    Args:
        umlauts: `ä` is `ae`, as where the keyboard lacks it, and not `a`.
    """
    if umlauts:
        word = word.translate(_DIGRAPHS)
    if word.isascii():
        return fold(word.replace("'", ""))
    return _MARKED.sub("", fold(word.replace("'", "").replace("’", "")).translate(_SPELLING))


def exact(word: str) -> str:
    """A word as it is written, whatever its case and its kind of apostrophe."""
    return unicodedata.normalize("NFC", word).lower().translate(_APOSTROPHES)


class Tokens:
    """Cuts texts into words.

    Args:
        elision: an article leans on the next word, and is a word of its own: `l'arnaque`.
        umlauts: as `plain` has it.
        language: in whose words hashtags are parted that have no capitals; None for none.
        listed: whether a word in lower case stands in its word list: a hashtag that does is not parted.
    """

    def __init__(
        self,
        elision: bool = False,
        umlauts: bool = False,
        language: str | None = None,
        listed: Callable[[str], bool] = lambda word: False,
    ) -> None:
        self._elision, self._umlauts, self._language, self._listed = elision, umlauts, language, listed

    def words(self, text: str) -> list[Word]:
        """The words of a text, in order."""
        found: list[Word] = []
        first = True
        for piece in self.pieces(text):
            if ends_clause(piece):
                first = True
            elif made := self.cut(piece, first):
                found += made
                first = False
        return found

    def pieces(self, text: str) -> list[str]:
        """What a text is cut at: words with their apostrophes, and what ends a clause."""
        text = bare(text, self._parted)
        return (_ASCII_PIECE if text.isascii() else _PIECE).findall(text)

    def cut(self, piece: str, first: bool) -> list[Word]:
        """The words of a piece that ends no clause; none where it is made of marks alone.

        Args:
            first: whether a clause begins with it.
        """
        word = exact(piece)
        capitals = len(piece) > 1 and piece.isupper()
        found: list[Word] = []
        for head in word.split("'") if self._elision and "'" in word else (word,):
            squeezed = _DRAWN_OUT.sub(r"\1\1", head)
            if key := plain(squeezed, self._umlauts):
                found.append(Word(squeezed, key, first and not found, capitals, squeezed != head))
        return found

    def _parted(self, tag: str) -> str:
        return parted(tag, None if self._listed(tag.lower()) else self._language)


def ends_clause(piece: str) -> bool:
    """Whether a piece of a text is no word, but ends a clause."""
    return _END.match(piece) is not None


def bare(text: str, part: Callable[[str], str]) -> str:
    """A text without names and links, its hashtags parted into their words by `part`."""
    if "@" in text or "://" in text or "www." in text or "&" in text:
        text = _NOBODY.sub(" . ", text)
    if "#" in text:
        text = _HASH.sub(lambda found: f" {part(found[1])} ", text)
    return text.replace("_", " ")

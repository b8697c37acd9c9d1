"""How a text sounds: −1…1 with a class, or unknown where nobody can tell.

Each language has its word list and grammar (`lexicon`), all share one table of emoji; `calibration` makes a score of
what was found. English stands on VADER's own valences, and VADER's compound score is one of its features, kept beside
ours. Emoji are read in every language, also in one that we cannot read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock

from cminbox.errors import ConfigError
from cminbox.model import UNKNOWN_SENTIMENT, Sentiment
from cminbox.rules import vader
from cminbox.rules.calibration import DENIES, Findings, sentiment_of, weights_of
from cminbox.rules.lexicon import (
    BOOSTS,
    BUT,
    EMOJI,
    NEGATES,
    NEGATES_AFTER,
    THEN,
    TURNS,
    Entry,
    Grammar,
    Learned,
    Lexicon,
    check_folder,
    languages,
    languages_in,
    load_emoji,
    load_lexicon,
)
from cminbox.rules.once import once
from cminbox.rules.phrases import without_overlap
from cminbox.rules.reading import NOTHING_READ, Reader, Reading
from cminbox.rules.tokens import Word

READ = 2_000
"""Characters of a text that are scored; the mood of a longer one is clear by then."""

_HITS = 12
_NEGATED, _DENIED = -0.74, -0.3
"""What a negator makes of a valence above 0, as in VADER, and of one below: what is not bad is not yet good."""
_BEFORE_BUT, _AFTER_BUT = 0.5, 1.25
_TROUBLE, _BESIDE_TROUBLE = -1.9, 0.6
"""A phrase of this valence, or a worse one, and what it makes of praise in the same text."""
_LOUDER = 0.2
"""What capitals or drawn-out letters add to a valence, as a share of it."""
_BOOST_REACH = 2
_SAME_EMOJI = 3
_DENYING = NEGATES | NEGATES_AFTER
_NOTHING = "(?!)"
_OUTRIGHT = -1.8
_MARKS = re.compile("[?¿؟；？❓❔⁉]")
_SHOUTS = re.compile("[!¡！❗❕‼⁉]")
_LINK = re.compile(r"https?://|www\.")
_SELECTORS = str.maketrans("", "", "\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")


class Emoji:
    """Finds emoji, and faces of marks, in a text.

    Args:
        entries: what each says.
    """

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = {emoji.translate(_SELECTORS): entry for emoji, entry in entries.items()}
        ranked = sorted(self._entries, key=len, reverse=True)
        self._firsts = {sign[0] for sign in ranked if not sign.isascii()}
        signs = "|".join(re.escape(sign) for sign in ranked if not sign.isascii()) or _NOTHING
        faces = "|".join(re.escape(face) for face in ranked if face.isascii()) or _NOTHING
        # A face stands by itself: `:/` in a link or `:D` in a word is none. How it can begin is told at a glance.
        begins = re.escape("".join({face[0] for face in ranked if face.isascii()}) or " ")
        standing = rf"(?=[{begins}])(?<![\w:;=/])(?:{faces})(?![\w/])"
        firsts = re.escape("".join(self._firsts) or " ")
        self._faces, self._all = re.compile(standing), re.compile(f"(?=[{firsts}])(?:{signs})|{standing}")

    def find(self, text: str) -> dict[str, int]:
        """Each emoji of a text that we know, with how often it stands there; at most three times."""
        if text.isascii() or self._firsts.isdisjoint(text):
            found = self._faces.findall(text)
        else:
            found = self._all.findall(text.translate(_SELECTORS))
        counts: dict[str, int] = {}
        for emoji in found:
            counts[emoji] = min(counts.get(emoji, 0) + 1, _SAME_EMOJI)
        return counts

    def of(self, emoji: str) -> Entry:
        """What an emoji says."""
        return self._entries[emoji]


@once
def _vader() -> vader.Vader:
    return vader.Vader()


@once
def _our_emoji() -> Emoji:
    return Emoji(load_emoji()[0])


@once
def _our_reader(language: str) -> Reader:
    """What reads with the shipped word lists of a language, made once whoever asks."""
    return Reader(load_lexicon(language, base=_base(language))[0])


def _base(language: str) -> Mapping[str, float] | None:
    """The words that the word lists of a language stand over."""
    return _vader().lexicon if language == "en" else None


class Scorer:
    """Scores texts; what it needs is loaded on the first text that needs it.

    Args:
        folder: the user's word lists, read over the shipped ones.
        learned: for languages, what stands in place of what was learnt from corrections.
    """

    def __init__(self, folder: Path | None = None, learned: Mapping[str, Learned] | None = None) -> None:
        self._folder, self._learned = folder, learned or {}
        self._readers: dict[str, Reader] = {}
        self._loading = Lock()

    @cached_property
    def problems(self) -> tuple[ConfigError, ...]:
        """What is wrong with the user's word lists, in all languages; what is right in them is in force."""
        return check_folder(self._folder)

    @cached_property
    def _emoji(self) -> Emoji:
        return Emoji(load_emoji(self._folder)[0]) if self._has(EMOJI) else _our_emoji()

    @cached_property
    def known(self) -> frozenset[str]:
        """The languages that there are word lists of."""
        return languages_in(self._folder).union(languages())

    def reader(self, language: str) -> Reader | None:
        """What reads texts with the word lists of a language; None where there are none."""
        found = self._readers.get(language)
        if found is None and language in self.known:
            with self._loading:
                found = self._readers.get(language)
                if found is None:
                    found = self._readers[language] = self._load(language)
        return found

    def read(self, text: str, language: str) -> Reading:
        """A text read with the word lists of a language; no words where there are none."""
        known = self.reader(language)
        return NOTHING_READ if known is None else known.read(text)

    def _load(self, language: str) -> Reader:
        learned = self._learned.get(language)
        if learned is None and not self._has(language):
            return _our_reader(language)
        return Reader(load_lexicon(language, self._folder, _base(language), learned)[0])

    def _has(self, name: str) -> bool:
        """Whether the user has word lists of a language, or emoji."""
        return self._folder is not None and any(
            os.path.lexists(self._folder / f"{name}{ending}") for ending in (".tsv", ".toml", ".learned.tsv")
        )

    def emoji_in(self, text: str) -> Mapping[str, int]:
        """The emoji and faces that we know in a text, each with how often it stands there."""
        return self._emoji.find(text)

    def score(self, text: str, lang: str) -> Sentiment:
        """The sentiment of a text.

        Args:
            text: the text; what follows its first 2,000 characters does not count.
            lang: its language as `language.detect` names it.

        Returns:
            Score, class, VADER's compound score where it is English, and the words that counted, the weightiest first;
            unknown where there are neither words of a language that we read nor emoji that we know.
        """
        text = text[:READ]
        return self.hear(text, lang, self.read(text, lang))[0]

    def hear(self, text: str, lang: str, read: Reading) -> tuple[Sentiment, Mapping[str, float]]:
        """The sentiment of a text that was read, and its service words with their points of priority."""
        findings, compound, hits = self.findings(text, lang, read)
        known = self.reader(lang)
        if known is None and not hits:
            return UNKNOWN_SENTIMENT, findings.points
        numbers = weights_of(lang)
        if known is not None:
            numbers = numbers.leant(*known.lexicon.leaning)
        return sentiment_of(findings, numbers, compound, hits), findings.points

    def findings(
        self, text: str, lang: str, read: Reading
    ) -> tuple[Findings, float | None, tuple[tuple[str, float], ...]]:
        """What was found in a text, VADER's score of it where it is English, and the words that counted."""
        known = self.reader(lang)
        compound = _vader().score(text, READ) if lang == "en" else None
        hits: list[tuple[str, float]] = []
        points: dict[str, float] = {}
        positive = negative = neutral = service = 0.0
        denying: list[str] = []
        if known is not None:
            weighed, denying = _weighed(known.lexicon, read)
            for name, value, entry in weighed:
                neutral += entry.neutral
                if value:
                    hits.append((name, round(value, 2)))
                    if value > 0:
                        positive += value
                    else:
                        negative -= value
                        if entry.points:
                            service -= value
                # What is denied outright gives no points ("not a scam"); a refund that did not come does.
                if entry.points and (value < 0 or entry.valence > _OUTRIGHT):
                    points[name] = entry.points
        emoji_positive = emoji_negative = 0.0
        for emoji, count in self._emoji.find(text).items():
            entry = self._emoji.of(emoji)
            value = entry.valence * (1 + 0.5 * (count - 1))
            hits.append((emoji, round(value, 2)))
            emoji_positive += max(value, 0.0)
            emoji_negative += max(-value, 0.0)
            neutral += entry.neutral
        hits.sort(key=_weight, reverse=True)
        if denying and not hits:
            hits = [(word, DENIES) for word in dict.fromkeys(denying)]
        words, capitals, plain = len(read.words), read.capitals, text.isascii()
        found = Findings(
            positive=positive,
            negative=negative,
            neutral=neutral,
            emoji_positive=emoji_positive,
            emoji_negative=emoji_negative,
            service=service,
            vader=compound or 0.0,
            exclamations=text.count("!") if plain else len(_SHOUTS.findall(text)),
            question="?" in text or not (plain or _MARKS.search(text) is None),
            capitals=capitals / words if capitals > 1 else 0.0,
            link=("://" in text or "www." in text) and _LINK.search(text) is not None,
            hashtags=text.count("#"),
            words=words,
            negators=len(denying),
            points=points,
        )
        return found, compound, tuple(hits[:_HITS])


def _weighed(lexicon: Lexicon, read: Reading) -> tuple[list[tuple[str, float, Entry]], list[str]]:
    """The entries that a text holds, each with what its neighbours make of its valence, and the negators beside them.

    A negator inside an entry is none of these, and none is where something bad is denied: "not bad at all".
    """
    if not read.counting and not read.roles & _DENYING:
        return [], []
    words, roles, grammar = read.words, read.roles, lexicon.grammar
    heard = lexicon.words.find_at(words, read.counting)
    found = without_overlap(one for one in heard if not one[3].spare)
    if len(found) < len(heard) and (spare := without_overlap(one for one in heard if one[3].spare)):
        taken = {place for one in found if one[3].valence for place in range(one.start, one.end)}
        found += [one for one in spare if taken.isdisjoint(range(one.start, one.end))]
    # Most texts have none of what bends words.
    boosted, negated = roles & BOOSTS, roles & _DENYING
    # A negator or a "but" inside a phrase belongs to that phrase: "nothing but praise".
    covered = set()
    if negated or roles & TURNS:
        covered = {place for one in found if one.end - one.start > 1 for place in range(one.start, one.end)}
    turning = None
    if roles & TURNS:
        buts = (place for place in range(1, len(words)) if _turns(words, place, grammar.but))
        listed = {one.start for one in found if one.text in grammar.but}
        turning = next((place for place in buts if place not in covered or place in listed), None)
    made = []
    denying = (
        [words[at].exact for at in range(len(words)) if words[at].role & _DENYING and at not in covered]
        if negated
        else []
    )
    for start, end, text, entry in found:
        value = entry.valence
        if value:
            if boosted:
                value *= 1 + _boost(words, start, grammar.boosters)
            if read.loud and any(word.drawn_out or word.capitals for word in words[start:end]):
                value *= 1 + _LOUDER
            if negated and _negated(words, start, end, covered, grammar):
                if value < 0:
                    denying = []
                value *= _NEGATED if value > 0 else _DENIED
            if turning is not None:
                value *= _BEFORE_BUT if start < turning else _AFTER_BUT
        made.append((text, value, entry))
    # Who tells of trouble in so many words and praises beside it mostly means it the other way round.
    if any(value <= _TROUBLE and " " in text for text, value, _ in made):
        made = [(text, value * _BESIDE_TROUBLE if value > 0 else value, entry) for text, value, entry in made]
    return made, denying


def _boost(words: Sequence[Word], start: int, boosters: Mapping[str, float]) -> float:
    """What the words before one add to it; what stands further away adds less."""
    more = 0.0
    for back in range(1, _BOOST_REACH + 1):
        place = start - back
        if place < 0 or words[place + 1].first:
            break
        word = words[place]
        if not word.role & BOOSTS:
            continue
        share = boosters.get(word.exact, boosters.get(word.key, 0.0))
        if place and not word.first:
            share = boosters.get(f"{words[place - 1].exact} {word.exact}", share)
        more += share if back == 1 else share * 0.7
    return more


def _negated(words: Sequence[Word], start: int, end: int, covered: set[int], grammar: Grammar) -> bool:
    """Whether a negator bends what stands from `start` up to `end`; one inside a phrase belongs to that phrase."""
    # Two negators are one: many languages put one on each side ("n'aime pas"), or one more ("no contesta nadie").
    if end - start > 1 and any(words[place].role & NEGATES for place in range(start, end)):
        return False
    for place in range(start - 1, max(start - 1 - grammar.reach, -1), -1):
        role = words[place].role
        if words[place + 1].first or role & THEN:
            break
        if role & NEGATES and place not in covered:
            return True
    for place in range(end, min(end + grammar.reach, len(words)) if grammar.negators_after else end):
        if words[place].first:
            break
        if words[place].role & NEGATES_AFTER and place not in covered:
            return True
    return False


def _turns(words: Sequence[Word], place: int, but: frozenset[str]) -> bool:
    """Whether a word, or this and the next, turn what is said."""
    role = words[place].role
    if role & BUT:
        return True
    return role & TURNS != 0 and place + 1 < len(words) and f"{words[place].exact} {words[place + 1].exact}" in but


def _weight(hit: tuple[str, float]) -> float:
    return abs(hit[1])

"""What is heard in a message: its language, how it sounds, what it does and wants, and whether it needs an answer."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from cminbox.errors import ConfigError
from cminbox.model import Kind, Sentiment, searched_text
from cminbox.rules import language, signals
from cminbox.rules.lexicon import NEGATES, NEGATES_AFTER, THEN, Lexicon
from cminbox.rules.needs_answer import needs_answer
from cminbox.rules.phrases import Found, PhraseBook
from cminbox.rules.reading import NO_LISTS, Reader, Reading
from cminbox.rules.sentiment import READ, Scorer
from cminbox.rules.tokens import Word
from cminbox.text import fold

MOST_URGENCY = 20
"""Priority points that all service words of a message give together."""
NEGATABLE = frozenset(
    {
        *("complaint", "damage", "broken", "safety", "legal", "scam", "stolen-account"),
        *("abuse", "praise", "thanks", "sorted", "chatter"),
    }
)
"""Signals that a negator right before their words takes back: "not a scam"."""
_KIND = frozenset({"praise", "thanks", "sorted", "chatter"})
_TROUBLE = frozenset({"complaint", "damage", "broken"})
_FIRM = frozenset({"complaint", "damage", "misdelivery", "double-charge", "safety", "broken", "unanswered", "scam"})
_NEGATOR_REACH = 3
_MOST_WORDS = 6
_SHOUTED = 0.6
_HANDLE = re.compile(r"(?<!\w)@(\w+(?:[.-]\w+)*)")


class Analysis(NamedTuple):
    """What was heard in a message.

    Attributes:
        lang, lang_by: its language and how it is known, as `language.detect` has them.
        signals: names of what it does and wants, sorted.
        signal_words: for each signal from words, the words that say so.
        urgency: 0…20: priority points of its service words and phrases.
        urgent_words: these words, the weightiest first.
        needs: whether it needs an answer, as far as the text itself shows.
    """

    lang: str
    lang_by: str
    sentiment: Sentiment
    signals: tuple[str, ...] = ()
    signal_words: Mapping[str, tuple[str, ...]] = {}
    urgency: int = 0
    urgent_words: tuple[str, ...] = ()
    needs: bool = True


class Analyser:
    """Analyses messages; what it needs is loaded on the first message that needs it. Never used by a screen.

    Args:
        lexicons: the user's word lists, over the shipped ones.
        competitors: names of other brands.
    """

    def __init__(self, lexicons: Path | None = None, competitors: Collection[str] = ()) -> None:
        self._folder = lexicons
        self._scorer = Scorer(lexicons)
        self._stamps = _stamps(lexicons)
        self._others = Reader(NO_LISTS)
        spelt = [(form, name) for name in competitors for form in (name, f"{name}'s")]
        self._competitors = PhraseBook(spelt)
        self._competing = {_handle(name): name for name in competitors}

    @property
    def problems(self) -> tuple[ConfigError, ...]:
        """What is wrong with the user's word lists; what is right in them is in force."""
        return self._scorer.problems

    def reload(self) -> bool:
        """Reads word lists again that changed; whether any did."""
        stamps = _stamps(self._folder)
        if stamps == self._stamps:
            return False
        scorer = Scorer(self._folder)
        _ = scorer.problems  # looked for before it takes over, for large files take long
        self._stamps, self._scorer = stamps, scorer
        return True

    def analyse(
        self,
        text: str,
        *,
        title: str = "",
        kind: Kind = "mention",
        hint: str | None = None,
        lang: str = "",
        answers: Sentiment | None = None,
    ) -> Analysis:
        """What is heard in a message.

        Args:
            hint: its language, as the network says.
            lang: its language, as a person says.
            answers: the sentiment of what a short text answers.
        """
        whole = searched_text(title, text)
        found, by = (lang, "") if lang else language.detect(whole, hint)
        read = whole[:READ]
        scorer = self._scorer  # another thread may put a new one in its place
        known = scorer.reader(found)
        heard = (known or self._others).read(read)
        mood, points = scorer.hear(read, found, heard)
        if answers is not None:
            mood = in_context(mood, answers)
        said: dict[str, tuple[str, ...]] = {}
        if known is not None:
            said = _signals(known.lexicon, heard)
        if signals.question(text, found):
            said.setdefault("question", ())
        said |= {name: () for name in self._form(read, heard)}
        if named := self._named(read, heard.words):
            said["competitor"] = named
        ranked = sorted(points, key=lambda word: points[word], reverse=True)
        return Analysis(
            lang=found,
            lang_by=by,
            sentiment=mood,
            signals=tuple(sorted(said)),
            signal_words={name: words for name, words in said.items() if words},
            urgency=min(round(sum(points.values())), MOST_URGENCY),
            urgent_words=tuple(ranked[:_MOST_WORDS]),
            needs=needs_answer(text, title, kind, found, mood, said, heard),
        )

    def _named(self, text: str, words: Sequence[Word]) -> tuple[str, ...]:
        """The competitors that a text names, in words or as an account."""
        if not self._competing:
            return ()
        found = [one.value for one in self._competitors.find(words)]
        found += [name for handle in _HANDLE.findall(text) if (name := self._competing.get(_handle(handle)))]
        return tuple(dict.fromkeys(found))[:_MOST_WORDS]

    def _form(self, text: str, heard: Reading) -> Iterator[str]:
        """What a text's form alone says."""
        if not heard.words and self._scorer.emoji_in(text):
            yield "emoji"
        if not heard.capitals:
            return
        long = [word for word in heard.words if len(word.exact) > 2]
        if len(long) >= 3 and sum(word.capitals for word in long) >= _SHOUTED * len(long):
            yield "capitals"


def _handle(name: str) -> str:
    """A name as accounts are called: without spaces and marks."""
    return "".join(letter for letter in fold(name) if letter.isalnum())


def in_context(own: Sentiment, answered: Sentiment) -> Sentiment:
    """How a short text sounds that answers another: its own mood where it has one, else a weaker one of the other's."""
    if answered.score is None or (own.score is not None and own.label != "neutral"):
        return own
    score = round(answered.score * 0.7, 4)
    return Sentiment(score, answered.label, own.vader, own.hits)


def _signals(lexicon: Lexicon, heard: Reading) -> dict[str, tuple[str, ...]]:
    """The signals that words say, each with these words."""
    found: dict[str, tuple[str, ...]] = {}
    if not heard.telling:
        return found
    told = lexicon.signals.find_at(heard.words, heard.telling)
    # A word inside a phrase that says something kind says what the phrase says: "fell in love", "caiu perfeito".
    kind = [one for one in told if one.end - one.start > 1 and not _KIND.isdisjoint(one.value)]
    # And the other way round: somebody else's parcel that "turned up" is not sorted.
    trouble = [one for one in told if one.end - one.start > 1 and not _FIRM.isdisjoint(one.value)]
    for one in told:
        inside, in_trouble = _within(one, kind), _within(one, trouble)
        for name in one.value:
            if name in NEGATABLE and (_denied(heard, one) or (inside and name in _TROUBLE)):
                continue
            if in_trouble and name in _KIND:
                continue
            before = found.get(name, ())
            if one.text not in before and len(before) < _MOST_WORDS:
                found[name] = (*before, one.text)
    return found


def _within(one: Found[tuple[str, ...]], wholes: Sequence[Found[tuple[str, ...]]]) -> bool:
    """Whether an entry stands inside a longer one of these."""
    return any(
        whole.start <= one.start and one.end <= whole.end and whole.end - whole.start > one.end - one.start
        for whole in wholes
    )


def _denied(heard: Reading, found: Found[tuple[str, ...]]) -> bool:
    """Whether a negator stands right before a phrase, or right behind it where the language has it there."""
    words = heard.words
    for back in range(1, _NEGATOR_REACH + 1) if heard.roles & NEGATES else ():
        place = found.start - back
        if place < 0 or words[place + 1].first or words[place].role & THEN:
            break
        if words[place].role & NEGATES:
            return True
    for place in range(found.end, min(found.end + _NEGATOR_REACH, len(words))) if heard.roles & NEGATES_AFTER else ():
        if words[place].first:
            break
        if words[place].role & NEGATES_AFTER:
            return True
    return False


def _stamps(folder: Path | None) -> tuple[tuple[str, int, int], ...]:
    """What tells whether a word list was changed, added or taken away."""
    if folder is None or not folder.is_dir():
        return ()
    found = []
    for path in sorted((*folder.glob("*.tsv"), *folder.glob("*.toml"))):
        try:
            stat = path.stat()
        except OSError:
            found.append((path.name, 0, 0))  # a link to nothing, or gone just now
            continue
        found.append((path.name, stat.st_mtime_ns, stat.st_size))
    return tuple(found)

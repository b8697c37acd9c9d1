"""Learns from what people corrected: `lexicons/<code>.learned.tsv`, a readable file.

Two things are learnt. First how people here lean: how much likelier than the calibration says a text is negative, or
positive; a ridge holds these two numbers back, since a few texts say little (Hastie, Tibshirani and Friedman, "The
Elements of Statistical Learning", 2009, 3.4 and 4.4). Then words: those whose texts we have wrong so often that it is
no chance. What that gains is measured by cross-validation: each part is judged by what was learnt from the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from cminbox.errors import CminboxError
from cminbox.model import SentimentClass
from cminbox.paths import make_private
from cminbox.rules.calibration import scored, weights_of
from cminbox.rules.lexicon import LEANING, STRONGEST, Entry, Grammar, Leaning, Learned, learned_file
from cminbox.rules.sentiment import READ, Scorer
from cminbox.rules.tokens import Word, plain

CLASSES: tuple[SentimentClass, ...] = ("negative", "neutral", "positive")
FEWEST = 20
"""Corrections of a language from which on something can be learnt."""
FOLDS = 5
LEFT_ALONE = 2
"""For each text that we had wrong, so many that we had right: about as it is on texts of every kind."""

_LEAST_GAIN = 0.01
_FEWEST_GAINED = 2
_MOST_LOST = 0.025
_RIDGE = 4.0
_STEPS = 25
_MOST_LEANING = 3.0
_SURE = 3.5
"""Standard errors from which on what a word's texts say is no chance."""
_FEWEST_TEXTS = 4
_COMMON = 0.05
_LEAST_LETTERS = 3
_TO_VALENCE = 2.5
_LEAST_CHANGE = 0.75
_MOST_WORDS = 200


class Sample(NamedTuple):
    """A text that a person judged."""

    text: str
    label: SentimentClass


class Judged(NamedTuple):
    """How well texts are judged: shares from 0 to 1.

    Attributes:
        right: texts that have the class that a person gave them.
        mean: the mean over the classes of how well each is found (macro-F1).
        recall, precision: of *negative*; 0 where there is none.
    """

    right: float
    mean: float
    recall: float
    precision: float


class Lesson(NamedTuple):
    """What was learnt of a language.

    Attributes:
        samples: how many texts people judged.
        left_alone: how many texts stood beside them that people answered as they were.
        learned: what it comes to; its words are those first that change most.
        before, after: how well these texts are judged without it, and with it by cross-validation.
    """

    language: str
    samples: int
    left_alone: int
    learned: Learned
    before: Judged
    after: Judged

    @property
    def gains(self) -> bool:
        """Whether more texts are judged right with it, texts that it had not seen, more than by chance, and no class
        pays for it."""
        more, mean = self.after.right - self.before.right, self.after.mean - self.before.mean
        texts = round(more * (self.samples + self.left_alone))
        return more >= _LEAST_GAIN and texts >= _FEWEST_GAINED and mean >= -_MOST_LOST


def learn(
    language: str, samples: Sequence[Sample], left_alone: Sequence[Sample] = (), folder: Path | None = None
) -> Lesson:
    """What corrected texts of a language teach.

    Args:
        samples: texts that people judged, in an order of chance.
        left_alone: texts that people answered without a correction, each with the class that they saw. People correct
            what is wrong: as many of these stand beside that it is as with texts of every kind.
        folder: the user's word lists; what was learnt before is not looked at.
    """
    scorer = Scorer(folder, {language: Learned()})
    wrong = sum(scorer.score(one.text, language).label != one.label for one in samples)
    beside = left_alone[: max(LEFT_ALONE * wrong - (len(samples) - wrong), 0)]
    texts = _spread([_read(scorer, language, one) for one in (*samples, *beside)])
    told = [one.label for one in texts]
    before = judged(told, [one.label_with(Leaning()) for one in texts])
    leaning_alone = judged(told, _held_out(language, texts, folder, words=False))
    with_words = judged(told, _held_out(language, texts, folder, words=True))
    better = with_words.right >= leaning_alone.right and with_words.mean >= leaning_alone.mean
    learned = _learnt(scorer, language, texts, words=better)
    return Lesson(language, len(samples), len(beside), learned, before, with_words if better else leaning_alone)


def judged(told: Sequence[SentimentClass], found: Sequence[SentimentClass]) -> Judged:
    """How well `found` is what people told."""
    right = {label: sum(one == other == label for one, other in zip(told, found, strict=True)) for label in CLASSES}
    there = {label: (told.count(label), found.count(label)) for label in CLASSES}
    means = [2 * right[label] / sum(counts) for label, counts in there.items() if counts[0]]
    negative, said = there["negative"]
    return Judged(
        sum(right.values()) / max(len(told), 1),
        sum(means) / max(len(means), 1),
        right["negative"] / max(negative, 1),
        right["negative"] / max(said, 1),
    )


def write(lesson: Lesson, folder: Path) -> Path:
    """Write what was learnt into its file, in place of what was learnt before; deleting it undoes it.

    Raises:
        CminboxError: it cannot be written.
    """
    path = learned_file(lesson.language, folder)
    leaning = lesson.learned.leaning
    lines = [
        f"# Learnt by `cminbox train` from {lesson.samples} corrections; delete this file to forget it.",
        "# How people here lean: what is added to the bias of negative, and of positive.",
        f"{LEANING}\t{leaning.negative:.2f}\t{leaning.positive:.2f}",
        "# Word, tab, valence from -4 to 4, tab, neutral weight. Your own word lists stand over it.",
        *(f"{word}\t{entry.valence:g}\t{entry.neutral:g}" for word, entry in lesson.learned.entries.items()),
    ]
    make_private(folder)
    beside = path.with_suffix(".new")
    try:
        beside.write_text("\n".join(lines) + "\n", "utf-8")
        beside.chmod(0o600)
        beside.replace(path)
    except OSError as error:
        raise CminboxError(f"cannot write {path}: {error.strerror}", "check the folder") from None
    return path


class _Text(NamedTuple):
    """A text as it is learnt from.

    Attributes:
        fixed: its class whatever is learnt of leaning: no word of it counts, or it has emoji alone. Else None.
        logits: what the calibration says for negative and positive, beside 0 for neutral.
        words: those that can teach.
    """

    text: str
    label: SentimentClass
    fixed: SentimentClass | None
    logits: tuple[float, float]
    words: frozenset[str]

    def chances(self, leaning: Leaning) -> tuple[float, float, float]:
        """How likely each class is with a leaning."""
        negative, positive = self.logits[0] + leaning.negative, self.logits[1] + leaning.positive
        most = max(negative, positive, 0.0)
        parts = math.exp(negative - most), math.exp(-most), math.exp(positive - most)
        total = sum(parts)
        return parts[0] / total, parts[1] / total, parts[2] / total

    def label_with(self, leaning: Leaning) -> SentimentClass:
        """Its class with a leaning."""
        return self.fixed or scored(self.chances(leaning))[1]


def _read(scorer: Scorer, language: str, sample: Sample) -> _Text:
    text = sample.text[:READ]
    read = scorer.read(text, language)
    findings, _, hits = scorer.findings(text, language, read)
    fixed = None if hits and read.words else scorer.hear(text, language, read)[0].label
    chances = [max(chance, 1e-6) for chance in weights_of(language).chances(findings.features())]
    logits = math.log(chances[0] / chances[1]), math.log(chances[2] / chances[1])
    known = scorer.reader(language)
    grammar = known.lexicon.grammar if known is not None else Grammar()
    return _Text(text, sample.label, fixed, logits, _telling(read.words, grammar))


def _telling(words: Iterable[Word], grammar: Grammar) -> frozenset[str]:
    """The words of a text that can teach: no numbers, none of a letter or two, and none that only bends others."""
    bends = grammar.negators | grammar.negators_after | grammar.but | grammar.boosters.keys()
    return frozenset(
        word.exact
        for word in words
        if len(word.key) >= _LEAST_LETTERS
        and not any(map(str.isdigit, word.key))
        and word.exact not in bends
        and word.key not in bends
    )


def _spread(texts: Sequence[_Text]) -> list[_Text]:
    """The texts so that each part for cross-validation has some of each class, always the same."""
    return sorted(texts, key=lambda one: one.label)


def _held_out(language: str, texts: Sequence[_Text], folder: Path | None, *, words: bool) -> list[SentimentClass]:
    """The class of each text by what the other parts teach."""
    found = [one.label for one in texts]
    scorer = Scorer(folder, {language: Learned()})
    for fold in range(FOLDS):
        others = [one for place, one in enumerate(texts) if place % FOLDS != fold]
        learned = _learnt(scorer, language, others, words=words)
        taught = Scorer(folder, {language: learned}) if learned.entries else None
        for place in range(fold, len(texts), FOLDS):
            one = texts[place]
            if taught is not None and not one.words.isdisjoint(learned.entries):
                found[place] = taught.score(one.text, language).label
            else:
                found[place] = one.label_with(learned.leaning)
    return found


def _learnt(scorer: Scorer, language: str, texts: Sequence[_Text], *, words: bool) -> Learned:
    leaning = _leaning([one for one in texts if one.fixed is None])
    return Learned(_entries(scorer, language, texts, leaning) if words else {}, leaning)


def _leaning(texts: Sequence[_Text]) -> Leaning:
    """The two numbers that make the classes of the texts most likely, by Newton's steps; the ridge pulls them to 0."""
    leaning = Leaning()
    for _ in range(_STEPS):
        gradient = [-_RIDGE * leaning.negative, -_RIDGE * leaning.positive]
        first = last = _RIDGE
        cross = 0.0
        for one in texts:
            negative, _, positive = one.chances(leaning)
            gradient[0] += (one.label == "negative") - negative
            gradient[1] += (one.label == "positive") - positive
            first += negative * (1 - negative)
            last += positive * (1 - positive)
            cross -= negative * positive
        size = first * last - cross * cross
        step = (last * gradient[0] - cross * gradient[1]) / size, (first * gradient[1] - cross * gradient[0]) / size
        leaning = Leaning(
            *(min(max(old + new, -_MOST_LEANING), _MOST_LEANING) for old, new in zip(leaning, step, strict=True))
        )
        if max(map(abs, step)) < 1e-4:
            break
    return Leaning(round(leaning.negative, 2), round(leaning.positive, 2))


def _entries(scorer: Scorer, language: str, texts: Sequence[_Text], leaning: Leaning) -> Mapping[str, Entry]:
    """The words whose texts are judged wrong, always on the same side, with new valences; the surest first."""
    known = scorer.reader(language)
    if known is None:
        return {}
    counts: dict[str, int] = {}
    sums: dict[str, float] = {}
    spread: dict[str, float] = {}
    for one in texts:
        negative, _, positive = one.chances(leaning) if one.fixed is None else (0.1, 0.8, 0.1)
        more = (one.label == "positive") - (one.label == "negative") - positive + negative
        width = positive + negative - (positive - negative) ** 2
        for word in one.words:
            counts[word] = counts.get(word, 0) + 1
            sums[word] = sums.get(word, 0.0) + more
            spread[word] = spread.get(word, 0.0) + width
    often = max(_COMMON * len(texts), 2 * _FEWEST_TEXTS)
    found: list[tuple[float, str, Entry]] = []
    for word, count in counts.items():
        sure = abs(sums[word]) / math.sqrt(spread[word] + 0.5)
        old = next((one.value for one in known.lexicon.words.find([_as_word(word)])), None)
        # A common word that has no weight of its own is a word of the language's grammar, or the brand's name.
        if count < _FEWEST_TEXTS or sure < _SURE or (count > often and (old is None or not old.valence)):
            continue
        before = old or Entry(0.0)
        valence = before.valence + _TO_VALENCE * sums[word] / (count + 2)
        valence = round(min(max(valence, -STRONGEST), STRONGEST) * 4) / 4
        if abs(valence - before.valence) >= _LEAST_CHANGE:
            found.append((-sure, word, Entry(valence, before.neutral)))
    return {word: entry for _, word, entry in sorted(found)[:_MOST_WORDS]}


def _as_word(word: str) -> Word:
    return Word(word, plain(word), True, False, False)

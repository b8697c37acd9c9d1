"""The word lists of a language: `lexicons/<code>.tsv` and `.toml`, the user's over the shipped ones, entry by entry.

`lexicons/README.md` says what the files hold. `<code>.learned.tsv`, which `cminbox train` writes, stands between ours
and what a person wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

from cminbox.errors import ConfigError
from cminbox.rules.once import once
from cminbox.rules.phrases import GAP, GAPS, PhraseBook
from cminbox.rules.tokens import plain
from cminbox.tomlfile import Mistakes, Table, read_toml

SHIPPED = Path(__file__).parent / "lexicons"
STRONGEST = 4.0
MOST_NEUTRAL = 3.0
MOST_URGENT = 12
EMOJI = "emoji"
LEANING = "(leaning)"
"""The line of `<code>.learned.tsv` that has two numbers instead of a valence and a neutral weight."""

SIGNALS = (
    *("question", "complaint", "damage", "misdelivery", "double-charge", "refund", "safety", "legal", "human-wanted"),
    *("cancelling", "delivery", "broken", "unanswered", "urgent", "scam", "thanks", "sorted", "chatter", "spam"),
    *("abuse", "praise", "sale", "same", "request", "stolen-account"),
)
"""What words can say that a text does or wants."""

TROUBLE = {
    **dict.fromkeys(("misdelivery", "double-charge", "safety", "damage", "broken", "scam"), -2.4),
    **{"stolen-account": -2.4, "unanswered": -2.0},
}
"""How a phrase sounds that speaks for one of these signals, where the word list does not say; a word alone does not."""

MOST_TOLD = 20
"""Mistakes of a file that are told one by one."""

_ACCENTS = ("optional", "needed")
_MOST_REACH = 10
_CODE = re.compile("[a-z]{2,3}(?:-[A-Z][a-z]{3})?")
_LONGEST = 80
"""Letters of a word or phrase; no longer one is looked for."""


class Entry(NamedTuple):
    """What a word or phrase says of how a text sounds.

    Attributes:
        valence: −4…4.
        neutral: 0…3: how much it speaks for plain talk.
        points: 0…12: what it adds to the priority.
        spare: counts only where no other entry stands.
    """

    valence: float
    neutral: float = 0.0
    points: float = 0.0
    spare: bool = False


@dataclass(frozen=True)
class Grammar:
    """How words of a language bend one another.

    Attributes:
        negators: bend what stands up to `reach` words behind them in their clause.
        negators_after: bend what stands up to `reach` words before them.
        boosters: what each adds to the word behind it, as a share of its valence; below 0 it takes away.
        but: what follows counts more than what stands before. This and a booster may be of two words.
        then: words that end a condition: a negator before one says nothing of what stands behind it.
        accents_needed: a word without its accents is another word.
        elision: an article leans on the next word.
        prefixes: what may stand before a word and is written as one with it: a word that is not known is looked up
            without.
    """

    negators: frozenset[str] = frozenset()
    negators_after: frozenset[str] = frozenset()
    reach: int = 3
    boosters: Mapping[str, float] = field(default_factory=dict)
    but: frozenset[str] = frozenset()
    then: frozenset[str] = frozenset()
    accents_needed: bool = False
    elision: bool = False
    prefixes: tuple[str, ...] = ()

    @cached_property
    def _words_of_boosters(self) -> frozenset[str]:
        """What stands right before a boosted word."""
        return frozenset(phrase.split()[-1] for phrase in self.boosters)

    @cached_property
    def _words_of_but(self) -> frozenset[str]:
        """How what turns a text begins."""
        return frozenset(phrase.split()[0] for phrase in self.but)

    def role(self, exact: str, key: str) -> int:
        """What a word does to its neighbours: any of the roles below, added; most words do nothing.

        Args:
            exact, key: the word, as `tokens.Word` has it.
        """
        either = {exact, key}
        return (
            BOOSTS * (not either.isdisjoint(self._words_of_boosters))
            | NEGATES * (not either.isdisjoint(self.negators))
            | NEGATES_AFTER * (not either.isdisjoint(self.negators_after))
            | TURNS * (not either.isdisjoint(self._words_of_but))
            | BUT * (not either.isdisjoint(self.but))
            | THEN * (key in self.then)
        )


BOOSTS, NEGATES, NEGATES_AFTER, TURNS, BUT, THEN = (1 << place for place in range(6))
"""What a word does: it raises or lowers a neighbour, negates what stands behind it, or before it; it begins what turns
a text, or does so by itself; it ends a condition."""


class Leaning(NamedTuple):
    """How much more likely than the calibration says a text is negative, or positive, whatever its words: added to the
    bias of each class."""

    negative: float = 0.0
    positive: float = 0.0


class Learned(NamedTuple):
    """What `cminbox train` learnt of a language."""

    entries: Mapping[str, Entry] = {}
    leaning: Leaning = Leaning()


@dataclass(frozen=True)
class Lexicon:
    """All that is known of the words of one language.

    Attributes:
        words: what words and phrases say of how a text sounds.
        signals: what words and phrases say that a text does or wants.
        leaning: what was learnt of how often people here complain and praise.
    """

    language: str
    grammar: Grammar
    words: PhraseBook[Entry]
    signals: PhraseBook[tuple[str, ...]]
    leaning: Leaning


def languages() -> tuple[str, ...]:
    """The languages that have shipped word lists."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.tsv") if path.stem != EMOJI))


def learned_file(language: str, folder: Path) -> Path:
    """Where what was learnt from corrections stands."""
    return folder / f"{language}.learned.tsv"


def read_learned(language: str, folder: Path) -> tuple[Learned, list[ConfigError]]:
    """What was learnt of a language, and what is wrong with its file; nothing where there is none."""
    path = learned_file(language, folder)
    if not path.is_file():
        return Learned(), []
    found, problems = read_tsv(path, least=-STRONGEST)
    leaning = found.pop(LEANING, Entry(0.0))
    for word, entry in found.items():
        if entry.neutral < 0:
            problems.append(ConfigError(f"{word!r} has the neutral weight {entry.neutral:g}", file=path))
    entries = {word: entry for word, entry in found.items() if entry.neutral >= 0}
    return Learned(entries, Leaning(leaning.valence, leaning.neutral)), problems


def load_lexicon(
    language: str,
    folder: Path | None = None,
    base: Mapping[str, float] | None = None,
    learned: Learned | None = None,
) -> tuple[Lexicon, tuple[ConfigError, ...]]:
    """The lexicon of a language, and what is wrong with its files; what is right in them is in force.

    Args:
        folder: the user's; None for ours alone.
        base: words with their valences that the files stand over.
        learned: what stands in place of `<code>.learned.tsv`.
    """
    gathered = _Gathered(base or {})
    for name in (f"{language}.toml", f"{language}.tsv"):
        gathered.read(SHIPPED / name)
    if learned is None:
        learned, wrong = read_learned(language, folder) if folder is not None else (Learned(), [])
        gathered.problems += wrong
    gathered.add(learned.entries)
    if folder is not None:
        for name in (f"{language}.toml", f"{language}.tsv"):
            gathered.read(folder / name)
    grammar = Grammar(**gathered.grammar)  # type: ignore[arg-type]
    signals = list(_by_phrase(gathered.signals))
    return (
        Lexicon(
            language,
            grammar,
            PhraseBook(
                {**_trouble(signals), **gathered.words}.items(),
                accents_needed=grammar.accents_needed,
                elision=grammar.elision,
                prefixes=grammar.prefixes,
            ),
            # `mould` may be a complaint where `mould*` is a danger: neither hides the other.
            PhraseBook(
                signals,
                accents_needed=grammar.accents_needed,
                elision=grammar.elision,
                every_stem=True,
                prefixes=grammar.prefixes,
            ),
            learned.leaning,
        ),
        tuple(gathered.problems),
    )


class _Gathered:
    """What the files of a language say together, the later ones over the earlier ones.

    Args:
        base: words with their valences that the files stand over.
    """

    def __init__(self, base: Mapping[str, float]) -> None:
        # Faces of marks (`:s`, `(8`) would be letters and numbers here; `emoji.tsv` has them.
        self.words = {word: Entry(value) for word, value in base.items() if word.isalpha()}
        self.signals: dict[str, list[str]] = {}
        self.grammar: dict[str, object] = {}
        self.problems: list[ConfigError] = []

    def read(self, path: Path) -> None:
        """Take in a file, if it is there."""
        if not path.is_file():
            return
        if path.suffix == ".tsv":
            found, wrong = read_tsv(path)
            self.add(found)
        else:
            file, wrong = read_toml_file(path)
            self.grammar |= file.grammar
            for word, entry in file.service.items():
                old = self.words.get(word)
                self.words[word] = entry if old is None else entry._replace(neutral=old.neutral)
            for name, phrases in file.signals.items():
                self.signals.setdefault(name, []).extend(phrases)
        self.problems += wrong

    def add(self, entries: Mapping[str, Entry]) -> None:
        """Take in entries of a word list, which say nothing of priority points."""
        for word, entry in entries.items():
            old = self.words.get(word)
            self.words[word] = entry if old is None else entry._replace(points=old.points)


def _by_phrase(signals: Mapping[str, Iterable[str]]) -> Iterable[tuple[str, tuple[str, ...]]]:
    """The signals that each phrase speaks for; one with `-` before it speaks for that signal no more."""
    found: dict[str, list[str]] = {}
    for name, phrases in signals.items():
        for phrase in phrases:
            if phrase.startswith("-"):
                if name in found.get(phrase[1:], ()):
                    found[phrase[1:]].remove(name)
            elif name not in found.setdefault(phrase, []):
                found[phrase].append(name)
    return [(phrase, tuple(names)) for phrase, names in found.items() if names]


def _trouble(signals: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, Entry]:
    """How the phrases of trouble sound."""
    sounds = ((phrase, min(TROUBLE.get(name, 0.0) for name in names)) for phrase, names in signals if " " in phrase)
    return {phrase: Entry(valence, spare=True) for phrase, valence in sounds if valence}


def languages_in(folder: Path | None) -> frozenset[str]:
    """The languages that a folder of a user's has files of."""
    names = (path.stem.removesuffix(".learned") for path in _lists(folder) if path.is_file())
    return frozenset(name for name in names if _CODE.fullmatch(name))


def check_folder(folder: Path | None) -> tuple[ConfigError, ...]:
    """What is wrong with a user's files, those of languages included that nobody has written in yet."""
    found: list[ConfigError] = []
    for path in _lists(folder):
        name = path.stem.removesuffix(".learned") if path.suffix == ".tsv" else path.stem
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "is a link to nothing"
            found.append(ConfigError(what, file=path, hint="a word list is a text file; take this away"))
        elif name == EMOJI and path.suffix == ".tsv":
            found += read_tsv(path, emoji=True)[1]
        elif not _CODE.fullmatch(name):
            hint = "name it by its language's code, such as en.tsv, en.toml or hi-Latn.tsv; or emoji.tsv"
            found.append(ConfigError("is no word list of a language", file=path, hint=hint))
        else:
            if path.suffix == ".toml":
                found += read_toml_file(path)[1]
            else:
                found += (
                    read_learned(name, folder)[1] if path.stem != name and folder is not None else read_tsv(path)[1]
                )
    return tuple(found)


def _lists(folder: Path | None) -> list[Path]:
    if folder is None or not folder.is_dir():
        return []
    return sorted((*folder.glob("*.tsv"), *folder.glob("*.toml")))


def load_emoji(folder: Path | None = None) -> tuple[Mapping[str, Entry], tuple[ConfigError, ...]]:
    """Emoji and faces of marks with what they say: `emoji.tsv`, the user's over ours."""
    found, problems = _our_emoji()
    path = folder / f"{EMOJI}.tsv" if folder is not None else None
    if path is None or not path.is_file():
        return found, tuple(problems)
    theirs, wrong = read_tsv(path, emoji=True)
    return {**found, **theirs}, (*problems, *wrong)


@once
def _our_emoji() -> tuple[Mapping[str, Entry], Sequence[ConfigError]]:
    return read_tsv(SHIPPED / f"{EMOJI}.tsv", emoji=True)


def read_tsv(path: Path, *, emoji: bool = False, least: float = 0.0) -> tuple[dict[str, Entry], list[ConfigError]]:
    """The entries of a word list by their words, and a mistake for each line that is none.

    Args:
        emoji: it lists emoji and faces of marks, whose case matters, and no words.
        least: what the last column may be at least.
    """
    found: dict[str, Entry] = {}
    problems: list[ConfigError] = []
    try:
        raw = path.read_bytes()
    except OSError as error:
        return found, [ConfigError(f"cannot be read: {error.strerror}", file=path)]
    try:
        lines = raw.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        place = raw.count(b"\n", 0, error.start) + 1
        byte = f"byte 0x{raw[error.start]:02x} is not UTF-8"
        return found, [ConfigError(byte, file=path, line=place, hint="save the file as UTF-8")]
    wrong = 0
    for number, line in enumerate(lines, 1):
        line = line.rstrip("\r")
        if not line.strip() or line.startswith("#"):
            continue
        word, *numbers = line.split("\t")
        try:
            entry = entry_of(word, numbers, least, emoji=emoji)
        except ValueError as error:
            wrong += 1
            if wrong <= MOST_TOLD:
                what, _, hint = str(error).partition(" — ")
                problems.append(ConfigError(what, file=path, line=number, column=1, hint=hint or _A_LINE))
            continue
        found[word.strip() if emoji else " ".join(word.lower().split())] = entry
    return found, _with_rest(problems, wrong, path)


_A_LINE = "write: word, tab, valence from -4 to 4, and perhaps a tab and a neutral weight from 0 to 3"


def _with_rest(problems: list[ConfigError], wrong: int, path: Path) -> list[ConfigError]:
    """The mistakes that are told one by one, and one that counts the others."""
    rest = wrong - MOST_TOLD
    if rest <= 0:
        return problems
    many = f"{rest} more mistake{'' if rest == 1 else 's'}"
    return [*problems, ConfigError(many, file=path, hint="mend those above, and look again")]


def entry_of(word: str, numbers: Sequence[str], least: float = 0.0, *, emoji: bool = False) -> Entry:
    """An entry from the columns of its line.

    Raises:
        ValueError: it is none; what to do stands behind " — ", where more is known than how a line is written.
    """
    word = word.strip()
    if not word:
        raise ValueError("a line without a word")
    shown = _shown(word)
    if not 1 <= len(numbers) <= 2:
        raise ValueError(f"{shown} has {'no valence' if not numbers else 'too many columns'}")
    try:
        valence, neutral = (float(text) for text in (numbers[0], numbers[1] if len(numbers) > 1 else "0"))
    except ValueError:
        raise ValueError(f"{_shown(' '.join(numbers))} beside {shown} is no number") from None
    if not -STRONGEST <= valence <= STRONGEST:
        raise ValueError(f"{shown} has the valence {valence:g}")
    if not least <= neutral <= (MOST_NEUTRAL if not least else STRONGEST):
        raise ValueError(f"{shown} has the neutral weight {neutral:g}")
    if not emoji:
        check_phrase(word)
    elif len(word) > _LONGEST:
        raise ValueError(f"{shown} is too long for an emoji")
    elif word.isalpha() and len(word) > 2:
        raise ValueError(f"{shown} is a word — put it into the list of its language, such as en.tsv")
    return Entry(valence, neutral)


def _shown(text: str) -> str:
    """A text of a file as a message quotes it."""
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def check_phrase(phrase: str) -> None:
    """Raises ValueError for what no text could be found to hold: its message says why, and after " — " what to do."""
    shown = _shown(phrase)
    if len(phrase) > _LONGEST:
        raise ValueError(f"{shown} is too long — a word or phrase has {_LONGEST} letters at most")
    parts = phrase.split()
    for part in parts:
        if "*" in part[:-1]:
            raise ValueError(f"in {shown} the * must end a word")
        if part.endswith("*") and len(part) < 3 + part.isascii():
            raise ValueError(f"the stem {part!r} is too short — write three letters or more before the *")
    if not any(plain(part.rstrip("*")) for part in parts if part not in GAPS) and GAP not in parts:
        raise ValueError(f"in {shown} there are no letters — emoji and faces of marks belong in emoji.tsv")
    if parts and (parts[0] in GAPS or parts[-1] in GAPS):
        raise ValueError(f"{shown} begins or ends with ... — write it between two words")


class _File(NamedTuple):
    """What a `.toml` file says."""

    grammar: dict[str, object]
    service: dict[str, Entry]
    signals: dict[str, tuple[str, ...]]


def read_toml_file(path: Path) -> tuple[_File, list[ConfigError]]:
    """What a `.toml` file says, without its mistakes, and these."""
    gather = Mistakes()
    file = Table(gather.of(lambda: read_toml(path), {}), path)
    nothing = Table({}, path)
    tables = [gather.of(partial(file.table, key), nothing) for key in ("grammar", "service", "signals")]
    grammar, service, signals = tables
    said: dict[str, object] = {}
    readers: Mapping[str, Callable[[], object]] = {
        **{key: partial(_lowered, grammar, key) for key in ("negators", "negators_after", "but", "then")},
        "reach": lambda: _reach(grammar),
        "boosters": lambda: _boosters(grammar.table("boosters")),
        "accents": lambda: grammar.choice("accents", _ACCENTS, "optional") == "needed",
        "elision": lambda: grammar.flag("elision", False),
        "prefixes": lambda: tuple(sorted(_lowered(grammar, "prefixes"), key=len, reverse=True)),
    }
    for key, read in readers.items():
        found = gather.of(read, None) if grammar.has(key) else None
        if found is not None:
            said["accents_needed" if key == "accents" else key] = found
    words = {}
    wrong = 0
    for key in service.values:
        # To find the line of a mistake takes as long as to read the file.
        teller = service if wrong < MOST_TOLD else _Silent(service.values, path)
        before = len(gather.found)
        entry = gather.of(partial(_service, teller, key), None)
        wrong += len(gather.found) - before
        if entry is not None:
            words[" ".join(key.lower().split())] = entry
    gather.found[:] = _with_rest(gather.found[: len(gather.found) - max(wrong - MOST_TOLD, 0)], wrong, path)
    none: tuple[str, ...] = ()
    phrases = {name: gather.of(partial(_phrases, signals, name), none) for name in SIGNALS if signals.has(name)}
    gather.found += [error for table in (file, grammar, signals) for error in table.unknown()]
    return _File(said, words, phrases), gather.found


class _Silent(Table):
    """A table whose mistakes are counted, not told."""

    def error(self, key: str | None, message: str, hint: str = "") -> ConfigError:
        return ConfigError(message, file=self.file, hint=hint)


def _reach(table: Table) -> int:
    reach = table.number("reach")
    if not 1 <= reach <= _MOST_REACH:
        raise table.error("reach", f"reach must be from 1 to {_MOST_REACH} words")
    return reach


def _lowered(table: Table, key: str) -> frozenset[str]:
    words = table.texts(key)
    for word in words:
        _few_words(table, key, word, 2 if key == "but" else 1)
    return frozenset(" ".join(word.lower().split()) for word in words)


def _boosters(table: Table) -> Mapping[str, float]:
    for key in table.values:
        _few_words(table, key, key, 2)
    return {" ".join(key.lower().split()): _number(table, key, -1, 1) for key in table.values}


def _few_words(table: Table, key: str, words: str, most: int) -> None:
    if not 1 <= len(words.split()) <= most or "*" in words:
        raise table.error(key, f"{_shown(words)} must be {'one word' if most == 1 else 'one word or two'}, without *")


def _phrases(table: Table, key: str) -> tuple[str, ...]:
    listed = table.texts(key)
    for phrase in listed:
        _checked(table, key, phrase)
    return tuple(" ".join(phrase.lower().split()) for phrase in listed)


def _service(table: Table, key: str) -> Entry:
    _checked(table, key, key)
    pair = table.items(key, "two numbers: sentiment and priority")
    if len(pair) != 2 or any(isinstance(one, bool) or not isinstance(one, int | float) for one in pair):
        raise table.error(key, f"{key!r} must have two numbers: sentiment from -4 to 4, priority from 0 to 12")
    valence, points = pair
    if not -STRONGEST <= valence <= STRONGEST or not 0 <= points <= MOST_URGENT:
        raise table.error(key, f"{key!r} must have a sentiment from -4 to 4 and a priority from 0 to 12, not {pair!r}")
    return Entry(float(valence), points=float(points))


def _checked(table: Table, key: str, phrase: str) -> None:
    try:
        if not phrase.strip():
            raise ValueError("an empty word")
        check_phrase(phrase)
    except ValueError as error:
        what, _, hint = str(error).partition(" — ")
        raise table.error(key, what, hint) from None


def _number(table: Table, key: str, least: float, most: float) -> float:
    value = table.values[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise table.error(key, f"{key} must be a number from {least:g} to {most:g}, not {value!r}")
    return float(value)

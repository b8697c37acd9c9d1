"""Which language a post is written in: by script first, then by marker words.

Made for short posts. It knows en es pt fr de it hi gu pa hi-Latn ru ar mr ur well, some neighbours so that they are
not taken for one of these, and says nothing (`""`) rather than guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from operator import itemgetter

from cminbox.rules.language_files import Markers, endings, language_files, markers

_READ = 220
"""Characters that are looked at: the rest of a long text says nothing new."""

_NOT_LANGUAGE = re.compile(r"https?://\S+|www\.\S+|@[\w.@-]+|&\w+;|#\w+")
_NOT_WORDS = re.compile(r"https?://\S+|www\.\S+|@[\w.@-]+|&\w+;")
_LATIN_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_OTHER = re.compile(r"[^\x00-\x7f]+")
# Letters, signs and joiners of a script, without its full stops.
_WORDS = {
    "devanagari": re.compile("[\u0900-\u0963\u0966-\u097f\u200c\u200d]+"),
    "cyrillic": re.compile("[\u0400-\u052f]+"),
}
_ASCII_LETTERS = re.compile(r"[A-Za-z]")
_ASCII_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())
_SAMPLE = 30

# Scripts by the first word of their letters' names in Unicode, and the language of those that one language has.
_SCRIPTS: Mapping[str, str] = {
    **{"LATIN": "latin", "CYRILLIC": "cyrillic", "DEVANAGARI": "devanagari", "ARABIC": "arabic", "CJK": "han"},
    **{"HIRAGANA": "kana", "KATAKANA": "kana", "KATAKANA-HIRAGANA": "kana", "HANGUL": "ko", "THAI": "th", "LAO": "lo"},
    **{"BENGALI": "bn", "GURMUKHI": "pa", "GUJARATI": "gu", "ORIYA": "or", "TAMIL": "ta", "TELUGU": "te"},
    **{"KANNADA": "kn", "MALAYALAM": "ml", "SINHALA": "si", "MYANMAR": "my", "KHMER": "km", "ETHIOPIC": "am"},
    **{"GREEK": "el", "ARMENIAN": "hy", "HEBREW": "he", "GEORGIAN": "ka"},
}

_URDU = frozenset("ٹڈڑںےہھۂۃ")
_ARABIC = frozenset("ةىيكأإؤئ")
_PERSIAN = frozenset("پچژگکی")
_UKRAINIAN = frozenset("іїєґ")
_RUSSIAN = frozenset("ыэё")
_OTHER_CYRILLIC = frozenset("ђћџљњјўқғұәөүһ")

# The script of a language that is not written in Latin letters, of those whose script others write too.
_SCRIPT_OF: Mapping[str, str] = {
    **dict.fromkeys(("hi", "mr", "ne", "sa"), "devanagari"),
    **dict.fromkeys(("ru", "uk", "bg", "be", "mk", "sr", "kk"), "cyrillic"),
    **dict.fromkeys(("ar", "ur", "fa", "ps", "sd"), "arabic"),
    **{"zh": "han", "ja": "kana"},
}
_OWN_SCRIPT = frozenset(name for name in _SCRIPTS.values() if len(name) == 2)

_ENOUGH = 1.0
_HINT_WORTH = 1.2


def detect(text: str, hint: str | None = None) -> tuple[str, str]:
    """The language of a post, and how it is known.

    Args:
        text: the post, in any script.
        hint: what the network says it is (`en`, `pt-BR`); used where the text does not speak against it.

    Returns:
        An ISO 639-1 code, or `hi-Latn` for romanised Hindi, or `""` when unsure; and `"network"` when that is what
        the network says, `"detected"` when the text alone says so, `""` when unknown.
    """
    hinted = normal_code(hint)
    text = text[:_READ]
    if "@" in text or "#" in text or "&" in text or "://" in text or "www." in text:
        bare = _NOT_LANGUAGE.sub(" ", text)
        # A post of hashtags alone still speaks through them.
        text = bare if len(bare.split()) > 1 else _NOT_WORDS.sub(" ", text).replace("#", " ")
    script = _script(text)
    if script == "":
        found = ""
    elif script == "latin":
        found = _latin(text, hinted)
    elif script == "devanagari":
        found = _by_words(text, "devanagari", hinted, "hi")
    elif script == "arabic":
        found = _arabic(text)
    elif script == "cyrillic":
        found = _cyrillic(text, hinted)
    elif script == "han":
        found = "ja" if hinted == "ja" else "zh"
    elif script == "kana":
        found = "ja"
    else:
        found = script
    if not found and hinted and _could_be(hinted, script):
        found = hinted
    if not found:
        return "", ""
    return found, "network" if found == hinted else "detected"


def normal_code(code: str | None) -> str:
    """A network's language tag as ours: `pt-BR` is `pt`; what is no two-letter language is `""`."""
    if not code:
        return ""
    parts = code.replace("_", "-").split("-")
    base = parts[0].lower()
    if len(base) != 2 or not base.isascii() or not base.isalpha():
        return ""
    if base == "hi" and any(part.lower() == "latn" for part in parts[1:]):
        return "hi-Latn"
    return {"iw": "he", "in": "id", "ji": "yi"}.get(base, base)


@cache
def _script_of_letter(letter: str) -> str:
    return _SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0], "")


def _script(text: str) -> str:
    """The script that most of the letters belong to; one of its own is preferred to the Latin around it."""
    if text.isascii():
        return "latin" if _ASCII_LETTERS.search(text) else ""
    plain = text.encode("ascii", "ignore")
    counts: dict[str, int] = {}
    sample = "".join(_OTHER.findall(text))[:_SAMPLE]
    for letter in sample:
        if name := _script_of_letter(letter):
            counts[name] = counts.get(name, 0) + 1
    accented = counts.pop("latin", 0)
    letters = len(plain.translate(None, _ASCII_NO_LETTERS))
    if counts:
        if "kana" in counts:
            counts["kana"] += counts.pop("han", 0)
        name, count = max(counts.items(), key=itemgetter(1))
        scale = (len(text) - len(plain)) / len(sample)
        # A few letters among many Latin ones are a name or an ornament.
        if count * scale * 2 >= accented * scale + letters:
            return name
    return "latin" if accented or letters else ""


def _scores(speaking: Iterable[Iterable[tuple[str, float]]]) -> defaultdict[str, float]:
    """What all words together say for each language."""
    scores: defaultdict[str, float] = defaultdict(float)
    for each in speaking:
        for language, worth in each:
            scores[language] += worth
    return scores


def _latin(text: str, hinted: str) -> str:
    lowered = text.lower()
    words = _LATIN_WORD.findall(lowered.replace("’", "'") if "’" in lowered else lowered)
    scores = _scores(map(_speaks_for, words))
    if not lowered.isascii():
        for letter, language, worth in _telling_letters():
            if letter in lowered:
                scores[language] += worth
    if hinted == "hi":
        hinted = "hi-Latn"
    if hinted in scores:
        scores[hinted] += _HINT_WORTH
    return _best(scores, len(words))


@cache
def _telling_letters() -> tuple[tuple[str, str, float], ...]:
    """Letters that one language has and its neighbours lack: letter, language, weight."""
    return tuple(
        (letter, code, worth) for code, file in language_files().items() for letter, worth in file.letters.items()
    )


@lru_cache(maxsize=1 << 15)
def _speaks_for(word: str) -> tuple[tuple[str, float], ...]:
    """The languages that a word of Latin letters speaks for, by itself, by its article or by its ending."""
    words, ends = markers("latin"), endings()
    found = words.get(word)
    if found is not None:
        return found
    if "'" in word:
        return tuple(_elided(word, words))
    return (ends.get(word[-4:]) or ends.get(word[-3:]) or ()) if len(word) > 5 else ()


def _elided(word: str, words: Markers) -> Iterator[tuple[str, float]]:
    """French and Italian articles lean on the next word; English ends in 's."""
    head, _, tail = word.partition("'")
    if head in ("l", "d", "j", "qu", "n", "s", "c", "m", "t"):
        yield "fr", 0.6
        if head in ("l", "d", "c"):
            yield "it", 0.5
    elif head in ("un", "dell", "all", "nell", "dall", "sull", "quest"):
        yield "it", 1.0
    elif tail in ("s", "t", "ll", "ve", "re", "d", "m"):
        yield "en", 0.5
    for language, worth in words.get(tail, ()):
        yield language, worth * 0.5


def _best(scores: dict[str, float], words: int) -> str:
    """The language far enough ahead of the next one, given how long the text is."""
    if not scores:
        return ""
    ranked = sorted(scores.items(), key=itemgetter(1), reverse=True)
    language, score = ranked[0]
    runner, second = ranked[1] if len(ranked) > 1 else ("", 0.0)
    mixed = {language, runner} == {"en", "hi-Latn"}
    hindi = scores.get("hi-Latn", 0.0)
    # Romanised Hindi is full of English words, and English never of Hindi ones.
    if mixed and hindi >= 1.9 and hindi >= 0.6 * scores["en"]:
        return "hi-Latn"
    if score < _ENOUGH and not (words <= 4 and score >= 0.9):
        return ""
    if second and score < second * 1.15:
        return ""
    # One marker in a long text is chance.
    if words > 12 and score < 0.08 * words:
        return ""
    return language


def _by_words(text: str, script: str, hinted: str, usual: str) -> str:
    """The language by its marker words; without any, what the network says or what is usual in that script."""
    known = markers(script)
    scores = _scores(known.get(word, ()) for word in _WORDS[script].findall(text))
    if script == "devanagari":
        # Marathi joins its case endings to the noun, and has a letter that Hindi does not.
        signs = sum(map(text.count, ("च्या ", "ळ", "ांना", "ांनी", "ात ")))
        scores["mr"] += 0.7 * min(signs, 4)
    if hinted and _SCRIPT_OF.get(hinted) == script:
        scores[hinted] += _HINT_WORTH
    best, score = max(scores.items(), key=itemgetter(1), default=(usual, 0.0))
    return best if score > scores.get(usual, 0.0) else usual


def _arabic(text: str) -> str:
    letters = frozenset(text)
    if letters & _URDU:
        return "ur"
    if letters & _ARABIC:
        return "ar"
    return "" if letters & _PERSIAN else "ar"


def _cyrillic(text: str, hinted: str) -> str:
    letters = frozenset(text.lower())
    if letters & _OTHER_CYRILLIC:
        return ""
    if letters & _UKRAINIAN and not letters & _RUSSIAN:
        return "uk"
    if letters & _RUSSIAN:
        return "ru"
    return _by_words(text.lower(), "cyrillic", hinted, "ru")


def _could_be(code: str, script: str) -> bool:
    """Whether a text in that script can be in that language; what has no letters can be in any."""
    if not script:
        return False
    own = _SCRIPT_OF.get(code)
    if script == "latin":
        return own is None and code not in _OWN_SCRIPT
    return own == script or code == script

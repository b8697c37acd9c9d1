"""Which language a post is written in: by script first, then by marker words.

Made for short posts. It knows en es pt fr de it hi gu pa hi-Latn ru ar mr ur well, some neighbours so that they are
not taken for one of these, and says nothing (`""`) rather than guess.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, lru_cache

from cminbox.rules import language_words

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

# Start of each block and whose script it is; "" is nobody's (punctuation, signs, emoji). From the Unicode blocks list.
_BLOCKS: tuple[tuple[int, str], ...] = (
    (0x0000, ""),
    (0x00C0, "latin"),
    (0x0250, ""),
    (0x0370, "el"),
    (0x0400, "cyrillic"),
    (0x0530, "hy"),
    (0x0590, "he"),
    (0x0600, "arabic"),
    (0x0700, ""),
    (0x0750, "arabic"),
    (0x0780, ""),
    (0x0900, "devanagari"),
    (0x0980, "bn"),
    (0x0A00, "pa"),
    (0x0A80, "gu"),
    (0x0B00, "or"),
    (0x0B80, "ta"),
    (0x0C00, "te"),
    (0x0C80, "kn"),
    (0x0D00, "ml"),
    (0x0D80, "si"),
    (0x0E00, "th"),
    (0x0E80, "lo"),
    (0x0F00, ""),
    (0x1000, "my"),
    (0x10A0, "ka"),
    (0x1100, "ko"),
    (0x1200, "am"),
    (0x1380, ""),
    (0x1780, "km"),
    (0x1800, ""),
    (0x1E00, "latin"),
    (0x1F00, "el"),
    (0x2000, ""),
    (0x3040, "kana"),
    (0x3100, ""),
    (0x3400, "han"),
    (0x4DC0, ""),
    (0x4E00, "han"),
    (0xA000, ""),
    (0xA8E0, "devanagari"),
    (0xA900, ""),
    (0xAC00, "ko"),
    (0xD7B0, ""),
    (0xFB50, "arabic"),
    (0xFE00, ""),
    (0xFE70, "arabic"),
    (0xFEFF, ""),
)
_STARTS = tuple(start for start, _ in _BLOCKS)

# Letters that one language of the Latin alphabet has and its neighbours here lack, with what they are worth.
_LATIN_LETTERS: tuple[tuple[str, str, float], ...] = (
    ("ñ", "es", 1.5),
    ("¿", "es", 2.0),
    ("¡", "es", 1.5),
    ("ã", "pt", 1.5),
    ("õ", "pt", 1.5),
    ("ß", "de", 2.0),
    ("ü", "de", 0.7),
    ("ä", "de", 0.7),
    ("ö", "de", 0.7),
    ("œ", "fr", 1.5),
    ("ù", "fr", 0.6),
    ("è", "fr", 0.4),
    ("è", "it", 0.4),
    ("ê", "fr", 0.5),
    ("ê", "pt", 0.3),
    ("ç", "fr", 0.3),
    ("ç", "pt", 0.4),
    ("ò", "it", 1.0),
    ("ì", "it", 1.0),
    ("ı", "tr", 1.5),
    ("ğ", "tr", 2.0),
    ("ş", "tr", 1.0),
    ("ł", "pl", 2.0),
    ("ę", "pl", 1.5),
    ("ż", "pl", 1.5),
    ("å", "sv", 1.5),
    ("ș", "ro", 1.5),
    ("ț", "ro", 1.5),
)

_URDU = frozenset("ٹڈڑںےہھۂۃ")
_ARABIC = frozenset("ةىيكأإؤئ")
_PERSIAN = frozenset("پچژگکی")
_UKRAINIAN = frozenset("іїєґ")
_RUSSIAN = frozenset("ыэё")
_OTHER_CYRILLIC = frozenset("ђћџљњјўқғұәөүһ")

# What a Latin text may be said to be in by its network.
_SCRIPT_OF = {
    "hi": "devanagari",
    "mr": "devanagari",
    "ne": "devanagari",
    "sa": "devanagari",
    "ru": "cyrillic",
    "uk": "cyrillic",
    "bg": "cyrillic",
    "be": "cyrillic",
    "mk": "cyrillic",
    "sr": "cyrillic",
    "kk": "cyrillic",
    "ar": "arabic",
    "ur": "arabic",
    "fa": "arabic",
    "ps": "arabic",
    "sd": "arabic",
    "zh": "han",
    "ja": "kana",
}
_OWN_SCRIPT = frozenset(name for _, name in _BLOCKS if len(name) == 2)

_ENOUGH = 1.0
_HINT_WORTH = 1.2


def detect(text: str, hint: str | None = None) -> tuple[str, str]:
    """The language of a post, and how it is known.

    Args:
        text: the post, in any script.
        hint: what the network says it is (`en`, `pt-BR`); used where the text does not speak against it.

    Returns:
        An ISO 639-1 code, or `hi-Latn` for romanised Hindi, or `""` when unsure; and `"network"` when that is what
        the network said, `"detected"` when the text alone says so, `""` when unknown.
    """
    said = normal_code(hint)
    text = text[:_READ]
    if "@" in text or "#" in text or "&" in text or "://" in text or "www." in text:
        bare = _NOT_LANGUAGE.sub(" ", text)
        # A post of hashtags alone still speaks through them.
        text = bare if len(bare.split()) > 1 else _NOT_WORDS.sub(" ", text).replace("#", " ")
    script = _script(text)
    if script == "":
        found = ""
    elif script == "latin":
        found = _latin(text, said)
    elif script == "devanagari":
        found = _by_words(text, "devanagari", said, "hi")
    elif script == "arabic":
        found = _arabic(text)
    elif script == "cyrillic":
        found = _cyrillic(text, said)
    elif script == "han":
        found = "ja" if said == "ja" else "zh"
    elif script == "kana":
        found = "ja"
    else:
        found = script
    if not found and said and _could_be(said, script):
        found = said
    if not found:
        return "", ""
    return found, "network" if found == said else "detected"


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
    return _BLOCKS[bisect_right(_STARTS, ord(letter)) - 1][1]


def _script(text: str) -> str:
    """The script that most of the letters belong to; one of its own is preferred to the Latin around it."""
    if text.isascii():
        return "latin" if _ASCII_LETTERS.search(text) else ""
    plain = text.encode("ascii", "ignore")
    counts: dict[str, int] = {}
    sample = "".join(_OTHER.findall(text))[:_SAMPLE]
    for letter in sample:
        name = _script_of_letter(letter)
        if name:
            counts[name] = counts.get(name, 0) + 1
    accented = counts.pop("latin", 0)
    letters = len(plain.translate(None, _ASCII_NO_LETTERS))
    if counts:
        if "kana" in counts:
            counts["kana"] += counts.pop("han", 0)
        name, count = max(counts.items(), key=_second)
        scale = (len(text) - len(plain)) / len(sample)
        # A few letters among many Latin ones are a name or an ornament.
        if count * scale * 2 >= accented * scale + letters:
            return name
    return "latin" if accented or letters else ""


def _second(pair: tuple[str, float]) -> float:
    return pair[1]


def _latin(text: str, said: str) -> str:
    lowered = text.lower()
    scores: dict[str, float] = {}
    words = _LATIN_WORD.findall(lowered.replace("’", "'") if "’" in lowered else lowered)
    for word in words:
        for language, worth in _speaks_for(word):
            scores[language] = scores.get(language, 0.0) + worth
    if not lowered.isascii():
        for letter, language, worth in _LATIN_LETTERS:
            if letter in lowered:
                scores[language] = scores.get(language, 0.0) + worth
    if said == "hi":
        said = "hi-Latn"
    if said in scores:
        scores[said] = scores.get(said, 0.0) + _HINT_WORTH
    return _best(scores, len(words))


@lru_cache(maxsize=1 << 15)
def _speaks_for(word: str) -> tuple[tuple[str, float], ...]:
    """The languages that a word of Latin letters speaks for, by itself, by its article or by its ending."""
    markers, endings = language_words.table("latin"), language_words.ENDINGS
    found = markers.get(word)
    if found is not None:
        return found
    if "'" in word:
        return tuple(_elided(word, markers))
    return (endings.get(word[-4:]) or endings.get(word[-3:]) or ()) if len(word) > 5 else ()


def _elided(word: str, markers: language_words.Markers) -> Iterator[tuple[str, float]]:
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
    for language, worth in markers.get(tail, ()):
        yield language, worth * 0.5


def _best(scores: dict[str, float], words: int) -> str:
    """The language far enough ahead of the next one, given how long the text is."""
    if not scores:
        return ""
    ranked = sorted(scores.items(), key=_second, reverse=True)
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


def _by_words(text: str, script: str, said: str, usual: str) -> str:
    """The language by its marker words; without any, what the network says or what is usual in that script."""
    markers = language_words.table(script)
    scores: dict[str, float] = {}
    for word in _WORDS[script].findall(text):
        for language, worth in markers.get(word, ()):
            scores[language] = scores.get(language, 0.0) + worth
    if script == "devanagari":
        # Marathi joins its case endings to the noun, and has a letter that Hindi does not.
        endings = text.count("च्या ") + text.count("ळ") + text.count("ांना") + text.count("ांनी") + text.count("ात ")
        scores["mr"] = scores.get("mr", 0.0) + 0.7 * min(endings, 4)
    if said and _SCRIPT_OF.get(said) == script:
        scores[said] = scores.get(said, 0.0) + _HINT_WORTH
    best, score = max(scores.items(), key=_second, default=(usual, 0.0))
    return best if score > scores.get(usual, 0.0) else usual


def _arabic(text: str) -> str:
    letters = frozenset(text)
    if letters & _URDU:
        return "ur"
    if letters & _ARABIC:
        return "ar"
    return "" if letters & _PERSIAN else "ar"


def _cyrillic(text: str, said: str) -> str:
    letters = frozenset(text.lower())
    if letters & _OTHER_CYRILLIC:
        return ""
    if letters & _UKRAINIAN and not letters & _RUSSIAN:
        return "uk"
    if letters & _RUSSIAN:
        return "ru"
    return _by_words(text.lower(), "cyrillic", said, "ru")


def _could_be(code: str, script: str) -> bool:
    """Whether a text in that script can be in that language; what has no letters can be in any."""
    if not script:
        return False
    own = _SCRIPT_OF.get(code)
    if script == "latin":
        return own is None and code not in _OWN_SCRIPT
    return own == script or code == script

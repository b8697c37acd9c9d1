"""Which script a text is written in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from operator import itemgetter

_OTHER = re.compile(r"[^\x00-\x7f]+")
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

# The script of a language that is not written in Latin letters, of those whose script others write too.
_SCRIPT_OF: Mapping[str, str] = {
    **dict.fromkeys(("hi", "mr", "ne", "sa"), "devanagari"),
    **dict.fromkeys(("ru", "uk", "bg", "be", "mk", "sr", "kk", "ky", "tg", "mn", "tt", "ba"), "cyrillic"),
    **dict.fromkeys(("ar", "ur", "fa", "ps", "sd", "ug"), "arabic"),
    **{"zh": "han", "ja": "kana"},
}
_OWN_SCRIPT = frozenset(name for name in _SCRIPTS.values() if len(name) == 2)


def script_of(text: str) -> str:
    """The script that most of the letters of a text belong to; one of its own is preferred to the Latin around it.

    Returns:
        `latin`, `cyrillic`, `devanagari`, `arabic`, `han`, `kana`; the language's code for a script that one language
        has; `""` where there are no letters of a script that we know.
    """
    if text.isascii():
        return "latin" if _ASCII_LETTERS.search(text) else ""
    plain = text.encode("ascii", "ignore")
    sample = "".join(_OTHER.findall(text))[:_SAMPLE]
    names = list(map(_script_of_letter, sample))
    counts = {name: names.count(name) for name in dict.fromkeys(names) if name}
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


def written_in(code: str, script: str) -> bool:
    """Whether a language can be written in a script; what has no letters can be in no language for sure."""
    own = _SCRIPT_OF.get(code)
    if script == "latin":
        return own is None and code not in _OWN_SCRIPT
    return bool(script) and (own == script or code == script)


@cache
def _script_of_letter(letter: str) -> str:
    return _SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0], "")

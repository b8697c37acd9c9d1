"""Text as it comes in, as it is searched, and as it is counted.

`clean` is the trust boundary: every string of a network passes through it once, and nothing that it let through can
move the cursor, turn the writing direction of a line, or break a database. `fold` is the search's idea of words; the
store's index and the evaluation in memory both use it, so they agree by construction.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

MAX_MARKS = 8
"""Combining marks that may follow one base; more is decoration that grows over other lines."""

_JOINERS = "\u200c\u200d"
_NONCHARACTERS = "".join(chr(plane + low) for plane in range(0, 0x110000, 0x10000) for low in (0xFFFE, 0xFFFF))
_REMOVED = (
    r"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # C0 and C1 but tab and line ends
    r"\ud800-\udfff"  # lone surrogates: neither UTF-8 nor SQLite takes them
    r"\u202a-\u202e\u2066-\u2069"  # bidirectional embeddings, overrides, isolates
    r"\u2061-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"  # invisible operators, deprecated controls, BOM, annotations
    r"\ufdd0-\ufdef" + _NONCHARACTERS
)
_LINE_ENDS = r"\x0b\x0c\r\x85\u2028\u2029"
_TAGS = "\U000e0000-\U000e007f"
# A run that may hold too many marks: marks are no word characters for `re`.
_RUN = rf"[^\w\x00-\u02ff]{{{MAX_MARKS + 1},}}"

_pattern = cache(re.compile)
"""A pattern that is compiled when it is first needed: most starts clean nothing, and these take milliseconds."""
_REMOVE = f"[{_REMOVED}]+"
_LINE_END = f"\r\n|[{_LINE_ENDS}]"
_SUSPECT = f"[{_REMOVED}{_LINE_ENDS}{_TAGS}\t{_JOINERS}]|{_RUN}"
_ASCII_CONTROL = r"[\x00-\x09\x0b-\x1f\x7f]"
# Tags are kept as what they are for: the flag of a region (🏴 and up to six letters and digits).
_TAG_RUN = f"(\U0001f3f4[\U000e0020-\U000e007e]{{1,6}}\U000e007f)|[{_TAGS}]+"
# Joiners mean something after a letter or sign of a script that joins and after an emoji; not after Latin, Greek,
# Cyrillic, punctuation, another joiner, or nothing.
_LOOSE_JOINERS = f"(?<![\u0590-\u1dff\u2070-\u2c5f\u2c80-\ua71f\ua800-\U0010ffff])[{_JOINERS}]+"


def make_ready() -> None:
    """Compile now what `clean` needs: in a rest, and not beside the key that brings the first text which needs it."""
    for pattern in (_REMOVE, _LINE_END, _SUSPECT, _ASCII_CONTROL, _TAG_RUN, _LOOSE_JOINERS, _RUN):
        _pattern(pattern)


def clean(raw: str, limit: int = 20_000) -> str:
    """A network's text made safe to store, to search and to show; the trust boundary.

    Removes control characters (tab becomes a space, every kind of line end `\\n`), lone surrogates, bidirectional
    overrides, embeddings and isolates, invisible tags outside flags, joiners where no script needs them, and marks
    above `MAX_MARKS` on one base; composes (NFC). Idempotent.

    Args:
        raw: any text at all.
        limit: characters kept; a longer text ends in `…`. At least 1.
    """
    if raw.isascii() and len(raw) <= limit and (raw.isprintable() or not _pattern(_ASCII_CONTROL).search(raw)):
        return raw
    text = raw[: 4 * limit]
    cut = len(text) < len(raw)
    while True:
        # What one removal brings together may want another: the end is where nothing changes any more.
        scrubbed = unicodedata.normalize("NFC", _scrub(text))
        if scrubbed == text:
            break
        text = scrubbed
    if cut or len(text) > limit:
        text = text[: limit - 1].rstrip(_JOINERS)
        while text and "\U000e0000" <= text[-1] <= "\U000e007f":
            text = text[:-1]
        text += "…"
    return text


def _scrub(text: str) -> str:
    """One pass of `clean`; the very same string where there is nothing to do."""
    if not _pattern(_SUSPECT).search(text):
        return text
    text = _pattern(_REMOVE).sub("", _pattern(_LINE_END).sub("\n", text)).replace("\t", " ")
    text = _pattern(_TAG_RUN).sub(lambda found: found[1] or "", text)
    return _pattern(_RUN).sub(_thin, _pattern(_LOOSE_JOINERS).sub("", text))


def _thin(found: re.Match[str]) -> str:
    """The run without the marks that are too many for their base."""
    kept: list[str] = []
    marks = 0
    for char in found[0]:
        category = unicodedata.category(char)
        if category[0] == "M":
            marks += 1
            if marks > MAX_MARKS:
                continue
        elif category != "Cf":
            marks = 0
        kept.append(char)
    return "".join(kept)


def one_line(text: str) -> str:
    """The text with each run of white space as one space."""
    return " ".join(text.split())


OUR_SIGNS = "★✎◦▌•‼"
"""What the screens say of a conversation with: in a name or at the beginning of a text they would say it falsely."""
_NO_SIGNS = str.maketrans("", "", OUR_SIGNS)


def without_signs(name: str) -> str:
    """A name without the signs that only we put beside names."""
    return name if name.isascii() else one_line(name.translate(_NO_SIGNS))


_WORD_CATEGORIES = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No", "Co", "Mn", "Mc"})
# Inside a word these are nothing: joiners, soft hyphen, word joiner, direction marks, variation selectors, fillers,
# and the Arabic tatweel.
_NOTHING = frozenset(
    [
        *(0xAD, 0x34F, 0x61C, 0x640, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2060, 0x3164, 0xFFA0),
        *(*range(0x180B, 0x1810), *range(0x200C, 0x2010), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)),
    ]
)
# Accents: marks that a reader leaves out when typing. Vowel signs, viramas and nuktas of Indic scripts, the voicing
# marks of kana and the tones of Thai are letters to their readers, and stay.
_ACCENTS = frozenset(
    [
        *(0x5BF, 0x5C7, 0x670, *range(0x300, 0x370), *range(0x483, 0x488), *range(0x591, 0x5BE), *range(0x5C1, 0x5C3)),
        *(*range(0x5C4, 0x5C6), *range(0x610, 0x61B), *range(0x64B, 0x660), *range(0x6D6, 0x6DD), *range(0x6DF, 0x6E5)),
        *(*range(0x6E7, 0x6E9), *range(0x6EA, 0x6EE), *range(0x1AB0, 0x1B00), *range(0x1DC0, 0x1E00)),
        *(*range(0x20D0, 0x20F1), *range(0xFE20, 0xFE30)),
    ]
)
# Latin letters with a stroke and the like, which Unicode does not take apart.
_PLAIN_LETTERS = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ŧ": "t", "ı": "i"}

_ASCII_FOLD = bytes(ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else ord(" ") for code in range(256))


def _fold_char(char: str) -> str:
    """What one character is to the search: its folded letters, a space, or nothing."""
    code = ord(char)
    if code in _NOTHING or code in _ACCENTS:
        return ""
    category = unicodedata.category(char)
    if category not in _WORD_CATEGORIES:
        return " "
    if category == "Nd":
        return str(unicodedata.decimal(char))
    for other in (unicodedata.normalize("NFKD", char), char.casefold(), _PLAIN_LETTERS.get(char, char)):
        if other != char:
            return "".join(map(_fold_char, other))
    return char


class _FoldTable(dict[int, str]):
    """For `str.translate`: each character is worked out once, when it is first met.

    Only the two lower planes are kept, so that hostile texts cannot make it grow without end.
    """

    def __missing__(self, code: int) -> str:
        folded = _fold_char(chr(code))
        if code < 0x20000:
            self[code] = folded
        return folded


_FOLD = _FoldTable()


def fold(text: str) -> str:
    """The words of a text as the search knows them, joined by one space.

    A word is a run of letters, digits, private-use characters and marks (categories L*, N*, Co, Mn, Mc); case is
    folded, compatibility forms are plain letters (`𝐫𝐞𝐟𝐮𝐧𝐝` is `refund`), digits of every script are 0–9, and accents
    are gone where the script has them, never the vowel signs of Indic scripts. Idempotent.
    """
    if text.isascii():
        return b" ".join(text.encode("ascii").translate(_ASCII_FOLD).split()).decode("ascii")
    return unicodedata.normalize("NFC", " ".join(text.translate(_FOLD).split()))


def words(text: str) -> list[str]:
    """The words of `fold`, in order."""
    return fold(text).split()


def graphemes(text: str) -> list[str]:
    """The text cut into what a reader sees as characters (extended grapheme clusters)."""
    if text.isascii() and "\r" not in text:
        return list(text)
    import regex

    return regex.findall(r"\X", text)

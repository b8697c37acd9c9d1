"""Text as it comes in, as it is searched, and as it is counted.

`clean` is the trust boundary: every string of a network passes through it once, and nothing that it let through can
move the cursor, turn the writing direction of a line, or break a database. `fold` is the search's idea of words; the
store's index and the evaluation in memory both use it, so they agree by construction.
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape

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

_REMOVE = re.compile(f"[{_REMOVED}]+")
_LINE_END = re.compile(f"\r\n|[{_LINE_ENDS}]")
_MARK_RUN = re.compile(_RUN)
_SUSPECT = re.compile(f"[{_REMOVED}{_LINE_ENDS}{_TAGS}\t{_JOINERS}]|{_RUN}")
_ASCII_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
# Tags are kept as what they are for: the flag of a region (🏴 and up to six letters and digits).
_TAG_RUN = re.compile(f"(\U0001f3f4[\U000e0020-\U000e007e]{{1,6}}\U000e007f)|[{_TAGS}]+")
# Joiners mean something after a letter or sign of a script that joins and after an emoji; not after Latin, Greek,
# Cyrillic, punctuation, another joiner, or nothing.
_LOOSE_JOINERS = re.compile(
    f"(?<![\u0590-\u1dff\u2070-\u2c5f\u2c80-\ua71f\ua800-\U0010ffff])[{_JOINERS}]+",
)


def clean(raw: str, limit: int = 20_000) -> str:
    """A network's text made safe to store, to search and to show; the trust boundary.

    Removes control characters (tab becomes a space, every kind of line end `\\n`), lone surrogates, bidirectional
    overrides, embeddings and isolates, invisible tags outside flags, joiners where no script needs them, and marks
    above `MAX_MARKS` on one base; composes (NFC). Idempotent.

    Args:
        raw: any text at all.
        limit: characters kept; a longer text ends in `…`. At least 1.
    """
    if raw.isascii() and len(raw) <= limit and (raw.isprintable() or not _ASCII_CONTROL.search(raw)):
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
    if not _SUSPECT.search(text):
        return text
    text = _REMOVE.sub("", _LINE_END.sub("\n", text)).replace("\t", " ")
    text = _TAG_RUN.sub(lambda found: found[1] or "", text)
    return _MARK_RUN.sub(_thin, _LOOSE_JOINERS.sub("", text))


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
_ACCENTS = (
    (0x300, 0x36F),
    (0x483, 0x487),
    (0x591, 0x5BD),
    (0x5BF, 0x5BF),
    (0x5C1, 0x5C2),
    (0x5C4, 0x5C5),
    (0x5C7, 0x5C7),
    (0x610, 0x61A),
    (0x64B, 0x65F),
    (0x670, 0x670),
    (0x6D6, 0x6DC),
    (0x6DF, 0x6E4),
    (0x6E7, 0x6E8),
    (0x6EA, 0x6ED),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20F0),
    (0xFE20, 0xFE2F),
)
# Latin letters with a stroke and the like, which Unicode does not take apart.
_PLAIN_LETTERS = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ŧ": "t", "ı": "i"}

_ASCII_FOLD = bytes(ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else ord(" ") for code in range(256))


def _fold_char(char: str) -> str:
    """What one character is to the search: its folded letters, a space, or nothing."""
    code = ord(char)
    if code in _NOTHING or any(low <= code <= high for low, high in _ACCENTS):
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


# A reader of our own: `html.parser` needs minutes for 200 kB of unclosed tags, and raises on some of them.
_SILENT = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "head", "title"})
_PARAGRAPHS = frozenset({"p", "blockquote", "pre", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "figure"})
_LINES = frozenset({"div", "li", "tr", "section", "article", "header", "footer", "figcaption", "dt", "dd", "hr"})
_SPACES = re.compile(r"[ \t\n\r\f]+")
_TAG = re.compile(r"""</?([a-z][^\s/>]*+)((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>""", re.IGNORECASE)
_ODD_TAG = re.compile(r"</?([a-z][^\s/>]*+)([^>]*+)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([^\s=]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s]++))?""")
_MAX_HREF = 500
_MAX_QUOTES = 5


class _HtmlReader:
    """Reads an HTML fragment in one pass, and keeps its text with paragraphs, list items, quotes and links."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._breaks = 0
        self._unclosed: set[str] = set()
        self._quotes = 0
        self._pre = 0
        self._bullet = ""
        self._link: tuple[str, int] | None = None

    def read(self, html: str) -> str:
        """The text of the fragment."""
        tag_end, at = _TAG, 0
        while at < len(html):
            opening = html.find("<", at)
            if opening < 0:
                opening = len(html)
            if opening > at:
                self._data(_unescape(html[at:opening]))
            at = opening
            if html.startswith(("<!", "<?"), at):
                comment = html.startswith("<!--", at)
                end = html.find("-->" if comment else ">", at + 4 if comment else at)
                at = end + (3 if comment else 1) if end >= 0 else len(html)
                continue
            found = tag_end.match(html, at)
            if found is None and html[at + 1 : at + 3].strip("/")[:1].isalpha():
                # A quote that nobody closes: from here on a tag ends at the next `>`.
                tag_end = _ODD_TAG
                found = tag_end.match(html, at)
                if found is None:
                    self._data(_unescape(html[at:]))
                    break
            if found is None:
                self._data(html[at : at + 1])
                at += 1
                continue
            tag, closing, attributes = found[1].lower(), html.startswith("</", at), found[2]
            at = found.end()
            if tag in _SILENT and not closing and not attributes.endswith("/"):
                at = self._skip(html, tag, at)
            else:
                self._tag(tag, closing, attributes)
        self._close_link()
        return "\n".join(line.rstrip() for line in "".join(self.parts).split("\n"))

    def _skip(self, html: str, tag: str, at: int) -> int:
        """Where the silent element ends; an unclosed script or style takes the rest with it, others nothing."""
        end = (
            None if tag in self._unclosed else re.compile(f"</{tag}(?=[\\s/>])[^>]*+>?", re.IGNORECASE).search(html, at)
        )
        if end is not None:
            return end.end()
        self._unclosed.add(tag)
        return len(html) if tag in ("script", "style") else at

    def _tag(self, tag: str, closing: bool, attributes: str) -> None:
        if tag == "a":
            self._close_link()
            if not closing:
                self._link = (_attribute(attributes, "href"), len(self.parts))
        elif tag == "br":
            self._breaks += 1
        elif tag == "img":
            self._data(_attribute(attributes, "alt"))
        elif tag == "blockquote":
            self._quotes = max(0, self._quotes + (-1 if closing else 1))
        elif tag == "pre":
            self._pre = max(0, self._pre + (-1 if closing else 1))
        if tag in _PARAGRAPHS:
            self._breaks = max(self._breaks, 2)
        elif tag in _LINES:
            self._breaks = max(self._breaks, 1)
            self._bullet = "- " if tag == "li" and not closing else ""

    def _data(self, data: str) -> None:
        """Adds text; outside `pre` white space is one space, and none at the start of a line."""
        if not self._pre:
            data = _SPACES.sub(" ", data)
            if self._breaks or not self.parts or self.parts[-1].endswith((" ", "\n")):
                data = data.lstrip(" ")
        if not data:
            return
        if self._breaks or not self.parts:
            self.parts.append("\n" * min(self._breaks, 2) if self.parts else "")
            self.parts.append("> " * min(self._quotes, _MAX_QUOTES) + self._bullet)
            self._breaks, self._bullet = 0, ""
        self.parts.append(data)

    def _close_link(self) -> None:
        """Says where a link leads unless its text does; mentions and hashtags speak for themselves."""
        if self._link is None:
            return
        href, start = self._link
        self._link = None
        label = "".join(self.parts[start:]).strip()
        if label and label[0] not in "@#" and href.lower().startswith(("http://", "https://")):
            shown = label.rstrip("…").rstrip("/")
            if not re.match(rf"(https?://)?(www\.)?{re.escape(shown)}", href, re.IGNORECASE):
                self._data(f" ({one_line(href)[:_MAX_HREF]})")


def _unescape(text: str) -> str:
    """The text with its character references decoded."""
    try:
        return unescape(text)
    except ValueError:  # a reference of more digits than Python reads as a number
        return text


def _attribute(attributes: str, name: str) -> str:
    """The value of an attribute; empty without one."""
    for found in _ATTRIBUTE.finditer(attributes):
        if found[1].lower() == name:
            return _unescape((found[2] or "").strip("\"'"))
    return ""


def html_to_text(html: str, limit: int = 20_000) -> str:
    """The text of an HTML fragment, cleaned: paragraphs, lines, list items, quotes, and where links lead.

    Scripts and styles are dropped, character references are decoded, and broken markup is read as far as it goes, in
    time that grows with its length alone.

    Args:
        html: a fragment as networks and feeds send it; ten times `limit` of it are read.
        limit: characters of text kept.
    """
    if "<" not in html and "&" not in html:
        return clean(html, limit).strip()
    return clean(_HtmlReader().read(html[: 10 * limit]), limit).strip()

"""The text of an XML document that a stranger wrote: in whatever encoding, declared rightly or not, and mended.

What a document says of its encoding is often wrong: a server adds `charset=iso-8859-1` to everything, a generator
writes `encoding="utf-16"` before UTF-8. What its bytes are goes first: a byte order mark, then UTF-8 where they are
valid UTF-8, which nothing else is by accident; then what is declared; then what its language is usually written in.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from html.entities import html5

from cminbox.sources.times import plain_language

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = (
    *((b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be")),
    *((b"{\0\0\0", "utf-32-le"), (b"\0\0\0{", "utf-32-be"), (b"{\0", "utf-16-le"), (b"\0{", "utf-16-be")),
)
"""The first letters of XML and JSON in wide encodings without a mark."""
_MEANT = {
    **dict.fromkeys(("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii", "iso8859-1", "cp1252"), "windows-1252"),
    **dict.fromkeys(("gb2312", "gbk", "gb_2312-80", "x-gbk"), "gb18030"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "ksc5601"), "cp949"),
    **{"big5": "big5hkscs", "iso-8859-9": "cp1254", "tis-620": "cp874", "iso-8859-11": "cp874"},
    **{"x-mac-roman": "mac-roman", "macintosh": "mac-roman", "utf8": "utf-8", "iso-8859-8-i": "iso-8859-8"},
}
"""What is meant by labels, as browsers take them (encoding.spec.whatwg.org)."""
_REFUSED = frozenset({"unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined", "utf-7", "utf7"})
_WRITTEN_IN = {
    **dict.fromkeys(("ru", "uk", "bg", "sr", "be", "mk"), ("windows-1251",)),
    **dict.fromkeys(("pl", "cs", "sk", "hu", "sl", "hr", "ro", "bs", "sq"), ("windows-1250",)),
    **dict.fromkeys(("lt", "lv", "et"), ("windows-1257",)),
    **{"ja": ("cp932", "euc_jp"), "zh": ("gb18030", "big5hkscs"), "zh-tw": ("big5hkscs",), "zh-hk": ("big5hkscs",)},
    **{"ko": ("cp949",), "el": ("windows-1253",), "tr": ("windows-1254",), "he": ("windows-1255",)},
    **{"ar": ("windows-1256",), "fa": ("windows-1256",), "vi": ("windows-1258",), "th": ("cp874",)},
}
"""Encodings of one byte or two that a language is usually written in."""

_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{2,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{2,40})""", re.IGNORECASE)
_LANGUAGE = re.compile(rb"""<(?:\w+:)?language>\s*([A-Za-z_-]{2,12})|xml:lang\s*=\s*["']([A-Za-z_-]{2,12})""")
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CDATA = "<![CDATA["
_NEXT_ENTRY = re.compile(r"</(?:\w+:)?(?:item|entry)\s*>\s*<(?:\w+:)?(?:item|entry)\b", re.IGNORECASE)
_SURROGATES = re.compile(
    r"&#(5[56]\d{3}|[xX][dD][89abAB][0-9a-fA-F]{2});&#(5[67]\d{3}|[xX][dD][c-fC-F][0-9a-fA-F]{2});"
)
_REFERENCE = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&(?:#(\d{1,8}|[xX][0-9a-fA-F]{1,8});|([A-Za-z][A-Za-z0-9]{0,31});)?",
    re.DOTALL,
)
_SAMPLE = 200_000
"""Bytes that are looked at where the encoding has to be guessed."""
_XML_NAMES = frozenset({"lt", "gt", "amp", "quot", "apos"})


def decoded(body: bytes, content_type: str = "") -> str:
    """The text of a document's bytes; what no encoding explains is read as Windows-1252.

    Args:
        content_type: the header, for its `charset`.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    for start, encoding in _WIDE:
        if body.startswith(start):
            return body.decode(encoding, "replace")
    in_xml, in_header = _DECLARED.search(body[:1000]), _CHARSET.search(content_type)
    declared = [
        *([_meant(in_xml[1].decode("ascii"))] if in_xml else []),
        *([_meant(in_header[1])] if in_header else []),
    ]
    for label in declared:
        if label.startswith(("iso-2022", "iso2022", "hz")) and (text := _strictly(body, label)) is not None:
            return text  # seven bits a byte: these would pass as ASCII
    if (text := _strictly(body, "utf-8")) is not None:
        return text
    if (text := _mostly_utf8(body, declared)) is not None:
        return text
    usual = _usual(body)
    if declared[:1] == ["windows-1252"] and usual:
        # No language of another script can be written in it.
        declared = [*usual, *declared]
    for label in (*declared, *usual, *_cyrillic(body)):
        if not label.startswith(("utf-8", "utf-16", "utf-32", "ucs")) and (text := _strictly(body, label)) is not None:
            return text
    return body.decode("windows-1252", "replace")


def mended(text: str) -> str:
    """A document without what makes XML parsers give up.

    Without its declaration, what stands before its first tag, characters that XML does not have, and CDATA that nobody
    closed; entities of HTML are characters, and an ampersand that begins nothing is one.
    """
    text = _closed(_NOT_XML.sub("", _DECLARATION.sub("", text, count=1)).lstrip())
    if "&" not in text:
        return text
    own = "<!ENTITY" in text
    text = _SURROGATES.sub(lambda pair: f"&#{_paired(_code(pair[1]), _code(pair[2]))};", text)

    def reference(found: re.Match[str]) -> str:
        whole, number, name = found[0], found[1], found[2]
        if whole[0] == "<" or name in _XML_NAMES:
            return whole
        if number:
            return whole if _is_xml(_code(number)) else ""
        if name and (meant := html5.get(f"{name};")):
            return meant.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return whole if name and own else f"&amp;{whole[1:]}"

    return _REFERENCE.sub(reference, text)


def _closed(text: str) -> str:
    """The text without marks of CDATA sections that nobody closed: they would take the next entries with them."""
    parts: list[str] = []
    at, end = 0, -1
    while (start := text.find(_CDATA, at)) >= 0:
        if end < start:
            end = text.find("]]>", start)
            end = len(text) if end < 0 else end
        if end == len(text) or _NEXT_ENTRY.search(text, start, end):
            parts.append(text[at:start])
            at = start + len(_CDATA)
        else:
            parts.append(text[at : end + 3])
            at = end + 3
    return "".join((*parts, text[at:]))


def _meant(label: str) -> str:
    return _MEANT.get(label.lower(), label.lower())


def _strictly(body: bytes, encoding: str) -> str | None:
    """The text, if all of the bytes are of this encoding."""
    if encoding in _REFUSED:
        return None
    try:
        return body.decode(encoding)
    except (UnicodeError, LookupError, ValueError):
        return None


def _mostly_utf8(body: bytes, declared: Sequence[str]) -> str | None:
    """UTF-8 with some broken bytes, which are read as Windows-1252; None where they are too many for that."""
    text = body.decode("utf-8", "surrogateescape")
    broken = len(re.findall("[\udc80-\udcff]", text))
    letters = len(text) - len(text.encode("ascii", "ignore")) - broken
    other = any(label != "utf-8" for label in declared)
    if not letters or letters < broken * (10 if other else 1):
        return None
    return re.sub(
        "[\udc80-\udcff]", lambda byte: bytes([ord(byte[0]) - 0xDC00]).decode("windows-1252", "replace"), text
    )


def _usual(body: bytes) -> tuple[str, ...]:
    """What the document's language is usually written in."""
    found = _LANGUAGE.search(body[:20_000])
    if found is None:
        return ()
    language = plain_language((found[1] or found[2]).decode("ascii"))
    encodings = _WRITTEN_IN.get(language) or _WRITTEN_IN.get(language.partition("-")[0]) or ()
    return ("koi8-r", *encodings) if "windows-1251" in encodings and _koi8(body) else encodings


def _cyrillic(body: bytes) -> tuple[str, ...]:
    """An encoding of Cyrillic, where bytes of letters stand beside each other: in Latin scripts few do."""
    high = re.findall(rb"[\x80-\xff]+", body[:_SAMPLE])
    count, together = sum(map(len, high)), sum(len(run) for run in high if len(run) > 2)
    letters = sum(byte >= 0xC0 for run in high for byte in run)
    if together * 10 < count * 7 or letters * 10 < count * 9:
        return ()
    return ("koi8-r",) if _koi8(body) else ("windows-1251",)


def _koi8(body: bytes) -> bool:
    """Whether Cyrillic is KOI8-R rather than Windows-1251: small letters, of which there are more, lie lower there."""
    sample = body[:_SAMPLE]
    return sum(0xC0 <= byte <= 0xDF for byte in sample) > sum(byte >= 0xE0 for byte in sample)


def _code(number: str) -> int:
    return int(number[1:], 16) if number[0] in "xX" else int(number)


def _is_xml(code: int) -> bool:
    return code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code <= 0x10FFFF


def _paired(high: int, low: int) -> int:
    """The character that two halves of UTF-16 make, or nothing of XML's where they are none."""
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
        return 0
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)

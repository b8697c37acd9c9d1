"""The text of HTML fragments, read by a reader of our own.

`html.parser` needs minutes for 200 kB of unclosed tags, and raises on some of them; this one is linear and never does.
"""

from __future__ import annotations

import re
from html import unescape
from typing import NamedTuple
from urllib.parse import urljoin

from cminbox import links
from cminbox.text import clean, one_line

_SILENT = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "head", "title"})
_PARAGRAPHS = frozenset({"p", "blockquote", "pre", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "figure"})
_LINES = frozenset({"div", "li", "tr", "section", "article", "header", "footer", "figcaption", "dt", "dd", "hr"})
_ELEMENTS = frozenset(
    (
        *("a", "abbr", "acronym", "address", "applet", "area", "article", "aside", "audio", "b", "base", "basefont"),
        *("bdi", "bdo", "bgsound", "big", "blink", "blockquote", "body", "br", "button", "canvas", "caption"),
        *("center", "cite", "code", "col", "colgroup", "datalist", "dd", "del"),
        *("details", "dfn", "dialog", "dir", "div", "dl", "dt", "em", "embed", "fieldset", "figcaption"),
        *("figure", "font", "footer", "form", "frame", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head"),
        *("header", "hgroup", "hr", "html", "i", "iframe", "img", "input", "ins", "isindex", "kbd"),
        *("keygen", "label", "legend", "li", "link", "listing", "main", "map", "mark", "marquee", "math", "menu"),
        *("menuitem", "meta", "meter", "nav", "nobr", "noembed", "noframes", "noscript", "object", "ol", "optgroup"),
        *("option", "output", "p", "param", "picture", "plaintext", "pre", "progress", "q", "rb", "rp", "rt"),
        *("rtc", "ruby", "s", "samp", "script", "search", "section", "select", "small", "source"),
        *("spacer", "span", "strike", "strong", "style", "sub", "summary", "sup", "svg", "table", "tbody", "td"),
        *("template", "textarea", "tfoot", "th", "thead", "time", "title", "tr", "track", "tt", "u", "ul"),
        *("var", "video", "wbr", "xmp"),
    )
)
"""What is markup; anything else in angle brackets may be text that nobody escaped."""
_OWN_NAME = re.compile(r"[a-z][a-z0-9._]*(?:-[a-z0-9._-]*|:[a-z0-9._-]+)")
"""Elements of somebody's own: `my-card`, `o:p`."""
_FLAGS = frozenset(
    (
        *("allowfullscreen", "async", "autofocus", "autoplay", "border", "checked", "clear", "compact", "controls"),
        *("default", "defer", "disabled", "download", "hidden", "inert", "ismap", "itemscope", "loop", "multiple"),
        *("muted", "noshade", "novalidate", "nowrap", "open", "playsinline", "readonly", "required", "reversed"),
        "selected",
    )
)
"""Attributes that need no value."""
_SPACES = re.compile(r"[ \t\n\r\f]+")
_TAG = re.compile(r"""</?([a-z][^\s/>]*+)((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>""", re.IGNORECASE)
_ODD_TAG = re.compile(r"</?([a-z][^\s/>]*+)([^>]*+)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([^\s=/]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s]++))?""")
_EMBEDDED = re.compile(
    r"""<(img|video|audio|iframe|embed|object)\b((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>""", re.IGNORECASE
)
_QUOTED = re.compile(r""""[^"]*+"|'[^']*+'""")
_MAX_EMBEDDED = 10
_TAB = "    "
_BEGINS_WITH_CODE = re.compile(r"\s*<pre\b", re.IGNORECASE)
_MAX_QUOTES = 5


class _HtmlReader:
    """Reads an HTML fragment in one pass, and keeps its text with paragraphs, list items, quotes and links."""

    def __init__(self, base: str, people: links.People | None) -> None:
        self.parts: list[str] = []
        self._base = base
        # Where nobody tells of the author, their page is what links are relative to.
        self._people = people._replace(author=links.host_of(base)) if base and people and not people.author else people
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
                self._data(unescaped(html[at:opening]))
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
                    self._data(unescaped(html[at:]))
                    break
            if found is None:
                self._data(html[at : at + 1])
                at += 1
                continue
            tag, closing, attributes = found[1].lower(), html.startswith("</", at), found[2]
            if "<" in attributes and tag_end is _TAG and (inner := _last_opening(attributes)) >= 0:
                # `a<b and so on</p>`: the last of them begins the tag.
                at = found.start(2) + inner
                self._data(unescaped(html[found.start() : at]))
                continue
            at = found.end()
            if not _is_markup(tag, attributes):
                self._data(unescaped(found[0]))
                continue
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
        elif tag in ("pre", "xmp", "listing"):
            self._pre = max(0, self._pre + (-1 if closing else 1))
        if tag in _PARAGRAPHS:
            self._breaks = max(self._breaks, 2)
        elif tag in _LINES:
            self._breaks = max(self._breaks, 1)
            self._bullet = "- " if tag == "li" and not closing else ""

    def _data(self, data: str) -> None:
        """Adds text; outside `pre` white space is one space, and none at the start of a line."""
        if self._pre:
            data = data.replace("\t", _TAB)
        else:
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
        """Says where a link leads unless its text does."""
        if self._link is None:
            return
        href, start = self._link
        self._link = None
        href = _joined(self._base, href)
        if self._people is not None and (where := links.beside("".join(self.parts[start:]), href, self._people)):
            self._data(f" ({where})")


def _is_markup(tag: str, attributes: str) -> bool:
    """Whether something in angle brackets is a tag, and not text that nobody escaped.

    `vector<int>`, `Map<K,V>`, `<ana@ex.org>`, `<https://ex.org>` and `a<b or c>d` are text.
    """
    if attributes.startswith("//") or not (tag in _ELEMENTS or "=" in attributes or _OWN_NAME.fullmatch(tag)):
        return False
    words = attributes.replace("/", " ").split()
    return not words or "=" in attributes or all(word.lower() in _FLAGS or "-" in word for word in words)


def _last_opening(attributes: str) -> int:
    """Where a tag begins inside what looks like the attributes of another, outside of quotes; -1: nowhere."""
    return _QUOTED.sub(lambda quoted: "." * len(quoted[0]), attributes).rfind("<")


def unescaped(text: str) -> str:
    """The text with its character references decoded."""
    try:
        return unescape(text)
    except ValueError:  # a reference of more digits than Python reads as a number
        return text


def _attribute(attributes: str, name: str) -> str:
    """The value of an attribute; empty without one."""
    for found in _ATTRIBUTE.finditer(attributes):
        if found[1].lower() == name:
            return unescaped((found[2] or "").strip("\"'"))
    return ""


def _joined(base: str, link: str) -> str:
    """A link, made whole where it is relative and a base is known."""
    try:
        return urljoin(base, link) if base and link else link
    except ValueError:
        return link


def html_to_text(html: str, limit: int = 20_000, *, base: str = "", people: links.People | None = links.NOBODY) -> str:
    """The text of an HTML fragment, cleaned: paragraphs, lines, list items, quotes, and where links lead.

    Scripts and styles are dropped, character references are decoded, and broken markup is read as far as it goes, in
    time that grows with its length alone. What looks like a tag but is none of HTML's (`vector<int>`) stays.

    Args:
        html: a fragment as networks and feeds send it; ten times `limit` of it are read.
        limit: characters of text kept.
        base: what its links are relative to.
        people: whom it mentions: where their links lead need not be said; None to say it of no link, for comparing.
    """
    if "<" not in html and "&" not in html:
        return clean(html, limit).strip()
    text = clean(_HtmlReader(base, people).read(html[: 10 * limit]), limit)
    # Code keeps the indent of its first line.
    return text.strip("\n").rstrip() if _BEGINS_WITH_CODE.match(html) else text.strip()


class Embedded(NamedTuple):
    """Something that stands in HTML beside its text: its tag, its address, and what it shows, as its author says."""

    tag: str
    address: str
    alt: str


def embedded(html: str) -> list[Embedded]:
    """Pictures, films, sounds and frames of an HTML fragment, without pictures of one dot, which count readers."""
    found = []
    for element in _EMBEDDED.finditer(html):
        tag, attributes = element[1].lower(), element[2]
        if tag == "img" and "1" in (_attribute(attributes, "width"), _attribute(attributes, "height")):
            continue
        names = ("src", "data-src", "srcset", "data", "poster")
        address = next((value for name in names if (value := _attribute(attributes, name).strip())), "")
        alt = _attribute(attributes, "alt") or _attribute(attributes, "title") or _attribute(attributes, "aria-label")
        found.append(Embedded(tag, address.split()[0] if address else "", one_line(clean(alt, 500))))
    return found[:_MAX_EMBEDDED]


def without_embedded(html: str) -> str:
    """The fragment without them."""
    return _EMBEDDED.sub(" ", html)

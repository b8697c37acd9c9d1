"""The text of HTML fragments, read by a reader of our own.

`html.parser` needs minutes for 200 kB of unclosed tags, and raises on some of them; this one is linear and never does.
"""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin

from cminbox import links
from cminbox.text import clean, one_line

_SILENT = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "head", "title"})
_PARAGRAPHS = frozenset({"p", "blockquote", "pre", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "figure"})
_LINES = frozenset({"div", "li", "tr", "section", "article", "header", "footer", "figcaption", "dt", "dd", "hr"})
_ELEMENTS = frozenset(
    (
        "a",
        "abbr",
        "acronym",
        "address",
        "applet",
        "area",
        "article",
        "aside",
        "audio",
        "b",
        "base",
        "basefont",
        "bdi",
        "bdo",
        "bgsound",
        "big",
        "blink",
        "blockquote",
        "body",
        "br",
        "button",
        "canvas",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "command",
        "content",
        "data",
        "datalist",
        "dd",
        "del",
        "details",
        "dfn",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "element",
        "em",
        "embed",
        "fieldset",
        "figcaption",
        "figure",
        "font",
        "footer",
        "form",
        "frame",
        "frameset",
        "g",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hgroup",
        "hr",
        "html",
        "i",
        "iframe",
        "image",
        "img",
        "input",
        "ins",
        "isindex",
        "kbd",
        "keygen",
        "label",
        "legend",
        "li",
        "link",
        "listing",
        "main",
        "map",
        "mark",
        "marquee",
        "math",
        "menu",
        "menuitem",
        "meta",
        "meter",
        "nav",
        "nobr",
        "noembed",
        "noframes",
        "noscript",
        "object",
        "ol",
        "optgroup",
        "option",
        "output",
        "p",
        "param",
        "path",
        "picture",
        "plaintext",
        "pre",
        "progress",
        "q",
        "rb",
        "rp",
        "rt",
        "rtc",
        "ruby",
        "s",
        "samp",
        "script",
        "search",
        "section",
        "select",
        "shadow",
        "slot",
        "small",
        "source",
        "spacer",
        "span",
        "strike",
        "strong",
        "style",
        "sub",
        "summary",
        "sup",
        "svg",
        "table",
        "tbody",
        "td",
        "template",
        "textarea",
        "tfoot",
        "th",
        "thead",
        "time",
        "title",
        "tr",
        "track",
        "tt",
        "u",
        "ul",
        "use",
        "var",
        "video",
        "wbr",
        "xmp",
    )
)
"""What is markup. Anything else in angle brackets, such as `vector<int>`, is text that nobody escaped."""
_SPACES = re.compile(r"[ \t\n\r\f]+")
_TAG = re.compile(r"""</?([a-z][^\s/>]*+)((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>""", re.IGNORECASE)
_ODD_TAG = re.compile(r"</?([a-z][^\s/>]*+)([^>]*+)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([^\s=]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s]++))?""")
_IMAGE = re.compile(r"""<img\b((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>""", re.IGNORECASE)
_QUOTED = re.compile(r""""[^"]*+"|'[^']*+'""")
_MAX_IMAGES = 10
_TAB = "    "
_BEGINS_WITH_CODE = re.compile(r"\s*<pre\b", re.IGNORECASE)
_MAX_QUOTES = 5


class _HtmlReader:
    """Reads an HTML fragment in one pass, and keeps its text with paragraphs, list items, quotes and links."""

    def __init__(self, base: str, people: links.People | None) -> None:
        self.parts: list[str] = []
        self._base, self._people = base, people
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
            if tag not in _ELEMENTS and tag.isalnum() and "=" not in attributes:
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


def images(html: str) -> list[tuple[str, str]]:
    """Address and alternative text of each picture of an HTML fragment, without those of one dot that count readers."""
    found = []
    for image in _IMAGE.finditer(html):
        if "1" in (_attribute(image[1], "width"), _attribute(image[1], "height")):
            continue
        found.append((_attribute(image[1], "src"), one_line(clean(_attribute(image[1], "alt"), 500))))
    return found[:_MAX_IMAGES]

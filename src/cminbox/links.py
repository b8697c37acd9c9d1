"""Where links lead, said so that nobody is deceived.

What a link shows and where it leads are two texts of a stranger. The address stands beside the label unless the label
names the whole host and as much of the rest as it does not cut with `…`; a host whose letters look like others is
spelled in plain ones too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import quote, unquote

LONGEST = 500
"""Characters of an address that are shown."""

_HOST = r"([^/?#@\\:\s\[\]]+|\[[0-9a-f:.]+\])(:\d*)?([/?#].*)?"
_ADDRESS = re.compile(rf"(https?)://(?:([^/?#\\]*)@)?{_HOST}", re.IGNORECASE | re.DOTALL)
_SHOWS_ADDRESS = re.compile(rf"(?:(https?)://)?{_HOST}", re.IGNORECASE | re.DOTALL)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):|//", re.IGNORECASE)
_SILENT = frozenset({"javascript", "data", "vbscript", "blob", "about"})
_IN_TEXT = re.compile(
    r"https?://[^\s<>\"'`]+|(?<![\w@.-])[^\W_][\w-]*(?:\.[\w-]+)*\.[a-z]{2,24}(?![\w@-])", re.IGNORECASE
)
_IN_NO_HOST = re.compile(r"[\x00-\x20\x7f#%/<>?@\\^`{|}\"]")
_CAPITAL_I = re.compile("[a-z]I")
"""Inside a word a capital I looks like a small l."""
_CUT = re.compile(r"(?:…|\.\.\.)$")
_USER = re.compile(r"(?<=://)[^/?#\s]*@")
_CREDENTIAL = re.compile(
    r"([?&;][^=&;#]*?(?:token|secret|passw|signature|\bkey\b|api_?key|\bauth\b|\bsig\b)[^=&;#]*=)[^&;#]+", re.IGNORECASE
)
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_HAS_QUERY = re.compile("[?#]")
_TAG_PLACES = frozenset({"tag", "tags", "hashtag", "hashtags"})


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_UNLIKE_OTHERS = _words(
    """ARABIC BENGALI CJK DEVANAGARI GUJARATI GURMUKHI HANGUL HEBREW HIRAGANA KANNADA KATAKANA MALAYALAM ORIYA
    SINHALA TAMIL TELUGU THAI"""
)
"""Scripts whose letters nobody takes for Latin ones."""
_ALIKE = frozenset("аеіїјӏорсѕухԁԛԝһүѵαεινορυω")
"""Small letters that are not plain and look just like plain ones."""
_WRITTEN_TOGETHER = frozenset({"CJK", "HIRAGANA", "KATAKANA"})


class People(NamedTuple):
    """Whom a text mentions, as its network tells.

    Attributes:
        mentioned: names with the hosts that their profiles are on, in lower case.
        home: the host that tells it; empty where nobody does.
        author: the host of who wrote the text, whose pages of hashtags it may link.
    """

    mentioned: Collection[tuple[str, str]] = ()
    home: str = ""
    author: str = ""


NOBODY = People()


class _Address(NamedTuple):
    """The parts of a web address: `before` is what stands before an `@`, which browsers leave out.

    `written` is the host as it stands there.
    """

    scheme: str
    before: str
    written: str
    host: str
    port: str
    rest: str


def _read(href: str) -> _Address | None:
    found = _ADDRESS.fullmatch(href)
    if found is None:
        return None
    scheme = found[1].lower()
    port = (found[4] or "").removeprefix(":")
    other_port = "" if port == _DEFAULT_PORTS[scheme] else port
    return _Address(scheme, found[2] or "", found[3], _folded(found[3]), other_port, found[5] or "")


def without_credentials(address: str) -> str:
    """An address as it may be kept and shown: without a user, and without what is called a token or the like."""
    return _CREDENTIAL.sub(r"\1…", _USER.sub("…@", address))


def host_of(url: str) -> str:
    """The host of a web address with its port, in lower case and plain letters; empty where it has none."""
    found = _read(_one_word(url))
    return "" if found is None else _place(found)


def plain_host(host: str) -> str:
    """A host in the letters that name servers know: `münchen.example` as `xn--mnchen-3ya.example`."""
    return ".".join(
        label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
        for label in _folded(host).split(".")
    )


def looks_like_another(host: str) -> bool:
    """Whether letters of a host may be taken for other ones: not plain, and not of one script that is unlike Latin."""
    return any(not _is_unlike_others(label) for label in _in_own_letters(host).split(".") if not label.isascii())


def _is_unlike_others(label: str) -> bool:
    scripts = {
        unicodedata.name(char, "?").split(" ")[0]
        for char in label
        if not (char.isdecimal() or char == "-" or unicodedata.category(char)[0] == "M")
    }
    return scripts <= _UNLIKE_OTHERS and (len(scripts) <= 1 or scripts <= _WRITTEN_TOGETHER)


def _in_own_letters(host: str) -> str:
    """A host with the labels decoded that stand for other letters."""
    return ".".join(map(_decoded, host.split(".")))


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label.removeprefix("xn--").encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label


def _folded(host: str) -> str:
    """A host as browsers read it: one case, compatible letters as one, every kind of full stop as one.

    What no host has (`/`, blanks, controls) stays spelled as `%2F`, for it would seem to end the host. `ß` and `ss`
    are two hosts.
    """
    letters = unicodedata.normalize("NFKC", _without_unseen(unquote(host)))
    folded = unicodedata.normalize("NFKC", "".join(map(str.lower, letters)))  # one by one, so that Σ is always σ
    spelled = _IN_NO_HOST.sub(lambda char: f"%{ord(char[0]):02X}", re.sub("[\u3002\uff0e\uff61]", ".", folded))
    return spelled.rstrip(".")


def _is_unseen(char: str) -> bool:
    category = unicodedata.category(char)
    return category in ("Cf", "Cc", "Co", "Cn", "Cs") or char in "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800"


def _without_unseen(text: str) -> str:
    return text if text.isascii() else "".join(char for char in text if not _is_unseen(char))


def _one_word(href: str) -> str:
    """An address as browsers read it: without white space at its ends, tabs and line ends."""
    return re.sub("[\t\n\r]", "", href).strip("".join(map(chr, range(33))))


def address(href: str, longest: int = LONGEST) -> str:
    """An address as it is shown, whole but for its end; what it hides is said behind it.

    What stands before an `@` is no host: the host is named once more. So is one whose letters look like others.

    Args:
        href: as it was written.
        longest: characters that are shown of it.
    """
    word = _one_word(href)
    shown = "".join(quote(char, errors="replace") if char.isspace() or _is_unseen(char) else char for char in word)
    if len(shown) > longest:
        shown = shown[: longest - 1] + "…"
    found = _read(word)
    if found is None:
        return shown
    plain, said = plain_host(found.host), shown.casefold()
    told = plain in said or (found.host in said and not looks_like_another(found.host))
    return shown if told and not (found.before or _CAPITAL_I.search(found.written)) else f"{shown}, which is {plain}"


def beside(label: str, href: str, people: People = NOBODY) -> str:
    """What has to stand beside a link's label, so that it deceives nobody; empty where the label says it all.

    Args:
        label: what the link shows.
        href: where it leads.
        people: a link that is called `@name` is one to the profile of somebody who is mentioned, or it is told; one
            that is called `#tag` is one to a page of the server or of the author's.
    """
    word, shown = _one_word(href), label.strip()
    if not _without_unseen(shown).strip():
        return ""
    found = _read(word)
    if found is None:
        scheme = _SCHEME.match(word)
        if scheme is None or (scheme[1] or "").lower() in _SILENT:
            return ""
        return "" if word[scheme.end() :].casefold() == shown.casefold() else address(href)
    unseen = _without_unseen(shown) != shown or _without_unseen(word) != word
    if looks_like_another(found.host) or found.before or unseen or _CAPITAL_I.search(found.written):
        return address(href)
    if shown[0] in "@＠#＃":
        return "" if _is_profile(shown, found, people) or _is_tag(shown, found, people) else address(href)
    return "" if _names(shown, found) else address(href)


def _names(shown: str, found: _Address) -> bool:
    """Whether a label names the host of an address and all of the rest that it does not cut with `…`."""
    cut = _CUT.search(shown)
    said = _SHOWS_ADDRESS.fullmatch(shown[: cut.start()] if cut else shown)
    if said is None or (said[1] and said[1].lower() != found.scheme):
        return False
    host, rest = _folded(said[2]), said[4] or ""
    if plain_host(host.removeprefix("www.")) != plain_host(found.host.removeprefix("www.")):
        return False
    port = (said[3] or "").removeprefix(":")
    if port != found.port and not (found.port == "" and port == _DEFAULT_PORTS[found.scheme]):
        return False
    one, other = unquote(rest), unquote(found.rest)
    return other.startswith(one) if cut else one.rstrip("/") == other.rstrip("/")


def _is_profile(shown: str, found: _Address, people: People) -> bool:
    if _HAS_QUERY.search(found.rest):  # it may lead on to anywhere
        return False
    name, _, host = shown[1:].casefold().partition("@")
    last = unquote(found.rest).rstrip("/").rpartition("/")[2].casefold().lstrip("@").partition("@")[0]
    place = _place(found)
    if last != name:
        return False
    return (host or people.home) in (place, place.removeprefix("www.")) or (name, place) in people.mentioned


def _place(found: _Address) -> str:
    host = plain_host(found.host)
    return f"{host}:{found.port}" if found.port else host


def _is_tag(shown: str, found: _Address, people: People) -> bool:
    if _place(found) not in {people.home, people.author}:
        return False
    *_, place, last = ["", "", *unquote(found.rest).rstrip("/").split("/")]
    one, other = (unicodedata.normalize("NFKC", tag).casefold() for tag in (shown[1:], last))
    return shown[0] in "#＃" and place in _TAG_PLACES and one == other and not _HAS_QUERY.search(found.rest)


def with_destinations(text: str) -> str:
    """A text in which every address that hides where it leads is followed by that; what is told already stays so.

    Addresses are those with `http` or `www` in front, and words that look like a host whose letters are plain and
    others, or look plain and are not.
    """
    if "@" not in text and text.isascii() and not _CAPITAL_I.search(text):
        return text
    return _IN_TEXT.sub(_with_host, text)


def _with_host(found: re.Match[str]) -> str:
    word = found[0].rstrip(".,;:!?)]")
    tail = found[0][len(word) :]
    behind = tail + found.string[found.end() : found.end() + 11]
    parts = _read(word if "://" in word else f"https://{word}")
    if parts is None or behind.startswith((", which is ", " (http", " (xn--")):
        return found[0]
    as_address = "://" in word or word.lower().startswith("www.")  # `list.getItem` is no host
    mixed = as_address or any(_is_mixed(label) or _is_all_alike(label) for label in parts.host.split("."))
    odd = "%" in parts.host or (as_address and _CAPITAL_I.search(parts.written))
    hides = parts.before or odd or (mixed and not parts.host.isascii() and looks_like_another(parts.host))
    return f"{word} ({plain_host(parts.host)}){tail}" if hides else found[0]


def _is_mixed(label: str) -> bool:
    return not label.isascii() and any(char.isascii() and char.isalpha() for char in label)


def _is_all_alike(label: str) -> bool:
    """Whether a label that has no plain letter reads like one that has no other: `аррӏе`."""
    letters = {char for char in label if char.isalpha()}
    return bool(letters) and letters <= _ALIKE

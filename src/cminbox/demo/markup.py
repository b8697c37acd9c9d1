"""Plain text to the HTML that Mastodon makes of it, and what it counts as."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape

from cminbox.text import graphemes

MENTION = re.compile(r"(?<![\w/=])@([A-Za-z0-9_]+)(?:@([A-Za-z0-9.-]*[A-Za-z0-9]))?")
URL = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)'\]]")
_HASHTAG = re.compile(r"(?<![\w/&])#(\w*[^\W\d]\w*)")
_SPECIAL = re.compile(f"(?P<url>{URL.pattern})|(?P<mention>{MENTION.pattern})|(?P<tag>{_HASHTAG.pattern})")


def mentioned(text: str) -> Iterator[str]:
    """The handles that a text mentions, without the leading `@`, as written."""
    for found in MENTION.finditer(URL.sub(" ", text)):
        yield f"{found[1]}@{found[2]}" if found[2] else found[1]


def hashtags(text: str) -> list[str]:
    """The hashtags of a text without `#`, each once."""
    return list(dict.fromkeys(found[1] for found in _HASHTAG.finditer(URL.sub(" ", text))))


def to_html(text: str, profile: Callable[[str], str | None], base_url: str) -> str:
    """The HTML of a status: paragraphs, line breaks, links, mentions and hashtags.

    Args:
        profile: the profile's address of a handle that exists; others stay plain text.
        base_url: the server's own address, for hashtags.
    """

    def replace(found: re.Match[str]) -> str:
        if found["url"]:
            return _link(found["url"])
        if found["tag"]:
            name = found["tag"][1:]
            address = escape(f"{base_url}/tags/{name}")
            return f'<a href="{address}" class="mention hashtag" rel="tag">#<span>{escape(name)}</span></a>'
        handle = found["mention"][1:]
        address_of = profile(handle)
        if address_of is None:
            return found["mention"]
        short = escape(handle.partition("@")[0])
        return (
            f'<span class="h-card" translate="no"><a href="{escape(address_of)}" class="u-url mention">'
            f"@<span>{short}</span></a></span>"
        )

    def line(raw: str) -> str:
        parts: list[str] = []
        end = 0
        for found in _SPECIAL.finditer(raw):
            parts.append(escape(raw[end : found.start()], quote=False))
            parts.append(replace(found))
            end = found.end()
        parts.append(escape(raw[end:], quote=False))
        return "".join(parts)

    blocks = (block for block in re.split(r"\n{2,}", text) if block.strip())
    return "".join("<p>" + "<br />".join(line(raw) for raw in block.split("\n")) + "</p>" for block in blocks)


def _link(url: str) -> str:
    """A link as Mastodon shortens it: the scheme and what is beyond 30 characters are there, but invisible."""
    scheme, _, rest = url.partition("://")
    shown, hidden = rest[:30], rest[30:]
    kind = "ellipsis" if hidden else ""
    return (
        f'<a href="{escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{scheme}://</span><span class="{kind}">{escape(shown)}</span>'
        f'<span class="invisible">{escape(hidden)}</span></a>'
    )


def counted(text: str, url_weight: int) -> int:
    """The length of a text as Mastodon counts it: grapheme clusters, each URL as 23, mentions without their domain."""
    short = MENTION.sub(lambda found: f"@{found[1]}", URL.sub("x" * url_weight, text))
    return len(graphemes(short))

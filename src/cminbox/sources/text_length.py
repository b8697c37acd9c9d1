"""How long a text is, by each network's own counting.

Sources of the rules: Mastodon's `StatusLengthValidator` (grapheme clusters; a link counts 23, a remote mention
without its domain); X's twitter-text, configuration 3 (weights by range, emoji 2, links 23, after NFC); AT Protocol's
lexicons (graphemes, and bytes as a second limit); Telegram (UTF-16 units); Matrix and WordPress (UTF-8 bytes).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from cminbox.sources.contract import Counting
from cminbox.text import graphemes

_URL = re.compile(r"https?://[^\s<>\"“”„«»\u0000-\u001f\u2066-\u2069\u202a-\u202e]+", re.IGNORECASE)
_CLOSING = ".,:;!?'\"*_~…。"
_REMOTE_MENTION = re.compile(r"(^|[^/\w])@([a-z0-9_]+(?:[a-z0-9_.-]*[a-z0-9_])?)@[a-z0-9.-]+[a-z0-9]", re.IGNORECASE)

# X makes a link of a bare name only under a top-level domain that exists; these are the ones people write.
_BARE_NAME = re.compile(
    r"(?<![\w@#$./-])(?:[a-z0-9][a-z0-9-]*\.)+"
    r"(?:com|org|net|edu|gov|mil|int|info|biz|name|pro|mobi|app|dev|shop|store|online|site|tech|blog|club|xyz|news|live"
    r"|co|io|uk|us|de|fr|es|it|pt|br|in|pk|nl|be|ch|at|se|no|dk|fi|pl|ru|ua|jp|cn|kr|au|nz|ca|mx|ar|cl|ie|eu|tv|me|ly)"
    r"(?![\w@-])(?:/[^\s<>\"“”]*)?",
    re.IGNORECASE,
)
_X_URL = 23
_X_LONGEST_URL = 4096
_LABEL = 63
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


def count(text: str, rule: Counting, warning: str = "") -> int:
    """How much of a network's limit a text uses, with the content warning that is posted with it.

    Raises:
        ValueError: a rule that we do not know.
    """
    if warning:
        # Links and mentions are shortened in the text alone.
        plain = replace(rule, rule="graphemes") if rule.rule == "url-weighted" else rule
        return count(warning, plain) + count(text, rule)
    match rule.rule:
        case "characters":
            return len(text)
        case "url-weighted":
            return _mastodon(text, rule.url_weight)
        case "graphemes":
            return len(graphemes(text))
        case "utf16":
            return len(text) + sum(letter > "\uffff" for letter in text)
        case "bytes":
            return len(text.encode("utf-8", "surrogatepass"))
        case "weighted":
            return _weighted(text)
        case unknown:
            raise ValueError(f"unknown counting rule {unknown}")


def left(text: str, rule: Counting, warning: str = "") -> int | None:
    """How much may still be written, in the rule's unit; negative when it is too long, None where there is no limit.

    Where there is a second limit in bytes, the tighter of the two counts.
    """
    rest = None if rule.limit is None else rule.limit - count(text, rule, warning)
    if rule.byte_limit is None:
        return rest
    in_bytes = rule.byte_limit - len(f"{warning}{text}".encode("utf-8", "surrogatepass"))
    return in_bytes if rest is None or in_bytes < 0 <= rest else rest


def _trimmed(url: str) -> str:
    """A link without the punctuation that ends the sentence around it, and without a bracket that it did not open."""
    while url and (url[-1] in _CLOSING or (url[-1] == ")" and url.count("(") < url.count(")"))):
        url = url[:-1]
    return url


def _mastodon(text: str, url_weight: int) -> int:
    if url_weight and "://" in text:
        filler = "x" * url_weight

        def shorten(found: re.Match[str]) -> str:
            url = _trimmed(found[0])
            return filler + found[0][len(url) :] if len(url) > len("https://") else found[0]

        text = _URL.sub(shorten, text)
    if "@" in text:
        text = _REMOTE_MENTION.sub(r"\1@\2", text)
    return len(graphemes(text))


def _weighted(text: str) -> int:
    """X's count: 1 for a code point of the light ranges, 2 for any other, an emoji and a link as wholes."""
    text = unicodedata.normalize("NFC", text)
    links = 0

    def take(found: re.Match[str]) -> str:
        nonlocal links
        url = _trimmed(found[0])
        if not _x_links(url):
            return found[0]
        links += 1
        return found[0][len(url) :]

    if "." in text or "://" in text:
        text = _BARE_NAME.sub(take, _URL.sub(take, text))
    if text.isascii():
        return links * _X_URL + len(text)
    return links * _X_URL + sum(_cluster_weight(cluster) for cluster in graphemes(text))


def _x_links(url: str) -> bool:
    """Whether X makes a link of it: at most 4,096 characters, and a host with labels of at most 63 in ASCII form."""
    if not url or len(url) > _X_LONGEST_URL:
        return False
    host = re.split(r"[/?#:]", url.partition("://")[2] or url, maxsplit=1)[0]
    return bool(host) and all(
        len(label) <= _LABEL if label.isascii() else len(label.encode("punycode")) + len("xn--") <= _LABEL
        for label in host.split(".")
    )


def _cluster_weight(cluster: str) -> int:
    if len(cluster) > 1 and _is_emoji(cluster):
        return 2
    return sum(1 if any(low <= ord(letter) <= high for low, high in _LIGHT) else 2 for letter in cluster)


def _is_emoji(cluster: str) -> bool:
    """Whether a cluster of several code points is one emoji: a sequence, a flag, a keycap, a skin tone."""
    if "\ufe0f" in cluster or "\u20e3" in cluster:
        return True
    first = ord(cluster[0])
    return 0x1F1E6 <= first <= 0x1F1FF or 0x1F300 <= first <= 0x1FAFF or 0x2600 <= first <= 0x27BF

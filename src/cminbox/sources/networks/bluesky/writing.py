"""Writing posts: what a reply is made of, and its address, which its key decides, so that it can be written twice and
stands there once (atproto.com/specs/tid, lexicons app.bsky.feed.post, app.bsky.richtext.facet)."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from cminbox.errors import Denied, NotThere, Refused, Retryable
from cminbox.model import HOUR, to_iso
from cminbox.sources.contract import Account, Outgoing, Sent, Unsure
from cminbox.sources.json_values import dig, instant, string
from cminbox.sources.networks.bluesky import api
from cminbox.sources.networks.bluesky.post import permalink
from cminbox.text import clean, graphemes, one_line

if TYPE_CHECKING:
    from cminbox.sources.http import Client

_FIRST, _LAST = 1_672_531_200_000_000, 2_524_608_000_000_000
"""2023 and 2050, in microseconds."""
MOST_MENTIONS = 20
LONGEST_TAG = 64
_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
_LINK = re.compile(r"(?<![\w@])https?://[^\s<>\"“”„«»]+", re.IGNORECASE)
_MENTION = re.compile(
    r"(?:(?<=^)|(?<=[\s(\[«“\"']))@((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*)", re.IGNORECASE
)
_TAG = re.compile(r"(?:(?<=^)|(?<=\s))[#＃](?!\ufe0f)([^\s\u00ad\u2060\u200a-\u200d\u20e2]+)")
_TRAILING = ".,:;!?'\"*_~…。"


def tid(key: str, near: str = "") -> str:
    """A record's key that is always the same for this key and this neighbour: a time within an hour behind the
    neighbour's, and what tells it from others, both from the hash of the key.

    Args:
        near: the address of the record that it is about; its key says when that was written, in most cases.
    """
    number = int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big")
    within, clock = number % (HOUR * 1000), (number >> 40) % 1024
    value = ((_written(near) + within) << 10) | clock
    return "".join(_LETTERS[value >> 5 * place & 31] for place in range(12, -1, -1))


def _written(uri: str) -> int:
    """When a record was written, by its key, in microseconds; a fixed time where the key says none that can be."""
    last = uri.rpartition("/")[2]
    value = 0
    for letter in last if len(last) == 13 and set(last) <= set(_LETTERS) else "":
        value = value << 5 | _LETTERS.index(letter)
    when = value >> 10
    return when if _FIRST <= when < _LAST else _FIRST


def own_uri(account: Account, collection: str, key: str) -> str:
    """The address of a record of ours."""
    return f"at://{account.account_id}/{collection}/{key}"


def reply_key(outgoing: Outgoing) -> str:
    """The key of a reply's record, the same for each try."""
    return tid(outgoing.key, outgoing.parent.id)


async def facets(client: Client, account: Account, text: str) -> list[dict[str, Any]]:
    """What of a text is a link, a mention or a tag, by bytes of UTF-8; a name that nobody has is none.

    Raises:
        SourceError: names cannot be looked up now.
    """
    found: list[tuple[int, int, dict[str, str]]] = []
    for link in _LINK.finditer(text):
        url = _trimmed(link[0])
        if len(url) > len("https://"):
            found.append((link.start(), link.start() + len(url), {"$type": _feature("link"), "uri": url}))
    for tag in _TAG.finditer(text):
        word = tag[1]
        while word and unicodedata.category(word[-1])[0] == "P":
            word = word[:-1]
        if word and not word.isdecimal() and len(graphemes(word)) <= LONGEST_TAG:
            found.append((tag.start(), tag.start(1) + len(word), {"$type": _feature("tag"), "tag": word}))
    for mention in list(_MENTION.finditer(text))[:MOST_MENTIONS]:
        if did := await _identity(client, account, mention[1].lower()):
            found.append((mention.start(), mention.end(), {"$type": _feature("mention"), "did": did}))
    made: list[dict[str, Any]] = []
    ends = 0
    for start, end, feature in sorted(found, key=lambda each: each[:2]):
        if start >= ends:
            made.append(
                {"index": {"byteStart": _bytes(text[:start]), "byteEnd": _bytes(text[:end])}, "features": [feature]}
            )
            ends = end
    return made


async def send(client: Client, account: Account, outgoing: Outgoing) -> Sent:
    """Writes a reply under the key that is its own: a second time changes nothing.

    Raises:
        Refused: the message that it answers is not there, or nobody may answer it.
        Retryable: with `maybe_done` when it may stand there.
        SourceError: by what to do next.
    """
    parent = outgoing.parent
    found = await api.posts(client, account, [parent.id])
    view = next((each for each in found if string(each.get("uri")) == parent.id), None)
    if view is None:
        raise Refused("the message that it answers is no longer on the network, or its author blocked us")
    if dig(view, "viewer", "replyDisabled") is True:
        raise Denied("the author of the thread lets us not answer in it")
    created = to_iso(outgoing.sent_before or client.clock()).replace("+00:00", "Z")
    above = {"uri": parent.id, "cid": string(view.get("cid")) or parent.extra.get("cid", "")}
    root = dig(view, "record", "reply", "root")
    first = {"uri": string(dig(root, "uri")), "cid": string(dig(root, "cid"))}
    written: dict[str, Any] = {
        "$type": api.POST,
        "text": outgoing.text,
        "createdAt": created,
        "reply": {"root": first if first["uri"] and first["cid"] else above, "parent": above},
    }
    if marks := await facets(client, account, outgoing.text):
        written["facets"] = marks
    lang = outgoing.lang.partition("-")[0].lower()
    if re.fullmatch(r"[a-z]{2,3}", lang):
        written["langs"] = [lang]
    key = reply_key(outgoing)
    made = await put(client, account, api.POST, key, written)
    own = own_uri(account, api.POST, key)
    if made != own:
        raise Retryable("the server took the reply but did not say what it became", maybe_done=True)
    return Sent(own, permalink(own), instant(created) or client.clock(), outgoing.conversation)


async def find_sent(client: Client, account: Account, outgoing: Outgoing) -> Sent | Unsure | None:
    """Looks for a reply under the key that is its own, which is the one place where it can be: our server has it at
    once, whatever the network shows yet."""
    key = reply_key(outgoing)
    found = await api.record(client, account, api.POST, key)
    if found is None:
        return None
    own, value = own_uri(account, api.POST, key), found.get("value")
    text = string(dig(value, "text"))
    if text == outgoing.text and string(dig(value, "reply", "parent", "uri")) == outgoing.parent.id:
        created = instant(dig(value, "createdAt"))
        return Sent(own, permalink(own), created or client.clock(), outgoing.conversation)
    return Unsure(own, one_line(clean(text, 2000)), permalink(own))


async def put(client: Client, account: Account, collection: str, key: str, written: dict[str, Any], **more: Any) -> str:
    """Writes a record of ours under its key; returns its address, empty where the server does not say it.

    Args:
        more: `swapRecord`, the version that it replaces, None for a new one.

    Raises:
        Retryable: with `maybe_done` when it may have been written.
        SourceError: by what to do next.
    """
    body = {"repo": account.account_id, "collection": collection, "rkey": key, "record": written, **more}
    return string(dig(await api.procedure(client, account, "com.atproto.repo.putRecord", body), "uri"))


async def take_back(client: Client, account: Account, collection: str, key: str) -> None:
    """Deletes a record of ours; one that is not there is no error."""
    body = {"repo": account.account_id, "collection": collection, "rkey": key}
    await api.procedure(client, account, "com.atproto.repo.deleteRecord", body)


async def _identity(client: Client, account: Account, handle: str) -> str:
    """Whose handle it is; empty where it is nobody's."""
    try:
        data = await api.query(client, account, "com.atproto.identity.resolveHandle", [("handle", handle)])
    except (NotThere, Refused):
        return ""
    return string(data.get("did"))


def _feature(name: str) -> str:
    return f"app.bsky.richtext.facet#{name}"


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _trimmed(url: str) -> str:
    """A link without the punctuation that ends the sentence around it, and without a bracket that it did not open."""
    while url and (url[-1] in _TRAILING or (url[-1] == ")" and url.count("(") < url.count(")"))):
        url = url[:-1]
    return url

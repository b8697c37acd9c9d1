"""The entries of a feed, whichever of the three formats it has, as they were written and not yet cleaned."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from time import gmtime
from types import ModuleType
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

from cminbox.errors import DataError, Retryable
from cminbox.model import Instant
from cminbox.sources.bodies import Undecodable, read_json
from cminbox.sources.items import one_item
from cminbox.sources.json_values import dig, string
from cminbox.sources.times import Reading, read_time, reading_of
from cminbox.sources.xml_text import decoded, mended
from cminbox.text import clean, one_line

_MOST_ATTACHMENTS = 10
_KINDS = {"image": "picture", "video": "film", "audio": "sound"}
_ENDINGS = {
    **dict.fromkeys(("jpg", "jpeg", "png", "gif", "webp", "avif", "svg", "bmp"), "picture"),
    **dict.fromkeys(("mp4", "m4v", "webm", "mov", "avi", "mkv"), "film"),
    **dict.fromkeys(("mp3", "m4a", "ogg", "opus", "wav", "flac", "aac"), "sound"),
}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture, film, sound or file of an entry.

    Attributes:
        kind: `picture`, `film`, `sound`, `file`, or `page` for one that is shown in a frame.
        address: where it is.
        alt: what it shows, as its author says.
    """

    kind: str
    address: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of any kind of feed, not yet cleaned; the common ground of the three formats.

    Attributes:
        id: what the feed calls it; empty where it has no name.
        key: what we call it: see `identity`; empty until then.
        title: HTML, or plain text where `plain_title`.
        content: HTML, or plain text where `plain`.
        base: what links in `content` are relative to.
        written: its time as the feed writes it, to tell entries apart.
        answers: the id or address of what it answers (`thr:in-reply-to`, RFC 4685).
        thread: the key of the first entry of its thread that the feed shows; empty for its own.
        number: which entry of the feed it is, from 1.
    """

    id: str
    link: str = ""
    title: str = ""
    content: str = ""
    plain: bool = False
    plain_title: bool = False
    base: str = ""
    author: str = ""
    author_url: str = ""
    published: Instant | None = None
    updated: Instant | None = None
    written: str = ""
    answers: str = ""
    thread: str = ""
    lang: str = ""
    attachments: tuple[Attachment, ...] = ()
    key: str = ""
    number: int = 0

    @property
    def name(self) -> str:
        """What it is called where it cannot be read: by its id, for its place in the feed changes."""
        return _named(self.id, self.number)

    @property
    def at(self) -> Instant | None:
        """When it was written, as far as the feed says so in a way that can be read."""
        return self.published if self.published is not None else self.updated


def read_entries(body: bytes, content_type: str, base: str, skipped: list[DataError]) -> list[Entry]:
    """The entries of a feed of any kind, in its order.

    Args:
        body: as it was fetched.
        content_type: the header.
        base: the feed's address.
        skipped: gets an error for each entry that cannot be read.

    Raises:
        Retryable: it is no feed.
    """
    text = decoded(body, content_type)
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        return _from_json(text.lstrip("\ufeff").encode("utf-8", "replace"), base, skipped)
    return _from_xml(mended(text).encode("utf-8", "replace"), base, skipped)


def newest_first(entries: Sequence[Entry]) -> list[Entry]:
    """Entries by their times, the newest first; one without a time stays beside its neighbour."""
    times = [entry.at for entry in entries if entry.at is not None]
    listed = entries[::-1] if len(times) > 1 and times[0] < times[-1] else entries
    placed: list[tuple[float, Entry]] = []
    place = float("inf")
    for entry in listed:
        place = place if entry.at is None else float(entry.at)
        placed.append((place, entry))
    return [entry for _, entry in sorted(placed, key=lambda each: -each[0])]


def threaded(entries: Sequence[Entry]) -> list[Entry]:
    """Each entry with the head of its thread as far as the feed shows it, so that a thread is one conversation."""
    names: dict[str, Entry] = {}
    for entry in entries:
        for name in (entry.id, entry.link):
            if name:
                names.setdefault(name, entry)
    found = []
    for entry in entries:
        head, passed = entry, {entry.key}
        while head.answers and (above := names.get(head.answers)) is not None and above.key not in passed:
            passed.add(above.key)
            head = above
        answered = names.get(entry.answers) if entry.answers else None
        found.append(replace(entry, answers=answered.key if answered else entry.answers, thread=head.key))
    return found


def joined(base: str, link: str) -> str:
    """A link as an address; as it stands where it is none."""
    try:
        return urljoin(base, link.strip()) if link.strip() else ""
    except ValueError:
        return link


def attachment(address: str, mime: str, alt: str) -> Attachment:
    """An attachment, of the kind that its type says, or else its address."""
    return Attachment(_KINDS.get(mime.partition("/")[0].strip().lower()) or kind_of(address), address, alt)


def kind_of(address: str) -> str:
    """What a file is by the end of its address: `picture`, `film`, `sound` or `file`."""
    try:
        ending = urlsplit(address).path.rpartition(".")[2].lower()
    except ValueError:
        ending = ""
    return _ENDINGS.get(ending, "file")


def _from_json(body: bytes, base: str, skipped: list[DataError]) -> list[Entry]:
    try:
        feed = read_json(body)
    except Undecodable:
        feed = _with_control_characters(body)
    if not isinstance(feed, dict) or "jsonfeed.org/version/" not in str(feed.get("version")):
        raise Retryable("the answer is no feed", hint="does base_url name the feed itself, not a page?")
    items = feed.get("items")
    items = items if isinstance(items, list) else []
    dates = (item.get(key) for item in items if isinstance(item, dict) for key in ("date_published", "date_modified"))
    reading = reading_of((date for date in dates if isinstance(date, str)), string(feed.get("language")))
    found: list[Entry] = []
    for number, item in enumerate(items, 1):
        with one_item(skipped, _named(dig(item, "id"), number)):
            found.append(replace(_json_entry(item, feed, base, reading), number=number))
    return found


def _with_control_characters(body: bytes) -> object:
    """JSON whose texts have line ends and the like as they are; None where it is none either."""
    try:
        return json.loads(body, strict=False)
    except (ValueError, RecursionError):
        return None


def _json_entry(item: object, feed: Mapping[str, Any], base: str, reading: Reading) -> Entry:
    if not isinstance(item, dict):
        raise DataError("it is no object")
    content = string(item.get("content_html"))
    plain = not content
    content = content or string(item.get("content_text")) or string(item.get("summary"))
    own, author = item.get("id"), _json_author(item) or _json_author(feed)
    link = joined(base, string(item.get("url")) or string(item.get("external_url")))
    media = [
        attachment(joined(base, string(each.get("url"))), string(each.get("mime_type")), string(each.get("title")))
        for each in _dicts(item.get("attachments"))
        if each.get("url")
    ]
    media += [
        Attachment("picture", joined(base, string(item[key])), "")
        for key in ("image", "banner_image")
        if string(item.get(key))
    ]
    return Entry(
        id=str(own) if isinstance(own, str | int | float) and not isinstance(own, bool) else "",
        link=link,
        title=string(item.get("title")),
        plain_title=True,
        content=content,
        plain=plain,
        base=link or base,
        author=string(author.get("name")),
        author_url=string(author.get("url")),
        published=read_time(item.get("date_published"), reading),
        updated=read_time(item.get("date_modified"), reading),
        written=str(item.get("date_published") or item.get("date_modified") or ""),
        lang=string(item.get("language")) or string(feed.get("language")),
        attachments=tuple(media[:_MOST_ATTACHMENTS]),
    )


def _json_author(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first author that has a name or an address."""
    authors = [*_dicts(raw.get("authors")), *_dicts([raw.get("author")])]
    return next((each for each in authors if string(each.get("name")) or string(each.get("url"))), {})


def _dicts(raw: object) -> list[Mapping[str, Any]]:
    return [each for each in raw if isinstance(each, Mapping)] if isinstance(raw, list) else []


@cache
def _parser() -> ModuleType:
    """feedparser; its own reading of times, which raises on some of them and guesses at others, is not asked."""
    import feedparser

    unread = gmtime(0)
    feedparser.registerDateHandler(lambda _: unread)
    return cast(ModuleType, feedparser)


def _from_xml(body: bytes, base: str, skipped: list[DataError]) -> list[Entry]:
    try:
        feed = _parsed(body)
        entries = feed.get("entries", [])
        broken = _swallows(feed, body)
    except Retryable:
        broken = True
    if broken:
        # Something in one entry makes the parser give up, or hides others from it: each is read by itself then.
        feed, entries = _entry_by_entry(body, skipped)
    if not feed.get("version") and not entries:
        raise Retryable("the answer is no feed", hint="does base_url name the feed itself, not a page?")
    about = feed.get("feed", {})
    language = string(about.get("language"))
    # `dict.get`: feedparser's own would give one time for the other, with a warning.
    reading = reading_of((string(dict.get(entry, key)) for entry in entries for key in _TIMES), language)
    found: list[Entry] = []
    for number, entry in enumerate(entries, 1):
        with one_item(skipped, _named(dig(entry, "id"), number)):
            found.append(replace(_xml_entry(entry, about, base, language, reading), number=number))
    return found


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        # A stream, never the bytes themselves: those feedparser would take for an address or a file name. No address
        # is given either: it would make ids of it, and they would change when the feed moves.
        parsed = _parser().parse(
            io.BytesIO(body),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            resolve_relative_uris=False,
            sanitize_html=False,  # what is read of it is its text alone
        )
    except Exception as error:  # noqa: BLE001 - hostile markup makes its parsers raise almost anything
        raise Retryable(f"the feed cannot be read: {type(error).__name__}") from None
    return cast("dict[str, Any]", parsed)


_BEGIN = re.compile(rb"<(?:\w+:)?(?:item|entry)\b", re.IGNORECASE)
_END = re.compile(rb"</(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)
_MOST_ALONE = 2000
"""Entries that are read each by itself at most."""


def _entry_by_entry(body: bytes, skipped: list[DataError]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A feed that cannot be read as a whole: each entry within what stands around them all.

    Raises:
        Retryable: what stands around them cannot be read either.
    """
    begins = [found.start() for found in _BEGIN.finditer(body)]
    after = max((found.end() for found in _END.finditer(body)), default=0)
    if not begins or after < begins[0]:
        raise Retryable("the feed cannot be read")
    head, tail = body[: begins[0]], body[after:]
    feed = _parsed(head + tail)
    entries: list[dict[str, Any]] = []
    for number, (begin, end) in enumerate(pairwise([*begins, max(after, begins[-1])][: _MOST_ALONE + 1]), 1):
        try:
            found = _parsed(head + body[begin:end] + tail).get("entries", [])
        except Retryable:
            found = []
        entries += found
        if not found:
            skipped.append(DataError(f"entry {number}: it cannot be read"))
    return feed, entries


def _swallows(feed: Mapping[str, Any], body: bytes) -> bool:
    """Whether a feed is broken so that one entry took in others: a text without its end, say."""
    return bool(feed.get("bozo")) and len(_BEGIN.findall(body)) > len(feed.get("entries", []))


_TIMES = ("published", "created", "updated")


def _xml_entry(entry: dict[str, Any], about: Mapping[str, Any], base: str, language: str, reading: Reading) -> Entry:
    best = next(
        (each for each in (*_dicts(entry.get("content")), entry.get("summary_detail") or {}) if each.get("value")),
        {"value": string(entry.get("summary")), "type": "text/html"},
    )
    title = entry.get("title_detail") or {}
    author, author_url = _xml_author(entry, about)
    own, link = string(entry.get("id")), string(entry.get("link"))
    # An id is taken for a link where there is no other; `t1` is none.
    link = "" if link == own and "/" not in link else joined(base, link)
    published, created, updated = (string(dict.get(entry, key)) for key in _TIMES)
    first = read_time(published, reading)
    return Entry(
        id=own,
        link=link,
        title=string(entry.get("title")),
        plain_title=_is_plain(title.get("type")),
        content=string(best.get("value")),
        plain=_is_plain(best.get("type")),
        base=string(best.get("base")) or link or base,
        author=author,
        author_url=author_url,
        published=read_time(created, reading) if first is None and not published else first,
        updated=read_time(updated, reading),
        written=published or created or updated,
        answers=_answered(entry),
        lang=string(best.get("language")) or language,
        attachments=tuple(_enclosed(entry, base)),
    )


def _named(own: object, number: int) -> str:
    return f"entry {one_line(clean(string(own), 60)) or number}"


def _is_plain(kind: object) -> bool:
    """Whether a declared type is plain text; what is not declared may be HTML."""
    kind = string(kind).partition(";")[0].strip().lower()
    return kind.startswith("text/") and kind not in ("text/html", "text/xml")


def _xml_author(entry: Mapping[str, Any], about: Mapping[str, Any]) -> tuple[str, str]:
    """Name and address of who wrote an entry: itself says so, or what it was taken from, or the feed.

    Of several authors it is the first.
    """
    for each in (entry, entry.get("source") or {}, about):
        last = each.get("author_detail") or {}
        all_of_it = string(each.get("author"))
        authors = [detail for detail in _dicts(each.get("authors")) if detail.get("name") or detail.get("href")]
        detail = authors[0] if len(authors) > 1 else last
        name, address = string(detail.get("name")), string(detail.get("href"))
        if detail is last and all_of_it not in (name, f"{name} ({string(detail.get('email'))})"):
            name = _without_mail(all_of_it)  # feedparser cuts addresses whose last part is long: `x.photography`
        if name or address:
            return name, address
    return "", ""


_MAIL = re.compile(r"""[^\s<>()"']+@[^\s<>()"']+""")


def _without_mail(text: str) -> str:
    """A name without the mail address beside it: `ana@shop.example (Ana Roe)`, `Ana Roe <ana@shop.example>`."""
    rest = " ".join(_MAIL.sub("", text, count=1).replace("()", "").replace("<>", "").split())
    return (rest[1:-1] if rest.startswith("(") and rest.endswith(")") else rest) or text.strip()


def _enclosed(entry: Mapping[str, Any], base: str) -> Iterable[Attachment]:
    """What comes with an entry beside its text: enclosures, and pictures of Media RSS, each once."""
    found: dict[str, Attachment] = {}
    listed = [each for each in _dicts(entry.get("links")) if each.get("rel") == "enclosure"]
    listed += [*_dicts(entry.get("media_content")), *(each for each in _dicts(entry.get("content")) if each.get("src"))]
    for each in listed:
        address = joined(base, string(each.get("href")) or string(each.get("url")) or string(each.get("src")))
        mime = string(each.get("type")) or string(each.get("medium"))
        if address:
            found.setdefault(address, attachment(address, mime, string(each.get("title"))))
    if not found:
        for each in _dicts(entry.get("media_thumbnail")):
            address = joined(base, string(each.get("url")))
            if address:
                found.setdefault(address, Attachment("picture", address))
    return list(found.values())[:_MOST_ATTACHMENTS]


def _answered(entry: Mapping[str, Any]) -> str:
    """What `thr:in-reply-to` names; feedparser keeps its attributes under this key."""
    raw = entry.get("thr_in-reply-to") or entry.get("in-reply-to") or {}
    return (string(raw.get("ref")) or string(raw.get("href"))) if isinstance(raw, Mapping) else ""


def digest(text: str) -> str:
    """A short name for a text of any length and content."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()

"""Feeds: RSS, Atom and JSON Feed (jsonfeed.org/version/1.1), read only.

The feed is fetched with `If-None-Match` and `If-Modified-Since`; an unchanged one costs nothing. An entry that is no
longer listed was not deleted: feeds hold the newest alone. 410 means that the feed has ended.
"""

from __future__ import annotations

import asyncio
import calendar
import hashlib
import io
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from json import dumps
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin

from cminbox.errors import DataError, NotThere, Refused, Retryable, SourceGone
from cminbox.model import MINUTE, SECOND, Author, Instant, Kind, Message
from cminbox.sources.base import Account, Capabilities, Identity, Info, Option, Page
from cminbox.sources.bodies import Undecodable, read_json
from cminbox.sources.glyphs import GLYPHS
from cminbox.sources.items import one_item
from cminbox.sources.json_values import dig, instant, string, web_address
from cminbox.sources.paging import load_cursor
from cminbox.text import clean, one_line
from cminbox.text_html import html_to_text

if TYPE_CHECKING:
    from cminbox.sources.http import Answer, Client

__all__ = ["INFO", "identify", "pages", "parse"]

KINDS = ("article", "post", "comment", "review", "mention")

INFO = Info(
    network="feed",
    title="Feed (RSS, Atom, JSON Feed)",
    glyph=GLYPHS["feed"],
    options=(Option("kind", "what its entries are", default="article", choices=KINDS),),
    base_url=True,
    base_url_help="the feed's address, such as https://example.org/comments/feed",
    capabilities=Capabilities(edits=True, min_interval=5 * MINUTE),
)

STREAM = "entries"
BATCH = 100
MOST_ENTRIES = 2000
ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/json;q=0.9, */*;q=0.8"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of any kind of feed, not yet cleaned; the common ground of the three formats.

    Attributes:
        content: HTML, or plain text where `plain`.
        answers: the id or address of what it answers (`thr:in-reply-to`, RFC 4685).
        thread: the id of the first entry of its thread that the feed shows; empty for its own.
        number: which entry of the feed it is, from 1.
    """

    id: str
    link: str = ""
    title: str = ""
    content: str = ""
    plain: bool = False
    author: str = ""
    author_url: str = ""
    published: Instant | None = None
    updated: Instant | None = None
    answers: str = ""
    thread: str = ""
    lang: str = ""
    number: int = 0


async def identify(client: Client, account: Account) -> Identity:
    """The feed itself, when it can be fetched and read: a feed knows nobody."""
    answer = await _fetch(client, account, {})
    await _entries(answer, account, [])
    return Identity(account.base_url, "")


async def pages(client: Client, account: Account, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
    """New and changed entries, oldest first. The validators are kept with the last page alone: a cut fetches again."""
    kept = load_cursor(cursors.get(STREAM, ""))
    if kept.get("of") != account.base_url:
        kept = {}
    seen = {str(key): str(value) for key, value in kept["seen"].items()} if isinstance(kept.get("seen"), dict) else {}
    told = kept.get("skipped")
    validators = {
        header: str(kept[name])
        for name, header in (("etag", "if-none-match"), ("modified", "if-modified-since"))
        if kept.get(name)
    }
    answer = await _fetch(client, account, validators)
    if answer.status == 304:
        return
    now = client.clock()
    skipped: list[DataError] = []
    fresh: list[tuple[str, str, Message]] = []
    listed: set[str] = set()
    for entry in (await _entries(answer, account, skipped))[:MOST_ENTRIES]:
        with one_item(skipped, _named(entry.id, entry.number)):
            message = parse(entry, account, fetched_at=now)
            if entry.published is None and entry.updated is None:
                message = message._replace(created_at=_first_seen(seen.get(entry.id, ""), now))
            mark = f"{_digest(message)}@{message.created_at}"
            if entry.id not in listed and seen.get(entry.id) != mark:
                fresh.append((entry.id, mark, message))
            listed.add(entry.id)
    fresh.sort(key=lambda each: each[2].created_at)
    seen = {key: mark for key, mark in seen.items() if key in listed}
    # A feed shows a bad entry for weeks: it is counted once.
    lines = [error.message for error in skipped][:MOST_ENTRIES]
    skipped = [error for error in skipped if not isinstance(told, list) or error.message not in told]
    for start in range(0, len(fresh), BATCH) or [0]:
        part = fresh[start : start + BATCH]
        seen.update((key, mark) for key, mark, _ in part)
        cursor: dict[str, Any] = {"of": account.base_url, "seen": seen, "skipped": lines}
        if start + BATCH >= len(fresh):
            cursor |= {"etag": answer.headers.get("etag", ""), "modified": answer.headers.get("last-modified", "")}
        yield Page(
            tuple(message for _, _, message in part),
            STREAM,
            dumps(cursor),
            skipped=() if start else tuple(skipped),
        )


def parse(raw: object, account: Account, *, fetched_at: Instant = 0) -> Message:
    """An entry as a message.

    Args:
        raw: an `Entry`.
        account: ours; its option `kind` says what entries are.
        fetched_at: stands for the time of an entry that has none, and bounds times in the future.

    Raises:
        DataError: it has neither text nor title.
    """
    if not isinstance(raw, Entry):
        raise DataError("not an entry of a feed")
    text = clean(raw.content) if raw.plain else html_to_text(raw.content)
    title = one_line(html_to_text(raw.title, 500))
    if not text and not title:
        raise DataError("it has neither a text nor a title")
    created = raw.published if raw.published is not None else raw.updated
    edited = raw.updated if raw.published is not None and raw.updated != raw.published else None
    name = one_line(clean(raw.author, 200))
    own = _safe(raw.id)
    answers = _safe(raw.answers) if raw.answers else None
    return Message(
        id=own,
        conversation=_safe(raw.thread) if raw.thread else own,
        author=Author(
            id=_safe(raw.author_url or raw.author or account.base_url), name=name, url=web_address(raw.author_url)
        ),
        text=text or title,
        created_at=_bounded(created, fetched_at) if created is not None else fetched_at,
        kind=cast(Kind, account.options.get("kind", "article")),
        parent=answers,
        url=web_address(raw.link),
        lang=clean(raw.lang, 20) or None,
        edited_at=_bounded(edited, fetched_at) if edited is not None else None,
        title=title if text else "",
        answerable=False,
    )


async def _fetch(client: Client, account: Account, validators: Mapping[str, str]) -> Answer:
    if not account.base_url:
        raise Refused(f"{account.source} has no base_url", hint=INFO.base_url_help)
    try:
        return await client.get(account.base_url, headers=validators, accept=ACCEPT, bearer=account.secret or "")
    except NotThere as error:
        if "(410)" in error.message:
            raise SourceGone(f"{error.message}: the feed has ended", hint="remove the source") from None
        raise


async def _entries(answer: Answer, account: Account, skipped: list[DataError]) -> Sequence[Entry]:
    """The entries of a feed of any kind, in its order; conversations of threads resolved."""
    if answer.body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        found = _from_json(answer.body, account.base_url, skipped)
    else:
        # A large feed takes seconds to parse; other sources go on meanwhile.
        found = await asyncio.to_thread(_from_xml, answer, account.base_url, skipped)
    return _threaded(found)


def _threaded(entries: Sequence[Entry]) -> list[Entry]:
    """Each entry with the head of its thread as far as the feed shows it, so that a thread is one conversation."""
    names: dict[str, Entry] = {}
    for entry in entries:
        names.setdefault(entry.id, entry)
        if entry.link:
            names.setdefault(entry.link, entry)
    threaded = []
    for entry in entries:
        head, passed = entry, {entry.id}
        while (above := names.get(head.answers)) is not None and head.answers and above.id not in passed:
            passed.add(above.id)
            head = above
        answered = names.get(entry.answers)
        answers = answered.id if entry.answers and answered is not None else entry.answers
        threaded.append(replace(entry, answers=answers, thread=head.id))
    return threaded


def _from_json(body: bytes, base: str, skipped: list[DataError]) -> list[Entry]:
    try:
        feed = read_json(body)
    except Undecodable:
        feed = None
    if not isinstance(feed, dict) or "jsonfeed.org/version/" not in str(feed.get("version")):
        raise Retryable("the answer is no feed", hint="does base_url name the feed itself, not a page?")
    items = feed.get("items")
    found: list[Entry] = []
    for number, item in enumerate(items if isinstance(items, list) else (), 1):
        with one_item(skipped, _named(dig(item, "id"), number)):
            found.append(replace(_json_entry(item, feed, base), number=number))
    return found


def _json_entry(item: object, feed: Mapping[str, Any], base: str) -> Entry:
    if not isinstance(item, dict):
        raise DataError("it is no object")
    content = string(item.get("content_html"))
    plain = not content
    content = content or string(item.get("content_text")) or string(item.get("summary"))
    authors = item.get("authors") or ([item["author"]] if item.get("author") else feed.get("authors"))
    author = authors[0] if isinstance(authors, list) and authors and isinstance(authors[0], dict) else {}
    link = urljoin(base, string(item.get("url"))) if item.get("url") else ""
    own = item.get("id")
    return Entry(
        id=str(own) if isinstance(own, str | int | float) and own != "" else _made_id(link, item.get("title"), content),
        link=link,
        title=string(item.get("title")),
        content=content,
        plain=plain,
        author=string(author.get("name")),
        author_url=string(author.get("url")),
        published=instant(item.get("date_published")),
        updated=instant(item.get("date_modified")),
        lang=string(item.get("language")) or string(feed.get("language")),
    )


def _from_xml(answer: Answer, base: str, skipped: list[DataError]) -> list[Entry]:
    kind = answer.headers.get("content-type", "")
    try:
        feed = _feedparser(answer.body, kind)
        entries = feed.get("entries", [])
    except Retryable:
        # Something in one entry makes the parser give up: each is read by itself then.
        feed, entries = _entry_by_entry(answer.body, kind, skipped)
    if not feed.get("version") and not entries:
        raise Retryable("the answer is no feed", hint="does base_url name the feed itself, not a page?")
    language = string(feed.get("feed", {}).get("language"))
    found: list[Entry] = []
    for number, entry in enumerate(entries, 1):
        with one_item(skipped, _named(dig(entry, "id"), number)):
            found.append(replace(_xml_entry(entry, base, language), number=number))
    return found


def _feedparser(body: bytes, kind: str) -> dict[str, Any]:
    import feedparser

    # No address is given: feedparser would make ids of it, and they would change when the feed moves.
    try:
        # A stream, never the bytes themselves: those feedparser would take for an address or a file name.
        return cast("dict[str, Any]", feedparser.parse(io.BytesIO(body), response_headers={"content-type": kind}))
    except Exception as error:  # noqa: BLE001 - hostile markup makes its parsers raise almost anything
        raise Retryable(f"the feed cannot be read: {type(error).__name__}") from None


_ENTRY = re.compile(rb"<(?P<name>(?:\w+:)?(?:item|entry))\b.*?</(?P=name)\s*>", re.DOTALL | re.IGNORECASE)


def _entry_by_entry(body: bytes, kind: str, skipped: list[DataError]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A feed that cannot be read as a whole: each entry within what stands around them all.

    Raises:
        Retryable: what stands around them cannot be read either.
    """
    places = [found.span() for found in _ENTRY.finditer(body)][:MOST_ENTRIES]
    if not places:
        raise Retryable("the feed cannot be read")
    head, tail = body[: places[0][0]], body[places[-1][1] :]
    feed = _feedparser(head + tail, kind)
    entries: list[dict[str, Any]] = []
    for number, (start, end) in enumerate(places, 1):
        try:
            entries += _feedparser(head + body[start:end] + tail, kind).get("entries", [])
        except Retryable as error:
            skipped.append(DataError(f"entry {number}: {error.message}"))
    return feed, entries


def _xml_entry(entry: dict[str, Any], base: str, language: str) -> Entry:
    contents = entry.get("content") or []
    best = contents[0] if contents else entry.get("summary_detail") or {}
    content = string(best.get("value")) or string(entry.get("summary"))
    author = entry.get("author_detail") or {}
    link = string(entry.get("link"))
    return Entry(
        id=string(entry.get("id")) or _made_id(link, entry.get("title"), content),
        link=urljoin(base, link) if link else "",
        title=string(entry.get("title")),
        content=content,
        plain=best.get("type") == "text/plain",
        author=string(author.get("name")) or string(entry.get("author")),
        author_url=string(author.get("href")),
        # `dict.get`: feedparser's own would give one time for the other, with a warning.
        published=_struct(dict.get(entry, "published_parsed")),
        updated=_struct(dict.get(entry, "updated_parsed")),
        answers=_answered(entry),
        lang=string(best.get("language")) or language,
    )


def _answered(entry: Mapping[str, Any]) -> str:
    """What `thr:in-reply-to` names; feedparser keeps its attributes under this key."""
    raw = entry.get("thr_in-reply-to") or entry.get("in-reply-to") or {}
    return (string(raw.get("ref")) or string(raw.get("href"))) if isinstance(raw, Mapping) else ""


def _named(own: object, number: int) -> str:
    """What an entry is called where it cannot be read: by its id, for its place in the feed changes."""
    return f"entry {one_line(clean(string(own), 60)) or number}"


def _made_id(link: str, title: object, content: str) -> str:
    """An id for an entry without one: its link, else what it says."""
    return link or hashlib.sha256(f"{title}\n{content}".encode("utf-8", "replace")).hexdigest()[:32]


def _safe(text: str) -> str:
    """An id of any length and content as one that can be stored; different ones stay different."""
    flat = one_line(clean(text, 400))
    if flat == text and len(text) < 400:
        return text
    return f"{flat[:200]}#{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _digest(message: Message) -> str:
    said = f"{message.title}\n{message.text}\n{message.edited_at}"
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]


def _first_seen(mark: str, now: Instant) -> Instant:
    """When an entry was seen first: an entry without a time keeps that one."""
    when = mark.partition("@")[2]
    return int(when) if when.isdigit() and len(when) < 15 else now


def _bounded(when: Instant, newest: Instant) -> Instant:
    return max(0, min(when, newest) if newest else when)


def _struct(value: Any) -> Instant | None:
    try:
        return calendar.timegm(value) * SECOND if value else None
    except (TypeError, ValueError, OverflowError):
        return None

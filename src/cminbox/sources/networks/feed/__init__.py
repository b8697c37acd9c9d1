"""Feeds: RSS, Atom and JSON Feed (jsonfeed.org/version/1.1), read only.

The feed is fetched with `If-None-Match` and `If-Modified-Since`; an unchanged one costs nothing. An entry that is no
longer listed was not deleted: feeds hold the newest alone. 410 means that the feed has ended.

An entry whose time is not said, or in a way that can mean several times, was written when it was first seen.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import date
from json import dumps
from typing import TYPE_CHECKING, Any, cast

from cminbox.errors import DataError, NotThere, Refused, SourceGone
from cminbox.links import without_credentials
from cminbox.model import MINUTE, TIME_UNKNOWN, Author, Instant, Kind, Message, is_plausible
from cminbox.number_format import count_of
from cminbox.sources.contract import Account, Capabilities, Identity, Info, Option, Page, Verified
from cminbox.sources.glyphs import GLYPHS
from cminbox.sources.items import one_item
from cminbox.sources.json_values import web_address
from cminbox.sources.networks.feed.entries import (
    Attachment,
    Entry,
    digest,
    joined,
    kind_of,
    newest_first,
    read_entries,
    threaded,
)
from cminbox.sources.networks.feed.identity import Seen, features, identified
from cminbox.sources.paging import load_cursor
from cminbox.text import clean, one_line
from cminbox.text_html import embedded, html_to_text, unescaped, without_embedded

if TYPE_CHECKING:
    from cminbox.sources.http import Answer, Client

__all__ = ["INFO", "Entry", "identify", "pages", "parse"]

KINDS = ("article", "post", "comment", "review", "mention")

INFO = Info(
    network="feed",
    title="Feed (RSS, Atom, JSON Feed)",
    glyph=GLYPHS["feed"],
    options=(Option("kind", "what its entries are", default="article", choices=KINDS),),
    base_url=True,
    base_url_help="the feed's address, such as https://example.org/comments/feed",
    has_account=False,
    verified=(Verified("recorded answers", date(2026, 11, 27), "4 public feeds"),),
    capabilities=Capabilities(edits=True, min_interval=5 * MINUTE),
)

STREAM = "entries"
BATCH = 100
LARGE = 1024 * 1024
"""Bytes from which on few feeds are parsed at once."""
MOST_ENTRIES = 2000
"""The newest are read, whatever their order."""
ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/json;q=0.9, */*;q=0.8"


async def identify(client: Client, account: Account) -> Identity:
    """The feed itself, when it can be fetched and read: a feed knows nobody."""
    await _entries(client, await _fetch(client, account, {}), account, [])
    return Identity(without_credentials(account.base_url), "")


async def pages(client: Client, account: Account, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
    """New and changed entries, oldest first. The validators are kept with the last page alone: a cut fetches again."""
    kept = load_cursor(cursors.get(STREAM, ""))
    place = digest(account.base_url)  # an address may hold a secret
    if kept.get("of") not in (place, account.base_url):
        kept = {}
    seen = _seen(kept.get("seen"))
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
    listed = await _entries(client, answer, account, skipped)
    fresh: list[tuple[str, Seen, Message]] = []
    known: dict[str, Seen] = {}
    for entry in threaded(identified(newest_first(listed)[:MOST_ENTRIES], seen)):
        with one_item(skipped, entry.name):
            before = seen.get(entry.key)
            message = parse(entry, account, fetched_at=now)
            if not message.time_known:
                message = message._replace(created_at=_first_seen(before, now))
            mark = Seen(f"{_digest(message)}@{message.created_at}", features(entry))
            if before is None or before.mark != mark.mark:
                fresh.append((entry.key, mark, message))
            known[entry.key] = before if before is not None and before.mark != mark.mark else mark
    seen = {key: each for key, each in known.items() if key in seen}
    # A feed shows a bad entry for weeks: it is counted once.
    lines = [error.message for error in skipped][:MOST_ENTRIES]
    skipped = [error for error in skipped if not isinstance(told, list) or error.message not in told]
    fresh.sort(key=lambda each: each[2].created_at)
    for start in range(0, len(fresh), BATCH) or [0]:
        part = fresh[start : start + BATCH]
        seen.update((key, mark) for key, mark, _ in part)
        kept_of_each = {key: each.dump() for key, each in seen.items()}
        cursor: dict[str, Any] = {"of": place, "seen": kept_of_each, "skipped": lines}
        if start + BATCH >= len(fresh):
            cursor |= {"etag": answer.headers.get("etag", ""), "modified": answer.headers.get("last-modified", "")}
        yield Page(
            tuple(message for _, _, message in part),
            STREAM,
            dumps(cursor),
            skipped=() if start else tuple(skipped),
            notes=() if start else _notes(len(listed), [message for _, _, message in fresh]),
        )


def parse(raw: object, account: Account, *, fetched_at: Instant = 0) -> Message:
    """An entry as a message.

    Args:
        raw: an `Entry`.
        account: ours; its option `kind` says what entries are.
        fetched_at: stands for the time of an entry that has none, and bounds times in the future.

    Raises:
        DataError: it has neither text nor title, and nothing comes with it.
    """
    if not isinstance(raw, Entry):
        raise DataError("not an entry of a feed")
    title = _title(raw)
    text = _text(raw)
    if not text and not title:
        raise DataError("it has neither a text nor a title")
    created = raw.at
    edited = raw.updated if raw.published is not None and raw.updated != raw.published else None
    name = one_line(clean(raw.author, 200))
    own = _safe(raw.key or raw.id)
    sure = created is not None and (not fetched_at or is_plausible(created, fetched_at))
    return Message(
        id=own,
        conversation=_safe(raw.thread) if raw.thread else own,
        author=Author(
            id=_safe(raw.author_url or raw.author or without_credentials(account.base_url)),
            name=name,
            url=web_address(raw.author_url),
        ),
        text=text or title,
        created_at=_bounded(created, fetched_at) if created is not None else fetched_at,
        kind=cast(Kind, account.options.get("kind", "article")),
        parent=_safe(raw.answers) if raw.answers else None,
        url=web_address(raw.link),
        lang=clean(raw.lang, 20) or None,
        edited_at=_bounded(edited, fetched_at) if edited is not None else None,
        title=title if text else "",
        answerable=False,
        extra={} if sure else TIME_UNKNOWN,
    )


def _title(raw: Entry) -> str:
    """The title in one line, by its declared type."""
    title = _unwrapped(raw.title)
    return one_line(clean(title, 500) if raw.plain_title else html_to_text(title, 500))


def _text(raw: Entry) -> str:
    """What an entry says; where it says nothing, what comes with it."""
    if raw.plain:
        text = _lines(_unwrapped(raw.content))
        shown: Sequence[Attachment] = ()
    else:
        html = _CDATA.sub(r"\1", raw.content)
        if "<" not in html and _ESCAPED_TWICE.match(once := unescaped(html[:200_000])):
            html = once
        text = html_to_text(html, base=raw.base) if "<" in html else _paragraphs(html)
        # Pictures alone say what they are; beside words their alternative texts are words.
        shown = [
            Attachment(_EMBEDDED.get(each.tag) or kind_of(each.address), joined(raw.base, each.address), each.alt)
            for each in embedded(html)
        ]
        if shown and html_to_text(without_embedded(html)):
            shown = ()
    if shown or not text:
        text = "\n".join(_shown(each) for each in (*shown, *(raw.attachments if not shown else ())))
    return text


def _shown(each: Attachment) -> str:
    """An attachment in a line: what it shows, or else what its file is called."""
    name = one_line(clean(each.alt, 500)) or one_line(clean(each.address.partition("?")[0].rpartition("/")[2], 200))
    return f"▣ {each.kind}: {name}" if name else f"▣ {each.kind}"


_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_ESCAPED_TWICE = re.compile(r"\s*<(p|div|ul|ol|table|blockquote|h[1-6])\b[^<>]*>.*</\1>\s*\Z", re.DOTALL)
_EMBEDDED = {"img": "picture", "video": "film", "audio": "sound", "iframe": "page"}


def _unwrapped(text: str) -> str:
    """The text without a CDATA section that was written around all of it, as text, by mistake."""
    while (found := _CDATA.fullmatch(text.strip())) is not None and "<![CDATA[" not in found[1]:
        text = found[1]
    return text


def _lines(text: str) -> str:
    """Plain text with its lines and their indents; one empty line at most between two."""
    text = clean(text.expandtabs(4))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip("\n")


def _paragraphs(html: str) -> str:
    """The text of HTML without a tag: an empty line parts paragraphs, any other white space is one blank."""
    parts = (one_line(html_to_text(part)) for part in re.split(r"\n[ \t\r]*\n", html))
    return clean("\n\n".join(part for part in parts if part))


def _notes(listed: int, fresh: Sequence[Message]) -> tuple[str, ...]:
    """What people should know of this reading."""
    found = []
    if listed > MOST_ENTRIES:
        left = listed - MOST_ENTRIES
        found.append(f"it lists {listed:,} entries: the newest {MOST_ENTRIES:,} were read, {left:,} older ones left")
    if unknown := sum(not message.time_known for message in fresh):
        found.append(f"the time of {count_of(unknown, 'message')} is unknown: first seen now")
    return tuple(found)


def _seen(kept: object) -> dict[str, Seen]:
    return {str(key): Seen.load(str(value)) for key, value in kept.items()} if isinstance(kept, dict) else {}


async def _fetch(client: Client, account: Account, validators: Mapping[str, str]) -> Answer:
    if not account.base_url:
        raise Refused(f"{account.source} has no base_url", hint=INFO.base_url_help)
    try:
        return await client.get(account.base_url, headers=validators, accept=ACCEPT, bearer=account.secret or "")
    except NotThere as error:
        if error.status == 410:
            raise SourceGone(f"{error.message}: the feed has ended", hint="remove the source") from None
        raise


async def _entries(client: Client, answer: Answer, account: Account, skipped: list[DataError]) -> list[Entry]:
    """The entries of a feed of any kind, in its order."""
    # A large feed takes seconds to parse, and much memory; other sources go on meanwhile.
    kind = answer.headers.get("content-type", "")
    async with client.large if len(answer.body) > LARGE else nullcontext():
        return await asyncio.to_thread(read_entries, answer.body, kind, account.base_url, skipped)


def _safe(text: str) -> str:
    """An id of any length and content as one that can be stored; different ones stay different."""
    flat = one_line(clean(text, 400))
    if flat == text and len(text) < 400:
        return text
    return f"{flat[:200]}#{digest(text)[:16]}"


def _digest(message: Message) -> str:
    return digest(f"{message.title}\n{message.text}\n{message.edited_at}")[:16]


def _first_seen(before: Seen | None, now: Instant) -> Instant:
    """When an entry was seen first: an entry without a time keeps that one."""
    when = before.mark.partition("@")[2] if before else ""
    return int(when) if when.isdigit() and len(when) < 15 else now


def _bounded(when: Instant, newest: Instant) -> Instant:
    return min(when, newest) if newest else when

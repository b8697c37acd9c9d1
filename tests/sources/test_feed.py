"""Feeds: RSS, Atom, JSON Feed; conditional fetching, edits, threads, and what is no feed."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from typing import Any

import feedparser
import pytest
import pytest_asyncio
from loopback import Asked, Loopback, Reply

from cminbox.errors import Refused, Retryable, SourceError, SourceGone
from cminbox.model import DAY, Message, from_iso
from cminbox.sources.contract import Account, Page
from cminbox.sources.http import Client
from cminbox.sources.networks import feed

NOW = from_iso("2026-05-01T12:00:00Z")

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0" xml:lang="es">
 <title>Tetera</title><id>tag:x.test,2026:feed</id><updated>2026-04-30T10:00:00Z</updated>
 <entry><id>tag:x.test,2026:2</id><title>Re: Oferta</title><published>2026-04-30T09:00:00Z</published>
  <updated>2026-04-30T09:30:00Z</updated><author><name>Ana</name><uri>https://ana.test/</uri></author>
  <thr:in-reply-to ref="tag:x.test,2026:1"/><link href="/c/2"/>
  <content type="html">&lt;p&gt;¿Hay &lt;b&gt;envíos&lt;/b&gt;?&lt;/p&gt;
  &lt;script&gt;alert(1)&lt;/script&gt;</content></entry>
 <entry><id>tag:x.test,2026:3</id><title>Re: Re: Oferta</title><published>2026-04-30T11:00:00Z</published>
  <updated>2026-04-30T11:00:00Z</updated><author><name>Bo</name></author><thr:in-reply-to ref="tag:x.test,2026:2"/>
  <content type="text">Sí &lt;hoy&gt;</content></entry>
 <entry><id>tag:x.test,2026:1</id><title>Oferta</title><published>2026-04-29T09:00:00Z</published>
  <updated>2026-04-29T09:00:00Z</updated><content type="html">Rebajas</content></entry>
</feed>"""

JSON_FEED: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "T",
    "language": "pt",
    "authors": [{"name": "Loja", "url": "https://loja.test"}],
    "items": [
        {
            "id": 7,
            "url": "/7",
            "content_html": "<p>Olá &amp; bem-vindo</p>",
            "date_published": "2026-04-30T10:00:00-03:00",
        },
        {"id": "8", "content_text": "a < b", "date_published": "nonsense", "author": {"name": "Rui"}},
        {"content_text": "no id", "date_published": "2999-01-01T00:00:00Z", "date_modified": "2026-04-30T10:00:00Z"},
        "not an item",
        {"id": "empty"},
    ],
}


class Server:
    """Serves one feed with its validators."""

    def __init__(self) -> None:
        self.body: bytes = ATOM.encode()
        self.reply: Reply | None = None
        self.etag = '"v1"'
        self.asked: list[Asked] = []

    def __call__(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        if self.reply is not None:
            return self.reply
        if asked.headers.get("if-none-match") == self.etag:
            return Reply(status=304)
        return Reply(self.body, headers={"etag": self.etag, "last-modified": "Thu, 30 Apr 2026 10:00:00 GMT"})


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    async with Client(clock=lambda: NOW, tries=1, max_bytes=3_000_000) as made:
        yield made


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def account(server: Server) -> Any:
    with Loopback(server) as loopback:
        yield Account("blog", "feed", f"{loopback.url}/feed.xml")


async def poll(client: Client, account: Account, cursors: dict[str, str]) -> list[Page]:
    got = []
    async for page in feed.pages(client, account, dict(cursors)):
        cursors[page.stream] = page.cursor
        got.append(page)
    return got


async def entries(client: Client, account: Account, cursors: dict[str, str] | None = None) -> list[Message]:
    return [m for page in await poll(client, account, {} if cursors is None else cursors) for m in page.messages]


async def test_atom(client: Client, account: Account) -> None:
    post, question, answer = await entries(client, account)
    assert [message.id for message in (post, question, answer)] == [f"tag:x.test,2026:{n}" for n in (1, 2, 3)]
    assert question.text == "¿Hay envíos?"
    assert answer.text == "Sí <hoy>"
    assert question.title == "Re: Oferta"
    assert question.author.id == "https://ana.test/"
    assert (question.author.name, question.lang) == ("Ana", "es")
    assert question.url == account.base_url.replace("/feed.xml", "/c/2")
    assert {message.conversation for message in (post, question, answer)} == {post.id}
    assert (question.parent, answer.parent) == (post.id, question.id)
    assert question.created_at == from_iso("2026-04-30T09:00:00Z")
    assert question.edited_at == from_iso("2026-04-30T09:30:00Z")
    assert answer.edited_at is None
    assert not any(message.answerable for message in (post, question, answer))


async def test_json_feed(client: Client, account: Account, server: Server) -> None:
    server.body = json.dumps(JSON_FEED).encode()
    pages = await poll(client, account, {})
    got = {message.id: message for page in pages for message in page.messages}
    assert got["7"].text == "Olá & bem-vindo"
    assert got["7"].created_at == from_iso("2026-04-30T13:00:00Z")
    assert (got["7"].author.name, got["7"].lang) == ("Loja", "pt")
    assert got["8"].text == "a < b"
    assert got["8"].created_at == NOW
    assert got["8"].author.name == "Rui"
    late = next(message for message in got.values() if message.text == "no id")
    assert late.created_at == NOW  # nothing is written in the future
    assert len(got) == 3
    assert len(pages[0].skipped) == 2


async def test_an_unchanged_feed_is_not_sent_again(client: Client, account: Account, server: Server) -> None:
    cursors: dict[str, str] = {}
    assert len(await entries(client, account, cursors)) == 3
    assert await poll(client, account, cursors) == []
    assert server.asked[-1].headers["if-none-match"] == '"v1"'
    assert server.asked[-1].headers["if-modified-since"] == "Thu, 30 Apr 2026 10:00:00 GMT"


async def test_edits_come_again_and_absence_is_no_deletion(client: Client, account: Account, server: Server) -> None:
    cursors: dict[str, str] = {}
    await entries(client, account, cursors)
    server.etag = '"v2"'
    server.body = ATOM.replace("Rebajas", "Rebajas hasta mayo").replace("2026:3</id>", "2026:4</id>").encode()
    pages = await poll(client, account, cursors)
    got = [message for page in pages for message in page.messages]
    assert [message.id[-1] for message in got] == ["1", "4"]
    assert not any(page.deleted for page in pages)


async def test_entries_without_a_time_keep_the_first_one_seen(client: Client, account: Account, server: Server) -> None:
    server.body = json.dumps({**JSON_FEED, "items": [{"id": "1", "content_text": "a"}]}).encode()
    cursors: dict[str, str] = {}
    first = await entries(client, account, cursors)
    server.etag = '"v2"'
    async with Client(clock=lambda: NOW + DAY) as later:
        assert await entries(later, account, cursors) == []
        server.etag = '"v3"'
        server.body = server.body.replace(b'"a"', b'"b"')
        again = await entries(later, account, cursors)
    assert [message.created_at for message in again] == [message.created_at for message in first] == [NOW]


async def test_a_long_feed_comes_in_pages_and_keeps_its_validators_last(
    client: Client, account: Account, server: Server
) -> None:
    items = [
        {"id": str(n), "content_text": f"entry {n}", "date_published": f"2026-04-{1 + n // 24:02d}T{n % 24:02d}:00:00Z"}
        for n in range(250)
    ]
    server.body = json.dumps({**JSON_FEED, "items": items}).encode()
    cursors: dict[str, str] = {}
    pages = await poll(client, account, cursors)
    assert [len(page.messages) for page in pages] == [100, 100, 50]
    assert not json.loads(pages[0].cursor).get("etag")
    again = [m.id for page in await poll(client, account, {"entries": pages[0].cursor}) for m in page.messages]
    assert again == [str(n) for n in range(100, 250)]


async def test_the_kind_of_entries_is_the_users_to_say(client: Client, account: Account) -> None:
    reviews = Account(account.source, "feed", account.base_url, options={"kind": "review"})
    assert {message.kind for message in await entries(client, reviews)} == {"review"}
    assert {message.kind for message in await entries(client, account)} == {"article"}


@pytest.mark.parametrize("status", [410, 404])
async def test_gone_and_missing(client: Client, account: Account, server: Server, status: int) -> None:
    server.reply = Reply(b"", status)
    with pytest.raises(Refused) as got:
        await poll(client, account, {})
    assert isinstance(got.value, SourceGone) == (status == 410)


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">'.encode() for n in range(9)
)
NO_FEEDS = {
    "page": b"<!doctype html><html><head><title>Hi</title></head><body><p>Welcome</p></body></html>",
    "empty": b"",
    "text": b"hello",
    "json": b'{"items": []}',
    "list": b"[1]",
    "binary": bytes(range(256)) * 40,
    "path": b"/etc/passwd",
    "address": b"http://127.0.0.1:1/never-fetched",
}


@pytest.mark.parametrize("name", NO_FEEDS)
async def test_what_is_no_feed_is_told_in_one_line(client: Client, account: Account, server: Server, name: str) -> None:
    server.body = NO_FEEDS[name]
    with pytest.raises(Retryable, match="no feed") as got:
        await poll(client, account, {})
    assert "base_url" in got.value.hint
    assert len(server.asked) == 1


async def test_hostile_xml_reads_no_file_and_ends(client: Client, account: Account, server: Server) -> None:
    server.body = (
        BOMB + b'<!ENTITY file SYSTEM "file:///etc/hostname">]><rss version="2.0"><channel><title>x</title>'
        b"<item><guid>1</guid><description>&j; &file; tail</description></item></channel></rss>"
    )
    got: list[Message] = []
    try:
        got = await entries(client, account)
    except SourceError as error:
        assert "\n" not in error.line()  # noqa: PT017 - either outcome is right, a hang or a file's text is not
    for message in got:
        assert len(message.text) < 30_000


@pytest.mark.parametrize(
    "body",
    [
        ATOM[:900],
        ATOM.replace("</feed>", ""),
        ATOM.replace("2026-04-30T09:00:00Z", "yesterday"),
        ATOM.replace("Ana", "\x1b[31mAna\u202e"),
    ],
    ids=["cut", "unclosed", "bad time", "controls"],
)
async def test_broken_feeds_are_read_as_far_as_they_go(
    client: Client, account: Account, server: Server, body: str
) -> None:
    server.body = body.encode()
    for message in await entries(client, account):
        assert "\x1b" not in message.author.name
        assert "\u202e" not in message.author.name
        assert message.id


async def test_identify_needs_a_readable_feed(client: Client, account: Account, server: Server) -> None:
    assert (await feed.identify(client, account)).id == account.base_url
    server.body = NO_FEEDS["page"]
    with pytest.raises(Retryable):
        await feed.identify(client, account)
    with pytest.raises(Refused, match="base_url"):
        await feed.identify(client, Account("blog", "feed"))


BROKEN = {
    "a title without its end": "<title>a",
    "an end without its end": "<title>a</item",
    "a text without its end": "<description><![CDATA[x",
    "a comment without its end": "<!-- x",
    "titles in titles": "<title><title><title>",
    "an attribute without its end": '<a b="c>x</a>',
    "an item in an item": "<item>",
    "an end of the channel": "</channel>",
    "an unknown name": "&nope;",
    "a number that is no letter": "&#xD800;",
    "a control character": "\x1b",
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_entry_takes_no_other_with_it(
    client: Client, account: Account, server: Server, name: str
) -> None:
    def entry(number: int, body: str) -> str:
        return f"<item><guid>e{number}</guid>{body}<pubDate>Tue, 14 Nov 2023 22:13:00 GMT</pubDate></item>"

    bodies = ["<title>one</title>", BROKEN[name], "<title>three</title>", "<title>four</title>"]
    listed = "".join(entry(number, body) for number, body in enumerate(bodies))
    server.body = f'<rss version="2.0"><channel><title>T</title>{listed}</channel></rss>'.encode()
    assert {message.id for message in await entries(client, account)} >= {"e0", "e2", "e3"}


async def test_what_the_parser_gives_up_on_is_read_entry_by_entry(
    client: Client, account: Account, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse = feedparser.parse

    def fragile(stream: Any, **more: Any) -> Any:
        body = stream.read()
        if b"poison" in body:
            raise RecursionError
        return parse(io.BytesIO(body), **more)

    monkeypatch.setattr(feedparser, "parse", fragile)
    listed = "".join(f"<item><guid>{name}</guid><title>{name}</title></item>" for name in ("one", "poison", "two"))
    server.body = f'<rss version="2.0"><channel><title>T</title>{listed}</channel></rss>'.encode()
    (page,) = await poll(client, account, {})
    assert {message.id for message in page.messages} == {"one", "two"}
    assert [error.message for error in page.skipped] == ["entry 2: it cannot be read"]

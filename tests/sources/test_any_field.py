"""Any JSON in place of any field of any item never loses another item: Mastodon, JSON Feed, RSS and Atom."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback import Asked, Loopback, Reply
from masto_world import ME, START, World

from cminbox.model import DAY, MINUTE, to_iso
from cminbox.sources.contract import Account, Page
from cminbox.sources.http import Client
from cminbox.sources.networks import feed, mastodon
from profiles import examples

DEEP: Any = "deep"
for _ in range(150):
    DEEP = [DEEP]

ODD = st.sampled_from(
    [
        *(None, True, 0, -1, 10**30, 1.5, "", "\ud800", "\x00", "http://[bad", "//[", "//", "x" * 9000, [], {}, [[]]),
        *(
            [None],
            {"": None},
            {"id": {}},
            DEEP,
            "9999-12-31T23:59:59Z",
            "0001-01-01T00:00:00Z",
            float("inf"),
            "::",
            "%",
        ),
    ]
)
JSON = ODD | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every value inside a value."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield (*here, key)
            yield from paths(value[key], (*here, key))


def put(value: Any, path: tuple[Any, ...], new: Any) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = new


class Polls:
    """Polls over one client: making one takes longer than many polls."""

    def __init__(self, server: Loopback) -> None:
        self.server = server
        self._runner = asyncio.Runner()
        self._client = self._runner.run(self._made())

    async def _made(self) -> Client:
        return Client(clock=lambda: START + DAY, tries=1)

    def read(self, adapter: Any, account: Account, polls: int = 2) -> tuple[set[str], list[Page]]:
        """What several polls bring: ids and pages."""

        async def run() -> list[Page]:
            cursors: dict[str, str] = {}
            found = []
            for _ in range(polls):
                async for page in adapter.pages(self._client, account, dict(cursors)):
                    page.cursor.encode()
                    cursors[page.stream] = page.cursor
                    found.append(page)
            return found

        pages = self._runner.run(run())
        return {message.id for page in pages for message in page.messages}, pages

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()


@pytest.fixture(scope="module")
def polls() -> Iterator[Polls]:
    with Loopback(lambda asked: Reply([])) as server:
        made = Polls(server)
        yield made
        made.close()


def world() -> World:
    """Four people write: to us, below a post of ours, below a stranger's post."""
    made = World()
    made.clock = START
    ours = made.post(ME, "New blend")
    stranger = made.post("8", "elsewhere")
    made.notifications.clear()
    made.post("1", "@brand one", mentions=[{"id": ME, "acct": "brand"}], media_attachments=[{"type": "image"}])
    made.post("2", "@brand two", ours, poll={"options": [{"title": "tea"}]})
    made.post("3", "@brand three", stranger)
    made.post("4", "@brand four", visibility="direct", mentions=[{"id": ME, "acct": "brand"}])
    return made


def ours(polls: Polls) -> Account:
    return Account("care", "mastodon", polls.server.url, secret="t0ken-s3cret", account_id=ME)


NOTES = copy.deepcopy(world().notifications)


@settings(max_examples=examples(300))
@given(data=st.data())
def test_mastodon(polls: Polls, data: st.DataObject) -> None:
    made = world()
    spoilt = data.draw(st.integers(0, len(NOTES) - 1))
    path = data.draw(st.sampled_from(list(paths(NOTES[spoilt]))))
    # What is listed is spoilt, not what the server keeps.
    made.notifications = copy.deepcopy(made.notifications)
    others = {note["status"]["id"] for at, note in enumerate(NOTES) if at != spoilt}
    if data.draw(st.booleans()):
        put(made.notifications[spoilt], path, data.draw(JSON))
    else:
        made.notifications[spoilt] = data.draw(JSON)

    def listed(asked: Asked) -> Reply:
        if asked.path.endswith("/notifications"):
            newer = asked.one("min_id")
            return Reply(json.dumps([] if newer else made.notifications[::-1]).encode("utf-8", "surrogatepass"))
        return made.handle(asked)

    polls.server.handle = listed
    found, pages = polls.read(mastodon, ours(polls))
    assert found >= others
    assert sum(len(page.skipped) for page in pages) <= 2


@settings(max_examples=examples(150))
@given(data=st.data())
def test_the_thread_above_a_status(polls: Polls, data: st.DataObject) -> None:
    made = world()
    answer: Any = {"ancestors": [made.statuses[own] for own in list(made.statuses)[:2]], "descendants": []}
    answer = copy.deepcopy(answer)
    path = data.draw(st.sampled_from(list(paths(answer))))
    put(answer, path, data.draw(JSON))

    def above(asked: Asked) -> Reply:
        spoilt = asked.path.endswith("/context")
        return Reply(json.dumps(answer).encode("utf-8", "surrogatepass")) if spoilt else made.handle(asked)

    polls.server.handle = above
    found, _ = polls.read(mastodon, ours(polls))
    assert found >= {note["status"]["id"] for note in NOTES}


ENTRY: dict[str, Any] = {
    "id": "1",
    "url": "https://x.test/1",
    "external_url": "https://y.test/1",
    "title": "one",
    "content_html": "<p>text</p>",
    "content_text": "text",
    "summary": "text",
    "image": "https://x.test/1.png",
    "date_published": to_iso(START),
    "date_modified": to_iso(START + MINUTE),
    "authors": [{"name": "Ana", "url": "https://x.test/ana"}],
    "attachments": [{"url": "https://x.test/1.png", "mime_type": "image/png", "title": "a box"}],
    "tags": ["a"],
    "language": "en",
}


@settings(max_examples=examples(300))
@given(data=st.data())
def test_json_feed(polls: Polls, data: st.DataObject) -> None:
    items: list[Any] = [{**copy.deepcopy(ENTRY), "id": f"e{n}", "url": f"https://x.test/{n}"} for n in range(3)]
    spoilt = data.draw(st.integers(0, 2))
    if data.draw(st.booleans()):
        put(items[spoilt], data.draw(st.sampled_from(list(paths(ENTRY)))), data.draw(JSON))
    else:
        items[spoilt] = data.draw(JSON)
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode("utf-8", "surrogatepass")
    polls.server.handle = lambda asked: Reply(body)
    found, pages = polls.read(feed, Account("blog", "feed", f"{polls.server.url}/feed"))
    assert len(found & {f"e{n}" for n in range(3) if n != spoilt}) == 2
    assert sum(len(page.skipped) for page in pages) <= 1


RSS = (
    "<item><guid>{id}</guid><title>t {id}</title><link>http://x.test/{id}</link><description>d {id}</description>"
    "<pubDate>Tue, 14 Nov 2023 22:13:00 GMT</pubDate><author>ana</author><category>c</category>"
    '<enclosure url="http://x.test/a.png" type="image/png" length="1"/></item>'
)
ATOM = (
    '<entry><id>{id}</id><title type="html">t {id}</title><link href="http://x.test/{id}"/><summary>s</summary>'
    "<updated>2023-11-14T22:13:00Z</updated><published>2023-11-14T22:13:00Z</published>"
    '<author><name>ana</name><uri>http://x.test/ana</uri></author><content type="html">c {id}</content></entry>'
)
SHAPES = {
    "rss": ('<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>', RSS, "</channel></rss>"),
    "atom": ('<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>', ATOM, "</feed>"),
}
TEXTS = st.one_of(
    JSON.map(lambda value: escape(value if isinstance(value, str) else json.dumps(value))),
    st.sampled_from(
        ["&#x0;", "<![CDATA[<a href='http://[bad'>x</a>]]>", "<b>", "&lt;a href=&quot;//[&quot;&gt;", "&nope;"]
    ),
    st.text(max_size=30).map(escape),
)


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=examples(200))
@given(data=st.data())
def test_xml(polls: Polls, shape: str, data: st.DataObject) -> None:
    head, entry, tail = SHAPES[shape]
    written = [entry.format(id=f"e{n}") for n in range(3)]
    spoilt = data.draw(st.integers(0, 2))
    bad = written[spoilt]
    # Any text between two tags, or any attribute, of one entry.
    places = [at for at, sign in enumerate(bad) if sign == ">" and bad[at + 1 : at + 2] not in ("", "<")]
    at = data.draw(st.sampled_from(places))
    end = bad.index("<", at)
    written[spoilt] = bad[: at + 1] + data.draw(TEXTS) + bad[end:]
    body = (head + "".join(written) + tail).encode("utf-8", "replace")
    polls.server.handle = lambda asked: Reply(body, headers={"content-type": "application/xml; charset=utf-8"})
    found, _ = polls.read(feed, Account("blog", "feed", f"{polls.server.url}/feed"))
    assert len(found & {f"e{n}" for n in range(3) if n != spoilt}) == 2, written[spoilt]

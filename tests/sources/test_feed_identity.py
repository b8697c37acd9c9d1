"""Which entry is which from poll to poll: none lost, none told twice, whatever feeds do with their ids."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from loopback import Asked, Loopback, Reply

from cminbox.model import from_iso
from cminbox.sources.contract import Account, Page
from cminbox.sources.http import Client
from cminbox.sources.networks import feed
from cminbox.sources.networks.feed.entries import Entry
from cminbox.sources.networks.feed.identity import Seen, features, identified

NOW = from_iso("2026-11-27T12:00:00Z")
YESTERDAY = "Thu, 26 Nov 2026 10:00:00 GMT"


class Feed:
    """A feed of items, as a test puts them."""

    def __init__(self) -> None:
        self.items: list[str] = []
        self.cursors: dict[str, str] = {}
        self.pages: list[Page] = []

    def __call__(self, asked: Asked) -> Reply:
        head = '<rss version="2.0"><channel><title>x</title>'
        return Reply(f"{head}{''.join(f'<item>{item}</item>' for item in self.items)}</channel></rss>".encode())

    async def poll(self, client: Client, account: Account) -> list[str]:
        """The texts that a poll brings, sorted."""
        self.pages = []
        async for page in feed.pages(client, account, dict(self.cursors)):
            self.cursors[page.stream] = page.cursor
            self.pages.append(page)
        return sorted(message.text for page in self.pages for message in page.messages)

    @property
    def ids(self) -> list[str]:
        return [message.id for page in self.pages for message in page.messages]


def item(guid: str = "", link: str = "", title: str = "", text: str = "", date: str = YESTERDAY) -> str:
    parts = {"guid": guid, "link": link, "title": title, "description": text, "pubDate": date}
    return "".join(f"<{name}>{value}</{name}>" for name, value in parts.items() if value)


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    async with Client(clock=lambda: NOW, tries=1) as made:
        yield made


@pytest.fixture
def served() -> Feed:
    return Feed()


@pytest.fixture
def account(served: Feed) -> Any:
    with Loopback(served) as loopback:
        yield Account("blog", "feed", f"{loopback.url}/feed.xml")


SHARED = {
    "one guid": [item("one", f"https://b.example/{k}", f"Post {k}", f"t{k}") for k in range(5)],
    "one guid and link": [item("one", "https://b.example/", f"Post {k}", f"t{k}") for k in range(5)],
    "one guid, link and title": [item("one", "https://b.example/", "Review", f"t{k}") for k in range(5)],
    "one link": [item("", "https://b.example/", f"Review {k}", f"t{k}") for k in range(5)],
    "one link and title": [item("", "https://b.example/", "Review", f"t{k}") for k in range(5)],
    "neither": [item(text=f"t{k}") for k in range(5)],
    "no date": [item("one", f"https://b.example/{k}", "Review", f"t{k}", "") for k in range(5)],
}


@pytest.mark.parametrize("name", SHARED)
async def test_none_is_lost_and_none_comes_twice(client: Client, account: Account, served: Feed, name: str) -> None:
    served.items = SHARED[name]
    texts = [f"t{k}" for k in range(5)]
    assert await served.poll(client, account) == texts
    ids = set(served.ids)
    assert len(ids) == 5
    for order in (served.items[::-1], served.items[1:]):
        served.items = order
        assert await served.poll(client, account) == []
    served.items = SHARED[name]
    await served.poll(client, account)
    assert set(served.ids) <= ids  # what was away and is listed again is no other
    served.items = [item("one", "https://b.example/9", "Another", "t9"), *SHARED[name]]
    assert await served.poll(client, account) == ["t9"]
    assert await served.poll(client, account) == []


async def test_an_entry_that_is_listed_twice_comes_once(client: Client, account: Account, served: Feed) -> None:
    served.items = [item("a", "https://b.example/1", "One", "t1")] * 3
    assert await served.poll(client, account) == ["t1"]
    assert served.ids == ["a"]


async def test_an_id_that_others_get_later_stays_with_its_first(client: Client, account: Account, served: Feed) -> None:
    first = item("one", "https://b.example/1", "One", "t1")
    served.items = [first]
    assert await served.poll(client, account) == ["t1"]
    served.items = [item("one", "https://b.example/2", "Two", "t2"), first]
    assert await served.poll(client, account) == ["t2"]
    served.items = [first]
    assert await served.poll(client, account) == []


async def test_an_id_that_goes_on_to_another_entry_loses_nothing(
    client: Client, account: Account, served: Feed
) -> None:
    ids: list[str] = []
    for number in range(4):
        date = f"Thu, 26 Nov 2026 1{number}:00:00 GMT"
        served.items = [item("latest", f"https://b.example/{number}", f"Title {number}", f"t{number}", date)]
        assert await served.poll(client, account) == [f"t{number}"]
        ids += served.ids
        assert await served.poll(client, account) == []
    assert len(set(ids)) == 4


async def test_an_edit_stays_an_edit(client: Client, account: Account, served: Feed) -> None:
    served.items = [item("a", "https://b.example/1", "One", "t1"), item("b", "https://b.example/2", "Two", "t2")]
    await served.poll(client, account)
    served.items[0] = item("a", "https://b.example/1", "One, corrected", "t1 corrected")
    assert await served.poll(client, account) == ["t1 corrected"]
    assert served.ids == ["a"]


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("links", ["same", "new"])
async def test_ids_that_change_each_time_bring_nothing_again(
    client: Client, account: Account, served: Feed, dated: bool, links: str
) -> None:
    def listed(poll: int, more: Iterable[int] = ()) -> list[str]:
        session = f"?s={poll}" if links == "new" else ""
        return [
            item(f"g{poll}-{k}", f"https://b.example/{k}{session}", f"Title {k}", f"t{k}", YESTERDAY if dated else "")
            for k in (*more, *range(4))
        ]

    served.items = listed(0)
    assert await served.poll(client, account) == ["t0", "t1", "t2", "t3"]
    for poll in range(1, 4):
        served.items = listed(poll)
        assert await served.poll(client, account) == []
    served.items = listed(9, more=[7])
    assert await served.poll(client, account) == ["t7"]
    served.items = listed(10, more=[7])
    assert await served.poll(client, account) == []


async def test_two_people_who_say_the_same_are_two(client: Client, account: Account, served: Feed) -> None:
    """A short list without times: a new review may have the very words of the one before."""
    served.items = [item("1", "https://b.example/1", "Great", "Great", "")]
    assert await served.poll(client, account) == ["Great"]
    served.items = [item("2", "https://b.example/2", "Great", "Great", "")]
    assert await served.poll(client, account) == ["Great"]


@pytest.mark.parametrize("order", ["oldest first", "newest first", "without times"])
async def test_of_very_many_the_newest_are_read_and_how_many_are_left_is_told(
    client: Client, account: Account, served: Feed, order: str
) -> None:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    count = feed.MOST_ENTRIES + 50

    def dated(number: int) -> str:
        at = start + timedelta(minutes=number)
        return item(f"o{number}", "", "", f"t{number}", "" if order == "without times" else at.isoformat())

    served.items = [dated(number) for number in range(count)]
    if order != "oldest first":
        served.items.reverse()
    texts = await served.poll(client, account)
    assert len(texts) == feed.MOST_ENTRIES
    assert f"t{count - 1}" in texts
    assert "t49" not in texts
    assert served.pages[0].notes[0] == "it lists 2,050 entries: the newest 2,000 were read, 50 older ones left"
    assert await served.poll(client, account) == []


async def test_unknown_times_are_told_and_kept(client: Client, account: Account, served: Feed) -> None:
    served.items = [item("a", text="t1", date="03/04/2026"), item("b", text="t2")]
    await served.poll(client, account)
    assert served.pages[0].notes == ("the time of 1 message is unknown: first seen now",)
    async with Client(clock=lambda: NOW + 60_000, tries=1) as later:
        assert await served.poll(later, account) == []
        served.items[0] = item("a", text="t1 more", date="03/04/2026")
        await served.poll(later, account)
    [message] = served.pages[0].messages
    assert (message.created_at, message.time_known) == (NOW, False)


async def test_what_an_older_version_kept_is_understood(client: Client, account: Account, served: Feed) -> None:
    served.items = SHARED["one guid"][:1]
    await served.poll(client, account)
    mark = Seen.load(next(iter(feed._seen(feed.load_cursor(served.cursors["entries"])["seen"]).values())).dump()).mark
    served.cursors = {"entries": f'{{"of": "{account.base_url}", "seen": {{"one": "{mark}"}}}}'}
    assert await served.poll(client, account) == []


ENTRIES = st.builds(
    Entry,
    id=st.sampled_from(["", "a", "b", "a#b"]),
    link=st.sampled_from(["", "https://x.example/", "https://x.example/1"]),
    title=st.sampled_from(["", "T", "U"]),
    content=st.sampled_from(["", "one", "two"]),
    written=st.sampled_from(["", "monday"]),
)


@given(st.lists(ENTRIES, max_size=8), st.lists(ENTRIES, max_size=8))
def test_each_entry_has_one_name_and_the_same_list_gives_the_same_names(first: list[Entry], then: list[Entry]) -> None:
    """Different entries have different names; nothing that was seen and is listed again is new."""
    told = identified(first, {})
    assert len({entry.key for entry in told}) == len(told) == len(set(first))
    seen = {entry.key: Seen("m", features(entry)) for entry in told}
    assert {entry.key for entry in identified(first, seen)} == set(seen)
    assert {entry.key for entry in identified(first[::-1], seen)} == set(seen)
    mixed = identified([*first, *then], seen)
    assert len({entry.key for entry in mixed}) == len(mixed) == len({*first, *then})

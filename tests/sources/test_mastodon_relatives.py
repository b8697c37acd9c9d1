"""Servers of Mastodon's family as their own source has them: Pixelfed (app/Http/Controllers/Api/ApiV1Controller.php,
app/Services/NotificationService.php) and GoToSocial (internal/gtsmodel/notification.go). Synthetic.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

import pytest
import pytest_asyncio
from loopback import Asked, Loopback, Reply

from cminbox.errors import Retryable
from cminbox.sources.contract import Account, Outgoing, Sent
from cminbox.sources.http import Client
from cminbox.sources.networks import mastodon

NOW = 1_750_000_000_000
ME = "9"
MOST = 40


class Pixelfed:
    """Ids are numbers. `min_id` counts itself in and gives the newest above it; our own list has no answers; a post
    shows twenty answers, the oldest."""

    def __init__(self) -> None:
        self.statuses: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []
        self.types: list[str] = []
        self.broken_threads = False

    def write(self, who: str, text: str, to: str | None = None, kind: str = "mention") -> str:
        own = str(1000 + len(self.statuses))
        at = datetime.fromtimestamp(NOW / 1000 - 3600 + len(self.statuses), UTC).isoformat()
        self.statuses.append(
            {
                **{"id": own, "content": text, "created_at": at, "in_reply_to_id": to, "visibility": "public"},
                **{"account": {"id": who, "acct": f"person{who}"}, "reblog": None, "mentions": [], "url": ""},
            }
        )
        if who != ME:
            told = {"id": str(500 + len(self.told)), "type": kind, "created_at": at, "status": self.statuses[-1]}
            self.told.append(told)
        return own

    def _page(self, items: list[dict[str, Any]], asked: Asked, *, inclusive: bool) -> Reply:
        found = sorted(items, key=lambda each: int(each["id"]), reverse=True)
        if below := asked.one("max_id"):
            found = [each for each in found if int(each["id"]) < int(below)]
        elif above := asked.one("min_id"):
            found = [each for each in found if int(each["id"]) >= int(above) + (not inclusive)]
        return Reply(found[: min(MOST, int(asked.one("limit") or 20))])

    def handle(self, asked: Asked) -> Reply:
        reply = self._answer(asked)
        return Reply(reply.body, reply.status, {"date": formatdate(NOW / 1000, usegmt=True)})

    def _answer(self, asked: Asked) -> Reply:
        match asked.path.removeprefix("/api/").split("/")[1:]:
            case ["accounts", "verify_credentials"]:
                return Reply({"id": ME, "acct": "brand"})
            case ["instance"]:
                return Reply({"version": "3.5.3 (compatible; Pixelfed 0.12.5)", "max_toot_chars": 500})
            case ["notifications"]:
                self.types = asked.query.get("types[]", [])
                return self._page(self.told, asked, inclusive=True)
            case ["accounts", own, "statuses"]:
                mine = [each for each in self.statuses if each["account"]["id"] == own and not each["in_reply_to_id"]]
                return self._page(mine, asked, inclusive=False)
            case ["statuses", own, "context"]:
                if self.broken_threads:
                    return Reply({"error": "x"}, 403)
                below = [each for each in self.statuses if each["in_reply_to_id"] == own]
                return Reply({"ancestors": [], "descendants": below[:20]})
        return Reply({"error": "Record not found"}, 404)


@pytest.fixture
def site() -> Pixelfed:
    return Pixelfed()


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    async def at_once(_: float) -> None: ...

    async with Client(clock=lambda: NOW, sleep=at_once) as made:
        yield made


@pytest.fixture
def account(site: Pixelfed) -> Iterator[Account]:
    with Loopback(site.handle) as server:
        yield Account("care", "mastodon", server.url, secret="t0ken-s3cret", account_id=ME)


async def poll(client: Client, account: Account, cursors: dict[str, str]) -> list[str]:
    found: list[str] = []
    async for page in mastodon.pages(client, account, dict(cursors)):
        cursors[page.stream] = page.cursor
        found += [message.id for message in page.messages]
    return found


@pytest.mark.parametrize("count", [1, MOST - 1, MOST, MOST + 1, 3 * MOST])
async def test_more_new_ones_than_a_list_holds_all_come(
    client: Client, account: Account, site: Pixelfed, count: int
) -> None:
    cursors: dict[str, str] = {}
    for number in range(5):
        site.write("1", f"before {number}")
    await poll(client, account, cursors)
    wanted = [site.write("2", f"new {number}") for number in range(count)]
    found = await poll(client, account, cursors)
    assert sorted(found) == sorted(wanted)
    assert await poll(client, account, cursors) == []


def outgoing(site: Pixelfed, account: Account) -> Outgoing:
    own = site.write("1", "@brand how much?")
    parent = mastodon.parse(site.statuses[-1], account)
    return Outgoing("key", "Five", own, parent, sent_before=NOW - 3_600_000)


async def test_a_list_without_answers_proves_nothing(client: Client, account: Account, site: Pixelfed) -> None:
    site.write(ME, "A picture")
    reply = outgoing(site, account)
    text = mastodon.compose(reply.parent, "Five")
    assert await mastodon.find_sent(client, account, reply) is None  # the thread shows all of its answers
    site.broken_threads = True
    with pytest.raises(Retryable):
        await mastodon.find_sent(client, account, reply)
    site.broken_threads = False
    for number in range(20):
        site.write("3", f"me too {number}", reply.parent.id)
    site.write(ME, text, reply.parent.id)
    with pytest.raises(Retryable):
        await mastodon.find_sent(client, account, reply)
    del site.statuses[3]
    site.statuses[-1]["mentions"] = [{"id": "1", "acct": "person1"}]
    assert isinstance(await mastodon.find_sent(client, account, reply), Sent)


async def test_an_answer_that_waits_for_our_consent_comes(client: Client, account: Account, site: Pixelfed) -> None:
    """GoToSocial tells of it as `pending.reply`, and of no mention until we consented, by answering it say."""
    own = site.write("1", "@brand may I?", kind="pending.reply")
    assert await poll(client, account, {}) == [own]
    assert set(site.types) == {"mention", "quote", "pending.reply"}

"""The Mastodon adapter against real servers on loopback; skipped, aloud, where none was started.

Start them with `start-snac.sh` and `start-mastomock.sh`; they write `$CMINBOX_SERVERS/out/<name>.json`.
"""

from __future__ import annotations

import asyncio
import time
import unicodedata
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio

from cminbox.errors import AuthError, SourceError
from cminbox.model import SECOND, Message, now
from cminbox.sources.contract import Account, Outgoing
from cminbox.sources.http import Client
from cminbox.sources.networks import mastodon
from live_servers import LIVE, started

pytestmark = LIVE
HOSTILE = "esc\x1b[31mRED\x1b]0;pwned\x07 \u202eevil\u202c [@click=app.quit]x[/] c1\x9b family 👨‍👩‍👧‍👦 ਸ਼ੁਕਰੀਆ"


@dataclass
class Live:
    """A server with the brand and somebody who writes to it."""

    client: Client
    account: Account
    token: str
    name: str
    brand: str
    cursors: dict[str, str]

    async def write(self, text: str, to: str | None = None, **more: Any) -> str:
        """Alice writes; returns the status's id, which is the same for everybody on these servers."""
        body = {"status": f"{self.brand} {text}", "in_reply_to_id": to, **more}
        body = {key: value for key, value in body.items() if value is not None}
        url = f"{self.account.base_url}/api/v1/statuses"
        return str((await self.client.post_json(url, body, bearer=self.token)).data["id"])

    async def poll(self, **changes: Any) -> tuple[list[Message], list[str]]:
        messages, deleted = [], []
        async for page in mastodon.pages(self.client, replace(self.account, **changes), dict(self.cursors)):
            self.cursors[page.stream] = page.cursor
            messages += page.messages
            deleted += page.deleted
            assert not page.skipped
        return messages, deleted

    async def poll_until(self, wanted: set[str]) -> list[Message]:
        """Polls until all have come; delivery within the server takes a moment."""
        got: list[Message] = []
        deadline = time.monotonic() + 60
        while not wanted <= {message.id for message in got} and time.monotonic() < deadline:
            got += (await self.poll())[0]
            await asyncio.sleep(0.2)
        return got


@pytest_asyncio.fixture(params=["snac", "mastomock"])
async def live(request: pytest.FixtureRequest) -> AsyncIterator[Live]:
    found = started(request.param)
    tokens = {account["name"]: account["access_token"] for account in found["accounts"]}
    async with Client() as client:
        account = Account("care", "mastodon", found["url"], secret=tokens["brand"])
        try:
            identity = await mastodon.identify(client, account)
        except SourceError as error:
            pytest.skip(f"{request.param} does not answer: {error.line()}")
        host = found["url"].partition("//")[2]
        brand = f"@brand@{host}" if request.param == "snac" else "@brand"
        made = Live(client, replace(account, account_id=identity.id), tokens["alice"], request.param, brand, {})
        assert identity.handle == "brand"
        assert identity.limits["characters"] >= 500
        await made.poll()
        yield made


async def test_each_mention_comes_once_and_clean(live: Live) -> None:
    marks = [uuid.uuid4().hex for _ in range(12)]
    wanted = {await live.write(f"{mark} {HOSTILE}") for mark in marks}
    got = await live.poll_until(wanted)
    ids = [message.id for message in got if message.direction == "in"]
    assert set(ids) >= wanted
    assert len(ids) == len(set(ids))
    for message in got:
        if message.id in wanted:
            assert not [c for c in message.text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
            assert "\u202e" not in message.text
            assert "[@click=app.quit]x[/]" in message.text
            assert "👨‍👩‍👧‍👦 ਸ਼ੁਕਰੀਆ" in message.text
            assert any(mark in message.text for mark in marks)
    assert (await live.poll())[0] == []
    cursors, live.cursors = live.cursors, {}
    again, _ = await live.poll()
    assert {message.id for message in again} >= wanted
    assert len({message.id for message in again}) == len(again)
    live.cursors = cursors
    assert (await live.poll())[0] == []


async def test_a_reply_is_sent_found_and_read_back(live: Live) -> None:
    own = await live.write(f"where is order {uuid.uuid4().hex}?")
    [parent] = [message for message in await live.poll_until({own}) if message.id == own]
    text = f"Sorry about that ☕ we look into it, see https://example.com/a?b=1&c=2 ({uuid.uuid4().hex[:6]})"
    reply = Outgoing(uuid.uuid4().hex, text, parent.conversation, parent, "en", sent_before=now())
    assert await mastodon.find_sent(live.client, live.account, reply) is None
    sent = await mastodon.send(live.client, live.account, reply)
    assert abs(sent.created_at - now()) < 60 * SECOND
    found = await mastodon.find_sent(live.client, live.account, reply)
    assert found is not None
    assert found.id == sent.id
    if live.name == "mastomock":  # snac ignores the key
        assert (await mastodon.send(live.client, live.account, reply)).id == sent.id
    read = [message for message in await live.poll_until({sent.id}) if message.id == sent.id]
    assert [(m.direction, m.parent, m.conversation) for m in read] == [("out", own, parent.conversation)]
    answer = await live.write("thanks", to=sent.id)
    [back] = [message for message in await live.poll_until({answer}) if message.id == answer]
    assert back.conversation == parent.conversation
    assert (await live.poll())[0] == []


async def test_comments_below_a_post_of_ours(live: Live) -> None:
    url = f"{live.account.base_url}/api/v1/statuses"
    body = {"status": f"New blend {uuid.uuid4().hex}"}
    post = str((await live.client.post_json(url, body, bearer=live.account.secret or "")).data["id"])
    one, two = await live.write("price?", to=post), await live.write("nice", to=post)
    got = {message.id: message for message in await live.poll_until({post, one, two})}
    assert got[post].kind == "post"
    assert (got[one].kind, got[one].conversation, got[one].parent) == ("comment", one, post)
    assert got[two].conversation == two


async def test_direct_messages(live: Live) -> None:
    own = await live.write(f"my card number {uuid.uuid4().hex}", visibility="direct")
    [message] = [message for message in await live.poll_until({own}) if message.id == own]
    if live.name == "snac":  # it calls everything private that is not public
        assert message.visibility == "private"
    else:
        assert (message.kind, message.visibility) == ("dm", "direct")
        assert message.conversation == f"dm:{message.author.id}"
    reply = Outgoing(uuid.uuid4().hex, "Got it", message.conversation, message, sent_before=now())
    sent = await mastodon.send(live.client, live.account, reply)
    found = await mastodon.find_sent(live.client, live.account, reply)
    assert found is not None
    assert found.id == sent.id
    status = await live.client.get_json(
        f"{live.account.base_url}/api/v1/statuses/{sent.id}", bearer=live.account.secret or ""
    )
    assert status.data["visibility"] == message.visibility
    if live.name != "snac":  # it lists the public ones alone
        [read] = [each for each in await live.poll_until({sent.id}) if each.id == sent.id]
        assert (read.kind, read.conversation) == ("dm", message.conversation)


async def test_a_deleted_status_is_noticed(live: Live) -> None:
    kept = await live.write("this stays")
    await live.poll_until({kept})
    _, deleted = await live.poll(watch=(kept, "123456789"))
    assert deleted == ["123456789"]


async def test_a_wrong_token(live: Live) -> None:
    with pytest.raises(AuthError) as got:
        await mastodon.identify(live.client, replace(live.account, secret="wrong-token-1234"))
    assert "wrong-token-1234" not in got.value.line()

"""The Bluesky adapter against a real data server and view on loopback; skipped, aloud, where none was started.

Start them with `RATE=1 start-bsky.sh`; it writes `$CMINBOX_SERVERS/out/bsky.json`.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
import unicodedata
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cminbox.errors import AuthError, DataError, SourceError
from cminbox.model import Message, Verb, now, to_iso
from cminbox.sources.auth import Bearer
from cminbox.sources.contract import Account, Act, Outgoing, Sent
from cminbox.sources.http import Client
from cminbox.sources.networks import bluesky
from cminbox.sources.networks.bluesky import labelers
from cminbox.text import clean
from live_servers import LIVE, corpus, started

pytestmark = LIVE
POST = "app.bsky.feed.post"
KEPT = Path(os.environ.get("TMPDIR", "/tmp")) / "cminbox-live-bluesky-sessions.json"
"""Sessions are kept between runs: 30 logins in five minutes are all that the server allows."""


@dataclass
class Live:
    """A server with the brand and others who write to it."""

    client: Client
    account: Account
    sessions: dict[str, dict[str, Any]]
    cursors: dict[str, str] = field(default_factory=dict)
    skipped: list[DataError] = field(default_factory=list)

    async def call(self, who: str, method: str, body: dict[str, Any]) -> Any:
        url = f"{self.account.base_url}/xrpc/{method}"
        auth = Bearer(self.sessions[who]["access_token"])
        return (await self.client.request("POST", url, json=body, auth=auth)).data

    async def write(self, who: str, text: str, to: dict[str, str] | None = None, **more: Any) -> dict[str, str]:
        """Somebody posts; returns address and version."""
        record: dict[str, Any] = {"$type": POST, "text": text, "createdAt": iso(), **more}
        if to is not None:
            root = {"uri": to.get("root", to["uri"]), "cid": to.get("root_cid", to["cid"])}
            record["reply"] = {"root": root, "parent": {"uri": to["uri"], "cid": to["cid"]}}
        body = {"repo": self.sessions[who]["did"], "collection": POST, "record": record}
        made = await self.call(who, "com.atproto.repo.createRecord", body)
        found = {"uri": made["uri"], "cid": made["cid"]}
        return found if to is None else {**found, "root": root["uri"], "root_cid": root["cid"]}

    async def shown(self, *posts: dict[str, str]) -> None:
        """Waits until the view has them: what answers a post that it does not know yet can lose its notification."""
        uris = [("uris", each["uri"]) for each in posts]
        url = f"{self.account.base_url}/xrpc/app.bsky.feed.getPosts"

        async def there() -> bool:
            answer = await self.client.request("GET", url, params=uris, auth=Bearer(self.account.secret_token))
            return len(answer.data["posts"]) == len(posts)

        await until(there)

    async def poll(self, **changes: Any) -> tuple[list[Message], list[str]]:
        messages, deleted = [], []
        async for page in bluesky.pages(self.client, replace(self.account, **changes), dict(self.cursors)):
            self.cursors[page.stream] = page.cursor
            messages += page.messages
            deleted += page.deleted
            self.skipped += page.skipped
        return messages, deleted

    async def poll_until(self, wanted: set[str]) -> list[Message]:
        """Polls until all have come; the view lags behind the server."""
        got: list[Message] = []

        async def come() -> bool:
            nonlocal got
            got += (await self.poll())[0]
            return wanted <= {message.id for message in got}

        await until(come)
        return got


@dataclass(frozen=True)
class Brand(Account):
    """Our account, with the token alone for the calls of the tests themselves."""

    @property
    def secret_token(self) -> str:
        return self.credentials.access_token


def iso() -> str:
    return to_iso(now()).replace("+00:00", "Z")


async def until(done: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not await done():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.2)


async def _sessions(client: Client, found: dict[str, Any]) -> dict[str, str]:
    """Secrets by name; made once, and kept."""
    mark = found["accounts"][0]["did"]
    kept = json.loads(KEPT.read_text()) if KEPT.is_file() else {}
    if kept.get("mark") != mark:
        [login] = bluesky.INFO.logins
        account = Account("care", "bluesky", found["pds"])
        kept = {"mark": mark}
        for each in found["accounts"]:
            typed = {"handle": "@" + each["handle"].upper(), "password": each["app_password"]}
            kept[each["name"]] = (await bluesky.begin_login(client, account, login, typed)).dump()
        KEPT.touch(0o600)
        KEPT.write_text(json.dumps(kept))
    return {name: secret for name, secret in kept.items() if name != "mark"}


@pytest_asyncio.fixture
async def live() -> AsyncIterator[Live]:
    found = started("bsky")
    async with Client() as client:
        try:
            secrets = await _sessions(client, found)
            account = Brand("care", "bluesky", found["pds"], secret=secrets["brand"])
            identity = await bluesky.identify(client, account)
        except SourceError as error:
            pytest.skip(f"bsky does not answer: {error.line()}")
        assert identity.handle == "brand.test"
        sessions = {name: json.loads(secret) for name, secret in secrets.items()}
        made = Live(client, replace(account, account_id=identity.id), sessions)
        await made.poll()
        yield made
        assert made.skipped == []


async def test_the_labelers_that_the_account_chose_are_asked_for_beside_the_servers_own(live: Live) -> None:
    chosen = started("bsky")["accounts"][1]["did"]
    found = next(each for each in started("bsky")["accounts"] if each["name"] == "brand")
    url = f"{live.account.base_url}/xrpc/"
    typed = {"identifier": found["handle"], "password": found["password"]}
    made = await live.client.request("POST", f"{url}com.atproto.server.createSession", json=typed)
    auth = Bearer(made.data["accessJwt"])
    wanted = {"$type": "app.bsky.actor.defs#labelersPref", "labelers": [{"did": chosen}]}
    for preferences, last in (([], ""), ([wanted], chosen), ([], "")):
        body = {"preferences": preferences}
        await live.client.request("POST", f"{url}app.bsky.actor.putPreferences", json=body, auth=auth)
        header, page = await labelers.chosen(live.client, live.account, "")
        assert page is not None
        assert header.rpartition(", ")[2] == last
    await live.poll()


async def test_the_corpus_comes_once_clean_and_in_its_threads(live: Live) -> None:
    texts = corpus()
    roots = [
        await live.write("brand", f"{text} {uuid.uuid4().hex[:6]}") for text in ("Matcha 🍵", "¡Rebajas!", "दिवाली")
    ]
    await live.shown(*roots)
    wanted: dict[str, str] = {}
    for number, (who, text) in enumerate(texts):
        said = text if len(text) <= 280 else text[:280]
        wanted[(await live.write(who, said, roots[number % 3]))["uri"]] = said
    got = await live.poll_until(set(wanted))
    inbound = [message for message in got if message.direction == "in"]
    assert sorted(message.id for message in inbound) == sorted(wanted)
    for message in inbound:
        assert message.text.startswith(clean(wanted[message.id])[:20])
        assert message.conversation == message.id
        assert message.kind == "comment"
        assert message.parent in {root["uri"] for root in roots}
        assert not [c for c in message.text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
    assert {message.id for message in got if message.direction == "out"} == {root["uri"] for root in roots}
    assert (await live.poll())[0] == []
    live.cursors.clear()
    again = [message.id for message in (await live.poll())[0]]
    assert set(again) >= set(wanted)
    assert len(again) == len(set(again))


async def test_a_mention_a_quote_and_what_is_below_a_comment(live: Live) -> None:
    root = await live.write("brand", f"Open day {uuid.uuid4().hex[:6]}")
    await live.shown(root)
    at = [{"index": {"byteStart": 4, "byteEnd": 15}, "features": [mention(live.account.account_id)]}]
    mentioned = await live.write("alice", "hey @brand.test, open?", facets=at)
    quote = {"$type": "app.bsky.embed.record", "record": root}
    quoted = await live.write("meera", "look at this", embed=quote)
    comment = await live.write("alice", "is it free?", root)
    await live.shown(comment)
    below = [comment]
    for number in range(8):  # the network notifies of a few levels alone
        below.append(await live.write("meera" if number % 2 else "gurpreet", f"level {number}", below[-1]))
        await live.shown(below[-1])
    wanted = {each["uri"] for each in (mentioned, quoted, *below)}
    live.cursors.pop("threads", None)  # what nobody is notified of is read every few minutes
    got = {message.id: message for message in await live.poll_until(wanted)}
    assert {got[each["uri"]].conversation for each in below} == {comment["uri"]}
    assert [got[each["uri"]].parent for each in below[1:]] == [each["uri"] for each in below[:-1]]
    assert got[mentioned["uri"]].kind == "mention"
    shown = got[quoted["uri"]].attachments
    assert [each.kind for each in shown] == ["file"]
    assert "Open day" in shown[0].alt


def mention(did: str) -> dict[str, str]:
    return {"$type": "app.bsky.richtext.facet#mention", "did": did}


async def test_a_reply_is_sent_once_found_and_read_back(live: Live) -> None:
    root = await live.write("brand", f"Questions? {uuid.uuid4().hex[:6]}")
    await live.shown(root)
    asked = await live.write("alice", f"where is order {uuid.uuid4().hex}?", root)
    [parent] = [message for message in await live.poll_until({asked["uri"]}) if message.id == asked["uri"]]
    text = f"@alice.test डाक 📮 https://example.com/a?b=1&c=2. #sorry ({uuid.uuid4().hex[:6]})"
    reply = Outgoing(uuid.uuid4().hex, text, parent.conversation, parent, "en", sent_before=now())
    assert await bluesky.find_sent(live.client, live.account, reply) is None
    sent = await bluesky.send(live.client, live.account, reply)
    assert await bluesky.find_sent(live.client, live.account, reply) == sent
    assert await bluesky.send(live.client, live.account, reply) == sent
    later = replace(reply, sent_before=reply.sent_before + 5)
    assert (await bluesky.send(live.client, live.account, later)).id == sent.id
    [read] = [message for message in await live.poll_until({sent.id}) if message.id == sent.id]
    assert read.direction == "out"
    assert read.text == text
    assert read.parent == parent.id
    assert read.conversation == parent.conversation
    assert bluesky.is_sent(reply, read)
    url = f"{live.account.base_url}/xrpc/com.atproto.repo.getRecord"
    params = [("repo", live.account.account_id), ("collection", POST), ("rkey", sent.id.rpartition("/")[2])]
    value = (await live.client.request("GET", url, params=params)).data["value"]
    assert value["reply"]["root"] == {"uri": root["uri"], "cid": root["cid"]}
    body = text.encode()
    marked = {
        each["features"][0]["$type"].partition("#")[2]: body[
            each["index"]["byteStart"] : each["index"]["byteEnd"]
        ].decode()
        for each in value["facets"]
    }
    assert marked == {"mention": "@alice.test", "link": "https://example.com/a?b=1&c=2", "tag": "#sorry"}


@pytest.mark.parametrize("verb", ["like", "boost", "block", "mute", "hide"])
async def test_a_verb_and_its_undo_are_read_back(live: Live, verb: Verb) -> None:
    root = await live.write("brand", f"Hello {uuid.uuid4().hex[:6]}")
    await live.shown(root)
    written = await live.write("gurpreet", "spam spam", root)
    [message] = [each for each in await live.poll_until({written["uri"]}) if each.id == written["uri"]]
    for undo in (False, True, False, True):
        act = Act(uuid.uuid4().hex, verb, message, undo)

        async def done(act: Act = act) -> bool:
            return await bluesky.acted(live.client, live.account, act)

        assert not await done()
        for _ in range(2):
            await bluesky.act(live.client, live.account, act)
            # Only the view knows whom we mute, and it lags; what is a record of ours stands there at once.
            await until(done, 5 if verb == "mute" else 0)

        async def stands(undo: bool = undo) -> bool:
            seen, deleted = await live.poll(watch=(message.id,))
            assert not deleted
            found = [each for each in seen if each.id == message.id]
            if verb == "block":
                return (not found or "block" in found[-1].done) is not undo
            if verb == "hide":
                return any(each.hidden is not undo for each in found)
            return any((verb in each.done) is not undo for each in found)

        await until(stands)


async def test_a_post_is_pinned_and_spam_reported(live: Live) -> None:
    root = await live.write("brand", f"Pinned {uuid.uuid4().hex[:6]}")
    await live.shown(root)
    spam = await live.write("gurpreet", "buy followers", root)
    got = {message.id: message for message in await live.poll_until({root["uri"], spam["uri"]})}
    for undo in (False, True):
        act = Act("k", "pin", got[root["uri"]], undo)
        assert not await bluesky.acted(live.client, live.account, act)
        await bluesky.act(live.client, live.account, act)
        assert await bluesky.acted(live.client, live.account, act)
    report = Act("k", "report-spam", got[spam["uri"]], reason="sells followers")
    await bluesky.act(live.client, live.account, report)


async def test_deletions_ours_and_theirs(live: Live) -> None:
    root = await live.write("brand", f"Soon {uuid.uuid4().hex[:6]}")
    await live.shown(root)
    one, other = await live.write("alice", "first!", root), await live.write("alice", "second!", root)
    got = {message.id: message for message in await live.poll_until({one["uri"], other["uri"]})}
    key = one["uri"].rpartition("/")[2]
    body = {"repo": live.sessions["alice"]["did"], "collection": POST, "rkey": key}
    await live.call("alice", "com.atproto.repo.deleteRecord", body)

    async def gone() -> bool:
        return one["uri"] in (await live.poll(watch=(one["uri"], other["uri"])))[1]

    await until(gone)
    assert (await live.poll(watch=(other["uri"],)))[1] == []
    reply = Outgoing(uuid.uuid4().hex, "hi", other["uri"], got[other["uri"]], sent_before=now())
    sent = await bluesky.send(live.client, live.account, reply)
    assert isinstance(sent, Sent)
    [ours] = [message for message in await live.poll_until({sent.id}) if message.id == sent.id]
    act = Act("k", "delete", ours)
    await bluesky.act(live.client, live.account, act)
    assert await bluesky.acted(live.client, live.account, act)
    assert await bluesky.find_sent(live.client, live.account, reply) is None
    # To what is not there any more, nothing is sent.
    with pytest.raises(SourceError, match="no longer on the network"):
        await bluesky.send(live.client, live.account, replace(reply, key="x", parent=got[one["uri"]]))


async def test_a_search_hears_what_nobody_told_us(live: Live) -> None:
    word = f"zq{uuid.uuid4().hex[:10]}"
    said = await live.write("meera", f"I wonder about {word} today")
    heard = replace(live.account, owned=False, options={"search": [word]})
    found: list[Message] = []

    async def come() -> bool:
        pages = [page async for page in bluesky.pages(live.client, heard, {})]
        found[:] = [message for page in pages for message in page.messages]
        return bool(found)

    await until(come)
    assert [(message.id, message.kind) for message in found] == [(said["uri"], "mention")]


async def test_sessions_end_and_are_renewed(live: Live) -> None:
    dead = replace(live.account, secret="e30.e30.c2ln")
    with pytest.raises(AuthError):
        await bluesky.identify(live.client, dead)
    again = await bluesky.refresh(live.client, live.account)
    assert again.access_token != live.account.credentials.access_token
    assert again.more["password"]
    assert again.expires_at is not None
    assert 60_000 < again.expires_at - now() < 8_000_000
    assert (
        await bluesky.identify(live.client, replace(live.account, secret=again.dump()))
    ).id == live.account.account_id
    kept = json.loads(KEPT.read_text())
    KEPT.write_text(json.dumps({**kept, "brand": again.dump()}))

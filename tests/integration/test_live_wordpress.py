"""The WordPress adapter against a real site on loopback; skipped, aloud, where none was started.

Start it with `MODERATE=1 start-wordpress.sh`; it writes `$CMINBOX_SERVERS/out/wordpress.json`.
"""

from __future__ import annotations

import json
import unicodedata
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import pytest_asyncio

from cminbox.errors import AuthError, DataError, Denied, Refused, SourceError
from cminbox.model import DAY, Message, Verb, now
from cminbox.sources.contract import Account, Act, Outgoing, Sent
from cminbox.sources.http import Client
from cminbox.sources.networks import wordpress
from cminbox.sources.networks.wordpress import api
from cminbox.text import clean
from cminbox.text_html import html_to_text
from live_servers import LIVE, corpus, started

pytestmark = LIVE


@dataclass
class Live:
    """A site with the brand and others who write to it."""

    client: Client
    account: Account
    users: dict[str, Account]
    cursors: dict[str, str] = field(default_factory=dict)
    skipped: list[DataError] = field(default_factory=list)

    async def post(self, title: str) -> int:
        body = {"title": title, "content": title, "status": "publish"}
        return int((await api.ask(self.client, self.account, "posts", method="POST", body=body)).data["id"])

    async def write(self, who: str, text: str, post: int, parent: str = "0") -> dict[str, Any]:
        """Somebody comments; what others write is held for review here."""
        body = {"post": post, "parent": int(parent), "content": text}
        made = await api.ask(self.client, self.users[who], "comments", method="POST", body=body)
        return dict(made.data)

    async def poll(self, **changes: Any) -> tuple[list[Message], list[str]]:
        messages, deleted = [], []
        account = replace(self.account, **changes)
        async for page in wordpress.pages(self.client, account, dict(self.cursors)):
            self.cursors[page.stream] = page.cursor
            messages += page.messages
            deleted += page.deleted
            self.skipped += page.skipped
        return messages, deleted

    async def one(self, who: str, text: str, post: int, parent: str = "0") -> Message:
        """Somebody comments, and it is polled."""
        own = str((await self.write(who, text, post, parent))["id"])
        [message] = [each for each in (await self.poll())[0] if each.id == own]
        return message


@pytest_asyncio.fixture
async def live() -> AsyncIterator[Live]:
    found = started("wordpress")
    async with Client() as client:
        users = {
            each["name"]: Account(
                "blog",
                "wordpress",
                found["url"],
                secret=json.dumps({"user": each["name"], "password": each["app_password"]}),
            )
            for each in found["accounts"]
        }
        try:
            identity = await wordpress.identify(client, users["brand"])
        except SourceError as error:
            pytest.skip(f"wordpress does not answer: {error.line()}")
        assert identity.handle == "brand"
        made = Live(client, replace(users["brand"], account_id=identity.id), users)
        await made.poll()
        yield made
        assert made.skipped == []


async def test_the_corpus_comes_once_clean_and_in_its_threads(live: Live) -> None:
    posts = [
        await live.post(f"{title} {uuid.uuid4().hex[:6]}") for title in ("Matcha 🍵 & more", "¡Rebajas!", "दिवाली")
    ]
    wanted: dict[str, dict[str, Any]] = {}
    for number, (who, text) in enumerate(corpus()):
        made = await live.write(who, text, posts[number % 3])
        wanted[str(made["id"])] = made
    got, _ = await live.poll()
    assert sorted(message.id for message in got) == sorted(wanted)
    for message in got:
        shown = " ".join(html_to_text(wanted[message.id]["content"]["rendered"]).split())
        assert " ".join(message.text.split())[:8] == clean(shown)[:8] or "[" in shown or "script" in shown
        assert message.conversation == message.id
        assert message.kind == "comment"
        assert message.held
        assert message.post is not None
        assert message.post.title[:3] in ("Mat", "¡Re", "दिव")
        assert not [c for c in message.text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
    assert len({message.author.id for message in got}) == 3
    assert (await live.poll())[0] == []
    live.cursors.clear()
    again = [message.id for message in (await live.poll())[0]]
    assert set(again) >= set(wanted)
    assert len(again) == len(set(again))


async def test_more_than_a_page_comes_to_the_end(live: Live) -> None:
    post = await live.post(f"Many {uuid.uuid4().hex[:6]}")
    wanted = [str((await live.write("alice", f"{number} {uuid.uuid4().hex}", post))["id"]) for number in range(130)]
    got = [message.id for message in (await live.poll())[0]]
    assert sorted(got) == sorted(wanted)
    assert (await live.poll())[0] == []


async def test_an_answer_is_sent_once_found_and_read_back(live: Live) -> None:
    post = await live.post(f"Answers {uuid.uuid4().hex[:6]}")
    parent = await live.one("alice", "Where is my order?", post)
    text = f'Sorry! 5 < 6 & "so" -- <b>x</b> :) 🙏\n\nhttps://example.com/a?b=1&c=2 ({uuid.uuid4().hex[:6]})'
    reply = Outgoing(uuid.uuid4().hex, text, parent.conversation, parent, "en", sent_before=now())
    assert await wordpress.find_sent(live.client, live.account, reply) is None
    sent = await wordpress.send(live.client, live.account, reply)
    assert await wordpress.find_sent(live.client, live.account, reply) == sent
    assert await wordpress.send(live.client, live.account, reply) == sent
    with pytest.raises(Refused, match="very same answer"):
        await wordpress.send(live.client, live.account, replace(reply, known=frozenset({sent.id})))
    [read] = [message for message in (await live.poll())[0] if message.id == sent.id]
    assert read.text == text
    assert read.direction == "out"
    assert not read.held
    assert (read.parent, read.conversation) == (parent.id, parent.conversation)
    assert wordpress.is_sent(reply, read)
    back = await live.one("alice", "Thanks", post, sent.id)
    assert back.conversation == parent.id


VERBS: list[tuple[Verb, str]] = [("release", ""), ("hide", "release"), ("report-spam", ""), ("delete", "")]


@pytest.mark.parametrize(("verb", "first"), VERBS, ids=[verb for verb, _ in VERBS])
async def test_a_verb_and_its_undo_are_read_back(live: Live, verb: Verb, first: Verb) -> None:
    post = await live.post(f"Moderated {uuid.uuid4().hex[:6]}")
    message = await live.one("meera", f"FREE FOLLOWERS {uuid.uuid4().hex}", post)
    if first:
        await wordpress.act(live.client, live.account, Act("k", first, message))
    before = await api.one(live.client, live.account, message.id)
    for undo in (False, True, False, True):
        act = Act(uuid.uuid4().hex, verb, message, undo)
        assert not await wordpress.acted(live.client, live.account, act)
        await wordpress.act(live.client, live.account, act)
        await wordpress.act(live.client, live.account, act)
        assert await wordpress.acted(live.client, live.account, act)
        seen, deleted = await live.poll(watch=(message.id,), missing=(message.id,))
        assert deleted == ([message.id] if verb == "delete" and not undo else [])
        found = [each for each in seen if each.id == message.id]
        if verb == "report-spam":
            assert found[-1].hidden is not undo
        elif verb != "delete":
            assert found[-1].held is ((verb == "hide") is not undo)
    after = await api.one(live.client, live.account, message.id)
    for name in ("status", "author_name", "author_email", "author_user_agent", "date", "content"):
        assert after[name] == before[name]


async def test_edits_and_deletions(live: Live) -> None:
    post = await live.post(f"Changes {uuid.uuid4().hex[:6]}")
    one = await live.one("alice", "first words", post)
    other = await live.one("alice", "second words", post)
    body = {"content": "other words"}
    await api.ask(live.client, live.account, f"comments/{one.id}", method="POST", body=body)
    await api.ask(live.client, live.account, f"comments/{other.id}", [("force", "true")], method="DELETE")
    seen, deleted = await live.poll(watch=(one.id, other.id))
    assert deleted == [other.id]
    assert [(each.id, each.text) for each in seen] == [(one.id, "other words")]
    reply = Outgoing(uuid.uuid4().hex, "hi", other.conversation, other, sent_before=now())
    with pytest.raises(Refused, match="no longer there"):
        await wordpress.send(live.client, live.account, reply)


async def test_who_may_not_moderate_and_a_wrong_password(live: Live) -> None:
    post = await live.post(f"Readers {uuid.uuid4().hex[:6]}")
    held = await live.one("alice", f"held {uuid.uuid4().hex}", post)
    shown = await live.one("meera", f"shown {uuid.uuid4().hex}", post)
    await wordpress.act(live.client, live.account, Act("k", "release", shown))
    alice = await wordpress.identify(live.client, live.users["alice"])
    account = replace(live.users["alice"], account_id=alice.id, backfill_ms=DAY)
    pages = [page async for page in wordpress.pages(live.client, account, {})]
    got = {message.id for page in pages for message in page.messages}
    assert shown.id in got
    assert held.id not in got
    assert [note for page in pages for note in page.notes]
    with pytest.raises(Denied):
        await wordpress.act(live.client, account, Act("k", "report-spam", shown))
    with pytest.raises(AuthError):
        async for _ in wordpress.pages(live.client, replace(live.account, secret="brand:wrong"), {}):
            pass


async def test_an_answer_below_one_that_is_held(live: Live) -> None:
    post = await live.post(f"Held {uuid.uuid4().hex[:6]}")
    parent = await live.one("gurpreet", f"held {uuid.uuid4().hex}", post)
    assert parent.held
    reply = Outgoing(uuid.uuid4().hex, "We see you", parent.conversation, parent, sent_before=now())
    assert isinstance(await wordpress.send(live.client, live.account, reply), Sent)

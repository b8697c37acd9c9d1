"""What Threads was recorded to say, read by our adapter; skipped, aloud, where the recordings are absent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cassettes import RECORDED
from loopback import Asked, Loopback, Reply

from cminbox.errors import NotThere
from cminbox.model import from_iso
from cminbox.sources.contract import Account, Outgoing, Sent
from cminbox.sources.http import Client
from cminbox.sources.ledger import Allowance
from cminbox.sources.networks import threads

FOLDER = RECORDED / "threads"
pytestmark = [
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recorded answers in {FOLDER}"),
    pytest.mark.xdist_group("recorded threads"),  # the last one looks at what all others read
]
READ: set[str] = set()


def load(name: str) -> Any:
    READ.add(name)
    return json.loads((FOLDER / name).read_text())


async def test_a_list_of_replies() -> None:
    listed = load("basic-list-reply.json")
    post = {"id": "1234567890", "text": "Our post", "has_replies": True}

    def handle(asked: Asked) -> Reply:
        if asked.path.endswith("/me"):
            return Reply({"id": "1", "username": "brand"})
        if asked.path.endswith("/me/threads"):
            return Reply({"data": [post]})
        if asked.path.endswith("/conversation"):
            return Reply(listed if not asked.one("after") else {"data": []})
        return Reply({"data": []})

    with Loopback(handle) as server:
        async with Client(tries=1) as client:
            account = Account("th", "threads", server.url, secret="t", account_id="1")
            pages = [page async for page in threads.pages(client, account, {})]
    found = {message.id: message for page in pages for message in page.messages}
    assert [message.text for message in found.values()] == ["First Reply", "Second Reply", "Third Reply"]
    assert [message.hidden for message in found.values()] == [False, True, False]
    for own, message in found.items():
        assert (message.conversation, message.parent, message.kind) == (own, None, "comment")
        assert message.created_at == from_iso("2024-01-01T18:20:00Z")
        assert message.post is not None
        assert (message.post.id, message.post.title) == ("1234567890", "Our post")
    assert len({message.author.id for message in found.values()}) == 3


def test_a_post() -> None:
    message = threads.parse(load("basic-media.json"), Account("th", "threads"))
    assert (message.text, message.author.handle) == ("Today Is Monday", "threadsapitestuser")
    assert message.url == "https://www.threads.net/@threadsapitestuser/post/abcdefg"
    assert message.created_at == from_iso("2023-10-17T05:42:03Z")


async def test_an_error_and_a_container_that_is_ready() -> None:
    gone, ready = load("exception.json"), load("media-container-success.json")
    posted: list[str] = []

    def handle(asked: Asked) -> Reply:
        if asked.method == "POST":
            posted.append(asked.path.rsplit("/", 1)[-1])
            return Reply({"id": ready["id"] if posted[-1] == "threads" else "77"})
        return Reply(ready) if asked.path.endswith(ready["id"]) else Reply(gone, 400)

    with Loopback(handle) as server:
        async with Client(tries=1) as client:
            account = Account("th", "threads", server.url, secret="t", account_id="1")
            with pytest.raises(NotThere):
                await threads.identify(client, account)
            parent = threads.parse(load("basic-media.json"), account)
            sent = await threads.send(client, account, Outgoing("k", "Hi", parent.conversation, parent))
    assert isinstance(sent, Sent)
    assert (sent.id, posted) == ("77", ["threads", "threads_publish"])


def test_the_quota_is_what_is_counted_here() -> None:
    config = load("basic-quota.json")["reply_config"]
    [replies] = [one for one in threads.INFO.capabilities.allowances if one.name == "replies"]
    assert isinstance(replies, Allowance)
    assert (replies.limit, replies.period) == (config["quota_total"], "rolling day")
    assert config["quota_duration"] == 86400


def test_every_file_was_read() -> None:
    assert {path.name for path in FOLDER.iterdir()} == READ

"""Recorded answers of real services, read by our adapters; skipped, aloud, where the recordings are absent."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cassettes import RECORDED, Recorded, read_yaml
from loopback import Asked, Loopback, Reply

from cminbox.errors import AuthError, RateLimited
from cminbox.model import SECOND, from_iso
from cminbox.sources.contract import Account, Outgoing
from cminbox.sources.http import Client
from cminbox.sources.limits import remaining, reset_at
from cminbox.sources.networks import feed, mastodon
from cminbox.sources.networks.mastodon.status import parse

pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason=f"no recorded answers in {RECORDED}")
NOW = from_iso("2026-08-01T13:50:00Z")


def cassette(name: str) -> list[Recorded]:
    return read_yaml(RECORDED / "mastodon" / name)


def answer(recorded: Recorded) -> Reply:
    headers = {name: value for name, value in recorded.headers.items() if name.startswith("x-ratelimit")}
    return Reply(recorded.body, recorded.status, headers)


def statuses(value: Any) -> list[dict[str, Any]]:
    """Every status in an answer, however deep."""
    if isinstance(value, list):
        return [status for each in value for status in statuses(each)]
    if not isinstance(value, dict):
        return []
    inner = [status for each in value.values() for status in statuses(each)]
    return [value, *inner] if {"content", "visibility", "account", "in_reply_to_id"} <= set(value) else inner


def test_every_recorded_status_is_read() -> None:
    read = 0
    for path in sorted((RECORDED / "mastodon").glob("*.yaml")):
        for recorded in read_yaml(path):
            for status in statuses(json.loads(recorded.body or b"null")):
                message = parse(status, Account("care", "mastodon"))
                assert message.id == status["id"]
                assert message.author.handle
                assert message.text or status["content"] == ""
                assert "<" not in message.text
                assert message.url.startswith("http")
                assert from_iso("2020-01-01T00:00:00Z") < message.created_at < from_iso("2030-01-01T00:00:00Z")
                read += 1
    assert read >= 10


def test_every_recorded_limit_is_understood() -> None:
    seen = 0
    for path in sorted((RECORDED / "mastodon").glob("*.yaml")):
        for recorded in read_yaml(path):
            when = reset_at(recorded.headers, NOW)
            assert when is not None
            left = remaining(recorded.headers)
            assert left is not None
            assert 0 <= left <= 300
            seen += 1
    assert seen >= 20


async def test_mentions_are_polled_from_recorded_answers() -> None:
    post, listed, *_ = cassette("test_notifications_mentions_only.yaml")
    listing = json.loads(listed.body)

    def handle(asked: Asked) -> Reply:
        first = asked.path.endswith("/notifications") and not (asked.one("max_id") or asked.one("min_id"))
        return answer(listed) if first else Reply([])

    with Loopback(handle) as server:
        account = Account("care", "mastodon", server.url, secret="x" * 8, account_id="nobody")
        async with Client(clock=lambda: NOW) as client:
            pages = [page async for page in mastodon.pages(client, account, {})]
    [message] = [message for page in pages for message in page.messages]
    status = listing[0]["status"]
    assert message.id == status["id"] == json.loads(post.body)["id"]
    assert message.created_at == from_iso(status["created_at"])
    assert message.conversation == message.id
    assert message.kind == "mention"


async def test_a_recorded_reply_is_understood() -> None:
    first, _, reply, *_ = cassette("test_status_reply.yaml")
    parent = parse(json.loads(first.body), Account("care", "mastodon"))
    with Loopback(lambda asked: answer(reply)) as server:
        ours = json.loads(reply.body)["account"]["id"]
        account = Account("care", "mastodon", server.url, secret="x" * 8, account_id=ours)
        async with Client(clock=lambda: NOW) as client:
            sent = await mastodon.send(client, account, Outgoing("k", "hello", parent.conversation, parent))
    assert sent.id == json.loads(reply.body)["id"]
    assert json.loads(reply.body)["in_reply_to_id"] == parent.id
    assert server.asked[0].json["visibility"] == parent.visibility


async def test_a_recorded_edit_shows_its_time() -> None:
    edited = [
        parse(status, Account("care", "mastodon"))
        for r in cassette("test_status_edit.yaml")[2:4]
        for status in statuses(json.loads(r.body))
    ]
    assert edited
    assert all(message.edited_at is not None and message.edited_at >= message.created_at for message in edited)


async def test_the_recorded_refusal_and_instance() -> None:
    [refusal] = cassette("test_home_tl_anonymous_throws.yaml")
    [instance] = cassette("test_entity_instancev2.yaml")
    me = cassette("test_status_reply.yaml")[1]
    with Loopback(lambda asked: answer(instance if "instance" in asked.path else me)) as server:
        account = Account("care", "mastodon", server.url, secret="x" * 8)
        async with Client(clock=lambda: NOW) as client:
            identity = await mastodon.identify(client, account)
            assert identity.limits == {"characters": 500, "url": 23}
            assert identity.id == json.loads(me.body)["id"]
            server.handle = lambda asked: answer(refusal)
            with pytest.raises(AuthError, match="access token is invalid"):
                await mastodon.identify(client, replace(account, secret="other"))


async def test_the_recorded_429_of_reddit() -> None:
    name = "reddit/TestSession.test_request__too__many_requests__with_retry_headers.json"
    recorded = json.loads((RECORDED / name).read_text())["interactions"][-1]["response"]
    assert recorded["status"]["code"] == 429
    headers = {key.lower(): value[0] for key, value in recorded["headers"].items()}
    reply = Reply(recorded["body"]["string"].encode(), 429, {"retry-after": headers["retry-after"]})
    with Loopback(lambda asked: reply) as server:
        async with Client(clock=lambda: NOW) as client:
            with pytest.raises(RateLimited) as got:
                await client.get_json(server.url)
    assert got.value.until == NOW + int(headers["retry-after"]) * SECOND


@pytest.mark.parametrize(
    "name", ["atomthreadingwithentry.xml", "rss_incomplete_cdata.xml", "undeclared_namespace.xml", "full.json"]
)
async def test_recorded_feeds(name: str) -> None:
    body = (RECORDED / "feeds" / name).read_bytes()
    with Loopback(lambda asked: Reply(body)) as server:
        account = Account("blog", "feed", f"{server.url}/feed")
        async with Client(clock=lambda: NOW) as client:
            pages = [page async for page in feed.pages(client, account, {})]
            again = [page async for page in feed.pages(client, account, {pages[-1].stream: pages[-1].cursor})]
    messages = [message for page in pages for message in page.messages]
    assert [message for page in again for message in page.messages] == []
    understood = bool(messages) or any(page.skipped for page in pages)
    assert understood == (name != "undeclared_namespace.xml")  # which has no entry
    if name.startswith("atom"):
        assert messages[0].parent == "tag:blogger.com,1999:blog-893591374313312737.post-3861663258538857954"
    if name == "full.json":
        assert len(messages) >= 2
        assert all(message.url.startswith("http") or not message.url for message in messages)


def test_the_recordings_hold_what_the_manifest_says() -> None:
    lines = (RECORDED / "MANIFEST.tsv").read_text().splitlines()[1:]
    assert all((RECORDED / line.split("\t")[0] / Path(line.split("\t")[1]).name).is_file() for line in lines)

"""Recorded answers of Discourse, read by the adapter; skipped, aloud, where they are absent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cassettes import RECORDED
from loopback import Asked, Loopback, Reply

from cminbox.model import DAY, from_iso
from cminbox.sources.contract import Account
from cminbox.sources.http import Client
from cminbox.sources.networks import discourse
from cminbox.sources.networks.discourse.post import parse
from cminbox.text import clean
from cminbox.text_html import html_to_text

FOLDER = RECORDED / "discourse"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recorded answers in {FOLDER}")
FILES = sorted(FOLDER.glob("*.json")) if FOLDER.is_dir() else []
POSTS = {"post": 1, "posts_before": 2, "posts_latest": 2, "topic_posts": 1, "topic_response": 1}
"""How many posts are there at least."""
PICTURES = {"posts_before": 1, "posts_latest": 1}
"""How many pictures they show at least."""


def posts(value: Any) -> Iterator[dict[str, Any]]:
    """Each post of a value."""
    if isinstance(value, list):
        for each in value:
            yield from posts(each)
    elif isinstance(value, dict):
        if "cooked" in value and "post_number" in value:
            yield value
        for each in value.values():
            yield from posts(each)


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_recorded_post_is_what_a_person_would_see(path: Path, record_property: Any) -> None:
    account = Account("forum", "discourse", "https://forum.example", account_id="999")
    read = list(posts(json.loads(path.read_text())))
    pictures = 0
    for raw in read:
        message = parse(raw, account)
        assert message.id == str(raw["id"])
        assert message.conversation == str(raw["topic_id"])
        written = raw.get("raw")
        assert message.text == (clean(written) if isinstance(written, str) else html_to_text(raw["cooked"]))
        assert (message.author.id, message.author.handle) == (str(raw["user_id"]), raw["username"])
        assert message.author.name == (raw["name"] or raw["display_username"] or "")
        assert message.created_at == from_iso(raw["created_at"])
        assert message.edited_at is None
        assert message.url == f"https://forum.example/t/{raw['topic_slug']}/{raw['topic_id']}/{raw['post_number']}"
        assert message.post is not None
        assert message.post.title == raw.get("topic_title", "")
        assert not message.held
        assert not message.hidden
        assert all(each.kind == "picture" and each.address for each in message.attachments)
        pictures += len(message.attachments)
    assert pictures >= PICTURES.get(path.stem, 0)
    record_property("posts", len(read))
    assert len(read) >= POSTS.get(path.stem, 0)


@pytest.mark.parametrize("name", ["posts_latest", "posts_before"])
async def test_recorded_pages_are_polled_to_the_end(name: str) -> None:
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        pytest.skip(f"no {path}")
    said = json.loads(path.read_text())

    def handle(asked: Asked) -> Reply:
        if asked.path == "/posts.json":
            return Reply(said if not asked.one("before") else {"latest_posts": []})
        if asked.path == "/session/current.json":
            return Reply({"current_user": {"id": 999, "username": "brand"}})
        if asked.path.startswith("/topics/private-messages/"):
            return Reply({"topic_list": {"topics": []}})
        return Reply({"reviewables": [], "errors": ["x"], "error_type": "not_found"})

    times = [from_iso(each["created_at"]) for each in said["latest_posts"]]
    with Loopback(handle) as server:
        account = Account("forum", "discourse", server.url, secret="k", account_id="999", backfill_ms=90 * DAY)
        async with Client(clock=lambda: max(times) + DAY, tries=1) as client:
            pages = [page async for page in discourse.pages(client, account, {})]
    assert sorted(message.id for page in pages for message in page.messages) == sorted(
        str(each["id"]) for each, when in zip(said["latest_posts"], times, strict=True) if when > max(times) - 89 * DAY
    )
    assert not any(page.skipped for page in pages)


async def test_recorded_private_messages_and_notifications_are_read() -> None:
    """Lists of topics and notifications, as an older and a newer forum gave them, with one topic behind them all."""
    topic = json.loads((FOLDER / "topic_response.json").read_text())
    for name in ("private_messages", "private-messages-sent"):
        path = FOLDER / f"{name}.json"
        if not path.is_file():
            continue
        said = json.loads(path.read_text())

        def handle(asked: Asked, said: Any = said) -> Reply:
            if asked.path.startswith("/topics/private-messages/"):
                return Reply(said)
            if asked.path == "/session/current.json":
                return Reply({"current_user": {"id": 999, "username": "brand"}})
            if asked.path.startswith("/t/"):
                return Reply(topic)
            return Reply({"latest_posts": [], "reviewables": []})

        newest = max(from_iso(each["last_posted_at"]) for each in said["topic_list"]["topics"])
        with Loopback(handle) as server:
            account = Account("forum", "discourse", server.url, secret="k", account_id="999", backfill_ms=90 * DAY)
            async with Client(clock=lambda at=newest: at + DAY, tries=1) as client:
                pages = [page async for page in discourse.pages(client, account, {})]
        assert not any(page.skipped for page in pages)
        asked = {each.path for each in server.asked if each.path.startswith("/t/")}
        assert asked == {f"/t/{each['id']}.json" for each in said["topic_list"]["topics"]}

"""Recorded comments of WordPress, read by the adapter; skipped, aloud, where they are absent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cassettes import RECORDED
from loopback import Asked, Loopback, Reply

from cminbox.model import from_iso
from cminbox.sources.contract import Account
from cminbox.sources.http import Client
from cminbox.sources.networks import wordpress
from cminbox.sources.networks.wordpress.comment import parse

FOLDER = RECORDED / "wordpress"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recorded answers in {FOLDER}")
FILES = sorted(FOLDER.glob("*.json")) if FOLDER.is_dir() else []
NOW = from_iso("2026-11-28T00:00:00Z")
COUNTS = {"comments-v2-edit-context-success": 2, "core-CommentsCollection": 1}


def comments(path: Path) -> list[dict[str, Any]]:
    found = json.loads(path.read_text())
    return [each for each in (found if isinstance(found, list) else [found]) if "content" in each]


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_recorded_comment_is_what_a_person_would_see(path: Path, record_property: Any) -> None:
    read = comments(path)
    for raw in read:
        message = parse(raw, Account("blog", "wordpress", "https://example.org"))
        assert message.id == str(raw["id"])
        assert message.author.name == raw["author_name"]
        assert message.author.url == raw["author_url"]
        assert f"<p>{message.text}</p>\n" == raw["content"]["rendered"]
        assert message.created_at == from_iso(raw["date_gmt"] + "Z")
        assert message.parent == (str(raw["parent"]) if raw["parent"] else None)
        assert message.conversation == (message.parent or message.id)
        assert message.url == raw["link"]
        assert message.post is not None
        assert message.post.id == str(raw["post"])
        assert message.can == {"hide", "report-spam", "delete"}
        assert raw.get("author_email", "no e-mail") not in repr(message)
        assert raw.get("author_ip", "no address") not in repr(message)
    record_property("comments", len(read))
    assert len(read) >= COUNTS.get(path.stem, 0)


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
async def test_every_recorded_list_is_polled(path: Path) -> None:
    read = comments(path)

    def handle(asked: Asked) -> Reply:
        return Reply([] if asked.one("include") else read, 200, {"x-wp-totalpages": "1"})

    with Loopback(handle) as server:
        account = Account("blog", "wordpress", server.url, secret="a:b", account_id="202", backfill_ms=90 * 86_400_000)
        last = max(from_iso(raw["date_gmt"] + "Z") for raw in read)
        async with Client(clock=lambda: last + 1000) as client:
            pages = [page async for page in wordpress.pages(client, account, {})]
    got = [message for page in pages for message in page.messages]
    assert [message.id for message in got] == [str(raw["id"]) for raw in read]
    assert {message.id for message in got if message.direction == "out"} == {
        str(raw["id"]) for raw in read if raw["author"] == 202
    }

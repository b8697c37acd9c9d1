"""Recorded answers of TikTok, read by the adapter; skipped, aloud, where they are absent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cassettes import RECORDED
from loopback import Asked, Loopback, Reply

from cminbox.errors import RateLimited, SourceError
from cminbox.model import DAY, from_iso
from cminbox.sources.contract import Account
from cminbox.sources.http import Client
from cminbox.sources.networks import tiktok

FOLDER = RECORDED / "tiktok"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recorded answers in {FOLDER}")
FILES = sorted(FOLDER.glob("*.json")) if FOLDER.is_dir() else []
NOW = from_iso("2026-11-28T00:00:00Z")
ACCOUNT = Account("clips", "tiktok", secret="t", account_id="brand", backfill_ms=60 * DAY)


def read(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text())
    assert isinstance(found, dict)
    return found


def comments(path: Path) -> list[dict[str, Any]]:
    """The comments of an answer: of a list, made by one, or told of by a webhook in text within text."""
    raw = read(path)
    if isinstance(raw.get("content"), str):
        inner = json.loads(raw["content"])
        return [{**inner, "create_time": inner.get("timestamp")}] if inner.get("text") else []
    data = raw.get("data") or {}
    found = data.get("comments") or ([data] if "comment_id" in data else [])
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_recorded_comment_is_what_a_person_would_see(path: Path, record_property: Any) -> None:
    every = comments(path)
    for raw in every:
        message = tiktok.parse(raw, ACCOUNT)
        parent = str(raw.get("parent_comment_id") or "")
        parent = "" if parent == "0" else parent
        assert message.id == str(raw["comment_id"])
        assert message.author.id == raw["unique_identifier"]
        assert message.author.handle == raw.get("username", "")
        assert message.author.name == raw.get("display_name", "")
        assert message.text == raw["text"]
        assert message.created_at // 1000 in (int(raw["create_time"]), int(raw["create_time"]) // 1000)
        assert message.parent == (parent or None)
        assert message.conversation == (parent or message.id)
        assert message.direction == ("out" if raw.get("owner") else "in")
        assert bool(message.hidden) is (raw.get("status") == "HIDDEN")
        assert message.extra["video"] == str(raw["video_id"])
    record_property("comments", len(every))


async def test_the_recorded_lists_are_polled() -> None:
    lists = {path.stem: read(path) for path in FILES if path.stem.startswith("comment_list")}
    if not lists:
        pytest.skip("no recorded list of comments")
    first, *rest = [lists[name] for name in sorted(lists)]
    film = first["data"]["comments"][0]["video_id"]

    def handle(asked: Asked) -> Reply:
        if asked.path.endswith("/video/list/"):
            return Reply({"code": 0, "data": {"videos": [{"item_id": film, "comments": 9}]}})
        if asked.path.endswith("/business/comment/list/"):
            later = asked.one("cursor") not in ("", "0")
            return Reply(rest[0] if later and rest else first)
        if asked.path.endswith("/comment/reply/list/"):
            below = [each for each in comments(FILES[0]) if each.get("parent_comment_id") == asked.one("comment_id")]
            return Reply({"code": 0, "data": {"comments": below}})
        return Reply({"code": 40001, "message": "No.", "data": {}})

    with Loopback(handle) as server:
        account = Account("clips", "tiktok", server.url, secret="t", account_id="brand", backfill_ms=60 * DAY)
        async with Client(clock=lambda: NOW, tries=1) as client:
            pages = [page async for page in tiktok.pages(client, account, {})]
    assert not any(page.skipped for page in pages)
    got = sorted(message.id for page in pages for message in page.messages)
    assert got == sorted(each["comment_id"] for each in first["data"]["comments"])


@pytest.mark.parametrize("path", [path for path in FILES if path.stem.startswith("error")], ids=lambda path: path.stem)
async def test_a_recorded_refusal_is_one(path: Path) -> None:
    raw = read(path)
    with Loopback(lambda _asked: Reply(raw)) as server:
        account = Account("clips", "tiktok", server.url, secret="t", account_id="brand")
        async with Client(clock=lambda: NOW, tries=1) as client:
            with pytest.raises(RateLimited if raw["code"] == 40100 else SourceError):
                [page async for page in tiktok.pages(client, account, {})]

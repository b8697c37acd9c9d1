"""Recorded answers of Reddit, read by the adapter; skipped, aloud, where they are absent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cassettes import RECORDED
from loopback import Asked, Loopback, Reply

from cminbox.errors import AuthError, RateLimited, Retryable
from cminbox.model import DAY, from_iso
from cminbox.sources.contract import Account, Outgoing
from cminbox.sources.http import Answer, Client
from cminbox.sources.networks import reddit
from cminbox.sources.networks.reddit.thing import WEB, data_of, is_deleted, parse
from cminbox.text import clean

FOLDER = RECORDED / "reddit"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recorded answers in {FOLDER}")
FILES = sorted(FOLDER.glob("*.json")) if FOLDER.is_dir() else []
NOW = from_iso("2026-11-28T00:00:00Z")
ACCOUNT = Account("care", "reddit", account_id="brand")
COUNTS = {
    "TestInbox.test_mentions": 16,
    "TestInbox.test_mark_read": 20,
    "rtv_inbox": 5,
    "rtv_mark_seen": 5,
    "inbox": 2,
    "more": 3,
    "post": 3,
    "comment_submit": 1,
}


def bodies(path: Path) -> list[tuple[int, dict[str, str], Any]]:
    """What was answered: status, headers, and JSON or text."""
    raw = json.loads(path.read_text())
    if not isinstance(raw, dict) or "interactions" not in raw:
        return [(200, {}, raw)]
    found = []
    for each in raw["interactions"]:
        answer = each["response"]
        headers = {name.lower(): values[0] for name, values in answer["headers"].items() if values}
        text = answer["body"].get("string", "")
        try:
            said = json.loads(text)
        except ValueError:
            said = text
        found.append((answer["status"]["code"], headers, said))
    return found


def things(value: Any) -> Iterator[dict[str, Any]]:
    """Each comment, post and message of a value, however deep it lies."""
    if isinstance(value, list):
        for each in value:
            yield from things(each)
    elif isinstance(value, dict):
        if value.get("kind") in ("t1", "t3", "t4") and isinstance(value.get("data"), dict):
            yield value
        elif "body" in value and str(value.get("name", "")).startswith("t1_"):
            yield {"kind": "t1", "data": value}
            return
        for each in value.values():
            yield from things(each)


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_everything_recorded_is_what_a_person_would_see(path: Path, record_property: Any) -> None:
    read = [each for _, _, said in bodies(path) for each in things(said)]
    for raw in read:
        item = data_of(raw)
        message = parse(raw, ACCOUNT)
        assert message.id == item["name"]
        written = item.get("body", item.get("selftext"))
        assert message.text == clean(written or item.get("url") or item.get("title"))
        if is_deleted(item):
            assert message.author.id == f"unknown:{message.id}"
        elif item["author"]:
            assert (message.author.handle, message.author.id) == (item["author"], item["author"].lower())
        assert message.created_at == round(item["created_utc"] * 1000)
        assert (message.edited_at is not None) == bool(item.get("edited"))
        assert (message.kind == "dm") == (raw["kind"] == "t4")
        above = item.get("parent_id")
        assert message.parent == (above if above and above[:3] != "t3_" else None)
        if path_ := item.get("permalink") or item.get("context"):
            assert message.url == f"{WEB}{path_.partition('?')[0]}"
        if raw["kind"] == "t1":
            assert message.post is not None
            assert message.post.id.startswith("t3_")
            if item.get("link_title"):
                assert message.post.title == " ".join(clean(item["link_title"]).split())
        else:
            assert message.title or item.get("subject", item.get("title")) in ("", None, message.text)
    record_property("things", len(read))
    assert len(read) >= COUNTS.get(path.stem, 0)


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_recorded_answer_is_judged(path: Path) -> None:
    for status, headers, said in bodies(path):
        data = said if isinstance(said, dict | list) else None
        found = reddit.judge(Answer(status, headers, data=data, host="reddit.test", at=NOW))
        if "raise_api_exception" in path.stem and "json" in (data or {}):
            assert isinstance(found, AuthError)
        else:
            assert found is None


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
async def test_every_recorded_list_is_polled(path: Path) -> None:
    lists = [said for _, _, said in bodies(path) if isinstance(said, dict) and said.get("kind") == "Listing"]
    for said in lists:
        wanted = {each["data"]["name"] for each in said["data"]["children"] if not is_deleted(each["data"])}

        def handle(asked: Asked, said: Any = said) -> Reply:
            empty = {"kind": "Listing", "data": {"after": None, "children": []}}
            if asked.path == "/message/inbox" and not asked.one("after"):
                return Reply({**said, "data": {**said["data"], "after": None}})
            return Reply({"conversations": {}} if "conversations" in asked.path else empty)

        with Loopback(handle) as server:
            account = Account("care", "reddit", server.url, secret="t", account_id="brand", backfill_ms=90 * DAY)
            newest = max(each["data"]["created_utc"] for each in said["data"]["children"])
            async with Client(clock=lambda at=newest: round(at * 1000) + 1000, tries=1) as client:
                pages = [page async for page in reddit.pages(client, account, {})]
        got = [message.id for page in pages for message in page.messages]
        assert len(got) == len(set(got))
        assert not any(page.skipped for page in pages)
        floor = newest - 90 * 86_400
        recent = {e["data"]["name"] for e in said["data"]["children"] if e["data"]["created_utc"] >= floor}
        assert set(got) >= wanted & recent


async def test_a_recorded_answer_without_the_comment_is_unknown_and_a_recorded_limit_waits() -> None:
    none = next((path for path in FILES if "reply__none" in path.stem), None)
    limit = next((path for path in FILES if "too__many" in path.stem), None)
    if none is None or limit is None:
        pytest.skip("not all of them are here")
    said = bodies(none)[-1][2]
    with Loopback(lambda asked: Reply(said)) as server:
        account = Account("care", "reddit", server.url, secret="t", account_id="brand")
        raw = {"kind": "t1", "data": {"name": "t1_eear2ml", "author": "ana", "body": "x", "created_utc": 1.0}}
        parent = parse(raw, account)
        async with Client(tries=1) as client:
            with pytest.raises(Retryable) as got:
                await reddit.send(client, account, Outgoing("k", "TEST", parent.conversation, parent))
    assert got.value.maybe_done
    status, headers, text = next(each for each in bodies(limit) if each[0] == 429)
    kept = {name: value for name, value in headers.items() if name in ("retry-after", "x-ratelimit-reset")}
    with Loopback(lambda asked: Reply(str(text).encode(), status, kept)) as server:
        account = Account("care", "reddit", server.url, secret="t", account_id="brand")
        async with Client(clock=lambda: NOW, tries=1) as client:
            with pytest.raises(RateLimited) as waits:
                await reddit.identify(client, account)
    assert waits.value.until == NOW + 1000 * int(kept["retry-after"])

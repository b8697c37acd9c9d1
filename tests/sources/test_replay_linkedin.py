"""Recorded answers of LinkedIn, read by the adapter; skipped, aloud, where they are absent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cassettes import RECORDED
from loopback import Asked, Loopback, Reply

from cminbox.errors import Refused
from cminbox.model import DAY, from_iso
from cminbox.sources.contract import Account
from cminbox.sources.http import Client
from cminbox.sources.networks import linkedin

FOLDER = RECORDED / "linkedin"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recorded answers in {FOLDER}")
FILES = sorted(FOLDER.glob("*.json")) if FOLDER.is_dir() else []
NOW = from_iso("2026-11-28T00:00:00Z")
ACCOUNT = Account("page", "linkedin", secret="t", account_id="urn:li:organization:123", backfill_ms=60 * DAY)


def read(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text())
    assert isinstance(found, dict)
    return found


def elements(paths: list[Path], name: str) -> Iterator[dict[str, Any]]:
    for path in paths:
        yield from (each for each in read(path).get("elements", []) if name in each)


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_recorded_comment_is_what_a_person_would_see(path: Path, record_property: Any) -> None:
    comments = list(elements([path], "message"))
    for raw in comments:
        message = linkedin.parse(raw, ACCOUNT)
        assert message.id == raw["$URN"]
        assert message.author.id == raw["actor"]
        assert message.text == raw["message"]["text"]
        assert message.created_at == raw["created"]["time"]
        assert message.parent == raw.get("parentComment")
        assert message.conversation == raw.get("parentComment", raw["$URN"])
        assert message.direction == ("out" if raw["actor"] == ACCOUNT.account_id else "in")
        assert (message.edited_at is not None) is (raw["lastModified"]["time"] > raw["created"]["time"])
        assert message.post is not None
        assert message.post.id == raw["object"]
        assert message.url.startswith(f"https://www.linkedin.com/feed/update/{raw['object']}?commentUrn=")
    record_property("comments", len(comments))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
async def test_every_recorded_answer_is_polled(path: Path) -> None:
    recorded = read(path)
    if recorded.get("status", 200) >= 400:
        with Loopback(lambda _asked: Reply(recorded, recorded["status"])) as server:
            account = replace(ACCOUNT, base_url=server.url)
            async with Client(clock=lambda: NOW, tries=1) as client:
                with pytest.raises(Refused):
                    [page async for page in linkedin.pages(client, account, {})]
        return
    told = list(elements([path], "action"))
    comments = {each["id"]: each for each in elements(FILES, "message")}

    def handle(asked: Asked) -> Reply:
        if asked.path.endswith("/organizationalEntityNotifications"):
            return Reply({**recorded, "elements": told})
        known = comments.get(asked.path.rpartition("/")[2])
        return Reply(known) if known else Reply({"code": "NOT_FOUND", "status": 404}, 404)

    with Loopback(handle) as server:
        account = replace(ACCOUNT, base_url=server.url)
        async with Client(clock=lambda: NOW, tries=1) as client:
            pages = [page async for page in linkedin.pages(client, account, {})]
    assert not any(page.skipped for page in pages)
    gone = {each["generatedActivity"] for each in told if each["action"] == "COMMENT_DELETE"}
    assert {own for page in pages for own in page.deleted} == gone
    messages = {message.id: message for page in pages for message in page.messages}
    for each in told:
        own = each["generatedActivity"]
        if own in gone or each["action"] == "SHARE_MENTION" or own.rpartition(",")[2].rstrip(")") not in comments:
            continue
        assert messages[own].text == each["decoratedGeneratedActivity"]["comment"]["text"]
        post = messages[own].post
        assert post is not None
        assert post.title == each["decoratedSourcePost"]["text"]
        assert messages[own].direction == ("out" if each["action"] == "ADMIN_COMMENT" else "in")

"""Recorded answers of YouTube, read by the adapter; skipped, aloud, where they are absent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cassettes import RECORDED, read_yaml
from loopback import Asked, Loopback, Reply

from cminbox.errors import Denied, Refused
from cminbox.model import DAY, from_iso
from cminbox.sources.contract import Account
from cminbox.sources.http import Answer, Client
from cminbox.sources.networks import youtube

FOLDER = RECORDED / "youtube"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recorded answers in {FOLDER}")
FILES = sorted(path for path in FOLDER.glob("*.*") if path.suffix in (".json", ".yml")) if FOLDER.is_dir() else []
COUNTS = {
    "commentThreads_channel": 24,
    "comment_reply": 1,
    "comment_threads_by_video_paged_1": 5,
    "comment_threads_by_video_paged_2": 5,
    "insert_response": 1,
    "thread_video": 1,
}


def answers(path: Path) -> list[tuple[int, Any]]:
    """Each answer of a file, with its status."""
    if path.suffix == ".yml":
        return [(each.status, json.loads(each.body)) for each in read_yaml(path)]
    found = json.loads(path.read_text())
    return [(found["error"]["code"] if "error" in found else 200, found)]


def items(data: dict[str, Any]) -> list[dict[str, Any]]:
    """What an answer lists, or is."""
    return list(data.get("items", [data] if "snippet" in data else []))


def resources(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The comments of a thread, or the comment."""
    yield item["snippet"].get("topLevelComment", item)
    yield from item.get("replies", {}).get("comments", [])


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_recorded_comment_is_what_a_person_would_see(path: Path, record_property: Any) -> None:
    seen = 0
    for status, data in answers(path):
        for item in items(data) if status < 400 else []:
            for raw in resources(item):
                whole = item if raw is not item and raw["id"] == item["id"] else raw
                message = youtube.parse(whole, Account("films", "youtube"))
                said = raw["snippet"]
                assert message.id == raw["id"]
                assert message.author.name == said["authorDisplayName"].removeprefix("@").strip()
                assert message.author.id == said["authorChannelId"]["value"]
                assert message.author.url == said["authorChannelUrl"]
                assert " ".join(message.text.split()) == " ".join(said["textOriginal"].split())
                assert message.created_at == from_iso(said["publishedAt"])
                assert (message.edited_at is not None) == (said["updatedAt"] != said["publishedAt"])
                assert message.parent == said.get("parentId")
                assert message.conversation == (message.parent or message.id)
                assert message.kind == ("reply" if message.parent else "comment")
                video = said.get("videoId") or whole["snippet"].get("videoId")
                assert (message.post.id if message.post else None) == video
                wanted = f"https://www.youtube.com/watch?v={video}&lc={message.id}" if video else ""
                assert message.url == wanted
                assert message.attachments == ()
                seen += 1
    record_property("comments", seen)
    assert seen >= COUNTS.get(path.stem, 0)


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_recorded_error_is_judged_by_its_reason(path: Path) -> None:
    kinds = {403: Denied, 400: Refused}
    for status, data in answers(path):
        found = youtube.judge(Answer(status, {}, data=data, host="yt.test"))
        assert type(found) is (kinds[status] if status >= 400 else type(None))


async def test_the_recorded_pages_are_polled_to_the_end_without_double() -> None:
    first, second = (
        json.loads((FOLDER / f"comment_threads_by_video_paged_{number}.json").read_text()) for number in (1, 2)
    )
    second.pop("nextPageToken", None)

    def handle(asked: Asked) -> Reply:
        if not asked.path.endswith("/commentThreads") or asked.one("moderationStatus"):
            return Reply({"items": []})
        return Reply(second if asked.one("pageToken") == first["nextPageToken"] else first)

    wanted = [item["id"] for item in (*first["items"], *second["items"])]
    times = [from_iso(item["snippet"]["topLevelComment"]["snippet"]["publishedAt"]) for item in first["items"]]
    with Loopback(handle) as server:
        account = Account("films", "youtube", server.url, secret="x", account_id="UCbrand", backfill_ms=90 * DAY)
        async with Client(clock=lambda: max(times) + 1000) as client:
            cursors: dict[str, str] = {}
            got: list[str] = []
            for _ in range(2):
                async for page in youtube.pages(client, account, dict(cursors)):
                    cursors[page.stream] = page.cursor
                    got += [message.id for message in page.messages]
    assert sorted(got) == sorted(set(wanted))

"""Real answers of X through the adapter; skipped, aloud, where the recordings are not there."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from cassettes import RECORDED, Recorded, read_yaml
from loopback import Asked, Loopback, Reply

from cminbox.model import Message
from cminbox.sources.contract import Account, Act, Outgoing
from cminbox.sources.http import Client
from cminbox.sources.networks import x
from cminbox.sources.networks.x import chat
from cminbox.sources.networks.x.post import Place, along, refers, versions

FOLDER = RECORDED / "x"
NOW = 1_790_000_000_000
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the recorded answers are not here: {FOLDER}")


def account(who: str = "", url: str = "") -> Account:
    return Account("birds", "x", url, secret="t", account_id=who)


def answers(name: str) -> list[dict[str, Any]]:
    """The answers of a file of JSON Lines that bring posts."""
    found = [json.loads(line) for line in (FOLDER / name).read_text("utf-8").splitlines() if line.strip()]
    return [each for each in found if isinstance(each.get("data"), list)]


def shown(answer: dict[str, Any], who: str = "", handle: str = "") -> list[Message]:
    users, media = along(answer.get("includes") or {})
    place = Place(users, media, handle)
    return [x.parse(item, account(who), place, fetched_at=NOW) for item in answer["data"]]


def test_posts_of_every_file_are_what_a_person_sees() -> None:
    files = [path for path in sorted(FOLDER.glob("*.jsonl")) if answers(path.name)]
    assert len(files) >= 4
    count = 0
    for path in files:
        for answer in answers(path.name):
            people = {each["id"]: each for each in answer["includes"]["users"]}
            for raw, message in zip(answer["data"], shown(answer), strict=True):
                count += 1
                writer = people[raw["author_id"]]
                assert message.author.id == raw["author_id"]
                assert message.author.handle == writer["username"]
                assert message.author.followers == writer["public_metrics"]["followers_count"]
                assert message.url == f"https://x.com/{writer['username']}/status/{raw['id']}"
                assert message.conversation == raw["conversation_id"]
                assert message.id == versions(raw)[0]
                assert message.parent == (refers(raw, "replied_to") or None)
                assert message.time_known
                assert "https://t.co/" not in message.text
                assert "&amp;" not in message.text
                assert len(message.attachments) == len(raw.get("attachments", {}).get("media_keys", ()))
    assert count >= 4


def test_an_edited_post_is_one_message_with_its_last_words() -> None:
    [before], [after] = shown(answers("edited_before.jsonl")[0]), shown(answers("edited_after.jsonl")[0])
    assert before.id == after.id
    assert before.edited_at is None
    assert after.edited_at
    assert after.edited_at - before.created_at == 10_000
    assert before.text != after.text
    [picture] = before.attachments
    assert picture.kind == "picture"
    assert picture.alt
    assert picture.address.startswith("https://pbs.twimg.com/media/")
    assert "pic.twitter" not in before.text
    assert "/photo/1" not in before.text
    assert after.extra["post"] != after.id


async def test_mentions_come_as_they_were_answered() -> None:
    [recorded] = read_yaml(FOLDER / "test_asyncclient_get_users_mentions.yaml")
    body = json.loads(recorded.body)
    who = recorded.uri.split("/users/")[1].split("/")[0]

    def handle(asked: Asked) -> Reply:
        if asked.path.endswith("/me"):
            return Reply({"data": {"id": who, "username": "brand"}})
        mentions = asked.path.endswith("/mentions")
        return Reply(body, 200, recorded.headers) if mentions else Reply({"meta": {"result_count": 0}})

    with Loopback(handle) as server:
        async with Client(clock=lambda: NOW) as client:
            pages = [page async for page in x.pages(client, account(who, server.url), {})]
    # They say no more than id and text: without a time they count from when they were seen.
    wanted = [each for each in body["data"] if not each["text"].startswith("RT @")]
    got = [message for page in pages for message in page.messages]
    assert {each["id"] for each in wanted} <= {message.id for message in got}
    assert len(got) == len(body["data"]) == 2
    assert Counter(message.time_known for message in got) == {False: 2}
    assert all(message.author.id == f"unknown:{message.id}" for message in got)
    assert not any(page.skipped for page in pages)


def served(recorded: list[Recorded], asked: list[Asked]) -> Any:
    """Answers each method and path as it was recorded."""

    def handle(one: Asked) -> Reply:
        asked.append(one)
        for each in recorded:
            if each.method == one.method and each.uri.split("?")[0].endswith(one.path):
                recorded.remove(each)
                return Reply(each.body, each.status, each.headers)
        return Reply({"title": "Not Found Error"}, 404)

    return handle


async def test_a_post_is_made_and_deleted() -> None:
    recorded = read_yaml(FOLDER / "test_asyncclient_create_and_delete_tweet.yaml")
    asked: list[Asked] = []
    with Loopback(served(recorded, asked)) as server:
        async with Client() as client:
            us = account("1", server.url)
            parent = x.parse({"id": "5", "text": "hello", "author_id": "2"}, us, fetched_at=NOW)
            sent = await x.send(client, us, Outgoing("k", "Test", parent.conversation, parent))
            assert sent.id.isdigit()
            ours = x.parse({"id": sent.id, "text": "Test", "author_id": "1"}, us, fetched_at=NOW)
            await x.act(client, us, Act("k", "delete", ours))
    assert [each.method for each in asked] == ["POST", "DELETE"]
    assert asked[1].path == f"/2/tweets/{sent.id}"
    assert recorded == []


async def test_a_reply_is_hidden_and_shown_again() -> None:
    recorded = read_yaml(FOLDER / "test_asyncclient_hide_and_unhide_reply.yaml")
    own = recorded[0].uri.split("/")[-2]
    asked: list[Asked] = []
    with Loopback(served(recorded, asked)) as server:
        async with Client() as client:
            us = account("1", server.url)
            message = x.parse({"id": own, "text": "hello", "author_id": "2"}, us, fetched_at=NOW)
            for undo in (False, True):
                await x.act(client, us, Act("k", "hide", message, undo))
    assert [each.json for each in asked] == [{"hidden": True}, {"hidden": False}]
    assert recorded == []


async def test_direct_messages_are_sent_and_listed() -> None:
    recorded = read_yaml(FOLDER / "test_asyncclient_manage_and_lookup_direct_messages.yaml")
    sends = [each for each in recorded if each.method == "POST" and "/dm_conversations/7" in each.uri]
    where = sends[0].uri.split("/")[-2]
    listed = next(each for each in recorded if each.method == "GET" and f"{where}/dm_events" in each.uri)
    raw = json.loads(listed.body)["data"]
    us = account("1")
    messages = [
        chat.parse({**each, "sender_id": "2", "dm_conversation_id": where}, us, Place(), fetched_at=NOW) for each in raw
    ]
    assert [message.text for message in messages] == ["Testing 2", "Testing 1"]
    assert {message.conversation for message in messages} == {f"dm:{where}"}
    asked: list[Asked] = []
    with Loopback(served(sends, asked)) as server:
        async with Client() as client:
            sent = await x.send(
                client, account("1", server.url), Outgoing("k", "Testing 2", f"dm:{where}", messages[0])
            )
    assert sent.id == messages[0].id
    assert asked[0].json == {"text": "Testing 2"}


def test_what_is_no_post_is_no_message() -> None:
    names = {path.name for path in FOLDER.iterdir()}
    # Notices of deletion and tables of counting hold no posts; the tables are tried in tests/unit/test_counting.py.
    assert names >= {"tweets_compliance.jsonl", "twitter-text-config-v3.json", "twitter-text-validate.yml"}
    assert Path(FOLDER / "tweets_compliance.jsonl").read_text("utf-8").count('"action":"delete"') == 2

"""Discourse's moderators' side as its open source has it, not as the adapter's own stand-in has it: the review queue
(app/models/reviewable.rb, reviewable_post.rb, app/serializers/reviewable_serializer.rb), whispers (posts_controller.rb:
a post is one only where it is asked for) and lists of private messages (lib/topic_query). Synthetic.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from loopback import Asked, Loopback, Reply

from cminbox.errors import Denied
from cminbox.model import Message
from cminbox.sources.contract import Account, Act, Outgoing
from cminbox.sources.http import Client
from cminbox.sources.networks import discourse

NOW = 1_750_000_000_000
AT = "2025-06-15T14:00:00.000Z"
REGULAR, WHISPER = 1, 4


class Forum:
    """A forum whose staff is user 1, `brand`."""

    def __init__(self) -> None:
        self.posts: dict[int, dict[str, Any]] = {}
        self.reviews: dict[int, dict[str, Any]] = {}
        self.private: list[int] = []
        self.may_whisper = True

    def post(self, own: int, topic: int, number: int = 1, **more: Any) -> str:
        self.posts[own] = {
            **{"id": own, "topic_id": topic, "post_number": number, "user_id": 7, "username": "ana", "version": 1},
            **{"raw": f"words {own}", "created_at": AT, "updated_at": AT, "post_type": REGULAR, "hidden": False},
            **{"reply_to_post_number": None, "deleted_at": None, "user_deleted": False, "actions_summary": []},
            **more,
        }
        return str(own)

    def review(self, own: int, kind: str, post: int | None, actions: tuple[str, ...], **more: Any) -> None:
        """An item as it is shown: its actions lie beside it, named after it."""
        self.reviews[own] = {
            "item": {"id": own, "type": kind, "status": "pending", "version": 0, "created_at": AT, "topic_id": 10}
            | ({"post_id": post} if post else {})
            | more,
            "actions": actions,
        }

    def handle(self, asked: Asked) -> Reply:
        parts = asked.path.removesuffix(".json").strip("/").split("/")
        match [asked.method, *parts]:
            case ["GET", "session", "current"]:
                return Reply({"current_user": {"id": 1, "username": "brand", "moderator": True}})
            case ["GET", "posts"]:
                public = [each for each in self.posts.values() if each["topic_id"] not in self.private]
                return Reply({"latest_posts": [each for each in public if each["post_type"] == REGULAR]})
            case ["GET", "notifications"]:
                found = [
                    {"id": own, "notification_type": 1, "topic_id": each["topic_id"], "created_at": AT}
                    | {"post_number": each["post_number"], "data": {"original_post_id": own}}
                    for own, each in self.posts.items()
                ]
                return Reply({"notifications": found, "total_rows_notifications": len(found)})
            case ["GET", "posts", own] if int(own) in self.posts:
                return Reply(self.posts[int(own)])
            case ["GET", "topics", "private-messages", "brand"]:
                start = 30 * int(asked.one("page") or 0)
                part = self.private[start : start + 30]
                topics = [{"id": own, "highest_post_number": 1, "last_posted_at": AT} for own in part]
                more = {"more_topics_url": "/x"} if start + 30 < len(self.private) else {}
                return Reply({"topic_list": {"topics": topics, **more}})
            case ["GET", "t", own]:
                posts = [each for each in self.posts.values() if each["topic_id"] == int(own)]
                stream = {"posts": posts, "stream": [each["id"] for each in posts]}
                return Reply({"id": int(own), "title": "A topic", "post_stream": stream})
            case ["GET", "review"]:
                waiting = [each["item"] for each in self.reviews.values() if each["item"]["status"] == "pending"]
                return Reply({"reviewables": waiting, "users": [], "meta": {"total_rows_reviewables": len(waiting)}})
            case ["GET", "review", own]:
                found = self.reviews[int(own)]
                ids = [f"{own}-{each}" for each in found["actions"]]
                bundles = [{"id": f"{own}-bundle", "action_ids": ids}]
                actions = [{"id": each, "server_action": each.rpartition("-")[2]} for each in ids]
                return Reply({"reviewable": found["item"], "bundled_actions": bundles, "actions": actions})
            case ["PUT", "review", own, "perform", action]:
                item = self.reviews[int(own)]["item"]
                if int(asked.one("version")) != item["version"]:
                    return Reply({"errors": ["Somebody else changed it."]}, 409)
                if action not in self.reviews[int(own)]["actions"]:
                    return Reply({"errors": ["No"], "error_type": "invalid_access"}, 403)
                item.update(status="approved", version=item["version"] + 1)
                return Reply({"reviewable_perform_result": {"success": True}})
            case ["POST", "posts"]:
                if asked.json.get("whisper") == "true" and not self.may_whisper:
                    return Reply({"errors": ["You may not."], "error_type": "invalid_access"}, 403)
                kind = WHISPER if asked.json.get("whisper") == "true" else REGULAR
                own = max(self.posts) + 1
                self.post(own, asked.json["topic_id"], 9, user_id=1, raw=asked.json["raw"], post_type=kind)
                return Reply(self.posts[own])
        return Reply({"errors": ["no"], "error_type": "not_found"}, 404)


@pytest.fixture
def forum() -> Forum:
    return Forum()


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    async def at_once(_: float) -> None: ...

    async with Client(clock=lambda: NOW, sleep=at_once) as made:
        yield made


@pytest.fixture
def account(forum: Forum) -> Iterator[Account]:
    with Loopback(forum.handle) as server:
        yield Account("care", "discourse", server.url, secret="brand:k3y-s3cret", account_id="1")


async def poll(client: Client, account: Account, cursors: dict[str, str]) -> dict[str, Message]:
    found: dict[str, Message] = {}
    async for page in discourse.pages(client, account, dict(cursors)):
        assert not page.skipped
        cursors[page.stream] = page.cursor
        found |= {message.id: message for message in page.messages}
    return found


async def test_a_post_that_is_flagged_again_waits_again(client: Client, account: Account, forum: Forum) -> None:
    """One post has one review for ever: a second flag makes the decided one pending again."""
    own, cursors = forum.post(100, 10), dict[str, str]()
    forum.review(5, "ReviewableFlaggedPost", 100, ("agree_and_hide", "disagree"))
    assert (await poll(client, account, cursors))[own].held
    forum.reviews[5]["item"].update(status="rejected", version=1)
    assert own not in await poll(client, account, cursors)
    forum.reviews[5]["item"].update(status="pending", version=2)
    assert (await poll(client, account, cursors))[own].held
    assert own not in await poll(client, account, cursors)


async def test_what_waits_and_was_edited_meanwhile_shows_its_new_text(
    client: Client, account: Account, forum: Forum
) -> None:
    cursors: dict[str, str] = {}
    forum.post(100, 10)
    forum.review(6, "ReviewableQueuedPost", None, ("approve_post", "reject_post"), payload={"raw": "first"})
    assert (await poll(client, account, cursors))["review:6"].text == "first"
    forum.reviews[6]["item"].update(payload={"raw": "second"}, version=1)
    assert (await poll(client, account, cursors))["review:6"].text == "second"
    assert "review:6" not in await poll(client, account, cursors)


async def test_where_each_post_is_looked_at_it_waits_and_is_released(
    client: Client, account: Account, forum: Forum
) -> None:
    own = forum.post(100, 10)
    forum.review(7, "ReviewablePost", 100, ("approve", "reject_and_delete"))
    message = (await poll(client, account, {}))[own]
    assert message.held
    act = Act("key", "release", message)
    await discourse.act(client, account, act)
    assert await discourse.acted(client, account, act)


@pytest.mark.parametrize("private", [False, True])
async def test_a_whisper_is_answered_by_a_whisper_or_not_at_all(
    client: Client, account: Account, forum: Forum, private: bool
) -> None:
    """An answer to what the team says among itself would stand before the customer."""
    forum.post(100, 10)
    own = forum.post(101, 10, 2, post_type=WHISPER, username="colleague", user_id=8)
    forum.private = [10] if private else []
    message = (await poll(client, account, {}))[own] if private else discourse.parse(forum.posts[101], account)
    assert message.visibility == "whisper"
    assert (message.kind == "dm") is private
    outgoing = Outgoing("key", "He is rude", message.conversation, message, sent_before=NOW)
    sent = await discourse.send(client, account, outgoing)
    assert forum.posts[int(sent.id)]["post_type"] == WHISPER
    forum.may_whisper = False
    before = len(forum.posts)
    with pytest.raises(Denied):
        await discourse.send(client, account, replace(outgoing, key="other"))
    assert len(forum.posts) == before


async def test_more_private_messages_than_three_pages_all_come(client: Client, account: Account, forum: Forum) -> None:
    forum.private = list(range(500, 650))
    wanted = {forum.post(own + 1000, own) for own in forum.private}
    cursors: dict[str, str] = {}
    found: set[str] = set()
    for _ in range(11):
        found |= set(await poll(client, account, cursors))
    assert found == wanted


async def test_a_mention_within_a_private_message_is_no_public_post(
    client: Client, account: Account, forum: Forum
) -> None:
    """It is notified like any other mention, and nothing in the notification says where it stands."""
    public, private = forum.post(100, 10), forum.post(101, 11)
    forum.private = [11]
    found = await poll(client, replace(account, options={"posts": "mine"}), {})
    assert {own: (each.kind, each.visibility) for own, each in found.items()} == {
        public: ("comment", ""),
        private: ("dm", "direct"),
    }

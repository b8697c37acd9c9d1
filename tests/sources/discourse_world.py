"""A small Discourse in memory: topics, posts, private messages, flags and the review queue.

Synthetic, from the documentation (docs.discourse.org) and Discourse's source (posts_controller.rb,
reviewables_controller.rb, post_action.rb): posts in windows of fifty ids, answers by number, reviews under a version.
"""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote

from loopback import Asked, Reply

ME = "1"
NAME = "brand"
KEY = "t0ken-s3cret"
START = 1_700_000_000_000
TOPIC = 7
WINDOW = 50


class World:
    """Posts by id.

    Args:
        most: posts of the first page, and topics of one.
        moderator: whether our user may moderate.
    """

    def __init__(self, most: int = 50, *, moderator: bool = True) -> None:
        self.most, self.moderator = most, moderator
        self.clock = datetime.fromtimestamp(START / 1000, UTC)
        self.posts: dict[int, dict[str, Any]] = {}
        self.topics: dict[int, dict[str, Any]] = {}
        self.reviews: dict[int, dict[str, Any]] = {}
        self.notes: list[dict[str, Any]] = []
        self.people: dict[str, int] = {NAME: 1}
        self.muted: set[str] = set()
        self.groups: dict[str, int] = {}
        """The groups of our user, with their numbers."""
        self.to_groups: dict[int, str] = {}
        self.enqueue = False
        """Whether our answers wait for review."""
        self.fault: Reply | None = None
        self.faults: dict[str, Reply] = {}
        """By method and path: answered once, in place of doing it."""
        self.lost: set[str] = set()
        """Methods and paths whose next answer is cut after it was carried out."""
        self.asked: list[Asked] = []
        self.topic("New & fresh", own=TOPIC)

    def tick(self) -> str:
        self.clock += timedelta(minutes=1)
        return self.clock.isoformat().replace("+00:00", "Z")

    def topic(self, title: str, own: int = 0, *, private: bool = False, to: str = "") -> int:
        """A topic; `to` is the group that a private one is for, in place of our user."""
        own = own or 20 + len(self.topics)
        kind = "private_message" if private or to else "regular"
        self.topics[own] = {"id": own, "title": title, "archetype": kind, "closed": False, "archived": False}
        if to:
            self.to_groups[own] = to
        return own

    def say(self, who: str, text: Any, topic: int = TOPIC, answers: int = 0, **more: Any) -> int:
        """Somebody posts; `answers` is a post's id."""
        own = len(self.posts) + 101
        user = self.people.setdefault(who, len(self.people) + 1)
        number = sum(each["topic_id"] == topic for each in self.posts.values()) + 1
        at = self.tick()
        self.posts[own] = {
            **{"id": own, "topic_id": topic, "post_number": number, "post_type": 1, "username": who, "user_id": user},
            **{"name": who.title(), "created_at": at, "updated_at": at, "version": 1, "raw": text},
            **{
                "cooked": f"<p>{html.escape(str(text))}</p>",
                "hidden": False,
                "deleted_at": None,
                "user_deleted": False,
            },
            **{"reply_to_post_number": self.posts[answers]["post_number"] if answers else None},
            **{"topic_slug": "new-fresh", "topic_title": self.topics[topic]["title"]},
            **{"can_delete": self.moderator, "yours": who == NAME, "actions_summary": [{"id": 2, "can_act": True}]},
            **more,
        }
        return own

    def wait(self, who: str, text: str, topic: int | None = TOPIC, answers: int = 0) -> int:
        """Somebody's post waits for review."""
        own = len(self.reviews) + 5
        user = self.people.setdefault(who, len(self.people) + 1)
        self.reviews[own] = {
            **{"id": own, "type": "ReviewableQueuedPost", "status": 0, "version": 3, "topic_id": topic},
            **{
                "created_at": self.tick(),
                "target_created_by_id": user,
                "payload": {"raw": text, "title": None, "answers": answers},
            },
            **{"topic_url": f"/t/new-fresh/{topic}", "bundled_action_ids": [f"{own}-x"]},
        }
        return own

    def flag(self, post: int) -> int:
        """Somebody flags a post."""
        own = len(self.reviews) + 5
        self.reviews[own] = {
            **{"id": own, "type": "ReviewableFlaggedPost", "status": 0, "version": 0, "post_id": post},
            **{"created_at": self.tick(), "topic_id": self.posts[post]["topic_id"]},
        }
        return own

    def edit(self, own: int, text: str) -> None:
        self.posts[own].update(raw=text, version=self.posts[own]["version"] + 1, updated_at=self.tick())

    def handle(self, asked: Asked) -> Reply:
        """Answers, a day after everything began."""
        self.asked.append(asked)
        reply = self._answer(asked)
        day = format_datetime(datetime.fromtimestamp(START / 1000, UTC) + timedelta(days=1), usegmt=True)
        return Reply(reply.body, reply.status, {"date": day, **reply.headers}, reply.cut, reply.delay)

    def _answer(self, asked: Asked) -> Reply:
        if self.fault is not None:
            return self.fault
        what = f"{asked.method} {asked.path}"
        if what in self.faults:
            return self.faults.pop(what)
        own = asked.headers.get("user-api-key") == KEY
        if not own and (asked.headers.get("api-key"), asked.headers.get("api-username")) != (KEY, NAME):
            return no(403, "invalid_access")
        reply = self._get(asked) if asked.method == "GET" else self._change(asked)
        if what in self.lost:
            self.lost.discard(what)
            return Reply(cut=True)
        return reply

    def _get(self, asked: Asked) -> Reply:
        match asked.path.strip("/").removesuffix(".json").split("/"):
            case ["session", "current"]:
                groups = [{"id": own, "name": name, "has_messages": True} for name, own in self.groups.items()]
                me = {"id": 1, "username": NAME, "moderator": self.moderator, "groups": groups}
                return Reply({"current_user": me})
            case ["posts"]:
                return self._latest(int(asked.one("before") or 0))
            case ["posts", "by_number", topic, number]:
                wanted = (int(topic), int(number))
                found = [p for p in self.posts.values() if (p["topic_id"], p["post_number"]) == wanted]
                return Reply(self._single(found[0])) if found else no(404, "not_found")
            case ["posts", name, "pending"]:
                assert name == NAME
                waiting = [r for r in self.reviews.values() if r.get("target_created_by_id") == 1 and not r["status"]]
                shown = [{**r, "raw_text": r["payload"]["raw"]} for r in waiting]
                return Reply({"pending_posts": shown})
            case ["posts", own]:
                post = self.posts.get(int(own))
                gone = post is None or (post["deleted_at"] and not self.moderator)
                return no(404, "not_found") if gone or post is None else Reply(self._single(post))
            case ["t", topic, "posts"]:
                posts = [self.posts[int(each)] for each in asked.query["post_ids[]"]]
                return Reply({"post_stream": {"posts": self._shown(asked, posts)}})
            case ["t", topic]:
                return self._topic(asked, int(topic))
            case ["topics", "private-messages", name]:
                assert name == NAME
                return self._private(int(asked.one("page") or 0))
            case ["topics", "private-messages-group", name, group]:
                assert name == NAME
                if unquote(group) not in self.groups:
                    return no(404, "not_found")
                return self._private(int(asked.one("page") or 0), unquote(group))
            case ["notifications"]:
                return self._notifications(int(asked.one("offset") or 0))
            case ["review"]:
                return self._review(int(asked.one("offset") or 0))
            case ["review", own]:
                return self._one_review(int(own))
            case ["u", name]:
                return Reply({"user": {"username": name, "muted_usernames": sorted(self.muted)}})
        return no(404, "not_found")

    def _single(self, post: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in post.items() if name != "topic_title"}

    def _latest(self, before: int) -> Reply:
        public = [
            post
            for post in self.posts.values()
            if self.topics[post["topic_id"]]["archetype"] == "regular" and not post["deleted_at"]
        ]
        public.sort(key=lambda post: int(post["id"]), reverse=True)
        if before:
            public = [post for post in public if before - WINDOW < post["id"] <= before]
        return Reply({"latest_posts": public[: self.most]})

    def _shown(self, asked: Asked, posts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        raw = asked.one("include_raw") == "1"
        return [
            {n: v for n, v in post.items() if n not in ("topic_title", *(() if raw else ("raw",)))} for post in posts
        ]

    def _topic(self, asked: Asked, topic: int) -> Reply:
        posts = [post for post in self.posts.values() if post["topic_id"] == topic and not post["deleted_at"]]
        if not posts:
            return no(404, "not_found")
        stream = [post["id"] for post in posts]
        shown = self._shown(asked, posts[:3])
        return Reply({**self.topics[topic], "post_stream": {"posts": shown, "stream": stream}})

    def _private(self, page: int, group: str = "") -> Reply:
        found = []
        for own, topic in self.topics.items():
            if self.to_groups.get(own, "") != group:
                continue
            posts = [post for post in self.posts.values() if post["topic_id"] == own]
            if topic["archetype"] == "private_message" and posts:
                last = {"highest_post_number": len(posts), "last_posted_at": posts[-1]["created_at"]}
                found.append({**topic, **last})
        found.sort(key=lambda each: str(each["last_posted_at"]), reverse=True)
        part = found[page * self.most : (page + 1) * self.most]
        more = {"more_topics_url": "/x"} if (page + 1) * self.most < len(found) else {}
        return Reply({"users": [], "topic_list": {"topics": part, **more}})

    def _notifications(self, offset: int) -> Reply:
        found = list(reversed(self.notes))
        part = found[offset : offset + self.most]
        more = {"load_more_notifications": "/notifications?offset=60"}
        return Reply({"notifications": part, "total_rows_notifications": len(found), **more})

    def notify(self, kind: int, post: int, *, by_id: bool = True) -> None:
        item = self.posts[post]
        data = {"original_post_id": post} if by_id else {}
        place = {"topic_id": item["topic_id"], "post_number": item["post_number"]}
        note = {"id": len(self.notes) + 1, "notification_type": kind, "created_at": item["created_at"], "data": data}
        self.notes.append({**note, **place})

    def _review(self, offset: int) -> Reply:
        if not self.moderator:
            return no(403, "invalid_access")
        found = [each for each in self.reviews.values() if each["status"] == 0]
        users = [{"id": own, "username": name, "name": name.title()} for name, own in self.people.items()]
        more = {"load_more_reviewables": "/review?offset=10"} if offset + 10 < len(found) else {}
        topics = [{"id": own, "title": each["title"]} for own, each in self.topics.items()]
        return Reply({"reviewables": found[offset : offset + 10], "users": users, "topics": topics, "meta": {**more}})

    def _one_review(self, own: int) -> Reply:
        item = self.reviews.get(own)
        if item is None or not self.moderator:
            return no(404, "not_found")
        queued = item["type"] == "ReviewableQueuedPost"
        offered = ["approve_post", "reject_post"] if queued else ["agree_and_hide", "disagree"]
        actions = [{"id": f"{own}-{each}"} for each in offered]
        return Reply({"reviewable": item, "bundled_actions": [{"id": f"{own}-x", "actions": actions}]})

    def _change(self, asked: Asked) -> Reply:
        body = asked.json or {}
        match asked.method, asked.path.strip("/").removesuffix(".json").split("/"):
            case "POST", ["posts"]:
                return self._new(body)
            case "POST", ["post_actions"]:
                return self._flagged(body)
            case "DELETE", ["post_actions", own]:
                self.posts[int(own)]["actions_summary"] = [{"id": 2, "can_act": True}]
                assert asked.one("post_action_type_id") == "2"
                return Reply(self.posts[int(own)])
            case "DELETE", ["posts", own]:
                self.posts[int(own)]["deleted_at"] = self.tick()
                return Reply(b"")
            case "PUT", ["posts", own, "recover"]:
                self.posts[int(own)]["deleted_at"] = None
                return Reply(self.posts[int(own)])
            case "PUT", ["posts", own, "unhide"]:
                self.posts[int(own)]["hidden"] = False
                return Reply(b"")
            case "PUT", ["review", own, "perform", action]:
                return self._perform(int(own), action, int(asked.one("version")))
            case "PUT", ["u", name, "notification_level"]:
                (self.muted.add if body["notification_level"] == "mute" else self.muted.discard)(name)
                return Reply({"success": "OK"})
        return no(404, "not_found")

    def _new(self, body: dict[str, Any]) -> Reply:
        topic, text = body["topic_id"], body["raw"]
        if self.topics[topic]["closed"]:
            return no(422, "")
        posts = [post for post in self.posts.values() if post["topic_id"] == topic]
        if any(post["user_id"] == 1 and post["raw"] == text for post in posts):
            return no(422, "", "Body is too similar to what you recently posted")
        number = body.get("reply_to_post_number")
        answers = next((post["id"] for post in posts if post["post_number"] == number), 0)
        if self.enqueue:
            own = self.wait(NAME, text, topic, answers)
            shown = {"id": own, "raw_text": text, "topic_id": topic, "created_at": self.tick()}
            return Reply({"success": True, "action": "enqueued", "pending_post": shown})
        return Reply(self._single(self.posts[self.say(NAME, text, topic, answers)]))

    def _flagged(self, body: dict[str, Any]) -> Reply:
        post, kind = self.posts[body["id"]], body["post_action_type_id"]
        post["actions_summary"] = [*post["actions_summary"], {"id": kind, "acted": True}]
        if kind == 2:
            post["actions_summary"] = [{"id": 2, "acted": True, "can_undo": True}]
        if body.get("take_action") == "true":
            if not self.moderator:
                return no(403, "invalid_access")
            post["hidden"] = True
        return Reply(post)

    def _perform(self, own: int, action: str, version: int) -> Reply:
        item = self.reviews[own]
        if version != item["version"]:
            return no(409, "")
        item["version"] += 1
        if action == "approve_post":
            item["status"] = 1
            name = next(name for name, user in self.people.items() if user == item["target_created_by_id"])
            item["target_id"] = self.say(name, item["payload"]["raw"], item["topic_id"], item["payload"]["answers"])
        elif action == "reject_post":
            item["status"] = 2
        elif action == "agree_and_hide":
            item["status"] = 1
            self.posts[item["post_id"]]["hidden"] = True
        elif action == "disagree":
            item["status"] = 2
            self.posts[item["post_id"]]["hidden"] = False
        else:
            return no(403, "invalid_access")
        return Reply({"reviewable_perform_result": {"success": True, "version": item["version"]}})


def no(status: int, kind: str, words: str = "You are not permitted to do that.") -> Reply:
    return Reply({"errors": [words], **({"error_type": kind} if kind else {})}, status)

"""A small TikTok in memory: films, comments with one level below, mentions, private messages.

Synthetic, from the documentation (business-api.tiktok.com: Accounts API, comments, mentions, business messaging, return
codes). It answers 200 to everything, gives fewer than asked for with more behind, and shuffles where nobody sorts.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from loopback import Asked, Reply

BUSINESS = "brand-open-id"
TOKEN = "t0ken-s3cret"
START = 1_700_000_000_000
NO_MENTIONS = 40001


class World:
    """Comments by id.

    Args:
        most: items of one page, whatever is asked for.
    """

    def __init__(self, most: int = 100, films: int = 2) -> None:
        self.most, self.clock, self.number = most, START, 7_400_000_000_000_000_000
        self.films = [str(7_390_000_000_000_000_000 + number) for number in range(films)]
        self.ads: set[str] = set()
        self.filters = True
        """Whether lists of films are filtered as was asked."""
        self.comments: dict[str, dict[str, Any]] = {}
        self.named: list[dict[str, Any]] = []
        self.named_films: list[dict[str, Any]] = []
        self.messages: dict[str, list[dict[str, Any]]] = {}
        self.written: list[str] = []
        self.flat = False
        """Whether answers come along in the list itself."""
        self.refused: dict[str, int] = {}
        """By a part of an address: the code that it answers."""
        self.fault: Reply | None = None
        self.faults: dict[str, Reply] = {}
        """By a part of "METHOD address": answered once, in place of doing it."""
        self.lost: set[str] = set()
        """Methods whose next answer is cut after it was carried out."""
        self.asked: list[Asked] = []

    def tick(self) -> int:
        self.clock += 60_000
        return self.clock // 1000

    def say(self, text: Any, who: str = "ana", to: str = "", film: str = "", **more: Any) -> str:
        """Somebody comments."""
        above = self.comments.get(to)
        self.number += 1
        own = str(self.number)
        self.comments[own] = {
            "comment_id": own,
            "video_id": film or (above["video_id"] if above else self.films[0]),
            "user_id": f"u-{who}",
            "unique_identifier": f"+{who}/x=",
            "username": who,
            "display_name": who.title(),
            "create_time": str(self.tick()),
            "text": text,
            "likes": 0,
            "owner": who == "brand",
            "liked": False,
            "pinned": False,
            "status": "PUBLIC",
            **({"parent_comment_id": above.get("parent_comment_id") or to} if above else {}),
            **more,
        }
        return own

    def below(self, own: str) -> list[dict[str, Any]]:
        return [each for each in self.comments.values() if each.get("parent_comment_id") == own]

    def shown(self, comment: dict[str, Any]) -> dict[str, Any]:
        return {**comment, "replies": len(self.below(comment["comment_id"]))}

    def name(self, text: str, film: str = "999", **more: Any) -> str:
        """Somebody names us in a comment below a film of somebody else."""
        self.number += 1
        own = str(self.number)
        item = {"comment_id": own, "item_id": film, "comment_text": text, "commenter_display_name": "Bo"}
        link = f"https://www.tiktok.com/@x/video/{film}"
        self.named.append(
            {**item, "comment_create_time": str(self.tick()), "video_link": link, "caption": "Tea", **more}
        )
        return own

    def write(self, conversation: str, text: str, ours: bool = False, **more: Any) -> str:
        self.number += 1
        role = "BUSINESS_ACCOUNT" if ours else "PERSONAL_ACCOUNT"
        self.messages.setdefault(conversation, []).append(
            {
                "message_id": str(self.number),
                "conversation_id": conversation,
                "timestamp": self.tick() * 1000,
                "from_user": {"role": role, "id": BUSINESS if ours else f"p-{conversation}"},
                "message_type": "TEXT",
                "text": {"body": text},
                **more,
            }
        )
        return str(self.number)

    def handle(self, asked: Asked) -> Reply:
        """Answers, a day after everything began."""
        self.asked.append(asked)
        reply = self._answer(asked)
        day = datetime.fromtimestamp(START / 1000, UTC) + timedelta(days=1)
        return replace(reply, headers={"date": format_datetime(day, usegmt=True), **reply.headers})

    def _answer(self, asked: Asked) -> Reply:
        if self.fault is not None:
            return self.fault
        path = asked.path.removeprefix("/open_api/v1.3/")
        for part in self.faults:
            if part in f"{asked.method} {path}":
                return self.faults.pop(part)
        if path.startswith("tt_user/oauth2/"):
            return self._token(asked.json)
        if asked.headers.get("access-token") != TOKEN:
            return no(40105)
        code = next((code for part, code in self.refused.items() if part in path), 0)
        if code:
            return no(code)
        said = asked.json if asked.method == "POST" else {name: values[0] for name, values in asked.query.items()}
        if said.get("business_id") != BUSINESS:
            return no(40002)
        done = self._route(path.removeprefix("business/"), said)
        if asked.method in self.lost:
            self.lost.discard(asked.method)
            return Reply(cut=True)
        return done

    def _token(self, said: dict[str, str]) -> Reply:
        known = said.get("auth_code") == "c0de" or said.get("refresh_token") == "r3fresh"
        if not known or said.get("client_secret") != "cl1ent":
            return no(40110)
        return ok({"access_token": TOKEN, "expires_in": 86400, "refresh_token": "r3fresh", "open_id": BUSINESS})

    def _route(self, path: str, said: dict[str, Any]) -> Reply:
        if path == "get/":
            return ok({"username": "brand", "display_name": "Brand"})
        if path == "video/list/":
            return self._films(said)
        if path in ("comment/list/", "comment/reply/list/"):
            return self._list(path, said)
        if path == "mention/comment/list/":
            return self._page("comments", self.named[::-1], said)
        if path == "mention/video/list/":
            return self._page("videos", self.named_films[::-1], said)
        if path == "message/conversation/list/":
            kind = said["conversation_type"]
            wanted = [
                {"conversation_id": own, "update_time": each[-1]["timestamp"]}
                for own, each in self.messages.items()
                if any(one["from_user"]["role"] == "BUSINESS_ACCOUNT" for one in each) is (kind == "SINGLE")
            ]
            return ok({"conversations": wanted, "has_more": False})
        if path == "message/content/list/":
            own = said["conversation_id"]
            people = [{"role": "PERSONAL_ACCOUNT", "id": f"p-{own}", "display_name": f"Person {own}"}]
            return ok({"participants": people, "messages": self.messages[own][-20:]})
        if path == "message/send/":
            own = self.write(said["recipient"], said["text"]["body"], ours=True)
            self.written.append(own)
            return ok({"message": {"message_id": own}})
        return self._change(path, said)

    def _films(self, said: dict[str, Any]) -> Reply:
        fields, filters = json.loads(said["fields"]), json.loads(said.get("filters", "{}"))
        films = [
            {
                "item_id": own,
                "caption": "Tea\nand more",
                "create_time": str(START // 1000),
                "comments": sum(each["video_id"] == own for each in self.comments.values()),
                "share_url": f"https://www.tiktok.com/@brand/video/{own}",
            }
            for own in self.films
            if not filters or not self.filters or (own in filters["video_ids"] and own in self.ads)
        ]
        return self._page("videos", [{name: each[name] for name in fields} for each in films], said)

    def _list(self, path: str, said: dict[str, Any]) -> Reply:
        every = [each for each in self.comments.values() if each["video_id"] == said["video_id"]]
        if ids := said.get("comment_ids"):
            wanted = json.loads(ids)
            return ok({"comments": [self.shown(each) for each in every if each["comment_id"] in wanted]})
        assert said["sort_field"] == "create_time", "in any order"
        assert said["sort_type"] == "desc"
        above = said.get("comment_id") if "reply" in path else None
        items = [each for each in every if each.get("parent_comment_id") == above][::-1]
        reply = self._page("comments", [self.shown(each) for each in items], said)
        if said.get("include_replies") == "true":
            for each in list(reply.body["data"]["comments"]):
                some = [self.shown(one) for one in self.below(each["comment_id"])[:3]]
                if self.flat:
                    reply.body["data"]["comments"] += some
                else:
                    each["reply_list"] = some
        return reply

    def _change(self, path: str, said: dict[str, Any]) -> Reply:
        own = said.get("comment_id", "")
        comment = self.comments.get(own)
        if path == "comment/reply/create/":
            if len(said["text"]) > 1200:
                return no(40002)
            if comment is None and not any(each["comment_id"] == own for each in self.named):
                return no(40002)
            made = self.say(said["text"], "brand", own, said["video_id"])
            self.written.append(made)
            return ok(self.shown(self.comments[made]))
        if comment is None:
            return no(40002)
        if path == "comment/delete/":
            if not comment["owner"]:
                return no(40001)
            del self.comments[own]
            return ok({})
        assert said["video_id"] == comment["video_id"]
        action = said["action"]
        change: dict[str, dict[str, object]] = {
            "LIKE": {"liked": True},
            "UNLIKE": {"liked": False},
            "PIN": {"pinned": True},
            "UNPIN": {"pinned": False},
            "HIDE": {"status": "HIDDEN"},
            "UNHIDE": {"status": "PUBLIC"},
        }
        comment.update(change[action])
        return ok({})

    def _page(self, name: str, items: list[dict[str, Any]], said: dict[str, Any]) -> Reply:
        start, count = int(said.get("cursor") or 0), min(self.most, int(said.get("max_count") or 20))
        more = start + count < len(items)
        return ok({name: items[start : start + count], "cursor": start + count, "has_more": more})


def ok(data: dict[str, Any]) -> Reply:
    return Reply({"code": 0, "message": "OK", "request_id": "r", "data": data})


def no(code: int) -> Reply:
    return Reply({"code": code, "message": "No.", "request_id": "r", "data": {}})

"""A page's posts and comments as LinkedIn documents them, written without a look at the adapter.

Synthetic, from the documentation: learn.microsoft.com/linkedin/marketing/community-management, its pages
organizations/organization-social-action-notifications (pull workflow), shares/comments-api, shares/posts-api,
shares/reactions-api, and linkedin/shared/api-guide/concepts (protocol version, pagination, error handling).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote

from documented_messages import TOKEN
from loopback import Asked, Reply
from masto_world import START

Item = dict[str, Any]
ORGANIZATION = "urn:li:organization:9000"
FRESH = ("COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT", "COMMENT_DELETE", "LIKE", "SHARE", "SHARE_MENTION")
NESTED = re.compile(r"urn:li:comment:\((urn:li:activity:\d+),(\d+)\)")


@dataclass
class Comment:
    """A comment; `parent` is the URN of the one that it answers, empty for none."""

    id: str
    who: str
    text: str
    at: int
    activity: str
    parent: str = ""
    edited: int = 0
    liked: bool = False

    @property
    def urn(self) -> str:
        return f"urn:li:comment:({self.activity},{self.id})"


@dataclass
class LinkedIn:
    """A page, its posts and what is below them.

    Attributes:
        page: how many elements a list gives at most, whatever is asked for.
        short: activities stand without their prefix in the notifications' URNs, as in some of the documented samples.
        admin: whether the member may read the page's notifications.
        lost: the answer to the next comment is lost, after it was written.
    """

    clock: int = START
    page: int = 100
    short: bool = False
    admin: bool = True
    lost: bool = False
    posts: dict[str, Item] = field(default_factory=dict)
    comments: dict[str, Comment] = field(default_factory=dict)
    notes: list[Item] = field(default_factory=list)

    def publish(self, text: str, author: str = ORGANIZATION) -> str:
        """A post; returns its activity's URN."""
        self.clock += 60_000
        number = 7_100_000_000_000_000_000 + len(self.posts)
        share, activity = f"urn:li:share:{number}", f"urn:li:activity:{number}"
        self.posts[activity] = {"id": share, "commentary": text, "author": author, "at": self.clock}
        if author != ORGANIZATION:
            self._note("SHARE_MENTION", share, share)
            decorated = {"entity": share, "mediaCategory": "NONE", "owner": author, "text": text}
            self.notes[-1]["decoratedGeneratedActivity"] = {"share": decorated}
        return activity

    def say(self, who: str, text: str, activity: str, parent: str = "", told: bool = True) -> str:
        """Somebody comments; returns the comment's URN."""
        self.clock += 60_000
        own = Comment(str(7_200_000_000_000_000_000 + len(self.comments)), who, text, self.clock, activity, parent)
        self.comments[own.urn] = own
        if told:
            self._note("ADMIN_COMMENT" if who == ORGANIZATION else "COMMENT", own.urn, activity, own)
        return own.urn

    def edit(self, urn: str, text: str) -> None:
        self.clock += 60_000
        one = self.comments[urn]
        one.text, one.edited = text, self.clock
        self._note("COMMENT_EDIT", urn, one.activity, one)

    def delete(self, urn: str) -> None:
        self.clock += 60_000
        one = self.comments.pop(urn)
        self.comments = {own: each for own, each in self.comments.items() if each.parent != urn}
        self._note("COMMENT_DELETE", urn, one.activity)

    def _note(self, action: str, urn: str, source: str, one: Comment | None = None) -> None:
        shown = urn.replace("(urn:li:activity:", "(activity:") if self.short else urn
        found = {
            "action": action,
            "generatedActivity": shown,
            "lastModifiedAt": self.clock,
            "notificationId": 5_600_000_000 + len(self.notes),
            "organizationalEntity": ORGANIZATION,
            "sourcePost": source,
            "subscriber": "urn:li:person:admin",
        }
        if one is not None:
            decorated = {"entity": one.urn, "object": one.activity, "owner": one.who, "text": one.text}
            found["decoratedGeneratedActivity"] = {"comment": decorated}
        self.notes.append(found)

    def handle(self, asked: Asked) -> Reply:
        reply = self._checked(asked)
        reply.headers["date"] = format_datetime(datetime.fromtimestamp(self.clock / 1000, UTC), usegmt=True)
        return reply

    def _checked(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return error(401, "INVALID_ACCESS_TOKEN", 65600)
        if not re.fullmatch(r"20\d{4}", asked.headers.get("linkedin-version", "")):
            return error(426, "NONEXISTENT_VERSION")
        if asked.headers.get("x-restli-protocol-version") != "2.0.0":
            return error(400, "ILLEGAL_ARGUMENT")
        parts = asked.path.removeprefix("/rest/").split("/")
        if any("urn:" in part or (parts[0] != "reactions" and "(" in part) for part in parts):
            return error(400, "ILLEGAL_ARGUMENT")  # a URN in a path is encoded; a key of two parts is not
        return self._route(asked, [unquote(part) for part in parts])

    def _route(self, asked: Asked, parts: list[str]) -> Reply:
        match asked.method, parts:
            case "GET", ["organizations", "9000"]:
                return Reply({"id": 9000, "localizedName": "Brand", "vanityName": "brand"})
            case "GET", ["organizationalEntityNotifications"]:
                return self._notifications(asked)
            case "GET", ["posts"]:
                return self._posts(asked)
            case "GET", ["posts", urn]:
                activity = self._activity(urn)
                return Reply(self._post(activity)) if activity else error(404, "NOT_FOUND")
            case "GET", ["socialActions", urn, "comments"]:
                return self._list(asked, urn)
            case "POST", ["socialActions", urn, "comments"]:
                return self._create(urn, asked.json)
            case _, ["socialActions", urn, "comments", number]:
                activity = self._activity(urn)
                return self._single(asked, f"urn:li:comment:({activity},{number})")
            case _, ["reactions", *_]:
                return self._reactions(asked, parts[1:])
        return error(404, "RESOURCE_NOT_FOUND")  # no such address

    def _activity(self, urn: str) -> str:
        if found := NESTED.fullmatch(urn):
            return found[1] if urn in self.comments else ""
        return next((own for own, post in self.posts.items() if urn in (own, post["id"])), "")

    def _notifications(self, asked: Asked) -> Reply:
        if not self.admin:
            return error(403, "ACCESS_DENIED", 100)
        known = {"q", "actions", "organizationalEntity", "timeRange", "start", "count"}
        actions = re.fullmatch(r"List\(([A-Z_,]+)\)", asked.one("actions"))
        if asked.one("q") != "criteria" or asked.one("organizationalEntity") != ORGANIZATION or not actions:
            return error(400, "ILLEGAL_ARGUMENT")
        wanted = actions[1].split(",")
        if set(asked.query) - known or set(wanted) - set(FRESH):
            return error(400, "ILLEGAL_ARGUMENT")
        found = [each for each in self.notes if each["action"] in wanted]
        if asked.one("timeRange"):
            between = re.fullmatch(r"\(start:(\d+),end:(\d+)\)", asked.one("timeRange"))
            if not between:
                return error(400, "ILLEGAL_ARGUMENT")
            found = [each for each in found if int(between[1]) <= each["lastModifiedAt"] < int(between[2])]
        return self._answer(asked, list(reversed(found)))

    def _answer(self, asked: Asked, items: list[Item]) -> Reply:
        start, size = int(asked.one("start") or 0), min(int(asked.one("count") or 10), self.page)
        if start < 0 or not 1 <= int(asked.one("count") or 10) <= 100:
            return error(400, "ILLEGAL_ARGUMENT")
        links = []
        if start + size < len(items):
            href = f"{asked.path}?start={start + size}&count={size}"
            links.append({"type": "application/json", "rel": "next", "href": href})
        # “total” is left out where the result set is not counted.
        paging = {"start": start, "count": size, "links": links}
        return Reply({"paging": paging, "elements": items[start : start + size]})

    def _posts(self, asked: Asked) -> Reply:
        known = {"q", "author", "count", "start", "sortBy", "viewContext", "isDsc"}
        if asked.one("q") != "author" or asked.one("author") != ORGANIZATION or set(asked.query) - known:
            return error(400, "ILLEGAL_ARGUMENT")
        ours = [own for own, post in self.posts.items() if post["author"] == ORGANIZATION]
        return self._answer(asked, [self._post(own) for own in reversed(ours)])

    def _post(self, activity: str) -> Item:
        post = self.posts[activity]
        times = {name: post["at"] for name in ("createdAt", "publishedAt", "lastModifiedAt")}
        kept = {name: post[name] for name in ("id", "author", "commentary")}
        return {**kept, **times, "visibility": "PUBLIC", "lifecycleState": "PUBLISHED"}

    def _list(self, asked: Asked, urn: str) -> Reply:
        activity = self._activity(urn)
        if not activity:
            return error(404, "NOT_FOUND")
        if set(asked.query) - {"start", "count", "q", "sortBy"}:
            return error(400, "ILLEGAL_ARGUMENT")
        above = urn if NESTED.fullmatch(urn) else ""
        found = [one for one in self.comments.values() if (one.activity, one.parent) == (activity, above)]
        return self._answer(asked, [self._comment(one) for one in reversed(found)])

    def _comment(self, one: Comment) -> Item:
        below = [each.urn for each in self.comments.values() if each.parent == one.urn]
        stamp = {"actor": one.who, "time": one.at}
        return {
            "actor": one.who,
            "commentUrn": one.urn,
            "commentsSummary": {
                "aggregatedTotalComments": len(below),
                "selectedComments": below[:1],
                "totalFirstLevelComments": len(below),
            },
            "created": {**stamp, "impersonator": "urn:li:servicePrincipal:x"},
            "id": one.id,
            "lastModified": {**stamp, "time": one.edited or one.at},
            "likesSummary": {"aggregatedTotalLikes": 0, "likedByCurrentUser": False, "selectedLikes": []},
            "message": {"attributes": [], "text": one.text},
            "object": one.activity,
            **({"parentComment": one.parent} if one.parent else {}),
        }

    def _create(self, urn: str, body: Item) -> Reply:
        activity = self._activity(urn)
        if not activity or set(body) - {"actor", "object", "message", "parentComment", "content"}:
            return error(400, "ILLEGAL_ARGUMENT") if activity else error(404, "NOT_FOUND")
        above = body.get("parentComment", "")
        if body["actor"] != ORGANIZATION or self._activity(body["object"]) != activity or "text" not in body["message"]:
            return error(400, "FIELD_VALUE_INVALID")
        nested = urn if NESTED.fullmatch(urn) else ""
        if above != nested or (above and (above not in self.comments or self.comments[above].parent)):
            return error(400, "FIELD_VALUE_INVALID")  # there are two levels
        own = self.say(ORGANIZATION, body["message"]["text"], activity, above)
        if self.lost:
            self.lost = False
            return Reply(cut=True)
        one = self.comments[own]
        return Reply(self._comment(one), 201, {"x-restli-id": one.id})

    def _single(self, asked: Asked, urn: str) -> Reply:
        one = self.comments.get(urn)
        if one is None:
            return error(404, "NOT_FOUND")
        if asked.method == "GET":
            return Reply(self._comment(one))
        if asked.method == "DELETE" and asked.one("actor") == ORGANIZATION:
            self.delete(urn)
            return Reply(b"", 204)
        return error(400, "ILLEGAL_ARGUMENT")

    def _reactions(self, asked: Asked, rest: list[str]) -> Reply:
        key = re.fullmatch(r"\(actor:(.+),entity:(.+)\)", unquote(rest[0])) if rest else None
        if asked.method == "POST" and not rest:
            body = asked.json
            if asked.one("actor") != ORGANIZATION or set(body) != {"root", "reactionType"}:
                return error(400, "ILLEGAL_ARGUMENT")
            one = self.comments.get(body["root"])
            if one is None:
                return error(404, "NOT_FOUND")
            one.liked = True
            return Reply({}, 201)
        if key is None or key[1] != ORGANIZATION or (one := self.comments.get(key[2])) is None or not one.liked:
            return error(404, "NOT_FOUND")
        if asked.method == "DELETE":
            one.liked = False
            return Reply(b"", 204)
        return Reply({"id": unquote(rest[0]), "reactionType": "LIKE", "root": key[2]})


def error(status: int, code: str, service: int = 0) -> Reply:
    said = {"status": status, "code": code, "message": "said in some language"}
    return Reply({**said, **({"serviceErrorCode": service} if service else {})}, status)

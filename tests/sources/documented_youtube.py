"""YouTube's comments as Google documents them, written without a look at the adapter.

Synthetic, from the documentation: developers.google.com/youtube/v3/docs/commentThreads (list), comments (list, insert,
setModerationStatus, delete), channels (list), errors, determine_quota_cost. What it does not document is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from documented_messages import TOKEN, iso
from loopback import Asked, Reply
from masto_world import START

Item = dict[str, Any]
CHANNEL = "UCbrand"
SHOWN = {"heldForReview", "likelySpam", "published"}
PREVIEW = 2
"""Replies that come with a thread: a subset, as the documentation says of `replies`."""


@dataclass
class Comment:
    """A comment; `parent` is the top-level comment's id, empty for one."""

    id: str
    who: str
    text: str
    at: int
    video: str
    parent: str = ""
    edited: int = 0
    status: str = "published"


@dataclass
class YouTube:
    """A channel's comments.

    Attributes:
        page: how many items a page has at most, whatever is asked for.
        units: what was used of the day's quota.
        banned: authors whose comments are rejected from now on.
        lost: the answer to the next change is lost, after it was made.
        nameless: authors whose channel is not given.
    """

    clock: int = START
    page: int = 100
    units: int = 0
    comments: dict[str, Comment] = field(default_factory=dict)
    banned: set[str] = field(default_factory=set)
    nameless: set[str] = field(default_factory=set)
    lost: bool = False

    def say(self, who: str, text: str, video: str = "vid1", parent: str = "", status: str = "published") -> str:
        """Somebody comments; a reply's id is its top-level comment's and its own."""
        self.clock += 60_000
        own = f"Ug{len(self.comments):03}" if not parent else f"{parent}.r{len(self.comments):03}"
        video = self.comments[parent].video if parent else video
        self.comments[own] = Comment(own, who, text, self.clock, video, parent, status=status)
        return own

    def edit(self, own: str, text: str) -> None:
        self.clock += 60_000
        self.comments[own].text, self.comments[own].edited = text, self.clock

    def handle(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return error(401, "authError")
        allowed = {"alt", "prettyPrint"}
        reply = self._route(asked, {name: values[0] for name, values in asked.query.items() if name not in allowed})
        if asked.method != "GET" and self.lost and reply.status < 300:
            self.lost = False
            return Reply(cut=True)
        reply.headers["date"] = format_datetime(datetime.fromtimestamp(self.clock / 1000, UTC), usegmt=True)
        return reply

    def _route(self, asked: Asked, query: dict[str, str]) -> Reply:
        self.units += 1 if asked.method == "GET" else 50
        match asked.method, asked.path.removeprefix("/youtube/v3/"):
            case "GET", "channels":
                return self._channels(query)
            case "GET", "videos":
                return self._videos(query)
            case "GET", "commentThreads":
                return self._threads(query)
            case "GET", "comments":
                return self._list(query)
            case "POST", "comments":
                return self._insert(query, asked.json)
            case "POST", "comments/setModerationStatus":
                return self._moderate(query)
            case "DELETE", "comments":
                return self._delete(query)
        return error(404, "notFound")

    def _channels(self, query: dict[str, str]) -> Reply:
        if not only(query, "part", "mine", "id", "maxResults", "pageToken"):
            return error(400, "unexpectedParameter")
        found = {"kind": "youtube#channel", "id": CHANNEL, "snippet": {"title": "Brand", "customUrl": "@brand"}}
        return Reply({"kind": "youtube#channelListResponse", "items": [found]})

    def _videos(self, query: dict[str, str]) -> Reply:
        if not only(query, "part", "id", "maxResults", "pageToken") or "id" not in query:
            return error(400, "missingRequiredParameter")
        asked = query["id"].split(",")
        assert len(asked) <= 50
        known = {one.video for one in self.comments.values()}
        shown = [
            {"id": own, "snippet": {"title": f"About {own}", "channelId": CHANNEL}} for own in asked if own in known
        ]
        return Reply({"kind": "youtube#videoListResponse", "items": shown})

    def _threads(self, query: dict[str, str]) -> Reply:
        filters = [name for name in ("allThreadsRelatedToChannelId", "id", "videoId") if name in query]
        more = ("part", "maxResults", "moderationStatus", "order", "pageToken", "searchTerms", "textFormat")
        if len(filters) != 1 or not only(query, *filters, *more) or not query.get("part"):
            return error(400, "missingRequiredParameter")
        if filters == ["id"]:
            # “not supported for use in conjunction with the id parameter”
            if not only(query, "part", "id", "textFormat"):
                return error(400, "operationNotSupported")
            wanted = query["id"].split(",")
            found = [one for one in self.comments.values() if one.id in wanted and not one.parent]
            return self._answer("commentThread", [self._thread(one, query) for one in found], query)
        status = query.get("moderationStatus", "published")
        if status not in SHOWN or query.get("order", "time") not in ("time", "relevance"):
            return error(400, "invalidParameter")
        if filters == ["allThreadsRelatedToChannelId"] and query[filters[0]] != CHANNEL:
            return error(404, "channelNotFound")
        tops = [one for one in self.comments.values() if not one.parent and one.status == status]
        if filters == ["videoId"]:
            tops = [one for one in tops if one.video == query["videoId"]]
            if not any(one.video == query["videoId"] for one in self.comments.values()):
                return error(404, "videoNotFound")
        tops.sort(key=lambda one: -one.at)
        return self._answer("commentThread", [self._thread(one, query) for one in tops], query)

    def _list(self, query: dict[str, str]) -> Reply:
        filters = [name for name in ("parentId", "id") if name in query]
        if len(filters) != 1 or not only(query, "part", *filters, "maxResults", "pageToken", "textFormat"):
            return error(400, "missingRequiredParameter")
        if filters == ["id"]:
            if not only(query, "part", "id", "textFormat"):
                return error(400, "operationNotSupported")
            found = [self.comments[own] for own in query["id"].split(",") if own in self.comments]
        else:
            parent = self.comments.get(query["parentId"])
            if parent is None or parent.parent:
                return error(404, "commentNotFound")
            found = [one for one in self.comments.values() if one.parent == parent.id and one.status == "published"]
        return self._answer("comment", [self._comment(one, query) for one in found], query)

    def _answer(self, kind: str, items: list[Item], query: dict[str, str]) -> Reply:
        size, token = int(query.get("maxResults") or 20), query.get("pageToken", "p0")
        if not 1 <= size <= 100:
            return error(400, "invalidParameter")
        if not token.removeprefix("p").isdecimal():
            return error(400, "invalidPageToken")
        size, start = min(size, self.page), int(token[1:])
        more = {"nextPageToken": f"p{start + size}"} if start + size < len(items) else {}
        info = {"totalResults": len(items), "resultsPerPage": size}
        part = items[start : start + size]
        return Reply({"kind": f"youtube#{kind}ListResponse", "etag": "e", **more, "pageInfo": info, "items": part})

    def _thread(self, one: Comment, query: dict[str, str]) -> Item:
        below = [each for each in self.comments.values() if each.parent == one.id and each.status == "published"]
        snippet = {
            "channelId": CHANNEL,
            "videoId": one.video,
            "topLevelComment": self._comment(one, query),
            "canReply": True,
            "totalReplyCount": len(below),
            "isPublic": one.status == "published",
        }
        found: Item = {"kind": "youtube#commentThread", "etag": "e", "id": one.id, "snippet": snippet}
        if "replies" in query["part"].split(",") and below:
            found["replies"] = {"comments": [self._comment(each, query) for each in below[-PREVIEW:]]}
        return found

    def _comment(self, one: Comment, query: dict[str, str]) -> Item:
        text = one.text if query.get("textFormat") == "plainText" else one.text.replace("&", "&amp;")
        snippet = {
            "authorDisplayName": f"@{one.who}",
            "authorProfileImageUrl": f"https://yt3.test/{one.who}",
            "authorChannelUrl": f"http://www.youtube.com/@{one.who}",
            "channelId": CHANNEL,
            "textDisplay": text,
            "canRate": True,
            "viewerRating": "none",
            "likeCount": 0,
            "publishedAt": iso(one.at, "Z"),
            "updatedAt": iso(one.edited or one.at, "Z"),
        }
        if one.who not in self.nameless:
            snippet["authorChannelId"] = {"value": CHANNEL if one.who == "brand" else f"UC{one.who}"}
        # “only returned if the authenticated user is the comment's author”
        snippet |= {"textOriginal": one.text} if one.who == "brand" else {}
        snippet |= {"parentId": one.parent} if one.parent else {}
        snippet |= {"moderationStatus": one.status} if one.status != "published" else {}
        return {"kind": "youtube#comment", "etag": "e", "id": one.id, "snippet": snippet}

    def _insert(self, query: dict[str, str], body: Item) -> Reply:
        if not only(query, "part") or query.get("part") != "snippet" or set(body) != {"snippet"}:
            return error(400, "commentTextRequired")
        assert set(body["snippet"]) == {"parentId", "textOriginal"}, body
        parent = self.comments.get(body["snippet"]["parentId"])
        if parent is None:
            return error(404, "parentCommentNotFound")
        if parent.parent or parent.status != "published":
            return error(400, "operationNotSupported")
        own = self.say("brand", body["snippet"]["textOriginal"], parent=parent.id)
        return Reply(self._comment(self.comments[own], {}))

    def _moderate(self, query: dict[str, str]) -> Reply:
        if not only(query, "id", "moderationStatus", "banAuthor"):
            return error(400, "unexpectedParameter")
        status, ban = query["moderationStatus"], query.get("banAuthor") == "true"
        if status not in ("heldForReview", "published", "rejected") or (ban and status != "rejected"):
            return error(400, "banWithoutReject" if ban else "invalidParameter")
        for own in query["id"].split(","):
            if own not in self.comments:
                return error(404, "commentNotFound")
            self.comments[own].status = status
            self.banned |= {self.comments[own].who} if ban else set()
        return Reply(b"", 204)

    def _delete(self, query: dict[str, str]) -> Reply:
        if not only(query, "id"):
            return error(400, "unexpectedParameter")
        if self.comments.pop(query["id"], None) is None:
            return error(404, "commentNotFound")
        self.comments = {own: one for own, one in self.comments.items() if one.parent != query["id"]}
        return Reply(b"", 204)


def only(query: dict[str, str], *names: str) -> bool:
    """Whether nothing else is asked for."""
    return set(query) <= set(names)


def error(status: int, reason: str) -> Reply:
    said = {"message": "said in some language", "domain": "youtube.comment", "reason": reason}
    return Reply({"error": {"code": status, "message": said["message"], "errors": [said]}}, status)

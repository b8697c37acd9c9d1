"""A small YouTube in memory: threads, replies, moderation, units.

Synthetic, from the documentation (developers.google.com/youtube/v3: commentThreads, comments, errors): a thread brings
five of its replies, a reply moves no thread, what is asked for by its id does not say whether it is held, and what is
rejected is never published again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from loopback import Asked, Reply

ME = "UCbrand"
START = 1_700_000_000_000
SECRET = "t0ken-s3cret"
HELD = ("heldForReview", "likelySpam")


class World:
    """Comments by id, the oldest first.

    Args:
        most: items of one page.
    """

    def __init__(self, most: int = 100) -> None:
        self.most = most
        self.clock = datetime.fromtimestamp(START / 1000, UTC)
        self.today = self.clock + timedelta(days=1)
        self.items: dict[str, dict[str, Any]] = {}
        self.titles = {"vid1": "Unboxing &amp; more\u202e"}
        self.banned: set[str] = set()
        self.count = 0
        self.units = 0
        self.limit = 10_000
        self.fault: Reply | None = None
        self.faults: dict[str, list[Reply]] = {}
        """By method and path: answered in place of doing it, once each."""
        self.lost: set[str] = set()
        """Methods and paths whose next answer is cut after it was carried out."""
        self.asked: list[Asked] = []
        self.ascending = False
        self.token = SECRET

    def say(
        self, who: str, text: Any, top: str = "", status: str = "published", video: str = "vid1", **more: Any
    ) -> str:
        """Somebody writes below a video, or below a comment; `UCbrand` is ourselves."""
        self.clock += timedelta(minutes=1)
        self.count += 1
        number = self.count
        own = f"{top}.r{number}" if top else f"Ug{number}"
        at = (more.pop("at", None) or self.clock).isoformat(timespec="seconds").replace("+00:00", "Z")
        self.items[own] = {
            "id": own,
            "status": status,
            "open": more.pop("open", True),
            "snippet": {
                "channelId": ME,
                **({"parentId": top} if top else {"videoId": video} if video else {}),
                "textDisplay": text,
                "textOriginal": text,
                "authorDisplayName": f"@{who.removeprefix('UC')}",
                "authorChannelUrl": f"http://www.youtube.com/@{who}",
                "authorChannelId": {"value": who if who.startswith("UC") else f"UC{who}"},
                "canRate": True,
                "publishedAt": at,
                "updatedAt": at,
                **more,
            },
        }
        return own

    def edit(self, own: str, text: str) -> None:
        self.clock += timedelta(minutes=1)
        at = self.clock.isoformat(timespec="seconds").replace("+00:00", "Z")
        self.items[own]["snippet"] |= {"textOriginal": text, "textDisplay": text, "updatedAt": at}

    def handle(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        reply = self._answer(asked)
        headers = {"date": format_datetime(self.today, usegmt=True), **reply.headers}
        return Reply(reply.body, reply.status, headers, reply.cut, reply.delay)

    def calls(self, what: str = "") -> list[str]:
        """What was asked for, as method and path."""
        return [name for each in self.asked if what in (name := name_of(each))]

    def _answer(self, asked: Asked) -> Reply:
        name = name_of(asked)
        if self.fault is not None:
            return self.fault
        if self.faults.get(name):
            return self.faults[name].pop(0)
        if name == "POST token":
            return Reply({"access_token": "fresh", "expires_in": 3599, "refresh_token": "r2"})
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return no(401, "authError", "Invalid Credentials")
        cost = 1 if asked.method == "GET" else 50
        if self.units + cost > self.limit:
            return no(403, "quotaExceeded", 'you have exceeded your <a href="/x">quota</a>.')
        self.units += cost
        done = self._do(name, asked)
        if name in self.lost:
            self.lost.discard(name)
            return Reply(cut=True)
        return done

    def _do(self, name: str, asked: Asked) -> Reply:
        own = asked.one("id")
        match name:
            case "GET channels":
                return page([{"id": ME, "snippet": {"title": "Brand", "customUrl": "@brand"}}])
            case "GET videos":
                found = [video for video in own.split(",") if video in self.titles]
                return page([{"id": video, "snippet": {"title": self.titles[video]}} for video in found])
            case "GET commentThreads":
                return self._threads(asked)
            case "GET comments" if own:
                # Asked for by id, nothing says whether it is held.
                found = [each for each in own.split(",") if each in self.items]
                return page([shown(self.items[each]) for each in found])
            case "GET comments":
                return self._paged(self._below(asked.one("parentId")), asked)
            case "POST comments":
                return self._reply(asked.json["snippet"])
            case "DELETE comments":
                if self.items.pop(own, None) is None:
                    return no(404, "commentNotFound", "The comment could not be found.")
                return Reply(b"", 204)
            case "POST comments/setModerationStatus":
                return self._moderate(own, asked)
        return no(404, "notFound", "Not Found")

    def _threads(self, asked: Asked) -> Reply:
        status = asked.one("moderationStatus") or "published"
        tops = [each for each in self.items.values() if "parentId" not in each["snippet"]]
        if video := asked.one("videoId"):
            tops = [each for each in tops if each["snippet"].get("videoId") == video]
        found = []
        for top in tops:
            below = [each for each in self._all_below(top["id"]) if each["status"] == status]
            if top["status"] != status and not (status in HELD and below):
                continue
            below = below if status in HELD else self._below(top["id"])
            ours = {"comments": [shown(each, status in HELD) for each in below[:5]]}
            found.append(
                {
                    "id": top["id"],
                    "snippet": {
                        "channelId": ME,
                        "videoId": top["snippet"].get("videoId"),
                        "topLevelComment": shown(top, status in HELD),
                        "canReply": top["open"],
                        "totalReplyCount": len(self._below(top["id"])),
                    },
                    **({"replies": ours} if below else {}),
                }
            )
        return self._paged(list(reversed(found)), asked)

    def _all_below(self, top: str) -> list[dict[str, Any]]:
        return [each for each in reversed(self.items.values()) if each["snippet"].get("parentId") == top]

    def _below(self, top: str) -> list[dict[str, Any]]:
        """The newest first."""
        found = [each for each in self._all_below(top) if each["status"] == "published"]
        return found[::-1] if self.ascending else found

    def _paged(self, found: list[Any], asked: Asked) -> Reply:
        size = min(self.most, int(asked.one("maxResults") or 20))
        start = int((asked.one("pageToken") or "t0")[1:])
        end = start + size
        return page(found[start:end], f"t{end}" if end < len(found) else "")

    def _reply(self, said: dict[str, Any]) -> Reply:
        top = self.items.get(said["parentId"])
        if top is None:
            return no(404, "parentCommentNotFound", "The parent could not be found.")
        if "parentId" in top["snippet"]:
            return no(400, "operationNotSupported", "Not in reply to a reply.")
        if not top["open"]:
            return no(403, "commentsDisabled", "Comments are disabled.")
        own = self.say(ME, said["textOriginal"], top["id"])
        return Reply(shown(self.items[own]))

    def _moderate(self, own: str, asked: Asked) -> Reply:
        if own not in self.items:
            return no(404, "commentNotFound", "The comment could not be found.")
        item, status = self.items[own], asked.one("moderationStatus")
        if item["status"] == "rejected" and status == "published":
            return no(400, "operationNotSupported", "It was rejected.")
        if asked.one("banAuthor") == "true":
            if status != "rejected":
                return no(400, "banWithoutReject", "It is not rejected.")
            self.banned.add(item["snippet"]["authorChannelId"]["value"])
        item["status"] = status
        return Reply(b"", 204)


def name_of(asked: Asked) -> str:
    return f"{asked.method} {asked.path.removeprefix('/').removeprefix('youtube/v3/')}"


def shown(item: dict[str, Any], status: bool = False) -> dict[str, Any]:
    more = {"moderationStatus": item["status"]} if status else {}
    snippet = {key: value for key, value in item["snippet"].items() if value is not None}
    return {"kind": "youtube#comment", "etag": "e", "id": item["id"], "snippet": {**snippet, **more}}


def page(items: list[Any], following: str = "") -> Reply:
    return Reply({"kind": "youtube#list", "items": items, **({"nextPageToken": following} if following else {})})


def no(status: int, reason: str, message: str) -> Reply:
    each = {"message": message, "domain": "youtube", "reason": reason}
    return Reply({"error": {"code": status, "message": message, "errors": [each]}}, status)

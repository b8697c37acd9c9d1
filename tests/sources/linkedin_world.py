"""A small LinkedIn in memory: posts, comments with one level below, likes, and the list of notifications.

Synthetic, from the documentation (learn.microsoft.com/linkedin: comments, reactions, organization social action
notifications, organization access control, rate limits, error handling).
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, unquote

from loopback import Asked, Reply

ORG = "urn:li:organization:123"
POST = "urn:li:activity:7440000000000000000"
TOKEN = "t0ken-s3cret"
START = 1_700_000_000_000
MINUTE = 60_000


class World:
    """Comments by their number.

    Args:
        most: items of one page, whatever is asked for.
    """

    def __init__(self, most: int = 100, posts: int = 2) -> None:
        self.most, self.clock, self.number = most, START, 1000
        self.posts = [f"urn:li:share:{7000 + number}" for number in range(posts)]
        self.comments: dict[str, dict[str, Any]] = {}
        self.trail: list[dict[str, Any]] = []
        self.likes: set[tuple[str, str]] = set()
        self.written: list[str] = []
        self.grants = [ORG]
        self.notifies = True
        """Whether the member may read notifications."""
        self.counts = True
        """Whether it says how many comments posts have."""
        self.fault: Reply | None = None
        self.faults: dict[str, Reply] = {}
        """By a part of "METHOD address": answered once, in place of doing it."""
        self.lost: set[str] = set()
        """Methods whose next answer is cut after it was carried out."""
        self.asked: list[Asked] = []

    def tick(self) -> int:
        self.clock += MINUTE
        return self.clock

    def say(self, text: Any, who: str = "urn:li:person:ana", to: str = "", post: str = "", **more: Any) -> str:
        """Somebody comments; the comment's URN."""
        above = self.comments.get(to)
        post = post or (above["object"] if above else POST)
        self.number += 1
        number, when = str(self.number), self.tick()
        urn = f"urn:li:comment:({post},{number})"
        self.comments[urn] = {
            "$URN": urn,
            "actor": who,
            "created": {"actor": who, "time": when},
            "lastModified": {"actor": who, "time": when},
            "id": number,
            "message": {"attributes": [], "text": text},
            "object": post,
            **({"parentComment": above.get("parentComment") or to} if above else {}),
            **more,
        }
        self.tell("ADMIN_COMMENT" if who == ORG else "COMMENT", urn)
        return urn

    def edit(self, urn: str, text: str) -> None:
        self.comments[urn]["message"] = {"text": text}
        self.comments[urn]["lastModified"] = {"time": self.tick()}
        self.tell("COMMENT_EDIT", urn)

    def delete(self, urn: str) -> None:
        self.tell("COMMENT_DELETE", urn)
        del self.comments[urn]

    def mention(self, text: str, own: str = "urn:li:share:555", who: str = "urn:li:person:bo") -> str:
        self.trail.append(
            {
                "notificationId": 5600 + len(self.trail),
                "action": "SHARE_MENTION",
                "organizationalEntity": ORG,
                "sourcePost": own,
                "generatedActivity": own,
                "decoratedSourcePost": {"entity": own, "owner": who, "text": text},
                "lastModifiedAt": self.tick(),
            }
        )
        return own

    def tell(self, action: str, urn: str) -> None:
        comment = self.comments[urn]
        self.trail.append(
            {
                "notificationId": 5600 + len(self.trail),
                "action": action,
                "organizationalEntity": ORG,
                "sourcePost": comment["object"],
                "generatedActivity": urn,
                "decoratedSourcePost": {"entity": comment["object"], "owner": ORG, "text": "We launch\nToday"},
                "decoratedGeneratedActivity": {
                    "comment": {"entity": urn, "owner": comment["actor"], "text": comment["message"]["text"]}
                },
                "lastModifiedAt": self.clock,
            }
        )

    def below(self, top: str) -> list[dict[str, Any]]:
        return [each for each in self.comments.values() if each.get("parentComment") == top]

    def shown(self, comment: dict[str, Any]) -> dict[str, Any]:
        count = len(self.below(comment["$URN"]))
        return {**comment, "commentsSummary": {"aggregatedTotalComments": count, "totalFirstLevelComments": count}}

    def handle(self, asked: Asked) -> Reply:
        """Answers, a day after everything began."""
        self.asked.append(asked)
        reply = self._answer(asked)
        day = datetime.fromtimestamp(START / 1000, UTC) + timedelta(days=1)
        return replace(reply, headers={"date": format_datetime(day, usegmt=True), **reply.headers})

    def _answer(self, asked: Asked) -> Reply:
        if self.fault is not None:
            return self.fault
        if asked.path == "/oauth/v2/accessToken":
            return self._token(asked)
        what = f"{asked.method} {unquote(asked.path)}"
        for part in self.faults:
            if part in what:
                return self.faults.pop(part)
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return no(401, "REVOKED_ACCESS_TOKEN")
        if asked.headers.get("x-restli-protocol-version") != "2.0.0":
            return no(400, "ILLEGAL_ARGUMENT")
        if asked.headers.get("linkedin-version", "") < "202512":
            return no(426, "NONEXISTENT_VERSION")
        done = self._route(asked)
        if asked.method in self.lost:
            self.lost.discard(asked.method)
            return Reply(cut=True)
        return done

    def _token(self, asked: Asked) -> Reply:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        known = form.get("code") == "c0de" or form.get("refresh_token") == "r3fresh"
        if not known or form.get("client_secret") != "cl1ent":
            return Reply({"error": "invalid_grant", "error_description": "no longer valid"}, 400)
        return Reply({"access_token": TOKEN, "expires_in": 5_184_000, "refresh_token": "r3fresh"})

    def _route(self, asked: Asked) -> Reply:
        path = asked.path.removeprefix("/rest/")
        if path == "organizationalEntityNotifications":
            assert asked.one("actions").startswith("List(")
            return self._list(asked, self.trail[::-1]) if self.notifies else no(403, "ACCESS_DENIED")
        if path == "posts":
            return self._list(
                asked, [{"id": each, "commentary": "Post \\#1 @[Us](urn:li:organization:1)"} for each in self.posts]
            )
        if path == "socialMetadata":
            if not self.counts:
                return no(403, "ACCESS_DENIED")
            wanted = [unquote(each) for each in asked.one("ids").removeprefix("List(").removesuffix(")").split(",")]
            every = self.comments.values()
            counts = {own: sum(each["object"] == own for each in every) for own in wanted}
            summary = {own: {"commentSummary": {"count": count}} for own, count in counts.items()}
            return Reply({"results": summary, "statuses": {}, "errors": {}})
        if path == "organizationAcls":
            return self._list(asked, [{"organization": each, "state": "APPROVED"} for each in self.grants])
        if path.startswith("organizations/"):
            return Reply({"id": 123, "localizedName": "Brand", "vanityName": "brand"})
        if path.startswith("reactions"):
            return self._reaction(asked, path)
        found = re.fullmatch(r"socialActions/([^/]+)/comments(?:/(\d+))?", path)
        if found is None:
            return no(404, "RESOURCE_NOT_FOUND")
        target = unquote(found[1])
        if found[2]:
            return self._one(asked, f"urn:li:comment:({target},{found[2]})")
        if target.startswith("urn:li:comment:") and target not in self.comments:
            return no(404, "NOT_FOUND")
        if asked.method == "POST":
            said = asked.json
            if said["actor"] != ORG:
                return no(403, "ACCESS_DENIED")
            if len(said["message"]["text"]) > 1250:
                return no(400, "INVALID_VALUE")
            own = self.say(said["message"]["text"], ORG, said.get("parentComment", ""), said["object"])
            self.written.append(own)
            return Reply(self.shown(self.comments[own]), 201, {"x-restli-id": self.comments[own]["id"]})
        every = self.comments.values()
        items = [each for each in every if each["object"] == target and "parentComment" not in each]
        return self._list(asked, [self.shown(each) for each in (self.below(target) or items)])

    def _one(self, asked: Asked, urn: str) -> Reply:
        if urn not in self.comments:
            return no(404, "NOT_FOUND")
        if asked.method == "DELETE":
            self.delete(urn)
            return Reply(b"", 204)
        return Reply(self.shown(self.comments[urn]))

    def _reaction(self, asked: Asked, path: str) -> Reply:
        if asked.method == "POST":
            key = (asked.one("actor"), asked.json["root"])
            if key in self.likes:
                return no(409, "CONFLICT")
            self.likes.add(key)
            return Reply({"id": "urn:li:reaction:1"}, 201)
        found = re.fullmatch(r"reactions/\(actor:([^,()]+),entity:([^,()]+)\)", path)
        assert found is not None
        key = (unquote(found[1]), unquote(found[2]))
        if key not in self.likes:
            return no(404, "NOT_FOUND")
        if asked.method == "DELETE":
            self.likes.discard(key)
            return Reply(b"", 204)
        return Reply({"reactionType": "LIKE", "root": key[1]})

    def _list(self, asked: Asked, items: list[dict[str, Any]]) -> Reply:
        start, count = int(asked.one("start") or 0), min(self.most, int(asked.one("count") or 10))
        paging = {"start": start, "count": count, "total": len(items), "links": []}
        return Reply({"elements": items[start : start + count], "paging": paging})


def no(status: int, code: str) -> Reply:
    return Reply({"status": status, "code": code, "message": "No.", "serviceErrorCode": 100}, status)

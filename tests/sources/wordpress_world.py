"""A small WordPress in memory: comments, their status, and who may do what.

Synthetic, from the documentation (developer.wordpress.org/rest-api/reference/comments), and from what a site was seen
to do: a wrong password on a public list reads as nobody, an answer to a missing comment is taken, the same text below
the same comment is 409, `after` counts in the site's time, whoever moderates is taken for the writer.
"""

from __future__ import annotations

import base64
import html
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from loopback import Asked, Reply

ME = "1"
START = 1_700_000_000_000
SECRET = "brand:t0ken-s3cret"


class World:
    """Comments by id.

    Args:
        most: comments of one page.
        zone: of the site, in hours.
        moderator: whether our user may moderate.
    """

    def __init__(self, most: int = 100, zone: int = -5, moderator: bool = True) -> None:
        self.most, self.zone, self.moderator = most, timedelta(hours=zone), moderator
        self.clock = datetime.fromtimestamp(START / 1000, UTC)
        self.comments: dict[int, dict[str, Any]] = {}
        self.before_trash: dict[int, str] = {}
        self.trash = True
        self.spam_filter = False
        """Whether what comes through the API is taken for spam."""
        self.counts = True
        """Whether the number of pages is told; some proxies drop it."""
        self.faults: dict[str, Reply] = {}
        """By method: answered once, in place of doing it."""
        self.lost: set[str] = set()
        """Methods whose next answer is cut after it was carried out."""
        self.fault: Reply | None = None
        self.asked: list[Asked] = []

    def say(self, who: str, text: Any, parent: int = 0, status: str = "approved", **more: Any) -> int:
        """Somebody comments; `1` is ourselves, a name a visitor."""
        self.clock += timedelta(minutes=1)
        own = len(self.comments) + 7
        user = int(who) if who.isdecimal() else 0
        at = self.clock.replace(tzinfo=None)
        self.comments[own] = {
            "id": own,
            "post": 3,
            "parent": parent,
            "author": user,
            "author_name": "Brand" if user == 1 else who,
            "author_email": f"{who}@mail.example",
            "author_url": "",
            "author_ip": "192.0.2.7",
            "author_user_agent": "A browser",
            "date": (at + self.zone).isoformat(timespec="seconds"),
            "date_gmt": at.isoformat(timespec="seconds"),
            "content": {"rendered": f"<p>{text}</p>\n", "raw": text} if isinstance(text, str) else text,
            "link": f"https://blog.example/new/#comment-{own}",
            "status": status,
            "type": "comment",
            "author_avatar_urls": {"24": f"https://g.test/avatar/{abs(hash(who)) % 16**32:032x}?s=24"},
            "_embedded": {
                "up": [{"id": 3, "link": "https://blog.example/new/", "title": {"rendered": "New &amp; fresh"}}]
            },
            **more,
        }
        return own

    def handle(self, asked: Asked) -> Reply:
        """Answers, a day after everything began."""
        self.asked.append(asked)
        reply = self._answer(asked)
        day = datetime.fromtimestamp(START / 1000, UTC) + timedelta(days=1)
        reply.headers.setdefault("date", format_datetime(day, usegmt=True))
        return Reply(reply.body, reply.status, {**reply.headers}, reply.cut, reply.delay)

    def _answer(self, asked: Asked) -> Reply:
        if self.fault is not None:
            return self.fault
        if asked.method in self.faults:
            return self.faults.pop(asked.method)
        sent = asked.headers.get("authorization", "").removeprefix("Basic ")
        known = base64.b64decode(sent).decode() == SECRET
        route = asked.one("rest_route").removeprefix("/wp/v2/")
        done = self._route(asked, route, known)
        if asked.method in self.lost:
            self.lost.discard(asked.method)
            return Reply(cut=True)
        return done

    def _route(self, asked: Asked, route: str, known: bool) -> Reply:
        if route == "users/me":
            return Reply({"id": 1, "slug": "brand", "name": "Brand"}) if known else no(401, "rest_not_logged_in")
        if not route.startswith("comments"):
            return no(404, "rest_no_route")
        if (asked.one("context") == "edit" or asked.one("status") or asked.method != "GET") and not known:
            return no(401, "rest_forbidden_context")
        if (asked.one("context") == "edit" or asked.one("status")) and not self.moderator:
            return no(403, "rest_forbidden_context")
        own = int(route.partition("/")[2] or 0)
        if asked.method == "GET":
            return self._one(own) if own else self._list(asked)
        if own and own not in self.comments:
            return no(404, "rest_comment_invalid_id")
        if asked.method == "DELETE":
            if not self.trash:
                return no(501, "rest_trash_not_supported")
            return self._set(own, "trash")
        if not own:
            return self._new(asked)
        comment = self.comments[own]
        comment["author_ip"] = asked.json.get("author_ip", "127.0.0.1")
        comment["author_user_agent"] = asked.json.get("author_user_agent", "cminbox")
        return self._set(own, asked.json["status"])

    def _set(self, own: int, status: str) -> Reply:
        comment = self.comments[own]
        if status in ("trash", "spam"):
            self.before_trash[own] = comment["status"]
        elif status in ("untrash", "unspam"):
            status = self.before_trash.pop(own, "hold")
        comment["status"] = status
        return Reply(comment)

    def _new(self, asked: Asked) -> Reply:
        said = asked.json
        text = said["content"]
        for each in self.comments.values():
            same = each["content"]["raw"] == text and each["parent"] == said["parent"] and each["author"] == 1
            if same and each["status"] != "trash":
                return no(409, "comment_duplicate")
        status = "spam" if self.spam_filter else "approved" if self.moderator else "hold"
        own = self.say("1", text, said["parent"], status)
        shown = {**self.comments[own]}
        shown.pop("_embedded")
        return Reply(shown, 201)

    def _one(self, own: int) -> Reply:
        return Reply(self.comments[own]) if own in self.comments else no(404, "rest_comment_invalid_id")

    def _list(self, asked: Asked) -> Reply:
        wanted = {"": ("approved",), "all": ("approved", "hold")}.get(asked.one("status"), (asked.one("status"),))
        found = [each for each in self.comments.values() if each["status"] in wanted]
        if after := asked.one("after"):
            found = [each for each in found if each["date"] > after]
        if include := asked.one("include"):
            found = [each for each in found if str(each["id"]) in include.split(",")]
        if parent := asked.one("parent"):
            found = [each for each in found if str(each["parent"]) == parent]
        found.sort(key=lambda each: str(each["date"]), reverse=asked.one("order") != "asc")
        size = min(self.most, int(asked.one("per_page") or 10))
        number = int(asked.one("page") or 1)
        shown = found[(number - 1) * size : number * size]
        if asked.one("context") != "edit":
            secret = ("author_email", "author_ip", "author_user_agent")
            shown = [
                {
                    **{name: value for name, value in each.items() if name not in secret},
                    "content": {"rendered": dict(each["content"]).get("rendered")},
                }
                for each in shown
            ]
        headers = {"x-wp-total": str(len(found)), "x-wp-totalpages": str(-(-len(found) // size))}
        return Reply(shown, 200, headers if self.counts else {})


def no(status: int, code: str) -> Reply:
    return Reply({"code": code, "message": "Sorry, you are not allowed.", "data": {"status": status}}, status)


def typed(text: str) -> str:
    return html.escape(text, quote=False)

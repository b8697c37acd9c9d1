"""A small Reddit in memory: posts, comments, messages, the moderators' queue, modmail.

Synthetic, from the documentation (reddit.com/dev/api, github.com/reddit-archive/reddit) and the recorded shapes:
listings newest first with `after`, `before` that answers nothing for what was deleted, messages that move up with
their answers inside, `more` in trees, errors inside a 200, limits as decimals and seconds left.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from loopback import Asked, Reply

ME = "Brand"
START = 1_700_000_000_000
TOKEN = "t0ken-s3cret"
SUB = "brandhome"


class World:
    """Things by their full names.

    Args:
        most: things of one page of a listing, and comments shown of one tree.
        moderator: whether our account moderates the subreddit.
    """

    def __init__(self, most: int = 100, *, moderator: bool = True) -> None:
        self.most, self.moderator = most, moderator
        self.clock = START // 1000
        self.things: dict[str, dict[str, Any]] = {}
        self.mails: dict[str, dict[str, Any]] = {}
        self.blocked: set[str] = set()
        self.told: list[tuple[str, str, str]] = []
        """Why what was removed was: its name, title and text."""
        self.token = TOKEN
        self.fault: Reply | None = None
        self.faults: dict[str, Reply] = {}
        """By path: answered once, in place of doing it."""
        self.lost: set[str] = set()
        """Paths whose next answer is cut after it was carried out."""
        self.errors: list[list[str]] = []
        """What the next answer is refused with, inside a 200."""
        self.ratelimit: float | None = None
        self.hidden_answers = False
        self.asked: list[Asked] = []
        self.home = self.post(ME, "Our new thing", at=self.clock - 40 * 86_400)

    def tick(self) -> int:
        self.clock += 60
        return self.clock

    def post(self, who: str, title: str, at: int = 0, **more: Any) -> str:
        own = f"p{len(self.things)}"
        name = f"t3_{own}"
        self.things[name] = {
            **{"id": own, "name": name, "author": who, "title": title, "selftext": "", "is_self": True},
            **{"created_utc": float(at or self.tick()), "edited": False, "subreddit": SUB, "likes": None},
            **{"permalink": f"/r/{SUB}/comments/{own}/x/", "locked": False, "archived": False, "num_comments": 0},
            **more,
        }
        return name

    def say(self, who: str, text: Any, parent: str = "", **more: Any) -> str:
        """Somebody comments, below the first post unless said otherwise."""
        parent = parent or self.home
        own = f"c{len(self.things)}"
        name = f"t1_{own}"
        link = parent if parent.startswith("t3_") else str(self.things[parent]["link_id"])
        post = self.things[link]
        self.things[name] = {
            **{"id": own, "name": name, "author": who, "body": text, "link_id": link, "parent_id": parent},
            **{"created_utc": float(self.tick()), "edited": False, "subreddit": SUB, "likes": None, "replies": ""},
            **{"permalink": f"/r/{SUB}/comments/{link[3:]}/x/{own}/", "locked": False, "archived": False},
            **{"can_mod_post": self.moderator, "stickied": False, "author_fullname": f"t2_{who.lower()}"},
            **{"approved": False, "removed": False, "spam": False, "banned_by": None, "num_reports": 0},
            **more,
        }
        post["num_comments"] += 1
        return name

    def write(self, who: str, to: str, text: str, first: str = "", **more: Any) -> str:
        """Somebody sends a message; an answer goes into the first one."""
        own = f"m{len(self.things)}"
        name = f"t4_{own}"
        self.things[name] = {
            **{"id": own, "name": name, "author": who, "dest": to, "body": text, "subject": "Hello"},
            **{"created_utc": float(self.tick()), "replies": "", "first_message_name": first or None},
            **{"parent_id": first or None, "context": "", "was_comment": False, "new": True},
            **more,
        }
        return name

    def mail(self, who: str, text: str, talk: str = "", *, mod: bool = False, internal: bool = False) -> str:
        """Somebody writes to the moderators, or one of them answers."""
        talk = talk or f"k{len(self.mails)}"
        found = self.mails.setdefault(talk, {"id": talk, "subject": "Help", "messages": {}})
        # A copy stands among private messages (r2/controllers/modmail.py), save of what moderators say among them.
        if not internal:
            first = found.get("legacyFirstMessageId", "")
            to = f"#{SUB}" if not mod else "somebody"
            copy = self.write(who, to, text, f"t4_{first}" if first else "", subreddit=SUB)
            found.setdefault("legacyFirstMessageId", copy.removeprefix("t4_"))
        own = f"w{sum(len(each['messages']) for each in self.mails.values())}"
        self.tick()
        found["messages"][own] = {
            **{"id": own, "bodyMarkdown": text, "body": f"<p>{text}</p>", "isInternal": internal},
            **{"date": self._iso(), "author": {"name": who, "isMod": mod, "isParticipant": not mod}},
        }
        found["lastUpdated"] = self._iso()
        return own

    def _iso(self) -> str:
        return datetime.fromtimestamp(self.clock, UTC).isoformat()

    def delete(self, name: str) -> None:
        """Its writer deletes it: it stays as a stump."""
        field = "body" if name.startswith("t1_") else "selftext"
        self.things[name].update({"author": "[deleted]", field: "[deleted]"})
        self.things[name].pop("author_fullname", None)

    def handle(self, asked: Asked) -> Reply:
        """Answers, a day after everything began."""
        self.asked.append(asked)
        reply = self._answer(asked)
        day = format_datetime(datetime.fromtimestamp(START / 1000, UTC) + timedelta(days=1), usegmt=True)
        return Reply(reply.body, reply.status, {"date": day, **reply.headers}, reply.cut, reply.delay)

    def _answer(self, asked: Asked) -> Reply:
        if self.fault is not None:
            return self.fault
        if asked.path in self.faults:
            return self.faults.pop(asked.path)
        form = dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
        if asked.path == "/api/v1/access_token":
            return self._tokens(asked, form)
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return Reply({"message": "Unauthorized", "error": 401}, 401)
        if not asked.headers["user-agent"].startswith("terminal:cminbox:v"):
            return Reply(b"<!doctype html><html>whoa there, pardner!</html>", 429, {"retry-after": "2"})
        assert asked.one("raw_json") == "1"
        assert not asked.one("before")
        reply = self._post(asked.path, form) if asked.method == "POST" else self._get(asked)
        if asked.path in self.lost:
            self.lost.discard(asked.path)
            return Reply(cut=True)
        used = len(self.asked)
        limits = {"x-ratelimit-used": str(used), "x-ratelimit-remaining": f"{999.0 - used}", "x-ratelimit-reset": "77"}
        return Reply(reply.body, reply.status, {**limits, **reply.headers})

    def _tokens(self, asked: Asked, form: dict[str, str]) -> Reply:
        sent = base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode()
        if sent != "app:app-secret":
            return Reply({"message": "Unauthorized", "error": 401}, 401)
        good = form.get("code") == "c0de" or form.get("refresh_token") == "refresh-1"
        if not good or not asked.headers["user-agent"].startswith("terminal:cminbox:v"):
            return Reply({"error": "invalid_grant"}, 400)
        fresh = {"refresh_token": "refresh-1"} if "code" in form else {}
        return Reply({"access_token": TOKEN, "token_type": "bearer", "expires_in": 86_400, "scope": "*", **fresh})

    def _get(self, asked: Asked) -> Reply:
        path, things = asked.path, list(self.things.values())
        if path == "/api/v1/me":
            return Reply({"id": "brand1", "name": ME, "is_mod": self.moderator})
        if path == "/api/info":
            names = asked.one("id").split(",")
            return Reply(listing([thing(self.things[name]) for name in names if name in self.things]))
        if path == "/message/inbox":
            return self._page(asked, [*self._received(), *self._threads()])
        if path == "/message/sent":
            return self._page(asked, [thing(each) for each in things if "dest" in each and each["author"] == ME])
        if path == f"/user/{ME}/comments":
            return self._page(asked, [thing(each) for each in things if "link_id" in each and each["author"] == ME])
        if path == f"/user/{ME}/submitted":
            return self._page(asked, [thing(each) for each in things if "title" in each and each["author"] == ME])
        if path.endswith("/about/modqueue"):
            waiting = [each for each in things if each.get("banned_by") in (True, "AutoModerator") or waits(each)]
            return self._page(asked, [thing(each) for each in waiting if not each.get("approved")])
        if path == f"/r/{SUB}/comments":
            return self._page(asked, [thing(each) for each in things if "link_id" in each])
        if path in (f"/r/{SUB}/new", "/search"):
            words = asked.one("q").lower()
            return self._page(asked, [thing(each) for each in things if words in each.get("title", "\0").lower()])
        if path.startswith("/comments/"):
            return self._tree(f"t3_{path.removeprefix('/comments/')}", asked.one("comment"))
        if path == "/api/morechildren":
            names = [f"t1_{each}" for each in asked.one("children").split(",")]
            found = [thing(self.things[name]) for name in names[: self.most] if name in self.things]
            rest = [name[3:] for name in names[self.most :]]
            return Reply({"json": {"errors": [], "data": {"things": [*found, *([more(rest)] if rest else [])]}}})
        if path == "/prefs/blocked":
            people = [{"name": name, "id": f"t2_{name}"} for name in self.blocked]
            return Reply({"kind": "UserList", "data": {"children": people}})
        if path.startswith("/api/mod/conversations"):
            return self._modmail(path.removeprefix("/api/mod/conversations").strip("/"))
        return Reply({"message": "Not Found", "error": 404}, 404)

    def _received(self) -> list[dict[str, Any]]:
        """Answers to what is ours, as an inbox shows them: without most that a thread says."""
        found = []
        for each in self.things.values():
            above = self.things.get(str(each.get("parent_id")), {})
            to_us = above.get("author") == ME or "u/Brand" in str(each.get("body"))
            if "link_id" in each and to_us and each["author"] not in (ME, "[deleted]"):
                kept = ("id", "name", "author", "body", "parent_id", "created_utc", "subreddit", "likes", "replies")
                link = self.things[each["link_id"]]
                kind = "username_mention" if "u/Brand" in str(each["body"]) else "comment_reply"
                shown = {name: each[name] for name in kept if name in each}
                extra = {"context": f"{each['permalink']}?context=3", "link_title": link["title"], "new": True}
                found.append(thing({**shown, **extra, "type": kind, "was_comment": True, "subject": "comment reply"}))
        return found

    def _threads(self) -> list[dict[str, Any]]:
        """Messages with their answers inside; the newest answer decides where one stands."""
        found = []
        for each in self.things.values():
            if "dest" in each and not each["first_message_name"] and ME in (each["author"], each["dest"]):
                inside = [one for one in self.things.values() if one.get("first_message_name") == each["name"]]
                replies = listing([thing(one) for one in inside]) if inside else ""
                newest = max([each, *inside], key=lambda one: float(one["created_utc"]))
                found.append({**thing({**each, "replies": replies}), "moved": newest["created_utc"]})
        return found

    def _page(self, asked: Asked, found: list[dict[str, Any]]) -> Reply:
        found.sort(key=lambda each: float(each.get("moved") or each["data"]["created_utc"]), reverse=True)
        names = [each["data"]["name"] for each in found]
        after = asked.one("after")
        start = names.index(after) + 1 if after in names else len(names) if after else 0
        size = min(self.most, int(asked.one("limit") or 25))
        part = found[start : start + size]
        return Reply(listing(part, names[start + size - 1] if start + size < len(found) else None))

    def _tree(self, name: str, only: str) -> Reply:
        post = self.things.get(name)
        if post is None:
            return Reply({"message": "Not Found", "error": 404}, 404)
        roots = [f"t1_{only}"] if only else self._below(name)
        return Reply([listing([thing(post)]), listing(self._children(roots, name, 0))])

    def _below(self, name: str) -> list[str]:
        found = [own for own, each in self.things.items() if each.get("parent_id") == name and "link_id" in each]
        return list(reversed(found))

    def _children(self, names: list[str], above: str, depth: int) -> list[dict[str, Any]]:
        if depth > 2 and names:
            return [more([], above)]
        shown = [
            thing({**self.things[name], "replies": self._replies(name, depth)})
            for name in names[: max(2, self.most // 2)]
        ]
        rest = [own[3:] for name in names[max(2, self.most // 2) :] for own in (name, *self._all_below(name))]
        return [*shown, *([more(rest, above)] if rest else [])]

    def _all_below(self, name: str) -> list[str]:
        return [own for each in self._below(name) for own in (each, *self._all_below(each))]

    def _replies(self, name: str, depth: int) -> Any:
        children = self._children(self._below(name), name, depth + 1)
        return listing(children) if children else ""

    def _modmail(self, talk: str) -> Reply:
        if not self.moderator:
            return Reply({"message": "Forbidden", "error": 403, "reason": "private"}, 403)
        if talk:
            found = self.mails[talk]
            return Reply({"conversation": {**found, "messages": None}, "messages": found["messages"]})
        order = sorted(self.mails, key=lambda own: str(self.mails[own]["lastUpdated"]), reverse=True)
        shown = {own: {**self.mails[own], "messages": None} for own in order}
        return Reply({"conversations": shown, "messages": {}, "conversationIds": order})

    def _post(self, path: str, form: dict[str, str]) -> Reply:
        assert form.pop("api_type") == "json"
        if self.errors:
            said = {"errors": self.errors, **({"ratelimit": self.ratelimit} if self.ratelimit else {})}
            self.errors = []
            return Reply({"json": said})
        if path == "/api/comment":
            parent = form["thing_id"]
            if parent.startswith("t4_"):
                first = self.things[parent]["first_message_name"] or parent
                own = self.write(ME, self.things[parent]["author"], form["text"], first)
            else:
                own = self.say(ME, form["text"], parent)
            shown = [] if self.hidden_answers else [thing(self.things[own])]
            return Reply({"json": {"errors": [], "data": {"things": shown}}})
        if path.startswith("/api/mod/conversations/"):
            talk = path.rpartition("/")[2]
            self.mail(ME, form["body"], talk, mod=True)
            return self._modmail(talk)
        if path == "/api/block_user":
            self.blocked.add(form["name"])
            return Reply({})
        if path == "/api/unfriend":
            assert form["container"] == "t2_brand1"
            assert form["type"] == "enemy"
            self.blocked.discard(form["name"])
            return Reply({})
        if path.startswith("/api/v1/modactions/removal_"):
            return self._told_why(path, json.loads(form["json"]))
        item = self.things[form["id"]]
        by = {"banned_by": ME, "removed": True, "approved": False}
        changes: dict[str, dict[str, Any]] = {
            "/api/vote": {"likes": form.get("dir") == "1" or None},
            "/api/approve": {"approved": True, "banned_by": None, "removed": False, "spam": False},
            "/api/remove": {**by, "spam": form.get("spam") == "true"},
            "/api/distinguish": {"stickied": form.get("sticky") == "true"},
        }
        if path == "/api/del":
            self.delete(form["id"])
        elif path in ("/api/approve", "/api/remove") and not self.moderator:
            return Reply({"message": "Forbidden", "error": 403}, 403)
        else:
            item.update(changes[path])
        return Reply({})

    def _told_why(self, path: str, said: dict[str, Any]) -> Reply:
        """A message of the moderators to whoever wrote what they removed: as PRAW's `send_removal_message` asks it."""
        (name,) = said["item_id"]
        assert path.endswith("comment_message" if name.startswith("t1_") else "link_message")
        assert said["type"] in ("public", "public_as_subreddit", "private", "private_exposed")
        if not self.moderator:
            return Reply({"message": "Forbidden", "error": 403}, 403)
        if not self.things[name].get("removed"):
            return Reply({"explanation": "that id is invalid", "message": "Bad Request", "reason": "INVALID_ID"}, 400)
        self.told.append((name, said["title"], said["message"]))
        return Reply({"json": {"errors": []}})


def waits(item: dict[str, Any]) -> bool:
    return bool(item.get("num_reports")) and not item.get("removed")


def thing(item: dict[str, Any]) -> dict[str, Any]:
    return {"kind": str(item["name"])[:2], "data": item}


def more(children: list[str], above: str = "") -> dict[str, Any]:
    own = children[0] if children else "_"
    return {"kind": "more", "data": {"count": len(children), "id": own, "parent_id": above, "children": children}}


def listing(children: list[dict[str, Any]], after: str | None = None) -> dict[str, Any]:
    return {"kind": "Listing", "data": {"after": after, "before": None, "dist": len(children), "children": children}}

"""A small Graph API in memory, for a Facebook Page: synthetic, from the documentation.

Sources: developers.facebook.com/docs/graph-api/reference (page/feed, page/tagged, page/ratings, page/blocked, comment,
adaccount/ads), docs/messenger-platform/conversations and reference/send-api, docs/graph-api/results (paging),
docs/graph-api/guides/error-handling.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from loopback import Asked, Loopback, Reply
from masto_world import START

PAGE = "9000"
TOKEN = "t0ken-s3cret"
AD = "act_77"
Item = dict[str, Any]


def graph_time(when: int) -> str:
    return datetime.fromtimestamp(when / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def fields_of(text: str) -> dict[str, tuple[str, str]]:
    """`a,b.limit(3){c}` → name: (modifiers, inner)."""
    found: dict[str, tuple[str, str]] = {}
    depth, current = 0, ""
    for char in text + ",":
        if char == "," and not depth:
            if match := re.match(r"(\w+)([^{]*)(?:\{(.*)\})?$", current):
                found[match[1]] = match[2], match[3] or ""
            current = ""
            continue
        depth += (char in "{(") - (char in "})")
        current += char
    return found


def error(code: int, sub: int = 0, status: int = 400, message: str = "said in some language", **more: Any) -> Reply:
    said = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1", **more}
    if sub:
        said["error_subcode"] = sub
    return Reply({"error": said}, status)


GONE = error(100, 33)


class World:
    """A Page with posts, comments, people who write to it, and an account for advertisements.

    Args:
        most: the most items of a page of comments.
        posts: how many posts the Page has.
    """

    me = PAGE

    def __init__(self, most: int = 25, posts: int = 2) -> None:
        self.most = most
        self.clock = START
        self.posts: dict[str, Item] = {}
        self.comments: dict[str, Item] = {}
        self.tagged: list[Item] = []
        self.reviews: list[Item] = []
        self.threads: dict[str, Item] = {}
        self.blocked: list[str] = []
        self.ads: list[str] = []
        self.told: list[tuple[str, str]] = []
        self.refused_fields: set[str] = set()
        self.refused_edges: dict[str, Reply] = {}
        self.headers: dict[str, str] = {}
        self.fault: Reply | None = None
        self.fault_after: Reply | None = None
        self.calls: list[str] = []
        self.server: Loopback
        for number in range(posts):
            self.post(f"Our post {number}\nwith a second line")

    def tick(self) -> int:
        self.clock += 60_000
        return self.clock

    def post(self, text: str, who: str = PAGE, listed: bool = True, at: int = 0) -> str:
        own = f"{PAGE}_{len(self.posts) + 1}"
        when = at or self.tick()
        self.posts[own] = {"id": own, "message": text, "from": self.person(who), "at": when, "listed": listed}
        return own

    def person(self, who: str) -> Item:
        return {"id": who, "name": "Brand" if who == self.me else f"Person {who}"}

    def comment(self, text: str, who: str = "7", post: str = "", to: str = "", at: int = 0, **more: Any) -> str:
        post = post or (self.comments[to]["post"] if to else next(iter(self.posts)))
        own = f"{post.split('_')[1]}_{len(self.comments) * 7919 % 1000:03d}{len(self.comments)}"
        if to and self.comments[to]["to"]:
            to = self.comments[to]["to"]  # one level below a comment
        made = {"id": own, "message": text, "who": who, "post": post, "to": to, "at": at or self.tick()}
        self.comments[own] = {**made, "hidden": False, "likes": False, **more}
        return own

    def write(self, who: str, text: str, out: bool = False, at: int = 0, **more: Any) -> str:
        """Somebody writes a private message to the Page, or the Page to them."""
        thread = self.threads.setdefault(who, {"id": f"t_{who}", "messages": [], "who": who})
        own = f"m_{who}_{len(thread['messages'])}"
        thread["messages"].append({"id": own, "message": text, "out": out, "at": at or self.tick(), **more})
        return own

    def handle(self, asked: Asked) -> Reply:
        self.calls.append(f"{asked.method} {asked.path}")
        reply = self.fault if self.fault is not None else self._route(asked)
        if self.fault is None and self.fault_after is not None and asked.method != "GET":
            reply, self.fault_after = self.fault_after, None
        stamp = format_datetime(datetime.fromtimestamp(self.clock / 1000, UTC), usegmt=True)
        return replace(reply, headers={"date": stamp, **self.headers, **reply.headers})

    def _route(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return error(190, 460, 401, f"Error validating access token {TOKEN}")
        form = dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
        query = {name: values[0] for name, values in asked.query.items()}
        version, *parts = asked.path.strip("/").split("/")
        if parts and (refusal := self.refused_edges.get(parts[-1])) is not None:
            return Reply(refusal.body, refusal.status)
        if version == "v21.0" and parts != [PAGE, "ratings"]:
            return error(2635)
        match [asked.method, *parts]:
            case ["GET", "me"]:
                return Reply({"id": PAGE, "name": "Brand", "category": "Shop"})
            case ["GET", "9000", "feed"]:
                listed = [post for post in self.posts.values() if post["listed"]]
                return self._listed(listed, query, self._show_post, asked)
            case ["GET", "9000", "tagged"]:
                return self._listed(self.tagged, query, lambda item, _: item, asked)
            case ["GET", "9000", "ratings"]:
                if version != "v21.0":
                    return error(12)
                return self._listed(self.reviews, query, lambda item, _: item, asked)
            case ["GET", "9000", "conversations"]:
                threads = [one for who, one in self.threads.items() if query.get("user_id", who) == who]
                return self._listed(threads, query, self._show_thread, asked)
            case ["POST", "9000", "messages"]:
                return self._message(form)
            case ["GET", "9000", "blocked"]:
                return Reply({"data": [{"id": one} for one in self.blocked if query.get("user", one) == one]})
            case ["POST", "9000", "blocked"]:
                people = json.loads(form["psid"])
                self.blocked += people
                return Reply(dict.fromkeys(people, True))
            case ["DELETE", "9000", "blocked"]:
                self.blocked.remove(query["psid"])
                return Reply({"success": True})
            case ["GET", account, "ads"] if account == AD:
                listed = [{"id": str(number), "effective_object_story_id": own} for number, own in enumerate(self.ads)]
                return Reply({"data": listed})
            case [_, own] if own in self.posts and asked.method == "GET":
                return self._node(self._show_post, self.posts[own], query)
            case ["GET", own, "comments"] if own in self.posts or own in self.comments:
                below = [one for one in self.comments.values() if own in (one["post"], one["to"])]
                if query.get("filter") != "stream" and own in self.posts:
                    below = [one for one in below if not one["to"]]
                return self._listed(below, query, self._show_comment, asked)
            case ["POST", own, "comments"] if own in self.posts:
                return Reply({"id": self.comment(form["message"], PAGE, own)})
            case ["POST", own, "comments"] if own in self.comments:
                return Reply({"id": self.comment(form["message"], PAGE, to=own)})
            case [("POST" | "DELETE") as method, own, "likes"] if own in self.comments:
                self.comments[own]["likes"] = method == "POST"
                return Reply({"success": True})
            case ["GET", own] if own in self.comments:
                return self._node(self._show_comment, self.comments[own], query)
            case ["POST", own] if own in self.comments:
                self.comments[own]["hidden"] = form["is_hidden"] == "true"
                return Reply({"success": True})
            case ["DELETE", own] if own in self.comments:
                for one in [own, *(each["id"] for each in self.comments.values() if each["to"] == own)]:
                    self.comments.pop(one)
                return Reply({"success": True})
        return Reply(GONE.body, GONE.status)

    def _node(self, show: Any, item: Item, query: dict[str, str]) -> Reply:
        if isinstance(refusal := self._refusal(query), Reply):
            return refusal
        if show == self._show_post and {"can_hide", "parent"} & set(fields_of(query.get("fields", ""))):
            named = next(name for name in ("can_hide", "parent") if name in fields_of(query["fields"]))
            return error(100, message=f"(#100) Tried accessing nonexisting field ({named}) on node type (Post)")
        return Reply(show(item, fields_of(query.get("fields", "id"))))

    def _refusal(self, query: dict[str, str]) -> Reply | None:
        names = set(re.findall(r"\w+", query.get("fields", "")))
        if refused := sorted(names & self.refused_fields):
            return error(100, message=f"(#100) Tried accessing nonexisting field ({refused[0]})")
        return None

    def _listed(self, items: list[Item], query: dict[str, str], show: Any, asked: Asked) -> Reply:
        """Newest first, with cursors, and with the token in the address of the next page, as Graph has it."""
        if (refusal := self._refusal(query)) is not None:
            return refusal
        newest = sorted(items, key=self._at, reverse=True)
        after, size = query.get("after", ""), min(self.most, int(query.get("limit", "25")))
        ids = [str(self._key(item)) for item in newest]
        start = ids.index(after) + 1 if after in ids else 0
        part = newest[start : start + size]
        wanted = fields_of(query.get("fields", "id"))
        body: Item = {"data": [show(item, wanted) for item in part]}
        if part:
            last = str(self._key(part[-1]))
            body["paging"] = {"cursors": {"before": "b", "after": last}}
            if start + size < len(newest):
                body["paging"]["next"] = f"https://graph.facebook.com{asked.path}?access_token={TOKEN}&after={last}"
        return Reply(body)

    def _at(self, item: Item) -> int:
        if "messages" in item:
            return int(item["messages"][-1]["at"])
        return int(item.get("at", 0))

    def _key(self, item: Item) -> object:
        return item.get("id") or item.get("at")

    def _show_post(self, post: Item, wanted: dict[str, tuple[str, str]]) -> Item:
        full = {
            "id": post["id"],
            "message": post["message"],
            "from": post["from"],
            "created_time": graph_time(post["at"]),
            "permalink_url": f"https://www.facebook.com/{post['id']}",
        }
        shown = {name: full[name] for name in ("id", *wanted) if name in full}
        if "comments" in wanted:
            below = sorted((c for c in self.comments.values() if c["post"] == post["id"]), key=self._at, reverse=True)
            if below:
                summary = {"total_count": len(below)}
                shown["comments"] = {"data": [{"id": one["id"]} for one in below[:3]], "summary": summary}
        return shown

    def _show_comment(self, one: Item, wanted: dict[str, tuple[str, str]]) -> Item:
        ours = one["who"] == PAGE
        full = {
            "id": one["id"],
            "message": one["message"],
            "created_time": graph_time(one["at"]),
            "permalink_url": f"https://www.facebook.com/{one['post']}?comment_id={one['id']}",
            "can_comment": True,
            "can_hide": not ours,
            "can_remove": True,
            "is_hidden": one["hidden"],
            "user_likes": one["likes"],
            **({"from": self.person(one["who"])} if one["who"] else {}),
            **({"parent": {"id": one["to"]}} if one["to"] else {}),
            **one.get("raw", {}),
        }
        return {name: full[name] for name in ("id", *wanted) if name in full}

    def _show_thread(self, thread: Item, wanted: dict[str, tuple[str, str]]) -> Item:
        people = [self.person(thread["who"]), self.person(self.me)]
        newest = sorted(thread["messages"], key=self._at, reverse=True)[:20]
        shown = []
        for one in newest:
            writer, receiver = (people[1], people[0]) if one["out"] else people
            plain = {name: value for name, value in one.items() if name not in ("out", "at")}
            shown.append({**plain, "created_time": graph_time(one["at"]), "from": writer, "to": {"data": [receiver]}})
        return {
            "id": thread["id"],
            "updated_time": graph_time(self._at(thread)),
            "participants": {"data": people},
            "messages": {"data": shown},
        }

    def _message(self, form: dict[str, str]) -> Reply:
        recipient, message = json.loads(form["recipient"]), json.loads(form["message"])
        if comment := recipient.get("comment_id"):
            if any(one == comment for one, _ in self.told):
                return error(10900)
            self.told.append((comment, message["text"]))
            who = self.comments[comment]["who"]
            return Reply({"recipient_id": who, "message_id": self.write(who, message["text"], out=True)})
        who = recipient["id"]
        last = max((one["at"] for one in self.threads[who]["messages"] if not one["out"]), default=0)
        window = 7 * 86_400_000 if form.get("tag") == "HUMAN_AGENT" else 86_400_000
        if self.clock > last + window:
            return error(10, 2018278)
        return Reply({"recipient_id": who, "message_id": self.write(who, message["text"], out=True)})

"""A small Threads API in memory: synthetic, from the documentation.

Sources: developers.facebook.com/docs/threads (reference of reply management and media retrieval, reply approvals, posts
and troubleshooting for containers, mentions, long-lived tokens, webhooks).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from facebook_world import GONE, TOKEN, Item, error, graph_time
from loopback import Asked, Loopback, Reply
from masto_world import START

ME = "9000"
BRAND = "brand"
RENEWED = "t0ken-renewed"


class ThreadsWorld:
    """An account with posts, replies at any depth, threads of others, and containers.

    Args:
        most: the most items of a page.
        posts: how many posts the account has.
    """

    def __init__(self, most: int = 25, posts: int = 2) -> None:
        self.most = most
        self.clock = START
        self.items: dict[str, Item] = {}
        self.containers: dict[str, Item] = {}
        self.status = "FINISHED"
        """What a container is said to be before it is published."""
        self.refused_edges: dict[str, Reply] = {}
        self.refused_fields: set[str] = set()
        self.fault: Reply | None = None
        self.lost: dict[str, Reply] = {}
        """What is answered, once, instead of what was done, by the end of the path."""
        self.calls: list[str] = []
        self.made = 0
        self.server: Loopback
        for number in range(posts):
            self.say(f"Our post {number}", BRAND)

    @property
    def posts(self) -> dict[str, Item]:
        return {own: item for own, item in self.items.items() if not item["to"] and item["who"] == BRAND}

    def say(self, text: str, who: str = "ana", to: str = "", at: int = 0, **more: Any) -> str:
        """Somebody writes a post, or a reply."""
        self.clock += 60_000
        self.made += 1
        own = f"18{self.made * 7919 % 1000:03d}{self.made:04d}"
        root = (self.items[to]["root"] or to) if to else ""
        made = {"id": own, "text": text, "who": who, "to": to, "root": root, "at": at or self.clock}
        self.items[own] = {**made, "hidden": "NOT_HUSHED", "pending": False, **more}
        return own

    def handle(self, asked: Asked) -> Reply:
        self.calls.append(f"{asked.method} {asked.path}")
        reply = self.fault if self.fault is not None else self._route(asked)
        if self.fault is None and asked.method != "GET" and (end := asked.path.rsplit("/", 1)[-1]) in self.lost:
            reply = self.lost.pop(end)
        stamp = format_datetime(datetime.fromtimestamp(self.clock / 1000, UTC), usegmt=True)
        return replace(reply, headers={"date": stamp, **reply.headers})

    def _route(self, asked: Asked) -> Reply:
        query = {name: values[0] for name, values in asked.query.items()}
        if asked.path == "/refresh_access_token":
            if query.get("access_token") != TOKEN or query.get("grant_type") != "th_refresh_token":
                return error(190)
            return Reply({"access_token": RENEWED, "token_type": "bearer", "expires_in": 5183944})
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return error(190, 463, 401)
        form = dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
        _, *parts = asked.path.strip("/").split("/")
        if parts and (refusal := self.refused_edges.get(parts[-1])) is not None:
            return Reply(refusal.body, refusal.status)
        shown = [item for item in self.items.values() if not item["pending"]]
        match [asked.method, *parts]:
            case ["GET", "me"]:
                return Reply({"id": ME, "username": BRAND})
            case ["GET", "me", "threads"]:
                return self._listed(list(self.posts.values()), query)
            case ["GET", "me", "replies"]:
                return self._listed([item for item in shown if item["to"] and item["who"] == BRAND], query)
            case ["GET", "keyword_search"]:
                return self._listed([item for item in shown if query["q"].lower() in item["text"].lower()], query)
            case ["GET", "me", "mentions"]:
                return self._listed([item for item in shown if f"@{BRAND}" in item["text"]], query)
            case ["POST", "me", "threads"]:
                return self._container(form)
            case ["POST", "me", "threads_publish"]:
                return self._publish(form["creation_id"])
            case ["GET", own] if own in self.containers:
                box = self.containers[own]
                return Reply({"id": own, "status": "PUBLISHED" if box["published"] else self.status})
            case ["GET", own, "conversation"] if own in self.posts:
                return self._listed([item for item in shown if item["root"] == own], query)
            case ["GET", own, "replies"] if own in self.items:
                return self._listed([item for item in shown if item["to"] == own], query)
            case ["GET", own, "pending_replies"] if own in self.posts:
                if not self.posts[own].get("approvals"):
                    return error(100)
                waiting = [item for item in self.items.values() if item["root"] == own and item["pending"]]
                return self._listed(waiting, query)
            case ["POST", own, "manage_reply"] if own in self.items:
                if self.items[own]["to"] != self.items[own]["root"]:
                    return error(100, message="Only top-level replies can be hidden")
                self.items[own]["hidden"] = "HIDDEN" if form["hide"] == "true" else "UNHUSHED"
                return Reply({"success": True})
            case ["POST", own, "manage_pending_reply"] if own in self.items:
                self.items[own]["pending"] = form["approve"] != "true"
                return Reply({"success": True})
            case ["GET", own] if own in self.items:
                return Reply(self._show(self.items[own], query.get("fields", "id").split(",")))
            case ["DELETE", own] if own in self.items and self.items[own]["who"] == BRAND:
                del self.items[own]
                return Reply({"success": True, "deleted_id": own})
        return Reply(GONE.body, GONE.status)

    def _container(self, form: dict[str, str]) -> Reply:
        if len(form["text"]) > 500:
            return error(100, message="Param text must be at most 500 characters long.")
        if form["reply_to_id"] not in self.items:
            return Reply(GONE.body, GONE.status)
        own = f"c{len(self.containers)}"
        self.containers[own] = {**form, "published": ""}
        return Reply({"id": own})

    def _publish(self, own: str) -> Reply:
        box = self.containers.get(own)
        if box is None or box["published"]:
            return error(24, 4279009)
        box["published"] = self.say(box["text"], BRAND, box["reply_to_id"])
        return Reply({"id": box["published"]})

    def _listed(self, items: list[Item], query: dict[str, str]) -> Reply:
        """Newest first, with a cursor as long as there is anything, as Threads has it."""
        if refused := sorted(set(query.get("fields", "").split(",")) & self.refused_fields):
            return error(100, message=f"Tried accessing nonexisting field ({refused[0]})")
        newest = sorted(items, key=lambda item: int(item["at"]), reverse=True)
        ids, after = [item["id"] for item in newest], query.get("after", "")
        start = ids.index(after) + 1 if after in ids else 0
        part = newest[start : start + min(self.most, int(query.get("limit", "25")))]
        body: Item = {"data": [self._show(item, query.get("fields", "id").split(",")) for item in part]}
        if part:
            body["paging"] = {"cursors": {"before": "b", "after": part[-1]["id"]}}
        return Reply(body)

    def _show(self, item: Item, wanted: list[str]) -> Item:
        full = {
            "id": item["id"],
            "text": item["text"],
            "timestamp": graph_time(item["at"]),
            "permalink": f"https://www.threads.net/@{item['who']}/post/{item['id']}",
            "media_type": "TEXT_POST",
            "has_replies": any(each["to"] == item["id"] for each in self.items.values()),
            "is_reply": bool(item["to"]),
            "is_reply_owned_by_me": bool(item["to"]) and item["who"] == BRAND,
            "hide_status": item["hidden"],
            **({"username": item["who"]} if item["who"] else {}),
            **({"replied_to": {"id": item["to"]}, "root_post": {"id": item["root"]}} if item["to"] else {}),
            **item.get("raw", {}),
        }
        return {name: full[name] for name in dict.fromkeys(["id", *wanted]) if name in full}

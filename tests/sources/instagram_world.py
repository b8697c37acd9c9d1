"""A small Graph API in memory, for an Instagram account: synthetic, from the documentation.

Sources: developers.facebook.com/docs/instagram-platform (reference of IG User, IG Media, IG Comment, mentions,
mentioned_comment, private replies, refresh_access_token), docs/messenger-platform/instagram (messages, story mentions).
Messages and paging are those of the Page's Graph API.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from facebook_world import GONE, TOKEN, Item, World, error, fields_of, graph_time
from loopback import Asked, Reply

IG = "17841400000000000"
PAGE = "9000"
RENEWED = "t0ken-renewed"


class InstagramWorld(World):
    """An account with pictures, comments with replies, and people who write to it.

    Args:
        most: the most items of a page.
        posts: how many pictures it has.
    """

    me = IG

    def __init__(self, most: int = 25, posts: int = 2) -> None:
        self.below = 50
        """How many replies come along with a comment."""
        self.named: dict[str, Item] = {}
        self.answers: list[dict[str, str]] = []
        super().__init__(most, posts)

    def post(self, text: str, who: str = IG, listed: bool = True, at: int = 0) -> str:
        own = f"1780000{len(self.posts) + 1:04d}"
        self.posts[own] = {"id": own, "message": text, "at": at or self.tick(), "listed": listed}
        return own

    def person(self, who: str) -> Item:
        return {"id": who, "username": "brand" if who == IG else f"person{who}"}

    def comment(self, text: str, who: str = "7", post: str = "", to: str = "", at: int = 0, **more: Any) -> str:
        post = post or (self.comments[to]["post"] if to else next(iter(self.posts)))
        own = f"179{len(self.comments) * 7919 % 1000:03d}{len(self.comments):05d}"
        made = {"id": own, "message": text, "who": who, "post": post, "to": to, "at": at or self.tick()}
        self.comments[own] = {**made, "hidden": False, **more}
        return own

    def _route(self, asked: Asked) -> Reply:
        query = {name: values[0] for name, values in asked.query.items()}
        if asked.path == "/refresh_access_token":
            if query.get("access_token") != TOKEN or query.get("grant_type") != "ig_refresh_token":
                return error(190, 0, 400)
            return Reply({"access_token": RENEWED, "token_type": "bearer", "expires_in": 5183944})
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return error(190, 460, 401)
        form = dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
        _, *parts = asked.path.strip("/").split("/")
        if parts and (refusal := self.refused_edges.get(parts[-1])) is not None:
            return Reply(refusal.body, refusal.status)
        match [asked.method, *parts]:
            case ["GET", "me"] if "user_id" in query.get("fields", ""):
                return Reply({"id": "app-scoped", "user_id": IG, "username": "brand"})
            case ["GET", "me"]:
                return Reply({"id": PAGE, "instagram_business_account": {"id": IG, "username": "brand"}})
            case ["GET", own] if own == IG:
                return self._named(query)
            case ["GET", own, "media"] if own == IG:
                return self._listed(list(self.posts.values()), query, self._show_media, asked)
            case ["GET", "ig_hashtag_search"]:
                return Reply({"data": [{"id": "h-" + query["q"]}]})
            case ["GET", "h-tea", "recent_media"] if query["user_id"] == IG:
                return self._listed(self.tagged, query, lambda item, _: item, asked)
            case ["GET", own, "tags"] if own == IG:
                return self._listed(self.tagged, query, lambda item, _: item, asked)
            case ["POST", own, "mentions"] if own == IG:
                self.answers.append(form)
                return Reply({"id": f"1799{len(self.answers)}"})
            case ["GET", "9000", "conversations"] if query.get("platform") == "instagram":
                threads = [one for who, one in self.threads.items() if query.get("user_id", who) == who]
                return self._listed(threads, query, self._show_thread, asked)
            case ["POST", "9000", "messages"]:
                return self._message(form)
            case ["GET", own] if own in self.posts:
                return Reply(self._show_media(self.posts[own], fields_of(query.get("fields", "id"))))
            case ["GET", own, "comments"] if own in self.posts:
                tops = [one for one in self.comments.values() if one["post"] == own and not one["to"]]
                return self._listed(tops, query, self._show_comment, asked)
            case ["GET", own, "replies"] if own in self.comments:
                return self._listed(self._answers(own), query, self._show_comment, asked)
            case ["POST", own, "replies"] if own in self.comments and not self.comments[own]["to"]:
                if "fields" in form:
                    self.comment(form["message"], IG, to=own)
                    return error(100)
                if self.comments[own]["hidden"]:
                    return error(100, 2207050)
                return Reply({"id": self.comment(form["message"], IG, to=own)})
            case ["GET", own] if own in self.comments:
                return self._node(self._show_comment, self.comments[own], query)
            case ["POST", own] if own in self.comments:
                self.comments[own]["hidden"] = form["hide"] == "true"
                return Reply({"success": True})
            case ["DELETE", own] if own in self.comments:
                for one in [own, *(each["id"] for each in self._answers(own))]:
                    self.comments.pop(one)
                return Reply({"success": True})
        return Reply(GONE.body, GONE.status)

    def _named(self, query: dict[str, str]) -> Reply:
        fields = query.get("fields", "")
        if found := re.match(r"(mentioned_comment|mentioned_media)\.\w+\((\w+)\)", fields):
            item = self.named.get(found[2])
            return Reply({found[1]: item, "id": IG}) if item else Reply(GONE.body, GONE.status)
        return Reply({"id": IG, "username": "brand"})

    def _answers(self, own: str) -> list[Item]:
        return [one for one in self.comments.values() if one["to"] == own]

    def _show_media(self, post: Item, wanted: dict[str, tuple[str, str]]) -> Item:
        below = [one for one in self.comments.values() if one["post"] == post["id"]]
        full = {
            "id": post["id"],
            "caption": post["message"],
            "timestamp": graph_time(post["at"]),
            "permalink": f"https://www.instagram.com/p/{post['id']}/",
            "comments_count": len(below),
        }
        shown = {name: full[name] for name in ("id", *wanted) if name in full}
        tops = sorted((one for one in below if not one["to"]), key=self._at, reverse=True)
        if "comments" in wanted and tops:
            shown["comments"] = {"data": [{"id": tops[0]["id"]}]}
        return shown

    def _show_comment(self, one: Item, wanted: dict[str, tuple[str, str]]) -> Item:
        person = self.person(one["who"])
        full = {
            "id": one["id"],
            "text": one["message"],
            "timestamp": graph_time(one["at"]),
            "hidden": one["hidden"],
            "media": {"id": one["post"]},
            **({"username": person["username"], "from": person} if one["who"] else {}),
            **({"user": {"id": IG}} if one["who"] == IG else {}),
            **({"parent_id": one["to"]} if one["to"] else {}),
            **one.get("raw", {}),
        }
        shown = {name: full[name] for name in ("id", *wanted) if name in full}
        if "replies" in wanted and (below := self._answers(one["id"])):
            inner = fields_of(wanted["replies"][1])
            part = below[: self.below]
            shown["replies"] = {"data": [self._show_comment(each, inner) for each in part]}
            if len(below) > len(part):
                after = part[-1]["id"]
                address = f"https://graph.facebook.com/v26.0/{one['id']}/replies?access_token={TOKEN}&after={after}"
                shown["replies"]["paging"] = {"cursors": {"after": after}, "next": address}
        return shown

    def _listed(self, items: list[Item], query: dict[str, str], show: Any, asked: Asked) -> Reply:
        if asked.path.endswith("/replies"):
            # Oldest first, as they stand below the comment.
            ids, after = [item["id"] for item in items], query.get("after", "")
            start = ids.index(after) + 1 if after in ids else 0
            part = items[start : start + self.most]
            wanted = fields_of(query.get("fields", "id"))
            body: Item = {"data": [show(item, wanted) for item in part]}
            if start + self.most < len(items):
                body["paging"] = {"cursors": {"after": ids[start + self.most - 1]}, "next": f"https://x.test?after={1}"}
                body["paging"]["next"] = f"https://x.test/?access_token={TOKEN}&after={ids[start + self.most - 1]}"
            return Reply(body)
        return super()._listed(items, query, show, asked)

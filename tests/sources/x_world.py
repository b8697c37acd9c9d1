"""A small X in memory: posts, mentions, search, moderation, messages, prices.

Synthetic, from the documentation (docs.x.com/x-api: posts, users, direct messages, errors) and X's description of its
API: lists are newest first with `since_id` and tokens, a part that went wrong stands as `errors` in a 200, an edit is a
new post, and who was not named may not be answered.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from loopback import Asked, Reply

ME, HANDLE = "9000", "brand"
START = 1_700_000_000_000
SECRET = "t0ken-s3cret"
ROOT = "1000"
PROBLEMS = "https://api.x.com/2/problems/"
NAMES = {"ana": "71", "ben": "72", "brand": ME}


class World:
    """Posts by id, the oldest first.

    Args:
        most: items of one page.
    """

    def __init__(self, most: int = 100) -> None:
        self.most = most
        self.clock = datetime.fromtimestamp(START / 1000, UTC)
        self.today = self.clock + timedelta(days=1)
        self.posts: dict[str, dict[str, Any]] = {}
        self.messages: list[dict[str, Any]] = []
        self.media: dict[str, dict[str, Any]] = {}
        self.hidden: set[str] = set()
        self.protected: set[str] = set()
        self.fault: Reply | None = None
        self.faults: dict[str, list[Reply]] = {}
        """By method and path: answered in place of doing it, once each."""
        self.lost: set[str] = set()
        """Methods and paths whose next answer is cut after it was carried out."""
        self.asked: list[Asked] = []
        self.token = SECRET
        self.newest_words = False
        """Whether it knows `post.fields` alone."""
        self.paid: set[str] = set()
        self.cost = 0
        self._next = 2000

    def say(self, who: str, text: Any, parent: str = "", **more: Any) -> str:
        """Somebody writes; below `ROOT`, a post of ours, or below another post, or on their own."""
        self.clock += timedelta(minutes=1)
        self._next += 1
        own = str(self._next)
        above = self.posts.get(parent)
        thread = above["conversation_id"] if above else parent or own
        to = above["author_id"] if above else ME
        named = re.findall(r"@(\w+)", text) if isinstance(text, str) else []
        self.posts[own] = {
            "id": own,
            "text": text,
            "author_id": NAMES.get(who, who),
            "created_at": self.clock.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "conversation_id": thread,
            "lang": "en",
            "edit_history_tweet_ids": [own],
            "entities": {"mentions": [{"username": name, "id": NAMES.get(name, "5")} for name in named]},
            **(
                {"referenced_tweets": [{"type": "replied_to", "id": parent}], "in_reply_to_user_id": to}
                if parent
                else {}
            ),
            **more,
        }
        return own

    def edit(self, own: str, text: str) -> str:
        """An edit is a new post."""
        before = self.posts[own]
        new = self.say("ana", text)
        history = [*before["edit_history_tweet_ids"], new]
        kept = {key: before[key] for key in ("author_id", "conversation_id", "referenced_tweets") if key in before}
        self.posts[new] |= {**kept, "edit_history_tweet_ids": history}
        for each in history:
            self.posts[each]["edit_history_tweet_ids"] = history
        return new

    def write(self, who: str, text: str, where: str = "71-9000") -> str:
        """Somebody writes a direct message."""
        self.clock += timedelta(minutes=1)
        self._next += 1
        self.messages.append(
            {
                "id": str(self._next),
                "event_type": "MessageCreate",
                "text": text,
                "sender_id": NAMES.get(who, who),
                "dm_conversation_id": where,
                "created_at": self.clock.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            }
        )
        return str(self._next)

    def calls(self, what: str = "") -> list[str]:
        """What was asked for, as method and path."""
        return [name for each in self.asked if what in (name := name_of(each))]

    def handle(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        reply = self._answer(asked)
        headers = {"date": format_datetime(self.today, usegmt=True), **reply.headers}
        return Reply(reply.body, reply.status, headers, reply.cut, reply.delay)

    def _answer(self, asked: Asked) -> Reply:
        name = name_of(asked)
        if self.fault is not None:
            return self.fault
        if self.faults.get(name):
            return self.faults[name].pop(0)
        if name == "POST oauth2/token":
            return Reply({"access_token": "fresh", "expires_in": 7200, "refresh_token": "r2"})
        head = asked.headers.get("authorization", "")
        if head != f"Bearer {self.token}" and not head.startswith("OAuth "):
            return problem(401, "Unauthorized", "Unauthorized")
        done = self._do(name, asked)
        if name in self.lost:
            self.lost.discard(name)
            return Reply(cut=True)
        return done

    def _do(self, name: str, asked: Asked) -> Reply:
        if self.newest_words and "tweet.fields" in asked.query:
            each = {"parameters": {"tweet.fields": ["x"]}, "message": "The query parameter [tweet.fields] is not known"}
            body = {"errors": [each], "title": "Invalid Request", "type": f"{PROBLEMS}invalid-request"}
            return Reply(body, 400)
        shown = list(self.posts.values())
        match name.split("/"):
            case ["GET users", "me"]:
                self._pay(["me"], 10)
                return Reply({"data": {"id": ME, "name": "Brand", "username": HANDLE}})
            case ["GET users", _, "mentions"]:
                named = [each for each in shown if each.get("author_id") != ME and self._names_us(each)]
                return self._paged(named, asked)
            case ["GET users", _, "tweets"]:
                return self._paged([each for each in shown if each.get("author_id") == ME], asked)
            case ["GET tweets", "search", "recent"]:
                return self._paged(self._found(asked.one("query")), asked)
            case ["GET tweets"]:
                return self._by_ids(asked.one("ids").split(","))
            case ["POST tweets"]:
                return self._reply(asked.json)
            case ["PUT tweets", own, "hidden"]:
                if own not in self.posts:
                    return Reply({"errors": [gone(own)]})
                (self.hidden.add if asked.json["hidden"] else self.hidden.discard)(own)
                return Reply({"data": {"hidden": asked.json["hidden"]}})
            case ["DELETE tweets", own]:
                return Reply({"data": {"deleted": bool(self.posts.pop(own, None))}})
            case ["GET dm_events"]:
                return self._paged(self.messages, asked)
            case ["GET dm_conversations", where, "dm_events"]:
                return self._paged([each for each in self.messages if each["dm_conversation_id"] == where], asked)
            case ["POST dm_conversations", where, "messages"]:
                own = self.write(HANDLE, asked.json["text"], where)
                return Reply({"data": {"dm_conversation_id": where, "dm_event_id": own}}, 201)
        return problem(404, "Not Found Error", "no such page", "resource-not-found")

    def _names_us(self, post: dict[str, Any]) -> bool:
        """Whether the network lists it among mentions; what answers us does so without a name in its text too."""
        mentions = post["entities"].get("mentions") or ()
        return any(each["id"] == ME for each in mentions) or not isinstance(post["text"], str)

    def _found(self, query: str) -> list[dict[str, Any]]:
        threads, writers = re.findall(r"conversation_id:(\d+)", query), re.findall(r"from:(\d+)", query)
        words = re.findall(r'"([^"]*)"', query)
        return [
            each
            for each in self.posts.values()
            if (not threads or each["conversation_id"] in threads)
            and (not writers or each.get("author_id") in writers)
            and (not words or not isinstance(each["text"], str) or any(word in each["text"] for word in words))
        ]

    def _paged(self, found: list[dict[str, Any]], asked: Asked) -> Reply:
        since, began = asked.one("since_id"), asked.one("start_time").replace("Z", ".000Z")
        found = [each for each in found if int(each["id"]) > int(since or 0) and each["created_at"] >= began]
        found = sorted(found, key=lambda each: int(each["id"]), reverse=True)
        token = asked.one("pagination_token") or asked.one("next_token")
        if token:
            found = [each for each in found if int(each["id"]) < int(token[1:])]
        size = min(self.most, int(asked.one("max_results") or 10))
        some = found[:size]
        price = 10 if "dm_" in asked.path else 1 if "mentions" in asked.path else 5
        more = {"next_token": f"t{some[-1]['id']}"} if len(found) > size else {}
        return self._given(some, price, {"meta": {"result_count": len(some), **more}})

    def _by_ids(self, owns: list[str]) -> Reply:
        there = [self.posts[own] for own in owns if own in self.posts and own not in self.protected]
        errors = [kept(own) if own in self.protected else gone(own) for own in owns if self.posts.get(own) not in there]
        return self._given(there, 5, {"errors": errors} if errors else {})

    def _given(self, some: list[dict[str, Any]], price: int, more: dict[str, Any]) -> Reply:
        writers = sorted({str(each.get("author_id") or each.get("sender_id")) for each in some})
        names = {own: name for name, own in NAMES.items()}
        users = [{"id": own, "username": names.get(own, own), "name": names.get(own, own).title()} for own in writers]
        keys = [key for each in some for key in (each.get("attachments") or {}).get("media_keys", ())]
        media = [{"media_key": key, **self.media[key]} for key in keys if key in self.media]
        self._pay([each["id"] for each in some], price)
        self._pay([f"u{own}" for own in writers], 10)
        along = {"users": users, **({"media": media} if media else {})}
        return Reply({**({"data": some, "includes": along} if some else {}), **more})

    def _pay(self, owns: list[str], price: int) -> None:
        fresh = set(owns) - self.paid
        self.paid |= fresh
        self.cost += price * len(fresh)

    def _reply(self, said: dict[str, Any]) -> Reply:
        above = self.posts.get(said["reply"]["in_reply_to_tweet_id"])
        if any(each.get("author_id") == ME and bare(each["text"]) == said["text"] for each in self.posts.values()):
            return problem(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")
        if above is None or not self._names_us(above):
            return problem(403, "Forbidden", "You are not permitted to perform this action.")
        who = {own: name for name, own in NAMES.items()}.get(above["author_id"], "x")
        self.cost += 200 if "http" in said["text"] else 10
        own = self.say(HANDLE, f"@{who} {said['text']}", above["id"])
        return Reply({"data": {"id": own, "text": said["text"], "edit_history_tweet_ids": [own]}}, 201)


def bare(text: Any) -> str:
    return re.sub(r"\A@\w+ ", "", str(text))


def name_of(asked: Asked) -> str:
    return f"{asked.method} {asked.path.removeprefix('/2/')}"


def problem(status: int, title: str, detail: str, kind: str = "") -> Reply:
    type_ = f"{PROBLEMS}{kind}" if kind else "about:blank"
    return Reply({"title": title, "detail": detail, "type": type_, "status": status}, status)


def gone(own: str) -> dict[str, Any]:
    return {
        "value": own,
        "resource_id": own,
        "resource_type": "tweet",
        "title": "Not Found Error",
        "detail": f"Could not find tweet with ids: [{own}].",
        "type": f"{PROBLEMS}resource-not-found",
    }


def kept(own: str) -> dict[str, Any]:
    words = {"title": "Authorization Error", "type": f"{PROBLEMS}not-authorized-for-resource"}
    return {**gone(own), **words, "detail": "Sorry, you are not authorized to see the Tweet."}

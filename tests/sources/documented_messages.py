"""Private messages as their publishers document them, written without a look at the adapters: Meta's, TikTok's, X's.

Synthetic, from the documentation: docs/messenger-platform/conversations and reference/send-api,
docs/instagram-platform/instagram-api-with-instagram-login (conversations, messaging), docs/graph-api/reference/message;
business-api.tiktok.com/portal/docs (Business Messaging: conversation/list, content/list, send); docs.x.com/x-api
(dm_events, dm_conversations) and X's description of its API. Each refuses what its publisher does not document.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from loopback import Asked, Reply
from masto_world import START

TOKEN = "t0ken-s3cret"
Item = dict[str, Any]
DAY = 86_400_000


@dataclass
class Talk:
    """One person's conversation with the brand: messages as the network keeps them, oldest first."""

    own: str
    person: str
    messages: list[Item] = field(default_factory=list)


@dataclass
class Inbox:
    """A brand's private messages.

    Attributes:
        lost: the answer to the next message that is sent is lost, after it was taken.
        refused: fields that the network refuses to give.
        hidden: conversations are not listed, though they are there.
        unreadable: what stands in place of the newest message of ours.
    """

    me: str
    clock: int = START
    talks: dict[str, Talk] = field(default_factory=dict)
    lost: bool = False
    refused: set[str] = field(default_factory=set)
    hidden: bool = False
    sent: list[Item] = field(default_factory=list)

    def write(self, person: str, text: str, ours: bool = False, **more: Any) -> str:
        """Somebody writes, or the brand to them from another program; returns the message's id."""
        self.clock += 60_000
        talk = self.talks.setdefault(person, Talk(f"c-{person}", person))
        own = f"m-{person}-{len(talk.messages)}"
        talk.messages.append({"id": own, "text": text, "ours": ours, "at": self.clock, **more})
        return own

    def take(self, person: str, text: str) -> str:
        """The brand writes through the API."""
        own = self.write(person, text, ours=True)
        self.sent.append({"to": person, "text": text})
        return own

    def handle(self, asked: Asked) -> Reply:
        reply = self.route(asked)
        reply.headers["date"] = format_datetime(datetime.fromtimestamp(self.clock / 1000, UTC), usegmt=True)
        if asked.method != "GET" and self.lost:
            self.lost = False
            return Reply(cut=True)
        return reply

    def route(self, asked: Asked) -> Reply:
        raise NotImplementedError


def refused(code: int, sub: int = 0) -> Reply:
    """An error as Meta words it."""
    said = {"message": "said in some language", "type": "OAuthException", "code": code, "fbtrace_id": "A"}
    return Reply({"error": {**said, **({"error_subcode": sub} if sub else {})}}, 400)


def iso(when: int, zone: str = "+0000") -> str:
    return datetime.fromtimestamp(when / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S") + zone


def parts_of(text: str) -> dict[str, str]:
    """`a,b.limit(3){c}` as its names and what stands in braces behind them."""
    found: dict[str, str] = {}
    depth, start = 0, 0
    for at, char in enumerate(text + ","):
        depth += (char in "({") - (char in ")}")
        if char == "," and not depth:
            word = text[start:at]
            name = word.partition("{")[0].partition(".")[0]
            found[name] = word.partition("{")[2].rpartition("}")[0]
            start = at + 1
    return found


class MetaInbox(Inbox):
    """Messenger or Instagram: `GET /NODE/conversations`, `POST /NODE/messages`.

    Attributes:
        node: whose they are: the Page, or the Instagram account with a login of its own.
        platform: `messenger` or `instagram`.
        page_id: of the Page, whose name for itself in Instagram's messages is another than the account's.
        unix: times of conversations are seconds, as the documentation shows them, as `text` or as a number.
    """

    node = ""
    platform = "messenger"
    unix: type | None = None
    story_fields = frozenset({"story"})
    known = frozenset({"id", "created_time", "from", "to", "message", "attachments", "shares", "sticker", "story"})

    def route(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return self.error(190)
        place = asked.path.strip("/").split("/")[1:]
        match [asked.method, *place]:
            case ["GET", "me"]:
                return Reply(self.about())
            case ["GET", node, "conversations"] if node in (self.node, "me"):
                return self._listed(asked)
            case ["POST", node, "messages"] if node in (self.node, "me"):
                return self._sent(dict(parse_qsl(asked.body.decode())))
            case ["GET", *_]:
                return Reply({"data": []})
        return self.error(100, 33)

    def about(self) -> Item:
        if self.platform == "messenger":
            return {"id": self.node, "name": "Brand", "category": "Shop"}
        return {"id": "app-scoped", "user_id": self.me, "username": "brand"}

    @staticmethod
    def error(code: int, sub: int = 0) -> Reply:
        said: Item = {"message": "a text in some language", "type": "OAuthException", "code": code, "fbtrace_id": "A"}
        return Reply({"error": {**said, **({"error_subcode": sub} if sub else {})}}, 400)

    def _listed(self, asked: Asked) -> Reply:
        if asked.one("platform") != self.platform:
            return Reply({"data": []})
        fields = parts_of(asked.one("fields") or "id,updated_time")
        inner = parts_of(fields.get("messages", ""))
        if set(inner) - self.known or self.refused & set(inner):
            return self.error(100)
        if self.platform == "messenger" and self.story_fields & set(inner):
            return self.error(100)
        talks = sorted(self.talks.values(), key=lambda talk: -talk.messages[-1]["at"])
        talks = [talk for talk in talks if asked.one("user_id") in ("", talk.person) and not self.hidden]
        start = int(asked.one("after") or 0)
        limit = int(asked.one("limit") or 25)
        shown = [self._talk(talk, fields, inner) for talk in talks[start : start + limit]]
        body: Item = {"data": shown, "paging": {"cursors": {"before": "x", "after": str(start + limit)}}}
        if len(talks) > start + limit:
            body["paging"]["next"] = f"https://graph.test/x?access_token={TOKEN}&after={start + limit}"
        return Reply(body)

    def _talk(self, talk: Talk, fields: dict[str, str], inner: dict[str, str]) -> Item:
        last = talk.messages[-1]["at"]
        when: object = iso(last) if self.unix is None else self.unix(last // 1000)
        shown: Item = {"id": talk.own, "updated_time": when}
        shown["participants"] = {"data": [self._person(talk.person), self._person(self.me)]}
        newest = talk.messages[::-1][:20]
        shown["messages"] = {"data": [self._message(talk, each, inner) for each in newest]}
        return {name: shown[name] for name in shown if name == "id" or name in fields}

    def _person(self, own: str) -> Item:
        if self.platform == "messenger":
            name = "Brand" if own == self.me else f"Person {own}"
            return {"name": name, "email": f"{own}@facebook.com", "id": own}
        return {"username": "brand" if own == self.me else f"person_{own}", "id": own}

    def _message(self, talk: Talk, each: Item, inner: dict[str, str]) -> Item:
        ends = (self.me, talk.person) if each["ours"] else (talk.person, self.me)
        shown: Item = {"id": each["id"], "created_time": iso(each["at"]), "message": each["text"]}
        shown["from"], shown["to"] = self._person(ends[0]), {"data": [self._person(ends[1])]}
        shown.update({name: value for name, value in each.items() if name in self.known})
        shown.update(each.get("raw", {}))
        return {name: value for name, value in shown.items() if name == "id" or name in inner}

    def _sent(self, form: dict[str, str]) -> Reply:
        recipient, message = json.loads(form["recipient"]), json.loads(form["message"])
        assert set(form) <= {"recipient", "message", "messaging_type", "tag"}, form
        talk = self.talks.get(str(recipient.get("id")))
        if talk is None:
            return self.error(100)
        theirs = [each["at"] for each in talk.messages if not each["ours"]]
        since = self.clock - max(theirs)
        if since > 7 * DAY or (since > DAY and form.get("tag") != "HUMAN_AGENT"):
            return self.error(10, 2018278 if self.platform == "messenger" else 2534022)
        return Reply({"recipient_id": talk.person, "message_id": self.take(talk.person, message["text"])})


class TikTokInbox(Inbox):
    """TikTok's Business Messaging: everything is answered with 200 and a code.

    Attributes:
        page: how many conversations a page has.
    """

    page = 100

    def route(self, asked: Asked) -> Reply:
        if asked.headers.get("access-token") != TOKEN:
            return self.said(40105)
        match asked.path.removeprefix("/open_api/v1.3/business/").strip("/"):
            case "message/conversation/list":
                return self._listed(asked)
            case "message/content/list":
                return self._content(asked)
            case "message/send":
                return self._send(json.loads(asked.body))
            case "video/list":
                return self.said(0, {"videos": [], "has_more": False, "cursor": 0})
            case "get":
                return self.said(0, {"username": "brand", "display_name": "Brand"})
        return self.said(40001)

    @staticmethod
    def said(code: int, data: Item | None = None) -> Reply:
        return Reply({"code": code, "message": "OK" if not code else "no", "request_id": "r", "data": data or {}})

    def _listed(self, asked: Asked) -> Reply:
        if asked.one("business_id") != self.me or asked.one("conversation_type") not in ("STRANGER", "SINGLE"):
            return self.said(40002)
        wanted = asked.one("conversation_type") == "SINGLE"
        talks = [talk for talk in self.talks.values() if any(each["ours"] for each in talk.messages) is wanted]
        talks = [] if self.hidden else sorted(talks, key=lambda talk: -talk.messages[-1]["at"])
        start, limit = int(asked.one("cursor") or 0), min(int(asked.one("limit") or 20), self.page)
        shown = [{"conversation_id": talk.own, "update_time": talk.messages[-1]["at"]} for talk in talks]
        more = len(shown) > start + limit
        data = {"conversations": shown[start : start + limit], "cursor": start + limit, "has_more": more}
        return self.said(0, data)

    def _content(self, asked: Asked) -> Reply:
        talk = next((each for each in self.talks.values() if each.own == asked.one("conversation_id")), None)
        if talk is None:
            return self.said(40002)
        shown = [] if self.hidden else [self._message(talk, each) for each in talk.messages[-20:]]
        people = [
            {"id": talk.person, "role": "PERSONAL_ACCOUNT", "display_name": f"Person {talk.person}"},
            {"id": self.me, "role": "BUSINESS_ACCOUNT", "display_name": "Brand"},
        ]
        return self.said(0, {"messages": shown, "participants": people})

    def _message(self, talk: Talk, each: Item) -> Item:
        writer = (self.me, "BUSINESS_ACCOUNT") if each["ours"] else (talk.person, "PERSONAL_ACCOUNT")
        shown: Item = {"message_id": each["id"], "timestamp": each["at"], "message_type": "TEXT"}
        shown |= {"text": {"body": each["text"]}, "from_user": {"id": writer[0], "role": writer[1]}}
        return shown | each.get("raw", {})

    def _send(self, body: Item) -> Reply:
        assert set(body) == {"business_id", "recipient_type", "recipient", "message_type", "text"}, body
        talk = next((each for each in self.talks.values() if each.own == body["recipient"]), None)
        if talk is None or body["recipient_type"] != "CONVERSATION" or body["message_type"] != "TEXT":
            return self.said(40002)
        return self.said(0, {"message": {"message_id": self.take(talk.person, body["text"]["body"])}})


class XInbox(Inbox):
    """X's direct messages; parameters are those of X's description and no others."""

    asks = frozenset(
        {"max_results", "pagination_token", "event_types", "dm_event.fields", "expansions", "user.fields"}
        | {"media.fields", "tweet.fields", "post.fields"}
    )

    def route(self, asked: Asked) -> Reply:
        place = asked.path.removeprefix("/2/").split("/")
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply({"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}, 401)
        if asked.method == "GET" and "dm_events" in place and set(asked.query) - self.asks:
            return Reply({"errors": [{"message": "unknown parameter"}], "title": "Invalid Request"}, 400)
        match [asked.method, *place]:
            case ["GET", "users", "me"]:
                return Reply({"data": {"id": self.me, "username": "brand", "name": "Brand"}})
            case ["GET", "dm_events"]:
                return self._page([(t, m) for t in self.talks.values() for m in t.messages], asked)
            case ["GET", "dm_conversations", where, "dm_events"]:
                return self._page([(t, m) for t in self.talks.values() if t.own == where for m in t.messages], asked)
            case ["POST", "dm_conversations", where, "messages"]:
                talk = next(each for each in self.talks.values() if each.own == where)
                own = self.take(talk.person, json.loads(asked.body)["text"])
                return Reply({"data": {"dm_conversation_id": where, "dm_event_id": own}}, 201)
        return Reply({"meta": {"result_count": 0}})

    def write(self, person: str, text: str, ours: bool = False, **more: Any) -> str:
        self.clock += 60_000
        talk = self.talks.setdefault(person, Talk(f"{self.me}-{person}", person))
        own = str(1_800_000_000_000_000_000 + self.clock)
        talk.messages.append({"id": own, "text": text, "ours": ours, "at": self.clock, **more})
        return own

    def _page(self, every: list[tuple[Talk, Item]], asked: Asked) -> Reply:
        every = [] if self.hidden else sorted(every, key=lambda pair: -pair[1]["at"])
        start, limit = int(asked.one("pagination_token") or 0), int(asked.one("max_results") or 100)
        shown = [self._event(talk, each) for talk, each in every[start : start + limit]]
        body: Item = {"meta": {"result_count": len(shown)}}
        if shown:
            body["data"] = shown
            people = {each["sender_id"] for each in shown}
            body["includes"] = {"users": [{"id": own, "username": f"p{own}", "name": f"P {own}"} for own in people]}
        if len(every) > start + limit:
            body["meta"]["next_token"] = str(start + limit)
        return Reply(body)

    def _event(self, talk: Talk, each: Item) -> Item:
        shown: Item = {"id": each["id"], "event_type": "MessageCreate", "text": each["text"]}
        shown |= {"sender_id": self.me if each["ours"] else talk.person, "dm_conversation_id": talk.own}
        shown["created_at"] = iso(each["at"], ".000Z")
        return shown | each.get("raw", {})

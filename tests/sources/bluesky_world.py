"""A small Bluesky in memory: a data server, the network's view of it, and its direct messages.

Synthetic, from the documentation (the lexicons of github.com/bluesky-social/atproto), and from what a server was seen
to do: 400 for a dead session and a missing record, a page shorter than its limit with a cursor behind it, a view that
shows nothing hidden or deleted.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from loopback import Asked, Loopback, Reply

from cminbox.model import MINUTE, to_iso

ME = "did:plc:brand"
START = 1_700_000_000_000
PASSWORD = "abcd-efgh-ijkl-mnop"
POST = "app.bsky.feed.post"


def at(when: int) -> str:
    return to_iso(when).replace("+00:00", "Z")


def jwt(scope: str, number: int, lasts: int = 7200) -> str:
    claims = {"scope": scope, "iat": START // 1000, "exp": START // 1000 + lasts, "n": number}
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.c2ln"


class World:
    """Records of everybody, by address.

    Args:
        most: items of one page.
        scope: of the sessions that are made.
    """

    def __init__(self, most: int = 100, scope: str = "com.atproto.appPassPrivileged") -> None:
        self.most, self.scope = most, scope
        self.clock = START
        self.records: dict[str, dict[str, Any]] = {}
        self.notifications: list[dict[str, Any]] = []
        self.tokens: set[str] = {"t0ken-s3cret"}
        self.refreshes: set[str] = set()
        self.logins = 0
        self.blocked_by: set[str] = set()
        self.labels: dict[str, list[dict[str, Any]]] = {}
        """What labelers say of posts and accounts, by their addresses."""
        self.usual_labelers = "did:plc:labeler;redact, did:plc:another"
        self.preferences: Any = []
        self.muted: set[str] = set()
        self.reports: list[Any] = []
        self.replies_off: set[str] = set()
        self.convos: dict[str, dict[str, Any]] = {}
        self.chat_denied = False
        self.closed: set[str] = set()
        self.embeds: dict[str, Any] = {}
        self.fault: Reply | None = None
        self.faults: dict[str, Reply] = {}
        """By method: answered once, in place of doing it."""
        self.lost: set[str] = set()
        """Methods whose next answer is cut after it was carried out."""
        self.calls: list[str] = []
        self.asked: list[Asked] = []
        self.server: Loopback

    def _labels(self, of: str) -> list[dict[str, Any]]:
        """Those of the labelers that are asked for; the server's own where none are. What people say themselves is
        always there."""
        asked = self.asked[-1].headers.get("atproto-accept-labelers", "") if self.asked else ""
        wanted = {each.strip().partition(";")[0] for each in (asked or self.usual_labelers).split(",")}
        return [each for each in self.labels.get(of, []) if (by := each.get("src", "")) in wanted or by in of]

    def _getPreferences(self, asked: Asked) -> Any:
        return {"preferences": self.preferences}

    def author(self, did: str) -> dict[str, Any]:
        name = did.rpartition(":")[2]
        blocking = self._of(ME, "app.bsky.graph.block", lambda value: value["subject"] == did)
        viewer = {"muted": did in self.muted, "blockedBy": did in self.blocked_by}
        return {
            "did": did,
            "handle": f"{name}.test",
            "displayName": name.title(),
            "labels": self._labels(did),
            "viewer": {**viewer, **({"blocking": blocking} if blocking else {})},
        }

    def post(self, who: str, text: Any, to: str | None = None, notify: str | bool = True, **more: Any) -> str:
        """Somebody posts; we are notified where it is not us."""
        did = who if who.startswith("did:") else f"did:plc:{who}"
        self.clock += MINUTE
        uri = f"at://{did}/{POST}/3k{len(self.records):011d}".replace("0", "a").replace("1", "b")
        value: dict[str, Any] = {"$type": POST, "text": text, "createdAt": at(self.clock), **more}
        if to is not None:
            above = self.records[to]
            root = above["value"].get("reply", {}).get("root") or {"uri": to, "cid": above["cid"]}
            value["reply"] = {"root": root, "parent": {"uri": to, "cid": above["cid"]}}
        self.write(uri, value)
        if did != ME and notify:
            reason = notify if isinstance(notify, str) else "mention" if to is None else "reply"
            self.notifications.append({"uri": uri, "reason": reason, "at": at(self.clock)})
        return uri

    def write(self, uri: str, value: dict[str, Any]) -> str:
        cid = f"bafy{abs(hash(json.dumps(value, sort_keys=True, default=str))) % 10**12}"
        self.records[uri] = {"uri": uri, "cid": cid, "value": value, "at": at(self.clock)}
        return cid

    def view(self, uri: str) -> dict[str, Any]:
        record = self.records[uri]
        answers = sum(self._parent(each) == uri for each in self.records)
        like, repost = (
            self._of(ME, f"app.bsky.feed.{kind}", lambda value: value["subject"]["uri"] == uri)
            for kind in ("like", "repost")
        )
        profile = self.records.get(f"at://{ME}/app.bsky.actor.profile/self", {"value": {}})["value"]
        pinned = profile.get("pinnedPost", {}).get("uri") == uri
        viewer = {"pinned": pinned, "like": like, "repost": repost, "replyDisabled": uri in self.replies_off or None}
        found = {
            "uri": uri,
            "cid": record["cid"],
            "author": self.author(uri.split("/")[2]),
            "record": record["value"],
            "indexedAt": record["at"],
            "replyCount": answers,
            "viewer": {name: value for name, value in viewer.items() if value},
        }
        found["labels"] = self._labels(uri)
        if uri in self.embeds:
            found["embed"] = self.embeds[uri]
        gate = self.records.get(uri.replace(POST, "app.bsky.feed.threadgate"))
        if gate is not None and uri.split("/")[3] == POST:
            found["threadgate"] = {"uri": gate["uri"], "cid": gate["cid"], "record": gate["value"]}
        return found

    def say(self, who: str, text: str, convo: str = "c1", peer: str = "did:plc:alice") -> str:
        """Somebody writes a direct message."""
        self.clock += MINUTE
        entry = self.convos.setdefault(convo, {"id": convo, "members": [ME, peer], "messages": [], "rev": "0"})
        own = f"m{len(entry['messages'])}"
        view = {
            "$type": "chat.bsky.convo.defs#messageView",
            "id": own,
            "rev": str(self.clock),
            "text": text,
            "sender": {"did": who},
            "sentAt": at(self.clock),
        }
        entry["messages"].append(view)
        entry["rev"] = str(self.clock)
        return f"{convo}/{own}"

    def _of(self, did: str, collection: str, fits: Any) -> str:
        start = f"at://{did}/{collection}/"
        return next((uri for uri, each in self.records.items() if uri.startswith(start) and fits(each["value"])), "")

    def _parent(self, uri: str) -> str:
        value = self.records[uri]["value"]
        return str(value["reply"]["parent"]["uri"]) if isinstance(value.get("reply"), dict) else ""

    def _hidden(self) -> set[str]:
        gates = [each["value"] for uri, each in self.records.items() if "/app.bsky.feed.threadgate/" in uri]
        return {uri for gate in gates for uri in gate.get("hiddenReplies", [])}

    def _visible(self, uri: str) -> bool:
        return uri in self.records and uri.split("/")[2] not in self.blocked_by

    def handle(self, asked: Asked) -> Reply:
        """Answers, a day after everything began."""
        reply = self._answer(asked)
        day = format_datetime(datetime.fromtimestamp(START / 1000 + 86_400, UTC), usegmt=True)
        return replace(reply, headers={"date": day, **reply.headers})

    def _answer(self, asked: Asked) -> Reply:
        method = asked.path.removeprefix("/xrpc/")
        self.calls.append(method)
        self.asked.append(asked)
        if self.fault is not None:
            return self.fault
        if method in self.faults:
            return self.faults.pop(method)
        if method.startswith("com.atproto.server.") and method != "com.atproto.server.getSession":
            return self._session(method, asked)
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if not token:
            return error("AuthMissing", "Authentication Required", 401)
        if token not in self.tokens:
            return error("ExpiredToken", "Token has expired")
        answer = getattr(self, "_" + method.rpartition(".")[2])(asked)
        if method in self.lost:
            self.lost.discard(method)
            return Reply(cut=True)
        return answer if isinstance(answer, Reply) else Reply(answer)

    def _session(self, method: str, asked: Asked) -> Reply:
        if method.endswith("refreshSession"):
            if asked.body:
                return error("InvalidRequest", "A request body was provided when none was expected")
            old = asked.headers.get("authorization", "").removeprefix("Bearer ")
            if old not in self.refreshes:
                return error("ExpiredToken", "Token has been revoked")
            self.refreshes.discard(old)
        else:
            self.logins += 1
            if self.logins > 30:
                return Reply({"error": "RateLimitExceeded", "message": "x"}, 429, {"retry-after": "255"})
            said = asked.json
            if said["identifier"] not in ("brand.test", ME) or said["password"] != PASSWORD:
                return error("AuthenticationRequired", "Invalid identifier or password", 401)
        number = len(self.calls)
        access, refresh = jwt(self.scope, number), jwt("com.atproto.refresh", number, 10**6)
        self.tokens.add(access)
        self.refreshes.add(refresh)
        return Reply({"did": ME, "handle": "brand.test", "accessJwt": access, "refreshJwt": refresh, "active": True})

    def _getSession(self, asked: Asked) -> Any:
        return {"did": ME, "handle": "brand.test", "active": True}

    def _page(self, items: list[Any], asked: Asked, name: str) -> Any:
        start = int(asked.one("cursor") or 0)
        size = min(self.most, int(asked.one("limit") or 50))
        page = items[start : start + size]
        more = {"cursor": str(start + size)} if start + size < len(items) else {}
        return {name: page, **more}

    def _listNotifications(self, asked: Asked) -> Any:
        wanted = asked.query.get("reasons", [])
        listed = []
        for each in reversed(self.notifications):
            uri = each["uri"]
            if each["reason"] in wanted and self._visible(uri) and uri not in self._hidden():
                view = self.view(uri)
                kept = {name: view[name] for name in ("uri", "cid", "author", "record", "labels")}
                listed.append({**kept, "reason": each["reason"], "indexedAt": each["at"], "isRead": False})
        return self._page(listed, asked, "notifications")

    def _getAuthorFeed(self, asked: Asked) -> Any:
        did = asked.one("actor")
        own = [uri for uri in self.records if uri.startswith(f"at://{did}/{POST}/")]
        own.sort(key=lambda uri: str(self.records[uri]["at"]), reverse=True)
        return self._page([{"post": self.view(uri)} for uri in own], asked, "feed")

    def _getPosts(self, asked: Asked) -> Any:
        uris = asked.query.get("uris", [])
        if len(uris) > 25 or any(not uri.startswith("at://did:") for uri in uris):
            return error("InvalidRequest", "uris")
        return {"posts": [self.view(uri) for uri in uris if self._visible(uri)]}

    def _getPostThread(self, asked: Asked) -> Any:
        uri = asked.one("uri")
        if uri not in self.records:
            return error("NotFound", f"Post not found: {uri}")
        return {"thread": self._thread(uri, int(asked.one("depth") or 6))}

    def _thread(self, uri: str, depth: int) -> Any:
        if not self._visible(uri):
            return {"$type": "app.bsky.feed.defs#blockedPost", "uri": uri, "blocked": True}
        below = [each for each in self.records if self._parent(each) == uri] if depth else []
        replies = [self._thread(each, depth - 1) for each in below]
        return {"$type": "app.bsky.feed.defs#threadViewPost", "post": self.view(uri), "replies": replies}

    def _searchPosts(self, asked: Asked) -> Any:
        words = asked.one("q").lower()
        found = [uri for uri, each in self.records.items() if words in str(each["value"].get("text")).lower()]
        return self._page([self.view(uri) for uri in reversed(found)], asked, "posts")

    def _getProfile(self, asked: Asked) -> Any:
        wanted = asked.headers.get("atproto-accept-labelers", "") or self.usual_labelers
        return Reply(self.author(asked.one("actor")), headers={"atproto-content-labelers": wanted} if wanted else {})

    def _resolveHandle(self, asked: Asked) -> Any:
        name = asked.one("handle").removesuffix(".test")
        if name not in ("alice", "meera"):
            return error("InvalidRequest", "Unable to resolve handle")
        return {"did": f"did:plc:{name}"}

    def _getRecord(self, asked: Asked) -> Any:
        uri = f"at://{asked.one('repo')}/{asked.one('collection')}/{asked.one('rkey')}"
        if uri not in self.records:
            return error("RecordNotFound", f"Could not locate record: {uri}")
        return {name: self.records[uri][name] for name in ("uri", "cid", "value")}

    def _putRecord(self, asked: Asked) -> Any:
        said = asked.json
        uri = f"at://{said['repo']}/{said['collection']}/{said['rkey']}"
        if "swapRecord" in said and said["swapRecord"] != self.records.get(uri, {}).get("cid"):
            return error("InvalidSwap", "Record was at another version")
        value = said["record"]
        if uri not in self.records or self.records[uri]["value"] != value:
            self.clock += 1000
            self.write(uri, value)
        return {"uri": uri, "cid": self.records[uri]["cid"]}

    def _deleteRecord(self, asked: Asked) -> Any:
        said = asked.json
        self.records.pop(f"at://{said['repo']}/{said['collection']}/{said['rkey']}", None)
        return {}

    def _createReport(self, asked: Asked) -> Any:
        self.reports.append(asked.json)
        return {"id": len(self.reports)}

    def _muteActor(self, asked: Asked) -> Any:
        self.muted.add(asked.json["actor"])
        return Reply(b"")

    def _unmuteActor(self, asked: Asked) -> Any:
        self.muted.discard(asked.json["actor"])
        return Reply(b"")

    def _chat(self, asked: Asked) -> Reply | None:
        if asked.headers.get("atproto-proxy") != "did:web:api.bsky.chat#bsky_chat":
            return error("InvalidRequest", "no such method", 501)
        return error("InvalidToken", "Bad token method") if self.chat_denied else None

    def _listConvos(self, asked: Asked) -> Any:
        if refused := self._chat(asked):
            return refused
        found = sorted(self.convos.values(), key=lambda each: str(each["rev"]), reverse=True)
        views = [
            {
                "id": each["id"],
                "rev": each["rev"],
                "members": [self.author(did) for did in each["members"]],
                "lastMessage": each["messages"][-1],
                "muted": False,
                "unreadCount": 1,
                "kind": each.get("kind"),
            }
            for each in found
        ]
        return self._page(views, asked, "convos")

    def _getMessages(self, asked: Asked) -> Any:
        if refused := self._chat(asked):
            return refused
        if asked.one("convoId") in self.closed:
            return error("InvalidConvo", "Conversation not found")
        return self._page(list(reversed(self.convos[asked.one("convoId")]["messages"])), asked, "messages")

    def _sendMessage(self, asked: Asked) -> Any:
        if refused := self._chat(asked):
            return refused
        convo = asked.json["convoId"]
        self.say(ME, asked.json["message"]["text"], convo)
        return self.convos[convo]["messages"][-1]


def error(code: str, message: str, status: int = 400) -> Reply:
    return Reply({"error": code, "message": message}, status)

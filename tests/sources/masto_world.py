"""A small Mastodon in memory, with the quirks of its relatives, for the tests of the adapter."""

from __future__ import annotations

import html
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from loopback import Asked, Loopback, Reply

from cminbox.model import to_iso

ME = "9000"
START = 1_700_000_000_000


_MARKS = {
    "unfavourite": ("favourited", False),
    "reblog": ("reblogged", True),
    "unreblog": ("reblogged", False),
}
_RELATIONS = {
    "block": ("blocking", True),
    "unblock": ("blocking", False),
    "mute": ("muting", True),
    "unmute": ("muting", False),
}


class World:
    """Statuses and notifications; ids are texts that sort like nothing in particular.

    Args:
        paging: `forward` obeys `min_id`; `inclusive` gives back the item itself too (Pixelfed); `none` ignores it
            and `max_id`, and gives the newest alone (snac).
        keys: whether Idempotency-Key is obeyed.
    """

    def __init__(self, paging: str = "forward", keys: bool = True, most: int = 40) -> None:
        self.paging, self.keys, self.most = paging, keys, most
        self.clock = START
        self.skew = 0
        self.statuses: dict[str, dict[str, Any]] = {}
        self.notifications: list[dict[str, Any]] = []
        self.by_key: dict[str, str] = {}
        self.relations: dict[str, dict[str, bool]] = {}
        self.liked: list[str] = []
        self.typed: dict[str, str] = {}
        """Texts of statuses as they were typed, where the server tells them."""
        self.fault: Reply | None = None
        self.fault_after: Reply | None = None
        self.calls: list[str] = []
        self.server: Loopback

    def account(self, id_: str) -> dict[str, Any]:
        name = "brand" if id_ == ME else f"person{id_}"
        return {
            "id": id_,
            "acct": name,
            "display_name": name.title(),
            "followers_count": 7,
            "url": f"https://x.test/@{name}",
        }

    def post(self, who: str, text: str, to: str | None = None, **more: Any) -> str:
        """Somebody posts; we are notified where it is not us."""
        self.clock += 60_000
        own = f"s{len(self.statuses) * 7919 % 1000:03d}x{len(self.statuses)}"
        parent = self.statuses.get(to or "")
        self.statuses[own] = {
            "id": own,
            "account": self.account(who),
            "content": f"<p>{text}</p>",
            "created_at": to_iso(self.clock + self.skew),
            "in_reply_to_id": to,
            "in_reply_to_account_id": parent["account"]["id"] if parent else None,
            "visibility": "public",
            "spoiler_text": "",
            "url": f"https://x.test/{own}",
            "mentions": [],
            "reblog": None,
            "edited_at": None,
            **more,
        }
        if who != ME:
            self.notify("mention", own)
        return own

    def notify(self, kind: str, status: str | None) -> None:
        number = len(self.notifications)
        entry = {"id": f"n{number * 7919 % 1000:03d}x{number}", "type": kind, "created_at": to_iso(self.clock)}
        self.notifications.append({**entry, "status": self.statuses.get(status or "")})

    def delete(self, own: str) -> None:
        """Its author deletes a status; the server drops what it told of it."""
        del self.statuses[own]
        self.notifications = [note for note in self.notifications if (note.get("status") or {}).get("id") != own]

    def handle(self, asked: Asked) -> Reply:
        self.calls.append(f"{asked.method} {asked.path}")
        if self.fault is not None:
            return self.fault
        reply = self._route(asked)
        # The server's clock is the world's.
        reply.headers["date"] = format_datetime(
            datetime.fromtimestamp((self.clock + self.skew) / 1000, UTC), usegmt=True
        )
        return self.fault_after if self.fault_after is not None else reply

    def _route(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != "Bearer t0ken-s3cret":
            return Reply({"error": "The access token is invalid"}, 401)
        parts = asked.path.removeprefix("/api/").split("/")
        match [asked.method, *parts[1:]]:
            case ["GET", "accounts", "verify_credentials"]:
                return Reply(self.account(ME))
            case ["GET", "instance"]:
                limits = {"max_characters": 777, "characters_reserved_per_url": 25}
                return Reply({"configuration": {"statuses": limits}}) if parts[0] == "v2" else Reply({}, 404)
            case ["GET", "notifications"]:
                wanted = asked.query.get("types[]")
                return self._list([n for n in self.notifications if not wanted or n["type"] in wanted], asked)
            case ["GET", "accounts", id_, "statuses"]:
                return self._list([s for s in self.statuses.values() if s["account"]["id"] == id_], asked)
            case ["GET", "statuses", id_, "context"] if id_ in self.statuses:
                return Reply({"ancestors": self._above(id_), "descendants": self._below(id_)})
            case ["GET", "statuses", id_, "source"] if id_ in self.typed:
                return Reply({"id": id_, "text": self.typed[id_]})
            case ["GET", "statuses", id_] if id_ in self.statuses:
                return Reply(self.statuses[id_])
            case ["POST", "statuses", id_, "favourite"] if id_ in self.statuses:
                self.liked.append(id_)
                self.statuses[id_]["favourited"] = True
                return Reply(self.statuses[id_])
            case ["POST", "statuses", id_, word] if id_ in self.statuses and word in _MARKS:
                name, stands = _MARKS[word]
                self.statuses[id_][name] = stands
                return Reply(self.statuses[id_])
            case ["POST", "accounts", id_, word] if word in _RELATIONS:
                name, stands = _RELATIONS[word]
                self.relations.setdefault(id_, {})[name] = stands
                return Reply({"id": id_, **self.relations[id_]})
            case ["GET", "accounts", "relationships"]:
                id_ = asked.one("id[]")
                return Reply([{"id": id_, "blocking": False, "muting": False, **self.relations.get(id_, {})}])
            case ["DELETE", "statuses", id_] if id_ in self.statuses:
                return Reply(self.statuses.pop(id_))
            case ["POST", "statuses"]:
                return self._new(asked)
        return Reply({"error": "Record not found"}, 404)

    def _new(self, asked: Asked) -> Reply:
        body, key = asked.json, asked.headers.get("idempotency-key", "")
        if body["in_reply_to_id"] not in self.statuses:
            return Reply({"error": "Record not found"}, 404)
        if not (self.keys and key in self.by_key):
            more = {"visibility": body["visibility"], "spoiler_text": body.get("spoiler_text", "")}
            text = html.escape(body["status"], quote=False)
            self.by_key[key] = self.post(ME, text, body["in_reply_to_id"], **more)
        return Reply(self.statuses[self.by_key[key]])

    def _list(self, items: list[dict[str, Any]], asked: Asked) -> Reply:
        ids = [item["id"] for item in items]
        size = min(self.most, int(asked.one("limit") or 20))
        low, high = asked.one("min_id"), asked.one("max_id")
        if self.paging != "none" and high in ids:
            items = items[: ids.index(high)]
        if self.paging != "none" and low in ids:
            start = ids.index(low) + (0 if self.paging == "inclusive" else 1)
            return Reply(list(reversed(items[start : start + size])))
        return Reply(list(reversed(items[-size:])))

    def _above(self, id_: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while (parent := self.statuses[id_]["in_reply_to_id"]) in self.statuses:
            found.insert(0, self.statuses[parent])
            id_ = parent
        return found

    def _below(self, id_: str) -> list[dict[str, Any]]:
        return [s for s in self.statuses.values() if any(a["id"] == id_ for a in self._above(s["id"]))]

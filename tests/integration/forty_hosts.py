"""Forty small servers in one process: an account of a network each, with faults, limits and a record of what was asked.

python forty_hosts.py SIMULATOR SEED LONG; SIMULATOR is the path of `sim.py`, LONG is 1 where waits may last minutes.
Prints one line of JSON: the accounts, and the port that controls them (`/say`, `/kill`, `/calm`, `/report`, `/texts`).
It ends with its input.
"""

from __future__ import annotations

import contextlib
import json
import math
import random
import re
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module, util
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

sys.path.insert(0, str(Path(__file__).parents[1] / "sources"))

from loopback import Asked, Reply

SIMULATED = {"facebook": "graph", "instagram": "graph"}
"""What a network is called in the simulator, where that is another name."""
POSTS = {"facebook": ("9000_1", "9000_2"), "instagram": ("17800000000000001", "17800000000000002")}
COUNTS = {
    "youtube": 4,
    "facebook": 4,
    "instagram": 4,
    "threads": 3,
    "reddit": 4,
    "linkedin": 3,
    "tiktok": 3,
    "x": 3,
    "mastodon": 3,
    "bluesky": 2,
    "discourse": 2,
    "wordpress": 2,
    "feed": 3,
}
SPECIAL = {
    "feed2": "gone",
    "instagram3": "hanging",
    "facebook3": "dead token",
    "youtube3": "thrifty",
    "mastodon2": "tight",
}
OPTIONS: dict[str, dict[str, Any]] = {
    "linkedin": {"organization": "9000"},
    "tiktok": {"business_id": "brand-open-id"},
    "x": {"own_app": True},
}
BUDGETED = ("reddit", "mastodon", "bluesky", "x")
"""These tell in headers what is left."""
WINDOW = 20
"""Seconds that a budget counts for."""
FAULTS = ("500", "503", "reset", "delay", "cut", "html", "page")
FAULT_SHARE = 0.03
"""Of the requests, when faults are on."""
EPISODE_EVERY = {False: 45.0, True: 150.0}
"""Seconds between two outages or limits of a server, about; rarer where waits of minutes are told."""
IN_FLIGHT = 0.5
"""Seconds in which a request may still come that was made before the wait was told."""


class Heads(dict[str, str]):
    """Headers, whatever the case of their names."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


class Simulated:
    """An account in the simulator."""

    secret = "brand-token"

    def __init__(self, sim: Any, network: str) -> None:
        self.sim, self.network = sim, network
        kind = SIMULATED.get(network, network)
        self.net = sim.KINDS[kind](kind)
        self.posts = POSTS.get(network, self.net.posts)

    def say(self, text: str, chance: random.Random) -> None:
        parents = [each for each in self.net.live(parent=None) if not each["ours"] and each["post"] in self.posts]
        if self.network not in ("youtube", "reddit", "x") and parents and chance.random() < 0.2:
            self.net.add(text, author="meera", parent=chance.choice(parents)["id"])
        else:
            self.net.add(text, author=chance.choice(("alice", "meera", "gurpreet")), post=chance.choice(self.posts))

    def answer(self, asked: Asked) -> Reply:
        raw, kind = asked.body, asked.headers.get("content-type", "")
        body: Any = None
        if raw:
            as_json = "json" in kind or raw[:1] in b"{["
            body = json.loads(raw) if as_json else {k: v[0] for k, v in parse_qs(raw.decode()).items()}
        query = {name: ",".join(values) for name, values in asked.query.items()}
        path = re.sub("^/(graph|threads)/", "/", asked.path)
        request = SimpleNamespace(method=asked.method, path=path, q=query, body=body, headers=Heads(asked.headers))
        try:
            status, data, headers = self.net.handle(request)
        except self.sim.Fail as error:
            status, data, headers = error.status, error.body, error.headers
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            status, data, headers = 400, {"error": f"sim: {type(error).__name__}: {error}"}, {}
        # What is left of a budget is told by the server around it.
        kept = {
            name: value for name, value in headers.items() if "rate" not in name.lower() or "limit" not in name.lower()
        }
        encoded = b"" if data is None else data.encode() if isinstance(data, str) else json.dumps(data).encode()
        return Reply(encoded, status, {"content-type": "application/json", **kept})

    def texts(self) -> list[str]:
        return [each["text"] for each in self.net.live() if each["ours"]]

    def state(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self.net).items() if name in ("units", "cost")}


class Worldly:
    """An account in one of the worlds that the adapters' tests use, at the present time."""

    def __init__(self, network: str) -> None:
        module = import_module({"mastodon": "masto_world"}.get(network, f"{network}_world"))
        self.network, self.world = network, module.World()
        self.secret = {
            "mastodon": "t0ken-s3cret",
            "bluesky": "t0ken-s3cret",
            "discourse": "brand:t0ken-s3cret",
            "wordpress": "brand:t0ken-s3cret",
        }[network]

    def say(self, text: str, chance: random.Random) -> None:
        self.now()
        who = chance.choice(("alice", "meera", "gurpreet"))
        if self.network == "mastodon":
            self.world.post(str(10 + len(who)), text)
        elif self.network == "bluesky":
            self.world.post(who, text)
        else:
            self.world.say(who, text)

    def now(self) -> None:
        """The world's next minute is the present one."""
        before = datetime.now(UTC) - timedelta(minutes=1)
        whole = isinstance(self.world.clock, int)
        self.world.clock = round(before.timestamp() * 1000) if whole else before

    def answer(self, asked: Asked) -> Reply:
        if asked.method != "GET":
            self.now()
        reply: Reply = self.world.handle(asked)
        self.world.asked = []
        self.world.calls = []
        reply.headers.pop("date", None)
        return reply

    def texts(self) -> list[str]:
        world = self.world
        match self.network:
            case "mastodon":
                return [each["content"] for each in world.statuses.values() if each["account"]["id"] == "9000"]
            case "bluesky":
                return [str(each["value"].get("text")) for each in world.records.values() if "brand" in each["uri"]]
            case "discourse":
                return [str(each["raw"]) for each in world.posts.values() if each["username"] == "brand"]
            case _:
                return [str(each["content"]["raw"]) for each in world.comments.values() if each["author"] == 1]

    def state(self) -> dict[str, Any]:
        return {}


class Feed:
    """A blog's comments, the newest thirty."""

    network, secret = "feed", ""

    def __init__(self) -> None:
        self.items: list[tuple[str, float]] = []

    def say(self, text: str, chance: random.Random) -> None:
        self.items.append((text, time.time()))

    def answer(self, asked: Asked) -> Reply:
        items = "".join(
            f"<item><guid>g{number}</guid><title>{text}</title><link>http://x.test/{number}</link>"
            f"<description>{text}</description><pubDate>{http_date(at)}</pubDate></item>"
            for number, (text, at) in reversed([*enumerate(self.items)][-30:])
        )
        body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{items}</channel></rss>'
        return Reply(body.encode(), 200, {"content-type": "application/rss+xml"})

    def texts(self) -> list[str]:
        return []

    def state(self) -> dict[str, Any]:
        return {}


def http_date(at: float) -> str:
    return format_datetime(datetime.fromtimestamp(at, UTC), usegmt=True)


def limit_told(network: str, seconds: int, minutes: bool) -> tuple[Reply, float]:
    """A refusal for so many seconds in the network's own form, and until when it holds."""
    until = math.ceil(time.time() + seconds)
    after = {"retry-after": str(seconds)}
    match network:
        case "youtube":
            reason = {"message": "slow down", "domain": "usageLimits", "reason": "rateLimitExceeded"}
            return Reply({"error": {"code": 403, "message": "slow down", "errors": [reason]}}, 403, after), until - 1
        case "facebook" | "instagram" | "threads" if minutes:
            usage = [{"type": "pages", "call_count": 100, "total_time": 5, "estimated_time_to_regain_access": 1}]
            said = {"message": "(#80001) too many calls", "type": "OAuthException", "code": 80001, "fbtrace_id": "A"}
            head = {"x-business-use-case-usage": json.dumps({"9000": usage})}
            return Reply({"error": said}, 400, head), time.time() + 60
        case "facebook" | "instagram" | "threads":
            said = {"message": "(#4) limit reached", "type": "OAuthException", "code": 4, "fbtrace_id": "A"}
            return Reply({"error": said}, 400, after), until - 1
        case "reddit":
            head = {"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": str(seconds), "content-type": "text/html"}
            return Reply(b"<html><title>Too Many Requests</title></html>", 429, head), until - 1
        case "mastodon":
            when = datetime.fromtimestamp(until, UTC).isoformat().replace("+00:00", ".000Z")
            head = {"x-ratelimit-limit": "300", "x-ratelimit-remaining": "0", "x-ratelimit-reset": when}
            return Reply({"error": "Too many requests"}, 429, head), until
        case "bluesky":
            head = {"ratelimit-limit": "3000", "ratelimit-remaining": "0", "ratelimit-reset": str(until)}
            return Reply({"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, 429, head), until
        case "x":
            head = {"x-rate-limit-limit": "300", "x-rate-limit-remaining": "0", "x-rate-limit-reset": str(until)}
            return Reply({"title": "Too Many Requests", "status": 429, "detail": "x"}, 429, head), until
        case "discourse":
            extras = {"wait_seconds": seconds, "time_left": f"{seconds} seconds"}
            body = {"errors": ["You have done that too often"], "error_type": "rate_limit", "extras": extras}
            return Reply(body, 429), until - 1
        case "feed":
            return Reply(b"busy", 503, {"retry-after": http_date(until)}), until
        case "tiktok":
            return Reply({"code": 40100, "message": "Too many requests.", "request_id": "r"}, 200), time.time() + 1
        case _:
            return Reply({"status": 429, "code": "TOO_MANY_REQUESTS", "message": "x"}, 429, after), until - 1


def budget_heads(network: str, limit: int, left: int, ends: float) -> dict[str, str]:
    """What is left of a budget, as the network tells it."""
    epoch = math.ceil(ends)
    match network:
        case "reddit":
            used, wait = str(limit - left), str(max(1, math.ceil(ends - time.time())))
            return {"x-ratelimit-used": used, "x-ratelimit-remaining": f"{left}.0", "x-ratelimit-reset": wait}
        case "mastodon":
            when = datetime.fromtimestamp(epoch, UTC).isoformat().replace("+00:00", ".000Z")
            return {"x-ratelimit-limit": str(limit), "x-ratelimit-remaining": str(left), "x-ratelimit-reset": when}
        case "bluesky":
            return {"ratelimit-limit": str(limit), "ratelimit-remaining": str(left), "ratelimit-reset": str(epoch)}
        case _:
            return {
                "x-rate-limit-limit": str(limit),
                "x-rate-limit-remaining": str(left),
                "x-rate-limit-reset": str(epoch),
            }


@dataclass
class Host:
    """One account's server.

    Attributes:
        until: no request is to come before it; it was told at `told`.
        early: requests that came though: how long before they were due.
        over: requests beyond the budget.
        most: the largest count of a budget's window, and its limit.
    """

    name: str
    account: Any
    special: str
    minutes: bool
    chance: random.Random
    faulty: bool = True
    lock: threading.Lock = field(default_factory=threading.Lock)
    asked: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    until: float = 0.0
    told: float = 0.0
    early: list[float] = field(default_factory=list)
    over: int = 0
    most: int = 0
    window: tuple[float, int] = (0.0, 0)
    outage: float = 0.0
    next_episode: float = 0.0
    dead_from: float = math.inf

    @property
    def limit(self) -> int:
        return 12 if self.special == "tight" else 400

    def serve(self, asked: Asked) -> tuple[Reply, str]:
        """The answer, and what is wrong with the way in which it is given."""
        with self.lock:
            return self._serve(asked)

    def _serve(self, asked: Asked) -> tuple[Reply, str]:
        now, network = time.time(), self.account.network
        self.asked += 1
        if now > self.dead_from:
            said = {"message": "Error validating access token", "type": "OAuthException", "code": 190}
            return Reply({"error": {**said, "error_subcode": 460, "fbtrace_id": "A"}}, 401), ""
        if now < self.until:
            if now > self.told + IN_FLIGHT:
                self.early.append(round(self.until - now, 2))
            return limit_told(network, max(1, math.ceil(self.until - now)), False)[0], ""
        heads = {}
        if network in BUDGETED:
            ends, used = self.window if now < self.window[0] else (math.ceil(now) + WINDOW, 0)
            self.window = ends, used + 1
            self.most = max(self.most, used + 1)
            self.over += used + 1 > self.limit
            heads = budget_heads(network, self.limit, max(0, self.limit - used - 1), ends)
        if self.faulty and (wrong := self._wrong(asked, now)):
            return wrong
        reply = self.account.answer(asked)
        reply.headers.update(heads)
        if self.faulty and asked.method == "POST" and self.chance.random() < 0.1:
            self.faults["lost"] += 1
            return reply, "lost"
        if self.faulty and self.chance.random() < FAULT_SHARE:
            kind = self.chance.choice(("delay", "cut"))
            self.faults[kind] += 1
            return reply, kind
        return reply, ""

    def _wrong(self, asked: Asked, now: float) -> tuple[Reply, str] | None:
        """What goes wrong before the request is carried out."""
        if not self.next_episode:
            self.next_episode = now + self.chance.uniform(0.2, 1) * EPISODE_EVERY[self.minutes]
        if now >= self.next_episode:
            self.next_episode = now + self.chance.uniform(0.6, 1.4) * EPISODE_EVERY[self.minutes]
            # TikTok tells no end, so that a second limit is waited for longer than a test lasts.
            once = self.account.network == "tiktok" and self.faults["limit"]
            if self.chance.random() < 0.5 or once:
                self.outage = now + self.chance.uniform(2, 6)
                self.faults["outage"] += 1
            else:
                reply, self.until = limit_told(self.account.network, self.chance.randint(3, 8), self.minutes)
                self.told = time.time()
                self.faults["limit"] += 1
                return reply, ""
        if now >= self.outage and self.chance.random() >= FAULT_SHARE:
            return None
        kind = self.chance.choice(("500", "503", "reset", "html", "page"))
        self.faults[kind] += 1
        if kind == "reset":
            return Reply(), "reset"
        if kind in ("html", "page"):
            # A portal's page where an answer was due; a feed's address may have become one for good.
            status = 200 if kind == "page" and self.account.network != "feed" and asked.method == "GET" else 502
            return Reply(b"<html><body>Bad gateway</body></html>", status, {"content-type": "text/html"}), ""
        return Reply({"error": "trouble"}, int(kind)), ""

    def report(self) -> dict[str, Any]:
        return {
            "network": self.account.network,
            "special": self.special,
            "asked": self.asked,
            "faults": dict(self.faults),
            "early": self.early,
            "over": self.over,
            "most": self.most,
            "limit": self.limit if self.account.network in BUDGETED else 0,
            **self.account.state(),
        }


class Server:
    """Serves a host until the process ends."""

    def __init__(self, answer: Callable[[Asked], tuple[Reply, str]], chance: random.Random) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def respond(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                query = parse_qs(parts.query, keep_blank_values=True)
                reply, how = answer(Asked(self.command, parts.path, query, headers, body, self.client_address[1]))
                if how == "delay":
                    time.sleep(chance.uniform(0.3, 1.5))
                if how in ("reset", "lost"):
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.close_connection = True
                    self.connection.close()
                    return
                data = reply.data
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data[: len(data) // 2] if how == "cut" else data)
                if how == "cut":
                    self.close_connection = True

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = respond

            def log_message(self, *_: object) -> None:
                pass

            def finish(self) -> None:
                with contextlib.suppress(OSError, ValueError):
                    super().finish()

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.port = int(self.server.server_address[1])
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def hang(asked: Asked) -> tuple[Reply, str]:
    time.sleep(3600)
    return Reply(), "reset"


def load(path: str) -> Any:
    """The simulator's module."""
    spec = util.spec_from_file_location("sim", path)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def account_of(sim: Any, network: str) -> Any:
    if network == "feed":
        return Feed()
    if network in ("mastodon", "bluesky", "discourse", "wordpress"):
        return Worldly(network)
    return Simulated(sim, network)


def main(simulator: str, seed: int, minutes: bool) -> None:
    sim = load(simulator)
    hosts: dict[str, Host] = {}
    told: dict[str, Any] = {}
    for network, count in COUNTS.items():
        for number in range(count):
            name = f"{network}{number}"
            special, chance = SPECIAL.get(name, ""), random.Random(f"{seed} {name}")
            host = Host(name, account_of(sim, network), special, minutes, chance, faulty=not special)
            server = Server(hang if special == "hanging" else host.serve, chance)
            if special == "gone":
                server.server.shutdown()
                server.server.server_close()
            hosts[name] = host
            options = {**OPTIONS.get(network, {}), **({"units": 2015} if special == "thrifty" else {})}
            secret = host.account.secret
            told[name] = {
                "network": network,
                "port": server.port,
                "secret": secret,
                "options": options,
                "special": special,
            }

    def control(asked: Asked) -> tuple[Reply, str]:
        body = asked.json or {}
        match asked.path:
            case "/say":
                host = hosts[body["source"]]
                with host.lock:
                    host.account.say(body["text"], host.chance)
                return Reply({}), ""
            case "/kill":
                hosts[body["source"]].dead_from = time.time()
                return Reply({}), ""
            case "/calm":
                for host in hosts.values():
                    host.faulty = False
                    host.outage = 0.0
                return Reply({}), ""
            case "/texts":
                return Reply({name: host.account.texts() for name, host in hosts.items()}), ""
        return Reply({name: host.report() for name, host in hosts.items()}), ""

    port = Server(control, random.Random(seed)).port
    sys.stdout.write(json.dumps({"control": port, "accounts": told}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3] == "1")

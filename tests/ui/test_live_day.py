"""A day at the inbox with keys alone: the real program in a terminal and a real engine, on networks that keep a record.

`$CMINBOX_SERVERS/out/NAME.json` says where each server runs: the simulator, without which this is skipped, aloud, and
mastomock, WordPress and Bluesky where they were started. What they say was written is the judge; the screen is what a
person is told of it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from emulator import Emulator
from real import Terminal, environment

from live_servers import FOLDER, ON_THE_SIMULATOR, told

pytestmark = ON_THE_SIMULATOR
PATIENCE = 40.0
"""Seconds after which something that has to happen is missed."""
DEEP, ASKED, RUDE, KIND = "where is my order", "is it in Spain too", "you are all idiots", "I like the new one"


class Network:
    """A network with people on it, who say five things: a question, two answers below it, and two apart.

    Args:
        tag: in every text of this run.
    """

    name = ""
    hides = likes = True
    flat = False
    """Whether answers stand below the first comment alone."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.ids: dict[str, str] = {}
        self.held = ""

    def text(self, words: str) -> str:
        return f"{words}, {self.name} {self.tag}"

    def seed(self) -> None:
        top = self.say("alice", self.text("a question"))
        asked = self.say("meera", self.text(ASKED), top)
        deep = self.say("gurpreet", self.text(DEEP), top if self.flat else asked)
        self.ids = {"top": top, "asked": asked, "deep": deep}
        self.ids["rude"] = self.say("troll", self.text(RUDE))
        self.ids["kind"] = self.say("meera", self.text(KIND))

    def say(self, who: str, text: str, parent: str = "") -> str:
        raise NotImplementedError

    def source(self) -> tuple[str, str]:
        """Its lines in the configuration beside name and network, and its secret."""
        raise NotImplementedError

    def answers(self, text: str) -> list[str]:
        """Below which comments an answer with this text stands, as its record says."""
        raise NotImplementedError

    def is_now(self, comment: str, what: str) -> bool:
        """Whether a comment is `hidden`, `held` or `liked`, as its record says."""
        raise NotImplementedError


class Simulated(Network):
    """One of the networks of the simulator."""

    net = post = ""
    greeting = ""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.where = told("sim")
        self.control = httpx.Client(base_url=self.where["control"], timeout=10)
        self.at = time.time() - 1800

    def say(self, who: str, text: str, parent: str = "") -> str:
        # A minute apart: two of the same second have no order.
        self.at += 60
        place = {"parent": parent} if parent else {"post": self.post}
        body = {"net": self.net, "text": self.greeting + text, "author": who, "at": self.at, **place}
        return str(self.control.post("say", json=body).json()["id"])

    def source(self) -> tuple[str, str]:
        return f'base_url = "{self.where["networks"][self.net]}"\n', str(self.where["token"])

    def items(self) -> dict[str, dict[str, Any]]:
        return {each["id"]: each for each in self.control.get("items", params={"net": self.net}).json()}

    def answers(self, text: str) -> list[str]:
        written = self.control.get("writes", params={"net": self.net}).json()
        return [str(each["parent"]) for each in written if text in each["text"]]

    def is_now(self, comment: str, what: str) -> bool:
        return bool(self.items()[comment]["likes" if what == "liked" else what])


class YouTube(Simulated):
    name, net, post, flat, likes = "youtube", "youtube", "vid00000002", True, False

    def seed(self) -> None:
        super().seed()
        self.held = self.say("newbie", self.text("held for review"))
        self.control.post("hold", json={"net": self.net, "id": self.held})

    def is_now(self, comment: str, what: str) -> bool:
        # What its owner takes out of sight goes back to where what waits for review is.
        item = self.items()[comment]
        return bool(item["hidden"] or item["held"]) if what == "hidden" else super().is_now(comment, what)


class Facebook(Simulated):
    name, net, post, flat, likes = "facebook", "graph", "9000_2", True, False


class Instagram(Simulated):
    name, net, post, flat, likes = "instagram", "graph", "17800000000000002", True, False


class Threads(Simulated):
    name, net, post, greeting, likes = "threads", "threads", "180002", "@brand ", False


class Reddit(Simulated):
    name, net, post = "reddit", "reddit", "t3_aa2"


class LinkedIn(Simulated):
    name, net, post, flat, hides, likes = (
        "linkedin",
        "linkedin",
        "urn:li:activity:7430000000000000002",
        True,
        False,
        False,
    )

    def source(self) -> tuple[str, str]:
        said, secret = super().source()
        return f'{said}organization = "9000"\n', secret


class TikTok(Simulated):
    name, net, post, flat = "tiktok", "tiktok", "7390000000000000002", True

    def source(self) -> tuple[str, str]:
        said, secret = super().source()
        return f'{said}business_id = "brand-open-id"\n', secret


class X(Simulated):
    name, net, post, greeting, likes = "x", "x", "1980000000000000001", "@brand ", False

    def source(self) -> tuple[str, str]:
        said, secret = super().source()
        return f"{said}enabled = true\n", secret


class Mastodon(Network):
    """The mock of Mastodon's API."""

    name, hides = "mastodon", False

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.where = told("mastomock")
        self.tokens = {each["name"]: each["access_token"] for each in self.where["accounts"]}

    def ask(self, who: str, method: str, path: str, **named: Any) -> Any:
        token = self.tokens.get(who) or self.tokens["alice"]
        headers = {"authorization": f"Bearer {token}"}
        answer = httpx.request(method, f"{self.where['url']}/api/v1{path}", headers=headers, timeout=30, **named)
        answer.raise_for_status()
        return answer.json()

    def say(self, who: str, text: str, parent: str = "") -> str:
        data = {"status": f"@brand {text}"} | ({"in_reply_to_id": parent} if parent else {})
        return str(self.ask(who, "POST", "/statuses", data=data)["id"])

    def source(self) -> tuple[str, str]:
        return f'base_url = "{self.where["url"]}"\n', self.tokens["brand"]

    def answers(self, text: str) -> list[str]:
        found = self.ask("brand", "GET", f"/statuses/{self.ids['top']}/context")["descendants"]
        return [str(each["in_reply_to_id"]) for each in found if text in each["content"]]

    def is_now(self, comment: str, what: str) -> bool:
        assert what == "liked"
        return bool(self.ask("brand", "GET", f"/statuses/{comment}")["favourited"])


class WordPress(Network):
    """A real WordPress."""

    name, likes = "wordpress", False

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.where = told("wordpress")
        self.passwords = {each["name"]: each["app_password"] for each in self.where["accounts"]}
        self.post = 0

    def ask(self, who: str, method: str, path: str, **named: Any) -> Any:
        name = who if who in self.passwords else "alice"
        auth = (name, self.passwords[name])
        answer = httpx.request(method, f"{self.where['api']}{path}", auth=auth, timeout=30, **named)
        answer.raise_for_status()
        return answer.json()

    def seed(self) -> None:
        body = {"title": self.tag, "content": "New", "status": "publish"}
        self.post = self.ask("brand", "POST", "/posts", json=body)["id"]
        super().seed()
        for comment in self.ids.values():
            self.ask("brand", "POST", f"/comments/{comment}", json={"status": "approved"})
        self.held = self.say("gurpreet", self.text("held for review"))
        self.ask("brand", "POST", f"/comments/{self.held}", json={"status": "hold"})

    def say(self, who: str, text: str, parent: str = "") -> str:
        body = {"post": self.post, "content": text} | ({"parent": int(parent)} if parent else {})
        return str(self.ask(who, "POST", "/comments", json=body)["id"])

    def source(self) -> tuple[str, str]:
        secret = {"username": "brand", "password": self.passwords["brand"]}
        return f'base_url = "{self.where["url"]}"\n', json.dumps(secret)

    def all(self) -> list[dict[str, Any]]:
        asked = {"post": self.post, "status": "all", "context": "edit", "per_page": 100}
        held = {**asked, "status": "hold"}
        return [
            *self.ask("brand", "GET", "/comments", params=asked),
            *self.ask("brand", "GET", "/comments", params=held),
        ]

    def answers(self, text: str) -> list[str]:
        found = {each["id"]: each for each in self.all()}
        return [str(each["parent"]) for each in found.values() if text in each["content"]["raw"]]

    def is_now(self, comment: str, what: str) -> bool:
        status = self.ask("brand", "GET", f"/comments/{comment}", params={"context": "edit"})["status"]
        return bool(status == "hold")


class Bluesky(Network):
    """A real data server with a view; what the view has not seen yet cannot be answered without loss."""

    name = "bluesky"

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.where = told("bsky")
        self.passwords = {each["name"]: (each["handle"], each["app_password"]) for each in self.where["accounts"]}
        self.sessions: dict[str, dict[str, str]] = {}
        self.cids: dict[str, str] = {}
        self.root = ""

    def ask(self, who: str, method: str, call: str, **named: Any) -> Any:
        name = who if who in self.passwords else "alice"
        if name not in self.sessions:
            handle, password = self.passwords[name]
            login = {"identifier": handle, "password": password}
            made = httpx.post(f"{self.where['pds']}/xrpc/com.atproto.server.createSession", json=login, timeout=30)
            self.sessions[name] = made.raise_for_status().json()
        headers = {"authorization": f"Bearer {self.sessions[name]['accessJwt']}"}
        url = f"{self.where['pds']}/xrpc/{call}"
        return httpx.request(method, url, headers=headers, timeout=30, **named).raise_for_status().json()

    def seed(self) -> None:
        self.root = self.say("brand", self.text("a new tea"))
        super().seed()

    def say(self, who: str, text: str, parent: str = "") -> str:
        parent = parent or self.root
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record: dict[str, Any] = {"$type": "app.bsky.feed.post", "text": text, "createdAt": at}
        if parent:
            places = {"root": self.root, "parent": parent}
            record["reply"] = {name: {"uri": uri, "cid": self.cids[uri]} for name, uri in places.items()}
        self.ask(who, "GET", "app.bsky.actor.getProfile", params={"actor": "brand.test"})
        name = who if who in self.passwords else "alice"
        body = {"repo": self.sessions[name]["did"], "collection": "app.bsky.feed.post", "record": record}
        made = self.ask(who, "POST", "com.atproto.repo.createRecord", json=body)
        self.cids[made["uri"]] = made["cid"]
        end = time.monotonic() + PATIENCE
        while not self.ask("brand", "GET", "app.bsky.feed.getPosts", params={"uris": made["uri"]})["posts"]:
            assert time.monotonic() < end, f"the view never shows {text!r}"
            time.sleep(0.1)
        return str(made["uri"])

    def source(self) -> tuple[str, str]:
        handle, password = self.passwords["brand"]
        session = self.sessions["brand"]
        secret = {"access_token": session["accessJwt"], "refresh_token": session["refreshJwt"]}
        secret |= {"identifier": handle, "password": password, "did": session["did"]}
        return f'base_url = "{self.where["pds"]}"\n', json.dumps(secret)

    def records(self, kind: str) -> list[dict[str, Any]]:
        """What the brand's repository holds of a kind."""
        asked = {"repo": self.sessions["brand"]["did"], "collection": kind, "limit": 100}
        found = self.ask("brand", "GET", "com.atproto.repo.listRecords", params=asked)["records"]
        return [each["value"] for each in found]

    def answers(self, text: str) -> list[str]:
        found = [each for each in self.records("app.bsky.feed.post") if text in each["text"]]
        return [str(each["reply"]["parent"]["uri"]) for each in found]

    def is_now(self, comment: str, what: str) -> bool:
        if what == "liked":
            return any(each["subject"]["uri"] == comment for each in self.records("app.bsky.feed.like"))
        assert what == "hidden"
        return any(comment in each.get("hiddenReplies", []) for each in self.records("app.bsky.feed.threadgate"))


NETWORKS: tuple[tuple[type[Network], str], ...] = (
    (YouTube, "sim"),
    (Facebook, "sim"),
    (Instagram, "sim"),
    (Threads, "sim"),
    (Reddit, "sim"),
    (LinkedIn, "sim"),
    (TikTok, "sim"),
    (X, "sim"),
    (Mastodon, "mastomock"),
    (WordPress, "wordpress"),
    (Bluesky, "bsky"),
)


def answers_there(server: str) -> bool:
    found = told(server)
    try:
        return bool(found) and httpx.get(found.get("url") or found["pds"], timeout=10).status_code < 600
    except httpx.HTTPError:
        return False


@dataclass
class Day:
    """The program as a person has it, the engine beside it, and the networks."""

    terminal: Terminal
    networks: list[Network]
    picture: Emulator = field(default_factory=lambda: Emulator(120, 40))
    fed: int = 0

    def screen(self) -> str:
        """What stands on the screen now."""
        self.terminal.quiet(0.1)  # what is read half is no picture
        self.picture.feed(self.terminal.bytes[self.fed :].decode())
        self.fed = len(self.terminal.bytes)
        return "\n".join(self.picture.text)

    def press(self, keys: str) -> str:
        self.terminal.press(keys)
        return self.screen()

    def until(self, what: str, holds: Callable[[], object]) -> None:
        """Takes what comes until something holds."""
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, f"{what}\n{self.screen()}"
            self.terminal.read(0.3)

    def sees(self, words: str) -> None:
        self.until(f"{words!r} never stands on the screen", lambda: words in self.screen())

    def filter(self, query: str) -> None:
        """The queue, showing only what matches."""
        self.press("\\")
        self.press("\x15" + query)
        self.press("\r")

    def record(self, networks: list[Network], which: str, what: str, wanted: bool = True) -> None:
        """Waits until the networks say so of themselves."""
        for each in networks:
            comment = each.held if which == "held" else each.ids[which]
            said = f"{each.name}: {which} is {'not ' if wanted else ''}{what} there"
            self.until(said, lambda each=each, comment=comment: each.is_now(comment, what) is wanted)  # type: ignore[misc]


@pytest.fixture
def day(home: Path) -> Iterator[Day]:
    if not answers_there("sim"):
        pytest.skip(f"the simulator was not started: no {FOLDER / 'sim.json'}, or it does not answer")
    httpx.post(f"{told('sim')['control']}reset", json={}, timeout=10)
    tag = uuid.uuid4().hex[:6]
    there = {server for server in ("sim", "mastomock", "wordpress", "bsky") if answers_there(server)}
    networks = [kind(tag) for kind, server in NETWORKS if server in there]
    lines, own = ['[sending]\nundo = "2s"\n'], environment()
    for network in networks:
        network.seed()
        said, secret = network.source()
        lines.append(f'[[source]]\nname = "{network.name}"\nnetwork = "{network.name}"\ninterval = "2s"\n{said}')
        own[f"CMINBOX_SECRET_{network.name.upper()}"] = secret
    folder = home / "config"
    folder.mkdir()
    (folder / "config.toml").write_text("".join(lines))
    poll = [sys.executable, "-m", "cminbox", "poll"]
    engine = subprocess.Popen(poll, env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    terminal = Terminal(own, 120, 40)
    try:
        yield Day(terminal, networks)
    finally:
        terminal.process.terminate()
        terminal.close()
        engine.terminate()
        engine.wait(20)


def test_a_day_with_keys_alone(day: Day) -> None:
    day.sees(" All ")
    day.press("v")
    day.press("All\r")

    answered = {}
    for network in day.networks:
        day.filter(f'{network.tag} source:{network.name} "{DEEP}"')
        day.sees(network.text(DEEP)[:20])
        day.press("\r")
        day.sees(ASKED)
        for _ in range(2):
            if ASKED in chosen(day.press("K")):
                break
        assert ASKED in chosen(day.screen()), day.screen()
        answered[network.name] = answer = f"To you, {network.name} {network.tag}"
        day.press("r")
        day.sees("Ctrl+s send")
        screen = day.press(answer)
        assert ASKED in screen[screen.index(" answers: ") :].splitlines()[0], screen
        day.press("\x13")
        assert network.answers(answer) == []
        day.sees("goes out")
        day.press("q")
    for network in day.networks:
        day.until(f"{network.name}: no answer there", lambda: network.answers(answered[network.name]))  # noqa: B023

    hiding = [each for each in day.networks if each.hides]
    day.filter(f'{day.networks[0].tag} "{RUDE}"')
    day.until("not all are there", lambda: day.screen().count(RUDE) >= len(day.networks))
    day.press("*")
    day.press("h")
    day.sees("Why hide it?")
    screen = day.press("house rules\r")
    assert "‹hidden›" not in screen
    day.record(hiding, "rude", "hidden")
    day.until("not all are shown as hidden", lambda: day.screen().count("‹hidden›") == len(hiding))
    day.press("u")
    day.sees(f"{len(hiding)} being taken back (hide)")
    day.record(hiding, "rude", "hidden", wanted=False)
    day.until("some are shown as hidden", lambda: not re.search("‹(hidden|held)›", day.screen()))

    liking = [each for each in day.networks if each.likes]
    for network in liking:
        day.filter(f'{network.tag} source:{network.name} "{KIND}"')
        day.sees(network.text(KIND)[:20])
        day.press("L")
    day.record(liking, "kind", "liked")

    holding = [each for each in day.networks if each.held]
    day.filter("")
    day.press("v")
    day.press("Held\r")
    day.filter(day.networks[0].tag)
    day.until("not all are held", lambda: day.screen().count("‹held›") >= len(holding))
    day.press("*")
    day.press("y")
    assert all(network.is_now(network.held, "held") for network in holding)
    day.record(holding, "held", "held", wanted=False)
    day.sees("Nothing")

    for network in day.networks:
        assert network.answers(answered[network.name]) == [network.ids["top" if network.flat else "asked"]]
    assert "Failed" not in day.screen().splitlines()[0]


def chosen(screen: str) -> str:
    """The message at the bar."""
    return "\n".join(line for line in screen.splitlines() if line.startswith("▌"))

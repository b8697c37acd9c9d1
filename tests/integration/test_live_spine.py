"""The whole way on real servers that somebody else wrote: mentions in, each once; an answer out, read back from there.

`$CMINBOX_SERVERS/out/NAME.json` says where a server runs and who has an account on it. Without it the test is skipped.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from cminbox.text_html import html_to_text
from live_servers import LIVE, started

pytestmark = LIVE

TEXTS = (
    ("alice", "Where is my order #4521? It has been 10 days 😡"),
    ("alice", "Mi pedido llegó roto y nadie contesta. ¿Qué hago?"),
    ("meera", "मेरा पैसा वापस करो, ऑर्डर अब तक नहीं आया 😠"),
    ("gurpreet", "ਮੇਰਾ ਆਰਡਰ ਖਰਾਬ ਆਇਆ, ਪੈਸੇ ਵਾਪਸ ਕਰੋ"),
    ("gurpreet", "[bold red]markup[/] [@click=app.quit]x[/] [/b] & <b>b</b>"),
)


class Live:
    """A running server with a Mastodon API, and the accounts on it."""

    def __init__(self, name: str) -> None:
        told = started(name)
        self.url: str = told["url"]
        self.tokens: dict[str, str] = {a["name"]: a["access_token"] for a in told["accounts"]}
        host = self.url.split("//")[1]
        self.brand = f"@brand@{host}" if name == "snac" else "@brand"
        try:
            self.get("brand", "/accounts/verify_credentials")
        except httpx.TransportError:
            pytest.skip(f"the server {name} does not answer")

    def ask(self, who: str, method: str, path: str, **named: Any) -> Any:
        headers = {"authorization": f"Bearer {self.tokens[who]}"}
        # A fresh connection each: one of these servers closes kept ones unannounced.
        with httpx.Client(timeout=30) as client:
            answer = client.request(method, f"{self.url}/api/v1{path}", headers=headers, **named)
        answer.raise_for_status()
        return answer.json()

    def get(self, who: str, path: str, **named: Any) -> Any:
        return self.ask(who, "GET", path, **named)

    def say(self, who: str, text: str) -> str:
        return str(self.ask(who, "POST", "/statuses", data={"status": text})["id"])

    def mentions(self) -> dict[str, str]:
        """What the server itself says was said to the brand: status id → text."""
        found: dict[str, str] = {}
        params: dict[str, str] = {"limit": "80"}
        while True:
            page = [n for n in self.get("brand", "/notifications", params=params)]
            new = {str(n["status"]["id"]): n["status"]["content"] for n in page if n["type"] == "mention"}
            if not new.keys() - found.keys():
                return found
            found |= new
            params["max_id"] = str(page[-1]["id"])

    def standing(self, asked: str, answer: str) -> list[str]:
        """The answers with this text that the server shows under a status, as its API tells the brand."""
        thread = self.get("brand", f"/statuses/{asked}/context")["descendants"]
        return [str(s["id"]) for s in thread if answer in html_to_text(s["content"])]


@pytest.fixture(params=["snac", "mastomock"])
def live(request: pytest.FixtureRequest) -> Live:
    return Live(request.param)


def run(*words: str) -> Any:
    """The program as a person calls it; its JSON."""
    done = subprocess.run([sys.executable, "-m", "cminbox", *words], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_mention_once_and_an_answer_that_stands_there(live: Live, home: Path, monkeypatch: pytest.MonkeyPatch):
    tag = uuid.uuid4().hex[:8]
    said = {live.say(who, f"{live.brand} {text} {tag}"): text for who, text in TEXTS}
    until = time.monotonic() + 30
    while not said.keys() <= live.mentions().keys():
        assert time.monotonic() < until, "the server did not deliver the mentions"
        time.sleep(0.2)

    folder = home / "config"
    folder.mkdir()
    (folder / "config.toml").write_text(
        f'[[source]]\nname = "brand"\nnetwork = "mastodon"\nbase_url = "{live.url}"\n[sending]\nundo = "0s"\n'
    )
    monkeypatch.setenv("CMINBOX_SECRET_BRAND", live.tokens["brand"])
    (first,) = run("poll", "--once", "--json")
    assert first["error"] is None
    assert first["new"] >= len(said)

    exported = subprocess.run([sys.executable, "-m", "cminbox", "export"], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in exported.stdout.splitlines()]
    inbound = [line["id"] for line in lines if line["direction"] == "in"]
    assert len(inbound) == len(set(inbound))
    assert live.mentions().keys() <= set(inbound)
    for status, text in said.items():
        (line,) = [line for line in lines if line["id"] == status]
        assert tag in line["text"]
        assert text[:12] in line["text"]

    (second,) = run("poll", "--once", "--json")
    assert (second["new"], second["error"]) == (0, None)

    (row,) = run("list", f'{tag} "order 4521"', "--json")
    answer = f"Sorry! We are checking it now. {tag}"
    done = subprocess.run(
        [sys.executable, "-m", "cminbox", "reply", str(row["id"]), "--text", answer, "--wait", "--timeout", "90s"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    asked = next(status for status, text in said.items() if "#4521" in text)
    until = time.monotonic() + 20
    while not (standing := live.standing(asked, answer)):
        assert time.monotonic() < until, "the answer does not stand on the server"
        time.sleep(0.2)
    assert len(standing) == 1
    assert [row["status"] for row in run("list", f'is:pending {tag} "order 4521"', "--json")] == ["pending"]

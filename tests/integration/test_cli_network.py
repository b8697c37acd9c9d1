"""The commands that speak with a network, on the demo: a real engine, real HTTP, real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

ROOT = Path(__file__).parents[2]
ENV = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"}


class Demo:
    """A running `cminbox demo --no-screen`, and the commands on its store."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.told: dict[str, str] = json.loads(process.stdout.readline())
        self.env = {
            **ENV,
            "CMINBOX_CONFIG": self.told["config"],
            "CMINBOX_DATA": self.told["data"],
            "CMINBOX_SECRET_HERON": self.told["token"],
        }

    def call(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cminbox", *words]
        return subprocess.run(command, capture_output=True, text=True, env={**self.env, **env}, timeout=90, check=False)

    def json(self, *words: str) -> Any:
        done = self.call(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def asked(self, path: str, body: object = None) -> Any:
        """An answer of the network itself, apart from the program."""
        data = None if body is None else json.dumps(body).encode()
        head = {"Authorization": f"Bearer {self.told['token']}", "Content-Type": "application/json"}
        with urlopen(Request(self.told["url"] + path, data, head), timeout=10) as answer:  # noqa: S310 - our own loopback
            return json.loads(answer.read() or b"null")


def started(*words: str) -> Demo:
    command = [sys.executable, "-m", "cminbox", "demo", "--no-screen", *words]
    return Demo(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENV))


def gone(folder: Path, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while folder.exists() and time.monotonic() < end:
        time.sleep(0.1)
    return not folder.exists()


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    demo = started("--speed", "0.2")
    try:
        # Rows come page by page; the source is "new" until its first poll is whole.
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if demo.json("sources", "list")[0]["health"] == "ok" and len(demo.json("list", "")) >= 100:
                break
            time.sleep(0.3)
        yield demo
    finally:
        demo.process.terminate()
        demo.process.wait(30)
        assert demo.process.stdout is not None
        demo.process.stdout.close()


def test_the_demo_fills_a_queue_in_many_languages(demo: Demo) -> None:
    rows = demo.json("list", "")
    assert len(rows) >= 100
    assert {"en", "es", "hi", "gu", "pa", "pt", "fr", "de"} <= {row["lang"] for row in rows}
    (source,) = demo.json("sources", "list")
    assert (source["name"], source["health"], source["account"]) == ("heron", "ok", "saffronheron")
    assert os.stat(demo.told["data"]).st_mode & 0o077 == 0


def test_the_secret_is_written_nowhere(demo: Demo) -> None:
    token = demo.told["token"].encode()
    files = [file for key in ("config", "data") for file in Path(demo.told[key]).rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if token in file.read_bytes()]


def test_sources_test_and_doctor(demo: Demo) -> None:
    done = demo.call("sources", "test", "heron")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("heron: answers as saffronheron")
    refused = demo.call("sources", "test", "heron", CMINBOX_SECRET_HERON="wrong")
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    states = {check["check"]: check["state"] for check in demo.json("doctor")}
    assert states["source heron"] == states["clock"] == states["engine"] == "ok"


def test_sources_networks(demo: Demo) -> None:
    networks = {info["network"]: info for info in demo.json("sources", "networks")}
    assert networks["mastodon"]["capabilities"]["reply"] is True
    assert networks["mastodon"]["capabilities"]["limit"] == 500
    assert networks["feed"]["capabilities"]["reply"] is False


def test_a_reply_is_sent_once_and_stands_on_the_network(demo: Demo) -> None:
    row = demo.json("list", "is:open", "--limit", "1", "--sort", "newest")[0]
    words = f"We are looking into it, number {row['id']}"
    done = demo.call("reply", str(row["id"]), "--text", words, "--wait")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("sent: http://127.0.0.1:")
    account = demo.asked("/api/v1/accounts/verify_credentials")["id"]
    said = [status["content"] for status in demo.asked(f"/api/v1/accounts/{account}/statuses?limit=20")]
    assert len([content for content in said if words in content]) == 1
    after = demo.json("show", str(row["id"]))
    assert after["status"] == "pending" or after["messages"][-1]["direction"] == "in"
    assert [reply["status"] for reply in after["replies"]] == ["sent"]
    assert demo.json("report")["by"]["member"]["ana"]["reply"]["wall"]["count"] >= 1


def test_a_reply_from_a_template_speaks_their_language(demo: Demo) -> None:
    row = demo.json("list", "is:open lang:es", "--limit", "1")[0]
    done = demo.call("reply", str(row["id"]), "--template", "sorry", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert row["id"] in [one["id"] for one in demo.json("list", "is:open lang:es")]
    english = demo.call("reply", str(row["id"]), "--template", "sorry", "--lang", "en", "--dry-run")
    assert english.stdout != done.stdout
    assert "{{" not in done.stdout
    missing = demo.call("reply", str(row["id"]), "--text", "Dear {{ author.title }}")
    assert missing.returncode == 1
    assert "author.title has no value" in missing.stderr
    unknown = demo.call("reply", str(row["id"]), "--template", "sory", "--dry-run")
    assert unknown.returncode == 2
    assert "sorry" in unknown.stderr
    long = demo.call("reply", str(row["id"]), "--text", "x" * 600)
    assert long.returncode == 1
    assert "of 500" in long.stderr


def test_poll_once_beside_a_running_engine_asks_it(demo: Demo) -> None:
    before = demo.json("sources", "list")[0]["last_poll_at"]
    done = demo.call("poll", "--once")
    assert done.returncode == 0
    assert "was asked to poll now" in done.stderr
    end = time.monotonic() + 15
    while demo.json("sources", "list")[0]["last_poll_at"] == before and time.monotonic() < end:
        time.sleep(0.2)
    assert demo.json("sources", "list")[0]["last_poll_at"] != before


def test_poll_once_takes_each_message_once(demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        f'[[source]]\nname = "heron"\nnetwork = "mastodon"\nbase_url = "{demo.told["url"]}"\n'
        '[[source]]\nname = "dead"\nnetwork = "feed"\nbase_url = "http://127.0.0.1:9/feed"\n'
    )
    folders = {"CMINBOX_CONFIG": str(tmp_path), "CMINBOX_DATA": str(tmp_path / "d")}
    first = demo.call("poll", "--once", **folders)
    assert first.returncode == 3
    assert first.stdout.startswith("heron: ")
    assert "dead: " in first.stderr
    count = int(first.stdout.split()[1].replace(",", ""))
    assert count > 100
    again = demo.call("poll", "--once", "--source", "heron", **folders)
    assert again.returncode == 0
    assert int(again.stdout.split()[1]) < 20
    texts = [json.loads(line)["id"] for line in demo.call("export", **folders).stdout.splitlines()]
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_the_demo_leaves_nothing_behind(number: signal.Signals) -> None:
    demo = started()
    folder = Path(demo.told["config"]).parent
    assert folder.exists()
    engine_log = Path(demo.told["data"]) / "cminbox.log"
    assert engine_log.exists()
    demo.process.send_signal(number)
    status = demo.process.wait(30)
    assert demo.process.stdout is not None
    demo.process.stdout.close()
    assert status == 128 + number
    assert gone(folder)
    with pytest.raises(OSError, match="refused"):
        urlopen(demo.told["url"], timeout=5)  # noqa: S310 - our own loopback

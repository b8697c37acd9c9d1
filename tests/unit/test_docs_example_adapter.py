"""The adapter that CONTRIBUTING.md walks through is a real one: installed as a package, polled and answered."""

from __future__ import annotations

import importlib
import json
import re
import sys
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cminbox import config, paths
from cminbox.config import Config
from cminbox.desk import Desk
from cminbox.engine.loop import Engine
from cminbox.errors import DataError
from cminbox.model import Member
from cminbox.sources import registry
from cminbox.sources.contract import Account, Info
from cminbox.store import Store, conversations, messages, replies

ROOT = Path(__file__).parents[2]
PAGE = 2


@dataclass
class Book:
    """The guestbook's server; what was written stays, and it gives two entries a page."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    rooms: set[str] = field(default_factory=set)

    def write(self, said: str, *, name: str = "Ana", answers: object = None, ours: bool = False) -> dict[str, Any]:
        number = len(self.entries) + 1
        at = f"2026-05-01T09:{number:02d}:00+00:00"
        self.entries.append(
            {"id": number, "name": name, "said": said, "at": at, "answers": answers and int(str(answers)), "ours": ours}
        )
        return self.entries[-1]

    def after(self, number: int) -> list[dict[str, Any]]:
        return [entry for entry in self.entries if entry["id"] > number][:PAGE]


@pytest.fixture
def book() -> Iterator[tuple[Book, str]]:
    kept = Book()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            kept.rooms.update(asked["room"])
            self._answer(kept.after(int(asked["after"][0])))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            kept.rooms.add(body["room"])
            self._answer(kept.write(body["said"], name="us", answers=body["answers"], ours=True))

        def _answer(self, value: object) -> None:
            body = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield kept, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def blocks(language: str) -> list[str]:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    return re.findall(rf"(?m)^```{language}\n(.*?)```", page, re.DOTALL)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The module and its entry point, as installing the package would leave them."""
    (code,), (points, _) = blocks("python"), blocks("toml")
    site = tmp_path / "site"
    metadata = site / "cminbox_guestbook-1.0.dist-info"
    metadata.mkdir(parents=True)
    (site / "cminbox_guestbook.py").write_text(code, "utf-8")
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: cminbox-guestbook\nVersion: 1.0\n", "utf-8")
    ((group, named),) = tomllib.loads(points)["project"]["entry-points"].items()
    lines = [f"{name} = {module}" for name, module in named.items()]
    (metadata / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines, ""]), "utf-8")
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    yield
    sys.modules.pop("cminbox_guestbook", None)


def configured(folder: Path, url: str) -> Config:
    example = blocks("toml")[1].replace("https://book.example", url)
    where = paths.find(folder / "config", folder / "data")
    where.config.mkdir()
    where.config_file.write_text(example + '\n[sending]\nundo = "0s"\n', "utf-8")
    return config.load(where)


@pytest.mark.usefixtures("installed")
async def test_it_is_found_configured_polled_and_answered(tmp_path: Path, book: tuple[Book, str]) -> None:
    kept, url = book
    for said in ("Lovely tea!", "Is the shop open on \x1b[31mSunday\u202e?", "Where is my parcel?"):
        kept.write(said)
    kept.write("torn out")["at"] = "?"
    assert registry.networks()["guestbook"].ours is False
    assert isinstance(registry.info("guestbook"), Info)
    settings = configured(tmp_path, url)
    with Store.open(settings.paths.store) as store:
        (polled,) = await Engine(store, settings).once()
        assert (polled.error, polled.taken.new, polled.skipped) == (None, 3, 1)
        assert kept.rooms == {"lobby"}
        shown = {row.preview for row in conversations.page(store.read(), None, "newest")}
        assert any("Sunday" in said and "\x1b" not in said and "\u202e" not in said for said in shown)
        (again,) = await Engine(store, settings).once()
        assert again.taken.new == 0

        row = next(row for row in conversations.page(store.read(), None, "newest") if "parcel" in row.preview)
        desk = Desk(store, settings._replace(undo_ms=0), Member("ana"))
        reply = desk.outbox.send(row.id, "On its way, sorry!")
        await Engine(store, settings).once()
        await Engine(store, settings).once()
        sent = replies.get(store.read(), reply.id)
        assert sent is not None
        assert (sent.status, [entry["said"] for entry in kept.entries if entry["ours"]]) == (
            "sent",
            ["On its way, sorry!"],
        )
        thread = messages.thread(store.read(), row.id)
        assert [(message.direction, message.member) for message in thread] == [("in", ""), ("out", "ana")]


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("raw", [None, 7, [], {}, {"id": 1}, {"id": 1, "answers": 0, "name": 3, "said": "x"}])
def test_its_parse_tells_a_bad_item_apart(raw: object) -> None:
    adapter: Any = registry.load("guestbook")
    with pytest.raises(DataError):
        adapter.parse(raw, Account("lobby", "guestbook"))


@pytest.mark.usefixtures("installed")
def test_its_options_are_checked() -> None:
    (problem,) = registry.check_options(registry.info("guestbook"), {"rom": "lobby"})
    assert "did you mean 'room'?" in problem.message

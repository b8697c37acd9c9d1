"""Pictures of strangers: fetched over https within bounds, kept in a small folder, drawn small, and never trusted."""

from __future__ import annotations

import asyncio
import io
import ssl
import stat
import struct
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest

from certificates import make_certificate
from cminbox.errors import CminboxError
from cminbox.screens.picture.loading import load_picture
from cminbox.sources import pictures
from cminbox.sources.pictures import fetch, is_public, kept

needs_pillow = pytest.mark.skipif(find_spec("PIL") is None, reason="needs Pillow")


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, rows: bytes | None = None) -> bytes:
    """A PNG of three bytes a point; its header may promise what is not there."""
    content = b"" if rows is None else chunk(b"IDAT", zlib.compress(rows))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + content + chunk(b"IEND", b"")


RED_OVER_BLUE = png(2, 2, b"\0" + b"\xff\0\0" * 2 + b"\0" + b"\0\0\xff" * 2)


class Server:
    """A https server on loopback.

    Attributes:
        answers: by path: status, headers, body.
        asked: the paths that were asked for.
    """

    def __init__(self, folder: Path) -> None:
        pem, key = make_certificate(folder)
        self.trust = ssl.create_default_context(cafile=str(pem))
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                status, headers, body = outer.answers.get(self.path, (404, {}, b"no"))
                self.send_response(status)
                for word, value in headers.items():
                    self.send_header(word, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own.load_cert_chain(pem, key)
        self.server.socket = own.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.host = f"https://localhost:{self.server.server_address[1]}"

    def get(self, path: str, allowed: tuple[str, ...] = ("localhost",)) -> bytes:
        """What `fetch` gives of a path, where only some hosts may be asked."""
        return fetch(f"{self.host}{path}", trust=self.trust, allowed=lambda host: host in allowed)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.server.shutdown()
    server.server.server_close()


def test_a_picture_is_fetched_through_redirects_and_only_over_https(server: Server) -> None:
    server.answers["/a"] = (302, {"Location": "/b"}, b"")
    server.answers["/b"] = (200, {}, RED_OVER_BLUE)
    assert server.get("/a") == RED_OVER_BLUE
    for place, said in (
        ("http://localhost/x", "https address"),
        ("https://elsewhere.example/x", "not a host of the open internet"),
        ("/a", "from place to place"),
        ("https://ana@localhost/x", "https address"),
    ):
        server.answers["/a"] = (302, {"Location": place}, b"")
        with pytest.raises(CminboxError, match=said):
            server.get("/a")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((404, {}, b"no"), r"did not give it \(404\)"),
        ((200, {}, b"x" * (pictures.MAX_BYTES + 1)), "larger than 10 MB"),
        ((200, {"Content-Encoding": "gzip"}, b"no gzip"), "did not give it: DecodingError"),
        ((200, {"Content-Encoding": "gzip"}, zlib.compress(bytes(60_000_000), 9, 31)), "larger than 10 MB"),
    ],
)
def test_what_is_not_there_or_too_large_is_one_line(server: Server, answer: tuple, said: str) -> None:
    server.answers["/p"] = answer
    with pytest.raises(CminboxError, match=said) as caught:
        server.get("/p")
    assert "\n" not in caught.value.line()


def test_a_certificate_that_nobody_vouches_for_is_not_believed(server: Server) -> None:
    server.answers["/p"] = (200, {}, RED_OVER_BLUE)
    with pytest.raises(CminboxError, match="ConnectError"):
        fetch(f"{server.host}/p", allowed=lambda host: True)
    assert server.asked == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "fe80::1%1", ""])
def test_no_host_of_the_own_network_is_asked(host: str) -> None:
    assert not is_public(host)


def test_a_name_may_be_asked_where_all_that_it_stands_for_is_of_the_open_internet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = {"open.example": ["8.8.8.8", "2606:4700:4700::1111"], "mixed.example": ["8.8.8.8", "10.0.0.7"], "none": []}

    def look_up(host: str, port: int, **_: object) -> list[tuple]:
        if host not in known:
            raise OSError("no such name")
        return [(0, 0, 0, "", (address, port)) for address in known[host]]

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    asked = ("open.example", "mixed.example", "none", "unknown.example", "8.8.4.4")
    assert [is_public(host) for host in asked] == [True, False, False, False, True]


def test_what_was_fetched_is_kept_for_a_while_in_a_folder_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, asked = tmp_path / "state" / "pictures", []

    def get(address: str) -> bytes:
        asked.append(address)
        return address.encode()

    assert kept(folder, "https://a/1", get) == kept(folder, "https://a/1", get) == b"https://a/1"
    assert asked == ["https://a/1"]
    (file,) = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    monkeypatch.setattr(pictures, "KEPT_FILES", 3)
    for number in range(5):
        kept(folder, f"https://b/{number}", get)
    assert len(list(folder.iterdir())) == 3
    monkeypatch.setattr(pictures, "KEPT_BYTES", 25)
    kept(folder, "https://c/x", get)
    assert len(list(folder.iterdir())) == 2


@needs_pillow
def test_a_picture_is_made_small_and_keeps_its_shape() -> None:
    from PIL import Image

    assert pictures.drawn(RED_OVER_BLUE, 80, 20) == (2, 2, b"\xff\0\0" * 2 + b"\0\0\xff" * 2)
    for kind in pictures.FORMATS:
        file = io.BytesIO()
        Image.new("RGB", (3000, 1000), (200, 30, 30)).save(file, kind)
        width, height, content = pictures.drawn(file.getvalue(), 60, 20)
        assert (width, height) == (60, 20)
        assert len(content) == 3 * 60 * 20
        assert abs(content[0] - 200) < 12


HOSTILE = {
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a web page": b"<!doctype html><p>hello",
    "nothing": b"",
    "a PDF": b"%PDF-1.7",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\nshowpage",
    "a bitmap": b"BM" + bytes(60),
    "cut off": RED_OVER_BLUE[:45],
    "only a header": png(200, 200),
    "no pixels": png(0, 0),
    "zeros of 10,000 megabytes": png(60_000, 60_000, bytes(1_000_000)),
    "more than is there": png(6_000, 6_000, bytes(1_000)),
    "a GIF of two gigapixels": b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + b"\x80\0\0" + bytes(6) + b",",
}


@needs_pillow
@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_file_is_one_clear_line(name: str, tmp_path: Path) -> None:
    address = "https://pictures.example/x.png"
    kept(tmp_path / "p", address, lambda _: HOSTILE[name])
    with pytest.raises(CminboxError) as caught:
        await load_picture(tmp_path / "p", address, 80, 20)
    line = caught.value.line()
    assert "Traceback" not in line
    assert "\n" not in line
    assert "it is no picture that can be read" in line or "points, more than is drawn" in line, line


@needs_pillow
async def test_the_process_beside_draws_what_was_fetched(tmp_path: Path) -> None:
    address = "https://pictures.example/x.png"
    kept(tmp_path / "p", address, lambda _: RED_OVER_BLUE)
    pixels = await load_picture(tmp_path / "p", address, 80, 20)
    assert pixels == (2, 2, b"\xff\0\0" * 2 + b"\0\0\xff" * 2)


@needs_pillow
@pytest.mark.parametrize(
    "address", ["http://a.example/x", "file:///etc/passwd", "https://127.0.0.1/x", "", "https://[/"]
)
async def test_the_process_beside_asks_no_other_address(address: str, tmp_path: Path) -> None:
    with pytest.raises(CminboxError, match=r"https address|open internet"):
        await load_picture(tmp_path / "p", address, 80, 20)


async def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "PIL.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(CminboxError) as caught:
        await load_picture(tmp_path / "p", "https://pictures.example/x", 80, 20)
    assert "pip install 'cminbox[pictures]'" in caught.value.line()
    assert not (tmp_path / "p").exists()


async def test_what_does_not_come_in_time_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(60)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("cminbox.screens.picture.loading._MODULE", "slow")
    monkeypatch.setattr("cminbox.screens.picture.loading.WITHIN", 0.3)
    with pytest.raises(CminboxError, match="did not come within"):
        await asyncio.wait_for(load_picture(tmp_path / "p", "https://a.example/x", 80, 20), 10)

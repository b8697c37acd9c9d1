"""The ground of the tests itself: no network, nobody's own files."""

from __future__ import annotations

import asyncio
import os
import socket
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from cminbox import config, paths


def refused(action: Callable[[], object]) -> str:
    with pytest.raises(RuntimeError, match="tried to reach") as caught:
        action()
    return str(caught.value)


def test_no_test_reaches_another_host_by_a_bare_socket() -> None:
    with socket.socket() as plain:
        assert "192.0.2.1" in refused(lambda: plain.connect(("192.0.2.1", 80)))
        assert "192.0.2.1" in refused(lambda: plain.connect_ex(("192.0.2.1", 80)))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        refused(lambda: datagrams.sendto(b"x", ("192.0.2.1", 53)))
    with socket.socket(socket.AF_INET6) as six:
        refused(lambda: six.connect(("2001:db8::1", 80)))


def test_no_test_asks_a_name_server() -> None:
    refused(lambda: socket.getaddrinfo("example.org", 80))
    refused(lambda: urllib.request.urlopen("http://example.org/", timeout=1))


async def test_no_test_reaches_another_host_by_httpx() -> None:
    async with httpx.AsyncClient() as client:
        for url in ("http://192.0.2.1/", "http://example.org/"):
            with pytest.raises((RuntimeError, ExceptionGroup)) as caught:
                await client.get(url)
            first = caught.value.exceptions[0] if isinstance(caught.value, ExceptionGroup) else caught.value
            assert "tried to reach" in str(first)


async def test_loopback_is_open() -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://localhost:{port}/")).text == "hi"


def test_each_test_has_a_home_of_its_own(home: Path) -> None:
    found = paths.find()
    assert all(home in folder.parents for folder in (found.config, found.data, found.state))
    assert Path.home() == home
    assert not found.config.exists()
    assert config.load(found).sources == ()


def test_one_time_zone_and_no_animations() -> None:
    assert time.tzname[0] == "UTC"
    assert os.environ["TEXTUAL_ANIMATIONS"] == "none"

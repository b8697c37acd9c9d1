"""Many small servers in one process: feeds, servers that hang or drip or are gone, and a Mastodon with much behind.

python many_hosts.py HOSTS NOTIFICATIONS; prints a port for each host, then Mastodon's. Host n serves `/feed/…` well,
unless n % 20 is 0 (it accepts and never answers) or 10 (it sends a byte now and then).
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

NOW = time.time()
ME = {"id": "1", "acct": "brand", "username": "brand"}
notifications: list[dict[str, object]] = []
"""Oldest first."""


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def mention(number: int, at: float) -> dict[str, object]:
    who = {"id": str(1000 + number % 500), "acct": f"p{number % 500}@far.test", "display_name": "P"}
    content = f"<p>@brand question {number}?</p>"
    status = {
        "id": str(10**9 + number),
        "created_at": iso(at),
        "account": who,
        "content": content,
        "visibility": "public",
    }
    return {"id": str(number), "type": "mention", "created_at": iso(at), "account": who, "status": status}


def mastodon(path: str, query: dict[str, list[str]]) -> object:
    if path == "/mention":
        notifications.append(mention(len(notifications) + 1, time.time()))
        return {"id": notifications[-1]["status"]["id"]}  # type: ignore[index]
    if path.endswith("verify_credentials"):
        return ME
    if path.endswith("/instance"):
        return {"configuration": {"statuses": {"max_characters": 500}}}
    if path.endswith("/notifications"):
        size, top = 40, len(notifications)
        if "min_id" in query:
            low = int(query["min_id"][0])
            return notifications[low : low + size][::-1]
        high = int(query["max_id"][0]) - 1 if "max_id" in query else top
        return notifications[max(0, high - size) : high][::-1]
    return []


def feed(path: str) -> bytes:
    items = "".join(
        f"<item><guid>{path}-{n}</guid><title>Tea {n}</title><link>http://x.test/{n}</link>"
        f"<description>What a nice tea number {n}, is there more?</description>"
        f"<pubDate>{datetime.fromtimestamp(NOW - n, UTC):%a, %d %b %Y %H:%M:%S GMT}</pubDate></item>"
        for n in range(5)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{items}</channel></rss>'.encode()


class Host:
    def __init__(self, number: int) -> None:
        self.number = number

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                parts = urlsplit(line.split()[1].decode())
                while (await reader.readline()).strip():
                    pass
                if self.number >= 0 and self.number % 20 == 0:
                    await asyncio.sleep(3600)
                elif self.number >= 0 and self.number % 20 == 10:
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n")
                    while True:
                        writer.write(b"<")
                        await writer.drain()
                        await asyncio.sleep(0.5)
                elif self.number < 0:
                    body = json.dumps(mastodon(parts.path, parse_qs(parts.query))).encode()
                else:
                    body = feed(parts.path)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
                await writer.drain()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


async def main(hosts: int, behind: int) -> None:
    notifications.extend(mention(number + 1, NOW - 3600 + number / 20) for number in range(behind))
    servers = [await asyncio.start_server(Host(number).serve, "127.0.0.1", 0) for number in (*range(hosts), -1)]
    ports = [str(server.sockets[0].getsockname()[1]) for server in servers]
    sys.stdout.write(" ".join(ports) + "\n")
    sys.stdout.flush()
    await asyncio.sleep(3600)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))

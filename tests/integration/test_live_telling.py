"""Delivery to servers that we did not write: mail by SMTP with answers that are lost, looked up by IMAP; Matrix."""

from __future__ import annotations

import asyncio
import imaplib
import time
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from cminbox import paths
from cminbox.channels import ChannelConfig, TellConfig
from cminbox.config import Config
from cminbox.engine.telling.worker import Teller
from cminbox.model import HOUR, now
from cminbox.store import Store, deliveries, notices
from live_servers import LIVE, started
from stores import new_store

pytestmark = LIVE


class Clock:
    def __init__(self) -> None:
        self.ahead = 0

    def __call__(self) -> int:
        return now() + self.ahead


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with new_store(home / "data" / "cminbox.db") as made:
        yield made


def told(store: Store, channel: ChannelConfig, titles: list[str], clock: Clock) -> list[deliveries.Delivery]:
    """What becomes of these, each told alone."""
    config = Config(paths.find(), undo_ms=0, tell=TellConfig((channel,)))
    numbers = []
    for title in titles:
        key, at = f"{title}:{time.monotonic_ns()}", clock()
        number = store.write(
            lambda conn, title=title, key=key, at=at: notices.tell(
                conn, at, "rule", title, key=key, text="Grüße, 谢谢, ਸ਼ੁਕਰੀਆ", recipients=[channel.name]
            )
        )
        numbers.append(number or 0)
    teller = Teller(store, config, clock)

    async def work() -> None:
        await teller.plan()
        for _ in range(30):
            await asyncio.gather(*(teller.serve(due) for due in teller.due()))

    asyncio.run(work())
    clock.ahead += HOUR  # what is unknown is looked up
    asyncio.run(work())
    return [deliveries.of_notice(store.read(), number)[0].delivery for number in numbers]


def test_mail_is_delivered_once_though_each_third_answer_is_lost(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = started("mail")
    alice = next(one for one in mail["accounts"] if one["name"] == "alice")
    user, password = quote(alice["address"], safe=""), alice["password"]
    monkeypatch.setenv("CMINBOX_SECRET_MAIL", f"mailto://{user}:{password}@{mail['smtp']}/")
    mark = f"w{time.monotonic_ns()}"
    titles = [f"{mark} {number} größer" for number in range(9)]
    channel = ChannelConfig(
        "mail", digest=0, sender="brand@example.com", to=(alice["address"],), mailbox=f"imap://{mail['imap']}/INBOX"
    )
    found = told(store, channel, titles, Clock())
    assert {one.status for one in found} == {"sent"}
    host, port = mail["imap"].split(":")
    with imaplib.IMAP4(host, int(port)) as imap:
        imap.login(alice["address"], password)
        imap.select("INBOX", readonly=True)
        _, numbers = imap.search(None, "SUBJECT", mark)
        ids = []
        for number in numbers[0].split():
            _, parts = imap.fetch(number, "(RFC822)")
            ids.append(message_from_bytes(parts[0][1])["Message-ID"])  # type: ignore[index]
    assert sorted(ids) == sorted(one.message_id for one in found)  # each is there once
    lost = [event for event in deliveries.newest(store.read(), "mail") if event.look_ups]
    assert lost or not any(one.tries > 1 for one in found)


def test_nobody_at_an_address_is_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = started("mail")
    monkeypatch.setenv("CMINBOX_SECRET_MAIL", f"mailto://{mail['smtp']}/")
    channel = ChannelConfig("mail", digest=0, sender="brand@example.com", to=("nobody@example.com",))
    (one,) = told(store, channel, ["x"], Clock())
    assert one.status == "failed"
    assert "550 no such user" in one.error


def test_matrix(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    synapse = started("synapse")
    brand = next(one for one in synapse["accounts"] if one["name"] == "brand")
    url, token = synapse["url"], brand["access_token"]
    client = httpx.Client(base_url=f"{url}/_matrix/client/v3", headers={"authorization": f"Bearer {token}"})
    room = client.post("/createRoom", json={"preset": "private_chat"}).raise_for_status().json()["room_id"]
    host = url.removeprefix("http://")
    secret = f"matrix://brand:{quote(brand['password'], safe='')}@{host}/{quote(room)}?hsreq=no"
    monkeypatch.setenv("CMINBOX_SECRET_OPS", secret)
    channel = ChannelConfig("ops", digest=0)
    found = told(store, channel, ["first", "second"], Clock())
    assert [(one.status, one.error) for one in found] == [("sent", ""), ("sent", "")]
    read = client.get(f"/rooms/{quote(room)}/messages", params={"dir": "b", "limit": 50})
    events = read.raise_for_status().json()["chunk"]
    bodies = [event["content"].get("body", "") for event in events if event["type"] == "m.room.message"]
    assert len(bodies) == 2
    assert all("Grüße, 谢谢, ਸ਼ੁਕਰੀਆ" in body for body in bodies)
    monkeypatch.setenv("CMINBOX_SECRET_OPS", secret.replace(brand["password"], "wrong-word"))
    (one,) = told(store, channel, ["third"], Clock())
    assert one.status == "queued"
    assert "refuses the login: 403" in one.error
    assert "wrong-word" not in one.error

"""What is told is delivered once, to real receivers on loopback; what became of it is said truly."""

from __future__ import annotations

import asyncio
import inspect
import socket
import ssl
import time
from collections.abc import Iterator
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from telling_desk import NOW, all_deliveries, configured, conversation, member, notice, plain

from cminbox import paths
from cminbox.channels import ChannelConfig, Quiet
from cminbox.config import Config
from cminbox.engine.telling.letter import Letter
from cminbox.engine.telling.mail import MailCarrier
from cminbox.engine.telling.worker import Teller
from cminbox.errors import Refused
from cminbox.model import DAY, HOUR, MINUTE, SECOND
from cminbox.screens.conversation.words import event_words
from cminbox.store import Store, deliveries, events
from cminbox.store.deliveries import Delivery
from stores import new_store
from telling_receivers import MailServer, Webhook, certificate, mail_server, served_with, webhook


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


class Killed(BaseException):
    """The engine was killed here."""


class Desk:
    """A store, a configuration and a teller on it."""

    def __init__(self, store: Store, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store = store
        self.config = config
        self.clock = Clock()
        self.patch = monkeypatch
        self.kill_at = ""
        self.teller = self.again()

    def again(self) -> Teller:
        """A new engine's teller, after the one before ended."""

        def step(name: str) -> None:
            if name == self.kill_at:
                self.kill_at = ""
                raise Killed

        self.teller = Teller(self.store, self.config, self.clock, step)
        return self.teller

    def secret(self, name: str, url: str) -> None:
        self.patch.setenv(f"CMINBOX_SECRET_{name.upper()}", url)

    def run(self, passes: int = 3) -> None:
        """Let the engine do what is due."""

        async def work() -> None:
            await self.teller.plan()
            for _ in range(passes):
                await asyncio.gather(*(self.teller.serve(due) for due in self.teller.due()))

        asyncio.run(work())

    def recover(self) -> None:
        asyncio.run(self.again().recover())

    @property
    def all(self) -> list[Delivery]:
        return all_deliveries(self.store)

    @property
    def one(self) -> Delivery:
        (found,) = self.all
        return found

    def said(self) -> list[tuple[str, Any]]:
        return [(event.action, event.detail) for event in events.newest(self.store.read(), 50)]


@pytest.fixture
def desk(home: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    ops = ChannelConfig("ops", digest=0)
    mail = ChannelConfig("mail", sender="Inbox <inbox@shop.example>", digest=0)
    config = configured(plain(paths.find()), member("ana", "mail:ana@shop.example", role="lead"), channels=(ops, mail))
    with new_store(config.paths.store) as store:
        yield Desk(store, config, monkeypatch)


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook() as made:
        yield made


@pytest.fixture
def contexts(monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS as it is outside of tests, which make one context for all: what a test trusts, the next one does not."""
    monkeypatch.setattr(ssl, "create_default_context", inspect.unwrap(ssl.create_default_context))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# a webhook, by Apprise


def test_what_was_delivered_is_told_and_only_then(desk: Desk, hook: Webhook) -> None:
    desk.secret("ops", hook.url())
    number = desk.store.write(lambda conn: conversation(conn, 7))
    notice(
        desk.store,
        "rule",
        title="refund and angry",
        text="They want money\nback",
        recipients=["ops"],
        conversation_id=number,
    )
    desk.run()
    (got,) = hook.got
    assert got["title"] == "refund and angry"
    assert got["message"] == "They want money\nback\n\nConversation 7: cminbox show 7"
    assert (desk.one.status, desk.one.sent_at, desk.one.error) == ("sent", NOW, "")
    assert desk.said() == [("told", {"to": "ops", "of": ["rule"], "delivery": 1})]
    (event,) = events.of(desk.store.read(), number)
    assert event_words(event, "jo") == "told ops"
    desk.run()
    assert len(hook.got) == 1


def test_several_are_told_in_one_message(desk: Desk, hook: Webhook) -> None:
    desk.secret("ops", hook.url())
    desk.config = configured(desk.config, channels=(ChannelConfig("ops"),))
    desk.again()
    for title in ("one", "two", "three"):
        notice(desk.store, "rule", title=title, recipients=["ops"])
    desk.run()
    (got,) = hook.got
    assert got["title"] == "3 notices: one"
    assert got["message"] == "08:00 one\n\n08:00 two\n\n08:00 three"


@pytest.mark.parametrize(
    ("answer", "status", "why"),
    [
        (404, "failed", "127.0.0.1 refuses it: 404 so"),
        (500, "unknown", "127.0.0.1 is in trouble: 500 so"),
        (503, "queued", "127.0.0.1 asks to wait: 503 so"),
        (401, "queued", "127.0.0.1 refuses the login: 401 so"),
        ("cut", "unknown", "127.0.0.1: the connection was cut"),
        ("slow", "unknown", "127.0.0.1: no answer in time"),
    ],
)
def test_what_became_of_it_is_said_by_what_is_certain(
    desk: Desk, hook: Webhook, answer: int | str, status: str, why: str
) -> None:
    desk.secret("ops", hook.url("&retry=3"))
    hook.behave = lambda number: answer if number == 1 else 200
    notice(desk.store, "rule", title="x", recipients=["ops"])
    desk.run()
    assert hook.seen == 1
    assert (desk.one.status, desk.one.error) == (status, why)
    desk.clock.now += 2 * DAY
    desk.run()
    assert (hook.seen, desk.one.status) == ((2, "sent") if status == "queued" else (1, status))
    assert len(hook.got) <= 1


def test_a_receiver_that_is_down_is_tried_again_and_holds_up_no_other(desk: Desk, hook: Webhook) -> None:
    port = free_port()
    desk.secret("ops", f"json://127.0.0.1:{port}/")
    desk.config = configured(desk.config, channels=(ChannelConfig("ops", digest=0), ChannelConfig("hall", digest=0)))
    desk.secret("hall", hook.url())
    desk.again()
    for title in ("one", "two"):
        notice(desk.store, "rule", title=title, recipients=["ops", "hall"])
    desk.run()
    assert hook.titles == ["one", "two"]
    waiting = [one for one in desk.all if one.channel == "ops"]
    assert [(one.status, one.tries) for one in waiting] == [("queued", 1), ("queued", 0)]
    trouble = deliveries.channel(desk.store.read(), "ops")
    assert trouble.problem == "127.0.0.1 cannot be reached: connection refused"
    assert trouble.since == NOW
    desk.run()  # it is not its time yet
    assert [one.tries for one in desk.all if one.channel == "ops"] == [1, 0]
    desk.clock.now += 5 * SECOND
    desk.run()
    assert [one.tries for one in desk.all if one.channel == "ops"] == [2, 0]
    back = Webhook(port)
    try:
        desk.clock.now += 10 * SECOND
        desk.run()
        assert back.titles == ["one", "two"]
    finally:
        back.close()
    assert {one.status for one in desk.all} == {"sent"}
    assert deliveries.channel(desk.store.read(), "ops").problem == ""


def test_what_cannot_be_told_for_a_day_has_failed_with_all_that_waited_as_long(desk: Desk) -> None:
    desk.secret("ops", f"json://127.0.0.1:{free_port()}/")
    for title in ("one", "two"):
        notice(desk.store, "rule", title=title, recipients=["ops"])
    desk.run()
    desk.clock.now += DAY + HOUR
    notice(desk.store, "rule", title="three", recipients=["ops"], at=desk.clock.now)
    desk.run(1)
    assert [one.status for one in desk.all] == ["failed", "failed", "queued"]
    assert desk.all[1].error == "127.0.0.1 cannot be reached: connection refused"


def test_without_an_address_it_waits_for_one(desk: Desk, hook: Webhook) -> None:
    notice(desk.store, "rule", title="x", recipients=["ops"])
    desk.run()
    assert (desk.one.status, desk.one.error) == ("queued", "no address is kept for it")
    trouble = deliveries.channel(desk.store.read(), "ops")
    assert (trouble.problem, trouble.hint) == ("no address is kept for it", "cminbox channels login ops")
    desk.secret("ops", hook.url())
    desk.store.write(lambda conn: deliveries.try_soon(conn, "ops", NOW))
    desk.run()
    assert desk.one.status == "sent"


def test_an_address_that_is_none_is_said_without_showing_it(desk: Desk) -> None:
    desk.secret("ops", "mtrixs://user:hunter-22@matrix.example/!room")
    notice(desk.store, "rule", title="x", recipients=["ops"])
    desk.run()
    assert desk.one.error == "its address is none that Apprise knows: mtrixs://…"


def test_a_channel_that_is_configured_no_more_tells_nothing(desk: Desk) -> None:
    notice(desk.store, "rule", title="x", recipients=["ops"])
    asyncio.run(desk.teller.plan())
    desk.teller.config = configured(desk.config)
    desk.run()
    assert (desk.one.status, desk.one.error) == ("failed", "config.toml has no such [[channel]] any more")


@pytest.mark.parametrize(
    ("step", "status", "posts"),
    [
        ("tell: begin", "queued", 0),
        ("tell: marked", "unknown", 0),
        ("tell: answered", "unknown", 1),
        ("tell: stored", "sent", 1),
    ],
)
def test_an_engine_that_is_killed_repeats_nothing(
    desk: Desk, hook: Webhook, step: str, status: str, posts: int
) -> None:
    desk.secret("ops", hook.url())
    notice(desk.store, "rule", title="x", recipients=["ops"])
    desk.kill_at = step
    with pytest.raises(Killed):
        desk.run()
    desk.recover()
    assert (desk.one.status, len(hook.got)) == (status, posts)
    desk.clock.now += DAY
    desk.run()
    assert len(hook.got) == (1 if status != "unknown" else posts)
    assert desk.one.status == ("unknown" if status == "unknown" else "sent")


def test_quiet_hours_that_began_meanwhile_hold_back(desk: Desk, hook: Webhook) -> None:
    desk.secret("ops", hook.url())
    notice(desk.store, "rule", title="x", recipients=["ops"])
    asyncio.run(desk.teller.plan())
    night = (Quiet(frozenset(range(7)), 0, 9 * 60),)
    desk.teller.config = configured(desk.config, channels=(ChannelConfig("ops", quiet=night, digest=0),))
    desk.run()
    assert (desk.one.status, desk.one.next_try_at, hook.got) == ("queued", NOW + HOUR, [])
    desk.clock.now += HOUR
    desk.run()
    assert desk.one.status == "sent"


def test_what_was_read_before_it_was_told_is_not_told(desk: Desk, hook: Webhook) -> None:
    number = desk.store.write(lambda conn: conversation(conn, 7))
    notice(desk.store, "assigned", title="x", people={"assignee": ["ana"]}, conversation_id=number)
    asyncio.run(desk.teller.plan())
    assert desk.store.write(lambda conn: deliveries.acknowledge(conn, "ana", [number], NOW)) == 1
    desk.secret("mail", "mailto://127.0.0.1:9/")
    desk.run()
    assert desk.one.status == "cancelled"


def test_a_hanging_receiver_is_let_go_and_its_channel_waits_for_its_end(desk: Desk) -> None:
    class Hanging:
        calls = 0

        def send(self, *args: object) -> None:
            Hanging.calls += 1
            time.sleep(0.5)

        def look_up(self, message_id: str) -> bool:
            return False

    desk.secret("ops", "json://x/")
    teller = Teller(desk.store, desk.config, desk.clock, carriers=lambda channel, url: Hanging(), longest=50)
    for title in ("one", "two"):
        notice(desk.store, "rule", title=title, recipients=["ops"])

    async def work() -> None:
        await teller.plan()
        for due in teller.due():
            await teller.serve(due)
        assert [one.status for one in desk.all] == ["unknown", "queued"]
        assert [one.status for one in teller.due()] == []
        await asyncio.sleep(0.6)
        assert [one.status for one in teller.due()] == ["queued"]

    asyncio.run(work())
    assert Hanging.calls == 1


# mail


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


def to_ana(desk: Desk, title: str = "12 is yours: größer") -> None:
    notice(desk.store, "assigned", title=title, text="A text — with ü.\n.\nEnd", people={"assignee": ["ana"]})


def test_mail_goes_to_the_member_with_an_id_of_ours(desk: Desk, mail: MailServer) -> None:
    desk.secret("mail", mail.url())
    to_ana(desk)
    desk.run()
    assert desk.one.status == "sent"
    (got,) = mail.got
    assert str(make_header(decode_header(got["Subject"]))) == "12 is yours: größer"
    assert (got["From"], got["To"], got["Message-ID"]) == (
        "Inbox <inbox@shop.example>",
        "ana@shop.example",
        desk.one.message_id,
    )
    assert got["Auto-Submitted"] == "auto-generated"
    text = got.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert text.decode().replace("\r\n", "\n") == "A text — with ü.\n.\nEnd\n"
    assert mail.recipients == [["ana@shop.example"]]
    assert desk.said()[-1][1]["to"] == "ana (mail)"


def test_what_no_mail_can_hold_is_refused_before_anybody_is_asked(mail: MailServer) -> None:
    carrier = MailCarrier(ChannelConfig("mail"), mail.url())
    with pytest.raises(Refused, match="cannot be written as mail"):
        carrier.send(Letter("x", "half a sign \ud83d", "<1@x>"), "ana@shop.example")
    assert mail.commands == []


def test_without_anybody_named_it_goes_to_whom_it_is_from(desk: Desk, mail: MailServer) -> None:
    desk.secret("mail", mail.url())
    notice(desk.store, "rule", title="x", recipients=["mail"])
    desk.run()
    assert mail.recipients == [["inbox@shop.example"]]


def test_a_title_of_several_lines_makes_no_header(desk: Desk, mail: MailServer) -> None:
    desk.secret("mail", mail.url())
    to_ana(desk, "one\r\nBcc: evil@example.com")
    desk.run()
    assert mail.recipients == [["ana@shop.example"]]
    assert mail.subjects == ["one Bcc: evil@example.com"]


def test_a_lost_answer_is_unknown_and_looked_up_by_its_id(desk: Desk, mail: MailServer) -> None:
    where = f"imap://127.0.0.1:{mail.imap_port}/INBOX"
    desk.config = configured(
        desk.config, *desk.config.members, channels=(ChannelConfig("mail", mailbox=where, digest=0),)
    )
    desk.again()
    mail.behave = lambda number: "lost"
    desk.secret("mail", mail.url())
    to_ana(desk)
    desk.run(1)
    assert desk.one.status == "unknown"
    assert desk.one.error.startswith("127.0.0.1 gave no answer to what was sent")
    kept, mail.got = mail.got, []
    desk.clock.now += MINUTE
    desk.run()
    assert (desk.one.status, desk.one.look_ups) == ("unknown", 1)
    mail.got = kept
    desk.clock.now += 10 * MINUTE
    desk.run()
    assert desk.one.status == "sent"
    assert mail.seen == 1
    assert [action for action, _ in desk.said()] == ["maybe told", "told"]


def test_a_lost_answer_without_a_mailbox_stays_unknown(desk: Desk, mail: MailServer) -> None:
    mail.behave = lambda number: "lost"
    desk.secret("mail", mail.url())
    to_ana(desk)
    desk.run(1)
    desk.clock.now += DAY
    desk.run()
    assert (desk.one.status, desk.one.next_try_at, mail.seen) == ("unknown", None, 1)


@pytest.mark.parametrize(
    ("answer", "status", "why"),
    [
        ("550 5.1.1 no such user", "failed", "127.0.0.1 refuses it: 550 5.1.1 no such user"),
        ("451 try later", "queued", "127.0.0.1 does not take it now: 451 try later"),
    ],
)
def test_one_whom_the_server_does_not_know_keeps_nobody_else_waiting(
    desk: Desk, mail: MailServer, answer: str, status: str, why: str
) -> None:
    mail.refused["ana@shop.example"] = answer
    desk.secret("mail", mail.url())
    to_ana(desk)
    notice(desk.store, "rule", title="other", recipients=["mail:jo@shop.example"])
    desk.run()
    ana, jo = desk.all
    assert (ana.status, ana.error, jo.status) == (status, why, "sent")
    assert deliveries.channel(desk.store.read(), "mail").problem == ""


@pytest.mark.parametrize("scheme", ["mailto", "mailtos"])
@pytest.mark.usefixtures("contexts")
def test_a_wrong_password_waits_for_a_person_and_is_shown_nowhere(
    desk: Desk, tmp_path: Path, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with mail_server(starttls=file, password="right-one") as mail:
        desk.secret("mail", mail.url(scheme))
        to_ana(desk)
        desk.run()
        assert desk.one.error == "127.0.0.1 refuses the login: 535 no such login: …"
        assert desk.one.status == "queued"
        assert ("STARTTLS" in mail.commands) is (scheme == "mailtos")
        assert not mail.got
        mail.password = "hunter-22"
        desk.clock.now += 5 * MINUTE
        desk.run()
        assert desk.one.status == "sent"


@pytest.mark.usefixtures("contexts")
def test_tls_from_the_first_byte(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = certificate(tmp_path)
    with mail_server(tls=file) as mail:
        desk.secret("mail", mail.url("mailtos", rest="?mode=ssl"))
        to_ana(desk)
        desk.run()
        assert desk.one.error.startswith("127.0.0.1 cannot be reached: its certificate is not trusted")
        assert (desk.one.status, mail.got) == ("queued", [])
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        desk.clock.now += MINUTE
        desk.run()
        assert desk.one.status == "sent"


def test_a_server_without_tls_gets_no_password(desk: Desk) -> None:
    with mail_server(password="hunter-22") as mail:
        desk.secret("mail", mail.url("mailtos"))
        to_ana(desk)
        desk.run()
        assert desk.one.error == "127.0.0.1 offers no TLS, and the password is not sent without"
        assert "AUTH" not in mail.commands


def test_a_webhook_behind_tls(desk: Desk, hook: Webhook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = certificate(tmp_path)
    hook.server.socket = served_with(file).wrap_socket(hook.server.socket, server_side=True)
    desk.secret("ops", hook.url().replace("json://", "jsons://"))
    notice(desk.store, "rule", title="x", recipients=["ops"])
    desk.run()
    assert desk.one.error == "127.0.0.1 cannot be reached: its certificate is not trusted"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
    desk.clock.now += MINUTE
    desk.run()
    assert (desk.one.status, hook.titles) == ("sent", ["x"])

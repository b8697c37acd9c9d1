"""The mailbox of answers on a real IMAP server: what was sent there by SMTP is found, and left as it was."""

from __future__ import annotations

import imaplib
import smtplib
import time
import uuid
from email.message import EmailMessage
from typing import Any

import pytest

from cminbox.errors import AuthError, CminboxError
from cminbox.mail import answers, mailbox
from cminbox.mailbox_config import MailboxConfig
from cminbox.model import now
from live_servers import LIVE, started

pytestmark = LIVE
NOWHERE = mailbox.Place()


class Live:
    """The server, and the mailbox of one account."""

    def __init__(self) -> None:
        told: dict[str, Any] = started("mail")
        self.smtp: tuple[str, int] = _address(told["smtp"])
        host, port = _address(told["imap"])
        self.account: dict[str, str] = next(one for one in told["accounts"] if one["name"] == "brand")
        self.box = MailboxConfig(host, port, self.account["address"], security="none")

    def send(self, subject: str, text: str = "No, 13 is.", attached: int = 0) -> str:
        """A mail to the mailbox; its Message-ID."""
        made, own = EmailMessage(), f"<{uuid.uuid4()}@example.com>"
        made["From"], made["To"], made["Subject"] = "Alice <alice@example.com>", self.account["address"], subject
        made["Message-ID"] = own
        made.set_content(text)
        if attached:
            made.add_attachment(b"\0" * attached, maintype="application", subtype="pdf", filename="all.pdf")
        with smtplib.SMTP(*self.smtp, timeout=30) as line:
            line.send_message(made)
        return own

    def look(self, place: mailbox.Place = NOWHERE, password: str = "") -> mailbox.Look:
        return mailbox.look(self.box, password or self.account["password"], place, now())


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


@pytest.fixture
def live() -> Live:
    return Live()


def test_answers_are_found_from_where_it_was_read_last_and_nothing_is_changed(live: Live) -> None:
    place = live.look().place
    token = answers.new_token()
    live.send("lunch?")
    own = live.send(f"Re: [{token}] is batch 12 recalled?", "No, 13 is.\n\n> is it?")
    big = live.send(f"Re: [{token}] is batch 12 recalled?", "All of it.", attached=2_000_000)
    end = time.monotonic() + 10
    found = live.look(place)
    while len(found.mails) < 2 and time.monotonic() < end:
        time.sleep(0.1)
        found = live.look(place)
    read = [answers.read(mail.raw, cut=mail.cut) for mail in found.mails]
    assert [(one.message_id, one.text, one.tokens) for one in read] == [
        (own, "No, 13 is.", (token,)),
        (big, "All of it.", (token,)),
    ]
    assert read[0].sender == "alice@example.com"
    assert read[1].more == "an attachment, the rest of a long mail"
    assert len(found.mails[1].raw) <= mailbox.FETCHED
    assert live.look(found.place).mails == ()
    assert live.look(found.place._replace(validity=found.place.validity + 1)).place == found.place
    with imaplib.IMAP4(live.box.host, live.box.port) as line:
        line.login(live.account["address"], live.account["password"])
        line.select("INBOX", readonly=True)
        assert line.search(None, "SEEN")[1] == [b""]


def test_a_wrong_password_and_a_folder_that_is_none_are_told(live: Live) -> None:
    with pytest.raises(AuthError, match=r"refuses the login of brand@example\.com") as error:
        live.look(password="hunter2")
    assert "hunter2" not in error.value.line()
    with pytest.raises(CminboxError, match='no folder "Nowhere"'):
        mailbox.try_login(live.box._replace(folder="Nowhere"), live.account["password"])

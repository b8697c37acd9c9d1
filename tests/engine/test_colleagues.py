"""Answers of colleagues come from a mailbox over IMAP, each once; what is no answer is said, and stays there."""

from __future__ import annotations

import asyncio
import ssl
from email.message import EmailMessage
from pathlib import Path

import pytest

from certificates import make_certificate
from cminbox import paths
from cminbox.channels import ChannelConfig, TellConfig
from cminbox.config import Config, MemberConfig
from cminbox.desk import Ask, Desk
from cminbox.engine.colleagues import Colleagues
from cminbox.errors import AuthError, Retryable
from cminbox.mail import mailbox
from cminbox.mailbox_config import MailboxConfig
from cminbox.model import HOUR, Member
from cminbox.store import Connection, deliveries, events, notes, notices, questions
from cminbox.store.deliveries import Target
from imap_server import ImapServer
from stores import new_store

NOW = 1_795_000_000_000
EXPERT = '[[expert]]\nname = "anna"\nchannel = "legal"\nmail = ["anna@example.com"]\nremind = "4h"\n'


def _furnish(conn: Connection) -> None:
    conn.execute("INSERT INTO sources (id, name, network) VALUES (1, 'm', 'mastodon')")
    conn.execute(
        "INSERT INTO conversations (id, source_id, remote_id, source, network, kind, status, created_at, newest_at,"
        " changed) VALUES (1, 1, 'r', 'm', 'mastodon', 'mention', 'open', 0, 0, 1)"
    )


class Place:
    """A store in which anna was asked, a mailbox, and what reads it."""

    def __init__(self, folder: Path, server: ImapServer) -> None:
        found = paths.find(folder / "config", folder / "data")
        found.config.mkdir(parents=True)
        found.experts.write_text(EXPERT)
        self.server, self.now = server, NOW
        box = MailboxConfig("127.0.0.1", server.port, "team", security="none")
        tell = TellConfig((ChannelConfig("legal"),))
        self.config = Config(found, members=(MemberConfig("ana", "Ana", "lead", (), "ana"),), answers=box, tell=tell)
        self.store = new_store(found.store)
        self.store.write(_furnish)
        Desk(self.store, self.config, Member("ana", "Ana", "lead"), clock=lambda: self.now).do(
            Ask("anna", "is batch 12 recalled?"), [1]
        )
        self.colleagues = Colleagues(self.store, self.config, lambda: self.now)

    @property
    def token(self) -> str:
        return questions.of(self.store.read(), 1)[0].token

    def look(self) -> None:
        asyncio.run(self.colleagues.run(at_once=True))

    def notes(self) -> list[str]:
        return [f"{note.member}: {note.text}" for note in notes.of(self.store.read(), 1)]

    def events(self) -> list[str]:
        return [f"{e.action}: {e.detail.get('reason', '')}".rstrip(": ") for e in events.of(self.store.read(), 1)]

    def told(self) -> list[str]:
        return [one.title for one in notices.of(self.store.read(), 1) if one.kind == "answer"]


@pytest.fixture
def server():
    with ImapServer("team", "geheim-ä") as server:
        yield server


@pytest.fixture
def certificate(tmp_path):
    return make_certificate(tmp_path)


@pytest.fixture
def asked(tmp_path, server, monkeypatch):
    monkeypatch.setenv("CMINBOX_SECRET_ANSWERS", "geheim-ä")
    place = Place(tmp_path, server)
    yield place
    place.store.close()


def mail(
    token: str, text: str = "No, 13 is.", sender: str = "anna@example.com", number: int = 1, **headers: str
) -> bytes:
    made = EmailMessage()
    made["From"], made["Subject"], made["Message-ID"] = sender, f"Re: [{token}] is it?", f"<{number}@example.com>"
    made["In-Reply-To"] = "<q@shop.example>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


def test_an_answer_becomes_a_note_and_who_asked_is_told(asked):
    asked.server.mails = [mail("cm-zzzzzzzzzz", number=7), mail(asked.token)]
    asked.look()
    assert asked.notes()[-1] == "anna: answered by mail: No, 13 is."
    (question,) = questions.of(asked.store.read(), 1)
    assert (question.status, question.remind_at) == ("answered", None)
    assert asked.told() == ["anna answered: is batch 12 recalled?"]
    assert not asked.store.read().execute("SELECT colleague FROM conversations").fetchone()[0]
    assert asked.server.flagged == []  # nothing in the mailbox was changed
    assert asked.colleagues.problem == ""


def test_a_mail_is_looked_at_once_whatever_happens_to_the_mailbox(asked):
    asked.server.mails = [mail(asked.token)]
    asked.look()
    asked.look()
    asked.server.validity += 1  # made anew: it is read from its beginning
    asked.look()
    assert len(asked.notes()) == 2
    asked.server.mails.append(mail(asked.token, "And 14.", number=2))
    asked.look()
    assert asked.notes()[-1] == "anna: answered by mail: And 14."


def test_a_copy_of_what_went_out_answers_nothing(asked):
    """A channel with a `copy` sends one of each question to the mailbox that is read."""

    def sent(conn: Connection) -> str:
        number = deliveries.add(conn, Target("mail", "anna@example.com"), 1, 1, urgent=True)
        conn.execute("UPDATE deliveries SET message_id = ? WHERE id = ?", (f"<cminbox.{number}.ab@shop>", number))
        return f"cminbox.{number}.ab@shop"

    ours = mail(asked.token, sender="team@example.com", Auto_Submitted="auto-generated")
    own_id = asked.store.write(sent)
    asked.server.mails = [ours.replace(b"<1@example.com>", f"<{own_id}>".encode())]
    asked.look()
    assert (asked.told(), len(asked.notes())) == ([], 1)
    asked.server.mails.append(ours.replace(b"<1@example.com>", b"<cminbox.99.ab@shop>"))
    asked.look()
    assert len(asked.told()) == 1  # another program's


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (lambda t: mail(t, sender="mallory@evil.example"), "it came from mallory@evil.example"),
        (lambda t: mail(t, Authentication_Results="mx; dmarc=fail"), "dmarc=fail"),
        (lambda t: mail(t, ""), "there was no text in it"),
        (lambda t: mail(t, "I am away", Auto_Submitted="auto-replied"), "anna's mailbox answered by itself"),
        (lambda t: mail(t, "failed", X_Failed_Recipients="anna@example.com"), "anna could not be reached"),
    ],
)
def test_what_is_no_answer_is_said_and_the_question_stays_open(asked, raw, why):
    asked.server.mails = [raw(asked.token)]
    asked.look()
    assert len(asked.notes()) == 1
    assert questions.of(asked.store.read(), 1)[0].status == "open"
    assert any(line.startswith("answer refused") and why in line for line in asked.events())
    assert why in asked.told()[0]


def test_a_mail_that_cannot_be_read_is_told_as_such(asked, monkeypatch):
    asked.server.mails = [mail(asked.token)]
    monkeypatch.setattr("cminbox.mail.answers.message_from_bytes", lambda *_, **__: 1 // 0)
    asked.look()
    assert "it cannot be read here; it is in the mailbox" in asked.told()[0]
    assert questions.of(asked.store.read(), 1)[0].status == "open"


def test_of_thirty_megabytes_the_beginning_is_read(asked):
    made = EmailMessage()
    made["From"], made["Subject"], made["Message-ID"] = "anna@example.com", f"[{asked.token}]", "<big@example.com>"
    made.set_content("Yes, all of it.")
    made.add_attachment(b"\0" * 22_000_000, maintype="application", subtype="pdf", filename="recall.pdf")
    asked.server.mails = [made.as_bytes()]
    asked.look()
    assert asked.notes()[-1] == (
        "anna: answered by mail (and an attachment, the rest of a long mail, in the mailbox): Yes, all of it."
    )
    assert asked.server.sent < 2 * mailbox.FETCHED


def test_mails_of_others_are_not_fetched(asked):
    made = EmailMessage()
    made["From"], made["Subject"] = "boss@example.com", "lunch"
    made.set_content("private")
    asked.server.mails = [made.as_bytes()]
    asked.look()
    assert b"private" not in asked.server.said


def test_a_wrong_password_is_told_without_it(asked, monkeypatch):
    monkeypatch.setenv("CMINBOX_SECRET_ANSWERS", "hunter2")
    asked.look()
    assert "refuses the login of team" in asked.colleagues.problem
    assert "hunter2" not in asked.colleagues.problem
    assert questions.mailbox_state(asked.store.read()).problem == asked.colleagues.problem
    monkeypatch.setenv("CMINBOX_SECRET_ANSWERS", "geheim-ä")
    asked.server.mails = [mail(asked.token)]
    asked.look()
    assert (asked.colleagues.problem, len(asked.notes())) == ("", 2)


def test_a_mailbox_that_is_gone_is_told_and_tried_again(asked):
    asked.server.stop()
    asked.look()
    assert "cannot be reached" in asked.colleagues.problem


def test_without_a_password_it_is_said_how_to_give_one(asked, monkeypatch):
    monkeypatch.delenv("CMINBOX_SECRET_ANSWERS")
    asked.look()
    assert "CMINBOX_SECRET_ANSWERS" in asked.colleagues.problem


def test_a_certificate_that_nobody_vouches_for_is_refused(server, certificate):
    with ImapServer("team", "x", certificate=certificate) as secure:
        box = MailboxConfig("127.0.0.1", secure.port, "team", security="tls")
        with pytest.raises(Retryable, match="certificate"):
            mailbox.look(box, "x", mailbox.Place(), NOW)


def test_a_certificate_that_counts_is_taken(certificate, monkeypatch):
    trusted = ssl.create_default_context(cafile=str(certificate[0]))
    monkeypatch.setattr("cminbox.mail.mailbox.ssl.create_default_context", lambda: trusted)
    with ImapServer("team", "x", certificate=certificate) as secure:
        box = MailboxConfig("localhost", secure.port, "team", security="tls")
        assert mailbox.look(box, "x", mailbox.Place(), NOW).place.validity == 1
        with pytest.raises(AuthError):
            mailbox.look(box, "y", mailbox.Place(), NOW)


def test_who_does_not_answer_is_asked_again_three_times(asked):
    asked.now += 4 * HOUR - 1
    asked.look()
    assert asked.told() == []
    asked.now += 1
    asked.look()
    asked.look()
    assert asked.told() == ["anna has not answered in 4h"]
    again = [one for one in notices.of(asked.store.read(), 1) if one.kind == "question"]
    assert [one.title.startswith("Once more: [cm-") for one in again] == [False, True]
    assert again[1].text == again[0].text
    for _ in range(5):
        asked.now += 100 * HOUR
        asked.look()
    assert len(asked.told()) == 3
    assert questions.of(asked.store.read(), 1)[0].status == "open"


def test_the_mailbox_is_looked_at_while_an_answer_may_come(asked):
    assert asked.colleagues.due()
    asked.look()
    assert not asked.colleagues.due()  # a minute has not gone by
    fresh = Colleagues(asked.store, asked.config, lambda: asked.now + 400 * HOUR)
    asked.store.write(lambda conn: conn.execute("UPDATE questions SET status = 'answered', remind_at = NULL"))
    assert not fresh.due()


@pytest.mark.parametrize("garbage", [b"* BYE no\r\n", b"\x00\xff\r\n", b"", b"* OK hi\r\n* BYE later\r\n"])
def test_a_server_that_speaks_nonsense_is_told(asked, garbage):
    asked.server.garbage = garbage
    asked.look()
    assert asked.colleagues.problem
    assert "\n" not in asked.colleagues.problem

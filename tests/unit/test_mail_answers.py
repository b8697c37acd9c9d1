"""What a colleague wrote is found in their mail, whatever else stands in it."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.mail import answers

TOKEN = "cm-abcdefghij"
OURS = f"{answers.marker(TOKEN)}\n\nana asks:\nis batch 12 recalled?"


def quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def mail(text: str = "", *, html: str = "", subject: str = f"Re: [{TOKEN}] is it?", **headers: str) -> bytes:
    made = EmailMessage()
    made["From"] = headers.pop("sender", "Anna Legal <Anna@Example.com>")
    made["Subject"] = subject
    made["Message-ID"] = headers.pop("message_id", "<1@example.com>")
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    if html:
        made.set_content(html, subtype="html")
    else:
        made.set_content(text)
    return made.as_bytes()


@pytest.mark.parametrize(
    "body",
    [
        "No, 13 is.\nSince Monday.",
        f"No, 13 is.\nSince Monday.\n\nOn Thu, 27 Nov 2026 at 10:00, Shop <shop@example.com> wrote:\n{quoted(OURS)}",
        f"No, 13 is.\nSince Monday.\n\nOn Thu, 27 Nov 2026 at 10:00, Shop\n<shop@example.com> wrote:\n\n{quoted(OURS)}",
        f"No, 13 is.\nSince Monday.\n\nAm 27.11.2026 um 10:00 schrieb Shop:\n{quoted(OURS)}",
        f"No, 13 is.\nSince Monday.\n\nLe 27 nov. 2026 à 10:00, Shop <s@e.com> a écrit :\n{quoted(OURS)}",
        f"No, 13 is.\nSince Monday.\n-- \nAnna\nLegal\n\n{quoted(OURS)}",
        f"No, 13 is.\nSince Monday.\n\n-----Original Message-----\nFrom: Shop\nSent: today\nTo: Anna\n\n{OURS}",
        f"No, 13 is.\nSince Monday.\n\n________________________________\nVon: Shop\nGesendet: heute\n\n{OURS}",
        f"{quoted(OURS)}\n\nNo, 13 is.\nSince Monday.",
    ],
)
def test_the_words_of_the_sender_alone_are_taken(body):
    read = answers.read(mail(body))
    assert read.text == "No, 13 is.\nSince Monday."
    assert (read.tokens, read.sender, read.outcome) == ((TOKEN,), "anna@example.com", "answer")


def test_an_answer_in_html_alone_is_read():
    html = f"<p>No, <b>13</b> is.</p><blockquote><p>{answers.marker(TOKEN)}</p><p>ana asks</p></blockquote>"
    assert answers.read(mail(html=html)).text == "No, 13 is."


def test_a_mail_that_is_cut_off_says_so():
    made = EmailMessage()
    made["From"], made["Subject"] = "anna@example.com", f"[{TOKEN}]"
    made.set_content("Yes.")
    made.add_attachment(b"x" * 500_000, maintype="application", subtype="pdf", filename="recall.pdf")
    read = answers.read(made.as_bytes()[:100_000], cut=True)
    assert (read.text, read.more) == ("Yes.", "an attachment, the rest of a long mail")


def test_nothing_but_a_quotation_is_no_answer():
    assert answers.read(mail(quoted(OURS))).text == ""
    assert answers.read(mail(OURS)).text == ""


def test_the_token_is_found_in_what_is_quoted_where_the_subject_lost_it():
    assert answers.read(mail(f"yes\n{quoted(OURS)}", subject="Re: question")).tokens == (TOKEN,)


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        ({"Auto_Submitted": "auto-replied"}, "automatic"),
        ({"Auto_Submitted": "no"}, "answer"),
        ({"X_Autoreply": "yes"}, "automatic"),
        ({"Precedence": "auto_reply"}, "automatic"),
        ({"X_Failed_Recipients": "anna@example.com"}, "undeliverable"),
    ],
)
def test_what_a_machine_wrote_is_no_answer(headers, outcome):
    assert answers.read(mail("I am away", **headers)).outcome == outcome


def test_what_came_back_names_the_question_that_is_in_it():
    raw = (
        b"From: mailer-daemon@example.com\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nno such user\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: [" + TOKEN.encode() + b"] is it?\r\n\r\nx\r\n--b--\r\n"
    )
    read = answers.read(raw)
    assert (read.outcome, read.tokens) == ("undeliverable", (TOKEN,))


def test_a_sender_whom_the_own_server_doubts_is_said_to_be():
    told = mail("yes", Authentication_Results="mx.example.com; spf=fail; dmarc=fail header.from=example.com")
    assert "dmarc=fail" in answers.read(told).doubted
    assert answers.read(mail("yes", Authentication_Results="mx.example.com; dmarc=pass")).doubted == ""


def test_letters_that_the_mail_lies_about_are_read_as_they_can_be():
    raw = (
        b"From: anna@example.com\r\nSubject: [" + TOKEN.encode() + b"]\r\n"
        b"Content-Type: text/plain; charset=x-none\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        b"S\xc3\xad, se\xc3\xb1or\r\n"
    )
    assert answers.read(raw).text == "Sí, señor"
    assert answers.read(raw.replace(b"\xc3\xad", b"\xed").replace(b"\xc3\xb1", b"\xf1")).text == "Sí, señor"


def test_control_characters_do_not_come_along():
    assert "\x1b" not in answers.read(mail("yes \x1b[2J no")).text


@given(st.binary(max_size=400), st.booleans())
def test_whatever_comes_is_read_without_an_error(raw, cut):
    assert isinstance(answers.read(raw, cut=cut), answers.Mail)


@given(st.binary(max_size=60))
def test_headers_of_any_kind_are_read_without_an_error(value):
    raw = b"From: " + value + b"\r\nAuthentication-Results: " + value + b"\r\nContent-Type: " + value + b"\r\n\r\nyes"
    assert isinstance(answers.read(raw), answers.Mail)


def test_a_mail_that_breaks_the_library_is_told_as_unreadable(monkeypatch):
    def broken(*_, **__):
        raise IndexError

    monkeypatch.setattr(answers, "message_from_bytes", broken)
    read = answers.read(mail("yes"))
    assert (read.unreadable, read.tokens, read.text) == (True, (TOKEN,), "")


def test_tokens_are_not_the_same_and_are_found():
    made = {answers.new_token() for _ in range(200)}
    assert len(made) == 200
    for token in made:
        assert answers.tokens_in(answers.subject(token, "is it?")) == (token,)


def test_a_subject_is_one_line_however_long_the_question():
    assert "\n" not in answers.subject(TOKEN, "a\nb " * 100)
    assert len(answers.subject(TOKEN, "a\nb " * 100)) < 150

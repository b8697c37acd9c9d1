"""`channels`: what it lists, what becomes of a test, and that an address is shown nowhere."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from shell import cminbox, write

from cminbox.model import now
from cminbox.store import Store, deliveries, notices
from telling_receivers import mail_server, webhook

CONFIG = """
[[channel]]
name = "ops"
quiet = ["00:00-12:00", "12:30-24:00"]

[[channel]]
name = "mail"
from = "inbox@shop.example"

[[member]]
handle = "ana"
role = "lead"
login = "LOGIN"
channels = ["mail:ana@shop.example"]

[[member]]
handle = "jo"
"""


@pytest.fixture
def configured(home: Path) -> Path:
    from cminbox.members import account_name

    write(home / "config" / "config.toml", CONFIG.replace("LOGIN", account_name()))
    os.chmod(home / "config", 0o700)
    return home


def everything(home: Path) -> bytes:
    """All that stands in the folders of the test, but the secrets' own file."""
    files = [path for path in home.rglob("*") if path.is_file() and path.name != "secrets.toml"]
    return b"\n".join(path.read_bytes() for path in files)


def test_channels_are_listed_with_whom_they_reach_and_what_they_lack(
    configured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CMINBOX_SECRET_MAIL", "mailtos://inbox:hunter-22@smtp.shop.example")
    found = cminbox("channels", "list", "--json").json()
    ops, mail = found["channels"]
    assert (mail["name"], mail["by"], mail["reaches"]) == ("mail", "mailtos", ["ana <ana@shop.example>"])
    assert (mail["state"], mail["problem"]) == ("ok", None)
    assert (ops["state"], ops["problem"], ops["hint"]) == (
        "trouble",
        "no address is kept for it",
        "cminbox channels login ops",
    )
    assert found["tell"]["due"] == ["assignee|team"]
    shown = cminbox("channels", "list")
    assert "no address is kept for it (cminbox channels login ops)" in shown.out
    assert "assignee|team" in shown.out
    told = cminbox("doctor", "--offline").out
    assert "channel ops" in told
    assert "nothing reaches jo" in told
    assert "hunter-22" not in shown.out + told + json.dumps(found)


def test_rules_check_says_of_a_channel_that_it_has_no_address(configured: Path) -> None:
    text = '[[rule]]\nname = "x"\nwhen = "refund"\nnotify = ["ops"]\n'
    write(configured / "config" / "rules" / "mine.toml", text)
    done = cminbox("rules", "check")
    assert done.status == 0
    assert done.line == ("channel ops, which rules notify: no address is kept for it — cminbox channels login ops")
    write(configured / "config" / "rules" / "mine.toml", text.replace("ops", "opz"))
    done = cminbox("rules", "check")
    assert done.status == 1
    assert "notifies 'opz', and nobody is called so — did you mean \"ops\"?" in done.line


def test_a_test_is_told_by_an_engine_even_in_quiet_hours(configured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook() as hook:
        monkeypatch.setenv("CMINBOX_SECRET_OPS", hook.url())
        done = cminbox("channels", "test", "ops")
        assert (done.status, done.out) == (0, "ops: told\n"), done.err
        assert hook.titles == ["Test of the channel ops"]
        hook.behave = lambda number: 404
        done = cminbox("channels", "test", "ops")
        assert (done.status, done.line) == (1, "ops: not told: 127.0.0.1 refuses it: 404 so")
        hook.behave = lambda number: "cut"
        done = cminbox("channels", "test", "ops")
        assert (done.status, done.out) == (3, "ops: maybe told: 127.0.0.1: the connection was cut\n")
        ops = cminbox("channels", "list", "--json").json()["channels"][0]
        assert ops["deliveries"] == {"sent": 1, "failed": 1, "unknown": 1}
        assert "hook-secret-path" not in everything(configured).decode("utf-8", "replace")


def test_a_wrong_password_fails_a_test_and_stands_nowhere(configured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server(password="right-one") as mail:
        monkeypatch.setenv("CMINBOX_SECRET_MAIL", mail.url())
        done = cminbox("channels", "test", "mail:jo@shop.example")
        assert done.status == 1
        assert done.line == (
            "mail:jo@shop.example: not told: 127.0.0.1 refuses the login: 535 no such login: …"
            " — cminbox channels login mail"
        )
        listed = cminbox("channels", "list")
        assert "127.0.0.1 refuses the login" in listed.out
        doctor = cminbox("doctor", "--offline")
        assert "delivers nothing" in doctor.out
        log = cminbox("log")
        assert "not told" in log.out
        for said in (listed, doctor, log):
            assert "hunter-22" not in said.out + said.err
        assert b"hunter-22" not in everything(configured)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["test", "opz"], 'no channel is called "opz" — did you mean "ops"?'),
        (["test", "mail:jo"], '"jo" is no mail address — write mail:ana@shop.example'),
        (["login", "opz"], 'no channel is called "opz" — did you mean "ops"?'),
    ],
)
def test_mistakes_in_a_call_are_told_in_one_line(configured: Path, words: list[str], line: str) -> None:
    done = cminbox("channels", *words)
    assert (done.status, done.line) == (2, line)


def test_a_conversation_shows_to_whom_it_was_told_and_who_knows_of_it(
    configured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = {"id": "1", "author": {"id": "a"}, "text": "hello", "created_at": "2026-03-02T10:00:00+00:00"}
    assert cminbox("import", str(write(configured / "one.jsonl", json.dumps(message) + "\n"))).status == 0
    with mail_server() as mail, Store.open(configured / "data" / "cminbox.db") as store:
        monkeypatch.setenv("CMINBOX_SECRET_MAIL", mail.url())
        who = {"people": {"assignee": ["ana"]}, "conversation_id": 1}
        store.write(lambda conn: notices.tell(conn, now(), "assigned", "yours", key="x", **who))
        assert cminbox("poll", "--once").status == 0
        assert mail.subjects == ["yours"]
        store.write(lambda conn: deliveries.acknowledge(conn, "ana", [1], now()))
        assert re.search(r"told ana \(mail\) .* acknowledged by ana ", cminbox("show", "1").out)
        (told,) = cminbox("show", "1", "--json").json()["told"]
        assert (told["to"], told["status"], told["acknowledged_by"]) == ("ana (mail)", "sent", "ana")


def test_what_was_not_told_is_listed_and_a_person_decides(configured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server() as mail, Store.open(configured / "data" / "cminbox.db") as store:
        monkeypatch.setenv("CMINBOX_SECRET_MAIL", mail.url())
        mail.refused["ana@shop.example"] = "550 no such user"
        store.write(lambda conn: notices.tell(conn, now(), "assigned", "yours", key="x", people={"assignee": ["ana"]}))
        assert cminbox("poll", "--once").status == 0
        (one,) = cminbox("channels", "list", "--json").json()["not_told"]
        assert (one["status"], one["to"], one["notices"], "550" in one["error"]) == (
            "failed", "ana (mail)", ["yours"], True,
        )  # fmt: skip
        listed = cminbox("channels", "list").out
        number = one["id"]
        assert re.search(rf"{number}  failed  ana \(mail\) .* yours  .*550", listed)
        assert "channels retry ID sends again" in listed
        assert cminbox("channels", "retry").line.startswith("name deliveries by their numbers")
        assert cminbox("channels", "give-up", "--channel", "mail").out == "1 delivery given up\n"
        assert "not_told" in (found := cminbox("channels", "list", "--json").json())
        assert found["not_told"] == []
        mail.refused.clear()
        assert "1 delivery queued again" in cminbox("channels", "retry", str(number)).out
        assert cminbox("poll", "--once").status == 0
        assert mail.subjects == ["yours"]
        again = cminbox("channels", "retry", str(number))
        assert (again.status, f"delivery {number} to ana (mail) is sent" in again.line) == (1, True)
        mail.refused["ana@shop.example"] = "550 no such user"
        assert cminbox("channels", "test", "mail:ana@shop.example").status == 1
        assert cminbox("channels", "list", "--json").json()["not_told"] == [], "who tried it knows"

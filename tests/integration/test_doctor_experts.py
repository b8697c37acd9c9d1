"""`doctor` says who cannot be asked, and what is wrong with the mailbox to which colleagues answer."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cminbox.cli.entry import run
from imap_server import ImapServer

EXPERT = '[[expert]]\nname = "anna"\nchannel = "mail:anna@example.com"\nmail = "anna@example.com"\n'
CHANNEL = '[[channel]]\nname = "mail"\nto = ["team@example.com"]\n'
Told = Callable[..., list[str]]


@pytest.fixture
def told(home: Path, capsys: pytest.CaptureFixture[str]) -> Told:
    """What `doctor` says of the configuration and of the mailbox."""

    def ask(config: str, *words: str, experts: str = EXPERT) -> list[str]:
        (home / "config").mkdir(exist_ok=True)
        (home / "config" / "config.toml").write_text(config)
        (home / "config" / "experts.toml").write_text(experts)
        capsys.readouterr()
        run(["doctor", "--json", *words])
        checks = json.loads(capsys.readouterr().out)
        found = checks["checks"] if isinstance(checks, dict) else checks
        return [
            f"{each['state']} {each['text']} {each.get('hint') or ''}"
            for each in found
            if each["check"] in ("configuration", "answers")
        ]

    return ask


def answers(port: int) -> str:
    return f'[answers]\nhost = "127.0.0.1"\nport = {port}\nuser = "team"\nsecurity = "none"\n'


def test_an_expert_whom_nothing_reaches_is_told(told: Told) -> None:
    (line, *_) = told("", "--offline")
    assert "fail" in line
    assert 'nothing reaches anna: there is no channel "mail:anna@example.com"' in line
    assert "experts.toml" in line


def test_each_mistake_of_the_file_is_told_with_its_line(told: Told) -> None:
    lines = told(CHANNEL, "--offline", experts='[[expert]]\nname = "an na"\nchanel = "mail"\nmail = ["nobody"]\n')
    assert any("experts.toml:2" in line and "characters that cannot be" in line for line in lines)
    assert any("experts.toml:3" in line and "channel" in line for line in lines)
    assert any("experts.toml:4" in line and "is no mail address" in line for line in lines)


def test_who_answers_by_mail_needs_a_mailbox_that_is_read(told: Told) -> None:
    assert any("anna answers by mail, and no mailbox is read" in line for line in told(CHANNEL, "--offline"))


def test_the_mailbox_is_tried(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    with ImapServer("team", "right") as server:
        config = CHANNEL + answers(server.port)
        assert any("the mailbox has no password" in line for line in told(config))
        monkeypatch.setenv("CMINBOX_SECRET_ANSWERS", "right")
        assert any(line.startswith("ok team at 127.0.0.1, folder INBOX") for line in told(config))
        assert any(line.startswith("ok team at 127.0.0.1, not asked") for line in told(config, "--offline"))
        monkeypatch.setenv("CMINBOX_SECRET_ANSWERS", "wrong")
        refused = told(config)
        assert any("refuses the login of team" in line for line in refused)
        assert not any("wrong" in line for line in refused)


def test_the_password_is_kept_by_a_login(
    told: Told, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with ImapServer("team", "right") as server:
        config = CHANNEL + answers(server.port)
        assert any("cminbox channels login answers" in line for line in told(config))
        monkeypatch.setattr("sys.stdin", io.StringIO("right\n"))
        assert run(["channels", "login", "answers"]) == 0
        said = capsys.readouterr()
        assert "password kept in" in said.out
        assert "right" not in said.out + said.err
        assert any(line.startswith("ok team at 127.0.0.1, folder INBOX") for line in told(config))
    assert (home / "config" / "secrets.toml").stat().st_mode & 0o077 == 0


def test_no_channel_takes_the_name_of_the_mailbox(told: Told) -> None:
    (line, *_) = told(answers(143) + '[[channel]]\nname = "answers"\n', "--offline")
    assert 'the name "answers" is used twice' in line


def test_a_password_goes_to_no_other_machine_in_the_clear(told: Told) -> None:
    (line,) = told(CHANNEL + '[answers]\nhost = "imap.example.com"\nuser = "a"\nsecurity = "none"\n', "--offline")
    assert "the password would go to imap.example.com in the clear" in line

"""`sources login` as a person goes through it, against a server on loopback."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
from loopback import Asked, Loopback, Reply

from cminbox.cli import logins
from cminbox.config import SourceConfig
from cminbox.errors import AuthError, UsageError
from cminbox.sources import registry


class Terminal(io.StringIO):
    """A terminal at which these lines are typed."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    lines: list[str] = []

    class Typing(Terminal):
        def readline(self, size: int = -1, /) -> str:
            return lines.pop(0) + "\n"

    monkeypatch.setattr("sys.stdin", Typing())
    monkeypatch.setattr("getpass.getpass", lambda prompt: lines.pop(0))
    yield lines
    assert lines == []


def server(asked: Asked) -> Reply:
    form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
    if asked.path == "/api/v1/apps":
        assert form["redirect_uris"] == "urn:ietf:wg:oauth:2.0:oob"
        return Reply({"client_id": "c1", "client_secret": "s3cret"})
    if asked.path == "/oauth/token" and form["code"] == "shown" and form["client_secret"] == "s3cret":
        return Reply({"access_token": "t1", "token_type": "Bearer", "scope": "read"})
    return Reply({"error": "invalid_grant", "error_description": "wrong code"}, 400)


def source(url: str = "https://x.test") -> SourceConfig:
    return SourceConfig(name="shop", network="mastodon", base_url=url)


def test_a_page_shows_a_code_and_the_code_is_pasted(typed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with Loopback(server) as there:
        typed += ["1", "shown"]
        kept = json.loads(logins.secret_of(source(there.url)))
        assert kept.pop("issued_at")
        assert kept == {"access_token": "t1", "client_id": "c1", "client_secret": "s3cret"}
        said = capsys.readouterr()
        assert said.out == ""
        assert f"{there.url}/oauth/authorize?response_type=code&client_id=c1" in said.err
        assert "s3cret" not in said.err
        typed += ["mistyped"]
        with pytest.raises(AuthError, match="wrong code"):
            logins.secret_of(source(there.url), "code")


def test_a_token_is_pasted_and_not_shown(typed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    typed += ["2", "t0ken"]
    assert logins.secret_of(source()) == "t0ken"
    assert "t0ken" not in capsys.readouterr().err


@pytest.mark.parametrize("answer", ["0", "9", "code"])
def test_a_way_that_is_not_there(typed: list[str], answer: str) -> None:
    typed += [answer]
    with pytest.raises(UsageError, match="there is no way"):
        logins.secret_of(source())


def test_a_network_says_which_ways_it_has(typed: list[str]) -> None:
    with pytest.raises(UsageError, match="no login by device") as got:
        logins.secret_of(source(), "device")
    assert got.value.hint == "it has: code, token"


def test_without_a_terminal_a_line_is_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"access_token": "t"}\nmore'))
    assert logins.secret_of(source()) == '{"access_token": "t"}\n'


def test_every_network_says_how_to_log_in() -> None:
    for name in registry.networks():
        info = registry.info(name)
        for login in info.logins:
            assert len(login.help) > 20
            assert all(field.help for field in login.fields)
            assert login.way in ("token", "fields") or registry.login_flow(registry.load(name))

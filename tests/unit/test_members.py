"""Who acts: the account of the process, and for whom it may speak."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from cminbox import config, members, paths
from cminbox.config import Config
from cminbox.errors import ActionError, ConfigError, UsageError
from cminbox.members import MAY_ERASE, MAY_MANAGE, account_name, check_role
from cminbox.model import ROLES, Member, Role

TEAM = """
[[member]]
handle = "@ana"
name = "Ana López"
role = "lead"
teams = ["care", "press"]
login = "alopez"

[[member]]
handle = "jo"

[[member]]
handle = "Kim"
role = "observer"

[team]
speak_for = { root = ["*"], "front-desk" = ["@ana", "JO"] }
"""


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> object:
    """Lets a test run as some account."""

    def become(name: str) -> None:
        monkeypatch.setattr(config, "account_name", lambda: name)

    return become


def team(home: Path, text: str = TEAM) -> Config:
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "config.toml").write_text(text, encoding="utf-8")
    return config.load(paths.find())


def test_the_account_is_that_of_the_process_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "mallory")
    assert account_name() == pwd.getpwuid(os.getuid()).pw_name != "mallory"


def test_an_account_without_a_name_goes_by_its_number(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    def nobody(uid: int) -> object:
        raise KeyError(uid)

    monkeypatch.setattr(members.pwd, "getpwuid", nobody)
    assert account_name() == str(os.getuid())
    assert Config(paths.find()).member().handle == str(os.getuid())
    with pytest.raises(UsageError, match="has no name for the account"):
        team(home).member()


def test_an_account_is_the_member_whose_login_it_is(home: Path, account) -> None:
    found = team(home)
    account("alopez")
    assert found.member() == Member("ana", "Ana López", "lead", ("care", "press"))
    assert found.member("@ANA").handle == "ana"
    account("jo")
    assert found.member().handle == "jo"
    account("kim")
    assert found.member().handle == "Kim"


@pytest.mark.parametrize("stranger", ["ana", "Alopez", "JO", "mallory", ""])
def test_no_other_account_is_taken_for_a_member(home: Path, account, stranger: str) -> None:
    """`ana` is a handle whose login is another account: an account of that name is somebody else."""
    account(stranger)
    with pytest.raises(UsageError, match="no member of the team") as told:
        team(home).member()
    assert "login" in told.value.hint


def test_an_account_speaks_for_others_only_where_the_configuration_says_so(home: Path, account) -> None:
    found = team(home)
    account("jo")
    assert found.member("jo").handle == "jo"
    with pytest.raises(UsageError, match='"jo" may not speak for ana') as told:
        found.member("ana")
    assert 'speak_for = { jo = ["ana"] }' in told.value.hint
    account("front-desk")
    assert found.member("ana").handle == "ana"
    assert found.member("jo").handle == "jo"
    with pytest.raises(UsageError, match="may not speak for Kim"):
        found.member("kim")
    account("root")
    assert {found.member(who).handle for who in ("ana", "jo", "kim")} == {"ana", "jo", "Kim"}
    with pytest.raises(UsageError, match='"anna" is no member') as told:
        found.member("anna")
    assert told.value.hint == 'did you mean "ana"?'
    with pytest.raises(UsageError):
        found.member("alopez")  # a login is no handle


def test_without_members_every_account_is_one_and_speaks_for_itself(home: Path, account) -> None:
    account("sam")
    found = Config(paths.find())
    assert found.member() == Member("sam", "sam", "lead")
    assert found.member("@sam") == Member("sam", "sam")
    with pytest.raises(UsageError, match='"sam" may not speak for kim'):
        found.member("kim")
    assert team(home, '[team]\nspeak_for = { sam = ["kim"] }\n').member("kim").handle == "kim"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[team]\nspeak_for = { root = "*" }\n', "must be a list of texts"),
        ('[team]\nspeak_for = ["root"]\n', "must be a table"),
        ('[[member]]\nhandle = "ana"\n[team]\nspeak_for = { root = ["anna"] }\n', '"anna" is no member of the team'),
        ('[[member]]\nhandle = "ana"\n[[member]]\nhandle = "jo"\nlogin = "ana"\n', 'ana has the login "ana" already'),
    ],
)
def test_a_mistake_in_the_team_is_told_with_its_line(home: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as found:
        team(home, text)
    assert found.value.line_number


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_may(role: Role) -> None:
    member = Member("ana", "Ana", role)
    allowed = {
        name: _may(member, roles)
        for name, roles in (("act", members.MAY_ACT), ("manage", MAY_MANAGE), ("erase", MAY_ERASE))
    }
    assert allowed == {
        "act": role != "observer",
        "manage": role in ("lead", "responder"),
        "erase": role == "lead",
    }


def _may(member: Member, roles: tuple[Role, ...]) -> bool:
    try:
        check_role(member, roles)
    except ActionError as error:
        return not (f"ana is a{'n' if member.role == 'observer' else ''} {member.role}" in error.line() and error.hint)
    return True


def test_the_real_program_ignores_the_environment(home: Path) -> None:
    code = "from cminbox import config, paths; print(config.load(paths.find()).member().handle)"
    environment = {**os.environ, "LOGNAME": "mallory", "USER": "mallory"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == pwd.getpwuid(os.getuid()).pw_name

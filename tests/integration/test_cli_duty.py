"""`duty` and `do next-free` in the shell."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from shell import write

from cminbox.cli.entry import run
from cminbox.members import account_name

TEAM = f"""
[[member]]
handle = "ana"
role = "lead"
[[member]]
handle = "jo"
[team.speak_for]
{json.dumps(account_name())} = ["*"]
"""
MESSAGE = {"author": {"id": "a1"}, "text": "where is my refund?", "created_at": "2026-03-02T10:00:00+00:00"}


@pytest.fixture
def call(home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    write(home / "config" / "config.toml", TEAM)
    lines = "".join(json.dumps({**MESSAGE, "id": str(number)}) + "\n" for number in range(3))
    file = write(home / "some.jsonl", lines)

    def call(*words: str, by: str = "ana") -> tuple[int, str]:
        capsys.readouterr()
        status = run([*words, "--as", by])
        told = capsys.readouterr()
        return status, told.out + told.err

    assert call("import", str(file))[0] == 0
    return call


def test_duty_is_told_said_and_refused(call: Callable[..., Any]) -> None:
    assert call("duty") == (0, "ana: on duty\njo: on duty\n")
    status, told = call("duty", "off", "until", "tomorrow", "9:00", "ill")
    assert (status, told.startswith("you are off duty until "), told.endswith("(ill)\n")) == (0, True, True)
    assert call("duty", "@ana", "on", by="jo") == (
        1,
        "cminbox: jo is no lead — a lead says of others whether they are on duty\n",
    )
    assert call("duty", "@jo", "off 2h dentist")[0] == 0
    ana, jo = json.loads(call("duty", "--json")[1])
    assert (ana["member"], ana["on_duty"], ana["by_hand"], ana["reason"]) == ("ana", False, True, "ill")
    assert (jo["reason"], jo["until"][:2]) == ("dentist", "20")
    assert call("duty", "auto")[1] == "you are on duty\n"
    for words, said in (
        (("on", "2020-01-01"), "is past"),
        (("maybe",), "neither on, off nor auto"),
        (("@jon", "off"), "no member 'jon'"),
        (("off", "--until", "9:00"), "no such option: --until"),
    ):
        status, told = call("duty", *words)
        assert (status in (1, 2), said in told, told.count("\n")) == (True, True, 1), told


def test_a_shift_that_ends_before_it_begins_is_one_clear_line(call: Callable[..., Any], home: Path) -> None:
    shift = '\n[[shift]]\nname = "late"\nzone = "UTC"\nmembers = ["jo"]\nmon = ["17:00-09:00"]\n'
    write(home / "config" / "config.toml", TEAM + shift)
    status, told = call("duty")
    assert (status, told.count("\n")) == (2, 1)
    assert 'config.toml:14: mon: "17:00-09:00" ends before it starts' in told
    assert "a night may have 12 hours" in told


def test_next_free_takes_one_of_those_that_match(call: Callable[..., Any]) -> None:
    taken = [
        json.loads(call("do", "next-free", "--query", "is:open", "--json", by="jo")[1])["changed"] for _ in range(4)
    ]
    assert sorted(len(found) for found in taken) == [0, 1, 1, 1]
    assert len({number for found in taken for number in found}) == 3
    assert json.loads(call("list", "assignee:jo", "--json")[1])[0]["assignee"] == "jo"


def test_an_account_that_is_no_member_reads_who_is_on_duty_and_says_nothing(
    call: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(["duty"]) == 0
    assert "ana: on duty" in capsys.readouterr().out
    assert run(["duty", "off"]) != 0
    assert "is no member of the team" in capsys.readouterr().err

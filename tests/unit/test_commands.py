"""Commands: what a person types becomes what the desk does, or one clear line."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.commands import COMMANDS, by_name, entries
from cminbox.commands.action import action_of
from cminbox.desk import (
    Assign,
    Back,
    Broken,
    Close,
    Correct,
    Escalate,
    GivePromise,
    Kept,
    Label,
    MakePromise,
    Note,
    SetPriority,
    Snooze,
    Unwatch,
    Watch,
    Withdraw,
)
from cminbox.errors import CminboxError, UsageError
from cminbox.model import DAY, HOUR, MINUTE, to_iso
from cminbox.when import parse_when

NOW = int(datetime(2026, 3, 26, 10, 30, tzinfo=UTC).timestamp() * 1000)  # a Thursday
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("name", "args", "action"),
    [
        ("close", [], Close()),
        ("conversation.close", [], Close()),
        ("clo", [], Close()),
        ("assign", ["@ana"], Assign("ana")),
        ("assign", ["team:care"], Assign("team:care")),
        ("snooze", ["2h"], Snooze(NOW + 2 * HOUR)),
        ("label", ["billing,angry", "-spam", "+vip"], Label(("billing", "angry", "vip"), ("spam",))),
        ("note", ["call", "them"], Note("call them")),
        ("note", ["message:12", "call", "them"], Note("call them", 12)),
        ("note", ["message:", "from", "them"], Note("message: from them")),
        ("escalate", ["#3"], Escalate(crisis_id=3)),
        ("escalate", ["Late parcels", "2", "many", "complain"],
         Escalate(crisis_name="Late parcels", severity=2, reason="many complain")),
        ("escalate", ["Late parcels", "many"], Escalate(crisis_name="Late parcels", severity=3, reason="many")),
        ("promise", ["refund", "booked", "by", "2h", "@jo"], MakePromise("refund booked", NOW + 2 * HOUR, "jo")),
        ("kept", [], Kept()),
        ("kept", ["by", "mail"], Kept("by mail")),
        ("kept", ["promise:12", "by mail"], Kept("by mail", 12)),
        ("broken", ["promise:4"], Broken("", 4)),
        ("withdraw", ["promise:3"], Withdraw("", 3)),
        ("promise-to", ["@jo"], GivePromise("jo")),
        ("back", ["2d"], Back(2 * DAY)),
        ("back", ["off"], Back(None)),
        ("watch", [], Watch()),
        ("unwatch", [], Unwatch()),
        ("priority", ["80"], SetPriority(80)),
        ("priority", ["auto"], SetPriority(None)),
        ("sentiment", ["−0.5"], Correct(sentiment=-0.5)),
        ("language", ["hi-Latn"], Correct(lang="hi-Latn")),
    ],
)  # fmt: skip
def test_typed_commands_become_actions(name: str, args: list[str], action: object) -> None:
    assert action_of(name, args, NOW) == action


@pytest.mark.parametrize(
    ("name", "args", "says"),
    [
        ("clsoe", [], "did you mean close"),
        ("queue", [], "acts on conversations"),
        ("assign", [], "member is missing"),
        ("assign", ["ana", "jo"], "too much"),
        ("close", ["now"], "too much"),
        ("snooze", ["soonish"], "is no time"),
        ("snooze", ["2020-01-01"], "is past"),
        ("priority", ["200"], "between 0 and 100"),
        ("priority", ["nan"], "between 0 and 100"),
        ("sentiment", ["furious"], "between -1 and 1"),
        ("escalate", ["Late", "9"], "severity"),
        ("broken", ["promise:x"], "no promise's number"),
    ],
)
def test_wrong_usage_is_one_line(name: str, args: list[str], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        action_of(name, args, NOW)
    assert says in caught.value.line()
    assert caught.value.exit_status == 2


@given(
    st.sampled_from([command.name for command in COMMANDS if command.desk]),
    st.lists(st.text(max_size=20), max_size=4),
)
def test_no_argument_breaks_a_command(name: str, args: list[str]) -> None:
    with contextlib.suppress(CminboxError):
        action_of(name, args, NOW)


def test_every_desk_command_can_be_run() -> None:
    needs = {"member": "ana", "when": "2h", "label": "billing", "text": "x", "crisis": "#1", "word": "0"}
    needs |= {"reason": "thanks", "correction": "negative", "role": "journalist", "expert": "anna"}
    needs |= {"promise": "refund by 2h", "length": "2d"}
    for command in COMMANDS:
        if command.desk:
            assert action_of(command.name, [needs[arg.kind] for arg in command.args if arg.required], NOW)


@pytest.mark.parametrize(
    ("text", "zone", "iso"),
    [
        ("90m", UTC, "2026-03-26T12:00:00+00:00"),
        ("in 2 d", UTC, "2026-03-28T10:30:00+00:00"),
        ("18:00", UTC, "2026-03-26T18:00:00+00:00"),
        ("9:00", UTC, "2026-03-27T09:00:00+00:00"),
        ("9am", UTC, "2026-03-27T09:00:00+00:00"),
        ("12am", UTC, "2026-03-27T00:00:00+00:00"),
        ("tomorrow", UTC, "2026-03-27T09:00:00+00:00"),
        ("Tomorrow 14:15", UTC, "2026-03-27T14:15:00+00:00"),
        ("thu", UTC, "2026-04-02T09:00:00+00:00"),
        ("mon 8:00", UTC, "2026-03-30T08:00:00+00:00"),
        ("2026-05-01", UTC, "2026-05-01T09:00:00+00:00"),
        ("2026-05-01T12:00:00+02:00", UTC, "2026-05-01T10:00:00+00:00"),
        # The clocks go forward on Sunday: Monday at 9 is an hour nearer.
        ("sat 9:00", BERLIN, "2026-03-28T08:00:00+00:00"),
        ("mon 9:00", BERLIN, "2026-03-30T07:00:00+00:00"),
    ],
)
def test_times_as_people_type_them(text: str, zone: ZoneInfo, iso: str) -> None:
    assert to_iso(parse_when(text, NOW, zone)) == iso


@given(st.text(max_size=20))
def test_a_time_lies_ahead_or_is_refused(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert parse_when(text, NOW, UTC) > NOW


@given(st.integers(1, 500), st.sampled_from([("m", MINUTE), ("h", HOUR), ("d", DAY)]))
def test_lengths_count_from_now(number: int, unit: tuple[str, int]) -> None:
    assert parse_when(f"{number}{unit[0]}", NOW, UTC) == NOW + number * unit[1]


def test_a_name_that_begins_two_commands_means_none() -> None:
    assert by_name("re") is None
    assert by_name("") is None


def test_the_registry_loads_no_desk_and_no_screen() -> None:
    code = (
        "import sys, cminbox.commands, cminbox.commands.keys;"
        "bad = [m for m in sys.modules if m.startswith(('textual', 'cminbox.desk', 'cminbox.store', 'sqlite3'))];"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_first_change_of_the_contributors_page_works() -> None:
    page = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text("utf-8")
    section = page.partition("## From clone to a first change")[2].partition("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    lines = [line.strip().removesuffix(",") for line in code.splitlines()]
    entry, parser = [line for line in lines if line and not line.startswith("#")]
    command = eval(entry, {"_act": entries._act})  # noqa: S307 - our own page
    (parse,) = eval(f"{{{parser}}}", {"Label": Label}).values()  # noqa: S307
    assert by_name(command.name) is None, "it is built: the page wants another first change"
    assert not [known.name for known in COMMANDS if any("f" in keys for keys in known.keys.values())]
    assert set(command.keys.values()) == {("f",)}
    assert parse([], 0) == Label(add=("follow-up",))

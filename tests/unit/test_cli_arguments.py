"""What the command line makes of words: shared options, ids behind arguments, times, columns."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cminbox.cli import output
from cminbox.cli.act import split as split_ids
from cminbox.cli.arguments import Shared, split
from cminbox.cli.main import COMMANDS
from cminbox.cli.report import moment
from cminbox.cli.select import query_text
from cminbox.commands import by_name
from cminbox.errors import UsageError
from cminbox.model import DAY, HOUR

NOW = round(datetime(2026, 5, 4, 15, 30).astimezone().timestamp() * 1000)


@pytest.mark.parametrize(
    ("words", "shared", "rest"),
    [
        (["list"], Shared(), ["list"]),
        (["--as", "ana", "list", "is:open"], Shared(member="ana"), ["list", "is:open"]),
        (["list", "--data=/d", "is:open", "--config", "/c"], Shared("/c", "/d"), ["list", "is:open"]),
        (["score", "--", "--as", "you", "like"], Shared(), ["score", "--", "--as", "you", "like"]),
        ([], Shared(), []),
    ],
)
def test_shared_options_stand_anywhere(words: list[str], shared: Shared, rest: list[str]) -> None:
    assert split(words) == (shared, rest)


@pytest.mark.parametrize("words", [["--config"], ["list", "--as="], ["--data", "--", "x"]])
def test_a_shared_option_needs_its_value(words: list[str]) -> None:
    with pytest.raises(UsageError, match="needs a value"):
        split(words)


@given(st.lists(st.text(min_size=1).filter(lambda word: not word.startswith("--"))))
def test_other_words_are_left_as_they_are(words: list[str]) -> None:
    assert split(words) == (Shared(), words)


@pytest.mark.parametrize(
    ("line", "arguments", "ids"),
    [
        ("close 12 15", [], [12, 15]),
        ("assign ana 12 15", ["ana"], [12, 15]),
        ("priority 80 12", ["80"], [12]),
        ("snooze 2h 12", ["2h"], [12]),
        ("snooze tomorrow 9:00 12", ["tomorrow", "9:00"], [12]),
        ("label billing -angry 12", ["billing", "-angry"], [12]),
        ("note call 12", ["call"], [12]),
        ("escalate Parcels 2 12 15", ["Parcels", "2"], [12, 15]),
        ("escalate Parcels 12", ["Parcels"], [12]),
        ("escalate Parcels #12 #15", ["Parcels"], [12, 15]),
        ("escalate Parcels 2 late again 12", ["Parcels", "2", "late", "again"], [12]),
        ("take", [], []),
    ],
)
def test_ids_follow_the_arguments(line: str, arguments: list[str], ids: list[int]) -> None:
    name, *words = line.split()
    command = by_name(name)
    assert command is not None
    assert split_ids(command, words) == (arguments, ids)


def test_a_misspelt_option_is_no_part_of_a_query() -> None:
    assert query_text(["is:open", "-from:@troll"]) == "is:open -from:@troll"
    assert query_text([]) is None
    with pytest.raises(UsageError, match="no such option: --jsn"):
        query_text(["is:open", "--jsn"])


@pytest.mark.parametrize(("text", "ago"), [("2h", 2 * HOUR), ("7d", 7 * DAY)])
def test_a_duration_is_so_long_ago(text: str, ago: int) -> None:
    assert moment(text, NOW) == NOW - ago


def test_a_date_begins_and_ends_here() -> None:
    first, last = moment("2026-05-03", NOW), moment("2026-05-03", NOW, end=True)
    assert first == round(datetime(2026, 5, 3).astimezone().timestamp() * 1000)
    assert last == round(datetime(2026, 5, 4).astimezone().timestamp() * 1000)
    assert moment("2026-05-03T10:00:00+02:00", NOW) == 1777795200000
    assert moment(None, NOW) is None


@pytest.mark.parametrize("text", ["", "yesterdayish", "2026-13-01", "2026-05-03T10:00:00", "99999-01-01"])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="is no time"):
        moment(text, NOW)


@given(st.lists(st.text(max_size=30), min_size=3, max_size=3), st.integers(10, 120))
def test_a_row_is_one_line_within_the_terminal(row: list[str], width: int) -> None:
    columns = output.Columns(-4, 12)
    columns.width = width
    written: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "sys.stdout", type("Out", (), {"write": lambda self, text: written.append(text), "isatty": bool})()
        )
        columns.say(row)
    line = "".join(written)
    assert line.count("\n") == 1
    assert line.endswith("\n")
    assert cell_len(line[:-1]) <= width
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in line[:-1])


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_of_a_command_what_its_own_help_begins_with(name: str) -> None:
    app = typer.Typer()
    import_module(f"cminbox.cli.{COMMANDS[name].module}").add(app)
    command = typer.main.get_group(app).commands[name]
    assert command.get_short_help_str(80) == COMMANDS[name].summary

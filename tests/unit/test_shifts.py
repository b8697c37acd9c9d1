"""Shifts: read from the configuration, and their stretches as instants, right across changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox import config, paths
from cminbox.config import Config
from cminbox.errors import ConfigError
from cminbox.hours import WEEKDAYS
from cminbox.model import DAY, HOUR, MINUTE, Instant, to_instant
from cminbox.shifts import Returning
from cminbox.when import full_time, local_midnight
from profiles import examples

MEMBERS = '[[member]]\nhandle = "ana"\n[[member]]\nhandle = "ben"\n'
MADRID = ZoneInfo("Europe/Madrid")


def loaded(folder: Path, toml: str) -> Config:
    folder.mkdir(exist_ok=True)
    (folder / "config.toml").write_text(MEMBERS + toml, "utf-8")
    return config.load(paths.find(config=str(folder), data=str(folder)))


def shift(more: str) -> str:
    return f'[[shift]]\nname = "s"\nzone = "Europe/Madrid"\nmembers = ["ana"]\n{more}\n'


@pytest.mark.parametrize(
    ("toml", "line", "told"),
    [
        (shift('mon = ["14:00-09:00"]'), 9, '"14:00-09:00" ends before it starts'),
        (shift('mon = ["09:00-09:00"]'), 9, '"09:00-09:00" ends before it starts'),
        (shift('mon = ["09:00-12:00", "11:00-13:00"]'), 9, "the ranges of mon overlap"),
        (shift('mon = ["20:00-03:00", "22:00-23:00"]'), 9, "the ranges of mon overlap"),
        (shift('mon = ["9-17"]'), 9, "no range of hours"),
        (shift('mon = ["09:00-25:00"]'), 9, "a time that no clock shows"),
        (shift('mon = ["09:00-17:00"]').replace("Madrid", "Madird"), 7, "no time zone"),
        (shift('mon = ["09:00-17:00"]').replace('"ana"]', '"anna"]'), 8, '"anna" is no member of the team'),
        (shift('mon = ["09:00-17:00"]').replace('["ana"]', "[]"), None, 'the shift "s" has no members'),
        (shift(""), None, 'the shift "s" has no hours'),
        (shift('mon = ["09:00-17:00"]') + shift('tue = ["09:00-17:00"]'), 11, 'the name "s" is used twice'),
        (shift('mon = ["09:00-17:00"]').replace('zone = "Europe/Madrid"\n', ""), None, '"zone" is missing'),
        (shift('mon = ["09:00-17:00"]\nholidays = ["Christmas"]'), 10, '"Christmas" is no date'),
        (shift('mon = ["09:00-17:00"]\nmembres = ["ben"]'), 10, 'unknown key "membres"'),
        ('[team]\ntake_up = "5s"', 6, "take_up is too short"),
        ("[team]\nsilent = true", 6, "silent must be"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, toml: str, line: int | None, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, toml)
    assert told in error.value.line()
    assert "\n" not in error.value.line()
    if line is not None:
        assert f"config.toml:{line}:" in error.value.line()


def test_work_comes_back_only_where_the_configuration_says_so(tmp_path: Path) -> None:
    assert loaded(tmp_path, shift('mon = ["09:00-17:00"]')).returning == Returning(None, None, None)
    found = loaded(tmp_path, '[team]\ntake_up = "30m"\nabsent = "1h"\nsilent = false').returning
    assert found == Returning(take_up=30 * MINUTE, silent=None, absent=HOUR)


def test_a_night_belongs_to_the_day_on_which_it_begins(tmp_path: Path) -> None:
    found = loaded(tmp_path, shift('sat = ["22:00-06:00"]\nholidays = ["2026-03-21"]')).shifts[0]
    start = local_midnight(date(2026, 3, 20), MADRID)
    told = [(full_time(a, MADRID), full_time(b, MADRID)) for a, b in found.windows(start, start + 21 * DAY)]
    assert told == [
        ("Sat 2026-03-28 22:00 CET", "Sun 2026-03-29 06:00 CEST"),  # an hour less: the clock is put forward
        ("Sat 2026-04-04 22:00 CEST", "Sun 2026-04-05 06:00 CEST"),
    ]


def test_the_zone_is_the_calendars_where_a_shift_names_none(tmp_path: Path) -> None:
    toml = '[calendar]\nzone = "Asia/Kolkata"\nmon = ["09:00-17:00"]\n' + shift('mon = ["09:00-17:00"]')
    found = loaded(tmp_path, toml.replace('zone = "Europe/Madrid"\n', ""))
    assert found.shifts[0].hours.zone == "Asia/Kolkata"


TIMES = st.integers(0, 47).map(lambda half: half * 30)


@settings(max_examples=examples(60))
@given(st.integers(0, 6), TIMES, st.integers(1, 24), st.sampled_from(["2026-03-27", "2026-10-23", "2026-07-03"]))
def test_on_duty_is_what_a_clock_on_the_wall_says(
    tmp_path_factory: pytest.TempPathFactory, weekday: int, start: int, halves: int, first: str
) -> None:
    """Every quarter of an hour of some days around a change of the clock, read from the wall."""
    end = start + halves * 30
    text = f"{start // 60:02}:{start % 60:02}-{(end - 1) % 1440 // 60:02}:{(end - 1) % 60:02}"
    if end == 1440:
        text = f"{text[:5]}-24:00"
        last = 1440
    else:
        last = end - 1
    found = loaded(tmp_path_factory.mktemp("shift"), shift(f'{WEEKDAYS[weekday]} = ["{text}"]')).shifts[0]
    when = datetime.fromisoformat(first).replace(tzinfo=UTC)
    windows = list(found.windows(to_instant(when) - 2 * DAY, to_instant(when) + 9 * DAY))

    def on(at: Instant) -> bool:
        return any(a <= at < b for a, b in windows)

    for quarter in range(7 * 96):
        wall = (when + timedelta(minutes=15 * quarter)).astimezone(MADRID)
        minute = wall.hour * 60 + wall.minute
        expected = (wall.weekday() == weekday and start <= minute < last) or (
            wall.weekday() == (weekday + 1) % 7 and minute < last - 1440
        )
        assert on(to_instant(wall)) == expected, wall

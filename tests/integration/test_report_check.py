"""The report computed twice: by the program, and here from the raw file, straight from the definitions.

Nothing of the project takes part in the second computation; only the command line is run, as a person would.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("CMINBOX_SHARED") or ROOT.parent / "shared")
REAL = SHARED / "data" / "brand_conversations.jsonl"
ZONE = ZoneInfo("America/New_York")
OPENS, CLOSES = time(9), time(17, 30)

needs_data = pytest.mark.skipif(not REAL.is_file(), reason=f"{REAL} is not there: the report is not computed twice")

Figures = dict[str, float | None]
Spell = tuple[datetime, datetime]


def cminbox(folder: Path, *arguments: str) -> str:
    """What a command prints."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "cminbox", *arguments]
    command += ["--config", str(folder / "config"), "--data", str(folder / "data")]
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def figures(seconds: list[float]) -> Figures:
    """Count, mean and percentiles by the standard library's inclusive method."""
    if not seconds:
        return {"count": 0, "mean": None, "p50": None, "p90": None, "p95": None}
    if len(seconds) == 1:
        return {"count": 1, **dict.fromkeys(("mean", "p50", "p90", "p95"), seconds[0])}
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {
        "count": len(seconds),
        "mean": statistics.fmean(seconds),
        "p50": cuts[49],
        "p90": cuts[89],
        "p95": cuts[94],
    }


def business(spell: Spell) -> float:
    """Seconds of a spell within Monday to Friday, from opening to closing on the clock of the zone."""
    start, end = spell
    day, total = start.astimezone(ZONE).date(), 0.0
    while day <= end.astimezone(ZONE).date():
        if day.weekday() < 5:
            opens = datetime.combine(day, OPENS, ZONE).astimezone(UTC)
            closes = datetime.combine(day, CLOSES, ZONE).astimezone(UTC)
            total += max(0.0, (min(end, closes) - max(start, opens)).total_seconds())
        day += timedelta(days=1)
    return total


class Computed:
    """Response times of some conversations, by product.md's definitions."""

    def __init__(self) -> None:
        self.first: list[Spell] = []
        self.reply: list[Spell] = []
        self.waiting: list[datetime] = []
        self.volume = 0

    def hear(self, talk: list[dict[str, str]]) -> None:
        """One conversation, whose messages stand in order of time."""
        cycle = waiting = None
        answered = False
        for line in talk:
            when = datetime.fromisoformat(line["created_at"])
            if line.get("direction", "in") == "in":
                self.volume += 1
                cycle = cycle or when
                waiting = waiting or when
                continue
            if cycle and not answered:
                self.first.append((cycle, when))
                answered = True
            if waiting:
                self.reply.append((waiting, when))
                waiting = None
        if waiting:
            self.waiting.append(waiting)


def computed(key: str | None = None) -> dict[str, Computed]:
    """Everything once more, by a key of the lines, or all as one."""
    talks: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for raw in REAL.read_text(encoding="utf-8").splitlines():
        line = json.loads(raw)
        talks[line["source"], line["conversation"]].append(line)
    found: dict[str, Computed] = defaultdict(Computed)
    for talk in talks.values():
        talk.sort(key=lambda line: datetime.fromisoformat(line["created_at"]))
        found[talk[0][key] if key else ""].hear(talk)
    return found


def same(given: Figures, expected: Figures) -> None:
    """Equal to the millisecond."""
    assert given["count"] == expected["count"]
    assert given == pytest.approx(expected, abs=0.002)


def seconds(spells: list[Spell]) -> list[float]:
    return [(end - start).total_seconds() for start, end in spells]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the real conversations in it, and a calendar."""
    folder = tmp_path_factory.mktemp("check")
    (folder / "config").mkdir()
    days = "\n".join(f'{day} = ["09:00-17:30"]' for day in ("mon", "tue", "wed", "thu", "fri"))
    (folder / "config" / "config.toml").write_text(f'[calendar]\nzone = "America/New_York"\n{days}\n')
    assert "5,000 new" in cminbox(folder, "import", str(REAL))
    assert "0 new" in cminbox(folder, "import", str(REAL))
    return folder


@needs_data
def test_all_conversations_twice(folder: Path) -> None:
    report = json.loads(cminbox(folder, "report", "--json"))
    expected = computed()[""]
    same(report["first_response"]["wall"], figures(seconds(expected.first)))
    same(report["reply"]["wall"], figures(seconds(expected.reply)))
    same(report["resolution"]["wall"], figures([]))
    assert report["volume"] == expected.volume
    assert report["waiting"]["count"] == len(expected.waiting)
    age = (datetime.fromisoformat(report["until"]) - min(expected.waiting)).total_seconds()
    assert report["waiting"]["oldest"] == pytest.approx(age, abs=1)
    # Each wait for an answer that was needed had an SLA, and all of them lie years back.
    assert sum(report["sla"].values()) == report["answer_rate"]["needed"] <= len(expected.reply) + len(expected.waiting)
    assert report["sla"]["running"] == 0
    assert report["waiting"]["needing"] == report["answer_rate"]["needed"] - report["answer_rate"]["answered"]


@needs_data
def test_business_hours_twice(folder: Path) -> None:
    report = json.loads(cminbox(folder, "report", "--json"))
    expected = computed()[""]
    same(report["first_response"]["business"], figures([business(spell) for spell in expected.first]))
    same(report["reply"]["business"], figures([business(spell) for spell in expected.reply]))


@needs_data
def test_each_source_and_network_twice(folder: Path) -> None:
    by = json.loads(cminbox(folder, "report", "--json"))["by"]
    for dimension in ("source", "network"):
        expected = computed(dimension)
        assert set(by[dimension]) == set(expected)
        for name, group in by[dimension].items():
            same(group["first_response"]["wall"], figures(seconds(expected[name].first)))
            same(group["reply"]["wall"], figures(seconds(expected[name].reply)))
            assert group["volume"] == expected[name].volume
            assert group["waiting"]["count"] == len(expected[name].waiting)


@needs_data
def test_a_period_twice(folder: Path) -> None:
    since, until = "2017-10-31T12:00:00+00:00", "2017-11-01T18:30:00+00:00"
    start, end = datetime.fromisoformat(since), datetime.fromisoformat(until)
    report = json.loads(cminbox(folder, "report", "--json", "--since", since, "--until", until))
    expected = computed()[""]
    within = [spell for spell in expected.reply if start <= spell[1] < end]
    assert 0 < len(within) < len(expected.reply)
    same(report["reply"]["wall"], figures(seconds(within)))
    heard = [json.loads(raw) for raw in REAL.read_text(encoding="utf-8").splitlines()]
    times = [datetime.fromisoformat(line["created_at"]) for line in heard if line["direction"] == "in"]
    assert report["volume"] == sum(start <= when < end for when in times)


@needs_data
def test_languages_and_the_whole_are_one(folder: Path) -> None:
    report = json.loads(cminbox(folder, "report", "--json"))
    for measure in ("first_response", "reply"):
        counts = [group[measure]["wall"]["count"] for group in report["by"]["language"].values()]
        assert sum(counts) == report[measure]["wall"]["count"]
    assert sum(group["volume"] for group in report["by"]["language"].values()) == report["volume"]
    assert report["by"]["member"] == {}


@needs_data
@pytest.mark.parametrize("end", [("close",), ("none-needed", "duplicate"), ("spam",)])
def test_ending_all_that_is_open_makes_no_figure_better(folder: Path, tmp_path: Path, end: tuple[str, ...]) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    before = json.loads(cminbox(tmp_path, "report", "--json"))
    cminbox(tmp_path, "do", *end, "--query", "is:open")
    after = json.loads(cminbox(tmp_path, "report", "--json"))
    assert after["waiting"]["count"] == 0
    for name in ("first_response", "reply", "sla", "answer_rate"):
        assert after[name] == before[name], name
    # Of those that are open a few were answered and have said thanks since; who needs an answer never ends as answered.
    thanked = before["waiting"]["count"] - before["waiting"]["needing"]
    assert 0 < thanked < before["waiting"]["count"] / 3
    assert after["resolution"]["wall"]["count"] == after["ends"]["answered"] == (thanked if end == ("close",) else 0)
    if end == ("close",):
        assert after["ends"]["unanswered"] == before["waiting"]["needing"]
    # Who wrote in 2017 is late, whatever becomes of them now.
    assert after["sla"]["missed"] > before["waiting"]["needing"] > 100

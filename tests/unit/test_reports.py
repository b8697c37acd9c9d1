"""The report and its charts over a small store whose answers are worked out by hand."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from cminbox.model import DAY, HOUR, MINUTE, from_iso
from cminbox.reports import Calendar, compute
from cminbox.reports.charts import charts
from cminbox.reports.text import as_csv, as_markdown, as_text, length, share
from cminbox.store.sqlite import schema

MONDAY = from_iso("2024-05-06T00:00:00+00:00")
TUESDAY = MONDAY + DAY
NOW = MONDAY + 2 * DAY
TARGET = 30 * MINUTE


@dataclass(frozen=True)
class Hours:
    zone: str = "UTC"
    days: dict[int, tuple[tuple[int, int], ...]] = field(
        default_factory=lambda: {day: ((540, 1020),) for day in range(5)}
    )
    holidays: tuple[object, ...] = ()


@pytest.fixture
def conn() -> Iterator[sqlite3.Connection]:
    """Three conversations on two sources: one answered twice, one answered by nobody we know, one waiting."""
    conn = sqlite3.connect(":memory:")
    for _, script in schema.scripts():
        conn.executescript(script)
    conn.executemany("INSERT INTO sources (id, name, network) VALUES (?, ?, ?)", [(1, "a", "x"), (2, "b", "mastodon")])
    conn.executemany(
        "INSERT INTO conversations (id, source_id, remote_id, source, network, kind, status, lang, assignee,"
        " created_at, newest_at, waiting_since, due_at, inbound, changed)"
        " VALUES (?,?,?,?,?,'mention',?,?,?,?,?,?,?,?,0)",
        [
            (1, 1, "1", "a", "x", "pending", "en", "ana", MONDAY, MONDAY, None, None, 2),
            (2, 1, "2", "a", "x", "closed", "es", "", MONDAY, MONDAY, None, None, 1),
            (3, 2, "3", "b", "mastodon", "open", "", "bo", TUESDAY, TUESDAY, TUESDAY, TUESDAY + TARGET, 1),
            (4, 2, "4", "b", "mastodon", "open", "en", "", NOW, NOW, NOW - MINUTE, NOW + TARGET, 1),
            (5, 2, "5", "b", "mastodon", "spam", "en", "", NOW, NOW, None, None, 1),
        ],
    )
    ten = MONDAY + 10 * HOUR
    conn.executemany(
        "INSERT INTO measures (conversation_id, source_id, measure, start_at, end_at, member, sla_target, lang)"
        " VALUES (?,?,?,?,?,?,?,?)",
        [
            (1, 1, "first_response", ten, ten + 10 * MINUTE, "ana", TARGET, "en"),
            (1, 1, "reply", ten, ten + 10 * MINUTE, "ana", TARGET, "en"),
            (1, 1, "reply", ten + HOUR, ten + 9 * HOUR, "bo", TARGET, "en"),
            (2, 1, "first_response", ten, ten + 20 * MINUTE, "", None, "es"),
            (2, 1, "reply", ten, ten + 20 * MINUTE, "", None, "es"),
            (2, 1, "resolution", ten, ten + 2 * HOUR, "ana", None, "es"),
            (1, 1, "reply", ten - 7 * DAY, ten - 7 * DAY + MINUTE, "ana", TARGET, "en"),
        ],
    )
    conn.execute("UPDATE conversations SET needs_since = waiting_since WHERE id = 3")
    conn.executemany(
        "INSERT INTO waits (conversation_id, source_id, message_id, start_at, target, due_at, end_at, outcome, member,"
        " lang) VALUES (?,?,?,?,?,?,?,?,?,?)",
        [
            (1, 1, 1, ten, TARGET, ten + TARGET, ten + 10 * MINUTE, "answered", "ana", "en"),
            (1, 1, 3, ten + HOUR, TARGET, ten + HOUR + TARGET, ten + 9 * HOUR, "answered", "bo", "en"),
            (2, 1, 5, ten, None, None, ten + 20 * MINUTE, "answered", "", "es"),
            (1, 1, 9, ten - 7 * DAY, TARGET, ten - 7 * DAY + TARGET, ten - 7 * DAY + MINUTE, "answered", "ana", "en"),
            (3, 2, 6, TUESDAY, TARGET, TUESDAY + TARGET, None, "", "", ""),
            (4, 2, 7, NOW - MINUTE, TARGET, NOW + TARGET, None, "", "", "en"),
        ],
    )
    conn.executemany(
        "INSERT INTO cycle_ends (conversation_id, source_id, start_at, end_at, end, reason, member, lang)"
        " VALUES (?,?,?,?,?,?,?,?)",
        [
            (2, 1, ten, ten + 2 * HOUR, "answered", "", "ana", "es"),
            (4, 2, ten, ten + HOUR, "none needed", "thanks", "bo", "en"),
        ],
    )
    conn.executemany(
        "INSERT INTO labels (conversation_id, label, by, removed) VALUES (?,?,'member:ana',?)",
        [(1, "billing", 0), (3, "billing", 0), (2, "angry", 1), (4, "late", 0)],
    )
    conn.executemany(
        "INSERT INTO messages (source_id, remote_id, conversation_id, kind, direction, text, created_at, fetched_at,"
        " deleted_at) VALUES (?,?,?,'mention',?,'',?,0,?)",
        [
            (1, "1", 1, "in", ten, None),
            (1, "2", 1, "out", ten + 10 * MINUTE, None),
            (1, "3", 1, "in", ten + HOUR, None),
            (1, "4", 1, "in", ten + HOUR, 5),
            (1, "5", 2, "in", ten, None),
            (2, "6", 3, "in", TUESDAY, None),
            (2, "7", 4, "in", NOW - MINUTE, None),
            (2, "8", 5, "in", NOW + 4 * DAY, None),
        ],
    )
    yield conn
    conn.close()


def test_figures_of_the_period(conn: sqlite3.Connection) -> None:
    total = compute(conn, MONDAY, MONDAY + 7 * DAY, None, NOW).to_json()
    assert total["first_response"] == {
        "wall": {"count": 2, "mean": 900.0, "p50": 900.0, "p90": 1140.0, "p95": 1170.0},
        "business": None,
    }
    assert total["reply"]["wall"]["count"] == 3
    assert total["reply"]["wall"]["p50"] == 1200.0
    assert total["resolution"]["wall"] == {"count": 1, **dict.fromkeys(("mean", "p50", "p90", "p95"), 7200.0)}
    assert total["waiting"] == {"count": 2, "oldest": 86400.0, "needing": 1}
    # Of five that began in the period three are answered, the quick ones within the hour.
    within = {"1h": 2 / 5, "4h": 2 / 5, "24h": 3 / 5}
    assert total["answer_rate"] == {"needed": 5, "answered": 3, "rate": 3 / 5, "within": within, "taken_out": 0}
    assert total["ends"] == {"answered": 1, "none_needed": 1, "unanswered": 0}
    assert total["volume"] == 6
    assert total["since"] == "2024-05-06T00:00:00+00:00"
    assert list(total) == [
        *("since", "until", "first_response", "reply", "resolution", "waiting", "volume", "sla", "answer_rate"),
        *("ends", "first_useful", "first_act", "handle", "touches", "back", "answers", "promises", "promises_by"),
        *("about", "by"),
    ]
    assert total["first_useful"] == total["first_response"]


def test_a_wait_past_its_sla_is_missed_already(conn: sqlite3.Connection) -> None:
    # Hit: ana's. Missed: bo's late reply, and the one nobody has answered. Running: the one that is due later.
    assert compute(conn, MONDAY, NOW, None, NOW).to_json()["sla"] == {"hit": 1, "missed": 2, "running": 1}


def test_groups(conn: sqlite3.Connection) -> None:
    by = compute(conn, MONDAY, MONDAY + 7 * DAY, None, NOW).to_json()["by"]
    assert list(by) == ["source", "network", "member", "label", "language"]
    assert {name: group["volume"] for name, group in by["source"].items()} == {"a": 3, "b": 3}
    assert by["network"]["x"] == by["source"]["a"]
    # Nobody's replies are credited to nobody, and there is no member without a name.
    assert {name: group["reply"]["wall"]["count"] for name, group in by["member"].items()} == {"ana": 1, "bo": 1}
    assert by["member"]["bo"]["waiting"] == {"count": 1, "oldest": 86400.0, "needing": 1}
    assert {name: group["volume"] for name, group in by["language"].items()} == {"en": 4, "es": 1, "unknown": 1}
    assert set(by["label"]) == {"billing", "late"}
    assert by["label"]["billing"]["reply"]["wall"]["count"] == 2
    assert by["label"]["billing"]["sla"] == {"hit": 1, "missed": 2, "running": 0}
    assert by["label"]["billing"]["waiting"] == {"count": 1, "oldest": 86400.0, "needing": 1}
    assert by["label"]["billing"]["answer_rate"]["needed"] == 3
    assert by["label"]["billing"]["volume"] == 3
    assert by["label"]["late"]["sla"] == {"hit": 0, "missed": 0, "running": 1}


def test_a_part_of_the_time_gives_its_own_volume_and_the_same_sums(conn: sqlite3.Connection) -> None:
    first = compute(conn, MONDAY, TUESDAY, None, NOW).to_json()
    assert first["volume"] == 3
    assert first["by"]["label"]["billing"]["volume"] == 2
    before_it = compute(conn, MONDAY - 7 * DAY, MONDAY, None, NOW).to_json()
    assert before_it["since"] == "2024-04-29T00:00:00+00:00"
    assert before_it["reply"]["wall"]["count"] == 1
    assert before_it["volume"] == 0


def test_business_hours_stand_beside_the_clock(conn: sqlite3.Connection) -> None:
    report = compute(conn, MONDAY, MONDAY + 7 * DAY, Calendar(Hours()), NOW).to_json()
    # Bo answered what came at 11:00 at 19:00, two hours after closing.
    assert report["by"]["member"]["bo"]["reply"]["wall"]["p50"] == 8 * 3600
    assert report["by"]["member"]["bo"]["reply"]["business"]["p50"] == 6 * 3600
    assert report["by"]["label"]["billing"]["reply"]["business"]["count"] == 2


def test_an_empty_store_has_no_figures(conn: sqlite3.Connection) -> None:
    conn.executescript(
        "DELETE FROM labels; DELETE FROM measures; DELETE FROM waits; DELETE FROM cycle_ends; DELETE FROM messages;"
        "DELETE FROM conversations; DELETE FROM sources"
    )
    report = compute(conn, MONDAY, NOW, None, NOW)
    assert report.total.waiting.oldest is None
    assert report.to_json()["by"] == {name: {} for name in ("source", "network", "member", "label", "language")}
    assert "0 inbound" in as_text(report)
    assert charts(conn, MONDAY, NOW, ZoneInfo("UTC"), NOW).hours == ()


def test_charts(conn: sqlite3.Connection) -> None:
    drawn = charts(conn, MONDAY, MONDAY + 7 * DAY, ZoneInfo("Asia/Kolkata"), NOW)
    assert [(hour.inbound, hour.answered) for hour in drawn.hours[:2]] == [(2, 2), (1, 1)]
    assert drawn.hours[0].start == MONDAY + 10 * HOUR
    by_start = {hour.start: hour for hour in drawn.hours}
    assert (by_start[TUESDAY].inbound, by_start[TUESDAY].answered) == (1, 0)
    assert by_start[TUESDAY + HOUR].inbound == 0
    assert sum(hour.inbound for hour in drawn.hours) == 6
    # 10:00 UTC is 15:30 in Kolkata; the median of ten and twenty minutes is fifteen.
    assert (drawn.heat[0][15].count, drawn.heat[0][15].wait) == (2, 900.0)
    assert (drawn.heat[1][5].count, drawn.heat[1][5].wait) == (1, 86400.0)
    assert sum(cell.count for row in drawn.heat for cell in row) == 5
    assert [(bin.upto, bin.count) for bin in drawn.spread if bin.count] == [(10 * MINUTE, 1), (30 * MINUTE, 1)]
    assert drawn.spread[-1].upto is None


@pytest.mark.parametrize("width", [30, 60, 80, 200])
def test_text_is_never_wider_than_the_terminal(conn: sqlite3.Connection, width: int) -> None:
    conn.execute("UPDATE sources SET name = 'मेरा \x1b[31m दफ़्तर ' || hex(zeroblob(40)) WHERE id = 1")
    text = as_text(compute(conn, MONDAY, MONDAY + 7 * DAY, Calendar(Hours()), NOW), width)
    assert max(map(cell_len, text.splitlines())) <= width
    assert "\x1b" not in text
    assert "first response" in text or width == 30


def test_markdown_is_literal(conn: sqlite3.Connection) -> None:
    conn.execute("UPDATE labels SET label = '[x](http://evil)|*b*' WHERE label = 'late'")
    text = as_markdown(compute(conn, MONDAY, MONDAY + 7 * DAY, None, NOW))
    assert r"| \[x\](http://evil)\|\*b\* | 1 |" in text
    assert "| first response | 2 | 15m | 15m | 19m | 20m | 2 | 24h |" in text
    assert "- **first response, by when it ended, n 2**: from the first message of a cycle" in text
    assert "- **SLA**: 33 % kept: 1 hit, 2 missed, 1 running" in text


def test_csv_has_every_figure_and_no_formula(conn: sqlite3.Connection) -> None:
    conn.execute("UPDATE labels SET label = '=cmd()' WHERE label = 'late'")
    rows = list(csv.DictReader(io.StringIO(as_csv(compute(conn, MONDAY, MONDAY + 7 * DAY, None, NOW)))))
    assert rows[0]["by"] == ""
    assert rows[0]["first_response_wall_p50"] == "900.0"
    assert rows[0]["first_response_business_count"] == ""
    assert "'=cmd()" in {row["name"] for row in rows}
    assert len({len(row) for row in rows}) == 1


def test_a_table_has_no_rows_of_nothing(conn: sqlite3.Connection) -> None:
    conn.execute("DELETE FROM waits")
    conn.execute("UPDATE conversations SET waiting_since = NULL, needs_since = NULL")
    conn.execute(
        "INSERT INTO cycle_ends (conversation_id, source_id, start_at, end_at, end) VALUES (2, 1, ?, ?, 'unanswered')",
        (MONDAY - 9 * DAY, MONDAY - 8 * DAY),
    )
    report = compute(conn, MONDAY - 9 * DAY, MONDAY - 7 * DAY, None, NOW)
    assert report.by["source"]["a"].ends.unanswered == 1
    assert "\nsource " not in as_text(report)
    assert "1 closed unanswered" in as_text(report)


def test_every_fact_is_told_in_full_on_a_narrow_terminal(conn: sqlite3.Connection) -> None:
    text = as_text(compute(conn, MONDAY, MONDAY + 7 * DAY, None, NOW), 46)
    assert "answer rate" in text
    assert "within 24h" in " ".join(text.split())


def test_no_duration_is_a_dash_and_never_0() -> None:
    assert [length(seconds) for seconds in (None, 0)] == ["–", "0s"]


def test_a_miss_among_thousands_is_not_hidden(conn: sqlite3.Connection) -> None:
    conn.executemany(
        "INSERT INTO waits (conversation_id, source_id, message_id, start_at, due_at, end_at, outcome)"
        " VALUES (1, 1, ?, ?, ?, ?, 'answered')",
        [(number, MONDAY, MONDAY + 5, MONDAY + 1) for number in range(100, 2100)],
    )
    assert share(compute(conn, MONDAY, NOW, None, NOW).total) == "99 %"


TAKEN_OUT = [
    # How it ended, when, and what the SLA and the answer rate then count: (missed, needed).
    ("unanswered", 10 * MINUTE, (1, 1)),
    ("unanswered", 2 * HOUR, (1, 1)),
    ("none needed", 10 * MINUTE, (0, 0)),
    ("none needed", 2 * HOUR, (1, 1)),
    ("spam", 10 * MINUTE, (0, 0)),
    ("spam", 2 * HOUR, (1, 1)),
    ("gone", 2 * HOUR, (1, 1)),
]


@pytest.mark.parametrize(("outcome", "after", "wanted"), TAKEN_OUT)
def test_what_ends_without_an_answer_takes_out_only_what_is_not_late(conn, outcome, after, wanted) -> None:
    conn.execute("DELETE FROM waits")
    conn.execute(
        "INSERT INTO waits (conversation_id, source_id, message_id, start_at, target, due_at, end_at, outcome)"
        " VALUES (1, 1, 1, ?, ?, ?, ?, ?)",
        (MONDAY, TARGET, MONDAY + TARGET, MONDAY + after, outcome),
    )
    total = compute(conn, MONDAY, TUESDAY, None, NOW).total
    assert (total.sla.hit, total.sla.missed, total.sla.running) == (0, wanted[0], 0)
    assert (total.answer_rate.needed, total.answer_rate.answered) == (wanted[1], 0)
    assert total.answer_rate.rate == (0 if wanted[1] else None)


def test_an_sla_belongs_to_the_day_on_which_it_was_missed_whatever_ended_the_wait(conn: sqlite3.Connection) -> None:
    """So that closing what is late takes it out of no report."""
    conn.execute("DELETE FROM waits")
    for number, (end, outcome) in enumerate([(None, ""), (NOW - 1, "unanswered"), (NOW - 1, "answered")]):
        conn.execute(
            "INSERT INTO waits (conversation_id, source_id, message_id, start_at, target, due_at, end_at, outcome)"
            " VALUES (1, 1, ?, ?, ?, ?, ?, ?)",
            (number, MONDAY, TARGET, MONDAY + TARGET, end, outcome),
        )
    assert compute(conn, MONDAY, TUESDAY, None, NOW).total.sla.missed == 3
    assert compute(conn, TUESDAY, NOW, None, NOW).total.sla.missed == 0


def test_who_was_taken_out_is_told_and_makes_no_share_better(conn: sqlite3.Connection) -> None:
    conn.execute("DELETE FROM waits")
    waits = [("none needed", 2 * HOUR), ("spam", MINUTE), ("answered", 10 * MINUTE), ("answered", 2 * HOUR)]
    for number, (outcome, after) in enumerate(waits):
        conn.execute(
            "INSERT INTO waits (conversation_id, source_id, message_id, start_at, end_at, outcome)"
            " VALUES (1, 1, ?, ?, ?, ?)",
            (number, MONDAY, MONDAY + after, outcome),
        )
    rate = compute(conn, MONDAY, TUESDAY, None, NOW).total.answer_rate
    assert (rate.needed, rate.answered, rate.taken_out, rate.rate) == (2, 2, 2, 0.5)
    assert rate.within == {"1h": 0.25, "4h": 0.5, "24h": 0.5}


def test_answers_and_slas_by_when_they_wrote_and_by_when_it_ended(conn: sqlite3.Connection) -> None:
    conn.execute("DELETE FROM waits")
    conn.execute(
        "INSERT INTO waits (conversation_id, source_id, message_id, start_at, target, due_at, end_at, outcome)"
        " VALUES (1, 1, 1, ?, ?, ?, ?, 'answered')",
        (MONDAY, 2 * DAY, MONDAY + 2 * DAY, TUESDAY + HOUR),
    )
    found = {}
    for cohort in (None, "written", "ended"):
        days = [compute(conn, day, day + DAY, None, NOW, cohort=cohort).total for day in (MONDAY, TUESDAY)]
        found[cohort] = [(day.sla.hit, day.answer_rate.answered) for day in days]
    # Unless asked for, each by its own: SLAs by when they were hit, answers by when they wrote.
    assert found == {None: [(0, 1), (1, 0)], "written": [(1, 1), (0, 0)], "ended": [(0, 0), (1, 1)]}

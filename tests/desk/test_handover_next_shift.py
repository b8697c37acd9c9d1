"""The shift after one's own: as the calendar of shifts has it, and as `ahead` says where there is none."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from desk_rota import Rota

from cminbox.desk import Take
from cminbox.desk.duty import parse_duty
from cminbox.handover import as_markdown, build, next_shift, until
from cminbox.model import HOUR, MINUTE, Instant
from cminbox.store import handovers, notices, promises

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def at(text: str) -> Instant:
    """A time on the wall in Madrid."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Madrid")).timestamp() * 1000)


def shift(name: str, members: str, hours: str, days: tuple[str, ...] = DAYS) -> str:
    ranges = "\n".join(f'{day} = ["{hours}"]' for day in days)
    handles = ", ".join(f'"{handle}"' for handle in members.split())
    return f'[[shift]]\nname = "{name}"\nzone = "Europe/Madrid"\nmembers = [{handles}]\n{ranges}\n'


ROUND = shift("early", "ana", "06:00-14:00") + shift("late", "lena dan", "14:00-22:00")


def rota(folder: Path, toml: str, now: str) -> Rota:
    return Rota(folder, toml, at(now))


def found(office: Rota, leaving: str = "ana"):
    return next_shift(office.store.read(), office.config, leaving, office.now)


def test_without_shifts_it_is_as_long_as_ahead_says(tmp_path: Path) -> None:
    office = Rota(tmp_path, '[handover]\nahead = "5h"\n')
    coming = found(office)
    assert (coming.start, coming.end, coming.first_hour) == (office.now, office.now + 5 * HOUR, office.now + HOUR)
    assert (coming.names, coming.words(office.config, office.now)) == ((), "")


@pytest.mark.parametrize(
    ("toml", "now", "start", "end", "first_hour", "comes"),
    [
        # Shortly before the end, and shortly after it, of the own one.
        (ROUND, "2026-03-02T13:50", "2026-03-02T14:00", "2026-03-02T22:00", "2026-03-02T15:00", "lena dan"),
        (ROUND, "2026-03-02T14:10", "2026-03-02T14:10", "2026-03-02T22:00", "2026-03-02T15:10", "lena dan"),
        # In the middle of it, what is due within the hour is still its own.
        (ROUND, "2026-03-02T09:00", "2026-03-02T14:00", "2026-03-02T22:00", "2026-03-02T10:00", "lena dan"),
        # Nobody is there at night: what is due by seven is the first hour's.
        (
            shift("early", "lena", "06:00-14:00") + shift("late", "ana", "14:00-22:00"),
            "2026-03-02T21:45", "2026-03-03T06:00", "2026-03-03T14:00", "2026-03-03T07:00", "lena",
        ),
        # They overlap: the one that began last comes.
        (
            shift("early", "ana", "06:00-14:30") + shift("day", "dan", "08:00-17:00")
            + shift("late", "lena", "14:00-22:00"),
            "2026-03-02T14:20", "2026-03-02T14:30", "2026-03-02T22:00", "2026-03-02T15:30", "lena",
        ),
        # A night across the change of the clock is seven hours long.
        (
            shift("late", "ana", "14:00-22:00") + shift("night", "lena", "22:00-06:00"),
            "2026-03-28T21:50", "2026-03-28T22:00", "2026-03-29T06:00", "2026-03-28T23:00", "lena",
        ),
        # Friday's evening is handed over to Monday.
        (
            shift("week", "ana lena", "09:00-18:00", DAYS[:5]),
            "2026-03-06T17:55", "2026-03-09T09:00", "2026-03-09T18:00", "2026-03-09T10:00", "lena",
        ),
    ],
    ids=["before", "after", "middle", "gap", "overlapping", "summer time", "weekend"],
)  # fmt: skip
def test_the_calendar_says_which_is_next(
    tmp_path: Path, toml: str, now: str, start: str, end: str, first_hour: str, comes: str
) -> None:
    coming = found(rota(tmp_path, toml, now))
    assert (coming.start, coming.end, coming.first_hour) == (at(start), at(end), at(first_hour))
    assert " ".join(coming.comes) == comes


def test_a_shift_that_never_ends_is_none_to_hand_over_from_or_to(tmp_path: Path) -> None:
    office = rota(tmp_path, shift("always", "ana lena", "00:00-24:00"), "2026-03-02T09:00")
    assert found(office).end == office.now + office.config.handover.ahead


def test_it_is_said_who_comes_and_who_leaves_but_not_who_is_away(tmp_path: Path) -> None:
    toml = shift("early", "ana olga", "06:00-14:00") + shift("late", "lena dan", "14:00-22:00")
    office = rota(tmp_path, toml, "2026-03-02T13:50")
    words = found(office).words(office.config, office.now)
    assert words == "late from 14:00 to 22:00: lena, dan; ana, olga leave"
    office.dan.duty.say(parse_duty(["off", "ill"], office.now))
    assert found(office).comes == ("lena",)


def test_the_next_shift_decides_what_is_told_and_what_moves(tmp_path: Path) -> None:
    office = rota(tmp_path, ROUND, "2026-03-02T13:50")
    home, other = office.write("where is it?"), office.write("and mine?")
    office.ana.do(Take(), [home])
    later, much_later = at("2026-03-02T21:59"), at("2026-03-02T22:01")

    def promise(conn) -> None:
        promises.add(conn, home, "a refund", later, "ana", "ana", office.now)
        promises.add(conn, other, "a call", much_later, "ana", "ana", office.now)

    office.store.write(promise)
    built = build(office.store.read(), office.config, office.ana.context.member, office.now)
    promised = [item.line for item in built.items if item.kind == "promise"]
    assert [("a refund" in line, "a call" in line) for line in promised] == [(True, False)]
    assert built.coming == "late from 14:00 to 22:00: lena, dan"
    assert built.since == at("2026-03-02T06:00")
    page = as_markdown(built.unsigned("ana", office.now), built.items, (), office.config.zone, coming=built.coming)
    assert "Next: late from 14:00 to 22:00: lena, dan." in page
    made = office.ana.handovers.sign()
    (notice,) = [one for one in notices.unplanned(office.store.read(), office.now, 9) if one.kind == "handover"]
    assert notice.people == {"next": ["dan", "lena"]}
    office.now += 20 * MINUTE
    assert until(office.store.read(), office.config, made, office.now) == at("2026-03-02T22:00")
    office.lena.handovers.tick(made.id, [item.key for item in handovers.items(office.store.read(), made.id)])
    office.lena.handovers.take(made.id, "the refund")
    assert [row[0] for row in office.rows("SELECT owner FROM promises ORDER BY due_at")] == ["lena", "ana"]


def test_what_is_due_in_its_first_hour_burns(tmp_path: Path) -> None:
    toml = shift("early", "lena", "06:00-14:00") + shift("late", "ana", "14:00-22:00")
    office = rota(tmp_path, toml, "2026-03-02T21:55")
    homes = [office.write("one"), office.write("two")]
    for home, due in zip(homes, ("2026-03-03T06:59", "2026-03-03T07:30"), strict=True):
        sql = "UPDATE conversations SET due_at = ? WHERE id = ?"
        office.store.write(lambda conn, due=due, home=home, sql=sql: conn.execute(sql, (at(due), home)))
    built = build(office.store.read(), office.config, office.ana.context.member, office.now)
    due_items = [item for item in built.items if item.kind == "due"]
    assert [item.conversation_id for item in due_items] == homes[:1]
    assert "due Tue 06:59" in due_items[0].line

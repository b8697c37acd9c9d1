"""A week of five members, with absences, sickness without notice, nights and a change of the clock.

The clock is the test's, the store is real, and the engine's chores run as time goes by. What is held true is told by a
clock on the wall and by counting, not by the program's own arithmetic.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from desk_office import Office

from cminbox import config, paths
from cminbox.desk import Assign, Close, Desk, Label, Note, Snooze, TakeFree
from cminbox.desk.duty import SaidOfDuty
from cminbox.engine import returning, scheduled
from cminbox.engine.scoring import Scoring
from cminbox.engine.transaction import Intake
from cminbox.model import DAY, HOUR, MINUTE, Instant, to_instant
from cminbox.store import Store, duty, notices, people, promises, timers
from cminbox.when import local_time
from stores import new_store

STEP = 15 * MINUTE
TAKE_UP, SILENT, ABSENT = 30 * MINUTE, 2 * HOUR, HOUR
ZONE = ZoneInfo("Europe/Madrid")
SHIFTS = {"ana": (6, 14), "ben": (6, 14), "cy": (14, 22), "dee": (14, 22), "eli": (22, 6)}
"""Hours of every day; a night goes on to the next one."""
RANGES = {handle: f"{start:02}:00-{end:02}:00" for handle, (start, end) in SHIFTS.items()}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TOML = (
    "".join(
        f'[[member]]\nhandle = "{handle}"\nrole = "{"lead" if handle == "ana" else "responder"}"\nteams = ["care"]\n'
        for handle in SHIFTS
    )
    + "".join(
        f'[[shift]]\nname = "of-{handle}"\nzone = "Europe/Madrid"\nmembers = ["{handle}"]\n'
        + "".join(f'{day} = ["{hours}"]\n' for day in DAYS)
        for handle, hours in RANGES.items()
    )
    + '[team]\ntake_up = "30m"\nsilent = "2h"\nabsent = "1h"\n'
)


class Week(Office):
    """The team at work, by a die."""

    def __init__(self, folder: Path, start: Instant, seed: int) -> None:
        super().__init__(folder, new_store)
        files = folder / "config"
        (files / "rules").mkdir(parents=True)
        (files / "config.toml").write_text(TOML, "utf-8")
        rule = "[[rule]]\nname = 'turns'\nwhen = 'parcel'\nassign = 'round-robin:care'\n"
        (files / "rules" / "50.toml").write_text(rule, "utf-8")
        self.config = config.load(paths.find(config=str(files), data=str(folder / "data")))
        self.scoring = Scoring(files / "rules")
        self.now, self.dice = start, random.Random(seed)
        self.store.write(lambda conn: people.save(conn, self.config.team))
        self.desks = {handle: self.desk(handle) for handle in SHIFTS}
        self.words: dict[str, tuple[Instant, bool]] = {}
        """By member, until when they said what."""
        self.ill: dict[str, Instant] = {}
        """Who lies in bed until when, and has told nobody."""
        self.promised: dict[int, tuple[str, Instant]] = {}
        self.idle: Counter[str] = Counter()
        """Milliseconds of duty since each member did anything."""
        self.away: Counter[str] = Counter()
        """Milliseconds off duty since each member did anything or was on duty."""
        self.untouched: dict[int, tuple[str, int]] = {}
        """By open conversation, who has it, and their milliseconds of duty without touching it."""
        self.kept: dict[int, tuple[str, int, int]] = {}
        """By open conversation, who has it, and for how long of their duty and off it."""

    def desk(self, handle: str, store=None, **more) -> Desk:
        member = next((m.member for m in self.config.members if m.handle == handle), None)
        return Desk(self.store, self.config, member or super().desk(handle).context.member, clock=lambda: self.now)

    def intake(self) -> Intake:
        available = duty.Available(self.config, self.now)
        return Intake(self.scoring, self.now, None, 4 * HOUR, self.config.teams, available=available)

    def engine(self, minutes: int = 0) -> None:
        """The chores, where there are any, as the engine does them."""
        conn = self.store.read()
        while timers.any_due(conn, self.now) and self.store.write(
            lambda conn: scheduled.run(conn, self.intake()), durable=False
        ):
            pass
        while returning.any_due(conn, self.config, self.now):
            self.store.write(lambda conn: returning.run(conn, self.config, self.now), durable=False)

    def on_duty(self, handle: str) -> bool:
        """As the wall's clock and what they said have it."""
        until, on = self.words.get(handle, (0, False))
        if self.now < until:
            return on
        hour, (start, end) = local_time(self.now, ZONE).hour, SHIFTS[handle]
        return start <= hour < end if start < end else hour >= start or hour < end

    def say(self, handle: str, on: bool, length: int) -> None:
        self.desks[handle].duty.say(SaidOfDuty(handle, on, self.now + length))
        self.words[handle] = self.now + length, on
        self.did(handle)

    def did(self, handle: str) -> None:
        self.idle[handle] = self.away[handle] = 0

    def touch(self, handle: str, number: int) -> None:
        self.did(handle)
        self.untouched[number] = handle, -DAY

    def work(self, handle: str) -> None:
        """One thing that a member who is there does."""
        desk, roll = self.desks[handle], self.dice.random()
        mine = [
            row[0] for row in self.rows("SELECT id FROM conversations WHERE assignee = ? AND status = 'open'", handle)
        ]
        if roll < 0.25 or not mine:
            free = self.rows(
                "SELECT id FROM conversations WHERE assignee = '' AND status = 'open' ORDER BY id LIMIT 50"
            )
            if free and desk.do(TakeFree(), [row[0] for row in free]).changed:
                self.did(handle)
            return
        number = self.dice.choice(mine)
        if roll < 0.6:
            desk.do(Close(), [number])
        elif roll < 0.7:
            desk.do(Snooze(self.now + self.dice.randrange(1, 20) * HOUR), [number])
        elif roll < 0.8:
            desk.do(Label(add=(f"l{self.now}",)), [number])
        elif roll < 0.9:
            due = self.now + DAY
            made = self.store.write(
                lambda conn: promises.add(conn, number, "a refund", due, handle, f"member:{handle}", self.now)
            )
            self.promised[made] = handle, due
            desk.do(Note("promised a refund"), [number])
        else:
            desk.presence.opened(number)
        self.touch(handle, number)

    def step(self) -> None:
        """A quarter of an hour: people write, members work, are absent or fall ill, and the engine does its chores."""
        self.now += STEP
        if self.dice.random() < 0.4:
            self.write(self.dice.choice(("where is my parcel?", "a refund, please")))
        if self.dice.random() < 0.05:
            one = self.dice.choice(list(SHIFTS))
            free = self.rows("SELECT id FROM conversations WHERE assignee = '' AND status = 'open' LIMIT 1")
            for (number,) in free if self.on_duty("ana") and "ana" not in self.ill else ():
                self.desks["ana"].do(Assign(one), [number])
                self.touch("ana", number)
        for handle in SHIFTS:
            if self.ill.get(handle, 0) <= self.now:
                self.ill.pop(handle, None)
                there = self.on_duty(handle)
                if there and self.dice.random() < 0.015:
                    self.ill[handle] = self.now + self.dice.randrange(4, 40) * HOUR
                elif there and self.dice.random() < 0.01:
                    self.say(handle, False, self.dice.randrange(1, 12) * HOUR)
                elif self.dice.random() < 0.005:
                    self.say(handle, True, self.dice.randrange(1, 6) * HOUR)
                elif self.dice.random() < (0.5 if there else 0.01):
                    self.work(handle)
        self.engine()
        self.check()

    def check(self) -> None:
        """Nobody has anything longer than the rules say, by an arithmetic of its own."""
        for handle in SHIFTS:
            if self.on_duty(handle):
                self.idle[handle] += STEP
                self.away[handle] = 0
            else:
                self.away[handle] += STEP
        has = dict(self.rows("SELECT id, assignee FROM conversations WHERE assignee <> '' AND status = 'open'"))
        for some in (self.untouched, self.kept):
            for number in [n for n in some if has.get(n) != some[n][0]]:
                del some[number]
        for number, handle in has.items():
            on = self.on_duty(handle)
            self.untouched[number] = handle, self.untouched.get(number, ("", -STEP))[1] + STEP * on
            _, kept_on, kept_off = self.kept.get(number, ("", -STEP, -STEP))
            self.kept[number] = handle, kept_on + STEP * on, kept_off + STEP if not on else 0
            where = (handle, number, local_time(self.now, ZONE))
            assert self.untouched[number][1] <= TAKE_UP + STEP, where
            assert min(self.away[handle], self.kept[number][2]) <= ABSENT + STEP, where
            assert min(self.idle[handle], self.kept[number][1]) <= SILENT + STEP, where
            assert on == (handle in duty.on_duty(self.store.read(), self.config, [handle], self.now)), where


def midnight(day: str) -> Instant:
    return to_instant(datetime.fromisoformat(day).replace(tzinfo=ZONE))


WEEKS = {"spring": (midnight("2026-03-23"), 7 * DAY + 2 * HOUR), "autumn": (midnight("2026-10-24"), 2 * DAY)}
"""Each has a Sunday on which the clock changes, in eli's night."""


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Week]]:
    made: list[Week] = []
    write = Store.write  # nobody cuts the power here: a week takes a third of the time
    monkeypatch.setattr(Store, "write", lambda store, work, **more: write(store, work, **{**more, "durable": False}))

    def make(name: str) -> Week:
        made.append(Week(tmp_path, WEEKS[name][0], seed=7))
        return made[0]

    yield make
    made[0].store.close()


@pytest.mark.parametrize("name", WEEKS)
def test_in_a_week_nothing_stays_with_who_is_not_there(make: Callable[[str], Week], name: str) -> None:
    week = make(name)
    end, whole, seen = week.now + WEEKS[name][1], name == "spring", Counter[str]()
    while week.now < end:
        week.step()
        seen.update(week.ill)
    came_back = week.rows(
        "SELECT e.actor, e.detail ->> 'why', e.detail ->> 'from', i.before, i.after FROM events e"
        " JOIN event_items i ON i.event_id = e.id WHERE e.action = 'returned'"
    )
    reasons = {why.partition(" ")[2].split(" since")[0].split(";")[0] for _, why, *_ in came_back}
    assert reasons <= {"did not take it up in 30m", "is off duty", "did nothing for 2h"}
    assert len(reasons) == 3 or not whole  # each happened
    for actor, why, handle, before, after in came_back:
        assert (actor, why.partition(" ")[0]) == ("engine", handle)
        assert (handle in before, '"assignee": ""' in after or '"assignee":""' in after) == (True, True)
    told = [one for one in notices.unplanned(week.store.read(), week.now, 10_000) if one.kind == "returned"]
    assert sum(1 if one.conversation_id else int(one.title.split()[0]) for one in told) == len(came_back)
    assert all(one.people["lead"] == ["ana"] for one in told)
    assert seen or not whole  # somebody was ill
    kept = {number: (owner, due) for number, owner, due in week.rows("SELECT id, owner, due_at FROM promises")}
    assert kept == week.promised
    assert len(kept) > (20 if whole else 2)
    assert week.rows("SELECT DISTINCT status FROM promises") == [("open",)]
    took = week.rows("SELECT actor FROM events WHERE action = 'assign' AND actor = 'rule:turns'")
    assert len(took) > (20 if whole else 2)
    assert week.rows("SELECT COUNT(*) FROM assignments") == week.rows(
        "SELECT COUNT(*) FROM conversations WHERE assignee <> '' AND status = 'open'"
    )

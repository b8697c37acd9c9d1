"""Channels, quiet hours and who is told of what, as the configuration says it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox import config, paths
from cminbox.channels import DEFAULT_TELL, Quiet, quiet_until
from cminbox.config import Config
from cminbox.errors import ConfigError
from cminbox.model import DAY, MINUTE, NOTICE_KINDS, Instant, to_instant
from cminbox.when import local_time

MADRID = ZoneInfo("Europe/Madrid")
CHANNEL = '[[channel]]\nname = "mail"\n'
MEMBER = '[[member]]\nhandle = "ana"\nteams = ["care"]\n'


def loaded(folder: Path, toml: str) -> Config:
    (folder / "config.toml").write_text(toml, "utf-8")
    return config.load(paths.find(folder, folder / "data"))


def at(text: str, zone: ZoneInfo = MADRID, fold: int = 0) -> Instant:
    return to_instant(datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold))


def test_every_kind_of_notice_has_somebody_by_default_or_says_who() -> None:
    assert set(DEFAULT_TELL) == set(NOTICE_KINDS)


def test_channels_members_and_who_is_told_are_read(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        '[[channel]]\nname = "mail"\nfrom = "Inbox <inbox@shop.example>"\nto = ["ops@shop.example"]\n'
        'carries = ["crisis", "due"]\nquiet = ["22:00-07:00", "sat-sun 00:00-24:00"]\ndigest = "10m"\n'
        f'mailbox = "imaps://imap.shop.example/INBOX"\n{MEMBER}channels = ["mail:ana@shop.example"]\ndigest = "1h"\n'
        '[tell]\ndue = ["assignee|team:care", "mail"]\nassigned = []\nurgent = ["crisis:2", "approval"]\n',
    )
    (mail,) = found.tell.channels
    assert (mail.name, mail.sender, mail.to) == ("mail", "Inbox <inbox@shop.example>", ("ops@shop.example",))
    assert mail.quiet == (Quiet(frozenset(range(7)), 1320, 420), Quiet(frozenset({5, 6}), 0, 1440))
    assert (mail.carries, mail.digest) == (frozenset({"crisis", "due"}), 10 * MINUTE)
    assert found.members[0].telling.channels == ("mail:ana@shop.example",)
    assert found.members[0].telling.digest == 60 * MINUTE
    assert found.tell.tell["due"] == ("assignee|team:care", "mail")
    assert found.tell.tell["assigned"] == ()
    assert found.tell.tell["mentioned"] == ("mentioned",)
    assert found.tell.is_urgent("approval", None)
    assert [found.tell.is_urgent("crisis", severity) for severity in (1, 2, 3, None)] == [True, True, False, False]


@pytest.mark.parametrize(
    ("toml", "line", "message", "hint"),
    [
        ("[[channel]]\nnam = 'x'", 2, '"name" is missing in [[channel]]', '"nam" should perhaps be "name"'),
        (f"{CHANNEL}carry = ['due']", 3, 'unknown key "carry" in [[channel]]', 'did you mean "carries"?'),
        (f"{CHANNEL}carries = ['crises']", 3, 'carries cannot have "crises" in it', 'did you mean "crisis"?'),
        (f"{CHANNEL}url = 'mailtos://a:b@c'", 3, "url: a channel's address is a secret", "cminbox channels login mail"),
        (f"{CHANNEL}quiet = ['22-7']", 3, 'quiet: "22-7" is no range of hours', 'write "22:00-07:00"'),
        (f"{CHANNEL}quiet = ['22:00-25:00']", 3, "has a time that no clock shows", "a day ends at 24:00"),
        (f"{CHANNEL}quiet = ['mun 22:00-23:00']", 3, 'quiet: "mun" is no day', 'did you mean "'),
        (f"{CHANNEL}quiet = ['08:00-08:00']", 3, "ends where it starts", "00:00-24:00"),
        (f"{CHANNEL}quiet = ['08:00-20:00', '20:00-08:00']", 3, "quiet leaves no hour", ""),
        (f"{CHANNEL}from = 'inbox'", 3, 'from: "inbox" is no mail address', "ana@shop.example"),
        (f'{CHANNEL}from = "a@b.c\\nBcc: d@e.f"', 3, "is no mail address", ""),
        (f"{CHANNEL}mailbox = 'imap.shop.example'", 3, "is no mailbox", "imaps://"),
        (f"{CHANNEL}mailbox = 'imaps://me:pw@imap.shop.example'", 3, "no user and password", "the channel's"),
        (f"{CHANNEL}{CHANNEL}", 4, 'the name "mail" is used twice', ""),
        (f"{MEMBER}[[channel]]\nname = 'Ana'", 5, 'is too much like "ana"', ""),
        ("[[channel]]\nname = 'lead'", 2, 'a channel cannot be called "lead"', "a part that people have"),
        (f"{CHANNEL}{MEMBER}channels = ['mial']", 6, 'no channel is called "mial"', 'did you mean "mail"?'),
        (f"{CHANNEL}{MEMBER}channels = ['mail:ana']", 6, '"ana" is no mail address', "mail:ana@shop.example"),
        (f"{MEMBER}channels = ['mail']", 4, 'no channel is called "mail"', "no [[channel]] yet"),
        ("[tell]\nasigned = []", 2, 'unknown key "asigned" in [tell]', 'did you mean "assigned"?'),
        ("[tell]\ndue = ['asignee']", 2, 'due tells "asignee", and nobody is called so', 'did you mean "assignee"?'),
        ("[tell]\ndue = ['assignee|opz']", 2, 'due tells "opz", and nobody is called so', "known:"),
        ("[tell]\nurgent = ['crisis:5']", 2, 'urgent cannot have "crisis:5" in it', 'did you mean "crisis:'),
    ],
)
def test_mistakes_are_told_with_line_and_what_to_do(
    tmp_path: Path, toml: str, line: int, message: str, hint: str
) -> None:
    with pytest.raises(ConfigError) as told:
        loaded(tmp_path, toml)
    assert told.value.line_number == line
    assert message in told.value.message
    assert hint in told.value.hint


NIGHT = (Quiet(frozenset(range(7)), 22 * 60, 7 * 60),)


@pytest.mark.parametrize(
    ("when", "until"),
    [
        ("2026-05-01T12:00", "2026-05-01T12:00"),
        ("2026-05-01T21:59", "2026-05-01T21:59"),
        ("2026-05-01T22:00", "2026-05-02T07:00"),
        ("2026-05-02T06:59", "2026-05-02T07:00"),
        ("2026-05-02T07:00", "2026-05-02T07:00"),
        ("2026-03-28T23:00", "2026-03-29T07:00"),  # the clock goes ahead at 2:00
        ("2026-10-24T23:00", "2026-10-25T07:00"),  # and back at 3:00
    ],
)
def test_quiet_hours_end_when_the_clock_on_the_wall_says_so(when: str, until: str) -> None:
    assert quiet_until(NIGHT, at(when), MADRID) == at(until)


def test_quiet_hours_on_weekends_run_into_the_night_of_monday() -> None:
    weekend = (Quiet(frozenset({5, 6}), 0, 1440), *NIGHT)
    assert quiet_until(weekend, at("2026-05-01T23:00"), MADRID) == at("2026-05-04T07:00")


def test_an_hour_that_the_clock_skips_or_shows_twice_stays_quiet() -> None:
    two_to_half = (Quiet(frozenset(range(7)), 60, 150),)  # 01:00-02:30
    # 02:30 is shown twice on 2026-10-25: quiet until it was shown the last time.
    assert quiet_until(two_to_half, at("2026-10-25T01:30"), MADRID) == at("2026-10-25T02:30", fold=1)
    # There is no 02:30 on 2026-03-29: as long after the change.
    assert quiet_until(two_to_half, at("2026-03-29T01:30"), MADRID) == at("2026-03-29T03:30")


ranges = st.builds(
    Quiet,
    st.frozensets(st.integers(0, 6), min_size=1, max_size=3),
    st.integers(0, 1439),
    st.integers(1, 1440),
).filter(lambda one: one.start != one.end)


@given(st.lists(ranges, max_size=3), st.integers(at("2026-03-20T00:00"), at("2026-11-05T00:00")))
def test_what_is_held_is_told_outside_of_quiet_hours_and_nothing_else_waits(quiet: list[Quiet], when: Instant) -> None:
    until = quiet_until(quiet, when, MADRID)
    assert until >= when

    def is_quiet(instant: Instant) -> bool:
        local = local_time(instant, MADRID)
        minute = local.hour * 60 + local.minute
        for one in quiet:
            today, yesterday = local.weekday() in one.days, (local.weekday() - 1) % 7 in one.days
            if one.end > one.start:
                if today and one.start <= minute < one.end:
                    return True
            elif (today and minute >= one.start) or (yesterday and minute < one.end):
                return True
        return False

    changes = [at("2026-03-29T00:00"), at("2026-10-25T00:00")]
    near = any(-DAY < when - change < 9 * DAY for change in changes)
    if until < when + 14 * DAY and not near:  # around a change of the clock the examples above hold
        assert not is_quiet(until)
        assert until == when or is_quiet(when)

"""Channels as the configuration gives them: where people are told, when not, and who is told of what.

A channel's address is a secret and stands in no file of the configuration: `secrets.py` keeps it under its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple
from urllib.parse import urlsplit

from cminbox.hours import WEEKDAYS
from cminbox.model import DAY, MINUTE, NOTICE_KINDS, NOTICE_PARTS, Instant, to_instant
from cminbox.suggest import suggest
from cminbox.tomlfile import Table
from cminbox.when import HOST, local_time

DIGEST = 2 * MINUTE
"""After something was told, what comes within this time is told together, unless the configuration says otherwise."""
DEFAULT_TELL: Mapping[str, tuple[str, ...]] = {
    "approval": ("approvers",),
    "assigned": ("assignee",),
    "crisis": ("lead", "team"),
    "due": ("assignee|team",),
    "handover": ("next", "lead"),
    "mentioned": ("mentioned",),
    "promise": ("owner",),
    "question": (),
    "answer": ("asker",),
    "returned": ("lead", "assignee"),
    "rule": (),
    "source": ("lead",),
    "watched": ("watchers",),
    "test": (),
}
"""Who is told of what, where `[tell]` says nothing of it."""
DEFAULT_URGENT = ("crisis:1",)
"""What waits for no quiet hours: crises of severity 1."""
_SECRETS = ("url", "urls", "address", "password", "secret", "token")
_DAY_MINUTES = 24 * 60
_QUIET = re.compile(r"(?:([a-z]{3})(?:\s*[-–]\s*([a-z]{3}))?\s+)?(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_MAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+")
_SEVERITY = re.compile(r"crisis:([1-4])")


class Quiet(NamedTuple):
    """Hours in which nobody is told.

    Attributes:
        days: the weekdays on which they begin; Monday is 0.
        start, end: minutes from local midnight; an end that is not after the start is on the day after.
    """

    days: frozenset[int]
    start: int
    end: int


class ChannelConfig(NamedTuple):
    """One `[[channel]]`.

    Attributes:
        carries: the kinds of notices that it takes; empty: all.
        digest: milliseconds after something was told within which the next is gathered; 0: each alone.
        sender, to, reply_to, copy: of mail: From, To, Reply-To, and who gets a blind copy.
        mailbox: of mail: where a copy of what was sent comes, so that it can be looked up there.
    """

    name: str
    carries: frozenset[str] = frozenset()
    quiet: tuple[Quiet, ...] = ()
    digest: int = DIGEST
    sender: str = ""
    to: tuple[str, ...] = ()
    reply_to: str = ""
    copy: tuple[str, ...] = ()
    mailbox: str = ""


class Telling(NamedTuple):
    """How somebody wants to be told: what stands in their `[[member]]`.

    Attributes:
        channels: names of channels, or `NAME:ADDRESS` for mail to an address of theirs.
        digest: None: as the channel says.
    """

    channels: tuple[str, ...] = ()
    quiet: tuple[Quiet, ...] = ()
    digest: int | None = None


NO_TELLING = Telling()


class TellConfig(NamedTuple):
    """All that the configuration says of telling.

    Attributes:
        tell: by kind of notice, who is told: parts in the matter, members, `team:NAME`, channels, `NAME:ADDRESS`;
            `a|b` is the first of them that is somebody.
        urgent: what waits for no quiet hours and no digest: kinds, or `crisis:2` for severity 1 and 2.
    """

    channels: tuple[ChannelConfig, ...] = ()
    tell: Mapping[str, tuple[str, ...]] = DEFAULT_TELL
    urgent: tuple[str, ...] = DEFAULT_URGENT

    def channel(self, name: str) -> ChannelConfig | None:
        """The channel of that name, whatever its case."""
        wanted = name.casefold()
        return next((one for one in self.channels if one.name.casefold() == wanted), None)

    def is_urgent(self, kind: str, severity: int | None) -> bool:
        """Whether a notice waits for nothing.

        Args:
            severity: that of its crisis; None where it is of none.
        """
        for word in self.urgent:
            found = _SEVERITY.fullmatch(word)
            if word == kind or (found and kind == "crisis" and severity is not None and severity <= int(found[1])):
                return True
        return False


NO_TELL = TellConfig()


def split_address(name: str) -> tuple[str, str]:
    """Name and address of `NAME:ADDRESS`; without an address it is empty."""
    channel, _, address = name.partition(":")
    return channel.strip(), address.strip()


def quiet_until(quiet: Sequence[Quiet], at: Instant, zone: tzinfo = HOST) -> Instant:
    """The first instant from `at` on that lies in no quiet hours; `at` itself where it lies in none."""
    until, last = at, at + 15 * DAY
    while until < last:
        inside = [end for start, end in _stretches(quiet, until, zone) if start <= until < end]
        if not inside:
            return until
        until = max(inside)
    return until


def _stretches(quiet: Sequence[Quiet], at: Instant, zone: tzinfo) -> Iterable[tuple[Instant, Instant]]:
    """The quiet hours that begin on the local day of an instant, or on the day before."""
    today = local_time(at, zone).date()
    for day in (today - timedelta(days=1), today):
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a clock on the wall
        for one in quiet:
            if day.weekday() in one.days:
                end = one.end if one.end > one.start else one.end + _DAY_MINUTES
                start, stop = (midnight + timedelta(minutes=minutes) for minutes in (one.start, end))
                # A time that the clock shows twice: quiet from the first, until the last.
                ends = [to_instant(stop.replace(tzinfo=zone, fold=fold)) for fold in (0, 1)]
                yield to_instant(start.replace(tzinfo=zone)), max(ends)


def read_telling(table: Table) -> Telling:
    """How the member of a `[[member]]` table wants to be told.

    Raises:
        ConfigError: hours that are none.
    """
    digest = table.duration("digest") if table.has("digest") else None
    return Telling(table.texts("channels"), read_quiet(table), digest)


def read_channel(table: Table, unique: Callable[[Table, str], str]) -> ChannelConfig:
    """The channel of a `[[channel]]` table.

    Args:
        unique: reads a name that nothing else has.

    Raises:
        ConfigError: with what is wrong.
    """
    name = unique(table, "name")
    for part in (*NOTICE_PARTS, "team"):
        if name.casefold() == part:
            raise table.error("name", f'a channel cannot be called "{name}"', f'"{part}" is a part that people have')
    for key in _SECRETS:
        if key in table.values:
            hint = f"remove it and run: cminbox channels login {name}"
            raise table.error(key, f"{key}: a channel's address is a secret and does not belong in this file", hint)
    channel = ChannelConfig(
        name=name,
        carries=frozenset(_kinds(table)),
        quiet=read_quiet(table),
        digest=table.duration("digest", DIGEST),
        sender=_mail(table, "from"),
        to=_mails(table, "to"),
        reply_to=_mail(table, "reply_to"),
        copy=_mails(table, "copy"),
        mailbox=_mailbox(table),
    )
    table.done()
    return channel


def read_tell(
    table: Table, channels: Sequence[ChannelConfig], members: Mapping[str, Telling], teams: Iterable[str]
) -> TellConfig:
    """What a `[tell]` table says, with the channels.

    Args:
        members: how each member wants to be told, by handle.

    Raises:
        ConfigError: it names what there is not.
    """
    names = Names(channels, members, teams)
    tell = dict(DEFAULT_TELL)
    for kind in (kind for kind in NOTICE_KINDS if kind != "test"):
        if table.has(kind):
            tell[kind] = table.texts(kind)
            for word in tell[kind]:
                for alternative in word.split("|"):
                    if problem := names.problem(alternative, parts=True):
                        message, hint = problem
                        raise table.error(kind, f'{kind} tells "{alternative}", and {message}', hint)
    urgent = table.texts("urgent") if table.has("urgent") else DEFAULT_URGENT
    for word in urgent:
        if word not in NOTICE_KINDS and not _SEVERITY.fullmatch(word):
            hint = suggest(word, (*NOTICE_KINDS, "crisis:1", "crisis:2", "crisis:3", "crisis:4"))
            raise table.error("urgent", f'urgent cannot have "{word}" in it', hint)
    table.done()
    return TellConfig(tuple(channels), tell, urgent)


class Names:
    """Who and what can be told by name: members, teams, channels."""

    def __init__(self, channels: Iterable[ChannelConfig], members: Iterable[str], teams: Iterable[str]) -> None:
        self.channels = {one.name.casefold(): one for one in channels}
        self.members = {handle.casefold(): handle for handle in members}
        self.teams = {team.casefold(): team for team in teams}

    def problem(self, name: str, *, parts: bool = False) -> tuple[str, str] | None:
        """What is wrong with a name, and what to do; None where it is somebody's, or a channel's.

        Args:
            parts: it may be a part that people have in a matter.
        """
        word = name.strip().casefold()
        if parts and word in NOTICE_PARTS:
            return None
        if word.removeprefix("@") in self.members or word.removeprefix("team:") in self.teams:
            return None
        channel, address = split_address(word)
        if channel in self.channels:
            if not address:
                return None
            right = _MAIL.fullmatch(address)
            return None if right else ("that is no mail address", f"write {channel}:ana@shop.example")
        handles = [*self.members.values(), *self.teams.values()]
        known = [*(NOTICE_PARTS if parts else ()), *handles, *(one.name for one in self.channels.values())]
        return "nobody is called so", suggest(name, known)

    def channel_problem(self, name: str) -> tuple[str, str] | None:
        """What is wrong with the name of a channel, and what to do; None where there is one."""
        channel, address = split_address(name)
        if channel.casefold() not in self.channels:
            hint = suggest(channel, [one.name for one in self.channels.values()])
            return f'no channel is called "{channel}"', hint or "config.toml has no [[channel]] yet"
        if ":" in name and not _MAIL.fullmatch(address):
            return f'"{address}" is no mail address', f"write {channel}:ana@shop.example"
        return None


def read_quiet(table: Table) -> tuple[Quiet, ...]:
    """The quiet hours of a table: `quiet = ["22:00-07:00", "sat-sun 00:00-24:00"]`.

    Raises:
        ConfigError: hours that are none, or that leave no time to tell anybody.
    """
    found = tuple(_quiet(table, text) for text in table.texts("quiet"))
    if found and _never(found):
        raise table.error("quiet", "quiet leaves no hour in which anything could be told")
    return found


def _quiet(table: Table, text: str) -> Quiet:
    found = _QUIET.fullmatch(text.strip().lower())
    if not found:
        raise table.error(
            "quiet", f'quiet: "{text}" is no range of hours', 'write "22:00-07:00" or "sat-sun 00:00-24:00"'
        )
    first, last, *clock = found.groups()
    for day in (first, last):
        if day is not None and day not in WEEKDAYS:
            raise table.error("quiet", f'quiet: "{day}" is no day', suggest(day, WEEKDAYS))
    from_hour, from_minute, to_hour, to_minute = map(int, clock)
    start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if from_minute > 59 or to_minute > 59 or start >= _DAY_MINUTES or end > _DAY_MINUTES:
        raise table.error("quiet", f'quiet: "{text}" has a time that no clock shows', "a day ends at 24:00")
    if start == end:
        raise table.error("quiet", f'quiet: "{text}" ends where it starts', "a whole day is 00:00-24:00")
    days = frozenset(range(7))
    if first is not None:
        begin, until = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        days = frozenset((begin + step) % 7 for step in range((until - begin) % 7 + 1))
    return Quiet(days, start, end)


def _never(quiet: Sequence[Quiet]) -> bool:
    """Whether every minute of a week is quiet."""
    minutes = bytearray(7 * _DAY_MINUTES)
    for one in quiet:
        length = (one.end - one.start) % _DAY_MINUTES or _DAY_MINUTES
        for day in one.days:
            for minute in range(day * _DAY_MINUTES + one.start, day * _DAY_MINUTES + one.start + length):
                minutes[minute % len(minutes)] = 1
    return all(minutes)


def _kinds(table: Table) -> tuple[str, ...]:
    kinds = table.texts("carries")
    for kind in kinds:
        if kind not in NOTICE_KINDS:
            raise table.error("carries", f'carries cannot have "{kind}" in it', suggest(kind, NOTICE_KINDS))
    return kinds


def _mail(table: Table, key: str) -> str:
    address = table.text(key, "")
    bare = address.rpartition("<")[2].rstrip(">") if address.endswith(">") else address
    if address and (not _MAIL.fullmatch(bare.strip()) or not address.isprintable()):
        raise table.error(key, f'{key}: "{address}" is no mail address', "write ana@shop.example")
    return address


def _mails(table: Table, key: str) -> tuple[str, ...]:
    addresses = table.texts(key)
    for address in addresses:
        if not _MAIL.fullmatch(address):
            raise table.error(key, f'{key}: "{address}" is no mail address', "write ana@shop.example")
    return addresses


def _mailbox(table: Table) -> str:
    url = table.text("mailbox", "")
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("imap", "imaps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if not right:
        raise table.error("mailbox", f'"{url}" is no mailbox', 'write "imaps://imap.shop.example/INBOX"')
    if "@" in parts.netloc:
        hint = "name and password are those of the channel's own address"
        raise table.error("mailbox", "mailbox must hold no user and password", hint)
    return url

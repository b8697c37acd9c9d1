"""The configuration: `config.toml` and `brand.toml`, read strictly and once, and passed to whoever needs it.

A key that nobody knows, a value of the wrong kind or a name used twice is told with file, line, key and the nearest
right name. Secrets are no part of it, and are refused where somebody writes them in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from functools import partial
from typing import Any, NamedTuple, TypeVar, cast
from urllib.parse import urlsplit

from cminbox.channels import NO_TELL, NO_TELLING, Names, TellConfig, Telling, read_channel, read_tell, read_telling
from cminbox.errors import ConfigError, UsageError
from cminbox.handover_config import HandoverConfig, read_handover
from cminbox.hours import CalendarConfig, read_calendar, zone_of
from cminbox.mailbox_config import MailboxConfig, read_mailbox
from cminbox.members import account_has_name, account_name
from cminbox.model import DAY, HOUR, MINUTE, ROLES, SECOND, Member, Role
from cminbox.paths import Paths
from cminbox.shifts import Returning, ShiftConfig, read_returning, read_shift
from cminbox.suggest import suggest
from cminbox.tomlfile import Mistakes, Table, all_of, first_of, locate, read_toml

TURNS = ("priority", "due", "waiting", "newest")
"""The orders through which one key goes."""
SORTS = (*TURNS, "promise")
COLUMNS = (
    *("priority", "due", "promise", "waiting", "created", "newest", "state", "network", "source", "kind", "author"),
    *("followers", "sentiment", "text", "language", "labels", "crisis", "messages", "assignee", "people"),
)
"""What a view's columns can be."""
SLA_HOURS = ("wall", "business")
"""What an SLA can count: all hours, or those of the calendar."""
_SECRET_KEYS = re.compile(r"(?:.*_)?(?:secret|password|passwd|token|api_?key|credentials?)", re.IGNORECASE)


_NOTHING: Mapping[str, Any] = {}
_NO_TEXTS: tuple[str, ...] = ()
T = TypeVar("T")
Unique = Callable[[Table, str], str]
"""Reads a table's name, which no table before it has."""


class SourceConfig(NamedTuple):
    """One account or feed to poll.

    Attributes:
        name: unique, also in how its environment variable is written.
        base_url: where the network has many hosts; without a slash at its end.
        owned: whether it brings what is said to the brand (else: about it).
        interval: milliseconds between polls; None leaves it to the adapter.
        backfill: milliseconds before the first poll; what is older opens nothing.
        options: the adapter's own keys, unchecked; the sources' registry knows which there are.
        enabled: whether it is polled; None leaves it to the adapter.
    """

    name: str
    network: str
    base_url: str = ""
    owned: bool = True
    interval: int | None = None
    backfill: int = 7 * DAY
    options: Mapping[str, Any] = _NOTHING
    enabled: bool | None = None


class MemberConfig(NamedTuple):
    """A teammate as the configuration names them; `login` is their account on this host."""

    handle: str
    name: str
    role: Role
    teams: tuple[str, ...]
    login: str
    telling: Telling = NO_TELLING

    @property
    def member(self) -> Member:
        """The member, as the rest of the program knows them."""
        return Member(self.handle, self.name, self.role, self.teams)


class ViewConfig(NamedTuple):
    """A saved query; `columns` empty means the usual ones.

    Attributes:
        ids: the only conversations that it shows; None: any.
        about: what these are, in one line.
    """

    name: str
    query: str
    sort: str = "priority"
    columns: tuple[str, ...] = ()
    ids: frozenset[int] | None = None
    about: str = ""


DEFAULT_VIEWS = (
    ViewConfig("Mine", "is:open is:mine"),
    ViewConfig("Unassigned", "is:open is:unassigned"),
    ViewConfig("Overdue", "is:open is:overdue"),
    ViewConfig("Crisis", "is:open is:crisis"),
    ViewConfig("All", "is:open"),
)

SIDE_VIEWS = (
    ViewConfig("Approval", "is:awaiting", "waiting"),
    ViewConfig("Rejected", "is:rejected", "waiting"),
    ViewConfig("Failed", "is:failed", "waiting"),
    ViewConfig("Asked", "is:colleague", "waiting"),
    ViewConfig("Held", "is:held", "newest"),
    ViewConfig("Promised", "is:promised", "promise", ("promise", "state", "network", "author", "text", "people")),
    ViewConfig("Back", "is:back", "newest"),
    ViewConfig("Watched", "is:watched", "newest"),
    ViewConfig("Snoozed", "is:snoozed"),
    ViewConfig("Answered", "is:pending", "newest"),
    ViewConfig("Done", "is:closed -is:heard", "newest"),
    ViewConfig("Heard", "is:heard -is:spam", "newest"),
)
"""What is out of the other views' sight: the queue has these behind them, whichever those are."""


class Config(NamedTuple):
    """Everything that the user's configuration says. Durations are milliseconds.

    Attributes:
        brand: `brand.toml` as it stands.
        competitors: names of other brands, as `brand.toml` lists them.
        sla_default: the SLA where no rule gave one; None for no SLA.
        sla_business: SLAs count business hours, unless a rule says otherwise.
        undo_ms: how long a reply is held before it is sent.
        claim_ms: when a claim expires that nobody renews.
        idle_exit_ms: when an engine leaves that a screen started and no screen needs any more.
        group: the group that shares the store; None for a store of one account.
        speak_for: by account, the handles as which it may act besides its own; `*` stands for all.
        tell: the channels, and who is told of what.
        shifts: when which members are on duty; one whom none names always is.
        returning: after how long work comes back from who is absent or silent.
        answers: the mailbox to which colleagues answer; None where there is none.
    """

    paths: Paths
    brand: Mapping[str, Any] = _NOTHING
    competitors: tuple[str, ...] = ()
    sources: tuple[SourceConfig, ...] = ()
    members: tuple[MemberConfig, ...] = ()
    views: tuple[ViewConfig, ...] = DEFAULT_VIEWS
    calendar: CalendarConfig | None = None
    sla_default: int | None = 4 * HOUR
    sla_business: bool = False
    undo_ms: int = 10 * SECOND
    claim_ms: int = 15 * MINUTE
    idle_exit_ms: int = 10 * MINUTE
    group: str | None = None
    theme: str = "cminbox-dark"
    speak_for: Mapping[str, tuple[str, ...]] = _NOTHING
    tell: TellConfig = NO_TELL
    shifts: tuple[ShiftConfig, ...] = ()
    returning: Returning = Returning()
    answers: MailboxConfig | None = None
    handover: HandoverConfig = HandoverConfig()

    @property
    def zone(self) -> tzinfo:
        """Where days and clock times are that people type or read: the calendar's, else that of all shifts, else the
        host's."""
        zones = {shift.hours.zone for shift in self.shifts}
        return zone_of(self.shifts[0].hours if self.calendar is None and len(zones) == 1 else self.calendar)

    @property
    def queue_views(self) -> tuple[ViewConfig, ...]:
        """The views of the queue: the configured ones, then `SIDE_VIEWS` without those whose name is taken."""
        names = {view.name.casefold() for view in self.views}
        return (*self.views, *(view for view in SIDE_VIEWS if view.name.casefold() not in names))

    @property
    def tabbed(self) -> int:
        """How many of the queue's views Tab goes along: a person's own alone, where there are some; else all."""
        return len(self.queue_views if self.views == DEFAULT_VIEWS else self.views)

    @property
    def team(self) -> tuple[Member, ...]:
        """The members that it names."""
        return tuple(member.member for member in self.members)

    @property
    def teams(self) -> Mapping[str, tuple[str, ...]]:
        """Handles of the members of each team."""
        found: dict[str, tuple[str, ...]] = {}
        for member in self.members:
            for team in member.teams:
                found[team] = (*found.get(team, ()), member.handle)
        return found

    @property
    def told_names(self) -> Names:
        """Members, teams and channels, as rules and notices name them."""
        return Names(self.tell.channels, (member.handle for member in self.members), self.teams)

    def source(self, name: str) -> SourceConfig:
        """The source of that name.

        Raises:
            UsageError: there is none.
        """
        for source in self.sources:
            if source.name == name:
                return source
        hint = suggest(name, [source.name for source in self.sources]) or "config.toml has no [[source]] yet"
        raise UsageError(f'no source is called "{name}"', hint)

    def source_error(self, name: str, key: str, message: str, hint: str = "") -> ConfigError:
        """The error to raise about a key of a source, with the line on which it stands."""
        index = next((index for index, source in enumerate(self.sources) if source.name == name), 0)
        file = self.paths.config_file
        return ConfigError(message, file=file, line=locate(file, ("source", index, key)), hint=hint)

    def member(self, who: str | None = None) -> Member:
        """The member that acts: the account's own, or the one named with `--as` where the account may speak for them.

        Where the configuration names no members, every account is one, as a lead.

        Args:
            who: a handle; None for the account's own.

        Raises:
            UsageError: the team has members, and this is none of them; or the account may not speak for this one.
        """
        account, handle = account_name(), (who or "").removeprefix("@").strip()
        own = next((one for one in self.members if one.login == account), None)
        own = own or next((one for one in self.members if one.login.casefold() == account), None)
        if not handle:
            if own is not None:
                return own.member
            if not self.members:
                return Member(account, account)
            called = "" if account_has_name() else " (this host has no name for the account)"
            raise UsageError(
                f'the account "{account}"{called} is no member of the team',
                f'add login = "{account}" to a [[member]] of config.toml, or say who you are with --as HANDLE',
            )
        wanted = handle.casefold()
        named = next((one for one in self.members if one.handle.casefold() == wanted), None)
        if named is None and self.members:
            handles = [one.handle for one in self.members]
            raise UsageError(f'"{handle}" is no member of the team', suggest(handle, handles))
        is_own = named is own if named is not None else wanted == account.casefold()
        if not is_own and not {"*", wanted} & {one.casefold() for one in self.speak_for.get(account, ())}:
            raise UsageError(
                f'the account "{account}" may not speak for {named.handle if named else handle}',
                f'[team] speak_for = {{ {_toml_key(account)} = ["{named.handle if named else handle}"] }}'
                " in config.toml would allow it",
            )
        return named.member if named is not None else Member(handle, handle)


def load(paths: Paths) -> Config:
    """Reads `config.toml` and `brand.toml`; without them everything has its default.

    Raises:
        ConfigError: a file cannot be read, or says something that makes no sense; the first such thing, and how many
            more there are.
    """
    config, mistakes = read(paths)
    if mistakes:
        raise first_of(mistakes)
    return config


def read(paths: Paths) -> tuple[Config, tuple[ConfigError, ...]]:
    """What `config.toml` and `brand.toml` say as far as they are right, and every mistake in them."""
    gather = Mistakes()
    brand = gather.of(lambda: read_toml(paths.brand_file), dict(_NOTHING)) if paths.brand_file.exists() else {}
    competitors = gather.of(lambda: _competitors(Table(brand, paths.brand_file)), _NO_TEXTS)
    config = Config(paths, brand, competitors)
    if paths.config_file.exists():
        values = gather.of(lambda: read_toml(paths.config_file), dict(_NOTHING))
        config = _config(config, Table(values, paths.config_file), gather)
    return config, gather.in_order


def _config(plain: Config, top: Table, gather: Mistakes) -> Config:
    """The configuration with what `config.toml` says."""

    def several(key: str) -> list[Table]:
        return gather.of(lambda: top.tables(key), list[Table]())

    def single(key: str, read: Callable[[Table], T], instead: T) -> T:
        table = gather.of(lambda: top.table(key), Table({}, top.file, (key,)))
        return gather.every(table, partial(_whole, read), instead)

    names, handles, channel_names = _Names(), _Names(), _Names()
    if top.has("answers"):
        names.taken["ANSWERS"] = "answers"  # the mailbox's secret has that name
    sources = _each(several("source"), "name", names, _source, gather)
    logins: dict[str, str] = {}
    member_tables = several("member")
    members = _each(member_tables, "handle", handles, partial(_member, logins), gather)
    channel_names.taken.update({**names.taken, **handles.taken})
    channels = _each(several("channel"), "name", channel_names, read_channel, gather)
    for table in member_tables:
        gather.every(table, partial(_check_channels, Names(channels, (), ())), None)
    telling, teams = {member.handle: member.telling for member in members}, {t for one in members for t in one.teams}
    calendar = single("calendar", read_calendar, None) if top.has("calendar") else None
    zone = None if calendar is None else calendar.zone
    if calendar is None and top.has("calendar"):
        zone = "UTC"  # it is wrong, which is told

    def shift(table: Table, unique: Unique) -> ShiftConfig:
        return read_shift(table, lambda each: unique(each, "name"), tuple(handles.taken.values()), zone)

    claim_ms, speak_for, returning = single(
        "team", partial(_team, plain, members), (plain.claim_ms, plain.speak_for, plain.returning)
    )
    sla_default, sla_business = single(
        "sla", partial(_sla_table, top.has("calendar")), (plain.sla_default, plain.sla_business)
    )
    config = plain._replace(
        sources=sources,
        members=members,
        views=_each(several("view"), "name", _Names(exact=True), _view, gather) or DEFAULT_VIEWS,
        calendar=calendar,
        sla_default=sla_default,
        sla_business=sla_business,
        undo_ms=single("sending", lambda table: table.duration("undo", plain.undo_ms), plain.undo_ms),
        claim_ms=claim_ms,
        idle_exit_ms=single(
            "engine",
            lambda table: table.duration("idle_exit", plain.idle_exit_ms, least=10 * SECOND),
            plain.idle_exit_ms,
        ),
        group=single("store", lambda table: table.text("group") if table.has("group") else None, None),
        theme=single("display", lambda table: table.text("theme", plain.theme), plain.theme),
        speak_for=speak_for,
        tell=single("tell", lambda table: read_tell(table, channels, telling, teams), NO_TELL),
        shifts=_each(several("shift"), "name", _Names(), shift, gather),
        returning=returning,
        answers=single("answers", read_mailbox, None) if top.has("answers") else None,
        handover=single("handover", read_handover, plain.handover),
    )
    gather.found += top.unknown()
    return config


def _whole(read: Callable[[Table], T], table: Table) -> T:
    """What a reader gives that asks for every key of a table."""
    found = read(table)
    table.done()
    return found


class _Names:
    """The names that tables of one kind have.

    Args:
        exact: any name can be, and only its case does not matter.
    """

    def __init__(self, *, exact: bool = False) -> None:
        self.taken: dict[str, str] = {}
        self._exact = exact

    def unique(self, table: Table, key: str) -> str:
        """A table's name, which no table before it has."""
        return _unique_view(table, key, self.taken) if self._exact else _unique(table, key, self.taken)

    def take(self, name: object) -> None:
        """The tables behind this one have another."""
        if isinstance(name, str):
            self.taken.setdefault(name.casefold() if self._exact else _plain_name(name), name.removeprefix("@"))


def _each(
    tables: Sequence[Table],
    key: str,
    names: _Names,
    read: Callable[[Table, Unique], T],
    gather: Mistakes,
) -> tuple[T, ...]:
    """What a reader makes of each table of one kind, as far as they are right.

    Args:
        key: under which a table has its name.
        read: told a table, and what gives its name and tells where another one has it.
    """
    found: list[T] = []
    for table in tables:
        made: T | None = gather.every(table, lambda each: read(each, names.unique), None)
        names.take(table.values.get(key))
        if made is not None:
            found.append(made)
    return tuple(found)


def _team(
    plain: Config, members: Sequence[MemberConfig], table: Table
) -> tuple[int, Mapping[str, tuple[str, ...]], Returning]:
    claim = table.duration("claim", plain.claim_ms, least=MINUTE)
    return claim, _speak_for(table, members), read_returning(table)


def _sla_table(has_calendar: bool, table: Table) -> tuple[int | None, bool]:
    return _sla(table), _sla_business(table, has_calendar)


def _competitors(brand: Table) -> tuple[str, ...]:
    """Names of other brands: `competitors = ["Blue Stork", "@teahouse"]`."""

    def checked(name: str) -> str:
        if len(name) < 2 or not any(letter.isalnum() for letter in name):
            raise brand.error(
                "competitors", f"competitors cannot have {name!r} in it", "write names, of two letters or more"
            )
        return name

    return tuple(all_of((name.strip().lstrip("@#") for name in brand.texts("competitors")), checked))


def _speak_for(team: Table, members: Sequence[MemberConfig]) -> Mapping[str, tuple[str, ...]]:
    """For whom each account may act: `speak_for = { root = ["*"], front = ["ana", "jo"] }`."""
    table = team.table("speak_for")
    handles = {member.handle.casefold() for member in members}

    def known(account: str, name: str) -> str:
        if handles and name != "*" and name.casefold() not in handles:
            hint = suggest(name, [member.handle for member in members])
            raise table.error(account, f'"{name}" is no member of the team', hint)
        return name

    found: dict[str, tuple[str, ...]] = {}
    for account in table.values:
        named = (name.removeprefix("@") for name in table.texts(account))
        found[account] = tuple(all_of(named, partial(known, account)))
    return found


def _toml_key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else f'"{name}"'


def _sla(table: Table) -> int | None:
    if table.has("default") and table.values["default"] in ("none", False):
        return None
    return table.duration("default", 4 * HOUR, least=MINUTE)


def _sla_business(table: Table, has_calendar: bool) -> bool:
    business = table.choice("hours", SLA_HOURS, "wall") == "business"
    if business and not has_calendar:
        raise table.error("hours", "there are no business hours to count", "add a [calendar] with zone and hours")
    return business


def _source(table: Table, unique: Unique) -> SourceConfig:
    source = SourceConfig(
        name=unique(table, "name"),
        network=table.text("network").lower(),
        base_url=_base_url(table),
        owned=table.flag("owned", True),
        interval=table.duration("interval", least=SECOND) if table.has("interval") else None,
        backfill=table.duration("backfill", 7 * DAY),
        enabled=table.flag("enabled", True) if table.has("enabled") else None,
        options=table.rest(),
    )
    for key in filter(_SECRET_KEYS.fullmatch, source.options):
        hint = f"remove it and run: cminbox sources login {source.name if table.has('name') else 'NAME'}"
        raise table.error(key, f"{key}: secrets do not belong in this file", hint)
    return source


def _base_url(table: Table) -> str:
    url = table.text("base_url", "")
    if not url:
        return ""
    if "@" in url:
        raise table.error("base_url", "base_url must hold no user and password", "secrets do not belong in this file")
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if not right:
        raise table.error("base_url", f'"{url}" is no address', 'write it as "https://social.example"')
    return url.rstrip("/")


def _member(logins: dict[str, str], table: Table, unique: Unique) -> MemberConfig:
    handle = unique(table, "handle")
    member = MemberConfig(
        handle=handle,
        name=table.text("name", handle),
        role=cast("Role", table.choice("role", ROLES, "responder")),
        teams=table.texts("teams"),
        login=table.text("login", handle),
        telling=read_telling(table),
    )
    table.done()
    if "login" in table.values or "handle" in table.values:
        if member.login in logins:
            other = logins[member.login]
            hint = "an account is one member; [team] speak_for lets it act for others"
            raise table.error("login", f'{other} has the login "{member.login}" already', hint)
        logins[member.login] = handle
    return member


def _check_channels(names: Names, table: Table) -> None:
    def known(name: str) -> None:
        if problem := names.channel_problem(name):
            raise table.error("channels", *problem)

    all_of(read_telling(table).channels, known)


def _view(table: Table, unique: Unique) -> ViewConfig:
    name = unique(table, "name")
    query, sort = table.text("query", ""), table.choice("sort", SORTS, "priority")
    view = ViewConfig(name, query, sort, _columns(table))
    table.done()
    return view


def _columns(table: Table) -> tuple[str, ...]:
    columns = table.texts("columns")

    def checked(place: int) -> str:
        column = columns[place]
        if column not in COLUMNS:
            raise table.error("columns", f'there is no column "{column}"', suggest(column, COLUMNS))
        if column in columns[:place]:
            raise table.error("columns", f'the column "{column}" stands there twice')
        return column

    return tuple(all_of(range(len(columns)), checked))


def _unique_view(table: Table, key: str, taken: Mapping[str, str]) -> str:
    name = table.text(key)
    if name.casefold() in taken:
        raise table.error(key, f'the {key} "{name}" is used twice')
    return name


def _unique(table: Table, key: str, taken: Mapping[str, str]) -> str:
    """A short name that no other table has, not even with other punctuation: environment variables have none."""
    name = table.text(key).removeprefix("@")
    if not name[:1].isalnum() or not all(char in "_.-" or unicodedata.category(char)[0] in "LMN" for char in name):
        raise table.error(key, f'{key} "{name}" has characters that cannot be', "use letters, digits, - and _")
    plain = _plain_name(name)
    if plain in taken:
        twice = f'the {key} "{name}" is used twice'
        alike = f'the {key} "{name}" is too much like "{taken[plain]}"'
        raise table.error(key, twice if taken[plain] == name else alike)
    return name


def _plain_name(name: str) -> str:
    return re.sub(r"\W", "_", name.removeprefix("@").upper())

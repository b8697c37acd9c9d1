"""The configuration: `config.toml` and `brand.toml`, read strictly and once, and passed to whoever needs it.

A key that nobody knows, a value of the wrong kind or a name used twice is told with file, line, key and the nearest
right name. Secrets are no part of it, and are refused where somebody writes them in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from cminbox.channels import NO_TELL, NO_TELLING, Names, TellConfig, Telling, read_channel, read_tell, read_telling
from cminbox.errors import ConfigError, UsageError
from cminbox.handover_config import HandoverConfig, read_handover
from cminbox.hours import CalendarConfig, read_calendar, zone_of
from cminbox.mailbox_config import MailboxConfig, read_mailbox
from cminbox.members import account_has_name, account_name
from cminbox.model import DAY, HOUR, MINUTE, ROLES, SECOND, Member, Role
from cminbox.paths import Paths
from cminbox.shifts import Returning, ShiftConfig, read_returning, read_shifts
from cminbox.suggest import suggest
from cminbox.tomlfile import Table, locate, read_toml

SORTS = ("priority", "due", "promise", "waiting", "newest")
COLUMNS = (
    *("priority", "due", "promise", "waiting", "created", "newest", "state", "network", "source", "kind", "author"),
    *("followers", "sentiment", "text", "language", "labels", "crisis", "messages", "assignee", "people"),
)
"""What a view's columns can be."""
SLA_HOURS = ("wall", "business")
"""What an SLA can count: all hours, or those of the calendar."""
_SECRET_KEYS = re.compile(r"(?:.*_)?(?:secret|password|passwd|token|api_?key|credentials?)", re.IGNORECASE)


_NOTHING: Mapping[str, Any] = {}


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
    ViewConfig(
        "Promised", "is:promised", "promise", ("promise", "due", "state", "network", "author", "text", "people")
    ),
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
        ConfigError: a file cannot be read, or says something that makes no sense.
    """
    brand = read_toml(paths.brand_file) if paths.brand_file.exists() else {}
    competitors = _competitors(Table(brand, paths.brand_file))
    if not paths.config_file.exists():
        return Config(paths, brand, competitors)
    top = Table(read_toml(paths.config_file), paths.config_file)
    names: dict[str, str] = {}
    sources = tuple(_source(table, names) for table in top.tables("source"))
    handles: dict[str, str] = {}
    logins: dict[str, str] = {}
    members = tuple(_member(table, handles, logins) for table in top.tables("member"))
    taken = {**names, **handles}
    channels = tuple(
        read_channel(table, lambda each, key: _unique(each, key, taken)) for table in top.tables("channel")
    )
    for member, table in zip(members, top.tables("member"), strict=True):
        _check_channels(table, Names(channels, (), ()), member.telling)
    telling, teams = {member.handle: member.telling for member in members}, {t for one in members for t in one.teams}
    tell = read_tell(top.table("tell"), channels, telling, teams)
    views = _views(top.tables("view"))
    calendar = read_calendar(top.table("calendar")) if top.has("calendar") else None
    shift_names: dict[str, str] = {}
    shifts = read_shifts(
        top.tables("shift"),
        lambda table: _unique(table, "name", shift_names),
        tuple(handles.values()),
        None if calendar is None else calendar.zone,
    )
    handover = read_handover(top.table("handover"))
    sla, sending, team = top.table("sla"), top.table("sending"), top.table("team")
    answers = read_mailbox(top.table("answers")) if top.has("answers") else None
    engine, store, display = top.table("engine"), top.table("store"), top.table("display")
    top.done()
    config = Config(
        paths=paths,
        brand=brand,
        competitors=competitors,
        sources=sources,
        members=members,
        views=views or DEFAULT_VIEWS,
        calendar=calendar,
        sla_default=_sla(sla),
        sla_business=_sla_business(sla, calendar),
        undo_ms=sending.duration("undo", 10 * SECOND),
        claim_ms=team.duration("claim", 15 * MINUTE, least=MINUTE),
        idle_exit_ms=engine.duration("idle_exit", 10 * MINUTE, least=10 * SECOND),
        group=store.text("group") if store.has("group") else None,
        theme=display.text("theme", "cminbox-dark"),
        speak_for=_speak_for(team, members),
        tell=tell,
        shifts=shifts,
        returning=read_returning(team),
        answers=answers,
        handover=handover,
    )
    for table in (sla, sending, team, engine, store, display):
        table.done()
    return config


def _competitors(brand: Table) -> tuple[str, ...]:
    """Names of other brands: `competitors = ["Blue Stork", "@teahouse"]`."""
    found = tuple(name.strip().lstrip("@#") for name in brand.texts("competitors"))
    for name in found:
        if len(name) < 2 or not any(letter.isalnum() for letter in name):
            raise brand.error(
                "competitors", f"competitors cannot have {name!r} in it", "write names, of two letters or more"
            )
    return found


def _speak_for(team: Table, members: Sequence[MemberConfig]) -> Mapping[str, tuple[str, ...]]:
    """For whom each account may act: `speak_for = { root = ["*"], front = ["ana", "jo"] }`."""
    table = team.table("speak_for")
    handles = {member.handle.casefold() for member in members}
    found: dict[str, tuple[str, ...]] = {}
    for account in table.values:
        found[account] = tuple(name.removeprefix("@") for name in table.texts(account))
        for name in found[account]:
            if handles and name != "*" and name.casefold() not in handles:
                hint = suggest(name, [member.handle for member in members])
                raise table.error(account, f'"{name}" is no member of the team', hint)
    return found


def _toml_key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else f'"{name}"'


def _sla(table: Table) -> int | None:
    if table.has("default") and table.values["default"] in ("none", False):
        return None
    return table.duration("default", 4 * HOUR, least=MINUTE)


def _sla_business(table: Table, calendar: CalendarConfig | None) -> bool:
    business = table.choice("hours", SLA_HOURS, "wall") == "business"
    if business and calendar is None:
        raise table.error("hours", "there are no business hours to count", "add a [calendar] with zone and hours")
    return business


def _source(table: Table, names: dict[str, str]) -> SourceConfig:
    source = SourceConfig(
        name=_unique(table, "name", names),
        network=table.text("network").lower(),
        base_url=_base_url(table),
        owned=table.flag("owned", True),
        interval=table.duration("interval", least=SECOND) if table.has("interval") else None,
        backfill=table.duration("backfill", 7 * DAY),
        enabled=table.flag("enabled", True) if table.has("enabled") else None,
        options=table.rest(),
    )
    for key in filter(_SECRET_KEYS.fullmatch, source.options):
        hint = f"remove it and run: cminbox sources login {source.name}"
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


def _member(table: Table, handles: dict[str, str], logins: dict[str, str]) -> MemberConfig:
    handle = _unique(table, "handle", handles)
    member = MemberConfig(
        handle=handle,
        name=table.text("name", handle),
        role=cast("Role", table.choice("role", ROLES, "responder")),
        teams=table.texts("teams"),
        login=table.text("login", handle),
        telling=read_telling(table),
    )
    table.done()
    if member.login in logins:
        other = logins[member.login]
        hint = "an account is one member; [team] speak_for lets it act for others"
        raise table.error("login", f'{other} has the login "{member.login}" already', hint)
    logins[member.login] = handle
    return member


def _check_channels(table: Table, names: Names, telling: Telling) -> None:
    for name in telling.channels:
        if problem := names.channel_problem(name):
            raise table.error("channels", *problem)


def _views(tables: list[Table]) -> tuple[ViewConfig, ...]:
    views: list[ViewConfig] = []
    for table in tables:
        name = table.text("name")
        if any(view.name.casefold() == name.casefold() for view in views):
            raise table.error("name", f'the name "{name}" is used twice')
        query, sort = table.text("query", ""), table.choice("sort", SORTS, "priority")
        views.append(ViewConfig(name, query, sort, _columns(table)))
        table.done()
    return tuple(views)


def _columns(table: Table) -> tuple[str, ...]:
    columns = table.texts("columns")
    for place, column in enumerate(columns):
        if column not in COLUMNS:
            raise table.error("columns", f'there is no column "{column}"', suggest(column, COLUMNS))
        if column in columns[:place]:
            raise table.error("columns", f'the column "{column}" stands there twice')
    return columns


def _unique(table: Table, key: str, taken: dict[str, str]) -> str:
    """A short name that no other table has, not even with other punctuation: environment variables have none."""
    name = table.text(key).removeprefix("@")
    if not name[:1].isalnum() or not all(char in "_.-" or unicodedata.category(char)[0] in "LMN" for char in name):
        raise table.error(key, f'{key} "{name}" has characters that cannot be', "use letters, digits, - and _")
    plain = re.sub(r"\W", "_", name.upper())
    if plain in taken:
        twice = f'the {key} "{name}" is used twice'
        alike = f'the {key} "{name}" is too much like "{taken[plain]}"'
        raise table.error(key, twice if taken[plain] == name else alike)
    taken[plain] = name
    return name

"""The configuration: `config.toml` and `brand.toml`, read strictly and once, and passed to whoever needs it.

A key that nobody knows, a value of the wrong kind or a name used twice is told with file, line, key and the nearest
right name. Secrets are no part of it, and are refused where somebody writes them in.
"""

from __future__ import annotations

import getpass
import os
import re
import unicodedata
from collections.abc import Mapping
from datetime import tzinfo
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from cminbox.errors import ConfigError, UsageError
from cminbox.hours import CalendarConfig, read_calendar, zone_of
from cminbox.model import DAY, HOUR, MINUTE, ROLES, SECOND, Member, Role
from cminbox.paths import Paths
from cminbox.suggest import suggest
from cminbox.tomlfile import Table, locate, read_toml

SORTS = ("priority", "due", "waiting", "newest")
COLUMNS = (
    *("priority", "due", "waiting", "created", "newest", "state", "network", "source", "kind", "author", "followers"),
    *("sentiment", "text", "language", "labels", "crisis", "messages", "assignee", "people"),
)
"""What a view's columns can be."""
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
    """

    name: str
    network: str
    base_url: str = ""
    owned: bool = True
    interval: int | None = None
    backfill: int = 7 * DAY
    options: Mapping[str, Any] = _NOTHING


class MemberConfig(NamedTuple):
    """A teammate as the configuration names them; `login` is their account on this host."""

    handle: str
    name: str
    role: Role
    teams: tuple[str, ...]
    login: str

    @property
    def member(self) -> Member:
        """The member, as the rest of the program knows them."""
        return Member(self.handle, self.name, self.role, self.teams)


class ViewConfig(NamedTuple):
    """A saved query; `columns` empty means the usual ones."""

    name: str
    query: str
    sort: str = "priority"
    columns: tuple[str, ...] = ()


DEFAULT_VIEWS = (
    ViewConfig("Mine", "is:open is:mine"),
    ViewConfig("Unassigned", "is:open is:unassigned"),
    ViewConfig("Overdue", "is:open is:overdue"),
    ViewConfig("Crisis", "is:open is:crisis"),
    ViewConfig("All", "is:open"),
)


class Config(NamedTuple):
    """Everything that the user's configuration says. Durations are milliseconds.

    Attributes:
        brand: `brand.toml` as it stands.
        sla_default: the promise where no rule made one; None for no promise.
        undo_ms: how long a reply is held before it is sent.
        claim_ms: when a claim expires that nobody renews.
        idle_exit_ms: when an engine leaves that a screen started and no screen needs any more.
        group: the group that shares the store; None for a store of one account.
    """

    paths: Paths
    brand: Mapping[str, Any] = _NOTHING
    sources: tuple[SourceConfig, ...] = ()
    members: tuple[MemberConfig, ...] = ()
    views: tuple[ViewConfig, ...] = DEFAULT_VIEWS
    calendar: CalendarConfig | None = None
    sla_default: int | None = 4 * HOUR
    undo_ms: int = 10 * SECOND
    claim_ms: int = 15 * MINUTE
    idle_exit_ms: int = 10 * MINUTE
    group: str | None = None
    theme: str = "cminbox-dark"

    @property
    def zone(self) -> tzinfo:
        """Where days and clock times are that people type or read."""
        return zone_of(self.calendar)

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
        """The member that acts: the handle given with `--as`, else whoever is logged in.

        Where the configuration names no members, anybody is one, as a lead.

        Raises:
            UsageError: the team has members, and this is none of them.
        """
        wanted = (who or "").removeprefix("@").strip() or login_name()
        for member in self.members:
            names = (member.handle,) if who else (member.login, member.handle)
            if wanted.casefold() in (name.casefold() for name in names):
                return member.member
        if not self.members:
            return Member(wanted, wanted)
        hint = suggest(wanted, [member.handle for member in self.members])
        if not who:
            hint = "say who you are with --as HANDLE, or add a [[member]] with this login to config.toml"
        raise UsageError(f'"{wanted}" is no member of the team', hint)


def login_name() -> str:
    """The account that runs the program; `me` where the host has no name for it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return os.environ.get("USER") or "me"


def load(paths: Paths) -> Config:
    """Reads `config.toml` and `brand.toml`; without them everything has its default.

    Raises:
        ConfigError: a file cannot be read, or says something that makes no sense.
    """
    brand = read_toml(paths.brand_file) if paths.brand_file.exists() else {}
    if not paths.config_file.exists():
        return Config(paths, brand)
    top = Table(read_toml(paths.config_file), paths.config_file)
    names: dict[str, str] = {}
    sources = tuple(_source(table, names) for table in top.tables("source"))
    handles: dict[str, str] = {}
    members = tuple(_member(table, handles) for table in top.tables("member"))
    views = _views(top.tables("view"))
    calendar = read_calendar(top.table("calendar")) if top.has("calendar") else None
    sla, sending, team = top.table("sla"), top.table("sending"), top.table("team")
    engine, store, display = top.table("engine"), top.table("store"), top.table("display")
    top.done()
    config = Config(
        paths=paths,
        brand=brand,
        sources=sources,
        members=members,
        views=views or DEFAULT_VIEWS,
        calendar=calendar,
        sla_default=_sla(sla),
        undo_ms=sending.duration("undo", 10 * SECOND),
        claim_ms=team.duration("claim", 15 * MINUTE, least=MINUTE),
        idle_exit_ms=engine.duration("idle_exit", 10 * MINUTE, least=10 * SECOND),
        group=store.text("group") if store.has("group") else None,
        theme=display.text("theme", "cminbox-dark"),
    )
    for table in (sla, sending, team, engine, store, display):
        table.done()
    return config


def _sla(table: Table) -> int | None:
    if table.has("default") and table.values["default"] in ("none", False):
        return None
    return table.duration("default", 4 * HOUR, least=MINUTE)


def _source(table: Table, names: dict[str, str]) -> SourceConfig:
    source = SourceConfig(
        name=_unique(table, "name", names),
        network=table.text("network").lower(),
        base_url=_base_url(table),
        owned=table.flag("owned", True),
        interval=table.duration("interval", least=SECOND) if table.has("interval") else None,
        backfill=table.duration("backfill", 7 * DAY),
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


def _member(table: Table, handles: dict[str, str]) -> MemberConfig:
    handle = _unique(table, "handle", handles)
    member = MemberConfig(
        handle=handle,
        name=table.text("name", handle),
        role=cast("Role", table.choice("role", ROLES, "responder")),
        teams=table.texts("teams"),
        login=table.text("login", handle),
    )
    table.done()
    return member


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

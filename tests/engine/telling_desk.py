"""A configuration with channels, and notices to tell, for the tests of telling."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from cminbox.channels import ChannelConfig, TellConfig, Telling
from cminbox.config import Config, MemberConfig
from cminbox.engine.telling import planning
from cminbox.model import NoticeKind, Role
from cminbox.paths import Paths
from cminbox.store import Connection, Store, deliveries, notices, rows
from cminbox.store.deliveries import Delivery

NOW = 1_800_000_000_000  # 2027-01-15 08:00 UTC
_keys = itertools.count()


def member(
    handle: str, *channels: str, role: Role = "responder", teams: tuple[str, ...] = (), **telling: Any
) -> MemberConfig:
    return MemberConfig(handle, handle, role, teams, handle, Telling(channels, **telling))


def configured(base: Config, *members: MemberConfig, channels: Iterable[ChannelConfig] = (), **tell: Any) -> Config:
    return base._replace(members=members, tell=TellConfig(tuple(channels), **tell))


def notice(
    store: Store, kind: NoticeKind, *, at: int = NOW, title: str = "something", key: str = "", **said: Any
) -> int:
    made = store.write(lambda conn: notices.tell(conn, at, kind, title, key=key or f"{kind}:{next(_keys)}", **said))
    assert made is not None
    return made


def planned(store: Store, config: Config, now: int = NOW) -> None:
    store.write(lambda conn: planning.plan(conn, config, now))


def all_deliveries(store: Store) -> list[Delivery]:
    conn = store.read()
    found = (deliveries.get(conn, row[0]) for row in conn.execute("SELECT id FROM deliveries ORDER BY id").fetchall())
    return [one for one in found if one is not None]


def conversation(conn: Connection, number: int = 1, **columns: Any) -> int:
    """A conversation of somebody, with as little in it as there may be."""
    conn.execute("INSERT OR IGNORE INTO sources (id, name, network) VALUES (1, 'm', 'mastodon')")
    row = {
        **{"id": number, "source_id": 1, "remote_id": f"r{number}", "source": "m", "network": "mastodon"},
        **{"kind": "mention", "status": "open", "created_at": 0, "newest_at": 0, "changed": 1, **columns},
    }
    rows.insert(conn, "conversations", row)
    return number


def plain(paths: Paths) -> Config:
    return Config(paths, undo_ms=0)

"""An office whose team has shifts, and rules for what comes back."""

from __future__ import annotations

from pathlib import Path

from desk_office import TEAM, Office

from cminbox import config, paths
from cminbox.desk import Desk
from cminbox.engine import returning
from cminbox.model import MINUTE, Instant
from cminbox.store import Store, notices, people
from cminbox.when import parse_when
from stores import new_store

TEAM_TOML = "".join(
    f'[[member]]\nhandle = "{m.handle}"\nname = "{m.name}"\nrole = "{m.role}"\nteams = {list(m.teams)}\n' for m in TEAM
)
EARLY = """
[[shift]]
name = "early"
zone = "Europe/Madrid"
members = ["lena"]
mon = ["06:00-14:00"]
tue = ["06:00-14:00"]
wed = ["06:00-14:00"]
"""
MONDAY = 1_772_438_400_000  # 2026-03-02 08:00 UTC, 9:00 in Madrid


class Rota(Office):
    """The office, with what its `config.toml` says of duty."""

    def __init__(self, folder: Path, toml: str, now: Instant = MONDAY) -> None:
        super().__init__(folder, new_store)
        (folder / "config").mkdir(exist_ok=True)
        (folder / "config" / "config.toml").write_text(TEAM_TOML + toml, "utf-8")
        self.config = config.load(paths.find(config=str(folder / "config"), data=str(folder / "data")))
        self.now = now
        self.store.write(lambda conn: people.save(conn, self.config.team))
        self.ana, self.lena, self.dan, self.olga = (self.desk(m.handle) for m in TEAM)

    def chore(self, minutes: int = 0) -> int:
        """Time goes by, and the engine lets come back what is due; how many."""
        self.now += minutes * MINUTE
        done = 0
        while returning.any_due(self.store.read(), self.config, self.now):
            done += self.store.write(lambda conn: returning.run(conn, self.config, self.now))
        return done

    def pass_by(self, minutes: int, step: int = 5) -> int:
        """Time goes by in steps, as the engine sees it; how many came back."""
        return sum(self.chore(step) for _ in range(minutes // step))

    def why(self) -> list[tuple[str, list[int]]]:
        """Why what came back did, and what."""
        sql = (
            "SELECT e.detail ->> 'why', i.conversation_id FROM events e JOIN event_items i ON i.event_id = e.id"
            " WHERE e.action = 'returned' ORDER BY e.id, i.conversation_id"
        )
        found: dict[str, list[int]] = {}
        for why, number in self.rows(sql):
            found.setdefault(why, []).append(number)
        return list(found.items())

    def told(self) -> list[notices.Notice]:
        return [one for one in notices.unplanned(self.store.read(), self.now, 100) if one.kind == "returned"]

    def at(self, words: str) -> Instant:
        return parse_when(words, self.now, self.config.zone)


def stores_of(rota: Rota, count: int) -> list[tuple[Store, Desk]]:
    """Members' programs of their own on the same store."""
    made = []
    for number in range(count):
        store = Store.open(rota.store.path)
        made.append((store, rota.desk(("ana", "lena", "dan")[number % 3], store)))
    return made

"""What the contact screen reads and the engine compares is read by indexes, however many people there are."""

from __future__ import annotations

from pathlib import Path

from cminbox.store import Store, contact_history, contact_suggestions, contacts, timers
from cminbox.store.contacts import KnownAuthor, PersonKey
from cminbox.store.sqlite import Connection


class Watched:
    """A connection that tells the plan of each statement that is run over it."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self.scans: list[str] = []

    def execute(self, sql: str, values: object = ()) -> object:
        for row in self._conn.execute(f"EXPLAIN QUERY PLAN {sql}", values):
            plan = row[3]
            whole = plan.startswith("SCAN") and not plan.startswith(("SCAN json_each", "SCAN CONSTANT"))
            small = any(f" {name}" in plan for name in ("sources", "s", "contact_lists", "l", "settings", "found"))
            if (whole and not small) or "measures_report" in plan:
                self.scans.append(f"{plan}: {sql}")
        return self._conn.execute(sql, values)


def test_nothing_is_read_whole(tmp_path: Path) -> None:
    with Store.open(tmp_path / "cminbox.db") as store:
        conn = Watched(store.read())
        known = KnownAuthor(7, "shop", "mastodon", "1", "ana_lopez", "Ana", None, "https://a.example/@ana", None)
        contact_history.of(conn, [1, 2])
        contact_suggestions.of(conn, PersonKey(author=1))
        list(contact_suggestions.alike(conn, known))
        contact_suggestions.following(conn, 5, 100)
        contact_suggestions.progress(conn)
        contacts.find(conn, "@ana_lopez", 10)
        contacts.find(conn, "contact:3", 10)
        contacts.authors_of(conn, PersonKey(3))
        contacts.notes(conn, 3)
        contacts.lists_of(conn, 3)
        contacts.accounts_of(conn, 3)
        contacts.account_holder(conn, "x", "ana")
        contacts.by_account(conn, "x", "ana")
        contacts.by_account(conn, "x", "id=1")
        contacts.newest_conversation(conn, [1, 2])
        contacts.showing_otherwise(conn, 3)
        contacts.with_merged(conn, 3)
        contacts.whole(conn, [])
        timers.any_due(conn, 1)
        # Whether anybody watches anything is told by the first row.
        assert [scan for scan in conn.scans if not scan.endswith("LIMIT 1")] == []

"""Looks, in small steps, who of the authors may be the same person, and whose imported accounts have begun to write.

How far it is stands in the store, so that a cut loses one step; new authors are looked at as they come.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cminbox.store import Connection, Store, change_numbers, contact_suggestions, contacts
from cminbox.store.contacts import KnownAuthor

AT_ONCE = 100
"""Authors, or contacts on a list, of one step."""
REST = 0.02
"""Seconds between two steps, in which others get at the processor and the store."""


class ContactMatching:
    """Compares authors with those before them.

    Args:
        rest: waits some seconds.
    """

    def __init__(self, store: Store, rest: Callable[[float], object] = asyncio.sleep) -> None:
        self._store, self._rest = store, rest

    @property
    def wanted(self) -> bool:
        """Whether there is anything to do; cheap."""
        conn = self._store.read()
        now = contact_suggestions.progress(conn)
        return now.at < now.last or contacts.any_unsettled(conn)

    @property
    def words(self) -> str:
        """How far it is, as people are told; empty where all is done."""
        return contact_suggestions.progress(self._store.read()).words

    async def run(self, most: int | None = None) -> None:
        """Go on to the end, or for so many steps at most."""
        steps = 0
        while self.wanted and (most is None or steps < most):
            await self.step()
            steps += 1
            waited = self._rest(REST)
            if asyncio.iscoroutine(waited):
                await waited

    async def step(self) -> None:
        """Settle the roles of the next contacts on lists, then compare the next authors."""
        conn = self._store.read()
        if contacts.any_unsettled(conn):
            await self._store.awrite(lambda conn: contacts.settle_lists(conn, AT_ONCE), durable=False)
            return
        now = contact_suggestions.progress(conn)
        found = contact_suggestions.following(conn, now.at, AT_ONCE)
        pairs = [
            (known.id, other.id, reason) for known in found for other, reason in contact_suggestions.alike(conn, known)
        ]
        at = found[-1].id if len(found) == AT_ONCE else now.last

        def write(conn: Connection) -> None:
            if contact_suggestions.progress(conn).at != now.at:
                return  # somebody else went on
            contact_suggestions.add(conn, pairs)
            _tie(conn, found)
            contact_suggestions.keep(conn, at)

        await self._store.awrite(write, durable=False)


def _tie(conn: Connection, found: list[KnownAuthor]) -> None:
    """Give authors to the contacts that were waiting for them to write."""
    tied = []
    for known in found:
        if known.contact_id is not None:
            continue
        for handle in (known.handle, f"id={known.remote_id}"):
            holder = contacts.account_holder(conn, known.network, handle) if handle else None
            if holder is not None:
                contacts.move_authors(conn, [known.id], holder)
                contacts.drop_account(conn, known.network, handle)
                tied.append(known.id)
                break
    if tied:
        contacts.refresh_rows(conn, tied, change_numbers.advance(conn))

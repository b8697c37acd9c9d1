"""Taking in contacts from a file: each line is a person. What is there is never taken away, so the same file twice
changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from cminbox.desk.context import DeskContext
from cminbox.errors import ActionError
from cminbox.model import Instant
from cminbox.store import Connection, change_numbers, contacts
from cminbox.store.contacts import Contact, ContactChanges, PersonKey

IMPORTED = "contacts imported"
"""The event of a file that was taken in. It cannot be undone."""
ROLE_BY = "import"
"""Who gave a role that stood in a file: a person's word and a list come before it, a rule after it."""


class ContactLine(NamedTuple):
    """A person as a file has them; what is empty says nothing.

    Attributes:
        number: of the line; a name or an account is given.
        accounts: networks and handles; `id=12` as a handle is the network's id.
        notes: when (None: now), by whom (empty: who takes it in) and what.
    """

    number: int
    name: str = ""
    role: str = ""
    vip: bool | None = None
    tags: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    writes_at: str = ""
    lists: tuple[str, ...] = ()
    accounts: tuple[tuple[str, str], ...] = ()
    follow_up: str = ""
    follow_up_at: Instant | None = None
    notes: tuple[tuple[Instant | None, str, str], ...] = ()


class Taken(NamedTuple):
    """What came of some lines: how many contacts are new, changed and as they were, roles that stay as a member set
    them, and the lines that could not be taken, each with why."""

    new: int = 0
    changed: int = 0
    known: int = 0
    kept: int = 0
    bad: tuple[tuple[int, str], ...] = ()

    def and_then(self, more: Taken) -> Taken:
        """What both files brought, as one."""
        return Taken(
            self.new + more.new,
            self.changed + more.changed,
            self.known + more.known,
            self.kept + more.kept,
            (*self.bad, *more.bad),
        )


class ContactImport:
    """Takes lines in, some in each transaction, and writes one event in the end."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk

    def take(self, lines: Sequence[ContactLine]) -> Taken:
        """Take some lines in.

        Raises:
            ActionError: this member may not.
        """

        def work(conn: Connection) -> Taken:
            found = Taken()
            touched: set[int] = set()
            for line in lines:
                try:
                    found = found.and_then(self._take_one(conn, line, touched))
                except ActionError as error:
                    found = found.and_then(Taken(bad=((line.number, error.line()),)))
            if touched:
                contacts.refresh_rows(conn, contacts.authors_ids(conn, touched), change_numbers.advance(conn))
            return found

        return self._desk.write(work)

    def finish(self, taken: Taken) -> None:
        """Write down that a file was taken in."""
        detail = {"new": taken.new, "changed": taken.changed, "known": taken.known, "bad": len(taken.bad)}
        self._desk.write(lambda conn: self._desk.add_event(conn, IMPORTED, detail, count=0))

    def _take_one(self, conn: Connection, line: ContactLine, touched: set[int]) -> Taken:
        now = self._desk.clock()
        known, authors, unknown = _whose(conn, line)
        contact, changed = known, False
        if contact is None:
            loose = [number for number in authors if contacts.of(conn, PersonKey(author=number)) is None]
            contact = contacts.ensure(conn, PersonKey(author=loose[0]), now) if loose else None
            if contact is None:
                contact = contacts.get(conn, contacts.insert(conn, line.name, now))
            if contact is None:
                raise ActionError("it could not be made")
        moved = [number for number in authors if contacts.of(conn, PersonKey(author=number)) is None]
        if moved:
            contacts.move_authors(conn, moved, contact.id)
            changed = True
        for network, handle in unknown:
            changed |= contacts.add_account(conn, contact.id, network, handle)
        changes, kept = self._changes(contact, line, now, new=known is None)
        if changes:
            contacts.update(conn, contact.id, changes)
            changed = True
        for name in line.lists:
            changed |= contacts.put_on(conn, contacts.ensure_list(conn, name, now).id, contact.id)
        changed |= self._add_notes(conn, contact.id, line, now)
        if known is None or changed:
            contacts.settle(conn, contact.id)
            touched.add(contact.id)
        return Taken(
            int(known is None), int(known is not None and changed), int(known is not None and not changed), kept
        )

    @staticmethod
    def _changes(contact: Contact, line: ContactLine, now: Instant, *, new: bool) -> tuple[ContactChanges, int]:
        """What a line changes of a contact, and whether a role stays as a member set it."""
        wanted: ContactChanges = {}
        kept = 0
        if line.name:
            wanted["name"] = line.name
        if line.role and contact.role_by.startswith("member:"):
            kept = int(line.role != contact.role)
        elif line.role and not contact.role_by.startswith("list:"):
            wanted |= {"role": line.role, "role_by": ROLE_BY}
        if line.vip is not None:
            wanted["vip"] = line.vip
        if line.tags:
            wanted["tags"] = _both(contact.tags, line.tags)
        if line.interests:
            wanted["interests"] = _both(contact.interests, line.interests)
        if line.writes_at:
            wanted["writes_at"] = line.writes_at
        if line.follow_up_at is not None and (line.follow_up_at, line.follow_up) != (
            contact.follow_up_at,
            contact.follow_up,
        ):
            past = line.follow_up_at <= now
            wanted |= {"follow_up": line.follow_up, "follow_up_at": line.follow_up_at}
            wanted["followed_up_at"] = line.follow_up_at if past else None
        changes = {name: value for name, value in wanted.items() if new or getattr(contact, name) != value}
        return cast("ContactChanges", changes), kept

    def _add_notes(self, conn: Connection, contact_id: int, line: ContactLine, now: Instant) -> bool:
        there = {note.text for note in contacts.notes(conn, contact_id)}
        added = False
        for at, member, text in line.notes:
            if text not in there:
                contacts.add_note(conn, contact_id, member or self._desk.member.handle, text, at or now)
                there.add(text)
                added = True
        return added


def _whose(conn: Connection, line: ContactLine) -> tuple[Contact | None, list[int], list[tuple[str, str]]]:
    """The contact of a line, None where there is none yet; their authors here, and accounts that have not written.

    Raises:
        ActionError: it names several.
    """
    holders: dict[int, None] = {}
    authors: list[int] = []
    unknown: list[tuple[str, str]] = []
    for network, handle in line.accounts:
        found = contacts.by_account(conn, network, handle)
        authors += [known.id for known in found]
        holder = contacts.account_holder(conn, network, handle)
        if not found and holder is None:
            unknown.append((network, handle))
        numbers = [known.contact_id for known in found if known.contact_id is not None]
        holders |= dict.fromkeys([*numbers, *([holder] if holder is not None else [])])
    if not line.accounts:
        named = contacts.named(conn, line.name)
        holders = dict.fromkeys(each.id for each in named)
    if len(holders) > 1:
        several = " and ".join(f"contact:{number}" for number in list(holders)[:3])
        merge = " ".join(f"contact:{number}" for number in list(holders)[:2])
        raise ActionError(f"these are {len(holders)} contacts: {several}", f"cminbox contacts merge {merge}")
    return (contacts.get(conn, next(iter(holders))) if holders else None), authors, unknown


def _both(old: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    """Names of both, each once whatever its case."""
    found = {name.casefold(): name for name in new} | {name.casefold(): name for name in old}
    order = dict.fromkeys(name.casefold() for name in (*old, *new))
    return tuple(found[name] for name in order)

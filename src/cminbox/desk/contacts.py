"""Contacts on the desk: what is known of people, lists of them, and whether two are one. Role and VIP of marked
conversations are the actions `ContactRole` and `Vip`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from cminbox.desk.context import DeskContext
from cminbox.errors import ActionError
from cminbox.model import CONTACT_ROLES, Instant
from cminbox.store import Connection, change_numbers, contact_suggestions, contacts
from cminbox.store.contacts import Contact, ContactChanges, PersonKey
from cminbox.store.events import Event
from cminbox.suggest import suggest
from cminbox.text import clean, one_line

CONTACT_EVENTS = frozenset(
    f"contact {what}"
    for what in ("set", "noted", "unnoted", "listed", "unlisted", "list role", "merged", "split", "refused")
)
"""The events that this part writes; each can be undone."""
LONGEST_NAME, LONGEST_TEXT, MOST_TAGS = 200, 2_000, 50


class ContactDesk:
    """Changes what is known of people. Each call is one event and one undo."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk

    def set(
        self,
        who: PersonKey,
        *,
        name: str | None = None,
        role: str | None = None,
        vip: bool | None = None,
        tags: Sequence[str] | None = None,
        interests: Sequence[str] | None = None,
        writes_at: str | None = None,
    ) -> Contact:
        """Set what is given of a contact, who is made where there is none.

        Args:
            role: one of `model.CONTACT_ROLES`; empty gives it back to lists and rules.

        Raises:
            ActionError: there is nobody, the role is none, or a text is too long.
        """
        self._desk.check_may_act()
        changes: ContactChanges = {}
        if name is not None:
            changes["name"] = _line(name, LONGEST_NAME, "a name")
            if not changes["name"]:
                raise ActionError("a contact needs a name")
        if role is not None:
            changes["role"] = check_contact_role(role)
            changes["role_by"] = self._desk.actor if role else ""
        if vip is not None:
            changes["vip"] = vip
        if tags is not None:
            changes["tags"] = names(tags, "a tag")
        if interests is not None:
            changes["interests"] = names(interests, "an interest")
        if writes_at is not None:
            changes["writes_at"] = _line(writes_at, LONGEST_NAME, "where they write")
        return self._set(who, changes)

    def follow_up(self, who: PersonKey, text: str, at: Instant | None) -> Contact:
        """Say what is to be done next, and when their newest conversation comes back for it; None: nothing is.

        Raises:
            ActionError: there is nobody, or the time is over.
        """
        self._desk.check_may_act()
        if at is not None and at <= self._desk.clock():
            raise ActionError("that time is over", "name one in the future, such as thu 18:00")
        said = _line(text, LONGEST_TEXT, "a follow-up") if at is not None else ""
        by = self._desk.member.handle if at is not None else ""
        return self._set(who, {"follow_up": said, "follow_up_at": at, "follow_up_by": by, "followed_up_at": None})

    def note(self, who: PersonKey, text: str) -> Contact:
        """Write a note of a person, for the team.

        Raises:
            ActionError: there is nobody, or the note is empty.
        """
        self._desk.check_may_act()
        said = clean(text, LONGEST_TEXT).strip()
        if not said:
            raise ActionError("the note is empty")

        def work(conn: Connection) -> Contact:
            contact, now = self._ensured(conn, who), self._desk.clock()
            note = contacts.add_note(conn, contact.id, self._desk.member.handle, said, now)
            self._log(conn, "noted", contact.id, {"note": note})
            return contact

        return self._desk.write(work)

    def remove_note(self, who: PersonKey, note: int) -> Contact:
        """Take a note back.

        Raises:
            ActionError: it is not there.
        """

        def work(conn: Connection) -> Contact:
            contact = self._ensured(conn, who)
            if note not in {each.id for each in contacts.notes(conn, contact.id)}:
                raise ActionError("that note is not there any more")
            contacts.remove_note(conn, note, self._desk.clock())
            self._log(conn, "unnoted", contact.id, {"note": note})
            return contact

        return self._desk.write(work)

    def put_on_list(self, who: PersonKey, name: str) -> Contact:
        """Put a person on a list, which is made where there is none; its role is theirs unless a person said another.

        Raises:
            ActionError: there is nobody, the list has no name, or they are on it.
        """
        self._desk.check_may_act()
        called = list_name(name)

        def work(conn: Connection) -> Contact:
            contact = self._ensured(conn, who)
            wanted = contacts.ensure_list(conn, called, self._desk.clock())
            if not contacts.put_on(conn, wanted.id, contact.id):
                raise ActionError(f"{contact.name or 'this contact'} is on the list {wanted.name} already")
            return self._relisted(conn, contact, "listed", wanted.id)

        return self._desk.write(work)

    def take_off_list(self, who: PersonKey, name: str) -> Contact:
        """Take a person off a list.

        Raises:
            ActionError: they are not on it.
        """

        def work(conn: Connection) -> Contact:
            contact, wanted = self._ensured(conn, who), contacts.list_named(conn, name.strip())
            if wanted is None or not contacts.take_off(conn, wanted.id, contact.id):
                raise ActionError(f"{contact.name or 'this contact'} is not on a list {name}")
            return self._relisted(conn, contact, "unlisted", wanted.id)

        return self._desk.write(work)

    def list_role(self, name: str, role: str) -> str:
        """Say which role who is on a list has, where no person said another one; the engine brings it about.

        Args:
            role: one of `model.CONTACT_ROLES`; empty takes it away.

        Returns:
            The list's name.

        Raises:
            ActionError: there is no such list, or the role is none.
        """
        self._desk.check_may_act()
        wanted = check_contact_role(role)

        def work(conn: Connection) -> str:
            found = contacts.list_named(conn, name.strip())
            if found is None:
                raise ActionError(f"there is no list {name}", "put a contact on it first")
            contacts.set_list_role(conn, found.id, wanted)
            self._log(conn, "list role", 0, {"list": found.id, "role": wanted, "old": found.role})
            return found.name

        return self._desk.write(work)

    def merge(self, who: PersonKey, other: PersonKey) -> Contact:
        """Make one person of two: the first has everything of the second from now on.

        What the first has stays; what it lacks it gets. Notes, lists, tags and accounts of both are its own.

        Raises:
            ActionError: there is nobody, or they are one already.
        """

        def work(conn: Connection) -> Contact:
            now = self._desk.clock()
            one, two = self._ensured(conn, who), contacts.of(conn, other)
            moved = [each.id for each in contacts.authors_of(conn, other)]
            if two is None and not moved:
                raise ActionError("there is no such person to merge with")
            if two is not None and two.id == one.id:
                raise ActionError(f"{_called(one)} is one person already: there is nothing to merge")
            kept: dict[str, Any] = {"authors": moved, "other": None, "notes": [], "lists": [], "accounts": []}
            changes: ContactChanges = {}
            if two is not None:
                kept["other"] = two.id
                kept["notes"] = contacts.move_notes(conn, two.id, one.id)
                kept["lists"] = [
                    each.id for each in contacts.lists_of(conn, two.id) if contacts.put_on(conn, each.id, one.id)
                ]
                kept["accounts"] = contacts.move_accounts(conn, two.id, one.id)
                contacts.update(conn, two.id, {"merged_into": one.id})
                changes = _joined(one, two)
            contacts.move_authors(conn, moved, one.id)
            was = {name: getattr(one, name) for name in changes}
            contacts.update(conn, one.id, changes) if changes else None
            contacts.settle(conn, one.id)
            self._refresh(conn, one.id)
            self._log(conn, "merged", one.id, {**kept, "was": was, "made": changes, "at": now})
            return self._found(conn, one.id)

        return self._desk.write(work)

    def split(self, author: int) -> Contact | None:
        """Say that an author is not the person behind the others of their contact; nobody suggests it again.

        Raises:
            ActionError: there is no other author of that contact.
        """

        def work(conn: Connection) -> Contact | None:
            known = contacts.author(conn, author)
            if known is None or known.contact_id is None:
                raise ActionError("that author is of no contact")
            rest = [each.id for each in contacts.authors_of(conn, PersonKey(known.contact_id)) if each.id != author]
            if not rest:
                raise ActionError("it is their only account here", "there is nobody to split it from")
            contacts.move_authors(conn, [author], None)
            pairs = contact_suggestions.refuse(conn, [author], rest, self._desk.actor)
            contacts.refresh_rows(conn, [author], change_numbers.advance(conn))
            self._log(conn, "split", known.contact_id, {"authors": [author], "pairs": pairs})
            return contacts.get(conn, known.contact_id)

        return self._desk.write(work)

    def refuse(self, who: PersonKey, other: PersonKey) -> None:
        """Say that two are not the same person: nobody suggests it again."""

        def work(conn: Connection) -> None:
            ones, others = ([each.id for each in contacts.authors_of(conn, each_of)] for each_of in (who, other))
            pairs = contact_suggestions.refuse(conn, ones, others, self._desk.actor)
            if not pairs:
                raise ActionError("nobody suggests that they are one")
            contact = contacts.of(conn, who)
            self._log(conn, "refused", contact.id if contact is not None else 0, {"pairs": pairs})

        self._desk.write(work)

    def undo(self, event: Event) -> str:
        """Take back what an event did; what that was.

        Raises:
            ActionError: it was changed since.
        """

        def work(conn: Connection) -> str:
            what = event.action.removeprefix("contact ")
            detail, number = event.detail, int(event.detail.get("contact", 0))
            contact = contacts.as_stored(conn, number)
            if contact is None and number:
                raise ActionError("the contact is gone")
            if contact is not None:
                if contact.merged_into is not None and what not in ("noted", "unnoted"):
                    # What was theirs is another's by now: it cannot be told apart from what that one had.
                    into = contacts.get(conn, contact.id)
                    raise ActionError(
                        f"{_called(contact)} was merged into {_called(into) if into else 'another'} since",
                        "undo that first, or split the account off",
                    )
                self._take_back(conn, what, contact, detail)
                self._refresh(conn, number)
            if what == "list role":
                contacts.set_list_role(conn, int(detail["list"]), str(detail["old"]))
            if "pairs" in detail:
                contact_suggestions.suggest_again(conn, detail["pairs"])
            self._desk.add_event(conn, "undo", {"of": event.action}, undoes=event.id, count=0)
            name = _called(contact) if contact is not None else "list" if what == "list role" else "suggestion"
            return f"{name}: {_DONE[what]} undone"

        return self._desk.write(work)

    def _take_back(self, conn: Connection, what: str, contact: Contact, detail: Mapping[str, Any]) -> None:
        made, was = _columns(detail.get("made", {})), _columns(detail.get("was", {}))
        if any(getattr(contact, name) != value for name, value in made.items()):
            raise ActionError(f"{_called(contact)} was changed meanwhile", "set it as it should be")
        if was:
            contacts.update(conn, contact.id, was)
        match what:
            case "noted":
                contacts.remove_note(conn, int(detail["note"]), self._desk.clock())
            case "unnoted":
                contacts.restore_note(conn, int(detail["note"]))
            case "listed":
                contacts.take_off(conn, int(detail["list"]), contact.id)
            case "unlisted":
                contacts.put_on(conn, int(detail["list"]), contact.id)
            case "merged":
                other = detail["other"]
                moved = contacts.still_of(conn, detail["authors"], contact.id)
                contacts.move_authors(conn, moved, other)
                if other is not None:
                    contacts.update(conn, other, {"merged_into": None})
                    contacts.give_notes(conn, detail["notes"], other)
                    contacts.give_accounts(conn, detail["accounts"], other)
                    for number in detail["lists"]:
                        contacts.take_off(conn, number, contact.id)
                contacts.refresh_rows(conn, moved, change_numbers.advance(conn))
            case "split":
                alone = [n for n in detail["authors"] if contacts.of(conn, PersonKey(author=n)) is None]
                contacts.move_authors(conn, alone, contact.id)
        contacts.settle(conn, contact.id)

    # within a transaction

    def _set(self, who: PersonKey, changes: ContactChanges) -> Contact:
        def work(conn: Connection) -> Contact:
            contact = self._ensured(conn, who)
            was = {name: getattr(contact, name) for name in changes}
            if was == changes:
                raise ActionError(f"{_called(contact)}: it is so already")
            contacts.update(conn, contact.id, changes)
            if changes.get("role") == "":
                contacts.settle(conn, contact.id)
            now = self._found(conn, contact.id)
            made = {name: getattr(now, name) for name in changes}
            if changes.keys() & {"role", "vip"}:
                self._refresh(conn, contact.id)
            self._log(conn, "set", contact.id, {"made": made, "was": was})
            return now

        return self._desk.write(work)

    def _relisted(self, conn: Connection, contact: Contact, what: str, list_id: int) -> Contact:
        """What follows from another list: a role, and the event."""
        if contacts.settle(conn, contact.id):
            self._refresh(conn, contact.id)
        self._log(conn, what, contact.id, {"list": list_id})
        return self._found(conn, contact.id)

    def _refresh(self, conn: Connection, contact_id: int) -> None:
        contacts.refresh_rows(conn, contacts.authors_ids(conn, [contact_id]), change_numbers.advance(conn))

    def _ensured(self, conn: Connection, who: PersonKey) -> Contact:
        found = contacts.ensure(conn, who, self._desk.clock())
        if found is None:
            raise ActionError("there is no such contact")
        return found

    @staticmethod
    def _found(conn: Connection, contact_id: int) -> Contact:
        found = contacts.as_stored(conn, contact_id)
        if found is None:
            raise ActionError("the contact is gone")
        return found

    def _log(self, conn: Connection, what: str, contact_id: int, detail: Mapping[str, Any]) -> None:
        self._desk.add_event(conn, f"contact {what}", {"contact": contact_id, **detail}, count=0)


_DONE: Mapping[str, str] = {
    "set": "the change is",
    "noted": "the note is",
    "unnoted": "taking the note back is",
    "listed": "being put on the list is",
    "unlisted": "being taken off the list is",
    "list role": "its role is",
    "merged": "merging is",
    "split": "splitting is",
    "refused": "refusing is",
}


def _columns(values: Mapping[str, Any]) -> ContactChanges:
    """Columns as an event remembers them."""
    made = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return cast("ContactChanges", made)


def _called(contact: Contact) -> str:
    return contact.name or f"contact {contact.id}"


def _joined(one: Contact, two: Contact) -> ContactChanges:
    """What a contact gets of another one that is merged into it."""
    changes: ContactChanges = {}
    if two.vip and not one.vip:
        changes["vip"] = True
    said, says = (each.role_by.startswith("member:") for each in (one, two))
    if two.role and (not one.role or (says and not said)):
        changes |= {"role": two.role, "role_by": two.role_by}
    if set(two.tags) - set(one.tags):
        changes["tags"] = tuple(dict.fromkeys((*one.tags, *two.tags)))
    if set(two.interests) - set(one.interests):
        changes["interests"] = tuple(dict.fromkeys((*one.interests, *two.interests)))
    if two.writes_at and not one.writes_at:
        changes["writes_at"] = two.writes_at
    if two.name and not one.name:
        changes["name"] = two.name
    if two.follow_up_at is not None and one.follow_up_at is None:
        changes |= {
            "follow_up": two.follow_up,
            "follow_up_at": two.follow_up_at,
            "follow_up_by": two.follow_up_by,
            "followed_up_at": two.followed_up_at,
        }
    return changes


def check_contact_role(role: str) -> str:
    """A role of a contact, or nothing.

    Raises:
        ActionError: it is none.
    """
    wanted = role.strip().casefold()
    if wanted and wanted not in CONTACT_ROLES:
        hint = suggest(wanted, CONTACT_ROLES) or f"one of {', '.join(CONTACT_ROLES)}"
        raise ActionError(f"{one_line(clean(role, 40))!r} is no role of a contact", hint)
    return wanted


def names(given: Sequence[str], what: str) -> tuple[str, ...]:
    """Tags or interests as they are kept: each once, in their order.

    Raises:
        ActionError: one is too long or has a comma, or there are too many.
    """
    found: dict[str, str] = {}
    for each in given:
        name = one_line(clean(each, 200))
        if name:
            if len(name) > 40 or "," in name or ";" in name:
                raise ActionError(f"not {what}: {name[:60]!r}", f"{what} is one to 40 characters, without commas")
            found.setdefault(name.casefold(), name)
    if len(found) > MOST_TAGS:
        raise ActionError(f"{len(found)} are too many", f"keep {MOST_TAGS} at most")
    return tuple(found.values())


def list_name(name: str) -> str:
    """The name of a list of contacts.

    Raises:
        ActionError: it is none.
    """
    called = one_line(clean(name, 200))
    if not called or len(called) > 60 or "," in called or ";" in called:
        raise ActionError(f"not a name of a list: {called[:60]!r}", "it is one to 60 characters, without commas")
    return called


def _line(text: str, most: int, what: str) -> str:
    """A text on one line.

    Raises:
        ActionError: it is too long.
    """
    line = one_line(clean(text, most * 4))
    if len(line) > most:
        raise ActionError(f"{what} has {most} characters at most, and this has more")
    return line

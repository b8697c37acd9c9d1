"""What is changed of a contact from its screen: asked for, done by the desk, said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from cminbox import handles
from cminbox.errors import ActionError, UsageError
from cminbox.model import CONTACT_ROLES
from cminbox.screens.asking import Asking
from cminbox.screens.contact import data
from cminbox.screens.contact.data import Person
from cminbox.screens.pickers.next import NOTHING, NextPicker, read_next
from cminbox.screens.pickers.role import RolePicker
from cminbox.screens.pickers.text import TextPrompt
from cminbox.screens.place_to_type import NoPlaceToType
from cminbox.screens.services import Services
from cminbox.store import contacts
from cminbox.store.contacts import key_of
from cminbox.widgets.picker import Choice, Picker

_WORDS = {
    "name": "Name",
    "role": "Role",
    "vip": "VIP",
    "tags": "Tags, with commas between",
    "interests": "What they like, with commas between",
    "writes_at": "Where they write: a paper, a blog",
}


class ContactPlace(Asking, Protocol):
    """The screen that it happens on."""

    @property
    def person(self) -> Person:
        """The person whom the screen shows."""

    def show_person(self) -> None:
        """Read and show them again."""


class ContactChanges:
    """The commands that change a contact."""

    def __init__(self, services: Services, place: ContactPlace) -> None:
        self._services, self._place = services, place

    async def _done(self, said: str, function: Callable[..., object], *args: Any, **kwargs: Any) -> bool:
        """Have the desk do it, show what came of it and say so; whether it was done."""
        made = await self._place.call(_done, function, *args, **kwargs)
        if made:
            self._place.show_person()
            self._place.say(said, undo=True)
        return bool(made)

    async def do_contact_note(self, *words: str) -> None:
        """Write a note of them."""
        self._services.check_may_write(asks=not words)
        place = self._place
        text = " ".join(words) or await place.ask(TextPrompt(f"Note on {place.person.name}, for the team"))
        if text:
            await self._done("noted", self._desk.note, place.person.key, text)

    async def do_contact_next(self, *words: str) -> None:
        """Say what is next, and when: `refund by thu 18:00`; none takes it away."""
        self._services.check_may_write(asks=not words)
        place, clock, zone = self._place, self._services.clock, self._services.config.zone
        if not words:
            picked = await place.ask(NextPicker(place.person.name, clock, zone=zone))
            if picked is None:
                return
            words = (picked,)
        if " ".join(words).casefold().strip() == NOTHING:
            await self._done("nothing is next", self._desk.follow_up, place.person.key, "", None)
            return
        text, at = read_next(" ".join(words), clock(), zone)
        said = f"next: {text}" if text else "next is set"
        await self._done(said, self._desk.follow_up, place.person.key, text, at)

    async def do_contact_vip(self) -> None:
        """Mark them as VIP, or no longer."""
        self._services.check_may_write()
        contact = self._place.person.contact
        on = contact is None or not contact.vip
        await self._done("VIP" if on else "no VIP any more", self._desk.set, self._place.person.key, vip=on)

    async def do_contact_change(self, *words: str) -> None:
        """Change their name, role, tags, what they like, where they write: `tags tea, wholesale`."""
        self._services.check_may_write(asks=not words)
        person, contact = self._place.person, self._place.person.contact
        now = {
            "name": person.name,
            "role": contact.role if contact else "",
            "vip": "yes" if contact and contact.vip else "no",
            "tags": ", ".join(contact.tags) if contact else "",
            "interests": ", ".join(contact.interests) if contact else "",
            "writes_at": contact.writes_at if contact else "",
        }
        if words:
            first, _, value = " ".join(words).strip().partition(" ")
            what = first.casefold().replace("-", "_")
            if what not in _WORDS:
                raise UsageError(f"{first!r} is nothing of a contact", f"one of {', '.join(_WORDS)}".replace("_", "-"))
        else:
            choices = [Choice(key, title, now[key]) for key, title in _WORDS.items()]
            chosen = await self._place.ask(Picker(f"Change what of {person.name}?", choices))
            if chosen is None:
                return
            what, value = chosen, ""
            if what == "vip":
                await self.do_contact_vip()
                return
            if what == "role":
                picked = await self._place.ask(RolePicker(now["role"]))
                value = picked or ""
            else:
                value = await self._place.ask(TextPrompt(f"{_WORDS[what]}; - for none", now[what])) or ""
            if not value:
                return
        await self._change(what, "" if value == "-" else value)

    async def _change(self, what: str, value: str) -> None:
        changes: dict[str, Any]
        if what in ("tags", "interests"):
            changes = {what: [part.strip() for part in value.split(",") if part.strip()]}
        elif what == "vip":
            changes = {"vip": value.casefold() not in ("off", "no")}
        elif what == "role":
            changes = {"role": "" if value == "auto" else value}
            if changes["role"] and changes["role"] not in CONTACT_ROLES:
                raise UsageError(f"{value!r} is no role", f"one of {', '.join(CONTACT_ROLES)}, or auto")
        else:
            changes = {what: value}
        await self._done(f"{what.replace('_', ' ')} changed", self._desk.set, self._place.person.key, **changes)

    async def do_contact_list(self, *words: str) -> None:
        """Put them on a list, or take them off one that they are on."""
        self._services.check_may_write(asks=not words)
        person, name = self._place.person, " ".join(words)
        on = {each.name.casefold() for each in person.lists}
        if not name:
            known = contacts.lists(self._services.store.read())
            choices = [
                Choice(
                    each.name,
                    each.name,
                    f"{count:,}{f', {each.role}' if each.role else ''}",
                    marked=each.name.casefold() in on,
                )
                for each, count in known
            ]
            chosen = await self._place.ask(
                Picker(
                    f"Lists of {person.name}",
                    choices,
                    typed=lambda typed: Choice(typed.strip(), typed.strip(), "a new list") if typed.strip() else None,
                    hint="Enter puts them on it, or takes them off   Esc leave",
                    empty="No list yet: type a name.",
                    placeholder="type a name",
                )
            )
            if chosen is None:
                return
            name = chosen
        if name.casefold() in on:
            await self._done(f"off the list {name}", self._desk.take_off_list, person.key, name)
        else:
            await self._done(f"on the list {name}", self._desk.put_on_list, person.key, name)

    async def do_contact_merge(self, *words: str) -> None:
        """Merge them with who may be the same person, or with the one named."""
        self._services.check_may_write(asks=not words)
        place, person = self._place, self._place.person
        if words:
            await self._merge_named(" ".join(words))
            return
        if not person.suggestions:
            raise NoPlaceToType(
                person.looking or "nobody is known who may be the same person", ":contact-merge WHO merges by a name"
            )
        suggestion, other = person.suggestions[0]
        if len(person.suggestions) > 1:
            choices = [
                Choice(place_, data.account_words(known), data.WHY.get(each.reason, each.reason))
                for place_, (each, known) in enumerate(person.suggestions)
            ]
            number = await place.ask(Picker(f"Who is {person.name} too?", choices))
            if number is None:
                return
            suggestion, other = person.suggestions[number]
        who, reason = data.account_words(other), data.WHY.get(suggestion.reason, suggestion.reason)
        answers = [
            Choice("merge", "Merge: they are one person", "u undoes it"),
            Choice("refuse", "No: they are two people", "never suggested again"),
        ]
        answer = await place.ask(Picker(f"{person.name} and {who}: {reason}", answers))
        if answer == "merge":
            await self._done(f"{who} is {person.name} too", self._desk.merge, person.key, key_of(other))
        elif answer == "refuse":
            await self._done(f"{who} is somebody else", self._desk.refuse, person.key, key_of(other))

    async def _merge_named(self, name: str) -> None:
        conn, person = self._services.store.read(), self._place.person
        found = [key for key in contacts.find(conn, name, 10)]
        if not found:
            raise ActionError(f"nobody here is called {name}", "name a handle, a contact's name, or contact:12")
        if len(found) > 1:
            choices = []
            for key in found:
                known = contacts.authors_of(conn, key)
                contact = contacts.of(conn, key)
                title = contact.name if contact is not None else known[0].name or known[0].handle
                choices.append(Choice(key, title, " · ".join(map(data.account_words, known))))
            chosen = await self._place.ask(Picker(f"{len(found)} people are called {name}", choices))
            if chosen is None:
                return
            found = [chosen]
        await self._done(f"{name} is {person.name} too", self._desk.merge, person.key, found[0])

    async def do_contact_split(self) -> None:
        """Say that one of their accounts is somebody else's."""
        self._services.check_may_write(asks=True)
        person = self._place.person
        if len(person.authors) < 2:
            raise NoPlaceToType("it is their only account here", "there is nobody to split it from")
        choices = [
            Choice(known.id, data.account_words(known), f"{known.source}, {handles.called('', '', known.name)}")
            for known in person.authors
        ]
        author = await self._place.ask(Picker(f"Which account is not {person.name}?", choices))
        if author is not None:
            await self._done("split: it is somebody else", self._desk.split, author)

    async def do_contact_unnote(self) -> None:
        """Take one of the notes back."""
        self._services.check_may_write(asks=True)
        person = self._place.person
        if not person.notes:
            raise NoPlaceToType("there is no note to take back")
        choices = [Choice(note.id, note.text, note.member) for note in person.notes]
        chosen = await self._place.ask(Picker("Take which note back?", choices))
        if chosen is not None:
            await self._done("the note is taken back", self._desk.remove_note, person.key, chosen)

    @property
    def _desk(self) -> Any:
        return self._services.desk.contacts


def _done(function: Callable[..., object], *args: Any, **kwargs: Any) -> bool:
    function(*args, **kwargs)
    return True

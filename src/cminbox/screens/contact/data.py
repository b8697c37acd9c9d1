"""A person as the screen shows them: their lines, and all that is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import NamedTuple

from cminbox import handles
from cminbox.duration import format_narrow, format_rough
from cminbox.model import DAY, Conversation, Instant
from cminbox.number_format import count_of, short_number, signed
from cminbox.reports import trend
from cminbox.store import Connection, contact_history, contact_suggestions, contacts
from cminbox.store.contact_history import History
from cminbox.store.contact_suggestions import Suggestion
from cminbox.store.contacts import Contact, ContactList, ContactNote, KnownAuthor, PersonKey
from cminbox.text import one_line, without_signs
from cminbox.textwidth import cut_line, width_of
from cminbox.when import HOST, local_time
from cminbox.widgets.styled_lines import ACCENT, ALARM, CARE, MUTED, Line, safe, shortened, size, spread

NOTES_SHOWN = 3
"""Notes above the list."""
WHY = {
    "account": "the same account, seen by two sources",
    "link": "same name and link",
    "handle": "same handle",
    "handle and name": "same handle and name",
}
"""Why two may be the same person, in words."""


class Person(NamedTuple):
    """Somebody, with all that is known of them."""

    key: PersonKey
    contact: Contact | None
    authors: tuple[KnownAuthor, ...]
    accounts: tuple[tuple[str, str], ...]
    notes: tuple[ContactNote, ...]
    lists: tuple[ContactList, ...]
    history: History
    suggestions: tuple[tuple[Suggestion, KnownAuthor], ...]
    looking: str

    @property
    def name(self) -> str:
        """How they are called."""
        contact = self.contact
        named = contact.name if contact is not None else ""
        first = self.authors[0] if self.authors else None
        if not named and first is not None:
            named = first.name or handles.called(first.network, first.handle, first.name)
        return one_line(without_signs(named)) or "somebody"


def load(conn: Connection, key: PersonKey) -> Person | None:
    """Everything that is known of somebody; None where there is nobody."""
    contact, authors = contacts.of(conn, key), contacts.authors_of(conn, key)
    if contact is None and not authors:
        return None
    number = contact.id if contact is not None else None
    return Person(
        PersonKey(number) if number is not None else key,
        contact,
        tuple(authors),
        tuple(contacts.accounts_of(conn, number)) if number is not None else (),
        tuple(contacts.notes(conn, number)) if number is not None else (),
        tuple(contacts.lists_of(conn, number)) if number is not None else (),
        contact_history.of(conn, [known.id for known in authors]),
        tuple(contact_suggestions.of(conn, key)),
        contact_suggestions.progress(conn).words,
    )


def account_words(known: KnownAuthor) -> str:
    """An account with its network: `mastodon @ana`."""
    return f"{known.network} {handles.called(known.network, known.handle, known.name)}"


def title(person: Person, crumb: str, now: Instant, zone: tzinfo, width: int) -> Line:
    """Who it is, and what is next."""
    contact = person.contact
    after = next_words(contact, now, zone)
    late = contact is not None and contact.follow_up_at is not None and contact.follow_up_at <= now
    right = shortened((safe(after, ALARM if late else ACCENT),), max(width * 2 // 5, 20)) if after else ()
    who = " · ".join(
        filter(None, (" ★ VIP" if contact is not None and contact.vip else "", contact.role if contact else ""))
    )
    room = max(width - size(right) - width_of(crumb) - width_of(who) - 3, 8)
    left: Line = ((crumb, MUTED), safe(cut_line(person.name, room), "bold"))
    gap = "" if who.startswith(" ") or not who else " · "
    left = (*left, safe(f"{gap}{who}", CARE if contact is not None and contact.vip else MUTED))
    return spread(left, right, width)


def next_words(contact: Contact | None, now: Instant, zone: tzinfo) -> str:
    """What is to be done next, and when."""
    if contact is None or contact.follow_up_at is None:
        return ""
    if contact.follow_up_at <= now:
        return f"due since {format_rough(now - contact.follow_up_at)}: {contact.follow_up}".rstrip(": ")
    return f"next: {_soon(contact.follow_up_at, now, zone)} {contact.follow_up}".rstrip()


def _soon(at: Instant, now: Instant, zone: tzinfo) -> str:
    """A time to come, as short as it is clear: `Thu 18:00`, `3 Dec 18:00`."""
    local = local_time(at, zone)
    return f"{local:%a %H:%M}" if at - now < 6 * DAY else f"{local.day} {local:%b %H:%M}"


def _day(at: Instant, now: Instant, zone: tzinfo) -> str:
    """A day, as short as it is clear: `14:03` of today, `3 Nov`, `3 Nov 2025`."""
    local, today = local_time(at, zone), local_time(now, zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{local.day} {local:%b}" if local.year == today.year else f"{local.day} {local:%b %Y}"


def head(person: Person, now: Instant, zone: tzinfo, width: int, *, short: bool) -> list[Line]:
    """What stands above the list.

    Args:
        short: there is no room beside the list, so that what is known otherwise stands here in short.
    """
    history = person.history
    moods, answers = trend.steps(history.moods, zone), trend.steps(history.answers, zone)
    opened = sum(talk.status == "open" for talk in history.talks)
    counted = count_of(len(history.talks), "conversation") + (" and more" if history.more else "")
    accounts = [account_words(known) for known in person.authors]
    accounts += [f"{network} {handle} (not here yet)" for network, handle in person.accounts]
    parts = [*accounts, f"{counted}, {opened} open", trend.arrow(moods)]
    lines: list[Line] = [shortened((safe(" · ".join(filter(None, parts))),), width)]
    if short:
        found = [
            ("mood", f"{_mood_bars(moods)} {trend.mood_words(moods)}".strip()),
            ("answers", f"{_answer_bars(answers)} {trend.answer_words(answers)}".strip()),
            ("about", about_words(person)),
        ]
        lines += [_row(word, what, width) for word, what in found if what]
    for place, note in enumerate(person.notes[:NOTES_SHOWN]):
        when = _day(note.created_at, now, zone)
        more = len(person.notes) - NOTES_SHOWN
        tail = f"  +{more} older" if place == NOTES_SHOWN - 1 and more > 0 else ""
        said = f"{note.member}: {one_line(note.text)}"
        word = "notes" if place == 0 else ""
        right: Line = ((f"{tail}  {when}", MUTED),)
        left = shortened((_word(word), safe(said)), max(width - size(right) - 1, 10))
        lines.append(spread(left, right, width))
    return lines


def about_words(person: Person) -> str:
    """Tags, interests, where they write, lists, and what they mostly write about, in one line."""
    contact, on, labels = person.contact, ", ".join(each.name for each in person.lists), person.history.labels
    found = []
    if contact is not None:
        likes = ", ".join(contact.interests)
        found += [", ".join(contact.tags), f"writes at {contact.writes_at}" if contact.writes_at else ""]
        found.append(f"likes {likes}" if likes else "")
    found += [f"on {on}" if on else "", f"mostly {', '.join(labels[:4])}" if labels else ""]
    return " · ".join(filter(None, found))


def _word(word: str) -> tuple[str, str]:
    return f"{word:<8}", MUTED


def _row(word: str, what: str, width: int) -> Line:
    return shortened((_word(word), safe(what)), width)


def _mood_bars(found: Sequence[trend.Step]) -> str:
    return trend.bars([step.middle for step in found], -1, 1) if len(found) > 1 else ""


def _answer_bars(found: Sequence[trend.Step]) -> str:
    values = [step.middle for step in found]
    return trend.bars(values, 0, max(values)) if len(values) > 1 else ""


def facts(person: Person, now: Instant, zone: tzinfo = HOST) -> list[tuple[str, str]]:
    """Everything that is known of them, beside the list."""
    contact, history = person.contact, person.history
    moods, answers = trend.steps(history.moods, zone), trend.steps(history.answers, zone)
    rows: list[tuple[str, str]] = []
    if contact is not None:
        rows += [
            ("role", f"{contact.role} {_said_by(contact.role_by)}".strip() if contact.role else ""),
            ("next", next_words(contact, now, zone).removeprefix("next: ")),
            (" ", f"by {contact.follow_up_by}" if contact.follow_up_at is not None else ""),
            ("tags", ", ".join(contact.tags)),
            ("likes", ", ".join(contact.interests)),
            ("writes at", contact.writes_at),
        ]
    rows.append(("lists", ", ".join(each.name for each in person.lists)))
    rows.append(("mostly", ", ".join(history.labels)))
    for known in person.authors:
        rows.append((known.network, handles.called(known.network, known.handle, known.name)))
        followers = f"{short_number(known.followers)} followers, " if known.followers is not None else ""
        rows.append((" ", f"{followers}{known.source}"))
    rows += [(network, f"{handle}: has not written here yet") for network, handle in person.accounts]
    rows.append(("mood", trend.mood_words(moods)))
    rows += [
        (" ", f"{trend.bars([step.middle], -1, 1)} {signed(step.middle, 2):>5}  {step.name} ({len(step.values):,})")
        for step in moods[::-1]
    ]
    rows.append(("answers", trend.answer_words(answers)))
    most = max((step.middle for step in answers), default=1)
    rows += [
        (
            " ",
            f"{trend.bars([step.middle], 0, most)} {format_rough(round(step.middle)):>5}"
            f"  {step.name} ({len(step.values):,})",
        )
        for step in answers[::-1]
    ]
    for note in person.notes:
        rows.append((note.member, f"{note.text} ({_day(note.created_at, now, zone)})"))
    return [(word, what) for word, what in rows if what]


def _said_by(by: str) -> str:
    kind, _, name = by.partition(":")
    return f"(by {kind} {name})" if kind in ("rule", "list") and name else f"(by {name})" if name else ""


def talk_line(row: Conversation, width: int, now: Instant) -> Line:
    """A conversation in the list."""
    priority = f"{row.priority:>3}" if row.status == "open" else "   "
    age = format_narrow(max(0, now - row.newest_at))
    right: Line = ((f" {age:>4}", MUTED),)
    left: Line = (
        (f"{priority} ", ACCENT),
        (f"{row.status:<8} ", "" if row.status == "open" else MUTED),
        (f"{cut_line(row.network, 9):<9} ", MUTED),
    )
    said = one_line(row.preview or row.title)
    return spread((*left, safe(cut_line(said, max(width - size(left) - size(right) - 1, 8)))), right, width)


def suggestion_line(person: Person, key: str, width: int) -> Line:
    """Who else they may be, or how far that is looked for."""
    if not person.suggestions:
        return (safe(person.looking, MUTED),) if person.looking else ()
    suggestion, other = person.suggestions[0]
    more = len(person.suggestions) - 1
    who = handles.called(other.network, other.handle, other.name)
    also = f"   +{more} more" if more else ""
    reason = WHY.get(suggestion.reason, suggestion.reason)
    tail = f" ({other.network}): {reason} — merge?  {key}{also}"
    room = max(width - width_of(tail) - 16, 8)
    return (("seen before as  ", MUTED), safe(cut_line(who, room), "bold"), safe(tail, CARE))

"""`contacts`: the people behind authors: list, show, merge, and as CSV in and out."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from cminbox import handles
from cminbox.cli import contact_csv, output, shapes
from cminbox.cli.session import Session
from cminbox.desk.contact_import import ContactImport, ContactLine, Taken
from cminbox.desk.contacts import check_contact_role, list_name
from cminbox.errors import ActionError, CminboxError, UsageError
from cminbox.members import MAY_MANAGE
from cminbox.model import Instant, now
from cminbox.number_format import count_of
from cminbox.reports import trend
from cminbox.store import contact_history, contact_suggestions, contacts
from cminbox.store.contacts import KnownAuthor, PersonKey, Whole
from cminbox.suggest import suggest
from cminbox.text import fold

PARTLY = 3
_TOLD = 20
"""Bad lines that are told one by one."""
_AT_ONCE = 200
_FOUND = 50
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Who = Annotated[str, typer.Argument(metavar="WHO", help="An id of the network, a handle, a name, or contact:12.")]
FIELDS: dict[str, Callable[[Whole, str, Instant], bool]] = {
    "role": lambda one, value, here: one.contact.role == value,
    "tag": lambda one, value, here: value in map(str.casefold, one.contact.tags),
    "list": lambda one, value, here: value in map(str.casefold, one.lists),
    "network": lambda one, value, here: value in {known.network for known in one.authors} | dict(one.accounts).keys(),
    "is": lambda one, value, here: one.contact.vip if value == "vip" else _is_due(one, here),
}
"""What a query of contacts may ask for beside words."""


def add(app: typer.Typer) -> None:
    """Make the commands known."""
    group = typer.Typer(help="List contacts, show or merge them, take them in and out as CSV.", rich_markup_mode=None)
    group.command("list")(list_)
    group.command("show")(show)
    group.command("merge")(merge)
    group.command("import")(import_)
    group.command("export")(export)
    app.add_typer(group, name="contacts")


def list_(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(metavar="[QUERY]", help="role:journalist, is:vip, tag:tea, a name.")] = "",
    suggested: Annotated[
        bool, typer.Option("--suggested", help="Who may be the same person, with the reason.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List contacts: all, or what a query finds.

    A query has words of names, handles and tags, and role:journalist, tag:tea, list:press, network:mastodon, is:vip,
    is:due (their follow-up is); all of them have to fit.
    """
    session = Session.of(ctx)
    if suggested:
        _list_suggested(session, as_json)
        return
    wanted = _query(query)
    here = now()
    found = [one for one in _all(session) if all(fits(one, here) for fits in wanted)]
    if as_json:
        output.say_json([_shape(one) for one in found])
        return
    if not found:
        output.note("no such contact" if query else "no contact yet: C in the queue shows who somebody is, m notes it")
        return
    heads = ("contact", "name", "role", "next", "accounts")
    rows = [
        (
            one.contact.id,
            f"{one.contact.name}{' ★' if one.contact.vip else ''}",
            one.contact.role,
            shapes.time(one.contact.follow_up_at) or "",
            ", ".join([*map(_account, one.authors), *(f"{network} {handle}" for network, handle in one.accounts)]),
        )
        for one in found
    ]
    output.table([heads, *rows], right=(0,))


def _list_suggested(session: Session, as_json: bool) -> None:
    conn = session.conn
    found = []
    for suggestion in contact_suggestions.all_open(conn, 10_000):
        one, other = (contacts.author(conn, number) for number in (suggestion.other_id, suggestion.author_id))
        if one is not None and other is not None:
            found.append((one, other, suggestion.reason))
    if as_json:
        output.say_json([{"a": _author(one), "b": _author(other), "reason": reason} for one, other, reason in found])
        return
    looking = contact_suggestions.progress(conn).words
    if looking:
        output.note(looking)
    if not found:
        output.note("nobody is known who may be the same person")
        return
    rows = [(_account(one), _account(other), f"same {reason}") for one, other, reason in found]
    output.table([("one", "other", "why"), *rows])


def show(ctx: typer.Context, who: Who, as_json: Json = False) -> None:
    """Show a person: their accounts, notes, lists, conversations, mood and answers over time, what is next."""
    session = Session.of(ctx)
    conn = session.conn
    key = _one(session, who)
    contact = contacts.of(conn, key)
    one = contacts.whole(conn, [contact])[0] if contact is not None else None
    authors = one.authors if one is not None else tuple(contacts.authors_of(conn, key))
    history = contact_history.of(conn, [known.id for known in authors])
    zone = session.config.zone
    moods, answers = trend.steps(history.moods, zone), trend.steps(history.answers, zone)
    if as_json:
        shape: dict[str, Any] = _shape(one) if one is not None else {"id": None, "accounts": [*map(_author, authors)]}
        shape["notes"] = [
            {"member": note.member, "text": note.text, "at": shapes.time(note.created_at)}
            for note in (one.notes if one is not None else ())
        ]
        shape["conversations"] = [
            {"id": talk.id, "status": talk.status, "newest_at": shapes.time(talk.newest_at)} for talk in history.talks
        ]
        shape["labels"] = list(history.labels)
        shape["mood"] = [{"when": step.name, "median": step.middle, "count": len(step.values)} for step in moods]
        shape["answers"] = [
            {"when": step.name, "median": step.middle / 1000, "count": len(step.values)} for step in answers
        ]
        output.say_json(shape)
        return
    named = contact.name if contact is not None else authors[0].name or authors[0].handle
    mark = " ★ VIP" if contact is not None and contact.vip else ""
    number = f"   contact:{contact.id}" if contact is not None else ""
    output.heading(f"{named}{mark}{number}")
    facts = [("accounts", ", ".join(map(_account, authors)))]
    if one is not None:
        about = one.contact
        facts += [
            ("", ", ".join(f"{network} {handle} (has not written here)" for network, handle in one.accounts)),
            ("role", f"{about.role} ({about.role_by})" if about.role else ""),
            ("tags", ", ".join(about.tags)),
            ("likes", ", ".join(about.interests)),
            ("writes at", about.writes_at),
            ("lists", ", ".join(one.lists)),
            ("next", f"{shapes.time(about.follow_up_at)} {about.follow_up}" if about.follow_up_at else ""),
        ]
    facts += [("mood", trend.mood_words(moods)), ("answers", trend.answer_words(answers))]
    facts += [("mostly", ", ".join(history.labels))]
    for word, what in facts:
        if what:
            output.say(f"{word:<10}{what}")
    for note in reversed(one.notes if one is not None else ()):
        output.say(f"{'note':<10}{shapes.time(note.created_at)} {note.member}: {note.text}")
    more = " and more" if history.more else ""
    output.say(f"{'talks':<10}{count_of(len(history.talks), 'conversation')}{more}")
    for row in contact_history.rows(conn, history.talks[:_FOUND]):
        output.say(f"  #{row.id} {row.status} {row.network} {shapes.time(row.newest_at)} {row.preview}")


def merge(
    ctx: typer.Context,
    who: Who,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Who is the same person; theirs goes to the first.")],
    as_json: Json = False,
) -> None:
    """Make one person of two: the first has the accounts, notes and lists of both from then on.

    In the queue, x on the contact's screen splits an account off again.
    """
    session = Session.of(ctx)
    one, two = _one(session, who), _one(session, other)
    made = session.desk.contacts.merge(one, two)
    whole = contacts.whole(session.conn, [made])[0]
    if as_json:
        output.say_json(_shape(whole))
        return
    output.say(f"contact:{made.id} {made.name} has {count_of(len(whole.authors), 'account')} now")


def import_(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A CSV file, or - for standard input.")],
    onto: Annotated[str, typer.Option("--list", metavar="NAME", help="Put all of them on this list.")] = "",
    role: Annotated[str, typer.Option("--role", metavar="ROLE", help="The role of who is on that list.")] = "",
    as_json: Json = False,
) -> None:
    """Take contacts in from CSV; the same file twice changes nothing, and nothing is taken away.

    Columns, of which name or accounts is needed: name, role, vip (yes, no), tags and interests and lists (with commas
    between), writes_at, accounts (mastodon:ana_lopez; instagram:ana.l), follow_up, follow_up_at (ISO 8601), notes.
    """
    session = Session.of(ctx)
    session.check_may(MAY_MANAGE)
    if role and not onto:
        raise UsageError("--role is the role of a list", "name it with --list")
    name = list_name(onto) if onto else ""
    wanted = check_contact_role(role)
    imports = ContactImport(session.desk.context)
    taken = Taken()
    told = 0
    with _opened(file) as opened:
        portion: list[ContactLine] = []
        for line in contact_csv.read(opened, session.member.handle, output.note):
            if not isinstance(line, ContactLine):
                taken = taken.and_then(Taken(bad=(line,)))
            else:
                portion.append(line._replace(lists=(*line.lists, name)) if name else line)
            if len(portion) == _AT_ONCE:
                taken, portion = taken.and_then(imports.take(portion)), []
                output.progress(f"{taken.new + taken.changed + taken.known:,} contacts")
            told = _tell_bad(taken, told)
        taken = taken.and_then(imports.take(portion)) if portion else taken
    output.progress_done()
    _tell_bad(taken, told)
    if wanted:
        try:
            session.desk.contacts.list_role(name, wanted)
        except ActionError as error:
            output.note(error.line())
    imports.finish(taken)
    if taken.kept:
        output.note(f"{count_of(taken.kept, 'role')} left as a member set it")
    if as_json:
        bad = [{"line": number, "error": why} for number, why in taken.bad]
        output.say_json({"new": taken.new, "changed": taken.changed, "known": taken.known, "bad": bad})
    else:
        bad_words = f", {len(taken.bad):,} bad" if taken.bad else ""
        output.say(f"{taken.new:,} new, {taken.changed:,} changed, {taken.known:,} known{bad_words}")
    if taken.bad:
        raise typer.Exit(PARTLY)


def _tell_bad(taken: Taken, told: int) -> int:
    """Tell of the bad lines that were not told yet, as far as they are not too many; how many there are."""
    for place, (number, why) in enumerate(taken.bad[told:], told):
        if place <= _TOLD:
            output.progress_done()
            output.note(f"line {number}: {why}" if place < _TOLD else "more bad lines are only counted")
    return len(taken.bad)


def export(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(metavar="[QUERY]", help="As for contacts list.")] = "",
) -> None:
    """Write contacts as CSV that import takes back.

    A cell that a spreadsheet would take for a formula begins with an apostrophe, which import takes off again.
    """
    session = Session.of(ctx)
    wanted, here = _query(query), now()
    contact_csv.write(sys.stdout, (_as_line(one) for one in _all(session) if all(fits(one, here) for fits in wanted)))


def _as_line(one: Whole) -> ContactLine:
    about = one.contact
    own = [(known.network, known.handle or f"id={known.remote_id}") for known in one.authors]
    return ContactLine(
        0,
        about.name,
        about.role,
        about.vip,
        about.tags,
        about.interests,
        about.writes_at,
        one.lists,
        tuple(dict.fromkeys([*own, *one.accounts])),
        about.follow_up,
        about.follow_up_at,
        tuple((note.created_at, note.member, note.text) for note in one.notes),
    )


def _all(session: Session) -> Iterator[Whole]:
    """Every contact with what belongs to it, page by page."""
    conn, after = session.conn, 0
    while page := contacts.page(conn, after, _AT_ONCE):
        yield from contacts.whole(conn, page)
        after = page[-1].id


def _query(text: str) -> list[Callable[[Whole, Instant], bool]]:
    """What a query asks for, word by word.

    Raises:
        UsageError: there is no such field.
    """
    found: list[Callable[[Whole, Instant], bool]] = []
    for word in text.split():
        field, colon, value = word.partition(":")
        if colon and field in FIELDS:
            if field == "is" and value not in ("vip", "due"):
                raise UsageError(f"{word} is nothing of a contact", "write is:vip or is:due")
            found.append(_asked(field, value.casefold()))
        elif colon and field.isalpha() and field != "contact":
            raise UsageError(f"{field}: is no field of contacts", suggest(field, FIELDS))
        else:
            found.append(_said(fold(word)))
    return found


def _asked(field: str, value: str) -> Callable[[Whole, Instant], bool]:
    return lambda one, here: FIELDS[field](one, value, here)


def _said(word: str) -> Callable[[Whole, Instant], bool]:
    def fits(one: Whole, here: Instant) -> bool:
        about = one.contact
        texts = [about.name, about.writes_at, *about.tags, *about.interests, *(known.handle for known in one.authors)]
        texts += [known.name for known in one.authors] + [handle for _, handle in one.accounts]
        return word in fold(" ".join(texts))

    return fits


def _is_due(one: Whole, here: Instant) -> bool:
    return one.contact.follow_up_at is not None and one.contact.follow_up_at <= here


def _one(session: Session, who: str) -> PersonKey:
    """The person that is meant.

    Raises:
        ActionError: nobody is.
        UsageError: several are.
    """
    conn = session.conn
    found = contacts.find(conn, who, _FOUND)
    if not found:
        raise ActionError(f"nobody here is called {who}", "name an id of the network, a handle, or a contact")
    if len(found) > 1:
        known = []
        for key in found[:5]:
            authors = contacts.authors_of(conn, key)
            number = f"contact:{key.contact}" if key.contact is not None else authors[0].remote_id
            known.append(f"{number} ({', '.join(map(_account, authors)) or 'has not written here'})")
        raise UsageError(f"{len(found)} people are called {who}: {', '.join(known)}", "name one by its id")
    return found[0]


def _account(known: KnownAuthor) -> str:
    return f"{known.network} {handles.called(known.network, known.handle, known.name)}"


def _author(known: KnownAuthor) -> dict[str, Any]:
    return {
        "network": known.network,
        "source": known.source,
        "id": known.remote_id,
        "handle": known.handle,
        "name": known.name,
        "followers": known.followers,
        "url": known.url or None,
    }


def _shape(one: Whole) -> dict[str, Any]:
    """A contact as JSON."""
    about = one.contact
    return {
        "id": about.id,
        "name": about.name,
        "role": about.role or None,
        "role_by": about.role_by or None,
        "vip": about.vip,
        "tags": list(about.tags),
        "interests": list(about.interests),
        "writes_at": about.writes_at or None,
        "lists": list(one.lists),
        "accounts": [*map(_author, one.authors)],
        "not_here_yet": [{"network": network, "handle": handle} for network, handle in one.accounts],
        "follow_up": {"text": about.follow_up, "at": shapes.time(about.follow_up_at), "by": about.follow_up_by or None}
        if about.follow_up_at is not None
        else None,
        "created_at": shapes.time(about.created_at),
    }


def _opened(file: str) -> Any:
    """The file's text, or standard input's.

    Raises:
        CminboxError: it cannot be opened.
    """
    if file == "-":
        wrapped: TextIO = io.TextIOWrapper(sys.stdin.buffer, "utf-8-sig", errors="replace", newline="")
        return nullcontext(wrapped)
    try:
        return Path(file).open(encoding="utf-8-sig", errors="replace", newline="")
    except OSError as error:
        raise CminboxError(f"{file}: {error.strerror}", "name a CSV file, or - for standard input") from None

"""`purge` and `forget`: what is stored of old conversations, or of a person, is erased for good."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cminbox.business_hours import Calendar
from cminbox.cli import output
from cminbox.cli.report import moment
from cminbox.cli.session import Session
from cminbox.errors import ActionError, CminboxError, StoreError, UsageError
from cminbox.members import MAY_ERASE, account_name
from cminbox.model import Instant, now
from cminbox.number_format import count_of
from cminbox.store import Connection, conversations, erasing, events
from cminbox.store.erasing import Erased, Person, Redaction
from cminbox.store.sqlite import compact

PARTLY = 3
_AT_ONCE = 200
_MB = 1_000_000
TYPED: Mapping[str, object] = {"commands": [], "queries": [], "search": "", "filter": ""}
"""What was typed, in the file that a screen keeps of its place, and what stands there without it."""
Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be erased.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add(app: typer.Typer) -> None:
    """Make the commands known."""
    app.command("purge")(purge)
    app.command("forget")(forget)


def purge(
    ctx: typer.Context,
    before: Annotated[str, typer.Option(help="Nothing happened there since: a date, or 180d for so long ago.")],
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Erase the texts of old conversations that are over; the figures stay.

    Messages, notes and replies of closed conversations and spam lose their text. Conversations with a draft, with a
    reply on its way, and those of a crisis that runs are left alone.
    """
    session = Session.of(ctx)
    session.check_may(MAY_ERASE)
    here = now()
    since = moment(before, here, session.config.zone)
    if since is None or since > here:
        raise UsageError(f"--before {before} is in the future", "name a day that is over, or 180d for so long ago")
    ids = erasing.old(session.conn, since)
    found = erasing.size(session.conn, ids)
    if ids and not dry_run:
        _ask(f"erase {_words(found)}, where nothing has happened since {before}", yes)
        for number, part in enumerate(conversations.chunks(ids, _AT_ONCE)):
            output.progress(f"{number * _AT_ONCE:,} of {len(ids):,}")
            session.store.write(partial(_purged, part=part))
        output.progress_done()
        _record(session, "purge", {"before": before, **found._asdict()})
    if not dry_run:
        _drop_pictures(session)
    _end(session, found, f"{'would erase' if dry_run else 'erased'} {_words(found)}", dry_run or not ids, as_json)


def forget(
    ctx: typer.Context,
    author: Annotated[str, typer.Argument(metavar="AUTHOR", help="Their id on the network, handle, or contact.")],
    source: Annotated[str | None, typer.Option(help="Only who is known from this source.")] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Erase what is stored of a person, texts and names.

    It goes where others quote them too. Figures stay: what still waited for an answer came, and counts as not
    answered. AUTHOR is an id of the network, a handle (@mina), the name of a contact, or
    contact:12.
    """
    session = Session.of(ctx)
    session.check_may(MAY_ERASE)
    person = _one(session, author, source)
    found = erasing.known_of(session.conn, person)
    called = f"@{person.handles[0]}" if person.handles else person.names[0] if person.names else author
    if not dry_run:
        if waiting := erasing.on_its_way(session.conn, person):
            raise ActionError(
                f"{count_of(waiting, 'reply', 'replies')} to {called} on the way",
                "wait until it is sent, or take it back",
            )
        known = f" (known from {', '.join(person.sources)})" if person.sources else ""
        _ask(f"forget {called}{known}: {_words(found)}", yes)
        texts = erasing.texts_of(session.conn, person)
        calendar = session.config.calendar
        hours = Calendar(calendar) if calendar else None
        alone = erasing.alone_with(session.conn, person)
        session.store.write(partial(_forgotten, person=person, at=now(), hours=hours))
        _drop_unsent(session, alone)
        # Before the files: by it a screen that runs knows that it must not write again what was typed on it.
        _record(session, "forget", found._asdict())
        _redact_files(session, Redaction(person, texts, set()))
        _drop_pictures(session)
    _end(session, found, f"{'would forget' if dry_run else 'forgotten'}: {_words(found)}", dry_run, as_json)
    if not dry_run and (copies := _copies(session)):
        output.note(f"copies of the store still have it: {', '.join(copies)}, and backups that you made")


def _purged(conn: Connection, part: Sequence[int]) -> None:
    compact.erase_for_good(conn)
    erasing.purge(conn, part)


def _forgotten(conn: Connection, person: Person, at: Instant, hours: Calendar | None) -> None:
    compact.erase_for_good(conn)
    erasing.forget(conn, person, at, hours)


def _one(session: Session, author: str, source: str | None) -> Person:
    """The person that is meant.

    Raises:
        ActionError: nobody is.
        UsageError: several are.
    """
    found = [one for one in erasing.people(session.conn, author) if source is None or source in one.sources]
    if not found:
        raise ActionError(f"nobody here is called {author}", "name an id of the network, a handle, or a contact")
    if len(found) > 1:
        known = ", ".join(_called(one) for one in found[:5])
        raise UsageError(f"{len(found)} people are called {author}: {known}", "name one by its id, or its --source")
    return found[0]


def _called(one: Person) -> str:
    ids = f"contact:{one.contact}" if one.contact is not None else one.remote_ids[0]
    where = f" on {', '.join(one.sources)}" if one.sources else ", who has not written here"
    return f"{ids} (@{one.handles[0] if one.handles else '–'}{where})"


def _ask(what: str, yes: bool) -> None:
    """Have the person agree.

    Raises:
        UsageError: nobody can be asked.
        CminboxError: they do not.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"this would {what}", "it cannot be undone; --yes does it without asking")
    output.note(f"this will {what}. It cannot be undone.")
    if typer.prompt("Go on? yes or no", default="no", err=True).strip().casefold() not in ("y", "yes"):
        raise CminboxError("nothing was erased")


def _record(session: Session, action: str, detail: Mapping[str, object]) -> None:
    actor, account = session.actor, account_name()
    session.store.write(lambda conn: events.add(conn, now(), actor, action, detail=detail, count=0, account=account))


def _end(session: Session, found: Erased, words: str, dry_run: bool, as_json: bool) -> None:
    """Make the file small, and say what came of it."""
    path, problem = session.paths.store, ""
    before = after = path.stat().st_size
    if not dry_run:
        output.progress("making the file small")
        try:
            compact.compact(path)
        except StoreError as error:
            problem = error.line()
        output.progress_done()
        after = path.stat().st_size
    if as_json:
        output.say_json({**found._asdict(), "dry_run": dry_run, "bytes_before": before, "bytes": after})
    else:
        output.say(words if dry_run else f"{words}; {path.name}: {before / _MB:,.1f} MB → {after / _MB:,.1f} MB")
    if problem:
        output.note(f"it was erased, but the file is not clean yet: {problem}")
        raise typer.Exit(PARTLY)


def _words(found: Erased) -> str:
    return (
        f"{count_of(found.messages, 'message')} in {count_of(found.conversations, 'conversation')},"
        f" {count_of(found.notes, 'note')}, {count_of(found.replies, 'reply', 'replies')}"
    )


def _copies(session: Session) -> list[str]:
    store = session.paths.store
    return sorted(path.name for path in store.parent.glob(f"{store.name}.before-*"))


def _redact_files(session: Session, redact: Redaction) -> None:
    """Take the person out of the log and of what screens remember, which stand beside the store.

    What was typed at prompts goes whole: the words of a note or a promise do not say whom they are about.
    """
    state = session.paths.state
    for path in (*state.glob("cminbox.log*"), *state.glob("unsent-*.txt")):
        _rewrite(path, redact.here)
    for path in state.glob("queue-*.json"):
        _rewrite(path, lambda text: erasing.in_json(_without_typed(text), redact.here))


def _without_typed(text: str) -> str:
    """What a screen keeps of its place, without what was typed."""
    try:
        kept = json.loads(text)
    except ValueError:
        return text
    if not isinstance(kept, dict) or not kept.keys() & TYPED.keys():
        return text
    return json.dumps(kept | {name: empty for name, empty in TYPED.items() if name in kept})


def _drop_unsent(session: Session, conversations: Sequence[int]) -> None:
    """Take away what is kept of unsent texts about conversations in which they alone wrote: it is written to them."""
    for path in session.paths.state.glob("unsent-*.txt"):
        number = path.stem.rpartition("-")[2]
        if number.isascii() and number.isdigit() and int(number) in conversations:
            path.unlink(missing_ok=True)


def _drop_pictures(session: Session) -> None:
    """Take away the pictures that were fetched: whose each is stands nowhere."""
    shutil.rmtree(session.paths.pictures, ignore_errors=True)


def _rewrite(path: Path, change: Callable[[str], str]) -> None:
    try:
        text = path.read_text("utf-8", errors="surrogateescape")
        fixed = change(text)
        if fixed != text:
            # In its place: whoever has it open to append goes on in the same file.
            with path.open("r+", encoding="utf-8", errors="surrogateescape") as file:
                file.write(fixed)
                file.truncate()
    except OSError as error:
        output.note(f"{path} still has it: {error.strerror}")

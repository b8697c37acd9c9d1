"""`reply`: answer a conversation from the shell, through the same outbox as the composer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated

import typer

from cminbox.cli import output, shapes
from cminbox.cli.select import one
from cminbox.cli.session import Session
from cminbox.desk.following import read_back
from cminbox.desk.promising import read_promise
from cminbox.desk.reply_draft import begin, missing
from cminbox.duration import parse_duration
from cminbox.engine import ensure_running
from cminbox.errors import ActionError, CminboxError, UsageError
from cminbox.members import check_role
from cminbox.model import Brings, Reply
from cminbox.store import replies
from cminbox.suggest import suggest

PARTLY = 3
_LOOK = 0.2


def add(app: typer.Typer) -> None:
    """Make the command known."""
    app.command("reply")(reply)


def reply(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", help="The conversation.")],
    text: Annotated[str | None, typer.Option(help="What to say.")] = None,
    template: Annotated[str | None, typer.Option(help="The template to fill in.")] = None,
    lang: Annotated[str | None, typer.Option(help="The language of the template; theirs unless given.")] = None,
    private: Annotated[bool, typer.Option("--private", help="For the author of the message alone.")] = False,
    promise: Annotated[
        list[str] | None, typer.Option(help="What is promised with it: 'refund booked by Thursday 18:00'.")
    ] = None,
    back: Annotated[str | None, typer.Option(help="Bring it back to the queue without an answer in 2d, say.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it is sent.")] = False,
    patience: Annotated[str, typer.Option("--timeout", help="With --wait: at most so long.")] = "5m",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the text.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Reply to a conversation.

    The reply is stored, held for the undo countdown, then sent once.
    """
    if (text is None) == (template is None):
        raise UsageError("give either --text or --template", "see cminbox reply --help")
    try:
        longest = parse_duration(patience)
    except ValueError as error:
        raise UsageError(str(error)) from None
    session = Session.of(ctx)
    if not dry_run:
        check_role(session.member)
    brings = _brings(session, promise or (), back)
    said, spoken = _worded(session, number, text, template, lang, private)
    if dry_run:
        output.say(said)
        return
    kept = session.desk.outbox.send(number, said, lang=spoken, template=template or "", private=private, brings=brings)
    if kept.status != "awaiting approval":
        ensure_running(session.store, session.config, for_reply=True)
    if wait:
        kept = _settled(session, kept, longest)
    if as_json:
        output.say_json(shapes.reply(kept))
    elif kept.status == "sent":
        held = f", and {kept.error}" if kept.error else ""
        output.say(f"sent{held}{f': {kept.url}' if kept.url and not held else ''}")
    elif kept.status == "awaiting approval":
        output.say("stored; it waits for another member's approval")
    elif kept.status not in ("failed", "unknown"):
        output.say(f"stored; it is {kept.status}")
    if kept.status in ("failed", "unknown"):
        raise CminboxError(f"the reply is {kept.status}: {kept.error or 'the network gave no answer'}")
    if wait and kept.status != "sent":
        raise typer.Exit(PARTLY)


def _brings(session: Session, promised: Sequence[str], back: str | None) -> Brings:
    """What a reply brings with it, as it was typed.

    Raises:
        UsageError: one of them is no promise, or no length of time.
    """
    now, zone = session.desk.context.clock(), session.config.zone
    return Brings(
        None if back is None else read_back(back), tuple(read_promise(typed, now, zone) for typed in promised)
    )


def _worded(
    session: Session, number: int, text: str | None, template: str | None, lang: str | None, private: bool
) -> tuple[str, str]:
    """What will be said, and its language; checked by the network's own limit.

    Raises:
        ActionError: nobody can be answered there, or not in private, the text is too long, or a variable has no value.
    """
    row = one(session, number)
    writing = begin(session.conn, row.id, session.config, session.member)
    if private:
        writing = writing.turned()
    said, spoken, left = text or "", lang or writing.lang, missing(text or "")
    if template is not None:
        found = writing.book.get(template)
        if found is None:
            names = [known.name for known in writing.book.templates]
            raise UsageError(f'no template is called "{template}"', suggest(template, names))
        filled, spoken = writing.filled(found, lang or "")
        said, left = filled.text, filled.missing
    if left:
        raise ActionError(f"{', '.join(left)} has no value", "add it to brand.toml, or write the reply with --text")
    writing.length.check(said)
    return said, spoken


def _settled(session: Session, kept: Reply, longest: int) -> Reply:
    """The reply once it is sent or has failed; as it stands when the time is over."""
    end = time.monotonic() + longest / 1000
    while kept.status not in ("sent", "failed", "cancelled", "draft", "awaiting approval") and time.monotonic() < end:
        time.sleep(_LOOK)
        session.store.check_file()
        kept = replies.get(session.conn, kept.id) or kept
    return kept

"""`handover`: the shift as it stands, those that were signed, signing, ticking and taking one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cminbox import handover
from cminbox.cli import output, shapes
from cminbox.cli.report import moment
from cminbox.cli.session import Session
from cminbox.errors import ActionError
from cminbox.handover.words import LEVELS, clock
from cminbox.model import now
from cminbox.store import handovers
from cminbox.store.handovers import Handover, Item, Words
from cminbox.when import short_time

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print Markdown.")]
Number = Annotated[int, typer.Argument(metavar="ID", help="The handover, as `handover list` numbers it.")]
LISTED = 50
LAST = "last"
ASKED = (
    ("worries", "What worries you?"),
    ("promised", "What did you promise outside of cminbox?"),
    ("must_not", "What must the next one not do?"),
)


class _Group(TyperGroup):
    """Takes `--since` without a time, too: since this member was last here."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        for place, word in enumerate(args):
            if word == "--since" and (place + 1 == len(args) or args[place + 1].startswith("-")):
                args = [*args[: place + 1], LAST, *args[place + 1 :]]
                break
        return super().parse_args(ctx, args)


def add(app: typer.Typer) -> None:
    """Make the commands known."""
    group = typer.Typer(cls=_Group, help="Hand the shift over, or take one.", rich_markup_mode=None)
    group.callback(invoke_without_command=True)(_here)
    for name, command in (
        ("list", list_),
        ("show", show),
        ("sign", sign),
        ("withdraw", withdraw),
        ("tick", tick),
        ("take", take),
    ):
        group.command(name)(command)
    app.add_typer(group, name="handover")


def _here(
    ctx: typer.Context,
    as_json: Json = False,
    markdown: Markdown = False,
    since: Annotated[
        str | None,
        typer.Option(
            help="What happened since then instead: 8h (ago), a date, a time; without one, since you were last here."
        ),
    ] = None,
) -> None:
    """Print the shift as it would be handed over now, or what waits to be taken."""
    if ctx.invoked_subcommand is not None:
        return
    session = Session.of(ctx)
    if since is not None:
        _news(session, since, as_json)
        return
    conn, config, here = session.conn, session.config, now()
    waiting = [one for one in handovers.waiting(conn) if one.leaving != session.member.handle]
    for one in waiting:
        to = f" to {one.next}" if one.next else ""
        until = clock(one.take_by, here, config.zone)
        output.note(
            f"handover {one.id} of {one.leaving}{to} waits to be taken, until {until}: cminbox handover show {one.id}"
        )
    built = handover.build(conn, config, session.member, here)
    draft = built.unsigned(session.member.handle, here)
    if as_json:
        output.say_json({**_shape(draft, built.items, built.left), "coming": built.coming or None})
    elif markdown:
        zone = config.zone
        page = handover.as_markdown(
            draft, built.items, built.left, zone, before=built.before, now=here, coming=built.coming
        )
        output.say(page.rstrip())
    else:
        to = draft.next or "the next one"
        output.heading(f"handover so far, {draft.leaving} → {to}")
        if built.coming:
            output.say(f"next: {built.coming}")
        _say(draft, built.items, built.left)


def list_(
    ctx: typer.Context,
    query: Annotated[list[str] | None, typer.Argument(help="Words that stand in it.")] = None,
    as_json: Json = False,
) -> None:
    """List handovers, the newest first; of those with these words in them."""
    session = Session.of(ctx)
    found = handovers.newest(session.conn, LISTED, " ".join(query or ()))
    if as_json:
        output.say_json([_shape(one) for one in found])
    elif not found:
        output.note("no handover has these words" if query else "nothing was handed over yet: cminbox handover sign")
    else:
        rows = [
            (one.id, short_time(one.signed_at, session.config.zone), one.leaving, one.taken_by or one.next, _state(one))
            for one in found
        ]
        output.table([("id", "signed", "from", "to", "state"), *rows], right=(0,))


def show(ctx: typer.Context, number: Number, as_json: Json = False, markdown: Markdown = False) -> None:
    """Show a handover as it was signed, and what became of it."""
    session = Session.of(ctx)
    conn, one = session.conn, _got(session, number)
    stands, left = handovers.items(conn, number), handovers.items(conn, number, "left")
    if as_json:
        output.say_json(_shape(one, stands, left))
    elif markdown:
        before, config = handovers.before(conn, one.leaving, one.signed_at), session.config
        coming = handover.next_shift(conn, config, one.leaving, one.signed_at).words(config, one.signed_at)
        page = handover.as_markdown(one, stands, left, config.zone, before=before, coming=coming)
        output.say(page.rstrip())
    else:
        signed = short_time(one.signed_at, session.config.zone)
        output.heading(f"handover {number}, {signed}, {one.leaving} → {one.taken_by or one.next or 'the next one'}")
        output.say(_state(one))
        _say(one, stands, left)
        if one.read_back:
            output.say(f"{one.taken_by} read back: {one.read_back}")


def sign(
    ctx: typer.Context,
    to: Annotated[str, typer.Option("--to", help="Whom it is for; else for whoever takes it.")] = "",
    worries: Annotated[str | None, typer.Option(help="What worries you.")] = None,
    promised: Annotated[str | None, typer.Option(help="What you promised outside of cminbox.")] = None,
    must_not: Annotated[str | None, typer.Option(help="What the next one must not do.")] = None,
    as_json: Json = False,
) -> None:
    """Sign your shift over as it stands; nothing moves before somebody takes it."""
    session = Session.of(ctx)
    kept = handovers.words_of(session.conn, session.member.handle)
    given = {"worries": worries, "promised": promised, "must_not": must_not}
    said = kept._replace(**{name: text for name, text in given.items() if text is not None})
    made = session.desk.handovers.sign(to, Words(to or said.next, *said[1:]))
    if as_json:
        _print_shape(session, made)
        return
    until = clock(made.take_by, made.signed_at, session.config.zone)
    who = made.next or "somebody"
    output.say(f"handover {made.id} signed: all stays with you until {who} takes it")
    output.say(f"if nobody does by {until}, your lead is told and what you have goes back to the queue")


def withdraw(ctx: typer.Context, number: Number) -> None:
    """Take back a handover that nobody has taken."""
    Session.of(ctx).desk.handovers.withdraw(number)
    output.say(f"handover {number} withdrawn")


def tick(
    ctx: typer.Context,
    number: Number,
    items: Annotated[list[str] | None, typer.Argument(help="Items, by their place in `handover show`, or key.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    off: Annotated[bool, typer.Option("--off", help="Take the ticks off.")] = False,
) -> None:
    """Tick items of a handover that you have read."""
    session = Session.of(ctx)
    session.check_may()
    known = handovers.items(session.conn, _got(session, number).id)
    keys = [item.key for item in known] if every else [_key(known, word) for word in items or ()]
    if not keys and not every:
        raise ActionError("nothing to tick", "name items by their place in `handover show`, or give --all")
    session.desk.handovers.tick(number, keys, on=not off)
    left = sum(item.ticked_at is None for item in handovers.items(session.conn, number))
    output.say(f"{left} of {len(known)} not ticked yet" if left else "all ticked")


def take(
    ctx: typer.Context,
    number: Number,
    read_back: Annotated[str, typer.Option("--read-back", help="The three that matter, in your words.")] = "",
    as_json: Json = False,
) -> None:
    """Say that you have it: what the leaving member has becomes yours."""
    session = Session.of(ctx)
    taken = session.desk.handovers.take(number, read_back)
    if as_json:
        _print_shape(session, taken.handover)
    else:
        output.say(f"you have it: {taken.summary}")


def _print_shape(session: Session, one: Handover) -> None:
    """Print a handover with its items as JSON."""
    conn = session.conn
    output.say_json(_shape(one, handovers.items(conn, one.id), handovers.items(conn, one.id, "left")))


def _news(session: Session, since: str, as_json: bool) -> None:
    """Print what happened since an instant."""
    conn, here, member, zone = session.conn, now(), session.member.handle, session.config.zone
    if since == LAST:
        start = handovers.last_here(conn, member, "")
        if start is None:
            raise ActionError(f"{member} was never here before", "give a time: --since 8h")
    else:
        start = moment(since, here, zone) or here
    found = handover.news(conn, member, start, here, zone)
    if as_json:
        given = {"since": shapes.time(start), "news": list(found.lines), "figures": found.figures}
        output.say_json({**given, "given": list(found.given)})
        return
    output.heading(f"since {short_time(start, zone)}")
    for line in found.lines or ("nothing happened",):
        output.say(line)


def _key(known: Sequence[Item], word: str) -> str:
    """The key of the item at a place, or of that key."""
    if word.isascii() and word.isdigit() and 1 <= int(word) <= len(known):
        return known[int(word) - 1].key
    return word


def _got(session: Session, number: int) -> Handover:
    one = handovers.get(session.conn, number)
    if one is None:
        raise ActionError(f"there is no handover {number}", "cminbox handover list shows them")
    return one


def _state(one: Handover) -> str:
    """Where it stands, in words."""
    if one.status == "taken":
        return f"taken by {one.taken_by}"
    if one.status == "withdrawn":
        return "withdrawn"
    return "nobody took it in time" if one.returned_at is not None else "waits to be taken"


def _say(one: Handover, stands: Sequence[Item], left: Sequence[Item]) -> None:
    """Print the items, the words, and what left the list."""
    columns = output.Columns(-2, 1, 10, 12)
    for place, item in enumerate(stands, start=1):
        box = "✓" if item.ticked_at is not None else ""
        third = f" ({item.stood + 1} shifts{', untouched' if item.untouched else ''})" if item.stood >= 2 else ""
        level = f"{LEVELS[item.level]} {item.level}"
        columns.say((place, box, level, item.owner or "–", f"{item.line}{third}{_after(item)}"))
    if not stands:
        output.say("nothing stands: nobody waits, nothing is promised, no crisis runs")
    for name, question in ASKED:
        if answer := getattr(one, name):
            output.say(f"{question} {answer}")
    for item in left:
        output.say(f"left: {item.how}: {item.line}")


def _after(item: Item) -> str:
    return f" – {item.if_then}" if item.if_then else ""


def _shape(one: Handover, stands: Sequence[Item] | None = None, left: Sequence[Item] = ()) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": one.id or None,
        "status": one.status if one.id else "so far",
        "leaving": one.leaving,
        "next": one.next or None,
        "since": shapes.time(one.since),
        "signed_at": shapes.time(one.signed_at) if one.id else None,
        "take_by": shapes.time(one.take_by) if one.id else None,
        "worries": one.worries,
        "promised": one.promised,
        "must_not": one.must_not,
        "figures": dict(one.figures),
        "taken_by": one.taken_by or None,
        "taken_at": shapes.time(one.taken_at),
        "read_back": one.read_back,
        "returned_at": shapes.time(one.returned_at),
    }
    if stands is not None:
        found["items"] = [_item(item) for item in stands]
        found["left"] = [{"key": item.key, "line": item.line, "how": item.how} for item in left]
    return found


def _item(item: Item) -> dict[str, Any]:
    return {
        "key": item.key,
        "kind": item.kind,
        "level": item.level,
        "line": item.line,
        "promised": item.promised or None,
        "to": item.promised_to or None,
        "by": shapes.time(item.by_at),
        "owner": item.owner or None,
        "if_then": item.if_then or None,
        "note": item.note or None,
        "conversation": item.conversation_id,
        "crisis": item.crisis_id,
        "query": item.query or None,
        "many": item.many,
        "shifts": item.stood + 1,
        "untouched": item.untouched,
        "ticked_by": item.ticked_by or None,
    }

"""`list` and `show`: what is in the store, on the terminal or as JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import tzinfo
from typing import Annotated

import typer

from cminbox import handles, links
from cminbox.cli import output, shapes
from cminbox.cli.select import QUERY_WORDS, in_other_states, one, query_text, rows
from cminbox.cli.session import Session
from cminbox.duration import format_narrow
from cminbox.model import LABELLED, Conversation, Instant, Reply, StoredMessage, attachment_words, band, now, quoted
from cminbox.outbox_states import accepted_until
from cminbox.sources.glyphs import glyph_of
from cminbox.store import Connection, deliveries, events, messages, network_actions, notes, promises, replies
from cminbox.text import one_line
from cminbox.textwidth import cut_line
from cminbox.when import short_time

QUOTED = 40
"""Cells of a message that a note about it quotes."""
DEFAULT_QUERY = "is:open"

Words = Annotated[list[str] | None, typer.Argument(metavar="QUERY", help="Which conversations; is:open unless given.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Number = Annotated[int, typer.Argument(metavar="ID", help="The conversation's number, as list shows it.")]


def add(app: typer.Typer) -> None:
    """Make the commands known."""
    app.command("list", context_settings=QUERY_WORDS)(list_)
    app.command("show")(show)


def list_(
    ctx: typer.Context,
    words: Words = None,
    sort: Annotated[str, typer.Option(help="priority, due, waiting or newest.")] = "priority",
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many.")] = None,
    as_json: Json = False,
) -> None:
    """List conversations: open ones, or what a query finds."""
    session = Session.of(ctx)
    text = query_text(words)
    found = rows(session, DEFAULT_QUERY if text is None else text, sort, limit)
    if as_json:
        _stream(found)
        return
    columns = output.Columns(-6, -3, -9, 2, 18, 7)
    here, any_row = now(), False
    for row in found:
        if not any_row:
            columns.say(("id", "pri", "due", "in", "author", "status", "text"), "bold")
        any_row = True
        overdue = row.due_at is not None and row.due_at < here
        columns.say(
            (row.id, row.priority, _due(row, here), glyph_of(row.network), _author(row), row.status, row.preview),
            "red" if overdue else "",
        )
    if not any_row:
        there = in_other_states(session, DEFAULT_QUERY if text is None else text)
        output.note(f"no conversation matches{f' — {there}' if there else ''}")


def _stream(found: Iterator[Conversation]) -> None:
    """One JSON array, written as the rows come, so that a million of them need no memory."""
    first = next(found, None)
    if first is None:
        sys.stdout.write("[]\n")
        return
    sys.stdout.write("[\n" + output.as_json(shapes.conversation(first)))
    for row in found:
        sys.stdout.write(",\n" + output.as_json(shapes.conversation(row)))
    sys.stdout.write("\n]\n")


def show(ctx: typer.Context, number: Number, as_json: Json = False) -> None:
    """Show a conversation with its messages and notes."""
    session = Session.of(ctx)
    row, conn = one(session, number), session.conn
    thread = messages.thread(conn, row.id, limit=10_000)
    said, sent = notes.of(conn, row.id), replies.of(conn, row.id)
    if as_json:
        output.say_json(
            {
                **shapes.conversation(row),
                "reasons": shapes.reasons(row),
                "messages": [shapes.message(item) for item in thread],
                "notes": [shapes.note(item) for item in said],
                "promises": [shapes.promise(item) for item in promises.of(conn, row.id)],
                "replies": [shapes.reply(item) for item in sent],
                "actions": [shapes.network_action(item) for item in network_actions.of(conn, row.id)],
                "told": [shapes.told(item) for item in deliveries.of_conversation(conn, row.id, limit=1000)],
                "events": [shapes.event(item) for item in events.of(conn, row.id, limit=1000)],
            }
        )
        return
    here, zone = now(), session.config.zone
    told = [item.words(zone) for item in deliveries.of_conversation(conn, row.id)]
    output.heading(f"{row.id}  {row.network} · {_author(row)} · {row.status} · {row.priority} {band(row.priority)}")
    for line in (*_facts(row, here, zone), *_promises(conn, row.id, here, zone)):
        output.say(line)
    for item in thread:
        output.say()
        output.heading(_spoken(item, row, zone))
        text = links.with_destinations(item.text)
        carried = [f"{attachment_words(one)} {one.address}".rstrip() for one in item.attachments]
        output.say(_inside("\n".join([*filter(None, (item.title, text)), *carried])))
        if item.signals:
            output.say(f"  ⟶ {_signals(item)}")
    for remark in said:
        spoken_of = next((item for item in thread if item.id == remark.message_id), None)
        about = "" if spoken_of is None else f" on “{cut_line(one_line(spoken_of.searched), QUOTED)}”"
        output.say(f"\nnote by {remark.member}{about}, {short_time(remark.created_at, zone)}\n{_inside(remark.text)}")
    for reply in sent:
        if reply.status not in ("sent", "cancelled"):
            output.say(f"\nreply by {reply.member}: {reply.status}{f' ({reply.error})' if reply.error else ''}")
            if reply.status == "unknown":
                output.say(_unknown(reply, here, zone))
            output.say(_inside(reply.text))
    for number, line in enumerate(told):
        output.say(f"{'' if number else chr(10)}{line}")


def _signals(item: StoredMessage) -> str:
    """What was heard in a message, with the words that say so."""
    told = (" ".join(filter(None, (name, quoted(item.signal_words.get(name, ()))))) for name in item.signals)
    return ", ".join(told) + ("" if item.judged_with is None else ", with what it answers")


def _inside(text: str) -> str:
    """A text set in from the lines that are ours: nothing of it can be taken for one of them."""
    return "\n".join(f"  {line}" if line else "" for line in text.split("\n"))


def _unknown(reply: Reply, here: Instant, zone: tzinfo) -> str:
    """When an unknown reply is asked for again, and until when it is not sent again."""
    until = accepted_until(reply, here)
    if reply.arrived_by:
        ends = f"{reply.arrived_by} says that it is there: the engine stores it as sent"
    elif here <= until:
        ends = f"not sent again before {short_time(until, zone)}"
    else:
        ends = f"cminbox do arrived, retry or cancel {reply.conversation_id} ends it"
    cause = f"; first: {reply.cause}" if reply.cause not in ("", reply.error) else ""
    again = "now" if reply.next_try_at is None else short_time(reply.next_try_at, zone)
    return f"tried {reply.tries}×, looked up {reply.look_ups}×, next {again}; {ends}{cause}"


def _facts(row: Conversation, here: Instant, zone: tzinfo) -> Iterator[str]:
    if row.waiting_since is not None:
        due = ""
        if row.due_at is not None:
            over = row.due_at < here
            due = f", {'overdue by' if over else 'due in'} {format_narrow(abs(row.due_at - here))}"
        yield f"waiting for {format_narrow(max(0, here - row.waiting_since))}{due}"
        if row.needs_since is None:
            yield "needs no answer"
    if row.end:
        yield f"ended {row.end}{f' ({row.end_reason})' if row.end_reason else ''}"
    if row.snoozed_until is not None:
        yield f"snoozed until {short_time(row.snoozed_until, zone)}"
    if row.assignee or row.team:
        yield f"assigned to {row.assignee or f'team:{row.team}'}"
    if row.back_at is not None:
        yield f"comes back {short_time(row.back_at, zone)} if they do not answer"
    elif row.came_back:
        yield f"came back: {row.back_why}"
    if row.watchers:
        yield f"watched by {', '.join(row.watchers)}"
    if row.labels:
        yield f"labels {', '.join(row.labels)}"
    if row.crises:
        yield f"crisis {row.crises[-1]}{'' if row.crisis else ', over'}"


def _promises(conn: Connection, number: int, here: Instant, zone: tzinfo) -> Iterator[str]:
    """What was promised, and what became of it."""
    for promise in promises.of(conn, number):
        late = promise.due_at < (promise.ended_at or here) and promise.status in ("open", "kept")
        how = "" if promise.status == "open" else f"{promise.status}, "
        word = f": {promise.word}" if promise.word else ""
        when = f"{short_time(promise.due_at, zone)}{', late' if late else ''}"
        yield f"promised: {promise.text} by {when} ({how}{promise.owner}, promise:{promise.id}){word}"


def _spoken(item: StoredMessage, row: Conversation, zone: tzinfo) -> str:
    """Who said it and when, and what became of it."""
    who = handles.called(row.network, item.author.handle, item.author.name)
    if item.direction == "out":
        who = f"{row.source}{f', {item.member}' if item.member else ''}"
    when = short_time(item.created_at, zone)
    marks = [when if item.time_known else f"time unknown, first seen {when}"]
    marks += [f"edited {short_time(item.edited_at, zone)}"] if item.edited_at else []
    marks += ["deleted on the network"] if item.deleted_at else []
    marks += ["text erased"] if item.erased else []
    marks += [word for word in ("held", "hidden") if getattr(item, word)] + (["under an ad"] if item.ad else [])
    marks += [f"labelled {labels}"] if (labels := item.extra.get(LABELLED)) else []
    marks += [f"{item.stars} of 5 stars"] if item.stars is not None else []
    return f"{who}  {', '.join(marks)}"


def _author(row: Conversation) -> str:
    return handles.called(row.network, row.handle, row.name, "–")


def _due(row: Conversation, here: Instant) -> str:
    if row.due_at is None:
        return ""
    left = format_narrow(abs(row.due_at - here))
    return f"{left} late" if row.due_at < here else f"in {left}"

"""Whatever people, networks and the engine did: the store holds what a replay of each timeline gives."""

from __future__ import annotations

import tempfile
from pathlib import Path

from desk_office import Office
from desk_random import MEMORY
from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.desk import Close, NeedsAnswer, NoneNeeded, NotSpam, Reopen, Snooze, Spam
from cminbox.engine.reply_attempt import keep_message
from cminbox.errors import ActionError
from cminbox.model import HOUR, MINUTE, Reply
from cminbox.store import conversations, lifecycle_rows, messages, replies
from profiles import examples
from stores import new_store

TEXTS = ("where is my parcel?", "thanks!", "lol 😂", "this is a scam")
STEPS = {
    "close": lambda now: Close(),
    "none needed": lambda now: NoneNeeded("duplicate"),
    "spam": lambda now: Spam(),
    "not spam": lambda now: NotSpam(),
    "reopen": lambda now: Reopen(),
    "snooze": lambda now: Snooze(now + HOUR),
    "needs": lambda now: NeedsAnswer(),
    "needs none": lambda now: NeedsAnswer(on=False),
}
HAPPENINGS = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(TEXTS), st.integers(-3, 0)),
    st.tuples(st.just("elsewhere"), st.just("here"), st.integers(-3, 0)),
    st.tuples(st.just("write"), st.just(""), st.just(0)),
    st.tuples(st.just("arrive"), st.just(""), st.integers(-2, 2)),
    st.tuples(st.just("step"), st.sampled_from(sorted(STEPS)), st.just(0)),
    st.tuples(st.just("undo"), st.just(""), st.just(0)),
    st.tuples(st.just("wait"), st.just(""), st.integers(1, 300)),
    st.tuples(st.just("delete"), st.just(""), st.just(0)),
)
TABLES = {
    "measures": "measure, start_at, end_at, member, sla_target",
    "waits": "message_id, start_at, target, due_at, end_at, outcome, member",
    "cycle_ends": "start_at, end_at, end, reason, member",
}


def arrive(office: Office, reply: Reply, late: int) -> None:
    """The network took a reply: it says when, by its own clock."""
    sent = reply._replace(remote_id=f"r{reply.id}", sent_at=office.now + late * MINUTE, status="sent")

    def work(conn: object) -> None:
        conn.execute("UPDATE outgoing SET status = 'sent', remote_id = ? WHERE id = ?", (sent.remote_id, sent.id))
        target = messages.get(conn, sent.message_id)
        keep_message(office.intake().begin(conn), sent, target)

    office.store.write(work)


def happen(office: Office, number: int, name: str, what: str, minutes: int) -> None:
    at = office.now + minutes * MINUTE
    match name:
        case "say":
            office.write(what, to=number, at=at)
        case "elsewhere":
            office.write(what, to=number, at=at, direction="out", author="us")
        case "write":
            try:
                office.ana.outbox.send(number, "here it is")
            except ActionError:
                return
        case "arrive":
            for reply in replies.of(office.store.read(), number):
                if reply.status == "held":
                    arrive(office, reply, minutes)
        case "step":
            office.lena.do(STEPS[what](office.now), [number])
        case "undo":
            try:
                office.lena.undo()
            except ActionError:
                return
        case "wait":
            office.engine(minutes)
        case "delete":
            office.delete(number)


def stored(office: Office, number: int) -> dict[str, object]:
    """What the store holds of a conversation's life."""
    found: dict[str, object] = {
        table: sorted(office.rows(f"SELECT {columns} FROM {table} WHERE conversation_id = ?", number), key=repr)  # noqa: S608
        for table, columns in TABLES.items()
    }
    row = office.row(number)
    return {**found, "row": {name: getattr(row, name) for name in lifecycle_rows.COLUMNS}}


@settings(max_examples=examples(150))
@given(st.lists(HAPPENINGS, max_size=10))
def test_the_store_holds_what_a_replay_gives(happenings):
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        office = Office(Path(folder), new_store)
        number = office.write()
        for name, what, minutes in happenings:
            office.now += MINUTE
            happen(office, number, name, what, minutes)
        before = stored(office, number)

        def again(conn: object) -> dict[str, object]:
            row = conversations.get(conn, number)
            assert row is not None
            life = lifecycle_rows.replay(conn, row, office.intake().begin(conn).sla_of(row))
            return {name: getattr(life, name) for name in lifecycle_rows.COLUMNS}

        replayed = office.store.write(again)
        after = stored(office, number)
        office.store.close()
    assert replayed == before["row"]
    assert after == before

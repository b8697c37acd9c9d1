"""What the desk can do, at random, and all that people see of it."""

from __future__ import annotations

from pathlib import Path

from desk_office import Office
from hypothesis import strategies as st

from cminbox.desk import (
    Answered,
    Ask,
    Assign,
    Back,
    Broken,
    Close,
    Correct,
    Escalate,
    GivePromise,
    Kept,
    Label,
    MakePromise,
    NeedsAnswer,
    NoneNeeded,
    Note,
    NotSpam,
    Reopen,
    SetPriority,
    SetRole,
    Snooze,
    Spam,
    Take,
    Unask,
    Unassign,
    Unwatch,
    Vip,
    Watch,
    Withdraw,
)
from cminbox.model import DAY, MINUTE
from cminbox.store import crises

# Each example makes a store and writes to it durably; in memory that costs no trip to the disk.
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
VOLATILE = ("changed", "rescore_at")


def furnish(office: Office) -> list[int]:
    """Six conversations, one in each state, one of two in which the same person wrote."""
    ids = [
        office.write("I want a refund, I am so angry", author="mina"),
        office.write("hello?", author="mina"),
        office.write("where is my parcel?"),
        office.write("thank you"),
        office.write("FREE FOLLOWERS"),
        office.write("रिफंड कब मिलेगा?"),
    ]
    office.now += MINUTE
    office.write("here you are", to=ids[1], direction="out", author="us")
    office.lena.do(Snooze(office.now + 30 * DAY), [ids[2]])
    office.lena.do(Close(), [ids[3]])
    office.lena.do(Spam(), [ids[4]])
    office.lena.do(Assign("least-loaded:care"), [ids[0], ids[5]])
    office.lena.do(Label(add=("parcel",), remove=("billing",)), [ids[0], ids[2]])
    office.lena.do(MakePromise("the refund", office.now + 30 * DAY), [ids[0], ids[3]])
    office.lena.do(Watch(), [ids[0], ids[1]])
    office.lena.do(Back(9 * DAY), [ids[1]])
    office.lena.do(SetPriority(50), [ids[5]])
    office.engine()
    return ids


def picture(office: Office) -> dict[str, object]:
    """All that people see of all conversations."""
    office.engine()
    conn = office.store.read()
    rows = conn.execute("SELECT * FROM conversations ORDER BY id")
    kept = [{key: row[key] for key in row.keys() if key not in VOLATILE} for row in rows]  # noqa: SIM118
    return {
        "rows": kept,
        "labels": office.rows('SELECT conversation_id, label, "by", removed FROM labels ORDER BY 1, 2'),
        "notes": office.rows("SELECT id, text FROM notes WHERE removed_at IS NULL"),
        "messages": office.rows("SELECT * FROM messages ORDER BY id"),
        "measures": office.rows(
            "SELECT conversation_id, measure, start_at, end_at, member, sla_target, lang FROM measures"
            " ORDER BY 1, 2, 3, 4"
        ),
        "waits": office.rows(
            "SELECT conversation_id, message_id, start_at, target, due_at, end_at, outcome, member, lang FROM waits"
            " ORDER BY 1, 2"
        ),
        "ends": office.rows(
            "SELECT conversation_id, start_at, end_at, end, reason, member, lang FROM cycle_ends ORDER BY 1, 2, 3"
        ),
        "vips": office.rows(
            "SELECT a.id FROM authors AS a JOIN contacts AS c ON c.id = a.contact_id WHERE c.vip = 1 ORDER BY 1"
        ),
        "questions": office.rows(
            "SELECT conversation_id, expert, text FROM questions WHERE status = 'open' ORDER BY 1, 2, 3"
        ),
        "promises": office.rows(
            "SELECT id, conversation_id, text, due_at, owner, status, ended_at, word FROM promises ORDER BY id"
        ),
        "watchers": office.rows("SELECT conversation_id, member, since FROM watchers ORDER BY 1, 2"),
        "crises": [(c.name, c.conversation_count) for c in crises.all(conn, running_only=True)],
    }


LABELS = st.sampled_from(["billing", "parcel", "angry"])
ACTIONS = st.one_of(
    st.just(Take()),
    st.sampled_from(["ana", "dan", "team:night", "least-loaded:care"]).map(Assign),
    st.just(Unassign()),
    st.integers(1, 9).map(lambda days: Snooze(1_700_000_000_000 + days * DAY)),
    st.just(Close()),
    st.sampled_from(["thanks", "duplicate"]).map(NoneNeeded),
    st.booleans().map(NeedsAnswer),
    st.just(Reopen()),
    st.just(Spam()),
    st.just(NotSpam()),
    st.builds(lambda add, remove: Label(tuple(add), tuple(remove)), st.sets(LABELS, min_size=1), st.sets(LABELS)),
    st.just(Note("called")),
    st.sampled_from([None, 0, 77]).map(SetPriority),
    st.builds(Correct, st.sampled_from([-0.9, 0.0, 0.4]), st.sampled_from([None, "es"])),
    st.builds(
        lambda on, needs: Correct(add=("refund",) if on else (), remove=("question",), needs=needs),
        st.booleans(),
        st.sampled_from([None, True, False]),
    ),
    st.builds(lambda name: Escalate(crisis_name=name, reason="many"), st.sampled_from(["Storm", "Flood"])),
    st.booleans().map(Vip),
    st.integers(1, 40).map(lambda days: MakePromise("a new cup", 1_700_000_000_000 + days * DAY)),
    st.just(Kept("done")),
    st.just(Broken()),
    st.just(Withdraw()),
    st.sampled_from(["ana", "dan"]).map(GivePromise),
    st.sampled_from([None, 2 * DAY, 9 * DAY]).map(Back),
    st.just(Watch()),
    st.just(Unwatch()),
    st.sampled_from(["journalist", "troll", ""]).map(SetRole),
    st.sampled_from(["is it recalled?", "since when?"]).map(lambda text: Ask("anna", text)),
    st.just(Answered("anna", "it is")),
    st.just(Unask()),
)

"""A handover after anything that a team may have done: nothing that burns is missing, in order, once; one undo."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from desk_office import Office
from desk_random import ACTIONS, MEMORY, furnish, picture
from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.errors import ActionError
from cminbox.handover import Built, build
from cminbox.handover.builder import NAMED, PAGE, is_named
from cminbox.model import DAY, HOUR, Conversation, Member
from cminbox.store import conversations, crises, handovers
from profiles import examples
from stores import new_store

ORDER = ("crisis", "due", "promise", "question", "reply", "vip", "snoozed", "source", "held", "unassigned")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ana", "lena"]),
        ACTIONS,
        st.sets(st.integers(0, 5), min_size=1, max_size=6),
        st.integers(0, 10),
    ),
    max_size=10,
)
"""Who, what, to which, and how many hours pass then."""


def worked(folder: str, steps) -> Office:
    office = Office(Path(folder), new_store)
    ids = furnish(office)
    desks = {handle: office.desk(handle) for handle in ("ana", "lena")}
    for handle, action, chosen, hours in steps:
        with suppress(ActionError):  # a time that is past by now
            desks[handle].do(action, [ids[n] for n in sorted(chosen)])
        if hours > 5:
            office.write("nobody answers me", author=f"late{office.now}")
        office.engine(60 * hours)
    return office


def made(office: Office) -> Built:
    return build(office.store.read(), office.config, Member("ana", "Ana", "lead", ("care",)), office.now)


def rows(office: Office) -> list[Conversation]:
    conn = office.store.read()
    found = conversations.many(conn, [row[0] for row in office.rows("SELECT id FROM conversations")])
    return [row for row in found.values() if not row.gone]


def told(built: Built, kind: str) -> tuple[set[int], int]:
    """The conversations that are named of a kind, and how many are told of in all."""
    items = [item for item in built.items if item.kind == kind]
    named = {item.conversation_id for item in items if item.conversation_id is not None}
    return named, sum(item.many for item in items)


def burning(office: Office) -> Iterator[tuple[str, set[int], int]]:
    """By looking at every row: of each kind the conversations, and how many matters those are."""
    hour, ahead = office.now + HOUR, office.now + office.config.handover.ahead
    promised = office.rows("SELECT conversation_id FROM promises WHERE status = 'open' AND due_at <= ?", ahead)
    apart = {number for (number,) in promised}
    yield "promise", apart, len(promised)
    waiting = [row for row in rows(office) if row.status == "open" and row.waiting_since is not None]
    due = {row.id for row in waiting if row.due_at is not None and row.due_at <= hour} - apart
    yield "due", due, len(due)
    watched = {
        row.id for row in rows(office) if row.status == "open" and (row.vip or row.role in ("journalist", "influencer"))
    }
    late = {row.id for row in waiting if row.due_at is not None and row.due_at <= hour}
    yield "vip", watched - late - apart, len(watched - late - apart)
    asked = office.rows("SELECT conversation_id FROM questions WHERE status = 'open'")
    yield "question", {number for (number,) in asked}, len(asked)


@settings(max_examples=examples(30))
@given(steps=STEPS)
def test_nothing_that_burns_is_missing_and_each_matter_stands_once_in_its_place(steps) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        office = worked(folder, steps)
        built = made(office)
        for kind, ids, many in burning(office):
            named, counted = told(built, kind)
            assert named <= ids, kind
            assert counted == many, kind
            assert len(named) <= NAMED
        running = {f"crisis:{crisis.id}" for crisis in crises.all(office.store.read(), running_only=True)}
        assert running == {item.key for item in built.items if item.kind == "crisis"}
        held = sum(row.assignee == "ana" and row.status in ("open", "pending", "snoozed") for row in rows(office))
        assert sum(item.many for item in built.items if item.key == "held:ana") == held
        keys = [item.key for item in built.items]
        assert len(set(keys)) == len(keys)
        places = [ORDER.index(item.kind) for item in built.items]
        assert places == sorted(places)
        hot = {"crisis", "due", "promise"}
        assert all((item.level == "burning") == (item.kind in hot) for item in built.items)
        assert len(built.items) <= max(PAGE, 2 * len(ORDER))
        office.store.close()


@settings(max_examples=examples(30))
@given(steps=STEPS, hours=st.integers(0, 30))
def test_whatever_was_done_one_undo_brings_all_back_that_moved(steps, hours) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        office = worked(folder, steps)
        ana, lena = office.desk("ana"), office.desk("lena")
        office.engine()
        handed = ana.handovers.sign()
        items = handovers.items(office.store.read(), handed.id)
        lena.handovers.tick(handed.id, [item.key for item in items])
        before, leads = picture(office), office.rows("SELECT id, lead FROM crises")
        lena.handovers.take(handed.id, "all three")
        until = office.now + office.config.handover.ahead
        moved = [row for row in rows(office) if row.assignee == "ana" and row.status in ("open", "pending")]
        assert moved == []
        assert (
            office.rows("SELECT 1 FROM promises WHERE owner = 'ana' AND status = 'open' AND due_at <= ?", until) == []
        )
        assert office.rows("SELECT 1 FROM crises WHERE lead = 'ana' AND status = 'running'") == []
        assert office.rows("SELECT 1 FROM watchers WHERE member = 'ana'") in (
            [],
            [(1,)] * len(office.rows("SELECT 1 FROM watchers a JOIN watchers b USING (conversation_id)"
                                     " WHERE a.member = 'ana' AND b.member = 'lena'")),
        )  # fmt: skip
        lena.undo()
        assert picture(office) == before
        assert office.rows("SELECT id, lead FROM crises") == leads
        assert [one.id for one in handovers.waiting(office.store.read())] == [handed.id]
        office.store.close()


@settings(max_examples=examples(30))
@given(steps=STEPS, more=STEPS)
def test_a_matter_keeps_its_key_and_what_left_says_how(steps, more) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        office = worked(folder, steps)
        office.engine(1)
        first = office.ana.handovers.sign()
        stood = {item.key for item in handovers.items(office.store.read(), first.id) if is_named(item)}
        office.engine(60)
        ids = [row.id for row in rows(office)]
        for handle, action, chosen, hours in more:
            with suppress(ActionError):  # a time that is past by now
                office.desk(handle).do(action, [ids[n] for n in sorted(chosen) if n < len(ids)])
            office.engine(60 * hours)
        office.now += DAY // 24
        built = made(office)
        left = {item.key: item.how for item in built.left}
        assert all(left.values())
        named = {item.key for item in built.items}
        assert not named & set(left) or all(key.startswith("crisis") for key in named & set(left))
        again = [item for item in built.items if item.key in stood]
        assert all(item.stood == 1 and not item.untouched for item in again)
        assert all(item.stood == 0 for item in built.items if item.key not in stood)
        office.store.close()

"""Listening sources: what they bring is only heard, until a rule, a person or an answer of ours lifts it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from cminbox import config as configuration
from cminbox import paths
from cminbox.desk import Desk, Lift
from cminbox.engine.scoring import Scoring
from cminbox.engine.takein import take_in
from cminbox.engine.transaction import Intake
from cminbox.model import DAY, HOUR, MINUTE, Author, Conversation, Member, Message
from cminbox.query import Context, parse
from cminbox.store import Store, conversations, crises, events, search, sources
from stores import new_store

NOW = 1_780_000_000_000
RULES = """
[[rule]]
name = "dangerous"
when = "poison"
lift = true

[[rule]]
name = "alarm"
when = "poison"
propose_crisis = true
notify = ["ana"]
"""


class Ear:
    """A store with a source that only listens."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.now = store, NOW
        (folder / "rules").mkdir()
        (folder / "rules" / "50.toml").write_text(RULES)
        self.scoring = Scoring(folder / "rules")
        self.source = store.write(lambda conn: sources.ensure(conn, "tags", "mastodon", owned=False))
        config = configuration.load(paths.find(config=str(folder), data=str(folder)))
        self.desk = Desk(store, config, Member("ana"), session="s", clock=lambda: self.now)

    def hear(self, *said: Message, first: bool = False, deleted: Sequence[str] = ()) -> None:
        scored = [self.scoring.score(message) for message in said]
        intake = Intake(self.scoring, self.now, self.now - DAY if first else None, 4 * HOUR)
        self.store.write(lambda conn: take_in(conn, self.source, scored, intake, deleted=deleted))

    def row(self, key: str = "c") -> Conversation:
        return conversations.known(self.store.read(), self.source.id, [key])[key]

    def happened(self, key: str = "c") -> list[tuple[str, str]]:
        return [(event.actor, event.action) for event in events.of(self.store.read(), self.row(key).id)]


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[Ear]:
    with new_store(tmp_path / "cminbox.db") as store:
        yield Ear(store, tmp_path)


def said(id: str = "m1", text: str = "is the oolong any good?", key: str = "c", **more: object) -> Message:
    at = more.pop("at", NOW - 10 * MINUTE)
    return Message(id, key, more.pop("author", Author("a1", "mina")), text, at, lang="en", **more)


def test_what_is_heard_opens_nothing_and_has_no_sla(ear: Ear) -> None:
    ear.hear(said())
    ear.hear(said("m2", "anybody?", at=NOW - MINUTE))
    row = ear.row()
    assert (row.heard, row.status, row.waiting_since, row.due_at, row.waiting) == (True, "closed", None, None, 0)
    waits = ear.store.read().execute("SELECT COUNT(*) FROM waits").fetchone()
    assert waits[0] == 0


def test_a_person_lifts_it_with_one_action_and_takes_that_back_with_one(ear: Ear) -> None:
    ear.hear(said())
    heard = ear.row()
    done = ear.desk.do(Lift(), [heard.id])
    assert done.changed == (heard.id,)
    row = ear.row()
    assert (row.heard, row.status, row.waiting_since) == (False, "open", NOW - 10 * MINUTE)
    assert ("member:ana", "lift") in ear.happened()
    ear.desk.undo()
    again = ear.row()
    assert (again.heard, again.status, again.waiting_since, again.due_at) == (True, "closed", None, None)


def test_a_lifted_one_is_like_any_other(ear: Ear) -> None:
    ear.hear(said())
    ear.desk.do(Lift(), [ear.row().id])
    ear.hear(said("m2", "thank you!", direction="out", author=Author("us"), parent="m1", at=NOW - MINUTE))
    assert ear.row().status == "pending"
    ear.hear(said("m3", "and the green one?", at=NOW))
    row = ear.row()
    assert (row.status, row.waiting_since, row.due_at) == ("open", NOW, NOW + 4 * HOUR)


def test_what_was_lifted_twice_or_answered_since_is_left_alone(ear: Ear) -> None:
    ear.hear(said())
    ear.desk.do(Lift(), [ear.row().id])
    assert ear.desk.do(Lift(), [ear.row().id]).changed == ()
    ear.hear(said("m2", "hello!", direction="out", author=Author("us"), parent="m1", at=NOW - MINUTE))
    ear.desk.undo()
    assert (ear.row().heard, ear.row().status) == (False, "pending")


@pytest.mark.parametrize("before", [False, True])
def test_a_rule_lifts_new_and_known_conversations(ear: Ear, before: bool) -> None:
    if before:
        ear.hear(said("m0", "nice tea", at=NOW - HOUR))
    ear.hear(said(text="this tea is poison, is it not?"))
    row = ear.row()
    assert (row.heard, row.status) == (False, "open")
    assert ("rule:dangerous", "lift") in ear.happened()
    assert row.due_at is not None


def test_an_answer_of_ours_lifts_it(ear: Ear) -> None:
    ear.hear(said())
    ear.hear(said("m2", "it is!", direction="out", author=Author("us"), parent="m1", at=NOW - MINUTE))
    assert (ear.row().heard, ear.row().status) == (False, "pending")


def test_the_first_backlog_raises_no_alarm_and_opens_nothing(ear: Ear) -> None:
    ear.hear(said(text="poison!", at=NOW - 3 * DAY), said("m2", "poison?", "d", at=NOW - MINUTE), first=True)
    for key in ("c", "d"):
        assert (ear.row(key).heard, ear.row(key).status) == (True, "closed")
        assert ear.happened(key) == []
    assert crises.all(ear.store.read()) == []


def test_what_comes_later_of_the_first_backlog_is_of_it_still(ear: Ear) -> None:
    ear.store.write(lambda conn: sources.update(conn, ear.source.id, {"first_ok_at": NOW - HOUR}))
    ear.hear(said(text="poison!", at=NOW - 2 * HOUR), said("m2", "poison?", "d", at=NOW - MINUTE))
    assert (ear.row().heard, ear.row("d").heard) == (True, False)
    assert ear.happened() == []


def test_what_an_owned_source_brings_is_never_only_heard(ear: Ear) -> None:
    ear.source = ear.store.write(lambda conn: sources.ensure(conn, "shop", "mastodon"))
    ear.hear(said())
    assert (ear.row().heard, ear.row().status) == (False, "open")


@pytest.mark.parametrize("asked", ["is:closed -is:heard", "is:heard -is:spam", "-is:heard", "is:open -is:heard"])
def test_counts_leave_out_what_is_only_heard(ear: Ear, asked: str) -> None:
    ear.hear(*(said(f"m{n}", "tea" if n % 3 else "poison, is it?", f"c{n}", at=NOW - n * MINUTE) for n in range(9)))
    conn, wanted, ctx = ear.store.read(), parse(asked), Context(NOW)
    listed = conversations.ids(conn, search.to_sql(wanted, ctx))
    assert conversations.tally(conn, wanted, ctx) == len(listed)
    assert {number: row.heard for number, row in conversations.many(conn, listed).items()} == dict.fromkeys(
        listed, asked.startswith("is:heard")
    )

"""Random histories of a few conversations: what people write, what our side answers, what members do."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from desk_office import Office
from desk_random import ACTIONS as EVERY_ACTION
from hypothesis import strategies as st

from cminbox.desk import (
    Action,
    Assign,
    Close,
    Desk,
    Label,
    NeedsAnswer,
    NoneNeeded,
    NotSpam,
    Reject,
    Reopen,
    SetPriority,
    Snooze,
    Spam,
    Take,
)
from cminbox.engine.scoring import Scoring
from cminbox.errors import ActionError
from cminbox.model import DAY, HOUR, MINUTE, SECOND, Author, Message
from cminbox.reports import compute
from cminbox.store import erasing, messages, replies, timers
from stores import new_store

MOST = 4
"""Conversations of an example."""
TEXTS = ("where is my parcel?", "I want a refund now", "lol 😂", "thank you!", "ok")
RULES = {
    "no SLA": "when = ''\nsla = \"none\"",
    "a longer SLA": "when = ''\nsla = \"3d\"",
    "a shorter SLA": "when = ''\nsla = \"30m\"",
    "no answer": "when = ''\nanswer = false",
    "an answer": "when = ''\nanswer = true",
}


class World:
    """An office whose rules can be changed, and conversations that are told apart by small numbers."""

    def __init__(self, folder: Path) -> None:
        self.office = Office(folder, new_store)
        self.folder = folder
        self.ids: dict[int, int] = {}
        self.said = 0

    def close(self) -> None:
        self.office.store.close()

    def write(self, place: int, text: str) -> None:
        """A person writes, in the conversation of that place."""
        number = self.office.write(text, to=self.ids.get(place))
        self.ids.setdefault(place, number)

    def answer(self, place: int, *, here: bool, holding: bool) -> None:
        """Our side answers, on a phone or from here; the next poll reads it."""
        office, number = self.office, self.ids.get(place)
        if number is None:
            return
        if not here:
            office.write("it is on its way", to=number, direction="out", author="us")
            return
        try:
            reply = office.ana.outbox.send(number, "it is on its way", template="looking-into" if holding else "")
        except ActionError:
            return  # nobody is there any more

        def accepted(conn) -> None:
            for event in ("countdown over", "begun", "accepted"):
                replies.move(conn, reply.id, event, office.now, remote_id=f"r{reply.id}", sent_at=office.now)

        office.store.write(accepted)
        said = office.message(f"r{reply.id}", number, "it is on its way")
        office.hear(said._replace(direction="out", created_at=office.now))

    def delete(self, place: int) -> None:
        """They take back what they wrote."""
        if place in self.ids:
            self.office.delete(self.ids[place])

    def edit(self, place: int, text: str) -> None:
        """They write another text in place of the last that they wrote."""
        if place not in self.ids:
            return
        theirs = [m for m in messages.thread(self.office.store.read(), self.ids[place]) if m.inbound]
        if theirs:
            newest = max(theirs, key=lambda m: m.id)
            said = self.office.message(newest.remote_id, self.ids[place], text)
            self.office.hear(said._replace(created_at=newest.created_at, edited_at=self.office.now))
            self.office.engine()

    def no_answer(self, place: int, how: str) -> None:
        """A reply that never goes out: it is cancelled, the network refuses it, or a colleague rejects it."""
        office, number = self.office, self.ids.get(place)
        if number is None:
            return
        try:
            desk = office.dan if how == "rejected" else office.ana
            reply = desk.outbox.send(number, "it is on its way")
            if how == "cancelled":
                office.ana.outbox.cancel(reply.id)
            elif how == "rejected":
                office.ana.do(Reject("say when"), [number])
        except ActionError:
            return  # nobody is there any more, or a colleague is at it

        def refused(conn) -> None:
            for event in ("countdown over", "begun", "refused"):
                replies.move(conn, reply.id, event, office.now)

        if how == "refused":
            office.store.write(refused)
        office.engine()

    def hear_again(self) -> None:
        """The network tells all of it once more."""
        office = self.office
        for number in self.ids.values():
            key = office.row(number).remote_id
            for said in messages.thread(office.store.read(), number):
                who = Author(said.author.remote_id, said.author.handle, said.author.name)
                office.hear(Message(said.remote_id, key, who, said.text, said.created_at, direction=said.direction))
        office.engine()

    def forget(self, place: int) -> None:
        """What a person wrote is erased."""
        if place in self.ids:
            office = self.office
            for person in erasing.people(office.store.read(), f"mina-{office.row(self.ids[place]).remote_id}"):
                office.store.write(lambda conn, person=person: erasing.forget(conn, person, office.now))
            office.engine()

    def purge(self) -> None:
        """All of it is closed, and erased."""
        office = self.office
        self.act_on_all(office.dan, Close())
        if ids := erasing.old(office.store.read(), office.now + 1):
            office.store.write(lambda conn: erasing.purge(conn, ids))
            office.engine()

    def hand_over(self) -> None:
        """A shift is signed over, and taken."""
        office = self.office
        try:
            office.ana.handovers.take(office.lena.handovers.sign("ana").id, "all of it")
        except ActionError:
            return  # burning items are not ticked
        office.engine()

    def act_on_all(self, desk: Desk, action: Action) -> None:
        """A member does something to all of them at once."""
        with suppress(ActionError):
            desk.do(action, list(self.ids.values()))
        self.office.engine()

    def rule(self, name: str) -> None:
        """Rules are switched on, and what is there is judged anew."""
        rules = self.folder / f"rules {name}"
        rules.mkdir(exist_ok=True)
        (rules / "90-mine.toml").write_text(f'[[rule]]\nname = "{name}"\n{RULES[name]}\n', encoding="utf-8")
        self.office.scoring = Scoring(rules)
        assert not self.office.scoring.problem
        self.office.store.write(timers.rescore_all)
        self.office.engine()

    def act(self, desk: Desk, action: Action | str, place: int) -> None:
        """A member does something, or takes the last of it back."""
        try:
            if isinstance(action, str):
                desk.undo()
            elif place in self.ids:
                desk.do(action, [self.ids[place]])
        except ActionError:
            return  # nothing to undo, or no sense in it now
        self.office.engine()

    def report(self) -> dict[str, Any]:
        """All figures as they are now."""
        conn, now = self.office.store.read(), self.office.now
        return compute(conn, 0, now + 1, None, now).to_json()

    def measured(self, name: str) -> Counter[tuple[int, int]]:
        """Where the measures of that name begin and end."""
        sql = "SELECT start_at, end_at FROM measures WHERE measure = ?"
        return Counter((row[0], row[1]) for row in self.office.rows(sql, name))


PLACES = st.integers(0, MOST - 1)
WAITS = st.tuples(
    st.just("pass"), st.sampled_from([SECOND, MINUTE, 20 * MINUTE, 2 * HOUR, 5 * HOUR, DAY, 3 * DAY + MINUTE])
)
WRITES = st.tuples(st.just("write"), PLACES, st.sampled_from(TEXTS))
ANSWERS = st.tuples(st.just("answer"), PLACES, st.booleans(), st.booleans())
DELETES = st.tuples(st.just("delete"), PLACES)
EDITS = st.tuples(st.just("edit"), PLACES, st.sampled_from(TEXTS))
SWITCHES = st.tuples(st.just("rule"), st.sampled_from(sorted(RULES)))
NEUTRAL = st.one_of(
    st.just(Take()),
    st.sampled_from(["ana", "team:night"]).map(Assign),
    st.integers(1, 3).map(lambda days: Snooze(1_700_000_000_000 + 40 * DAY + days * DAY)),
    st.just(Close()),
    st.just(Reopen()),
    st.just(Label(add=("billing",))),
    st.just(SetPriority(90)),
)
ACTIONS = st.one_of(
    NEUTRAL,
    st.sampled_from(["chatter", "thanks", "not for us", "handled elsewhere", "duplicate"]).map(NoneNeeded),
    st.just(Spam()),
    st.just(NotSpam()),
    st.booleans().map(NeedsAnswer),
    st.just("undo"),
)
ACTS = st.tuples(st.just("act"), ACTIONS, PLACES)
BESIDE = st.one_of(
    st.tuples(st.just("no answer"), PLACES, st.sampled_from(["cancelled", "refused", "rejected"])),
    st.tuples(st.just("act"), EVERY_ACTION, PLACES),
    st.tuples(st.just("act on all"), EVERY_ACTION),
    st.tuples(st.just("forget"), PLACES),
    st.sampled_from([("hear again",), ("purge",), ("hand over",)]),
)
"""Everything else that people can do without answering anybody, and what may look as if they had."""
HISTORIES = st.lists(WRITES | WAITS | WRITES | WAITS | ANSWERS | DELETES | EDITS | ACTS, max_size=14)


def happen(world: World, desk: Desk, happenings: list[tuple]) -> None:
    office = world.office
    for name, *rest in happenings:
        match name:
            case "pass":
                office.engine(rest[0] // MINUTE or 0)
                office.now += rest[0] % MINUTE
            case "write":
                world.write(rest[0], rest[1])
            case "answer":
                world.answer(rest[0], here=rest[1], holding=rest[2])
            case "delete":
                world.delete(rest[0])
            case "edit":
                world.edit(rest[0], rest[1])
            case "rule":
                world.rule(rest[0])
            case "no answer":
                world.no_answer(rest[0], rest[1])
            case "hear again":
                world.hear_again()
            case "forget":
                world.forget(rest[0])
            case "purge":
                world.purge()
            case "hand over":
                world.hand_over()
            case "act on all":
                world.act_on_all(desk, rest[0])
            case "act":
                world.act(desk, rest[0], rest[1])

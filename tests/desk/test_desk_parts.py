"""Each part of the desk by itself, built with what it needs and nothing else."""

from __future__ import annotations

import pytest

from cminbox.commands import COMMANDS
from cminbox.desk import Close, Label, Pace
from cminbox.desk.action import Action
from cminbox.desk.bulk.job import BulkJob, BulkWork
from cminbox.desk.bulk.runner import BulkRunner
from cminbox.desk.catalog import ACTIONS, PARSERS
from cminbox.desk.crises import CrisisDesk
from cminbox.desk.outbox import Outbox
from cminbox.errors import ActionError
from cminbox.store import events

TWO = Pace(first=2, hold=0, rest=0)


class Noting(BulkWork):
    """Notes which conversations it comes to, portion by portion."""

    def __init__(self, refused: set[int] | None = None) -> None:
        super().__init__("note", "noted")
        self.portions: list[list[int]] = []
        self.refused = refused or set()

    def begin(self, ctx):
        return ctx.desk.add_event(ctx.conn, "note", {}, count=0)

    def process(self, ctx, ids):
        if self.refused.intersection(ids):
            raise ActionError("not these")
        self.portions.append(list(ids))
        for number in ids:
            yield number, "" if number % 2 else "even"

    def close(self, ctx, *, complete):
        self.portions.append(["complete" if complete else "stopped"])

    def detail(self):
        return {}


def test_a_job_comes_to_each_once_portion_by_portion(office):
    work, reached = Noting(), []
    outcome = BulkJob(office.ana.context, work, [5, 3, 3, 1, 2, 4], TWO).run(reached.append)
    assert work.portions == [[1, 2], [3, 4], [5], ["complete"]]
    assert reached == [2, 4, 5]
    assert (outcome.changed, outcome.skipped) == ((1, 3, 5), ((2, "even"), (4, "even")))
    assert (outcome.summary, outcome.left, outcome.stopped) == ("3 noted, 2 left alone (even)", 0, "")


def test_a_job_of_a_few_is_one_transaction_in_the_order_given(office):
    work = Noting()
    BulkJob(office.ana.context, work, [5, 1], TWO).run()
    assert work.portions == [[5, 1], ["complete"]]


def test_what_is_brought_forward_is_done_at_once_and_not_again(office):
    work = Noting()
    job = BulkJob(office.ana.context, work, range(1, 7), TWO)
    job.run(lambda reached: job.bring_forward([5, 1, 99, 5]) if reached == 2 else None)
    assert work.portions == [[1, 2], [5], [3, 4], [6], ["complete"]]


def test_a_job_that_is_stopped_says_where_and_its_event_stands(office):
    work = Noting()
    job = BulkJob(office.ana.context, work, range(1, 7), TWO)
    outcome = job.run(lambda reached: job.stop() if reached == 4 else None)
    assert work.portions[-1] == ["stopped"]
    assert outcome.summary == "2 noted, 2 left alone (even); stopped at 4 of 6"
    event = events.get(office.store.read(), outcome.event_id)
    assert (event.count, event.unfinished, event.detail) == (2, False, {"reached": 4, "asked": 6})


def test_a_portion_that_fails_ends_the_job_and_the_portions_before_it_stand(office):
    work = Noting(refused={5})
    outcome = BulkJob(office.ana.context, work, range(1, 7), TWO).run()
    assert outcome.changed == (1, 3)
    assert outcome.summary == "2 noted, 2 left alone (even); stopped at 4 of 6 (not these)"
    assert events.get(office.store.read(), outcome.event_id).count == 2


def test_what_fails_when_it_is_brought_forward_takes_nothing_back_that_was_done(office):
    work = Noting(refused={5})
    job = BulkJob(office.ana.context, work, range(1, 7), TWO)
    outcome = job.run(lambda reached: job.bring_forward([5]) if reached == 2 else None)
    assert outcome.changed == (1, 3)
    assert outcome.stopped == "; stopped at 4 of 6 (not these)"


def test_of_long_jobs_a_desk_runs_one_at_a_time(office):
    runner, said = BulkRunner(office.ana.context, TWO), []
    ids = [office.write() for _ in range(5)]

    def meanwhile(_: int) -> None:
        said.append(runner.busy)
        with pytest.raises(ActionError, match="done so far"):
            runner.apply(Close(), ids)

    outcome = runner.apply(Label(add=("old",)), ids, progress=meanwhile)
    assert len(outcome.changed) == 5
    assert said[0] == "label: 2 of 5"
    assert runner.busy == ""
    assert runner.stop() is False


def test_a_runner_that_is_shut_down_says_how_far_it_came(office):
    runner, said = BulkRunner(office.ana.context, TWO), []
    ids = [office.write() for _ in range(5)]
    runner.apply(Label(add=("old",)), ids)
    event = events.last_undoable(office.store.read(), office.ana.context.session, frozenset({"label"}))

    def leave(_: int) -> None:
        job = runner.current
        job.wait = lambda seconds: None  # this thread is the one that runs it
        said.append(runner.shut_down())

    undone = runner.revert(event, leave)
    assert said == ["undo: 2 undone (label); stopped at 2 of 5. Undo takes it back when you are here again"]
    assert (undone.changed, undone.left) == (tuple(ids[:2]), 3)
    assert events.get(office.store.read(), undone.event_id).unfinished


def test_the_outbox_asks_for_what_comes_before_a_reply(office):
    asked: list[object] = []
    outbox = Outbox(office.ana.context, asked.append)
    number = office.write()
    assert outbox.send(number, "So sorry!").status == "held"
    assert asked == [[number]]
    with pytest.raises(ActionError, match="is an observer"):
        Outbox(office.olga.context, asked.append).send(number, "psst")
    assert asked == [[number]]


def test_a_crisis_is_led_and_taken_back(office):
    desk = CrisisDesk(office.ana.context)
    crisis = desk.declare("Storm", reason="many")
    desk.update(crisis.id, severity=1)
    event = events.last_undoable(office.store.read(), office.ana.context.session, frozenset({"crisis update"}))
    assert desk.undo(event) == "crisis Storm: update undone"


def every(action: type[Action]) -> set[type[Action]]:
    return {action, *(found for below in action.__subclasses__() for found in every(below))}


def test_the_catalog_has_every_action_and_every_command_that_acts():
    ours = {action for action in every(Action) if action.__module__.startswith("cminbox.") and action.name}
    # One without a name of its own writes the events of the one above it, whose undo is its own.
    assert set(ACTIONS.values()) == {action for action in ours if "name" in vars(action)}
    assert all(issubclass(action, ACTIONS[action.name]) for action in ours)
    assert all(action.done for action in ours)
    assert {command.name for command in COMMANDS if command.desk} <= set(PARSERS)

"""What a desk does to many conversations: a few at once, many as a job of which one runs at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from cminbox.desk.action import Action, ActionContext
from cminbox.desk.bulk.apply import Apply
from cminbox.desk.bulk.job import BulkJob, Outcome, Pace
from cminbox.desk.bulk.preview import preview
from cminbox.desk.bulk.revert import Revert
from cminbox.desk.catalog import ACTIONS
from cminbox.desk.context import DeskContext
from cminbox.errors import ActionError
from cminbox.store import events
from cminbox.store.events import Event

PATIENCE = 15.0
"""Seconds to wait for the end of the portion under way."""


class BulkRunner:
    """Runs the jobs of one desk.

    What has no more conversations than a first portion is one transaction, whatever else goes on. Of long jobs one
    runs at a time; what this desk does besides comes between its portions, in the order of the keys.

    Args:
        pace: how long jobs are cut.
    """

    def __init__(self, desk: DeskContext, pace: Pace) -> None:
        self.pace = pace
        self._desk = desk
        self._job: BulkJob | None = None
        self._lock = threading.Lock()
        self._leaving = False

    def preview(self, action: Action, ids: Sequence[int]) -> Outcome:
        """What an action would change; it only reads."""
        return preview(ActionContext.begin(self._desk, self._desk.store.read(), dry_run=True), action, ids)

    def apply(
        self, action: Action, ids: Sequence[int], group: str = "", progress: Callable[[int], None] | None = None
    ) -> Outcome:
        """Do an action: one event. See `Desk.do`."""
        job = BulkJob(self._desk, Apply(action, group), ids, self.pace)
        if not job.in_portions:
            self.bring_forward(ids)
        return self._run(job, progress)

    def revert(self, event: Event, progress: Callable[[int], None] | None = None) -> Outcome:
        """Take back what an event did to conversations, or go on with that.

        Raises:
            ActionError: another long job is under way.
        """
        conn = self._desk.store.read()
        begun = None if event.undone_by is None else events.get(conn, event.undone_by)
        done = set() if begun is None else set(events.item_ids(conn, begun.id))
        ids = [number for number in events.item_ids(conn, event.id) if number not in done]
        work = Revert(event, ACTIONS[event.action], begun)
        return self._run(BulkJob(self._desk, work, ids, self.pace), progress)

    def _run(self, job: BulkJob, progress: Callable[[int], None] | None) -> Outcome:
        if not job.in_portions:
            return job.run(progress)
        with self._lock:
            if self._job is not None:
                raise ActionError(f"{self._job.how_far} done so far", "wait for it, or stop it")
            self._job = job
            if self._leaving:
                job.stop(leaving=True)
        try:
            return job.run(progress)
        finally:
            self._job = None

    @property
    def current(self) -> BulkJob | None:
        """The long job that is under way."""
        return self._job

    @property
    def busy(self) -> str:
        """How far the long job is, in words; nothing where none is under way."""
        job = self._job
        return "" if job is None else job.how_far

    def bring_forward(self, ids: Sequence[int]) -> None:
        """Have the long job do these before their turn: what follows here was meant to come after it."""
        job = self._job
        if job is not None:
            job.bring_forward(ids)

    def stop(self, *, leaving: bool = False) -> bool:
        """Stop the long job: it stands as far as it has come. Whether there was one.

        Args:
            leaving: the program is left; no long job goes on from here.
        """
        self._leaving = self._leaving or leaving
        job = self._job
        if job is not None:
            job.stop(leaving=leaving)
        return job is not None

    def shut_down(self) -> str:
        """The program is left: stop the long job, and say how far it came; nothing where none was under way."""
        job = self._job
        self.stop(leaving=True)
        if job is None:
            return ""
        job.wait(PATIENCE)
        return f"{job.work.name}: {job.outcome().summary}. Undo takes it back when you are here again"

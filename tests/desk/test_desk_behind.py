"""The list behind a figure has exactly the conversations that the figure counts: no other one, and none too few."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from desk_history import HISTORIES, TEXTS, World, happen
from desk_random import MEMORY
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cminbox.desk import Close, Label, Take
from cminbox.model import DAY, HOUR
from cminbox.query import Context, matches
from cminbox.query.subject import Subject
from cminbox.query.views import asked
from cminbox.reports import Group, Report, compute
from cminbox.reports.behind import behind
from cminbox.reports.definitions import DEFINITIONS
from cminbox.screens.metrics import data
from cminbox.store import conversations, search
from profiles import examples

ANSWERED = [("write", 0, TEXTS[0]), ("pass", HOUR), ("answer", 0, True, False), ("act", Close(), 0)]
LABELLED = [("write", 1, TEXTS[0]), ("act", Label(add=("billing",)), 1), ("act", Take(), 1), ("pass", DAY)]


class Undone(Exception):
    """Takes back what a transaction did."""


def counts(group: Group | None) -> dict[str, int]:
    """How many each figure is made of; the rate is of those too that were taken out."""
    if group is None:
        return {one.key: 0 for one in DEFINITIONS}
    found = {one.key: group.count(one.key) for one in DEFINITIONS}
    return {**found, "answer_rate": found["answer_rate"] + group.answer_rate.taken_out}


def report_without(world: World, conversation_id: int, since: int, until: int, now: int, cohort) -> Report:
    """The report as it would be had there never been a conversation."""
    found: list[Report] = []

    def without(conn) -> None:
        conn.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))
        found.append(compute(conn, since, until, None, now, cohort=cohort))
        raise Undone

    with contextlib.suppress(Undone):
        world.office.store.write(without)
    return found[0]


@settings(max_examples=examples(60))
@given(HISTORIES, st.sampled_from([None, "written", "ended"]), st.sampled_from([HOUR, DAY, 40 * DAY]))
@example([*ANSWERED, *LABELLED], None, 40 * DAY)
@example([*ANSWERED, *LABELLED], "written", HOUR)
@example([*ANSWERED, *LABELLED, ("delete", 0), ("delete", 1)], "ended", 40 * DAY)
def test_the_list_behind_each_figure_is_what_it_counts(history, cohort, length):
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        world = World(Path(folder))
        happen(world, world.office.lena, history)
        conn, now = world.office.store.read(), world.office.now
        since, until = now - length, now + 1
        report = compute(conn, since, until, None, now, cohort=cohort)
        groups = [(None, "", report.total)]
        groups += [(group, name, found) for group, names in report.by.items() for name, found in names.items()]
        lists = {
            (group, name, one.key): behind(conn, report, (one.key,), group, name)
            for group, name, _ in groups
            for one in DEFINITIONS
        }
        gone = {row[0] for row in world.office.rows("SELECT id FROM conversations WHERE gone <> 0")}
        counted = {place: set() for place in lists}
        for number in world.ids.values():
            less = report_without(world, number, since, until, now, cohort)
            for group, name, found in groups:
                left = counts(less.total if group is None else less.by[group].get(name))
                for key, count in counts(found).items():
                    if left[key] != count:
                        counted[group, name, key].add(number)
        world.close()
    for place, numbers in counted.items():
        assert lists[place].listed == numbers - gone, place
        assert lists[place].gone == len(numbers & gone), place


def test_the_list_of_the_metrics_screen_shows_them_and_says_what_it_is():
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        world = World(Path(folder))
        history = [*ANSWERED, *LABELLED, ("write", 2, TEXTS[0]), ("answer", 2, False, False), ("delete", 2)]
        happen(world, world.office.lena, history)
        conn, now = world.office.store.read(), world.office.now
        metrics = data.read(conn, "week", now, None, None)
        chosen = data.Chosen("answers", ("answers",))
        view = data.list_behind(conn, metrics, chosen)
        where = search.to_sql(asked(view), Context(now, "lena"), conversations.counter(conn))
        shown = [row.id for row in conversations.page(conn, where, view.sort, None, 10)]
        rows = conversations.many(conn, list(world.ids.values()))
        world.close()
    assert shown == [world.ids[0]]
    # The evaluation in memory agrees.
    ctx = Context(now, "lena")
    found = {number for number, row in rows.items() if matches(asked(view), Subject(row), ctx)}
    assert found == view.ids & rows.keys()
    assert view.about == "1 conversation counted in answers, by when it ended, last 7 days, and 1 gone from its network"

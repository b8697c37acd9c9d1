"""Nothing that people or rules do without answering improves a share, a first or useful response, or a reply time."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from desk_history import (
    ACTS,
    ANSWERS,
    BESIDE,
    DELETES,
    EDITS,
    HISTORIES,
    NEUTRAL,
    PLACES,
    SWITCHES,
    TEXTS,
    WAITS,
    WRITES,
    World,
    happen,
)
from desk_random import MEMORY
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cminbox.desk import (
    Close,
    NeedsAnswer,
    NoneNeeded,
    Reopen,
    Spam,
)
from cminbox.model import DAY, HOUR, MINUTE
from profiles import examples


def assert_no_better(before: dict[str, Any], after: dict[str, Any]) -> None:
    """The second report is no better than the first."""
    for name in ("first_response", "first_useful", "reply"):
        assert after[name] == before[name], name
    sla, was = after["sla"], before["sla"]
    assert sla["hit"] <= was["hit"]
    assert sla["missed"] >= was["missed"]
    rate, before_rate = after["answer_rate"], before["answer_rate"]
    assert (rate["rate"] or 0) <= (before_rate["rate"] or 0)
    assert rate["answered"] <= before_rate["answered"]
    for within, share in rate["within"].items():
        assert (share or 0) <= (before_rate["within"][within] or 0), within


ONE_WAITS = [("write", 0, TEXTS[0]), ("answer", 0, False, False), ("write", 1, TEXTS[0]), ("pass", HOUR)]
ONE_IS_LATE = [*ONE_WAITS, ("pass", 5 * HOUR)]


@settings(max_examples=examples(200))
@given(HISTORIES, st.lists(ACTS | ACTS | ACTS | SWITCHES | DELETES | EDITS, min_size=1, max_size=5))
@example(ONE_IS_LATE, [("act", Close(), 1)])
@example(ONE_IS_LATE, [("rule", "a longer SLA"), ("delete", 1), ("edit", 1, "lol 😂")])
@example(
    [("write", 3, "where is my parcel?"), ("pass", 5 * HOUR)],
    [("rule", "a longer SLA"), ("delete", 3), ("edit", 3, "lol 😂")],
)
@example(ONE_IS_LATE, [("act", NoneNeeded("chatter"), 1)])
@example(ONE_IS_LATE, [("act", Spam(), 1)])
@example(ONE_IS_LATE, [("act", Close(), 1), ("act", "undo", 1)])
@example(ONE_IS_LATE, [("act", Close(), 1), ("act", Reopen(), 1), ("act", NoneNeeded("chatter"), 1)])
@example(ONE_IS_LATE, [("rule", "a longer SLA")])
@example(ONE_IS_LATE, [("rule", "no SLA")])
@example(ONE_IS_LATE, [("rule", "no answer")])
@example(ONE_IS_LATE, [("act", NeedsAnswer(False), 1)])
@example(ONE_WAITS, [("act", NoneNeeded("chatter"), 1)])
@example(ONE_WAITS, [("act", Spam(), 1)])
@example(ONE_WAITS, [("rule", "no answer")])
@example(ONE_WAITS, [("act", NeedsAnswer(False), 1)])
@example([*ONE_WAITS, ("act", Close(), 1)], [("act", Reopen(), 1), ("act", NeedsAnswer(False), 1)])
@example([*ONE_WAITS, ("act", Close(), 1)], [("act", Reopen(), 1), ("rule", "no answer")])
@example([*ONE_WAITS, ("act", Close(), 1)], [("rule", "no answer"), ("act", Reopen(), 1)])
@example([*ONE_WAITS, ("act", Close(), 1)], [("edit", 1, TEXTS[3])])
@example([*ONE_WAITS, ("act", Close(), 1)], [("act", Reopen(), 1), ("edit", 1, TEXTS[3])])
@example([*ONE_IS_LATE, ("act", Spam(), 1)], [("edit", 1, TEXTS[3])])
@example([*ONE_IS_LATE, ("answer", 1, False, False)], [("edit", 1, TEXTS[3])])
@example([*ONE_WAITS, ("write", 2, TEXTS[3]), ("answer", 2, False, False)], [("edit", 2, TEXTS[0])])
def test_no_acts_without_an_answer_improve_a_figure(history, acts):
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        world = World(Path(folder))
        happen(world, world.office.lena, history)
        before = world.report()
        # Another screen: it takes back only what it did itself.
        happen(world, world.office.desk("ana"), acts)
        after = world.report()
        world.close()
    assert_no_better(before, after)


@settings(max_examples=examples(100))
@given(
    st.lists(ANSWERS | BESIDE | DELETES | EDITS | WAITS | WAITS | WRITES | WRITES, max_size=14),
    st.lists(ACTS | BESIDE | BESIDE | SWITCHES, min_size=1, max_size=6),
)
@example(ONE_IS_LATE, [("forget", 1), ("purge",), ("hear again",)])
@example(ONE_IS_LATE, [("purge",)])
@example([*ONE_IS_LATE, ("act", Close(), 1)], [("purge",), ("act", Reopen(), 1), ("hear again",)])
@example(ONE_IS_LATE, [("no answer", 1, "refused"), ("act", Close(), 1)])
@example(ONE_WAITS, [("no answer", 1, "cancelled"), ("no answer", 1, "rejected"), ("hand over",)])
@example(ONE_IS_LATE, [("act on all", NoneNeeded("chatter")), ("act on all", Reopen())])
def test_nothing_else_that_people_do_improves_a_figure(history, acts):
    """Erasing, replies that never went out, handing over, what is heard twice, and all the rest that the desk does."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        world = World(Path(folder))
        happen(world, world.office.lena, history)
        before = world.report()
        happen(world, world.office.desk("ana"), acts)
        after = world.report()
        world.close()
    assert_no_better(before, after)


@settings(max_examples=examples(100))
@given(
    st.lists(
        st.tuples(st.just("write"), PLACES, st.just(TEXTS[0]))
        | WAITS
        | ANSWERS
        | st.tuples(st.just("act"), NEUTRAL, PLACES),
        max_size=16,
    )
)
@example([("write", 0, TEXTS[0]), ("pass", DAY), ("act", Close(), 0), ("pass", DAY), ("write", 0, TEXTS[0]),
          ("pass", MINUTE), ("answer", 0, False, False)])  # fmt: skip
@example([("write", 0, TEXTS[0]), ("pass", DAY), ("act", Close(), 0), ("answer", 0, False, False)])
def test_who_was_closed_without_an_answer_has_waited_all_the_time(happenings):
    """Closing and bringing back, on the way too, shorten no reply time and no first response that there would be."""
    found = []
    for kept in (happenings, [one for one in happenings if one[0] != "act"]):
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            world = World(Path(folder))
            happen(world, world.office.lena, kept)
            found.append({name: world.measured(name) for name in ("reply", "first_response", "first_holding")})
            world.close()
    with_acts, without = found
    assert with_acts["reply"] == without["reply"]
    for name in ("first_response", "first_holding"):
        assert not without[name] - with_acts[name]

"""The engine warns before an SLA ends: once, and never after the end."""

from __future__ import annotations

import pytest

from cminbox.desk import Close
from cminbox.model import DAY, MINUTE


def warnings(office) -> int:
    """How many warnings the log has."""
    return office.rows("SELECT count(*) FROM events WHERE action = 'sla warning'")[0][0]


def test_an_sla_is_warned_of_before_its_end_and_not_again_after_an_undo(office):
    number = office.write()
    office.engine(3 * 60 + 44)
    assert warnings(office) == 0
    office.engine(2)
    assert warnings(office) == 1
    office.ana.do(Close(), [number])
    office.engine(1)
    office.ana.undo()
    office.engine(1)
    assert (office.row(number).status, warnings(office)) == ("open", 1)


@pytest.mark.parametrize("age", [4 * 60 * MINUTE + MINUTE, 400 * DAY])
def test_what_is_overdue_when_it_is_first_seen_is_past_a_warning(office, age):
    number = office.write(at=office.now - age)
    office.engine()
    assert office.row(number).due_at < office.now
    office.ana.do(Close(), [number])
    office.engine(1)
    office.ana.undo()
    office.engine(1)
    assert warnings(office) == 0


def test_another_sla_is_warned_of_anew(office):
    number = office.write()
    office.engine(3 * 60 + 50)
    office.write("We look into it.", to=number, direction="out", author="us")
    office.engine(1)
    office.write("and now?", to=number)
    office.engine(3 * 60 + 50)
    assert warnings(office) == 2

"""What each figure means is said once, and is the same in the documents, in the report and on the screen."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from cminbox import query
from cminbox.model import DAY, HOUR, MINUTE
from cminbox.reports import Group
from cminbox.reports.definitions import COHORTS, DEFINED, DEFINITIONS, behind

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
KEYS = {one.name for one in fields(Group)}
NOW = 1_700_000_000_000


def test_every_figure_of_a_report_is_defined_once() -> None:
    assert {one.key for one in DEFINITIONS} == KEYS
    assert len(DEFINED) == len(DEFINITIONS)


def test_the_page_says_what_the_report_says() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*) \| (.*) \| (.*) \|$", PAGE, re.M)
    assert rows == [(one.key, one.means, one.left_out, COHORTS[one.cohort]) for one in DEFINITIONS]


def test_the_example_on_the_page_has_every_key() -> None:
    example = PAGE[PAGE.index("```") :]
    assert {*KEYS, "since", "until", "about", "by"} <= set(re.findall(r'"(\w+)": ', example))


@pytest.mark.parametrize("one", DEFINITIONS, ids=lambda one: one.key)
@pytest.mark.parametrize(("since", "until"), [(7 * DAY, 0), (400 * DAY, 3 * DAY + 7), (MINUTE, MINUTE), (0, -5)])
def test_the_query_behind_a_figure_can_be_asked(one, since, until) -> None:
    asked = behind(one, NOW - since, NOW - until, NOW)
    assert query.parse(asked)


def test_a_period_is_asked_for_by_how_long_ago_it_was() -> None:
    reply = DEFINED["reply"]
    assert behind(reply, NOW - 7 * DAY, NOW, NOW) == "replied:<=1w"
    assert behind(reply, NOW - 7 * DAY, NOW - 2 * HOUR, NOW) == "replied:2h..1w"
    # In a unit that suits it, and never too short.
    assert behind(reply, NOW - 90 * MINUTE - 1, NOW, NOW) == "replied:<=91m"
    assert behind(reply, NOW - 5570 * DAY + HOUR, NOW, NOW) == "replied:<=5570d"
    assert behind(reply, NOW - 3 * DAY, NOW - DAY - 1, NOW) == "replied:1d..3d"

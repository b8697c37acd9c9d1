"""Rule files: what they may say, what is told when they are wrong, and what stays in force then."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cminbox import paths
from cminbox.channels import ChannelConfig, TellConfig
from cminbox.config import Config, MemberConfig
from cminbox.model import HOUR
from cminbox.rules.files import SHIPPED, RuleBook, beside, load, load_file

WHOLE = """
[[rule]]
name = "refund and angry"
when = 'sentiment:<-0.4 (refund OR reembolso OR रिफंड)'
priority = +35
most = 90
within_band = false
urgency = 0.5
labels = ["billing", "angry"]
sla = "1h"
sla_hours = "business"
answer = false
lift = true
assign = "team:care"
role = "journalist"
propose_crisis = true
notify = ["ops"]
stop = true
"""


def rules_of(folder: Path, text: str, name: str = "50-mine.toml") -> RuleBook:
    (folder / name).write_text(text, "utf-8")
    return load(folder)


def one_line(book: RuleBook) -> str:
    assert len(book.problems) == 1
    line = book.problems[0].line()
    assert "\n" not in line
    return line


def touched(path: Path, text: str) -> None:
    """Writes a file so that its time differs even on a coarse clock."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, "utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def test_a_rule_says_all_that_the_manual_says(tmp_path: Path) -> None:
    book = rules_of(tmp_path, WHOLE)
    assert book.problems == ()
    rule = book.rules[-1]
    assert (rule.name, rule.priority, rule.labels) == ("refund and angry", 35, ("billing", "angry"))
    assert (rule.sla, rule.assign, rule.propose_crisis) == (HOUR, "team:care", True)
    assert (rule.notify, rule.stop, rule.line) == (("ops",), True, 2)
    assert (rule.sla_hours, rule.answer, rule.lift) == ("business", False, True)
    assert (rule.most, rule.within_band, rule.urgency, rule.role) == (90, False, 0.5, "journalist")
    unknown = rules_of(tmp_path, f"{WHOLE}qqqqqqqqqqqq = 1\n").problems[0]
    keys = unknown.hint.removeprefix("known: ").split(", ")
    assert [key for key in keys if key not in WHOLE] == []


def test_the_shipped_rules_are_right() -> None:
    book = load(None)
    assert book.problems == ()
    assert book.rules[0].name == "default"
    assert {rule.file.parent for rule in book.rules if rule.file} == {SHIPPED}


def test_a_folder_that_is_not_there_is_no_mistake(tmp_path: Path) -> None:
    assert load(tmp_path / "rules").problems == ()


def test_files_run_in_order_of_their_names_the_shipped_ones_among_them(tmp_path: Path) -> None:
    (tmp_path / "05-first.toml").write_text(
        "[[rule]]\nname='a'\nwhen=''\npriority=1\n[[rule]]\nname='b'\nwhen=''\nstop=true"
    )
    (tmp_path / "90-last.toml").write_text("[[rule]]\nname='z'\nwhen=''\npriority=1")
    names = [rule.name for rule in load(tmp_path).rules]
    assert names[:3] == ["a", "b", "default"]
    assert names[-1] == "z"


def test_a_file_of_the_same_name_replaces_the_shipped_one(tmp_path: Path) -> None:
    book = rules_of(tmp_path, "[[rule]]\nname='calm'\nwhen=''\npriority=3", "10-base.toml")
    names = [rule.name for rule in book.rules]
    assert "calm" in names
    assert "default" not in names
    assert "refund words" in names


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("[[rule]]\nname='a'\nwhen=''\nprioritty=3", "50-mine.toml:4", 'did you mean "priority"?'),
        ("[[rule]]\nname='a'\nwhne=''\npriority=3", "50-mine.toml:3", 'did you mean "when"?'),
        ("[[rules]]\nname='a'\nwhen=''", "50-mine.toml:1", 'did you mean "rule"?'),
        ("[rule]\nname='a'\nwhen=''", "50-mine.toml:1", "[[rule]]"),
        ("[[rule]]\nwhen=''\npriority=3", "50-mine.toml:1", '"name" is missing'),
        ("[[rule]]\nname='a'\npriority=3", "50-mine.toml:1", '"when" is missing'),
        ("[[rule]]\nname='a'\nwhen=''", "50-mine.toml:2", "does nothing"),
        ("[[rule]]\nname='a'\nwhen=''\npriority='35'", "50-mine.toml:4", "whole number"),
        ("[[rule]]\nname='a'\nwhen=''\npriority=101", "50-mine.toml:4", "-100 to +100"),
        ("[[rule]]\nname='a'\nwhen=''\nmost=101", "50-mine.toml:4", "from 0 to 100"),
        ("[[rule]]\nname='a'\nwhen=''\nwithin_band=true", "50-mine.toml:4", "give it priority too"),
        ("[[rule]]\nname='a'\nwhen=''\nurgency=7", "50-mine.toml:4", "from 0 to 5"),
        ("[[rule]]\nname='a'\nwhen=''\nurgency='x'", "50-mine.toml:4", "must be a number"),
        ("[[rule]]\nname='a'\nwhen=''\nlabels='x'", "50-mine.toml:4", "list of texts"),
        ("[[rule]]\nname='a'\nwhen=''\nlabels=['x', ' ']", "50-mine.toml:4", "empty name"),
        ("[[rule]]\nname='a'\nwhen=''\nsla='soon'", "50-mine.toml:4", "no duration"),
        ("[[rule]]\nname='a'\nwhen=''\nassign='teem:care'", "50-mine.toml:4", "least-loaded:TEAM"),
        ("[[rule]]\nname='a'\nwhen=''\nstop='yes'", "50-mine.toml:4", "true or false"),
        ("[[rule]]\nname='a'\nwhen='sentimnt:<0'\nstop=true", "50-mine.toml:3:7", "sentiment"),
        ("[[rule]]\nname='a'\nwhen = 'refund (money'\nstop=true", "50-mine.toml:3:16", ""),
        ("[[rule]]\nname='a'\nwhen = '''\nrefund OR\nfrm:@x'''\nstop=true", "50-mine.toml:5:1", "from"),
        ("[[rule]]\nname='a'\nwhen = 'open\nstop=true", "50-mine.toml:4", "not TOML"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(tmp_path: Path, text: str, place: str, said: str) -> None:
    book = rules_of(tmp_path, text)
    line = one_line(book)
    assert place in line
    assert said in line
    assert book.rules == load(None).rules


def test_every_broken_rule_of_a_file_is_told(tmp_path: Path) -> None:
    book = rules_of(tmp_path, "[[rule]]\nname='a'\nwhen='x:y'\nstop=true\n[[rule]]\nname='b'\nwhen=''\n")
    assert [problem.line_number for problem in book.problems] == [3, 6]


def test_every_mistake_of_every_rule_is_told_with_line_and_column(tmp_path: Path) -> None:
    text = """\
[[rule]]
nmae = 'a'
when = 'sentimnt:<0'
priority = 101
  labels = 'x'
prioritty = 3
[[rule]]
name = 'b'
when = ''
stop = 'yes'
notify = ['nobody']
sla_hours = 'business'
sla = 'soon'
[[rules]]
name = 'c'
"""
    book = rules_of(tmp_path, text)
    about = beside(book, Config(paths.find(tmp_path, tmp_path)))
    places = [(problem.line_number, problem.column) for problem in (*book.problems, *about)]
    assert places == [(2, 1), (3, 9), (4, 1), (5, 3), (6, 1), (10, 1), (13, 1), (14, 1), (11, 1), (12, 1)]
    assert len({problem.line() for problem in (*book.problems, *about)}) == len(places)
    assert all("50-mine.toml:" in problem.line() for problem in (*book.problems, *about))
    assert book.rules == load(None).rules


def test_a_name_is_given_once(tmp_path: Path) -> None:
    book = rules_of(
        tmp_path, "[[rule]]\nname='mine'\nwhen=''\nstop=true\n[[rule]]\nname='default'\nwhen=''\npriority=1"
    )
    line = one_line(book)
    assert "50-mine.toml:5" in line
    assert "10-base.toml" in line
    assert [rule.priority for rule in book.rules if rule.name == "default"] == [4]
    assert "mine" in [rule.name for rule in book.rules]


def test_a_file_that_breaks_keeps_its_last_good_rules(tmp_path: Path) -> None:
    path = tmp_path / "50-mine.toml"
    other = tmp_path / "60-other.toml"
    touched(path, WHOLE)
    touched(other, "[[rule]]\nname='other'\nwhen=''\npriority=1")
    book = load(tmp_path)
    touched(path, WHOLE.replace("priority", "prioritty"))
    broken = book.reload()
    assert "prioritty" in one_line(broken)
    assert broken.rules == book.rules
    touched(other, "[[rule]]\nname='other'\nwhen=''\npriority=2")
    again = broken.reload()
    assert "prioritty" in one_line(again)
    assert again.rules[-1].priority == 2
    touched(path, WHOLE.replace("+35", "+36"))
    mended = again.reload()
    assert mended.problems == ()
    assert 36 in [rule.priority for rule in mended.rules]


def test_a_broken_file_in_place_of_a_shipped_one_leaves_the_shipped_rules(tmp_path: Path) -> None:
    book = rules_of(tmp_path, "[[rule]]\nname = 1", "10-base.toml")
    assert len(book.problems) == 2
    assert book.rules[0].name == "default"


def test_nothing_is_read_again_unless_it_changed(tmp_path: Path) -> None:
    touched(tmp_path / "50-mine.toml", WHOLE)
    book = load(tmp_path)
    assert book.reload() is book
    (tmp_path / "50-mine.toml").unlink()
    assert "refund and angry" not in [rule.name for rule in book.reload().rules]


def test_an_unreadable_file_is_told_and_the_others_stay(tmp_path: Path) -> None:
    (tmp_path / "50-mine.toml").write_bytes(b"name = '\xff'")
    (tmp_path / "60-folder.toml").mkdir()
    (tmp_path / "70-good.toml").write_text("[[rule]]\nname='good'\nwhen=''\npriority=1")
    book = load(tmp_path)
    assert len(book.problems) == 2
    assert book.rules[-1].name == "good"


def test_one_file_can_be_tried_alone(tmp_path: Path) -> None:
    path = tmp_path / "try.toml"
    path.write_text(WHOLE)
    assert [rule.name for rule in load_file(path).rules] == ["refund and angry"]
    assert "cannot be read" in one_line(load_file(tmp_path / "none.toml"))


@pytest.mark.parametrize("value", ['"none"', "false"])
def test_a_rule_takes_the_sla_away(tmp_path: Path, value: str) -> None:
    book = rules_of(tmp_path, f"[[rule]]\nname = 'a'\nwhen = ''\nsla = {value}\n")
    assert (book.problems, book.rules[-1].sla) == ((), 0)


def test_a_rule_may_say_nothing_but_that_no_answer_is_needed(tmp_path: Path) -> None:
    book = rules_of(tmp_path, "[[rule]]\nname = 'a'\nwhen = ''\nanswer = false\n")
    assert (book.problems, book.rules[-1].answer) == ((), False)
    assert book.answering == {len(book.rules) - 1}
    assert not load(None).answering


def test_a_name_that_nobody_has_is_no_one_to_notify(tmp_path: Path) -> None:
    config = Config(paths.find(tmp_path, tmp_path))
    team = (MemberConfig("ana", "Ana", "lead", ("care",), "ana"), MemberConfig("jo", "Jo", "lead", (), "jo"))
    text = "[[rule]]\nname = 'a'\nwhen = ''\nnotify = ['ana', '@jo', 'team:care', 'care', 'cara']\n"
    (problem,) = beside(rules_of(tmp_path, text), config._replace(members=team))
    assert problem.line() == (
        f"{tmp_path / '50-mine.toml'}:4:1: rule 'a' notifies 'cara', and nobody is called so — did you mean \"care\"?"
    )
    (alone,) = beside(rules_of(tmp_path, text.replace("'ana', '@jo', 'team:care', 'care', ", "")), config)
    assert alone.hint == "config.toml names no [[member]] and no [[channel]] yet"
    tell = TellConfig((ChannelConfig("cara"),))
    assert beside(rules_of(tmp_path, text), config._replace(members=team, tell=tell)) == []

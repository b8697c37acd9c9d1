"""What rules do beside points: tell, propose a crisis, assign, all that as time goes by too. They never reply."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cminbox import config as configuration
from cminbox import paths
from cminbox.desk import Assign, Desk
from cminbox.engine import scheduled
from cminbox.engine.scoring import Scoring
from cminbox.engine.takein import take_in
from cminbox.engine.transaction import Intake
from cminbox.model import HOUR, MINUTE, Author, Conversation, Member, Message
from cminbox.rules.files import load_file
from cminbox.store import Store, conversations, crises, sources
from stores import new_store

NOW = 1_780_000_000_000


class Shop:
    """A store with rules of its own, in which people write."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder, self.now, self.number = store, folder, NOW, 0
        (folder / "rules").mkdir()
        self.scoring = Scoring(folder / "rules")
        self.source = store.write(lambda conn: sources.ensure(conn, "shop", "mastodon"))

    def rule(self, text: str) -> None:
        (self.folder / "rules" / "50.toml").write_text(f"[[rule]]\nname = 'mine'\n{text}\n")
        self.scoring = Scoring(self.folder / "rules")
        assert not self.scoring.book.problems

    def intake(self) -> Intake:
        return Intake(self.scoring, self.now, None, 4 * HOUR, teams={"care": ("ana", "jo")})

    def say(self, text: str, conversation: str = "") -> Conversation:
        self.number += 1
        name = f"m{self.number}"
        one = self.scoring.score(Message(name, conversation or name, Author(name, name), text, self.now))
        self.store.write(lambda conn: take_in(conn, self.source, [one], self.intake()))
        key = conversation or name
        return conversations.known(self.store.read(), self.source.id, [key])[key]

    def later(self, ms: int) -> None:
        self.now += ms
        self.store.write(lambda conn: scheduled.run(conn, self.intake()))

    def row(self, number: int) -> Conversation:
        found = conversations.get(self.store.read(), number)
        assert found is not None
        return found

    def happened(self, action: str) -> list[tuple[str, str]]:
        sql = "SELECT actor, detail FROM events WHERE action = ? ORDER BY id"
        return [(row[0], row[1]) for row in self.store.read().execute(sql, (action,))]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with new_store(tmp_path / "cminbox.db") as store:
        yield Shop(store, tmp_path)


def test_notify_is_noted_once_for_each_name_and_wait(shop: Shop) -> None:
    shop.rule("when = 'mould'\nnotify = ['ana', 'team:care']")
    shop.say("mould in my tin", "c")
    told = shop.happened("notify")
    assert [actor for actor, _ in told] == ["rule:mine"] * 2
    assert "ana" in told[0][1]
    assert "team:care" in told[1][1]
    shop.now += MINUTE
    shop.say("mould, mould, mould", "c")
    assert len(shop.happened("notify")) == 2
    shop.say("mould here too")
    assert len(shop.happened("notify")) == 4


def test_a_crisis_is_proposed_once_and_never_runs_by_itself(shop: Shop) -> None:
    shop.rule("when = 'mould'\npropose_crisis = true")
    for _ in range(3):
        shop.say("mould in my tin")
    (proposed,) = crises.all(shop.store.read())
    assert (proposed.status, proposed.name) == ("proposed", "mine")
    shop.now += 7 * HOUR
    shop.say("mould again")
    assert len(crises.all(shop.store.read())) == 1  # it waits for a person
    shop.store.write(lambda conn: conn.execute("UPDATE crises SET status = 'dismissed'"))
    shop.say("mould again")
    assert sorted(crisis.status for crisis in crises.all(shop.store.read())) == ["dismissed", "proposed"]


@pytest.mark.parametrize(
    ("to", "assignee", "team"), [("ana", "ana", ""), ("team:care", "", "care"), ("least-loaded:care", "ana", "care")]
)
def test_a_rule_assigns_and_says_that_it_did(shop: Shop, to: str, assignee: str, team: str) -> None:
    shop.rule(f"when = 'mould'\nassign = '{to}'")
    row = shop.say("mould in my tin")
    assert (row.assignee, row.team, row.assigned_by) == (assignee, team, "rule:mine")
    assert [actor for actor, _ in shop.happened("assign")] == ["rule:mine"]


def test_the_least_loaded_takes_turns_and_a_person_has_the_last_word(shop: Shop) -> None:
    shop.rule("when = 'mould'\nassign = 'least-loaded:care'")
    assert [shop.say("mould").assignee for _ in range(4)] == ["ana", "jo", "ana", "jo"]
    config = configuration.load(paths.find(config=str(shop.folder), data=str(shop.folder)))
    desk = Desk(shop.store, config, Member("lena"), session="s", clock=lambda: shop.now)
    row = shop.say("mould", "c")
    desk.do(Assign("lena"), [row.id])
    shop.now += MINUTE
    assert shop.say("mould, still", "c").assignee == "lena"


def test_what_a_rule_says_of_time_comes_true_as_time_goes_by(shop: Shop) -> None:
    shop.rule("when = 'waiting:>2h'\nassign = 'jo'\nlabels = ['slow']\nnotify = ['ana']\nsla = '3h'")
    number = shop.say("where is my parcel?").id
    shop.later(HOUR)
    assert (shop.row(number).assignee, shop.happened("notify")) == ("", [])
    shop.later(HOUR + MINUTE)
    row = shop.row(number)
    assert (row.assignee, row.assigned_by, row.sla) == ("jo", "rule:mine", "rule:mine")
    assert "slow" in row.labels
    assert row.sla_target == 3 * HOUR
    shop.later(HOUR)
    assert len(shop.happened("notify")) == 1


def test_rules_never_reply(shop: Shop, tmp_path: Path) -> None:
    shop.rule("when = ''\nassign = 'ana'\nnotify = ['ana']\npropose_crisis = true\nanswer = true\nstop = true")
    for _ in range(5):
        shop.say("where is my parcel?")
    shop.later(5 * HOUR)
    assert shop.store.read().execute("SELECT COUNT(*) FROM outgoing").fetchone()[0] == 0
    for key in ("reply", "template", "send", "text"):
        file = tmp_path / f"{key}.toml"
        file.write_text(f"[[rule]]\nname = 'x'\nwhen = ''\npriority = 1\n{key} = 'thanks'\n")
        assert [f'unknown key "{key}"' in str(problem) for problem in load_file(file).problems] == [True]

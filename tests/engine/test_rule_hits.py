"""What rules hit is counted where verdicts are written; what other rules would change is tried without writing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cminbox import rules
from cminbox.engine import scheduled
from cminbox.engine.rule_trial import Trial, with_file
from cminbox.engine.scoring import Scoring
from cminbox.engine.takein import take_in
from cminbox.engine.transaction import Intake
from cminbox.errors import ConfigError
from cminbox.model import DAY, HOUR, Author, Message
from cminbox.query import Context
from cminbox.rules import files, switches
from cminbox.store import Connection, Store, conversations, rule_hits, sources
from stores import new_store

NOW = 1_780_000_000_000
RULES = """
[[rule]]
name = "tea"
when = "tea"
labels = ["tea"]

[[rule]]
name = "long"
when = "waiting:>2h"
priority = 5
"""


class Shop:
    """A store with rules of its own, in which people write."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder = store, folder
        (folder / "rules").mkdir()
        (folder / "rules" / "50.toml").write_text(RULES)
        self.scoring = Scoring(folder / "rules")
        self.source = store.write(lambda conn: sources.ensure(conn, "shop", "mastodon"))
        self.number = 0

    def intake(self, now: int) -> Intake:
        return Intake(self.scoring, now, None, 4 * HOUR)

    def say(self, text: str, at: int, now: int, conversation: str = "") -> None:
        self.number += 1
        name = f"m{self.number}"
        one = self.scoring.score(Message(name, conversation or name, Author(name, name), text, at))
        self.store.write(lambda conn: take_in(conn, self.source, [one], self.intake(now)))

    def hits(self, rule: str, now: int = NOW) -> rule_hits.Hits:
        return rule_hits.of_all(self.store.read(), now).get(rule, rule_hits.NO_HITS)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with new_store(tmp_path / "cminbox.db") as store:
        yield Shop(store, tmp_path)


def test_a_conversation_that_a_rule_begins_to_match_is_one_hit(shop: Shop) -> None:
    shop.say("green tea", NOW - HOUR, NOW, "c")
    assert shop.hits("tea")[:2] == (1, 1)
    shop.say("more tea please", NOW - HOUR // 2, NOW, "c")
    assert shop.hits("tea")[:2] == (1, 1)
    shop.say("tea too", NOW, NOW)
    shop.say("coffee", NOW, NOW)
    assert shop.hits("tea")[:2] == (2, 2)
    assert shop.hits("nothing") == rule_hits.NO_HITS


def test_time_alone_is_a_hit_once(shop: Shop) -> None:
    shop.say("where are you?", NOW, NOW)
    assert shop.hits("long").day == 0
    later = NOW + 3 * HOUR
    for _ in range(3):
        shop.store.write(lambda conn: scheduled.run(conn, shop.intake(later)))
    assert shop.hits("long", later)[:2] == (1, 1)


def test_a_backlog_counts_where_it_belongs_and_what_is_long_past_is_forgotten(shop: Shop) -> None:
    shop.say("tea", NOW - 3 * DAY, NOW)
    shop.say("tea", NOW - 60 * DAY, NOW)
    assert shop.hits("tea")[:2] == (0, 1)
    shop.say("tea", NOW + 40 * DAY, NOW + 40 * DAY)
    hours = [row[0] for row in shop.store.read().execute("SELECT DISTINCT hour FROM rule_hits")]
    assert min(hours) > (NOW + 20 * DAY) // HOUR


def test_a_rule_that_hits_far_more_than_it_used_to_is_an_alarm(shop: Shop) -> None:
    def count(hits: int, days_ago: int) -> None:
        shop.store.write(lambda conn: rule_hits.add(conn, {((NOW - days_ago * DAY) // HOUR, "tea"): hits}, NOW))

    count(40, 0)
    assert shop.hits("tea") == (40, 40, None)
    assert not shop.hits("tea").alarm  # what is usual is not known yet
    for day in range(1, 15):
        count(9, day)
    assert shop.hits("tea").usual == pytest.approx(9, abs=1)
    assert shop.hits("tea").alarm
    count(13, 3)
    for day in range(1, 8):
        count(9, day)
    assert not shop.hits("tea").alarm


def test_a_row_of_an_older_store_brings_no_hits_by_being_judged_anew(shop: Shop) -> None:
    shop.say("green tea", NOW - HOUR, NOW, "c")

    def as_before(conn: Connection) -> None:
        conn.execute("UPDATE conversations SET rules = '[]', rescore_at = ?", (NOW,))
        conn.execute("DELETE FROM rule_hits")

    shop.store.write(as_before)
    shop.store.write(lambda conn: scheduled.run(conn, shop.intake(NOW + 1)))
    assert shop.hits("tea", NOW + 1) == rule_hits.NO_HITS
    assert "tea" in next(iter(conversations.many(shop.store.read(), [1]).values())).rules


def test_a_rule_is_switched_by_a_line_that_the_engine_reads_again(shop: Shop) -> None:
    folder = shop.folder / "rules"
    assert "tea" in {rule.name for rule in shop.scoring.book.rules}
    switches.switch(folder, "tea", on=False)
    (folder / "off.txt").write_text("# ours\n" + (folder / "off.txt").read_text() + "nobody\n")
    assert shop.scoring.reload()
    book = shop.scoring.book
    assert [rule.name for rule in book.off] == ["tea"]
    assert "tea" in {rule.name for rule in book.all}
    assert [problem.line_number for problem in book.problems] == [4]
    shop.say("green tea", NOW, NOW)
    assert shop.hits("tea") == rule_hits.NO_HITS
    switches.switch(folder, "tea", on=True)
    assert (folder / "off.txt").read_text().splitlines()[0::2] == ["# ours", "nobody"]
    assert shop.scoring.reload()
    assert not shop.scoring.book.off
    (folder / "off.txt").write_bytes(b"\xff")
    assert shop.scoring.book.reload().problems
    with pytest.raises(ConfigError, match="UTF-8"):
        switches.switch(folder, "tea", on=False)
    assert (folder / "off.txt").read_bytes() == b"\xff"


def test_a_trial_says_what_trying_every_conversation_whole_would_say(shop: Shop, tmp_path: Path) -> None:
    texts = ("green tea", "no tea at all", "where is my parcel?", "thanks", "you charged me twice!!", "TEA 🙏")
    for number in range(60):
        shop.say(texts[number % len(texts)], NOW - number * HOUR, NOW)
    file = tmp_path / "50.toml"
    file.write_text(
        "[[rule]]\nname='tea'\nwhen='tea'\npriority=9\nnotify=['ana']\n"
        "[[rule]]\nname='calm'\nwhen='-tea is:open'\npriority=-3\nassign='jo'\n"
    )
    tried = files.load_file(file)
    assert not tried.problems
    old = shop.scoring.book
    new = with_file(old, tried, "50.toml")
    conn, context = shop.store.read(), Context(NOW)
    ids = conversations.ids(conn, None)
    found = [one for _, some in Trial(old, new, context).run(conn, ids) for one in some]
    assert {one.row.id for one in found} == set(ids)
    for one in found:
        assert ("tea" in one.new.rules) != ("calm" in one.new.rules)
        if "calm" in one.new.rules:
            assert "assign jo" in one.words
        else:
            assert "tells ana" in one.words
            assert "-tea" in one.words
    assert [some for _, some in Trial(old, old.reload(), context).run(conn, ids)] == [[]]


def test_no_regular_expression_hangs_a_trial(shop: Shop, tmp_path: Path) -> None:
    for _ in range(60):
        shop.say("a" * 5_000 + "!", NOW, NOW)
    file = tmp_path / "hostile.toml"
    file.write_text("[[rule]]\nname='hostile'\nwhen='/(a+)+$/'\npriority=9\n")
    new = with_file(shop.scoring.book, files.load_file(file), file.name)
    conn = shop.store.read()
    began = time.thread_time()
    found = list(Trial(shop.scoring.book, new, Context(NOW)).run(conn, conversations.ids(conn, None)))
    assert found == [(60, [])]
    assert time.thread_time() - began < 3
    assert rules.load(None).rules

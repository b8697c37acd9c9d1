"""A word list that changed is heard in what is stored: who waits first, history behind, a person's word kept."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cminbox import config as configuration
from cminbox import paths
from cminbox.desk import Close, Correct, Desk, NeedsAnswer
from cminbox.engine.loop import Engine
from cminbox.engine.reading_again import AT_ONCE, ReadingAgain
from cminbox.engine.scoring import Scoring
from cminbox.engine.takein import take_in
from cminbox.engine.transaction import Intake
from cminbox.model import DAY, HOUR, MINUTE, Author, Conversation, Member, Message, StoredMessage
from cminbox.rules.analysis import Analysis
from cminbox.screens.queue.overview import health_of
from cminbox.store import Store, analysing, conversations, engine, events, messages, sources
from stores import new_store

NOW = 1_780_000_000_000
RULES = """
[[rule]]
name = "sick"
when = "signal:praise sentiment:>0"
labels = ["fan"]
notify = ["ana"]
"""
TEXT = "that deck is sick sick sick"


class Shop:
    """A store, and what reads it again."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder = store, folder
        for name in ("rules", "lexicons"):
            (folder / name).mkdir()
        (folder / "rules" / "50.toml").write_text(RULES)
        self.scoring = Scoring(folder / "rules", folder / "lexicons")
        self.source = store.write(lambda conn: sources.ensure(conn, "shop", "mastodon"))
        config = configuration.load(paths.find(config=str(folder), data=str(folder)))
        self.desk = Desk(store, config, Member("ana"), session="s", clock=lambda: NOW)
        store.write(lambda conn: analysing.begin(conn, self.scoring.analysed_by))

    def intake(self) -> Intake:
        return Intake(self.scoring, NOW, None, 4 * HOUR)

    def say(self, count: int, at: int = NOW - HOUR) -> None:
        said = [
            self.scoring.score(Message(f"m{n}", f"c{n}", Author(f"a{n}", f"a{n}"), TEXT, at + n)) for n in range(count)
        ]
        self.store.write(lambda conn: take_in(conn, self.source, said, self.intake()))

    def row(self, number: int) -> Conversation:
        return conversations.known(self.store.read(), self.source.id, [f"c{number}"])[f"c{number}"]

    def message(self, number: int) -> StoredMessage:
        return messages.inbound(self.store.read(), self.row(number).id)[0]

    def teach(self) -> ReadingAgain:
        """At this shop *sick* is praise; the engine notices."""
        (self.folder / "lexicons" / "en.tsv").write_text("sick\t3\n")
        (self.folder / "lexicons" / "en.toml").write_text('[signals]\npraise = ["sick"]\n')
        assert self.scoring.reload_lexicons()
        return self.begin()

    def begin(self) -> ReadingAgain:
        async def no_rest(seconds: float) -> None:
            assert seconds > 0

        again = ReadingAgain(self.store, self.scoring, self.intake, no_rest)
        self.store.write(again.want)
        return again

    def progress(self) -> analysing.Progress | None:
        return analysing.progress(self.store.read())


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with new_store(tmp_path / "store.db") as store:
        yield Shop(store, tmp_path)


def test_what_is_stored_hears_a_new_word_list(shop: Shop) -> None:
    shop.say(3)
    shop.desk.do(Close(), [shop.row(1).id])
    assert shop.row(0).sentiment_class == "negative"
    asyncio.run(shop.teach().run())
    for number in (0, 1):
        row = shop.row(number)
        assert (row.sentiment_class, "praise" in row.content.signals) == ("positive", True)
        assert shop.message(number).signal_words["praise"] == ("sick",)
        assert "fan" in row.labels
    told = [event.action for event in events.of(shop.store.read(), shop.row(1).id)]
    assert "notify" not in told  # what is over raises no alarm
    assert shop.progress() is None
    assert not shop.begin().wanted


def test_a_persons_word_stays_and_what_was_late_stays_late(shop: Shop) -> None:
    shop.say(1, at=NOW - DAY)
    shop.say(3)
    shop.desk.do(Correct(sentiment=-0.9), [shop.row(1).id])
    shop.desk.do(NeedsAnswer(True), [shop.row(2).id])
    late = shop.row(0)
    assert late.due_at is not None
    assert late.due_at < NOW
    asyncio.run(shop.teach().run())
    assert (shop.message(1).sentiment, shop.row(1).sentiment) == (-0.9, -0.9)
    assert shop.row(2).needs_since is not None
    assert shop.message(2).needs_by == "member:ana"
    assert (shop.row(0).needs_since, shop.row(0).due_at) == (late.needs_since, late.due_at)


def test_who_waits_comes_first_and_a_cut_goes_on_where_it_was(shop: Shop) -> None:
    count = 2 * AT_ONCE + 5
    shop.say(count)
    shop.desk.do(Close(), [shop.row(n).id for n in range(AT_ONCE)])
    again = shop.teach()
    now = shop.progress()
    assert now is not None
    assert (now.stage, now.done, now.total) == ("open", 0, count)
    asyncio.run(again.step(now))
    now = shop.progress()
    assert now is not None
    assert now.done == AT_ONCE
    assert now.words() == f"messages are read again: {AT_ONCE} of {count} conversations"
    assert shop.row(count - 1).sentiment_class == "negative"
    shop.store.write(lambda conn: engine.start(conn, 1, "host", "0", NOW, by_hand=True))
    assert health_of(shop.store.read(), NOW) == ("well", f"reading again {100 * AT_ONCE // count} %")
    asyncio.run(shop.begin().run(history=False))  # another engine, after a kill
    assert shop.row(count - 1).sentiment_class == "positive"
    assert shop.row(0).sentiment_class == "negative"
    asyncio.run(shop.begin().run())
    assert {shop.row(n).sentiment_class for n in range(count)} == {"positive"}


def test_a_broken_list_begins_nothing_and_a_second_change_begins_anew(shop: Shop) -> None:
    shop.say(2)
    (shop.folder / "lexicons" / "en.tsv").write_text("sick\tvery\n")
    shop.scoring.reload_lexicons()
    shop.scoring.score(Message("x", "x", Author("x"), TEXT, NOW))
    assert not shop.begin().wanted
    again = shop.teach()
    first = shop.progress()
    (shop.folder / "lexicons" / "en.tsv").write_text("sick\t-3\n")
    shop.scoring.reload_lexicons()
    shop.store.write(again.want)
    second = shop.progress()
    assert first is not None
    assert second is not None
    assert first.mark != second.mark
    asyncio.run(again.step(first))  # it was read with the list before: nothing of it is written
    assert shop.progress() == second


def test_what_comes_meanwhile_is_not_overwritten(shop: Shop) -> None:
    shop.say(1)
    again = shop.teach()
    now = shop.progress()
    assert now is not None
    edited = Message("m0", "c0", Author("a0", "a0"), "thank you!", NOW - HOUR, edited_at=NOW - MINUTE)

    async def step() -> None:
        step = asyncio.create_task(again.step(now))
        scored = [shop.scoring.score(edited)]
        shop.store.write(lambda conn: take_in(conn, shop.source, scored, shop.intake()))
        await step

    asyncio.run(step())
    assert shop.message(0).text == "thank you!"
    assert "thanks" in shop.message(0).signals


def test_other_competitors_are_heard_in_what_is_stored(shop: Shop) -> None:
    shop.say(1)
    assert not shop.scoring.name_competitors(())
    assert shop.scoring.name_competitors(("deck",))
    again = shop.begin()
    assert shop.progress() is not None
    asyncio.run(again.run())
    assert shop.message(0).signal_words["competitor"] == ("deck",)


def test_a_mistake_in_a_list_of_a_language_that_nobody_wrote_in_changes_nothing(shop: Shop) -> None:
    shop.say(1)
    (shop.folder / "lexicons" / "de.tsv").write_text("gut 3\n")
    assert shop.scoring.reload_lexicons()
    assert "de.tsv:1:1" in shop.scoring.problem
    shop.begin()
    assert shop.progress() is None


@pytest.mark.parametrize(
    ("problem", "shown"),
    [
        (
            "/home/ana/.config/cminbox/lexicons/en.tsv:2:1: 'sick' has no valence — write",
            "en.tsv:2:1: 'sick' has no valence — write",
        ),
        ("/home/ana/lexicons/en.tsv: is a folder — take it away", "en.tsv: is a folder — take it away"),
        ("the disk is full", "the disk is full"),
    ],
)
def test_a_broken_file_is_told_by_its_name(shop: Shop, problem: str, shown: str) -> None:
    shop.store.write(lambda conn: engine.start(conn, 1, "host", "0", NOW, by_hand=True))
    shop.store.write(lambda conn: engine.beat(conn, NOW, "", problem))
    assert health_of(shop.store.read(), NOW) == ("ill", shown[:40])


async def test_competitors_that_the_brand_file_names_count_while_the_engine_runs(shop: Shop) -> None:
    shop.say(1)
    config = configuration.load(paths.find(config=str(shop.folder), data=str(shop.folder)))
    running = Engine(shop.store, config, clock=lambda: NOW)
    config.paths.brand_file.write_text('competitors = ["deck"]\n')
    await running.files.reload()
    assert "competitor" in running.scoring.score(Message("m9", "c9", Author("a", "a"), TEXT, NOW)).heard.signals
    assert shop.progress() is not None


async def test_nobody_waits_for_what_a_new_word_list_takes_to_read(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.say(2)
    again, analyse = shop.teach(), shop.scoring.analyse
    began, goes_on = threading.Event(), threading.Event()

    def slow(message: StoredMessage) -> Analysis:
        began.set()
        assert goes_on.wait(20), "the loop was held up"
        return analyse(message)

    monkeypatch.setattr(shop.scoring, "analyse", slow)
    reading = asyncio.create_task(again.run())
    assert await asyncio.to_thread(began.wait, 20)
    await shop.store.awrite(lambda conn: conn.execute("SELECT 1"))
    goes_on.set()
    await reading
    assert shop.message(1).sentiment_class == "positive"


def test_mistakes_are_looked_for_before_a_new_word_list_takes_over(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(folder: Path | None) -> tuple[()]:
        looked.append(folder)
        return ()

    looked: list[Path | None] = []
    assert shop.scoring.problem == ""
    monkeypatch.setattr("cminbox.rules.sentiment.check_folder", asked)
    (shop.folder / "lexicons" / "en.tsv").write_text("sick\t3\n")
    assert shop.scoring.reload_lexicons()
    assert shop.scoring.name_competitors(("Blue Stork",))
    assert len(looked) == 2
    assert shop.scoring.problem == ""
    assert len(looked) == 2

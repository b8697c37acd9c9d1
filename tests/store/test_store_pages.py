"""Whole pages and single messages give the same tables, whatever is in them and wherever they are cut."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_rows import add_row, store_in

from cminbox.engine.scoring import Scoring
from cminbox.engine.takein import Taken, take_in, take_in_all
from cminbox.engine.transaction import Intake
from cminbox.model import DAY, HOUR, MINUTE, Author, Conversation, Message
from cminbox.store import Connection, conversations, sources
from profiles import examples

NOW = 1_700_000_000_000
NUMBERS = itertools.count()
TEXTS = (
    "where is my refund?",
    "Thank you!",
    "this is a scam",
    "रिफंड कब मिलेगा?",
    "hello",
    "I am so angry and sad",
    "☕",
)
# None of these asks what only stood between two messages: whether it was open then, or how many points it had.
RULES = """
[[rule]]
name = "refunds"
when = 'refund OR "where is" OR रिफंड'
labels = ["money"]
[[rule]]
name = "angry about money"
when = 'label:money (angry OR scam)'
priority = +40
[[rule]]
name = "asked by somebody known"
when = 'is:question followers:>=1000'
labels = ["known", "asks"]
[[rule]]
name = "calm"
when = 'sentiment:>=0 -label:money'
priority = -3
[[rule]]
name = "edited"
when = 'is:edited'
labels = ["changed"]
"""
OURS = ("judged_with", "id", "source_id", "conversation_id", "author_id", "changed", "taken", "message_id")
TABLES = {
    "conversations": "SELECT t.*, a.remote_id AS author FROM conversations AS t LEFT JOIN authors AS a"
    " ON a.id = t.author_id",
    "messages": "SELECT t.*, a.remote_id AS author, c.remote_id AS conversation, w.words FROM messages AS t"
    " JOIN authors AS a ON a.id = t.author_id JOIN conversations AS c ON c.id = t.conversation_id"
    " LEFT JOIN message_words AS w ON w.rowid = t.id AND w.conversation_id = c.id",
    "measures": "SELECT t.source_id, t.measure, t.start_at, t.end_at, t.member, t.sla_target, c.remote_id"
    " FROM measures AS t JOIN conversations AS c ON c.id = t.conversation_id",
    "waits": "SELECT t.source_id, t.start_at, t.target, t.due_at, t.end_at, t.outcome, t.member, c.remote_id"
    " FROM waits AS t JOIN conversations AS c ON c.id = t.conversation_id",
    "cycle_ends": "SELECT t.source_id, t.start_at, t.end_at, t.end, t.reason, t.member, c.remote_id"
    " FROM cycle_ends AS t JOIN conversations AS c ON c.id = t.conversation_id",
    "labels": "SELECT t.*, c.source_id, c.remote_id FROM labels AS t JOIN conversations AS c"
    " ON c.id = t.conversation_id",
    "authors": "SELECT * FROM authors AS t",
}


@dataclass
class Shelf:
    """A store that holds many sources, and the rules of this page."""

    store: object
    scoring: Scoring

    def sources(self) -> list[int]:
        """Two new sources."""
        names = [f"s{next(NUMBERS)}" for _ in "ab"]
        return [self.store.write(lambda conn, n=n: sources.ensure(conn, n, "jsonl", polled=False)).id for n in names]

    def take(self, ids: Sequence[int], page: Sequence[tuple[int, Message]]) -> Taken:
        """Take messages in, each for one of the two sources."""

        def work(conn: Connection) -> Taken:
            parts = [(sources.get(conn, ids[which]), [self.scoring.score(message)]) for which, message in page]
            return take_in_all(conn, parts, Intake(self.scoring, NOW, NOW - 7 * DAY, 4 * HOUR))

        return self.store.write(work)

    def tables(self, ids: Sequence[int]) -> dict[str, list[list[tuple[str, object]]]]:
        """All that the store has of two sources, without the numbers that it gave."""
        conn, found = self.store.read(), {}
        for name, sql in TABLES.items():
            rows = []
            for which, number in enumerate(ids):
                where = "c.source_id" if name == "labels" else "t.source_id"
                for row in conn.execute(f"{sql} WHERE {where} = ?", (number,)):
                    columns = zip(row.keys(), row, strict=True)
                    kept = [(key, value) for key, value in columns if key not in OURS and key != "source"]
                    rows.append([("which", which), *kept])
            found[name] = sorted(rows, key=repr)
        found["taken"] = [[("taken", sources.get(conn, number).taken)] for number in ids]
        return found


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rules")
    (folder / "50.toml").write_text(RULES)
    with store_in(tmp_path_factory.mktemp("pages")) as store:
        yield Shelf(store, Scoring(folder))


@st.composite
def messages(draw, *, ties: bool = False) -> list[tuple[int, Message]]:
    """Messages of two sources in the order of their arrival; some come again, and some of those were changed.

    Args:
        ties: some were written in the same millisecond.
    """
    handles, followers = st.sampled_from(["", "mina"]), st.sampled_from([None, 10, 5000])
    known = {person: Author(person, draw(handles), draw(handles), draw(followers)) for person in (*"xyz", "us")}
    made: list[tuple[int, Message]] = []
    tied = ties and draw(st.booleans())
    for number in range(draw(st.integers(1, 10))):
        inbound = draw(st.sampled_from([True, True, False]))
        author = known[draw(st.sampled_from("xyz")) if inbound else "us"]
        message = Message(
            f"m{number}",
            draw(st.sampled_from("abc")),
            author,
            draw(st.sampled_from(TEXTS)),
            NOW - draw(st.sampled_from([HOUR, HOUR, HOUR, 10 * DAY])) + (number // 3 * 3 if tied else number) * MINUTE,
            kind=draw(st.sampled_from(["mention", "dm"])),
            direction="in" if inbound else "out",
            parent=draw(st.sampled_from([None, "m0"])),
            edited_at=draw(st.sampled_from([None, None, NOW])),
            title=draw(st.sampled_from(["", "a title"])),
        )
        which = draw(st.integers(0, 1))
        made.append((which, message))
        for place, before in draw(st.lists(st.sampled_from(made), max_size=2)) if draw(st.integers(0, 2)) == 0 else []:
            again = before._replace(
                text=draw(st.sampled_from([before.text, "no, hello", *TEXTS])),
                edited_at=draw(st.sampled_from([None, before.created_at + 30 * MINUTE, NOW])),
            )
            made.append((place, again))
    return made


@settings(max_examples=examples(150))
@given(messages(ties=True), st.data())
def test_pages_and_single_messages_give_the_same_tables(shelf, given_messages, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(given_messages)), max_size=3)))
    paged, single = shelf.sources(), shelf.sources()
    for first, last in itertools.pairwise([0, *cuts, len(given_messages)]):
        shelf.take(paged, given_messages[first:last])
    for one in given_messages:
        shelf.take(single, [one])
    tables = shelf.tables(paged)
    assert tables == shelf.tables(single)
    assert len(tables["messages"]) == len({(which, message.id) for which, message in given_messages})


@settings(max_examples=examples(100))
@given(messages(), st.randoms(use_true_random=False))
def test_no_order_of_arrival_gives_other_tables(shelf, given_messages, random):
    once = list({(which, message.id): (which, message) for which, message in given_messages}.values())
    paged, single = shelf.sources(), shelf.sources()
    shelf.take(paged, once)
    mixed = [*once]
    random.shuffle(mixed)
    for one in mixed:
        shelf.take(single, [one])
    assert shelf.tables(paged) == shelf.tables(single)


def test_a_message_without_its_conversation_is_told_and_the_others_come_in(tmp_path):
    scoring = Scoring(None)

    def take(conn: Connection, numbers: Sequence[int], text: str, deleted: Sequence[str] = ()) -> Taken:
        page = [scoring.score(Message(f"m{n}", f"c{n}", Author("x"), text, NOW)) for n in numbers]
        return take_in(conn, sources.by_name(conn, "brand"), page, Intake(scoring, NOW), deleted=deleted)

    with store_in(tmp_path) as store:
        store.write(lambda conn: take(conn, [0, 1], "hello?"))
        with closing(sqlite3.connect(tmp_path / "data" / "cminbox.db")) as raw, raw:
            raw.execute("DELETE FROM conversations WHERE remote_id = 'c0'")
        taken = store.write(lambda conn: take(conn, range(3), "where is it?", ["m0", "m1"]))
    assert (taken.new, taken.edited, taken.deleted) == (1, 1, 1)
    told = "message m0: the store is damaged: it has the message, but not its conversation 1"
    assert [error.message for error in taken.errors] == [told, told]


def test_what_a_network_says_of_a_person_later_is_what_counts(shelf):
    said = [
        (0, Message("1", "a", Author("x", "mina", "Mina", 10), "hello", NOW)),
        (0, Message("2", "b", Author("x", "", "Mina M.", 5000), "hello?", NOW + 1)),
    ]
    ids = shelf.sources()
    shelf.take(ids, said)
    conn = shelf.store.read()
    known = [
        tuple(row) for row in conn.execute("SELECT handle, name, followers FROM authors WHERE source_id = ?", ids[:1])
    ]
    assert known == [("mina", "Mina M.", 5000)]
    rows = conn.execute("SELECT handle, name, followers FROM conversations WHERE source_id = ?", ids[:1])
    assert [tuple(row) for row in rows] == known * 2


def test_a_new_row_has_the_schemas_defaults(shelf):
    number = add_row(shelf.store, next(NUMBERS))
    row = conversations.get(shelf.store.read(), number)
    given_columns = [name for name in Conversation._fields if name not in Conversation._field_defaults]
    assert Conversation(**{name: getattr(row, name) for name in given_columns}) == row


def test_a_team_is_loaded_evenly_within_one_page(tmp_path):
    (tmp_path / "50.toml").write_text('[[rule]]\nname = "all"\nwhen = "is:open"\nassign = "least-loaded:care"\n')
    scoring = Scoring(tmp_path)
    with store_in(tmp_path) as store:
        page = [scoring.score(Message(f"m{n}", f"c{n}", Author("x"), "hello", NOW + n)) for n in range(6)]

        def work(conn: Connection) -> None:
            intake = Intake(scoring, NOW + HOUR, teams={"care": ("ana", "lena", "tom")})
            take_in_all(conn, [(sources.by_name(conn, "brand"), page)], intake)

        store.write(work)
        held = [row[0] for row in store.read().execute("SELECT assignee FROM conversations ORDER BY id")]
    assert held == ["ana", "lena", "tom"] * 2

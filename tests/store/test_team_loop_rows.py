"""What the team loop keeps: notices, who is on duty, promises, questions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cminbox.config import Config
from cminbox.model import HOUR
from cminbox.paths import Paths
from cminbox.store import Connection, Store, duty, notices, promises, questions
from stores import new_store

NOW = 1_800_000_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with new_store(tmp_path / "cminbox.db") as store:
        yield store


def conversation(conn: Connection) -> int:
    """A conversation of somebody, with as little in it as there may be."""
    conn.execute("INSERT INTO sources (id, name, network) VALUES (1, 'm', 'mastodon')")
    conn.execute(
        "INSERT INTO conversations (id, source_id, remote_id, source, network, kind, status, created_at, newest_at,"
        " changed) VALUES (1, 1, 'r', 'm', 'mastodon', 'mention', 'open', 0, 0, 1)"
    )
    return 1


def test_the_same_thing_is_told_once(store: Store) -> None:
    def twice(conn: Connection) -> tuple[int | None, int | None]:
        people: dict[notices.Part, list[str]] = {"assignee": ["ana", "ana", "jo"]}
        first = notices.tell(conn, NOW, "assigned", "yours", key="a:1", by="lena", people=people, recipients=["ops"])
        return first, notices.tell(conn, NOW, "assigned", "yours again", key="a:1")

    first, second = store.write(twice)
    (told,) = notices.unplanned(store.read(), NOW, 10)
    assert (told.id, second) == (first, None)
    assert (told.title, told.by, told.people, told.recipients) == (
        "yours",
        "lena",
        {"assignee": ["ana", "jo"]},
        ("ops",),
    )


def test_the_newest_word_of_duty_is_in_force_until_it_ends(store: Store, tmp_path: Path) -> None:
    def words(conn: Connection) -> None:
        duty.say(conn, "ana", False, NOW, None, "member:ana", "ill")
        duty.say(conn, "ana", True, NOW + HOUR, NOW + 3 * HOUR, "member:lena")

    store.write(words)
    config, team = Config(Paths(tmp_path, tmp_path, tmp_path)), ("ana", "jo")
    assert duty.on_duty(store.read(), config, team, NOW + 2 * HOUR) == {"ana", "jo"}
    said = duty.said(store.read(), NOW + 2 * HOUR)["ana"]
    assert (said.on_duty, said.by) == (True, "member:lena")
    assert duty.said(store.read(), NOW + 4 * HOUR) == {}


def test_who_is_absent_is_not_on_duty(store: Store, tmp_path: Path) -> None:
    store.write(lambda conn: duty.say(conn, "ana", False, NOW, NOW + HOUR, "member:ana"))
    config = Config(Paths(tmp_path, tmp_path, tmp_path))
    assert duty.on_duty(store.read(), config, ("ana", "jo"), NOW + 1) == {"jo"}


def test_promises_stand_in_the_order_in_which_they_are_due(store: Store) -> None:
    def make(conn: Connection) -> None:
        home = conversation(conn)
        promises.add(conn, home, "a new cup", NOW + 2 * HOUR, "jo", "ana", NOW)
        promises.add(conn, home, "the refund", NOW + HOUR, "ana", "ana", NOW)

    store.write(make)
    assert [(one.text, one.owner, one.status) for one in promises.of(store.read(), 1)] == [
        ("the refund", "ana", "open"),
        ("a new cup", "jo", "open"),
    ]
    assert [one.text for one in promises.open_until(store.read(), NOW + HOUR, 10)] == ["the refund"]


def test_questions_that_nobody_answered_are_listed(store: Store) -> None:
    def ask(conn: Connection) -> None:
        home = conversation(conn)
        for token, status in (("q1", "open"), ("q2", "answered")):
            conn.execute(
                "INSERT INTO questions (token, conversation_id, expert, text, asked_by, asked_at, status)"
                " VALUES (?, ?, 'anna', 'is it recalled?', 'ana', ?, ?)",
                (token, home, NOW, status),
            )

    store.write(ask)
    assert [one.token for one in questions.open_ones(store.read(), 10)] == ["q1"]
    assert [one.token for one in questions.of(store.read(), 1)] == ["q1", "q2"]

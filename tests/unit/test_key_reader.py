"""From keys to commands: counts, sequences, and what drops them."""

from __future__ import annotations

import pytest

from cminbox.commands import keys
from cminbox.screens.key_reader import MOST_DIGITS, KeyReader


@pytest.fixture
def queue() -> KeyReader:
    return KeyReader(keys.build(changes={"queue": {"move.top": ["g g"]}}), "queue")


def ran(reader: KeyReader, *typed: str) -> list[str]:
    """Ids of the commands that keys run, with the count where one was typed."""
    found = []
    for key in typed:
        command = reader.read(key)
        if command is not None:
            found.append(f"{reader.count if reader.counted else ''}{command.id}")
    return found


def test_a_key_runs_its_command(queue: KeyReader) -> None:
    assert ran(queue, "j", "k", "nothing", "e") == ["move.down", "move.up", "conversation.close"]


def test_a_count_belongs_to_the_next_command_alone(queue: KeyReader) -> None:
    assert ran(queue, "1", "0", "j", "k") == ["10move.down", "move.up"]
    assert queue.count == 1


def test_a_count_begins_with_no_nought_and_has_an_end(queue: KeyReader) -> None:
    queue.read("0")
    assert queue.pending == ""
    for _ in range(MOST_DIGITS + 3):
        queue.read("9")
    assert queue.pending == "9" * MOST_DIGITS


def test_a_sequence_is_pending_until_it_is_whole(queue: KeyReader) -> None:
    assert queue.read("3") is None
    assert queue.read("g") is None
    assert queue.pending == "3g"
    assert ran(queue, "g") == ["3move.top"]
    assert queue.pending == ""


def test_what_is_pending_goes_with_escape_which_does_nothing_else(queue: KeyReader) -> None:
    assert ran(queue, "4", "escape", "j") == ["move.down"]
    assert ran(queue, "g", "escape", "escape") == ["app.back"]


def test_a_key_that_ends_no_sequence_drops_it_and_does_nothing(queue: KeyReader) -> None:
    assert ran(queue, "g", "j", "j") == ["move.down"]


def test_what_a_key_would_run_can_be_asked_without_pressing_it(queue: KeyReader) -> None:
    queue.read("g")
    command = queue.command_for("g")
    assert command is not None
    assert command.id == "move.top"
    assert queue.pending == "g"


def test_elsewhere_digits_are_keys() -> None:
    conversation = KeyReader(keys.build(), "conversation")
    assert ran(conversation, "1") == ["reply.quick_1"]


def test_a_macro_takes_the_count_away_from_its_steps(queue: KeyReader) -> None:
    ran(queue, "5", "j")
    queue.forget_count()
    assert (queue.count, queue.counted) == (1, False)

"""What a screen keeps for the next time, as files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.screens.queue.session_file import (
    MOST_LINES,
    Files,
    Place,
    read_marks,
    read_place,
    write_marks,
    write_place,
)


def test_what_is_kept_is_what_is_read(tmp_path: Path) -> None:
    place = Place("All", "lang:hi रिफंड", "/re/", "due", 7, 3, 12, 1_780_000_000_000, ("close",), ("a\nb", "\ud800"))
    write_place(tmp_path / "deep" / "place.json", "now", place)
    assert read_place(tmp_path / "deep" / "place.json", "now") == place
    assert read_place(tmp_path / "deep" / "place.json", "another") is None
    assert read_place(tmp_path / "none.json", "now") is None


def test_a_hundred_thousand_marks(tmp_path: Path) -> None:
    marks = frozenset(range(3, 300_003, 3))
    path = tmp_path / "marks.json"
    write_marks(path, "now", marks)
    assert read_marks(path, "now") == marks
    assert path.stat().st_size < 1_000_000
    write_marks(path, "now", ())
    assert not path.exists()
    assert os.listdir(tmp_path) == []


def test_history_is_bounded(tmp_path: Path) -> None:
    place = Place(commands=tuple(str(number) for number in range(1_000)), queries=("x" * 100_000,))
    write_place(tmp_path / "place.json", "now", place)
    found = read_place(tmp_path / "place.json", "now")
    assert found is not None
    assert len(found.commands) == MOST_LINES
    assert found.commands[-1] == "999"
    assert len(found.queries[0]) == 2_000


@given(st.binary(max_size=200))
def test_any_file_is_read_or_refused(raw: bytes) -> None:
    path = Path("/dev/shm" if Path("/dev/shm").is_dir() else "/var/tmp") / f"kept-{os.getpid()}"
    path.write_bytes(raw)
    try:
        for read in (read_place, read_marks):
            with pytest.raises(ValueError):  # noqa: PT011
                read(path, "now")
    finally:
        path.unlink()


@given(st.text(max_size=60), st.text(max_size=60))
def test_members_have_files_of_their_own_whatever_they_are_called(one: str, other: str) -> None:
    first, second = (Files.of(Path("/state"), Path("/data/cminbox.db"), who) for who in (one, other))
    assert first.place.parent == first.marks.parent == Path("/state")
    assert len({first.place, first.marks}) == 2
    assert (first == second) == (one == other)

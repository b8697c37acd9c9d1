"""The messages that measurements are made with: as many as asked for, all different, always the same."""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cminbox.model import from_iso
from cminbox.sources.networks.jsonl import Reader, parse


@pytest.fixture(scope="module")
def generator() -> Any:
    file = Path(__file__).parents[2] / "benchmarks" / "generator.py"
    spec = importlib.util.spec_from_file_location("bench_generator", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "bench_generator", module)
        spec.loader.exec_module(module)
    return module


def test_invented_messages_are_distinct_readable_and_always_the_same(generator: Any, tmp_path: Path) -> None:
    count = 2 * generator.INVENTED + 123
    first = list(generator.messages(count, made=generator.base(tmp_path)))
    assert first == list(generator.messages(count, made=generator.base(tmp_path)))
    assert len({row["id"] for row in first}) == len(first) == count
    people = {row["author"]["id"] for row in first if row["direction"] == "in"}
    assert len(people) > count / 10
    read = [parse(row) for row in first]
    assert {message.id for message in read if message.parent} <= {message.id for message in read}
    times = [from_iso(row["created_at"]) / 1000 for row in first]
    assert min(times) >= generator.END - generator.SPAN
    assert max(times) <= generator.END


def test_a_later_part_has_other_messages(generator: Any, tmp_path: Path) -> None:
    made = generator.base(tmp_path)
    before = {row["id"] for row in generator.messages(6_000, made=made)}
    later = [row["id"] for row in generator.messages(500, made=made, start=6_000)]
    assert not before & set(later)
    copies = 2 * len(made.rows)
    earlier = max(row["id"] for row in generator.messages(copies, made=made))
    assert earlier < min(row["id"] for row in generator.messages(500, made=made, start=copies))


@pytest.mark.parametrize("now", [1_600_000_000.0, 1_900_004_399.9, 4_000_000_000.0, None])
def test_nothing_made_is_ahead_of_the_clock(generator: Any, tmp_path: Path, now: float | None) -> None:
    """What the clock has not reached is refused by an import, and the whole measuring ends."""
    now = now or time.time()
    made, end = generator.base(tmp_path), generator.recent_end(now)
    size = len(made.rows)
    for start, count in ((0, 300), (0, 2 * size + 7), (200, 2 * size), (2 * size + 7, 300), (50 * size, 700)):
        file = tmp_path / "messages.jsonl"
        generator.write(file, count, end=end, start=start, made=made)
        with file.open("rb") as lines:
            read = list(Reader(present=int(now * 1000)).read(lines))
        assert [line.error for line in read if line.message is None] == []
        times = [line.message.created_at / 1000 for line in read if line.message is not None]
        assert end - generator.SPAN <= min(times) <= max(times) <= now
        assert start == 0 or min(times) >= end, "what comes on top is newer"
    assert time.time() > generator.END, "an end of no clock's future, where nobody names one"


def test_real_conversations_are_multiplied_where_they_are(generator: Any, shared: Path) -> None:
    made = generator.base(shared)
    if made.name == "invented":
        pytest.skip("no real conversations in the shared data")
    rows = list(generator.messages(2 * len(made.rows), made=made))
    assert len({row["id"] for row in rows}) == len(rows)
    copies = {row["conversation"].partition(".")[0] for row in rows}
    assert copies == {"000000", "000001"}


def test_a_file_has_one_message_a_line_and_the_size_of_its_texts_is_told(generator: Any, tmp_path: Path) -> None:
    file = tmp_path / "messages.jsonl"
    size = generator.write(file, 50, made=generator.base(tmp_path))
    assert len(file.read_text("utf-8").splitlines()) == 50
    assert 0 < size < file.stat().st_size

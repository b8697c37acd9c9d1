"""What a call of `import` asks for, and how its pages are cut."""

from __future__ import annotations

import pytest

from cminbox.cli import import_writer, importing
from cminbox.cli.importing import Asked


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["m.jsonl"], Asked("m.jsonl")),
        (["-"], Asked("-")),
        (["--json", "m.jsonl", "--history"], Asked("m.jsonl", history=True, as_json=True)),
        ([], None),
        (["a", "b"], None),
        (["--help"], None),
        (["m.jsonl", "--help"], None),
        (["m.jsonl", "--json", "--json"], None),
        (["--", "--json"], None),
        (["m.jsonl", "--jsn"], None),
    ],
)
def test_the_usual_call_is_read_here_and_every_other_is_left_to_the_library(words, asked):
    assert importing.usual(words) == asked


def test_a_page_is_cut_into_portions_that_keep_all_messages_in_order():
    parts = [("a", "x", tuple(range(5))), ("b", "x", (5,)), ("c", "y", tuple(range(6, 13)))]
    sizes = iter([4, 4, 2, 100])
    portions = list(import_writer.portions(parts, lambda: next(sizes)))
    assert [sum(len(part) for _, _, part in portion) for portion in portions] == [4, 4, 2, 3]
    assert [number for portion in portions for _, _, part in portion for number in part] == list(range(13))
    assert [name for portion in portions for name, _, _ in portion] == ["a", "a", "b", "c", "c", "c"]
    assert list(import_writer.portions([], lambda: 4)) == []

"""The window of the list against a plain list: whatever is done, it shows what is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from cminbox.terminal.widths import draws_code_points
from cminbox.textwidth import clusters, cut, first_lines, fit
from cminbox.widgets import list_window
from cminbox.widgets.list_window import Window
from profiles import examples

HEIGHT = 7


@dataclass(frozen=True)
class Number:
    """A row."""

    id: int


class Numbers:
    """Rows of a plain list, by pages."""

    def __init__(self, ids: Sequence[int]) -> None:
        self.ids = sorted(ids)
        self.asked = 0

    def page(self, after: Number | None, limit: int, backwards: bool = False) -> list[Number]:
        """As a store would."""
        self.asked += 1
        found = self.ids
        if after is not None:
            found = [number for number in found if (number < after.id if backwards else number > after.id)]
        return [Number(number) for number in (found[-limit:] if backwards else found[:limit])]


def check(window: Window[Number], numbers: Numbers) -> None:
    ids = [row.id for row in window.rows]
    assert ids == sorted(set(ids))
    if not ids:
        assert not numbers.ids
        return
    at = numbers.ids.index(ids[0])
    assert numbers.ids[at : at + len(ids)] == ids
    assert 0 <= window.cursor < len(ids)
    assert window.top <= window.cursor < window.top + HEIGHT
    assert window.starts == (at == 0) or not window.starts
    assert not window.ends or ids[-1] == numbers.ids[-1]


step = st.one_of(
    st.tuples(st.just("move"), st.integers(-400, 400)),
    st.tuples(st.just("scroll"), st.integers(-50, 50)),
    st.tuples(st.just("end"), st.just(0)),
    st.tuples(st.just("home"), st.just(0)),
    st.tuples(st.just("gone"), st.integers(0, 5)),
    st.tuples(st.just("reload"), st.integers(0, 5)),
)


@settings(max_examples=examples(150))
@given(st.sets(st.integers(0, 900), max_size=700), st.lists(step, max_size=12))
def test_the_window_shows_what_is_there(ids: set[int], steps: list[tuple[str, int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(list_window, "PAGE", 20)
        patch.setattr(list_window, "FAR", 60)
        numbers = Numbers(sorted(ids))
        window: Window[Number] = Window()
        window.open(numbers, HEIGHT)
        for what, amount in steps:
            row = window.rows[window.cursor] if window.rows else None
            if what == "move":
                where = numbers.ids.index(row.id) if row else 0
                window.put(window.reach(amount), HEIGHT)
                if row:
                    wanted = numbers.ids[max(0, min(where + amount, len(numbers.ids) - 1))]
                    assert window.rows[window.cursor].id == wanted
            elif what == "scroll":
                window.scroll(amount, HEIGHT)
            elif what == "end":
                window.open_end(HEIGHT)
                window.put(max(0, len(window.rows) - 1), HEIGHT)
            elif what == "home":
                window.open(numbers, HEIGHT)
            elif what == "gone" and row:
                gone = {found.id for found in window.rows[window.cursor : window.cursor + amount]}
                numbers.ids = [number for number in numbers.ids if number not in gone]
                window.take_out(gone, HEIGHT)
            elif what == "reload" and row:
                line = window.cursor - window.top
                numbers.ids = sorted({*numbers.ids, *range(row.id - amount, row.id)})
                window.open(numbers, HEIGHT, keep=row)
                assert window.rows[window.cursor].id == row.id
                assert window.top == 0 or window.cursor - window.top == line or window.starts or window.ends
            window.prefetch(HEIGHT)
            check(window, numbers)


def test_a_long_walk_keeps_a_small_window() -> None:
    numbers = Numbers(range(30_000))
    window: Window[Number] = Window()
    window.open(numbers, HEIGHT)
    for _ in range(250):
        window.put(window.reach(100), HEIGHT)
        window.prefetch(HEIGHT)
    assert window.rows[window.cursor].id == 25_000
    assert len(window.rows) < 2_500
    for _ in range(300):
        window.put(window.reach(-100), HEIGHT)
        window.prefetch(HEIGHT)
    assert window.rows[window.cursor].id == 0
    assert len(window.rows) < 2_500


texts = st.text(
    st.one_of(
        st.sampled_from("aé漢क्षिा੍ਪੈખૂ❤️👍🏽👩‍👧🇮🇳مت ​ \u0301"),
        st.characters(exclude_categories=("Cs", "Cc")),
    ),
    max_size=60,
)


@given(texts, st.integers(0, 40))
def test_a_cut_text_never_takes_more_room(text: str, room: int) -> None:
    assert cell_len(cut(text, room)) <= room
    assert cell_len(fit(text, room)) == room
    assert cell_len(fit(text, room, right=True)) == room


@given(texts)
def test_clusters_are_the_text_and_its_width(text: str) -> None:
    parts = list(clusters(text))
    assert "".join(text[start:end] for start, end, _ in parts) == text
    assert sum(size for _, _, size in parts) == cell_len(text)


@given(texts, st.integers(4, 40), st.integers(1, 5))
def test_wrapped_lines_fit(text: str, room: int, most: int) -> None:
    found = first_lines(text, room, most)
    assert len(found) <= most
    assert all(cell_len(line) <= room for line in found)


def test_a_vowel_sign_stays_with_its_base() -> None:
    word = "करोकरो"
    assert [word[start:end] for start, end, _ in clusters(word)] == ["क", "रो", "क", "रो"]
    assert cut(word, 3) == "करो…"


@pytest.mark.parametrize(
    ("environ", "code_points"),
    [
        ({"TERM": "tmux-256color", "TMUX": "/tmp/x"}, True),
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "xterm-kitty"}, False),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/x"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, False),
        ({"TERM": "xterm-256color", "CMINBOX_WIDTHS": "clusters"}, False),
    ],
)
def test_the_terminal_is_told_by_its_environment(environ: dict[str, str], code_points: bool) -> None:
    assert draws_code_points(environ) is code_points

"""What is written to the terminal: the cells that differ, and nothing else; whatever the terminal thinks of widths."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from emulator import Emulator
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

import cminbox
from cminbox.terminal.cell_styles import erases_in_colour
from cminbox.terminal.compat import ChopsUpdate, LayoutUpdate
from cminbox.terminal.diff import ScreenDiff
from cminbox.terminal.diff_app import plain_asked

COLUMNS, LINES = 40, 4
XTERM = {"TERM": "xterm-256color"}
STYLES = (
    Style.parse("#d5dae1 on #14171c"),
    Style.parse("bold #8fbcbb on #14171c"),
    Style.parse("#818c9a on #26303b"),
    Style.parse("italic strike red on #14171c"),
    Style.parse("underline reverse #d5dae1 on #14171c"),
    Style.parse("dim on default"),
    None,
)
TEXTS = (
    "refund",
    " ",
    "   ",
    " " * 20,
    "▌•★ ─│ …",
    "漢字",
    "मेरा पैसा",
    "👩‍👩‍👧‍👦",
    "❤️",
    "é",
    "ਆਰਡਰ",
    "ok now",
    "a" * 13,
)

Line = list[tuple[str, Style | None]]


def strip(line: Line, width: int) -> Strip:
    """A line of exactly so many cells."""
    return Strip(Segment(text, style) for text, style in line).adjust_cell_length(width, STYLES[0])


def whole(lines: list[Line]) -> LayoutUpdate:
    """The whole screen, each line in two pieces, as two widgets draw it."""
    found = [strip(line, COLUMNS).divide([15, COLUMNS]) for line in lines]
    return LayoutUpdate(found, Region(0, 0, COLUMNS, LINES))


def part(y: int, x: int, line: Line) -> ChopsUpdate:
    """What one widget draws into a part of a line."""
    chops: list[dict[int, Strip | None]] = [{0: None, x: None} for _ in range(LINES)]
    chops[y][x] = strip(line, COLUMNS - x)
    return ChopsUpdate(chops, [(y, x, COLUMNS)], [[x, COLUMNS]] * LINES)


def plainly(updates: list[LayoutUpdate | ChopsUpdate]) -> Emulator:
    """A terminal to which all cells of each update are written anew."""
    terminal = Emulator(COLUMNS, LINES)
    for update in updates:
        drawn = ScreenDiff({"TERM": "screen", "STY": "1"})
        terminal.feed(drawn.changes(update, COLUMNS, LINES, ColorSystem.TRUECOLOR))
    return terminal


lines_of_text = st.lists(st.tuples(st.sampled_from(TEXTS), st.sampled_from(STYLES)), max_size=8)
screens = st.lists(lines_of_text, min_size=LINES, max_size=LINES)
updates_made = st.lists(
    st.one_of(
        screens.map(whole),
        st.builds(part, st.integers(0, LINES - 1), st.integers(1, COLUMNS - 5), lines_of_text),
    ),
    max_size=5,
)


@given(screens, updates_made)
@pytest.mark.parametrize("environ", [XTERM, {"TERM": "screen", "STY": "1"}])
def test_the_terminal_shows_what_it_would_if_all_were_written(
    environ: dict[str, str], first: list[Line], later: list[LayoutUpdate | ChopsUpdate]
) -> None:
    updates = [whole(first), *later]
    drawn = ScreenDiff(environ)
    terminal = Emulator(COLUMNS, LINES, erases_in_colour="STY" not in environ)
    for update in updates:
        terminal.feed(drawn.changes(update, COLUMNS, LINES, ColorSystem.TRUECOLOR))
        assert drawn.changes(update, COLUMNS, LINES, ColorSystem.TRUECOLOR) == ""
    assert terminal.shown() == plainly(updates).shown()


@given(screens, screens)
def test_a_terminal_with_other_widths_keeps_everything_else_in_its_place(first: list[Line], second: list[Line]) -> None:
    wider = Emulator(
        COLUMNS + 20, LINES, lambda cluster: cell_len(cluster) + (not cluster.isascii() and len(cluster) > 1)
    )
    same, drawn = Emulator(COLUMNS + 20, LINES), ScreenDiff(XTERM)
    for lines in (first, second):
        said = drawn.changes(whole(lines), COLUMNS, LINES, ColorSystem.TRUECOLOR)
        wider.feed(said)
        same.feed(said)
    for ours, theirs in zip(same.cells, wider.cells, strict=True):
        sure = [x for x, cell in enumerate(ours[:COLUMNS]) if cell[0].isascii() and cell[0].strip()]
        assert [theirs[x][0] for x in sure] == [ours[x][0] for x in sure]


def test_a_cursor_that_moves_writes_its_two_lines_alone() -> None:
    def list_of(cursor: int) -> LayoutUpdate:
        return whole([[("a line of it", STYLES[2 if y == cursor else 0])] for y in range(LINES)])

    drawn = ScreenDiff(XTERM)
    before = drawn.changes(list_of(0), COLUMNS, LINES, ColorSystem.TRUECOLOR)
    moved = drawn.changes(list_of(1), COLUMNS, LINES, ColorSystem.TRUECOLOR)
    assert "\x1b[1;1H" in moved
    assert "\x1b[2;1H" in moved
    assert "\x1b[3;" not in moved
    assert len(moved) < len(before)


def test_blanks_to_the_end_are_erased_and_a_letter_costs_a_letter() -> None:
    drawn = ScreenDiff(XTERM)
    said = drawn.changes(whole([[("hello", STYLES[0])], [], [], []]), COLUMNS, LINES, ColorSystem.TRUECOLOR)
    assert "\x1b[K" in said
    assert " " * 5 not in said
    said = drawn.changes(whole([[("hellO", STYLES[0])], [], [], []]), COLUMNS, LINES, ColorSystem.TRUECOLOR)
    assert said.replace("\x1b[1;5H", "").replace("\x1b[0m", "").endswith("O")
    assert len(said) < 60


def test_half_of_a_wide_character_is_no_character() -> None:
    drawn, terminal = ScreenDiff(XTERM), Emulator(COLUMNS, LINES)
    for update in (whole([[("a👩‍👩‍👧‍👦漢b", STYLES[0])], [], [], []]), part(0, 2, [("मेरा", STYLES[0])])):
        terminal.feed(drawn.changes(update, COLUMNS, LINES, ColorSystem.TRUECOLOR))
    assert terminal.text[0].rstrip() == "a मेरा"


def test_a_cluster_that_two_pieces_cut_is_drawn_as_its_base() -> None:
    drawn, terminal = ScreenDiff(XTERM), Emulator(COLUMNS, LINES)
    words = ("refund", "   ", "漢字", "मेरा पैसा")
    cut = whole([[(word, STYLES[0]) for word in words], [], [], []])
    for update in (cut, part(0, 15, [])):
        terminal.feed(drawn.changes(update, COLUMNS, LINES, ColorSystem.TRUECOLOR))
        assert drawn.changes(update, COLUMNS, LINES, ColorSystem.TRUECOLOR) == ""
    assert terminal.text[0].rstrip() == "refund   漢字मेर"
    assert terminal.shown() == plainly([cut, part(0, 15, [])]).shown()


def test_what_is_forgotten_is_written_again() -> None:
    drawn = ScreenDiff(XTERM)
    update = whole([[("hello", STYLES[0])], [], [], []])
    first = drawn.changes(update, COLUMNS, LINES, ColorSystem.TRUECOLOR)
    assert drawn.changes(update, COLUMNS, LINES, ColorSystem.TRUECOLOR) == ""
    drawn.forget()
    assert drawn.changes(update, COLUMNS, LINES, ColorSystem.TRUECOLOR) == first


def test_few_colours_where_the_terminal_has_few() -> None:
    said = ScreenDiff(XTERM).changes(whole([[("x", STYLES[0])], [], [], []]), COLUMNS, LINES, ColorSystem.EIGHT_BIT)
    assert "38;5;" in said
    assert "38;2;" not in said


@pytest.mark.parametrize(("value", "asks"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_when_textual_is_asked_to_write_by_itself(value: str, asks: bool) -> None:
    assert plain_asked({"CMINBOX_PLAIN": value}) is asks
    assert not plain_asked({})


def test_what_the_second_pass_of_the_screens_tests_has_to_try() -> None:
    """`make check` runs some of them with `CMINBOX_PLAIN=1`: where one more place asks for it, more may have to."""
    asking = re.compile(r"\bdraws_plainly\b|\bplain_asked\(|CMINBOX_PLAIN", re.ASCII)
    code = {path.name: path.read_text("utf-8") for path in Path(cminbox.__file__).parent.rglob("*.py")}
    found = {name: len(asking.findall(text)) for name, text in code.items() if asking.search(text)}
    # In compat.py: whether an update is written, and whether what is below a screen is drawn. In diff_app.py: whether
    # lines are prepared. The rest of both says what it is.
    assert found == {"compat.py": 3, "diff_app.py": 6}


@pytest.mark.parametrize(
    ("environ", "does"),
    [
        (XTERM, True),
        ({"TERM": "screen-256color", "TMUX": "/tmp/tmux"}, True),
        ({"TERM": "screen-256color", "STY": "1.pts"}, False),
        ({"TERM": "xterm-256color", "STY": "1.pts"}, False),
        ({"TERM": "vt100"}, False),
        ({}, False),
    ],
)
def test_which_terminals_erase_in_colour(environ: dict[str, str], does: bool) -> None:
    assert erases_in_colour(environ) is does


@given(
    st.text(st.one_of(st.sampled_from("\x1b\x9b\x07\x08\r\n\t\x7f\u202e\u2066\u2028\ufeff\ud800a漢 "), st.characters()))
)
def test_nothing_that_a_terminal_obeys_is_written_wherever_it_comes_from(text: str) -> None:
    """A text may have come into the store by another door than ours."""
    written = ScreenDiff(XTERM).changes(whole([[(f"x{text}y", STYLES[0])]]), COLUMNS, LINES, ColorSystem.TRUECOLOR)
    rest = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", written)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", rest)

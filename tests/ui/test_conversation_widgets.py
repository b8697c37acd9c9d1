"""Widgets of a conversation: lines that fit, characters that stay whole, text that stays text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult

from cminbox.model import DAY, HOUR, MINUTE, Reason
from cminbox.text import clean, graphemes
from cminbox.textwidth import cautious_width, cut_line, wrap
from cminbox.themes import THEMES
from cminbox.widgets.charts import Bar, heat_map, histogram, volume_bars
from cminbox.widgets.facts import Facts, why_line, why_lines
from cminbox.widgets.key_figures import KeyFigure, KeyFigures, NumberTable
from cminbox.widgets.picker import Choice, matching
from cminbox.widgets.styled_lines import plain as text_of
from cminbox.widgets.thread_entry import ThreadEntry, entry_lines, reading_order
from cminbox.widgets.thread_view import ThreadView

NOW = 1_780_000_000_000
SCRIPTS = (
    "मेरा पैसा वापस करो, ऑर्डर अब तक नहीं आया 😠",
    "ਮੇਰਾ ਆਰਡਰ ਖਰਾਬ ਆਇਆ",
    "ખૂબ સરસ ❤️ અમદાવાદમાં",
    "我的訂單還沒有到,請問什麼時候發貨",
    "👩‍👩‍👧‍👦 🇧🇷 👍🏽 ok",
    "متى يصل طلبي؟",
)
TEXTS = st.one_of(st.text(max_size=120), st.sampled_from(SCRIPTS), st.lists(st.sampled_from(SCRIPTS)).map(" ".join))


@given(TEXTS, st.integers(4, 60))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    safe = clean(text)
    lines = wrap(safe, width)
    assert all(cautious_width(line) <= width or len(graphemes(line)) == 1 for line in lines)
    assert "".join("".join(lines).split()) == "".join(safe.split())


@given(TEXTS, st.integers(4, 40))
def test_wrapping_never_cuts_a_grapheme(text: str, width: int) -> None:
    safe = " ".join(clean(text).split())
    whole = set(graphemes(safe)) | {""}
    for line in wrap(safe, width):
        assert set(graphemes(line)) <= whole


@given(TEXTS, st.integers(1, 40))
def test_a_fitted_text_is_one_line_of_at_most_its_width(text: str, width: int) -> None:
    shown = cut_line(clean(text), width)
    assert "\n" not in shown
    assert cell_len(shown) <= width


def test_spacing_vowel_signs_count_as_cells_because_terminals_disagree() -> None:
    assert cautious_width("पैसा") == cell_len("पैसा") + 1


def plain(entry: ThreadEntry, width: int = 60, limit: int | None = None) -> list[str]:
    return [text_of(line).rstrip() for line in entry_lines(entry, width, NOW, limit=limit)]


def test_an_inbound_message_shows_who_when_and_what() -> None:
    entry = ThreadEntry("in", "@ana", "Hello\nthere", NOW - 8 * MINUTE, tags=("dm", "en"), flags=("edited 2m ago",))
    head, *body = plain(entry)
    assert head.split() == ["@ana", "edited", "2m", "ago", "dm", "·", "en", "8m"]
    assert [line.strip() for line in body] == ["Hello", "there"]


def test_our_messages_notes_and_waiting_replies_look_different_without_colour() -> None:
    inbound, outbound, note, reply = (
        plain(ThreadEntry(kind, "who", "words", NOW))[0] for kind in ("in", "out", "note", "reply")
    )
    assert "▎" in outbound
    assert "▎" not in inbound
    assert note.startswith(" ◦ note  who: words")
    assert "▎" in reply


def test_an_edit_shows_what_stood_before_and_a_deletion_is_told() -> None:
    assert any("before: old words" in line for line in plain(ThreadEntry("in", "@a", "new", NOW, before="old words")))
    assert "deleted" in plain(ThreadEntry("in", "@a", "gone", NOW, flags=("deleted on the network 1m ago",)))[0]


def test_a_long_message_is_folded_and_says_by_how_much() -> None:
    lines = plain(ThreadEntry("in", "@a", "\n".join(str(n) for n in range(100)), NOW), limit=10)
    assert len(lines) == 12
    assert "90 more lines" in lines[-1]


def test_messages_come_in_time_and_replies_on_their_way_last() -> None:
    entries = [
        ThreadEntry("reply", "you", "r", NOW - DAY),
        ThreadEntry("note", "jo", "n", NOW),
        ThreadEntry("in", "@a", "m", NOW - HOUR),
    ]
    assert [entry.kind for entry in reading_order(entries)] == ["in", "note", "reply"]


class Stage(App[None]):
    """A small app with our themes around some widgets."""

    CSS = "ThreadView { height: 1fr; }"

    def compose(self) -> ComposeResult:
        yield ThreadView()
        yield KeyFigures()
        yield NumberTable()
        yield Facts("facts")

    def on_mount(self) -> None:
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name


async def test_the_thread_opens_at_its_end_and_keeps_the_readers_place() -> None:
    entries = [ThreadEntry("in", f"@a{number}", f"text {number}", NOW - DAY + number) for number in range(40)]
    async with Stage().run_test(size=(60, 24)) as pilot:
        thread = pilot.app.query_one(ThreadView)
        thread.show_entries(entries, NOW)
        await pilot.pause()
        assert "text 39" in thread.seen_text
        assert "text 0" not in thread.seen_text
        thread.move(-1_000_000)
        await pilot.pause()
        thread.show_entries([*entries, ThreadEntry("in", "@new", "newest", NOW)], NOW, keep=True)
        await pilot.pause()
        assert "text 0" in thread.seen_text
        assert "newest" not in thread.seen_text
        thread.show_entries((), NOW, empty="Nothing, because it is empty.")
        assert "because it is empty" in thread.text


async def test_the_thread_wraps_anew_at_another_width() -> None:
    async with Stage().run_test(size=(100, 24)) as pilot:
        thread = pilot.app.query_one(ThreadView)
        thread.show_entries([ThreadEntry("in", "@a", SCRIPTS[0] * 3, NOW)], NOW)
        await pilot.pause()
        wide = thread.text.count("\n")
        await pilot.resize_terminal(40, 24)
        await pilot.pause()
        assert thread.text.count("\n") > wide
        assert all(cautious_width(line) <= 40 for line in thread.text.split("\n"))


async def test_figures_and_table_show_their_cursor_and_align_numbers() -> None:
    async with Stage().run_test(size=(80, 30)) as pilot:
        figures, table = pilot.app.query_one(KeyFigures), pilot.app.query_one(NumberTable)
        figures.show([KeyFigure("first", "8m", "−12 % quicker"), KeyFigure("[b]SLA[/b]", "92 %")], 1)
        rows = [("[@click=app.quit]x[/]", "1,204", "8m"), ("ana", "7", "12m")]
        table.show("by member", ("", "volume", "p50"), rows, 0)
        await pilot.pause()
        assert "▌ [b]SLA[/b]" in figures.plain
        assert "−12 % quicker" in figures.plain
        lines = table.plain.split("\n")
        assert lines[2].startswith("▌ [@click=app.quit]x[/]")
        assert len({line.rstrip().__len__() for line in lines[1:]}) == 1
        table.show("by member", ("", "volume"), [], None, empty="nobody yet")
        assert "nobody yet" in table.plain


def test_why_tells_points_and_words_and_who_set_it() -> None:
    reasons = (Reason(35, "refund words"), Reason(-10, "spammy", "looks like spam"))
    lines = [text_of(line) for line in why_lines(88, "urgent", reasons, 40, by="ana")]
    assert lines == ["why 88 urgent, set by ana", " +35  refund words", " −10  looks like spam"]
    assert text_of(why_lines(0, "low", (), 40)[1]) == "no rule gave it points"
    assert text_of(why_line(88, reasons, 60)) == "why 88: refund words +35, looks like spam −10"


def test_volume_fills_the_answered_part_and_shades_the_rest() -> None:
    lines = [text_of(line) for line in volume_bars([Bar("0", 10, 10), Bar("", 10, 0), Bar("", 0, 0)], 20, height=4)]
    columns = list(zip(*(line[5:].ljust(15) for line in lines[:4]), strict=True))
    assert set(columns[0]) == {"█"}
    assert "░" in {cell for column in columns for cell in column}
    assert lines[0].strip().startswith("10")
    assert "no messages" in text_of(volume_bars([Bar("", 0, 0)], 20)[0])


def test_the_heat_map_says_its_scale_in_words() -> None:
    cells = [[None] * 24 for _ in range(7)]
    cells[0][9], cells[6][23] = 600.0, 40_000.0
    lines = [text_of(line) for line in heat_map(cells, 60, 14_400)]
    assert lines[1].startswith(" Mon ")
    assert "░" in lines[1]
    assert "█" in lines[7]
    assert "≤2h" in lines[8]
    assert "longer" in lines[8]


def test_the_histogram_marks_the_sla_and_counts_both_sides() -> None:
    edges = (HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR)
    lines = [text_of(line) for line in histogram([5, 3, 2, 1, 0], edges, 60, target=4 * HOUR)]
    assert lines[-1].strip() == "│ SLA 4h: 10 in time, 1 after"
    assert "│" in lines[0]
    assert "4h" in lines[-2]
    assert "no answers" in text_of(histogram([0, 0], edges[:1], 60)[0])


def test_choices_are_found_by_any_of_their_words_in_any_script() -> None:
    choices = [Choice(1, "refund-delayed", "billing"), Choice(2, "sorry", words="असुविधा"), Choice(3, "Ça va")]
    assert [choice.value for choice in matching(choices, "bill ref")] == [1]
    assert [choice.value for choice in matching(choices, "असुविधा")] == [2]
    assert [choice.value for choice in matching(choices, "ca")] == [3]
    assert matching(choices, "") == choices

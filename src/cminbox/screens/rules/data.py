"""Rules as the screen shows them: a line each, and all of one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from cminbox import handles
from cminbox.engine.rule_trial import Difference
from cminbox.number_format import count_of, short_number
from cminbox.rules import Rule, RuleBook
from cminbox.rules.files import SHIPPED
from cminbox.rules.rule_words import effect, place
from cminbox.store.rule_hits import NO_HITS, Hits
from cminbox.text import one_line
from cminbox.textwidth import cut_line, width_of
from cminbox.widgets.styled_lines import ALARM, MUTED, Line, safe

EXAMPLES = 8
"""Conversations that a trial shows."""
_NUMBERS = 14


def head(book: RuleBook, width: int, room: int) -> list[Line]:
    """Where one is, what is wrong with the files, and what the columns are.

    Args:
        width: of the list.
        room: of the screen.
    """
    off = f", {len(book.off)} off" if book.off else ""
    lines: list[Line] = [
        (("‹ queue   ", MUTED), ("rules", "bold"), safe(f"   {len(book.rules)} in force{off}", MUTED)),
    ]
    if book.problems:
        lines.append((safe(cut_line(problem(book), room), ALARM),))
    name, does, file = _widths(width)
    columns = f"   {'rule':<{name}} {'does':<{does}} {'file':<{file}}{'24 h':>7}{'7 days':>7}"
    lines.append(((columns, MUTED),))
    return lines


def problem(book: RuleBook) -> str:
    """What is wrong with the files, in one line: the first mistake, and how many more there are."""
    more = f" (and {len(book.problems) - 1} more)" if len(book.problems) > 1 else ""
    return f"{book.problems[0].line().replace(f'{book.folder}{os.sep}', 'rules/')}{more}"


def rule_line(rule: Rule, on: bool, hits: Hits, width: int) -> Line:
    """A rule in the list: on or off, its name, what it does, its file, what it hit."""
    name, does, file = _widths(width)
    style = "" if on else MUTED
    glyph = ("▲ ", ALARM) if on and hits.alarm else ("● ", "$success") if on else ("○ ", MUTED)
    said = effect(rule) if on else f"off: {effect(rule)}"
    return (
        glyph,
        safe(_column(one_line(rule.name), name), f"bold {style}".strip()),
        safe(_column(said, does), style),
        safe(_column(place(rule), file), MUTED),
        safe(f"{short_number(hits.day):>6}", ALARM if on and hits.alarm else style),
        safe(f"{short_number(hits.week):>7}", style),
    )


def _widths(width: int) -> tuple[int, int, int]:
    """Cells of the name, of what it does, and of the file."""
    room = max(width - _NUMBERS - 5, 30)
    name, file = min(max(room * 2 // 5, 12), 34), 17 if room >= 50 else 12
    return name, room - name - file, file


def _column(text: str, width: int) -> str:
    shown = cut_line(text, width)
    return f"{shown}{' ' * (width - width_of(shown))} "


def facts(rule: Rule, on: bool, hits: Hits) -> list[tuple[str, str]]:
    """All of a rule."""
    shipped = rule.file is not None and rule.file.parent == SHIPPED
    usual = "not known yet" if hits.usual is None else f"{hits.usual:,.1f} a day"
    rows = [
        ("state", "on" if on else "off"),
        ("when", rule.when.text or "always"),
        ("does", effect(rule)),
        ("file", f"{place(rule)}{' (shipped)' if shipped else ''}"),
        ("24 h", f"began to match {count_of(hits.day, 'conversation')}"),
        ("7 days", f"{hits.week:,}"),
        ("usual", f"{usual}, by the 14 days before"),
    ]
    if on and hits.alarm:
        rows.append(("▲", "hits far more than it used to: more than three times a usual day, and ten on top"))
    return rows


def switched(book: RuleBook, rule: Rule) -> RuleBook:
    """The rules with one of them switched: off if it is on, on if it is off."""
    on = {each.name for each in book.rules} ^ {rule.name}
    return replace(book, rules=tuple(each for each in book.all if each.name in on))


class Tried(NamedTuple):
    """What switching a rule would change, as far as it was tried.

    Attributes:
        done: so many of the newest conversations were tried.
        changed: so many of them would change.
        examples: the first of them.
    """

    rule: str
    off: bool
    done: int = 0
    changed: int = 0
    examples: Sequence[Difference] = ()

    def rows(self) -> list[tuple[str, str]]:
        """What was tried, as rows of (word, what)."""
        change = (
            f"{'off' if self.off else 'on'}: {self.changed:,} of the newest {self.done:,} conversations would change"
        )
        found = [("tried", change)]
        for one in self.examples:
            who = handles.called(one.row.network, one.row.handle, one.row.name)
            found.append((" ", f"{one.words}  {who}: {cut_line(one_line(one.row.preview), 60)}"))
        return [*found, ("", "")]


def hits_of(hits: dict[str, Hits], rule: Rule) -> Hits:
    """What a rule hit."""
    return hits.get(rule.name, NO_HITS)

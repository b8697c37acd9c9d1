"""What several programs need for the same, side by side, as a table and for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from figures import number


@dataclass
class Matrix:
    """One line a measure, one column a program. Behind each figure stands how many times ours it is.

    Attributes:
        ours: the column that the others are held against.
        columns: all of them, ours first.
    """

    ours: str
    columns: Sequence[str]
    rows: list[tuple[str, str, dict[str, float]]] = field(default_factory=list)

    def add(self, measure: str, unit: str, values: Mapping[str, float]) -> None:
        """One more line; a program that does not do it is left out."""
        if values:
            self.rows.append((measure, unit, dict(values)))

    def ratio(self, measure: str, theirs: str) -> float | None:
        """Ours for each of theirs, or None where one of them has no figure."""
        values = next((values for name, _, values in self.rows if name == measure), {})
        if self.ours not in values or not values.get(theirs):
            return None
        return values[self.ours] / values[theirs]

    def table(self) -> str:
        """The figures for people."""
        lines = [["", "", *self.columns]]
        lines += [
            [name, unit, *(self._cell(values, column) for column in self.columns)] for name, unit, values in self.rows
        ]
        widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
        told = [
            "  ".join(
                cell.ljust(width) if at < 2 else cell.rjust(width)
                for at, (cell, width) in enumerate(zip(line, widths, strict=True))
            )
            for line in lines
        ]
        return "\n".join(line.rstrip() for line in told)

    def plain(self) -> list[dict[str, Any]]:
        """The figures for programs."""
        return [{"measure": name, "unit": unit, "values": values} for name, unit, values in self.rows]

    def _cell(self, values: Mapping[str, float], column: str) -> str:
        if column not in values:
            return ""
        told = number(values[column])
        if column == self.ours or not values.get(self.ours):
            return told
        return f"{told} (×{number(values[column] / values[self.ours])})"

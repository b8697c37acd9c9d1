"""Figures with what they are held against, as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lie, interpolated between ranks."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@dataclass
class Figure:
    """One figure.

    Attributes:
        most: the target, where less is better.
        least: the target, where more is better.
    """

    name: str
    value: float
    unit: str = ""
    most: float | None = None
    least: float | None = None
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        if self.most is not None:
            return self.value <= self.most
        return self.value >= self.least if self.least is not None else None

    def cells(self) -> tuple[str, str, str, str]:
        """As a row of the table."""
        target = f"≤ {number(self.most)}" if self.most is not None else ""
        target = f"≥ {number(self.least)}" if self.least is not None else target
        mark = {True: "✓", False: "✗", None: ""}[self.reached]
        return self.name, f"{number(self.value)} {self.unit}".strip(), target, f"{mark} {self.note}".strip()


@dataclass
class Figures:
    """All figures of a run."""

    about: dict[str, object] = field(default_factory=dict)
    all: list[Figure] = field(default_factory=list)

    def add(self, name: str, value: float, unit: str = "", *, most: float | None = None, least: float | None = None,
            note: str = "") -> None:  # fmt: skip
        """One more figure."""
        self.all.append(Figure(name, value, unit, most, least, note))

    def value(self, name: str) -> float:
        """A figure that was added before."""
        return next(figure.value for figure in self.all if figure.name == name)

    def table(self) -> str:
        """The figures for people."""
        rows = [("figure", "value", "target", ""), *(figure.cells() for figure in self.all)]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        head = "   ".join(f"{name} {value}" for name, value in self.about.items())
        lines = [f"{a:<{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}  {d}".rstrip() for a, b, c, d in rows]
        return "\n".join([head, "", *lines])

    def write(self, path: Path) -> None:
        """The figures for programs."""
        all_ = [{**asdict(figure), "reached": figure.reached} for figure in self.all]
        path.write_text(json.dumps({**self.about, "figures": all_}, indent=1, ensure_ascii=False) + "\n", "utf-8")


def number(value: float | None) -> str:
    """A figure with as many digits as it deserves."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}".rstrip("0").rstrip(".")

"""Filters, searches and the report: `python benchmarks/reads.py STORE` measures a store that is there already."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from figures import Figures, quantile

if TYPE_CHECKING:
    from sqlite3 import Connection

    from cminbox.store import Store
    from place import Place

QUERIES = {
    "word": ("refund", "flight", "the", "zzzunheard", "thank", "coffee", "legal"),
    "phrase": ('"customer service"', '"my bag"', '"thank you"', '"no such phrase here"', '"of the"'),
    "prefix": ("cancel*", "del*", "th*", "zzq*", "a*"),
    "comparison": (
        *("sentiment:<-0.5", "sentiment:<-0.9", "sentiment:0.31..0.32", "sentiment:unknown", "priority:>=80"),
        *("priority:<10", "followers:>10", "waiting:>30d", "waiting:<1h", "age:<2h", "age:>80d", "due:<1h", "due:>1d"),
        *("created:<10d", "created:<30m", "created:2020-01-01", "replied:<1h", "replied:>40d", "replied:2020-01-01"),
    ),
    "name": (
        *("network:x", "network:mastodon", "source:Delta", "source:none", "source:del*", "kind:mention", "kind:dm"),
        *(
            "lang:es",
            "lang:hi",
            "lang:unknown",
            "lang:xx",
            "role:journalist",
            "assignee:ana",
            "team:care",
            "label:legal",
            "signal:refund",
            "is:open signal:complaint",
        ),
        *("label:product", "label:none", "label:*", "crisis:none", "from:@115712_3", "from:115712_3", "from:smith"),
        *("from:@115*", "from:zz*", "topic:none"),
    ),
    "state": (
        *(
            "is:open",
            "is:closed",
            "is:pending",
            "is:spam",
            "is:mine",
            "is:unassigned",
            "is:overdue",
            "is:due",
            "is:vip",
        ),
        *("is:crisis", "is:question", "is:reply", "is:edited", "is:snoozed"),
    ),
    "answer": (
        *("is:needs-answer", "is:open -is:needs-answer", "is:needs-answer is:overdue", "is:answered", "-is:answered"),
        *("is:closed is:answered", "is:closed -is:answered", "is:pending is:answered replied:<1h"),
        *("is:failed", "is:awaiting", "is:rejected", "is:failed OR is:awaiting", "is:needs-answer is:unassigned"),
        *("is:needs-answer waiting:>1d", "refund is:needs-answer", "refund -is:answered", "is:answered the"),
        *("crisis:none OR is:awaiting", "(is:needs-answer OR is:answered OR is:closed) age:<7d"),
    ),
    "mixed": (
        *("is:open sentiment:<-0.5 refund", "is:open (refund OR flight) -thanks", "is:pending source:Delta bag*"),
        *('is:open network:x "customer service" priority:>40', "is:open is:unassigned is:question lang:en"),
        *("refund OR priority:>=90", "the priority:>=80 -you", "flight lang:es", "refund sentiment:<-0.8 is:question"),
        *("is:open label:billing -refund", "thank is:open source:British_Airways", "the kind:dm", "is:mine refund"),
        *("zzzunheard sentiment:<0", "is:overdue refund label:billing", "is:pending replied:<1h the"),
        *("is:reply is:question sentiment:>0.9", "(lang:es OR lang:de) is:open", "lang:hi OR label:legal"),
    ),
    "negation": (
        "-the",
        "-refund is:open",
        "-is:question",
        "-label:product",
        "-lang:en",
        "is:open -(the OR you OR to)",
    ),
    "sign": ("😡", "is:open 😂", "🦄", "is:open $", "/re.?fund(ed)?/", "is:open /\\d{9}/", "/zq{3}/"),
}
"""Queries by kind: some that match much, some little, some nothing."""
SLOW = frozenset({"sign"})
"""Every text has to be read for these; they are looked for aside, and held to no time."""
ORDERS = ("priority", "due", "waiting", "newest")
VIEWS = ("", "is:open")
"""On its own, as `cminbox list` asks, and in the view that shows all that is open."""
TIMES = 3


@dataclass
class Timed:
    """Milliseconds to the first page, with what they were for."""

    took: list[tuple[float, str]] = field(default_factory=list)

    def share(self, share: float) -> float:
        """The value below which a share of them lie."""
        return quantile([ms for ms, _ in self.took], share)

    @property
    def worst(self) -> tuple[float, str]:
        """The longest, and its query."""
        return max(self.took)


def first_page(store: Store, text: str, sort: str = "priority", view: str = "", conn: Connection | None = None) -> int:
    """Read what a screen shows first of a query, and say how many rows there are of at most 50."""
    from cminbox import query
    from cminbox.screens.queue.rows import QueueRows

    wanted = query.both(query.parse(view), query.parse(text))
    rows = QueueRows(conn or store.read(), wanted, sort, query.Context(int(time.time() * 1000), "ana"))
    return len(rows.page(None, 50))


def first_pages(store: Store, kind: str, view: str) -> Iterator[tuple[bool, float, str]]:
    """Whether SQLite had read nothing before, milliseconds, and the query in its order; each several times."""
    for text in QUERIES[kind]:
        for sort in ORDERS:
            conn = store.new_reader()
            for again in range(TIMES + 1):
                began = time.perf_counter()
                found = first_page(store, text, sort, view, conn)
                took = (time.perf_counter() - began) * 1000
                yield not again, took, f"{view} {text}, by {sort}, {found} rows".strip()
            conn.close()


def measure(at: Place, figures: Figures) -> None:
    """Time to the first page of a filter, by kind and in all; and the report."""
    pages(at.data / "cminbox.db", figures)
    empty = at.run("--version")[0]
    figures.add("report", median(at.run("report", "--json")[0] for _ in range(3)), "s", most=2)
    figures.add("the program alone", empty, "s", note="cminbox --version")


def pages(path: Path, figures: Figures, kinds: tuple[str, ...] = tuple(QUERIES)) -> None:
    """Time to the first page of a filter, by kind and in all."""
    from cminbox.store import Store

    every, cold = Timed(), Timed()
    with Store.open(path) as store:
        for kind in kinds:
            timed = Timed()
            for view in VIEWS:
                for first, took, what in first_pages(store, kind, view):
                    (cold if first else timed).took.append((took, what))
            ms, worst = timed.worst
            most = None if kind in SLOW else 50
            figures.add(f"filter by {kind}, p50", timed.share(0.5), "ms")
            figures.add(f"filter by {kind}, p95", timed.share(0.95), "ms", most=most)
            figures.add(f"filter by {kind}, max", ms, "ms", note=worst)
            if kind not in SLOW:
                every.took += timed.took
    figures.add("filter, p50 of all", every.share(0.5), "ms")
    figures.add("filter, p95 of all", every.share(0.95), "ms", most=50)
    figures.add("filter on a fresh connection, p95", cold.share(0.95), "ms", note=cold.worst[1])


def main() -> int:
    """Measure a store that is there already."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--only", choices=tuple(QUERIES), nargs="*", default=tuple(QUERIES))
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    figures = Figures({"store": asked.store.parent.parent.name})
    pages(asked.store, figures, tuple(asked.only))
    print(figures.table())
    if asked.json:
        figures.write(asked.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())

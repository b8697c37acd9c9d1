"""Filters, searches and the report."""

from __future__ import annotations

import time
from statistics import median

from figures import Figures, quantile
from place import Place

QUERIES = {
    "word": ("refund", "flight", "the", "zzzunheard", "thank"),
    "phrase": ('"customer service"', '"my bag"', '"thank you"', '"no such phrase here"'),
    "prefix": ("cancel*", "del*", "th*", "zzq*"),
    "comparison": ("sentiment:<-0.5", "priority:>=80", "followers:>10", "waiting:>30d", "created:<10d"),
    "mixed": (
        "is:open sentiment:<-0.5 refund",
        "is:open (refund OR flight) -thanks",
        'is:open network:x "customer service" priority:>40',
        "is:pending source:Delta bag*",
        "is:open is:unassigned is:question lang:en",
    ),
}
TIMES = 5


def measure(at: Place, figures: Figures) -> None:
    """Time to the first page of a filter, by kind and in all; and the report."""
    from cminbox import query
    from cminbox.store import Store, conversations

    everything: list[float] = []
    with Store.open(at.data / "cminbox.db") as store:
        conn = store.read()
        for kind, texts in QUERIES.items():
            took = []
            for text in texts:
                for sort in ("priority", "newest"):
                    for _ in range(TIMES):
                        began = time.perf_counter()
                        where = query.to_sql(query.parse(text), query.Context(int(time.time() * 1000), "ana"))
                        conversations.page(conn, where, sort, limit=50)
                        took.append((time.perf_counter() - began) * 1000)
            everything += took
            figures.add(f"filter by {kind}, p95", quantile(took, 0.95), "ms", most=50)
    figures.add("filter, p50 of all", quantile(everything, 0.5), "ms")
    figures.add("filter, p95 of all", quantile(everything, 0.95), "ms", most=50)
    empty = at.run("--version")[0]
    figures.add("report", median(at.run("report", "--json")[0] for _ in range(3)), "s", most=2)
    figures.add("the program alone", empty, "s", note="cminbox --version")

"""How long a person at a screen waits for the store while an import writes into it as fast as it can."""

from __future__ import annotations

import random
import time
from pathlib import Path

from figures import Figures, quantile
from place import Place

SETTLED = 0.5
"""Seconds in which an import comes to speed."""
PAUSES = (0.02, 0.12)
"""Seconds between two actions, so that they meet every moment of a transaction."""
MOST = 150.0


def measure(at: Place, file: Path, figures: Figures) -> None:
    """Close conversation after conversation while `file` is imported."""
    from cminbox import config, paths
    from cminbox.desk import Desk
    from cminbox.desk.actions import Close
    from cminbox.store import Store

    chance = random.Random(3)
    settings = config.load(paths.find(str(at.config), str(at.data)))
    waited: list[float] = []
    with Store.open(settings.paths.store) as store:
        rows = store.read().execute("SELECT id FROM conversations WHERE status = 'open' ORDER BY id LIMIT 3000")
        ids = [row[0] for row in rows]
        desk = Desk(store, settings, settings.member("ana"))
        desk.do(Close(), [ids.pop()])
        desk.presence.viewing(None)  # as a screen says of itself
        with at.beside("import", str(file)) as importing:
            time.sleep(SETTLED)
            while importing.poll() is None and ids:
                began = time.perf_counter()
                desk.do(Close(), [ids.pop()])
                waited.append((time.perf_counter() - began) * 1000)
                time.sleep(chance.uniform(*PAUSES))
    if waited:
        figures.add("an action during an import, p99", quantile(waited, 0.99), "ms", most=MOST,
                    note=f"p50 {quantile(waited, 0.5):.0f} ms, {len(waited)} actions")  # fmt: skip

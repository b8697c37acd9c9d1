"""Draws the pictures of the documents: `.venv/bin/python docs/images/make.py`.

Nothing in them is drawn by hand: the demo's network tells its story at four times its speed, the engine reads and
judges it over HTTP, people work, and when the complaint about parcels stands high, the screens are drawn as they are.
"""

from __future__ import annotations

import asyncio
import html
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cminbox import config, model, paths, query
from cminbox.app import CminboxApp
from cminbox.config import Config
from cminbox.desk import Assign, Desk, Escalate, Note, Vip
from cminbox.store import Store, conversations, search, timers

HERE = Path(__file__).parent
SIZE = (120, 36)
SPEED = "4"
WAVE = 'is:open created:<20m (parcel OR delivery OR "paquete" OR "colis" OR "Paket" OR label:shipping)'
WAVE_HIGH = 26
"""So many of the wave have to be there for the picture."""
PATIENCE = 240.0
CELL = 12.2
"""How wide a cell is in a picture."""

os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")


@contextmanager
def demo() -> Iterator[dict[str, str]]:
    """The demo's network and engine, without a screen; says where everything is."""
    command = [sys.executable, "-m", "cminbox", "demo", "--no-screen", "--speed", SPEED]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """Tell the story, work a little, draw."""
    with demo() as where:
        configured = config.load(paths.find(Path(where["config"]), Path(where["data"])))
        with Store.open(configured.paths.store) as store:
            told = work(configured, store)
            asyncio.run(draw(configured, store, told))


def work(configured: Config, store: Store) -> int:
    """What the team has done until the picture; returns the conversation that is in its middle."""
    ana, jo, lena = (Desk(store, configured, configured.member(handle)) for handle in ("ana", "jo", "lena"))
    wait(lambda: len(found(store, "is:open")) > 100)
    wait(lambda: len(found(store, WAVE)) > WAVE_HIGH / 3)
    crisis = ana.crises.declare(
        "Late parcels", severity=2, reason="the carrier's depot is closed", attach=WAVE,
        next_update_at=model.now() + 18 * model.MINUTE,
    )  # fmt: skip
    wait(lambda: len(found(store, WAVE)) > WAVE_HIGH)
    ana.do(Escalate(crisis_id=crisis.id), found(store, f"{WAVE} -is:crisis"))
    wait(lambda: not timers.any_due(store.read(), model.now()))
    middle = found(store, "is:open lang:hi is:crisis")[0]
    jo.do(Note("stands in the closed depot; a new one goes out tonight, care has approved it"), [middle])
    ana.do(Vip(), [middle])
    ana.do(Assign("jo"), found(store, "is:open lang:en is:crisis")[1:3])
    ana.do(Assign("ana"), found(store, "is:open lang:fr")[:3])
    ana.crises.update(crisis.id, "Known: the depot is closed. Doing: new labels. Next: a statement at six.")
    wait(lambda: not timers.any_due(store.read(), model.now()))
    jo.presence.replying(found(store, "is:open lang:en")[1])
    lena.presence.viewing(found(store, "is:open is:unassigned lang:es")[0])
    return middle


def found(store: Store, text: str) -> list[int]:
    """The conversations that a query finds, those with the highest priority first."""
    where = search.to_sql(query.parse(text), query.Context(model.now(), "ana"))
    return [row.id for row in conversations.page(store.read(), where, "priority", limit=500)]


def wait(until: Callable[[], bool]) -> None:
    """Let the story go on."""
    end = time.monotonic() + PATIENCE
    while not until():
        if time.monotonic() > end:
            raise SystemExit("the story did not come so far")
        time.sleep(0.5)


async def draw(configured: Config, store: Store, middle: int) -> None:
    """The pictures: the queue, a conversation with its composer, the metrics."""
    app = CminboxApp(configured, store, Desk(store, configured, configured.member("ana")))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause(2.0)
        await pilot.press(":", *"view All", "enter")
        await pilot.pause(1.0)
        await pilot.press("j", "j", "space", "space", "g")
        for _ in range(SIZE[1]):
            if app.screen.queue.row.id == middle:
                break
            await pilot.press("j")
        await pilot.pause(2.0)
        save(app, "queue")
        await pilot.press("enter")
        await pilot.pause(1.0)
        await pilot.press("5")  # the template for late parcels
        await pilot.pause(1.5)
        save(app, "conversation")
        await pilot.press("escape")
        await pilot.pause(1.0)
        await pilot.press("f3")
        await pilot.pause(3.0)
        await pilot.press("tab")
        await pilot.pause(1.0)
        save(app, "metrics")


def save(app: CminboxApp, name: str) -> None:
    """Write what the screen shows."""
    drawn = app.export_screenshot(title="cminbox")
    (HERE / f"{name}.svg").write_text(plain(drawn), "utf-8")


def plain(drawn: str) -> str:
    """The same picture with short names, and without the blanks at the edges of texts, which some programs lose."""
    drawn = re.sub(r"terminal-\d+-", "t-", drawn)
    return re.sub(r'<text([^>]*) x="([\d.]+)"([^>]*) textLength="([\d.]+)"([^>]*)>([^<]*)</text>', _trimmed, drawn)


def _trimmed(found: re.Match[str]) -> str:
    before, x, middle, length, after, text = found.groups()
    words = html.unescape(text)
    shown = words.strip("\xa0 ")
    if not shown:
        return ""
    left, right = (len(part) for part in words.split(shown, 1))
    x, length = float(x) + CELL * left, float(length) - CELL * (left + right)
    return f'<text{before} x="{x:g}"{middle} textLength="{length:g}"{after}>{html.escape(shown, quote=False)}</text>'


if __name__ == "__main__":
    main()

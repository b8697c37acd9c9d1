"""Two sources of one API project: one allowance, whichever of them asks, and after a restart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cminbox import config as configuration
from cminbox import paths
from cminbox.config import Config
from cminbox.engine import projects, source_words
from cminbox.engine.accounts import Accounts
from cminbox.errors import RateLimited
from cminbox.model import from_iso
from cminbox.sources import registry
from cminbox.sources.ledger import Ledger
from cminbox.store import Store, sources
from stores import new_store

NOON = from_iso("2026-03-10T12:00:00+00:00")
(UNITS,) = registry.info("youtube").capabilities.allowances
CONFIG = """
[[source]]
name = "films"
network = "youtube"
project = "shop"
units = 3000

[[source]]
name = "shorts"
network = "youtube"
project = "shop"

[[source]]
name = "alone"
network = "youtube"

[[source]]
name = "clips"
network = "tiktok"
project = "shop"
business_id = "b"
"""


@pytest.fixture
def config(home: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "config.toml").write_text(CONFIG)
    for name in ("FILMS", "SHORTS", "ALONE", "CLIPS"):
        monkeypatch.setenv(f"CMINBOX_SECRET_{name}", json.dumps({"access_token": "t"}))
    return configuration.load(paths.find())


@pytest.fixture
def store(config: Config) -> Iterator[Store]:
    with new_store(config.paths.store) as opened:
        for each in config.sources:
            opened.write(lambda conn, one=each: sources.ensure(conn, one.name, one.network))
        yield opened


def ledger(store: Store, config: Config, name: str) -> Ledger:
    source = next(each for each in config.sources if each.name == name)
    row = sources.by_name(store.read(), name)
    return Accounts(store, lambda: NOON).of(config, source, row, registry.load(source.network)).ledger


async def test_what_one_uses_the_other_has_not(store: Store, config: Config) -> None:
    films, shorts = ledger(store, config, "films"), ledger(store, config, "shorts")
    assert (films.limit(UNITS), shorts.limit(UNITS)) == (3000, 3000)
    await films.spend(UNITS, 600)
    await shorts.spend(UNITS, 400)
    # Though each was made before the other spent: the store has the last word.
    for each in (films, shorts):
        with pytest.raises(RateLimited, match="1,000 of 3,000 used, the rest is kept for replies"):
            await each.spend(UNITS, 1)
    await shorts.spend(UNITS, 2000, for_people=True)
    assert [ledger(store, config, name).left(UNITS) for name in ("films", "shorts", "alone")] == [0, 0, 10_000]
    calls = registry.info("tiktok").capabilities.allowances[0]
    assert ledger(store, config, "clips").left(calls) == calls.limit


async def test_doctor_and_screen_say_with_whom(store: Store, config: Config) -> None:
    await ledger(store, config, "shorts").spend(UNITS, 500)
    info = registry.info("youtube")
    for name, other in (("films", "shorts"), ("shorts", "films")):
        source = next(each for each in config.sources if each.name == name)
        row = sources.by_name(store.read(), name)
        assert row is not None
        others = projects.partners(config.sources, source)
        used = projects.used(store.read(), info, others, row.id)
        words = source_words.allowance(UNITS, projects.options(info, others, source), used, NOON, others)
        assert words.startswith("2,500 of 3,000 left (2,000 kept for replies)")
        assert f"shared with {other}" in words


async def test_a_source_that_comes_to_a_project_later_changes_nothing_of_what_is_used(
    store: Store, config: Config
) -> None:
    only = config._replace(sources=tuple(each for each in config.sources if each.name != "shorts"))
    await ledger(store, only, "films").spend(UNITS, 700)
    assert ledger(store, config, "shorts").left(UNITS) == 2300

"""A demo network on loopback, a store on disk, and an engine between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_bench import Bench, write_config

from demo_network import DemoNetwork
from stores import new_store


@pytest.fixture
def network() -> Iterator[DemoNetwork]:
    with DemoNetwork(token="let-me-in") as server:
        yield server


@pytest.fixture
def bench(home: Path, network: DemoNetwork, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("CMINBOX_SECRET_BRAND", "let-me-in")
    config = write_config(home, network.url)._replace(undo_ms=0)
    with new_store(config.paths.store) as store:
        yield Bench(network, config, store)

"""A demo network on loopback, a store on disk, and an engine between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_bench import Bench, write_config
from token_network import TokenServer
from token_world import World

from cminbox.sources import registry
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


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setitem(registry.OURS, "tokens", "token_network")
    with TokenServer() as server:
        made = World(home, server)
        made.secret()
        with made.store:
            yield made

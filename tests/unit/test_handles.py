"""Handles as their network writes them, and how those are called whose name it keeps back."""

from __future__ import annotations

import pytest

from cminbox import handles
from cminbox.sources import registry


@pytest.mark.parametrize("network", sorted(registry.OURS))
def test_lists_write_handles_as_the_adapter_says(network: str) -> None:
    """A list is drawn without loading an adapter: `handles` says the same as it."""
    info = registry.info(network)
    assert handles.PREFIXES.get(network, "@") == info.handle_prefix or not info.has_account
    assert handles.SOMEONE.get(network, "") == info.someone


@pytest.mark.parametrize(
    ("network", "handle", "name", "shown"),
    [
        ("mastodon", "ana@example.org", "Ana", "@ana@example.org"),
        ("reddit", "kettle", "", "u/kettle"),
        ("reddit", "u/kettle", "", "u/kettle"),
        ("facebook", "", "Ana López", "Ana López"),
        ("facebook", "", "", "someone on Facebook"),
        ("wordpress", "Ana", "", "Ana"),
        ("bluesky", "@ana.example", "", "@ana.example"),
        ("jsonl", "", "", "somebody"),
    ],
)
def test_how_a_person_is_called(network: str, handle: str, name: str, shown: str) -> None:
    assert handles.called(network, handle, name) == shown

"""The documentation's page of keys says what the registry says."""

from __future__ import annotations

from pathlib import Path

from cminbox.commands.page import page


def test_the_page_is_what_the_registry_makes() -> None:
    kept = (Path(__file__).parents[2] / "docs" / "keys.md").read_text(encoding="utf-8")
    assert kept == page(), "run: python -m cminbox.commands.page > docs/keys.md"

"""The documentation's page of keys says what the registry says."""

from __future__ import annotations

import runpy
from pathlib import Path

from cminbox.commands.registry import CONTEXTS

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_what_the_registry_makes() -> None:
    make = runpy.run_path(str(DOCS / "dev" / "make_keys.py"))
    text = (DOCS / "keys.md").read_text(encoding="utf-8")
    assert text == make["page"](text), "run: python docs/dev/make_keys.py"
    assert f"# the place: {', '.join(CONTEXTS)}\n" in text
    assert f"The key set `vim` differs in: {'; '.join(make['differences']('vim'))}." in " ".join(text.split("\n"))

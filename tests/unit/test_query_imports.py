"""The query language is light: what opens the queue loads no regular expressions, no database, no grammar."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("regex", "sqlite3", "lark", "difflib", "textual", "httpx", "cminbox.store", "cminbox.config")


def loaded_after(code: str) -> list[str]:
    script = f"import sys\n{code}\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return run.stdout.split()


def test_importing_and_parsing_loads_nothing_heavy() -> None:
    assert loaded_after("from cminbox import query\nquery.parse('is:open refund -label:x age:>2d')") == []


def test_a_regular_expression_loads_its_module_when_it_is_first_used() -> None:
    assert loaded_after("from cminbox import query\nquery.parse('/x/')") == ["regex"]

"""The house rules that no other tool holds: cheap imports, each library in its own layer."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from source_trees import ROOT, modules, nodes

pytestmark = pytest.mark.xdist_group("source")  # one worker reads the trees of the source

# Who may import a library, by the first part of a module's name below `cminbox`.
OWNERS = {
    "textual": {"app", "themes", "screens", "terminal", "widgets"},
    "httpx": {"sources", "demo"},
    "apprise": {"engine"},
    "requests": {"engine"},
    "smtplib": {"engine"},
    "feedparser": {"sources"},
    "PIL": {"sources"},
    "sqlite3": {"store"},
    "sqlite_utils": {"store"},
    "vaderSentiment": {"rules"},
    "py3langid": {"rules"},
    "numpy": {"rules"},
    "jinja2": {"replies"},
    "typer": {"cli"},
    "keyring": {"secrets"},
    "platformdirs": {"paths"},
}
HEAVY = ("httpx", "PIL", "vaderSentiment", "py3langid", "numpy", "feedparser", "apprise", "jinja2")
SCREENS = {"app", "themes", "screens", "terminal", "widgets"}


def layer(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


@cache
def imported(path: Path) -> frozenset[str]:
    """The libraries that a file imports, wherever in it."""
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return frozenset(found)


def loaded_after(*imports: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after importing some."""
    code = f"import json, sys\nfor name in {imports!r}:\n    __import__(name)\nprint(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stderr
    return set(json.loads(run.stdout))


def test_test_files_have_names_of_their_own() -> None:
    """Without packages, two test files of one name would be one module."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("library", OWNERS)
def test_a_library_is_imported_in_its_own_layer_only(library: str) -> None:
    strangers = [
        name for name, path in modules().items() if library in imported(path) and layer(name) not in OWNERS[library]
    ]
    assert strangers == []


def test_the_owners_of_libraries_exist() -> None:
    """A layer that was renamed would otherwise open a door that nobody watches."""
    layers = {layer(name) for name in modules()}
    assert {owner for owners in OWNERS.values() for owner in owners} <= layers


def test_importing_a_layer_without_a_screen_loads_no_textual() -> None:
    assert "textual" not in loaded_after("cminbox", "cminbox.engine", "cminbox.cli", "cminbox.desk", "cminbox.reports")


def test_no_module_outside_the_screens_loads_textual() -> None:
    # `__main__` modules run on import.
    names = [name for name in modules() if layer(name) not in SCREENS and not name.endswith("__main__")]
    assert "textual" not in loaded_after(*names)


def test_opening_the_queue_loads_nothing_heavy() -> None:
    loaded = loaded_after("cminbox.app", "cminbox.screens.queue.screen")
    assert "textual" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    loaded = loaded_after("cminbox.cli")
    assert [name for name in (*HEAVY, "keyring", "sqlite_utils") if name in loaded] == []


def test_the_package_itself_imports_nothing() -> None:
    ours = {name for name in loaded_after("cminbox") if name.startswith("cminbox")}
    assert ours == {"cminbox"}


def test_no_statement_has_numbered_parameters() -> None:
    """From Python 3.12 on sqlite3 warns of `?1` with a sequence, and from 3.14 on it refuses it."""
    numbered = re.compile(r"(?:[=<>(,]|\b(?:LIMIT|IN)) ?\?\d")
    found = [
        f"{name}:{node.lineno}"
        for name, path in modules().items()
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and numbered.search(node.value)
    ]
    assert found == []


def test_a_docstring_says_something() -> None:
    """What three words say, the name says; they go, or become a sentence."""
    said = {
        f"{module}.{node.name}": ast.get_docstring(node)
        for module, path in modules().items()
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    assert {name: text for name, text in said.items() if text is not None and len(text.split()) < 4} == {}

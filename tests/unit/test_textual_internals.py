"""What the program uses of Textual's and Rich's inside is there as it was; one module alone uses it."""

from __future__ import annotations

import ast
import asyncio
import dis
import importlib
import inspect
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import version
from io import TextIOBase
from pathlib import Path
from typing import Any

import pytest
from rich import cells
from source_trees import modules, nodes
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Offset, Region
from textual.screen import Screen

from cminbox.terminal.compat import cell_table, measure_by

pytestmark = pytest.mark.xdist_group("source")

COMPAT = "cminbox.terminal.compat"
LIBRARIES = ("textual", "rich")
KNOW_TEXTUAL = [["app"], ["themes"], ["screens"], ["terminal"], ["widgets"]]
"""The layers that know them."""
OF_RECORDS = {"_replace", "_asdict", "_fields", "_field_defaults", "_make"}
"""Public in spite of their names."""

CALLED: dict[str, tuple[str, ...]] = {
    "textual.app.App._display": ("self", "screen", "renderable"),
    "textual.app.App._get_screen": ("self", "screen"),
    "textual.app.App._handle_exception": ("self", "error"),
    "textual.app.App._load_screen_css": ("self", "screen"),
    "textual.widget.Widget._size_updated": ("self", "size", "virtual_size", "container_size", "layout"),
    "textual._compositor.LayoutUpdate": ("strips", "region"),
    "textual._compositor.ChopsUpdate": ("chops", "spans", "chop_ends"),
    "textual._compositor.CompositorUpdate.render_segments": ("self", "console"),
    "textual._xterm_parser.XTermParser": ("debug",),
    "textual._parser.Parser.tick": ("self",),
    "rich._unicode_data.load": ("unicode_version",),
    "rich.cells.load_cell_table": ("unicode_version",),
    "rich.cells.CellTable": ("unicode_version", "widths", "narrow_to_wide"),
}
"""What is called or overridden, and the parameters that it takes."""

KINDS: dict[str, type | tuple[type, ...]] = {
    "App._background_screens": list,
    "App._batch_count": int,
    "App._closed": bool,
    "App._driver": type(None),
    "App._previous_cursor_position": Offset,
    "Screen._compositor": Compositor,
    "Compositor._dirty_regions": set,
    "XTermParser._timeout_time": type(None),
    "LinuxDriver._file": TextIOBase,
}
"""What is read of an app that does not run yet, of a screen, its compositor and its driver, and of what kind it is."""


def found(dotted: str) -> Any:
    """What a dotted name stands for; fails where there is nothing."""
    parts = dotted.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            thing = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for name in parts[length:]:
            assert hasattr(thing, name), changed(dotted, "it is not there any more")
            thing = getattr(thing, name)
        return thing
    pytest.fail(changed(dotted, "its module is not there any more"))


def changed(dotted: str, how: str) -> str:
    """What somebody has to know who raised the version."""
    library = dotted.split(".")[0] if dotted[0].islower() else "textual"
    return f"{library.title()} {version(library)} changed {dotted}: {how}. See src/cminbox/terminal/compat.py"


@pytest.mark.parametrize("dotted", CALLED)
def test_what_is_called_takes_the_same_parameters(dotted: str) -> None:
    now = tuple(inspect.signature(found(dotted)).parameters)
    assert now == CALLED[dotted], changed(dotted, f"it takes {now} and not {CALLED[dotted]}")


@pytest.mark.parametrize("named", KINDS)
def test_what_is_read_is_of_the_same_kind(named: str) -> None:
    kind, attribute = named.split(".")
    app = App[None]()
    with app._context():
        makers = {
            "App": App[None],
            "Screen": Screen[None],
            "Compositor": Compositor,
            "XTermParser": XTermParser,
            "LinuxDriver": driver,
        }
        owner = makers[kind]()
        if attribute == "_background_screens":
            app._screen_stacks["_default"] = [Screen()]
        thing = getattr(app if kind == "App" else owner, attribute, changed)
    assert thing is not changed, changed(named, "it is not there any more")
    assert isinstance(thing, KINDS[named]), changed(named, f"it is {thing!r}")


def driver() -> LinuxDriver:
    """Textual's driver for a terminal, which asks for the standard streams as it is made."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("__stderr__", "__stdin__"):
            patch.setattr(sys, name, open(os.devnull))  # noqa: SIM115 - to its end
        patch.setattr(signal, "signal", lambda *handler: None)

        async def make() -> LinuxDriver:
            return LinuxDriver(App[None]())

        return asyncio.run(make())


def test_an_update_holds_what_is_compared_with_the_terminal() -> None:
    whole = LayoutUpdate([], Region(0, 0, 1, 1))
    part = ChopsUpdate([], [], [])
    for update, attributes in ((whole, ("strips", "region")), (part, ("chops", "spans", "chop_ends"))):
        for name in attributes:
            assert hasattr(update, name), changed(f"textual._compositor.{type(update).__name__}", f"no {name}")


def test_the_table_of_sequences_names_keys_by_their_value() -> None:
    dotted = "textual._ansi_sequences.ANSI_SEQUENCES_KEYS"
    table = found(dotted)
    assert isinstance(table, dict), changed(dotted, f"it is a {type(table).__name__}")
    key = table["\x1b[A"]
    assert [getattr(one, "value", None) for one in key] == ["up"], changed(dotted, f"the key up is {key!r}")


def test_every_measure_looks_the_table_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vars(cells), "load_cell_table", cells.load_cell_table)
    table = cell_table()
    try:
        assert cells.cell_len("कa") == 2
        measure_by(table._replace(widths=[(ord("क"), ord("क"), 2)]))
        assert cells.cell_len("कa") == 3, changed("rich.cells.load_cell_table", "measures do not ask it any more")
    finally:
        monkeypatch.undo()
        cells.get_character_cell_size.cache_clear()
        cells.cached_cell_len.cache_clear()
    assert cells.cell_len("कa") == 2


# Who uses the inside of the libraries


def is_private(name: str) -> bool:
    return name.strip("_") != "" and name.startswith("_") and not name.startswith("__")


def of_self(node: ast.Attribute) -> bool:
    """Whether it is an attribute of the object itself, or of its class."""
    value = node.value
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id == "super"
    return isinstance(value, ast.Name) and value.id in ("self", "cls")


def members(parts: Iterable[ast.AST]) -> Iterator[str]:
    """Private names to which modules or classes give a meaning."""
    for node in parts:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and is_private(node.name):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and of_self(node):
            yield from filter(is_private, [node.attr])
        if isinstance(node, ast.ClassDef | ast.Module):
            targets = (part for one in node.body for part in ast.iter_child_nodes(one))
            yield from (part.id for part in targets if isinstance(part, ast.Name) and is_private(part.id))


@cache
def inside(owner: type) -> frozenset[str]:
    """The private names of a class of a library: those of its members, and of what its functions keep in the object."""
    found = {*filter(is_private, vars(owner))}
    for function in map(inspect.unwrap, filter(callable, vars(owner).values())):
        code = getattr(function, "__code__", None)
        if code is not None and any(map(is_private, code.co_names)):
            stored = (step.argval for step in dis.get_instructions(code) if step.opname == "STORE_ATTR")
            found.update(filter(is_private, stored))
    return frozenset(found)


def imports_of_the_inside(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            if name.split(".")[0] in LIBRARIES and any(map(is_private, name.split("."))):
                yield name


def names_of_strangers(path: Path, ours: set[str]) -> Iterator[str]:
    """Private names of others than the object itself, to which no module of the program gives a meaning."""
    for node in nodes(path):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and not of_self(node) and node.attr not in ours:
            yield node.attr


def names_of_bases(module: str) -> Iterator[str]:
    """Private names of Textual's and Rich's classes that classes made from them use or give another meaning."""
    for node in nodes(modules()[module]):
        if not isinstance(node, ast.ClassDef) or not node.bases:
            continue
        made = getattr(importlib.import_module(module), node.name, None)
        bases = [base for base in getattr(made, "__mro__", ()) if base.__module__.split(".")[0] in LIBRARIES]
        if bases:
            parts = tuple(ast.walk(node))
            used = {part.attr for part in parts if isinstance(part, ast.Attribute) and of_self(part)}
            yield from {*used, *members(parts)} & frozenset[str]().union(*map(inside, bases))


def test_one_module_alone_uses_the_inside_of_textual_and_rich() -> None:
    ours = {name for path in modules().values() for name in members(nodes(path))} | OF_RECORDS
    users = {}
    for module, path in modules().items():
        if module.split(".")[1:2] not in KNOW_TEXTUAL:
            continue
        used = {*imports_of_the_inside(path), *names_of_strangers(path, ours), *names_of_bases(module)}
        if used and module != COMPAT:
            users[module] = sorted(used)
    assert not users, f"private names of Textual or Rich, which belong into terminal/compat.py: {users}"


def test_each_private_name_that_it_uses_is_looked_at_here() -> None:
    path = modules()[COMPAT]
    used = {name.rpartition(".")[2] for name in imports_of_the_inside(path)}
    used |= {*names_of_strangers(path, OF_RECORDS), *names_of_bases(COMPAT)}
    named = {name.rpartition(".")[2] for name in (*CALLED, *KINDS)}
    assert used <= {*named, "ANSI_SEQUENCES_KEYS", "CompositorUpdate"}

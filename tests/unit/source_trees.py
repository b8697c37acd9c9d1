"""The program's source as syntax trees, each read once; its imports and its classes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "cminbox"
_DATA = frozenset({"NamedTuple", "TypedDict", "Protocol", "Struct"})


@cache
def modules() -> dict[str, Path]:
    """Every module of the program, by its dotted name."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All that a file consists of, the file itself first."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def targets(node: ast.AST) -> list[str]:
    """The modules that an import statement names; of other packages as well as ours."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom) or not node.module or node.level:
        return []
    inside = [f"{node.module}.{alias.name}" for alias in node.names]
    return list(dict.fromkeys(name if name in modules() else node.module for name in inside))


@cache
def imports(module: str) -> frozenset[str]:
    """All that a module imports, wherever in it and for whatever reason."""
    return frozenset(name for node in nodes(modules()[module]) for name in targets(node))


def lazy_imports() -> Iterator[tuple[str, str, str]]:
    """Imports inside functions, as (module, function, target)."""
    for module, path in modules().items():
        for function in nodes(path):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for node in ast.walk(function):
                    yield from ((module, function.name, name) for name in targets(node))


def circles() -> list[list[str]]:
    """Groups of modules that import each other, each sorted (Tarjan's strongly connected components)."""
    graph = {
        module: [name for name in imports(module) if name in modules() and not f"{module}.".startswith(f"{name}.")]
        for module in modules()
    }
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for name in graph[module]:
            if name not in index:
                visit(name)
                low[module] = min(low[module], low[name])
            elif name in stack:
                low[module] = min(low[module], index[name])
        if low[module] == index[module]:
            at = stack.index(module)
            if len(group := stack[at:]) > 1:
                found.append(sorted(group))
            del stack[at:]

    for module in graph:
        if module not in index:
            visit(module)
    return sorted(found)


@dataclass
class Class:
    """A class of the program.

    Attributes:
        bases: as they are written, without what is in brackets.
        own: names that it defines: methods, class attributes, and what its methods assign to `self`.
        bare: names that it declares with a type and gives no value in its body.
        assigned: names that its methods assign to `self`.
    """

    module: str
    name: str
    bases: list[str]
    decorators: list[str]
    own: set[str] = field(default_factory=set)
    bare: set[str] = field(default_factory=set)
    assigned: set[str] = field(default_factory=set)


def _written(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _written(node.func)
    return ast.unparse(node.value if isinstance(node, ast.Subscript) else node)


@cache
def classes() -> dict[str, Class]:
    """The classes of the program by module and name."""
    found = {}
    for module, path in modules().items():
        for node in nodes(path):
            if not isinstance(node, ast.ClassDef):
                continue
            one = Class(
                module, node.name, [_written(base) for base in node.bases], [_written(d) for d in node.decorator_list]
            )
            for part in node.body:
                if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
                    one.own.add(part.name)
                    one.assigned |= set(_assigned(part))
                elif isinstance(part, ast.Assign):
                    one.own |= {target.id for target in part.targets if isinstance(target, ast.Name)}
                elif isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                    (one.bare if part.value is None else one.own).add(part.target.id)
            one.own |= one.bare | one.assigned
            found[f"{module}.{node.name}"] = one
    return found


def _assigned(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """What a method assigns to its first argument."""
    if not function.args.args:
        return
    me = function.args.args[0].arg
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == me:
            yield node.attr


@cache
def family(name: str) -> tuple[Class, ...]:
    """A class and its bases within the program, by the imports of the module that names them."""
    one = classes()[name]
    known = {**_imported_names(one.module), **{c.name: key for key, c in classes().items() if c.module == one.module}}
    bases = [known[base] for base in one.bases if known.get(base) in classes()]
    return (one, *(each for base in bases for each in family(base)))


def plain_data(name: str) -> bool:
    """Whether a class only says what something has: a data class, a named tuple, a protocol and the like."""
    return any(
        any(base.rpartition(".")[2] in _DATA for base in each.bases)
        or any(decorator.rpartition(".")[2] == "dataclass" for decorator in each.decorators)
        for each in family(name)
    )


@cache
def _imported_names(module: str) -> dict[str, str]:
    """The names that a module imports from ours, each with the dotted name it has there."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in nodes(modules()[module])
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }

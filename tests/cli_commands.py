"""Every command of the command line, found by walking it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any


def commands() -> Iterator[tuple[str, Any]]:
    """Every command of the command line, with its words."""
    import typer

    from cminbox.cli.main import COMMANDS

    app = typer.Typer()
    for module in dict.fromkeys(entry.module for entry in COMMANDS.values()):
        import_module(f"cminbox.cli.{module}").add(app)
    yield from _within("", typer.main.get_command(app))


def _within(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", {})
    for name, each in inner.items():
        yield from _within(f"{words} {name}".strip(), each)
    if not inner:
        yield words, command

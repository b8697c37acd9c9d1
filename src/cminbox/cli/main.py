"""The commands: which there are, and the module of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Annotated

import typer

from cminbox.cli.arguments import Shared
from cminbox.cli.session import Session
from cminbox.errors import UsageError

MODULES: Mapping[str, str] = {
    "demo": "demo",
    "init": "init",
    "doctor": "doctor",
    "sources": "sources",
    "poll": "poll",
    "import": "transfer",
    "export": "transfer",
    "list": "read",
    "show": "read",
    "why": "read",
    "do": "act",
    "reply": "reply",
    "rules": "rules",
    "score": "score",
    "report": "report",
    "crisis": "crisis",
}
"""The module of each command, in the order in which help shows them."""

_SHARED_HELP = """Terminal inbox for community managers. Without a command it opens the queue.

Shared options, before or after the command:

--config DIR, --data DIR, --as MEMBER
"""


def run(shared: Shared, arguments: Sequence[str]) -> int:
    """Run a command and return the exit status."""
    session = Session(shared)
    try:
        status = _program(arguments)(args=list(arguments), obj=session, prog_name="cminbox", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except SystemExit as ended:
        # The library turns a pipe that nobody reads any more into this.
        if isinstance(ended.__context__, BrokenPipeError):
            raise BrokenPipeError from None
        raise
    except typer.Abort:
        raise KeyboardInterrupt from None
    except Exception as error:
        # Mistakes in the call are known by what they can do, for their class lives in different places from one
        # version of the library to the next.
        told = getattr(error, "format_message", None)
        if not callable(told):
            raise
        raise UsageError(_sentence(str(told())), _hint(error)) from None
    finally:
        session.close()


def _program(arguments: Sequence[str]) -> typer.Typer:
    """The commands that this call needs: one, or all of them when none is named."""
    app = typer.Typer(
        help=_SHARED_HELP,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=False,
    )
    app.callback()(_root)
    named = arguments[0] if arguments else ""
    modules = [MODULES[named]] if named in MODULES else list(dict.fromkeys(MODULES.values()))
    for module in modules:
        import_module(f"cminbox.cli.{module}").add(app)
    return app


def _root(
    version: Annotated[bool, typer.Option("--version", help="Show the version.", is_eager=True)] = False,
) -> None:
    if version:
        from cminbox import __version__

        typer.echo(f"cminbox {__version__}")
        raise typer.Exit


def _sentence(text: str) -> str:
    text = text.rstrip(".")
    return text[:1].lower() + text[1:]


def _hint(error: Exception) -> str:
    ctx = getattr(error, "ctx", None)
    path = getattr(ctx, "command_path", "cminbox")
    return f"see {path} --help"

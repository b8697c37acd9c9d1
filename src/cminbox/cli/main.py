"""The commands: which there are, and the module of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Annotated, NamedTuple

import typer

from cminbox import __version__
from cminbox.cli.arguments import Shared
from cminbox.cli.session import Session
from cminbox.errors import UsageError


class Entry(NamedTuple):
    """One command: the module that has it, and what help says of it."""

    module: str
    summary: str


COMMANDS: Mapping[str, Entry] = {
    "demo": Entry("demo", "Open the queue on a built-in demo network."),
    "init": Entry("init", "Write a commented configuration."),
    "doctor": Entry("doctor", "Check that everything works, and say what to do if not."),
    "poll": Entry("poll", "Run the engine without a screen."),
    "receive": Entry("receive", "Take what networks push: stored first, answered then."),
    "import": Entry("transfer", "Import messages from JSON Lines."),
    "export": Entry("transfer", "Export messages as JSON Lines."),
    "list": Entry("read", "List conversations: open ones, or what a query finds."),
    "show": Entry("read", "Show a conversation with its messages and notes."),
    "why": Entry("why", "Say why a conversation stands where it stands."),
    "do": Entry("act", "Do something to conversations: one action, one event."),
    "duty": Entry("duty", "Say who is on duty and until when, or say it of yourself."),
    "reply": Entry("reply", "Reply to a conversation."),
    "score": Entry("score", "Score a text as if somebody had just written it."),
    "report": Entry("report", "Report response times, who waits, volume, SLA, and the work behind them."),
    "sources": Entry("sources", "List sources and networks, test a source, keep its secret."),
    "channels": Entry("channels", "List channels, decide what was not told, test one, keep its address."),
    "rules": Entry("rules", "List, switch, check and try rules."),
    "train": Entry("train", "Learn from corrections how people here sound."),
    "templates": Entry("templates", "Check template files and reasons.toml."),
    "crisis": Entry("crisis", "List crises, or show one with its timeline."),
    "handover": Entry("handover", "Hand the shift over, or take one."),
    "contacts": Entry("contacts", "List contacts, show or merge them, take them in and out as CSV."),
    "log": Entry("log", "List what happened, who did it, and from which account."),
    "backup": Entry("backup", "Copy the store to a file, while screens and the engine go on."),
    "purge": Entry("erase", "Erase the texts of old conversations that are over; the figures stay."),
    "forget": Entry("erase", "Erase what is stored of a person, texts and names."),
    "completion": Entry("completion", "Let a shell complete our commands: bash, zsh or fish."),
}
"""The commands by name, in the order in which help shows them."""

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
    """The command that this call needs, or the names and summaries of all where it names none."""
    app = typer.Typer(
        help=_SHARED_HELP,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=False,
    )
    app.callback()(_root)
    named = COMMANDS.get(next((word for word in arguments if not word.startswith("-")), ""))
    if named is not None:
        import_module(f"cminbox.cli.{named.module}").add(app)
        return app
    # Help and mistakes need no more; importing all the modules takes longer than everything else.
    for name, entry in COMMANDS.items():
        app.command(name, help=entry.summary)(_not_called)
    return app


def _not_called() -> None:
    """Stands for a command that this call does not name."""


def _root(
    version: Annotated[bool, typer.Option("--version", help="Show the version.", is_eager=True)] = False,
) -> None:
    if version:
        typer.echo(f"cminbox {__version__}")
        raise typer.Exit


def _sentence(text: str) -> str:
    text = text.rstrip(".")
    return text[:1].lower() + text[1:]


def _hint(error: Exception) -> str:
    ctx = getattr(error, "ctx", None)
    path = getattr(ctx, "command_path", "cminbox")
    return f"see {path} --help"

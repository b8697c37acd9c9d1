"""The `:` line: a command is typed and run."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from cminbox.commands import Command
from cminbox.commands.typed import parse_line
from cminbox.screens.base import BaseScreen
from cminbox.screens.completion import complete_line


def ask_command(screen: BaseScreen, text: str = "") -> None:
    """Ask for a command, beginning with a text, and run it on the screen."""
    services, history = screen.services, screen.services.line_history

    def run(line: str) -> None:
        line = line.strip()
        if not line:
            return
        command, args = parse_line(line, services.commands)
        if command.desk:
            services.store.check_file()  # where it is gone the line stays, with what was typed
        history.add(line)
        run_soon(screen, command, args)

    screen.prompt(":", text, run, complete=partial(complete_line, services), history=history)


def run_soon(screen: BaseScreen, command: Command, args: Iterable[str] = ()) -> None:
    """Run a command once what stands before the screen, and asked for it, is gone; keys wait for it."""
    hold = screen.services.key_queue.hold()

    def run() -> None:
        try:
            screen.run_command(command, args)
        finally:
            hold.release()

    screen.call_after_refresh(run)

"""Help: all keys and commands, made from the registry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from cminbox.commands import GROUPS, Command
from cminbox.screens.base import BaseScreen
from cminbox.screens.list_movement import ListMovement, PageMovement
from cminbox.screens.services import Services
from cminbox.textwidth import cut, first_lines, fit, width_of

GAP = 2
QUERIES = 46
"""Cells of the column with examples of queries."""
_QUERIES = (
    ("is:open is:overdue", "open and past its SLA; also is:mine, is:unassigned, is:vip, is:crisis, is:question"),
    ('network:mastodon (refund OR "money back")', "one network, a word or a phrase"),
    ("sentiment:<-0.5 -from:@troll", "angry, and not by the troll"),
    ("waiting:>2h lang:hi label:billing", "how long, which language, which label"),
    ("refund*  /ref(und)?/", "the beginning of a word; a regular expression"),
)


class HelpScreen(BaseScreen):
    """Keys of the screen one came from first, then everything else.

    Args:
        context: the context of that screen.
    """

    CONTEXT: ClassVar[str] = "help"
    DEFAULT_CSS = """
    HelpScreen {
        & #help-head { height: 1; padding: 0 1; color: $context; }
        & #help-body { padding: 1 2; scrollbar-size-vertical: 1; }
    }
    """

    def __init__(self, services: Services, context: str = "queue") -> None:
        super().__init__(services)
        self._shown_context = context
        self._wide = (0, 0)
        self._body = VerticalScroll(id="help-body", can_focus=False)
        page = PageMovement(self._scroll, self._page_sizes)
        self.command_parts = (ListMovement(self.key_reader, self._scroll), page)

    def compose_body(self) -> ComposeResult:
        back = self.services.keys_for("app.back", "help")
        yield Static(f"‹ {self._shown_context}   keys and commands   {back} goes back", id="help-head", markup=False)
        with self._body:
            yield Static(self._page(), id="help-page", markup=False)

    def on_resize(self) -> None:
        self.query_one("#help-page", Static).update(self._page())

    def _keys_of(self, command: Command) -> str:
        usable = command.contexts()
        here = self._shown_context in usable or "anywhere" in usable
        keys = self.services.keymap.keys_of(command, self._shown_context if here else usable[0])
        if command.id == "reply.quick_1" and keys:
            keys = [f"{keys[0]}…{keys[0][-1:].replace('1', '9')}"]
        return " ".join(keys)

    def _columns(self) -> tuple[int, int]:
        """Cells of the columns with keys and with names: what the longest need, less where there is little room."""
        most = max(12, self.app.size.width // 5)
        keys = max(width_of(self._keys_of(command)) for command in self.services.commands)
        names = max(len(command.name) for command in self.services.commands)
        return min(keys + 2 + GAP, most), min(names + GAP, most)

    def _page(self) -> Content:
        self._wide = self._columns()
        room = max(24, self.app.size.width - 6 - sum(self._wide))
        lines: list[Content] = []
        for group in GROUPS:
            rows = [
                row for command in self.services.commands if command.group == group for row in self._rows(command, room)
            ]
            if rows:
                lines += [Content.styled(GROUPS[group], "bold $accent"), *rows, Content("")]
        lines.append(Content.styled("Search line, filters, views and rules speak one language", "bold $accent"))
        for text, meaning in _QUERIES:
            first, *more = first_lines(meaning, max(20, room + sum(self._wide) - QUERIES), 4)
            lines.append(Content.assemble("  ", fit(text, QUERIES - 2), Content.styled(first, "$context")))
            lines += [Content.styled(" " * QUERIES + line, "$context") for line in more]
        return Content("\n").join(lines)

    def _rows(self, command: Command, room: int) -> list[Content]:
        if command.id.startswith("reply.quick_") and not command.id.endswith("_1"):
            return []
        usable = command.contexts()
        here = self._shown_context in usable or "anywhere" in usable
        where = "" if here else f" ({', '.join(usable)})"
        first, *more = first_lines(command.help + where, room, 4)
        style = "" if here else "$context"
        keys, names = self._wide
        rows = [
            Content.assemble(
                Content.styled(fit("  " + cut(self._keys_of(command), keys - 3), keys), "bold" if here else "$context"),
                Content.styled(fit(cut(command.name, names - 1), names), "$accent" if here else "$context"),
                Content.styled(first, style),
            )
        ]
        return rows + [Content.styled(" " * (keys + names) + line, style) for line in more]

    def footer(self) -> Iterable[tuple[str, str]]:
        keys = self.services.keys_for
        yield f"{keys('move.down', 'help')} {keys('move.up', 'help')}", "a line"
        yield f"{keys('move.half_down', 'help')} {keys('move.half_up', 'help')}", "half a page"
        yield keys("app.palette", "help"), "find a command"
        yield keys("app.back", "help"), "back"

    def _scroll(self, lines: int) -> None:
        self._body.scroll_relative(y=lines, animate=False)

    def _page_sizes(self) -> tuple[int, int]:
        return self._body.size.height // 2, self._body.scrollable_content_region.height

    def do_app_help(self) -> None:
        self.do_app_back()  # The same key closes it.

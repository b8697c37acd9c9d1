"""Help: all keys and commands, made from the registry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from cminbox.commands import GROUPS, Command
from cminbox.screens.base import BaseScreen
from cminbox.screens.list_movement import ListMovement, PageMovement
from cminbox.screens.services import Services
from cminbox.text import fold, words
from cminbox.textwidth import cut, first_lines, fit, width_of

GAP = 2
QUERIES = 46
"""Cells of the column with examples of queries."""
_QUERIES = (
    ("is:open is:overdue", "open and past its SLA; also is:mine, is:unassigned, is:vip, is:crisis, is:question"),
    ('network:mastodon (refund OR "money back")', "one network, a word or a phrase"),
    ("sentiment:<-0.5 -from:@troll", "angry, and not by the troll"),
    ("waiting:>2h lang:hi label:billing", "how long, which language, which label"),
    ("signal:refund -signal:thanks", "what they want: refund, safety, thanks, …"),
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
        self._wanted = ""
        self._hits: list[tuple[int, str]] = []
        """The line and the name of each command that the search found."""
        self._hit: int | None = None
        """Which of them the cursor is on."""
        self._body = VerticalScroll(id="help-body", can_focus=False)
        page = PageMovement(self._scroll, self._page_sizes)
        self.command_parts = (ListMovement(self.key_reader, self._scroll), page)

    def compose_body(self) -> ComposeResult:
        yield Static(self._head(), id="help-head", markup=False)
        with self._body:
            yield Static(self._page(), id="help-page", markup=False)

    def _head(self) -> str:
        keys = self.services.keys_for
        if self._wanted:
            hits = f"{keys('find.next', 'help')} {keys('find.previous', 'help')} next, previous hit"
            return f"‹ {self._shown_context}   / {self._wanted}   {hits}   {keys('app.back', 'help')} shows all again"
        return f"‹ {self._shown_context}   keys and commands   {keys('app.back', 'help')} goes back"

    def _show(self) -> None:
        self.last_line.widget.keys = tuple(self.footer())
        self.query_one("#help-head", Static).update(self._head())
        self.query_one("#help-page", Static).update(self._page())

    def on_resize(self) -> None:
        self._show()

    def _keys_of(self, command: Command) -> str:
        here = self._is_here(command)
        keys = self.services.keymap.keys_of(command, self._shown_context if here else command.contexts()[0])
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
        here = [command for command in self.services.commands if self._is_here(command)]
        lines: list[Content] = []
        self._hits = []
        for title, commands in (
            (f"Keys here: {self._shown_context}", [command for command in here if self._keys_of(command)]),
            ("Without a key here: type the name behind :", [command for command in here if not self._keys_of(command)]),
            ("On other screens", [command for command in self.services.commands if not self._is_here(command)]),
        ):
            wanted = [command for command in commands if self._is_wanted(command)]
            lines += self._section(title, wanted, room, len(lines))
        if self._wanted:
            return Content("\n").join(lines or [Content.styled(f"nothing here has {self._wanted}", "$context")])
        lines.append(Content.styled("Search line, filters, views and rules speak one language", "bold $accent"))
        for text, meaning in _QUERIES:
            first, *more = first_lines(meaning, max(20, room + sum(self._wide) - QUERIES), 4)
            lines.append(Content.assemble("  ", fit(text, QUERIES - 2), Content.styled(first, "$context")))
            lines += [Content.styled(" " * QUERIES + line, "$context") for line in more]
        return Content("\n").join(lines)

    def _section(self, title: str, commands: Sequence[Command], room: int, above: int) -> list[Content]:
        """A heading, and below it commands by their groups; `above`: so many lines stand above it."""
        lines: list[Content] = [Content.styled(title, "bold $accent")]
        for group in GROUPS:
            first = len(lines)
            for command in commands:
                if command.group == group and (rows := self._rows(command, room)):
                    if len(lines) == first:
                        lines.append(Content.styled(GROUPS[group], "bold"))
                    if self._wanted:
                        if len(self._hits) == self._hit:
                            rows[0] = Content.assemble(Content.styled("▌", "$accent"), rows[0][1:])
                        self._hits.append((above + len(lines), command.name))
                    lines += rows
            if len(lines) > first:
                lines.append(Content(""))
        return lines if len(lines) > 1 else []

    def _is_here(self, command: Command) -> bool:
        usable = command.contexts()
        return self._shown_context in usable or "anywhere" in usable

    def _is_wanted(self, command: Command) -> bool:
        text = fold(f"{self._keys_of(command)} {command.name} {command.help}")
        return all(word in text for word in words(self._wanted))

    def _rows(self, command: Command, room: int) -> list[Content]:
        if command.id.startswith("reply.quick_") and not command.id.endswith("_1"):
            return []
        here = self._is_here(command)
        where = "" if here else f" ({', '.join(command.contexts())})"
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
        if self._wanted:
            yield f"{keys('find.next', 'help')} {keys('find.previous', 'help')}", "next, previous hit"
        yield keys("find.search", "help"), "search"
        yield keys("app.palette", "help"), "find a command"
        yield keys("app.back", "help"), "back"

    def _scroll(self, lines: int) -> None:
        self._body.scroll_relative(y=lines, animate=False)

    def _page_sizes(self) -> tuple[int, int]:
        return self._body.size.height // 2, self._body.scrollable_content_region.height

    def do_find_search(self, *text: str) -> None:
        """Show only the commands that have these words; without any, ask for some."""
        if text:
            self._search_for(" ".join(text))
        else:
            self.prompt("/", self._wanted, self._search_for)

    def _search_for(self, text: str) -> None:
        self._wanted, self._hit = text.strip(), None
        self._show()
        self._body.scroll_home(animate=False)

    def do_find_next(self) -> None:
        """Go to the next command that the search found."""
        self._go_to_hit(1)

    def do_find_previous(self) -> None:
        """Go to the one before."""
        self._go_to_hit(-1)

    def _go_to_hit(self, way: int) -> None:
        if not self._wanted:
            self.say(f"nothing is searched for: {self.services.keys_for('find.search', 'help')} searches")
        elif not self._hits:
            self.say(f"nothing here has {self._wanted}")
        else:
            before = self._hit if self._hit is not None else -1 if way > 0 else 0
            self._hit = (before + way) % len(self._hits)
            self._show()
            line, name = self._hits[self._hit]
            self._body.scroll_to(y=max(0, line - self._body.size.height // 2), animate=False)
            self.say(f"hit {self._hit + 1} of {len(self._hits)}: {name}")

    def do_app_back(self) -> None:
        """Show all again, else go back."""
        if self._wanted:
            self._search_for("")
        else:
            super().do_app_back()

    def do_app_help(self) -> None:
        self._wanted = ""
        self.do_app_back()  # The same key closes it.

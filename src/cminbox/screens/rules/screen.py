"""The rules in their order: what each does and hits; switched by a key, tried, and opened in an editor."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from cminbox import rules
from cminbox.engine.rule_trial import Trial
from cminbox.errors import CminboxError
from cminbox.query import Context
from cminbox.rules import Rule, switches
from cminbox.rules.files import SHIPPED
from cminbox.screens.base import BaseScreen
from cminbox.screens.list_movement import ListMovement, PageMovement
from cminbox.screens.rules import data, editor
from cminbox.screens.services import Services
from cminbox.store import conversations, rule_hits
from cminbox.widgets.facts import Facts
from cminbox.widgets.item_list import ItemList
from cminbox.widgets.styled_lines import content

if TYPE_CHECKING:
    from pathlib import Path

    from textual import events

    from cminbox.store.rule_hits import Hits

WIDE = 110
"""Columns from which all of a rule stands beside the list."""
TRIED = 2_000
"""The newest conversations on which a rule is tried."""


class RulesScreen(BaseScreen):
    """Every rule, one below the other, and all of the one under the cursor."""

    CONTEXT: ClassVar[str] = "rules"
    CSS_PATH = "screen.tcss"

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._head = Static("", id="rules-head", markup=False)
        self._list = ItemList(id="rules-list")
        self._facts_box = VerticalScroll(id="rules-facts", can_focus=False)
        self._facts = Facts("rule")
        self._folder = services.config.paths.rules
        self._book = rules.load(self._folder)
        self._hits: dict[str, Hits] = {}
        self._tried: data.Tried | None = None
        self._facts_wanted = False
        """Whether all of a rule is asked for where there is no room beside the list."""
        self.command_parts = (
            ListMovement(self.key_reader, self._move),
            PageMovement(self._page, self._page_sizes),
        )

    def compose_body(self) -> ComposeResult:
        yield self._head
        yield self._list
        with self._facts_box:
            yield self._facts

    def on_mount(self) -> None:
        self._count()
        self.set_interval(1.0, self._tick)

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= WIDE, "-wide")
        self.call_after_refresh(self.show_rules)

    def _tick(self) -> None:
        if self.app.screen is self:
            self._read_again()

    def minute_passed(self) -> None:
        self._count()

    def _count(self) -> None:
        """Read what the rules hit, and show it."""
        self._hits = rule_hits.of_all(self.services.store.read(), self.services.clock())
        self.show_rules()

    def _read_again(self) -> None:
        """Read the files again that changed, and show what they say."""
        book = self._book.reload()
        if book is not self._book:
            self._book, self._tried = book, None
            self.show_rules()

    def do_view_refresh(self) -> None:
        """Read everything again."""
        self._read_again()
        self._count()

    @property
    def here(self) -> Rule | None:
        """The rule under the cursor."""
        every = self._book.all
        return every[min(self._list.cursor, len(every) - 1)] if every else None

    def _is_on(self, rule: Rule) -> bool:
        return rule.name not in {each.name for each in self._book.off}

    def show_rules(self) -> None:
        """Show them as they were read last."""
        width = max(self._list.size.width - 3, 50)
        lines = [
            [data.rule_line(rule, self._is_on(rule), data.hits_of(self._hits, rule), width)] for rule in self._book.all
        ]
        self._head.update(content(data.head(self._book, width, self.size.width - 2)))
        self._list.show(lines, empty=("No rule is in force.",))
        self._show_facts()

    def _show_facts(self) -> None:
        rule = self.here
        self._facts_box.display = rule is not None and (self._facts_wanted or self.has_class("-wide"))
        if rule is not None:
            rows = data.facts(rule, self._is_on(rule), data.hits_of(self._hits, rule))
            if self._tried is not None and self._tried.rule == rule.name:
                rows = [*self._tried.rows(), *rows]
            self._facts.show(rows, rule.name)

    def _move(self, lines: int) -> None:
        self._list.move(lines)
        self._show_facts()

    def _page(self, lines: int) -> None:
        """Move by pages: through all of the rule where that is more than there is room for."""
        if self._facts_box.display and self._facts_box.max_scroll_y:
            self._facts_box.scroll_relative(y=lines, animate=False)
        else:
            self._move(lines)

    def _page_sizes(self) -> tuple[int, int]:
        if self._facts_box.display and self._facts_box.max_scroll_y:
            whole = max(self._facts_box.size.height, 2)
            return whole // 2, whole
        return self._list.page_sizes()

    def do_move_open(self) -> None:
        """Show or hide all of the rule."""
        self._facts_wanted = not self._facts_wanted
        self._show_facts()

    def _asked(self, words: tuple[str, ...]) -> Rule:
        """The rule that is named, else the one under the cursor.

        Raises:
            CminboxError: there is none.
        """
        name = " ".join(words)
        found = next((rule for rule in self._book.all if rule.name == name), None) if name else self.here
        if found is None:
            raise CminboxError(f"no rule is called {name!r}" if name else "there is no rule here")
        return found

    def do_rule_switch(self, *words: str) -> None:
        """Switch a rule off, or on again."""
        self.services.check_may_write()
        rule = self._asked(words)
        on = not self._is_on(rule)
        switches.switch(self._folder, rule.name, on=on)
        self._read_again()
        self.say(f"{rule.name} is {'on' if on else 'off'}, in rules/{switches.FILE}; the engine reads it at once")

    async def do_rule_try(self, *words: str) -> None:
        """Try what switching a rule would change."""
        rule = self._asked(words)
        self._facts_wanted = True
        self._tried = data.Tried(rule.name, self._is_on(rule))
        self._show_facts()
        self.run_worker(self._try(rule), group="try", exclusive=True)

    async def _try(self, rule: Rule) -> None:
        services, book = self.services, self._book
        trial = Trial(book, data.switched(book, rule), Context(services.clock(), zone=services.config.zone))
        stop = False

        def tried() -> data.Tried:
            conn = services.store.read()
            now = data.Tried(rule.name, rule.name not in {each.name for each in book.off})
            for done, some in trial.run(conn, conversations.ids(conn, None, TRIED, "newest")):
                kept = (*now.examples, *some)[: data.EXAMPLES]
                now = now._replace(done=done, changed=now.changed + len(some), examples=kept)
                while services.key_times.typing and not stop:
                    time.sleep(0.01)
                if stop:
                    break
            return now

        try:
            found = await asyncio.to_thread(tried)
        finally:
            stop = True
        if self.is_attached and book is self._book:
            self._tried = found
            self._show_facts()
            self.say(f"{rule.name} {found.rows()[0][1]}; nothing is changed")

    def do_rule_edit(self, *words: str) -> None:
        """Open a rule's file in an editor, and read it again."""
        self.services.check_may_write()
        rule = self._asked(words)
        if rule.file is None:
            raise CminboxError(f"{rule.name} stands in no file")
        path, shipped = self._own(rule.file), rule.file.parent == SHIPPED
        try:
            editor.run(editor.command(os.environ, path, rule.line or 1), self.app.suspend())
        finally:
            if shipped and _same(path, rule.file):
                path.unlink(missing_ok=True)
        self.services.navigator.draw_anew()
        before = self._book
        self._read_again()
        if self._book.problems:
            self.say(data.problem(self._book))
        else:
            self.say(f"{path.name}: no mistake" if self._book is not before else f"{path.name} is as it was")

    def _own(self, file: Path) -> Path:
        """The file to edit: of a shipped one a copy in the user's folder, which replaces it.

        Raises:
            CminboxError: it cannot be copied.
        """
        if file.parent != SHIPPED:
            return file
        own = self._folder / file.name
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not own.exists():
                own.write_bytes(file.read_bytes())
        except OSError as error:
            raise CminboxError(f"{own}: {error.strerror}", "is the configuration folder yours?") from None
        return own


def _same(one: Path, other: Path) -> bool:
    """Whether two files say the same."""
    try:
        return one.read_bytes() == other.read_bytes()
    except OSError:
        return False

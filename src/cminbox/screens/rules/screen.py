"""The rules in their order: what each does and hits; switched by a key, tried, and opened in an editor."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from cminbox.rules import Rule, switches
from cminbox.screens.base import BaseScreen
from cminbox.screens.list_movement import ListMovement, PageMovement, PagesBeside
from cminbox.screens.rules import data
from cminbox.screens.rules.in_force import RulesInForce
from cminbox.screens.rules.trying import Trying
from cminbox.screens.services import Services
from cminbox.store import rule_hits
from cminbox.widgets.facts import Facts
from cminbox.widgets.item_list import ItemList
from cminbox.widgets.styled_lines import content

if TYPE_CHECKING:
    from textual import events

    from cminbox.store.rule_hits import Hits

WIDE = 110
"""Columns from which all of a rule stands beside the list."""


class RulesScreen(BaseScreen):
    """Every rule, one below the other, and all of the one under the cursor."""

    CONTEXT: ClassVar[str] = "rules"
    CSS_PATH = "screen.tcss"

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._head = Static("", id="rules-head", markup=False)
        self._list = ItemList(id="rules-list")
        self._facts_box = VerticalScroll(id="rules-facts", can_focus=False)
        pages = PagesBeside(self._list, self._facts_box, self._move)
        self._facts = Facts("rule")
        self._rules = RulesInForce(services.config.paths.rules)
        self._trying = Trying(services, self._show_facts)
        self._hits: dict[str, Hits] = {}
        self._facts_wanted = False
        """Whether all of a rule is asked for where there is no room beside the list."""
        self.command_parts = (
            ListMovement(self.key_reader, self._move),
            PageMovement(pages.move, pages.sizes),
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
        if self.app.screen is self and self._rules.read_again():
            self._trying.forget()
            self.show_rules()

    def minute_passed(self) -> None:
        self._count()

    def _count(self) -> None:
        """Read what the rules hit, and show it."""
        self._hits = rule_hits.of_all(self.services.store.read(), self.services.clock())
        self.show_rules()

    def do_view_refresh(self) -> None:
        self._rules.read_again()
        self._count()

    @property
    def here(self) -> Rule | None:
        """The rule under the cursor."""
        every = self._rules.book.all
        return every[min(self._list.cursor, len(every) - 1)] if every else None

    def show_rules(self) -> None:
        """Show them as they were read last."""
        width = max(self._list.size.width - 3, 50)
        book, is_on = self._rules.book, self._rules.is_on
        lines = [[data.rule_line(rule, is_on(rule), data.hits_of(self._hits, rule), width)] for rule in book.all]
        self._head.update(content(data.head(book, width, self.size.width - 2)))
        self._list.show(lines, empty=("No rule is in force.",))
        self._show_facts()

    def _show_facts(self) -> None:
        rule = self.here
        self._facts_box.display = rule is not None and (self._facts_wanted or self.has_class("-wide"))
        if rule is not None:
            rows = data.facts(rule, self._rules.is_on(rule), data.hits_of(self._hits, rule))
            if (tried := self._trying.tried) is not None and tried.rule == rule.name:
                rows = [*tried.rows(), *rows]
            self._facts.show(rows, rule.name)

    def _move(self, lines: int) -> None:
        self._list.move(lines)
        self._show_facts()

    def do_move_open(self) -> None:
        """Show or hide all of the rule."""
        self._facts_wanted = not self._facts_wanted
        self._show_facts()

    def do_rule_switch(self, *words: str) -> None:
        """Switch a rule off, or on again."""
        self.services.check_may_write()
        rule = self._rules.find(" ".join(words), self.here)
        on = self._rules.switch(rule)
        self._trying.forget()
        self.show_rules()
        self.say(f"{rule.name} is {'on' if on else 'off'}, in rules/{switches.FILE}; the engine reads it at once")

    def do_rule_try(self, *words: str) -> None:
        """Try what switching a rule would change."""
        rule = self._rules.find(" ".join(words), self.here)
        self._facts_wanted = True
        self.run_worker(self._try(rule), group="try", exclusive=True)

    async def _try(self, rule: Rule) -> None:
        found = await self._trying.run(self._rules.book, rule)
        if found and self.is_attached:
            self.say(found)

    def do_rule_edit(self, *words: str) -> None:
        """Open a rule's file in an editor, and read it again."""
        self.services.check_may_write()
        path, changed = self._rules.edit(self._rules.find(" ".join(words), self.here), self.app.suspend)
        self.services.navigator.draw_anew()
        self._trying.forget()
        self.show_rules()
        if self._rules.book.problems:
            self.say(data.problem(self._rules.book))
        else:
            self.say(f"{path.name}: no mistake" if changed else f"{path.name} is as it was")

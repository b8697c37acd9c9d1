"""Choosing labels to put on and to take off."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType

from cminbox.store import Store, labels
from cminbox.text import one_line
from cminbox.widgets.picker import Choice, Picker


class LabelPicker(Picker[tuple[str, ...]]):
    """Labels to put on (`billing`) and take off (`-angry`). Tab marks several; Enter does it.

    Args:
        store: knows the labels in use.
        have: labels that are on now; choosing one of them takes it off.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "mark", "mark", show=False, priority=True)]

    def __init__(self, store: Store, have: Iterable[str] = ()) -> None:
        super().__init__(
            "Labels",
            (),
            typed=self._new,
            hint="Enter put on or take off   Tab mark several   Esc leave",
            empty="No labels yet: type one, Enter puts it on.",
            placeholder="type a label",
        )
        self._store = store
        self._have = frozenset(have)
        self._on = set(self._have)

    def choices(self) -> Iterable[Choice[tuple[str, ...]]]:
        """Labels that are on first, then those in use, most used first."""
        for label in dict.fromkeys((*sorted(self._have), *labels.used(self._store.read()))):
            yield self._choice(label)

    def _choice(self, label: str) -> Choice[tuple[str, ...]]:
        detail = "" if (label in self._on) == (label in self._have) else "comes off" if label in self._have else "new"
        return Choice((label,), label, detail, marked=label in self._on)

    def _new(self, typed: str) -> Choice[tuple[str, ...]] | None:
        name = "-".join(one_line(typed).lstrip("-").split())
        return Choice((name,), name, "put on", marked=name in self._on) if name else None

    def action_mark(self) -> None:
        """Marks the highlighted label, or takes the mark off."""
        if self.highlighted is not None:
            self._on ^= set(self.highlighted.value)
            self.reload()

    def choose(self, choice: Choice[tuple[str, ...]]) -> None:
        """What was marked; with no mark changed, the highlighted one."""
        if self._on == self._have:
            self._on ^= set(choice.value)
        added = sorted(self._on - self._have)
        removed = sorted(self._have - self._on)
        self.dismiss((*added, *(f"-{label}" for label in removed)))

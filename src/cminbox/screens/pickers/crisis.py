"""Escalating: join a running crisis, or declare one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from cminbox.number_format import count_of
from cminbox.screens.pickers.crisis_form import CrisisForm
from cminbox.store import Store, crises
from cminbox.text import one_line
from cminbox.widgets.picker import Choice, Picker


class CrisisPicker(Picker[tuple[str, ...]]):
    """Which crisis: `("#3",)` joins a running one, `(name, severity, reason)` declares one.

    Args:
        store: knows the crises that run.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        super().__init__(
            "Escalate: join a crisis, or declare one",
            (),
            typed=self._named,
            hint="Enter join or declare   Esc leave",
            placeholder="type the name of a new one",
        )

    def choices(self) -> Iterable[Choice[tuple[str, ...]]]:
        """The running ones, the severest first; then a new one."""
        for crisis in crises.all(self._store.read()):
            if crisis.status in ("running", "proposed"):
                state = "" if crisis.status == "running" else "proposed · "
                detail = f"{state}SEV {crisis.severity} · {count_of(crisis.conversation_count, 'conversation')}"
                yield Choice((f"#{crisis.id}",), crisis.name, detail, preview=crisis.reason)
        yield Choice((), "Declare a new crisis…", "name, severity, reason", words="new")

    def _named(self, typed: str) -> Choice[tuple[str, ...]] | None:
        name = one_line(typed)
        return Choice((name, ""), f"Declare “{name}”", "severity, reason") if name else None

    def choose(self, choice: Choice[tuple[str, ...]]) -> None:
        """Joins at once; a new one is asked for its severity and reason."""
        if len(choice.value) == 1:
            self.dismiss(choice.value)
        else:
            name = choice.value[0] if choice.value else ""
            form = CrisisForm(name)
            form.opens_again = partial(self.choose, choice)
            self.app.push_screen(form, partial(self._declared, form))

    def _declared(self, form: CrisisForm, given: tuple[str, ...] | None) -> None:
        self.filled = form.filled
        if given is not None:
            self.dismiss(given)

"""What a command asks for when it was not said: a member, labels, a time, a template, a crisis, a text.

Each is a modal that returns None when left with Esc. Texts shown may come from a network: all are literal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from cminbox.duration import format_rough
from cminbox.errors import UsageError
from cminbox.model import HOUR, MINUTE, Instant, to_iso
from cminbox.screens.pickers.crisis import CrisisPicker
from cminbox.screens.pickers.template import TemplatePicker
from cminbox.screens.services import Services
from cminbox.store import Store, labels, people
from cminbox.text import clean, one_line
from cminbox.when import full_time, parse_when
from cminbox.widgets.picker import Choice, Picker
from cminbox.widgets.styled_lines import literal

__all__ = ["CrisisPicker", "LabelPicker", "MemberPicker", "SnoozePicker", "TemplatePicker", "TextPrompt"]


class MemberPicker(Picker[str]):
    """Whom to assign to: a member's handle, or `team:name`.

    Args:
        services: the store and the configuration, which know members.
        current: who has it now; marked.
    """

    def __init__(self, services: Services, current: str = "") -> None:
        super().__init__("Assign to", (), empty="There is no other member. Add one: [[member]] in config.toml.")
        self._services = services
        self._current = current

    def choices(self) -> Iterable[Choice[str]]:
        """Myself, the other members with what they have, the teams."""
        services = self._services
        conn, me = services.store.read(), services.member
        known = people.team(conn, services.config.team)
        known.setdefault(me.handle, me)
        loads = people.open_counts(conn, list(known))
        for handle in sorted(known, key=lambda name: (name != me.handle, name)):
            member = known[handle]
            title = f"{handle} (you)" if handle == me.handle else handle
            detail = " · ".join(part for part in (member.name, member.role, f"{loads.get(handle, 0)} open") if part)
            yield Choice(handle, title, detail, words=" ".join(member.teams), marked=handle == self._current)
        for team in sorted({team for member in known.values() for team in member.teams}):
            inside = [handle for handle, member in known.items() if team in member.teams]
            yield Choice(f"team:{team}", f"team {team}", ", ".join(inside), words="team:")


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


class SnoozePicker(Picker[str]):
    """Until when to hide it: `2h`, or an ISO time. Any time can be typed: `45m`, `fri 14:00`, `2026-05-01`.

    Args:
        clock: now in epoch milliseconds.
    """

    def __init__(
        self,
        clock: Callable[[], Instant],
        title: str = "Snooze until",
        *,
        hint: str = "Enter snooze   it comes back earlier if they write   Esc leave",
    ) -> None:
        super().__init__(
            title,
            (),
            typed=self._typed_time,
            hint=hint,
            placeholder="or type: 45m, 17:30, tomorrow 9:00, fri 14:00, 2026-05-01",
        )
        self._clock = clock

    def choices(self) -> Iterable[Choice[str]]:
        """The times that people use."""
        now = self._clock()
        for value, title, duration in (
            ("30m", "30 minutes", 30 * MINUTE),
            ("2h", "2 hours", 2 * HOUR),
            ("4h", "4 hours", 4 * HOUR),
        ):
            yield Choice(value, title, full_time(now + duration), words=value)
        for title in ("tomorrow 9:00", "next Monday 9:00"):
            until = parse_when(title.removeprefix("next "), now)
            yield Choice(to_iso(until), title, full_time(until))
        yield Choice("1w", "a week", full_time(now + 7 * 24 * HOUR), words="1w 7d")

    def _typed_time(self, typed: str) -> Choice[str] | None:
        now = self._clock()
        try:
            until = parse_when(typed, now)
        except UsageError:
            return None
        return Choice(to_iso(until), f"{typed} (in {format_rough(until - now)})", full_time(until), words=typed)


class TextPrompt(ModalScreen[str | None]):
    """Asks for one line of text.

    Args:
        title: what for, in words.
        value: what stands there already.
        hint: which keys do what.
    """

    DEFAULT_CSS = """
    TextPrompt { align: center middle; }
    TextPrompt > Vertical {
        width: 72; max-width: 94%; height: auto; background: $surface; padding: 1 2;
    }
    TextPrompt .prompt--title { height: auto; text-style: bold; padding-bottom: 1; }
    TextPrompt Input, TextPrompt Input:focus {
        border: none; height: 1; padding: 0; background: $foreground 8%; background-tint: $foreground 0%;
    }
    TextPrompt .prompt--hint { height: 1; margin-top: 1; color: $context; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "leave", show=False, priority=True)]

    def __init__(self, title: str, value: str = "", *, hint: str = "Enter done   Esc leave") -> None:
        super().__init__()
        self._title, self._value, self._hint = title, clean(value), hint

    def compose(self) -> ComposeResult:
        """Title, text, hint."""
        with Vertical():
            yield Static(literal(self._title), classes="prompt--title", markup=False)
            yield Input(self._value)
            yield Static(literal(self._hint), classes="prompt--hint", markup=False)

    def on_mount(self) -> None:
        """Type at once."""
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter gives the text, unless there is none."""
        text = clean(event.value).strip()
        if text:
            self.dismiss(text)

    def action_leave(self) -> None:
        """Leaves without a text."""
        self.dismiss(None)

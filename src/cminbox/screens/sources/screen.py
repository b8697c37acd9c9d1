"""Sources and their health: what each brought, when it was last asked and will be next, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from cminbox.duration import format_ago, format_rough
from cminbox.model import SECOND, Instant
from cminbox.number_format import count_of
from cminbox.screens.base import BaseScreen
from cminbox.screens.list_movement import ListMovement
from cminbox.store import engine, sources
from cminbox.textwidth import cut_line, wrap
from cminbox.widgets.charts_rows import Rows
from cminbox.widgets.contact import Facts
from cminbox.widgets.message_view import ALARM, CARE, MUTED, full_time, literal, spread

if TYPE_CHECKING:
    from textual import events

    from cminbox.store.engine import EngineRow
    from cminbox.store.sources import SourceRow

WIDE = 120
_HEALTH: Mapping[str, tuple[str, str, str]] = {
    "new": ("○", "new", MUTED),
    "ok": ("●", "ok", "$success"),
    "failing": ("▲", "failing", ALARM),
    "limited": ("◐", "limited", CARE),
    "paused": ("■", "paused", ALARM),
    "gone": ("✕", "gone", ALARM),
}
"""Glyph, word and colour of each state of health."""


class SourcesScreen(BaseScreen):
    """Every source, one below the other, and the facts of the one under the cursor."""

    CONTEXT: ClassVar[str] = "sources"
    CSS_PATH = "screen.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.command_parts = (ListMovement(lambda: self.count, self.move),)
        self._sources: list[SourceRow] = []
        self._details = False

    def compose_body(self) -> ComposeResult:
        """The engine's line, the list, the facts."""
        yield Static("", id="sources-head", markup=False)
        yield Rows(id="sources-list")
        with VerticalScroll(id="sources-facts", can_focus=False):
            yield Facts("source")

    def footer(self) -> Iterable[tuple[str, str]]:
        """Polling first: it is what one comes here for."""
        yield self.app.keys_for("source.poll", self.CONTEXT), "poll now"
        for key, word in super().footer():
            if word != "poll now":
                yield key, "details" if word == "open" else word

    def on_mount(self) -> None:
        """Show them."""
        super().on_mount()
        self.show_sources()
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        if self.app.screen is self:
            self.show_sources()

    def on_resize(self, event: events.Resize) -> None:
        """A wide terminal shows the facts beside the list."""
        self.set_class(event.size.width >= WIDE, "-wide")
        self.call_after_refresh(self.show_sources)

    def store_changed(self) -> None:
        """The engine polled."""
        self.show_sources()

    @property
    def rows(self) -> Rows:
        """The list."""
        return self.query_one(Rows)

    @property
    def here(self) -> SourceRow | None:
        """The source under the cursor."""
        return self._sources[self.rows.cursor] if self._sources else None

    def show_sources(self) -> None:
        """Read and show them again."""
        conn, now = self.app.store.read(), self.app.clock()
        self._sources = sources.all(conn)
        self.query_one("#sources-head", Static).update(_engine_line(engine.get(conn), now))
        width = max(self.rows.size.width - 3, 40)
        self.rows.show(
            [source_lines(source, width, now) for source in self._sources],
            empty=(
                "",
                "No source yet: nothing brings messages in.",
                "",
                "cminbox init         writes a configuration with your first source",
                "cminbox demo         shows all of it with a network of its own",
                "cminbox import FILE  takes in messages from JSON Lines",
            ),
        )
        self._show_facts(now)

    def _show_facts(self, now: Instant) -> None:
        box = self.query_one("#sources-facts")
        box.display = self.here is not None and (self._details or self.has_class("-wide"))
        if self.here is not None:
            self.query_one(Facts).show(facts(self.here, now), self.here.name)

    def move(self, steps: int) -> None:
        """Move the cursor down by so many lines, or up where negative."""
        self.rows.move(steps)
        self._show_facts(self.app.clock())

    def do_move_open(self) -> None:
        """Show or hide everything that is known of it."""
        self._details = not self._details
        self._show_facts(self.app.clock())

    def do_view_refresh(self) -> None:
        """Read again now."""
        self.show_sources()

    async def do_source_poll(self, source: str = "") -> None:
        """Ask the engine to poll the source under the cursor now, or the one named."""
        here = self.here
        name = source or (here.name if here else "")
        if not name:
            self.say("there is no source to poll: cminbox init adds one")
            return
        if here is not None and name == here.name and not here.polled:
            self.say(f"{name} was made by an import: there is nothing to poll")
            return
        tail = await self.app.wake_engine()
        await self.call(self.app.desk.poll_now, name)
        self.say(f"{name}: to be polled now{tail}")
        self.show_sources()


def _engine_line(row: EngineRow | None, now: Instant) -> Content:
    head = [Content.styled("‹ queue   ", MUTED), Content.styled("sources", "bold")]
    if row is None:
        words = Content.styled("   ○ no engine has run yet: cminbox poll starts one", CARE)
    elif not row.alive(now):
        words = Content.styled(
            f"   ▲ the engine is away since {format_rough(now - row.beat_at)}: cminbox poll starts one", ALARM
        )
    else:
        doing = f", {row.doing}" if row.doing else ""
        words = literal(f"   ● engine alive on {row.host}{doing}", "$success")
    if row is not None and row.problem:
        words += literal(f"   {row.problem}", ALARM)
    return Content("").join([*head, words])


def source_lines(source: SourceRow, width: int, now: Instant) -> list[Content]:
    """A source as lines: health, name, network, when, how much; below it what is wrong and what to do."""
    glyph, word, colour = _HEALTH[source.health] if source.polled else ("·", "import", MUTED)
    name = max(min(width - 58, 28), 12)
    left = Content.assemble(
        (f"{glyph} {word:<8}", colour),
        literal(f"{cut_line(source.name, name):<{name}} ", "bold"),
        literal(f"{cut_line(source.network, 10):<10} ", MUTED),
        literal(_when(source, now)),
    )
    counts = f"{source.taken:,} taken"
    if source.skipped:
        counts += f"  {source.skipped:,} skipped"
    lines = [spread(left, Content.styled(counts, MUTED), width)]
    if source.error:
        for line in wrap(source.error, width - 10)[:2]:
            lines.append(Content.assemble(" " * 10, literal(line, ALARM)))
        if source.hint:
            lines.append(Content.assemble(" " * 10, literal(cut_line(source.hint, width - 10), CARE)))
    return lines


def _when(source: SourceRow, now: Instant) -> str:
    if not source.polled:
        return "not polled"
    last = format_ago(now - source.last_poll_at) if source.last_poll_at is not None else "never"
    return f"{last:<9} {_next(source, now)}"


def _next(source: SourceRow, now: Instant) -> str:
    if source.health == "paused":
        return "waits for you"
    if source.wanted_at is not None and source.wanted_at >= (source.last_poll_at or 0):
        return "next now"
    until = max(source.next_poll_at or 0, source.limited_until or 0)
    if until - now < SECOND:
        return "next now" if source.next_poll_at is not None else "next soon"
    return f"next in {format_rough(until - now)}"


def facts(source: SourceRow, now: Instant) -> list[tuple[str, str]]:
    """Everything that is known of a source, for the reader."""
    rows = [
        ("network", source.network),
        ("kind", "owned: what is said to the brand" if source.owned else "listening: what is said about it"),
    ]
    if source.base_url:
        rows.append(("at", source.base_url))
    if source.account_handle or source.account_id:
        rows.append(("as", f"@{source.account_handle}" if source.account_handle else source.account_id))
    for word, when in (
        ("last poll", source.last_poll_at),
        ("last success", source.last_ok_at),
        ("first success", source.first_ok_at),
        ("next poll", source.next_poll_at),
        ("limited until", source.limited_until if (source.limited_until or 0) > now else None),
    ):
        if when is not None:
            rows.append((word, full_time(when)))
    if source.failures:
        rows.append(("failures", f"{source.failures} in a row"))
    rows.append(("taken in", count_of(source.taken, "message")))
    if source.skipped:
        rows.append(("skipped", f"{source.skipped:,} that could not be understood"))
    if source.limits:
        rows.append(("limits", ", ".join(f"{key} {value}" for key, value in source.limits.items())))
    if source.error:
        rows.append(("error", source.error))
    if source.hint:
        rows.append(("do", source.hint))
    return rows

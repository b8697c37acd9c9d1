"""A dialog with lines to type in, which knows what was typed even when it is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeVar

from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.color import Color
from textual.events import ScreenResume
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen
from textual.widgets import Input

from cminbox.widgets.filled_fields import FilledFields

T = TypeVar("T")
_PLAIN = Style()


class ShadedScreen(BackgroundScreen):
    """A screen below another one, shaded with a colour."""

    @classmethod
    def process_segments(cls, segments: Iterable[Segment], color: Color) -> Iterable[Segment]:
        """The same segments, shaded."""
        for segment in segments:
            text, style, control = segment
            yield segment if control else Segment(text, shaded(style or _PLAIN, color))


@lru_cache(maxsize=4096)
def shaded(style: Style, color: Color) -> Style:
    """A style with a colour over it, without links and the like."""
    (only,) = BackgroundScreen.process_segments((Segment("x", style),), color)
    return only.style or _PLAIN


class AskingScreen(ModalScreen[T | None]):
    """A dialog that gives what was chosen or written; None where it was left.

    Attributes:
        asks: for what, in words.
        filled: what stands in its lines, or stood there last.
        opens_again: opens another one like it; None: the command that asked does, run once more.
    """

    asks = ""
    opens_again: Callable[[], object] | None = None

    def __init__(self) -> None:
        super().__init__()
        self.filled = FilledFields(type(self))
        self._begins_with: FilledFields | None = None

    def begin_with(self, fields: FilledFields) -> None:
        """Have these in its lines once it is there."""
        self._begins_with = fields

    def on_mount(self) -> None:
        """Its lines are there; Textual calls this after what a subclass does then."""
        if self._begins_with is not None:
            self._begins_with.fill(self)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Each widget got its styles as it was mounted."""
        event.refresh_styles = False

    def render(self) -> RenderableType:
        """What it stands above, shaded: each style once, for it is drawn several times while a dialog opens."""
        below = super().render()
        return ShadedScreen(below.screen, below.color) if isinstance(below, BackgroundScreen) else below

    @on(Input.Changed)
    def _remember_lines(self) -> None:
        self.filled = FilledFields.of(self)

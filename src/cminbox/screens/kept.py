"""A screen that is mounted once and shows whatever it is opened for next: opening it costs what other keys cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from cminbox.screens.base import BaseScreen
from cminbox.screens.services import Services
from cminbox.terminal.compat import mount_unseen
from cminbox.widgets.banner import CrisisBanner

if TYPE_CHECKING:
    from textual import events
    from textual.app import App


class KeptScreen(BaseScreen):
    """A screen that stays when it is left. Say what it shows before it is pushed.

    Args:
        services: what it works with.
    """

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._theme_shown = self.app.theme

    @classmethod
    def shared(cls, app: App[Any], services: Services) -> Self:
        """The one screen of this kind; another one where it is open already."""
        if not app.is_screen_installed(cls.CONTEXT):
            app.install_screen(cls(services), cls.CONTEXT)
        shared = app.get_screen(cls.CONTEXT)
        return shared if isinstance(shared, cls) and shared not in app.screen_stack else cls(services)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """While it was away only another theme can have changed its styles; the banner may say something else."""
        event.refresh_styles = self._theme_shown != self.app.theme
        self._theme_shown = self.app.theme
        for banner in self.query(CrisisBanner):
            banner.crisis = self.services.crisis_watch.latest
        self.arrived()

    def arrived(self) -> None:
        """It came to the front, opened or with nothing above it any more. Override."""

    def on_screen_suspend(self) -> None:
        """Something is shown above it; or it was left, and what was begun here ends with that."""
        if self not in self.app.screen_stack:
            self.left()
            self.workers.cancel_node(self)

    def left(self) -> None:
        """It is open no more. Override to end what it was opened for; it may have been opened anew meanwhile."""


def make_ready(kind: type[KeptScreen], app: App[Any], services: Services) -> None:
    """Mount the one screen of a kind unseen, so that its first opening costs what the next ones do."""
    if not app.is_screen_installed(kind.CONTEXT):
        app.install_screen(kind(services), kind.CONTEXT)
        mount_unseen(app, app.get_screen(kind.CONTEXT))

"""What screens share: quick templates by number, the crisis banner, and whether a screen is whole."""

from __future__ import annotations

from functools import partialmethod
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from cminbox.store import crises
from cminbox.widgets.banner import CrisisBanner, crisis_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cminbox.replies import Template
    from cminbox.screens.base import BaseScreen


def standing(screen: Screen[Any]) -> bool:
    """Whether a screen has all its widgets: it is neither still coming nor going with the app."""
    return screen.is_mounted and screen.app.is_running


def show_banner(screen: BaseScreen) -> None:
    """Puts the running crisis across a screen that has just opened; the app keeps it up to date from then on."""
    running = crises.all(screen.app.store.read(), running_only=True)
    for banner in screen.query(CrisisBanner):
        banner.text = crisis_line(running, screen.app.clock())


def quick_words(quick: Mapping[int, Template], room: int) -> str:
    """Templates with their digits, as many as fit: `1 refund  2 sorry  3 dm-us`."""
    words = ""
    for number, template in quick.items():
        more = f"{words}  {number} {template.name}" if words else f"{number} {template.name}"
        if len(more) > room:
            break
        words = more
    return words


class QuickKeys:
    """Gives a screen the commands `reply.quick_1` to `reply.quick_9`; it says in `quick` what they do.

    `1`–`9` in a conversation, `Alt+1`–`Alt+9` while writing.
    """

    def quick(self, number: int) -> None:
        """Answer from the quick template of this number."""
        raise LookupError(number)

    def _quick(self, number: int) -> None:
        self.quick(number)

    do_reply_quick_1 = partialmethod(_quick, 1)
    do_reply_quick_2 = partialmethod(_quick, 2)
    do_reply_quick_3 = partialmethod(_quick, 3)
    do_reply_quick_4 = partialmethod(_quick, 4)
    do_reply_quick_5 = partialmethod(_quick, 5)
    do_reply_quick_6 = partialmethod(_quick, 6)
    do_reply_quick_7 = partialmethod(_quick, 7)
    do_reply_quick_8 = partialmethod(_quick, 8)
    do_reply_quick_9 = partialmethod(_quick, 9)

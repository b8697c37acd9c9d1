"""Quick templates: those that a digit stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partialmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cminbox.replies import Template


def quick_words(quick: Mapping[int, Template], key: str, room: int) -> str:
    """Templates with their digits, as many as fit: `Alt+1 refund  2 sorry  3 dm-us`.

    Args:
        quick: by their digits.
        key: what is held with a digit.
        room: cells that there are.
    """
    words = ""
    for number, template in quick.items():
        more = f"{words}  {number} {template.name}" if words else f"{key}{number} {template.name}"
        if len(more) > room:
            break
        words = more
    return words


class QuickTemplates:
    """The commands `reply.quick_1` to `reply.quick_9`: `1`–`9` in a conversation, `Alt+1`–`Alt+9` while writing.

    Args:
        use: given a digit, answers from the template that it stands for.
    """

    def __init__(self, use: Callable[[str], None]) -> None:
        self._use = use

    def _quick(self, number: int) -> None:
        self._use(str(number))

    do_reply_quick_1 = partialmethod(_quick, 1)
    do_reply_quick_2 = partialmethod(_quick, 2)
    do_reply_quick_3 = partialmethod(_quick, 3)
    do_reply_quick_4 = partialmethod(_quick, 4)
    do_reply_quick_5 = partialmethod(_quick, 5)
    do_reply_quick_6 = partialmethod(_quick, 6)
    do_reply_quick_7 = partialmethod(_quick, 7)
    do_reply_quick_8 = partialmethod(_quick, 8)
    do_reply_quick_9 = partialmethod(_quick, 9)

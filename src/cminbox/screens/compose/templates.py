"""Templates in the composer: putting them into the text, by name or by the digit of a quick one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partialmethod
from typing import TYPE_CHECKING

from cminbox.text import clean
from cminbox.widgets.reply_area import ReplyArea

if TYPE_CHECKING:
    from cminbox.desk.reply_draft import ReplyDraft
    from cminbox.replies import Template


def quick_words(quick: Mapping[int, Template], room: int) -> str:
    """Templates with their digits, as many as fit: `1 refund  2 sorry  3 dm-us`."""
    words = ""
    for number, template in quick.items():
        more = f"{words}  {number} {template.name}" if words else f"{number} {template.name}"
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


class TemplateInserter:
    """Puts templates, filled in, into the text that is written.

    Args:
        draft: fills them in.
        area: the text.

    Attributes:
        name: the template that was put in last; empty where none was.
        lang: the language of the text, as far as templates tell; that of whom it answers otherwise.
    """

    def __init__(self, draft: ReplyDraft, area: ReplyArea) -> None:
        self.name, self.lang = "", draft.lang
        self._draft, self._area = draft, area
        self._inserted = ""

    def restore(self, name: str, lang: str) -> None:
        """A stored draft is in the text: it came from this template, and is in this language if that is known."""
        self.name, self.lang = name, lang or self.lang

    def insert(self, name: str) -> bool:
        """Put a template into the text: in place of an untouched one, else where the cursor is.

        Args:
            name: its name, or the digit of a quick one.

        Returns:
            Whether there is such a template.
        """
        template = self._draft.template(name)
        if template is None:
            return False
        text, lang = self._draft.filled(template)
        text = clean(text)
        if not self._area.text.strip() or self._area.text == self._inserted:
            self._area.load(text, touched=True)
        else:
            self._area.insert(text)
        self.name, self.lang, self._inserted = template.name, lang, text
        return True

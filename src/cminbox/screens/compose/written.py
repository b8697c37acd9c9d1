"""The reply that is being written: its text, the template that it came from, its draft in the store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from cminbox.desk.reply_draft import ReplyDraft
from cminbox.screens.compose import checks
from cminbox.screens.compose.saver import After, Background, DraftSaver
from cminbox.text import clean
from cminbox.widgets.reply_area import ReplyArea

if TYPE_CHECKING:
    from cminbox.store.replies import Reply


class WrittenReply:
    """The text of a reply, written by hand or from templates, and stored as a draft meanwhile.

    Args:
        draft: whom it reaches, how long it may be, which templates fit.
        area: where it is written.
        after, in_background: as `DraftSaver` needs them.
        store: stores a text as the draft, with the template's name and the language of the text.

    Attributes:
        template: the template that was put in last; empty where none was.
        lang: the language of the text, as far as templates tell; that of whom it answers otherwise.
        saver: keeps the text in the store.
    """

    def __init__(
        self,
        draft: ReplyDraft,
        area: ReplyArea,
        after: After,
        in_background: Background,
        store: Callable[[str, str, str], Awaitable[object]],
    ) -> None:
        self.draft = draft
        self.template, self.lang = "", draft.lang
        self.saver = DraftSaver(after, in_background, lambda text: store(text, self.template, self.lang))
        self._area = area
        self._inserted = ""

    @property
    def text(self) -> str:
        """What stands in the area."""
        return self._area.text

    @property
    def untouched(self) -> bool:
        """Whether nothing was written yet, or taken away."""
        return not (self._area.text or self._area.touched)

    def focus(self) -> None:
        """Let keys go into it."""
        self._area.focus()

    def restore(self, stored: Reply) -> None:
        """Go on with a draft of the store."""
        self._area.load(stored.text, touched=True)
        self.saver.assume_stored(self.text)
        self.template, self.lang = stored.template, stored.lang or self.lang

    def insert(self, name: str) -> bool:
        """Put a template, filled in, into the text: in place of an untouched one, else where the cursor is.

        Args:
            name: its name, or the digit of a quick one.

        Returns:
            Whether there is such a template.
        """
        template = self.draft.template(name)
        if template is None:
            return False
        text, lang = self.draft.filled(template)
        text = clean(text)
        if not self.text.strip() or self.text == self._inserted:
            self._area.load(text, touched=True)
        else:
            self._area.insert(text)
        self.template, self.lang, self._inserted = template.name, lang, text
        return True

    def clear(self) -> None:
        """Take all of it away."""
        self._area.load("", touched=True)

    async def save(self) -> None:
        """Store it as it stands, if it changed."""
        await self.saver.save(self.text)

    def warnings(self, *, written_since: bool) -> tuple[str, ...]:
        """What the person should know before they send, in words."""
        return checks.warnings(self.draft, self.text, self.lang, written_since=written_since)

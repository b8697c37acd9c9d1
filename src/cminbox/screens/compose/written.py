"""The reply that is being written: its text, the template that it came from, its draft in the store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, NamedTuple

from textual.timer import Timer
from textual.widgets.text_area import Selection

from cminbox.desk.reply_draft import ReplyDraft, missing
from cminbox.errors import ActionError, ConfigError
from cminbox.model import NOTHING_BROUGHT, Brings, Reply
from cminbox.text import clean
from cminbox.widgets.reply_area import ReplyArea

SAVE_SECONDS = 0.4
"""How long after the last key the draft is stored."""


class AsWritten(NamedTuple):
    """A reply in the making as it was at one moment, cursor and all."""

    text: str
    selection: Selection
    template: str
    lang: str
    inserted: str
    literal: frozenset[str]
    private: bool = False
    brings: Brings = NOTHING_BROUGHT


class WrittenReply:
    """The text of a reply, written by hand or from templates, and stored as a draft meanwhile.

    Args:
        draft: whom it reaches, how long it may be, which templates fit.
        area: where it is written.
        after: calls something after so many seconds (Textual's `set_timer`).
        in_background: runs a coroutine beside what the person does.
        store: stores a text as the draft, with its template's name, its language, whom it reaches and what it brings;
            an empty one throws it away. Gives the file in which the text is kept where the store could not take it, ""
            where it could, None for neither.

    Attributes:
        template: the template that was put in last; empty where none was.
        here: whether the area is this one's; no longer once it was let go.
        lang: the language of the text, as far as templates tell; that of whom it answers otherwise.
        brings: what it brings with it once it is sent.
    """

    def __init__(
        self,
        draft: ReplyDraft,
        area: ReplyArea,
        after: Callable[[float, Callable[[], None]], Timer],
        in_background: Callable[[Coroutine[Any, Any, None]], None],
        store: Callable[[str, str, str, ReplyDraft, Brings], Awaitable[str | None]],
    ) -> None:
        self.draft = draft
        self.template, self.lang, self.here = "", draft.lang, True
        self.brings = NOTHING_BROUGHT
        self._area, self._after, self._in_background, self._store = area, after, in_background, store
        self._literal: set[str] = set()
        """What looks like a variable and is none."""
        self.kept_in: str | None = ""
        """The file in which it is kept, "" for the store, None where it could not be kept."""
        self._inserted = self._text = ""
        self._stored: str | None = ""
        self._timer: Timer | None = None
        self._as_let_go: AsWritten | None = None
        self.on_its_way = False
        """Whether it is being sent: then nothing of it becomes a draft, which would stay beside what was sent."""

    @property
    def text(self) -> str:
        """What stands in the area, or stood there as it was let go."""
        return self._area.text if self.here else self._text

    @property
    def all_stored(self) -> bool:
        """Whether the store has all that is written."""
        return self._text == self._stored

    @property
    def would_be_lost(self) -> bool:
        """Whether something is written that neither the store nor a file has."""
        return bool(self._text.strip()) and not self.all_stored and self.kept_in is None

    def let_go(self) -> None:
        """The area is for another reply from now on: this one stays as it stands."""
        self._as_let_go = self.as_written
        self._text, self.here = self.text, False
        if self._timer is not None:
            self._timer.stop()

    def focus(self) -> None:
        """Let keys go into it."""
        self._area.focus()

    def restore(self, stored: Reply) -> None:
        """Go on with a draft of the store."""
        self._area.load(stored.text)
        self.assume_stored()
        self.template, self.lang = stored.template, stored.lang or self.lang
        self._be_private(stored.private)
        self.brings = stored.brings
        if (template := self.draft.template(stored.template)) is not None and missing(stored.text):
            # What came with it is asked for again; a template that is broken by now brought nothing.
            with suppress(ConfigError):
                self._literal |= self.draft.filled(template)[0].literal

    @property
    def as_written(self) -> AsWritten:
        """All that has to be known to go on with it just here."""
        if self._as_let_go is not None:
            return self._as_let_go
        return AsWritten(
            *(self.text, self._area.selection, self.template, self.lang, self._inserted, frozenset(self._literal)),
            private=self.draft.private,
            brings=self.brings,
        )

    def go_on_with(self, written: AsWritten) -> None:
        """Let everything be as it was at that moment."""
        if self.text != written.text:
            self._area.load(written.text)
        self._area.selection = written.selection
        self.template, self.lang, self._inserted = written.template, written.lang, written.inserted
        self._literal |= written.literal
        self.brings = written.brings
        self._be_private(written.private)

    def _be_private(self, private: bool) -> None:
        """For the author alone, or for all; where the network takes no private answer any more, for all."""
        if private != self.draft.private:
            with suppress(ActionError):
                self.draft = self.draft.turned()

    def turn_private(self) -> None:
        """Write to the author of the message alone, or to all again.

        Raises:
            ActionError: the network takes no private answer to this.
        """
        self.draft = self.draft.turned()
        self._stored = None
        self.changed()

    def bring(self, brings: Brings) -> None:
        """Let it bring something else with it."""
        self.brings = brings
        self._stored = None
        self.changed()

    def insert(self, name: str) -> bool:
        """Put a template, filled in, into the text: in place of an untouched one, else where the cursor is.

        A blank line stands between it and a text before it.

        Args:
            name: its name, or the digit of a quick one.

        Returns:
            Whether there is such a template; nothing is put in once the area was let go.

        Raises:
            ConfigError: it cannot be filled in.
        """
        template = self.draft.template(name) if self.here else None
        if template is None:
            return False
        filled, lang = self.draft.filled(template)
        text = clean(filled.text)
        self._literal |= filled.literal
        if not self.text.strip() or self.text == self._inserted:
            self._area.load(text)
        else:
            self._area.insert(f"{self._gap()}{text}")
        self.template, self.lang, self._inserted = template.name, lang, text
        return True

    def _gap(self) -> str:
        """What makes a blank line before the cursor, where there is text before it that needs one."""
        before = self._area.get_text_range((0, 0), self._area.cursor_location)
        if not before.strip():
            return ""
        ends = len(before) - len(before.rstrip("\n"))
        return "\n" * max(2 - ends, 0)

    def clear(self) -> None:
        """Take all of it away."""
        if self.here:
            self._area.load("")

    # keeping it

    def assume_stored(self) -> None:
        """What stands there needs no storing: it came from the store, or was sent."""
        self._text = self._stored = self.text

    def changed(self) -> None:
        """The text is another one now; it is stored soon."""
        self._text = self.text
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._after(SAVE_SECONDS, lambda: self._in_background(self.save_known()))

    async def save(self) -> None:
        """Store it as it stands, if it changed."""
        self._text = self.text
        await self.save_known()

    async def save_known(self) -> None:
        """Store what it was at its last change, if it was not stored yet; the area may be gone."""
        if not self.all_stored and not self.on_its_way:
            self._stored = self._text
            self.kept_in = await self._store(self._text, self.template, self.lang, self.draft, self.brings)
            if self.kept_in != "":
                self._stored = None

    # sending it

    def warnings(self, *, written_since: bool) -> tuple[str, ...]:
        """What the person should know before they send, in words.

        Args:
            written_since: whether something was written there since they looked.
        """
        found = ["they wrote again, or somebody answered"] if written_since else []
        found += [f"{name} is empty" for name in missing(self.text, self._literal)]
        if self.lang and self.draft.lang and self.lang != self.draft.lang:
            found.append(f"the text is {self.lang}, they write {self.draft.lang}")
        return tuple(found)

    def check(self) -> None:
        """Look whether it can be sent.

        Raises:
            ActionError: it is empty, has unfilled variables, or is longer than the network takes.
        """
        if not self.text.strip():
            raise ActionError("nothing is written yet", "write, or take a template")
        if names := missing(self.text, self._literal):
            raise ActionError(f"not sent: {', '.join(names)} is empty", "fill it in, or take it out")
        left = self.draft.left(self.text)
        if left is not None and left < 0:
            raise ActionError(f"not sent: {-left} too long for {self.draft.row.network}", "shorten it")

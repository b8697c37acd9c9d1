"""What is done with a handover from its screen: words, signing, ticking, taking, withdrawing."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Protocol

from cminbox.errors import ActionError
from cminbox.screens.asking import Asking
from cminbox.screens.handover import data
from cminbox.screens.handover.data import Shown
from cminbox.screens.handover.form import WordsForm
from cminbox.screens.handover.keeping import WordsKept
from cminbox.screens.pickers.text import TextPrompt
from cminbox.screens.place_to_type import NoPlaceToType
from cminbox.screens.services import Services
from cminbox.store import handovers

if TYPE_CHECKING:
    from cminbox.screens.handover.reader import HandoverReader
    from cminbox.store.handovers import Item, Words


class HandoverPlace(Asking, Protocol):
    """The screen that shows the handover.

    Attributes:
        shown: what it shows; None before it was read.
        side: whether the list shows the items, or something else.
    """

    shown: Shown | None
    side: str

    @property
    def here(self) -> Item | None:
        """The item under the cursor."""

    def move(self, lines: int) -> None:
        """Move the cursor down by so many lines."""

    def in_worker(self, work: Coroutine[Any, Any, object]) -> None:
        """Run a coroutine beside what the person does."""


class HandoverActs:
    """The commands that change a handover.

    Args:
        services: the desk.
        screen: shows the handover, asks, and says what was done.
        reader: reads it again, or another one.
    """

    def __init__(self, services: Services, screen: HandoverPlace, reader: HandoverReader) -> None:
        self._services, self._screen, self._reader = services, screen, reader

    @property
    def _me(self) -> str:
        return self._services.member.handle

    # what the next one does

    def _waiting(self) -> Shown:
        """The handover that is shown, if this member may take it.

        Raises:
            NoPlaceToType: it is none to be taken.
        """
        shown = self._screen.shown
        if shown is None or not shown.one.id:
            raise NoPlaceToType("nothing is signed yet", "s signs the shift over as it stands")
        if not shown.waits:
            raise NoPlaceToType(f"this handover is {shown.one.status}", "Tab shows the others")
        return shown

    async def do_handover_tick(self) -> None:
        """Tick the item as read, or take the tick off."""
        shown, here = self._screen.shown, self._screen.here
        if shown is None or here is None or self._screen.side != "items":
            raise ActionError("no item is under the cursor")
        if not shown.one.id:
            raise ActionError("nothing is signed yet: who takes it ticks", "s signs the shift over as it stands")
        if here.key in shown.fresh:
            raise ActionError("this came after the handover was signed", "Enter opens it")
        self._services.check_may_write()
        desk, on = self._services.desk.handovers, here.ticked_by != self._me
        if await self._screen.call(desk.tick, shown.one.id, [here.key], on=on) is not None:
            if on:
                self._screen.move(1)
            self._reader.read()

    async def do_handover_take(self, *words: str) -> None:
        """Say I have it, and read back the three that matter."""
        shown = self._waiting()
        self._services.check_may_write(asks=not words)
        if shown.one.leaving == self._me:
            raise NoPlaceToType("this handover is yours: another member takes it", "w withdraws it")
        burning = [item for item in shown.unread if item.level == "burning"]
        if burning:
            raise NoPlaceToType(f"not ticked yet: {burning[0].line}", "Space ticks what you have read")
        back = " ".join(words) or await self._screen.ask(TextPrompt(data.question(shown)))
        if not back:
            return
        taken = await self._screen.call(self._services.desk.handovers.take, shown.one.id, back)
        if taken is not None:
            self._services.crisis_watch.refresh()
            self._screen.say(f"you have it: {taken.summary}", undo=True)
            self._reader.choose(shown.one.id)

    # what the leaving one does

    async def do_handover_words(self) -> None:
        """Write the words for the next shift."""
        await self._ask_words(signs=False)
        self._reader.read()

    async def do_handover_sign(self, *words: str) -> None:
        """Sign the shift over, after three questions; with a handle, for that member."""
        said = await self._ask_words(signs=True, to=" ".join(words))
        if said is None:
            self._reader.read()
            return
        made = await self._screen.call(self._services.desk.handovers.sign, "", said)
        if made is not None:
            who = made.next or "somebody"
            self._screen.say(f"signed: all stays with you until {who} takes it", undo=True)
            self._reader.choose(made.id)

    async def _ask_words(self, *, signs: bool, to: str = "") -> Words | None:
        """Ask for the words; what is typed is kept. None where the person left."""
        self._services.check_may_write(asks=True)
        stored = handovers.words_of(self._services.store.read(), self._me)
        kept = WordsKept(stored, self._keep, self._screen.in_worker)
        begun = stored._replace(next=to.removeprefix("@")) if to else stored
        return await self._screen.ask(WordsForm(begun, kept.changed, signs=signs))

    async def _keep(self, words: Words) -> None:
        await self._screen.call(self._services.desk.handovers.keep_words, words)

    async def do_handover_plan(self, *words: str) -> None:
        """Say what is to be done if something happens with the matter."""
        here = self._screen.here
        if here is None or self._screen.side != "items":
            raise NoPlaceToType("no item is under the cursor")
        self._services.check_may_write(asks=not words)
        text = " ".join(words)
        if not text:
            asked = await self._screen.ask(TextPrompt("If … then …", here.if_then or "if "))
            if asked is None:
                return
            text = asked
        await self._screen.call(self._services.desk.handovers.plan, here, text)
        self._reader.read()

    async def do_handover_withdraw(self) -> None:
        """Take back what was signed and nobody took."""
        shown = self._waiting()
        if await self._screen.call(self._services.desk.handovers.withdraw, shown.one.id) is not None:
            self._screen.say("withdrawn", undo=True)
            self._reader.choose(None)

"""Which conversation is shown: read anew whenever it may have changed, and the next one of the list behind it."""

from __future__ import annotations

from collections.abc import Callable

from cminbox.model import StoredMessage
from cminbox.screens.conversation.data import THREAD, ConversationDetails
from cminbox.screens.conversation.pane import ConversationPane
from cminbox.widgets.thread_view import ALL_LINES

ListStep = Callable[[int], int | None]
"""Moves the cursor of a list by so many lines; gives the conversation that is there, or None at the list's end."""


class ShownConversation:
    """The conversation that a pane shows, with the commands that read on in it and along its list.

    Args:
        pane: where it is shown.
        read: reads a conversation by its id, with `most` as many messages; gives None where the store has none.
        gone: called when the store has it no more; the pane stays as it is.
        moved: called when another conversation is shown.
        say: says one line to the person.
        choosing: whether a cursor goes over its messages.

    Attributes:
        id: which conversation.
        step: how to move in the list; None where it was not opened from one.
    """

    def __init__(
        self,
        pane: ConversationPane,
        read: Callable[..., ConversationDetails | None],
        gone: Callable[[], None] = lambda: None,
        moved: Callable[[], None] = lambda: None,
        say: Callable[[str], None] = lambda line: None,
        *,
        choosing: bool = False,
    ) -> None:
        self._choosing = choosing
        self.id = 0
        self._most: int | None = None
        """So many of its messages are shown; None: as many as are usual."""
        self.step: ListStep | None = None
        self._pane, self._read, self._gone, self._moved, self._say = pane, read, gone, moved, say
        self.chosen_by_hand = False
        """Whether the person moved the cursor; else it is on the newest message of theirs as it was opened."""

    @property
    def details(self) -> ConversationDetails | None:
        """What was read last; None before, and where there was nothing to read."""
        return self._pane.details

    def open(self, columns: int) -> None:
        """Read it and show it as one that is opened, on a screen so wide: from its newest message on."""
        self._most = None
        details = self._read(self.id)
        self._choose(details, anew=True)
        self._pane.open(details, columns)
        if details is None:
            self._gone()

    def show(self, conversation_id: int) -> None:
        """Read another one, or the same, and show it."""
        moved, self.id = conversation_id != self.id, conversation_id
        if moved:
            self._most = None
            self._pane.chosen = None
        self.refresh()
        if moved:
            self._moved()

    def refresh(self) -> None:
        """Read it again; the reader's place in it stays."""
        details = self._read(self.id) if self._most is None else self._read(self.id, most=self._most)
        if details is None:
            self._gone()
        else:
            self._choose(details)
            self._pane.show(details)

    @property
    def chosen(self) -> StoredMessage | None:
        """The message that the cursor is on."""
        found = self.details.thread if self.details else ()
        return next((message for message in found if message.id == self._pane.chosen), None)

    def _choose(self, details: ConversationDetails | None, *, anew: bool = False) -> None:
        """Keep the cursor on its message; on the newest of theirs where it has none."""
        if not self._choosing or details is None:
            return
        thread = details.thread
        if not anew and any(message.id == self._pane.chosen for message in thread):
            return
        self.chosen_by_hand = False
        theirs = [message for message in thread if message.inbound and message.deleted_at is None]
        first = (theirs or list(thread))[-1:]
        self._pane.chosen = first[0].id if first else None

    def _step_message(self, step: int) -> None:
        """Move the cursor to the message so many further on."""
        details = self.details
        thread = details.thread if details else ()
        at = next((place for place, message in enumerate(thread) if message.id == self._pane.chosen), None)
        if details is None or at is None:
            self._say("there is no message here")
            return
        if not 0 <= at + step < len(thread):
            if step < 0 and details.earlier:
                self.show_earlier(everything=False)
                return
            self._say("this is the newest message" if step > 0 else "this is the first message")
            return
        self._pane.chosen, self.chosen_by_hand = thread[at + step].id, True
        self._pane.show(details)
        self._pane.reveal(f"message {self._pane.chosen}")

    def do_message_next(self) -> None:
        self._step_message(1)

    def do_message_previous(self) -> None:
        self._step_message(-1)

    def show_earlier(self, everything: bool) -> None:
        """Bring in messages before those that are shown; the reader's place stays, or is the very first message.

        Args:
            everything: all of them; else as many more as are shown.
        """
        details = self.details
        if details is None or not details.earlier:
            return
        shown = details.row.messages - details.earlier
        # What comes in meanwhile does not push out the first ones.
        self._most = details.row.messages + THREAD if everything else 2 * max(shown, THREAD)
        self.refresh()
        if everything:
            self._pane.move(-ALL_LINES)

    def go(self, lines: int) -> bool:
        """Show the conversation so many lines further in the list; False, and said, where there is none."""
        if self.step is None:
            self._say("there is no list here to go along; q goes back")
            return False
        found = self.step(lines)
        if found is None:
            self._say("that was the last one of this view" if lines > 0 else "this is the first one of this view")
            return False
        self.show(found)
        return True

    do_view_refresh = refresh

    def do_look_why(self) -> None:
        """Show or hide why, contact and last events beside the thread."""
        self._pane.toggle_side()

    def do_move_next(self) -> None:
        self.go(1)

    def do_move_previous(self) -> None:
        self.go(-1)

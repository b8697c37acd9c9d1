"""Keeping what is written: as a draft in the store, or in a file where the store takes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from cminbox.desk.reply_draft import ReplyDraft
from cminbox.errors import CminboxError
from cminbox.model import Brings
from cminbox.screens.compose.written import AsWritten, WrittenReply
from cminbox.screens.services import Services
from cminbox.screens.unsent_text import UnsentText


class DraftKeeper:
    """Stores drafts, also those of replies that were left.

    Args:
        services: know the desk and the folders.
        say_error: tells the person what went wrong, and where their text is.

    Attributes:
        left: set once the reply that was begun last is left.
    """

    def __init__(self, services: Services, say_error: Callable[[str], None]) -> None:
        self._services, self._say_error = services, say_error
        self.left = asyncio.Event()
        self._written: WrittenReply | None = None
        self._ending: set[asyncio.Task[None]] = set()
        """What is still to be kept of replies that were left."""

    async def store(self, text: str, template: str, lang: str, draft: ReplyDraft, brings: Brings) -> str | None:
        """Store a draft, or keep it in a file: that one, "" for the store, None where neither could be."""
        services, number = self._services, draft.row.id
        outbox, head = services.desk.outbox, f"{draft.recipient()}, conversation {number}"
        unsent = UnsentText(services.config.paths.state, services.member.handle, str(number), head)
        try:
            await services.desk_threads.run(
                lambda: outbox.draft(
                    number,
                    text,
                    template=template,
                    lang=lang,
                    answers=draft.answers.id,
                    private=draft.private,
                    brings=brings,
                )
            )
        except CminboxError as error:
            kept = bool(text.strip()) and unsent.keep(text)
            where = f"your text is kept in {unsent.path}" if kept else "your text is nowhere but here"
            self._say_error(f"{error.message}; {where}")
            return str(unsent.path) if kept else None
        unsent.remove()
        return ""

    def begin(self, written: WrittenReply) -> None:
        """This reply is written from now on."""
        self._written, self.left = written, asyncio.Event()

    def leave(self) -> AsWritten | None:
        """The reply is left, and kept in the background; gives it where it is not kept yet. Once more does nothing."""
        written, self._written = self._written, None
        if written is None:
            return None
        written.let_go()
        self.left.set()
        task = asyncio.get_running_loop().create_task(self._keep(written))
        self._ending.add(task)
        task.add_done_callback(self._kept)
        return None if written.all_stored or written.on_its_way else written.as_written

    async def _keep(self, written: WrittenReply) -> None:
        presence, number = self._services.desk.presence, written.draft.row.id
        with suppress(CminboxError, RuntimeError):  # the desk may be closed: then nobody is here any more
            await self._services.desk_threads.run(lambda: presence.stopped_replying(number))
        await written.save_known()

    def _kept(self, task: asyncio.Task[None]) -> None:
        self._ending.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._services.log_bug(error)

    async def finish(self) -> None:
        """Wait until all that was left is kept."""
        await asyncio.gather(*self._ending, return_exceptions=True)

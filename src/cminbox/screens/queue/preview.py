"""The conversation of the cursor, below the list or beside it, once the keys pause."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from textual.containers import Container
from textual.timer import Timer

from cminbox.duration import format_narrow
from cminbox.model import Conversation, Instant, band
from cminbox.number_format import signed
from cminbox.screens.queue.follow import StoreFollower
from cminbox.screens.queue.opening import ListOpener
from cminbox.screens.services import Services
from cminbox.text import without_signs
from cminbox.widgets.preview import Preview, PreviewPane
from cminbox.widgets.queue_row import PICTURE, PROMISE, SENTIMENT_GLYPHS, Someone, author_of, stars_of

if TYPE_CHECKING:
    from cminbox.screens.conversation.pane import ConversationPane

PREVIEW_DELAY = 0.08
"""Without a key for so long, the conversation of the cursor is shown: longer than the 30 to 50 milliseconds between the
repeats of a key that is held, so that a slow line carries only the rows that the cursor passes."""
SIDE_DELAY = 0.03
"""Beside the list there is more to draw than below it: so much longer."""
ROOMY = 84
"""From this many columns on, the contact and the reasons have a column of their own beside the thread."""
TALL = 28
"""From this many lines on, where there is no room beside the thread, they stand below it."""


class CursorPreview:
    """Shows the conversation of the cursor: a few lines below the list, or all of it beside the list.

    Args:
        pane: below the list, in a narrow terminal.
        side: beside the list, in a wide one; whether it is displayed says which of both it is. It stays empty, and
            light, until it first shows a conversation.
        follower: reads again, in the same pause, the rows that the keys brought onto the screen.
    """

    def __init__(
        self, services: Services, opener: ListOpener, pane: PreviewPane, side: Container, follower: StoreFollower
    ) -> None:
        self._services, self._state, self._rows = services, opener.state, opener.rows
        self._pane, self._side, self._follower = pane, side, follower
        self._beside: ConversationPane | None = None
        self._timer: Timer | None = None

    def show_soon(self) -> None:
        """Show it when the keys pause; not while another screen is in front."""
        if not self._follower.away:
            self._after(PREVIEW_DELAY, self.show)

    def show(self) -> None:
        """Show it now, as far as there is little to draw."""
        self._follower.read_unseen()
        row = self._rows.row
        if self._side.display:
            self._after(SIDE_DELAY, lambda: self._side.call_after_refresh(self._mount_beside))
        elif row is None:
            self._pane.shown = None
        else:
            people, hit = self._state.people.get(row.id, ()), self._state.hits.get(row.id)
            row = row if hit is None else row._replace(preview=hit.text)
            self._pane.shown = preview_of(row, people, self._state.member.handle, self._state.clock())

    def resume(self) -> None:
        """The queue is in front again: show at once what was drawn before."""
        self.show()
        if self._side.display:
            self._show_beside()

    def stop(self) -> None:
        """Show nothing for now."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _after(self, seconds: float, show: Callable[[], object]) -> None:
        self.stop()
        self._timer = self._rows.set_timer(seconds, show)

    async def _mount_beside(self) -> None:
        if self._beside is None:
            from cminbox.screens.conversation.pane import ConversationPane

            self._beside = ConversationPane(narrow=34)
            await self._side.mount(self._beside)
        self._show_beside()

    def _show_beside(self) -> None:
        from cminbox.screens.conversation.pane import WIDE

        pane, row, size = self._beside, self._rows.row, self._side.size
        if pane is None:
            return
        pane.display = row is not None
        details = None if row is None else self._services.details_of(row.id)
        if details is not None:
            roomy = size.width >= ROOMY
            pane.fit_to(WIDE if roomy else 0, stacked=not roomy and size.height >= TALL)
            pane.show(details)

    def do_look_why(self) -> None:
        """Show every reason for the priority, or one line again."""
        if not self._side.display:
            self._pane.why = not self._pane.why
        elif self._beside is not None:
            # They stand there anyway where there is room; bring them into sight.
            self._beside.toggle_side()


def preview_of(row: Conversation, present: Iterable[Someone], me: str, now: Instant) -> Preview:
    """What the preview below the list shows of a conversation.

    Args:
        present: who is on it.
        me: the handle of who works here.
    """
    return Preview(
        who=author_of(row),
        about=tuple(_about(row)),
        text=_text(row),
        reasons=row.reasons,
        priority=row.priority,
        set_by=row.priority_by,
        now=tuple(_holds_now(row, present, me, now)),
        alarm=row.waiting_since is not None and row.due_at is not None and row.due_at < now,
        band=band(row.priority),
    )


def _text(row: Conversation) -> str:
    said = f"{row.title}: {row.preview}" if row.title else row.preview
    carried = ", ".join(row.content.attachments)
    return f"{said} {PICTURE} {carried}".strip() if carried else said


def _about(row: Conversation) -> Iterator[str]:
    if row.vip:
        yield "★ VIP"
    if row.handle and row.name and row.name.casefold() != row.handle.casefold():
        yield without_signs(row.name)
    if row.role:
        yield row.role
    yield f"{row.network} {row.kind}"
    content = row.content
    yield from (word for word in ("held", "hidden") if getattr(content, word))
    if content.ad:
        yield "under an ad"
    if content.stars is not None:
        yield stars_of(content.stars)
    if row.waiting > 1:
        yield f"{row.waiting} messages waiting"
    elif row.messages > 1:
        yield f"{row.messages} messages"
    if row.sentiment_class != "unknown":
        score = "" if row.sentiment is None else f" {signed(row.sentiment, 2)}"
        yield f"{row.sentiment_class}{score} {SENTIMENT_GLYPHS[row.sentiment_class]}".strip()
    if content.mood_direction in ("getting worse", "getting better"):
        yield content.mood_direction


def _holds_now(row: Conversation, present: Iterable[Someone], me: str, now: Instant) -> Iterator[str]:
    if row.waiting_since is None:
        yield from (band(row.priority), "nobody waits")
    else:
        if row.due_at is not None and row.due_at < now:
            yield f"overdue by {format_narrow(now - row.due_at)}"
        elif row.due_at is not None:
            yield f"reply due in {format_narrow(row.due_at - now)}"
        yield from (f"waiting {format_narrow(now - row.waiting_since)}", band(row.priority))
    if row.status == "snoozed" and row.snoozed_until is not None:
        yield f"snoozed for {format_narrow(max(0, row.snoozed_until - now))}"
    elif row.status != "open":
        yield row.status
    if row.promise_at is not None:
        left = row.promise_at - now
        when = f"due in {format_narrow(left)}" if left >= 0 else f"{format_narrow(-left)} late"
        yield f"{PROMISE} promised: {row.promise}, {when}, {'you' if row.promise_owner == me else row.promise_owner}"
    if row.came_back:
        yield row.back_why
    elif row.back_at is not None:
        yield f"back in {format_narrow(max(0, row.back_at - now))} if they do not answer"
    if row.colleague:
        yield "a colleague was asked"
    if me in row.watchers:
        yield "you watch it"
    yield from row.labels
    if row.crisis:
        yield f"‼ crisis {row.crisis}"
    if row.assignee:
        yield "yours" if row.assignee == me else f"assigned to {row.assignee}"
    elif row.team:
        yield f"team {row.team}"
    for someone in present:
        if someone.member != me:
            yield f"✎ {someone.member} is replying" if someone.replying else f"◦ {someone.member} is viewing"
    if row.outbox:
        yield (
            "a draft"
            if row.outbox == "draft"
            else row.outbox
            if row.outbox.startswith("action ")
            else f"reply {row.outbox}"
        )

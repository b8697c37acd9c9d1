"""The desk itself: lets actions happen, one after the other or a long one beside short ones, and undoes."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from cminbox import model
from cminbox.config import Config
from cminbox.desk.action import Act, Action
from cminbox.desk.bulk.apply import Doing, summary
from cminbox.desk.bulk.job import Deed, Outcome, Pace
from cminbox.desk.bulk.revert import Undo
from cminbox.desk.crises import CrisisDesk
from cminbox.desk.outbox import Outbox
from cminbox.desk.presence import PresenceDesk
from cminbox.errors import ActionError
from cminbox.model import Instant, Member
from cminbox.outbox_states import MAY_HAVE_ARRIVED
from cminbox.store import Connection, Store, events, people, replies
from cminbox.store.action_writes import Pen
from cminbox.store.events import Event

OF_CRISES = frozenset(f"crisis {what}" for what in ("declared", "confirmed", "dismissed", "ended", "update"))
"""What is done to a crisis and can be taken back."""
PATIENCE = 15.0
"""Seconds that an undo waits for the end of the portion under way."""

UNDOABLE = frozenset(
    {"take", "assign", "unassign", "snooze", "close", "reopen", "spam", "not-spam"}
    | {"label", "note", "priority", "correct", "escalate", "vip", "approve", "reject"}
)
"""Actions that can be taken back, by the name that their event carries."""


class Desk(Outbox, CrisisDesk, PresenceDesk):
    """The desk of one member at one screen (or one call of the command line).

    Args:
        store: where everything is.
        config: for the team, the undo countdown and the length of a claim.
        member: who acts.
        session: tells this screen's actions from others', for undo and presence.
        clock: epoch milliseconds; tests pass their own.
        pace: how long actions are cut.
    """

    def __init__(
        self,
        store: Store,
        config: Config,
        member: Member,
        session: str | None = None,
        clock: Callable[[], Instant] = model.now,
        pace: Pace = Pace(),  # noqa: B008 - it never changes
    ) -> None:
        self.store = store
        self.config = config
        self.member = member
        self.session = session or uuid.uuid4().hex
        self.clock = clock
        self.pace = pace
        self._deed: Deed | None = None
        self._deed_lock = threading.Lock()
        self.leaving = False
        self._passed: set[int] = set()

    def do(
        self,
        action: Action,
        ids: Sequence[int],
        *,
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
        group: str = "",
    ) -> Outcome:
        """Do something to conversations: one action, one event, one undo.

        A few are one transaction. Many are cut into portions, so that nobody waits for all of them (`doing`); one such
        deed runs at a time, and what this desk does besides comes between its portions, in the order of the keys.

        Args:
            action: what.
            ids: to which; those that do not exist are skipped.
            dry_run: say what would change, and change nothing.
            progress: told how many are done, after each portion.
            group: what this session did one after the other under one name is undone together: `thanks#3`.

        Raises:
            ActionError: it makes no sense, or this member may not.
            StoreError: it could not be written; nothing was changed.
        """
        self.check_may_act()
        if dry_run:
            return self.rehearse(action, ids)
        deed = Doing(self, action, ids, group)
        if not deed.in_portions:
            self.bring_forward(ids)
            return deed.run(progress)
        with self._under_way(deed):
            return deed.run(progress)

    def rehearse(self, action: Action, ids: Sequence[int]) -> Outcome:
        """What an action would change; it only reads."""
        from cminbox.desk.bulk.preview import rehearse

        return rehearse(self.act(self.store.read(), dry_run=True), action, ids)

    def act(self, conn: Connection, dry_run: bool = False) -> Act:
        """What an action of this desk needs to know, within a transaction."""
        config = self.config
        members = self._members(conn)
        return Act(
            conn, self.member, self.clock(), members, config.claim_ms, config.undo_ms, Pen(conn), dry_run=dry_run
        )

    def _members(self, conn: Connection) -> tuple[Member, ...]:
        known = {m.handle: m for m in people.members(conn)}
        known |= {m.handle: Member(m.handle, m.name, m.role, m.teams) for m in self.config.members}
        return (*known.values(), self.member) if self.member.handle not in known else tuple(known.values())

    @property
    def busy(self) -> str:
        """How far a long action of this desk is, in words; nothing where none is under way."""
        deed = self._deed
        return "" if deed is None else deed.how_far

    def stop(self, *, for_good: bool = False) -> bool:
        """Stop the long action that is under way: it stands as far as it has come. Whether there was one.

        Args:
            for_good: the program is left; no long action goes on from here.
        """
        self.leaving = self.leaving or for_good
        deed = self._deed
        if deed is not None:
            deed.stop()
        return deed is not None

    def wind_up(self) -> str:
        """The program is left: stop a long action, and say how far it came; nothing where none was under way."""
        deed = self._deed
        self.stop(for_good=True)
        if deed is None:
            return ""
        deed.ended.wait(PATIENCE)
        return f"{deed.name}: {deed.outcome().summary}. Undo takes it back when you are here again"

    @contextmanager
    def _under_way(self, deed: Deed) -> Iterator[None]:
        with self._deed_lock:
            if self._deed is not None:
                raise ActionError(f"{self._deed.how_far} done so far", "wait for it, or stop it")
            self._deed = deed
            if self.leaving:
                deed.stop()
        try:
            yield
        finally:
            self._deed = None

    def bring_forward(self, ids: Sequence[int]) -> None:
        """Have a long action of this desk do these before their turn: what follows here was meant to come after it."""
        deed = self._deed
        if deed is not None:
            deed.bring_forward(ids)

    def undoable(self) -> str | None:
        """What `undo` would take back, in words; None if there is nothing."""
        event = self._last(self.store.read())
        if event is None:
            return None
        if event.action == "reply" or event.action in OF_CRISES:
            return event.action
        return f"{_named(event)} of {event.count} conversation{'s' if event.count != 1 else ''}"

    def undo(self, *, progress: Callable[[int], None] | None = None) -> Outcome:
        """Take back this session's last action, or group of actions, in order. What others changed since stays theirs.

        An action that is under way is stopped first. One of this member's that was cut off with its program is taken
        back where this session has done nothing yet.

        Args:
            progress: told how many are done, after each portion.

        Raises:
            ActionError: there is nothing to undo, or it cannot be undone.
        """
        self.check_may_act()
        event = self._last(self.store.read())
        deed = self._deed
        if deed is not None and (event is None or deed.event_id in (event.id, event.undone_by, None)):
            deed.stop()
            if not isinstance(deed, Doing):
                raise ActionError(f"{deed.how_far} taken back so far", "stopped; undo once more goes on with it")
            deed.ended.wait(PATIENCE)
            event = self._last(self.store.read())
        if event is None:
            raise ActionError("nothing to undo", "only this session's actions can be undone; a sent reply cannot")
        if event.action == "reply":
            return self._undo_reply(event)
        if event.action in OF_CRISES:
            return self._undo_crisis(event)
        name, group = _named(event), event.detail.get("group")
        found = [self._undo_one(event, progress)]
        while group and not found[-1].left and (event := self._last(self.store.read())) is not None:
            if event.detail.get("group") != group:
                break
            found.append(self._undo_one(event, progress))
        left = {number: why for outcome in found for number, why in outcome.skipped}
        changed = tuple(dict.fromkeys(n for outcome in found for n in outcome.changed if n not in left))
        words = summary(f"undone ({name})", changed, tuple(left.items())) + found[-1].summary
        return Outcome(found[0].event_id, changed, tuple(left.items()), words, found[-1].left)

    def before_undo(self) -> int:
        """Make ready for `undo`: an action that is under way and would be taken back is stopped; how many it is."""
        event, deed = self._last(self.store.read()), self._deed
        if isinstance(deed, Doing) and (event is None or deed.event_id in (event.id, None)):
            deed.stop()
            return deed.of
        return 0 if event is None else event.count

    def _undo_one(self, event: Event, progress: Callable[[int], None] | None) -> Outcome:
        deed = Undo(self, event)
        if not deed.in_portions:
            return deed.run(progress)
        with self._under_way(deed):
            return deed.run(progress)

    def _undo_reply(self, event: Event) -> Outcome:
        """Take a reply back while that is possible; else say, once, that it no longer is."""
        reply = replies.get(self.store.read(), int(event.detail["reply"]))
        if reply is None or reply.status in MAY_HAVE_ARRIVED:
            self._passed.add(event.id)
            then = self.undoable()
            raise ActionError(
                f"the reply is {reply.status if reply else 'gone'}: it can no longer be taken back",
                f"o shows it on the network; undo once more takes back {then}" if then else "o shows it on the network",
            )
        moved = self.cancel(reply.id)
        self._passed.add(event.id)
        return Outcome(None, (moved.conversation_id,), (), "reply taken back: it is a draft again")

    def _undo_crisis(self, event: Event) -> Outcome:
        try:
            return Outcome(None, (), (), self.undo_crisis(event))
        except ActionError:
            self._passed.add(event.id)  # said once; then what was done before it can be undone
            raise

    def _last(self, conn: Connection) -> Event | None:
        """What `undo` takes back next."""
        event = self._newest(conn)
        while event is not None and event.action == "reply" and self._is_back(conn, event):
            self._passed.add(event.id)
            event = self._newest(conn)
        if event is not None or events.any_of(conn, self.session):
            return event
        cut = events.cut_off(conn, self.actor, self.clock())
        found = events.get(conn, cut.undoes) if cut is not None and cut.undoes is not None else cut
        return found if found is not None and found.action in UNDOABLE else None

    def _newest(self, conn: Connection) -> Event | None:
        return events.last_undoable(conn, self.session, UNDOABLE | OF_CRISES | {"reply"}, self._passed)

    @staticmethod
    def _is_back(conn: Connection, event: Event) -> bool:
        reply = replies.get(conn, int(event.detail["reply"]))
        return reply is not None and reply.status in ("draft", "cancelled")


def _named(event: Event) -> str:
    """What an undo of an event takes back: its action, or the group that it is of."""
    return str(event.detail.get("group", event.action)).partition("#")[0]

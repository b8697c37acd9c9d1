"""The desk itself: lets actions happen, and takes back what happened here last."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Sequence

from cminbox import handles, model
from cminbox.business_hours import Calendar
from cminbox.config import Config
from cminbox.desk.action import Action
from cminbox.desk.bulk.apply import Apply
from cminbox.desk.bulk.job import Outcome, Pace, summary
from cminbox.desk.bulk.revert import undone_name
from cminbox.desk.bulk.runner import PATIENCE, BulkRunner
from cminbox.desk.catalog import ACTIONS
from cminbox.desk.contacts import CONTACT_EVENTS, ContactDesk
from cminbox.desk.context import DeskContext
from cminbox.desk.crises import CRISIS_EVENTS, CrisisDesk
from cminbox.desk.deliveries import DELIVERY_EVENTS, DeliveryDesk
from cminbox.desk.duty import DutyDesk
from cminbox.desk.handovers import HANDOVER_EVENTS, HandoverDesk
from cminbox.desk.outbox import Outbox
from cminbox.desk.presence import PresenceDesk
from cminbox.desk.verbs import OnNetwork, VerbDesk
from cminbox.errors import ActionError
from cminbox.experts import ExpertFile
from cminbox.model import Instant, Member
from cminbox.outbox_states import IN_FLIGHT, MAY_HAVE_ARRIVED
from cminbox.replies.reasons import ReasonFile
from cminbox.store import Connection, Store, conversations, events, network_actions, notices, replies, sources
from cminbox.store.duty import DUTY_EVENT
from cminbox.store.events import Event

_OF_PARTS = CRISIS_EVENTS | CONTACT_EVENTS | HANDOVER_EVENTS | DELIVERY_EVENTS | {DUTY_EVENT}
_UNDOABLE = frozenset(ACTIONS) | _OF_PARTS | {"reply"}
"""Events that can be taken back."""
NAMED = 3
"""So many people are named in a line."""


class Desk:
    """The desk of one member at one screen (or one call of the command line).

    Its parts are one for each matter: `outbox` writes to people, `bulk` runs what is done to many conversations. The
    others are listed in docs/dev/desk.md.

    Args:
        store: where everything is.
        config: for the team, the undo countdown and the length of a claim.
        member: who acts.
        session: tells this screen's actions from others', for undo and presence.
        clock: epoch milliseconds; tests pass their own.
        pace: how long actions are cut.
        account: the account of the process, which events keep beside the member.
    """

    def __init__(
        self,
        store: Store,
        config: Config,
        member: Member,
        session: str | None = None,
        clock: Callable[[], Instant] = model.now,
        pace: Pace = Pace(),  # noqa: B008 - it never changes
        account: str = "",
    ) -> None:
        hours = Calendar(config.calendar) if config.calendar else None
        self.context = DeskContext(
            store,
            config,
            member,
            session or uuid.uuid4().hex,
            clock,
            account,
            hours,
            ReasonFile(config.paths.reasons),
            ExpertFile(config.paths.experts),
        )
        self.bulk = BulkRunner(self.context, pace)
        self.outbox = Outbox(self.context, self.bulk.bring_forward)
        self.crises = CrisisDesk(self.context)
        self.contacts = ContactDesk(self.context)
        self.handovers = HandoverDesk(self.context)
        self.deliveries = DeliveryDesk(self.context)
        self.verbs = VerbDesk(self.context)
        self.presence = PresenceDesk(self.context)
        self.duty = DutyDesk(self.context)
        self._skipped: set[int] = set()
        """Events that undo passes over: what they did can no longer be taken back, and the person was told."""

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

        A few are one transaction. Many are cut into portions, so that nobody waits for all of them (`bulk.job`); one
        such job runs at a time, and what this desk does besides comes between its portions, in the order of the keys.

        Args:
            action: what.
            ids: to which; those that do not exist are skipped.
            dry_run: say what would change, and change nothing.
            progress: called with how many are done, after each portion.
            group: what this session did one after the other under one name is undone together: `thanks#3`.

        Raises:
            ActionError: it makes no sense, or this member may not.
            StoreError: it could not be written; nothing was changed.
        """
        self.context.check_may_act()
        return self.bulk.preview(action, ids) if dry_run else self.bulk.apply(action, ids, group, progress)

    def poll_now(self, source: str | None = None) -> None:
        """Ask the engine to poll a source (or all of them) at once, paused ones too.

        Raises:
            ActionError: there is no such source, or this member is an observer.
        """
        now = self.context.clock()
        if not self.context.write(lambda conn: sources.want(conn, source, now)):
            raise ActionError(f"no source {source!r} is polled" if source else "no source is polled")

    def pause_source(self, source: str, *, pause: bool) -> None:
        """Have a source polled no more, in this member's name, or again.

        Raises:
            ActionError: there is no such source, or this member is an observer.
        """
        me, now = self.context.member.handle, self.context.clock()

        def work(conn: Connection) -> bool:
            if not sources.pause(conn, source, me if pause else ""):
                return False
            title = f"{me} {'paused' if pause else 'lets go on'} the source {source}"
            notices.tell(conn, now, "source", title, key=f"source:{source}:{me}:{now}", by=me)
            return True

        if not self.context.write(work):
            raise ActionError(f"no source {source!r} is polled")

    def undoable(self) -> str | None:
        """What `undo` would take back, in words; None if there is nothing."""
        event = self._last_undoable()
        if event is None:
            return None
        if event.action not in ACTIONS:
            return event.action
        return f"{undone_name(event)} of {event.count} conversation{'s' if event.count != 1 else ''}"

    def undo(
        self, *, progress: Callable[[int], None] | None = None, in_front: Collection[int] | None = None
    ) -> Outcome:
        """Take back this session's last action, or group of actions, in order. What others changed since stays theirs.

        An action that is under way is stopped first. One of this member's that was cut off with its program is taken
        back where this session has done nothing yet.

        Args:
            progress: called with how many are done, after each portion.
            in_front: the conversations that the person looks at; of another one it is said whose it is. None: nobody
                looks.

        Raises:
            ActionError: there is nothing to undo, or it cannot be undone.
        """
        self.context.check_may_act()
        event, job = self._last_undoable(), self.bulk.current
        if job is not None and (event is None or job.event_id in (event.id, event.undone_by, None)):
            job.stop()
            if not isinstance(job.work, Apply):
                raise ActionError(f"{job.how_far} taken back so far", "stopped; undo once more goes on with it")
            job.wait(PATIENCE)
            event = self._last_undoable()
        if event is None:
            raise ActionError("nothing to undo", "only this session's actions can be undone; a sent reply cannot")
        if event.action == "reply":
            return self._undo_reply(event)
        if event.action in CRISIS_EVENTS:
            return self._undo_of(self.crises, event)
        if event.action in CONTACT_EVENTS:
            return self._undo_of(self.contacts, event)
        if event.action == DUTY_EVENT:
            return self._undo_of(self.duty, event)
        if event.action in HANDOVER_EVENTS:
            return self._undo_of(self.handovers, event)
        if event.action in DELIVERY_EVENTS:
            return self._undo_of(self.deliveries, event)
        return self._undo_action(event, progress, in_front)

    def prepare_undo(self) -> int:
        """Stop an action that is under way and that `undo` would take back; how many conversations that will be."""
        event, job = self._last_undoable(), self.bulk.current
        if job is not None and isinstance(job.work, Apply) and (event is None or job.event_id in (event.id, None)):
            job.stop()
            return job.total
        return 0 if event is None else event.count

    def _undo_action(
        self, event: Event, progress: Callable[[int], None] | None, in_front: Collection[int] | None
    ) -> Outcome:
        """Take back an action, and those before it that are of the same group."""
        group = event.detail.get("group")
        found = [self.bulk.revert(event, progress)]
        while group and not found[-1].left:
            before = self._last_undoable()
            if before is None or before.detail.get("group") != group:
                break
            found.append(self.bulk.revert(before, progress))
        left = {number: why for outcome in found for number, why in outcome.skipped}
        changed = tuple(dict.fromkeys(n for outcome in found for n in outcome.changed if n not in left))
        skipped = tuple(left.items())
        name = undone_name(event)
        if in_front is not None and len(changed) == 1 and changed[0] not in in_front:
            name += f": {_whose(self.context.store.read(), changed[0])}"
        remark = next((outcome.remark for outcome in found if outcome.remark), "")
        words = summary(f"{self._taken_back(event, changed)} ({name})", changed, skipped, remark) + found[-1].stopped
        return Outcome(found[0].event_id, changed, skipped, words, found[-1].left, found[-1].stopped, undone=True)

    def _taken_back(self, event: Event, changed: Sequence[int]) -> str:
        """Whether it is undone, or will be once the network has taken back what it did."""
        conn = self.context.store.read()
        kind = ACTIONS.get(event.action)
        if kind is None or not issubclass(kind, OnNetwork):
            return "undone"
        actions = (action for number in changed for action in network_actions.of(conn, number))
        asked = any(each.undo and each.verb == kind.verb and each.status in IN_FLIGHT for each in actions)
        return "being taken back" if asked else "undone"

    def _undo_reply(self, event: Event) -> Outcome:
        """Take a reply back while that is possible; else say, once, of all that went out since the act before them."""
        conn = self.context.store.read()
        reply = replies.get(conn, int(event.detail["reply"]))
        if reply is None or reply.status in MAY_HAVE_ARRIVED:
            raise self._too_late(conn, event)
        moved = self.outbox.cancel(reply.id)
        self._skipped.add(event.id)
        words = f"reply to {_whose(conn, moved.conversation_id)} taken back: it is a draft again"
        return Outcome(None, (moved.conversation_id,), (), words, undone=True)

    def _too_late(self, conn: Connection, event: Event) -> ActionError:
        """Go past the replies that can no longer be taken back; which ones, and what undo takes back next."""
        found: dict[str, str] = {}
        newest: Event | None = event
        many = 0
        while newest is not None and newest.action == "reply":
            reply = replies.get(conn, int(newest.detail["reply"]))
            if reply is not None and reply.status not in MAY_HAVE_ARRIVED:
                break
            many += 1
            found.setdefault(
                _whose(conn, reply.conversation_id) if reply else "somebody", reply.status if reply else "gone"
            )
            self._skipped.add(newest.id)
            newest = self._last_undoable()
        then = self.undoable()
        names = list(found)
        to = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED:,} more" if len(names) > NAMED else "")
        if many == 1:
            what = f"the reply to {to} is {found[names[0]]}: it can no longer be taken back"
        else:
            what = f"{many:,} replies, to {to}, went out: they can no longer be taken back"
        shown = "o shows it on the network" if many == 1 else ""
        advice = f"undo once more takes back {then}" if then else ""
        return ActionError(what, "; ".join(filter(None, (shown, advice))) or "nothing else is left to undo")

    def _undo_of(
        self, part: CrisisDesk | ContactDesk | DeliveryDesk | DutyDesk | HandoverDesk, event: Event
    ) -> Outcome:
        try:
            return Outcome(None, (), (), part.undo(event), undone=True)
        except ActionError:
            self._skipped.add(event.id)  # said once; then what was done before it can be undone
            raise

    def _last_undoable(self) -> Event | None:
        """What `undo` takes back next."""
        conn, session = self.context.store.read(), self.context.session
        while (event := events.last_undoable(conn, session, _UNDOABLE, self._skipped)) is not None:
            if event.action != "reply" or not _is_draft_again(conn, event):
                return event
            self._skipped.add(event.id)
        if events.any_of(conn, session):
            return None
        cut = events.cut_off(conn, self.context.actor, self.context.clock())
        found = events.get(conn, cut.undoes) if cut is not None and cut.undoes is not None else cut
        return found if found is not None and found.action in ACTIONS else None


def _whose(conn: Connection, conversation_id: int) -> str:
    """Whose a conversation is, in words."""
    row = conversations.get(conn, conversation_id)
    if row is None:
        return "somebody"
    return handles.called(row.network, row.handle, row.name)


def _is_draft_again(conn: Connection, event: Event) -> bool:
    """Whether the reply that an event gave to the outbox was taken back already."""
    reply = replies.get(conn, int(event.detail["reply"]))
    return reply is not None and reply.status in ("draft", "cancelled")

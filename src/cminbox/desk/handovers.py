"""Handing a shift over: words, signing, ticking what was read, taking it. Nothing moves before somebody takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from cminbox import handover
from cminbox.desk.action import RESCORE_NOW
from cminbox.desk.context import DeskContext
from cminbox.errors import ActionError
from cminbox.members import MAY_ACT
from cminbox.model import Conversation, Instant
from cminbox.number_format import count_of
from cminbox.store import (
    Connection,
    assignments,
    change_numbers,
    conversations,
    crises,
    deliveries,
    duty,
    events,
    handed_over,
    handovers,
    notices,
    people,
    promises,
    questions,
)
from cminbox.store.action_writes import WriteBatch
from cminbox.store.changes import ConversationChanges
from cminbox.store.events import Event, Item
from cminbox.store.handovers import Handover, Words
from cminbox.suggest import suggest
from cminbox.text import clean, one_line
from cminbox.when import full_time

HANDOVER_EVENTS = frozenset(f"handover {what}" for what in ("signed", "withdrawn", "ticked", "taken"))
"""The events that this part writes; each can be undone."""
LONGEST = 2_000
"""Characters of an answer at most."""
MOVED = ("assignee", "assigned_by")


class Taken(NamedTuple):
    """A handover that was taken, and what moved with it, in words."""

    handover: Handover
    summary: str


class HandoverDesk:
    """Hands a member's shift over, or takes another one's. Each call that changes a handover is one event and one undo.

    Words and plans are drafts until they are signed: they are kept, and are no events.
    """

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk

    # words on the way there

    def keep_words(self, words: Words) -> None:
        """Keep what was written so far; whom it is for is looked at when it is signed."""
        self._desk.check_may_act()
        now, kept = self._desk.clock(), Words(*(clean(text, LONGEST) for text in words))
        self._desk.write(lambda conn: handovers.keep_words(conn, self._me, kept, now))

    def plan(self, item: handovers.Item, text: str) -> None:
        """Say what is to be done if something happens with a matter; an empty text takes it back."""
        self._desk.check_may_act()
        now, words = self._desk.clock(), one_line(clean(text, LONGEST))
        self._desk.write(lambda conn: handovers.plan(conn, item, words, self._me, now))

    # signing

    def sign(self, next: str = "", words: Words | None = None) -> Handover:
        """Sign the shift over as it stands now. What this member signed before and nobody took is replaced.

        Args:
            next: whom it is for; empty: as it was written down, else whoever takes it.
            words: the answers; None: those that were written down.

        Raises:
            ActionError: whom it is for is nobody who could take it.
        """
        self._desk.check_may_act()
        member, config = self._desk.member, self._desk.config

        def work(conn: Connection) -> Handover:
            now = self._desk.clock()
            said = words or handovers.words_of(conn, self._me)
            to = self._next(conn, (next or said.next).strip().removeprefix("@"))
            said = Words(to, *(clean(text, LONGEST).strip() for text in said[1:]))
            built = handover.build(conn, config, member, now)
            older = handovers.waiting_of(conn, self._me)
            if older is not None:
                _withdraw(conn, older.id, now)
            values = {
                "leaving": self._me,
                **said._asdict(),
                "since": built.since,
                "signed_at": now,
                "take_by": now + config.handover.take_within,
                "figures": built.figures,
            }
            number = handovers.add(conn, values, built.items, built.left)
            handovers.keep_words(conn, self._me, Words(), now)
            detail = {"handover": number, "what": "signed", "replaced": older.id if older else None}
            self._desk.add_event(conn, "handover signed", detail, count=0, at=now)
            made = _got(conn, number)
            self._tell_signed(conn, made)
            return made

        return self._desk.write(work)

    def withdraw(self, number: int) -> Handover:
        """Take back what was signed and nobody took.

        Raises:
            ActionError: it is another one's, or was taken.
        """

        def work(conn: Connection) -> Handover:
            found, now = self._signed(conn, number), self._desk.clock()
            if found.leaving != self._me and self._desk.member.role != "lead":
                raise ActionError(f"handover {number} is {found.leaving}'s", "its writer or a lead can withdraw it")
            _withdraw(conn, number, now)
            detail = {"handover": number, "what": "withdrawn"}
            self._desk.add_event(conn, "handover withdrawn", detail, count=0, at=now)
            return _got(conn, number)

        self._desk.check_may_act()
        return self._desk.write(work)

    # taking

    def tick(self, number: int, keys: Sequence[str], *, on: bool = True) -> Handover:
        """Say of items that this member has read them, or has not.

        Args:
            keys: of the items; those that are so already are left alone.

        Raises:
            ActionError: there is no such item, or it is not this member's to read.
        """

        def work(conn: Connection) -> Handover:
            found, now = _got(conn, number), self._desk.clock()
            if found.status == "withdrawn":
                raise ActionError(f"handover {number} was withdrawn")
            if found.leaving == self._me:
                raise ActionError(f"handover {number} is yours", "who takes it ticks what they have read")
            if found.status == "taken" and found.taken_by != self._me:
                raise ActionError(f"{found.taken_by} has it", "only they tick its items")
            known = {item.key: item for item in handovers.items(conn, number)}
            for key in keys:
                if key not in known:
                    raise ActionError(f"no item {key!r} in handover {number}", suggest(key, list(known)))
            changed = [key for key in keys if (known[key].ticked_by != self._me) is on]
            for key in changed:
                handovers.tick(conn, number, key, self._me, now if on else None)
            if changed:
                deliveries.acknowledge_matter(conn, self._me, handovers.notice_key(number), now)
                detail = {"handover": number, "what": "ticked", "keys": changed, "on": on}
                self._desk.add_event(conn, "handover ticked", detail, count=0, at=now)
            return found

        self._desk.check_may_act()
        return self._desk.write(work)

    def take(self, number: int, read_back: str) -> Taken:
        """Say *I have it*: what the leaving member has becomes this member's, all at once.

        Args:
            read_back: the three things that matter, in this member's words.

        Raises:
            ActionError: it is one's own, somebody else has it, nothing was read back, or burning items are not ticked.
        """
        words = one_line(clean(read_back, LONGEST))

        def work(conn: Connection) -> Taken:
            found, now = self._signed(conn, number), self._desk.clock()
            if found.leaving == self._me:
                raise ActionError(f"handover {number} is yours", "another member takes it; withdraw takes it back")
            burning = [item for item in handovers.items(conn, number) if item.level == "burning"]
            # What the named one has ticked, another who takes it instead has not read.
            instead = found.words.next not in ("", self._me)
            unread = [i for i in burning if i.ticked_at is None or (instead and i.ticked_by != self._me)]
            if unread:
                many, other = count_of(len(unread), "burning item"), unread[0].ticked_by
                state = f"ticked by {other} alone" if other else "not ticked yet"
                raise ActionError(f"{many} {state}: {unread[0].line}", "tick each once you have read it")
            if not words:
                raise ActionError("read back the three that matter, in one line", "then it is yours")
            moved = self._move(conn, found, now)
            taken: handovers.HandoverChanges = {
                "status": "taken",
                "taken_by": self._me,
                "taken_at": now,
                "read_back": words,
            }
            handovers.update(conn, number, taken)
            deliveries.acknowledge_matter(conn, self._me, handovers.notice_key(number), now)
            self._tell_taken(conn, found, words, moved, now)
            return Taken(_got(conn, number), moved)

        self._desk.check_may_act()
        return self._desk.write(work)

    def _move(self, conn: Connection, found: Handover, now: Instant) -> str:
        """Give all that the leaving member has to this one, as one event; what moved, in words."""
        leaving, until = found.leaving, handover.until(conn, self._desk.config, found, now)
        ids = handovers.held_by(conn, leaving, until)
        kept = handovers.promises_of(conn, leaving, until, ids)
        self._give_promises(conn, kept, leaving, self._me)
        led = [one for one in crises.all(conn, running_only=True) if one.lead == leaving]
        for crisis in led:
            crises.update(conn, crisis.id, {"lead": self._me})
            crises.add_entry(conn, crisis.id, now, self._me, "lead", f"leads it now, from {leaving} by handover")
        watched = handovers.watched_by(conn, leaving, self._me)
        handovers.give_watches(conn, watched, leaving, self._me)
        detail = {
            "handover": found.id,
            "what": "taken",
            "from": leaving,
            "promises": kept,
            "crises": [crisis.id for crisis in led],
            "watched": watched,
            "questions": questions.hand_over(conn, leaving, self._me, now - questions.LATE_ANSWERS),
            "told": self._move_told(conn, leaving, [*ids, *watched], kept, [crisis.id for crisis in led], now),
        }
        event = self._desk.add_event(conn, "handover taken", detail, count=len(ids), at=now)
        self._assign(conn, event, ids, leaving, now)
        people.touch_member(conn, self._me, now)
        parts = [count_of(len(ids), "conversation")]
        parts += [count_of(len(kept), "promise")] if kept else []
        parts += [f"the lead of {crisis.name}" for crisis in led]
        return ", ".join(parts)

    def _move_told(
        self,
        conn: Connection,
        leaving: str,
        ids: Sequence[int],
        kept: Sequence[int],
        led: Sequence[int],
        now: Instant,
    ) -> list[handed_over.Moved]:
        """Have told to this member what waits for the leaving one, of what moves."""
        homes = [one.conversation_id for number in kept if (one := promises.get(conn, number)) is not None]
        own = [f"promise:{number}:" for number in kept]  # whoever gets a promise is told of it anew
        return handed_over.move_told(conn, leaving, self._me, [*ids, *homes], led, now, dropped=own)

    @staticmethod
    def _give_promises(conn: Connection, ids: Sequence[int], was: str, now_is: str) -> None:
        """Make those of these promises that are open, and one member's to keep, another's."""
        for number in ids:
            promise = promises.get(conn, number)
            if promise is not None and promise.status == "open" and promise.owner == was:
                promises.give(conn, promise, now_is)

    def _assign(self, conn: Connection, event: int, ids: Sequence[int], leaving: str, now: Instant) -> None:
        changed, batch = change_numbers.advance(conn), WriteBatch(conn)
        for part in conversations.chunks(ids):
            rows = conversations.many(conn, part)
            held = people.claims(conn, part, now)
            for row in rows.values():
                after: ConversationChanges = {"assignee": self._me, "assigned_by": self._desk.actor}
                before: ConversationChanges = {"assignee": row.assignee, "assigned_by": row.assigned_by}
                batch.items.append(events.item_row(event, Item(row.id, before, after, {})))
                batch.set_columns(row.id, {**after, "rescore_at": RESCORE_NOW, "changed": changed})
                if row.id in held and held[row.id].member == leaving:
                    batch.released.append(row.id)
            batch.flush()
            for number in rows:
                # Who says that they have it took it up.
                assignments.take_up(conn, number, self._me, now)

    # taking back

    def undo(self, event: Event) -> str:
        """Take back what an event did to a handover; what that was. What others changed since stays theirs.

        Raises:
            ActionError: it went on since.
        """

        def work(conn: Connection) -> str:
            found = _got(conn, int(event.detail["handover"]))
            what = str(event.detail["what"])
            undo_event = self._desk.add_event(conn, "undo", {"of": event.action}, count=0, undoes=event.id)
            back = {
                "signed": self._undo_signed,
                "withdrawn": self._undo_withdrawn,
                "ticked": self._undo_ticked,
                "taken": self._undo_taken,
            }[what]
            return back(conn, found, event, undo_event)

        return self._desk.write(work)

    def _undo_signed(self, conn: Connection, found: Handover, event: Event, _undo: int) -> str:
        if found.status != "signed":
            raise ActionError(f"handover {found.id} was {found.status} meanwhile", "it can no longer be taken back")
        now = self._desk.clock()
        _withdraw(conn, found.id, now)
        older = handovers.get(conn, int(event.detail.get("replaced") or 0))
        if older is not None and older.status == "withdrawn":
            self._sign_again(conn, older)
        if not any(handovers.words_of(conn, found.leaving)):
            handovers.keep_words(conn, found.leaving, found.words, now)
        return f"handover {found.id} withdrawn; your words are a draft again"

    def _undo_withdrawn(self, conn: Connection, found: Handover, _event: Event, _undo: int) -> str:
        if found.status != "withdrawn" or handovers.waiting_of(conn, found.leaving) is not None:
            raise ActionError(f"{found.leaving} has signed another handover since")
        self._sign_again(conn, found)
        return f"handover {found.id} is signed again"

    def _sign_again(self, conn: Connection, found: Handover) -> None:
        handovers.update(conn, found.id, {"status": "signed", "withdrawn_at": None})
        self._more_time(conn, found)
        self._tell_signed(conn, found)

    def _undo_ticked(self, conn: Connection, found: Handover, event: Event, _undo: int) -> str:
        on, keys = bool(event.detail.get("on")), list(event.detail.get("keys", ()))
        for key in keys:
            handovers.tick(conn, found.id, key, self._me, None if on else self._desk.clock())
        return f"{count_of(len(keys), 'item')} {'not ticked' if on else 'ticked'} again"

    def _undo_taken(self, conn: Connection, found: Handover, event: Event, undo: int) -> str:
        if found.status != "taken" or found.taken_by != self._me:
            raise ActionError(f"handover {found.id} is {found.status} meanwhile")
        if handovers.waiting_of(conn, found.leaving) is not None:
            raise ActionError(f"{found.leaving} has signed another handover since")
        left = self._give_back(conn, event, undo)
        detail = event.detail
        self._give_promises(conn, [int(n) for n in detail.get("promises", ())], self._me, found.leaving)
        now = self._desk.clock()
        for number in detail.get("crises", ()):
            crisis = crises.get(conn, int(number))
            if crisis is not None and crisis.status == "running" and crisis.lead == self._me:
                crises.update(conn, crisis.id, {"lead": found.leaving})
                crises.add_entry(conn, crisis.id, now, self._me, "undone", f"{found.leaving} leads it again")
        watched = [int(n) for n in detail.get("watched", ())]
        handovers.give_watches(conn, watched, self._me, found.leaving)
        questions.give_back(conn, [int(n) for n in detail.get("questions", ())], self._me, found.leaving)
        handed_over.give_back(conn, detail.get("told", ()), found.leaving, now)
        changes: handovers.HandoverChanges = {"status": "signed", "taken_by": "", "taken_at": None, "read_back": ""}
        handovers.update(conn, found.id, changes)
        self._more_time(conn, found)
        stays = f", {count_of(left, 'conversation')} changed meanwhile and left alone" if left else ""
        self._tell_given_back(conn, found, now)
        return f"handover {found.id} given back to {found.leaving}{stays}"

    def _give_back(self, conn: Connection, event: Event, undo: int) -> int:
        """Give conversations back to whoever had them; how many somebody changed since."""
        changed, batch, left = change_numbers.advance(conn), WriteBatch(conn), 0
        items = {item.conversation_id: item for item in events.items(conn, event.id)}
        for part in conversations.chunks(list(items)):
            for row in conversations.many(conn, part).values():
                item = items[row.id]
                if not _as_left(row, item.after):
                    left += 1
                    continue
                before = {name: value for name, value in item.before.items() if name in MOVED}
                columns = cast("ConversationChanges", {**before, "rescore_at": RESCORE_NOW, "changed": changed})
                batch.items.append((undo, row.id, "{}", "{}"))
                batch.set_columns(row.id, columns)
            batch.flush()
        events.finish(conn, undo, max(len(items) - left, 1))
        return left

    def _more_time(self, conn: Connection, found: Handover) -> None:
        """It is signed anew: whoever takes it has the whole time again."""
        until = self._desk.clock() + self._desk.config.handover.take_within
        if found.take_by < until:
            handovers.update(conn, found.id, {"take_by": until})

    # helpers

    @property
    def _me(self) -> str:
        return self._desk.member.handle

    def _signed(self, conn: Connection, number: int) -> Handover:
        """A handover that nobody has taken.

        Raises:
            ActionError: there is none, or somebody has it.
        """
        found = _got(conn, number)
        if found.status == "taken":
            who = "you have" if found.taken_by == self._me else f"{found.taken_by} has"
            raise ActionError(f"{who} it already, since {full_time(found.taken_at or 0, self._desk.config.zone)}")
        if found.status == "withdrawn":
            raise ActionError(f"{found.leaving} has withdrawn handover {number}", "H shows what waits to be taken")
        return found

    def _next(self, conn: Connection, handle: str) -> str:
        """Whom it is for, as the team has them; empty for whoever takes it.

        Raises:
            ActionError: nobody who could take it.
        """
        if not handle:
            return ""
        team = people.team(conn, self._desk.config.team)
        known = next((one for one in team.values() if one.handle.casefold() == handle.casefold()), None)
        if known is None:
            raise ActionError(f"no member {handle!r}", suggest(handle, [one for one in team if one != self._me]))
        if known.handle == self._me:
            raise ActionError("you cannot hand over to yourself", "name who comes next, or nobody")
        if known.role not in MAY_ACT:
            raise ActionError(f"{known.handle} is an {known.role} and cannot take it", "name somebody who answers")
        return known.handle

    def _tell_signed(self, conn: Connection, made: Handover) -> None:
        """Tell who takes it, or all on duty who could, with the whole page."""
        config, now = self._desk.config, self._desk.clock()
        items, left = handovers.items(conn, made.id), handovers.items(conn, made.id, "left")
        before = handovers.before(conn, made.leaving, made.signed_at)
        others = [
            one.handle
            for one in people.team(conn, config.team).values()
            if one.handle != made.leaving and one.role in MAY_ACT
        ]
        coming = handover.next_shift(conn, config, made.leaving, now)
        comes = [handle for handle in coming.comes if handle in others]
        after = [made.next] if made.next else comes or duty.on_duty(conn, config, others, now)
        burning = sum(item.level == "burning" for item in items)
        to = f" to {made.next}" if made.next else ""
        title = f"{made.leaving} hands over{to}: {count_of(len(items), 'matter')}, {burning} burning"
        text = handover.as_markdown(
            made, items, left, config.zone, before=before, coming=coming.words(config, made.signed_at)
        )
        key = f"{handovers.notice_key(made.id)}signed:{now}"
        notices.tell(conn, now, "handover", title, key=key, text=text, by=self._me, people={"next": after})

    def _tell_taken(self, conn: Connection, found: Handover, words: str, moved: str, now: Instant) -> None:
        """Tell who left, and who was to have it and has not."""
        title = f"{self._me} has it: {moved}, from {found.leaving}"
        told = {found.leaving, *([found.next] if found.next and found.next != self._me else [])}
        key = f"{handovers.notice_key(found.id)}taken:{now}:{self._me}"
        text = f"{self._me} reads back: {words}"
        notices.tell(conn, now, "handover", title, key=key, text=text, by=self._me, recipients=sorted(told))

    def _tell_given_back(self, conn: Connection, found: Handover, now: Instant) -> None:
        """Who heard that it was taken hears that it was not; who has not heard hears neither."""
        notices.take_back_all(conn, f"{handovers.notice_key(found.id)}taken:", now)
        title = f"{self._me} gave your handover back: all is with you until somebody takes it"
        key = f"{handovers.notice_key(found.id)}back:{now}:{self._me}"
        notices.tell(conn, now, "handover", title, key=key, by=self._me, recipients=[found.leaving])


def _withdraw(conn: Connection, number: int, now: Instant) -> None:
    """Nobody can take it any more; who has not heard of it yet does not."""
    handovers.update(conn, number, {"status": "withdrawn", "withdrawn_at": now})
    notices.take_back_all(conn, handovers.notice_key(number), now)


def _got(conn: Connection, number: int) -> Handover:
    """The handover of that number.

    Raises:
        ActionError: there is none.
    """
    found = handovers.get(conn, number)
    if found is None:
        raise ActionError(f"there is no handover {number}", "cminbox handover list shows them")
    return found


def _as_left(row: Conversation, after: Mapping[str, Any]) -> bool:
    """Whether a conversation is as the handover left it."""
    return all(getattr(row, name) == after.get(name) for name in MOVED)

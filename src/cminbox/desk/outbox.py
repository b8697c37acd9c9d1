"""Replies on the desk: drafts, giving them to the outbox, taking them back while they are held."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from cminbox import handles
from cminbox.desk.answerable import answerable, check_in_time, check_private
from cminbox.desk.context import DeskContext
from cminbox.desk.reply_length import check_length
from cminbox.duration import format_duration
from cminbox.errors import ActionError
from cminbox.model import NOTHING_BROUGHT, SECOND, Brings, Conversation, Instant, Reply, StoredMessage
from cminbox.outbox_states import IN_FLIGHT, MAY_HAVE_ARRIVED, EventName, accepted_until
from cminbox.replies import load
from cminbox.store import (
    Connection,
    conversations,
    crises,
    events,
    messages,
    notices,
    outgoing,
    people,
    replies,
    sources,
)
from cminbox.store.changes import OutgoingChanges
from cminbox.text import clean, one_line


class _Tried(Exception):
    """A dry run came to its end; what it wrote is taken back with its transaction."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


class Outbox:
    """Writes to people. The engine sends what is held here.

    Args:
        bring_forward: called with a conversation before a reply to it is stored, so that what this member asked for
            before is done to it first.
    """

    def __init__(self, desk: DeskContext, bring_forward: Callable[[Sequence[int]], None]) -> None:
        self._desk = desk
        self._bring_forward = bring_forward

    def opened(self, conversation_id: int) -> None:
        """A composer was opened at a conversation: from now on this member is at it.

        Raises:
            ActionError: this member is an observer.
        """

        def work(conn: Connection) -> None:
            # Of no session: it is nothing that an undo could take back.
            now = self._desk.clock()
            events.add_item(conn, events.add(conn, now, self._desk.actor, events.COMPOSE), conversation_id)
            known = replies.draft(conn, conversation_id, self._desk.member.handle)
            if known is not None:
                replies.handle_from(conn, known.id, now)
                replies.mark_rejected(conn, known.id, False)

        self._desk.write(work)

    def saw_rejection(self, conversation_id: int) -> None:
        """This member has looked at the draft that was given back to them."""

        def work(conn: Connection) -> None:
            known = replies.draft(conn, conversation_id, self._desk.member.handle)
            if known is not None:
                replies.mark_rejected(conn, known.id, False)

        self._desk.write(work)

    def draft(
        self,
        conversation_id: int,
        text: str,
        *,
        template: str = "",
        lang: str = "",
        answers: int | None = None,
        private: bool = False,
        brings: Brings = NOTHING_BROUGHT,
    ) -> Reply | None:
        """Keep what is being written, durably; an empty text forgets the draft.

        Args:
            answers: id of the message that it answers; None: whichever can be answered then.
            private: only the author of that message is to see it.
            brings: what it brings with it once it is sent.

        Returns:
            The draft, or None when it was forgotten.

        Raises:
            ActionError: there is no such conversation, or this member is an observer.
        """
        return self._desk.write(
            lambda conn: self._draft(conn, conversation_id, text, template, lang, answers, private, brings)
        )

    def _draft(
        self,
        conn: Connection,
        conversation_id: int,
        text: str,
        template: str,
        lang: str,
        answers: int | None,
        private: bool,
        brings: Brings,
    ) -> Reply | None:
        now, handle = self._desk.clock(), self._desk.member.handle
        known = replies.draft(conn, conversation_id, handle)
        if not text.strip():
            if known is not None:
                replies.move(conn, known.id, "emptied", now)
            return None
        if known is not None:
            replies.handled(conn, known.id, now)
            written: OutgoingChanges = {
                "text": clean(text),
                "template": template,
                "lang": lang,
                "private": private,
                "back_after": brings.back_after,
                "promises": brings.promises,
            }
            if answers is not None:
                written["message_id"] = answers
            return replies.move(conn, known.id, "edited", now, **written)
        row = conversations.get(conn, conversation_id)
        if row is None:
            raise ActionError(f"there is no conversation {conversation_id}")
        reply_id = replies.insert(
            conn,
            {
                "conversation_id": conversation_id,
                "source_id": row.source_id,
                "message_id": answers,
                "private": private,
                "status": "draft",
                "member": handle,
                "text": clean(text),
                "template": template,
                "lang": lang,
                "key": uuid.uuid4().hex,
                "created_at": now,
                "updated_at": now,
                "back_after": brings.back_after,
                "promises": brings.promises,
            },
        )
        # What was done last: a composer that was opened for an earlier reply is not this one's.
        last = events.newest_of(conn, conversation_id, self._desk.actor, (events.COMPOSE, "reply"))
        if last is not None and last.action == events.COMPOSE:
            replies.handle_from(conn, reply_id, last.at)
            replies.handled(conn, reply_id, now)
        return replies.get(conn, reply_id)

    def send(
        self,
        conversation_id: int,
        text: str,
        *,
        lang: str = "",
        template: str = "",
        seen: int | None = None,
        answers: int | None = None,
        private: bool = False,
        brings: Brings = NOTHING_BROUGHT,
    ) -> Reply:
        """Give a reply to the outbox: stored now, held for the undo countdown, then sent once by the engine.

        Args:
            conversation_id: where to answer.
            text: what to say.
            seen: id of the newest message of the conversation that its writer saw; None: all of them.
            answers: id of the message that is answered; None: the newest inbound one that can be.
            private: only the author of that message is to see it; where the network has that.
            brings: what it brings with it once it is sent.

        Raises:
            ActionError: nothing to answer, nothing said, a promise whose time is past or that is nobody's to keep, more
                than the network takes, another reply is on its way, or somebody answered since (`hint` then says who
                and what).
        """
        self._desk.check_may_act()
        self._bring_forward([conversation_id])
        holding = self._is_holding(template)
        return self._desk.write(
            lambda conn: self._send(
                conn, conversation_id, text, lang, template, seen, holding, answers, private, brings
            )
        )

    def _is_holding(self, name: str) -> bool:
        """Whether the template of this name only says that an answer is to come."""
        template = load(self._desk.config.paths.templates).get(name) if name else None
        return template is not None and template.holding

    def _send(
        self,
        conn: Connection,
        conversation_id: int,
        text: str,
        lang: str,
        template: str,
        seen: int | None,
        holding: bool,
        answers: int | None,
        private: bool,
        brings: Brings,
    ) -> Reply:
        now, member = self._desk.clock(), self._desk.member
        text = clean(text).strip()
        row = conversations.get(conn, conversation_id)
        if row is None:
            raise ActionError(f"there is no conversation {conversation_id}")
        if not text:
            raise ActionError("the reply is empty")
        if answers is not None:
            target: StoredMessage | None = answerable(conn, row, answers, now)
        else:
            target = messages.answerable(conn, conversation_id, seen)
        if target is None:
            raise ActionError(
                "there is nothing here that can be answered",
                f"a {row.kind} on {row.network} takes no reply from here, or its source led to another server then",
            )
        if private:
            check_private(conn, row, target, now)
        check_in_time(row, target, now)
        source = sources.get(conn, row.source_id)
        if source is None or not source.polled:
            raise ActionError(
                f"nobody can be answered through {row.source}", "config.toml does not name it; it was only imported"
            )
        self._check_none_on_its_way(conn, conversation_id)
        newest = messages.newest_id(conn, conversation_id)
        looked_at = now if seen is None else self._opened_at(conn, conversation_id, now)
        seen = newest if seen is None else seen
        if answer := messages.answer_after(conn, conversation_id, seen):
            raise ActionError(
                f"{_writer(answer, row.network)} answered since you opened this", f"they wrote: {answer.text[:300]}"
            )
        check_length(conn, row, target, text, private=private)
        brings = self._checked(conn, brings, now)
        draft = self._draft(conn, conversation_id, text, template, lang, target.id, private, brings)
        if draft is None:
            raise ActionError("the reply is empty")
        crisis = crises.get(conn, row.crisis_id) if row.crisis_id is not None else None
        gated = member.role == "drafter" or (crisis is not None and crisis.status == "running" and crisis.approval)
        given: OutgoingChanges = {
            **outgoing.NEW_TRIES,
            "message_id": target.id,
            "seen_message_id": max(seen, 0),
            "looked_at": looked_at,
            "created_at": now,
            "held_until": now + self._desk.config.undo_ms,
            "holding": holding,
        }
        reply = replies.move(conn, draft.id, "submitted for approval" if gated else "submitted", now, **given)
        replies.handle_from(conn, reply.id, None)
        if gated:
            self._tell_approvers(conn, row, reply, now)
        if template:
            replies.used(conn, template, member.handle, now)
        people.claim(conn, conversation_id, member.handle, now, now + self._desk.config.claim_ms)
        self._record(conn, "reply", reply, {"text": text[:200], "template": template, **_how(reply)})
        return reply

    def _tell_approvers(self, conn: Connection, row: Conversation, reply: Reply, now: Instant) -> None:
        """Tell who may let a reply go that it waits for them, once it can no longer be undone."""
        me, when = self._desk.member.handle, now + self._desk.config.undo_ms
        title, key = f"{me}'s reply waits for approval: {notices.named(row)}", f"approval:{reply.id}:{now}"
        notices.tell(conn, when, "approval", title, key=key, text=reply.text, conversation_id=row.id, by=me)

    def _checked(self, conn: Connection, brings: Brings, now: Instant) -> Brings:
        """What a reply brings with it, with an owner for each promise: its writer where none is named.

        Raises:
            ActionError: the time of a promise is past, or its owner is no member.
        """
        handles = people.team(conn, self._desk.config.team).keys() | {self._desk.member.handle}
        owned = tuple(one._replace(owner=one.owner or self._desk.member.handle) for one in brings.promises)
        for promise in owned:
            if promise.due_at <= now:
                raise ActionError(f"not sent: the time of “{promise.text}” is past", "promise it for a later one")
            if promise.owner not in handles:
                raise ActionError(f"no member {promise.owner!r}", f"members: {', '.join(sorted(handles))}")
        return brings._replace(promises=owned)

    def _opened_at(self, conn: Connection, conversation_id: int, now: Instant) -> Instant:
        """When this member last opened a composer at a conversation; now where none was since the last reply."""
        last = events.newest_of(conn, conversation_id, self._desk.actor, (events.COMPOSE, "reply"))
        return now if last is None or last.action != events.COMPOSE else min(last.at, now)

    def _check_none_on_its_way(self, conn: Connection, conversation_id: int, reply_id: int = 0) -> None:
        """Nobody is answered twice: one reply at a time; `reply_id` itself does not count."""
        for other in replies.of(conn, conversation_id):
            if other.status in IN_FLIGHT and other.id != reply_id:
                who = "your reply" if other.member == self._desk.member.handle else f"{other.member}'s reply"
                raise ActionError(f"{who} is on its way ({other.status})", f"it says: {one_line(other.text)[:120]}")

    def cancel(self, reply_id: int, *, dry_run: bool = False) -> Reply:
        """Take a reply back while it is held or waits, or when nobody knows whether it arrived and the member did not
        find it there: it becomes a draft again.

        Raises:
            ActionError: it is already being sent, the network may still accept it, or it is another member's.
        """
        return self._end(lambda conn: self._cancel(conn, reply_id), dry_run=dry_run)

    def _cancel(self, conn: Connection, reply_id: int) -> Reply:
        now = self._desk.clock()
        reply = self._get(conn, reply_id)
        if reply.status == "unknown":
            _check_over(reply, now)
        elif reply.status in MAY_HAVE_ARRIVED:
            raise ActionError(f"the reply is {reply.status}: it can no longer be taken back")
        if reply.status in ("draft", "cancelled"):
            raise ActionError(f"the reply is {reply.status}: there is nothing to take back")
        if replies.draft(conn, reply.conversation_id, reply.member) is not None:
            moved = replies.move(conn, reply_id, "superseded", now)  # a newer draft stands; this text stays in the log
        else:
            event: EventName = "said not to be there" if reply.status == "unknown" else "taken back"
            moved = replies.move(conn, reply_id, event, now, held_until=None)
        self._record(conn, "take back", moved, {"text": reply.text[:200]})
        return moved

    def retry(self, reply_id: int, *, dry_run: bool = False) -> Reply:
        """Send a failed reply after all, or an unknown one that its member looked for and did not find; whoever retries
        has seen what stands in the conversation now.

        Raises:
            ActionError: it did not fail, the network may still accept it or takes less now, or another reply is on its
                way to the same person.
        """
        return self._end(lambda conn: self._retry(conn, reply_id), dry_run=dry_run)

    def _retry(self, conn: Connection, reply_id: int) -> Reply:
        now = self._desk.clock()
        reply = self._get(conn, reply_id)
        if reply.status not in ("failed", "unknown"):
            raise ActionError(f"the reply is {reply.status}: only a failed or an unknown one can be sent again")
        if reply.status == "unknown":
            _check_over(reply, now)
        self._check_none_on_its_way(conn, reply.conversation_id, reply_id)
        row, target = conversations.get(conn, reply.conversation_id), messages.answerable(conn, reply.conversation_id)
        if row is not None and target is not None:
            check_length(conn, row, target, reply.text, private=reply.private)
        answered = None if reply.message_id is None else messages.get(conn, reply.message_id)
        if reply.private and row is not None and answered is not None:
            check_private(conn, row, answered, now, reply_id)
        # Whoever retries has seen what our side answered since; what they wrote since the text does not know.
        answer = messages.answer_after(conn, reply.conversation_id, reply.known_id, reply_id)
        answer_seen = reply.answer_seen_id if answer is None else answer.id
        # What was tried before may show even now: when that was first is kept.
        new: OutgoingChanges = {
            **outgoing.NEW_TRIES,
            "held_until": now,
            "first_try_at": reply.first_try_at,
            "answer_seen_id": answer_seen,
        }
        moved = replies.move(conn, reply_id, "retried", now, **new)
        self._record(conn, "retry", moved, {"was": reply.status})
        return moved

    def arrived(self, reply_id: int, *, dry_run: bool = False) -> Reply:
        """Say of an unknown reply that it stands on the network; the engine stores it as sent.

        Raises:
            ActionError: it is not unknown, or it is another member's.
        """
        return self._end(lambda conn: self._arrived(conn, reply_id), dry_run=dry_run)

    def _arrived(self, conn: Connection, reply_id: int) -> Reply:
        now = self._desk.clock()
        reply = self._get(conn, reply_id)
        if reply.status != "unknown":
            raise ActionError(f"the reply is {reply.status}: only of an unknown one it can be said that it is there")
        handle = self._desk.member.handle
        moved = replies.move(conn, reply_id, "said to be there", now, arrived_by=handle)
        self._record(conn, "arrived", moved, {})
        return moved

    def _end(self, work: Callable[[Connection], Reply], *, dry_run: bool) -> Reply:
        """Do something to a reply; in a dry run it is taken back at once, and only what speaks against it is told."""

        def tried(conn: Connection) -> Reply:
            reply = work(conn)
            if dry_run:
                raise _Tried(reply)
            return reply

        try:
            return self._desk.write(tried)
        except _Tried as end:
            return end.reply

    def _get(self, conn: Connection, reply_id: int) -> Reply:
        """A reply that this member may take back or send again."""
        reply, member = replies.get(conn, reply_id), self._desk.member
        if reply is None:
            raise ActionError(f"there is no reply {reply_id}")
        if reply.member != member.handle and member.role != "lead":
            raise ActionError(f"reply {reply_id} is {reply.member}'s", "a lead can do that for another")
        return reply

    def _record(self, conn: Connection, action: str, reply: Reply, detail: dict[str, str]) -> None:
        event = self._desk.add_event(conn, action, {"reply": reply.id, **detail})
        events.add_item(conn, event, reply.conversation_id)
        conversations.touch(conn, reply.conversation_id)


def _how(reply: Reply) -> dict[str, str]:
    """What the log says of a reply that only one person is to see."""
    return {"visibility": "private"} if reply.private else {}


def _check_over(reply: Reply, now: Instant) -> None:
    """An unknown reply is left alone as long as the network may accept it: somebody would be answered twice."""
    left = accepted_until(reply, now) - now
    if left >= 0:
        raise ActionError(
            f"the reply is unknown, and the network may still accept it for {format_duration(left + SECOND)}",
            "it is looked up until then; :arrived says that it is there",
        )


def _writer(answer: StoredMessage, network: str) -> str:
    """Who wrote an answer of our side, in words."""
    return answer.member or handles.written(network, answer.author.handle) or "somebody"

"""What could not be told, or only maybe was, on the desk: a person has it sent again, or gives it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cminbox.delivery_states import Event as Happened
from cminbox.delivery_states import EventName
from cminbox.desk.context import DeskContext
from cminbox.errors import ActionError
from cminbox.members import MAY_MANAGE, check_role
from cminbox.number_format import count_of
from cminbox.store import Connection, conversations, deliveries, events
from cminbox.store.deliveries import Delivery
from cminbox.store.events import Event

TELL_AGAIN, TELL_NO_MORE = "tell again", "tell no more"
DELIVERY_EVENTS = frozenset({TELL_AGAIN, TELL_NO_MORE})
"""The events that this part writes; each can be undone."""
_FROM: Mapping[str, EventName] = {"failed": "failed again", "unknown": "unknown again"}
"""The statuses of which a person decides, each with what brings it back."""
LIST = "cminbox channels list shows what there is"
Check = Callable[[Connection, Delivery], None]


class DeliveryDesk:
    """Decides what becomes of deliveries that ended in no sure way. Each call is one event and one undo."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk

    def retry(self, numbers: Sequence[int], *, maybe_twice: bool = False) -> list[Delivery]:
        """Have deliveries tried again that failed; those that are unknown where it may arrive twice.

        Raises:
            ActionError: there is no such delivery, it was delivered, waits or is given up, who was told has read it, or
                nobody knows whether it arrived and it may not arrive twice.
        """

        def check(conn: Connection, item: Delivery) -> None:
            if item.status == "unknown" and not maybe_twice:
                raise ActionError(
                    f"delivery {item.id} to {item.whom} may have arrived: {item.error}",
                    "--maybe-twice sends it again all the same",
                )
            if not deliveries.carried(conn, item.id, unread=True):
                raise ActionError(f"delivery {item.id}: {item.member or 'somebody'} has read what it tells", LIST)

        return self._decide(TELL_AGAIN, numbers, "retried", check, {"first_try_at": None, "given_up_by": ""})

    def give_up(self, numbers: Sequence[int]) -> list[Delivery]:
        """Say that nothing is to be done of deliveries that failed or are unknown: nobody is told, or maybe was.

        Raises:
            ActionError: there is no such delivery, it was delivered, waits or is given up.
        """

        def check(_conn: Connection, item: Delivery) -> None:
            if item.given_up_by:
                raise ActionError(f"{item.given_up_by} gave up delivery {item.id} already", LIST)

        return self._decide(TELL_NO_MORE, numbers, "let be", check, {"given_up_by": self._desk.member.handle})

    def undo(self, event: Event) -> str:
        """Take back what an event decided; what that was.

        Raises:
            ActionError: a delivery is on its way again, or somebody decided otherwise since.
        """

        def work(conn: Connection) -> str:
            for number, status, tries, first_try_at, given_up_by in event.detail["were"]:
                item = _got(conn, int(number))
                if event.action == TELL_AGAIN and (item.status != "queued" or item.tries != tries):
                    raise ActionError(f"delivery {item.id} is {item.status}: it can no longer be taken back", LIST)
                if event.action == TELL_NO_MORE and item.given_up_by != self._desk.member.handle:
                    raise ActionError(f"delivery {item.id} was decided otherwise meanwhile", LIST)
                columns = {"first_try_at": first_try_at, "given_up_by": given_up_by}
                happened = Happened(_FROM[status], item.error)
                deliveries.move(conn, item, happened, self._desk.clock(), columns=columns)
            self._desk.add_event(conn, "undo", {"of": event.action}, count=0, undoes=event.id)
            return f"undone ({event.action}): {count_of(len(event.detail['were']), 'delivery', 'deliveries')}"

        return self._desk.write(work)

    def _decide(
        self, action: str, numbers: Sequence[int], name: EventName, check: Check, columns: Mapping[str, object]
    ) -> list[Delivery]:
        check_role(self._desk.member, MAY_MANAGE)

        def work(conn: Connection) -> list[Delivery]:
            now, found = self._desk.clock(), [_got(conn, number) for number in dict.fromkeys(numbers)]
            for item in found:
                if item.status not in _FROM:
                    raise ActionError(f"delivery {item.id} to {item.whom} is {item.status}: it needs no decision", LIST)
                check(conn, item)
            were = [(item.id, item.status, item.tries, item.first_try_at, item.given_up_by) for item in found]
            tells = {
                notice.conversation_id
                for item in found
                for notice in deliveries.carried(conn, item.id)
                if notice.conversation_id is not None
            }
            detail = {"to": ", ".join(dict.fromkeys(item.whom for item in found)), "were": were}
            event = self._desk.add_event(conn, action, detail, count=len(tells), at=now)
            for number in sorted(tells):
                events.add_item(conn, event, number)
                conversations.touch(conn, number)
            return [deliveries.move(conn, item, Happened(name, item.error), now, columns=columns) for item in found]

        return self._desk.write(work)


def _got(conn: Connection, number: int) -> Delivery:
    """The delivery of that number.

    Raises:
        ActionError: there is none.
    """
    found = deliveries.get(conn, number)
    if found is None:
        raise ActionError(f"there is no delivery {number}", LIST)
    return found

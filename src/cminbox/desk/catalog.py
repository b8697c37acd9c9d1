"""Every action, by the word that its event carries, and by the command that asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cminbox.desk.about_people import SetRole, Vip
from cminbox.desk.acknowledging import Acknowledge
from cminbox.desk.action import Action
from cminbox.desk.actions import Assign, Close, NoneNeeded, NotSpam, Reopen, Snooze, Spam, Take, TakeFree, Unassign
from cminbox.desk.annotations import Label, Note, SetPriority
from cminbox.desk.approval import Approve, Reject
from cminbox.desk.corrections import Correct, Lift, NeedsAnswer
from cminbox.desk.escalation import Escalate
from cminbox.desk.following import Back, Unwatch, Watch
from cminbox.desk.promising import Broken, GivePromise, Kept, MakePromise, Withdraw
from cminbox.desk.questions import Answered, Ask, Unask
from cminbox.desk.verbs import VERB_ACTIONS, DeleteThere
from cminbox.model import Instant

_ALL: tuple[type[Action], ...] = (
    *(Take, Assign, Unassign, Snooze, Close, NoneNeeded, Reopen, Spam, NotSpam),
    *(Label, Note, SetPriority, Correct, NeedsAnswer, Lift, Vip, SetRole, Escalate, Approve, Reject),
    *(Ask, Answered, Unask, Acknowledge),
    *(MakePromise, Kept, Broken, Withdraw, GivePromise, Back, Watch, Unwatch),
    *VERB_ACTIONS,
)

ACTIONS: Mapping[str, type[Action]] = {action.name: action for action in _ALL}
"""By name; each can be undone."""

PARSERS: Mapping[str, Callable[[Sequence[str], Instant], Action]] = {
    **{name: action.parse for name, action in ACTIONS.items()},
    "sentiment": Correct.parse_sentiment,
    "language": Correct.parse_language,
    "delete": DeleteThere.parse,
    "next-free": TakeFree.parse,
}
"""What makes an action of a command's arguments, by the command's name: that of its action, or one of those above."""

"""The desk: the one door through which people change state.

    desk = Desk(store, config, member)
    desk.do(Close(), [12, 15])
    desk.undo()

One call is one event and one undo, for one conversation or a hundred thousand.
"""

from __future__ import annotations

from cminbox.desk.about_people import SetRole, Vip
from cminbox.desk.action import SO_ALREADY, Action
from cminbox.desk.actions import (
    REASONS,
    Assign,
    Close,
    NoneNeeded,
    NotSpam,
    Reopen,
    Snooze,
    Spam,
    Take,
    TakeFree,
    Unassign,
)
from cminbox.desk.annotations import Label, Note, SetPriority
from cminbox.desk.approval import Approve, Reject
from cminbox.desk.bulk.job import Outcome, Pace
from cminbox.desk.corrections import Correct, Lift, NeedsAnswer
from cminbox.desk.desk import Desk
from cminbox.desk.escalation import Escalate
from cminbox.desk.following import Back, Unwatch, Watch
from cminbox.desk.promising import Broken, GivePromise, Kept, MakePromise, Withdraw
from cminbox.desk.questions import Answered, Ask, Unask
from cminbox.desk.verbs import Block, Boost, DeleteThere, Hide, Like, Mute, OnNetwork, Pin, Release, ReportSpam

__all__ = [
    "REASONS",
    "SO_ALREADY",
    "Action",
    "Answered",
    "Approve",
    "Ask",
    "Assign",
    "Back",
    "Block",
    "Boost",
    "Broken",
    "Close",
    "Correct",
    "DeleteThere",
    "Desk",
    "Escalate",
    "GivePromise",
    "Hide",
    "Kept",
    "Label",
    "Lift",
    "Like",
    "MakePromise",
    "Mute",
    "NeedsAnswer",
    "NoneNeeded",
    "NotSpam",
    "Note",
    "OnNetwork",
    "Outcome",
    "Pace",
    "Pin",
    "Reject",
    "Release",
    "Reopen",
    "ReportSpam",
    "SetPriority",
    "SetRole",
    "Snooze",
    "Spam",
    "Take",
    "TakeFree",
    "Unask",
    "Unassign",
    "Unwatch",
    "Vip",
    "Watch",
    "Withdraw",
]

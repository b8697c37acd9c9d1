"""What members are told of what another did: written in the transaction of the act, told once it cannot be undone."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cminbox.desk.action import ActionContext
from cminbox.model import Member
from cminbox.store import conversations, deliveries, events, notices
from cminbox.store.events import Handed

_MENTION = re.compile(r"(?<![\w@./+-])@([\w][\w.-]*)(?![\w.-]*@\w)")
"""A handle that stands alone: in `ana@shop.example`, `@ana@mastodon.example` and addresses of pages there is none."""


def mentioned(text: str, members: Iterable[Member]) -> list[str]:
    """The members whom a note names: `@ana`, or all of a team: `@care`."""
    team = list(members)
    said = {word.rstrip(".-").casefold() for word in _MENTION.findall(text)}
    return [
        one.handle for one in team if one.handle.casefold() in said or said & {name.casefold() for name in one.teams}
    ]


def tell_assigned(ctx: ActionContext) -> None:
    """Tell whoever got conversations by the action's event, each once of all of theirs."""
    for handed in events.handed(ctx.conn, ctx.event_id):
        if handed.assignee != ctx.member.handle:
            _tell_one(ctx, handed)


def _tell_one(ctx: ActionContext, handed: Handed) -> None:
    row = conversations.get(ctx.conn, handed.first) if handed.many == 1 else None
    what = f"{handed.many:,} conversations" if row is None else notices.named(row)
    notices.tell(
        ctx.conn,
        ctx.now + ctx.desk.config.undo_ms,
        "assigned",
        f"{ctx.member.handle} gave you {what}",
        key=f"assigned:{ctx.event_id}:{handed.assignee}",
        text=row.preview if row is not None else "",
        conversation_id=row.id if row is not None else None,
        by=ctx.member.handle,
        people={"assignee": [handed.assignee]},
    )


def tell_mentioned(ctx: ActionContext, text: str) -> None:
    """Tell whom the note names that the action's event wrote."""
    named = mentioned(text, ctx.team())
    count, first = events.touched(ctx.conn, ctx.event_id)
    if not named or first is None:
        return
    row = conversations.get(ctx.conn, first) if count == 1 else None
    where = f"{count:,} conversations" if row is None else notices.named(row)
    notices.tell(
        ctx.conn,
        ctx.now + ctx.desk.config.undo_ms,
        "mentioned",
        f"{ctx.member.handle} mentions you at {where}",
        key=f"mentioned:{ctx.event_id}:",
        text=text.strip(),
        conversation_id=row.id if row is not None else None,
        by=ctx.member.handle,
        people={"mentioned": named},
    )


def take_back(ctx: ActionContext, event_id: int) -> str:
    """Tell nobody of what an event told that is undone; what was told already, in words."""
    told = [deliveries.take_back(ctx.conn, f"{kind}:{event_id}:", ctx.now) for kind in ("assigned", "mentioned")]
    return "" if not any(told) else "; who was told of it stays told"

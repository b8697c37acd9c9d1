"""What an action would change, in words, before it does: read only, with the action's own judgement of each row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cminbox.desk.action import Action, ActionContext
from cminbox.desk.bulk.job import Outcome
from cminbox.store import conversations

_CHUNK = 2000
"""Conversations that are read at once."""


def preview(ctx: ActionContext, action: Action, ids: Sequence[int]) -> Outcome:
    """What would become of these conversations.

    Returns:
        An outcome without an event; its summary is what a person reads before they decide: «close 11,924
        conversations: 11,900 open → closed, 24 snoozed → closed, 3 with a reply on its way, 380 stay as they are
        (already closed)».

    Raises:
        ActionError: it makes no sense at all.
    """
    action.prepare(ctx)
    changed: list[int] = []
    skipped: list[tuple[int, str]] = []
    states: Counter[str] = Counter()
    warnings: Counter[str] = Counter()
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > _CHUNK:
        wanted.sort()
    for part in conversations.chunks(wanted, _CHUNK):
        rows = conversations.many(ctx.conn, part)
        action.prefetch(ctx, part)
        for number in part:
            row = rows.get(number)
            why = "there is no such conversation" if row is None else action.refuse(row, ctx)
            if row is None or why is not None:
                skipped.append((number, why or ""))
                continue
            changed.append(number)
            states[action.state_before(row)] += 1
            warnings.update(action.warnings(row, ctx))
    reasons = Counter(why for _, why in skipped)
    after = action.state_after(ctx)
    parts = [f"{n:,} {before} → {after}".replace("  ", " ") for before, n in states.most_common(3) if after]
    parts += [f"{n:,} {warning}" for warning, n in warnings.most_common(3)]
    parts += [f"{n:,} left alone ({why})" for why, n in reasons.most_common(3)]
    many = f"{len(changed):,} conversation{'' if len(changed) == 1 else 's'}"
    words = f"{action.name} {many}" if changed else f"{action.name}: nothing would change"
    return Outcome(None, tuple(changed), tuple(skipped), f"{words}: {', '.join(parts)}" if parts else words)

"""What an action would change, in words, before it does: read only, with the action's own judgement of each row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cminbox.desk.action import Act, Action
from cminbox.desk.bulk.job import Outcome
from cminbox.store import conversations

_AT_ONCE = 2000


def rehearse(act: Act, action: Action, ids: Sequence[int]) -> Outcome:
    """What would become of these conversations.

    Returns:
        An outcome without an event; its summary is what a person reads before they decide: «close 11,924
        conversations: 11,900 open → closed, 24 snoozed → closed, 3 with a reply on its way, 380 stay as they are
        (already closed)».

    Raises:
        ActionError: it makes no sense at all.
    """
    action.prepare(act)
    changed: list[int] = []
    skipped: list[tuple[int, str]] = []
    stands: Counter[str] = Counter()
    minds: Counter[str] = Counter()
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > _AT_ONCE:
        wanted.sort()
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        rows = conversations.many(act.conn, part)
        action.gather(act, part)
        for number in part:
            row = rows.get(number)
            why = "there is no such conversation" if row is None else action.refuse(row, act)
            if row is None or why is not None:
                skipped.append((number, why or ""))
                continue
            changed.append(number)
            stands[action.stands(row)] += 1
            if (mind := action.mind(row, act)) is not None:
                minds[mind] += 1
    reasons = Counter(why for _, why in skipped)
    then = action.becomes(act)
    parts = [f"{n:,} {word} → {then}".replace("  ", " ") for word, n in stands.most_common(3) if then]
    parts += [f"{n:,} {mind}" for mind, n in minds.most_common(3)]
    parts += [f"{n:,} left alone ({why})" for why, n in reasons.most_common(3)]
    many = f"{len(changed):,} conversation{'' if len(changed) == 1 else 's'}"
    told = f"{action.name} {many}" if changed else f"{action.name}: nothing would change"
    return Outcome(None, tuple(changed), tuple(skipped), f"{told}: {', '.join(parts)}" if parts else told)

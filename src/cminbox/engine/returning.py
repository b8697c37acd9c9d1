"""Work comes back: what an absent or silent member has, and what nobody took up, returns to the queue.

It does as far as `[team]` of `config.toml` says so. Nothing comes back while a reply of theirs is on its way or being
written. Time in which no engine ran counts for nobody's silence, nor does time that a clock skipped.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cminbox.config import Config
from cminbox.duration import format_duration
from cminbox.model import Instant
from cminbox.number_format import count_of
from cminbox.store import Connection, assignments, conversations, duty, events, handovers, notices, people
from cminbox.when import full_time

AT_ONCE = 250
"""So many conversations come back in one transaction, and a few more: nobody waits long behind it."""
MOST_NEW = 2_000
"""So many that the engine has not seen yet, or that were taken up, are noted in one transaction."""
NAMED = 20
"""So many conversations of a member are named in a notice."""


class Due(NamedTuple):
    """Conversations of a member that are to come back, and why.

    Attributes:
        silent: the member was there and did nothing: by turns they are given no more until they do.
    """

    member: str
    why: str
    ids: Sequence[int]
    silent: bool


def any_due(conn: Connection, config: Config, now: Instant) -> bool:
    """Whether there is anything to do; only reads, and is cheap."""
    if not any(config.returning):
        return False
    if assignments.any_new(conn) or assignments.untold(conn):
        return True
    if any(assignments.any_ahead(conn, each, now) for each in _members(conn, config)):
        return True
    return any(_due(conn, config, now, limit=1, certain=False))


def run(conn: Connection, config: Config, now: Instant) -> int:
    """Return what is due, a portion at once; once nothing is left, tell the leads of all that came back in one notice.

    Returns:
        How many conversations came back.
    """
    if not any(config.returning):
        return 0
    assignments.note_new(conn, now, MOST_NEW)
    for member in _members(conn, config):
        assignments.set_back(conn, member, now)
        for until in _untouched_until(conn, config, member, now):
            assignments.note_taken_up(conn, member, until, now, MOST_NEW)
    done = 0
    for due in _due(conn, config, now):
        _give_back(conn, now, due)
        done += len(due.ids)
        if done >= AT_ONCE:
            return done
    if not done and (told := assignments.untold(conn)):
        _tell(conn, config, now, told)
        assignments.note_told(conn)
    return done


def _give_back(conn: Connection, now: Instant, due: Due) -> None:
    """Return what is due, with a word on the drafts of the member."""
    drafted = assignments.drafted(conn, due.member, due.ids)
    plain = [number for number in due.ids if number not in drafted]
    for why, part in ((due.why, plain), (f"{due.why}; their draft stays", sorted(drafted))):
        if part:
            event = assignments.give_back(conn, now, "engine", {"from": due.member, "why": why}, part)
            assignments.note_untold(conn, event)
    if due.silent:
        people.note_returned(conn, due.member, now)


def _members(conn: Connection, config: Config) -> list[str]:
    return sorted(people.team(conn, config.team))


def _due(
    conn: Connection, config: Config, now: Instant, limit: int = AT_ONCE, *, certain: bool = True
) -> Iterator[Due]:
    """What is due of each member; a conversation may be due for more than one reason.

    Args:
        certain: else what they did take up may be among it, as long as that is not noted.
    """
    seen = people.seen(conn)
    states = duty.states(conn, config, _members(conn, config), now)
    ringing = handovers.ringing(conn, now)
    for member, state in states.items():
        if member in ringing:
            continue  # until the next one takes their handover, or it is late, all stays with them
        last = min(seen.get(member, 0), now)
        if not state.on_duty and config.returning.absent is not None:
            until = _absent_until(conn, config, state, last, now)
            since = f"since {full_time(state.since, config.zone)}" if state.since is not None else "for a long time"
            yield from _found(conn, member, f"{member} is off duty {since}", until, now, limit)
        if state.on_duty and config.returning.silent is not None:
            silent = _back(conn, config, member, config.returning.silent, now)
            if silent is not None and last <= silent:
                why = f"{member} did nothing for {format_duration(config.returning.silent)}"
                yield from _found(conn, member, why, silent, now, limit, silent=True)
        for until in _untouched_until(conn, config, member, now):
            length = format_duration(config.returning.take_up or 0)
            why = f"{member} did not take it up in {length}"
            yield from _found(
                conn, member, why, until, now, limit, silent=state.on_duty, untouched=True, certain=certain
            )


def _found(
    conn: Connection,
    member: str,
    why: str,
    until: Instant | None,
    now: Instant,
    limit: int,
    *,
    silent: bool = False,
    untouched: bool = False,
    certain: bool = True,
) -> Iterator[Due]:
    if until is None:
        return
    if ids := assignments.held(conn, member, until, now, limit, untouched=untouched, certain=certain):
        yield Due(member, why, ids, silent)


def _absent_until(
    conn: Connection, config: Config, state: duty.DutyState, last: Instant, now: Instant
) -> Instant | None:
    """What an absent member has had since then comes back; None: nothing yet."""
    absent = config.returning.absent
    if absent is None:
        return None
    jumps = [(gap.start, gap.end) for gap in duty.gaps(conn) if gap.jump]
    until = duty.back(duty.without([(now - duty.BACK - absent, now)], jumps), absent)
    left = max(last, state.since or 0)
    return until if until is not None and left <= until else None


def _untouched_until(conn: Connection, config: Config, member: str, now: Instant) -> Iterator[Instant]:
    """What a member has had since then without taking it up comes back."""
    if config.returning.take_up is not None:
        until = _back(conn, config, member, config.returning.take_up, now)
        if until is not None:
            yield until


def _back(conn: Connection, config: Config, member: str, length: int, now: Instant) -> Instant | None:
    """The instant since which a member was on duty for so long, as far as somebody could have seen them act."""
    skipped = [(gap.start, gap.end) for gap in duty.gaps(conn)]
    for span in (duty.NEAR, duty.BACK):
        on = duty.stretches(conn, config, member, now - span, now, counted=True)
        if (found := duty.back(duty.without(on, skipped), length)) is not None:
            return found
    return None


def _tell(conn: Connection, config: Config, now: Instant, told: Sequence[int]) -> None:
    """One notice of all that came back by these events."""
    by_reason: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    many: Counter[str] = Counter()
    for number in told:
        event = events.get(conn, number)
        if event is not None:
            member, why = str(event.detail.get("from", "")), str(event.detail.get("why", ""))
            ids = events.item_ids(conn, number)
            by_reason[member, why] += ids
            many[member] += len(ids)
    if not many:
        return  # what they were about was erased meanwhile
    total = many.total()
    only = next(iter(by_reason.values()))[0] if total == 1 else None
    title = f"{count_of(total, 'conversation')} returned to the queue: "
    title += ", ".join(f"{count:,} from {member}" for member, count in many.most_common())
    row = conversations.get(conn, only) if only is not None else None
    if row is not None:
        title = f"a conversation on {row.source} returned to the queue: {next(iter(by_reason))[1]}"
    leads = [member.handle for member in config.members if member.role == "lead"]
    people_told: dict[notices.Part, list[str]] = {"lead": leads, "assignee": list(many)}
    text = "\n".join(f"{why}: {_named(ids)}" for (_, why), ids in by_reason.items())
    key = f"returned:{told[0]}"
    notices.tell(conn, now, "returned", title, key=key, text=text, conversation_id=only, people=people_told)


def _named(ids: Sequence[int]) -> str:
    """The first of these conversations, and how many more."""
    more = f" and {len(ids) - NAMED:,} more" if len(ids) > NAMED else ""
    return ", ".join(f"#{number}" for number in ids[:NAMED]) + more

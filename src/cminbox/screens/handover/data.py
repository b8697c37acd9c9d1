"""A handover as the screen shows it, read on a thread beside: which one, its items as they stand now, its lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import NamedTuple

from cminbox import handover
from cminbox.config import Config
from cminbox.handover import News
from cminbox.handover.builder import is_named
from cminbox.handover.left import left_since
from cminbox.handover.words import LEVELS, clock
from cminbox.members import MAY_ACT
from cminbox.model import HOUR, Instant, Member
from cminbox.number_format import count_of
from cminbox.store import Connection, handovers
from cminbox.store.handovers import Handover, Item
from cminbox.textwidth import cut_line, wrap
from cminbox.widgets.styled_lines import ACCENT, ALARM, CARE, FAINT, MUTED, TEXT, Line, safe, size, spread

SO_FAR = 0
"""The number of the handover that nobody has signed yet."""
OLDER = 20
"""So many that are over can be looked at, the newest first."""
AWAY = HOUR
"""Who was away for longer is told what happened since."""
OWNER = 12
"""Cells of an owner."""
_STYLES: Mapping[str, str] = {"burning": ALARM, "watch": CARE, "steady": MUTED}
ASKED = (("worries", "worries {}"), ("promised", "promised outside by {}"), ("must_not", "not to be done, by {}"))
"""The words of who leaves, with what stands before them: {} is who."""
EMPTY = (
    "Nothing stands: nobody waits, nothing is promised, no crisis runs.",
    "e adds your words, s signs the shift over all the same; Tab shows those that were signed.",
)


class Shown(NamedTuple):
    """What the screen shows.

    Attributes:
        one: the handover; its number is 0 where nobody has signed it yet.
        items: its items; for one that waits to be taken, what began to burn since it was signed stands behind them.
        gone: how items have left the list since it was signed, by their keys.
        fresh: keys of what began to burn since.
        left: what had left the list before.
        before: the handover with which the shift began.
        numbers: of all handovers that can be looked at, in the order of Tab.
        news: what happened since this member was last here; None where they were not away.
        coming: of what nobody has signed yet: who comes and who leaves, as the calendar of shifts has it.
    """

    one: Handover
    items: tuple[Item, ...]
    gone: Mapping[str, str]
    fresh: frozenset[str]
    left: tuple[Item, ...]
    before: Handover | None
    numbers: tuple[int, ...]
    news: News | None
    coming: str = ""

    @property
    def waits(self) -> bool:
        """Whether somebody may take it."""
        return bool(self.one.id) and self.one.status == "signed"

    @property
    def unread(self) -> list[Item]:
        """The items that nobody has ticked."""
        return [item for item in self.items if item.ticked_at is None and item.key not in self.fresh]


def read(
    conn: Connection, config: Config, member: Member, session: str, now: Instant, wanted: int | None = None
) -> Shown:
    """What there is to show.

    Args:
        wanted: the number of a handover; None for the one that matters now: one that this member may take, else their
            own that waits, else the shift so far.
    """
    me, zone = member.handle, config.zone
    waiting = handovers.waiting(conn)
    takeable = [one for one in waiting if one.leaving != me]
    # One that is for this member comes first.
    takeable.sort(key=lambda one: (one.next != me, one.signed_at))
    mine = [one for one in waiting if one.leaving == me]
    known = {one.id for one in (*takeable, *mine)}
    over = [one.id for one in handovers.newest(conn, OLDER) if one.id not in known]
    numbers = (*(one.id for one in takeable), *(one.id for one in mine), SO_FAR, *over)
    number = wanted if wanted in numbers else numbers[0]
    news = _news(conn, me, session, now, zone)
    found = handovers.get(conn, number) if number else None
    if found is None:
        built = handover.build(conn, config, member, now)
        draft = built.unsigned(me, now)
        return Shown(draft, built.items, {}, frozenset(), built.left, built.before, numbers, news, built.coming)
    items = handovers.items(conn, number)
    if found.status == "taken":
        # What was the leaving member's moved.
        items = [one._replace(owner=found.taken_by) if one.owner == found.leaving else one for one in items]
    gone: dict[str, str] = {}
    fresh: list[Item] = []
    if found.status == "signed":
        gone = {item.key: item.how for item in left_since(conn, found, (), found.signed_at, now, zone)}
        known_keys = {item.key for item in items}
        built = handover.build(conn, config, member._replace(handle=found.leaving), now)
        new = [item for item in built.items if item.key not in known_keys and item.key not in gone]
        fresh = [item for item in new if item.level == "burning" and is_named(item)]
    return Shown(
        found,
        (*items, *fresh),
        gone,
        frozenset(item.key for item in fresh),
        tuple(handovers.items(conn, number, "left")),
        handovers.before(conn, found.leaving, found.signed_at),
        numbers,
        news,
    )


def _news(conn: Connection, me: str, session: str, now: Instant, zone: tzinfo) -> News | None:
    last = handovers.last_here(conn, me, session)
    if last is None or now - last < AWAY:
        return None
    return handover.news(conn, me, last, now, zone)


def useless(shown: Shown | None, member: Member) -> frozenset[str]:
    """The commands that do nothing with what is shown, for this member."""
    one, me = (shown.one if shown is not None else None), member.handle
    taking = {"handover.tick", "handover.take"}
    giving = {"handover.words", "handover.sign", "handover.plan"}
    if member.role not in MAY_ACT:
        return frozenset(taking | giving)
    if one is None or not one.id:
        return frozenset(taking)  # nothing is signed yet
    if one.status == "signed":
        return frozenset(taking if one.leaving == me else ())
    return frozenset(taking if one.taken_by != me else {"handover.take"})


# lines


def head(shown: Shown, me: str, now: Instant, zone: tzinfo, width: int) -> list[Line]:
    """Where one is, whose it is, and how far it is."""
    one = shown.one
    to = _you(one.taken_by or one.next, me) or "whoever takes it"
    what = f"handover {clock(one.signed_at, now, zone)}" if one.id else "handover so far"
    left: Line = (
        ("‹ queue   ", MUTED),
        (f"{what}   ", "bold"),
        safe(f"{_you(one.leaving, me)} → {to}", TEXT),
    )
    lines = [spread(left, (safe(_how_far(shown, me), CARE if shown.waits and shown.unread else MUTED),), width)]
    if (state := _state(shown, me, now, zone)) is not None:
        lines.append((safe(cut_line(state[0], width), state[1]),))
    if shown.news is not None and shown.news.lines:
        since = clock(shown.news.since, now, zone)
        told = f"since you were last here, {since}: {'; '.join(reversed(shown.news.lines))}"
        lines.append((safe(cut_line(told, width - 10), ACCENT), ("  n all", MUTED)))
    return lines


def _how_far(shown: Shown, me: str) -> str:
    """How many items there are, and how many are still to be read."""
    many = count_of(len(shown.items), "item")
    if shown.one.id and shown.waits and shown.one.leaving != me:
        return f"{many}, {len(shown.unread)} not yet yours" if shown.unread else f"{many}, all ticked"
    burning = sum(item.level == "burning" for item in shown.items)
    return f"{many}, {burning} burning" if shown.items else ""


def _state(shown: Shown, me: str, now: Instant, zone: tzinfo) -> tuple[str, str] | None:
    """Where it stands, and what is to be done, in one line; None where that is plain."""
    one = shown.one
    if not one.id:
        others = shown.numbers.index(SO_FAR)
        if others:
            return f"{count_of(others, 'signed handover')} to be taken: Tab", CARE
        return (f"next: {shown.coming}", MUTED) if shown.coming else None
    if one.status == "taken":
        back = f"; read back: {one.read_back}" if one.read_back else ""
        return f"{_you(one.taken_by, me)} took it at {clock(one.taken_at or 0, now, zone)}{back}", MUTED
    if one.status == "withdrawn":
        return "withdrawn", MUTED
    until = clock(one.take_by, now, zone)
    if one.returned_at is not None:
        return f"nobody took it by {until}: what was {one.leaving}'s to answer went back to the queue", ALARM
    if one.leaving == me:
        return f"signed; all stays with you until taken; at {until} it goes back to the queue", CARE
    return f"all stays with {one.leaving} until you have it: tick what you read, then y; by {until}", CARE


def item_line(item: Item, shown: Shown, me: str, width: int) -> Line:
    """An item in the list: ticked or not, how it stands, what it is, whose."""
    one = shown.one
    gone = shown.gone.get(item.key, "")
    ticked = item.ticked_at is not None
    box = ("✓ " if ticked else "+ " if item.key in shown.fresh else "□ ") if one.id else ""
    style = FAINT if gone else "bold" if item.level == "burning" and not ticked else ""
    level = (f"{LEVELS[item.level]} {item.level:<8} ", FAINT if gone else _STYLES[item.level])
    owner = _owner(item, me)
    left: Line = ((box, "$success" if ticked else MUTED), level)
    right: Line = (safe(cut_line(owner, OWNER), MUTED),)
    room = width - size(left) - size(right) - 2
    third = f"{item.stood + 1} shifts{' untouched' if item.untouched else ''}: " if item.stood >= 2 else ""
    words = f"{gone}: {item.line}" if gone else f"{third}{item.line}"
    text: Line = (
        safe(cut_line(words, max(room, 10)), style or ("bold" if item.level == "burning" and not ticked else "")),
    )
    return spread((*left, *text), right, width)


def left_line(item: Item, width: int) -> Line:
    """What left the list, and how."""
    how = cut_line(item.how, 34)
    return (safe(f"{how}  ", MUTED), safe(cut_line(item.line, max(width - size(((how, ""),)) - 2, 10))))


def _owner(item: Item, me: str) -> str:
    if item.owner:
        return "you" if item.owner == me else item.owner
    return "nobody" if item.conversation_id is not None or item.kind == "crisis" else ""


def details(
    item: Item | None, shown: Shown, me: str, now: Instant, zone: tzinfo, width: int, *, titled: bool = True
) -> list[Line]:
    """All that is known of an item.

    Args:
        titled: its line too; else what the list does not say.
    """
    if item is None:
        return []
    promised = ""
    if item.promised:
        by = f" by {clock(item.by_at, now, zone)}" if item.by_at is not None else ""
        promised = f"promised {item.promised_to}{by}: {item.promised}"
    stood = f"stood in {count_of(item.stood, 'handover')} before" if item.stood else ""
    untouched = "nobody did anything about it since" if item.untouched else ""
    facts = " · ".join(filter(None, (item.about, _whose(item, me), stood, untouched)))
    title = [(item.line, "bold")] if titled else []
    rows = [*title, (facts, MUTED), (promised, ""), (item.if_then, ACCENT), (item.note, "")]
    if item.ticked_by:
        rows.append((f"ticked by {_you(item.ticked_by, me)}", MUTED))
    return [(safe(part, style),) for text, style in rows if text for part in wrap(text, width)]


def _whose(item: Item, me: str) -> str:
    owner = _owner(item, me)
    return f"owner: {owner}" if owner else ""


def words_lines(shown: Shown, me: str, width: int) -> list[Line]:
    """What the leaving member wrote, and what the one before them wrote of things outside of the tool."""
    one = shown.one
    who = _you(one.leaving, me)
    found = [f"{title.format(who)}: “{text}”" for name, title in ASKED if (text := getattr(one, name).strip())]
    if shown.before is not None:
        earlier = [("promised outside", shown.before.promised.strip()), ("do not", shown.before.must_not.strip())]
        said = "; ".join(f"{title}: {text}" for title, text in earlier if text)
        found += [f"before, {_you(shown.before.leaving, me)}: {said}"] if said else []
    if not found and not one.id:
        found = ["no words of yours yet: e"]
    return [(safe(cut_line(line, width), MUTED),) for line in found]


def last_row(shown: Shown, left_key: str) -> Line:
    """How much left the list since the handover before."""
    return (safe(f"left the list: {len(shown.left)} ▸ {left_key}", MUTED),) if shown.left else ()


def news_lines(news: News | None, width: int) -> Iterator[Line]:
    """What happened since somebody was last here."""
    for line in news.lines if news is not None else ():
        for place, part in enumerate(wrap(line, width - 2)):
            yield (("  " if place else "· ", MUTED), safe(part))


def question(shown: Shown) -> str:
    """What is asked of who takes it."""
    unread = len(shown.unread)
    rest = f" ({count_of(unread, 'item')} not ticked)" if unread else ""
    return f"You have it{rest}. Read back the three that matter, in one line"


def _you(handle: str, me: str) -> str:
    return "you" if handle == me else handle


def rows(items: Sequence[Item], shown: Shown, me: str, width: int) -> list[list[Line]]:
    """The items as rows of the list."""
    return [[item_line(item, shown, me, width)] for item in items]

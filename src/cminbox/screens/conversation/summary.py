"""What stands around a conversation's thread: state and who above, why, contact and last events beside, why below."""

from __future__ import annotations

from collections.abc import Sequence

from cminbox import handles, links
from cminbox.duration import format_rough
from cminbox.model import HOUR, StoredPost, band
from cminbox.number_format import count_of
from cminbox.screens.conversation import data, words
from cminbox.screens.conversation.data import ConversationDetails
from cminbox.sources.glyphs import glyph_of
from cminbox.textwidth import cut_line, width_of
from cminbox.widgets.facts import facts_lines, why_line, why_lines
from cminbox.widgets.queue_row import PROMISE
from cminbox.widgets.styled_lines import ACCENT, ALARM, CARE, MUTED, Line, Piece, safe, shortened, size, spread

PROMISES = 3
"""Open promises that stand above a thread."""
TALKS = 5
"""Other conversations that are listed beside a thread."""


class ConversationSummary:
    """The `Surroundings` of a conversation's thread; no lines while there are no details.

    Args:
        crumb: what stands before the state: where going back leads.
        footed: whether the reasons stand in the last line where the side is not shown.
        talks_key: the key that leads to the other conversations of the same person; empty for none.
    """

    def __init__(self, crumb: str = "", *, footed: bool = True, talks_key: str = "") -> None:
        self.details: ConversationDetails | None = None
        self._crumb, self._footed, self._talks_key = crumb, footed, talks_key

    def head(self, room: int) -> Sequence[Line]:
        """State and who, in a line each; below them what they comment on, and what was promised."""
        if self.details is None:
            return ()
        lines = [_state(self.details, self._crumb, room), _who(self.details, room, self._talks_key)]
        lines += [_post(self.details.post, room)] if self.details.post is not None else []
        return [*lines, *_promises(self.details, room)]

    def foot(self, room: int) -> Line:
        """The reasons in one line."""
        if self.details is None or not self._footed:
            return ()
        return why_line(self.details.row.priority, self.details.row.reasons, room)

    def side(self, room: int, columns: int) -> Sequence[Sequence[Line]]:
        """Why; contact and last events, in a column of their own where there are two."""
        details = self.details
        if details is None:
            return ()
        row = details.row
        why = why_lines(row.priority, band(row.priority), row.reasons, room, by=row.priority_by)
        known = facts_lines("contact", words.contact_rows(row, details.now, details.zone), room)
        if ended := words.ended_promises(details.promises, details.me, details.now):
            known = [*known, (), *facts_lines("promises before", ended, room)]
        if details.taken:
            taken = words.taken_rows(details.taken, details.me, details.now)
            known = [*known, (), *facts_lines("done to them on the network", taken, room)]
        if details.talks:
            known = [*known, (), *_talks(details, room, self._talks_key)]
        if log := words.event_rows(details.events, details.me, details.now, details.zone):
            known = [*known, (), *facts_lines("last events", log, room)]
        return ([*why, (), *known],) if columns == 1 else (why, known)


def _talks(details: ConversationDetails, room: int, key: str) -> list[Line]:
    """The newest other conversations of the same person: state, network, first words, age."""
    lines: list[Line] = [(safe(f"their other conversations{f'   {key} opens them' if key else ''}", "bold"),)]
    for talk in details.talks[:TALKS]:
        head: Line = (safe(f"{talk.status:<8}", MUTED), safe(f"{glyph_of(talk.network)} ", MUTED))
        age: Line = ((f" {format_rough(details.now - talk.newest_at)}", MUTED),)
        said = cut_line(talk.preview or talk.title, room - size(head) - size(age))
        lines.append(spread((*head, safe(said)), age, room))
    if len(details.talks) > TALKS:
        more = "+" if len(details.talks) == data.TALKS else ""
        lines.append(((f"and {len(details.talks) - TALKS}{more} more", MUTED),))
    return lines


def _promises(details: ConversationDetails, room: int) -> list[Line]:
    """The open promises, a line each; only so many where there are more."""
    waiting = [promise for promise in details.promises if promise.status == "open"]
    lines: list[Line] = []
    for promise in waiting[:PROMISES]:
        left = promise.due_at - details.now
        style = f"bold {ALARM}" if left < 0 else CARE if left < HOUR else ""
        said = words.promise_words(promise, details.me, details.now, details.zone)
        lines.append(shortened(((f"{PROMISE} ", ACCENT), safe(said, style)), room))
    if len(waiting) > PROMISES:
        lines.append(((f"  and {count_of(len(waiting) - PROMISES, 'more promise')}", MUTED),))
    return lines


def _post(post: StoredPost, room: int) -> Line:
    """The title and the address of what they comment on."""
    title = f"on “{cut_line(post.title, max(10, room * 2 // 3))}”" if post.title else "on"
    address = links.address(post.url, max(10, room - width_of(title) - 2)) if post.url else ""
    return shortened((safe(title, MUTED), ("  ", ""), safe(address, MUTED)), room)


def _who(details: ConversationDetails, room: int, talks_key: str) -> Line:
    row = details.row
    pieces: list[Piece] = []
    if until := words.answer_until_words(row, details.now):
        pieces.append(safe(until, CARE))
    if about := words.who_words(row):
        pieces.append(safe(about, MUTED))
    if row.crisis:
        pieces.append(safe(f"crisis {row.crisis}", ALARM))
    if back := words.back_words(row, details.now):
        pieces.append(safe(back, CARE if row.came_back else MUTED))
    if row.labels:
        pieces.append(safe(" ".join(row.labels), ACCENT))
    if details.taken and (taken := words.taken_rows(details.taken, details.me, details.now)):
        pieces.append(safe(f"{taken[0][1]} {taken[0][0]}", CARE))
    pieces += [safe(words.asked_words(question, details.now), CARE) for question in details.asked[:2]]
    if watched := words.watcher_words(row, details.me):
        pieces.append(safe(watched, MUTED))
    if details.earlier:
        pieces.append((count_of(details.earlier, "earlier message"), MUTED))
    if details.talks:
        more = "+" if len(details.talks) == data.TALKS else ""
        many = f"{len(details.talks)}{more} other conversation{'' if len(details.talks) == 1 else 's'}"
        pieces.append((f"{many}{f' ({talks_key})' if talks_key else ''}", MUTED))
    if others := words.others_words(details.others, details.me):
        pieces.append(safe(others, CARE))
    if not pieces:
        pieces.append(safe(f"{row.kind} on {row.source}", MUTED))
    return shortened(_joined(pieces, ("   ", "")), room)


def _state(details: ConversationDetails, crumb: str, room: int) -> Line:
    """The first line. Where it is narrow its context gives way; when a reply is due and who holds it never do."""
    row = details.row
    who = handles.called(row.network, row.handle, row.name)
    due = words.due_words(row, details.now, details.zone)
    late = f"bold {ALARM}" if words.overdue(row, details.now) else ""
    parts = {
        "network": safe(row.network),
        "who": safe(who, "bold"),
        "status": safe(row.status),
        "priority": safe(f"{row.priority} {band(row.priority)}"),
        "mood": safe(words.direction_words(row), CARE if row.content.mood_direction == "getting worse" else ""),
        "due": safe(due, late),
        "holder": safe(words.holder_words(row, details.claim, details.me, details.now)),
    }

    def line() -> Line:
        return (crumb, MUTED), *_joined([part for part in parts.values() if part[0]], (" · ", MUTED))

    def over() -> int:
        return size(line()) - room

    local, _, server = row.handle.partition("@")
    if over() > 0 and server:
        parts["who"] = safe(handles.written(row.network, local), "bold")
    if over() > 0:
        del parts["mood"]
    if over() > 0:
        del parts["network"]
    if over() > 0 and row.status == "open":
        del parts["status"]
    if over() > 0:
        parts["priority"] = (str(row.priority), "")
    if over() > 0:
        crumb = crumb[:2]
    if over() > 0 and due.startswith("reply "):
        parts["due"] = safe(due.removeprefix("reply "), late)
    if over() > 0:
        name = parts["who"][0]
        parts["who"] = safe(cut_line(name, max(size((parts["who"],)) - over(), 10)), "bold")
    return shortened(line(), room)


def _joined(pieces: Sequence[Piece], between: Piece) -> Line:
    found: list[Piece] = []
    for piece in pieces:
        found += [between, piece] if found else [piece]
    return tuple(found)

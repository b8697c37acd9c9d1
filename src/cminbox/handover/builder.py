"""Makes a handover from the store: what the next one must know, in the order in which they must know it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cminbox.config import Config
from cminbox.handover.left import left_since
from cminbox.handover.next_shift import NextShift, next_shift
from cminbox.handover.words import clock, person, said
from cminbox.model import DAY, HOUR, MINUTE, Conversation, Instant, Member
from cminbox.number_format import count_of
from cminbox.query import Context, parse
from cminbox.store import (
    Connection,
    conversations,
    crises,
    engine,
    handover_reading,
    handovers,
    promises,
    questions,
    search,
    sources,
)
from cminbox.store.handover_reading import MANY
from cminbox.store.handovers import Handover, Item, ItemKind, Level, Words

PAGE = 14
"""So many lines are on one page of a terminal with 24 of them."""
NAMED = 5
"""So many of a kind are named at most, before the rest of them is one line."""
PRESS = "(is:vip OR role:journalist OR role:influencer)"
LONGEST_CHAIN = 9
"""So many handovers back it is looked how long a matter has stood."""
NEWS = ("proposed", "declared", "confirmed", "update")
"""What in a crisis's timeline is told as its news."""
HANDING = ("handover taken", "compose")
"""What a member does to a conversation that is no work at it."""


class Built(NamedTuple):
    """A handover as it would be signed now.

    Attributes:
        since: when the shift began that it tells of.
        left: what left the list since then.
        figures: how much was done since then, by what.
        words: what the leaving member has written so far.
        before: the handover with which the shift began.
        coming: who comes and who leaves, in words; empty without a calendar of shifts.
    """

    since: Instant
    items: tuple[Item, ...]
    left: tuple[Item, ...]
    figures: dict[str, int]
    words: Words
    before: Handover | None = None
    coming: str = ""

    def unsigned(self, leaving: str, now: Instant) -> Handover:
        """It as a handover that nobody has signed: its number is 0."""
        words = self.words
        return Handover(
            id=0,
            leaving=leaving,
            next=words.next,
            since=self.since,
            signed_at=now,
            take_by=now,
            status="signed",
            worries=words.worries,
            promised=words.promised,
            must_not=words.must_not,
            figures=self.figures,
            taken_by="",
            taken_at=None,
            read_back="",
            withdrawn_at=None,
            returned_at=None,
        )


def build(conn: Connection, config: Config, member: Member, now: Instant) -> Built:
    """The handover that a member would sign at an instant."""
    last = handovers.before(conn, member.handle, now)
    coming = next_shift(conn, config, member.handle, now)
    began = coming.began if coming.began is not None else now - config.handover.ahead
    since = last.signed_at if last is not None else began
    groups = Groups(conn, config, member, now, coming).all()
    items = folded(groups, PAGE)
    plans = handovers.plans(conn)
    items = [item._replace(if_then=plans.get(item.key, item.if_then)) for item in items]
    notes = handover_reading.last_notes(conn, [item.conversation_id for item in items if item.conversation_id])
    items = [
        item._replace(note=said(notes[item.conversation_id], 120)) if item.conversation_id in notes else item
        for item in items
    ]
    items = list(_stood(conn, items, last))
    left = left_since(conn, last, {item.key for group in groups for item in group.named}, since, now, config.zone)
    return Built(
        since,
        tuple(items),
        tuple(left),
        handover_reading.figures(conn, since, now),
        handovers.words_of(conn, member.handle),
        last,
        coming.words(config, now),
    )


# groups


class Group(NamedTuple):
    """Items of a kind, the first first.

    Attributes:
        named: those that can be named one by one.
        total: how many there are in all.
        rest: makes the line that stands for those that are not named; given how many these are.
    """

    named: Sequence[Item]
    total: int
    rest: Item | None = None

    def lines(self, named: int) -> list[Item]:
        """The items, so many of them named."""
        shown = list(self.named[:named])
        if self.rest is None or self.total <= len(shown):
            return shown
        left = self.total - len(shown)
        line = self.rest.line.format(count=f"{left:,}", more=" more" if shown else "")
        return [*shown, self.rest._replace(line=line, many=left)]

    def size(self, named: int) -> int:
        """How many lines they are."""
        return len(self.lines(named))


def folded(groups: Sequence[Group], most: int) -> list[Item]:
    """The items of all groups in order, on so many lines if that can be: what matters least is folded first."""
    named = [min(NAMED, len(group.named)) for group in groups]

    def lines() -> int:
        return sum(group.size(count) for group, count in zip(groups, named, strict=True))

    while lines() > most:
        # Of the longest groups the last one; a group keeps its first one.
        longest = max((count for group, count in zip(groups, named, strict=True) if group.rest), default=0)
        if longest <= 1:
            break
        place = max(place for place, group in enumerate(groups) if group.rest is not None and named[place] == longest)
        named[place] -= 1
    return [item for group, count in zip(groups, named, strict=True) for item in group.lines(count)]


class Groups:
    """What there is to hand over, by kind.

    Args:
        member: who leaves.
        now: the instant at which it is looked.
        coming: the shift after theirs.
    """

    def __init__(self, conn: Connection, config: Config, member: Member, now: Instant, coming: NextShift) -> None:
        self._conn, self._config, self._member, self._now = conn, config, member, now
        self._zone = config.zone
        self._until = coming.end
        first = coming.first_hour
        self._due_soon = "is:due" if first - now <= HOUR else f"due:<{-(-(first - now) // MINUTE)}m"
        self._first_hour = "within the hour" if first - now <= HOUR else f"by {self._clock(first)}"
        self._context = Context(now, member.handle, member.teams, zone=config.zone)
        self._promises = promises.open_until(conn, self._until, MANY)
        self._promised = frozenset(one.conversation_id for one in self._promises)
        """Their conversations: each is told with its promise, and nowhere else."""

    def all(self) -> list[Group]:
        """The groups in their order."""
        return [
            self._crises(),
            self._due(),
            self._of_promises(),
            self._questions(),
            self._stuck(),
            self._vip(),
            self._snoozed(),
            self._sources(),
            self._held(),
            self._promised_later(),
            self._unassigned(),
        ]

    # crises and roles

    def _crises(self) -> Group:
        found = [one for one in crises.all(self._conn) if one.status in ("running", "proposed")]
        named = []
        for one in found:
            if one.status == "proposed":
                line = f"SEV {one.severity} {said(one.name)}: proposed, nobody confirmed or dismissed it"
                plan, level = "if it is one, then confirm it with a reason, else dismiss it", "watch"
            else:
                line, level = f"SEV {one.severity} {said(one.name)}: {self._next_word(one.next_update_at)}", "burning"
                plan = "if you answer in it, then another member approves" if one.approval else ""
            news = [entry for entry in crises.timeline(self._conn, one.id, 50) if entry.what in NEWS and entry.text]
            last = f"{news[-1].member or 'a rule'} {self._clock(news[-1].at)}: {news[-1].text}" if news else ""
            because = f"because: {one.reason}" if one.reason and not last.endswith(one.reason) else ""
            named.append(
                Item(
                    f"crisis:{one.id}",
                    "crisis",
                    "burning" if level == "burning" else "watch",
                    line,
                    promised="next word" if one.next_update_at is not None and one.status == "running" else "",
                    promised_to="everybody" if one.next_update_at is not None and one.status == "running" else "",
                    by_at=one.next_update_at if one.status == "running" else None,
                    owner=one.lead,
                    if_then=plan,
                    note=said(" · ".join(filter(None, (because, last))), 160),
                    about=count_of(one.conversation_count, "conversation"),
                    crisis_id=one.id,
                    query=f"crisis:#{one.id}",
                    many=max(one.conversation_count, 1),
                )
            )
        return Group(named, len(named))

    def _next_word(self, at: Instant | None) -> str:
        if at is None:
            return "no next word promised"
        word = "next word was due" if at < self._now else "next word"
        return f"{word} {self._clock(at)}"

    # overdue, and due in the first hour

    def _due(self) -> Group:
        due = f"is:open {self._due_soon}"
        first = self._page(f"{due} {PRESS}", NAMED + 1)
        known = {row.id for row in first}
        rows = [*first, *(row for row in self._page(due, NAMED + 1) if row.id not in known)][: NAMED + 1]
        named = [self._conversation(row, "due", "burning") for row in rows]
        rest = Item("due:more", "due", "burning", f"{{count}}{{more}} overdue or due {self._first_hour}", query=due)
        return Group(named, self._many(due, named), rest)

    def _many(self, text: str, named: Sequence[Item]) -> int:
        """How many match, without those that are told with their promise."""
        told = conversations.among(self._conn, self._test(text), self._promised) if self._promised else ()
        # Somebody may write between the two.
        return max(self._tally(text) - len(told), len(named))

    def _conversation(self, row: Conversation, kind: ItemKind, level: Level) -> Item:
        """A conversation that waits."""
        when, plan = self._when(row), ""
        if row.due_at is not None and row.due_at >= self._now:
            plan = f"if nobody answers by {self._clock(row.due_at)}, then it is a miss"
        return Item(
            f"conversation:{row.id}",
            kind,
            level,
            f"{person(row)} {when}: “{said(row.preview)}”",
            by_at=row.due_at,
            owner=self._owner(row),
            if_then=plan,
            conversation_id=row.id,
            about=_about(row),
        )

    def _when(self, row: Conversation) -> str:
        """Since when, or until when somebody waits."""
        if row.due_at is not None:
            return f"{'overdue since' if row.due_at < self._now else 'due'} {self._clock(row.due_at)}"
        return f"waits since {self._clock(row.waiting_since)}" if row.waiting_since is not None else "is open"

    def _clock(self, when: Instant) -> str:
        return clock(when, self._now, self._zone)

    @staticmethod
    def _owner(row: Conversation) -> str:
        return row.assignee or (f"team:{row.team}" if row.team else "")

    # promises of the next shift

    def _of_promises(self) -> Group:
        found = self._promises
        shown = found[: NAMED + 1]
        named = []
        for one, (row, who) in zip(shown, self._people([one.conversation_id for one in shown]), strict=True):
            late, at = one.due_at < self._now, self._clock(one.due_at)
            waits = ""
            if row is not None and row.due_at is not None and row.due_at <= self._now + HOUR and row.status == "open":
                waits = f"; {self._when(row)}"
            named.append(
                Item(
                    f"promise:{one.id}",
                    "promise",
                    "burning",
                    f"{who}: {said(one.text, 60)} {'promised, was due' if late else 'promised by'} {at}{waits}",
                    promised=said(one.text, 120),
                    promised_to=who,
                    by_at=one.due_at,
                    owner=one.owner,
                    if_then=self._broken_plan(one),
                    conversation_id=one.conversation_id,
                    about=_about(row),
                )
            )
        total = promises.count_open_until(self._conn, self._until) if len(found) == MANY else len(found)
        ids = tuple(dict.fromkeys(one.conversation_id for one in found))
        line = "{count}{more} promised for the next shift"
        return Group(named, total, Item("promise:more", "promise", "burning", line, ids=ids))

    def _broken_plan(self, one: promises.Promise) -> str:
        at = self._clock(one.due_at)
        if one.due_at < self._now:
            return "if it was done, then say :kept; else tell them when it will be"
        return f"if it cannot be done by {at}, then tell them before"

    # what waits for colleagues

    def _questions(self) -> Group:
        found = questions.open_ones(self._conn, MANY)
        shown = found[: NAMED + 1]
        named = []
        for one, (row, who) in zip(shown, self._people([one.conversation_id for one in shown]), strict=True):
            asked = self._clock(one.asked_at)
            plan = ""
            if one.remind_at is not None:
                at = self._clock(one.remind_at)
                plan = f"if there is no answer by {at}, then {one.expert} is asked again"
            named.append(
                Item(
                    f"question:{one.id}",
                    "question",
                    "watch",
                    f"{who} waits for {one.expert}, asked {asked}: “{said(one.text)}”",
                    by_at=one.remind_at,
                    owner=one.handed_to or one.asked_by,
                    if_then=plan,
                    conversation_id=one.conversation_id,
                    about=_about(row),
                )
            )
        ids = tuple(dict.fromkeys(one.conversation_id for one in found))
        line = "{count}{more} wait for a colleague's answer"
        return Group(named, len(found), Item("question:more", "question", "watch", line, ids=ids))

    # the outbox

    def _stuck(self) -> Group:
        found = [*handover_reading.stuck(self._conn), *handover_reading.given_back(self._conn)]
        counts = handover_reading.stuck_counts(self._conn)
        total = sum(counts.values()) + sum(one.rejected for one in found)
        shown = found[: NAMED + 1]
        rows = conversations.many(self._conn, [one.conversation_id for one in shown])
        named = []
        for one in shown:
            row = rows.get(one.conversation_id)
            if row is None:
                continue
            what = f"{one.verb} by {one.member}" if one.verb else f"reply by {one.member}"
            at = self._clock(one.next_try_at) if one.next_try_at else ""
            if one.rejected:
                state, plan = "was given back", f"if {one.member} does not write it anew, then answer it yourself"
            elif one.status == "unknown":
                again = f", looked up again {at}" if at else ""
                state = f"is unknown: maybe there{again}"
                plan = "if it is not there, then it goes out by itself: do not send it again by hand"
            elif one.status == "failed":
                state = f"failed: {said(one.error or 'no reason told', 50)}"
                plan = "if the reason is gone, then :retry sends it"
            else:
                state, plan = "awaits approval", "if nobody approves it, then they wait"
            named.append(
                Item(
                    f"reply:{one.id}",
                    "reply",
                    "watch",
                    f"{what} to {person(row)} {state}",
                    owner=self._owner(row) or one.member,
                    if_then=plan,
                    conversation_id=row.id,
                    about=_about(row),
                )
            )
        words = ", ".join(f"{count:,} {status}" for status, count in sorted(counts.items()))
        line = f"{{count}}{{more}} stuck in the outbox ({words or 'given back'} in all)"
        rest = Item("reply:more", "reply", "watch", line, query="(is:failed OR is:awaiting OR is:rejected)")
        return Group(named, total, rest)

    # VIPs and the press

    def _vip(self) -> Group:
        watched = f"is:open {PRESS} -{self._due_soon}"
        rows = self._page(watched, NAMED + 1)
        named = [self._conversation(row, "vip", "watch") for row in rows]
        rest = Item("vip:more", "vip", "watch", "{count}{more} open of VIPs and the press", query=watched)
        return Group(named, self._many(watched, named), rest)

    # snoozed ones that wake, sources, and the rest

    def _snoozed(self) -> Group:
        found = handover_reading.waking(self._conn, self._until)
        if not found:
            return Group((), 0)
        many = f"{count_of(len(found), 'snoozed one')}{' or more' if len(found) == MANY else ''}"
        line = f"{many} wake{'s' if len(found) == 1 else ''} before {self._clock(self._until)}"
        plan = "if they write before, then they wake at once"
        item = Item("snoozed", "snoozed", "steady", line, if_then=plan, ids=tuple(found), many=len(found))
        return Group([item], 1)

    def _sources(self) -> Group:
        named = list(self._troubles())
        return Group(named, len(named), Item("source:more", "source", "watch", "{count}{more} sources in trouble"))

    def _troubles(self) -> Iterator[Item]:
        row = engine.get(self._conn)
        if row is not None and row.problem:
            yield Item("engine", "source", "watch", f"the engine: {said(row.problem, 90)}")
        for one in sources.all(self._conn):
            if not one.polled or one.off:
                continue
            plan = f"if it stays so, then {said(one.hint, 90)}" if one.hint else ""
            ends = one.token_ends_at
            if one.paused_by:
                line, plan = f"is paused by {one.paused_by}", "if it is to go on, then P on the sources (F4) lets it"
            elif one.state not in ("ok", "new"):
                line = f"is {one.state}: {said(one.error or 'nothing told', 60)}"
            elif one.silence:
                line = said(one.silence, 70)
            elif ends is not None and not one.token_renewed and ends <= max(self._until, self._now + DAY):
                line = f"needs a new login by {self._clock(ends)}"
                plan = f"if nobody does, then nothing comes in: cminbox sources login {one.name}"
            else:
                continue
            yield Item(f"source:{one.id}", "source", "watch", f"source {one.name} {line}", if_then=plan)

    def _held(self) -> Group:
        who = self._member.handle
        had = handover_reading.had_by(self._conn, who)
        counts = [(had.get("open", 0), "open"), (had.get("pending", 0), "answered"), (had.get("snoozed", 0), "snoozed")]
        total = sum(count for count, _ in counts)
        drafts = handover_reading.drafts_of(self._conn, who)
        named = []
        if total:
            parts = ", ".join(f"{count:,} {word}" for count, word in counts if count)
            query = f"assignee:{_quoted(who)} (is:open OR is:pending OR is:snoozed)"
            line = f"{who} has {count_of(total, 'conversation')}: {parts}"
            named.append(Item(f"held:{who}", "held", "steady", line, owner=who, query=query, many=total))
        if drafts:
            line = f"{who} has begun {count_of(len(drafts), 'reply', 'replies')} and not sent {_them(len(drafts))}"
            ids = tuple(drafts)
            named.append(Item(f"drafts:{who}", "held", "steady", line, owner=who, ids=ids, many=len(drafts)))
        return Group(named, len(named))

    def _promised_later(self) -> Group:
        """What the leaving member has promised for after the next shift: it moves with its conversation."""
        found = promises.later_of(self._conn, self._member.handle, self._until, MANY)
        shown = found[: NAMED + 1]
        named = []
        for one, (row, who) in zip(shown, self._people([one.conversation_id for one in shown]), strict=True):
            named.append(
                Item(
                    f"later:{one.id}",
                    "held",
                    "steady",
                    f"{who}: {said(one.text, 60)} promised by {self._clock(one.due_at)}",
                    promised=said(one.text, 120),
                    promised_to=who,
                    by_at=one.due_at,
                    owner=one.owner,
                    conversation_id=one.conversation_id,
                    about=_about(row),
                )
            )
        ids = tuple(dict.fromkeys(one.conversation_id for one in found))
        rest = Item("later:more", "held", "steady", "{count}{more} promised for later", ids=ids)
        return Group(named, len(found), rest)

    def _unassigned(self) -> Group:
        total = self._tally("is:open is:unassigned")
        if not total:
            return Group((), 0)
        where = search.to_sql(parse("is:open is:unassigned"), self._context, conversations.counter(self._conn))
        oldest = conversations.page(self._conn, where, "waiting", limit=1)
        since = oldest[0].waiting_since if oldest else None
        waits = f", the oldest waits since {self._clock(since)}" if since is not None else ""
        line = f"{total:,} open {'is' if total == 1 else 'are'} nobody's{waits}"
        query = "is:open is:unassigned"
        return Group([Item("unassigned", "unassigned", "steady", line, query=query, many=total)], 1)

    # reading

    def _people(self, ids: Sequence[int]) -> list[tuple[Conversation | None, str]]:
        """The conversations with these ids, None for one that is gone, and whose each is."""
        rows = conversations.many(self._conn, ids)
        return [(row, person(row) if row is not None else "somebody") for row in map(rows.get, ids)]

    def _test(self, text: str) -> search.Condition:
        return search.to_test(parse(text), self._context)

    def _page(self, text: str, limit: int) -> list[Conversation]:
        """The first that match, by priority, without those that are told with their promise."""
        where = search.to_sql(parse(text), self._context, conversations.counter(self._conn))
        found: list[Conversation] = []
        rows = conversations.page(self._conn, where, "priority", limit=2 * limit)
        while rows:
            found += [row for row in rows if row.id not in self._promised]
            if len(found) >= limit or len(rows) < 2 * limit:
                break
            rows = conversations.page(self._conn, where, "priority", rows[-1], 2 * limit)
        return found[:limit]

    def _tally(self, text: str) -> int:
        return conversations.tally(self._conn, parse(text), self._context)


def _about(row: Conversation | None) -> str:
    """Where a conversation is, and in what language."""
    return ", ".join(filter(None, (row.network, row.lang))) if row is not None else ""


def _quoted(handle: str) -> str:
    return f'"{handle}"'


def _them(count: int) -> str:
    return "it" if count == 1 else "them"


# how long it has stood


def _stood(conn: Connection, items: Iterable[Item], last: Handover | None) -> Iterator[Item]:
    """The items, each with in how many handovers it stood before, and whether nobody has touched it since."""
    chain: list[tuple[Handover, set[str]]] = []
    one = last
    while one is not None and len(chain) < LONGEST_CHAIN:
        chain.append((one, {item.key for item in handovers.items(conn, one.id)}))
        one = handovers.before(conn, one.leaving, one.signed_at)
    for item in items:
        stood = next((place for place, (_, keys) in enumerate(chain) if item.key not in keys), len(chain))
        if not stood or not is_named(item):
            yield item
            continue
        since = chain[stood - 1][0].signed_at
        yield item._replace(stood=stood, untouched=stood >= 2 and not _touched(conn, item, since))


def is_named(item: Item) -> bool:
    """Whether it is one matter; else it stands for many."""
    return item.key.partition(":")[0] in ("crisis", "conversation", "promise", "question", "reply", "source") and (
        not item.key.endswith(":more")
    )


def _touched(conn: Connection, item: Item, since: Instant) -> bool:
    """Whether a member did something about it since then."""
    if item.crisis_id is not None:
        return bool(handover_reading.crises_acted_on(conn, [item.crisis_id], since))
    if item.conversation_id is not None:
        return bool(handover_reading.acted_on(conn, [item.conversation_id], since, HANDING))
    return False

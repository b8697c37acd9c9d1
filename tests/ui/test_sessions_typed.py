"""Whole sessions typed into the real program, in one write and key by key: they end the same."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from real import Terminal, environment
from ui_world import World

from cminbox.desk.actions import Close
from cminbox.members import account_name
from cminbox.model import now
from cminbox.query import Context, parse
from cminbox.store import contacts, conversations, crises, notes, promises, replies
from cminbox.store.search import to_sql

pytestmark = pytest.mark.xdist_group("typed")  # one worker waits for them all, and the others work meanwhile

PACES = (0.0, 0.03, 0.06, 0.12)
"""Seconds between two keys; all in one write where it is nothing."""
SIZES = ((80, 24), (120, 40), (200, 50))
PATIENCE = 15.0
"""Seconds in which a session has to have done what it does, however busy the machine is."""
WORK = '[[view]]\nname = "Work"\nquery = "is:open"\nsort = "waiting"\n'
MEMBER = '[[member]]\nhandle = "me"\nlogin = "{login}"\nteams = ["care"]\n'
TEMPLATE = '[[template]]\nname = "fifth"\ntitle = "Fifth"\nquick = 5\n[template.text]\nen = "Five it is."\n'
ENTER, SEND, PALETTE, ESC, QUEUE, REFRESH = "\r", "\x13", "\x10", "\x1b", "\x1bOP", "\x12"
ROWS = 3
"""Conversations that a session may touch: the first ones of the list."""


@dataclass(frozen=True)
class Session:
    """What is typed in the queue with the cursor on the first row, and what it does to the first rows.

    Attributes:
        keys: each of them one that a person presses.
        does: what `Typist.found` tells of each row that is touched, by its place.
        leaves: typed afterwards, so that the next begins in the queue; taken one by one.
    """

    name: str
    keys: Sequence[str]
    does: dict[int, dict[str, Any]]
    leaves: Sequence[str] = (QUEUE,)


SESSIONS = (
    Session("template", (ENTER, "5", SEND, "]"), {0: {"replies": ["held Five it is."]}}),
    Session("reply", ("r", *"Thank you, Ana", SEND), {0: {"replies": ["held Thank you, Ana"]}}),
    Session("snooze", ("s", *"tom 9:00", ENTER, "e", "u"), {0: {"status": "snoozed"}}),
    Session("unanswered", ("e", "e", "A"), {0: {"status": "closed"}, 1: {"assignee": "me"}}),
    Session("cancelled", ("e", "A", "l", *"as", ENTER), {0: {"labels": ("as",)}}),
    Session("chatter", ("d", *"chatter", ENTER, "A"), {0: {"status": "closed"}, 1: {"assignee": "me"}}),
    Session("days", ("r", *"3 days at most", SEND), {0: {"replies": ["held 3 days at most"]}}),
    Session("kept", ("r", *"Hello there my friend", ESC), {0: {"replies": ["draft Hello there my friend"]}}),
    Session(
        "next",
        ("R", *"One", SEND, *"Two", SEND, *"ee", ESC),
        {0: {"replies": ["held One"]}, 1: {"replies": ["held Two"]}, 2: {"replies": ["draft ee"]}},
    ),
    Session(
        "left", ("r", *"Thank you", ESC, "l", *"ab", ENTER), {0: {"replies": ["draft Thank you"], "labels": ("ab",)}}
    ),
    Session("back", (ENTER, ESC, "j", "A"), {0: {}, 1: {"assignee": "me"}}),
    Session(
        "unpicked",
        ("l", *"eeS", ESC, "A", "u", ESC, "j", "e", "e", "A"),
        {0: {}, 1: {"status": "closed"}, 2: {"assignee": "me"}},
    ),
    Session("unsaid", (":", *"label q e", ESC, "f", ESC, "A"), {0: {"assignee": "me"}}),
    Session("label", ("l", *"eeS", ENTER, "A"), {0: {"labels": ("eeS",), "assignee": "me"}}),
    Session("line", (":", *"label q e", ENTER, "A"), {0: {"labels": ("e", "q"), "assignee": "me"}}),
    Session("palette", (PALETTE, *"take", ENTER), {0: {"assignee": "me"}}),
    Session("assign", ("a", *"jo", ENTER, "j", "A"), {0: {"assignee": "jo"}, 1: {"assignee": "me"}}),
    Session("note", ("m", *"Ask Ana; e u s", ENTER), {0: {"notes": ["Ask Ana; e u s"]}}),
    Session("marks", ("  ", "l", *"two", ENTER), {0: {"labels": ("two",)}, 1: {"labels": ("two",)}}),
    Session(
        "search",
        ("/", *"lid", ENTER, "A", ESC),
        {0: {}, 2: {"assignee": "me"}},
    ),
    Session("filter", ("\\", *"from:user*", ENTER, "l", *"f", ENTER, ESC), {0: {"labels": ("f",)}}, (ESC, QUEUE)),
    Session("templates", (ENTER, "t", *"fifth", ENTER, *" Ana", SEND), {0: {"replies": ["held Five it is. Ana"]}}),
    Session("promise", ("P", *"see A by tomorrow 18:00", ENTER, "A"), {0: {"promises": ["see A"], "assignee": "me"}}),
    Session(
        "contact", ("C", "m", *"Asks; e u Q", ENTER, ESC, "A"), {0: {"told of them": ["Asks; e u Q"], "assignee": "me"}}
    ),
    Session(
        "asked", (":", *"note", ENTER, *"Ask Ana; Q", ENTER, "A"), {0: {"notes": ["Ask Ana; Q"], "assignee": "me"}}
    ),
    Session("crisis", ("!", *"Lids", ENTER, "2", ENTER, *"tin is loose", ENTER), {0: {"crisis": True}}),
)
"""Each is one that people type; what is typed behind a key that asks is full of letters that are keys."""


class Typist:
    """The real program in a terminal, and the store that it works on."""

    def __init__(self, world: World, size: tuple[int, int]) -> None:
        self.world, self.size = world, size
        home = world.config.paths
        self.terminal = Terminal(
            {
                **environment(),
                "CMINBOX_CONFIG": str(home.config),
                "CMINBOX_DATA": str(home.store.parent),
                "XDG_STATE_HOME": str(home.state),
            },
            *size,
        )
        self.terminal.read(30, until=b"user000")
        self.terminal.quiet(0.5)

    def type(self, keys: Sequence[str], pace: float) -> None:
        """Types keys, and takes what comes meanwhile."""
        for written in ["".join(keys)] if not pace else keys:
            os.write(self.terminal.main, written.encode())
            if pace:
                self.terminal.read(pace)

    def first(self) -> list[int]:
        """The first conversations of the list."""
        wanted = to_sql(parse("is:open"), Context(now(), "me"))
        return [row.id for row in conversations.page(self.world.store.read(), wanted, "waiting", limit=ROWS)]

    def parcel(self, number: int) -> str:
        """What tells a conversation from the others on the screen."""
        row = conversations.get(self.world.store.read(), number)
        assert row is not None
        return row.handle.removeprefix("user").lstrip("0") or "0"

    def found(self, number: int, asked: dict[str, Any]) -> dict[str, Any]:
        """What is so of a conversation, as far as it is asked."""
        conn = self.world.store.read()
        row = conversations.get(conn, number)
        assert row is not None
        wrote = [f"{reply.status} {reply.text}" for reply in replies.of(conn, number) if reply.status != "cancelled"]
        known = {
            "status": row.status,
            "assignee": row.assignee,
            "labels": row.labels,
            "replies": wrote,
            "notes": [note.text for note in notes.of(conn, number)],
            "crisis": row.crisis_id is not None,
            "promises": [promise.text for promise in promises.open_in(conn, [number]).get(number, [])],
            "told of them": [],
        }
        author = contacts.author(conn, row.author_id or 0)
        if author is not None and author.contact_id is not None:
            known["told of them"] = [note.text for note in contacts.notes(conn, author.contact_id)]
        untouched = {name: [] for name in ("replies", "notes", "promises", "told of them")}
        untouched |= {"status": "open", "assignee": "", "labels": (), "crisis": False}
        return {name: value for name, value in known.items() if value != untouched[name] or name in asked}

    def ends(self, session: Session, pace: float) -> None:
        """Types a session, and waits until the store is as it has to be; then nothing more happens."""
        rows = self.first()
        expected = {rows[place]: session.does.get(place, {}) for place in range(ROWS)}

        def state() -> dict[int, dict[str, Any]]:
            return {number: self.found(number, asked) for number, asked in expected.items()}

        self.type(session.keys, pace)
        end = time.monotonic() + PATIENCE
        while state() != expected and time.monotonic() < end:
            self.terminal.read(0.05)
        self.terminal.quiet(0.2)
        assert state() == expected, f"{session.name} at {pace * 1000:.0f} ms a key"
        self.settle(session, rows)

    def settle(self, session: Session, rows: list[int]) -> None:
        """Puts what was touched away, and goes back to the top of the queue."""
        for key in session.leaves:
            os.write(self.terminal.main, key.encode())
            self.terminal.quiet(0.15, begun=0.3)
        desk = self.world.desk
        desk.do(Close(), rows)
        for crisis in crises.all(self.world.store.read()):
            if crisis.status == "running":
                desk.crises.end(crisis.id, "over")
        os.write(self.terminal.main, f"{REFRESH}g".encode())
        self.terminal.read(10, until=f"parcel {self.parcel(self.first()[0])}?".encode())
        self.terminal.quiet(0.15)


@pytest.fixture
def typist(make_store: Callable[..., World], request: pytest.FixtureRequest) -> Iterator[Typist]:
    many = len(SESSIONS) * len(PACES) * ROWS + ROWS
    said = [
        (f"user{number:03}", "en", f"Where is parcel {number}?" + " The lid!" * (number % ROWS == 2), 5_000 - number)
        for number in range(many)
    ]
    world = make_store(said, extra_config=WORK + MEMBER.format(login=account_name()) + '[sending]\nundo = "1h"\n')
    world.config.paths.templates.mkdir()
    (world.config.paths.templates / "mine.toml").write_text(TEMPLATE, encoding="utf-8")
    typist = Typist(world, request.param)
    yield typist
    typist.terminal.press("Q")
    assert typist.terminal.close() == 0


ALL_PACES = "CMINBOX_ALL_PACES" in os.environ
"""Type each session at each pace at each size: minutes of waiting."""


def paces(place: int, session: int) -> Sequence[float]:
    """How fast a session is typed at one of the sizes: in one write, and each slower pace at one of the three."""
    return PACES if ALL_PACES else (0.0, PACES[1 + (place + session) % 3])


@pytest.mark.parametrize("typist", SIZES, indirect=True, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_session_ends_the_same_however_fast_it_is_typed(typist: Typist) -> None:
    for number, session in enumerate(SESSIONS):
        for pace in paces(SIZES.index(typist.size), number):
            typist.ends(session, pace)


SPLIT = ("\x1b[A", "\x1bOS", "\x1b[3~", "\x1b[Z", "\x1b[<64;10;5M", "\x1b[I", "\x1b[97;5u", "\x1b[200~ee AQ\x1b[201~")
"""Keys and reports of a terminal. Read byte by byte they would take, reopen, call spam, close and quit."""


@pytest.mark.parametrize("typist", SIZES[:1], indirect=True, ids=["80x24"])
def test_a_key_that_comes_in_two_packets_changes_nothing(typist: Typist) -> None:
    rows = typist.first()
    for sequence in SPLIT:
        for at in (1, 2, len(sequence) - 1):
            for part in (sequence[:at], sequence[at:]):
                os.write(typist.terminal.main, part.encode())
                typist.terminal.read(0.2)
            os.write(typist.terminal.main, QUEUE.encode())
            typist.terminal.quiet(0.1, begun=0.2)
    assert [typist.found(number, {}) for number in rows] == [{}, {}, {}]
    assert typist.first() == rows


@pytest.mark.parametrize("typist", SIZES[:1], indirect=True, ids=["80x24"])
def test_a_form_behind_a_picker_goes_on_as_it_was(typist: Typist) -> None:
    """An arrow to the left comes apart in the picker, and in the lines of the form behind it."""
    row, left, end, delete = typist.first()[0], (ESC, "[D"), "\x1b[F", "\x1b[3~"
    keys = ("!", *"Lds", *left, *left, "i", end, ENTER, *left, "\x7f", delete, "2", ENTER)
    for key in (*keys, *"tin is lose", *left, *left, "o", ENTER):
        os.write(typist.terminal.main, key.encode())
        typist.terminal.read(0.4 if key in (*left, ENTER, "!") else 0.03)
    typist.terminal.quiet(0.3, begun=0.5)
    (made,) = crises.all(typist.world.store.read())
    assert (made.name, made.severity, made.reason) == ("Lids", 2, "tin is loose")
    assert typist.found(row, {}) == {"crisis": True}


@pytest.mark.parametrize("typist", SIZES[:1], indirect=True, ids=["80x24"])
def test_an_arrow_that_came_apart_takes_nothing_from_who_reads_and_marks(typist: Typist) -> None:
    """It goes back from no conversation, and takes off no marks, no search and no filter."""
    broken = (ESC, "[B")
    for keys, does in (
        ((ENTER, *broken, "A"), {0: {"assignee": "me"}}),
        ((" ", " ", *broken, "l", *"two", ENTER), {0: {"labels": ("two",)}, 1: {"labels": ("two",)}}),
        (("/", *"lid", ENTER, "k", "k", *broken, "n", "A"), {2: {"assignee": "me"}}),
        (("\\", *"lid", ENTER, *broken, "g", "A"), {2: {"assignee": "me"}}),
    ):
        rows = typist.first()
        for key in keys:
            os.write(typist.terminal.main, key.encode())
            typist.terminal.read(0.4 if key in (*broken, ENTER) else 0.05)
        typist.terminal.quiet(0.2, begun=0.3)
        expected = {rows[place]: does.get(place, {}) for place in range(ROWS)}
        assert {number: typist.found(number, {}) for number in rows} == expected, keys
        typist.settle(Session("", (), {}, (ESC, ESC, QUEUE)), rows)


@pytest.mark.parametrize("typist", SIZES[:1], indirect=True, ids=["80x24"])
def test_what_an_arrow_that_came_apart_closed_goes_on_as_it_was(typist: Typist) -> None:
    """Each Esc closes it; the rest of the arrow opens it again, and goes one to the left in it."""
    rows = typist.first()
    text = "Hell lost eAd lost eAduuo"
    for opens, wrote, enter in (
        ("r", {"replies": [f"draft {text}"]}, ESC),
        ("m", {"notes": [text]}, ENTER),
        ("l", {"labels": ("Hell-lost-eAd-lost-eAduuo",)}, ENTER),
        (":", {"labels": (text.split()[-1],)}, ENTER),
    ):
        typist.type([opens, *("label Hello" if opens == ":" else "Hello")], 0.03)
        typist.terminal.quiet(0.3, begun=0.5)
        for _ in range(2):
            for part in (ESC, "[D", *" lost eAdu"):
                os.write(typist.terminal.main, part.encode())
                typist.terminal.read(0.4 if part in (ESC, "[D") else 0.03)
        typist.terminal.quiet(0.2, begun=0.3)
        os.write(typist.terminal.main, enter.encode())
        typist.terminal.quiet(0.3, begun=0.5)
        if opens == ":":
            labels = typist.found(rows[0], {})["labels"]
            assert sorted(labels) == sorted(set(text.split())), opens
        else:
            assert [typist.found(number, {}) for number in rows] == [wrote, {}, {}], opens
        os.write(typist.terminal.main, QUEUE.encode())
        typist.terminal.quiet(0.2, begun=0.3)
        typist.world.desk.do(Close(), rows[:1])
        rows = typist.first()
        os.write(typist.terminal.main, f"{REFRESH}g".encode())
        typist.terminal.quiet(0.3, begun=0.5)

"""What each term means, one conversation at a time, asked of the store and of the memory."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path

import pytest

from cminbox.model import DAY, HOUR, Content, searched_text
from cminbox.query import FIELDS, IS, Context, Query, matches, parse
from cminbox.query.fields import COMPARED, Field
from cminbox.query.subject import Subject
from cminbox.query.tree import Node
from cminbox.store.conversations import tally
from cminbox.store.search import Count, difference, to_sql, to_test
from cminbox.store.search.plan import FEW, LISTED, SORTED
from cminbox.store.sqlite import functions, schema
from cminbox.text import fold
from subjects import about

MANY = 10 * LISTED
START = 1_770_000_000_000  # 2026-02-02T02:40:00Z


@dataclass(frozen=True)
class Text:
    text: str
    title: str = ""
    deleted: bool = False


@dataclass(frozen=True)
class Case:
    """A conversation with the messages that its subject's texts leave out, and labels that were taken off."""

    subject: Subject
    messages: tuple[Text, ...] = ()
    removed: tuple[str, ...] = ()


_COLUMNS = (
    *(field.column for field in FIELDS if field.column and field.column not in ("labels", "signals")),
    *(
        "status",
        "name",
        "vip",
        "heard",
        "colleague",
        "crisis",
        "crisis_id",
        "outbox",
        "needs_since",
        "first_reply_at",
        "end",
        "back_why",
    ),
    *(name for name in Content._fields if name not in ("stars", "attachments", "signals", "urgent_words")),
)


def insert(conn: sqlite3.Connection, number: int, case: Case) -> None:
    row = case.subject.row
    values = {name: getattr(row.content if name in Content._fields else row, name) for name in _COLUMNS}
    conn.execute("INSERT OR IGNORE INTO sources (name, network) VALUES (?, 'any')", (case.subject.row.source,))
    (source,) = conn.execute("SELECT id FROM sources WHERE name = ?", (case.subject.row.source,)).fetchone()
    values |= {"id": number, "source_id": source, "remote_id": str(number), "changed": 1}
    values |= {name: json.dumps(getattr(case.subject.row, name)) for name in ("labels", "crises", "watchers")}
    values["signals"] = json.dumps(case.subject.row.content.signals)
    marks = ", ".join("?" * len(values))
    conn.execute(f"INSERT INTO conversations ({', '.join(values)}) VALUES ({marks})", list(values.values()))  # noqa: S608
    for off, labels in enumerate((case.subject.row.labels, case.removed)):
        for label in labels:
            conn.execute("INSERT INTO labels VALUES (?, ?, 'rule:x', ?)", (number, label, off))
    for at, message in enumerate(case.messages):
        row = conn.execute(
            "INSERT INTO messages (source_id, remote_id, conversation_id, kind, direction, text, title, created_at, "
            "fetched_at, deleted_at) VALUES (1, ?, ?, 'mention', 'in', ?, ?, 1, 1, ?)",
            (f"{number}/{at}", number, message.text, message.title, 5 if message.deleted else None),
        )
        if not message.deleted:
            folded = fold(searched_text(message.title, message.text))
            conn.execute(
                "INSERT INTO message_words (rowid, words, conversation_id) VALUES (?, ?, ?)",
                (row.lastrowid, folded, number),
            )


SIZES = ((0,), (MANY,), (FEW + 1, MANY, 0), (FEW, 0, SORTED, FEW + 1), (FEW + 1,), (SORTED + 1,))
"""What is counted, in turn: with these every way to write a query is taken. With the last two all is listed at once."""


def by_sql(conn: sqlite3.Connection, query: Query, ctx: Context, count: Count | None = None) -> set[int]:
    """The ids that match, asked in every way in which the query may be written; all of them give the same."""
    ways = [to_sql(query, ctx, count)]
    if ways[0].otherwise is not None:
        ways.append(ways[0].otherwise(count))
    if count is None:
        ways.append(to_test(query, ctx))
    found = []
    for where in ways:
        hint = "NOT INDEXED" if where.by_id else ""
        sql = f"SELECT c.id FROM conversations AS c {hint} WHERE {where.sql}"  # noqa: S608
        found.append({row[0] for row in conn.execute(sql, where.params)})
        assert found[-1] == found[0], (query.text, where)
    return found[0]


def counting(sizes: tuple[int, ...]) -> Count:
    """A count that says these sizes in turn, whatever is asked, so that every way to write a query is taken."""
    left = itertools.cycle(sizes)
    return lambda _sql, _params: next(left)


def context(now: int, zone: tzinfo = UTC) -> Context:
    topics = {"shipping": parse("refund OR is:open").tree, "Loop": parse("topic:loop OR topic:shipping -is:vip").tree}
    return Context(now, "ana", ("care", "press"), topics, zone)


def made_store(path: Path) -> sqlite3.Connection:
    """A real store's file, with what the query language needs of a connection."""
    made = sqlite3.connect(path, isolation_level=None)
    for _name, script in schema.scripts():
        made.executescript(script)
    made.execute("INSERT INTO sources (id, name, network) VALUES (1, 'shop', 'mastodon')")
    made.execute("INSERT INTO crises (id, name, severity, declared_at) VALUES (1, 'late parcels', 2, 1)")
    functions.register(made)
    return made


def agree(conn: sqlite3.Connection, tree_list: Sequence[Node], case_list: Sequence[Case], ctx: Context) -> None:
    """Both evaluations give the same conversations for each query."""
    conn.execute("BEGIN")
    try:
        for number, case in enumerate(case_list, 1):
            insert(conn, number, case)
        for tree in tree_list:
            query = parse(str(Query(tree, "")))
            expected = {n for n, case in enumerate(case_list, 1) if matches(query, case.subject, ctx)}
            for count in (None, *map(counting, SIZES)):
                assert by_sql(conn, query, ctx, count) == expected, query.text
            assert tally(conn, query, ctx) == len(expected), query.text
            if apart := difference(query):
                first, second = (by_sql(conn, part, ctx) for part in apart)
                assert second <= first, query.text
                assert first - second == expected, query.text
    finally:
        conn.execute("ROLLBACK")


@pytest.fixture(scope="module")
def conn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    made = made_store(tmp_path_factory.mktemp("query") / "cases.db")
    yield made
    made.close()


ANA = about(
    source="shop-main",
    network="mastodon",
    kind="dm",
    status="open",
    handle="ana@mastodon.example",
    name="Ana López",
    role="journalist",
    followers=1_500,
    lang="hi-Latn",
    sentiment=-0.5,
    priority=80,
    labels=("Billing", "late parcels"),
    assignee="bo",
    team="care",
    crisis_id=1,
    crisis="Late parcels",
    crises=("#3", "Lost letters", "#1", "Late parcels"),
    outbox="failed",
    waiting_since=START - 2 * HOUR,
    created_at=START - DAY,
    newest_at=START - 3 * DAY,
    outbound_at=START - HOUR,
    due_at=START + HOUR,
    needs_since=START - 2 * HOUR,
    promise_at=START + HOUR,
    promise_owner="bo",
    back_at=START + 2 * HOUR,
    back_why="no reply in 2d",
    watchers=("ana", "bo"),
    is_reply=True,
    **dict.fromkeys(("held", "hidden", "ad", "deleted", "heard"), True),
    stars=2,
    signals=("bad-before", "refund", "several"),
)


def nobody(texts: tuple[str, ...] = (), **columns: object) -> Subject:
    """A conversation of which nothing is known but this."""
    return about(texts, **{"created_at": START, "newest_at": START, **columns})


NOBODY = nobody()

YES_AND_NO = [
    ("is:open", "is:closed"),
    ("-is:pending", "is:pending OR is:snoozed OR is:spam"),
    ("IS:Open", "-is:open"),
    ("is:due", "is:overdue"),
    ("is:needs-answer", "is:answered"),
    ("is:reply is:crisis", "is:question OR is:edited OR is:vip"),
    ("is:promised is:back is:watched", "-is:promised OR -is:back OR -is:watched"),
    ("promise:<=1h promise:>59m promised:BO", "promise:<1h OR promised:me OR promised:b"),
    ("back:<=2h back:>1h promised:b*", "back:<2h OR promised:o*"),
    ("is:held is:hidden is:ad is:deleted is:heard", "-is:held OR -is:hidden OR -is:ad OR -is:deleted OR -is:heard"),
    ("-is:colleague", "is:colleague"),
    ("stars:<=2 stars:1..3 stars:2", "stars:>2 OR stars:<2"),
    ("-is:mine -is:unassigned", "is:mine"),
    ("assignee:BO", "assignee:me OR assignee:b"),
    ("team:mine team:Care", "team:press"),
    ("network:MASTODON source:shop-main", "source:shop"),
    ("source:shop-*", "source:main*"),
    ("kind:dm role:journalist", "kind:mention"),
    ("lang:hi-latn", "lang:hi OR lang:unknown"),
    ("lang:hi*", "lang:h"),
    ("label:billing", "label:bill"),
    ('label:"LATE parcels"', "label:late"),
    ("label:late*", "label:parcels*"),
    ("label:*", "-label:*"),
    ("signal:refund signal:BAD-before", "signal:question OR signal:thanks"),
    ("signal:ref* signal:bad-* signal:*", "signal:fund* OR signal:before* OR -signal:*"),
    ("signal:sev*", 'signal:"refund, \\"sev"*'),
    ('crisis:"late parcels"', "crisis:late"),
    ("crisis:#1", "crisis:#2 OR crisis:# OR crisis:#1x"),
    ('crisis:#3 crisis:"lost LETTERS" crisis:lost*', "crisis:letters OR crisis:#33"),
    ("is:failed", "is:awaiting"),
    ("-is:rejected", "is:rejected"),
    ("from:@ana", "from:@an"),
    ("from:@ANA@mastodon.example", "from:@ana@mastodon"),
    ("from:@an*", "from:@lopez"),
    ("from:lopez", "from:lope"),
    ('from:"ana lópez"', 'from:"lópez ana"'),
    ("from:lop*", "from:pez*"),
    ("sentiment:<=-0.5 sentiment:>=-0.5 sentiment:-0.5", "sentiment:<-0.5 OR sentiment:>-0.5"),
    ("sentiment:-1..-0.5", "sentiment:unknown"),
    ("priority:80 priority:=80 priority:>79", "priority:>80"),
    ("priority:70..90 priority:80.. priority:..80", "priority:81.."),
    ("followers:1.5k followers:<2K", "followers:>=0.0015001M"),
    ("age:>2d age:<=3d", "age:>3d"),
    ("waiting:>1h waiting:1h..2h", "waiting:<2h"),
    ("due:<=1h due:>59m", "due:<1h"),
    ("created:2026-02-01 created:2026-02", "created:2026-02-02"),
    ("created:<2026-02-02 created:<=2026-02-01", "created:<2026-02-01"),
    ("created:>2026-01-31 created:>=2026-02-01", "created:>2026-02-01"),
    ("created:2026-01-01..2026-02-01 created:yesterday", "created:today"),
    ("created:<25h created:>=1d", "created:<1d OR created:>1d"),
    ("replied:today replied:<2h", "replied:>1h"),
    ("topic:shipping TOPIC:Loop", "topic:none OR topic:ship"),
    ("", "-(is:open OR is:closed)"),
]
MISSING = [
    *(
        "sentiment:<0",
        "sentiment:>=0",
        "stars:<=5",
        "followers:<5",
        "followers:>=0",
        "waiting:>1s",
        "waiting:<1w",
        "due:<1w",
        "promise:<1w",
        "promise:>-1w",
        "back:<1w",
        "is:promised",
        "is:back",
        "is:watched",
        "promised:*",
        "promised:me",
    ),
    *(
        "due:>-1w",
        "replied:<1w",
        "replied:>=2026-01-01",
        "is:overdue",
        "is:due",
        "label:*",
        "signal:*",
        "signal:refund",
        "crisis:*",
        "team:*",
    ),
    *("from:*", "from:@*", "role:*", "assignee:*", "refund", "ref*", "😡", "/.*/", "team:mine", "is:mine"),
]


@pytest.mark.parametrize(("yes", "no"), YES_AND_NO)
def test_what_a_term_means(conn: sqlite3.Connection, yes: str, no: str) -> None:
    ctx = context(START)
    case = Case(ANA)
    agree(conn, [parse(yes).tree, parse(no).tree], [case], ctx)
    assert matches(parse(yes), ANA, ctx)
    assert not matches(parse(no), ANA, ctx)


def test_every_field_and_state_has_its_line() -> None:
    asked = " ".join(text for pair in YES_AND_NO for text in pair).lower()
    assert [field.name for field in FIELDS if f"{field.name}:" not in asked] == []
    assert [state for state in IS if f"is:{state}" not in asked] == []


@pytest.mark.parametrize("field", [field for field in FIELDS if field.type in COMPARED], ids=lambda field: field.name)
@pytest.mark.parametrize("status", ["", "is:open "])
def test_every_comparison_is_listed_from_an_index(conn: sqlite3.Connection, field: Field, status: str) -> None:
    where = to_sql(parse(status + field.example), context(START), lambda _sql, _params: 1)
    assert where.by_id
    sql = f"EXPLAIN QUERY PLAN SELECT c.id FROM conversations AS c WHERE {where.sql}"  # noqa: S608
    steps = [row[3] for row in conn.execute(sql, where.params)]
    # The one for waiting is on an expression.
    assert any("INDEX" in step and (field.column in step or "<expr>" in step) for step in steps), steps


@pytest.mark.parametrize("text", MISSING)
def test_what_is_missing_is_never_met_and_its_negation_is(conn: sqlite3.Connection, text: str) -> None:
    ctx = context(START)._replace(member="ana" if text != "is:mine" else "")
    agree(conn, [parse(text).tree, parse(f"-{text}").tree], [Case(NOBODY)], ctx)
    assert not matches(parse(text), NOBODY, ctx)
    assert matches(parse(f"-{text}"), NOBODY, ctx)


@pytest.mark.parametrize(
    ("handle", "text", "expected"),
    [
        ("ana", "from:@ana", True),
        ("ana_b", "from:@ana", False),
        ("anab", "from:ana", False),
        ("ana[", "from:ana", False),
    ],
)
def test_a_handle_is_met_with_or_without_its_server(
    conn: sqlite3.Connection, handle: str, text: str, expected: bool
) -> None:
    subject = nobody(handle=handle)
    agree(conn, [parse(text).tree], [Case(subject)], context(START))
    assert matches(parse(text), subject, context(START)) is expected


def test_the_unknown_can_be_asked_for(conn: sqlite3.Connection) -> None:
    query = parse("lang:unknown sentiment:unknown is:unassigned")
    agree(conn, [query.tree], [Case(NOBODY), Case(ANA)], context(START))
    assert matches(query, NOBODY, context(START))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("created:2026-02-02", (False, True, True, False)),
        ("created:today", (False, True, True, False)),
        ("created:<2026-02-02", (True, False, False, False)),
        ("created:<=2026-02-02", (True, True, True, False)),
        ("created:>2026-02-02", (False, False, False, True)),
        ("created:>=2026-02-02", (False, True, True, True)),
        ("created:2026-02-01..2026-02-02", (True, True, True, False)),
    ],
)
def test_a_day_is_from_its_midnight_to_the_next(
    conn: sqlite3.Connection, text: str, expected: tuple[bool, ...]
) -> None:
    midnight = START - START % DAY
    subjects = [nobody(created_at=at) for at in (midnight - 1, midnight, midnight + DAY - 1, midnight + DAY)]
    agree(conn, [parse(text).tree], [Case(subject) for subject in subjects], context(START))
    assert tuple(matches(parse(text), subject, context(START)) for subject in subjects) == expected


TEXTS = [
    ("I want my MONEY back!", 'money "money back" "MONEY  Back" mon* "my mon"* -"back money"', "monet"),
    ("Café déjà-vu", "cafe CAFÉ deja-vu 'vu", "déj"),
    ("मुझे रिफंड चाहिए", "रिफंड रिफ* -रिफ", "रफड"),
    ("મારું રિફંડ ક્યારે મળશે", "રિફંડ -રફડ", "મળ"),
    ("ਮੇਰਾ ਰਿਫੰਡ", "ਰਿਫੰਡ ਰਿ*", "ਰ"),
    ("Straße ИЁ", "strasse STRASSE ие", "stras"),
    ("so 😡 ❤️", "😡 ❤ ❤️", "😀"),
    ("5 € / month", r'5 € "5 month" /€ \/ mo/ /^5.*MONTH$/', "/^month/"),
    ("first line\nsecond", "/^second$/ /line.second/ OR /^second/", "/first.second/"),
]


@pytest.mark.parametrize(("text", "yes", "no"), TEXTS)
def test_texts_are_searched_in_every_script(conn: sqlite3.Connection, text: str, yes: str, no: str) -> None:
    case = Case(nobody(texts=(text, "another one")), (Text(text), Text("another one"), Text(no, deleted=True)))
    agree(conn, [parse(yes.replace("", "")).tree, parse(no).tree], [case], context(START))
    assert matches(parse(yes.replace("", "")), case.subject, context(START))
    assert not matches(parse(no), case.subject, context(START))


def test_each_term_may_be_met_by_another_message_and_a_phrase_only_by_one(conn: sqlite3.Connection) -> None:
    thread = (Text("my refund", title="Parcel"), Text("money"), Text("never seen", deleted=True))
    case = Case(nobody(texts=tuple(searched_text(m.title, m.text) for m in thread[:2])), thread)
    yes, no = parse('parcel money refund "parcel my"'), parse('"refund money" OR seen OR /seen/')
    agree(conn, [yes.tree, no.tree], [case], context(START))
    assert matches(yes, case.subject, context(START))
    assert not matches(no, case.subject, context(START))

"""`contacts`: list, show, merge, and CSV in and out, as a person or a script runs them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell import cminbox, message, write

from cminbox.cli import contact_csv
from cminbox.desk.contact_import import ContactLine
from cminbox.model import CONTACT_ROLES
from cminbox.text import clean, one_line

HEAD = "name,role,vip,tags,interests,writes_at,lists,accounts,follow_up,follow_up_at,notes"


@pytest.fixture
def store(home: Path, tmp_path: Path) -> Path:
    """A store in which Ana wrote on two networks, and Ravi on one."""
    text = ""
    for number, (network, handle, name) in enumerate(
        (("mastodon", "ana_lopez", "Ana López"), ("instagram", "ana_lopez", "Ana López"), ("mastodon", "ravi", "Ravi"))
    ):
        said = message(number + 1, f"hello {number}") | {
            "source": network,
            "network": network,
            "conversation": f"c{number}",
            "author": {"id": f"id-{network}-{handle}", "handle": handle, "name": name},
        }
        text += json.dumps(said, ensure_ascii=False) + "\n"
    assert cminbox("import", str(write(tmp_path / "said.jsonl", text))).status == 0
    return tmp_path


def take(folder: Path, *lines: str, head: str = HEAD, name: str = "people.csv", more: tuple[str, ...] = ()):
    return cminbox("contacts", "import", str(write(folder / name, "\n".join([head, *lines]) + "\n")), *more)


ANA = (
    'Ana López,journalist,yes,"tea, loud",oolong,the Sunday paper,press,mastodon:ana_lopez,refund,'
    '2099-05-01T09:00+02:00,"allergic"'
)


def test_a_file_makes_contacts_and_the_same_file_changes_nothing(store: Path) -> None:
    done = take(store, ANA, ",,,,,,,x:@newcomer,,,")
    assert (done.status, done.out) == (0, "2 new, 0 changed, 0 known\n"), done.err
    (ana, new) = cminbox("contacts", "list", "--json").json()
    assert (ana["name"], ana["role"], ana["vip"], ana["tags"], ana["lists"]) == (
        "Ana López",
        "journalist",
        True,
        ["tea", "loud"],
        ["press"],
    )
    assert [one["network"] for one in ana["accounts"]] == ["mastodon"]
    assert ana["follow_up"]["text"] == "refund"
    assert new["not_here_yet"] == [{"network": "x", "handle": "newcomer"}]
    assert [row["author"]["role"] for row in cminbox("list", "ana_lopez OR hello", "--json").json()].count("journalist")
    before = cminbox("contacts", "export").out
    assert take(store, ANA, ",,,,,,,x:@newcomer,,,").out == "0 new, 0 changed, 2 known\n"
    assert cminbox("contacts", "export").out == before
    assert cminbox("log", "--json").json()[-1]["action"] == "contacts imported"


def test_what_is_written_is_read_back_the_same(store: Path) -> None:
    assert (
        take(
            store, ANA, '"=cmd|\'/c calc\'!A0",,,,,,"-list","x:+mad;x:semi%3Bcolon","@at",2099-05-01T09:00Z,"+1\n-2"'
        ).status
        == 0
    )
    out = cminbox("contacts", "export").out
    cells = [cell for row in csv.reader(io.StringIO(out)) for cell in row]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]
    again = write(store / "again.csv", out)
    assert cminbox("contacts", "import", str(again)).out == "0 new, 0 changed, 2 known\n"
    evil = cminbox("contacts", "list", "cmd", "--json").json()[0]
    assert evil["name"] == "=cmd|'/c calc'!A0"
    assert {one["handle"] for one in evil["not_here_yet"]} == {"+mad", "semi;colon"}
    assert {note["text"] for note in cminbox("contacts", "show", "contact:2", "--json").json()["notes"]} == {"+1", "-2"}


def test_bad_lines_are_told_with_their_number_and_the_others_are_taken(store: Path) -> None:
    lines = (
        ANA,
        "Bo,boss,,,,,,,,,",
        "Cy,,maybe,,,,,,,,",
        "De,,,,,,,nowhere,,,",
        "Ed,,,,,,,,call,tomorrow,",
        ",,,,,,,,,,",
        ",troll,,,,,,,,,",
        "Fi,,,,,,,,,,,,too,many",
        f"{'x' * 300},,,,,,,,,,",
        'Gi,,,"a;b",,,,,,,',
        "Hal,,,,,,,mastodon:ravi,,,",
    )
    done = take(store, *lines)
    assert done.status == 3
    assert done.out == "2 new, 0 changed, 0 known, 8 bad\n"
    told = [line.removeprefix("cminbox: ") for line in done.err.splitlines()]
    assert [line.split(":")[0] for line in told] == [f"line {n}" for n in (3, 4, 5, 6, 8, 9, 10, 11)]
    assert told[0].startswith("line 3: 'boss' is no role of a contact — known: customer, ")
    assert "write yes or no" in told[1]
    assert "is no account — write mastodon:ana_lopez" in told[2]
    assert "no name and no account" in told[4]
    found = json.loads(take(store, *lines, more=("--json",)).out)
    assert [bad["line"] for bad in found["bad"]] == [3, 4, 5, 6, 8, 9, 10, 11]


def test_many_bad_lines_are_counted(store: Path) -> None:
    done = take(store, *["Bo,boss,,,,,,,,,"] * 60)
    assert (done.status, done.out) == (3, "0 new, 0 changed, 0 known, 60 bad\n")
    assert len(done.err.splitlines()) == 21
    assert "only counted" in done.err


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("", "no column name and no column accounts"),
        ("nom,rolle", "no column name and no column accounts"),
        ("name,name", "the column name is there twice"),
    ],
)
def test_a_file_without_our_heads_is_refused(store: Path, head: str, told: str) -> None:
    done = take(store, "a,b", head=head)
    assert (done.status, told in done.line) == (2, True)
    assert cminbox("contacts", "list", "--json").json() == []


def test_other_heads_and_separators_are_understood(store: Path) -> None:
    done = take(store, "Bo;journalist;9", head="\ufeffName;Role;shoe")
    assert done.status == 0
    assert "the column 'shoe' is left out" in done.err
    assert done.out.startswith("1 new")


@pytest.mark.parametrize("raw", [b"name\n\xff\xfe\x00broken\n", b"name\n" + b"x" * 2_000_000 + b"\n", b"\x00", b""])
def test_what_is_no_csv_is_one_clear_line(store: Path, raw: bytes) -> None:
    file = store / "raw.csv"
    file.write_bytes(raw)
    done = cminbox("contacts", "import", str(file))
    assert done.status in (0, 2, 3)
    assert "Traceback" not in done.err
    assert all(line.startswith("cminbox: ") for line in done.err.splitlines())
    assert cminbox("contacts", "import", str(store / "nowhere.csv")).status == 1


def test_a_line_that_names_two_contacts_is_told_how_to_go_on(store: Path) -> None:
    assert take(store, ",,,,,,,mastodon:ana_lopez,,,", ",,,,,,,mastodon:ravi,,,").status == 0
    done = take(store, ",,,,,,,mastodon:ana_lopez;mastodon:ravi,,,")
    assert done.status == 3
    assert "these are 2 contacts: contact:1 and contact:2 — cminbox contacts merge contact:1 contact:2" in done.err
    assert cminbox("contacts", "merge", "contact:1", "contact:2").status == 0
    assert take(store, ",,,,,,,mastodon:ana_lopez;mastodon:ravi,,,").out == "0 new, 0 changed, 1 known\n"


def test_a_list_with_a_role_gives_it_and_a_persons_word_stays(store: Path) -> None:
    assert cminbox("do", "role", "troll", "--query", "from:@ravi").status == 0
    done = take(
        store,
        ",,,,,,,mastodon:ravi,,,",
        ",,,,,,,mastodon:ana_lopez,,,",
        more=("--list", "press", "--role", "journalist"),
    )
    assert done.status == 0, done.err
    assert cminbox("poll", "--once").status == 0
    roles = {one["name"]: one["role"] for one in cminbox("contacts", "list", "list:press", "--json").json()}
    assert roles == {"Ravi": "troll", "Ana López": "journalist"}
    assert take(store, "Ravi,customer,,,,,,mastodon:ravi,,,").status == 0
    assert cminbox("contacts", "list", "ravi", "--json").json()[0]["role"] == "troll"
    done = take(store, "x,,,,,,,,,,", more=("--role", "journalist"))
    assert (done.status, "--role is the role of a list" in done.line) == (2, True)


def test_an_account_that_was_imported_is_theirs_once_it_writes(store: Path, tmp_path: Path) -> None:
    assert take(store, "Press desk,journalist,yes,,,,,x:newsdesk,,,").status == 0
    said = message(9, "a question") | {"source": "x", "network": "x", "author": {"id": "77", "handle": "NewsDesk"}}
    assert cminbox("import", str(write(tmp_path / "more.jsonl", json.dumps(said) + "\n"))).status == 0
    assert cminbox("poll", "--once").status == 0
    (row,) = cminbox("list", "from:@newsdesk", "--json").json()
    assert (row["author"]["role"], row["author"]["vip"]) == ("journalist", True)
    (desk,) = cminbox("contacts", "list", "desk", "--json").json()
    assert (desk["not_here_yet"], [one["id"] for one in desk["accounts"]]) == ([], ["77"])


def test_show_says_all_and_merge_says_what_came_of_it(store: Path) -> None:
    assert take(store, ANA).status == 0
    shown = cminbox("contacts", "show", "contact:1")
    for words in (
        "Ana López ★ VIP   contact:1",
        "mastodon @ana_lopez",
        "journalist",
        "tea, loud",
        "refund",
        "allergic",
    ):
        assert words in shown.out, words
    assert cminbox("contacts", "show", "ravi").out.startswith("Ravi\n")
    assert cminbox("contacts", "show", "ravi", "--json").json()["id"] is None
    done = cminbox("contacts", "show", "@ana_lopez")
    assert (done.status, "2 people are called @ana_lopez" in done.line) == (2, True)
    assert cminbox("contacts", "show", "nobody").line.startswith("nobody here is called nobody")
    done = cminbox("contacts", "merge", "contact:1", "id-instagram-ana_lopez")
    assert (done.status, done.out) == (0, "contact:1 Ana López has 2 accounts now\n")
    done = cminbox("contacts", "merge", "contact:1", "@ana_lopez")
    assert (done.status, "one person already: there is nothing to merge" in done.line) == (1, True)
    assert len(done.err.splitlines()) == 1
    assert cminbox("contacts", "show", "contact:99").status == 1


def test_who_may_be_the_same_is_listed(store: Path) -> None:
    assert "looking for the same people: 0 of 3" in cminbox("contacts", "list", "--suggested").err
    assert cminbox("poll", "--once").status == 0
    (pair,) = cminbox("contacts", "list", "--suggested", "--json").json()
    assert (pair["a"]["network"], pair["b"]["network"], pair["reason"]) == ("mastodon", "instagram", "handle and name")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("role:journalist", ["Ana López"]),
        ("is:vip tag:tea", ["Ana López"]),
        ("lopez", ["Ana López"]),
        ("network:x", ["Bo"]),
        ("list:press bo", []),
        ("", ["Ana López", "Bo"]),
    ],
)
def test_a_query_finds_contacts(store: Path, query: str, found: list[str]) -> None:
    assert take(store, ANA, "Bo,,,,,,,x:bo,,,").status == 0
    assert [one["name"] for one in cminbox("contacts", "list", query, "--json").json()] == found
    done = cminbox("contacts", "list", "rolle:x")
    assert (done.status, 'did you mean "role"?' in done.line) == (2, True)


text = st.text(max_size=40).map(lambda raw: one_line(clean(raw)))
line = st.builds(
    ContactLine,
    number=st.just(2),
    name=text.filter(bool),
    role=st.sampled_from(["", *CONTACT_ROLES]),
    vip=st.sampled_from([True, False]),
    tags=st.just(()),
    interests=st.just(()),
    writes_at=text,
    lists=st.just(()),
    accounts=st.lists(
        st.tuples(st.sampled_from(["x", "mastodon"]), text.map(lambda t: t.strip("@ ")).filter(bool)),
        max_size=3,
        unique=True,
    ).map(tuple),
    follow_up=text,
    follow_up_at=st.none(),
    notes=st.lists(
        st.tuples(
            st.just(1_700_000_000_000),
            st.just("ana"),
            st.text(max_size=30).map(lambda raw: clean(raw).strip()).filter(bool),
        ),
        max_size=2,
    ).map(tuple),
)


@given(line)
def test_any_contact_is_read_as_it_was_written(one: ContactLine) -> None:
    file = io.StringIO(newline="")
    contact_csv.write(file, [one])
    assert not [
        cell for row in csv.reader(io.StringIO(file.getvalue())) for cell in row if cell[:1] in tuple("=+-@\t\r")
    ]
    file.seek(0)
    assert list(contact_csv.read(file, "ana", print)) == [one]


@given(st.text(max_size=20))
def test_a_cell_is_freed_of_what_tamed_it_and_of_nothing_else(cell: str) -> None:
    assert contact_csv.freed(contact_csv.tamed(cell)) == cell
    assert contact_csv.tamed(cell)[:1] not in tuple("=+-@\t\r")

"""Contacts: what is known of people, whom two accounts are, and that each call is one event and one undo."""

from __future__ import annotations

import asyncio

import pytest

from cminbox.desk import Close, Reopen, SetRole, Snooze, Vip
from cminbox.engine import scheduled
from cminbox.engine.contact_matching import ContactMatching
from cminbox.engine.scoring import Scoring
from cminbox.errors import ActionError, UsageError
from cminbox.model import DAY, HOUR, MINUTE, Author, Message
from cminbox.screens.conversation.words import event_words
from cminbox.store import contact_suggestions, contacts, conversations, events, notes, sources
from cminbox.store.contacts import PersonKey


def author_of(office, conversation: int) -> PersonKey:
    return PersonKey(author=office.row(conversation).author_id)


def contact_of(office, conversation: int):
    return contacts.of(office.store.read(), author_of(office, conversation))


def elsewhere(office, network: str, handle: str, *, name: str = "", url: str = "", source: str = "", remote: str = ""):
    """Somebody writes on another network; the conversation's id."""
    made = office.store.write(lambda conn: sources.ensure(conn, source or network, network))
    home, office.source = office.source, made
    number = next(office.numbers)
    said = Message(
        f"m{number}", f"c{number}", Author(remote or f"r{number}", handle, name, url=url), "hello", office.now
    )
    office.hear(said)
    office.source = home
    return conversations.known(office.store.read(), made.id, [f"c{number}"])[f"c{number}"].id


def left(office):
    """All that the store holds of people, but that a contact was made, the log and the change numbers."""
    tables = ("contact_notes WHERE removed_at IS NULL", "contact_list_entries", "contact_accounts")
    found = [office.rows(f"SELECT * FROM {table}") for table in tables]  # noqa: S608
    refused = office.rows("SELECT author_id, other_id FROM contact_suggestions WHERE refused_by <> ''")
    of = office.rows(
        "SELECT a.id, c.name, c.role, c.role_by, c.vip, c.tags, c.interests, c.writes_at, c.follow_up, c.follow_up_at"
        " FROM authors AS a LEFT JOIN contacts AS c ON c.id = a.contact_id ORDER BY a.id"
    )
    shown = office.rows("SELECT id, role, vip FROM conversations ORDER BY id")
    return found, refused, of, shown


CALLS = {
    "name": lambda desk, one, two: desk.set(one, name="Mina P."),
    "role": lambda desk, one, two: desk.set(one, role="journalist"),
    "vip": lambda desk, one, two: desk.set(one, vip=True),
    "tags": lambda desk, one, two: desk.set(one, tags=["tea", "wholesale"]),
    "interests": lambda desk, one, two: desk.set(one, interests=["oolong"], writes_at="the Sunday paper"),
    "note": lambda desk, one, two: desk.note(one, "prefers mail"),
    "follow-up": lambda desk, one, two: desk.follow_up(one, "refund", 1_700_000_000_000 + DAY),
    "list": lambda desk, one, two: desk.put_on_list(one, "press"),
    "merge": lambda desk, one, two: desk.merge(one, two),
    "refuse": lambda desk, one, two: desk.refuse(one, two),
}


@pytest.mark.parametrize("call", CALLS)
def test_each_call_is_one_event_and_one_undo(office, call):
    one, two = author_of(office, office.write(author="mina")), author_of(office, office.write(author="minna"))
    for who in (one, two):
        office.lena.contacts.set(who, writes_at="here")
    office.lena.contacts.set(two, vip=True, tags=["loud"])
    before, known = left(office), office.rows("SELECT MAX(id) FROM events")[0][0]
    CALLS[call](office.ana.contacts, one, two)
    assert left(office) != before
    assert len(office.rows("SELECT 1 FROM events WHERE id > ?", known)) == 1
    assert office.ana.undoable().startswith("contact ")
    assert "undone" in office.ana.undo().summary
    assert left(office) == before
    with pytest.raises(ActionError, match="nothing to undo"):
        office.ana.undo()


def test_a_contact_is_made_when_somebody_first_says_something(office):
    number = office.write(author="mina")
    assert office.rows("SELECT COUNT(*) FROM contacts") == [(0,)]
    made = office.ana.contacts.note(author_of(office, number), "allergic to nuts")
    assert made.name == "Mina"
    assert office.ana.contacts.note(author_of(office, number), "prefers mail").id == made.id
    (newest, oldest) = contacts.notes(office.store.read(), made.id)
    assert (newest.text, newest.member, oldest.text) == ("prefers mail", "ana", "allergic to nuts")
    office.ana.contacts.remove_note(PersonKey(made.id), newest.id)
    assert [note.text for note in contacts.notes(office.store.read(), made.id)] == ["allergic to nuts"]
    office.ana.undo()
    assert len(contacts.notes(office.store.read(), made.id)) == 2


def test_what_somebody_else_changed_since_stays_theirs(office):
    who = author_of(office, office.write(author="mina"))
    office.ana.contacts.set(who, role="customer")
    office.lena.contacts.set(who, role="troll")
    with pytest.raises(ActionError, match="Mina was changed meanwhile"):
        office.ana.undo()
    assert contacts.of(office.store.read(), who).role == "troll"


def test_a_role_reaches_every_conversation_and_its_priority(office, tmp_path):
    rule = '[[rule]]\nname = "press first"\nwhen = "role:journalist"\npriority = 5\n'
    (tmp_path / "r.toml").write_text(rule)
    office.scoring = Scoring(tmp_path)
    first, second, other = (office.write(author=name) for name in ("mina", "mina", "ravi"))
    was = office.row(second).priority
    assert office.ana.do(SetRole("journalist"), [first]).changed == (first,)
    assert [office.row(n).role for n in (first, second, other)] == ["journalist", "journalist", ""]
    office.engine()
    assert office.row(second).priority > was
    assert office.row(office.write(author="mina")).role == "journalist"
    office.ana.undo()
    office.engine()
    assert [office.row(n).role for n in (first, second)] == ["", ""]
    assert office.row(second).priority == was


def test_a_role_that_is_none_is_refused_in_one_line(office):
    with pytest.raises(UsageError, match=r"'jurnalist' is no role"):
        SetRole.parse(["jurnalist"], 0)
    with pytest.raises(ActionError) as told:
        office.ana.contacts.set(author_of(office, office.write()), role="jurnalist")
    assert told.value.line() == "'jurnalist' is no role of a contact — did you mean \"journalist\"?"


RULE = """
[[rule]]
name = "writes for a paper"
when = "newspaper"
role = "journalist"

[[rule]]
name = "asks for a price"
when = "price"
role = "customer"
"""


def test_a_rule_gives_a_role_and_the_word_of_a_person_wins(office, tmp_path):
    (tmp_path / "r.toml").write_text(RULE)
    office.scoring = Scoring(tmp_path)
    paper, price = office.write("for our newspaper", author="mina"), office.write("what price?", author="mina")
    asks = office.write("what price?", author="ravi")
    office.engine()
    assert [office.row(n).role for n in (paper, price, asks)] == ["journalist", "journalist", "customer"]
    assert contact_of(office, paper).role_by == "rule:writes for a paper"
    office.ana.do(SetRole("troll"), [price])
    office.engine(60)
    assert [office.row(n).role for n in (paper, price)] == ["troll", "troll"]
    office.ana.do(SetRole(""), [price])
    office.engine()
    assert office.row(paper).role in ("journalist", "customer")
    assert contact_of(office, paper).role_by.startswith("rule:")


def test_a_rule_gives_a_role_to_who_is_new_in_an_old_conversation(office, tmp_path):
    (tmp_path / "r.toml").write_text(RULE)
    office.scoring = Scoring(tmp_path)
    number = office.write("hello", author="mina")
    office.now += MINUTE
    office.write("for our newspaper", to=number, author="paper")
    office.engine()
    row = office.row(number)
    assert (row.handle, row.role) == ("paper", "journalist")
    assert contacts.of(office.store.read(), PersonKey(author=row.author_id)).role_by == "rule:writes for a paper"
    assert office.rows("SELECT COUNT(*) FROM contacts") == [(1,)]


def test_rules_that_disagree_come_to_rest(office, tmp_path):
    (tmp_path / "r.toml").write_text(RULE)
    office.scoring = Scoring(tmp_path)
    for text in ("newspaper", "price", "newspaper price", "price") * 3:
        office.write(text, author="mina")
    for _ in range(50):
        if not office.store.write(lambda conn: scheduled.run(conn, office.intake())):
            break
    else:
        pytest.fail("the rules take turns for ever")
    assert len({row[0] for row in office.rows("SELECT role FROM conversations")}) == 1


def test_a_list_gives_its_role_to_all_on_it_in_portions(office, monkeypatch):
    monkeypatch.setattr("cminbox.engine.contact_matching.AT_ONCE", 2)
    numbers = [office.write(author=f"person{n}") for n in range(5)]
    for number in numbers:
        office.ana.contacts.put_on_list(author_of(office, number), "Press list")
    office.ana.contacts.set(author_of(office, numbers[0]), role="troll")
    assert office.ana.contacts.list_role("press LIST", "journalist") == "Press list"
    run(office)
    assert [office.row(n).role for n in numbers] == ["troll", *["journalist"] * 4]
    late = office.write(author="late")
    office.ana.contacts.put_on_list(author_of(office, late), "press list")
    assert office.row(late).role == "journalist"
    office.ana.contacts.take_off_list(author_of(office, late), "press list")
    assert office.row(late).role == ""
    office.ana.undo()
    office.ana.undo()
    office.ana.undo()
    run(office)
    assert {office.row(n).role for n in numbers[1:]} == {""}


def run(office) -> None:
    """The engine looks at all that it has to look at."""
    asyncio.run(ContactMatching(office.store, rest=lambda seconds: None).run())


def test_merging_makes_one_person_of_two_and_splits_again(office):
    here, there = office.write(author="mina"), elsewhere(office, "instagram", "mina.p", name="Mina P.")
    one, two = author_of(office, here), author_of(office, there)
    office.ana.contacts.note(one, "prefers mail")
    office.lena.contacts.note(two, "met at the fair")
    office.lena.contacts.set(two, vip=True, tags=["tea"])
    office.lena.contacts.put_on_list(two, "press")
    made = office.ana.contacts.merge(one, two)
    conn = office.store.read()
    assert [known.network for known in contacts.authors_of(conn, PersonKey(made.id))] == ["mastodon", "instagram"]
    assert {note.text for note in contacts.notes(conn, made.id)} == {"prefers mail", "met at the fair"}
    assert (made.vip, made.tags, [each.name for each in contacts.lists_of(conn, made.id)]) == (
        True,
        ("tea",),
        ["press"],
    )
    assert [office.row(n).vip for n in (here, there)] == [True, True]
    with pytest.raises(ActionError, match="Mina is one person already: there is nothing to merge"):
        office.ana.contacts.merge(one, two)
    with pytest.raises(ActionError, match="one person already"):
        office.ana.contacts.merge(one, one)
    office.ana.contacts.split(two.author)
    assert contacts.of(conn, two) is None
    assert not office.row(there).vip
    assert contact_suggestions.of(conn, one) == []
    office.ana.undo()
    assert contacts.of(conn, two).id == made.id
    office.ana.undo()
    assert contacts.of(conn, two).id != made.id
    assert [note.text for note in contacts.notes(conn, made.id)] == ["prefers mail"]
    assert [office.row(n).vip for n in (here, there)] == [False, True]


def test_a_merge_that_was_worked_on_since_is_undone_without_loss(office):
    one, two = (author_of(office, office.write(author=name)) for name in ("mina", "minna"))
    office.lena.contacts.note(two, "old")
    office.ana.contacts.merge(one, two)
    office.lena.contacts.note(two, "new")
    office.ana.undo()
    conn = office.store.read()
    assert [note.text for note in contacts.notes(conn, contacts.of(conn, two).id)] == ["old"]
    assert [note.text for note in contacts.notes(conn, contacts.of(conn, one).id)] == ["new"]


def test_nobody_is_split_from_themselves(office):
    who = author_of(office, office.write())
    with pytest.raises(ActionError, match="of no contact"):
        office.ana.contacts.split(who.author)
    office.ana.contacts.set(who, vip=True)
    with pytest.raises(ActionError, match="only account"):
        office.ana.contacts.split(who.author)


# suggestions


def reasons(office):
    return {
        (suggestion.other_id, suggestion.author_id): suggestion.reason
        for suggestion in contact_suggestions.all_open(office.store.read(), 100)
    }


def test_who_may_be_the_same_is_suggested_with_the_reason(office):
    numbers = {
        "here": elsewhere(
            office,
            "mastodon",
            "ana_lopez@shop.example",
            name="Ana López",
            source="brand2",
            url="https://s.example/@ana",
        ),
        "again": elsewhere(
            office,
            "mastodon",
            "ana_lopez@shop.example",
            name="Ana L.",
            source="search",
            url="https://s.example/@ana",
            remote="r1",
        ),
        "insta": elsewhere(office, "instagram", "ANA_LOPEZ", name="Ana López"),
        "site": elsewhere(office, "wordpress", "Ana", name="ANA LOPEZ", url="http://www.s.example/@ana/"),
        "short": elsewhere(office, "x", "ana", name="somebody"),
        "sky": elsewhere(office, "bluesky", "ana.bsky.social", name="nobody"),
    }
    first = office.row(numbers["here"]).author_id
    office.store.write(lambda conn: conn.execute("UPDATE authors SET remote_id = 'r1' WHERE id = ?", (first,)))
    run(office)
    by = {name: office.row(number).author_id for name, number in numbers.items()}
    found = reasons(office)
    assert found[by["here"], by["again"]] == "account"
    assert found[by["here"], by["insta"]] == "handle and name"
    assert found[by["here"], by["site"]] == "link"
    assert (by["short"], by["sky"]) not in found  # three letters say nothing on their own
    who = PersonKey(author=by["here"])
    offered = contact_suggestions.of(office.store.read(), who)
    assert {known.network for _, known in offered} == {"mastodon", "instagram", "wordpress"}


def test_what_was_refused_or_merged_is_not_suggested_again(office):
    one, two = office.write(author="tea_lover"), elsewhere(office, "x", "tea_lover")
    run(office)
    assert set(reasons(office).values()) == {"handle"}
    office.ana.contacts.refuse(author_of(office, one), author_of(office, two))
    assert reasons(office) == {}
    office.store.write(lambda conn: contact_suggestions.keep(conn, 0))
    run(office)
    assert reasons(office) == {}
    office.ana.undo()
    assert len(reasons(office)) == 1
    office.ana.contacts.merge(author_of(office, one), author_of(office, two))
    assert reasons(office) == {}
    assert contact_suggestions.of(office.store.read(), author_of(office, one)) == []
    office.ana.contacts.split(office.row(two).author_id)
    run(office)
    assert reasons(office) == {}


def test_a_handle_that_many_have_says_nothing(office):
    for network in ("x", "instagram", "facebook", "tiktok", "youtube", "reddit", "threads", "linkedin", "bluesky"):
        elsewhere(office, network, "customer")
    run(office)
    assert len(reasons(office)) <= 21


def test_comparing_goes_on_where_it_was_cut_off(office, monkeypatch):
    monkeypatch.setattr("cminbox.engine.contact_matching.AT_ONCE", 3)
    for n in range(8):
        office.write(author=f"person{n}")
        elsewhere(office, "x", f"person{n}")

    def matching():
        return ContactMatching(office.store, rest=lambda seconds: None)

    asyncio.run(matching().run(2))
    assert matching().words == "looking for the same people: 6 of 16 authors"
    asyncio.run(matching().run())
    assert (matching().words, matching().wanted) == ("", False)
    assert len(reasons(office)) == 8
    office.write(author="person9")
    assert matching().wanted


def test_the_brand_is_nobodys_double(office):
    office.write(author="teahouse")
    number = elsewhere(office, "x", "teahouse", remote="us")
    assert number
    office.store.write(lambda conn: conn.execute("UPDATE sources SET account_id = 'us' WHERE name = 'x'"))
    run(office)
    assert reasons(office) == {}


# the next follow-up


def test_what_a_follow_up_brings_back_was_not_resolved_as_what_a_person_opens_again(office):
    by_hand, by_time = (office.write(author=name) for name in ("mina", "zoe"))
    office.now += MINUTE
    for number in (by_hand, by_time):
        office.write("here it is", to=number, direction="out", author="us")
    office.now += MINUTE
    office.ana.do(Close(), [by_hand, by_time])
    office.ana.contacts.follow_up(author_of(office, by_time), "refund", office.now + MINUTE)
    office.engine(2)
    office.ana.do(Reopen(), [by_hand])
    measures = office.rows("SELECT conversation_id, measure FROM measures ORDER BY 1, 2")
    assert [m for c, m in measures if c == by_time] == [m for c, m in measures if c == by_hand]
    assert (office.row(by_time).status, office.row(by_hand).status) == ("open", "open")


@pytest.mark.parametrize("before", ["pending", "closed", "snoozed", "open"])
def test_a_follow_up_brings_the_newest_conversation_back_with_its_reason(office, before):
    old, new = office.write(author="mina"), None
    office.now += HOUR
    new = office.write(author="mina")
    office.now += MINUTE
    if before == "pending":
        office.write("here it is", to=new, direction="out", author="us")
    elif before == "closed":
        office.ana.do(Close(), [new])
    elif before == "snoozed":
        office.ana.do(Snooze(office.now + 30 * DAY), [new])
    office.engine()
    assert office.row(new).status == before
    office.ana.contacts.follow_up(author_of(office, new), "refund", office.now + DAY)
    office.engine(60)
    assert office.row(new).status == before
    changed = office.row(new).changed
    office.engine(24 * 60)
    assert (office.row(new).status, office.row(old).status) == ("open", "open")
    assert office.row(new).changed > changed
    event = events.of(office.store.read(), new)[-1]
    assert (event.actor, event.action, event.detail["what"], event.detail["of"]) == (
        "engine",
        "follow-up",
        "refund",
        "ana",
    )
    assert event_words(event, "lena") == "engine brought it back for what was to be done next: refund"
    assert len([e for e in events.of(office.store.read(), new) if e.action == "follow-up"]) == 1
    contact = contact_of(office, new)
    assert (contact.follow_up, contact.followed_up_at) == ("refund", office.now)
    office.engine(48 * 60)
    assert len([e for e in events.of(office.store.read(), new) if e.action == "follow-up"]) == 1


def test_a_follow_up_of_somebody_who_never_wrote_ends_quietly(office):
    number = office.store.write(lambda conn: contacts.insert(conn, "Press desk", office.now))
    office.ana.contacts.follow_up(PersonKey(number), "ask again", office.now + HOUR)
    office.engine(61)
    assert contacts.get(office.store.read(), number).followed_up_at == office.now


def test_a_time_that_is_over_is_refused(office):
    who = author_of(office, office.write())
    with pytest.raises(ActionError, match="that time is over"):
        office.ana.contacts.follow_up(who, "refund", office.now)
    office.ana.contacts.follow_up(who, "refund", office.now + HOUR)
    office.ana.contacts.follow_up(who, "", None)
    office.engine(120)
    assert contacts.of(office.store.read(), who).followed_up_at is None


# what people may not do


@pytest.mark.parametrize("name", ["", "  ", "x" * 300, "\u200d"])
def test_a_name_that_is_none_is_refused(office, name):
    with pytest.raises(ActionError):
        office.ana.contacts.set(author_of(office, office.write()), name=name)


@pytest.mark.parametrize("tag", ["a,b", "a;b", "x" * 41])
def test_a_tag_that_is_none_is_refused(office, tag):
    with pytest.raises(ActionError, match="not a tag"):
        office.ana.contacts.set(author_of(office, office.write()), tags=[tag])


def test_hostile_words_are_cleaned(office):
    who = author_of(office, office.write())
    made = office.ana.contacts.set(who, name="a\x1b[31m\u202eb\n c", tags=["t\x07ea", "Tea", "TEA"])
    assert (made.name, made.tags) == ("a[31mb c", ("tea",))
    office.ana.contacts.note(who, "\x00\ud800 hello\u2066")
    assert contacts.notes(office.store.read(), made.id)[0].text.strip() == "hello"


def test_a_vip_of_several_networks_is_one_on_all(office):
    here, there = office.write(author="mina"), elsewhere(office, "x", "mina_x")
    office.ana.contacts.merge(author_of(office, here), author_of(office, there))
    office.ana.do(Vip(), [there])
    assert [office.row(n).vip for n in (here, there)] == [True, True]
    assert notes.of(office.store.read(), here) == []


def test_merges_on_merges_are_undone_from_the_last_on(office):
    """An undo out of order would leave a person with accounts and without what was known of them."""
    for name in "abc":
        office.write(name, author=f"au{name}")
    keys = {handle: PersonKey(author=number) for handle, number in office.rows("SELECT handle, id FROM authors")}
    for handle, key in keys.items():
        office.dan.contacts.set(key, tags=[handle])
    office.ana.contacts.merge(keys["aua"], keys["aub"])
    office.lena.contacts.merge(keys["auc"], keys["aua"])

    def known():
        return {handle: contacts.of(office.store.read(), key).tags for handle, key in keys.items()}

    merged = known()
    with pytest.raises(ActionError, match="Aua was merged into Auc since"):
        office.ana.undo()
    assert known() == merged
    assert office.lena.undo().summary == "Auc: merging is undone"
    assert known() == {"aua": ("aua", "aub"), "aub": ("aua", "aub"), "auc": ("auc",)}


def test_a_note_on_who_was_merged_since_is_taken_back_all_the_same(office):
    for name in "ab":
        office.write(name, author=f"au{name}")
    keys = {handle: PersonKey(author=number) for handle, number in office.rows("SELECT handle, id FROM authors")}
    office.ana.contacts.note(keys["aua"], "a slip")
    office.lena.contacts.merge(keys["aub"], keys["aua"])
    office.ana.undo()
    found = contacts.of(office.store.read(), keys["aub"])
    assert contacts.notes(office.store.read(), found.id) == []

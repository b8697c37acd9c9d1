"""What messages carry beside their text: kept as the network said it, and followed when it changes there."""

from __future__ import annotations

import itertools
import json
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_rows import store_in

from cminbox.cli.transfer import _line
from cminbox.engine.scoring import Scoring
from cminbox.engine.takein import take_in
from cminbox.engine.transaction import Intake
from cminbox.model import HOUR, LABELLED, VERBS, Attachment, Author, Message, Post
from cminbox.sources.networks import jsonl
from cminbox.store import conversations, erasing, events, messages, network_actions, records, reporting, sources
from cminbox.store.sqlite import schema
from profiles import examples

NOW = 1_700_000_000_000
NUMBERS = itertools.count()
PICTURE = Attachment("picture", "https://cdn.example/1.png", "a crushed parcel")
FILM = Attachment("film", "", "", gone=True)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    with store_in(tmp_path_factory.mktemp("carried")) as store:
        yield store, Scoring(None)


def new_source(shelf):
    name = f"s{next(NUMBERS)}"
    return shelf[0].write(lambda conn: sources.ensure(conn, name, "jsonl"))


def take(shelf, source, *page: Message, now: int = NOW):
    store, scoring = shelf
    scored = [scoring.score(each) for each in page]
    return store.write(lambda conn: take_in(conn, source, scored, Intake(scoring, now, None, 4 * HOUR)))


def message(id: str = "m1", conversation: str = "c", text: str = "where is my parcel?", **more) -> Message:
    at = more.pop("at", NOW - HOUR)
    more.setdefault("lang", "en")
    return Message(id, conversation, more.pop("author", Author("a1", "mina", "Mina")), text, at, **more)


def row_of(shelf, source, key: str = "c"):
    return conversations.known(shelf[0].read(), source.id, [key])[key]


def stored(shelf, source, id: str = "m1"):
    return messages.by_remote(shelf[0].read(), source.id, id)


def happened(shelf, row) -> list[str]:
    return [event.action for event in events.of(shelf[0].read(), row.id)]


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
attachments = st.builds(Attachment, st.sampled_from(("picture", "film", "sound", "file")), texts, texts, st.booleans())
posts = st.builds(Post, texts.filter(bool), texts, texts)
carried = st.fixed_dictionaries(
    {
        "attachments": st.lists(attachments, max_size=4).map(tuple),
        "stars": st.none() | st.integers(1, 5),
        "held": st.booleans(),
        "hidden": st.booleans(),
        "ad": st.booleans(),
        "post": st.none() | posts,
        "can": st.none() | st.frozensets(st.sampled_from(VERBS)),
        "done": st.frozensets(st.sampled_from(VERBS)),
        "answer_until": st.none() | st.integers(0, 2 * NOW),
    }
)


@settings(max_examples=examples(40), deadline=None)
@given(carried, carried)
def test_what_a_message_carries_comes_back_as_it_was_said_and_as_it_is_said_again(shelf, first, then):
    source = new_source(shelf)
    take(shelf, source, message(**first))
    assert stored(shelf, source).as_message("c") == message(**first)
    assert take(shelf, source, message(**first)).known == 1
    take(shelf, source, message(**then))
    kept = {name: first[name] if then[name] is None else then[name] for name in ("stars", "answer_until", "post")}
    if first["post"] and then["post"] and first["post"].id == then["post"].id:
        kept["post"] = Post(
            then["post"].id, then["post"].title or first["post"].title, then["post"].url or first["post"].url
        )
    assert stored(shelf, source).as_message("c") == message(**{**then, **kept})
    row = row_of(shelf, source)
    assert row.content[3:6] == (then["held"], then["hidden"], then["ad"])
    assert (row.content.stars, row.content.answer_until) == (kept["stars"], kept["answer_until"])
    assert len(row.content.attachments) == len(then["attachments"])
    assert "edit" not in happened(shelf, row)


def test_what_is_released_hidden_or_liked_elsewhere_is_no_edit_and_opens_nothing(shelf):
    source = new_source(shelf)
    take(shelf, source, message(held=True), message("m2", direction="out", at=NOW - HOUR // 2, parent="m1"))
    before = row_of(shelf, source)
    assert (before.content.held, before.status) == (True, "pending")
    told = take(shelf, source, message(hidden=True, done=frozenset({"like"})))
    after = row_of(shelf, source)
    assert (told.changed, told.edited) == (1, 0)
    assert (*after.content[1:5], after.status) == (False, False, False, True, "pending")
    assert after.changed > before.changed
    assert stored(shelf, source).done == {"like"}
    assert "edit" not in happened(shelf, after)


def test_what_a_networks_moderators_say_of_it_later_is_kept_and_no_edit(shelf):
    source = new_source(shelf)
    take(shelf, source, message(extra={"cid": "c"}))
    told = take(shelf, source, message(extra={"cid": "new", LABELLED: "spam"}))
    assert (told.changed, told.edited) == (1, 0)
    assert stored(shelf, source).extra == {"cid": "c", LABELLED: "spam"}
    assert take(shelf, source, message(extra={"cid": "new", LABELLED: "spam"})).changed == 0
    take(shelf, source, message(extra={"cid": "new"}))
    assert not stored(shelf, source).extra[LABELLED]
    assert take(shelf, source, message(extra={"cid": "new"})).changed == 0


def test_messages_of_one_page_share_their_post_and_a_new_title_is_taken(shelf):
    source = new_source(shelf)
    post = Post("p1", "Spring sale", "https://brand.example/p1")
    take(shelf, source, message(post=post))
    take(shelf, source, message(post=post), message("m2", "d", post=post), message("m3", "e", post=post))
    assert shelf[0].read().execute("SELECT COUNT(*) FROM posts WHERE source_id = ?", (source.id,)).fetchone()[0] == 1
    assert row_of(shelf, source, "e").content.post == "Spring sale"
    take(shelf, source, message(post=Post("p1", "Summer sale")))
    assert stored(shelf, source, "m3").post[2:] == ("Summer sale", "https://brand.example/p1")
    assert row_of(shelf, source).content.post == "Summer sale"


def test_a_row_tells_what_the_waiting_messages_carry_newest_first(shelf):
    source = new_source(shelf)
    take(shelf, source, message(attachments=(PICTURE,)), message("m2", at=NOW - 60_000, attachments=(FILM,)))
    assert row_of(shelf, source).content.attachments == ("film (gone)", "picture: a crushed parcel")
    assert row_of(shelf, source).content.stars is None
    take(shelf, source, message("m3", at=NOW, stars=2, kind="review"))
    assert row_of(shelf, source).content.stars == 2


def test_alt_texts_are_found_by_words_and_judged_by_nobody(shelf):
    source = new_source(shelf)
    angry = Attachment("picture", "", "a horrible terrible scam, where is my refund?")
    take(shelf, source, message(text="hello", attachments=(angry,)))
    kept = stored(shelf, source)
    plain = shelf[1].score(message(text="hello"))
    assert (kept.sentiment, kept.lang) == (plain.heard.sentiment.score, plain.heard.lang)
    found = "SELECT rowid FROM message_words WHERE words MATCH 'refund' AND rowid = ?"
    assert shelf[0].read().execute(found, (kept.id,)).fetchone()
    take(shelf, source, message(text="hello"))
    assert not shelf[0].read().execute(found, (kept.id,)).fetchone()


def test_what_stood_in_the_text_of_earlier_versions_becomes_attachments_and_no_edit(shelf):
    source = new_source(shelf)
    take(shelf, source, message(text="look\n[image] a crushed parcel\n- yes"))
    take(shelf, source, message(text="look\n- yes", attachments=(PICTURE,)))
    kept, row = stored(shelf, source), row_of(shelf, source)
    assert (kept.text, kept.attachments, kept.edited_at) == ("look\n- yes", (PICTURE,), None)
    assert not row.content.edited
    assert "edit" not in happened(shelf, row)


def test_deleted_messages_are_neither_held_nor_hidden_any_more(shelf):
    source = new_source(shelf)
    take(shelf, source, message(held=True, hidden=True), message("m2"))
    store, scoring = shelf
    store.write(lambda conn: take_in(conn, source, [], Intake(scoring, NOW, None, HOUR), deleted=["m1"]))
    row = row_of(shelf, source)
    assert (*row.content[3:5], row.content.deleted, row.gone) == (False, False, True, False)


def test_what_is_erased_leaves_no_alt_text_behind(shelf):
    source = new_source(shelf)
    take(shelf, source, message(author=Author("a9", "zorblatt", "Zor Blatt"), attachments=(PICTURE,)))
    take(shelf, source, message("m2", attachments=(Attachment("picture", "", "@zorblatt smiles"),)))
    store = shelf[0]
    (person,) = erasing.people(store.read(), "zorblatt")
    store.write(lambda conn: erasing.forget(conn, person, NOW))
    assert stored(shelf, source).attachments == ()
    assert "zorblatt" not in stored(shelf, source, "m2").attachments[0].alt
    found = "SELECT 1 FROM message_words WHERE words MATCH 'zorblatt'"
    assert not store.read().execute(found).fetchone()


def test_a_store_of_before_knows_which_conversations_had_deletions(tmp_path):
    path = tmp_path / "old.db"
    conn = sqlite3.connect(path, isolation_level=None)
    for name, script in schema.scripts():
        if name.startswith("0017"):
            conn.execute("INSERT INTO sources (id, name, network) VALUES (1, 's', 'x')")
            conn.executemany(
                "INSERT INTO conversations (id, source_id, remote_id, source, network, kind, status, created_at,"
                " newest_at, changed) VALUES (?, 1, ?, 's', 'x', 'dm', 'open', 1, 1, 1)",
                [(1, "c1"), (2, "c2")],
            )
            conn.executemany(
                "INSERT INTO messages (source_id, remote_id, conversation_id, kind, direction, text, created_at,"
                " fetched_at, deleted_at) VALUES (1, ?, ?, 'dm', 'in', 'x', 1, 1, ?)",
                [("m1", 1, None), ("m2", 2, 5)],
            )
        for statement in schema.statements(script):
            conn.execute(statement)
    assert conn.execute("SELECT id, deleted FROM conversations").fetchall() == [(1, 0), (2, 1)]
    assert conn.execute("SELECT DISTINCT attachments, stars, held, can, done FROM messages").fetchall() == [
        ("[]", None, 0, None, "[]")
    ]
    conn.close()


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "{}",
        "null",
        "x",
        "[1]",
        '[["picture"]]',
        "[[1, 2, 3, 4]]",
        '[["x", "y", null, 1]]',
        '[[["a"], "b", "c", 0]]',
    ],
)
def test_attachments_that_are_damaged_are_none_and_stop_nothing(broken):
    assert records.attachments_of(broken) == ()


@settings(max_examples=examples(25), deadline=None)
@given(carried)
def test_what_is_exported_and_imported_is_the_same(shelf, first):
    """`can`, `done` and how long it can be answered are of the account that read it."""
    source = new_source(shelf)
    said = message(**{name: value for name, value in first.items() if name not in ("can", "done", "answer_until")})
    clear = {"attachments": said.attachments, "post": said.post}
    clear["attachments"] = tuple(one._replace(address="https://x.example/1", alt="a cat") for one in said.attachments)
    if said.post is not None:
        clear["post"] = Post("p 1", "Sale", "https://x.example/p")
    said = said._replace(**clear)
    take(shelf, source, said)
    row = row_of(shelf, source)
    (line,) = [_line(one) for one in reporting.exported(shelf[0].read(), [row.id])]
    again = jsonl.parse(json.loads(json.dumps(line)), present=NOW)
    for name in ("attachments", "stars", "held", "hidden", "ad", "post"):
        assert getattr(again, name) == getattr(said, name), name


def test_what_a_network_does_not_say_again_stays_as_it_was(shelf):
    """X never says what is hidden, LinkedIn not what we like: what we did there stands until the network says else."""
    source = new_source(shelf)
    take(shelf, source, message(hidden=True, done=frozenset({"like"})))
    assert take(shelf, source, message(hidden=None, done=None)).changed == 0
    assert (stored(shelf, source).hidden, stored(shelf, source).done) == (True, {"like"})
    take(shelf, source, message(hidden=False, done=frozenset()))
    assert (stored(shelf, source).hidden, stored(shelf, source).done) == (False, frozenset())
    take(shelf, source, message("m2", hidden=None, done=None))
    new = stored(shelf, source, "m2")
    assert (new.hidden, new.done) == (False, frozenset())


def test_what_we_hid_by_holding_it_is_hidden_and_waits_for_nobodys_review(shelf):
    source = new_source(shelf)
    take(shelf, source, message())
    target = stored(shelf, source)
    done = {
        **dict.fromkeys(("created_at", "updated_at", "sent_at"), NOW),
        **{"conversation_id": target.conversation_id, "source_id": source.id, "message_id": target.id},
        **{"status": "sent", "member": "ana", "verb": "hide", "key": f"hide {source.id}"},
    }
    shelf[0].write(lambda conn: network_actions.insert(conn, done))
    take(shelf, source, message(held=True))
    content = row_of(shelf, source).content
    assert (content.held, content.hidden) == (False, True)
    take(shelf, source, message())
    content = row_of(shelf, source).content
    assert (content.held, content.hidden) == (False, False)
    undone = {**done, "undo": True, "key": f"show {source.id}", "sent_at": NOW + 1}
    shelf[0].write(lambda conn: network_actions.insert(conn, undone))
    take(shelf, source, message(held=True))
    content = row_of(shelf, source).content
    assert (content.held, content.hidden) == (True, False)

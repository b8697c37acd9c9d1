"""Messages into the store: once each, whatever the order and the pages they come in, and nothing that breaks it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_rows import store_in

from cminbox.engine.scoring import Scored, Scoring
from cminbox.engine.takein import take_in
from cminbox.engine.transaction import Intake
from cminbox.errors import DataError
from cminbox.model import DAY, HOUR, MINUTE, UNKNOWN_SENTIMENT, Author, Message
from cminbox.rules.analysis import Analysis
from cminbox.sources.contract import Account
from cminbox.sources.networks import jsonl
from cminbox.sources.networks.mastodon import status
from cminbox.store import change_numbers, conversations, messages, sources
from profiles import examples

NOW = 1_700_000_000_000
NUMBERS = itertools.count()
TEXTS = ("where is my refund?", "thank you!", "this is a scam", "रिफंड कब मिलेगा?", "hello", "I am so angry and sad")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A store, and the shipped rules."""
    with store_in(tmp_path_factory.mktemp("takein")) as store:
        yield store, Scoring(None)


def take(shelf, source, page: Sequence[Message], now: int = NOW, **more):
    """One page, scored and taken in."""
    store, scoring = shelf
    intake = Intake(scoring, now, more.pop("history_before", None), 4 * HOUR)
    scored = [scoring.score(message) for message in page]
    return store.write(lambda conn: take_in(conn, source, scored, intake, **more))


def new_source(shelf):
    name = f"s{next(NUMBERS)}"
    return shelf[0].write(lambda conn: sources.ensure(conn, name, "jsonl"))


def message(id: str, at: int, conversation: str = "c", text: str = "hello", **more) -> Message:
    author = more.pop("author", Author(f"a-{more.get('direction', 'in')}", "mina", "Mina"))
    return Message(id, conversation, author, text, at, **more)


VOLATILE = ("id", "source_id", "source", "changed", "author_id")


def state(shelf, source) -> dict:
    """What the store made of a source, without what numbers alone tell apart."""
    conn = shelf[0].read()
    found = {}
    for row in conn.execute("SELECT * FROM conversations WHERE source_id = ?", (source.id,)):
        kept = {key: row[key] for key in row.keys() if key not in VOLATILE}  # noqa: SIM118 - a row yields its values
        measured = conn.execute(
            "SELECT measure, start_at, end_at, member FROM measures WHERE conversation_id = ?", (row["id"],)
        )
        kept["measures"] = sorted(tuple(m) for m in measured)
        kept["said"] = [(m.remote_id, m.text) for m in messages.thread(conn, row["id"])]
        found[row["remote_id"]] = kept
    return found


@st.composite
def pages(draw) -> tuple[list[Message], list[list[Message]]]:
    """Messages, and the same messages in another order, in pages that overlap."""
    count = draw(st.integers(1, 9))
    times = draw(st.lists(st.integers(0, 30), min_size=count, max_size=count, unique=True))
    said = [
        message(
            f"m{number}",
            NOW - HOUR + at * MINUTE,
            draw(st.sampled_from("ab")),
            draw(st.sampled_from(TEXTS)),
            direction=draw(st.sampled_from(["in", "in", "out"])),
            kind=draw(st.sampled_from(["mention", "reply"])),
        )
        for number, at in enumerate(times)
    ]
    mixed = draw(st.permutations([*said, *draw(st.lists(st.sampled_from(said), max_size=4))]))
    cuts = sorted(draw(st.lists(st.integers(0, len(mixed)), max_size=3)))
    return said, [list(mixed[a:b]) for a, b in itertools.pairwise([0, *cuts, len(mixed)])]


@settings(max_examples=examples(100))
@given(pages())
def test_the_order_of_arrival_changes_nothing_and_twice_is_once(shelf, given_pages):
    said, mixed = given_pages
    at_once, piecemeal = new_source(shelf), new_source(shelf)
    take(shelf, at_once, said)
    for page in mixed:
        take(shelf, piecemeal, page)
    assert state(shelf, piecemeal) == state(shelf, at_once)
    for source in (at_once, piecemeal):
        assert sources.get(shelf[0].read(), source.id).taken == len(said)
        before = state(shelf, source)
        assert take(shelf, source, said).new == 0
        assert state(shelf, source) == before


def test_a_page_and_its_cursor_are_kept_together_or_not_at_all(shelf):
    source = new_source(shelf)
    take(shelf, source, [message("1", NOW)], cursor=("mentions", "17"), skipped=2)
    assert sources.cursors(shelf[0].read(), source.id) == {"mentions": "17"}
    assert sources.get(shelf[0].read(), source.id).skipped == 2
    broken = [message("2", NOW), message("3", NOW, text="half a pair \ud83d")]
    with pytest.raises(UnicodeEncodeError):
        shelf[0].write(
            lambda conn: take_in(
                conn,
                source,
                [Scored(m, "", Analysis("", "", UNKNOWN_SENTIMENT)) for m in broken],
                Intake(shelf[1], NOW),
                cursor=("mentions", "19"),
            )
        )
    assert sources.cursors(shelf[0].read(), source.id) == {"mentions": "17"}
    assert [said for row in state(shelf, source).values() for said in row["said"]] == [("1", "hello")]


def test_every_page_that_brings_something_has_a_change_number_of_its_own(shelf):
    """Screens ask for what is newer than the newest they have seen."""
    source, conn = new_source(shelf), shelf[0].read()
    numbers = []
    for number in range(3):
        before = change_numbers.newest(conn)
        take(shelf, source, [message(str(number), NOW + number, conversation="ab"[number % 2])])
        changed = conversations.known(conn, source.id, "ab")["ab"[number % 2]].changed
        assert before < changed == change_numbers.newest(conn)
        numbers.append(changed)
    assert len(set(numbers)) == 3
    take(shelf, source, [message("0", NOW, conversation="a")])
    assert change_numbers.newest(conn) == numbers[-1]


def test_a_conversation_that_was_gone_comes_back_with_a_new_message(shelf):
    source = new_source(shelf)
    take(shelf, source, [message("1", NOW)])
    assert take(shelf, source, [], deleted=["1", "never-seen"]).deleted == 1
    (row,) = state(shelf, source).values()
    assert (row["gone"], row["status"], row["inbound"]) == (1, "closed", 0)
    take(shelf, source, [message("2", NOW + MINUTE)])
    (row,) = state(shelf, source).values()
    assert (row["gone"], row["status"], row["inbound"]) == (0, "open", 1)
    assert row["waiting_since"] == NOW + MINUTE


def test_what_the_network_has_again_counts_again(shelf):
    source = new_source(shelf)
    take(shelf, source, [message("1", NOW)])
    before = state(shelf, source)
    take(shelf, source, [], deleted=["1"])
    take(shelf, source, [message("1", NOW)])
    assert state(shelf, source) == before


def test_an_answer_that_a_poll_finds_after_the_deletion_counts_if_it_was_given_before(shelf):
    source = new_source(shelf)
    take(shelf, source, [message("1", NOW)])
    take(shelf, source, [], now=NOW + HOUR, deleted=["1"])
    take(shelf, source, [message("2", NOW + MINUTE, direction="out")], now=NOW + 2 * HOUR)
    (row,) = state(shelf, source).values()
    assert [m[0] for m in row["measures"]] == ["first_response", "reply"]


def test_a_measure_keeps_the_sla_that_was_in_force_until_then(shelf, tmp_path):
    """The rule speaks of those who wait; once they are answered it no longer does."""
    (tmp_path / "rules.toml").write_text('[[rule]]\nname = "refund"\nwhen = "is:open refund"\nsla = "1h"\n')
    strict = (shelf[0], Scoring(tmp_path))
    source = new_source(shelf)
    take(strict, source, [message("1", NOW, text="refund!")])
    take(strict, source, [message("2", NOW + 2 * HOUR, direction="out")], now=NOW + 2 * HOUR)
    found = shelf[0].read().execute("SELECT sla_target FROM measures WHERE source_id = ?", (source.id,))
    assert [row[0] for row in found] == [HOUR, HOUR]


def test_a_new_wait_is_warned_of_anew(shelf):
    source = new_source(shelf)
    take(shelf, source, [message("1", NOW)])
    row = conversations.known(shelf[0].read(), source.id, "c")["c"]
    shelf[0].write(lambda conn: conversations.update(conn, row.id, {"warned_at": NOW + 3 * HOUR}))
    take(shelf, source, [message("2", NOW + 2 * MINUTE)])
    assert conversations.get(shelf[0].read(), row.id).warned_at == NOW + 3 * HOUR
    take(shelf, source, [message("3", NOW + 3 * HOUR, direction="out"), message("4", NOW + 4 * HOUR)])
    assert conversations.get(shelf[0].read(), row.id).warned_at is None


def test_a_label_that_a_rule_gave_stays_when_the_question_is_answered(shelf):
    source = new_source(shelf)
    take(shelf, source, [message("1", NOW, text="I want a refund"), message("2", NOW + 1, text="hello?")])
    assert json.loads(state(shelf, source)["c"]["labels"]) == ["billing"]
    take(shelf, source, [message("3", NOW + MINUTE, direction="out")])
    assert json.loads(state(shelf, source)["c"]["labels"]) == ["billing"]


def test_history_opens_nothing_and_what_follows_it_does(shelf):
    source = new_source(shelf)
    take(shelf, source, [message("1", NOW - 30 * DAY), message("2", NOW - DAY)], history_before=NOW - 7 * DAY)
    row = state(shelf, source)["c"]
    assert (row["status"], row["messages"], row["waiting"], row["cycle_at"]) == ("open", 2, 1, NOW - DAY)


def test_times_before_1970_are_times(shelf):
    source = new_source(shelf)
    take(shelf, source, [message("1", -5 * DAY)])
    row = state(shelf, source)["c"]
    assert (row["inbound_at"], row["outbound_at"], row["waiting_since"]) == (-5 * DAY, None, -5 * DAY)


ACCOUNT = Account("brand", "mastodon", "https://social.example", True, {}, "secret", 7 * DAY, "1")
HUGE = 2**80
HOSTILE = ("half \ud83d pair", "\x00nul", "\x1b[31mred\x1b]0;title\x07", "a" + "\u0301" * 500, "x" * 70_000, "‮evil")


def told_jsonl(text: str, number: int) -> dict:
    return {
        "id": f"i{text}",
        "network": text,
        "conversation": text,
        "author": {"id": text, "handle": text, "name": text, "followers": number},
        "text": text,
        "created_at": "2026-05-01T10:00:00+00:00",
        "url": f"https://x.example/{text}",
        "lang": text,
    }


def told_mastodon(text: str, number: int) -> dict:
    return {
        "id": f"i{text}",
        "uri": text,
        "created_at": "2026-05-01T10:00:00.000Z",
        "content": f"<p>{text}</p>",
        "spoiler_text": text,
        "language": text,
        "visibility": text,
        "url": f"https://x.example/{text}",
        "account": {
            "id": text,
            "acct": text,
            "username": text,
            "display_name": text,
            "followers_count": number,
            "url": text,
        },
        "mentions": [{"id": text, "acct": text, "username": text, "url": text}],
        "in_reply_to_id": text,
        "replies_count": number,
    }


@pytest.mark.parametrize("number", [HUGE, -HUGE, 2**63, -1])
@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("network", ["jsonl", "mastodon"])
def test_no_surrogate_and_no_huge_number_gets_past_an_adapter(shelf, network, text, number):
    """Whatever an adapter makes of it, the store takes, or the adapter has said that it could not be understood."""
    source = new_source(shelf)
    try:
        if network == "jsonl":
            said = jsonl.parse(told_jsonl(text, number), ACCOUNT)
        else:
            said = status.parse(told_mastodon(text, number), ACCOUNT, conversation="c")
    except DataError:
        return
    assert take(shelf, source, [said]).new == 1
    (row,) = state(shelf, source).values()
    for kept in (row["preview"], row["handle"], row["name"], *(text for _, text in row["said"])):
        assert "\x1b" not in kept
        kept.encode()

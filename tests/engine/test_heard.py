"""What a conversation is known by besides its words: what a short message answers, what was before, where it goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox import config as configuration
from cminbox import paths
from cminbox.desk import Close, Desk, NoneNeeded
from cminbox.engine.message_columns import mood_direction
from cminbox.engine.scoring import Scoring
from cminbox.engine.takein import take_in
from cminbox.engine.transaction import Intake
from cminbox.model import DAY, HOUR, MINUTE, WEEK, Author, Conversation, Member, Message, StoredAuthor, StoredMessage
from cminbox.screens.conversation.words import contact_rows, mood_words
from cminbox.store import Store, conversations, messages, sources
from cminbox.widgets.queue_row import DIRECTION_GLYPHS, SENTIMENT_GLYPHS
from stores import new_store

NOW = 1_780_000_000_000
ANGRY = "my parcel arrived completely broken and nobody answers me"


class Inbox:
    """A store with one source, at a time that tests move."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.now = store, NOW
        self.scoring = Scoring(None)
        self.source = store.write(lambda conn: sources.ensure(conn, "shop", "mastodon"))
        config = configuration.load(paths.find(config=str(folder), data=str(folder)))
        self.desk = Desk(store, config, Member("ana"), session="s", clock=lambda: self.now)
        self.count = 0

    def say(self, text: str, conversation: str = "c", who: str = "mina", **more) -> StoredMessage:
        self.count += 1
        at = more.pop("at", self.now - HOUR + self.count * MINUTE)
        said = Message(f"m{self.count}", conversation, Author(who, who), text, at, **more)
        scored = [self.scoring.score(said)]
        self.store.write(
            lambda conn: take_in(conn, self.source, scored, Intake(self.scoring, self.now, None, 4 * HOUR))
        )
        found = messages.by_remote(self.store.read(), self.source.id, said.id)
        assert found is not None
        return found

    def row(self, key: str = "c") -> Conversation:
        return conversations.known(self.store.read(), self.source.id, [key])[key]


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    with new_store(tmp_path / "store.db") as store:
        yield Inbox(store, tmp_path)


@pytest.mark.parametrize("text", ["Same here.", "@shop same here", "Still nothing", "Any news?"])
def test_a_short_answer_is_judged_with_what_it_answers(inbox: Inbox, text: str) -> None:
    first = inbox.say(ANGRY)
    short = inbox.say(text)
    assert short.judged_with == first.id
    assert short.sentiment_class == "negative"
    assert "broken" in short.signals
    assert short.signal_words["broken"] == first.signal_words["broken"]


def test_it_answers_its_parent_rather_than_what_stands_before(inbox: Inbox) -> None:
    first = inbox.say(ANGRY)
    inbox.say("what a lovely shop, great tea", who="bo")
    short = inbox.say("same here", who="cy", parent="m1")
    assert short.judged_with == first.id
    inbox.say("sorry to hear that", direction="out", who="us", parent="m3")
    assert inbox.say("same", who="dee", parent="m4").judged_with == short.id  # ours says nothing of them


@pytest.mark.parametrize("text", ["Thanks!", "haha", "👍", "I bought two more and each of them is great, well done"])
def test_what_says_enough_stands_alone(inbox: Inbox, text: str) -> None:
    inbox.say(ANGRY)
    assert inbox.say(text).judged_with is None


def test_somebody_elses_question_is_about_something_of_its_own(inbox: Inbox) -> None:
    inbox.say(ANGRY)
    assert inbox.say("When do you open?", who="bo").judged_with is None


def test_why_says_that_it_was_judged_with_what_it_answers(inbox: Inbox) -> None:
    inbox.say(ANGRY)
    inbox.say("we are sorry", direction="out", who="us", parent="m1")
    inbox.say("Still nothing")
    assert any(reason.why.endswith(", as what it answers") for reason in inbox.row().reasons)


def test_an_edit_of_what_was_answered_is_heard_in_the_answer(inbox: Inbox) -> None:
    first = inbox.say(ANGRY)
    inbox.say("same here")
    edited = Message("m1", "c", Author("mina", "mina"), "what a lovely shop", first.created_at, edited_at=NOW)
    scored = [inbox.scoring.score(edited)]
    inbox.store.write(lambda conn: take_in(conn, inbox.source, scored, Intake(inbox.scoring, NOW, None, 4 * HOUR)))
    short = messages.by_remote(inbox.store.read(), inbox.source.id, "m2")
    assert short is not None
    assert "broken" not in short.signals


def test_who_comes_back_is_known(inbox: Inbox) -> None:
    inbox.say(ANGRY, "one")
    assert "first-contact" in inbox.row("one").content.signals
    inbox.desk.do(Close(), [inbox.row("one").id])
    inbox.now += 2 * DAY
    inbox.say("hello, a question: do you ship to Canada?", "two")
    assert {"again", "bad-before"} <= {*inbox.row("two").content.signals}
    assert "first-contact" not in inbox.row("two").content.signals
    inbox.now += 2 * WEEK
    inbox.say("and to Mexico?", "three")
    assert "again" not in inbox.row("three").content.signals
    inbox.say("hello there, what does it cost?", "other", who="bo")
    assert not {"again", "bad-before"} & {*inbox.row("other").content.signals}


def test_the_same_conversation_that_opens_again_is_again(inbox: Inbox) -> None:
    inbox.say("do you ship to Canada?")
    inbox.desk.do(NoneNeeded("chatter"), [inbox.row().id])
    inbox.now += DAY
    inbox.say("hello? do you?")
    assert "again" in inbox.row().content.signals


def test_what_turns_out_of_an_earlier_conversation_is_known_in_the_later(inbox: Inbox) -> None:
    inbox.say("hello shop, one question", "one")
    inbox.say("do you ship to Canada?", "two")
    assert "bad-before" not in inbox.row("two").content.signals
    inbox.say(ANGRY, "one")
    assert "bad-before" in inbox.row("two").content.signals


def test_three_that_wait_are_several(inbox: Inbox) -> None:
    for expected in (False, False, True):
        inbox.say("where is my parcel now?")
        assert ("several" in inbox.row().content.signals) is expected
    inbox.say("here it is", direction="out", who="us", parent="m3")
    assert "several" not in inbox.row().content.signals


def test_who_says_that_it_is_solved_no_longer_weighs_what_they_wrote_before(inbox: Inbox) -> None:
    inbox.say(ANGRY)
    assert inbox.row().priority > 30
    inbox.say("All sorted now, thank you so much!")
    row = inbox.row()
    assert (row.priority <= 9, "sorted" in row.content.signals, "broken" in row.content.signals) == (True, True, False)
    inbox.say(ANGRY, who="bo")
    row = inbox.row()
    assert (row.priority > 30, "sorted" in row.content.signals) == (True, False)


def heard(*scores: float | None) -> list[StoredMessage]:
    author = StoredAuthor(1)
    plain = StoredMessage(1, 1, "m", 1, author, "mention", "in", "text", 0, 0)
    return [plain._replace(id=n, sentiment=score) for n, score in enumerate(scores)]


@pytest.mark.parametrize(
    ("scores", "direction"),
    [
        ((), ""),
        ((None, -0.5), ""),
        ((-0.5, -0.6), "steady"),
        ((0.2, -0.6), "getting worse"),
        ((-0.8, None, 0.1), "getting better"),
        ((0.5, 0.4, 0.5, 0.4, -0.1), "getting worse"),
        ((-0.8, -0.7, -0.8, -0.7, -0.8, -0.8, -0.7, -0.5), "steady"),
        ((0.6, 0.2, -0.2, -0.6, 0.0), "getting worse"),
    ],
)
def test_the_mood_goes_where_all_scores_go_and_not_where_the_last_one_is(
    scores: tuple[float | None, ...], direction: str
) -> None:
    assert mood_direction(heard(*scores)) == direction


def test_where_the_mood_goes_stands_in_words_and_in_the_row(inbox: Inbox) -> None:
    inbox.say("what a lovely shop, I love the tea")
    inbox.say("I hate this, it is horrible and broken, the worst tea ever")
    row = inbox.row()
    assert row.content.mood_direction == "getting worse"
    assert mood_words(row).endswith(", getting worse")
    assert DIRECTION_GLYPHS["getting worse"] != SENTIMENT_GLYPHS["negative"]
    told = dict(contact_rows(row, NOW))
    assert "broken" in told["signals"]
    assert told["urgency"].startswith(f"{row.content.urgency} “") is (row.content.urgency > 0)


@given(st.lists(st.one_of(st.none(), st.integers(-7, 7).map(lambda seventh: seventh / 7)), max_size=12))
def test_a_mood_turned_round_goes_the_other_way(scores: list[float | None]) -> None:
    other = {"": "", "steady": "steady", "getting worse": "getting better", "getting better": "getting worse"}
    one, back = mood_direction(heard(*scores)), mood_direction(heard(*scores[::-1]))
    assert back == other[one]

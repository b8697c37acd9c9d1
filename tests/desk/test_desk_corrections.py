"""What a person corrects of a message goes on counting for it: when it is read again, and when it is edited."""

from __future__ import annotations

import pytest
from desk_office import Office

from cminbox.commands.action import action_of
from cminbox.desk.corrections import Correct
from cminbox.engine import context
from cminbox.errors import UsageError
from cminbox.model import MINUTE, StoredMessage
from cminbox.store import events, messages


def thread(office: Office, number: int) -> list[StoredMessage]:
    return messages.thread(office.store.read(), number)


def do(office: Office, number: int, *words: str):
    return office.ana.do(action_of("correct", words, office.now), [number])


def test_the_chosen_message_is_corrected_and_no_other(office):
    number = office.write("where is my parcel?")
    office.now += MINUTE
    office.write("thanks, all is well", to=number)
    first, second = thread(office, number)
    do(office, number, f"message:{first.id}", "positive", "signal:refund", "-signal:question")
    office.engine()
    corrected, other = thread(office, number)
    assert (corrected.sentiment_class, corrected.sentiment_by) == ("positive", "member:ana")
    assert (corrected.signals_by, "refund" in corrected.signals, "question" in corrected.signals) == (
        "member:ana", True, False,
    )  # fmt: skip
    assert other == second
    assert "refund" in office.row(number).content.signals


WORD = ("sentiment", "sentiment_class", "lang", "signals", "signal_words", "needs_answer")


def test_it_survives_being_read_again_and_an_edit(office):
    number = office.write("where is my parcel?")
    do(office, number, "negative", "lang:es", "signal:scam", "-signal:question")
    (before,) = thread(office, number)
    office.store.write(lambda conn: context.hear_again(conn, office.scoring, number))
    office.engine()
    said = [getattr(before, name) for name in WORD]
    assert [getattr(thread(office, number)[0], name) for name in WORD] == said
    office.hear(
        office.message("m1", number, "where is my parcel? it is late, please help")._replace(edited_at=office.now)
    )
    (edited,) = thread(office, number)
    assert "late" in edited.text
    assert [getattr(edited, name) for name in WORD] == said


def test_it_is_taken_back_whole(office):
    number = office.write("where is my parcel?")
    (before,), row = thread(office, number), office.row(number)
    do(office, number, "positive", "lang:es", "signal:refund", "-needs-answer")
    office.engine()
    assert office.row(number).needs_since is None
    office.ana.undo()
    office.engine()
    assert thread(office, number) == [before]
    after = office.row(number)
    assert (after.needs_since, after.content.signals, after.lang) == (row.needs_since, row.content.signals, row.lang)


def test_what_somebody_corrected_since_stays_theirs(office):
    number = office.write("where is my parcel?")
    do(office, number, "signal:refund")
    office.lena.do(Correct(remove=("refund",)), [number])
    outcome = office.ana.undo()
    assert "the correction was changed meanwhile" in outcome.summary
    assert "refund" not in thread(office, number)[0].signals


def test_the_log_says_what_was_corrected(office):
    number = office.write("where is my parcel?")
    do(office, number, "neutral", "signal:refund", "needs-answer")
    event = events.of(office.store.read(), number)[-1]
    assert (event.action, event.detail["add"], event.detail["needs"]) == ("correct", ["refund"], True)


def test_a_message_of_ours_or_of_another_conversation_is_left_alone(office):
    number, other = office.write("where is my parcel?"), office.write("and mine?", author="tom")
    (elsewhere,) = thread(office, other)
    ((_, why),) = do(office, number, f"message:{elsewhere.id}", "negative").skipped
    assert why == "that is no message of theirs here"


def test_what_is_late_stays_late(office):
    number = office.write("where is my parcel?")
    office.store.write(lambda conn: conn.execute("UPDATE conversations SET due_at = 1"))
    ((_, why),) = do(office, number, "-needs-answer").skipped
    assert why == "it is late: a miss stays one"


@pytest.mark.parametrize("word", ["signal:parcels", "-positive", "angry", "sentiment:loud", "signal:again"])
def test_what_is_no_correction_is_told(office, word):
    with pytest.raises(UsageError):
        action_of("correct", [word], office.now)

"""Asking a colleague who has no terminal: the question goes out as a notice, the answer is a note."""

from __future__ import annotations

import pytest

from cminbox.commands.action import action_of
from cminbox.desk import Answered, Ask, Unask
from cminbox.errors import ActionError, CminboxError
from cminbox.store import notes, notices, questions

EXPERTS = """
[[expert]]
name = "anna"
channel = "legal"
topics = ["recall"]
mail = "anna@example.com"

[[expert]]
name = "ben"
channel = "depot"
topics = ["parcels"]
remind = "never"
"""


@pytest.fixture
def asked(office):
    office.config.paths.config.mkdir(parents=True, exist_ok=True)
    office.config.paths.experts.write_text(EXPERTS)
    home = office.write("is batch 12 safe?")
    office.ana.do(Ask("anna", "is batch 12 recalled?"), [home])
    return office, home


def said(office, home):
    return [(note.member, note.text) for note in notes.of(office.store.read(), home)]


def waiting(office):
    return notices.unplanned(office.store.read(), office.now + office.config.undo_ms, 10)


def test_a_question_goes_out_with_its_id_and_the_thread_and_stands_as_a_note(asked):
    office, home = asked
    (question,) = questions.of(office.store.read(), home)
    (notice,) = waiting(office)
    assert notices.unplanned(office.store.read(), office.now, 10) == []  # it can still be undone
    assert (question.expert, question.asked_by, question.status) == ("anna", "ana", "open")
    assert question.remind_at == office.now + 4 * 3_600_000
    assert (notice.kind, notice.recipients, notice.conversation_id) == ("question", ("legal",), home)
    assert notice.title == f"[{question.token}] is batch 12 recalled?"
    assert "is batch 12 safe?" in notice.text
    assert notice.text.startswith(f"--- answer above this line ({question.token}) ---")
    assert said(office, home) == [("ana", "asked anna: is batch 12 recalled?")]
    assert office.row(home).colleague


def test_who_knows_of_a_topic_is_asked_by_it(asked):
    office, home = asked
    office.ana.do(Ask("#parcels", "where is it?"), [home])
    assert [one.expert for one in questions.open_of(office.store.read(), home)] == ["anna", "ben"]
    assert questions.of(office.store.read(), home)[1].remind_at is None


@pytest.mark.parametrize(
    ("who", "told"),
    [("anne", "no expert is called"), ("recal", "no expert is called")],
)
def test_whom_nobody_knows_is_told_with_the_nearest(asked, who, told):
    office, home = asked
    with pytest.raises(ActionError, match=told) as error:
        office.ana.do(Ask(who, "well?"), [home])
    assert "anna" in error.value.hint or "recall" in error.value.hint


def test_where_nobody_can_be_asked_the_file_is_named(office):
    office.config.paths.experts.unlink()
    home = office.write()
    with pytest.raises(ActionError) as error:
        office.ana.do(Ask("anna", "well?"), [home])
    assert "experts.toml" in error.value.hint


def test_whom_no_channel_reaches_is_not_asked(office):
    office.config.paths.experts.write_text('[[expert]]\nname = "zoe"\nchannel = "mail:zoe@example.com"\n')
    with pytest.raises(ActionError, match=r"nothing reaches zoe: there is no channel .mail:zoe@example.com.") as error:
        office.ana.do(Ask("zoe", "well?"), [office.write()])
    assert 'name = "mail"' in error.value.hint


def test_a_broken_file_says_so_to_who_asks(office):
    office.config.paths.config.mkdir(parents=True, exist_ok=True)
    office.config.paths.experts.write_text('[[expert]]\nname = "anna"\nchanel = "legal"\n')
    with pytest.raises(ActionError) as error:
        office.ana.do(Ask("anna", "well?"), [office.write()])
    assert "experts.toml:3" in error.value.hint


def test_the_same_is_not_asked_twice(asked):
    office, home = asked
    outcome = office.ana.do(Ask("anna", "is batch 12 recalled?"), [home])
    assert outcome.skipped == ((home, "anna was asked that already"),)


def test_an_answer_that_is_pasted_is_a_note_and_ends_the_question(asked):
    office, home = asked
    office.lena.do(Answered("anna", "no, batch 13 is"), [home])
    (question,) = questions.of(office.store.read(), home)
    assert (question.status, question.answered_at) == ("answered", office.now)
    assert said(office, home)[-1] == ("lena", "anna answered: no, batch 13 is")
    assert not office.row(home).colleague
    office.lena.undo()
    assert questions.of(office.store.read(), home)[0].status == "open"
    assert office.row(home).colleague
    assert len(said(office, home)) == 1


def test_who_was_not_asked_has_not_answered(asked):
    office, home = asked
    outcome = office.lena.do(Answered("ben", "there"), [home])
    assert outcome.skipped == ((home, "ben was asked nothing here that is open"),)


def test_undone_before_it_went_out_nobody_is_asked(asked):
    office, home = asked
    assert office.ana.undo().summary == "1 undone (ask)"
    assert waiting(office) == []
    assert (said(office, home), office.row(home).colleague) == ([], False)
    assert questions.of(office.store.read(), home)[0].status == "withdrawn"


def test_undone_after_it_went_out_this_is_said(asked):
    office, home = asked
    office.store.write(lambda conn: conn.execute("UPDATE notices SET planned_at = 1"))
    outcome = office.ana.undo()
    assert "the question has gone out to anna" in outcome.skipped[0][1]
    assert office.row(home).colleague


def test_a_question_that_is_taken_back_reminds_nobody_and_comes_back_by_undo(asked):
    office, home = asked
    office.ana.do(Unask(), [home])
    assert (office.row(home).colleague, waiting(office)) == (False, [])
    assert questions.to_remind(office.store.read(), office.now + 10**9, 10) == []
    office.ana.undo()
    assert office.row(home).colleague
    assert len(waiting(office)) == 1


@pytest.mark.parametrize("words", [["ask"], ["ask", "anna"], ["answered", "anna"]])
def test_a_question_without_words_is_told_with_an_example(office, words):
    with pytest.raises(CminboxError) as error:
        action_of(words[0], words[1:], office.now)
    assert "anna" in error.value.line() or "EXPERT" in error.value.line()


def test_a_question_that_is_too_long_is_not_asked(asked):
    office, home = asked
    with pytest.raises(ActionError, match="2,001 characters"):
        office.ana.do(Ask("anna", "x" * 2001), [home])

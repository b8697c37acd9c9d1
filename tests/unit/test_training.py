"""Learning from corrections: what it gains is measured on texts that it had not seen, and a file undoes it."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import pytest

from cminbox.rules.lexicon import Leaning, Learned, learned_file, read_learned
from cminbox.rules.sentiment import Scorer
from cminbox.rules.training import FEWEST, Lesson, Sample, judged, learn, write

SHIPPED = Scorer()

COMPLAINTS = (
    "any word on the delayed flight", "bags not arrived", "still on hold", "no seats left at all", "we sat there again",
    "why change the gate again", "need help with a booking", "nobody at the desk", "one hour in a line today",
    "my luggage is not here", "could not rebook", "please call me back, I wait",
)  # fmt: skip
OTHERS = ("good morning all", "nice crew today, thanks", "great flight", "love the new seats", "we land at nine")


def desk(count: int, seed: int = 3) -> list[Sample]:
    """Texts to a desk to which people mostly complain, in plain words."""
    dice = random.Random(seed)
    made = []
    for place in range(count):
        if dice.random() < 0.75:
            made.append(Sample(f"{dice.choice(COMPLAINTS)}, hope for an answer {place}", "negative"))
        else:
            said = dice.choice(OTHERS)
            made.append(Sample(f"{said} {place}", "neutral" if said in (OTHERS[0], OTHERS[4]) else "positive"))
    return made


SKATERS = [
    *[Sample(f"{words} sick {thing}", "positive") for words in ("that", "so", "what a", "this is a", "wow") for thing in
      ("deck", "trick", "board", "video", "spot")],
    *[Sample(f"{words} {thing}", "negative") for words in ("broken", "awful", "I hate this") for thing in
      ("deck", "board", "video")],
    *[Sample(f"the {thing} is from {town}", "neutral") for thing in ("deck", "board", "video") for town in
      ("Oslo", "Porto", "Lyon")],
]  # fmt: skip


@cache
def of_skaters() -> Lesson:
    return learn("en", SKATERS)


def test_people_who_complain_in_plain_words_are_heard_on_texts_that_were_not_learnt_from(tmp_path: Path) -> None:
    lesson = learn("en", desk(120))
    assert lesson.gains
    assert lesson.learned.leaning.negative > 0.3
    write(lesson, tmp_path)
    others, taught = desk(300, seed=4), Scorer(tmp_path)
    told = [one.label for one in others]
    before = judged(told, [SHIPPED.score(one.text, "en").label for one in others])
    after = judged(told, [taught.score(one.text, "en").label for one in others])
    assert after.recall > before.recall + 0.05
    assert after.right > before.right
    assert abs(after.right - lesson.after.right) < 0.12


def test_a_word_that_praises_here_is_learnt_with_the_texts_that_say_so(tmp_path: Path) -> None:
    text = "those are sick wheels"
    assert SHIPPED.score(text, "en").label == "negative"
    lesson = of_skaters()
    assert lesson.gains
    assert lesson.learned.entries["sick"].valence > 0
    write(lesson, tmp_path)
    assert Scorer(tmp_path).score(text, "en").label == "positive"
    learned_file("en", tmp_path).unlink()
    assert Scorer(tmp_path).score(text, "en") == SHIPPED.score(text, "en")


def test_what_people_wrote_themselves_stands_over_what_was_learnt(tmp_path: Path) -> None:
    write(of_skaters(), tmp_path)
    (tmp_path / "en.tsv").write_text("sick\t-3\n", "utf-8")
    assert Scorer(tmp_path).score("those are sick wheels", "en").label == "negative"


def test_where_we_were_right_nothing_is_gained() -> None:
    agreed = [Sample(one.text, SHIPPED.score(one.text, "en").label) for one in desk(60)]
    lesson = learn("en", agreed)
    assert not lesson.gains
    assert lesson.before.right == 1.0


def test_corrections_of_what_was_wrong_are_held_against_what_was_answered_as_it_was() -> None:
    """Nobody corrects what is right: of corrections alone everything would look negative."""
    wrong = [Sample(f"love the new seats {place}", "negative") for place in range(FEWEST)]
    seen = [Sample(f"great flight {place}", "positive") for place in range(100)]
    alone, beside = learn("en", wrong), learn("en", wrong, seen)
    assert (alone.left_alone, beside.left_alone) == (0, 2 * len(wrong))
    assert (alone.before.right, beside.before.right) == (0.0, pytest.approx(2 / 3))
    assert beside.learned.leaning.negative < alone.learned.leaning.negative
    assert not beside.gains or beside.after.right < 1


def test_the_same_corrections_teach_the_same() -> None:
    assert learn("en", desk(40)) == learn("en", desk(40))


def test_the_file_holds_what_was_learnt(tmp_path: Path) -> None:
    lesson = of_skaters()
    path = write(lesson, tmp_path / "lexicons")
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_learned("en", path.parent) == (lesson.learned, [])
    assert "delete this file" in path.read_text("utf-8")


def test_a_learnt_file_that_was_spoilt_is_told_with_its_line(tmp_path: Path) -> None:
    learned_file("en", tmp_path).write_text("(leaning)\t0.5\t-0.25\nsick\tvery\nsad\t-2\t-1\n", "utf-8")
    learned, problems = read_learned("en", tmp_path)
    assert learned.leaning == Leaning(0.5, -0.25)
    assert learned.entries == {}
    assert [problem.line_number for problem in problems] == [2, None]


def test_a_language_without_a_list_learns_nothing() -> None:
    lesson = learn("xx", [Sample(f"tekst {place}", "negative") for place in range(30)])
    assert not lesson.gains
    assert lesson.learned == Learned()

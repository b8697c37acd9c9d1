"""`reasons.toml`: the shipped one, the user's, and one that is broken."""

from __future__ import annotations

import os

from cminbox.replies.reasons import SHIPPED, ReasonFile


def write(path, text, stamp):
    path.write_text(text, "utf-8")
    os.utime(path, ns=(stamp, stamp))


def test_without_a_file_the_shipped_reasons_hold(tmp_path):
    book = ReasonFile(tmp_path / "reasons.toml").load()
    assert book.problems == ()
    assert book.get("Insult or HATE").text_for("de").startswith("Wir haben")
    assert book.get("insult or hate").text_for("hi").startswith("We removed")
    assert book.get("off topic").text_for("en") == ""
    assert SHIPPED.is_file()


def test_the_users_file_replaces_the_shipped_one_and_is_read_again_when_it_changes(tmp_path):
    path = tmp_path / "reasons.toml"
    file = ReasonFile(path)
    write(path, '[[reason]]\ntitle = "swearing"\n', 1)
    assert [reason.title for reason in file.load().reasons] == ["swearing"]
    write(path, '[[reason]]\ntitle = "shouting"\ntext.en = "Quietly, please."\n', 2)
    assert [(reason.title, reason.text_for("es")) for reason in file.load().reasons] == [
        ("shouting", "Quietly, please.")
    ]


def test_a_broken_file_is_told_with_line_and_column_and_the_last_good_one_stays(tmp_path):
    path = tmp_path / "reasons.toml"
    file = ReasonFile(path)
    write(path, '[[reason]]\ntitle = "swearing"\n', 1)
    file.load()
    write(path, '[[reason]]\ntitle = "swearing"\ntitel = "x"\n', 2)
    book = file.load()
    assert [reason.title for reason in book.reasons] == ["swearing"]
    (problem,) = book.problems
    assert problem.message.startswith(f"{path}:3:1: ")
    assert "titel" in problem.message


def test_every_mistake_is_told(tmp_path):
    path = tmp_path / "reasons.toml"
    write(path, '[[reason]]\ntitel = "x"\ntext = {en = 3, es = 4}\n[[reason]]\ntitle = " "\nnote = 1\n', 1)
    told = [(one.line_number, one.column) for one in ReasonFile(path).load().problems]
    assert told == [(2, 1), (3, 1), (3, 1), (5, 1), (6, 1)]


def test_a_file_that_was_never_right_leaves_the_shipped_reasons(tmp_path):
    path = tmp_path / "reasons.toml"
    write(path, "[[reason]\n", 1)
    book = ReasonFile(path).load()
    assert book.get("off topic") is not None
    assert book.problems[0].line_number == 1

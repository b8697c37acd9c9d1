"""An entry of the user's lexicon by one key: appended whole, the last one counts, and told how it is taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from cminbox.errors import CminboxError, UsageError
from cminbox.rules import lexicon_entry
from cminbox.rules.analysis import Analyser


def test_it_is_appended_and_read_again(tmp_path: Path) -> None:
    folder = tmp_path / "lexicons"
    analyser = Analyser(folder)
    assert analyser.analyse("a sick deck", lang="en").sentiment.label == "negative"
    written = lexicon_entry.write(folder, "en", "Sick  deck", "+3")
    assert written.file.read_text("utf-8") == "sick deck\t3\n"
    assert "take the line out to take it back" in written.words()
    assert str(written.file) in written.words()
    assert analyser.reload()
    assert analyser.analyse("a sick deck", lang="en").sentiment.label == "positive"


def test_what_stands_there_stays_and_a_line_that_was_not_ended_is(tmp_path: Path) -> None:
    (tmp_path / "en.tsv").write_text("# ours\nstale\t-1.8", "utf-8")
    lexicon_entry.write(tmp_path, "en", "sick", "−2")
    lexicon_entry.write(tmp_path, "en", "sick", "2")
    assert (tmp_path / "en.tsv").read_text("utf-8") == "# ours\nstale\t-1.8\nsick\t-2\nsick\t2\n"


@pytest.mark.parametrize(
    ("words", "valence"),
    [("", "2"), ("sick", "9"), ("sick", "very"), ("# sick", "1"), ("a\tb\x07", "1"), ("x" * 99, "1")],
)
def test_what_is_no_entry_is_told_and_nothing_written(tmp_path: Path, words: str, valence: str) -> None:
    with pytest.raises(UsageError, match="no entry of a lexicon"):
        lexicon_entry.write(tmp_path, "en", words, valence)
    assert not list(tmp_path.iterdir())


def test_no_file_is_written_beside_the_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        lexicon_entry.write(tmp_path / "lexicons", "../en", "sick", "1")
    assert not (tmp_path / "en.tsv").exists()


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "en.tsv").mkdir()
    with pytest.raises(CminboxError, match="cannot write"):
        lexicon_entry.write(tmp_path, "en", "sick", "1")


def test_the_last_entry_is_taken_back_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "en.tsv").write_text("# ours\nstale\t-1.8", "utf-8")
    written = lexicon_entry.write(tmp_path, "en", "sick", "2")
    assert "taken out of" in lexicon_entry.take_back(written)
    assert (tmp_path / "en.tsv").read_text("utf-8") == "# ours\nstale\t-1.8\n"


def test_a_file_that_was_made_for_it_goes_too(tmp_path: Path) -> None:
    written = lexicon_entry.write(tmp_path, "en", "sick", "2")
    lexicon_entry.take_back(written)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("now", ["sick\t2\nstale\t-2\n", "not sick\t2\n", "sick\t2", ""])
def test_what_is_not_the_last_line_any_more_stays_and_is_told(tmp_path: Path, now: str) -> None:
    written = lexicon_entry.write(tmp_path, "en", "sick", "2")
    written.file.write_text(now, "utf-8")
    with pytest.raises(CminboxError, match="not the last line"):
        lexicon_entry.take_back(written)
    assert written.file.read_text("utf-8") == now


def test_what_cannot_be_changed_is_told(tmp_path: Path) -> None:
    written = lexicon_entry.write(tmp_path, "en", "sick", "2")
    written.file.unlink()
    with pytest.raises(CminboxError, match="cannot change"):
        lexicon_entry.take_back(written)

"""The user's guide names every key, and its examples are right."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from cminbox.errors import ConfigError
from cminbox.replies import templates
from cminbox.rules import files, lexicon
from cminbox.rules.tokens import Tokens

DOCS = Path(__file__).parents[2] / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def examples(name: str) -> list[str]:
    return re.findall(r"```toml\n(.*?)```", page(name), re.DOTALL)


def first_cells(name: str) -> set[str]:
    """The keys of files in a page's tables; a section on a screen has those of the keyboard."""
    text = re.sub(r"^## The \w+ screen$.*?(?=^## )", "", page(name), flags=re.MULTILINE | re.DOTALL)
    return set(re.findall(r"^\| `\[?(\w+)\]?` \|", text, re.MULTILINE))


def known(problem: ConfigError) -> set[str]:
    """The keys that a file may have, as it says when it is given one that it does not know."""
    return set(problem.hint.removeprefix("known: ").split(", "))


def test_every_key_of_a_rule_and_of_a_lexicon_is_documented_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "en.toml"
    path.write_text('[[rule]]\nname = "a"\nwhen = ""\nqqqqqqqqqqqq = 1\n', "utf-8")
    (in_rules,) = files.load_file(path).problems
    path.write_text("qqqqqqqqqqqq = 1\n[grammar]\nqqqqqqqqqqqq = 1\n", "utf-8")
    told = [known(problem) for problem in lexicon.load_lexicon("en", tmp_path)[1]]
    assert first_cells("rules.md") == known(in_rules).union(*told)


def test_every_key_of_a_template_is_documented_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('[[template]]\nname = "a"\nqqqqqqqqqqqq = 1\n', "utf-8")
    (problem,) = templates.load(tmp_path).problems
    assert first_cells("templates.md") == known(problem)


def test_the_examples_of_rules_are_right(tmp_path: Path) -> None:
    found = [text for text in examples("rules.md") if "[[rule]]" in text]
    assert len(found) == 3
    for number, text in enumerate(found):
        path = tmp_path / f"{number}.toml"
        path.write_text(text, "utf-8")
        book = files.load_file(path)
        assert book.problems == ()
        assert len(book.rules) == text.count("[[rule]]")


def test_the_example_of_a_lexicon_is_right(tmp_path: Path) -> None:
    (text,) = [text for text in examples("rules.md") if "[service]" in text]
    (tmp_path / "en.toml").write_text(text, "utf-8")
    (listed,) = re.findall(r"```tsv\n(.*?)```", page("rules.md"), re.DOTALL)
    (tmp_path / "en.tsv").write_text(listed, "utf-8")
    mine, problems = lexicon.load_lexicon("en", tmp_path)
    assert problems == ()
    found = {one.text: one.value for one in mine.words.longest(Tokens().words("A steep deal, and stale."))}
    assert found["steep deal"].valence == 1.5
    assert found["stale"].valence == -1.8


def test_the_example_of_a_template_is_right(tmp_path: Path) -> None:
    (text,) = examples("templates.md")
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    book = templates.load(tmp_path)
    assert book.problems == book.check() == ()
    mine = book.get("refund-delayed")
    assert mine is not None
    assert mine.text_for("en", "x")[0].startswith("Sorry for the wait")


@pytest.mark.parametrize("folder", [files.SHIPPED, lexicon.SHIPPED, templates.SHIPPED])
def test_shipped_files_say_where_a_persons_own_go(folder: Path) -> None:
    paths = sorted(folder.glob("*.toml"))
    assert paths
    for path in paths:
        assert path.read_text("utf-8").startswith("#")
        assert tomllib.loads(path.read_text("utf-8"))

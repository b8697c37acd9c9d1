"""Templates: files, texts by language and network, ranking, and the shipped ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from cminbox.replies import Template, rank, render
from cminbox.replies.templates import SHIPPED, TemplateBook, load
from cminbox.rules.language import detect
from cminbox.sources.contract import Counting
from cminbox.sources.text_length import count

LANGUAGES = {"en", "es", "hi", "gu", "pa", "pt", "fr", "de", "hi-Latn"}
ONE = """
[[template]]
name = "closed-today"
title = "We are closed today"
labels = ["hours"]
quick = 2
[template.text]
en = "We are closed today."
es = "Hoy estamos cerrados."
[template.network.x]
en = "Closed today."
"""


def book_of(folder: Path, text: str, name: str = "50-mine.toml") -> TemplateBook:
    (folder / name).write_text(text, "utf-8")
    return load(folder)


def test_the_shipped_templates_are_right_and_speak_every_language() -> None:
    book = load(None)
    assert book.problems == book.check() == ()
    assert 8 <= len(book.templates) <= 12
    for template in book.templates:
        assert set(template.languages) == LANGUAGES, template.name
    assert sorted(t.quick for t in book.templates if t.quick) == list(range(1, 10))
    assert {"refund-delayed", "sorry", "dm-us", "thanks", "shipping-info", "holding-statement"} <= {
        template.name for template in book.templates
    }


def test_every_shipped_text_is_in_its_language_fits_and_can_be_sent() -> None:
    values = {"author": {"first_name": "Bartholomew"}, "brand": {"shipping_url": "https://shop.example/delivery"}}
    for template in load(None).templates:
        for (lang, network), text in template.texts.items():
            for filled in (values, {**values, "author": {}}):
                rendered = render(text, {**filled, "crisis": {"next_update": "18:00"}})
                place = f"{template.name} {lang} {network}: {rendered.text}"
                assert rendered.missing == (), place
                assert detect(rendered.text)[0] == lang, place
                assert count(rendered.text, Counting("weighted")) <= 280, place
                assert "  " not in rendered.text, place


def test_a_text_is_found_by_language_first_then_by_network(tmp_path: Path) -> None:
    template = book_of(tmp_path, ONE).get("closed-today")
    assert template is not None
    assert template.text_for("en", "x") == ("Closed today.", "en")
    assert template.text_for("en", "mastodon") == ("We are closed today.", "en")
    assert template.text_for("es", "x") == ("Hoy estamos cerrados.", "es")
    assert template.text_for("gu", "x") == ("Closed today.", "en")
    assert template.text_for("", None) == ("We are closed today.", "en")
    assert Template("t", "T", texts={("hi", None): "नमस्ते"}).text_for("hi-Latn") == ("नमस्ते", "hi")
    assert Template("t", "T", texts={("fr", "x"): "Bonjour"}).text_for("de", "mastodon") == ("Bonjour", "fr")


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("[[template]]\nname='a'\ntitel='A'\ntext={en='x'}", "50-mine.toml:3", 'did you mean "title"?'),
        ("[[templates]]\nname='a'", "50-mine.toml:1", 'did you mean "template"?'),
        ("[[template]]\ntitle='A'\ntext={en='x'}", "50-mine.toml:1", '"name" is missing'),
        ("[[template]]\nname='a b'\ntext={en='x'}", "50-mine.toml:2", "space"),
        ("[[template]]\nname='a'", "50-mine.toml:2", "no text"),
        ("[[template]]\nname='a'\n[template.text]\nenglish='x'", "50-mine.toml:4", "no language code"),
        ("[[template]]\nname='a'\n[template.text]\nen=''", "50-mine.toml:4", "empty"),
        ("[[template]]\nname='a'\n[template.text]\nen=3", "50-mine.toml:4", "text"),
        ("[[template]]\nname='a'\ntext='x'", "50-mine.toml:3", "table"),
        ("[[template]]\nname='a'\nquick=0\ntext={en='x'}", "50-mine.toml:3", "1 to 9"),
        ("[[template]]\nname='a'\nlabels='x'\ntext={en='x'}", "50-mine.toml:3", "list of texts"),
        ("[[template]]\nname='a'\n[template.network]\nx='y'", "50-mine.toml:4", "table"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(tmp_path: Path, text: str, place: str, said: str) -> None:
    book = book_of(tmp_path, text)
    assert len(book.problems) == 1
    line = book.problems[0].line()
    assert place in line
    assert said in line
    assert "\n" not in line
    assert len(book.templates) == len(load(None).templates)


def test_every_mistake_of_every_template_is_told_with_line_and_column(tmp_path: Path) -> None:
    text = '''\
[[template]]
nmae = "a"
quick = 12
  labels = "x"
holding = "no"
titel = "A"
[template.text]
en = ""
english = "Hello"
[template.network.x]
hi = 3
[[template]]
name = "b"
[template.text]
en = """
Hi {{ author.first_name }},
  {% if %}
bye"""
es = "Hola {{ author"
[template.network.x]
es = """\\
  Hola
  {{ 1 + }}"""
[[template]]
name = "c"
[templates]
'''
    book = book_of(tmp_path, text)
    told = (*book.problems, *book.check())
    assert [(one.line_number, one.column) for one in told] == [
        *((2, 1), (3, 1), (4, 3), (5, 1), (6, 1), (8, 1), (9, 1), (11, 1), (25, 1), (26, 1)),
        *((17, 3), (19, 1), (23, 3)),
    ]
    assert all(f"50-mine.toml:{one.line_number}:{one.column}: " in one.line() for one in told)
    assert len({one.line() for one in told}) == len(told)
    assert book.templates == load(None).templates


def test_a_file_that_breaks_keeps_its_last_good_templates(tmp_path: Path) -> None:
    good = book_of(tmp_path, ONE)
    broken = book_of(tmp_path, ONE.replace("quick = 2", "quick = 12"))
    assert [problem.line_number for problem in broken.problems] == [6]
    assert broken.get("closed-today") == good.get("closed-today")
    mended = book_of(tmp_path, ONE.replace("quick = 2", "quick = 3")).get("closed-today")
    assert mended is not None
    assert mended.quick == 3


def test_a_template_of_the_users_replaces_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    book = book_of(tmp_path, ONE.replace("closed-today", "sorry"))
    mine = book.get("sorry")
    assert mine is not None
    assert mine.title == "We are closed today"
    assert len(book.templates) == len(load(None).templates)
    assert book.problems == ()


def test_two_of_the_users_with_one_name_are_told(tmp_path: Path) -> None:
    book = book_of(tmp_path, ONE + ONE)
    assert len(book.problems) == 1
    assert "second template" in book.problems[0].line()


def test_a_text_that_jinja_cannot_read_is_found_when_asked(tmp_path: Path) -> None:
    book = book_of(tmp_path, ONE.replace("Hoy estamos", "Hoy {{ estamos"))
    assert book.problems == ()
    (problem,) = book.check()
    assert "50-mine.toml:9:1" in problem.line()
    assert "closed-today" in problem.line()
    assert "{{ author.name }}" in problem.hint


def test_the_quick_keys_are_steady_and_the_users_digit_wins(tmp_path: Path) -> None:
    book = book_of(tmp_path, ONE)
    picks = book.picks(list(book.templates))
    assert list(picks) == list(range(1, 10))
    assert picks[2].name == "closed-today"
    assert picks[1].name == "refund-delayed"
    ranked = rank(book.templates, lang="hi", labels=["product"], network="x", uses={"solved": 50})
    again = book.picks(ranked)
    assert {digit: t.name for digit, t in again.items() if t.quick} == {
        digit: t.name for digit, t in picks.items() if t.quick
    }


def test_a_template_may_only_say_that_an_answer_is_to_come(tmp_path: Path) -> None:
    assert {t.name for t in load(None).templates if t.holding} == {"looking-into", "holding-statement"}
    book = book_of(tmp_path, ONE.replace("quick = 2", "holding = true"))
    template = book.get("closed-today")
    assert template is not None
    assert template.holding
    (wrong,) = book_of(tmp_path, ONE.replace("quick = 2", 'holding = "yes"')).problems
    assert "holding must be true or false" in wrong.line()


def test_what_fits_best_is_offered_first() -> None:
    templates = load(None).templates
    first = rank(templates, lang="hi", labels=["shipping"], network="mastodon", uses={})
    assert "shipping" in first[0].labels
    plain = [Template("a", "A", texts={("en", None): "x"}), Template("b", "B", texts={("hi", None): "x"})]
    names = [t.name for t in rank(plain, lang="hi", labels=[], network="x", uses={})]
    assert names == ["b", "a"]
    assert [t.name for t in rank(plain, lang="", labels=[], network="x", uses={})] == ["a", "b"]
    assert [t.name for t in rank(plain, lang="", labels=[], network="x", uses={"b": 3})] == ["b", "a"]
    # Habit does not drown the language.
    assert rank(plain, lang="hi", labels=[], network="x", uses={"a": 20})[0].name == "b"


def test_the_shipped_folder_holds_only_toml() -> None:
    assert {path.suffix for path in SHIPPED.iterdir() if path.is_file()} == {".toml"}

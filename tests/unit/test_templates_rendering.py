"""Filling in a template: nothing missing is lost, nothing hostile runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.errors import ConfigError
from cminbox.replies import render

VALUES = {"author": {"first_name": "Ana", "handle": "ana", "bio": ""}, "brand": {"items": "tea", "name": None}, "n": 3}


@pytest.mark.parametrize(
    ("source", "text", "missing"),
    [
        ("Hi {{ author.first_name }}", "Hi Ana", ()),
        ("Hi {{ order.number }}, {{ order.number }}", "Hi {{ order.number }}, {{ order.number }}", ("order.number",)),
        ("{{ author.bio }} {{ brand.name }}", "{{ author.bio }} {{ brand.name }}", ("author.bio", "brand.name")),
        ("{{ author['handle'] }} {{ author['x'] }}", "ana {{ author.x }}", ("author.x",)),
        ("{{ nobody }}", "{{ nobody }}", ("nobody",)),
        ("{{ author }}", "{{ author }}", ("author",)),
        ("{{ brand.items }} {{ brand.keys }}", "tea {{ brand.keys }}", ("brand.keys",)),
        ("{% if author.bio %}yes{% else %}no{% endif %}", "no", ()),
        ("{{ author.bio or 'there' }}", "there", ()),
        ("{{ order.number | default('?') }}", "?", ()),
        ("{{ n * 2 }}", "6", ()),
        ("  plain \n", "plain", ()),
        ("{% if n %}\n  a\n{% endif %}\nb", "a\nb", ()),
    ],
)
def test_filled_in(source: str, text: str, missing: tuple[str, ...]) -> None:
    found = render(source, VALUES)
    assert (found.text, found.missing) == (text, missing)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60))
def test_a_value_is_never_read_as_a_template(name: str) -> None:
    assert render("[{{ author.name }}]", {"author": {"name": name}}).text == f"[{name}]"


def test_a_hostile_name_is_only_text() -> None:
    hostile = "{{ 7*7 }}{% for i in x %}\x00brand.key\x00"
    found = render("{{ author.name }}", {"author": {"name": hostile}})
    assert found.text == "{{ 7*7 }}{% for i in x %}brand.key"
    assert found.missing == ()


@pytest.mark.parametrize(
    "source",
    [
        "{{ a",
        "{% if %}",
        "{% include 'x' %}",
        "{{ 1 / 0 }}",
        "{{ 'a' * 999999999 }}",
        "{{ 9 ** 99999999 }}",
        "{% for i in range(99999) %}aaaa{% endfor %}",
        "{% for i in range(999999999) %}{% endfor %}",
        "{{ author.first_name.upper }}",
        "{{ unknown() }}",
        "{{ n | nofilter }}",
    ],
)
def test_what_is_no_template_is_one_clear_line(source: str) -> None:
    with pytest.raises(ConfigError) as caught:
        render(source, VALUES)
    assert "\n" not in caught.value.line()


@pytest.mark.parametrize("source", ["{{ ''.__class__.__mro__ }}", "{{ author.__class__ }}", "{{ n.__class__ }}"])
def test_python_is_out_of_reach(source: str) -> None:
    try:
        text = render(source, VALUES).text
    except ConfigError:
        return
    assert "class '" not in text

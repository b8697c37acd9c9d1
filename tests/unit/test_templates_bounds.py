"""No template ends the program, freezes it, or says more than one line about what is wrong with it."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.errors import ConfigError
from cminbox.replies import Template, TemplateBook, fill, render
from cminbox.replies.rendering import mistake
from cminbox.replies.sandbox import SECONDS

VALUES = {
    "author": {"first_name": "Ana", "handle": "ana", "name": "{{ brand.name }} Ana"},
    "conversation": {"labels": ["billing", "angry"]},
    "brand": {},
}

ENDLESS = [
    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "{% for i in range(999) %}{% for j in range(999) %}{% endfor %}{% endfor %}",
    "{% for i in range(999) %}{% for j in range(999) %}{% for k in range(999) %}x{% endfor %}{% endfor %}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}",
    "{% for i in [1, 2] recursive %}{{ loop([1, 2]) }}{% endfor %}",
    "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(34) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(34) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "{% set ns = namespace(x=[1]) %}{% for i in range(34) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
    "{% set ns = namespace(x=[1]) %}{% for i in range(34) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x|length }}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1, varargs, varargs) }}{% endif %}{{ varargs }}{% endmacro %}{{ m(40) }}",
    "{% macro m() %}{% for i in range(999) %}{{ 'a'|center(999) }}{% endfor %}{% endmacro %}{{ m()|length }}",
    "{% set x %}{% for i in range(999) %}{{ 'a'|center(999) }}{% endfor %}{% endset %}{{ x|length }}",
    "{{ 'x'|center(2000000000) }}",
    "{{ 'x'.center(2000000000) }}",
    "{{ 'x'.zfill(2000000000) }}",
    "{{ 'x'.ljust(2000000000) }}",
    "{{ 'x'|indent(2000000000) }}",
    "{{ 'x'|indent('y' * 3) }}",
    "{{ '%2000000000d'|format(1) }}",
    "{{ '%2000000000d' % 1 }}",
    "{{ '{:2000000000}'.format(1) }}",
    "{{ [1, 2, 3]|batch(2000000000, 'x')|list|length }}",
    "{{ (1,) * 1000000000 }}",
    "{{ 10 ** 999999999 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 99999999999 * 99999999999 * 99999999999 }}",
    "{{ lipsum(n=20000) }}",
    "{{ range(99999)|map('string')|join|length }}",
    "{{ ('a' * 3) }}",
    "{{ 'aaaa'" + ".replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa')" * 9 + " }}",
    "{{ 'aaaa'" + "|replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa')" * 9 + " }}",
    "{% for i in range(999) %}{{ 'a'|center(999)" + "|upper" * 300 + " }}{% endfor %}",
    "{{ " + "(" * 900 + "1" + ")" * 900 + " }}",
    "(" * 30_000 + "{{ 1 }}",
    "{{ " + "-" * 3000 + "1 }}",
    "{{ [" + "[" * 500 + "]" * 500 + "] }}",
    "{% if 1 %}" * 400 + "{% endif %}" * 400,
    "{% for i in [1] %}" * 30 + "{% endfor %}" * 30,
    "{{" * 5000,
    "{% include 'x' %}",
    "{% import 'os' as o %}",
    "{% extends 'x' %}",
    "{{ author|xmlattr }}",
    "{{ author|list }}",
    "{{ author|pprint }}",
    "{{ author|tojson }}",
    "{{ author + 1 }}",
    "{{ author() }}",
    "{{ author.first_name() }}",
    "{{ nobody() }}",
    "{{ nobody.x.y() }}",
    "{{ conversation.labels }}",
    "{{ conversation.labels|map('upper') }}",
    "{{ 1 // 0 }}",
    "{{ 1e308 * 10 }}",
    "{{ 5|round(400) ~ 5|round(5000) }}",
    "{{ 'x'.encode('idna') }}",
    "{{ 'a b'|wordwrap(0) }}",
    "{{ loop.index }}{{ loop() }}",
    "{% call author() %}{% endcall %}",
    "{{ namespace }}",
    "{{ range }}",
    "{{ nobody|string|truncate(3, True, '', 0) }}",
    "{{ '9' * 5000 }}",
]


@pytest.mark.parametrize("source", ENDLESS, ids=range(len(ENDLESS)))
def test_what_has_no_end_is_one_clear_line_soon(source: str) -> None:
    tracemalloc.start()
    begun = time.process_time()
    try:
        with pytest.raises(ConfigError) as caught:
            render(source, VALUES)
        assert time.process_time() - begun < SECONDS + 3
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()
    line = caught.value.line()
    assert line.startswith("the template ")
    assert "\n" not in line
    assert len(line) < 300


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (
            "{% for label in conversation.labels %}#{{ label }}{% if not loop.last %}, {% endif %}{% endfor %}",
            "#billing, #angry",
        ),
        ("{{ conversation.labels|join(' and ') }}", "billing and angry"),
        ("{{ author.first_name|upper }} {{ author.handle.title() }} {{ 'a-b'.split('-')|last }}", "ANA Ana b"),
        ("{% set n = 3 %}{{ n * 2 + 1 }} {{ 7 // 2 }} {{ 'x' ~ n ~ 'y' }}", "7 3 x3y"),
        ("{% macro hi(who) %}Hi {{ who }}{% endmacro %}{{ hi(author.first_name) }}", "Hi Ana"),
        ("{% for i in range(3) %}{{ loop.cycle('a', 'b') }}{% endfor %}", "aba"),
        ("{{ author.first_name if author.first_name in ('Ana', 'Bo') else 'you' }}", "Ana"),
        ("{{ nobody.name|default('you') }} {{ 'abcdef'|truncate(5, True, '…', 0) }}", "you abcd…"),
        ("{% filter upper %}a{{ 1 }}{% endfilter %}{# nothing #}", "A1"),
        ("{{ {'a': 1}['a'] }} {{ [3, 1]|sort|first }} {{ (1, 2)|sum }}", "1 1 3"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
    ],
)
def test_what_templates_are_written_with_works(source: str, text: str) -> None:
    assert render(source, VALUES).text == text


PIECES = st.sampled_from(
    ["{{", "}}", "{%", "%}", " for i in ", "range(999)", " endfor ", "author", ".first_name", "|", "upper", "join",
     "'a'", "+", "*", "~", "(", ")", "[", "]", "1", "99", "set x = ", "x", "if ", "endif", "macro m()",
     "endmacro", "m()",
     "conversation.labels", ".", "replace", ",", "loop", "\n", "#", "{#", "is ", "not "]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25).map("".join))
def test_any_template_is_a_text_or_one_line(source: str) -> None:
    try:
        render(source, VALUES)
    except ConfigError as error:
        one_line = error.line()
    else:
        return
    assert "\n" not in one_line


def test_what_a_stranger_wrote_is_no_variable_and_what_is_missing_is() -> None:
    found = render("Hi {{ author.name }}, {{ order.number }} {{ order.number }}", VALUES)
    assert found.text == "Hi {{ brand.name }} Ana, {{ order.number }} {{ order.number }}"
    assert (found.missing, found.literal) == (("order.number",), frozenset({"brand.name"}))


def test_the_line_names_the_template_and_its_file() -> None:
    template = Template("hello", "Hello", texts={("en", None): "{{ author|xmlattr }}"}, file=Path("t.toml"), line=3)
    with pytest.raises(ConfigError) as caught:
        fill(template, "en", None, VALUES)
    assert caught.value.line().startswith("t.toml:3: template 'hello' ")
    (told,) = TemplateBook((template,)).check()
    assert "'hello'" in told.line()
    assert "xmlattr" in told.line()


@pytest.mark.parametrize("number", ["9" * 15_000, "9" * 5_000, "0x" + "f" * 15_000])
def test_a_number_that_python_does_not_read_is_one_line_where_templates_are_checked(number: str) -> None:
    said = mistake(f"{{{{ {number} }}}}")
    assert said is not None
    assert "too large" in said.reason
    with pytest.raises(ConfigError, match="too large"):
        render(f"{{{{ {number} }}}}", VALUES)

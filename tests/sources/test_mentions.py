"""A text names a handle, and no other that begins alike."""

from __future__ import annotations

import pytest

from cminbox.sources.mentions import mentions


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@ana thanks", True),
        ("Thanks @Ana.", True),
        ("(@ana), look", True),
        ("@ana\n", True),
        ("@ana.b", False),
        ("@ana_b", False),
        ("@ana-b", False),
        ("mail me: me@ana", False),
        ("@@ana", False),
        ("ana", False),
        ("", False),
    ],
)
def test_a_text_names_a_handle_and_no_other(text: str, named: bool) -> None:
    assert mentions(text, "ana") is named


def test_nobody_is_named_by_nothing_and_a_handle_is_no_pattern() -> None:
    assert not mentions("@ hello", "")
    assert not mentions("@anab", "an.b")
    assert mentions("@an.b!", "an.b")

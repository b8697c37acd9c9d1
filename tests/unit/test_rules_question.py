"""Whether a text asks something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.rules.signals import question


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "where is my order"),
        ("en", "@shop when will you ship to Canada"),
        ("en", "Lovely tea. Do you ship to Canada"),
        ("en", "hi, any update on this"),
        ("", "why?"),
        ("es", "cuándo llega mi pedido"),
        ("es", "¿qué hago"),
        ("pt", "alguém sabe o horário da loja"),
        ("fr", "pouvez-vous me dire le prix"),
        ("de", "habt ihr noch den grünen Tee"),
        ("hi", "मेरा ऑर्डर कब आएगा"),
        ("gu", "દુકાન ક્યાં છે"),
        ("pa", "ਮੇਰਾ ਆਰਡਰ ਕਦੋਂ ਆਵੇਗਾ"),
        ("hi-Latn", "mera order kab aayega"),
        ("ar", "أين طلبي؟"),
        ("ja", "いつ届きますか？"),
        ("ru", "когда придёт заказ"),
    ],
)
def test_it_asks(lang: str, text: str) -> None:
    assert question(text, lang)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "You are thieves!!!"),
        ("en", "I know where the shop is and I love it."),
        ("en", "Will do"),
        ("en", "see https://example.com/?page=2 for the photo"),
        ("", "kab aayega"),
        ("es", "gracias por todo, muy rico"),
        ("fr", "quand je bois ce thé je suis heureux"),
        ("hi", "मेरा पैसा वापस करो"),
        ("gu", "ખૂબ સરસ ❤️"),
        ("en", ""),
    ],
)
def test_it_asks_nothing(lang: str, text: str) -> None:
    assert not question(text, lang)


@given(st.text(max_size=300), st.sampled_from(["", "en", "es", "hi", "gu", "zz"]))
def test_a_mark_at_the_end_always_asks(text: str, lang: str) -> None:
    assert question(f"{text} ?", lang)

"""Which language a post is in."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.rules.language import detect, normal_code

SHARED = Path(os.environ.get("CMINBOX_SHARED", Path(__file__).parents[2].parent / "shared"))

POSTS = {
    "en": ["Where is my order? It's been two weeks", "Thanks for the quick reply!", "I love this tea so much"],
    "es": ["¿Dónde está mi pedido? Llevo dos semanas esperando", "Muchas gracias por todo", "Mi pedido llegó roto"],
    "pt": ["Cadê o meu pedido? Já faz duas semanas", "Muito obrigado pela ajuda", "O produto não chegou até agora"],
    "fr": ["Où est ma commande ? J'attends depuis deux semaines", "Merci beaucoup pour votre aide"],
    "de": ["Wo bleibt meine Bestellung? Ich warte seit zwei Wochen", "Vielen Dank für die schnelle Antwort"],
    "it": ["Dov'è il mio ordine? Aspetto da due settimane", "Grazie mille per l'aiuto, siete gentilissimi"],
    "hi": ["मेरा ऑर्डर कहाँ है? दो हफ़्ते हो गए", "बहुत बहुत धन्यवाद", "मेरा पैसा वापस करो"],
    "mr": ["माझी ऑर्डर कुठे आहे? दोन आठवडे झाले", "खूप खूप धन्यवाद, चहा छान आहे"],
    "gu": ["મારો ઓર્ડર ક્યાં છે?", "ખૂબ સરસ ❤️ અમદાવાદમાં દુકાન ક્યાં છે?"],
    "pa": ["ਮੇਰਾ ਆਰਡਰ ਖਰਾਬ ਆਇਆ, ਪੈਸੇ ਵਾਪਸ ਕਰੋ"],
    "hi-Latn": ["mera order abhi tak nahi aaya, paisa wapas karo", "bhai ye chai bahut acchi hai yaar"],
    "ru": ["Где мой заказ? Жду уже две недели", "Спасибо большое"],
    "ar": ["أين طلبي؟ أنتظر منذ أسبوعين"],
    "ur": ["میرا آرڈر کہاں ہے؟ دو ہفتے ہو گئے"],
    "ja": ["注文はどこですか"],
    "uk": ["Де моє замовлення? Чекаю вже два тижні"],
    "nl": ["Waar blijft mijn bestelling? Ik wacht al twee weken op het pakket"],
}


@pytest.mark.parametrize(("lang", "text"), [(lang, text) for lang, texts in POSTS.items() for text in texts])
def test_a_post_is_known_by_its_text_alone(lang: str, text: str) -> None:
    assert detect(text) == (lang, "detected")


@pytest.mark.parametrize(
    "text", ["", "   ", "👍👍👍", "12:30", "https://example.com/the/and/you", "@the_and_you", "Xyzzy"]
)
def test_what_says_nothing_is_unknown(text: str) -> None:
    assert detect(text) == ("", "")


def test_names_links_and_tags_do_not_count() -> None:
    assert detect("@the_and_you_that मेरा पैसा वापस करो #wherearemyfriends https://example.com/what/is/this")[0] == "hi"


def test_a_post_of_tags_alone_still_speaks() -> None:
    assert detect("#where #is #my #order")[0] == "en"


def test_a_few_foreign_letters_do_not_make_a_language() -> None:
    assert detect("We love the word नमस्ते and everything that it stands for")[0] == "en"


def test_the_network_decides_where_the_text_does_not() -> None:
    assert detect("Xyzzy", "fr") == ("fr", "network")
    assert detect("Xyzzy", "pt-BR") == ("pt", "network")


def test_the_text_wins_over_a_wrong_word_of_the_network() -> None:
    assert detect("Vielen Dank für die schnelle Antwort, das ist wirklich nett", "en") == ("de", "detected")
    assert detect("मेरा पैसा वापस करो", "en") == ("hi", "detected")
    assert detect("Thanks for the quick reply", "hi") == ("en", "detected")


def test_a_network_that_agrees_gets_the_credit() -> None:
    assert detect("Thanks for the quick reply", "en-GB") == ("en", "network")


def test_a_network_is_not_believed_about_another_script() -> None:
    assert detect("Xyzzy", "gu") == ("", "")
    assert detect("👍", "en") == ("", "")


@pytest.mark.parametrize(
    ("code", "ours"),
    [
        ("en", "en"),
        ("EN-us", "en"),
        ("pt_BR", "pt"),
        ("hi-Latn", "hi-Latn"),
        ("und", ""),
        ("", ""),
        (None, ""),
        ("1", ""),
    ],
)
def test_codes_of_networks(code: str | None, ours: str) -> None:
    assert normal_code(code) == ours


@given(st.text(max_size=400), st.one_of(st.none(), st.text(max_size=8)))
def test_any_text_has_an_answer(text: str, hint: str | None) -> None:
    lang, by = detect(text, hint)
    assert by in ("network", "detected", "")
    assert (lang == "") == (by == "")


def test_a_long_text_costs_no_more_than_its_beginning() -> None:
    text = "कहाँ है मेरा ऑर्डर " * 50_000
    begun = time.process_time()
    assert detect(text)[0] == "hi"
    assert time.process_time() - begun < 0.05


# The share of posts known, and of posts taken for another language, that we hold on each labelled set.
SETS = {
    "airline.en": (0.97, 0.01),
    "tweeteval.en": (0.98, 0.01),
    "umsab.es": (0.93, 0.02),
    "umsab.pt": (0.86, 0.02),
    "afrisenti.pt": (0.94, 0.02),
    "umsab.fr": (0.89, 0.03),
    "germeval17.de": (0.96, 0.02),
    "umsab.it": (0.91, 0.03),
    "hsac.hi": (0.99, 0.01),
    "mahasent.mr": (0.93, 0.07),
    "gu_movie.gu": (0.99, 0.01),
    "pa_emotion.pa": (0.99, 0.01),
    "sentirueval_tkk.ru": (0.98, 0.01),
    "umsab.ar": (0.99, 0.01),
    "usc.ur": (0.94, 0.05),
}


@pytest.mark.parametrize("name", SETS)
def test_on_labelled_posts(name: str) -> None:
    path = SHARED / "data" / "labelled" / f"{name}.tsv"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    wanted = name.rpartition(".")[2]
    rows = path.read_text("utf-8").splitlines()[1:801]
    found = [detect(row.split("\t")[-1])[0] for row in rows]
    known, wrong = SETS[name]
    assert found.count(wanted) / len(found) >= known
    assert 1 - (found.count(wanted) + found.count("")) / len(found) <= wrong

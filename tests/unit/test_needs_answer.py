"""What needs an answer: in doubt everything; not thanks, emoji, laughter, names and reposts alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.engine.scoring import Scoring
from cminbox.model import Author, Message
from cminbox.rules import signals
from cminbox.rules.language_files import language_files

SCORING = Scoring(None)


def needs(text: str, **more) -> bool:
    """Whether a message with this text needs an answer when it comes in."""
    return SCORING.score(Message("1", "c", Author("x", "mina"), text, 0, **more)).heard.needs


NONE = [
    "Thanks!",
    "thank you so much 🙏",
    "@brand thank you very much!!",
    "ok thanks",
    "Thanks for the quick reply",
    "Thanks everyone, have a great day!",
    "thanks for the help!",
    "Thanks, everyone, have a nice weekend!",
    "danke für die schnelle Hilfe",
    "gracias por la ayuda",
    "merci pour l'aide",
    "obrigado pela ajuda",
    "grazie per la risposta",
    "спасибо за помощь",
    "tack för hjälpen",
    "¡Muchas gracias!",
    "mil gracias 😊",
    "Muito obrigada!",
    "Merci beaucoup",
    "merci pour votre aide",
    "Vielen Dank",
    "danke schön",
    "Grazie mille",
    "बहुत बहुत धन्यवाद",
    "शुक्रिया 🙏",
    "ਬਹੁਤ ਧੰਨਵਾਦ ਜੀ",
    "ખૂબ ખૂબ આભાર",
    "bahut shukriya bhai",
    "شكرا جزيلا",
    "شکریہ",
    "спасибо большое",
    "teşekkür ederim",
    "Terima kasih kak",
    "gracias, thanks!",
    "lol 😂",
    "<3",
    "<3 <3 :-D",
    "thanks :D",
    "@shop :P",
    "LOOOL",
    "hahaha",
    "jajajaja",
    "kkkkk",
    "rsrsrs",
    "lmaooo 💀",
    "ㅋㅋㅋㅋ",
    "哈哈哈",
    "хахаха",
    "हाहाहा",
    "haha thanks",
    "😂😂😂",
    "❤️",
    "👍🏽",
    "!!!",
    "@ana @ben.b",
    "@ana@far.example 😂",
    "📦🎉 🇳🇴",
    "haha :)",
    "thanks ;-)",
    "thanks xD",
    "I love this",
    "RT @shop: our new tea is here",
]
NEEDED = [
    "where is my order",
    "Where is my order?",
    "thanks for nothing",
    "no thanks",
    "Help, thanks",
    "thanks, but it is still broken",
    "thanks in advance",
    "gracias por nada",
    "please call me back",
    "hello",
    "lol what?",
    "<3 cups broken",
    "size D",
    "</3",
    "D:",
    "😂?",
    "this is a scam 😂",
    "you all",
    "ok",
    "okay 👍",
    "wow",
    "@brand help",
    "https://example.org/broken.jpg",
    "thanks https://example.org/broken.jpg",
    "I am furious. RT @shop: our new tea is here",
    "thanks, help!",
    "Thank you! Reply",
    "thanks\nhelp",
    "thanks — help",
    "thank you, support",
    "¡Gracias! Ayuda",
    "merci, aide",
    "danke, hilfe",
    "grazie. aiuto!",
    "спасибо, помощь",
    "obrigado, ajuda",
    "ty die",
    "❓",
    "📦❔",
    "🆘",
    "😡😡",
    "👎",
    "😂 👎",
    "@brand 🤬",
    "lol 🙄",
    "merci 🖕",
    "thanks 🙄",
    "thank you ❌",
    ":(",
    ">:-(",
    "haha :/",
    "danke :'(",
    "ⓈⒸⒶⓂ",
    "🆂🅲🅰🅼 😂",
    "🅵🅰🅺🅴",
    "merci de me rembourser",
    "danke für gar nichts",
    "nein danke",
    "12345",
    "@brand ORD-2231",
    "👍 finally?",
    "Ndiyabulela kakhulu ngempendulo yakho",
    "",
]


@pytest.mark.parametrize("text", NONE)
def test_what_says_nothing_else_needs_none(text):
    assert not needs(text)


@pytest.mark.parametrize("text", NEEDED)
def test_in_doubt_it_needs_one(text):
    assert needs(text)


def test_a_review_with_words_needs_one_and_stars_alone_need_none():
    assert needs("Good tea, came late", kind="review")
    assert needs("", kind="review", title="Came late")
    assert not needs("", kind="review")


def test_an_article_that_neither_asks_nor_complains_needs_none():
    article = {"kind": "article", "title": "Ten teas for the winter"}
    assert not needs("The shop by the river has opened its second room and it is lovely there.", **article)
    assert needs("The shop by the river sells terrible tea and cheats people.", **article)
    assert needs("Has anybody been to the shop by the river?", **article)


def test_a_private_message_needs_one_unless_it_is_thanks_alone():
    assert needs("hi", kind="dm")
    assert needs("", kind="dm")
    assert not needs("thank you!", kind="dm")


def test_what_we_wrote_needs_none():
    assert not needs("where is my order?", direction="out")


def test_every_language_that_we_ship_has_words_of_thanks():
    assert [code for code, file in language_files().items() if not file.thanks] == []


@pytest.mark.parametrize("code", sorted(language_files()))
def test_words_of_thanks_alone_need_none_in_every_language(code):
    for word in language_files()[code].thanks:
        assert not signals.needs_answer(word, "", "mention", "", "unknown", asks=False), word


@given(st.text(max_size=300))
def test_any_text_is_judged_and_a_question_mark_always_needs_one(text):
    needs(text)
    assert needs(f"{text[:200]}?")

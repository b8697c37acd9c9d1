"""What customers write to a brand, a dozen sentences or more in each language: complaints, questions, thanks, danger,
money taken twice or not given back, somebody else's parcel, threats, spam, irony and praise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cminbox.rules.analysis import Analyser

ANALYSER = Analyser()
VOICES = Path(__file__).with_name("customers_voices.tsv")


def voices() -> Iterator[list[str]]:
    for line in VOICES.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            yield line.split("\t")


@pytest.mark.parametrize(("language", "label", "signals", "needs", "text"), voices())
def test_what_a_customer_writes_is_heard(language: str, label: str, signals: str, needs: str, text: str) -> None:
    found = ANALYSER.analyse(text)
    assert found.lang == language
    assert found.sentiment.label == label or (label == "-" and found.sentiment.label != "negative")
    assert set(signals.split(",")) & set(found.signals)
    assert found.needs == (needs == "yes")


def test_trouble_that_no_word_list_weighs_is_heard_in_its_phrase() -> None:
    """A phrase of a signal of trouble sounds bad by itself, and leaves what the word list says of its words alone."""
    assert ANALYSER.analyse("Es kam das Paket von jemand anderem.", lang="de").sentiment.label == "negative"
    known = ANALYSER.analyse("дважды списали деньги", lang="ru")
    assert known.urgency > 0


def test_praise_beside_trouble_is_irony() -> None:
    plain = ANALYSER.analyse("Bravo, fantastic service.", lang="en").sentiment
    ironic = ANALYSER.analyse("Bravo, fantastic service. Nobody answers and I am still waiting.", lang="en").sentiment
    assert (plain.label, ironic.label) == ("positive", "negative")


def test_what_is_inside_a_phrase_of_trouble_is_not_sorted() -> None:
    found = ANALYSER.analyse("Ordered a duvet and someone else's curtains turned up.")
    assert "misdelivery" in found.signals
    assert "sorted" not in found.signals


def test_a_negator_alone_tells_of_trouble_at_most() -> None:
    """Where nothing else counts the negator is the word that counts; it never praises, and makes "not bad" no worse."""
    found = ANALYSER.analyse("Le guichet ne prend pas les cartes et le guichet d'en face ne les prend pas.", lang="fr")
    assert {word for word, _ in found.sentiment.hits} <= {"ne", "pas"}
    assert found.sentiment.label != "positive"
    assert ANALYSER.analyse("Not bad at all, pleasantly surprised.", lang="en").sentiment.label == "positive"

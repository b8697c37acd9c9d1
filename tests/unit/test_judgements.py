"""The judgements made by hand are whole, and speak of texts that are there."""

from __future__ import annotations

from collections import Counter

import judgements
from judgements import FOLDER, INTENTS, LANGUAGES, needs_brands, needs_romanised


def test_each_message_is_judged_once_in_known_words() -> None:
    rows = judgements.brand_messages()
    assert len(rows) == len({row.id for row in rows}) == 200
    for row in rows:
        assert row.urgency in {0, 1, 2, 3}, row
        assert row.intents <= INTENTS, row
        assert row.urgency > 0 or not row.answer, f"{row}: wants an answer and nothing"
        assert row.urgency == 0 or not row.intents & {"thanks", "sorted", "spam"}, f"{row}: thanks and wants"


def test_each_row_has_one_language() -> None:
    rows = judgements.romanised_rows()
    assert len({row.line for row in rows}) == len({row.sha256 for row in rows}) == len(rows)
    assert {row.language for row in rows} == LANGUAGES
    assert Counter(row.language for row in rows)["hi-Latn"] >= 300


def test_judgements_hold_no_texts() -> None:
    for path in FOLDER.glob("*.tsv"):
        comment, *rows = path.read_text(encoding="utf-8").splitlines()
        assert comment.startswith("# "), f"{path.name}: its first line says what it is"
        assert not [row for row in rows if " " in row], f"{path.name}: a text among judgements"


@needs_brands
def test_judged_messages_are_there_and_inbound() -> None:
    messages = judgements.brand_texts()
    by_id = {message.id: message for message in messages}
    assert len(by_id) == len(messages), "an id stands for two messages"
    rows = judgements.brand_messages()
    assert {by_id[row.id].direction for row in rows} == {"in"}
    assert max(Counter(by_id[row.id].source for row in rows).values()) <= 7


@needs_romanised
def test_judged_rows_are_the_texts_that_were_judged() -> None:
    found = judgements.romanised_texts()
    assert len(found) == len(judgements.romanised_rows())
    assert all(text.strip() for _, text in found)

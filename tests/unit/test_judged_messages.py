"""How well messages are told that need an answer, by those that a person judged. They were never tuned with."""

from __future__ import annotations

from tests import judgements

from cminbox.rules.analysis import Analyser


@judgements.needs_brands
def test_what_a_person_would_answer_needs_an_answer_and_little_else() -> None:
    texts = {message.id: message.text for message in judgements.brand_texts()}
    analyser = Analyser()
    judged = judgements.brand_messages()
    said = [(analyser.analyse(texts[one.id]).needs, one) for one in judged]
    wanted = [one for one in judged if one.answer]
    right = sum(needs and one.answer for needs, one in said)
    assert right >= 0.95 * len(wanted)
    assert right >= 0.85 * sum(needs for needs, _ in said)
    missed = [one for needs, one in said if not needs and one.urgency == 3]
    assert len(missed) <= 1

"""What is told, as text."""

from __future__ import annotations

from datetime import UTC

from telling_desk import NOW

from cminbox.engine.telling.letter import LONGEST_TEXT, written
from cminbox.store.notices import Notice


def notice(kind: str, text: str) -> Notice:
    return Notice(1, NOW, kind, f"{kind}:1", f"a {kind}", text, None, None, "ana", {}, (), None, False, "")


def test_in_one_message_with_others_a_handover_is_whole_and_other_texts_are_short() -> None:
    page = "".join(f"- [ ] matter {number}\n" for number in range(200))
    letter = written([notice("handover", page), notice("mentioned", "word " * 500)], UTC)
    assert "  - [ ] matter 199\n" in letter.text
    assert letter.text.count("word") < 100
    assert len(written([notice("handover", "x" * LONGEST_TEXT * 2)] * 2, UTC).text) <= LONGEST_TEXT

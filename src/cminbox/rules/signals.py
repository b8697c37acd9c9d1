"""What a text does, apart from how it sounds: so far, whether it asks something."""

from __future__ import annotations

import re
from functools import cache

from cminbox.rules.language_files import language_files

# Question marks of the scripts we meet: Latin, Spanish, Arabic, Greek (U+037E), Armenian, Ethiopic, CJK.
_MARKS = re.compile("[?¿؟\u037e՞፧？⁇⁈⁉]")
_LINK = re.compile(r"https?://\S+|www\.\S+")
_SENTENCE = re.compile(r"[.!?;।॥…\n]+\s*")
_WORD = re.compile(r"[^\s,.;:!?()\"“”…।॥]+")
_READ = 1_000


def question(text: str, lang: str) -> bool:
    """Whether a text asks something: a question mark of any script, or in some languages the words of a question.

    Args:
        text: the text; its first 1,000 characters count.
        lang: its language as `language.detect` names it; `""` leaves the marks alone to decide.
    """
    text = text[:_READ]
    if "://" in text or "www." in text:
        text = _LINK.sub(" ", text)
    if _MARKS.search(text):
        return True
    asking = language_files().get(lang)
    if asking is None:
        return False
    lowered = text.lower().replace("’", "'")
    if asking.phrases and _phrases(lang).search(lowered):
        return True
    if asking.anywhere and not asking.anywhere.isdisjoint(_WORD.findall(lowered)):
        return True
    return bool(asking.first) and any(_opens(sentence, asking.first) for sentence in _SENTENCE.split(lowered))


@cache
def _phrases(lang: str) -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(map(re.escape, language_files()[lang].phrases))})\b")


def _opens(sentence: str, first: frozenset[str]) -> bool:
    """Whether the first word that is no name begins a question of at least three words."""
    words = [word for word in _WORD.findall(sentence) if word[0] not in "@#"]
    return len(words) >= 3 and words[0] in first

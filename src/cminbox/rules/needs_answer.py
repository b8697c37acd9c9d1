"""Whether a message needs an answer, by what was heard in it. What nobody can be sure of needs one."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from cminbox.model import Kind, Sentiment
from cminbox.rules import signals
from cminbox.rules.lexicon import BUT, NEGATES, NEGATES_AFTER
from cminbox.rules.reading import Reading

FIRM = frozenset(
    {
        *("complaint", "damage", "misdelivery", "double-charge", "refund", "safety", "legal", "human-wanted"),
        *("cancelling", "broken", "unanswered", "urgent", "scam", "stolen-account"),
    }
)
"""Signals of trouble, or of a wish that nobody has for company."""
SOFT = frozenset({"question", "request", "delivery", "sale", "same"})
"""Signals of what mostly wants an answer, and is said in banter too."""
ASKING = FIRM | SOFT
"""Signals of what wants an answer."""

_MILD = frozenset({"complaint", "delivery", "same"})
"""Signals of matters that people thank for."""
_KIND_WORDS = ("thanks", "sorted", "praise", "chatter")
"""Signals of what wants none where nothing else is said."""
_CROWD, _LARGE_CROWD = 4, 6
"""So many names in a message, and it is talk between them; in a large crowd even where somebody asks something."""
_NAMES = re.compile(r"(?<!\w)@\w[\w.-]*(?:@\w[\w.-]*)?")
_OPENING = re.compile(
    r"\W*(?:(?:hey|hi|hello|hiya|yo|dear|hola|oi|olá|bonjour|salut|hallo|ciao)\W+)?(?:RT\b\W*)?@\w", re.IGNORECASE
)
_PINCH = -0.8
"""A word of this valence, or a worse one, makes a message that is not upset at least unsure."""
_ENOUGH = 3
"""Words that say something; fewer may be an answer to our question."""
_TAKES_BACK = BUT | NEGATES | NEGATES_AFTER
_PLEASED = 0.5
"""The score from which on a message praises by itself."""


def needs_answer(
    text: str,
    title: str,
    kind: Kind,
    lang: str,
    mood: Sentiment,
    said: Mapping[str, tuple[str, ...]],
    heard: Reading,
) -> bool:
    """Whether a message of theirs needs an answer, as far as it shows that itself.

    What is sorted, thanks, praises or is said for company needs none; a question, trouble or a wish needs one. A *but*
    or a *not* beside thanks takes them back. A talk between many, and good words about us or a picture that
    are not for us, need none.

    Args:
        said: its signals, each with the words that say so.
        heard: the text as its language's word lists read it.
    """
    firm, asking = FIRM.intersection(said), ASKING.intersection(said)
    upset = mood.label == "negative"
    if "spam" in said and not firm - {"urgent", "scam"}:
        return False
    names = len(set(_NAMES.findall(text)))
    if names >= _CROWD and not upset and not firm and (names >= _LARGE_CROWD or not asking):
        return False
    if upset or (asking - _MILD and "sorted" not in said):
        return bool(asking) or signals.needs_answer(text, title, kind, lang, mood.label, False)
    kindly = not _taken_back(said, heard) and not signals.grumbles(text)
    if kindly and "sorted" in said and not asking & {"question", "request", "unanswered"}:
        return False
    pleased = mood.score is not None and mood.score >= _PLEASED
    called = "praise" not in said and signals.calls(text)
    thanked = "thanks" in said and not called and not ("://" in text and len(heard.words) < _ENOUGH)
    if kindly and thanked and asking <= {"delivery", "same", *(("complaint",) if pleased else ())}:
        return False
    if kindly and "chatter" in said and asking <= {"same"}:
        return False
    if asking or called:
        return True
    if kindly and mood.label == "positive" and (thanked or any(name in said for name in _KIND_WORDS[1:])):
        return False
    if pleased and len(heard.words) >= _ENOUGH:
        return False
    if kindly and (mood.label == "positive" or "://" in text) and _about_us(text, kind) and not _pinched(mood):
        return False
    return signals.needs_answer(text, title, kind, lang, mood.label, False)


def _about_us(text: str, kind: Kind) -> bool:
    """Whether a message names us in passing: a mention that does not begin with a name, or with a greeting and one."""
    return (
        kind in ("mention", "post") and "@" in text and _NAMES.search(text) is not None and _OPENING.match(text) is None
    )


def _pinched(mood: Sentiment) -> bool:
    """Whether a word in a message hurts, though not enough to make it negative."""
    return any(weight <= _PINCH for _, weight in mood.hits)


def _taken_back(said: Mapping[str, Collection[str]], heard: Reading) -> bool:
    """Whether a "but" or a negator stands in a text beside what is said kindly in it."""
    if not heard.roles & _TAKES_BACK:
        return False
    kind = {word for name in _KIND_WORDS for phrase in said.get(name, ()) for word in phrase.split()}
    return any(word.role & _TAKES_BACK and word.exact not in kind for word in heard.words)

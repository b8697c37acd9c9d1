"""Correcting what was heard in a message, and teaching a word of it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from cminbox.model import CORRECTABLE, SIGNALS, StoredMessage
from cminbox.screens.pickers.text import TextPrompt
from cminbox.text import clean, one_line
from cminbox.widgets.picker import Choice, Picker

LEXICON = "lexicon"
"""The first of the words that a lexicon's entry is asked for with: behind it language, valence and words."""
_VALENCES = {"negative": "-2", "neutral": "0", "positive": "2"}


class CorrectionPicker(Picker[tuple[str, ...]]):
    """What is right of a message; gives the words of `correct`. What holds already is marked.

    Tab asks for words of it with a valence, for the user's lexicon: gives `lexicon`, the language, the valence and the
    words.

    Args:
        message: what is corrected; None where they are many, or there is none.
        languages: those that there are word lists of.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "teach", "teach a word", show=False, priority=True)]

    def __init__(self, message: StoredMessage | None, languages: Iterable[str]) -> None:
        self._message, self._languages = message, tuple(languages)
        said = f": “{one_line(clean(message.text))[:120]}”" if message is not None else ""
        teach = "   Tab teach a word" if message is not None and message.lang else ""
        super().__init__(
            f"Correct{said}",
            (),
            typed=_language,
            hint=f"Enter correct   ↑ ↓ move{teach}   Esc leave",
            placeholder="type to narrow: neg, refund, es",
        )

    def choices(self) -> Iterable[Choice[tuple[str, ...]]]:
        """Sentiments first, then whether it needs an answer, signals that it has, the others, languages."""
        message = self._message
        for label in _VALENCES:
            now = message is not None and message.sentiment_class == label
            yield Choice((label,), label, "sentiment", marked=now)
        for word, title in (("needs-answer", "needs an answer"), ("-needs-answer", "needs none")):
            now = message is not None and message.needs_answer == (word == "needs-answer")
            yield Choice((word,), title, "answer", marked=now)
        has = set(message.signals) if message is not None else set()
        for signal in sorted(CORRECTABLE, key=lambda one: one not in has):
            on = signal in has
            detail = f"signal{', Enter takes it away' if on else ''}"
            yield Choice((f"{'-' if on else ''}signal:{signal}",), signal, detail, preview=SIGNALS[signal], marked=on)
        for code in self._languages:
            yield Choice((f"lang:{code}",), code, "language", marked=message is not None and message.lang == code)

    def action_teach(self) -> None:
        """Ask for words of the message and their valence."""
        message = self._message
        if message is None or not message.lang:
            return
        chosen = self.highlighted
        valence = _VALENCES.get(
            chosen.value[0] if chosen is not None else "", _VALENCES.get(message.sentiment_class, "0")
        )
        words = one_line(clean(message.text)).strip()
        prompt = TextPrompt(
            f"Words of lexicons/{message.lang}.tsv and their valence, from -4 to 4; 0 says nothing here",
            f"{valence} {words[:80]}",
            hint="cut it to the words that say so, as: 2 sick   Enter writes it   Esc leave",
        )
        prompt.opens_again = self.action_teach
        self.app.push_screen(prompt, partial(self._taught, prompt, message.lang))

    def _taught(self, prompt: TextPrompt, language: str, given: str | None) -> None:
        self.filled = prompt.filled
        valence, _, words = (given or "").partition(" ")
        if words.strip():
            self.dismiss((LEXICON, language, valence, words.strip()))


def _language(typed: str) -> Choice[tuple[str, ...]] | None:
    """A language that we have no list of, by its code."""
    code = typed.strip()
    known = 2 <= len(code) <= 10 and code.isascii() and code.replace("-", "").isalpha() and code[:2].islower()
    return Choice((f"lang:{code}",), code, "language") if known else None

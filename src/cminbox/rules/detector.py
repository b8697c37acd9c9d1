"""What py3langid makes of a text: how likely each language of a script is.

py3langid is a naive Bayes classifier on byte n-grams. It was chosen by measurement: `docs/dev/language.md`. Its model
takes half a second and some 80 MB, so it is loaded with the first text that our own words cannot tell.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from cminbox.rules.once import once

LANGUAGES: Mapping[str, Mapping[str, float]] = {
    "latin": {
        "en": 0.3,
        **dict.fromkeys(("es", "pt", "fr", "de", "it"), 0.0),
        **dict.fromkeys(("nl", "pl", "id", "ro", "sv", "tr", "cs", "da", "no", "fi", "hu", "vi", "tl"), -0.7),
        **dict.fromkeys(("ms", "ca", "hr", "sk", "sl", "lt", "lv", "et", "sq", "az", "uz", "sw", "so"), -1.2),
        **dict.fromkeys(("gl", "eu", "af", "ga", "cy", "is"), -2.0),
    },
    "devanagari": {"hi": 0.0, "mr": 0.0, "ne": -0.5, "sa": -2.0},
    "arabic": {"ar": 0.0, "ur": 0.0, "fa": 0.0, "ps": -0.5, "sd": -0.5, "ug": -1.0},
    "cyrillic": {
        **{"ru": 0.0, "uk": -0.3, "bg": -1.2, "be": -1.0, "mk": -2.0, "sr": -2.0, "kk": -1.5},
        **dict.fromkeys(("ky", "tg", "mn", "tt", "ba"), -2.0),
    },
}
"""The languages that are told apart in each script, with the logarithm of how much less often one meets them."""


_READ = {"latin": 200}
_READ_OF_OTHERS = 100
"""Characters that are read: one outside the Latin alphabet takes two or three times as long, and says more."""


@once
def _model() -> Any:
    from py3langid.langid import MODEL_DIR, MODEL_FILE
    from py3langid.modelio import load_model

    weights, usual, classes, *automaton = load_model(MODEL_DIR / MODEL_FILE)
    wanted = {code for script in LANGUAGES.values() for code in script}
    kept = [place for place, code in enumerate(classes) if code in wanted]
    # What nobody asks for is let go: it would be half of the memory.
    return weights.take(kept, axis=1), usual[kept], [classes[place] for place in kept], *automaton


class _OfScript(NamedTuple):
    """The part of the model that tells the languages of a script apart.

    Attributes:
        weights: a row for each feature, a column for each language.
        usual: what each language is ahead by before anything is read.
        codes: the languages; one may stand there twice, written in two scripts.
        walk: counts the features of bytes.
    """

    weights: Any
    usual: Any
    codes: Sequence[str]
    walk: Callable[[bytes], Mapping[int, int] | None]


@once
def _of_script(script: str) -> _OfScript:
    from py3langid.langid import visit_counts

    weights, usual, classes, moves, rows, outputs = _model()
    kept = [place for place, code in enumerate(classes) if code in LANGUAGES[script]]
    walk = partial(visit_counts, moves, [row << 8 for row in rows], outputs)
    # `take` lays the numbers of a feature side by side; with `[:, kept]` each would be far from the next in memory.
    return _OfScript(weights.take(kept, axis=1), usual[kept], [classes[place] for place in kept], walk)


def likelihoods(text: str, script: str) -> Mapping[str, float]:
    """How likely a text is in each language of its script: 0 … 1, together 1; all alike where nothing tells.

    These are the numbers of `LanguageIdentifier.rank`, in half the time.

    Args:
        text: the text, without links and names.
        script: a key of `LANGUAGES`.
    """
    import numpy

    text = text[: _READ.get(script, _READ_OF_OTHERS)]
    raw = unicodedata.normalize("NFC", text.lower() if text.isupper() else text).encode("utf-8", "surrogatepass")
    part = _of_script(script)
    scores = numpy.zeros(len(part.codes), numpy.float32)
    if found := part.walk(raw):
        features = numpy.fromiter(found.keys(), numpy.intp, len(found))
        counts = numpy.fromiter(found.values(), numpy.float32, len(found))
        scores = numpy.log1p(counts) @ part.weights[features] + part.usual
    # The longer a text, the less its features are independent of one another: so py3langid evens out its length.
    scores *= 1.0 / math.sqrt(len(raw) or 1)
    numpy.exp(scores - scores.max(), out=scores)
    likely: dict[str, float] = {}
    for code, chance in zip(part.codes, (scores / scores.sum()).tolist(), strict=True):
        likely[code] = likely[code] + chance if code in likely else chance
    return likely

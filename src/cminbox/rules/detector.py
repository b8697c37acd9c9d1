"""What py3langid makes of a text: how likely each language of a script is.

py3langid is a naive Bayes classifier on byte n-grams. It was chosen by measurement: `docs/dev/language.md`. Its model
takes half a second and some 80 MB, so it is loaded with the first text that our own words cannot tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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


@once
def _identifier(script: str) -> Any:
    from py3langid.langid import LanguageIdentifier

    weights, usual, classes, moves, rows, outputs = _model()
    kept = [place for place, code in enumerate(classes) if code in LANGUAGES[script]]
    codes = [classes[place] for place in kept]
    # `take` lays the numbers of a feature side by side; with `[:, kept]` each would be far from the next in memory.
    return LanguageIdentifier(
        weights.take(kept, axis=1), usual[kept], codes, moves, outputs, norm_probs=True, tk_row=rows
    )


def likelihoods(text: str, script: str) -> dict[str, float]:
    """How likely a text is in each language of its script: 0 … 1, together 1.

    Args:
        text: the text, without links and names.
        script: a key of `LANGUAGES`.
    """
    return dict(_identifier(script).rank(text[: _READ.get(script, _READ_OF_OTHERS)]))

"""Which templates to offer first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from math import log2

from cminbox.replies.templates import Template

_OWN_LANGUAGE = 4.0
_LABEL = 3.0
_OWN_NETWORK = 0.5
_USE = 0.7


def rank(
    templates: Iterable[Template],
    *,
    lang: str,
    labels: Collection[str],
    network: str,
    uses: Mapping[str, int],
) -> list[Template]:
    """The templates, the most fitting first.

    What counts: a text in the conversation's language, each label that both have, a text made for the network, and
    how often it was used (its logarithm: an old habit does not drown what fits). Equal ones keep their order.
    """

    def fit(template: Template) -> float:
        score = _OWN_LANGUAGE if template.speaks(lang) else 0.0
        score += _LABEL * len(frozenset(template.labels) & frozenset(labels))
        score += _OWN_NETWORK if (lang, network) in template.texts else 0.0
        return score + _USE * log2(1 + max(0, uses.get(template.name, 0)))

    return sorted(templates, key=fit, reverse=True)

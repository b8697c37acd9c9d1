"""Chooses the numbers of `rules/lexicons/calibration/` with labelled texts: some 30 for each language.

    python benchmarks/calibrate.py [LANGUAGE …]

A multinomial logistic model with a ridge, fitted by Newton's method (McCullagh and Nelder, "Generalized Linear Models",
1989). Each set weighs alike but those of `labelled.UNLIKE`, and in a set a rare class counts more than its share, since
what counts is the mean over the classes. Nothing of a text is kept, only these numbers. Needs NumPy.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy

import labelled
from cminbox.rules.calibration import ANY, FEATURES, FOLDER, Weights, weights
from cminbox.rules.sentiment import READ, Scorer

RIDGE = 4.0
"""How much large numbers are held back: the weight, in texts, of the wish for 0."""
RARE = 0.6
"""How far a rare class is raised: 0 as it comes, 1 so that all classes of a set weigh alike."""


def features(scorer: Scorer, text: str, language: str) -> tuple[float, ...]:
    """What the model weighs of a text, as the program has it."""
    text = text[:READ]
    return scorer.findings(text, language, scorer.read(text, language))[0].features()


def class_weights(labels: Sequence[str], share: float, rare: float = RARE) -> list[float]:
    """What each row of a set weighs: together `share` of 1,000; `rare` is how far a rare class is raised."""
    counts = {label: labels.count(label) for label in set(labels)}
    raw = [(len(labels) / (len(counts) * counts[label])) ** rare for label in labels]
    total = sum(raw)
    return [1000 * share * one / total for one in raw]


def fit(x: Any, labels: Sequence[str], weight: Any, ridge: float = RIDGE) -> Weights:
    """The numbers that make the labels most likely.

    Args:
        x: a row for each text, with its features.
        weight: what each row counts.
    """
    targets = numpy.array([[label == "negative", label == "positive"] for label in labels], float)
    sides, n = 2, x.shape[1]
    beta = numpy.zeros((sides, n))
    hold = numpy.full(n, ridge)
    hold[0] = 0.01
    for _ in range(60):
        logits = x @ beta.T
        most = numpy.maximum(logits.max(axis=1), 0)
        parts = numpy.exp(logits - most[:, None])
        chances = parts / (parts.sum(axis=1) + numpy.exp(-most))[:, None]
        gradient = ((targets - chances) * weight[:, None]).T @ x - hold * beta
        hessian = numpy.zeros((sides * n, sides * n))
        for one in range(sides):
            for other in range(sides):
                curve = chances[:, one] * ((one == other) - chances[:, other]) * weight
                hessian[one * n : (one + 1) * n, other * n : (other + 1) * n] = (x * curve[:, None]).T @ x
        hessian += numpy.diag(numpy.tile(hold, sides))
        step = numpy.linalg.solve(hessian, gradient.reshape(-1)).reshape(sides, n)
        beta += step
        if numpy.abs(step).max() < 1e-6:
            break
    return Weights(tuple(beta[0]), tuple(beta[1]))


def material(
    scorer: Scorer, language: str, splits: Sequence[str] = ("train", "val", "any")
) -> tuple[Any, list[str], Any]:
    """The features, labels and weights of all sets of a language, and behind these of what it borrows."""
    x: list[tuple[float, ...]] = []
    labels: list[str] = []
    weight: list[float] = []
    for spoken in (language, *labelled.BORROWED.get(language, ())):
        for name in labelled.SETS.get(spoken, ()):
            rows = [row for row in labelled.rows(f"{name}.{spoken}") if row.split in splits]
            if rows:
                said = [row.label for row in rows]
                x += [features(scorer, row.text, spoken) for row in rows]
                labels += said
                share = labelled.UNLIKE.get(f"{name}.{spoken}", 1.0) * (1.0 if spoken == language else labelled.LENT)
                weight += class_weights(said, share * min(len(rows) / 1500, 1.0), labelled.EVEN.get(spoken, RARE))
    found = numpy.array(x)
    found[:, [FEATURES.index(name) for name in labelled.LEFT_OUT.get(language, ())]] = 0.0
    return found, labels, numpy.array(weight)


def write(language: str, found: Weights) -> None:
    """The file of a language, with a table for each side."""
    lines = ["# Made by benchmarks/calibrate.py: what each thing found in a text counts for `negative` and `positive`,"]
    lines += ["# beside `neutral`."]
    for side, numbers in zip(("negative", "positive"), found, strict=True):
        lines += ["", f"[{side}]"]
        lines += [f'"{name}" = {number:.3f}' for name, number in zip(FEATURES, numbers, strict=True)]
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{language}.toml").write_text("\n".join(lines) + "\n", "utf-8")


def main() -> None:
    """Fits the languages that were named, or all, and keeps the numbers of the others."""
    scorer = Scorer()
    found = dict(weights())
    wanted = sys.argv[1:] or list(dict.fromkeys((*labelled.SETS, *labelled.BORROWED)))
    for language in wanted:
        x, labels, weight = material(scorer, language)
        found[language] = fit(x, labels, weight)
        write(language, found[language])
        print(f"{language}: {len(labels)} texts")
    if not sys.argv[1:]:
        european = [found[language] for language in ("en", "es", "pt", "fr", "de", "it")]
        mean = (tuple(numpy.mean([one[side] for one in european], axis=0)) for side in (0, 1))
        write(ANY, Weights(*mean))


if __name__ == "__main__":
    main()

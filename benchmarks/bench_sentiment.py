"""How well sentiment and order are judged, beside vaderSentiment and arrival order: `make bench-sentiment`.

    python benchmarks/bench_sentiment.py [LANGUAGE …]

For each set: macro-F1 over three classes, negative recall and precision. `ours` is what `score` says, its language
found by itself; these numbers were chosen with the same sets. `folds` is five-fold cross-validation: each fifth is
judged by numbers chosen with the others; the word lists are the same, so it is what to expect of new texts at best.
Complaints: the share that stands in the first quarter, and the area under the curve. Last, the messages that a person
judged, in the order of the queue.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

import calibrate
import labelled
from cminbox import rules
from cminbox.cli.score import scored as as_told
from cminbox.model import now
from cminbox.rules.analysis import Analyser
from cminbox.rules.calibration import scored
from cminbox.rules.sentiment import Scorer
from judged import Placed, judgements, placed

FOLDS = 5
TARGETS = {
    **{"airline.en": 64, "tweeteval.en": 60, "umsab.en": 63, "umsab.es": 56, "umsab.fr": 62, "umsab.de": 64},
    **{"umsab.pt": 65, "umsab.it": 56, "umsab.ar": 53, "hsac.hi": 63, "sentimix.hi-Latn": 58, "sentirueval_tkk.ru": 56},
    **{"gu_movie.gu": 80, "pa_emotion.pa": 62, "mahasent.mr": 60, "usc.ur": 45},
}
"""The macro-F1 to reach on parts that nobody tuned with."""


def by_vader(analyser: SentimentIntensityAnalyzer, text: str) -> str:
    """VADER's class with its authors' thresholds."""
    compound = analyser.polarity_scores(text[:2000])["compound"]
    return "negative" if compound <= -0.05 else "positive" if compound >= 0.05 else "neutral"


def in_folds(scorer: Scorer, language: str) -> dict[str, list[str]]:
    """For each set of a language what is found in each row by numbers chosen with the other four fifths."""
    x, labels, weight = calibrate.material(scorer, language)
    place = numpy.arange(len(labels))
    found = [""] * len(labels)
    for fold in range(FOLDS):
        chosen = place % FOLDS != fold
        numbers = calibrate.fit(x[chosen], [labels[at] for at in place[chosen]], weight[chosen])
        for at in place[~chosen]:
            found[at] = scored(numbers.chances(tuple(x[at])))[1]
    sets: dict[str, list[str]] = {}
    start = 0
    for name in labelled.SETS[language]:
        many = len(labelled.rows(f"{name}.{language}"))
        sets[f"{name}.{language}"] = found[start : start + many]
        start += many
    return sets


def area(wanted: Sequence[bool], ranked: Sequence[float]) -> float:
    """The area under the curve: how often a complaint stands above another message, half for the same place."""
    order = sorted(range(len(ranked)), key=lambda at: ranked[at])
    total = at = 0
    sum_of_ranks = 0.0
    while at < len(order):
        end = at
        while end < len(order) and ranked[order[end]] == ranked[order[at]]:
            end += 1
        rank = (at + 1 + end) / 2
        for one in order[at:end]:
            if wanted[one]:
                sum_of_ranks += rank
                total += 1
        at = end
    return (sum_of_ranks - total * (total + 1) / 2) / (total * (len(order) - total))


def first_quarter(wanted: Sequence[bool], ranked: Sequence[float]) -> float:
    """The share of all that is wanted which stands in the first quarter; of the same rank in order of arrival."""
    order = sorted(range(len(ranked)), key=lambda at: -ranked[at])
    return sum(wanted[at] for at in order[: len(order) // 4]) / sum(wanted)


def order_of_complaints(analyser: SentimentIntensityAnalyzer) -> None:
    """How complaints are ranked by priority, by our sentiment, by VADER and by arrival."""
    book, ours = rules.load(None), Analyser()
    complaints = [
        line.split("\t") for line in labelled.path("complaints.en").read_text("utf-8").split("\n")[1:] if line
    ]
    airline = labelled.rows("airline.en")
    sets = {
        "complaints.en": [(row[3], row[1] == "1") for row in complaints],
        "of brands": [(row[3], row[1] == "1") for row in complaints if not row[2].startswith("random")],
        "airline.en": [(row.text, row.label == "negative") for row in airline],
    }
    print(f"\n{'order':<16}{'':>10}{'priority':>10}{'sentiment':>10}{'VADER':>8}{'arrival':>9}")
    for name, items in sets.items():
        wanted = [flag for _, flag in items]
        told = [as_told(text, book, ours) for text, _ in items]
        ranks = [
            [one["priority"] for one in told],
            [-(one["sentiment"] or 0) for one in told],
            [-analyser.polarity_scores(text)["compound"] for text, _ in items],
            [float(-place) for place in range(len(items))],
        ]
        print(f"{name:<16}{'AUC':>10}" + "".join(f"{area(wanted, rank):>9.3f}" for rank in ranks))
        print(f"{'':<16}{'1st ¼ %':>10}" + "".join(f"{100 * first_quarter(wanted, rank):>9.1f}" for rank in ranks))


def order_of_judged(first: int = 60, last: int = 200) -> None:
    """What stands first and last in a queue of the messages that a person judged, and how well needs are told.

    Args:
        first: so many are looked at.
        last: so many at the end, where the judged ones stand among all conversations that they are from.
    """
    if not judgements.BRANDS.is_file():
        print(f"\n{judgements.BRANDS} is not there: nothing about judged messages")
        return
    queue, _ = placed()
    head, tail = queue[:first], queue[-first:]
    ranks = [float(one.priority) for one in queue]
    said = [one for one in queue if one.needs]
    right = sum(one.wanted for one in said)
    wanted = sum(one.wanted for one in queue)
    print(f"\n{len(queue)} judged messages, each as the newest of its conversation, by priority")
    for name, part in (("first", head), ("last", tail)):
        print(f"{name} {len(part)}: {_stands(part)}")
    print(f"AUC of priority: answer wanted {area([one.wanted for one in queue], ranks):.3f},", end=" ")
    print(f"urgent {area([one.urgency >= 2 for one in queue], ranks):.3f}")
    print(f"needs an answer: precision {right / len(said):.3f}, recall {right / wanted:.3f}")
    among, many = placed(among_others=True)
    print(f"among all conversations that they are from, {many:,} in the queue")
    print(f"first {first}: judged {_judged([one for one in among if one.place < first])}")
    print(f"last {last}: judged {_judged([one for one in among if one.place >= many - last])}")


def _judged(part: Sequence[Placed]) -> str:
    return f"{len(part)}: {_stands(part)}"


def _stands(part: Sequence[Placed]) -> str:
    """What stands in a part of the queue."""
    return (
        f"an answer is wanted in {sum(one.wanted for one in part)}, urgent (2 or 3) are"
        f" {sum(one.urgency >= 2 for one in part)} (3: {sum(one.urgency == 3 for one in part)}),"
        f" nothing is wanted in {sum(not one.wanted for one in part)}"
    )


def main() -> None:
    """Prints the tables."""
    wanted = sys.argv[1:] or list(labelled.SETS)
    scorer, ours, vader = Scorer(), Analyser(), SentimentIntensityAnalyzer()
    print(f"now {now() // 1000}; n, then macro-F1 / negative recall / negative precision in %")
    print(f"{'set':<22}{'n':>6}{'target':>8}{'VADER':>16}{'ours':>16}{'folds':>16}{'found lang':>12}")
    for language in wanted:
        folds = in_folds(scorer, language)
        for name in (f"{one}.{language}" for one in labelled.SETS[language]):
            rows = labelled.rows(name)
            told = [row.label for row in rows]
            heard = [ours.analyse(row.text) for row in rows]
            columns = [
                [by_vader(vader, row.text) for row in rows],
                [one.sentiment.label for one in heard],
                folds[name],
            ]
            share = sum(one.lang == language for one in heard) / len(rows)
            target = f"{TARGETS[name]}" if name in TARGETS else ""
            cells = "".join(f"{_shown(labelled.figures(told, column)):>16}" for column in columns)
            print(f"{name:<22}{len(rows):>6}{target:>8}{cells}{100 * share:>11.1f}%")
    if "en" in wanted:
        order_of_complaints(vader)
        order_of_judged()


def _shown(figures: labelled.Figures) -> str:
    return " ".join(f"{100 * one:.1f}" if place == 0 else f"{100 * one:.0f}" for place, one in enumerate(figures))


if __name__ == "__main__":
    main()

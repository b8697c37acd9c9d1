"""`init`, `doctor`, `rules`, `score`, `crisis` and the report's forms."""

from __future__ import annotations

import csv
import io
import json
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cminbox import config, paths
from cminbox.cli.entry import run
from cminbox.members import account_name

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run a command on this test's own folders: exit status, output, errors."""

    def call(*words: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        status = run([*words, "--config", str(tmp_path / "c"), "--data", str(tmp_path / "d")])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def lines(count: int) -> str:
    texts = ["where is my parcel", "I love this tea", "you charged me twice, refund it!", "¿Cuándo llega?"]
    return "".join(
        json.dumps(
            {
                "id": str(number),
                "author": {"id": f"a{number}"},
                "text": texts[number % 4],
                "created_at": f"2026-03-02T10:{number % 60:02d}:00Z",
            }
        )
        + "\n"
        for number in range(count)
    )


def loaded(folder: Path) -> config.Config:
    return config.load(paths.find(folder / "c", folder / "d"))


def test_init_asks_nothing_with_yes_and_overwrites_nothing(call: Call, tmp_path: Path) -> None:
    status, out, err = call("init", "--yes")
    assert (status, err) == (0, "")
    file = tmp_path / "c" / "config.toml"
    assert str(file) in out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert loaded(tmp_path).sources == ()
    file.write_text("# mine\n")
    status, out, err = call("init", "--yes")
    assert (status, out) == (1, "")
    assert "exists already" in err
    assert file.read_text() == "# mine\n"


def test_init_asks_and_writes_what_it_was_told(call: Call, tmp_path: Path) -> None:
    status, out, err = call("init", stdin='Tea "House"\nsocial.example\ntea\nana\nAna López\n')
    assert status == 0, err
    assert "sources login tea" in out
    found = loaded(tmp_path)
    assert [(one.name, one.network, one.base_url) for one in found.sources] == [
        ("tea", "mastodon", "https://social.example")
    ]
    assert [(one.handle, one.name, one.role) for one in found.members] == [("ana", "Ana López", "lead")]
    assert found.brand["name"] == 'Tea "House"'


def test_what_init_leaves_as_comments_is_right_too(call: Call, tmp_path: Path) -> None:
    assert call("init", "--yes")[0] == 0
    file = tmp_path / "c" / "config.toml"
    keys = ("[", "name", "network", "base_url", "owned", "interval", "backfill", "handle", "role", "teams", "login")
    keys += ("members", "zone", "mon", "tue", "wed", "thu", "fri", "holidays", "query", "sort", "claim", "theme")
    text = (
        "".join(
            line[2:] if line.startswith("# ") and line[2:].lstrip("# ").startswith(keys) else line
            for line in file.read_text().splitlines(keepends=True)
        )
        .replace("# owned", "owned")
        .replace("# interval", "interval")
        .replace("# backfill", "backfill")
    )
    file.write_text(text)
    found = loaded(tmp_path)
    assert found.calendar is not None
    assert [view.name for view in found.views] == ["Refunds"]
    assert found.sources[0].interval == 60_000


def test_doctor_finds_what_is_wrong(call: Call, tmp_path: Path) -> None:
    assert call("init", "--yes")[0] == 0
    status, out, _ = call("doctor", "--json")
    states = {check["check"]: check["state"] for check in json.loads(out)}
    assert status == 0
    assert states["store"] == states["engine"] == states["member"] == "ok"
    (tmp_path / "c").chmod(0o755)
    (tmp_path / "c" / "rules").mkdir(exist_ok=True)
    (tmp_path / "c" / "rules" / "mine.toml").write_text("[[rule]]\nname = 'x'\nwhen = 'foo:bar'\n")
    status, out, _ = call("doctor", "--json")
    checks = {check["check"]: check for check in json.loads(out)}
    assert status == 3
    assert checks["config folder"]["state"] == "warn"
    assert checks["configuration"]["state"] == "fail"
    assert "mine.toml:3" in checks["configuration"]["text"]
    status, out, _ = call("doctor")
    assert "✗ fail  configuration" in out


def test_doctor_asks_sources_and_says_which_secret_is_missing(call: Call, tmp_path: Path) -> None:
    (tmp_path / "c").mkdir(mode=0o700)
    (tmp_path / "c" / "config.toml").write_text(
        '[[source]]\nname = "far"\nnetwork = "mastodon"\nbase_url = "http://127.0.0.1:9"\n'
        f'[[source]]\nname = "near"\nnetwork = "jsonl"\npath = "{tmp_path}"\n'
        '[[source]]\nname = "odd"\nnetwork = "jsonl"\npaht = "x"\n'
    )
    status, out, _ = call("doctor", "--json")
    checks = {check["check"]: check for check in json.loads(out)}
    assert status == 3
    assert checks["source near"]["state"] == "ok"
    assert "sources login far" in checks["source far"]["hint"]
    assert "paht" in checks["source odd"]["text"]
    assert "config.toml:12" in checks["source odd"]["text"]


def test_a_damaged_store_is_told(call: Call, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "cminbox.db").write_bytes(b"this is no database at all, " * 200)
    for words in (["list"], ["report"], ["import", "-"]):
        status, out, err = call(*words, stdin=lines(1))
        assert (status, out) == (1, ""), words
        assert len(err.splitlines()) == 1
        assert "not a store" in err
    status, out, _ = call("doctor", "--json")
    assert status == 3
    assert next(check for check in json.loads(out) if check["check"] == "store")["state"] == "fail"


def test_rules_check_tells_each_mistake(call: Call, tmp_path: Path) -> None:
    status, out, err = call("rules", "check")
    assert (status, err) == (0, "")
    assert "no mistake" in out
    folder = tmp_path / "c" / "rules"
    folder.mkdir(parents=True)
    (folder / "a.toml").write_text("[[rule]\n")
    (folder / "b.toml").write_text("[[rule]]\nname = 'x'\nwhen = 'is:open'\npriorty = 3\n")
    status, out, err = call("rules", "check")
    assert status == 1
    assert "a.toml:1" in err
    assert "b.toml:4" in err


def test_rules_are_listed_and_switched(call: Call, tmp_path: Path) -> None:
    assert call("import", "-", stdin=lines(4))[0] == 0
    folder = tmp_path / "c" / "rules"
    folder.mkdir(parents=True)
    (folder / "90-mine.toml").write_text(
        "[[rule]]\nname = 'late parcel'\nwhen = 'parcel'\npriority = 7\nlabels = ['late']\n"
    )

    def listed() -> dict[str, Any]:
        found = json.loads(call("rules", "list", "--json")[1])
        assert len(found) == len({one["name"] for one in found})
        return {one["name"]: one for one in found}

    before = listed()
    mine = before["late parcel"]
    assert (mine["on"], mine["shipped"], mine["line"], mine["does"]) == (True, False, 1, "+7, +late")
    assert all(one["on"] for one in before.values())
    shipped = next(name for name, one in before.items() if one["shipped"])
    assert call("rules", "off", "late parcel", shipped) == (0, f"late parcel is off\n{shipped} is off\n", "")
    assert call("rules", "off", "late parcel")[1] == "late parcel is off already\n"
    assert {name for name, one in listed().items() if not one["on"]} == {"late parcel", shipped}
    row = next(row for row in call("rules", "list")[1].splitlines() if "late parcel" in row)
    assert row.split()[0] == "off"
    assert "90-mine.toml:1" in row
    status, out, err = call("rules", "off", shipped, "late parcels")
    assert (status, out) == (2, "")
    assert 'did you mean "late parcel"?' in err
    assert call("rules", "on", "late parcel", shipped)[0] == 0
    assert listed() == before


def test_a_line_that_names_no_rule_is_taken_out_of_the_switches(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "c" / "rules"
    folder.mkdir(parents=True)
    (folder / "off.txt").write_text("# for now\ngone long since\n")
    assert call("rules", "off", "gone long since")[0] == 2
    assert call("rules", "on", "gone long since")[0] == 0
    assert (folder / "off.txt").read_text() == "# for now\n"
    assert call("rules", "on", "# for now")[0] == 2


def test_templates_check_and_doctor_tell_each_mistake(call: Call, tmp_path: Path) -> None:
    assert call("init", "--yes")[0] == 0
    status, out, err = call("templates", "check")
    assert (status, err) == (0, "")
    assert "no mistake" in out
    text = "[[template]]\nname = 'a b'\nquick = 12\n[template.text]\nen = 'Hi {{ author.name'\n"
    (tmp_path / "c" / "templates" / "mine.toml").write_text(text)
    (tmp_path / "c" / "reasons.toml").write_text("[[reason]]\ntitel = 'x'\n")
    places = ("mine.toml:2:1: ", "mine.toml:3:1: ", "mine.toml:5:1: ", "reasons.toml:2:1: ")
    status, _, err = call("templates", "check")
    assert status == 1
    assert [place for place in places if place in err] == [*places]
    assert len(err.splitlines()) == len(places)
    status, out, _ = call("templates", "check", "--json")
    assert status == 1
    assert len(json.loads(out)["problems"]) == len(places)
    status, out, _ = call("doctor", "--offline", "--json")
    told = [check["text"] for check in json.loads(out) if check["check"] == "configuration"]
    assert status == 3
    assert [place for place, text in zip(places, told, strict=True) if place in text] == [*places]


def test_rules_try_says_what_would_change_and_changes_nothing(call: Call, tmp_path: Path) -> None:
    assert call("import", "-", stdin=lines(40))[0] == 0
    before = call("list", "--json")[1]
    file = tmp_path / "parcels.toml"
    file.write_text("[[rule]]\nname = 'parcels'\nwhen = 'parcel'\npriority = 30\nlabels = ['late']\nassign = 'jo'\n")
    status, out, err = call("rules", "try", str(file), "--json")
    assert status == 0, err
    found = json.loads(out)
    assert found["tried"] == 40
    assert len(found["changed"]) == 10
    for one in found["changed"]:
        assert one["labels"] == {"add": ["late"], "remove": []}
        # They wait for months, which lifts each to the end of its band, and with 30 points more to the end of that one.
        assert one["priority"] == {"old": 59, "new": 100}
        assert one["assign"] == "jo"
    assert call("list", "--json")[1] == before
    status, out, _ = call("rules", "try", str(file), "--query", "tea")
    assert (status, out) == (0, "0 of 10 conversations would change\n")
    file.write_text("[[rule]]\nname = 'parcels'\nwhen = 'parcel AND'\n")
    status, _, err = call("rules", "try", str(file))
    assert status == 2
    assert "parcels.toml:3" in err


def scored(call: Call, *words: str, stdin: str = "") -> list[dict[str, Any]]:
    status, out, err = call("score", *words, "--json", stdin=stdin)
    assert status == 0, err
    return [json.loads(one) for one in out.splitlines()] if "--lines" in words else [json.loads(out)]


def test_score_says_what_it_hears(call: Call) -> None:
    (one,) = scored(call, "This is terrible, where is my refund?")
    assert (one["language"], one["class"]) == ("en", "negative")
    assert -1 <= one["sentiment"] < 0
    assert -1 <= one["vader"] < 0
    assert "question" in one["signals"]
    assert "terrible" in [word for word, _ in one["hits"]]
    assert one["priority"] == min(100, sum(reason["points"] for reason in one["reasons"]))
    assert "terrible" in call("score", "This is terrible")[1]


def test_score_lines_is_one_object_a_line(call: Call) -> None:
    found = scored(
        call,
        "--lines",
        stdin="I love it\n\nक्या आप भारत भेजते हैं?\n\udce4".encode("utf-8", "surrogateescape").decode("latin-1"),
    )
    assert len(found) == 4
    assert found[0]["class"] == "positive"
    assert found[1]["language"] is None
    assert {"language", "sentiment", "class", "vader", "signals", "priority", "hits"} <= set(found[2])
    assert found[1]["sentiment"] is None


def test_a_crisis_is_listed_and_shown(call: Call) -> None:
    assert call("crisis")[2] == "cminbox: no crisis was ever declared\n"
    assert call("import", "-", stdin=lines(8))[0] == 0
    assert call("do", "escalate", "Late parcels", "2", "many complaints", "--query", "parcel")[0] == 0
    (crisis,) = json.loads(call("crisis", "list", "--json")[1])
    assert (crisis["name"], crisis["severity"], crisis["status"]) == ("Late parcels", 2, "running")
    assert crisis["conversations"] == 2
    shown = json.loads(call("crisis", "show", str(crisis["id"]), "--json")[1])
    assert shown["timeline"]
    assert "SEV 2  Late parcels" in call("crisis", "show", str(crisis["id"]))[1]
    assert len(json.loads(call("list", "is:crisis", "--json")[1])) == 2
    assert call("crisis", "show", "77")[0] == 1


def test_the_report_in_each_form(call: Call) -> None:
    assert call("import", "-", stdin=lines(12))[0] == 0
    report = json.loads(call("report", "--json")[1])
    assert report["since"] == "2026-03-02T10:00:00+00:00"
    assert report["volume"] == report["waiting"]["count"] == 12
    assert (
        json.loads(call("report", "--format", "json", "--since", "2026-03-02", "--until", "2026-03-02")[1])["volume"]
        == 12
    )
    assert re.search("waiting +12, the oldest for", call("report")[1])
    assert call("report", "--format", "markdown")[1].startswith("# Report, 2026-03-02 10:00 to ")
    rows = list(csv.DictReader(io.StringIO(call("report", "--format", "csv")[1])))
    assert rows[0]["volume"] == "12"
    assert {row["by"] for row in rows} >= {"", "source", "network", "language"}
    assert json.loads(call("report", "--json", "--until", "2020-01-01")[1])["volume"] == 0


def test_who_is_no_member_reads_and_does_nothing(call: Call, tmp_path: Path) -> None:
    assert call("import", "-", stdin=lines(4))[0] == 0
    (tmp_path / "c").mkdir(exist_ok=True)
    (tmp_path / "c" / "config.toml").write_text(
        '[[member]]\nhandle = "zoe"\nrole = "responder"\nlogin = "nobody-here"\n'
        f'[team.speak_for]\n{account_name()} = ["zoe"]\n'
    )
    assert call("list")[0] == 0
    status, _, err = call("do", "close", "1")
    assert status == 2
    assert "no member of the team" in err
    assert call("do", "close", "1", "--as", "zoe")[0] == 0
    assert call("list", "--as", "ghost")[0] == 2


def test_rules_check_refuses_to_notify_nobody(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "c" / "rules"
    folder.mkdir(parents=True)
    (tmp_path / "c" / "config.toml").write_text('[[member]]\nhandle = "lena"\nteams = ["care"]\n')
    rule = "[[rule]]\nname = 'x'\nwhen = 'is:open'\nnotify = ['{}']\n"
    (folder / "a.toml").write_text(rule.format("lina"))
    status, _, err = call("rules", "check")
    assert status == 1
    assert "a.toml:4:1: rule 'x' notifies 'lina', and nobody is called so — did you mean \"lena\"?" in err
    assert call("rules", "try", str(folder / "a.toml"))[0] == 2
    for name in ("lena", "@lena", "care", "team:care"):
        (folder / "a.toml").write_text(rule.format(name))
        assert call("rules", "check")[0] == 0


def test_rules_check_tells_of_business_hours_that_there_are_not(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "c" / "rules"
    folder.mkdir(parents=True)
    (folder / "a.toml").write_text("[[rule]]\nname = 'x'\nwhen = ''\nsla = '1h'\nsla_hours = 'business'\n")
    status, _, err = call("rules", "check")
    assert status == 1
    assert "there are none" in err
    (tmp_path / "c" / "config.toml").write_text('[calendar]\nzone = "UTC"\nmon = ["09:00-17:00"]\n')
    assert call("rules", "check")[0] == 0


def test_ends_and_needs_as_json(call: Call) -> None:
    assert call("import", "-", stdin=lines(1))[0] == 0
    said = json.dumps({"id": "t", "author": {"id": "b"}, "text": "Thanks!", "created_at": "2026-03-02T10:00:00Z"})
    assert call("import", "-", stdin=said)[0] == 0
    rows = {row["text"]: row for row in json.loads(call("list", "", "--json")[1])}
    asked, thanks = rows["where is my parcel"], rows["Thanks!"]
    assert (asked["needs_answer"], asked["due_at"], asked["end"]) == (True, "2026-03-02T14:00:00+00:00", None)
    assert (thanks["needs_answer"], thanks["due_at"], thanks["waiting"]) == (False, None, 1)
    assert (asked["sla"], thanks["sla"]) == (14400, None)
    assert "needs no answer" in call("why", str(thanks["id"]))[1]
    assert "SLA" not in call("why", str(thanks["id"]))[1]
    found = json.loads(call("list", "is:needs-answer", "--json")[1])
    assert [row["id"] for row in found] == [asked["id"]]
    assert call("do", "none-needed", "thanks", str(thanks["id"]))[1] == "1 closed: none needed\n"
    assert call("do", "close", str(asked["id"]))[1] == "1 closed, unanswered\n"
    shown = json.loads(call("show", str(thanks["id"]), "--json")[1])
    assert (shown["end"], shown["end_reason"], shown["needs_answer"]) == ("none needed", "thanks", False)
    assert shown["messages"][0]["needs_answer"] is False
    report = json.loads(call("report", "--json")[1])
    assert report["ends"] == {"answered": 0, "none_needed": 1, "unanswered": 1}
    assert report["sla"] == {"hit": 0, "missed": 1, "running": 0}
    assert report["resolution"]["wall"]["count"] == 0
    call("import", "-", stdin=said.replace('"t"', '"l"').replace("Thanks!", "lol"))
    (laughter,) = json.loads(call("list", "lol", "--json")[1])
    assert call("do", "needs-answer", str(laughter["id"]))[1] == "1 judged\n"
    why = json.loads(call("why", str(laughter["id"]), "--json")[1])
    assert why["needs_answer"] is True
    assert why["needs_by"].startswith("member:")
    status, _, err = call("do", "none-needed", "bored", str(asked["id"]))
    assert (status, "reasons: chatter, thanks, not for us, handled elsewhere, duplicate" in err) == (2, True)

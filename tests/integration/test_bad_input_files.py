"""Broken files of the user's: one clear line that names file, line and remedy, and everything else goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shell import cminbox, lines_of, message, write

from cminbox import paths

GOOD = '[[rule]]\nname = "mine"\nwhen = "refund"\npriority = +5\nlabels = ["mine"]\n'


@pytest.fixture
def folder(home: Path) -> Path:
    return paths.find().config


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("config.toml", "[sla\n", "config.toml:1:5: not TOML"),
        ("config.toml", '[[source]]\nname = "a"\n', 'config.toml:1: "network" is missing in [[source]]'),
        ("config.toml", '[store]\ngroup = "nobodys-friends"\n', "nobodys-friends"),
        ("config.toml", "\xff".encode("latin-1"), "config.toml:1:1: byte 0xff is not UTF-8"),
        ("brand.toml", 'name = "Tea\n', "brand.toml:1:12: not TOML"),
    ],
)
def test_without_a_right_configuration_nothing_is_done(folder, name, text, says):
    file = write(folder / name, "")
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = cminbox("list")
    assert (done.status, done.out) == (2, "")
    assert says in done.line
    assert not (paths.find().store).exists()


def test_a_broken_rule_file_is_told_and_the_others_stay_in_force(folder, tmp_path):
    write(folder / "rules" / "30-good.toml", GOOD)
    bad = write(folder / "rules" / "40-bad.toml", '[[rule]\nname = "x"\n')
    typo = write(folder / "rules" / "50-typo.toml", '[[rule]]\nname = "typo"\nwhen = "lable:x"\npriority = 3\n')
    checked = cminbox("rules", "check")
    assert checked.status == 1
    assert checked.lines[0].startswith(f"{bad}:1:7: not TOML")
    assert checked.lines[1].startswith(f"{typo}:3:9: there is no field lable:")
    assert "label:" in checked.lines[1]
    imported = cminbox("import", str(write(tmp_path / "in.jsonl", lines_of(1))))
    assert (imported.status, imported.out) == (0, "1 new, 0 known\n")
    assert str(bad) in imported.line
    (row,) = cminbox("list", "--json").json()
    assert row["labels"] == ["billing", "mine"]
    cminbox("poll", "--once")
    assert f"{bad}:1:7: not TOML" in paths.find().log.read_text()


def test_a_broken_template_file_is_told_and_the_others_can_be_used(folder, tmp_path):
    broken = write(folder / "templates" / "bad.toml", '[[template]]\nname = "a"\ntitle =\n')
    doctor = cminbox("doctor", "--json")
    assert doctor.status == 3
    assert f"{broken}:3" in doctor.out
    assert "Traceback" not in doctor.err


def test_broken_keys_are_told_and_commands_need_none(folder):
    keys = write(folder / "keys.toml", "[queue]\nclose = \n")
    listed = cminbox("list")
    assert (listed.status, listed.line) == (0, "no conversation matches")
    doctor = cminbox("doctor", "--json")
    assert f"{keys}:2" in doctor.out
    assert doctor.status == 3


def test_bad_lines_are_told_with_their_numbers_and_the_others_are_kept(tmp_path):
    good = lines_of(2).splitlines()
    bad = [
        "{",
        '{"id": "x"}',
        '["not", "an", "object"]',
        '{"id": "x", "author": {"id": "a"}, "text": "half \\ud83d", "created_at": "yesterday"}',
        f'{{"id": "{"9" * 5000}", "author": {{"id": "a"}}, "text": "x", "created_at": "2026-05-01T10:00:00"}}',
        '{"id": "n", "author": {"id": "a"}, "text": "x", "created_at": "2026-05-01T10:00:00Z", "kind": "shout"}',
        "[" * 100_000,
        "\x00\x01\x02",
    ]
    file = tmp_path / "in.jsonl"
    file.write_bytes("\n".join([good[0], *bad, good[1]]).encode() + b"\n\xff\xfe\n")
    done = cminbox("import", str(file))
    assert (done.status, done.out) == (3, f"2 new, 0 known, {len(bad) + 1} bad\n")
    assert [line.partition(": ")[0] for line in done.lines] == [f"in.jsonl:{n}" for n in (*range(2, 10), 11)]
    assert max(map(len, done.lines)) < 400
    assert cminbox("import", str(file)).out.startswith("0 new, 2 known")


def test_huge_and_hostile_values_of_a_line_do_no_harm(tmp_path):
    hostile = [
        message(1, "half \ud83d pair", author={"id": "\ud83d", "handle": "\x1b[2J", "followers": 2**80}),
        message(2, "\x1b]0;owned\x07" + "e\u0301" + "\u0301" * 5000),
        message(3, "x" * 900_000),
    ]
    file = write(tmp_path / "in.jsonl", "".join(json.dumps(one) + "\n" for one in hostile))
    done = cminbox("import", str(file))
    assert done.status in (0, 3)
    shown = cminbox("list", "")
    assert shown.status == 0
    assert "\x1b" not in shown.out + done.err

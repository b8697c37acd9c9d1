"""A broken configuration at the shell: one clear line, exit status 2, nothing made, no traceback."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cminbox import paths

BROKEN = {
    "unknown key": ('[sla]\ndefalt = "2h"\n', '2: unknown key "defalt" in [sla] — did you mean "default"?'),
    "broken TOML": ("[sla\n", "1:5: not TOML: expected ']' at the end of a table declaration"),
    "a secret": (
        '[[source]]\nname = "care"\nnetwork = "mastodon"\ntoken = "hunter2"\n',
        "4: token: secrets do not belong in this file — remove it and run: cminbox sources login care",
    ),
}


@pytest.mark.parametrize("mistake", BROKEN)
@pytest.mark.parametrize("command", [["list"], ["poll", "--once"], ["report", "--json"]], ids=" ".join)
def test_a_broken_configuration_is_told_in_one_line(command: list[str], mistake: str) -> None:
    text, said = BROKEN[mistake]
    found = paths.find()
    found.config.mkdir(mode=0o700)
    found.config_file.write_text(text)
    run = subprocess.run(
        [sys.executable, "-m", "cminbox", *command], capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr == f"cminbox: {found.config_file}:{said}\n"
    assert not found.store.exists()


def test_a_mistake_in_the_query_of_a_view_is_told_by_doctor_with_its_place() -> None:
    found = paths.find()
    found.config.mkdir(mode=0o700)
    found.config_file.write_text('[[view]]\nname = "Slip"\nquery = "is:opne"\n')
    run = subprocess.run(
        [sys.executable, "-m", "cminbox", "doctor", "--offline"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 3
    assert f"{found.config_file}:3: view 'Slip': query, column 4: is: knows no" in run.stdout
    assert "did you mean is:open?" in run.stdout


def test_doctor_tells_every_mistake_of_every_file_and_others_how_many_there_are() -> None:
    found = paths.find()
    found.config.mkdir(mode=0o700)
    found.config_file.write_text(
        '[sla]\ndefalt = "2h"\n\n[[source]]\nname = "a b"\nnetwork = "feed"\nowned = "yes"\n'
        '\n[[view]]\nname = "Slip"\nquery = "is:opne"\n'
    )
    found.keys_file.write_text('[queue]\n"close" = 3\n"clsoe" = "x"\n')
    found.rules.mkdir()
    (found.rules / "90-mine.toml").write_text('[[rule]]\nname = "mine"\nwhen = "is:opne"\npriority = 1\n')
    program = [sys.executable, "-m", "cminbox"]
    run = subprocess.run([*program, "doctor", "--offline"], capture_output=True, text=True, check=False, timeout=60)
    told = [line for line in run.stdout.splitlines() if line.startswith("✗")]
    for place in (
        f"{found.config_file}:2:",
        f"{found.config_file}:5:",
        f"{found.config_file}:7:",
        f"{found.config_file}:11:",
        f"{found.keys_file}:2:",
        f"{found.keys_file}:3:",
        f"{found.rules / '90-mine.toml'}:3:",
    ):
        assert len([line for line in told if place in line]) == 1, place
    assert len(told) == 7
    assert run.returncode in (1, 3)
    assert run.stderr == ""
    run = subprocess.run([*program, "list"], capture_output=True, text=True, check=False, timeout=60)
    assert run.stderr.splitlines() == [
        f'cminbox: {found.config_file}:2: unknown key "defalt" in [sla]'
        ' — did you mean "default"?; and 2 more: cminbox doctor'
    ]


def test_doctor_tells_every_option_of_a_source_that_is_wrong() -> None:
    found = paths.find()
    found.config.mkdir(mode=0o700)
    found.config_file.write_text(
        '[[source]]\nname = "one"\nnetwork = "mastodon"\nbase_url = "http://127.0.0.1:9"\nx = 1\ny = 2\n'
    )
    run = subprocess.run(
        [sys.executable, "-m", "cminbox", "doctor", "--offline"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    told = [line for line in run.stdout.splitlines() if "has no option" in line]
    assert [f"config.toml:{line}:" in text for line, text in zip((5, 6), told, strict=True)] == [True, True]

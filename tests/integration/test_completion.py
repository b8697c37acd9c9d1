"""Completion in a shell: commands, options, and the names that there are."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from shell import cminbox, lines_of, write

from cminbox.cli.completion import split

CONFIG = """
[[source]]
name = "shop"
network = "feed"
url = "https://shop.example/feed"

[[member]]
handle = "zoe"
teams = ["care"]
login = "somebody"

[[channel]]
name = "ops"
"""


@pytest.fixture
def store(home: Path, tmp_path: Path) -> None:
    write(home / "config" / "config.toml", CONFIG)
    assert cminbox("import", str(write(tmp_path / "a.jsonl", lines_of(2, source="archive")))).status == 0


def offered(line: str, shell: str = "zsh") -> list[str]:
    return cminbox("completion", "candidates", shell, "--", line).out.splitlines()


def test_the_words_before_the_cursor() -> None:
    assert split("cminbox ") == (["cminbox"], "")
    assert split("cminbox li") == (["cminbox"], "li")
    assert split("cminbox list 'is:open lab") == (["cminbox", "list"], "is:open lab")
    assert split('cminbox do label "a b" ') == (["cminbox", "do", "label", "a b"], "")
    assert split("") == ([], "")


def test_commands_options_and_names(store: None) -> None:
    assert {"list", "demo", "purge", "--as"} <= set(offered("cminbox "))
    assert offered("cminbox exp") == ["export"]
    assert offered("cminbox sources ") == ["list", "networks", "test", "login"]
    assert offered("cminbox sources login ") == ["shop"]
    assert offered("cminbox channels test ") == ["ops"]
    assert "--limit" in offered("cminbox list --")
    assert offered("cminbox list --sort n") == ["newest"]
    assert offered("cminbox report --format m") == ["markdown"]
    assert offered("cminbox poll --source ") == ["shop"]
    assert "sorry" in offered("cminbox reply 1 --template s") or offered("cminbox reply 1 --template ")
    assert offered("cminbox do assi") == ["assign"]
    assert offered("cminbox do assign z") == ["zoe"]
    assert "team:care" in offered("cminbox do assign ")
    assert offered("cminbox --as ") == ["zoe"]
    assert offered("cminbox --as zoe lis") == ["list"]


def test_queries(store: None) -> None:
    assert "is:open" in offered("cminbox list is:o")
    assert "source:archive" in offered("cminbox list source:a")
    assert "source:archive" in offered("cminbox do close --query source:a")
    assert "source:" in offered("cminbox export sour")
    assert "archive" in offered("cminbox list source:a", "bash")  # bash completes what stands behind a colon


@pytest.mark.parametrize(
    "line", ["cminbox nonsense ", "cminbox list 'a \"", "cminbox do \\", "\x00", "cminbox list --sort"]
)
def test_nothing_is_offered_where_nothing_can_stand(store: None, line: str) -> None:
    if "\x00" not in line:
        done = cminbox("completion", "candidates", "zsh", "--", line)
        assert (done.status, done.err) == (0, "")


def test_a_broken_configuration_offers_what_needs_none(home: Path) -> None:
    write(home / "config" / "config.toml", "[[[")
    assert offered("cminbox exp") == ["export"]
    assert offered("cminbox poll --source ") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_script_is_one_that_its_shell_reads(shell: str, tmp_path: Path) -> None:
    script = write(tmp_path / "script", cminbox("completion", shell).out)
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    subprocess.run([shell, "-n", str(script)], check=True, timeout=30)


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_completes(store: None, tmp_path: Path) -> None:
    script = write(tmp_path / "script", cminbox("completion", "bash").out)
    program = write(tmp_path / "bin" / "cminbox", f'#!/bin/sh\nexec {sys.executable} -m cminbox "$@"\n')
    program.chmod(0o755)
    asked = (
        f"PATH={program.parent}:$PATH; source {script}; COMP_LINE='cminbox sources log'; COMP_POINT=${{#COMP_LINE}};"
        ' COMP_WORDS=(cminbox sources log); COMP_CWORD=2; _cminbox; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "login"

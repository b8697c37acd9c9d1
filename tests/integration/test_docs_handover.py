"""The handover of the guide, run as it stands there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from shell import cminbox, write

from cminbox.members import account_name

GUIDE = Path(__file__).parents[2] / "docs/handover.md"
TEAM = f"""
[[member]]
handle = "ana"
role = "lead"

[[member]]
handle = "lena"

[team.speak_for]
{json.dumps(account_name())} = ["*"]
"""
SAID = (("1", "mina", "My parcel is lost, where is it?"), ("2", "ravi", "I want my money back, refund me"))


def steps() -> list[tuple[str, list[str]]]:
    """Each command of the guide with the lines that it prints."""
    (story,) = re.findall(r"```console\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    found: list[tuple[str, list[str]]] = []
    for line in story.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def is_as_told(out: list[str], told: list[str]) -> bool:
    """Whether lines are those told; `…` stands for anything in a line, alone for any number of lines."""
    pattern = "".join(
        "(?:.*\n)*" if line.strip() == "…" else re.escape(line).replace("…", ".*") + "\n" for line in told
    )
    return re.fullmatch(pattern, "".join(f"{line.rstrip()}\n" for line in out)) is not None


def test_the_story_of_the_guide_happens_as_it_is_told(home: Path, tmp_path: Path) -> None:
    write(home / "config" / "config.toml", TEAM)
    lines = [
        {"id": n, "network": "mastodon", "source": "shop", "author": {"id": who, "handle": who}, "text": text}
        | {"created_at": "2026-01-02T10:00:00+00:00"}
        for n, who, text in SAID
    ]
    file = write(tmp_path / "said.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    assert cminbox("import", str(file), "--as", "ana").status == 0
    for command, told in steps():
        name, *words = shlex.split(command)
        assert name == "cminbox"
        done = cminbox(*words)
        assert done.status == 0, (command, done.err)
        assert is_as_told(done.out.splitlines(), told), (command, done.out)


@pytest.mark.parametrize(
    ("out", "told", "same"),
    [(["a", "b"], ["…"], True), (["a"], ["b"], False), (["1 x 2"], ["1 … 2"], True), (["a", "b"], ["a"], False)],
)
def test_what_is_compared_can_differ(out: list[str], told: list[str], same: bool) -> None:
    assert is_as_told(out, told) is same

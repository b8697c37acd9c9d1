"""What the documents say of macros is what `keys.toml` takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cminbox.commands import keys
from cminbox.commands.lookup import by_id
from cminbox.commands.macros import NOT_STEPS
from cminbox.errors import ConfigError

DOCS = Path(__file__).parents[2] / "docs"


def test_the_examples_of_the_page_of_keys_hold(tmp_path: Path) -> None:
    examples = re.findall(r"```toml\n(.*?)```", (DOCS / "keys.md").read_text("utf-8"), re.DOTALL)
    path = tmp_path / "keys.toml"
    # As one file: nothing in them clashes.
    path.write_text("\n".join(sorted(examples, key=lambda text: "[queue]" in text)).replace('set = "vim"', ""), "utf-8")
    keymap = keys.load(path)
    assert [macro.name for macro in keymap.macros] == ["thanks", "answer", "parcel", "sweep"]
    assert {macro.name: macro.where for macro in keymap.macros}["sweep"] == ("queue",)


def test_the_keys_of_a_macro_are_documented_and_no_others(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text('[[macro]]\nname = "a"\ndo = ["close"]\nqqqqqqqqqqqq = 1\n', "utf-8")
    with pytest.raises(ConfigError) as told:
        keys.load(path)
    known = set(told.value.hint.removeprefix("known: ").split(", "))
    part = (DOCS / "configuration.md").read_text("utf-8").partition("### `[[macro]]`")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)) == known


def test_what_cannot_be_a_step_is_documented() -> None:
    page = (DOCS / "keys.md").read_text("utf-8")
    (said,) = re.findall(r"((?:`[a-z]+`(?:, | and )?)+)\s+cannot be steps", page)
    named = {command.name for command in map(by_id, NOT_STEPS) if command is not None}
    assert set(re.findall(r"`([a-z]+)`", said)) == named

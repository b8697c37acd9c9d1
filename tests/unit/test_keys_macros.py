"""Macros in keys.toml: what may be one, and what is said of what may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from cminbox.commands import by_id
from cminbox.commands.keys import KeyMap, load
from cminbox.errors import ConfigError

THANKS = '[[macro]]\nname = "thanks"\nkeys = "x"\ndo = ["label thanks", "close", "next"]\n'


def _load(tmp_path: Path, text: str) -> KeyMap:
    path = tmp_path / "keys.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_a_macro_is_a_command_with_keys(tmp_path: Path) -> None:
    keymap = _load(tmp_path, THANKS)
    (macro,) = keymap.macros
    assert (macro.id, macro.name, macro.group, macro.where) == (
        "macro.thanks", "thanks", "macro", ("queue", "conversation"),
    )  # fmt: skip
    assert macro.help == "label thanks; close; next"
    assert [(command.id, args) for command, args in macro.steps] == [
        ("conversation.label", ("thanks",)), ("conversation.close", ()), ("move.next", ()),
    ]  # fmt: skip
    assert keymap.find("queue", ["x"]) is macro
    assert keymap.find("conversation", ["x"]) is macro
    assert keymap.find("metrics", ["x"]) is None


def test_its_keys_may_differ_from_place_to_place(tmp_path: Path) -> None:
    keymap = _load(tmp_path, THANKS + '[queue]\nmacro.thanks = ["X", "g x"]\nmove.top = "g g"\n')
    (macro,) = keymap.macros
    assert keymap.keys_of(macro, "queue") == ["X", "g x"]
    assert keymap.keys_of(macro, "conversation") == ["x"]


def test_it_takes_a_key_from_the_command_that_had_it(tmp_path: Path) -> None:
    keymap = _load(tmp_path, THANKS.replace('"x"', '["e"]'))
    close = by_id("conversation.close")
    assert close is not None
    assert keymap.keys_of(close, "queue") == []
    assert keymap.find("queue", ["e"]) is keymap.macros[0]


def test_it_can_be_run_where_its_steps_can(tmp_path: Path) -> None:
    keymap = _load(
        tmp_path,
        '[[macro]]\nname = "late"\ndo = ["filter is:overdue", "mark-all", "take"]\n'
        '[[macro]]\nname = "answer"\nkeys = "x"\ndo = ["template thanks", "send", "close", "next"]\n'
        '[[macro]]\nname = "opened"\ndo = ["open", "template thanks", "send", "close", "go.queue"]\n'
        '[[macro]]\nname = "written"\nwhere = ["conversation"]\ndo = ["reply", "close", "next"]\n',
    )
    assert {macro.name: macro.where for macro in keymap.macros} == {
        "late": ("queue",),
        "answer": ("conversation",),
        "opened": ("queue",),
        "written": ("conversation",),
    }
    assert keymap.find("queue", ["x"]) is None


def test_a_macro_runs_another(tmp_path: Path) -> None:
    keymap = _load(tmp_path, '[[macro]]\nname = "mine"\ndo = ["take", "thanks"]\n' + THANKS)
    assert [command.name for command, _ in keymap.macros[0].steps] == ["take", "label", "close", "next"]


def _macro(do: str, more: str = "") -> str:
    return f'[[macro]]\nname = "m"\n{more}do = {do}\n'


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (_macro('["clsoe"]'), 3, "step 1: there is no command 'clsoe' — did you mean close?"),
        (_macro('["clos"]'), 3, "did you mean close?"),
        (_macro('["close", "label"]', 'help = "x"\n').replace('"label"', '"close now"'), 4, "step 2: close: 'now' is"),
        (_macro('["assign ana jo"]'), 3, "step 1: assign: 'jo' is too much"),
        (_macro('["view"]'), 3, "view: view is missing"),
        (_macro('["snooze soonish"]'), 3, "'soonish' is no time"),
        (_macro('["sort oldest"]'), 3, "no order 'oldest'"),
        (_macro('["filter snetiment:<0"]'), 3, "step 1: column 1:"),
        (_macro('["escalate #3 high"]'), 3, "'high' is no number"),
        (_macro('["undo"]'), 3, "undo cannot be a step"),
        (_macro('["repeat"]'), 3, "repeat cannot be a step"),
        (_macro('["m"]'), 3, "it would never end (m → m)"),
        (_macro('["b"]') + '[[macro]]\nname = "b"\ndo = ["close", "m"]\n', 6, "it would never end (m → b → m)"),
        (_macro('["send"]'), 3, "step 1 (send) cannot be run there"),
        (_macro('["open", "mark-all"]'), 3, "step 2 (mark-all) cannot be run there, beginning in the queue"),
        (_macro('["mark-all", "close"]', 'where = ["conversation"]\n'), 4, "beginning in the conversation"),
        (_macro('["close"]', 'where = ["metrics"]\n'), 3, "cannot be run in 'metrics'"),
        (_macro("[]"), 3, "it does nothing"),
        (_macro('[""]'), 3, "it does nothing"),
        (_macro('["close", " "]'), 3, "step 2 is empty"),
        (_macro('"close"'), 3, "must be a list of texts"),
        ('[[macro]]\nname = "m"\n', 1, "it does nothing"),
        ('[[macro]]\ndo = ["close"]\n', 1, '"name" is missing'),
        ('[[macro]]\nname = "close"\ndo = ["close"]\n', 2, "close is a command already"),
        ('[[macro]]\nname = "two words"\ndo = ["close"]\n', 2, "no name for a macro"),
        (THANKS + THANKS.replace("thanks", "Thanks").replace('"x"', '"X"'), 6, "used twice"),
        (_macro('["close"]', 'keys = "Strg+x"\n'), 3, "no key"),
        (_macro('["close"]', 'keys = "Ctrl+m"\n'), 3, "a terminal sends it as Enter"),
        (_macro('["close"]', 'keys = "5"\n'), 3, "digits are counts"),
        (THANKS + _macro('["close"]', 'keys = "x y"\n'), 7, "one begins with the other"),
        (_macro('["close"]', "keys = 3\n"), 3, "must be a list of texts"),
        (THANKS + _macro('["close"]', 'keys = ["y", "x"]\n'), 7, "x is given to both macro.thanks and macro.m"),
        (_macro('["close"]', 'key = "x"\n'), 3, 'unknown key "key" in [[macro]] — did you mean "keys"?'),
        ('[macro]\nname = "m"\n', 1, "each headed [[macro]]"),
        ('[queue]\nmacro.thanks = "x"\n', 2, "no such command"),
        (THANKS + '[metrics]\nmacro.thanks = "x"\n', 6, "it cannot be run there"),
        ('[anywhere]\napp.help = "j"\n', 2, "can never be pressed"),
        ('[[macr]]\nname = "m"\n', 1, "did you mean macro?"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, text)
    assert says in caught.value.line()
    assert "keys.toml" in caught.value.line()
    assert "\n" not in caught.value.line()
    assert caught.value.line_number == line


def test_macros_that_grow_without_end_are_refused(tmp_path: Path) -> None:
    text = '[[macro]]\nname = "m0"\ndo = ["close", "close"]\n'
    for number in range(1, 40):
        text += f'[[macro]]\nname = "m{number}"\ndo = ["m{number - 1}", "m{number - 1}"]\n'
    with pytest.raises(ConfigError, match="more than 100 steps"):
        _load(tmp_path, text)

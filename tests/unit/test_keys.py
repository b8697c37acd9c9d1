"""Keys: how they are written, and what keys.toml may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.commands import COMMANDS, CONTEXTS, by_id
from cminbox.commands.keys import KeyMap, build, load, parse_key, read, show_key
from cminbox.errors import ConfigError


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("j", "j"),
        ("G", "G"),
        ("?", "?"),
        ("[", "["),
        ("Ctrl+d", "ctrl+d"),
        ("CTRL+D", "ctrl+d"),
        ("Shift+Tab", "shift+tab"),
        ("shift+g", "G"),
        ("Esc", "escape"),
        ("Return", "enter"),
        ("Space", "space"),
        (" ", "space"),
        ("PgUp", "pageup"),
        ("F4", "f4"),
        ("Alt+Ctrl+x", "ctrl+alt+x"),
        ("+", "+"),
        ("Ctrl++", "ctrl++"),
        ("g g", "g g"),
        ("ñ", "ñ"),
    ],
)
def test_a_key_has_one_spelling(written: str, kept: str) -> None:
    assert parse_key(written) == kept
    assert parse_key(show_key(kept)) == kept


@pytest.mark.parametrize(
    "written", ["", "   ", "Strg+d", "Ctrl+", "nonsense", "Ctrl+Ctrl+d", "\x1b", "F99", "ctrl+nope"]
)
def test_nonsense_is_no_key(written: str) -> None:
    with pytest.raises(ValueError, match=r"key|empty"):
        parse_key(written)


@given(st.text(max_size=12))
def test_any_text_is_a_key_or_refused(written: str) -> None:
    try:
        kept = parse_key(written)
    except ValueError:
        return
    assert parse_key(show_key(kept)) == kept


@pytest.mark.parametrize("key_set", ["default", "vim"])
def test_key_sets_have_no_clash_and_reach_what_they_name(key_set: str) -> None:
    keymap = build(key_set)
    for context in CONTEXTS:
        for key, command in keymap.bound[context].items():
            assert keymap.find(context, key.split(" ")) is command
            usable = command.contexts()
            assert context in usable or "anywhere" in usable


def test_every_command_of_the_contract_has_its_key() -> None:
    keymap = build()
    habits = {
        "j": "move.down", "k": "move.up", "g": "move.top", "G": "move.bottom", "ctrl+d": "move.half_down",
        "ctrl+u": "move.half_up", "enter": "move.open", "/": "find.search", "\\": "find.filter", "n": "find.next",
        "N": "find.previous", "space": "mark.toggle", "V": "mark.range", "*": "mark.all", "u": "act.undo",
        ".": "act.repeat", "tab": "view.next", "shift+tab": "view.previous", "r": "reply.write",
        "R": "reply.write_next", "a": "conversation.assign", "A": "conversation.take", "e": "conversation.close",
        "s": "conversation.snooze", "l": "conversation.label", "m": "conversation.note",
        "!": "conversation.escalate", "o": "conversation.open_url", "w": "look.why", "]": "move.next",
        "[": "move.previous", "q": "app.back", "escape": "app.back", "Q": "app.quit", "?": "app.help",
        "ctrl+p": "app.palette", ":": "app.line",
    }  # fmt: skip
    found = {}
    for key in habits:
        command = keymap.find("queue", [key])
        found[key] = command.id if command else None
    assert found == habits


def test_ids_and_names_are_unique() -> None:
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)


def test_a_sequence_is_waited_for() -> None:
    keymap = build("vim")
    assert keymap.find("queue", ["g"]) is None
    assert keymap.begins("queue", ["g"])
    found = keymap.find("queue", ["g", "g"])
    assert found is not None
    assert found.id == "move.top"
    assert not keymap.begins("queue", ["g", "g"])


def _load(tmp_path: Path, text: str) -> KeyMap:
    path = tmp_path / "keys.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def _keys(keymap: KeyMap, command_id: str, context: str = "queue") -> list[str]:
    command = by_id(command_id)
    assert command is not None
    return keymap.keys_of(command, context)


def test_no_file_means_the_default_keys(tmp_path: Path) -> None:
    assert _keys(load(tmp_path / "none.toml"), "conversation.close") == ["e"]


def test_a_user_takes_a_key_from_the_command_that_had_it(tmp_path: Path) -> None:
    keymap = _load(tmp_path, 'set = "vim"\n[queue]\nconversation.close = ["x", "a"]\nview.sort = []\n')
    assert _keys(keymap, "conversation.close") == ["x", "a"]
    assert _keys(keymap, "conversation.assign") == []
    assert _keys(keymap, "conversation.assign", "conversation") == ["a"]
    assert _keys(keymap, "view.sort") == []
    assert _keys(keymap, "move.top") == ["g g", "Home"]


def test_a_command_is_found_by_its_name_too(tmp_path: Path) -> None:
    assert _keys(_load(tmp_path, '[queue]\nclose = "x"\n'), "conversation.close") == ["x"]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('[queue]\nconversation.clsoe = "x"\n', 2, "did you mean conversation.close"),
        ('[quueue]\nconversation.close = "x"\n', 1, "did you mean queue"),
        ('[queue]\nconversation.close = "Strg+x"\n', 2, "no key"),
        ("[queue]\nconversation.close = 3\n", 2, "a text or a list of texts"),
        ('[queue]\nconversation.close = "x"\nconversation.spam = "x"\n', None, "is given to both"),
        ('[queue]\nconversation.close = "5"\n', None, "digits are counts"),
        ('[queue]\nconversation.close = "j x"\nmove.down = "j"\n', None, "one begins with the other"),
        ('[metrics]\nconversation.close = "x"\n', 2, "cannot be run there"),
        ('set = "emacs"\n', 1, "no such key set"),
        ("[queue\n", 1, ""),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, line: int | None, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, text)
    assert says in caught.value.line()
    assert "keys.toml" in caught.value.line()
    assert "\n" not in caught.value.line()
    if line is not None:
        assert caught.value.line_number == line


MANY = """\
set = "emacs"

[quueue]
conversation.close = "x"

[queue]
conversation.clsoe = "x"
conversation.close = ["Strg+x", "y"]
conversation.spam = 3
view.sort = "o"
conversation.label = "z"
conversation.assign = "z"
conversation.snooze = "5"

[metrics]
conversation.close = "x"

[[macro]]
name = "close"
do = ["close"]

[[macro]]
name = "odd"
keys = ["Ctrl+m", "X"]
colour = "red"
do = ["clsoe", "label thanks", "undo"]
where = ["queue", "metrics"]

[[macro]]
name = "uses"
do = ["odd"]

[[macro]]
name = "fine"
keys = "F"
do = ["label thanks"]
"""


def test_every_mistake_is_told_and_what_is_right_holds(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(MANY, encoding="utf-8")
    keymap, mistakes = read(path)
    told = [(mistake.line_number, mistake.message.partition(": ")[2]) for mistake in mistakes]
    wanted = [
        (1, "no such key set"),
        (3, "no such place for keys"),
        (7, "no such command"),
        (8, "'Strg+x' is no key"),
        (9, "a text or a list of texts"),
        (11, "z is given to both"),
        (13, "digits are counts"),
        (16, "it cannot be run there"),
        (19, "close is a command already"),
        (24, "a terminal sends it as Enter"),
        (25, 'unknown key "colour"'),
        (26, "step 1: there is no command 'clsoe'"),
        (26, "step 3: undo cannot be a step"),
        (27, "cannot be run in 'metrics'"),
    ]
    assert [line for line, _ in told] == [line for line, _ in wanted]
    for (_, message), (_, words) in zip(told, wanted, strict=True):
        assert words in message
    assert _keys(keymap, "view.sort") == ["o"]
    assert _keys(keymap, "conversation.assign") == ["z"]
    for command_id in ("conversation.close", "conversation.spam", "conversation.label", "conversation.snooze"):
        assert _keys(keymap, command_id) == _keys(build(), command_id)
    assert [macro.name for macro in keymap.macros] == ["fine"]
    assert keymap.find("queue", ["F"]) is keymap.macros[0]
    with pytest.raises(ConfigError, match="no such key set") as first:
        load(path)
    assert first.value.hint.endswith("and 13 more: cminbox doctor")


def test_a_macros_own_keys_are_left_out_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(
        '[[macro]]\nname = "one"\nkeys = ["Ctrl+m", "X", "Strg+x"]\ndo = ["close"]\n'
        '[[macro]]\nname = "two"\nkeys = ["X"]\ndo = ["take"]\n[queue]\n"two" = "Y"\n',
        encoding="utf-8",
    )
    keymap, mistakes = read(path)
    assert [mistake.line_number for mistake in mistakes] == [3, 3, 7]
    one, two = keymap.macros
    assert keymap.keys_of(one, "queue") == ["X"]
    assert keymap.keys_of(two, "queue") == ["Y"]
    assert keymap.keys_of(two, "conversation") == []


def test_a_file_that_is_no_toml_leaves_the_usual_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text("[queue\n", encoding="utf-8")
    keymap, mistakes = read(path)
    assert keymap == build()
    assert len(mistakes) == 1

"""Every mistake in `config.toml` is told with file, line, key and the nearest right name, in one line."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox import config, paths
from cminbox.errors import ConfigError
from cminbox.suggest import nearest
from cminbox.tomlfile import locate, read_toml

SOURCE = '[[source]]\nname = "one"\nnetwork = "mastodon"\n'

MISTAKES = [
    # a key that nobody knows
    ("[sla]\ndefalt = '2h'\n", 2, 'unknown key "defalt" in [sla]', 'did you mean "default"?'),
    ("[sending]\n\nundoo = '2s'\n", 3, 'unknown key "undoo" in [sending]', 'did you mean "undo"?'),
    ("[team]\nclaims = '2m'", 2, 'unknown key "claims" in [team]', 'did you mean "claim"?'),
    ("[engine]\nidle = '2m'", 2, 'unknown key "idle" in [engine]', 'did you mean "idle_exit"?'),
    ("[store]\ngrup = 'x'", 2, 'unknown key "grup" in [store]', 'did you mean "group"?'),
    ("[display]\n# dark\nthme = 'x'", 3, 'unknown key "thme" in [display]', 'did you mean "theme"?'),
    ("[[member]]\nhandle = 'a'\nteam = ['x']", 3, 'unknown key "team" in [[member]]', 'did you mean "teams"?'),
    ("[[view]]\nname = 'a'\nqery = 'x'", 3, 'unknown key "qery" in [[view]]', 'did you mean "query"?'),
    ("[calendar]\nzone = 'UTC'\nmond = ['09:00-10:00']", 3, 'unknown key "mond" in [calendar]', 'did you mean "mon"?'),
    ("[display]\nqqq = 'x'", 2, 'unknown key "qqq" in [display]', "known: theme"),
    # a table that nobody knows
    (SOURCE + "[desplay]\ntheme = 'x'\n", 4, 'unknown key "desplay"', 'did you mean "display"?'),
    ("[[sources]]\nname = 'x'\n", 1, 'unknown key "sources"', 'did you mean "source"?'),
    # something that has to be there
    ("[[source]]\nnetwork = 'feed'\n", 1, '"name" is missing in [[source]]', ""),
    (SOURCE + "[[source]]\nname = 'two'\nnetwrk = 'feed'\n", 6, '"network" is missing in [[source]]', "netwrk"),
    ("[[view]]\nquery = 'is:open'", 1, '"name" is missing in [[view]]', ""),
    ("[calendar]\nmon = ['09:00-10:00']", 1, '"zone" is missing in [calendar]', ""),
    # the wrong kind of value
    ("[[source]]\nname = 5\nnetwork = 'feed'", 2, "name must be a text in quotes, not 5", ""),
    ("[[source]]\nname = ''\nnetwork = 'feed'", 2, "name is empty", ""),
    (SOURCE + "owned = 'yes'", 4, "owned must be true or false, not 'yes'", ""),
    (SOURCE + "interval = 60", 4, 'interval must be a duration such as "30m" or "2h", not 60', ""),
    (SOURCE + "interval = '60'", 4, "interval: '60' is no duration", ""),
    (SOURCE + "interval = '0s'", 4, "interval is too short", "1s at least"),
    ("[sla]\ndefault = true", 2, "default must be a duration", ""),
    ("[[member]]\nhandle = 'a'\nteams = 'x'", 3, "teams must be a list of texts, not 'x'", ""),
    ("[[member]]\nhandle = 'a'\nteams = ['x', 1]", 3, "teams must be a list of texts, and has 1 in it", ""),
    ("source = 'x'", 1, "source must be a list of tables, each headed [[source]], not 'x'", ""),
    ("source = [1]", 1, "source must be a list of tables", ""),
    ("[source]\nname = 'x'", 1, "source must be a list of tables", ""),
    ("sla = '2h'", 1, "sla must be a table: [sla]", ""),
    # a word that is none of those that can be
    ("[[member]]\nhandle = 'a'\nrole = 'leed'", 3, 'role cannot be "leed"', 'did you mean "lead"?'),
    ("[[view]]\nname = 'a'\ncolumns = ['text', 'lables']", 3, 'there is no column "lables"', 'did you mean "labels"?'),
    ("[[view]]\nname = 'a'\ncolumns = ['text', 'text']", 3, 'the column "text" stands there twice', ""),
    ("[[view]]\nname = 'a'\nsort = 'wating'", 3, 'sort cannot be "wating"', 'did you mean "waiting"?'),
    # names
    (SOURCE + SOURCE, 5, 'the name "one" is used twice', ""),
    (SOURCE + SOURCE.replace("one", "One"), 5, 'the name "One" is too much like "one"', ""),
    ("[[source]]\nname = 'a-b'\nnetwork='x'\n[[source]]\nname = 'a.b'\nnetwork='x'", 5, 'too much like "a-b"', ""),
    ("[[source]]\nname = 'a b'\nnetwork='x'", 2, 'name "a b" has characters that cannot be', "letters, digits"),
    ("[[member]]\nhandle = 'a'\n[[member]]\nhandle = '@a'", 4, 'the handle "a" is used twice', ""),
    ("[[view]]\nname = 'a'\n[[view]]\nname = 'A'", 4, 'the name "A" is used twice', ""),
    # addresses and secrets
    (SOURCE + "base_url = 'social.example'", 4, '"social.example" is no address', "https://social.example"),
    (SOURCE + "base_url = 'ftp://x'", 4, '"ftp://x" is no address', ""),
    (SOURCE + "base_url = 'http://[::1'", 4, "is no address", ""),
    (SOURCE + "base_url = 'https://me:hunter2@x.example'", 4, "no user and password", "secrets do not belong"),
    (SOURCE + "token = 'hunter2'", 4, "token: secrets do not belong in this file", "cminbox sources login one"),
    (SOURCE + "client_secret = 'hunter2'", 4, "client_secret: secrets do not belong", "cminbox sources login one"),
    # calendars
    ("[calendar]\nzone = 'Europe/Madird'", 2, '"Europe/Madird" is no time zone', 'did you mean "Europe/Madrid"?'),
    ("[calendar]\nzone = '../../etc/passwd'", 2, "is no time zone", ""),
    ("[calendar]\nzone = 'UTC'", 1, "[calendar] has no working hours", "09:00-17:00"),
    ("[calendar]\nzone = 'UTC'\nmon = ['9 to 5']", 3, 'mon: "9 to 5" is no range of hours', "09:00-17:30"),
    ("[calendar]\nzone = 'UTC'\nmon = ['09:00-25:00']", 3, "a time that no clock shows", ""),
    ("[calendar]\nzone = 'UTC'\nmon = ['09:61-10:00']", 3, "a time that no clock shows", ""),
    ("[calendar]\nzone = 'UTC'\nfri = ['22:00-02:00']", 3, "ends before it starts", "split a night"),
    ("[calendar]\nzone = 'UTC'\nfri = ['09:00-12:00', '11:00-13:00']", 3, "the ranges of fri overlap", ""),
    ("[calendar]\nzone = 'UTC'\nfri = ['09:00-12:00']\nholidays = ['Xmas']", 4, '"Xmas" is no date', "2026-12-25"),
    ("[calendar]\nzone = 'UTC'\nfri = ['09:00-12:00']\nholidays = '2026-12-25'", 4, "must be a list of dates", ""),
    # no TOML at all
    ("[sla\n", 1, "not TOML: expected ']'", ""),
    ("x = 'a'\nx = 'b'\n", 2, "not TOML: cannot overwrite a value", ""),
    ("[sla]\n\ndefault = 2h\n", 3, "not TOML: ", ""),
    ("a = [1,\n2,\n", 3, "not TOML: ", ""),
]


@pytest.mark.parametrize(("text", "line", "message", "hint"), MISTAKES, ids=[mistake[2][:40] for mistake in MISTAKES])
def test_a_mistake_is_told(text: str, line: int, message: str, hint: str) -> None:
    problem = told(text.encode())
    assert problem.line_number == line
    assert problem.message.startswith(f"{problem.file}:{line}:")
    assert message in problem.message
    assert hint in problem.hint
    assert "\n" not in problem.line()
    assert problem.exit_status == 2
    assert "hunter2" not in problem.line()


def told(raw: bytes) -> ConfigError:
    found = paths.find()
    found.config.mkdir(parents=True, exist_ok=True)
    found.config_file.write_bytes(raw)
    with pytest.raises(ConfigError) as caught:
        config.load(found)
    assert caught.value.file == found.config_file
    return caught.value


def test_bytes_that_are_no_text() -> None:
    problem = told(b"[sla]\n# caf\xe9\n")
    assert (problem.line_number, problem.column) == (2, 6)
    assert "byte 0xe9 is not UTF-8" in problem.message


def test_a_mark_of_windows_editors_is_no_mistake() -> None:
    found = paths.find()
    found.config.mkdir(parents=True)
    found.config_file.write_bytes(b"\xef\xbb\xbf[sla]\r\ndefault = '2h'\r\n")
    assert config.load(found).sla_default == 7_200_000


def test_nesting_without_end() -> None:
    assert "nested too deeply" in told(b"a = " + b"[" * 100_000).message


def test_a_file_that_cannot_be_read() -> None:
    found = paths.find()
    found.config_file.mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"config\.toml: cannot be read"):
        config.load(found)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read() -> None:
    found = paths.find()
    found.config.mkdir(parents=True)
    found.config_file.write_text("")
    found.config_file.chmod(0)
    with pytest.raises(ConfigError, match="Permission denied"):
        config.load(found)


@given(st.binary(max_size=60) | st.text("[]={}'\"\n#.,abcsource0 -\\", max_size=60).map(str.encode))
def test_whatever_is_in_the_file_it_is_read_or_told(raw: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = paths.find(folder, folder)
        found.config_file.write_bytes(raw)
        with suppress(ConfigError):
            config.load(found)


PLACES = '''# comment with "quotes" and [brackets]
title = "a # b"
[[rule]]            # 3
name = """
[not.a.table]
x = 1
"""
when = 'is:open "x"'
labels = [
  "a", # ]
  "b",
]
[[rule]]            # 13
"quoted key" = 1
a.b.c = 2
[rule.deep]         # 16
x = { y = 1, z = [2] }
[[rule.item]]       # 18
v = 1
[[rule.item]]       # 20
v = 2
[plain . "dotted.name"]
k = 1979-05-27T07:32:00Z
'''


@pytest.mark.parametrize(
    ("keypath", "line"),
    [
        (("title",), 2),
        (("rule", 0), 3),
        (("rule", 0, "name"), 4),
        (("rule", 0, "when"), 8),
        (("rule", 0, "labels"), 9),
        (("rule", 0, "labels", 1), 9),
        (("rule", 1), 13),
        (("rule", 1, "quoted key"), 14),
        (("rule", 1, "a", "b", "c"), 15),
        (("rule", 1, "a"), 15),
        (("rule", 1, "deep"), 16),
        (("rule", 1, "deep", "x", "y"), 17),
        (("rule", 1, "item", 1, "v"), 21),
        (("rule", 1, "missing"), 13),
        (("plain", "dotted.name", "k"), 23),
        (("missing",), None),
    ],
)
def test_places_in_a_file(tmp_path: Path, keypath: tuple[str | int, ...], line: int | None) -> None:
    file = tmp_path / "places.toml"
    file.write_text(PLACES)
    read_toml(file)
    assert locate(file, keypath) == line


def test_no_place_in_a_file_that_is_gone(tmp_path: Path) -> None:
    assert locate(tmp_path / "gone.toml", ("x",)) is None


def test_nearest() -> None:
    assert nearest("Intervall", ["interval", "name"]) == "interval"
    assert nearest("zzz", ["interval", "name"]) is None
    assert nearest("x", []) is None


MANY = """\
[[source]]
name = "a b"
network = "feed"
interval = "60"
owned = "yes"
token = "hunter2"

[[source]]
name = "two"
base_url = "two.example"

[[member]]
handle = "ana"
role = "leed"
teems = ["care"]

[[member]]
handle = "ana"
login = "x"

[[view]]
name = "Slip"
sort = "wating"
columns = ["text", "lables", "text"]

[calendar]
zone = "Europe/Madird"
mon = ["9 to 5", "09:00-10:00"]
holidays = ["Xmas", 2026-12-25]

[sla]
default = "soon"
hours = "busines"

[sending]
undo = 10
undoo = "10s"

[desplay]
theme = "x"

[[channel]]
name = "ops"
digest = "soon"
digst = "1h"

[[shift]]
name = "early"
members = ["ana", "bo"]
zone = "UTC"
mon = ["9-17", "10-18"]

[answers]
host = "imap.example"
port = 0
security = "none"

[handover]
ahead = "1m"

[team]
speak_for = { root = ["zoe", "yan"] }
take_up = "x"
"""
TOLD = (
    (2, "has characters that cannot be"),
    (4, "interval: '60' is no duration"),
    (5, "owned must be true or false"),
    (6, "token: secrets do not belong"),
    (8, '"network" is missing'),
    (10, "is no address"),
    (14, 'role cannot be "leed"'),
    (15, 'unknown key "teems"'),
    (18, 'the handle "ana" is used twice'),
    (23, 'sort cannot be "wating"'),
    (24, 'no column "lables"'),
    (24, 'column "text" stands there twice'),
    (27, "is no time zone"),
    (28, '"9 to 5" is no range'),
    (29, '"Xmas" is no date'),
    (32, "default: 'soon' is no duration"),
    (33, 'hours cannot be "busines"'),
    (36, "undo must be a duration"),
    (37, 'unknown key "undoo"'),
    (39, 'unknown key "desplay"'),
    (44, "digest: 'soon' is no duration"),
    (45, 'unknown key "digst"'),
    (49, '"bo" is no member'),
    (51, '"9-17" is no range'),
    (51, '"10-18" is no range'),
    (53, '"user" is missing'),
    (55, "port 0 is none"),
    (56, "in the clear"),
    (59, "ahead is too short"),
    (62, '"zoe" is no member'),
    (62, '"yan" is no member'),
    (63, "take_up: 'x' is no duration"),
)


def test_every_mistake_is_told_once_in_the_order_of_the_lines_and_the_rest_is_read() -> None:
    found = paths.find()
    found.config.mkdir(parents=True)
    found.config_file.write_text(MANY)
    found.brand_file.write_text('competitors = ["x", "Blue Stork", "?"]\n')
    read, mistakes = config.read(found)
    brand, own = mistakes[:2], mistakes[2:]
    assert [(mistake.file, mistake.line_number) for mistake in brand] == [(found.brand_file, 1)] * 2
    assert [(mistake.line_number, words in mistake.message) for mistake, (_, words) in zip(own, TOLD, strict=True)] == [
        (line, True) for line, _ in TOLD
    ]
    assert (read.members[0].handle, read.members[0].role, read.views[0].name) == ("ana", "responder", "Slip")
    with pytest.raises(ConfigError) as told_first:
        config.load(found)
    assert told_first.value.message == mistakes[0].message
    assert told_first.value.hint.endswith(f"; and {len(mistakes) - 1} more: cminbox doctor")


def test_one_mistake_says_nothing_of_more() -> None:
    assert "more" not in told(b"[sla]\ndefault = '2hh'\n").line()


@given(st.lists(st.sampled_from(range(len(MISTAKES))), unique=True, min_size=1, max_size=6))
def test_a_mistake_is_told_whatever_else_is_wrong(chosen: list[int]) -> None:
    """Tables that may stand several times: each one's mistakes are those that it has alone."""
    texts = [
        text for text, *_ in (MISTAKES[number] for number in chosen) if text.startswith(("[[member]]", "[[view]]"))
    ]
    with tempfile.TemporaryDirectory() as folder:
        found = paths.find(folder, folder)
        parts = [
            text.replace("'a'", f"'a{number}'").replace("'@a'", f"'a{number}'") for number, text in enumerate(texts)
        ]
        alone = 0
        for part in parts:
            found.config_file.write_text(part)
            alone += len(config.read(found)[1])
        found.config_file.write_text("\n".join(parts))
        assert len(config.read(found)[1]) == alone

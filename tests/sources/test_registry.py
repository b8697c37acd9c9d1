"""Finding adapters, and checking what a source's table says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from cminbox.errors import ConfigError
from cminbox.sources import registry
from cminbox.sources.contract import Account, Capabilities, Info, Option
from cminbox.sources.networks import mastodon

INFO = Info(
    network="tea",
    title="Tea",
    glyph="te",
    options=(
        Option("shelf", "which shelf", required=True),
        Option("cups", "how many", "number"),
        Option("sweet", "with sugar", "flag"),
        Option("kinds", "which kinds", "list"),
        Option("size", "how large", choices=("small", "large")),
    ),
)


def test_ours_are_known_without_being_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: ())
    found = registry.networks()
    assert set(found) >= {"feed", "jsonl", "mastodon"}
    assert all(entry.ours for entry in found.values())
    assert registry.load("mastodon") is mastodon


def test_an_unknown_network_names_the_nearest() -> None:
    with pytest.raises(ConfigError) as got:
        registry.load("mastodn")
    assert "mastodon" in got.value.hint
    with pytest.raises(ConfigError) as got:
        registry.load("zzz")
    assert "jsonl" in got.value.hint


def _stranger(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    entry = registry.Entry("tea", module, False)
    monkeypatch.setattr(registry, "networks", lambda: {"tea": entry})


def test_a_strangers_adapter_is_loaded_like_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    made = ModuleType("tea_adapter")
    monkeypatch.setattr(made, "INFO", INFO, raising=False)
    monkeypatch.setattr(made, "pages", lambda client, account, cursors: None, raising=False)
    monkeypatch.setitem(sys.modules, "tea_adapter", made)
    _stranger(monkeypatch, "tea_adapter")
    assert registry.info("tea") is INFO
    assert registry.sender(registry.load("tea")) is None
    assert registry.composer(registry.load("tea")) is None


def test_a_strangers_broken_adapter_is_one_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken_tea.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    _stranger(monkeypatch, "broken_tea")
    with pytest.raises(ConfigError, match=r"broken_tea.*ZeroDivisionError"):
        registry.load("tea")
    _stranger(monkeypatch, "json")
    with pytest.raises(ConfigError, match="not an adapter"):
        registry.load("tea")


def test_good_options_have_no_problem() -> None:
    good = {"shelf": "top", "cups": 2.5, "sweet": False, "kinds": ["oolong"], "size": "small"}
    assert registry.check_options(INFO, good) == []


@pytest.mark.parametrize(
    ("options", "key", "words"),
    [
        ({"shelf": "a", "cupz": 1}, "cupz", "did you mean 'cups'"),
        ({"shelf": "a", "qqqq": 1}, "qqqq", "it has: shelf, cups"),
        ({}, "shelf", "needs 'shelf': which shelf"),
        ({"shelf": ""}, "shelf", "must be text"),
        ({"shelf": "a", "cups": "two"}, "cups", "must be a number"),
        ({"shelf": "a", "cups": True}, "cups", "must be a number"),
        ({"shelf": "a", "sweet": "yes"}, "sweet", "true or false"),
        ({"shelf": "a", "kinds": ["x", 1]}, "kinds", "a list of texts"),
        ({"shelf": "a", "size": "smal"}, "size", "did you mean 'small'"),
    ],
)
def test_each_mistake_names_its_key(options: dict[str, object], key: str, words: str) -> None:
    [problem] = registry.check_options(INFO, options)
    assert problem.key == key
    assert words in problem.message


def test_what_an_adapter_can_do_is_what_it_says() -> None:
    assert registry.sender(registry.load("mastodon")) is mastodon
    assert registry.composer(registry.load("mastodon")) is mastodon
    assert registry.sender(registry.load("feed")) is None
    assert Capabilities().duplicate_guard == "none"


def test_reading_what_adapters_say_loads_no_http_and_no_parser() -> None:
    code = (
        "import sys; from cminbox.sources import registry\n"
        "for network in registry.networks(): registry.info(network)\n"
        "print(sorted({'httpx', 'feedparser', 'textual', 'sqlite3'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_secret_is_in_no_repr() -> None:
    assert "hush" not in repr(Account("care", "mastodon", secret="hush"))

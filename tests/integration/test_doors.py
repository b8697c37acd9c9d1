"""Observers write by no door: every command of the command line, of the registry and of the desk is tried."""

from __future__ import annotations

import inspect
import io
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from shell import write

from cli_commands import commands
from cminbox import config as configuration
from cminbox import paths
from cminbox.cli.entry import run
from cminbox.commands import COMMANDS
from cminbox.commands.action import action_of
from cminbox.desk import Desk
from cminbox.errors import ActionError, CminboxError, UsageError
from cminbox.members import account_name
from cminbox.model import Member, now
from cminbox.store import Store
from cminbox.store.contacts import PersonKey
from cminbox.store.handovers import Item, Words

TEAM = f"""
[[source]]
name = "shop"
network = "mastodon"
base_url = "http://127.0.0.1:9"

[[member]]
handle = "ana"
role = "lead"

[[member]]
handle = "olga"
role = "observer"

[[member]]
handle = "dee"
role = "drafter"

[team.speak_for]
{json.dumps(account_name())} = ["*"]
"""
MESSAGE = {
    "id": "1",
    "source": "shop",
    "network": "mastodon",
    "author": {"id": "a1", "handle": "mina"},
    "text": "where is my refund?",
    "created_at": "2026-03-02T10:00:00+00:00",
}
MORE = {**MESSAGE, "id": "2", "text": "and my parcel?"}

READ = {
    "doctor": ["--offline"],
    "export": [],
    "list": [""],
    "show": ["1"],
    "why": ["1"],
    "score": ["hello"],
    "report": [],
    "sources list": [],
    "sources networks": [],
    "sources test": ["shop"],
    "channels list": [],
    "rules list": [],
    "rules check": [],
    "rules try": ["{file}"],
    "templates check": [],
    "crisis list": [],
    "crisis show": ["1"],
    "handover list": [],
    "handover show": ["1"],
    "contacts list": [],
    "contacts show": ["mina"],
    "contacts export": [],
    "log": [],
    "backup": ["{new}"],
    "completion bash": [],
    "completion zsh": [],
    "completion fish": [],
    "completion candidates": ["bash", "--", "cminbox do "],
}
"""Commands that only read, with what a call of them needs."""
WRITE = {
    "import": ["{more}"],
    "do": ["close", "1"],
    "duty": ["off"],
    "reply": ["1", "--text", "hello"],
    "handover sign": [],
    "handover withdraw": ["1"],
    "handover tick": ["1", "1"],
    "handover take": ["1", "--read-back", "x"],
    "sources login": ["shop"],
    "channels test": ["ops"],
    "channels retry": ["1"],
    "channels give-up": ["1"],
    "crisis ack": ["1"],
    "channels login": ["ops"],
    "train": [],
    "rules on": ["refund and angry"],
    "rules off": ["refund and angry"],
    "contacts merge": ["mina", "a1"],
    "contacts import": ["{more}"],
    "purge": ["--before", "0s", "--yes"],
    "forget": ["mina", "--yes"],
}
"""Commands that change something of the team's."""
BESIDE = {"demo", "init", "poll", "receive"}
"""The demo has a store of its own, a configuration that is there is never overwritten, and the engine and who takes
what networks push are nobody."""
CALL_TYPES: dict[str, Any] = {
    "PersonKey": PersonKey(author=1),
    "Words": Words(),
    "handovers.Item": Item("x", "due", "watch", "x"),
    "int": 1,
    "str": "x",
    "Instant | None": None,
    "Sequence[int]": [1],
    "Sequence[str]": ["x"],
    "bool": False,
}


@pytest.fixture
def call(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Runs a command on a store with one conversation; exit status and what was said."""
    write(home / "config" / "config.toml", TEAM)

    def call(*words: str, by: str = "ana", stdin: str = "") -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        try:
            status = run([*words, "--as", by])
        finally:
            told = capsys.readouterr()
        return status, told.err + told.out

    first = write(home / "first.jsonl", json.dumps(MESSAGE) + "\n")
    assert call("import", str(first))[0] == 0
    with closing(sqlite3.connect(home / "data" / "cminbox.db")) as conn:
        conn.execute("UPDATE messages SET answerable = 1")
        conn.execute("UPDATE sources SET polled = 1")
        conn.commit()
    write(home / "more.jsonl", json.dumps(MORE) + "\n")
    write(home / "rule.toml", '[[rule]]\nname = "x"\nwhen = "refund"\npriority = 5\n')
    return call


def filled(words: list[str], home: Path) -> list[str]:
    names = {"file": home / "rule.toml", "more": home / "more.jsonl", "new": home / "copy.db"}
    return [word.format(**names) for word in words]


def contents(home: Path) -> tuple[list[str], dict[str, bytes]]:
    """All that the store holds, and the files of the configuration."""
    with closing(sqlite3.connect(home / "data" / "cminbox.db")) as conn:
        dump = [line for line in conn.iterdump() if "message_words" not in line]
    return dump, {path.name: path.read_bytes() for path in (home / "config").rglob("*") if path.is_file()}


def test_every_command_is_known_as_one_that_reads_or_writes() -> None:
    """A new command has to be put with those that read or those that write; the tests below try it then."""
    assert {words for words, _ in commands()} == {*READ, *WRITE, *BESIDE}


@pytest.mark.parametrize("words", READ)
def test_a_command_that_reads_changes_nothing(call: Callable[..., Any], home: Path, words: str) -> None:
    before = contents(home)
    call(*words.split(), *filled(READ[words], home), by="olga")
    assert contents(home) == before


@pytest.mark.parametrize("words", WRITE)
def test_an_observer_is_refused_by_each_command_that_writes(call: Callable[..., Any], home: Path, words: str) -> None:
    before = contents(home)
    status, told = call(*words.split(), *filled(WRITE[words], home), by="olga", stdin="secret\n")
    assert (status, told.count("\n")) == (1, 1)
    assert "olga is an observer" in told
    assert contents(home) == before


@pytest.mark.parametrize("words", ["import", "sources login", "purge", "forget"])
def test_a_drafter_drafts_and_does_not_manage(call: Callable[..., Any], home: Path, words: str) -> None:
    before = contents(home)
    status, told = call(*words.split(), *filled(WRITE[words], home), by="dee", stdin="secret\n")
    assert status == 1
    assert "dee is a drafter" in told
    assert contents(home) == before


def test_a_drafters_reply_waits_and_they_cannot_let_it_go(call: Callable[..., Any], home: Path) -> None:
    assert "waits for another member's approval" in call("reply", "1", "--text", "hello", by="dee")[1]
    assert call("do", "approve", "1", by="dee")[0] == 1
    (reply,) = json.loads(call("show", "1", "--json")[1])["replies"]
    assert reply["status"] == "awaiting approval"


def test_an_account_that_is_no_member_does_what_belongs_to_the_host(home: Path, call: Callable[..., Any]) -> None:
    assert run(["import", str(home / "more.jsonl")]) == 0
    assert run(["do", "close", "1"]) == 2
    assert run(["purge", "--before", "0s", "--yes"]) == 0


def test_the_log_keeps_the_member_and_the_account(call: Callable[..., Any], home: Path) -> None:
    assert call("do", "close", "1")[0] == 0
    (event,) = [one for one in json.loads(call("log", "--json")[1]) if one["action"] == "close"]
    assert (event["actor"], event["by"]) == ("member:ana", account_name())
    assert f"ana, by {account_name()}" in call("log")[1]
    assert json.loads(call("log", "1", "--json")[1])[-1]["action"] == "close"


@pytest.fixture
def observer(call: Callable[..., Any]) -> Iterator[Desk]:
    found = configuration.load(paths.find())
    with Store.open(found.paths.store) as store:
        yield Desk(store, found, Member("olga", "Olga", "observer"))


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.desk], ids=lambda command: command.name)
def test_an_observer_is_refused_every_action(observer: Desk, home: Path, command: Any) -> None:
    before = contents(home)
    with pytest.raises(ActionError, match="olga is an observer"):
        observer.do(typed(command), [1])
    assert contents(home) == before


def typed(command: Any) -> Any:
    """The action of a command, with arguments that it takes."""
    kinds = {"member": "ana", "label": "billing", "when": "2h", "crisis": "Late", "number": "2", "text": "because"}
    kinds |= {"role": "journalist", "promise": "the refund by tomorrow 9:00", "length": "2d"}
    for word in ("50", "negative", "es", "on", "thanks"):
        try:
            return action_of(command.name, [kinds.get(arg.kind, word) for arg in command.args], now())
        except UsageError as error:
            refused = error
    raise refused


LOOKS = {"undoable", "prepare_undo", "viewing", "replying", "stopped_replying", "leave", "opened", "reads", "states"}
"""What a desk says without changing anything of the team's: that somebody looks is no act."""


def doors(desk: Desk) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every public method of a desk and of its parts, but those that are asked for inside."""
    parts = (desk.outbox, desk.crises, desk.contacts, desk.handovers, desk.deliveries, desk.presence, desk.duty)
    for part in (desk, *parts):
        for name, method in inspect.getmembers(part, inspect.ismethod):
            if not name.startswith("_"):
                yield f"{type(part).__name__}.{name}", method


def test_an_observer_is_refused_by_every_method_of_the_desk(observer: Desk, home: Path) -> None:
    before, tried = contents(home), 0
    for name, method in doors(observer):
        if name.rpartition(".")[2] in LOOKS:
            continue
        values = {}
        for each in inspect.signature(method).parameters.values():
            if each.default is inspect.Parameter.empty:
                made = {"action": action_of("close", [], now()), "event": None}
                values[each.name] = made.get(each.name, CALL_TYPES.get(str(each.annotation)))
        tried += 1
        if name.endswith("Desk.undo") and name != "Desk.undo":
            continue  # `Desk.undo`, which is refused, is its only caller
        if name == "ContactDesk.set":
            values["vip"] = True
        if name == "CrisisDesk.update":
            values["text"] = "news"
        with pytest.raises(CminboxError, match="olga is an observer"):
            method(**values)
    assert tried >= 18
    assert contents(home) == before

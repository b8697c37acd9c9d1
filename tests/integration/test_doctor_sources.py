"""What `doctor` and `sources list` say of a source beside whether it answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cminbox import config, paths
from cminbox.cli import source_checks
from cminbox.cli.entry import run
from cminbox.model import DAY, HOUR, MINUTE, now
from cminbox.sources import registry
from cminbox.sources.contract import ApiVersion, Capabilities, Identity, Info
from cminbox.sources.ledger import Allowance
from cminbox.store import Store, allowances, sources

CONFIG = '[[source]]\nname = "shop"\nnetwork = "mastodon"\nbase_url = "https://social.example"\n'


@pytest.fixture
def store(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CMINBOX_SECRET_SHOP", "t0ken")
    (home / "config").mkdir()
    (home / "config" / "config.toml").write_text(CONFIG)
    with Store.open(config.load(paths.find()).paths.store) as made:
        made.write(lambda conn: sources.ensure(conn, "shop", "mastodon", base_url="https://social.example"))
        yield made


def update(store: Store, **changes) -> None:
    store.write(lambda conn: sources.update(conn, sources.by_name(conn, "shop").id, changes))


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What a command prints."""

    def say(*words: str) -> str:
        capsys.readouterr()
        run(list(words))
        return capsys.readouterr().out

    return say


def test_a_servers_clock_is_told_once_however_many_sources_it_has(home, say, monkeypatch) -> None:
    (home / "config").mkdir()
    hosts = {"shop": "one.example", "care": "one.example", "press": "two.example"}
    text = [
        f'[[source]]\nname = "{name}"\nnetwork = "mastodon"\nbase_url = "https://{host}"\n'
        for name, host in hosts.items()
    ]
    (home / "config" / "config.toml").write_text("".join(text))
    for name in hosts:
        monkeypatch.setenv(f"CMINBOX_SECRET_{name.upper()}", "t0ken")

    async def asked(session, wanted):
        skews = {"one.example": 0, "two.example": 10 * MINUTE}
        return {each.name: source_checks._Answer(Identity("1", "us"), 12, skews[hosts[each.name]]) for each in wanted}

    monkeypatch.setattr(source_checks, "_ask_all", asked)
    clocks = [each["text"] for each in json.loads(say("doctor", "--json")) if each["check"] == "clock"]
    assert clocks == ["agrees with that of one.example", "ours is 10m behind that of two.example"]


@pytest.fixture
def told(say) -> Callable[[], list[tuple[str, str, str]]]:
    """What the doctor says of the source."""

    def told() -> list[tuple[str, str, str]]:
        found = [each for each in json.loads(say("doctor", "--offline", "--json")) if each["check"] == "source shop"]
        return [(each["state"], each["text"], each["hint"] or "") for each in found]

    return told


@pytest.fixture
def listed(say) -> Callable[[], dict[str, object]]:
    """The source as it is listed."""
    return lambda: json.loads(say("sources", "list", "--json"))[0]


def use(monkeypatch: pytest.MonkeyPatch, **changes) -> None:
    real = registry.info
    info = Info("mastodon", "Masto", "MA", base_url=True, **changes)
    monkeypatch.setattr(registry, "info", lambda network: info if network == "mastodon" else real(network))


def day(days: int) -> date:
    return (datetime.now(UTC) + timedelta(days=days)).date()


def test_nothing_to_say_of_a_source_that_is_well(store, told) -> None:
    update(store, health="ok", last_poll_at=now(), lag=MINUTE, token_ends_at=now() + 15 * DAY)
    assert told() == [("ok", "mastodon; not asked", "")]


def test_a_tokens_end_a_silence_and_a_lag_are_warned_of(store, told, listed) -> None:
    update(
        store,
        last_poll_at=now(),
        token_ends_at=now() + 13 * DAY + MINUTE,
        silence="nothing new for 36h: it brings 6 messages a day, and was silent 18h at most",
        lag=2 * HOUR,
        told={"limit": 300, "remaining": 288, "resets_at": now() + HOUR + MINUTE},
    )
    assert told()[1:] == [
        ("warn", "its token ends in 13d and nothing renews it", "cminbox sources login shop"),
        ("ok", "288 of 300 calls left, whole again in 1h", ""),
        (
            "warn",
            "nothing new for 36h: it brings 6 messages a day, and was silent 18h at most",
            "look there whether a permission or a role was taken away",
        ),
        (
            "warn",
            "its newest message was 2h old when it came",
            "it is polled too rarely, or the network is late",
        ),
    ]
    found = listed()
    assert found["lag"] == 7200.0
    assert found["silence"].startswith("nothing new")
    assert found["token_ends_at"]
    assert found["budget"].startswith("288 of 300")


@pytest.mark.parametrize(("days", "state"), [(61, None), (59, "warn"), (-1, "fail")])
def test_the_interfaces_end(store, told, monkeypatch, days: int, state: str | None) -> None:
    use(monkeypatch, api=(ApiVersion("v1", day(days)),))
    found = [each for each in told() if "its v1" in each[1]]
    assert [each[0] for each in found] == ([state] if state else [])


def test_an_allowance_that_is_spent(store, told, monkeypatch) -> None:
    use(monkeypatch, capabilities=Capabilities(allowances=(Allowance("units", 100, reserve=20),)))
    assert told()[-1] == ("ok", "units: 100 of 100 left (20 kept for replies)", "")
    shop = sources.by_name(store.read(), "shop").id
    ends = now() + HOUR + MINUTE
    store.write(lambda conn: allowances.change(conn, shop, "units", lambda kept: (80, ends)))
    assert told()[-1] == (
        "warn",
        "units: 20 of 100 left (20 kept for replies), whole again in 1h",
        "polling waits for it",
    )


def test_a_network_that_has_to_be_allowed(store, told, listed, monkeypatch, home: Path) -> None:
    use(monkeypatch, off="each post that is read costs money", secret="a token")
    monkeypatch.delenv("CMINBOX_SECRET_SHOP")
    assert told() == [("ok", "mastodon; not polled: each post that is read costs money", "")]
    assert (listed()["off"], listed()["polled"]) == ("each post that is read costs money", True)
    (home / "config" / "config.toml").write_text(CONFIG + "enabled = true\n")
    assert told()[0][:2] == ("fail", "no secret is kept for it")
    assert listed()["off"] is None


def test_a_source_that_a_member_paused(store, told, listed, say) -> None:
    update(store, last_poll_at=now(), paused_by="jo", health="failing", error="away")
    assert told()[1:] == [("warn", "paused by jo", "P on the sources screen lets it go on")]
    assert listed()["health"] == "paused"
    assert "paused by jo" in say("sources", "list")

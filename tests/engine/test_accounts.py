"""Tokens are renewed in time, kept before they are used, and lost by no process; ledgers outlive a kill."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import token_network
from engine_bench import ANA, nap
from token_network import MONEY, UNITS
from token_world import NOW

from cminbox import secrets
from cminbox.desk import Desk
from cminbox.engine import source_words
from cminbox.engine.accounts import Accounts
from cminbox.errors import AuthError, CminboxError, Full, RateLimited, Retryable
from cminbox.model import DAY, HOUR, MINUTE, from_iso
from cminbox.sources.http import Client
from cminbox.store import Store, allowances, conversations, replies


async def test_a_token_is_renewed_at_half_of_its_life_and_no_earlier(world) -> None:
    assert await world.poll() is None
    world.now += HOUR // 2 - 1
    assert await world.poll() is None
    assert "/token" not in world.server.asked
    world.now += 1
    assert await world.poll() is None
    assert (world.kept.access_token, world.kept.refresh_token) == ("a2", "r2")
    assert world.kept.expires_at == world.now + HOUR
    assert await world.poll() is None
    assert world.server.asked.count("/token") == 1
    assert (world.row.token_ends_at, world.row.token_renewed) == (world.now + HOUR, True)


async def test_a_new_token_is_kept_before_it_is_used(world) -> None:
    world.now += HOUR
    seen = []
    answer = world.server.answer

    def watch(parts, authorization, body):
        seen.append((parts.path, authorization, world.kept.access_token))
        return answer(parts, authorization, body)

    world.server.answer = watch
    assert await world.poll() is None
    assert seen[0][0] == "/token"
    assert len(seen) > 1
    assert all((token, kept) == ("Bearer a2", "a2") for _, token, kept in seen[1:])


async def test_a_condemned_token_is_renewed_once_before_the_source_is_paused(world) -> None:
    assert await world.poll() is None
    world.server.good = set()
    world.server.post("hello?", world.now)
    assert await world.poll() is None
    assert world.row.health == "ok"
    assert world.row.taken == 1
    assert world.kept.access_token == "a2"
    world.server.good, world.server.refreshable = set(), "another"
    assert isinstance(await world.poll(), AuthError)
    assert world.row.health == "paused"
    assert "one use" in world.row.error or "ended" in world.row.error
    assert world.server.asked.count("/token") == 2
    assert world.kept.access_token == "a2"  # nothing was lost of what was there


async def test_a_renewal_that_is_not_possible_now_condemns_nothing(world) -> None:
    assert await world.poll() is None
    world.server.good, world.server.refresh_status = set(), 500
    error = await world.poll()
    assert isinstance(error, Retryable)
    assert not error.maybe_done
    assert world.row.health == "failing"
    world.server.refresh_status = 200
    assert await world.poll() is None


async def test_a_renewal_that_fails_in_time_costs_nothing_and_is_told(world) -> None:
    engine = world.engine()
    world.now += HOUR // 2
    world.server.refresh_status = 500
    for _ in range(3):
        assert await world.poll(engine) is None
    assert world.server.asked.count("/token") == 1  # not with each poll
    assert "could not be renewed now" in world.row.note
    assert world.row.token_renewed  # it is tried again


async def test_a_refresh_token_that_is_dead_is_told_while_the_access_token_still_works(world) -> None:
    world.now += HOUR // 2
    world.server.refreshable = "another"
    (polled,) = await world.engine().once()
    assert polled.error is None
    assert any("cannot be renewed any more" in note for note in polled.notes)
    assert any("nothing renews it — cminbox sources login shop" in note for note in polled.notes)
    assert not world.row.token_renewed


async def test_a_reply_is_sent_with_a_new_token_where_the_old_one_is_refused(world) -> None:
    world.server.post("hello?", world.now)
    assert await world.poll() is None
    (talk,) = conversations.page(world.store.read(), None, sort="newest", limit=9)
    reply = Desk(world.store, world.config, ANA, clock=lambda: world.now).outbox.send(talk.id, "Hi", lang="en")
    world.server.good = set()
    engine = world.engine()
    async with Client(clock=lambda: world.now, sleep=nap) as client:
        await engine.outbox.send_due(reply, client)
    assert replies.get(world.store.read(), reply.id).status == "sent"
    assert world.server.sent == ["Hi"]
    assert world.kept.access_token == "a2"


async def test_a_reply_whose_token_cannot_be_renewed_now_is_surely_not_sent(world) -> None:
    world.server.post("hello?", world.now)
    assert await world.poll() is None
    (talk,) = conversations.page(world.store.read(), None, sort="newest", limit=9)
    reply = Desk(world.store, world.config, ANA, clock=lambda: world.now).outbox.send(talk.id, "Hi", lang="en")
    world.server.good, world.server.refresh_status = set(), 500
    engine = world.engine()
    async with Client(clock=lambda: world.now, sleep=nap) as client:
        await engine.outbox.send_due(reply, client)
        assert replies.get(world.store.read(), reply.id).status == "queued"
    assert world.server.sent == []


_RENEW = textwrap.dedent(
    """
    import asyncio, sys
    import token_network
    from cminbox import config, paths
    from cminbox.engine.accounts import Accounts
    from cminbox.sources import registry
    from cminbox.sources.http import Client
    from cminbox.store import Store

    registry.OURS["tokens"] = "token_network"

    async def main():
        loaded = config.load(paths.find())
        with Store.open(loaded.paths.store) as store:
            accounts = Accounts(store, lambda: int(sys.argv[1]))
            account = accounts.of(loaded, loaded.sources[0], None, token_network)
            print("ready", flush=True)
            sys.stdin.readline()
            async with Client(clock=lambda: int(sys.argv[1])) as client:
                account, note = await accounts.renewed_in_time(loaded.paths, account, token_network, client)
            print(account.credentials.access_token, note, flush=True)

    asyncio.run(main())
    """
)


def processes(world, count: int) -> list[subprocess.Popen[str]]:
    """Processes that are about to renew the same token, each having read the old one."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _RENEW, str(world.now)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for _ in range(count)
    ]
    for process in started:
        assert process.stdout.readline() == "ready\n"
    return started


async def test_two_processes_spend_a_refresh_token_once(world) -> None:
    world.now += HOUR // 2
    world.server.pause = 0.3
    started = processes(world, 2)
    for process in started:
        process.stdin.write("\n")
        process.stdin.flush()
    told = [(await asyncio.to_thread(process.communicate))[0] for process in started]
    assert told == ["a2 \n", "a2 \n"]
    assert world.server.asked.count("/token") == 1
    assert world.kept.refresh_token == "r2"


async def test_a_process_that_dies_while_it_renews_holds_up_nobody(world) -> None:
    world.now += HOUR // 2
    world.server.pause = 30
    (dying,) = processes(world, 1)
    dying.stdin.write("\n")
    dying.stdin.flush()
    async with asyncio.timeout(20):
        while not world.server.renewals:
            await asyncio.sleep(0.02)
    dying.send_signal(signal.SIGKILL)
    dying.wait()
    world.server.pause = 0  # for the next; the one of the dead is not answered yet, and its refresh token still good
    accounts = Accounts(world.store, lambda: world.now)
    async with Client(clock=lambda: world.now) as client:
        account, note = await accounts.renewed_in_time(
            world.config.paths, world.account(accounts), token_network, client
        )
    assert (account.credentials.access_token, note) == ("a2", "")


async def test_two_tasks_of_an_engine_spend_a_refresh_token_once(world) -> None:
    world.now += HOUR // 2
    world.server.pause = 0.05
    accounts = Accounts(world.store, lambda: world.now)
    async with Client(clock=lambda: world.now) as client:
        both = await asyncio.gather(
            *(
                accounts.renewed_in_time(world.config.paths, world.account(accounts), token_network, client)
                for _ in range(3)
            )
        )
    assert {account.credentials.access_token for account, _ in both} == {"a2"}
    assert world.server.asked.count("/token") == 1


async def test_a_secret_of_the_environment_is_renewed_when_it_must_be_and_says_that_it_is_not_kept(
    world, monkeypatch
) -> None:
    monkeypatch.setenv("CMINBOX_SECRET_SHOP", world.kept.dump())
    secrets.forget("shop", world.config.paths)
    engine = world.engine()
    world.now += HOUR - 1
    assert await world.poll(engine) is None
    assert "/token" not in world.server.asked
    world.now += 1
    for _ in range(3):
        assert await world.poll(engine) is None
    assert world.server.asked.count("/token") == 1
    assert "CMINBOX_SECRET_SHOP is set, so its renewed token lasts until the program ends" in world.row.note
    assert (
        not (world.home / "config" / "secrets.toml").exists()
        or "a2" not in (world.home / "config" / "secrets.toml").read_text()
    )


async def test_where_nothing_can_be_kept_no_refresh_token_is_spent(world, monkeypatch) -> None:
    def full(*_):
        raise CminboxError("cannot write secrets.toml: No space left on device")

    monkeypatch.setattr(secrets, "put", full)
    world.now += HOUR // 2
    assert await world.poll() is None
    assert "No space left" in world.row.note
    assert "/token" not in world.server.asked


async def test_what_could_not_be_kept_is_used_and_kept_later(world, monkeypatch) -> None:
    put, calls = secrets.put, []

    def second_fails(*given):
        calls.append(given)
        if len(calls) == 2:
            raise CminboxError("cannot write secrets.toml: No space left on device")
        return put(*given)

    monkeypatch.setattr(secrets, "put", second_fails)
    engine = world.engine()
    world.now += HOUR // 2
    assert await world.poll(engine) is None
    assert "could not be kept" in world.row.note
    assert world.kept.access_token == "a1"
    assert world.server.asked.count("/token") == 1
    assert await world.poll(engine) is None
    assert world.kept.access_token == "a2"
    assert world.server.asked.count("/token") == 1


async def test_people_are_warned_once_for_each_time_ahead_of_an_end_that_nothing_renews(world, monkeypatch) -> None:
    monkeypatch.delattr(token_network, "refresh")
    world.secret(expires_at=NOW + 60 * DAY)
    warned = []
    for day in (0, 30, 45, 46, 47, 50, 56, 57, 58, 59):
        world.now = NOW + day * DAY
        (polled,) = await world.engine().once()  # each an engine of its own: what was told is kept
        assert polled.error is None
        warned += [day for note in polled.notes if "nothing renews it" in note]
    assert warned == [46, 57]
    assert world.row.token_ends_at == NOW + 60 * DAY
    assert not world.row.token_renewed
    world.secret(expires_at=world.now + 10 * DAY)  # a new token, which ends soon as well
    (polled,) = await world.engine().once()
    assert [note for note in polled.notes if "nothing renews it" in note]


async def test_people_are_warned_before_the_login_ends_though_its_token_is_renewed(world) -> None:
    """What renews the token ends after a year on some networks; each renewal says anew how long it lasts."""
    world.secret(access_token="a1", refresh_token="r1", expires_at=NOW + HOUR, login_ends_at=NOW + 20 * DAY)
    world.server.login_ends_at = NOW + 20 * DAY
    warned = []
    for day in (0, 5, 6, 6.5, 10, 17, 18, 19):
        world.now = NOW + int(day * DAY)
        (polled,) = await world.engine().once()
        assert polled.error is None
        warned += [day for note in polled.notes if "its login ends at" in note and "sources login shop" in note]
    assert warned == [6, 17]
    assert world.row.token_renewed
    assert abs(world.row.login_ends_at - (NOW + 20 * DAY)) < MINUTE
    assert source_words.token_warning(world.row, world.now) == "its login ends in 23h and nothing renews it"
    assert "the login ends" in source_words.token(world.row, world.now)


async def test_no_secret_stands_in_the_store_or_a_log(world, caplog) -> None:
    caplog.set_level("DEBUG")
    words = {"access_token": "s3cret-access", "refresh_token": "s3cret-refresh"}
    world.server.good, world.server.refreshable = {"s3cret-access"}, "s3cret-refresh"
    world.secret(**words)
    world.now += HOUR
    assert await world.poll() is None
    world.server.good = set()
    assert await world.poll() is None
    world.server.good, world.server.refreshable = set(), "x"
    await world.poll()
    world.store.write(lambda conn: None)
    whole = b"".join(path.read_bytes() for path in (world.home / "data").iterdir() if path.is_file())
    for secret in ("s3cret-access", "s3cret-refresh"):
        assert secret.encode() not in whole
        assert secret not in caplog.text


async def test_of_a_token_that_nothing_renews_the_networks_words_are_told(world) -> None:
    world.secret(access_token="old", refresh_token="")
    world.server.good = set()
    error = await world.poll()
    assert isinstance(error, AuthError)
    assert error.status == 401
    assert "nothing renews" not in error.line()
    assert world.row.health == "paused"


# Allowances.


async def test_what_is_used_is_kept_and_the_configuration_says_how_much_may_be(world) -> None:
    world.configure("cost = 30")
    for _ in range(2):
        assert await world.poll() is None
    error = await world.poll()  # 60 and 30 are more than 80, the rest is for people
    assert isinstance(error, RateLimited)
    assert "60 of 100 used, the rest is kept for replies" in world.row.error
    assert world.row.health == "limited"
    assert world.row.limited_until == NOW + 12 * HOUR
    assert world.server.asked.count("/new") == 2
    world.configure("cost = 30\nunits = 111")
    assert await world.poll() is None
    assert allowances.of(world.store.read(), world.row.id) == {"units": (90, NOW + 12 * HOUR)}
    world.now += 12 * HOUR
    assert await world.poll() is None
    assert allowances.of(world.store.read(), world.row.id)["units"][0] == 30


async def test_money_is_spent_for_replies_up_to_the_cap_and_not_beyond(world) -> None:
    world.configure("spend_cap = 0.04")
    ledger = world.account(Accounts(world.store, lambda: world.now)).ledger
    await ledger.spend(MONEY, 15, for_people=True)
    await ledger.spend(MONEY, 15, for_people=True)
    with pytest.raises(RateLimited, match=r"\$0\.03 of \$0\.04 used"):
        await ledger.spend(MONEY, 15, for_people=True)


async def test_a_reply_whose_months_budget_is_spent_fails_and_waits_for_no_month(world) -> None:
    world.configure("spend_cap = 0.01")
    world.config = world.config._replace(undo_ms=0)
    world.server.post("hello?", world.now)
    assert await world.poll() is None
    (talk,) = conversations.page(world.store.read(), None, sort="newest", limit=9)
    reply = Desk(world.store, world.config, ANA, clock=lambda: world.now).outbox.send(talk.id, "Hi", lang="en")
    async with Client(clock=lambda: world.now, sleep=nap) as client:
        await world.engine().outbox.send_due(reply, client)
    after = replies.get(world.store.read(), reply.id)
    assert after.status == "failed"
    assert "money: $0.00 of $0.01 used, until 2026-04-01 00:00 UTC" in after.error
    assert world.server.sent == []


async def test_a_limit_that_is_raised_in_the_configuration_holds_at_once(world) -> None:
    world.configure("cost = 90")
    engine = world.engine()
    assert isinstance(await world.poll(engine), RateLimited)
    assert engine._due_sources(world.now + MINUTE) == []
    world.configure("cost = 90\nunits = 200")
    await engine.files.reload()
    assert [source.name for source in engine._due_sources(world.now + MINUTE)] == ["shop"]
    assert await world.poll(engine) is None


async def test_who_logs_in_while_a_token_is_renewed_stays_logged_in(world, monkeypatch) -> None:
    refresh = token_network.refresh

    async def slow(client, account):
        fresh = await refresh(client, account)
        world.server.good = {"of a person", fresh.access_token}
        secrets.put("shop", "of a person", world.config.paths)
        return fresh

    monkeypatch.setattr(token_network, "refresh", slow)
    world.now += HOUR // 2
    assert await world.poll() is None
    assert world.kept.access_token == "of a person"


async def test_what_cannot_be_noted_is_not_spent(world, monkeypatch) -> None:
    ledger = world.account(Accounts(world.store, lambda: world.now)).ledger

    def full(*_):
        raise Full("the disk is full")

    monkeypatch.setattr(allowances, "change", full)
    with pytest.raises(Retryable, match="the disk is full") as got:
        await ledger.spend(MONEY, 15)
    assert not got.value.maybe_done


async def test_two_ledgers_of_one_source_never_spend_the_same(world) -> None:
    one, other = (world.account(Accounts(world.store, lambda: world.now)).ledger for _ in range(2))
    results = await asyncio.gather(
        *(ledger.spend(UNITS, 7) for _ in range(10) for ledger in (one, other)), return_exceptions=True
    )
    assert sum(not isinstance(result, RateLimited) for result in results) == 11
    assert allowances.of(world.store.read(), world.row.id)["units"][0] == 77


_SPEND = textwrap.dedent(
    """
    import asyncio, os, signal, sys
    import token_network
    from cminbox import config, paths
    from cminbox.engine.accounts import Accounts
    from cminbox.sources import registry
    from cminbox.store import Store, sources

    registry.OURS["tokens"] = "token_network"

    async def main():
        loaded = config.load(paths.find())
        with Store.open(loaded.paths.store) as store:
            accounts = Accounts(store, lambda: int(sys.argv[1]))
            row = sources.by_name(store.read(), "shop")
            ledger = accounts.of(loaded, loaded.sources[0], row, token_network).ledger
            for count in range(7):
                await ledger.spend(token_network.MONEY, 1000 if count < 4 else 100)
                print(count, flush=True)
                if count == 4:
                    os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(main())
    """
)


async def test_what_was_spent_is_known_after_a_kill(world) -> None:
    ledger = world.account(Accounts(world.store, lambda: world.now)).ledger
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", _SPEND, str(world.now)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout.split()) == (-9, ["0", "1", "2", "3", "4"])
    with Store.open(world.config.paths.store) as again:
        assert allowances.of(again.read(), world.row.id) == {"money": (4_100, from_iso("2026-04-01T00:00:00+00:00"))}
    with pytest.raises(RateLimited):
        await ledger.spend(MONEY, 1000)

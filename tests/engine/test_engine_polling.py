"""Polling: everything once, in any order of failures."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import threading

import pytest
from engine_bench import IMPATIENT, nap
from filelock import FileLock

from cminbox import config as configuration
from cminbox.config import SourceConfig
from cminbox.desk import Close, Snooze, Spam
from cminbox.engine.lock import AnotherRuns
from cminbox.engine.loop import Engine
from cminbox.engine.poll_schedule import is_due
from cminbox.engine.takein import take_in
from cminbox.errors import NotPermitted, RateLimited
from cminbox.model import DAY, HOUR, MINUTE, SECOND, now
from cminbox.sources.ledger import Allowance
from cminbox.sources.networks import mastodon
from cminbox.store import engine as heart
from cminbox.store import events, messages, replies, sources
from cminbox.store.sources import Schedule


async def test_a_mention_becomes_an_open_conversation_that_waits(bench):
    at = now() - 3 * MINUTE
    bench.network.post_as("mina", "@saffronheron my parcel is broken, I want a refund!", at=at, followers=42)
    await bench.poll()
    row = bench.only()
    assert (row.status, row.handle, row.network, row.source) == ("open", "mina", "mastodon", "brand")
    assert "my parcel is broken" in row.preview
    assert (row.lang, row.sentiment_class, row.followers) == ("en", "negative", 42)
    assert abs(row.waiting_since - at) < 1000
    assert row.due_at == row.waiting_since + bench.config.sla_default
    assert row.priority == sum(r.points for r in row.reasons)
    assert any("refund" in r.why for r in row.reasons)


async def test_a_second_poll_changes_nothing(bench):
    for n in range(95):
        bench.network.post_as(f"p{n}", f"@saffronheron question number {n}?")
    await bench.poll()
    before = bench.rows()
    assert len(before) == 95
    await bench.poll()
    assert {r.id: (r.messages, r.status) for r in bench.rows()} == {r.id: (r.messages, r.status) for r in before}
    assert sources.by_name(bench.store.read(), "brand").taken == 95


async def test_what_is_older_than_backfill_opens_nothing(bench):
    bench.network.post_as("old", "@saffronheron hello from last month", at=now() - 20 * DAY)
    bench.network.post_as("new", "@saffronheron hello from today", at=now() - MINUTE)
    await bench.poll()
    assert {r.handle: r.status for r in bench.rows()} == {"old": "closed", "new": "open"}
    assert not any(r.waiting_since for r in bench.rows() if r.handle == "old")


async def test_an_answer_given_elsewhere_counts_and_is_nobodys_credit(bench):
    parent = bench.network.post_as("mina", "@saffronheron are you open on Sunday?", at=now() - 10 * MINUTE)
    await bench.poll()
    bench.network.post_as("saffronheron", "@mina yes, from ten", in_reply_to=parent)
    await bench.poll()
    row = bench.only()
    assert row.status == "pending"
    found = bench.store.read().execute("SELECT measure, member FROM measures ORDER BY measure").fetchall()
    assert [tuple(f) for f in found] == [("first_response", ""), ("reply", "")]


@pytest.mark.parametrize("action", [Close(), Snooze(now() + DAY)])
async def test_a_new_message_opens_again(bench, action):
    first = bench.network.post_as("mina", "@saffronheron hello?")
    await bench.poll()
    bench.desk.do(action, [bench.only().id])
    bench.network.post_as("mina", "@saffronheron anybody?", in_reply_to=first)
    await bench.poll()
    row = bench.only()
    assert (row.status, row.messages, row.snoozed_until) == ("open", 2, None)


async def test_spam_stays_spam(bench):
    first = bench.network.post_as("bot", "@saffronheron FREE FOLLOWERS")
    await bench.poll()
    bench.desk.do(Spam(), [bench.only().id])
    bench.network.post_as("bot", "@saffronheron CLICK NOW", in_reply_to=first)
    await bench.poll()
    assert (bench.only().status, bench.only().messages) == ("spam", 2)


async def test_an_edit_keeps_the_old_text_and_a_deletion_takes_it_out_of_the_queue(bench):
    status = bench.network.post_as("mina", "@saffronheron I hate this tea")
    await bench.poll()
    bench.network.edit(status, "@saffronheron I love this tea")
    engine = bench.engine()
    await engine.once()
    row = bench.only()
    assert "love" in row.preview
    assert row.content.edited
    assert row.sentiment_class == "positive"
    (edit,) = [e for e in events.of(bench.store.read(), row.id) if e.action == "edit"]
    assert "hate" in edit.detail["old"]
    bench.network.delete(status)
    await bench.engine().once()
    assert bench.rows() == []
    kept = messages.thread(bench.store.read(), row.id)
    assert kept[0].deleted_at is not None


@pytest.mark.parametrize(
    ("fault", "health", "words"),
    [
        ("429", "limited", "wait"),
        ("500", "failing", "500"),
        ("401", "failing", "refused (401)"),
        ("html", "failing", ""),
        ("bad-json", "failing", ""),
        ("huge", "failing", ""),
        ("cut-before", "failing", ""),
    ],
)
async def test_a_failure_is_the_sources_health_and_the_next_poll_brings_all(bench, fault, health, words):
    bench.network.post_as("mina", "@saffronheron one")
    await bench.poll()
    bench.network.post_as("mina", "@saffronheron two")
    bench.network.fail(fault, "/api/v1/notifications", times=10, seconds=1)
    (line,) = await bench.step()
    assert "\n" not in line
    assert "let-me-in" not in line
    row = sources.by_name(bench.store.read(), "brand")
    assert row.health == health
    assert row.error
    assert row.next_poll_at > row.last_poll_at
    bench.network.faults.clear()
    later = (lambda: row.limited_until + 1) if health == "limited" else now
    assert [polled.error for polled in await bench.engine(clock=later).once()] == [None]
    assert len(bench.rows()) == 2
    assert sources.by_name(bench.store.read(), "brand").health == "ok"


async def test_polling_once_keeps_to_the_time_that_the_network_named(bench, monkeypatch):
    bench.network.post_as("mina", "@saffronheron one")
    bench.network.fail("429", "/api/v1/notifications", times=10, seconds=300)
    await bench.step()
    bench.network.faults.clear()
    asked: list[str] = []
    answer = bench.network._api.answer
    monkeypatch.setattr(bench.network._api, "answer", lambda request: asked.append(request.path) or answer(request))
    (line,) = await bench.step()
    assert "brand is not polled before" in line
    (polled,) = await bench.engine().once("brand")
    assert isinstance(polled.error, RateLimited)
    assert asked == []
    (polled,) = await bench.engine(clock=lambda: now() + 6 * MINUTE).once()
    assert (polled.error, polled.taken.new) == (None, 1)
    # What polling leaves to replies is no failure.
    bench.store.write(lambda conn: sources.update(conn, 1, {"limited_until": now() + 20 * MINUTE}))
    asked.clear()
    (polled,) = await bench.engine(clock=lambda: now() + 7 * MINUTE).once()
    assert polled.error is None
    assert "kept for replies" in polled.notes[0]
    assert asked == []
    # A limit that was raised since holds at once.
    later = now() + 8 * MINUTE
    bench.store.write(lambda conn: sources.update(conn, 1, {"last_poll_at": later - MINUTE}))
    file = bench.config.paths.config_file
    os.utime(file, (later / 1000, later / 1000))
    assert (await bench.engine(clock=lambda: later).once())[0].notes == ()
    assert asked
    asked.clear()
    os.utime(file, (1, 1))
    # One that a wrong clock noted holds up nobody.
    bench.store.write(lambda conn: sources.update(conn, 1, {"limited_until": now() + 90 * HOUR}))
    assert (await bench.engine(clock=lambda: now() + 7 * MINUTE).once())[0].notes == ()
    assert asked


async def test_an_edit_of_what_was_closed_is_found_and_asks_anew(bench):
    status = bench.network.post_as("mina", "@saffronheron I love this tea")
    await bench.poll()
    row = bench.only()
    bench.desk.do(Close(), [row.id])
    bench.network.edit(status, "@saffronheron my parcel never came, where is it?")
    await bench.poll()
    assert bench.only().content.edited
    assert bench.only().status == "open"
    gone = bench.network.post_as("ravi", "@saffronheron thanks")
    await bench.poll()
    (other,) = [each for each in bench.rows() if each.id != row.id]
    bench.desk.do(Close(), [other.id])
    bench.network.delete(gone)
    await bench.poll()
    assert messages.thread(bench.store.read(), other.id)[0].deleted_at is not None


@pytest.mark.parametrize(("unit", "looks"), [(None, 9), ("replies", 9), ("units", 2), ("calls", 2), ("money", 0)])
async def test_what_is_settled_is_looked_at_in_turn_as_far_as_the_network_counts_it(bench, unit, looks):
    for number in range(10):
        bench.network.post_as("mina", f"@saffronheron number {number}, thanks")
    bench.network.post_as("ravi", "@saffronheron where is it?")
    await bench.poll()
    ravi = next(row.id for row in bench.rows() if row.handle == "ravi")
    spam, *others = [row.id for row in bench.rows() if row.id != ravi]
    bench.desk.do(Close(), others)
    bench.desk.do(Spam(), [spam])
    allowances = () if unit is None else (Allowance("day", 1000, unit),)
    poller, cursor, seen = bench.engine().poller, "", list[tuple[str, ...]]()
    row = sources.by_name(bench.store.read(), "brand")
    for _ in range(9):
        poller._watched.clear()
        watch, _, cursor = poller._to_watch(row, cursor, allowances)
        assert watch[0] == messages.thread(bench.store.read(), ravi)[0].remote_id
        seen.append(watch[1:])
    wanted = {messages.thread(bench.store.read(), number)[0].remote_id for number in others}
    assert sum(1 for each in seen if each) == looks
    assert all(len(each) <= 4 for each in seen)
    assert set().union(*seen) == (wanted if looks == 9 else wanted & set().union(*seen))
    if looks == 9:
        assert [len(each) for each in seen[:3]] == [4, 4, 1]


async def test_a_token_that_the_accounts_own_check_refuses_pauses_the_source(bench):
    await bench.poll()
    bench.network.fail("401", times=50)
    (line,) = await bench.step()
    assert "sources login brand" in line
    assert sources.by_name(bench.store.read(), "brand").health == "paused"


async def test_a_deletion_that_was_believed_wrongly_comes_back_as_it_was(bench):
    at = now() - 30 * MINUTE
    for name in ("mina", "ravi"):
        bench.network.post_as(name, "@saffronheron where is my parcel?", at=at)
    await bench.poll()
    before = {row.handle: row for row in bench.rows()}
    conn = bench.store.read()
    row = sources.by_name(conn, "brand")
    remote = messages.thread(conn, before["mina"].id)[0].remote_id
    await bench.store.awrite(lambda tx: take_in(tx, row, [], bench.engine().poller.intake(), deleted=[remote]))
    assert {r.handle for r in bench.rows()} == {"ravi"}
    await bench.poll()
    after = {r.handle: r for r in bench.rows()}["mina"]
    same = ("status", "waiting_since", "waiting", "due_at", "preview", "inbound", "gone")
    assert [getattr(after, name) for name in same] == [getattr(before["mina"], name) for name in same]
    assert [e.action for e in events.of(bench.store.read(), after.id)].count("seen again") == 1
    await bench.poll()
    assert [e.action for e in events.of(bench.store.read(), after.id)].count("seen again") == 1
    assert (
        bench.store.read().execute("SELECT count(*) FROM message_words WHERE words MATCH 'parcel'").fetchone()[0] == 2
    )


async def test_each_engine_goes_on_looking_where_the_last_one_ended(bench):
    """As with `poll --once` from a timer: whatever is behind the first few has its turn too."""
    for number in range(40):
        bench.network.post_as(f"p{number}", "@saffronheron where is my parcel?", at=now() - 40 * MINUTE + number)
    await bench.poll()
    conn = bench.store.read()
    row = sources.by_name(conn, "brand")
    remote = {m.id: m.remote_id for r in bench.rows() for m in messages.thread(conn, r.id)}
    wrong, right = sorted(remote)[:11], sorted(remote)[-6:]
    for own in right:
        bench.network.delete(remote[own])
    gone = [remote[own] for own in (*wrong, *right)]
    await bench.store.awrite(lambda tx: take_in(tx, row, [], bench.engine().poller.intake(), deleted=gone))
    bench.network.edit(remote[sorted(remote)[12]], "@saffronheron it is there!")
    for _ in range(6):
        await bench.poll()
    there = bench.rows()
    assert len(there) == 40 - len(right)
    assert sum(r.content.edited for r in there) == 1


async def test_what_cannot_be_scored_or_stored_costs_no_other_message(bench, monkeypatch):
    for name in ("one", "two", "three", "four"):
        bench.network.post_as(name, f"@saffronheron this is {name}")
    engine = bench.engine()
    score, insert = engine.scoring.score, messages.insert

    def bad_score(message):
        if "two" in message.text:
            raise ZeroDivisionError
        return score(message)

    def bad_insert(conn, new):
        if any("three" in message.text for message in new):
            raise OverflowError
        insert(conn, new)

    monkeypatch.setattr(engine.scoring, "score", bad_score)
    monkeypatch.setattr(messages, "insert", bad_insert)
    (polled,) = await engine.once()
    assert polled.error is None
    assert (polled.skipped, polled.taken.new) == (2, 2)
    assert {row.handle for row in bench.rows()} == {"one", "four"}
    row = sources.by_name(bench.store.read(), "brand")
    assert (row.health, row.skipped) == ("ok", 2)
    assert "ZeroDivisionError" in row.note
    assert "(and 1 other)" in row.note
    # It is told once, and the cursor has moved on.
    (polled,) = await engine.once()
    assert (polled.skipped, polled.notes) == (0, ())


async def test_beats_and_sends_do_not_wait_for_what_is_loaded_to_read_a_page(bench, monkeypatch):
    bench.network.post_as("mina", "@saffronheron my parcel is broken")
    engine = bench.engine()
    score, began, goes_on = engine.scoring.score, threading.Event(), threading.Event()

    def slow(message):
        began.set()
        assert goes_on.wait(20), "the loop was held up"
        return score(message)

    monkeypatch.setattr(engine.scoring, "score", slow)
    polling = asyncio.create_task(engine.once())
    assert await asyncio.to_thread(began.wait, 20)
    await bench.store.awrite(lambda conn: conn.execute("SELECT 1"))
    goes_on.set()
    (polled,) = await polling
    assert (polled.error, polled.skipped, polled.taken.new) == (None, 0, 1)


async def test_a_conversation_whose_thread_was_read_late_gets_its_right_key(bench):
    bench.network.post_as("mina", "@saffronheron hello?")
    await bench.poll()
    conn = bench.store.read()
    row, before = sources.by_name(conn, "brand"), bench.only()

    def moved(to):
        return lambda tx: take_in(tx, row, [], bench.engine().poller.intake(), moved={before.remote_id: to})

    await bench.store.awrite(moved("root"))
    assert bench.only().remote_id == "root"
    await bench.store.awrite(lambda tx: take_in(tx, row, [], bench.engine().poller.intake(), moved={"root": "root"}))
    assert bench.only().remote_id == "root"


class Killed(BaseException):
    """An engine ended in the middle."""


async def test_a_backlog_that_is_cut_at_every_page_comes_in_once(bench):
    """People write before, between and after; each engine is ended before its n-th step, and the next one goes on."""
    wanted = set()

    def write(count):
        for _ in range(count):
            name = f"p{len(wanted)}"
            wanted.add(name)
            bench.network.post_as(name, f"@saffronheron question {name}?", at=now() - HOUR + len(wanted) * SECOND)

    write(45)
    await bench.poll()
    write(260)
    for number in range(1, 40):
        left = number

        def step(name):
            nonlocal left
            left -= 1
            if not left:
                raise Killed

        with contextlib.suppress(Killed):
            await bench.engine(step).once()
        write(number % 3)
    for _ in range(5):
        await bench.poll()
    rows = bench.rows()
    assert {row.handle for row in rows} == wanted
    assert [row.messages for row in rows] == [1] * len(wanted)
    assert sources.by_name(bench.store.read(), "brand").taken == len(wanted)


async def test_a_servers_limits_are_asked_for_again(bench):
    await bench.poll()
    row = sources.by_name(bench.store.read(), "brand")
    assert row.limits["characters"] > 0
    await bench.store.awrite(lambda conn: sources.update(conn, row.id, {"limits": {"characters": 7}}))
    await bench.poll()
    assert sources.by_name(bench.store.read(), "brand").limits == row.limits


async def test_limits_last_until_the_server_says_others_or_is_another(bench, monkeypatch):
    async def silent(client, account):
        return {}

    await bench.poll()
    row = sources.by_name(bench.store.read(), "brand")
    monkeypatch.setattr(mastodon, "limits", silent)
    await bench.store.awrite(lambda conn: sources.update(conn, row.id, {"account_id": ""}))
    await bench.poll()
    known = sources.by_name(bench.store.read(), "brand")
    assert (known.account_id, known.limits) == (row.account_id, row.limits)
    assert row.limits

    def elsewhere(conn):
        return sources.ensure(conn, "brand", "mastodon", base_url="https://elsewhere.example")

    assert (await bench.store.awrite(elsewhere)).limits == {}


PLAN = Schedule("s", "ok", 0, MINUTE, None, None)


@pytest.mark.parametrize(
    ("plan", "at", "due"),
    [
        (None, 0, True),
        (PLAN, MINUTE - 1, False),
        (PLAN, MINUTE, True),
        (PLAN._replace(wanted_at=2000), 3000, True),
        (PLAN._replace(wanted_at=2000, limited_until=9000, health="limited"), 3000, False),
        (PLAN._replace(limited_until=9000, next_poll_at=9000, health="limited"), 9000, True),
        # The clock was two hours ahead, and was put right.
        (PLAN._replace(last_poll_at=2 * HOUR, next_poll_at=2 * HOUR + MINUTE), 0, True),
        (PLAN._replace(last_poll_at=2 * HOUR, limited_until=2 * HOUR + MINUTE, health="limited"), 0, True),
        (PLAN._replace(next_poll_at=2 * HOUR), 1000, True),
        (PLAN._replace(next_poll_at=10 * MINUTE, health="failing"), 1000, False),
        (PLAN._replace(next_poll_at=2 * HOUR, health="failing"), 1000, True),
        (PLAN._replace(next_poll_at=20 * HOUR, health="gone"), 1000, False),
        (PLAN._replace(limited_until=20 * HOUR, next_poll_at=20 * HOUR, health="limited"), 1000, False),
        (PLAN._replace(limited_until=90 * HOUR, next_poll_at=90 * HOUR, health="limited"), 1000, True),
    ],
)
def test_when_a_source_is_due(plan, at, due):
    assert is_due(plan, MINUTE, at) == due


@pytest.mark.parametrize("jump", [-2 * HOUR, 2 * HOUR])
async def test_a_clock_that_is_set_stops_nothing(bench, jump):
    """The engine goes on polling, sending and beating, whatever the clock says meanwhile."""
    ahead = 0
    engine = bench.engine(clock=lambda: now() + ahead)
    task = asyncio.create_task(engine.run())
    try:
        async with asyncio.timeout(30):
            for number in range(3):
                bench.network.post_as(f"p{number}", f"@saffronheron question {number}?")
                while len(bench.rows()) <= number:
                    await asyncio.sleep(0.05)
                ahead = jump
            while abs(heart.get(bench.store.read()).beat_at - now() - jump) > MINUTE:
                await asyncio.sleep(0.05)
    finally:
        engine.stop()
        await task


async def test_names_that_no_name_server_answers_for_keep_no_other_waiting(bench, monkeypatch):
    """A look-up of a name takes a thread until it is over, and there are dead names by the dozen."""
    look_up, over = socket.getaddrinfo, threading.Event()

    def slow(host, *args, **more):
        if b"dead" in (host if isinstance(host, bytes) else str(host).encode()):
            over.wait(30)
            raise socket.gaierror("no answer")
        return look_up(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    dead = [SourceConfig(f"dead{n}", "feed", f"http://dead{n}.test/feed") for n in range(60)]
    brand = bench.config.source("brand")._replace(base_url=bench.network.url.replace("127.0.0.1", "localhost"))
    bench.config = bench.config._replace(sources=(*dead, brand))
    bench.network.post_as("mina", "@saffronheron hello?")
    engine = bench.engine()
    task = asyncio.create_task(engine.run())
    try:
        async with asyncio.timeout(15):
            while not bench.rows():
                await asyncio.sleep(0.05)
    finally:
        over.set()
        engine.stop()
        await task


async def test_a_clock_put_right_between_two_engines(bench):
    bench.network.post_as("mina", "@saffronheron one")
    ahead = bench.engine(clock=lambda: now() + 2 * HOUR)
    await ahead.once()
    bench.network.post_as("ravi", "@saffronheron two")
    engine = bench.engine()
    task = asyncio.create_task(engine.run())
    try:
        async with asyncio.timeout(20):
            while len(bench.rows()) < 2:
                await asyncio.sleep(0.05)
    finally:
        engine.stop()
        await task


async def test_a_missing_secret_pauses_the_source_and_says_how_to_give_it(bench, monkeypatch):
    monkeypatch.delenv("CMINBOX_SECRET_BRAND")
    (line,) = await bench.step()
    assert "sources login brand" in line
    assert sources.by_name(bench.store.read(), "brand").health == "paused"


async def test_one_engine_a_store(bench):
    first = bench.engine()
    async with first._elected():
        with pytest.raises(AnotherRuns, match="already serves"):
            await bench.engine().once()
    assert heart.get(bench.store.read()).stopped_at is not None


async def test_a_lock_that_this_account_may_not_take_is_no_full_disk(bench, monkeypatch):
    def refused(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(FileLock, "acquire", refused)
    with pytest.raises(NotPermitted, match=r"\.engine: Permission denied"):
        await bench.engine().once()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("rules/90-mine.toml", '[[rule]]\nname = "mine"\nwhen = ""\npriority = 0\nsla = "30m"\n'),
        ("config.toml", '\n[sla]\ndefault = "30m"\n'),
    ],
)
async def test_what_changed_while_no_engine_ran_holds_for_all_that_waits(bench, home, file, text):
    bench.network.post_as("mina", "@saffronheron what is the tea of today?")
    await bench.poll()
    before = bench.only().sla_target
    path = home / "config" / file
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as out:
        out.write(text)
    bench.config = configuration.load(bench.config.paths)._replace(undo_ms=0)
    await bench.poll()
    assert (before, bench.only().sla_target) == (4 * HOUR, 30 * MINUTE)


async def test_an_engine_that_begins_with_a_broken_rule_file_judges_nothing_anew(bench, home):
    rules = home / "config" / "rules"
    rules.mkdir()
    (rules / "90-mine.toml").write_text('[[rule]]\nname = "mine"\nwhen = ""\nsla = "30m"\n', encoding="utf-8")
    bench.network.post_as("mina", "@saffronheron what is the tea of today?")
    await bench.poll()
    (rules / "90-mine.toml").write_text("[[rule", encoding="utf-8")
    await bench.poll()
    assert bench.only().sla_target == 30 * MINUTE
    (rules / "90-mine.toml").unlink()
    await bench.poll()
    assert bench.only().sla_target == 4 * HOUR


async def left(bench, seconds: float = 20, **kind) -> bool:
    """Whether an engine leaves by itself, with a source that is polled each second."""
    timing = IMPATIENT._replace(linger=300)
    engine = Engine(bench.store, bench.config, by_hand=False, timing=timing, sleep=nap, **kind)
    task = asyncio.create_task(engine.run())
    done, _ = await asyncio.wait({task}, timeout=seconds)
    engine.stop()
    await task
    return bool(done)


async def test_an_engine_that_nobody_needs_leaves_though_it_polls(bench):
    bench.config = bench.config._replace(idle_exit_ms=1500)
    assert await left(bench)


async def test_an_engine_that_a_reply_started_leaves_soon_after_it(bench):
    bench.network.post_as("mina", "@saffronheron one")
    await bench.poll()
    reply = bench.holding.outbox.send(bench.only().id, "Hello")
    bench.store.write(lambda conn: conn.execute("UPDATE outgoing SET held_until = ?", (now() + 600,)))
    assert await left(bench, for_reply=True)
    assert replies.get(bench.store.read(), reply.id).status == "sent"


async def test_an_engine_that_a_reply_started_stays_for_a_screen(bench):
    """Also once the screen is closed, as long as any that a screen started."""
    bench.desk.presence.viewing(None)
    assert not await left(bench, 1.2, for_reply=True)
    bench.store.write(lambda conn: conn.execute("DELETE FROM presence"))
    timing = IMPATIENT._replace(linger=300)
    engine = Engine(bench.store, bench.config, by_hand=False, for_reply=True, timing=timing, sleep=nap)
    bench.desk.presence.viewing(None)
    assert not engine._idle()
    bench.store.write(lambda conn: conn.execute("DELETE FROM presence"))
    engine._idle_since -= 1
    assert not engine._idle()

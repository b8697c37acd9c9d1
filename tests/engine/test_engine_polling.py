"""Polling: everything once, in any order of failures."""

from __future__ import annotations

import pytest

from cminbox.desk import Close, Snooze, Spam
from cminbox.engine.loop import AnotherRuns
from cminbox.model import DAY, MINUTE, now
from cminbox.store import engine as heart
from cminbox.store import events, messages, sources


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
    assert row.edited
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
        ("401", "paused", ""),
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
    await bench.poll()
    assert len(bench.rows()) == 2
    assert sources.by_name(bench.store.read(), "brand").health == "ok"


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

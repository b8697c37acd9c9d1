"""What is said of polls that went half well, of limits, and of a clock that was set back."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from shell import cminbox, write

from cminbox import paths
from cminbox.model import HOUR, now
from cminbox.store import Store, sources
from demo_network import DemoNetwork

SECRET = "let-me-in-please"


@pytest.fixture
def network(home, monkeypatch) -> Iterator[DemoNetwork]:
    monkeypatch.setenv("CMINBOX_SECRET_BRAND", SECRET)
    with DemoNetwork(token=SECRET) as server:
        text = f'[[source]]\nname = "brand"\nnetwork = "mastodon"\nbase_url = "{server.url}"\n'
        write(paths.find().config_file, text)
        yield server


def test_a_thread_that_cannot_be_read_is_a_note_and_no_failure(network):
    above = network.post_as("ravi", "a long story")
    network.post_as("mina", "@saffronheron what do you say to this?", in_reply_to=above)
    network.fail("500", "/api/v1/statuses", times=9)
    done = cminbox("poll", "--once")
    assert (done.status, done.out) == (0, "brand: 1 new\n")
    assert "the thread above" in done.line
    (listed,) = cminbox("sources", "list", "--json").json()
    assert (listed["health"], listed["error"]) == ("ok", None)
    assert "the thread above" in listed["note"]
    assert "the thread above" in cminbox("sources", "list").out
    assert paths.find().log.read_text().count("the thread above") == 1


def test_what_was_told_is_not_told_again_by_the_next_poll(network):
    status = network.post_as("mina", "@saffronheron what do you say to this?")
    cminbox("poll", "--once")
    network.fail("500", f"/api/v1/statuses/{status}", times=9)
    assert "could not be looked at again" in cminbox("poll", "--once").line
    again = cminbox("poll", "--once")
    assert (again.status, again.err) == (0, "")
    assert "could not be looked at again" in cminbox("sources", "list", "--json").json()[0]["note"]


def test_a_test_of_a_source_keeps_the_servers_limits(network):
    cminbox("poll", "--once")
    with Store.open(paths.find().store) as store:
        row = sources.by_name(store.read(), "brand")
        store.write(lambda conn: sources.update(conn, row.id, {"limits": {"characters": 7}}))
        assert cminbox("sources", "test", "brand").status == 0
        assert sources.by_name(store.read(), "brand").limits == row.limits


def test_doctor_tells_that_a_source_is_not_read_though_it_answers(network):
    network.post_as("mina", "@saffronheron hello?")
    cminbox("poll", "--once")
    assert "at the last poll" not in cminbox("doctor").out
    network.fail("401", "/api/v1/notifications", times=9)
    cminbox("poll", "--once")
    found = cminbox("doctor").out
    assert "answers as" in found
    assert "failing at the last poll: " in found
    assert "sources login" not in found


def test_doctor_asks_sources_beside_each_other(network, monkeypatch):
    config = paths.find().config_file
    more = (config.read_text().replace('"brand"', f'"s{n}"') for n in range(12))
    config.write_text("".join(more))
    for number in range(12):
        monkeypatch.setenv(f"CMINBOX_SECRET_S{number}", SECRET)
    network.fail("slow", "/api/v1/accounts/verify_credentials", times=12, seconds=1)
    began = time.monotonic()
    done = cminbox("doctor")
    assert done.out.count("answers as") == 12
    assert time.monotonic() - began < 9


def test_doctor_tells_of_a_clock_that_was_set_back(network):
    cminbox("poll", "--once")
    assert "set back" not in cminbox("doctor", "--offline").out
    with Store.open(paths.find().store) as store:
        row = sources.by_name(store.read(), "brand")
        ahead = now() + 2 * HOUR
        store.write(lambda conn: sources.update(conn, row.id, {"last_poll_at": ahead, "next_poll_at": ahead}))
    assert "brand: polled 2h in the future" in cminbox("doctor", "--offline").out
    cminbox("poll", "--once")
    assert "set back" not in cminbox("doctor", "--offline").out

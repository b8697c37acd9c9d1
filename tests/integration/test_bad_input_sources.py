"""Networks that misbehave: the source's own line says so, the others are polled, and nothing is lost by it."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from shell import START, cminbox, lines_of, message, write

from cminbox import paths
from cminbox.model import MINUTE
from cminbox.store import Store, conversations
from cminbox.store import sources as source_rows
from demo_network import DemoNetwork

SECRET = "let-me-in-please"


@pytest.fixture
def network() -> Iterator[DemoNetwork]:
    with DemoNetwork(token=SECRET) as server:
        server.post_as("mina", "@saffronheron where is my parcel?")
        yield server


@pytest.fixture
def sources(home, monkeypatch):
    """Configures a broken source beside one that works: a file of one line."""

    def configure(url: str, secret: str | None = SECRET, more: str = "") -> None:
        lines = write(home / "lines" / "in.jsonl", lines_of(1))
        text = f'[[source]]\nname = "brand"\nnetwork = "mastodon"\nbase_url = "{url}"\n{more}\n'
        text += f'[[source]]\nname = "lines"\nnetwork = "jsonl"\npath = "{lines}"\n'
        write(paths.find().config_file, text)
        if secret is not None:
            monkeypatch.setenv("CMINBOX_SECRET_BRAND", secret)

    return configure


def refused(done, *says: str) -> None:
    """One source failed, in one line that holds these words; the other was polled all the same."""
    assert (done.status, done.out) == (3, "lines: 1 new\n"), done.err
    for words in says:
        assert words in done.line
    assert SECRET not in done.err
    with Store.open(paths.find().store) as store:
        assert [row.source for row in conversations.page(store.read(), None)] == ["lines"]


def ten_minutes_pass() -> None:
    """The time that the network named is over."""
    with Store.open(paths.find().store) as store:
        row = source_rows.by_name(store.read(), "brand")
        assert row is not None
        assert row.limited_until is not None
        until = row.limited_until - 10 * MINUTE
        store.write(lambda conn: source_rows.update(conn, row.id, {"limited_until": until}))


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("html", ("127.0.0.1",)),
        ("bad-json", ("127.0.0.1",)),
        ("500", ("127.0.0.1", "500")),
        ("429", ("127.0.0.1", "wait")),
        ("cut-before", ("127.0.0.1",)),
    ],
)
def test_a_network_that_answers_nonsense_is_told_and_asked_again_later(network, sources, fault, says):
    sources(network.url)
    network.fail(fault, times=50, seconds=600)
    refused(cminbox("poll", "--once"), *says)
    network.faults.clear()
    if fault == "429":
        early = cminbox("poll", "--once")
        assert (early.status, early.out) == (3, "lines: 0 new\n")
        assert "brand is not polled before" in early.line
        ten_minutes_pass()
    again = cminbox("poll", "--once")
    assert (again.status, again.out, again.err) == (0, "brand: 1 new\nlines: 0 new\n", "")


@pytest.mark.parametrize("fault", ["huge", "huge-gzip"])
def test_an_answer_of_a_hundred_megabytes_is_not_taken_in(network, sources, fault):
    sources(network.url)
    network.fail(fault, times=50)
    done = cminbox("poll", "--once", start=START)
    refused(done, "127.0.0.1")
    assert done.memory is not None
    assert done.memory < 250 * 1024 * 1024


def test_a_refused_secret_pauses_the_source_and_says_how_to_give_another(network, sources):
    sources(network.url, "a-wrong-secret")
    done = cminbox("poll", "--once")
    refused(done, "sources login brand")
    assert "a-wrong-secret" not in done.err
    listed = {one["name"]: one["health"] for one in cminbox("sources", "list", "--json").json()}
    assert listed == {"brand": "paused", "lines": "ok"}


def test_a_missing_secret_is_asked_for(network, sources):
    sources(network.url, None)
    refused(cminbox("poll", "--once"), "no secret is kept for it", "run: cminbox sources login brand")


def test_a_host_that_cannot_be_reached_is_named(sources):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    sources(f"http://127.0.0.1:{port}")
    refused(cminbox("poll", "--once"), f"127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('colour = "red"', ("config.toml:5", "colour")),
        ("base_url_typo = 1", ("config.toml:5", "base_url_typo")),
    ],
)
def test_an_option_that_the_network_does_not_have_is_told_with_its_line(network, sources, more, says):
    sources(network.url, more=more)
    refused(cminbox("poll", "--once"), *says)


def test_when_every_source_fails_the_poll_failed(network, sources):
    sources(network.url, None)
    done = cminbox("poll", "--once", "--source", "brand")
    assert (done.status, done.out) == (1, "")
    assert "sources login brand" in done.line


def test_bad_lines_of_a_polled_file_are_counted_and_the_log_names_them(home, sources):
    write(home / "lines" / "in.jsonl", "")
    text = lines_of(2) + "{\n" + str(message(3)) + "\n"
    sources("http://127.0.0.1:9")
    file = write(home / "lines" / "in.jsonl", text)
    done = cminbox("poll", "--once", "--source", "lines")
    assert (done.status, done.out) == (0, "lines: 2 new, 2 skipped\n")
    assert f"{file.name}:3" in done.err
    (listed,) = [one for one in cminbox("sources", "list", "--json").json() if one["name"] == "lines"]
    assert listed["health"] == "ok"
    assert f"{file.name}:3" in listed["note"]
    log = paths.find().log.read_text()
    assert f"{file.name}:3" in log
    assert f"{file.name}:4" in log

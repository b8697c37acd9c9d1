"""What every adapter must do; runs by itself on each one that is registered."""

from __future__ import annotations

import inspect
import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from contract_samples import SAMPLES, Opener, Source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loopback import Reply
from masto_world import START

from cminbox.errors import AuthError, DataError, RateLimited, Refused, Retryable, SourceError
from cminbox.model import DAY, SECOND, Message
from cminbox.sources import registry
from cminbox.sources.contract import Account, Info, Page
from cminbox.sources.glyphs import GLYPHS
from cminbox.sources.http import Client
from profiles import examples

HOSTILE = (
    "bell\x07 esc\x1b[31mRED\x1b]0;pwned\x07 c1\x9b31m del\x7f nul\x00 tab\tcr\r\nend",
    "rtl \u202eevil\u202c \u2066isolate\u2069",
    "lone \ud800 surrogate \udfff",
    "[bold red]markup[/b] [@click=app.quit]x[/] [/]",
    "zalgo " + "e" + "\u0301" * 500,
    "family 👨‍👩‍👧‍👦 क्षमा ਸ਼ੁਕਰੀਆ",
    "long " + "word " * 4000,
)
NOW = START + DAY
NETWORKS = sorted(registry.networks())


def test_every_adapter_has_a_sample() -> None:
    missing = [network for network in NETWORKS if not SAMPLES.get(network)]
    assert not missing, f"write a sample in contract_samples.py for: {', '.join(missing)}"


CASES = [(network, name) for network in NETWORKS for name in SAMPLES.get(network, {})]


@pytest.fixture(params=CASES, ids=[name for _, name in CASES])
def case(request: pytest.FixtureRequest) -> tuple[str, Opener]:
    network, name = request.param
    return network, SAMPLES[network][name]


@pytest.fixture
def adapter(case: tuple[str, Opener]) -> Any:
    return registry.load(case[0])


@pytest.fixture
def source(case: tuple[str, Opener], tmp_path: Path) -> Iterator[Source]:
    with case[1](tmp_path, 4) as opened:
        yield opened


async def poll(adapter: Any, account: Account, cursors: dict[str, str], stop: int | None = None) -> list[Page]:
    """One poll, cut after `stop` pages; the cursors of the pages that came are kept."""
    got: list[Page] = []
    async with Client(clock=lambda: NOW, tries=1, read_timeout=400, total_timeout=1000, max_bytes=2_000_000) as client:
        stream = adapter.pages(client, account, dict(cursors))
        async for page in stream:
            if stop is not None and len(got) >= stop:
                break
            got.append(page)
            cursors[page.stream] = page.cursor
        await stream.aclose()
    return got


def messages(pages: list[Page]) -> list[Message]:
    return [message for page in pages for message in page.messages]


def test_info_is_complete(adapter: Any, case: tuple[str, Opener]) -> None:
    info = adapter.INFO
    assert isinstance(info, Info)
    assert info.network == case[0]
    assert info.title
    assert re.fullmatch(r"[a-z]{2}", info.glyph)
    assert info.secret is None or len(info.secret) > 20
    assert not info.base_url or info.base_url_help
    assert all(option.help for option in info.options)
    assert info.capabilities.min_interval >= SECOND
    if info.capabilities.reply:
        assert inspect.iscoroutinefunction(adapter.send)
        assert info.capabilities.counting.limit
    if info.capabilities.find_sent:
        assert inspect.iscoroutinefunction(adapter.find_sent)
    assert bool(registry.sender(adapter)) == info.capabilities.reply


def test_glyphs_differ() -> None:
    glyphs = [registry.info(network).glyph for network in NETWORKS]
    assert glyphs == [GLYPHS[network] for network in NETWORKS]
    assert len(set(GLYPHS.values())) == len(GLYPHS)


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_parse_is_pure_and_cleans(adapter: Any, source: Source, hostile: str) -> None:
    raw = source.raw(hostile, "id-1", hostile)
    message = adapter.parse(raw, source.account)
    assert message == adapter.parse(raw, source.account)
    assert message.text
    assert len(message.text) <= 20_000
    shown = (message.author.name, message.author.handle, message.title)
    for text in (message.text, *shown):
        bad = [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
        assert not bad
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", text)
        assert "e" + "\u0301" * 20 not in text
    assert not any("\n" in text or len(text) > 500 for text in shown)
    assert message.text.isprintable() or "\n" in message.text or "\u200d" in message.text
    if "[bold" in hostile:
        assert "[@click=app.quit]x[/]" in message.text  # shown literally, not swallowed


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_junk_is_a_data_error_and_nothing_else(adapter: Any, source: Source, data: st.DataObject) -> None:
    raw: Any = data.draw(_JSON)
    good = source.raw("hello", "id-1", "ana")
    if isinstance(good, dict):
        spoilt = data.draw(st.sets(st.sampled_from(sorted(good)), min_size=1, max_size=3))
        raw = data.draw(st.just(raw) | st.just({**good, **{key: data.draw(_JSON) for key in spoilt}}))
    message, line = None, ""
    try:
        message = adapter.parse(raw, source.account)
    except DataError as error:
        line = error.line()
    assert "\n" not in line
    assert len(line) < 400
    if message is not None:
        message.text.encode()
        message.id.encode()
        assert message.id
        assert message.conversation


@pytest.mark.parametrize("own", ["0007", "9" * 40, "a/b?c=d#e", "नमस्ते", "-1", "1e5"])
def test_ids_are_kept_as_they_are(adapter: Any, source: Source, own: str) -> None:
    assert adapter.parse(source.raw("hello", own, "ana"), source.account).id == own


async def test_everything_comes_once_and_a_second_poll_brings_nothing(adapter: Any, source: Source) -> None:
    wanted = [source.add(f"message {number}") for number in range(23)]
    cursors: dict[str, str] = {}
    got = [message.id for message in messages(await poll(adapter, source.account, cursors))]
    assert sorted(got) == sorted(wanted)
    assert messages(await poll(adapter, source.account, cursors)) == []
    late = [source.add(f"later {number}") for number in range(9)]
    got = [message.id for message in messages(await poll(adapter, source.account, cursors))]
    assert sorted(got) == sorted(late)
    assert messages(await poll(adapter, source.account, cursors)) == []


async def test_an_empty_source_and_its_first_message(adapter: Any, source: Source) -> None:
    cursors: dict[str, str] = {}
    assert messages(await poll(adapter, source.account, cursors)) == []
    own = source.add("first")
    assert [message.id for message in messages(await poll(adapter, source.account, cursors))] == [own]
    assert messages(await poll(adapter, source.account, cursors)) == []


@pytest.mark.parametrize("stop", [0, 1, 2, 4])
async def test_a_cut_between_pages_loses_and_repeats_nothing(adapter: Any, source: Source, stop: int) -> None:
    wanted = [source.add(f"message {number}") for number in range(23)]
    cursors: dict[str, str] = {}
    got = messages(await poll(adapter, source.account, cursors, stop))
    wanted += [source.add(f"while cut {number}") for number in range(6)]
    got += messages(await poll(adapter, source.account, cursors, stop))
    for _ in range(2):
        got += messages(await poll(adapter, source.account, cursors))
    assert sorted(message.id for message in got) == sorted(wanted)


async def test_bad_items_are_skipped_and_counted(adapter: Any, source: Source) -> None:
    wanted = [source.add("one")]
    source.add_bad()
    wanted.append(source.add("two"))
    pages = await poll(adapter, source.account, {})
    assert [message.id for message in messages(pages) if message.id in wanted] != []
    assert {message.id for message in messages(pages)} == set(wanted)
    skipped = [error for page in pages for error in page.skipped]
    assert len(skipped) == 1
    assert isinstance(skipped[0], DataError)
    assert "\n" not in skipped[0].line()


async def test_whatever_an_item_does_to_its_adapter_costs_no_other(
    adapter: Any, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse = adapter.parse

    def fragile(raw: object, *args: Any, **more: Any) -> Message:
        message: Message = parse(raw, *args, **more)
        if "fragile" in message.text:
            raise ZeroDivisionError
        return message

    for module in list(sys.modules.values()):
        if getattr(module, "parse", None) is parse:
            monkeypatch.setattr(module, "parse", fragile)
    wanted = [source.add(text) for text in ("one", "fragile", "two")]
    cursors: dict[str, str] = {}
    pages = await poll(adapter, source.account, cursors)
    assert {message.id for message in messages(pages)} == {wanted[0], wanted[2]}
    assert len([error for page in pages for error in page.skipped]) == 1
    # It is counted once, and what comes behind it is read.
    own = source.add("three")
    pages = await poll(adapter, source.account, cursors)
    assert {message.id for message in messages(pages)} == {own}
    assert not any(page.skipped for page in pages)


async def test_hostile_texts_come_through_a_poll(adapter: Any, source: Source) -> None:
    for text in HOSTILE:
        source.add(text.replace("\x00", "").encode("utf-8", "replace").decode())
    found = messages(await poll(adapter, source.account, {}))
    for message in found:
        assert not [c for c in message.text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
    assert sum("क्षमा ਸ਼ੁਕਰੀਆ" in message.text for message in found) <= 1
    assert any("👨‍👩‍👧‍👦" in message.text for message in found)


FAULTS: list[tuple[str, Reply, type[SourceError]]] = [
    ("429", Reply(b"<html>", 429, {"retry-after": "77"}), RateLimited),
    ("500", Reply(b"", 500), Retryable),
    ("401", Reply({"error": "t0ken-s3cret is wrong"}, 401), AuthError),
    ("html", Reply(b"<!doctype html><html><body>Log in"), Retryable),
    ("broken", Reply(b'{"items": [{"id'), Retryable),
    ("huge", Reply(b" " * 2_000_001), Retryable),
    ("slow", Reply(b"[]", delay=1.5), Retryable),
    ("cut", Reply(cut=True), Retryable),
]


@pytest.mark.parametrize(("name", "fault", "kind"), FAULTS, ids=[name for name, _, _ in FAULTS])
async def test_faults_are_errors_by_what_to_do_next(
    adapter: Any, source: Source, name: str, fault: Reply, kind: type[SourceError]
) -> None:
    if not source.break_with(fault):
        pytest.skip("nothing answers over a network here")
    wanted = source.add("hello")
    cursors: dict[str, str] = {}
    with pytest.raises(kind) as got:
        await poll(adapter, source.account, cursors)
    line = got.value.line()
    assert "t0ken-s3cret" not in line
    assert "token=" not in line
    assert "\n" not in line
    assert "127.0.0.1" in line or "feed" in line
    if isinstance(got.value, RateLimited):
        assert got.value.until == NOW + 77 * SECOND
    source.break_with(None)
    assert [message.id for message in messages(await poll(adapter, source.account, cursors))] == [wanted]


@pytest.mark.parametrize("address", ["http://shop.test", "http://127.0.0.1.evil.test", "HTTP://192.168.1.4:8080/"])
async def test_no_secret_goes_to_another_machine_in_the_clear(
    adapter: Any, source: Source, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not source.account.secret:
        pytest.skip("it has no secret")

    def connect(*_: object, **__: object) -> None:
        raise AssertionError("something was sent")

    monkeypatch.setattr(httpx.AsyncClient, "stream", connect)
    account = replace(source.account, base_url=address)
    with pytest.raises(Refused, match="in the clear") as got:
        await poll(adapter, account, {})
    assert account.secret not in got.value.line()
    if adapter.INFO.has_account:
        async with Client(clock=lambda: NOW, tries=1) as client:
            with pytest.raises(Refused, match="in the clear"):
                await adapter.identify(client, account)


def test_the_secret_is_in_no_text_of_the_account(source: Source) -> None:
    if source.account.secret:
        assert source.account.secret not in repr(source.account)

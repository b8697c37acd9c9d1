"""What every adapter makes of answers: errors in the network's own words, whatever an answer holds, answers that are
lost, and secrets that a server sends back. Runs by itself on each network that is registered."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from contract_samples import SAMPLES, Opener, Source
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback import Asked, Loopback, Reply
from masto_world import START
from test_contract import CASES, NOW, messages, poll

from cminbox import config as configuration
from cminbox import paths
from cminbox.engine.loop import Engine
from cminbox.errors import AuthError, DataError, Denied, NotThere, RateLimited, Refused, Retryable, SourceError
from cminbox.model import DAY, Message
from cminbox.sources import registry
from cminbox.sources.contract import Account, Act, Outgoing, Sent
from cminbox.sources.http import Answer, Client
from cminbox.store import messages as stored_messages
from cminbox.store import sources
from profiles import examples
from stores import new_store

JUDGES = [network for network in sorted(registry.networks()) if network not in ("feed", "jsonl", "mastodon")]


def judge_of(network: str) -> Any:
    """The adapter's own judge."""
    return getattr(registry.load(network), "judge", None)


def judged(network: str, status: int, said: object, *, changes: bool = False) -> SourceError | None:
    """What the network's adapter says of an answer."""
    found: SourceError | None = judge_of(network)(
        Answer(status, {}, json.dumps(said).encode(), said, host="net.test", changes=changes, at=NOW)
    )
    return found


def google(reason: str, code: int = 403, words: str = "no") -> object:
    return {"error": {"code": code, "message": words, "errors": [{"reason": reason, "domain": "youtube.quota"}]}}


def meta(code: int, sub: int = 0, words: str = "no") -> object:
    return {"error": {"message": words, "code": code, "error_subcode": sub, "type": "OAuthException"}}


OWN_WORDS = [
    ("youtube", 403, google("quotaExceeded"), RateLimited),
    ("youtube", 403, google("commentsDisabled"), Refused),
    ("youtube", 403, google("rateLimitExceeded"), RateLimited),
    ("youtube", 404, google("commentNotFound", 404), NotThere),
    ("youtube", 401, google("authError", 401), AuthError),
    ("youtube", 200, google("backendError", 503), Retryable),
    *(
        case
        for network in ("facebook", "instagram", "threads")
        for case in (
            (network, 400, meta(4), RateLimited),
            (network, 403, meta(32), RateLimited),
            (network, 400, meta(80001), RateLimited),
            (network, 400, meta(190, 463), AuthError),
            (network, 200, meta(190), AuthError),
            (network, 400, meta(100, 33), NotThere),
            (network, 400, meta(10), Denied),
            (network, 200, meta(2), Retryable),
            (network, 500, meta(1), Retryable),
        )
    ),
    ("bluesky", 400, {"error": "ExpiredToken", "message": "Token has expired"}, AuthError),
    ("bluesky", 400, {"error": "InvalidRequest", "message": "no"}, Refused),
    ("reddit", 200, {"json": {"errors": [["RATELIMIT", "Take a break for 3 minutes", "ratelimit"]]}}, RateLimited),
    ("reddit", 200, {"json": {"errors": [["THREAD_LOCKED", "locked", "parent"]]}}, Refused),
    ("reddit", 200, {"json": {"errors": [["USER_REQUIRED", "log in", None]]}}, AuthError),
    ("wordpress", 409, {"code": "comment_duplicate", "message": "Duplicate", "data": {"status": 409}}, Refused),
    ("wordpress", 400, {"code": "comment_flood", "message": "Slow down", "data": {"status": 400}}, RateLimited),
    ("wordpress", 404, {"code": "rest_comment_invalid_id", "message": "Invalid", "data": {"status": 404}}, NotThere),
    ("linkedin", 401, {"status": 401, "code": "EXPIRED_ACCESS_TOKEN", "message": "ended"}, AuthError),
    ("linkedin", 429, {"status": 429, "code": "TOO_MANY_REQUESTS", "message": "slow"}, RateLimited),
    ("linkedin", 404, {"status": 404, "code": "NOT_FOUND", "message": "gone"}, NotThere),
    ("x", 403, {"status": 403, "detail": "You are not allowed to create a Tweet with duplicate content."}, Refused),
    ("x", 403, {"status": 403, "title": "Forbidden", "detail": "You are not permitted"}, Denied),
    ("x", 429, {"status": 429, "title": "Too Many Requests"}, RateLimited),
    ("x", 402, {"status": 402, "type": "https://api.x.com/2/problems/credits"}, RateLimited),
    ("x", 401, {"status": 401, "title": "Unauthorized"}, AuthError),
    ("tiktok", 200, {"code": 40105, "message": "Access token is incorrect or has been revoked."}, AuthError),
    ("tiktok", 200, {"code": 40100, "message": "Too many requests"}, RateLimited),
    ("tiktok", 200, {"code": 50000, "message": "System error"}, Retryable),
    ("tiktok", 200, {"code": 40002, "message": "Invalid"}, Refused),
    ("tiktok", 200, {"message": "no code"}, Retryable),
    (
        "discourse",
        429,
        {"errors": ["slow down"], "error_type": "rate_limit", "extras": {"wait_seconds": 9}},
        RateLimited,
    ),
    ("discourse", 403, {"errors": ["log in"], "error_type": "not_logged_in"}, AuthError),
    ("discourse", 422, {"action": "create_post", "errors": ["Body is too similar"]}, Refused),
    ("discourse", 404, {"errors": ["not there"], "error_type": "not_found"}, NotThere),
]


@pytest.mark.parametrize(("network", "status", "said", "kind"), OWN_WORDS)
async def test_errors_in_the_networks_own_form(
    network: str, status: int, said: object, kind: type[SourceError]
) -> None:
    with Loopback(lambda _: Reply(said, status)) as server:
        async with Client(clock=lambda: NOW, tries=1) as client:
            with pytest.raises(kind) as got:
                await client.request("GET", server.url, judge=judge_of(network))
            assert got.value.status == status
            # A dead token stops the source; what is refused for one thing does not.
            assert isinstance(got.value, AuthError) is (kind is AuthError)


async def test_what_a_server_in_trouble_was_asked_to_do_may_be_done_whatever_it_says() -> None:
    said: list[object] = [None]
    status = [500]
    with Loopback(lambda _: Reply(said[0], status[0])) as server:
        async with Client(clock=lambda: NOW, tries=1) as client:
            for network, _, said[0], kind in OWN_WORDS:
                for status[0] in (500, 502, 503):
                    if kind in (RateLimited, AuthError) or network in ("youtube", "reddit", "tiktok"):
                        continue  # it says surely that it did nothing
                    with pytest.raises(Retryable) as got:
                        await client.request("POST", server.url, judge=judge_of(network))
                    assert got.value.maybe_done


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["\x1b[31m\n", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)
_BODIES = [said for _, _, said, _ in OWN_WORDS]


def _spoilt(body: Any, at: int, junk: Any) -> Any:
    """A body with something else at one of its places."""
    body = json.loads(json.dumps(body))
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
            places.append((value, key))
            walk(value[key])

    walk(body)
    holder, key = places[at % len(places)]
    holder[key] = junk
    return body


@pytest.mark.parametrize("network", JUDGES)
@settings(max_examples=examples(80))
@given(
    status=st.sampled_from([200, 201, 204, 304, 400, 401, 403, 404, 409, 410, 422, 426, 429, 500, 502, 503]),
    changes=st.booleans(),
    body=_JSON | st.builds(_spoilt, st.sampled_from(_BODIES), st.integers(0, 30), _JSON),
)
def test_no_answer_breaks_a_judge(network: str, status: int, changes: bool, body: object) -> None:
    error = judge_of(network)(Answer(status, {}, b"", body, host="net.test", changes=changes, at=NOW))
    if error is None:
        return
    assert isinstance(error, SourceError)
    assert "\n" not in error.line()
    assert "\x1b" not in error.line()
    assert len(error.line()) < 600


@pytest.fixture(params=CASES, ids=[name for _, name in CASES])
def case(request: pytest.FixtureRequest) -> tuple[str, Opener]:
    network, name = request.param
    return network, SAMPLES[network][name]


@pytest.fixture
def adapter(case: tuple[str, Opener]) -> Any:
    return registry.load(case[0])


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> list[Loopback]:
    """The servers that a sample starts."""
    started: list[Loopback] = []
    begin = Loopback.__enter__

    def noted(server: Loopback) -> Loopback:
        started.append(server)
        return begin(server)

    monkeypatch.setattr(Loopback, "__enter__", noted)
    return started


@pytest.fixture
def source(servers: list[Loopback], case: tuple[str, Opener], tmp_path: Path) -> Iterator[Source]:
    with case[1](tmp_path, 4) as opened:
        yield opened


def secrets_of(account: Account) -> list[str]:
    """What of an account must be shown nowhere."""
    kept = account.credentials
    found = [account.secret or "", kept.access_token, kept.refresh_token, kept.client_secret, *kept.more.values()]
    found += [part for each in found for part in each.split(":") if ":" in each]
    found += ["t0ken-s3cret"] if "t0ken-s3cret" in account.base_url else []
    return [each for each in dict.fromkeys(found) if len(each) > 7 and not each.startswith(("http", "did:"))]


def echoes(secret: str) -> list[Reply]:
    """Answers that send a secret back in all the forms of the networks, inside a 200 too."""
    words = f"the token {secret} is not good"
    bodies: list[object] = [
        google("forbidden", 403, words),
        meta(100, 0, words),
        meta(10, 0, words),
        meta(2, 0, words),
        {"error": "InvalidRequest", "message": words},
        {"code": "rest_forbidden", "message": words, "data": {"status": 403}},
        {"code": secret, "message": words, "status": 400},
        {"json": {"errors": [["BAD", words, secret]]}},
        {"error": secret, "error_description": words, "detail": words, "title": words, "reason": secret},
        {"errors": [{"message": words, "code": secret}], "message": words},
        {"paging": {"next": f"https://net.test/x?access_token={secret}&after=QQ"}, "data": []},
    ]
    return [Reply(body, status) for body in bodies for status in (200, 400, 403, 500)]


async def test_a_secret_that_is_sent_back_is_shown_nowhere(
    adapter: Any, source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = secrets_of(source.account)
    if not secrets or not source.break_with(None):
        pytest.skip("there is no secret here")
    caplog.set_level(logging.DEBUG, "cminbox")
    shown: list[str] = []
    days = count(1)
    async with Client(clock=lambda: NOW + 2 * DAY * next(days), tries=1) as client:  # no pause lasts until the next
        for reply in [reply for secret in secrets for reply in echoes(secret)]:
            source.break_with(reply)
            try:
                async for page in adapter.pages(client.with_own_budgets(), source.account, {}):
                    shown.append(repr(page) + repr([each.line() for each in page.skipped]))
            except SourceError as error:
                shown += [error.line(), str(error), repr(error)]
    for text in (*shown, caplog.text):
        assert not [secret for secret in secrets if secret in text], text


async def test_no_secret_in_what_a_poll_brings(adapter: Any, source: Source, caplog: pytest.LogCaptureFixture) -> None:
    secrets = secrets_of(source.account)
    caplog.set_level(logging.DEBUG, "cminbox")
    for number in range(11):
        source.add(f"message {number}")
    source.add_bad()
    cursors: dict[str, str] = {}
    pages = await poll(adapter, source.account, cursors, 2) + await poll(adapter, source.account, cursors)
    said = repr(pages) + repr(cursors) + caplog.text
    assert not [secret for secret in secrets if secret in said]


WANTED: Mapping[str, Mapping[str, object]] = {"tiktok": {"business_id": "brand-open-id"}, "x": {"enabled": True}}
"""What a source's table says beside what its account does, before it is polled by an engine."""


async def test_no_secret_in_the_store_or_a_log(
    case: tuple[str, Opener],
    source: Source,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    account, secrets = source.account, secrets_of(source.account)
    if not secrets:
        pytest.skip("there is no secret here")
    caplog.set_level(logging.DEBUG)
    if account.secret:
        monkeypatch.setenv("CMINBOX_SECRET_" + account.source.upper(), account.secret)
    table = {"name": account.source, "network": account.network, "base_url": account.base_url, **account.options}
    lines = [
        f"{key} = {json.dumps(value)}"
        for key, value in {**table, "owned": account.owned, **WANTED.get(account.network, {})}.items()
    ]
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "config.toml").write_text("\n".join(["[[source]]", *lines, ""]))
    config = configuration.load(paths.find())
    own = source.add("where is my order")
    source.add_bad()
    with new_store(config.paths.store) as store:
        (polled,) = await Engine(store, config, clock=lambda: NOW).once()
        assert polled.error is None, polled.error.line()
        row = sources.by_name(store.read(), account.source)
        assert row is not None
        assert stored_messages.by_remote(store.read(), row.id, own) is not None
        for reply in echoes(secrets[0])[1::12]:
            source.break_with(reply)
            await Engine(store, config, clock=lambda: NOW + 3 * DAY).once()
    kept = b"".join(path.read_bytes() for path in config.paths.store.parent.iterdir() if path.is_file())
    for secret in secrets:
        assert secret.encode() not in kept
        assert secret not in caplog.text


async def test_what_is_answered_is_known_by_its_id(adapter: Any, source: Source) -> None:
    """`parent` is the id of a message, never an address or a post that is none."""
    for number in range(11):
        source.add(f"message {number}")
    found = messages(await poll(adapter, source.account, {}))
    known = {message.id for message in found}
    below = [message for message in found if message.parent is not None]
    assert {message.parent for message in below} <= known
    assert not [message for message in below if message.parent == message.id]


def _changing(asked: Asked) -> bool:
    return asked.method in ("POST", "PUT", "DELETE", "PATCH")


async def _answerable(adapter: Any, source: Source) -> Message:
    source.add("where is my order")
    found = [one for one in messages(await poll(adapter, source.account, {})) if one.answerable]
    if not found:
        pytest.skip("nothing can be answered here")
    return found[0]


async def _tried(work: Any) -> Any:
    """What became of a try: its result, or its error."""
    async with Client(clock=lambda: NOW, tries=1) as client:
        try:
            return await work(client)
        except SourceError as error:
            return error


@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
async def test_a_reply_whose_answer_is_lost_is_found_or_unknown(
    adapter: Any, source: Source, servers: list[Loopback], done: bool, after: int
) -> None:
    """Whichever request that changes something is cut, before it is carried out or behind it."""
    if registry.sender(adapter) is None or not servers:
        pytest.skip("there are no replies")
    parent = await _answerable(adapter, source)
    outgoing = Outgoing("key-1-abcdefghij", "It is on its way.", parent.conversation, parent, sent_before=START)
    (server,) = servers
    world, seen = server.handle, 0

    def handle(asked: Asked) -> Reply:
        """With the clock of the client, or what was sent a minute ago would be years ago."""
        reply = world(asked)
        return replace(
            reply, headers={"date": format_datetime(datetime.fromtimestamp(NOW / 1000, UTC), True), **reply.headers}
        )

    def losing(asked: Asked) -> Reply:
        nonlocal seen
        if _changing(asked):
            seen += 1
            if seen == after + 1:
                if done:
                    handle(asked)
                return Reply(cut=True)
        return handle(asked)

    server.handle = losing
    first = await _tried(lambda client: adapter.send(client, source.account, outgoing))
    server.handle = handle
    if seen <= after:
        pytest.skip("it takes fewer requests")
    if isinstance(first, SourceError):
        assert isinstance(first, Retryable), first.line()
    said = await _tried(lambda client: adapter.find_sent(client, source.account, outgoing))
    stands = _standing(adapter, source, outgoing, await poll(adapter, source.account, {}))
    assert stands <= 1
    if isinstance(first, Sent) or (isinstance(first, Retryable) and first.maybe_done):
        assert not (stands and said is None), "it stands there and the look-up says that it does not"
    else:
        assert not stands, "it stands there, and the error says that it was surely not done"
    if isinstance(said, Sent) and stands:
        assert said.conversation == outgoing.conversation


def _standing(adapter: Any, source: Source, outgoing: Outgoing, pages: Any) -> int:
    """How often a reply stands there, as the next poll reads it back."""
    return sum(
        one.direction == "out" and outgoing.text in one.text for one in messages(pages) if isinstance(one, Message)
    )


_WHOLE = (None, "")
"""What `act` says where nothing of it was left undone."""


async def test_each_verb_and_its_undo_are_read_back(adapter: Any, source: Source, servers: list[Loopback]) -> None:
    """A second time it is the same, or is refused and stands there."""
    if registry.actor(adapter) is None or not servers:
        pytest.skip("there are no verbs")
    for verb, info in adapter.INFO.capabilities.verbs.items():
        message = await _answerable(adapter, source)
        if not info.others or (message.can is not None and verb not in message.can):
            continue
        act = Act(f"key-{verb}", verb, message, reason="spam")
        for wanted in (act, replace(act, key=f"undo-{verb}", undo=True)) if info.undo else (act,):
            for again in range(2 if info.repeatable else 1):
                done = await _tried(lambda client, wanted=wanted: adapter.act(client, source.account, wanted))
                assert done in _WHOLE or (again and isinstance(done, Refused)), (verb, wanted.undo, done)
            stands = await _tried(lambda client, wanted=wanted: adapter.acted(client, source.account, wanted))
            # What a network never says is looked up in vain: it is repeated where that is the same, or stays unknown.
            unsaid = isinstance(stands, Refused) and (info.repeatable or not info.undo)
            assert stands is True or unsaid, (verb, wanted.undo, stands)
            await _is_shown(adapter, source, wanted)


async def _is_shown(adapter: Any, source: Source, act: Act) -> None:
    """What was done shows in what is read afterwards, or the network does not say it: it never says the contrary."""
    watched = replace(source.account, watch=(act.message.id,))
    read = [one for one in messages(await poll(adapter, watched, {})) if one.id == act.message.id]
    for one in read:
        if act.verb == "hide":
            assert one.hidden is None or (one.hidden or one.held) is not act.undo, (act.verb, act.undo, one)
        elif act.verb in ("like", "boost", "pin"):
            assert one.done is None or (act.verb in one.done) is not act.undo, (act.verb, act.undo, one)


@pytest.mark.parametrize("own", [2**53 + 1, 2**63 + 1, 10**30 + 7])
def test_an_id_that_is_a_number_loses_no_digit(adapter: Any, source: Source, own: int) -> None:
    raw: Any = source.raw("hello", str(own), "ana")
    number = json.loads(json.dumps(raw).replace(f'"{own}"', str(own))) if isinstance(raw, dict) else None
    if number is None or number == raw:
        pytest.skip("an id is in no JSON here")
    with suppress(DataError):  # an id is text there
        kept = adapter.parse(number, source.account).id
        assert str(own) in kept or str(own)[:9] not in kept


def _less(value: Any, own: str) -> Any:
    """JSON without the items of lists that are this one."""
    if isinstance(value, dict):
        return {key: _less(each, own) for key, each in value.items()}
    if not isinstance(value, list):
        return value
    return [_less(each, own) for each in value if not (isinstance(each, dict) and own in _names(each))]


def _names(item: dict[str, Any]) -> set[str]:
    """What an item of a list may be called."""
    inner = [each for key in ("status", "data", "comment", "snippet") if isinstance(each := item.get(key), dict)]
    return {str(each[key]) for each in (item, *inner) for key in _KEYS if key in each}


_KEYS = ("id", "uri", "name", "$URN", "comment_id", "message_id")


async def test_what_is_not_listed_any_more_is_not_deleted_and_stops_nothing(
    adapter: Any, source: Source, servers: list[Loopback]
) -> None:
    """Absence proves nothing; the newest known item may be away, on the page where the next poll looks for it."""
    if not servers or not source.break_with(None):
        pytest.skip("nothing answers over a network here")
    known = [source.add(f"message {number}") for number in range(7)]
    cursors: dict[str, str] = {}
    assert {one.id for one in messages(await poll(adapter, source.account, cursors))} == set(known)
    (server,) = servers
    world = server.handle

    def shorter(asked: Asked) -> Reply:
        reply = world(asked)
        try:
            body = json.loads(reply.data)
        except ValueError:
            return reply
        return replace(reply, body=_less(body, known[-1]))

    server.handle = shorter
    pages = await poll(adapter, source.account, cursors)
    later = [source.add(f"later {number}") for number in range(3)]
    pages += await poll(adapter, source.account, cursors)
    pages += await poll(adapter, source.account, cursors)
    found = [one.id for one in messages(pages) if one.direction == "in"]
    assert set(later) <= set(found)
    assert not set(found) & set(known) - {known[-1]}
    assert len(found) == len(set(found))
    assert not [own for page in pages for own in page.deleted]


async def test_a_deletion_is_done_only_where_the_rest_can_still_be_seen(
    adapter: Any, source: Source, servers: list[Loopback]
) -> None:
    """Who may see nothing any more is told of everything that it is not there."""
    info = adapter.INFO.capabilities.verbs.get("delete")
    if info is None or not info.others or not servers:
        pytest.skip("nothing of others can be deleted here")
    message = await _answerable(adapter, source)
    if message.can is not None and "delete" not in message.can:
        pytest.skip("this one cannot be deleted")
    (server,) = servers
    if source.account.network not in ("facebook", "instagram", "threads"):
        pytest.skip("the network has words of its own for what may not be seen")
    world, server.handle = server.handle, lambda asked: Reply(meta(100, 33), 400)
    act = Act("k", "delete", message, reason="spam")
    assert isinstance(await _tried(lambda client: adapter.acted(client, source.account, act)), NotThere)
    server.handle = world
    assert await _tried(lambda client: adapter.act(client, source.account, act)) in _WHOLE
    assert await _tried(lambda client: adapter.acted(client, source.account, act)) is True

"""What is particular to Bluesky: its errors, threads, keys, bytes, and what stands in records of ours."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest
from bluesky_world import ME, PASSWORD, POST, START, World, at, error
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loopback import Loopback, Reply
from polled import Polled
from spoilt import JUNK, places, spoil, spoilt_answer

from cminbox.errors import AuthError, DataError, Denied, NotThere, RateLimited, Refused, Retryable, SourceError
from cminbox.model import DAY, HOUR, MINUTE, SECOND, Message, Verb
from cminbox.sources.contract import Account, Act, Outgoing, Sent, Unsure
from cminbox.sources.http import Answer
from cminbox.sources.networks import bluesky
from cminbox.sources.networks.bluesky import api, writing
from cminbox.sources.networks.bluesky.post import parse
from profiles import examples

NOW = START + DAY


@dataclass
class Care(Polled):
    """Our account on a world, polled."""

    world: World
    now: int = NOW


@pytest.fixture
def care() -> Iterator[Care]:
    world = World()
    with Loopback(world.handle) as server:
        secret = json.dumps({"access_token": "t0ken-s3cret", "refresh_token": "r3fresh", "handle": "brand.test"})
        world.refreshes.add("r3fresh")
        yield Care(world, Account("care", "bluesky", server.url, secret=secret, account_id=ME))


def outgoing(parent: Message, text: str = "Thank you", key: str = "k1", **more: Any) -> Outgoing:
    return Outgoing(key, text, parent.conversation, parent, "en-GB", sent_before=NOW - MINUTE, **more)


# What an answer means

ERRORS: list[tuple[int, Any, type[SourceError] | None]] = [
    (400, {"error": "ExpiredToken", "message": "Token has expired"}, AuthError),
    (400, {"error": "InvalidToken", "message": "Token could not be verified"}, AuthError),
    (401, {"error": "AuthMissing", "message": "Authentication Required"}, AuthError),
    (401, {"error": "AccountDeactivated", "message": "x"}, AuthError),
    (400, {"error": "NotFound", "message": "Post not found"}, NotThere),
    (400, {"error": "RecordNotFound", "message": "Could not locate record"}, NotThere),
    (400, {"error": "InvalidSwap", "message": "x"}, Retryable),
    (403, {"error": "Forbidden", "message": "x"}, Denied),
    (400, {"error": "InvalidRequest", "message": "grapheme too big (maximum 300, got 301)"}, Refused),
    (500, {"error": "InternalServerError", "message": "Internal Server Error"}, None),
    (502, {"error": "UpstreamFailure", "message": "x"}, None),
    (500, {"error": "ExpiredToken", "message": "x"}, None),
    (429, {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, None),
    (404, None, None),
    (200, {"error": "ExpiredToken", "posts": []}, None),
]


@pytest.mark.parametrize(("status", "data", "kind"), ERRORS, ids=range(len(ERRORS)))
def test_an_answer_is_judged_by_its_code(status: int, data: Any, kind: type[SourceError] | None) -> None:
    found = bluesky.judge(Answer(status, {}, data=data, host="pds.test"))
    assert type(found) is (kind or type(None))


def test_what_a_server_repeats_of_a_secret_is_not_shown() -> None:
    said = f"bad eyJhbGciOiJI.eyJzY29wZSI6.c2ln for {PASSWORD}"
    found = bluesky.judge(Answer(400, {}, data={"error": "InvalidRequest", "message": said}, host="pds.test"))
    assert found is not None
    assert "eyJ" not in found.message
    assert PASSWORD not in found.message


async def test_a_dead_session_is_an_auth_error_whatever_its_status(care: Care) -> None:
    care.world.tokens.clear()
    with pytest.raises(AuthError):
        await care.poll()


async def test_a_limit_says_until_when(care: Care) -> None:
    reset = {"ratelimit-remaining": "0", "ratelimit-reset": str((NOW + 90 * SECOND) // 1000)}
    care.world.fault = Reply({"error": "RateLimitExceeded", "message": "x"}, 429, reset)
    with pytest.raises(RateLimited) as got:
        await care.poll()
    assert got.value.until == NOW + 90 * SECOND


# Sessions


async def test_a_login_gives_credentials_that_log_in_again(care: Care) -> None:
    [login] = bluesky.INFO.logins
    assert [each.name for each in login.fields if each.secret] == ["password"]
    async with care.client() as client:
        made = await bluesky.begin_login(client, care.account, login, {"handle": " @Brand.test", "password": PASSWORD})
        assert made.expires_at == NOW + 2 * HOUR
        assert made.more["did"] == ME
        assert PASSWORD not in repr(made)
        account = replace(care.account, secret=made.dump())
        renewed = await bluesky.refresh(client, account)
        assert care.world.calls[-1].endswith("refreshSession")
        assert renewed.access_token != made.access_token
        assert renewed.refresh_token != made.refresh_token
        # The old one has ended now: the app password makes a new session.
        again = await bluesky.refresh(client, account)
        assert care.world.calls[-1].endswith("createSession")
        assert (await bluesky.identify(client, replace(account, secret=again.dump()))).handle == "brand.test"
        with pytest.raises(AuthError, match="AuthenticationRequired"):
            await bluesky.begin_login(client, care.account, login, {"handle": "brand.test", "password": "wrong"})
        with pytest.raises(Refused):
            await bluesky.begin_login(client, care.account, login, {"handle": "", "password": ""})


@pytest.mark.parametrize(
    ("named", "kept"), [("https://mushroom.test/", "https://mushroom.test"), ("http://a.test", "")]
)
async def test_a_login_keeps_the_server_that_the_account_lives_on(care: Care, named: str, kept: str) -> None:
    services = [{"id": "#other", "serviceEndpoint": "https://x.test"}, {"id": "#atproto_pds", "serviceEndpoint": named}]
    made = {"accessJwt": "a.b.c", "refreshJwt": "d", "did": ME, "didDoc": {"service": services}}
    care.world.faults["com.atproto.server.createSession"] = Reply(made)
    async with care.client() as client:
        found = await api.logged_in(client, care.account, "brand.test", PASSWORD)
    assert found.more.get("pds", "") == kept
    assert found.expires_at == NOW + 2 * HOUR


async def test_failed_logins_count(care: Care) -> None:
    care.world.logins = 30
    async with care.client() as client:
        with pytest.raises(RateLimited) as got:
            await api.logged_in(client, care.account, "brand.test", "wrong")
    assert got.value.until == NOW + 255 * SECOND


@pytest.mark.parametrize(
    "secret",
    [
        json.dumps({"handle": "brand.test", "password": PASSWORD}),
        json.dumps({"identifier": "@brand.test", "app_password": PASSWORD}),
        f"brand.test:{PASSWORD}",
    ],
)
async def test_what_was_typed_has_no_session_and_gets_one(care: Care, secret: str) -> None:
    account = replace(care.account, secret=secret)
    async with care.client() as client:
        with pytest.raises(AuthError):
            await bluesky.identify(client, account)
        made = await bluesky.refresh(client, account)
        assert (await bluesky.identify(client, replace(account, secret=made.dump()))).id == ME
    assert "com.atproto.server.getSession" in care.world.calls[-1]


async def test_a_lost_session_of_a_bare_token_needs_a_person(care: Care) -> None:
    async with care.client() as client:
        with pytest.raises(AuthError):
            await bluesky.refresh(client, replace(care.account, secret="e30.e30.c2ln"))


def test_the_server_is_the_one_that_the_login_named() -> None:
    named = json.dumps({"access_token": "a", "refresh_token": "b", "pds": "https://mushroom.test"})
    assert api.base(Account("care", "bluesky")) == "https://bsky.social"
    assert api.base(Account("care", "bluesky", secret=named)) == "https://mushroom.test"
    assert api.base(Account("care", "bluesky", "pds.test/", secret=named)) == "https://pds.test"


# Threads


async def test_below_a_post_of_ours_the_first_that_is_not_ours_is_the_conversation(care: Care) -> None:
    world = care.world
    root = world.post(ME, "new tea")
    more = world.post(ME, "and more", root)
    comment = world.post("alice", "how much?", more)
    ours = world.post(ME, "5 euros", comment)
    back = world.post("alice", "thanks", ours)
    third = world.post("meera", "me too", back)
    other = world.post("meera", "nice", root)
    got = await care.messages()
    assert {got[each].conversation for each in (comment, ours, back, third)} == {comment}
    assert got[other].conversation == other
    assert [got[each].kind for each in (comment, back, other)] == ["comment", "reply", "comment"]
    assert [got[each].direction for each in (root, more, comment, ours)] == ["out", "out", "in", "out"]
    assert got[back].parent == ours
    assert got[back].extra["root"] == root
    assert not await care.messages()
    late = world.post("alice", "one more", third)
    assert {own: each.conversation for own, each in (await care.messages()).items()} == {late: comment}


def label(word: str, src: str = "did:plc:labeler", **more: Any) -> dict[str, Any]:
    return {"src": src, "uri": "at://x", "val": word, "cts": "2025-06-01T00:00:00Z", **more}


async def test_what_labelers_say_of_a_post_and_of_its_author_is_kept(care: Care) -> None:
    root = care.world.post(ME, "new tea")
    rude, fine = care.world.post("alice", "rude", root), care.world.post("meera", "nice", root)
    care.world.labels[rude] = [
        label("intolerant"),
        label("intolerant", "did:plc:another"),
        label("rude", neg=True),
        label("threat", exp="2020-01-01T00:00:00Z"),
        label("sexual", "did:plc:alice"),
        label("!hide", "did:plc:alice"),
        {"val": 7},
    ]
    care.world.labels["did:plc:alice"] = [label("scam"), label("!no-unauthenticated", "did:plc:alice")]
    got = await care.messages()
    assert got[rude].extra["labelled"] == "intolerant, sexual, author: scam"
    assert not got[rude].hidden
    assert "labelled" not in got[fine].extra
    care.world.labels[rude] = [label("!hide")]
    again = (await care.messages(watch=(rude,)))[rude]
    assert (again.hidden, again.extra["labelled"]) == (True, "!hide, author: scam")


def chosen(*labelers: Any) -> list[Any]:
    """The preferences of an account that chose some labelers, among others that are none of our business."""
    return [
        {"$type": "app.bsky.actor.defs#personalDetailsPref", "birthDate": "1990-01-01T00:00:00Z"},
        "no object",
        {"$type": "app.bsky.actor.defs#labelersPref", "labelers": [{"did": each} for each in labelers]},
        {"$type": "app.bsky.actor.defs#labelersPref", "labelers": None},
    ]


async def test_the_labelers_that_the_account_chose_are_asked_too(care: Care) -> None:
    mine = "did:plc:mylabeler"
    post = care.world.post("alice", "hello", notify="mention")
    care.world.labels[post] = [label("rude"), label("spider", mine), label("noise", "did:plc:nobody")]
    assert (await care.messages())[post].extra["labelled"] == "rude"
    # What was chosen is read again after some hours; the server's own are asked for with them, as they were.
    care.world.preferences = chosen(
        mine, 7, "did:plc:labeler", "no did\r\nx: y", *(f"did:web:l{n}.test" for n in range(30))
    )
    assert (await care.messages(watch=(post,)))[post].extra["labelled"] == "rude"
    care.now += 6 * HOUR
    assert (await care.messages(watch=(post,)))[post].extra["labelled"] == "rude, spider"
    asked = [each.headers.get("atproto-accept-labelers", "") for each in care.world.asked if "getPosts" in each.path]
    assert asked[-1].startswith("did:plc:labeler;redact, did:plc:another, did:plc:mylabeler, did:web:l0.test, ")
    assert asked[-1].count(",") == 19
    # Where nobody can say what was chosen it stays as it was.
    care.now += 6 * HOUR
    care.world.faults["app.bsky.actor.getPreferences"] = error("InvalidRequest", "x")
    assert (await care.messages(watch=(post,)))[post].extra["labelled"] == "rude, spider"
    care.world.preferences = []
    care.now += HOUR
    assert (await care.messages(watch=(post,)))[post].extra["labelled"] == "rude"
    assert sum(each == "app.bsky.actor.getPreferences" for each in care.world.calls) == 4


@pytest.mark.parametrize("junk", [None, 7, "x", [None], [{"$type": 7}], {"a": []}])
async def test_preferences_that_cannot_be_read_choose_nobody(care: Care, junk: Any) -> None:
    care.world.preferences = junk
    post = care.world.post("alice", "hello", notify="mention")
    assert set(await care.messages()) == {post}
    assert all("atproto-accept-labelers" not in each.headers for each in care.world.asked)


async def test_a_server_that_does_not_name_its_labelers_is_asked_for_blueskys(care: Care) -> None:
    care.world.usual_labelers, care.world.preferences = "", chosen("did:plc:mylabeler")
    care.world.post("alice", "hello", notify="mention")
    await care.messages()
    asked = [each.headers.get("atproto-accept-labelers", "") for each in care.world.asked if "getPosts" in each.path]
    assert asked == ["did:plc:ar7c4by46qjdydhdevvrndac;redact, did:plc:mylabeler"]


async def test_elsewhere_the_thread_is_the_conversation(care: Care) -> None:
    theirs = care.world.post("alice", "a thread", notify=False)
    one = care.world.post("meera", "ask @brand.test", theirs, notify="mention")
    ours = care.world.post(ME, "here", one)
    two = care.world.post("meera", "thanks", ours)
    got = await care.messages()
    assert {got[each].conversation for each in (one, ours, two)} == {theirs}
    assert got[one].kind == "mention"
    assert got[two].kind == "reply"
    assert got[one].post is not None
    assert got[one].post.id == theirs


async def test_an_answer_to_what_is_gone_comes_all_the_same(care: Care) -> None:
    root = care.world.post(ME, "hello")
    gone = care.world.post("alice", "first", root, notify=False)
    left = care.world.post("meera", "second", gone)
    care.world.records.pop(gone)
    got = await care.messages()
    assert got[left].conversation == gone
    assert got[left].parent == gone


async def test_an_old_post_of_ours_is_read_back_with_a_new_answer(care: Care) -> None:
    root = care.world.post(ME, "forty days ago")
    care.world.records[root]["at"] = care.world.records[root]["value"]["createdAt"] = at(START - 40 * DAY)
    await care.poll()
    care.world.faults["app.bsky.feed.getAuthorFeed"] = Reply({"feed": []})
    care.cursors.clear()
    late = care.world.post("alice", "still there?", root)
    got = await care.messages()
    assert set(got) == {late, root}
    assert got[root].direction == "out"


async def test_answers_that_no_notification_came_for_are_found(care: Care) -> None:
    root = care.world.post(ME, "hello")
    comment = care.world.post("alice", "level 0", root)
    await care.poll()
    deep = comment
    for number in range(8):
        deep = care.world.post("alice", f"level {number + 1}", deep, notify=number < 4)
    quiet = care.world.post("meera", "muted words", root, notify=False)
    got: dict[str, Message] = {}
    for _ in range(3):
        care.now += 5 * MINUTE
        got |= await care.messages()
    assert deep in got
    assert got[deep].conversation == comment
    assert got[quiet].conversation == quiet
    assert not await care.messages()


async def test_threads_are_found_in_turn_however_much_we_write(care: Care) -> None:
    old = [care.world.post(ME, f"post {number}") for number in range(60)]
    await care.poll()
    elsewhere = care.world.post("alice", "x", notify=False)
    for number in range(100):
        care.world.post(ME, f"answer {number}", elsewhere)
    care.now += 5 * MINUTE
    await care.poll()
    quiet = care.world.post("meera", "unheard", old[3], notify=False)
    got: set[str] = set()
    for _ in range(4):
        care.now += 5 * MINUTE
        got |= set(await care.messages())
    assert quiet in got


async def test_a_thread_that_everybody_answers_is_not_read_with_each_poll(care: Care) -> None:
    root = care.world.post(ME, "everybody's talk")
    await care.poll()
    for number in range(10):
        care.world.post("alice", f"answer {number}", root)
        care.now += MINUTE
        assert len(await care.messages()) == 1
    assert sum(call.endswith("getPostThread") for call in care.world.calls) <= 3


async def test_a_stranger_s_address_costs_no_other_message(care: Care) -> None:
    root = care.world.post(ME, "hello")
    above = {"uri": "at://did:plc:x/not an address", "cid": "c"}
    below = {"uri": root, "cid": care.world.records[root]["cid"]}
    bad = care.world.post("alice", "bad", notify="reply", reply={"root": below, "parent": above})
    odd = {"uri": f"at://did:plc:brand/{POST}/$$$", "cid": "c"}
    worse = care.world.post("alice", "worse", notify="reply", reply={"root": odd, "parent": odd})
    good = care.world.post("alice", "good", root)
    pages = await care.poll()
    got = {message.id: message for page in pages for message in page.messages}
    assert good in got
    assert got[worse].parent == odd["uri"]
    assert bad not in got
    assert sum(len(page.skipped) for page in pages) == 1


async def test_our_own_list_failing_stops_nothing(care: Care) -> None:
    own = care.world.post("alice", "hey @brand.test")
    care.world.faults["app.bsky.feed.getAuthorFeed"] = error("UpstreamFailure", "x", 502)
    pages = await care.poll()
    assert own in {message.id for page in pages for message in page.messages}
    assert any("our own posts could not be read" in note for page in pages for note in page.notes)


async def test_a_post_of_somebody_else_that_we_repost_is_none_of_ours() -> None:
    world = World()
    theirs = world.post("alice", "theirs", notify=False)
    feed = [
        {
            "post": world.view(theirs),
            "reason": {"$type": "app.bsky.feed.defs#reasonRepost", "indexedAt": at(START + HOUR)},
        }
    ]

    def handle(asked: Any) -> Reply:
        return Reply({"feed": feed}) if asked.path.endswith("getAuthorFeed") else world.handle(asked)

    with Loopback(handle) as server:
        care = Care(world, Account("care", "bluesky", server.url, secret="t0ken-s3cret", account_id=ME))
        assert not await care.messages()


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_a_cursor_that_was_spoilt_stops_nothing(care: Care, data: st.DataObject) -> None:
    if not care.world.records:
        root = care.world.post(ME, "hello")
        care.world.post("alice", "hi", root)
        care.world.say("did:plc:alice", "hi")
        await care.poll()
    kept = {stream: json.loads(cursor) for stream, cursor in care.cursors.items()}
    spoil(kept, data.draw(st.sampled_from(places(kept))), data.draw(JUNK))
    cursors = {stream: json.dumps(cursor) for stream, cursor in kept.items()}
    await Care(care.world, care.account, cursors, NOW + HOUR).poll()


@settings(max_examples=examples(20), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(junk=JUNK, number=st.integers(0, 10_000), which=st.integers(0, 12))
async def test_a_spoilt_answer_is_an_error_by_what_to_do_next_or_costs_an_item(
    care: Care, junk: Any, number: int, which: int
) -> None:
    if not care.world.records:
        root = care.world.post(ME, "hello")
        care.world.post("alice", "hi", care.world.post("alice", "hey", root))
        care.world.say("did:plc:alice", "hi")
    asked = 0

    def handle(request: Any) -> Reply:
        nonlocal asked
        asked += 1
        reply = care.world.handle(request)
        return spoilt_answer(reply, number, junk) if asked == which + 1 else reply

    with Loopback(handle) as server:
        account = replace(care.account, base_url=server.url, account_id="" if which == 0 else ME)
        with suppress(SourceError):
            await Care(care.world, account).poll(watch=tuple(care.world.records))


# What a person sees


def view(text: str = "hi", **more: Any) -> dict[str, Any]:
    world = World()
    return {**world.view(world.post("alice", text)), **more}


def test_a_link_says_where_it_leads() -> None:
    text = "🍵 see example.com/long… and my bank"
    start, bank = len("🍵 see ".encode()), len("🍵 see example.com/long… and ".encode())
    end = start + len("example.com/long…".encode())
    raw = view(text)
    raw["record"]["facets"] = [
        link(start, end, "https://example.com/long/way"),
        link(bank, bank + len("my bank"), "https://evil.test/x"),
        link(1, 3, "https://half.test"),  # within a letter
        link(5, 999, "https://beyond.test"),
        {"index": 7, "features": "x"},
    ]
    assert parse(raw, Account("care", "bluesky")).text == f"{text} (https://evil.test/x)"


def link(start: int, end: int, uri: str) -> dict[str, Any]:
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": uri}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


def test_embeds_are_attachments() -> None:
    shown = {
        "$type": "app.bsky.embed.recordWithMedia#view",
        "media": {
            "$type": "app.bsky.embed.images#view",
            "images": [{"fullsize": "https://cdn.test/1", "alt": "a cup\n\x1b[31m"}, {"thumb": "javascript:1"}],
        },
        "record": {
            "record": {
                "$type": "app.bsky.embed.record#viewRecord",
                "uri": f"at://did:plc:meera/{POST}/3kaaaaaaaaaa2",
                "author": {"handle": "meera.test"},
                "value": {"text": "quoted words"},
            }
        },
    }
    pictures = parse(view(embed=shown), Account("care", "bluesky")).attachments
    assert [each.kind for each in pictures] == ["picture", "picture", "file"]
    assert pictures[0].address == "https://cdn.test/1"
    assert pictures[0].alt == "a cup [31m"
    assert pictures[1].address == ""
    assert pictures[2].alt == "@meera.test: quoted words"
    assert pictures[2].address == "https://bsky.app/profile/did:plc:meera/post/3kaaaaaaaaaa2"
    film = {"$type": "app.bsky.embed.video#view", "playlist": "https://video.test/1.m3u8", "alt": "a film"}
    [found] = parse(view(embed=film), Account("care", "bluesky")).attachments
    assert (found.kind, found.address, found.alt) == ("film", "https://video.test/1.m3u8", "a film")
    gone = {"$type": "app.bsky.embed.record#view", "record": {"$type": "x#viewNotFound", "uri": "at://did:a:b/x.y/z"}}
    [found] = parse(view(embed=gone), Account("care", "bluesky")).attachments
    assert found.gone
    card = {"$type": "app.bsky.embed.external#view", "external": {"uri": "https://a.test/", "title": "A page"}}
    [found] = parse(view(embed=card), Account("care", "bluesky")).attachments
    assert (found.kind, found.address, found.alt) == ("file", "https://a.test/", "A page")


def test_a_notification_alone_has_its_picture_too() -> None:
    raw = view()
    blob = {"$type": "blob", "ref": {"$link": "bafkreihhsjzts3hcnt"}, "mimeType": "image/jpeg"}
    raw["record"]["embed"] = {"$type": "app.bsky.embed.images", "images": [{"alt": "tea", "image": blob}]}
    [found] = parse(raw, Account("care", "bluesky")).attachments
    assert found.address == "https://cdn.bsky.app/img/feed_fullsize/plain/did:plc:alice/bafkreihhsjzts3hcnt@jpeg"
    assert found.alt == "tea"


@given(data=st.data())
def test_whatever_a_part_of_a_post_is_it_costs_that_post_at_most(data: st.DataObject) -> None:
    world = World()
    root = world.post(ME, "x")
    raw = world.view(world.post("alice", "hello there", root, langs=["en"]))
    raw["record"]["facets"] = [link(0, 5, "https://a.test")]
    raw["embed"] = {
        "$type": "app.bsky.embed.recordWithMedia#view",
        "media": {"$type": "app.bsky.embed.images#view", "images": [{"fullsize": "https://c.test/1", "alt": "a"}]},
        "record": {"record": {"uri": root, "author": {"handle": "a.test"}, "value": {"text": "q"}}},
    }
    raw = json.loads(json.dumps(raw))
    spoil(raw, data.draw(st.sampled_from(places(raw))), data.draw(JUNK))
    with suppress(DataError):
        message = parse(raw, Account("care", "bluesky", account_id=ME), fetched_at=NOW)
        assert message.id
        assert not [c for c in message.text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
        assert all(each.address == "" or each.address.startswith("http") for each in message.attachments)
        assert all(isinstance(value, str) for value in message.extra.values())


def test_times_that_cannot_be_are_those_of_the_network() -> None:
    raw = view()
    raw["record"]["createdAt"] = "9999-01-01T00:00:00Z"
    raw["indexedAt"] = at(NOW - HOUR)
    assert parse(raw, Account("care", "bluesky"), fetched_at=NOW).created_at == NOW - HOUR
    raw["record"]["createdAt"] = "0001-01-01T00:00:00Z"
    message = parse(raw, Account("care", "bluesky"), fetched_at=NOW)
    assert message.created_at == NOW - HOUR


def test_what_can_be_done_with_a_message() -> None:
    account = Account("care", "bluesky", account_id=ME)
    world = World()
    root = world.post(ME, "x")
    ours, theirs = parse(world.view(root), account), parse(world.view(world.post("alice", "y", root)), account)
    assert ours.can == {"like", "boost", "delete", "pin"}
    assert theirs.can == {"like", "boost", "block", "mute", "report-spam", "hide"}
    assert parse(world.view(world.post("alice", "y")), account).can == theirs.can - {"hide"}
    world.replies_off.add(theirs.id)
    assert not parse(world.view(theirs.id), account).answerable


# Answers


async def test_a_reply_stands_there_once_however_often_it_is_sent(care: Care) -> None:
    root = care.world.post(ME, "hello")
    comment = care.world.post("alice", "how much?", root)
    parent = (await care.messages())[comment]
    care.world.lost.add("com.atproto.repo.putRecord")
    reply = outgoing(parent, "5 €, see https://a.test/x.")
    async with care.client() as client:
        assert await bluesky.find_sent(client, care.account, reply) is None
        with pytest.raises(Retryable) as got:
            await bluesky.send(client, care.account, reply)
        assert got.value.maybe_done
        sent = await bluesky.find_sent(client, care.account, reply)
        assert isinstance(sent, Sent)
        assert await bluesky.send(client, care.account, reply) == sent
        # What was read of the message meanwhile changes nothing.
        later = replace(reply, parent=parent._replace(created_at=7, extra={}), sent_before=NOW)
        assert (await bluesky.send(client, care.account, later)).id == sent.id
    written = [each["value"] for each in care.world.records.values() if each["value"]["text"].startswith("5 €")]
    assert len(written) == 1
    cids = {uri: each["cid"] for uri, each in care.world.records.items()}
    assert written[0]["reply"] == {
        "root": {"uri": root, "cid": cids[root]},
        "parent": {"uri": comment, "cid": cids[comment]},
    }
    assert written[0]["langs"] == ["en"]
    read = (await care.messages())[sent.id]
    assert read.direction == "out"
    assert read.conversation == comment
    assert bluesky.is_sent(reply, read)
    assert not bluesky.is_sent(replace(reply, key="k2"), read)
    assert sent.url.startswith("https://bsky.app/profile/did:plc:brand/post/3")


async def test_what_is_like_a_reply_and_is_not_it_is_unsure(care: Care) -> None:
    own = care.world.post("alice", "how much?")
    reply = outgoing((await care.messages())[own])
    uri = f"at://{ME}/{POST}/{writing.reply_key(reply)}"
    care.world.write(uri, {"text": "somebody else's words", "createdAt": at(NOW)})
    async with care.client() as client:
        assert await bluesky.find_sent(client, care.account, reply) == Unsure(
            uri, "somebody else's words", f"https://bsky.app/profile/{ME}/post/{writing.reply_key(reply)}"
        )


async def test_a_look_up_says_nothing_where_it_cannot_look(care: Care) -> None:
    own = care.world.post("alice", "how much?")
    reply = outgoing((await care.messages())[own])
    for fault in (Reply(b"<html>", 404), error("InternalServerError", "x", 500), Reply(cut=True)):
        care.world.fault = fault
        async with care.client() as client:
            with pytest.raises(SourceError):
                await bluesky.find_sent(client, care.account, reply)


async def test_nothing_is_sent_to_what_is_gone_or_takes_no_answers(care: Care) -> None:
    own = care.world.post("alice", "how much?")
    parent = (await care.messages())[own]
    care.world.replies_off.add(own)
    async with care.client() as client:
        with pytest.raises(Denied):
            await bluesky.send(client, care.account, outgoing(parent))
        care.world.records.pop(own)
        with pytest.raises(Refused, match="no longer on the network"):
            await bluesky.send(client, care.account, outgoing(parent))
    assert "com.atproto.repo.putRecord" not in care.world.calls


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_key_is_a_valid_tid_and_its_own(one: str, other: str) -> None:
    near = f"at://did:plc:alice/{POST}/3lcminboxaaa2"
    made = writing.tid(one, near)
    assert len(made) == 13
    assert made[0] in "234567abcdefghij"
    assert set(made) <= set("234567abcdefghijklmnopqrstuvwxyz")
    assert made == writing.tid(one, near)
    assert (made == writing.tid(other, near)) is (one == other)
    assert made > "3lcminboxaaa2"
    assert len(writing.tid(one, other)) == 13


async def test_facets_are_counted_in_bytes_of_utf_8(care: Care) -> None:
    text = "🍵 @alice.test, @nobody.test e-mail@alice.test (https://a.test/x_(y)). #तेज़! #1 ##x https:// @alice.test"
    async with care.client() as client:
        found = await writing.facets(client, care.account, text)
    body = text.encode()
    said = [
        (body[each["index"]["byteStart"] : each["index"]["byteEnd"]].decode(), *each["features"][0].values())
        for each in found
    ]
    kinds = "app.bsky.richtext.facet#"
    assert said == [
        ("@alice.test", f"{kinds}mention", "did:plc:alice"),
        ("https://a.test/x_(y)", f"{kinds}link", "https://a.test/x_(y)"),
        ("#तेज़", f"{kinds}tag", "तेज़"),
        ("##x", f"{kinds}tag", "#x"),
        ("@alice.test", f"{kinds}mention", "did:plc:alice"),
    ]


# Verbs


@pytest.mark.parametrize("verb", ["like", "boost", "hide", "block", "mute"])
async def test_each_verb_and_its_undo_are_read_back(care: Care, verb: Verb) -> None:
    root = care.world.post(ME, "hello")
    own = care.world.post("alice", "spam", root)
    message = (await care.messages())[own]
    async with care.client() as client:
        for undo in (False, True, False):
            act = Act(f"a{undo}", verb, message, undo)
            assert not await bluesky.acted(client, care.account, act)
            await bluesky.act(client, care.account, act)
            await bluesky.act(client, care.account, act)
            assert await bluesky.acted(client, care.account, act)
            [page] = [page for page in await care.poll(watch=(own,)) if page.stream == "watch"]
            assert page.deleted == ()
            [seen] = page.messages
            assert (seen.hidden if verb == "hide" else verb in seen.done) is not undo
    assert sum("like" in uri or "repost" in uri for uri in care.world.records) <= 1


async def test_what_was_liked_in_the_app_is_not_liked_twice_and_can_be_taken_back(care: Care) -> None:
    own = care.world.post("alice", "hey")
    message = (await care.messages())[own]
    theirs = f"at://{ME}/app.bsky.feed.like/3kaaaaaaaaaa2"
    care.world.write(theirs, {"subject": {"uri": own, "cid": "c"}})
    act = Act("a", "like", message)
    async with care.client() as client:
        assert await bluesky.acted(client, care.account, act)
        await bluesky.act(client, care.account, act)
        assert [uri for uri in care.world.records if "feed.like" in uri] == [theirs]
        await bluesky.act(client, care.account, replace(act, undo=True))
        assert [uri for uri in care.world.records if "feed.like" in uri] == []


async def test_hiding_keeps_what_else_the_thread_says(care: Care) -> None:
    root = care.world.post(ME, "hello")
    own, other = care.world.post("alice", "spam", root), care.world.post("meera", "spam too", root)
    got = await care.messages()
    gate = root.replace(POST, "app.bsky.feed.threadgate")
    rules = [{"$type": "app.bsky.feed.threadgate#mentionRule"}]
    care.world.write(gate, {"post": root, "allow": rules, "createdAt": "then", "hiddenReplies": [other]})
    async with care.client() as client:
        await bluesky.act(client, care.account, Act("a", "hide", got[own]))
        value = care.world.records[gate]["value"]
        assert value["hiddenReplies"] == [other, own]
        assert value["allow"] == rules
        assert value["createdAt"] == "then"
        await bluesky.act(client, care.account, Act("b", "hide", got[own], undo=True))
        assert care.world.records[gate]["value"]["hiddenReplies"] == [other]
        care.world.faults["com.atproto.repo.putRecord"] = error("InvalidSwap", "Record was at another version")
        with pytest.raises(Retryable) as raised:
            await bluesky.act(client, care.account, Act("c", "hide", got[own]))
        assert not raised.value.maybe_done
        mention = care.world.post("alice", "elsewhere")
        message = (await care.messages())[mention]
        with pytest.raises(Refused, match="below a post of ours"):
            await bluesky.act(client, care.account, Act("d", "hide", message))


async def test_only_our_own_posts_are_deleted(care: Care) -> None:
    own, theirs = care.world.post(ME, "oops"), care.world.post("alice", "x")
    got = await care.messages()
    async with care.client() as client:
        act = Act("a", "delete", got[own])
        assert not await bluesky.acted(client, care.account, act)
        await bluesky.act(client, care.account, act)
        assert await bluesky.acted(client, care.account, act)
        with pytest.raises(Refused):
            await bluesky.act(client, care.account, Act("b", "delete", got[theirs]))
        with pytest.raises(Refused):
            await bluesky.act(client, care.account, Act("c", "pin", got[theirs]))
        with pytest.raises(Refused):
            await bluesky.act(client, care.account, Act("d", "release", got[theirs]))
    assert own not in care.world.records
    assert theirs in care.world.records


async def test_a_post_is_pinned_in_a_profile_that_keeps_what_else_it_says(care: Care) -> None:
    one, other = care.world.post(ME, "one"), care.world.post(ME, "other")
    got = await care.messages()
    profile = f"at://{ME}/app.bsky.actor.profile/self"
    care.world.write(profile, {"$type": "app.bsky.actor.profile", "displayName": "Brand", "avatar": {"ref": 1}})
    async with care.client() as client:
        for own, undo in ((one, False), (other, False), (one, True), (other, True)):
            act = Act("a", "pin", got[own], undo)
            await bluesky.act(client, care.account, act)
            await bluesky.act(client, care.account, act)
            assert await bluesky.acted(client, care.account, act)
            value = care.world.records[profile]["value"]
            assert value["displayName"] == "Brand"
            assert value["avatar"] == {"ref": 1}
            pinned = value.get("pinnedPost", {}).get("uri")
            assert pinned == (None if (own, undo) == (other, True) else other if undo else own)
            assert ("pin" in (await care.messages(watch=(other,)))[other].done) is (pinned == other)


async def test_a_report_names_the_message_or_who_wrote_to_us(care: Care) -> None:
    own = care.world.post("alice", "spam")
    told = care.world.say("did:plc:alice", "spam")
    got = await care.messages()
    act = Act("a", "report-spam", got[own], reason="sells followers")
    async with care.client() as client:
        await bluesky.act(client, care.account, act)
        await bluesky.act(client, care.account, Act("b", "report-spam", got[told]))
        with pytest.raises(SourceError):
            await bluesky.acted(client, care.account, act)
        with pytest.raises(Refused):
            await bluesky.act(client, care.account, replace(act, undo=True))
    public, private = care.world.reports
    assert public["subject"]["uri"] == own
    assert public["subject"]["cid"] == care.world.records[own]["cid"]
    assert public["reason"] == "sells followers"
    assert private["subject"] == {"$type": "com.atproto.admin.defs#repoRef", "did": "did:plc:alice"}


# Deletions


async def test_a_deletion_is_believed_only_where_the_network_says_so(care: Care) -> None:
    gone, blocked, there = (care.world.post(who, "x") for who in ("alice", "meera", "gurpreet"))
    await care.poll()
    care.world.records.pop(gone)
    care.world.blocked_by.add("did:plc:meera")
    watch = (gone, blocked, there, "c1/m0")
    pages = await care.poll(watch=watch)
    assert [each for page in pages for each in page.deleted] == [gone]
    for fault in (Reply(b"<html>", 404), error("UpstreamFailure", "x", 502), Reply({"thread": None})):
        care.world.faults["app.bsky.feed.getPostThread"] = fault
        assert not [each for page in await care.poll(watch=(gone,)) for each in page.deleted]
    back = await care.poll(missing=(there,))
    assert [message.id for page in back if page.stream == "watch" for message in page.messages] == [there]


# Direct messages


async def test_direct_messages_are_read_answered_and_found(care: Care) -> None:
    first = care.world.say("did:plc:alice", "are you there? 🙂")
    mine = care.world.say(ME, "yes")
    elsewhere = care.world.say("did:plc:meera", "hello", "c2", "did:plc:meera")
    got = await care.messages()
    assert set(got) == {first, mine, elsewhere}
    assert {got[each].conversation for each in (first, mine)} == {"dm:did:plc:alice"}
    assert [got[each].direction for each in (first, mine)] == ["in", "out"]
    assert got[first].kind == "dm"
    assert got[first].author.handle == "alice.test"
    assert not await care.messages()
    second = care.world.say("did:plc:alice", "good")
    care.world.calls.clear()
    assert set(await care.messages()) == {second}
    assert sum(call.endswith("getMessages") for call in care.world.calls) == 1
    reply = outgoing(got[first], "Here we are")
    async with care.client() as client:
        assert await bluesky.find_sent(client, care.account, reply) is None
        care.world.lost.add("chat.bsky.convo.sendMessage")
        with pytest.raises(Retryable) as raised:
            await bluesky.send(client, care.account, reply)
        assert raised.value.maybe_done
        care.world.clock = NOW
        sent = await bluesky.find_sent(client, care.account, replace(reply, sent_before=START))
        assert isinstance(sent, Sent)
        other = await bluesky.find_sent(client, care.account, replace(reply, text="Not this", sent_before=START))
        assert isinstance(other, Unsure)
        known = replace(reply, known=frozenset({sent.id, mine}), sent_before=START)
        assert await bluesky.find_sent(client, care.account, known) is None
    read = (await care.messages())[sent.id]
    assert bluesky.is_sent(reply, read)
    assert not bluesky.is_sent(replace(reply, conversation="dm:did:plc:meera"), read)
    care.world.convos["c1"]["messages"].clear()
    async with care.client() as client:
        with pytest.raises(Retryable):
            await bluesky.find_sent(client, care.account, reply)


async def test_a_conversation_that_may_not_be_read_keeps_no_other_back(care: Care) -> None:
    care.world.say("did:plc:alice", "hello")
    other = care.world.say("did:plc:meera", "hello", "c2", "did:plc:meera")
    care.world.say("did:plc:bo", "hello", "c3", "did:plc:bo")
    care.world.closed.update({"c1", "c3"})
    pages = await care.poll()
    assert [message.id for page in pages for message in page.messages] == [other]
    assert sum("a conversation" in note for page in pages for note in page.notes) == 2
    care.world.calls.clear()
    assert not [note for page in await care.poll() for note in page.notes]
    assert not any(call.endswith("getMessages") for call in care.world.calls)
    # It is asked for again once it changes, and brings what it holds.
    care.world.closed.clear()
    care.world.say("did:plc:alice", "still there?")
    assert [message.text for message in (await care.messages()).values()] == ["hello", "still there?"]


async def test_a_group_is_no_person_and_what_the_service_says_is_nobody_s(care: Care) -> None:
    own = care.world.say("did:plc:alice", "hi all, see a.test/b…", "g1")
    messages = care.world.convos["g1"]["messages"]
    messages[0]["facets"] = [link(12, 22, "https://a.test/b/c")]
    messages[0]["embed"] = {
        "$type": "app.bsky.embed.record#view",
        "record": {"uri": f"at://did:plc:x/{POST}/3kaaaaaaaaaa2", "value": {"text": "quoted"}},
    }
    for kind in ("systemMessageView", "deletedMessageView"):
        messages.append({"$type": f"chat.bsky.convo.defs#{kind}", "id": kind, "rev": "1", "sentAt": at(START)})
    care.world.convos["g1"]["kind"] = {"$type": "chat.bsky.convo.defs#groupConvo", "name": "Fans", "memberCount": 9}
    pages = await care.poll()
    [message] = [message for page in pages for message in page.messages]
    assert not [error for page in pages for error in page.skipped]
    assert (message.id, message.conversation) == (own, "dm:g1")
    assert [each.alt for each in message.attachments] == ["quoted"]
    assert message.text == "hi all, see a.test/b…"


async def test_an_app_password_without_direct_messages_reads_the_rest_and_says_so_once(care: Care) -> None:
    care.world.chat_denied = True
    own = care.world.post("alice", "hey")
    care.world.say("did:plc:alice", "secret")
    pages = await care.poll()
    assert [message.id for page in pages for message in page.messages] == [own]
    [note] = [note for page in pages for note in page.notes]
    assert "app password" in note
    assert not [note for page in await care.poll() for note in page.notes]
    care.world.chat_denied = False
    assert len(await care.messages()) == 1


async def test_a_session_that_says_it_may_not_is_not_tried(care: Care) -> None:
    care.world.scope = "com.atproto.appPass"
    async with care.client() as client:
        made = await api.logged_in(client, care.account, "brand.test", PASSWORD)
    care.account = replace(care.account, secret=made.dump())
    pages = await care.poll()
    assert [note for page in pages for note in page.notes]
    assert not any(call.startswith("chat.") for call in care.world.calls)
    care.cursors.clear()
    assert not [note for page in await care.poll(options={"dms": False}) for note in page.notes]


# Listening


async def test_a_source_that_listens_reads_searches_and_hashtags(care: Care) -> None:
    one = care.world.post("alice", "I love brandtea", notify=False)
    two = care.world.post("meera", "off to #teafest", notify=False)
    care.world.post("meera", "nothing", notify=False)
    ours = care.world.post(ME, "brandtea is here")
    changes = {"owned": False, "options": {"search": ["brandtea"], "hashtag": ["#teafest"]}}
    got = await care.messages(**changes)
    assert set(got) == {one, two, ours}
    assert got[ours].direction == "out"
    assert got[one].kind == "mention"
    assert not await care.messages(**changes)
    assert not any("Notifications" in call for call in care.world.calls)
    with pytest.raises(Refused, match="listens to nothing"):
        await care.poll(owned=False)

"""What is particular to WordPress: its errors, a site's own time, threads, moderation, and what is kept of nobody."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loopback import Loopback, Reply
from polled import Polled
from spoilt import JUNK, places, spoil, spoilt_answer
from wordpress_world import ME, SECRET, START, World, no

from cminbox.errors import AuthError, DataError, Denied, NotThere, RateLimited, Refused, Retryable, SourceError
from cminbox.model import DAY, HOUR, MINUTE, SECOND, WEEK, Message, Verb, from_iso
from cminbox.sources.contract import Account, Act, Outgoing, Sent, Unsure
from cminbox.sources.http import Answer
from cminbox.sources.networks import wordpress
from cminbox.sources.networks.wordpress import api
from cminbox.sources.networks.wordpress.comment import parse
from profiles import examples

NOW = START + DAY


@dataclass
class Site(Polled):
    """Our user on a world, polled."""

    world: World
    now: int = NOW


@pytest.fixture
def site() -> Iterator[Site]:
    world = World()
    with Loopback(world.handle) as server:
        yield Site(world, Account("blog", "wordpress", server.url, secret=SECRET, account_id=ME))


def outgoing(parent: Message, text: str = "Thank you", **more: Any) -> Outgoing:
    return Outgoing("k1", text, parent.conversation, parent, "en", sent_before=NOW - 2 * DAY, **more)


ERRORS: list[tuple[int, Any, type[SourceError] | None]] = [
    (401, {"code": "rest_not_logged_in", "message": "x"}, AuthError),
    (401, {"code": "incorrect_password", "message": "x"}, AuthError),
    (403, {"code": "rest_forbidden_context", "message": "x"}, Denied),
    (403, {"code": "rest_comment_closed", "message": "x"}, Denied),
    (404, {"code": "rest_comment_invalid_id", "message": "x"}, NotThere),
    (410, {"code": "rest_already_trashed", "message": "x"}, NotThere),
    (404, {"code": "rest_no_route", "message": "x"}, Refused),
    (501, {"code": "rest_trash_not_supported", "message": "x"}, Refused),
    (429, {"code": "comment_flood", "message": "x"}, RateLimited),
    (403, None, Refused),
    (404, None, Refused),
    (409, {"code": "comment_duplicate", "message": "x"}, None),
    (500, {"code": "internal_server_error", "message": "x"}, None),
    (503, None, None),
    (200, {"code": "rest_forbidden", "id": 1}, None),
]


@pytest.mark.parametrize(("status", "data", "kind"), ERRORS, ids=range(len(ERRORS)))
def test_an_answer_is_judged_by_its_code(status: int, data: Any, kind: type[SourceError] | None) -> None:
    found = wordpress.judge(Answer(status, {}, data=data, host="blog.test", at=NOW))
    assert type(found) is (kind or type(None))


def test_a_flood_is_fifteen_seconds() -> None:
    answer = Answer(429, {}, data={"code": "comment_flood"}, host="blog.test", at=NOW)
    found = wordpress.judge(answer)
    assert isinstance(found, RateLimited)
    assert found.until == NOW + 15 * SECOND


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("blog.example", "https://blog.example"),
        ("https://blog.example/sub/", "https://blog.example/sub"),
        ("https://blog.example/wp-json/wp/v2", "https://blog.example"),
        ("https://blog.example/wp-json/", "https://blog.example"),
        ("https://blog.example/?rest_route=/", "https://blog.example"),
        ("https://blog.example/index.php?rest_route=/wp/v2", "https://blog.example"),
        ("http://127.0.0.1:8181", "http://127.0.0.1:8181"),
    ],
)
def test_a_site_is_found_however_its_address_is_written(written: str, meant: str) -> None:
    assert api.base(Account("blog", "wordpress", written)) == meant


def test_a_site_without_an_address_is_none() -> None:
    with pytest.raises(Refused):
        api.base(Account("blog", "wordpress", ""))


@pytest.mark.parametrize(
    "secret",
    [
        SECRET,
        json.dumps({"user": "brand", "password": "t0ken -s3 cret"}),
        json.dumps({"username": " brand ", "app_password": "t0ken-s3cret"}),
    ],
)
async def test_each_way_to_write_the_secret_is_understood(site: Site, secret: str) -> None:
    async with site.client() as client:
        found = await wordpress.identify(client, replace(site.account, secret=secret))
    assert (found.id, found.handle) == (ME, "brand")


@pytest.mark.parametrize("secret", ["", "t0ken", "brand:", json.dumps({"user": "brand"})])
async def test_half_a_secret_is_none(site: Site, secret: str) -> None:
    async with site.client() as client:
        with pytest.raises(AuthError):
            await wordpress.identify(client, replace(site.account, secret=secret))


async def test_a_wrong_password_never_reads_as_nobody(site: Site) -> None:
    site.world.say("ana", "hello")
    for moderator in (True, False):
        site.world.moderator = moderator
        with pytest.raises(AuthError):
            await site.poll(secret="brand:wrong")


async def test_who_may_not_moderate_reads_what_everybody_reads_and_is_told_once(site: Site) -> None:
    site.world.moderator = False
    seen = site.world.say("ana", "hello")
    site.world.say("ana", "held", status="hold")
    pages = await site.poll()
    (message,) = [message for page in pages for message in page.messages]
    assert message.id == str(seen)
    assert message.can == frozenset()
    assert [note for page in pages for note in page.notes] != []
    assert not [note for page in await site.poll() for note in page.notes]


# Reading


async def test_threads_titles_and_what_is_held(site: Site) -> None:
    first = site.world.say("ana", "how much?")
    ours = site.world.say(ME, "5 euros", first)
    back = site.world.say("ana", "thanks", ours, status="hold")
    other = site.world.say("bo", "nice")
    got = await site.messages()
    assert {got[str(each)].conversation for each in (first, ours, back)} == {str(first)}
    assert got[str(other)].conversation == str(other)
    assert got[str(back)].parent == str(ours)
    assert [got[str(each)].held for each in (first, back)] == [False, True]
    assert [got[str(each)].direction for each in (first, ours, back)] == ["in", "out", "in"]
    assert got[str(back)].can == {"release", "report-spam", "delete"}
    post = got[str(first)].post
    assert post is not None
    assert (post.id, post.title, post.url) == ("3", "New & fresh", "https://blog.example/new/")
    assert got[str(first)].author.id == got[str(back)].author.id != got[str(other)].author.id
    deep = site.world.say("bo", "me too", back)
    assert {own: each.conversation for own, each in (await site.messages()).items()} == {str(deep): str(first)}


async def test_who_answers_for_us_beside_our_own_user_is_ours(site: Site) -> None:
    colleague, stranger, visitor = (site.world.say(who, "hello") for who in ("5", "6", "ana"))
    got = await site.messages(options={"team": ["5", "0"]})
    ways = [got[str(each)].direction for each in (colleague, stranger, visitor)]
    assert ways == ["out", "in", "in"]


async def test_what_stands_above_is_asked_for_and_what_is_gone_ends_the_thread(site: Site) -> None:
    first = site.world.say("ana", "old")
    for name in ("date", "date_gmt"):
        site.world.comments[first][name] = "2020-01-01T00:00:00"
    late = site.world.say("ana", "new answer below an old comment", first)
    orphan = site.world.say("ana", "answer to nobody", 9999)
    got = await site.messages()
    assert set(got) == {str(late), str(orphan)}
    assert got[str(late)].conversation == str(first)
    assert got[str(orphan)].conversation == "9999"


async def test_e_mail_and_ip_addresses_are_nowhere(site: Site) -> None:
    site.world.say("ana", "hello")
    pages = await site.poll()
    assert "mail.example" not in repr(pages)
    assert "192.0.2.7" not in repr(pages)


def test_who_left_no_name_or_portrait_is_nobody_else() -> None:
    world = World()
    account = Account("blog", "wordpress", "https://blog.test")
    one, other = world.comments[world.say("", "a")], world.comments[world.say("ana", "b")]
    other["author_avatar_urls"] = {"24": "https://g.test/avatar/d41d8cd98f00b204e9800998ecf8427e?s=24"}
    third = {**other, "id": 99}
    assert len({parse(each, account).author.id for each in (one, other, third)}) == 3
    assert parse(other, account).author.name == "ana"


def test_a_comment_is_read_as_it_was_typed() -> None:
    world = World()
    raw = world.comments[world.say("ana", 'He said "no" -- :) &lt;b&gt; <em>so</em>\nline 2')]
    raw["content"]["rendered"] = "<p>He said &#8220;no&#8221; &#8211; 🙂 &lt;b&gt; <em>so</em></p>"
    assert parse(raw, Account("blog", "wordpress")).text == 'He said "no" -- :) <b> so\nline 2'


async def test_pingbacks_and_notes_are_no_comments(site: Site) -> None:
    for kind in ("pingback", "trackback", "note"):
        site.world.say("ana", "x", type=kind)
    own = site.world.say("ana", "hello")
    pages = await site.poll()
    assert [message.id for page in pages for message in page.messages] == [str(own)]
    assert not [error for page in pages for error in page.skipped]


async def test_what_is_let_out_of_the_spam_days_later_comes(site: Site) -> None:
    """A filter took it for spam before anybody saw it (wp_unspam_comment): it keeps its time."""
    old = site.world.say("Old", "before the source was new", date_gmt="2020-01-01T00:00:00", status="spam")
    spam = site.world.say("Ana", "buy?", status="spam")
    later = site.world.say("Ben", "and this?")
    assert set(await site.messages()) == {str(later)}
    for _ in range(30):
        site.world.say("Cem", "more")
    site.world.clock += timedelta(hours=3)
    last = site.world.say("Dee", "the last")
    assert str(last) in await site.messages()
    for own in (spam, old):
        site.world.comments[own]["status"] = "approved"
    assert await site.messages() == {}  # it is looked for once an hour
    site.now += HOUR
    assert set(await site.messages()) == {str(spam)}
    site.now += HOUR
    assert await site.messages() == {}


async def test_what_went_with_its_post_is_hidden_and_takes_no_answer(site: Site) -> None:
    """wp_trash_post_comments gives comments a status of their own."""
    own = site.world.say("Ana", "hello")
    parent = (await site.messages())[str(own)]
    site.world.comments[own]["status"] = "post-trashed"
    assert (await site.messages(watch=(str(own),)))[str(own)].hidden
    async with site.client() as client:
        with pytest.raises(Refused, match="post-trashed"):
            await wordpress.send(client, site.account, outgoing(parent))


async def test_nothing_is_lost_when_a_site_puts_its_clock_back(site: Site) -> None:
    before = site.world.say("ana", "before")
    await site.poll()
    site.world.zone -= timedelta(hours=1)
    after = site.world.say("ana", "after")
    assert site.world.comments[after]["date"] < site.world.comments[before]["date"]
    assert set(await site.messages()) == {str(after)}


async def test_what_is_deleted_between_two_pages_shifts_none(site: Site) -> None:
    site.world.most = 3
    wanted = [str(site.world.say("ana", f"message {number}")) for number in range(12)]
    got: list[str] = []
    async with site.client() as client:
        async for page in wordpress.pages(client, site.account, {}):
            got += [message.id for message in page.messages]
            # The first ones are deleted as soon as they were read.
            for own in got:
                site.world.comments.pop(int(own), None)
    assert got == wanted


async def test_many_comments_of_one_second_all_come(site: Site) -> None:
    site.world.most = 3
    wanted = [str(site.world.say("ana", f"message {number}")) for number in range(10)]
    for each in site.world.comments.values():
        each["date"] = each["date_gmt"] = "2023-11-15T00:00:00"
    got = [message.id for page in await site.poll() for message in page.messages]
    assert sorted(got) == sorted(wanted)
    assert not await site.messages()


async def test_all_comes_where_nobody_tells_how_many_pages_there_are(site: Site) -> None:
    site.world.counts = False
    wanted = [str(site.world.say("ana", f"message {number}")) for number in range(250)]
    for number, each in enumerate(site.world.comments.values()):
        each["date"] = each["date_gmt"] = f"2023-11-15T00:{number // 10:02d}:00"
    assert sorted(await site.messages()) == sorted(wanted)
    assert not await site.messages()


async def test_the_first_poll_reads_as_far_back_as_it_is_told(site: Site) -> None:
    old, new = site.world.say("ana", "old"), site.world.say("ana", "new")
    site.world.comments[old]["date_gmt"] = "2023-11-01T00:00:00"
    site.world.comments[old]["date"] = "2023-11-01T00:00:00"
    assert set(await site.messages(backfill_ms=WEEK)) == {str(new)}


async def test_edits_deletions_and_what_others_moderated(site: Site) -> None:
    gone, trashed, spam, edited, held = (site.world.say("ana", f"text {number}") for number in range(5))
    await site.poll()
    site.world.comments.pop(gone)
    site.world.comments[trashed]["status"] = "trash"
    site.world.comments[spam]["status"] = "spam"
    site.world.comments[edited]["content"] = {"raw": "other words", "rendered": "<p>other words</p>"}
    site.world.comments[held]["status"] = "hold"
    watch = tuple(map(str, (gone, trashed, spam, edited, held)))
    [page] = [page for page in await site.poll(watch=watch) if page.stream == "watch"]
    assert sorted(page.deleted) == sorted([str(gone), str(trashed)])
    got = {message.id: message for message in page.messages}
    assert set(got) == {str(spam), str(edited), str(held)}
    assert got[str(spam)].hidden
    assert got[str(edited)].text == "other words"
    assert got[str(held)].held
    site.world.comments[trashed]["status"] = "approved"
    assert str(trashed) in await site.messages(missing=(str(trashed),))


@pytest.mark.parametrize("answer", [Reply(b"<html>not found", 404), Reply({"code": "rest_no_route"}, 404)])
async def test_a_route_that_is_away_is_no_deletion(site: Site, answer: Reply) -> None:
    own = site.world.say("ana", "hello")
    await site.poll()

    def away(asked: Any) -> Reply:
        return answer if asked.one("rest_route").count("/") > 3 else Reply([])

    with Loopback(away) as server:
        pages = await site.poll(base_url=server.url, watch=(str(own),))
    assert not [each for page in pages for each in page.deleted]


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_a_cursor_that_was_spoilt_stops_nothing(site: Site, data: st.DataObject) -> None:
    if not site.world.comments:
        site.world.say("ana", "below", site.world.say("ana", "hello"))
        await site.poll()
    kept = {stream: json.loads(cursor) for stream, cursor in site.cursors.items()}
    spoil(kept, data.draw(st.sampled_from(places(kept))), data.draw(JUNK))
    cursors = {stream: json.dumps(cursor) for stream, cursor in kept.items()}
    await Site(site.world, site.account, cursors).poll()


@settings(max_examples=examples(20), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(junk=JUNK, number=st.integers(0, 10_000), which=st.integers(0, 12))
async def test_a_spoilt_answer_is_an_error_by_what_to_do_next_or_costs_an_item(
    site: Site, junk: Any, number: int, which: int
) -> None:
    if not site.world.comments:
        site.world.say("ana", "below", site.world.say("ana", "hello"))
    asked = 0

    def handle(request: Any) -> Reply:
        nonlocal asked
        asked += 1
        reply = site.world.handle(request)
        return spoilt_answer(reply, number, junk) if asked == which + 1 else reply

    with Loopback(handle) as server:
        account = replace(site.account, base_url=server.url, account_id="" if which == 0 else ME)
        with suppress(SourceError):
            await Site(site.world, account).poll(watch=tuple(map(str, site.world.comments)))


# Answering


async def test_an_answer_stands_there_as_typed_once_and_is_found(site: Site) -> None:
    own = site.world.say("ana", "how much?")
    parent = (await site.messages())[str(own)]
    text = '5 < 6 & "so" <b>x</b> [gallery] &amp;\n\nline 2'
    reply = outgoing(parent, text)
    async with site.client() as client:
        assert await wordpress.find_sent(client, site.account, reply) is None
        site.world.lost.add("POST")
        with pytest.raises(Retryable) as raised:
            await wordpress.send(client, site.account, reply)
        assert raised.value.maybe_done
        sent = await wordpress.find_sent(client, site.account, reply)
        assert isinstance(sent, Sent)
        # WordPress refuses the second one, and says with that where the first one is.
        assert await wordpress.send(client, site.account, reply) == sent
        with pytest.raises(Refused, match="very same answer"):
            await wordpress.send(client, site.account, replace(reply, known=frozenset({sent.id})))
        site.world.comments[int(sent.id)]["status"] = "spam"
        assert await wordpress.find_sent(client, site.account, reply) == replace(sent, held="as spam")
        site.world.comments[int(sent.id)]["status"] = "approved"
        assert isinstance(await wordpress.find_sent(client, site.account, replace(reply, text="x")), Unsure)
    assert site.world.comments[int(sent.id)]["content"]["raw"].startswith("5 &lt; 6 &amp; ")
    read = (await site.messages())[sent.id]
    assert read.text == text
    assert read.direction == "out"
    assert wordpress.is_sent(reply, read)
    assert not wordpress.is_sent(replace(reply, text="other"), read)


async def test_nothing_is_sent_to_what_is_gone(site: Site) -> None:
    own = site.world.say("ana", "how much?")
    parent = (await site.messages())[str(own)]
    async with site.client() as client:
        site.world.comments[own]["status"] = "trash"
        with pytest.raises(Refused, match="trash"):
            await wordpress.send(client, site.account, outgoing(parent))
        site.world.comments.pop(own)
        with pytest.raises(Refused, match="no longer there"):
            await wordpress.send(client, site.account, outgoing(parent))
    assert not [asked for asked in site.world.asked if asked.method == "POST"]


async def test_who_does_not_see_what_is_held_cannot_say_that_nothing_is_there(site: Site) -> None:
    own = site.world.say("ana", "how much?")
    parent = (await site.messages())[str(own)]
    site.world.moderator = False
    async with site.client() as client:
        with pytest.raises(Retryable):
            await wordpress.find_sent(client, site.account, outgoing(parent))
        ours = site.world.say(ME, "Thank you", own)
        found = await wordpress.find_sent(client, site.account, outgoing(parent))
    assert isinstance(found, Sent)
    assert found.id == str(ours)


# Moderating

VERBS: list[tuple[Verb, str, str]] = [
    ("release", "hold", "approved"),
    ("hide", "approved", "hold"),
    ("report-spam", "hold", "spam"),
    ("delete", "approved", "trash"),
]


@pytest.mark.parametrize(("verb", "before", "wanted"), VERBS)
async def test_each_verb_and_its_undo_are_read_back(site: Site, verb: Verb, before: str, wanted: str) -> None:
    own = site.world.say("ana", "FREE FOLLOWERS", status=before)
    message = (await site.messages())[str(own)]
    async with site.client() as client:
        for undo in (False, True, False):
            act = Act(f"a{undo}", verb, message, undo)
            assert not await wordpress.acted(client, site.account, act)
            await wordpress.act(client, site.account, act)
            await wordpress.act(client, site.account, act)
            assert await wordpress.acted(client, site.account, act)
            assert site.world.comments[own]["status"] == (before if undo else wanted)
    assert site.world.comments[own]["author_ip"] == "192.0.2.7"
    assert site.world.comments[own]["author_user_agent"] == "A browser"
    posts = [asked for asked in site.world.asked if asked.method != "GET"]
    assert len(posts) == 3


async def test_without_a_trash_nothing_is_deleted(site: Site) -> None:
    own = site.world.say("ana", "x")
    message = (await site.messages())[str(own)]
    site.world.trash = False
    async with site.client() as client:
        with pytest.raises(Refused, match="no trash"):
            await wordpress.act(client, site.account, Act("a", "delete", message))
        with pytest.raises(Refused):
            await wordpress.act(client, site.account, Act("a", "like", message))
        site.world.faults["POST"] = no(403, "rest_cannot_edit")
        with pytest.raises(Denied):
            await wordpress.act(client, site.account, Act("a", "hide", message))
        site.world.faults["POST"] = Reply(cut=True)
        with pytest.raises(Retryable) as raised:
            await wordpress.act(client, site.account, Act("a", "hide", message))
        assert raised.value.maybe_done
    assert own in site.world.comments


@given(data=st.data())
def test_whatever_a_part_of_a_comment_is_it_costs_that_comment_at_most(data: st.DataObject) -> None:
    world = World()
    raw = json.loads(json.dumps(world.comments[world.say("ana", "hello")]))
    at = data.draw(st.sampled_from(places(raw)))
    spoil(raw, at, data.draw(JUNK))
    with suppress(DataError):
        message = parse(raw, Account("blog", "wordpress", account_id=ME), fetched_at=NOW)
        assert message.id
        assert not [c for c in message.text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]


def test_a_time_says_no_zone_and_is_gmt() -> None:
    world = World(zone=-5)
    raw = world.comments[world.say("ana", "x")]
    assert parse(raw, Account("blog", "wordpress")).created_at == START + MINUTE
    assert from_iso(f"{raw['date']}Z") != START + MINUTE

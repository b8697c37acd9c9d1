"""The Mastodon adapter: conversations, read-back, edits and deletions, sending once, and the relatives' quirks."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from loopback import Asked, Loopback, Reply
from masto_world import ME, World

from cminbox.errors import AuthError, RateLimited, Refused, Retryable
from cminbox.model import DAY, MINUTE, WEEK, Attachment, Message
from cminbox.sources.contract import Account, Act, Outgoing, Page, Sent, Unsure
from cminbox.sources.http import Client
from cminbox.sources.networks import mastodon
from cminbox.sources.networks.mastodon.reading import look_again
from cminbox.sources.networks.mastodon.status import instant, parse, same_text
from cminbox.sources.networks.mastodon.threads import Threads


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def account(world: World) -> Iterator[Account]:
    with Loopback(world.handle) as server:
        world.server = server
        yield Account("care", "mastodon", server.url, secret="t0ken-s3cret", account_id=ME)


@pytest_asyncio.fixture
async def client(world: World) -> AsyncIterator[Client]:
    async with Client(clock=lambda: world.clock + MINUTE, tries=1, read_timeout=400) as made:
        yield made


async def poll(client: Client, account: Account, cursors: dict[str, str]) -> list[Page]:
    got = []
    async for page in mastodon.pages(client, account, dict(cursors)):
        cursors[page.stream] = page.cursor
        got.append(page)
    return got


async def messages(client: Client, account: Account, cursors: dict[str, str] | None = None) -> dict[str, Message]:
    pages = await poll(client, account, {} if cursors is None else cursors)
    return {message.id: message for page in pages for message in page.messages}


async def test_identify_tells_who_we_are_and_the_servers_limits(client: Client, account: Account) -> None:
    identity = await mastodon.identify(client, account)
    assert identity.id == ME
    assert identity.handle == "brand"
    assert identity.limits == {"characters": 777, "url": 25}


async def test_without_a_token_nothing_is_asked(client: Client, account: Account, world: World) -> None:
    with pytest.raises(AuthError, match="care") as got:
        await poll(client, replace(account, secret=None), {})
    assert "sources login care" in got.value.hint
    assert world.calls == []


async def test_each_comment_below_our_post_is_a_conversation_and_a_mention_is_its_thread(
    client: Client, account: Account, world: World
) -> None:
    ours = world.post(ME, "New blend!")
    one = world.post("1", "@brand price?", ours)
    two = world.post("2", "@brand nice", ours)
    answer = world.post(ME, "@person1 4 euros", one)
    more = world.post("1", "@brand thanks", answer)
    root = world.post("3", "hello all")
    world.notifications.pop()  # it does not mention us
    asked = world.post("4", "@brand see above?", root)
    alone = world.post("5", "@brand hi")
    got = await messages(client, account)
    assert {own: got[own].conversation for own in (one, two, answer, more)} == {
        one: one,
        two: two,
        answer: one,
        more: one,
    }
    assert got[asked].conversation == root
    assert got[alone].conversation == alone
    assert [got[own].kind for own in (ours, one, answer, more, asked, alone)] == [
        "post",
        "comment",
        "reply",
        "reply",
        "reply",
        "mention",
    ]
    assert [got[own].direction for own in (ours, answer, more)] == ["out", "out", "in"]
    assert root not in got


async def test_a_busy_thread_costs_one_question(client: Client, account: Account, world: World) -> None:
    world.clock -= 30 * DAY
    ours = world.post(ME, "Old post, long before the backfill")
    for number in range(45):
        world.post(ME, f"later post {number}")
    world.clock += 30 * DAY
    cursors: dict[str, str] = {}
    for start in (0, 30):
        for number in range(start, start + 30):
            world.post("1", f"@brand {number}", ours)
        got = await messages(client, account, cursors)
        assert sum(message.kind == "comment" for message in got.values()) == 30
    assert sum("context" in call for call in world.calls) == 1


async def test_our_own_earlier_words_above_a_message_are_read_back(
    client: Client, account: Account, world: World
) -> None:
    world.clock -= 60 * DAY
    post = world.post(ME, "Ancient post")
    for number in range(45):
        world.post(ME, f"later post {number}")
    world.clock += 60 * DAY
    comment = world.post("1", "@brand still on sale?", post)
    got = await messages(client, account)
    assert got[post].direction == "out"
    assert got[post].kind == "post"
    assert got[comment].conversation == comment


async def test_direct_messages_belong_to_the_peer(client: Client, account: Account, world: World) -> None:
    first = world.post("7", "@brand my order 12", visibility="direct")
    ours = world.post(ME, "@person7 which?", first, visibility="direct", mentions=[{"id": "7", "acct": "person7"}])
    new = world.post("7", "@brand another thing", visibility="direct")
    started = world.post(ME, "@person7 by the way", visibility="direct", mentions=[{"id": "7", "acct": "person7"}])
    got = await messages(client, account)
    assert {got[own].conversation for own in (first, ours, new, started)} == {"dm:7"}
    assert {got[own].kind for own in (first, ours, new, started)} == {"dm"}
    assert not any("context" in call for call in world.calls)


async def test_a_thread_whose_head_is_gone_stays_one_conversation(
    client: Client, account: Account, world: World
) -> None:
    head = world.post("1", "head")
    world.notifications.pop()
    one = world.post("2", "@brand one", head)
    two = world.post("3", "@brand two", head)
    del world.statuses[head]
    got = await messages(client, account)
    assert got[one].conversation == got[two].conversation == head


async def test_other_notifications_and_boosts_are_passed_over(client: Client, account: Account, world: World) -> None:
    own = world.post("1", "@brand hi")
    world.notify("favourite", own)
    world.notify("something new in 5.0", None)
    boost = world.post(ME, "", reblog={"id": "elsewhere"})
    quoting = world.post("2", "look at this")
    world.notifications[-1]["type"] = "quote"
    got = await messages(client, account)
    assert set(got) == {own, quoting}
    assert boost not in got


async def test_a_post_of_ours_that_snac_wraps_in_a_boost_is_still_ours(
    client: Client, account: Account, world: World
) -> None:
    post = world.post(ME, "Wrapped")
    inner = dict(world.statuses[post])
    world.statuses[post]["reblog"] = inner
    world.statuses[post]["content"] = ""
    comment = world.post("1", "@brand hello", post)
    got = await messages(client, account)
    assert got[post].text == "Wrapped"
    assert got[comment].kind == "comment"


async def test_backfill_ends_the_first_poll(client: Client, account: Account, world: World) -> None:
    for _ in range(300):
        world.post("1", "@brand old")
        world.clock += 2 * 60 * MINUTE
    got = await messages(client, account)
    oldest = min(message.created_at for message in got.values())
    assert world.clock - WEEK - 4 * DAY < oldest < world.clock - WEEK
    assert len(got) < 200


async def test_a_cursor_of_another_account_or_server_is_not_used(
    client: Client, account: Account, world: World
) -> None:
    own = world.post("1", "@brand hi")
    cursors: dict[str, str] = {}
    await messages(client, account, cursors)
    other = replace(account, account_id="8000")
    assert own in await messages(client, other, dict(cursors))
    assert own not in await messages(client, account, dict(cursors))
    assert own in await messages(client, account, {"mentions": "not json", "own": '{"of": 1}'})


async def test_watched_messages_tell_edits_and_deletions(client: Client, account: Account, world: World) -> None:
    kept, edited, gone = (world.post("1", f"@brand {word}") for word in ("kept", "edited", "gone"))
    cursors: dict[str, str] = {}
    await messages(client, account, cursors)
    world.statuses[edited] |= {"content": "<p>new words</p>", "edited_at": "2023-11-15T00:00:00.000Z"}
    del world.statuses[gone]
    page = (await poll(client, replace(account, watch=(kept, edited, gone)), cursors))[-1]
    assert page.stream == "watch"
    assert page.deleted == (gone,)
    assert [(message.id, message.text) for message in page.messages] == [(edited, "new words")]
    assert page.messages[0].edited_at == instant("2023-11-15T00:00:00Z")


async def test_watching_leaves_the_servers_budget_for_the_work(client: Client, account: Account, world: World) -> None:
    watched = tuple(world.post("1", f"@brand {number}") for number in range(20))
    cursors: dict[str, str] = {}
    await messages(client, account, cursors)
    asked = len(world.calls)
    world.fault_after = Reply(world.statuses[watched[0]], headers={"x-ratelimit-remaining": "30"})
    threads = Threads(client, replace(account, watch=watched))
    await look_again(threads)
    assert len(world.calls) == asked + 1


TROUBLES: dict[str, Reply] = {
    "500": Reply({"error": "x"}, 500),
    "502 page": Reply(b"<html>bad gateway</html>", 502),
    "403": Reply({"error": "This action is not allowed"}, 403),
    "401": Reply({"error": "not for you"}, 401),
    "403 page": Reply(b"<html>denied</html>", 403),
    "404 page": Reply(b"<html>404 Not Found<hr>nginx</html>", 404),
    "422": Reply({"error": "odd"}, 422),
    "empty": Reply(b""),
    "a page": Reply(b"<html>Log in</html>"),
    "a list": Reply([]),
    "a number": Reply(b"7"),
    "broken": Reply(b'{"ancestors": ['),
    "nulls": Reply({"ancestors": None}),
    "cut": Reply(cut=True),
    "silence": Reply(b"{}", delay=1),
}


def troubled(world: World, account: Account, path: str, reply: Reply) -> None:
    """Let the server answer one path so, and all others as ever."""
    server = world.server
    server.handle = lambda asked: reply if asked.path.endswith(path) else world.handle(asked)


@pytest.mark.parametrize("name", TROUBLES)
async def test_a_thread_that_cannot_be_read_costs_its_message_nothing(
    client: Client, account: Account, world: World, name: str
) -> None:
    root = world.post("9", "far away")
    middle = world.post("8", "between", root)
    world.notifications.clear()
    wanted = [world.post("1", "@brand one"), world.post("2", "@brand two", middle), world.post("3", "@brand three")]
    troubled(world, account, f"/statuses/{wanted[1]}/context", TROUBLES[name])
    cursors: dict[str, str] = {}
    pages = await poll(client, account, cursors)
    got = {message.id: message for page in pages for message in page.messages}
    assert set(got) == set(wanted)
    assert got[wanted[1]].conversation == middle
    assert not any(page.skipped for page in pages)
    notes = [note for page in pages for note in page.notes]
    assert len(notes) == 1
    assert f"the thread above {wanted[1]}" in notes[0]
    assert "t0ken-s3cret" not in notes[0]
    # It is asked for again later, not with each poll, and then the conversation has its right name.
    world.server.handle = world.handle
    assert await poll(client, account, cursors) == []
    world.clock += 2 * MINUTE
    (page,) = await poll(client, account, cursors)
    assert page.moved == {middle: root}
    follow = world.post("2", "@brand and?", wanted[1])
    assert (await messages(client, account, cursors))[follow].conversation == root


async def test_a_thread_that_is_never_given_is_asked_for_a_few_times_and_no_more(
    client: Client, account: Account, world: World
) -> None:
    root = world.post("9", "far away")
    world.notifications.clear()
    own = world.post("2", "@brand two", root)
    troubled(world, account, f"/statuses/{own}/context", TROUBLES["500"])
    cursors: dict[str, str] = {}
    for _ in range(200):
        await poll(client, account, cursors)
        world.clock += 5 * MINUTE
    assert sum(asked.path.endswith("/context") for asked in world.server.asked) == 5


async def test_when_no_thread_is_given_few_are_asked_for(client: Client, account: Account, world: World) -> None:
    root = world.post("9", "far away")
    wanted = []
    for number in range(12):
        above = world.post("8", f"between {number}", root)
        wanted.append(world.post("1", f"@brand {number}", above))
    world.notifications[:] = [note for note in world.notifications if note["status"]["id"] in wanted]
    troubled(world, account, "/context", TROUBLES["500"])
    assert set(await messages(client, account)) == set(wanted)
    assert sum(asked.path.endswith("/context") for asked in world.server.asked) == 3


async def test_a_thread_that_is_always_limited_ends_three_polls_and_no_more(
    client: Client, account: Account, world: World
) -> None:
    root = world.post("9", "far away")
    middle = world.post("8", "between", root)
    world.notifications.clear()
    wanted = {world.post("1", "@brand one"), world.post("2", "@brand two", middle), world.post("3", "@brand three")}
    troubled(world, account, "/context", Reply({"error": "Too many"}, 429, {"retry-after": "30"}))
    cursors: dict[str, str] = {}
    got: set[str] = set()
    for _ in range(4):
        try:
            async for page in mastodon.pages(client, account, dict(cursors)):
                cursors[page.stream] = page.cursor
                got |= {message.id for message in page.messages}
        except RateLimited:
            pass
        world.clock += MINUTE
    assert got == wanted


async def test_a_token_that_is_refused_in_the_middle_is_told(client: Client, account: Account, world: World) -> None:
    root = world.post("9", "far away")
    world.notifications.clear()
    world.post("2", "@brand two", root)
    revoked = Reply({"error": "The access token was revoked"}, 401)
    listing = ("/notifications", "/statuses")
    world.server.handle = lambda asked: world.handle(asked) if asked.path.endswith(listing) else revoked
    with pytest.raises(AuthError, match="revoked"):
        await poll(client, account, {})


@pytest.mark.parametrize("name", [name for name in TROUBLES if name != "a list"])
async def test_mentions_come_in_though_our_own_posts_cannot_be_read(
    client: Client, account: Account, world: World, name: str
) -> None:
    wanted = {world.post("1", "@brand one"), world.post("2", "@brand two")}
    troubled(world, account, f"/accounts/{ME}/statuses", TROUBLES[name])
    pages = await poll(client, account, {})
    assert {message.id for page in pages for message in page.messages} == wanted
    assert ["what our account wrote" in note for page in pages for note in page.notes] == [True]


@pytest.mark.parametrize("name", TROUBLES)
async def test_a_watched_status_that_cannot_be_read_is_told_and_is_not_gone(
    client: Client, account: Account, world: World, name: str
) -> None:
    one, two = world.post("1", "@brand one"), world.post("2", "@brand two")
    cursors: dict[str, str] = {}
    await messages(client, account, cursors)
    world.statuses[two] |= {"content": "<p>new words</p>", "edited_at": "2023-11-15T00:00:00.000Z"}
    troubled(world, account, f"/statuses/{one}", TROUBLES[name])
    (page,) = await poll(client, replace(account, watch=(one, two)), cursors)
    assert page.deleted == ()
    assert page.skipped == ()
    assert [message.text for message in page.messages] == ["new words"]
    assert len(page.notes) == (name != "404 page")


@pytest.mark.parametrize(
    "reply", [Reply(b"", 404), Reply(b"<html>404</html>", 404), Reply({}, 410), Reply({"message": "no route"}, 404)]
)
async def test_only_the_apis_own_words_are_a_deletion(
    client: Client, account: Account, world: World, reply: Reply
) -> None:
    one, two = world.post("1", "@brand one"), world.post("2", "@brand two")
    cursors: dict[str, str] = {}
    await messages(client, account, cursors)
    troubled(world, account, f"/statuses/{one}", reply)
    (page,) = await poll(client, replace(account, watch=(one, two)), cursors)
    assert page.deleted == ()


async def test_snac_says_by_a_header_that_its_web_page_is_its_own_word(
    client: Client, account: Account, world: World
) -> None:
    one, two = world.post("1", "@brand one"), world.post("2", "@brand two")
    cursors: dict[str, str] = {}
    await messages(client, account, cursors)
    page = Reply(b"<h1>404 Not Found</h1>", 404, {"x-creator": "snac/2.75", "content-type": "text/html"})
    troubled(world, account, f"/statuses/{one}", page)
    (read,) = await poll(client, replace(account, watch=(one, two)), cursors)
    assert read.deleted == (one,)


async def test_when_no_status_is_to_be_had_none_was_deleted(client: Client, account: Account, world: World) -> None:
    one, two = world.post("1", "@brand one"), world.post("2", "@brand two")
    cursors: dict[str, str] = {}
    await messages(client, account, cursors)
    away = Reply({"error": "Record not found"}, 404)
    world.server.handle = lambda asked: away if re.search(r"v1/statuses/[^/]+$", asked.path) else world.handle(asked)
    (page,) = await poll(client, replace(account, watch=(one, two)), cursors)
    assert page.deleted == ()
    world.server.handle = world.handle
    world.delete(one)
    (page,) = await poll(client, replace(account, watch=(one,)), cursors)
    assert page.deleted == (one,)


async def test_what_was_believed_gone_is_read_again_where_it_is_there(
    client: Client, account: Account, world: World
) -> None:
    there, gone = world.post("1", "@brand one"), world.post("2", "@brand two")
    cursors: dict[str, str] = {}
    await messages(client, account, cursors)
    world.delete(gone)
    (page,) = await poll(client, replace(account, missing=(there, gone)), cursors)
    assert [message.id for message in page.messages] == [there]
    assert page.deleted == ()
    assert page.notes == ()


async def test_a_mention_whose_status_is_gone_is_passed_over_quietly(
    client: Client, account: Account, world: World
) -> None:
    own = world.post("1", "@brand hi")
    world.notify("mention", None)
    world.notifications[-1] |= {"account": world.account("2")}
    del world.notifications[-1]["status"]
    world.notify("mention", None)
    pages = await poll(client, account, {})
    assert {message.id for page in pages for message in page.messages} == {own}
    assert not any(page.skipped or page.notes for page in pages)


@pytest.mark.parametrize(
    ("instance", "limit"),
    [
        ({"max_toot_chars": 5000, "version": "2.7.2 (compatible; Pleroma 2.5.0)"}, 5000),
        ({"max_toot_chars": "11000"}, 11000),
        ({"configuration": {"statuses": {"max_characters": 1000}}, "max_toot_chars": 500}, 1000),
        ({"configuration": {"statuses": {"max_characters": -3}}, "max_toot_chars": 700}, 700),
        ({"configuration": {"statuses": "odd"}}, None),
        ({"max_toot_chars": {"a": 1}}, None),
        ([], None),
    ],
)
@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_limits_by_whatever_name_a_server_has_for_them(
    client: Client, account: Account, world: World, instance: Any, limit: int | None, version: str
) -> None:
    def handle(asked: Asked) -> Reply:
        if asked.path.endswith("/instance"):
            return Reply(instance) if version in asked.path else Reply({"error": "x"}, 404)
        return world.handle(asked)

    world.server.handle = handle
    assert (await mastodon.limits(client, account)).get("characters") == limit


@pytest.mark.parametrize("fault", [Reply(cut=True), Reply(b"", 502)])
async def test_one_trouble_of_a_server_costs_no_limits(
    client: Client, account: Account, world: World, fault: Reply
) -> None:
    asked_before: set[str] = set()

    def handle(asked: Asked) -> Reply:
        if "/instance" not in asked.path:
            return world.handle(asked)
        first = asked.path not in asked_before
        asked_before.add(asked.path)
        return fault if first else Reply({"max_toot_chars": 5000}, 200 if "v1" in asked.path else 404)

    world.server.handle = handle
    assert (await mastodon.identify(client, account)).limits == {"characters": 5000}


async def test_where_links_count_like_text_the_limits_say_so(client: Client, account: Account, world: World) -> None:
    for instance, url in (
        ({"max_toot_chars": 5000, "version": "2.7.2 (compatible; Pleroma 2.5.0)"}, 0),
        ({"max_toot_chars": 5000, "version": "2.7.2 (compatible; Akkoma 3.10)"}, 0),
        ({"configuration": {"statuses": {"max_characters": 500, "characters_reserved_per_url": 23}}}, 23),
        ({"max_toot_chars": 500, "version": "4.2.0+glitch"}, None),
    ):
        world.server.handle = lambda asked, instance=instance: Reply(instance)
        assert (await mastodon.limits(client, account)).get("url") == url


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "yesterday", None, 5])
async def test_a_time_that_no_status_can_have_is_when_it_was_first_seen(
    client: Client, account: Account, world: World, time: Any
) -> None:
    own = world.post("1", "@brand hi", created_at=time)
    other = world.post("2", "@brand hi too")
    got = await messages(client, account)
    assert (got[own].created_at, got[own].time_known) == (client.clock(), False)
    assert got[other].time_known


async def test_what_is_new_comes_first_however_much_is_behind(client: Client, account: Account, world: World) -> None:
    cursors: dict[str, str] = {}
    world.post("1", "@brand before")
    await messages(client, account, cursors)
    behind = [world.post("1", f"@brand {number}") for number in range(1500)]
    got: list[str] = []
    while len(got) < len(behind):
        new = world.post("2", "@brand now")
        pages = await poll(client, account, cursors)
        listed = [page for page in pages if page.stream == "mentions"]
        assert new in {message.id for message in listed[0].messages}
        assert listed[-1].more == (len(got) + sum(len(page.messages) for page in listed) < len(behind) + 1)
        behind.append(new)
        got += [message.id for page in listed for message in page.messages]
    assert sorted(got) == sorted(behind)


async def test_what_is_behind_leaves_the_servers_budget_for_what_is_new(
    client: Client, account: Account, world: World
) -> None:
    for number in range(200):
        world.post("1", f"@brand {number}")
    handle = world.handle

    def limited(asked: Asked) -> Reply:
        reply = handle(asked)
        reply.headers["x-ratelimit-remaining"] = "60"
        return reply

    world.server.handle = limited
    pages = await poll(client, account, {})
    assert sum(len(page.messages) for page in pages) == 40
    assert pages[-1].more


def outgoing(parent: Message, text: str, world: World, **more: Any) -> Outgoing:
    return Outgoing("key-1", text, parent.conversation, parent, sent_before=world.clock, **more)


async def one(client: Client, account: Account, own: str) -> Message:
    return (await messages(client, account))[own]


async def test_a_reply_copies_visibility_and_warning_and_mentions_all(
    client: Client, account: Account, world: World
) -> None:
    own = world.post(
        "1",
        "@brand @friend hm",
        visibility="unlisted",
        spoiler_text="tea",
        mentions=[{"id": ME, "acct": "brand"}, {"id": "5", "acct": "friend@far.test"}, {"id": "6", "acct": "<b>"}],
    )
    parent = await one(client, account, own)
    sent = await mastodon.send(client, account, outgoing(parent, "We look at it.", world, lang="hi-Latn"))
    posted = world.statuses[sent.id]
    assert posted["content"] == "<p>@person1 @friend@far.test We look at it.</p>"
    assert (posted["visibility"], posted["spoiler_text"], posted["in_reply_to_id"]) == ("unlisted", "tea", own)
    assert sent.conversation == parent.conversation
    assert sent.url == posted["url"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("hello", "@ana@far.test @bo hello"),
        ("@ana@far.test hello", "@bo @ana@far.test hello"),
        ("Dear @ANA@far.test and @bo, hello", "Dear @ANA@far.test and @bo, hello"),
        ("write to ana@far.test", "@ana@far.test @bo write to ana@far.test"),
        ("@ana hello", "@ana@far.test @bo @ana hello"),
    ],
)
def test_mentions_are_added_once(text: str, wanted: str) -> None:
    status = World().account("1") | {"acct": "ana@far.test"}
    raw = {"id": "1", "account": status, "content": "x", "created_at": "2023-01-01T00:00:00Z"}
    raw["mentions"] = [{"id": "2", "acct": "bo"}, {"id": ME, "acct": "brand"}]
    parent = parse(raw, Account("care", "mastodon", account_id=ME))
    assert mastodon.compose(parent, text) == wanted


async def test_the_same_key_gives_the_first_reply(client: Client, account: Account, world: World) -> None:
    parent = await one(client, account, world.post("1", "@brand hi"))
    reply = outgoing(parent, "Hello", world)
    first = await mastodon.send(client, account, reply)
    again = await mastodon.send(client, account, reply)
    assert again == first
    assert sum(status["account"]["id"] == ME for status in world.statuses.values()) == 1


@pytest.mark.parametrize("keys", [True, False])
async def test_a_lost_answer_is_looked_up(client: Client, account: Account, world: World, keys: bool) -> None:
    world.keys = keys
    parent = await one(client, account, world.post("1", "@brand hi"))
    reply = outgoing(parent, "Sorry! See https://x.test/a?b=1&c=2 & <tell> us ☕", world)
    assert await mastodon.find_sent(client, account, reply) is None
    world.fault_after = Reply(cut=True)
    with pytest.raises(Retryable) as got:
        await mastodon.send(client, account, reply)
    assert got.value.maybe_done
    world.fault_after = None
    found = await mastodon.find_sent(client, account, reply)
    assert found is not None
    assert world.statuses[found.id]["in_reply_to_id"] == parent.id


async def test_a_cut_before_the_server_took_it_finds_nothing(client: Client, account: Account, world: World) -> None:
    parent = await one(client, account, world.post("1", "@brand hi"))
    reply = outgoing(parent, "Hello", world)
    world.fault = Reply(cut=True)
    with pytest.raises(Retryable) as got:
        await mastodon.send(client, account, reply)
    assert got.value.maybe_done
    with pytest.raises(Retryable):
        await mastodon.find_sent(client, account, reply)
    world.fault = None
    assert await mastodon.find_sent(client, account, reply) is None


async def test_what_is_not_this_reply_is_not_found(client: Client, account: Account, world: World) -> None:
    own = world.post("1", "@brand hi")
    parent = await one(client, account, own)
    other = world.post("1", "@brand hi")
    world.post("2", "@person1 Hello there, how can we help?", own)  # somebody else's words
    world.post(ME, "@person1 Hello there, how can we help?", other)  # to another message
    earlier = world.post(ME, "@person1 Hello there, how can we help?", own)
    reply = outgoing(parent, "Hello there, how can we help?", world)
    assert await mastodon.find_sent(client, account, replace(reply, known=frozenset({earlier}))) is None
    for else_ in (replace(reply, sent_before=world.clock + DAY), replace(reply, text="Something else entirely, sorry")):
        found = await mastodon.find_sent(client, account, else_)
        assert isinstance(found, Unsure)
        assert (found.id, found.text) == (earlier, "@person1 Hello there, how can we help?")
    found = await mastodon.find_sent(client, account, reply)
    assert isinstance(found, Sent)
    assert found.id == earlier


async def test_a_deleted_parent(client: Client, account: Account, world: World) -> None:
    parent = await one(client, account, world.post("1", "@brand hi"))
    del world.statuses[parent.id]
    with pytest.raises(Refused, match="no longer on the network"):
        await mastodon.send(client, account, outgoing(parent, "Hello", world))
    assert await mastodon.find_sent(client, account, outgoing(parent, "Hello", world)) is None


async def test_acts(client: Client, account: Account, world: World) -> None:
    theirs = await one(client, account, world.post("1", "@brand hi"))
    ours = theirs._replace(id=world.post(ME, "oops"))
    await mastodon.act(client, account, Act("k1", "like", theirs))
    await mastodon.act(client, account, Act("k2", "delete", ours))
    assert world.liked == [theirs.id]
    assert ours.id not in world.statuses
    assert await mastodon.acted(client, account, Act("k2", "delete", ours))
    with pytest.raises(Refused):
        await mastodon.act(client, account, Act("k3", "hide", theirs))


def test_pictures_and_polls_are_told() -> None:
    raw = {
        "id": "1",
        "account": World().account("1"),
        "content": "<p>Look</p>",
        "created_at": "2023-11-14T00:00:00",
        "media_attachments": [
            {"type": "image", "description": "a broken\x1b[31m box", "url": "https://x.test/a.png"},
            {"type": "video", "url": "javascript:alert(1)", "remote_url": "https://y.test/b.mp4"},
            None,
        ],
        "poll": {"options": [{"title": "tea"}, {"title": "coffee"}]},
        "url": "javascript:alert(1)",
        "uri": "https://x.test/1",
    }
    message = parse(raw, Account("care", "mastodon"))
    assert message.text == "Look\n- tea\n- coffee"
    assert message.attachments == (
        Attachment("picture", "https://x.test/a.png", "a broken[31m box"),
        Attachment("film", "https://y.test/b.mp4"),
    )
    assert message.url == "https://x.test/1"
    assert message.created_at == instant("2023-11-14T00:00:00Z")


def test_same_text_sees_through_what_html_does_not_keep_and_no_further() -> None:
    assert same_text("@a@x.test  Sorry\n\nabout that ", "@a Sorry about that")
    assert not same_text("👍", "@a@x.test 👍")
    assert not same_text("👍", "👎")
    assert not same_text("Your refund is on its way", "Your order is on its way, thanks for waiting")
    assert not same_text("We can refund you.", "We can't refund you.")
    assert not same_text("yes", "no")

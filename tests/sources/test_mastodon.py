"""The Mastodon adapter: conversations, read-back, edits and deletions, sending once, and the relatives' quirks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from loopback import Loopback, Reply
from masto_world import ME, World

from cminbox.errors import AuthError, Refused, Retryable
from cminbox.model import DAY, MINUTE, WEEK, Message
from cminbox.sources import mastodon
from cminbox.sources.base import Account, Outgoing, Page
from cminbox.sources.http import Client
from cminbox.sources.mastodon_status import instant, parse, same_text


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def account(world: World) -> Iterator[Account]:
    with Loopback(world.handle) as server:
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
    threads = mastodon._Threads(client, replace(account, watch=watched))
    await mastodon._watched(threads)
    assert len(world.calls) == asked + 1


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
    assert await mastodon.find_sent(client, account, replace(reply, sent_before=world.clock + DAY)) is None
    assert await mastodon.find_sent(client, account, replace(reply, text="Something else entirely, sorry")) is None
    found = await mastodon.find_sent(client, account, reply)
    assert found is not None
    assert found.id == earlier


async def test_a_deleted_parent(client: Client, account: Account, world: World) -> None:
    parent = await one(client, account, world.post("1", "@brand hi"))
    del world.statuses[parent.id]
    with pytest.raises(Refused, match="no longer on the network"):
        await mastodon.send(client, account, outgoing(parent, "Hello", world))
    assert await mastodon.find_sent(client, account, outgoing(parent, "Hello", world)) is None


async def test_acts(client: Client, account: Account, world: World) -> None:
    own = world.post("1", "@brand hi")
    ours = world.post(ME, "oops")
    await mastodon.act(client, account, "like", own)
    await mastodon.act(client, account, "delete", ours)
    assert world.liked == [own]
    assert ours not in world.statuses
    with pytest.raises(Refused):
        await mastodon.act(client, account, "hide", own)


def test_pictures_and_polls_are_told() -> None:
    raw = {
        "id": "1",
        "account": World().account("1"),
        "content": "<p>Look</p>",
        "created_at": "2023-11-14T00:00:00",
        "media_attachments": [{"type": "image", "description": "a broken\x1b[31m box"}, {"type": "video"}, None],
        "poll": {"options": [{"title": "tea"}, {"title": "coffee"}]},
        "url": "javascript:alert(1)",
        "uri": "https://x.test/1",
    }
    message = parse(raw, Account("care", "mastodon"))
    assert message.text == "Look\n[image] a broken[31m box\n[video]\n- tea\n- coffee"
    assert message.url == "https://x.test/1"
    assert message.created_at == instant("2023-11-14T00:00:00Z")


def test_same_text_sees_through_markup_and_no_further() -> None:
    assert same_text("@a@x.test Sorry **about** `that`", "@a Sorry about that")
    assert same_text("👍", "@a@x.test 👍")
    assert not same_text("👍", "👎")
    assert not same_text("Your refund is on its way", "Your order is on its way, thanks for waiting")
    assert not same_text("yes", "no")

"""What is particular about X: parts that went wrong in a 200, edits as new posts, who may be answered, and money."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loopback import Asked, Loopback, Reply
from spoilt import JUNK, places, spoil, spoilt_answer
from x_world import HANDLE, ME, PROBLEMS, ROOT, SECRET, START, World, problem

from cminbox.errors import AuthError, Denied, NotThere, RateLimited, Refused, Retryable, SourceError, UsageError
from cminbox.model import DAY, HOUR, Author, Instant, Message
from cminbox.sources.contract import Account, Act, LoginStep, Outgoing, Sent, Unsure
from cminbox.sources.credentials import Credentials
from cminbox.sources.http import Answer, Client
from cminbox.sources.ledger import Ledger, limit_of
from cminbox.sources.networks import x
from cminbox.sources.networks.x import api, writing
from cminbox.sources.networks.x.api import SPENDING
from cminbox.sources.networks.x.post import Place
from profiles import examples

NOW = START + DAY


@dataclass
class Birds:
    """An account with its network."""

    world: World
    account: Account
    client: Client
    time: list[Instant]
    cursors: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    async def poll(self, **changes: Any) -> tuple[list[Message], list[str]]:
        messages, deleted = [], []
        async for page in x.pages(self.client, replace(self.account, **changes), dict(self.cursors)):
            self.cursors[page.stream] = page.cursor
            messages += page.messages
            deleted += page.deleted
            self.notes += page.notes
            assert not page.skipped
        return messages, deleted

    async def one(self, own: str) -> Message:
        return next(each for each in (await self.poll())[0] if each.id == own)

    def ask(self, text: str = "@brand where is it?", parent: str = ROOT) -> str:
        return self.world.say("ana", text, parent)

    @property
    def spent(self) -> int:
        return self.account.ledger.used[SPENDING.name].used


@pytest_asyncio.fixture
async def birds() -> AsyncIterator[Birds]:
    async def at_once(_: float) -> None: ...

    world, time = World(), [NOW]
    with Loopback(world.handle) as server:
        async with Client(clock=lambda: time[0], sleep=at_once) as client:
            ledger = Ledger(clock=lambda: time[0])
            account = Account("birds", "x", server.url, secret=SECRET, account_id=ME, ledger=ledger)
            yield Birds(world, account, client, time)


def outgoing(parent: Message, text: str = "It is on its way") -> Outgoing:
    return Outgoing("k", text, parent.conversation, parent, "en", START)


def answer(status: int, data: object, *, changes: bool = False, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, json.dumps(data).encode(), data, host="api.x.com", changes=changes, at=NOW)


def said(kind: str, title: str = "", detail: str = "") -> dict[str, Any]:
    return {"type": f"{PROBLEMS}{kind}" if kind else "about:blank", "title": title, "detail": detail}


DUPLICATE = "You are not allowed to create a Tweet with duplicate content."


@pytest.mark.parametrize(
    ("status", "data", "changes", "kind"),
    [
        (200, {"data": {"id": "1"}}, True, None),
        (200, {"data": [], "errors": [said("resource-not-found")]}, False, None),
        (200, {"errors": [said("resource-not-found")]}, True, NotThere),
        (200, {"errors": [{"title": "Not Found Error"}]}, True, NotThere),
        (200, {"errors": [said("not-authorized-for-resource")]}, True, Denied),
        (200, {"errors": [said("internal-error")]}, True, Retryable),
        (200, {"errors": [said("invalid-request")]}, True, Refused),
        (403, said("", "Forbidden", DUPLICATE), True, Refused),
        (403, said("", "Forbidden", "You are not permitted to perform this action."), True, Denied),
        (403, said("client-forbidden", "Client Forbidden"), False, Denied),
        (403, None, False, Refused),
        (404, None, False, Refused),
        (402, said("credits", "CreditsDepleted"), False, RateLimited),
        (429, said("usage-capped", "UsageCapExceeded"), False, RateLimited),
        (401, said("", "Unauthorized"), False, None),
        (503, said("", "Service Unavailable"), True, None),
    ],
)
def test_answers_are_judged_by_what_to_do_next(
    status: int, data: object, changes: bool, kind: type[SourceError] | None
) -> None:
    error = x.judge(answer(status, data, changes=changes))
    assert (type(error) if error is not None else None) is kind
    if error is not None:
        assert "\n" not in error.line()


def test_a_limit_ends_when_x_says() -> None:
    reset = NOW // 1000 + 500
    found = x.judge(answer(429, said("", "Too Many Requests"), x_rate_limit_reset=str(reset)))
    assert isinstance(found, RateLimited)
    assert found.until == reset * 1000
    day = {"x_user_limit_24hour_remaining": "0", "x_user_limit_24hour_reset": str(reset + 9000)}
    found = x.judge(answer(429, said(""), x_rate_limit_reset=str(reset), **day))
    assert isinstance(found, RateLimited)
    assert found.until == (reset + 9000) * 1000


async def test_what_came_is_asked_for_once(birds: Birds) -> None:
    own = birds.ask()
    assert [each.id for each in (await birds.poll())[0]] == [own]
    birds.world.asked.clear()
    later = birds.ask("@brand and now?")
    assert [each.id for each in (await birds.poll())[0]] == [later]
    [mentions] = [each for each in birds.world.asked if each.path.endswith("/mentions")]
    assert mentions.one("since_id") == own
    assert birds.world.calls("users/me") == []


async def test_what_only_repeats_another_post_is_no_message(birds: Birds) -> None:
    own = birds.ask()
    birds.world.say("ben", "RT @brand: x", referenced_tweets=[{"type": "retweeted", "id": own}])
    assert [each.id for each in (await birds.poll())[0]] == [own]
    assert (await birds.poll())[0] == []


async def test_below_our_post_each_answer_is_a_conversation_elsewhere_a_thread(birds: Birds) -> None:
    one, two = birds.ask(), birds.ask("@brand me too")
    below = birds.ask("@brand and?", one)
    elsewhere = birds.world.say("ben", "@brand is good")
    second = birds.world.say("ana", "@brand is bad", elsewhere)
    got = {each.id: each for each in (await birds.poll())[0]}
    late = birds.ask("@brand still nothing", below)
    got |= {each.id: each for each in (await birds.poll())[0]}
    assert {own: each.conversation for own, each in got.items()} == {
        one: one,
        two: two,
        below: one,
        elsewhere: elsewhere,
        second: elsewhere,
        late: one,
    }
    assert {own: each.parent for own, each in got.items()} == {
        one: None,
        two: None,
        below: one,
        elsewhere: None,
        second: elsewhere,
        late: below,
    }
    assert [got[own].kind for own in (one, below, elsewhere, second)] == ["comment", "reply", "mention", "reply"]
    assert got[late].can == {"hide"}
    assert got[elsewhere].can == frozenset()
    assert got[one].post is not None
    assert got[one].post.id == ROOT


async def test_the_rest_of_a_thread_and_our_own_words_are_read(birds: Birds) -> None:
    own = birds.ask()
    await birds.poll()
    ours = birds.world.say(HANDLE, "@ana we look into it", own)
    aside = birds.world.say("ben", "me too", own)
    got = {each.id: each for each in (await birds.poll())[0]}
    assert set(got) == {ours, aside}
    assert (got[ours].direction, got[ours].conversation, got[ours].can) == ("out", own, {"delete"})
    assert (got[aside].direction, got[aside].answerable) == ("in", False)
    assert (await birds.poll()) == ([], [])


async def test_our_own_post_begins_no_conversation(birds: Birds) -> None:
    root = birds.world.say(HANDLE, "News!")
    own = birds.world.say("ana", "@brand nice", root)
    await birds.poll()
    assert [each.id for each in (await birds.poll())[0]] == []
    assert own in birds.cursors["mentions"]


async def test_a_search_that_is_refused_is_told_once_and_costs_no_mention(birds: Birds) -> None:
    own = birds.ask()
    refused = problem(403, "Client Forbidden", "not in your plan", "client-forbidden")
    birds.world.faults["GET tweets/search/recent"] = [refused, refused]
    assert [each.id for each in (await birds.poll())[0]] == [own]
    await birds.poll()
    assert len(birds.notes) == 1
    assert "threads" in birds.notes[0]
    ours = birds.world.say(HANDLE, "@ana yes", own)
    assert [each.id for each in (await birds.poll())[0]] == [ours]


@pytest.mark.parametrize("cut", [1, 2, 3, 4])
async def test_a_burst_and_a_cut_leave_no_gap(birds: Birds, cut: int) -> None:
    birds.world.most = 5
    wanted = {birds.ask()}
    got = [each.id for each in (await birds.poll())[0]]
    for wave in range(2):
        wanted |= {birds.ask(f"@brand {wave} {number}") for number in range(37)}
        stream = x.pages(birds.client, birds.account, dict(birds.cursors))
        count = 0
        async for page in stream:
            birds.cursors[page.stream] = page.cursor
            got += [each.id for each in page.messages]
            count += 1
            if count == cut:
                break
    for _ in range(3):
        got += [each.id for each in (await birds.poll())[0]]
    assert sorted(got) == sorted(wanted)


def test_texts_are_whole_with_their_links_and_pictures() -> None:
    urls = [
        {"url": "https://t.co/a", "expanded_url": "https://example.com/x?a=1&b=2"},
        {"url": "https://t.co/ab", "expanded_url": "javascript:alert(1)"},
        {"url": "https://t.co/p", "expanded_url": "https://x.com/ana/status/1/photo/1", "media_key": "3_1"},
    ]
    raw = {
        "id": "2",
        "text": "short…",
        "author_id": "71",
        "created_at": "2023-11-14T22:13:20.000Z",
        "lang": "und",
        "note_tweet": {
            "text": "1 &lt; 2 &amp;lt; https://t.co/a https://t.co/ab https://t.co/p",
            "entities": {"urls": urls},
        },
        "attachments": {"media_keys": ["3_1", "7_2"]},
    }
    media = {"3_1": {"media_key": "3_1", "type": "photo", "url": "https://pbs.example/1.jpg", "alt_text": "a\x07 box"}}
    message = x.parse(raw, Account("birds", "x", account_id=ME), Place(media=media))
    assert message.text == "1 < 2 &lt; https://example.com/x?a=1&b=2 https://t.co/ab"
    assert [(each.kind, each.address, each.alt) for each in message.attachments] == [
        ("picture", "https://pbs.example/1.jpg", "a box"),
        ("film", "", ""),
    ]
    assert message.lang is None
    assert message.url == "https://x.com/i/web/status/2"


QUOTE = {"urls": [{"url": "https://t.co/q", "expanded_url": "https://twitter.com/Brand/status/1"}], "mentions": []}


@pytest.mark.parametrize(
    ("more", "answerable"),
    [
        ({"entities": {"mentions": [{"username": "brand", "id": ME}]}}, True),
        ({"entities": {"mentions": [{"username": "BRAND"}]}}, True),
        ({"entities": {"mentions": [{"username": "brandy", "id": "5"}]}}, False),
        ({"text": "hello @Brand!"}, True),
        ({"text": "hello @brandy or me@brand"}, False),
        ({"entities": QUOTE, "referenced_tweets": [{"type": "quoted", "id": "1"}]}, True),
        ({"entities": QUOTE}, False),
        ({"author_id": ME, "text": "@brand"}, False),
    ],
)
def test_only_who_named_or_quoted_us_is_answered(more: dict[str, Any], answerable: bool) -> None:
    raw = {"id": "2", "text": "x", "author_id": "71", "created_at": "2023-11-14T22:13:20.000Z", **more}
    assert x.parse(raw, Account("birds", "x", account_id=ME), Place(handle=HANDLE)).answerable is answerable


async def test_the_newest_names_of_parameters_are_tried_where_the_old_ones_fail(birds: Birds) -> None:
    birds.world.newest_words = True
    own = birds.ask()
    message = await birds.one(own)
    assert message.author.handle == "ana"
    birds.world.asked.clear()
    await birds.poll()
    # It is remembered.
    assert all("tweet.fields" not in each.query for each in birds.world.asked)


async def test_the_words_of_our_own_post_stand_above_its_answers(birds: Birds) -> None:
    root = birds.world.say(HANDLE, "News &amp; more\nhere")
    own = birds.world.say("ana", "@brand nice", root)
    message = await birds.one(own)
    assert message.post is not None
    assert message.post.title == "News & more here"
    assert message.post.url == f"https://x.com/brand/status/{root}"
    birds.world.asked.clear()
    later = birds.world.say("ben", "@brand so nice", root)
    message = await birds.one(later)
    assert message.post is not None
    assert message.post.title == "News & more here"
    assert birds.world.calls("GET tweets") == birds.world.calls("search")


async def test_where_a_post_is_too_long_ago_it_goes_on_by_time(birds: Birds) -> None:
    birds.ask()
    await birds.poll()
    each = {"parameters": {"since_id": ["2001"]}, "message": "'since_id' must be a post created after"}
    body = {"errors": [each], "title": "Invalid Request", "type": f"{PROBLEMS}invalid-request"}
    birds.world.faults[f"GET users/{ME}/mentions"] = [Reply(body, 400)]
    own = birds.ask()
    assert [message.id for message in (await birds.poll())[0]] == [own]


async def test_a_limit_of_one_endpoint_stops_no_other(birds: Birds) -> None:
    message = await birds.one(birds.ask())
    reset = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(NOW // 1000 + 900)}
    birds.world.faults[f"PUT tweets/{message.id}/hidden"] = [Reply({"data": {"hidden": True}}, 200, reset)]
    await x.act(birds.client, birds.account, Act("k", "hide", message))
    with pytest.raises(RateLimited):
        await x.act(birds.client, birds.account, Act("k", "hide", message))
    await x.send(birds.client, birds.account, outgoing(message))
    await birds.poll()


async def test_nameless_authors_are_nobody_else(birds: Birds) -> None:
    one, two = birds.ask(), birds.ask()
    for own in (one, two):
        del birds.world.posts[own]["author_id"]
    got = (await birds.poll())[0]
    assert {each.author.id for each in got} == {f"unknown:{one}", f"unknown:{two}"}


async def test_deleted_is_what_x_says_and_nothing_else(birds: Birds) -> None:
    there, gone, private = birds.ask("@brand 1"), birds.ask("@brand 2"), birds.ask("@brand 3")
    await birds.poll()
    del birds.world.posts[gone]
    birds.world.protected.add(private)
    seen, deleted = await birds.poll(watch=(there, gone, private, "no id"))
    assert deleted == [gone]
    assert [(each.id, each.conversation) for each in seen] == [(there, there)]
    seen, deleted = await birds.poll(missing=(there, gone))
    assert ([each.id for each in seen], deleted) == ([there], [])
    birds.world.faults["GET tweets"] = [problem(503, "Service Unavailable", "")] * 3
    assert (await birds.poll(watch=(there, gone)))[1] == []
    assert "could not be looked at again" in birds.notes[-1]


async def test_an_edited_post_stays_one_message_and_is_answered_as_it_is_now(birds: Birds) -> None:
    own = birds.ask("@brand frist")
    first = await birds.one(own)
    new = birds.world.edit(own, "@brand first")
    [seen] = (await birds.poll(options={"threads": False}, watch=(own,)))[0][:1]
    for message in (seen, (await birds.poll(watch=(own,)))[0][0]):
        assert (message.id, message.text, message.conversation) == (own, "@brand first", own)
        assert message.edited_at
        assert message.extra["post"] == new
    [watched] = [each for each in (await birds.poll(watch=(own,)))[0] if each.id == own]
    assert watched.created_at == first.created_at
    sent = await x.send(birds.client, birds.account, outgoing(watched))
    body = next(each.json for each in birds.world.asked if each.method == "POST")
    assert body["reply"] == {"in_reply_to_tweet_id": new}
    assert sent.id in birds.world.posts


async def test_a_lost_answer_is_found_and_never_doubled(birds: Birds) -> None:
    message = await birds.one(birds.ask())
    reply = outgoing(message, "See https://example.com & 1 < 2")
    assert await x.find_sent(birds.client, birds.account, reply) is None
    birds.world.lost.add("POST tweets")
    with pytest.raises(Retryable) as lost:
        await x.send(birds.client, birds.account, reply)
    assert lost.value.maybe_done
    found = await x.find_sent(birds.client, birds.account, reply)
    assert isinstance(found, Sent)
    assert len(birds.world.calls("POST tweets")) == 1
    [ours] = (await birds.poll())[0]
    assert x.is_sent(reply, ours)
    assert not x.is_sent(replace(reply, text="other"), ours)
    known = replace(reply, known=frozenset({found.id}))
    assert await x.find_sent(birds.client, birds.account, known) is None


async def test_what_is_like_a_reply_is_not_taken_for_it(birds: Birds) -> None:
    message = await birds.one(birds.ask())
    birds.world.say("ben", "@ana It is on its way", message.id)
    assert await x.find_sent(birds.client, birds.account, outgoing(message)) is None
    own = birds.world.say(HANDLE, "@ana Something else", message.id)
    reply = outgoing(message)
    found = await x.find_sent(birds.client, birds.account, reply)
    assert found == Unsure(own, "@ana Something else", f"https://x.com/i/web/status/{own}")
    birds.world.say(HANDLE, "It is on its way")
    assert isinstance(await x.find_sent(birds.client, birds.account, reply), Unsure)


async def test_a_reply_that_the_search_does_not_know_yet_is_found_in_our_own_list(birds: Birds) -> None:
    message = await birds.one(birds.ask())
    own = birds.world.say(HANDLE, "@ana It is on its way", message.id)
    birds.world.faults["GET tweets/search/recent"] = [Reply({"meta": {"result_count": 0}})]
    found = await x.find_sent(birds.client, birds.account, outgoing(message))
    assert isinstance(found, Sent)
    assert found.id == own


async def test_a_reply_of_which_nobody_is_named_may_be_ours(birds: Birds) -> None:
    message = await birds.one(birds.ask())
    own = birds.world.say(HANDLE, "@ana It is on its way", message.id)
    nobodys = {name: value for name, value in birds.world.posts[own].items() if name != "author_id"}
    for name in ("GET tweets/search/recent", f"GET users/{ME}/tweets"):
        birds.world.faults[name] = [Reply({"data": [nobodys], "meta": {"result_count": 1}})]
    assert isinstance(await x.find_sent(birds.client, birds.account, outgoing(message)), Unsure)


async def test_when_nothing_can_be_looked_up_it_is_unknown(birds: Birds) -> None:
    message = await birds.one(birds.ask())
    for name in ("GET tweets/search/recent", f"GET users/{ME}/tweets"):
        birds.world.faults[name] = [problem(503, "Service Unavailable", "")] * 3
        with pytest.raises(SourceError):
            await x.find_sent(birds.client, birds.account, outgoing(message))
        birds.world.faults.clear()


async def test_what_x_does_not_permit(birds: Birds) -> None:
    message = await birds.one(birds.ask())
    await x.send(birds.client, birds.account, outgoing(message))
    before = birds.spent
    with pytest.raises(Refused, match="same text") as again:
        await x.send(birds.client, birds.account, outgoing(message))
    assert not isinstance(again.value, Denied)
    other = birds.world.say("ben", "hello", ROOT)
    raw = birds.world.posts[other]
    with pytest.raises(Denied, match="does not permit") as denied:
        await x.send(birds.client, birds.account, outgoing(x.parse(raw, birds.account), "Hi"))
    assert "named or quoted" in denied.value.hint
    assert birds.spent == before


async def test_hide_and_back_and_delete(birds: Birds) -> None:
    message = await birds.one(birds.ask())
    await x.act(birds.client, birds.account, Act("k", "hide", message))
    assert birds.world.hidden == {message.id}
    await x.act(birds.client, birds.account, Act("k", "hide", message, undo=True))
    assert birds.world.hidden == set()
    with pytest.raises(Refused, match="does not say"):
        await x.acted(birds.client, birds.account, Act("k", "hide", message))
    own = birds.world.say(HANDLE, "@ana hello", message.id)
    ours = await birds.one(own)
    delete = Act("k", "delete", ours)
    assert not await x.acted(birds.client, birds.account, delete)
    await x.act(birds.client, birds.account, delete)
    assert own not in birds.world.posts
    assert await x.acted(birds.client, birds.account, delete)
    await x.act(birds.client, birds.account, delete)
    for act in (Act("k", "delete", message), Act("k", "hide", ours), Act("k", "like", message)):
        with pytest.raises(Refused, match="cannot"):
            await x.act(birds.client, birds.account, act)
    del birds.world.posts[message.id]
    with pytest.raises(NotThere):
        await x.act(birds.client, birds.account, Act("k", "hide", message))


async def test_what_is_spent_is_what_x_counts(birds: Birds) -> None:
    own = birds.ask()
    account = replace(birds.account, options={"own_app": True})
    for _ in range(3):
        await birds.poll(options=account.options, watch=(own,))
    assert birds.spent == birds.world.cost
    birds.world.say("ben", "aside", own)
    await birds.poll(options=account.options)
    assert birds.spent == birds.world.cost
    before = birds.spent
    # The next day everything is paid anew.
    birds.time[0] += DAY
    await birds.poll(options={**account.options, "threads": False}, watch=(own,))
    assert birds.spent - before == api.POST + api.USER


async def test_the_cost_is_noted_before_and_given_back_where_it_was_none(birds: Birds) -> None:
    message = await birds.one(birds.ask())
    before = birds.spent
    noted: list[int] = []

    def handle(asked: Asked) -> Reply:
        noted.append(birds.spent - before)
        return birds.world.handle(asked)

    with Loopback(handle) as server:
        account = replace(birds.account, base_url=server.url)
        await x.send(birds.client, account, outgoing(message, "see https://example.com"))
        assert noted == [api.REPLY_WITH_LINK]
        birds.world.faults["POST tweets"] = [problem(400, "Invalid Request", "no")]
        with pytest.raises(Refused):
            await x.send(birds.client, account, outgoing(message))
        assert birds.spent - before == api.REPLY_WITH_LINK
        birds.world.lost.add("POST tweets")
        with pytest.raises(Retryable):
            await x.send(birds.client, account, outgoing(message, "Lost, but paid"))
        assert birds.spent - before == api.REPLY_WITH_LINK + api.REPLY


async def test_no_call_is_made_beyond_the_limit(birds: Birds) -> None:
    message = await birds.one(birds.ask())
    birds.account.ledger.limits = {SPENDING.name: birds.spent + SPENDING.reserve + api.POST}
    birds.world.asked.clear()
    with pytest.raises(RateLimited, match="kept for replies") as limited:
        await birds.poll()
    assert limited.value.until > NOW
    assert birds.world.asked == []
    # What is kept is for people.
    await x.send(birds.client, birds.account, outgoing(message))
    birds.account.ledger.limits = {SPENDING.name: birds.spent}
    birds.world.asked.clear()
    for call in (
        x.send(birds.client, birds.account, outgoing(message, "more")),
        x.act(birds.client, birds.account, Act("k", "hide", message)),
        x.find_sent(birds.client, birds.account, outgoing(message)),
    ):
        with pytest.raises(RateLimited, match="spending"):
            await call
    assert birds.world.asked == []


async def test_looking_for_changes_takes_no_more_of_the_money_than_of_the_month(birds: Birds) -> None:
    own = birds.ask()
    await birds.poll()
    birds.world.asked.clear()
    # It is the middle of November.
    birds.account.ledger.used[SPENDING.name] = replace(birds.account.ledger.used[SPENDING.name], used=7_000)
    later = birds.ask("@brand and?")
    assert [each.id for each in (await birds.poll(watch=(own,)))[0]] == [later]
    assert "GET tweets" not in birds.world.calls()
    birds.time[0] += 12 * DAY
    await birds.poll(watch=(own,))
    assert "GET tweets" in birds.world.calls()


async def test_a_list_is_as_long_as_there_is_money_for(birds: Birds) -> None:
    birds.account.ledger.limits = {SPENDING.name: SPENDING.reserve + 20 * (api.POST + api.USER)}
    wanted = [birds.ask(f"@brand {number}") for number in range(15)]
    assert sorted(each.id for each in (await birds.poll(options={"threads": False}))[0]) == sorted(wanted)
    asked = next(each for each in birds.world.asked if each.path.endswith("/mentions"))
    assert asked.one("max_results") == "19"


async def test_a_poll_that_is_stopped_costs_nothing(birds: Birds) -> None:
    birds.world.faults["GET users/me"] = [Reply({}, delay=5)]
    task = asyncio.ensure_future(birds.poll())
    while not birds.world.asked:
        await asyncio.sleep(0.01)
    assert birds.spent == api.USER
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert birds.spent == 0


def test_the_option_says_dollars() -> None:
    assert limit_of(SPENDING, {"monthly_limit_usd": 2.5}) == 2500
    assert limit_of(SPENDING, {}) == 10_000


@pytest.mark.parametrize(
    ("text", "linked"),
    [("hello", False), ("see example.com", True), ("HTTPS://x.y", True), ("Ok.thanks", True), ("mail me@a.com", False)],
)
def test_what_counts_as_a_link(text: str, linked: bool) -> None:
    assert bool(writing._LINK.search(text)) is linked


async def test_direct_messages(birds: Birds) -> None:
    first = birds.world.write("ana", "Are you there?")
    await birds.poll()
    assert birds.world.calls("dm_") == []
    account = birds.account = replace(birds.account, options={"dms": True})
    message = await birds.one(f"dm/{first}")
    assert (message.kind, message.conversation, message.author.handle) == ("dm", "dm:71-9000", "ana")
    reply = outgoing(message, "Yes & gladly")
    assert await x.find_sent(birds.client, account, reply) is None
    birds.world.lost.add("POST dm_conversations/71-9000/messages")
    with pytest.raises(Retryable) as lost:
        await x.send(birds.client, account, reply)
    assert lost.value.maybe_done
    found = await x.find_sent(birds.client, account, reply)
    assert isinstance(found, Sent)
    [ours] = (await birds.poll())[0]
    assert (ours.id, ours.direction) == (found.id, "out")
    assert x.is_sent(reply, ours)
    refused = problem(403, "Forbidden", "no scope", "client-forbidden")
    birds.world.faults["GET dm_events"] = [refused, refused]
    own = birds.ask()
    assert [each.id for each in (await birds.poll())[0]] == [own]
    await birds.poll()
    assert len(birds.notes) == 1


async def test_a_search_takes_words_as_they_are_and_tags(birds: Birds) -> None:
    own = birds.world.say("ana", "our name is nice")
    options = {"search": ['our "name"', "#tag", " "]}
    account = birds.account = replace(birds.account, owned=False, options=options)
    birds.world.posts[own]["text"] = "our  name  is nice"
    [message] = (await birds.poll())[0]
    assert (message.id, message.can, message.post) == (own, frozenset(), None)
    asked = next(each for each in birds.world.asked if "search" in each.path)
    assert asked.one("query") == '("our  name" OR #tag) -is:retweet'
    assert (await birds.poll()) == ([], [])
    birds.account = replace(account, options={})
    assert (await birds.poll()) == ([], [])


async def test_logins(birds: Birds) -> None:
    fields, address = x.INFO.logins
    typed = {"consumer_key": "ck", "consumer_secret": "cs3cret", "access_token": "9000-t", "token_secret": "ts3cret"}
    made = await x.begin_login(birds.client, birds.account, fields, typed)
    assert isinstance(made, Credentials)
    head = birds.world.asked[-1].headers["authorization"]
    assert head.startswith("OAuth ")
    assert 'oauth_consumer_key="ck"' in head
    assert "s3cret" not in head
    signed = replace(birds.account, secret=made.dump())
    assert (await x.identify(birds.client, signed)).handle == HANDLE
    with pytest.raises(UsageError):
        await x.begin_login(birds.client, birds.account, fields, {**typed, "token_secret": " "})
    with pytest.raises(UsageError):
        await x.begin_login(birds.client, birds.account, address, {})
    for secret in ("", "hidden"):
        step = await x.begin_login(birds.client, birds.account, address, {"client_id": "cid", "client_secret": secret})
        assert isinstance(step, LoginStep)
        query = parse_qs(urlsplit(step.url).query)
        assert query["redirect_uri"] == ["http://127.0.0.1:8912/"]
        assert query["code_challenge_method"] == ["S256"]
        assert "offline.access" in query["scope"][0].split()
        pasted = f"http://127.0.0.1:8912/?code=abc&state={query['state'][0]}"
        tokens = await x.finish_login(birds.client, birds.account, step, pasted)
        assert isinstance(tokens, Credentials)
        fresh = await x.refresh(birds.client, replace(birds.account, secret=tokens.dump()))
        assert (fresh.access_token, fresh.refresh_token) == ("fresh", "r2")
        assert fresh.expires_at == NOW + 2 * HOUR
        basic = birds.world.asked[-1].headers.get("authorization", "")
        assert basic.startswith("Basic ") is bool(secret)


async def test_no_token_is_shown(birds: Birds) -> None:
    with pytest.raises(AuthError, match="no token"):
        await x.identify(birds.client, replace(birds.account, secret=""))
    birds.world.token = "another"
    with pytest.raises(AuthError) as refused:
        await birds.poll()
    assert SECRET not in refused.value.line()


async def test_what_is_gone_is_not_answered(birds: Birds) -> None:
    message = Message("1", "1", Author("71"), "@brand x", START)
    birds.world.faults["POST tweets"] = [Reply({"errors": [said("resource-not-found", "Not Found Error")]})]
    with pytest.raises(Refused, match="no longer there"):
        await x.send(birds.client, birds.account, outgoing(message))
    birds.world.faults["POST tweets"] = [Reply({"data": {}}, 201)]
    with pytest.raises(Retryable) as unsaid:
        await x.send(birds.client, birds.account, outgoing(message))
    assert unsaid.value.maybe_done


async def busy(birds: Birds) -> None:
    """Something of everything."""
    if birds.world.posts:
        return
    birds.world.media = {"3_1": {"type": "photo", "url": "https://pbs.example/1.jpg", "alt_text": "a box"}}
    root = birds.world.say(HANDLE, "News")
    own = birds.world.say("ana", "@brand nice", root, attachments={"media_keys": ["3_1"]})
    birds.world.say(HANDLE, "@ana thanks", own)
    birds.world.edit(birds.ask("@brand frist"), "@brand first")
    birds.world.write("ana", "psst")
    birds.account = replace(birds.account, options={"dms": True})
    await birds.poll()


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_a_cursor_that_was_spoilt_stops_nothing(birds: Birds, data: st.DataObject) -> None:
    await busy(birds)
    kept = {stream: json.loads(cursor) for stream, cursor in birds.cursors.items() if cursor}
    spoil(kept, data.draw(st.sampled_from(places(kept))), data.draw(JUNK))
    cursors = {stream: json.dumps(cursor) for stream, cursor in kept.items()}
    await Birds(birds.world, birds.account, birds.client, birds.time, cursors).poll()


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(junk=JUNK, number=st.integers(0, 10_000), which=st.integers(0, 7))
async def test_a_spoilt_answer_is_an_error_by_what_to_do_next_or_costs_an_item(
    birds: Birds, junk: Any, number: int, which: int
) -> None:
    await busy(birds)
    asked = 0

    def handle(request: Asked) -> Reply:
        nonlocal asked
        asked += 1
        reply = birds.world.handle(request)
        return spoilt_answer(reply, number, junk) if asked == which + 1 else reply

    with Loopback(handle) as server:
        account = replace(birds.account, base_url=server.url, watch=tuple(birds.world.posts), ledger=Ledger())
        with suppress(SourceError):
            async for page in x.pages(birds.client, account, {}):
                for message in page.messages:
                    message.text.encode()
                    message.conversation.encode()

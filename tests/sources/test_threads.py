"""Threads, against an API in memory: what is particular to it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from facebook_world import TOKEN, error
from loopback import Loopback, Reply
from masto_world import START
from meta_brand import Brand
from threads_world import BRAND, ME, RENEWED, ThreadsWorld

from cminbox.errors import AuthError, RateLimited, Refused, Retryable, SourceError
from cminbox.model import DAY, MINUTE, Verb
from cminbox.sources.contract import Account, Act, Sent, Unsure
from cminbox.sources.ledger import Ledger
from cminbox.sources.networks import threads
from cminbox.sources.push import Pushed


@pytest.fixture
def brand() -> Iterator[Brand]:
    world = ThreadsWorld()
    with Loopback(world.handle) as server:
        world.server = server
        yield Brand(threads, world, Account("th", "threads", server.url, secret=TOKEN, account_id=ME))


def post_of(brand: Brand, number: int = 0) -> str:
    return str(list(brand.world.posts)[number])


def written(brand: Brand, text: str) -> int:
    return sum(item["text"] == text for item in brand.world.items.values())


async def test_who_we_are(brand: Brand) -> None:
    async with brand.client() as client:
        identity = await threads.identify(client, brand.account)
    assert (identity.id, identity.handle) == (ME, BRAND)


async def test_replies_at_any_depth_belong_to_the_first_level(brand: Brand) -> None:
    top = brand.world.say("first", to=post_of(brand))
    below = brand.world.say("second", "bea", to=top)
    deep = brand.world.say("third", "cy", to=below)
    mine = brand.world.say("ours", BRAND, to=deep)
    found = {message.id: message for message in await brand.new()}
    assert {message.conversation for message in found.values()} == {top}
    assert [found[own].parent for own in (top, below, deep, mine)] == [None, top, below, deep]
    assert [found[own].kind for own in (top, below)] == ["comment", "reply"]
    assert (found[mine].direction, found[mine].author.id) == ("out", ME)
    assert found[top].author.handle == "ana"
    assert found[top].post is not None
    assert found[top].post.title == "Our post 0"
    assert found[top].url == f"https://www.threads.net/@ana/post/{top}"
    later = brand.world.say("much later", "dee", to=mine)
    [message] = await brand.new()
    assert (message.id, message.conversation) == (later, top)


async def test_what_stands_above_is_asked_for_where_it_was_never_read(brand: Brand) -> None:
    top = brand.world.say("first", to=post_of(brand), at=START - 20 * DAY)
    middle = brand.world.say("second", "bea", to=top, at=START - 19 * DAY)
    for number in range(60):
        brand.world.say(f"other {number}", to=post_of(brand))
    await brand.poll()
    deep = brand.world.say("third", "cy", to=middle)
    [message] = await brand.new()
    assert (message.id, message.conversation, message.parent) == (deep, top, middle)


async def test_a_new_reply_to_an_old_post_is_found(brand: Brand) -> None:
    old = brand.world.say("Long ago", BRAND, at=START - 40 * DAY)
    for number in range(40):
        brand.world.say(f"newer {number}", BRAND)
    for _ in range(5):
        await brand.poll()
    own = brand.world.say("Still sold?", to=old)
    assert [message.id for _ in range(5) for message in await brand.new()] == [own]


async def test_mentions_belong_to_the_thread_and_come_once(brand: Brand) -> None:
    root = brand.world.say("A thread of mine")
    named = brand.world.say("ask @brand", "bea", to=root)
    ours = brand.world.say("@brand hello", to=post_of(brand))
    found = [message for message in await brand.new()]
    assert sorted(message.id for message in found) == sorted([named, ours])
    by_id = {message.id: message for message in found}
    assert (by_id[named].kind, by_id[named].conversation, by_id[named].parent) == ("mention", root, root)
    assert (by_id[ours].kind, by_id[ours].conversation) == ("comment", ours)
    assert await brand.new() == []


async def test_answers_to_our_replies_elsewhere_arrive(brand: Brand) -> None:
    named = brand.world.say("what does @brand say?")
    message = await brand.one(named)
    sent = await brand.send(brand.reply(message, "Here we are"))
    [back] = await brand.new()
    assert (back.id, back.direction, back.conversation, back.parent) == (sent.id, "out", named, named)
    assert threads.is_sent(brand.reply(message, "Here we are"), back)
    answer = brand.world.say("Thanks, but when?", to=sent.id)
    found = await brand.new()
    assert [(each.id, each.conversation, each.parent) for each in found] == [(answer, named, sent.id)]
    brand.world.calls.clear()
    assert await brand.new() == []
    assert f"GET /v1.0/{named}" not in brand.world.calls  # whose thread it is is asked once


async def test_a_reply_is_made_and_published_and_read_back(brand: Brand) -> None:
    message = await brand.one(brand.world.say("hello?", to=post_of(brand)))
    outgoing = brand.reply(message)
    assert await brand.find(outgoing) is None
    sent = await brand.send(outgoing)
    assert sent.url.endswith(sent.id)
    [back] = await brand.new()
    assert (back.id, back.direction, back.parent) == (sent.id, "out", message.id)
    assert threads.is_sent(outgoing, back)
    found = await brand.find(outgoing)
    assert isinstance(found, Sent)
    assert found.id == sent.id


LOST = [Reply(cut=True), Reply(b"", 502), Reply(b"<html>", 200), Reply({}, 200), error(1, status=500), error(2)]


@pytest.mark.parametrize("fault", LOST, ids=range(len(LOST)))
async def test_a_publication_whose_answer_was_lost_is_found_and_never_doubled(brand: Brand, fault: Reply) -> None:
    message = await brand.one(brand.world.say("hello?", to=post_of(brand)))
    outgoing = brand.reply(message)
    brand.world.lost = {"threads_publish": fault}
    sent = await brand.send(outgoing)
    assert brand.world.items[sent.id]["text"] == outgoing.text
    assert written(brand, outgoing.text) == 1


async def test_a_publication_that_did_not_arrive_is_made_with_the_same_container(brand: Brand) -> None:
    message = await brand.one(brand.world.say("hello?", to=post_of(brand)))
    route, refused = brand.world._route, [error(2), error(2)]

    def once_away(asked: Any) -> Reply:
        if asked.path.endswith("threads_publish") and refused:
            return refused.pop()
        return Reply(**vars(route(asked)))

    brand.world._route = once_away
    with pytest.raises(Retryable) as got:
        await brand.send(brand.reply(message))
    assert got.value.maybe_done
    refused.append(error(2))
    sent = await brand.send(brand.reply(message))
    assert written(brand, brand.reply(message).text) == 1
    assert len(brand.world.containers) == 2  # the first was never published, and ends by itself
    assert sent.id


@pytest.mark.parametrize("fault", LOST, ids=range(len(LOST)))
async def test_a_container_whose_answer_was_lost_publishes_nothing(brand: Brand, fault: Reply) -> None:
    message = await brand.one(brand.world.say("hello?", to=post_of(brand)))
    outgoing = brand.reply(message)
    brand.world.lost = {"threads": fault}
    with pytest.raises(Retryable) as got:
        await brand.send(outgoing)
    assert got.value.maybe_done
    assert await brand.find(outgoing) is None
    await brand.send(outgoing)
    assert written(brand, outgoing.text) == 1


async def test_a_reply_that_is_refused(brand: Brand) -> None:
    message = await brand.one(brand.world.say("hello?", to=post_of(brand)))
    with pytest.raises(Refused):
        await brand.send(brand.reply(message, "x" * 501))
    del brand.world.items[message.id]
    with pytest.raises(Refused, match="no longer"):
        await brand.send(brand.reply(message))


async def test_only_the_same_words_at_the_same_place_are_the_reply(brand: Brand) -> None:
    one, two = (brand.world.say(text, to=post_of(brand)) for text in ("one", "two"))
    message = await brand.one(one)
    brand.world.clock += MINUTE
    outgoing = brand.reply(message, "Thanks!")
    brand.world.say("Thanks!", BRAND, to=two)
    assert await brand.find(outgoing) is None
    brand.world.say("Thanks!", "cy", to=one)
    assert await brand.find(outgoing) is None
    own = brand.world.say("Thanks a lot", BRAND, to=one)
    unsure = await brand.find(outgoing)
    assert isinstance(unsure, Unsure)
    assert unsure.id == own


async def test_what_waits_for_approval_is_held_and_released(brand: Brand) -> None:
    own = post_of(brand)
    brand.world.items[own]["approvals"] = True
    waiting = brand.world.say("am I allowed?", to=own, pending=True)
    assert await brand.new() == []
    brand.account = replace(brand.account, options={"approvals": True})
    [message] = await brand.new()
    assert (message.id, message.held, message.can, message.answerable) == (waiting, True, {"release"}, False)
    assert await brand.new() == []
    assert not await brand.acted(Act("k", "release", message))
    assert await brand.act("release", message)
    [shown] = await brand.new()
    assert (shown.id, shown.held, shown.answerable) == (waiting, False, True)


VERBS: list[tuple[Verb, bool]] = [("hide", True), ("delete", False), ("release", False)]


@pytest.mark.parametrize(("verb", "undo"), VERBS, ids=[verb for verb, _ in VERBS])
async def test_each_verb_and_its_undo_is_read_back(brand: Brand, verb: Verb, undo: bool) -> None:
    own = brand.world.say("hello?", BRAND if verb == "delete" else "ana", to=post_of(brand))
    message = await brand.one(own)
    brand.world.items[own]["pending"] = verb == "release"
    brand.world.items[post_of(brand)]["approvals"] = True
    assert not await brand.acted(Act("k", verb, message))
    assert await brand.act(verb, message)
    assert threads.INFO.capabilities.verbs[verb].undo is undo
    if undo:
        assert await brand.act(verb, message, undo=True)
    else:
        with pytest.raises(Refused):
            await brand.act(verb, message, undo=True)


async def test_what_can_be_done_with_each(brand: Brand) -> None:
    top = brand.world.say("top", to=post_of(brand))
    below = brand.world.say("below", to=top)
    mine = brand.world.say("mine", BRAND, to=below)
    found = {message.id: message for message in await brand.new()}
    assert [found[own].can for own in (top, below, mine)] == [{"hide"}, frozenset(), {"delete"}]
    assert await brand.act("hide", found[top])
    brand.cursors.clear()
    assert (await brand.one(top)).hidden


async def test_edits_and_deletions(brand: Brand) -> None:
    one, two = (brand.world.say(text, to=post_of(brand)) for text in ("one", "two"))
    await brand.poll()
    brand.world.items[one]["text"] = "changed"
    del brand.world.items[two]
    [watched] = [page for page in await brand.poll(watch=(one, two)) if page.stream == "watch"]
    assert watched.deleted == (two,)
    assert [message.text for message in watched.messages] == ["changed"]


async def test_no_permission_is_no_deletion(brand: Brand) -> None:
    own = [brand.world.say(text, to=post_of(brand)) for text in ("one", "two")]
    await brand.poll()
    route, shown = brand.world._route, dict(brand.world.items)

    def refuse(asked: Any) -> Reply:
        return error(100, 33) if asked.path.rsplit("/", 1)[-1] in shown else Reply(**vars(route(asked)))

    brand.world._route = refuse
    assert not any(page.deleted for page in await brand.poll(watch=tuple(own)))


async def test_a_refused_field_sheds_that_field_and_costs_no_page(brand: Brand) -> None:
    own = brand.world.say("hello", to=post_of(brand))
    brand.world.refused_fields = {"alt_text", "hide_status"}
    [message] = await brand.new()
    assert (message.id, message.author.handle) == (own, "ana")


async def test_a_part_that_is_refused_is_said_and_costs_no_other(brand: Brand) -> None:
    brand.world.refused_edges = {"mentions": error(10)}
    own = brand.world.say("hello", to=post_of(brand))
    pages = await brand.poll()
    assert [message.id for page in pages for message in page.messages] == [own]
    assert [note for page in pages for note in page.notes if "mentions" in note]


async def test_pictures_and_nameless_people(brand: Brand) -> None:
    raw = {"media_type": "IMAGE", "media_url": "https://x.test/1.jpg", "alt_text": "A cat"}
    one = brand.world.say("look", to=post_of(brand), raw=raw)
    two, three = (brand.world.say("x", "", to=post_of(brand)) for _ in range(2))
    found = {message.id: message for message in await brand.new()}
    assert [(each.kind, each.address, each.alt) for each in found[one].attachments] == [
        ("picture", "https://x.test/1.jpg", "A cat")
    ]
    assert found[two].author.id != found[three].author.id
    assert found[two].answerable


async def test_a_day_has_so_many_replies(brand: Brand) -> None:
    message = await brand.one(brand.world.say("hello?", to=post_of(brand)))
    brand.account = replace(brand.account, ledger=Ledger(limits={"replies": 1}, clock=lambda: brand.world.clock))
    await brand.send(brand.reply(message))
    with pytest.raises(RateLimited):
        await brand.send(brand.reply(message, "another"))
    assert written(brand, "another") == 0


async def test_the_token_is_renewed(brand: Brand) -> None:
    async with brand.client() as client:
        fresh = await threads.refresh(client, brand.account)
        assert fresh.access_token == RENEWED
        with pytest.raises(AuthError):
            await threads.refresh(client, replace(brand.account, secret="ended"))


async def test_what_is_pushed_is_asked_for_again(brand: Brand) -> None:
    account = replace(brand.account, secret=json.dumps({"access_token": TOKEN, "client_secret": "app"}))
    top = brand.world.say("first", to=post_of(brand))
    deep = brand.world.say("second", to=top)
    gone = brand.world.say("x", to=top)
    del brand.world.items[gone]
    values = [
        {"field": "replies", "value": {"id": deep, "text": "forged"}},
        {"field": "delete", "value": {"id": gone}},
        {"field": "delete", "value": {"id": top}},
    ]
    content = json.dumps({"app_id": "1", "topic": "moderate", "values": values}).encode()
    signature = hmac.new(b"app", content, hashlib.sha256).hexdigest()
    pushed = Pushed("POST", content, {"x-hub-signature-256": f"sha256={signature}"}, at=START)
    assert threads.receive(account, pushed).keep
    async with brand.client() as client:
        pages = [page async for page in threads.pushed_pages(client, account, pushed)]
    message = pages[0].messages[0]
    assert (message.id, message.text, message.conversation) == (deep, "second", top)
    assert [page.deleted for page in pages if page.deleted] == [(gone,)]


ERRORS: list[tuple[Reply, type[SourceError]]] = [
    (error(190, 463, 401), AuthError),
    (error(4), RateLimited),
    (error(80006), RateLimited),
    (error(2, 0, 200), Retryable),
    (error(10, 0, 403), Refused),
]


@pytest.mark.parametrize(("fault", "kind"), ERRORS, ids=range(len(ERRORS)))
async def test_errors_by_what_to_do_next(brand: Brand, fault: Reply, kind: type[SourceError]) -> None:
    brand.world.fault = fault
    with pytest.raises(kind):
        await brand.poll()


async def test_listening(brand: Brand) -> None:
    own = brand.world.say("I love Oolong", "bea")
    brand.world.say("something else", "cy")
    brand.world.say("@brand hello")
    account: dict[str, Any] = {"owned": False, "options": {"search": ["oolong"]}}
    [message] = await brand.new(**account)
    assert (message.id, message.kind, message.conversation, message.answerable) == (own, "mention", own, True)
    assert await brand.new(**account) == []
    assert (await brand.send(brand.reply(message, "So do we"))).id
    with pytest.raises(Refused, match="listens to nothing"):
        await brand.poll(owned=False)

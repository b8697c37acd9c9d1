"""Instagram, against a Graph API in memory: what is particular to it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from facebook_world import TOKEN, error, graph_time
from instagram_world import IG, PAGE, RENEWED, InstagramWorld
from loopback import Loopback, Reply
from masto_world import START
from meta_brand import Brand

from cminbox.errors import AuthError, RateLimited, Refused, Retryable, SourceError
from cminbox.model import DAY, HOUR, MINUTE, Verb
from cminbox.sources.contract import Account, Act, Sent, Unsure
from cminbox.sources.networks import instagram
from cminbox.sources.push import Pushed


@pytest.fixture
def brand() -> Iterator[Brand]:
    world = InstagramWorld()
    with Loopback(world.handle) as server:
        world.server = server
        yield Brand(instagram, world, Account("insta", "instagram", server.url, secret=TOKEN, account_id=IG))


@pytest.mark.parametrize("login", ["facebook", "instagram"])
async def test_who_we_are_by_either_login(brand: Brand, login: str) -> None:
    brand.account = replace(brand.account, options={"login": login}, account_id="")
    async with brand.client() as client:
        identity = await instagram.identify(client, brand.account)
    assert (identity.id, identity.handle) == (IG, "brand")
    brand.world.comment("hello")
    assert [message.text for message in await brand.new()] == ["hello"]


async def test_a_page_without_an_account_says_so(brand: Brand) -> None:
    brand.world.fault = Reply({"id": PAGE, "name": "Brand"})
    async with brand.client() as client:
        with pytest.raises(AuthError, match="no Instagram account"):
            await instagram.identify(client, brand.account)


async def test_a_comment_as_a_person_sees_it(brand: Brand) -> None:
    own = brand.world.comment("Where is my tea?")
    below = brand.world.comment("Same", who="8", to=own)
    found = {message.id: message for message in await brand.new()}
    message = found[own]
    assert (message.author.id, message.author.handle) == ("7", "person7")
    assert message.post is not None
    assert message.post.title == "Our post 0 with a second line"
    assert message.url == message.post.url == "https://www.instagram.com/p/17800000001/"
    assert message.can == {"hide", "delete"}
    assert (found[below].conversation, found[below].parent, found[below].kind) == (own, own, "reply")


async def test_who_is_kept_back_is_known_by_handle_or_not_merged(brand: Brand) -> None:
    one = brand.world.comment("a", raw={"from": None})
    two, three = brand.world.comment("b", who=""), brand.world.comment("c", who="")
    mine = brand.world.comment("d", who=IG, raw={"from": None, "user": None})
    found = {message.id: message for message in await brand.new()}
    assert (found[one].author.id, found[one].author.handle) == ("user:person7", "person7")
    assert found[two].author.id != found[three].author.id
    assert found[two].answerable
    assert found[mine].direction == "out"


async def test_a_reply_to_an_old_comment_is_found(brand: Brand) -> None:
    brand.world.most, brand.world.below = 5, 3
    old = brand.world.comment("long ago")
    for number in range(40):
        brand.world.comment(f"comment {number}")
    assert len(await brand.new()) == 41
    deep = [brand.world.comment(f"still waiting {number}", to=old) for number in range(5)]
    found = [message.id for _ in range(3) for message in await brand.new()]
    assert sorted(found) == sorted(deep)
    # One that goes while another comes leaves their number as it was.
    new = brand.world.comment("the newest")
    last = brand.world.comment("and now?", to=old)
    for own in deep[:2]:
        brand.world.comments.pop(own)
    found = [message.id for _ in range(3) for message in await brand.new()]
    assert sorted(found) == sorted([new, last])


async def test_what_is_found_at_the_top_costs_no_other_page(brand: Brand) -> None:
    brand.world.most = 5
    for number in range(40):
        brand.world.comment(f"comment {number}")
    await brand.poll()
    brand.world.calls.clear()
    brand.world.comment("new")
    assert len(await brand.new()) == 1
    assert sum(call.endswith("/comments") for call in brand.world.calls) <= 2
    brand.world.calls.clear()
    await brand.poll()
    assert not any(call.endswith("/comments") for call in brand.world.calls)


async def test_a_reply_is_found_though_it_came_while_the_list_was_gone_through(brand: Brand) -> None:
    brand.world.most = 2
    old = brand.world.comment("long ago")
    middle = brand.world.comment("some days ago")
    for number in range(50):
        brand.world.comment(f"comment {number}")
    found = [message.id for _ in range(4) for message in await brand.new()]
    assert len(found) == len(set(found)) == 52
    first = brand.world.comment("one", to=old)
    await_one = [message.id for message in await brand.new()]
    second = brand.world.comment("two", to=middle)
    found = await_one + [message.id for _ in range(8) for message in await brand.new()]
    assert sorted(found) == sorted([first, second])


async def test_a_new_comment_on_an_old_picture_is_found(brand: Brand) -> None:
    old = brand.world.post("Long ago", at=START - 40 * DAY)
    for number in range(60):
        brand.world.post(f"newer {number}")
    for _ in range(3):
        await brand.poll()
    own = brand.world.comment("Is this still sold?", post=old)
    assert [message.id for _ in range(3) for message in await brand.new()] == [own]


async def test_our_own_words_come_back_as_ours(brand: Brand) -> None:
    top = brand.world.comment("hello?")
    own = brand.world.comment("typed on a phone", who=IG, to=top)
    found = {message.id: message for message in await brand.new()}
    assert (found[own].direction, found[own].conversation) == ("out", top)


async def test_what_tags_us(brand: Brand) -> None:
    when = graph_time(brand.world.tick())
    base = {"timestamp": when, "username": "ana", "media_type": "IMAGE", "permalink": "https://www.instagram.com/p/x/"}
    brand.world.tagged = [
        {**base, "id": "501", "caption": "Lunch with @brand", "media_url": "https://x.test/1.jpg", "at": 1},
        {**base, "id": "502", "at": 2},
    ]
    found = {message.id: message for message in await brand.new()}
    named, tagged = found["mention:501"], found["mention:502"]
    assert (named.kind, named.author.handle, named.answerable) == ("mention", "ana", True)
    assert [each.address for each in named.attachments] == ["https://x.test/1.jpg"]
    assert (tagged.title, tagged.answerable) == ("Tagged you", False)
    assert await brand.new() == []
    await brand.send(brand.reply(named, "Thank you"))
    assert brand.world.answers == [{"media_id": "501", "message": "Thank you"}]
    with pytest.raises(Refused, match="nobody"):
        await brand.find(brand.reply(named))
    assert not any(page.deleted for page in await brand.poll(watch=("mention:501",)))


async def test_stories_are_messages_with_and_without_their_picture(brand: Brand) -> None:
    brand.world.write("5", "Wow", story={"reply_to": {"link": "https://x.test/story.jpg", "id": "1"}})
    brand.world.write("6", "", story={"mention": {"id": "2"}})
    brand.world.write("7", "")
    mine = brand.world.write("5", "Thanks", out=True)
    found = {message.id: message for message in await brand.new()}
    live, ended, empty = found["m_5_0"], found["m_6_0"], found["m_7_0"]
    assert (live.kind, live.title, live.text) == ("dm", "Answer to your story", "Wow")
    assert [(each.kind, each.address, each.gone) for each in live.attachments] == [
        ("picture", "https://x.test/story.jpg", False)
    ]
    assert (ended.title, ended.answer_until) == ("Mentioned you in a story", ended.created_at + DAY)
    assert [(each.kind, each.gone) for each in ended.attachments] == [("picture", True)]
    assert empty.title
    assert live.author.handle == "person5"
    assert (found[mine].direction, found[mine].conversation) == ("out", "dm:5")
    sent = await brand.send(brand.reply(ended, "Thank you!"))
    assert brand.world.threads["6"]["messages"][-1]["id"] == sent.id
    found_again = await brand.find(brand.reply(ended, "Thank you!"))
    assert isinstance(found_again, Sent)
    with pytest.raises(Refused, match="1000 bytes"):
        await brand.send(brand.reply(ended, "ü" * 501))
    brand.world.clock += 25 * HOUR
    with pytest.raises(Refused, match="over"):
        await brand.send(brand.reply(ended, "late"))


async def test_an_answer_to_a_reply_names_its_author_and_stands_below_the_comment(brand: Brand) -> None:
    top = brand.world.comment("hello?")
    below = brand.world.comment("me too", who="8", to=top)
    found = {message.id: message for message in await brand.new()}
    outgoing = brand.reply(found[below], "We look into it")
    assert instagram.compose(found[below], outgoing.text) == "@person8 We look into it"
    assert instagram.compose(found[below], "hi @Person8!") == "hi @Person8!"
    assert instagram.compose(found[top], outgoing.text) == outgoing.text
    assert await brand.find(outgoing) is None
    sent = await brand.send(outgoing)
    assert brand.world.comments[sent.id]["to"] == top
    [back] = await brand.new()
    assert (back.id, back.direction, back.text) == (sent.id, "out", "@person8 We look into it")
    assert instagram.is_sent(outgoing, back)
    found_again = await brand.find(outgoing)
    assert isinstance(found_again, Sent)
    assert found_again.id == sent.id


LOST = [
    Reply(cut=True),
    Reply(b"", 502),
    Reply(b"<html>", 200),
    Reply({}, 200),
    error(1, status=500),
    error(2),
    error(2, status=200),
]


@pytest.mark.parametrize("fault", LOST, ids=range(len(LOST)))
async def test_whatever_fails_after_a_reply_was_sent_may_have_been_done(brand: Brand, fault: Reply) -> None:
    message = await brand.one(brand.world.comment("hello?"))
    outgoing = brand.reply(message)
    brand.world.fault_after = fault
    with pytest.raises(Retryable) as got:
        await brand.send(outgoing)
    assert got.value.maybe_done
    assert isinstance(await brand.find(outgoing), Sent)
    assert sum(one["message"] == outgoing.text for one in brand.world.comments.values()) == 1


async def test_what_was_refused_and_stands_there_all_the_same_was_sent(brand: Brand) -> None:
    message = await brand.one(brand.world.comment("hello?"))
    brand.world.fault_after = error(100)
    assert (await brand.send(brand.reply(message))).id in brand.world.comments


async def test_nothing_but_the_words_is_asked_for_when_posting(brand: Brand) -> None:
    message = await brand.one(brand.world.comment("hello?"))
    await brand.send(brand.reply(message, "Hi"))
    [posted] = [asked for asked in brand.world.server.asked if asked.method == "POST"]
    assert (posted.body, posted.query) == (b"message=Hi", {})


async def test_a_hidden_comment_cannot_be_answered(brand: Brand) -> None:
    message = await brand.one(brand.world.comment("rude"))
    assert await brand.act("hide", message)
    with pytest.raises(Refused):
        await brand.send(brand.reply(message))
    brand.cursors.clear()
    hidden = await brand.one(message.id)
    assert (hidden.hidden, hidden.answerable) == (True, False)


VERBS: list[tuple[Verb, bool]] = [("hide", True), ("delete", False)]


@pytest.mark.parametrize(("verb", "undo"), VERBS, ids=[verb for verb, _ in VERBS])
async def test_each_verb_and_its_undo_is_read_back(brand: Brand, verb: Verb, undo: bool) -> None:
    message = await brand.one(brand.world.comment("hello?"))
    assert not await brand.acted(Act("k", verb, message))
    assert await brand.act(verb, message)
    assert instagram.INFO.capabilities.verbs[verb].undo is undo
    if undo:
        assert await brand.act(verb, message, undo=True)
    assert set(instagram.INFO.capabilities.verbs) == {"hide", "delete"}
    with pytest.raises(Refused):
        await brand.act("like", message)


async def test_edits_and_deletions(brand: Brand) -> None:
    one, two = (brand.world.comment(text) for text in ("one", "two"))
    await brand.poll()
    brand.world.comments[one]["message"] = "changed"
    del brand.world.comments[two]
    [watched] = [page for page in await brand.poll(watch=(one, two)) if page.stream == "watch"]
    assert watched.deleted == (two,)
    assert [message.text for message in watched.messages] == ["changed"]
    brand.world.comments[two] = {**brand.world.comments[one], "id": two, "message": "back"}
    pages = await brand.poll(missing=(two,))
    assert "back" in [message.text for page in pages for message in page.messages]


async def test_no_permission_is_no_deletion(brand: Brand) -> None:
    own = [brand.world.comment(text) for text in ("one", "two")]
    await brand.poll()
    shown = dict(brand.world.comments)
    route = brand.world._route

    def refuse(asked: Any) -> Reply:
        return error(100, 33) if asked.path.rsplit("/", 1)[-1] in shown else route(asked)

    brand.world._route = refuse
    assert not any(page.deleted for page in await brand.poll(watch=tuple(own)))


async def test_a_refused_field_sheds_that_field_and_costs_no_page(brand: Brand) -> None:
    top = brand.world.comment("hello")
    brand.world.comment("below", to=top)
    brand.world.refused_fields = {"from", "user"}
    found = {message.text: message for message in await brand.new()}
    assert set(found) == {"hello", "below"} or set(found) == {"hello"}
    assert found["hello"].author.handle == "person7"


async def test_the_token_is_renewed_before_it_ends(brand: Brand) -> None:
    account = replace(brand.account, options={"login": "instagram"})
    async with brand.client() as client:
        fresh = await instagram.refresh(client, account)
        assert fresh.access_token == RENEWED
        assert fresh.expires_at is not None
        assert fresh.expires_at > brand.world.clock + 59 * DAY
        with pytest.raises(AuthError):
            await instagram.refresh(client, brand.account)
        with pytest.raises(AuthError):
            await instagram.refresh(client, replace(account, secret="ended"))


async def test_a_mention_comes_by_webhook_and_is_asked_for_again(brand: Brand) -> None:
    account = replace(brand.account, secret=json.dumps({"access_token": TOKEN, "client_secret": "app"}))
    comment = {"id": "77", "text": "@brand look", "timestamp": graph_time(START), "username": "ana"}
    media = {"id": "88", "caption": "with @brand", "timestamp": graph_time(START), "username": "bea"}
    brand.world.named = {"77": comment, "88": media}
    own = brand.world.comment("pushed", post=list(brand.world.posts)[1])
    changes = [
        {"field": "mentions", "value": {"comment_id": "77", "media_id": "70"}},
        {"field": "mentions", "value": {"media_id": "88"}},
        {"field": "comments", "value": {"id": own, "text": "forged", "media": {"id": list(brand.world.posts)[1]}}},
    ]
    content = json.dumps({"object": "instagram", "entry": [{"id": IG, "changes": changes}]}).encode()
    signature = hmac.new(b"app", content, hashlib.sha256).hexdigest()
    pushed = Pushed("POST", content, {"x-hub-signature-256": f"sha256={signature}"}, at=START)
    assert instagram.receive(account, pushed).keep
    async with brand.client() as client:
        pages = [page async for page in instagram.pushed_pages(client, account, pushed)]
    named, caption, plain = (message for page in pages for message in page.messages)
    assert (named.id, named.text, named.author.handle, named.answerable) == ("mention:77", "@brand look", "ana", True)
    assert (caption.id, caption.answerable) == ("mention:88", True)
    assert (plain.id, plain.text) == (own, "pushed")
    assert plain.post is not None
    assert plain.post.title == "Our post 1 with a second line"
    await brand.send(brand.reply(named, "Hi Ana"))
    assert brand.world.answers == [{"media_id": "70", "comment_id": "77", "message": "Hi Ana"}]


@pytest.mark.parametrize("wrapped", [False, True])
async def test_what_changed_may_stand_in_the_entry_itself(brand: Brand, wrapped: bool) -> None:
    """As the documentation has it for Instagram login, and around it a list."""
    brand.world.named = {"77": {"id": "77", "text": "@brand look", "timestamp": graph_time(START), "username": "ana"}}
    entry = {"id": IG, "time": 1, "field": "mentions", "value": {"comment_id": "77", "media_id": "70"}}
    said: Any = {"object": "instagram", "entry": [entry]}
    async with brand.client() as client:
        pushed = Pushed("POST", json.dumps([said] if wrapped else said).encode(), at=START)
        pages = [page async for page in instagram.pushed_pages(client, brand.account, pushed)]
    assert [message.text for page in pages for message in page.messages] == ["@brand look"]


ERRORS: list[tuple[Reply, type[SourceError]]] = [
    (error(190, 463, 400), AuthError),
    (error(4), RateLimited),
    (error(80002, 2207051, 403), RateLimited),
    (error(2, 0, 200), Retryable),
    (error(10, 0, 403), Refused),
    (Reply({"error": {"message": "m", "type": "IGApiException", "code": 2500}}, 400), Refused),
]


@pytest.mark.parametrize(("fault", "kind"), ERRORS, ids=range(len(ERRORS)))
async def test_errors_by_what_to_do_next(brand: Brand, fault: Reply, kind: type[SourceError]) -> None:
    brand.world.fault = fault
    with pytest.raises(kind):
        await brand.poll()


async def test_a_limit_ends_when_the_network_says(brand: Brand) -> None:
    usage = {IG: [{"type": "instagram", "call_count": 101, "estimated_time_to_regain_access": 9}]}
    said = {"x-business-use-case-usage": json.dumps(usage)}
    brand.world.fault = Reply(error(80002).body, 400, said)
    with pytest.raises(RateLimited) as got:
        await brand.poll()
    assert got.value.until == brand.world.clock + 9 * MINUTE


async def test_no_token_in_any_cursor_or_address(brand: Brand) -> None:
    brand.world.below = 1
    top = brand.world.comment("top")
    for number in range(70):
        brand.world.comment(f"below {number}", to=top)
        brand.world.post(f"picture {number}")
    assert len(await brand.new()) == 71
    await brand.poll()
    assert TOKEN not in json.dumps(brand.cursors)
    assert all(TOKEN not in f"{asked.path} {asked.query}" for asked in brand.world.server.asked)


async def test_only_the_same_words_are_the_reply(brand: Brand) -> None:
    message = await brand.one(brand.world.comment("hello?"))
    outgoing = brand.reply(message, "Thanks!")
    brand.world.comment("Thanks!", who="8", to=message.id)
    assert await brand.find(outgoing) is None
    nameless = brand.world.comment("Thanks!", who="", to=message.id)
    unsure = await brand.find(outgoing)
    assert isinstance(unsure, Unsure)
    assert unsure.id == nameless


async def test_listening(brand: Brand) -> None:
    when = graph_time(brand.world.tick())
    brand.world.tagged = [{"id": "501", "caption": "My #tea", "timestamp": when, "at": 1}]
    brand.world.comment("not heard")
    account: dict[str, Any] = {"owned": False, "options": {"hashtag": ["#tea"]}}
    [message] = await brand.new(**account)
    assert (message.text, message.answerable, message.author.id) == ("My #tea", False, "unknown:501")
    assert await brand.new(**account) == []
    with pytest.raises(Refused, match="listens to nothing"):
        await brand.poll(owned=False)


async def test_a_webhook_of_what_is_gone_or_may_not_be_seen_is_asked_for_once(brand: Brand) -> None:
    changes = [
        {"field": "comments", "value": {"id": "17900000000"}},
        {"field": "mentions", "value": {"comment_id": "77", "media_id": "70"}},
    ]
    pushed = Pushed("POST", json.dumps({"entry": [{"id": IG, "changes": changes}]}).encode(), at=START)
    async with brand.client() as client:
        assert [page async for page in instagram.pushed_pages(client, brand.account, pushed)] == []
    route = brand.world._route

    def refuse(asked: Any) -> Reply:
        return error(10) if "mentioned_comment" in str(asked.query) else Reply(**vars(route(asked)))

    brand.world._route = refuse
    async with brand.client() as client:
        [page] = [page async for page in instagram.pushed_pages(client, brand.account, pushed)]
    assert "77" in page.notes[0]

"""Facebook Pages, against a Graph API in memory: what is particular to it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from facebook_world import AD, PAGE, TOKEN, World, error, graph_time
from loopback import Loopback, Reply
from masto_world import START
from meta_brand import Brand

from cminbox.errors import AuthError, Denied, NotThere, RateLimited, Refused, Retryable, SourceError
from cminbox.model import DAY, HOUR, MINUTE, WEEK, Message, Verb
from cminbox.sources.contract import Account, Act, Sent, Unsure
from cminbox.sources.networks import facebook
from cminbox.sources.push import Pushed


@pytest.fixture
def brand() -> Iterator[Brand]:
    world = World()
    with Loopback(world.handle) as server:
        world.server = server
        yield Brand(facebook, world, Account("page", "facebook", server.url, secret=TOKEN, account_id=PAGE))


async def test_who_we_are(brand: Brand) -> None:
    async with brand.client() as client:
        identity = await facebook.identify(client, brand.account)
    assert (identity.id, identity.handle) == (PAGE, "Brand")
    brand.world.fault = error(100, message="(#100) Tried accessing nonexisting field (category) on node type (User)")
    async with brand.client() as client:
        with pytest.raises(AuthError, match="the Page's is needed"):
            await facebook.identify(client, brand.account)


async def test_a_comment_as_a_person_sees_it(brand: Brand) -> None:
    picture = {"type": "photo", "media": {"image": {"src": "https://x.test/p.jpg"}}, "description": "A cat"}
    own = brand.world.comment("Where is my tea?", raw={"attachment": picture})
    message = await brand.one(own)
    assert message.author.name == "Person 7"
    assert message.post is not None
    assert (message.post.title, message.post.url) == (
        "Our post 0 with a second line",
        "https://www.facebook.com/9000_1",
    )
    assert (message.kind, message.conversation, message.parent) == ("comment", own, None)
    assert message.url.endswith(f"comment_id={own}")
    assert [(each.kind, each.address, each.alt) for each in message.attachments] == [
        ("picture", "https://x.test/p.jpg", "A cat")
    ]
    assert message.can == {"like", "hide", "delete", "block"}


async def test_answers_belong_to_the_comment_at_the_top(brand: Brand) -> None:
    top = brand.world.comment("first")
    below = brand.world.comment("second", who="8", to=top)
    deeper = brand.world.comment("third", who="9", raw={"parent": {"id": below, "parent": {"id": top}}})
    found = {message.id: message for message in await brand.new()}
    assert {message.conversation for message in found.values()} == {top}
    assert (found[below].parent, found[deeper].parent) == (top, below)


async def test_a_new_comment_on_an_old_post_is_found(brand: Brand) -> None:
    old = brand.world.post("Long ago", at=START - 40 * DAY)
    for number in range(60):
        brand.world.post(f"newer {number}")
    for _ in range(3):
        await brand.poll()
    own = brand.world.comment("Is this still sold?", post=old)
    found: list[Message] = []
    for _ in range(3):
        found += await brand.new()
    assert [message.id for message in found] == [own]


async def test_what_did_not_change_is_not_read_again(brand: Brand) -> None:
    brand.world.comment("one")
    await brand.poll()
    brand.world.calls.clear()
    await brand.poll()
    assert not any(call.endswith("/comments") for call in brand.world.calls)


async def test_our_own_words_come_back_as_ours(brand: Brand) -> None:
    top = brand.world.comment("hello?")
    own = brand.world.comment("typed on a phone", who=PAGE, to=top)
    found = {message.id: message for message in await brand.new()}
    assert (found[own].direction, found[own].conversation, found[own].answerable) == ("out", top, False)


async def test_the_nameless_are_answerable_and_never_merged(brand: Brand) -> None:
    one, two = brand.world.comment("a", who=""), brand.world.comment("b", who="")
    found = {message.id: message for message in await brand.new()}
    assert found[one].author.id != found[two].author.id
    assert all(message.answerable and message.direction == "in" for message in found.values())
    assert all("block" not in (message.can or ()) for message in found.values())


async def test_a_post_of_somebody_else_is_a_conversation_with_what_is_below(brand: Brand) -> None:
    post = brand.world.post("Your shop is closed!", who="31")
    below = brand.world.comment("Same here", post=post)
    found = {message.id: message for message in await brand.new()}
    assert (found[post].kind, found[post].direction, found[post].answerable) == ("post", "in", True)
    assert (found[below].conversation, found[below].parent, found[below].post) == (post, post, None)
    assert await brand.new() == []
    sent = await brand.send(brand.reply(found[post]))
    assert brand.world.comments[sent.id]["post"] == post


async def test_posts_that_tag_us_and_recommendations(brand: Brand) -> None:
    when = graph_time(brand.world.tick())
    brand.world.tagged = [{"id": "55_1", "message": "Look at @Brand", "tagged_time": when, "at": brand.world.clock}]
    review = {"created_time": when, "recommendation_type": "negative", "review_text": "Cold tea", "at": 1}
    known = {**review, "reviewer": {"id": "8", "name": "Ada"}, "open_graph_story": {"id": "8_77"}}
    brand.world.reviews = [known, {**review, "review_text": "Nobody's", "at": 2}]
    found = {message.text: message for message in await brand.new()}
    assert found["Look at @Brand"].kind == "mention"
    cold = found["Cold tea"]
    assert (cold.kind, cold.title, cold.author.name, cold.answerable) == (
        "review",
        "Does not recommend the Page",
        "Ada",
        True,
    )
    assert not found["Nobody's"].answerable
    assert await brand.new() == []


async def test_recommendations_are_not_asked_for_when_their_version_has_ended(brand: Brand) -> None:
    brand.world.clock = START + 1200 * DAY  # 2027-02-26
    brand.cursors.clear()
    await brand.poll()
    assert not any("ratings" in call for call in brand.world.calls)


async def test_comments_on_advertisements(brand: Brand) -> None:
    dark = brand.world.post("Buy now", listed=False)
    brand.world.ads = [dark, dark]
    own = brand.world.comment("Is it vegan?", post=dark)
    account = {"options": {"ad_accounts": [AD]}}
    [message] = await brand.new(**account)
    assert (message.id, message.ad) == (own, True)
    again = brand.world.comment("And glutenfree?", post=dark)
    assert [each.id for each in await brand.new(**account)] == [again]


async def test_a_refused_field_sheds_that_field_and_costs_no_page(brand: Brand) -> None:
    own = brand.world.comment("hello")
    brand.world.refused_fields = {"user_likes", "can_hide"}
    [message] = await brand.new()
    assert message.id == own
    assert message.author.name == "Person 7"
    brand.world.calls.clear()
    later = brand.world.comment("again")
    assert [each.id for each in await brand.new()] == [later]
    assert sum(call.endswith("/comments") for call in brand.world.calls) == 1  # it is not asked for again


async def test_without_the_name_the_comment_still_comes(brand: Brand) -> None:
    own = brand.world.comment("hello")
    brand.world.refused_fields = {"from", "parent", "comments"}
    [message] = await brand.new()
    assert (message.id, message.text) == (own, "hello")
    assert message.author.id.startswith("unknown:")


async def test_a_part_that_is_refused_is_said_and_costs_no_other(brand: Brand) -> None:
    brand.world.refused_edges = {"conversations": error(200), "tagged": error(10), "ratings": error(12)}
    own = brand.world.comment("hello")
    pages = await brand.poll()
    assert [message.id for page in pages for message in page.messages] == [own]
    notes = [note for page in pages for note in page.notes]
    assert len(notes) == 3
    assert any("private messages" in note for note in notes)
    brand.world.calls.clear()
    assert not [note for page in await brand.poll() for note in page.notes]
    assert not any("conversations" in call for call in brand.world.calls)
    brand.world.refused_edges = {}
    brand.world.write("5", "Hi")
    brand.world.clock += 2 * HOUR
    assert [message.text for message in await brand.new()] == ["Hi"]


async def test_private_messages(brand: Brand) -> None:
    jpg = {"data": [{"id": "1", "mime_type": "image/jpeg", "name": "a.jpg", "image_data": {"url": "https://x.test/a"}}]}
    brand.world.write("5", "Hello", attachments=jpg)
    mine = brand.world.write("5", "Hi, how can we help?", out=True)
    other = brand.world.write("6", "")
    found = {message.id: message for message in await brand.new()}
    hello = found["m_5_0"]
    assert (hello.kind, hello.conversation, hello.visibility) == ("dm", "dm:5", "direct")
    assert [each.address for each in hello.attachments] == ["https://x.test/a"]
    assert hello.answer_until == hello.created_at + DAY
    assert (found[mine].direction, found[mine].conversation) == ("out", "dm:5")
    assert found[other].title  # an empty one is shown, not dropped
    sent = await brand.send(brand.reply(hello, "We are here"))
    assert brand.world.threads["5"]["messages"][-1]["id"] == sent.id
    [back] = await brand.new()
    assert (back.id, back.direction) == (sent.id, "out")
    assert facebook.is_sent(brand.reply(hello, "We are here"), back)


async def test_the_window_of_private_messages(brand: Brand) -> None:
    brand.world.write("5", "Hello")
    [hello] = await brand.new()
    brand.world.clock += 25 * HOUR
    with pytest.raises(Refused, match="over"):
        await brand.send(brand.reply(hello))
    brand.account = replace(brand.account, options={"human_agent": True})
    brand.cursors.clear()
    [hello] = await brand.new()
    assert hello.answer_until == hello.created_at + WEEK
    assert (await brand.send(brand.reply(hello))).id
    with pytest.raises(Refused, match="2000"):
        await brand.send(brand.reply(hello, "x" * 2001))


async def test_a_reply_stands_below_the_comment_and_is_read_back(brand: Brand) -> None:
    top = brand.world.comment("hello?")
    below = brand.world.comment("me too", who="8", to=top)
    parent = next(message for message in await brand.new() if message.id == below)
    outgoing = brand.reply(parent)
    assert await brand.find(outgoing) is None
    sent = await brand.send(outgoing)
    assert brand.world.comments[sent.id]["to"] == top
    [back] = await brand.new()
    assert (back.id, back.direction, back.conversation) == (sent.id, "out", top)
    assert facebook.is_sent(outgoing, back)
    found = await brand.find(outgoing)
    assert isinstance(found, Sent)
    assert found.id == sent.id


LOST = [
    Reply(cut=True),
    Reply(b"", 502),
    Reply(b"<html>Bad gateway", 200),
    Reply(b'{"id": "1', 200),
    Reply({}, 200),
    error(1, status=500),
    error(2),
    error(2, status=200),
    error(12345, is_transient=True),
]


@pytest.mark.parametrize("fault", LOST, ids=range(len(LOST)))
async def test_whatever_fails_after_a_reply_was_sent_may_have_been_done(brand: Brand, fault: Reply) -> None:
    message = await brand.one(brand.world.comment("hello?"))
    outgoing = brand.reply(message)
    brand.world.fault_after = fault
    with pytest.raises(Retryable) as got:
        await brand.send(outgoing)
    assert got.value.maybe_done
    found = await brand.find(outgoing)
    assert isinstance(found, Sent)
    assert sum(one["message"] == outgoing.text for one in brand.world.comments.values()) == 1
    assert await brand.find(replace(outgoing, known=frozenset({found.id}))) is None


@pytest.mark.parametrize("code", [100, 368, 200])
async def test_what_was_refused_and_stands_there_all_the_same_was_sent(brand: Brand, code: int) -> None:
    message = await brand.one(brand.world.comment("hello?"))
    brand.world.fault_after = error(code)
    sent = await brand.send(brand.reply(message))
    assert brand.world.comments[sent.id]["message"] == brand.reply(message).text


async def test_what_was_refused_and_is_not_there_is_refused(brand: Brand) -> None:
    message = await brand.one(brand.world.comment("hello?"))
    brand.world.fault = None
    route = brand.world._route

    def refuse(asked: Any) -> Reply:
        return error(100) if asked.method == "POST" else route(asked)

    brand.world._route = refuse  # type: ignore[method-assign]
    with pytest.raises(Refused):
        await brand.send(brand.reply(message))


async def test_a_reply_to_what_is_gone_is_refused(brand: Brand) -> None:
    message = await brand.one(brand.world.comment("hello?"))
    brand.world.comments.clear()
    with pytest.raises(Refused, match="no longer"):
        await brand.send(brand.reply(message))


async def test_only_the_same_words_at_the_same_place_and_time_are_the_reply(brand: Brand) -> None:
    first, second = brand.world.comment("one"), brand.world.comment("two")
    found = {message.id: message for message in await brand.new()}
    outgoing = brand.reply(found[first], "Thanks!")
    brand.world.clock += MINUTE
    outgoing = replace(outgoing, sent_before=brand.world.clock)
    brand.world.comment("Thanks!", who=PAGE, to=second)
    assert await brand.find(outgoing) is None
    brand.world.comment("Thanks!", who="8", to=first)
    assert await brand.find(outgoing) is None
    nameless = brand.world.comment("Thanks!", who="", to=first)
    unsure = await brand.find(outgoing)
    assert isinstance(unsure, Unsure)
    assert unsure.id == nameless
    assert isinstance(await brand.find(replace(outgoing, text="Thanks a lot")), Unsure | None)


VERBS: list[tuple[Verb, bool]] = [("like", True), ("hide", True), ("block", True), ("delete", False)]


@pytest.mark.parametrize(("verb", "undo"), VERBS, ids=[verb for verb, _ in VERBS])
async def test_each_verb_and_its_undo_is_read_back(brand: Brand, verb: Verb, undo: bool) -> None:
    message = await brand.one(brand.world.comment("hello?"))
    act = Act("k", verb, message)
    async with brand.client() as client:
        assert not await facebook.acted(client, brand.account, act)
    assert await brand.act(verb, message)
    assert facebook.INFO.capabilities.verbs[verb].undo is undo
    if undo:
        assert await brand.act(verb, message, undo=True)
        async with brand.client() as client:
            assert not await facebook.acted(client, brand.account, act)
    else:
        with pytest.raises(Refused):
            await brand.act(verb, message, undo=True)


async def test_the_author_is_told_in_private_before_it_is_hidden_and_once(brand: Brand) -> None:
    message = await brand.one(brand.world.comment("rude"))
    assert await brand.act("hide", message, text="We hid your comment")
    assert await brand.act("hide", message, text="We hid your comment")
    assert brand.world.told == [(message.id, "We hid your comment")]
    brand.world.clock += 8 * DAY
    async with brand.client() as client:
        said = await brand.adapter.act(client, brand.account, Act("k", "delete", message, text="Gone"))
    assert said == "its author was not told: the comment is older than 7 days"
    assert message.id not in brand.world.comments
    assert len(brand.world.told) == 1


async def test_who_was_written_to_with_other_words_was_not_told_these(brand: Brand) -> None:
    """Facebook takes one private message for a comment; whose it was is looked up."""
    message = await brand.one(brand.world.comment("rude"))
    await brand.send(replace(brand.reply(message, "Your order number, please?"), private=True))
    act = Act("k", "hide", message, text="We hid your comment")
    async with brand.client() as client:
        said = await brand.adapter.act(client, brand.account, act)
        assert said.startswith("its author was not told: they were written to in private before")
        brand.world.threads.clear()
        said = await brand.adapter.act(client, brand.account, act)
    assert said.startswith("nobody knows whether its author was told this")
    assert await brand.acted(act)


async def test_what_may_not_be_told_hides_all_the_same_and_a_passing_failure_does_not(brand: Brand) -> None:
    """Without the permission for messages a comment can still be hidden; while nobody knows, it is not."""
    message = await brand.one(brand.world.comment("rude"))
    act = Act("k", "hide", message, text="We hid your comment")
    brand.world.refused_edges["messages"] = error(2, 500, message="An unexpected error has occurred")
    async with brand.client() as client:
        with pytest.raises(Retryable):
            await brand.adapter.act(client, brand.account, act)
    assert not await brand.acted(act)
    brand.world.refused_edges["messages"] = error(200, 403, message="(#200) Requires pages_messaging permission")
    async with brand.client() as client:
        said = await brand.adapter.act(client, brand.account, act)
    assert "was not told" in said
    assert "pages_messaging" in said
    assert await brand.acted(act)


async def test_edits_and_deletions(brand: Brand) -> None:
    one, two, three = (brand.world.comment(text) for text in ("one", "two", "three"))
    await brand.poll()
    brand.world.comments[one]["message"] = "changed"
    del brand.world.comments[two]
    pages = await brand.poll(watch=(one, two, three))
    [watched] = [page for page in pages if page.stream == "watch"]
    assert watched.deleted == (two,)
    assert {message.id: message.text for message in watched.messages}[one] == "changed"
    brand.world.comments[two] = {**brand.world.comments[three], "id": two, "message": "back"}
    pages = await brand.poll(missing=(two,))
    assert "back" in [message.text for page in pages for message in page.messages]


async def test_no_permission_is_no_deletion(brand: Brand) -> None:
    own = [brand.world.comment(text) for text in ("one", "two")]
    await brand.poll()
    shown = dict(brand.world.comments)
    route = brand.world._route

    def refuse(asked: Any) -> Reply:
        return error(100, 33) if asked.path.rsplit("/", 1)[-1] in shown else route(asked)

    brand.world._route = refuse  # type: ignore[method-assign]
    pages = await brand.poll(watch=tuple(own))
    assert not any(page.deleted for page in pages)


async def test_the_only_comment_can_be_deleted(brand: Brand) -> None:
    own = brand.world.comment("one")
    await brand.poll()
    brand.world.comments.clear()
    assert [page.deleted for page in await brand.poll(watch=(own,)) if page.deleted] == [(own,)]


ERRORS: list[tuple[Reply, type[SourceError], str]] = [
    (error(190, 460, 401), AuthError, "password"),
    (error(190, 463, 400), AuthError, "ended"),
    (error(190, 458, 200), AuthError, "removed"),
    (error(190, 2069032, 400), AuthError, "Page's is needed"),
    (error(102, 0, 401), AuthError, "token"),
    (error(10, 0, 403), Denied, "permission"),
    (error(200, 0, 403), Denied, "permission"),
    (error(299), Denied, "permission"),
    (error(100, 33), NotThere, "no such thing"),
    (error(803, 0, 404), NotThere, "no such thing"),
    (error(1, 0, 500), Retryable, "trouble"),
    (error(2, 0, 200), Retryable, "trouble"),
    (error(4), RateLimited, "wait"),
    (error(17), RateLimited, "wait"),
    (error(32, 0, 403), RateLimited, "wait"),
    (error(613), RateLimited, "wait"),
    (error(80001, 2446079), RateLimited, "wait"),
    (error(2635), Refused, "2635"),
    (Reply(b"<!doctype html>", 503), Retryable, "trouble"),
    (Reply(b"[1]", 200), Retryable, "object"),
]


@pytest.mark.parametrize(("fault", "kind", "words"), ERRORS, ids=range(len(ERRORS)))
async def test_errors_by_what_to_do_next(brand: Brand, fault: Reply, kind: type[SourceError], words: str) -> None:
    brand.world.fault = fault
    with pytest.raises(SourceError) as got:
        await brand.poll()
    assert type(got.value).__mro__[0:4].count(kind)
    assert words in got.value.line()


async def test_a_limit_ends_when_the_network_says(brand: Brand) -> None:
    usage = {PAGE: [{"type": "pages", "call_count": 101, "estimated_time_to_regain_access": 17}]}
    said = {"x-business-use-case-usage": json.dumps(usage)}
    brand.world.fault = Reply(error(80001).body, 400, said)
    with pytest.raises(RateLimited) as got:
        await brand.poll()
    assert got.value.until == brand.world.clock + 17 * MINUTE
    usage[PAGE][0]["estimated_time_to_regain_access"] = 1
    brand.world.fault = Reply(error(80001).body, 400, {"x-business-use-case-usage": json.dumps(usage)})
    with pytest.raises(RateLimited) as got:
        await brand.poll()
    assert got.value.until == brand.world.clock + MINUTE
    brand.world.fault = error(17)
    with pytest.raises(RateLimited) as got:
        await brand.poll()
    assert got.value.until >= brand.world.clock + 5 * MINUTE


async def test_what_can_wait_waits_while_the_budget_is_short(brand: Brand) -> None:
    own = brand.world.comment("hello")
    await brand.poll()
    usage = {PAGE: [{"type": "pages", "call_count": 80, "estimated_time_to_regain_access": 0}]}
    brand.world.headers = {"x-business-use-case-usage": json.dumps(usage)}
    brand.world.calls.clear()
    await brand.poll(watch=(own,))
    assert f"GET /v26.0/{own}" not in brand.world.calls


async def test_no_token_in_any_cursor_error_or_address(brand: Brand) -> None:
    for number in range(70):
        brand.world.comment(f"comment {number}")
        brand.world.post(f"post {number}")
    for _ in range(3):
        await brand.poll()
    assert TOKEN not in json.dumps(brand.cursors)
    assert all(TOKEN not in f"{asked.path} {asked.query}" for asked in brand.world.server.asked)
    brand.world.fault = error(100, message=f"(#100) bad parameter near {TOKEN}")
    with pytest.raises(Refused) as got:
        await brand.poll()
    assert TOKEN not in f"{got.value.line()} {got.value!r}"


async def test_the_proof_of_the_apps_secret_goes_along(brand: Brand) -> None:
    secret = json.dumps({"access_token": TOKEN, "client_secret": "app"})
    await brand.poll(secret=secret)
    wanted = hmac.new(b"app", TOKEN.encode(), hashlib.sha256).hexdigest()
    assert all(asked.one("appsecret_proof") == wanted for asked in brand.world.server.asked)


def pushed(body: object, key: str = "app") -> Pushed:
    content = json.dumps(body).encode()
    signature = hmac.new(key.encode(), content, hashlib.sha256).hexdigest()
    return Pushed("POST", content, {"x-hub-signature-256": f"sha256={signature}"}, at=START)


async def test_what_is_pushed_is_signed_and_asked_for_again(brand: Brand) -> None:
    account = replace(
        brand.account, secret=json.dumps({"access_token": TOKEN, "client_secret": "app", "verify_token": "w"})
    )
    own = brand.world.comment("edited meanwhile")
    gone = brand.world.comment("x")
    del brand.world.comments[gone]
    value = {"item": "comment", "verb": "edited", "comment_id": own, "post_id": "9000_1", "message": "forged"}
    lies = {**value, "verb": "remove"}
    body = {
        "object": "page",
        "entry": [
            {
                "id": PAGE,
                "changes": [
                    {"field": "feed", "value": value},
                    {"field": "feed", "value": lies},
                    {"field": "feed", "value": {**lies, "comment_id": gone}},
                ],
            },
            {"id": "another", "changes": [{"field": "feed", "value": value}]},
        ],
    }
    assert facebook.receive(account, pushed(body)).keep
    assert facebook.receive(account, pushed(body, "wrong")).status == 403
    assert facebook.receive(brand.account, pushed(body, "")).status == 403
    hello = {"hub.mode": "subscribe", "hub.challenge": "1158", "hub.verify_token": "w"}
    assert facebook.receive(account, Pushed("GET", b"", query=hello)).body == "1158"
    assert facebook.receive(account, Pushed("GET", b"", query={**hello, "hub.verify_token": "x"})).status == 403
    async with brand.client() as client:
        pages = [page async for page in facebook.pushed_pages(client, account, pushed(body))]
    assert [message.text for page in pages for message in page.messages] == ["edited meanwhile", "edited meanwhile"]
    assert [page.deleted for page in pages if page.deleted] == [(gone,)]
    assert all((page.stream, page.cursor) == ("", "") for page in pages)


async def test_a_second_account_does_not_go_on_from_the_first_ones_cursors(brand: Brand) -> None:
    own = brand.world.comment("hello")
    await brand.poll()
    assert await brand.new() == []
    brand.cursors = {stream: cursor.replace(f'"{PAGE}"', '"another"') for stream, cursor in brand.cursors.items()}
    assert [message.id for message in await brand.new()] == [own]


@pytest.mark.parametrize("fault", [error(10), error(2), error(100)], ids=["denied", "trouble", "refused"])
async def test_one_post_that_cannot_be_read_costs_no_other(brand: Brand, fault: Reply) -> None:
    poisoned = brand.world.post("poisoned")
    brand.world.comment("lost", post=poisoned)
    own = brand.world.comment("found")
    route = brand.world._route

    def refuse(asked: Any) -> Reply:
        return fault if asked.path.endswith(f"{poisoned}/comments") else Reply(**vars(route(asked)))

    brand.world._route = refuse
    pages = await brand.poll()
    assert [message.id for page in pages for message in page.messages] == [own]
    assert [note for page in pages for note in page.notes if poisoned in note]


async def test_where_no_post_may_be_read_the_poll_fails(brand: Brand) -> None:
    for number in range(4):
        brand.world.comment("hello", post=brand.world.post(f"post {number}"))
    brand.world.refused_edges = {"comments": error(10)}
    with pytest.raises(Denied):
        await brand.poll()


async def test_what_is_attached_is_left_away_where_it_is_refused(brand: Brand) -> None:
    brand.world.write("5", "Hello")
    brand.world.refused_fields = {"sticker"}
    assert [message.text for message in await brand.new()] == ["Hello"]


async def test_what_is_older_than_the_first_poll_reached_is_not_taken_for_new(brand: Brand) -> None:
    old = brand.world.post("Long ago", at=START - 60 * DAY)
    visit = brand.world.post("A visitor's", who="31", at=START - 59 * DAY)
    brand.world.comment("a year ago", post=old, at=START - 50 * DAY)
    brand.world.comment("as old", post=visit, at=START - 50 * DAY)
    brand.world.write("5", "months ago", at=START - 50 * DAY)
    for number in range(120):
        brand.world.post(f"newer {number}")
    brand.world.write("6", "Hi")
    assert {message.text for message in await brand.new()} == {
        "Hi",
        "months ago",
    }  # what the first page has, as history
    own = brand.world.comment("today", post=old)
    below = brand.world.comment("today too", post=visit)
    brand.world.write("5", "today in private")
    found = {message.text: message for _ in range(4) for message in await brand.new()}
    assert set(found) == {"today", "today too", "today in private"}
    assert (found["today"].id, found["today"].conversation) == (own, own)
    assert (found["today too"].id, found["today too"].conversation) == (below, visit)


async def test_recommendations_come_by_webhook_too(brand: Brand) -> None:
    rating = {
        "item": "rating",
        "verb": "add",
        "open_graph_story_id": 904,
        "reviewer_id": 705,
        "reviewer_name": "Ada",
        "rating": 3,
        "review_text": "Nice tea",
        "recommendation_type": "POSITIVE",
        "created_time": brand.world.clock // 1000,
    }
    values = [rating, {**rating, "item": "like"}, {**rating, "verb": "remove"}, {**rating, "review_text": "old form"}]
    del values[3]["created_time"]
    changes = [{"field": "ratings", "value": value} for value in values]
    said = Pushed("POST", json.dumps({"entry": [{"id": PAGE, "changes": changes}]}).encode(), at=brand.world.clock)
    async with brand.client() as client:
        pages = [page async for page in facebook.pushed_pages(client, brand.account, said)]
    found = [message for page in pages for message in page.messages]
    assert [(one.id, one.kind, one.text, one.author.name) for one in found] == [
        ("904", "review", "Nice tea", "Ada"),
        ("904", "review", "old form", "Ada"),
    ]
    assert (found[0].title, found[0].stars, found[0].answerable) == ("Recommends the Page", 3, True)


async def test_a_comment_elsewhere_that_names_the_page_is_a_mention(brand: Brand) -> None:
    own = brand.world.comment("ask @Brand", post=brand.world.post("Somebody's", who="31", listed=False))
    value = {"item": "comment", "verb": "add", "comment_id": own, "post_id": "31_1"}
    said = Pushed(
        "POST", json.dumps({"entry": [{"id": PAGE, "changes": [{"field": "mention", "value": value}]}]}).encode()
    )
    async with brand.client() as client:
        [page] = [page async for page in facebook.pushed_pages(client, brand.account, said)]
    assert [(one.id, one.kind, one.conversation) for one in page.messages] == [(own, "mention", own)]

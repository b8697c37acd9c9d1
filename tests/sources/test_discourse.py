"""What is particular to Discourse: its errors, windows of posts, answers by number, private topics, reviews."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest
from discourse_world import KEY, ME, NAME, START, TOPIC, World, no
from hypothesis import given
from hypothesis import strategies as st
from loopback import Loopback, Reply
from polled import Polled
from spoilt import JUNK, places, spoil

from cminbox.errors import AuthError, DataError, Denied, NotThere, RateLimited, Refused, Retryable, SourceError
from cminbox.model import DAY, HOUR, SECOND, Message, Verb
from cminbox.sources.contract import Account, Act, Outgoing, Sent, Unsure
from cminbox.sources.http import Answer
from cminbox.sources.networks import discourse
from cminbox.sources.networks.discourse import api
from cminbox.sources.networks.discourse.post import parse

NOW = START + DAY


@dataclass
class Site(Polled):
    """Our user on a world, polled."""

    world: World
    now: int = NOW

    async def one(self, text: str = "hello", **more: Any) -> Message:
        own = str(self.world.say("ana", text, **more))
        return (await self.messages())[own]

    def wrote(self) -> list[str]:
        return [post["raw"] for post in self.world.posts.values() if post["user_id"] == 1]


@pytest.fixture
def site() -> Iterator[Site]:
    world = World()
    with Loopback(world.handle) as server:
        yield Site(world, Account("forum", "discourse", server.url, secret=f"{NAME}:{KEY}", account_id=ME))


def outgoing(parent: Message, text: str = "Thank you very much", **more: Any) -> Outgoing:
    return Outgoing("k1", text, parent.conversation, parent, "en", sent_before=START, **more)


ERRORS: list[tuple[int, Any, type[SourceError] | None]] = [
    (200, {"errors": []}, None),
    (403, {"errors": ["x"], "error_type": "invalid_access"}, None),
    (403, {"errors": ["x"], "error_type": "not_logged_in"}, AuthError),
    (404, {"errors": ["x"], "error_type": "not_found"}, None),
    (404, None, Refused),
    (422, {"errors": ["Body is too similar"]}, Refused),
    (422, None, Refused),
    (429, {"errors": ["x"], "error_type": "rate_limit", "extras": {"wait_seconds": 9}}, RateLimited),
    (422, {"errors": ["x"], "error_type": "rate_limit"}, RateLimited),
    (429, None, None),
    (500, None, None),
]


@pytest.mark.parametrize(("status", "data", "kind"), ERRORS, ids=range(len(ERRORS)))
def test_an_answer_is_judged_by_its_type(status: int, data: Any, kind: type[SourceError] | None) -> None:
    found = discourse.judge(Answer(status, {}, data=data, host="forum.test", at=NOW))
    assert type(found) is (kind or type(None))
    assert found is None or "\n" not in found.line()


async def test_a_limit_waits_as_the_body_says(site: Site) -> None:
    said = {"errors": ["slow"], "error_type": "rate_limit", "extras": {"wait_seconds": 33}}
    site.world.faults["GET /posts.json"] = Reply(said, 429)
    with pytest.raises(RateLimited) as got:
        await site.poll()
    assert got.value.until == NOW + 33 * SECOND


@pytest.mark.parametrize(
    ("secret", "headers"),
    [
        (f"{NAME}:{KEY}", {"Api-Key": KEY, "Api-Username": NAME}),
        (json.dumps({"api_key": f" {KEY} ", "username": NAME}), {"Api-Key": KEY, "Api-Username": NAME}),
        (json.dumps({"user_api_key": KEY}), {"User-Api-Key": KEY}),
        (KEY, {"User-Api-Key": KEY}),
    ],
)
async def test_each_key_is_understood(site: Site, secret: str, headers: dict[str, str]) -> None:
    account = replace(site.account, secret=secret)
    assert dict(api.who(account).values) == headers
    async with site.client() as client:
        found = await discourse.identify(client, account)
    assert (found.id, found.handle) == (ME, NAME)


@pytest.mark.parametrize("secret", ["", "brand:", ":key", json.dumps({"api_key": KEY})])
async def test_half_a_key_is_none(site: Site, secret: str) -> None:
    with pytest.raises(AuthError):
        await site.poll(secret=secret, account_id="")


def test_a_forum_without_an_address_is_none() -> None:
    with pytest.raises(Refused):
        api.base(Account("forum", "discourse", ""))


async def test_a_wrong_key_and_a_missing_permission_are_told_apart(site: Site) -> None:
    with pytest.raises(AuthError):
        await site.poll(secret="brand:wrong")
    site.world.faults["GET /posts.json"] = no(403, "invalid_access")
    with pytest.raises(Denied):
        await site.poll()
    await site.poll()
    assert site.cursors
    with pytest.raises(AuthError):
        await site.poll(secret="brand:wrong")


async def test_who_moderates_nothing_is_told_once_and_reads_on(site: Site) -> None:
    site.world.moderator = False
    own = site.world.say("ana", "hello")
    pages = await site.poll()
    assert str(own) in {message.id for page in pages for message in page.messages}
    [note] = [note for page in pages for note in page.notes]
    assert note.startswith("the review queue: ")
    assert not [note for page in await site.poll() for note in page.notes]
    site.now += 7 * HOUR
    site.world.moderator = True
    held = site.world.wait("bo", "let me in")
    assert f"review:{held}" in await site.messages()


# Reading


async def test_topics_titles_and_answers_by_number(site: Site) -> None:
    world = site.world
    first = world.say("ana", "How *much*?")
    ours = world.say(NAME, "5 euros", answers=first)
    back = world.say("ana", "thanks", answers=ours)
    other = world.say("bo", "elsewhere", world.topic("Other"))
    world.say("system", "closed", post_type=3)
    got = await site.messages()
    assert set(got) == {str(each) for each in (first, ours, back, other)}
    assert {got[str(each)].conversation for each in (first, ours, back)} == {str(TOPIC)}
    assert [got[str(each)].parent for each in (first, ours, back)] == [None, str(first), str(ours)]
    assert [got[str(each)].direction for each in (first, ours, back)] == ["in", "out", "in"]
    assert [got[str(each)].kind for each in (first, back)] == ["comment", "reply"]
    post = got[str(back)].post
    assert post is not None
    assert (post.id, post.title) == (str(TOPIC), "New & fresh")
    assert got[str(first)].title == "New & fresh"
    assert got[str(back)].url.endswith(f"/t/new-fresh/{TOPIC}/3")
    assert got[str(first)].author.handle == "ana"
    assert got[str(first)].text == "How *much*?"


async def test_what_is_answered_long_ago_is_asked_for_once(site: Site) -> None:
    old = site.world.say("ana", "long ago")
    site.world.posts[old]["created_at"] = "2020-01-01T00:00:00Z"
    late = [site.world.say("bo", f"late {number}", answers=old) for number in range(3)]
    got = await site.messages()
    assert {got[str(each)].parent for each in late} == {str(old)}
    asked = [each.path for each in site.world.asked if "by_number" in each.path]
    assert asked in ([], [f"/posts/by_number/{TOPIC}/1.json"])


async def test_a_stretch_of_deleted_posts_ends_no_walk(site: Site) -> None:
    site.world.most = 5
    wanted = [site.world.say("ana", f"post {number}") for number in range(200)]
    for own in wanted[40:160]:
        site.world.posts[own]["deleted_at"] = "2023-11-14T23:00:00Z"
    got: dict[str, Message] = {}
    for _ in range(3):
        got |= await site.messages()
    assert set(got) == {str(own) for own in (*wanted[:40], *wanted[160:])}


async def test_text_without_its_source_is_read_from_what_is_shown() -> None:
    raw = {"id": 5, "topic_id": 7, "user_id": 2, "username": "ana", "created_at": "2023-11-14T22:13:20Z"}
    account = Account("forum", "discourse", "https://forum.test", account_id=ME)
    message = parse({**raw, "cooked": "<p>5 &lt; 6</p><blockquote>so</blockquote>"}, account)
    assert "5 < 6" in message.text
    slate = [{"type": "paragraph", "children": [{"text": "x"}]}]
    assert parse({**raw, "cooked": "<p>hi</p>", "raw": slate}, account).text == "hi"
    with pytest.raises(DataError):
        parse(raw, account)


async def test_private_messages_are_topics_that_changed(site: Site) -> None:
    world = site.world
    talk = world.topic("Help me", private=True)
    first = world.say("ana", "my order", talk)
    more = [world.say("ana", f"part {number}", talk) for number in range(30)]
    got = await site.messages()
    assert set(got) == {str(each) for each in (first, *more)}
    assert {each.kind for each in got.values()} == {"dm"}
    assert {(each.conversation, each.visibility) for each in got.values()} == {(str(talk), "direct")}
    assert got[str(first)].title == "Help me"
    assert got[str(first)].post is None
    asked = len(world.asked)
    assert await site.messages() == {}
    assert not [each for each in world.asked[asked:] if each.path.startswith("/t/")]
    ours, back = world.say(NAME, "on its way", talk), world.say("ana", "thanks", talk)
    got = await site.messages()
    assert set(got) == {str(ours), str(back)}
    assert got[str(ours)].direction == "out"
    # A private message stays one when it is looked at again.
    assert (await site.messages(watch=(str(back),)))[str(back)].kind == "dm"


async def test_private_messages_to_groups_of_the_account_are_read_and_answered(site: Site) -> None:
    world = site.world
    world.groups = {"Support Team": 41, "staff": 3}
    own = world.say("ana", "my order", world.topic("Help us", to="Support Team"))
    world.say("system", "a post was flagged", world.topic("For staff", to="staff"))
    both = world.say("bo", "to you alone", world.topic("Hello", private=True))
    got = await site.messages()
    assert {(each.id, each.kind) for each in got.values()} == {(str(own), "dm"), (str(both), "dm")}
    async with site.client() as client:
        sent = await discourse.send(client, site.account, outgoing(got[str(own)], "On its way to you"))
    assert world.posts[int(sent.id)]["topic_id"] == int(got[str(own)].conversation)
    assert set(await site.messages()) == {sent.id}
    asked = len(world.asked)
    assert await site.messages() == {}
    assert not [each for each in world.asked[asked:] if each.path == "/session/current.json"]
    # A colleague left the group: that is said once, and costs nothing else.
    del world.groups["Support Team"]
    more = world.say("bo", "and this", world.topic("Hello again", private=True))
    pages = await site.poll()
    assert [message.id for page in pages for message in page.messages] == [str(more)]
    (note,) = [note for page in pages for note in page.notes]
    assert note.startswith("private messages to the group Support Team: ")
    assert [note for page in await site.poll() for note in page.notes] == []
    site.now += 7 * HOUR
    assert [note for page in await site.poll() for note in page.notes] == []


async def test_only_the_groups_that_the_configuration_names_are_read_where_it_names_some(site: Site) -> None:
    site.world.groups = {"care": 41, "press": 42, "staff": 3}
    site.account = replace(site.account, options={"groups": ["staff"]})
    own = site.world.say("system", "a post was flagged", site.world.topic("For staff", to="staff"))
    site.world.say("ana", "my order", site.world.topic("Help us", to="care"))
    assert set(await site.messages()) == {str(own)}


async def test_a_private_topic_that_was_taken_away_costs_no_other(site: Site) -> None:
    gone, kept = (site.world.topic(title, private=True) for title in ("gone", "kept"))
    site.world.say("ana", "lost", gone)
    own = site.world.say("bo", "there", kept)
    site.world.faults[f"GET /t/{gone}.json"] = no(404, "not_found")
    assert set(await site.messages()) == {str(own)}
    assert await site.messages() == {}


async def test_what_is_watched_is_asked_for_by_topic(site: Site) -> None:
    watch = tuple([(await site.one(f"post {number}")).id for number in range(6)])
    site.world.posts[int(watch[0])]["deleted_at"] = "2023-11-15T00:00:00Z"
    asked = len(site.world.asked)
    pages = await site.poll(watch=watch)
    assert [own for page in pages for own in page.deleted] == [watch[0]]
    assert {message.id for page in pages for message in page.messages} == set(watch[1:])
    calls = [each.path for each in site.world.asked[asked:] if each.path.startswith(("/t/", "/posts/"))]
    assert calls == [f"/t/{TOPIC}/posts.json"]


async def test_only_what_concerns_us_is_read_where_that_is_wanted(site: Site) -> None:
    site.account = replace(site.account, options={"posts": "mine"})
    site.world.say("ana", "about somebody else")
    mention, answer, liked = (site.world.say("bo", each) for each in ("@brand hello", "well", "liked"))
    site.world.notify(1, mention)
    site.world.notify(2, answer, by_id=False)
    site.world.notify(5, liked)
    got = await site.messages()
    assert set(got) == {str(mention), str(answer)}
    assert await site.messages() == {}


async def test_edits_come_by_version_and_deleted_is_what_the_forum_says(site: Site) -> None:
    kept, edited, deleted, hidden = [await site.one(each) for each in ("kept", "edited", "deleted", "hidden")]
    site.world.edit(int(edited.id), "new words")
    site.world.posts[int(deleted.id)]["deleted_at"] = "2023-11-15T00:00:00Z"
    site.world.posts[int(hidden.id)]["hidden"] = True
    watch = (kept.id, edited.id, deleted.id, hidden.id, "999", "no number")
    pages = await site.poll(watch=watch)
    assert {own for page in pages for own in page.deleted} == {deleted.id, "999"}
    got = {message.id: message for page in pages for message in page.messages}
    assert got[edited.id].text == "new words"
    assert got[edited.id].edited_at is not None
    assert got[kept.id].edited_at is None
    assert got[kept.id].post == kept.post
    assert got[hidden.id].hidden
    site.world.faults[f"GET /posts/{kept.id}.json"] = Reply(b"<html>gone</html>", 404)
    [page] = [page for page in await site.poll(watch=(kept.id,)) if page.stream == "watch"]
    assert (page.deleted, page.messages) == ((), ())
    assert page.notes


async def test_what_waits_for_review_is_held_and_leaves_when_it_is_decided(site: Site) -> None:
    held = site.world.wait("ana", "please *let* me in")
    many = [site.world.wait("bo", f"number {number}") for number in range(14)]
    flagged = await site.one("rude")
    got = await site.messages()
    assert got == {}
    site.world.flag(int(flagged.id))
    got = await site.messages()
    assert set(got) == {flagged.id}
    assert got[flagged.id].held
    assert "release" in (got[flagged.id].can or ())
    site.cursors.clear()
    got = await site.messages()
    assert {f"review:{each}" for each in (held, *many)} <= set(got)
    message = got[f"review:{held}"]
    assert (message.text, message.held, message.answerable) == ("please *let* me in", True, False)
    assert (message.conversation, message.author.handle) == (str(TOPIC), "ana")
    assert message.can == {"release", "delete"}
    # It stays held as long as nobody decided.
    again = await site.messages(watch=(flagged.id, message.id))
    assert again[flagged.id].held
    assert await site.act(message, "release")
    pages = await site.poll(watch=(message.id,))
    assert [own for page in pages for own in page.deleted] == [message.id]
    assert [each.text for page in pages for each in page.messages] == ["please *let* me in"]


async def test_what_waits_is_rejected_and_what_is_flagged_hidden_or_cleared(site: Site) -> None:
    site.world.wait("ana", "buy now")
    first, second = await site.one("rude"), await site.one("fine")
    for each in (first, second):
        site.world.flag(int(each.id))
    site.cursors.pop("review")
    got = await site.messages()
    waits = got["review:5"]
    assert await site.act(waits, "delete")
    with pytest.raises(Refused, match="decided"):
        await site.act(waits, "release")
    with pytest.raises(Refused):
        await site.act(waits, "delete", undo=True)
    assert await site.act(got[first.id], "hide")
    assert await site.act(got[second.id], "release")
    seen = await site.messages(watch=(first.id, second.id))
    assert [seen[each.id].hidden for each in (first, second)] == [True, False]
    assert [seen[each.id].held for each in (first, second)] == [False, False]


# Answering


async def test_an_answer_is_sent_once_found_and_read_back(site: Site) -> None:
    first = await site.one("first")
    parent = await site.one("where is it?", answers=int(first.id))
    out = outgoing(parent, "5 < 6 & *so*\n\nhttps://example.com/?a=1&b=2")
    async with site.client() as client:
        assert await discourse.find_sent(client, site.account, out) is None
        sent = await discourse.send(client, site.account, out)
        assert await discourse.find_sent(client, site.account, out) == sent
        assert await discourse.send(client, site.account, out) == sent
        with pytest.raises(Refused, match="similar"):
            await discourse.send(client, site.account, replace(out, known=frozenset({sent.id})))
        assert isinstance(await discourse.find_sent(client, site.account, replace(out, text="other words")), Unsure)
        late = replace(out, sent_before=NOW + DAY)
        assert isinstance(await discourse.find_sent(client, site.account, late), Unsure)
    back = await site.messages()
    assert set(back) == {sent.id}
    assert back[sent.id].parent == parent.id
    assert discourse.is_sent(out, back[sent.id])
    assert site.wrote() == [out.text]


@pytest.mark.parametrize("how", ["lost", "500", "odd"])
async def test_an_answer_whose_answer_was_lost_is_looked_up_and_never_doubled(site: Site, how: str) -> None:
    parent = await site.one()
    if how == "lost":
        site.world.lost.add("POST /posts.json")
    else:
        site.world.faults["POST /posts.json"] = Reply(b"", 500) if how == "500" else Reply({"success": True})
    async with site.client() as client:
        with pytest.raises(Retryable) as got:
            await discourse.send(client, site.account, outgoing(parent))
        assert got.value.maybe_done
        found = await discourse.find_sent(client, site.account, outgoing(parent))
    assert isinstance(found, Sent) == (how == "lost")
    assert len(site.wrote()) == (how == "lost")


async def test_an_answer_that_waits_for_review_is_not_sent_again(site: Site) -> None:
    parent = await site.one()
    site.world.enqueue = True
    async with site.client() as client:
        sent = await discourse.send(client, site.account, outgoing(parent))
        assert sent.id == "review:5"
        found = await discourse.find_sent(client, site.account, outgoing(parent))
        assert isinstance(found, Sent)
        assert found.id == sent.id
    assert site.wrote() == []


async def test_a_busy_topic_says_nothing_rather_than_no(site: Site) -> None:
    parent = await site.one()
    for number in range(70):
        site.world.say("bo", f"busy {number}")
    async with site.client() as client:
        with pytest.raises(Retryable):
            await discourse.find_sent(client, site.account, outgoing(parent))


async def test_a_closed_topic_refuses_in_the_forums_words(site: Site) -> None:
    parent = await site.one()
    site.world.topics[TOPIC]["closed"] = True
    async with site.client() as client:
        with pytest.raises(Refused, match="not permitted"):
            await discourse.send(client, site.account, outgoing(parent))
        with pytest.raises(Refused, match="review"):
            await discourse.send(client, site.account, outgoing(parent._replace(conversation="review:5")))


# Verbs


@pytest.mark.parametrize("verb", ["like", "hide", "delete", "mute"])
async def test_each_verb_stands_and_is_given_back(site: Site, verb: Verb) -> None:
    message = await site.one()
    assert verb in (message.can or ())
    async with site.client() as client:
        assert not await discourse.acted(client, site.account, Act("k", verb, message))
    assert await site.act(message, verb)
    if verb in ("like", "hide"):
        seen = (await site.messages(watch=(message.id,)))[message.id]
        assert (seen.hidden, seen.done) == ((True, set()) if verb == "hide" else (False, {"like"}))
    assert await site.act(message, verb, undo=True)


async def test_spam_is_flagged_and_not_taken_back(site: Site) -> None:
    message = await site.one()
    assert await site.act(message, "report-spam")
    async with site.client() as client:
        with pytest.raises(Refused):
            await discourse.act(client, site.account, Act("k", "report-spam", message, undo=True))
        with pytest.raises(Refused):
            await discourse.act(client, site.account, Act("k", "release", message))


async def test_deleted_for_whoever_may_not_see_it_is_done(site: Site) -> None:
    message = await site.one()
    site.world.moderator = False
    site.world.posts[int(message.id)]["deleted_at"] = "2023-11-15T00:00:00Z"
    async with site.client() as client:
        assert await discourse.acted(client, site.account, Act("k", "delete", message))
        with pytest.raises(NotThere):
            await discourse.acted(client, site.account, Act("k", "like", message))
        site.world.posts[int(message.id)]["deleted_at"] = None
        with pytest.raises(Denied):
            await discourse.act(client, site.account, Act("k", "hide", message))


async def test_a_decision_whose_answer_was_lost_is_looked_up(site: Site) -> None:
    held = site.world.wait("ana", "let me in")
    message = (await site.messages())[f"review:{held}"]
    site.world.lost.add(f"PUT /review/{held}/perform/approve_post")
    act = Act("k", "release", message)
    async with site.client() as client:
        with pytest.raises(Retryable) as got:
            await discourse.act(client, site.account, act)
        assert got.value.maybe_done
        assert await discourse.acted(client, site.account, act)
    assert len(site.world.posts) == 1


# Hostile


@given(st.data())
def test_whatever_a_field_holds_is_a_message_or_a_data_error(data: st.DataObject) -> None:
    world = World()
    raw = json.loads(json.dumps(world.posts[world.say("ana", "hello")]))
    spoil(raw, data.draw(st.sampled_from(sorted(places(raw), key=str))), data.draw(JUNK))
    with suppress(DataError):
        message = parse(raw, Account("forum", "discourse", "https://forum.test", account_id=ME), fetched_at=NOW)
        message.text.encode()
        assert message.id
        assert message.conversation

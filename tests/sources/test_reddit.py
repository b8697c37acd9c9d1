"""What is particular to Reddit: errors inside a 200, threads at any depth, messages that move up, moderating."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import Loopback, Reply
from polled import Polled
from reddit_world import ME, START, SUB, TOKEN, World, thing
from spoilt import JUNK, places, spoil

from cminbox.errors import AuthError, DataError, Denied, RateLimited, Refused, Retryable, SourceError, UsageError
from cminbox.model import DAY, HOUR, MINUTE, SECOND, Message, Verb
from cminbox.sources.contract import Account, Act, LoginStep, Outgoing, Sent, Unsure
from cminbox.sources.credentials import Credentials
from cminbox.sources.http import Answer
from cminbox.sources.networks import reddit
from cminbox.sources.networks.reddit import api
from cminbox.sources.networks.reddit.thing import parse

NOW = START + DAY


@dataclass
class Site(Polled):
    """Our account on a world, polled."""

    world: World
    now: int = NOW


@pytest.fixture
def site() -> Iterator[Site]:
    world = World()
    with Loopback(world.handle) as server:
        yield Site(world, Account("care", "reddit", server.url, secret=TOKEN, account_id=ME))


def outgoing(parent: Message, text: str = "Thank you", **more: Any) -> Outgoing:
    return Outgoing("k1", text, parent.conversation, parent, "en", sent_before=START, **more)


def refusal(*errors: list[str], **more: Any) -> dict[str, Any]:
    return {"json": {"errors": list(errors), **more}}


ERRORS: list[tuple[int, Any, type[SourceError] | None]] = [
    (200, refusal(), None),
    (200, refusal(["TOO_OLD", "archived", "parent"]), Refused),
    (200, refusal(["THREAD_LOCKED", "locked", "parent"]), Refused),
    (200, refusal(["DELETED_COMMENT", "deleted", "parent"]), Refused),
    (200, refusal(["TOO_LONG", "this is too long (max: 10000)", "text"]), Refused),
    (200, refusal(["SOMETHING_NEW", "words", ""]), Refused),
    (200, refusal(["USER_REQUIRED", "Please log in to do that.", ""]), AuthError),
    (200, refusal(["RATELIMIT", "try again in 3 minutes.", "ratelimit"]), RateLimited),
    (200, {"json": {"errors": "x"}}, None),
    (403, {"message": "Forbidden", "error": 403, "reason": "private"}, Denied),
    (403, None, Retryable),
    (404, None, Retryable),
    (401, {"message": "Unauthorized", "error": 401}, None),
    (404, {"message": "Not Found", "error": 404}, None),
    (429, None, None),
    (500, {"message": "Internal Server Error", "error": 500}, None),
]


@pytest.mark.parametrize(("status", "data", "kind"), ERRORS, ids=range(len(ERRORS)))
def test_an_answer_is_judged_by_its_code(status: int, data: Any, kind: type[SourceError] | None) -> None:
    found = reddit.judge(Answer(status, {}, data=data, host="reddit.test", at=NOW))
    assert type(found) is (kind or type(None))
    assert found is None or "\n" not in found.line()


@pytest.mark.parametrize(
    ("words", "number", "wait"),
    [
        ("Looks like you've been doing that a lot. Take a break for 3 minutes before trying again.", None, 4 * MINUTE),
        ("you are doing that too much. try again in 9 seconds.", None, 10 * SECOND),
        ("try again in 59 milliseconds.", None, 60),
        ("try again in 1 hour.", None, 2 * HOUR),
        ("try again in 3 minutes.", 171.2, 172_200),
        ("try again in 99999999999999 hours", None, DAY),
        ("slow down", None, 10 * MINUTE),
        ("slow down", -1, 10 * MINUTE),
    ],
)
def test_the_pace_of_writing_is_told_in_words_or_by_number(words: str, number: float | None, wait: int) -> None:
    data = refusal(["RATELIMIT", words, "ratelimit"], **({} if number is None else {"ratelimit": number}))
    found = reddit.judge(Answer(200, {}, data=data, host="reddit.test", at=NOW))
    assert isinstance(found, RateLimited)
    assert found.until == NOW + wait


# Logging in


async def test_a_login_by_a_pasted_address_and_its_renewal(site: Site) -> None:
    fields = {"client_id": "app", "client_secret": "app-secret"}
    account = replace(site.account, secret=None, account_id="")
    async with site.client() as client:
        step = await reddit.begin_login(client, account, reddit.INFO.logins[0], fields)
        assert isinstance(step, LoginStep)
        assert "duration=permanent" in step.url
        assert "app-secret" not in step.url
        state = step.state["state"]
        with pytest.raises(UsageError):
            await reddit.finish_login(client, account, step, "http://127.0.0.1:8912/?state=other&code=c0de")
        with pytest.raises(AuthError):
            await reddit.finish_login(client, account, step, f"http://127.0.0.1:8912/?state={state}&code=wrong")
        made = await reddit.finish_login(client, account, step, f"http://127.0.0.1:8912/?state={state}&code=c0de#_")
        assert isinstance(made, Credentials)
        assert (made.access_token, made.refresh_token) == (TOKEN, "refresh-1")
        assert made.expires_at == NOW + DAY
        old = replace(made, access_token="old")
        fresh = await reddit.refresh(client, replace(account, secret=old.dump()))
        assert (fresh.access_token, fresh.refresh_token, fresh.client_id) == (TOKEN, "refresh-1", "app")
        found = await reddit.identify(client, replace(account, secret=fresh.dump()))
        assert (found.id, found.handle) == (ME, ME)
        with pytest.raises(AuthError):
            await reddit.refresh(client, replace(account, secret=TOKEN))
    assert "approves every application" in reddit.INFO.logins[0].help


def test_programs_name_themselves() -> None:
    named = api.user_agent(Account("care", "reddit", account_id="Brand"))
    unnamed = api.user_agent(Account("ca re\r\nx", "reddit"))
    assert named.startswith("terminal:cminbox:v")
    assert named.endswith("(by /u/Brand)")
    assert unnamed.endswith("(source ca-re-x)")


async def test_a_dead_token_stops_everything_and_a_limit_waits_as_said(site: Site) -> None:
    with pytest.raises(AuthError):
        await site.poll(secret="wrong")
    with pytest.raises(AuthError):
        await site.poll(secret="")
    site.world.faults["/message/inbox"] = Reply(
        b"<html>", 429, {"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "42"}
    )
    with pytest.raises(RateLimited) as got:
        await site.poll()
    assert got.value.until == NOW + 42 * SECOND


async def test_a_list_that_is_refused_rests_and_costs_no_other(site: Site) -> None:
    site.world.moderator = False
    own = site.world.say("ana", "hello")
    pages = await site.poll()
    assert own in {message.id for page in pages for message in page.messages}
    [note] = [note for page in pages for note in page.notes]
    assert note.startswith("modmail: ")
    before = len(site.world.asked)
    again = await site.poll()
    assert not [note for page in again for note in page.notes]
    assert "/api/mod/conversations" not in [asked.path for asked in site.world.asked[before:]]
    site.now += 7 * HOUR
    site.world.moderator = True
    site.world.mail("bo", "help")
    assert "modmail:w0" in await site.messages()


async def test_where_every_list_is_refused_it_is_said_at_each_poll(site: Site) -> None:
    site.world.fault = Reply({"message": "Forbidden", "error": 403}, 403)
    for _ in range(2):
        with pytest.raises(Denied):
            await site.poll()
    site.world.fault = Reply(b"<html>blocked</html>", 403)
    with pytest.raises(Retryable):
        await site.poll()
    site.world.fault = None
    own = site.world.say("ana", "hello")
    assert own in await site.messages()


# Reading


async def test_threads_are_by_the_first_comment_that_is_not_ours(site: Site) -> None:
    world = site.world
    first = world.say("ana", "how much?")
    ours = world.say(ME, "5 euros", first)
    back = world.say("ana", "thanks", ours)
    other = world.say("bo", "nice")
    abroad = world.post("cho", "Which one?")
    mine = world.say(ME, "ours!", abroad)
    deep = world.say("cho", "why?", mine)
    deeper = world.say("dee", "yes, why", deep)
    answer = world.say(ME, "because", deeper)
    got = await site.messages()
    assert {got[each].conversation for each in (first, ours, back)} == {first}
    assert got[other].conversation == other
    assert {got[each].conversation for each in (deep, answer)} == {deep}
    assert deeper not in got  # it answers cho, not us
    assert mine not in got
    assert [got[each].direction for each in (first, ours, back)] == ["in", "out", "in"]
    assert [got[each].parent for each in (first, ours, back, deep)] == [None, first, ours, mine]
    post = got[deep].post
    assert post is not None
    assert (post.id, post.title) == (abroad, "Which one?")
    assert post.url.startswith("https://www.reddit.com/r/")
    assert got[deep].url.endswith(f"/{deep[3:]}/")
    assert (got[first].author.id, got[first].author.handle) == ("ana", "ana")
    assert got[first].kind == "comment"
    assert got[back].kind == "reply"
    late = world.say("dee", "u/Brand look", deeper)
    got = await site.messages()
    assert got[late].conversation == deep
    assert got[late].kind == "mention"


async def test_answers_deep_inside_an_old_thread_are_found(site: Site) -> None:
    world = site.world
    world.most = 4
    await site.poll()
    at, said = world.home, []
    for number in range(12):
        at = world.say(f"user{number}", f"level {number}", at)
        said.append(at)
    side = [world.say("bo", f"side {number}", said[1]) for number in range(9)]
    top = [world.say("cho", f"top {number}") for number in range(9)]
    got = await site.messages()
    assert set(got) == {*said, *side, *top}
    assert {got[each].conversation for each in (*said, *side)} == {said[0]}
    assert await site.messages() == {}
    site.now += 39 * DAY
    world.clock += 39 * 86_400
    newest = world.say("bo", "after 39 days", said[-1])
    assert set(await site.messages()) == {newest}


async def test_a_thread_that_goes_on_on_another_page_is_followed(site: Site) -> None:
    await site.poll()
    at, said = site.world.home, []
    for number in range(12):
        at = site.world.say(f"user{number}", f"level {number}", at)
        said.append(at)
    got = await site.messages()
    assert set(got) == set(said)
    assert {message.conversation for message in got.values()} == {said[0]}
    assert any(asked.one("comment") for asked in site.world.asked)


async def test_what_one_poll_cannot_unfold_the_next_ones_do(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from cminbox.sources.networks.reddit import posts

    monkeypatch.setattr(posts, "MOST_CALLS", 1)
    site.world.most = 4
    wanted = {site.world.say("ana", f"comment {number}") for number in range(20)}
    got: list[str] = []
    for _ in range(8):
        site.world.faults["/message/inbox"] = Reply({"message": "Forbidden", "error": 403}, 403)
        got += await site.messages()
    assert sorted(got) == sorted(wanted)


async def test_posts_whose_count_stands_still_are_read_in_turn(site: Site) -> None:
    site.world.say("ana", "one")
    await site.poll()
    late = site.world.say("bo", "let through later")
    site.world.things[site.world.home]["num_comments"] = 1
    site.world.things[late]["parent_id"] = site.world.home
    site.cursors.pop("inbox")
    site.world.faults["/message/inbox"] = Reply({"message": "Forbidden", "error": 403}, 403)
    assert late not in await site.messages()
    site.now += 2 * HOUR
    assert late in await site.messages()


async def test_a_message_that_was_answered_moves_up_with_its_answer(site: Site) -> None:
    first = site.world.write("ana", ME, "hello")
    for number in range(3):
        site.world.write(f"other{number}", ME, "hi")
    got = await site.messages()
    assert (got[first].kind, got[first].visibility, got[first].title) == ("dm", "direct", "Hello")
    assert got[first].conversation == "dm:ana"
    ours = site.world.write(ME, "ana", "yes?", first)
    back = site.world.write("ana", ME, "an old thread", first)
    got = await site.messages()
    assert set(got) == {ours, back}
    assert {each.conversation for each in got.values()} == {"dm:ana"}
    assert (got[ours].direction, got[back].direction, got[back].parent) == ("out", "in", first)
    assert await site.messages() == {}
    assert got[back].can == {"block"}


async def test_the_newest_known_message_may_be_deleted_between_two_polls(site: Site) -> None:
    known = [site.world.say("ana", f"known {number}") for number in range(3)]
    await site.poll()
    site.world.delete(known[-1])
    new = site.world.say("ana", "new")
    assert set(await site.messages()) == {new}


async def test_the_moderators_queue_is_held_whatever_its_age(site: Site) -> None:
    world = site.world
    filtered = world.say("ana", "spam?", banned_by=True)
    automod = world.say("bo", "rude?", banned_by="AutoModerator")
    old = world.say("cho", "old", num_reports=2)
    world.things[old]["created_utc"] -= 300 * 86_400
    gone = world.say("dee", "gone", banned_by="A_moderator", removed=True)
    got = await site.messages()
    assert all(got[each].held for each in (filtered, automod, old))
    assert not any(got[each].hidden for each in (filtered, automod, old))
    assert (got[gone].held, got[gone].hidden) == (False, True)
    assert got[old].can == {"like", "block", "release", "hide", "report-spam"}
    plain = world.say("eve", "fine")
    assert not (await site.messages())[plain].held
    world.things[plain]["num_reports"] = 1
    got = await site.messages()
    assert set(got) == {plain}
    assert got[plain].held
    assert await site.messages() == {}
    world.things[plain]["approved"] = True
    got = await site.messages(watch=(plain,))
    assert not got[plain].held


async def test_modmail_is_read_by_conversation_and_moderators_are_us(site: Site) -> None:
    world = site.world
    first = world.mail("ana", "why was I removed?")
    ours = world.mail("Colleague", "let us see", "k0", mod=True)
    note = world.mail("Colleague", "a troll", "k0", mod=True, internal=True)
    other = world.mail("bo", "hello")
    got = await site.messages()
    assert [got[f"modmail:{each}"].conversation for each in (first, ours, note, other)] == [
        *["modmail:k0"] * 3,
        "modmail:k1",
    ]
    assert [got[f"modmail:{each}"].direction for each in (first, ours, note)] == ["in", "out", "out"]
    assert got[f"modmail:{note}"].visibility == "internal"
    assert got[f"modmail:{first}"].kind == "dm"
    assert await site.messages() == {}
    back = world.mail("ana", "and now?", "k0")
    assert set(await site.messages()) == {f"modmail:{back}"}
    # What was read back answers in its conversation, and is found there.
    parent = got[f"modmail:{first}"]
    out = outgoing(parent, "Sorry!")
    async with site.client() as client:
        assert await reddit.find_sent(client, site.account, out) is None
        sent = await reddit.send(client, site.account, out)
        assert await reddit.find_sent(client, site.account, out) == sent
        with pytest.raises(Refused):
            await reddit.send(client, site.account, outgoing(parent._replace(extra={}), "Sorry!"))
    read = await site.messages()
    assert set(read) == {sent.id}
    assert reddit.is_sent(out, read[sent.id])


async def test_edits_come_and_deleted_is_what_reddit_says(site: Site) -> None:
    world = site.world
    kept, edited, deleted, removed = (world.say("ana", each) for each in ("kept", "edited", "deleted", "removed"))
    lone = world.say("ana", "whose account went")
    await site.poll()
    world.things[edited].update(body="new words", edited=float(world.clock + 60))
    world.delete(deleted)
    world.things[removed].update(author="[deleted]", body="[removed]")
    world.things[lone]["author"] = "[deleted]"
    watch = (kept, edited, deleted, removed, lone, "t1_never", "t4_x", "no name")
    pages = await site.poll(watch=watch)
    assert {name for page in pages for name in page.deleted} >= {deleted, removed}
    assert not {name for page in pages for name in page.deleted} & {kept, edited, lone, "t1_never"}
    got = {message.id: message for page in pages for message in page.messages}
    assert got[edited].text == "new words"
    assert got[edited].edited_at is not None
    assert got[lone].author.id == f"unknown:{lone}"
    again = await site.messages(missing=(kept,))
    assert again[kept].text == "kept"
    site.world.faults["/api/info"] = Reply(b"", 500)
    [page] = [page for page in await site.poll(watch=(kept,)) if page.stream == "watch"]
    assert (page.deleted, page.messages) == ((), ())
    assert page.notes


async def test_locked_and_archived_threads_say_that_they_take_no_answer(site: Site) -> None:
    world = site.world
    world.moderator = False
    open_, locked = world.say("ana", "open"), world.say("ana", "locked", locked=True)
    archive = world.post("cho", "Old", archived=True)
    mine = world.say(ME, "ours", archive)
    old = world.say("cho", "old", mine)
    got = await site.messages()
    assert [got[each].answerable for each in (open_, locked, old)] == [True, False, False]
    assert got[open_].can == {"like", "block"}
    world.moderator = True
    mod = world.say("ana", "locked for others", locked=True)
    assert (await site.messages())[mod].answerable


async def test_listening_brings_subreddits_and_searches_by_thread(site: Site) -> None:
    post = site.world.post("cho", "Is Brand any good?")
    comment = site.world.say("dee", "yes", post)
    options = {"subreddit": [f"r/{SUB}", "../evil"], "search": ["brand"]}
    got = await site.messages(owned=False, options=options)
    assert set(got) == {post, comment}
    assert {each.conversation for each in got.values()} == {post}
    assert got[post].text == "Is Brand any good?"
    assert not any("evil" in asked.path for asked in site.world.asked)
    with pytest.raises(Refused, match="listens to nothing"):
        await site.poll(owned=False, options={"subreddit": ["../evil"]})


# Answering


async def test_an_answer_is_sent_once_found_and_read_back(site: Site) -> None:
    parent = await one(site, "where is it?")
    out = outgoing(parent, "5 < 6 & *so*\n\nhttps://example.com/?a=1&b=2")
    async with site.client() as client:
        assert await reddit.find_sent(client, site.account, out) is None
        sent = await reddit.send(client, site.account, out)
        assert await reddit.find_sent(client, site.account, out) == sent
        known = replace(out, known=frozenset({sent.id}))
        assert await reddit.find_sent(client, site.account, known) is None
        like = replace(out, text="other words")
        assert isinstance(await reddit.find_sent(client, site.account, like), Unsure)
        late = replace(out, sent_before=NOW + DAY)
        assert isinstance(await reddit.find_sent(client, site.account, late), Unsure)
    back = await site.messages()
    assert set(back) == {sent.id}
    assert reddit.is_sent(out, back[sent.id])
    assert back[sent.id].text == out.text
    assert back[sent.id].direction == "out"


@pytest.mark.parametrize("how", ["lost", "hidden", "500"])
async def test_an_answer_whose_answer_was_lost_is_looked_up_and_never_doubled(site: Site, how: str) -> None:
    parent = await one(site, "hello?")
    if how == "lost":
        site.world.lost.add("/api/comment")
    elif how == "hidden":
        site.world.hidden_answers = True
    else:
        site.world.faults["/api/comment"] = Reply(b"", 500)
    async with site.client() as client:
        with pytest.raises(Retryable) as got:
            await reddit.send(client, site.account, outgoing(parent))
        assert got.value.maybe_done
        found = await reddit.find_sent(client, site.account, outgoing(parent))
    assert isinstance(found, Sent) == (how != "500")
    assert len([asked for asked in site.world.asked if asked.path == "/api/comment"]) == 1


async def test_a_look_up_that_cannot_see_everything_says_nothing(site: Site) -> None:
    parent = await one(site, "hello?")
    site.world.most = 2
    for number in range(30):
        site.world.say(ME, f"busy {number}", parent.id if number > 40 else site.world.home)
    async with site.client() as client:
        with pytest.raises(Retryable):
            await reddit.find_sent(client, site.account, outgoing(parent))
        site.world.faults[f"/user/{ME}/comments"] = Reply({"message": "Not Found", "error": 404}, 404)
        with pytest.raises(SourceError):
            await reddit.find_sent(client, site.account, outgoing(parent))


async def test_an_answer_that_the_list_of_ours_does_not_show_yet_is_found_in_its_thread(site: Site) -> None:
    parent = await one(site, "hello?")
    empty = Reply({"kind": "Listing", "data": {"after": None, "children": []}})
    async with site.client() as client:
        sent = await reddit.send(client, site.account, outgoing(parent))
        site.world.faults[f"/user/{ME}/comments"] = empty
        assert await reddit.find_sent(client, site.account, outgoing(parent)) == sent


async def test_a_message_is_answered_as_a_message(site: Site) -> None:
    first = site.world.write("ana", ME, "hello")
    parent = (await site.messages())[first]
    async with site.client() as client:
        sent = await reddit.send(client, site.account, outgoing(parent))
        assert await reddit.find_sent(client, site.account, outgoing(parent)) == sent
    back = await site.messages()
    assert set(back) == {sent.id}
    assert reddit.is_sent(outgoing(parent), back[sent.id])


async def test_writing_too_often_stops_writing_and_not_reading(site: Site) -> None:
    parent = await one(site, "hello?")
    site.world.errors = [["RATELIMIT", "try again in 3 minutes.", "ratelimit"]]
    site.world.ratelimit = 171.0
    async with site.client() as client:
        with pytest.raises(RateLimited) as got:
            await reddit.send(client, site.account, outgoing(parent))
        assert got.value.until == NOW + 172 * SECOND
        assert await reddit.identify(client, site.account)
    site.world.errors = [["THREAD_LOCKED", "locked", "parent"]]
    async with site.client() as client:
        with pytest.raises(Refused, match="locked"):
            await reddit.send(client, site.account, outgoing(parent))
    assert len([each for each in site.world.things.values() if each["author"] == ME and "body" in each]) == 0


# Verbs

VERBS: list[Verb] = ["like", "hide", "report-spam"]


@pytest.mark.parametrize("verb", VERBS)
async def test_each_verb_stands_and_is_given_back(site: Site, verb: Verb) -> None:
    message = await one(site, "hello")
    async with site.client() as client:
        assert not await reddit.acted(client, site.account, Act("k", verb, message))
    assert await site.act(message, verb)
    seen = (await site.messages(watch=(message.id,)))[message.id]
    assert seen.hidden == (verb != "like")
    assert seen.done == ({"like"} if verb == "like" else set())
    assert await site.act(message, verb, undo=True)
    back = (await site.messages(watch=(message.id,)))[message.id]
    assert (back.hidden, back.held, back.done) == (False, False, set())


async def test_what_is_held_is_released(site: Site) -> None:
    message = await one(site, "spam?", banned_by=True)
    assert message.held
    assert await site.act(message, "release")
    assert not (await site.messages(watch=(message.id,)))[message.id].held
    async with site.client() as client:
        with pytest.raises(Refused):
            await reddit.act(client, site.account, Act("k", "release", message, undo=True))


async def test_our_own_is_deleted_and_pinned(site: Site) -> None:
    parent = await one(site, "hello")
    async with site.client() as client:
        sent = await reddit.send(client, site.account, outgoing(parent))
    own = (await site.messages())[sent.id]
    assert own.can == {"like", "delete", "pin", "release", "hide", "report-spam"}
    assert await site.act(own, "pin")
    assert "pin" in (await site.messages(watch=(own.id,)))[own.id].done
    assert await site.act(own, "pin", undo=True)
    assert await site.act(own, "delete")
    [page] = [page for page in await site.poll(watch=(own.id,)) if page.stream == "watch"]
    assert page.deleted == (own.id,)


async def test_somebody_is_blocked_and_let_back(site: Site) -> None:
    message = await one(site, "hello")
    assert await site.act(message, "block")
    assert site.world.blocked == {"ana"}
    assert await site.act(message, "block", undo=True)
    assert site.world.blocked == set()
    nobody = message._replace(author=message.author._replace(handle=""))
    async with site.client() as client:
        with pytest.raises(Refused):
            await reddit.act(client, site.account, Act("k", "block", nobody))


async def test_who_may_not_moderate_is_told_so_and_the_account_is_well(site: Site) -> None:
    site.world.moderator = False
    message = await one(site, "hello")
    async with site.client() as client:
        with pytest.raises(Denied):
            await reddit.act(client, site.account, Act("k", "hide", message))
        with pytest.raises(Retryable):
            await reddit.acted(client, site.account, Act("k", "hide", message))
        site.world.lost.add("/api/vote")
        with pytest.raises(Retryable) as got:
            await reddit.act(client, site.account, Act("k", "like", message))
        assert got.value.maybe_done
        assert await reddit.acted(client, site.account, Act("k", "like", message))


async def test_whoever_wrote_what_is_removed_is_told_why_after_it_and_once(site: Site) -> None:
    message = await one(site, "rude")
    act = Act("k", "hide", message, reason="Insults", text="We removed it: be kind ☕")
    async with site.client() as client:
        assert await reddit.act(client, site.account, act) == ""
        assert site.world.told == [(message.id, "Insults", "We removed it: be kind ☕")]
        assert await reddit.act(client, site.account, replace(act, undo=True)) == ""
        # The answer to the removal is lost: it stands there, so its author is told.
        site.world.lost.add("/api/remove")
        assert await reddit.act(client, site.account, act) == ""
        assert len(site.world.told) == 2
        # Where it does not stand, or nobody knows, nobody is told.
        site.world.faults["/api/remove"] = Reply(cut=True)
        await reddit.act(client, site.account, replace(act, undo=True))
        with pytest.raises(Retryable):
            await reddit.act(client, site.account, act)
    assert len(site.world.told) == 2


async def test_that_nobody_was_told_why_undoes_no_removal(site: Site) -> None:
    message = await one(site, "rude")
    act = Act("k", "hide", message, reason="Insults", text="We removed it")
    path = "/api/v1/modactions/removal_comment_message"
    async with site.client() as client:
        site.world.faults[path] = Reply({"message": "Forbidden", "error": 403}, 403)
        assert "its author was not told: 127.0.0.1" in await reddit.act(client, site.account, act)
        site.world.lost.add(path)
        assert "nobody knows whether its author was told: " in await reddit.act(client, site.account, act)
        assert await reddit.acted(client, site.account, act)


async def one(site: Site, text: str, **more: Any) -> Message:
    own = site.world.say("ana", text, **more)
    return (await site.messages())[own]


# Hostile


@given(st.data())
def test_whatever_a_field_holds_is_a_message_or_a_data_error(data: st.DataObject) -> None:
    world = World()
    raw = json.loads(json.dumps(thing(world.things[world.say("ana", "hello")])))
    place = data.draw(st.sampled_from(sorted(places(raw), key=str)))
    spoil(raw, place, data.draw(JUNK))
    with suppress(DataError):
        message = parse(raw, Account("care", "reddit", account_id=ME), fetched_at=NOW)
        message.text.encode()
        assert message.id
        assert message.conversation


async def test_a_secret_without_a_token_is_renewed_by_what_it_holds(site: Site) -> None:
    kept = json.dumps({"client_id": "app", "client_secret": "app-secret", "refresh_token": "refresh-1"})
    with pytest.raises(AuthError):
        await site.poll(secret=kept)
    async with site.client() as client:
        fresh = await reddit.refresh(client, replace(site.account, secret=kept))
    assert fresh.access_token == TOKEN
    await site.poll(secret=fresh.dump())

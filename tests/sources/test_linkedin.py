"""LinkedIn: what is particular about it, over a stand-in."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from linkedin_world import ORG, POST, START, TOKEN, World
from loopback import Reply
from our_account import Ours, ours

from cminbox.errors import AuthError, Denied, RateLimited, Refused, Retryable
from cminbox.model import DAY, HOUR, MINUTE, Message, Verb
from cminbox.sources.contract import Account, Act, Identity, Sent, Unsure
from cminbox.sources.credentials import Credentials
from cminbox.sources.http import Answer, Client
from cminbox.sources.networks import linkedin
from cminbox.sources.networks.linkedin import api, reading
from cminbox.sources.networks.linkedin.parse import plain

ANA = "urn:li:person:ana"


@pytest_asyncio.fixture
async def us() -> AsyncIterator[Ours]:
    async with ours(linkedin, World(), Account("page", "linkedin", secret=TOKEN, account_id=ORG), START) as found:
        yield found


@pytest.mark.parametrize("notifies", [True, False])
async def test_a_thread_with_nested_answers_and_our_own_words(us: Ours, notifies: bool) -> None:
    us.world.notifies, post = notifies, us.world.posts[0]
    top = us.world.say("Is this open to agencies?", post=post)
    ours = us.world.say("Yes, from May.", ORG, to=top)
    below = us.world.say("Thank you", to=ours)
    found = await us.new()
    assert {found[each].conversation for each in (top, ours, below)} == {top}
    assert [found[each].parent for each in (top, ours, below)] == [None, top, top]
    assert [found[each].direction for each in (top, ours, below)] == ["in", "out", "in"]
    assert [found[each].kind for each in (top, ours, below)] == ["comment", "reply", "reply"]
    below_what = found[top].post
    assert below_what is not None
    assert below_what.title
    assert found[top].url == (
        "https://www.linkedin.com/feed/update/urn:li:share:7000"
        "?commentUrn=urn%3Ali%3Acomment%3A%28share%3A7000%2C1001%29"
    )
    assert found[below].url.endswith("&replyUrn=urn%3Ali%3Acomment%3A%28share%3A7000%2C1003%29")
    assert not await us.new()


async def test_what_an_administrator_wrote_is_ours_whatever_the_actor(us: Ours) -> None:
    own = us.world.say("I am the page", "urn:li:person:admin")
    us.world.trail[-1]["action"] = "ADMIN_COMMENT"
    assert (await us.new())[own].direction == "out"


async def test_names_are_kept_back_and_people_are_never_merged(us: Ours) -> None:
    one, other = us.world.say("one"), us.world.say("other", "urn:li:person:bo")
    nobody, either = (us.world.say(text, "", created={"time": START + HOUR}) for text in ("who", "whose"))
    found = await us.new()
    authors = [found[each].author for each in (one, other, nobody, either)]
    assert len({author.id for author in authors}) == 4
    assert not any(author.name or author.handle for author in authors)
    assert authors[2].id == f"unknown:{nobody}"
    assert found[nobody].answerable


async def test_edits_and_deletions_come_as_notifications(us: Ours) -> None:
    kept, gone = us.world.say("first"), us.world.say("second")
    await us.new()
    us.world.edit(kept, "better")
    us.world.delete(gone)
    pages = await us.poll()
    (message,) = [message for page in pages for message in page.messages]
    assert (message.id, message.text) == (kept, "better")
    assert message.edited_at is not None
    assert message.edited_at > message.created_at
    assert [own for page in pages for own in page.deleted] == [gone]


async def test_what_came_and_went_between_two_polls_is_no_error(us: Ours) -> None:
    us.world.delete(us.world.say("gone"))
    us.world.say("stays")
    pages = await us.poll()
    assert [message.text for page in pages for message in page.messages] == ["stays"]
    assert not any(page.skipped for page in pages)


async def test_a_post_that_names_us_is_answered_below_it(us: Ours) -> None:
    own = us.world.mention("Thanks @[Brand](urn:li:organization:123) for \\#care {hashtag|\\#|support}")
    message = (await us.new())[own]
    assert (message.kind, message.text) == ("mention", "Thanks Brand for #care #support")
    assert message.author.id == "urn:li:person:bo"
    assert sorted(message.can or ()) == ["like"]
    assert message.url == f"https://www.linkedin.com/feed/update/{own}"
    sent = await us.send(outgoing := us.reply(message, "Gladly"))
    assert us.world.comments[sent.id]["object"] == own
    assert "parentComment" not in us.world.comments[sent.id]
    assert (await us.find(outgoing)) == sent
    back = linkedin.parse(us.world.comments[sent.id], us.account)
    assert linkedin.is_sent(outgoing, back)


async def test_an_answer_to_an_answer_stands_below_the_comment(us: Ours) -> None:
    top = us.world.say("question")
    below = us.world.say("me too", "urn:li:person:bo", to=top)
    found = await us.new()
    sent = await us.send(outgoing := us.reply(found[below], "Here it is"))
    assert us.world.comments[sent.id]["parentComment"] == top
    (asked,) = [asked for asked in us.world.asked if asked.method == "POST"]
    assert asked.json["actor"] == ORG
    assert asked.headers["linkedin-version"] == api.VERSION.name
    assert sent.id == us.world.written[0]
    assert sent.url
    back = (await us.new())[sent.id]
    assert back.direction == "out"
    assert linkedin.is_sent(outgoing, back)
    assert not linkedin.is_sent(replace(outgoing, text="Another"), back)


async def test_the_urn_is_made_of_the_response(us: Ours) -> None:
    own = us.world.say("question")
    parent = await us.new()
    us.world.faults["POST"] = Reply({"id": "77", "object": "urn:li:ugcPost:9"}, 201)
    assert (await us.send(us.reply(parent[own], "x"))).id == "urn:li:comment:(urn:li:ugcPost:9,77)"
    us.world.faults["POST"] = Reply(b"", 201, {"x-restli-id": "78"})
    assert (await us.send(us.reply(parent[own], "x"))).id == f"urn:li:comment:({POST},78)"
    us.world.faults["POST"] = Reply({}, 201)
    with pytest.raises(Retryable) as got:
        await us.send(us.reply(parent[own], "x"))
    assert got.value.maybe_done


async def test_a_lost_answer_is_found_and_one_that_never_came_is_not(us: Ours) -> None:
    own = us.world.say("question")
    outgoing = us.reply((await us.new())[own], "Yes,  from May.")
    assert await us.find(outgoing) is None
    us.world.lost.add("POST")
    with pytest.raises(Retryable) as got:
        await us.send(outgoing)
    assert got.value.maybe_done
    found = await us.find(outgoing)
    assert isinstance(found, Sent)
    assert found.id == us.world.written[0]
    assert await us.find(replace(outgoing, known=frozenset({found.id}))) is None
    assert isinstance(await us.find(replace(outgoing, text="Something else")), Unsure)
    us.world.say("Yes, from May.", "urn:li:person:else", to=own)
    assert await us.find(replace(outgoing, known=frozenset({found.id}))) is None


async def test_an_answer_of_which_nobody_is_named_may_be_ours(us: Ours) -> None:
    own = us.world.say("question")
    outgoing = us.reply((await us.new())[own], "Yes, from May.")
    stands = us.world.say("Yes, from May.", to=own)
    assert await us.find(outgoing) is None
    for name in ("actor", "created", "lastModified"):
        us.world.comments[stands][name] = {"time": us.now} if name != "actor" else None
    assert isinstance(await us.find(outgoing), Unsure)


async def test_nothing_is_said_of_an_answer_where_not_all_can_be_read(us: Ours) -> None:
    own = us.world.say("question")
    parent = (await us.new())[own]
    us.world.say(7, ORG, to=own)
    with pytest.raises(Retryable):
        await us.find(us.reply(parent, "hello"))


async def test_a_like_and_its_undo_are_read_back(us: Ours) -> None:
    own = us.world.say("good")
    like = Act("k", "like", (await us.new())[own])
    undo = replace(like, undo=True)
    assert not await linkedin.acted(us.client, us.account, like)
    await linkedin.act(us.client, us.account, like)
    assert us.world.likes == {(ORG, own)}
    assert await linkedin.acted(us.client, us.account, like)
    assert not await linkedin.acted(us.client, us.account, undo)
    await linkedin.act(us.client, us.account, undo)
    await linkedin.act(us.client, us.account, undo)
    assert not us.world.likes
    assert await linkedin.acted(us.client, us.account, undo)


async def test_deleting_is_read_back_and_what_is_not_there_is_refused(us: Ours) -> None:
    own = us.world.say("bad")
    message = (await us.new())[own]
    delete = Act("k", "delete", message)
    assert not await linkedin.acted(us.client, us.account, delete)
    us.world.lost.add("DELETE")
    with pytest.raises(Retryable) as got:
        await linkedin.act(us.client, us.account, delete)
    assert got.value.maybe_done
    assert await linkedin.acted(us.client, us.account, delete)
    verbs: tuple[Verb, ...] = ("hide", "delete")
    for verb in verbs:
        with pytest.raises(Refused):
            await linkedin.act(us.client, us.account, Act("k", verb, message, undo=True))


async def test_watched_comments_are_asked_for_one_by_one(us: Ours) -> None:
    kept, gone = us.world.say("first"), us.world.say("second")
    await us.new()
    us.world.comments[kept]["message"] = {"text": "edited"}
    us.world.comments[kept]["lastModified"] = {"time": us.world.tick()}
    del us.world.comments[gone]
    page = (await us.poll(watch=(kept, gone, "no-urn")))[-1]
    assert page.deleted == (gone,)
    assert [message.text for message in page.messages] == ["edited"]
    us.world.faults["comments/"] = Reply(b"<html>", 404)
    page = (await us.poll(watch=(kept,)))[-1]
    assert not page.deleted
    assert page.notes


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Reply({"code": "EXPIRED_ACCESS_TOKEN", "serviceErrorCode": 65601}, 401), AuthError),
        (Reply({"code": "NONEXISTENT_VERSION"}, 426), Refused),
        (Reply({"code": "VERSION_MISSING"}, 400), Refused),
        (Reply({"code": "RESOURCE_NOT_FOUND"}, 404), Refused),
        (Reply({"code": "TOO_MANY_REQUESTS"}, 429), RateLimited),
        (Reply({"code": "INTERNAL_SERVER_ERROR"}, 500), Retryable),
        (Reply({"elements": "none"}), Retryable),
        (Reply([]), Retryable),
    ],
    ids=str,
)
async def test_errors_by_what_to_do_next(us: Ours, answer: Reply, kind: type[Exception]) -> None:
    us.world.fault = answer
    with pytest.raises(kind) as got:
        await us.poll()
    assert TOKEN not in str(got.value)


async def test_a_dead_version_says_what_to_do(us: Ours) -> None:
    with pytest.raises(Refused, match="no longer speaks this version") as got:
        await us.poll(options={"api_version": "202401"})
    assert "api_version" in got.value.hint


async def test_a_limit_without_an_end_is_short_for_what_is_written_and_longer_for_what_is_read(us: Ours) -> None:
    own = us.world.say("question")
    parent, present = (await us.new())[own], START + DAY
    us.world.faults["POST"] = Reply({"code": "TOO_MANY_REQUESTS"}, 429)
    with pytest.raises(RateLimited) as got:
        await us.send(us.reply(parent, "x"))
    assert got.value.until == present + MINUTE
    async with Client(clock=lambda: present, tries=1) as client:
        us.client, us.world.fault = client, Reply({"code": "TOO_MANY_REQUESTS"}, 429)
        with pytest.raises(RateLimited) as got:
            await us.poll()
    assert got.value.until == present + 15 * MINUTE


async def test_calls_of_a_day_are_counted_and_some_are_kept_for_answers(us: Ours) -> None:
    own = us.world.say("question")
    parent = (await us.new())[own]
    us.account.ledger.clock = us.client.clock
    us.account.ledger.limits = {"calls": 200}
    with pytest.raises(RateLimited, match="kept for replies"):
        await us.poll()
    await us.send(us.reply(parent, "still"))


async def test_without_the_right_to_notifications_posts_are_read_and_it_is_said_once(us: Ours) -> None:
    us.world.notifies = False
    own = us.world.say("below a post", post=us.world.posts[1])
    first = await us.poll()
    assert [message.id for page in first for message in page.messages] == [own]
    assert sum("posts are read one by one" in note for page in first for note in page.notes) == 1
    late = us.world.say("answer to the old one", to=own)
    second = await us.poll()
    assert [message.id for page in second for message in page.messages] == [late]
    assert not any(page.notes for page in second)
    us.world.notifies = True
    assert set(await us.new()) == {own, late}


async def test_a_new_comment_below_an_old_post_is_found_post_by_post(us: Ours) -> None:
    us.world.notifies = False
    us.world.posts = [f"urn:li:share:{7000 + number}" for number in range(60)]
    await us.new()
    own = us.world.say("late", post=us.world.posts[55])
    found: dict[str, Message] = {}
    for _ in range(4):
        found.update(await us.new())
    assert own in found


async def test_one_comment_that_may_not_be_read_is_shown_by_its_notification(us: Ours) -> None:
    own = us.world.say("seen")
    us.world.faults["comments/"] = Reply({"code": "ACCESS_DENIED"}, 403)
    message = (await us.new())[own]
    assert (message.text, message.author.id) == ("seen", ANA)


async def test_the_page_is_found_by_the_login(us: Ours) -> None:
    nobody = replace(us.account, account_id="")
    assert await linkedin.identify(us.client, nobody) == Identity(ORG, "brand")
    own = us.world.say("hello")
    assert own in await us.new(account_id="")
    us.world.grants.append("urn:li:organization:9")
    with pytest.raises(Refused, match="123, 9"):
        await linkedin.identify(us.client, nobody)
    chosen = replace(nobody, options={"organization": "9"})
    assert (await linkedin.identify(us.client, chosen)).id == "urn:li:organization:9"
    us.world.grants.clear()
    with pytest.raises(AuthError):
        await linkedin.identify(us.client, nobody)


async def test_logging_in_by_a_pasted_address_and_renewing(us: Ours) -> None:
    login = linkedin.INFO.logins[0]
    fields = {"client_id": "app", "client_secret": "cl1ent"}
    step = await linkedin.begin_login(us.client, us.account, login, fields)
    asked = parse_qs(urlsplit(step.url).query)
    assert set(asked["scope"][0].split()) == set(linkedin.SCOPES)
    pasted = f"{asked['redirect_uri'][0]}?code=c0de&state={asked['state'][0]}"
    got = await linkedin.finish_login(us.client, us.account, step, pasted)
    assert isinstance(got, Credentials)
    assert (got.access_token, got.expires_at) == (TOKEN, START + 61 * DAY)
    again = await linkedin.refresh(us.client, replace(us.account, secret=got.dump()))
    assert again.access_token == TOKEN
    us.world.say("with JSON for a secret")
    assert await us.new(secret=got.dump())
    with pytest.raises(AuthError):
        await linkedin.refresh(us.client, us.account)
    with pytest.raises(AuthError):
        await linkedin.refresh(us.client, replace(us.account, secret=replace(got, refresh_token="old").dump()))


async def test_no_token_is_an_error_of_its_own(us: Ours) -> None:
    with pytest.raises(AuthError, match="no token"):
        await us.poll(secret=None)


def test_the_version_has_an_end_that_can_be_warned_of() -> None:
    (version,) = linkedin.INFO.api
    assert version.ends is not None
    written = datetime.strptime(version.name, "%Y%m").replace(tzinfo=UTC).date()
    assert timedelta(days=300) < version.ends - written < timedelta(days=400)


def test_marks_of_a_post_are_read() -> None:
    assert plain(r"a \(b\) @[X Y](urn:li:person:1) {hashtag|\#|new} \*") == "a (b) X Y #new *"


def test_denied_is_no_dead_token() -> None:
    assert isinstance(linkedin.judge(Answer(403, {}, data={"code": "ACCESS_DENIED"})), Denied)


async def test_what_waited_longer_than_the_first_reading_reaches_is_read_all_the_same(us: Ours) -> None:
    us.world.say("before")
    await us.new()
    own = us.world.say("after")
    assert own in await us.new(backfill_ms=MINUTE)


async def test_two_notifications_of_one_number_are_two(us: Ours) -> None:
    wanted = {us.world.say("one"), us.world.say("two", "urn:li:person:bo")}
    for each in us.world.trail:
        each["notificationId"] = 5
    assert set(await us.new()) == wanted


async def test_posts_whose_number_of_comments_is_the_same_are_not_read_again(us: Ours) -> None:
    us.world.notifies = False
    us.world.say("one", post=us.world.posts[0])
    await us.new()
    before = len(us.world.asked)
    own = us.world.say("two", post=us.world.posts[1])
    assert set(await us.new()) == {own}
    lists = [asked.path for asked in us.world.asked[before:] if asked.path.endswith("/comments")]
    assert len(lists) == 1


async def test_few_are_looked_at_again_where_notifications_tell_of_changes(us: Ours) -> None:
    every = tuple(us.world.say(f"comment {number}") for number in range(12))
    await us.new()
    before = len(us.world.asked)
    await us.poll(watch=every)
    assert len(us.world.asked) - before == 1 + reading.MOST_WATCHED_TOO


async def test_a_first_reading_under_a_tight_limit_goes_on_where_it_ended(us: Ours) -> None:
    wanted = {us.world.say(f"comment {number}") for number in range(60)}
    us.account.ledger.clock = us.client.clock
    us.account.ledger.limits = {"calls": 250}
    found: dict[str, Message] = {}
    for _ in range(3):
        us.account.ledger.used.clear()
        with contextlib.suppress(RateLimited):
            async for page in linkedin.pages(us.client, us.account, dict(us.cursors)):
                us.cursors[page.stream] = page.cursor
                found.update({message.id: message for message in page.messages})
    assert set(found) == wanted

"""What is particular to YouTube: its errors and units, threads and replies, what is held, moderation, its login."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from loopback import Asked, Loopback, Reply
from polled import Polled
from youtube_world import ME, SECRET, START, World, no, page

from cminbox.errors import AuthError, Denied, NotThere, RateLimited, Refused, Retryable, SourceError, UsageError
from cminbox.model import DAY, HOUR, SECOND, Message, Verb, from_iso
from cminbox.sources.contract import Account, Act, Outgoing, Sent, Unsure
from cminbox.sources.credentials import Credentials
from cminbox.sources.http import Answer
from cminbox.sources.ledger import Ledger
from cminbox.sources.networks import youtube
from cminbox.sources.networks.youtube import api
from cminbox.sources.networks.youtube.api import UNITS
from cminbox.sources.networks.youtube.comment import parse

NOW = START + DAY
HELD = "heldForReview"
MIDNIGHT = from_iso("2023-11-16T08:00:00Z")
"""The one at the Pacific after NOW."""


@dataclass
class Channel(Polled):
    """Our channel on a world, polled."""

    world: World
    now: int = NOW

    async def act(self, message: Message, verb: Verb, undo: bool = False) -> None:
        async with self.client() as client:
            await youtube.act(client, self.account, Act("k", verb, message, undo))

    async def acted(self, message: Message, verb: Verb, undo: bool = False) -> bool:
        async with self.client() as client:
            return await youtube.acted(client, self.account, Act("k", verb, message, undo))

    async def send(self, reply: Outgoing) -> Sent:
        async with self.client() as client:
            return await youtube.send(client, self.account, reply)

    async def find(self, reply: Outgoing) -> Sent | Unsure | None:
        async with self.client() as client:
            return await youtube.find_sent(client, self.account, reply)


@pytest.fixture
def channel() -> Iterator[Channel]:
    world = World()
    with Loopback(world.handle) as server:
        account = Account("films", "youtube", server.url, secret=SECRET, account_id=ME)
        made = Channel(world, account)
        made.account = replace(account, ledger=Ledger(clock=lambda: made.now))
        yield made


def ago(days: float) -> datetime:
    return datetime.fromtimestamp(NOW / 1000, UTC) - timedelta(days=days)


def outgoing(parent: Message, text: str = "Thank you", **more: Any) -> Outgoing:
    return Outgoing("k1", text, parent.conversation, parent, "en", sent_before=START, **more)


def error(status: int, reason: str) -> dict[str, Any]:
    return {"error": {"code": status, "message": "no", "errors": [{"reason": reason, "domain": "youtube"}]}}


ERRORS: list[tuple[int, Any, type[SourceError] | None]] = [
    (401, error(401, "authError"), AuthError),
    (401, error(401, "youtubeSignupRequired"), AuthError),
    (401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}}, AuthError),
    (403, error(403, "authenticatedUserAccountSuspended"), AuthError),
    (403, error(403, "forbidden"), Denied),
    (403, error(403, "commentsDisabled"), Denied),
    (403, error(403, "insufficientPermissions"), Denied),
    (403, error(403, "accessNotConfigured"), Denied),
    (403, {"error": {"code": 403, "status": "PERMISSION_DENIED", "details": [{"reason": "SERVICE_DISABLED"}]}}, Denied),
    (403, error(403, "SERVICE_UNAVAILABLE"), Denied),
    (403, error(403, "quotaExceeded"), RateLimited),
    (403, error(403, "dailyLimitExceeded"), RateLimited),
    (403, error(403, "rateLimitExceeded"), RateLimited),
    (429, error(429, "RATE_LIMIT_EXCEEDED"), RateLimited),
    (404, error(404, "commentNotFound"), NotThere),
    (404, error(404, "parentCommentNotFound"), NotThere),
    (404, error(404, "notFound"), Refused),
    (400, error(400, "processingFailure"), Retryable),
    (400, error(400, "invalidPageToken"), Refused),
    (400, error(400, "commentTextTooLong"), Refused),
    (500, error(500, "backendError"), Retryable),
    (503, error(503, "serviceUnavailable"), Retryable),
    (200, error(403, "quotaExceeded"), RateLimited),
    (200, error(500, "odd"), Retryable),
    (403, None, Refused),
    (404, None, Refused),
    (500, None, None),
    (401, {"error": "no"}, None),
    (200, {"items": []}, None),
    (200, {"error": "a text"}, None),
]


@pytest.mark.parametrize(("status", "data", "kind"), ERRORS, ids=range(len(ERRORS)))
def test_an_answer_is_judged_by_its_reason(status: int, data: Any, kind: type[SourceError] | None) -> None:
    found = youtube.judge(Answer(status, {}, data=data, host="yt.test", at=NOW))
    assert type(found) is (kind or type(None))


@pytest.mark.parametrize("changes", [True, False])
def test_a_failure_after_a_post_may_have_been_carried_out(changes: bool) -> None:
    for status, reason in ((400, "processingFailure"), (500, "backendError")):
        found = youtube.judge(Answer(status, {}, data=error(status, reason), host="yt.test", changes=changes, at=NOW))
        assert isinstance(found, Retryable)
        assert found.maybe_done is changes


def test_the_address_is_found_however_it_is_written() -> None:
    assert api.base(Account("films", "youtube")) == "https://www.googleapis.com"
    for written in ("https://yt.example", "https://yt.example/", "https://yt.example/youtube/v3"):
        assert api.base(Account("films", "youtube", written)) == "https://yt.example"


async def test_who_we_are(channel: Channel) -> None:
    async with channel.client() as client:
        found = await youtube.identify(client, channel.account)
        assert (found.id, found.handle) == (ME, "brand")
        channel.world.faults["GET channels"] = [page([])]
        with pytest.raises(AuthError, match="no YouTube channel"):
            await youtube.identify(client, channel.account)
        with pytest.raises(AuthError):
            await youtube.identify(client, replace(channel.account, secret=""))


async def test_without_our_id_it_is_asked_first(channel: Channel) -> None:
    own = channel.world.say(ME, "First!")
    found = await channel.messages(account_id="")
    assert found[own].direction == "out"
    channel.world.faults["GET channels"] = [page([])]
    with pytest.raises(AuthError):
        await channel.poll(account_id="")


# Reading


async def test_what_a_person_sees(channel: Channel) -> None:
    top = channel.world.say("ana", "Loved it <3", imageUrl="https://img.example/a.jpg")
    below = channel.world.say("ben", "me too", top)
    found = await channel.messages()
    message, reply = found[top], found[below]
    assert (message.text, message.kind, message.direction, message.parent) == ("Loved it <3", "comment", "in", None)
    assert (message.author.id, message.author.handle, message.author.name) == ("UCana", "ana", "ana")
    assert message.url == f"https://www.youtube.com/watch?v=vid1&lc={top}"
    assert message.post is not None
    assert (message.post.id, message.post.url) == ("vid1", "https://www.youtube.com/watch?v=vid1")
    assert message.post.title.startswith("Unboxing")
    assert "\u202e" not in message.post.title
    assert [(each.kind, each.address) for each in message.attachments] == [("picture", "https://img.example/a.jpg")]
    assert (reply.kind, reply.parent, reply.conversation) == ("reply", top, top)
    assert reply.post == message.post
    assert reply.can == message.can == {"hide", "delete", "block"}


async def test_eight_replies_yield_eight(channel: Channel) -> None:
    top = channel.world.say("ana", "Who knows?")
    below = [channel.world.say("ben", f"reply {number}", top) for number in range(8)]
    assert set(await channel.messages()) == {top, *below}
    assert channel.world.calls().count("GET comments") == 1


async def test_replies_over_several_pages_come_whole(channel: Channel) -> None:
    channel.world.most = 3
    top = channel.world.say("ana", "Who knows?")
    below = [channel.world.say("ben", f"reply {number}", top) for number in range(11)]
    assert set(await channel.messages()) == {top, *below}


@pytest.mark.parametrize("ascending", [False, True])
async def test_a_new_reply_on_an_old_thread_is_found(channel: Channel, ascending: bool) -> None:
    channel.world.ascending, channel.world.most = ascending, 10
    old = [channel.world.say("ana", f"old {number}", at=ago(40)) for number in range(35)]
    busy = old[3]
    for number in range(9):
        channel.world.say("ben", f"old reply {number}", busy, at=ago(39))
    new = channel.world.say("ana", "new")
    assert set(await channel.messages()) == {new}
    for _ in range(4):
        assert await channel.messages() == {}
    late = [channel.world.say("cleo", "late", each) for each in (busy, old[20], new)]
    found: dict[str, Message] = {}
    for _ in range(5):
        found |= await channel.messages()
    assert set(found) >= set(late)
    # What they answer comes along, so that nothing hangs in the air.
    assert all(message.parent in (None, *found) for message in found.values())
    assert not set(found) & {old[5], old[30]}
    for _ in range(5):
        assert await channel.messages() == {}


async def test_a_reply_that_takes_the_place_of_another_is_found(channel: Channel) -> None:
    top = channel.world.say("ana", "Who knows?")
    gone = channel.world.say("ben", "not me", top)
    assert set(await channel.messages()) == {top, gone}
    del channel.world.items[gone]
    channel.world.say("cleo", "elsewhere")
    new = channel.world.say("cleo", "I do", top)
    assert new in await channel.messages()


async def test_polling_what_did_not_change_costs_three_units(channel: Channel) -> None:
    for number in range(5):
        top = channel.world.say("ana", f"{number}")
        for each in range(8):
            channel.world.say("ben", f"reply {each}", top)
    await channel.poll()
    before = channel.world.units
    assert await channel.messages() == {}
    assert channel.world.units - before == 3
    assert UNITS.limit - channel.account.ledger.left(UNITS) == channel.world.units


async def test_a_video_is_asked_for_once(channel: Channel) -> None:
    channel.world.say("ana", "one")
    await channel.poll()
    channel.world.say("ana", "two")
    channel.world.say("ana", "three", video="unknown")
    await channel.messages()
    channel.world.say("ana", "four", video="unknown")
    await channel.messages()
    assert channel.world.calls().count("GET videos") == 2


async def test_titles_that_are_refused_cost_no_comment(channel: Channel) -> None:
    own = channel.world.say("ana", "one")
    channel.world.faults["GET videos"] = [no(403, "forbidden", "No.")]
    message = (await channel.messages())[own]
    assert message.post is not None
    assert (message.post.id, message.post.title) == ("vid1", "")


async def test_replies_that_are_refused_cost_what_is_not_shown_alone(channel: Channel) -> None:
    top = channel.world.say("ana", "Who knows?")
    below = [channel.world.say("ben", f"reply {number}", top) for number in range(8)]
    channel.world.faults["GET comments"] = [no(403, "forbidden", "No.")]
    pages = await channel.poll()
    assert {message.id for each in pages for message in each.messages} == {top, *below[3:]}
    assert len([note for each in pages for note in each.notes]) == 1
    assert await channel.messages() == {}
    # A refusal may pass: they are asked for again in the next hour.
    channel.now += HOUR
    assert set(await channel.messages()) == {top, *below}
    assert await channel.messages() == {}


async def test_a_comment_below_no_video_and_one_by_nobody(channel: Channel) -> None:
    one = channel.world.say("ana", "on the channel", video="")
    others = [channel.world.say("ana", "gone", authorChannelId=None, authorDisplayName="") for _ in range(2)]
    found = await channel.messages()
    assert (found[one].post, found[one].url) == (None, "")
    assert len({found[own].author.id for own in others}) == 2
    assert all(found[own].author.id == f"unknown:{own}" and found[own].answerable for own in others)


async def test_our_own_words_are_ours_and_where_nobody_may_answer(channel: Channel) -> None:
    top = channel.world.say("ana", "hello", open=False)
    ours = channel.world.say(ME, "welcome", top)
    found = await channel.messages()
    assert (found[ours].direction, found[ours].can, found[ours].answerable) == ("out", {"delete"}, False)
    assert not found[top].answerable


@pytest.mark.parametrize("item", [None, 7, "x", [], {}, {"id": "a"}, {"id": "a", "snippet": 7}])
async def test_poisoned_items_cost_no_other(channel: Channel, item: Any) -> None:
    own = channel.world.say("ana", "fine")
    answer = channel.world._answer  # what it answers, with one item more

    def poisoned(asked: Any) -> Reply:
        reply = answer(asked)
        if asked.path.endswith("/commentThreads") and isinstance(reply.body, dict):
            return Reply({**reply.body, "items": [item, *reply.body["items"]]})
        return reply

    channel.world._answer = poisoned  # type: ignore[method-assign]
    assert set(await channel.messages()) == {own}


async def test_a_comment_that_cannot_be_read_leaves_its_replies_without_a_parent(channel: Channel) -> None:
    top = channel.world.say("ana", 7)
    below = channel.world.say("ben", "fine", top)
    pages = await channel.poll()
    [message] = [message for each in pages for message in each.messages]
    assert (message.id, message.parent, message.conversation) == (below, None, top)


@pytest.mark.parametrize(
    ("snippet", "text"),
    [
        ({"textOriginal": "a < b &amp; c", "textDisplay": "a &lt; b"}, "a < b &amp; c"),
        ({"textDisplay": "one<br>two &#39;x&#39;"}, "one\ntwo 'x'"),
        ({"textDisplay": '<a href="https://example.com/">example.com</a>'}, "example.com"),
        ({"textDisplay": "a < b"}, "a < b"),
    ],
)
def test_the_text_is_what_was_typed(snippet: dict[str, Any], text: str) -> None:
    at = {"publishedAt": "2026-11-27T10:00:00Z", "updatedAt": "2026-11-27T10:00:00Z"}
    found = parse({"id": "Ug1", "snippet": {**at, **snippet}}, Account("films", "youtube"))
    assert found.text.splitlines()[0].startswith(text.splitlines()[0])


async def test_the_list_goes_on_when_a_page_token_ended(channel: Channel) -> None:
    channel.world.most = 5
    for number in range(20):
        channel.world.say("ana", f"old {number}", at=ago(40))
    await channel.poll()
    await channel.poll()
    state = json.loads(channel.cursors["threads"])
    assert state["at"]
    channel.world.faults["GET commentThreads"] = [channel.world._threads(_asked()), no(400, "invalidPageToken", "x")]
    await channel.poll()
    assert json.loads(channel.cursors["threads"])["at"] == ""


def _asked(status: str = "published") -> Asked:
    query = {"maxResults": ["100"], "moderationStatus": [status]}
    return Asked("GET", "/youtube/v3/commentThreads", query, {}, b"", 0)


async def test_another_channel_is_heard_and_not_moderated(channel: Channel) -> None:
    top = channel.world.say("ana", "hello", status="published")
    channel.world.say("ana", "held", status="heldForReview")
    found = await channel.messages(owned=False, options={"channel": "UCother"})
    assert set(found) == {top}
    assert found[top].can == frozenset()
    asked = [each for each in channel.world.asked if each.path.endswith("/commentThreads")]
    assert [each.one("allThreadsRelatedToChannelId") for each in asked] == ["UCother"]
    assert not any(each.one("moderationStatus") for each in asked)


# Held, edited, deleted


@pytest.mark.parametrize("status", ["heldForReview", "likelySpam"])
async def test_what_is_held_is_listed_however_old_and_released(channel: Channel, status: str) -> None:
    top = channel.world.say("ana", "shown")
    held = channel.world.say("ben", "Buy followers", status=status, at=ago(30))
    below = channel.world.say("cleo", "held reply", top, status=status)
    found = await channel.messages()
    assert {own: message.held for own, message in found.items()} == {top: False, held: True, below: True}
    assert found[held].visibility == status
    assert found[held].can == {"release", "delete", "block"}
    assert await channel.messages() == {}
    for own in (held, below):
        assert not await channel.acted(found[own], "release")
        await channel.act(found[own], "release")
        assert await channel.acted(found[own], "release")
    again = await channel.messages()
    assert {own: message.held for own, message in again.items()} == {top: False, held: False, below: False}
    assert await channel.messages() == {}


async def test_a_list_of_what_is_held_that_is_refused_costs_nothing_else(channel: Channel) -> None:
    top, other = channel.world.say("ana", "one"), channel.world.say("ana", "two")
    held = channel.world.say("ana", "held", status="heldForReview")
    threads = channel.world._threads(_asked())
    refused = no(403, "forbidden", "No.")
    channel.world.faults["GET commentThreads"] = [threads, refused, refused]
    pages = await channel.poll()
    assert {message.id for each in pages for message in each.messages} == {top, other}
    assert len([note for each in pages for note in each.notes]) == 2
    del channel.world.items[other]
    # Nobody knows meanwhile what is held: what is asked for by its id is not said to be released.
    pages = await channel.poll(watch=(top, other, held))
    assert [message.id for each in pages for message in each.messages] == []
    assert [own for each in pages for own in each.deleted] == [other]
    assert not [note for each in pages for note in each.notes]
    channel.now += HOUR
    assert set(await channel.messages()) == {held}


async def test_a_reply_that_is_held_below_an_older_held_comment_is_found(channel: Channel) -> None:
    channel.world.most = 5
    top = channel.world.say("ana", "hello")
    one, other = (
        channel.world.say("ana", text, top, status=status) for text, status in (("a", HELD), ("b", "published"))
    )
    for number in range(12):
        channel.world.say("ana", f"held {number}", status=HELD)
    for _ in range(3):
        await channel.messages()
    channel.world.items[other]["status"] = HELD
    found = await channel.messages()
    assert found[other].held
    assert found[one].held


async def test_what_stands_in_both_lists_of_what_is_held_comes_once(channel: Channel) -> None:
    held = channel.world.say("ana", "held", status="heldForReview")
    listed = Reply(channel.world._threads(_asked("heldForReview")).body)
    channel.world.faults["GET commentThreads"] = [page([]), listed, listed]
    pages = await channel.poll()
    assert [message.id for each in pages for message in each.messages] == [held]


async def test_looked_at_again_what_is_held_stays_held(channel: Channel) -> None:
    held = channel.world.say("ben", "held", status="heldForReview")
    top = channel.world.say("ana", "shown")
    await channel.poll()
    found = await channel.messages(watch=(held, top))
    assert {own: message.held for own, message in found.items()} == {top: False, held: True}


async def test_hide_holds_a_comment_and_gives_it_back(channel: Channel) -> None:
    own = channel.world.say("ana", "hello")
    message = (await channel.messages())[own]
    for undo in (False, True, False, True):
        assert not await channel.acted(message, "hide", undo)
        await channel.act(message, "hide", undo)
        assert await channel.acted(message, "hide", undo)
        [seen] = (await channel.messages()).values()
        assert seen.held is not undo


async def test_edits_are_found_by_the_list_and_by_looking_again(channel: Channel) -> None:
    top = channel.world.say("ana", "first")
    below = channel.world.say("ben", "second", top)
    await channel.poll()
    channel.world.edit(below, "other")
    found = await channel.messages(watch=(top, below))
    assert (found[below].text, found[below].edited_at) == ("other", START + 3 * 60 * SECOND)
    assert found[top].edited_at is None


async def test_deleted_is_what_is_not_given_while_others_are(channel: Channel) -> None:
    top, other = channel.world.say("ana", "one"), channel.world.say("ana", "two")
    await channel.poll()
    del channel.world.items[top]
    pages = await channel.poll(watch=(top, other))
    assert [own for each in pages for own in each.deleted] == [top]
    # Where nothing is given, nothing is known.
    channel.world.faults["GET comments"] = [page([])]
    pages = await channel.poll(watch=(top, other))
    assert [own for each in pages for own in each.deleted] == []


async def test_looking_again_asks_for_many_at_once(channel: Channel) -> None:
    tops = [channel.world.say("ana", f"{number}") for number in range(30)]
    await channel.poll()
    before = channel.world.units
    await channel.poll(watch=tuple(tops))
    assert channel.world.units - before == 4


async def test_what_was_rejected_does_not_come_back_because_it_is_given_by_its_id(channel: Channel) -> None:
    own, other = channel.world.say("ana", "spam"), channel.world.say("ana", "fine")
    message = (await channel.messages())[own]
    await channel.act(message, "delete")
    assert await channel.acted(message, "delete")
    assert await channel.messages(missing=(own,)) == {}
    # One that was taken for deleted and stands in the list does.
    assert set(await channel.messages(missing=(other,))) == {other}


async def test_trouble_while_looking_again_costs_no_comment(channel: Channel) -> None:
    own = channel.world.say("ana", "one")
    channel.world.faults["GET comments"] = [Reply(b"", 500)]
    pages = await channel.poll(watch=("Ug99",))
    assert [message.id for each in pages for message in each.messages] == [own]
    assert [note for each in pages for note in each.notes] != []


# Moderation


@pytest.mark.parametrize("verb", ["delete", "block"])
async def test_what_others_wrote_is_rejected_for_good(channel: Channel, verb: Verb) -> None:
    own = channel.world.say("ana", "spam")
    message = (await channel.messages())[own]
    assert not await channel.acted(message, verb)
    await channel.act(message, verb)
    await channel.act(message, verb)
    assert channel.world.items[own]["status"] == "rejected"
    assert channel.world.banned == ({"UCana"} if verb == "block" else set())
    if verb == "delete":
        assert await channel.acted(message, verb)
    else:
        with pytest.raises(Refused, match="does not say"):
            await channel.acted(message, verb)
    with pytest.raises(Refused):
        await channel.act(message, verb, undo=True)


async def test_our_own_is_deleted_and_nothing_else_is_done_with_it(channel: Channel) -> None:
    top = channel.world.say("ana", "hello")
    own = channel.world.say(ME, "welcome", top)
    message = (await channel.messages())[own]
    for verb in ("hide", "release", "block", "like"):
        with pytest.raises(Refused):
            await channel.act(message, verb)  # type: ignore[arg-type]
    await channel.act(message, "delete")
    assert own not in channel.world.items
    assert await channel.acted(message, "delete")
    await channel.act(message, "delete")


async def test_an_act_whose_answer_was_lost_is_known_to_stand(channel: Channel) -> None:
    own = channel.world.say("ana", "hello")
    message = (await channel.messages())[own]
    channel.world.lost.add("POST comments/setModerationStatus")
    with pytest.raises(Retryable) as lost:
        await channel.act(message, "hide")
    assert lost.value.maybe_done
    assert await channel.acted(message, "hide")


async def test_a_reply_is_moderated_too(channel: Channel) -> None:
    top = channel.world.say("ana", "hello")
    below = channel.world.say("ben", "spam", top)
    message = (await channel.messages())[below]
    await channel.act(message, "hide")
    assert await channel.acted(message, "hide")
    await channel.act(message, "hide", undo=True)
    assert await channel.acted(message, "hide", undo=True)
    await channel.act(message, "delete")
    assert await channel.acted(message, "delete")


# Answering


async def test_an_answer_stands_below_the_comment_and_is_read_back(channel: Channel) -> None:
    top = channel.world.say("ana", "hello")
    below = channel.world.say("ben", "and me?", top)
    found = await channel.messages()
    for own, text in ((top, "Thank you"), (below, "@ben Thank you")):
        reply = outgoing(found[own], known=frozenset(channel.world.items))
        assert await channel.find(reply) is None
        sent = await channel.send(reply)
        assert await channel.find(reply) == sent
        assert sent.conversation == top
        assert sent.url == f"https://www.youtube.com/watch?v=vid1&lc={sent.id}"
        read = (await channel.messages())[sent.id]
        assert (read.text, read.parent, read.direction) == (text, top, "out")
        assert youtube.is_sent(reply, read)


@pytest.mark.parametrize(
    ("text", "posted"),
    [
        ("Thanks", "@ben Thanks"),
        ("Thanks @ben.", "Thanks @ben."),
        ("@Ben, thanks", "@Ben, thanks"),
        ("Ask @ben.lee", "@ben Ask @ben.lee"),
        ("Ask @benno", "@ben Ask @benno"),
    ],
)
async def test_whoever_is_answered_below_is_named_once(channel: Channel, text: str, posted: str) -> None:
    below = channel.world.say("ben", "and me?", channel.world.say("ana", "hello"))
    message = (await channel.messages())[below]
    assert youtube.compose(message, text) == posted


async def test_an_answer_that_was_lost_is_found_and_one_that_never_came_is_not(channel: Channel) -> None:
    channel.world.most = 3
    top = channel.world.say("ana", "hello")
    message = (await channel.messages())[top]
    channel.world.lost.add("POST comments")
    with pytest.raises(Retryable) as lost:
        await channel.send(outgoing(message))
    assert lost.value.maybe_done
    for number in range(7):
        channel.world.say("ben", f"another {number}", top)
    found = await channel.find(outgoing(message))
    assert isinstance(found, Sent)
    assert await channel.find(outgoing(message, known=frozenset({found.id}))) is None
    assert isinstance(await channel.find(outgoing(message, "Other words")), Unsure)


async def test_what_is_like_it_and_not_the_same_is_for_a_person(channel: Channel) -> None:
    top = channel.world.say("ana", "hello")
    message = (await channel.messages())[top]
    early = channel.world.say(ME, "Thank you", top, at=ago(3))
    assert await channel.find(outgoing(message)) == Unsure(
        early, "Thank you", f"https://www.youtube.com/watch?v=vid1&lc={early}"
    )
    channel.world.items.pop(early)
    channel.world.say("ben", "Thank you", top)
    assert await channel.find(outgoing(message)) is None
    channel.world.say("x", "Thank you", top, authorChannelId=None)
    assert isinstance(await channel.find(outgoing(message)), Unsure)


async def test_an_answer_that_youtube_holds_back_is_found(channel: Channel) -> None:
    top = channel.world.say("ana", "hello")
    message = (await channel.messages())[top]
    own = channel.world.say(ME, "Thank you", top, status="likelySpam")
    found = await channel.find(outgoing(message))
    assert isinstance(found, Sent)
    assert found.id == own


async def test_nothing_is_said_where_the_look_up_failed(channel: Channel) -> None:
    own = channel.world.say("ana", "hello")
    message = (await channel.messages())[own]
    channel.world.faults["GET comments"] = [no(400, "processingFailure", "x")]
    with pytest.raises(Retryable):
        await channel.find(outgoing(message))
    channel.world.faults["GET commentThreads"] = [Reply(b"", 500)]
    with pytest.raises(Retryable):
        await channel.find(outgoing(message))


@pytest.mark.parametrize(
    ("fault", "kind", "maybe"),
    [
        (no(403, "commentsDisabled", "Off."), Denied, False),
        (no(403, "forbidden", "No."), Denied, False),
        (no(404, "parentCommentNotFound", "Gone."), Refused, False),
        (no(400, "commentTextTooLong", "Long."), Refused, False),
        (no(400, "processingFailure", "Hm."), Retryable, True),
        (no(401, "authError", "Dead."), AuthError, False),
        (Reply(b"<html>", 502), Retryable, True),
        (Reply({"kind": "youtube#comment"}), Retryable, True),
    ],
    ids=range(8),
)
async def test_a_refused_answer(channel: Channel, fault: Reply, kind: type[SourceError], maybe: bool) -> None:
    own = channel.world.say("ana", "hello")
    message = (await channel.messages())[own]
    channel.world.faults["POST comments"] = [fault]
    with pytest.raises(kind) as got:
        await channel.send(outgoing(message))
    assert getattr(got.value, "maybe_done", False) is maybe
    assert SECRET not in got.value.line()
    assert len(channel.world.items) == 1


# Units


async def test_a_used_up_quota_waits_until_midnight_at_the_pacific(channel: Channel) -> None:
    own = channel.world.say("ana", "hello")
    message = (await channel.messages())[own]
    channel.world.limit = channel.world.units
    with pytest.raises(RateLimited) as limited:
        await channel.poll()
    assert limited.value.until == MIDNIGHT
    assert channel.account.ledger.left(UNITS) == 0
    asked = len(channel.world.asked)
    with pytest.raises(RateLimited):
        await channel.send(outgoing(message))
    assert len(channel.world.asked) == asked
    channel.now = MIDNIGHT
    channel.world.limit = 10_000
    assert channel.account.ledger.left(UNITS) == 10_000
    await channel.send(outgoing(message))


async def test_polling_stops_at_what_is_kept_for_people(channel: Channel) -> None:
    own = channel.world.say("ana", "hello")
    message = (await channel.messages())[own]
    left = channel.account.ledger.left(UNITS)
    await channel.account.ledger.spend(UNITS, left - UNITS.reserve, for_people=True)
    with pytest.raises(RateLimited, match="kept for replies"):
        await channel.poll()
    async with channel.client() as client:
        assert (await youtube.identify(client, channel.account)).id == ME
    sent = await channel.send(outgoing(message))
    assert await channel.find(outgoing(message)) == sent
    await channel.act(message, "hide")
    assert await channel.acted(message, "hide")


async def test_old_threads_wait_when_more_units_are_used_than_of_the_day(channel: Channel) -> None:
    channel.world.most = 5
    for number in range(20):
        channel.world.say("ana", f"old {number}", at=ago(40))
    await channel.poll()
    await channel.account.ledger.spend(UNITS, 6000)
    before = channel.world.units
    await channel.poll()
    assert channel.world.units - before == 3
    channel.now = MIDNIGHT - HOUR
    before = channel.world.units
    await channel.poll()
    assert channel.world.units - before == 4


# The login


async def test_the_login_asks_for_what_lasts_and_pastes_an_address(channel: Channel) -> None:
    async with channel.client() as client:
        [way] = youtube.INFO.logins
        fields = {"client_id": "id.apps.googleusercontent.com", "client_secret": "cl1ent"}
        step = await youtube.begin_login(client, channel.account, way, fields)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(step.url).query).items()}
        assert asked["access_type"] == "offline"
        assert asked["prompt"] == "consent"
        assert asked["scope"] == "https://www.googleapis.com/auth/youtube.force-ssl"
        assert asked["code_challenge_method"] == "S256"
        assert asked["redirect_uri"].startswith("http://127.0.0.1:")
        pasted = f"{asked['redirect_uri']}?state={asked['state']}&code=4/0abc&scope=x"
        made = await youtube.finish_login(client, channel.account, step, pasted)
        assert isinstance(made, Credentials)
        assert (made.access_token, made.refresh_token, made.client_secret) == ("fresh", "r2", "cl1ent")
        assert made.expires_at == NOW + 3599 * SECOND
        form = parse_qs(channel.world.asked[-1].body.decode())
        assert form["code"] == ["4/0abc"]
        assert form["code_verifier"] != [""]
        with pytest.raises(UsageError):
            await youtube.begin_login(client, channel.account, way, {"client_id": "x"})


def test_a_real_login_goes_to_google() -> None:
    found = api.login(Account("films", "youtube"))
    assert urlsplit(found.authorize_url).hostname == "accounts.google.com"
    assert urlsplit(found.token_url).hostname == "oauth2.googleapis.com"


async def test_a_token_is_renewed_and_a_dead_login_says_so(channel: Channel) -> None:
    kept = {"access_token": "old", "refresh_token": "r1", "client_id": "id", "client_secret": "cl1ent"}
    account = replace(channel.account, secret=json.dumps(kept))
    async with channel.client() as client:
        made = await youtube.refresh(client, account)
        assert (made.access_token, made.refresh_token, made.client_id) == ("fresh", "r2", "id")
        body = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        channel.world.faults["POST token"] = [Reply(body, 400)]
        with pytest.raises(AuthError) as dead:
            await youtube.refresh(client, account)
        assert "cl1ent" not in dead.value.line()
        with pytest.raises(AuthError):
            await youtube.refresh(client, replace(account, secret="bare"))

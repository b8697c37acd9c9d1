"""YouTube's comments against what Google documents: nothing is lost, doubled or misjudged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from documented_messages import TOKEN
from documented_youtube import CHANNEL, YouTube
from masto_world import START
from our_account import Ours, ours

from cminbox.errors import NotThere, Refused, Retryable
from cminbox.model import DAY, MINUTE, Verb
from cminbox.sources.contract import Account, Act, Sent
from cminbox.sources.networks import youtube


@pytest.fixture
async def channel() -> AsyncIterator[Ours]:
    account = Account("s", "youtube", secret=TOKEN, account_id=CHANNEL)
    async with ours(youtube, YouTube(), account, START) as found:
        yield found


async def test_each_comment_and_reply_comes_once_with_its_video(channel: Ours) -> None:
    world: YouTube = channel.world
    world.page = 3
    tops = [world.say("ana", f"question {number} & more", f"vid{number % 2}") for number in range(7)]
    below = [world.say("ben" if number % 2 else "brand", f"answer {number}", parent=tops[0]) for number in range(8)]
    found = await channel.new()
    assert set(found) == {*tops, *below}
    assert {found[own].text for own in tops} == {f"question {number} & more" for number in range(7)}
    assert all(found[own].conversation == found[tops[0]].conversation for own in below)
    assert {found[own].parent for own in below} == {tops[0]}
    assert [found[own].direction for own in below] == ["out", "in"] * 4
    assert {(post.id, post.title) for own in (*tops, *below) if (post := found[own].post)} == {
        ("vid0", "About vid0"), ("vid1", "About vid1"),
    }  # fmt: skip
    assert all("lc=" in found[own].url and found[own].post.id in found[own].url for own in below)  # type: ignore[union-attr]
    assert await channel.new() == {}


async def test_what_is_held_or_taken_for_spam_waits_and_is_released(channel: Ours) -> None:
    held = channel.world.say("ana", "a link", status="heldForReview")
    spam = channel.world.say("eve", "buy this", status="likelySpam")
    found = await channel.new()
    assert [found[own].held for own in (held, spam)] == [True, True]
    for own in (held, spam):
        act = Act("k", "release", found[own])
        await channel.act(act)
        assert await channel.acted(act)
    assert {one.status for one in channel.world.comments.values()} == {"published"}
    again = await channel.new(watch=(held, spam))
    assert not any(message.held for message in again.values())


async def test_a_reply_below_an_old_comment_is_found_though_its_thread_does_not_move(channel: Ours) -> None:
    old = channel.world.say("ana", "long ago")
    for number in range(250):
        channel.world.say("ben", f"later {number}")
    first = await channel.new()
    assert len(first) == 251
    channel.now += 3 * DAY
    late = channel.world.say("ana", "is anybody there?", parent=old)
    for _ in range(40):
        channel.now += 30 * MINUTE
        if late in (found := await channel.new()):
            break
    assert found[late].conversation == first[old].conversation


async def test_an_answer_goes_below_the_first_comment_and_is_found_again(channel: Ours) -> None:
    top = channel.world.say("ana", "a question")
    reply = channel.world.say("ben", "me too", parent=top)
    found = await channel.new()
    outgoing = channel.reply(found[reply], "Here is how")
    sent = await channel.send(outgoing)
    assert channel.world.comments[sent.id].parent == top
    back = (await channel.new())[sent.id]
    assert (back.direction, back.conversation) == ("out", found[top].conversation)
    assert youtube.is_sent(outgoing, back)
    channel.world.lost = True
    lost = replace(channel.reply(found[top], "And more"), known=frozenset({sent.id}))
    with pytest.raises(Retryable) as got:
        await channel.send(lost)
    assert got.value.maybe_done
    assert isinstance(await channel.find(lost), Sent)
    assert await channel.find(replace(lost, text="Never sent", sent_before=channel.now + MINUTE)) is None
    del channel.world.comments[top]
    with pytest.raises((Refused, NotThere)):
        await channel.send(outgoing)


VERBS: list[Verb] = ["hide", "delete", "block"]


@pytest.mark.parametrize("verb", VERBS)
async def test_each_verb_stands_there_as_the_documentation_has_it(channel: Ours, verb: Verb) -> None:
    top = channel.world.say("ana", "rude")
    own = channel.world.say("brand", "ours", parent=top)
    found = await channel.new()
    act = Act("k", verb, found[own if verb == "delete" else top])
    await channel.act(act)
    if verb != "block":
        assert await channel.acted(act)
    if verb == "delete":
        assert own not in channel.world.comments
        pages = await channel.poll(watch=(own, top))
        assert [gone for page in pages for gone in page.deleted] == [own]
        return
    assert channel.world.comments[top].status != "published"
    assert (channel.world.banned == {"ana"}) is (verb == "block")
    if verb == "hide":
        back = replace(act, undo=True)
        await channel.act(back)
        assert await channel.acted(back)
        assert channel.world.comments[top].status == "published"


async def test_an_edit_is_seen_and_a_nameless_author_is_somebody_else(channel: Ours) -> None:
    channel.world.nameless = {"ana", "ben"}
    first, second = channel.world.say("ana", "one"), channel.world.say("ben", "two")
    found = await channel.new()
    assert found[first].author.id != found[second].author.id
    assert found[first].answerable
    channel.world.edit(first, "one, corrected")
    again = (await channel.new(watch=(first, second)))[first]
    assert (again.text, again.edited_at) == ("one, corrected", channel.world.comments[first].edited)

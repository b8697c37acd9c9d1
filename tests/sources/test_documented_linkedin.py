"""LinkedIn's comments against what LinkedIn documents: nothing is lost, doubled or misjudged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from documented_linkedin import ORGANIZATION, LinkedIn
from documented_messages import TOKEN
from masto_world import START
from our_account import Ours, ours

from cminbox.errors import Retryable
from cminbox.model import HOUR, MINUTE, Verb
from cminbox.sources.contract import Account, Act, Sent
from cminbox.sources.networks import linkedin


@pytest.fixture
async def page() -> AsyncIterator[Ours]:
    account = Account("s", "linkedin", secret=TOKEN, account_id=ORGANIZATION, options={"organization": "9000"})
    async with ours(linkedin, LinkedIn(), account, START) as found:
        yield found


@pytest.mark.parametrize("admin", [True, False])
@pytest.mark.parametrize("short", [True, False])
async def test_each_comment_and_answer_comes_once(page: Ours, admin: bool, short: bool) -> None:
    world: LinkedIn = page.world
    world.admin, world.short, world.page = admin, short, 3
    first, second = world.publish("New tea"), world.publish("And a cup")
    tops = [world.say(f"urn:li:person:p{number}", f"question {number}", first) for number in range(8)]
    other = world.say("urn:li:person:p9", "nice cup", second)
    below = [world.say("urn:li:person:p2", f"answer {number}", first, tops[0]) for number in range(7)]
    own = world.say(ORGANIZATION, "thanks", first, tops[0])
    found = await page.new()
    texts = {message.text: message for message in found.values()}
    assert set(texts) == {one.text for one in world.comments.values()}
    assert len(found) == len(world.comments)
    assert {texts[world.comments[each].text].conversation for each in below} == {texts["question 0"].conversation}
    assert len({message.conversation for message in found.values()}) == len(tops) + 1
    assert {texts[f"answer {number}"].parent for number in range(7)} == {texts["question 0"].id}
    assert [text for text, message in texts.items() if message.direction == "out"] == [world.comments[own].text]
    assert texts["nice cup"].post is not None
    assert texts["question 1"].post != texts[world.comments[other].text].post
    assert await page.new() == {}
    late = world.say("urn:li:person:p4", "one more", first, tops[0])
    for _ in range(30):
        page.now += 10 * MINUTE
        if more := await page.new():
            break
    assert [message.text for message in more.values()] == [world.comments[late].text]


async def test_edits_and_deletions_are_told(page: Ours) -> None:
    activity = page.world.publish("New tea")
    kept, gone = (page.world.say("urn:li:person:p1", text, activity) for text in ("one", "two"))
    found = {message.text: message for message in (await page.new()).values()}
    page.world.edit(kept, "one, corrected")
    page.world.delete(gone)
    page.now += HOUR
    pages = await page.poll()
    (again,) = [message for one in pages for message in one.messages if message.id == found["one"].id]
    assert (again.text, again.edited_at) == ("one, corrected", page.world.comments[kept].edited)
    assert [own for one in pages for own in one.deleted] == [found["two"].id]


async def test_an_answer_goes_below_the_first_comment_and_is_found_again(page: Ours) -> None:
    activity = page.world.publish("New tea")
    top = page.world.say("urn:li:person:p1", "a question", activity)
    nested = page.world.say("urn:li:person:p2", "me too", activity, top)
    found = {message.text: message for message in (await page.new()).values()}
    outgoing = page.reply(found["me too"], "Here is how")
    sent = await page.send(outgoing)
    (made,) = [one for one in page.world.comments.values() if one.text == "Here is how"]
    assert (made.parent, made.who) == (top, ORGANIZATION)
    back = (await page.new())[sent.id]
    assert (back.direction, back.conversation) == ("out", found["a question"].conversation)
    assert linkedin.is_sent(outgoing, back)
    page.world.lost = True
    lost = replace(page.reply(found["a question"], "And more"), known=frozenset({sent.id}))
    with pytest.raises(Retryable) as got:
        await page.send(lost)
    assert got.value.maybe_done
    assert isinstance(await page.find(lost), Sent)
    page.world.delete(next(one.urn for one in page.world.comments.values() if one.text == "And more"))
    assert await page.find(lost) is None
    assert nested in page.world.comments


VERBS: list[Verb] = ["like", "delete"]


@pytest.mark.parametrize("verb", VERBS)
async def test_each_verb_stands_there_as_the_documentation_has_it(page: Ours, verb: Verb) -> None:
    activity = page.world.publish("New tea")
    own = page.world.say("urn:li:person:p1", "hello", activity)
    (message,) = (await page.new()).values()
    act = Act("k", verb, message)
    assert not await page.acted(act)
    await page.act(act)
    assert await page.acted(act)
    assert (own in page.world.comments) is (verb == "like")
    if verb == "like":
        assert page.world.comments[own].liked
        await page.act(replace(act, undo=True))
        assert not page.world.comments[own].liked


async def test_a_post_that_names_the_page_comes_and_is_answered_below_it(page: Ours) -> None:
    page.world.publish("We love @Brand", "urn:li:person:fan")
    (message,) = (await page.new()).values()
    assert (message.kind, message.direction, message.text) == ("mention", "in", "We love @Brand")
    await page.send(page.reply(message, "Thank you!"))
    assert [(one.text, one.parent) for one in page.world.comments.values()] == [("Thank you!", "")]

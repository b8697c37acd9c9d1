"""TikTok: what is particular about it, over a stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from loopback import Reply
from our_account import Ours, ours
from tiktok_world import BUSINESS, START, TOKEN, World, no

from cminbox.errors import AuthError, Denied, NotThere, RateLimited, Refused, Retryable
from cminbox.model import DAY, HOUR, MINUTE, SECOND, Message, Verb
from cminbox.sources.contract import Account, Act, Identity, Sent, Unsure
from cminbox.sources.credentials import Credentials
from cminbox.sources.http import Answer
from cminbox.sources.networks import tiktok
from cminbox.sources.networks.tiktok.api import waited_until

NOW = START + DAY


@pytest_asyncio.fixture
async def us() -> AsyncIterator[Ours]:
    account = Account("clips", "tiktok", secret=TOKEN, account_id=BUSINESS)
    async with ours(tiktok, World(), account, START) as found:
        yield found


@pytest.mark.parametrize("flat", [False, True])
async def test_eight_answers_are_eight_and_stand_below_their_comment(us: Ours, flat: bool) -> None:
    us.world.flat = flat
    top = us.world.say("¿Cuándo vuelve la talla M? 😍")
    ours = us.world.say("El lunes", "brand", to=top)
    below = [us.world.say(f"answer {number}", to=ours) for number in range(7)]
    found = await us.new()
    assert set(found) == {top, ours, *below}
    assert {found[each].conversation for each in found} == {top}
    assert {found[each].parent for each in (ours, *below)} == {top}
    assert [found[each].direction for each in (top, ours)] == ["in", "out"]
    post = found[top].post
    assert post is not None
    assert (post.title, post.url) == ("Tea and more", f"https://www.tiktok.com/@brand/video/{us.world.films[0]}")
    assert found[top].author.handle == "ana"
    assert found[top].author.id == "+ana/x="
    assert not await us.new()


async def test_ids_that_are_numbers_are_kept_exactly(us: Ours) -> None:
    own = us.world.say("hello")
    us.world.comments[own]["comment_id"] = int(own)
    us.world.comments[own]["video_id"] = us.world.films[0]
    message = tiktok.parse({**us.world.comments[own], "video_id": int(us.world.films[0])}, us.account)
    assert message.id == own
    assert message.extra["video"] == us.world.films[0]


async def test_a_late_answer_and_a_comment_below_an_old_film_are_found(us: Ours) -> None:
    us.world.films = [str(7_390_000_000_000_000_000 + number) for number in range(90)]
    old = us.world.say("old", film=us.world.films[85])
    for _ in range(3):
        await us.new()
    late, below = us.world.say("late", film=us.world.films[70]), us.world.say("below", to=old)
    found: dict[str, Message] = {}
    for _ in range(4):
        found.update(await us.new())
    assert set(found) >= {late, below}


async def test_one_comment_for_another_is_noticed_in_its_turn(us: Ours) -> None:
    gone = us.world.say("one")
    us.world.say("two")
    await us.new()
    del us.world.comments[gone]
    own = us.world.say("instead")
    assert own not in await us.new()
    us.now += 7 * HOUR
    assert own in await us.new()


async def test_a_long_list_is_gone_through_over_several_polls_and_what_came_meanwhile_is_not_lost(us: Ours) -> None:
    us.world.most = 2
    wanted = {us.world.say(f"comment {number}", film=us.world.films[0]) for number in range(90)}
    found = set(await us.new())
    assert len(found) < len(wanted)
    wanted |= {us.world.say(f"meanwhile {number}", film=us.world.films[0]) for number in range(5)}
    for _ in range(5):
        found |= set(await us.new())
    assert found == wanted


async def test_hidden_liked_pinned_and_on_an_advertisement(us: Ours) -> None:
    us.world.ads.add(us.world.films[0])
    own = us.world.say("Scam!!!", status="HIDDEN", liked=True, pinned=True)
    ours = us.world.say("We", "brand")
    elsewhere = us.world.say("below another film", film=us.world.films[1])
    found = await us.new()
    assert found[own].hidden
    assert found[own].done == {"like", "pin"}
    assert found[own].ad
    assert not found[elsewhere].ad
    assert sorted(found[own].can or ()) == ["hide", "like", "pin"]
    assert sorted(found[ours].can or ()) == ["delete", "like", "pin"]


async def test_nameless_authors_are_apart_and_answerable(us: Ours) -> None:
    keys = ("user_id", "unique_identifier", "username", "display_name")
    one, other = (us.world.say(text, **dict.fromkeys(keys, "")) for text in ("one", "other"))
    found = await us.new()
    assert found[one].author.id == f"unknown:{one}"
    assert found[one].author != found[other].author
    assert found[one].answerable


async def test_an_answer_stands_below_the_comment_and_is_read_back(us: Ours) -> None:
    top = us.world.say("question")
    below = us.world.say("me too", to=top)
    found = await us.new()
    sent = await us.send(outgoing := us.reply(found[below], "Here it is"))
    assert us.world.comments[sent.id]["parent_comment_id"] == top
    back = (await us.new())[sent.id]
    assert back.direction == "out"
    assert tiktok.is_sent(outgoing, back)
    assert not tiktok.is_sent(replace(outgoing, text="Another"), back)
    assert await us.find(outgoing) == Sent(sent.id, back.url, back.created_at, top)


async def test_a_lost_answer_is_found_and_one_that_never_came_is_not(us: Ours) -> None:
    own = us.world.say("question")
    outgoing = us.reply((await us.new())[own], "Yes,  on Monday.")
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


async def test_an_answer_of_which_nobody_is_named_may_be_ours(us: Ours) -> None:
    own = us.world.say("question")
    outgoing = us.reply((await us.new())[own], "Yes, tomorrow")
    stands = us.world.say("Yes, tomorrow", to=own)
    assert await us.find(outgoing) is None
    for name in ("user_id", "unique_identifier", "username", "display_name", "owner"):
        del us.world.comments[stands][name]
    assert isinstance(await us.find(outgoing), Unsure)


@pytest.mark.parametrize(
    ("answer", "kind", "maybe"),
    [
        (no(50000), Retryable, True),
        (no(51065), Retryable, True),
        (Reply({"data": {}}), Retryable, True),
        (Reply({"code": 0, "data": {}}), Retryable, True),
        (Reply(b"<html>", 502), Retryable, True),
        (no(40002), Refused, None),
        (no(40007), Refused, None),
        (no(40064), Refused, None),
        (no(40001), Denied, None),
        (no(40105), AuthError, None),
        (no(40100), RateLimited, None),
    ],
    ids=str,
)
async def test_what_may_have_been_done_is_told(us: Ours, answer: Reply, kind: type[Exception], maybe: Any) -> None:
    own = us.world.say("question")
    outgoing = us.reply((await us.new())[own], "x")
    us.world.faults["POST"] = answer
    with pytest.raises(kind) as got:
        await us.send(outgoing)
    assert type(got.value) is not NotThere
    assert getattr(got.value, "maybe_done", None) is maybe


@pytest.mark.parametrize("verb", ["like", "hide", "pin"])
async def test_each_verb_and_its_undo_are_read_back(us: Ours, verb: Verb) -> None:
    top = us.world.say("good")
    own = us.world.say("better", to=top)
    for message in (await us.new()).values():
        assert message.id in (top, own)
        for undo in (False, True):
            act = Act("k", verb, message, undo=undo)
            assert not await us.acted(act)
            await us.act(act)
            assert await us.acted(act)


async def test_ours_is_deleted_and_a_fans_is_not(us: Ours) -> None:
    other = us.world.say("other")
    fan = us.world.say("bad")
    ours = us.world.say("oops", "brand", to=fan)
    found = await us.new()
    delete = Act("k", "delete", found[ours])
    assert not await us.acted(delete)
    us.world.lost.add("POST")
    with pytest.raises(Retryable) as got:
        await us.act(delete)
    assert got.value.maybe_done
    assert await us.acted(delete)
    with pytest.raises(Denied):
        await us.act(Act("k", "delete", found[fan]))
    with pytest.raises(Refused):
        await us.act(replace(delete, undo=True))
    assert other in us.world.comments


async def test_watched_comments_are_asked_for_by_their_ids(us: Ours) -> None:
    kept, gone = us.world.say("first"), us.world.say("second")
    answer = us.world.say("answer", to=kept)
    await us.new()
    us.world.comments[kept]["status"] = "HIDDEN"
    del us.world.comments[gone]
    del us.world.comments[answer]
    (page,) = [page for page in await us.poll(watch=(kept, gone, answer, "none")) if page.stream == "watch"]
    assert set(page.deleted) == {gone, answer}
    assert [message.hidden for message in page.messages] == [True]


async def test_nothing_is_deleted_where_tiktok_gives_nothing_at_all(us: Ours) -> None:
    own = us.world.say("only one")
    await us.new()
    us.world.comments.clear()
    (page,) = [page for page in await us.poll(watch=(own,)) if page.stream == "watch"]
    assert not page.deleted


async def test_too_fast_is_waited_for_longer_each_time(us: Ours) -> None:
    waits = []
    for _ in range(8):
        us.world.fault = no(40100)
        with pytest.raises(RateLimited) as got:
            await us.poll()
        waits.append(got.value.until - us.now)
        us.now += 2 * SECOND
    assert waits[:2] == [SECOND, 5 * MINUTE]
    assert set(waits[1:6]) == {5 * MINUTE}
    assert got.value.until % DAY == 0
    us.now += HOUR
    with pytest.raises(RateLimited) as got:
        await us.poll()
    assert got.value.until == us.now + SECOND


def test_the_longest_wait_ends_with_tiktoks_day() -> None:
    assert waited_until(9, NOW) == NOW - NOW % DAY + DAY


async def test_a_dead_token_in_a_200_is_one(us: Ours) -> None:
    for code in (40104, 40105):
        us.world.fault = no(code)
        with pytest.raises(AuthError):
            await us.poll()
    assert isinstance(tiktok.judge(Answer(200, {}, data={"code": True})), Retryable)


async def test_a_field_that_is_refused_costs_no_film(us: Ours) -> None:
    own = us.world.say("seen all the same")
    us.world.faults["video/list"] = no(40002)
    assert own in await us.new()


async def test_comments_of_others_that_name_us_are_answered(us: Ours) -> None:
    below_ours = us.world.say("@brand here")
    us.world.named.append({"comment_id": below_ours, "item_id": us.world.films[0], "comment_text": "@brand here"})
    own = us.world.name("@brand look")
    us.world.named_films.append(
        {"item_id": "555", "caption": "with @brand", "create_time": str(us.world.tick()), "creator_handle_name": "bo"}
    )
    found = await us.new()
    assert set(found) == {below_ours, own, "video 555"}
    message = found[own]
    assert (message.kind, message.text, message.author.name) == ("mention", "@brand look", "Bo")
    assert message.author.id == f"unknown:{own}"
    assert found[below_ours].kind == "comment"
    assert not found["video 555"].answerable
    assert found["video 555"].author.handle == "bo"
    sent = await us.send(us.reply(message, "Thanks"))
    assert us.world.comments[sent.id]["video_id"] == "999"
    with pytest.raises(Refused):
        await us.find(us.reply(message, "Thanks"))
    assert set(await us.new()) == set()


async def test_private_messages_are_read_answered_and_found(us: Ours) -> None:
    own = us.world.write("c1", "hello")
    picture = us.world.write("c1", "", message_type="IMAGE", image={"media_id": "m"})
    strange = us.world.write("c2", "", message_type="OTHER")
    found = await us.new()
    assert set(found) == {own, picture, strange}
    assert {found[each].conversation for each in (own, picture)} == {"c1"}
    assert found[own].author.name == "Person c1"
    assert (found[own].kind, found[own].visibility) == ("dm", "direct")
    assert found[picture].attachments[0].kind == "picture"
    assert found[strange].text
    outgoing = us.reply(found[own], "Good morning")
    assert await us.find(outgoing) is None
    us.world.lost.add("POST")
    with pytest.raises(Retryable):
        await us.send(outgoing)
    sent = await us.find(outgoing)
    assert isinstance(sent, Sent)
    assert sent.id == us.world.written[0]
    back = await us.new()
    assert [message.direction for message in back.values()] == ["out"]
    assert tiktok.is_sent(outgoing, back[sent.id])
    for number in range(25):
        us.world.write("c1", f"more {number}")
    with pytest.raises(Refused):
        await us.find(outgoing)


async def test_a_conversation_that_may_not_be_read_keeps_no_other_back(us: Ours) -> None:
    us.world.write("c1", "hello")
    other = us.world.write("c2", "hello")
    us.world.faults["message/content/list"] = no(40002)
    pages = await us.poll()
    assert [message.id for page in pages for message in page.messages] == [other]
    assert sum("a conversation could not be read" in note for page in pages for note in page.notes) == 1
    assert not await us.new()
    us.world.write("c1", "still there?")
    assert [message.text for message in (await us.new()).values()] == ["hello", "still there?"]


async def test_what_the_login_may_not_read_is_said_once_and_costs_nothing_else(us: Ours) -> None:
    us.world.refused.update({"mention": 40001, "message": 40001})
    own = us.world.say("hello")
    first = await us.poll()
    assert own in {message.id for page in first for message in page.messages}
    assert sum(len(page.notes) for page in first) == 3
    before = len(us.world.asked)
    assert not any(page.notes for page in await us.poll())
    assert not any("mention" in asked.path or "message" in asked.path for asked in us.world.asked[before:])
    us.now += 2 * HOUR
    us.world.refused.clear()
    named = us.world.name("@brand")
    assert named in await us.new()


async def test_who_we_are_by_the_secret_or_the_option(us: Ours) -> None:
    assert await tiktok.identify(us.client, us.account) == Identity(BUSINESS, "brand")
    bare = replace(us.account, account_id="")
    with pytest.raises(AuthError, match="business_id"):
        await tiktok.identify(us.client, bare)
    assert (await tiktok.identify(us.client, replace(bare, options={"business_id": BUSINESS}))).id == BUSINESS
    secret = Credentials(access_token=TOKEN, more={"open_id": BUSINESS}).dump()
    assert (await tiktok.identify(us.client, replace(bare, secret=secret))).id == BUSINESS
    with pytest.raises(AuthError, match="no token"):
        await us.poll(secret=None)


async def test_logging_in_by_a_pasted_address_and_renewing(us: Ours) -> None:
    fields = {"client_id": "app", "client_secret": "cl1ent", "more_scopes": "message.list.read, biz.brand.insights"}
    step = await tiktok.begin_login(us.client, us.account, tiktok.INFO.logins[0], fields)
    asked = parse_qs(urlsplit(step.url).query)
    assert asked["client_key"] == ["app"]
    assert asked["scope"][0].split(",") == [*tiktok.SCOPES, "message.list.read", "biz.brand.insights"]
    pasted = f"{asked['redirect_uri'][0]}?code=c0de&state={asked['state'][0]}"
    got = await tiktok.finish_login(us.client, us.account, step, pasted)
    assert isinstance(got, Credentials)
    assert (got.access_token, got.expires_at, got.more) == (TOKEN, NOW + DAY, {"open_id": BUSINESS})
    again = await tiktok.refresh(us.client, replace(us.account, secret=got.dump()))
    assert (again.refresh_token, again.more) == ("r3fresh", {"open_id": BUSINESS})
    for secret in (TOKEN, replace(got, refresh_token="old").dump()):
        with pytest.raises(AuthError):
            await tiktok.refresh(us.client, replace(us.account, secret=secret))


async def test_calls_of_a_minute_are_counted_and_some_are_kept_for_answers(us: Ours) -> None:
    own = us.world.say("question")
    parent = (await us.new())[own]
    us.account.ledger.limits = {"calls in a minute": 30}
    with pytest.raises(RateLimited):
        await us.poll()
    await us.send(us.reply(parent, "still"))


async def test_no_film_is_an_advertisement_where_tiktok_answers_of_others_than_was_asked(us: Ours) -> None:
    us.world.filters = False
    own = us.world.say("hello")
    assert not (await us.new())[own].ad

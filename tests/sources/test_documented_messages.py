"""Private messages of each network against what its publisher documents: nothing is lost, doubled or misjudged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from documented_messages import TOKEN, Inbox, MetaInbox, TikTokInbox, XInbox
from loopback import Loopback
from meta_brand import Brand

from cminbox.errors import Refused, Retryable, SourceError
from cminbox.model import DAY, Message
from cminbox.sources.contract import Account, Sent, Unsure
from cminbox.sources.networks import facebook, instagram, tiktok, x


@dataclass
class Kind:
    """A network's private messages: which adapter reads them, of whom, and from where."""

    adapter: Any
    inbox: type[Inbox]
    me: str
    options: dict[str, object]
    version: str = ""


KINDS = {
    "messenger": Kind(facebook, MetaInbox, "9000", {}),
    "instagram": Kind(instagram, MetaInbox, "17841400000000000", {"login": "instagram"}),
    "tiktok": Kind(tiktok, TikTokInbox, "brand-open-id", {"business_id": "brand-open-id"}),
    "x": Kind(x, XInbox, "4100", {"dms": True, "threads": False}),
}


@pytest.fixture(params=KINDS)
def brand(request: pytest.FixtureRequest) -> Iterator[Brand]:
    kind = KINDS[request.param]
    inbox = kind.inbox(kind.me)
    if isinstance(inbox, MetaInbox):
        inbox.node, inbox.platform = kind.me, request.param
    with Loopback(inbox.handle) as server:
        name = kind.adapter.INFO.network
        account = Account("s", name, server.url, options=kind.options, secret=TOKEN, account_id=kind.me)
        yield Brand(kind.adapter, inbox, account)


def heard(messages: list[Message]) -> list[tuple[str, str]]:
    return [(message.text, message.direction) for message in sorted(messages, key=lambda one: one.created_at)]


async def test_each_message_comes_once_and_our_own_words_as_ours(brand: Brand) -> None:
    inbox: Inbox = brand.world
    inbox.write("71", "Where is my tea?")
    inbox.write("72", "Do you ship to Spain?")
    inbox.write("71", "On its way", ours=True)
    found = await brand.new()
    assert heard(found) == [("Where is my tea?", "in"), ("Do you ship to Spain?", "in"), ("On its way", "out")]
    assert len({message.conversation for message in found}) == 2
    assert {message.kind for message in found} == {"dm"}
    assert await brand.new() == []
    inbox.write("72", "Hello?")
    assert heard(await brand.new()) == [("Hello?", "in")]


async def test_whoever_writes_last_of_many_is_heard(brand: Brand) -> None:
    for number in range(130):
        brand.world.write(str(7000 + number), f"hello {number}")
    found = [message for _ in range(5) for message in await brand.new()]
    assert sorted(message.text for message in found) == sorted(f"hello {number}" for number in range(130))


async def test_an_answer_stands_once_and_a_lost_one_is_found(brand: Brand) -> None:
    brand.world.write("71", "Where is my tea?")
    (message,) = await brand.new()
    outgoing = brand.reply(message)
    assert await brand.find(outgoing) is None
    brand.world.lost = True
    with pytest.raises(Retryable) as lost:
        await brand.send(outgoing)
    assert lost.value.maybe_done
    found = await brand.find(outgoing)
    assert isinstance(found, Sent)
    assert [each["text"] for each in brand.world.sent] == [outgoing.text]
    (back,) = await brand.new()
    assert (back.id, back.direction, back.conversation) == (found.id, "out", message.conversation)
    assert brand.adapter.is_sent(outgoing, back)


async def test_a_conversation_that_is_not_given_says_nothing_of_an_answer(brand: Brand) -> None:
    """Its question at least stands in it: where not even that is shown, the answer may stand there too."""
    brand.world.write("71", "Where is my tea?")
    (message,) = await brand.new()
    outgoing = brand.reply(message)
    await brand.send(outgoing)
    brand.world.hidden = True
    with pytest.raises(SourceError):
        await brand.find(outgoing)


SPOILT = {
    "facebook": {"created_time": "soon"},
    "instagram": {"created_time": None},
    "tiktok": {"message_id": None},
    "x": {"created_at": "soon"},
}


async def test_an_answer_that_cannot_be_read_is_not_taken_for_none(brand: Brand) -> None:
    brand.world.write("71", "Where is my tea?")
    (message,) = await brand.new()
    outgoing = brand.reply(message)
    await brand.send(outgoing)
    brand.world.talks["71"].messages[-1]["raw"] = SPOILT[brand.account.network]
    try:
        found = await brand.find(outgoing)
    except SourceError:
        return
    assert isinstance(found, Sent | Unsure)


async def test_where_files_are_refused_words_come_and_an_answer_is_found(brand: Brand) -> None:
    if not isinstance(brand.world, MetaInbox):
        pytest.skip("no fields are asked for")
    brand.world.refused = {"sticker"}
    brand.world.write("71", "Where is my tea?")
    (message,) = await brand.new()
    outgoing = brand.reply(message)
    assert await brand.find(outgoing) is None
    brand.world.lost = True
    with pytest.raises(Retryable):
        await brand.send(outgoing)
    assert isinstance(await brand.find(outgoing), Sent)


@pytest.mark.parametrize("unix", [str, int])
async def test_times_of_conversations_are_seconds_too(brand: Brand, unix: type) -> None:
    if not isinstance(brand.world, MetaInbox):
        pytest.skip("the time of a conversation is written in one way")
    brand.world.unix = unix
    for number in range(45):
        brand.world.write(f"7{number}", f"hello {number}")
    assert len(await brand.new()) == 45
    assert await brand.new() == []
    brand.world.write("70", "me again")
    assert heard(await brand.new()) == [("me again", "in")]


async def test_more_than_the_network_gives_is_said(brand: Brand) -> None:
    if brand.adapter is x:
        pytest.skip("X gives all of them")
    brand.world.write("71", "first")
    await brand.new()
    for number in range(30):
        brand.world.write("71", f"more {number}")
    pages = await brand.poll()
    assert sum(len(page.messages) for page in pages) == 20
    assert any("20" in note for page in pages for note in page.notes)


async def test_too_late_is_refused_and_says_so(brand: Brand) -> None:
    if not isinstance(brand.world, MetaInbox):
        pytest.skip("its end is not documented so")
    brand.world.write("71", "Where is my tea?")
    (message,) = await brand.new()
    assert message.answer_until == message.created_at + DAY
    brand.world.clock += DAY + 60_000
    with pytest.raises(Refused, match="time in which this person may be answered is over"):
        await brand.send(brand.reply(message))
    assert brand.world.sent == []


@pytest.mark.parametrize(
    ("raw", "title", "gone"),
    [
        ({"story": {"mention": {"link": "https://x.test/s.jpg", "id": "18"}}}, "Mentioned you in a story", [False]),
        ({"story": {"mention": {"link": "", "id": "18"}}}, "Mentioned you in a story", [True]),
        ({"story": {"reply_to": {"link": "https://x.test/s.jpg", "id": "18"}}}, "Answer to your story", [False]),
        ({"story": {"reply_to": {"id": "18"}}}, "Answer to your story", [True]),
    ],
)
async def test_stories_are_messages_that_can_be_answered(
    brand: Brand, raw: dict[str, Any], title: str, gone: list[bool]
) -> None:
    if not isinstance(brand.world, MetaInbox) or brand.world.platform != "instagram":
        pytest.skip("there are no stories")
    brand.world.write("71", "" if "mention" in raw["story"] else "lovely", raw=raw)
    (message,) = await brand.new()
    assert (message.title, [each.gone for each in message.attachments]) == (title, gone)
    assert message.answerable
    await brand.send(brand.reply(message))
    assert len(brand.world.sent) == 1

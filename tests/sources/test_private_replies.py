"""A comment that is answered in private: once, into its author's conversation, and found there again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from facebook_world import PAGE, TOKEN, World, error
from instagram_world import IG, InstagramWorld
from loopback import Loopback, Reply
from meta_brand import Brand

from cminbox.errors import Refused, Retryable
from cminbox.model import Author
from cminbox.sources.contract import Account, Outgoing, Sent
from cminbox.sources.networks import facebook, instagram


@pytest.fixture(params=["facebook", "instagram"])
def brand(request: pytest.FixtureRequest) -> Iterator[Brand]:
    world, adapter, own = (
        (World(), facebook, PAGE) if request.param == "facebook" else (InstagramWorld(), instagram, IG)
    )
    with Loopback(world.handle) as server:
        world.server = server
        yield Brand(adapter, world, Account("shop", request.param, server.url, secret=TOKEN, account_id=own))


async def asked(brand: Brand, text: str = "Your order number, please?") -> Outgoing:
    """A private answer to an answer below a comment."""
    below = brand.world.comment("mine is broken too", who="8", to=brand.world.comment("broken"))
    return replace(brand.reply(await brand.one(below), text), private=True)


async def test_it_goes_to_its_author_alone_as_it_was_written(brand: Brand) -> None:
    outgoing = await asked(brand)
    sent = await brand.send(outgoing)
    assert brand.world.told == [(outgoing.parent.id, "Your order number, please?")]
    assert sent.conversation == "dm:8"
    assert len(brand.world.comments) == 2
    [back] = await brand.new()
    assert (back.id, back.direction, back.kind, back.conversation) == (sent.id, "out", "dm", "dm:8")
    assert brand.adapter.is_sent(outgoing, back)
    assert not brand.adapter.is_sent(replace(outgoing, private=False), back)
    assert not brand.adapter.is_sent(replace(outgoing, text="Something else"), back)


async def test_the_network_takes_it_once(brand: Brand) -> None:
    outgoing = await asked(brand)
    await brand.send(outgoing)
    with pytest.raises(Refused, match="allows that once"):
        await brand.send(replace(outgoing, text="And one more thing"))
    assert len(brand.world.told) == 1


async def test_a_lost_answer_is_found_in_their_conversation_and_sent_no_second_time(brand: Brand) -> None:
    outgoing = await asked(brand)
    brand.world.fault_after = Reply({"error": {"message": "An unknown error occurred", "code": 1}}, 500)
    with pytest.raises(Retryable) as lost:
        await brand.send(outgoing)
    assert lost.value.maybe_done
    found = await brand.find(outgoing)
    assert isinstance(found, Sent)
    assert found.id == brand.world.threads["8"]["messages"][-1]["id"]
    again = await brand.send(outgoing)  # refused, for it stands there
    assert again.id == found.id
    assert len(brand.world.told) == 1
    with pytest.raises(Refused, match="allows that once"):
        await brand.send(replace(outgoing, known=frozenset({found.id})))


async def test_what_is_not_shown_is_not_taken_for_not_sent(brand: Brand) -> None:
    outgoing = await asked(brand)
    with pytest.raises(Retryable, match="does not show the conversation"):
        await brand.find(outgoing)
    brand.world.write("8", "hello?")
    assert await brand.find(outgoing) is None


async def test_of_somebody_whose_name_is_kept_back_it_is_found_or_nobody_knows(brand: Brand) -> None:
    outgoing = await asked(brand)
    nameless = outgoing.parent._replace(author=Author("unknown:9"))
    outgoing = replace(outgoing, parent=nameless)
    brand.world.write("5", "somebody else")
    with pytest.raises(Retryable, match="whose conversation"):
        await brand.find(outgoing)
    sent = await brand.send(outgoing)
    found = await brand.find(outgoing)
    assert isinstance(found, Sent)
    assert found.id == sent.id


async def test_what_the_network_refuses_is_not_sent(brand: Brand) -> None:
    outgoing = await asked(brand)
    brand.world.refused_edges["messages"] = error(200, status=403)
    brand.world.write("8", "hello?")
    with pytest.raises(Refused):
        await brand.send(outgoing)
    with pytest.raises(Refused, match="may have"):
        await brand.send(replace(outgoing, text="é" * 2001))
    assert brand.world.told == []


async def test_how_long_it_may_be_is_what_a_private_message_may(brand: Brand) -> None:
    able = brand.adapter.INFO.capabilities
    assert able.direct_counting is not None
    assert able.direct_counting.limit is not None
    text = "x" * able.direct_counting.limit
    assert (await brand.send(await asked(brand, text))).id
    with pytest.raises(Refused, match="may have"):
        await brand.send(await asked(brand, text + "x"))

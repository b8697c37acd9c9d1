"""Parts of a poll: a refusal is said once, trouble costs no other part, and both are over when they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from facebook_world import PAGE, TOKEN, World, error
from loopback import Loopback, Reply
from masto_world import START
from meta_brand import Brand

from cminbox.errors import AuthError, CminboxError, Denied, RateLimited, Retryable
from cminbox.model import HOUR
from cminbox.sources.contract import Account, Page
from cminbox.sources.networks import facebook
from cminbox.sources.separate_parts import SeparateParts


async def some(*found: str | CminboxError) -> AsyncIterator[Page]:
    for each in found:
        if isinstance(each, CminboxError):
            raise each
        yield Page((), each, "x")


class Polls:
    def __init__(self) -> None:
        self.cursors: dict[str, str] = {}
        self.now = START

    async def poll(self, *parts: AsyncIterator[Page], of: str = "us") -> tuple[list[str], list[str]]:
        """The streams and the notes of a poll with these parts."""
        separate, streams, notes = SeparateParts(self.cursors, of, self.now), list[str](), list[str]()
        for number, part in enumerate(parts):
            async for page in separate.part(f"part{number}", "it cannot be read", part):
                streams.append(page.stream)
                notes += page.notes
                self.cursors = {**self.cursors, page.stream: page.cursor}
        separate.end()
        return [each for each in streams if not each.endswith("refused")], notes


async def test_a_refusal_is_said_once_until_the_part_is_well_again() -> None:
    polls = Polls()
    no = Denied("no permission")
    assert await polls.poll(some("a", no), some("b")) == (["a", "b"], ["it cannot be read: no permission"])
    assert await polls.poll(some("a", no), some("b")) == (["b"], [])
    polls.now += HOUR
    assert await polls.poll(some("a", no), some("b")) == (["a", "b"], [])
    assert await polls.poll(some("a"), some("b"), of="another") == (["a", "b"], [])
    polls.now += HOUR
    assert await polls.poll(some("a", Denied("the role is gone"))) == (["a"], ["it cannot be read: the role is gone"])
    polls.now += HOUR
    assert await polls.poll(some("a")) == (["a"], [])
    assert await polls.poll(some("a", no)) == (["a"], ["it cannot be read: no permission"])


async def test_trouble_ends_the_poll_after_the_others_and_is_no_refusal() -> None:
    polls = Polls()
    for _ in range(2):
        with pytest.raises(Retryable, match="first"):
            await polls.poll(some("a", Retryable("first")), some("b"), some("c", Retryable("second")), some("d"))
        assert set(polls.cursors) == {"a", "b", "c", "d"}


@pytest.mark.parametrize("error", [Denied("no permission"), Retryable("in trouble")])
async def test_a_poll_without_its_needed_part_has_failed_and_the_others_are_read(error: CminboxError) -> None:
    parts, streams = SeparateParts({}, "us", START), list[str]()
    for part in (parts.needed(some("posts", error)), parts.part("messages", "", some("messages"))):
        streams += [page.stream async for page in part]
    assert streams == ["posts", "messages"]
    with pytest.raises(type(error)):
        parts.end()


@pytest.mark.parametrize("fatal", [AuthError("dead"), RateLimited("wait", until=START + HOUR)])
async def test_what_is_of_all_parts_ends_it_at_once(fatal: CminboxError) -> None:
    polls = Polls()
    with pytest.raises(type(fatal)):
        await polls.poll(some("a", fatal), some("b"))
    assert set(polls.cursors) == {"a"}


@pytest.mark.parametrize("fault", [error(1), error(2), Reply(b"<html>", 502)])
async def test_messages_in_trouble_cost_no_mention_and_no_deletion(fault: Reply) -> None:
    world = World()
    with Loopback(world.handle) as server:
        world.server = server
        brand = Brand(facebook, world, Account("page", "facebook", server.url, secret=TOKEN, account_id=PAGE))
        gone = world.comment("gone soon")
        await brand.poll()
        world.comment("another")
        del world.comments[gone]
        world.tagged.append({"id": "7_1", "message": "see @Brand", "tagged_time": "2023-11-14T23:00:00+0000"})
        world.refused_edges = {"conversations": fault}
        found: list[Page] = []

        async def read() -> None:
            async with brand.client() as client:
                async for page in facebook.pages(client, replace(brand.account, watch=(gone,)), brand.cursors):
                    found.append(page)

        with pytest.raises(Retryable):
            await read()
    assert [page.deleted for page in found if page.deleted] == [(gone,)]
    assert {message.text for page in found for message in page.messages} == {"another", "see @Brand"}

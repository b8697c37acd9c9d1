"""Looking for a reply whose answer was lost: the same text, account, parent and time, and nothing that is like it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from loopback import Asked, Loopback, Reply
from masto_world import ME, World

from cminbox.demo.markup import to_html
from cminbox.errors import Retryable
from cminbox.model import DAY, MINUTE, Message
from cminbox.sources.contract import Account, Outgoing, Sent, Unsure
from cminbox.sources.http import Client
from cminbox.sources.networks import mastodon
from cminbox.sources.networks.mastodon.status import is_posted, parse, same_text
from cminbox.text import clean


class Server(World):
    """A world that answers some addresses with a fault."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: dict[str, Reply] = {}

    def _route(self, asked: Asked) -> Reply:
        for part, reply in self.faults.items():
            if part in f"{asked.method} {asked.path}":
                return Reply(reply.body, reply.status)
        return super()._route(asked)


@pytest.fixture
def world() -> Server:
    return Server()


@pytest.fixture
def account(world: Server) -> Iterator[Account]:
    with Loopback(world.handle) as server:
        yield Account("care", "mastodon", server.url, secret="t0ken-s3cret", account_id=ME)


@pytest_asyncio.fixture
async def client(world: Server) -> AsyncIterator[Client]:
    async with Client(clock=lambda: world.clock, tries=1, read_timeout=400) as made:
        yield made


def asked(world: Server, account: Account, text: str) -> Outgoing:
    """A reply to a message that somebody wrote just now."""
    own = world.post("1", "@brand may I have my money back?")
    parent: Message = parse(world.statuses[own], account)
    return Outgoing("key-1", text, own, parent, sent_before=world.clock)


OURS = "We can refund you, please send us the order number."


@pytest.mark.parametrize(
    "theirs",
    [
        "We can't refund you, please send us the order number.",
        "We can refund you, please send us the order number",
        "we can refund you, please send us the order number.",
        "We can refund you, please send us the order number!",
        "We can refund you, please send us the order number. 🙏",
        "We cän refund you, please send us the order number.",
        "We can refund you, please send us the order number. We can refund you, please send us the order number.",
    ],
)
async def test_a_text_that_is_only_like_ours_is_not_ours(
    client: Client, account: Account, world: Server, theirs: str
) -> None:
    reply = asked(world, account, OURS)
    there = world.post(ME, f"@person1 {theirs}", reply.parent.id)
    found = await mastodon.find_sent(client, account, reply)
    assert found == Unsure(there, f"@person1 {theirs}", f"https://x.test/{there}")


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("Sorry, see you", "<p>@person1 Sorry, see you</p>"),
        (
            "Sorry",
            '<p><span class="h-card"><a href="https://far.test/@person1" class="u-url mention">@<span>person1</span>'
            "</a></span> Sorry</p>",
        ),
        ("a < b & c > d \"e\" 'f'", "<p>@person1 a &lt; b &amp; c &gt; d &quot;e&quot; &#39;f&#39;</p>"),
        ("one\n\ntwo\nthree", "<p>@person1 one</p><p>two<br />three</p>"),
        ("one\n\ntwo", "@person1 one<br><br>two"),
        (
            "see https://www.shop.example/returns/how-it-works-in-detail?a=1&b=2",
            '<p>@person1 see <a href="https://www.shop.example/returns/how-it-works-in-detail?a=1&amp;b=2">'
            '<span class="invisible">https://www.</span><span class="ellipsis">shop.example/returns/how-it-wo</span>'
            '<span class="invisible">rks-in-detail?a=1&amp;b=2</span></a></p>',
        ),
        (
            "see https://shop.example/returns/how-it-works",
            '@person1 see <a href="https://shop.example/returns/how-it-works">shop.example/returns/ho…</a>',
        ),
        (
            "#tea is **really** `good` :blob:",
            "@person1 <a href='/t'>#tea</a> is <b>really</b> <code>good</code> :blob:",
        ),
        ("#tea is **really** good", "@person1 #tea is **really** good"),
    ],
)
async def test_what_a_server_makes_of_our_text_is_undone(
    client: Client, account: Account, world: Server, typed: str, html: str
) -> None:
    reply = asked(world, account, typed)
    there = world.post(ME, "x", reply.parent.id, content=html)
    found = await mastodon.find_sent(client, account, reply)
    assert isinstance(found, Sent)
    assert found.id == there
    other = asked(world, account, typed + " Or not.")
    world.post(ME, "x", other.parent.id, content=html)
    assert isinstance(await mastodon.find_sent(client, account, other), Unsure)


async def test_a_server_that_tells_what_was_typed_is_believed(client: Client, account: Account, world: Server) -> None:
    reply = asked(world, account, "1) one 2) two")
    there = world.post(ME, "x", reply.parent.id, content="<ol><li>one</li><li>two</li></ol>")
    assert isinstance(await mastodon.find_sent(client, account, reply), Unsure)
    world.typed[there] = "@person1 1) one 2) two"
    assert isinstance(await mastodon.find_sent(client, account, reply), Sent)
    world.typed[there] = "@person1 1) one 2) three"
    assert isinstance(await mastodon.find_sent(client, account, reply), Unsure)


def test_who_is_mentioned_is_part_of_the_text() -> None:
    status = {"content": "<p>@ana hello</p>", "mentions": [{"id": "1", "acct": "ana@far.test"}]}
    assert is_posted("@ana@far.test hello", status)
    assert is_posted("@ana@FAR.test hello", status)
    assert not is_posted("@ana@near.test hello", status)
    assert is_posted("@ana@here.test hello", {**status, "mentions": [{"id": "1", "acct": "ana"}]})
    assert not is_posted("@ana@far.test hello", {**status, "mentions": [{"id": "2", "acct": "bo"}]})


@pytest.mark.parametrize("skew", [-7 * MINUTE, 7 * MINUTE, -DAY, DAY])
async def test_a_clock_that_is_off_makes_nothing_old_or_new(
    client: Client, account: Account, world: Server, skew: int
) -> None:
    world.skew = skew
    own = world.post("1", "@brand hello?")
    parent = parse(world.statuses[own], account)
    before = world.post(ME, f"@person1 {OURS}", own)
    world.clock += MINUTE
    reply = Outgoing("key-1", OURS, own, parent, sent_before=world.clock)
    found = await mastodon.find_sent(client, account, reply)
    assert isinstance(found, Unsure)
    assert found.id == before
    there = world.post(ME, f"@person1 {OURS}", own)
    found = await mastodon.find_sent(client, account, reply)
    assert isinstance(found, Sent)
    assert found.id == there


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
async def test_our_own_list_alone_says_what_is_there(
    client: Client, account: Account, world: Server, status: int
) -> None:
    reply = asked(world, account, OURS)
    world.faults["/context"] = Reply({"error": "no"}, status)
    assert await mastodon.find_sent(client, account, reply) is None
    world.post(ME, f"@person1 {OURS}", reply.parent.id)
    if status != 429:  # after that one the whole account has to wait
        assert isinstance(await mastodon.find_sent(client, account, reply), Sent)


async def test_a_thread_alone_proves_presence_and_never_absence(
    client: Client, account: Account, world: Server
) -> None:
    reply = asked(world, account, OURS)
    world.faults[f"accounts/{ME}/statuses"] = Reply({"error": "no"}, 500)
    with pytest.raises(Retryable):
        await mastodon.find_sent(client, account, reply)
    world.post(ME, f"@person1 {OURS}", reply.parent.id)
    assert isinstance(await mastodon.find_sent(client, account, reply), Sent)


async def test_a_reply_below_many_later_posts_is_found(client: Client, account: Account, world: Server) -> None:
    reply = asked(world, account, OURS)
    there = world.post(ME, f"@person1 {OURS}", reply.parent.id)
    world.faults["/context"] = Reply({"error": "no"}, 403)
    for number in range(130):
        world.post(ME, f"another {number}")
    found = await mastodon.find_sent(client, account, reply)
    assert isinstance(found, Sent)
    assert found.id == there


async def test_a_list_that_does_not_reach_back_proves_nothing_without_the_thread(
    client: Client, account: Account, world: Server
) -> None:
    reply = asked(world, account, OURS)
    for number in range(mastodon.MOST_LISTED * mastodon.PAGE + 1):
        world.post(ME, f"another {number}")
    assert await mastodon.find_sent(client, account, reply) is None
    world.faults["/context"] = Reply({"error": "no"}, 403)
    with pytest.raises(Retryable, match="does not show all"):
        await mastodon.find_sent(client, account, reply)


@pytest.mark.parametrize("change", [{"account": {"id": "77"}}, {"in_reply_to_id": "another"}, {"id": ""}])
async def test_an_answer_about_another_post_is_no_answer(
    client: Client, account: Account, world: Server, change: dict[str, Any]
) -> None:
    reply = asked(world, account, OURS)
    posted = {"id": "5", "account": {"id": ME}, "in_reply_to_id": reply.parent.id, "created_at": "2023-01-01T00:00:00Z"}
    world.faults["POST"] = Reply({**posted, **change})
    with pytest.raises(Retryable) as got:
        await mastodon.send(client, account, reply)
    assert got.value.maybe_done


@pytest.mark.parametrize("visibility", ["private", "direct"])
async def test_a_list_that_leaves_out_what_is_not_public_proves_nothing_without_the_thread(
    client: Client, account: Account, world: Server, visibility: str
) -> None:
    own = world.post("1", "@brand may I have my money back?", visibility=visibility)
    parent = parse(world.statuses[own], account)
    reply = Outgoing("key-1", OURS, own, parent, sent_before=world.clock)
    assert await mastodon.find_sent(client, account, reply) is None
    world.faults["/context"] = Reply({"error": "no"}, 500)
    with pytest.raises(Retryable, match="does not show all"):
        await mastodon.find_sent(client, account, reply)
    del world.faults["/context"]
    world.faults[f"accounts/{ME}/statuses"] = Reply([])
    world.post(ME, f"@person1 {OURS}", own, visibility=visibility)
    assert isinstance(await mastodon.find_sent(client, account, reply), Sent)


@pytest.mark.parametrize("skew", [-DAY, -7 * MINUTE, 0, DAY])
async def test_a_server_that_does_not_tell_its_clock_shows_our_post_all_the_same(
    client: Client, account: Account, world: Server, monkeypatch: pytest.MonkeyPatch, skew: int
) -> None:
    world.skew = skew
    reply = asked(world, account, OURS)
    there = world.post(ME, f"@person1 {OURS}", reply.parent.id)
    monkeypatch.setattr(client, "skew", lambda url: None)
    found = await mastodon.find_sent(client, account, reply)
    assert isinstance(found, Sent)
    assert found.id == there


WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "https://shop.example/returns?a=1&b=2#x",
            "http://WWW.shop.example/a-very-long-path/that-goes-on/and-on/for-ever.html",
            "@ana",
            "@ana@far.test",
            "@nobody@far.test",
            "#tea",
            "<b>bold</b>",
            "&amp;",
            "&lt;",
            "**so**",
            "`x`",
            "> quoted",
            "- item",
            "\n\n",
            "\n",
            "(https://shop.example)",
            "5 < 6 > 4",
            "👩‍👩‍👧",
            "नमस्ते",
        ]
    ),
)


@given(st.lists(WORDS, max_size=8), st.lists(WORDS, max_size=8))
def test_any_text_is_known_from_its_rendering_and_no_other_is(one: list[str], other: list[str]) -> None:
    ours, theirs = (clean(" ".join(words)).strip() for words in (one, other))
    status = {"content": to_html(theirs, {"ana": "https://x.test/@ana"}.get, "https://x.test"), "mentions": []}
    assert is_posted(theirs, status)
    assert is_posted(ours, status) == same_text(ours, theirs)

"""What Facebook was recorded to say, read by our adapter; skipped, aloud, where the recordings are absent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from cassettes import RECORDED
from loopback import Asked, Loopback, Reply

from cminbox.errors import Refused
from cminbox.model import Message, from_iso
from cminbox.sources.contract import Account
from cminbox.sources.http import Client
from cminbox.sources.networks import facebook

FOLDER = RECORDED / "facebook"
pytestmark = [
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recorded answers in {FOLDER}"),
    pytest.mark.xdist_group("recorded facebook"),  # the last one looks at what all others read
]
READ: set[str] = set()


def load(name: str) -> Any:
    READ.add(name)
    return json.loads((FOLDER / name).read_text())


def read(raw: object, own: str = "0") -> Message:
    return facebook.parse(raw, Account("page", "facebook", account_id=own))


def test_pages_of_comments_without_ids_and_names() -> None:
    """Their ids and threads stand in their addresses."""
    found: list[Message] = []
    for name in ("comments_p1.json", "comments_p2.json"):
        for raw in load(name)["data"]:
            message = read(raw)
            found.append(message)
            assert message.text.split()[0] == raw["message"].split()[0]
            assert message.created_at == from_iso(raw["created_time"])
            assert message.url == raw["permalink_url"]
            assert message.author.id == f"unknown:{message.id}"
    assert len(found) == len({message.id for message in found}) == 15
    by_id = {message.id: message for message in found}
    below = [message for message in found if message.parent]
    assert len(below) >= 5
    assert all(message.parent in by_id and message.conversation == message.parent for message in below)
    assert {message.kind for message in below} == {"reply"}


def test_single_comments() -> None:
    message = read(load("comment.json"))
    assert (message.author.id, message.text.strip()) == ("2711636948859886", "My Nice Car")
    assert message.author.name.startswith("Kun")
    [picture] = message.attachments
    assert (picture.kind, picture.address.startswith("https://scontent")) == ("picture", True)
    assert message.can == {"like", "hide", "delete", "block"}
    raw = load("comment_canHide.json")
    message = read(raw, own="123456789")
    assert (message.direction, message.answerable) == ("out", False)
    assert message.created_at == from_iso("2014-10-17T14:03:17Z")
    made = read(load("create_resp.json"))
    assert made.id == "245778718206154_229887283291835"
    assert made.text == "Message from api and updated"


@pytest.mark.parametrize(
    ("name", "hidden"),
    [("feed-comment-add-211.json", False), ("feed-comment-edited-25.json", False), ("feed-comment-hide.json", True)],
)
def test_webhooks_of_comments(name: str, hidden: bool) -> None:
    value = load(name)["entry"][0]["changes"][0]["value"]
    message = read(value)
    assert message.id == value["comment_id"]
    assert message.text == value["message"]
    assert message.author.name == "Tester"
    assert message.author.id == "1234567890321"
    assert (message.parent, message.conversation) == (None, message.id) or name.startswith("feed-comment-hide")
    assert message.post is not None
    assert message.post.id == value["post_id"]
    assert bool(message.hidden) is hidden
    assert message.created_at == value["created_time"] * 1000


async def replayed(handle: Callable[[Asked], Reply], call: Callable[[Client, Account], Any]) -> list[Any]:
    with Loopback(handle) as server:
        async with Client(tries=1) as client:
            account = Account("page", "facebook", server.url, secret="t", account_id="1234567890321")
            return [one async for one in call(client, account)]


@pytest.mark.parametrize("name", ["feed-comment-remove-25.json", "mention-post-add-real.json"])
async def test_webhooks_are_asked_for_again(name: str) -> None:
    from cminbox.sources.push import Pushed

    value = load(name)["entry"][0]["changes"][0]["value"]
    body = (FOLDER / name).read_bytes()

    def handle(asked: Asked) -> Reply:
        if "comment_id" in value:
            return Reply({"error": {"code": 100, "error_subcode": 33, "message": "gone"}}, 400)
        said = {"id": value["post_id"], "message": value["message"], "created_time": "2021-02-26T11:56:02+0000"}
        return Reply(said)

    pages = await replayed(handle, lambda client, account: facebook.pushed_pages(client, account, Pushed("POST", body)))
    if "comment_id" in value:
        assert [page.deleted for page in pages] == [(value["comment_id"],)]
    else:
        [message] = [message for page in pages for message in page.messages]
        assert (message.id, message.text) == (value["post_id"], "A test post message")


def test_a_tagged_post() -> None:
    message = read(load("tagged-post.json"))
    assert message.kind == "mention"
    assert message.text == "just a small tagged post example"
    assert message.created_at == from_iso("2021-02-26T11:49:57Z")
    assert message.author.id.startswith("unknown:")


async def test_a_conversation() -> None:
    raw = load("conversation.json")
    pages = await replayed(
        lambda asked: Reply({"data": [raw] if asked.path.endswith("conversations") else []}),
        lambda client, account: facebook.pages(
            client,
            Account(account.source, account.network, account.base_url, secret="t", account_id="261743132120084"),
            {},
        ),
    )
    found = [message for page in pages for message in page.messages]
    assert [(message.text, message.direction) for message in found] == [("Well, well.", "in"), ("Well, well.", "out")]
    assert {message.conversation for message in found} == {"dm:120042743874449"}
    assert [each.kind for each in found[1].attachments] == ["file", "picture"]
    assert "SCRUBBED" not in "".join(page.cursor for page in pages)


async def test_an_error_of_an_object_that_may_not_be_read() -> None:
    body = load("error_data.json")
    with pytest.raises(Refused, match="100"):
        await replayed(lambda _: Reply(body, 400), lambda client, account: facebook.pages(client, account, {}))


def test_every_file_was_read() -> None:
    assert {path.name for path in FOLDER.iterdir()} == READ

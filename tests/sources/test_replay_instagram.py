"""What Instagram was recorded to say, read by our adapter; skipped, aloud, where the recordings are absent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from cassettes import RECORDED
from loopback import Asked, Loopback, Reply

from cminbox.errors import Refused
from cminbox.model import Message, from_iso
from cminbox.sources.contract import Account, Page
from cminbox.sources.http import Client
from cminbox.sources.networks import instagram
from cminbox.sources.push import Pushed

FOLDER = RECORDED / "instagram"
pytestmark = [
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recorded answers in {FOLDER}"),
    pytest.mark.xdist_group("recorded instagram"),  # the last one looks at what all others read
]
READ: set[str] = set()


def load(name: str) -> Any:
    READ.add(name)
    return json.loads((FOLDER / name).read_text())


async def polled(
    answers: dict[str, Any], account_id: str, call: Callable[[Client, Account], Any] | None = None, handle: str = ""
) -> list[Page]:
    """One poll of an account; answers by the end of the path."""

    def handle_it(asked: Asked) -> Reply:
        if asked.path.endswith("/me"):
            return Reply({"id": "1", "instagram_business_account": {"id": account_id, "username": handle or "brand"}})
        found = answers.get(asked.path.rsplit("/", 1)[-1], {"data": []})
        return found if isinstance(found, Reply) else Reply(found)

    with Loopback(handle_it) as server:
        async with Client(tries=1, clock=lambda: from_iso("2021-09-01T00:00:00Z")) as client:
            account = Account("insta", "instagram", server.url, secret="t", account_id=account_id, backfill_ms=10**11)
            pages = instagram.pages(client, account, {}) if call is None else call(client, account)
            return [page async for page in pages]


def messages(pages: list[Page]) -> list[Message]:
    assert not [error for page in pages for error in page.skipped]
    return [message for page in pages for message in page.messages]


async def test_a_page_of_comments_as_it_was_listed() -> None:
    listed = load("comments_p1.json")
    media = {"data": [{"id": "17846368219941692", "caption": "A picture", "comments_count": 2}]}
    # Without the fields that were not asked for then.
    listed["paging"] = {"cursors": {"after": "after"}}
    found = messages(await polled({"media": media, "comments": listed}, "17841406338772941"))
    assert [message.text for message in found] == ["Beautiful!", "Beautiful!"]
    assert len({message.author.id for message in found}) == 2
    assert found[0].created_at == from_iso("2020-06-01T10:56:52Z")
    assert found[0].post is not None
    assert found[0].post.title == "A picture"


@pytest.mark.parametrize(
    ("name", "own", "text", "handle", "below"),
    [
        ("ig_comment.json", "17892250648466172", "@ikroskun  Hey, guys", "ikroskun", "17845747489952795"),
        ("comment.json", "123456789", "Great!", "", "1234567891"),
        ("comment_missing_user.json", "17916477187142401", "Nice", "bincyshiona", ""),
    ],
)
async def test_comments_with_what_is_below(name: str, own: str, text: str, handle: str, below: str) -> None:
    raw = load(name)
    media = {"data": [{"id": raw["media"]["id"], "caption": "x", "comments_count": 2}]}
    found = {
        message.id: message for message in messages(await polled({"media": media, "comments": {"data": [raw]}}, "9"))
    }
    assert (found[own].text, found[own].author.handle) == (text, handle)
    assert found[own].created_at == from_iso(raw["timestamp"])
    assert not found[own].hidden
    assert found[own].extra["media"] == raw["media"]["id"]
    if below:
        assert (found[below].conversation, found[below].parent) == (own, own)
        assert found[below].text == raw["replies"]["data"][0]["text"]


async def test_our_own_comment_is_ours() -> None:
    raw = load("ig_comment.json")
    assert instagram.parse(raw, Account("i", "instagram", account_id="17841406338772941")).direction == "out"


@pytest.mark.parametrize("name", ["mentioned_comment.json", "wh-mentions.json"])
async def test_mentions_are_asked_for(name: str) -> None:
    load(name)
    named = load("mentioned_comment.json")
    pushed = {
        "entry": [
            {
                "id": "17841406338772941",
                "changes": [
                    {"field": "mentions", "value": {"comment_id": "17967008497439572", "media_id": "17846368219941692"}}
                ],
            }
        ]
    }
    if name == "wh-mentions.json":
        # Both ids were made the same in it: it is a caption.
        pushed = load(name)
        named = {
            "mentioned_media": {
                "id": "17887498072083520",
                "caption": "@brand good",
                "timestamp": "2021-08-19T09:14:16+0000",
                "username": "ikroskun",
            }
        }
    body = Pushed("POST", json.dumps(pushed).encode())
    pages = await polled(
        {"17841406338772941": named}, "17841406338772941", lambda c, a: instagram.pushed_pages(c, a, body)
    )
    [message] = messages(pages)
    assert (message.kind, message.author.handle) == ("mention", "ikroskun")
    assert message.text.endswith(" good")
    assert message.created_at == from_iso("2021-08-19T09:14:16Z")


async def test_a_pushed_comment() -> None:
    value = load("wh-comments-2021.json")["entry"][0]["changes"][0]["value"]
    body = Pushed("POST", (FOLDER / "wh-comments-2021.json").read_bytes())
    answers = {
        "123456789": {**value, "timestamp": "2021-08-19T09:14:16+0000", "username": "testuser"},
        "76543987": {"id": "76543987"},
    }
    [message] = messages(await polled(answers, "9", lambda c, a: instagram.pushed_pages(c, a, body)))
    assert (message.text, message.author.handle) == ("This is an example.", "testuser")
    assert (message.parent, message.conversation) == ("987654321", "987654321")


async def test_a_message_that_answers_a_story() -> None:
    thread = load("instagram-conversation.json")
    raw = load("instagram-message-story.json")
    thread = {**thread, "updated_time": raw["created_time"], "messages": {"data": [raw]}}
    [message] = messages(await polled({"conversations": {"data": [thread]}}, "9"))
    assert (message.kind, message.conversation, message.author.handle) == ("dm", "dm:123456789", "some_username")
    assert message.text == "Nice shot !👍🏼"
    assert message.title == "Answer to your story"
    [picture] = message.attachments
    assert (picture.kind, picture.gone) == ("picture", False)
    assert picture.address.startswith("https://lookaside.fbsbx.com/ig_messaging_cdn/")


async def test_an_error_of_instagram_login() -> None:
    with pytest.raises(Refused, match="2500"):
        await polled({"media": Reply(load("ig_login_exception.json"), 400)}, "9")


def test_every_file_was_read() -> None:
    assert {path.name for path in FOLDER.iterdir()} == READ

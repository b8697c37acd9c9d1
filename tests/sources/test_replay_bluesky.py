"""Recorded answers of Bluesky, and of a server of its own make, read by the adapter; skipped, aloud, where they are
absent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from cassettes import RECORDED
from loopback import Asked, Loopback, Reply

from cminbox.errors import AuthError, NotThere, RateLimited, Refused, SourceError
from cminbox.model import Author, Instant, Message, from_iso
from cminbox.sources.contract import Account, Outgoing, Page
from cminbox.sources.http import Answer, Client
from cminbox.sources.json_values import dig
from cminbox.sources.networks import bluesky
from cminbox.sources.networks.bluesky import api, chat
from cminbox.sources.networks.bluesky.post import hidden_replies, parse

FOLDER = RECORDED / "bluesky"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recorded answers in {FOLDER}")
FILES = sorted(FOLDER.glob("*.json")) if FOLDER.is_dir() else []
NOW = from_iso("2026-11-28T00:00:00Z")


def load(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text())


def interactions(data: Any) -> list[tuple[dict[str, Any], int, dict[str, str], Any]]:
    """Request, status, headers and body of what was recorded with its requests."""
    found = data.get("interactions", []) if isinstance(data, dict) else []
    made = []
    for each in found:
        answer = each["response"]
        made.append((each["request"], answer["status"], answer["headers"], json.loads(answer["body"] or "null")))
    return made


def bodies(data: Any) -> Iterator[Any]:
    recorded = interactions(data)
    yield from (body for *_, body in recorded) if recorded else (data,)


def views(value: Any) -> Iterator[dict[str, Any]]:
    """Every post and notification of a post in an answer, however deep."""
    if isinstance(value, list):
        for each in value:
            yield from views(each)
    elif isinstance(value, dict):
        record = value.get("record")
        if (
            {"uri", "author", "record"} <= set(value)
            and isinstance(record, dict)
            and isinstance(record.get("text"), str)
        ):
            yield value
        for name, each in value.items():
            if name != "record":
                yield from views(each)


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_recorded_post_is_what_a_person_would_see(path: Any, record_property: Any) -> None:
    read = pictures = linked = 0
    for body in bodies(json.loads(path.read_text())):
        for view in views(body):
            message = parse(view, Account("care", "bluesky"), fetched_at=NOW)
            record = view["record"]
            assert message.id == view["uri"]
            assert message.author.id == view["author"]["did"]
            assert message.author.handle == view["author"]["handle"]
            assert message.author.name == " ".join(view["author"].get("displayName", "").split())
            first = record["text"].split("\n")[0].strip()
            assert message.text.startswith(first[:20])
            assert message.created_at == min(moment(record["createdAt"]), moment(view["indexedAt"]))
            assert message.parent == dig(record, "reply", "parent", "uri")
            assert message.conversation == (dig(record, "reply", "root", "uri") or view["uri"])
            did, key = view["uri"].split("/")[2], view["uri"].split("/")[-1]
            assert message.url == f"https://bsky.app/profile/{did}/post/{key}"
            assert message.lang == next(iter(record.get("langs") or []), None)
            assert bool(message.attachments) is isinstance(view.get("embed") or record.get("embed"), dict)
            assert all(each.address for each in message.attachments)
            assert message.extra["cid"] == view["cid"]
            pictures += sum(each.kind == "picture" for each in message.attachments)
            linked += " (http" in message.text
            read += 1
    for name, count in (("posts", read), ("pictures", pictures), ("links told", linked)):
        record_property(name, count)
    wanted = {"listNotifications": 24, "getPosts": 1, "thread_view_post_with_embed_media": 1}
    assert read >= wanted.get(path.stem, 0)


def moment(text: str) -> Instant:
    return from_iso(text)


def test_counts_of_real_notifications() -> None:
    listed = load("listNotifications")["notifications"]
    account = Account("care", "bluesky", account_id="did:plc:iijrtk7ocored6zuziwmqq3c")
    wanted = [each for each in listed if each["reason"] in ("mention", "reply", "quote")]
    read = [parse(each, account, fetched_at=NOW) for each in wanted]
    assert len(read) == 24
    assert {message.kind for message in read} == {"mention", "reply"}
    quotes = [message for message, raw in zip(read, wanted, strict=True) if raw["reason"] == "quote"]
    assert all(message.attachments[-1].address.startswith("https://bsky.app/profile/did:plc:") for message in quotes)
    cut = next(message for message in read if "Zyyn..." in message.text)
    assert cut.text.endswith("www.youtube.com/watch?v=Zyyn...")


async def polled(listed: Any, account_id: str) -> list[Page]:
    """A poll of a server that has these notifications and nothing else."""

    def handle(asked: Asked) -> Reply:
        method = asked.path.rpartition(".")[2]
        if method == "listNotifications":
            return Reply({"notifications": [] if asked.one("cursor") else listed})
        empty = {"getAuthorFeed": {"feed": []}, "getPosts": {"posts": []}, "listConvos": {"convos": []}}
        return Reply(empty.get(method, {"error": "NotFound", "message": "x"}), 200 if method in empty else 400)

    with Loopback(handle) as server:
        account = Account("care", "bluesky", server.url, secret="x" * 8, account_id=account_id)
        async with Client(clock=lambda: NOW) as client:
            return [page async for page in bluesky.pages(client, account, {})]


async def test_real_notifications_are_polled() -> None:
    listed = load("listNotifications")["notifications"]
    pages = await polled(listed, "did:plc:iijrtk7ocored6zuziwmqq3c")
    messages = [message for page in pages for message in page.messages]
    wanted = {each["uri"] for each in listed if each["reason"] in ("mention", "reply", "quote")}
    assert {message.id for message in messages} == wanted
    assert len(messages) == len(wanted)
    assert not [error for page in pages for error in page.skipped]


@pytest.mark.parametrize("path", [path for path in FILES if path.stem.startswith("local_")], ids=lambda path: path.stem)
def test_every_recorded_answer_is_judged(path: Any) -> None:
    known: dict[str, type[SourceError]] = {
        "InvalidToken": AuthError,
        "ExpiredToken": AuthError,
        "AuthMissing": AuthError,
        "AuthenticationRequired": AuthError,
        "NotFound": NotThere,
        "RecordNotFound": NotThere,
        "InvalidRequest": Refused,
    }
    for _, status, headers, body in interactions(json.loads(path.read_text())):
        answer = Answer(status, headers, data=body, host="pds.test", at=NOW)
        found = bluesky.judge(answer)
        code = dig(body, "error")
        if status < 400 or status in (429, 500):
            assert found is None
        else:
            assert type(found) is known[code]


async def test_recorded_answers_over_the_wire_are_errors_by_what_to_do_next() -> None:
    kinds: list[str] = []
    waits: list[int] = []
    for name in ("local_session_and_limits", "local_reply_and_repeat", "local_thread_deleted_blocked_hidden"):
        for asked, status, headers, body in interactions(load(name)):
            parts = urlsplit(asked["uri"])
            method = parts.path.removeprefix("/xrpc/")
            with Loopback(lambda _, body=body, status=status, headers=headers: Reply(body, status, headers)) as server:
                account = Account("care", "bluesky", server.url, secret="x" * 8, account_id="did:plc:x")
                async with Client(clock=lambda: NOW, tries=1) as client:
                    try:
                        if asked["method"] == "GET":
                            await api.query(client, account, method, parse_qsl(parts.query))
                        else:
                            await api.procedure(client, account, method, asked["body"] or {})
                        kinds.append("well")
                    except SourceError as error:
                        kinds.append(type(error).__name__)
                        waits += [error.until - NOW] if isinstance(error, RateLimited) else []
    assert set(kinds) == {"well", "AuthError", "RateLimited", "Refused", "Retryable", "NotThere"}
    assert waits == [255_000]


def test_what_a_thread_hides_is_known() -> None:
    hidden = {
        uri
        for body in bodies(load("local_thread_deleted_blocked_hidden"))
        for view in views(body)
        for uri in hidden_replies(view)
    }
    assert len(hidden) == 1


async def test_a_recorded_reply_is_found_under_its_key() -> None:
    recorded = interactions(load("local_reply_and_repeat"))
    found = next(body for asked, status, _, body in recorded if "getRecord" in asked["uri"] and status == 200)
    value = found["value"]
    parent = Message(value["reply"]["parent"]["uri"], "c", Author("did:plc:a"), "?", NOW)
    with Loopback(lambda _: Reply(found)) as server:
        account = Account("care", "bluesky", server.url, secret="x" * 8, account_id=found["uri"].split("/")[2])
        async with Client(clock=lambda: NOW) as client:
            sent = await bluesky.find_sent(client, account, Outgoing("k", value["text"], "c", parent))
    assert sent is not None
    assert getattr(sent, "created_at", 0) == moment(value["createdAt"])


def test_recorded_direct_messages_are_read() -> None:
    account = Account("care", "bluesky", account_id="did:plc:me")
    [convo] = load("listConvos")["convos"]
    logged = [each["message"] for each in load("getLog")["logs"] if "text" in each.get("message", {})]
    for raw in (convo["lastMessage"], load("sendMessage"), *logged):
        message = chat.parse(raw, convo, account, NOW)
        assert message.text == "Hi"
        assert message.author.handle == "shinyakato.dev"
        assert message.conversation == "dm:did:plc:iijrtk7ocored6zuziwmqq3c"
        assert message.created_at == moment(raw["sentAt"])
        assert message.kind == "dm"
        assert message.id == "1234/1234"
    record = load("post_record")
    raw = {**record, "record": record["value"], "author": {"did": record["uri"].split("/")[2], "handle": "a.test"}}
    assert parse(raw, account).text == "new text114"

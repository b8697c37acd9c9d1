"""Accounts of Bluesky that are gone, moved or locked, as the source of its servers has them (packages/pds/src/
auth-verifier.ts, packages/bsky/src/api/app/bsky/actor/getProfile.ts, lexicons chat.bsky.convo.defs). Synthetic.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from loopback import Asked, Loopback, Reply

from cminbox.errors import AuthError, Refused, SourceError
from cminbox.model import Author, Message
from cminbox.sources.contract import Account, Act
from cminbox.sources.http import Answer, Client
from cminbox.sources.networks import bluesky
from cminbox.sources.networks.bluesky import api, chat

NOW = 1_750_000_000_000
ME = "did:plc:brand"


@pytest.mark.parametrize("code", ["AccountTakedown", "AccountDeactivated", "AccountNotFound"])
def test_an_account_that_is_away_is_ours_only_where_our_session_is_refused(code: str) -> None:
    """The data server refuses a session with 401 or 403; the view says the same of whoever was asked about with 400."""
    for status, ours in ((401, True), (403, True), (400, False)):
        error = bluesky.judge(Answer(status, {}, data={"error": code, "message": "Account is away"}, host="x.test"))
        assert isinstance(error, AuthError) is ours
        assert isinstance(error, SourceError)


async def test_whoever_was_taken_down_costs_us_no_session() -> None:
    def handle(asked: Asked) -> Reply:
        return Reply({"error": "AccountTakedown", "message": "Account has been suspended"}, 400)

    with Loopback(handle) as server:
        secret = json.dumps({"access_token": "t0ken", "refresh_token": "r3fresh"})
        account = Account("care", "bluesky", server.url, secret=secret, account_id=ME)
        writer = Author("did:plc:spam", "spam.test")
        message = Message("at://did:plc:spam/app.bsky.feed.post/3kaaaaaaaaaaa", "c", writer, "x", NOW)
        async with Client(clock=lambda: NOW) as client:
            with pytest.raises(Refused, match="suspended"):
                await bluesky.acted(client, account, Act("key", "mute", message))


async def test_a_login_does_not_go_to_where_an_older_one_led(monkeypatch: pytest.MonkeyPatch) -> None:
    """The account moved, and its old data server is gone."""
    seen: list[str] = []

    def handle(asked: Asked) -> Reply:
        seen.append(asked.path)
        services = [{"id": "#atproto_pds", "serviceEndpoint": "https://new.example"}]
        made = {"accessJwt": "a", "refreshJwt": "r", "did": ME, "handle": "brand.test"}
        return Reply({**made, "didDoc": {"service": services}})

    with Loopback(handle) as server:
        monkeypatch.setattr(api, "HOST", server.url)
        kept = {"access_token": "old", "refresh_token": "old", "pds": "http://127.0.0.1:9", "handle": "brand.test"}
        account = Account("care", "bluesky", "", secret=json.dumps(kept), account_id=ME)
        async with Client(clock=lambda: NOW, tries=1) as client:
            fields = {"handle": "brand.test", "password": "aaaa-bbbb-cccc-dddd"}
            made = await bluesky.begin_login(client, account, bluesky.INFO.logins[0], fields)
    assert seen == ["/xrpc/com.atproto.server.createSession"]
    assert made.more["pds"] == "https://new.example"


@pytest.mark.parametrize(
    ("kind", "answerable"),
    [
        ({"$type": "chat.bsky.convo.defs#directConvo"}, True),
        ({"$type": "chat.bsky.convo.defs#groupConvo", "lockStatus": "unlocked"}, True),
        ({"$type": "chat.bsky.convo.defs#groupConvo", "lockStatus": "locked"}, False),
        ({"$type": "chat.bsky.convo.defs#groupConvo", "lockStatus": "locked-permanently"}, False),
        (None, True),
    ],
)
def test_a_locked_conversation_takes_no_answer(kind: Any, answerable: bool) -> None:
    account = Account("care", "bluesky", "", account_id=ME)
    members = [{"did": ME, "handle": "brand.test"}, {"did": "did:plc:gone", "handle": "missing.invalid"}]
    convo = {"id": "c1", "members": members, **({"kind": kind} if kind else {})}
    raw = {"id": "m1", "text": "Hello", "sender": {"did": "did:plc:gone"}, "sentAt": "2025-06-15T14:00:00Z"}
    message = chat.parse(raw, convo, account, NOW)
    assert message.answerable is answerable
    assert message.author.handle == ""

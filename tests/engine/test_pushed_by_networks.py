"""What Meta, LinkedIn and TikTok push, as they document it, through the receiver.

Written from the documentation without a look at the adapters: docs/graph-api/webhooks/getting-started and
docs/instagram-platform/webhooks/examples; learn.microsoft.com/linkedin/shared/api-guide/webhook-validation;
business-api.tiktok.com/portal/docs?id=1759978341579777.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cminbox import config as configuration
from cminbox import paths
from cminbox.engine.receiver import ReceiverServer
from cminbox.model import MINUTE, SECOND, now
from cminbox.store import Store, sources, spool
from stores import new_store

APP = "app-s3cret"
OWN = {"facebook": ("9001", "9002"), "instagram": ("1781", "1782"), "linkedin": ("61", "62"), "tiktok": ("o1", "o2")}


def hexed(content: bytes, secret: str = APP) -> str:
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def signed(network: str, body: bytes, secret: str = APP, at: int | None = None) -> dict[str, str]:
    if network == "linkedin":
        return {"X-LI-Signature": hexed(b"hmacsha256=" + body, secret)}
    if network == "tiktok":
        seconds = str((now() if at is None else at) // SECOND)
        return {"Tiktok-Signature": f"t={seconds},s={hexed(seconds.encode() + b'.' + body, secret)}"}
    return {"X-Hub-Signature-256": f"sha256={hexed(body, secret)}"}


def about(network: str, own: str) -> bytes:
    """Something happened on an account."""
    said: Any
    match network:
        case "linkedin":
            one = {"notificationId": 7, "organizationalEntity": f"urn:li:organization:{own}", "action": "COMMENT"}
            said = {"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS", "notifications": [one]}
        case "tiktok":
            content = json.dumps({"comment_id": 7400000000000000001, "video_id": 7, "comment_action": "insert"})
            said = {"client_key": "app", "event": "comment.update", "create_time": 1, "user_openid": own}
            said |= {"content": content}
        case _:
            change = {"field": "comments", "value": {"id": "5", "comment_id": "5", "media": {"id": "6"}}}
            said = {"object": network, "entry": [{"id": own, "time": 1, "changes": [change]}]}
    return json.dumps(said).encode()


class Place:
    """The receiver with two sources of each network, which share an app."""

    def __init__(self, server: ReceiverServer, store: Store) -> None:
        self.server = server
        self.store = store

    def ask(self, method: str, path: str, body: bytes = b"", head: dict[str, str] | None = None) -> Any:
        with closing(http.client.HTTPConnection(self.server.address.removeprefix("http://"), timeout=10)) as there:
            there.request(method, path, body, head or {})
            answer = there.getresponse()
            return answer.status, answer.read().decode(), answer.getheader("content-type")

    def waiting(self, name: str) -> list[bytes]:
        row = sources.by_name(self.store.read(), name)
        return [] if row is None else [each.body for each in spool.waiting(self.store.read(), row.id, now() + MINUTE)]


@pytest.fixture
def place(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    text = ""
    for network, both in OWN.items():
        for number, own in enumerate(both, 1):
            name = f"{network}{number}"
            option = {"linkedin": f'organization = "{own}"\n', "tiktok": f'business_id = "{own}"\n'}.get(network, "")
            text += f'[[source]]\nname = "{name}"\nnetwork = "{network}"\n{option}'
            secret = {"access_token": f"t{own}", "client_secret": APP, "verify_token": "a word"}
            monkeypatch.setenv(f"CMINBOX_SECRET_{name.upper()}", json.dumps(secret))
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "config.toml").write_text(text)
    config = configuration.load(paths.find())
    with new_store(config.paths.store) as store:
        for network, both in OWN.items():
            for number, own in enumerate(both, 1):
                store.write(lambda conn, n=f"{network}{number}", w=network: sources.ensure(conn, n, w))
                row = sources.by_name(store.read(), f"{network}{number}")
                assert row is not None
                store.write(lambda conn, i=row.id, o=own: sources.update(conn, i, {"account_id": o}))
        server = ReceiverServer(store, config, now, port=0)
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            yield Place(server, store)
        finally:
            server.stop()
            thread.join()
            server.close()


@pytest.mark.parametrize("network", OWN)
def test_it_goes_to_the_account_that_it_is_about_at_the_apps_one_address(place: Place, network: str) -> None:
    first, second = OWN[network]
    for own in (first, second, "a-stranger"):
        body = about(network, own)
        assert place.ask("POST", f"/in/{network}1", body, signed(network, body))[0] == 200
    assert [place.waiting(f"{network}{number}") for number in (1, 2)] == [
        [about(network, first)],
        [about(network, second)],
    ]
    # Sent again, as they all do: nothing is kept twice.
    body = about(network, second)
    assert place.ask("POST", f"/in/{network}1", body, signed(network, body))[0] == 200
    assert place.waiting(f"{network}2") == [body]
    others = [name for name in OWN if name != network]
    assert not any(place.waiting(f"{name}{number}") for name in others for number in (1, 2))


@pytest.mark.parametrize("network", OWN)
def test_what_is_forged_is_refused_and_nothing_is_kept(place: Place, network: str) -> None:
    body = about(network, OWN[network][0])
    good = signed(network, body)
    (name, value), *_ = good.items()
    wrong: list[dict[str, str]] = [
        {},
        {name: ""},
        {name: value[:-1] + ("0" if value[-1] != "0" else "1")},
        {name: value[: len(value) // 2]},
        signed(network, body, secret="another"),
        signed(network, body + b" "),
        signed(network, body, secret=""),
    ]
    for head in wrong:
        assert place.ask("POST", f"/in/{network}1", body, head)[0] == 403, head
    assert place.waiting(f"{network}1") == place.waiting(f"{network}2") == []


def test_tiktoks_request_of_an_hour_ago_is_not_taken_and_parts_are_found_by_name(place: Place) -> None:
    body = about("tiktok", "o1")
    for at in (now() - 60 * MINUTE, now() + 60 * MINUTE):
        assert place.ask("POST", "/in/tiktok1", body, signed("tiktok", body, at=at))[0] == 403
    seconds, _, signature = signed("tiktok", body)["Tiktok-Signature"].partition(",")
    assert place.ask("POST", "/in/tiktok1", body, {"Tiktok-Signature": f"{signature}, {seconds}"})[0] == 200


def test_linkedins_code_is_signed_and_nothing_else_is(place: Place) -> None:
    code = "890e4665-4dfe-4ab1-b689-ed553bceeed0"
    status, text, kind = place.ask("GET", f"/in/linkedin1?challengeCode={code}&applicationId=7")
    assert (status, kind) == (200, "application/json")
    assert json.loads(text) == {"challengeCode": code, "challengeResponse": hexed(code.encode())}
    # Whoever has us sign the word before a body has a signature of that body.
    for hostile in ("", "hmacsha256%3D%7B%7D", "x" * 101, "a%20b"):
        assert place.ask("GET", f"/in/linkedin1?challengeCode={hostile}")[0] == 400


@pytest.mark.parametrize("network", ["facebook", "instagram"])
def test_metas_challenge_comes_back_to_whoever_knows_the_word(place: Place, network: str) -> None:
    query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
    assert place.ask("GET", f"/in/{network}1?{query}a+word")[:2] == (200, "1158201444")
    assert place.ask("GET", f"/in/{network}1?{query}another")[0] == 403

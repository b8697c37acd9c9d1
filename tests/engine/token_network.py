"""An adapter, and a server for it, whose tokens end and whose refresh tokens are good for one use."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Mapping
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from cminbox.errors import AuthError, SourceError
from cminbox.model import HOUR, SECOND, Author, Message
from cminbox.sources.auth import Bearer
from cminbox.sources.contract import (
    Account,
    ApiVersion,
    Capabilities,
    Identity,
    Info,
    Option,
    Outgoing,
    Page,
    Sent,
    Unsure,
)
from cminbox.sources.credentials import Credentials
from cminbox.sources.http import Answer, Client
from cminbox.sources.ledger import Allowance

UNITS = Allowance("units", 100, reserve=20, option="units")
MONEY = Allowance("money", 5_000, "money", "month", option="spend_cap")
INFO = Info(
    network="tokens",
    title="Tokens",
    glyph="To",
    secret="made by the test",
    base_url=True,
    options=(
        Option("units", "units a day", "number"),
        Option("spend_cap", "dollars a month", "number"),
        Option("cost", "units for each poll", "number"),
    ),
    api=(ApiVersion("v1", date(2026, 12, 31), "the test"),),
    capabilities=Capabilities(
        reply=True,
        find_sent=True,
        allowances=(UNITS, MONEY),
        brings={"comments": "yes", "comments on advertisements": "no: the network keeps them back"},
    ),
)


def judge(answer: Answer) -> SourceError | None:
    return AuthError("the token has ended") if answer.status == 401 else None


def _auth(account: Account) -> Bearer:
    return Bearer(account.credentials.access_token)


async def identify(client: Client, account: Account) -> Identity:
    answer = await client.request("GET", f"{account.base_url}/me", auth=_auth(account), judge=judge)
    return Identity(answer.data["id"], "brand")


async def pages(client: Client, account: Account, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
    await account.ledger.spend(UNITS, int(account.options.get("cost", 1)))
    answer = await client.request(
        "GET", f"{account.base_url}/new", params={"after": cursors.get("new", "0")}, auth=_auth(account), judge=judge
    )
    messages = tuple(
        Message(
            id=each["id"],
            conversation=each["id"],
            author=Author("7", "mina", "Mina"),
            text=each["text"],
            created_at=each["at"],
            kind="comment",
        )
        for each in answer.data
    )
    yield Page(messages, "new", messages[-1].id if messages else cursors.get("new", "0"))


async def send(client: Client, account: Account, outgoing: Outgoing) -> Sent:
    await account.ledger.spend(MONEY, 15, for_people=True)
    answer = await client.request(
        "POST", f"{account.base_url}/send", json={"text": outgoing.text}, auth=_auth(account), judge=judge
    )
    return Sent(answer.data["id"], "", client.clock(), outgoing.conversation)


async def find_sent(client: Client, account: Account, outgoing: Outgoing) -> Sent | Unsure | None:
    return None


async def refresh(client: Client, account: Account) -> Credentials:
    before = account.credentials
    if not before.refresh_token:
        raise AuthError("the token has ended and nothing renews it")
    form = {"refresh_token": before.refresh_token}
    answer = await client.request("POST", f"{account.base_url}/token", form=form, judge=judge)
    return before.with_token(
        answer.data["access_token"],
        now=client.clock(),
        lasts_ms=answer.data["lasts"],
        refresh_token=answer.data["refresh_token"],
        login_ends_at=answer.data["login_ends_at"],
    )


class TokenServer:
    """Gives new tokens for refresh tokens, each once; `asked` keeps the paths, `sent` the texts.

    A renewal is answered after `pause` seconds, or once `hold` is set.
    """

    def __init__(self) -> None:
        self.lasts = HOUR
        self.login_ends_at: int | None = None
        self.serial = 1
        self.good = {"a1"}
        self.refreshable = "r1"
        self.asked: list[str] = []
        self.sent: list[str] = []
        self.new: list[dict[str, object]] = []
        self.headers: dict[str, str] = {}
        self.refresh_status = 200
        self.pause = 0.0
        self.hold = threading.Event()
        self.renewals = 0
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version: ClassVar[str] = "HTTP/1.1"
            timeout = 5

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                parts = urlsplit(self.path)
                if parts.path == "/token":
                    outer.renewals += 1
                    outer.hold.wait(outer.pause)
                with outer._lock:
                    status, said = outer.answer(parts, self.headers.get("authorization") or "", body)
                data = json.dumps(said).encode()
                self.send_response(status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = answer

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, parts, authorization: str, body: bytes) -> tuple[int, object]:
        self.asked.append(parts.path)
        if parts.path == "/token":
            given = parse_qs(body.decode())["refresh_token"][0]
            if self.refresh_status != 200:
                return self.refresh_status, {"error": "not now"}
            if given != self.refreshable:
                return 401, {"error": "a refresh token is good for one use"}
            self.serial += 1
            self.good = {f"a{self.serial}"}
            self.refreshable = f"r{self.serial}"
            return 200, {
                "access_token": f"a{self.serial}",
                "refresh_token": self.refreshable,
                "lasts": self.lasts,
                "login_ends_at": self.login_ends_at and self.login_ends_at - self.serial * SECOND,
            }
        if authorization.removeprefix("Bearer ") not in self.good:
            return 401, {"error": "ended"}
        match parts.path:
            case "/me":
                return 200, {"id": "1"}
            case "/new":
                after = int(parse_qs(parts.query)["after"][0])
                return 200, [each for each in self.new if int(str(each["id"])) > after]
            case "/send":
                self.sent.append(json.loads(body)["text"])
                return 200, {"id": f"s{len(self.sent)}"}
        return 404, {}

    def post(self, text: str, at: int) -> None:
        self.new.append({"id": str(len(self.new) + 1), "text": text, "at": at})

    def __enter__(self) -> TokenServer:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

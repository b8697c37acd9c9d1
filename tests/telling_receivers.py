"""Receivers on loopback, which behave as they are told: a webhook, a mail server, a mailbox."""

from __future__ import annotations

import base64
import json
import re
import shutil
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest


def certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 with its key in one file, made for this test."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    file = folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", file, "-out", folder / "only.pem"),
        ],
        check=True,
        capture_output=True,
    )
    file.write_text(file.read_text() + (folder / "only.pem").read_text())
    return file


def served_with(file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


class Webhook:
    """A web server that keeps what is posted to it.

    Attributes:
        got: what was posted, as JSON.
        behave: called with the number of each post; a status to answer with, `cut` (after it was taken), `slow`.
    """

    def __init__(self, port: int = 0) -> None:
        self.got: list[dict[str, Any]] = []
        self.behave: Callable[[int], int | str] = lambda number: 200
        self.seen = 0
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                hook.seen += 1
                what = hook.behave(hook.seen)
                if what in ("cut", "slow", 200):
                    hook.got.append(body)
                if what == "slow":
                    time.sleep(1.5)
                if what in ("cut", "slow"):
                    self.connection.close()
                    return
                self.send_response(int(what))
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"so")

            def log_message(self, *args: object) -> None:
                pass

            def handle(self) -> None:
                with suppress(OSError, ValueError):
                    super().handle()

        class Server(ThreadingHTTPServer):
            allow_reuse_address = True
            daemon_threads = True

            def handle_error(self, *args: object) -> None:
                pass

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def titles(self) -> list[str]:
        return [each["title"] for each in self.got]

    def url(self, rest: str = "") -> str:
        return f"json://127.0.0.1:{self.port}/hook-secret-path/?rto=0.7{rest}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@contextmanager
def webhook() -> Iterator[Webhook]:
    hook = Webhook()
    try:
        yield hook
    finally:
        hook.close()


class MailServer:
    """An SMTP server, and an IMAP server of one mailbox into which everything comes.

    Attributes:
        got: the messages that it took.
        recipients: to whom, for each.
        behave: called with the number of each message; `ok`, `lost` (taken, and no answer), or an answer.
        refused: an answer to each RCPT with this address.
    """

    def __init__(self, *, tls: Path | None = None, starttls: Path | None = None, password: str = "") -> None:
        self.got: list[Message] = []
        self.recipients: list[list[str]] = []
        self.behave: Callable[[int], str] = lambda number: "ok"
        self.refused: dict[str, str] = {}
        self.password = password
        self.seen = 0
        self.commands: list[str] = []
        mail = self

        class Smtp(socketserver.StreamRequestHandler):
            def setup(self) -> None:
                if tls is not None:
                    self.request = served_with(tls).wrap_socket(self.request, server_side=True)
                super().setup()

            def say(self, line: str) -> None:
                self.wfile.write(f"{line}\r\n".encode())
                self.wfile.flush()

            def handle(self) -> None:
                self.say("220 here")
                to: list[str] = []
                secure = tls is not None
                while line := self.rfile.readline().decode().strip():
                    word = line.upper().partition(" ")[0]
                    mail.commands.append(word)
                    if word in ("EHLO", "HELO"):
                        able = ["here"]
                        able += ["STARTTLS"] if starttls is not None and not secure else []
                        able += ["AUTH PLAIN"] if mail.password else []
                        for each in able[:-1]:
                            self.say(f"250-{each}")
                        self.say(f"250 {able[-1]}")
                    elif word == "STARTTLS" and starttls is not None:
                        self.say("220 go on")
                        self.request = served_with(starttls).wrap_socket(self.request, server_side=True)
                        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb")
                        secure = True
                    elif word == "AUTH":
                        given = base64.b64decode(line.split()[2]).decode().split("\0")[2]
                        self.say("235 in" if given == mail.password else f"535 no such login: {given}")
                    elif word == "MAIL":
                        to = []
                        self.say("250 ok")
                    elif word == "RCPT":
                        address = re.search(r"<(.*)>", line)
                        to.append(address[1] if address else "")
                        self.say(mail.refused.get(to[-1], "250 ok"))
                    elif word == "DATA":
                        self.say("354 go on")
                        if not self.take(to):
                            return
                    elif word == "QUIT":
                        self.say("221 bye")
                        return
                    else:
                        self.say("250 ok")

            def take(self, to: list[str]) -> bool:
                body = b""
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    body += line.removeprefix(b".")
                mail.seen += 1
                what = mail.behave(mail.seen)
                if what in ("ok", "lost"):
                    mail.got.append(message_from_bytes(body))
                    mail.recipients.append(to)
                if what == "lost":
                    return False
                self.say("250 taken" if what == "ok" else what)
                return True

        class Imap(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"* OK here\r\n")
                while line := self.rfile.readline().decode().strip():
                    tag, word, *rest = line.split()
                    if word == "LOGIN" and mail.password and mail.password not in line:
                        self.wfile.write(f"{tag} NO wrong\r\n".encode())
                        continue
                    if word == "CAPABILITY":
                        self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n")
                    if word == "UID":
                        wanted = rest[-1].strip('"')
                        found = [n for n, one in enumerate(mail.got, 1) if one["Message-ID"] == wanted]
                        self.wfile.write(f"* SEARCH {' '.join(map(str, found))}\r\n".encode())
                    self.wfile.write(f"{tag} OK done\r\n".encode())
                    if word == "LOGOUT":
                        return

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

            def handle_error(self, *args: object) -> None:
                pass

        self.servers = [Server(("127.0.0.1", 0), handler) for handler in (Smtp, Imap)]
        self.port, self.imap_port = (server.server_address[1] for server in self.servers)
        for server in self.servers:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def subjects(self) -> list[str]:
        return [str(each["Subject"]) for each in self.got]

    def url(self, scheme: str = "mailto", user: str = "inbox:hunter-22@", rest: str = "") -> str:
        return f"{scheme}://{user if self.password else ''}127.0.0.1:{self.port}/{rest}"

    def close(self) -> None:
        for server in self.servers:
            server.shutdown()
            server.server_close()


@contextmanager
def mail_server(**options: Any) -> Iterator[MailServer]:
    server = MailServer(**options)
    try:
        yield server
    finally:
        server.close()

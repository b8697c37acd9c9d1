"""A mailbox on loopback that speaks as much IMAP as is asked of it, and remembers what it sent."""

from __future__ import annotations

import base64
import re
import socketserver
import ssl
import threading
from email import message_from_bytes
from pathlib import Path
from typing import Any, Self


class ImapServer:
    """A mailbox with one folder.

    Args:
        certificate: files of a certificate and its key: it speaks TLS from the first byte.

    Attributes:
        mails: what is in it, oldest first; the first has the UID 1.
        flagged: whatever was asked for that would change it.
        garbage: what it greets with instead, before it ends the line.
        said, sent: what it sent, and how many bytes.
    """

    def __init__(self, user: str, password: str, certificate: tuple[Path, Path] | None = None) -> None:
        self.user, self.password, self.certificate = user, password, certificate
        self.mails: list[bytes] = []
        self.validity = 1
        self.flagged: list[str] = []
        self.garbage: bytes | None = None
        self.said = b""
        self.sent = 0
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                outer._serve(self)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True

            def get_request(self) -> Any:
                line, address = super().get_request()
                if outer.certificate is None:
                    return line, address
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(*outer.certificate)
                return context.wrap_socket(line, server_side=True, do_handshake_on_connect=True), address

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a client that hangs up is what some tests are about

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Nobody is served any more."""
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, line: socketserver.StreamRequestHandler) -> None:
        def say(text: bytes) -> None:
            self.said, self.sent = (self.said + text)[-1_000_000:], self.sent + len(text)
            line.wfile.write(text)

        if self.garbage is not None:
            say(self.garbage)
            return
        say(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n")
        while raw := line.rfile.readline(10_000):
            tag, _, rest = raw.decode().strip().partition(" ")
            word = rest.split(" ")[0].upper()
            if word == "CAPABILITY":
                say(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n")
            elif word == "AUTHENTICATE":
                say(b"+ \r\n")
                _, user, password = base64.b64decode(line.rfile.readline()).decode().split("\0")
                if (user, password) != (self.user, self.password):
                    say(f"{tag} NO [AUTHENTICATIONFAILED] not {password}\r\n".encode())
                    continue
            elif word == "EXAMINE":
                say(f"* {len(self.mails)} EXISTS\r\n* OK [UIDVALIDITY {self.validity}] v\r\n".encode())
            elif word == "LOGOUT":
                say(b"* BYE\r\n" + f"{tag} OK\r\n".encode())
                return
            elif rest.upper().startswith("UID SEARCH"):
                first = re.search(r"UID (\d+):", rest[10:])
                low = int(first[1]) if first else 1
                # The last one is always among them, as RFC 3501 has it.
                found = [n for n in range(1, len(self.mails) + 1) if n >= low or n == len(self.mails)]
                say(f"* SEARCH {' '.join(map(str, found))}\r\n".encode())
            elif rest.upper().startswith("UID FETCH"):
                say(self._fetched(int(rest.split(" ")[2]), rest))
            else:
                self.flagged.append(rest)
            say(f"{tag} OK done\r\n".encode())

    def _fetched(self, uid: int, what: str) -> bytes:
        raw = self.mails[uid - 1]
        if "HEADER.FIELDS" in what:
            names = re.search(r"FIELDS \(([^)]*)\)", what)
            mail = message_from_bytes(raw.partition(b"\n\n")[0] + b"\n\n")
            kept = [f"{n}: {mail[n]}" for n in (names[1].split() if names else []) if mail[n] is not None]
            part = ("\r\n".join(kept) + "\r\n\r\n").encode()
            head = f"* 1 FETCH (UID {uid} RFC822.SIZE {len(raw)} BODY[HEADER.FIELDS ()] {{{len(part)}}}\r\n"
        else:
            size = re.search(r"<0\.(\d+)>", what)
            part = raw[: int(size[1])] if size else raw
            head = f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(part)}}}\r\n"
        return head.encode() + part + b")\r\n"

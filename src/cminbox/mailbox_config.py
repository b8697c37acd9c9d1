"""The mailbox to which colleagues' answers come, as `[answers]` of `config.toml` names it."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, cast, get_args

from cminbox.model import MINUTE, SECOND
from cminbox.tomlfile import Table

Security = Literal["tls", "starttls", "none"]
_LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1", re.IGNORECASE)
_PORTS = {"tls": 993, "starttls": 143, "none": 143}


class MailboxConfig(NamedTuple):
    """An IMAP mailbox. Its password is a secret: `CMINBOX_SECRET_ANSWERS`, or the secret called `answers`.

    Attributes:
        user: the name that logs in.
        folder: the folder that is read.
        interval: milliseconds between two looks.
    """

    host: str
    port: int
    user: str
    folder: str = "INBOX"
    security: Security = "tls"
    interval: int = MINUTE


def read_mailbox(table: Table) -> MailboxConfig:
    """The mailbox of an `[answers]` table.

    Raises:
        ConfigError: a key is missing, unknown or wrong; a password would go over the network in the clear.
    """
    host = table.text("host").strip()
    if not re.fullmatch(r"[\w.:-]+", host):
        raise table.error("host", f'"{host}" is no host', 'write it as "imap.example.com"')
    security = cast("Security", table.choice("security", get_args(Security), "tls"))
    if security == "none" and not _LOOPBACK.fullmatch(host):
        raise table.error("security", f"the password would go to {host} in the clear", 'use "tls" or "starttls"')
    port = table.number("port", _PORTS[security])
    if not 0 < port < 65536:
        raise table.error("port", f"port {port} is none", f"usual is {_PORTS[security]}")
    mailbox = MailboxConfig(
        host,
        port,
        table.text("user"),
        table.text("folder", "INBOX"),
        security,
        table.duration("interval", MINUTE, least=10 * SECOND),
    )
    table.done()
    return mailbox

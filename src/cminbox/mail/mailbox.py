"""A mailbox is read by IMAP (RFC 3501), and nothing in it is changed: its owner may read it too."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC
from typing import NamedTuple

from cminbox.errors import AuthError, CminboxError, Retryable
from cminbox.mailbox_config import MailboxConfig
from cminbox.model import Instant
from cminbox.text import one_line
from cminbox.when import local_time

FETCHED = 256 * 1024
"""So many bytes of a mail are read: an answer stands in its beginning, whatever is attached."""
AT_ONCE = 100
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HEADERS = "SUBJECT FROM MESSAGE-ID IN-REPLY-TO REFERENCES CONTENT-TYPE X-FAILED-RECIPIENTS"
_MAY_ANSWER = re.compile(
    rb"^(?:in-reply-to|references):|cm-[a-z2-7]{10}|multipart/report|x-failed-recipients", re.I | re.M
)


class Place(NamedTuple):
    """How far a mailbox was read: its UIDVALIDITY, and the highest UID that was looked at."""

    validity: int = 0
    uid: int = 0


class RawMail(NamedTuple):
    """A mail as it was fetched; `cut`: its rest was not."""

    uid: int
    raw: bytes
    cut: bool


LOOK_WITHIN, LOG_IN_WITHIN = 30.0, 10.0
"""Seconds for each step of a look, and of trying a login."""


class Look(NamedTuple):
    """What a look into the mailbox brought.

    Attributes:
        place: how far it is read now.
        mails: those that may be answers, oldest first.
        more: there are more of them.
    """

    place: Place
    mails: tuple[RawMail, ...]
    more: bool


def look(config: MailboxConfig, password: str, place: Place, since: Instant) -> Look:
    """Read what has come since a place. It blocks: for a thread.

    Args:
        since: where the mailbox was never read, or was made anew, what is older is passed over.

    Raises:
        AuthError: the mailbox refuses the name or the password.
        Retryable: it cannot be reached now, or answers what makes no sense.
    """
    with _opened(config, password, LOOK_WITHIN) as box:
        validity = _validity(box)
        known = place.uid if validity == place.validity else 0
        if known:
            found = _search(box, f"UID {known + 1}:*")
        else:
            day = local_time(since, UTC)
            found = _search(box, f"SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}")
        uids = sorted(uid for uid in found if uid > known)
        mails = [mail for uid in uids[:AT_ONCE] if (mail := _fetch(box, uid)) is not None]
        seen = max([known, *uids[:AT_ONCE]])
        return Look(Place(validity, seen), tuple(mails), len(uids) > AT_ONCE)


def try_login(config: MailboxConfig, password: str) -> None:
    """See that the mailbox lets us in and has the folder. It blocks.

    Raises:
        CminboxError: it does not.
    """
    with _opened(config, password, LOG_IN_WITHIN):
        pass


@contextmanager
def _opened(config: MailboxConfig, password: str, timeout: float) -> Iterator[imaplib.IMAP4]:
    where = f"the mailbox at {config.host}:{config.port}"
    box: imaplib.IMAP4 | None = None
    try:
        if config.security == "tls":
            box = imaplib.IMAP4_SSL(config.host, config.port, ssl_context=ssl.create_default_context(), timeout=timeout)
        else:
            box = imaplib.IMAP4(config.host, config.port, timeout=timeout)
            if config.security == "starttls":
                box.starttls(ssl.create_default_context())
        _log_in(box, config, password, where)
        yield box
    except ssl.SSLError as error:
        raise Retryable(f"{where} has no certificate that counts: {error.reason or error}") from None
    except OSError as error:
        raise Retryable(f"{where} cannot be reached: {error.strerror or one_line(str(error))}") from None
    except imaplib.IMAP4.error as error:
        raise Retryable(f"{where} answers what makes no sense: {one_line(str(error))[:200]}") from None
    finally:
        if box is not None:
            with suppress(OSError, imaplib.IMAP4.error):
                box.logout()


def _log_in(box: imaplib.IMAP4, config: MailboxConfig, password: str, where: str) -> None:
    try:
        if "AUTH=PLAIN" in box.capabilities:
            # Unlike LOGIN it takes letters of every script.
            box.authenticate("PLAIN", lambda challenge: f"\0{config.user}\0{password}".encode())
        else:
            box.login(config.user, password)
        status, told = box.select(_quoted(config.folder), readonly=True)
    except (imaplib.IMAP4.abort, UnicodeEncodeError) as error:
        raise Retryable(f"{where} ended the login: {one_line(str(error))[:200]}") from None
    except imaplib.IMAP4.error:
        # What the server says may repeat what it was given.
        raise AuthError(f"{where} refuses the login of {config.user}", "cminbox channels login answers") from None
    if status != "OK":
        said = one_line(told[0].decode("utf-8", "replace")) if told and isinstance(told[0], bytes) else ""
        raise CminboxError(f'{where} has no folder "{config.folder}"{f": {said[:100]}" if said else ""}')


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _validity(box: imaplib.IMAP4) -> int:
    told = box.response("UIDVALIDITY")[1]
    try:
        return int(told[0]) if told and told[0] is not None else 0
    except (TypeError, ValueError):
        return 0


def _search(box: imaplib.IMAP4, what: str) -> list[int]:
    status, found = box.uid("SEARCH", what)
    if status != "OK":
        raise imaplib.IMAP4.error("the search was refused")
    words = b" ".join(part for part in found if isinstance(part, bytes)).split()
    return [int(word) for word in words if word.isdigit()]


def _fetch(box: imaplib.IMAP4, uid: int) -> RawMail | None:
    """The mail of a UID, as far as it is fetched; None where it can be no answer, or is gone."""
    heads = _section(box, uid, f"(RFC822.SIZE BODY.PEEK[HEADER.FIELDS ({_HEADERS})])")
    if heads is None or not _MAY_ANSWER.search(heads[1]):
        return None
    size = re.search(rb"RFC822\.SIZE (\d+)", heads[0])
    body = _section(box, uid, f"(BODY.PEEK[]<0.{FETCHED}>)")
    if body is None:
        return None
    return RawMail(uid, body[1], size is not None and int(size[1]) > FETCHED)


def _section(box: imaplib.IMAP4, uid: int, what: str) -> tuple[bytes, bytes] | None:
    """What the server says before a section of a mail and behind it, and the section."""
    status, found = box.uid("FETCH", str(uid), what)
    if status != "OK":
        return None
    for place, part in enumerate(found):
        if isinstance(part, tuple) and len(part) == 2:
            after = found[place + 1] if place + 1 < len(found) else b""
            return bytes(part[0]) + (after if isinstance(after, bytes) else b""), bytes(part[1])
    return None

"""What a colleague wrote, out of the mail that they sent: without what they quoted, without signature.

A mail is hostile text as any other: it may be cut off, lie about its letters, hold no text at all, or be written by a
machine or a stranger.
"""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.utils import parseaddr
from typing import Literal, NamedTuple

from cminbox.text import clean, one_line
from cminbox.text_html import html_to_text

Outcome = Literal["answer", "automatic", "undeliverable"]
LOG = logging.getLogger(__name__)
_TOKEN = re.compile(r"\bcm-[a-z2-7]{10}\b", re.IGNORECASE)
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_MARKER = "answer above this line"
_DATED_INTRO = re.compile(r"^\s*(?:on|am|le|el|em|il|op|den)\b(?=.*\d).{0,300}:\s*$", re.IGNORECASE)
_NAMED_INTRO = re.compile(r"^.{0,300}<[^\s@<>]+@[^\s@<>]+>.{0,80}:\s*$")
_OLD_HEAD = re.compile(r"^\s*(?:-{3,}.{0,60}-{3,}|_{10,})\s*$|^\s*\*?(?:from|von|de|da|от)\*?:\s.+", re.I)
_LONGEST = 10_000


class Mail(NamedTuple):
    """What is known of a mail that came in.

    Attributes:
        message_id: its own id, or a digest of it where it has none.
        sender: the address that wrote it, in small letters.
        tokens: what it names of our questions, those of its subject first.
        outcome: an answer, an automatic reply, or word that ours was not delivered.
        text: what was written, cleaned; empty where there is none.
        doubted: why its sender may be another than it says; empty where nothing says so.
        more: what it holds besides, in words, and stays in the mailbox.
        unreadable: the mail is so broken that nothing of it is known but what names our questions.
    """

    message_id: str
    sender: str
    tokens: tuple[str, ...]
    outcome: Outcome
    text: str
    doubted: str = ""
    more: str = ""
    unreadable: bool = False


def new_token() -> str:
    """A name for a question that nobody can guess."""
    return "cm-" + "".join(secrets.choice(_LETTERS) for _ in range(10))


def subject(token: str, text: str) -> str:
    """The subject of a question: its token and its beginning."""
    return f"[{token}] {clean(one_line(text), 121)}"


def marker(token: str) -> str:
    """The line above which a colleague answers."""
    return f"--- {_MARKER} ({token}) ---"


def read(raw: bytes, *, cut: bool = False) -> Mail:
    """A mail as far as it can be read; it never raises.

    Args:
        raw: the mail, or its beginning.
        cut: the rest of it was not fetched.
    """
    try:
        return _read(raw, cut)
    except Exception as error:  # noqa: BLE001 - the library raises anything on headers that nobody should have written
        LOG.warning("a mail cannot be read: %s", type(error).__name__)  # what it says may hold what they wrote
        tokens = tokens_in(raw[:100_000].decode("utf-8", "replace"))
        return Mail(_digest(raw), "", tokens, "answer", "", unreadable=True)


def tokens_in(text: str) -> tuple[str, ...]:
    """The tokens that stand in a text, each once."""
    return tuple(dict.fromkeys(found.lower() for found in _TOKEN.findall(text)))


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _read(raw: bytes, cut: bool) -> Mail:
    mail = message_from_bytes(raw, policy=policy.default)
    body, more = _body(mail)
    headers = " ".join(_header(mail, name) for name in ("Subject", "In-Reply-To", "References"))
    own_id = one_line(_header(mail, "Message-ID")).strip()[:400]
    sender = parseaddr(_header(mail, "From"))[1].strip().casefold()
    tokens = tuple(dict.fromkeys((*tokens_in(headers), *tokens_in(body))))
    outcome = _outcome(mail)
    if outcome == "undeliverable":
        tokens = tuple(dict.fromkeys((*tokens, *tokens_in(raw.decode("utf-8", "replace")))))
    if cut:
        more = ", ".join(filter(None, (more, "the rest of a long mail")))
    return Mail(own_id or _digest(raw), sender, tokens, outcome, written(body), _doubted(mail), more)


def _header(mail: EmailMessage, name: str) -> str:
    try:
        return str(mail.get(name, ""))
    except Exception:  # noqa: BLE001 - as in `read`: one header that cannot be read hides no other
        return ""


def _outcome(mail: EmailMessage) -> Outcome:
    """RFC 3464 for what was not delivered, RFC 3834 for what a machine answers."""
    if mail.get_content_type() == "multipart/report" or _header(mail, "X-Failed-Recipients"):
        return "undeliverable"
    sent_by = _header(mail, "Auto-Submitted").partition(";")[0].strip().casefold()
    machine = sent_by not in ("", "no") or _header(mail, "X-Autoreply") or _header(mail, "X-Autorespond")
    bulk = _header(mail, "Precedence").strip().casefold() in ("auto_reply", "bulk", "junk")
    return "automatic" if machine or bulk else "answer"


def _doubted(mail: EmailMessage) -> str:
    """Why the sender may be another: what the mailbox's own server, whose word stands on top, says of it (RFC 8601)."""
    checked = one_line(_header(mail, "Authentication-Results")).casefold()
    if re.search(r"\bdmarc=fail\b", checked):
        return "its server did not send it (dmarc=fail)"
    return ""


def _body(mail: EmailMessage) -> tuple[str, str]:
    """The text of a mail, and what it holds besides."""
    part = mail.get_body(preferencelist=("plain", "html"))
    text = ""
    if part is not None:
        text = _decoded(part)
        if part.get_content_type() == "text/html":
            text = html_to_text(text, 200_000)
    files = (
        [one for one in mail.iter_attachments() if one.get_content_type() != "text/html"] if mail.is_multipart() else []
    )
    words = "" if not files else "an attachment" if len(files) == 1 else f"{len(files)} attachments"
    return clean(text, 200_000), words


def _decoded(part: MIMEPart) -> str:
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    for charset in (part.get_content_charset() or "utf-8", "utf-8"):
        try:
            return raw.decode(charset)
        except (LookupError, UnicodeDecodeError):
            continue
    return raw.decode("latin-1")


def written(body: str) -> str:
    """What somebody wrote themselves: above our line, else above what they quote, else between it."""
    lines = body.splitlines()
    place = next((number for number, line in enumerate(lines) if _MARKER in line.casefold()), None)
    above = _own(lines if place is None else lines[:place])
    if not above and place is not None:
        # They wrote below, or between the lines of ours that they quote.
        above = _own([line for line in lines[place + 1 :] if not line.lstrip().startswith(">")])
        if not any(line.lstrip().startswith(">") for line in lines):
            above = ""  # nothing tells our words from theirs
    return above[:_LONGEST].rstrip()


def _own(lines: list[str]) -> str:
    """Lines without the quotation at their end, without its introduction, without a signature."""
    kept: list[str] = []
    for number, line in enumerate(lines):
        if line.rstrip() == "--" or (_OLD_HEAD.match(line) and _all_old(lines[number:])):
            break
        kept.append(line)
    while kept and (not kept[-1].strip() or kept[-1].lstrip().startswith(">")):
        kept.pop()
    # "On Thursday, Ana <ana@…> wrote:" may be wrapped into two lines.
    for length in (2, 1):
        last = " ".join(kept[-length:])
        if _DATED_INTRO.match(last) or (length == 1 and _NAMED_INTRO.match(last)):
            del kept[-length:]
            break
    return "\n".join(line for line in kept if not line.lstrip().startswith(">")).strip()


def _all_old(rest: list[str]) -> bool:
    """Whether an old mail begins here: its head has two lines at least."""
    return len([line for line in rest[:8] if re.match(r"^\s*\*?[\w ]{2,20}\*?:\s", line)]) >= 2

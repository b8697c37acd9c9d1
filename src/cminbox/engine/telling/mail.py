"""Mail: a letter goes out with a Message-ID of ours, by which it is looked up where nobody knows whether it arrived."""

from __future__ import annotations

import imaplib
import smtplib
import socket
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from cminbox.channels import ChannelConfig
from cminbox.engine.telling.carrier import Unreachable, without_secrets
from cminbox.engine.telling.letter import Letter
from cminbox.errors import AuthError, Refused, Retryable

SCHEMES = ("mailto", "mailtos", "smtp", "smtps")
WITHIN = 15.0
"""Seconds for which one answer of a server is waited for."""
LOGIN = "cminbox channels login NAME"


class Server(NamedTuple):
    """A mail server, as a channel's address names it.

    Attributes:
        tls: `none`, `starttls`, or `tls` from the first byte.
        verify: whether its certificate is checked.
    """

    host: str
    port: int
    user: str
    password: str
    tls: str
    verify: bool
    sender: str
    to: tuple[str, ...]


def server_of(url: str) -> Server:
    """The server of an address: `mailtos://user:password@smtp.shop.example`, with `?mode=ssl` for TLS from the first
    byte, which port 465 means too; `mailto://` has none.

    Raises:
        AuthError: the address is none.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        port, host = None, None
    if not host:
        raise AuthError("its address is no mail server's", "write mailtos://USER:PASSWORD@smtp.shop.example")
    asked = {key.lower(): values[-1] for key, values in parse_qs(parts.query).items()}
    scheme, mode = parts.scheme.lower(), asked.get("mode", "").lower()
    if mode == "ssl" or scheme == "smtps" or port == 465:
        tls = "tls"
    else:
        tls = "starttls" if scheme == "mailtos" or mode == "starttls" else "none"
    host = asked.get("smtp", host)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    sender = asked.get("from", "") or (user if "@" in user else f"{user or 'cminbox'}@{host}")
    to = tuple(each.strip() for each in asked.get("to", "").split(",") if each.strip())
    usual = {"tls": 465, "starttls": 587, "none": 25}[tls]
    return Server(host, port or usual, user, password, tls, asked.get("verify", "yes") != "no", sender, to)


class MailCarrier:
    """Sends letters by SMTP, and looks them up by IMAP where the channel names a mailbox.

    Args:
        url: the channel's address.
        within: seconds for which one answer is waited for.
    """

    def __init__(self, channel: ChannelConfig, url: str, within: float = WITHIN) -> None:
        self._channel = channel
        self._url = url
        self._server = server_of(url)
        self._within = within

    def send(self, letter: Letter, address: str) -> None:
        """Send a letter; see `Carrier`."""
        sender = self._channel.sender or self._server.sender
        recipients = [address] if address else [*(self._channel.to or self._server.to or (parseaddr(sender)[1],))]
        try:
            data = self._written(letter, sender, recipients)
        except (ValueError, LookupError):
            raise Refused("it cannot be written as mail") from None
        smtp = self._connected()
        try:
            self._log_in(smtp)
            self._begin(smtp, parseaddr(sender)[1], [*recipients, *self._channel.copy])
            self._hand_over(smtp, data)
        finally:
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()
            smtp.close()

    def _written(self, letter: Letter, sender: str, recipients: list[str]) -> bytes:
        """The letter as mail.

        Raises:
            ValueError: a character in it can stand in no mail.
        """
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, ", ".join(recipients), letter.title
        message["Date"], message["Message-ID"] = formatdate(), letter.message_id
        message["Auto-Submitted"] = "auto-generated"
        if self._channel.reply_to:
            message["Reply-To"] = self._channel.reply_to
        message.set_content(letter.text, cte="quoted-printable")
        return message.as_bytes(policy=SMTP)

    def look_up(self, message_id: str) -> bool:
        """Whether the channel's mailbox has a letter; see `Carrier`."""
        if not self._channel.mailbox or not message_id:
            raise Refused(
                "it cannot be looked up", f'add mailbox = "imaps://…" to the [[channel]] {self._channel.name}'
            )
        parts = urlsplit(self._channel.mailbox)
        host, folder = parts.hostname or "", unquote(parts.path.strip("/")) or "INBOX"
        name = f"the mailbox at {host}"
        try:
            if parts.scheme == "imaps":
                imap: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                    host, parts.port or 993, ssl_context=self._context(), timeout=self._within
                )
            else:
                imap = imaplib.IMAP4(host, parts.port or 143, timeout=self._within)
        except (OSError, imaplib.IMAP4.error) as error:
            raise Unreachable(f"{name} cannot be reached: {self._why(error)}") from None
        try:
            try:
                imap.login(self._server.user, self._server.password)
            except imaplib.IMAP4.error as error:
                raise AuthError(f"{name} refuses the login: {self._why(error)}", LOGIN) from None
            status, _ = imap.select(_quoted(folder), readonly=True)
            if status != "OK":
                raise Refused(f"{name} has no folder {folder}", "correct mailbox in config.toml")
            status, found = imap.uid("SEARCH", "HEADER", "Message-ID", _quoted(message_id))
            if status != "OK":
                raise Retryable(f"{name} does not search")
            return any(part for part in found)
        except (OSError, imaplib.IMAP4.error) as error:
            raise Retryable(f"{name} did not answer: {self._why(error)}") from None
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                imap.logout()

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        try:
            if server.tls == "tls":
                return smtplib.SMTP_SSL(server.host, server.port, timeout=self._within, context=self._context())
            smtp = smtplib.SMTP(server.host, server.port, timeout=self._within)
        except smtplib.SMTPConnectError as error:
            raise Unreachable(f"{server.host} refuses the connection: {self._answer(error)}") from None
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(f"{server.host} cannot be reached: {self._why(error)}", hint=_hint(error)) from None
        try:
            if server.tls == "starttls":
                smtp.starttls(context=self._context())
            smtp.ehlo_or_helo_if_needed()
        except smtplib.SMTPNotSupportedError:
            smtp.close()
            message = f"{server.host} offers no TLS, and the password is not sent without"
            raise Unreachable(message, hint="write mailto:// for a server of your own that has none") from None
        except (OSError, smtplib.SMTPException) as error:
            smtp.close()
            raise Unreachable(f"{server.host} cannot be reached: {self._why(error)}", hint=_hint(error)) from None
        return smtp

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        server = self._server
        if not server.user or not smtp.has_extn("auth"):
            return  # a relay that asks nobody; one that does will refuse the rest
        try:
            smtp.login(server.user, server.password)
        except smtplib.SMTPAuthenticationError as error:
            if 400 <= error.smtp_code < 500:
                raise Unreachable(f"{server.host} takes no login now: {self._answer(error)}") from None
            raise AuthError(f"{server.host} refuses the login: {self._answer(error)}", LOGIN) from None
        except smtplib.SMTPNotSupportedError:
            raise AuthError(f"{server.host} offers no login that we know", LOGIN) from None
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(f"{server.host} cut the connection: {self._why(error)}") from None

    def _begin(self, smtp: smtplib.SMTP, sender: str, recipients: list[str]) -> None:
        """Say who it is from and to; nothing is delivered by that, and where one is refused nobody gets it."""
        host = self._server.host
        try:
            answers = [smtp.mail(sender)]
            for recipient in recipients:
                self._check(*answers[-1])
                answers.append(smtp.rcpt(recipient))
            self._check(*answers[-1])
        except UnicodeError:
            raise Refused(f"{host} takes plain addresses alone", "write them in ASCII") from None
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(f"{host} cut the connection: {self._why(error)}") from None

    def _check(self, code: int, answer: bytes) -> None:
        """Refuse what a server does not accept, before anything was delivered."""
        host = self._server.host
        if code in (530, 535):
            raise AuthError(f"{host} wants a login: {self._said(code, answer)}", LOGIN)
        if code >= 500:
            raise Refused(f"{host} refuses it: {self._said(code, answer)}")
        if code >= 400:
            raise Retryable(f"{host} does not take it now: {self._said(code, answer)}")
        if code < 200:
            raise Unreachable(f"{host} does not speak SMTP: {self._said(code, answer)}")

    def _hand_over(self, smtp: smtplib.SMTP, data: bytes) -> None:
        """Send the letter itself: from the first byte on it may be delivered."""
        host = self._server.host
        try:
            code, answer = smtp.data(data)
        except smtplib.SMTPDataError as error:
            # The server refused before the first byte of it.
            code, answer = error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else b""
        except (OSError, smtplib.SMTPException, ValueError) as error:
            why = f"{host} gave no answer to what was sent: {self._why(error)}"
            raise Retryable(why, maybe_done=True) from None
        if code >= 400:
            self._check(code, answer)
        if code != 250:
            raise Retryable(f"{host} answered {self._said(code, answer)}", maybe_done=True)

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if not self._server.verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

    def _answer(self, error: smtplib.SMTPResponseException) -> str:
        return self._said(error.smtp_code, error.smtp_error)

    def _said(self, code: int, answer: bytes | str) -> str:
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        return without_secrets(f"{code} {text}", self._url)

    def _why(self, error: Exception) -> str:
        if isinstance(error, TimeoutError):
            return "no answer in time"
        if isinstance(error, socket.gaierror):
            return "no such host"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {without_secrets(error.verify_message, self._url)}"
        if isinstance(error, OSError) and error.strerror:
            return without_secrets(error.strerror.lower(), self._url)
        return without_secrets(str(error), self._url) or type(error).__name__


def _hint(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return "let this host trust it, or write the server's right name"
    return "is the address right, and up?"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

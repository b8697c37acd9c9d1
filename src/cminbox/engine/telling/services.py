"""Chats, phones and whatever else Apprise reaches: a letter goes out through the service that an address names.

Apprise and what it stands on are loaded when the first letter goes out, in the thread that carries it.
"""

from __future__ import annotations

import logging
import sys
from types import ModuleType
from typing import Any, cast

from cminbox.channels import ChannelConfig
from cminbox.engine.telling.carrier import Unreachable, scheme_of, without_secrets
from cminbox.engine.telling.letter import Letter
from cminbox.errors import AuthError, RateLimited, Refused, Retryable
from cminbox.model import MINUTE, SECOND, now

LOGIN = "cminbox channels login NAME"
ASK_AGAIN = MINUTE
LONGEST_WAIT = 60 * MINUTE
CUT_OFF = "… (cut off: the rest stands in cminbox)"


class ServiceCarrier:
    """Sends letters through Apprise. One at a time: the service stays logged in between them.

    Args:
        url: the channel's address, as Apprise writes it.
    """

    def __init__(self, channel: ChannelConfig, url: str) -> None:
        self._channel = channel
        self._url = url
        self._service: Any = None

    def send(self, letter: Letter, address: str) -> None:
        """Send a letter; see `Carrier`."""
        if address:
            raise Refused(f"the channel {self._channel.name} is no mail: it reaches no {address}")
        from cminbox.engine.telling.watched_requests import watched

        apprise = _apprise()
        service = self._service or self._made(apprise)
        text = _fitting(letter.text, service, letter.title)
        notify = apprise.Apprise(asset=service.asset)
        notify.add(service)
        with watched() as watch:
            done = bool(notify.notify(body=text, title=letter.title, body_format=apprise.NotifyFormat.TEXT))
        self._service = service if done else None
        self._judge(done, watch.tries, service)

    def look_up(self, message_id: str) -> bool:
        """No service lets us ask; see `Carrier`."""
        raise Refused("it cannot be looked up", "only mail can, with a mailbox")

    def _made(self, apprise: ModuleType) -> Any:
        asset = apprise.AppriseAsset(app_id="cminbox", app_desc="cminbox", app_url="", async_mode=False)
        try:
            service = apprise.Apprise.instantiate(self._url, asset=asset, suppress_exceptions=True)
        except Exception:  # noqa: BLE001 - a service's own reading of an address may raise anything
            service = None
        if service is None:
            kind = scheme_of(self._url)
            message = f"its address is none that Apprise knows: {kind}://…" if kind else "its address is none"
            raise AuthError(message, "see https://github.com/caronc/apprise/wiki, then cminbox channels login NAME")
        service.retry = 0  # whether it is tried again is not for the address to say
        return service

    def _judge(self, done: bool, tries: list[Any], service: Any) -> None:
        """Return where the letter was delivered.

        Raises:
            CminboxError: what became of it else; see `Carrier`.
        """
        delivering = [each for each in tries if each.delivers]
        cut = next((each for each in delivering if each.outcome == "cut"), None)
        if cut is not None:
            raise Retryable(f"{self._host(cut)}: {cut.why}", maybe_done=True)
        if done:
            return
        if not tries:
            if _asks_by_requests(service):
                raise Refused("Apprise sent nothing", "is the address whole? cminbox channels login NAME")
            raise Retryable("Apprise does not say whether it was delivered", maybe_done=True)
        last = tries[-1]
        if any(200 <= each.status < 300 for each in delivering[:-1]):
            raise Refused(f"{self._host(last)} took it only in part: {self._answer(last)}")
        self._by_answer(last)

    def _by_answer(self, last: Any) -> None:
        host, answer = self._host(last), self._answer(last)
        if last.outcome != "answered":
            raise Unreachable(f"{host} cannot be reached: {last.why}", hint="is the address right, and up?")
        if last.status in (401, 403):
            raise AuthError(f"{host} refuses the login: {answer}", LOGIN)
        if last.status in (429, 503):
            raise RateLimited(f"{host} asks to wait: {answer}", until=now() + _wait(last.headers))
        if last.status >= 500:
            raise Retryable(f"{host} is in trouble: {answer}", maybe_done=last.delivers)
        raise Refused(f"{host} refuses it: {answer}")

    def _host(self, one: Any) -> str:
        return without_secrets(one.host, self._url, 80)

    def _answer(self, one: Any) -> str:
        if not one.status:
            return without_secrets(one.why, self._url)
        # What a login answers has a token in it.
        said = one.said if one.delivers or one.status >= 400 else ""
        return without_secrets(f"{one.status} {said}", self._url)


def _wait(headers: Any) -> int:
    """Milliseconds that an answer asks to wait."""
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return ASK_AGAIN
    return int(min(max(seconds * SECOND, SECOND), LONGEST_WAIT))


def _fitting(text: str, service: Any, title: str) -> str:
    """A text as long as the service takes in one message: it would send the rest as others, or drop it unsaid."""
    longest = int(getattr(service, "body_maxlen", 0) or 0)
    if not getattr(service, "title_maxlen", 1):
        longest -= len(title) + 2  # the title stands above the text then
    if longest <= len(CUT_OFF) or len(text) <= longest:
        return text
    return text[: longest - len(CUT_OFF)].rstrip() + CUT_OFF


def _asks_by_requests(service: Any) -> bool:
    """Whether a service is asked by requests that we see."""
    return hasattr(sys.modules[type(service).__module__], "requests")


def _apprise() -> ModuleType:
    """Apprise, loaded when it is first needed. It writes addresses into its log, which goes nowhere."""
    import apprise

    for name in ("apprise", "urllib3"):
        log = logging.getLogger(name)
        if log.propagate:
            log.addHandler(logging.NullHandler())
            log.propagate = False
    return cast(ModuleType, apprise)

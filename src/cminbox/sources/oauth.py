"""OAuth 2 for programs on a host without a browser: what a person is shown, what they paste, and renewing tokens.

Three ways: a page that shows a code (`code`), a page that cannot open and whose address is pasted (`address`, with a
redirect to this machine on which nothing listens), and a code of ours typed on a page (`device`, RFC 8628). With PKCE
(RFC 7636) where the network takes it. An adapter makes an `OAuth2` and passes its login functions on to it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

from cminbox.errors import AuthError, Refused, Retryable, SourceError, UsageError
from cminbox.model import SECOND, Instant
from cminbox.sources.auth import NO_AUTH, Basic
from cminbox.sources.contract import LoginStep
from cminbox.sources.credentials import Credentials
from cminbox.sources.json_values import string, whole_number
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.http import Answer, Client

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
"""The redirect of a page that shows the code."""
ON_THIS_MACHINE = "http://127.0.0.1:8912/"
"""A redirect that opens nothing: the browser's address line has the code."""
SLOWER = 5 * SECOND
"""How much rarer a page is asked for that says `slow_down` (RFC 8628, 3.5)."""
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass(frozen=True, slots=True)
class OAuth2:
    """One network's OAuth 2.

    Attributes:
        authorize_url, token_url, device_url: its addresses; the last one empty where it has none.
        scopes: what is asked for.
        separator: between two scopes.
        redirect: where the page leads to; it has to be registered with the network's application.
        pkce: whether it takes a challenge.
        client: how the application says who it is: in the form, by Basic, or not at all.
        id_name: what it calls the application's id.
        more: further parameters of the page (`access_type=offline`).
        headers: what is sent along when a token is asked for.
    """

    authorize_url: str
    token_url: str
    scopes: tuple[str, ...] = ()
    separator: str = " "
    redirect: str = ON_THIS_MACHINE
    device_url: str = ""
    pkce: bool = True
    client: Literal["form", "basic", "none"] = "form"
    id_name: str = "client_id"
    more: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def begin(self, client_id: str, client_secret: str = "") -> LoginStep:
        """The page to open, with a state that its answer has to bring back."""
        state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        params = {
            "response_type": "code",
            self.id_name: client_id,
            "redirect_uri": self.redirect,
            "scope": self.separator.join(self.scopes),
            "state": state,
            **self.more,
        }
        if self.pkce:
            digest = hashlib.sha256(verifier.encode()).digest()
            params["code_challenge"] = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            params["code_challenge_method"] = "S256"
        kept = {"state": state, "verifier": verifier, "client_id": client_id, "client_secret": client_secret}
        return LoginStep(_with_query(self.authorize_url, params), state=kept)

    async def begin_device(self, client: Client, client_id: str, client_secret: str = "") -> LoginStep:
        """What to type on which page.

        Raises:
            SourceError: the network gives no code.
        """
        form = {self.id_name: client_id, "scope": self.separator.join(self.scopes)}
        answer = await client.request("POST", self.device_url, form=form, judge=judge)
        said = answer.data if isinstance(answer.data, dict) else {}
        url = string(said.get("verification_uri_complete")) or string(said.get("verification_uri"))
        device, code = string(said.get("device_code")), string(said.get("user_code"))
        if not (device and code and url):
            raise Refused(f"{answer.host} gives no code to type")
        kept = {"device_code": device, "client_id": client_id, "client_secret": client_secret}
        every = (whole_number(said.get("interval")) or 5) * SECOND
        return LoginStep(clean(url), code=one_line(clean(code, 40)), state=kept, poll_ms=every)

    async def finish(self, client: Client, step: LoginStep, pasted: str) -> LoginStep | Credentials:
        """Credentials for what was pasted; the step to ask with again where the page of a `device` login was not
        answered yet.

        Raises:
            UsageError: what was pasted is neither a code nor the address of that page.
            AuthError: the person or the network refused.
            SourceError: by what to do next.
        """
        kept = step.state
        application = Credentials(client_id=kept.get("client_id", ""), client_secret=kept.get("client_secret", ""))
        if device := kept.get("device_code"):
            form = {"grant_type": DEVICE_GRANT, "device_code": device}
            try:
                return await self._ask(client, application, form)
            except AuthError as error:
                code = _code_of(error)
                if code not in ("authorization_pending", "slow_down"):
                    raise
                return replace(step, poll_ms=step.poll_ms + SLOWER) if code == "slow_down" else step
        form = {"grant_type": "authorization_code", "code": code_in(pasted, kept.get("state", ""))}
        form["redirect_uri"] = self.redirect
        if self.pkce:
            form["code_verifier"] = kept.get("verifier", "")
        return await self._ask(client, application, form)

    async def refresh(self, client: Client, credentials: Credentials) -> Credentials:
        """New credentials for old ones; a new refresh token replaces the old one where there is one.

        Raises:
            AuthError: a person has to log in again.
            SourceError: by what to do next.
        """
        if not credentials.refresh_token:
            raise AuthError("the token has ended and nothing renews it", hint="cminbox sources login NAME")
        form = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token}
        return await self._ask(client, credentials, form)

    async def _ask(self, client: Client, known: Credentials, form: Mapping[str, str]) -> Credentials:
        """Tokens from the network, as a change of the credentials that are known."""
        auth = Basic(known.client_id, known.client_secret) if self.client == "basic" else NO_AUTH
        whole = dict(form)
        if self.client != "basic":
            whole[self.id_name] = known.client_id
        if self.client == "form" and known.client_secret:
            whole["client_secret"] = known.client_secret
        answer = await client.request("POST", self.token_url, form=whole, auth=auth, headers=self.headers, judge=judge)
        return credentials_in(answer, known)


def credentials_in(answer: Answer, known: Credentials) -> Credentials:
    """The credentials of a token endpoint's answer (RFC 6749, 5.1).

    Raises:
        Retryable: it has no token.
    """
    said = answer.data if isinstance(answer.data, dict) else {}
    token = string(said.get("access_token"))
    if not token:
        raise Retryable(f"{answer.host} answered without a token")
    lasts = whole_number(said.get("expires_in"))
    changes = renewal_in(said, known, answer.at)
    return known.with_token(token, now=answer.at, lasts_ms=lasts * SECOND if lasts else None, **changes)


def renewal_in(said: Mapping[str, object], known: Credentials, now: Instant) -> dict[str, Any]:
    """What a token endpoint says of what renews the token, as changes of the credentials that are known: LinkedIn,
    TikTok and Google (of a project that is tested) say when it ends, which renewing does not put off."""
    changes: dict[str, Any] = {}
    if (fresh := string(said.get("refresh_token"))) and fresh != known.refresh_token:
        changes = {"refresh_token": fresh, "login_ends_at": None}
    if lasts := whole_number(said.get("refresh_token_expires_in")):
        changes["login_ends_at"] = now + lasts * SECOND
    return changes


def judge(answer: Answer) -> SourceError | None:
    """A token endpoint's errors (RFC 6749, 5.2; RFC 8628, 3.5)."""
    said = answer.data if isinstance(answer.data, dict) else {}
    code = string(said.get("error"))
    # Reddit says no more of a token that was taken back than `{"message": "Bad Request", "error": 400}`.
    refused = bool(code) or (bool(said) and answer.status in (400, 401))
    if not refused or answer.status == 429 or answer.status >= 500:
        return None
    words = one_line(clean(string(said.get("error_description")), 200)) or _WORDS.get(code, code)
    words = words or f"{_WORDS['invalid_grant']} ({answer.status})"
    return AuthError(
        f"{answer.host} refused the login: {one_line(clean(words, 200))}", hint="cminbox sources login NAME"
    )


_WORDS = {
    "access_denied": "it was not allowed on the page",
    "expired_token": "the code was not typed in time",
    "invalid_client": "the application's id or secret is wrong",
    "invalid_grant": "the code or token is used up, ended or was taken back",
    "invalid_scope": "the application may not ask for this permission",
    "unauthorized_client": "the application may not log in this way",
}


def _code_of(error: SourceError) -> str:
    return string(error.said.get("error")) if isinstance(error.said, dict) else ""


def code_in(pasted: str, state: str) -> str:
    """The code in what a person pasted: the code alone, or the address of the page that could not open.

    Raises:
        UsageError: there is none, or it is of another login.
        AuthError: the page says that it was refused.
    """
    # Meta's pages put this behind the address; it is no part of the code.
    pasted = pasted.strip().removesuffix("#_=_").removesuffix("#_")
    if "=" not in pasted and pasted and " " not in pasted and "/" not in pasted[:8]:
        return pasted
    parts = urlsplit(pasted)
    found = {name: values[0] for name, values in parse_qs(f"{parts.query}&{parts.fragment}").items()}
    if refused := found.get("error_description") or found.get("error"):
        raise AuthError(f"the page refused the login: {one_line(clean(_WORDS.get(refused, refused), 200))}")
    if not found.get("code"):
        raise UsageError("there is no code in it", "paste the whole address of the page that could not open")
    if state and not hmac.compare_digest(found.get("state", ""), state):
        raise UsageError("that address belongs to another login", "open the page that was shown last, and paste again")
    return found["code"]


def _with_query(url: str, params: Mapping[str, str]) -> str:
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(params)}"

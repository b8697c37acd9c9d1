"""Credentials, and what their refusal means.

Only the account's own check condemns a token: anything else may be refused to an account that is well, for one status
or for one permission.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cminbox.errors import AuthError, Denied, SourceError
from cminbox.model import DAY, Instant, from_iso, to_iso

WARNED_AHEAD = (14 * DAY, 3 * DAY)
"""How long before a token's end people are told of it, where nothing renews it, and before a login's."""
_NAMED = ("access_token", "refresh_token", "client_id", "client_secret", "expires_at", "issued_at", "login_ends_at")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a source's secret holds: a token, or JSON with more. Nothing of it is shown.

    Attributes:
        expires_at: when the access token ends; None where nothing says so.
        issued_at: when it was made.
        more: what else a network needs, all text: `identifier`, `password`, `page_token`, …
        login_ends_at: when what renews it ends, so that a person has to log in again; None where nothing says so.
    """

    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    expires_at: Instant | None = None
    issued_at: Instant | None = None
    more: Mapping[str, str] = field(default_factory=dict, repr=False)
    login_ends_at: Instant | None = None

    @classmethod
    def parse(cls, secret: str) -> Credentials:
        """From a secret as it is kept: JSON, or the token alone. Never fails."""
        secret = secret.strip()
        try:
            raw = json.loads(secret) if secret.startswith("{") else None
        except (ValueError, RecursionError):
            raw = None
        if not isinstance(raw, dict):
            return cls(access_token=secret)
        texts = {name: value for name, value in raw.items() if isinstance(value, str)}
        return cls(
            **{name: texts.get(name, "").strip() for name in _NAMED[:4]},
            expires_at=_instant(raw.get("expires_at")),
            issued_at=_instant(raw.get("issued_at")),
            login_ends_at=_instant(raw.get("login_ends_at")),
            more={name: value for name, value in texts.items() if name not in _NAMED},
        )

    def dump(self) -> str:
        """As it is kept: the token alone where there is nothing else."""
        raw: dict[str, str] = {name: value for name in _NAMED[:4] if (value := getattr(self, name))}
        for name in _NAMED[4:]:
            if (when := getattr(self, name)) is not None:
                raw[name] = to_iso(when)
        if set(raw) <= {"access_token", "issued_at"} and not self.more:
            return self.access_token
        return json.dumps({**raw, **self.more}, sort_keys=True)

    def half_over(self, now: Instant) -> bool:
        """Whether half of the token's life is over, so that it should be renewed; never where its end is not known.

        Where nobody knows when it was made, it is renewed in the last day.
        """
        if self.expires_at is None:
            return False
        begun = self.expires_at - 2 * DAY if self.issued_at is None else self.issued_at
        return now >= begun + (self.expires_at - begun) // 2

    def with_token(self, access_token: str, *, now: Instant, lasts_ms: int | None, **changes: Any) -> Credentials:
        """With a new access token; what else is named is new too, the rest stays."""
        expires = None if lasts_ms is None else now + lasts_ms
        return replace(self, access_token=access_token, issued_at=now, expires_at=expires, **changes)


def warned_ahead(expires_at: Instant, now: Instant) -> int:
    """Which of the times of `WARNED_AHEAD` before a token's end has come: the shortest; 0 for none."""
    return min((ahead for ahead in WARNED_AHEAD if now >= expires_at - ahead), default=0)


def _instant(value: object) -> Instant | None:
    """A time as a person or a network writes it: ISO 8601, or seconds since the epoch; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return round(value * 1000) if 0 < value < 1e11 else None
    try:
        return from_iso(value) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


async def judged(error: AuthError, check: Callable[[], Awaitable[object]] | None) -> SourceError:
    """What a 401 or 403 means, as the error to go on with.

    Args:
        error: the refusal.
        check: asks who we are there (the adapter's `identify`); None where the source has no credentials.

    Returns:
        `AuthError` where the check is refused too: the source is paused until a person logs in. `Denied` where the
        account is well: only what was asked for is refused. What else the check raised where nobody can say.
    """
    if check is not None:
        try:
            await check()
        except SourceError as failed:
            return failed
    hint = "the account is well; it may lack a permission for this" if check is not None else ""
    denied = Denied(error.message.replace(" the credentials", ""), hint=hint)
    denied.answered(error)
    return denied

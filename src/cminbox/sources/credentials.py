"""What a refusal of credentials means. Only the account's own check condemns a token: anything else may be refused to
an account that is well, for one status or for one permission."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from cminbox.errors import AuthError, Denied, SourceError


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
    denied.status, denied.said, denied.web_page = error.status, error.said, error.web_page
    return denied

"""Only the account's own check condemns a token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cminbox.errors import AuthError, Denied, RateLimited, Refused, Retryable, SourceError
from cminbox.sources.credentials import judged

REFUSED = AuthError("x.test refused the credentials (403): This action is not allowed", "cminbox sources login NAME")


def answers(error: SourceError | None) -> Callable[[], Any]:
    async def check() -> None:
        if error is not None:
            raise error

    return check


async def test_an_account_that_is_well_was_denied_one_thing() -> None:
    found = await judged(REFUSED, answers(None))
    assert isinstance(found, Denied)
    assert found.message == "x.test refused (403): This action is not allowed"
    assert "login" not in found.hint


async def test_an_account_that_is_refused_too_is_condemned() -> None:
    condemned = AuthError("the token was revoked")
    assert await judged(REFUSED, answers(condemned)) is condemned


@pytest.mark.parametrize("trouble", [Retryable("away"), RateLimited("wait", until=1), Refused("odd")])
async def test_where_nobody_can_say_nobody_is_condemned(trouble: SourceError) -> None:
    assert await judged(REFUSED, answers(trouble)) is trouble


async def test_who_has_no_credentials_is_denied() -> None:
    assert isinstance(await judged(REFUSED, None), Denied)

"""Errors of LinkedIn and TikTok in their own form against the simulator on loopback; skipped, aloud, where it was not
started.

What these networks have in common with others stands in `test_live_simulated.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from simulated import Live, begun_anew, live_on

from cminbox.errors import AuthError, RateLimited
from live_servers import ON_THE_SIMULATOR

pytestmark = ON_THE_SIMULATOR


@pytest.fixture(scope="module")
def simulator() -> dict[str, Any]:
    return begun_anew()


@pytest_asyncio.fixture(params=("linkedin", "tiktok"))
async def live(request: pytest.FixtureRequest, simulator: dict[str, Any]) -> AsyncIterator[Live]:
    async with live_on(request.param, simulator) as found:
        yield found


async def test_a_dead_token_and_a_limit(live: Live) -> None:
    with pytest.raises(AuthError):
        await live.poll(secret="nonsense")
    body = {"code": 40100, "message": "Too many requests."}
    live.fault("^GET", "status", status=200 if live.name == "tiktok" else 429, body=body)
    with pytest.raises(RateLimited):
        await live.poll()

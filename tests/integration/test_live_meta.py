"""Meta's errors and secrets against the simulator on loopback; skipped, aloud, where it was not started.

What its networks have in common with others stands in `test_live_simulated.py`.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from simulated import Live, begun_anew, live_on

from cminbox.errors import AuthError, RateLimited, Refused
from cminbox.model import DAY, SECOND, now
from cminbox.sources.http import Client
from live_servers import ON_THE_SIMULATOR

pytestmark = ON_THE_SIMULATOR


@pytest.fixture(scope="module")
def simulator() -> dict[str, Any]:
    return begun_anew()


@pytest_asyncio.fixture(params=("facebook", "instagram", "threads"))
async def live(request: pytest.FixtureRequest, simulator: dict[str, Any]) -> AsyncIterator[Live]:
    async with live_on(request.param, simulator) as found:
        yield found


async def test_errors_in_metas_own_form(live: Live) -> None:
    with pytest.raises(AuthError):
        await live.adapter.identify(live.client, replace(live.account, secret="wrong"))
    said = {"error": {"message": "x", "type": "OAuthException", "code": 80001, "fbtrace_id": "A"}}
    head = {"X-Business-Use-Case-Usage": json.dumps({"1": [{"call_count": 100, "estimated_time_to_regain_access": 3}]})}
    live.fault("", "status", status=403, body=said, headers=head)
    async with Client() as client:
        with pytest.raises(RateLimited) as got:
            await live.adapter.identify(client, live.account)
    assert 2 * 60 * SECOND < got.value.until - now() < 4 * 60 * SECOND
    live.fault("", "status", status=200, body={"error": {"message": "x", "code": 10}})
    async with Client() as client:
        with pytest.raises(Refused):
            await live.adapter.identify(client, live.account)
    message = await live.one(live.say("hello?"))
    live.sim("delete", id=message.id)
    with pytest.raises(Refused):
        await live.send(live.reply(message, f"gone {uuid.uuid4().hex}"))
    assert message.created_at > round(time.time() * 1000) - DAY


async def test_no_token_is_kept_or_logged(live: Live) -> None:
    for number in range(30):
        live.say(f"number {number}")
    await live.poll()
    assert live.account.secret is not None
    assert live.account.secret not in json.dumps(live.cursors)
    assert live.account.secret not in live.control.get("log", params={"n": 5000}).text

"""Renewing tokens of Instagram and Threads: they last 60 days, and are renewed before they end, never after."""

from __future__ import annotations

from cminbox.errors import AuthError, Retryable
from cminbox.model import SECOND
from cminbox.sources.auth import InQuery
from cminbox.sources.credentials import Credentials
from cminbox.sources.json_values import string, whole_number
from cminbox.sources.meta.graph import Graph
from cminbox.sources.meta.judge import judge


async def renewed(graph: Graph, grant: str) -> Credentials:
    """A new token for the old one, which must be a day old.

    Args:
        grant: `ig_refresh_token` or `th_refresh_token`.

    Raises:
        AuthError: a person has to log in again.
        SourceError: by what to do next.
    """
    known = graph.account.credentials
    if not known.access_token:
        raise AuthError(f"{graph.account.source} has no access token", hint="cminbox sources login NAME")
    answer = await graph.client.request(
        "GET",
        f"{graph.base}/refresh_access_token",
        params={"grant_type": grant},
        auth=InQuery("access_token", known.access_token),
        judge=judge,
    )
    said = answer.data if isinstance(answer.data, dict) else {}
    token = string(said.get("access_token"))
    if not token:
        raise Retryable(f"{answer.host} answered without a token")
    lasts = whole_number(said.get("expires_in"))
    return known.with_token(token, now=answer.at, lasts_ms=lasts * SECOND if lasts else None)

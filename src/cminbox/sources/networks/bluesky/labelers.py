"""Whose labels we want to see: those of the labelers that our account has chosen, beside the server's own.

The account's preferences name them (`app.bsky.actor.defs#labelersPref`); a request asks for them in the header
`atproto-accept-labelers` (docs.bsky.app, Labels and moderation; atproto.com/specs/label). What asks for some is given
no others, so the server's own, which its answers name, are asked for too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cminbox.errors import AuthError, RateLimited, SourceError
from cminbox.model import HOUR
from cminbox.sources.contract import Account, Page
from cminbox.sources.json_values import dig, string, whole_number
from cminbox.sources.networks.bluesky import api
from cminbox.sources.paging import load_cursor

if TYPE_CHECKING:
    from cminbox.sources.http import Client

STREAM = "labelers"
BLUESKY = "did:plc:ar7c4by46qjdydhdevvrndac;redact"
"""Bluesky's own, as its apps ask for it: what it takes down is left out."""
MOST = 20
"""Labelers that a server takes in one request."""
EVERY = 6 * HOUR
AGAIN = HOUR
"""How long what could not be asked for is left alone."""
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,250}")
_NAMED = re.compile(rf"{_DID.pattern}(?:;redact)?")


async def chosen(client: Client, account: Account, cursor: str) -> tuple[str, Page | None]:
    """What requests say of whose labels they want, empty for the server's own alone; and a page where it was asked.

    Raises:
        AuthError, RateLimited: nothing can be asked now.
    """
    present, whose = client.clock(), f"{api.base(account)} {account.account_id}"
    kept = load_cursor(cursor)
    kept = kept if kept.get("of") == whose else {}
    header, again = string(kept.get("header")), whole_number(kept.get("again")) or 0
    if present < again <= present + EVERY:
        return header, None
    wait = EVERY
    try:
        header = await _asked(client, account)
    except SourceError as error:
        if isinstance(error, AuthError | RateLimited):
            raise
        wait = AGAIN  # labels are the least of what is read
    return header, Page((), STREAM, json.dumps({"of": whose, "header": header, "again": present + wait}))


async def _asked(client: Client, account: Account) -> str:
    wanted = _in_preferences(await api.query(client, account, "app.bsky.actor.getPreferences", tries=1))
    if not wanted:
        return ""
    me = account.account_id or string((await api.verify(client, account)).get("did"))
    answer = await api.answered(client, account, "app.bsky.actor.getProfile", [("actor", me)], tries=1)
    usual = [each.strip() for each in answer.headers.get("atproto-content-labelers", "").split(",")]
    usual = [each for each in usual if _NAMED.fullmatch(each)] or [BLUESKY]
    known = {each.partition(";")[0] for each in usual}
    return ", ".join([*usual, *(each for each in wanted if each not in known)][:MOST])


def _in_preferences(data: Mapping[str, Any]) -> list[str]:
    listed = data.get("preferences")
    found: dict[str, None] = {}
    for each in listed if isinstance(listed, list) else ():
        if not string(dig(each, "$type")).endswith("#labelersPref"):
            continue
        labelers = dig(each, "labelers")
        named = [string(dig(one, "did")) for one in labelers] if isinstance(labelers, list) else []
        found.update(dict.fromkeys(did for did in named if _DID.fullmatch(did)))
    return list(found)

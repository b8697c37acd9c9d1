"""What Meta pushes: whether it is genuine, and what it says (docs/graph-api/webhooks/getting-started).

It is signed with the app's secret, and without a time: a request that somebody sends again is the same again, and what
it says is asked for again in any case.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Iterator

from cminbox.errors import DataError, NotThere, Refused
from cminbox.sources.bodies import Undecodable, read_json
from cminbox.sources.contract import Account, Page
from cminbox.sources.json_values import dig, string
from cminbox.sources.meta.graph import Item
from cminbox.sources.push import FORGED, KEPT, NOT_UNDERSTOOD, Pushed, Verdict, is_signed

VERIFY_TOKEN = "verify_token"  # noqa: S105  the name of a part of the secret


def receive(account: Account, pushed: Pushed) -> Verdict:
    """Whether a request is Meta's, and its answer; the handshake wants its challenge back."""
    found = account.credentials
    if pushed.method == "GET":
        wanted, said = found.more.get(VERIFY_TOKEN, ""), pushed.query.get("hub.verify_token", "")
        if not wanted or not hmac.compare_digest(wanted.encode(), said.encode("utf-8", "replace")):
            return FORGED
        challenge = pushed.query.get("hub.challenge", "")
        return Verdict(body=challenge) if challenge.isalnum() and len(challenge) < 200 else NOT_UNDERSTOOD
    if not is_signed(pushed.headers.get("x-hub-signature-256", ""), found.client_secret, pushed.body):
        return FORGED
    return KEPT


async def asked_for(page: Awaitable[Page | None], what: str) -> Page | None:
    """What a webhook named, as the network gives it; None where it is gone, and a note where it may not be seen: to ask
    again would change neither.

    Raises:
        SourceError: what is no refusal.
    """
    try:
        return await page
    except NotThere:
        return None
    except Refused as error:
        return Page((), "", "", notes=(f"{what}, which a webhook named, cannot be read: {error.message}",))


def changes(pushed: Pushed, own: str) -> Iterator[tuple[str, Item]]:
    """What changed, as the field it is of and what is said of it; for one account alone.

    Args:
        own: the account's id; what is said of others is passed over.

    Raises:
        DataError: it is no message of a webhook.
    """
    try:
        said = read_json(pushed.body)
    except Undecodable as error:
        raise DataError(f"what was pushed is {error}") from None
    entries = dig(said, "entry")
    if not isinstance(entries, list):
        raise DataError("what was pushed has no entries")
    for entry in entries:
        if string(dig(entry, "id")) not in (own, "0"):  # "0": the test of the dashboard
            continue
        listed = dig(entry, "changes")
        for each in listed if isinstance(listed, list) else []:
            value = dig(each, "value")
            if isinstance(value, dict):
                yield string(dig(each, "field")), value

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
from cminbox.sources.meta.graph import Item, checked_id
from cminbox.sources.push import FORGED, KEPT, NOT_UNDERSTOOD, Pushed, Verdict, is_signed

VERIFY_TOKEN = "verify_token"  # noqa: S105  the name of a part of the secret
_TEST = "0"
"""Whose the dashboard's tests are."""


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


def receive_for_app(account: Account, pushed: Pushed) -> Verdict:
    """`receive` where an app has one address for all its accounts, and each entry says whose it is."""
    verdict = receive(account, pushed)
    if not verdict.keep:
        return verdict
    try:
        whose = {own for entry in _entries(pushed) if (own := checked_id(dig(entry, "id")))}
    except DataError:
        whose = set()
    mine = not whose or not account.account_id or bool(whose & {account.account_id, _TEST})
    return Verdict(keep=mine, for_app=True)


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
    for entry in _entries(pushed):
        if checked_id(dig(entry, "id")) not in (own, _TEST):
            continue
        listed = dig(entry, "changes")
        # Instagram login: what changed stands in the entry itself.
        for each in listed if isinstance(listed, list) else [entry]:
            value = dig(each, "value")
            if isinstance(value, dict):
                yield string(dig(each, "field")), value


def _entries(pushed: Pushed) -> list[object]:
    """What a webhook brings, account by account; it comes as one object, or as a list of them.

    Raises:
        DataError: it is no message of a webhook.
    """
    try:
        said = read_json(pushed.body)
    except Undecodable as error:
        raise DataError(f"what was pushed is {error}") from None
    found: list[object] = []
    for each in said if isinstance(said, list) else [said]:
        entries = dig(each, "entry")
        if not isinstance(entries, list):
            raise DataError("what was pushed has no entries")
        found += entries
    return found

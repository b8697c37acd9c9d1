"""What TikTok pushes: that a comment or a message came or changed; what it was, a poll reads.

Facts are those of business-api.tiktok.com/portal/docs (webhooks: verification, event types): signed with the app's
secret over a time and the body, at least once, for all accounts of the app at one address.
"""

from __future__ import annotations

from cminbox.errors import AuthError
from cminbox.sources.bodies import Undecodable, read_json
from cminbox.sources.contract import Account
from cminbox.sources.json_values import dig, identifier
from cminbox.sources.networks.tiktok.api import business_of
from cminbox.sources.push import FORGED, Pushed, Verdict, is_fresh, is_signed


def receive(account: Account, pushed: Pushed) -> Verdict:
    """Whether a request is TikTok's and of about now."""
    if pushed.method != "POST":
        return Verdict(405)
    said = dict(part.strip().partition("=")[::2] for part in pushed.headers.get("tiktok-signature", "").split(","))
    seconds, signature = said.get("t", ""), said.get("s", "")
    content = seconds.encode("utf-8", "replace") + b"." + pushed.body
    if not is_fresh(seconds, pushed.at) or not is_signed(
        signature, account.credentials.client_secret, content, prefix=""
    ):
        return FORGED
    try:
        whose, own = identifier(dig(read_json(pushed.body), "user_openid")), business_of(account)
    except (Undecodable, AuthError):
        whose = own = ""
    return Verdict(keep=whose == own or not whose or not own, for_app=True)

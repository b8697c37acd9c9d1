"""What LinkedIn pushes: that something happened on a page; what it was, the list of notifications says.

Facts are those of learn.microsoft.com/linkedin (webhook validation, organization social action notifications): the
address is asked again and again to sign a code, and what comes is signed over a word and the body, without a time. What
is sent again is the same again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re

from cminbox.sources.bodies import Undecodable, read_json
from cminbox.sources.contract import Account
from cminbox.sources.json_values import dig, string
from cminbox.sources.networks.linkedin.reading import organization
from cminbox.sources.push import FORGED, NOT_UNDERSTOOD, Pushed, Verdict, is_signed

_WORD = "hmacsha256="
_CODE = re.compile(r"[0-9A-Za-z-]{1,100}")
"""A code to be signed, which is a UUID: with other letters we would sign whatever anybody wants to push."""


def receive(account: Account, pushed: Pushed) -> Verdict:
    """Whether a request is LinkedIn's, and its answer; the handshake wants its code back, signed."""
    secret = account.credentials.client_secret
    if pushed.method == "GET":
        code = pushed.query.get("challengeCode", "")
        if not _CODE.fullmatch(code):
            return NOT_UNDERSTOOD
        if not secret:
            return FORGED
        signed = hmac.new(secret.encode(), code.encode(), hashlib.sha256).hexdigest()
        body = json.dumps({"challengeCode": code, "challengeResponse": signed})
        return Verdict(body=body, kind="application/json")
    said = pushed.headers.get("x-li-signature", "").removeprefix(_WORD)
    if not is_signed(said, secret, _WORD.encode() + pushed.body, prefix=""):
        return FORGED
    whose, own = _whose(pushed.body), organization(account)
    return Verdict(keep=not whose or not own or own in whose, for_app=True)


def _whose(body: bytes) -> set[str]:
    """The pages that it is about, as it names them; empty where it does not say."""
    try:
        told = dig(read_json(body), "notifications")
    except Undecodable:
        return set()
    listed = told if isinstance(told, list) else []
    return {string(dig(each, "organizationalEntity")) for each in listed} - {""}

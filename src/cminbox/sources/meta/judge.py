"""What Meta's errors mean, by their numbers (docs/graph-api/guides/error-handling, overview/rate-limiting).

An error is an object `error` with `code` and `error_subcode`, with any status, 200 too. Its text is in the language of
the account, and may repeat a token: it decides nothing, and where the token is meant it is not shown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cminbox.errors import AuthError, Denied, NotThere, Refused, Retryable, SourceError
from cminbox.model import MINUTE
from cminbox.sources.json_values import dig, string
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.http import Answer

LIMITED = frozenset({4, 17, 32, 341, 613})
"""Limits of an app, a user, a Page, of posting, of one kind of call; those of business use cases are 80000 and on."""
LIMIT_UNSAID = 5 * MINUTE
"""The wait where no header says one: the limits count an hour that rolls."""
_DEAD = {
    458: "the app was removed from the account",
    459: "Meta wants the person to log in on its website first",
    460: "the password was changed",
    463: "it has ended",
    464: "the person's account is not confirmed",
    467: "it was taken back",
    2069032: "it is a person's token, and the Page's is needed",
}
_ABUSIVE = 368
_WINDOW_OVER = frozenset({2018065, 2018278, 2534022})
_UNREACHABLE = frozenset({1545041, 2018001, 2018108})
_LONG_WORD = re.compile(r"\S{40,}")


def code_of(error: SourceError) -> tuple[int, int]:
    """Meta's code and subcode of an error; 0 where it has none."""
    return _code(dig(error.said, "error", "code")), _code(dig(error.said, "error", "error_subcode"))


def is_gone(error: SourceError) -> bool:
    """Whether Meta itself says that there is no such object. It says the same of what a token may not see."""
    return isinstance(error, NotThere) and code_of(error) != (0, 0)


def judge(answer: Answer) -> SourceError | None:
    """The error that an answer is, by what to do next; None where its status says it all."""
    said = dig(answer.data, "error")
    if not isinstance(said, dict):
        return None
    code, sub, host = _code(said.get("code")), _code(said.get("error_subcode")), answer.host
    words = _LONG_WORD.sub("…", one_line(clean(string(said.get("message")), 200)))
    tail = f" ({code}{f'/{sub}' if sub else ''}): {words}"
    if code in LIMITED or 80000 <= code < 80100:
        return answer.limited(answer.wait(LIMIT_UNSAID))
    if code in (102, 190):
        return AuthError(f"{host} refused the token: {_DEAD.get(sub, 'it is not valid any more')}", hint=_LOGIN)
    if code in (1, 2) or said.get("is_transient") is True or answer.status >= 500:
        return Retryable(f"{host} is in trouble{tail}", maybe_done=answer.changes)
    if sub in _WINDOW_OVER:
        return Refused(f"{host}: the time in which this person may be answered is over")
    if sub in _UNREACHABLE or code == 551:
        return Refused(f"{host}: this person takes no messages now")
    if code in (3, 10) or 200 <= code < 300:
        return Denied(f"{host} refused{tail}", hint=_NO_PERMISSION)
    if code == _ABUSIVE:
        return Denied(f"{host} refused{tail}", hint="Meta has stopped this kind of action for a while")
    if (code, sub) == (100, 33) or code == 803:
        return NotThere(f"{host} has no such thing{tail}")
    if answer.status in (401, 403, 404, 429) and code not in (100, 2500):
        return None
    return Refused(f"{host} refused{tail}")


_LOGIN = "cminbox sources login NAME"
_NO_PERMISSION = (
    "the token lacks a permission, or the person a role; an app in development reaches people with a role in it alone"
)


def _code(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0

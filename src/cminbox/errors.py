"""Errors, grouped by what to do next.

Every error that a person can meet is a `CminboxError`: one clear line saying what and where, and a hint saying
what to do. Libraries' errors never leave the layer that uses the library.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path


class CminboxError(Exception):
    """What went wrong, in one line, and what to do about it.

    Args:
        message: what and where, without a full stop needed at its end.
        hint: what to do next; may be empty.
    """

    exit_status = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def line(self) -> str:
        """The error as the one line that is printed."""
        return f"{self.message} — {self.hint}" if self.hint else self.message


class UsageError(CminboxError):
    """A command was called wrongly."""

    exit_status = 2


class ConfigError(CminboxError):
    """A file of the user's is wrong.

    Args:
        message: what is wrong, without the place.
        file: the file; shown first.
        line: 1-based line in it, if known.
        column: 1-based column, if known.
        hint: what to do next.
    """

    exit_status = 2

    def __init__(
        self,
        message: str,
        *,
        file: Path | None = None,
        line: int | None = None,
        column: int | None = None,
        hint: str = "",
    ) -> None:
        place = ":".join(str(part) for part in (file, line, column) if part is not None)
        super().__init__(f"{place}: {message}" if place else message, hint)
        self.file = file
        self.line_number = line
        self.column = column
        self.keypath: tuple[str | int, ...] = ()
        """The way to what is wrong in a TOML file, where that is known."""


class SeveralMistakes(ConfigError):
    """A table of a file has mistakes; its own line is that of the first.

    Attributes:
        each: all of them.
        item: what the table says apart from them.
    """

    def __init__(self, each: Sequence[ConfigError], item: object) -> None:
        first = each[0]
        super().__init__(first.message, hint=first.hint)
        self.each = tuple(each)
        self.item = item
        self.file, self.line_number, self.column = first.file, first.line_number, first.column
        self.keypath = first.keypath


class SourceError(CminboxError):
    """A network did not do what was asked of it.

    Attributes:
        status: the HTTP status of its answer; 0 where there was none.
        said: its answer as decoded JSON; None where it was empty or no JSON.
        web_page: its answer was a web page: a proxy's word, or a login wall's, not that of an API.
        headers: of its answer, with lower-case names.
    """

    status: int = 0
    said: object = None
    web_page: bool = False
    headers: Mapping[str, str] = {}

    def answered(self, other: SourceError) -> None:
        """Take over the answer of another error, which this one stands for."""
        self.status, self.said, self.web_page = other.status, other.said, other.web_page
        self.headers = other.headers


class AuthError(SourceError):
    """Credentials are missing or refused. Only the account's own check condemns them: see `sources/credentials.py`."""


class RateLimited(SourceError):
    """The network asks us to wait.

    Args:
        until: epoch milliseconds before which no call may be made.
    """

    def __init__(self, message: str, *, until: int, hint: str = "") -> None:
        super().__init__(message, hint)
        self.until = until


class Retryable(SourceError):
    """A passing failure: wait, and try again.

    Args:
        maybe_done: whether the network may have carried out what was asked (a time-out or a cut connection
            after the request was sent). A reply is then *unknown*, and looked up before it is sent again.
    """

    def __init__(self, message: str, *, maybe_done: bool = False, hint: str = "") -> None:
        super().__init__(message, hint)
        self.maybe_done = maybe_done


class Refused(SourceError):
    """The network said no for good; asking again would not help."""


class Denied(Refused):
    """The network refuses this one thing to an account that is well (HTTP 401 or 403): a new login would not help."""


class NotThere(Refused):
    """The one thing that was asked for does not exist, or not any more (HTTP 404 or 410)."""


class SourceGone(Refused):
    """The source itself has ended for good: stop polling it."""


class DataError(SourceError):
    """One item from the network could not be understood; it is skipped and counted."""


class StoreError(CminboxError):
    """The store cannot do what was asked."""


class Locked(StoreError):
    """Another process holds the store for too long."""


class Replaced(StoreError):
    """Another file stands where the store was opened, or none: what is written now would be lost.

    Args:
        path: of the store.
        what: what became of it, such as "was removed".
    """

    def __init__(self, path: Path, what: str) -> None:
        hint = "nothing is written any more; start again to use what is there now"
        super().__init__(f"{path}: the store {what} while it was open", hint)
        self.what = what


class TooNew(StoreError):
    """The store was written by a newer version of the program."""


class Corrupt(StoreError):
    """The file is not a store, or is damaged."""


class Stopped(StoreError):
    """A read was stopped, because nobody wants its answer any more."""


class Full(StoreError):
    """The disk has no room for what is to be written, or lets this account have no more."""


class NotPermitted(StoreError):
    """This account may not read or write the store, or nobody may: its disk is mounted read-only."""


class ActionError(CminboxError):
    """What was asked makes no sense in this state; nothing was changed."""


class QueryError(CminboxError):
    """A query has a mistake.

    Args:
        column: 1-based column of the mistake in the query's text.
    """

    exit_status = 2

    def __init__(self, message: str, *, column: int, hint: str = "") -> None:
        super().__init__(f"column {column}: {message}", hint)
        self.column = column

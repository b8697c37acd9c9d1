"""Reasons for what takes something from a person on a network: the user's `reasons.toml`, or the shipped one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from cminbox.errors import ConfigError, SeveralMistakes
from cminbox.text import clean, fold
from cminbox.toml_folder import KeptFile
from cminbox.tomlfile import Mistakes, Table

SHIPPED = Path(__file__).parent / "reasons.toml"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason.

    Attributes:
        texts: what the author is told, by language; empty where nothing is said.
    """

    title: str
    texts: Mapping[str, str] = field(default_factory=dict)

    def text_for(self, lang: str) -> str:
        """What the author is told in a language, else in English; empty where neither is there."""
        return self.texts.get(lang) or self.texts.get(lang.partition("-")[0]) or self.texts.get("en", "")


@dataclass(frozen=True, slots=True)
class ReasonBook:
    """The reasons that there are, and what is wrong with their file."""

    reasons: tuple[Reason, ...]
    problems: tuple[ConfigError, ...] = ()

    def get(self, title: str) -> Reason | None:
        """The reason of this title, however its letters are written."""
        wanted = fold(title)
        return next((reason for reason in self.reasons if fold(reason.title) == wanted), None)


class ReasonFile:
    """The file of reasons, read again where it changed; while it is broken, what it last said stays.

    Args:
        path: the user's file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._file = KeptFile(path, "reason", read_reason, SHIPPED)

    def load(self) -> ReasonBook:
        """The reasons in force."""
        read = self._file.load()
        return ReasonBook(read.items, read.problems)


def read_reason(table: Table) -> Reason:
    """The reason of one `[[reason]]` table.

    Raises:
        SeveralMistakes: all of its mistakes.
    """
    gather = Mistakes()
    title = gather.of(lambda: _title(table), "")
    texts = gather.of(lambda: table.table("text"), Table({}, table.file))
    said = {lang: clean(gather.of(partial(texts.text, lang), "")).strip() for lang in texts.values}
    told = {error.line_number for error in gather.found}
    # A key that is near to one that is missing was told as that.
    gather.found += [error for error in table.unknown() if error.line_number not in told]
    reason = Reason(title, said)
    if gather.found:
        raise SeveralMistakes(gather.found, reason)
    return reason


def _title(table: Table) -> str:
    title = " ".join(clean(table.text("title")).split())
    if not title:
        raise table.error("title", "a reason needs a title", 'as in title = "spam"')
    return title

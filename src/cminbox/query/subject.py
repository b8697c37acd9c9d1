"""What a query is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cminbox.model import Conversation
from cminbox.text import fold


@dataclass(eq=False)
class Subject:
    """One conversation: its row, and what its messages say.

    Attributes:
        texts: of each message that is not deleted, made by `model.searched_text`.
        folds: each of them as `text.fold` makes it, where that is known already.
    """

    row: Conversation
    texts: tuple[str, ...] = ()
    folds: tuple[str, ...] | None = None

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """Each text folded, with a space before and after, so that a phrase is found at word borders."""
        folds = map(fold, self.texts) if self.folds is None else self.folds
        return tuple([f" {words} " for words in folds])

    @cached_property
    def folded_name(self) -> str:
        """The author's name folded, with a space before and after."""
        return f" {fold(self.row.name)} "

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of every text."""
        return frozenset().union(*[text.split() for text in self.folded])

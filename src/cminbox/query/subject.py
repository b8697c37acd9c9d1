"""What a query is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from cminbox.model import Conversation, merged
from cminbox.text import fold


@dataclass(eq=False)
class Subject:
    """One conversation: its row, and what its messages say.

    Attributes:
        texts: of each message that is not deleted, made by `model.searched_text`.
        folds: each of them as `text.fold` makes it, where that is known already.
        said: of each of them the words that tell of its signals.
        in_context: what was heard comes from short texts alone, judged with what they answer.
    """

    row: Conversation
    texts: tuple[str, ...] = ()
    folds: tuple[str, ...] | None = None
    said: tuple[Mapping[str, tuple[str, ...]], ...] = ()
    in_context: bool = False

    @cached_property
    def signal_words(self) -> dict[str, tuple[str, ...]]:
        """For each signal the words that tell of it, each once."""
        return merged(self.said)

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

"""What somebody probably meant: the nearest of the names that there are."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name that the word was probably meant to be, whatever its case; None where none is near."""
    from difflib import get_close_matches

    known = {name.casefold(): name for name in names}
    found = get_close_matches(word.casefold(), known, n=1, cutoff=0.6)
    return known[found[0]] if found else None


def suggest(word: str, names: Iterable[str]) -> str:
    """A hint: the nearest right name, or else all of them."""
    known = list(names)
    near = nearest(word, known)
    if near:
        return f'did you mean "{near}"?'
    return f"known: {', '.join(sorted(known))}" if known else ""

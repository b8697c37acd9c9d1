"""Numbers as people read them: with their word, with their sign, shortened."""

from __future__ import annotations


def count_of(number: int, what: str, plural: str = "") -> str:
    """A number with its word: `1 message`, `1,204 messages`; one that takes no s has its `plural`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {plural or f'{what}s'}"


def signed(number: float, decimals: int = 0) -> str:
    """A number with its sign, a true minus where it is negative: `+35`, `−10`, `+0`; with decimals `−0.78`."""
    return f"{number:+,.{decimals}f}".replace("-", "−")


def short_number(number: int, *, whole: bool = False) -> str:
    """A count in few characters: `980`, `12.4k`, `3.1M`; with `whole` cut to `12k`, `3M`."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number // size}{letter}" if whole else f"{number / size:.1f}".removesuffix(".0") + letter
    return str(number)

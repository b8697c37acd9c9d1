"""How long properties are tried: `dev` while working, `ci` before a change lands. `HYPOTHESIS_PROFILE` chooses one."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

PROFILE = os.environ.get("HYPOTHESIS_PROFILE") or "dev"
FEW = 50
"""Examples of a property while working."""


def load() -> None:
    """Use the chosen profile from now on."""
    # Two busy cores make any time limit a coin toss; a wrong answer is what the properties look for.
    for name, most in (("dev", FEW), ("ci", 100)):
        settings.register_profile(name, max_examples=most, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile(PROFILE)


def examples(count: int) -> int:
    """How many examples of a property are tried that deserves so many."""
    return count if PROFILE == "ci" else min(count, FEW)

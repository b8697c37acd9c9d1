"""How shifts are handed over, as `[handover]` of `config.toml` says it."""

from __future__ import annotations

from typing import NamedTuple

from cminbox.model import HOUR, MINUTE
from cminbox.tomlfile import Table


class HandoverConfig(NamedTuple):
    """How shifts are handed over. Durations are milliseconds.

    Attributes:
        take_within: how long the next one has to take what was signed over.
        ahead: how long the next shift is: promises and snoozed conversations that fall into it are told.
    """

    take_within: int = 30 * MINUTE
    ahead: int = 8 * HOUR


def read_handover(table: Table) -> HandoverConfig:
    """The settings of a `[handover]` table.

    Raises:
        ConfigError: a duration that is none, or too short; a key that there is not.
    """
    found = HandoverConfig(
        table.duration("take_within", 30 * MINUTE, least=MINUTE), table.duration("ahead", 8 * HOUR, least=HOUR)
    )
    table.done()
    return found

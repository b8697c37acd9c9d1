"""The queries of the configured views: what they ask for, and the mistakes in them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from cminbox.config import Config, ViewConfig
from cminbox.errors import ConfigError, QueryError
from cminbox.query import Query, among, parse, parse_typed
from cminbox.tomlfile import locate

NOTHING = parse("is:mine -is:mine")
"""What a view with a mistake in its query asks for: it shows the mistake, and no conversation."""


class Mistake(NamedTuple):
    """A mistake in a view's query, and where it stands."""

    view: str
    file: Path
    line: int | None
    what: QueryError

    @property
    def error(self) -> ConfigError:
        """It in one line."""
        message = f"view {self.view!r}: query, {self.what.message}"
        return ConfigError(message, file=self.file, line=self.line, hint=self.what.hint)

    @property
    def text(self) -> str:
        """It as it stands in the place of the view's rows, on short lines."""
        place = self.file.name if self.line is None else f"{self.file.name}:{self.line}"
        return f"The query of {self.view} has a mistake ({place})\n\n{self.what.message}\n{self.what.hint}".rstrip()


def asked(view: ViewConfig) -> Query:
    """What a view asks for.

    Raises:
        QueryError: its query has a mistake.
    """
    wanted = parse_typed(view.query)
    return wanted if view.ids is None else among(view.ids, wanted)


def query_of(config: Config, index: int) -> Query:
    """The query of a view; one that matches nothing where it has a mistake."""
    try:
        return asked(config.views[index])
    except QueryError:
        return NOTHING


def mistake_of(config: Config, index: int) -> Mistake | None:
    """The mistake in a view's query; None where there is none."""
    view = config.views[index]
    try:
        parse_typed(view.query)
    except QueryError as error:
        file = config.paths.config_file
        return Mistake(view.name, file, locate(file, ("view", index, "query")), error)
    return None


def mistakes(config: Config) -> list[ConfigError]:
    """The mistakes in the queries of all views."""
    found = (mistake_of(config, index) for index in range(len(config.views)))
    return [mistake.error for mistake in found if mistake is not None]

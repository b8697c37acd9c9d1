"""A template's text with its variables filled in.

Jinja in its sandbox. What has no value is listed and left standing as `{{ name }}`, so that the composer can show it
and sending can refuse it; a value is only ever inserted, never read as a template itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from cminbox.errors import ConfigError

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

_LONGEST = 20_000
_MARK = "\x00"
_LEFT = re.compile(f"{_MARK}([^{_MARK}]*){_MARK}")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A filled text, and the variables that had no value, each once, in order."""

    text: str
    missing: tuple[str, ...]


def render(source_text: str, values: Mapping[str, object]) -> Rendered:
    """Fills a template's text.

    Args:
        source_text: the text, with `{{ author.first_name }}` and the like.
        values: nested mappings of what may be inserted; None and empty texts count as missing.

    Returns:
        The text, stripped, and what was missing. A variable that is only asked for (`{% if %}`, `or`) is not missing.

    Raises:
        ConfigError: the text is no valid template, or asks for what the sandbox forbids.
    """
    import jinja2
    from jinja2 import meta

    environment = _environment()
    try:
        names = meta.find_undeclared_variables(environment.parse(source_text))
        known = _Values("", values)
        template = environment.from_string(source_text)
        text = "".join(_bounded(template.generate({name: known.find(name) for name in names})))
    except jinja2.TemplateSyntaxError as error:
        raise ConfigError(f"the template has a mistake in its line {error.lineno}: {error.message}") from None
    except (jinja2.TemplateError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise ConfigError(f"the template cannot be filled in: {error}") from None
    missing = tuple(dict.fromkeys(_LEFT.findall(text)))
    return Rendered(_LEFT.sub(_standing, text).strip(), missing)


def mistake(source_text: str) -> str | None:
    """What is wrong with a template's text, in a few words; None if it can be read."""
    import jinja2

    try:
        _environment().parse(source_text)
    except jinja2.TemplateSyntaxError as error:
        return f"line {error.lineno}: {error.message}"
    return None


def _standing(found: re.Match[str]) -> str:
    return f"{{{{ {found[1]} }}}}"


def _bounded(pieces: Iterator[str]) -> Iterator[str]:
    """The pieces of a text, no more than any network takes."""
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > _LONGEST:
            raise ValueError(f"it grows beyond {_LONGEST:,} characters")
        yield piece


class _Values:
    """A mapping as templates see it: keys only, and a missing one remembers its path."""

    def __init__(self, path: str, content: Mapping[str, object]) -> None:
        self.path = path
        self.content = content

    def find(self, name: str) -> object:
        path = f"{self.path}.{name}" if self.path else name
        value = self.content.get(name)
        if value is None or value == "":
            return _missing(path)
        if isinstance(value, Mapping):
            return _Values(path, value)
        return value.replace(_MARK, "") if isinstance(value, str) else value

    def __str__(self) -> str:
        """A table in place of one of its values is missing its value."""
        return f"{_MARK}{self.path}{_MARK}"


@cache
def _missing_type() -> type[Any]:
    from jinja2 import ChainableUndefined

    class Missing(ChainableUndefined):
        """Something without a value: false, and visible when it is written."""

        def __getattr__(self, name: str) -> Missing:
            if name.startswith("__"):
                raise AttributeError(name)
            return Missing(name=f"{self._undefined_name}.{name}")

        def __getitem__(self, name: str) -> Missing:  # type: ignore[override]
            return Missing(name=f"{self._undefined_name}.{name}")

        def __str__(self) -> str:
            return f"{_MARK}{self._undefined_name}{_MARK}"

    return Missing


def _missing(path: str) -> object:
    return _missing_type()(name=path)


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Environment(ImmutableSandboxedEnvironment):
        """The sandbox, in which our values have keys and nothing else, and numbers stay small."""

        intercepted_binops = frozenset({"*", "**"})

        def getattr(self, obj: Any, attribute: str) -> Any:
            return obj.find(attribute) if isinstance(obj, _Values) else super().getattr(obj, attribute)

        def getitem(self, obj: Any, argument: Any) -> Any:
            return obj.find(str(argument)) if isinstance(obj, _Values) else super().getitem(obj, argument)

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            if operator == "**" or not all(isinstance(side, int | float) for side in (left, right)):
                raise SecurityError(f"{operator} is for small numbers alone")
            return super().call_binop(context, operator, left, right)

    # The text goes to a network as it is, so nothing is escaped for HTML.
    return Environment(
        undefined=_missing_type(), finalize=_text_only, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )


def _text_only(value: object) -> object:
    if callable(value) and not isinstance(value, _missing_type()):
        raise TypeError("a function is no text")
    return value

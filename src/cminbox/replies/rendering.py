"""A template's text with its variables filled in.

Jinja in a sandbox (`replies.sandbox`). What has no value is listed and left standing as `{{ name }}`, so that the
composer can show it and sending can refuse it; a value is only ever inserted, never read as a template itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cminbox.errors import ConfigError
from cminbox.text import clean, one_line

_LONGEST = 20_000
_MARK = "\x00"
_LEFT = re.compile(f"{_MARK}([^{_MARK}]*){_MARK}")
_OPEN = re.compile(r"\{\{\s*(.*?)\s*\}\}|(\{%.*?%\})", re.DOTALL)
_LONGEST_REASON = 160


@dataclass(frozen=True, slots=True)
class Rendered:
    """A filled text.

    Attributes:
        text: stripped.
        missing: the variables that had no value, each once, in order.
        literal: what looks like a variable in it and is none: it came with a value.
    """

    text: str
    missing: tuple[str, ...] = ()
    literal: frozenset[str] = frozenset()


def standing(text: str) -> tuple[str, ...]:
    """What looks like a variable in a text, each once, in order: its name, or the whole of a `{% … %}`."""
    found = (one_line(match[1] or match[2] or "") or "a variable" for match in _OPEN.finditer(text))
    return tuple(dict.fromkeys(found))


def render(source_text: str, values: Mapping[str, object]) -> Rendered:
    """Fills a template's text, within bounds of time and size.

    Args:
        source_text: the text, with `{{ author.first_name }}` and the like.
        values: nested mappings of what may be inserted; None and empty texts count as missing.

    Returns:
        The text, and what was missing. A variable that is only asked for (`{% if %}`, `or`) is not missing.

    Raises:
        ConfigError: the text is no valid template, asks for what the sandbox forbids, or for too much.
    """
    if "{{" not in source_text and "{%" not in source_text and "{#" not in source_text:
        return Rendered(source_text.strip())
    import jinja2

    from cminbox.replies.sandbox import Budget, Sandbox, Values, prepare

    try:
        prepared = prepare(source_text)
        text = "".join(_bounded(prepared.pieces(Values("", values), Sandbox(Budget()))))
    except jinja2.TemplateSyntaxError as error:
        raise ConfigError(f"the template has a mistake in its line {error.lineno}: {_reason(error)}") from None
    except Exception as error:  # noqa: BLE001 - what templates do has no end of kinds
        # Whatever a template does: filters and tests raise what they like.
        raise ConfigError(f"the template cannot be filled in: {_reason(error)}") from None
    missing = tuple(dict.fromkeys(_LEFT.findall(text)))
    text = _LEFT.sub(_standing, text).strip()
    if _MARK in text:
        raise ConfigError(
            "the template cannot be filled in: a filter cuts a variable that has no value",
            hint="give it one for that case, as in {{ order.number or '?' }}",
        )
    return Rendered(text, missing, frozenset(standing(text)) - {*missing})


@dataclass(frozen=True, slots=True)
class TextMistake:
    """What is wrong with a template's text.

    Attributes:
        reason: in a few words.
        line: of the text, from 1; 1 where it is about all of it.
    """

    reason: str
    line: int = 1


def mistake(source_text: str) -> TextMistake | None:
    """What is wrong with a template's text; None if it can be read."""
    import jinja2

    from cminbox.replies.sandbox import prepare

    try:
        prepare(source_text)
    except jinja2.TemplateSyntaxError as error:
        return TextMistake(_reason(error), error.lineno)
    except jinja2.TemplateError as error:
        return TextMistake(_reason(error))
    return None


def _reason(error: Exception) -> str:
    """An error in one short line; it may hold what a network sent."""
    said = str(getattr(error, "message", "") or error).replace(_MARK, "")
    return one_line(clean(said, _LONGEST_REASON)) or type(error).__name__


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

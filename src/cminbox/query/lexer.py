"""A query's text cut into tokens."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, cast

from cminbox.errors import QueryError
from cminbox.query.tree import KEYWORDS

Kind = Literal["(", ")", "-", "and", "or", "not", "word", "phrase", "pattern", "field", "end"]

# A backslash escapes quotation marks and itself, and is itself elsewhere.
_QUOTED = re.compile(r'"((?:\\["\\]|[^"])*+)"')
_ESCAPED = re.compile(r'\\(["\\])')
_PATTERN = re.compile(r"/((?:\\.|[^/\\])*+)/", re.DOTALL)
_WORD = re.compile(r'[^\s()"]+')
_PATTERN_HINT = 'write /…/, with \\/ for a slash inside, or "…" to search for a word with slashes'


class Token(NamedTuple):
    """One token.

    Attributes:
        text: its meaning: unquoted, without the colon, slashes or the star.
        column: 1-based, of its first character.
        name: the field's name as typed, for a field.
        value_column: 1-based, of the first character of its value, for a field.
        prefix: whether a star stood right behind it.
    """

    kind: Kind
    text: str
    column: int
    name: str = ""
    value_column: int = 0
    prefix: bool = False


def field_name(word: str) -> str:
    """The name before a colon if the word has the form of a field, else nothing. An address (`https://…`) has not."""
    name, colon, rest = word.partition(":")
    return name if colon and name.isidentifier() and not rest.startswith("//") else ""


def tokens(text: str) -> list[Token]:
    """All tokens, with `end` as the last one.

    Raises:
        QueryError: a quotation mark or a regular expression is not closed, or a `-` stands alone.
    """
    found: list[Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        token, at = read_token(text, at)
        if token.kind == "pattern" and at < len(text) and not text[at].isspace() and text[at] not in "()":
            message = "this follows a regular expression without a space"
            raise QueryError(message, column=at + 1, hint=_PATTERN_HINT)
        found.append(token)
    return [*found, Token("end", "", len(text) + 1)]


def read_token(text: str, at: int) -> tuple[Token, int]:
    """The token that begins at `at`, which is no white space, and the index after it.

    Raises:
        QueryError: as in `tokens`.
    """
    char, column = text[at], at + 1
    if char in "()-":
        if char == "-" and (text[at + 1 : at + 2] in ("", ")") or text[at + 1].isspace()):
            hint = 'put it right before what you mean, or write "-" to search for it'
            raise QueryError("nothing follows the -", column=column, hint=hint)
        return Token(cast(Kind, char), char, column), at + 1
    if char == '"':
        value, prefix, end = _quoted(text, at)
        return Token("phrase", value, column, prefix=prefix), end
    if char == "/":
        found = _PATTERN.match(text, at)
        if found is None:
            raise QueryError("this regular expression is not closed", column=column, hint=_PATTERN_HINT)
        return Token("pattern", found[1].replace("\\/", "/"), column), found.end()
    word = cast("re.Match[str]", _WORD.match(text, at))[0]
    end = at + len(word)
    if name := field_name(word):
        start = at + len(name) + 1
        if text[start : start + 1] == '"':
            value, prefix, end = _quoted(text, start)
        else:
            value, prefix = _star(text[start:end])
        return Token("field", value, column, name, start + 1, prefix), end
    if word.lower() in KEYWORDS:
        return Token(cast(Kind, word.lower()), word, column), end
    value, prefix = _star(word)
    return Token("word", value, column, prefix=prefix), end


def _star(word: str) -> tuple[str, bool]:
    """A word without the star at its end, and whether there was one."""
    return word.removesuffix("*"), word.endswith("*")


def _quoted(text: str, at: int) -> tuple[str, bool, int]:
    """What stands between the quotation mark at `at` and the next one, whether a star follows, and the index after."""
    found = _QUOTED.match(text, at)
    if found is None:
        raise QueryError("this quotation mark is not closed", column=at + 1, hint='write \\" for one inside')
    star = text.startswith("*", found.end())
    return _ESCAPED.sub(r"\1", found[1]), star, found.end() + star

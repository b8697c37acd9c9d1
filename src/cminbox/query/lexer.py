"""A query's text cut into tokens."""

from __future__ import annotations

from typing import Literal, NamedTuple

from cminbox.errors import QueryError
from cminbox.query.tree import KEYWORDS

Kind = Literal["(", ")", "-", "and", "or", "not", "word", "phrase", "pattern", "field", "end"]


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


def ends_word(char: str) -> bool:
    """Whether a bare word ends before this character."""
    return char.isspace() or char in '()"'


def word_end(text: str, start: int) -> int:
    """The index after the bare word that begins at `start`."""
    while start < len(text) and not ends_word(text[start]):
        start += 1
    return start


def field_name(word: str) -> str:
    """The name before a colon if the word has the form of a field, else nothing. An address (`https://…`) has not."""
    name, colon, rest = word.partition(":")
    return name if colon and name.isidentifier() and not rest.startswith("//") else ""


def read_quoted(text: str, start: int) -> tuple[str, int] | None:
    """What stands between the quotation mark at `start` and the next one, and the index after that; None if open.

    Backslashes escape quotation marks and themselves, and are themselves elsewhere.
    """
    parts: list[str] = []
    at = start + 1
    while at < len(text):
        char = text[at]
        if char == '"':
            return "".join(parts), at + 1
        if char == "\\" and text[at + 1 : at + 2] in ('"', "\\"):
            at += 1
            char = text[at]
        parts.append(char)
        at += 1
    return None


def read_pattern(text: str, start: int) -> tuple[str, int] | None:
    """The regular expression between the slash at `start` and the next one that no backslash escapes; None if open."""
    parts: list[str] = []
    at = start + 1
    while at < len(text):
        char = text[at]
        if char == "/":
            return "".join(parts), at + 1
        if char == "\\" and at + 1 < len(text):
            at += 1
            char = "/" if text[at] == "/" else "\\" + text[at]
        parts.append(char)
        at += 1
    return None


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
        token, at = _token(text, at)
        found.append(token)
    return [*found, Token("end", "", len(text) + 1)]


def _token(text: str, at: int) -> tuple[Token, int]:
    char, column = text[at], at + 1
    if char == "(":
        return Token("(", char, column), at + 1
    if char == ")":
        return Token(")", char, column), at + 1
    if char == "-":
        if text[at + 1 : at + 2] in ("", ")") or text[at + 1].isspace():
            hint = 'put it right before what you mean, or write "-" to search for it'
            raise QueryError("nothing follows the -", column=column, hint=hint)
        return Token("-", char, column), at + 1
    if char == '"':
        value, at = _quoted(text, at)
        prefix = text[at : at + 1] == "*"
        return Token("phrase", value, column, prefix=prefix), at + prefix
    if char == "/":
        return _pattern(text, at)
    end = word_end(text, at)
    word = text[at:end]
    name = field_name(word)
    if name:
        return _field(text, at, name, end)
    if word.lower() in KEYWORDS:
        kind: Kind = "and" if word.lower() == "and" else "or" if word.lower() == "or" else "not"
        return Token(kind, word, column), end
    prefix = word.endswith("*")
    return Token("word", word[:-1] if prefix else word, column, prefix=prefix), end


def _field(text: str, at: int, name: str, end: int) -> tuple[Token, int]:
    start = at + len(name) + 1
    if text[start : start + 1] == '"':
        value, end = _quoted(text, start)
        prefix = text[end : end + 1] == "*"
        end += prefix
    else:
        prefix = text[start:end].endswith("*")
        value = text[start : end - prefix]
    return Token("field", value, at + 1, name=name, value_column=start + 1, prefix=prefix), end


def _quoted(text: str, at: int) -> tuple[str, int]:
    read = read_quoted(text, at)
    if read is None:
        raise QueryError("this quotation mark is not closed", column=at + 1, hint='write \\" for one inside')
    return read


def _pattern(text: str, at: int) -> tuple[Token, int]:
    read = read_pattern(text, at)
    hint = 'write /…/, with \\/ for a slash inside, or "…" to search for a word with slashes'
    if read is None:
        raise QueryError("this regular expression is not closed", column=at + 1, hint=hint)
    pattern, end = read
    if end < len(text) and not text[end].isspace() and text[end] not in "()":
        raise QueryError("this follows a regular expression without a space", column=end + 1, hint=hint)
    return Token("pattern", pattern, at + 1), end

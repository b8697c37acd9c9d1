"""A query's text to its tree: recursive descent, with the column of every mistake.

query  = [any]
any    = all { OR all }
all    = one { [AND] one }
one    = ("-" | NOT) one | "(" any ")" | field | word | phrase | pattern
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cminbox.errors import QueryError
from cminbox.query import terms
from cminbox.query.change import may_change
from cminbox.query.lexer import Token, tokens
from cminbox.query.memory import Predicate, compile_tree
from cminbox.query.tree import And, Everything, Node, Not, Or, joined, to_text

MAX_LENGTH = 10_000
MAX_DEPTH = 20
"""Parentheses and negations inside each other. The store's statement bears about 25."""
MAX_TERMS = 400
"""Terms of one query. The store's statement bears chains of 1000."""


@dataclass(frozen=True)
class Query:
    """A query that was understood.

    Attributes:
        tree: what it means.
        text: what was typed.
    """

    tree: Node
    text: str

    def __str__(self) -> str:
        """The query in its plainest writing; it parses to the same tree."""
        return to_text(self.tree)

    @cached_property
    def predicate(self) -> Predicate:
        """The evaluation in memory, made once."""
        return compile_tree(self.tree)

    @cached_property
    def may_change(self) -> bool:
        """Whether time alone can change the answer for any conversation at all."""
        return may_change(self.tree)


def parse(text: str) -> Query:
    """Read a query. An empty one matches everything.

    Raises:
        QueryError: with the column of the mistake, and the nearest right name where there is one.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(f"a query has at most {MAX_LENGTH} characters", column=MAX_LENGTH + 1)
    for index, char in enumerate(text):
        if "\ud800" <= char <= "\udfff" or char == "\0":
            raise QueryError("this character cannot be part of a query", column=index + 1)
    return Query(_Parser(tokens(text)).query(), text)


class _Parser:
    """One reading of one list of tokens."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._terms = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def query(self) -> Node:
        """Read the whole text; empty means everything."""
        if self._next.kind == "end":
            return Everything()
        tree = self._any(0)
        rest = self._take()
        if rest.kind != "end":
            raise QueryError("no parenthesis was opened for this one", column=rest.column, hint=_QUOTE_HINT)
        return tree

    def _any(self, depth: int) -> Node:
        parts = [self._all(depth)]
        while self._next.kind == "or":
            self._take()
            parts.append(self._all(depth))
        return joined(Or, parts)

    def _all(self, depth: int) -> Node:
        parts = [self._one(depth)]
        while self._next.kind not in ("or", ")", "end"):
            if self._next.kind == "and":
                self._take()
            parts.append(self._one(depth))
        return joined(And, parts)

    def _one(self, depth: int) -> Node:
        token = self._take()
        if depth > MAX_DEPTH:
            raise QueryError("nested too deeply", column=token.column, hint=f"at most {MAX_DEPTH} levels")
        if token.kind in ("-", "not"):
            return Not(self._one(depth + 1))
        if token.kind == "(":
            return self._group(token, depth)
        if token.kind in ("and", "or", "end", ")"):
            raise self._missing(token)
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise QueryError(f"a query has at most {MAX_TERMS} terms", column=token.column)
        return terms.read(token)

    def _group(self, opened: Token, depth: int) -> Node:
        if self._next.kind == ")":
            raise QueryError("nothing stands between these parentheses", column=opened.column, hint=_QUOTE_HINT)
        inside = self._any(depth + 1)
        if self._take().kind != ")":
            raise QueryError("this parenthesis is not closed", column=opened.column, hint=_QUOTE_HINT)
        return inside

    def _missing(self, token: Token) -> QueryError:
        """The error for a token that stands where a term was due."""
        before = self._tokens[self._at - 2] if self._at > 1 else None
        if before is not None and before.kind in ("and", "or", "not", "-"):
            what = before.text.upper() if before.kind != "-" else "the -"
            hint = f'write "{before.text}" to search for it'
            return QueryError(f"nothing follows {what}", column=before.column, hint=hint)
        if token.kind == ")":
            return QueryError("no parenthesis was opened for this one", column=token.column, hint=_QUOTE_HINT)
        if token.kind == "end":
            opened = next((t for t in reversed(self._tokens[: self._at]) if t.kind == "("), None)
            column = token.column if opened is None else opened.column
            return QueryError("this parenthesis is not closed", column=column, hint=_QUOTE_HINT)
        hint = f'write "{token.text}" to search for it'
        return QueryError(f"nothing stands before {token.text.upper()}", column=token.column, hint=hint)


_QUOTE_HINT = "put what you search for in quotation marks if it has parentheses"

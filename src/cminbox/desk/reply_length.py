"""How long a reply may be, and how long a text is as it will be posted: the one count that everything uses."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from cminbox.errors import ActionError, ConfigError
from cminbox.model import Conversation, Message, StoredMessage
from cminbox.sources import registry, text_length
from cminbox.sources.contract import Adapter, Counting
from cminbox.store import Connection, sources
from cminbox.store.sources import SourceRow

NEAR = 0.95
"""From this share of a limit on it is told."""


class ReplyLength(NamedTuple):
    """The length of replies to one message.

    Attributes:
        adapter: of its network.
        counting: the network's rule with the limits that the server told last.
        parent: the message that is answered.
        direct: whether it goes as a private message.
    """

    adapter: Adapter
    counting: Counting
    parent: Message
    direct: bool = False

    def count(self, text: str) -> int:
        """How much of the limit a text takes with all that is posted with it: mentions in front, a content warning."""
        return text_length.count(*self._posted(text)) if text else 0

    def left(self, text: str) -> int | None:
        """How much may still be written; negative: too long by so much. None: there is no limit."""
        return text_length.left(*self._posted(text)) if text else self.counting.limit

    def check(self, text: str) -> None:
        """Look whether the network would take a text.

        Raises:
            ActionError: it is too long.
        """
        left, words, limit = self.left(text), self.byte_words(text), self.counting.limit
        if left is not None and left < 0 and words and limit is not None and self.count(text) <= limit:
            raise ActionError(f"{-left:,} bytes too long for {self.adapter.INFO.network} ({words})", "shorten it")
        if left is not None and left < 0:
            counted = f"{self.count(text):,} of {self.counting.limit or self.counting.byte_limit:,}"
            raise ActionError(f"{-left:,} too long for {self.adapter.INFO.network} ({counted})", "shorten it")

    def byte_words(self, text: str) -> str:
        """How much of the network's limit in bytes a text takes, in words; empty while it is far from it."""
        limit = self.counting.byte_limit
        if limit is None or not text:
            return ""
        composed, _, warning = self._posted(text)
        taken = len(f"{warning}{composed}".encode("utf-8", "surrogatepass"))
        return f"{taken:,} of {limit:,} bytes" if taken > limit * NEAR else ""

    def _posted(self, text: str) -> tuple[str, Counting, str]:
        """The text as it will stand there, the rule, and the content warning that goes along."""
        if self.direct and self.parent.kind != "dm":
            return text, self.counting, ""
        compose, warn = registry.composer(self.adapter), registry.warner(self.adapter)
        composed = compose.compose(self.parent, text) if compose else text
        return composed, self.counting, warn.warning(self.parent) if warn else ""


def counting_of(adapter: Adapter, source: SourceRow | None, *, direct: bool = False) -> Counting:
    """The network's counting rule, with the limits that the server told of itself.

    Args:
        direct: of private messages.
    """
    able = adapter.INFO.capabilities
    if direct and able.direct_counting is not None:
        return able.direct_counting
    rule = able.counting
    limits = source.limits if source else {}
    characters, url = limits.get("characters"), limits.get("url")
    if isinstance(characters, int) and characters > 0:
        rule = replace(rule, limit=characters)
    if isinstance(url, int) and url >= 0 and rule.url_weight:
        # A server that does not shorten links does not shorten mentions either.
        rule = replace(rule, url_weight=url) if url else replace(rule, rule="graphemes", url_weight=0)
    return rule


def length_of(
    conn: Connection, row: Conversation, answers: StoredMessage, *, private: bool = False
) -> ReplyLength | None:
    """The length of a reply to a message of a conversation; None where its network's adapter is not there."""
    try:
        adapter = registry.load(row.network)
    except ConfigError:
        return None
    direct = private or answers.kind == "dm"
    counting = counting_of(adapter, sources.get(conn, row.source_id), direct=direct)
    return ReplyLength(adapter, counting, answers.as_message(row.remote_id), direct)


def check_length(
    conn: Connection, row: Conversation, answers: StoredMessage, text: str, *, private: bool = False
) -> None:
    """Look whether the network would take a text as an answer.

    Raises:
        ActionError: it is too long.
    """
    length = length_of(conn, row, answers, private=private)
    if length is not None:
        length.check(text)

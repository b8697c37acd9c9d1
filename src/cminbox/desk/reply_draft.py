"""A reply in the making: whom it reaches, how long it may be, which templates fit, what is missing in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cminbox import handles
from cminbox.config import Config
from cminbox.desk.answerable import answerable, check_private
from cminbox.desk.reply_length import ReplyLength, length_of
from cminbox.errors import ActionError, ConfigError
from cminbox.model import Conversation, Instant, Member, StoredMessage, now
from cminbox.replies import Rendered, Template, TemplateBook, fill, load, rank, standing
from cminbox.replies.names import first_name, harmless, plain_handle
from cminbox.sources import registry
from cminbox.store import Connection, conversations, messages, replies
from cminbox.text import one_line


def missing(text: str, literal: Collection[str] = ()) -> tuple[str, ...]:
    """Names of the variables that still stand in a text unfilled, each once, in order.

    Args:
        literal: what only looks like one: it came with what somebody else wrote (`Rendered.literal`).
    """
    return tuple(name for name in standing(text) if name not in literal)


def variables(row: Conversation, answers: StoredMessage, member: Member, brand: Mapping[str, Any]) -> dict[str, Any]:
    """What a template may ask for. What is not known is left out, so that it is named as missing and never sent."""
    handle = plain_handle(answers.author.handle or row.handle)
    name = answers.author.name or row.name
    known = {
        "author": {"handle": handle, "name": harmless(name) or handle, "first_name": first_name(name)},
        "member": {"handle": member.handle, "name": member.name or member.handle},
        "brand": dict(brand),
        "conversation": {
            "id": row.id,
            "lang": row.lang,
            "labels": list(row.labels),
            "title": harmless(row.title),
            "url": answers.url,
            "crisis": row.crisis,
        },
        "source": {"name": row.source, "network": row.network},
    }
    return {
        key: {name: value for name, value in part.items() if value not in ("", None)} for key, part in known.items()
    }


@dataclass(frozen=True)
class ReplyDraft:
    """A reply in the making.

    Attributes:
        row: the conversation as it stood when the reply was begun.
        answers: the message that will be answered.
        length: how long it may be.
        book: the templates.
        ranked: the templates, the fittest first.
        quick: those that a digit inserts.
        values: what they may ask for.
        private: only the author of that message is to see it.
        not_private: why it cannot be answered in private; empty where it can.
        other_length: how long it may be the other way.
    """

    row: Conversation
    answers: StoredMessage
    length: ReplyLength
    book: TemplateBook
    ranked: tuple[Template, ...]
    quick: Mapping[int, Template]
    values: Mapping[str, Any]
    private: bool = False
    not_private: str = ""
    other_length: ReplyLength | None = None

    def turned(self) -> ReplyDraft:
        """The same for its author alone, or for all again.

        Raises:
            ActionError: the network takes no private answer to this.
        """
        if self.other_length is None:
            raise ActionError(self.not_private)
        return replace(self, private=not self.private, length=self.other_length, other_length=self.length)

    @property
    def lang(self) -> str:
        """The language to answer in."""
        return self.answers.lang or self.row.lang

    def recipient(self) -> str:
        """Whom it reaches, where, who can see it, and in which language: `to @ana on mastodon, public, es`."""
        author = self.answers.author
        who = handles.called(self.row.network, author.handle, author.name, "them")
        seen = self.answers.visibility
        if self.private or (self.answers.kind == "dm" and not seen):
            seen = "private"
        parts = [f"to {who} on {self.row.network}", seen, self.lang or "language unknown"]
        return ", ".join(part for part in parts if part)

    def quoted(self) -> str:
        """What it answers, in one line."""
        return one_line(self.answers.searched)

    def count(self, text: str) -> int:
        """How long the text is by the network's rule, as it will be posted."""
        return self.length.count(text)

    def left(self, text: str) -> int | None:
        """How much may still be written by the network's rule; negative: too long by so much. None: no limit."""
        return self.length.left(text)

    def filled(self, template: Template, lang: str = "") -> tuple[Rendered, str]:
        """A template filled in for this conversation, and the language that it is in; theirs unless asked for another.

        Raises:
            ConfigError: it cannot be filled in.
        """
        return fill(template, lang or self.lang, self.row.network, self.values)

    def template(self, name: str) -> Template | None:
        """The template of this name, or that this digit inserts."""
        if name.isdigit():
            return self.quick.get(int(name))
        return next((template for template in self.book.templates if template.name == name), None)


def begin(
    conn: Connection,
    conversation_id: int,
    config: Config,
    member: Member,
    message_id: int | None = None,
    clock: Callable[[], Instant] = now,
) -> ReplyDraft:
    """Everything that is needed to write an answer to a conversation.

    Args:
        message_id: which of its messages is answered; None: the newest that can be.

    Raises:
        ActionError: nobody can be answered there, or not through this program.
    """
    row = conversations.get(conn, conversation_id)
    if row is None:
        raise ActionError(f"there is no conversation {conversation_id}")
    if message_id is None:
        answers = messages.answerable(conn, conversation_id)
    else:
        answers = answerable(conn, row, message_id, clock())
    if answers is None:
        raise ActionError("nobody to answer here", "there is no message left of theirs that can be answered")
    elsewhere = "o opens it on the network" if answers.url else "answer it on the network itself"
    try:
        adapter = registry.load(row.network)
    except ConfigError as error:
        raise ActionError(f"replies cannot be sent to {row.network} from here", elsewhere) from error
    if registry.sender(adapter) is None:
        raise ActionError(f"replies cannot be sent through {row.source} ({row.network})", elsewhere)
    length = length_of(conn, row, answers)
    if length is None:
        raise ActionError(f"replies cannot be sent to {row.network} from here", elsewhere)
    refusal = ""
    try:
        check_private(conn, row, answers, clock())
    except ActionError as error:
        refusal = error.line()
    book = load(config.paths.templates)
    uses = replies.uses(conn)
    ranked = rank(book.templates, lang=answers.lang or row.lang, labels=row.labels, network=row.network, uses=uses)
    return ReplyDraft(
        row=row,
        answers=answers,
        length=length,
        book=book,
        ranked=tuple(ranked),
        quick=book.picks(ranked),
        values=variables(row, answers, member, config.brand),
        not_private=refusal,
        other_length=None if refusal else length_of(conn, row, answers, private=True),
    )

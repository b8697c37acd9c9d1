"""What the composer knows of the reply being written: whom it reaches, how long it may be, what is missing in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cminbox.errors import ActionError, ConfigError
from cminbox.model import Author, Member, Message
from cminbox.text import one_line

if TYPE_CHECKING:
    from cminbox.replies import Template, TemplateBook
    from cminbox.screens.conversation_data import View
    from cminbox.screens.host import Host
    from cminbox.sources.base import Adapter, Counting
    from cminbox.store.messages import StoredMessage
    from cminbox.store.sources import SourceRow

_LEFT_OPEN = re.compile(r"\{\{\s*(.*?)\s*\}\}|(\{%.*?%\})", re.DOTALL)


def missing(text: str) -> tuple[str, ...]:
    """Names of the variables that still stand in a text unfilled, each once, in order."""
    found = (one_line(match[1] or match[2] or "a variable") for match in _LEFT_OPEN.finditer(text))
    return tuple(dict.fromkeys(name or "a variable" for name in found))


def first_name(name: str, handle: str) -> str:
    """How a person is addressed: the first word of the name that has a letter, else the handle."""
    words = (word.strip(".,;:!?()[]\"'") for word in name.split())
    return next((word for word in words if any(char.isalpha() for char in word)), handle)


def values(view: View, member: Member, brand: Mapping[str, Any]) -> dict[str, Any]:
    """What a template may ask for. What is not known is left out, so that it is told as missing and never sent."""
    row, answers = view.row, view.answers
    handle = answers.handle if answers else row.handle
    name = answers.name if answers else row.name
    known = {
        "author": {"handle": handle, "name": name or handle, "first_name": first_name(name, handle)},
        "member": {"handle": member.handle, "name": member.name or member.handle},
        "brand": dict(brand),
        "conversation": {
            "id": row.id,
            "lang": row.lang,
            "labels": list(row.labels),
            "title": row.title,
            "url": view.url,
            "crisis": row.crisis,
        },
        "source": {"name": row.source, "network": row.network},
    }
    return {
        key: {name: value for name, value in part.items() if value not in ("", None)} for key, part in known.items()
    }


def message_of(stored: StoredMessage, conversation: str) -> Message:
    """A stored message as an adapter knows it."""
    return Message(
        id=stored.remote_id,
        conversation=conversation,
        author=Author(stored.author_remote_id, stored.handle, stored.name),
        text=stored.text,
        created_at=stored.created_at,
        kind=stored.kind,
        direction=stored.direction,
        parent=stored.parent,
        url=stored.url,
        lang=stored.lang or None,
        visibility=stored.visibility,
        title=stored.title,
        extra=stored.extra,
    )


@dataclass(frozen=True)
class Writing:
    """A reply in the making.

    Attributes:
        view: the conversation as it stood when the composer opened.
        answers: the message that will be answered.
        adapter: the network's adapter.
        counting: its rule with the server's own limit.
        book: the templates.
        ranked: the templates, the fittest first.
        quick: those that a digit inserts.
        values: what they may ask for.
    """

    view: View
    answers: StoredMessage
    adapter: Adapter
    counting: Counting
    book: TemplateBook
    ranked: tuple[Template, ...]
    quick: Mapping[int, Template]
    values: Mapping[str, Any]

    @property
    def lang(self) -> str:
        """The language to answer in."""
        return self.answers.lang or self.view.row.lang

    def recipient(self) -> str:
        """Whom it reaches, where, who can see it, and in which language: `to @ana on mastodon, public, es`."""
        who = f"@{self.answers.handle}" if self.answers.handle else self.answers.name or "them"
        seen = "private" if self.answers.kind == "dm" and not self.answers.visibility else self.answers.visibility
        parts = [f"to {who} on {self.view.row.network}", seen, self.lang or "language unknown"]
        return ", ".join(part for part in parts if part)

    def count(self, text: str) -> int:
        """How long the text is by the network's rule, as it will stand there (a mention in front, say)."""
        from cminbox.replies.counting import count
        from cminbox.sources.registry import composer

        compose = composer(self.adapter)
        parent = message_of(self.answers, self.view.row.remote_id)
        return count(compose.compose(parent, text) if compose and text else text, self.counting)

    def filled(self, template: Template) -> tuple[str, str]:
        """A template filled in for this conversation, and the language that it is in."""
        from cminbox.replies import render

        text, lang = template.text_for(self.lang, self.view.row.network)
        return render(text, self.values).text, lang

    def template(self, name: str) -> Template | None:
        """The template of this name, or that this digit inserts."""
        if name.isdigit():
            return self.quick.get(int(name))
        return next((template for template in self.book.templates if template.name == name), None)


def counting_of(adapter: Adapter, source: SourceRow | None) -> Counting:
    """The network's counting rule, with the limits that the server told of itself."""
    rule = adapter.INFO.capabilities.counting
    limits = source.limits if source else {}
    characters, url = limits.get("characters"), limits.get("url")
    if isinstance(characters, int) and characters > 0:
        rule = replace(rule, limit=characters)
    if isinstance(url, int) and url > 0 and rule.url_weight:
        rule = replace(rule, url_weight=url)
    return rule


def begin(
    view: View,
    *,
    member: Member,
    brand: Mapping[str, Any],
    book: TemplateBook,
    source: SourceRow | None,
    uses: Mapping[str, int],
) -> Writing:
    """Everything that the composer needs.

    Raises:
        ActionError: nobody can be answered here, or not through this program.
    """
    from cminbox.replies import rank
    from cminbox.sources import registry

    row = view.row
    if view.answers is None:
        raise ActionError("nobody to answer here", "there is no message left of theirs that can be answered")
    elsewhere = "o opens it on the network" if view.url else "answer it on the network itself"
    try:
        adapter = registry.load(row.network)
    except ConfigError as error:
        raise ActionError(f"replies cannot be sent to {row.network} from here", elsewhere) from error
    if registry.sender(adapter) is None:
        raise ActionError(f"replies cannot be sent through {row.source} ({row.network})", elsewhere)
    ranked = rank(book.templates, lang=view.answers.lang or row.lang, labels=row.labels, network=row.network, uses=uses)
    return Writing(
        view=view,
        answers=view.answers,
        adapter=adapter,
        counting=counting_of(adapter, source),
        book=book,
        ranked=tuple(ranked),
        quick=digits(ranked),
        values=values(view, member, brand),
    )


def begin_for(app: Host, view: View) -> Writing:
    """Everything that the composer needs, found through the app.

    Raises:
        ActionError: nobody can be answered here, or not through this program.
    """
    from cminbox.replies import load
    from cminbox.store import replies, sources

    conn = app.store.read()
    return begin(
        view,
        member=app.member,
        brand=app.config.brand,
        book=load(app.config.paths.templates),
        source=sources.get(conn, view.row.source_id),
        uses=replies.uses(conn),
    )


def digits(ranked: Sequence[Template]) -> dict[int, Template]:
    """Which digit inserts which template: those that ask for one have it, the fittest of the others the rest."""
    found: dict[int, Template] = {}
    for template in ranked:
        if template.quick is not None and template.quick in range(1, 10):
            found.setdefault(template.quick, template)
    taken = {template.name for template in found.values()}
    others = (template for template in ranked if template.name not in taken)
    for number in range(1, 10):
        if number not in found and (other := next(others, None)) is not None:
            found[number] = other
    return dict(sorted(found.items()))


def quick_words(quick: Mapping[int, Template], room: int) -> str:
    """Templates with their digits, as many as fit: `1 refund  2 sorry  3 dm-us`."""
    words = ""
    for number, template in quick.items():
        more = f"{words}  {number} {template.name}" if words else f"{number} {template.name}"
        if len(more) > room:
            break
        words = more
    return words

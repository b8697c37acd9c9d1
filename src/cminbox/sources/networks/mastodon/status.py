"""Reading Mastodon's entities: pure, and trusting nothing of what a server wrote.

Entities are those of docs.joinmastodon.org/entities (Status, Account, Notification).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape, unescape
from typing import Any

from cminbox import links
from cminbox.errors import DataError
from cminbox.model import TIME_UNKNOWN, Attachment, AttachmentKind, Author, Instant, Kind, Message, Verb
from cminbox.sources.contract import Account
from cminbox.sources.items import created_or_seen
from cminbox.sources.json_values import dig, identifier, instant, string, web_address, whole_number
from cminbox.sources.paging import Item, id_of
from cminbox.text import clean, one_line
from cminbox.text_html import html_to_text

MOST_MENTIONS = 10
MOST_EXTRAS = 8
MENTION = re.compile(r"(?<![\w/@])@([\w.-]*\w(?:@[\w.-]*\w(?::\d+)?)?)")
_ACCT = re.compile(r"[\w.-]+(?:@[\w.-]+(?::\d+)?)?")
_ID = re.compile(r"[^\s\x00-\x20\x7f]{1,300}")


def parse(raw: object, account: Account, *, conversation: str = "", fetched_at: Instant = 0) -> Message:
    """A status as a message.

    Args:
        raw: a `Status` entity.
        account: ours; `account_id` tells what we wrote ourselves.
        conversation: its conversation's key; made from the status alone where it is empty.
        fetched_at: stands for a time that no status can have, or that cannot be read.

    Raises:
        DataError: it has no id, no author, no text, or no time while none stands for it.
    """
    if not isinstance(raw, dict):
        raise DataError("a status that is no object")
    own = checked_id(raw.get("id"))
    writer = raw.get("account")
    content = raw.get("content")
    if not isinstance(writer, dict):
        raise DataError(f"status {own!r} has no author")
    created, known = created_or_seen(instant(raw.get("created_at")), fetched_at, f"status {own!r}")
    if not isinstance(content, str):
        raise DataError(f"status {own!r} has no text")
    author = _author(writer)
    ours = is_ours(raw, account)
    visibility = _word(raw.get("visibility"))
    parent = checked_id(raw["in_reply_to_id"]) if identifier(raw.get("in_reply_to_id")) else None
    named = [name for each, name in _mentions(raw) if each not in (account.account_id, author.id)]
    others = [name for name in dict.fromkeys(named) if name != author.handle]
    return Message(
        id=own,
        conversation=conversation or (peer(raw, account.account_id) if visibility == "direct" else parent or own),
        author=author,
        text=_body(raw, content, account),
        attachments=_attachments(raw),
        created_at=created,
        kind=_kind(own, parent, visibility, ours, conversation),
        direction="out" if ours else "in",
        parent=parent,
        url=web_address(raw.get("url")) or web_address(raw.get("uri")),
        lang=_word(raw.get("language")) or None,
        edited_at=instant(raw.get("edited_at")),
        visibility=visibility,
        title=one_line(clean(string(raw.get("spoiler_text")), 500)),
        answerable=not ours,
        done=_done(raw),
        extra={
            **({"mentions": " ".join(others[:MOST_MENTIONS])} if others else {}),
            **({} if known else TIME_UNKNOWN),
        },
    )


_DONE: Mapping[str, Verb] = {"favourited": "like", "reblogged": "boost", "pinned": "pin"}
"""What a server says of our account's doings, and their verbs."""


def _done(status: Item) -> frozenset[Verb] | None:
    """What we did with a status; None where the server does not say it."""
    if not any(name in status for name in _DONE):
        return None
    return frozenset(verb for name, verb in _DONE.items() if status.get(name) is True)


def checked_id(value: object) -> str:
    """An id that can stand in an address and in the store.

    Raises:
        DataError: it is missing, too long, or holds what no id has.
    """
    found = identifier(value)
    if not found:
        raise DataError("a status or account without an id")
    if not _ID.fullmatch(found) or found in (".", "..") or clean(found) != found:
        raise DataError(f"{one_line(clean(found, 60))!r} is no id")
    return found


def is_ours(status: Item, account: Account) -> bool:
    """Whether our own account wrote it."""
    writer = status.get("account")
    return bool(account.account_id) and isinstance(writer, dict) and id_of(writer) == account.account_id


def objects(raw: object) -> list[Item]:
    """The statuses of a list, whatever else it holds."""
    return [unwrapped(each) for each in raw if isinstance(each, dict)] if isinstance(raw, list) else []


def unwrapped(item: Item) -> Item:
    """A status without the boost around it that some servers (snac) show under the status's own id."""
    inner = item.get("reblog")
    return inner if isinstance(inner, dict) and id_of(inner) == id_of(item) else item


def peer(status: Item, me: str) -> str:
    """The conversation of a direct message: the one we talk with."""
    writer = status.get("account")
    author = id_of(writer) if isinstance(writer, dict) else ""
    if author != me:
        return f"dm:{author}"
    answered = identifier(status.get("in_reply_to_account_id"))
    others = [answered, *(each for each, _ in _mentions(status))]
    return f"dm:{next((each for each in others if each and each != me), me)}"


def chain(parent: str, ancestors: Sequence[Item]) -> list[Item]:
    """The ancestors that lead up from `parent`, oldest first, whatever order the server has them in."""
    by_id = {id_of(each): each for each in ancestors}
    found: list[Item] = []
    while parent in by_id:
        found.append(by_id.pop(parent))
        parent = identifier(found[-1].get("in_reply_to_id"))
    return found[::-1]


def same_text(ours: str, theirs: str) -> bool:
    """Whether a posted text, read from its HTML, is what was sent: word for word and sign for sign.

    What HTML does not keep does not count: how wide white space is, and where a mentioned account lives.
    """
    return _comparable(ours) == _comparable(theirs)


def is_posted(wanted: str, status: Item) -> bool:
    """Whether a status is the one that a posted text became, its server's rendering undone.

    Servers shorten links, and some (snac) make marks of emphasis into tags; who is mentioned stands in a list of its
    own, because a text shows the same name for accounts of several servers.
    """
    content = string(status.get("content"))[:_MOST_HTML]
    content = _ANCHOR.sub(lambda link: _as_typed(link, wanted), content)
    marked = _MARKED.sub(lambda tag: _MARKS[tag[1].lower()], content)
    if not any(same_text(wanted, html_to_text(html, people=None)) for html in dict.fromkeys((content, marked))):
        return False
    named = {name.lower() for name in MENTION.findall(wanted)}
    local = {name.partition("@")[0] for name in named}
    accounts = [acct.lower() for _, acct in _mentions(status)]
    return all(acct in named or ("@" not in acct and acct in local) for acct in accounts)


_MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`", "s": "~~", "del": "~~", "u": "__"}
_MARKED = re.compile(rf"</?({'|'.join(_MARKS)})(?:\s[^<>]*)?>", re.IGNORECASE)
_ANCHOR = re.compile(r"""<a\s[^<>]*?href=["']([^"'<>]*)["'][^<>]*>(?:[^<]|<(?!/?a[\s>]))*+</a>""", re.IGNORECASE)
_MOST_HTML = 200_000
_WEB = re.compile(r"https?://", re.IGNORECASE)


def _as_typed(link: re.Match[str], wanted: str) -> str:
    """A link as its writer typed it, where its address stands in the text; a server shows a part of it."""
    address = unescape(link[1])
    return escape(address) if _WEB.match(address) and address in wanted else link[0]


def _comparable(text: str) -> str:
    short = MENTION.sub(lambda found: "@" + found[1].partition("@")[0].lower(), clean(text))
    return " ".join(short.split())


def _kind(own: str, parent: str | None, visibility: str, ours: bool, conversation: str) -> Kind:
    if visibility == "direct":
        return "dm"
    if parent is None:
        return "post" if ours else "mention"
    # The first below a status of ours starts a conversation of its own.
    return "comment" if conversation == own and not ours else "reply"


def _author(raw: Mapping[str, Any]) -> Author:
    return Author(
        id=checked_id(raw.get("id")),
        handle=one_line(clean(string(raw.get("acct")) or string(raw.get("username")), 200)).lstrip("@"),
        name=one_line(clean(string(raw.get("display_name")), 200)),
        followers=whole_number(raw.get("followers_count")),
        url=web_address(raw.get("url")),
    )


def _mentions(status: Item) -> list[tuple[str, str]]:
    """Id and handle of those who are mentioned; handles that are none are left out."""
    raw = status.get("mentions")
    found = []
    for each in raw if isinstance(raw, list) else ():
        if isinstance(each, dict) and _ACCT.fullmatch(acct := string(each.get("acct"))) and len(acct) <= 200:
            found.append((id_of(each), acct))
    return found


def _people(status: Item, account: Account) -> links.People:
    """Whom it mentions, as its server tells: their names, and the hosts of their profiles and of its author's."""
    raw = status.get("mentions")
    found = [each for each in raw if isinstance(each, dict)] if isinstance(raw, list) else []
    mentioned = frozenset(
        (string(each.get("acct")).partition("@")[0].casefold(), links.host_of(string(each.get("url"))))
        for each in found
    )
    author = links.host_of(string(dig(status, "account", "url")))
    return links.People(mentioned, links.host_of(account.base_url), author)


def _body(status: Item, content: str, account: Account) -> str:
    """The text, followed by what its poll asks."""
    lines = [html_to_text(content, people=_people(status, account))]
    options = dig(status.get("poll"), "options")
    for each in options[:MOST_EXTRAS] if isinstance(options, list) else ():
        lines.append(f"- {one_line(clean(string(dig(each, 'title')), 200))}")
    return clean("\n".join(line for line in lines if line))


_KINDS: Mapping[str, AttachmentKind] = {"image": "picture", "gifv": "film", "video": "film", "audio": "sound"}


def _attachments(status: Item) -> tuple[Attachment, ...]:
    media = status.get("media_attachments")
    return tuple(
        Attachment(
            _KINDS.get(string(each.get("type")), "file"),
            web_address(each.get("url")) or web_address(each.get("remote_url")),
            one_line(clean(string(each.get("description")), 1500)),
        )
        for each in (media[:MOST_EXTRAS] if isinstance(media, list) else ())
        if isinstance(each, dict)
    )


def _word(value: object) -> str:
    return one_line(clean(string(value), 40))

"""Reading Discourse's posts and what waits for review: pure, and trusting nothing of what a stranger wrote."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from cminbox.errors import DataError
from cminbox.model import TIME_UNKNOWN, Attachment, AttachmentKind, Author, Instant, Message, Post, Verb
from cminbox.sources.contract import Account
from cminbox.sources.ids import checked_id
from cminbox.sources.items import created_or_seen
from cminbox.sources.json_values import dig, identifier, instant, string, web_address, whole_number
from cminbox.text import clean, one_line
from cminbox.text_html import embedded, html_to_text

Item = Mapping[str, Any]
REVIEW = "review:"
LIKE = 2
SMALL = (3,)
"""Kinds of posts that nobody wrote: a topic was closed, moved, pinned."""
WHISPER = 4
QUEUED = "ReviewableQueuedPost"
POSTED = ("ReviewableFlaggedPost", "ReviewablePost")
"""What waits while everybody sees it: flagged posts, and all of them on forums that look at each."""
PENDING = (0, "pending")


MOST_ATTACHED = 20
_KINDS: Mapping[str, AttachmentKind] = {"img": "picture", "video": "film", "audio": "sound"}
_QUOTED = re.compile(r"<aside\b[^>]{0,500}>.*?</aside>", re.IGNORECASE | re.DOTALL)
_DRAWN = re.compile(
    r"<img\b[^>]{0,2000}\bclass=[\"'][^\"'>]{0,200}\b(?:emoji|avatar|site-icon)\b[^>]{0,2000}>", re.IGNORECASE
)
"""Smileys and faces, which are no pictures of somebody's."""
_SOURCE = re.compile(
    r"<(video|audio)\b[^>]{0,1000}>\s*<source\b[^>]{0,1000}?\bsrc=[\"']([^\"'>]{1,2000})[\"']", re.IGNORECASE
)
_FILE = re.compile(r"<a\b([^>]{0,2000}\bclass=[\"']attachment[\"'][^>]{0,2000})>([^<]{0,500})", re.IGNORECASE)
_HREF = re.compile(r"\bhref=[\"']([^\"'>]{1,2000})[\"']", re.IGNORECASE)
_UPLOAD = re.compile(r"!?\[[^\]\n]{0,500}\]\(upload://[^)\s]{1,300}\)(?: ?\([\d.,]+ ?[KMG]?B\))?")
"""How a file that was uploaded stands in what was typed."""


def id_of(item: Item) -> str:
    """The post's id as text, empty where it has none."""
    return identifier(item.get("id"))


def time_of(item: Item) -> Instant | None:
    """When it was written."""
    return instant(item.get("created_at"))


def number_of(item: Item) -> int:
    """Its number within its topic; 0 where it has none."""
    return whole_number(item.get("post_number")) or 0


def topic_of(item: Item) -> str:
    """The topic's id as text."""
    return identifier(item.get("topic_id"))


def is_message(item: Item) -> bool:
    """Whether somebody said something."""
    return item.get("post_type") not in SMALL


def is_deleted(item: Item) -> bool:
    """Whether its writer or a moderator deleted it: the forum still shows it to some."""
    return bool(string(item.get("deleted_at"))) or item.get("user_deleted") is True


def is_ours(item: Item, account: Account) -> bool:
    """Whether our user wrote it, or another user who answers for us."""
    team = account.options.get("team")
    named = {str(each).strip().casefold() for each in team} if isinstance(team, list | tuple) else set()
    user = identifier(item.get("user_id"))
    return (user != "" and user == account.account_id) or string(item.get("username")).casefold() in named - {""}


def state_of(item: Item) -> str:
    """What tells this state of a post from others: its id and version."""
    own, version = id_of(item), whole_number(item.get("version")) or 1
    return f"{own}@{version}" if own else ""


def text_of(item: Item) -> str:
    """Its text as it was typed; from what is shown where the forum gives only that.

    Raises:
        DataError: it has none.
    """
    raw, cooked = item.get("raw"), item.get("cooked")
    if isinstance(raw, str):
        return clean(raw)
    if not isinstance(cooked, str):
        raise DataError(f"post {one_line(clean(id_of(item), 60))!r} has no text")
    return html_to_text(cooked)


def parse(
    raw: object,
    account: Account,
    *,
    topic: Item | None = None,
    parent: str = "",
    review: str = "",
    fetched_at: Instant = 0,
) -> Message:
    """A post as a message.

    Args:
        raw: a post of the API.
        topic: what its topic says, where that is known.
        parent: the id of the post that it answers.
        review: the id of the review that it waits for, because people flagged it.
        fetched_at: stands for a time that cannot be read.

    Raises:
        DataError: it has no id, no topic, no text, or no time while none stands for it.
    """
    if not isinstance(raw, dict):
        raise DataError("a post that is no object")
    own, of = checked(raw.get("id")), checked(raw.get("topic_id"))
    created, known = _when(raw, fetched_at)
    private = dig(topic, "archetype") == "private_message"
    ours = is_ours(raw, account)
    number = number_of(raw)
    pending = bool(review) or (whole_number(raw.get("reviewable_score_pending_count")) or 0) > 0
    title = _title(raw, topic)
    attachments = _attachments(raw, account)
    text = text_of(raw)
    closed = any(dig(topic, name) is True for name in ("closed", "archived"))
    version = whole_number(raw.get("version")) or 1
    whisper = raw.get("post_type") == WHISPER
    return Message(
        id=own,
        conversation=of,
        author=author_of(raw, own, account),
        text=_without_uploads(text) if attachments else text,
        attachments=attachments,
        created_at=created,
        kind="dm" if private else "comment" if number <= 1 or not parent else "reply",
        direction="out" if ours else "in",
        parent=parent or None,
        url=_url(raw, account, of, number),
        edited_at=instant(raw.get("updated_at")) if version > 1 else None,
        visibility="whisper" if whisper else "direct" if private else "",
        title=title if number == 1 or private else "",
        answerable=not ours and not closed,
        held=pending,
        hidden=raw.get("hidden") is True and not pending,
        post=None if private else Post(of, title, _url(raw, account, of, 0)),
        can=_can(raw, ours=ours, pending=pending),
        done=frozenset[Verb](["like"]) if _acted(raw) else frozenset[Verb](),
        extra={
            "number": str(number),
            **({"review": review} if review else {}),
            **({} if known else TIME_UNKNOWN),
        },
    )


def _attachments(item: Item, account: Account) -> tuple[Attachment, ...]:
    """Pictures, films, sounds and files of a post, as the forum shows it, without those of what it quotes."""
    html = _DRAWN.sub("", _QUOTED.sub("", string(item.get("cooked"))[:200_000]))
    told: list[tuple[AttachmentKind, str, str]] = []
    for each in embedded(html):
        if each.tag in _KINDS and each.address:
            told.append((_KINDS[each.tag], each.address, each.alt))
    told += [(_KINDS[found[1].lower()], found[2], "") for found in _SOURCE.finditer(html)]
    for found in _FILE.finditer(html):
        if (link := _HREF.search(found[1])) is not None:
            told.append(("file", link[1], html_to_text(found[2], 200)))
    base = f"{account.base_url.strip().rstrip('/')}/"
    shown: dict[str, Attachment] = {}
    for kind, address, alt in told:
        where = web_address(_joined(base, address))
        if where:
            shown.setdefault(where, Attachment(kind, where, one_line(clean(alt, 500))))
    return tuple(shown.values())[:MOST_ATTACHED]


def _without_uploads(text: str) -> str:
    """The text without what stands beside it as attachments."""
    shorter, found = _UPLOAD.subn("", text)
    return re.sub(r"\n{3,}", "\n\n", shorter).strip() if found else text


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:  # //[bad
        return ""


def parse_queued(raw: Item, account: Account, *, people: Mapping[str, Item], fetched_at: Instant = 0) -> Message:
    """A post that waits for review before anybody sees it.

    Args:
        raw: an item of the review queue.
        people: users by id, as they come along with the queue.

    Raises:
        DataError: it has no id or no text.
    """
    own = checked(raw.get("id"))
    text = dig(raw, "payload", "raw")
    if not isinstance(text, str):
        raise DataError(f"review {own!r} has no text")
    created, known = _when(raw, fetched_at)
    of = identifier(raw.get("topic_id"))
    user = identifier(raw.get("target_created_by_id")) or identifier(raw.get("created_by_id"))
    writer = {**people.get(user, {}), "user_id": user}
    title = one_line(clean(string(dig(raw, "payload", "title")) or string(dig(raw, "topic", "title")), 300))
    url = web_address(raw.get("target_url")) or web_address(raw.get("topic_url"))
    return Message(
        id=f"{REVIEW}{own}",
        conversation=of or f"{REVIEW}{own}",
        author=author_of(writer, f"{REVIEW}{own}", account),
        text=clean(text),
        created_at=created,
        kind="comment",
        direction="out" if is_ours(writer, account) else "in",
        url=url or web_address(f"{account.base_url.strip().rstrip('/')}/review/{own}"),
        title="" if of else title,
        answerable=False,
        held=True,
        post=Post(of, title, web_address(raw.get("topic_url"))) if of else None,
        can=frozenset({"release", "delete"}),
        extra={} if known else TIME_UNKNOWN,
    )


def author_of(item: Item, own: str, account: Account) -> Author:
    """Whoever wrote it, by number; whoever is gone is nobody else."""
    user = identifier(item.get("user_id"))
    handle = one_line(clean(string(item.get("username")), 100))
    name = one_line(clean(string(item.get("name")) or string(item.get("display_username")), 200))
    if not user and not handle:
        return Author(f"unknown:{own}", name=name)
    url = web_address(f"{account.base_url.strip().rstrip('/')}/u/{handle}") if handle else ""
    return Author(checked(user) if user else f"name:{handle.casefold()}", handle, name, url=url)


def _when(item: Item, fetched_at: Instant) -> tuple[Instant, bool]:
    return created_or_seen(time_of(item), fetched_at, f"post {one_line(clean(id_of(item), 60))!r}")


def _title(item: Item, topic: Item | None) -> str:
    found = string(dig(topic, "title")) or string(item.get("topic_title"))
    return one_line(clean(found, 300))


def _url(item: Item, account: Account, topic: str, number: int) -> str:
    slug = string(item.get("topic_slug"))
    slug = slug if re.fullmatch(r"[\w%-]{1,300}", slug) else "-"
    tail = f"/{number}" if number else ""
    return web_address(f"{account.base_url.strip().rstrip('/')}/t/{slug}/{topic}{tail}")


def _summary(item: Item, kind: int) -> Item:
    found = item.get("actions_summary")
    for each in found if isinstance(found, list) else []:
        if isinstance(each, dict) and each.get("id") == kind:
            return each
    return {}


def _acted(item: Item) -> bool:
    return _summary(item, LIKE).get("acted") is True


def _can(item: Item, *, ours: bool, pending: bool) -> frozenset[Verb]:
    found: set[Verb] = set()
    if not ours:
        found |= {"like", "report-spam", "mute"}
    if item.get("can_delete") is True or ours:
        found.add("delete")
    if pending:
        found.add("release")
    # Who may see the history of a hidden post or delete what others wrote moderates.
    if not ours and (item.get("can_delete") is True or pending):
        found.add("hide")
    return frozenset(found)


def checked(value: object) -> str:
    """An id as text.

    Raises:
        DataError: it is none.
    """
    return checked_id(identifier(value), "a post or its topic")

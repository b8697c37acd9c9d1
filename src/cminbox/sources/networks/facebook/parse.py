"""Understanding what Facebook gives: comments, posts, recommendations, private messages, and what its webhooks say.

Objects are those of docs/graph-api/reference: Comment, Page Post, Recommendation, Message; pure, and trusting nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from cminbox.errors import DataError
from cminbox.model import (
    EARLIEST,
    SECOND,
    Attachment,
    AttachmentKind,
    Author,
    Instant,
    Message,
    Post,
    Verb,
    is_plausible,
)
from cminbox.sources.contract import Account
from cminbox.sources.json_values import dig, instant, string, web_address, whole_number
from cminbox.sources.meta.direct import parse_message
from cminbox.sources.meta.graph import Item, checked_id
from cminbox.text import clean, one_line

POST = "post"
"""In a message's `extra`: the post that it stands under, by its id."""
_KINDS: Mapping[str, AttachmentKind] = {
    "photo": "picture",
    "album": "picture",
    "sticker": "picture",
    "animated_image_share": "picture",
    "animated_image_video": "picture",
    "animated_image_autoplay": "picture",
    "video": "film",
    "video_inline": "film",
    "video_autoplay": "film",
}


MOST_PICTURES = 20
_POST_ALONE = frozenset({"status_type", "privacy", "actions", "updated_time"})
"""Fields that a post has and no comment or message."""
Context = Literal["", "post", "dm"]


def parse(
    raw: object,
    account: Account,
    *,
    context: Context = "",
    post: Post | None = None,
    under: str = "",
    ad: bool = False,
    others: Sequence[Item] = (),
    fetched_at: Instant = 0,
) -> Message:
    """Whatever Facebook gives as a message, as one: what it is shows in its fields.

    Args:
        context: what list it is of, where its fields do not show it.
        post, under, ad: of a comment, see `parse_comment`.
        others: of a private message, see `parse_message`.
        fetched_at: the present, which no message is newer than by much; 0: not looked at.

    Raises:
        DataError: it is none.
    """
    if not isinstance(raw, dict):
        raise DataError("an item that is no object")
    if raw.get("item") in ("reaction", "like"):
        raise DataError("a reaction, which has no words")
    is_comment = raw.get("item") == "comment"
    if not is_comment and any(name in raw for name in ("recommendation_type", "review_text", "reviewer")):
        return parse_review(raw, account, fetched_at=fetched_at)
    if (
        context == "post"
        or _POST_ALONE.intersection(raw)
        or "tagged_time" in raw
        or raw.get("item") in ("post", "status", "photo", "video", "share")
    ):
        return parse_post(raw, account, fetched_at=fetched_at)
    if context == "dm" or isinstance(raw.get("to"), dict):
        message = parse_message(raw, account, frozenset({account.account_id}), others, fetched_at)
        # Who writes in private is known by the id that a ban takes.
        return message._replace(can=frozenset({"block"})) if message.answerable else message
    return parse_comment(raw, account, post=post, under=under, ad=ad, fetched_at=fetched_at)


def parse_comment(
    raw: object,
    account: Account,
    *,
    post: Post | None = None,
    under: str = "",
    ad: bool = False,
    fetched_at: Instant = 0,
) -> Message:
    """A comment.

    Args:
        post: what it stands under, where that is ours.
        under: the message that it stands under, where somebody else wrote the post.
        ad: the post is an advertisement alone.

    Raises:
        DataError: it has no id or no time.
    """
    if not isinstance(raw, dict):
        raise DataError("a comment that is no object")
    own = _comment_id(raw)
    created = _time(raw, fetched_at, f"comment {own[:80]!r}")
    author, ours = _author(raw, own, account)
    parent, root = _above(raw)
    on = checked_id(raw.get("post_id")) or (post.id if post is not None else "")
    return Message(
        id=own,
        conversation=under or root or own,
        author=author,
        text=clean(string(raw.get("message"))),
        created_at=created,
        kind="reply" if parent else "comment",
        direction="out" if ours else "in",
        parent=parent or under or None,
        url=web_address(raw.get("permalink_url")),
        answerable=not ours and (bool(parent) or raw.get("can_comment") is not False),
        extra={**({POST: on} if on else {}), **({"root": root} if root else {})},
        attachments=_attached(raw.get("attachment")) or _pushed_files(raw),
        hidden=_hidden(raw),
        ad=ad,
        post=post or (Post(on) if on and not under else None),
        can=_can(raw, author, ours),
        done=None if "user_likes" not in raw else frozenset({"like"}) if raw["user_likes"] is True else frozenset(),
    )


def parse_post(raw: object, account: Account, *, fetched_at: Instant = 0) -> Message:
    """A post of somebody else: on our Page, or elsewhere with our Page tagged in it.

    Raises:
        DataError: it has no id or no time.
    """
    if not isinstance(raw, dict):
        raise DataError("a post that is no object")
    own = checked_id(raw.get("id")) or checked_id(raw.get("post_id"))
    if not own:
        raise DataError("a post without an id")
    created = _time(raw, fetched_at, f"post {own[:80]!r}")
    author, ours = _author(raw, own, account)
    tagged = "tagged_time" in raw or "item" in raw
    found = [each for listed in (dig(raw, "attachments", "data"),) if isinstance(listed, list) for each in listed]
    return Message(
        id=own,
        conversation=own,
        author=author,
        text=clean(string(raw.get("message")) or string(raw.get("story"))),
        created_at=created,
        kind="mention" if tagged else "post",
        direction="out" if ours else "in",
        url=web_address(raw.get("permalink_url")),
        answerable=not ours,
        attachments=tuple(one for each in found for one in _attached(each)),
        hidden=raw.get("is_hidden") is True,
        can=frozenset({"like", "block"}) if not author.id.startswith("unknown:") else frozenset({"like"}),
    )


def parse_review(raw: object, account: Account, *, fetched_at: Instant = 0) -> Message:
    """A recommendation of our Page; it is answered below the post that it is, where it has one.

    Raises:
        DataError: it has no time, or nothing that tells it from others.
    """
    if not isinstance(raw, dict):
        raise DataError("a recommendation that is no object")
    story = checked_id(dig(raw, "open_graph_story", "id")) or checked_id(raw.get("open_graph_story_id"))
    reviewer = checked_id(dig(raw, "reviewer", "id")) or checked_id(raw.get("reviewer_id"))
    given = story or checked_id(raw.get("id"))
    created = _time(raw, fetched_at, "a recommendation")
    own = given or (f"review:{reviewer}:{created // SECOND}" if reviewer else f"review:{created // SECOND}")
    kind = string(raw.get("recommendation_type")).lower()
    stars = whole_number(raw.get("rating"))
    titles = {"positive": "Recommends the Page", "negative": "Does not recommend the Page"}
    author = Author(
        reviewer or f"unknown:{own}", name=_name(dig(raw, "reviewer", "name")) or _name(raw.get("reviewer_name"))
    )
    return Message(
        id=own,
        conversation=own,
        author=author,
        text=clean(string(raw.get("review_text")) or string(raw.get("message"))),
        created_at=created,
        kind="review",
        direction="out" if reviewer and reviewer == account.account_id else "in",
        title=titles.get(kind, "Recommendation"),
        answerable=bool(story),
        stars=stars if stars is not None and 1 <= stars <= 5 else None,
        can=frozenset({"block"}) if reviewer else frozenset(),
    )


def post_of(raw: Item) -> Post:
    """A post of ours, as messages below it name it."""
    title = one_line(clean(string(raw.get("message")) or string(raw.get("story")) or string(raw.get("name")), 200))
    return Post(checked_id(raw.get("id")), title, web_address(raw.get("permalink_url")))


def is_nameless(raw: Item) -> bool:
    """Whether Facebook keeps back who wrote it."""
    return not (checked_id(dig(raw, "from", "id")) or checked_id(raw.get("sender_id")))


def created_at(raw: Item) -> Instant | None:
    """When it was written; None where it does not say."""
    value = raw.get("created_time", raw.get("tagged_time"))
    if isinstance(value, int) and not isinstance(value, bool):
        seconds = value * SECOND
        return seconds if EARLIEST <= seconds < EARLIEST * 10 else None
    return instant(value)


def _time(raw: Item, present: Instant, what: str) -> Instant:
    found = created_at(raw)
    if found is None or (present and not is_plausible(found, present)):
        raise DataError(f"{what} has no time")
    return found


def _comment_id(raw: Item) -> str:
    """Its id; where that was not asked for, its address says it."""
    own = checked_id(raw.get("id")) or checked_id(raw.get("comment_id"))
    if own or raw.get("id") is not None:
        if not own:
            raise DataError("a comment without an id")
        return own
    post, top, reply = _of_address(raw)
    if not (post and (reply or top)):
        raise DataError("a comment without an id")
    return f"{post}_{reply or top}"


def _of_address(raw: Item) -> tuple[str, str, str]:
    """The post, the comment and the reply that an address names; empty where it names none."""
    try:
        parts = urlsplit(web_address(raw.get("permalink_url")))
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    except ValueError:
        return "", "", ""
    words = [word for word in parts.path.split("/") if word]
    post = words[words.index("posts") + 1] if "posts" in words[:-1] else ""
    return checked_id(post), checked_id(query.get("comment_id")), checked_id(query.get("reply_comment_id"))


def _above(raw: Item) -> tuple[str, str]:
    """The comment that a comment answers, and the one at the top of its thread; empty where it is at the top."""
    parent = checked_id(dig(raw, "parent", "id"))
    if parent:
        return parent, checked_id(dig(raw, "parent", "parent", "id")) or parent
    given = checked_id(raw.get("parent_id"))
    if given and given != checked_id(raw.get("post_id")):
        return given, given
    post, top, reply = _of_address(raw)
    if "id" not in raw and post and top and reply:
        return f"{post}_{top}", f"{post}_{top}"
    return "", ""


def _author(raw: Item, own: str, account: Account) -> tuple[Author, bool]:
    """Who wrote it, and whether that is our Page."""
    writer = raw.get("from")
    found = checked_id(dig(writer, "id")) or checked_id(raw.get("sender_id"))
    name = _name(dig(writer, "name")) or _name(raw.get("sender_name"))
    handle = one_line(clean(string(dig(writer, "username")), 200))
    author = Author(found or f"unknown:{own}", handle, name)
    return author, bool(found) and found == account.account_id


def _name(value: object) -> str:
    return one_line(clean(string(value), 200))


def _hidden(raw: Item) -> bool | None:
    """Whether a comment is hidden; None where Facebook does not say."""
    said = raw.get("verb")
    if said in ("hide", "unhide"):
        return bool(said == "hide")
    return raw.get("is_hidden") is True if "is_hidden" in raw else None


def _can(raw: Mapping[str, Any], author: Author, ours: bool) -> frozenset[Verb] | None:
    """What can be done with a comment; None where Facebook does not say."""
    if not any(name in raw for name in ("can_hide", "can_remove")):
        return None
    can: set[Verb] = {"like"}
    if raw.get("can_hide") is True or raw.get("is_hidden") is True:
        can.add("hide")
    if raw.get("can_remove") is True:
        can.add("delete")
    if not ours and not author.id.startswith("unknown:"):
        can.add("block")
    return frozenset(can)


def _pushed_files(raw: Item) -> tuple[Attachment, ...]:
    """What a webhook says of a comment's picture or film."""
    found: list[Attachment] = []
    for name, kind in _PUSHED.items():
        if address := web_address(raw.get(name)):
            found.append(Attachment(kind, address))
    return tuple(found)


_PUSHED: Mapping[str, AttachmentKind] = {"photo": "picture", "video": "film"}


def _attached(raw: object) -> tuple[Attachment, ...]:
    """What hangs on a comment or post; the pictures of an album one by one."""
    below = dig(raw, "subattachments", "data")
    each = (
        tuple(one for listed in below[:MOST_PICTURES] for one in _attachment(listed)) if isinstance(below, list) else ()
    )
    return each or _attachment(raw)


def _attachment(raw: object) -> tuple[Attachment, ...]:
    """The picture or film of a comment or post; a shared page stands in its text."""
    if not isinstance(raw, dict):
        return ()
    kind = _KINDS.get(string(raw.get("type")) or string(raw.get("media_type")))
    picture = web_address(dig(raw, "media", "image", "src"))
    film = web_address(dig(raw, "media", "source"))
    link = web_address(raw.get("url")) or web_address(dig(raw, "target", "url"))
    alt = one_line(clean(string(raw.get("description")) or string(raw.get("title")), 500))
    if kind is None:
        return (Attachment("file", link, alt),) if link else ()
    address = (film if kind == "film" else picture) or link or picture
    return (Attachment(kind, address, alt, gone=not address),)

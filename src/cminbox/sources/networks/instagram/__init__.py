"""Instagram: comments and the replies below them, what tags or names us, private messages with answers to stories.

Facts are those of developers.facebook.com/docs/instagram-platform (comment moderation, mentions, private replies,
refresh_access_token) and docs/messenger-platform/instagram where nothing else is said. It reads with `reading` and
`comments`, understands what it is given with `parse`, and shares with Facebook and Threads what is in `sources/meta`.

Below a picture or film of ours a comment and its replies are one conversation; what tags us is one by itself; a
private message belongs to the person.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from cminbox.errors import AuthError, DataError, NotThere, Refused, Retryable
from cminbox.model import MINUTE, Message
from cminbox.sources.contract import (
    Account,
    Act,
    Capabilities,
    Counting,
    Identity,
    Info,
    Login,
    LoginStep,
    Option,
    Outgoing,
    PrivateReply,
    Sent,
    Unsure,
    VerbInfo,
    Verified,
)
from cminbox.sources.glyphs import GLYPHS
from cminbox.sources.items import one_item
from cminbox.sources.look_up import Candidate, chosen, same_text
from cminbox.sources.mentions import mentions
from cminbox.sources.meta.direct import HUMAN_AGENT, PRIVATE_REPLY, in_conversation
from cminbox.sources.meta.graph import GRAPH, Graph, Wanted, checked_id
from cminbox.sources.meta.judge import judge
from cminbox.sources.meta.logins import (
    APP_ID,
    APP_SECRET,
    PAGE,
    TOKEN,
    VERIFY_TOKEN,
    of_60_days,
    pasted_for_page,
    typed,
)
from cminbox.sources.meta.parts import was_deleted
from cminbox.sources.meta.renewal import renewed
from cminbox.sources.meta.sent import earliest, once
from cminbox.sources.meta.webhooks import receive_for_app as receive
from cminbox.sources.networks.instagram.parse import MEDIA, is_nameless, parse
from cminbox.sources.networks.instagram.reading import (
    COMMENTS_PAGE,
    HASHTAG,
    HOSTS,
    LOGIN,
    LONGEST_MESSAGE,
    graph_of,
    login_of,
    messages_of,
    pages,
    pushed_pages,
    who,
)

if TYPE_CHECKING:
    from cminbox.sources.credentials import Credentials
    from cminbox.sources.http import Client

__all__ = [
    "INFO",
    "act",
    "acted",
    "begin_login",
    "compose",
    "find_sent",
    "finish_login",
    "identify",
    "is_sent",
    "judge",
    "pages",
    "parse",
    "pushed_pages",
    "receive",
    "refresh",
    "renews",
    "send",
]

RENEWED_BY = "ig_refresh_token"
_HOW_TO_LOG_IN = (
    "a Page access token with instagram_basic, instagram_manage_comments, instagram_manage_messages, pages_show_list "
    "and pages_read_engagement; or a token of Instagram login with instagram_business_basic, "
    "instagram_business_manage_comments and instagram_business_manage_messages"
)

INFO = Info(
    network="instagram",
    title="Instagram",
    glyph=GLYPHS["instagram"],
    options=(
        Option(
            LOGIN, "whose login the token is of: `facebook` or `instagram`", default="facebook", choices=tuple(HOSTS)
        ),
        Option(HASHTAG, 'hashtags to listen for, where owned = false: ["our-event"]', "list"),
        Option(
            HUMAN_AGENT, "the app has the Human Agent feature: messages are answered for 7 days", "flag", default=False
        ),
    ),
    secret=_HOW_TO_LOG_IN,
    base_url_help="the Graph API's address, only to test against another server",
    someone="someone on Instagram",
    logins=(
        Login(
            "fields",
            "With the Page that the account is connected to: in business.facebook.com → Settings → System users give a "
            "system user the Page and the Instagram account, generate a token with the permissions, ask with it for "
            "me/accounts in the Graph API Explorer, and paste that token or the Page's, which does not end. Without a "
            "Page: in your app at developers.facebook.com → Instagram → API setup with Instagram login, add the "
            "account, 'Generate token', paste it, and write login = \"instagram\" into the source; it is renewed then.",
            (TOKEN, PAGE, APP_ID, APP_SECRET, VERIFY_TOKEN),
        ),
    ),
    api=(GRAPH,),
    verified=(
        Verified("simulator", date(2026, 11, 27), "comments, replies, hide, delete, with faults"),
        Verified("recorded answers", date(2026, 11, 27)),
        Verified(
            "documentation",
            date(2026, 11, 27),
            "tags, mentions, private messages and answers, Instagram login, webhooks",
        ),
    ),
    capabilities=Capabilities(
        reply=True,
        dm=True,
        private_reply=PrivateReply(frozenset({"comment", "reply"}), PRIVATE_REPLY),
        verbs={
            "hide": VerbInfo(
                tells=True, note="hidden comments cannot be answered", only="comments below your posts alone"
            ),
            "delete": VerbInfo(own=True, undo=False, tells=True, note="takes the replies below along"),
        },
        cannot={
            "like": "the API likes no comments",
            "boost": "nothing is shared through the API",
            "release": "what Instagram holds for review is in no API",
            "report-spam": "reports are made in the app",
            "block": "people are blocked in the app",
            "mute": "people are muted in the app",
            "pin": "comments are pinned in the app",
        },
        brings={
            "comments": "yes: of all pictures and films, however old, with the replies below them",
            "all of it while the app is in development": "no: Meta then gives only what people with a role in it wrote",
            "pictures that tag the account": "yes; answered only where the caption names it",
            "comments of others that name the account": "partly: by webhook alone",
            "answers to stories and mentions in stories": "yes, as messages; the picture while the story is live",
            "private messages": "yes: the 20 newest of each conversation",
            "comments on advertisements": "partly: by webhook, and of posts that are advertised",
            "comments while live": "partly: by webhook alone",
            "hashtags": "partly: with owned = false; of the last day, without names, not to be answered",
            "held comments": "no: they are in no API",
        },
        replies_below=1,
        window="private messages: 24 hours, with Human Agent 7 days; a comment's author in private: once, in 7 days",
        edits=True,
        deletions=True,
        find_sent=True,
        duplicate_guard="none",
        counting=Counting("characters", limit=2200),
        direct_counting=Counting("bytes", limit=LONGEST_MESSAGE),
        min_interval=MINUTE,
    ),
)


async def identify(client: Client, account: Account) -> Identity:
    """Which account the token is for."""
    us = await who(graph_of(client, account))
    return Identity(us.id, us.handle)


async def begin_login(
    client: Client, account: Account, login: Login, fields: Mapping[str, str]
) -> LoginStep | Credentials:
    """What is kept for the token that was pasted: the Page's, or one of Instagram login with its 60 days."""
    graph = graph_of(client, account)
    if login_of(account) == "instagram":
        return await of_60_days(graph, typed(fields), RENEWED_BY)
    return await pasted_for_page(graph, fields)


async def finish_login(client: Client, account: Account, step: LoginStep, pasted: str) -> LoginStep | Credentials:
    """No login here needs a page."""
    raise Refused("Instagram has no login by a page here")


async def refresh(client: Client, account: Account) -> Credentials:
    """A new token of Instagram login for another 60 days; a Page's token has no end."""
    if not renews(account):
        raise AuthError("a Page's token is not renewed", hint="cminbox sources login NAME")
    return await renewed(graph_of(client, account), RENEWED_BY)


def renews(account: Account) -> bool:
    """Whether its token is one of Instagram login."""
    return login_of(account) == "instagram"


def compose(parent: Message, text: str) -> str:
    """The text as it is posted: an answer to a reply names its author, who hears of it only so."""
    name = parent.author.handle
    if parent.kind != "reply" or not name or mentions(text, name):
        return text
    return f"@{name} {text}"


async def send(client: Client, account: Account, outgoing: Outgoing) -> Sent:
    """Answers a comment, a picture that names us, or a private message, once."""
    graph = graph_of(client, account)
    if outgoing.direct:
        direct = messages_of(graph, await who(graph))
        return await once(outgoing, lambda: direct.send(outgoing), lambda: direct.find(outgoing))
    return await once(outgoing, lambda: _comment(graph, outgoing), lambda: find_sent(client, account, outgoing))


async def _comment(graph: Graph, outgoing: Outgoing) -> Sent:
    parent, text = outgoing.parent, compose(outgoing.parent, outgoing.text)
    # No `fields` here: Instagram was seen to write the comment and then to refuse them.
    if parent.kind == "mention":
        form = {"media_id": parent.extra.get(MEDIA, ""), "message": text}
        if comment := parent.extra.get("comment"):
            form["comment_id"] = comment
        said = await graph.post(graph.account.account_id, "mentions", form=form)
    else:
        said = await graph.post(_root(parent), "replies", form={"message": text})
    own = checked_id(said.get("id"))
    if not own:
        raise Retryable("the network took the reply but did not say what it became", maybe_done=True)
    return Sent(own, parent.url, graph.client.clock(), outgoing.conversation)


async def find_sent(client: Client, account: Account, outgoing: Outgoing) -> Sent | Unsure | None:
    """Looks for a reply where it would stand: below its comment, or in the person's conversation."""
    graph, parent = graph_of(client, account), outgoing.parent
    us = await who(graph)
    if outgoing.direct:
        return await messages_of(graph, us).find(outgoing)
    if parent.kind == "mention":
        raise Refused("Instagram shows nobody the answers below a post of somebody else", hint="look there")
    since, root, at = earliest(graph, outgoing.sent_before), _root(parent), ""
    wanted = Wanted(("id", "text", "timestamp"), ("user", "parent_id", "username", "from"), COMMENTS_PAGE)
    found: list[Candidate] = []
    for _ in range(20):
        listed = await graph.listed(root, "replies", wanted=wanted, at=at)
        skipped: list[DataError] = []
        for item in listed.items:
            with one_item(skipped):
                message = parse(item, account, handle=us.handle, under=root)
                if is_nameless(item) or message.direction == "out":
                    found.append(Candidate(message, is_nameless(item)))
        if skipped:
            raise Retryable("some of the answers below it cannot be read")
        if not listed.next or listed.next == at:
            return chosen(found, outgoing, since, compose(parent, outgoing.text))
        at = listed.next
    if (sent := chosen(found, outgoing, since, compose(parent, outgoing.text))) is not None:
        return sent
    raise Retryable("there are too many answers below it to look through")


def is_sent(outgoing: Outgoing, message: Message) -> bool:
    """Whether a message of ours has the text and the place of a reply."""
    text = compose(outgoing.parent, outgoing.text)
    if outgoing.direct:
        return in_conversation(outgoing, message) and same_text(outgoing.text, message.text)
    return message.parent in (outgoing.parent.id, _root(outgoing.parent)) and same_text(text, message.text)


async def act(client: Client, account: Account, act: Act) -> str:
    """Carries a verb out, or takes it back; the author is told in private first where there is something to tell.

    Returns:
        Why they were not told; empty where they were, or there was nothing to tell.
    """
    graph, own, untold = graph_of(client, account), act.message.id, ""
    if act.text and not act.undo and act.message.kind in ("comment", "reply"):
        untold = await messages_of(graph, await who(graph)).told(act.message, act.text)
    if act.verb == "hide":
        await graph.post(own, form={"hide": "false" if act.undo else "true"})
    elif act.verb == "delete" and not act.undo:
        await graph.delete(own)
    else:
        raise Refused(f"Instagram cannot {'undo ' if act.undo else ''}{act.verb} here")
    return untold


async def acted(client: Client, account: Account, act: Act) -> bool:
    """Whether a comment stands as the act would have it."""
    graph = graph_of(client, account)
    try:
        item = await graph.get(act.message.id, fields="id,hidden")
    except NotThere as error:
        if act.verb != "delete":
            raise
        return await was_deleted(graph, act.message, error)
    return act.verb == "hide" and (item.get("hidden") is True) is not act.undo


def _root(parent: Message) -> str:
    """Where an answer is put: Instagram has one level below a comment."""
    return parent.parent or parent.id

"""Facebook Pages: comments below posts and advertisements, posts of others, recommendations, private messages.

Facts are those of developers.facebook.com/docs/graph-api (reference of Page, Comment, Recommendation, Message) and
docs/messenger-platform where nothing else is said. It reads with `reading`, understands what it is given with `parse`,
and shares with Instagram and Threads what is in `sources/meta`.

Below a post of the Page a comment and what answers it are one conversation; a post of somebody else is one with all
that is below it; a private message belongs to the person.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from json import dumps
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
from cminbox.sources.credentials import Credentials
from cminbox.sources.glyphs import GLYPHS
from cminbox.sources.items import one_item
from cminbox.sources.json_values import dig, string
from cminbox.sources.look_up import Candidate, chosen, same_text
from cminbox.sources.meta.direct import HUMAN_AGENT, PRIVATE_REPLY, in_conversation
from cminbox.sources.meta.graph import GRAPH, GRAPH_BEFORE, Graph, checked_id
from cminbox.sources.meta.judge import code_of, judge
from cminbox.sources.meta.logins import (
    APP,
    APP_ID,
    APP_SECRET,
    PAGE,
    REDIRECT,
    TOKEN,
    VERIFY_TOKEN,
    begun,
    finished,
    long_lived,
    of_the_page,
    pasted_for_page,
    typed,
)
from cminbox.sources.meta.parts import was_deleted
from cminbox.sources.meta.sent import earliest, once
from cminbox.sources.meta.webhooks import receive_for_app as receive
from cminbox.sources.networks.facebook.parse import is_nameless, parse, parse_comment
from cminbox.sources.networks.facebook.reading import (
    AD_ACCOUNTS,
    LONGEST_MESSAGE,
    comment_fields,
    graph_of,
    messages_of,
    pages,
    pushed_pages,
)
from cminbox.sources.oauth import OAuth2
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.http import Client

__all__ = [
    "INFO",
    "act",
    "acted",
    "begin_login",
    "find_sent",
    "finish_login",
    "identify",
    "is_sent",
    "judge",
    "pages",
    "parse",
    "pushed_pages",
    "receive",
    "send",
]

SCOPES = (
    *("pages_show_list", "pages_read_engagement", "pages_read_user_content", "pages_manage_engagement"),
    *("pages_messaging", "ads_read", "business_management"),
)
_HOW_TO_LOG_IN = (
    "a Page access token with pages_show_list, pages_read_engagement, pages_read_user_content, "
    "pages_manage_engagement and pages_messaging (ads_read for advertisements), from the Graph API Explorer or from a "
    "system user in the Business settings"
)

_BY_ADDRESS = (
    "In developers.facebook.com → your app → Facebook Login → Settings add https://localhost:8912/ to the valid "
    "redirects; its id and secret are under Settings → Basic. A page opens on your own machine, asks which Page the "
    "app may use, and leads to an address that cannot open: paste that address here."
)

INFO = Info(
    network="facebook",
    title="Facebook Pages",
    glyph=GLYPHS["facebook"],
    options=(
        Option(AD_ACCOUNTS, "accounts whose advertisements are read for comments, such as act_1234", "list"),
        Option(
            HUMAN_AGENT, "the app has the Human Agent feature: messages are answered for 7 days", "flag", default=False
        ),
    ),
    secret=_HOW_TO_LOG_IN,
    base_url_help="the Graph API's address, only to test against another server",
    handle_prefix="",
    someone="someone on Facebook",
    logins=(
        Login(
            "fields",
            "In developers.facebook.com → Tools → Graph API Explorer choose your app, 'Get Page Access Token' and your "
            "Page, and tick the permissions; or in business.facebook.com → Settings → System users give a system user "
            "the Page with all its tasks and generate a token, which does not end. Paste either of them; the first one "
            "ends after an hour or two unless the app's id and secret are given with it.",
            (TOKEN, PAGE, APP_ID, APP_SECRET, VERIFY_TOKEN),
        ),
        Login("address", _BY_ADDRESS, (*APP, PAGE)),
    ),
    api=(GRAPH, GRAPH_BEFORE),
    verified=(
        Verified("simulator", date(2026, 11, 27), "comments, posts, replies, hide, delete, with faults"),
        Verified("recorded answers", date(2026, 11, 27)),
        Verified(
            "documentation",
            date(2026, 11, 27),
            "advertisements, recommendations, tags, private messages and answers, like, block, webhooks",
        ),
    ),
    capabilities=Capabilities(
        reply=True,
        dm=True,
        private_reply=PrivateReply(frozenset({"comment", "reply", "post"}), PRIVATE_REPLY),
        verbs={
            "like": VerbInfo(own=True),
            "hide": VerbInfo(
                tells=True,
                note="its author and their friends see it all the same",
                only="Facebook says of each comment whether it can be",
            ),
            "delete": VerbInfo(own=True, undo=False, tells=True, note="takes the replies below along"),
            "block": VerbInfo(tells=True, note="bans them from the Page, with their comments"),
        },
        cannot={
            "boost": "a Page shares by hand",
            "release": "the network holds nothing for review that its API shows; what is hidden can be shown again",
            "report-spam": "reports are made on the website",
            "mute": "a Page mutes nobody",
            "pin": "the API pins no comments",
        },
        brings={
            "comments": "yes: of all posts, however old, with the replies below them",
            "all of it while the app is in development": "no: Meta then gives only what people with a role in it wrote",
            "comments on advertisements": "yes, with ads_read and the option ad_accounts",
            "posts of others": "yes: on the Page, with what is below; of those that tag it the post alone",
            "recommendations": f"yes until {GRAPH_BEFORE.ends}, by webhook after it: later APIs have none",
            "private messages": "yes: the 20 newest of each conversation",
            "held comments": "partly: hidden ones are marked; what waits for review is in no API",
            "who wrote it": "partly: some names are kept back",
        },
        replies_below=1,
        window="private messages: 24 hours, with Human Agent 7 days; a comment's author in private: once, in 7 days",
        edits=True,
        deletions=True,
        find_sent=True,
        duplicate_guard="none",
        counting=Counting("characters", limit=8000),
        direct_counting=Counting("characters", limit=LONGEST_MESSAGE),
        min_interval=MINUTE,
    ),
)


async def identify(client: Client, account: Account) -> Identity:
    """Which Page the token is for."""
    graph = graph_of(client, account)
    try:
        me = await graph.get("me", fields="id,name,category")
    except Refused as error:
        if code_of(error)[0] == 100 and not isinstance(error, NotThere):
            raise AuthError(
                "the token is a person's, and the Page's is needed", hint=f"cminbox sources login {account.source}"
            ) from None
        raise
    own = checked_id(me.get("id"))
    if not own:
        raise Retryable("the network did not say who we are", hint="does base_url name a Graph API?")
    return Identity(own, one_line(clean(string(me.get("name")), 200)))


def _oauth(graph: Graph) -> OAuth2:
    return OAuth2(
        f"https://www.facebook.com/{GRAPH.name}/dialog/oauth",
        graph.url("oauth", "access_token"),
        SCOPES,
        separator=",",
        redirect=REDIRECT,
        pkce=False,
    )


async def begin_login(
    client: Client, account: Account, login: Login, fields: Mapping[str, str]
) -> LoginStep | Credentials:
    """The Page's token for the one that was pasted, or the page to open."""
    graph = graph_of(client, account)
    if login.way != "address":
        return await pasted_for_page(graph, fields)
    return begun(_oauth(graph), typed(fields), page=fields.get("page", ""))


async def finish_login(client: Client, account: Account, step: LoginStep, pasted: str) -> LoginStep | Credentials:
    """The Page's token for the address that was pasted."""
    graph = graph_of(client, account)
    short = await finished(graph, _oauth(graph), step, pasted)
    if not isinstance(short, Credentials):
        return short
    return await of_the_page(graph, await long_lived(graph, short), step.state.get("page", ""))


async def send(client: Client, account: Account, outgoing: Outgoing) -> Sent:
    """Answers a comment, a post or a private message, once."""
    graph = graph_of(client, account)
    if outgoing.direct:
        direct = messages_of(graph)
        return await once(outgoing, lambda: direct.send(outgoing), lambda: direct.find(outgoing))
    return await once(outgoing, lambda: _comment(graph, outgoing), lambda: find_sent(client, account, outgoing))


async def _comment(graph: Graph, outgoing: Outgoing) -> Sent:
    said = await graph.post(_root(outgoing.parent), "comments", form={"message": outgoing.text})
    own = checked_id(said.get("id"))
    if not own:
        raise Retryable("the network took the reply but did not say what it became", maybe_done=True)
    return Sent(own, "", graph.client.clock(), outgoing.conversation)


async def find_sent(client: Client, account: Account, outgoing: Outgoing) -> Sent | Unsure | None:
    """Looks for a reply where it would stand: below its comment or post, or in the person's conversation."""
    graph = graph_of(client, account)
    if outgoing.direct:
        return await messages_of(graph).find(outgoing)
    since = earliest(graph, outgoing.sent_before)
    root, wanted, at = _root(outgoing.parent), comment_fields(), ""
    under = root if outgoing.parent.kind in ("post", "mention", "review") else ""
    found: list[Candidate] = []
    for _ in range(20):
        listed = await graph.listed(
            root, "comments", wanted=wanted, at=at, filter="stream", order="reverse_chronological"
        )
        skipped: list[DataError] = []
        for item in listed.items:
            with one_item(skipped):
                message = parse_comment(item, account, under=under)
                nameless = is_nameless(item)
                # Below a comment its answers have it above them, or do not say what they answer.
                fits = message.parent in (None, outgoing.parent.id, root)
                if nameless or message.direction == "out":
                    found.append(Candidate(message, nameless, fits))
        times = [one.message.created_at for one in found]
        if skipped:
            raise Retryable("some of the answers below it cannot be read")
        if not listed.next or listed.next == at or (times and min(times) < since):
            return chosen(found, outgoing, since)
        at = listed.next
    if (sent := chosen(found, outgoing, since)) is not None:
        return sent
    raise Retryable("there are too many answers below it to look through")


def is_sent(outgoing: Outgoing, message: Message) -> bool:
    """Whether a message of ours has the text and the place of a reply."""
    if outgoing.direct:
        return in_conversation(outgoing, message) and same_text(outgoing.text, message.text)
    return message.parent in (outgoing.parent.id, _root(outgoing.parent)) and same_text(outgoing.text, message.text)


async def act(client: Client, account: Account, act: Act) -> str:
    """Carries a verb out, or takes it back; the author is told in private first where there is something to tell.

    Returns:
        Why they were not told; empty where they were, or there was nothing to tell.
    """
    graph, own, untold = graph_of(client, account), act.message.id, ""
    if act.text and not act.undo and act.message.kind in ("comment", "reply"):
        untold = await messages_of(graph).told(act.message, act.text)
    if act.verb == "like":
        await (graph.delete(own, "likes") if act.undo else graph.post(own, "likes", form={}))
    elif act.verb == "hide":
        await graph.post(own, form={"is_hidden": "false" if act.undo else "true"})
    elif act.verb == "delete" and not act.undo:
        await graph.delete(own)
    elif act.verb == "block":
        person = act.message.author.id
        if act.undo:
            await graph.delete(account.account_id, "blocked", psid=person)
        else:
            await graph.post(account.account_id, "blocked", form={"psid": dumps([person])})
    else:
        raise Refused(f"Facebook cannot {'undo ' if act.undo else ''}{act.verb} here")
    return untold


async def acted(client: Client, account: Account, act: Act) -> bool:
    """Whether it stands on the network as the act would have it."""
    graph, wanted = graph_of(client, account), not act.undo
    if act.verb == "block":
        found = await graph.get(account.account_id, "blocked", user=act.message.author.id)
        listed = found.get("data")
        ids = [checked_id(dig(each, "id")) for each in listed] if isinstance(listed, list) else []
        return (act.message.author.id in ids) is wanted
    try:
        field = {"like": "user_likes", "hide": "is_hidden"}.get(act.verb, "id")
        item = await graph.get(act.message.id, fields=field)
    except NotThere as error:
        if act.verb != "delete":
            raise
        return await was_deleted(graph, act.message, error)
    return act.verb != "delete" and (item.get(field) is True) is wanted


def _root(parent: Message) -> str:
    """Where an answer to a message is put: Facebook has one level below a comment."""
    return parent.extra.get("root") or parent.id

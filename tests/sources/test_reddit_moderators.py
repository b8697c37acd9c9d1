"""Reddit's moderators' side as the old open source of reddit and what was recorded of it have it, not as the adapter's
own stand-in has it: the queue (r2/models/admintools.py, r2/lib/automoderator.py), modmail, and messages of subreddits
(r2/lib/jsontemplates.py, MessageJsonTemplate). Synthetic.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from email.utils import formatdate
from typing import Any

import pytest
import pytest_asyncio
from loopback import Asked, Loopback, Reply

from cminbox.errors import Refused, Retryable
from cminbox.model import Message
from cminbox.sources.contract import Account, Outgoing, Page, Sent
from cminbox.sources.http import Client
from cminbox.sources.networks import reddit

NOW = 1_750_000_000_000
ME = "Brand"


def listing(*things: dict[str, Any]) -> dict[str, Any]:
    """With the keys that a listing has today, and nothing more."""
    return {"kind": "Listing", "data": {"after": None, "dist": None, "modhash": None, "children": list(things)}}


class Reddit:
    """An account that moderates r/ours: comments, a queue, modmail and messages."""

    def __init__(self) -> None:
        self.comments: dict[str, dict[str, Any]] = {}
        self.waiting: set[str] = set()
        self.inbox: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []
        self.mail: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, Reply] = {}

    def comment(self, own: str, **more: Any) -> str:
        """Somebody comments below our post, as moderators see it."""
        name = f"t1_{own}"
        self.comments[name] = {
            **{"id": own, "name": name, "author": "ana", "body": f"words {own}", "link_id": "t3_post"},
            **{"parent_id": "t3_post", "created_utc": NOW / 1000 - 600, "edited": False, "subreddit": "ours"},
            **{"permalink": f"/r/ours/comments/post/x/{own}/", "likes": None, "can_mod_post": True, "replies": ""},
            **{"approved": False, "approved_by": None, "removed": False, "spam": False, "banned_by": None},
            **{"num_reports": 0, "ignore_reports": False, "user_reports": [], "mod_reports": []},
            **more,
        }
        return name

    def message(self, own: str, author: str | None, dest: str, **more: Any) -> dict[str, Any]:
        return {
            "kind": "t4",
            "data": {
                **{"id": own, "name": f"t4_{own}", "author": author, "dest": dest, "body": f"words {own}"},
                **{"subject": "Hello", "created_utc": NOW / 1000 - 900, "first_message_name": None, "parent_id": None},
                **{"subreddit": None, "replies": "", "context": "", "was_comment": False, "distinguished": None},
                **{"type": "unknown", "new": True},
                **more,
            },
        }

    def talk(self, own: str, *messages: dict[str, Any], **more: Any) -> None:
        """A conversation of modmail; its times have an offset without a colon, as recorded in 2023."""
        found = {each["id"]: each for each in messages}
        state = {"id": own, "subject": "Why?", "isRepliable": True, "lastUpdated": messages[-1]["date"], **more}
        self.mail[own] = {"conversation": state, "messages": found}

    def handle(self, asked: Asked) -> Reply:
        reply = self.answers.get(asked.path) or self._answer(asked)
        return Reply(reply.body, reply.status, {"date": formatdate(NOW / 1000, usegmt=True), **reply.headers})

    def _answer(self, asked: Asked) -> Reply:
        things = {name: {"kind": "t1", "data": each} for name, each in self.comments.items()}
        match asked.path.strip("/").split("/"):
            case ["api", "v1", "me"]:
                return Reply({"name": ME, "id": "me"})
            case ["r", "mod", "about", "modqueue"]:
                return Reply(listing(*(things[name] for name in sorted(self.waiting))))
            case ["user", _, "submitted"]:
                post = {"name": "t3_post", "author": ME, "num_comments": len(things), "created_utc": NOW / 1000 - 900}
                return Reply(listing({"kind": "t3", "data": post}))
            case ["comments", "post"]:
                return Reply([listing(), listing(*things.values())])
            case ["message", "inbox"]:
                return Reply(listing(*self.inbox))
            case ["message", "sent"]:
                return Reply(listing(*self.sent))
            case ["api", "info"]:
                return Reply(listing(*(things[name] for name in asked.one("id").split(",") if name in things)))
            case ["api", "mod", "conversations"]:
                shown = {own: each["conversation"] for own, each in self.mail.items()}
                return Reply({"conversations": shown, "conversationIds": list(shown), "messages": {}})
            case ["api", "mod", "conversations", own]:
                return Reply(self.mail[own])
        return Reply(listing())


def mail(own: str, name: str, minute: int, **more: Any) -> dict[str, Any]:
    author = {"name": name, "isMod": False, "isParticipant": False, "isDeleted": False, **more.pop("author", {})}
    date = f"2025-06-15T14:{minute:02}:14.617000+0000"
    return {"id": own, "author": author, "bodyMarkdown": f"words {own}", "isInternal": False, "date": date, **more}


@pytest.fixture
def site() -> Reddit:
    return Reddit()


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    async def at_once(_: float) -> None: ...

    async with Client(clock=lambda: NOW, sleep=at_once) as made:
        yield made


@pytest.fixture
def account(site: Reddit) -> Iterator[Account]:
    with Loopback(site.handle) as server:
        yield Account("care", "reddit", server.url, secret="t0ken-s3cret", account_id=ME)


async def poll(client: Client, account: Account, cursors: dict[str, str], **changes: Any) -> dict[str, Message]:
    found: dict[str, Message] = {}
    async for page in reddit.pages(client, replace(account, **changes), dict(cursors)):
        assert not page.skipped
        cursors[page.stream] = page.cursor
        for message in page.messages:
            assert message.id not in found or found[message.id] == message
            found[message.id] = message
    return found


async def test_only_the_queue_tells_what_waits(client: Client, account: Account, site: Reddit) -> None:
    """AutoModerator signs what it filters and what it removes alike; a removed comment waits for nobody."""
    filtered = site.comment("f", banned_by="AutoModerator")
    removed = site.comment("r", banned_by="AutoModerator")
    edited = site.comment("e", edited=NOW / 1000 - 60)  # an edited comment stands in a queue with no mark of its own
    site.waiting = {filtered, edited}
    cursors: dict[str, str] = {}
    found = await poll(client, account, cursors)
    assert {name: (each.held, each.hidden) for name, each in found.items() if name.startswith("t1_")} == {
        filtered: (True, False),
        removed: (False, True),
        edited: (True, False),
    }
    again = await poll(client, account, cursors, watch=(filtered, removed, edited))
    assert [again[name].held for name in (filtered, removed, edited)] == [True, False, True]
    site.comments[filtered].update(banned_by=None, approved=True, approved_by="another_mod")
    site.waiting = set()
    again = await poll(client, account, cursors, watch=(filtered, removed, edited))
    assert [(again[name].held, again[name].hidden) for name in (filtered, removed, edited)] == [
        (False, False),
        (False, True),
        (False, False),
    ]


async def test_a_queue_that_may_not_be_read_leaves_what_items_say(
    client: Client, account: Account, site: Reddit
) -> None:
    held = site.comment("f", banned_by=True)
    site.answers["/r/mod/about/modqueue"] = Reply({"message": "Forbidden", "error": 403}, 403)
    assert (await poll(client, account, {}))[held].held


async def test_modmail_by_sides(client: Client, account: Account, site: Reddit) -> None:
    """A moderator who writes as anybody is no answer of ours; whoever deleted their account is nobody else."""
    site.talk(
        "k1",
        mail("m1", "othermod", 1, author={"isMod": True, "isParticipant": True}, participatingAs="participant_user"),
        mail("m2", "othermod", 2, author={"isMod": True, "isParticipant": True}, participatingAs="moderator"),
        mail("m3", "old_mod", 3, author={"isMod": True}),
    )
    site.talk("k2", mail("m4", "[deleted]", 4, author={"isDeleted": True}))
    site.talk("k3", mail("m5", "[deleted]", 5, author={"isDeleted": True}), isRepliable=False)
    found = {name[8:]: each for name, each in (await poll(client, account, {})).items()}
    assert {name: each.direction for name, each in found.items()} == {
        **{"m1": "in", "m2": "out", "m3": "out", "m4": "in", "m5": "in"},
    }
    assert found["m4"].author.id != found["m5"].author.id
    assert "block" not in found["m4"].can
    assert (found["m4"].answerable, found["m5"].answerable) == (True, False)
    assert found["m1"].created_at % 1000 == 617


@pytest.mark.parametrize("status", [400, 403])
async def test_one_conversation_that_is_refused_keeps_none_back(
    client: Client, account: Account, site: Reddit, status: int
) -> None:
    """reddit answers 400 where a conversation's person is not to be found, 403 where its subreddit's mail is not ours
    (r2/controllers/modmail.py, GET_mod_messages): in both cases the list still has it.
    """
    site.talk("k1", mail("m1", "gone", 1))
    site.talk("k2", mail("m2", "ana", 2))
    said = {"message": "Unable to retrieve conversation participant", "error": status}
    site.answers["/api/mod/conversations/k1"] = Reply(said, status)
    cursors: dict[str, str] = {}
    pages: list[Page] = []
    async for page in reddit.pages(client, account, {}):
        cursors[page.stream] = page.cursor
        pages.append(page)
    assert [message.id for page in pages for message in page.messages] == ["modmail:m2"]
    assert ["k1" in error.message for page in pages for error in page.skipped] == [True]
    # It is asked for again once it changes.
    assert not await poll(client, account, cursors)
    del site.answers["/api/mod/conversations/k1"]
    site.talk("k1", mail("m1", "gone", 1), mail("m3", "gone", 3))
    assert set(await poll(client, account, cursors)) == {"modmail:m1", "modmail:m3"}


async def test_the_copies_of_modmail_among_private_messages_are_no_messages_of_their_own(
    client: Client, account: Account, site: Reddit
) -> None:
    """Whoever writes in modmail has a copy of it among what they sent (r2/controllers/modmail.py, POST_mod_messages),
    below the message that the conversation names.
    """
    ours = mail("m2", ME, 2, author={"isMod": True})
    site.talk("k1", mail("m1", "ana", 1), ours, legacyFirstMessageId="old")
    first = site.message("old", "ana", "#ours", subreddit="ours", body="words m1")
    copy = site.message("copy", ME, "#ours", subreddit="ours", body="words m2", first_message_name="t4_old")
    other = site.message("other", ME, "ana", body="words m2")
    first["data"]["replies"] = listing(copy)
    site.sent, site.inbox = [copy, other], [first]
    cursors: dict[str, str] = {}
    assert set(await poll(client, account, cursors)) == {"modmail:m1", "modmail:m2", "t4_other"}
    # A later answer too, and nothing of it comes again.
    site.talk("k1", mail("m1", "ana", 1), ours, mail("m3", ME, 3, author={"isMod": True}), legacyFirstMessageId="old")
    site.sent.insert(0, site.message("more", ME, "#ours", subreddit="ours", first_message_name="t4_old"))
    assert set(await poll(client, account, cursors)) == {"modmail:m3"}
    assert not await poll(client, account, cursors)


async def test_who_moderates_nothing_has_no_modmail(client: Client, account: Account, site: Reddit) -> None:
    """reddit has no such list then (`abort(404, 'Entities not found')`)."""
    site.inbox = [site.message("q", "ana", ME)]
    site.answers["/api/mod/conversations"] = Reply({"message": "Not Found", "error": 404}, 404)
    assert set(await poll(client, account, {})) == {"t4_q"}


async def test_a_subreddits_answer_stays_with_what_we_wrote_to_it(
    client: Client, account: Account, site: Reddit
) -> None:
    """Its moderators answer signed or unsigned; both answer the message that went to `#theirs`."""
    first = site.message("a", ME, "#theirs", subreddit="theirs")
    of = {"subreddit": "theirs", "first_message_name": "t4_a", "parent_id": "t4_a", "distinguished": "moderator"}
    site.sent = [first]
    site.inbox = [site.message("b", "SomeMod", ME, **of), site.message("c", None, ME, **of)]
    # Somebody writes to a subreddit of ours, and one of us answered there.
    to_us = site.message("d", "ana", "#ours", subreddit="ours")
    site.inbox.append(to_us)
    site.sent.append(
        site.message("e", ME, "ana", subreddit="ours", first_message_name="t4_d", distinguished="moderator")
    )
    found = await poll(client, account, {})
    assert {found[f"t4_{own}"].conversation for own in "abc"} == {"dm:r/theirs"}
    assert {found[f"t4_{own}"].conversation for own in "de"} == {"dm:ana"}
    assert found["t4_b"].author.handle == "SomeMod"


async def test_an_answer_without_a_name_of_its_own_is_looked_up(client: Client, account: Account, site: Reddit) -> None:
    """Reddit names each answer to a message the same for a while, as recorded in 2025: two would be one."""
    site.inbox = [site.message("q", "SomeMod", ME, subreddit="theirs", distinguished="moderator")]
    parent = (await poll(client, account, {}))["t4_q"]
    outgoing = Outgoing("key", "We did", parent.conversation, parent, sent_before=NOW)
    made = site.message("zzzzzzzzzzzz", ME, ME, body="We did", parent_id="t4_q")
    site.answers["/api/comment"] = Reply({"json": {"errors": [], "data": {"things": [made]}}})
    with pytest.raises(Retryable) as got:
        await reddit.send(client, account, outgoing)
    assert got.value.maybe_done
    site.sent = [
        site.message("s", ME, "#theirs", body="We did", subreddit="theirs", created_utc=NOW / 1000, parent_id="t4_q")
    ]
    found = await reddit.find_sent(client, account, outgoing)
    assert isinstance(found, Sent)
    assert found.id == "t4_s"


async def test_why_reddit_refused_is_told(client: Client, account: Account, site: Reddit) -> None:
    said = {"fields": ["body"], "explanation": "You may not have “x” in your text.", "message": "Bad Request"}
    site.answers["/api/comment"] = Reply({**said, "reason": "SUBMIT_VALIDATION_ERROR"}, 400)
    name = site.comment("c")
    parent = (await poll(client, account, {}))[name]
    with pytest.raises(Refused, match="You may not have “x” in your text"):
        await reddit.send(client, account, Outgoing("key", "x", parent.conversation, parent, sent_before=NOW))

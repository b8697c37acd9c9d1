"""A comment is answered in private from the composer, where its network has that."""

from __future__ import annotations

import pytest
from driving import press, said, until
from rich.text import Text

from cminbox.model import DAY, MINUTE, Author, Message
from cminbox.screens.compose.screen import ComposeScreen
from cminbox.screens.conversation.screen import ConversationScreen
from cminbox.store import replies

PAGE = '\n[[source]]\nname = "page"\nnetwork = "facebook"\n'


@pytest.fixture
def shop(make_store):
    world = make_store(extra_config=PAGE)
    world.take(comment(world, "c1"), source="page")
    return world


def comment(world, own: str, **changes) -> Message:
    made = Message(
        own,
        own,
        Author("7", name="Person 7"),
        "My order never came!",
        world.now - 5 * MINUTE,
        kind="comment",
        lang="en",
    )
    return made._replace(**changes)


def number_of(world, own: str) -> int:
    return world.store.read().execute("SELECT id FROM conversations WHERE remote_id = ?", (own,)).fetchone()[0]


async def composing(pilot, number: int) -> ComposeScreen:
    pilot.app.open_conversation(number)
    await until(pilot, lambda: isinstance(pilot.app.screen, ConversationScreen))
    await pilot.pause()
    await press(pilot, "r")
    await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))
    await pilot.pause()
    return pilot.app.screen


def head(screen: ComposeScreen) -> str:
    shown = screen.recipient_line.content
    return shown.plain if isinstance(shown, Text) else str(shown)


def keys(screen: ComposeScreen) -> dict[str, str]:
    return {words: key for key, words in screen.footer()}


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_key_makes_it_private_and_the_head_says_so(shop, size) -> None:
    number = number_of(shop, "c1")
    async with shop.app().run_test(size=size) as pilot:
        screen = await composing(pilot, number)
        assert "private" not in head(screen)
        assert screen.written.draft.left("") == 8000
        key = keys(screen)["in private"]
        await press(pilot, *"hello", key.lower())
        await until(pilot, lambda: "to Person 7 on facebook, private, en" in head(screen))
        assert "only its author will see it" in said(pilot.app)
        assert keys(screen)["in public"] == key
        assert screen.written.draft.left("") == 2000
        await press(pilot, key.lower())
        await until(pilot, lambda: "private" not in head(screen))
        assert screen.written.draft.left("") == 8000
        await press(pilot, key.lower(), "ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConversationScreen))
        (reply,) = replies.of(shop.store.read(), number)
        assert (reply.text, reply.private, reply.status) == ("hello", True, "held")
        assert "private" in " ".join(pilot.app.screen.pane.text.split("hello")[0].splitlines()[-2:])


async def test_a_draft_stays_private(shop) -> None:
    number = number_of(shop, "c1")
    async with shop.app().run_test(size=(120, 40)) as pilot:
        await composing(pilot, number)
        await press(pilot, *"hello", "ctrl+r", "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConversationScreen))
        (reply,) = replies.of(shop.store.read(), number)
        assert (reply.text, reply.private, reply.status) == ("hello", True, "draft")
        await press(pilot, "r")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))
        await pilot.pause()
        assert "private" in head(pilot.app.screen)
        await press(pilot, "ctrl+r", "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConversationScreen))
        (reply,) = replies.of(shop.store.read(), number)
        assert (reply.text, reply.private) == ("hello", False)


async def test_where_it_cannot_be_private_the_key_says_why(shop) -> None:
    shop.take(comment(shop, "old", created_at=shop.now - 8 * DAY), source="page")
    async with shop.app().run_test(size=(120, 40)) as pilot:
        screen = await composing(pilot, number_of(shop, "old"))
        assert "in private" not in keys(screen)
        await press(pilot, "ctrl+r")
        await until(pilot, lambda: "takes a private answer for 7d" in said(pilot.app))
        assert "private" not in head(screen)
        await press(pilot, "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConversationScreen))
        screen = await composing(pilot, shop.ids()["carla"])
        await press(pilot, "ctrl+r")
        await until(pilot, lambda: "Mastodon has no private answer to a mention" in said(pilot.app))

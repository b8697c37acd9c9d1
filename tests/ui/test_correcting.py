"""Correcting by a key: the message at the cursor, marked in a picker, and a word of it taught."""

from __future__ import annotations

from driving import press, said, until
from test_choosing_messages import opened, three

from cminbox.screens.conversation.screen import ConversationScreen
from cminbox.screens.pickers.correction import CorrectionPicker
from cminbox.screens.pickers.text import TextPrompt
from cminbox.store import conversations, messages


async def test_the_message_at_the_cursor_is_corrected_and_undone(world) -> None:
    number = three(world)
    app = world.app()

    def second():
        return messages.thread(world.store.read(), number)[1]

    before = second()
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot, number)
        await press(pilot, "K", "c")
        await until(pilot, lambda: isinstance(app.screen, CorrectionPicker))
        assert "second thought" in app.screen.asks
        await press(pilot, *"refu", "enter")
        await until(pilot, lambda: app.screen is screen and second().signals_by != "")
        assert "refund" in second().signals
        await until(pilot, lambda: "corrected it: refund" in screen.pane.text or "1 corrected" in said(app))
        await press(pilot, "u")
        await until(pilot, lambda: second() == before)


async def test_a_word_of_the_message_becomes_an_entry_of_the_lexicon(world) -> None:
    number = three(world)
    world.store.write(lambda conn: conn.execute("UPDATE messages SET lang = 'en'"))
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot, number)
        await press(pilot, "c")
        await until(pilot, lambda: isinstance(app.screen, CorrectionPicker))
        await press(pilot, "tab")
        await until(pilot, lambda: isinstance(app.screen, TextPrompt))
        await press(pilot, "ctrl+u", *"2 third time", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        file = app.services.config.paths.lexicons / "en.tsv"
        await until(pilot, lambda: file.is_file() and "take the line out" in said(app))
        assert file.read_text("utf-8") == "third time\t2\n"
        assert app.screen is screen
        await press(pilot, "u")
        await until(pilot, lambda: "is taken out of" in said(app))
        assert not file.exists()


async def test_an_action_after_an_entry_is_what_undo_takes_back(world) -> None:
    number = three(world)
    world.store.write(lambda conn: conn.execute("UPDATE messages SET lang = 'en'"))
    app = world.app()

    def labels():
        return conversations.get(world.store.read(), number).labels

    async with app.run_test(size=(100, 30)) as pilot:
        await opened(pilot, number)
        await press(pilot, "c")
        await until(pilot, lambda: isinstance(app.screen, CorrectionPicker))
        await press(pilot, "tab")
        await until(pilot, lambda: isinstance(app.screen, TextPrompt))
        await press(pilot, "ctrl+u", *"2 third time", "enter")
        file = app.services.config.paths.lexicons / "en.tsv"
        await until(pilot, lambda: file.is_file() and "take the line out" in said(app))
        await press(pilot, ":", *"label vip", "enter")
        await until(pilot, lambda: labels() == ("vip",))
        await press(pilot, "u")
        await until(pilot, lambda: labels() == ())
        assert file.read_text("utf-8") == "third time\t2\n"

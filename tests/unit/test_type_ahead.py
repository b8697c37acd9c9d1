"""Keys typed ahead: they keep their order, and wait for what was begun."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

from textual import events

from cminbox.screens.type_ahead import MOST_KEYS, KeyQueue, Typed


class Terminal:
    """Types into a queue, and delivers as the app does: what may go on goes to the screen in front."""

    def __init__(self) -> None:
        self.front: object = "queue"
        self.seen: list[tuple[object, str]] = []
        self.keys = KeyQueue(lambda: self.front, self.deliver)

    def type(self, *names: str) -> None:
        """Keys from the terminal."""
        for name in names:
            self.keys.put(events.Key(name, name if len(name) == 1 else None))
            self.deliver()

    def deliver(self) -> None:
        """What need not wait arrives."""
        while (event := self.keys.next()) is not None:
            assert isinstance(event, events.Key)
            self.seen.append((self.front, event.key))

    @property
    def arrived(self) -> str:
        """The keys that arrived, in their order."""
        return "".join(key for _, key in self.seen)


def test_without_a_hold_keys_arrive_at_once() -> None:
    terminal = Terminal()
    terminal.type("a", "b")
    assert terminal.arrived == "ab"
    assert len(terminal.keys) == 0


async def test_keys_wait_in_their_order_until_the_last_hold_is_released() -> None:
    terminal = Terminal()
    first, second = terminal.keys.hold(), terminal.keys.hold()
    terminal.type("a", "b")
    first.release()
    first.release()
    terminal.type("c")
    assert (terminal.arrived, len(terminal.keys)) == ("", 3)
    second.release()
    assert terminal.arrived == "abc"


async def test_a_hold_of_one_screen_lets_keys_go_to_another() -> None:
    terminal = Terminal()
    hold = terminal.keys.hold("queue")
    terminal.type("a", "b")
    terminal.front = "picker"
    terminal.deliver()
    assert terminal.seen == [("picker", "a"), ("picker", "b")]
    terminal.front = "queue"
    terminal.type("c")
    assert terminal.arrived == "ab"
    hold.release()
    assert terminal.seen[-1] == ("queue", "c")


async def test_what_a_key_opens_gets_the_keys_behind_it() -> None:
    """The first key opens something, and takes a hold until that is there."""
    terminal = Terminal()
    terminal.keys.put(events.Key("r", "r"))
    terminal.keys.put(events.Key("h", "h"))
    terminal.keys.put(events.Key("i", "i"))
    assert terminal.keys.next().key == "r"
    opening = terminal.keys.hold()
    terminal.front = "composer"
    terminal.deliver()
    assert terminal.seen == []
    opening.release()
    assert terminal.seen == [("composer", "h"), ("composer", "i")]


async def test_a_key_waits_no_longer_than_patience_counted_from_when_it_is_typed() -> None:
    terminal = Terminal()
    terminal.keys.patience = 0.02
    terminal.keys.hold()
    await asyncio.sleep(0.04)
    terminal.type("a")
    assert terminal.arrived == ""
    await asyncio.sleep(0.04)
    assert terminal.arrived == "a"


async def test_a_hold_without_end_waits_for_its_release() -> None:
    terminal = Terminal()
    terminal.keys.patience = 0.0
    hold = terminal.keys.hold(seconds=math.inf)
    terminal.type("a")
    await asyncio.sleep(0.01)
    assert terminal.arrived == ""
    hold.release()
    assert terminal.arrived == "a"


async def test_some_keys_pass_a_hold() -> None:
    """As a list that is being read has it: Esc always passes, Tab while nothing waits before it."""

    def passes(event: object, first: bool) -> bool:
        key = event.key
        return key == "escape" or (key == "tab" and first)

    terminal = Terminal()
    hold = terminal.keys.hold("queue", seconds=math.inf, passes=passes)
    terminal.type("tab", "a", "tab", "escape")
    assert [key for _, key in terminal.seen] == ["tab", "escape"]
    assert terminal.keys.forget() == 2
    hold.release()
    terminal.type("b")
    assert [key for _, key in terminal.seen] == ["tab", "escape", "b"]


async def test_what_a_screen_began_ends_with_it() -> None:
    terminal = Terminal()
    terminal.keys.hold("conversation")
    everywhere = terminal.keys.hold()
    terminal.type("a")
    terminal.keys.left("conversation")
    terminal.front = "conversation"
    everywhere.release()
    assert terminal.arrived == "a"


async def test_what_is_typed_beyond_all_measure_is_lost() -> None:
    terminal = Terminal()
    hold = terminal.keys.hold()
    for _ in range(MOST_KEYS + 5):
        terminal.type("j")
    hold.release()
    assert terminal.arrived == "j" * MOST_KEYS


async def test_a_key_is_what_it_is_where_keys_go_once_it_may_go() -> None:
    """Here "ab" is a key of the list, and two everywhere else; "b" waits for what "a" sets off."""
    front, seen = "list", list[str]()

    def parts(event: Typed) -> Sequence[Typed]:
        both = isinstance(event, events.Key) and event.key == "ab" and front != "list"
        return (events.Key("a", "a"), events.Key("b", "b")) if both else (event,)

    keys = KeyQueue(lambda: front, lambda: None, parts)

    def arrived() -> list[str]:
        while (event := keys.next()) is not None:
            assert isinstance(event, events.Key)
            seen.append(event.key)
        return seen

    keys.put(events.Key("ab", None))
    assert arrived() == ["ab"]
    hold = keys.hold()
    keys.put(events.Key("ab", None))
    keys.put(events.Key("c", "c"))
    assert arrived() == ["ab"]
    front = "picker"
    hold.release()
    opening = keys.hold(passes=lambda event, first: isinstance(event, events.Key) and event.key == "a")
    assert arrived() == ["ab", "a"]
    opening.release()
    assert arrived() == ["ab", "a", "b", "c"]

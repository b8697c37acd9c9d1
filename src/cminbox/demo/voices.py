"""Who talks on the demo network and what they say: the text files, dealt out like cards."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from random import Random
from typing import Any, Literal

import msgspec

LANGUAGES = ("en", "es", "hi", "hi-Latn", "pt", "fr", "de", "gu", "pa")
SERVERS = ("tooters.example", "plaza.example", "bazaar.example", "teahouse.example", "commons.example")

Mood = Literal["cross", "asks", "glad", "sly"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the demo network; `voice` is the name of the text file they talk from."""

    name: str
    acct: str
    followers: int
    voice: str


class Topic(msgspec.Struct, frozen=True):
    """What people write about one subject (`says`), add to it (`more`), and how the shop answers.

    A text may bring its own answer behind `⇒`; `answers` fit all the others. `people` is empty where anybody may
    write it.
    """

    name: str
    mood: Mood
    says: tuple[str, ...]
    more: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


class Voice(msgspec.Struct, frozen=True, dict=True):
    """One language's texts and people: those are `name|handle`, and the texts from `thanks` on fit any subject."""

    name: str
    code: str
    share: int
    products: tuple[str, ...]
    cities: tuple[str, ...]
    people: tuple[str, ...]
    thanks: tuple[str, ...]
    cross: tuple[str, ...]
    nudge: tuple[str, ...]
    news: tuple[str, ...]
    greet: tuple[str, ...]
    same: tuple[str, ...]
    noted: tuple[str, ...]
    topic: tuple[Topic, ...]

    @cached_property
    def topics(self) -> dict[str, Topic]:
        """The topics by name."""
        return {topic.name: topic for topic in self.topic}

    @cached_property
    def ordinary(self) -> tuple[Topic, ...]:
        """The topics of every day: all but the wave and its ebb."""
        return tuple(topic for topic in self.topic if topic.name not in ("wave", "ebb"))


class Post(msgspec.Struct, frozen=True):
    """One of the shop's own posts, with its comments: `voice|text`."""

    hours_ago: float
    text: str
    comments: tuple[str, ...]


class Guest(msgspec.Struct, frozen=True):
    """Somebody who is not like everybody else, what they wrote, and the alt texts of their pictures."""

    name: str
    handle: str
    followers: int
    lang: str
    hours_ago: float
    text: str
    pictures: tuple[str, ...] = ()


class Brand(msgspec.Struct, frozen=True):
    """The shop, what it posts, and its guests."""

    handle: str
    name: str
    note: str
    followers: int
    post: tuple[Post, ...]
    guest: tuple[Guest, ...]


def seeded(seed: object) -> Random:
    """A source of chance that is the same for the same seed; nothing here needs a secret."""
    return Random(str(seed))  # noqa: S311 - a story that can be told again, no secret


def load_voices() -> dict[str, Voice]:
    """All voices by name."""
    return {name: msgspec.convert({"name": name, **_read(name)}, Voice) for name in LANGUAGES}


def load_brand() -> Brand:
    """The shop that people talk to, from its file."""
    return msgspec.convert(_read("brand"), Brand)


def _read(name: str) -> dict[str, Any]:
    text = files("cminbox.demo").joinpath("texts", f"{name}.toml").read_bytes()
    return msgspec.toml.decode(text, type=dict[str, Any])


def person_of(entry: str, voice: str) -> Person:
    """A person from `name|handle`; server and followers follow from the handle."""
    name, _, handle = entry.rpartition("|")
    chance = seeded(handle)
    acct = f"{handle}@{chance.choice(SERVERS)}" if chance.random() < 0.35 else handle
    return Person(name, acct, int(math.exp(chance.gauss(5.0, 1.3))), voice)


class Cards:
    """Deals texts without repeating one before all were used, and fills their blanks.

    Args:
        chance: decides everything; the same seed deals the same cards.
    """

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._decks: dict[tuple[str, ...], list[str]] = {}

    def deal(self, pack: tuple[str, ...]) -> str:
        """The next card of a pack.

        Raises:
            IndexError: the pack is empty.
        """
        deck = self._decks.get(pack)
        if not deck:
            deck = self._decks[pack] = list(pack)
            self._chance.shuffle(deck)
        return deck.pop()

    def left(self, pack: tuple[str, ...]) -> int:
        """How many cards are left before one comes again."""
        return len(self._decks.get(pack, pack))

    def gather(self, pack: tuple[str, ...]) -> None:
        """Takes the cards of a pack in again."""
        self._decks.pop(pack, None)

    def fill(self, text: str, voice: Voice, order: str) -> str:
        """A text with its blanks filled: `{product}`, `{city}`, `{order}`, `{days}`."""
        chance = self._chance
        blanks = {
            "{product}": chance.choice(voice.products),
            "{city}": chance.choice(voice.cities),
            "{days}": str(chance.randint(4, 12)),
            "{order}": order,
        }
        for blank, value in blanks.items():
            text = text.replace(blank, value)
        return text

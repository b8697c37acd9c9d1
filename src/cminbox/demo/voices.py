"""Who talks on the demo network and what they say: the text files, dealt out like cards."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from random import Random
from typing import Literal

LANGUAGES = ("en", "es", "hi", "hi-Latn", "pt", "fr", "de", "gu", "pa")
SERVERS = ("tooters.example", "plaza.example", "bazaar.example", "teahouse.example", "commons.example")

Mood = Literal["cross", "asks", "glad", "sly"]
Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the demo network; `voice` is the name of the text file they talk from."""

    name: str
    acct: str
    followers: int
    voice: str


@dataclass(frozen=True, slots=True)
class Topic:
    """What people write about one subject (`says`), add to it (`more`), and how the shop answers.

    A text may bring its own answer (`paired`); `answers` fit all the others. `people` is empty where anybody may
    write it.
    """

    name: str
    mood: Mood
    says: tuple[str, ...]
    more: tuple[str, ...]
    answers: tuple[str, ...]
    paired: Mapping[str, str]
    people: tuple[Person, ...]


class Voice:
    """One language's texts and people.

    Args:
        name: the language; the name of its file.
        table: the file's content.
    """

    def __init__(self, name: str, table: Table) -> None:
        self.name = name
        self.code = str(table["code"])
        self.share = int(str(table["share"]))
        self.products = strings(table, "products")
        self.cities = strings(table, "cities")
        self.topics = {topic.name: topic for topic in (_topic(one, name) for one in tables(table, "topic"))}
        self.people = tuple(_person(entry, name) for entry in strings(table, "people"))
        self._table = table

    def lines(self, kind: str) -> tuple[str, ...]:
        """Short texts for any subject: `thanks`, `cross`, `nudge`, `news`, `greet`, `same`, `noted`."""
        return strings(self._table, kind)

    @cached_property
    def ordinary(self) -> tuple[Topic, ...]:
        """The topics of every day: all but the wave and its ebb."""
        return tuple(topic for topic in self.topics.values() if topic.name not in ("wave", "ebb"))


def seeded(seed: object) -> Random:
    """A source of chance that is the same for the same seed; nothing here needs a secret."""
    return Random(str(seed))  # noqa: S311 - a story that can be told again, no secret


def load_voices() -> dict[str, Voice]:
    """All voices by name."""
    return {name: Voice(name, _read(f"{name}.toml")) for name in LANGUAGES}


def load_brand() -> Table:
    """The shop: `handle`, `name`, `note`, `followers`, its posts with comments, and the guests."""
    return _read("brand.toml")


def strings(table: Table, key: str) -> tuple[str, ...]:
    """A list of texts; empty when it is not there."""
    found = table.get(key, ())
    return tuple(str(one) for one in found) if isinstance(found, Sequence) else ()


def tables(table: Table, key: str) -> list[Table]:
    """A list of tables; empty when it is not there."""
    found = table.get(key, ())
    return [one for one in found if isinstance(one, dict)] if isinstance(found, Sequence) else []


def _read(file: str) -> Table:
    return tomllib.loads(files("cminbox.demo").joinpath("texts", file).read_text("utf-8"))


def _topic(table: Table, voice: str) -> Topic:
    moods: tuple[Mood, ...] = ("cross", "asks", "glad", "sly")
    mood = next(one for one in moods if one == table["mood"])
    pairs = [entry.partition(" ⇒ ") for entry in strings(table, "says")]
    return Topic(
        str(table["name"]),
        mood,
        tuple(said for said, _, _ in pairs),
        strings(table, "more"),
        strings(table, "answers"),
        {said: answer for said, _, answer in pairs if answer},
        tuple(_person(entry, voice) for entry in strings(table, "people")),
    )


def _person(entry: str, voice: str) -> Person:
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
            deck = list(pack)
            self._chance.shuffle(deck)
            self._decks[pack] = deck
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

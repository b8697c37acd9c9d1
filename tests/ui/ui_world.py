"""A real store with conversations in it, taken in by the engine's own door, and an app on top of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import InitVar, dataclass, field
from pathlib import Path

import pytest
from usual_heard import HEARD

from cminbox import config as configuration
from cminbox import paths
from cminbox.config import Config
from cminbox.desk import Desk
from cminbox.engine.scoring import Scored, Scoring
from cminbox.engine.takein import take_in
from cminbox.engine.transaction import Intake
from cminbox.model import HOUR, MINUTE, Author, Instant, Member, Message, Sentiment, StoredMessage
from cminbox.rules.analysis import Analysis
from cminbox.store import Store, conversations, engine, people, sources
from stores import new_store

NOW = 1_780_000_000_000
"""Frozen: every relative time on a screen is counted from here."""

os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")

CONFIG = """
[[source]]
name = "shop"
network = "mastodon"
base_url = "https://social.example"

[[source]]
name = "blog"
network = "feed"
url = "https://blog.example/feed.xml"

[[member]]
handle = "ana"
name = "Ana"
teams = ["care"]

[[member]]
handle = "jo"
name = "Jo"
teams = ["care"]

[[member]]
handle = "lena"
name = "Lena"
role = "drafter"
teams = ["press"]
"""

SAID: tuple[tuple[str, str, str, int], ...] = (
    ("ana_lopez", "es", "Mi pedido llegó roto y nadie contesta. ¿Qué hago?", 250),
    ("rahul_k", "hi", "मेरा पैसा वापस करो, ऑर्डर अब तक नहीं आया 😠", 56),
    ("gurpreet", "pa", "ਮੇਰਾ ਆਰਡਰ ਖਰਾਬ ਆਇਆ, ਪੈਸੇ ਵਾਪਸ ਕਰੋ", 41),
    ("matt", "en", "You are thieves!!! I want a REFUND NOW, or I go to my bank and tell everybody about it", 75),
    ("carla", "en", "How much is the 500 g pack, and do you ship to Canada?", 62),
    ("tea_nerd", "en", "Is it just me or did the packaging change?", 100),
    ("steeped", "en", "same here, the tin is gone", 110),
    ("meera.cooks", "gu", "ખૂબ સરસ ❤️ અમદાવાદમાં દુકાન ક્યાં છે?", 190),
    ("lin", "zh", "我的訂單還沒有到,請問什麼時候發貨?", 20),
    ("familia", "pt", "Vocês são ótimos 👩‍👩‍👧‍👦 obrigada! 🇧🇷", 15),
    ("yousef", "ar", "متى يصل طلبي؟", 33),
    ("jean_b", "fr", "Bonjour, le colis est arrivé ouvert, que faire ?", 130),
    ("petra", "de", "Wann kommt meine Bestellung endlich an?", 170),
    ("neha", "", "order kab aayega bhai, kitna wait karna padega", 24),
)
"""Handle, language, text, minutes ago: our own words, in nine scripts."""

HOSTILE: tuple[tuple[str, str, str, int], ...] = (
    ("[@click=app.quit]x[/]", "en", "[/b] [@click=app.quit]press me[/] [red]not red", 5),
    ("\x1b[31mred", "en", "\x1b[2J\x1b]0;owned\x07 \u202egnihton\u202c \ud800 end", 6),
    ("zalgo", "en", "a" + "\u0301" * 300 + " b\u200d\u200d\u200dc", 7),
    ("long", "en", "wow " * 5_000, 8),
    ("wide", "zh", "漢" * 4_000, 9),
    ("joined", "en", "👩‍👩‍👧‍👦" * 900, 10),
)
"""What a network may send to hurt a terminal."""


class UsualScoring(Scoring):
    """What is heard in the usual messages is what is written down; in others, what the word lists say."""

    def score(self, message: Message) -> Scored:
        """What is heard in a message from a network."""
        scored = super().score(message)
        return scored._replace(heard=_as_written(message.text, scored.heard))

    def analyse(self, message: StoredMessage, answers: Sentiment | None = None) -> Analysis:
        """What is heard in a message of the store."""
        return _as_written(message.text, super().analyse(message, answers))


def _as_written(text: str, heard: Analysis) -> Analysis:
    known = HEARD.get(text)
    return heard if known is None else known._replace(lang=heard.lang, lang_by=heard.lang_by)


SCORING = UsualScoring(Path(__file__).parent / "rules")
"""With rules and moods of its own: where a row stands does not hang on the shipped weights and word lists."""


def member_of(config: Config, handle: str) -> Member:
    """A member of the team, whoever runs the tests."""
    return next(who.member for who in config.members if who.handle == handle)


@dataclass
class World:
    """A store with people in it, and the desk of one of them."""

    config: Config
    store: Store
    member: InitVar[str]
    now: Instant = NOW
    scoring: Scoring = SCORING
    desk: Desk = field(init=False)

    def __post_init__(self, member: str) -> None:
        self.desk = self.desk_of(member)

    def clock(self) -> Instant:
        """The frozen time, or what a test moved it to."""
        return self.now

    def say(self, said: Sequence[tuple[str, str, str, int]], *, source: str = "shop", prefix: str = "m") -> None:
        """Take messages in through the engine's door, each in a conversation of its own."""
        from cminbox.text import clean

        messages = [
            Message(
                id=f"{prefix}{number}",
                conversation=f"{prefix}{number}",
                author=Author(id=f"{prefix}-{clean(handle)}", handle=clean(handle), name=clean(handle).title()),
                text=clean(text),
                created_at=self.now - minutes * MINUTE,
                lang=lang or None,
                url=f"https://social.example/{prefix}{number}",
                visibility="public",
            )
            for number, (handle, lang, text, minutes) in enumerate(said)
        ]
        self.take(*messages, source=source)

    def take(self, *messages: Message, source: str = "shop", deleted: Sequence[str] = ()) -> None:
        """A later poll of a source brings these messages, and says which were deleted there."""
        scored = [self.scoring.score(message) for message in messages]

        def work(conn: object) -> None:
            row = sources.by_name(conn, source)
            take_in(conn, row, scored, Intake(self.scoring, self.now, sla_default=4 * HOUR), deleted=deleted)

        self.store.write(work)

    def desk_of(self, handle: str) -> Desk:
        """Another member's desk, as if at another screen."""
        return Desk(self.store, self.config, member_of(self.config, handle), clock=self.clock)

    def ids(self) -> dict[str, int]:
        """The conversations by their author's handle."""
        return {row.handle: row.id for row in conversations.page(self.store.read(), None, limit=10_000)}

    def row(self, handle: str) -> conversations.Conversation:
        """The conversation of an author."""
        found = conversations.get(self.store.read(), self.ids()[handle])
        assert found is not None
        return found

    def app(self):
        """The app of this desk's member; no engine is started."""
        from cminbox.app import CminboxApp

        return CminboxApp(self.config, self.store, self.desk, clock=self.clock)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, what a key asks for is there before the next one; tests of waiting shorten it."""
    monkeypatch.setattr("cminbox.screens.queue.loader.UNNOTICED_SECONDS", 30.0)


@pytest.fixture
def make_store(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Makes a `World`: `make_store()` with the conversations of `SAID`, `make_store(HOSTILE)` with others.

    Keyword arguments `member` and `extra_config` say who works there and what else the configuration has.
    """
    opened: list[Store] = []

    def make(
        said: Sequence[tuple[str, str, str, int]] = SAID, *, member: str = "ana", extra_config: str = "", keys: str = ""
    ) -> World:
        home = tmp_path / f"world{len(opened)}"
        (home / "config").mkdir(parents=True)
        (home / "config" / "config.toml").write_text(CONFIG + extra_config, encoding="utf-8")
        if keys:
            (home / "config" / "keys.toml").write_text(keys, encoding="utf-8")
        found = paths.find(home / "config", home / "data")._replace(state=home / "state")
        config = configuration.load(found)
        members = [who.member for who in config.members]

        def begin(conn: object) -> None:
            people.save(conn, members)
            for source in config.sources:
                row = sources.ensure(conn, source.name, source.network, base_url=source.base_url)
                sources.update(conn, row.id, {"health": "ok", "last_ok_at": NOW - MINUTE})
            engine.start(conn, 1, "host", "0", NOW, by_hand=False)

        def fill(store: Store) -> None:
            store.write(begin)
            if said:
                World(config, store, member).say(said)

        store = new_store(found.store, (extra_config, tuple(said)), fill)
        opened.append(store)
        return World(config, store, member)

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def world(make_store: Callable[..., World]) -> World:
    """The usual world: fourteen conversations, three members, two sources."""
    return make_store()

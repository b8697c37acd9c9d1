"""An office: a store, a team of four, a clock that stands, and an engine that is moved by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

from cminbox import paths
from cminbox.channels import ChannelConfig, TellConfig
from cminbox.config import Config, MemberConfig
from cminbox.desk import Desk
from cminbox.engine import scheduled
from cminbox.engine.scoring import Scoring
from cminbox.engine.takein import take_in
from cminbox.engine.transaction import Intake
from cminbox.model import HOUR, MINUTE, Author, Conversation, Member, Message
from cminbox.store import Store, conversations, messages, replies, sources

TEAM = (
    Member("ana", "Ana", "lead", ("care",)),
    Member("lena", "Lena", "responder", ("care", "night")),
    Member("dan", "Dan", "drafter", ("care",)),
    Member("olga", "Olga", "observer"),
)
SCORING = Scoring(None)


class Office:
    """What the team works with. `now` moves only when a test moves it."""

    def __init__(self, folder: Path, make: Callable[[Path], Store] = Store.open) -> None:
        self.store = make(folder / "data" / "cminbox.db")
        members = tuple(MemberConfig(m.handle, m.name, m.role, m.teams, m.handle) for m in TEAM)
        tell = TellConfig(tuple(ChannelConfig(name) for name in ("legal", "depot")))
        self.config = Config(paths.find(folder / "config", folder / "data"), members=members, tell=tell)
        self.config.paths.config.mkdir(parents=True, exist_ok=True)
        self.config.paths.experts.write_text('[[expert]]\nname = "anna"\nchannel = "legal"\n')
        self.now = 1_700_000_000_000
        self.source = self.store.write(lambda conn: sources.ensure(conn, "brand", "mastodon"))
        self.scoring = SCORING
        self.numbers = itertools.count(1)
        self.ana, self.lena, self.dan, self.olga = (self.desk(m.handle) for m in TEAM)

    def desk(self, handle: str, store: Store | None = None, **more) -> Desk:
        """One more screen of a member."""
        member = next(m for m in TEAM if m.handle == handle)
        return Desk(store or self.store, self.config, member, clock=lambda: self.now, **more)

    def intake(self) -> Intake:
        teams = {"care": ("ana", "lena", "dan"), "night": ("lena",)}
        return Intake(self.scoring, self.now, None, 4 * HOUR, teams)

    def hear(self, *said: Message) -> None:
        """What a poll brings."""
        scored = [self.scoring.score(message) for message in said]
        self.store.write(lambda conn: take_in(conn, self.source, scored, self.intake()))

    def write(self, text: str = "where is my parcel?", to: int | None = None, **more) -> int:
        """A person writes, in a new conversation or in one that there is; its id."""
        number = next(self.numbers)
        key = f"c{number}" if to is None else self.row(to).remote_id
        author = more.pop("author", f"mina-{key}")
        said = Message(
            f"m{number}", key, Author(author, author, author.title()), text, more.pop("at", self.now), **more
        )
        self.hear(said)
        return conversations.known(self.store.read(), self.source.id, [key])[key].id

    def message(self, remote: str, conversation: int, text: str) -> Message:
        """A message that the store has, with another text."""
        row = self.row(conversation)
        return Message(remote, row.remote_id, Author(row.handle, row.handle, row.name), text, row.created_at)

    def delete(self, conversation: int) -> None:
        """The network takes every message of a conversation back."""
        gone = [m.remote_id for m in messages.thread(self.store.read(), conversation)]
        self.store.write(lambda conn: take_in(conn, self.source, [], self.intake(), deleted=gone))

    def engine(self, minutes: int = 0) -> None:
        """Time goes by, and the engine does what it brings."""
        self.now += minutes * MINUTE
        while self.store.write(lambda conn: scheduled.run(conn, self.intake())):
            pass

    def row(self, conversation: int) -> Conversation:
        return conversations.get(self.store.read(), conversation)

    def draft(self, conversation: int, handle: str) -> replies.Reply | None:
        """A member's draft in a conversation."""
        return replies.draft(self.store.read(), conversation, handle)

    def rows(self, sql: str, *params) -> list[tuple]:
        return [tuple(row) for row in self.store.read().execute(sql, params)]

    def dump(self) -> dict[str, list[tuple]]:
        """Every row of every table that is ours."""
        tables = [row[0] for row in self.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {
            name: self.rows(f"SELECT * FROM {name} ORDER BY 1, 2")  # noqa: S608 - our own tables
            for name in tables
            if not name.startswith("message_words_")
        }

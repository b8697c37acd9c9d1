"""Whom a notice reaches, through which channels: what the configuration says, and who has which part in the matter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cminbox.channels import Quiet, split_address
from cminbox.config import Config, MemberConfig
from cminbox.members import MAY_ACT, MAY_MANAGE
from cminbox.model import NOTICE_PARTS, Conversation, Instant
from cminbox.store import Connection, conversations, duty, notices
from cminbox.store.deliveries import Target
from cminbox.store.notices import Notice


class Reached(NamedTuple):
    """Where a notice is told.

    Attributes:
        nobody: why it reaches nobody who should be told; empty where it reaches somebody, or nobody should be.
    """

    targets: tuple[Target, ...]
    nobody: str = ""


def reached(conn: Connection, config: Config, notice: Notice, now: Instant) -> Reached:
    """Where a notice is told, and why it reaches nobody, as the configuration is now."""
    if not config.tell.channels:
        return Reached((), "no channel is configured")
    asked = _Asked(conn, config, notice, now)
    always = () if notice.named_only else config.tell.tell.get(notice.kind, ())
    for word in (*always, *notice.recipients):
        asked.tell(word)
    if asked.targets:
        return Reached(tuple(asked.targets))
    return Reached((), "; ".join(dict.fromkeys(asked.why)))


def quiet_of(config: Config, target: Target) -> tuple[Quiet, ...]:
    """The hours in which nothing is told to a target: its channel's, and its member's own."""
    channel = config.tell.channel(target.channel)
    member = _member(config, target.member)
    return (*(channel.quiet if channel else ()), *(member.telling.quiet if member else ()))


def digest_of(config: Config, target: Target) -> int:
    """Milliseconds after something was told to a target within which the next is gathered."""
    channel = config.tell.channel(target.channel)
    member = _member(config, target.member)
    if member is not None and member.telling.digest is not None:
        return member.telling.digest
    return channel.digest if channel else 0


class _Asked:
    """Gathers the targets of a notice, and why those are not told who are not."""

    def __init__(self, conn: Connection, config: Config, notice: Notice, now: Instant) -> None:
        self._conn = conn
        self._config = config
        self._notice = notice
        self._now = now
        self._names = config.told_names
        self._row = conversations.get(conn, notice.conversation_id) if notice.conversation_id is not None else None
        self.targets: dict[Target, None] = {}
        self.why: list[str] = []

    def tell(self, words: str) -> None:
        """Reach who is named by one entry of `[tell]`, or by one recipient: the first alternative that is somebody."""
        why: list[str] = []
        for word in map(str.strip, words.split("|")):
            before, self.why = self.why, []
            found = self._one(word)
            why += self.why
            self.why = before
            if found:
                return
        self.why += why

    def _one(self, word: str) -> bool:
        """Reach who is named by one word; whether that is somebody."""
        plain = word.casefold()
        if plain in NOTICE_PARTS:
            handles = self._part(plain)
            if not handles:
                self.why.append(f"nobody is {_PARTS.get(plain, plain)}")
            return self._members(handles)
        handle = self._names.members.get(plain.removeprefix("@"))
        if handle is not None:
            return self._members([handle])
        channel, address = split_address(word)
        known = self._config.tell.channel(channel)
        if known is not None:
            return self._channel(known.name, address, "")
        team = self._names.teams.get(plain.removeprefix("team:"))
        if team is not None:
            return self._members(self._on_duty(self._config.teams[team], f"of team {team}"))
        self.why.append(f"nobody is called {word}")
        return False

    def _members(self, handles: Iterable[str]) -> bool:
        by, reached = self._notice.by.casefold(), False
        for handle in handles:
            if handle.casefold() == by and self._notice.kind != "test":
                continue
            member = _member(self._config, handle)
            if member is None:
                if self._config.members:
                    self.why.append(f"{handle} is no member of the team")
                    continue
                # Whoever works without a team is told through every channel.
                found = [self._channel(one.name, "", "") for one in self._config.tell.channels]
                reached = any(found) or reached
                continue
            if not member.telling.channels:
                self.why.append(f"{handle} has no channel")
            for name in member.telling.channels:
                channel, address = split_address(name)
                known = self._config.tell.channel(channel)
                if known is not None:
                    own = address or self._namers(known.name) == 1
                    reached = self._channel(known.name, address, member.handle if own else "") or reached
        return reached

    def _channel(self, name: str, address: str, member: str) -> bool:
        channel = self._config.tell.channel(name)
        if channel is None or (channel.carries and self._notice.kind not in (*channel.carries, "test")):
            self.why.append(f"{name} carries no notice of this kind")
            return False
        self.targets[Target(channel.name, address, member)] = None
        return True

    def _namers(self, channel: str) -> int:
        """How many members name a channel as theirs: one that several name is a room, and is told once."""
        return sum(
            any(split_address(name) == (channel, "") for name in member.telling.channels)
            for member in self._config.members
        )

    def _part(self, part: str) -> Sequence[str]:
        """The handles of those who have a part in the matter: as the notice says, else as the store does."""
        said = [str(handle) for handle in self._notice.people.get(part, ())]
        if said:
            return said
        team, row = self._config.team, self._row
        match part:
            case "lead":
                return [one.handle for one in team if one.role == "lead"] or self._alone()
            case "approvers":
                return [one.handle for one in team if one.role in MAY_MANAGE] or self._alone()
            case "assignee" if row is not None and row.assignee:
                return [row.assignee]
            case "assignee" if row is not None and row.team:
                return self._of_team(row)
            case "team":
                return self._of_team(row) or self._alone()
            case "watchers" if row is not None:
                return notices.watchers(self._conn, row.id)
            case _:
                return []

    def _of_team(self, row: Conversation | None) -> list[str]:
        """Who is on duty of the team that has the conversation; of all where no team has it."""
        if row is not None and row.team:
            return self._on_duty(self._config.teams.get(row.team, ()), f"of team {row.team}")
        return self._on_duty([one.handle for one in self._config.team if one.role in MAY_ACT], "of the team")

    def _on_duty(self, handles: Sequence[str], whose: str) -> list[str]:
        found = duty.on_duty(self._conn, self._config, handles, self._now)
        if handles and not found:
            self.why.append(f"nobody {whose} is on duty")
        return sorted(found)

    def _alone(self) -> list[str]:
        """Who works where the configuration names no members."""
        return [] if self._config.members else ["you"]


_PARTS = {"approvers": "there to approve it", "mentioned": "mentioned", "team": "on duty", "watchers": "watching"}


def _member(config: Config, handle: str) -> MemberConfig | None:
    wanted = handle.casefold()
    return next((one for one in config.members if one.handle.casefold() == wanted), None) if wanted else None

"""Experts: colleagues without a terminal who can be asked, by topic, as `experts.toml` names them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cminbox.errors import ConfigError, SeveralMistakes, UsageError
from cminbox.model import HOUR, MINUTE
from cminbox.suggest import suggest
from cminbox.text import clean, fold, one_line
from cminbox.toml_folder import KeptFile
from cminbox.tomlfile import Mistakes, Table

_NAME = re.compile(r"[\w][\w.-]*")
_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")


@dataclass(frozen=True, slots=True)
class Expert:
    """A colleague who can be asked.

    Attributes:
        name: as they are asked: `:ask anna`.
        channel: the channel of `config.toml` that reaches them.
        about: who they are, in a line.
        topics: what they know of.
        mail: the addresses from which their answers are taken; without one, answers are pasted.
        remind: milliseconds after which they are asked again; 0: never.
    """

    name: str
    channel: str
    about: str = ""
    topics: tuple[str, ...] = ()
    mail: tuple[str, ...] = ()
    remind: int = 4 * HOUR

    def writes_from(self, address: str) -> bool:
        """Whether a mail from this address is theirs."""
        return address.strip().casefold() in {one.casefold() for one in self.mail}


@dataclass(frozen=True, slots=True)
class ExpertBook:
    """The experts that there are, and what is wrong with their file."""

    experts: tuple[Expert, ...] = ()
    problems: tuple[ConfigError, ...] = ()

    def by_name(self, name: str) -> Expert | None:
        """The expert of this name."""
        wanted = fold(name.removeprefix("@"))
        return next((one for one in self.experts if fold(one.name) == wanted), None)

    def find(self, word: str) -> Expert:
        """The expert of this name, or the first who knows of this topic.

        Raises:
            UsageError: there is none.
        """
        found = self.by_name(word)
        if found is None:
            topic = fold(word.removeprefix("#"))
            found = next((one for one in self.experts if topic in map(fold, one.topics)), None)
        if found is not None:
            return found
        names = [name for one in self.experts for name in (one.name, *one.topics)]
        if not names:
            raise UsageError(f'nobody is called "{word}"', "experts.toml names the colleagues who can be asked")
        raise UsageError(f'no expert is called "{word}", and none knows of it', suggest(word, names))

    def without_channel(self, channels: Iterable[str]) -> list[Expert]:
        """Those whom nothing reaches: their channel is none of these."""
        known = {name.casefold() for name in channels}
        return [one for one in self.experts if one.channel.partition(":")[0].strip().casefold() not in known]

    def ranked(self, topics: Iterable[str]) -> list[Expert]:
        """All of them, those first who know of one of these topics (labels, signals, words)."""
        wanted = {fold(topic) for topic in topics}
        return sorted(self.experts, key=lambda one: not wanted & {fold(topic) for topic in one.topics})


class ExpertFile:
    """The file of experts, read again where it changed; while it is broken, what it last said stays."""

    def __init__(self, path: Path) -> None:
        self._file = KeptFile(path, "expert", read_expert)

    def load(self) -> ExpertBook:
        """The experts in force."""
        read = self._file.load()
        names: dict[str, Expert] = {}
        for one in read.items:
            names.setdefault(fold(one.name), one)
        twice = [one.name for one in read.items if names[fold(one.name)] is not one]
        told = [
            ConfigError(f'two experts are called "{name}"', file=read.path, hint="the first stays; rename the other")
            for name in twice
        ]
        return ExpertBook(tuple(names.values()), (*read.problems, *told))


def read_expert(table: Table) -> Expert:
    """The expert of one `[[expert]]` table.

    Raises:
        SeveralMistakes: all of its mistakes.
    """
    gather = Mistakes()
    no_texts: tuple[str, ...] = ()
    expert = Expert(
        gather.of(lambda: _name(table), ""),
        gather.of(lambda: table.text("channel"), ""),
        one_line(clean(gather.of(lambda: table.text("about", ""), ""))),
        gather.of(lambda: tuple(one_line(clean(topic)) for topic in table.texts("topics")), no_texts),
        gather.of(lambda: _addresses(table), no_texts),
        gather.of(lambda: _remind(table), 0),
    )
    told = {error.line_number for error in gather.found}
    # A key that is near to one that is missing was told as that.
    gather.found += [error for error in table.unknown() if error.line_number not in told]
    if gather.found:
        raise SeveralMistakes(gather.found, expert)
    return expert


def _name(table: Table) -> str:
    name = table.text("name").strip().removeprefix("@")
    if not _NAME.fullmatch(name):
        raise table.error("name", f'name "{name}" has characters that cannot be', "one word, as in :ask anna")
    return name


def _addresses(table: Table) -> tuple[str, ...]:
    found = (table.text("mail"),) if isinstance(table.values.get("mail"), str) else table.texts("mail")
    for address in found:
        if not _ADDRESS.fullmatch(address.strip()):
            raise table.error("mail", f'"{address}" is no mail address', 'write it as "anna@example.com"')
    return tuple(address.strip() for address in found)


def _remind(table: Table) -> int:
    if table.has("remind") and table.values["remind"] in ("never", False):
        return 0
    return table.duration("remind", 4 * HOUR, least=MINUTE)

"""Which entry of a feed is which, from one poll to the next.

An entry is known by its id (`guid`), or its link where it has none. Feeds give several entries one id or one link,
no id at all, or another id each time. Then what else they say of an entry tells: its link, its title, its time, and
what was said by whom. Of each entry that was seen, digests of these four are kept beside its name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from cminbox.sources.networks.feed.entries import Entry, digest

_NOTHING = "-"
_FEW = 3
"""In a list of fewer entries all of them may be new ones that look like those before."""


class Features(NamedTuple):
    """Digests of what an entry says; `-` for what it does not say."""

    link: str
    title: str
    written: str
    said: str


class Seen(NamedTuple):
    """What is kept of an entry that was passed on.

    Attributes:
        mark: of what the message said when it was passed on last, and when it was written or first seen.
        features: None for one that an older version kept.
    """

    mark: str
    features: Features | None

    @classmethod
    def load(cls, kept: str) -> Seen:
        """From its text in a cursor."""
        mark, *rest = kept.split(" ")
        return cls(mark, Features(*rest) if len(rest) == len(Features._fields) else None)

    def dump(self) -> str:
        """Its text in a cursor."""
        return " ".join((self.mark, *(self.features or ())))


def features(entry: Entry) -> Features:
    """What tells an entry from others, besides its id."""
    said = f"{entry.author}\n{entry.content}" if entry.author or entry.content else ""
    return Features(
        *(digest(each)[:10] if each else _NOTHING for each in (entry.link, entry.title, entry.written, said))
    )


def identified(entries: Sequence[Entry], seen: Mapping[str, Seen]) -> list[Entry]:
    """The entries with their keys, each entry once.

    Args:
        entries: as the feed lists them.
        seen: those of the last poll, by key.
    """
    once = {replace(entry, number=0): entry for entry in reversed(_latest_versions(entries))}
    told = [(entry, features(entry)) for entry in reversed(once.values())]
    bases = Counter(_base(entry) for entry, _ in told)
    keys = [_own_key(entry, its) if bases[_base(entry)] > 1 else _base(entry) for entry, its in told]
    again = Counter(keys)
    keys = [f"{key}.{its.said}" if again[key] > 1 else key for key, (_, its) in zip(keys, told, strict=True)]
    shared_before = {key.rpartition("#")[0] for key in seen}
    for place, (entry, its) in enumerate(told):
        known = seen.get(keys[place])
        if known is None:
            # Who had this name before has it no more in this list, but still in the store.
            keys[place] = _own_key(entry, its) if keys[place] in shared_before else keys[place]
        elif known.features is not None and _all_differ(its, known.features):
            keys[place] = _own_key(entry, its)  # its name went on to another entry
    taken = set(keys)
    free = {key: known for key, known in seen.items() if key not in taken and known.features is not None}
    _follow(keys, told, seen, free)
    found: dict[str, Entry] = {}
    for key, (entry, _) in zip(keys, told, strict=True):
        found.setdefault(key, replace(entry, key=key))
    return list(found.values())


def _latest_versions(entries: Sequence[Entry]) -> list[Entry]:
    """The entries without older versions of themselves (RFC 4287, 4.1.1): the same id, link and time of publishing."""
    newest: dict[tuple[str, str, int], int] = {}
    for entry in entries:
        if entry.id and entry.published is not None and entry.updated is not None:
            name = entry.id, entry.link, entry.published
            newest[name] = max(newest.get(name, entry.updated), entry.updated)
    return [
        entry
        for entry in entries
        if entry.published is None
        or entry.updated is None
        or newest.get((entry.id, entry.link, entry.published), entry.updated) == entry.updated
    ]


def _follow(
    keys: list[str], told: Sequence[tuple[Entry, Features]], seen: Mapping[str, Seen], free: Mapping[str, Seen]
) -> None:
    """Gives entries that have a new name back the one by which they were seen, where they surely are the same."""
    by_strict_key = {_strict_key(known.features): key for key, known in free.items() if known.features}
    likely = {kind: key for key, known in free.items() if known.features for kind in _likely(known.features)}
    unknown = [place for place, key in enumerate(keys) if key not in seen]
    # Where every name is another, but the entries are much the same, the names mean nothing.
    renamed = len(unknown) == len(keys)
    close = {place: key for place in unknown for kind in _likely(told[place][1]) if (key := likely.get(kind))}
    much_the_same = renamed and len(keys) >= _FEW and 2 * len(close) >= len(keys)
    used: set[str] = set()
    for place in unknown:
        entry, its = told[place]
        owner = by_strict_key.get(_strict_key(its))
        if owner is not None and not (renamed or owner == _base(entry) or owner.startswith(f"{_base(entry)}#")):
            owner = None  # one new name among others is a new entry
        if owner is None and much_the_same:
            owner = close.get(place)
        if owner is not None and owner not in used:
            used.add(owner)
            keys[place] = owner


def _base(entry: Entry) -> str:
    """The name that an entry has of itself."""
    return entry.id or entry.link or digest(f"{entry.title}\n{entry.content}")[:32]


def _own_key(entry: Entry, its: Features) -> str:
    """A name for an entry whose own name others have too."""
    return f"{_base(entry)}#{digest(' '.join((its.link, its.title, its.written)))[:12]}"


def _all_differ(one: Features, other: Features) -> bool:
    """Whether two entries have nothing in common, though both say all of it."""
    return all(here != there and _NOTHING not in (here, there) for here, there in zip(one, other, strict=True))


def _strict_key(its: Features) -> tuple[str, ...]:
    """What no two entries share by chance: the same words at the same time, or behind the same link."""
    return (its.title, its.said, its.written) if its.written != _NOTHING else (its.title, its.said, "", its.link)


def _likely(its: Features) -> tuple[tuple[str, ...], ...]:
    """What two entries may share by chance."""
    return (("said", its.title, its.said), *((("link", its.link, its.title),) if its.link != _NOTHING else ()))

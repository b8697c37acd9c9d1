"""What a terminal sends, cut into keys, whatever packets it comes in.

A key such as Up is several bytes that begin with Esc (`Esc [ A`). Over a bad line they come in two packets with any
time between; read one by one they would be Esc, `[` and `A`, which run commands. A person types Esc, `[` and `A` too,
but one at a time. So what comes in one read behind an Esc, and makes a key with it, is that key, however long the Esc
was ago; characters that come alone are typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

ESC = "\x1b"
BY_HAND_SECONDS = 0.02
"""Nobody types a key sooner behind an Esc: the two are Alt and that key."""
LOST_END_SECONDS = 1.0
"""So long after the last of a pasted text whose end was lost, Ctrl+C ends it."""
LONGEST = 64
"""No key's sequence is longer."""

_PASTE, _PASTE_END = "\x1b[200~", "\x1b[201~"
_WHOLE = re.compile(
    r"\x1b\[\[[A-E]"  # F1 to F5 of the Linux console
    r"|\x1b\[M[^\x1b]{3}"  # an old mouse report
    r"|\x1b\[(?![\[M])[0-?]*[ -/]*[@-~]"  # CSI
    r"|\x1bO[0-9;]*[:-~]"  # SS3
    r"|\x1b[P\]_^X][^\x07\x1b]*+(?:\x07|\x1b\\)"  # an answer to somebody's question
)
_PART = re.compile(r"\x1b(?:\[(?:\[|M[^\x1b]{0,2}|[0-?]*[ -/]*)|O[0-9;]*)?")
_NOT_TYPED = re.compile(r"\x1b\[[0-?]*[;<=>?]")
"""The beginning of a sequence that no person types: it has parameters."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Pasted(NamedTuple):
    """A text that was pasted, without control characters but line ends and tabs."""

    text: str


class EscWasNone(NamedTuple):
    """The Esc that was given out as a key was the beginning of one: what comes next is the rest."""


Piece = str | Pasted | EscWasNone
"""Text without an Esc, one whole sequence, an Esc that was pressed, Esc and the character of an Alt key; a paste; or
what was found out of an Esc."""


class PacketReader:
    """Joins what belongs together of what is read from a terminal.

    Args:
        known: whether a whole sequence is one that means something.
        escape_seconds: so long after an Esc with nothing behind it, it is the key Esc.
    """

    def __init__(self, known: Callable[[str], bool], escape_seconds: float) -> None:
        self._known = known
        self._escape_seconds = escape_seconds
        self._held = ""
        """The beginning of a sequence that nobody was told of yet."""
        self._given = ""
        """The beginning of a sequence that was given out as keys already, each of which came alone."""
        self._alone = False
        """Whether each character of both came in a read of its own."""
        self._paste: list[str] | None = None
        """A text that is being pasted."""
        self._read_at = 0.0

    def wait(self, now: float) -> float | None:
        """Seconds until `rest` has something to give; None for ever."""
        waits = self._held and not self._given and self._alone
        return max(0.0, self._read_at + self._escape_seconds - now) if waits and self._paste is None else None

    def rest(self, now: float) -> list[Piece]:
        """What is a key by now, because nothing came behind it."""
        if self.wait(now) != 0.0:
            return []
        self._given, self._held = self._held, ""
        return list(self._given)

    def read(self, data: str, now: float) -> list[Piece]:
        """What was read at once, with what was held from before it."""
        gap, self._read_at = now - self._read_at, now
        if self._paste is not None:
            return self._pasting(data, gap)
        held, given, alone = self._held, self._given, self._alone and len(data) == 1
        self._held = self._given = ""
        if given and alone:
            return [*self._typed(given, data)]
        if given:
            return [*self._behind_typed(given, held, data)]
        if held:
            return [*self._behind_held(held, data, gap, alone)]
        return [*self._cut(data)]

    def _typed(self, given: str, data: str) -> Iterator[Piece]:
        """A character that came alone behind others that did."""
        yield from self._cut(data)
        if not self._held and _PART.fullmatch(given + data):
            self._given, self._alone = given + data, True

    def _behind_typed(self, given: str, held: str, data: str) -> Iterator[Piece]:
        """Several characters behind an Esc that is long given out: the rest of a key, or keys by themselves."""
        begun = given + held + data
        found = _WHOLE.match(begun)
        if found and found.end() > len(given + held) and (self._known(found[0]) or _NOT_TYPED.match(found[0])):
            yield EscWasNone()
            yield from self._cut(begun)
        elif not found and _PART.fullmatch(begun) and len(begun) <= LONGEST:
            self._given, self._held, self._alone = given, held + data, False
        else:
            yield from self._cut(held)
            yield from self._cut(data)

    def _behind_held(self, held: str, data: str, gap: float, alone: bool) -> Iterator[Piece]:
        found = _WHOLE.match(held + data)
        whole = found is not None and self._known(found[0])
        part = found is None and _PART.fullmatch(held + data) is not None and len(held + data) <= LONGEST
        if held == ESC and self._alone and gap >= BY_HAND_SECONDS and data[0] not in "[O\x1b":
            yield ESC
            yield from self._cut(data)
        elif part:
            self._held, self._alone = held + data, alone
        elif whole or (gap < self._escape_seconds and (not alone or held == ESC)):
            yield from self._cut(held + data)
        elif alone and held != ESC:
            # Each was typed, and quickly.
            yield from held
            yield from self._cut(data)
        elif len(held) <= 2:
            # Alt and [ or O.
            yield held
            yield from self._cut(data)
        else:
            # The rest of a sequence was lost on the way.
            yield from self._cut(data)

    def _cut(self, text: str) -> Iterator[Piece]:
        """The pieces of a text; an unfinished one at its end is held."""
        at = 0
        while at < len(text):
            start = text.find(ESC, at)
            if start < 0:
                yield text[at:]
                return
            if start > at:
                yield text[at:start]
            found = _WHOLE.match(text, start)
            if found is not None:
                at = found.end()
                if found[0] == _PASTE:
                    self._paste = []
                    yield from self._pasting(text[at:], 0.0)
                    return
                # What is whole and means nothing here is no key, and no text.
                if self._known(found[0]):
                    yield found[0]
                continue
            begun = _PART.match(text, start)
            end = begun.end() if begun else start + 1
            if end == len(text) and end - start <= LONGEST:
                self._held, self._alone = text[start:], text[start:] == ESC
                return
            if end - start > 2:
                at = end  # Broken off: what comes behind it is something else.
            elif text[start + 1] == ESC:
                yield ESC
                at = start + 1
            else:
                yield text[start : start + 2]
                at = start + 2

    def _pasting(self, data: str, gap: float) -> list[Piece]:
        """More of a pasted text; the text, once its end is there."""
        paste = self._paste if self._paste is not None else []
        if data == "\x03" and gap >= LOST_END_SECONDS:
            data = _PASTE_END
        # The end may be cut itself.
        last = "".join(paste[-len(_PASTE_END) :])[1 - len(_PASTE_END) :]
        paste.append(data)
        if _PASTE_END not in last + data:
            return []
        self._paste = None
        text, _, behind = "".join(paste).partition(_PASTE_END)
        return [Pasted(_CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))), *self._cut(behind)]

"""Writes one entry into the user's lexicon, and takes it back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from cminbox.errors import CminboxError, UsageError
from cminbox.paths import make_private
from cminbox.rules.lexicon import entry_of

_LONGEST = 80


class Written(NamedTuple):
    """An entry that was written.

    Attributes:
        line: as it stands in the file.
    """

    file: Path
    line: str

    def words(self) -> str:
        """What was written where, and how it is taken back later."""
        shown = self.line.replace("\t", " ")
        return f"“{shown}” stands at the end of {self.file}; take the line out to take it back"


def write(folder: Path, language: str, words: str, valence: str) -> Written:
    """Append an entry to `<language>.tsv`; the last one of the same words counts.

    Args:
        valence: from −4 to 4, as typed.

    Raises:
        UsageError: that is no entry.
        CminboxError: it cannot be written.
    """
    words, number = " ".join(words.lower().split()), valence.replace("−", "-")
    try:
        if len(words) > _LONGEST or words.startswith("#") or not words.isprintable():
            raise ValueError(f"a word or a phrase of at most {_LONGEST} characters")
        entry = entry_of(words, [number])
    except ValueError as error:
        raise UsageError(f"no entry of a lexicon: {error}", "write the valence, then the words: 2 sick") from None
    if not language.replace("-", "").isalnum():
        raise UsageError(f"{language!r} is no language", "correct the language first")
    make_private(folder)
    path = folder / f"{language}.tsv"
    line = f"{words}\t{entry.valence:g}"
    try:
        # One write to the end of the file: whoever writes or reads beside us sees the line whole, or not at all.
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(file).st_size
            begun = size and os.pread(file, 1, size - 1) != b"\n"
            os.write(file, f"{chr(10) if begun else ''}{line}\n".encode())
        finally:
            os.close(file)
    except OSError as error:
        raise CminboxError(f"cannot write {path}: {error.strerror}", "check the folder") from None
    return Written(path, line)


def take_back(written: Written) -> str:
    """Take out an entry that was written last into its file; says so. A file that held nothing else goes too.

    Raises:
        CminboxError: it is not the last line any more, or the file cannot be changed.
    """
    line, shown = f"{written.line}\n".encode(), written.line.replace("\t", " ")
    try:
        file = os.open(written.file, os.O_RDWR)
        try:
            size = os.fstat(file).st_size
            start = size - len(line)
            if (
                start < 0
                or os.pread(file, len(line), start) != line
                or (start and os.pread(file, 1, start - 1) != b"\n")
            ):
                raise CminboxError(
                    f"“{shown}” is not the last line of {written.file} any more",
                    "take it out there, if it still stands",
                )
            os.ftruncate(file, start)
        finally:
            os.close(file)
        if not start:
            written.file.unlink()
    except OSError as error:
        raise CminboxError(f"cannot change {written.file}: {error.strerror}", "take the line out there") from None
    return f"“{shown}” is taken out of {written.file} again"

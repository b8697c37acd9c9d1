"""Contacts as lines of a CSV file, and back: what is written is read as it was, and no spreadsheet runs any of it."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TextIO
from urllib.parse import unquote

from cminbox.desk.contact_import import ContactLine
from cminbox.desk.contacts import LONGEST_NAME, LONGEST_TEXT, check_contact_role, list_name, names
from cminbox.errors import ActionError, UsageError
from cminbox.model import Instant, from_iso, to_iso
from cminbox.suggest import nearest
from cminbox.text import clean, one_line

COLUMNS = (
    *("name", "role", "vip", "tags", "interests", "writes_at", "lists", "accounts"),
    *("follow_up", "follow_up_at", "notes"),
)
_FORMULA = frozenset("=+-@\t\r'")
"""What a cell may begin with that a spreadsheet takes for a formula; and what marks one that is none."""
_YES, _NO = frozenset({"yes", "true", "1", "y", "x", "vip"}), frozenset({"no", "false", "0", "n"})
_NETWORK = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_NOTE = re.compile(r"(\d{4}-\d\d-\d\dT\S+) ([^\s:]*): (.*)", re.DOTALL)
LONGEST_CELL = 1_000_000


# out


def write(file: TextIO, lines: Iterable[ContactLine]) -> None:
    """Write contacts below a line of heads."""
    out = csv.writer(file, lineterminator="\n")
    out.writerow(COLUMNS)
    for line in lines:
        out.writerow([tamed(cell) for cell in _cells(line)])


def _cells(line: ContactLine) -> Sequence[str]:
    return (
        line.name,
        line.role,
        "" if line.vip is None else "yes" if line.vip else "no",
        ", ".join(line.tags),
        ", ".join(line.interests),
        line.writes_at,
        ", ".join(line.lists),
        "; ".join(f"{network}:{_escaped(handle)}" for network, handle in line.accounts),
        line.follow_up,
        "" if line.follow_up_at is None else to_iso(line.follow_up_at),
        "\n".join(f"{_time(at)} {member}: {_flat(text)}" for at, member, text in line.notes),
    )


def _time(at: Instant | None) -> str:
    return to_iso(0 if at is None else at)


def _escaped(handle: str) -> str:
    return handle.replace("%", "%25").replace(";", "%3B")


def _flat(text: str) -> str:
    """A text on one line, from which it can be read again."""
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _unflat(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], text)


def tamed(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; `tame` cells stay as they are."""
    return f"'{cell}" if cell[:1] in _FORMULA and cell else cell


def freed(cell: str) -> str:
    """A cell as it was before it was `tamed`; what others wrote stays as it is."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULA and len(cell) > 1 else cell


# in


def read(file: TextIO, member: str, note: Callable[[str], None]) -> Iterator[ContactLine | tuple[int, str]]:
    """The lines of a file: contacts, and of those that are none their number and what is wrong.

    Args:
        member: whose notes without a name are.
        note: told of columns that are left out.

    Raises:
        UsageError: it has no heads, or none that we know.
    """
    csv.field_size_limit(LONGEST_CELL)
    first, above = file.readline(), 1
    while first and not first.strip("\ufeff\r\n\t ,;"):
        first, above = file.readline(), above + 1
    heads = [_head(cell) for cell in next(csv.reader([first], delimiter=delimiter(first)), [])]
    known = [head for head in heads if head in COLUMNS]
    if not {"name", "accounts"} & set(known):
        near = nearest("name", heads) if heads else None
        hint = f"its first line names the columns: {', '.join(COLUMNS)}"
        raise UsageError("the file has no column name and no column accounts" + (f" ({near}?)" if near else ""), hint)
    twice = {head for head in known if known.count(head) > 1}
    if twice:
        raise UsageError(f"the column {min(twice)} is there twice", "keep one of them")
    for strange in [head for head in heads if head and head not in COLUMNS]:
        near = nearest(strange, COLUMNS)
        meant = f": did you mean {near!r}?" if near else ""
        note(f"the column {one_line(clean(strange, 60))!r} is left out{meant}")
    rows = csv.reader(file, delimiter=delimiter(first))
    while True:
        number = rows.line_num + above + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, f"it cannot be read: {error}"
            continue
        if not any(cell.strip() for cell in row):
            continue
        if len(row) > len(heads):
            yield number, f"it has {len(row)} cells, and the first line names {len(heads)} columns"
            continue
        try:
            yield _line(number, dict(zip(heads, map(freed, row), strict=False)), member)
        except ActionError as error:
            yield number, error.line()


def delimiter(heads: str) -> str:
    """What stands between the cells: what is found most often in the first line, of comma, semicolon and tab."""
    return max((",", ";", "\t"), key=heads.count)


def _head(cell: str) -> str:
    return "_".join(freed(cell.strip("\ufeff \r\n\t")).casefold().replace("-", " ").split())


def _line(number: int, cells: Mapping[str, str], member: str) -> ContactLine:
    """A contact of a line's cells.

    Raises:
        ActionError: a cell says what cannot be.
    """

    def cell(name: str) -> str:
        return one_line(clean(cells.get(name, ""), LONGEST_CELL))

    for name, most in (("name", LONGEST_NAME), ("writes_at", LONGEST_NAME), ("follow_up", LONGEST_TEXT)):
        if len(cell(name)) > most:
            raise ActionError(f"{name} has {len(cell(name)):,} characters", f"{most:,} at most")
    vip = cell("vip").casefold()
    if vip and vip not in _YES | _NO:
        raise ActionError(f"vip is {vip[:40]!r}", "write yes or no")
    at, accounts = cell("follow_up_at"), _accounts(cells.get("accounts", ""))
    if not cell("name") and not accounts:
        raise ActionError("no name and no account", "give it one of both")
    return ContactLine(
        number,
        cell("name"),
        check_contact_role(cell("role")),
        vip in _YES if vip else None,
        names(cell("tags").split(","), "a tag"),
        names(cell("interests").split(","), "an interest"),
        cell("writes_at"),
        tuple(dict.fromkeys(list_name(part) for part in cell("lists").split(",") if part.strip())),
        accounts,
        cell("follow_up"),
        _instant(at) if at else None,
        tuple(_notes(cells.get("notes", ""), member)),
    )


def _instant(text: str) -> Instant:
    try:
        return from_iso(text)
    except (ValueError, OverflowError):
        raise ActionError(f"follow_up_at is {text[:40]!r}", "write 2026-05-01T09:00+02:00") from None


def _accounts(text: str) -> tuple[tuple[str, str], ...]:
    found: dict[tuple[str, str], None] = {}
    for part in re.split(r"[;\n]", clean(text, LONGEST_CELL)):
        network, colon, handle = one_line(part).partition(":")
        if not part.strip():
            continue
        network = network.strip().casefold()
        handle = re.sub(r"%(25|3[bB])", lambda escaped: unquote(escaped[0]), handle.strip())
        handle = handle.removeprefix("@")
        if not colon or not handle or not _NETWORK.fullmatch(network) or len(handle) > LONGEST_NAME:
            raise ActionError(f"{one_line(part)[:60]!r} is no account", "write mastodon:ana_lopez; instagram:ana.l")
        found[network, handle] = None
    return tuple(found)


def _notes(text: str, member: str) -> Iterator[tuple[Instant | None, str, str]]:
    for part in text.splitlines():
        note = clean(part, LONGEST_CELL).strip()
        if not note:
            continue
        match = _NOTE.fullmatch(note)
        at: Instant | None = None
        who, said = member, note
        if match is not None:
            try:
                at, who, said = from_iso(match[1]), match[2] or member, _unflat(match[3])
            except (ValueError, OverflowError):
                at, who, said = None, member, note
        if len(said) > LONGEST_TEXT:
            raise ActionError(f"a note has {len(said):,} characters", f"{LONGEST_TEXT:,} at most")
        yield at, who, said

"""JSON Lines: a file, a folder that is watched, or standard input; also what `import` reads.

One message a line: `network, source, id, conversation, parent, kind, direction ("in"|"out"), author {id, handle, name,
followers}, title, text, created_at (ISO 8601 with zone), url, lang, attachments (a list of {kind, address, alt, gone}),
stars (1 to 5), held, hidden, ad (true or false), post {id, title, url}`. Only `id`, `author.id`, `text` and
`created_at` are needed; keys that are not known are passed over. A line that cannot be understood is skipped with its
number; so is one whose time no message can have (before 1990, or in the future): it stands for one that is not known.

The text is UTF-8. A file that is something else from its first bytes on is refused as a whole.

A watched file is read in whole lines from where it was left; a file that was replaced or cut is read from its start.
"""

from __future__ import annotations

import codecs
import os
import sys
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from json import dumps
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import msgspec

from cminbox.errors import DataError, Refused
from cminbox.model import (
    ATTACHMENT_KINDS,
    EARLIEST,
    KINDS,
    SECOND,
    Attachment,
    AttachmentKind,
    Author,
    Direction,
    Instant,
    Kind,
    Message,
    Post,
    from_iso,
    is_plausible,
    now,
)
from cminbox.sources.bodies import Undecodable, read_json
from cminbox.sources.contract import Account, Capabilities, Identity, Info, Option, Page
from cminbox.sources.glyphs import GLYPHS
from cminbox.sources.items import one_item
from cminbox.sources.json_values import web_address, whole_number
from cminbox.sources.paging import load_cursor
from cminbox.sources.push import FORGED, KEPT, NOT_UNDERSTOOD, Pushed, Verdict, is_fresh, is_signed
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.http import Client

__all__ = ["INFO", "Line", "Reader", "identify", "other_format", "pages", "parse", "pushed_pages", "receive"]

INFO = Info(
    network="jsonl",
    title="JSON Lines",
    glyph=GLYPHS["jsonl"],
    options=(
        Option("path", "a file, a folder whose *.jsonl files are watched, or - for standard input", "path"),
        Option("receive", "take lines that are sent to cminbox receive", "flag", default=False),
    ),
    has_account=False,
    capabilities=Capabilities(edits=True, min_interval=5 * SECOND),
)

BATCH = 500
LONGEST_LINE = 1024 * 1024
MOST_REMEMBERED = 50_000
_SUFFIXES = (".jsonl", ".ndjson")
_HEAD = 64


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was understood.

    Attributes:
        number: 1-based.
        network: what the line names, empty if nothing.
        source: likewise.
        message: the message, or None with `error` saying why not.
    """

    number: int
    network: str = ""
    source: str = ""
    message: Message | None = None
    error: DataError | None = None


@dataclass(slots=True)
class Reader:
    """Reads lines and gives each message its conversation.

    A line without `conversation` belongs to that of its parent, if that was read by the same reader; it remembers the
    last 50,000.

    Args:
        name: the file's name in errors.
        number: the number of the last line read before.
        present: now; no message is taken to be from the future.
    """

    name: str = "line"
    number: int = 0
    present: Instant = field(default_factory=now)
    _conversations: OrderedDict[tuple[str, str], str] = field(default_factory=OrderedDict, init=False)

    def read(self, lines: Iterable[bytes]) -> Iterator[Line]:
        """The lines that are not blank, in order."""
        for raw in lines:
            self.number += 1
            if self.number == 1:
                raw = raw.removeprefix(codecs.BOM_UTF8)
            if raw.strip():
                yield self._line(raw)

    def _line(self, raw: bytes) -> Line:
        skipped: list[DataError] = []
        with one_item(skipped):
            return self._understood(raw)
        return Line(self.number, error=DataError(f"{self.name}:{self.number}: {skipped[0].message}"))

    def _understood(self, raw: bytes) -> Line:
        record = decode(raw)
        message = parse(record, present=self.present)
        source = _label(record.get("source"))
        key = (source, message.id)
        if not record.get("conversation") and message.parent:
            above = self._conversations.get((source, message.parent))
            message = message._replace(conversation=above) if above else message
        self._conversations[key] = message.conversation
        if len(self._conversations) > MOST_REMEMBERED:
            self._conversations.popitem(last=False)
        return Line(self.number, _label(record.get("network")).lower(), source, message)


def decode(raw: bytes) -> dict[str, Any]:
    """The object on a line.

    Raises:
        DataError: it is not JSON, or not an object.
    """
    if len(raw) > LONGEST_LINE:
        raise DataError(f"longer than {LONGEST_LINE:,} bytes")
    try:
        record = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        if raw.startswith(codecs.BOM_UTF8) and not raw.startswith(2 * codecs.BOM_UTF8):  # files one behind the other
            return decode(raw.removeprefix(codecs.BOM_UTF8))
        try:
            record = read_json(raw)  # slower, and takes lone surrogates, which are cleaned away later
        except Undecodable:
            raise DataError(_why_not_json(raw)) from None
        # It reads bytes of other encodings as if they were not there.
        if (byte := _stray_byte(raw)) is not None:
            raise DataError(_not_utf8(byte)) from None
    if isinstance(record, list):
        raise DataError("a list, not an object: one message a line")
    if not isinstance(record, dict):
        raise DataError("not an object")
    return record


def _why_not_json(raw: bytes) -> str:
    if (byte := _stray_byte(raw)) is not None:
        return _not_utf8(byte)
    if raw.rstrip().count(b"\r"):
        return "not JSON: its lines end with CR alone; convert them with tr '\\r' '\\n'"
    return "not JSON: it has NUL bytes" if b"\0" in raw else "not JSON"


def _stray_byte(raw: bytes) -> int | None:
    """The first byte that is not UTF-8."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return raw[error.start]
    return None


def _not_utf8(byte: int) -> str:
    return f"byte 0x{byte:02x} is not UTF-8; if it is Latin-1, convert the file with iconv -f WINDOWS-1252 -t UTF-8"


_FORMATS = (
    *((mark, "UTF-32", "iconv -f UTF-32 -t UTF-8") for mark in (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)),
    *((mark, "UTF-16", "iconv -f UTF-16 -t UTF-8") for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)),
    (b"\x1f\x8b", "compressed (gzip)", "gunzip -c"),
    (b"BZh", "compressed (bzip2)", "bunzip2 -c"),
    (b"\xfd7zXZ", "compressed (xz)", "xz -dc"),
    (b"(\xb5/\xfd", "compressed (zstd)", "zstd -dc"),
    (b"PK\x03\x04", "an archive (zip)", "unzip -p"),
    (b"SQLite format 3", "a database (SQLite)", ""),
)


def other_format(head: bytes) -> tuple[str, str] | None:
    """What a file is that begins with these bytes, and the command that makes text of it, empty where there is none.

    None where it may be ours.
    """
    for mark, name, command in _FORMATS:
        if head.startswith(mark):
            return name, command
    if len(head) >= 4 and not head[:4].strip(b"\0"):
        return "binary data", ""
    # No text in UTF-8 has NUL beside each letter.
    if head[1:2] == b"\0" and head[:1] not in (b"", b"\0"):
        return "UTF-16 without a byte order mark", "iconv -f UTF-16LE -t UTF-8"
    if head[:1] == b"\0" and head[1:2] not in (b"", b"\0"):
        return "UTF-16 without a byte order mark", "iconv -f UTF-16BE -t UTF-8"
    return None


def parse(raw: object, account: Account | None = None, *, present: Instant | None = None) -> Message:
    """A decoded line as a message.

    Args:
        raw: the line.
        account: not asked.
        present: now, unless another time is given.

    Raises:
        DataError: what is needed is missing, or something has a wrong type or value; it names the key.
    """
    if not isinstance(raw, dict):
        raise DataError("not an object")
    author = raw.get("author")
    if not isinstance(author, dict):
        raise DataError("'author' must be an object with an 'id'" if author is not None else "no 'author'")
    own = _id(raw, "id")
    parent = _id(raw, "parent") if raw.get("parent") is not None else None
    conversation = _id(raw, "conversation") if raw.get("conversation") is not None else parent or own
    return Message(
        id=own,
        conversation=conversation,
        author=Author(
            id=_id(author, "id", "author."),
            handle=_text(author, "handle", 200, "author.").lstrip("@"),
            name=_text(author, "name", 200, "author."),
            followers=_count(author.get("followers")),
        ),
        text=clean(_needed(raw, "text")),
        created_at=_instant(_needed(raw, "created_at"), now() if present is None else present),
        kind=cast(Kind, _choice(raw, "kind", KINDS, "reply" if parent else "mention")),
        direction=cast(Direction, _choice(raw, "direction", ("in", "out"), "in")),
        parent=parent,
        url=web_address(_text(raw, "url", 2000)),
        lang=_text(raw, "lang", 20) or None,
        title=_text(raw, "title", 500),
        answerable=False,
        attachments=_attachments(raw["attachments"]) if raw.get("attachments") is not None else (),
        stars=_stars(raw.get("stars")),
        held=_flag(raw, "held"),
        hidden=_flag(raw, "hidden"),
        ad=_flag(raw, "ad"),
        post=_post(raw["post"]) if raw.get("post") is not None else None,
    )


MOST_ATTACHMENTS = 20
"""More of one message are passed over."""


def _attachments(raw: object) -> tuple[Attachment, ...]:
    if not isinstance(raw, list) or not all(isinstance(each, dict) for each in raw):
        raise DataError("'attachments' must be a list of objects with a 'kind'")
    return tuple(
        Attachment(
            cast(AttachmentKind, _choice(each, "kind", ATTACHMENT_KINDS, "file", "attachments.")),
            web_address(_text(each, "address", 2000, "attachments.")),
            _text(each, "alt", 1000, "attachments."),
            _flag(each, "gone", "attachments."),
        )
        for each in raw[:MOST_ATTACHMENTS]
    )


def _post(raw: object) -> Post:
    if not isinstance(raw, dict):
        raise DataError("'post' must be an object with an 'id'")
    title, url = _text(raw, "title", 500, "post."), _text(raw, "url", 2000, "post.")
    return Post(_id(raw, "id", "post."), title, web_address(url))


def _stars(value: object) -> int | None:
    if value is None:
        return None
    stars = whole_number(value)
    if stars is None or not 1 <= stars <= 5:
        raise DataError("'stars' is a whole number from 1 to 5")
    return stars


def _flag(raw: Mapping[str, Any], key: str, before: str = "") -> bool:
    value = raw.get(key)
    if value is not None and not isinstance(value, bool):
        raise DataError(f"{before + key!r} is true or false")
    return bool(value)


async def identify(client: Client, account: Account) -> Identity:
    """The path itself, when it can be read."""
    if _only_receives(account):
        return Identity("receive")
    path = _path(account)
    if path is not None:
        _files(path)
    return Identity(str(path or "-"))


def receive(account: Account, pushed: Pushed) -> Verdict:
    """Whether lines that were sent are genuine.

    With a secret they are signed: `X-Cminbox-Signature` is `sha256=` and the HMAC-SHA256, in hex, of the seconds in
    `X-Cminbox-Timestamp`, a point, and the body.
    """
    if account.options.get("receive") is not True or pushed.method != "POST":
        return Verdict(404)
    if account.secret:
        seconds = pushed.headers.get("x-cminbox-timestamp", "")
        content = seconds.encode("utf-8", "replace") + b"." + pushed.body
        said = pushed.headers.get("x-cminbox-signature", "")
        if not is_fresh(seconds, pushed.at) or not is_signed(said, account.credentials.access_token, content):
            return FORGED
    return KEPT if pushed.body.strip() else NOT_UNDERSTOOD


async def pushed_pages(client: Client, account: Account, pushed: Pushed) -> AsyncIterator[Page]:
    """The lines of a request."""
    lines = pushed.body.splitlines(keepends=True)
    for page in _batches(Reader("line"), iter(lines), "", lambda number: ""):
        yield page


async def pages(client: Client, account: Account, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
    """The lines that are new since the cursors; each file is a stream of its own."""
    import asyncio

    if _only_receives(account):
        return
    path = _path(account)
    if path is None:
        for page in _batches(Reader("standard input"), _lines(sys.stdin.buffer), "stdin", lambda number: ""):
            yield page
        return
    for file in _files(path):
        stream, cursor = _stream(path, file), cursors.get(_stream(path, file), "")
        try:
            for page in _file_pages(file, cursor, stream):
                cursor = page.cursor
                yield page
                await asyncio.sleep(0)
        except Refused as error:
            if file == path:
                raise
            yield Page((), stream, cursor, notes=(error.message,))


def _file_pages(file: Path, cursor: str, stream: str) -> Iterator[Page]:
    """The new whole lines of one file."""
    kept = load_cursor(cursor)
    try:
        with file.open("rb") as opened:
            inode = os.fstat(opened.fileno()).st_ino
            size = os.fstat(opened.fileno()).st_size
            offset, number = whole_number(kept.get("offset")) or 0, whole_number(kept.get("line")) or 0
            head = opened.read(_HEAD)
            if (other := other_format(head)) is not None:
                raise Refused(
                    f"{file} is {other[0]}, not JSON Lines in UTF-8", hint=f"convert it: {other[1]}" if other[1] else ""
                )
            same = inode == kept.get("inode") and offset <= size and _is_head(head, kept.get("head"))
            if not same:
                offset = number = 0
            opened.seek(offset)
            state = {"inode": inode, "head": head.hex()}

            def reached(line: int) -> str:
                return dumps({**state, "offset": opened.tell(), "line": line})

            yield from _batches(Reader(file.name, number), _lines(opened, whole=True), stream, reached)
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}", hint="check that it is there and readable") from None


def _batches(reader: Reader, lines: Iterator[bytes], stream: str, reached: Callable[[int], str]) -> Iterator[Page]:
    """Pages of at most `BATCH` lines; `reached` makes the cursor from the number of the last line."""
    messages: list[Message] = []
    skipped: list[DataError] = []
    for line in reader.read(lines):
        if line.message is not None:
            messages.append(line.message)
        elif line.error is not None:
            skipped.append(line.error)
        if len(messages) + len(skipped) >= BATCH:
            yield Page(tuple(messages), stream, reached(reader.number), skipped=tuple(skipped))
            messages, skipped = [], []
    if messages or skipped:
        yield Page(tuple(messages), stream, reached(reader.number), skipped=tuple(skipped))


def _lines(opened: IO[bytes], *, whole: bool = False) -> Iterator[bytes]:
    """Lines without ever holding more than a little over the longest; the rest of a longer one is passed over.

    Args:
        whole: leave a last line without its end alone: its writer is still at it.
    """
    while True:
        start = opened.tell() if whole else 0
        line = opened.readline(LONGEST_LINE + 1)
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = opened.readline(LONGEST_LINE)
        if not line:
            return
        if whole and not rest:
            opened.seek(start)
            return
        yield line


def _only_receives(account: Account) -> bool:
    """Whether there is nothing to read but what is sent."""
    return account.options.get("receive") is True and not account.options.get("path")


def _path(account: Account) -> Path | None:
    """The configured path; None for standard input."""
    given = account.options.get("path")
    if not isinstance(given, str) or not given:
        raise Refused(f"{account.source} has no path", hint="path = a file, a folder, or -; or receive = true")
    return None if given == "-" else Path(given).expanduser()


def _files(path: Path) -> list[Path]:
    """The file, or the folder's files by name.

    Raises:
        Refused: there is neither.
    """
    try:
        if path.is_dir():
            return sorted(file for file in path.iterdir() if file.suffix in _SUFFIXES and file.is_file())
        if path.is_file():
            return [path]
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}", hint="check its permissions") from None
    raise Refused(f"{path} is neither a file nor a folder", hint="check the source's path")


def _stream(path: Path, file: Path) -> str:
    return "file" if file == path else f"file:{clean(file.name, 200)}"


def _is_head(head: bytes, kept: object) -> bool:
    """Whether a file still begins as it did: an inode alone may be that of a new file."""
    try:
        return isinstance(kept, str) and head.startswith(bytes.fromhex(kept))
    except ValueError:
        return False


def _needed(raw: Mapping[str, Any], key: str, before: str = "") -> str:
    value = raw.get(key)
    if value is None:
        raise DataError(f"no {before + key!r}")
    if not isinstance(value, str):
        raise DataError(f"{before + key!r} must be text")
    return value


def _id(raw: Mapping[str, Any], key: str, before: str = "") -> str:
    """An id: text, or a whole number, which is kept as its text."""
    value = raw.get(key)
    if type(value) is str and value.isascii() and value.isprintable() and value.strip() and len(value) <= 500:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    text = _needed(raw, key, before)
    if not text.strip() or len(text) > 500 or clean(text, 500) != text or "\n" in text:
        raise DataError(f"{before + key!r} is no id")
    return text


def _text(raw: Mapping[str, Any], key: str, limit: int, before: str = "") -> str:
    if raw.get(key) == "":
        return ""
    return one_line(clean(_needed(raw, key, before), limit)) if raw.get(key) is not None else ""


def _label(value: object) -> str:
    return _labelled(value) if isinstance(value, str) and len(value) <= _HEAD else _as_label(value)


def _as_label(value: object) -> str:
    return one_line(clean(value, 200)) if isinstance(value, str) else ""


@lru_cache(maxsize=1024)
def _labelled(value: str) -> str:
    """A short label; a file has few of them."""
    return _as_label(value)


def _choice(raw: Mapping[str, Any], key: str, allowed: tuple[str, ...], default: str, before: str = "") -> str:
    value = raw.get(key)
    if value is None:
        return default
    if value not in allowed:
        raise DataError(f"{before + key!r} is one of {', '.join(allowed)}")
    return cast(str, value)


def _count(value: object) -> int | None:
    count = whole_number(value)
    if count is None and value is not None:
        raise DataError("'author.followers' must be a whole number")
    return count


def _instant(text: str, present: Instant) -> Instant:
    try:
        when = from_iso(text)
    except (ValueError, OverflowError):
        raise DataError("'created_at' must be an ISO 8601 time with its zone") from None
    if not is_plausible(when, present):
        where = "before 1990" if when < EARLIEST else "in the future"
        raise DataError(f"'created_at' is {where}: {one_line(clean(text, 40))}")
    return when

"""Reading what a server sent: within bounds, and without trusting what it says of it."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import AsyncIterator, Iterable
from typing import Any

from cminbox.text import clean, one_line


class TooLarge(Exception):
    """The body is larger than was allowed."""


class Undecodable(Exception):
    """The body is not what it should be; the text says in a few words what it is."""


async def read_bounded(chunks: AsyncIterator[bytes], encoding: str, limit: int) -> bytes:
    """The decompressed body, without ever holding much more than `limit` bytes.

    Args:
        chunks: the body as it comes over the wire.
        encoding: the `Content-Encoding` header.
        limit: the most bytes allowed after decompression.

    Raises:
        TooLarge: there is more.
        Undecodable: an encoding that was not asked for, or broken compression.
    """
    kind = encoding.strip().lower()
    if kind not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise Undecodable("an encoding that it was not asked for")
    if kind in ("", "identity"):
        return await _read_plain(chunks, limit)
    # 32 + 15: gzip or zlib by the header; raw deflate, which some servers send for "deflate", is tried after it.
    decoder = zlib.decompressobj(47)
    body = bytearray()
    first = True
    async for chunk in chunks:
        try:
            part = decoder.decompress(chunk, limit + 1 - len(body))
        except zlib.error:
            if not first or kind != "deflate":
                raise Undecodable("broken compression") from None
            decoder = zlib.decompressobj(-15)
            try:
                part = decoder.decompress(chunk, limit + 1 - len(body))
            except zlib.error:
                raise Undecodable("broken compression") from None
        first = first and not chunk
        body += part
        if len(body) > limit:
            raise TooLarge
    if body and not decoder.eof:
        raise Undecodable("compression that was cut short")
    return bytes(body)


async def _read_plain(chunks: AsyncIterator[bytes], limit: int) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > limit:
            raise TooLarge
    return bytes(body)


def looks_like_html(body: bytes) -> bool:
    """Whether a body is a web page, whatever its headers say."""
    return body[:256].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def read_json(body: bytes) -> Any:
    """The JSON value of a body; None of an empty one.

    Lone surrogates, control characters and bytes that are no UTF-8 are let through for `text.clean`, and what nests
    deeper or counts higher than anybody means is null: one bad value in one item is no reason to lose a page.

    Raises:
        Undecodable: it is not JSON.
    """
    if not body.strip():
        return None
    if looks_like_html(body):
        raise Undecodable("HTML where JSON was due")
    try:
        try:
            if not _may_be_deep(body):
                return json.loads(body)
        except (ValueError, RecursionError):
            pass
        return json.loads(_tamed(body.decode(json.detect_encoding(body), "replace")), strict=False)
    except (ValueError, RecursionError):
        raise Undecodable("broken JSON") from None


_DEEPEST = 100
_NO_BRACKET = bytes(set(range(256)) - set(b"[]{}"))
_ESCAPE = re.compile(r"\\(?:(?P<good>u[0-9a-fA-F]{4}|[\"\\/bfnrt])|u[0-9a-fA-F]{0,3}|)")
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]|-?\d{300,}(?:\.\d+)?(?:[eE][+-]?\d+)?', re.DOTALL)


def _may_be_deep(body: bytes) -> bool:
    """Whether a body may nest as deep as `_DEEPEST`, told without reading it: newer Pythons read what is far deeper,
    and fail later. Each turn takes the innermost brackets away, those within texts too."""
    brackets = body.translate(None, _NO_BRACKET)
    for _ in range(_DEEPEST):
        fewer = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if len(fewer) == len(brackets) or len(fewer) < _DEEPEST:
            return len(fewer) >= _DEEPEST
        brackets = fewer
    return bool(brackets)


def _tamed(text: str) -> str:
    """JSON with null in place of what nests deeper than `_DEEPEST` and of numbers too long to be read, and with U+FFFD
    in place of what escapes nothing."""
    text = _ESCAPE.sub(lambda escape: escape[0] if escape["good"] else "\ufffd", text)
    parts: list[str] = []
    kept = depth = 0
    for found in _TOKEN.finditer(text):
        sign = found.group()
        if sign in ("[", "{"):
            depth += 1
            if depth == _DEEPEST:
                parts += (text[kept : found.start()], "null")
                kept = len(text)
        elif sign in ("]", "}"):
            if depth == _DEEPEST:
                kept = found.end()
            depth -= 1
        elif sign[0] != '"' and 0 < depth < _DEEPEST:
            parts += (text[kept : found.start()], "null")
            kept = found.end()
    return "".join((*parts, text[kept:]))


def complaint(data: object, secrets: tuple[str, ...] = ()) -> str:
    """What a server says of its refusal, as `: text`; short, cleaned, without the secrets that it may echo."""
    if not isinstance(data, dict):
        return ""
    found = data.get("error_description") or data.get("error") or data.get("message") or data.get("detail")
    if isinstance(found, dict):
        found = found.get("message")
    if not isinstance(found, str) or not found.strip():
        return ""
    return f": {one_line(clean(without(secrets, found), 200))}"


_BEGINNING = 12


def without(secrets: Iterable[str], text: str) -> str:
    """A text in which no secret stands, nor the beginning of one that was cut; "Bearer" itself may stand."""
    for secret in secrets:
        if len(secret) < 7:
            continue
        text = text.replace(secret, "…")
        while (at := text.find(secret[:_BEGINNING])) >= 0:
            same = next((n for n, (a, b) in enumerate(zip(secret, text[at:], strict=False)) if a != b), len(secret))
            text = f"{text[:at]}…{text[at + same :]}"
    return text

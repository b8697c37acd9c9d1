"""Reads recorded answers: vcrpy's YAML cassettes, without a YAML library, and plain files.

Only the subset of YAML that vcrpy writes is known: block maps and lists, plain, quoted, folded and literal strings.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SHARED = Path(os.environ.get("CMINBOX_SHARED") or Path(__file__).parents[2].parent / "shared")
RECORDED = SHARED / "recorded"


@dataclass
class Recorded:
    """One request with its answer."""

    method: str
    uri: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def read_yaml(path: Path) -> list[Recorded]:
    """The interactions of a vcrpy cassette."""
    found = []
    for block in re.split(r"(?m)^- request:\n", path.read_text())[1:]:
        request, _, response = block.partition("\n  response:\n")
        uri = _scalar(request, "uri", 4)
        status = int(_scalar(response, "code", 6))
        headers = {}
        names = re.search(r"(?ms)^    headers:\n(.*?)^    \w", response + "\n    end")
        for name, value in re.findall(
            r"(?m)^      ([\w-]+):\n      - (.*(?:\n        .*)*)", names[1] if names else ""
        ):
            headers[name.lower()] = _unquoted(value.strip())
        found.append(Recorded(_scalar(request, "method", 4), uri, status, headers, _body(response, headers)))
    return found


def _body(response: str, headers: dict[str, str]) -> bytes:
    binary = re.search(r"(?s)string: !!binary \|\n(.*?)(?=\n    \w|\Z)", response)
    raw = base64.b64decode("".join(binary[1].split())) if binary else _scalar(response, "string", 6).encode()
    if headers.pop("content-encoding", "") == "gzip" and raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    headers.pop("transfer-encoding", None)
    headers.pop("content-length", None)
    return raw


def _scalar(block: str, key: str, indent: int) -> str:
    """A string under `key`, however it is quoted and wrapped."""
    found = re.search(rf"(?ms)^ {{{indent - 2},}}(?:body: {{)?{key}: ?(.*?)(?=^ {{0,{indent}}}[\w}}]|\Z)", block)
    return _unquoted(found[1].strip()) if found else ""


def _unquoted(text: str) -> str:
    text = text.removesuffix("}") if text.startswith(("'", '"')) and text.endswith("}") else text
    if text.startswith("'"):
        return re.sub(r"\s*\n\s*", _break, text[1:-1]).replace("''", "'")
    if text.startswith('"'):
        text = re.sub(r"\\\n\s*\\?", "", text)
        text = re.sub(r"\s*\n\s*", " ", text)
        text = re.sub(r"\\x([0-9a-fA-F]{2})", r"\\u00\1", text)
        text = re.sub(r"\\U([0-9a-fA-F]{8})", lambda m: json.dumps(chr(int(m[1], 16)))[1:-1], text)
        decoded: Any = json.loads(text.replace("\\ ", " ").replace("\\e", "\\u001b").replace("\\0", "\\u0000"))
        return str(decoded)
    if found := re.match(r"\|[+-]?\n", text):
        return textwrap.dedent(text[found.end() :])
    return re.sub(r"\s*\n\s*", " ", text)


def _break(found: re.Match[str]) -> str:
    lines = found[0].count("\n")
    return "\n" * (lines - 1) if lines > 1 else " "

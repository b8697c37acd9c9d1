"""JSON Lines: every key, every mistake with its number, watched files, standard input."""

from __future__ import annotations

import codecs
import io
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.errors import DataError, Refused
from cminbox.model import EARLIEST, Attachment, Author, Message, Post, from_iso, to_iso
from cminbox.sources.contract import Account, Page
from cminbox.sources.http import Client
from cminbox.sources.networks import jsonl
from cminbox.sources.networks.jsonl import Reader

LEAST: dict[str, Any] = {"id": "1", "author": {"id": "a"}, "text": "hello", "created_at": "2026-05-01T10:00:00+02:00"}


PRESENT = from_iso("2026-05-01T12:00:00Z")


def line(**changes: Any) -> bytes:
    """A line with these keys changed, and those that are `...` left out."""
    record = {key: value for key, value in {**LEAST, **changes}.items() if value is not ...}
    return json.dumps(record).encode() + b"\n"


def read(*lines: bytes) -> list[jsonl.Line]:
    return list(Reader("in.jsonl").read(lines))


async def poll(account: Account, cursors: dict[str, str]) -> list[Page]:
    got = []
    async with Client() as client:
        async for page in jsonl.pages(client, account, dict(cursors)):
            cursors[page.stream] = page.cursor
            got.append(page)
    return got


def watching(path: Path | str) -> Account:
    return Account("relay", "jsonl", options={"path": str(path)})


def texts(pages: list[Page]) -> list[str]:
    return [message.text for page in pages for message in page.messages]


def test_every_key() -> None:
    [got] = read(
        line(
            network="X",
            source="brand",
            conversation="c",
            parent="p",
            kind="comment",
            direction="out",
            author={"id": 12, "handle": "@ana", "name": "Ana  B", "followers": 9},
            url="https://x.test/1",
            lang="es",
            title="Two  words",
            unknown={"a": 1},
        )
    )
    assert (got.number, got.network, got.source, got.error) == (1, "x", "brand", None)
    assert got.message == Message(
        id="1",
        conversation="c",
        author=Author("12", "ana", "Ana B", 9),
        text="hello",
        created_at=from_iso("2026-05-01T08:00:00Z"),
        kind="comment",
        direction="out",
        parent="p",
        url="https://x.test/1",
        lang="es",
        answerable=False,
        title="Two words",
    )


def test_the_four_keys_that_are_needed_are_enough() -> None:
    [got] = read(line())
    assert got.message is not None
    assert (got.message.conversation, got.message.kind, got.message.direction) == ("1", "mention", "in")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"{", "not JSON"),
        (b"[]", "not an object"),
        (b'"x"', "not an object"),
        (b'[{"id": "1"}]', "a list, not an object"),
        (line().strip() + b"\r" + line(), "CR alone"),
        (b"\xff\xfe", "byte 0xff is not UTF-8"),
        (b'{"id": "1", "text": "ma\xf1ana"}', "byte 0xf1 is not UTF-8"),
        (b"\0" * 9, "NUL bytes"),
        (b'{"id": 1', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"id": "' + b"x" * 1_100_000 + b'"}', "longer than"),
        (line(id=...), "no 'id'"),
        (line(id=""), "'id' is no id"),
        (line(id="a\nb"), "'id' is no id"),
        (line(id="a\x1b"), "'id' is no id"),
        (line(id=True), "'id' must be text"),
        (line(author=...), "no 'author'"),
        (line(author="ana"), "'author' must be an object"),
        (line(author={}), "no 'author.id'"),
        (line(author={"id": "a", "followers": "many"}), "'author.followers'"),
        (line(author={"id": "a", "name": 5}), "'author.name' must be text"),
        (line(text=...), "no 'text'"),
        (line(text=7), "'text' must be text"),
        (line(created_at=...), "no 'created_at'"),
        (line(created_at="2026-05-01T10:00:00"), "with its zone"),
        (line(created_at="May"), "with its zone"),
        (line(created_at="0001-01-01T00:00:00Z"), "'created_at' is before 1990"),
        (line(created_at="1970-01-01T00:00:00Z"), "'created_at' is before 1990"),
        (line(created_at="9999-12-31T23:59:59.9999999Z"), "'created_at' is in the future"),
        (line(created_at=1714550400), "'created_at' must be text"),
        (line(kind="tweet"), "'kind' is one of comment, mention"),
        (line(direction="up"), "'direction' is one of in, out"),
        (line(parent={}), "'parent' must be text"),
    ],
)
def test_a_bad_line_is_told_with_its_number_and_the_next_is_read(raw: bytes, why: str) -> None:
    first, bad, last = read(line(), raw, line(id="2"))
    assert first.message is not None
    assert last.message is not None
    assert bad.message is None
    assert isinstance(bad.error, DataError)
    assert bad.error.message.startswith("in.jsonl:2: ")
    assert why in bad.error.message
    assert len(bad.error.message) < 200


def test_a_byte_order_mark_before_any_line_is_passed_over() -> None:
    got = read(codecs.BOM_UTF8 + line(), line(id="2"), codecs.BOM_UTF8 + line(id="3"), codecs.BOM_UTF8 + b"{")
    assert [each.message is not None for each in got] == [True, True, True, False]


def test_blank_lines_count_and_are_passed_over() -> None:
    got = read(b"\n", b"  \r\n", line())
    assert [each.number for each in got] == [3]


def test_lone_surrogates_and_controls_are_cleaned_not_refused() -> None:
    [got] = read(
        b'{"id":"1","author":{"id":"a"},"text":"\\ud800 a\\u001b[31m\\u202e","created_at":"2026-05-01T10:00:00Z"}'
    )
    assert got.message is not None
    assert got.message.text == " a[31m"


def test_a_reply_without_a_conversation_joins_that_of_its_parent() -> None:
    got = read(
        line(id="1", conversation="thread"),
        line(id="2", parent="1"),
        line(id="3", parent="2"),
        line(id="4", parent="elsewhere"),
        line(id="2", source="other"),
        line(id="5", parent="2", source="other"),
    )
    found = [each.message.conversation for each in got if each.message]
    assert found == ["thread", "thread", "thread", "elsewhere", "2", "2"]


@given(
    st.text(max_size=80),
    st.integers(EARLIEST, PRESENT),
    st.sampled_from(["in", "out"]),
    st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20),
)
def test_what_is_written_is_read(text: str, when: int, direction: str, own: str) -> None:
    [got] = read(line(id=own, text=text, created_at=to_iso(when), direction=direction))
    if got.message is None:
        assert got.error is not None
        assert "'id' is no id" in got.error.message  # such as a decomposed letter
    else:
        assert (got.message.created_at, got.message.direction, got.message.id) == (when, direction, own)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    for got in Reader().read([raw]):
        assert (got.message is None) != (got.error is None)


async def test_a_watched_file_is_read_in_whole_lines(tmp_path: Path) -> None:
    file, cursors = tmp_path / "in.jsonl", dict[str, str]()
    whole, half = line(id="1", text="one"), line(id="2", text="two")
    file.write_bytes(whole + half[:20])
    assert texts(await poll(watching(file), cursors)) == ["one"]
    assert await poll(watching(file), cursors) == []
    with file.open("ab") as opened:
        opened.write(half[20:] + b"{bad\n")
    pages = await poll(watching(file), cursors)
    assert texts(pages) == ["two"]
    assert [error.message for error in pages[0].skipped] == ["in.jsonl:3: not JSON"]
    assert await poll(watching(file), cursors) == []


async def test_a_replaced_or_cut_file_is_read_from_its_start(tmp_path: Path) -> None:
    file, cursors = tmp_path / "in.jsonl", dict[str, str]()
    file.write_bytes(line(text="a" * 50) + line(id="2", text="b"))
    await poll(watching(file), cursors)
    file.write_bytes(line(text="cut"))
    assert texts(await poll(watching(file), cursors)) == ["cut"]
    (tmp_path / "new").write_bytes(line(id="9", text="rotated " * 20) + line(id="10", text="more"))
    os.replace(tmp_path / "new", file)
    assert texts(await poll(watching(file), cursors))[-1] == "more"
    # The same inode, longer, but other words: written anew in place.
    file.write_bytes(b" " + line(id="11", text="anew " * 60))
    assert len(texts(await poll(watching(file), cursors))) == 1


async def test_a_folder_is_watched_and_each_file_has_its_place(tmp_path: Path) -> None:
    cursors: dict[str, str] = {}
    (tmp_path / "b.jsonl").write_bytes(line(text="b"))
    (tmp_path / "a.ndjson").write_bytes(line(text="a"))
    (tmp_path / "c.txt").write_bytes(line(text="c"))
    (tmp_path / "d.jsonl").mkdir()
    assert texts(await poll(watching(tmp_path), cursors)) == ["a", "b"]
    (tmp_path / "e.jsonl").write_bytes(line(text="e"))
    with (tmp_path / "b.jsonl").open("ab") as opened:
        opened.write(line(text="b2"))
    assert texts(await poll(watching(tmp_path), cursors)) == ["b2", "e"]
    assert set(cursors) == {"file:a.ndjson", "file:b.jsonl", "file:e.jsonl"}


async def test_a_file_of_a_folder_that_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    for name in ("a", "c"):
        (tmp_path / f"{name}.jsonl").write_bytes(line(text=name))
    (tmp_path / "b.jsonl").symlink_to("/proc/self/mem")
    pages = await poll(watching(tmp_path), {})
    assert texts(pages) == ["a", "c"]
    (note,) = [note for page in pages for note in page.notes]
    assert "b.jsonl cannot be read" in note


async def test_many_lines_come_in_pages_and_a_cut_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_bytes(b"".join(line(id=str(number)) for number in range(1200)))
    pages = await poll(watching(file), {})
    assert [len(page.messages) for page in pages] == [500, 500, 200]
    rest = await poll(watching(file), {pages[0].stream: pages[0].cursor})
    assert [message.id for page in rest for message in page.messages] == [str(number) for number in range(500, 1200)]


async def test_an_endless_line_is_one_error(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_bytes(b"x" * 3_000_000 + b"\n" + line(text="after"))
    pages = await poll(watching(file), {})
    assert texts(pages) == ["after"]
    assert ":1: longer than" in pages[0].skipped[0].message


async def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line(text="one") + line(text="last")[:-1])))
    assert texts(await poll(watching("-"), {})) == ["one", "last"]


async def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="neither a file nor a folder"):
        await poll(watching(tmp_path / "no"), {})
    with pytest.raises(Refused, match="has no path"):
        await poll(Account("relay", "jsonl"), {})


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
async def test_a_watched_file_in_another_encoding_is_told_as_a_whole(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "in.jsonl"
    file.write_bytes(line().decode().encode(encoding))
    with pytest.raises(Refused, match="not JSON Lines in UTF-8") as told:
        await poll(watching(file), {})
    assert "iconv" in told.value.hint
    file.write_bytes(line().decode().encode("utf-8-sig"))
    assert texts(await poll(watching(file), {})) == ["hello"]


CARRIED = {
    "attachments": [{"kind": "picture", "address": "https://cdn.example/1.png", "alt": "a crushed parcel"}, {}],
    "stars": 2,
    "held": True,
    "ad": True,
    "post": {"id": 7, "title": "Spring sale", "url": "https://brand.example/7"},
}


def test_what_a_message_carries_is_read() -> None:
    said = jsonl.parse({**LEAST, **CARRIED})
    assert said.attachments == (
        Attachment("picture", "https://cdn.example/1.png", "a crushed parcel"),
        Attachment("file"),
    )
    assert (said.stars, said.held, said.hidden, said.ad) == (2, True, False, True)
    assert said.post == Post("7", "Spring sale", "https://brand.example/7")


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("attachments", "cat.png", "'attachments' must be a list"),
        ("attachments", [{"kind": "hologram"}], "'attachments.kind' is one of picture, film, sound, file"),
        ("attachments", [{"kind": []}], "'attachments.kind' is one of picture, film, sound, file"),
        ("stars", 6, "'stars' is a whole number from 1 to 5"),
        ("stars", True, "'stars' is a whole number from 1 to 5"),
        ("held", "yes", "'held' is true or false"),
        ("post", {"title": "x"}, "no 'post.id'"),
        ("post", [], "'post' must be an object"),
    ],
)
def test_what_it_cannot_carry_is_told_by_its_key(key: str, value: object, why: str) -> None:
    with pytest.raises(DataError, match=re.escape(why)):
        jsonl.parse({**LEAST, key: value})

"""What Meta's networks share: pages, refused fields, and finding every reply in a list that shows only what is new."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.errors import Denied, Refused, Retryable, SourceError
from cminbox.model import DAY, Post
from cminbox.sources.http import Answer
from cminbox.sources.meta.graph import Wanted, page_of
from cminbox.sources.meta.judge import judge
from cminbox.sources.meta.posts import Commented
from cminbox.sources.networks.instagram.comments import Comments
from cminbox.sources.newest_first import Listed
from profiles import examples

NOW = 1_700_000_000_000


@pytest.mark.parametrize(
    ("paging", "plain", "wanted"),
    [
        ({}, False, ""),
        ({"cursors": {"after": "a"}}, False, ""),  # the last page
        ({"cursors": {"after": "a"}}, True, "after=a"),
        (
            {"cursors": {"after": "a"}, "next": "https://g.test/x?access_token=t0ken&limit=5&after=b%3D"},
            False,
            "after=b%3D",
        ),
        ({"next": "https://g.test/x?access_token=t0ken&until=5&__paging_token=m"}, False, "until=5&__paging_token=m"),
        ({"cursors": {"after": "a"}, "next": "https://g.test/x?access_token=t0ken"}, False, "after=a"),
        ({"next": "https://[bad?access_token=t0ken"}, False, ""),
        ({"next": 7, "cursors": []}, False, ""),
    ],
    ids=range(8),
)
def test_of_the_next_pages_address_only_what_asks_for_it_is_kept(paging: Any, plain: bool, wanted: str) -> None:
    found = page_of({"data": [{"id": "1"}], "paging": paging}, plain)
    assert found.next == wanted
    assert "t0ken" not in found.next


def test_an_empty_page_is_the_last_whatever_its_cursor() -> None:
    assert page_of({"data": [], "paging": {"cursors": {"after": "a"}}}, True).next == ""
    with pytest.raises(Retryable):
        page_of({"data": {}})


def refusal(code: int, message: str = "", sub: int = 0) -> SourceError:
    said = {"error": {"code": code, "message": message, "error_subcode": sub}}
    error = judge(Answer(400, {}, data=said, host="g.test", at=NOW))
    assert error is not None
    error.said = said
    return error


def test_the_refused_field_goes_or_one_after_another_and_who_wrote_it_last() -> None:
    wanted = Wanted(("id",), ("attachment", "parent{id}", "from"), 40)
    assert wanted.text() == "id,attachment,parent{id},from"
    assert wanted.shed(refusal(100, "(#100) Tried accessing nonexisting field (parent) on node type (Comment)"))
    assert wanted.text() == "id,attachment,from"
    assert wanted.shed(refusal(10, "in whatever language"))
    assert wanted.text() == "id,from"
    assert not wanted.shed(refusal(190))
    assert not wanted.shed(refusal(100, sub=33))
    assert wanted.shed(refusal(1))
    assert (wanted.limit, wanted.text()) == (20, "id,from")
    assert wanted.shed(refusal(200))
    assert wanted.text() == "id"
    assert not wanted.shed(refusal(200))


def test_codes_count_however_they_are_written_and_texts_do_not() -> None:
    assert isinstance(refusal("10"), Denied)  # type: ignore[arg-type]
    error = refusal(100, f"bad {'A' * 60} token")
    assert isinstance(error, Refused)
    assert "AAAA" not in error.message
    assert judge(Answer(200, {}, data={"data": [], "error": "x"}, host="g.test")) is None


@dataclass
class Picture:
    """A picture's comments as Instagram shows them: those at the top newest first, in pages."""

    tops: list[str] = field(default_factory=list)
    below: dict[str, list[str]] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    now: int = NOW
    state: Any = field(default_factory=dict)
    mark: str = ""
    found: list[str] = field(default_factory=list)

    def add(self, to: int | None) -> None:
        self.now += 60_000
        own = f"c{len(self.times)}"
        self.times[own] = self.now
        if to is None or not self.tops:
            self.tops.insert(0, own)
        else:
            self.below.setdefault(self.tops[to % len(self.tops)], []).append(own)

    def remove(self, number: int) -> None:
        if self.tops:
            self.below.pop(self.tops.pop(number % len(self.tops)), None)

    def item(self, own: str) -> dict[str, str]:
        return {"id": own}

    async def listed(self, _post: Commented, at: str) -> Listed[Any]:
        start = self.tops.index(at) if at in self.tops else int(at[1:]) if at.startswith("#") else 0
        part = self.tops[start : start + 3]
        rest = self.tops[start + 3 :]
        return Listed([self.item(own) for own in part], f"#{start + 3}" if rest else "")

    async def answers(self, top: Any) -> list[Any]:
        return [self.item(own) for own in self.below.get(top["id"], [])]

    def there(self) -> list[str]:
        return [*self.tops, *(own for top in self.tops for own in self.below.get(top, []))]

    async def poll(self) -> None:
        """Read it, where its mark says that something changed or the last reading left something."""
        mark = f"{len(self.there())} {self.tops[0] if self.tops else ''}"
        if mark == self.mark and not (self.state.get("at") or self.state.get("again")):
            return
        reader = Comments(self.listed, self.answers, lambda item: self.times[item["id"]], NOW - DAY, lambda: self.now)
        async for items, state in reader.steps(Commented(Post("p"), mark), self.state):
            self.found += [item["id"] for item in items]
            self.state = state
        self.mark = mark


STEPS = st.lists(
    st.one_of(
        st.none(),  # somebody writes at the top
        st.integers(0, 60),  # somebody answers an older one
        st.just("poll"),
    ),
    max_size=90,
)


@settings(max_examples=examples(150), deadline=None)
@given(steps=STEPS)
def test_every_comment_and_reply_is_found_once_whatever_came_when(steps: list[Any]) -> None:
    picture = Picture()

    async def run() -> None:
        for step in steps:
            await picture.poll() if step == "poll" else picture.add(step)
        for _ in range(12):
            await picture.poll()

    asyncio.run(run())
    assert sorted(picture.found) == sorted(picture.times)


@settings(max_examples=examples(80), deadline=None)
@given(steps=STEPS, gone=st.lists(st.tuples(st.integers(0, 90), st.integers(0, 60)), max_size=5))
def test_deletions_hide_nothing_for_longer_than_a_day(steps: list[Any], gone: list[tuple[int, int]]) -> None:
    picture = Picture()

    async def run() -> None:
        for number, step in enumerate(steps):
            for at, which in gone:
                if at == number:
                    picture.remove(which)
            await picture.poll() if step == "poll" else picture.add(step)
        for _ in range(12):
            await picture.poll()
        picture.now += 2 * DAY
        picture.add(None)
        for _ in range(12):
            await picture.poll()

    asyncio.run(run())
    assert len(picture.found) == len(set(picture.found))
    assert set(picture.there()) <= set(picture.found)


async def test_a_reply_above_where_a_sweep_has_come_is_found_by_another() -> None:
    picture = Picture()
    for _ in range(60):
        picture.add(None)
    for _ in range(4):
        await picture.poll()
    assert len(picture.found) == 60
    picture.add(59)
    await picture.poll()
    assert picture.state["at"]  # it goes on with the next poll
    picture.add(6)
    for _ in range(8):
        await picture.poll()
    assert sorted(picture.found) == sorted(picture.times)


async def test_what_numbers_cannot_show_is_found_within_a_day() -> None:
    picture = Picture()
    for _ in range(30):
        picture.add(None)
    await picture.poll()
    picture.add(29)  # an answer far below,
    picture.remove(20)  # one that goes,
    picture.add(None)  # and one at the top: the number is that of the one at the top
    await picture.poll()
    assert "c30" not in picture.found
    picture.now += 2 * DAY
    picture.add(None)
    for _ in range(4):
        await picture.poll()
    assert "c30" in picture.found
    assert len(picture.found) == len(set(picture.found))

"""What a list shows of the texts that wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.engine.row_text import PREVIEW, preview, preview_of
from cminbox.model import StoredAuthor, StoredMessage


@pytest.mark.parametrize(
    ("text", "handle", "shown"),
    [
        ("@shop where is it?", "shop", "where is it?"),
        ("@shop@social.example, where is it?", "shop", "where is it?"),
        ("@SHOP: where is it?", "shop@social.example", "where is it?"),
        ("@shop@evil.example where is it?", "shop@social.example", "@shop where is it?"),
        ("@ana where is it?", "shop", "@ana where is it?"),
        ("@ana@a.very.long.server.example where is it?", "shop", "@ana where is it?"),
        ("@shop @ana where is it?", "shop", "@ana where is it?"),
        ("@a @b @c where is it?", "shop", "@+3 where is it?"),
        ("@a @shop @b\n@c@host.example: where is it?", "shop", "@+3 where is it?"),
        ("@a @A @b where", "", "@+2 where"),
        ("@a,@b,@c where", "shop", "@+3 where"),
        ("@the_longest_handle_that_there_is where is it?", "shop", "@+1 where is it?"),
        ("@a @b", "shop", "@+2"),
        ("@shop", "shop", "@shop"),
        ("@ 5pm tomorrow", "shop", "@ 5pm tomorrow"),
        ("where is @shop?", "shop", "where is @shop?"),
        ("मेरा पैसा @shop", "shop", "मेरा पैसा @shop"),
        ("", "shop", ""),
    ],
)
def test_leading_mentions_are_folded(text: str, handle: str, shown: str) -> None:
    assert preview(text, handle) == shown


@given(
    names=st.lists(st.text("abcü.-", min_size=1, max_size=12), min_size=2, unique=True, max_size=40),
    text=st.text("xyz ", min_size=1, max_size=30).map(lambda text: f"x{text}"),
)
def test_however_many_are_named_the_text_begins_in_sight(names: list[str], text: str) -> None:
    shown = preview(f"{' '.join(f'@{name}' for name in names)} {text}", "shop")
    assert shown == f"@+{len(names)} {' '.join(text.split())}"


@given(text=st.text("@a b:,.\n", max_size=400), handle=st.sampled_from(["", "a", "a@b"]))
def test_no_text_is_too_much(text: str, handle: str) -> None:
    shown = preview(text, handle)
    assert len(shown) <= PREVIEW
    assert bool(shown) == bool(text.split())


def message(text: str, who: str = "ana", number: int = 1) -> StoredMessage:
    author = StoredAuthor(None, who, who)
    return StoredMessage(number, 1, f"m{number}", 1, author, "mention", "in", text, number, number)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ([("Where is my parcel?", "ana"), ("Hello??", "ana")], "Where is my parcel? · Hello??"),
        (
            [("The tin is gone from all shops", "ana"), ("Same here.", "bo")],
            "Same here. ← @ana: The tin is gone from all shops",
        ),
        (
            [("The tin is gone from all shops", "ana"), ("@ana @shop Same here.", "bo")],
            "Same here. ← @ana: The tin is gone from all shops",
        ),
        ([("The tin is gone from all shops", "ana"), ("@ana", "bo")], "@ana ← @ana: The tin is gone from all shops"),
        ([("मेरा पैसा वापस करो, ऑर्डर अब तक नहीं आया", "ana"), ("😡", "ana")], "मेरा पैसा वापस करो, ऑर्डर अब तक नहीं आया · 😡"),
        ([("我的訂單還沒有到,請問什麼時候發貨?", "ana"), ("?", "ana")], "我的訂單還沒有到,請問什麼時候發貨? · ?"),
        # The newest says enough.
        ([("Where is my parcel?", "ana"), ("It was promised for Monday", "ana")], "It was promised for Monday"),
        ([("ok", "ana"), ("no?", "ana")], "no?"),
        ([("Same here.", "bo")], "Same here."),
        # Of several the newest one that says enough; one that is only a little longer says no more.
        (
            [("Where is my parcel?", "ana"), ("It is the second time", "ana"), ("hm", "ana")],
            "It is the second time · hm",
        ),
        ([("any news", "ana"), ("any news?", "ana")], "any news?"),
        ([("https://long.example/a/picture/of/nothing", "ana"), ("Same here.", "ana")], "Same here."),
    ],
)
def test_a_row_shows_the_telling_text(said: list[tuple[str, str]], shown: str) -> None:
    waiting = [message(text, who, number) for number, (text, who) in enumerate(said)]
    assert preview_of(waiting, "shop") == shown


def test_the_newest_stays_in_sight_behind_a_long_one() -> None:
    shown = preview_of([message("where is it " * 60), message("Hello??")], "")
    assert len(shown) <= PREVIEW
    assert shown.endswith(" · Hello??")

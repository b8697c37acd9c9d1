"""How long a text is by each network's own counting."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.sources.contract import Counting
from cminbox.sources.text_length import count, left

SHARED = Path(os.environ.get("CMINBOX_SHARED", Path(__file__).parents[2].parent / "shared"))
MASTODON = Counting("url-weighted", 500, url_weight=23)
X = Counting("weighted", 280, url_weight=23)
FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("hello", 5),
        (FAMILY, 1),
        ("नमस्ते", 3),
        ("see https://example.com/a/very/long/path?with=much#more", 27),
        ("https://example.com/1 https://example.com/2", 47),
        ("(https://example.com/a_(b)).", 26),
        ("https://", 8),
        ("@ana@social.example hi", 7),
        ("@ana hi", 7),
        ("mail ana@social.example", 23),
    ],
)
def test_mastodon(text: str, length: int) -> None:
    assert count(text, MASTODON) == length


@pytest.mark.parametrize(
    ("rule", "text", "length"),
    [
        ("characters", "नमस्ते", 6),
        ("characters", FAMILY, 7),
        ("graphemes", FAMILY + "é", 2),
        ("utf16", "a😂", 3),
        ("bytes", "a€😂", 8),
        ("weighted", "hello", 5),
        ("weighted", "नमस्ते", 6),
        ("weighted", "故人西辞", 8),
        ("weighted", "see https://example.com/long/path and example.org!", 56),
        ("weighted", "e.g. 3.5 v1.2 me@example.com", 28),
        ("weighted", FAMILY, 2),
        ("weighted", "e\u0301", 1),
    ],
)
def test_other_rules(rule: str, text: str, length: int) -> None:
    assert count(text, Counting(rule)) == length  # type: ignore[arg-type]


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="stones"):
        count("x", Counting("stones"))  # type: ignore[arg-type]


def test_what_is_left() -> None:
    assert left("hello", MASTODON) == 495
    assert left("hello", replace(MASTODON, limit=4)) == -1
    assert left("hello", Counting("characters")) is None
    bluesky = Counting("graphemes", 300, byte_limit=3_000)
    assert left("a" * 300, bluesky) == 0
    assert left(FAMILY * 150, bluesky) == 3_000 - 25 * 150
    assert left("a" * 301, bluesky) == -1


@given(
    st.text(max_size=200), st.sampled_from(["characters", "graphemes", "utf16", "bytes", "weighted", "url-weighted"])
)
def test_any_text_has_a_length(text: str, rule: str) -> None:
    length = count(text, Counting(rule, url_weight=23))  # type: ignore[arg-type]
    assert length >= 0
    assert (length == 0) == (text == "")


def _cases() -> list[tuple[str, str, int]]:
    path = SHARED / "recorded" / "x" / "twitter-text-validate.yml"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    shape = re.compile(
        r'^  (\w+):$|description: "(.*)"\n\s+text: "(.*)"\n\s+expected:\n\s+weightedLength: (\d+)', re.MULTILINE
    )
    cases: list[tuple[str, str, int]] = []
    part = ""
    for found in shape.finditer(path.read_text("utf-8")):
        if found[1]:
            part = found[1]
        # The first part is about an older configuration, which counts the pieces of an emoji.
        elif part != "WeightedTweetsCounterTest":
            cases.append((found[2], _unescaped(found[3]), int(found[4])))
    return cases


def _unescaped(text: str) -> str:
    plain = re.sub(r"\\U([0-9A-Fa-f]{8})", lambda found: json.dumps(chr(int(found[1], 16)))[1:-1], text)
    return str(json.loads(f'"{plain}"'))


def test_x_counts_as_its_own_test_cases_say() -> None:
    cases = _cases()
    assert len(cases) >= 20
    for description, text, length in cases:
        assert count(text, X) == length, description


def test_x_weighs_as_its_own_configuration_says() -> None:
    path = SHARED / "recorded" / "x" / "twitter-text-config-v3.json"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    said = json.loads(path.read_text("utf-8"))
    assert said["maxWeightedTweetLength"] == X.limit
    assert said["transformedURLLength"] * 100 == count("https://example.com/a", X) * said["scale"]
    for span in said["ranges"]:
        for point in (max(span["start"], 0x21), span["end"]):
            assert count("a" + chr(point) + "a", X) * 100 == 200 + span["weight"]

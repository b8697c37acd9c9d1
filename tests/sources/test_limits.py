"""The six forms in which networks say how long to wait."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.model import HOUR, MINUTE, SECOND, from_iso
from cminbox.sources.limits import LONGEST, UNSAID, pause_after, remaining, retry_after, wait_until

NOW = from_iso("2026-03-08T10:00:00+00:00")
META = json.dumps({"17841": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 19}]})


@pytest.mark.parametrize(
    ("headers", "body", "wait"),
    [
        # Synthetic, from the documentation of each network (see networks.md, section 3, for the list).
        pytest.param({"x-ratelimit-reset": "2026-03-08T10:03:20.123456Z"}, None, 200_123, id="mastodon, ISO 8601"),
        pytest.param({"x-rate-limit-reset": str(NOW // 1000 + 61)}, None, 61_000, id="x, epoch seconds"),
        pytest.param({"ratelimit-reset": str(NOW // 1000 + 5)}, None, 5_000, id="bluesky, epoch seconds"),
        pytest.param({"x-ratelimit-reset": "344.5"}, None, 344_500, id="reddit, seconds left"),
        pytest.param({"x-ratelimit-reset-after": "1.25"}, None, 1_250, id="discord, seconds left"),
        pytest.param({"retry-after": "30"}, None, 30_000, id="Retry-After, seconds"),
        pytest.param({"retry-after": "Sun, 08 Mar 2026 10:02:00 GMT"}, None, 120_000, id="Retry-After, a date"),
        pytest.param({}, {"parameters": {"retry_after": 35}}, 35_000, id="telegram, body"),
        pytest.param({}, {"extras": {"wait_seconds": 7}}, 7_000, id="discourse, body"),
        pytest.param({}, {"backoff": 10}, 10_000, id="stack exchange, body"),
        pytest.param({}, {"retry_after_ms": 1500}, 1_500, id="matrix, body"),
        pytest.param({"x-business-use-case-usage": META}, None, 19 * MINUTE, id="meta, percent and minutes"),
        pytest.param({"x-app-usage": '{"call_count": 101}'}, None, HOUR, id="meta, percent alone"),
        pytest.param(
            {}, {"error": {"errors": [{"reason": "quotaExceeded"}]}}, 21 * HOUR, id="youtube, midnight at the Pacific"
        ),
        pytest.param({"retry-after": "9", "x-ratelimit-reset": "300"}, None, 9_000, id="this refusal before a budget"),
        pytest.param({}, None, UNSAID, id="nothing said"),
        pytest.param({"retry-after": "soon", "x-ratelimit-reset": "later"}, {"backoff": "much"}, UNSAID, id="nonsense"),
        pytest.param({"x-ratelimit-reset": "2020-01-01T00:00:00Z"}, None, 0, id="long ago"),
        pytest.param({"retry-after": "99999999999999"}, None, LONGEST, id="never"),
    ],
)
def test_wait(headers: dict[str, str], body: object, wait: int) -> None:
    # On that day the Pacific coast puts its clocks forward: midnight is 21 hours away, not 22.
    assert wait_until(headers, body, NOW) == NOW + wait


def test_used_up_budget_pauses_and_a_left_one_does_not() -> None:
    reset = {"x-ratelimit-reset": "2026-03-08T10:01:00Z"}
    assert pause_after({**reset, "x-ratelimit-remaining": "0"}, None, NOW) == NOW + MINUTE
    assert pause_after({**reset, "x-ratelimit-remaining": "0.4"}, None, NOW) == NOW + MINUTE
    assert pause_after({**reset, "x-ratelimit-remaining": "3"}, None, NOW) is None
    assert pause_after({}, {"backoff": 12}, NOW) == NOW + 12 * SECOND
    assert pause_after({}, {"quota_remaining": 0}, NOW) == NOW + 14 * HOUR
    assert pause_after({}, {"quota_remaining": 5}, NOW) is None
    assert pause_after({"x-app-usage": '{"call_count": 40}'}, None, NOW) is None
    assert pause_after({}, None, NOW) is None


def test_remaining_takes_floats() -> None:
    assert remaining({"x-ratelimit-remaining": "599.0"}) == 599
    assert remaining({"ratelimit-remaining": "nan"}) is None
    assert remaining({}) is None


def test_a_date_without_sense_is_no_wait() -> None:
    assert retry_after({"retry-after": "Sun, 99 Foo 2026 10:02:00 GMT"}, NOW) is None


_KEYS = st.sampled_from(["parameters", "retry_after", "extras", "wait_seconds", "backoff", "error", "errors", "reason"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=8,
)
_NAMES = st.sampled_from(
    ["retry-after", "x-ratelimit-reset", "ratelimit-reset", "x-app-usage", "x-ratelimit-remaining"]
)
_VALUES = st.text(max_size=30) | st.integers().map(str) | st.floats().map(str) | _JSON.map(json.dumps)


@given(st.dictionaries(_NAMES, _VALUES), _JSON)
def test_no_answer_breaks_it_or_waits_for_ever(headers: dict[str, str], body: object) -> None:
    assert NOW <= wait_until(headers, body, NOW) <= NOW + LONGEST
    pause = pause_after(headers, body, NOW)
    assert pause is None or NOW < pause <= NOW + LONGEST

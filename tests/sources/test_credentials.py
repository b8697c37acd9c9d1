"""What a secret holds, when it is renewed, and that only the account's own check condemns a token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.errors import AuthError, Denied, RateLimited, Refused, Retryable, SourceError
from cminbox.model import DAY, HOUR, from_iso
from cminbox.sources.credentials import Credentials, judged

NOW = from_iso("2026-03-08T12:00:00+00:00")
_WORDS = st.text(st.characters(codec="utf-8"), min_size=1).map(str.strip).filter(bool)
_TIMES = st.none() | st.integers(from_iso("2000-01-01T00:00:00+00:00"), from_iso("2100-01-01T00:00:00+00:00"))
_OTHERS = ("identifier", "password", "page_token", "signing_key", "страница")

REFUSED = AuthError("x.test refused the credentials (403): This action is not allowed", "cminbox sources login NAME")


def answers(error: SourceError | None) -> Callable[[], Any]:
    async def check() -> None:
        if error is not None:
            raise error

    return check


async def test_an_account_that_is_well_was_denied_one_thing() -> None:
    found = await judged(REFUSED, answers(None))
    assert isinstance(found, Denied)
    assert found.message == "x.test refused (403): This action is not allowed"
    assert "login" not in found.hint


async def test_an_account_that_is_refused_too_is_condemned() -> None:
    condemned = AuthError("the token was revoked")
    assert await judged(REFUSED, answers(condemned)) is condemned


@pytest.mark.parametrize("trouble", [Retryable("away"), RateLimited("wait", until=1), Refused("odd")])
async def test_where_nobody_can_say_nobody_is_condemned(trouble: SourceError) -> None:
    assert await judged(REFUSED, answers(trouble)) is trouble


async def test_who_has_no_credentials_is_denied() -> None:
    assert isinstance(await judged(REFUSED, None), Denied)


@given(
    st.builds(
        Credentials,
        access_token=_WORDS.filter(lambda word: not word.startswith("{")),
        refresh_token=st.just("") | _WORDS,
        client_id=st.just("") | _WORDS,
        client_secret=st.just("") | _WORDS,
        expires_at=_TIMES,
        issued_at=_TIMES,
        login_ends_at=_TIMES,
        more=st.dictionaries(st.sampled_from(_OTHERS), st.text(), max_size=3),
    )
)
def test_what_is_kept_is_read_again(made: Credentials) -> None:
    kept = made.dump()
    found = Credentials.parse(kept)
    if kept == made.access_token:
        assert found.access_token == made.access_token
    else:
        assert found == made
        assert kept.isprintable()  # in one line, as the file of secrets takes it


@given(st.text())
def test_any_text_is_a_secret(text: str) -> None:
    found = Credentials.parse(text)
    assert isinstance(found.access_token, str)
    for secret in (found.access_token, found.refresh_token, found.client_secret, *found.more.values()):
        assert len(secret) < 8 or secret not in repr(found)


def test_what_people_paste() -> None:
    assert Credentials.parse(" t0ken\n") == Credentials("t0ken")
    assert Credentials.parse('{"access_token": "a", "expires_at": "2026-03-08T12:00:00Z"}').expires_at == NOW
    assert Credentials.parse(f'{{"access_token": "a", "expires_at": {NOW // 1000}}}').expires_at == NOW
    for wrong in ('"soon"', "true", "1e300", "-5", "null", "[1]"):
        assert Credentials.parse(f'{{"access_token": "a", "expires_at": {wrong}}}') == Credentials("a")
    assert Credentials.parse('{"broken').access_token == '{"broken'
    assert Credentials.parse('{"identifier": "mina", "n": 5}').more == {"identifier": "mina"}


def test_a_token_is_renewed_at_half_of_its_life() -> None:
    hour = Credentials("a").with_token("b", now=NOW, lasts_ms=HOUR)
    assert (hour.access_token, hour.issued_at, hour.expires_at) == ("b", NOW, NOW + HOUR)
    assert [hour.half_over(NOW + at) for at in (0, HOUR // 2 - 1, HOUR // 2, HOUR, DAY)] == [False] * 2 + [True] * 3
    assert not Credentials("a").half_over(NOW)
    assert not hour.with_token("c", now=NOW, lasts_ms=None).half_over(NOW + DAY)
    nobody_knows = Credentials("a", expires_at=NOW + 60 * DAY)
    assert [nobody_knows.half_over(NOW + at * DAY) for at in (0, 58, 59, 60)] == [False, False, True, True]


def test_the_rest_stays_with_a_new_token() -> None:
    before = Credentials("a", "r1", "id", "s", more={"page_token": "p"})
    after = before.with_token("b", now=NOW, lasts_ms=HOUR, refresh_token="r2")
    assert (after.refresh_token, after.client_id, after.client_secret) == ("r2", "id", "s")
    assert after.more == {"page_token": "p"}

"""Of a channel's address nothing is told that is secret, whatever a server answers."""

from __future__ import annotations

import pytest

from cminbox.engine.telling.carrier import secret_parts, without_secrets

URLS = [
    "mailtos://inbox:hunter%2D22@smtp.shop.example:465/?mode=ssl",
    "json://127.0.0.1:80/hook-secret-path/deep-secret?X-Key=query-secret",
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js/",
    "matrixs://user:hunter-22@matrix.shop.example/!room",
]


@pytest.mark.parametrize("url", URLS)
def test_what_a_server_repeats_of_an_address_is_taken_out(url: str) -> None:
    said = without_secrets(f"500 no: {url} and again {url.upper()}", url, 1000)
    for secret in ("hunter", "secret", "TIiajkdnlazkcOXrIdevi7FQ", "JHMHI8qBe7bk2ZwO5U711o3dV_js", "4174216298"):
        assert secret.casefold() not in said.casefold(), said


def test_the_server_may_be_named() -> None:
    assert without_secrets("smtp.shop.example is away", URLS[0]) == "smtp.shop.example is away"
    assert "smtp.shop.example" not in secret_parts(URLS[0])


def test_tokens_in_an_answer_are_taken_out() -> None:
    answer = '{"user_id": "@brand:localhost", "access_token": "syt_YnJhbmQ", "home_server": "x", "api_key=abc"}'
    said = without_secrets(f"403 {answer}", "matrix://a:bcdef@host/")
    assert "syt_" not in said
    assert "abc" not in said.partition("api_key")[2]


def test_nothing_that_a_terminal_obeys_is_told() -> None:
    assert "\x1b" not in without_secrets("550 \x1b[31mno\r\nsuch\u202euser", "mailto://h/")

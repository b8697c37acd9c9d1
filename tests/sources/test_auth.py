"""Ways to say who asks: what is added to a request, and that nothing of it can be read elsewhere."""

from __future__ import annotations

import base64

import pytest

from cminbox.errors import AuthError
from cminbox.sources.auth import (
    NO_AUTH,
    Auth,
    Basic,
    Bearer,
    Headers,
    InQuery,
    OAuth1,
    PerCall,
    in_the_clear,
    on_this_machine,
)

SECRET = "s3cret-t0ken"

WAYS: list[tuple[str, Auth, dict[str, str], list[tuple[str, str]]]] = [
    ("none", NO_AUTH, {}, []),
    ("bearer", Bearer(SECRET), {"authorization": f"Bearer {SECRET}"}, []),
    ("bearer with a line end", Bearer(f" {SECRET}\n"), {"authorization": f"Bearer {SECRET}"}, []),
    ("bot", Bearer(SECRET, "Bot"), {"authorization": f"Bot {SECRET}"}, []),
    ("made for each call", PerCall(lambda: SECRET, SECRET), {"authorization": f"Bearer {SECRET}"}, []),
    (
        "headers",
        Headers({"Api-Key": SECRET, "Api-Username": "system"}),
        {"api-key": SECRET, "api-username": "system"},
        [],
    ),
    (
        "basic",
        Basic("mina", SECRET),
        {"authorization": f"Basic {base64.b64encode(f'mina:{SECRET}'.encode()).decode()}"},
        [],
    ),
    ("query", InQuery("access_token", SECRET), {}, [("access_token", SECRET)]),
]
IDS = [name for name, *_ in WAYS]


@pytest.mark.parametrize(("_name", "auth", "headers", "params"), WAYS, ids=IDS)
def test_what_is_added(_name: str, auth: Auth, headers: dict[str, str], params: list[tuple[str, str]]) -> None:
    signed = auth.sign("GET", "https://x.test/a", ())
    assert dict(signed.headers) == headers
    assert list(signed.params) == params


def hidden(auth: Auth) -> bool:
    return SECRET not in repr(auth) and SECRET not in str(auth) and SECRET not in f"{auth!r:.500}"


@pytest.mark.parametrize("auth", [auth for _, auth, *_ in WAYS] + [OAuth1("app", SECRET, SECRET, SECRET)])
def test_no_secret_in_a_repr(auth: Auth) -> None:
    assert hidden(auth)
    assert auth is NO_AUTH or SECRET in auth.secrets


@pytest.mark.parametrize("wrong", ["a\nb: c", "пароль", "a\x00b", "a\rb"])
def test_what_no_header_takes_is_no_secret(wrong: str) -> None:
    for auth in (Bearer(wrong), Headers({"Access-Token": wrong}), InQuery("key", wrong), PerCall(lambda: wrong, "key")):
        with pytest.raises(AuthError) as got:
            auth.sign("GET", "https://x.test/", ())
        assert wrong not in got.value.line()


def test_a_token_made_for_each_call_is_made_anew() -> None:
    made = iter(["one", "two"])
    auth = PerCall(lambda: next(made), "key")
    assert [auth.sign("GET", "https://x.test/", ()).headers["authorization"] for _ in range(2)] == [
        "Bearer one",
        "Bearer two",
    ]
    assert auth.secrets == ("key",)  # what it is counted by stays the same


def test_oauth_1_as_in_the_networks_own_example() -> None:
    """X's page "Creating a signature": the published keys and the published signature."""
    auth = OAuth1(
        "xvz1evFS4wEEPTGEFPHBog",
        "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
        "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
        "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
        clock=lambda: 1318622958,
        nonce=lambda: "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
    )
    params = [("include_entities", "true"), ("status", "Hello Ladies + Gentlemen, a signed OAuth request!")]
    header = auth.sign("post", "https://api.twitter.com/1.1/statuses/update.json", params).headers["authorization"]
    assert header == (
        'OAuth oauth_consumer_key="xvz1evFS4wEEPTGEFPHBog", '
        'oauth_nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg", '
        'oauth_signature="hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D", '
        'oauth_signature_method="HMAC-SHA1", oauth_timestamp="1318622958", '
        'oauth_token="370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb", oauth_version="1.0"'
    )


def test_oauth_1_as_in_the_specifications_example() -> None:
    """OAuth Core 1.0a, appendix A.5."""
    auth = OAuth1(
        "dpf43f3p2l4k3l03",
        "kd94hf93k423kf44",
        "nnch734d00sl2jdk",
        "pfkkdhi9sl3r4s00",
        clock=lambda: 1191242096,
        nonce=lambda: "kllo9940pd9333jh",
    )
    params = [("file", "vacation.jpg"), ("size", "original")]
    header = auth.sign("GET", "http://photos.example.net/photos", params).headers["authorization"]
    assert 'oauth_signature="tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D"' in header


def test_oauth_1_never_signs_two_requests_alike() -> None:
    auth = OAuth1("app", "secret")
    assert len({auth.sign("GET", "https://x.test/", ()).headers["authorization"] for _ in range(9)}) == 9
    assert "oauth_token=" not in auth.sign("GET", "https://x.test/", ()).headers["authorization"]


@pytest.mark.parametrize(
    ("url", "same"),
    [("https://X.test:443/a", True), ("HTTPS://x.test/a", True), ("https://x.test/a?b=1", False)],
)
def test_oauth_1_signs_the_address_as_the_standard_writes_it(url: str, same: bool) -> None:
    """RFC 5849, 3.4.1.2: lower-case scheme and host, no default port; and 3.4.1.3: the query's pairs too."""
    auth = OAuth1("app", "secret", clock=lambda: 1, nonce=lambda: "n")
    found, wanted = (auth.sign("GET", each, ()).headers["authorization"] for each in (url, "https://x.test/a"))
    assert (found == wanted) == same
    assert auth.sign("GET", "https://x.test/a?b=1", ()) == auth.sign("GET", "https://x.test/a", (("b", "1"),))


@pytest.mark.parametrize(
    ("url", "here", "readable"),
    [
        ("http://localhost:8080/x", True, False),
        ("http://127.0.0.9", True, False),
        ("http://[::1]:80/", True, False),
        ("http://127.0.0.1.evil.test", False, True),
        ("http://localhost.evil.test", False, True),
        ("HTTPS://shop.example", False, False),
        ("http://192.168.1.4", False, True),
        ("http://[broken", False, True),
        ("", False, True),
    ],
)
def test_what_leads_to_this_machine_and_what_others_can_read(url: str, here: bool, readable: bool) -> None:
    assert (on_this_machine(url), in_the_clear(url)) == (here, readable)

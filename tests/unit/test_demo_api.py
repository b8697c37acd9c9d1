"""The demo network answers as a Mastodon server does: asked over real loopback HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from demo_network import DemoNetwork

BRAND = "@saffronheron"
Json = Any


@pytest.fixture
def demo() -> Iterator[DemoNetwork]:
    with DemoNetwork() as server:
        yield server


@pytest.fixture
def client(demo: DemoNetwork) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=demo.url, headers={"Authorization": f"Bearer {demo.token}"}, timeout=10) as client:
        yield client


def ids(response: httpx.Response) -> list[int]:
    """The ids of a page, as it came."""
    return [int(one["id"]) for one in response.json()]


def test_only_the_token_opens_the_door(demo: DemoNetwork) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        answer = httpx.get(f"{demo.url}/api/v1/notifications", headers=headers)
        assert answer.status_code == 401
        assert answer.json() == {"error": "The access token is invalid"}
    limits = httpx.get(f"{demo.url}/api/v2/instance").json()["configuration"]["statuses"]
    assert limits["max_characters"] == 500
    assert limits["characters_reserved_per_url"] == 23


def test_it_listens_on_loopback_alone(demo: DemoNetwork) -> None:
    assert demo.url.startswith("http://127.0.0.1:")


def test_the_brand_is_who_the_token_says(client: httpx.Client) -> None:
    me = client.get("/api/v1/accounts/verify_credentials").json()
    assert me["acct"] == "saffronheron"


def test_a_mention_comes_as_mastodon_writes_it(demo: DemoNetwork, client: httpx.Client) -> None:
    demo.post_as(
        "ana@far.example",
        f"{BRAND} <b>hola</b> & #adiós\nsee https://example.org/a/rather/long/address?x=1&y=2.\n\nbye",
        name="Ana",
        followers=12,
        language="es",
    )
    (note,) = client.get("/api/v1/notifications", params={"types[]": "mention"}).json()
    status = note["status"]
    assert (note["type"], note["account"]["acct"], note["account"]["followers_count"]) == (
        "mention",
        "ana@far.example",
        12,
    )
    assert status["content"] == (
        f'<p><span class="h-card" translate="no"><a href="{demo.url}/@saffronheron" class="u-url mention">'
        "@<span>saffronheron</span></a></span> &lt;b&gt;hola&lt;/b&gt; &amp; "
        f'<a href="{demo.url}/tags/adiós" class="mention hashtag" rel="tag">#<span>adiós</span></a><br />see '
        '<a href="https://example.org/a/rather/long/address?x=1&amp;y=2" target="_blank" rel="nofollow noopener"'
        ' translate="no"><span class="invisible">https://</span>'
        '<span class="ellipsis">example.org/a/rather/long/addr</span>'
        '<span class="invisible">ess?x=1&amp;y=2</span></a>.</p><p>bye</p>'
    )
    assert status["language"] == "es"
    assert [one["acct"] for one in status["mentions"]] == ["saffronheron"]
    assert status["url"].startswith("https://far.example/@ana/")


def test_min_id_walks_forward_and_since_id_jumps_to_the_newest(demo: DemoNetwork, client: httpx.Client) -> None:
    for number in range(100):
        demo.post_as(f"p{number}", f"{BRAND} number {number}")
    whole = ids(client.get("/api/v1/notifications", params={"limit": 80}))
    assert len(whole) == 80
    assert whole == sorted(whole, reverse=True)
    assert len(ids(client.get("/api/v1/notifications"))) == 40
    assert len(ids(client.get("/api/v1/notifications", params={"limit": 500}))) == 80
    oldest = whole[-1] - 20
    forward = ids(client.get("/api/v1/notifications", params={"min_id": oldest, "limit": 10}))
    assert forward == list(range(oldest + 10, oldest, -1))
    newest = ids(client.get("/api/v1/notifications", params={"since_id": oldest, "limit": 10}))
    assert newest == whole[:10]


def test_links_lead_through_everything_and_an_empty_page_has_none(demo: DemoNetwork, client: httpx.Client) -> None:
    for number in range(25):
        demo.post_as(f"p{number}", f"{BRAND} number {number}")
    seen: list[int] = []
    page = client.get("/api/v1/notifications", params={"limit": 10, "types[]": "mention"})
    while "next" in page.links:
        seen += ids(page)
        page = client.get(page.links["next"]["url"])
    seen += ids(page)
    assert len(seen) == len(set(seen)) == 25
    first = client.get("/api/v1/notifications", params={"min_id": 0, "limit": 10})
    walked = ids(first)[::-1]
    while page_ids := ids(first := client.get(first.links["prev"]["url"])):
        walked += page_ids[::-1]
    assert walked == seen[::-1]
    assert "link" not in first.headers


def test_types_choose_what_comes(demo: DemoNetwork, client: httpx.Client) -> None:
    ana = demo.world.account("ana")
    demo.post_as("ana", f"{BRAND} hi")
    demo.world.notify("follow", ana)
    demo.world.notify("something_new", ana)

    def kinds(**params: str | list[str]) -> list[str]:
        return [one["type"] for one in client.get("/api/v1/notifications", params=params).json()]

    assert kinds() == ["something_new", "follow", "mention"]
    assert kinds(**{"types[]": ["mention", "follow"]}) == ["follow", "mention"]


def test_a_reply_is_threaded_and_the_same_key_posts_once(demo: DemoNetwork, client: httpx.Client) -> None:
    asked = demo.post_as("ana", f"{BRAND} hi", visibility="unlisted")
    wanted = {"status": "@ana hello", "in_reply_to_id": asked, "visibility": "unlisted", "spoiler_text": "tea"}
    first = client.post("/api/v1/statuses", json=wanted, headers={"Idempotency-Key": "k1"}).json()
    again = client.post("/api/v1/statuses", data=wanted, headers={"Idempotency-Key": "k1"}).json()
    assert first["id"] == again["id"]
    assert (first["in_reply_to_id"], first["visibility"], first["spoiler_text"]) == (asked, "unlisted", "tea")
    client.post("/api/v1/statuses", json=wanted, headers={"Idempotency-Key": "k2"})
    assert [one["text"] for one in demo.accepted()] == ["@ana hello", "@ana hello"]
    thread = client.get(f"/api/v1/statuses/{asked}/context").json()
    assert (thread["ancestors"], len(thread["descendants"])) == ([], 2)
    below = client.get(f"/api/v1/statuses/{first['id']}/context").json()
    assert [one["id"] for one in below["ancestors"]] == [asked]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 422),
        ("x" * 501, 422),
        ("x" * 500, 200),
        ("y" * 476 + " https://example.org/" + "long/" * 40, 200),
        ("y" * 477 + " https://example.org/" + "long/" * 40, 422),
        ("@ana@a.very.long.domain.example " + "z" * 495, 200),
        ("@ana@a.very.long.domain.example " + "z" * 496, 422),
        ("नि" * 500, 200),
        ("नि" * 501, 422),
    ],
)
def test_length_is_counted_as_mastodon_counts(client: httpx.Client, text: str, status: int) -> None:
    assert client.post("/api/v1/statuses", json={"status": text}).status_code == status


def test_a_reply_to_what_is_gone_is_refused(demo: DemoNetwork, client: httpx.Client) -> None:
    asked = demo.post_as("ana", f"{BRAND} hi")
    demo.delete(asked)
    answer = client.post("/api/v1/statuses", json={"status": "@ana hello", "in_reply_to_id": asked})
    assert answer.status_code == 404
    assert demo.accepted() == []
    assert client.get(f"/api/v1/statuses/{asked}").status_code == 404
    assert client.get("/api/v1/notifications").json() == []


def test_edits_show_in_the_status_but_notify_nobody(demo: DemoNetwork, client: httpx.Client) -> None:
    asked = demo.post_as("ana", f"{BRAND} helo")
    assert client.get(f"/api/v1/statuses/{asked}").json()["edited_at"] is None
    demo.edit(asked, f"{BRAND} hello")
    status = client.get(f"/api/v1/statuses/{asked}").json()
    assert status["edited_at"] is not None
    assert "hello" in status["content"]
    assert len(client.get("/api/v1/notifications").json()) == 1


def test_private_words_reach_only_those_they_mention(demo: DemoNetwork, client: httpx.Client) -> None:
    secret = demo.post_as("ana", "@bob between us", visibility="direct")
    ours = demo.post_as("ana", f"{BRAND} psst", visibility="direct")
    assert client.get(f"/api/v1/statuses/{secret}").status_code == 404
    assert client.get(f"/api/v1/statuses/{ours}").json()["visibility"] == "direct"


def test_the_brands_own_statuses_are_listed(demo: DemoNetwork, client: httpx.Client) -> None:
    me = client.get("/api/v1/accounts/verify_credentials").json()["id"]
    asked = demo.post_as("ana", f"{BRAND} hi")
    demo.post_as("saffronheron", "New tins!")
    client.post("/api/v1/statuses", json={"status": "@ana hello", "in_reply_to_id": asked})
    listed = client.get(f"/api/v1/accounts/{me}/statuses").json()
    assert [one["in_reply_to_id"] for one in listed] == [asked, None]
    assert [one["id"] for one in demo.accepted()] == [listed[0]["id"]]


def test_only_own_statuses_can_be_deleted(demo: DemoNetwork, client: httpx.Client) -> None:
    theirs = demo.post_as("ana", f"{BRAND} hi")
    own = client.post("/api/v1/statuses", json={"status": "hello"}).json()["id"]
    assert client.delete(f"/api/v1/statuses/{theirs}").status_code == 404
    assert client.delete(f"/api/v1/statuses/{own}").json()["text"] == "hello"
    assert client.get(f"/api/v1/statuses/{own}").status_code == 404
    assert demo.accepted() == []


def test_a_status_can_be_favourited(demo: DemoNetwork, client: httpx.Client) -> None:
    asked = demo.post_as("ana", f"{BRAND} hi")
    liked = client.post(f"/api/v1/statuses/{asked}/favourite").json()
    assert (liked["favourited"], liked["favourites_count"]) == (True, 1)


def test_a_status_has_a_page_that_is_safe_to_open(demo: DemoNetwork) -> None:
    shown = demo.post_as("ana", f"{BRAND} <script>alert(1)</script>")
    hidden = demo.post_as("ana", f"{BRAND} psst", visibility="direct")
    page = httpx.get(f"{demo.url}/@ana/{shown}")
    assert page.status_code == 200
    assert "<script>" not in page.text
    assert httpx.get(f"{demo.url}/@ana/{hidden}").status_code == 404


@pytest.mark.parametrize("foreign", ["01HZY0", "0", "abc"])
def test_a_foreign_cursor_gives_the_oldest_page(demo: DemoNetwork, client: httpx.Client, foreign: str) -> None:
    for number in range(3):
        demo.post_as(f"p{number}", f"{BRAND} {number}")
    page = client.get("/api/v1/notifications", params={"min_id": foreign, "limit": 1}).json()
    assert page[0]["account"]["acct"] == "p0"


def test_bad_requests_get_an_answer(demo: DemoNetwork, client: httpx.Client) -> None:
    broken = client.post("/api/v1/statuses", content=b"{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 400
    assert client.get("/api/v1/nothing").status_code == 404
    assert client.post("/api/v1/statuses", content=b"x" * (1024 * 1024 + 1)).status_code == 413


def test_too_many_requests_are_turned_away_until_the_window_ends() -> None:
    clock = [1_700_000_100_000]
    with DemoNetwork(clock=lambda: clock[0], rate_limit=3) as demo:
        headers = {"Authorization": f"Bearer {demo.token}"}
        left = []
        for _ in range(4):
            answer = httpx.get(f"{demo.url}/api/v1/notifications", headers=headers)
            left.append((answer.status_code, answer.headers["x-ratelimit-remaining"]))
        assert left == [(200, "2"), (200, "1"), (200, "0"), (429, "0")]
        assert answer.headers["x-ratelimit-reset"] == "2023-11-14T22:20:00.000Z"
        clock[0] += 5 * 60_000
        assert httpx.get(f"{demo.url}/api/v1/notifications", headers=headers).status_code == 200


def test_stopped_it_refuses_and_started_again_it_remembers(demo: DemoNetwork, client: httpx.Client) -> None:
    asked = demo.post_as("ana", f"{BRAND} hi")
    assert client.get(f"/api/v1/statuses/{asked}").status_code == 200
    url = demo.url
    demo.stop()
    with pytest.raises(httpx.TransportError):
        client.get(f"/api/v1/statuses/{asked}")
    demo.start()
    assert demo.url == url
    assert client.get(f"/api/v1/statuses/{asked}").status_code == 200

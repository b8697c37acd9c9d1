"""The demo network fails exactly as it is told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_network import DemoNetwork, Fault, Faults

POST = "/api/v1/statuses"


@pytest.fixture
def demo() -> Iterator[DemoNetwork]:
    with DemoNetwork() as server:
        yield server


@pytest.fixture
def client(demo: DemoNetwork) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=demo.url, headers={"Authorization": f"Bearer {demo.token}"}, timeout=10) as client:
        yield client


def texts(demo: DemoNetwork) -> list[object]:
    return [one["text"] for one in demo.accepted()]


def test_rate_limited_says_until_when_and_carries_nothing_out(demo: DemoNetwork, client: httpx.Client) -> None:
    demo.fail("429", POST, seconds=30)
    before = time.time()
    answer = client.post(POST, json={"status": "one"})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "30"
    reset = datetime.fromisoformat(answer.headers["x-ratelimit-reset"]).timestamp()
    assert 29 < reset - before < 32
    assert texts(demo) == []
    assert client.post(POST, json={"status": "two"}).status_code == 200


@pytest.mark.parametrize(("fault", "status"), [("500", 500), ("401", 401)])
def test_errors_carry_nothing_out(demo: DemoNetwork, client: httpx.Client, fault: str, status: int) -> None:
    demo.fail(fault, POST, times=2)
    assert [client.post(POST, json={"status": "x"}).status_code for _ in range(3)] == [status, status, 200]
    assert texts(demo) == ["x"]


@pytest.mark.parametrize(("fault", "accepted"), [("cut-before", []), ("cut-after", ["x"])])
def test_a_cut_connection_before_and_after(
    demo: DemoNetwork, client: httpx.Client, fault: str, accepted: list[str]
) -> None:
    demo.fail(fault, POST)
    with pytest.raises(httpx.RemoteProtocolError):
        client.post(POST, json={"status": "x"})
    assert texts(demo) == accepted


def test_slow_accepts_at_once_and_slow_before_does_not(demo: DemoNetwork, client: httpx.Client) -> None:
    demo.fail("slow", POST, seconds=20)
    with pytest.raises(httpx.ReadTimeout):
        client.post(POST, json={"status": "late answer"}, timeout=0.2)
    assert texts(demo) == ["late answer"]
    demo.fail("slow-before", POST, seconds=20)
    with pytest.raises(httpx.ReadTimeout):
        client.post(POST, json={"status": "late deed"}, timeout=0.2)
    assert texts(demo) == ["late answer"]


def test_trickle_keeps_sending_for_longer_than_a_read_may_take(demo: DemoNetwork, client: httpx.Client) -> None:
    demo.fail("trickle", "/api/v1/notifications", seconds=0.3)
    before = time.monotonic()
    assert client.get("/api/v1/notifications", timeout=0.25).json() == []
    assert time.monotonic() - before > 0.25


def test_pages_and_broken_json_instead_of_data(demo: DemoNetwork, client: httpx.Client) -> None:
    demo.fail("html", "/api/v1/notifications")
    page = client.get("/api/v1/notifications")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    demo.fail("bad-json", "/api/v1/notifications")
    broken = client.get("/api/v1/notifications")
    assert broken.headers["content-type"].startswith("application/json")
    with pytest.raises(ValueError, match="Unterminated"):
        broken.json()


@pytest.mark.parametrize("fault", ["huge", "huge-gzip"])
def test_a_huge_answer_can_be_left_in_the_middle(demo: DemoNetwork, client: httpx.Client, fault: str) -> None:
    demo.fail(fault, "/api/v1/notifications")
    got = 0
    with client.stream("GET", "/api/v1/notifications") as answer:
        for piece in answer.iter_bytes():
            got += len(piece)
            if got > 20 * 1024 * 1024:
                break
    assert got > 20 * 1024 * 1024
    assert client.get("/api/v1/notifications").json() == []


def test_a_fault_strikes_its_path_and_method_after_those_it_lets_pass(demo: DemoNetwork, client: httpx.Client) -> None:
    demo.fail("500", POST, method="POST", skip=1)
    assert client.get("/api/v1/accounts/verify_credentials").status_code == 200
    assert client.get(f"{POST}/1").status_code == 404
    assert [client.post(POST, json={"status": "x"}).status_code for _ in range(3)] == [200, 500, 200]


def test_stopping_ends_a_slow_answer(demo: DemoNetwork, client: httpx.Client) -> None:
    demo.fail("slow", "/api/v1/notifications", seconds=60)
    with pytest.raises(httpx.ReadTimeout):
        client.get("/api/v1/notifications", timeout=0.1)
    before = time.monotonic()
    demo.stop()
    assert time.monotonic() - before < 2


@given(times=st.integers(1, 5), skip=st.integers(0, 5), requests=st.integers(0, 12))
def test_a_fault_hits_so_many_after_so_many(times: int, skip: int, requests: int) -> None:
    faults = Faults()
    faults.add(Fault("500", times=times, skip=skip))
    hits = [faults.hit("GET", "/x") is not None for _ in range(requests)]
    assert hits == [skip <= number < skip + times for number in range(requests)]


def test_a_path_is_a_folder_and_no_mere_beginning() -> None:
    fault = Fault("500", "/api/v1/statuses/")
    assert fault.matches("GET", "/api/v1/statuses")
    assert fault.matches("GET", "/api/v1/statuses/7/context")
    assert not fault.matches("GET", "/api/v1/statuses_elsewhere")

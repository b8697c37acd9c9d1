"""The demo network's story: what stands there at the start, what happens then, and that it is always the same."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from cminbox.demo.scenario import Act, Scenario
from cminbox.demo.server import DemoServer
from cminbox.demo.voices import load_brand, load_voices, person_of
from cminbox.demo.world import Status
from cminbox.model import HOUR, MINUTE, SECOND

START = 1_780_000_000_000


class Theatre:
    """A demo network with its own clock."""

    def __init__(self, seed: int = 1, speed: float = 1.0) -> None:
        self.now = START
        self.scenario = Scenario(seed, START)
        self.server = DemoServer(self.scenario, speed, clock=lambda: self.now)

    def later(self, duration: int) -> None:
        self.now += duration
        self.server.advance()

    def threads(self) -> list[list[Status]]:
        """Conversations as the team answers them: under the brand's post one for each comment, else the thread."""
        brand = self.server.world.brand
        found: dict[int, list[Status]] = {}
        for account_id in itertools.count(110_000_000_000_000_000):
            account = self.server.world.account_by_id(account_id)
            if account is None:
                break
            for status in self.server.world.statuses_of(account):
                top = status
                while top.parent is not None and not (top.parent.parent is None and top.parent.account is brand):
                    top = top.parent
                if status.account is not brand or status.parent is not None:
                    found.setdefault(top.id, []).append(status)
        return [sorted(thread, key=lambda one: one.id) for thread in found.values()]


@pytest.fixture
def theatre() -> Iterator[Theatre]:
    theatre = Theatre()
    with theatre.server:
        yield theatre


def live(scenario: Scenario, until: int) -> list[Act]:
    return list(itertools.takewhile(lambda act: act.at < START + until, scenario.live()))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_some_two_hundred_conversations_stand_there_and_a_third_are_answered(seed: int) -> None:
    theatre = Theatre(seed)
    with theatre.server:
        threads = theatre.threads()
        brand = theatre.server.world.brand
        waiting = [thread for thread in threads if thread[-1].account is not brand]
        assert 190 <= len(threads) <= 210
        assert 110 <= len(waiting) <= 150
        assert sum(thread[0].visibility == "direct" for thread in threads) >= 5
        assert sum(len(thread) > 2 for thread in threads) >= 10
        recent = [thread for thread in threads if thread[-1].created_at > START - 4 * HOUR]
        assert len(recent) >= 40
        assert all(START - 49 * HOUR < one.created_at <= START for thread in threads for one in thread)


def test_every_language_speaks() -> None:
    scenario = Scenario(1, START)
    voices = Counter(act.who.voice for act in scenario.history if act.who is not None)
    assert set(voices) == set(load_voices())
    assert min(voices.values()) >= 5
    scripts = {unicodedata.name(char).split()[0] for act in scenario.history for char in act.text if char.isalpha()}
    assert {"LATIN", "DEVANAGARI", "GUJARATI", "GURMUKHI", "ARABIC"} <= scripts


def test_the_same_seed_tells_the_same_story() -> None:
    assert Scenario(5, START).history == Scenario(5, START).history
    assert live(Scenario(5, START), 10 * MINUTE) == live(Scenario(5, START), 10 * MINUTE)
    scenario = Scenario(5, START)
    assert live(scenario, 10 * MINUTE) == live(scenario, 10 * MINUTE)
    assert Scenario(5, START).history != Scenario(6, START).history


def test_nobody_is_answered_before_they_wrote_and_everyone_mentions_the_shop() -> None:
    scenario = Scenario(1, START)
    written = {act.key: act.at for act in scenario.history if act.kind == "post"}
    for act in scenario.history:
        if act.kind == "post" and act.parent:
            assert act.at > written[act.parent]
        if act.kind in ("post", "edit") and act.who is not None:
            assert "@saffronheron" in act.text
        assert "{" not in act.text.replace("{0} {{ brand.name }}", ""), act.text
        assert "⇒" not in act.text


def test_somebody_writes_every_few_seconds_in_the_order_of_time() -> None:
    acts = live(Scenario(1, START), 30 * MINUTE)
    times = [act.at for act in acts]
    assert times == sorted(times)
    assert 200 < len(acts) < 700
    assert {"post", "edit", "delete", "favourite"} <= {act.kind for act in acts}
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) <= 16 * SECOND


def test_the_complaint_grows_into_a_wave_and_ebbs() -> None:
    acts = [act for act in live(Scenario(1, START), 20 * MINUTE) if act.kind == "post"]
    a_minute = Counter((act.at - START) // MINUTE for act in acts)
    before = sum(a_minute[minute] for minute in range(4)) / 4
    peak = max(a_minute[minute] for minute in range(4, 14))
    after = sum(a_minute[minute] for minute in range(15, 19)) / 4
    assert peak > 2 * max(before, after)
    tagged = [(act.at - START) // MINUTE for act in acts if "#WheresMyHeron" in act.text]
    assert len(tagged) > 20
    assert min(tagged) >= 4


def test_what_is_due_has_happened_when_somebody_asks(theatre: Theatre) -> None:
    headers = {"Authorization": f"Bearer {theatre.server.token}"}

    def newest() -> tuple[int, str]:
        (one,) = httpx.get(f"{theatre.server.url}/api/v1/notifications?limit=1", headers=headers).json()
        return int(one["id"]), one["created_at"]

    before = newest()
    theatre.now += MINUTE
    after = newest()
    assert after[0] > before[0]
    assert after[1] > before[1]
    assert newest() == after


def test_speed_makes_everything_faster() -> None:
    slow, fast = Theatre(), Theatre(speed=10)
    with slow.server, fast.server:
        slow.later(10 * MINUTE)
        fast.later(MINUTE)
        assert len(slow.server.world.notifications) == len(fast.server.world.notifications)


def test_those_whom_we_answer_write_back_within_a_minute(theatre: Theatre) -> None:
    world = theatre.server.world
    asked = [thread[0] for thread in theatre.threads() if len(thread) == 1][:40]
    for status in asked:
        world.post(
            world.brand, f"@{status.account.acct} we are on it", parent=status, visibility=status.visibility,
            application="test",
        )  # fmt: skip
    theatre.later(19 * SECOND)
    assert not any(answer.replies for status in asked for answer in status.replies)
    theatre.later(42 * SECOND)
    back = [reply for status in asked for answer in status.replies for reply in answer.replies]
    assert 10 <= len(back) < 40
    for reply in back:
        assert reply.parent is not None
        assert reply.parent.parent is not None
        assert reply.account is reply.parent.parent.account
        assert reply.visibility == reply.parent.visibility
        assert world.brand in reply.mentions


def test_who_is_not_mentioned_does_not_hear_us(theatre: Theatre) -> None:
    world = theatre.server.world
    asked = [thread[0] for thread in theatre.threads() if len(thread) == 1][:30]
    for status in asked:
        world.post(world.brand, "we are on it", parent=status, application="test")
    theatre.later(2 * MINUTE)
    assert not any(answer.replies for status in asked for answer in status.replies if answer.account is world.brand)


def test_nobody_nags_once_they_were_answered() -> None:
    scenario = Scenario(1, START)
    nag = next(act for act in live(scenario, 30 * MINUTE) if act.kind == "post" and act.parent.startswith("m"))
    theatre = Theatre()
    with theatre.server:
        world = theatre.server.world
        written = next(act for act in scenario.history if act.key == nag.parent)
        assert written.who is not None
        theatre.later(max(0, nag.at - START - SECOND))
        author = world.find_account(written.who.acct)
        assert author is not None
        said = next(one for one in world.statuses_of(author) if one.text == written.text)
        world.post(world.brand, f"@{author.acct} here we are", parent=said, application="test")
        theatre.later(2 * SECOND)
        assert [reply.account for reply in said.replies] == [world.brand]


def test_reactions_follow_from_the_seed_and_tire() -> None:
    scenario = Scenario(1, START)
    cross = [act for act in scenario.history if act.mood == "cross" and act.who is not None and act.kind == "post"]
    first = [scenario.reaction(act, 1, START) for act in cross]
    assert first == [scenario.reaction(act, 1, START) for act in cross]
    late = [scenario.reaction(act, 9, START) for act in cross]
    assert sum(act is not None for act in late) < sum(act is not None for act in first) / 2
    assert all(20 * SECOND <= act.at - START <= 60 * SECOND for act in first if act is not None)
    assert scenario.reaction(replace(cross[0], who=None), 1, START) is None


def test_hostile_texts_are_among_them() -> None:
    everything = "".join(act.text + (act.who.name if act.who else "") for act in Scenario(1, START).history)
    for threat in ("[/b]", "[@click=app.quit]", "\u202e", "\x1b]0;", "\x9b", "<script>", "{{"):
        assert threat in everything


def test_every_text_fits_into_a_status() -> None:
    for voice in load_voices().values():
        for topic in voice.topics.values():
            texts = (text for card in (*topic.says, *topic.more, *topic.answers) for text in card.split(" ⇒ "))
            assert all(len(text) < 400 for text in texts)
        for kind in ("thanks", "cross", "nudge", "news", "greet", "same", "noted"):
            assert getattr(voice, kind), (voice.name, kind)
        assert {"wave", "ebb", "late"} <= set(voice.topics)
        people = [person_of(entry, voice.name) for entry in voice.people]
        assert all(person.acct.partition("@")[0].replace("_", "").isalnum() for person in people)
        assert len(people) == len({person.acct for person in people})
    assert all(post.comments for post in load_brand().post)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONWARNINGS": "error"}


def test_the_program_says_where_it_serves_and_ends_with_its_starter() -> None:
    command = [sys.executable, "-m", "cminbox.demo", "--quiet", "--seed", "3", "--speed", "20"]
    for end in ("stdin", "signal"):
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()) as process:
            assert process.stdout is not None
            assert process.stdin is not None
            where = json.loads(process.stdout.readline())
            headers = {"Authorization": f"Bearer {where['token']}"}
            page = httpx.get(f"{where['url']}/api/v1/notifications", headers=headers).json()
            assert len(page) == 40
            if end == "stdin":
                process.stdin.close()
            else:
                process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == 0

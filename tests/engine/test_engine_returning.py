"""The engine itself lets work come back: in a round of its own, across a restart, and not for time that it slept."""

from __future__ import annotations

from engine_bench import IMPATIENT, Bench, nap, write_config

from cminbox.desk import Assign
from cminbox.engine.clock_jumps import passed_of
from cminbox.engine.loop import LONG_AWAY, Engine
from cminbox.model import HOUR, MINUTE, Instant, now
from cminbox.store import duty, engine, events

TEAM = '[[member]]\nhandle = "ana"\nrole = "lead"\n[[member]]\nhandle = "jo"\n[team]\ntake_up = "30m"\n'


class Clock:
    """A host's clock, and how long the host was awake."""

    def __init__(self) -> None:
        self.wall, self.passed = now(), passed_of(now)()

    def go(self, minutes: int, *, asleep: bool = False) -> None:
        self.wall += minutes * MINUTE
        self.passed += 0 if asleep else minutes * MINUTE

    def __call__(self) -> Instant:
        return self.wall


async def test_it_comes_back_across_a_restart_and_not_while_the_host_slept(bench: Bench, home, network) -> None:
    bench.network.post_as("mina", "@saffronheron where is it?", at=now() - MINUTE, visibility="unlisted")
    await bench.poll()
    number = bench.rows()[0].id
    bench.config = write_config(home, network.url, TEAM)
    clock = Clock()

    def one() -> Engine:
        return Engine(bench.store, bench.config, clock=clock, passed=lambda: clock.passed, timing=IMPATIENT, sleep=nap)

    await one().once()
    bench.desk.do(Assign("jo"), [number])
    running = one()
    await running.once()
    for _ in range(2):
        clock.go(10)
        await running.once()
    clock.go(8 * 60, asleep=True)
    await running.outbox_clock.follow()
    assert [gap.jump for gap in duty.gaps(bench.store.read())] == [True]
    await one().once()
    assert (
        bench.store.read().execute("SELECT assignee FROM conversations WHERE id = ?", (number,)).fetchone()[0] == "jo"
    )
    clock.go(11)
    await one().once()
    told = events.of(bench.store.read(), number)[-1]
    assert (told.actor, told.action, told.detail["why"]) == ("engine", "returned", "jo did not take it up in 30m")


async def test_time_without_an_engine_is_kept_as_that(bench: Bench, home, network) -> None:
    await bench.poll()
    clock = Clock()
    await bench.engine(clock=clock).once()
    clock.go(10)
    await bench.engine(clock=clock).once()
    assert duty.gaps(bench.store.read()) == []
    clock.go(LONG_AWAY // MINUTE + 60)
    await bench.engine(clock=clock).once()
    (gap,) = duty.gaps(bench.store.read())
    assert (gap.jump, gap.end) == (False, clock.wall)
    assert gap.end - gap.start >= HOUR
    assert engine.get(bench.store.read()).beat_at == clock.wall

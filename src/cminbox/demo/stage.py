"""Lets a scenario happen in a world: what is due happens before each request, at the time that was planned."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from cminbox.demo.scenario import Act, Scenario
from cminbox.demo.world import Account, Status, World
from cminbox.model import Instant


class Stage:
    """Plays a scenario; give it to `DemoServer`.

    Args:
        scenario: the plan.
        speed: how many times faster than planned all from the start on happens.
    """

    def __init__(self, scenario: Scenario, speed: float = 1.0) -> None:
        self._scenario = scenario
        self._speed = speed
        self._live: Iterator[Act] = scenario.live()
        self._next = next(self._live)
        self._reactions: list[tuple[Instant, int, Act, Status]] = []
        self._by_key: dict[str, Status] = {}
        self._said: dict[int, Act] = {}
        self._answers: dict[tuple[int, int], int] = {}
        self._world: World | None = None

    def enter(self, world: World) -> None:
        """Fills the world with the history."""
        self._world = world
        brand = self._scenario.brand
        world.account(
            world.brand.username,
            name=str(brand["name"]),
            note=str(brand["note"]),
            followers=int(str(brand["followers"])),
        )
        for act in self._scenario.history:
            self._play(world, act, act.at)
        world.listen(self._heard)

    def advance(self, now: Instant) -> None:
        """Lets everything happen that is due by `now`."""
        world = self._world
        if world is None:
            return
        while True:
            planned = self._due(self._next.at)
            reacting = self._reactions[0][0] if self._reactions else planned + 1
            if min(planned, reacting) > now:
                return
            if reacting < planned:
                _, _, act, parent = heapq.heappop(self._reactions)
                if not parent.deleted:
                    self._post(world, act, reacting, parent)
            else:
                if not self._settled(world, self._next):
                    self._play(world, self._next, planned)
                self._next = next(self._live)

    def _due(self, at: Instant) -> Instant:
        """When something planned for `at` happens, at our speed."""
        start = self._scenario.start
        return start + round((at - start) / self._speed)

    def _settled(self, world: World, act: Act) -> bool:
        """Whether somebody would ask again although the brand has answered meanwhile."""
        asked = self._by_key.get(act.parent)
        return asked is not None and any(reply.account is world.brand for reply in asked.replies)

    def _play(self, world: World, act: Act, at: Instant) -> None:
        status = self._by_key.get(act.key)
        gone = status is None or status.deleted
        if act.deed == "post":
            parent = self._by_key.get(act.parent)
            if parent is None or not parent.deleted:
                self._post(world, act, at, parent)
        elif act.deed == "follow":
            world.notify("follow", self._account(world, act), at=at)
        elif status is None or gone:
            return
        elif act.deed == "edit":
            world.edit(status, act.text, at=at)
        elif act.deed == "delete":
            world.delete(status)
        else:
            status.favourites += act.deed == "favourite"
            world.notify(act.deed, self._account(world, act), status, at=at)

    def _post(self, world: World, act: Act, at: Instant, parent: Status | None) -> None:
        author = self._account(world, act)
        status = world.post(author, act.text, parent=parent, visibility=act.visibility, language=act.language, at=at)
        self._by_key[act.key] = status
        self._said[status.id] = act

    @staticmethod
    def _account(world: World, act: Act) -> Account:
        who = act.who
        return world.brand if who is None else world.account(who.acct, name=who.name, followers=who.followers)

    def _heard(self, status: Status) -> None:
        """Somebody whom the brand has just answered, and who was mentioned, will write back."""
        parent = status.parent
        if not status.application or parent is None or parent.account not in status.mentions:
            return
        said = self._said.get(parent.id)
        if said is None:
            return
        thread = (parent.root, parent.account.id)
        self._answers[thread] = nth = self._answers.get(thread, 0) + 1
        act = self._scenario.reaction(said, nth, status.created_at)
        if act is not None:
            at = status.created_at + round((act.at - status.created_at) / self._speed)
            heapq.heappush(self._reactions, (at, status.id, act, status))

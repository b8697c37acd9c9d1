"""Lets a scenario happen in a world: what is due happens before each request, at the time that was planned."""

from __future__ import annotations

import heapq

from cminbox.demo.scenario import Act, Scenario
from cminbox.demo.world import Account, Media, Status, World
from cminbox.model import Instant


class Stage:
    """Plays a scenario in a world, which begins with its history.

    Args:
        speed: how many times faster than planned all from the start on happens.
    """

    def __init__(self, world: World, scenario: Scenario, speed: float = 1.0) -> None:
        self._world = world
        self._scenario = scenario
        self._speed = speed
        self._live = scenario.live()
        self._next = next(self._live)
        self._reactions: list[tuple[Instant, int, Act, Status]] = []
        self._by_key: dict[str, Status] = {}
        self._messages: dict[int, Act] = {}
        self._answers: dict[tuple[int, int], int] = {}
        brand = scenario.brand
        world.account(brand.handle, name=brand.name, note=brand.note, followers=brand.followers)
        for act in scenario.history:
            self._play(act, act.at)
        world.listeners.append(self._react)

    def advance(self, now: Instant) -> None:
        """Lets everything happen that is due by `now`."""
        while True:
            planned = self._due(self._next.at, self._scenario.start)
            reacting = self._reactions[0][0] if self._reactions else planned + 1
            if min(planned, reacting) > now:
                return
            if reacting < planned:
                _, _, act, parent = heapq.heappop(self._reactions)
                if not parent.deleted:
                    self._post(act, reacting, parent)
            else:
                if not self._settled(self._next):
                    self._play(self._next, planned)
                self._next = next(self._live)

    def _due(self, at: Instant, since: Instant) -> Instant:
        """When something planned for `at` happens, where time goes at our speed from `since` on."""
        return since + round((at - since) / self._speed)

    def _settled(self, act: Act) -> bool:
        """Whether somebody would ask again although the brand has answered meanwhile."""
        asked = self._by_key.get(act.parent)
        return asked is not None and any(reply.account is self._world.brand for reply in asked.replies)

    def _play(self, act: Act, at: Instant) -> None:
        world, status = self._world, self._by_key.get(act.key)
        if act.kind == "post":
            parent = self._by_key.get(act.parent)
            if parent is None or not parent.deleted:
                self._post(act, at, parent)
        elif act.kind == "follow":
            world.notify("follow", self._account(act), at=at)
        elif status is None or status.deleted:
            return
        elif act.kind == "edit":
            world.edit(status, act.text, at=at)
        elif act.kind == "delete":
            world.delete(status)
        else:
            status.favourites += act.kind == "favourite"
            world.notify(act.kind, self._account(act), status, at=at)

    def _post(self, act: Act, at: Instant, parent: Status | None) -> None:
        media = tuple(Media(f"{act.key}-{number}.svg", alt) for number, alt in enumerate(act.pictures, start=1))
        status = self._world.post(
            self._account(act),
            act.text,
            parent=parent,
            visibility=act.visibility,
            language=act.language,
            at=at,
            media=media,
        )
        self._by_key[act.key] = status
        self._messages[status.id] = act

    def _account(self, act: Act) -> Account:
        who, world = act.who, self._world
        return world.brand if who is None else world.account(who.acct, name=who.name, followers=who.followers)

    def _react(self, status: Status) -> None:
        """Somebody whom the brand has just answered, and who was mentioned, will write back."""
        parent = status.parent
        if not status.application or parent is None or parent.account not in status.mentions:
            return
        message = self._messages.get(parent.id)
        if message is None:
            return
        thread = (parent.root, parent.account.id)
        self._answers[thread] = nth = self._answers.get(thread, 0) + 1
        act = self._scenario.reaction(message, nth, status.created_at)
        if act is not None:
            at = self._due(act.at, status.created_at)
            heapq.heappush(self._reactions, (at, status.id, act, status))

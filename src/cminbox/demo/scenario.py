"""What happens on the demo network and when: a plan that follows from a seed and a start time alone.

The two days before the start are history: about two hundred conversations, a third of them answered. From the start
on somebody writes every few seconds; after some minutes a complaint about deliveries grows into a wave and ebbs.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Literal

from cminbox.demo.voices import (
    LANGUAGES,
    Cards,
    Mood,
    Person,
    Table,
    Topic,
    Voice,
    load_brand,
    load_voices,
    seeded,
    strings,
    tables,
)
from cminbox.model import HOUR, MINUTE, SECOND, Instant

HISTORY = 48 * HOUR
WAVE_LENGTH = 9 * MINUTE
WAVE_SIZE = 110

Deed = Literal["post", "edit", "delete", "favourite", "reblog", "follow"]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that happens.

    Attributes:
        at: when, at the scenario's own speed.
        deed: what happens; the brand hears of `favourite`, `reblog` and `follow` by a notification.
        key: the name of the status in the plan.
        who: who does it; None is the brand.
        text: what a post or an edit says, mentions included.
        parent: the key of the status that is answered.
        mood: how the person will take an answer.
    """

    at: Instant
    deed: Deed
    key: str
    who: Person | None = None
    text: str = ""
    parent: str = ""
    visibility: str = "public"
    language: str | None = None
    mood: Mood = "glad"


class Scenario:
    """The plan.

    Args:
        seed: the same seed and start give the same plan.
        start: now, in epoch milliseconds.
        conversations: how many stand there at the start, roughly.
        every: mean time between two messages from the start on, in milliseconds.
        wave_after: when the wave begins, in milliseconds from the start.
    """

    def __init__(
        self,
        seed: int,
        start: Instant,
        *,
        conversations: int = 200,
        every: int = 5 * SECOND,
        wave_after: int = 4 * MINUTE,
    ) -> None:
        self.seed = seed
        self.start = start
        self.brand = load_brand()
        self.handle = str(self.brand["handle"])
        self._voices = load_voices()
        self._every = every
        self._wave_after = wave_after
        self._chance = seeded(f"{seed}/history")
        self._cards = Cards(self._chance)
        self._made = 0
        self._acts: list[Act] = []
        self._waiting: list[Act] = []
        self._write_history(conversations)
        self.history = tuple(sorted(self._acts, key=lambda act: act.at))

    def live(self) -> Iterator[Act]:
        """What happens from the start on, in the order of time; it never ends."""
        return heapq.merge(self._everyday(), self._wave(), key=lambda act: act.at)

    def reaction(self, said: Act, nth: int, at: Instant) -> Act | None:
        """How a person takes the shop's answer.

        Args:
            said: what they had written.
            nth: how many answers they have had in this thread, this one included.
            at: when they were answered.

        Returns:
            What they write back 20 to 60 seconds later; None when they say nothing.
        """
        if said.who is None:
            return None
        chance = seeded(f"{self.seed}/{said.key}/{nth}")
        voice = self._voices[said.who.voice]
        odds = {"cross": (0.45, 0.4), "asks": (0.05, 0.7), "glad": (0.0, 0.3), "sly": (0.3, 0.0)}[said.mood]
        lot = chance.random() * nth
        kind = "cross" if lot < odds[0] else "thanks" if lot < odds[0] + odds[1] else ""
        if not kind:
            return None
        text = f"@{self.handle} {chance.choice(voice.lines(kind))}"
        mood: Mood = "cross" if kind == "cross" else "glad"
        when = at + chance.randint(20 * SECOND, 60 * SECOND)
        return replace(said, at=when, key=f"{said.key}/{nth}", text=text, parent="", mood=mood)

    def _write_history(self, conversations: int) -> None:
        comments = sum(len(strings(post, "comments")) for post in tables(self.brand, "post"))
        guests = tables(self.brand, "guest")
        for number, post in enumerate(tables(self.brand, "post")):
            self._write_post(number, post)
        for guest in guests:
            person = Person(str(guest["name"]), str(guest["handle"]), int(str(guest["followers"])), _voice_of(guest))
            text = f"@{self.handle} {guest['text']}"
            language = str(guest["lang"]).partition("-")[0]
            at = self._before(guest)
            self._acts.append(Act(at, "post", self._key(), person, text, language=language, mood="asks"))
        for number in range(max(0, conversations - comments - len(guests))):
            self._write_conversation(number)
        for number in range(30):
            person = self._someone(self._voice())
            deed: Deed = ("favourite", "reblog", "follow")[number % 3]
            key = "" if deed == "follow" else f"post-{number % len(tables(self.brand, 'post'))}"
            earliest = next((act.at for act in self._acts if act.key == key), self.start - HISTORY)
            self._acts.append(Act(self._chance.randint(earliest, self.start), deed, key, person))

    def _before(self, table: Table) -> Instant:
        """The instant so many hours before the start."""
        return self.start - round(float(str(table["hours_ago"])) * HOUR)

    def _write_post(self, number: int, post: Table) -> None:
        """One of the shop's own posts with the comments under it, some of them answered."""
        key, at = f"post-{number}", self._before(post)
        self._acts.append(Act(at, "post", key, None, str(post["text"]), language="en"))
        for entry in strings(post, "comments"):
            name, _, raw = entry.partition("|")
            voice = self._voices[name]
            when = at + MINUTE + round((self.start - at - 5 * MINUTE) * self._chance.random() ** 2)
            text = self._cards.fill(f"@{self.handle} {raw}", voice, self._order())
            mood: Mood = "asks" if "?" in raw else "glad"
            comment = self._said(voice, when, text, self._someone(voice), key, mood=mood)
            if self._chance.random() < 0.3:
                self._answer(comment, self._cards.deal(voice.lines("noted")), when + self._delay())

    def _write_conversation(self, number: int) -> None:
        """One conversation that somebody began, as far as it has come."""
        chance = self._chance
        voice = self._voice()
        topic = self._topic(voice)
        card = self._cards.deal(topic.says)
        lot = chance.random()
        answers = (topic.paired[card],) if card in topic.paired else topic.answers
        answered = bool(answers) and lot < 0.8
        age = round(HISTORY * chance.random() ** (1.4 if answered else 3.2)) + (20 if answered else 1) * MINUTE
        order = self._order()
        last = first = self._opening(voice, topic, card, self.start - age, order)
        if number % 25 == 7 and topic.mood != "sly" and age > 10 * MINUTE:
            self._acts.append(self._edited(first, voice, order, first.at + 5 * MINUTE))
        if topic.more and chance.random() < 0.3:
            last = self._follow(first, self._cards.deal(topic.more), order, min(2 * MINUTE, age // 2))
        if not answered:
            self._wait_longer(last, voice)
            return
        answer = self._cards.deal(answers)
        said = self._answer(last, self._cards.fill(answer, voice, order), last.at + self._delay())
        if said is None or lot > 0.24:
            return
        kind = "cross" if topic.mood == "cross" and lot < 0.17 else "thanks"
        after = said.at + round(chance.expovariate(1 / (25 * MINUTE))) + MINUTE
        if after >= self.start - MINUTE:
            return
        text = f"@{self.handle} {self._cards.deal(voice.lines(kind))}"
        back = replace(last, at=after, key=self._key(), text=text, parent=said.key, mood=_mood(kind))
        self._acts.append(back)
        others = tuple(other for other in answers if other != answer)
        if kind == "cross" and others and lot < 0.1:
            self._answer(back, self._cards.fill(chance.choice(others), voice, order), after + self._delay())

    def _wait_longer(self, last: Act, voice: Voice) -> None:
        """Somebody who was not answered: some ask again, others join in."""
        age = self.start - last.at
        self._wait(last)
        if last.mood != "cross" or age < 3 * HOUR:
            return
        if self._chance.random() < 0.35:
            self._follow(last, self._cards.deal(voice.lines("nudge")), "", age // 2)
        elif self._chance.random() < 0.3 and last.visibility == "public" and last.who is not None:
            text = f"@{last.who.acct} @{self.handle} {self._cards.deal(voice.lines('same'))}"
            self._said(voice, last.at + age // 3, text, self._someone(voice), last.key, mood="cross")

    def _wait(self, said: Act) -> None:
        """Keeps in mind who may ask again, correct or take back what they wrote."""
        if said.mood in ("cross", "asks"):
            self._waiting.append(said)

    def _opening(self, voice: Voice, topic: Topic, card: str, at: Instant, order: str) -> Act:
        """The first message of a conversation."""
        raw = self._cards.fill(card, voice, order)
        private = topic.name == "private"
        visibility = "direct" if private else "unlisted" if self._chance.random() < 0.08 else "public"
        text = f"@{self.handle} {raw}" if private else self._addressed(raw, voice)
        who = self._chance.choice(topic.people) if topic.people else self._someone(voice)
        return self._said(voice, at, text, who, "", visibility, topic.mood)

    def _addressed(self, raw: str, voice: Voice) -> str:
        """A text that mentions the shop, in one of the ways in which people do."""
        at = f"@{self.handle}"
        if at in raw:
            return raw
        lot = self._chance.random()
        if lot < 0.6:
            return f"{at} {raw}"
        if lot < 0.8:
            return f"{self._chance.choice(voice.lines('greet'))} {at}, {raw}"
        return f"{raw}\n\n{at}" if lot < 0.9 else f"{raw} {at}"

    def _said(
        self,
        voice: Voice,
        at: Instant,
        text: str,
        who: Person,
        parent: str = "",
        visibility: str = "public",
        mood: Mood = "glad",
    ) -> Act:
        act = Act(at, "post", self._key(), who, text, parent, visibility, self._language(voice), mood)
        self._acts.append(act)
        return act

    def _follow(self, first: Act, raw: str, order: str, later: int) -> Act:
        """The same person once more, under what they wrote."""
        voice = self._voices[first.who.voice if first.who else "en"]
        text = f"@{self.handle} {self._cards.fill(raw, voice, order)}"
        act = replace(first, at=first.at + later, key=self._key(), text=text, parent=first.key)
        self._acts.append(act)
        return act

    def _answer(self, said: Act, raw: str, at: Instant) -> Act | None:
        """The shop answers, unless that would be after the start; then the person waits."""
        if at >= self.start - MINUTE or said.who is None:
            self._wait(said)
            return None
        text = f"@{said.who.acct} {raw}"
        act = replace(said, at=at, key=self._key(), who=None, text=text, parent=said.key)
        self._acts.append(act)
        return act

    def _edited(self, said: Act, voice: Voice, order: str, at: Instant) -> Act:
        """Somebody adds their order number to a complaint, or a friendly sign to anything else."""
        addition = f"\n\n{self._cards.fill(voice.topics['late'].more[0], voice, order)}"
        return replace(said, at=at, deed="edit", text=said.text + (addition if said.mood == "cross" else " 🙏"))

    def _delay(self) -> int:
        """How long the shop takes to answer: 35 minutes as a rule, now and then half a day."""
        return round(min(14 * 60, max(2, math.exp(self._chance.gauss(math.log(35), 1.0)))) * MINUTE)

    def _voice(self) -> Voice:
        voices = list(self._voices.values())
        return self._chance.choices(voices, [voice.share for voice in voices])[0]

    def _topic(self, voice: Voice) -> Topic:
        """A topic that the language has, by how many unused texts it has left."""
        topics = voice.ordinary
        if not any(self._cards.left(topic.says) for topic in topics):
            for topic in topics:
                self._cards.gather(topic.says)
        return self._chance.choices(topics, [self._cards.left(topic.says) for topic in topics])[0]

    def _someone(self, voice: Voice) -> Person:
        by_handle = {person.acct: person for person in voice.people}
        return by_handle[self._cards.deal(tuple(by_handle))]

    def _language(self, voice: Voice) -> str | None:
        """What the person's app says the language is: not always right, and sometimes nothing."""
        lot = self._chance.random()
        if lot < 0.06:
            return None
        if voice.name == "hi-Latn":
            return "hi" if lot < 0.35 else "en"
        return "en" if lot < 0.1 else voice.code

    def _order(self) -> str:
        return f"SH-{self._chance.randint(10000, 99999)}"

    def _key(self) -> str:
        self._made += 1
        return f"m{self._made}"

    def _everyday(self) -> Iterator[Act]:
        """New messages, second messages, edits, deletions and favourites, one every few seconds."""
        plan = deepcopy(self)
        plan._chance.seed(f"{self.seed}/live")
        at = self.start
        while True:
            at += round(min(3.0, max(0.25, plan._chance.expovariate(1.0))) * self._every)
            yield plan._next(at)

    def _next(self, at: Instant) -> Act:
        """One act of everyday life; keeps in mind who waits."""
        lot = self._chance.random()
        voice = self._voice()
        if lot < 0.04:
            return Act(at, "follow", "", self._someone(voice))
        if lot < 0.1:
            return Act(at, "favourite" if lot < 0.08 else "reblog", "post-4", self._someone(voice))
        if lot < 0.3 and len(self._waiting) > 20:
            said = self._waiting.pop(self._chance.randrange(len(self._waiting)))
            return self._second_thought(said, lot, at)
        topic = self._topic(voice)
        act = self._opening(voice, topic, self._cards.deal(topic.says), at, self._order())
        self._wait(act)
        return act

    def _second_thought(self, said: Act, lot: float, at: Instant) -> Act:
        """Somebody who waits asks again, changes what they wrote, or takes it back."""
        voice = self._voices[said.who.voice if said.who else "en"]
        if lot < 0.15:
            return replace(said, at=at, deed="delete")
        if lot < 0.21:
            return self._edited(said, voice, self._order(), at)
        kind = "news" if said.mood == "cross" and lot < 0.23 else "nudge"
        return replace(self._follow(said, self._cards.deal(voice.lines(kind)), "", 0), at=at, mood=_mood(kind))

    def _wave(self) -> Iterator[Act]:
        """The complaint that grows into a wave and ebbs."""
        plan = deepcopy(self)
        plan._chance.seed(f"{self.seed}/wave")
        plan._made = 1_000_000
        begin = self.start + self._wave_after
        before: list[Act] = []
        for share in sorted(plan._chance.betavariate(2.2, 3.2) for _ in range(WAVE_SIZE)):
            voice = plan._voice()
            at = begin + round(share * WAVE_LENGTH)
            ebbs = share > 0.7 and plan._chance.random() < 0.5
            topic = voice.topics["ebb" if ebbs else "wave"]
            who = before[-1].who if before else None
            if who is not None and who.voice == voice.name and plan._chance.random() < 0.5:
                text = f"@{who.acct} @{self.handle} {plan._cards.deal(voice.lines('same'))}"
                act = plan._said(voice, at, text, plan._someone(voice), before[-1].key, mood="cross")
            else:
                act = plan._opening(voice, topic, plan._cards.deal(topic.says), at, plan._order())
            before.append(act)
            yield act


def _mood(kind: str) -> Mood:
    return "glad" if kind in ("thanks", "news") else "cross"


def _voice_of(guest: Table) -> str:
    """The voice a guest talks with; those whose language has none talk English."""
    name = str(guest["lang"])
    return name if name in LANGUAGES else "en"

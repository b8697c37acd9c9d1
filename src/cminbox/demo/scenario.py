"""What happens on the demo network and when: a plan that follows from a seed and a start time alone.

The two days before the start are history: about two hundred conversations, a third of them answered. From the start
on somebody writes every few seconds; after some minutes a complaint about deliveries grows into a wave and ebbs.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Literal

from cminbox.demo.voices import (
    Cards,
    Guest,
    Mood,
    Person,
    Post,
    Topic,
    Voice,
    load_brand,
    load_voices,
    person_of,
    seeded,
)  # fmt: skip
from cminbox.model import HOUR, MINUTE, SECOND, Instant

HISTORY = 48 * HOUR
EVERY = 5 * SECOND
"""Mean time between two messages from the start on."""
WAVE_AFTER = 4 * MINUTE
"""When the wave begins, from the start."""
WAVE_LENGTH = 9 * MINUTE
WAVE_SIZE = 110
_ANSWER = " ⇒ "

ActKind = Literal["post", "edit", "delete", "favourite", "reblog", "follow"]
# How likely somebody of a mood is to be cross about an answer, and to say thanks for it.
_ODDS: Mapping[Mood, tuple[float, float]] = {
    "cross": (0.45, 0.4), "asks": (0.05, 0.7), "glad": (0.0, 0.3), "sly": (0.3, 0.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that happens.

    Attributes:
        at: when, at the scenario's own speed.
        kind: what happens; the brand hears of `favourite`, `reblog` and `follow` by a notification.
        key: the name of the status in the plan.
        who: who does it; None is the brand.
        text: what a post or an edit says, mentions included.
        parent: the key of the status that is answered.
        mood: how the person will take an answer.
        pictures: alt texts of the pictures of a post.
    """

    at: Instant
    kind: ActKind
    key: str
    who: Person | None = None
    text: str = ""
    parent: str = ""
    visibility: str = "public"
    language: str | None = None
    mood: Mood = "glad"
    pictures: tuple[str, ...] = ()


class Scenario:
    """The plan.

    Args:
        seed: the same seed and start give the same plan.
        start: now, in epoch milliseconds.
        conversations: how many stand there at the start, roughly.
    """

    def __init__(self, seed: int, start: Instant, *, conversations: int = 200) -> None:
        self.seed = seed
        self.start = start
        self.brand = load_brand()
        self._at = f"@{self.brand.handle}"
        self._voices = load_voices()
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

    def reaction(self, message: Act, nth: int, at: Instant) -> Act | None:
        """How a person takes the shop's answer.

        Args:
            message: what they had written.
            nth: how many answers they have had in this thread, this one included.
            at: when they were answered.

        Returns:
            What they write back 20 to 60 seconds later; None when they say nothing.
        """
        if message.who is None:
            return None
        chance = seeded(f"{self.seed}/{message.key}/{nth}")
        voice = self._voices[message.who.voice]
        cross, thanks = _ODDS[message.mood]
        lot = chance.random() * nth
        if lot >= cross + thanks:
            return None
        mood: Mood = "cross" if lot < cross else "glad"
        text = f"{self._at} {chance.choice(voice.cross if mood == 'cross' else voice.thanks)}"
        when = at + chance.randint(20 * SECOND, 60 * SECOND)
        return replace(message, at=when, key=f"{message.key}/{nth}", text=text, parent="", mood=mood, pictures=())

    def _write_history(self, conversations: int) -> None:
        for number, post in enumerate(self.brand.post):
            self._write_post(number, post)
        for guest in self.brand.guest:
            self._write_guest(guest)
        comments = sum(len(post.comments) for post in self.brand.post)
        for number in range(max(0, conversations - comments - len(self.brand.guest))):
            self._write_conversation(number)
        for number in range(30):
            person = self._someone(self._voice())
            kind: ActKind = ("favourite", "reblog", "follow")[number % 3]
            key = "" if kind == "follow" else f"post-{number % len(self.brand.post)}"
            earliest = next((act.at for act in self._acts if act.key == key), self.start - HISTORY)
            self._acts.append(Act(self._chance.randint(earliest, self.start), kind, key, person))

    def _before(self, hours: float) -> Instant:
        """The instant so many hours before the start."""
        return self.start - round(hours * HOUR)

    def _write_post(self, number: int, post: Post) -> None:
        """One of the shop's own posts with the comments under it, some of them answered."""
        key, at = f"post-{number}", self._before(post.hours_ago)
        self._acts.append(Act(at, "post", key, None, post.text, language="en"))
        for entry in post.comments:
            name, _, raw = entry.partition("|")
            voice = self._voices[name]
            when = at + MINUTE + round((self.start - at - 5 * MINUTE) * self._chance.random() ** 2)
            text = self._cards.fill(f"{self._at} {raw}", voice, self._order())
            mood: Mood = "asks" if "?" in raw else "glad"
            comment = self._write(voice, when, text, self._someone(voice), key, mood=mood)
            if self._chance.random() < 0.3:
                self._answer(comment, self._cards.deal(voice.noted), when + self._delay())

    def _write_guest(self, guest: Guest) -> None:
        # Those whose language has no voice talk English when they are answered.
        voice = guest.lang if guest.lang in self._voices else "en"
        person = Person(guest.name, guest.handle, guest.followers, voice)
        text, language = f"{self._at} {guest.text}", guest.lang.partition("-")[0]
        at = self._before(guest.hours_ago)
        self._acts.append(
            Act(at, "post", self._key(), person, text, language=language, mood="asks", pictures=guest.pictures)
        )

    def _write_conversation(self, number: int) -> None:
        """One conversation that somebody began, as far as it has come."""
        chance = self._chance
        voice = self._voice()
        topic = self._topic(voice)
        card = self._cards.deal(topic.says)
        lot = chance.random()
        own_answer = card.partition(_ANSWER)[2]
        answers = (own_answer,) if own_answer else topic.answers
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
        reply = self._answer(last, self._cards.fill(answer, voice, order), last.at + self._delay())
        if reply is None or lot > 0.24:
            return
        mood: Mood = "cross" if topic.mood == "cross" and lot < 0.17 else "glad"
        after = reply.at + round(chance.expovariate(1 / (25 * MINUTE))) + MINUTE
        if after >= self.start - MINUTE:
            return
        text = f"{self._at} {self._cards.deal(voice.cross if mood == 'cross' else voice.thanks)}"
        back = replace(last, at=after, key=self._key(), text=text, parent=reply.key, mood=mood)
        self._acts.append(back)
        others = tuple(other for other in answers if other != answer)
        if mood == "cross" and others and lot < 0.1:
            self._answer(back, self._cards.fill(chance.choice(others), voice, order), after + self._delay())

    def _wait_longer(self, last: Act, voice: Voice) -> None:
        """Somebody who was not answered: some ask again, others join in."""
        age = self.start - last.at
        self._wait(last)
        if last.mood != "cross" or age < 3 * HOUR:
            return
        if self._chance.random() < 0.35:
            self._follow(last, self._cards.deal(voice.nudge), "", age // 2)
        elif self._chance.random() < 0.3 and last.visibility == "public" and last.who is not None:
            text = f"@{last.who.acct} {self._at} {self._cards.deal(voice.same)}"
            self._write(voice, last.at + age // 3, text, self._someone(voice), last.key, mood="cross")

    def _wait(self, message: Act) -> None:
        """Keeps in mind who may ask again, correct or take back what they wrote."""
        if message.mood in ("cross", "asks"):
            self._waiting.append(message)

    def _opening(self, voice: Voice, topic: Topic, card: str, at: Instant, order: str) -> Act:
        """The first message of a conversation."""
        raw = self._cards.fill(card.partition(_ANSWER)[0], voice, order)
        private = topic.name == "private"
        visibility = "direct" if private else "unlisted" if self._chance.random() < 0.08 else "public"
        text = f"{self._at} {raw}" if private else self._addressed(raw, voice)
        who = person_of(self._chance.choice(topic.people), voice.name) if topic.people else self._someone(voice)
        return self._write(voice, at, text, who, "", visibility, topic.mood)

    def _addressed(self, raw: str, voice: Voice) -> str:
        """A text that mentions the shop, in one of the ways in which people do."""
        if self._at in raw:
            return raw
        lot = self._chance.random()
        if lot < 0.6:
            return f"{self._at} {raw}"
        if lot < 0.8:
            return f"{self._chance.choice(voice.greet)} {self._at}, {raw}"
        return f"{raw}\n\n{self._at}" if lot < 0.9 else f"{raw} {self._at}"

    def _write(
        self, voice: Voice, at: Instant, text: str, who: Person, parent: str = "", visibility: str = "public",
        mood: Mood = "glad",
    ) -> Act:  # fmt: skip
        act = Act(at, "post", self._key(), who, text, parent, visibility, self._language(voice), mood)
        self._acts.append(act)
        return act

    def _follow(self, first: Act, raw: str, order: str, later: int) -> Act:
        """The same person once more, under what they wrote."""
        voice = self._voices[first.who.voice if first.who else "en"]
        text = f"{self._at} {self._cards.fill(raw, voice, order)}"
        act = replace(first, at=first.at + later, key=self._key(), text=text, parent=first.key)
        self._acts.append(act)
        return act

    def _answer(self, message: Act, raw: str, at: Instant) -> Act | None:
        """The shop answers, unless that would be after the start; then the person waits."""
        if at >= self.start - MINUTE or message.who is None:
            self._wait(message)
            return None
        text = f"@{message.who.acct} {raw}"
        act = replace(message, at=at, key=self._key(), who=None, text=text, parent=message.key)
        self._acts.append(act)
        return act

    def _edited(self, message: Act, voice: Voice, order: str, at: Instant) -> Act:
        """Somebody adds their order number to a complaint, or a friendly sign to anything else."""
        addition = f"\n\n{self._cards.fill(voice.topics['late'].more[0], voice, order)}"
        return replace(
            message, at=at, kind="edit", text=message.text + (addition if message.mood == "cross" else " 🙏")
        )

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
        return person_of(self._cards.deal(voice.people), voice.name)

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
            at += round(min(3.0, max(0.25, plan._chance.expovariate(1.0))) * EVERY)
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
            message = self._waiting.pop(self._chance.randrange(len(self._waiting)))
            return self._second_thought(message, lot, at)
        topic = self._topic(voice)
        act = self._opening(voice, topic, self._cards.deal(topic.says), at, self._order())
        self._wait(act)
        return act

    def _second_thought(self, message: Act, lot: float, at: Instant) -> Act:
        """Somebody who waits asks again, changes what they wrote, or takes it back."""
        voice = self._voices[message.who.voice if message.who else "en"]
        if lot < 0.15:
            return replace(message, at=at, kind="delete")
        if lot < 0.21:
            return self._edited(message, voice, self._order(), at)
        settled = message.mood == "cross" and lot < 0.23
        text = self._cards.deal(voice.news if settled else voice.nudge)
        return replace(self._follow(message, text, "", 0), at=at, mood="glad" if settled else "cross")

    def _wave(self) -> Iterator[Act]:
        """The complaint that grows into a wave and ebbs."""
        plan = deepcopy(self)
        plan._chance.seed(f"{self.seed}/wave")
        plan._made = 1_000_000
        begin = self.start + WAVE_AFTER
        before: list[Act] = []
        for share in sorted(plan._chance.betavariate(2.2, 3.2) for _ in range(WAVE_SIZE)):
            voice = plan._voice()
            at = begin + round(share * WAVE_LENGTH)
            ebbs = share > 0.7 and plan._chance.random() < 0.5
            topic = voice.topics["ebb" if ebbs else "wave"]
            who = before[-1].who if before else None
            if who is not None and who.voice == voice.name and plan._chance.random() < 0.5:
                text = f"@{who.acct} {self._at} {plan._cards.deal(voice.same)}"
                act = plan._write(voice, at, text, plan._someone(voice), before[-1].key, mood="cross")
            else:
                act = plan._opening(voice, topic, plan._cards.deal(topic.says), at, plan._order())
            before.append(act)
            yield act

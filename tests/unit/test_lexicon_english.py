"""What people write to brands in English: how it sounds, what it says, and whether it needs an answer."""

from __future__ import annotations

import pytest

from cminbox.rules.analysis import Analyser

ANALYSER = Analyser()

SENTENCES = [
    # text, class, signals that it has, signals that it has not, needs an answer
    ("@shop The kettle I got from you stopped working after two days.", "negative", "broken", "thanks", True),
    ("@shop Where is my order? It was due on Monday", "", "question delivery", "sorted", True),
    ("@shop Thank you so much, that was quick!", "positive", "thanks", "complaint", False),
    ("@shop it's sorted. update did it", "", "sorted", "", False),
    ("@shop Heard back by phone, happy with that", "positive", "sorted", "complaint", False),
    ("@telecom thanks for getting my line back", "positive", "thanks sorted", "complaint", False),
    ("You people don't give a fuck about your customers", "negative", "complaint", "praise", True),
    ("@shop I love the new mugs! Do you ship to Norway?", "positive", "praise question sale", "", True),
    ("@air Great, another delay. Thanks for nothing.", "negative", "complaint", "", True),
    ("@air thanks a lot for my lost suitcase", "negative", "complaint", "", True),
    ("My son had an allergic reaction to your nut free bar", "negative", "safety", "", True),
    ("@bank you charged me twice for one transfer, I want my money back", "negative", "double-charge refund", "", True),
    ("haha me too", "", "chatter", "refund", False),
    ("@app someone changed my email and I can't log in", "", "stolen-account broken", "", True),
    ("@telecom I sent a dm on Friday and nothing since", "", "unanswered", "", True),
    ("@air we have been sitting on the plane for two hours", "negative", "urgent complaint", "", True),
    ("@telecom asks for my number then hangs up. Twice now", "negative", "unanswered complaint", "", True),
    ("@app all my songs disappeared", "negative", "broken", "", True),
    ("@insurer they closed my claim", "negative", "complaint", "", True),
    ("@shop Nothing arrived :(", "negative", "delivery", "", True),
    ("@shop No problem, see you tomorrow", "positive", "", "complaint", False),
    ("I don't like this at all", "negative", "complaint", "praise", True),
    ("@shop it was not a scam, just slow", "", "", "scam", True),
    ("@shop This is a scam, they stole my money", "negative", "scam", "", True),
    ("@rail trains cancelled again, worst service ever", "negative", "complaint", "", True),
    ("@pizza the food was stone cold and the driver was rude", "negative", "complaint", "praise", True),
    ("@game servers are down again, please fix", "negative", "broken request", "", True),
    ("@shop Thanks but I still have not received it", "negative", "delivery", "", True),
    ("@shop can I speak to a real person please", "", "human-wanted", "", True),
    ("@gym I want to cancel my membership", "", "cancelling", "", True),
    ("@shop I'll see you in court", "", "legal", "", True),
    ("@air wrong address on the label, it went to someone else's house", "", "misdelivery", "", True),
    ("The box came damaged and two plates are smashed", "negative", "damage", "", True),
    ("fuck you and your whole company", "negative", "abuse", "", True),
    ("Earn $500 a day from home, click here, link in bio", "", "spam", "", False),
    ("@shop Yes", "", "", "thanks", True),
    ("@shop I did", "", "", "", True),
    ("@shop 4471", "", "", "", True),
    ("🎉🎉", "positive", "emoji", "", False),
    ("😡", "negative", "emoji", "", True),
    ("@a @b @c @d @e who ate all the pies?", "", "", "complaint", True),
    ("@a @b @c @d @e @f who ate all the pies?", "", "question", "complaint", False),
    ("@shop Great packaging, it came in two days!", "positive", "", "complaint", False),
    ("@shop Is this real? I cannot believe how lovely it looks", "", "question", "scam", True),
    ("@shop is this email real? It asks for my card", "", "question scam", "", True),
    ("@shop What are your opening hours on Sunday?", "neutral", "question", "complaint", True),
    ("I use my kettle every day", "neutral", "", "complaint", True),
    ("so bad", "negative", "complaint", "", True),
    ("Lovely sunset from the window seat of @air tonight", "positive", "", "complaint", False),
]


@pytest.mark.parametrize(("text", "label", "has", "has_not", "needs"), SENTENCES)
def test_what_people_write(text: str, label: str, has: str, has_not: str, needs: bool) -> None:
    """An empty class is not looked at: a plain fact may sound either way."""
    heard = ANALYSER.analyse(text, lang="en")
    assert not label or heard.sentiment.label == label
    assert set(has.split()) <= set(heard.signals)
    assert set(has_not.split()).isdisjoint(heard.signals)
    assert heard.needs is needs


@pytest.mark.parametrize(
    ("weightier", "lighter"),
    [
        ("someone used my card without my permission", "the app is slow today"),
        ("still waiting for my refund, third time I ask, no response", "when do you open on Sunday"),
        ("you charged me twice", "the bill is late"),
        ("our flight was cancelled and we are stranded at the airport", "our flight was lovely"),
    ],
)
def test_what_presses_more_has_more_points(weightier: str, lighter: str) -> None:
    more, less = (ANALYSER.analyse(text, lang="en") for text in (weightier, lighter))
    assert more.urgency > less.urgency
    assert more.urgent_words


def test_words_that_only_look_bad_or_good_say_nothing() -> None:
    for text in (
        "Black Friday starts tomorrow",
        "Please help me with the Call of Duty update",
        "Customer support hours?",
    ):
        assert ANALYSER.analyse(text, lang="en").sentiment.label == "neutral", text

"""What the rules make of a conversation: points with their reasons, labels, SLA, and when to look again."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox import query
from cminbox.model import HOUR, MINUTE, SIGNALS, WEEK, Reason, band
from cminbox.query import FIELDS, IS, Context
from cminbox.query.subject import Subject
from cminbox.rules import Verdict, judge, labelled, load
from cminbox.rules.files import Rule, RuleBook
from cminbox.rules.index import Index
from subjects import about

NOW = 1_800_000_000_000
CTX = Context(now=NOW)
SHIPPED = load(None)


def book(*rules: Rule) -> RuleBook:
    return RuleBook(rules)


def rule(name: str, when: str, **more: object) -> Rule:
    return Rule(name, query.parse(when), **more)  # type: ignore[arg-type]


def said(subject: Subject) -> dict[str, int]:
    return {reason.why: reason.points for reason in judge(SHIPPED, subject, CTX).reasons}


def test_the_example_of_the_manual() -> None:
    subject = about(
        texts=("मेरा पैसा वापस करो 😠",),
        said=({"refund": ("पैसा वापस",)},),
        lang="hi",
        sentiment=-0.78,
        vip=True,
        waiting_since=NOW - 56 * MINUTE,
        needs_since=NOW - 56 * MINUTE,
        signals=("refund",),
        urgency=6,
        urgent_words=("पैसा वापस",),
    )
    verdict = judge(SHIPPED, subject, CTX)
    assert verdict.reasons == (
        Reason(20, "refund words", "refund “पैसा वापस”"),
        Reason(18, "very negative", "negative −0.78"),
        Reason(15, "VIP", "VIP"),
        Reason(12, "needs an answer", "needs an answer"),
        Reason(6, "service words", "service words “पैसा वापस”"),
        Reason(4, "default", "default"),
        Reason(3, "waiting", "waiting over 30m"),
    )
    assert verdict.priority == 78
    assert verdict.labels == (("billing", "refund words"),)
    assert verdict.rescore_at == NOW + 64 * MINUTE + 1


@pytest.mark.parametrize("signal", sorted(SIGNALS))
def test_every_signal_that_wants_something_counts_in_the_shipped_rules(signal: str) -> None:
    wants = about(signals=(signal,), waiting_since=NOW, needs_since=NOW, question=signal == "question")
    plain = about(waiting_since=NOW, needs_since=NOW)
    more = judge(SHIPPED, wants, CTX).priority - judge(SHIPPED, plain, CTX).priority
    assert more < 0 if signal == "sorted" else more >= 0
    nothing = {"thanks", "sorted", "chatter", "spam", "praise", "emoji", "same"}
    assert (more > 0) == (signal not in nothing)


@pytest.mark.parametrize(
    ("subject", "why"),
    [
        (about(question=True), "question"),
        (about(kind="dm"), "DM"),
        (about(followers=12_400), "12.4k followers"),
        (about(followers=3_100_000), "3.1M followers"),
        (about(crisis="Late parcels"), "crisis"),
        (about(sentiment=-0.3), "negative −0.30"),
        (about(waiting_since=NOW - 9 * HOUR, needs_since=NOW), "waiting over 8h"),
        (about(waiting_since=NOW - HOUR, due_at=NOW - 1, needs_since=NOW), "overdue"),
        (about(signals=("scam",), said=({"scam": ("SCAM", "crooks")},)), "scam “SCAM”, “crooks”"),
        (about(signals=("safety",)), "safety"),
        (
            about(signals=("refund",), said=({"refund": ("cash",)},), in_context=True),
            "refund “cash”, as what it answers",
        ),
        (about(urgency=9, urgent_words=("at once",), needs_since=NOW), "service words “at once”"),
    ],
)
def test_why_is_said_in_a_few_words(subject: Subject, why: str) -> None:
    assert why in said(subject)


def test_a_calm_word_is_low_and_an_unknown_mood_gives_nothing() -> None:
    assert judge(SHIPPED, about(texts=("muy rico el té",), status="closed"), CTX).priority == 4
    assert said(about(sentiment=None, status="closed")) == {"default": 4}


def test_priority_stays_within_bounds_and_says_what_that_cost() -> None:
    many = book(*(rule(f"r{n}", "", priority=60) for n in range(3)))
    assert judge(many, about(), CTX).priority == 100
    assert Reason(-80, "bounds", "ends at 100") in judge(many, about(), CTX).reasons
    assert judge(book(rule("less", "", priority=-60)), about(), CTX).priority == 0


def test_most_is_where_it_ends_and_the_lowest_has_its_way() -> None:
    capped = book(
        rule("a", "", priority=50),
        rule("thanks alone", "signal:thanks", most=9),
        rule("spam", "signal:spam", most=2),
        rule("waiting", "waiting:>1h", priority=40, within_band=True),
    )
    thanks = about(signals=("thanks",), said=({"thanks": ("ta",)},), waiting_since=NOW - 2 * HOUR)
    verdict = judge(capped, thanks, CTX)
    assert verdict.priority == 9
    assert verdict.reasons == (Reason(50, "a", "a"), Reason(-41, "thanks alone", "thanks “ta”: at most 9"))
    assert judge(capped, about(signals=("spam", "thanks")), CTX).priority == 2
    assert judge(capped, about(waiting_since=NOW - 2 * HOUR), CTX).priority == 59


@pytest.mark.parametrize(
    ("plain", "more", "priority"),
    [(25, 3, 28), (25, 9, 29), (29, 9, 29), (30, -9, 30), (35, -9, 30), (35, -3, 32), (79, 1, 79), (95, 50, 100)],
)
def test_within_its_band_a_rule_lifts_and_lowers_only_so_far(plain: int, more: int, priority: int) -> None:
    rules = book(rule("band", "", priority=more, within_band=True), rule("plain", "", priority=plain))
    verdict = judge(rules, about(), CTX)
    assert verdict.priority == priority
    assert sum(reason.points for reason in verdict.reasons) == priority


def test_service_words_count_as_often_as_the_rule_says() -> None:
    pressing = about(urgency=7, urgent_words=("now", "today"))
    twice = judge(book(rule("words", "", urgency=1.5)), pressing, CTX)
    assert twice.reasons == (Reason(10, "words", "words “now”, “today”"),)
    assert judge(book(rule("words", "", urgency=1.5)), about(), CTX).reasons == ()


made_rules = st.lists(
    st.builds(
        lambda when, points, most, within, urgency, stop: rule(
            "", when, priority=points, most=most, within_band=within, urgency=urgency, stop=stop
        ),
        st.sampled_from(["", "signal:thanks", "is:needs-answer", "sentiment:<0", "waiting:>1h", "signal:ref*"]),
        st.integers(-100, 100),
        st.one_of(st.none(), st.integers(0, 100)),
        st.booleans(),
        st.sampled_from([0.0, 0.5, 1.0, 5.0]),
        st.booleans(),
    ),
    max_size=8,
)
heard = st.builds(
    about,
    status=st.sampled_from(["open", "pending", "closed"]),
    kind=st.sampled_from(["dm", "mention", "review", "article"]),
    sentiment=st.sampled_from([None, -0.9, -0.3, 0.0, 0.8]),
    signals=st.lists(st.sampled_from(sorted(SIGNALS)), max_size=6, unique=True).map(lambda each: tuple(sorted(each))),
    urgency=st.integers(0, 20),
    vip=st.booleans(),
    stars=st.sampled_from([None, 1, 5]),
    followers=st.sampled_from([None, 20_000, 1_000_000]),
    waiting_since=st.sampled_from([None, NOW - HOUR, NOW - 90 * HOUR]),
    needs_since=st.sampled_from([None, NOW - HOUR]),
    due_at=st.sampled_from([None, NOW - 1]),
    question=st.booleans(),
)


@given(made_rules, heard)
def test_points_sum_to_the_priority_which_no_rule_takes_too_far(made: list[Rule], subject: Subject) -> None:
    rules = [replace(one, name=f"r{n}") for n, one in enumerate(made)]
    verdict = judge(book(*rules), subject, CTX)
    assert sum(reason.points for reason in verdict.reasons) == verdict.priority
    assert 0 <= verdict.priority <= 100
    tried = list(Index([one.when for one in rules]).matching(subject, CTX))
    stop = next((place for place, n in enumerate(tried) if rules[n].stop), len(tried))
    matching = [rules[n] for n in tried[: stop + 1]]
    assert verdict.priority <= min((one.most for one in matching if one.most is not None), default=100)
    plain = [replace(one, priority=0) if one.within_band else one for one in rules]
    assert band(judge(book(*plain), subject, CTX).priority) == band(verdict.priority)


@given(heard)
def test_the_shipped_rules_put_what_wants_nothing_below_all_that_wants_something(subject: Subject) -> None:
    verdict = judge(SHIPPED, subject, CTX)
    row = subject.row
    assert sum(reason.points for reason in verdict.reasons) == verdict.priority
    settled = {"thanks", "chatter", "emoji", "spam"} & {*row.content.signals} and row.needs_since is None
    if "sorted" in row.content.signals or settled:
        assert verdict.priority <= 9
    elif row.needs_since is not None:
        assert verdict.priority >= 10


def test_stop_ends_the_trial() -> None:
    verdict = judge(
        book(rule("a", "", priority=1), rule("b", "tea", stop=True), rule("c", "", priority=5)),
        about(texts=("green tea",)),
        CTX,
    )
    assert verdict.priority == 1
    assert judge(book(rule("b", "tea", stop=True), rule("c", "", priority=5)), about(), CTX).priority == 5


def test_who_gave_what_is_remembered_and_later_rules_have_their_way() -> None:
    verdict = judge(
        book(
            rule("a", "", labels=("x", "y"), sla=HOUR, assign="ana", notify=("ops",), propose_crisis=True),
            rule("b", "", labels=("y", "z"), sla=2 * HOUR, notify=("ops", "boss")),
            rule("c", "nothing", assign="team:care"),
        ),
        about(),
        CTX,
    )
    assert verdict == Verdict(
        priority=0,
        rules=("a", "b"),
        labels=(("x", "a"), ("y", "a"), ("z", "b")),
        sla=(2 * HOUR, "b"),
        assign=("ana", "a"),
        crisis=("a",),
        notify=(("ops", "a"), ("boss", "b")),
    )


@pytest.mark.parametrize(
    ("when", "subject", "at"),
    [
        ("waiting:>2h", about(waiting_since=NOW - HOUR), NOW + HOUR + 1),
        ("waiting:>2h", about(waiting_since=NOW - 3 * HOUR), None),
        ("waiting:>2h", about(), None),
        ("is:overdue", about(waiting_since=NOW, due_at=NOW + 5), NOW + 6),
        ("due:<15m", about(waiting_since=NOW, due_at=NOW + HOUR), NOW + 45 * MINUTE + 1),
        ("tea", about(waiting_since=NOW), None),
    ],
)
def test_time_alone_changes_a_priority_at_a_known_instant(when: str, subject: Subject, at: int | None) -> None:
    assert judge(book(rule("r", when, priority=1)), subject, CTX).rescore_at == at


def test_a_day_is_a_moment_too() -> None:
    at = judge(book(rule("r", "created:today", priority=1)), about(created_at=NOW), CTX).rescore_at
    assert at is not None
    assert NOW < at <= NOW + 24 * HOUR


def test_between_now_and_the_next_look_nothing_changes() -> None:
    subject = about(waiting_since=NOW, needs_since=NOW, due_at=NOW + 3 * HOUR, sentiment=-0.7, texts=("still waiting",))
    now = NOW
    steps = []
    while (verdict := judge(SHIPPED, subject, Context(now=now))).rescore_at is not None:
        just_before = judge(SHIPPED, subject, Context(now=verdict.rescore_at - 1))
        assert just_before.priority in (verdict.priority, judge(SHIPPED, subject, Context(verdict.rescore_at)).priority)
        steps.append(verdict.priority)
        now = verdict.rescore_at
    assert steps == sorted(steps)
    assert len(steps) >= 4


WHENS = [
    *(rule.when.text for rule in SHIPPED.rules),
    *("refund", '"money back"', "refu*", '"money b"*', "/ref.nd/", "-refund", "NOT (tea OR refund)", "😡", "टी*"),
    *("is:open", "is:closed refund", "is:unassigned", "is:mine", "is:due", "is:reply", "-is:vip", "is:edited tea"),
    *("network:Mastodon", "network:ma*", "source:x OR kind:dm", "lang:unknown", "lang:hi", "label:vip", "from:@ana"),
    *("sentiment:<0", "sentiment:>=0.2", "sentiment:0..0.5", "sentiment:unknown", "sentiment:<0.5", "-sentiment:<0"),
    *("signal:refund", "signal:re*", "-signal:thanks", "signal:again OR signal:spam", "signal:thanks -is:needs-answer"),
    *("followers:<10", "waiting:<1h", "waiting:>1h tea", "age:>1d", "created:>2026-01-01", "(tea coffee) OR is:vip"),
]
SUBJECTS = st.builds(
    about,
    network=st.sampled_from(["mastodon", "x", "Mastodon"]),
    source=st.sampled_from(["x", "shop"]),
    kind=st.sampled_from(["dm", "mention", "review"]),
    status=st.sampled_from(["open", "closed", "pending"]),
    handle=st.sampled_from(["ana", "bob"]),
    vip=st.booleans(),
    followers=st.sampled_from([None, 3, 20_000]),
    lang=st.sampled_from(["", "hi", "en"]),
    sentiment=st.sampled_from([None, -0.9, -0.3, 0.0, 0.1, 0.7]),
    labels=st.sampled_from([(), ("vip",), ("VIP", "x")]),
    assignee=st.sampled_from(["", "ana"]),
    crisis=st.sampled_from(["", "Late"]),
    waiting_since=st.sampled_from([None, NOW - HOUR // 2, NOW - 3 * HOUR]),
    due_at=st.sampled_from([None, NOW - 1, NOW + HOUR]),
    created_at=st.just(NOW - 1000),
    newest_at=st.just(NOW - 1000),
    question=st.booleans(),
    edited=st.booleans(),
    is_reply=st.booleans(),
    held=st.booleans(),
    hidden=st.booleans(),
    stars=st.sampled_from([None, 1, 5]),
    signals=st.sampled_from([(), ("refund", "sorted"), ("again", "thanks"), ("emoji",)]),
    needs_since=st.sampled_from([None, NOW]),
    texts=st.lists(
        st.sampled_from(["green tea", "REFUND my money back", "money box", "😡 refunds", "टीम पैसा वापस", "coffee tea"]),
        max_size=3,
    ).map(tuple),
)


QUERIES = [query.parse(when) for when in WHENS]
INDEX = Index(QUERIES)


@given(SUBJECTS)
def test_the_index_never_leaves_out_a_rule_that_matches(subject: Subject) -> None:
    ctx = Context(now=NOW, member="ana")
    matching = [number for number, asked in enumerate(QUERIES) if query.matches(asked, subject, ctx)]
    assert list(INDEX.matching(subject, ctx)) == matching
    assert list(INDEX.matching(subject, ctx, {0, 2})) == [number for number in matching if number in {0, 2}]


@given(SUBJECTS, st.lists(st.tuples(st.sampled_from(WHENS), st.sampled_from("xyz"), st.booleans()), max_size=5))
def test_labels_alone_are_those_of_the_whole_verdict(subject: Subject, made: list[tuple[str, str, bool]]) -> None:
    rules = [
        rule(f"r{n}", when, labels=(label,) if label != "z" else (), priority=1, stop=stop)
        for n, (when, label, stop) in enumerate(made)
    ]
    assert labelled(book(*rules), subject, CTX) == judge(book(*rules), subject, CTX).labels


def test_a_hundred_rules_cost_little_when_few_match(tmp_path: Path) -> None:
    rules = [f"[[rule]]\nname='r{n}'\nwhen='word{n} OR \"other {n} words\"'\npriority=1\n" for n in range(100)]
    (tmp_path / "90.toml").write_text("\n".join(rules))
    hundred = load(tmp_path)
    assert hundred.problems == ()
    subjects = [
        about(texts=(f"My parcel number {n} has not come and I have waited for so long now, please look",))
        for n in range(300)
    ]
    judge(hundred, subjects[0], CTX)
    best = min(_once(hundred, subjects) for _ in range(5))
    # 100 µs is what we promise; the double leaves room for a busy machine.
    assert best / len(subjects) < 200e-6


def _once(hundred: RuleBook, subjects: list[Subject]) -> float:
    begun = time.process_time()
    for subject in subjects:
        judge(hundred, subject, CTX)
    return time.process_time() - begun


@pytest.mark.parametrize("text", [*(f"is:{state}" for state in IS), *(field.example for field in FIELDS)])
def test_what_time_changes_is_known_to_the_rules(text: str) -> None:
    """Else a rule would not be tried again when time alone makes it match."""
    asked = query.parse(text)
    index, at = Index([asked]), 60 * WEEK
    times = ("created_at", "newest_at", "waiting_since", "outbound_at", "due_at", "promise_at", "back_at")
    subject = about(**dict.fromkeys(times, at))
    known = bool(index.other_times) or index.next_moment(subject, 0) is not None
    assert known == asked.may_change

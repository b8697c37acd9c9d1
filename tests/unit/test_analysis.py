"""The analyser on hostile texts, on hostile word lists of a user's, and with names of competitors."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.rules import analysed_by
from cminbox.rules.analysis import Analyser
from cminbox.rules.lexicon import MOST_TOLD, Entry, check_folder, read_toml_file, read_tsv
from profiles import examples

ANALYSER = Analyser(None, ("Blue Stork",))
FIRST = (
    *("hello there, this is fine", "hola, qué tal la vida", "यह क्या है", "हे काय आहे", "что это такое", "یہ کیا ہے"),
    *("ما هذا", "kya haal hai bhai", "આ શું છે", "ਇਹ ਕੀ ਹੈ", "zxqv plmk wrtz", "das ist gut", "c'est bon", "va bene"),
)
PIECES = (
    *("a", "a ", "#", "#a", "#a#b", "#aA", "aA", "@", "@a ", "@a @b ", "RT @a ", "'", "a'", "`", "''"),
    *("l'", "l'arnaque ", "न", "न ", "़", "नहीं ", "काम नहीं ", "kaam nahi ", "ॐ", "।", "😡", "😂"),
    *("\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", "🇮🇳", "1️⃣", ". ", "a.", "..."),
    *("…", "charged ", "refund ... ", "not ", "but ", "very ", "no problem ", "don't "),
    *("thanks help ", "thank you, but ", "://", "http://", "https://a.b ", "www.", "&amp;", "&a"),
    *("a@b.c ", "@@", "##", "_", "__a", "é", "Z͑ͫ̓ͪ", "\u202e\u05d0\u05d1\u05d2 ", "مرحبا "),
    *("\u200f", "\u202e", "ـ", "ﷺ", "ﻻ", "لم ", "не работает ", "?", "¿", "!!! ", "\n", "\r\n", "\t"),
    *("\x00", "\ufeff", "–", "()", "((", "))", ":(", ":/ ", ";-", ">:", "“”", "哈", "한글 ", "ไทย", "ก็"),
    *("kkk", "ha", "jaja", "lol", "l o l ", "xd", "①", "🅰", "𝓪", "ＡＢＣ ", "ǅ", "ß", "İ", "ﬁ", "ooooo "),
    *("aabbccdd", "aabb ", "\xad", "\u200b", "\u200d", "\U000e0001", "\U0010ffff", "1 ", "९", "¼"),
    "\u3000",
)


@settings(max_examples=examples(300))
@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from((*PIECES, *FIRST)), max_size=60).map("".join)))
def test_any_text_is_analysed_and_the_same_text_the_same_way(text: str) -> None:
    found = ANALYSER.analyse(text)
    assert found == ANALYSER.analyse(text)
    assert found.sentiment.score is None or -1 <= found.sentiment.score <= 1
    assert 0 <= found.urgency <= 20
    assert list(found.signals) == sorted(set(found.signals))
    assert set(found.signal_words) <= set(found.signals)


@pytest.mark.parametrize(
    ("before", "text"), [("Lmaooo jk", "Lmaoo jk jk"), ("malll", "mall"), ("Haaaa", "Haa"), ("so coool", "so cool")]
)
def test_what_was_read_before_changes_nothing(before: str, text: str) -> None:
    """Words are kept as they were met; letters drawn out leave the same word as others have from the start."""
    alone, after = Analyser().analyse(text), Analyser()
    after.analyse(before)
    assert after.analyse(text) == alone


def test_posts_are_analysed_alike_whatever_was_read_before(shared: Path) -> None:
    texts = [
        line.split("\t")[-1]
        for path in sorted((shared / "data" / "labelled").glob("*.tsv"))
        for line in path.read_text("utf-8").split("\n")[1:80]
    ]
    if not texts:
        pytest.skip("the labelled texts are not here")
    first = list(map(Analyser().analyse, texts))
    assert list(map(Analyser().analyse, reversed(texts))) == first[::-1]


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    for text in FIRST:
        ANALYSER.analyse(text)


def seconds(text: str) -> float:
    """The processor time of an analysis; the least of three, since a collection of garbage may fall into one."""
    taken = []
    for _ in range(3):
        begun = time.process_time()
        ANALYSER.analyse(text)
        taken.append(time.process_time() - begun)
    return min(taken)


@pytest.mark.parametrize("piece", PIECES)
def test_ten_thousand_characters_take_less_than_50_ms(piece: str) -> None:
    assert seconds((piece * (10_000 // len(piece) + 1))[:10_000]) < 0.05


def test_so_do_any_pieces_together() -> None:
    dice = random.Random(3)
    for _ in range(60):
        assert seconds("".join(dice.choices(PIECES, k=6_000))[:10_000]) < 0.05


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("sick", "1:1: 'sick' has no valence — write: word, tab,"),
        ("ok\t1\nsick  3", "2:1: 'sick  3' has no valence"),
        ("sick\t1\t1\t1", "'sick' has too many columns"),
        ("sick\tgood", "'good' beside 'sick' is no number"),
        ("sick\t1,5", "'1,5' beside 'sick' is no number"),
        ("sick\t5", "'sick' has the valence 5"),
        ("sick\tnan", "'sick' has the valence nan"),
        ("sick\tinf", "'sick' has the valence inf"),
        ("sick\t1e999", "'sick' has the valence inf"),
        (f"sick\t{'9' * 6_000}", "'sick' has the valence inf"),
        ("sick\t0\t-1", "'sick' has the neutral weight -1"),
        ("sick\t0\tnan", "'sick' has the neutral weight nan"),
        ("\t3", "a line without a word"),
        ("\0\0", r"'\x00\x00' has no valence"),
        ("ab*\t1", "the stem 'ab*' is too short — write three letters"),
        ("*\t1", "the stem '*' is too short"),
        ("a*b\t1", "in 'a*b' the * must end a word"),
        ("...\t1", "'...' begins or ends with ..."),
        ("... twice\t1", "'... twice' begins or ends with ..."),
        ("charged …\t1", "'charged …' begins or ends with ..."),
        ("😡\t-3", "in '😡' there are no letters — emoji and faces of marks belong in emoji.tsv"),
        ("!!!\t-3", "in '!!!' there are no letters"),
        ("x" * 1_000_000, "…' has no valence"),
        ("x" * 1_000_000 + "\t1", "…' is too long"),
    ],
)
def test_a_mistake_in_a_word_list_is_one_short_line(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "en.tsv").write_text(f"{content}\ngood enough\t2\n", encoding="utf-8")
    (problem,) = check_folder(tmp_path)
    assert told in problem.line()
    assert problem.line().startswith(f"{tmp_path / 'en.tsv'}:")
    assert "\n" not in problem.line()
    assert len(problem.line()) < 400 + len(str(tmp_path))
    # What is right in it is in force.
    assert read_tsv(tmp_path / "en.tsv")[0]["good enough"] == Entry(2.0)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[grammar", "1: not TOML"),
        (f"[grammar]\nreach = {'9' * 5_000}", "a number is far too long"),
        ("[grammar]\nreach = 999999999", "2: reach must be from 1 to 10 words"),
        ("[grammar]\nreach = -5", "2: reach must be from 1 to 10 words"),
        ('[grammar]\nnegators = ["not at"]', "2: 'not at' must be one word"),
        ('[grammar]\nbut = ["on the other hand"]', "'on the other hand' must be one word or two"),
        ("[grammar]\nboosters = { so = 2 }", "so must be a number from -1 to 1, not 2"),
        ("[grammar]\nboosters = { so = nan }", "so must be a number from -1 to 1, not nan"),
        ("[grammar]\nelision = 1", "elision must be true or false"),
        ("[service]\nlate = -2", "late must be two numbers: sentiment and priority"),
        ("[service]\nlate = [-2]", "'late' must have two numbers"),
        ("[service]\nlate = [-2, inf]", "a priority from 0 to 12, not [-2, inf]"),
        ('[service]\n"" = [-2, 1]', "an empty word"),
        ('[signals]\nrefnd = ["refund"]', 'unknown key "refnd" in [signals] — did you mean "refund"?'),
        ('[signals]\nrefund = "money"', "refund must be a list of texts"),
        ('[signals]\nrefund = ["mo*"]', "the stem 'mo*' is too short"),
        ('[signal]\nrefund = ["money"]', 'unknown key "signal"'),
    ],
)
def test_a_mistake_in_a_languages_file_is_one_line(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "en.toml").write_text(content, encoding="utf-8")
    (problem,) = check_folder(tmp_path)
    assert told in problem.line()
    assert problem.line().startswith(f"{tmp_path / 'en.toml'}")


def test_a_list_as_editors_save_it_counts(tmp_path: Path) -> None:
    (tmp_path / "en.tsv").write_bytes("\ufeff# mine\r\nsick\t3\r\n\r\nlaid … out\t-3\r\n".encode())
    analyser = Analyser(tmp_path)
    assert analyser.problems == ()
    assert analyser.analyse("that board is sick").sentiment.hits == (("sick", 3.0),)
    assert ("laid … out", -3.0) in analyser.analyse("it was laid badly out").sentiment.hits


def test_what_is_no_word_list_is_told(tmp_path: Path) -> None:
    (tmp_path / "en.tsv").mkdir()
    (tmp_path / "fr.toml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "english.tsv").write_text("sick\t3\n")
    (tmp_path / "de.tsv").write_bytes("gut\t2\nschön\t2\n".encode("latin-1"))
    (tmp_path / "emoji.tsv").write_text("(*_*)\t2\nXD\t1\nsick\t2\n")
    analyser = Analyser(tmp_path)
    assert analyser.analyse("that board is sick (*_*)").sentiment.hits[0] == ("(*_*)", 2.0)
    assert [line.removeprefix(f"{tmp_path}/").partition(" — ")[0] for line in map(str, analyser.problems)] == [
        "de.tsv:2: byte 0xf6 is not UTF-8",
        "emoji.tsv:3:1: 'sick' is a word",
        "en.tsv: is a folder",
        "english.tsv: is no word list of a language",
        "fr.toml: is a link to nothing",
    ]
    assert not analyser.reload()
    analysed_by.mark(tmp_path)


def test_of_many_mistakes_the_first_are_told_and_the_others_counted(tmp_path: Path) -> None:
    (tmp_path / "en.tsv").write_text("".join(f"word{n} 1\n" for n in range(100_000)))
    services = "".join(f'"late {n}" = [9, 1]\n' for n in range(2_000))
    (tmp_path / "en.toml").write_text(f"[service]\n{services}good = [2, 0]\n")
    problems = check_folder(tmp_path)
    assert len(problems) == 2 * (MOST_TOLD + 1)
    assert "99980 more mistakes" in str(problems[-1])
    assert read_toml_file(tmp_path / "en.toml")[0].service == {"good": Entry(2.0)}


def test_a_long_list_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "sv.tsv").write_text("".join(f"word{n}\t1\n" for n in range(100_000)))
    assert check_folder(tmp_path) == ()
    assert Analyser(tmp_path).analyse("the word99999 is here", lang="sv").sentiment.hits == (("word99999", 1.0),)


def test_a_language_of_a_persons_own_work(tmp_path: Path) -> None:
    (tmp_path / "sv.tsv").write_text("dålig*\t-3\n", encoding="utf-8")
    (tmp_path / "sv.toml").write_text('[grammar]\nnegators = ["inte"]\n[signals]\nrefund = ["pengarna tillbaka"]\n')
    (tmp_path / "nl.toml").write_text('[signals]\nrefund = ["geld terug"]\n')
    analyser = Analyser(tmp_path)
    found = analyser.analyse("Det är så dåligt, jag vill ha pengarna tillbaka")
    assert (found.lang, found.sentiment.label, found.signal_words["refund"]) == (
        "sv",
        "negative",
        ("pengarna tillbaka",),
    )
    assert "refund" in analyser.analyse("Ik wil nu mijn geld terug van jullie").signals
    assert analyser.problems == ()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("I am off to BLUE STORK", True),
        ("#BlueStork is better", True),
        ("@bluestork @blue_stork does it cheaper", True),
        ("the blue stork’s tea", True),
        ("a stork in blue", False),
        ("@bluestorkfan", False),
    ],
)
def test_competitors_are_named_in_words_hashtags_and_accounts(text: str, named: bool) -> None:
    assert ANALYSER.analyse(text).signal_words.get("competitor", ()) == (("Blue Stork",) if named else ())


def test_other_competitors_are_another_mark() -> None:
    assert analysed_by.mark(None, ["A", "B"]) == analysed_by.mark(None, ["B", "A"])
    assert len({analysed_by.mark(None, names) for names in ([], ["A"], ["A", "B"], ["AB"])}) == 4


def test_words_of_two_turn_and_raise() -> None:
    def score(text: str) -> float:
        return dict(ANALYSER.analyse(text, lang="es").sentiment.hits)["bueno"]

    assert score("bueno, sin embargo llega tarde") < score("bueno, y llega tarde")

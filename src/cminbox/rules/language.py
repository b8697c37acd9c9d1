"""Which language a post is written in: by its script, by our own words, and by an offline detector (`detector.py`).

Our words (`languages/*.toml`) tell short posts, and romanised Hindi, Gujarati and Punjabi, which no detector knows.
Where they tell enough, the detector is not asked, nor loaded. What nobody can know is `""`: names, emoji, one link.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping

from cminbox.rules import detector
from cminbox.rules.hashtags import parted
from cminbox.rules.language_files import ROMANISED, endings, language_files, markers, sound, sounds, whole_posts
from cminbox.rules.once import once
from cminbox.rules.scripts import script_of, written_in

_TIDIED, _READ = 2_000, 300
"""Characters in which links and names are looked for, and what is read of the rest: more says nothing new."""
_LEAST_STEM = 3
"""Letters before an ending."""
_PHRASE = 3
_LEAST_BARE = 4
"""Letters that a word must have left without those hung on."""
_LEAST_LAST, _GERMAN, _COMPOUND = 6, (("de", 1.0),), (("de", 0.6),)
"""Letters of the last word of a compound, what such a word speaks for, and what the compound does."""
_FEW = 4
"""Words; a text of no more is short."""

# Each begins with one of a few letters and signs, and most places of a text are told by that at a glance.
_NOT_WORDS = re.compile(
    r"(?=[hw@&R:;=])(?:\bhttps?(?:://\S+)?\b|www\.\S+|@[\w.@-]+|&\w+;|^RT\b|(?<!\w)[:;=]['’]?-?[DPpOo3S]\b)"
)
_HASHTAG = re.compile(r"#\w+")
_LATIN_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# Letters, signs and joiners of a script, without its full stops.
_WORDS = {
    "latin": _LATIN_WORD,
    "devanagari": re.compile("[\u0900-\u0963\u0966-\u097f\u200c\u200d]+"),
    "cyrillic": re.compile("[\u0400-\u052f]+"),
    "arabic": re.compile("[\u0620-\u065f\u066e-\u06d3\u06d5-\u06ef\u06fa-\u06ff\u200c]+"),
}
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
_HUNG_ON = re.compile(r"([^\W\d_])\1{2,}$")
"""Letters that a word is drawn out with at its end, and need not be its own: `goodnighttt`, `nachtiii`."""
_ARABIC_SIGNS = re.compile("[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]+")
"""Vowel signs, which some write and most leave out, and the stroke that draws a word out."""

_ROMANISED = ("hi-Latn", "gu-Latn", "pa-Latn")
_OF_INDIA = {code.partition("-")[0]: code for code in _ROMANISED}

# Letters that one language of a script has and others lack, each with what it is worth; a word is worth 1.
_LETTERS: Mapping[str, tuple[tuple[str, str, float], ...]] = {
    "arabic": (
        ("ٹڈڑںےہھۂۃ", "ur", 2.0),
        ("ةىيكأإؤ", "ar", 0.5),
        ("ډړښځڅټڼۍې", "ps", 2.0),
        ("ڏڄڃڻڪٿڀٺڙڦ", "sd", 2.0),
        ("پچژگکی", "fa", 0.2),
        ("پچژگکی", "ur", 0.4),
        ("ۇۆۈۋەې", "ug", 1.0),
    ),
    "cyrillic": (
        ("іїєґ", "uk", 1.2),
        ("ыэё", "ru", 1.0),
        ("ў", "be", 4.0),
        ("ђћџљњј", "sr", 2.0),
        ("ѓќѕ", "mk", 4.0),
        ("қғұәһ", "kk", 3.0),
    ),
    "devanagari": (("ळ", "mr", 1.0),),
}
_MOST_LETTERS = 4
_NAME_PARTS = frozenset(
    {
        *("new", "los", "las", "san", "santa", "são", "real", "united", "model", "pro", "max", "plus", "city", "air"),
        *("el", "la", "le", "de", "da", "di", "du", "del", "von", "van", "der", "al", "bin"),
    }
)
"""Words of languages that stand in names everywhere."""

_MOST_KNOWN, _LONGEST = 1 << 15, 40
_KNOWN: dict[str, dict[str, tuple[tuple[str, float], ...]]] = {script: {} for script in _WORDS}
"""What each word met before speaks for, by script."""

_WORD_WORTH, _LEAST_LIKELY = 1.6, 1e-4
_HINT_WORTH = 1.6
_USUAL = 0.6
"""Words that Gujarati and Punjabi must be ahead of Hindi."""
_HEARD_OF = 0.3
_LEAD = 1.2
"""Words by which one of `_LEADING` is beyond doubt that is ahead of all others, however long the text. The others have
neighbours without a list, who share their words: Danish beside Swedish."""
_LEADING = frozenset({"es", "pt", "fr", "de", "it", "ru", "ar", "ur", "hi", "mr"})
_SPOKEN = 1.5
"""Words from which on a language is spoken beside English."""
_BORROWED = 0.9
"""What English must be ahead of others in a longer text: everybody uses its words."""


def detect(text: str, hint: str | None = None) -> tuple[str, str]:
    """The language of a post, and how it is known.

    Args:
        text: the post, in any script; what stands behind its first 2,000 characters does not count.
        hint: what the network says it is (`en`, `pt-BR`); used where the text does not speak against it.

    Returns:
        An ISO 639-1 code, or `hi-Latn`, `gu-Latn`, `pa-Latn` for Hindi, Gujarati and Punjabi in Latin letters, or `""`
        when unsure; and `"network"` when that is what the network says, `"detected"` when the text alone says so, `""`
        when unknown.
    """
    hinted = normal_code(hint)
    text = _tidy(text[:_TIDIED])
    script = script_of(text)
    if script in detector.LANGUAGES:
        found = _told(text, script, _OF_INDIA.get(hinted, hinted) if script == "latin" else hinted)
    elif script == "han":
        found = "ja" if hinted == "ja" else "zh"
    elif script == "kana":
        found = "ja"
    else:
        found = script
    if not found and hinted and written_in(hinted, script):
        found = hinted
    if not found:
        return "", ""
    # What the network calls Hindi is Hindi in Latin letters too.
    return found, "network" if hinted in (found, found.partition("-")[0]) else "detected"


def normal_code(code: str | None) -> str:
    """A network's language tag as ours: `pt-BR` is `pt`; what is no two-letter language is `""`."""
    if not code:
        return ""
    parts = code.replace("_", "-").split("-")
    base = parts[0].lower()
    if len(base) != 2 or not base.isascii() or not base.isalpha():
        return ""
    if base in _OF_INDIA and any(part.lower() == "latn" for part in parts[1:]):
        return _OF_INDIA[base]
    return {"iw": "he", "in": "id", "ji": "yi", "nb": "no", "nn": "no"}.get(base, base)


def _tidy(text: str) -> str:
    """What of a text is language, in plain letters: ornate ones and Arabic presentation forms are made such."""
    text = _NOT_WORDS.sub(" ", text)
    if "#" in text:
        bare = _HASHTAG.sub(" ", text)
        # A post of hashtags alone, or nearly so, speaks through them.
        beside = len(_LATIN_WORD.findall(bare))
        if beside > _FEW:
            text = bare
        elif beside:
            text = text.replace("#", " ")
        else:
            text = _HASHTAG.sub(lambda found: f" {_words_of_tag(found[0][1:])} ", text[:_READ])
    text = " ".join(text.split())[:_READ]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.replace("’", "'"))[:_READ]
        text = _ARABIC_SIGNS.sub("", text)
    return text


def _words_of_tag(tag: str) -> str:
    """The words of a hashtag; three with a capital each are a phrase, fewer rather a name (`#MasterChef`)."""
    words = parted(tag).split()
    phrase = len(words) >= _PHRASE and not any(map(str.isupper, words))
    return " ".join(words) if phrase else parted(tag.lower())


def _told(text: str, script: str, hinted: str) -> str:
    """The language of a text in a script that several languages share; "" when unsure."""
    lowered = text.lower()
    words = _WORDS[script].findall(lowered)
    if not words or (script == "latin" and len(words[0]) == 1 and max(map(len, words)) == 1):
        return ""
    if len(words) <= _FEW and (code := whole_posts().get(" ".join(words))):
        return code
    scores = _heard(words, lowered, script)
    if script == "latin":
        accented = 0 if lowered.isascii() else sum(not word.isascii() for word in words)
        if found := _romanised(scores, len(words), accented, hinted):
            return found
        if (
            len(words) <= _FEW
            and _looks_like_names(text)
            and _NAME_PARTS.issuperset(word for word in words if _speaks_for(word, script))
        ):
            scores = {}
        if len(distinct := dict.fromkeys(words)) < len(words) and _spoken_beside_english(scores):
            # Who speaks two languages says in one what they chant or quote in the other: a word counts once.
            scores = _heard(distinct, lowered, script)
    if clear := _clear(scores, len(words), script == "latin"):
        return clear
    if (
        script == "devanagari"
        and len(words) <= 2
        and not hinted
        and 0 < max(scores.values(), default=0) <= scores.get("hi", 0)
    ):
        return "hi"  # words that Marathi and Nepali have too: most who write them write Hindi
    likely = detector.likelihoods(text, script)
    length = math.sqrt(len(words))
    best, most = "", -math.inf
    for code, usual in detector.LANGUAGES[script].items():
        chance, told = likely.get(code, 0.0), scores.get(code, 0.0)
        if chance > _LEAST_LIKELY or told or code == hinted:
            mark = math.log(max(chance, _LEAST_LIKELY)) + usual + _WORD_WORTH * told / length
            mark += _HINT_WORTH * (code == hinted) - _BORROWED * (code == "en" and len(words) > _FEW)
            if mark > most:
                best, most = code, mark
    if script != "latin" or best == hinted or scores.get(best, 0.0) >= _HEARD_OF:
        return best
    return best if likely.get(best, 0.0) >= _doubt(text, len(words)) else ""


def _heard(words: Iterable[str], text: str, script: str) -> dict[str, float]:
    """The languages that words, and letters, speak for, each with what they are worth together."""
    scores: dict[str, float] = {}
    known = _KNOWN[script]
    for word in words:
        said = known.get(word)
        if said is None:
            said = _speaks_for(word, script)
        for code, worth in said:
            scores[code] = scores.get(code, 0.0) + worth
    if script != "latin" or not text.isascii():
        _hear_letters(scores, text, script)
    return scores


def _spoken_beside_english(scores: Mapping[str, float]) -> bool:
    """Whether words speak for English, and words for another language too."""
    return "en" in scores and any(
        worth >= _SPOKEN for code, worth in scores.items() if code != "en" and not code.endswith("-Latn")
    )


def _looks_like_names(text: str) -> bool:
    """Whether a few words all begin with a capital, as names do, and nothing is asked or called out."""
    if "?" in text or "!" in text:
        return False
    words = _LATIN_WORD.findall(text)
    return len(words) <= _FEW and all(word != word.lower() for word in words) and not text.isupper()


def _doubt(text: str, words: int) -> float:
    """How sure the detector must be of a text none of whose words we know: names and codes are in no language."""
    if words > _FEW:
        return 0.2
    if _looks_like_names(text):
        return 0.4 if words == 1 else 0.65
    return 0.3


def _clear(scores: Mapping[str, float], words: int, latin: bool) -> str:
    """The language for which words alone speak, beyond doubt; else ""."""
    first, most, second = "", 0.0, 0.0
    for code, worth in scores.items():
        if worth > second and not code.endswith("-Latn"):
            if worth > most:
                first, most, second = code, worth, most
            else:
                second = worth
    # English words stand in every language, those of others in their own; other scripts are shared by few.
    if first in _LEADING and most - second >= _LEAD:
        return first
    share, others = (0.4, 0.4) if first == "en" else (0.25, 0.5) if latin else (0.15, 0.3)
    return first if most >= max(1.0, words * share) and second <= others * most else ""


def _romanised(scores: Mapping[str, float], words: int, accented: int, hinted: str) -> str:
    """Which language of India a text in Latin letters is in; "" for none.

    Such posts are full of English words, and English ones never of theirs. An accent is the mark of another language.

    Args:
        words: how many words the text has.
        accented: how many of them have letters outside ASCII.
    """
    together = scores.get(ROMANISED, 0.0)
    if not together:
        return ""
    together += 0.6 * (hinted in _ROMANISED)
    enough = 0.9 if words <= 3 else 1.1
    if together < max(enough, 0.5 * scores.get("en", 0.0), 0.15 * words):
        return ""
    others = max((worth for code, worth in scores.items() if code != "en" and not code.endswith("-Latn")), default=0.0)
    if together < 1.2 * (others + accented):
        return ""
    return max(
        _ROMANISED, key=lambda code: scores.get(code, 0.0) + 1.5 * (code == hinted) + _USUAL * (code == "hi-Latn")
    )


def _hear_letters(scores: dict[str, float], text: str, script: str) -> None:
    """Add what letters say that one language of a script has and others lack."""
    there = set(text)
    for letters, code, worth in _letters(script):
        if not there.isdisjoint(letters):
            # An accent is an accent however often it stands there.
            count = 1 if script == "latin" else min(sum(map(text.count, letters)), _MOST_LETTERS)
            scores[code] = scores.get(code, 0.0) + worth * count


@once
def _letters(script: str) -> tuple[tuple[str, str, float], ...]:
    if script != "latin":
        return _LETTERS[script]
    files = language_files().items()
    return tuple((letter, code, worth) for code, file in files for letter, worth in file.letters.items())


def _speaks_for(word: str, script: str) -> tuple[tuple[str, float], ...]:
    """The languages that a word speaks for, worked out once for each word."""
    known = _KNOWN[script]
    found = known.get(word)
    if found is None:
        found = _by_its_form(word, script)
        if len(known) >= _MOST_KNOWN:
            known.clear()
        if len(word) <= _LONGEST:
            known[word] = found
    return found


def _by_its_form(word: str, script: str) -> tuple[tuple[str, float], ...]:
    """The languages that a word speaks for: as it stands, less what draws it out, by its article, or by its sound."""
    words = markers(script)
    found = words.get(word)
    if found is None and _DRAWN_OUT.search(word):
        found = words.get(_DRAWN_OUT.sub(r"\1", word)) or words.get(_DRAWN_OUT.sub(r"\1\1", word))
        if found is None and len(bare := _HUNG_ON.sub("", word)) >= _LEAST_BARE:
            found = words.get(bare)
    if found is not None:
        return found
    if script != "latin":
        return ()
    if "'" in word:
        return _elided(word)
    return (sounds().get(sound(word)) or _by_its_ending(word)) if len(word) > 3 else ()


def _by_its_ending(word: str) -> tuple[tuple[str, float], ...]:
    """The languages that have words which end so; of two endings the longer one tells."""
    words = markers("latin")
    for start in range(_LEAST_STEM, len(word) - _LEAST_LAST + 1):
        # German writes several words as one, and the last of them is one by itself.
        if words.get(word[start:]) == _GERMAN:
            return _COMPOUND
    for length, known in endings().items():
        if len(word) >= length + _LEAST_STEM and (found := known.get(word[-length:])):
            return found
    return ()


def _elided(word: str) -> tuple[tuple[str, float], ...]:
    """French and Italian articles lean on the next word; English ends in 's."""
    head, _, tail = word.partition("'")
    found: list[tuple[str, float]] = []
    if head in ("l", "d", "j", "qu", "n", "s", "c", "m", "t"):
        found.append(("fr", 0.6))
        if head in ("l", "d", "c"):
            found.append(("it", 0.5))
    elif head in ("un", "dell", "all", "nell", "dall", "sull", "quest"):
        found.append(("it", 1.0))
    elif tail in ("s", "t", "ll", "ve", "re", "d", "m"):
        found.append(("en", 0.5))
    words = markers("latin")
    return (
        *found,
        *((code, worth * 0.5) for code, worth in words.get(tail) or words.get(head) or _by_its_ending(tail)),
    )

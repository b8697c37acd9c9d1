"""What a text asks and what it leaves unsaid: whether it asks something, and whether it says nothing but thanks."""

from __future__ import annotations

import re

from cminbox.model import Kind, SentimentClass
from cminbox.rules.language_files import LanguageFile, language_files
from cminbox.rules.lexicon import load_emoji
from cminbox.rules.once import once
from cminbox.text import fold, words

# Question marks of the scripts we meet: Latin, Spanish, Arabic, Greek (U+037E), Armenian, Ethiopic, CJK, and emoji.
_MARKS = re.compile("[?¿؟\u037e՞፧？⁇⁈⁉❓❔]")
_LINK = re.compile(r"https?://\S+|www\.\S+")
_SENTENCE = re.compile(r"[.!?;।॥…\n]+\s*")
_CLAUSE = re.compile(r"[.!?;:,،؛।॥…\n—–]+|\s-+\s")
_WORD = re.compile(r"[^\s,.;:!?()\"“”…।॥]+")
_READ = 1_000


def question(text: str, lang: str) -> bool:
    """Whether a text asks something: a question mark of any script, or in some languages the words of a question.

    Args:
        text: the text; its first 1,000 characters count.
        lang: its language as `language.detect` names it; `""` leaves the marks alone to decide.
    """
    text = text[:_READ]
    if "://" in text or "www." in text:
        text = _LINK.sub(" ", text)
    if _MARKS.search(text):
        return True
    asking = language_files().get(lang)
    if asking is None:
        return False
    lowered = text.lower().replace("’", "'")
    if asking.phrases and _phrases(lang).search(lowered):
        return True
    if asking.anywhere and not asking.anywhere.isdisjoint(_WORD.findall(lowered)):
        return True
    return bool(asking.first) and any(_opens(sentence, asking) for sentence in _SENTENCE.split(lowered))


@once
def _phrases(lang: str) -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(map(re.escape, language_files()[lang].phrases))})\b")


def _opens(sentence: str, asking: LanguageFile) -> bool:
    """Whether a sentence of at least three words begins as a question does, names left out."""
    words = [word for word in _WORD.findall(sentence) if word[0] not in "@#"]
    if len(words) < 3:
        return False
    return words[0] in asking.first or (words[0] in asking.verbs and words[1] in asking.subjects)


_SHORT = 200
"""Characters of a text that may be thanks alone; a longer one says more."""
_FEW = 16
"""Words that it may have."""
_CALL = 3
"""Words of a clause that calls for help, at most."""
_UPSET = -1.4
"""The valence of an emoji from which on it tells of a complaint, as `lexicons/emoji.tsv` has it."""
_SAD_FACE = re.compile(r"(?<!\w)[>}]?[:=;]['’]?-?[(\[{/\\|]+(?!\w)|(?<!\S)\)+-?['’]?[:=](?!\w)|[❌✖⛔🚫🆘]")
"""Faces made of marks, and signs that say no or call for help."""
_EYES = frozenset(":;=")
_GLAD_FACE = re.compile(r"(?<!\S)(?:<3+|[:;=]['’]?-?[DPp]+|[xX]D+)(?!\S)")
"""A heart or a face that has a letter or a digit in it, and is no word."""
_LETTERED = re.compile("[\u24b6-\u24e9\U0001f110-\U0001f149\U0001f150-\U0001f169\U0001f170-\U0001f189]")
"""Letters in circles and squares, which are no letters to the search."""
_MENTION = re.compile(r"@\w[\w.@-]*")
_REPOST = re.compile(r"\s*RT\s+@\w")
_LAUGHTER = re.compile(
    r"a*(?:h+[aeiou]+){2,}h*|[aeiou]*(?:j+[aeiou]+){2,}j*|k{3,}|(?:rs){2,}|(?:wk){2,}w?|x+d+|l+o+l+(?:o+l+)*|lm+f?a+o+|ro+fl+"
)
_LAUGHING = tuple(
    (frozenset(fold(letters)), least)
    for letters, least in (
        ("哈呵嘿", 2),
        ("ㅋㅎㅠㅜ", 2),
        ("ه", 3),
        ("ха", 4),
        ("хи", 4),
        ("ہا", 4),
        ("हा", 4),
        ("હા", 4),
        ("ਹਾ", 4),
    )
)
"""Letters that laughter is written with, and how many there are of them at least."""


def needs_answer(text: str, title: str, kind: Kind, lang: str, mood: SentimentClass, asks: bool) -> bool:
    """Whether a message of theirs needs an answer. What nobody can be sure of needs one.

    What asks something or sounds negative needs one, in emoji too. Thanks, other emoji, laughter and names alone need
    none, nor a message passed on as it was, a review without a word, and an article in a language that we know.

    Args:
        lang: its language as `language.detect` names it.
        asks: what `question` says of it.
    """
    if asks or mood == "negative":
        return True
    if kind == "article":
        return not lang
    if not text.strip():
        return bool(title.strip()) or kind != "review"
    if title.strip() or len(text) > _SHORT or "://" in text or "www." in text:
        return _REPOST.match(text) is None
    if _REPOST.match(text):
        return False
    if grumbles(text):
        return True
    known, parts = _company_words(), []
    for clause in _CLAUSE.split(_MENTION.sub(" ", _GLAD_FACE.sub(" ", text))):
        part = words(clause)
        # Most texts have a word that says something, and are told by the first.
        if any(word not in known and not _laughs(word) for word in part):
            return True
        parts.append(part)
    return sum(map(len, parts)) > _FEW or not _says_nothing(parts)


def grumbles(text: str) -> bool:
    """Whether a sign of a text complains or calls for help without a word: an emoji, a face, letters in circles."""
    if text.isascii():
        return not _EYES.isdisjoint(text) and _SAD_FACE.search(text) is not None
    return bool(_SAD_FACE.search(text) or _LETTERED.search(text)) or not _upset_emoji().isdisjoint(text)


def calls(text: str) -> bool:
    """Whether a clause of a few words calls for help or an answer ("thanks, help!"), not thanks for it."""
    text = text[:_READ]
    if _call_words().isdisjoint(words(text)):
        return False
    for clause in _CLAUSE.split(_MENTION.sub(" ", text)):
        said = words(clause)
        if 0 < len(said) <= _CALL and any(
            not file.after_thanks.isdisjoint(said) and file.thanks_for.isdisjoint(said)
            for file in language_files().values()
            if file.thanks_for
        ):
            return True
    return False


@once
def _call_words() -> frozenset[str]:
    """The words of all languages that a clause may call with."""
    return frozenset().union(*(file.after_thanks for file in language_files().values()))


@once
def _upset_emoji() -> frozenset[str]:
    """The emoji that complain without a word."""
    return frozenset(emoji for emoji, said in load_emoji()[0].items() if said.valence <= _UPSET and len(emoji) == 1)


def _says_nothing(parts: list[list[str]]) -> bool:
    """Whether words of company are thanks, laughter or chatter as they stand in their clauses; so is no word at all."""
    left = [rest for part in parts if (rest := [word for word in part if not _laughs(word)])]
    if not left:
        return True
    return any(_thanks_alone(left, file) for file in language_files().values())


@once
def _company_words() -> frozenset[str]:
    """All words of all languages of which thanks and chatter are made."""
    files = language_files().values()
    return frozenset().union(*(file.thanks | file.chatter | file.with_thanks | file.after_thanks for file in files))


def _thanks_alone(parts: list[list[str]], file: LanguageFile) -> bool:
    """Whether words are thanks and chatter in one language; English words of thanks are said in all.

    What they may be thanks for ("help") says that only where it is said so: "thanks for the help", not "thanks, help".
    """
    english = language_files()["en"]
    thanked = company = False
    for part in parts:
        told = not file.thanks_for or not file.thanks_for.isdisjoint(part)
        for word in part:
            if word in file.thanks or word in english.thanks:
                thanked = True
            elif word in file.chatter or word in english.chatter:
                company = True
            elif word not in file.with_thanks and not (thanked and told and word in file.after_thanks):
                return False
    return thanked or company


def _laughs(word: str) -> bool:
    if _LAUGHTER.fullmatch(word):
        return True
    return any(len(word) >= least and letters.issuperset(word) for letters, least in _LAUGHING)

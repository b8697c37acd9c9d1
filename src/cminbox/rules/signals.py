"""What a text does, apart from how it sounds: so far, whether it asks something."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

# Question marks of the scripts we meet: Latin, Spanish, Arabic, Greek (U+037E), Armenian, Ethiopic, CJK.
_MARKS = re.compile("[?¿؟\u037e՞፧？⁇⁈⁉]")
_LINK = re.compile(r"https?://\S+|www\.\S+")
_SENTENCE = re.compile(r"[.!?;।॥…\n]+\s*")
_WORD = re.compile(r"[^\s,.;:!?()\"“”…।॥]+")


def _sets(lists: dict[str, str]) -> Mapping[str, frozenset[str]]:
    """Words written side by side, as a set for each language."""
    return MappingProxyType({language: frozenset(words.split()) for language, words in lists.items()})


# Words that open a question, and phrases that ask wherever they stand, for those who leave the mark out.
_OPENING = _sets(
    {
        "en": """who what when where why how which whose can could would will is are do does did has have should any
            anyone anybody isn't aren't don't doesn't didn't won't can't cant""",
        "es": "qué quién quiénes cuándo cuánto cuánta cuántos cuántas dónde cómo cuál cuáles",
        "pt": "quem quanto quantos quanta quantas qual quais cadê será",
        "fr": "comment pourquoi combien quel quelle quels quelles est-ce pouvez-vous",
        "de": "wer wann wo warum wieso weshalb welche welcher welches kann könnt könnten gibt",
        "it": "chi dove perché quanto quanti quale quali",
        "hi-Latn": "kya kyu kyun kyon kab kahan kaha kaun kaise kitna kitne kitni",
    }
)
_ANYWHERE = _sets(
    {
        "hi": "क्या क्यों कब कहाँ कहां कौन कैसे कितना कितने कितनी",
        "mr": "काय का कधी कुठे कोण कसे कसं किती",
        "gu": "શું કેમ ક્યારે ક્યાં કોણ કેવી કેટલા કેટલું કેટલો કેટલી",
        "pa": "ਕੀ ਕਿਉਂ ਕਦੋਂ ਕਿੱਥੇ ਕੌਣ ਕਿਵੇਂ ਕਿੰਨਾ ਕਿੰਨੇ ਕਿੰਨੀ",
        "hi-Latn": "kyu kyun kyon kab kahan kaise kitna kitne kitni",
        "ur": "کیا کیوں کب کہاں کون کیسے کتنا کتنے کتنی",
        "ar": "متى أين كيف لماذا ليش هل كم وين",
        "ru": "почему когда где как сколько зачем кто куда",
        "es": "cuándo dónde cuánto cómo",
    }
)
_PHRASES: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "en": re.compile(
            r"\b(can you|could you|any update|any news|when will|when is|where is|where's|how do i|how can i|how long"
            r"|do you (?:have|ship|sell|know|guys)|is there|is it possible|what's the|wondering if|anyone know"
            r"|please (?:tell|let) me)\b"
        ),
        "es": re.compile(r"\b(me pueden decir|me puede decir|pueden decirme|alguien sabe|quisiera saber|hay alguna)\b"),
        "pt": re.compile(r"\b(vocês têm|voces tem|podem me|pode me|alguém sabe|gostaria de saber|tem como)\b"),
        "fr": re.compile(r"(est-ce que|pouvez-vous|savez-vous|avez-vous|quelqu'un sait|j'aimerais savoir)"),
        "de": re.compile(r"\b(können sie|könnt ihr|könnten sie|weiß jemand|habt ihr|haben sie|gibt es)\b"),
        "it": re.compile(r"\b(potete dirmi|mi può dire|qualcuno sa|avete|vorrei sapere)\b"),
    }
)
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
    opening, anywhere, phrases = _OPENING.get(lang), _ANYWHERE.get(lang), _PHRASES.get(lang)
    if opening is None and anywhere is None:
        return False
    lowered = text.lower().replace("’", "'")
    if phrases is not None and phrases.search(lowered):
        return True
    if anywhere is not None and not anywhere.isdisjoint(_WORD.findall(lowered)):
        return True
    return opening is not None and any(_opens(sentence, opening) for sentence in _SENTENCE.split(lowered))


def _opens(sentence: str, opening: frozenset[str]) -> bool:
    """Whether the first word that is no name begins a question of at least three words."""
    words = [word for word in _WORD.findall(sentence) if word[0] not in "@#"]
    return len(words) >= 3 and words[0] in opening

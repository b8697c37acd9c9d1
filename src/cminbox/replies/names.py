"""Names that strangers gave themselves, made fit to stand in what we write.

Whatever is inserted may notify somebody else (`@someone`), publish a link, or sound like a machine (`Hi they/them`).
Where it is not sure how a person is addressed, nothing is inserted: a template says `or "there"`.
"""

from __future__ import annotations

import re
import unicodedata

from cminbox.text import clean

LONGEST_NAME = 24
"""Letters of a first name."""
LONGEST_HANDLE = 300
_WHOLE_NAME = 6
"""Characters up to which a Chinese, Japanese or Korean name is one: family and given name stand together."""

_SHORTCODE = re.compile(r":[\w+~-]{1,64}:")
_MARKUP = re.compile(r"<[/!a-z]|[{}]", re.IGNORECASE)
_SIGN_FOR_LETTER = re.compile("[\U0001f130-\U0001f189]")
"""🅰 and its like, which are signs and no letters: what is left of a name without them is none."""
_SMALL_LETTER = re.compile("[ªºʰ-ʸˠ-ˤᴀ-ᶿⁱⁿₐ-ₜⱼⱽꜰ-ꞁꟸ-ꟿɢɪɴʀʏʙʛʜʟ]")
"""Letters of phonetics and those set above or below the line, of which some make words that look unusual."""
_MADE_MARK = re.compile("[™℠©®]")
_BRACKETS = re.compile(r"[(\[{<«（【「『〈《][^)\]}>»）】」』〉》]*+[)\]}>»）】」』〉》]?")
_PARTS = re.compile(r"\s*(?:[|¦·•∙⋅・,;–—~]|\s[-/:]\s)\s*|\n")
_LINK = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//|\bwww\.|[^\W_][\w-]*\.[^\W\d_]{2,}(?!\w)|[@＠#＃]", re.IGNORECASE)
_PLAIN_LINK = re.compile(r"https?://|www\.|[@＠]", re.IGNORECASE)
_STICKERS = "\"'“”„‟‘’`´.,!?*_^=+-…«»<>()[]{}&%$§°:;/"
_HANDLE = re.compile(r"(?:u/)?[\w.-]+(?:@[\w.-]+(?::\d+)?)?")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CAPITAL_INSIDE = _words("Mc Mac De Di Da Du La Le Van Fitz Al El Jo Ja")

_PRONOUNS = _words(
    """she her hers he him his they them theirs it its xe xem xyr ze zir hir ey em eir fae ve ver any all ask
    pronouns ella elle él elles ellos sie er ihr dey iel ela ele elu lui lei hen hän"""
)
_TITLES = _words(
    """dr dra prof profa professor profesor profesora professora doctor doctora doktor mr mrs ms mx miss mister sir
    madam madame lady lord dame rev reverend fr hon capt captain col colonel lt sgt maj major gen general ing
    eng mag dipl herr frau fräulein hr señor señora señorita senor senora sr sra srta srita don doña lic arq
    monsieur mademoiselle m mme mlle me maître dott dottore dottoressa sig signor signora signorina senhor
    senhora seu dona shri shree shrimati sri smt kumari pt pandit ustad sheikh shaikh sheikha hajji haji imam
    maulana mufti rabbi pastor father sister brother coach chef officer sardar mme. श्री श्रीमती सुश्री डॉ
    डॉक्टर पंडित શ્રી શ્રીમતી ડૉ ડો ਸ਼੍ਰੀ ਸ੍ਰੀ ਸ਼੍ਰੀਮਤੀ ਸ੍ਰੀਮਤੀ ਡਾ ਸਰਦਾਰ السيد السيدة الدكتور الدكتورة دكتور
    دكتورة أستاذ استاذ الأستاذ الشيخ شيخ المهندس د أ م господин госпожа г-н г-жа доктор проф med habil
    dña avv avvocato avvocata doutor doutora exmo exma ilmo ilma rechtsanwalt rechtsanwältin श्रीमान प्रो प्रोफेसर पं પ્રો
    ਪ੍ਰੋ ਗਿਆਨੀ профессор"""
)
_NO_PERSON = _words(
    """gmbh ag kg ug ohg inc ltd llc llp plc corp corporation company co sa sl srl spa bv nv oy ab pvt shop store
    boutique official offiziell oficial officiel team support service services kundenservice helpdesk customer
    news media magazine radio tv podcast bot club verein association society foundation institute university
    college school hotel restaurant café cafe bar bakery studio studios agency group holding ministry department
    office account user users root anon kundendienst kundenservice familie family familia famille famiglia
    government regierung gobierno governo gouvernement stadt ciudad zeitung versicherung bank banco banque
    banca sparkasse airline airlines airways telecom telekom insurance universität universidad université
    loja tienda negozio magasin laden restaurante ristorante gaststätte photography fotografie fotografía fotografia
    realty consulting solutions software technologies industries cricket football fußball fútbol futebol
    संस्था कंपनी सरकार लिमिटेड દુકાન કંપની સરકાર ਕੰਪਨੀ ਸਰਕਾਰ شركة مؤسسة متجر بنك جامعة وزارة магазин банк ооо оао зао
    ип служба компания hilft help cares admin administrator moderator anonymous anonym anonymo anónimo deleted unknown
    nobody someone everyone everybody null undefined guest channel verified unverified mod mods system parody satire
    fake impersonator newsletter"""
)
"""Words of those who are no person, wherever they stand."""
_NO_BEGINNING = _words(
    """the a an of for and my your our we us i im not just only no yes hello hi hey this that is was with here
    there test none fan fans mod all el la los las un una de del der die das den dem ein eine und le les une et
    du des o os as um uma lo gli mum mom dad mother wife husband person people human follow visit call buy click
    free stop fuck fucking shit kys dear black white chat photography via from by
    van von zu zur zum vom ter ibn abu bürgermeister bürgermeisterin bundeskanzler bundeskanzlerin kanzler minister
    ministro ministra ministre président présidente president presidente presidenta präsident präsidentin senator
    senatorin senador senadora sénateur mayor governor king queen prince princess saint santa são sainte ra tio tia
    tío tía uncle aunt auntie onkel tante oncle opa oma abuelo abuela avô avó grandma grandpa guru swami baba bhai
    didi स्वामी गुरु बाबा भाई दीदी ભાઈ ਬਾਬਾ
    big little tiny new times air old good bad mad sad happy lazy angry proud real true official link vote kill die
    hate love save make god allah nazi hitler antifa queer trans gay mama papa ex former future senior junior
    journalist reporter photographer writer author artist developer engineer designer musician teacher student lawyer
    nurse scientist activist periodista reportero reportera fotógrafo fotógrafa escritor escritora autor autora
    artista journaliste photographe journalistin fotograf fotografin autorin künstler künstlerin lehrer lehrerin
    giornalista fotografo jornalista professeur enseignant enseignante étudiant étudiante estudiante"""
)
"""Words that no person's name begins with."""
_FAMILY_FIRST = _words("nguyễn nguyen trần tran lê phạm pham huỳnh huynh hoàng phan vũ võ đặng bùi đỗ hồ ngô dương")
_NO_PERSON_WITHIN = re.compile(
    "株式会社|有限公司|有限会社|公司|集团|集團|银行|銀行|大学|大學|学校|學校|商店|官方|公式|新闻|新聞|自動車|電機|"
    "주식회사|전자|은행|대학교|회사|공식|뉴스"
)
"""What stands within names of companies that are written as one word."""
_BEGINS_NAME = _words("عبد أبو ابو أم ام ابن بنت بن")
_WHOLE_SCRIPTS = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC", "KATAKANA-HIRAGANA"})
_ONE_CASE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "FULLWIDTH"})


def first_name(name: str) -> str:
    """How a person is addressed; empty where that is not sure.

    Titles, pronouns, emoji, shortcodes, links and other people's handles are left out. What is given holds letters,
    marks, `'` and `-` alone, so that it can neither notify nor link anybody. Chinese, Japanese and Korean names are
    given whole, as they have the family name first.
    """
    name = _MADE_MARK.sub(" ", name)
    if _MARKUP.search(name) or _SIGN_FOR_LETTER.search(name) or _SMALL_LETTER.search(name):
        return ""
    text = _BRACKETS.sub(" ", _SHORTCODE.sub(" ", _in_letters(clean(name))))
    parts = [words for part in _PARTS.split(text) if (words := part.split())]
    named = [words for words in parts if any(map(_is_of_a_name, words))]
    if "," in text and len(named) == 2 and len(named[0]) == len(named[1]) == 1:
        return ""  # «Roe, Ana» and «Ana, Roe» look the same.
    if any(_word(word) in _NO_PERSON for words in parts for word in words):
        return ""
    return _first_of(named[0]) if named else ""


def _in_letters(text: str) -> str:
    """A text in plain letters, without what is not seen; emoji and other signs are blanks."""
    kept: list[str] = []
    for char in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(char)
        if (category == "Cf" and char not in "\u200c\u200d") or "\ufe00" <= char <= "\ufe0f":
            continue
        kept.append(" " if category in ("So", "Sk", "Sc", "Cc", "Cn", "Co", "Cs") else char)
    return "".join(kept)


def _first_of(words: list[str]) -> str:
    """The first name among words of which one at least may belong to a name."""
    titled = False
    while not _is_of_a_name(words[0]) or _is_shortened(words):
        bare = _word(words[0])
        titled = titled or bare in _TITLES or _is_shortened(words)
        unclear = bare in _PRONOUNS and not words[0].islower()
        if unclear or (_LINK.search(words[0]) and not _PLAIN_LINK.match(words[0])):
            return ""
        words = words[1:]
    if titled and sum(map(_is_of_a_name, words)) < 2:
        return ""  # «Dr. Berg» has no first name.
    bare_words = [word.strip(_STICKERS) for word in words]
    whole = " ".join(bare_words)
    if _scripts(whole) <= _WHOLE_SCRIPTS:
        together = whole.replace(" ", "")
        named = 2 <= len(together) <= _WHOLE_NAME and _is_letters(together) and not _NO_PERSON_WITHIN.search(together)
        return whole if named else ""
    names = bare_words[: 2 if bare_words[0] in _BEGINS_NAME else 1]
    short = words[0].endswith(".") and len(names[0]) <= 2
    return " ".join(names) if not short and names[-1] not in _BEGINS_NAME and all(map(_is_first, names)) else ""


def _is_shortened(words: list[str]) -> bool:
    """Whether a name begins with a title that is cut with a full stop, of whatever language: `Avv.`, `Dipl.-Ing.`."""
    return len(words) > 1 and words[0].endswith(".") and 2 < len(words[0]) <= 6 and len(_word(words[0])) > 1


def _word(word: str) -> str:
    return word.strip(_STICKERS).casefold()


def _is_of_a_name(word: str) -> bool:
    """Whether a word may belong to a name: it has letters, and is no title, pronoun, link or handle."""
    bare = _word(word)
    has_letters = any(unicodedata.category(char)[0] == "L" for char in bare)
    return has_letters and bare not in _TITLES | _PRONOUNS and "/" not in word and not _LINK.search(word)


def _is_first(word: str) -> bool:
    """Whether a word is a first name for certain enough."""
    cased = (scripts := _scripts(word)) <= _ONE_CASE
    letters = sum(char.isalpha() for char in word)
    if not (2 if cased else 1) <= letters <= LONGEST_NAME or not 2 <= len(word) <= 2 * LONGEST_NAME:
        return False
    if len(scripts) != 1 or not _is_letters(word) or word.casefold() in _FAMILY_FIRST | _NO_BEGINNING:
        return False
    # Capitals alone are a company or an abbreviation; a capital inside is mostly a handle, but for McAllister.
    return not (cased and word.isupper()) and all(map(_has_capitals_of_a_name, re.split(r"['’‐-]", word)))


def _has_capitals_of_a_name(piece: str) -> bool:
    inside = [place for place, char in enumerate(piece) if place and char.isupper()]
    return not inside or (len(inside) == 1 and piece[: inside[0]] in _CAPITAL_INSIDE)


def _is_letters(word: str) -> bool:
    """Whether there are only letters with their marks, joiners, and `'` or `-` between them."""
    for place, char in enumerate(word):
        category = unicodedata.category(char)
        between = 0 < place < len(word) - 1
        if not (category[0] == "L" or (category[0] == "M" and place) or (char in "'’-‐\u200c\u200d" and between)):
            return False
    return not re.search(r"(.)\1\1", word.casefold())


def _scripts(word: str) -> set[str]:
    """The scripts of the letters, by the first word of their names in Unicode."""
    return {unicodedata.name(char, "?").split(" ")[0] for char in word if unicodedata.category(char)[0] == "L"} - {
        "MODIFIER"
    }


def harmless(text: str) -> str:
    """What a stranger called themselves or what they wrote, without what would notify somebody or be a link."""
    words = _SHORTCODE.sub(" ", text).split()
    return " ".join(word for word in words if not _LINK.search(_in_letters(word)))


def plain_handle(handle: str) -> str:
    """A handle that names one account and nothing else; empty where it is none."""
    bare = handle.strip().removeprefix("@")
    return bare if len(bare) <= LONGEST_HANDLE and _HANDLE.fullmatch(bare) else ""

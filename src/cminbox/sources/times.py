"""Times as feeds and servers write them: read rightly, or not at all.

What is understood: ISO 8601; RFC 822 and 850, asctime, and what Java and JavaScript print; days and months in a dozen
languages; `2026/11/26 15:07`, `26.11.2026`; seconds, milliseconds, microseconds and nanoseconds since the epoch. A
time without a zone counts as UTC. A zone's name that stands for several zones (IST, BST, CST) is read only where the
feed's language settles it; so is `03/04/2026`, which is a day of March or of April.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from typing import Literal

from cminbox.model import EARLIEST, LAST, SECOND, Instant, from_iso, to_instant

DayOrder = Literal["dm", "md", ""]
"""What comes first in `03/04/2026`: the day, the month, or nobody knows."""

_LONGEST = 80
_EARLIEST_EPOCH = 1_000_000_000
"""2001 in seconds: fewer count from another day (2001 on Apple's systems), or are ticks since the year 1."""
_LATEST_EPOCH = 4_102_444_800
"""2100 in seconds: below it the units of a number since the epoch cannot be mistaken for each other."""

_MONTHS = (
    "january januari januar janvier gennaio enero janeiro января ιανουάριος ιανουαρίου",
    "february februari februar février febbraio febrero fevereiro февраля φεβρουάριος φεβρουαρίου",
    "march maart mrt märz maerz mrz mars marzo março marts марта март μάρτιος μαρτίου",
    "april avril aprile abril апреля απρίλιος απριλίου",
    "may mei mai mayo maggio maio maj мая май μάιος μαΐου",
    "june juni juin giugno junio junho июня ιούνιος ιουνίου",
    "july juli juillet luglio julio julho июля ιούλιος ιουλίου",
    "august augustus août agosto augusti августа αύγουστος αυγούστου",
    "september septembre settembre septiembre setiembre setembro сентября σεπτέμβριος σεπτεμβρίου",
    "october oktober octobre ottobre octubre outubro октября οκτώβριος οκτωβρίου",
    "november novembre noviembre novembro ноября νοέμβριος νοεμβρίου",
    "december dezember décembre dicembre diciembre dezembro desember декабря δεκέμβριος δεκεμβρίου",
)
_WEEKDAYS = (
    "monday maandag montag lundi lunedì lunes segunda mandag måndag понедельник пн δευτέρα",
    "tuesday dinsdag dienstag mardi martedì martes terça tirsdag tisdag вторник вт τρίτη",
    "wednesday woensdag mittwoch mercredi mercoledì miércoles quarta onsdag среда ср τετάρτη",
    "thursday donderdag donnerstag jeudi giovedì jueves quinta torsdag четверг чт πέμπτη",
    "friday vrijdag freitag vendredi venerdì viernes sexta fredag пятница пт παρασκευή",
    "saturday zaterdag samstag sonnabend samedi sabato sábado lørdag lördag суббота сб σάββατο",
    "sunday zondag sonntag dimanche domenica domingo søndag söndag воскресенье вс κυριακή",
)
_BEHIND_CLOCKS = frozenset(("uhr", "on", "of", "de", "del", "the", "el", "den", "г"))
_FILLERS = _BEHIND_CLOCKS.union(
    ("at", "a", "as", "le", "il", "la", "las", "los", "alle", "ore", "um", "der", "am", "kl", "klo", "feira")
)
"""Words of dates that mean nothing here; those of the first may stand behind a clock, where any other is a zone."""
_ZONES = {
    **dict.fromkeys(("utc", "gmt", "ut", "z", "wet", "zulu"), 0),
    **{"cet": 60, "cest": 120, "met": 60, "mest": 120, "mez": 60, "mesz": 120, "west": 60, "eet": 120, "eest": 180},
    **{"est": -300, "edt": -240, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420},  # RFC 822
    **{"akst": -540, "akdt": -480, "hst": -600, "adt": -180, "nst": -210, "ndt": -150},
    **{"brt": -180, "brst": -120, "art": -180, "clt": -240, "clst": -180, "cot": -300, "pet": -300, "uyt": -180},
    **{"msk": 180, "trt": 180, "eat": 180, "sast": 120, "cat": 120, "wat": 60, "idt": 180, "irst": 210, "pkt": 300},
    **{"npt": 345, "ict": 420, "wib": 420, "wita": 480, "wit": 540, "hkt": 480, "sgt": 480, "awst": 480},
    **{"jst": 540, "kst": 540, "acst": 570, "acdt": 630, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780},
}
"""Minutes ahead of UTC, by names that mean one zone alone."""
_AMBIGUOUS = {
    "ist": {"hi": 330, "bn": 330, "ta": 330, "te": 330, "mr": 330, "gu": 330, "pa": 330, "kn": 330, "ml": 330}
    | {"en-in": 330, "he": 120, "iw": 120, "en-il": 120, "ga": 60, "en-ie": 60},
    "bst": {"en-gb": 60, "cy": 60, "gd": 60, "en-bd": 360, "bn-bd": 360},
    "cst": {"zh": 480, "en-us": -360, "es-mx": -360, "en-ca": -360},
    "ast": {"en-ca": -240, "es-pr": -240, "ar": 180},
}
"""Names that mean several zones: minutes ahead of UTC by the feed's language."""
_PLACES = {"et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles"}

_pattern = cache(re.compile)
_CLOCK = (
    r"(?<![\d:+-])(\d{1,2})\s?[:h]\s?(\d{1,2})(?:[:m]\s?(\d{1,2})(?:[.,](\d{1,9}))?s?)?(?![\d:])"
    r"\s*(a\.?m\.?(?![^\W\d_])|p\.?m\.?(?![^\W\d_]))?"
)
_OFFSET = r"\s*(?:gmt|utc|z)?\s*([+-])(\d{1,2})(?::?(\d{2}))?(?!\d)"
_LAST_OFFSET = r"(?:(?<=\s)|(?<=\s[a-z]{3})|(?<=\s[a-z]{4}))([+-])(\d{2}):?(\d{2})$"
_COMMENT = r"\([^()]*\)"
_DATABASE_ZONE = r"\[?\b([a-z]+(?:/[a-z][a-z0-9_+-]*){1,2}|pst8pdt|mst7mdt|cst6cdt|est5edt)\]?"
_YEAR_FIRST = r"(?<!\d)(\d{4})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?!\d)"
_YEAR_LAST = r"(?<!\d)(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4})(?!\d)"
_EAST = r"(?<!\d)(\d{4})[年년]\s?(\d{1,2})[月월]\s?(\d{1,2})[日일]"
_WORD = r"[^\W\d_]+"
_NUMBER = r"\d+"


@dataclass(frozen=True, slots=True)
class Reading:
    """How the times of one feed are to be read, where they leave it open.

    Attributes:
        language: the feed's, as it says; lower case, with `-`.
        order: what comes first in its numeric dates, where that is known.
    """

    language: str = ""
    order: DayOrder = ""


PLAIN = Reading()


def plain_language(language: str) -> str:
    """A language's tag in small letters, its parts joined by `-`."""
    return language.strip().lower().replace("_", "-")


def reading_of(texts: Iterable[str], language: str) -> Reading:
    """What a feed settles by the times that it writes, and by its language.

    One `26/11/2026` says that the day comes first in all of them. Where two say different things, nothing is settled.
    """
    language = plain_language(language)
    shown = {order for text in texts if (order := _shown_order(text))}
    if len(shown) == 1:
        return Reading(language, shown.pop())
    usual: DayOrder = "md" if language == "en-us" else "dm" if _day_first(language) else ""
    return Reading(language, "" if shown else usual)


def read_time(value: object, reading: Reading = PLAIN) -> Instant | None:
    """The instant that a time means, however it is written; None where that is not sure, or it is before 1990.

    Args:
        value: a text, or a number since the epoch.
        reading: what the feed settles.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        when = _since_epoch(float(value)) if abs(value) < 1e20 else None
    elif isinstance(value, str) and len(value) <= _LONGEST:
        when = _text(value.strip(), reading)
    else:
        when = None
    return when if when is not None and EARLIEST <= when <= LAST else None


def _text(text: str, reading: Reading) -> Instant | None:
    try:
        return from_iso(text)
    except (ValueError, OverflowError):
        pass
    if _pattern(r"\d{10,19}(?:\.\d{1,9})?").fullmatch(text) and (when := _since_epoch(float(text))) is not None:
        return when
    try:
        return _words(_plain(text), reading)
    except (ValueError, OverflowError):
        return None


def _since_epoch(number: float) -> Instant | None:
    """Seconds, milliseconds, microseconds or nanoseconds, whichever gives a time from 2001 to 2100."""
    for size in (1.0, 1e3, 1e6, 1e9):
        if _EARLIEST_EPOCH <= number / size <= _LATEST_EPOCH:
            return int(number * SECOND / size)
    return None


def _plain(text: str) -> str:
    """In small letters, without accents and compatibility forms."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    plain = unicodedata.normalize("NFC", plain)  # Korean syllables were taken apart too
    return " ".join(plain.replace("\u2212", "-").split())


def _words(text: str, reading: Reading) -> Instant | None:
    """A time taken apart: the clock, the zone behind it, and then the date; nothing may be left over.

    Raises:
        ValueError: no calendar and no clock shows that.
    """
    if compact := _pattern(r"(\d{4})(\d\d)(\d\d)(?:t?(\d\d)(\d\d)(\d\d)?)?z?").fullmatch(text):
        year, month, day, hour, minute, second = (int(part or 0) for part in compact.groups())
        return to_instant(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
    zone: tzinfo | None = None
    text, place = _taken(_DATABASE_ZONE, text)
    if place is not None:
        zone = _place(place[1])
        if zone is None:
            return None
    shown = timedelta()
    if clock := _pattern(_CLOCK).search(text):
        shown = _clock(clock)
        before, after = text[: clock.start()], text[clock.end() :]
        if offset := _pattern(_OFFSET).match(after):
            zone = _offset(offset)
            after = _pattern(_COMMENT).sub(" ", after[offset.end() :])  # such as (Central European Standard Time)
        elif (word := _pattern(_WORD).match(after.lstrip())) and word[0] in _FILLERS - _BEHIND_CLOCKS:
            return None
        elif word and len(word[0]) == 1 and word[0] not in "zt":
            return None  # a military letter: some count them one way, some the other
        text = f"{before.removesuffix('t')} {after}".strip()
        if offset is None and (offset := _pattern(_LAST_OFFSET).search(text)):
            zone, text = _offset(offset), text[: offset.start()]
    found = _date(text, reading)
    if found is None:
        return None
    year, month, day, rest = found
    for word_left in rest:
        if zone is not None and _is_zone(word_left):
            continue
        zone = _zone(word_left, reading)
        if zone is None:
            return None
    if zone is None and "년" in text:
        zone = timezone(timedelta(hours=9))
    midnight = datetime(year, month, day, tzinfo=zone or UTC)
    if isinstance(midnight.tzinfo, timezone):
        return to_instant(midnight + shown)
    return to_instant((midnight.replace(tzinfo=None) + shown).replace(tzinfo=zone))


def _clock(found: re.Match[str]) -> timedelta:
    """What a clock shows, as the time since midnight.

    Raises:
        ValueError: no clock shows that.
    """
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if half := found[5]:
        after_noon = half.startswith("p")
        if hour > 12 and not after_noon:
            raise ValueError("no hour of half a day")
        # Some write 15:07 PM.
        hour = hour if hour > 12 else hour % 12 + 12 * after_noon
    if minute > 59 or second > 60 or hour > 24 or (hour == 24 and (minute or second)):
        raise ValueError("no clock shows that")
    millis = int((found[4] or "0").ljust(3, "0")[:3])
    return timedelta(hours=hour, minutes=minute, seconds=second, milliseconds=millis)


def _offset(found: re.Match[str]) -> tzinfo:
    """The zone of an offset: its sign, hours and minutes."""
    ahead = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(ahead if found[1] == "+" else -ahead)


def _date(text: str, reading: Reading) -> tuple[int, int, int, list[str]] | None:
    """Year, month, day, and the words that are left; None where it is no date, or not sure which."""
    text, found = _taken(_EAST, text)
    if found is not None:
        return int(found[1]), int(found[2]), int(found[3]), _left(text)
    text, found = _taken(_YEAR_FIRST, text)
    if found is not None:
        return int(found[1]), int(found[3]), int(found[4]), _left(text)
    text, found = _taken(_YEAR_LAST, text)
    if found is not None:
        one, other = int(found[1]), int(found[3])
        order = "dm" if one > 12 or found[2] == "." or one == other else "md" if other > 12 else reading.order
        if not order:
            return None
        day, month = (one, other) if order == "dm" else (other, one)
        return int(found[4]), month, day, _left(text)
    return _spelt(text)


def _spelt(text: str) -> tuple[int, int, int, list[str]] | None:
    """A date whose month is a word: `26 nov 2026`, `November 26, 2026`, `26 de noviembre de 2026`."""
    text = _pattern(r"(?<=\d)(?:st|nd|rd|th|er|o|a)\b").sub(" ", text)
    numbers = _pattern(_NUMBER).findall(text)
    words = _pattern(_WORD).findall(text)
    months = [place for place, word in enumerate(words) if _month(word)]
    if not months:
        return None
    # `mar` is a Tuesday and a March: the month is the last of them.
    month = _month(words[months[-1]])
    rest = [word for place, word in enumerate(words) if place != months[-1]]
    if len(numbers) != 2:
        return None
    first, second = numbers
    if len(first) == 4:
        first, second = second, first
    if len(first) > 2 or len(second) not in (2, 4):
        return None
    year = int(second)
    if len(second) == 2:
        year += 2000 if year < 70 else 1900
    return year, month, int(first), [word for word in rest if not _passed_over(word)]


def _left(text: str) -> list[str]:
    """The words that a zone may be among.

    Raises:
        ValueError: there are numbers too.
    """
    if _pattern(_NUMBER).search(text):
        raise ValueError("more numbers than a date has")
    return [word for word in _pattern(_WORD).findall(text) if not _passed_over(word)]


def _passed_over(word: str) -> bool:
    return word in _FILLERS or (len(word) >= 2 and bool(_named(_WEEKDAYS, word)))


def _month(word: str) -> int:
    """The month that a word or its beginning names in some language; 0 where it is none, or several."""
    found = _named(_MONTHS, word)
    return next(iter(found)) + 1 if len(found) == 1 and len(word) >= 3 else 0


@cache
def _folded(names: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(_plain(line).split()) for line in names)


@lru_cache(maxsize=1024)
def _named(names: tuple[str, ...], word: str) -> frozenset[int]:
    """Which of the names a word can be short for."""
    return frozenset(place for place, each in enumerate(_folded(names)) if any(name.startswith(word) for name in each))


def _is_zone(word: str) -> bool:
    return word in _ZONES or word in _AMBIGUOUS or word in _PLACES


def _zone(word: str, reading: Reading) -> tzinfo | None:
    """The zone that a name means; None where it is unknown, or means several."""
    if word in _PLACES:
        return _place(_PLACES[word])
    minutes = _ZONES.get(word)
    if minutes is None and (meanings := _AMBIGUOUS.get(word)):
        minutes = meanings.get(reading.language, meanings.get(reading.language.partition("-")[0]))
    return None if minutes is None else timezone(timedelta(minutes=minutes))


def _place(name: str) -> tzinfo | None:
    """A zone of the time-zone database, its name in any case; None where there is none."""
    from zoneinfo import ZoneInfo

    parts = [part.upper() if _pattern(r".*\d").match(part) else part for part in name.split("/")]
    titled = "/".join("_".join(word[:1].upper() + word[1:] for word in part.split("_")) for part in parts)
    for spelt in (titled, f"{titled.rpartition('/')[0]}/{parts[-1].upper()}"):  # Etc/UTC
        try:
            return ZoneInfo(spelt)
        except (KeyError, ValueError, OSError):
            continue
    return None


def _taken(pattern: str, text: str) -> tuple[str, re.Match[str] | None]:
    """The text without what the pattern found in it, and that."""
    found = _pattern(pattern).search(text)
    return (text, None) if found is None else (f"{text[: found.start()]} {text[found.end() :]}", found)


def _shown_order(text: str) -> DayOrder:
    """What comes first in a numeric date, where its numbers say so."""
    found = _pattern(_YEAR_LAST).search(text[:_LONGEST])
    if found is None or found[2] == ".":
        return ""
    one, other = int(found[1]), int(found[3])
    return "dm" if one > 12 >= other else "md" if other > 12 >= one else ""


def _day_first(language: str) -> bool:
    """Whether whoever writes this language writes the day before the month."""
    return language in ("en-gb", "en-ie", "en-au", "en-nz", "en-in", "en-za") or language.partition("-")[0] in (
        *("it", "es", "fr", "de", "pt", "nl", "ca", "gl", "ro", "el", "ru", "uk", "pl", "cs", "tr", "id", "vi", "da"),
        *("nb", "nn", "no", "hi", "he", "ar"),
    )

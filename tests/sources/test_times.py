"""Times as strangers write them: read rightly or not at all."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.model import EARLIEST, from_iso, to_iso
from cminbox.sources.times import Reading, read_time, reading_of

AT = "2026-11-26T15:07:41+00:00"
MADRID = "2026-11-26T14:07:41+00:00"


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        # ISO 8601 and its neighbours
        ("2026-11-26T15:07:41Z", AT),
        ("2026-11-26T15:07:41", AT),
        ("2026-11-26 15:07:41 +0100", MADRID),
        ("2026-11-26T15:07:41.123456789+01:00", "2026-11-26T14:07:41.123+00:00"),
        ("2026-11-26t15:07:41z", AT),
        ("20261126T150741Z", AT),
        ("20261126150741", AT),
        ("2026-11-26", "2026-11-26T00:00:00+00:00"),
        ("2026-11-26T24:00:00Z", "2026-11-27T00:00:00+00:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00"),
        ("2026-11-26T15:07:41+14:00", "2026-11-26T01:07:41+00:00"),
        ("2026-11-26T15:07:41+01:00[Europe/Madrid]", MADRID),
        ("2026-11-26 15:07:41 Europe/Madrid", MADRID),
        # RFC 822, 850, asctime, Java, JavaScript
        ("Thu, 26 Nov 2026 15:07:41 +0000", AT),
        ("Thu, 26 Nov 2026 15:07:41 GMT", AT),
        ("26 Nov 2026 15:07:41 UT", AT),
        ("Thu, 26 Nov 26 15:07:41 +0100", MADRID),
        ("Thursday, 26-Nov-26 15:07:41 GMT", AT),
        ("26-Nov-2026 15:07:41", AT),
        ("26-November-2026 15:07", "2026-11-26T15:07:00+00:00"),
        ("15:07 26 Nov 2026 CET+0100", "2026-11-26T14:07:00+00:00"),
        ("Thu Nov 26 15:07:41 2026", AT),
        ("Thu Nov 26 15:07:41 CET 2026", MADRID),
        ("Thu Nov 26 2026 15:07:41 GMT+0100 (Central European Standard Time)", MADRID),
        ("Thu, 26 Nov 2026 15:07:41 +0530 IST", "2026-11-26T09:37:41+00:00"),
        ("Fri, 31 May 2019 12:17:58 -0700", "2019-05-31T19:17:58+00:00"),
        ("Thu, 26 Nov 2026 15:07", "2026-11-26T15:07:00+00:00"),
        ("Thu, 26 Nov 2026 24:00:00 GMT", "2026-11-27T00:00:00+00:00"),
        # names of zones that mean one zone
        ("26 Nov 2026 15:07:41 (CET)", MADRID),
        ("26 Nov 2026 15:07:41 (Europe/Madrid)", MADRID),
        ("Thu, 26 Nov 2026 15:07:41 GMT +1", MADRID),
        ("2026-11-26T15:07:41+0100Z", MADRID),
        ("Thu, 26 Nov 2026 15:07:41 CET +0100", MADRID),
        ("Thu, 26 Nov 2026 15:07:41 CET+01:00", MADRID),
        ("15:07 26.11.2026 +0100", "2026-11-26T14:07:00+00:00"),
        ("Thu, 26 Nov 2026 15:7:4 Z", "2026-11-26T15:07:04+00:00"),
        ("Thu, 26 Nov 2026 15:07:41 CET", MADRID),
        ("Thu, 26 Aug 2026 15:07:41 CEST", "2026-08-26T13:07:41+00:00"),
        ("Thu, 26 Nov 2026 15:07:41 EST", "2026-11-26T20:07:41+00:00"),
        ("Thu, 26 Nov 2026 15:07:41 PDT", "2026-11-26T22:07:41+00:00"),
        ("Thu, 26 Nov 2026 15:07:41 JST", "2026-11-26T06:07:41+00:00"),
        ("Thu, 26 Nov 2026 15:07:41 UTC+2", "2026-11-26T13:07:41+00:00"),
        ("Thu, 26 Nov 2026 15:07:41 ET", "2026-11-26T20:07:41+00:00"),
        ("Sun, 26 Jul 2026 15:07:41 ET", "2026-07-26T19:07:41+00:00"),
        # numbers
        ("2026/11/26 15:07:41", AT),
        ("2026/11/26 15:07", "2026-11-26T15:07:00+00:00"),
        ("2026.11.26 15:07:41", AT),
        ("26.11.2026 15:07:41", AT),
        ("26.11.2026", "2026-11-26T00:00:00+00:00"),
        ("5.3.2026, 15:07", "2026-03-05T15:07:00+00:00"),
        ("26/11/2026 15:07:41", AT),
        ("11/26/2026 3:07:41 PM", AT),
        ("11/26/2026 12:07 a.m.", "2026-11-26T00:07:00+00:00"),
        ("11/26/2026 15:07:41 PM", AT),
        ("Nov 26 2026 0:07AM", "2026-11-26T00:07:00+00:00"),
        ("Thursday, 26 November 2026 - 15:07", "2026-11-26T15:07:00+00:00"),
        ("05/05/2026 15:07:41", "2026-05-05T15:07:41+00:00"),
        ("Thu, 11/26/2026 - 15:07", "2026-11-26T15:07:00+00:00"),
        ("1795792061", "2026-11-27T15:07:41+00:00"),
        ("1795792061000", "2026-11-27T15:07:41+00:00"),
        ("1795792061000000", "2026-11-27T15:07:41+00:00"),
        ("1795792061000000000", "2026-11-27T15:07:41+00:00"),
        (1795792061, "2026-11-27T15:07:41+00:00"),
        (1795792061.5, "2026-11-27T15:07:41.500+00:00"),
        # days and months in words
        ("mer, 16 nov 2022 00:38:15 +0100", "2022-11-15T23:38:15+00:00"),
        ("gio, 26 nov 2026 15:07:41 +0000", AT),
        ("mar, 17 mar 2026 15:07:41 +0000", "2026-03-17T15:07:41+00:00"),
        ("26 dicembre 2026, 15:07", "2026-12-26T15:07:00+00:00"),
        ("jueves, 26 de noviembre de 2026 15:07:41 +0000", AT),
        ("26 de ene. de 2026 15:07", "2026-01-26T15:07:00+00:00"),
        ("Do, 26 Nov 2026 15:07:41 +0100", MADRID),
        ("26. März 2026 15:07 Uhr", "2026-03-26T15:07:00+00:00"),
        ("Mi., 21. Okt. 2026 15:07:41 +0000", "2026-10-21T15:07:41+00:00"),
        ("jeudi 26 août 2026 à 15h07", "2026-08-26T15:07:00+00:00"),
        ("ven., 26 févr. 2026 15:07:41 +0000", "2026-02-26T15:07:41+00:00"),
        ("qui, 26 out 2026 15:07:41 -0300", "2026-10-26T18:07:41+00:00"),
        ("quinta-feira, 26 de novembro de 2026 15:07", "2026-11-26T15:07:00+00:00"),
        ("Чт, 26 ноя 2026 15:07:41 +0300", "2026-11-26T12:07:41+00:00"),
        ("26 ноября 2026 г. 15:07", "2026-11-26T15:07:00+00:00"),
        ("Δευ, 26 Οκτ 2026 15:07:41 +0200", "2026-10-26T13:07:41+00:00"),
        ("November 26, 2026 3:07 pm", "2026-11-26T15:07:00+00:00"),
        ("1st Sept 2026", "2026-09-01T00:00:00+00:00"),
        ("2026年11月26日 15:07:41", AT),
        ("2026년 11월 26일 15:07:41", "2026-11-26T06:07:41+00:00"),
        ("Wed, 19 Aug 2009 18:28:00 Etc/GMT", "2009-08-19T18:28:00+00:00"),
    ],
)
def test_what_is_sure_is_read(text: object, iso: str) -> None:
    when = read_time(text)
    assert when is not None
    assert to_iso(when) == iso


@pytest.mark.parametrize(
    "text",
    [
        # no time at all, or one that stands for none
        *("", "  ", "never", "2 days ago", "yesterday", "0", "-1", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        *("Mon, 01 Jan 0001 00:00:00 +0000", "0000-00-00 00:00:00", "-0001-11-30T00:00:00+00:00", "1900-01-01"),
        *("2026", "2026-11", "Nov 2026", "26 Nov", "15:07", "2026-13-01", "2026-02-30", "31.11.2026", "46352.63"),
        *("Thu, 26 Nov 2026 25:07:41 GMT", "Thu, 26 Nov 2026 15:61 GMT", "2026/11/26 15:07:41 99", "26/11/26"),
        *(None, True, [], {}, float("nan"), float("inf"), 10**400, 0, -5, "9" * 200),
        # counted from another day: .NET, Apple, Windows, Chrome
        *("639313272610000000", 639313272610000000, "817484861", 817484861, "134402656610000000", "13440265661000000"),
        # which of several
        *("03/04/2026 15:07", "3-4-2026", "Thu, 26 Nov 2026 15:07:41 IST", "Thu, 26 Nov 2026 15:07:41 BST"),
        *("Thu, 26 Nov 2026 15:07:41 CST", "Thu, 26 Nov 2026 15:07:41 AST", "Thu, 26 Nov 2026 15:07:41 XYZ"),
        *("Thu, 26 Nov 2026 15:07:41 A", "Thu, 26 Nov 2026 15:07:41 at", "2026-11-26 15:07:41 Mars/Olympus"),
        *("2026-11-26+01:00", "26 jui 2026", "26 Nov 2026 15:07:41 (IST)", "26 Nov 2026 15:07:41 (local time)"),
        *("11/26/2026 15:07 AM", "26.11.26 15:07", "2569-13-26", "1405/09/05 15:07"),
    ],
)
def test_what_is_not_sure_is_unknown(text: object) -> None:
    assert read_time(text) is None


@pytest.mark.parametrize(
    ("text", "language", "others", "iso"),
    [
        ("03/04/2026 15:07", "", ["27/04/2026 10:00"], "2026-04-03T15:07:00+00:00"),
        ("03/04/2026 15:07", "", ["04/27/2026 10:00"], "2026-03-04T15:07:00+00:00"),
        ("03/04/2026 15:07", "it", [], "2026-04-03T15:07:00+00:00"),
        ("03/04/2026 15:07", "en-US", [], "2026-03-04T15:07:00+00:00"),
        ("03/04/2026 15:07", "it", ["04/27/2026 10:00"], "2026-03-04T15:07:00+00:00"),
        ("Thu, 26 Nov 2026 15:07:41 IST", "hi-IN", [], "2026-11-26T09:37:41+00:00"),
        ("Thu, 26 Nov 2026 15:07:41 IST", "he", [], "2026-11-26T13:07:41+00:00"),
        ("Sun, 26 Jul 2026 15:07:41 BST", "en-gb", [], "2026-07-26T14:07:41+00:00"),
        ("Thu Nov 26 15:07:41 CST 2026", "zh_CN", [], "2026-11-26T07:07:41+00:00"),
        ("Thu, 26 Nov 2026 15:07:41 CST", "en-us", [], "2026-11-26T21:07:41+00:00"),
    ],
)
def test_what_the_feed_settles_is_read(text: str, language: str, others: list[str], iso: str) -> None:
    when = read_time(text, reading_of([text, *others], language))
    assert when is not None
    assert to_iso(when) == iso


FORMS = (
    "%a, %d %b %Y %H:%M:%S %z",
    "%A, %d %B %Y %H:%M:%S %z",
    "%a %b %d %H:%M:%S %z %Y",
    "%d-%b-%Y %H:%M:%S %z",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S %z",
    "%Y/%m/%d %H:%M:%S GMT%z",
    "%d.%m.%Y %H:%M:%S %z",
    "%B %d, %Y %I:%M:%S %p %z",
    "%Y%m%dT%H%M%S%z",
)


@given(
    st.integers(EARLIEST // 1000, 4_102_444_800),
    st.sampled_from(FORMS),
    st.integers(-47, 56).map(lambda quarter: quarter * 15),
)
def test_every_second_is_read_in_every_form_and_zone(second: int, form: str, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    text = datetime.fromtimestamp(second, zone).strftime(form)
    assert read_time(text) == second * 1000, text


def test_a_feed_that_contradicts_itself_settles_nothing() -> None:
    assert reading_of(["27/04/2026", "04/27/2026"], "it") == Reading("it", "")
    assert reading_of(["03/04/2026"], "en") == Reading("en", "")


PIECES = [
    "2026",
    "26",
    "11",
    "nov",
    "mar",
    "/",
    "-",
    ".",
    ":",
    ",",
    " ",
    "T",
    "Z",
    "+01:00",
    "PM",
    "à",
    "15:07",
    "㋿",
    "٣",
]


@given(st.one_of(st.text(max_size=90), st.lists(st.sampled_from(PIECES), max_size=14).map("".join)))
def test_no_text_breaks_it_and_nothing_is_older_than_1990(text: str) -> None:
    when = read_time(text)
    assert when is None or (when >= EARLIEST and from_iso(to_iso(when)) == when)


@given(st.one_of(st.integers(), st.floats()))
def test_no_number_breaks_it(number: float) -> None:
    when = read_time(number)
    assert when is None or when >= EARLIEST

"""Where a reply stands, in words: what is not known is said with its reason, and with what a person can do."""

from __future__ import annotations

from cminbox.model import MINUTE, SECOND, Reply
from cminbox.screens.conversation.words import reply_words

NOW = 100 * MINUTE


def unknown(**columns: object) -> Reply:
    """A reply whose try was cut a minute ago."""
    blank = dict.fromkeys(Reply._fields[:23], "") | {"held_until": None, "sent_at": None}
    tried = {"status": "unknown", "tries": 1, "sending_at": NOW - MINUTE, "try_ended_at": NOW - MINUTE}
    return Reply(**{**blank, **tried, "next_try_at": NOW + 15 * SECOND, "error": "the line was cut", **columns})


def test_an_unknown_reply_says_why_when_and_until_when() -> None:
    words = reply_words(unknown(cause="the line was cut", look_ups=3), "ana", NOW)
    assert words == (
        "unknown whether it arrived: the line was cut; looked up 3 times, next in 15s;"
        " not sent again within the next 4m"
    )


def test_what_went_wrong_first_is_kept_beside_what_goes_wrong_now() -> None:
    words = reply_words(unknown(cause="the line was cut", error="x.test is in trouble (500)"), "ana", NOW)
    assert "x.test is in trouble (500); first: the line was cut" in words


def test_a_person_is_told_how_to_end_it() -> None:
    words = reply_words(unknown(try_ended_at=NOW - 6 * MINUTE, next_try_at=None), "ana", NOW)
    assert words.endswith("next now; look there (o): :arrived if it is there, :retry sends it again")
    assert "lena says that it is there" in reply_words(unknown(arrived_by="lena"), "ana", NOW)

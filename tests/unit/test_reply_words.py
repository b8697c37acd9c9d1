"""Where a reply stands, in words: what is not known is said with its reason, and with what a person can do."""

from __future__ import annotations

from cminbox.model import MINUTE, SECOND, Reply
from cminbox.screens.conversation.words import reply_details, reply_words

NOW = 100 * MINUTE


def unknown(**columns: object) -> Reply:
    """A reply whose try was cut a minute ago."""
    blank = dict.fromkeys(Reply._fields[:23], "") | {"held_until": None, "sent_at": None}
    tried = {"status": "unknown", "tries": 1, "sending_at": NOW - MINUTE, "try_ended_at": NOW - MINUTE}
    return Reply(**{**blank, **tried, "next_try_at": NOW + 15 * SECOND, "error": "the line was cut", **columns})


def test_an_unknown_reply_says_why_when_and_until_when() -> None:
    reply = unknown(cause="the line was cut", look_ups=3)
    assert reply_words(reply, "ana", NOW) == "unknown whether it arrived"
    words = "the line was cut; looked up 3 times, next in 15s; not sent again within the next 4m"
    assert reply_details(reply, NOW) == words


def test_what_went_wrong_first_is_kept_beside_what_goes_wrong_now() -> None:
    words = reply_details(unknown(cause="the line was cut", error="x.test is in trouble (500)"), NOW)
    assert "x.test is in trouble (500); first: the line was cut" in words


def test_a_person_is_told_how_to_end_it() -> None:
    words = reply_details(unknown(try_ended_at=NOW - 6 * MINUTE, next_try_at=None), NOW)
    assert words.endswith(
        "next now; look there (o): :arrived if it is there, :retry sends it again, :cancel makes it a draft"
    )
    assert "lena says that it is there" in reply_details(unknown(arrived_by="lena"), NOW)


def test_a_failed_reply_says_why_and_one_that_waits_what_it_waits_for() -> None:
    failed = unknown(status="failed", error="x.test refused (403): not allowed")
    assert reply_words(failed, "ana", NOW) == "failed"
    assert reply_details(failed, NOW) == "x.test refused (403): not allowed; r edits it, :retry tries again"
    assert reply_details(unknown(status="queued", error="x.test asks to wait"), NOW) == "x.test asks to wait"
    assert reply_details(unknown(status="sending"), NOW) == ""

"""What is counted is what will be posted: the mention in front, the content warning, the server's own limits."""

from __future__ import annotations

import pytest

from cminbox.desk import Approve
from cminbox.desk.reply_draft import begin
from cminbox.errors import ActionError
from cminbox.store import replies, sources

WARNING = "a long warning about the news and the shop"
URL = "https://shop.example/" + "x" * 200


def limits(office, **said):
    office.store.write(lambda conn: sources.update(conn, office.source.id, {"limits": said}))


def writing(office, number):
    return begin(office.store.read(), number, office.config, office.ana.context.member)


def test_the_mention_and_the_warning_count(office):
    number = office.write(title=WARNING, author="mina@social.example")
    draft = writing(office, number)
    mention = len("@mina ")
    assert draft.count("hello") == mention + 5 + len(WARNING)
    assert draft.left("x" * (500 - mention - len(WARNING))) == 0
    assert draft.left("") == 500


@pytest.mark.parametrize("who", ["composer", "outbox"])
def test_what_the_network_would_refuse_is_told_before_it_is_sent(office, who):
    number = office.write(title=WARNING, author="mina")
    room = 500 - len("@mina ") - len(WARNING)
    draft = writing(office, number)
    send = draft.length.check if who == "composer" else lambda text: office.ana.outbox.send(number, text)
    with pytest.raises(ActionError, match=r"1 too long for mastodon \(501 of 500\)"):
        send("x" * (room + 1))
    send("x" * room)


def test_links_in_a_warning_are_not_shortened(office):
    number = office.write(title=URL, author="mina")
    assert writing(office, number).count(URL) == len("@mina ") + 23 + len(URL)


def test_the_servers_present_limits_hold(office):
    number = office.write(author="mina@social.example")
    limits(office, characters=5000)
    assert writing(office, number).left("x" * 750) == 5000 - 750 - len("@mina ")
    limits(office, characters=100)
    with pytest.raises(ActionError, match="too long for mastodon"):
        office.ana.outbox.send(number, "x" * 100)


def test_where_links_count_like_text_mentions_do_too(office):
    number = office.write(author="mina@social.example")
    limits(office, characters=5000, url=0)
    assert writing(office, number).count(URL) == len(f"@mina@social.example {URL}")


def test_a_failed_reply_is_not_sent_again_where_it_is_too_long_now(office):
    number = office.write(author="mina")
    reply = office.ana.outbox.send(number, "x" * 300)
    for event in ("countdown over", "begun", "refused"):
        office.store.write(lambda conn, e=event: replies.move(conn, reply.id, e, office.now, error="refused"))
    limits(office, characters=200)
    with pytest.raises(ActionError, match="too long for mastodon"):
        office.ana.outbox.retry(reply.id)
    limits(office, characters=400)
    assert office.ana.outbox.retry(reply.id).status == "held"


def test_whoever_approves_sends_nothing_that_is_too_long(office):
    number = office.write(author="mina")
    office.dan.outbox.send(number, "fine")
    outcome = None
    with pytest.raises(ActionError, match="too long for mastodon"):
        outcome = office.ana.do(Approve(text="x" * 600), [number])
    assert outcome is None
    assert office.row(number).outbox == "awaiting approval"
    limits(office, characters=5)
    with pytest.raises(ActionError, match="too long for mastodon"):
        office.ana.do(Approve(), [number])
    limits(office, characters=500)
    office.ana.do(Approve(), [number])
    assert office.row(number).outbox == "held"


def test_the_limit_in_bytes_holds_at_the_desk_too(office):
    """Bluesky takes 300 graphemes and 3,000 bytes: a family is one grapheme of 25 bytes."""
    office.source = office.store.write(lambda conn: sources.ensure(conn, "sky", "bluesky"))
    office.store.write(lambda conn: conn.execute("UPDATE sources SET polled = 1"))
    number = office.write(author="mina")
    draft = writing(office, number)
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
    assert draft.length.byte_words("x" * 300) == ""
    office.ana.outbox.draft(number, family * 120)
    assert draft.left(family * 120) == 180
    assert draft.length.byte_words(family * 120) == "3,000 of 3,000 bytes"
    with pytest.raises(ActionError, match=r"25 bytes too long for bluesky \(3,025 of 3,000 bytes\)"):
        office.ana.outbox.send(number, family * 121)
    with pytest.raises(ActionError, match=r"1 too long for bluesky \(301 of 300\)"):
        office.ana.outbox.send(number, "x" * 301)
    assert office.ana.outbox.send(number, family * 120).status == "held"
